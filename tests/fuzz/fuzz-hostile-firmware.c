/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libheci against a firmware that is the input: what registers read as, what comes off the ring and
 * when there is an interrupt. A few honest answers come for free, so that inputs get beyond the
 * start. It must end, within a bounded time of its own clock, and write nowhere it should not.
 */
#include <string.h>

#include <swme/amthi.h>
#include <swme/bytes.h>
#include <swme/hbm.h>
#include <swme/heci-regs.h>
#include <swme/me-clients.h>

#include "host-driver/apf-host.h"
#include "host-driver/mei.h"
#include "host-driver/queue.h"
#include "tests/fuzz/fuzz.h"

#define DEPTH      128
#define BUFFER     600
#define GUARD      0xa5
#define ACCESS_MAX 20000 /* of registers, in one input: beyond, the device is gone */

typedef struct Hostile {
    FuzzInput input;
    uint32_t h_bits, me_bits, d0i3c;
    uint32_t ring[DEPTH];
    uint8_t me_wp, me_rp, h_wp, h_rp;
    uint32_t packet[DEPTH]; /* what the host writes */
    unsigned int packet_slots;
    unsigned int accesses;
    int64_t now;
    bool honest;
} Hostile;

static void push(Hostile *h, uint32_t slot)
{
    h->ring[h->me_wp++ % DEPTH] = slot;
}

static void send(Hostile *h, uint32_t header, const uint8_t *data, size_t size)
{
    push(h, header);
    for (size_t i = 0; i < size; i += 4) {
        uint8_t slot[4] = {0};

        memcpy(slot, data + i, size - i < 4 ? size - i : 4);
        push(h, swme_get_le32(slot));
    }
    h->h_bits |= H_CSR_IS;
}

static void send_hbm(Hostile *h, const uint8_t *data, size_t size)
{
    send(h, mei_hdr(0, 0, (uint16_t)size, true), data, size);
}

/* A byte of the input may break each answer; whatever it is, its length stays within the ring. */
static void honest_answer(Hostile *h, const uint8_t *m)
{
    static const SwmeGuid guids[] = {SWME_GUID_ECHO, SWME_GUID_AMTHI, SWME_GUID_MKHI_FIXED};
    uint8_t r[64] = {(uint8_t)(m[0] | HBM_RESPONSE), m[1], m[2]};
    size_t size = 4;

    switch (m[0]) {
    case HBM_START:
        r[1] = 1;
        r[2] = HBM_MINOR_MAX;
        r[3] = HBM_MAJOR_MAX;
        break;
    case HBM_CAPABILITIES:
        r[1] = HBM_CAP_VTAG;
        break;
    case HBM_ENUM:
        r[HBM_ENUM_RES_BITMAP] = 0x0e;
        size = HBM_ENUM_RES_SIZE;
        break;
    case HBM_PROPERTIES:
        memcpy(r + HBM_PROPERTIES_BLOCK + HBM_PROP_GUID, guids[(m[1] - 1) % 3].bytes,
               SWME_GUID_SIZE);
        r[HBM_PROPERTIES_BLOCK + HBM_PROP_MAX_CONNECTIONS] = 3;
        r[HBM_PROPERTIES_BLOCK + HBM_PROP_FIXED_ADDRESS] = m[1] == 3 ? 3 : 0;
        r[HBM_PROPERTIES_BLOCK + HBM_PROP_FLAGS] = HBM_PROP_FLAG_VTAG;
        swme_put_le32(r + HBM_PROPERTIES_BLOCK + HBM_PROP_MAX_LENGTH, 1024);
        size = HBM_PROPERTIES_RES_SIZE;
        break;
    case HBM_CONNECT:
        r[3] = 0;
        break;
    case HBM_NOTIFY:
        r[4] = m[3];
        size = HBM_NOTIFY_RES_SIZE;
        break;
    case HBM_PG_ENTRY:
    case HBM_DISCONNECT:
        break;
    default:
        return;
    }
    if (fuzz_u8(&h->input) >= 0xf0) {
        r[fuzz_u8(&h->input) % size] = fuzz_u8(&h->input);
    }
    send_hbm(h, r, size);
    if (m[0] == HBM_CONNECT) {
        uint8_t credit[HBM_FLOW_CONTROL_SIZE] = {HBM_FLOW_CONTROL, m[1], m[2]};

        send_hbm(h, credit, sizeof(credit));
    }
}

