/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The session: how it starts and ends, what a message is, and what leaves when. */
#include <string.h>

#include <swme/bytes.h>

#include "firmware-sim/net/apf-internal.h"

/* ---- in ---- */

uint8_t apf_read_u8(ApfReader *reader)
{
    if (reader->left < 1) {
        reader->bad = true;
        return 0;
    }
    reader->left--;
    return *reader->data++;
}

uint32_t apf_read_u32(ApfReader *reader)
{
    uint32_t value;

    if (reader->left < 4) {
        reader->bad = true;
        reader->left = 0;
        return 0;
    }
    value = swme_get_be32(reader->data);
    reader->data += 4;
    reader->left -= 4;
    return value;
}

const char *apf_read_string(ApfReader *reader, size_t *size)
{
    const char *text;

    *size = apf_read_u32(reader);
    if (*size > reader->left) {
        reader->bad = true;
        reader->left = 0;
        *size = 0;
    }
    text = (const char *)reader->data;
    reader->data += *size;
    reader->left -= *size;
    return text;
}

bool apf_string_is(const char *text, size_t size, const char *name)
{
    return size == strlen(name) && memcmp(text, name, size) == 0;
}

/* ---- out ---- */

void apf_put_u32(GByteArray *message, uint32_t value)
{
    uint8_t bytes[4];

    swme_put_be32(bytes, value);
    g_byte_array_append(message, bytes, sizeof(bytes));
}

void apf_put_string(GByteArray *message, const void *data, size_t size)
{
    apf_put_u32(message, (uint32_t)size);
    if (size) {
        g_byte_array_append(message, data, (guint)size);
    }
}

void apf_put_text(GByteArray *message, const char *text)
{
    apf_put_string(message, text, strlen(text));
}

void apf_send_control(Apf *apf, const void *data, size_t size)
{
    g_queue_push_tail(&apf->control, g_bytes_new(data, size));
}

void apf_send_array(Apf *apf, GByteArray *message)
{
    g_queue_push_tail(&apf->control, g_byte_array_free_to_bytes(message));
}

static void send_service(Apf *apf, uint8_t type, const char *name)
{
    GByteArray *message = g_byte_array_append(g_byte_array_new(), &type, 1);

    apf_put_text(message, name);
    apf_send_array(apf, message);
}

static void send_version(Apf *apf, const uint8_t *uuid)
{
    uint8_t message[APF_PROTOCOL_VERSION_SIZE] = {APF_PROTOCOL_VERSION};

    swme_put_be32(message + APF_PROTOCOL_VERSION_OFF_MAJOR, APF_VERSION_MAJOR);
    swme_put_be32(message + APF_PROTOCOL_VERSION_OFF_MINOR, APF_VERSION_MINOR);
    swme_put_be32(message + APF_PROTOCOL_VERSION_OFF_REASON, APF_TRIGGER_LME);
    memcpy(message + APF_PROTOCOL_VERSION_OFF_UUID, uuid, APF_UUID_SIZE);
    apf_send_control(apf, message, sizeof(message));
}

static GBytes *next_message(Apf *apf)
{
    GBytes *message = g_queue_pop_head(&apf->control);

    if (!message) {
        return apf->phase == APF_ENDED ? NULL : apf_channel_next(apf);
    }
    apf->datagrams_waiting = MIN(apf->datagrams_waiting, apf->control.length);
    return message;
}

void apf_pump(Apf *apf)
{
    bool pause;

    if (apf->pumping) {
        return;
    }
    apf->pumping = true;
    while (apf->ops->ready(apf->opaque)) {
        GBytes *message = next_message(apf);

        if (!message) {
            break;
        }
        apf->ops->send(apf->opaque, message);
    }
    pause = apf->control.length >= APF_CONTROL_HIGH;
    if (pause != apf->paused) {
        apf->paused = pause;
        apf->ops->pause(apf->opaque, pause);
    }
    if (apf->end_told && apf->control.length == 0) {
        apf->end_told = false;
        apf->ops->end(apf->opaque);
    }
    apf->pumping = false;
}

/* ---- the end ---- */

void apf_note(Apf *apf, const char *text)
{
    apf->ops->note(apf->opaque, text);
}

void apf_ignore(Apf *apf, const char *text)
{
    apf->stats.ignored++;
    apf_note(apf, text);
}

static void end_session(Apf *apf)
{
    apf->phase = APF_ENDED;
    g_queue_clear_full(&apf->control, (GDestroyNotify)g_bytes_unref);
    apf->datagrams_waiting = 0;
    apf->asked = 0;
    apf_channel_end_all(apf);
}

