/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each named fault against the reference host driver: it ends as docs/faults.md says, within the
 * documented time of the simulation, and all is well once the fault is gone.
 */
#include "tests/e2e/fault-driver.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "firmware-sim/platform/platform.h"
#include "tests/unit/unit.h"

#define ROUNDS_MAX 4

/* What only one kind of platform has. */
static const char *platform_for(const SwmeFaultPreset *preset)
{
    bool legacy = strstr(preset->name, "isolation") != NULL;

    for (const SwmePlatform *p = swme_platforms; p->name && legacy; p++) {
        if (p->power_gating == SWME_PG_PGI) {
            return p->name;
        }
    }
    return swme_platforms[0].name;
}

/* The reference driver has no DMA ring: the stock driver meets these in the guest. */
static bool can_strike(const SwmeFaultPreset *preset)
{
    return strncmp(preset->name, "dma-", 4) != 0;
}

static void check_unaffected(FaultDriver *driver, const char *name)
{
    for (unsigned int i = 0; i < 2; i++) {
        ck_assert_msg(fault_driver_round(driver), "%s: %s", name, driver->first);
    }
    ck_assert_msg(driver->mei.stats.link_resets == 1, "%s: link reset: %s", name,
                  driver->mei.reason);
}

static void check_error(FaultDriver *driver, const char *name)
{
    ck_assert_msg(!fault_driver_round(driver), "%s: nobody was told", name);
    fault_driver_round(driver);
    ck_assert_msg(driver->mei.state == MEI_DEVICE_ENABLED && driver->mei.stats.link_resets == 1,
                  "%s: the link did not stay up: %s", name, driver->mei.reason);
}

static void check_recovers(FaultDriver *driver, const char *name)
{
    unsigned int rounds = 1;

    while (!fault_driver_round(driver)) {
        ck_assert_msg(++rounds <= ROUNDS_MAX, "%s: still %s", name, driver->first);
        ck_assert_msg(driver->mei.state == MEI_DEVICE_ENABLED, "%s: disabled: %s", name,
                      driver->mei.reason);
    }
    ck_assert_msg(driver->mei.stats.link_resets > 1, "%s: no link reset", name);
}

static void check_disabled(FaultDriver *driver, const char *name)
{
    ck_assert_msg(!fault_driver_round(driver), "%s: nobody was told", name);
    ck_assert_msg(driver->mei.state == MEI_DEVICE_DISABLED, "%s: state %s", name,
                  mei_device_state_name(driver->mei.state));
}

static void check_outcome(FaultDriver *driver, const SwmeFaultPreset *preset)
{
    switch (preset->outcome) {
    case SWME_FAULT_UNAFFECTED:
        check_unaffected(driver, preset->name);
        break;
    case SWME_FAULT_ERROR:
        check_error(driver, preset->name);
        break;
    case SWME_FAULT_RECOVERS:
        if (can_strike(preset)) {
            check_recovers(driver, preset->name);
        }
        break;
    case SWME_FAULT_DISABLED:
        check_disabled(driver, preset->name);
        break;
    case SWME_FAULT_SURVIVES:
        for (unsigned int i = 0; i < 2 * ROUNDS_MAX; i++) {
            fault_driver_round(driver);
        }
        break;
    }
}

/* From where it struck until it was over, and each call on the way. */
static void check_time(const FaultDriver *driver, const SwmeFaultPreset *preset)
{
    int64_t most = (int64_t)(preset->within_ms + SWME_FAULT_SLACK_MS) * MEI_NS_PER_MS;

    ck_assert_msg(driver->struck_ns < 0 || (driver->lasted_ns >= 0 && driver->lasted_ns < most),
                  "%s: took %" PRId64 " ms, not %" PRIu32, preset->name,
                  driver->lasted_ns / MEI_NS_PER_MS, preset->within_ms);
    ck_assert_msg(driver->longest_ns < most, "%s: a call took %" PRId64 " ms, not %" PRIu32,
                  preset->name, driver->longest_ns / MEI_NS_PER_MS, preset->within_ms);
}

static void check_told(const FaultDriver *driver, const SwmeFaultPreset *preset)
{
    const char *told = preset->told ? preset->told : "";

    ck_assert_msg(preset->outcome == SWME_FAULT_SURVIVES || strcmp(driver->told, told) == 0,
                  "%s: a caller was told '%s', not '%s'", preset->name, driver->told, told);
}

