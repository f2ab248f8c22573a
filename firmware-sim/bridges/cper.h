/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMT events as UEFI's common platform error records, and back; and as the error status blocks that
 * an ACPI boot error record table points at.
 *
 * An event is one section of the standard type "firmware error record reference": the kernel names
 * it, with our GUID, and shows what follows, the event as IPMI's log has it (sel.h).
 *
 * Layout: UEFI 2.10, appendix N.2 and N.2.10; ACPI 6.5, 18.3.1 (BERT) and 18.3.2.7 (status blocks).
 */
#ifndef SWME_BRIDGES_CPER_H
#define SWME_BRIDGES_CPER_H

#include "firmware-sim/amt/event.h"

/* Of a record and of one section's descriptor. */
#define SWME_CPER_HEAD_SIZE    128
#define SWME_CPER_SECTION_SIZE 72

/* UEFI N.2.1. */
enum {
    SWME_CPER_RECOVERABLE,
    SWME_CPER_FATAL,
    SWME_CPER_CORRECTED,
    SWME_CPER_INFORMATIONAL,
};

unsigned int swme_cper_severity(const AmtEvent *event);

/* Appends one record, of one event. */
void swme_cper_append(GByteArray *out, const AmtEvent *event, uint64_t id);

/* What a section says; the events are not stamped. */
typedef void (*SwmeCperFunc)(void *opaque, const AmtEvent *event);
/*
 * Reads one record of others: each section that stands for an event becomes one. Returns how many;
 * -1: it is no record, and *error says why. size may be more than the record.
 */
int swme_cper_read(const uint8_t *record, size_t size, SwmeCperFunc func, void *opaque,
                   GError **error);
/* Of a record that is whole: when, by whoever wrote it; it may be anything. */
uint64_t swme_cper_stamp(const uint8_t *record);
/* A part of what a kernel says when it dies (Linux' pstore)? It comes in several. */
bool swme_cper_is_dying_words(const uint8_t *record, size_t size);

/* ---- boot error records ---- */

#define SWME_BERT_SIZE   48
#define SWME_BERT_REGION 0x2000
#define SWME_BERT_EVENTS 40 /* Linux prints five blocks, each if it is below 1 KiB */

/*
 * The region: all zeros but for the events that tell of an error, as they come, up to
 * SWME_BERT_EVENTS. Returns how many.
 */
unsigned int swme_bert_region(uint8_t *region, const AmtEvent *events, size_t count);
/* The table that says where it is. */
void swme_bert_table(uint8_t *table, uint64_t address);

#endif
