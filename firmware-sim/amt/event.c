/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/event.h"

#include <string.h>

#include <swme/bytes.h>

#include "firmware-sim/amt/amt-filters.h"

/* More at once can only be subscribers that raise events at each other: the rest is logged, and not
 * told. */
#define PENDING_MAX 16

typedef struct Subscriber {
    unsigned int id;
    AmtEventFunc func;
    void *opaque;
} Subscriber;

typedef struct Pending {
    AmtEvent event;
    unsigned int route;
} Pending;

struct AmtEvents {
    GArray *subscribers; /* Subscriber, oldest first */
    unsigned int last_id;
    GArray *pending; /* Pending: still to be told */
    bool telling;
};

AmtEvents *amt_events_new(void)
{
    AmtEvents *events = g_new0(AmtEvents, 1);

    events->subscribers = g_array_new(FALSE, TRUE, sizeof(Subscriber));
    events->pending = g_array_new(FALSE, TRUE, sizeof(Pending));
    return events;
}

void amt_events_free(AmtEvents *events)
{
    g_array_unref(events->subscribers);
    g_array_unref(events->pending);
    g_free(events);
}

/* ---- what the firmware itself sees ---- */

#define NONE          0xff /* no SMBus device, no sensor number */
#define SENSOR_SYSTEM 0x12 /* IPMI 2.0 table 42-3, from here on */
#define SENSOR_START  0x1d
#define SENSOR_STOP   0x20
#define SENSOR_ACPI   0x22
#define SENSOR_DOG    0x23
#define SENSOR_ENTITY 0x25
#define SENSOR_BOOT   0x0f
#define SPECIFIC      0x6f /* the offset is the sensor type's own */
#define SOURCE_ASF    0x68 /* ASF 3.1.5, as recorded from real firmware */
#define INFORMATION   0x01 /* ASF 3.1.4 */
#define CRITICAL      0x10
#define ENTITY_BIOS   0x22 /* ASF A.7 */
#define ENTITY_OS     0x23
#define ENTITY_ME     0x26
#define CODE          0x40 /* ASF: the next byte of data is a code */

