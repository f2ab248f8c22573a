/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sources: DMTF DSP0136 (ASF 2.0) 3.1.5, A.4, A.7 and A.8; the AMT SDK's pages on each event; IPMI
 * 2.0 table 42-3; and as seen: records from real firmware in go-wsman-messages, meanings that
 * MeshCommander gives.
 */
#include "firmware-sim/amt/event-text.h"

#include <string.h>

#define NONE 0xff
#define ASF  0x68 /* event source: ASF 1.0 */
#define CARD 0x58 /* system management card */

#define LOG   AMT_EVENT_LOG
#define ALERT AMT_EVENT_ALERT

#define INFORMATION  0x01 /* what ASF and PET call monitor */
#define NOTE         0x02
#define NON_CRITICAL 0x08
#define CRITICAL     0x10

#define EVENT(type_, event_, offset_, source_, severity_, number_, entity_, instance_, ...)        \
    {                                                                                              \
        .sensor_device = NONE, .sensor_type = (type_), .event_type = (event_),                     \
        .offset = (offset_), .source = (source_), .severity = (severity_),                         \
        .sensor_number = (number_), .entity = (entity_), .entity_instance = (instance_), .data = { \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

#define BYTES_CHOSEN  "ASF 3.1.5 for type and offset; severity, entity and instance are a choice"
#define BYTES_TYPICAL "ASF 3.1.5; severity is ASF's typical one"
#define BYTES_OWN     "a choice, from IPMI's sensor types"

const AmtEventRow amt_event_rows[] = {
    {"os-panic", EVENT(0x20, 0x6f, 0x01, ASF, CRITICAL, NONE, 0x23, 0, 0xaa, 0x50), AMT_MATCH_CODE,
     AMT_DETAIL_NONE, LOG, "the operating system stopped: it left error records of that",
     BYTES_OWN},
    {"os-hung", EVENT(0x20, 0x6f, 0x01, ASF, CRITICAL, NONE, 0x23, 0, 0), 0, AMT_DETAIL_NONE,
     LOG | ALERT, "the operating system hung: its watchdog ran out", BYTES_CHOSEN},
    {"os-late", EVENT(0x23, 0x6f, 0x00, ASF, CRITICAL, NONE, 0x23, 0, 0x40, 0x03), AMT_MATCH_CODE,
     AMT_DETAIL_NONE, LOG | ALERT, "the operating system did not come up in time", BYTES_CHOSEN},
    {"post-late", EVENT(0x23, 0x6f, 0x00, ASF, CRITICAL, NONE, 0x22, 0, 0x40, 0x02), AMT_MATCH_CODE,
     AMT_DETAIL_NONE, LOG | ALERT, "the BIOS did not finish POST in time",
     "ASF 3.1.5.6 and a recorded event; severity, entity and instance are a choice"},
    {"watchdog-reset", EVENT(0x23, 0x6f, 0x01, ASF, CRITICAL, NONE, 0x23, 0, 0x40, 0x04), 0,
     AMT_DETAIL_NONE, LOG, "the host was reset because its watchdog ran out",
     "IPMI's watchdog 2; the rest is a choice"},
    {"firmware-error", EVENT(0x0f, 0x6f, 0x00, ASF, CRITICAL, NONE, 0x22, 0, 0x40, 0x00), 0,
     AMT_DETAIL_ERROR, LOG | ALERT, "the BIOS found an error", BYTES_TYPICAL},
    {"firmware-hang", EVENT(0x0f, 0x6f, 0x01, ASF, CRITICAL, NONE, 0x22, 0, 0x40, 0x00), 0,
     AMT_DETAIL_PROGRESS, LOG | ALERT, "the BIOS hung", BYTES_TYPICAL},
    {"firmware-progress", EVENT(0x0f, 0x6f, 0x02, ASF, INFORMATION, NONE, 0x22, 0, 0x40, 0x13), 0,
     AMT_DETAIL_PROGRESS, LOG | ALERT, "BIOS progress", "ASF 3.1.5.3 and a recorded event"},
    {"firmware-done", EVENT(0x0f, 0x6f, 0x82, ASF, INFORMATION, NONE, 0x22, 0, 0x40, 0x13), 0,
     AMT_DETAIL_PROGRESS, LOG | ALERT, "BIOS done", BYTES_TYPICAL},
    {"oem-error", EVENT(0x0f, 0x6f, 0x03, ASF, CRITICAL, NONE, 0x22, 0, 0xaa, 0x30, 0x01), 0,
     AMT_DETAIL_OEM, LOG, "an error of the maker's", "MeshCommander; severity and entity a choice"},
    {"oem-progress", EVENT(0x0f, 0x6f, 0x05, ASF, INFORMATION, NONE, 0x22, 0, 0xaa, 0x30, 0x01), 0,
     AMT_DETAIL_OEM, LOG, "progress of the maker's", "MeshCommander; severity and entity a choice"},
    {"heartbeat", EVENT(0x25, 0x6f, 0x00, ASF, INFORMATION, NONE, 0x17, 0, 0), AMT_MATCH_ENTITY,
     AMT_DETAIL_NONE, ALERT, "the machine is there (heartbeat)", BYTES_TYPICAL},
    {"powered-on", EVENT(0x25, 0x6f, 0x00, ASF, INFORMATION, NONE, 0x22, 0, 0x40, 0x00), 0,
     AMT_DETAIL_NONE, LOG | ALERT, "the BIOS started", BYTES_TYPICAL},
    {"no-boot-media", EVENT(0x1e, 0x6f, 0x00, ASF, CRITICAL, NONE, 0x00, 0, 0x40, 0x00), 0,
     AMT_DETAIL_NONE, LOG | ALERT, "nothing to boot from", BYTES_TYPICAL},
    {"chassis-opened", EVENT(0x05, 0x6f, 0x00, ASF, NON_CRITICAL, NONE, 0x17, 0, 0), 0,
     AMT_DETAIL_NONE, LOG | ALERT, "the chassis was opened", BYTES_TYPICAL},
    {"chassis-closed", EVENT(0x05, 0x6f, 0x80, ASF, NON_CRITICAL, NONE, 0x17, 0, 0), 0,
     AMT_DETAIL_NONE, LOG | ALERT, "the chassis was closed", BYTES_TYPICAL},
    {"bad-passwords", EVENT(0x06, 0x6f, 0x05, ASF, CRITICAL, NONE, 0x26, 0x61, 0xaa, 0x0a, 0x00), 0,
     AMT_DETAIL_COUNT, LOG | ALERT, "log-ins to AMT with a bad password", "recorded"},
    {"agent-presence",
     EVENT(0x12, 0x0a, 0x00, CARD, INFORMATION, NONE, 0x26, 0, 0xaa, 0, 0, 0, 0, 0, 0, 0x08), 0,
     AMT_DETAIL_AGENT, LOG | ALERT, "an agent changed its state", "AMT SDK, exact"},
    {"link-up",
     EVENT(0x27, 0x0a, 0x03, ASF, INFORMATION, 0x02, 0x26, 0x61, 0x04, 0x10, 0x80, 0x86, 0), 0,
     AMT_DETAIL_LINK, ALERT, "the network link came up", "AMT SDK, exact"},
    {"user-notification", EVENT(0xc0, 0x70, 0x00, CARD, NOTE, NONE, 0x26, 0x61, 0xaa, 0x30, 0x00),
     0, AMT_DETAIL_USER, LOG | ALERT, "notification to the user", "AMT SDK, exact"},
    {"traffic-filter",
     EVENT(0x24, 0x6f, 0x00, ASF, NON_CRITICAL, NONE, 0x26, 0x61, 0x00, 0xff, 0xff, 0xff, 0xfd),
     AMT_MATCH_SENSOR, AMT_DETAIL_FILTER, LOG | ALERT, "a System Defense filter matched",
     "MeshCommander for type, entity and data; the rest is a choice"},
    {"processor-dead", EVENT(0x07, 0x01, 0x03, ASF, CRITICAL, NONE, 0x03, 0x60, 0), 0,
     AMT_DETAIL_NONE, LOG | ALERT, "a processor was dead on arrival", "AMT SDK, exact"},
    {"link-lost", EVENT(0x26, 0x01, 0x00, CARD, CRITICAL, NONE, 0x26, 0x61, 0x40, 0x00), 0,
     AMT_DETAIL_NONE, LOG | ALERT, "the network link was lost: the host is configured wrongly",
     "AMT SDK, exact"},
    {"reset", EVENT(0x1d, 0x6f, 0x01, ASF, INFORMATION, NONE, 0x22, 0, 0), 0, AMT_DETAIL_NONE, LOG,
     "the host was reset", BYTES_OWN},
    {"asleep", EVENT(0x22, 0x6f, 0x03, ASF, INFORMATION, NONE, 0x23, 0, 0), 0, AMT_DETAIL_NONE, LOG,
     "the host went to sleep (S3)", BYTES_OWN},
    {"powered-off", EVENT(0x22, 0x6f, 0x05, ASF, INFORMATION, NONE, 0x23, 0, 0), 0, AMT_DETAIL_NONE,
     LOG, "the host was powered off (S5)", BYTES_OWN},
    {"set-up", EVENT(0x12, 0x6f, 0x00, ASF, INFORMATION, NONE, 0x26, 0, 0x40, 0x01), 0,
     AMT_DETAIL_MODE, LOG, "AMT's set-up changed", BYTES_OWN},
    {NULL, {0}, 0, AMT_DETAIL_NONE, 0, NULL, NULL},
};

/* ---- names of numbers ---- */

typedef struct Name {
    uint8_t number;
    const char *name;
} Name;

static const char *find_name(const Name *names, size_t count, uint8_t number)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i].number == number) {
            return names[i].name;
        }
    }
    return NULL;
}

