/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/remote/remote-device.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/mei-header.h>

#include "firmware-sim/error.h"

typedef struct Arrived {
    uint8_t data[MEI_PACKET_MAX];
    int size; /* or HECI_LINK_BROKEN */
} Arrived;

struct RemoteDevice {
    const RemoteDeviceHooks *hooks;
    void *opaque;
    RemoteChannel channel;
    const HeciFirmwareOps *firmware;
    void *firmware_opaque;
    bool greeted;
    uint32_t caps;
    unsigned int window; /* packets that it takes in */
    char *platform;
    SwmeHostPower power;

    Arrived arrived[REMOTE_WINDOW_MAX + 1]; /* and one that says that there will be no more */
    unsigned int arrived_first;
    unsigned int arrived_count;
    unsigned int taken; /* of them, not told of */
    bool broken;
    unsigned int under_way; /* packets of ours that it has not taken */
    uint32_t tag;           /* of the last DMA */
    unsigned int depth;     /* of calls that flush at their end */
    bool waiting;           /* for a DMA's answer: nothing else is handled */
    const char *wrong;      /* seen meanwhile; the connection ends when that is over */
};

static void note(const RemoteDevice *remote, const char *what, bool error)
{
    if (remote->hooks->note) {
        remote->hooks->note(remote->opaque, what, error);
    }
}

/* ---- the connection goes ---- */

static void set_power(RemoteDevice *remote, SwmeHostPower power)
{
    if (remote->power != power) {
        remote->power = power;
        remote->hooks->host_power(remote->opaque, power);
    }
}

static void forget_traffic(RemoteDevice *remote)
{
    remote->arrived_count = 0;
    remote->taken = 0;
    remote->broken = false;
    remote->under_way = 0;
}

/* The machine is gone, and with it the host. */
static void lose(RemoteDevice *remote)
{
    remote_channel_set_up(&remote->channel, false);
    remote->wrong = NULL;
    forget_traffic(remote);
    if (remote->greeted) {
        remote->greeted = false;
        remote->caps = 0;
        remote->firmware->host_reset(remote->firmware_opaque);
        set_power(remote, SWME_HOST_S5);
    }
}

static void reject(RemoteDevice *remote, const char *why)
{
    if (!remote->channel.up) {
        return;
    }
    if (remote->waiting) {
        /* Inside one of the firmware's calls: it must not be reset there. */
        remote->wrong = remote->wrong ? remote->wrong : why;
        remote->hooks->again(remote->opaque);
        return;
    }
    lose(remote);
    note(remote, why, true);
    remote->channel.io->end(remote->channel.io_opaque, why);
}

static void flush(RemoteDevice *remote)
{
    if (remote->taken) {
        uint8_t count[2];

        swme_put_le16(count, (uint16_t)remote->taken);
        remote_channel_put(&remote->channel, REMOTE_TAKEN, count, sizeof(count), NULL, 0);
        remote->taken = 0;
    }
    if (!remote_channel_flush(&remote->channel)) {
        /* The firmware may be in the middle of anything. */
        remote->wrong = remote->wrong ? remote->wrong : "does not read";
        remote->hooks->again(remote->opaque);
    }
}

/* ---- what the firmware asks ---- */

static int device_receive(void *device, uint8_t *packet)
{
    RemoteDevice *remote = device;
    const Arrived *first = &remote->arrived[remote->arrived_first];

    if (!remote->arrived_count) {
        return 0;
    }
    if (first->size < 0) {
        return HECI_LINK_BROKEN; /* and stays, as a ring does */
    }
    memcpy(packet, first->data, (size_t)first->size);
    remote->arrived_first = (remote->arrived_first + 1) % G_N_ELEMENTS(remote->arrived);
    remote->arrived_count--;
    remote->taken++;
    return first->size;
}

static bool device_send(void *device, const uint8_t *packet, size_t size)
{
    RemoteDevice *remote = device;

    if (!remote->greeted || remote->under_way >= remote->window) {
        return false;
    }
    remote->under_way++;
    remote_channel_put(&remote->channel, REMOTE_PACKET, packet, size, NULL, 0);
    return true;
}

/* Outside of remote_device_input() nobody else would. */
static void flush_now(RemoteDevice *remote)
{
    if (!remote->depth) {
        flush(remote);
    }
}

static void device_interrupt(void *device)
{
    RemoteDevice *remote = device;

    if (remote->greeted) {
        remote_channel_put(&remote->channel, REMOTE_INTERRUPT, NULL, 0, NULL, 0);
        flush_now(remote);
    }
}

