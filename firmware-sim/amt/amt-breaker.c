/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/amt-breaker.h"

#include <string.h>

#include "firmware-sim/amt/event.h"
#include "firmware-sim/net/lan/lan-packet.h"

#define ETH_TYPE_IPV6   0x86dd
#define ETH_TYPE_VLAN   0x8100
#define ETH_TYPE_QINQ   0x88a8
#define VLAN_SIZE       4
#define IPV6_SIZE       40
#define IPV6_HOP_BY_HOP 0
#define IPV6_ROUTING    43
#define IPV6_FRAGMENT   44
#define IPV6_OPTIONS    60
#define EXTENSIONS_MAX  8
#define ADDRESS_SIZE    16

/* MeshCommander, of events of sensor type 24h. */
#define INTERFACE_WIRED     0xaa
#define HANDLE_SPOOFED      0xfffffffa
#define HANDLE_ALL_SENT     0xfffffffc
#define HANDLE_ALL_RECEIVED 0xfffffffd

typedef struct Counter {
    uint32_t count;     /* since the last reset */
    uint32_t in_second; /* for a limit */
    int64_t second;
    bool matched;
    bool told; /* its event */
    AmtBreakerCounter shown;
} Counter;

struct AmtBreaker {
    AmtState *amt;
    SwmeClock *clock;
    SwmeTimer *timer; /* the end of the policy in force */
    unsigned int subscription;
    const AmtDefensePolicy *active;            /* NULL: everything passes */
    AmtDefensePolicy policy;                   /* its copy, */
    AmtDefenseFilter filter[AMT_DEFENSE_EACH]; /* and its filters' */
    unsigned int filter_count;
    Counter counter[AMT_BREAKER_COUNTERS];
    bool spoof_told;
    int64_t activation_s;
    int64_t reset_s;
    bool expired[AMT_DEFENSE_POLICIES]; /* its time is over; until it is enabled anew */
    uint32_t enabled_before[3];
};

/* ---- what a frame is ---- */

typedef struct Frame {
    uint32_t type;
    uint32_t version; /* of IP; 0: it is none */
    uint8_t source[ADDRESS_SIZE];
    uint8_t destination[ADDRESS_SIZE];
    size_t address_size;
    uint32_t protocol;
    bool has_ports;
    uint32_t source_port;
    uint32_t destination_port;
    bool has_flags;
    uint32_t flags;
} Frame;

static void parse_ports(Frame *out, const uint8_t *at, size_t left)
{
    if ((out->protocol != IP_TCP && out->protocol != IP_UDP) || left < 4) {
        return;
    }
    out->has_ports = true;
    out->source_port = lan_get16(at + TCP_OFF_SOURCE);
    out->destination_port = lan_get16(at + TCP_OFF_DESTINATION);
    if (out->protocol == IP_TCP && left > TCP_OFF_FLAGS) {
        out->has_flags = true;
        out->flags = at[TCP_OFF_FLAGS] & AMT_DEFENSE_TCP_FLAGS;
    }
}

static void parse_ipv4(Frame *out, const uint8_t *ip, size_t left)
{
    size_t header = left < IP_SIZE ? 0 : (ip[IP_OFF_VERSION_IHL] & 15) * 4u;

    if (header < IP_SIZE || ip[IP_OFF_VERSION_IHL] >> 4 != 4) {
        return;
    }
    out->version = 4;
    out->address_size = 4;
    memcpy(out->source, ip + IP_OFF_SOURCE, 4);
    memcpy(out->destination, ip + IP_OFF_DESTINATION, 4);
    out->protocol = ip[IP_OFF_PROTOCOL];
    if (header <= left && (lan_get16(ip + IP_OFF_FRAGMENT) & 0x1fff) == 0) {
        parse_ports(out, ip + header, left - header);
    }
}

/* RFC 8200, 4: the headers between the first and the protocol. */
static void parse_ipv6(Frame *out, const uint8_t *ip, size_t left)
{
    size_t at = IPV6_SIZE;
    bool first_part = true;

    if (left < IPV6_SIZE || ip[0] >> 4 != 6) {
        return;
    }
    out->version = 6;
    out->address_size = ADDRESS_SIZE;
    memcpy(out->source, ip + 8, ADDRESS_SIZE);
    memcpy(out->destination, ip + 24, ADDRESS_SIZE);
    out->protocol = ip[6];
    for (unsigned int i = 0; first_part && i < EXTENSIONS_MAX && left - at >= 8; i++) {
        bool fragment = out->protocol == IPV6_FRAGMENT;

        if (!fragment && out->protocol != IPV6_HOP_BY_HOP && out->protocol != IPV6_ROUTING &&
            out->protocol != IPV6_OPTIONS) {
            break;
        }
        first_part = !fragment || (lan_get16(ip + at + 2) & 0xfff8) == 0;
        out->protocol = ip[at];
        at += fragment ? 8 : (ip[at + 1] + 1u) * 8u;
        if (at > left) {
            return;
        }
    }
    if (first_part) {
        parse_ports(out, ip + at, left - at);
    }
}

