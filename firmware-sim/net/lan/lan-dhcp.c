/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The DHCP client (RFC 2131, options of RFC 2132). */
#include "firmware-sim/net/lan/lan-internal.h"

#include <string.h>

#define SERVER_PORT 67
#define CLIENT_PORT 68

#define OFF_OP      0
#define OFF_HTYPE   1
#define OFF_HLEN    2
#define OFF_XID     4
#define OFF_SECS    8
#define OFF_CIADDR  12
#define OFF_YIADDR  16
#define OFF_CHADDR  28
#define OFF_MAGIC   236
#define OFF_OPTIONS 240
#define DHCP_MAGIC  0x63825363
#define BOOTREQUEST 1
#define BOOTREPLY   2
#define MESSAGE_MIN 300 /* as BOOTP had it: some relays drop less */
#define MESSAGE_MAX 576

#define OPT_PAD        0
#define OPT_MASK       1
#define OPT_ROUTER     3
#define OPT_DNS        6
#define OPT_HOST_NAME  12
#define OPT_DOMAIN     15
#define OPT_REQUESTED  50
#define OPT_LEASE      51
#define OPT_TYPE       53
#define OPT_SERVER     54
#define OPT_PARAMETERS 55
#define OPT_MAX_SIZE   57
#define OPT_RENEW      58
#define OPT_REBIND     59
#define OPT_CLIENT     61
#define OPT_END        255

#define DHCP_DISCOVER 1
#define DHCP_OFFER    2
#define DHCP_REQUEST  3
#define DHCP_DECLINE  4
#define DHCP_ACK      5
#define DHCP_NAK      6
#define DHCP_RELEASE  7

#define FOREVER       UINT32_MAX
#define RETRY_MIN_S   60 /* RFC 2131, 4.4.5 */
#define FIRST_WAIT_S  4  /* 4.1: doubled up to 64 */
#define WAITS         5
#define REQUEST_TRIES 4
#define REBOOT_TRIES  2
/* A lease below this would have us ask without end. */
#define LEASE_MIN_S 10

static const uint8_t broadcast_mac[MAC_SIZE] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

static int64_t now_ns(SwmeLan *lan)
{
    return lan->clock->now(lan->clock);
}

/* ---- out ---- */

static uint8_t *put_option(uint8_t *at, uint8_t code, const void *data, size_t size)
{
    at[0] = code;
    at[1] = (uint8_t)size;
    memcpy(at + 2, data, size);
    return at + 2 + size;
}

static uint8_t *put_option32(uint8_t *at, uint8_t code, uint32_t value)
{
    uint8_t bytes[4];

    lan_put32(bytes, value);
    return put_option(at, code, bytes, sizeof(bytes));
}

static void send_message(SwmeLan *lan, uint8_t type)
{
    static const uint8_t wanted[] = {OPT_MASK,  OPT_ROUTER, OPT_DNS,   OPT_DOMAIN,
                                     OPT_LEASE, OPT_RENEW,  OPT_REBIND};
    LanDhcp *dhcp = &lan->dhcp;
    const char *name = amt_state_data(lan->config.amt)->host.name;
    bool bound = dhcp->phase >= LAN_DHCP_BOUND; /* then it says who it is by its address */
    uint8_t client[1 + MAC_SIZE] = {ARP_ETHERNET};
    uint8_t message[MESSAGE_MAX] = {0};
    uint8_t *at = message + OFF_OPTIONS;
    LanDatagram datagram = {
        .source = bound ? dhcp->lease.address : 0,
        .destination = IP_BROADCAST,
        .source_port = CLIENT_PORT,
        .destination_port = SERVER_PORT,
        .data = message,
    };

    message[OFF_OP] = BOOTREQUEST;
    message[OFF_HTYPE] = ARP_ETHERNET;
    message[OFF_HLEN] = MAC_SIZE;
    lan_put32(message + OFF_XID, dhcp->xid);
    lan_put16(message + OFF_SECS,
              (uint16_t)MIN((now_ns(lan) - dhcp->began_ns) / SWME_NS_PER_S, UINT16_MAX));
    lan_put32(message + OFF_CIADDR, datagram.source);
    memcpy(message + OFF_CHADDR, lan->mac, MAC_SIZE);
    lan_put32(message + OFF_MAGIC, DHCP_MAGIC);
    at = put_option(at, OPT_TYPE, &type, 1);
    memcpy(client + 1, lan->mac, MAC_SIZE);
    at = put_option(at, OPT_CLIENT, client, sizeof(client));
    at = put_option(at, OPT_PARAMETERS, wanted, sizeof(wanted));
    at = put_option(at, OPT_MAX_SIZE, "\x02\x40", 2); /* MESSAGE_MAX */
    if (*name) {
        at = put_option(at, OPT_HOST_NAME, name, strlen(name));
    }
    if (dhcp->phase == LAN_DHCP_REQUESTING || dhcp->phase == LAN_DHCP_REBOOTING) {
        at = put_option32(at, OPT_REQUESTED, dhcp->lease.address);
    }
    if (dhcp->phase == LAN_DHCP_REQUESTING) {
        at = put_option32(at, OPT_SERVER, dhcp->lease.server);
    }
    *at++ = OPT_END;
    dhcp->sent_ns = now_ns(lan);
    datagram.size = MAX((size_t)(at - message), MESSAGE_MIN);
    if (dhcp->phase == LAN_DHCP_RENEWING) {
        datagram.destination = dhcp->lease.server;
        lan_udp_send(lan, &datagram, NULL);
    } else {
        lan_udp_send(lan, &datagram, broadcast_mac);
    }
}