#define FIND(names, number) find_name(names, G_N_ELEMENTS(names), number)

static const Name sensors[] = {
    {0x01, "temperature"},
    {0x02, "voltage"},
    {0x03, "current"},
    {0x04, "fan"},
    {0x05, "chassis security"},
    {0x06, "platform security"},
    {0x07, "processor"},
    {0x08, "power supply"},
    {0x09, "power unit"},
    {0x0c, "memory"},
    {0x0d, "drive"},
    {0x0f, "firmware progress"},
    {0x10, "event logging"},
    {0x11, "watchdog 1"},
    {0x12, "system event"},
    {0x13, "critical interrupt"},
    {0x14, "button"},
    {0x1d, "boot initiated"},
    {0x1e, "boot error"},
    {0x1f, "operating system boot"},
    {0x20, "operating system stop"},
    {0x22, "ACPI power state"},
    {0x23, "watchdog 2"},
    {0x24, "platform alert"},
    {0x25, "entity presence"},
    {0x26, "monitor"},
    {0x27, "LAN"},
    {0x28, "management subsystem"},
    {0x29, "battery"},
    {0x2a, "session audit"},
    {0x2b, "version change"},
    {0x2c, "FRU state"},
    {0xc0, "user notification"}, /* of the range for makers */
};

static const Name entities[] = {
    {0x00, "unspecified"},      {0x03, "processor"},           {0x04, "disk"},
    {0x07, "system board"},     {0x0b, "add-in board"},        {0x17, "chassis"},
    {0x20, "memory device"},    {0x21, "management software"}, {0x22, "BIOS"},
    {0x23, "operating system"}, {0x26, "management engine"},
};