static void parse(Frame *out, const uint8_t *frame, size_t size)
{
    size_t at = ETH_OFF_TYPE;

    memset(out, 0, sizeof(*out));
    if (size < ETH_SIZE) {
        return;
    }
    for (unsigned int tags = 0; tags < 2; tags++) {
        uint16_t type = lan_get16(frame + at);

        if ((type != ETH_TYPE_VLAN && type != ETH_TYPE_QINQ) || size - at < VLAN_SIZE + 2) {
            break;
        }
        at += VLAN_SIZE;
    }
    out->type = lan_get16(frame + at);
    at += 2;
    if (out->type == ETH_TYPE_IPV4) {
        parse_ipv4(out, frame + at, size - at);
    } else if (out->type == ETH_TYPE_IPV6) {
        parse_ipv6(out, frame + at, size - at);
    }
}

/* ---- does a filter match? ---- */

static bool address_matches(const uint8_t *address, size_t size, const uint8_t *from,
                            const uint8_t *to, bool range, bool mask)
{
    if (range) {
        return memcmp(address, from, size) >= 0 && memcmp(address, to, size) <= 0;
    }
    for (size_t i = 0; i < size; i++) {
        uint8_t look = mask ? to[i] : 0xff;

        if ((address[i] ^ from[i]) & look) {
            return false;
        }
    }
    return true;
}

static bool matches(const AmtDefenseFilter *filter, const Frame *frame)
{
    const uint32_t ports = AMT_DEFENSE_SOURCE_PORT | AMT_DEFENSE_SOURCE_PORT_END |
                           AMT_DEFENSE_DESTINATION_PORT | AMT_DEFENSE_DESTINATION_PORT_END;
    uint32_t given = filter->given;

    if (!filter->ip) {
        return frame->type == filter->type;
    }
    if (!frame->version || (given & AMT_DEFENSE_VERSION && frame->version != filter->version) ||
        (given & AMT_DEFENSE_PROTOCOL && frame->protocol != filter->protocol)) {
        return false;
    }
    if (given & ports && (!frame->has_ports || frame->source_port < filter->source_from ||
                          frame->source_port > filter->source_until ||
                          frame->destination_port < filter->destination_from ||
                          frame->destination_port > filter->destination_until)) {
        return false;
    }
    if (given & (AMT_DEFENSE_FLAGS_ON | AMT_DEFENSE_FLAGS_OFF) &&
        (!frame->has_flags || (frame->flags & filter->flags_on) != filter->flags_on ||
         (frame->flags & filter->flags_off) != 0)) {
        return false;
    }
    return (!(given & AMT_DEFENSE_SOURCE) ||
            address_matches(frame->source, frame->address_size, filter->source, filter->source_to,
                            given & AMT_DEFENSE_SOURCE_END, given & AMT_DEFENSE_SOURCE_MASK)) &&
           (!(given & AMT_DEFENSE_DESTINATION) ||
            address_matches(frame->destination, frame->address_size, filter->destination,
                            filter->destination_to, given & AMT_DEFENSE_DESTINATION_END,
                            given & AMT_DEFENSE_DESTINATION_MASK));
}

/* ---- what is done then ---- */

static void tell(AmtBreaker *breaker, uint32_t handle)
{
    AmtEvent event = {
        .sensor_device = 0xff,
        .sensor_type = 0x24,
        .event_type = 0x6f,
        .source = 0x68,
        .severity = 0x08,
        .sensor_number = 0xff,
        .entity = 0x26,
        .entity_instance = 0x61,
        .data = {INTERFACE_WIRED},
    };

    lan_put32(event.data + 1, handle);
    amt_event_raise(breaker->amt, &event, AMT_EVENT_LOG | AMT_EVENT_ALERT);
}

static void note(Counter *counter, bool counts)
{
    counter->matched = true;
    counter->count += counts && counter->count < UINT32_MAX;
}

/* Within each second so many pass. */
static bool exceeds(AmtBreaker *breaker, Counter *counter, uint32_t limit)
{
    int64_t second = breaker->clock->now(breaker->clock) / SWME_NS_PER_S;

    if (second != counter->second) {
        counter->second = second;
        counter->in_second = 0;
    }
    if (counter->in_second >= limit) {
        return true;
    }
    counter->in_second++;
    return false;
}

