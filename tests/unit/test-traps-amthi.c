/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traps that real clients of AMTHI set, by their numbers in the ME client fact sheet, section H.
 * Traps 5, 7, 9, 27 and 31 have theirs in test-client-amthi.c and test-amthi-commands.c.
 */
#include <string.h>

#include "firmware-sim/clients/amthi.h"
#include "tests/unit/amthi-fixture.h"
#include "tests/unit/unit.h"

static const uint8_t digest[16] = {1};

static GByteArray *answer_to(Bench *b, uint32_t command, const void *data, size_t size)
{
    GByteArray *got = amthi_ask(b, command, data, size);

    MUST_EQ(amthi_check_answer(got, command), 0);
    return got;
}

static uint32_t value_of(Bench *b, uint32_t command)
{
    g_autoptr(GByteArray) got = answer_to(b, command, NULL, 0);

    return swme_get_le32(got->data + 16);
}

/* The INTEL-SA-00075 tools put 12 there, and then read just the bytes of the answer they expect. */
START_TEST(trap4_lengths_may_be_wrong_in_requests_and_never_are_in_answers)
{
    for (const AmthiCommand *command = amthi_commands; command->name; command++) {
        g_autoptr(Bench) b = amthi_bench(&(BenchOptions){.platform = "adp-s"});
        g_autofree uint8_t *zeros = g_malloc0(command->min_data + 1u);
        g_autofree uint8_t *request = g_malloc0(12u + command->min_data);
        g_autoptr(GByteArray) right = NULL;
        g_autoptr(GByteArray) wrong = NULL;
        g_autoptr(Bench) other = amthi_bench(&(BenchOptions){.platform = "adp-s"});
        bool secret = command->command == 0x04000067; /* another password in each firmware */

        request[0] = 1;
        request[1] = 1;
        swme_put_le32(request + 4, command->command);
        swme_put_le32(request + 8, 12);
        wrong = amthi_ask_bytes(b, request, 12u + command->min_data);
        right = amthi_ask(other, command->command, zeros, command->min_data);
        MUST_EQ(amthi_check_answer(wrong, command->command),
                amthi_check_answer(right, command->command));
        MUST_EQ(wrong->len, right->len);
        MUST(secret || memcmp(wrong->data, right->data, right->len) == 0);
    }
}
END_TEST

/* rpc-go decodes from a buffer of the client's limit, others refuse a limit that is too small. */
START_TEST(trap6_the_longest_answer_fits_the_limit)
{
    g_autoptr(Bench) b = amthi_bench(&(BenchOptions){.platform = "adp-s"});
    guint longest = 0;

    for (const AmthiCommand *command = amthi_commands; command->name; command++) {
        g_autofree uint8_t *zeros = g_malloc0(command->min_data + 1u);
        g_autoptr(GByteArray) got = NULL;

        if (command->command != 0x04000088) { /* it switches AMT off */
            got = amthi_ask(b, command->command, zeros, command->min_data);
            longest = MAX(longest, got->len);
        }
    }
    ck_assert_uint_eq(longest, 2797); /* the CIRA log */
    ck_assert_uint_ge(bench_find(b, GUID_TEXT_AMTHI).max_length, 2797);
}
END_TEST

/* Every text as long as it may be. */
static void fill_texts(AmtState *amt)
{
    g_autoptr(AmtData) data = amt_data_copy(amt_state_data(amt));

    memset(data->host.fqdn, 'f', AMTHI_HOST_FQDN_MAX);
    memset(data->network.dhcp_domain, 'd', AMT_DOMAIN_SIZE - 1);
    memset(data->setup.pki_suffix, 'p', AMTHI_PKI_SUFFIX_MAX);
    memset(data->setup.server_fqdn, 's', AMT_FQDN_SIZE - 1);
    data->setup.done_s = 1;
    data->setup.state = AMTHI_PROVISIONING_POST;
    memset(data->remote.mps, 'm', AMT_FQDN_SIZE - 1);
    memset(data->power.policy, 'w', AMTHI_POWER_POLICY_MAX);
    data->live.tunnel = 2;
    amt_state_replace(amt, data);
}

