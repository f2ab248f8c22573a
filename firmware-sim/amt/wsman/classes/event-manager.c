/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filters of events and subscribers to traps; records of the log as objects. AMT SDK, "Event
 * Manager". */
#include <string.h>

#include "firmware-sim/amt/amt-alerts.h"
#include "firmware-sim/amt/amt-filters.h"
#include "firmware-sim/amt/wsman/classes.h"

#define SYSTEM       "Intel(r) AMT"
#define MANAGER      WSMAN_REALM_EVENT_MANAGER
#define READER       (WSMAN_REALM_EVENT_MANAGER | WSMAN_REALM_LOG_READER)
#define LAST_OF_SNMP 17 /* AMT SDK, "Event Filters": no traps from 18 on */

/* ---- the service ---- */

static bool set_community(WsmanCall *call, const WsmanProperty *property, unsigned int slot)
{
    const char *text = wsman_text(call, property->name, 0);
    AmtAlerts *alerts = &wsman_change(call)->alerts;

    (void)slot;
    if (!amt_community_sane(text)) {
        return false;
    }
    g_strlcpy(alerts->community, g_str_equal(text, AMT_ALERT_COMMUNITY) ? "" : text,
              sizeof(alerts->community));
    return true;
}

static void get_community(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const AmtAlerts *alerts = &wsman_data(call)->alerts;

    (void)slot;
    wsman_out_text(out, *alerts->community ? alerts->community : AMT_ALERT_COMMUNITY);
}