/* AMT SDK, AMT_SystemDefensePolicy.AntiSpoofingSupport: before all filters. */
static bool is_spoofed(const AmtBreaker *breaker, const Frame *frame)
{
    uint32_t own = amt_state_data(breaker->amt)->network.lan[0].address;
    uint32_t source = lan_get32(frame->source);

    return breaker->policy.spoofing && frame->version == 4 && own && source && source != own;
}

static bool filter_frame(AmtBreaker *breaker, unsigned int way, const uint8_t *data, size_t size)
{
    static const uint32_t defaults[] = {HANDLE_ALL_SENT, HANDLE_ALL_RECEIVED};
    const AmtDefensePolicy *policy = &breaker->policy;
    uint32_t told[AMT_DEFENSE_EACH];
    unsigned int told_count = 0;
    bool matched = false, drop = false;
    Frame frame;

    parse(&frame, data, size);
    if (way == AMT_DEFENSE_SENT && is_spoofed(breaker, &frame)) {
        if (!breaker->spoof_told) {
            breaker->spoof_told = true;
            tell(breaker, HANDLE_SPOOFED);
        }
        return false;
    }
    for (unsigned int i = 0; i < breaker->filter_count; i++) {
        const AmtDefenseFilter *filter = &breaker->filter[i];
        Counter *counter = &breaker->counter[i];

        if (filter->direction != way || !matches(filter, &frame)) {
            continue;
        }
        matched = true;
        note(counter, filter->profile <= AMT_DEFENSE_LIMIT);
        drop |= filter->profile == AMT_DEFENSE_DROP_COUNT || filter->profile == AMT_DEFENSE_DROP ||
                (filter->profile == AMT_DEFENSE_LIMIT && exceeds(breaker, counter, filter->rate));
        if (filter->event && !counter->told) {
            counter->told = true;
            told[told_count++] = filter->handle;
        }
    }
    if (!matched) {
        Counter *counter = &breaker->counter[AMT_DEFENSE_EACH + way];
        bool sent = way == AMT_DEFENSE_SENT;

        note(counter, sent ? policy->sent_count : policy->received_count);
        drop = sent ? policy->sent_drop : policy->received_drop;
        if ((sent ? policy->sent_event : policy->received_event) && !counter->told) {
            counter->told = true;
            told[told_count++] = defaults[way];
        }
    }
    /* Who hears of it may change the policy: not before we are done with it. */
    for (unsigned int i = 0; i < told_count; i++) {
        tell(breaker, told[i]);
    }
    return !drop;
}

bool amt_breaker_pass(AmtBreaker *breaker, unsigned int way, const uint8_t *frame, size_t size)
{
    return !breaker->active || filter_frame(breaker, way, frame, size);
}

/* ---- which policy ---- */

uint32_t amt_breaker_active(const AmtBreaker *breaker)
{
    return breaker->active ? breaker->policy.handle : 0;
}

/*
 * The enabled one of the highest precedence; with none, the default one, whose precedence is of no
 * matter (AMT SDK, "Create a System Defense Policy").
 */
static const AmtDefensePolicy *choose(const AmtBreaker *breaker)
{
    const AmtData *data = amt_state_data(breaker->amt);
    const AmtDefense *defense = &data->defense;
    const AmtDefensePolicy *best = NULL;

    if (!data->setup.operational) {
        return NULL;
    }
    for (unsigned int i = 0; i < AMT_DEFENSE_POLICIES; i++) {
        const AmtDefensePolicy *policy = &defense->policy[i];
        bool by_agent = policy->handle == defense->agent_policy && data->live.defense_by_agent;

        if (policy->handle && (policy->enabled || by_agent) && !breaker->expired[i] &&
            (!best || policy->precedence > best->precedence)) {
            best = policy;
        }
    }
    return best ? best : amt_defense_policy(defense, defense->default_policy);
}

static bool same_filters(const AmtBreaker *breaker, const AmtDefense *defense)
{
    for (unsigned int i = 0; i < breaker->filter_count; i++) {
        const AmtDefenseFilter *filter = amt_defense_filter(defense, breaker->policy.filter[i]);

        if (!filter || memcmp(filter, &breaker->filter[i], sizeof(*filter)) != 0) {
            return false;
        }
    }
    return true;
}