static void device_set_ready(void *device, bool ready)
{
    RemoteDevice *remote = device;

    if (!ready) {
        /* As the rings' being emptied: what the host had written is gone. */
        remote->taken += remote->arrived_count - remote->broken;
        remote->arrived_count = 0;
        remote->broken = false;
    }
    if (remote->greeted) {
        remote_channel_put_u8(&remote->channel, REMOTE_READY, ready);
        flush_now(remote);
    }
}

static void device_set_status(void *device, unsigned int index, uint32_t value)
{
    RemoteDevice *remote = device;
    uint8_t data[8] = {(uint8_t)index};

    if (remote->greeted) {
        swme_put_le32(data + 4, value);
        remote_channel_put(&remote->channel, REMOTE_STATUS, data, sizeof(data), NULL, 0);
        flush_now(remote);
    }
}

static void put_done(RemoteDevice *remote, RemoteType type, uint32_t cap)
{
    if (remote->caps & cap) {
        remote_channel_put(&remote->channel, type, NULL, 0, NULL, 0);
        flush_now(remote);
    }
}

static void device_d0i3_done(void *device)
{
    put_done(device, REMOTE_D0I3_DONE, REMOTE_CAP_D0I3);
}

static void device_pg_exit_done(void *device)
{
    put_done(device, REMOTE_ISOLATION_DONE, REMOTE_CAP_PG);
}

/* ---- DMA: asked, and waited for ---- */

static bool dma_answer(RemoteDevice *remote, uint8_t *data, size_t size)
{
    RemoteFrame frame;
    bool broken = false;
    bool first = true;

    flush(remote);
    remote->waiting = true; /* nothing else is handled: nobody asks meanwhile */
    while (remote->channel.up && !remote->wrong) {
        if (remote_channel_find_dma(&remote->channel, remote->tag, &frame, &broken)) {
            bool done = frame.data[4] && frame.size == 8 + size;

            if (done && size) {
                memcpy(data, frame.data + 8, size);
            }
            remote->waiting = false;
            remote->hooks->again(remote->opaque);
            return done;
        }
        if (broken) {
            reject(remote, "sent what is no frame");
        } else if (!remote->hooks->wait(remote->opaque, first)) {
            reject(remote, "did not answer a DMA");
        }
        first = false;
    }
    remote->waiting = false;
    return false;
}

static void dma_head(RemoteDevice *remote, uint8_t *head, uint64_t address, size_t size)
{
    swme_put_le32(head, ++remote->tag);
    swme_put_le32(head + 4, (uint32_t)size);
    swme_put_le64(head + 8, address);
}

static bool device_dma_read(void *device, uint64_t address, void *data, size_t size)
{
    RemoteDevice *remote = device;
    uint8_t *to = data;
    uint8_t head[16];

    while (size) {
        size_t part = MIN(size, REMOTE_DMA_MAX);

        if (!(remote->caps & REMOTE_CAP_DMA)) {
            return false;
        }
        dma_head(remote, head, address, part);
        remote_channel_put(&remote->channel, REMOTE_DMA_READ, head, sizeof(head), NULL, 0);
        if (!dma_answer(remote, to, part)) {
            return false;
        }
        address += part;
        to += part;
        size -= part;
    }
    return true;
}

static bool device_dma_write(void *device, uint64_t address, const void *data, size_t size)
{
    RemoteDevice *remote = device;
    const uint8_t *from = data;
    uint8_t head[16];

    while (size) {
        size_t part = MIN(size, REMOTE_DMA_MAX);

        if (!(remote->caps & REMOTE_CAP_DMA)) {
            return false;
        }
        dma_head(remote, head, address, 0);
        remote_channel_put(&remote->channel, REMOTE_DMA_WRITE, head, sizeof(head), from, part);
        if (!dma_answer(remote, NULL, 0)) {
            return false;
        }
        address += part;
        from += part;
        size -= part;
    }
    return true;
}

const HeciDeviceOps remote_device_ops = {
    .receive = device_receive,
    .send = device_send,
    .interrupt = device_interrupt,
    .set_ready = device_set_ready,
    .set_status = device_set_status,
    .d0i3_done = device_d0i3_done,
    .pg_exit_done = device_pg_exit_done,
    .dma_read = device_dma_read,
    .dma_write = device_dma_write,
};

/* ---- the machine ---- */

static void put_machine(RemoteDevice *remote, RemoteAction action)
{
    if (remote->caps & REMOTE_CAP_MACHINE) {
        remote_channel_put_u8(&remote->channel, REMOTE_MACHINE, (uint8_t)action);
        flush_now(remote);
    }
}

static void machine_reset(void *machine)
{
    put_machine(machine, REMOTE_WATCHDOG_RESET);
}

static void machine_watchdog_expired(void *machine)
{
    put_machine(machine, REMOTE_WATCHDOG_EXPIRED);
}

static SwmeHostPower machine_power(void *machine)
{
    return ((RemoteDevice *)machine)->power;
}