static void hostile_packet(Hostile *h)
{
    uint8_t data[64];
    uint8_t kind = fuzz_u8(&h->input);
    size_t size = fuzz_u8(&h->input) % sizeof(data);

    for (size_t i = 0; i < size; i++) {
        data[i] = fuzz_u8(&h->input);
    }
    if (kind & 1) {
        send_hbm(h, data, size);
    } else if (kind & 2) {
        send(h,
             mei_hdr((uint8_t)(1 + (kind >> 2) % 3), (uint8_t)(1 + (kind >> 4) % 4), (uint16_t)size,
                     kind & 0x80),
             data, size);
    } else {
        send(h, fuzz_u32(&h->input), data, size);
    }
}

static void whole_packet(Hostile *h)
{
    uint8_t m[16] = {0};

    for (unsigned int i = 0; i < 4 && i + 1 < h->packet_slots; i++) {
        swme_put_le32(m + 4 * i, h->packet[1 + i]);
    }
    if (h->honest && (h->packet[0] & 0xffff) == 0) {
        honest_answer(h, m);
    }
    h->packet_slots = 0;
}

static uint32_t read32(void *transport, uint32_t offset)
{
    Hostile *h = transport;

    if (++h->accesses > ACCESS_MAX) {
        return UINT32_MAX;
    }
    switch (offset) {
    case HECI_H_CSR:
        return h->h_bits | (uint32_t)DEPTH << 24 | (uint32_t)h->h_wp << 16 | (uint32_t)h->h_rp << 8;
    case HECI_ME_CSR_HA:
        return h->me_bits | (uint32_t)DEPTH << 24 | (uint32_t)h->me_wp << 16 |
               (uint32_t)h->me_rp << 8;
    case HECI_ME_CB_RW:
        return h->ring[h->me_rp++ % DEPTH];
    case HECI_H_D0I3C:
        return h->d0i3c;
    default:
        return fuzz_u32(&h->input);
    }
}

static void write32(void *transport, uint32_t offset, uint32_t value)
{
    Hostile *h = transport;

    h->accesses++;
    if (offset == HECI_H_CB_WW) {
        h->packet[h->packet_slots++ % DEPTH] = value;
        h->h_wp++;
        if (h->packet_slots >= mei_hdr_slots(h->packet[0])) {
            h->h_rp = h->h_wp;
            whole_packet(h);
        }
    } else if (offset == HECI_H_CSR) {
        h->h_bits &= ~(value & H_CSR_W1C_MASK);
        h->h_bits = (h->h_bits & H_CSR_W1C_MASK) |
                    (value & (H_CSR_IE | H_CSR_RDY | H_CSR_RST | H_CSR_D0I3C_IE));
        if (value & H_CSR_RST) {
            h->h_bits &= ~H_CSR_RDY;
            h->h_wp = h->h_rp = h->me_wp = h->me_rp = 0;
            h->packet_slots = 0;
            h->me_bits = ME_CSR_RDY;
            h->h_bits |= H_CSR_IS;
        }
    } else if (offset == HECI_H_D0I3C) {
        h->d0i3c = value & H_D0I3C_I3;
    }
}

static uint32_t config_read32(void *transport, uint32_t offset)
{
    Hostile *h = transport;

    return offset == HECI_CFG_HFS1 && h->honest ? HECI_HFS1_D0I3 : fuzz_u32(&h->input);
}

static int64_t now(void *transport)
{
    return ((Hostile *)transport)->now;
}

/* What happens while the driver waits is the input's to say. */
static MeiError wait_for(void *transport, int64_t deadline)
{
    Hostile *h = transport;

    h->now += 1000;
    if (h->h_bits & H_CSR_W1C_MASK) {
        return MEI_OK;
    }
    if (!h->input.left || h->accesses > ACCESS_MAX) {
        h->now = deadline > h->now ? deadline : h->now;
        return MEI_ERR_TIMEOUT;
    }
    switch (fuzz_u8(&h->input) % 10) {
    case 0:
        h->me_bits = fuzz_u8(&h->input);
        h->h_bits |= H_CSR_IS;
        return MEI_OK;
    case 1:
        h->me_wp = fuzz_u8(&h->input); /* pointers that contradict each other */
        h->h_bits |= H_CSR_IS;
        return MEI_OK;
    case 2:
        h->h_bits ^= fuzz_u32(&h->input) & 0xff;
        return MEI_OK;
    case 3:
        h->h_rp = fuzz_u8(&h->input);
        return MEI_OK;
    case 4:
        h->d0i3c = fuzz_u8(&h->input);
        h->h_bits |= H_CSR_D0I3C_IS;
        return MEI_OK;
    case 5:
        h->now = deadline > h->now ? deadline : h->now;
        return MEI_ERR_TIMEOUT;
    default:
        hostile_packet(h);
        return MEI_OK;
    }
}