static void put_in_force(AmtBreaker *breaker, const AmtDefensePolicy *policy)
{
    const AmtDefense *defense = &amt_state_data(breaker->amt)->defense;

    breaker->active = NULL;
    breaker->clock->timer_cancel(breaker->timer);
    memset(breaker->counter, 0, sizeof(breaker->counter));
    breaker->spoof_told = false;
    breaker->reset_s = 0;
    if (!policy) {
        return;
    }
    memcpy(&breaker->policy, policy, sizeof(*policy));
    breaker->filter_count = amt_defense_filter_count(policy);
    for (unsigned int i = 0; i < breaker->filter_count; i++) {
        memcpy(&breaker->filter[i], amt_defense_filter(defense, policy->filter[i]),
               sizeof(breaker->filter[i]));
    }
    breaker->activation_s = amt_state_time(breaker->amt);
    breaker->active = &breaker->policy;
    if (policy->timeout_min && policy->handle != defense->default_policy) {
        breaker->clock->timer_arm(breaker->timer, breaker->clock->now(breaker->clock) +
                                                      policy->timeout_min * 60 * SWME_NS_PER_S);
    }
}

static void review(AmtBreaker *breaker)
{
    const AmtDefensePolicy *policy = choose(breaker);

    if (policy && breaker->active && memcmp(policy, &breaker->policy, sizeof(*policy)) == 0 &&
        same_filters(breaker, &amt_state_data(breaker->amt)->defense)) {
        return;
    }
    put_in_force(breaker, policy);
}

/* "It remains active only for the period of time defined" (AMT SDK, "Policy Timeouts"). */
static void on_timeout(void *opaque)
{
    AmtBreaker *breaker = opaque;
    const AmtDefense *defense = &amt_state_data(breaker->amt)->defense;

    for (unsigned int i = 0; i < AMT_DEFENSE_POLICIES; i++) {
        breaker->expired[i] |=
            breaker->active && defense->policy[i].handle == breaker->policy.handle;
    }
    review(breaker);
}

static void on_state(void *opaque, AmtState *amt, unsigned int changed)
{
    AmtBreaker *breaker = opaque;
    const AmtData *data = amt_state_data(amt);
    uint32_t enabled[3] = {0, data->live.defense_by_agent ? data->defense.agent_policy : 0,
                           data->setup.operational};

    (void)changed;
    for (unsigned int i = 0; i < AMT_DEFENSE_POLICIES; i++) {
        enabled[0] = data->defense.policy[i].enabled ? data->defense.policy[i].handle : enabled[0];
    }
    if (memcmp(enabled, breaker->enabled_before, sizeof(enabled)) != 0) {
        memcpy(breaker->enabled_before, enabled, sizeof(enabled));
        memset(breaker->expired, 0, sizeof(breaker->expired));
    }
    review(breaker);
}

/* ---- statistics ---- */

bool amt_breaker_counter(const AmtBreaker *breaker, unsigned int index, AmtBreakerCounter *counter)
{
    if (!breaker->active || index >= AMT_BREAKER_COUNTERS ||
        (index < AMT_DEFENSE_EACH && index >= breaker->filter_count)) {
        return false;
    }
    *counter = breaker->counter[index].shown;
    counter->activation_s = breaker->activation_s;
    counter->reset_s = breaker->reset_s;
    return true;
}

static void forget_told(AmtBreaker *breaker)
{
    breaker->spoof_told = false;
    for (unsigned int i = 0; i < AMT_BREAKER_COUNTERS; i++) {
        breaker->counter[i].told = false;
    }
}

void amt_breaker_update(AmtBreaker *breaker, bool reset)
{
    for (unsigned int i = 0; i < AMT_BREAKER_COUNTERS; i++) {
        Counter *counter = &breaker->counter[i];

        counter->shown = (AmtBreakerCounter){.count = counter->count, .matched = counter->matched};
        if (reset) {
            counter->count = 0;
            counter->matched = false;
        }
    }
    if (reset) {
        breaker->reset_s = amt_state_time(breaker->amt);
    }
    forget_told(breaker);
}

void amt_breaker_power_off(AmtBreaker *breaker)
{
    forget_told(breaker);
}

/* ---- life ---- */

AmtBreaker *amt_breaker_new(AmtState *amt, SwmeClock *clock)
{
    AmtBreaker *breaker = g_new0(AmtBreaker, 1);

    breaker->amt = amt;
    breaker->clock = clock;
    breaker->timer = clock->timer_new(clock, on_timeout, breaker);
    breaker->subscription = amt_state_subscribe(
        amt, AMT_CHANGED_DEFENSE | AMT_CHANGED_LIVE | AMT_CHANGED_SETUP, on_state, breaker);
    on_state(breaker, amt, AMT_CHANGED_DEFENSE);
    return breaker;
}

void amt_breaker_free(AmtBreaker *breaker)
{
    if (breaker) {
        amt_state_unsubscribe(breaker->amt, breaker->subscription);
        breaker->clock->timer_free(breaker->timer);
        g_free(breaker);
    }
}
