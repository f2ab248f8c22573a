/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/apf-host.h"

#include <stdlib.h>
#include <string.h>

#define WIDE 8192 /* a window that no known host has: the firmware gives as wide a one */
#define HOST_MUST(condition)                                                       \
    do {                                                                           \
        if (!(condition)) {                                                        \
            g_error("APF host: line %d: does not hold: %s", __LINE__, #condition); \
        }                                                                          \
    } while (0)

static void put_text(GByteArray *message, const char *text)
{
    uint8_t size[4];

    swme_put_be32(size, (uint32_t)strlen(text));
    g_byte_array_append(message, size, 4);
    g_byte_array_append(message, (const uint8_t *)text, (guint)strlen(text));
}

static void put_u32(GByteArray *message, uint32_t value)
{
    uint8_t bytes[4];

    swme_put_be32(bytes, value);
    g_byte_array_append(message, bytes, 4);
}

static void send_words(ApfHost *host, uint8_t type, unsigned int count, const uint32_t *words)
{
    g_autoptr(GByteArray) message = g_byte_array_append(g_byte_array_new(), &type, 1);

    for (unsigned int i = 0; i < count; i++) {
        put_u32(message, words[i]);
    }
    host->send(host->opaque, message->data, message->len);
}

#define SEND(host, type, ...)                                                    \
    send_words(host, type, sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t), \
               (uint32_t[]){__VA_ARGS__})

void apf_host_init(ApfHost *host, ApfHostKind kind, size_t max_message,
                   void (*send)(void *opaque, const void *data, size_t size), void *opaque)
{
    memset(host, 0, sizeof(*host));
    host->kind = kind;
    host->max_message = max_message;
    host->send = send;
    host->opaque = opaque;
    host->channels = g_ptr_array_new();
}

void apf_host_clear(ApfHost *host)
{
    for (guint i = 0; i < host->channels->len; i++) {
        HostChannel *channel = g_ptr_array_index(host->channels, i);

        g_byte_array_unref(channel->got);
        g_free(channel);
    }
    g_ptr_array_unref(host->channels);
}

static void send_version(ApfHost *host, const uint8_t *echo)
{
    uint8_t message[93] = {192, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 254};

    host->send(host->opaque, echo ? echo : message, sizeof(message));
    host->greeted = true;
}

void apf_host_connected(ApfHost *host)
{
    if (host->kind == HOST_LMS8 || host->kind == HOST_RPC_GO) {
        send_version(host, NULL);
    }
}

static void version(ApfHost *host, const uint8_t *data, size_t size)
{
    static const uint8_t begin[13] = {192, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 254};

    HOST_MUST(size == 93 && memcmp(data, begin, sizeof(begin)) == 0);
    for (size_t i = 29; i < 93; i++) {
        HOST_MUST(data[i] == 0);
    }
    host->versions++;
    HOST_MUST(host->versions == 1); /* or rpc-go would echo for ever */
    if (host->kind != HOST_LMS8) {
        send_version(host, host->kind == HOST_RPC_GO ? data : NULL);
    }
}

static void service_request(ApfHost *host, const uint8_t *data, size_t size)
{
    uint8_t accept[23];

    HOST_MUST(host->greeted); /* LMS disconnects where it comes before the versions are agreed on */
    HOST_MUST(size == 23 && memcmp(data + 1, "\0\0\0\022pfwd@amt.intel.com", 22) == 0);
    host->services++;
    memcpy(accept, data, size);
    accept[0] = 6;
    host->send(host->opaque, accept, size);
}

static bool text_is(const uint8_t *data, size_t size, const char *text)
{
    return size >= 4 + strlen(text) && swme_get_be32(data) == strlen(text) &&
           memcmp(data + 4, text, strlen(text)) == 0;
}

static void global_request(ApfHost *host, const uint8_t *data, size_t size)
{
    const uint8_t *end = data + size;
    bool cancel = text_is(data + 1, size - 1, "cancel-tcpip-forward");
    const uint8_t *at;
    uint32_t port;

    HOST_MUST(host->services == 1);
    if (text_is(data + 1, size - 1, "udp-send-to@amt.intel.com")) {
        host->datagrams++;
        HOST_MUST(data[30] == 0); /* wants no reply */
        if (host->kind == HOST_MESHAGENT) {
            host->send(host->opaque, "\122", 1);
        }
        return;
    }
    HOST_MUST(cancel || text_is(data + 1, size - 1, "tcpip-forward"));
    at = data + 1 + 4 + swme_get_be32(data + 1);
    HOST_MUST(*at == 1);
    at++;
    HOST_MUST(swme_get_be32(at) == 0 || !memchr(at, '*', (size_t)(end - at)));
    at += 4 + swme_get_be32(at);
    HOST_MUST(end - at == 4);
    port = swme_get_be32(at);
    if (cancel) {
        host->cancels++;
        host->send(host->opaque, "\121", 1);
        return;
    }
    host->ports[host->forwards++ % G_N_ELEMENTS(host->ports)] = (uint16_t)port;
    if (port == host->refuse) {
        host->send(host->opaque, "\122", 1);
    } else {
        SEND(host, 81, port);
    }
}

