/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saved state of faults: goes on where it was, and believes nothing. */
#include "tests/unit/fault-fixture.h"

#include <string.h>

#include "tests/unit/variant-edit.h"

#define S SWME_NS_PER_S

/* From one rig into a new one, whose clock starts at 0 again. */
static Rig *reload(Rig *rig)
{
    g_autoptr(GBytes) bytes = swme_faults_save(rig->faults);
    g_autoptr(GError) error = NULL;
    Rig *other = rig_new("drop:count=all"); /* must not survive */
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);

    MUST_MSG(swme_faults_load(other->faults, data, size, &error), "%s", error->message);
    return other;
}

START_TEST(counts_and_randomness_go_on)
{
    g_autoptr(Rig) straight = rig_new("mutate:prob=50:count=all:seed=3+drop:after=150:count=7");
    g_autoptr(Rig) rig = rig_new("mutate:prob=50:count=all:seed=3+drop:after=150:count=7");
    g_autoptr(Rig) other = NULL;
    SwmeFaultInfo info, saved;

    rig_advance(rig, 5 * S);
    for (unsigned int i = 0; i < 100; i++) {
        rig_send_data(straight, "abcdefgh", 8);
        rig_send_data(rig, "abcdefgh", 8);
    }
    other = reload(rig);
    for (unsigned int i = 0; i < swme_faults_count(rig->faults); i++) {
        swme_faults_info(rig->faults, i, &saved);
        swme_faults_info(other->faults, i, &info);
        ck_assert_uint_eq(info.id, saved.id);
        ck_assert_uint_eq(info.hits, saved.hits);
        ck_assert_uint_eq(info.matches, saved.matches);
        ck_assert_str_eq(info.rule, saved.rule);
    }
    ck_assert_uint_eq(swme_faults_count(other->faults), 2);
    g_string_truncate(straight->log, 0);
    for (unsigned int i = 0; i < 100; i++) {
        rig_send_data(straight, "abcdefgh", 8);
        rig_send_data(other, "abcdefgh", 8);
    }
    ck_assert_str_eq(straight->log->str, other->log->str);
    rig_add(other, "drop");
    swme_faults_info(other->faults, 2, &info);
    ck_assert_uint_eq(info.id, 3); /* an id is never used twice */
}
END_TEST

START_TEST(what_is_held_back_still_comes)
{
    g_autoptr(Rig) rig = rig_new("delay:time=10s:count=2+spurious-interrupt:type=READY:time=20s+"
                                 "vanish-client:client=echo:time=30s:type=CONNECT+d0i3-late");
    g_autoptr(Rig) other = NULL;

    rig_send_data(rig, "a", 1);
    rig_host_hbm(rig, BYTES(2));
    rig_fetch(rig);
    rig_ready(rig, true);
    rig_send_hbm(rig, BYTES(0x86, RIG_ECHO, 1, 0));
    rig_advance(rig, 4 * S);
    rig->firmware->d0i3(rig->firmware_opaque, true);
    rig->device->d0i3_done(rig->device_opaque);
    other = reload(rig);
    other->answer_doorbell = true;
    rig_advance(other, 6 * S - 1);
    RIG_LOG(other, "Q");
    rig_advance(other, 1);
    RIG_LOG(other, "S2201018061 I D R0000018002");
    rig_advance(other, 100 * S);
    RIG_LOG(other, "I +34");
    swme_faults_clear(other->faults);
    ck_assert(swme_faults_untouched(other->faults));
}
END_TEST

START_TEST(states_of_the_link_survive)
{
    static const struct {
        const char *rule;
        const char *then;
    } cases[] = {
        {"hang:type=READY:time=3s", "Y I D"},
        {"refuse-ready:time=3s", "Y I"},
        {"reset:type=READY:time=3s", "X N I"},
    };
    g_autoptr(Rig) rig = rig_new(cases[_i].rule);
    g_autoptr(Rig) other = NULL;

    rig_ready(rig, true);
    other = reload(rig);
    rig_advance(other, 3 * S - 1);
    RIG_LOG(other, "");
    rig_advance(other, 1);
    RIG_LOG(other, cases[_i].then);
}
END_TEST

START_TEST(reset_on_its_way_survives)
{
    g_autoptr(Rig) rig = rig_new("reset:type=START+lose-interrupt:type=ENUM");
    g_autoptr(Rig) other = NULL;

    rig_host_hbm(rig, BYTES(1, 0, 2, 2));
    rig_fetch(rig);
    other = reload(rig);
    ck_assert(!rig_send_data(other, "a", 1));
    rig_advance(other, 0);
    RIG_LOG(other, "X N I");
}
END_TEST

