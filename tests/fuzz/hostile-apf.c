/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each channel has a socket of which the model knows whose it is and how much waits in it: what the
 * library tells of one that it no longer has, or more than the window, is a bug.
 */
#include "tests/fuzz/hostile-apf.h"

#include <string.h>

#include <swme/bytes.h>

#include "host-driver/apf-host.h"

#define SOCKET_ENDS 0xc1 /* first byte of data on which its socket ends */
#define WINDOW      4096 /* LMS's: the host's own takes longer to fill */

typedef struct Socket {
    ApfHostChannel *channel; /* NULL: no socket */
    size_t waiting;          /* bytes that were not written yet */
} Socket;

typedef struct Sockets {
    ApfHost host;
    unsigned int listening;
    Socket sockets[APF_HOST_CHANNELS];
} Sockets;

static bool listen_port(void *opaque, uint16_t port)
{
    Sockets *s = opaque;

    FUZZ_MUST(s->listening < APF_HOST_FORWARDS, "port %u", port);
    if (port % 7 == 0) {
        return false;
    }
    s->listening++;
    return true;
}

static void unlisten_port(void *opaque, uint16_t port)
{
    Sockets *s = opaque;

    FUZZ_MUST(s->listening > 0, "port %u", port);
    s->listening--;
}

static void take_data(void *opaque, ApfHostChannel *channel, const uint8_t *data, size_t size)
{
    Sockets *s = opaque;
    Socket *socket = channel->user;
    static volatile uint8_t sum;

    FUZZ_MUST(socket && socket->channel == channel, "data for no socket");
    socket->waiting += size;
    FUZZ_MUST(socket->waiting <= s->host.window, "%zu bytes wait", socket->waiting);
    for (size_t i = 0; i < size; i++) {
        sum ^= data[i]; /* a sanitizer sees what is not ours */
    }
    (void)sum;
    if (size > 0 && data[0] == SOCKET_ENDS) {
        socket->channel = NULL;
        apf_host_close(&s->host, channel);
    }
}

static void closed(void *opaque, ApfHostChannel *channel)
{
    Socket *socket = channel->user;

    (void)opaque;
    FUZZ_MUST(socket && socket->channel == channel, "no socket's channel has ended");
    socket->channel = NULL;
}

static void take_event(void *opaque, const uint8_t *data, size_t size)
{
    (void)opaque;
    FUZZ_MUST(size > 0 && size <= APF_HOST_EVENT && data, "%zu", size);
}

static void take_datagram(void *opaque, const char *address, uint16_t port, const uint8_t *data,
                          size_t size)
{
    (void)opaque;
    FUZZ_MUST(strlen(address) < 46 && (data || !size), "port %u", port);
}

static void drain(ApfHost *host)
{
    uint8_t out[APF_HOST_QUEUE];
    size_t size;

    while ((size = apf_host_next(host, out, sizeof(out))) > 0) {
        FUZZ_MUST(size <= host->max_length, "%zu of %zu", size, host->max_length);
    }
    FUZZ_MUST(host->queued == 0, "%zu bytes stay", host->queued);
}

static void reset(Sockets *s)
{
    apf_host_reset(&s->host);
    FUZZ_MUST(s->listening == 0, "%u ports", s->listening);
    for (unsigned int i = 0; i < APF_HOST_CHANNELS; i++) {
        FUZZ_MUST(!s->sockets[i].channel, "socket %u was not told", i);
        FUZZ_MUST(s->host.channels[i].state == APF_HOST_FREE, "channel %u leaked", i);
    }
}

static void open_channel(Sockets *s, uint8_t what)
{
    for (unsigned int i = 0; i < APF_HOST_CHANNELS; i++) {
        Socket *socket = &s->sockets[i];

        if (!socket->channel) {
            socket->waiting = 0;
            socket->channel =
                apf_host_open(&s->host, 16992, what & 8 ? "127.0.0.1" : "::1", 1, socket);
            return;
        }
    }
}

static void pass_on(Sockets *s, Socket *socket, size_t size)
{
    static uint8_t out[APF_CHANNEL_DATA_HEADER_SIZE + APF_HOST_DATA_MAX];
    size_t room = apf_host_room(&s->host, socket->channel);

    FUZZ_MUST(room <= APF_HOST_DATA_MAX, "%zu", room);
    size = room < size ? room : size;
    size = apf_host_write(&s->host, socket->channel, out, size);
    FUZZ_MUST(size <= s->host.max_length, "%zu of %zu", size, s->host.max_length);
    apf_host_consumed(&s->host, socket->channel, socket->waiting);
    socket->waiting = 0;
}

static void put_text(uint8_t *message, size_t *at, const char *text)
{
    size_t size = strlen(text);

    swme_put_be32(message + *at, (uint32_t)size);
    memcpy(message + *at + 4, text, size);
    *at += 4 + size;
}

