/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/remote/remote-firmware.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/mei-header.h>

/* Packets for the host that its ring has no room for yet. */
typedef struct Waiting {
    uint8_t data[MEI_PACKET_MAX];
    size_t size;
} Waiting;

struct RemoteFirmware {
    RemoteFirmwareConfig config;
    RemoteChannel channel;
    SwmeTimer *patience;
    bool greeted; /* it said HELLO */
    uint32_t caps;
    unsigned int window; /* packets that it takes in */

    bool ready;      /* ME_RDY as we set it */
    bool gated;      /* the firmware that was ready is gone, and the host has not reset since */
    bool host_waits; /* the last reset was the host's: it waits for an interrupt */
    bool broken;     /* said so; nothing more comes off that ring */

    unsigned int resets_due; /* RemoteReset */
    bool reset_asked;        /* not done: all that comes is of the time before */
    int d0i3_due;            /* after that: 1 enter, 0 leave, -1 nothing */
    int isolation_due;       /* likewise */
    bool isolation_asked;    /* the host waits to be let out of isolation */

    unsigned int under_way; /* packets of ours that it has not taken */
    unsigned int taken;     /* of its own that have left the queue, not told of */
    Waiting waiting[REMOTE_WINDOW_MAX];
    unsigned int waiting_first;
    unsigned int waiting_count;

    RemoteFirmwareStats stats;
};

static void note(const RemoteFirmware *remote, const char *what, bool error)
{
    if (remote->config.note) {
        remote->config.note(remote->config.note_opaque, what, error);
    }
}

/* ---- the connection goes ---- */

static void patience(RemoteFirmware *remote, bool wanted)
{
    SwmeClock *clock = remote->config.clock;

    if (wanted) {
        clock->timer_arm(remote->patience, clock->now(clock) + REMOTE_PATIENCE_NS);
    } else {
        clock->timer_cancel(remote->patience);
    }
}

static void forget_traffic(RemoteFirmware *remote)
{
    remote->under_way = 0;
    remote->taken = 0;
    remote->waiting_count = 0;
    remote->broken = false;
}

/* What the host waits for from a firmware that is gone, the hardware alone ends. */
static void end_transitions(RemoteFirmware *remote)
{
    const HeciDeviceOps *device = remote->config.device;

    remote->d0i3_due = -1;
    remote->isolation_due = -1;
    device->d0i3_done(remote->config.device_opaque);
    if (remote->isolation_asked) {
        remote->isolation_asked = false;
        device->pg_exit_done(remote->config.device_opaque);
    }
}

/* As a firmware that resets itself: the host must answer with H_RST before anything goes on. */
static void lose(RemoteFirmware *remote)
{
    const HeciDeviceOps *device = remote->config.device;

    remote_channel_set_up(&remote->channel, false);
    patience(remote, false);
    remote->stats.losses++;
    remote->greeted = false;
    remote->reset_asked = false;
    remote->caps = 0;
    forget_traffic(remote);
    remote->gated = remote->gated || remote->ready;
    remote->resets_due =
        REMOTE_RESET_PLATFORM | (remote->host_waits && !remote->gated ? REMOTE_RESET_HOST : 0);
    end_transitions(remote);
    if (remote->ready) {
        remote->ready = false;
        device->set_ready(remote->config.device_opaque, false);
        device->interrupt(remote->config.device_opaque);
    }
}

static void reject(RemoteFirmware *remote, const char *why)
{
    if (remote->channel.up) {
        lose(remote);
        note(remote, why, true);
        remote->config.io->end(remote->config.io_opaque, why);
    }
}

static void violation(RemoteFirmware *remote, const char *why)
{
    remote->stats.violations += remote->channel.up;
    reject(remote, why);
}

static void stalled(RemoteFirmware *remote, const char *why)
{
    remote->stats.stalls += remote->channel.up;
    reject(remote, why);
}

