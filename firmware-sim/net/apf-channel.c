/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Channels: slots, windows, and how each comes and goes. */
#include <string.h>

#include <swme/bytes.h>

#include "firmware-sim/net/apf-internal.h"
#include "firmware-sim/net/apf-stream.h"

/* ---- slots ---- */

static ApfChannel *free_channel(Apf *apf, unsigned int from, unsigned int end)
{
    for (unsigned int i = from; i < end; i++) {
        if (apf->channels[i].state == APF_CHANNEL_FREE) {
            return &apf->channels[i];
        }
    }
    return NULL;
}

static uint32_t number_of(const Apf *apf, const ApfChannel *channel)
{
    return (uint32_t)(channel - apf->channels);
}

static ApfChannel *find(Apf *apf, uint32_t number)
{
    return number < apf_channel_count(apf) ? &apf->channels[number] : NULL;
}

/* The channel of that number if it is in that state; else it is counted. */
static ApfChannel *find_in(Apf *apf, uint32_t number, ApfChannelState state)
{
    ApfChannel *channel = find(apf, number);

    if (channel && channel->state == state) {
        return channel;
    }
    apf_ignore(apf, "APF: a message for a channel that is not there");
    return NULL;
}

static void release(ApfChannel *channel)
{
    apf_pipe_unref(channel->pipe);
    memset(channel, 0, sizeof(*channel));
}

unsigned int apf_channels(const Apf *apf)
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < apf_channel_count(apf); i++) {
        count += apf->channels[i].state != APF_CHANNEL_FREE;
    }
    return count;
}

void apf_channel_end_all(Apf *apf)
{
    for (unsigned int i = 0; i < apf_channel_count(apf); i++) {
        if (apf->channels[i].state != APF_CHANNEL_FREE) {
            apf_pipe_end(apf->channels[i].pipe, true);
            release(&apf->channels[i]);
        }
    }
    apf->clock->timer_cancel(apf->timer);
}

/* ---- time: only while an answer is missing ---- */

static bool awaits(const ApfChannel *channel)
{
    return channel->state == APF_CHANNEL_OPENING || channel->state == APF_CHANNEL_CLOSING;
}

static void arm(Apf *apf)
{
    int64_t first = INT64_MAX;

    for (unsigned int i = 0; i < apf_channel_count(apf); i++) {
        if (awaits(&apf->channels[i])) {
            first = MIN(first, apf->channels[i].deadline_ns);
        }
    }
    if (first == INT64_MAX) {
        apf->clock->timer_cancel(apf->timer);
    } else {
        apf->clock->timer_arm(apf->timer, first);
    }
}

static void expect_answer(Apf *apf, ApfChannel *channel, ApfChannelState state)
{
    channel->state = state;
    channel->deadline_ns = apf->clock->now(apf->clock) + APF_ANSWER_NS;
    arm(apf);
}

void apf_channel_timer(void *opaque)
{
    Apf *apf = opaque;
    int64_t now = apf->clock->now(apf->clock);

    for (unsigned int i = 0; i < apf_channel_count(apf); i++) {
        ApfChannel *channel = &apf->channels[i];

        if (awaits(channel) && channel->deadline_ns <= now) {
            apf->stats.unanswered++;
            apf_note(apf, channel->state == APF_CHANNEL_OPENING
                              ? "APF: CHANNEL_OPEN was not answered"
                              : "APF: CHANNEL_CLOSE was not answered");
            apf_pipe_end(channel->pipe, true);
            release(channel);
        }
    }
    arm(apf);
}

/* ---- messages of their own ---- */

static void send_failure(Apf *apf, uint32_t recipient, uint32_t reason)
{
    uint8_t message[APF_CHANNEL_OPEN_FAILURE_SIZE] = {APF_CHANNEL_OPEN_FAILURE};

    swme_put_be32(message + APF_CHANNEL_OFF_RECIPIENT, recipient);
    swme_put_be32(message + APF_OPEN_FAILURE_OFF_REASON, reason);
    apf->stats.refused++;
    apf_send_control(apf, message, sizeof(message));
}

static void send_confirmation(Apf *apf, const ApfChannel *channel)
{
    uint8_t message[APF_CHANNEL_OPEN_CONFIRMATION_SIZE] = {APF_CHANNEL_OPEN_CONFIRMATION};

    swme_put_be32(message + APF_CHANNEL_OFF_RECIPIENT, channel->recipient);
    swme_put_be32(message + APF_CONFIRMATION_OFF_SENDER, number_of(apf, channel));
    swme_put_be32(message + APF_CONFIRMATION_OFF_WINDOW, APF_PIPE_WINDOW);
    swme_put_be32(message + APF_CONFIRMATION_OFF_RESERVED, APF_RESERVED);
    apf_send_control(apf, message, sizeof(message));
}

static GBytes *close_message(uint32_t recipient)
{
    uint8_t message[APF_CHANNEL_CLOSE_SIZE] = {APF_CHANNEL_CLOSE};

    swme_put_be32(message + APF_CHANNEL_OFF_RECIPIENT, recipient);
    return g_bytes_new(message, sizeof(message));
}

