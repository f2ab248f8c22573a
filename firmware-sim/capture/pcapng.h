/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Captures as files: pcapng (IETF draft-ietf-opsawg-pcapng), one section, one interface,
 * nanoseconds.
 */
#ifndef SWME_CAPTURE_PCAPNG_H
#define SWME_CAPTURE_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

/* ---- bytes ---- */

/* The beginning of a file. */
void swme_pcapng_header(GByteArray *out, const char *application);
void swme_pcapng_packet(GByteArray *out, int64_t stamp_ns, const uint8_t *data, size_t size);

/* ---- writing ---- */

typedef struct SwmeCaptureFile SwmeCaptureFile;

/*
 * Writes to a file or FIFO from a thread of its own: what cannot be written (a full disk, a FIFO
 * that nobody reads) is dropped and counted, and whoever adds records never waits. What was added
 * is in the file within a tenth of a second. False and a one-line error when it cannot be opened.
 */
SwmeCaptureFile *swme_capture_file_new(const char *path, const char *application, GError **error);
/* A SwmeCaptureSink; opaque is the file. */
void swme_capture_file_add(void *opaque, int64_t stamp_ns, const uint8_t *data, size_t size);
/* Records that could not be written so far. */
uint64_t swme_capture_file_dropped(SwmeCaptureFile *file);
/* Writes what can be written at once; what is added from now on goes nowhere. */
void swme_capture_file_end(SwmeCaptureFile *file);
/* Likewise, and frees. */
void swme_capture_file_free(SwmeCaptureFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SwmeCaptureFile, swme_capture_file_free)

/* ---- reading ---- */

typedef struct SwmePcapngRecord {
    int64_t stamp_ns;
    const uint8_t *data; /* within what is read */
    size_t size;
} SwmePcapngRecord;

/* Reads from memory that outlives it; trusts none of it. */
typedef struct SwmePcapngReader {
    const uint8_t *data;
    size_t size;
    size_t at;
    GArray *interfaces;
    bool section; /* one has begun */
} SwmePcapngReader;

void swme_pcapng_reader_init(SwmePcapngReader *reader, const void *data, size_t size);
void swme_pcapng_reader_clear(SwmePcapngReader *reader);

/*
 * The next packet of our link type. False at the end, and with a one-line error where it is no
 * pcapng file or breaks; a last block that is not all there is the end of a file that still grows.
 */
bool swme_pcapng_next(SwmePcapngReader *reader, SwmePcapngRecord *record, GError **error);

#endif