/* ---- phases ---- */

static void arm_in(SwmeLan *lan, int64_t from_ns, int64_t seconds)
{
    lan->clock->timer_arm(lan->dhcp.timer, from_ns + seconds * SWME_NS_PER_S);
}

/* A second more or less, so that a building full of machines does not ask at once. */
static void arm_retry(SwmeLan *lan)
{
    int64_t wait_ns = (FIRST_WAIT_S << MIN(lan->dhcp.tries, WAITS - 1)) * SWME_NS_PER_S;

    lan->dhcp.tries++;
    wait_ns += g_rand_int_range(lan->random, -1000, 1001) * SWME_NS_PER_MS;
    lan->clock->timer_arm(lan->dhcp.timer, now_ns(lan) + wait_ns);
}

static void enter(SwmeLan *lan, LanDhcpPhase phase)
{
    LanDhcp *dhcp = &lan->dhcp;

    dhcp->phase = phase;
    dhcp->tries = 0;
    dhcp->began_ns = now_ns(lan);
    /* An answer to the offer's request is known by the offer's number. */
    if (phase != LAN_DHCP_REQUESTING) {
        dhcp->xid = g_rand_int(lan->random);
    }
}

static void discover(SwmeLan *lan)
{
    enter(lan, LAN_DHCP_SELECTING);
    memset(&lan->dhcp.lease, 0, sizeof(lan->dhcp.lease));
    send_message(lan, DHCP_DISCOVER);
    arm_retry(lan);
}

static void lose(SwmeLan *lan)
{
    lan_set_lease(lan, NULL);
    discover(lan);
}

/* Half of what is left, at least a minute, but not beyond the end of the phase (4.4.5). */
static void ask_again(SwmeLan *lan)
{
    LanDhcp *dhcp = &lan->dhcp;
    uint32_t limit = dhcp->phase == LAN_DHCP_RENEWING ? dhcp->lease.rebind_s : dhcp->lease.seconds;
    int64_t gone_s = (now_ns(lan) - dhcp->bound_ns) / SWME_NS_PER_S;
    int64_t left_s = limit - gone_s;

    send_message(lan, DHCP_REQUEST);
    arm_in(lan, dhcp->bound_ns, gone_s + MIN(MAX(left_s / 2, RETRY_MIN_S), left_s));
}

static void bound_timer(SwmeLan *lan)
{
    LanDhcp *dhcp = &lan->dhcp;
    int64_t gone_s = (now_ns(lan) - dhcp->bound_ns) / SWME_NS_PER_S;

    if (gone_s >= dhcp->lease.seconds) {
        lose(lan);
        return;
    }
    if (gone_s >= dhcp->lease.rebind_s) {
        if (dhcp->phase != LAN_DHCP_REBINDING) {
            enter(lan, LAN_DHCP_REBINDING);
        }
    } else if (dhcp->phase != LAN_DHCP_RENEWING) {
        enter(lan, LAN_DHCP_RENEWING);
    }
    ask_again(lan);
}

