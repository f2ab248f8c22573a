/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMTHI from the view of the programs that use it. Vectors and sections: ME client fact sheet, B
 * and I. Answers are built here byte by byte, from the recording, not from the firmware's tables.
 */
#include <string.h>

#include "tests/unit/amthi-fixture.h"
#include "tests/unit/unit.h"

#define GET_CODE_VERSIONS      0x0400001au
#define GET_PROVISIONING_STATE 0x04000011u

static void append_string(GByteArray *to, const char *text, size_t room)
{
    uint8_t bytes[65] = {0};

    memcpy(bytes, text, strlen(text));
    g_byte_array_append(to, bytes, (guint)room);
}

static void append_version(GByteArray *to, const char *name, const char *value)
{
    uint8_t length[2];

    swme_put_le16(length, (uint16_t)strlen(name));
    g_byte_array_append(to, length, 2);
    append_string(to, name, 20);
    swme_put_le16(length, (uint16_t)strlen(value));
    g_byte_array_append(to, length, 2);
    append_string(to, value, 20);
}

/* B.4: the list of a real AMT 11.8.93. */
static GByteArray *recorded_versions(void)
{
    GByteArray *bytes = g_byte_array_new();

    g_byte_array_append(bytes, BYTES(0x01, 0x01, 0x00, 0x00, 0x1a, 0x00, 0x80, 0x04));
    g_byte_array_append(bytes, BYTES(0x01, 0x02, 0x00, 0x00)); /* 513 */
    g_byte_array_append(bytes, BYTES(0, 0, 0, 0));             /* status */
    append_string(bytes, "N1EETA2W (1.75 )", 65);
    g_byte_array_append(bytes, BYTES(10, 0, 0, 0));
    append_version(bytes, "Flash", "11.8.93");
    append_version(bytes, "Netstack", "11.8.93");
    append_version(bytes, "AMTApps", "11.8.93");
    append_version(bytes, "AMT", "11.8.93");
    append_version(bytes, "Sku", "8");
    append_version(bytes, "VendorID", "8086");
    append_version(bytes, "Build Number", "4323");
    append_version(bytes, "Recovery Version", "11.8.93");
    append_version(bytes, "Recovery Build Num", "4323");
    append_version(bytes, "Legacy Mode", "False");
    ck_assert_uint_eq(bytes->len, 525);
    return bytes;
}

START_TEST(code_versions_as_recorded_on_11_8_93)
{
    g_autoptr(Bench) b = amthi_bench(&(BenchOptions){.platform = "spt-h"});
    g_autoptr(GByteArray) want = recorded_versions();
    g_autoptr(GByteArray) got =
        amthi_ask_bytes(b, BYTES(0x01, 0x01, 0, 0, 0x1a, 0, 0, 0x04, 0, 0, 0, 0));

    ck_assert(got != NULL);
    ck_assert_uint_eq(got->len, 525);
    for (guint i = 0; i < 525; i++) {
        ck_assert_msg(got->data[i] == want->data[i], "byte %u is %02x, recorded %02x", i,
                      got->data[i], want->data[i]);
    }
}
END_TEST

/* 525 bytes do not fit one packet. */
START_TEST(code_versions_come_in_fragments_on_one_credit)
{
    g_autoptr(Bench) b = amthi_bench(&(BenchOptions){.platform = "spt-h"});
    unsigned int packets = 0;
    size_t bytes = 0;
    bool complete = false;

    bench_grant(b, amthi_address, 1);
    bench_data(b, amthi_address, 1, BYTES(0x01, 0x01, 0, 0, 0x1a, 0, 0, 0x04, 0, 0, 0, 0));
    while (!complete) {
        g_autoptr(GBytes) packet = fake_device_take(&b->device);
        gsize size;
        const uint8_t *data;

        ck_assert(packet != NULL);
        data = g_bytes_get_data(packet, &size);
        ck_assert_uint_eq(data[0], amthi_address);
        complete = swme_get_le32(data) & MEI_HDR_COMPLETE;
        bytes += size - 4;
        packets++;
        bench_ring(b);
    }
    ck_assert_uint_eq(bytes, 525);
    ck_assert_uint_ge(packets, 2);
}
END_TEST

