/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/bridges/sel.h"

#include <string.h>

#include <swme/bytes.h>

#include "firmware-sim/amt/event-text.h"

#define TYPE_EVENT 0x02 /* IPMI 32.1 */
#define TYPE_OEM   0xc1 /* 32.2: of the range with a time; which one of it is a choice */
#define MAKER      343  /* Intel, as IANA numbers makers */
#define REVISION   0x04
#define OFF_TYPE   2
#define OFF_TIME   3
#define OFF_SENDER 7
#define OFF_EVENT  9
#define OFF_OEM    10
#define NOTHING    0xff

/* IPMI 32.1: the I2C address of who says it, or with bit 0 a number of software's. */
#define SENDER_BIOS 0x0001
#define SENDER_ME   0x002c /* a satellite controller's usual address */
#define NO_DEVICE   0xff
#define ENTITY_BIOS 0x22

/* What the first byte of data says of the others: ASF's way (3.1.5), and IPMI's (29.7). */
#define ASF_CODE   0x40
#define ASF_OEM    0xaa
#define IPMI_CODE  0xc0 /* the second is the sensor's own */
#define IPMI_OEM   0xa0 /* the second and the third are the maker's */
#define IPMI_WHICH 0xf0
#define OFFSET     0x0f
#define WAY_BACK   0x80

static uint16_t sender(const AmtEvent *event)
{
    if (event->sensor_device != NO_DEVICE && !(event->sensor_device & 1)) {
        return event->sensor_device;
    }
    return event->entity == ENTITY_BIOS ? SENDER_BIOS : SENDER_ME;
}

static void put_head(const AmtEvent *event, uint16_t id, uint8_t type, uint8_t *out)
{
    swme_put_le16(out, id);
    out[OFF_TYPE] = type;
    swme_put_le32(out + OFF_TIME, event->time_s);
}

void swme_sel_encode(const AmtEvent *event, uint16_t id, uint8_t *out)
{
    uint8_t offset = event->offset & OFFSET;
    uint8_t first = offset, second = NOTHING, third = NOTHING;

    if (event->data[0] == ASF_CODE || event->data[0] == ASF_OEM) {
        first = (event->data[0] == ASF_CODE ? IPMI_CODE : IPMI_OEM) | offset;
        second = event->data[1];
        third = event->data[2];
    }
    if (event->data[0] == ASF_CODE) {
        third = NOTHING;
    }
    put_head(event, id, TYPE_EVENT, out);
    swme_put_le16(out + OFF_SENDER, sender(event));
    memcpy(out + OFF_EVENT,
           (const uint8_t[]){
               REVISION,
               event->sensor_type,
               event->sensor_number,
               (uint8_t)((event->offset & WAY_BACK) | (event->event_type & ~WAY_BACK)),
               first,
               second,
               third,
           },
           SWME_SEL_SIZE - OFF_EVENT);
}

void swme_sel_encode_rest(const AmtEvent *event, uint16_t id, uint8_t *out)
{
    put_head(event, id, TYPE_OEM, out);
    out[OFF_SENDER] = (uint8_t)MAKER;
    out[OFF_SENDER + 1] = (uint8_t)(MAKER >> 8);
    out[OFF_SENDER + 2] = 0;
    memcpy(out + OFF_OEM,
           (const uint8_t[]){
               event->severity,
               event->entity,
               event->entity_instance,
               event->data[3],
               event->data[4],
               event->data[5],
           },
           SWME_SEL_SIZE - OFF_OEM);
}

bool swme_sel_decode(AmtEvent *event, const uint8_t *record)
{
    const uint8_t *at = record + OFF_EVENT;
    uint16_t from = swme_get_le16(record + OFF_SENDER);
    const AmtEventRow *row;

    if (record[OFF_TYPE] != TYPE_EVENT) {
        return false;
    }
    *event = (AmtEvent){
        .time_s = swme_get_le32(record + OFF_TIME),
        .sensor_device = from == SENDER_ME || (from & 1) ? NO_DEVICE : (uint8_t)from,
        .sensor_type = at[1],
        .sensor_number = at[2],
        .event_type = at[3] & (uint8_t)~WAY_BACK,
        .offset = (uint8_t)((at[3] & WAY_BACK) | (at[4] & OFFSET)),
        .entity = from == SENDER_BIOS ? ENTITY_BIOS : 0,
    };
    if ((at[4] & IPMI_WHICH) == IPMI_CODE || (at[4] & IPMI_WHICH) == IPMI_OEM) {
        event->data[0] = (at[4] & IPMI_WHICH) == IPMI_CODE ? ASF_CODE : ASF_OEM;
        event->data[1] = at[5];
        event->data[2] = event->data[0] == ASF_OEM ? at[6] : 0;
    }
    row = amt_event_row(event);
    if (row) {
        event->source = row->event.source;
        event->severity = row->event.severity;
        event->entity = row->event.entity;
        event->entity_instance = row->event.entity_instance;
    }
    return true;
}