static void on_timer(void *opaque)
{
    SwmeLan *lan = opaque;
    LanDhcp *dhcp = &lan->dhcp;

    switch (dhcp->phase) {
    case LAN_DHCP_OFF:
        break;
    case LAN_DHCP_WATCHING: /* the host has not asked in time */
    case LAN_DHCP_SELECTING:
        send_message(lan, DHCP_DISCOVER);
        arm_retry(lan);
        break;
    case LAN_DHCP_REQUESTING:
    case LAN_DHCP_REBOOTING:
        if (dhcp->tries >= (dhcp->phase == LAN_DHCP_REQUESTING ? REQUEST_TRIES : REBOOT_TRIES)) {
            discover(lan);
        } else {
            send_message(lan, DHCP_REQUEST);
            arm_retry(lan);
        }
        break;
    case LAN_DHCP_BOUND:
    case LAN_DHCP_RENEWING:
    case LAN_DHCP_REBINDING:
        bound_timer(lan);
        break;
    }
}

void lan_dhcp_start(SwmeLan *lan, uint32_t last)
{
    if (last == 0) {
        discover(lan);
        return;
    }
    memset(&lan->dhcp.lease, 0, sizeof(lan->dhcp.lease));
    enter(lan, LAN_DHCP_REBOOTING);
    lan->dhcp.lease.address = last;
    send_message(lan, DHCP_REQUEST);
    arm_retry(lan);
}

void lan_dhcp_stop(SwmeLan *lan)
{
    lan->dhcp.phase = LAN_DHCP_OFF;
    lan->dhcp.host_asked_ns = 0;
    lan->clock->timer_cancel(lan->dhcp.timer);
}

/* ---- in ---- */

typedef struct Reply {
    uint8_t type;
    LanLease lease;
} Reply;

static void take_domain(LanLease *lease, const uint8_t *data, size_t size)
{
    while (size && data[size - 1] == '\0') {
        size--;
    }
    if (size >= sizeof(lease->domain)) {
        return;
    }
    for (size_t i = 0; i < size; i++) {
        if (data[i] <= ' ' || data[i] > '~') { /* no name, and nothing to show anybody */
            return;
        }
    }
    memset(lease->domain, 0, sizeof(lease->domain));
    memcpy(lease->domain, data, size);
}

static void take_option(Reply *reply, uint8_t code, const uint8_t *data, size_t size)
{
    LanLease *lease = &reply->lease;

    switch (code) {
    case OPT_TYPE:
        reply->type = size == 1 ? data[0] : 0;
        break;
    case OPT_DOMAIN:
        take_domain(lease, data, size);
        break;
    default:
        if (size < 4) {
            break;
        }
        if (code == OPT_MASK) {
            lease->mask = lan_get32(data);
        } else if (code == OPT_ROUTER) {
            lease->gateway = lan_get32(data);
        } else if (code == OPT_DNS) {
            lease->dns[0] = lan_get32(data);
            lease->dns[1] = size >= 8 ? lan_get32(data + 4) : 0;
        } else if (code == OPT_LEASE) {
            lease->seconds = lan_get32(data);
        } else if (code == OPT_SERVER) {
            lease->server = lan_get32(data);
        } else if (code == OPT_RENEW) {
            lease->renew_s = lan_get32(data);
        } else if (code == OPT_REBIND) {
            lease->rebind_s = lan_get32(data);
        }
        break;
    }
}

static bool parse(SwmeLan *lan, uint8_t op, const uint8_t *data, size_t size, Reply *reply)
{
    size_t at = OFF_OPTIONS;

    memset(reply, 0, sizeof(*reply));
    if (size < OFF_OPTIONS || data[OFF_OP] != op || data[OFF_HTYPE] != ARP_ETHERNET ||
        data[OFF_HLEN] != MAC_SIZE || memcmp(data + OFF_CHADDR, lan->mac, MAC_SIZE) != 0 ||
        lan_get32(data + OFF_MAGIC) != DHCP_MAGIC) {
        return false;
    }
    reply->lease.address = lan_get32(data + OFF_YIADDR);
    while (at < size && data[at] != OPT_END) {
        if (data[at] == OPT_PAD) {
            at++;
            continue;
        }
        if (size - at < 2 || size - at - 2 < data[at + 1]) {
            return false;
        }
        take_option(reply, data[at], data + at + 2, data[at + 1]);
        at += 2u + data[at + 1];
    }
    return reply->type != 0;
}