static void out_of_patience(void *opaque)
{
    RemoteFirmware *remote = opaque;

    stalled(remote, remote->greeted ? "did not answer a reset" : "did not say HELLO");
}

/* The end of whatever was done: one write for all of it. */
static void flush(RemoteFirmware *remote)
{
    if (remote->taken) {
        uint8_t count[2];

        swme_put_le16(count, (uint16_t)remote->taken);
        remote_channel_put(&remote->channel, REMOTE_TAKEN, count, sizeof(count), NULL, 0);
        remote->taken = 0;
    }
    if (!remote_channel_flush(&remote->channel)) {
        stalled(remote, "does not read");
    }
}

/* ---- resets, and what waits for one to be over ---- */

static void next_reset(RemoteFirmware *remote)
{
    unsigned int kind =
        remote->resets_due & REMOTE_RESET_PLATFORM ? REMOTE_RESET_PLATFORM : remote->resets_due;

    if (!remote->greeted || remote->reset_asked) {
        return;
    }
    if (kind) {
        remote->resets_due &= ~kind;
        remote->reset_asked = true;
        forget_traffic(remote);
        remote_channel_put_u8(&remote->channel, REMOTE_RESET, (uint8_t)kind);
        patience(remote, true);
        return;
    }
    if (remote->d0i3_due >= 0) {
        remote_channel_put_u8(&remote->channel, REMOTE_D0I3, remote->d0i3_due == 1);
    }
    if (remote->isolation_due >= 0) {
        remote_channel_put_u8(&remote->channel, REMOTE_ISOLATION, remote->isolation_due == 1);
    }
    remote->d0i3_due = -1;
    remote->isolation_due = -1;
}

static void reset(RemoteFirmware *remote, RemoteReset kind)
{
    remote->ready = false;
    remote->gated = false;
    remote->host_waits = kind == REMOTE_RESET_HOST;
    remote->d0i3_due = -1;
    remote->isolation_due = -1;
    remote->isolation_asked = false;
    forget_traffic(remote);
    remote->resets_due = kind | (remote->resets_due & REMOTE_RESET_PLATFORM);
    next_reset(remote);
    flush(remote);
}

/* ---- packets ---- */

/* Off the host's ring, as many as the firmware lets come. */
static void drain(RemoteFirmware *remote)
{
    const RemoteFirmwareConfig *config = &remote->config;
    uint8_t packet[MEI_PACKET_MAX];

    while (remote_firmware_present(remote) && remote->ready && !remote->broken &&
           remote->under_way < remote->window) {
        int size = config->device->receive(config->device_opaque, packet);

        if (size == 0) {
            return;
        }
        if (size < 0) {
            remote->broken = true;
            remote_channel_put(&remote->channel, REMOTE_BROKEN, NULL, 0, NULL, 0);
            return;
        }
        remote->under_way++;
        remote->stats.packets_in++;
        remote_channel_put(&remote->channel, REMOTE_PACKET, packet, (size_t)size, NULL, 0);
    }
}

/* Onto the ME's ring, as many as have room. True: some. */
static bool place(RemoteFirmware *remote)
{
    const RemoteFirmwareConfig *config = &remote->config;
    bool any = false;

    while (remote->waiting_count) {
        const Waiting *first = &remote->waiting[remote->waiting_first];

        if (!config->device->send(config->device_opaque, first->data, first->size)) {
            break;
        }
        remote->waiting_first = (remote->waiting_first + 1) % REMOTE_WINDOW_MAX;
        remote->waiting_count--;
        remote->taken++;
        remote->stats.packets_out++;
        any = true;
    }
    return any;
}

static const char *on_packet(RemoteFirmware *remote, const RemoteFrame *frame)
{
    Waiting *last;

    if (frame->size < MEI_HEADER_SIZE || frame->size > MEI_PACKET_MAX) {
        return "sent a packet that no ring holds";
    }
    if (!remote->ready) {
        remote->taken++; /* nobody takes it, as hardware has it */
        return NULL;
    }
    if (remote->waiting_count == REMOTE_WINDOW_MAX) {
        return "sent more packets than its window";
    }
    last = &remote->waiting[(remote->waiting_first + remote->waiting_count++) % REMOTE_WINDOW_MAX];
    memcpy(last->data, frame->data, frame->size);
    last->size = frame->size;
    place(remote);
    return NULL;
}

