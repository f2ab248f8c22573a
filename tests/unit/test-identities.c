/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who the firmware is: lists of clients by generation, against recordings where there are any, and
 * with AMT, without, and with AMT switched off by its owner. Sections: ME client fact sheet A.1,
 * A.4, G; HECI/HBM fact sheet 9.6.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/clients/amthi.h"
#include "firmware-sim/clients/clients.h"
#include "tests/unit/bench.h"
#include "tests/unit/unit.h"

#define GUID_TEXT_CEA154EA "cea154ea-8ff5-4f94-9290-0bb7355a34db"
#define GUID_TEXT_BB875E12 "bb875e12-cb58-4d14-ae93-8566183c66c7"
#define GUID_TEXT_01E88543 "01e88543-8050-4380-9d6f-4f9cec704917"
#define GUID_TEXT_6861EC7B "6861ec7b-d07a-4673-856c-7f22b4d55769"

/* ---- recordings ---- */

typedef struct Recorded {
    uint8_t address;
    uint8_t fixed;
    uint8_t connections;
    uint32_t length;
    const char *guid;
} Recorded;

/* 9.6: a consumer's GA-H170, CSME 11.8.50.3425. */
static const Recorded recorded[] = {
    {7, 7, 0, 2048, "55213584-9a29-4916-badf-0fb7ed682aeb"},
    {8, 8, 0, 3092, "42b3ce2f-bd9f-485a-96ae-26406230b1ff"},
    {15, 15, 0, 36, "01e88543-8050-4380-9d6f-4f9cec704917"},
    {32, 0, 1, 2048, "8e6a6715-9abc-4043-88ef-9e39c6f63e0f"},
    {33, 0, 1, 3092, "8c2f4425-77d6-4755-aca3-891fdbc66a58"},
    {34, 0, 1, 4096, "309dcde8-ccb1-4062-8f78-600115a34327"},
    {35, 0, 1, 13312, "f908627d-13bf-4a04-b91f-a64e9245323d"},
    {36, 0, 1, 4096, "dba4d603-d7ed-4931-8823-17ad585705d5"},
    {37, 0, 1, 4096, "5565a099-7fe2-45c1-a22b-d7e9dfea9a2e"},
    {38, 0, 1, 4096, "3c4852d6-d47b-4f46-b05e-b5edc1aa440e"},
    {39, 0, 1, 8196, "082ee5a7-7c25-470a-9643-0c06f0466ea1"},
    {40, 0, 3, 15360, "fbf6fcf1-96cf-4e2e-a6a6-1bab8cbe36b1"},
    {41, 0, 2, 4096, "b638ab7e-94e2-4ea2-a552-d1c54b627f04"},
};

START_TEST(a_consumer_s_11_8_lists_what_was_recorded)
{
    g_autoptr(Bench) b =
        bench_up(&(BenchOptions){.platform = "spt-h", .amt = SWME_OFF, .no_echo = true});
    g_autoptr(GArray) clients = bench_enumerate(b);

    ck_assert_uint_eq(clients->len, UNIT_COUNT(recorded));
    for (guint i = 0; i < clients->len; i++) {
        const BenchClient *client = &g_array_index(clients, BenchClient, i);
        char guid[SWME_GUID_STRING_SIZE];

        swme_guid_format(&client->guid, guid);
        ck_assert_str_eq(guid, recorded[i].guid);
        ck_assert_uint_eq(client->address, recorded[i].address);
        ck_assert_uint_eq(client->fixed_address, recorded[i].fixed);
        ck_assert_uint_eq(client->max_connections, recorded[i].connections);
        ck_assert_uint_eq(client->max_length, recorded[i].length);
        ck_assert_uint_eq(client->flags, 0);
    }
}
END_TEST

/* A.1: what Linux' bus showed on a ThinkPad with AMT 11.8.93, but for the watchdog (A.4: one or no
 * connection, or HDCP and PAVP). LME takes several and was not shown. */