static const Name severities[] = {
    {0x00, "unspecified"},  {0x01, "monitor"},  {0x02, "information"},     {0x04, "OK"},
    {0x08, "non-critical"}, {0x10, "critical"}, {0x20, "non-recoverable"},
};

static const Name errors[] = {
    {0x00, "not specified"},
    {0x01, "no memory is fitted"},
    {0x02, "all memory failed"},
    {0x03, "the disk failed"},
    {0x04, "the board failed"},
    {0x05, "the floppy subsystem failed"},
    {0x06, "the disk controller failed"},
    {0x07, "the keyboard failed"},
    {0x08, "the removable boot medium is missing"},
    {0x09, "the video controller failed"},
    {0x0a, "there is no video device"},
    {0x0b, "the firmware's ROM is corrupt"},
    {0x0c, "the processors need different voltages"},
    {0x0d, "the processors' speeds do not match"},
};

static const Name progress[] = {
    {0x00, "not specified"},
    {0x01, "memory"},
    {0x02, "disk"},
    {0x03, "other processors"},
    {0x04, "user log-in prompt"},
    {0x05, "set-up entered"},
    {0x06, "USB resources"},
    {0x07, "PCI resources"},
    {0x08, "option ROMs"},
    {0x09, "video"},
    {0x0a, "cache"},
    {0x0b, "SMBus"},
    {0x0c, "keyboard controller"},
    {0x0d, "embedded controller"},
    {0x0e, "dock attached"},
    {0x0f, "dock enabled"},
    {0x10, "undocked"},
    {0x11, "dock disabled"},
    {0x12, "operating system's wake vector called"},
    {0x13, "operating system boot"},
    {0x14, "baseboard"},
    {0x16, "floppy"},
    {0x17, "keyboard test"},
    {0x18, "pointing device test"},
    {0x19, "first processor"},
};