static const MeiTransportOps ops = {
    .read32 = read32,
    .write32 = write32,
    .config_read32 = config_read32,
    .wait = wait_for,
    .now = now,
};

/* ---- what the driver is asked for ---- */

#define SLOTS 4

typedef struct User {
    MeiConnection *connection;
    uint8_t buffer[BUFFER + 8]; /* the last eight are a guard */
} User;

static void use(Hostile *h, Mei *mei, User *users, MeiQueue *queue, MeiRequest *request)
{
    static const SwmeGuid echo = SWME_GUID_ECHO, fixed = SWME_GUID_MKHI_FIXED;
    static const uint8_t data[900];
    uint8_t into[BUFFER];
    uint8_t what = fuzz_u8(&h->input);
    User *user = &users[(what >> 4) % SLOTS];
    size_t received;

    switch (what % 13) {
    case 0:
        if (!user->connection) {
            (void)mei_connect(mei, what & 0x80 ? &fixed : &echo, user->buffer, BUFFER,
                              &user->connection);
        }
        break;
    case 1:
        if (!user->connection) {
            (void)mei_connect_vtag(mei, &echo, what, user->buffer, BUFFER, &user->connection);
        }
        break;
    case 2:
        if (user->connection) {
            (void)mei_disconnect(user->connection);
            user->connection = NULL;
        }
        break;
    case 3:
    case 4:
        if (user->connection) {
            (void)mei_write(user->connection, data, 1 + fuzz_u16(&h->input) % sizeof(data),
                            10 * MEI_NS_PER_MS);
        }
        break;
    case 5:
    case 6:
        if (user->connection) {
            size_t room = fuzz_u16(&h->input) % sizeof(into);
            MeiError error = mei_read(user->connection, into, room, &received, MEI_NS_PER_MS);

            FUZZ_MUST(error || received <= room, "%zu of %zu", received, room);
        }
        break;
    case 7:
        if (user->connection) {
            (void)mei_notify(user->connection, what & 0x80);
            (void)mei_arm(user->connection);
            (void)mei_can_write(user->connection);
        }
        break;
    case 8:
        (void)mei_power_gate(mei);
        break;
    case 9:
        (void)mei_power_ungate(mei);
        break;
    case 10:
        (void)mei_queue_submit(queue, request, 20 * MEI_NS_PER_MS);
        mei_queue_run(queue);
        break;
    case 11:
        if (what & 0x80) {
            mei_queue_cancel(queue, request);
        }
        mei_queue_run(queue);
        break;
    default:
        (void)(mei->state == MEI_DEVICE_ENABLED ? mei_poll(mei, MEI_NS_PER_MS) : mei_start(mei));
        break;
    }
}

/* ---- APF: what the firmware says is the rest of the input ---- */

typedef struct Sockets {
    unsigned int listening;
    size_t waiting[APF_HOST_CHANNELS];
} Sockets;

static bool apf_listen(void *opaque, uint16_t port)
{
    Sockets *s = opaque;

    FUZZ_MUST(s->listening < APF_HOST_FORWARDS, "port %u", port);
    s->listening++;
    return port % 7 != 0 || s->listening-- == 0;
}

static void apf_unlisten(void *opaque, uint16_t port)
{
    Sockets *s = opaque;

    FUZZ_MUST(s->listening > 0, "port %u", port);
    s->listening--;
}

static void apf_data(void *opaque, ApfHostChannel *channel, const uint8_t *data, size_t size)
{
    size_t *waiting = channel->user;
    static volatile uint8_t sum;

    (void)opaque;
    *waiting += size;
    FUZZ_MUST(*waiting <= APF_HOST_WINDOW, "%zu bytes wait", *waiting);
    for (size_t i = 0; i < size; i++) {
        sum ^= data[i]; /* a sanitizer sees what is not ours */
    }
    (void)sum;
}