/* LMS takes all to the end of the message for the string, and a low byte of 0 for an empty one. */
START_TEST(trap8_a_string_ends_the_message_and_its_length_has_no_low_byte_of_zero)
{
    static const struct {
        uint32_t command;
        size_t request;
        size_t at; /* of the string, in the data */
        size_t least;
    } strings[] = {
        {0x04000006, 0, 24, 190},  {0x0400002d, 4, 73, 15},  {0x04000036, 0, 0, 223},
        {0x04000046, 0, 12, 200},  {0x04000047, 0, 0, 128},  {0x0400004e, 0, 48, 200},
        {0x04000050, 0, 197, 200}, {0x04000056, 0, 20, 200},
    };

    for (size_t i = 0; i < UNIT_COUNT(strings); i++) {
        g_autoptr(Bench) b = amthi_bench(NULL);
        uint8_t zeros[4] = {0};
        g_autoptr(GByteArray) got = NULL;
        size_t length;

        fill_texts(swme_firmware_amt(b->firmware));
        got = answer_to(b, strings[i].command, zeros, strings[i].request);
        MUST_MSG(got->len >= 18 + strings[i].at, "0x%08x: %u bytes", strings[i].command, got->len);
        length = swme_get_le16(got->data + 16 + strings[i].at);
        MUST_MSG(18 + strings[i].at + length == got->len && length >= strings[i].least &&
                     (length & 0xff) != 0,
                 "0x%08x: a string of %zu in %u bytes", strings[i].command, length, got->len);
    }
}
END_TEST

/* LMS, rpc-go and MeshAgent try again on EBUSY alone, which the driver makes of statuses 2 and 3.
 */
START_TEST(trap9_a_second_asker_is_told_to_come_again_and_then_is_served)
{
    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        g_autoptr(Bench) b = p->amt ? amthi_bench(&(BenchOptions){.platform = p->name}) : NULL;
        uint8_t answer[508];

        if (!b) {
            continue;
        }
        bench_hbm(b, BYTES(0x06, amthi_address, 2, 0));
        MUST_EQ(bench_take_hbm(b, answer), 4);
        MUST_EQ(answer[0], 0x86);
        MUST_MSG(answer[3] == 2 || answer[3] == 3, "%s: status %u", p->name, answer[3]);
        bench_hbm(b, BYTES(0x07, amthi_address, 1, 0));
        bench_expect_hbm(b, BYTES(0x87, amthi_address, 1, 0));
        bench_connect(b, amthi_address, 2);
    }
}
END_TEST

/* SHA-384 by the AMT SDK, whatever LMS' headers call it. */
START_TEST(trap23_hash_algorithm_3_has_48_bytes)
{
    g_autoptr(Bench) b = amthi_bench(NULL);
    static const uint8_t zeros[64];
    unsigned int seen = 0;

    for (uint8_t slot = 0; slot < 30; slot++) {
        static const size_t sizes[] = {16, 20, 32, 48};
        g_autoptr(GByteArray) got = answer_to(b, 0x0400002d, (uint8_t[]){slot, 0, 0, 0}, 4);
        uint8_t algorithm = got->data[16 + 72];

        ck_assert_uint_le(algorithm, 3);
        ck_assert_mem_ne(got->data + 24 + sizes[algorithm] - 8, zeros, 8);
        ck_assert_mem_eq(got->data + 24 + sizes[algorithm], zeros, 64 - sizes[algorithm]);
        seen |= 1u << algorithm;
    }
    ck_assert_uint_eq(seen, 1 << 1 | 1 << 2 | 1 << 3);
}
END_TEST

/* rpc-go sends 390 bytes, MeshCentral 396: bytes where the other has words. */
START_TEST(trap24_host_based_start_comes_in_two_sizes)
{
    static const struct {
        size_t size;
        size_t hash; /* where it is */
    } kinds[] = {{390, 1}, {396, 4}};

    for (size_t i = 0; i < UNIT_COUNT(kinds); i++) {
        g_autoptr(Bench) b = amthi_bench(NULL);
        const AmtData *data = amt_state_data(swme_firmware_amt(b->firmware));
        uint8_t request[396] = {2};
        g_autoptr(GByteArray) got = NULL;

        memset(request + kinds[i].hash, 0xa5, 32);
        got = answer_to(b, 0x0400008b, request, kinds[i].size);
        ck_assert_uint_eq(got->len, 16 + 65);
        ck_assert_uint_eq(got->data[16], 2);
        ck_assert_uint_eq(value_of(b, 0x04000011), 1);
        ck_assert_uint_eq(data->tls.peer_algorithm, 2);
        ck_assert_mem_eq(data->tls.peer_hash, request + kinds[i].hash, 64);
    }
}
END_TEST

