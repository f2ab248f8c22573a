/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules as text and back: RULE[+RULE...], a RULE being NAME[:KEY=VALUE]... */
#include "firmware-sim/fault/fault-internal.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include <swme/hbm.h>

#include "firmware-sim/error.h"
#include "firmware-sim/latency.h"
#include "firmware-sim/suggest.h"

/* ---- errors ---- */

#define fail(error, ...) swme_error_set(error, SWME_ERROR_ARGUMENT, "fault", __VA_ARGS__)

/* "unknown WHAT 'typed': try ..."; more says where all of them are. */
static bool unknown(GError **error, const char *what, const char *typed, const GArray *rows,
                    const char *more)
{
    g_autofree char *near =
        swme_suggest(typed, (const SwmeSuggestion *)(const void *)rows->data, rows->len);
    g_autofree char *shown = swme_error_text(typed);

    return near ? fail(error, "unknown %s '%s': try %s (%s)", what, shown, near, more)
                : fail(error, "unknown %s '%s': %s", what, shown, more);
}

static void add_word(GArray *rows, const char *word)
{
    SwmeSuggestion row = {word, word};

    g_array_append_val(rows, row);
}

/* ---- types ---- */

typedef struct TypeRow {
    const char *name;
    const char *help;
    unsigned int kinds;
} TypeRow;

static const TypeRow types[] = {
    {"ANY", "every packet", FAULT_PACKET},
    {"HBM", "every host bus message", FAULT_HBM},
    {"DATA", "every packet to or from a client", FAULT_DATA},
    {"FRAGMENT", "of those, the ones that do not end a message", FAULT_FRAGMENT},
    {"DMA", "of those, the ones whose data is in the DMA ring", FAULT_DMA},
    {"READY", "ME_RDY goes up", FAULT_READY},
    {"INTERRUPT", "H_IS is set", FAULT_INTERRUPT},
    {"DRAIN", "H_IS is set and nothing was sent: the host's packets were taken", FAULT_DRAIN},
    {"STATUS", "a firmware status word is set", FAULT_STATUS},
    {"D0I3", "a D0i3 transition ends", FAULT_D0I3},
    {"D0I3-ENTRY", "D0i3 is reached", FAULT_D0I3_ENTRY},
    {"D0I3-EXIT", "D0i3 is left", FAULT_D0I3_EXIT},
    {"ISOLATION-EXIT", "the host asks to leave legacy isolation", FAULT_PG_EXIT},
};

#define HBM_LAST HBM_CLIENT_DMA_UNMAP

static bool is_command(unsigned int command)
{
    return command <= HBM_LAST && !g_str_equal(hbm_command_name(command), "unknown");
}

bool swme_fault_type_word(unsigned int index, SwmeFaultWord *word)
{
    if (index < G_N_ELEMENTS(types)) {
        *word = (SwmeFaultWord){types[index].name, types[index].help};
        return true;
    }
    index -= G_N_ELEMENTS(types);
    for (unsigned int command = 1; command <= HBM_LAST; command++) {
        if (is_command(command) && index-- == 0) {
            *word =
                (SwmeFaultWord){hbm_command_name(command),
                                "that host bus message; -REQ or -RES behind it for one of both"};
            return true;
        }
    }
    return false;
}

static char *type_name(const FaultType *type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(types) && type->command == 0; i++) {
        if (types[i].kinds == type->kinds) {
            return g_strdup(types[i].name);
        }
    }
    return g_strconcat(hbm_command_name(type->command),
                       type->request    ? "-REQ"
                       : type->response ? "-RES"
                                        : "",
                       NULL);
}

static bool find_type(const char *text, FaultType *type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        if (swme_same_name(text, types[i].name)) {
            *type = (FaultType){.kinds = types[i].kinds};
            return true;
        }
    }
    for (unsigned int command = 1; command <= HBM_LAST; command++) {
        FaultType variants[] = {
            {FAULT_HBM, (uint8_t)command, false, false},
            {FAULT_HBM, (uint8_t)command, true, false},
            {FAULT_HBM, (uint8_t)command, false, true},
        };

        for (size_t i = 0; i < G_N_ELEMENTS(variants) && is_command(command); i++) {
            g_autofree char *name = type_name(&variants[i]);

            if (swme_same_name(text, name)) {
                *type = variants[i];
                return true;
            }
        }
    }
    return false;
}