static void send_close(Apf *apf, uint32_t recipient)
{
    g_queue_push_tail(&apf->control, close_message(recipient));
}

/* ---- opened by the host ---- */

static void take_peer(SwmePeer *peer, const char *address, size_t size, uint32_t port)
{
    peer->door = SWME_DOOR_LOCAL;
    peer->port = port <= UINT16_MAX ? (uint16_t)port : 0;
    if (size < sizeof(peer->address)) {
        memcpy(peer->address, address, size);
        if (!g_hostname_is_ip_address(peer->address)) {
            memset(peer->address, 0, sizeof(peer->address));
        }
    }
}

void apf_channel_opened(Apf *apf, ApfReader *reader)
{
    size_t type_size, size;
    const char *type = apf_read_string(reader, &type_size);
    uint32_t sender = apf_read_u32(reader);
    uint32_t window = apf_read_u32(reader);
    uint32_t port, peer_port;
    const char *address;
    ApfChannel *channel;

    apf_read_u32(reader);
    apf_read_string(reader, &size);
    port = apf_read_u32(reader);
    address = apf_read_string(reader, &size);
    peer_port = apf_read_u32(reader);
    if (reader->bad) {
        apf_malformed(apf, "APF: CHANNEL_OPEN is cut short");
        return;
    }
    if (!apf_string_is(type, type_size, APF_CHANNEL_FORWARDED)) {
        send_failure(apf, sender, APF_OPEN_UNKNOWN_TYPE);
        return;
    }
    if (!apf_forward_serves(apf, port)) {
        send_failure(apf, sender, APF_OPEN_CONNECT_FAILED);
        return;
    }
    channel = free_channel(apf, 0, apf->slots);
    if (!channel) {
        send_failure(apf, sender, APF_OPEN_RESOURCES);
        return;
    }
    channel->state = APF_CHANNEL_OFFERED;
    channel->pipe = apf_pipe_new(apf->work);
    channel->recipient = sender;
    channel->window = window;
    channel->port = (uint16_t)port;
    take_peer(&channel->peer, address, size, peer_port);
    g_source_set_ready_time(apf->work, 0);
}

/* The service may do anything, up to ending the session, or the firmware. */
static void connect_one(Apf *apf, ApfChannel *channel)
{
    SwmePeer peer = channel->peer;
    g_autoptr(ApfPipe) pipe = apf_pipe_ref(channel->pipe);
    bool served;

    if (!apf_forward_serves(apf, channel->port)) {
        send_failure(apf, channel->recipient, APF_OPEN_CONNECT_FAILED);
        apf_pipe_end(pipe, true);
        release(channel);
        return;
    }
    send_confirmation(apf, channel);
    channel->state = APF_CHANNEL_IS_OPEN;
    apf->stats.opened++;
    apf_pipe_open(pipe, channel->recipient, channel->window);
    served = swme_services_connect(apf->services, channel->port, apf_stream_new(pipe), &peer);
    g_assert(served || apf->freed); /* just asked, and the stream is new */
}

void apf_channel_connect_offered(Apf *apf)
{
    for (unsigned int i = 0; !apf->freed && i < apf->slots; i++) {
        if (apf->channels[i].state == APF_CHANNEL_OFFERED) {
            connect_one(apf, &apf->channels[i]);
        }
    }
}

/* ---- opened by AMT ---- */

GIOStream *apf_open(Apf *apf, const char *address, uint16_t port)
{
    static const uint8_t type = APF_CHANNEL_OPEN;
    ApfChannel *channel = free_channel(apf, apf->slots, apf_channel_count(apf));
    GByteArray *message;
    GIOStream *stream;

    if (apf->phase != APF_FORWARDING || !channel || !apf->work) {
        return NULL;
    }
    channel->pipe = apf_pipe_new(apf->work);
    channel->port = port;
    message = g_byte_array_append(g_byte_array_new(), &type, 1);
    apf_put_text(message, APF_CHANNEL_DIRECT);
    apf_put_u32(message, number_of(apf, channel));
    apf_put_u32(message, APF_PIPE_WINDOW);
    apf_put_u32(message, APF_RESERVED);
    apf_put_text(message, address);
    apf_put_u32(message, port);
    apf_put_text(message, apf->address);
    apf_put_u32(message, 0);
    apf_send_array(apf, message);
    expect_answer(apf, channel, APF_CHANNEL_OPENING);
    stream = apf_stream_new(channel->pipe);
    apf_pump(apf);
    return stream;
}