/* Other platforms lack a call here and there; the next one is told the same. */
static void check_reason(const FaultDriver *driver, const SwmeFaultPreset *preset)
{
    const char *reason = strchr(driver->told, ':');

    ck_assert_msg(!reason || preset->outcome == SWME_FAULT_SURVIVES ||
                      (preset->told && g_str_has_suffix(preset->told, reason)),
                  "%s: a caller was told '%s', not '%s'", preset->name, driver->told,
                  preset->told ? preset->told : "nothing");
}

/* A documented time that is never needed says nothing: at half of it the fault must not be over. */
static void check_time_is_needed(const FaultDriver *driver, const SwmeFaultPreset *preset)
{
    int64_t took = MAX(driver->lasted_ns, driver->longest_ns) / MEI_NS_PER_MS;

    ck_assert_msg(preset->outcome == SWME_FAULT_SURVIVES || !can_strike(preset) ||
                      took >= preset->within_ms / 2,
                  "%s: took %" PRId64 " ms of %" PRIu32, preset->name, took, preset->within_ms);
}

static unsigned int preset_count(void)
{
    unsigned int count = 0;

    while (swme_fault_presets[count].name) {
        count++;
    }
    return count;
}

START_TEST(driver_ends_as_the_table_says)
{
    const SwmeFaultPreset *preset = &swme_fault_presets[_i];
    FaultDriver *driver = fault_driver_new(platform_for(preset), preset->name);

    driver->outcome = preset->outcome;
    check_outcome(driver, preset);
    check_time(driver, preset);
    check_told(driver, preset);
    check_time_is_needed(driver, preset);
    ck_assert_msg(!can_strike(preset) || fault_driver_hits(driver) > 0, "%s: never struck",
                  preset->name);
    fault_driver_check_sound(driver);
    fault_driver_free(driver);
}
END_TEST

/* The first row of each HBM version and kind of power gating. */
static bool is_new_kind(const SwmePlatform *platform)
{
    for (const SwmePlatform *p = swme_platforms; p != platform; p++) {
        if (p->hbm_major == platform->hbm_major && p->hbm_minor == platform->hbm_minor &&
            p->power_gating == platform->power_gating && p->h_depth == platform->h_depth) {
            return false;
        }
    }
    return true;
}

/* A rule that names a client which the firmware has not is refused. */
static bool has_its_client(const SwmePlatform *platform, const SwmeFaultPreset *preset)
{
    unsigned int fixed = SWME_CLIENTS_MKHI_FIXED | SWME_CLIENTS_MKHI_FIXED_1;

    return (!strstr(preset->rule, "client=mkhi:") || (platform->clients & SWME_CLIENTS_MKHI)) &&
           (!strstr(preset->name, "mkhi") || (platform->clients & fixed));
}

START_TEST(no_platform_makes_it_worse)
{
    const SwmeFaultPreset *preset = &swme_fault_presets[_i];

    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        if (is_new_kind(p)) {
            FaultDriver *driver;

            if (!has_its_client(p, preset)) {
                continue;
            }
            driver = fault_driver_new(p->name, preset->name);
            driver->outcome = preset->outcome;
            fault_driver_round(driver);
            fault_driver_round(driver);
            check_time(driver, preset);
            check_reason(driver, preset);
            fault_driver_check_sound(driver);
            fault_driver_free(driver);
        }
    }
}
END_TEST

/* Random rules in every shape: other seeds, other types. Repeats exactly, so a failure has a name.
 */
START_TEST(random_faults_leave_nothing_behind)
{
    static const char *const actions[] = {
        "drop",
        "delay:time=700ms",
        "duplicate",
        "reorder",
        "truncate:length=2",
        "mutate:length=9",
        "mutate:length=3:offset=0",
        "extend:length=9",
    };

    for (unsigned int i = 0; i < UNIT_COUNT(actions); i++) {
        char rule[128];
        FaultDriver *driver;

        snprintf(rule, sizeof(rule), "%s:prob=%d:count=all:seed=%d", actions[i], 2 + _i % 9, _i);
        driver = fault_driver_new(swme_platforms[0].name, rule);
        for (unsigned int round = 0; round < 3; round++) {
            fault_driver_round(driver);
        }
        fault_driver_check_sound(driver);
        fault_driver_free(driver);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("faults-driver");
    TCase *tcase = unit_case(suite, "presets");

    tcase_add_loop_test(tcase, driver_ends_as_the_table_says, 0, (int)preset_count());
    tcase = unit_case(suite, "platforms");
    tcase_add_loop_test(tcase, no_platform_makes_it_worse, 0, (int)preset_count());
    tcase = unit_case(suite, "random");
    tcase_add_loop_test(tcase, random_faults_leave_nothing_behind, 0, 40);
    return unit_run(suite);
}
