/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AMT_MessageLog: the event log of event.h, newest record first. AMT SDK; go-wsman-messages. */
#include "firmware-sim/amt/event.h"
#include "firmware-sim/amt/wsman/classes.h"

/* AMT SDK: what the methods return besides PT_STATUS. */
enum { LOG_OK = 0, LOG_NOT_SUPPORTED = 1, LOG_INVALID = 2, LOG_NO_RECORD = 3 };

#define ENABLED 2

static void capabilities(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    static const uint32_t values[] = {5, 6, 8, 7}; /* as captured */

    (void)call;
    (void)slot;
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        wsman_out_number(out, values[i]);
    }
}

static uint32_t first_record(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    if (amt_log_count(wsman_amt(call)) == 0) {
        return LOG_INVALID;
    }
    wsman_out_name(out, "IterationIdentifier");
    wsman_out_number(out, 1);
    return LOG_OK;
}

static void out_record(const WsmanCall *call, unsigned int number, WsmanOut *out)
{
    uint8_t record[AMT_RECORD_SIZE];
    AmtEvent event;

    if (amt_log_get(wsman_amt(call), number, &event)) {
        amt_event_encode(&event, record);
        wsman_out_base64(out, record, sizeof(record));
    }
}

static uint32_t get_records(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    uint32_t count = amt_log_count(wsman_amt(call));
    uint32_t from = wsman_u32(call, "IterationIdentifier");
    uint32_t most = wsman_u32(call, "MaxReadRecords");
    uint32_t end;

    (void)slot;
    if (from == 0 || most == 0 || most > AMT_LOG_RECORDS || (from > count && from != 1)) {
        return LOG_INVALID;
    }
    end = MIN(from - 1 + most, count);
    wsman_out_name(out, "IterationIdentifier");
    wsman_out_number(out, end + 1);
    /* Consoles read on until this is true. */
    wsman_out_name(out, "NoMoreRecords");
    wsman_out_bool(out, end == count);
    wsman_out_name(out, "RecordArray");
    for (uint32_t number = from; number <= end; number++) {
        out_record(call, number, out);
    }
    return LOG_OK;
}

static uint32_t get_record(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    uint32_t at = wsman_u32(call, "IterationIdentifier");

    (void)slot;
    if (at == 0 || at > amt_log_count(wsman_amt(call))) {
        return LOG_NO_RECORD;
    }
    wsman_out_name(out, "IterationIdentifier");
    wsman_out_number(out, wsman_bool(call, "PositionToNext") ? at + 1 : at);
    wsman_out_name(out, "RecordNumber");
    wsman_out_number(out, at);
    wsman_out_name(out, "RecordData");
    out_record(call, at, out);
    return LOG_OK;
}

/* The iteration is its next record's number: moving it needs no memory, and ending it neither. */
static uint32_t position_at(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    uint64_t at = wsman_u32(call, "RecordNumber");

    (void)slot;
    if (!wsman_bool(call, "MoveAbsolute")) {
        at += wsman_u32(call, "IterationIdentifier");
    }
    if (at == 0 || at > amt_log_count(wsman_amt(call))) {
        return LOG_NO_RECORD;
    }
    wsman_out_name(out, "IterationIdentifier");
    wsman_out_number(out, at);
    wsman_out_name(out, "RecordNumber");
    wsman_out_number(out, at);
    return LOG_OK;
}

static uint32_t cancel_iteration(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    (void)out;
    return wsman_u32(call, "IterationIdentifier") ? LOG_OK : LOG_INVALID;
}

/* It is enabled, and AMT has no way to disable it. */
static uint32_t change_state(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    (void)out;
    return wsman_u32(call, "RequestedState") == ENABLED ? LOG_OK : LOG_NOT_SUPPORTED;
}

static uint32_t clear_log(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    (void)out;
    return amt_log_clear(wsman_amt(call)) ? LOG_OK : WSMAN_PT_LOG_FROZEN;
}

static uint32_t freeze_log(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    (void)out;
    amt_log_freeze(wsman_amt(call), wsman_bool(call, "Freeze"));
    return LOG_OK;
}

static void record_count(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_number(out, amt_log_count(wsman_amt(call)));
}

static void percentage_full(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_number(out, 100 * amt_log_count(wsman_amt(call)) / AMT_LOG_RECORDS);
}

#define END           \
    {                 \
        NULL, 0, 0, 0 \
    }
static const WsmanParameter records_in[] = {
    {"IterationIdentifier", WSMAN_U32, 0, 0}, {"MaxReadRecords", WSMAN_U32, 0, 0}, END};