/* ---- channels ---- */

static HostChannel *find(ApfHost *host, uint32_t id)
{
    for (guint i = 0; i < host->channels->len; i++) {
        HostChannel *channel = g_ptr_array_index(host->channels, i);

        if (channel->id == id && channel->state != HOST_IDLE) {
            return channel;
        }
    }
    return NULL;
}

HostChannel *apf_host_channel(ApfHost *host, uint16_t port, size_t to_send)
{
    HostChannel *channel = g_new0(HostChannel, 1);
    uint32_t n = host->channels->len;

    /* LMS: a descriptor, any number; MeshAgent from 1; rpc-go from 2. */
    channel->id = host->kind == HOST_LMS ? 0xfffffff0u - n * 7 : n + host->kind;
    channel->port = port;
    channel->to_send = to_send;
    channel->got = g_byte_array_new();
    g_ptr_array_add(host->channels, channel);
    return channel;
}

void apf_host_open(ApfHost *host, HostChannel *channel)
{
    static const uint8_t type = 90;
    g_autoptr(GByteArray) message = g_byte_array_append(g_byte_array_new(), &type, 1);
    const char *address = host->kind == HOST_RPC_GO ? "::1" : "127.0.0.1";

    HOST_MUST(channel->state == HOST_IDLE || channel->state == HOST_FAILED);
    channel->window = host->window ? host->window : host->kind == HOST_LMS ? 1024 : 4096;
    put_text(message, "forwarded-tcpip");
    put_u32(message, channel->id);
    put_u32(message, channel->window);
    put_u32(message, 0xffffffff);
    put_text(message, address);
    put_u32(message, channel->port);
    put_text(message, address);
    put_u32(message, host->kind == HOST_RPC_GO ? 123 : 40000 + channel->id % 10000);
    host->send(host->opaque, message->data, message->len);
    channel->state = HOST_ASKED;
}

void apf_host_close(ApfHost *host, HostChannel *channel)
{
    /* MeshAgent's bug: always channel 0. */
    HOST_MUST(channel->state == HOST_OPEN);
    SEND(host, 97, host->kind == HOST_MESHAGENT ? 0 : channel->number);
    channel->state = HOST_CLOSING;
}

uint8_t host_pattern(const HostChannel *channel, size_t at)
{
    if (channel->payload) {
        return channel->payload[at];
    }
    return (uint8_t)(channel->id * 31 + at + at / 251 + at / 65521);
}

bool apf_host_echoed(const HostChannel *channel)
{
    if (channel->got->len != channel->to_send) {
        return false;
    }
    for (size_t i = 0; i < channel->to_send; i++) {
        if (channel->got->data[i] != host_pattern(channel, i)) {
            return false;
        }
    }
    return true;
}

static bool send_some(ApfHost *host, HostChannel *channel)
{
    size_t left = channel->to_send - channel->sent;
    size_t some = MIN(left, host->max_message - 9);
    g_autofree uint8_t *message = NULL;

    if (host->kind != HOST_RPC_GO) { /* which knows no window */
        some = MIN(some, channel->fw_window);
    }
    if (channel->state != HOST_OPEN || some == 0) {
        return false;
    }
    message = g_malloc(9 + some);
    message[0] = 94;
    swme_put_be32(message + 1, channel->number);
    swme_put_be32(message + 5, (uint32_t)some);
    for (size_t i = 0; i < some; i++) {
        message[9 + i] = host_pattern(channel, channel->sent + i);
    }
    channel->sent += some;
    channel->fw_window -= (uint32_t)MIN(some, channel->fw_window);
    host->send(host->opaque, message, 9 + some);
    return true;
}

bool apf_host_send_data(ApfHost *host)
{
    bool sent = false;

    for (guint i = 0; i < host->channels->len; i++) {
        sent |= send_some(host, g_ptr_array_index(host->channels, i));
    }
    return sent;
}

static void data_came(ApfHost *host, HostChannel *channel, const uint8_t *data, size_t size)
{
    uint32_t length = swme_get_be32(data + 5);

    HOST_MUST(size == 9 + (size_t)length && length > 0);
    /* LMS drops more, and has no wider window. */
    HOST_MUST(length <= (host->window >= WIDE ? host->max_message - 9 : 4095));
    HOST_MUST(length <= channel->window);
    channel->max_fw_data = MAX(channel->max_fw_data, length);
    g_byte_array_append(channel->got, data + 9, length);
    HOST_MUST(channel->got->len <= channel->to_send || channel->keep);
    channel->window -= length;
    channel->owed += length;
    if (!host->lazy || channel->window == 0) { /* each of them does, by the message's size */
        SEND(host, 93, channel->number, channel->owed);
        channel->window += channel->owed;
        channel->owed = 0;
    }
    if (channel->got->len == channel->to_send && !channel->keep && channel->state == HOST_OPEN &&
        host->kind != HOST_RPC_GO) {
        apf_host_close(host, channel);
    }
}