static unsigned int machine_actions(void *machine)
{
    const RemoteDevice *remote = machine;

    if (!(remote->caps & REMOTE_CAP_MACHINE)) {
        return 0;
    }
    return remote->power == SWME_HOST_S0 ? 1u << SWME_POWER_RESET | 1u << SWME_POWER_CYCLE |
                                               1u << SWME_POWER_OFF | 1u << SWME_POWER_SOFT_OFF
                                         : 1u << SWME_POWER_ON;
}

static bool machine_act(void *machine, SwmePowerAction action)
{
    bool can = machine_actions(machine) >> action & 1;

    if (can) {
        put_machine(machine, (RemoteAction)action);
    }
    return can;
}

const SwmeMachineOps remote_device_machine_ops = {
    .reset = machine_reset,
    .watchdog_expired = machine_watchdog_expired,
    .power = machine_power,
    .actions = machine_actions,
    .act = machine_act,
};

/* ---- what the device says ---- */

static const char *arrive(RemoteDevice *remote, const uint8_t *data, int size)
{
    Arrived *last = &remote->arrived[(remote->arrived_first + remote->arrived_count) %
                                     G_N_ELEMENTS(remote->arrived)];

    last->size = size;
    if (size > 0) {
        memcpy(last->data, data, (size_t)size);
    }
    remote->arrived_count++;
    remote->firmware->doorbell(remote->firmware_opaque);
    return NULL;
}

static const char *on_packet(RemoteDevice *remote, const RemoteFrame *frame)
{
    if (frame->size < MEI_HEADER_SIZE || frame->size > MEI_PACKET_MAX) {
        return "sent a packet that no ring holds";
    }
    if (remote->arrived_count >= REMOTE_WINDOW_MAX || remote->broken) {
        return "sent more packets than its window";
    }
    return arrive(remote, frame->data, (int)frame->size);
}

static const char *on_broken(RemoteDevice *remote, const RemoteFrame *frame)
{
    (void)frame;
    if (remote->broken) {
        return "sent more packets than its window";
    }
    remote->broken = true;
    return arrive(remote, NULL, HECI_LINK_BROKEN);
}

static const char *on_taken(RemoteDevice *remote, const RemoteFrame *frame)
{
    unsigned int count = swme_get_le16(frame->data);

    if (count > remote->under_way) {
        return "took more packets than there were";
    }
    remote->under_way -= count;
    remote->firmware->doorbell(remote->firmware_opaque); /* there is room */
    return NULL;
}

static const char *on_reset(RemoteDevice *remote, const RemoteFrame *frame)
{
    uint8_t kind = frame->data[0];

    forget_traffic(remote);
    remote_channel_put(&remote->channel, REMOTE_RESET_DONE, NULL, 0, NULL, 0);
    if (kind == REMOTE_RESET_PLATFORM) {
        if (remote->power == SWME_HOST_S5) {
            set_power(remote, SWME_HOST_S0); /* switched on */
        }
        remote->firmware->platform_reset(remote->firmware_opaque);
        return NULL;
    }
    if (kind == REMOTE_RESET_HOST) {
        remote->firmware->host_reset(remote->firmware_opaque);
        return NULL;
    }
    return "made a reset of no known kind";
}

static const char *on_d0i3(RemoteDevice *remote, const RemoteFrame *frame)
{
    remote->firmware->d0i3(remote->firmware_opaque, frame->data[0] & 1);
    return NULL;
}

static const char *on_isolation(RemoteDevice *remote, const RemoteFrame *frame)
{
    remote->firmware->pg_isolation(remote->firmware_opaque, frame->data[0] & 1);
    return NULL;
}

/* One that was waited for never comes here. */
static const char *on_dma_done(RemoteDevice *remote, const RemoteFrame *frame)
{
    (void)remote;
    (void)frame;
    return "answered a DMA that there was not";
}

static const char *on_host_power(RemoteDevice *remote, const RemoteFrame *frame)
{
    switch (frame->data[0]) {
    case 0:
        set_power(remote, SWME_HOST_S0);
        return NULL;
    case 3:
        set_power(remote, SWME_HOST_S3);
        return NULL;
    case 5:
        set_power(remote, SWME_HOST_S5);
        return NULL;
    default:
        return "is in a power state that there is not";
    }
}

static void on_hello(RemoteDevice *remote, const RemoteFrame *frame)
{
    const char *wrong = remote_hello_parse(frame, &remote->caps, &remote->window);

    if (wrong) {
        reject(remote, wrong);
        return;
    }
    g_free(remote->platform);
    if (frame->size > REMOTE_HELLO_NAME) {
        g_autofree char *name = g_strndup((const char *)frame->data + REMOTE_HELLO_NAME,
                                          MIN(frame->size - REMOTE_HELLO_NAME, 64));

        remote->platform = swme_error_text(name);
    } else {
        remote->platform = g_strdup("");
    }
    remote->greeted = true;
    remote_channel_hello(&remote->channel, 0, NULL);
    if (!(remote->caps & REMOTE_CAP_MACHINE)) {
        set_power(remote, SWME_HOST_S0); /* it would not say so */
    }
    note(remote, "is there", false);
}