static const WsmanParameter record_in[] = {{"IterationIdentifier", WSMAN_U32, 0, 0},
                                           {"PositionToNext", WSMAN_BOOL, WSMAN_OPTIONAL, 0},
                                           END};
static const WsmanParameter position_in[] = {{"IterationIdentifier", WSMAN_U32, 0, 0},
                                             {"MoveAbsolute", WSMAN_BOOL, 0, 0},
                                             {"RecordNumber", WSMAN_U32, 0, 0},
                                             END};
static const WsmanParameter cancel_in[] = {{"IterationIdentifier", WSMAN_U32, WSMAN_OPTIONAL, 0},
                                           END};
static const WsmanParameter state_in[] = {
    {"RequestedState", WSMAN_U16, 0, 0}, {"TimeoutPeriod", WSMAN_TIME, WSMAN_OPTIONAL, 0}, END};
static const WsmanParameter freeze_in[] = {{"Freeze", WSMAN_BOOL, 0, 0}, END};

#define READER (WSMAN_REALM_LOG_READER | WSMAN_REALM_EVENT_MANAGER)

static const WsmanMethod methods[] = {
    {"PositionToFirstRecord", NULL, "IterationIdentifier", first_record, READER, LOG_INVALID,
     false},
    {"GetRecords", records_in, "IterationIdentifier, NoMoreRecords, RecordArray", get_records,
     READER, LOG_INVALID, false},
    {"GetRecord", record_in, "IterationIdentifier, RecordNumber, RecordData", get_record, READER,
     LOG_INVALID, false},
    {"PositionAtRecord", position_in, "IterationIdentifier, RecordNumber", position_at, READER,
     LOG_INVALID, false},
    {"CancelIteration", cancel_in, NULL, cancel_iteration, READER, LOG_INVALID, false},
    {"RequestStateChange", state_in, NULL, change_state, WSMAN_REALM_EVENT_MANAGER, LOG_INVALID,
     false},
    {"ClearLog", NULL, NULL, clear_log, WSMAN_REALM_EVENT_MANAGER, LOG_INVALID, false},
    {"FreezeLog", freeze_in, NULL, freeze_log, WSMAN_REALM_EVENT_MANAGER, LOG_INVALID, false},
    {.name = NULL},
};

static const WsmanProperty message_log[] = {
    WSMAN_GET("Capabilities", WSMAN_U16, WSMAN_ARRAY, capabilities),
    WSMAN_NUMBER_IS("CharacterSet", WSMAN_U16, 10),
    WSMAN_KEY_IS("CreationClassName", "AMT_MessageLog"),
    WSMAN_GET("CurrentNumberOfRecords", WSMAN_U64, 0, record_count),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT:MessageLog 1"),
    WSMAN_NUMBER_IS("EnabledDefault", WSMAN_U16, ENABLED),
    WSMAN_NUMBER_IS("EnabledState", WSMAN_U16, ENABLED),
    WSMAN_NUMBER_IS("HealthState", WSMAN_U16, 5),
    WSMAN_MEMBER("IsFrozen", WSMAN_BOOL, 0, log.frozen),
    WSMAN_NUMBER_IS("LastChange", WSMAN_U16, 0),
    WSMAN_NUMBER_IS("LogState", WSMAN_U16, 4),
    WSMAN_NUMBER_IS("MaxLogSize", WSMAN_U64, 0),
    WSMAN_NUMBER_IS("MaxNumberOfRecords", WSMAN_U64, AMT_LOG_RECORDS),
    WSMAN_NUMBER_IS("MaxRecordSize", WSMAN_U64, AMT_RECORD_SIZE),
    WSMAN_KEY_IS("Name", "Intel(r) AMT:MessageLog 1"),
    WSMAN_NUMBER_IS("OverwritePolicy", WSMAN_U16, 2),
    WSMAN_GET("PercentageNearFull", WSMAN_U8, 0, percentage_full),
    WSMAN_NUMBER_IS("OperationalStatus", WSMAN_U16, 2),
    WSMAN_NUMBER_IS("RequestedState", WSMAN_U16, 12),
    WSMAN_NUMBER_IS("SizeOfHeader", WSMAN_U64, 0),
    WSMAN_NUMBER_IS("SizeOfRecordHeader", WSMAN_U64, 0),
    WSMAN_TEXT_IS("Status", "OK"),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_MessageLog = {
    .name = "AMT_MessageLog",
    .base = "CIM_MessageLog",
    .read = WSMAN_REALM_ANY,
    .slots = 1,
    .properties = message_log,
    .methods = methods,
};