static bool set_type(FaultRule *rule, const char *text, GError **error)
{
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(SwmeSuggestion));
    SwmeFaultWord word;

    if (find_type(text, &rule->type)) {
        g_free(rule->type_name);
        rule->type_name = type_name(&rule->type);
        return true;
    }
    for (unsigned int i = 0; swme_fault_type_word(i, &word); i++) {
        add_word(rows, word.name);
    }
    return unknown(error, "type", text, rows, "'swme faults --syntax' lists all");
}

/* ---- keys ---- */

typedef struct KeyRow {
    const char *name;
    const char *help;
    FaultKey key;
    size_t field; /* of a uint32_t in the rule; 0: not that simple */
    uint32_t least;
    uint32_t most;
} KeyRow;

static const KeyRow keys[] = {
    {"dir", "to-host, to-firmware or both (default: both)", FAULT_KEY_DIR, 0, 0, 0},
    {"type", "what the rule is made for: a host bus message's name, or a kind of event",
     FAULT_KEY_TYPE, 0, 0, 0},
    {"client", "only what is to, from or about that client: its name or its address",
     FAULT_KEY_CLIENT, 0, 0, 0},
    {"after", "so many matches pass before the first hit (default: 0)", FAULT_KEY_AFTER,
     offsetof(FaultRule, after), 0, UINT32_MAX},
    {"count", "so many hits, or 'all' (default: 1, for some actions all)", FAULT_KEY_COUNT,
     offsetof(FaultRule, count), 0, UINT32_MAX},
    {"prob", "percent of the matches that are hits, two decimals at most (default: 100)",
     FAULT_KEY_PROB, 0, 0, 0},
    {"seed", "where the rule's random numbers start; the same again is the same run (default: 0)",
     FAULT_KEY_SEED, 0, 0, 0},
    {"time", "a number and ns, us, ms or s", FAULT_KEY_TIME, 0, 0, 0},
    {"copies", "how many more", FAULT_KEY_COPIES, offsetof(FaultRule, copies), 1, FAULT_COPIES_MAX},
    {"offset", "the first byte in the packet; its header is bytes 0 to 3 (default: 4)",
     FAULT_KEY_OFFSET, offsetof(FaultRule, offset), 0, MEI_PACKET_MAX - 1},
    {"length", "how many bytes", FAULT_KEY_LENGTH, offsetof(FaultRule, length), 0, MEI_PACKET_MAX},
    {"value", "a number, 0x before hexadecimal", FAULT_KEY_VALUE, offsetof(FaultRule, value), 0,
     UINT32_MAX},
    {"mask", "the bits that change (default: all)", FAULT_KEY_MASK, offsetof(FaultRule, mask), 0,
     UINT32_MAX},
    {"data", "up to 64 bytes in hexadecimal, two digits each", FAULT_KEY_DATA, 0, 0, 0},
    {"word", "which firmware status word: 1 to 6", FAULT_KEY_WORD, offsetof(FaultRule, word), 1,
     HECI_HFS_COUNT},
    {"to",
     "bus: a host bus message as data= has it; pair: its bytes 1 and 2 become the addresses of the "
     "connection that triggered it; connection: data on that connection (default: bus)",
     FAULT_KEY_TO, 0, 0, 0},
};

bool swme_fault_key_word(unsigned int index, SwmeFaultWord *word)
{
    if (index >= G_N_ELEMENTS(keys)) {
        return false;
    }
    *word = (SwmeFaultWord){keys[index].name, keys[index].help};
    return true;
}

static const char *const ways[] = {"both", "to-host", "to-firmware"};
static const char *const targets[] = {"bus", "pair", "connection"};

static bool parse_number(const char *text, uint64_t most, uint64_t *number)
{
    bool hex = g_str_has_prefix(text, "0x");
    char *end = NULL;

    if (!(hex ? g_ascii_isxdigit(text[2]) : g_ascii_isdigit(text[0]))) {
        return false;
    }
    errno = 0;
    *number = g_ascii_strtoull(hex ? text + 2 : text, &end, hex ? 16 : 10);
    return errno == 0 && *end == '\0' && *number <= most;
}

static bool parse_choice(const char *text, const char *const *names, size_t count,
                         unsigned int *choice)
{
    for (size_t i = 0; i < count; i++) {
        if (swme_same_name(text, names[i])) {
            *choice = (unsigned int)i;
            return true;
        }
    }
    return false;
}

