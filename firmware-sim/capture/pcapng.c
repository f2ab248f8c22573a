/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pcapng's blocks: numbers and layouts of draft-ietf-opsawg-pcapng, sections 3 and 4. */
#include "firmware-sim/capture/pcapng.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/capture.h>

#include "firmware-sim/clock.h"
#include "firmware-sim/error.h"

#define BLOCK_SECTION   0x0a0d0d0au
#define BLOCK_INTERFACE 1u
#define BLOCK_PACKET    6u
#define BLOCK_LEAST     12u
#define BLOCK_MOST      (16u * 1024 * 1024)
#define BYTE_ORDER_OURS 0x1a2b3c4du
#define BYTE_ORDER_LESS 0x4d3c2b1au

#define OPTION_END         0
#define OPTION_APPLICATION 4 /* of a section: shb_userappl */
#define OPTION_NAME        2 /* of an interface: if_name */
#define OPTION_RESOLUTION  9 /* likewise: if_tsresol */
#define RESOLUTION_DEFAULT 6 /* microseconds */
#define RESOLUTION_NS      9
#define RESOLUTION_BINARY  0x80
#define PACKET_HEAD        20u /* interface, time high and low, captured and original length */
#define INTERFACE_HEAD     8u
#define SECTION_HEAD       16u
#define INTERFACES_MOST    64u

/* ---- bytes ---- */

static void put16(GByteArray *out, uint16_t value)
{
    uint8_t bytes[2];

    swme_put_le16(bytes, value);
    g_byte_array_append(out, bytes, sizeof(bytes));
}

static void put32(GByteArray *out, uint32_t value)
{
    uint8_t bytes[4];

    swme_put_le32(bytes, value);
    g_byte_array_append(out, bytes, sizeof(bytes));
}

static void put_padded(GByteArray *out, const void *data, size_t size)
{
    static const uint8_t zeros[4];

    g_byte_array_append(out, data, (guint)size);
    g_byte_array_append(out, zeros, (guint)(-size % 4));
}

static void put_option(GByteArray *out, uint16_t code, const void *data, size_t size)
{
    put16(out, code);
    put16(out, (uint16_t)size);
    put_padded(out, data, size);
}

static guint begin_block(GByteArray *out, uint32_t type)
{
    guint start = out->len;

    put32(out, type);
    put32(out, 0);
    return start;
}

static void end_block(GByteArray *out, guint start)
{
    uint32_t length = out->len - start + 4;

    put32(out, length);
    swme_put_le32(out->data + start + 4, length);
}

void swme_pcapng_header(GByteArray *out, const char *application)
{
    const uint8_t resolution = RESOLUTION_NS;
    guint start = begin_block(out, BLOCK_SECTION);

    put32(out, BYTE_ORDER_OURS);
    put16(out, 1);
    put16(out, 0);
    put32(out, UINT32_MAX); /* the section's length is not known */
    put32(out, UINT32_MAX);
    put_option(out, OPTION_APPLICATION, application, strlen(application));
    put32(out, OPTION_END);
    end_block(out, start);

    start = begin_block(out, BLOCK_INTERFACE);
    put16(out, CAPTURE_LINK_TYPE);
    put16(out, 0);
    put32(out, 0); /* packets are never cut */
    put_option(out, OPTION_NAME, "intel-mei", strlen("intel-mei"));
    put_option(out, OPTION_RESOLUTION, &resolution, 1);
    put32(out, OPTION_END);
    end_block(out, start);
}

/* In as few steps as can be: this is what each register access of a captured guest pays. */
void swme_pcapng_packet(GByteArray *out, int64_t stamp_ns, const uint8_t *data, size_t size)
{
    size_t padded = (size + 3) & ~(size_t)3;
    uint32_t length = (uint32_t)(8 + PACKET_HEAD + padded + 4);
    guint start = out->len;
    uint8_t *block;

    g_byte_array_set_size(out, start + length);
    block = out->data + start;
    swme_put_le32(block, BLOCK_PACKET);
    swme_put_le32(block + 4, length);
    swme_put_le32(block + 8, 0);
    swme_put_le32(block + 12, (uint32_t)((uint64_t)stamp_ns >> 32));
    swme_put_le32(block + 16, (uint32_t)stamp_ns);
    swme_put_le32(block + 20, (uint32_t)size);
    swme_put_le32(block + 24, (uint32_t)size);
    memcpy(block + 8 + PACKET_HEAD, data, size);
    memset(block + 8 + PACKET_HEAD + size, 0, padded - size);
    swme_put_le32(block + length - 4, length);
}

/* ---- reading ---- */

typedef struct Interface {
    bool ours;
    uint8_t resolution;
} Interface;

void swme_pcapng_reader_init(SwmePcapngReader *reader, const void *data, size_t size)
{
    *reader = (SwmePcapngReader){
        .data = data,
        .size = size,
        .interfaces = g_array_new(FALSE, FALSE, sizeof(Interface)),
    };
}

void swme_pcapng_reader_clear(SwmePcapngReader *reader)
{
    g_clear_pointer(&reader->interfaces, g_array_unref);
}

