/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System Defense: filters and a policy of an input's making, then frames. What is taken is sane and
 * survives being saved; what becomes of a frame follows from which filters say that they matched.
 */
#include <string.h>

#include "firmware-sim/amt/amt-breaker.h"
#include "firmware-sim/manual-clock.h"
#include "tests/fuzz/fuzz.h"

#define FILTERS_MAX 8
#define FRAME_MAX   160
#define OWN         UINT32_C(0xc0000202)

typedef struct Rig {
    SwmeManualClock *clock;
    AmtState *amt;
    AmtData *fresh;
} Rig;

static Rig rig;

static void rig_init(void)
{
    static const uint8_t uuid[AMTHI_UUID_SIZE] = {1};

    rig.clock = swme_manual_clock_new();
    rig.amt = amt_state_new(swme_platform_find("mtl-m", NULL), uuid, swme_manual_clock(rig.clock),
                            1000000000);
    rig.fresh = amt_data_copy(amt_state_data(rig.amt));
    rig.fresh->setup.operational = true;
    rig.fresh->log.frozen = true; /* storing events is not what this is about */
    rig.fresh->network.lan[0].address = OWN;
}

static void fill(FuzzInput *input, uint8_t *out, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        out[i] = fuzz_u8(input);
    }
}

static AmtDefenseFilter make_filter(FuzzInput *input)
{
    AmtDefenseFilter filter;
    uint8_t kind = fuzz_u8(input);

    memset(&filter, 0, sizeof(filter));
    filter.ip = kind & 1;
    filter.event = kind & 2;
    filter.direction = kind >> 2 & 1;
    filter.profile = (kind >> 3 & 7) % 6;
    filter.rate = kind >> 6;
    filter.given = fuzz_u16(input) & AMT_DEFENSE_GIVEN;
    filter.type = kind & 0x80 ? fuzz_u16(input) : 0x0800;
    filter.version = kind & 0x40 ? 6 : 4;
    filter.protocol = kind & 0x20 ? 17 : 6;
    filter.source_from = fuzz_u8(input);
    filter.source_until = filter.source_from + fuzz_u16(input);
    filter.destination_from = fuzz_u8(input);
    filter.destination_until = filter.destination_from + fuzz_u16(input);
    filter.flags_on = fuzz_u8(input);
    filter.flags_off = fuzz_u8(input);
    fill(input, filter.source, 4);
    fill(input, filter.source_to, 4);
    fill(input, filter.destination, 4);
    fill(input, filter.destination_to, 4);
    return filter;
}

/* What a console would set up, as far as it is taken. */
static void configure(FuzzInput *input, AmtData *data)
{
    unsigned int count = fuzz_u8(input) % (FILTERS_MAX + 1);
    uint8_t kind = fuzz_u8(input);
    AmtDefensePolicy policy;
    AmtDefense *defense = &data->defense;
    unsigned int slot, filters = 0;

    memset(&policy, 0, sizeof(policy));
    for (unsigned int i = 0; i < count; i++) {
        AmtDefenseFilter filter = make_filter(input);
        AmtDefense before = *defense;

        if (amt_defense_add_filter(defense, &filter, &slot) == AMT_DEFENSE_OK) {
            FUZZ_MUST(amt_defense_sane(defense), "a filter that was taken");
            policy.filter[filters++] = (uint8_t)defense->filter[slot].handle;
        } else {
            *defense = before; /* as a call that failed leaves it */
        }
    }
    policy.sent_drop = kind & 1;
    policy.received_drop = kind & 2;
    policy.sent_event = policy.received_event = kind & 4;
    policy.sent_count = policy.received_count = kind & 8;
    policy.spoofing = kind >> 4 & 1;
    policy.timeout_min = kind >> 5 & 1;
    policy.bound = true;
    FUZZ_MUST(amt_defense_add_policy(defense, &policy, &slot) == AMT_DEFENSE_OK, "a policy");
    amt_defense_enable(defense, slot, true);
    FUZZ_MUST(amt_defense_sane(defense), "the whole");
}

static void save_and_load(const AmtData *data)
{
    g_autoptr(GVariant) saved = g_variant_ref_sink(amt_data_save(data, false));
    g_autoptr(AmtData) loaded = amt_data_copy(rig.fresh);
    const char *why = NULL;

    FUZZ_MUST(amt_data_load(loaded, saved, false, false, &why), "%s is not loaded", why);
    FUZZ_MUST(memcmp(&loaded->defense, &data->defense, sizeof(data->defense)) == 0, "other bytes");
}