static size_t padded_length(const uint8_t *field)
{
    size_t length = swme_get_le16(field);

    ck_assert_uint_le(length, 19);
    for (size_t i = 0; i < 20; i++) {
        ck_assert_msg(i < length ? field[2 + i] != 0 : field[2 + i] == 0, "padding of %s",
                      field + 2);
    }
    return length;
}

/* B.4 and client trap 7, for each platform that has AMT. */
START_TEST(trap7_code_versions_of_each_platform_satisfy_their_readers)
{
    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        g_autoptr(Bench) b = NULL;
        g_autoptr(GByteArray) got = NULL;
        g_autofree char *version = NULL;
        guint count;
        int amt = -1;
        int apps = -1;

        if (!p->amt) {
            continue;
        }
        b = amthi_bench(&(BenchOptions){.platform = p->name});
        got = amthi_ask(b, GET_CODE_VERSIONS, NULL, 0);
        ck_assert_uint_eq(amthi_check_answer(got, GET_CODE_VERSIONS), 0);
        ck_assert_uint_gt(got->len, 85);
        count = swme_get_le32(got->data + 81);
        ck_assert_uint_eq(got->len, 16 + 65 + 4 + 44 * count);
        ck_assert_int_eq(got->data[80], 0); /* the BIOS version ends */
        version =
            g_strdup_printf("%u.%u.%u", p->version.major, p->version.minor, p->version.hotfix);
        for (guint i = 0; i < count; i++) {
            const uint8_t *row = got->data + 85 + 44 * i;
            const char *name = (const char *)row + 2;
            const char *value = (const char *)row + 24;

            padded_length(row);
            padded_length(row + 22);
            if (strcmp(name, "AMT") == 0) {
                amt = (int)i;
                ck_assert_str_eq(value, version);
            } else if (strcmp(name, "AMTApps") == 0) {
                apps = (int)i;
            } else if (strcmp(name, "Sku") == 0) {
                ck_assert(value[0] >= '1' && value[0] <= '9');
            }
        }
        ck_assert_int_gt(amt, apps);
        ck_assert_int_ge(apps, 0);
    }
}
END_TEST