static void close_came(ApfHost *host, HostChannel *channel)
{
    if (channel->state == HOST_OPEN && !host->silent_close) {
        SEND(host, 97, channel->number);
    }
    HOST_MUST(channel->state == HOST_OPEN || channel->state == HOST_CLOSING);
    channel->state = HOST_CLOSED;
}

static void channel_message(ApfHost *host, const uint8_t *data, size_t size)
{
    HostChannel *channel;

    HOST_MUST(size >= 5);
    channel = find(host, swme_get_be32(data + 1));
    if (!channel) {
        host->foreign++;
        return;
    }
    switch (data[0]) {
    case 91:
        HOST_MUST(size == 17 && channel->state == HOST_ASKED);
        HOST_MUST(swme_get_be32(data + 13) == 0xffffffff);
        channel->number = swme_get_be32(data + 5);
        channel->fw_window = swme_get_be32(data + 9);
        HOST_MUST(channel->fw_window <= host->max_message - 9); /* MeshAgent throws */
        channel->state = HOST_OPEN;
        break;
    case 92:
        HOST_MUST(size == 17 && channel->state == HOST_ASKED);
        channel->failure = swme_get_be32(data + 5);
        channel->state = HOST_FAILED;
        host->failures++;
        break;
    case 93:
        HOST_MUST(size == 9 && swme_get_be32(data + 5) > 0);
        channel->fw_window += swme_get_be32(data + 5);
        channel->adjusts++;
        HOST_MUST(host->window >= WIDE || channel->fw_window <= host->max_message - 9);
        break;
    case 94:
        HOST_MUST(size >= 9 && (channel->state == HOST_OPEN || channel->state == HOST_CLOSING));
        data_came(host, channel, data, size);
        break;
    default:
        HOST_MUST(size == 5);
        close_came(host, channel);
        break;
    }
}

void apf_host_message(ApfHost *host, const uint8_t *data, size_t size)
{
    HOST_MUST(size > 0 && size <= host->max_message);
    switch (data[0]) {
    case 1:
        HOST_MUST(size == 7);
        host->disconnects++;
        host->disconnect_reason = swme_get_be32(data + 1);
        break;
    case 5:
        service_request(host, data, size);
        break;
    case 80:
        global_request(host, data, size);
        break;
    case 90: /* direct-tcpip: the test looks at it */
        host->foreign++;
        break;
    case 91:
    case 92:
    case 93:
    case 94:
    case 97:
        channel_message(host, data, size);
        break;
    case 192:
        version(host, data, size);
        break;
    default:
        HOST_MUST(!"a message that LMS does not know");
    }
}

unsigned int apf_host_count(const ApfHost *host, HostChannelState state)
{
    unsigned int count = 0;

    for (guint i = 0; i < host->channels->len; i++) {
        count += ((HostChannel *)g_ptr_array_index(host->channels, i))->state == state;
    }
    return count;
}

/* ---- the service ---- */

typedef struct Echo {
    EchoService *service;
    GIOStream *stream;
    uint8_t buffer[3000];
} Echo;

static void read_more(Echo *echo);

static void done(Echo *echo, bool broken)
{
    echo->service->open--;
    echo->service->broken += broken;
    g_io_stream_close(echo->stream, NULL, NULL);
    g_object_unref(echo->stream);
    g_free(echo);
}

static void written(GObject *object, GAsyncResult *result, gpointer data)
{
    Echo *echo = data;

    if (!g_output_stream_write_all_finish(G_OUTPUT_STREAM(object), result, NULL, NULL)) {
        done(echo, true);
    } else if (echo->service->hang_up) {
        done(echo, false);
    } else {
        read_more(echo);
    }
}

static void have_read(GObject *object, GAsyncResult *result, gpointer data)
{
    Echo *echo = data;
    gssize size = g_input_stream_read_finish(G_INPUT_STREAM(object), result, NULL);

    if (size <= 0) {
        done(echo, size < 0);
        return;
    }
    g_output_stream_write_all_async(g_io_stream_get_output_stream(echo->stream), echo->buffer,
                                    (gsize)size, G_PRIORITY_DEFAULT, NULL, written, echo);
}

static void read_more(Echo *echo)
{
    g_input_stream_read_async(g_io_stream_get_input_stream(echo->stream), echo->buffer,
                              sizeof(echo->buffer), G_PRIORITY_DEFAULT, NULL, have_read, echo);
}

void echo_service_take(void *opaque, GIOStream *stream, const SwmePeer *peer)
{
    EchoService *service = opaque;
    Echo *echo;

    service->connections++;
    service->last_peer = *peer;
    if (service->mute) {
        g_clear_object(&service->last);
        service->last = stream;
        return;
    }
    echo = g_new0(Echo, 1);
    echo->service = service;
    echo->stream = stream;
    service->open++;
    read_more(echo);
}