START_TEST(nothing_is_a_state_too)
{
    g_autoptr(Rig) rig = rig_new("drop:count=all+delay:time=1s");
    g_autoptr(Rig) empty = rig_new(NULL);
    g_autoptr(Rig) other = reload(empty);

    rig_send_hbm(rig, BYTES(1));
    ck_assert(swme_faults_load(rig->faults, NULL, 0, NULL));
    ck_assert(swme_faults_untouched(rig->faults));
    ck_assert(swme_faults_untouched(other->faults));
    ck_assert_uint_eq(swme_manual_clock_armed(rig->clock), 0);
}
END_TEST

static Rig *started(const char *rules)
{
    Rig *rig = rig_new(NULL);

    ck_assert(!rules || swme_faults_start(rig->faults, rules, NULL));
    return rig;
}

/* "name matches/hits" of each rule. */
static char *rules_of(const Rig *rig)
{
    GString *text = g_string_new(NULL);

    for (unsigned int i = 0; i < swme_faults_count(rig->faults); i++) {
        SwmeFaultInfo info;

        swme_faults_info(rig->faults, i, &info);
        g_string_append_printf(text, "%s%u %s %d/%d", i ? ", " : "", info.id, info.name,
                               (int)info.matches, (int)info.hits);
    }
    return g_string_free(text, FALSE);
}

/* A guest is saved once and restored with each fault in turn: what the loading side was started
 * with counts, and where that is the same or nothing, the saved rules go on. */
START_TEST(rules_of_the_loading_side_count)
{
    static const struct {
        const char *saved, *loads, *rules;
    } cases[] = {
        {NULL, NULL, ""},
        {NULL, "drop:count=3", "1 drop 0/0"},
        {"drop:count=3", "drop:count=3", "1 drop 2/2"},
        {"drop:count=3", NULL, "1 drop 2/2"},
        {"drop:count=3", "none", ""},
        {"none", "drop", "1 drop 0/0"},
        {"drop:count=3", "duplicate+hang:type=START", "2 duplicate 0/0, 3 hang 0/0"},
    };
    g_autoptr(Rig) rig = started(cases[_i].saved);
    g_autoptr(Rig) other = started(cases[_i].loads);
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *rules = NULL;
    gsize size;
    const void *data;

    rig_send_data(rig, "a", 1);
    rig_send_data(rig, "b", 1);
    bytes = swme_faults_save(rig->faults);
    data = g_bytes_get_data(bytes, &size);
    MUST_MSG(swme_faults_load(other->faults, data, size, &error), "%s", error->message);
    rules = rules_of(other);
    ck_assert_str_eq(rules, cases[_i].rules);
    ck_assert_int_eq(swme_faults_untouched(other->faults), *cases[_i].rules == '\0');
}
END_TEST

/* Back in time in the same machine, where the user had taken the rule away. */
START_TEST(a_rule_that_was_removed_stays_removed)
{
    g_autoptr(Rig) rig = started("drop:count=all");
    g_autoptr(GBytes) bytes = NULL;
    gsize size;
    const void *data;

    swme_faults_clear(rig->faults);
    bytes = swme_faults_save(rig->faults);
    rig_add(rig, "hang:type=START");
    data = g_bytes_get_data(bytes, &size);
    ck_assert(swme_faults_load(rig->faults, data, size, NULL));
    ck_assert(swme_faults_untouched(rig->faults));
}
END_TEST

/* What the saved rule held back is the link's: it comes though the rule does not. */
START_TEST(what_is_held_back_comes_without_its_rule)
{
    g_autoptr(Rig) rig = started("delay:time=10s+hfs-sps");
    g_autoptr(Rig) other = started("none");
    g_autoptr(GBytes) bytes = NULL;
    gsize size;
    const void *data;

    rig->device->set_status(rig->device_opaque, 0, 0x00000245);
    ck_assert_uint_eq(rig->status[0] & 0xf0000, 0xf0000);
    rig_send_data(rig, "a", 1);
    bytes = swme_faults_save(rig->faults);
    data = g_bytes_get_data(bytes, &size);
    other->status[0] = rig->status[0]; /* as the device's own state has it */
    ck_assert(swme_faults_load(other->faults, data, size, NULL));
    ck_assert_uint_eq(other->status[0], 0x00000245);
    g_string_truncate(other->log, 0);
    rig_advance(other, 10 * S - 1);
    RIG_LOG(other, "");
    rig_advance(other, 1);
    RIG_LOG(other, "S2201018061 I");
}
END_TEST