static bool broken(GError **error, const char *what)
{
    swme_error_set(error, SWME_ERROR_STATE, NULL, "no capture that can be read: %s", what);
    return false;
}

/* to_ns: of a unit that the interface names; what does not fit is as late as can be. */
static int64_t to_ns(uint64_t stamp, uint8_t resolution)
{
    unsigned int digits = resolution & ~RESOLUTION_BINARY;

    if (resolution & RESOLUTION_BINARY) {
        uint64_t whole = digits < 64 ? stamp >> digits : 0;
        double part = (double)(stamp - (digits < 64 ? whole << digits : 0));

        for (unsigned int i = 0; i < digits; i++) {
            part /= 2;
        }
        return whole > INT64_MAX / SWME_NS_PER_S - 1
                   ? INT64_MAX
                   : (int64_t)whole * SWME_NS_PER_S + (int64_t)(part * (double)SWME_NS_PER_S);
    }
    for (; digits > RESOLUTION_NS && stamp; digits--) {
        stamp /= 10;
    }
    for (; digits < RESOLUTION_NS; digits++) {
        if (stamp > INT64_MAX / 10) {
            return INT64_MAX;
        }
        stamp *= 10;
    }
    return (int64_t)MIN(stamp, INT64_MAX);
}

static void take_interface(SwmePcapngReader *reader, const uint8_t *body, size_t size)
{
    Interface interface = {
        .ours = swme_get_le16(body) == CAPTURE_LINK_TYPE,
        .resolution = RESOLUTION_DEFAULT,
    };
    size_t at = INTERFACE_HEAD;

    while (at + 4 <= size) {
        uint16_t code = swme_get_le16(body + at);
        uint16_t length = swme_get_le16(body + at + 2);

        at += 4;
        if (code == OPTION_END || length > size - at) {
            break;
        }
        if (code == OPTION_RESOLUTION && length >= 1) {
            interface.resolution = body[at];
        }
        at += (length + 3u) & ~3u;
    }
    g_array_append_val(reader->interfaces, interface);
}

/* False: not one of ours. */
static bool take_packet(const SwmePcapngReader *reader, const uint8_t *body, size_t size,
                        SwmePcapngRecord *record)
{
    uint32_t index, captured;
    const Interface *interface;

    if (size < PACKET_HEAD) {
        return false;
    }
    index = swme_get_le32(body);
    captured = swme_get_le32(body + 12);
    if (index >= reader->interfaces->len || captured > size - PACKET_HEAD) {
        return false;
    }
    interface = &g_array_index(reader->interfaces, Interface, index);
    record->stamp_ns = to_ns((uint64_t)swme_get_le32(body + 4) << 32 | swme_get_le32(body + 8),
                             interface->resolution);
    record->data = body + PACKET_HEAD;
    record->size = captured;
    return interface->ours;
}

/* The block at reader->at: its type, and body; false at the end or, with an error, where it breaks.
 */
static bool next_block(SwmePcapngReader *reader, uint32_t *type, const uint8_t **body, size_t *size,
                       GError **error)
{
    const uint8_t *block = reader->data + reader->at;
    size_t left = reader->size - reader->at;
    uint32_t length;

    if (left < BLOCK_LEAST) {
        return reader->section ? false : broken(error, "it is too short for pcapng");
    }
    *type = swme_get_le32(block);
    if (!reader->section && *type != BLOCK_SECTION) {
        return broken(error, "it is no pcapng file");
    }
    if (*type == BLOCK_SECTION && swme_get_le32(block + 8) != BYTE_ORDER_OURS) {
        return broken(error,
                      swme_get_le32(block + 8) == BYTE_ORDER_LESS
                          ? "it was written by a big-endian machine: only little-endian is read"
                          : "a section without its byte order");
    }
    length = swme_get_le32(block + 4);
    if (length < BLOCK_LEAST || length % 4 || length > BLOCK_MOST) {
        return broken(error, "a block of an impossible length");
    }
    if (length > left) {
        return false;
    }
    if (swme_get_le32(block + length - 4) != length) {
        return broken(error, "a block whose two lengths differ");
    }
    *body = block + 8;
    *size = length - BLOCK_LEAST;
    reader->at += length;
    return true;
}

bool swme_pcapng_next(SwmePcapngReader *reader, SwmePcapngRecord *record, GError **error)
{
    uint32_t type = 0;
    const uint8_t *body = NULL;
    size_t size = 0;

    while (next_block(reader, &type, &body, &size, error)) {
        if (type == BLOCK_SECTION) {
            if (size < SECTION_HEAD) {
                return broken(error, "a section's head that is too short");
            }
            reader->section = true;
            g_array_set_size(reader->interfaces, 0);
        } else if (type == BLOCK_INTERFACE) {
            if (size < INTERFACE_HEAD || reader->interfaces->len >= INTERFACES_MOST) {
                return broken(error, "an interface that is too short, or one too many");
            }
            take_interface(reader, body, size);
        } else if (type == BLOCK_PACKET && take_packet(reader, body, size, record)) {
            return true;
        }
    }
    return false;
}
