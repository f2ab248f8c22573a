/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* Life of the link: start, reset, stop, interrupts, packets. (Linux init.c, interrupt.c) */
#include "host-driver/mei-internal.h"

#include <string.h>

#include <swme/heci-regs.h>

/*
 * Packets handled for one interrupt. A full buffer holds fewer, so whatever is left arrived after
 * the acknowledge and has set H_IS again.
 */
#define PACKETS_PER_INTERRUPT 256

const char *mei_device_state_name(MeiDeviceState state)
{
    static const char *const names[] = {
        [MEI_DEVICE_DISABLED] = "DISABLED",         [MEI_DEVICE_RESETTING] = "RESETTING",
        [MEI_DEVICE_INIT_CLIENTS] = "INIT_CLIENTS", [MEI_DEVICE_ENABLED] = "ENABLED",
        [MEI_DEVICE_POWER_DOWN] = "POWER_DOWN",
    };

    return (unsigned int)state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}

const char *mei_hbm_state_name(MeiHbmState state)
{
    static const char *const names[] = {
        [MEI_HBM_IDLE] = "IDLE",
        [MEI_HBM_STARTING] = "STARTING",
        [MEI_HBM_CAP_SETUP] = "CAP_SETUP",
        [MEI_HBM_ENUM_CLIENTS] = "ENUM_CLIENTS",
        [MEI_HBM_CLIENT_PROPERTIES] = "CLIENT_PROPERTIES",
        [MEI_HBM_STARTED] = "STARTED",
        [MEI_HBM_STOPPED] = "STOPPED",
    };

    return (unsigned int)state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}

void mei_init(Mei *mei, const MeiTransportOps *ops, void *transport)
{
    memset(mei, 0, sizeof(*mei));
    mei_hw_init(&mei->hw, ops, transport);
    mei->state = MEI_DEVICE_DISABLED;
    mei->reason = "not started";
}

/* ---- waiting ---- */

MeiWait mei_wait_until(Mei *mei, int64_t timeout)
{
    int64_t now = mei->hw.ops->now(mei->hw.transport);
    MeiWait wait = {.deadline = timeout > INT64_MAX - now ? INT64_MAX : now + timeout};

    return wait;
}

MeiError mei_broken(Mei *mei, MeiError error, const char *reason)
{
    mei->broken = true;
    mei->reason = reason;
    return error;
}

MeiError mei_check_ready(Mei *mei)
{
    if (mei->state != MEI_DEVICE_ENABLED || mei->power_gated || mei_hw_host_ready(&mei->hw)) {
        return MEI_OK;
    }
    return mei_broken(mei, MEI_ERR_NOT_READY, "H_RDY was lost");
}

static MeiError interrupt_thread(Mei *mei, uint32_t acked)
{
    uint32_t me_csr = mei_hw_me_csr(&mei->hw);

    if (!(me_csr & ME_CSR_RDY) && mei->state != MEI_DEVICE_RESETTING) {
        return mei_broken(mei, MEI_ERR_NOT_READY, "the firmware dropped ME_RDY");
    }
    if (me_csr & ME_CSR_RST) {
        mei_hw_ring(&mei->hw);
    }
    if (!mei_hw_host_ready(&mei->hw)) {
        mei->hw_ready = (me_csr & ME_CSR_RDY) != 0;
        if (mei->power_gated) {
            mei->wake = true; /* a platform may lose H_RDY in D0i3; leaving it sets it again */
            return MEI_OK;
        }
        if (mei->state != MEI_DEVICE_RESETTING) {
            /* The other side was reset behind our back, and is ready for a start. */
            return mei_broken(mei, MEI_ERR_NOT_READY, "H_RDY was lost");
        }
        return MEI_OK;
    }
    mei->irq_seen = true;
    if (mei->power_gated && (acked & H_CSR_IS)) {
        mei->wake = true;
    }
    return mei_receive(mei);
}

MeiError mei_step(Mei *mei, MeiWait *wait)
{
    MeiHw *hw = &mei->hw;
    MeiError error;
    uint32_t acked;

    /* An interrupt line that nobody lowers must not keep us beyond the time. */
    if (wait->interrupts && hw->ops->now(hw->transport) >= wait->deadline) {
        return MEI_ERR_TIMEOUT;
    }
    error = hw->ops->wait(hw->transport, wait->deadline);
    if (error) {
        return error == MEI_ERR_TIMEOUT && mei_check_ready(mei) ? MEI_ERR_NOT_READY : error;
    }
    mei->stats.interrupts++;
    if (++wait->interrupts > MEI_INTERRUPTS_MAX) {
        return mei_broken(mei, MEI_ERR_HARDWARE, "interrupts without end");
    }
    if (!mei_hw_interrupt_ours(hw, &error)) {
        mei->stats.spurious++;
        return error ? mei_broken(mei, error, "all registers read ones") : MEI_OK;
    }
    acked = mei_hw_interrupt_ack(hw);
    error = interrupt_thread(mei, acked);
    mei_hw_enable_interrupts(hw);
    return error;
}