/* Whether the next interrupt tells of a packet or only of room is state as well. */
START_TEST(what_the_next_interrupt_tells_of_survives)
{
    for (unsigned int sent = 0; sent < 2; sent++) {
        g_autoptr(Rig) rig = rig_new("lose-interrupt:type=DRAIN");
        g_autoptr(Rig) other = NULL;

        if (sent) {
            rig_send_data(rig, "a", 1);
        }
        other = reload(rig);
        g_string_truncate(other->log, 0);
        rig_interrupt(other);
        RIG_LOG(other, sent ? "I" : "");
    }
}
END_TEST

static Rig *busy_rig(void)
{
    Rig *rig = rig_new("delay:time=10s:count=all:client=echo+reset:type=READY:time=9s+"
                       "mutate:prob=50:count=all+hfs-sps+hang:type=NOTIFY:time=2s");

    rig->device->set_status(rig->device_opaque, 0, 1);
    rig_ready(rig, true);
    rig_send_data(rig, "abc", 3);
    rig_send_data(rig, "defghi", 6);
    rig_host(rig, mei_hdr(RIG_ECHO, 1, 3, true), "xyz", 3);
    rig_fetch(rig);
    return rig;
}

/* One timer of the next two hours: nothing is held back longer. */
static bool step(SwmeManualClock *manual)
{
    SwmeClock *clock = swme_manual_clock(manual);

    return swme_manual_clock_step(manual, clock->now(clock) + 7200 * S);
}

/* Whatever was loaded: used for a while, it does nothing that the sanitizers mind. */
static void use(Rig *rig)
{
    rig_ready(rig, true);
    for (unsigned int i = 0; i < 5; i++) {
        rig_send_data(rig, "abc", 3);
        rig_host_hbm(rig, BYTES(6, RIG_ECHO, 1, 0));
        rig_fetch(rig);
        rig_interrupt(rig);
        rig->firmware->doorbell(rig->firmware_opaque);
        for (unsigned int steps = 0; steps < 200 && step(rig->clock); steps++) {
        }
        rig_host_reset(rig);
    }
    swme_faults_clear(rig->faults);
}

START_TEST(cut_short_is_refused)
{
    g_autoptr(Rig) rig = busy_rig();
    g_autoptr(GBytes) bytes = swme_faults_save(rig->faults);
    gsize size;
    const uint8_t *data = g_bytes_get_data(bytes, &size);

    for (gsize i = 1; i < size; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree uint8_t *copy = g_memdup2(data, i);
        g_autoptr(Rig) other = rig_new(NULL);

        if (!swme_faults_load(other->faults, copy, i, &error)) {
            MUST(error && !strchr(error->message, '\n'));
            MUST(swme_faults_untouched(other->faults));
        }
        use(other);
    }
}
END_TEST

START_TEST(damaged_is_refused_or_harmless)
{
    g_autoptr(Rig) rig = busy_rig();
    g_autoptr(GBytes) bytes = swme_faults_save(rig->faults);
    g_autoptr(GRand) random = g_rand_new_with_seed((guint32)_i);
    unsigned int loaded = 0;
    gsize size;
    const uint8_t *data = g_bytes_get_data(bytes, &size);

    for (unsigned int i = 0; i < 1500; i++) {
        g_autofree uint8_t *copy = g_memdup2(data, size);
        g_autoptr(Rig) other = rig_new(NULL);

        for (int j = g_rand_int_range(random, 1, 4); j > 0; j--) {
            copy[g_rand_int_range(random, 0, (gint32)size)] ^=
                (uint8_t)g_rand_int_range(random, 1, 256);
        }
        loaded += swme_faults_load(other->faults, copy, size, NULL);
        use(other);
    }
    ck_assert_uint_gt(loaded, 0); /* else this tests nothing */
}
END_TEST

/* ---- each check, one by one ---- */

#define STATE_TYPE "(uusbbbbbbba(bu)a(ussttt)a(yyxuxbbyxay))"
#define RULES      "11"
#define ITEMS      "12"
#define ITEM(kind, way, copies, interval, waits, away, packet)                                    \
    "(byte " kind ", byte " way ", int64 5, uint32 " copies ", int64 " interval ", false, " waits \
    ", byte 34, int64 " away ", " packet ")"
#define PACKET  "[byte 0, 0, 0, 0x80]"
#define HELD    "it holds back what cannot be"
#define RULE    "a rule that could not have been added"
#define FAR     "9223372036854775807"
#define ENDLESS "uint64 18446744073709551615"