/* Is that mask ones and then zeros? */
static bool is_mask(uint32_t mask)
{
    return mask != 0 && (~mask & (~mask + 1)) == 0;
}

/* What a server left out, or got wrong, is as RFC 2131 has it by default. */
static bool complete(LanLease *lease)
{
    if (!is_mask(lease->mask)) {
        lease->mask = lease->address >> 31 == 0   ? 0xff000000 /* classes, RFC 791 */
                      : lease->address >> 30 == 2 ? 0xffff0000
                                                  : 0xffffff00;
    }
    if (lease->seconds == 0 || !lan_is_host(lease->address) || !lan_is_host(lease->server) ||
        (lease->mask < 0xfffffffe && ((lease->address & ~lease->mask) == 0 ||
                                      (lease->address & ~lease->mask) == ~lease->mask))) {
        return false;
    }
    lease->seconds = MAX(lease->seconds, LEASE_MIN_S);
    if (lease->rebind_s == 0 || lease->rebind_s >= lease->seconds) {
        lease->rebind_s = (uint32_t)((uint64_t)lease->seconds * 7 / 8);
    }
    if (lease->renew_s == 0 || lease->renew_s >= lease->rebind_s) {
        lease->renew_s = MIN(lease->seconds / 2, lease->rebind_s - 1);
    }
    if (!lan_is_host(lease->gateway)) {
        lease->gateway = 0;
    }
    return true;
}

static void arm_lease(SwmeLan *lan, uint32_t seconds)
{
    if (lan->dhcp.lease.seconds == FOREVER) {
        lan->clock->timer_cancel(lan->dhcp.timer);
    } else {
        arm_in(lan, lan->dhcp.bound_ns, seconds);
    }
}

/* asked_ns: the lease runs from the request on (4.4.1). */
static void bind_lease(SwmeLan *lan, const LanLease *lease, int64_t asked_ns)
{
    LanDhcp *dhcp = &lan->dhcp;
    LanLease bound = *lease;

    dhcp->lease = bound;
    dhcp->bound_ns = asked_ns;
    dhcp->phase = lan->share.host_speaks ? LAN_DHCP_WATCHING : LAN_DHCP_BOUND;
    dhcp->tries = 0;
    lan->stats.leases++;
    arm_lease(lan, lan->share.host_speaks ? bound.rebind_s : bound.renew_s);
    lan_set_lease(lan, &bound);
}

static void request(SwmeLan *lan, const LanLease *offer)
{
    enter(lan, LAN_DHCP_REQUESTING);
    lan->dhcp.lease = *offer;
    send_message(lan, DHCP_REQUEST);
    arm_retry(lan);
}

/* The host has no address any more. */
static void forget_lease(SwmeLan *lan)
{
    memset(&lan->dhcp.lease, 0, sizeof(lan->dhcp.lease));
    lan->clock->timer_cancel(lan->dhcp.timer);
    if (lan->share.host_speaks) {
        lan->dhcp.phase = LAN_DHCP_WATCHING;
        lan_set_lease(lan, NULL);
    } else {
        lose(lan);
    }
}

static void take_reply(SwmeLan *lan, Reply *reply)
{
    const LanDhcp *dhcp = &lan->dhcp;
    bool good = complete(&reply->lease);

    if (dhcp->phase == LAN_DHCP_SELECTING) {
        if (reply->type == DHCP_OFFER && good) {
            request(lan, &reply->lease);
            return;
        }
    } else if (dhcp->phase != LAN_DHCP_BOUND && reply->type == DHCP_NAK) {
        /* Of another server than the one that was chosen it says nothing. */
        if (dhcp->phase != LAN_DHCP_REQUESTING || reply->lease.server == dhcp->lease.server) {
            lose(lan);
            return;
        }
    } else if (dhcp->phase != LAN_DHCP_BOUND && reply->type == DHCP_ACK && good &&
               reply->lease.address == dhcp->lease.address) {
        bind_lease(lan, &reply->lease, dhcp->sent_ns);
        return;
    }
    lan->stats.bad_dhcp++;
}