static const char *or_unknown(const char *name)
{
    return name ? name : "unknown";
}

const char *amt_event_sensor_name(uint8_t sensor_type)
{
    return or_unknown(FIND(sensors, sensor_type));
}

const char *amt_event_entity_name(uint8_t entity)
{
    return or_unknown(FIND(entities, entity));
}

const char *amt_event_severity_name(uint8_t severity)
{
    return or_unknown(FIND(severities, severity));
}

const char *amt_event_code_name(bool of_progress, uint8_t code)
{
    return of_progress ? FIND(progress, code) : FIND(errors, code);
}

/* ---- rows ---- */

const AmtEventRow *amt_event_row(const AmtEvent *event)
{
    for (const AmtEventRow *row = amt_event_rows; row->name; row++) {
        const AmtEvent *like = &row->event;

        if (event->sensor_type != like->sensor_type) {
            continue;
        }
        if ((row->match & AMT_MATCH_SENSOR) ||
            (event->event_type == like->event_type && event->offset == like->offset &&
             (!(row->match & AMT_MATCH_ENTITY) || event->entity == like->entity) &&
             (!(row->match & AMT_MATCH_CODE) || memcmp(event->data, like->data, 2) == 0))) {
            return row;
        }
    }
    return NULL;
}

const AmtEventRow *amt_event_row_find(const char *name)
{
    for (const AmtEventRow *row = amt_event_rows; row->name; row++) {
        if (g_str_equal(name, row->name)) {
            return row;
        }
    }
    return NULL;
}

/* ---- what the data say ---- */

#define CODE 0x40 /* ASF: the next byte is a code */
#define OEM  0xaa /* ASF: bytes 2 to 5 are the maker's */

static char *code_text(bool of_progress, const uint8_t *data)
{
    const char *name = data[0] == CODE ? amt_event_code_name(of_progress, data[1]) : NULL;

    return name ? g_strdup(name) : g_strdup_printf("code %02x %02x", data[0], data[1]);
}

static char *oem_text(const uint8_t *data)
{
    const char *what = data[1] == 0x30   ? "One Click Recovery"
                       : data[1] == 0x40 ? "platform erase"
                                         : "unknown";

    return g_strdup_printf("%s, step %u", what, data[2]);
}