START_TEST(amt_11_8_93_has_what_a_thinkpad_showed)
{
    static const char *const shown[] = {
        GUID_TEXT_AMTHI,
        GUID_TEXT_MKHI,
        GUID_TEXT_MKHI_FIXED,
        "309dcde8-ccb1-4062-8f78-600115a34327",
        "42b3ce2f-bd9f-485a-96ae-26406230b1ff",
        "082ee5a7-7c25-470a-9643-0c06f0466ea1",
        "3c4852d6-d47b-4f46-b05e-b5edc1aa440e",
        "dba4d603-d7ed-4931-8823-17ad585705d5",
        "5565a099-7fe2-45c1-a22b-d7e9dfea9a2e",
        "f908627d-13bf-4a04-b91f-a64e9245323d",
        "8c2f4425-77d6-4755-aca3-891fdbc66a58",
        GUID_TEXT_CEA154EA,
        GUID_TEXT_BB875E12,
        GUID_TEXT_01E88543,
        "fbf6fcf1-96cf-4e2e-a6a6-1bab8cbe36b1",
        "b638ab7e-94e2-4ea2-a552-d1c54b627f04",
    };
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.platform = "spt-h", .no_echo = true});

    for (size_t i = 0; i < UNIT_COUNT(shown); i++) {
        ck_assert_msg(bench_has(b, shown[i]), "%s", shown[i]);
    }
}
END_TEST

/* ---- generations ---- */

/* Issue 4: at least these, by the version of their AMT. */
static const struct {
    const char *platform;
    uint8_t major;
    uint16_t minor;
} identities[] = {
    {"82q965", 2, 2}, {"ich10-2", 5, 2}, {"ibxpk-1", 6, 2}, {"cpt-1", 7, 1},  {"lpt-h", 9, 1},
    {"spt-h", 11, 8}, {"cnp-h", 12, 0},  {"tgp-lp", 15, 0}, {"rpl-s", 16, 1}, {"mtl-m", 18, 0},
};

START_TEST(each_identity_is_there_with_amt)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.platform = identities[_i].platform});
    const SwmeFirmwareVersion *version = &b->platform->version;

    ck_assert(b->platform->amt);
    ck_assert_uint_eq(version->major, identities[_i].major);
    ck_assert_uint_eq(version->minor, identities[_i].minor);
    ck_assert(bench_has(b, GUID_TEXT_AMTHI));
    ck_assert(bench_has(b, GUID_TEXT_MKHI));
    /* C.3: before AMT 6 there was another protocol; A.1: for one program before 11. */
    ck_assert(bench_has(b, GUID_TEXT_LME) == (version->major >= 6));
    if (version->major >= 6) {
        BenchClient lme = bench_find(b, GUID_TEXT_LME);

        ck_assert_uint_eq(lme.version, 4);
        ck_assert_uint_ge(lme.max_length, 4096 + 9);
        ck_assert((lme.max_connections > 1) == (version->major >= 11));
    }
    /* First seen in 2009, as version 1. */
    if (version->major < 5) {
        ck_assert(!bench_has(b, GUID_TEXT_MKHI_FIXED));
    } else {
        ck_assert_uint_eq(bench_find(b, GUID_TEXT_MKHI_FIXED).version, version->major == 5 ? 1 : 2);
    }
    /* 9.6: 15 and 16 have the one, and not the other. */
    ck_assert(bench_has(b, GUID_TEXT_6861EC7B) == (version->major >= 15));
    ck_assert(bench_has(b, GUID_TEXT_01E88543) == (version->major >= 11 && version->major < 15));
}
END_TEST

