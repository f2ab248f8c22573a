/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/remote/channel.h"

#include <string.h>

#include <swme/bytes.h>

void remote_channel_init(RemoteChannel *channel, const RemoteIo *io, void *io_opaque)
{
    *channel = (RemoteChannel){.io = io, .io_opaque = io_opaque};
    channel->in = g_byte_array_new();
    channel->out = g_byte_array_new();
}

void remote_channel_clear(RemoteChannel *channel)
{
    channel->up = false;
    g_clear_pointer(&channel->in, g_byte_array_unref);
    g_clear_pointer(&channel->out, g_byte_array_unref);
}

void remote_channel_set_up(RemoteChannel *channel, bool up)
{
    channel->up = up;
    channel->done = 0;
    g_byte_array_set_size(channel->in, 0);
    g_byte_array_set_size(channel->out, 0);
}

/* ---- in ---- */

bool remote_channel_input(RemoteChannel *channel, const uint8_t *data, size_t size)
{
    if (!channel->up) {
        return true;
    }
    if (channel->in->len - channel->done + size > REMOTE_QUEUE_MAX) {
        return false;
    }
    g_byte_array_append(channel->in, data, (guint)size);
    return true;
}

/* The frame at that place; next is the place behind it. */
static bool frame_at(const RemoteChannel *channel, size_t at, RemoteFrame *frame, size_t *next,
                     bool *broken)
{
    size_t left = channel->in->len - at;
    const uint8_t *header;
    size_t size;

    *broken = false;
    if (!channel->up || left < REMOTE_HEADER_SIZE) {
        return false;
    }
    header = channel->in->data + at;
    size = swme_get_le16(header + REMOTE_OFF_SIZE);
    if (size > REMOTE_PAYLOAD_MAX || header[REMOTE_OFF_ZERO]) {
        *broken = true;
        return false;
    }
    if (left < REMOTE_HEADER_SIZE + size) {
        return false;
    }
    *frame = (RemoteFrame){(RemoteType)header[REMOTE_OFF_TYPE], header + REMOTE_HEADER_SIZE, size};
    *next = at + REMOTE_HEADER_SIZE + size;
    return true;
}

bool remote_channel_next(RemoteChannel *channel, RemoteFrame *frame, bool *broken)
{
    return frame_at(channel, channel->done, frame, &channel->done, broken);
}

bool remote_channel_find_dma(RemoteChannel *channel, uint32_t tag, RemoteFrame *frame, bool *broken)
{
    size_t at = channel->done;
    size_t next;

    while (frame_at(channel, at, frame, &next, broken)) {
        if (frame->type == REMOTE_DMA_DONE && frame->size >= 8 &&
            swme_get_le32(frame->data) == tag) {
            channel->in->data[at + REMOTE_OFF_TYPE] = REMOTE_NOTHING;
            return true;
        }
        at = next;
    }
    return false;
}

void remote_channel_compact(RemoteChannel *channel)
{
    if (channel->done) {
        g_byte_array_remove_range(channel->in, 0, (guint)channel->done);
        channel->done = 0;
    }
}

/* ---- out ---- */

void remote_channel_put(RemoteChannel *channel, RemoteType type, const void *head, size_t head_size,
                        const void *data, size_t size)
{
    uint8_t header[REMOTE_HEADER_SIZE] = {0};

    /* Beyond the bound nothing is lost that would still be sent: the next flush ends it. */
    if (!channel->up || channel->out->len > REMOTE_QUEUE_MAX) {
        return;
    }
    swme_put_le16(header + REMOTE_OFF_SIZE, (uint16_t)(head_size + size));
    header[REMOTE_OFF_TYPE] = (uint8_t)type;
    g_byte_array_append(channel->out, header, sizeof(header));
    g_byte_array_append(channel->out, head, (guint)head_size);
    g_byte_array_append(channel->out, data, (guint)size);
}

void remote_channel_put_u8(RemoteChannel *channel, RemoteType type, uint8_t value)
{
    remote_channel_put(channel, type, &value, sizeof(value), NULL, 0);
}

bool remote_channel_flush(RemoteChannel *channel)
{
    size_t sent;

    if (!channel->up || channel->out->len == 0) {
        return true;
    }
    sent = channel->io->write(channel->io_opaque, channel->out->data, channel->out->len);
    if (!channel->up) {
        return true; /* it turned out to be gone */
    }
    g_byte_array_remove_range(channel->out, 0, (guint)sent);
    return channel->out->len <= REMOTE_QUEUE_MAX;
}

/* ---- HELLO ---- */

void remote_channel_hello(RemoteChannel *channel, uint16_t device_id, const char *name)
{
    uint8_t hello[REMOTE_HELLO_NAME] = {0};

    swme_put_le32(hello + REMOTE_HELLO_MAGIC, REMOTE_MAGIC);
    swme_put_le16(hello + REMOTE_HELLO_VERSION, REMOTE_VERSION);
    swme_put_le16(hello + REMOTE_HELLO_WINDOW, REMOTE_WINDOW_MAX);
    swme_put_le32(hello + REMOTE_HELLO_CAPS, REMOTE_CAP_ALL);
    swme_put_le16(hello + REMOTE_HELLO_DEVICE_ID, device_id);
    remote_channel_put(channel, REMOTE_HELLO, hello, sizeof(hello), name, name ? strlen(name) : 0);
}

const char *remote_hello_parse(const RemoteFrame *frame, uint32_t *caps, unsigned int *window)
{
    if (frame->type != REMOTE_HELLO || frame->size < REMOTE_HELLO_SIZE ||
        swme_get_le32(frame->data + REMOTE_HELLO_MAGIC) != REMOTE_MAGIC) {
        return "did not begin with a HELLO";
    }
    if (swme_get_le16(frame->data + REMOTE_HELLO_VERSION) != REMOTE_VERSION) {
        return "speaks another version of the link than 1";
    }
    *window = swme_get_le16(frame->data + REMOTE_HELLO_WINDOW);
    if (*window == 0) {
        return "takes no packets at all";
    }
    *window = MIN(*window, REMOTE_WINDOW_MAX);
    *caps = swme_get_le32(frame->data + REMOTE_HELLO_CAPS) & REMOTE_CAP_ALL;
    return NULL;
}
