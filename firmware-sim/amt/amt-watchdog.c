/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens on expiry, and IPS_WatchDogAction: AMT SDK, class reference (IPS_WatchDogAction) and
 * "Agent Watchdog Timers and Actions": timers count in S0 only.
 */
#include "firmware-sim/amt/amt-watchdog.h"

#include <string.h>

#include "firmware-sim/amt/event.h"
#include "firmware-sim/error.h"

#define NEVER INT64_MAX

typedef struct Timer {
    uint8_t user;
    uint16_t timeout_s;
    bool expired;
    int64_t due_ns; /* while suspended: so long from the end of that */
} Timer;

struct AmtWatchdog {
    AmtState *amt;
    unsigned int subscription;
    SwmeClock *clock;
    SwmeMachine machine;
    void (*wanted_changed)(void *opaque);
    void *opaque;

    Timer timers[AMT_WATCHDOG_USERS];
    unsigned int count;
    SwmeHostPower power;
    bool booted; /* the host was powered on: from now on a platform reset is a reset */
    bool wanted;
    bool suspended;
    bool resetting; /* the coming reset of the host is ours */
    uint64_t expirations;
    int64_t reset_due_ns; /* NEVER, or as a timer's due_ns */
    SwmeTimer *timer;     /* for the first of all that is due */
};

static int64_t clock_now(const AmtWatchdog *watchdog)
{
    return watchdog->suspended ? 0 : watchdog->clock->now(watchdog->clock);
}

/* Arms the one timer for what comes first, or not at all. */
static void rearm(AmtWatchdog *watchdog)
{
    int64_t due = watchdog->reset_due_ns;

    for (unsigned int i = 0; i < watchdog->count; i++) {
        if (!watchdog->timers[i].expired) {
            due = MIN(due, watchdog->timers[i].due_ns);
        }
    }
    if (due == NEVER || watchdog->suspended) {
        watchdog->clock->timer_cancel(watchdog->timer);
    } else {
        watchdog->clock->timer_arm(watchdog->timer, due);
    }
}

/* ---- expiry ---- */

static void reset_host(AmtWatchdog *watchdog)
{
    AmtLive live = amt_state_data(watchdog->amt)->live;

    watchdog->reset_due_ns = NEVER;
    /* Once, until the firmware starts anew: a machine that hangs at each start must not loop. */
    live.watchdog_spent = true;
    amt_state_set_live(watchdog->amt, &live);
    explicit_bzero(&live, sizeof(live));
    amt_event_raise_kind(watchdog->amt, AMT_EVENT_WATCHDOG_RESET);
    watchdog->resetting = true;
    if (watchdog->machine.ops) {
        watchdog->machine.ops->reset(watchdog->machine.opaque);
    }
}

static void plan_reset(AmtWatchdog *watchdog, int64_t now)
{
    const AmtData *data = amt_state_data(watchdog->amt);

    if (!data->live.watchdog_spent && watchdog->reset_due_ns == NEVER) {
        watchdog->reset_due_ns = now + data->watchdog.delay_s * SWME_NS_PER_S;
    }
}

static void expired(AmtWatchdog *watchdog, int64_t now)
{
    watchdog->expirations++;
    if (amt_state_data(watchdog->amt)->watchdog.action == AMT_WATCHDOG_RESET) {
        plan_reset(watchdog, now);
    }
    amt_event_raise_kind(watchdog->amt, AMT_EVENT_OS_HUNG);
    if (watchdog->machine.ops) {
        watchdog->machine.ops->watchdog_expired(watchdog->machine.opaque);
    }
}

static bool any_expired(const AmtWatchdog *watchdog)
{
    for (unsigned int i = 0; i < watchdog->count; i++) {
        if (watchdog->timers[i].expired) {
            return true;
        }
    }
    return false;
}

static void fired(void *opaque)
{
    AmtWatchdog *watchdog = opaque;
    int64_t now = clock_now(watchdog);
    bool known = any_expired(watchdog); /* a host that hangs is told of once, not by each timer */
    bool news = false;

    for (unsigned int i = 0; i < watchdog->count; i++) {
        Timer *timer = &watchdog->timers[i];

        if (!timer->expired && timer->due_ns <= now) {
            timer->expired = true;
            news = true;
        }
    }
    if (news && !known) {
        expired(watchdog, now);
    }
    if (watchdog->reset_due_ns <= now) {
        reset_host(watchdog);
    }
    rearm(watchdog);
}

/* ---- timers ---- */

static void forget(AmtWatchdog *watchdog, uint8_t user)
{
    for (unsigned int i = 0; i < watchdog->count; i++) {
        if (watchdog->timers[i].user == user) {
            watchdog->timers[i] = watchdog->timers[--watchdog->count];
            return;
        }
    }
}