/* B.10: a command is answered from the AMT on that brought it. */
START_TEST(each_identity_answers_its_commands)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.platform = identities[_i].platform});
    BenchClient amthi = bench_open(b, GUID_TEXT_AMTHI, 1);
    static const struct {
        uint32_t command;
        uint8_t major, minor;
        uint8_t size; /* of the answer, where it is known */
    } rows[] = {
        {0x0400001a, 0, 0, 0},  {0x04000011, 0, 0, 20}, {0x0400003e, 4, 0, 0},
        {0x04000046, 4, 0, 0},  {0x04000050, 6, 0, 0},  {0x0400006b, 6, 1, 20},
        {0x04000084, 9, 0, 20},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        uint8_t question[12] = {1, 1};
        bool knows =
            identities[_i].major > rows[i].major ||
            (identities[_i].major == rows[i].major && identities[_i].minor >= rows[i].minor);
        g_autoptr(GByteArray) answer = NULL;

        swme_put_le32(question + 4, rows[i].command);
        bench_grant(b, amthi.address, 1);
        bench_data(b, amthi.address, 1, question, sizeof(question));
        answer = bench_take_message(b, amthi.address, 1);
        bench_expect_hbm(b, BYTES(0x08, amthi.address, 1, 0, 0, 0, 0, 0));
        ck_assert_uint_ge(answer->len, 16);
        ck_assert_msg((swme_get_le32(answer->data + 12) != 0x812) == knows, "%s: %08x: status %x",
                      identities[_i].platform, rows[i].command, swme_get_le32(answer->data + 12));
        ck_assert(!knows || !rows[i].size || answer->len == rows[i].size);
    }
}
END_TEST

/* ---- with AMT, without, switched off ---- */

/* Every platform: what is listed is what the rows say, no more, and nothing twice. */
START_TEST(amt_off_takes_away_what_needs_amt_and_nothing_else)
{
    static const SwmeSwitch choices[] = {SWME_AUTO, SWME_OFF, SWME_DISABLED};

    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        for (size_t c = 0; c < UNIT_COUNT(choices) && (p->amt || c == 0); c++) {
            g_autoptr(Bench) b =
                bench_up(&(BenchOptions){.platform = p->name, .amt = choices[c], .no_echo = true});
            g_autoptr(GArray) clients = bench_enumerate(b);
            guint wanted = 0;

            for (const MeClientRow *row = me_client_rows; row->class; row++) {
                bool there = row->when != ME_CLIENT_ON_REQUEST &&
                             me_client_possible(row, p, p->amt && choices[c] != SWME_OFF) &&
                             (row->when != ME_CLIENT_AMT || choices[c] != SWME_DISABLED);
                guint found = 0;

                for (guint i = 0; i < clients->len; i++) {
                    const BenchClient *client = &g_array_index(clients, BenchClient, i);

                    found += swme_guid_equal(&client->guid, &row->class->guid) &&
                             client->version == row->class->protocol_version;
                }
                ck_assert_msg(!there || found == 1, "%s: %s", p->name, row->class->name);
                wanted += there;
            }
            ck_assert_uint_eq(clients->len, wanted);
            ck_assert(bench_has(b, GUID_TEXT_AMTHI) == (p->amt && choices[c] == SWME_AUTO));
        }
    }
}
END_TEST

START_TEST(switched_off_by_its_owner_is_not_the_same_as_without)
{
    g_autoptr(Bench) without = bench_up(&(BenchOptions){.platform = "spt-h", .amt = SWME_OFF});
    g_autoptr(Bench) off = bench_up(&(BenchOptions){.platform = "spt-h", .amt = SWME_DISABLED});

    ck_assert(swme_firmware_amt(without->firmware) == NULL);
    ck_assert(swme_firmware_amt(off->firmware) != NULL);
    ck_assert(!bench_has(without, GUID_TEXT_CEA154EA));
    ck_assert(bench_has(off, GUID_TEXT_CEA154EA));
    ck_assert(!bench_has(off, GUID_TEXT_BB875E12));
    ck_assert(!bench_has(off, GUID_TEXT_LME));
    /* HFS3[6:4]: consumer, corporate (coreboot cse.h). */
    ck_assert_uint_eq(without->device.status[2] >> 4 & 7, 2);
    ck_assert_uint_eq(off->device.status[2] >> 4 & 7, 3);
}
END_TEST

