/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* What to answer follows intel/lms, UNS/PortForwardingService/LMEConnection.cpp and Protocol.cpp.
 */
#include "host-driver/apf-host.h"

#include <string.h>

#include <swme/bytes.h>

#define LENGTH_SIZE 2 /* in front of a queued message */
#define SEND_MAX    256

void apf_host_init(ApfHost *host, const ApfHostOps *ops, void *opaque, size_t max_length)
{
    memset(host, 0, sizeof(*host));
    host->ops = ops;
    host->opaque = opaque;
    host->max_length = max_length;
    host->window = APF_HOST_WINDOW;
}

static uint32_t number_of(const ApfHost *host, const ApfHostChannel *channel)
{
    return (uint32_t)(channel - host->channels);
}

/* ---- to the firmware ---- */

static void fail(ApfHost *host, uint32_t reason);

static void queue(ApfHost *host, const uint8_t *message, size_t size)
{
    if (size > host->max_length || host->queued + LENGTH_SIZE + size > sizeof(host->queue)) {
        fail(host, APF_REASON_PROTOCOL); /* it asks, and never takes an answer */
        return;
    }
    swme_put_le16(host->queue + host->queued, (uint16_t)size);
    memcpy(host->queue + host->queued + LENGTH_SIZE, message, size);
    host->queued += LENGTH_SIZE + size;
}

/* The session ends: whatever else was to be sent is void. */
static void fail(ApfHost *host, uint32_t reason)
{
    uint8_t message[APF_DISCONNECT_SIZE] = {APF_DISCONNECT};

    if (host->failed) {
        return;
    }
    host->failed = true;
    host->reason = reason;
    host->queued = 0;
    swme_put_be32(message + APF_DISCONNECT_OFF_REASON, reason);
    queue(host, message, sizeof(message));
}

static void malformed(ApfHost *host)
{
    host->stats.malformed++;
    fail(host, APF_REASON_PROTOCOL);
}

static void queue_channel(ApfHost *host, uint8_t type, uint32_t remote, size_t size, uint32_t a,
                          uint32_t b)
{
    uint8_t message[APF_CHANNEL_OPEN_CONFIRMATION_SIZE] = {type};

    swme_put_be32(message + APF_CHANNEL_OFF_RECIPIENT, remote);
    swme_put_be32(message + 5, a);
    swme_put_be32(message + 9, b);
    swme_put_be32(message + APF_CONFIRMATION_OFF_RESERVED,
                  type == APF_CHANNEL_OPEN_CONFIRMATION ? APF_RESERVED : 0);
    queue(host, message, size);
}

size_t apf_host_next(ApfHost *host, uint8_t *message, size_t room)
{
    size_t size = host->queued ? swme_get_le16(host->queue) : 0;

    if (size == 0 || size > room) {
        return 0;
    }
    memcpy(message, host->queue + LENGTH_SIZE, size);
    host->queued -= LENGTH_SIZE + size;
    memmove(host->queue, host->queue + LENGTH_SIZE + size, host->queued);
    return size;
}

/* ---- reading ---- */

typedef struct Reader {
    const uint8_t *at;
    size_t left;
    bool bad;
} Reader;

static uint32_t get_u32(Reader *reader)
{
    uint32_t value;

    if (reader->bad || reader->left < sizeof(value)) {
        reader->bad = true;
        return 0;
    }
    value = swme_get_be32(reader->at);
    reader->at += sizeof(value);
    reader->left -= sizeof(value);
    return value;
}

static const uint8_t *get_bytes(Reader *reader, size_t size)
{
    const uint8_t *at = reader->at;

    if (reader->bad || reader->left < size) {
        reader->bad = true;
        return NULL;
    }
    reader->at += size;
    reader->left -= size;
    return at;
}

typedef struct Text {
    const uint8_t *bytes;
    size_t size;
} Text;

static Text get_text(Reader *reader)
{
    Text text;

    text.size = get_u32(reader);
    text.bytes = get_bytes(reader, text.size);
    return text;
}