static const struct {
    const char *path;
    const char *value;   /* as g_variant_parse() reads it */
    unsigned int repeat; /* not 0: an array of so many of it */
    const char *why;     /* NULL: accepted */
} checks[] = {
    {"0", "uint32 1", 0, "of another version"},
    {"1", "uint32 0", 0, "of another version"},
    {"3", "true", 0, NULL},
    {"4", "true", 0, "a reset that never comes"},
    {"10", "(true, uint32 1)", 5, "another number of status words"},
    {"10", "(true, uint32 1)", 6, NULL},
    {RULES, "(uint32 1, 'drop', 'drop', uint64 2, uint64 2, uint64 0)", 1, NULL},
    {RULES, "(uint32 1, 'drop', 'drop', uint64 2, uint64 2, uint64 0)", 2, RULE}, /* one id */
    {RULES, "(uint32 1, 'drop', 'drop', uint64 2, uint64 2, uint64 0)", 65,
     "more rules than there may be"},
    {RULES, "(uint32 0, 'drop', 'drop', uint64 2, uint64 2, uint64 0)", 1, RULE},
    {RULES, "(uint32 9, 'drop', 'drop', uint64 2, uint64 2, uint64 0)", 1, RULE},
    {RULES, "(uint32 1, 'drop', 'drop', uint64 2, uint64 3, uint64 0)", 1, RULE},
    {RULES, "(uint32 1, 'nobody', 'drop', uint64 2, uint64 2, uint64 0)", 1, RULE},
    {RULES, "(uint32 1, 'drop', 'nothing', uint64 2, uint64 2, uint64 0)", 1, RULE},
    {RULES, "(uint32 1, 'drop', 'drop:client=nobody', uint64 2, uint64 2, uint64 0)", 1, RULE},
    {RULES, "(uint32 1, 'drop', 'drop', " ENDLESS ", " ENDLESS ", uint64 0)", 1, NULL},
    {ITEMS, ITEM("0", "1", "1", "0", "true", "0", PACKET), 257, NULL},
    {ITEMS, ITEM("0", "1", "1", "0", "true", "0", PACKET), 258, "more is held back than may be"},
    {ITEMS, ITEM("0", "0", "1", "0", "false", "0", PACKET), 1, HELD},
    {ITEMS, ITEM("0", "3", "1", "0", "false", "0", PACKET), 1, HELD},
    {ITEMS, ITEM("9", "1", "1", "0", "false", "0", "@ay []"), 1, HELD},
    {ITEMS, ITEM("0", "1", "1", "0", "false", "0", "[byte 0, 0, 0]"), 1, HELD},
    {ITEMS, ITEM("0", "1", "0", "0", "false", "0", PACKET), 1, HELD},
    {ITEMS, ITEM("0", "1", "65535", "0", "false", "0", PACKET), 1, NULL},
    {ITEMS, ITEM("0", "1", "65536", "0", "false", "0", PACKET), 1, HELD},
    {ITEMS, ITEM("1", "1", "1", "5", "false", "0", "@ay []"), 1, NULL},
    {ITEMS, ITEM("1", "1", "1", "5", "false", "0", PACKET), 1, HELD},
    {ITEMS, ITEM("1", "1", "1", "5", "true", "0", "@ay []"), 1, HELD},
    {ITEMS, ITEM("1", "1", "1", "-1", "false", "0", "@ay []"), 1, HELD},
    {ITEMS, ITEM("1", "1", "1", FAR, "false", "0", "@ay []"), 1, HELD},
    {ITEMS, ITEM("7", "0", "1", "0", "false", "-1", "@ay []"), 1, HELD},
    {ITEMS, ITEM("7", "0", "1", "0", "false", FAR, "@ay []"), 1, HELD},
    {ITEMS, ITEM("6", "0", "1", "0", "false", "0", "@ay []"), 1, NULL},
    {ITEMS, ITEM("7", "0", "1", "0", "false", "0", "@ay []"), 1, NULL},
    {ITEMS, ITEM("8", "0", "1", "0", "false", "0", "@ay []"), 1, NULL},
};

/* One rule, and nothing held back. */
static GVariant *base_state(void)
{
    g_autoptr(Rig) rig = rig_new("drop:count=3");
    g_autoptr(GBytes) bytes = swme_faults_save(rig->faults);
    GVariant *state =
        g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(STATE_TYPE), bytes, FALSE));

    ck_assert(g_variant_is_normal_form(state)); /* else STATE_TYPE is not the faults' any more */
    return state;
}