/* An answer to the host. */
static void take_hosts_reply(SwmeLan *lan, Reply *reply)
{
    if (reply->type == DHCP_ACK && complete(&reply->lease)) {
        bind_lease(lan, &reply->lease, lan->dhcp.host_asked_ns);
    } else if (reply->type == DHCP_NAK) {
        forget_lease(lan);
    }
}

void lan_dhcp_input(SwmeLan *lan, const LanDatagram *datagram)
{
    const LanDhcp *dhcp = &lan->dhcp;
    Reply reply;
    uint32_t xid;

    if (dhcp->phase == LAN_DHCP_OFF || datagram->source_port != SERVER_PORT ||
        !parse(lan, BOOTREPLY, datagram->data, datagram->size, &reply)) {
        lan->stats.bad_dhcp++;
        return;
    }
    xid = lan_get32(datagram->data + OFF_XID);
    if (dhcp->host_asked_ns && xid == dhcp->host_xid) {
        take_hosts_reply(lan, &reply);
    } else if (dhcp->phase != LAN_DHCP_WATCHING && xid == dhcp->xid) {
        take_reply(lan, &reply);
    } else {
        lan->stats.bad_dhcp++;
    }
}

/* ---- the host's client ---- */

void lan_dhcp_watch(SwmeLan *lan)
{
    LanDhcp *dhcp = &lan->dhcp;

    if (dhcp->phase >= LAN_DHCP_BOUND) {
        dhcp->phase = LAN_DHCP_WATCHING;
        arm_lease(lan, dhcp->lease.rebind_s);
        lan_set_lease(lan, &dhcp->lease);
    } else if (dhcp->phase != LAN_DHCP_WATCHING) {
        memset(&dhcp->lease, 0, sizeof(dhcp->lease));
        dhcp->phase = LAN_DHCP_WATCHING;
        lan->clock->timer_cancel(dhcp->timer);
    }
}

void lan_dhcp_act(SwmeLan *lan)
{
    LanDhcp *dhcp = &lan->dhcp;

    dhcp->host_asked_ns = 0;
    if (dhcp->phase != LAN_DHCP_WATCHING) {
        return;
    }
    if (dhcp->lease.server) {
        dhcp->phase = LAN_DHCP_BOUND;
        arm_lease(lan, dhcp->lease.renew_s);
        lan_set_lease(lan, &dhcp->lease);
    } else if (!dhcp->lease.address) { /* one of its own, which it does not ask for, stays */
        lan_dhcp_start(lan, 0);
    }
}

void lan_dhcp_overhear(SwmeLan *lan, const uint8_t *message, size_t size)
{
    LanDhcp *dhcp = &lan->dhcp;
    Reply asked;

    if (dhcp->phase == LAN_DHCP_OFF || !parse(lan, BOOTREQUEST, message, size, &asked)) {
        return;
    }
    if (asked.type == DHCP_RELEASE || asked.type == DHCP_DECLINE) {
        dhcp->host_asked_ns = 0;
        forget_lease(lan);
    } else if (asked.type == DHCP_REQUEST) {
        dhcp->host_xid = lan_get32(message + OFF_XID);
        dhcp->host_asked_ns = MAX(now_ns(lan), 1);
    }
}

/* As LMS tells AMT of an address that the host does not ask for (AMT SDK, IPS_HostIPSettings). */
void lan_dhcp_overhear_address(SwmeLan *lan, uint32_t address)
{
    LanDhcp *dhcp = &lan->dhcp;

    if (dhcp->phase == LAN_DHCP_WATCHING && !dhcp->lease.server && dhcp->lease.address != address) {
        memset(&dhcp->lease, 0, sizeof(dhcp->lease));
        dhcp->lease.address = address;
        dhcp->lease.mask = UINT32_MAX; /* which nobody told: others are known when they come */
        lan_set_lease(lan, &dhcp->lease);
    }
}

/* ---- life ---- */

void lan_dhcp_init(SwmeLan *lan)
{
    lan->dhcp.timer = lan->clock->timer_new(lan->clock, on_timer, lan);
}

void lan_dhcp_free(SwmeLan *lan)
{
    if (lan->dhcp.timer) {
        lan->clock->timer_free(lan->dhcp.timer);
    }
}