static uint16_t get_port(Reader *reader)
{
    uint32_t port = get_u32(reader);

    reader->bad = reader->bad || port > UINT16_MAX;
    return (uint16_t)port;
}

static bool is(Text text, const char *word)
{
    return text.bytes && text.size == strlen(word) && memcmp(text.bytes, word, text.size) == 0;
}

/* ---- start and forwards ---- */

/* LMS answers the firmware's with its own, once, and says the same trigger. */
static void handle_version(ApfHost *host, Reader *reader)
{
    uint8_t message[APF_PROTOCOL_VERSION_SIZE] = {APF_PROTOCOL_VERSION};
    uint32_t major = get_u32(reader);

    (void)get_bytes(reader, APF_PROTOCOL_VERSION_SIZE - APF_PROTOCOL_VERSION_OFF_MINOR);
    if (reader->bad) {
        malformed(host);
        return;
    }
    if (major != APF_VERSION_MAJOR) {
        fail(host, APF_REASON_VERSION);
        return;
    }
    if (host->agreed) {
        host->stats.ignored++; /* another answer might be answered in turn, for ever */
        return;
    }
    host->agreed = true;
    swme_put_be32(message + APF_PROTOCOL_VERSION_OFF_MAJOR, APF_VERSION_MAJOR);
    swme_put_be32(message + APF_PROTOCOL_VERSION_OFF_MINOR, APF_VERSION_MINOR);
    swme_put_be32(message + APF_PROTOCOL_VERSION_OFF_REASON, APF_TRIGGER_LME);
    queue(host, message, sizeof(message));
}

static void handle_service(ApfHost *host, Reader *reader)
{
    uint8_t message[64] = {APF_SERVICE_ACCEPT};
    Text name = get_text(reader);

    if (reader->bad || !host->agreed) {
        malformed(host);
    } else if (!is(name, APF_SERVICE_FORWARDING) && !is(name, APF_SERVICE_AUTH)) {
        fail(host, APF_REASON_NO_SERVICE);
    } else {
        swme_put_be32(message + 1, (uint32_t)name.size);
        memcpy(message + 5, name.bytes, name.size);
        queue(host, message, 5 + name.size);
    }
}

static int forward_at(const ApfHost *host, uint16_t port)
{
    for (unsigned int i = 0; i < host->forward_count; i++) {
        if (host->forwards[i] == port) {
            return (int)i;
        }
    }
    return -1;
}

/* Addresses that mean "to the outside as well" are for a VPN, which there is none of. */
static bool forward(ApfHost *host, Text address, uint16_t port)
{
    if (port == 0 || is(address, "0.0.0.0") || is(address, "::") || forward_at(host, port) >= 0 ||
        host->forward_count == APF_HOST_FORWARDS || !host->ops->listen(host->opaque, port)) {
        return false;
    }
    host->forwards[host->forward_count++] = port;
    return true;
}

static bool cancel(ApfHost *host, uint16_t port)
{
    int at = forward_at(host, port);

    if (at < 0) {
        return false;
    }
    host->forwards[at] = host->forwards[--host->forward_count];
    host->ops->unlisten(host->opaque, port);
    return true;
}

/* Has no answer, whatever comes of it. */
static void send_datagram(ApfHost *host, Reader *reader)
{
    Text address = get_text(reader), data;
    uint16_t port = get_port(reader);
    char text[46];

    (void)get_text(reader); /* the originator, which is AMT */
    (void)get_port(reader);
    data = get_text(reader);
    if (reader->bad || address.size >= sizeof(text)) {
        host->stats.ignored++;
        return;
    }
    memcpy(text, address.bytes, address.size);
    text[address.size] = '\0';
    host->ops->datagram(host->opaque, text, port, data.bytes, data.size);
}