static void apf_closed(void *opaque, ApfHostChannel *channel)
{
    (void)opaque;
    *(size_t *)channel->user = 0;
}

static void apf_event(void *opaque, const uint8_t *data, size_t size)
{
    (void)opaque;
    FUZZ_MUST(size > 0 && size <= APF_HOST_EVENT && data, "%zu", size);
}

static void apf_datagram(void *opaque, const char *address, uint16_t port, const uint8_t *data,
                         size_t size)
{
    (void)opaque;
    FUZZ_MUST(strlen(address) < 46 && (data || !size), "port %u", port);
}

static void speak_apf(FuzzInput *input)
{
    static const ApfHostOps sockets_ops = {apf_listen, apf_unlisten, apf_data,
                                           apf_closed, apf_event,    apf_datagram};
    static ApfHost host;
    Sockets sockets = {.listening = 0};
    uint8_t message[200], out[5000];

    apf_host_init(&host, &sockets_ops, &sockets, 128 + fuzz_u16(input));
    while (input->left) {
        size_t size = fuzz_u8(input) % sizeof(message);
        uint8_t what = fuzz_u8(input);
        ApfHostChannel *channel = &host.channels[what % 8];

        if (what >= 0xf0) {
            size_t slot = what % 8;

            (void)apf_host_open(&host, 16992, what & 8 ? "127.0.0.1" : "::1", 1,
                                &sockets.waiting[slot]);
        } else if (what >= 0xe0 && channel->user && channel->state == APF_HOST_OPEN) {
            size_t room = apf_host_room(&host, channel);

            (void)apf_host_write(&host, channel, out, room < size ? room : size);
            apf_host_consumed(&host, channel, *(size_t *)channel->user);
            *(size_t *)channel->user = 0;
        } else if (what >= 0xd8 && channel->user) {
            apf_host_close(&host, channel);
            channel->user = NULL;
        } else if (what >= 0xd0) {
            apf_host_reset(&host);
            FUZZ_MUST(sockets.listening == 0, "%u", sockets.listening);
        } else {
            for (size_t i = 0; i < size; i++) {
                message[i] = fuzz_u8(input);
            }
            apf_host_receive(&host, message, size);
        }
        while (what & 1 && apf_host_next(&host, out, sizeof(out)) > 0) {
        }
    }
    apf_host_reset(&host);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const SwmeGuid amthi = SWME_GUID_AMTHI;
    static const uint8_t question[AMTHI_HEADER_SIZE];
    static Mei mei;
    static User users[SLOTS];
    Hostile h = {.input = {data, size}};
    uint8_t answer[100], amthi_buffer[BUFFER];
    MeiRequest request = {
        .data = question, .size = sizeof(question), .answer = answer, .room = sizeof(answer)};
    MeiQueue queue;
    uint8_t first = fuzz_u8(&h.input);

    if (size > FUZZ_INPUT_MAX) {
        return 0;
    }
    if (first % 4 == 3) {
        speak_apf(&h.input);
        return 0;
    }
    h.honest = first % 4 != 2;
    mei_init(&mei, &ops, &h);
    mei_queue_init(&queue, &mei, &amthi, amthi_buffer, sizeof(amthi_buffer));
    memset(users, GUARD, sizeof(users));
    for (unsigned int i = 0; i < SLOTS; i++) {
        users[i].connection = NULL;
    }
    (void)mei_start(&mei);
    while (h.input.left && h.accesses <= ACCESS_MAX) {
        use(&h, &mei, users, &queue, &request);
    }
    mei_queue_close(&queue);
    for (unsigned int i = 0; i < SLOTS; i++) {
        if (users[i].connection) {
            (void)mei_disconnect(users[i].connection);
        }
        for (unsigned int j = 0; j < 8; j++) {
            FUZZ_MUST(users[i].buffer[BUFFER + j] == GUARD, "written beyond the buffer");
        }
    }
    for (unsigned int i = 0; i < MEI_CONNECTIONS_MAX; i++) {
        FUZZ_MUST(mei.connections[i].state == MEI_CONNECTION_FREE, "connection %u leaked", i);
    }
    mei_stop(&mei);
    return 0;
}