static GVariant *changed_state(int check)
{
    g_autoptr(GVariant) state = base_state();
    g_autoptr(GVariant) value = g_variant_parse(NULL, checks[check].value, NULL, NULL, NULL);
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    GVariant *array = NULL;

    MUST_MSG(value, "%s", checks[check].value);
    if (checks[check].repeat) {
        for (unsigned int i = 0; i < checks[check].repeat; i++) {
            g_ptr_array_add(all, value);
        }
        array = g_variant_new_array(NULL, (GVariant *const *)all->pdata, all->len);
    }
    return variant_put(state, checks[check].path, array ? array : value);
}

START_TEST(each_check)
{
    g_autoptr(GVariant) state = changed_state(_i);
    g_autoptr(Rig) rig = rig_new("hang:type=START");
    g_autoptr(GError) error = NULL;
    bool accepted;

    ck_assert_str_eq(g_variant_get_type_string(state), STATE_TYPE);
    accepted =
        swme_faults_load(rig->faults, g_variant_get_data(state), g_variant_get_size(state), &error);
    if (checks[_i].why) {
        MUST_MSG(!accepted, "%s = %s is believed", checks[_i].path, checks[_i].value);
        MUST_MSG(strstr(error->message, checks[_i].why), "%s = %s: %s", checks[_i].path,
                 checks[_i].value, error->message);
        ck_assert(swme_faults_untouched(rig->faults));
    } else {
        MUST_MSG(accepted, "%s = %s: %s", checks[_i].path, checks[_i].value,
                 error ? error->message : "no error");
    }
    use(rig);
}
END_TEST

/* A number of matches that counting on would take past its end: below the hits it loads no more. */
START_TEST(matches_count_on_from_the_largest)
{
    g_autoptr(GVariant) state = base_state();
    g_autoptr(GVariant) changed =
        variant_put(state, RULES,
                    g_variant_new_parsed("[(uint32 1, 'drop', 'drop:count=all', " ENDLESS
                                         ", " ENDLESS ", uint64 0)]"));
    g_autoptr(Rig) rig = rig_new(NULL);
    g_autoptr(Rig) other = NULL;

    ck_assert(swme_faults_load(rig->faults, g_variant_get_data(changed),
                               g_variant_get_size(changed), NULL));
    for (unsigned int i = 0; i < 3; i++) {
        rig_send_data(rig, "a", 1);
    }
    other = reload(rig);
    ck_assert_uint_eq(swme_faults_count(other->faults), 1);
}
END_TEST

/* What the rules of another firmware hold back, one without their hooks cannot do. */
START_TEST(what_needs_hooks_needs_them_here)
{
    unsigned int refused = 0;

    for (size_t i = 0; i < UNIT_COUNT(checks); i++) {
        g_autoptr(SwmeManualClock) clock = swme_manual_clock_new();
        g_autoptr(SwmeFaults) faults =
            swme_faults_new(&swme_faults_device_ops, NULL, swme_manual_clock(clock));
        g_autoptr(GVariant) state = changed_state((int)i);
        bool kind = strstr(checks[i].value, "(byte 6") || strstr(checks[i].value, "(byte 7") ||
                    strstr(checks[i].value, "(byte 8");

        swme_faults_attach(faults, &swme_faults_firmware_ops, NULL, NULL);
        if (kind && !checks[i].why) {
            ck_assert(!swme_faults_load(faults, g_variant_get_data(state),
                                        g_variant_get_size(state), NULL));
            refused++;
        }
    }
    ck_assert_uint_eq(refused, 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("faults-state");
    TCase *tcase = unit_case(suite, "goes on");

    tcase_add_test(tcase, counts_and_randomness_go_on);
    tcase_add_test(tcase, what_is_held_back_still_comes);
    tcase_add_loop_test(tcase, states_of_the_link_survive, 0, 3);
    tcase_add_test(tcase, reset_on_its_way_survives);
    tcase_add_test(tcase, nothing_is_a_state_too);
    tcase_add_loop_test(tcase, rules_of_the_loading_side_count, 0, 7);
    tcase_add_test(tcase, a_rule_that_was_removed_stays_removed);
    tcase_add_test(tcase, what_is_held_back_comes_without_its_rule);
    tcase_add_test(tcase, what_the_next_interrupt_tells_of_survives);
    tcase = unit_case(suite, "believes nothing");
    tcase_add_loop_test(tcase, each_check, 0, (int)UNIT_COUNT(checks));
    tcase_add_test(tcase, matches_count_on_from_the_largest);
    tcase_add_test(tcase, what_needs_hooks_needs_them_here);
    tcase_add_test(tcase, cut_short_is_refused);
    tcase_add_loop_test(tcase, damaged_is_refused_or_harmless, 0, 4);
    return unit_run(suite);
}
