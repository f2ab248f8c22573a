/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames to the ME's LAN, as a program: raw ones, ones with right checksums, answers to what it
 * asked by DHCP, handshakes that go on. What leaves is well formed and bounded, and connections are
 * those of handshakes.
 */
#include <stdlib.h>
#include <string.h>

#include "firmware-sim/manual-clock.h"
#include "firmware-sim/net/lan/lan-packet.h"
#include "firmware-sim/net/lan/lan.h"
#include "tests/fuzz/fuzz.h"

#define ME   UINT32_C(0xc0000202)
#define PEER UINT32_C(0xc0000207)
#define PORT 16992

static const uint8_t mac[MAC_SIZE] = {0x02, 1, 2, 3, 4, 5};

typedef struct Model {
    SwmeManualClock *clock;
    SwmeServices *services;
    AmtState *amt;
    SwmeLan *lan;
    uint32_t xid;      /* of the last DHCP message that left */
    uint32_t sequence; /* of the last TCP segment that left */
    unsigned int connections;
    unsigned int syns;
    bool held;
    bool shared;
    size_t segment; /* as the next frames say */
} Model;

static void check_ip(Model *model, const uint8_t *frame, size_t size)
{
    const uint8_t *ip = frame + ETH_SIZE;
    size_t length = lan_get16(ip + IP_OFF_LENGTH);

    FUZZ_MUST(ip[0] == 0x45 && size >= ETH_SIZE + length && length >= IP_SIZE, "an IP header");
    FUZZ_MUST(lan_fold(lan_sum(0, ip, IP_SIZE)) == 0, "an IP checksum");
    if (ip[IP_OFF_PROTOCOL] == IP_TCP) {
        model->sequence = lan_get32(ip + IP_SIZE + 4);
    } else if (ip[IP_OFF_PROTOCOL] == IP_UDP && lan_get16(ip + IP_SIZE) == 68) {
        model->xid = lan_get32(ip + IP_SIZE + UDP_SIZE + 4);
    }
}

static bool on_send(void *opaque, const uint8_t *frame, size_t size)
{
    Model *model = opaque;

    FUZZ_MUST(size >= SWME_LAN_MIN_FRAME && size <= SWME_LAN_MAX_FRAME, "%zu bytes", size);
    FUZZ_MUST(memcmp(frame + ETH_OFF_SOURCE, mac, MAC_SIZE) == 0, "the sender");
    if (lan_get16(frame + ETH_OFF_TYPE) == ETH_TYPE_IPV4) {
        check_ip(model, frame, size);
    } else {
        FUZZ_MUST(lan_get16(frame + ETH_OFF_TYPE) == ETH_TYPE_ARP, "the type");
    }
    return !model->held;
}

static void on_room(void *opaque)
{
    (void)opaque;
}

static const SwmeLanOps ops = {.send = on_send, .room = on_room};

static void on_connection(void *opaque, GIOStream *stream, const SwmePeer *peer)
{
    Model *model = opaque;

    FUZZ_MUST(peer->door == SWME_DOOR_LAN && *peer->address, "a peer");
    model->connections++;
    g_io_stream_close(stream, NULL, NULL);
    g_object_unref(stream);
}

static SwmeLanSocket *the_socket;

static void end_socket(void)
{
    swme_lan_socket_free(the_socket);
}

/* Kept from input to input: making them is most of what one costs. */
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
    the_socket = swme_lan_socket_new(NULL);
    FUZZ_MUST(the_socket, "a socket");
    atexit(end_socket);
}

static void model_init(Model *model, FuzzInput *input)
{
    SwmeLanConfig config = {.ops = &ops, .opaque = model, .seed = 1};
    AmtNetwork network;
    uint8_t kind = fuzz_u8(input);

    if (!the_socket) {
        rig_init();
    }
    memset(model, 0, sizeof(*model));
    model->clock = rig.clock;
    swme_manual_clock_restart(model->clock);
    model->services = swme_services_new();
    model->amt = rig.amt;
    amt_state_replace(model->amt, rig.fresh);
    network = rig.fresh->network;
    memcpy(network.lan[0].mac, mac, MAC_SIZE);
    FUZZ_MUST(
        swme_lan_parse_address(kind & 1 ? "dhcp" : "192.0.2.2/24+192.0.2.1", &network.lan[0], NULL),
        "an address");
    amt_state_set_network(model->amt, &network);
    swme_services_add(model->services, PORT, on_connection, model);
    config.clock = swme_manual_clock(model->clock);
    config.services = model->services;
    config.amt = model->amt;
    config.socket = the_socket;
    config.shared = model->shared = (kind & 6) == 6;
    model->lan = swme_lan_new(&config, NULL);
    FUZZ_MUST(model->lan, "a LAN");
    swme_lan_run(model->lan);
}

