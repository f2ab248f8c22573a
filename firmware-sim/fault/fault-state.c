/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saved state: the rules as text with their counts, and what they hold back. */
#include "firmware-sim/fault/fault-internal.h"

#include <string.h>

#include "firmware-sim/error.h"
#include "firmware-sim/latency.h"

#define STATE_VERSION 2
/* kind, way, ns from now, copies, interval, until-next, waits, client, away, packet */
#define ITEM_TYPE "(yyxuxbbyxay)"
/* id, name, text, matches, hits, random */
#define RULE_TYPE  "(ussttt)"
#define STATE_TYPE "(uusbbbbbbba(bu)a" RULE_TYPE "a" ITEM_TYPE ")"

static bool refuse(GError **error, const char *why)
{
    g_set_error(error, SWME_ERROR, SWME_ERROR_STATE, "saved faults refused: %s", why);
    return false;
}

/* ---- save ---- */

static void save_rules(const SwmeFaults *faults, GVariantBuilder *builder)
{
    g_variant_builder_open(builder, G_VARIANT_TYPE("a" RULE_TYPE));
    for (guint i = 0; i < faults->rules->len; i++) {
        const FaultRule *rule = faults->rules->pdata[i];

        g_variant_builder_add(builder, RULE_TYPE, rule->id, rule->name, rule->text, rule->matches,
                              rule->hits, rule->random);
    }
    g_variant_builder_close(builder);
}

static void save_items(const SwmeFaults *faults, GVariantBuilder *builder)
{
    int64_t now = faults->clock->now(faults->clock);

    g_variant_builder_open(builder, G_VARIANT_TYPE("a" ITEM_TYPE));
    for (const GList *l = faults->items.head; l; l = l->next) {
        const FaultItem *item = l->data;

        g_variant_builder_add(
            builder, "(yyxuxbbyx@ay)", (guchar)item->kind, (guchar)item->way,
            MAX(item->due_ns - now, 0), item->copies, item->interval_ns, item->until_next,
            item->waits, item->me_addr, item->away_ns,
            g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, item->packet, item->size, 1));
    }
    g_variant_builder_close(builder);
}

/* Little-endian, wherever it was saved. */
static GVariant *portable(GVariant *state)
{
    GVariant *swapped;

    if (G_BYTE_ORDER != G_BIG_ENDIAN) {
        return state;
    }
    swapped = g_variant_byteswap(state);
    g_variant_unref(state);
    return swapped;
}

GBytes *swme_faults_save(const SwmeFaults *faults)
{
    g_autoptr(GVariant) state = NULL;
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE(STATE_TYPE));
    g_variant_builder_add(&builder, "u", (guint32)STATE_VERSION);
    g_variant_builder_add(&builder, "u", faults->next_id);
    g_variant_builder_add(&builder, "s", faults->started ? faults->started : "");
    g_variant_builder_add(&builder, "b", faults->hang);
    g_variant_builder_add(&builder, "b", faults->hold);
    g_variant_builder_add(&builder, "b", faults->not_ready);
    g_variant_builder_add(&builder, "b", faults->lose_next);
    g_variant_builder_add(&builder, "b", faults->sent);
    g_variant_builder_add(&builder, "b", faults->took);
    g_variant_builder_add(&builder, "b", faults->d0i3_entry);
    g_variant_builder_open(&builder, G_VARIANT_TYPE("a(bu)"));
    for (unsigned int i = 0; i < HECI_HFS_COUNT; i++) {
        g_variant_builder_add(&builder, "(bu)", faults->status_set[i], faults->status[i]);
    }
    g_variant_builder_close(&builder);
    save_rules(faults, &builder);
    save_items(faults, &builder);
    state = portable(g_variant_ref_sink(g_variant_builder_end(&builder)));
    return g_variant_get_data_as_bytes(state);
}

/* ---- load ---- */

static bool load_rules(SwmeFaults *faults, GVariant *rules, GError **error)
{
    GVariantIter iter;
    const char *name, *text;
    guint64 matches, hits, random;
    guint32 id, before = 0;

    if (g_variant_n_children(rules) > SWME_FAULTS_MAX) {
        return refuse(error, "more rules than there may be");
    }
    g_variant_iter_init(&iter, rules);
    while (g_variant_iter_next(&iter, "(u&s&sttt)", &id, &name, &text, &matches, &hits, &random)) {
        FaultRule *rule = fault_rule_parse_saved(text, name, NULL);

        if (!rule || !fault_rule_bind(faults, rule, NULL) || id <= before ||
            id >= faults->next_id || hits > matches) {
            fault_rule_free(rule);
            return refuse(error, "a rule that could not have been added");
        }
        rule->id = before = id;
        /* Nobody lives to see more; but close to the end they would begin anew below the hits. */
        rule->matches = MIN(matches, INT64_MAX);
        rule->hits = MIN(hits, INT64_MAX);
        rule->random = random;
        g_ptr_array_add(faults->rules, rule);
    }
    return true;
}