void amt_watchdog_stop(AmtWatchdog *watchdog, uint8_t user)
{
    forget(watchdog, AMT_WATCHDOG_NOBODY);
    forget(watchdog, user);
    rearm(watchdog);
}

void amt_watchdog_start(AmtWatchdog *watchdog, uint8_t user, uint16_t timeout_s)
{
    uint16_t timeout = MAX(timeout_s, 1);

    if (!watchdog->wanted) {
        return;
    }
    forget(watchdog, AMT_WATCHDOG_NOBODY);
    forget(watchdog, user);
    if (watchdog->count < AMT_WATCHDOG_USERS) {
        watchdog->timers[watchdog->count++] = (Timer){
            .user = user,
            .timeout_s = timeout,
            .due_ns = clock_now(watchdog) + timeout * SWME_NS_PER_S,
        };
    }
    rearm(watchdog);
}

void amt_watchdog_leave(AmtWatchdog *watchdog, uint8_t user)
{
    Timer *nobodys = NULL;

    for (unsigned int i = 0; i < watchdog->count; i++) {
        if (watchdog->timers[i].user == AMT_WATCHDOG_NOBODY) {
            nobodys = &watchdog->timers[i];
        }
    }
    for (unsigned int i = 0; i < watchdog->count; i++) {
        Timer *timer = &watchdog->timers[i];

        if (timer->user != user) {
            continue;
        }
        timer->user = AMT_WATCHDOG_NOBODY;
        /* Of two that nobody minds the first to run out counts. */
        if (nobodys) {
            if (timer->due_ns < nobodys->due_ns) {
                *nobodys = *timer;
            }
            *timer = watchdog->timers[--watchdog->count];
            rearm(watchdog);
        }
        return;
    }
}

/* ---- the host's power ---- */

static void suspend(AmtWatchdog *watchdog, bool suspended)
{
    int64_t now = watchdog->clock->now(watchdog->clock);
    int64_t shift = suspended ? -now : now;

    watchdog->suspended = suspended;
    for (unsigned int i = 0; i < watchdog->count; i++) {
        watchdog->timers[i].due_ns += shift;
    }
    if (watchdog->reset_due_ns != NEVER) {
        watchdog->reset_due_ns += shift;
    }
    rearm(watchdog);
}

static void all_off(AmtWatchdog *watchdog)
{
    watchdog->count = 0;
    watchdog->suspended = false;
    watchdog->resetting = false;
    watchdog->reset_due_ns = NEVER;
    rearm(watchdog);
}

static void host_reset(AmtWatchdog *watchdog)
{
    watchdog->reset_due_ns = NEVER; /* somebody else was quicker */
    /* What has run out has been dealt with; what has not may still find that nobody comes up. */
    for (unsigned int i = watchdog->count; i > 0; i--) {
        if (watchdog->timers[i - 1].expired) {
            watchdog->timers[i - 1] = watchdog->timers[--watchdog->count];
        }
    }
    rearm(watchdog);
    if (!watchdog->resetting) {
        amt_event_raise_kind(watchdog->amt, AMT_EVENT_RESET);
    }
    watchdog->resetting = false;
}

void amt_watchdog_boot(AmtWatchdog *watchdog)
{
    if (watchdog->power == SWME_HOST_S3) {
        return; /* on the way out of sleep */
    }
    if (watchdog->booted && watchdog->power == SWME_HOST_S0) {
        host_reset(watchdog);
    } else {
        all_off(watchdog);
        amt_event_raise_kind(watchdog->amt, AMT_EVENT_POWERED_ON);
    }
    watchdog->booted = true;
    watchdog->power = SWME_HOST_S0;
}

void amt_watchdog_power(AmtWatchdog *watchdog, SwmeHostPower power)
{
    static const AmtEventKind events[] = {
        [SWME_HOST_S0] = AMT_EVENT_AWAKE,
        [SWME_HOST_S3] = AMT_EVENT_ASLEEP,
        [SWME_HOST_S5] = AMT_EVENT_POWERED_OFF,
    };

    if (power == watchdog->power) {
        return;
    }
    watchdog->power = power;
    if (watchdog->suspended || power == SWME_HOST_S3) {
        suspend(watchdog, power == SWME_HOST_S3);
    }
    if (power == SWME_HOST_S5) {
        all_off(watchdog);
    }
    amt_event_raise_kind(watchdog->amt, events[power]);
}

void amt_watchdog_reset_later(AmtWatchdog *watchdog)
{
    plan_reset(watchdog, clock_now(watchdog));
    rearm(watchdog);
}

bool amt_watchdog_cancel_reset(AmtWatchdog *watchdog)
{
    bool was_due = watchdog->reset_due_ns != NEVER;

    watchdog->reset_due_ns = NEVER;
    rearm(watchdog);
    return was_due;
}