/* As a reboot does: the firmware lives on, the host begins anew. */
static void reboot(Bench *b)
{
    bench_power_on(b);
    bench_host_reset(b);
    bench_start(b);
}

/* 0x88: AMT answers with nothing until the machine boots, and then is not there. */
START_TEST(disable_and_clear_takes_amthi_away_with_the_next_boot)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient amthi = bench_open(b, GUID_TEXT_AMTHI, 1);
    static const uint8_t disable[12] = {1, 1, 0, 0, 0x88, 0, 0, 4};
    g_autoptr(GByteArray) answer = NULL;

    bench_grant(b, amthi.address, 1);
    bench_data(b, amthi.address, 1, disable, sizeof(disable));
    answer = bench_take_message(b, amthi.address, 1);
    ck_assert_uint_eq(swme_get_le32(answer->data + 12), 0);
    bench_expect_hbm(b, BYTES(0x08, amthi.address, 1, 0, 0, 0, 0, 0));
    ck_assert(bench_has(b, GUID_TEXT_AMTHI));
    bench_host_reset(b);
    bench_start(b);
    ck_assert(bench_has(b, GUID_TEXT_AMTHI)); /* a driver's reset is no boot */
    reboot(b);
    ck_assert(!bench_has(b, GUID_TEXT_AMTHI));
    ck_assert(bench_has(b, GUID_TEXT_CEA154EA));
    bench_hbm(b, BYTES(0x06, amthi.address, 1, 0));
    bench_expect_hbm(b, BYTES(0x86, amthi.address, 1, 1)); /* not found */
}
END_TEST

START_TEST(switched_on_it_is_there_at_once)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.amt = SWME_DISABLED});
    uint8_t message[MEI_PACKET_MAX];
    g_autoptr(GArray) clients = NULL;
    guint before;

    bench_hbm(b, BYTES(0x04, 0x03, 0, 0)); /* the host takes clients that come */
    ck_assert_uint_eq(bench_take_hbm(b, message), 36);
    clients = bench_enumerate(b);
    before = clients->len;
    bench_hbm(b, BYTES(0x04, 0x03, 0, 0));
    ck_assert_uint_eq(bench_take_hbm(b, message), 36);
    amt_owner_switches(swme_firmware_amt(b->firmware), true);
    bench_ring(b);
    /* ADD_CLIENT for each that needs AMT: AMTHI, the watchdog, LME, and bb875e12. */
    for (unsigned int i = 0; i < 4; i++) {
        ck_assert_uint_gt(bench_take_hbm(b, message), 0);
        ck_assert_uint_eq(message[0], 0x0f);
    }
    bench_expect_nothing(b);
    g_array_unref(clients);
    clients = bench_enumerate(b);
    ck_assert_uint_eq(clients->len, before + 4);
    ck_assert(bench_has(b, GUID_TEXT_AMTHI));
    reboot(b);
    ck_assert(bench_has(b, GUID_TEXT_AMTHI));
}
END_TEST

START_TEST(the_owner_s_choice_is_in_the_nvm)
{
    g_autofree char *directory = g_dir_make_tmp("swme-identities-XXXXXX", NULL);
    g_autofree char *nvm = g_build_filename(directory, "nvm", NULL);
    static const struct {
        SwmeSwitch choice;
        bool there;
    } boots[] = {
        {SWME_AUTO, true}, {SWME_DISABLED, false}, {SWME_AUTO, false},
        {SWME_ON, true},   {SWME_AUTO, true},
    };

    for (size_t i = 0; i < UNIT_COUNT(boots); i++) {
        Bench *b = bench_up(&(BenchOptions){.amt = boots[i].choice, .nvm = nvm});

        ck_assert_msg(bench_has(b, GUID_TEXT_AMTHI) == boots[i].there, "boot %zu", i);
        bench_free(b);
    }
    ck_assert_int_eq(g_unlink(nvm), 0);
    ck_assert_int_eq(g_rmdir(directory), 0);
}
END_TEST