void apf_channel_confirmed(Apf *apf, ApfReader *reader)
{
    uint32_t number = apf_read_u32(reader);
    uint32_t sender = apf_read_u32(reader);
    uint32_t window = apf_read_u32(reader);
    ApfChannel *channel;

    apf_read_u32(reader);
    if (reader->bad) {
        apf_malformed(apf, "APF: CHANNEL_OPEN_CONFIRMATION is cut short");
        return;
    }
    channel = find_in(apf, number, APF_CHANNEL_OPENING);
    if (!channel) {
        send_close(apf, sender); /* too late: so that the host does not keep it */
        return;
    }
    channel->state = APF_CHANNEL_IS_OPEN;
    channel->recipient = sender;
    apf->stats.opened++;
    arm(apf);
    apf_pipe_open(channel->pipe, sender, window);
}

void apf_channel_refused(Apf *apf, ApfReader *reader)
{
    uint32_t number = apf_read_u32(reader);
    ApfChannel *channel;

    apf_read_u32(reader);
    if (reader->bad) {
        apf_malformed(apf, "APF: CHANNEL_OPEN_FAILURE is cut short");
        return;
    }
    channel = find_in(apf, number, APF_CHANNEL_OPENING);
    if (channel) {
        apf_note(apf, "APF: the host refuses a channel");
        apf_pipe_end(channel->pipe, true);
        release(channel);
        arm(apf);
    }
}

/* ---- in use ---- */

void apf_channel_adjusted(Apf *apf, ApfReader *reader)
{
    uint32_t number = apf_read_u32(reader);
    uint32_t bytes = apf_read_u32(reader);
    ApfChannel *channel;

    if (reader->bad) {
        apf_malformed(apf, "APF: CHANNEL_WINDOW_ADJUST is cut short");
        return;
    }
    channel = find_in(apf, number, APF_CHANNEL_IS_OPEN);
    if (channel) {
        apf_pipe_widen(channel->pipe, bytes);
    }
}

/* Our CLOSE is out, or as good as: nothing more comes to the stream. */
static void closing(Apf *apf, ApfChannel *channel, bool aborted)
{
    apf_pipe_end(channel->pipe, aborted);
    expect_answer(apf, channel, APF_CHANNEL_CLOSING);
}

void apf_channel_data(Apf *apf, ApfReader *reader, GBytes *message)
{
    uint32_t number = apf_read_u32(reader);
    uint32_t size = apf_read_u32(reader);
    ApfChannel *channel;

    if (reader->bad || size > reader->left) {
        apf_malformed(apf, "APF: CHANNEL_DATA is cut short");
        return;
    }
    channel = find_in(apf, number, APF_CHANNEL_IS_OPEN);
    if (channel && !apf_pipe_push(channel->pipe, message, APF_CHANNEL_DATA_HEADER_SIZE, size)) {
        apf->stats.overruns++;
        apf_note(apf, "APF: far more data than the window has room for");
        send_close(apf, channel->recipient);
        closing(apf, channel, true);
    }
}

/*
 * MeshAgent closes channel 0 whichever it means, and others close what is gone: no answer, no harm.
 */
void apf_channel_closed(Apf *apf, ApfReader *reader)
{
    uint32_t number = apf_read_u32(reader);
    ApfChannel *channel = find(apf, number);

    if (reader->bad) {
        apf_malformed(apf, "APF: CHANNEL_CLOSE is cut short");
        return;
    }
    if (!channel ||
        (channel->state != APF_CHANNEL_IS_OPEN && channel->state != APF_CHANNEL_CLOSING)) {
        apf_ignore(apf, "APF: CHANNEL_CLOSE for a channel that is not there");
        return;
    }
    if (channel->state == APF_CHANNEL_IS_OPEN) {
        apf_pipe_end(channel->pipe, false);
        send_close(apf, channel->recipient);
    }
    release(channel);
    arm(apf);
}

static GBytes *next_of(Apf *apf, ApfChannel *channel)
{
    uint32_t grant;
    GBytes *message;

    /* One that is still being opened and that the stream has closed waits for the host's answer. */
    if (channel->state != APF_CHANNEL_IS_OPEN) {
        return NULL;
    }
    grant = apf_pipe_take_grant(channel->pipe);
    if (grant) {
        uint8_t adjust[APF_CHANNEL_WINDOW_ADJUST_SIZE] = {APF_CHANNEL_WINDOW_ADJUST};

        swme_put_be32(adjust + APF_CHANNEL_OFF_RECIPIENT, channel->recipient);
        swme_put_be32(adjust + APF_ADJUST_OFF_BYTES, grant);
        return g_bytes_new(adjust, sizeof(adjust));
    }
    message = apf_pipe_pop(channel->pipe);
    if (!message && apf_pipe_finished(channel->pipe)) {
        message = close_message(channel->recipient);
        closing(apf, channel, false);
    }
    return message;
}

GBytes *apf_channel_next(Apf *apf)
{
    unsigned int count = apf_channel_count(apf);

    for (unsigned int i = 0; i < count; i++) {
        unsigned int at = (apf->next_sent + i) % count;
        GBytes *message = next_of(apf, &apf->channels[at]);

        if (message) {
            apf->next_sent = (at + 1) % count;
            return message;
        }
    }
    return NULL;
}