/* WS-Management numbers modes otherwise again. */
START_TEST(trap25_provisioning_and_control_mode_have_numbers_of_their_own)
{
    g_autoptr(Bench) client = amthi_bench(NULL);
    g_autoptr(Bench) admin = amthi_bench(NULL);

    ck_assert_uint_eq(value_of(client, 0x0400006b), 0);
    ck_assert_int_eq(amt_set_up_client(swme_firmware_amt(client->firmware), digest), AMT_SETUP_OK);
    ck_assert_uint_eq(value_of(client, 0x04000008), 1); /* enterprise */
    ck_assert_uint_eq(value_of(client, 0x0400006b), 1); /* client */
    ck_assert_int_eq(amt_set_up_admin(swme_firmware_amt(admin->firmware), digest, false),
                     AMT_SETUP_OK);
    ck_assert_uint_eq(value_of(admin, 0x04000008), 1);
    ck_assert_uint_eq(value_of(admin, 0x0400006b), 2); /* admin */
}
END_TEST

START_TEST(trap26_unprovision_in_admin_mode_fails_and_changes_nothing)
{
    g_autoptr(Bench) b = amthi_bench(NULL);
    AmtState *amt = swme_firmware_amt(b->firmware);
    g_autoptr(AmtData) before = NULL;
    g_autoptr(GByteArray) got = NULL;

    ck_assert_int_eq(amt_set_up_admin(amt, digest, false), AMT_SETUP_OK);
    before = amt_data_copy(amt_state_data(amt));
    got = amthi_ask(b, 0x04000010, "\0\0\0\0", 4);
    ck_assert_uint_eq(amthi_check_answer(got, 0x04000010), 3);
    ck_assert_uint_eq(got->len, 16);
    ck_assert(amt_data_equal(before, amt_state_data(amt)));
    ck_assert_uint_eq(value_of(b, 0x0400006b), 2);
}
END_TEST

/* metee writes without reading: the next credit comes when the answer is gone, and not before. */
START_TEST(trap28_no_credit_before_the_answer_was_taken)
{
    g_autoptr(Bench) b = amthi_bench(NULL);
    static const uint8_t request[12] = {1, 1, 0, 0, 0x11, 0, 0, 4};
    g_autoptr(GByteArray) got = NULL;

    bench_data(b, amthi_address, 1, request, sizeof(request));
    bench_expect_nothing(b); /* the host takes no message yet */
    bench_grant(b, amthi_address, 1);
    got = bench_take_message(b, amthi_address, 1);
    ck_assert_uint_eq(amthi_check_answer(got, 0x04000011), 0);
    bench_expect_hbm(b, BYTES(8, amthi_address, 1, 0, 0, 0, 0, 0));
    bench_expect_nothing(b);
    ck_assert_uint_eq(swme_firmware_stats(b->firmware)->messages_out, 1);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("traps-amthi");
    TCase *traps = unit_case(suite, "traps");

    tcase_add_test(traps, trap4_lengths_may_be_wrong_in_requests_and_never_are_in_answers);
    tcase_add_test(traps, trap6_the_longest_answer_fits_the_limit);
    tcase_add_test(traps, trap8_a_string_ends_the_message_and_its_length_has_no_low_byte_of_zero);
    tcase_add_test(traps, trap9_a_second_asker_is_told_to_come_again_and_then_is_served);
    tcase_add_test(traps, trap23_hash_algorithm_3_has_48_bytes);
    tcase_add_test(traps, trap24_host_based_start_comes_in_two_sizes);
    tcase_add_test(traps, trap25_provisioning_and_control_mode_have_numbers_of_their_own);
    tcase_add_test(traps, trap26_unprovision_in_admin_mode_fails_and_changes_nothing);
    tcase_add_test(traps, trap28_no_credit_before_the_answer_was_taken);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