MeiError mei_poll(Mei *mei, int64_t timeout)
{
    MeiWait wait;
    MeiError error;

    if (mei->state != MEI_DEVICE_ENABLED) {
        return MEI_ERR_DISABLED;
    }
    wait = mei_wait_until(mei, timeout);
    error = mei_step(mei, &wait);
    if (!error && mei->wake) {
        error = mei_power_ungate(mei);
    }
    return mei_leave(mei, error);
}

/* ---- packets ---- */

/*
 * The extensions in front of the data. *offset is where the data starts. MEI_ERR_PROTOCOL is for a
 * list that does not parse; *verdict is MEI_ERR_PROTOCOL when it does, but the message cannot be
 * ours. (Linux interrupt.c; neither resets anything but the former.)
 */
static MeiError parse_extensions(const uint8_t *body, size_t size, size_t *offset, int *vtag,
                                 MeiError *verdict)
{
    size_t end = MEI_EXT_META_SIZE + (size_t)body[MEI_EXT_META_DWORDS] * 4;
    size_t at = MEI_EXT_META_SIZE;

    if (end > size) {
        return MEI_ERR_PROTOCOL;
    }
    for (unsigned int i = 0; i < body[MEI_EXT_META_COUNT]; i++) {
        size_t length = at + 2 <= end ? (size_t)body[at + 1] * 4 : 0;

        if (length == 0 || at + length > end) {
            return MEI_ERR_PROTOCOL;
        }
        if (body[at] == MEI_EXT_VTAG && *vtag == MEI_NO_TAG) {
            *vtag = body[at + 2];
        } else if (body[at] != MEI_EXT_NONE) {
            *verdict = MEI_ERR_PROTOCOL;
        }
        at += length;
    }
    *offset = end;
    return MEI_OK;
}

static MeiError dispatch(Mei *mei, uint32_t header, const uint8_t *body)
{
    size_t size = MEI_HDR_LENGTH(header);
    MeiError verdict = MEI_OK;
    int vtag = MEI_NO_TAG;
    size_t offset = 0;

    mei->stats.packets_in++;
    if ((header & MEI_HDR_EXTENDED) && parse_extensions(body, size, &offset, &vtag, &verdict)) {
        return mei_broken(mei, MEI_ERR_PROTOCOL, "a packet's extensions do not parse");
    }
    body += offset;
    size -= offset;
    if (MEI_HDR_ME_ADDR(header) == MEI_HBM_ADDR && MEI_HDR_HOST_ADDR(header) == MEI_HBM_ADDR) {
        if (!(header & MEI_HDR_COMPLETE)) {
            return mei_broken(mei, MEI_ERR_PROTOCOL, "a host bus message in pieces");
        }
        return mei_hbm_receive(mei, body, size);
    }
    return mei_data_receive(mei, header, body, size, vtag, verdict);
}

static MeiError check_header(Mei *mei, uint32_t header)
{
    size_t least = header & MEI_HDR_EXTENDED ? MEI_EXT_META_SIZE : 0;

    if (header == 0 || (header & MEI_HDR_RESERVED)) {
        return mei_broken(mei, MEI_ERR_PROTOCOL, "a corrupted packet header");
    }
    if (header & MEI_HDR_DMA_RING) {
        return mei_broken(mei, MEI_ERR_PROTOCOL, "a packet in a DMA ring that was never set up");
    }
    if (MEI_HDR_LENGTH(header) < least) {
        return mei_broken(mei, MEI_ERR_PROTOCOL, "a packet shorter than its extensions");
    }
    return MEI_OK;
}

MeiError mei_receive(Mei *mei)
{
    for (unsigned int i = 0; i < PACKETS_PER_INTERRUPT; i++) {
        int slots = mei_hw_filled_slots(&mei->hw);
        uint32_t header;
        MeiError error;

        if (slots < 0) {
            return mei_broken(mei, MEI_ERR_HARDWARE, "more slots filled than ME_CB has");
        }
        if (slots == 0) {
            return MEI_OK;
        }
        if (!mei->rx_header) {
            header = mei_hw_read_header(&mei->hw);
            error = check_header(mei, header);
            if (error) {
                return error;
            }
            mei->rx_header = header;
            slots--;
        }
        header = mei->rx_header;
        if ((unsigned int)slots < mei_hdr_slots(header) - 1) {
            return MEI_OK; /* the rest comes with another interrupt (Linux interrupt.c) */
        }
        mei->rx_header = 0;
        mei_hw_read(&mei->hw, mei->packet, MEI_HDR_LENGTH(header));
        error = dispatch(mei, header, mei->packet);
        if (error) {
            return error;
        }
    }
    return MEI_OK;
}

/* ---- start, reset, stop ---- */