static const char *on_taken(RemoteFirmware *remote, const RemoteFrame *frame)
{
    unsigned int count = swme_get_le16(frame->data);

    if (count > remote->under_way) {
        return "took more packets than there were";
    }
    remote->under_way -= count;
    drain(remote);
    return NULL;
}

/* ---- the rest of what it says ---- */

static const char *on_ready(RemoteFirmware *remote, const RemoteFrame *frame)
{
    bool ready = frame->data[0] & 1;

    if (remote->gated || ready == remote->ready) {
        return NULL;
    }
    remote->ready = ready;
    if (!ready) {
        remote->taken += remote->waiting_count;
        remote->waiting_count = 0;
        remote->broken = false;
    }
    remote->config.device->set_ready(remote->config.device_opaque, ready);
    return NULL;
}

static const char *on_interrupt(RemoteFirmware *remote, const RemoteFrame *frame)
{
    (void)frame;
    if (!remote->gated) {
        remote->config.device->interrupt(remote->config.device_opaque);
    }
    return NULL;
}

static const char *on_status(RemoteFirmware *remote, const RemoteFrame *frame)
{
    if (frame->data[0] >= REMOTE_STATUS_COUNT) {
        return "set a status word that there is not";
    }
    remote->config.device->set_status(remote->config.device_opaque, frame->data[0],
                                      swme_get_le32(frame->data + 4));
    return NULL;
}

static const char *on_d0i3_done(RemoteFirmware *remote, const RemoteFrame *frame)
{
    (void)frame;
    remote->config.device->d0i3_done(remote->config.device_opaque);
    return NULL;
}

static const char *on_isolation_done(RemoteFirmware *remote, const RemoteFrame *frame)
{
    (void)frame;
    if (remote->isolation_asked) {
        remote->isolation_asked = false;
        remote->config.device->pg_exit_done(remote->config.device_opaque);
    }
    return NULL;
}

/* An answer to each, whatever becomes of it: somebody waits for it. */
static void dma_done(RemoteFirmware *remote, const uint8_t *tag, bool done, const uint8_t *data,
                     size_t size)
{
    uint8_t head[8] = {tag[0], tag[1], tag[2], tag[3], done};

    remote_channel_put(&remote->channel, REMOTE_DMA_DONE, head, sizeof(head), data,
                       done ? size : 0);
}

static const char *on_dma_read(RemoteFirmware *remote, const RemoteFrame *frame)
{
    uint8_t data[REMOTE_DMA_MAX];
    size_t size = swme_get_le32(frame->data + 4);

    if (size > sizeof(data)) {
        return "asked for more memory than a frame has";
    }
    dma_done(remote, frame->data,
             !remote->reset_asked &&
                 remote->config.device->dma_read(remote->config.device_opaque,
                                                 swme_get_le64(frame->data + 8), data, size),
             data, size);
    return NULL;
}

static const char *on_dma_write(RemoteFirmware *remote, const RemoteFrame *frame)
{
    dma_done(remote, frame->data,
             !remote->reset_asked &&
                 remote->config.device->dma_write(remote->config.device_opaque,
                                                  swme_get_le64(frame->data + 8), frame->data + 16,
                                                  frame->size - 16),
             NULL, 0);
    return NULL;
}