static void handle_global(ApfHost *host, Reader *reader)
{
    uint8_t message[APF_REQUEST_SUCCESS_SIZE] = {APF_REQUEST_FAILURE};
    Text name = get_text(reader);
    const uint8_t *wanted = get_bytes(reader, 1);
    size_t size = APF_REQUEST_FAILURE_SIZE;

    if (reader->bad || !host->agreed) {
        malformed(host);
        return;
    }
    if (is(name, APF_GLOBAL_UDP)) {
        send_datagram(host, reader);
        return;
    }
    if (is(name, APF_GLOBAL_FORWARD) || is(name, APF_GLOBAL_CANCEL)) {
        Text address = get_text(reader);
        uint16_t port = get_port(reader);
        bool adds = is(name, APF_GLOBAL_FORWARD);

        if (reader->bad) {
            malformed(host);
            return;
        }
        if (adds ? forward(host, address, port) : cancel(host, port)) {
            message[0] = APF_REQUEST_SUCCESS;
            swme_put_be32(message + 1, port);
            size = adds ? APF_REQUEST_SUCCESS_SIZE : 1;
        }
    }
    if (*wanted) {
        queue(host, message, size);
    }
}

/* ---- channels ---- */

static ApfHostChannel *free_channel(ApfHost *host)
{
    for (unsigned int i = 0; i < APF_HOST_CHANNELS; i++) {
        if (host->channels[i].state == APF_HOST_FREE) {
            return &host->channels[i];
        }
    }
    return NULL;
}

static void put_text(uint8_t *message, size_t *at, const char *text)
{
    size_t size = strlen(text);

    swme_put_be32(message + *at, (uint32_t)size);
    memcpy(message + *at + 4, text, size);
    *at += 4 + size;
}

static void put_u32(uint8_t *message, size_t *at, uint32_t value)
{
    swme_put_be32(message + *at, value);
    *at += 4;
}

static void send_open(ApfHost *host, ApfHostChannel *channel)
{
    uint8_t message[SEND_MAX] = {APF_CHANNEL_OPEN};
    size_t at = 1;

    put_text(message, &at, APF_CHANNEL_FORWARDED);
    put_u32(message, &at, number_of(host, channel));
    put_u32(message, &at, host->window);
    put_u32(message, &at, APF_RESERVED);
    put_text(message, &at, strchr(channel->originator, ':') ? "::1" : "127.0.0.1");
    put_u32(message, &at, channel->port);
    put_text(message, &at, channel->originator);
    put_u32(message, &at, channel->originator_port);
    channel->state = APF_HOST_OPENING;
    channel->granted = host->window;
    queue(host, message, at);
}

ApfHostChannel *apf_host_open(ApfHost *host, uint16_t port, const char *originator,
                              uint16_t originator_port, void *user)
{
    ApfHostChannel *channel = free_channel(host);
    size_t size = strlen(originator);

    if (!channel || host->failed || !host->agreed || size >= sizeof(channel->originator)) {
        return NULL;
    }
    memset(channel, 0, sizeof(*channel));
    channel->port = port;
    memcpy(channel->originator, originator, size + 1);
    channel->originator_port = originator_port;
    channel->user = user;
    send_open(host, channel);
    return channel;
}

/* A channel of the firmware's has ended: one that waits for it may ask again. */
static void ask_again(ApfHost *host)
{
    for (unsigned int i = 0; i < APF_HOST_CHANNELS; i++) {
        if (host->channels[i].state == APF_HOST_WAITING) {
            send_open(host, &host->channels[i]);
            return;
        }
    }
}

static void free_one(ApfHost *host, ApfHostChannel *channel)
{
    channel->state = APF_HOST_FREE;
    if (!host->failed) {
        ask_again(host);
    }
}

static void end(ApfHost *host, ApfHostChannel *channel)
{
    bool told = channel->state != APF_HOST_CLOSING && !channel->abandoned && !channel->events;

    if (told) {
        host->ops->closed(host->opaque, channel);
    }
    if (channel->events && host->event_size > 0) {
        host->ops->event(host->opaque, host->event, host->event_size);
        host->event_size = 0;
    }
    free_one(host, channel);
}