static void agree(Sockets *s)
{
    uint8_t message[APF_PROTOCOL_VERSION_SIZE] = {APF_PROTOCOL_VERSION};

    swme_put_be32(message + APF_PROTOCOL_VERSION_OFF_MAJOR, APF_VERSION_MAJOR);
    apf_host_receive(&s->host, message, sizeof(message));
}

/* A message that parses: random bytes alone seldom get beyond the first one. */
static void sound_message(Sockets *s, FuzzInput *input, uint8_t kind, uint8_t number)
{
    static const uint8_t types[] = {APF_CHANNEL_OPEN_CONFIRMATION, APF_CHANNEL_OPEN_FAILURE,
                                    APF_CHANNEL_WINDOW_ADJUST, APF_CHANNEL_DATA, APF_CHANNEL_CLOSE};
    uint8_t message[APF_CHANNEL_DATA_HEADER_SIZE + WINDOW + 1] = {0};
    uint16_t value = fuzz_u16(input);
    size_t size = 1;

    switch (kind % 10) {
    case 0:
        agree(s);
        return;
    case 1:
        message[0] = APF_GLOBAL_REQUEST;
        put_text(message, &size, number & 1 ? APF_GLOBAL_FORWARD : APF_GLOBAL_CANCEL);
        message[size++] = number & 2;
        put_text(message, &size, number & 4 ? "127.0.0.1" : "::");
        swme_put_be32(message + size, value);
        size += 4;
        break;
    case 2:
        message[0] = APF_CHANNEL_OPEN;
        put_text(message, &size, APF_CHANNEL_DIRECT);
        swme_put_be32(message + size, number);
        swme_put_be32(message + size + 4, value);
        size += 12;
        put_text(message, &size, "");
        swme_put_be32(message + size, number / 8); /* the port: seldom that of events */
        size += 4;
        put_text(message, &size, "");
        size += 4;
        break;
    case 3:
        message[0] = APF_GLOBAL_REQUEST;
        put_text(message, &size, APF_GLOBAL_UDP);
        size++;
        put_text(message, &size, "127.0.0.1");
        size += 4;
        put_text(message, &size, "");
        size += 4;
        put_text(message, &size, number & 1 ? "datagram" : "");
        break;
    case 4:
        message[0] = APF_SERVICE_REQUEST;
        put_text(message, &size, number & 1 ? APF_SERVICE_FORWARDING : APF_SERVICE_AUTH);
        break;
    default:
        message[0] = types[kind % 10 - 5];
        swme_put_be32(message + APF_CHANNEL_OFF_RECIPIENT, number % 8);
        swme_put_be32(message + APF_CONFIRMATION_OFF_WINDOW, value);
        value %= WINDOW + 2;
        swme_put_be32(message + APF_DATA_OFF_LENGTH, value);
        size = APF_CHANNEL_OPEN_CONFIRMATION_SIZE;
        if (message[0] == APF_CHANNEL_DATA) {
            size = APF_CHANNEL_DATA_HEADER_SIZE + value;
            for (size_t i = APF_CHANNEL_DATA_HEADER_SIZE; i < size && i < 64; i++) {
                message[i] = fuzz_u8(input);
            }
        }
        break;
    }
    apf_host_receive(&s->host, message, size);
}

static void raw_message(Sockets *s, FuzzInput *input, size_t size)
{
    uint8_t message[200];

    for (size_t i = 0; i < size; i++) {
        message[i] = fuzz_u8(input);
    }
    apf_host_receive(&s->host, message, size);
}

void hostile_apf(FuzzInput *input)
{
    static const ApfHostOps ops = {listen_port, unlisten_port, take_data,
                                   closed,      take_event,    take_datagram};
    static Sockets s;
    uint16_t lengths = fuzz_u16(input);

    memset(&s, 0, sizeof(s));
    apf_host_init(&s.host, &ops, &s, 32 + lengths % 8192);
    s.host.window = lengths & 0x8000 ? 1 + (lengths >> 8) % 64 : WINDOW;
    if (lengths & 0x4000) {
        agree(&s);
    }
    while (input->left) {
        size_t size = fuzz_u8(input) % 200;
        uint8_t what = fuzz_u8(input);
        Socket *socket = &s.sockets[what % 8];

        if (what >= 0xf0) {
            open_channel(&s, what);
        } else if (what >= 0xe0 && socket->channel && socket->channel->state == APF_HOST_OPEN) {
            pass_on(&s, socket, size);
        } else if (what >= 0xd8 && socket->channel) {
            ApfHostChannel *channel = socket->channel;

            socket->channel = NULL;
            apf_host_close(&s.host, channel);
        } else if (what >= 0xd0 || (s.host.failed && what % 16)) {
            drain(&s.host);
            reset(&s);
        } else if (what >= 0x60) {
            sound_message(&s, input, what, (uint8_t)size);
        } else {
            raw_message(&s, input, size);
        }
        if (what & 1) {
            drain(&s.host);
        }
    }
    drain(&s.host);
    reset(&s);
}
