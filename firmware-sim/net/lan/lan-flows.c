/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/net/lan/lan-flows.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/*
 * Half-open connections end after 75 s, and an established one costs two descriptors: all are
 * bounded, of one peer and together.
 */
#define HALF_OPEN_PER_PEER 64
#define HALF_OPEN_MAX      256
#define ESTABLISHED_MAX    200
#define RECOUNT_NS         (100 * SWME_NS_PER_MS)
#define RECOUNT_REFUSALS   64 /* then it is done all the same: the clock may stand still */

typedef enum FlowState {
    FLOW_HALF_OPEN,
    FLOW_ESTABLISHED,
    FLOW_CLOSING, /* our side has ended; the peer may never */
} FlowState;

typedef struct Flow {
    gint64 id;
    LanFlowKey key;
    FlowState state;
    uint32_t next;  /* the peer's next byte, as we told it */
    uint64_t since; /* when it came to that state: a count of such changes */
    bool seen;      /* during a recount */
} Flow;

struct LanFlows {
    LanEngine *engine;
    GHashTable *all; /* id -> Flow */
    unsigned int half_open;
    uint64_t changes;
    int64_t counted_ns;
    unsigned int refused; /* since then */
    bool counted;
};

static gint64 id_of(const LanFlowKey *key)
{
    return (gint64)((uint64_t)key->peer << 32 | (uint32_t)key->peer_port << 16 | key->port);
}

static Flow *find(LanFlows *flows, const LanFlowKey *key)
{
    gint64 id = id_of(key);

    return g_hash_table_lookup(flows->all, &id);
}

static void set_state(LanFlows *flows, Flow *flow, FlowState state)
{
    flows->half_open -= flow->state == FLOW_HALF_OPEN;
    flows->half_open += state == FLOW_HALF_OPEN;
    if (state != flow->state) {
        flow->since = ++flows->changes;
    }
    flow->state = state;
}

static Flow *add(LanFlows *flows, const LanFlowKey *key)
{
    Flow *flow = g_new0(Flow, 1);

    flow->id = id_of(key);
    flow->key = *key;
    flow->state = FLOW_HALF_OPEN;
    flow->since = ++flows->changes;
    flows->half_open++;
    g_hash_table_insert(flows->all, &flow->id, flow);
    return flow;
}

static unsigned int established(const LanFlows *flows)
{
    return g_hash_table_size(flows->all) - flows->half_open;
}

static unsigned int half_open_of(LanFlows *flows, uint32_t peer)
{
    unsigned int count = 0;
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, flows->all);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const Flow *flow = value;

        count += flow->state == FLOW_HALF_OPEN && flow->key.peer == peer;
    }
    return count;
}

/* ---- what libslirp has ---- */

/* Its names for states (misc.c). In CLOSE_WAIT only the peer has ended, and we still answer. */
static FlowState state_of(const char *name)
{
    static const char *const closing[] = {"FIN_WAIT_1", "FIN_WAIT_2", "CLOSING", "LAST_ACK",
                                          "TIME_WAIT"};

    for (unsigned int i = 0; i < G_N_ELEMENTS(closing); i++) {
        if (g_str_equal(name, closing[i])) {
            return FLOW_CLOSING;
        }
    }
    return g_str_equal(name, "SYN_RCVD") ? FLOW_HALF_OPEN : FLOW_ESTABLISHED;
}

static void see(LanFlows *flows, const LanFlowKey *key, FlowState state)
{
    Flow *flow = find(flows, key);

    flow = flow ? flow : add(flows, key);
    set_state(flows, flow, state);
    flow->seen = true;
}

static gboolean not_seen(gpointer id G_GNUC_UNUSED, gpointer value, gpointer opaque)
{
    LanFlows *flows = opaque;
    Flow *flow = value;
    bool seen = flow->seen;

    flow->seen = false;
    flows->half_open -= !seen && flow->state == FLOW_HALF_OPEN;
    return !seen;
}

/* It tells in a text, one line for each: "TCP[STATE] fd peer port our-address port ...". */
static void recount(LanFlows *flows)
{
    const SwmeLan *lan = flows->engine->lan;
    g_autofree char *text = NULL;
    int64_t now = lan->clock->now(lan->clock);

    if (flows->counted && now - flows->counted_ns < RECOUNT_NS &&
        ++flows->refused < RECOUNT_REFUSALS) {
        return;
    }
    flows->counted = true;
    flows->counted_ns = now;
    flows->refused = 0;
    text = slirp_connection_info(flows->engine->slirp);
    for (char *line = text; line; line = strchr(line, '\n')) {
        char state[16];
        char peer[16];
        unsigned int port;
        unsigned int peer_port;
        struct in_addr address;

        line += *line == '\n';
        if (sscanf(line, " TCP[%15[A-Z_0-9]] %*d %15s %u %*s %u", state, peer, &peer_port, &port) ==
                4 &&
            inet_aton(peer, &address)) {
            const LanFlowKey key = {ntohl(address.s_addr), (uint16_t)peer_port, (uint16_t)port};

            see(flows, &key, state_of(state));
        }
    }
    g_hash_table_foreach_remove(flows->all, not_seen, flows);
}

/* ---- room ---- */