/* Everything that a running interposer could not hold is refused: sizes, kinds, hooks. */
static bool item_possible(const SwmeFaults *faults, const FaultItem *item)
{
    bool packet = item->kind == FAULT_ITEM_PACKET;

    if (packet ? item->size < MEI_HEADER_SIZE || item->size > MEI_PACKET_MAX : item->size != 0) {
        return false;
    }
    if (packet && item->way == FAULT_BOTH_WAYS) {
        return false;
    }
    if (item->kind == FAULT_ITEM_RESET && !faults->hooks->reset) {
        return false;
    }
    if ((item->kind == FAULT_ITEM_VANISH || item->kind == FAULT_ITEM_RETURN) &&
        !faults->hooks->set_client) {
        return false;
    }
    return item->copies >= 1 && item->copies <= FAULT_COPIES_MAX && (packet || !item->waits) &&
           item->interval_ns >= 0 && item->interval_ns <= SWME_LATENCY_MAX_NS &&
           item->away_ns >= 0 && item->away_ns <= SWME_LATENCY_MAX_NS;
}

static FaultItem *load_item(const SwmeFaults *faults, GVariant *variant)
{
    g_autoptr(GVariant) bytes = NULL;
    gboolean until_next, waits;
    gint64 remaining, interval, away;
    guchar kind, way, me_addr;
    guint32 copies;
    gsize size;
    const uint8_t *data;
    FaultItem *item;

    g_variant_get(variant, "(yyxuxbbyx@ay)", &kind, &way, &remaining, &copies, &interval,
                  &until_next, &waits, &me_addr, &away, &bytes);
    data = g_variant_get_fixed_array(bytes, &size, 1);
    if (kind >= FAULT_ITEM_KINDS || way > FAULT_TO_FIRMWARE || size > MEI_PACKET_MAX) {
        return NULL;
    }
    item = fault_item_new((FaultItemKind)kind, (FaultWay)way, data, size);
    item->due_ns = faults->clock->now(faults->clock) + CLAMP(remaining, 0, SWME_LATENCY_MAX_NS);
    item->copies = copies;
    item->interval_ns = interval;
    item->until_next = until_next;
    item->waits = waits;
    item->me_addr = me_addr;
    item->away_ns = away;
    if (!item_possible(faults, item)) {
        g_free(item);
        return NULL;
    }
    return item;
}

static bool load_items(SwmeFaults *faults, GVariant *items, GError **error)
{
    gsize count = g_variant_n_children(items);
    bool reset = false;

    if (count > FAULT_ITEMS_MAX + 1) {
        return refuse(error, "more is held back than may be");
    }
    for (gsize i = 0; i < count; i++) {
        g_autoptr(GVariant) variant = g_variant_get_child_value(items, i);
        FaultItem *item = load_item(faults, variant);

        if (!item) {
            return refuse(error, "it holds back what cannot be");
        }
        reset |= item->kind == FAULT_ITEM_RESET;
        fault_queue_insert(faults, item);
    }
    /* Nothing else would end it. */
    return !faults->hold || reset || refuse(error, "it waits for a reset that never comes");
}

static bool load_status(SwmeFaults *faults, GVariant *words, GError **error)
{
    if (g_variant_n_children(words) != HECI_HFS_COUNT) {
        return refuse(error, "another number of status words");
    }
    for (unsigned int i = 0; i < HECI_HFS_COUNT; i++) {
        gboolean set;

        g_variant_get_child(words, i, "(bu)", &set, &faults->status[i]);
        faults->status_set[i] = set;
    }
    return true;
}

/* started: what the saved machine was started with. */
static bool load(SwmeFaults *faults, GVariant *state, char **started, GError **error)
{
    g_autoptr(GVariant) words = NULL, rules = NULL, items = NULL;
    gboolean hang, hold, not_ready, lose_next, sent, took, d0i3_entry;
    guint32 version;

    if (!g_variant_is_normal_form(state)) {
        return refuse(error, "they are damaged or cut short");
    }
    g_variant_get(state, "(uusbbbbbbb@a(bu)@a" RULE_TYPE "@a" ITEM_TYPE ")", &version,
                  &faults->next_id, started, &hang, &hold, &not_ready, &lose_next, &sent, &took,
                  &d0i3_entry, &words, &rules, &items);
    if (version != STATE_VERSION || faults->next_id == 0) {
        return refuse(error, "they are of another version");
    }
    faults->hang = hang;
    faults->hold = hold;
    faults->not_ready = not_ready;
    faults->lose_next = lose_next;
    faults->sent = sent;
    faults->took = took;
    faults->d0i3_entry = d0i3_entry;
    return load_status(faults, words, error) && load_rules(faults, rules, error) &&
           load_items(faults, items, error);
}

/* Without a word to anybody: registers and firmware were just loaded as they were. */
static void forget(SwmeFaults *faults)
{
    g_ptr_array_set_size(faults->rules, 0);
    fault_forget_link(faults);
    faults->next_id = MAX(faults->next_id, 1);
    fault_queue_clear(faults);
}

bool swme_faults_load(SwmeFaults *faults, const void *data, size_t size, GError **error)
{
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(GVariant) state = NULL;
    g_autofree char *started = NULL;
    bool good = true;

    forget(faults);
    faults->active = true; /* counts that are loaded are not for fault_update() to begin anew */
    if (size > 0) {
        state = portable(
            g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(STATE_TYPE), bytes, FALSE)));
        good = load(faults, state, &started, error);
    }
    if (good && faults->started && g_strcmp0(faults->started, started) != 0) {
        good = fault_restart(faults, error);
    }
    if (!good) {
        forget(faults);
    }
    fault_update(faults);
    return good;
}