void mei_forget(Mei *mei)
{
    mei->client_count = 0;
    mei->rx_header = 0;
    mei->power_gated = false;
    mei->wake = false;
    mei->pg_waiting = false;
    for (unsigned int i = 0; i < MEI_CONNECTIONS_MAX; i++) {
        MeiConnection *connection = &mei->connections[i];

        if (connection->state != MEI_CONNECTION_FREE) {
            connection->state = MEI_CONNECTION_LOST;
            connection->received = false;
        }
    }
}

static MeiError wait_hw_ready(Mei *mei)
{
    MeiWait wait = mei_wait_until(mei, MEI_TIMEOUT_HW_READY);

    while (!mei->hw_ready) {
        MeiError error = mei_step(mei, &wait);

        if (error == MEI_ERR_TIMEOUT) {
            return mei_broken(mei, MEI_ERR_NOT_READY, "no ME_RDY within 2 s of a reset");
        }
        if (error) {
            return error;
        }
    }
    return MEI_OK;
}

static MeiError start_once(Mei *mei)
{
    MeiError error;

    mei->state = MEI_DEVICE_RESETTING;
    mei->hbm_state = MEI_HBM_IDLE;
    mei->broken = false;
    mei->hw_ready = false;
    mei->hbm_major = 0;
    mei->hbm_minor = 0;
    mei->capabilities = 0;
    mei_forget(mei);
    mei->stats.link_resets++;
    mei_hw_clear_interrupts(&mei->hw);
    error = mei_hw_reset(&mei->hw, true);
    mei->stats.reset_ignored += !error && !mei->hw.reset_seen;
    if (error) {
        return mei_broken(mei, error, "the reset could not be asserted");
    }
    error = wait_hw_ready(mei);
    if (error) {
        return error;
    }
    mei_hw_release_reset(&mei->hw);
    mei_hw_set_ready(&mei->hw);
    mei->state = MEI_DEVICE_INIT_CLIENTS;
    error = mei_hbm_start(mei);
    if (error) {
        return error;
    }
    mei->state = MEI_DEVICE_ENABLED;
    mei->failed_starts = 0;
    return MEI_OK;
}

static void disable(Mei *mei)
{
    mei->state = MEI_DEVICE_DISABLED;
    mei->hbm_state = MEI_HBM_IDLE;
    mei->broken = false;
    mei_forget(mei);
    mei_hw_disable_interrupts(&mei->hw);
}

static void stop(Mei *mei, const char *reason)
{
    mei_hw_clear_interrupts(&mei->hw);
    (void)mei_hw_reset(&mei->hw, false); /* nothing waits for its success */
    disable(mei);
    mei->reason = reason;
}

void mei_stop(Mei *mei)
{
    if (mei->state != MEI_DEVICE_DISABLED) {
        stop(mei, "stopped");
    }
}

/* Up to three starts; afterwards enabled, or disabled for good. */
static MeiError start_link(Mei *mei)
{
    MeiError error;

    do {
        error = start_once(mei);
        if (!error) {
            return MEI_OK;
        }
        mei->failed_starts++;
    } while (mei->failed_starts < MEI_STARTS_MAX && error != MEI_ERR_GONE &&
             error != MEI_ERR_TRANSPORT && error != MEI_ERR_VERSION &&
             mei->state != MEI_DEVICE_POWER_DOWN);
    if (mei->state == MEI_DEVICE_POWER_DOWN) {
        stop(mei, "the firmware stopped the bus");
    } else {
        disable(mei);
    }
    return error;
}

MeiError mei_start(Mei *mei)
{
    MeiError error = mei_hw_config(&mei->hw);

    mei->failed_starts = 0;
    if (error) {
        mei->reason = error == MEI_ERR_GONE ? "all registers read ones"
                                            : "H_CBD is no depth that a host can use";
        mei->state = MEI_DEVICE_DISABLED;
        mei_forget(mei);
        return error;
    }
    return start_link(mei);
}

MeiError mei_reset(Mei *mei)
{
    if (mei->state != MEI_DEVICE_ENABLED) {
        return MEI_ERR_DISABLED;
    }
    mei->reason = "asked for";
    return start_link(mei);
}

MeiError mei_enter(Mei *mei)
{
    if (mei->state != MEI_DEVICE_ENABLED) {
        return MEI_ERR_DISABLED;
    }
    return mei->power_gated ? mei_power_ungate(mei) : MEI_OK;
}

MeiError mei_leave(Mei *mei, MeiError error)
{
    if (mei->state == MEI_DEVICE_POWER_DOWN) {
        stop(mei, "the firmware stopped the bus");
        return error ? error : MEI_ERR_DISABLED;
    }
    if (mei->broken && mei->state == MEI_DEVICE_ENABLED) {
        const char *reason = mei->reason;

        if (start_link(mei) == MEI_OK) {
            mei->reason = reason;
        }
    }
    return error;
}