static void model_clear(Model *model)
{
    swme_lan_free(model->lan);
    FUZZ_MUST(swme_manual_clock_armed(model->clock) == 0, "a timer is left");
    swme_services_free(model->services);
}

static void give(Model *model, const uint8_t *frame, size_t size)
{
    g_autofree uint8_t *exact = g_memdup2(frame, size);

    if (!model->shared) {
        swme_lan_receive(model->lan, exact, size);
    } else if (!swme_lan_share_in(model->lan, exact, size, model->segment)) {
        FUZZ_MUST(size >= ETH_SIZE + IP_SIZE + 4 && memcmp(exact, mac, MAC_SIZE) == 0 &&
                      lan_get16(exact + ETH_OFF_TYPE) == ETH_TYPE_IPV4,
                  "a frame of the host's is kept from it");
    }
    swme_lan_run(model->lan);
}

static size_t fill(FuzzInput *input, uint8_t *out, size_t most)
{
    size_t size = fuzz_u8(input);

    size = MIN(size, most); /* which looks at its arguments twice */

    for (size_t i = 0; i < size; i++) {
        out[i] = fuzz_u8(input);
    }
    return size;
}

static void put_ethernet(uint8_t *frame, uint16_t type)
{
    memcpy(frame, mac, MAC_SIZE);
    memcpy(frame + ETH_OFF_SOURCE, "\x02\0\0\0\0\x07", MAC_SIZE);
    lan_put16(frame + ETH_OFF_TYPE, type);
}

/* size: of what follows the IP header, which is there. */
static void give_ip(Model *model, uint8_t *frame, uint8_t protocol, uint32_t source, size_t size)
{
    static const uint8_t sums[] = {[IP_ICMP] = 2, [IP_TCP] = 16, [IP_UDP] = 6};
    uint8_t *ip = frame + ETH_SIZE;

    put_ethernet(frame, ETH_TYPE_IPV4);
    memset(ip, 0, IP_SIZE);
    ip[0] = 0x45;
    lan_put16(ip + IP_OFF_LENGTH, (uint16_t)(IP_SIZE + size));
    ip[IP_OFF_TTL] = 64;
    ip[IP_OFF_PROTOCOL] = protocol;
    lan_put32(ip + IP_OFF_SOURCE, source);
    lan_put32(ip + IP_OFF_DESTINATION, ME);
    lan_put16(ip + IP_OFF_CHECKSUM, lan_fold(lan_sum(0, ip, IP_SIZE)));
    if (protocol < sizeof(sums) && sums[protocol] && size >= sums[protocol] + 2u) {
        uint8_t *sum = ip + IP_SIZE + sums[protocol];

        lan_put16(sum, 0);
        lan_put16(sum, lan_fold(lan_sum(protocol == IP_ICMP ? 0 : lan_pseudo(ip, protocol, size),
                                        ip + IP_SIZE, size)));
    }
    give(model, frame, ETH_SIZE + IP_SIZE + size);
}

static void give_tcp(Model *model, FuzzInput *input, uint8_t *frame)
{
    uint8_t *tcp = frame + ETH_SIZE + IP_SIZE;
    uint8_t choice = fuzz_u8(input);
    uint8_t port = fuzz_u8(input);
    size_t size;

    memset(tcp, 0, TCP_SIZE);
    lan_put16(tcp, (uint16_t)(1000 + port));
    lan_put16(tcp + 2, choice & 0x80 ? fuzz_u16(input) : PORT);
    lan_put32(tcp + 4, choice & 0x40 ? fuzz_u32(input) : 100u + (choice & 3));
    lan_put32(tcp + 8, model->sequence + (choice >> 2 & 3));
    tcp[TCP_OFF_HEADER] = choice & 0x20 ? fuzz_u8(input) : 0x50;
    tcp[TCP_OFF_FLAGS] = fuzz_u8(input);
    lan_put16(tcp + 14, choice & 0x10 ? fuzz_u16(input) : 65535);
    lan_put16(tcp + 18, 0);
    model->syns += (tcp[TCP_OFF_FLAGS] & TCP_SYN) != 0;
    size = TCP_SIZE + fill(input, tcp + TCP_SIZE, 255);
    give_ip(model, frame, IP_TCP, PEER + (port >> 7), size);
}