void apf_host_close(ApfHost *host, ApfHostChannel *channel)
{
    switch (channel->state) {
    case APF_HOST_OPENING:
        channel->abandoned = true; /* its number is the firmware's until that has answered */
        break;
    case APF_HOST_WAITING:
        channel->state = APF_HOST_FREE;
        break;
    case APF_HOST_OPEN:
        channel->state = APF_HOST_CLOSING;
        queue_channel(host, APF_CHANNEL_CLOSE, channel->remote, APF_CHANNEL_CLOSE_SIZE, 0, 0);
        break;
    default:
        break;
    }
}

void apf_host_reset(ApfHost *host)
{
    host->failed = true; /* nobody is asked again */
    for (unsigned int i = 0; i < APF_HOST_CHANNELS; i++) {
        if (host->channels[i].state != APF_HOST_FREE) {
            end(host, &host->channels[i]);
        }
    }
    while (host->forward_count > 0) {
        host->ops->unlisten(host->opaque, host->forwards[--host->forward_count]);
    }
    host->queued = 0;
    host->event_size = 0;
    host->agreed = false;
    host->failed = false;
    host->reason = 0;
}

/* AMT opens channels for its events alone; what else it may want to reach is not for it. */
static void handle_open(ApfHost *host, Reader *reader)
{
    Text type = get_text(reader);
    uint32_t sender = get_u32(reader);
    uint32_t window = get_u32(reader);
    ApfHostChannel *channel = free_channel(host);
    uint16_t port;

    (void)get_u32(reader);
    (void)get_text(reader);
    port = get_port(reader);
    (void)get_text(reader);
    (void)get_u32(reader);
    if (reader->bad || !host->agreed) {
        malformed(host);
        return;
    }
    for (unsigned int i = 0; i < APF_HOST_CHANNELS; i++) {
        if (host->channels[i].events && host->channels[i].state != APF_HOST_FREE) {
            channel = NULL; /* one event at a time: it has one buffer */
        }
    }
    if (!is(type, APF_CHANNEL_DIRECT) || port != APF_PORT_EVENTS || !channel) {
        uint32_t why = !is(type, APF_CHANNEL_DIRECT) ? APF_OPEN_UNKNOWN_TYPE
                       : port != APF_PORT_EVENTS     ? APF_OPEN_PROHIBITED
                                                     : APF_OPEN_RESOURCES;

        queue_channel(host, APF_CHANNEL_OPEN_FAILURE, sender, APF_CHANNEL_OPEN_FAILURE_SIZE, why,
                      0);
        return;
    }
    memset(channel, 0, sizeof(*channel));
    channel->state = APF_HOST_OPEN;
    channel->events = true;
    channel->remote = sender;
    channel->window = window;
    channel->granted = APF_HOST_EVENT;
    host->event_size = 0;
    host->stats.opened++;
    queue_channel(host, APF_CHANNEL_OPEN_CONFIRMATION, sender, APF_CHANNEL_OPEN_CONFIRMATION_SIZE,
                  number_of(host, channel), APF_HOST_EVENT);
}

/* False: the answer to an open does not parse, or there was none to answer. */
static bool answers_open(ApfHost *host, const ApfHostChannel *channel, const Reader *reader)
{
    if (reader->bad) {
        malformed(host);
    } else if (channel->state != APF_HOST_OPENING) {
        host->stats.ignored++;
    }
    return !reader->bad && channel->state == APF_HOST_OPENING;
}

static void handle_confirmation(ApfHost *host, ApfHostChannel *channel, Reader *reader)
{
    uint32_t remote = get_u32(reader);
    uint32_t window = get_u32(reader);

    if (!answers_open(host, channel, reader)) {
        return;
    }
    channel->remote = remote;
    channel->window = window;
    channel->state = APF_HOST_OPEN;
    host->stats.opened++;
    if (channel->abandoned) {
        apf_host_close(host, channel);
    }
}

