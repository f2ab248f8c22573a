/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules as text: what parses, what does not and why, and every named fault striking once. */
#include "tests/unit/fault-fixture.h"

#include <string.h>

#include "firmware-sim/fault/fault-internal.h"

START_TEST(rules_read_back_as_they_could_be_added)
{
    static const struct {
        const char *typed;
        const char *canonical;
    } cases[] = {
        {"drop", "drop"},
        {"drop:dir=to-host:type=connect_res:count=1", "drop:dir=to-host:type=CONNECT-RES:count=1"},
        {"drop:prob=50:seed=7", "drop:prob=50.00:seed=7"},
        {"drop:prob=0.05:count=all", "drop:count=0:prob=0.05"},
        {"drop:prob=12.5", "drop:prob=12.50"},
        {"delay:time=2s", "delay:time=2000000000ns"},
        {"corrupt:data=00fF:offset=0", "corrupt:offset=0:data=00ff"},
        {"corrupt:value=255:mask=0x0F", "corrupt:value=0xff:mask=0xf"},
        {"drop:client=echo", "drop:client=echo"},
        {"drop:client=200", "drop:client=200"},
        {"inject:type=DATA:to=pair:data=110000:copies=3",
         "inject:type=DATA:copies=3:data=110000:to=pair"},
        {"status-word:word=6:value=1", "status-word:value=0x1:word=6"},
        {"stuck-d0i3:type=d0i3 exit", "stuck-d0i3:type=D0I3-EXIT"},
        {"start-res-dropped:count=3", "drop:type=START-RES:count=3"},
        {"drop:count=1:count=2", "drop:count=2"},
        {"drop:seed=18446744073709551615", "drop:seed=18446744073709551615"},
    };
    g_autoptr(Rig) rig = rig_new(cases[_i].typed);
    SwmeFaultInfo info;
    SwmeFaultInfo again;

    swme_faults_info(rig->faults, 0, &info);
    ck_assert_str_eq(info.rule, cases[_i].canonical);
    rig_add(rig, info.rule);
    swme_faults_info(rig->faults, 1, &again);
    ck_assert_str_eq(again.rule, cases[_i].canonical);
    ck_assert_uint_eq(again.id, 2);
}
END_TEST

static const struct {
    const char *typed;
    const char *told; /* a part of the error */
} refused[] = {
    {"", "no name given"},
    {"+", "unknown name ''"},
    {"drop+", "unknown name ''"},
    {"start-res-droped", "try start-res-dropped"},
    {"dorp", "try drop"},
    {"zzzzzzzz", "'swme faults' lists all"},
    {"drop:", "'' is not KEY=VALUE"},
    {"drop:count", "'count' is not KEY=VALUE"},
    {"drop:conut=1", "unknown key 'conut': try count"},
    {"drop:time=1s", "unknown key 'time'"},
    {"drop:type=CONECT", "unknown type 'CONECT': try CONNECT"},
    {"drop:type=READY", "drop does not strike READY"},
    {"refuse-ready:type=CONNECT", "refuse-ready does not strike CONNECT"},
    {"drop:dir=up", "to-host, to-firmware or both"},
    {"drop:count=-1", "count '-1'"},
    {"drop:count=4294967296", "count '4294967296'"},
    {"drop:count=1x", "count '1x'"},
    {"drop:count= 1", "count ' 1'"},
    {"drop:prob=101", "prob '101'"},
    {"drop:prob=100.01", "prob '100.01'"},
    {"drop:prob=1.234", "prob '1.234'"},
    {"drop:prob=.", "prob '.'"},
    {"drop:prob=0x10", "prob '0x10'"},
    {"drop:prob=1.0x", "prob '1.0x'"},
    {"drop:seed=18446744073709551616", "seed '18446744073709551616'"},
    {"drop:client=0", "client '0'"},
    {"drop:client=256", "client '256'"},
    {"drop:client=", "client ''"},
    {"drop:client=ecko", "no client 'ecko': near are echo"},
    {"delay", "delay needs time="},
    {"delay:time=1h", "time '1h'"},
    {"truncate", "truncate needs length="},
    {"extend:length=517", "length '517'"},
    {"corrupt", "corrupt needs value= or data="},
    {"corrupt:data=123", "data '123'"},
    {"corrupt:data=", "data ''"},
    {"corrupt:data=zz", "data 'zz'"},
    {"corrupt:offset=516:value=1", "offset '516'"},
    {"corrupt:value=0x", "value '0x'"},
    {"set-status:value=1", "set-status needs type="},
    {"inject:type=DATA:data=11:to=pair", "at least 3 bytes"},
    {"inject:data=11", "inject needs type="},
    {"inject:type=DATA:data=11:to=me", "to 'me'"},
    {"duplicate:copies=0", "copies '0'"},
    {"duplicate:copies=65536", "copies '65536'"},
    {"status-word:word=7:value=1", "word '7'"},
    {"status-word:word=0:value=1", "word '0'"},
    {"drop\nname", "unknown name"},
    {"drop:count=1\n", "count '1"},
    {"corrupt:data=0:value=1", "data '0'"},
    {"inject:type=READY:data=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
     "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40",
     "up to 64 bytes"},
    {"drop:prob=", "prob ''"},
    {"drop:prob=1.x1", "prob '1.x1'"},
    {"drop:prob=12.", "prob '12.'"},
    {"drop:client=a:b", "'b' is not KEY=VALUE"},
    {"drop:client=e=o", "client 'e=o'"},
    {"never-ready:length=1", "unknown key 'length'"},
};