/* "12.5" as hundredths. */
static bool parse_percent(const char *text, uint32_t *probability)
{
    g_auto(GStrv) parts = g_strsplit(text, ".", 2);
    uint64_t whole = 0, part = 0;
    size_t digits = parts[0] && parts[1] ? strlen(parts[1]) : 0;

    if (!parts[0] || g_str_has_prefix(text, "0x") || !parse_number(parts[0], 100, &whole) ||
        (parts[1] &&
         (digits < 1 || digits > 2 || parts[1][1] == 'x' || !parse_number(parts[1], 99, &part)))) {
        return false;
    }
    *probability = (uint32_t)(whole * 100 + part * (digits == 1 ? 10 : 1));
    return *probability <= FAULT_CERTAIN;
}

static bool parse_data(const char *text, FaultRule *rule)
{
    size_t digits = strlen(text);

    if (digits == 0 || digits % 2 || digits / 2 > sizeof(rule->data)) {
        return false;
    }
    for (size_t i = 0; i < digits; i++) {
        if (!g_ascii_isxdigit(text[i])) {
            return false;
        }
    }
    rule->data_size = digits / 2;
    for (size_t i = 0; i < rule->data_size; i++) {
        rule->data[i] = (uint8_t)(g_ascii_xdigit_value(text[2 * i]) << 4 |
                                  g_ascii_xdigit_value(text[2 * i + 1]));
    }
    return true;
}

static bool parse_client(const char *text, FaultRule *rule)
{
    uint64_t address = 0;

    g_free(rule->client);
    rule->client = g_strdup(text);
    rule->me_addr = 0;
    if (g_ascii_isdigit(text[0])) {
        if (!parse_number(text, UINT8_MAX, &address) || address == 0) {
            return false;
        }
        rule->me_addr = (uint8_t)address;
    }
    /* What stands in the canonical text must be read as it was written. */
    return *text && !strpbrk(text, ":+=");
}

static bool set_special(FaultRule *rule, const KeyRow *row, const char *text)
{
    unsigned int choice = 0;
    bool good = false;

    switch (row->key) {
    case FAULT_KEY_DIR:
        good = parse_choice(text, ways, G_N_ELEMENTS(ways), &choice);
        rule->way = (FaultWay)choice;
        break;
    case FAULT_KEY_TO:
        good = parse_choice(text, targets, G_N_ELEMENTS(targets), &choice);
        rule->to = (FaultTarget)choice;
        break;
    case FAULT_KEY_CLIENT:
        good = parse_client(text, rule);
        break;
    case FAULT_KEY_PROB:
        good = parse_percent(text, &rule->probability);
        break;
    case FAULT_KEY_SEED:
        good = parse_number(text, UINT64_MAX, &rule->seed);
        break;
    case FAULT_KEY_TIME:
        good = swme_time_parse(text, &rule->time_ns);
        break;
    case FAULT_KEY_DATA:
        good = parse_data(text, rule);
        break;
    default:
        break;
    }
    return good;
}

static const KeyRow *find_key(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (g_str_equal(name, keys[i].name)) {
            return &keys[i];
        }
    }
    return NULL;
}

static bool unknown_key(const FaultAction *action, const char *name, GError **error)
{
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(SwmeSuggestion));
    g_autoptr(GString) all = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if ((action->keys | FAULT_KEYS_MATCH) & keys[i].key) {
            add_word(rows, keys[i].name);
            g_string_append_printf(all, "%s%s", all->len ? ", " : "there are ", keys[i].name);
        }
    }
    return unknown(error, "key", name, rows, all->str);
}

static bool set_key(FaultRule *rule, const char *name, const char *text, GError **error)
{
    const KeyRow *row = find_key(name);
    uint64_t number = 0;
    bool good;

    if (!row || !((rule->action->keys | FAULT_KEYS_MATCH) & row->key)) {
        return unknown_key(rule->action, name, error);
    }
    if (row->key == FAULT_KEY_TYPE) {
        rule->given |= FAULT_KEY_TYPE;
        return set_type(rule, text, error);
    }
    if (row->field == 0) {
        good = set_special(rule, row, text);
    } else {
        good = row->key == FAULT_KEY_COUNT && swme_same_name(text, "all");
        good = good || (parse_number(text, row->most, &number) && number >= row->least);
        G_STRUCT_MEMBER(uint32_t, rule, row->field) = (uint32_t)number;
    }
    if (!good) {
        g_autofree char *shown = swme_error_text(text);

        return fail(error, "%s '%s': %s", name, shown, row->help);
    }
    rule->given |= row->key;
    return true;
}

/* ---- a rule as text ---- */