void apf_disconnect(Apf *apf, uint32_t reason)
{
    uint8_t message[APF_DISCONNECT_SIZE] = {APF_DISCONNECT};

    end_session(apf);
    swme_put_be32(message + APF_DISCONNECT_OFF_REASON, reason);
    apf_send_control(apf, message, sizeof(message));
    apf->end_told = true; /* once that has left */
}

void apf_malformed(Apf *apf, const char *text)
{
    apf->stats.malformed++;
    apf_note(apf, text);
    apf_disconnect(apf, APF_REASON_PROTOCOL);
}

/* ---- messages ---- */

/* Never answered with another: rpc-go and LMS 8 would answer that, and so on for ever. */
static void version(Apf *apf, ApfReader *reader)
{
    uint32_t major = apf_read_u32(reader);

    if (reader->left < APF_PROTOCOL_VERSION_SIZE - 5) {
        apf_malformed(apf, "APF: PROTOCOLVERSION is cut short");
    } else if (apf->phase != APF_VERSIONS) {
        apf_ignore(apf, "APF: PROTOCOLVERSION once more");
    } else if (major != APF_VERSION_MAJOR) {
        apf_note(apf, "APF: a version of the protocol that this is not");
        apf_disconnect(apf, APF_REASON_VERSION);
    } else {
        send_service(apf, APF_SERVICE_REQUEST, APF_SERVICE_FORWARDING);
        apf->phase = APF_SERVICE;
    }
}

static void service_request(Apf *apf, ApfReader *reader)
{
    size_t size;
    const char *name = apf_read_string(reader, &size);

    if (reader->bad) {
        apf_malformed(apf, "APF: SERVICE_REQUEST is cut short");
    } else if (apf_string_is(name, size, APF_SERVICE_FORWARDING)) {
        send_service(apf, APF_SERVICE_ACCEPT, APF_SERVICE_FORWARDING);
    } else {
        apf_note(apf, "APF: the host asks for a service that is none");
        apf_disconnect(apf, APF_REASON_NO_SERVICE);
    }
}

static void service_accept(Apf *apf, ApfReader *reader)
{
    size_t size;
    const char *name = apf_read_string(reader, &size);

    if (reader->bad) {
        apf_malformed(apf, "APF: SERVICE_ACCEPT is cut short");
    } else if (apf->phase != APF_SERVICE || !apf_string_is(name, size, APF_SERVICE_FORWARDING)) {
        apf_ignore(apf, "APF: SERVICE_ACCEPT that was not asked for");
    } else {
        apf->phase = APF_FORWARDING;
        apf_forward_next(apf);
    }
}

/* Hosts have nothing to ask for. */
static void global_request(Apf *apf, ApfReader *reader)
{
    static const uint8_t failure[APF_REQUEST_FAILURE_SIZE] = {APF_REQUEST_FAILURE};
    size_t size;
    bool wants_reply;

    apf_read_string(reader, &size);
    wants_reply = apf_read_u8(reader);
    if (reader->bad) {
        apf_malformed(apf, "APF: GLOBAL_REQUEST is cut short");
        return;
    }
    apf_ignore(apf, "APF: GLOBAL_REQUEST by the host");
    if (wants_reply) {
        apf_send_control(apf, failure, sizeof(failure));
    }
}

static void handle(Apf *apf, uint8_t type, ApfReader *reader, GBytes *message)
{
    switch (type) {
    case APF_DISCONNECT: /* as LMS does where a port is taken; it connects again */
        apf_note(apf, "APF: the host disconnects");
        end_session(apf);
        break;
    case APF_SERVICE_REQUEST:
        service_request(apf, reader);
        break;
    case APF_SERVICE_ACCEPT:
        service_accept(apf, reader);
        break;
    case APF_GLOBAL_REQUEST:
        global_request(apf, reader);
        break;
    case APF_REQUEST_SUCCESS:
    case APF_REQUEST_FAILURE:
        apf_forward_answer(apf, type == APF_REQUEST_SUCCESS);
        break;
    case APF_CHANNEL_OPEN:
        apf_channel_opened(apf, reader);
        break;
    case APF_CHANNEL_OPEN_CONFIRMATION:
        apf_channel_confirmed(apf, reader);
        break;
    case APF_CHANNEL_OPEN_FAILURE:
        apf_channel_refused(apf, reader);
        break;
    case APF_CHANNEL_WINDOW_ADJUST:
        apf_channel_adjusted(apf, reader);
        break;
    case APF_CHANNEL_DATA:
        apf_channel_data(apf, reader, message);
        break;
    case APF_CHANNEL_CLOSE:
        apf_channel_closed(apf, reader);
        break;
    case APF_PROTOCOL_VERSION:
        version(apf, reader);
        break;
    default:
        apf_malformed(apf, "APF: a message of no known kind");
        break;
    }
}