static void give_dhcp(Model *model, FuzzInput *input, uint8_t *frame)
{
    uint8_t *udp = frame + ETH_SIZE + IP_SIZE;
    uint8_t *message = udp + UDP_SIZE;
    size_t size = 240;

    memset(message, 0, size);
    memcpy(message, "\x02\x01\x06", 3);
    lan_put32(message + 4, model->xid);
    lan_put32(message + 16, fuzz_u8(input) & 0x80 ? fuzz_u32(input) : ME);
    memcpy(message + 28, mac, MAC_SIZE);
    lan_put32(message + 236, 0x63825363);
    memcpy(message + size, "\x35\x01", 2);
    message[size + 2] = fuzz_u8(input) % 9;
    memcpy(message + size + 3, "\x36\x04\xc0\x00\x02\x01\x33\x04\x00\x00", 10);
    message[size + 13] = fuzz_u8(input);
    message[size + 14] = fuzz_u8(input);
    size += 15;
    size += fill(input, message + size, 255);
    lan_put16(udp, 67);
    lan_put16(udp + 2, 68);
    lan_put16(udp + 4, (uint16_t)(UDP_SIZE + size));
    give_ip(model, frame, IP_UDP, 0xc0000201, UDP_SIZE + size);
}

static void give_udp(Model *model, FuzzInput *input, uint8_t *frame)
{
    uint8_t *udp = frame + ETH_SIZE + IP_SIZE;
    size_t size;

    lan_put16(udp, fuzz_u16(input));
    lan_put16(udp + 2, fuzz_u8(input) & 1 ? 623 : 68);
    memcpy(udp + UDP_SIZE, "\x06\x00\x00\x06\x00\x00\x11\xbe\x80\x00\x00\x00", 12);
    size = fuzz_u8(input) & 1 ? 12 : fill(input, udp + UDP_SIZE, 255);
    lan_put16(udp + 4, (uint16_t)(UDP_SIZE + size));
    give_ip(model, frame, IP_UDP, PEER, UDP_SIZE + size);
}

static void give_arp(Model *model, FuzzInput *input, uint8_t *frame)
{
    uint8_t *arp = frame + ETH_SIZE;

    put_ethernet(frame, ETH_TYPE_ARP);
    memset(arp, 0, ARP_SIZE);
    lan_put16(arp + ARP_OFF_HARDWARE, ARP_ETHERNET);
    lan_put16(arp + ARP_OFF_PROTOCOL, ETH_TYPE_IPV4);
    lan_put16(arp + ARP_OFF_SIZES, ARP_SIZES_MAC_IPV4);
    lan_put16(arp + ARP_OFF_OPERATION, fuzz_u8(input) & 3);
    memcpy(arp + ARP_OFF_SENDER_MAC, "\x02\0\0\0\0\x07", MAC_SIZE);
    lan_put32(arp + ARP_OFF_SENDER_IP, 0xc0000200 + fuzz_u8(input));
    lan_put32(arp + ARP_OFF_TARGET_IP, 0xc0000200 + fuzz_u8(input));
    give(model, frame, ETH_SIZE + ARP_SIZE);
}