static void append_value(GString *text, const FaultRule *rule, const KeyRow *row)
{
    switch (row->key) {
    case FAULT_KEY_DIR:
        g_string_append(text, ways[rule->way]);
        break;
    case FAULT_KEY_TYPE:
        g_string_append(text, rule->type_name);
        break;
    case FAULT_KEY_CLIENT:
        g_string_append(text, rule->client);
        break;
    case FAULT_KEY_PROB:
        g_string_append_printf(text, "%u.%02u", rule->probability / 100, rule->probability % 100);
        break;
    case FAULT_KEY_SEED:
        g_string_append_printf(text, "%" G_GUINT64_FORMAT, rule->seed);
        break;
    case FAULT_KEY_TIME:
        g_string_append_printf(text, "%" G_GINT64_FORMAT "ns", rule->time_ns);
        break;
    case FAULT_KEY_DATA:
        for (size_t i = 0; i < rule->data_size; i++) {
            g_string_append_printf(text, "%02x", rule->data[i]);
        }
        break;
    case FAULT_KEY_TO:
        g_string_append(text, targets[rule->to]);
        break;
    case FAULT_KEY_VALUE:
    case FAULT_KEY_MASK:
        g_string_append_printf(text, "0x%x", G_STRUCT_MEMBER(uint32_t, rule, row->field));
        break;
    default:
        g_string_append_printf(text, "%u", G_STRUCT_MEMBER(uint32_t, rule, row->field));
        break;
    }
}

static char *canonical(const FaultRule *rule)
{
    GString *text = g_string_new(rule->action->name);

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (rule->given & keys[i].key) {
            g_string_append_printf(text, ":%s=", keys[i].name);
            append_value(text, rule, &keys[i]);
        }
    }
    return g_string_free(text, FALSE);
}

/* ---- a rule from text ---- */

void fault_rule_free(FaultRule *rule)
{
    if (rule) {
        g_free(rule->name);
        g_free(rule->text);
        g_free(rule->type_name);
        g_free(rule->client);
        g_free(rule);
    }
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FaultRule, fault_rule_free)

static const FaultAction *find_action(const char *name)
{
    for (const FaultAction *action = fault_actions; action->name; action++) {
        if (g_str_equal(name, action->name)) {
            return action;
        }
    }
    return NULL;
}

static const SwmeFaultPreset *find_preset(const char *name)
{
    for (const SwmeFaultPreset *preset = swme_fault_presets; preset->name; preset++) {
        if (g_str_equal(name, preset->name)) {
            return preset;
        }
    }
    return NULL;
}

static FaultRule *rule_new(const FaultAction *action, const char *name)
{
    FaultRule *rule = g_new0(FaultRule, 1);
    bool found = find_type(action->type, &rule->type);

    g_assert(found);
    rule->action = action;
    rule->name = g_strdup(name);
    rule->type_name = g_strdup(action->type);
    rule->way = action->way;
    rule->count = action->count;
    rule->probability = FAULT_CERTAIN;
    rule->copies = 1;
    rule->offset = MEI_HEADER_SIZE;
    rule->length = 1;
    rule->mask = UINT32_MAX;
    return rule;
}

/* "key=value" strings, up to NULL. */
static bool set_keys(FaultRule *rule, char **settings, GError **error)
{
    for (; *settings; settings++) {
        g_auto(GStrv) pair = g_strsplit(*settings, "=", 2);

        if (!pair[0] || !pair[1]) {
            g_autofree char *shown = swme_error_text(*settings);

            return fail(error, "'%s' is not KEY=VALUE", shown);
        }
        if (!set_key(rule, pair[0], pair[1], error)) {
            return false;
        }
    }
    return true;
}

/* What only the whole rule can tell. */
static bool finish(FaultRule *rule, GError **error)
{
    const FaultAction *action = rule->action;

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if ((action->needs & keys[i].key) && !(rule->given & keys[i].key)) {
            return fail(error, "%s needs %s=: %s", action->name, keys[i].name, keys[i].help);
        }
    }
    if (!(rule->type.kinds & action->kinds)) {
        return fail(error, "%s does not strike %s", action->name, rule->type_name);
    }
    if (g_str_equal(action->name, "corrupt") &&
        !(rule->given & (FAULT_KEY_VALUE | FAULT_KEY_DATA))) {
        return fail(error, "corrupt needs value= or data=");
    }
    if (rule->to == FAULT_TO_PAIR && rule->data_size <= HBM_OFF_HOST_ADDR) {
        return fail(error, "to=pair needs data= of at least %d bytes", HBM_OFF_HOST_ADDR + 1);
    }
    if (!(rule->given & FAULT_KEY_TIME)) {
        /* Long enough to be told apart, short against every time-out of a driver. */
        rule->time_ns = g_str_equal(action->name, "reorder")              ? 100 * SWME_NS_PER_MS
                        : g_str_equal(action->name, "spurious-interrupt") ? SWME_NS_PER_MS
                                                                          : 0;
    }
    rule->random = rule->seed;
    rule->text = canonical(rule);
    return true;
}

