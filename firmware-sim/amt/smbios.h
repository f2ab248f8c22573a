/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine's SMBIOS structures (DMTF DSP0134). They come out of the guest's memory: any bytes may
 * stand there, and nothing outside of them is ever read.
 */
#ifndef SWME_AMT_SMBIOS_H
#define SWME_AMT_SMBIOS_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#define SMBIOS_SIZE_MAX  ((size_t)64 * 1024)
#define SMBIOS_TEXT_SIZE 65 /* DSP0134 6.1.3: 64 characters, of what older tables have */

enum {
    SMBIOS_BIOS = 0,
    SMBIOS_SYSTEM = 1,
    SMBIOS_BOARD = 2,
    SMBIOS_CHASSIS = 3,
    SMBIOS_PROCESSOR = 4,
    SMBIOS_MEMORY = 17,
    SMBIOS_END = 127,
};

typedef struct SmbiosStructure {
    const uint8_t *data;
    size_t size; /* of the formatted part */
    const char *strings;
    size_t strings_size;
} SmbiosStructure;

/* The index-th of that type; false: there is none, and *structure is an empty one, which has zeros
 * and no text. Lives as long as table. */
bool smbios_find(GBytes *table, uint8_t type, unsigned int index, SmbiosStructure *structure);

/* 0 beyond its end. */
uint8_t smbios_u8(const SmbiosStructure *structure, size_t at);
uint16_t smbios_u16(const SmbiosStructure *structure, size_t at);
uint32_t smbios_u32(const SmbiosStructure *structure, size_t at);
/* The string whose number stands there, in printable ASCII; empty: none. */
void smbios_text(const SmbiosStructure *structure, size_t at, char text[SMBIOS_TEXT_SIZE]);

/* A machine that there is not, for who develops a console. */
GBytes *smbios_plain(void);

/*
 * Where an entry point says that the structures are: memory is what the BIOS has at F0000h (64 KiB
 * of it). False: there is none, or not a sound one.
 */
bool smbios_entry_point(const uint8_t *memory, size_t size, uint64_t *address, size_t *length);

#endif
