/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/pet.h"

#include <string.h>

/* ---- BER, written from its end: each length is known when it is its turn ---- */

#define TAG_INTEGER   0x02
#define TAG_OCTETS    0x04
#define TAG_OID       0x06
#define TAG_SEQUENCE  0x30
#define TAG_IPADDRESS 0x40
#define TAG_TIMETICKS 0x43
#define TAG_TRAP      0xa4

typedef struct Writer {
    uint8_t *out;
    size_t at; /* the first byte that is written; 0 with full: none was free any more */
    bool full;
} Writer;

static void put(Writer *writer, const void *bytes, size_t size)
{
    if (size > writer->at) {
        writer->full = true;
        return;
    }
    writer->at -= size;
    memcpy(writer->out + writer->at, bytes, size);
}

static void put_byte(Writer *writer, uint8_t byte)
{
    put(writer, &byte, 1);
}

static void put_header(Writer *writer, uint8_t tag, size_t length)
{
    if (length < 0x80) {
        put_byte(writer, (uint8_t)length);
    } else {
        /* AMT_PET_MAX keeps it below 256. */
        put_byte(writer, (uint8_t)length);
        put_byte(writer, 0x81);
    }
    put_byte(writer, tag);
}

static void put_element(Writer *writer, uint8_t tag, const void *bytes, size_t size)
{
    put(writer, bytes, size);
    put_header(writer, tag, size);
}

/* Two's complement in as few bytes as it takes. */
static void put_unsigned(Writer *writer, uint8_t tag, uint32_t value)
{
    size_t end = writer->at;

    do {
        put_byte(writer, (uint8_t)value);
        value >>= 8;
    } while (value);
    if (!writer->full && (writer->out[writer->at] & 0x80)) {
        put_byte(writer, 0);
    }
    put_header(writer, tag, end - writer->at);
}

/* All that was written since end. */
static void wrap(Writer *writer, uint8_t tag, size_t end)
{
    put_header(writer, tag, end - writer->at);
}

/* ---- the trap ---- */

#define EPOCH_1998   UINT32_C(883612800)
#define LANGUAGE     0x19 /* English, of IPMI's FRU table */
#define VALUE_SIZE   47
#define NO_MORE_OEM  0xc1
#define OFF_SEQUENCE 16
#define OFF_TIME     18
#define OFF_SOURCES  24
#define OFF_SENSOR   26
#define OFF_DATA     31
#define OFF_LANGUAGE 39
#define OFF_MAKER    40
#define OFF_SYSTEM   44
#define OFF_END      46

/* 1.3.6.1.4.1.3183.1.1, and the one variable's name below it */
static const uint8_t enterprise[] = {0x2b, 6, 1, 4, 1, 0x98, 0x6f, 1, 1};
static const uint8_t variable[] = {0x2b, 6, 1, 4, 1, 0x98, 0x6f, 1, 1, 1};

static void put_be16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put_be32(uint8_t *at, uint32_t value)
{
    put_be16(at, (uint16_t)(value >> 16));
    put_be16(at + 2, (uint16_t)value);
}

static void make_value(const AmtPet *pet, uint8_t *value)
{
    const AmtEvent *event = pet->event;
    /* 0 says that the time is not known; PET's begins in 1998. The UTC offset behind it stays 0. */
    uint32_t time = event->time_s > EPOCH_1998 ? event->time_s - EPOCH_1998 : 0;
    const uint8_t sensor[] = {
        event->severity, event->sensor_device,   event->sensor_number,
        event->entity,   event->entity_instance,
    };

    memset(value, 0, VALUE_SIZE);
    memcpy(value, pet->guid, AMT_PET_GUID_SIZE);
    put_be16(value + OFF_SEQUENCE, pet->sequence);
    put_be32(value + OFF_TIME, time);
    value[OFF_SOURCES] = pet->source;
    value[OFF_SOURCES + 1] = event->source;
    memcpy(value + OFF_SENSOR, sensor, sizeof(sensor));
    memcpy(value + OFF_DATA, event->data, AMT_EVENT_DATA_SIZE);
    value[OFF_LANGUAGE] = LANGUAGE;
    put_be32(value + OFF_MAKER, pet->manufacturer);
    put_be16(value + OFF_SYSTEM, pet->system_id);
    value[OFF_END] = NO_MORE_OEM;
}

static uint32_t specific_trap(const AmtEvent *event)
{
    return (uint32_t)event->sensor_type << 16 | (uint32_t)event->event_type << 8 |
           (event->offset & 0x8f);
}

size_t amt_pet_encode(const AmtPet *pet, uint8_t *out)
{
    Writer writer = {.out = out, .at = AMT_PET_MAX};
    size_t end = writer.at;
    uint8_t value[VALUE_SIZE];
    size_t size;

    make_value(pet, value);
    put_element(&writer, TAG_OCTETS, value, sizeof(value));
    put_element(&writer, TAG_OID, variable, sizeof(variable));
    wrap(&writer, TAG_SEQUENCE, end);
    wrap(&writer, TAG_SEQUENCE, end); /* the list of one */
    put_unsigned(&writer, TAG_TIMETICKS, pet->uptime_cs);
    put_unsigned(&writer, TAG_INTEGER, specific_trap(pet->event));
    put_unsigned(&writer, TAG_INTEGER, 6); /* enterprise-specific */
    put_element(&writer, TAG_IPADDRESS, pet->agent, sizeof(pet->agent));
    put_element(&writer, TAG_OID, enterprise, sizeof(enterprise));
    wrap(&writer, TAG_TRAP, end);
    put_element(&writer, TAG_OCTETS, pet->community, strlen(pet->community));
    put_unsigned(&writer, TAG_INTEGER, 0); /* SNMPv1 */
    wrap(&writer, TAG_SEQUENCE, end);
    if (writer.full) {
        return 0;
    }
    size = end - writer.at;
    memmove(out, out + writer.at, size);
    return size;
}
