/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Generations are data: one row for each platform says all that differs between them, and no code
 * asks which platform it runs on.
 */
#ifndef SWME_PLATFORM_H
#define SWME_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include <swme/heci-regs.h>

typedef enum SwmePowerGating {
    SWME_PG_NONE, /* the link is never power-gated */
    SWME_PG_PGI,  /* legacy: isolation by H_HPG_CSR and HBM */
    SWME_PG_D0I3, /* H_D0I3C */
} SwmePowerGating;

typedef struct SwmeFirmwareVersion {
    uint8_t platform; /* as sysfs fw_ver prints it before the colon */
    uint8_t major;
    uint16_t minor;
    uint16_t hotfix;
    uint16_t build;
} SwmeFirmwareVersion;

typedef struct SwmePlatform {
    const char *name;        /* as the user types it: the Linux PCI id's suffix, lower case */
    const char *description; /* one line for people */
    uint16_t pci_device_id;
    uint8_t pci_revision;
    uint8_t hfs_count;            /* firmware status words that the generation has */
    uint32_t hfs[HECI_HFS_COUNT]; /* their values once the firmware is up */
    uint8_t hbm_major;
    uint8_t hbm_minor;
    SwmePowerGating power_gating;
    uint8_t h_depth; /* slots */
    uint8_t me_depth;
    bool trc;               /* ME_TRC exists */
    uint8_t version_blocks; /* blocks in MKHI's version answer: 2 or 3 */
    SwmeFirmwareVersion version;
    bool amt;                 /* AMT's clients are there unless the user says otherwise */
    const char *amt_sku;      /* decimal, as GetCodeVersions gives it */
    const char *bios_version; /* likewise */
} SwmePlatform;

/* All rows, ending with one whose name is NULL. The default one comes first. */
extern const SwmePlatform swme_platforms[];

/*
 * The row of that name (NULL: the default one). On failure NULL and an error that lists the names
 * that come near, in one line.
 */
const SwmePlatform *swme_platform_find(const char *name, GError **error);

const char *swme_power_gating_name(SwmePowerGating kind);

#endif