/* To libslirp, as if the peer had reset it. */
static void reset(LanFlows *flows, const Flow *flow)
{
    uint8_t frame[ETH_SIZE + IP_SIZE + TCP_SIZE] = {0};
    uint8_t *ip = frame + ETH_SIZE;
    uint8_t *tcp = ip + IP_SIZE;

    lan_put16(frame + ETH_OFF_TYPE, ETH_TYPE_IPV4);
    ip[IP_OFF_VERSION_IHL] = 0x45;
    lan_put16(ip + IP_OFF_LENGTH, IP_SIZE + TCP_SIZE);
    ip[IP_OFF_TTL] = IP_OUR_TTL;
    ip[IP_OFF_PROTOCOL] = IP_TCP;
    lan_put32(ip + IP_OFF_SOURCE, flow->key.peer);
    lan_put32(ip + IP_OFF_DESTINATION, flows->engine->lan->address);
    lan_put16(ip + IP_OFF_CHECKSUM, lan_fold(lan_sum(0, ip, IP_SIZE)));
    lan_put16(tcp + TCP_OFF_SOURCE, flow->key.peer_port);
    lan_put16(tcp + TCP_OFF_DESTINATION, flow->key.port);
    lan_put32(tcp + TCP_OFF_SEQUENCE, flow->next);
    tcp[TCP_OFF_HEADER] = TCP_SIZE / 4 << 4;
    tcp[TCP_OFF_FLAGS] = TCP_RST;
    lan_put16(tcp + TCP_OFF_CHECKSUM,
              lan_fold(lan_sum(lan_pseudo(ip, IP_TCP, TCP_SIZE), tcp, TCP_SIZE)));
    lan_engine_input(flows->engine, frame, sizeof(frame), flow->key.peer);
}

/* Of those in that state the oldest one goes. */
static bool make_room(LanFlows *flows, FlowState state)
{
    const Flow *oldest = NULL;
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, flows->all);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const Flow *flow = value;

        if (flow->state == state && (!oldest || flow->since < oldest->since)) {
            oldest = flow;
        }
    }
    if (!oldest) {
        return false;
    }
    reset(flows, oldest);
    flows->engine->lan->stats.displaced++;
    flows->half_open -= state == FLOW_HALF_OPEN;
    g_hash_table_remove(flows->all, &oldest->id);
    return true;
}

/*
 * A flood under many names must keep nobody out: who means well completes the handshake before so
 * many more have come. And who never ends what we have ended has no claim to it.
 */
bool lan_flows_may_open(LanFlows *flows, const LanFlowKey *key)
{
    SwmeLanStats *stats = &flows->engine->lan->stats;

    if (find(flows, key)) {
        return true;
    }
    if (flows->half_open >= HALF_OPEN_PER_PEER || established(flows) >= ESTABLISHED_MAX) {
        recount(flows);
    }
    if (flows->half_open >= HALF_OPEN_PER_PEER &&
        half_open_of(flows, key->peer) >= HALF_OPEN_PER_PEER) {
        stats->half_open++;
        return false;
    }
    if (flows->half_open >= HALF_OPEN_MAX && !make_room(flows, FLOW_HALF_OPEN)) {
        stats->half_open++;
        return false;
    }
    if (established(flows) >= ESTABLISHED_MAX && !make_room(flows, FLOW_CLOSING)) {
        stats->too_many++;
        return false;
    }
    add(flows, key);
    return true;
}

void lan_flows_established(LanFlows *flows, const LanFlowKey *key)
{
    Flow *flow = find(flows, key);

    flow = flow ? flow : add(flows, key);
    if (flow->state == FLOW_HALF_OPEN) {
        set_state(flows, flow, FLOW_ESTABLISHED);
    }
}

void lan_flows_leaving(LanFlows *flows, const uint8_t *ip, size_t size)
{
    size_t header = (ip[IP_OFF_VERSION_IHL] & 15) * 4u;
    const uint8_t *tcp = ip + header;
    LanFlowKey key;
    Flow *flow;

    if (size < header + TCP_SIZE) {
        return;
    }
    key.peer = lan_get32(ip + IP_OFF_DESTINATION);
    key.peer_port = lan_get16(tcp + TCP_OFF_DESTINATION);
    key.port = lan_get16(tcp + TCP_OFF_SOURCE);
    flow = find(flows, &key);
    if (!flow) {
        return;
    }
    if (tcp[TCP_OFF_FLAGS] & TCP_ACK) {
        flow->next = lan_get32(tcp + TCP_OFF_ACKNOWLEDGED);
    }
    if ((tcp[TCP_OFF_FLAGS] & TCP_FIN) && flow->state == FLOW_ESTABLISHED) {
        set_state(flows, flow, FLOW_CLOSING);
    }
}

/* ---- life ---- */

LanFlows *lan_flows_new(LanEngine *engine)
{
    LanFlows *flows = g_new0(LanFlows, 1);

    flows->engine = engine;
    flows->all = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    return flows;
}

void lan_flows_clear(LanFlows *flows)
{
    g_hash_table_remove_all(flows->all);
    flows->half_open = 0;
}

void lan_flows_free(LanFlows *flows)
{
    if (flows) {
        g_hash_table_unref(flows->all);
        g_free(flows);
    }
}
