/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/smbios.h"

#include <string.h>

#include <swme/bytes.h>

#define HEADER_SIZE 4 /* type, length, handle */

/* The structure at *at, and *at behind it. False: no whole one. */
static bool next(const uint8_t *table, size_t size, size_t *at, SmbiosStructure *structure)
{
    size_t end;

    if (size - *at < HEADER_SIZE || table[*at + 1] < HEADER_SIZE ||
        size - *at < (size_t)table[*at + 1] + 2) {
        return false;
    }
    structure->data = table + *at;
    structure->size = table[*at + 1];
    structure->strings = (const char *)structure->data + structure->size;
    /* Strings end with an empty one; no strings at all are two zeros. */
    for (end = *at + structure->size; end + 1 < size; end++) {
        if (table[end] == 0 && table[end + 1] == 0) {
            structure->strings_size = end + 1 - *at - structure->size;
            *at = end + 2;
            return true;
        }
    }
    return false;
}

bool smbios_find(GBytes *table, uint8_t type, unsigned int index, SmbiosStructure *structure)
{
    gsize size;
    const uint8_t *data = g_bytes_get_data(table, &size);
    size_t at = 0;

    while (at < size && next(data, size, &at, structure)) {
        if (structure->data[0] == type && index-- == 0) {
            return true;
        }
        if (structure->data[0] == SMBIOS_END) {
            break;
        }
    }
    memset(structure, 0, sizeof(*structure));
    return false;
}

uint8_t smbios_u8(const SmbiosStructure *structure, size_t at)
{
    return at < structure->size ? structure->data[at] : 0;
}

uint16_t smbios_u16(const SmbiosStructure *structure, size_t at)
{
    return (uint16_t)(at + 2 <= structure->size ? swme_get_le16(structure->data + at) : 0);
}

uint32_t smbios_u32(const SmbiosStructure *structure, size_t at)
{
    return at + 4 <= structure->size ? swme_get_le32(structure->data + at) : 0;
}

void smbios_text(const SmbiosStructure *structure, size_t at, char text[SMBIOS_TEXT_SIZE])
{
    uint8_t number = smbios_u8(structure, at);
    size_t start = 0;
    size_t length = 0;

    text[0] = '\0';
    if (number == 0) {
        return;
    }
    while (--number && start < structure->strings_size) {
        start += strnlen(structure->strings + start, structure->strings_size - start) + 1;
    }
    while (length + 1 < SMBIOS_TEXT_SIZE && start + length < structure->strings_size &&
           structure->strings[start + length]) {
        char c = structure->strings[start + length];

        text[length++] = (char)(g_ascii_isprint(c) ? c : '?');
    }
    text[length] = '\0';
}

/* ---- where it is: DSP0134 5.2 ---- */

static bool sum_is_zero(const uint8_t *data, size_t size)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < size; i++) {
        sum = (uint8_t)(sum + data[i]);
    }
    return sum == 0;
}

static bool entry_32(const uint8_t *at, size_t size, uint64_t *address, size_t *length)
{
    if (size < 0x1f || memcmp(at, "_SM_", 4) != 0 || memcmp(at + 0x10, "_DMI_", 5) != 0 ||
        at[5] < 0x1e || at[5] > size || !sum_is_zero(at, at[5])) {
        return false;
    }
    *address = swme_get_le32(at + 0x18);
    *length = swme_get_le16(at + 0x16);
    return true;
}

static bool entry_64(const uint8_t *at, size_t size, uint64_t *address, size_t *length)
{
    if (size < 0x18 || memcmp(at, "_SM3_", 5) != 0 || at[6] < 0x18 || at[6] > size ||
        !sum_is_zero(at, at[6])) {
        return false;
    }
    *address = swme_get_le64(at + 0x10);
    *length = MIN(swme_get_le32(at + 0x0c), SMBIOS_SIZE_MAX);
    return true;
}

bool smbios_entry_point(const uint8_t *memory, size_t size, uint64_t *address, size_t *length)
{
    for (size_t at = 0; at < size; at += 16) {
        if (entry_32(memory + at, size - at, address, length) ||
            entry_64(memory + at, size - at, address, length)) {
            return *length >= HEADER_SIZE + 2;
        }
    }
    return false;
}

/* ---- a machine that there is not ---- */

/* Size and data of the formatted part behind the header, and the strings, each with its NUL. */
static void append(GByteArray *table, uint8_t type, const uint8_t *data, uint8_t size,
                   const char *strings, size_t strings_size)
{
    const uint8_t header[HEADER_SIZE] = {type, (uint8_t)(HEADER_SIZE + size), (uint8_t)table->len,
                                         (uint8_t)(table->len >> 8)};

    g_byte_array_append(table, header, sizeof(header));
    g_byte_array_append(table, data, size);
    g_byte_array_append(table, (const guint8 *)strings, (guint)strings_size);
}

#define APPEND(table, type, data, strings) \
    append(table, type, data, sizeof(data), strings, sizeof(strings))

GBytes *smbios_plain(void)
{
    /* BIOS: vendor, version, segment, date. System: maker, product, version, serial number. */
    static const uint8_t bios[0x12 - 4] = {1, 2, 0, 0xe8, 3};
    static const uint8_t system[0x1b - 4] = {1, 2, 3, 4};
    static const uint8_t board[0x0f - 4] = {1, 2, 3, 4};
    static const uint8_t chassis[0x15 - 4] = {1, 3, 2, 3};
    /* Socket, central, family (other), maker; its signature; version; 100 MHz, 2000 MHz twice;
     * populated and enabled; upgrade (none); 1 core. */
    static const uint8_t processor[0x26 - 4] = {
        1, 3,    1, 2,    0xa3, 6, 0, 0, 0, 0, 0, 0, 3, 0, 100, 0, 0xd0,
        7, 0xd0, 7, 0x41, 6,    0, 0, 0, 0, 0, 0, 0, 0, 0, 1,   1, 1,
    };
    /* 64 bits twice, 2048 MiB, DIMM; locator, bank; DDR4; 2400 MHz; maker, serial, asset, part. */
    static const uint8_t memory[0x22 - 4] = {
        0, 0, 0,    0, 64, 0, 64, 0, 0, 8, 9, 0, 1, 2,    0x1a,
        0, 0, 0x60, 9, 3,  4, 1,  5, 0, 0, 0, 0, 0, 0x60, 9,
    };
    static const uint8_t end[] = {0};
    GByteArray *table = g_byte_array_new();

    APPEND(table, SMBIOS_BIOS, bios, "swme\0Simulated BIOS 1\00001/01/2024\0");
    APPEND(table, SMBIOS_SYSTEM, system, "swme\0Virtual machine\0001\0SWME0001\0");
    APPEND(table, SMBIOS_BOARD, board, "swme\0Virtual board\0001\0SWME0002\0");
    APPEND(table, SMBIOS_CHASSIS, chassis, "swme\0001\0SWME0003\0");
    APPEND(table, SMBIOS_PROCESSOR, processor, "CPU 0\0swme\0Simulated processor\0");
    APPEND(table, SMBIOS_MEMORY, memory, "DIMM 0\0BANK 0\0swme\0SWME0004\0SIMULATED-2G\0");
    append(table, SMBIOS_END, end, 0, "\0", 2);
    return g_byte_array_free_to_bytes(table);
}