/* ARP, a question by DHCP, or something else. */
static void host_sends(Model *model, FuzzInput *input)
{
    uint8_t frame[SWME_LAN_MAX_FRAME] = {0};
    uint8_t kind = fuzz_u8(input);
    uint8_t *ip = frame + ETH_SIZE;
    size_t size;

    put_ethernet(frame, kind & 1 ? ETH_TYPE_ARP : ETH_TYPE_IPV4);
    if (kind & 1) {
        memcpy(ip, "\x00\x01\x08\x00\x06\x04\x00", 7);
        ip[7] = kind >> 1 & 3;
        memcpy(ip + ARP_OFF_SENDER_MAC, mac, MAC_SIZE);
        lan_put32(ip + ARP_OFF_SENDER_IP, 0xc0000200 + fuzz_u8(input));
        memcpy(ip + ARP_OFF_TARGET_MAC, "\x02\x00\x00\x00\x00\x07", MAC_SIZE);
        lan_put32(ip + ARP_OFF_TARGET_IP, 0xc0000200 + fuzz_u8(input));
        size = ETH_SIZE + ARP_SIZE;
    } else {
        uint8_t *message = ip + IP_SIZE + UDP_SIZE;

        ip[0] = 0x45;
        ip[IP_OFF_PROTOCOL] = IP_UDP;
        memcpy(ip + IP_SIZE, "\x00\x44\x00\x43", 4);
        memcpy(message, "\x01\x01\x06", 3);
        lan_put32(message + 4, model->xid);
        memcpy(message + 28, mac, MAC_SIZE);
        lan_put32(message + 236, 0x63825363);
        size = ETH_SIZE + IP_SIZE + UDP_SIZE + 240;
        if (kind & 2) {
            memcpy(frame + size, "\x35\x01\x03\xff", 4);
            frame[size + 2] = fuzz_u8(input) % 9;
            size += 4;
        } else {
            size += fill(input, frame + size, 255);
        }
    }
    {
        g_autofree uint8_t *exact = g_memdup2(frame, size);

        swme_lan_share_out(model->lan, exact, size);
    }
}

static void others(Model *model, FuzzInput *input)
{
    AmtNetwork network = amt_state_data(model->amt)->network;
    char address[16];

    switch (fuzz_u8(input) % 8) {
    case 6:
        model->segment = fuzz_u8(input) * 8u;
        swme_lan_host_gone(model->lan);
        break;
    case 7:
        if (model->shared) {
            host_sends(model, input);
        }
        break;
    case 0:
        swme_lan_set_link(model->lan, fuzz_u8(input) & 1);
        break;
    case 1:
        g_snprintf(address, sizeof(address), "192.0.2.%u", fuzz_u8(input));
        swme_lan_datagram_ops.send(model->lan, address, 162, "trap", 4, NULL);
        break;
    case 2:
        network.lan[0].dhcp = fuzz_u8(input) & 1;
        network.lan[0].address = fuzz_u8(input) & 1 ? ME : fuzz_u32(input);
        amt_state_set_network(model->amt, &network);
        break;
    case 3:
        model->held = fuzz_u8(input) & 1;
        if (!model->held) {
            swme_lan_ready(model->lan);
        }
        break;
    default:
        swme_manual_clock_advance(model->clock, fuzz_u16(input) * SWME_NS_PER_MS * 10);
        break;
    }
    swme_lan_run(model->lan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data, MIN(size, FUZZ_INPUT_MAX)};
    uint8_t frame[SWME_LAN_MAX_FRAME];
    Model model;

    model_init(&model, &input);
    while (input.left) {
        switch (fuzz_u8(&input) % 9) {
        case 0:
            put_ethernet(frame, fuzz_u8(&input) & 1 ? ETH_TYPE_IPV4 : ETH_TYPE_ARP);
            give(&model, frame, ETH_SIZE + fill(&input, frame + ETH_SIZE, 255));
            break;
        case 1:
            give(&model, frame, fill(&input, frame, 255));
            break;
        case 2:
            give_arp(&model, &input, frame);
            break;
        case 3:
            give_udp(&model, &input, frame);
            break;
        case 4:
            give_dhcp(&model, &input, frame);
            break;
        case 5:
        case 6:
            give_tcp(&model, &input, frame);
            break;
        case 7:
            give_ip(&model, frame, fuzz_u8(&input), fuzz_u32(&input),
                    fill(&input, frame + ETH_SIZE + IP_SIZE, 255));
            break;
        default:
            others(&model, &input);
            break;
        }
        FUZZ_MUST(swme_manual_clock_armed(model.clock) <= 3, "timers");
        FUZZ_MUST(model.connections <= model.syns, "%u connections of %u handshakes",
                  model.connections, model.syns);
    }
    FUZZ_MUST(swme_lan_stats(model.lan)->connections == model.connections, "connections");
    model_clear(&model);
    return 0;
}