static const WsmanProperty service[] = {
    WSMAN_SERVICE_KEYS("AMT_EventManagerService", "Intel(r) AMT Event Manager Service", SYSTEM),
    WSMAN_GET_SET("DefaultCommunityString", WSMAN_TEXT, 0, get_community, set_community),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Event Manager Service"),
    WSMAN_NUMBER_IS("EnabledState", WSMAN_U16, 5),
    WSMAN_NUMBER_IS("RequestedState", WSMAN_U16, 12),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_EventManagerService = {
    .name = "AMT_EventManagerService",
    .base = "CIM_Service",
    .read = MANAGER,
    .write = MANAGER,
    .slots = 1,
    .properties = service,
};

/* ---- filters ---- */

static const AmtFilter *filter_at(const WsmanCall *call, unsigned int slot)
{
    return &wsman_data(call)->alerts.filter[slot];
}

static bool filter_here(const WsmanCall *call, unsigned int slot)
{
    return filter_at(call, slot)->handle != 0;
}

static void filter_id(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    g_autofree char *id =
        g_strdup_printf("Intel(r) AMT:PET Filter %u", filter_at(call, slot)->handle);

    wsman_out_text(out, id);
}

static void filter_name(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_text(out, amt_filter_is_own(filter_at(call, slot)) ? "AMT Diagnostic" : "PET Filter");
}

#define MATCH(name_, member_) WSMAN_EACH(name_, WSMAN_U8, WSMAN_WRITE, alerts.filter, member_)

static const WsmanProperty filter[] = {
    MATCH("DeviceAddress", sensor_device),
    WSMAN_GET("ElementName", WSMAN_TEXT, 0, filter_name),
    WSMAN_EACH("EnableFilter", WSMAN_BOOL, WSMAN_WRITE, alerts.filter, enabled),
    MATCH("Entity", entity),
    MATCH("EntityInstance", entity_instance),
    MATCH("EventOffset", offset),
    MATCH("EventSensorType", sensor_type),
    MATCH("EventSeverity", severity),
    MATCH("EventSourceType", source),
    MATCH("EventType", event_type),
    WSMAN_GET("InstanceID", WSMAN_TEXT, WSMAN_KEY, filter_id),
    WSMAN_EACH("LogOnEvent", WSMAN_BOOL, WSMAN_WRITE, alerts.filter, log),
    WSMAN_EACH("OEMFilter", WSMAN_BOOL, WSMAN_WRITE, alerts.filter, oem),
    MATCH("PolicyID", policy),
    WSMAN_EACH("SendAlert", WSMAN_BOOL, WSMAN_WRITE, alerts.filter, alert),
    MATCH("SensorNumber", sensor_number),
    WSMAN_PROPERTIES_END,
};

/* The firmware's own stays as it is. */
static bool is_same_own(const WsmanCall *call)
{
    AmtAlerts fresh = {0};

    amt_filters_init(&fresh);
    return memcmp(&fresh.filter[0], filter_at(call, 0), sizeof(fresh.filter[0])) == 0;
}

static WsmanFault put_filter(WsmanCall *call, unsigned int slot)
{
    const AmtFilter *at = filter_at(call, slot);

    if (amt_filter_is_own(at)) {
        return is_same_own(call) ? WSMAN_FINE : WSMAN_FAULT_IN_USE;
    }
    return at->policy && at->policy != AMT_FILTER_OWN_POLICY ? WSMAN_FINE
                                                             : WSMAN_FAULT_INVALID_VALUES;
}

static WsmanFault create_filter(WsmanCall *call, unsigned int *slot)
{
    static const AmtFilter any = {
        .sensor_device = AMT_FILTER_ANY,
        .sensor_type = AMT_FILTER_ANY,
        .event_type = AMT_FILTER_ANY,
        .offset = AMT_FILTER_ANY,
        .source = AMT_FILTER_ANY,
        .severity = AMT_FILTER_ANY,
        .sensor_number = AMT_FILTER_ANY,
        .entity = AMT_FILTER_ANY,
        .entity_instance = AMT_FILTER_ANY,
    };
    WsmanFault fault;

    for (const WsmanProperty *p = filter; p->name; p++) {
        if ((p->flags & WSMAN_WRITE) && !wsman_has(call, p->name)) {
            return WSMAN_FAULT_MISSING_VALUES; /* all are required (intel/lms class metadata) */
        }
    }
    if (!amt_filters_add(&wsman_change(call)->alerts, &any, slot)) {
        return WSMAN_FAULT_QUOTA;
    }
    fault = wsman_set_all(call, &wsman_AMT_PETFilterSetting, *slot);
    return fault == WSMAN_FINE ? put_filter(call, *slot) : fault;
}

static WsmanFault remove_filter(WsmanCall *call, unsigned int slot)
{
    if (amt_filter_is_own(filter_at(call, slot))) {
        return WSMAN_FAULT_IN_USE;
    }
    wsman_change(call)->alerts.filter[slot] = (AmtFilter){0};
    return WSMAN_FINE;
}

const WsmanClass wsman_AMT_PETFilterSetting = {
    .name = "AMT_PETFilterSetting",
    .base = "CIM_SettingData",
    .read = MANAGER,
    .write = MANAGER,
    .slots = AMT_FILTERS,
    .present = filter_here,
    .properties = filter,
    .put = put_filter,
    .create = create_filter,
    .remove = remove_filter,
};

/* ---- subscribers ---- */

static const AmtSubscriber *subscriber_at(const WsmanCall *call, unsigned int slot)
{
    return &wsman_data(call)->alerts.subscriber[slot];
}

static bool subscriber_here(const WsmanCall *call, unsigned int slot)
{
    return slot < amt_subscriber_count(&wsman_data(call)->alerts);
}

/* Those that a user of this host subscribed have no handle: by where they are. */
static void subscriber_name(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const AmtSubscriber *subscriber = subscriber_at(call, slot);
    g_autofree char *name =
        subscriber->handle
            ? g_strdup_printf("Intel(r) AMT:SNMP Event Subscriber %u", subscriber->handle)
            : g_strdup_printf("Intel(r) AMT:SNMP Event Subscriber %s %u", subscriber->address,
                              subscriber->port);

    wsman_out_text(out, name);
}

static void access_info(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const AmtSubscriber *subscriber = subscriber_at(call, slot);
    bool six = strchr(subscriber->address, ':') != NULL;
    g_autofree char *text = subscriber->port == AMT_ALERT_PORT
                                ? g_strdup(subscriber->address)
                                : g_strdup_printf("%s%s%s:%u", six ? "[" : "", subscriber->address,
                                                  six ? "]" : "", subscriber->port);

    wsman_out_text(out, text);
}

static WsmanFault create_subscriber(WsmanCall *call, unsigned int *slot)
{
    const char *access = wsman_text(call, "AccessInfo", 0);
    const char *community = wsman_text(call, "CommunityString", 0);
    uint64_t policy;

    if (!access || !wsman_has(call, "PolicyID")) {
        return WSMAN_FAULT_MISSING_VALUES;
    }
    if (!wsman_number(call, "PolicyID", 0, UINT8_MAX, &policy)) {
        return WSMAN_FAULT_INVALID_VALUES;
    }
    if (amt_subscriber_count(&wsman_data(call)->alerts) == AMT_SUBSCRIBERS) {
        return WSMAN_FAULT_QUOTA;
    }
    return amt_alerts_subscribe(&wsman_change(call)->alerts, access,
                                community && *community ? community : NULL, (uint32_t)policy, slot)
               ? WSMAN_FINE
               : WSMAN_FAULT_INVALID_VALUES;
}

static WsmanFault remove_subscriber(WsmanCall *call, unsigned int slot)
{
    amt_alerts_unsubscribe(&wsman_change(call)->alerts, slot);
    return WSMAN_FINE;
}

static const WsmanProperty subscriber[] = {
    WSMAN_GET("AccessInfo", WSMAN_TEXT, 0, access_info),
    {.name = "CommunityString", .type = WSMAN_TEXT, .flags = WSMAN_HIDDEN},
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT SNMP Event Subscriber"),
    WSMAN_KEY_IS("CreationClassName", "AMT_SNMPEventSubscriber"),
    WSMAN_NUMBER_IS("InfoFormat", WSMAN_U16, 3), /* an IPv4 address; as AMT has it for all */
    WSMAN_GET("Name", WSMAN_TEXT, WSMAN_KEY, subscriber_name),
    WSMAN_EACH("PolicyID", WSMAN_U8, 0, alerts.subscriber, policy),
    WSMAN_NUMBER_IS("PortProtocol", WSMAN_U16, 2), /* UDP */
    WSMAN_KEY_IS("SystemCreationClassName", "CIM_ComputerSystem"),
    WSMAN_KEY_IS("SystemName", SYSTEM),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_SNMPEventSubscriber = {
    .name = "AMT_SNMPEventSubscriber",
    .base = "AMT_EventSubscriber",
    .until_major = LAST_OF_SNMP,
    .read = MANAGER,
    .write = MANAGER,
    .slots = AMT_SUBSCRIBERS,
    .present = subscriber_here,
    .properties = subscriber,
    .create = create_subscriber,
    .remove = remove_subscriber,
};

/* ---- which filter is whose, and whose service ---- */

/* By equal policies (AMT SDK, "Event Filter Subscribers"). */
static bool joined(const WsmanCall *call, unsigned int slot)
{
    unsigned int at = slot / AMT_SUBSCRIBERS;
    unsigned int to = slot % AMT_SUBSCRIBERS;

    return filter_here(call, at) && subscriber_here(call, to) &&
           filter_at(call, at)->policy == subscriber_at(call, to)->policy;
}

static void joined_filter(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_reference(out, call, &wsman_AMT_PETFilterSetting, slot / AMT_SUBSCRIBERS);
}

static void joined_subscriber(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_reference(out, call, &wsman_AMT_SNMPEventSubscriber, slot % AMT_SUBSCRIBERS);
}

static const WsmanProperty for_target[] = {
    WSMAN_GET("Antecedent", WSMAN_REFERENCE, WSMAN_KEY, joined_filter),
    WSMAN_GET("Dependent", WSMAN_REFERENCE, WSMAN_KEY, joined_subscriber),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_PETFilterForTarget = {
    .name = "AMT_PETFilterForTarget",
    .base = "CIM_Dependency",
    .until_major = LAST_OF_SNMP,
    .read = MANAGER,
    .slots = AMT_FILTERS * AMT_SUBSCRIBERS,
    .present = joined,
    .properties = for_target,
};

static void the_service(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_reference(out, call, &wsman_AMT_EventManagerService, 0);
}

static const WsmanProperty for_service[] = {
    WSMAN_GET("Antecedent", WSMAN_REFERENCE, WSMAN_KEY, the_service),
    WSMAN_GET("Dependent", WSMAN_REFERENCE, WSMAN_KEY, joined_subscriber),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_TrapTargetForService = {
    .name = "AMT_TrapTargetForService",
    .base = "CIM_ServiceSAPDependency",
    .until_major = LAST_OF_SNMP,
    .read = MANAGER,
    .slots = AMT_SUBSCRIBERS,
    .present = subscriber_here,
    .properties = for_service,
};

/* ---- the log's records as objects, newest first ---- */

static bool record_here(const WsmanCall *call, unsigned int slot)
{
    return slot < amt_log_count(wsman_amt(call));
}

static AmtEvent record_at(const WsmanCall *call, unsigned int slot)
{
    AmtEvent event = {0};

    amt_log_get(wsman_amt(call), slot + 1, &event);
    return event;
}

static void record_id(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    g_autofree char *id = g_strdup_printf("Intel(r) AMT:MessageLog 1:%u", slot + 1);

    (void)call;
    wsman_out_text(out, id);
}

static void record_number(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    g_autofree char *number = g_strdup_printf("%u", slot + 1);

    (void)call;
    wsman_out_text(out, number);
}

static void record_time(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_time(out, record_at(call, slot).time_s);
}

static void record_data(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtEvent event = record_at(call, slot);

    for (unsigned int i = 0; i < AMT_EVENT_DATA_SIZE; i++) {
        wsman_out_number(out, event.data[i]);
    }
}

#define RECORD_FIELD(member_)                                                             \
    static void record_##member_(const WsmanCall *call, unsigned int slot, WsmanOut *out) \
    {                                                                                     \
        wsman_out_number(out, record_at(call, slot).member_);                             \
    }
RECORD_FIELD(sensor_device)
RECORD_FIELD(sensor_type)
RECORD_FIELD(event_type)
RECORD_FIELD(offset)
RECORD_FIELD(source)
RECORD_FIELD(severity)
RECORD_FIELD(sensor_number)
RECORD_FIELD(entity)
RECORD_FIELD(entity_instance)
#undef RECORD_FIELD

static const WsmanProperty log_entry[] = {
    WSMAN_GET("CreationTimeStamp", WSMAN_TIME, 0, record_time),
    WSMAN_GET("DeviceAddress", WSMAN_U8, 0, record_sensor_device),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT:MessageLog 1 Record"),
    WSMAN_GET("Entity", WSMAN_U8, 0, record_entity),
    WSMAN_GET("EntityInstance", WSMAN_U8, 0, record_entity_instance),
    WSMAN_GET("EventData", WSMAN_U8, WSMAN_ARRAY, record_data),
    WSMAN_GET("EventOffset", WSMAN_U8, 0, record_offset),
    WSMAN_GET("EventSensorType", WSMAN_U8, 0, record_sensor_type),
    WSMAN_GET("EventSeverity", WSMAN_U8, 0, record_severity),
    WSMAN_GET("EventSourceType", WSMAN_U8, 0, record_source),
    WSMAN_GET("EventType", WSMAN_U8, 0, record_event_type),
    WSMAN_GET("InstanceID", WSMAN_TEXT, WSMAN_KEY, record_id),
    WSMAN_TEXT_IS("LogInstanceID", "Intel(r) AMT:MessageLog 1"),
    WSMAN_TEXT_IS("LogName", "Intel(r) AMT:MessageLog 1"),
    WSMAN_GET("RecordID", WSMAN_TEXT, 0, record_number),
    WSMAN_GET("SensorNumber", WSMAN_U8, 0, record_sensor_number),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_EventLogEntry = {
    .name = "AMT_EventLogEntry",
    .base = "CIM_LogEntry",
    .read = READER,
    .slots = AMT_LOG_RECORDS,
    .present = record_here,
    .properties = log_entry,
};