/* One action with its keys, and those that the user adds to a preset's. */
static FaultRule *parse_action(const char *text, const char *name, char **more, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(text, ":", -1);
    const FaultAction *action = parts[0] ? find_action(parts[0]) : NULL;
    g_autoptr(FaultRule) rule = NULL;

    if (!action) {
        g_autofree char *shown = swme_error_text(text);

        fail(error, "'%s' is no action", shown);
        return NULL;
    }
    rule = rule_new(action, name ? name : action->name);
    if (!set_keys(rule, parts + 1, error) || (more && !set_keys(rule, more, error)) ||
        !finish(rule, error)) {
        return NULL;
    }
    return g_steal_pointer(&rule);
}

FaultRule *fault_rule_parse_saved(const char *text, const char *name, GError **error)
{
    if (!find_preset(name) && !find_action(name)) {
        fail(error, "a saved rule has a name that is none");
        return NULL;
    }
    return parse_action(text, name, NULL, error);
}

static bool unknown_name(const char *name, GError **error)
{
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(SwmeSuggestion));

    for (const SwmeFaultPreset *preset = swme_fault_presets; preset->name; preset++) {
        add_word(rows, preset->name);
    }
    for (const FaultAction *action = fault_actions; action->name; action++) {
        add_word(rows, action->name);
    }
    return unknown(error, "name", name, rows, "'swme faults' lists all");
}

/* One RULE of the user's: an action, or a preset, which may stand for several. */
static bool parse_rule(const char *text, GPtrArray *rules, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(text, ":", -1);
    const char *name = parts[0] ? parts[0] : "";
    const SwmeFaultPreset *preset = find_preset(name);
    g_auto(GStrv) actions = NULL;

    if (!preset && !find_action(name)) {
        return unknown_name(name, error);
    }
    actions = g_strsplit(preset ? preset->rule : text, "+", -1);
    for (char **action = actions; *action; action++) {
        FaultRule *rule =
            parse_action(*action, preset ? preset->name : NULL, preset ? parts + 1 : NULL, error);

        if (!rule) {
            return false;
        }
        g_ptr_array_add(rules, rule);
    }
    return true;
}

GPtrArray *fault_rules_parse(const char *text, GError **error)
{
    g_autoptr(GPtrArray) rules = g_ptr_array_new_with_free_func((GDestroyNotify)fault_rule_free);
    g_auto(GStrv) parts = NULL;

    if (strlen(text) > FAULT_TEXT_MAX) {
        fail(error, "the rules are longer than %d characters", FAULT_TEXT_MAX);
        return NULL;
    }
    parts = g_strsplit(text, "+", -1);
    if (!parts[0]) {
        fail(error, "no name given: 'swme faults' lists all");
        return NULL;
    }
    for (char **part = parts; *part; part++) {
        if (!parse_rule(*part, rules, error)) {
            return NULL;
        }
    }
    return g_steal_pointer(&rules);
}

/* ---- a rule at work ---- */

bool fault_rule_spent(const FaultRule *rule)
{
    return rule->count != 0 && rule->hits >= rule->count;
}

bool fault_rule_matches(const FaultRule *rule, const FaultEvent *event)
{
    const FaultType *type = &rule->type;

    if (!(type->kinds & event->kinds & rule->action->kinds) ||
        (rule->way != FAULT_BOTH_WAYS && event->way != rule->way) ||
        (rule->me_addr != 0 && event->me_addr != rule->me_addr)) {
        return false;
    }
    if ((event->kinds & FAULT_STATUS) && rule->word != 0 && rule->word - 1 != event->index) {
        return false;
    }
    return type->command == 0 || ((event->command & ~HBM_RESPONSE) == type->command &&
                                  !(type->request && (event->command & HBM_RESPONSE)) &&
                                  !(type->response && !(event->command & HBM_RESPONSE)));
}

/* splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014). */
uint64_t fault_random(FaultRule *rule)
{
    uint64_t z = rule->random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}