/* Asked for counts: AMT says that it has no more before it confirms those that it has. */
static bool others_are_open(const ApfHost *host, const ApfHostChannel *channel)
{
    for (unsigned int i = 0; i < APF_HOST_CHANNELS; i++) {
        const ApfHostChannel *other = &host->channels[i];

        if (other != channel && !other->events &&
            (other->state == APF_HOST_OPENING || other->state == APF_HOST_OPEN ||
             other->state == APF_HOST_CLOSING)) {
            return true;
        }
    }
    return false;
}

static void handle_open_failure(ApfHost *host, ApfHostChannel *channel, Reader *reader)
{
    uint32_t reason = get_u32(reader);

    if (!answers_open(host, channel, reader)) {
        return;
    }
    if (reason == APF_OPEN_RESOURCES && !channel->abandoned && others_are_open(host, channel)) {
        channel->state = APF_HOST_WAITING;
        return;
    }
    host->stats.refused++;
    end(host, channel);
}

static void handle_adjust(ApfHost *host, ApfHostChannel *channel, Reader *reader)
{
    uint32_t bytes = get_u32(reader);

    if (reader->bad) {
        malformed(host);
        return;
    }
    channel->window = bytes > UINT32_MAX - channel->window ? UINT32_MAX : channel->window + bytes;
}

/* Whether an HTTP message has all of the body that its header announces. */
static bool event_is_whole(const ApfHost *host)
{
    static const char name[] = "content-length:";
    size_t length = 0, matched = 0;
    bool known = false;

    for (size_t i = 0; i < host->event_size; i++) {
        uint8_t c = host->event[i];

        if (host->event_size - i >= 4 && memcmp(host->event + i, "\r\n\r\n", 4) == 0) {
            return !known || host->event_size - i - 4 >= length;
        }
        if (matched == sizeof(name) - 1) {
            if (c >= '0' && c <= '9' && length <= sizeof(host->event)) {
                length = length * 10 + (size_t)(c - '0');
                known = true;
            } else if (c != ' ') {
                matched = 0;
            }
        } else {
            uint8_t lower = c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;

            matched = lower == (uint8_t)name[matched] ? matched + 1 : lower == (uint8_t)name[0];
        }
    }
    return false;
}

/* LMS closes when it has the event. */
static void take_event(ApfHost *host, ApfHostChannel *channel, const uint8_t *data, size_t size)
{
    size_t room = sizeof(host->event) - host->event_size;
    size_t part = size < room ? size : room;

    memcpy(host->event + host->event_size, data, part);
    host->event_size += part;
    channel->granted += (uint32_t)size;
    if (event_is_whole(host) || host->event_size == sizeof(host->event)) {
        host->ops->event(host->opaque, host->event, host->event_size);
        host->event_size = 0;
        apf_host_close(host, channel);
        return;
    }
    queue_channel(host, APF_CHANNEL_WINDOW_ADJUST, channel->remote, APF_CHANNEL_WINDOW_ADJUST_SIZE,
                  (uint32_t)size, 0);
}

static void handle_data(ApfHost *host, ApfHostChannel *channel, Reader *reader)
{
    Text data = get_text(reader);

    if (reader->bad) {
        malformed(host);
        return;
    }
    if (channel->state != APF_HOST_OPEN) {
        return; /* on its way while we closed */
    }
    if (data.size > channel->granted) {
        malformed(host); /* there is no room for it */
        return;
    }
    channel->granted -= (uint32_t)data.size;
    if (channel->events) {
        take_event(host, channel, data.bytes, data.size);
    } else {
        channel->delivered += (uint32_t)data.size;
        host->ops->data(host->opaque, channel, data.bytes, data.size);
    }
}

static void handle_close(ApfHost *host, ApfHostChannel *channel)
{
    if (channel->state == APF_HOST_OPEN) {
        queue_channel(host, APF_CHANNEL_CLOSE, channel->remote, APF_CHANNEL_CLOSE_SIZE, 0, 0);
    } else if (channel->state != APF_HOST_CLOSING) {
        host->stats.ignored++;
        return;
    }
    end(host, channel);
}