static const char *on_machine(RemoteFirmware *remote, const RemoteFrame *frame)
{
    const SwmeMachine *machine = &remote->config.machine;
    RemoteAction action = (RemoteAction)frame->data[0];

    if (action > REMOTE_WATCHDOG_EXPIRED) {
        return "asked the machine for what it does not know";
    }
    if (!machine->ops) {
        return NULL;
    }
    if (action == REMOTE_WATCHDOG_RESET && machine->ops->reset) {
        machine->ops->reset(machine->opaque);
    } else if (action == REMOTE_WATCHDOG_EXPIRED && machine->ops->watchdog_expired) {
        machine->ops->watchdog_expired(machine->opaque);
    } else if (action <= REMOTE_POWER_NMI && machine->ops->act && machine->ops->actions &&
               machine->ops->actions(machine->opaque) >> action & 1) {
        machine->ops->act(machine->opaque, (SwmePowerAction)action);
    }
    return NULL;
}

static const char *on_reset_done(RemoteFirmware *remote, const RemoteFrame *frame)
{
    (void)frame;
    if (!remote->reset_asked) {
        return "answered a reset that there was not";
    }
    remote->reset_asked = false;
    patience(remote, false);
    next_reset(remote);
    return NULL;
}

static void put_host_power(RemoteFirmware *remote, SwmeHostPower power)
{
    static const uint8_t states[] = {
        [SWME_HOST_S0] = 0,
        [SWME_HOST_S3] = 3,
        [SWME_HOST_S5] = 5,
    };

    if (remote->greeted && remote->caps & REMOTE_CAP_MACHINE) {
        remote_channel_put_u8(&remote->channel, REMOTE_HOST_POWER, states[power]);
    }
}

static void on_hello(RemoteFirmware *remote, const RemoteFrame *frame)
{
    const SwmeMachine *machine = &remote->config.machine;
    const char *wrong = remote_hello_parse(frame, &remote->caps, &remote->window);

    if (wrong) {
        violation(remote, wrong);
        return;
    }
    remote->greeted = true;
    patience(remote, false);
    note(remote, "is there", false);
    next_reset(remote);
    put_host_power(remote, machine->ops && machine->ops->power
                               ? machine->ops->power(machine->opaque)
                               : SWME_HOST_S0);
}

/* ---- frames ---- */

/* Sizes are payloads. */
static const struct {
    uint8_t type;
    bool stale; /* means nothing when it was sent before a reset was heard of */
    uint16_t least, most;
    uint32_t cap; /* that must hold */
    const char *(*handle)(RemoteFirmware *remote, const RemoteFrame *frame);
} frame_rows[] = {
    /* clang-format off */
    {REMOTE_PACKET,         true,  0, REMOTE_PAYLOAD_MAX, 0,                  on_packet},
    {REMOTE_TAKEN,          true,  2, 2,                  0,                  on_taken},
    {REMOTE_RESET_DONE,     false, 0, 0,                  0,                  on_reset_done},
    {REMOTE_READY,          true,  1, 1,                  0,                  on_ready},
    {REMOTE_INTERRUPT,      true,  0, 0,                  0,                  on_interrupt},
    {REMOTE_STATUS,         false, 8, 8,                  0,                  on_status},
    {REMOTE_D0I3_DONE,      true,  0, 0,                  REMOTE_CAP_D0I3,    on_d0i3_done},
    {REMOTE_ISOLATION_DONE, true,  0, 0,                  REMOTE_CAP_PG,      on_isolation_done},
    {REMOTE_DMA_READ,       false, 16, 16,                REMOTE_CAP_DMA,     on_dma_read},
    {REMOTE_DMA_WRITE,      false, 16, REMOTE_PAYLOAD_MAX, REMOTE_CAP_DMA,    on_dma_write},
    {REMOTE_MACHINE,        false, 1, 1,                  REMOTE_CAP_MACHINE, on_machine},
    /* clang-format on */
};

static void handle(RemoteFirmware *remote, const RemoteFrame *frame)
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
        } else if (frame_rows[i].stale && remote->reset_asked) {
            wrong = NULL;
        } else {
            wrong = frame_rows[i].handle(remote, frame);
        }
        break;
    }
    if (wrong) {
        violation(remote, wrong);
    }
}