static char *agent_text(const uint8_t *data)
{
    static const Name states[] = {
        {0x01, "not started"}, {0x02, "stopped"},   {0x04, "running"},
        {0x08, "expired"},     {0x10, "suspended"},
    };

    return g_strdup_printf("%02x%02x%02x%02x-%02x%02x... is %s", data[1], data[2], data[3], data[4],
                           data[5], data[6], or_unknown(FIND(states, data[7])));
}

static char *user_text(const uint8_t *data)
{
    static const Name reasons[] = {
        /* reason and code, as WS-Management numbers them in iAMT0050 */
        {0x10, "traffic filter, sent packet dropped"},
        {0x11, "traffic filter, sent packets limited"},
        {0x12, "traffic filter, received packet dropped"},
        {0x13, "traffic filter, received packets limited"},
        {0x30, "serial over LAN started"},
        {0x31, "serial over LAN ended"},
        {0x32, "IDE redirection started"},
        {0x33, "IDE redirection ended"},
        {0x42, "wireless, profiles do not match"},
        {0x43, "wireless, the engine took the radio"},
        {0x44, "wireless, security does not match"},
        {0x45, "wireless, the engine gave the radio back"},
    };
    const char *name = data[2] < 0x10 ? FIND(reasons, (uint8_t)((data[1] & 0xf0) | data[2])) : NULL;

    return name ? g_strdup(name)
                : g_strdup_printf("reason %u, code %u", (unsigned int)data[1] >> 4, data[2]);
}

static char *filter_text(const uint8_t *data)
{
    uint32_t handle =
        (uint32_t)data[1] << 24 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 8 | data[4];

    switch (handle) {
    case 0xfffffffa:
        return g_strdup_printf("spoofed packets, interface %u", data[0]);
    case 0xfffffffc:
        return g_strdup_printf("what is sent by default, interface %u", data[0]);
    case 0xfffffffd:
        return g_strdup_printf("what is received by default, interface %u", data[0]);
    default:
        return g_strdup_printf("number %u, interface %u", handle, data[0]);
    }
}

static char *mode_text(uint8_t mode)
{
    static const char *const modes[] = {"undone", "client control mode", "admin control mode"};

    return mode < G_N_ELEMENTS(modes) ? g_strdup(modes[mode]) : g_strdup_printf("mode %u", mode);
}

/* NULL: they say nothing. */
static char *detail_text(AmtEventDetail detail, const AmtEvent *event)
{
    const uint8_t *data = event->data;

    switch (detail) {
    case AMT_DETAIL_ERROR:
        return code_text(false, data);
    case AMT_DETAIL_PROGRESS:
        return code_text(true, data);
    case AMT_DETAIL_OEM:
        return oem_text(data);
    case AMT_DETAIL_COUNT:
        return g_strdup_printf("%u", (unsigned int)(data[1] | data[2] << 8));
    case AMT_DETAIL_AGENT:
        return data[0] == OEM ? agent_text(data) : NULL;
    case AMT_DETAIL_LINK:
        return g_strdup(event->entity_instance == 0x62 ? "wireless" : "wired");
    case AMT_DETAIL_USER:
        return user_text(data);
    case AMT_DETAIL_FILTER:
        return filter_text(data);
    case AMT_DETAIL_MODE:
        return mode_text(data[1]);
    case AMT_DETAIL_NONE:
        break;
    }
    return NULL;
}

char *amt_event_text(const AmtEvent *event)
{
    const AmtEventRow *row = amt_event_row(event);
    g_autofree char *detail = row ? detail_text(row->detail, event) : NULL;

    if (!row) {
        return g_strdup_printf("%s, event type %02x, offset %u%s",
                               amt_event_sensor_name(event->sensor_type), event->event_type,
                               event->offset & 0x7f, event->offset & 0x80 ? ", no longer" : "");
    }
    return detail ? g_strdup_printf("%s: %s", row->text, detail) : g_strdup(row->text);
}