START_TEST(what_is_wrong_is_told_in_one_line)
{
    g_autoptr(Rig) rig = rig_new("drop");
    g_autoptr(GError) error = NULL;

    ck_assert(!swme_faults_add(rig->faults, refused[_i].typed, NULL, NULL, &error));
    MUST_MSG(strstr(error->message, refused[_i].told), "%s: %s", refused[_i].typed, error->message);
    ck_assert_ptr_null(strchr(error->message, '\n'));
    ck_assert_uint_eq(swme_faults_count(rig->faults), 1);
}
END_TEST

START_TEST(all_or_none)
{
    g_autoptr(Rig) rig = rig_new(NULL);
    g_autoptr(GError) error = NULL;
    uint32_t first = 0, last = 0;

    ck_assert(!swme_faults_add(rig->faults, "drop+drop+nothing", NULL, NULL, &error));
    ck_assert_uint_eq(swme_faults_count(rig->faults), 0);
    ck_assert(swme_faults_add(rig->faults, "hfs-sps+drop", &first, &last, NULL));
    ck_assert_uint_eq(first, 1);
    ck_assert_uint_eq(last, 3); /* a named fault may be more than one rule */
}
END_TEST

START_TEST(there_is_a_most)
{
    g_autoptr(Rig) rig = rig_new(NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *long_text = g_strnfill(5000, 'a');

    for (unsigned int i = 0; i < SWME_FAULTS_MAX; i++) {
        rig_add(rig, "drop:after=1000");
    }
    ck_assert(!swme_faults_add(rig->faults, "drop", NULL, NULL, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "no more than 64"));
    g_clear_error(&error);
    ck_assert(!swme_faults_add(rig->faults, long_text, NULL, NULL, &error));
    ck_assert_uint_lt(strlen(error->message), 200);
}
END_TEST

START_TEST(a_firmware_may_lack_hooks)
{
    static const char *const rules[] = {"reset:type=START", "vanish-client:client=34",
                                        "drop:client=echo"};
    g_autoptr(SwmeManualClock) clock = swme_manual_clock_new();
    g_autoptr(SwmeFaults) faults =
        swme_faults_new(&swme_faults_device_ops, NULL, swme_manual_clock(clock));
    g_autoptr(GError) error = NULL;

    swme_faults_attach(faults, &swme_faults_firmware_ops, NULL, NULL);
    ck_assert(!swme_faults_add(faults, rules[_i], NULL, NULL, &error));
    ck_assert(swme_faults_add(faults, "drop:client=34", NULL, NULL, NULL));
}
END_TEST

/* What 'swme faults' lists are the words that rules are made of, all of them and no more. */
START_TEST(every_word_that_is_listed_is_one)
{
    SwmeFaultWord word;
    unsigned int actions = 0, keys = 0, types = 0;

    for (; swme_fault_action_word(actions, &word); actions++) {
        g_autoptr(Rig) rig = rig_new(NULL);
        g_autoptr(GError) error = NULL;

        ck_assert(*word.name && *word.help);
        if (!swme_faults_add(rig->faults, word.name, NULL, NULL, &error)) {
            MUST_MSG(strstr(error->message, " needs "), "%s", error->message);
        }
    }
    for (; swme_fault_key_word(keys, &word); keys++) {
        g_autofree char *rule = g_strdup_printf("inject:%s=", word.name);
        g_autoptr(Rig) rig = rig_new(NULL);
        g_autoptr(GError) error = NULL;

        ck_assert(!swme_faults_add(rig->faults, rule, NULL, NULL, &error));
        MUST_MSG(strstr(error->message, word.name), "%s", error->message);
    }
    for (; swme_fault_type_word(types, &word); types++) {
        g_autofree char *rule = g_strdup_printf("inject:data=00:type=%s", word.name);

        rig_free(rig_new(rule));
    }
    ck_assert_uint_ge(actions, 20);
    ck_assert_uint_eq(keys, 16);
    ck_assert_uint_ge(types, 25);
}
END_TEST

/* ---- with too much held back ---- */

START_TEST(with_too_much_held_back_no_rule_strikes)
{
    static const char *const rules[] = {
        "duplicate:type=HBM",
        "reorder:type=HBM",
        "delay:time=1s:type=HBM",
        "flood-credits:copies=3",
        "inject:type=READY:data=11",
        "spurious-interrupt:type=READY",
        "vanish-client:client=32:type=CONNECT",
        "reset:type=READY:time=1s",
        "stuck-d0i3",
        "set-status:type=CONNECT:value=1",
    };
    g_autoptr(Rig) rig = rig_new("delay:time=1000s:count=all:client=echo:dir=to-host");
    SwmeFaultInfo info;

    for (unsigned int i = 0; i < 400; i++) {
        rig_send_data(rig, "abc", 3);
    }
    swme_faults_info(rig->faults, 0, &info);
    ck_assert_uint_eq(info.hits, FAULT_ITEMS_MAX);
    rig_add(rig, rules[_i]);
    rig_ready(rig, true);
    rig_send_hbm(rig, BYTES(1 | 0x80, 1, 2, 2));
    rig_send_hbm(rig, BYTES(8, RIG_MKHI, 1, 0, 0, 0, 0, 0));
    rig_host_hbm(rig, BYTES(6, RIG_MKHI, 1, 0));
    rig_fetch(rig);
    rig->firmware->d0i3(rig->firmware_opaque, true);
    rig->device->d0i3_done(rig->device_opaque);
    swme_faults_info(rig->faults, 1, &info);
    ck_assert_uint_ge(info.matches, 1);
    MUST_MSG(info.hits == 0, "%s", rules[_i]);
    ck_assert_uint_eq(rig->faults->items.length, FAULT_ITEMS_MAX);
}
END_TEST

/* ---- named faults ---- */

static void strike_packet(Rig *rig, const FaultRule *rule, uint16_t turn)
{
    uint8_t data[64] = {rule->type.command | (rule->type.response ? HBM_RESPONSE : 0),
                        rule->me_addr ? rule->me_addr : RIG_ECHO, 1};
    uint32_t header;

    /* No two are the same: "fuzz" does the same to the same packet. */
    swme_put_le16(data + sizeof(data) - sizeof(turn), turn);
    if (rule->type.command == 0 && rule->type.kinds != FAULT_HBM) {
        header = mei_hdr(data[1], 1, sizeof(data), !(rule->type.kinds & FAULT_FRAGMENT));
        header |= rule->type.kinds & FAULT_DMA ? MEI_HDR_DMA_RING : 0;
    } else {
        header = mei_hdr(0, 0, sizeof(data), true);
    }
    if (rule->type.request || rule->way == FAULT_TO_FIRMWARE) {
        rig_host(rig, header, data, sizeof(data));
        rig_fetch(rig);
    } else {
        rig_send(rig, header, data, sizeof(data));
    }
}

/* Something that the rule was made for. */
static void strike(Rig *rig, const FaultRule *rule, uint16_t turn)
{
    unsigned int kinds = rule->type.kinds;

    if (kinds & FAULT_PACKETS) {
        strike_packet(rig, rule, turn);
    } else if (kinds & FAULT_READY) {
        rig_ready(rig, true);
    } else if (kinds & (FAULT_INTERRUPT | FAULT_DRAIN)) {
        rig_interrupt(rig);
    } else if (kinds & FAULT_STATUS) {
        rig->device->set_status(rig->device_opaque, rule->word - 1, 0);
    } else if (kinds & FAULT_D0I3) {
        rig->firmware->d0i3(rig->firmware_opaque, kinds & FAULT_D0I3_ENTRY);
        rig->device->d0i3_done(rig->device_opaque);
    } else {
        rig->firmware->pg_isolation(rig->firmware_opaque, false);
    }
}

static unsigned int preset_count(void)
{
    unsigned int count = 0;

    while (swme_fault_presets[count].name) {
        count++;
    }
    return count;
}

START_TEST(each_named_fault_strikes)
{
    const SwmeFaultPreset *preset = &swme_fault_presets[_i];
    g_autoptr(Rig) rig = rig_new(preset->name);

    for (unsigned int i = 0; i < swme_faults_count(rig->faults); i++) {
        const FaultRule *rule = rig->faults->rules->pdata[i];

        ck_assert_str_eq(rule->name, preset->name);
        for (uint16_t turn = 0; turn < 5000 && rule->hits == 0; turn++) {
            strike(rig, rule, turn);
            rig_host_reset(rig);
            rig_advance(rig, SWME_NS_PER_S);
        }
        MUST_MSG(rule->hits == 1, "%s: %s never strikes", preset->name, rule->text);
        ck_assert_uint_gt(rule->matches, rule->after);
    }
}
END_TEST

START_TEST(each_named_fault_is_documented)
{
    const SwmeFaultPreset *preset = &swme_fault_presets[_i];

    ck_assert(*preset->what && *preset->then && *preset->group && *preset->rule);
    ck_assert_str_ne(swme_fault_outcome_name(preset->outcome), "");
    ck_assert_uint_le(preset->within_ms,
                      90 * 1000); /* three starts that wait for one answer each */
    ck_assert(preset->outcome != SWME_FAULT_UNAFFECTED || !preset->told);
    ck_assert(preset->outcome != SWME_FAULT_ERROR || (preset->told && strstr(preset->told, ": ")));
    for (const char *at = preset->name; *at; at++) {
        ck_assert(g_ascii_islower(*at) || g_ascii_isdigit(*at) || *at == '-');
    }
    for (int i = 0; i < _i; i++) {
        ck_assert_str_ne(preset->name, swme_fault_presets[i].name);
    }
    for (const FaultAction *action = fault_actions; action->name; action++) {
        ck_assert_str_ne(preset->name, action->name);
    }
}
END_TEST

START_TEST(there_are_enough)
{
    ck_assert_uint_ge(preset_count(), 40);
}
END_TEST

/* Any bytes either parse or are refused in one line. */
START_TEST(random_text_is_harmless)
{
    static const char alphabet[] = "droptyelai:=+-0x9 \\\nCONET";
    g_autoptr(GRand) random = g_rand_new_with_seed((guint32)_i);

    for (unsigned int i = 0; i < 2000; i++) {
        g_autoptr(Rig) rig = rig_new(NULL);
        g_autoptr(GError) error = NULL;
        char text[48] = {0};
        guint32 length = (guint32)g_rand_int_range(random, 0, sizeof(text) - 1);

        for (guint32 j = 0; j < length; j++) {
            text[j] = alphabet[g_rand_int_range(random, 0, sizeof(alphabet) - 1)];
        }
        if (!swme_faults_add(rig->faults, text, NULL, NULL, &error)) {
            MUST(error && !strchr(error->message, '\n'));
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("faults-rules");
    TCase *tcase = unit_case(suite, "text");

    tcase_add_loop_test(tcase, rules_read_back_as_they_could_be_added, 0, 16);
    tcase_add_loop_test(tcase, what_is_wrong_is_told_in_one_line, 0, (int)UNIT_COUNT(refused));
    tcase_add_test(tcase, all_or_none);
    tcase_add_test(tcase, there_is_a_most);
    tcase_add_loop_test(tcase, a_firmware_may_lack_hooks, 0, 3);
    tcase_add_loop_test(tcase, random_text_is_harmless, 0, 4);
    tcase_add_test(tcase, every_word_that_is_listed_is_one);
    tcase_add_loop_test(tcase, with_too_much_held_back_no_rule_strikes, 0, 10);
    tcase = unit_case(suite, "named");
    tcase_add_loop_test(tcase, each_named_fault_strikes, 0, (int)preset_count());
    tcase_add_loop_test(tcase, each_named_fault_is_documented, 0, (int)preset_count());
    tcase_add_test(tcase, there_are_enough);
    return unit_run(suite);
}