static size_t make_frame(FuzzInput *input, uint8_t *frame)
{
    static const uint8_t types[][2] = {{8, 0}, {0x86, 0xdd}, {0x81, 0}, {8, 6}};
    uint8_t kind = fuzz_u8(input);
    size_t size = fuzz_u8(input) % (FRAME_MAX + 1);

    memset(frame, 0, FRAME_MAX);
    memcpy(frame + 12, types[kind & 3], 2);
    frame[14] = kind & 3 ? 0x60 : 0x45;
    frame[23] = kind & 4 ? 17 : 6;
    frame[20] = 0; /* of IPv6 */
    if (kind & 8) {
        fill(input, frame + 12, size > 12 ? MIN(size - 12, 64) : 0);
    } else {
        fill(input, frame + 26, 16); /* IPv4's addresses and ports */
    }
    return size;
}

static void check(AmtBreaker *breaker, unsigned int way, bool passed)
{
    const AmtDefense *defense = &amt_state_data(rig.amt)->defense;
    const AmtDefensePolicy *policy = amt_defense_policy(defense, amt_breaker_active(breaker));
    bool any = false, drops = false, limits = false;
    AmtBreakerCounter counter;

    for (unsigned int i = 0; amt_breaker_counter(breaker, i, &counter); i++) {
        const AmtDefenseFilter *filter = amt_defense_filter(defense, policy->filter[i]);

        if (counter.matched) {
            any = true;
            FUZZ_MUST(filter->direction == way, "a filter of the other way");
            drops |=
                filter->profile == AMT_DEFENSE_DROP || filter->profile == AMT_DEFENSE_DROP_COUNT;
            limits |= filter->profile == AMT_DEFENSE_LIMIT;
            FUZZ_MUST(counter.count == (filter->profile <= AMT_DEFENSE_LIMIT), "what it counted");
        } else {
            FUZZ_MUST(counter.count == 0, "it counted what it did not match");
        }
    }
    FUZZ_MUST(amt_breaker_counter(breaker, AMT_DEFENSE_EACH + way, &counter), "a default");
    if (!any && !counter.matched) {
        FUZZ_MUST(!passed && policy->spoofing && way == AMT_DEFENSE_SENT, "nothing matched");
        return;
    }
    FUZZ_MUST(counter.matched == !any, "filters and the default");
    if (!any) {
        drops = way == AMT_DEFENSE_SENT ? policy->sent_drop : policy->received_drop;
    }
    FUZZ_MUST(passed == !drops || (limits && !passed), "it passed: %d", passed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data, MIN(size, FUZZ_INPUT_MAX)};
    g_autoptr(AmtData) set_up = NULL;
    AmtBreaker *breaker;

    if (!rig.clock) {
        rig_init();
    }
    swme_manual_clock_restart(rig.clock);
    set_up = amt_data_copy(rig.fresh);
    configure(&input, set_up);
    if (fuzz_one_in(32, data, size)) {
        save_and_load(set_up);
    }
    amt_state_replace(rig.amt, set_up);
    breaker = amt_breaker_new(rig.amt, swme_manual_clock(rig.clock));
    while (input.left) {
        uint8_t frame[FRAME_MAX];
        uint8_t kind = fuzz_u8(&input);
        unsigned int way = kind & 1;
        size_t length = make_frame(&input, frame);
        g_autofree uint8_t *exact = g_memdup2(frame, length);
        bool passed;

        if ((kind & 0xf0) == 0xf0) {
            swme_manual_clock_advance(rig.clock, fuzz_u8(&input) * SWME_NS_PER_S);
        }
        amt_breaker_update(breaker, true);
        passed = amt_breaker_pass(breaker, way, exact, length);
        amt_breaker_update(breaker, false);
        if (amt_breaker_active(breaker)) {
            check(breaker, way, passed);
        } else {
            FUZZ_MUST(passed, "nothing is in force");
        }
    }
    amt_breaker_free(breaker);
    FUZZ_MUST(swme_manual_clock_armed(rig.clock) == 0, "a timer is left");
    return 0;
}