static void handle_channel(ApfHost *host, uint8_t type, Reader *reader)
{
    uint32_t number = get_u32(reader);
    ApfHostChannel *channel;

    if (reader->bad || !host->agreed) {
        malformed(host);
        return;
    }
    channel = number < APF_HOST_CHANNELS ? &host->channels[number] : NULL;
    if (!channel || channel->state == APF_HOST_FREE) {
        host->stats.ignored++;
        return;
    }
    switch (type) {
    case APF_CHANNEL_OPEN_CONFIRMATION:
        handle_confirmation(host, channel, reader);
        break;
    case APF_CHANNEL_OPEN_FAILURE:
        handle_open_failure(host, channel, reader);
        break;
    case APF_CHANNEL_WINDOW_ADJUST:
        handle_adjust(host, channel, reader);
        break;
    case APF_CHANNEL_DATA:
        handle_data(host, channel, reader);
        break;
    default:
        handle_close(host, channel);
        break;
    }
}

void apf_host_receive(ApfHost *host, const uint8_t *message, size_t size)
{
    Reader reader = {0};

    if (host->failed) {
        return;
    }
    if (size == 0) {
        malformed(host);
        return;
    }
    reader.at = message + 1;
    reader.left = size - 1;
    switch (message[0]) {
    case APF_DISCONNECT:
        host->reason = get_u32(&reader);
        host->failed = true;
        host->queued = 0;
        break;
    case APF_PROTOCOL_VERSION:
        handle_version(host, &reader);
        break;
    case APF_SERVICE_REQUEST:
        handle_service(host, &reader);
        break;
    case APF_USERAUTH_REQUEST:
        queue(host, (const uint8_t[]){APF_USERAUTH_SUCCESS}, 1);
        break;
    case APF_GLOBAL_REQUEST:
        handle_global(host, &reader);
        break;
    case APF_CHANNEL_OPEN:
        handle_open(host, &reader);
        break;
    case APF_CHANNEL_OPEN_CONFIRMATION:
    case APF_CHANNEL_OPEN_FAILURE:
    case APF_CHANNEL_WINDOW_ADJUST:
    case APF_CHANNEL_DATA:
    case APF_CHANNEL_CLOSE:
        handle_channel(host, message[0], &reader);
        break;
    default:
        malformed(host);
        break;
    }
}

/* ---- data ---- */

size_t apf_host_room(const ApfHost *host, const ApfHostChannel *channel)
{
    size_t room = host->max_length - APF_CHANNEL_DATA_HEADER_SIZE;

    if (channel->state != APF_HOST_OPEN || host->failed) {
        return 0;
    }
    room = room < APF_HOST_DATA_MAX ? room : APF_HOST_DATA_MAX;
    return room < channel->window ? room : channel->window;
}

size_t apf_host_write(ApfHost *host, ApfHostChannel *channel, uint8_t *message, size_t size)
{
    (void)host;
    message[0] = APF_CHANNEL_DATA;
    swme_put_be32(message + APF_CHANNEL_OFF_RECIPIENT, channel->remote);
    swme_put_be32(message + APF_DATA_OFF_LENGTH, (uint32_t)size);
    channel->window -= (uint32_t)size;
    return APF_CHANNEL_DATA_HEADER_SIZE + size;
}

void apf_host_consumed(ApfHost *host, ApfHostChannel *channel, size_t size)
{
    channel->delivered -= (uint32_t)size;
    channel->owed += (uint32_t)size;
    /* A message is a round trip of the bus: one for half a window, or when nothing else will come.
     */
    if (channel->state == APF_HOST_OPEN && !host->failed && channel->owed > 0 &&
        (channel->owed >= host->window / 2 || channel->granted == 0)) {
        queue_channel(host, APF_CHANNEL_WINDOW_ADJUST, channel->remote,
                      APF_CHANNEL_WINDOW_ADJUST_SIZE, channel->owed, 0);
        channel->granted += channel->owed;
        channel->owed = 0;
    }
}