/* ---- policy ---- */

static const char *const policies[] = {
    [AMT_WATCHDOG_WHEN_SET_UP] = "auto",
    [AMT_WATCHDOG_NEVER] = "off",
    [AMT_WATCHDOG_ALWAYS] = "on",
};

const char *amt_watchdog_policy_name(uint32_t policy)
{
    return policies[policy];
}

static bool refuse(GError **error, const char *text, const char *takes)
{
    g_autofree char *shown = swme_error_text(text);

    g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT, "%s, not '%s'", takes, shown);
    return false;
}

bool amt_watchdog_parse(AmtWatchdogSettings *settings, const char *run, const char *reset,
                        GError **error)
{
    uint32_t policy = 0;
    guint64 delay_s = 0;

    while (run && policy < G_N_ELEMENTS(policies) && !g_str_equal(run, policies[policy])) {
        policy++;
    }
    if (policy == G_N_ELEMENTS(policies)) {
        return refuse(error, run, "watchdog is auto, on or off");
    }
    if (reset && !g_str_equal(reset, "off") &&
        !g_ascii_string_to_unsigned(reset, 10, 0, AMT_WATCHDOG_DELAY_MAX_S, &delay_s, NULL)) {
        return refuse(
            error, reset,
            "watchdog-reset is off or seconds from 0 to " G_STRINGIFY(AMT_WATCHDOG_DELAY_MAX_S));
    }
    if (run) {
        settings->policy = policy;
    }
    if (reset) {
        settings->action = g_str_equal(reset, "off") ? AMT_WATCHDOG_NOTHING : AMT_WATCHDOG_RESET;
    }
    if (reset && settings->action == AMT_WATCHDOG_RESET) {
        settings->delay_s = (uint32_t)delay_s;
    }
    return true;
}

bool amt_watchdog_set(AmtState *amt, const char *run, const char *reset, GError **error)
{
    AmtWatchdogSettings settings = amt_state_data(amt)->watchdog;

    if (!amt_watchdog_parse(&settings, run, reset, error)) {
        return false;
    }
    if (reset && settings.action == AMT_WATCHDOG_RESET) {
        AmtLive live = amt_state_data(amt)->live;

        live.watchdog_spent = false;
        amt_state_set_live(amt, &live);
        explicit_bzero(&live, sizeof(live));
    }
    amt_state_set_watchdog(amt, &settings);
    return true;
}

bool amt_watchdog_wanted(const AmtWatchdog *watchdog)
{
    return watchdog->wanted;
}

static bool is_wanted(const AmtState *amt)
{
    const AmtData *data = amt_state_data(amt);

    switch (data->watchdog.policy) {
    case AMT_WATCHDOG_ALWAYS:
        return data->setup.operational;
    case AMT_WATCHDOG_NEVER:
        return false;
    default:
        return data->setup.operational && data->setup.state == AMTHI_PROVISIONING_POST;
    }
}

static void changed(void *opaque, AmtState *amt, unsigned int groups)
{
    AmtWatchdog *watchdog = opaque;
    bool wanted = is_wanted(amt);

    (void)groups;
    if (amt_state_data(amt)->watchdog.action == AMT_WATCHDOG_NOTHING &&
        amt_state_data(amt)->watchdog.agent_action == AMT_WATCHDOG_NOTHING) {
        amt_watchdog_cancel_reset(watchdog);
    }
    if (wanted == watchdog->wanted) {
        return;
    }
    watchdog->wanted = wanted;
    if (!wanted) {
        watchdog->count = 0;
        rearm(watchdog);
    }
    watchdog->wanted_changed(watchdog->opaque);
}

/* ---- life ---- */

AmtWatchdog *amt_watchdog_new(AmtState *amt, SwmeClock *clock, const SwmeMachine *machine,
                              void (*wanted_changed)(void *opaque), void *opaque)
{
    AmtWatchdog *watchdog = g_new0(AmtWatchdog, 1);

    watchdog->amt = amt;
    watchdog->clock = clock;
    watchdog->machine = *machine;
    watchdog->wanted_changed = wanted_changed;
    watchdog->opaque = opaque;
    watchdog->wanted = is_wanted(amt);
    watchdog->reset_due_ns = NEVER;
    watchdog->timer = clock->timer_new(clock, fired, watchdog);
    watchdog->subscription =
        amt_state_subscribe(amt, AMT_CHANGED_SETUP | AMT_CHANGED_WATCHDOG, changed, watchdog);
    return watchdog;
}

void amt_watchdog_free(AmtWatchdog *watchdog)
{
    if (watchdog) {
        amt_state_unsubscribe(watchdog->amt, watchdog->subscription);
        watchdog->clock->timer_free(watchdog->timer);
        g_free(watchdog);
    }
}