START_TEST(provisioning_state_as_recorded)
{
    g_autoptr(Bench) b = amthi_bench(&(BenchOptions){.platform = "spt-h"});

    bench_grant(b, amthi_address, 1);
    bench_data(b, amthi_address, 1, BYTES(0x01, 0x01, 0, 0, 0x11, 0, 0, 0x04, 0, 0, 0, 0));
    bench_expect_message(b, amthi_address, 1,
                         BYTES(0x01, 0x01, 0, 0, 0x11, 0, 0x80, 0x04, /* */
                               0x08, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
}
END_TEST

/* G.5, column PRE. */
START_TEST(a_factory_fresh_amt_is_in_no_mode)
{
    g_autoptr(Bench) b = amthi_bench(NULL);
    g_autoptr(GByteArray) mode = amthi_ask(b, 0x04000008, NULL, 0);
    g_autoptr(GByteArray) control = amthi_ask(b, 0x0400006b, NULL, 0);

    ck_assert_uint_eq(amthi_check_answer(mode, 0x04000008), 0);
    ck_assert_uint_eq(mode->len, 24);
    ck_assert_uint_le(swme_get_le32(mode->data + 16), 1);
    ck_assert_uint_eq(swme_get_le32(mode->data + 20), 0);
    ck_assert_uint_eq(amthi_check_answer(control, 0x0400006b), 0);
    ck_assert_uint_eq(control->len, 20);
    ck_assert_uint_eq(swme_get_le32(control->data + 16), 0);
}
END_TEST

START_TEST(uuid_is_the_machines)
{
    g_autoptr(Bench) b = amthi_bench(NULL);
    g_autoptr(GByteArray) got = amthi_ask(b, 0x0400005c, NULL, 0);

    ck_assert_uint_eq(amthi_check_answer(got, 0x0400005c), 0);
    ck_assert_uint_eq(got->len, 32);
    ck_assert_mem_eq(got->data + 16, bench_uuid, 16);
}
END_TEST

/* Client trap 27: always an answer; B.3: header and status alone. */
START_TEST(trap27_unknown_commands_are_answered_with_a_status)
{
    static const uint32_t classes[] = {0x00000000, 0x01000000, 0x04000000, 0x05000000,
                                       0x7f000000, 0xff000000, 0x04400000, 0x04010000};
    g_autoptr(Bench) b = amthi_bench(&(BenchOptions){.latency = "0"});

    for (unsigned int i = 0; i < G_N_ELEMENTS(classes); i++) {
        for (uint32_t operation = 0; operation < 256; operation++) {
            uint32_t command = classes[i] | operation;
            g_autoptr(GByteArray) got = NULL;
            uint32_t status;

            if (command == 0x04000088) {
                continue; /* switches AMT off: there would be no further answers */
            }
            got = amthi_ask(b, command, NULL, 0);
            status = amthi_check_answer(got, command);
            /* What a later version may know is well formed all the same. */
            if (classes[i] != 0x04000000 && classes[i] != 0x01000000) {
                MUST_EQ(got->len, 16);
                MUST_MSG(status == 0x812 || status == 0x803, "status 0x%x", status);
            } else if (status) {
                MUST_EQ(got->len, 16);
            }
        }
    }
}
END_TEST

/* B.1 and client trap 4. */
START_TEST(a_wrong_length_field_is_accepted)
{
    static const uint32_t lengths[] = {0, 1, 4, 12, 16, 0x7fffffff, 0x80000000, 0xffffffff};
    g_autoptr(Bench) b = amthi_bench(NULL);

    for (unsigned int i = 0; i < G_N_ELEMENTS(lengths); i++) {
        uint8_t request[12] = {1, 1, 0, 0, 0x11, 0, 0, 4};
        g_autoptr(GByteArray) got = NULL;

        swme_put_le32(request + 8, lengths[i]);
        got = amthi_ask_bytes(b, request, sizeof(request));
        ck_assert_uint_eq(amthi_check_answer(got, GET_PROVISIONING_STATE), 0);
        ck_assert_uint_eq(got->len, 20);
    }
}
END_TEST

/* SA75 sends 0 or 4 bytes too many; only what is missing is an error (status 4). */
START_TEST(every_length_of_each_command)
{
    static const uint32_t commands[] = {0x04000008, 0x04000011, 0x0400001a, 0x0400005c,
                                        0x0400006b, 0x04000049, 0x0400007f};
    g_autoptr(Bench) b = amthi_bench(&(BenchOptions){.latency = "0"});

    for (unsigned int i = 0; i < G_N_ELEMENTS(commands); i++) {
        uint8_t request[5120] = {1, 1};

        swme_put_le32(request + 4, commands[i]);
        for (size_t size = 0; size <= sizeof(request); size += size < 600 ? 1 : 113) {
            g_autoptr(GByteArray) got = amthi_ask_bytes(b, request, size);

            if (size >= 12) {
                uint32_t status = amthi_check_answer(got, commands[i]);

                MUST_MSG(i >= 5 || status == 0, "%zu bytes: status 0x%x", size, status);
            } else if (got && got->len >= 16) {
                MUST(swme_get_le32(got->data + 12) != 0);
                MUST_EQ(swme_get_le32(got->data + 8), got->len - 12);
            }
        }
    }
    ck_assert_uint_eq(swme_firmware_stats(b->firmware)->too_long, 0);
}
END_TEST

START_TEST(another_major_version_is_refused)
{
    for (unsigned int major = 0; major < 256; major++) {
        g_autoptr(Bench) b = major == 1 ? NULL : amthi_bench(NULL);
        uint8_t request[12] = {(uint8_t)major, 1, 0, 0, 0x11, 0, 0, 4};
        g_autoptr(GByteArray) got = b ? amthi_ask_bytes(b, request, sizeof(request)) : NULL;

        if (b) {
            ck_assert_uint_ne(amthi_check_answer(got, GET_PROVISIONING_STATE), 0);
            ck_assert_uint_eq(got->len, 16);
        }
    }
}
END_TEST

/* Bug class 6: what came before, or stands in fields without meaning, never comes back. */
START_TEST(no_stale_bytes_in_answers)
{
    g_autoptr(Bench) b = amthi_bench(&(BenchOptions){.platform = "spt-h"});
    g_autoptr(GByteArray) want = recorded_versions();
    uint8_t poison[5120];
    g_autoptr(GByteArray) got = NULL;

    memset(poison, 0xee, sizeof(poison));
    got = amthi_ask_bytes(b, poison, sizeof(poison));
    g_clear_pointer(&got, g_byte_array_unref);
    memcpy(poison, ((uint8_t[]){1, 1, 0xee, 0xee, 0x1a, 0, 0, 4}), 8);
    got = amthi_ask_bytes(b, poison, 600);
    ck_assert(got != NULL);
    ck_assert_uint_eq(got->len, 525);
    ck_assert_mem_eq(got->data, want->data, 525);
}
END_TEST

/* A response is no question. */
START_TEST(responses_from_the_host_do_not_succeed)
{
    g_autoptr(Bench) b = amthi_bench(NULL);
    uint8_t request[12] = {1, 1, 0, 0, 0x1a, 0, 0x80, 4};
    g_autoptr(GByteArray) got = amthi_ask_bytes(b, request, sizeof(request));

    if (got && got->len >= 16) {
        ck_assert_uint_ne(swme_get_le32(got->data + 12), 0);
    }
}
END_TEST

/* Client trap 28 and metee: the credit comes after the answer, and there is one of each. */
START_TEST(the_credit_follows_the_answer)
{
    g_autoptr(Bench) b = amthi_bench(NULL);

    for (unsigned int i = 0; i < 50; i++) {
        g_autoptr(GByteArray) got = amthi_ask(b, GET_PROVISIONING_STATE, NULL, 0);

        ck_assert_uint_eq(amthi_check_answer(got, GET_PROVISIONING_STATE), 0);
    }
    ck_assert_uint_eq(swme_firmware_stats(b->firmware)->messages_out, 50);
}
END_TEST

/* Traps 9 and 6 of the client sheet: one connection, room for every answer. */
START_TEST(trap9_properties_as_recorded)
{
    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        g_autoptr(Bench) b = bench_up(&(BenchOptions){.platform = p->name});
        BenchClient client;

        ck_assert_int_eq(bench_has(b, GUID_TEXT_AMTHI), p->amt);
        if (p->amt) {
            client = bench_find(b, GUID_TEXT_AMTHI);
            ck_assert_uint_eq(client.version, 1);
            ck_assert_uint_eq(client.max_length, 5120);
            ck_assert_uint_eq(client.max_connections, 1);
        }
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("client-amthi");
    TCase *vectors = unit_case(suite, "vectors");
    TCase *robust = unit_case(suite, "robust");

    tcase_add_test(vectors, code_versions_as_recorded_on_11_8_93);
    tcase_add_test(vectors, code_versions_come_in_fragments_on_one_credit);
    tcase_add_test(vectors, trap7_code_versions_of_each_platform_satisfy_their_readers);
    tcase_add_test(vectors, provisioning_state_as_recorded);
    tcase_add_test(vectors, a_factory_fresh_amt_is_in_no_mode);
    tcase_add_test(vectors, uuid_is_the_machines);
    tcase_add_test(vectors, trap9_properties_as_recorded);
    tcase_add_test(robust, trap27_unknown_commands_are_answered_with_a_status);
    tcase_add_test(robust, a_wrong_length_field_is_accepted);
    tcase_add_test(robust, every_length_of_each_command);
    tcase_add_test(robust, another_major_version_is_refused);
    tcase_add_test(robust, no_stale_bytes_in_answers);
    tcase_add_test(robust, responses_from_the_host_do_not_succeed);
    tcase_add_test(robust, the_credit_follows_the_answer);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