void remote_firmware_input(RemoteFirmware *remote, const uint8_t *data, size_t size)
{
    RemoteChannel *channel = &remote->channel;
    RemoteFrame frame;
    bool broken = false;

    if (!remote_channel_input(channel, data, size)) {
        violation(remote, "sent more than can be waiting");
    }
    while (channel->up && channel->out->len <= REMOTE_QUEUE_MAX &&
           remote_channel_next(channel, &frame, &broken)) {
        handle(remote, &frame);
    }
    if (channel->up && broken) {
        violation(remote, "sent what is no frame");
    }
    remote_channel_compact(channel);
    flush(remote);
}

/* ---- the device's side ---- */

static void link_doorbell(void *opaque)
{
    RemoteFirmware *remote = opaque;

    /* It waited for the host to make room, and was announced before it was there. */
    if (place(remote)) {
        remote->config.device->interrupt(remote->config.device_opaque);
    }
    drain(remote);
    flush(remote);
}

static void link_host_reset(void *opaque)
{
    reset(opaque, REMOTE_RESET_HOST);
}

static void link_platform_reset(void *opaque)
{
    reset(opaque, REMOTE_RESET_PLATFORM);
}

static void link_d0i3(void *opaque, bool enter)
{
    RemoteFirmware *remote = opaque;

    if (!(remote->caps & REMOTE_CAP_D0I3)) {
        remote->config.device->d0i3_done(remote->config.device_opaque);
        return;
    }
    remote->d0i3_due = enter;
    next_reset(remote);
    flush(remote);
}

static void link_pg_isolation(void *opaque, bool enter)
{
    RemoteFirmware *remote = opaque;

    if (!(remote->caps & REMOTE_CAP_PG)) {
        if (!enter) {
            remote->config.device->pg_exit_done(remote->config.device_opaque);
        }
        return;
    }
    remote->isolation_asked = !enter;
    remote->isolation_due = enter;
    next_reset(remote);
    flush(remote);
}

const HeciFirmwareOps remote_firmware_ops = {
    .doorbell = link_doorbell,
    .host_reset = link_host_reset,
    .platform_reset = link_platform_reset,
    .d0i3 = link_d0i3,
    .pg_isolation = link_pg_isolation,
};

/* ---- life ---- */

RemoteFirmware *remote_firmware_new(const RemoteFirmwareConfig *config)
{
    RemoteFirmware *remote = g_new0(RemoteFirmware, 1);

    remote->config = *config;
    remote->patience = config->clock->timer_new(config->clock, out_of_patience, remote);
    remote->resets_due = REMOTE_RESET_PLATFORM;
    remote->d0i3_due = -1;
    remote->isolation_due = -1;
    remote_channel_init(&remote->channel, config->io, config->io_opaque);
    return remote;
}

void remote_firmware_free(RemoteFirmware *remote)
{
    if (remote) {
        remote->config.clock->timer_free(remote->patience);
        remote_channel_clear(&remote->channel);
        g_free(remote);
    }
}

void remote_firmware_connected(RemoteFirmware *remote)
{
    const SwmePlatform *platform = remote->config.platform;

    if (remote->channel.up) {
        return;
    }
    remote->stats.connections++;
    remote_channel_set_up(&remote->channel, true);
    patience(remote, true);
    remote_channel_hello(&remote->channel, platform->pci_device_id, platform->name);
    flush(remote);
}

void remote_firmware_disconnected(RemoteFirmware *remote)
{
    if (remote->channel.up) {
        lose(remote);
        note(remote, "is gone", false);
    }
}

void remote_firmware_writable(RemoteFirmware *remote)
{
    flush(remote);
}

void remote_firmware_host_power(RemoteFirmware *remote, SwmeHostPower power)
{
    put_host_power(remote, power);
    flush(remote);
}

bool remote_firmware_present(const RemoteFirmware *remote)
{
    return remote->greeted && !remote->reset_asked;
}

const RemoteFirmwareStats *remote_firmware_stats(const RemoteFirmware *remote)
{
    return &remote->stats;
}