/* Provisioned, then switched off: what it was set up with is gone. */
START_TEST(switching_off_forgets_the_set_up)
{
    static const uint8_t digest[16] = {1, 2, 3};
    g_autoptr(Bench) b = bench_up(NULL);
    AmtState *amt = swme_firmware_amt(b->firmware);

    amt_set_up_admin(amt, digest, false);
    ck_assert_uint_eq(amt_state_data(amt)->setup.state, AMTHI_PROVISIONING_POST);
    amt_owner_switches(amt, false);
    amt_owner_switches(amt, false);
    ck_assert_uint_eq(amt_state_data(amt)->setup.state, AMTHI_PROVISIONING_PRE);
    ck_assert_uint_eq(amt_state_data(amt)->setup.control_mode, AMTHI_CONTROL_MODE_NONE);
    amt_owner_switches(amt, true);
    ck_assert(amt_state_data(amt)->setup.operational);
    ck_assert_uint_eq(amt_state_data(amt)->setup.state, AMTHI_PROVISIONING_PRE);
}
END_TEST

START_TEST(choices_have_names)
{
    static const struct {
        const char *name;
        SwmeSwitch choice;
    } rows[] = {
        {"auto", SWME_AUTO}, {"on", SWME_ON}, {"off", SWME_OFF}, {"disabled", SWME_DISABLED}};
    static const char *const wrong[] = {"", "On", "yes", "disable", "off\n", "%s"};

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        SwmeSwitch choice;

        ck_assert(swme_switch_parse(rows[i].name, &choice, NULL));
        ck_assert_int_eq(choice, rows[i].choice);
    }
    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        g_autoptr(GError) error = NULL;
        SwmeSwitch choice;

        ck_assert(!swme_switch_parse(wrong[i], &choice, &error));
        ck_assert(strchr(error->message, '\n') == NULL);
        ck_assert(strstr(error->message, "disabled") != NULL);
    }
}
END_TEST

START_TEST(a_state_with_amt_s_clients_gone_is_restored)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.amt = SWME_DISABLED});
    g_autoptr(Bench) other = bench_up(NULL);
    g_autoptr(GBytes) saved = swme_firmware_save(b->firmware);
    gsize size;
    const void *data = g_bytes_get_data(saved, &size);
    g_autoptr(GError) error = NULL;

    ck_assert_msg(swme_firmware_load(other->firmware, data, size, &error), "%s",
                  error ? error->message : "no error");
    ck_assert(!bench_has(other, GUID_TEXT_AMTHI));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("identities");
    TCase *tcase = unit_case(suite, "recordings");

    tcase_add_test(tcase, a_consumer_s_11_8_lists_what_was_recorded);
    tcase_add_test(tcase, amt_11_8_93_has_what_a_thinkpad_showed);
    tcase = unit_case(suite, "generations");
    tcase_add_loop_test(tcase, each_identity_is_there_with_amt, 0, (int)UNIT_COUNT(identities));
    tcase_add_loop_test(tcase, each_identity_answers_its_commands, 0, (int)UNIT_COUNT(identities));
    tcase = unit_case(suite, "AMT");
    tcase_add_test(tcase, amt_off_takes_away_what_needs_amt_and_nothing_else);
    tcase_add_test(tcase, switched_off_by_its_owner_is_not_the_same_as_without);
    tcase_add_test(tcase, disable_and_clear_takes_amthi_away_with_the_next_boot);
    tcase_add_test(tcase, switched_on_it_is_there_at_once);
    tcase_add_test(tcase, the_owner_s_choice_is_in_the_nvm);
    tcase_add_test(tcase, switching_off_forgets_the_set_up);
    tcase_add_test(tcase, choices_have_names);
    tcase_add_test(tcase, a_state_with_amt_s_clients_gone_is_restored);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