/* ---- for whoever looks ---- */

unsigned int amt_watchdog_timers(const AmtWatchdog *watchdog, AmtWatchdogTimer *timers)
{
    int64_t now = clock_now(watchdog);

    for (unsigned int i = 0; i < watchdog->count; i++) {
        const Timer *timer = &watchdog->timers[i];

        timers[i] = (AmtWatchdogTimer){
            .user = timer->user,
            .timeout_s = timer->timeout_s,
            .expired = timer->expired,
            .remaining_ns = timer->expired ? 0 : MAX(timer->due_ns - now, 0),
        };
    }
    return watchdog->count;
}

uint64_t amt_watchdog_expirations(const AmtWatchdog *watchdog)
{
    return watchdog->expirations;
}

int64_t amt_watchdog_reset_in_ns(const AmtWatchdog *watchdog)
{
    return watchdog->reset_due_ns == NEVER ? -1
                                           : MAX(watchdog->reset_due_ns - clock_now(watchdog), 0);
}

/* ---- saved state: times as "so long from now" ---- */

#define EXPIRED INT64_C(-1)

GVariant *amt_watchdog_save(const AmtWatchdog *watchdog)
{
    AmtWatchdogTimer timers[AMT_WATCHDOG_USERS];
    unsigned int count = watchdog ? amt_watchdog_timers(watchdog, timers) : 0;
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(yqx)"));
    for (unsigned int i = 0; i < count; i++) {
        g_variant_builder_add(&builder, "(yqx)", timers[i].user, timers[i].timeout_s,
                              timers[i].expired ? EXPIRED : timers[i].remaining_ns);
    }
    return g_variant_new("(ubbtx@a(yqx))", (guint32)(watchdog ? watchdog->power : SWME_HOST_S0),
                         watchdog && watchdog->booted, watchdog && watchdog->resetting,
                         (guint64)(watchdog ? watchdog->expirations : 0),
                         (gint64)(watchdog ? amt_watchdog_reset_in_ns(watchdog) : -1),
                         g_variant_builder_end(&builder));
}

static bool is_running(const AmtWatchdog *watchdog, uint8_t user)
{
    for (unsigned int i = 0; i < watchdog->count; i++) {
        if (watchdog->timers[i].user == user) {
            return true;
        }
    }
    return false;
}

static bool load_timers(AmtWatchdog *watchdog, GVariant *timers,
                        bool (*is_user)(void *opaque, uint8_t user), void *opaque)
{
    int64_t now = clock_now(watchdog);
    GVariantIter iter;
    guint8 user;
    guint16 timeout_s;
    gint64 remaining_ns;

    g_variant_iter_init(&iter, timers);
    while (g_variant_iter_next(&iter, "(yqx)", &user, &timeout_s, &remaining_ns)) {
        if (watchdog->count == AMT_WATCHDOG_USERS || is_running(watchdog, user) || timeout_s == 0 ||
            remaining_ns < EXPIRED || remaining_ns > timeout_s * SWME_NS_PER_S ||
            (user != AMT_WATCHDOG_NOBODY && !is_user(opaque, user))) {
            return false;
        }
        watchdog->timers[watchdog->count++] = (Timer){
            .user = user,
            .timeout_s = timeout_s,
            .expired = remaining_ns == EXPIRED,
            .due_ns = now + MAX(remaining_ns, 0),
        };
    }
    return watchdog->count == 0 || watchdog->wanted;
}

bool amt_watchdog_load(AmtWatchdog *watchdog, GVariant *state,
                       bool (*is_user)(void *opaque, uint8_t user), void *opaque)
{
    g_autoptr(GVariant) timers = NULL;
    gboolean booted, resetting;
    guint64 expirations;
    guint32 power;
    gint64 reset_in_ns;
    bool good;

    g_variant_get(state, "(ubbtx@a(yqx))", &power, &booted, &resetting, &expirations, &reset_in_ns,
                  &timers);
    all_off(watchdog);
    watchdog->power = MIN(power, SWME_HOST_S5);
    watchdog->suspended = power == SWME_HOST_S3;
    watchdog->booted = booted;
    watchdog->resetting = resetting;
    watchdog->expirations = expirations;
    good = power <= SWME_HOST_S5 && reset_in_ns >= -1 &&
           reset_in_ns <= AMT_WATCHDOG_DELAY_MAX_S * SWME_NS_PER_S &&
           load_timers(watchdog, timers, is_user, opaque);
    if (!good) {
        all_off(watchdog);
        return false;
    }
    if (reset_in_ns >= 0) {
        watchdog->reset_due_ns = clock_now(watchdog) + reset_in_ns;
    }
    rearm(watchdog);
    return true;
}