/* Sizes are payloads. */
static const struct {
    uint8_t type;
    uint16_t least, most;
    uint32_t cap; /* that must hold */
    const char *(*handle)(RemoteDevice *remote, const RemoteFrame *frame);
} frame_rows[] = {
    /* clang-format off */
    {REMOTE_NOTHING,    0, REMOTE_PAYLOAD_MAX, REMOTE_CAP_DMA,     NULL},
    {REMOTE_PACKET,     0, REMOTE_PAYLOAD_MAX, 0,                  on_packet},
    {REMOTE_TAKEN,      2, 2,                  0,                  on_taken},
    {REMOTE_RESET,      1, 1,                  0,                  on_reset},
    {REMOTE_BROKEN,     0, 0,                  0,                  on_broken},
    {REMOTE_D0I3,       1, 1,                  REMOTE_CAP_D0I3,    on_d0i3},
    {REMOTE_ISOLATION,  1, 1,                  REMOTE_CAP_PG,      on_isolation},
    {REMOTE_DMA_DONE,   8, REMOTE_PAYLOAD_MAX, REMOTE_CAP_DMA,     on_dma_done},
    {REMOTE_HOST_POWER, 1, 1,                  REMOTE_CAP_MACHINE, on_host_power},
    /* clang-format on */
};

static void handle(RemoteDevice *remote, const RemoteFrame *frame)
{
    const char *wrong = "sent a frame of an unknown type";

    if (!remote->greeted) {
        on_hello(remote, frame);
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(frame_rows); i++) {
        if (frame_rows[i].type != frame->type) {
            continue;
        }
        if (frame->size < frame_rows[i].least || frame->size > frame_rows[i].most) {
            wrong = "sent a frame of a wrong size";
        } else if (frame_rows[i].cap & ~remote->caps) {
            wrong = "used what it did not say that it can";
        } else {
            wrong = frame_rows[i].handle ? frame_rows[i].handle(remote, frame) : NULL;
        }
        break;
    }
    if (wrong) {
        reject(remote, wrong);
    }
}

void remote_device_input(RemoteDevice *remote, const uint8_t *data, size_t size)
{
    RemoteChannel *channel = &remote->channel;
    RemoteFrame frame;
    bool broken = false;

    if (!remote_channel_input(channel, data, size)) {
        reject(remote, "sent more than can be waiting");
    }
    if (remote->waiting || remote->depth) {
        return; /* whoever waits, or handles what came before, sees to it */
    }
    remote->depth++;
    while (channel->up && !remote->wrong && remote_channel_next(channel, &frame, &broken)) {
        handle(remote, &frame);
    }
    remote->depth--;
    if (channel->up && broken) {
        reject(remote, "sent what is no frame");
    }
    remote_channel_compact(channel);
    flush(remote);
    if (remote->wrong) {
        reject(remote, remote->wrong);
    }
}

/* ---- life ---- */

RemoteDevice *remote_device_new(const RemoteIo *io, const RemoteDeviceHooks *hooks, void *io_opaque)
{
    RemoteDevice *remote = g_new0(RemoteDevice, 1);

    remote->hooks = hooks;
    remote->opaque = io_opaque;
    remote->power = SWME_HOST_S5;
    remote->platform = g_strdup("");
    remote_channel_init(&remote->channel, io, io_opaque);
    return remote;
}

void remote_device_attach(RemoteDevice *remote, const HeciFirmwareOps *firmware, void *opaque)
{
    remote->firmware = firmware;
    remote->firmware_opaque = opaque;
}

void remote_device_free(RemoteDevice *remote)
{
    if (remote) {
        remote_channel_clear(&remote->channel);
        g_free(remote->platform);
        g_free(remote);
    }
}

void remote_device_connected(RemoteDevice *remote)
{
    remote_channel_set_up(&remote->channel, true);
}

void remote_device_disconnected(RemoteDevice *remote)
{
    if (!remote->channel.up) {
        return;
    }
    if (remote->waiting) {
        reject(remote, "is gone");
        return;
    }
    lose(remote);
    note(remote, "is gone", false);
}

void remote_device_writable(RemoteDevice *remote)
{
    flush(remote);
}

bool remote_device_present(const RemoteDevice *remote)
{
    return remote->greeted;
}

const char *remote_device_platform(const RemoteDevice *remote)
{
    return remote->platform;
}