#define EVENT(type_, offset_, severity_, entity_, ...)                                             \
    {                                                                                              \
        .sensor_device = NONE, .sensor_type = (type_), .event_type = SPECIFIC,                     \
        .offset = (offset_), .source = SOURCE_ASF, .severity = (severity_), .sensor_number = NONE, \
        .entity = (entity_), .data = {                                                             \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

/* docs/watchdog.md says of each field where it comes from. */
static const struct {
    const char *name;
    AmtEvent event;
    unsigned int route;
} kinds[AMT_EVENT_KIND_COUNT] = {
    [AMT_EVENT_OS_HUNG] = {"os-hung", EVENT(SENSOR_STOP, 1, CRITICAL, ENTITY_OS, 0),
                           AMT_EVENT_LOG | AMT_EVENT_ALERT},
    [AMT_EVENT_WATCHDOG_RESET] = {"watchdog-reset",
                                  EVENT(SENSOR_DOG, 1, CRITICAL, ENTITY_OS, CODE, 4),
                                  AMT_EVENT_LOG},
    [AMT_EVENT_POWERED_ON] = {"powered-on", EVENT(SENSOR_ENTITY, 0, INFORMATION, ENTITY_BIOS, CODE),
                              AMT_EVENT_LOG | AMT_EVENT_ALERT},
    [AMT_EVENT_RESET] = {"reset", EVENT(SENSOR_START, 1, INFORMATION, ENTITY_BIOS, 0),
                         AMT_EVENT_LOG},
    [AMT_EVENT_ASLEEP] = {"asleep", EVENT(SENSOR_ACPI, 3, INFORMATION, ENTITY_OS, 0),
                          AMT_EVENT_LOG},
    [AMT_EVENT_AWAKE] = {"awake", EVENT(SENSOR_BOOT, 2, INFORMATION, ENTITY_BIOS, CODE, 0x12),
                         AMT_EVENT_LOG},
    [AMT_EVENT_POWERED_OFF] = {"powered-off", EVENT(SENSOR_ACPI, 5, INFORMATION, ENTITY_OS, 0),
                               AMT_EVENT_LOG},
    [AMT_EVENT_PROVISIONED] = {"provisioned", EVENT(SENSOR_SYSTEM, 0, INFORMATION, ENTITY_ME, CODE),
                               AMT_EVENT_LOG},
    [AMT_EVENT_UNPROVISIONED] = {"unprovisioned",
                                 EVENT(SENSOR_SYSTEM, 0, INFORMATION, ENTITY_ME, CODE),
                                 AMT_EVENT_LOG},
};

AmtEvent amt_event_make(AmtEventKind kind, unsigned int *route)
{
    *route = kinds[kind].route;
    return kinds[kind].event;
}

bool amt_event_is(const AmtEvent *event, AmtEventKind kind)
{
    const AmtEvent *own = &kinds[kind].event;

    return event->sensor_type == own->sensor_type && event->offset == own->offset &&
           event->source == own->source && event->entity == own->entity;
}

const char *amt_event_name(AmtEventKind kind)
{
    return kinds[kind].name;
}

void amt_event_raise_kind(AmtState *amt, AmtEventKind kind)
{
    unsigned int route;
    AmtEvent event = amt_event_make(kind, &route);

    if (kind == AMT_EVENT_PROVISIONED) {
        event.data[1] = (uint8_t)amt_state_data(amt)->setup.control_mode;
    }
    amt_event_raise(amt, &event, route);
}

/* ---- raising ---- */

unsigned int amt_event_subscribe(AmtState *amt, AmtEventFunc func, void *opaque)
{
    AmtEvents *events = amt_state_events(amt);
    Subscriber subscriber = {++events->last_id, func, opaque};

    g_array_append_val(events->subscribers, subscriber);
    return subscriber.id;
}

void amt_event_unsubscribe(AmtState *amt, unsigned int id)
{
    AmtEvents *events = amt_state_events(amt);

    for (guint i = 0; i < events->subscribers->len; i++) {
        if (g_array_index(events->subscribers, Subscriber, i).id == id) {
            g_array_remove_index(events->subscribers, i);
            return;
        }
    }
}

/* The first subscriber younger than id; NULL: none. Numbers stay valid while others come and go. */
static const Subscriber *subscriber_after(const AmtEvents *events, unsigned int id)
{
    for (guint i = 0; i < events->subscribers->len; i++) {
        const Subscriber *subscriber = &g_array_index(events->subscribers, Subscriber, i);

        if (subscriber->id > id) {
            return subscriber;
        }
    }
    return NULL;
}

static void tell(AmtState *amt, const Pending *now)
{
    AmtEvents *events = amt_state_events(amt);
    const Subscriber *next;

    for (unsigned int id = 0; (next = subscriber_after(events, id));) {
        Subscriber subscriber = *next; /* the array may move under the call */

        id = subscriber.id;
        subscriber.func(subscriber.opaque, amt, &now->event, now->route);
    }
}

static void log_event(AmtState *amt, const AmtEvent *event)
{
    AmtLog log = amt_state_data(amt)->log;
    g_autoptr(GBytes) records = NULL;
    g_autofree uint8_t *bytes = NULL;
    size_t old_size;
    const uint8_t *old = amt_blob_data(log.records, &old_size);

    if (log.frozen) {
        return;
    }
    log.count = MIN(log.count + 1, AMT_LOG_RECORDS);
    bytes = g_malloc0(log.count * AMT_RECORD_SIZE);
    if (old_size) {
        memcpy(bytes, old, old_size);
    }
    amt_event_encode(event, bytes + log.next * AMT_RECORD_SIZE);
    log.next = (log.next + 1) % AMT_LOG_RECORDS;
    records = g_bytes_new_take(g_steal_pointer(&bytes), log.count * AMT_RECORD_SIZE);
    log.records = records;
    amt_state_set_log(amt, &log);
}

void amt_event_raise(AmtState *amt, const AmtEvent *event, unsigned int route)
{
    AmtEvents *events = amt_state_events(amt);
    Pending raised = {*event, route};

    if (!amt_state_data(amt)->setup.operational) {
        return;
    }
    /* Consoles drop a record of time 0 or all ones (MeshCommander). */
    raised.event.time_s = (uint32_t)CLAMP(amt_state_time(amt), 1, UINT32_MAX - 1);
    if ((route & AMT_EVENT_LOG) || amt_filters_log(&amt_state_data(amt)->alerts, event)) {
        log_event(amt, &raised.event);
    }
    if (events->pending->len >= PENDING_MAX) {
        return;
    }
    g_array_append_val(events->pending, raised);
    if (events->telling) {
        return;
    }
    events->telling = true;
    while (events->pending->len) {
        Pending now = g_array_index(events->pending, Pending, 0);

        g_array_remove_index(events->pending, 0);
        tell(amt, &now);
    }
    events->telling = false;
}

/* ---- the record ---- */

void amt_event_encode(const AmtEvent *event, uint8_t *record)
{
    const uint8_t fields[] = {
        event->sensor_device, event->sensor_type, event->event_type,
        event->offset,        event->source,      event->severity,
        event->sensor_number, event->entity,      event->entity_instance,
    };

    swme_put_le32(record, event->time_s);
    memcpy(record + 4, fields, sizeof(fields));
    memcpy(record + 4 + sizeof(fields), event->data, AMT_EVENT_DATA_SIZE);
}

void amt_event_decode(AmtEvent *event, const uint8_t *record)
{
    *event = (AmtEvent){
        .time_s = swme_get_le32(record),
        .sensor_device = record[4],
        .sensor_type = record[5],
        .event_type = record[6],
        .offset = record[7],
        .source = record[8],
        .severity = record[9],
        .sensor_number = record[10],
        .entity = record[11],
        .entity_instance = record[12],
    };
    memcpy(event->data, record + 13, AMT_EVENT_DATA_SIZE);
}

/* ---- the log ---- */

unsigned int amt_log_count(const AmtState *amt)
{
    return amt_state_data(amt)->log.count;
}

bool amt_log_read(const AmtLog *log, unsigned int number, AmtEvent *event)
{
    unsigned int slot;

    if (number == 0 || number > log->count) {
        return false;
    }
    slot = (log->next + AMT_LOG_RECORDS - number) % AMT_LOG_RECORDS;
    amt_event_decode(event, (const uint8_t *)g_bytes_get_data(log->records, NULL) +
                                slot * AMT_RECORD_SIZE);
    return true;
}

bool amt_log_get(const AmtState *amt, unsigned int number, AmtEvent *event)
{
    return amt_log_read(&amt_state_data(amt)->log, number, event);
}

void amt_log_freeze(AmtState *amt, bool frozen)
{
    AmtLog log = amt_state_data(amt)->log;

    log.frozen = frozen;
    amt_state_set_log(amt, &log);
}

bool amt_log_clear(AmtState *amt)
{
    const AmtLog empty = {0};

    if (amt_state_data(amt)->log.frozen) {
        return false;
    }
    amt_state_set_log(amt, &empty);
    return true;
}