void apf_message(Apf *apf, GBytes *message)
{
    ApfReader reader = {0};

    reader.data = g_bytes_get_data(message, &reader.left);
    if (apf->phase == APF_ENDED) {
        apf->stats.ignored++;
        return;
    }
    if (reader.left == 0) {
        apf_malformed(apf, "APF: an empty message");
    } else {
        uint8_t type = apf_read_u8(&reader);

        handle(apf, type, &reader, message);
    }
    apf_pump(apf);
}

/* ---- datagrams ---- */

bool apf_send_datagram(Apf *apf, const char *address, uint16_t port, uint16_t from_port,
                       const void *data, size_t size)
{
    static const uint8_t type = APF_GLOBAL_REQUEST, no_reply = 0;
    GByteArray *message;

    if (apf->phase != APF_FORWARDING || apf->datagrams_waiting >= APF_DATAGRAMS_MAX) {
        return false;
    }
    message = g_byte_array_append(g_byte_array_new(), &type, 1);
    apf_put_text(message, APF_GLOBAL_UDP);
    g_byte_array_append(message, &no_reply, 1);
    apf_put_text(message, address);
    apf_put_u32(message, port);
    apf_put_text(message, apf->address);
    apf_put_u32(message, from_port);
    apf_put_string(message, data, size);
    apf_send_array(apf, message);
    apf->datagrams_waiting++;
    apf_pump(apf);
    return true;
}

/* ---- life ---- */

static void unref(Apf *apf)
{
    if (g_atomic_ref_count_dec(&apf->refs)) {
        g_free(apf);
    }
}

/* Streams have moved, or a channel waits for its service. */
static gboolean work(gpointer data)
{
    Apf *apf = data;

    g_atomic_ref_count_inc(&apf->refs);
    apf_channel_connect_offered(apf);
    if (!apf->freed) {
        apf_pump(apf);
    }
    unref(apf);
    return G_SOURCE_CONTINUE;
}

static gboolean work_dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    g_source_set_ready_time(source, -1);
    return callback(data);
}

static void port_changed(void *opaque, uint16_t port, bool there)
{
    Apf *apf = opaque;

    if (apf->phase != APF_ENDED) {
        apf_forward_changed(apf, port, there);
        apf_pump(apf);
    }
}

static void attach_to_services(Apf *apf)
{
    /* GLib's headers want it writable, and its code only reads it. */
    static const GSourceFuncs funcs = {.dispatch = work_dispatch};

    apf->work = g_source_new((GSourceFuncs *)(gpointer)&funcs, sizeof(GSource));
    g_source_set_static_name(apf->work, "apf session");
    g_source_set_callback(apf->work, work, apf, NULL);
    g_source_attach(apf->work, swme_services_context(apf->services));
    apf->subscription = swme_services_subscribe(apf->services, port_changed, apf);
}

Apf *apf_new(const ApfConfig *config)
{
    Apf *apf = g_new0(Apf, 1);

    g_atomic_ref_count_init(&apf->refs);
    apf->ops = config->ops;
    apf->opaque = config->opaque;
    apf->clock = config->clock;
    apf->services = config->services;
    g_strlcpy(apf->address, config->address ? config->address : "", sizeof(apf->address));
    apf->tls_only = config->tls_only;
    apf->slots = config->slots ? MIN(config->slots, APF_SLOTS_MAX) : APF_SLOTS;
    apf->channels = g_new0(ApfChannel, apf_channel_count(apf));
    apf->timer = apf->clock->timer_new(apf->clock, apf_channel_timer, apf);
    g_queue_init(&apf->control);
    apf_forward_init(apf);
    if (apf->services) {
        attach_to_services(apf);
    }
    send_version(apf, config->uuid);
    return apf;
}

void apf_free(Apf *apf)
{
    if (!apf) {
        return;
    }
    apf->freed = true;
    end_session(apf);
    if (apf->services) {
        swme_services_unsubscribe(apf->services, apf->subscription);
        g_source_destroy(apf->work);
        g_source_unref(apf->work);
    }
    apf->clock->timer_free(apf->timer);
    g_array_unref(apf->forwards);
    g_free(apf->channels);
    unref(apf);
}

ApfPhase apf_phase(const Apf *apf)
{
    return apf->phase;
}

const ApfStats *apf_stats(const Apf *apf)
{
    return &apf->stats;
}
