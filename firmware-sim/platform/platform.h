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

/* Chipset generations, oldest first; for people, who find their machine by it. */
typedef enum SwmeEra {
    SWME_ERA_ICH8,
    SWME_ERA_ICH9,
    SWME_ERA_ICH10,
    SWME_ERA_5_SERIES,
    SWME_ERA_6_SERIES,
    SWME_ERA_7_SERIES,
    SWME_ERA_8_SERIES,
    SWME_ERA_100_SERIES,
    SWME_ERA_300_SERIES,
    SWME_ERA_ICE_LAKE,
    SWME_ERA_400_SERIES,
    SWME_ERA_500_SERIES,
    SWME_ERA_600_SERIES,
    SWME_ERA_800_SERIES,
    SWME_ERA_ATOM,
    SWME_ERA_SERVER,
    SWME_ERA_COUNT
} SwmeEra;

/* What the function is for; the name is what Linux shows in sysfs `kind`. */
typedef enum SwmeKind {
    SWME_KIND_MEI,
    SWME_KIND_ITOUCH, /* HECI3 as the channel of a touch controller */
} SwmeKind;

typedef enum SwmePowerGating {
    SWME_PG_NONE, /* the link is never power-gated */
    SWME_PG_PGI,  /* legacy: isolation by H_HPG_CSR and HBM */
    SWME_PG_D0I3, /* H_D0I3C */
} SwmePowerGating;

/*
 * What a firmware's list of clients is made of. clients/clients.c says which clients each group
 * stands for, and which of them also need AMT.
 */
typedef enum SwmeClientGroup {
    SWME_CLIENTS_MKHI = 1 << 0,         /* MKHI by connection */
    SWME_CLIENTS_MKHI_FIXED = 1 << 1,   /* MKHI at its fixed address */
    SWME_CLIENTS_MKHI_FIXED_1 = 1 << 2, /* the same, when its protocol version was 1 */
    SWME_CLIENTS_ME = 1 << 3,           /* ME 2 to 10 */
    SWME_CLIENTS_FWU_3 = 1 << 4,        /* firmware update as AMT 3 had it */
    SWME_CLIENTS_FWU = 1 << 5,          /* and since */
    SWME_CLIENTS_CSME = 1 << 6,         /* what 11.8 was recorded with, and later ones keep */
    SWME_CLIENTS_CSME_11 = 1 << 7,      /* and what they do not */
    SWME_CLIENTS_CSME_15 = 1 << 8,      /* what came by 15 */
    SWME_CLIENTS_CSME_16 = 1 << 9,      /* by 16, and what changed by 18 */
    SWME_CLIENTS_CSME_18 = 1 << 10,     /* since */
    SWME_CLIENTS_MCHI = 1 << 11,        /* the firmware's files by number: 13 and later */
    SWME_CLIENTS_WATCHDOG_1 = 1 << 12,  /* AMT's watchdog: version 1 */
    SWME_CLIENTS_WATCHDOG_10 = 1 << 13, /* as ME 10 and 11 have it: Linux mei_wd */
    SWME_CLIENTS_WATCHDOG_2 = 1 << 14,  /* version 2 */
    SWME_CLIENTS_WATCHDOG_16 = 1 << 15, /* since AMT can be switched on through it: 16.1 */
    SWME_CLIENTS_LME_6 = 1 << 16,       /* LME for one user: AMT 6 to 10; before, no APF */
    SWME_CLIENTS_ALL = (1 << 17) - 1,
} SwmeClientGroup;

typedef struct SwmeFirmwareVersion {
    uint8_t platform; /* as sysfs fw_ver prints it before the colon */
    uint8_t major;
    uint16_t minor;
    uint16_t hotfix;
    uint16_t build;
} SwmeFirmwareVersion;

typedef struct SwmePlatform {
    const char *name;           /* as the user types it: the Linux PCI id's suffix, lower case */
    const char *description;    /* the chipset, in a few words */
    const char *const *aliases; /* other names that find the row, NULL at the end; or NULL */
    SwmeEra era;
    SwmeKind kind;
    uint16_t pci_device_id;
    uint8_t pci_revision;
    uint8_t pci_slot;             /* where chipsets have it, for documents: the user places it */
    uint8_t pci_function;         /* HECI1 is 0, HECI2 1, HECI3 4, HECI4 5 */
    uint8_t hfs_count;            /* firmware status words that the generation has */
    uint32_t hfs[HECI_HFS_COUNT]; /* their values once the firmware is up, without AMT */
    uint32_t hfs3_amt;            /* HFS3 where AMT is on the SKU; 0: the same */
    uint8_t hbm_major;
    uint8_t hbm_minor;
    SwmePowerGating power_gating;
    uint8_t h_depth; /* slots */
    uint8_t me_depth;
    bool trc;               /* ME_TRC exists */
    uint8_t version_blocks; /* blocks in MKHI's version answer: 2 or 3 */
    const char *firmware;   /* the firmware's family: ME, CSME, TXE, SPS, IE */
    SwmeFirmwareVersion version;
    unsigned int clients;      /* SwmeClientGroup bits */
    bool amt;                  /* AMT's clients are there unless the user says otherwise */
    bool no_alerts;            /* AMT sends no SNMP alerts any more */
    const char *amt_sku;       /* decimal, as GetCodeVersions gives it */
    const char *bios_version;  /* likewise */
    const char *linux_refuses; /* why mei_me must not bind, from the status words; NULL: it binds */
    const char *linux_since;   /* the first mainline that knows the id, NULL where 6.1 does */
} SwmePlatform;

/* All rows, ending with one whose name is NULL. The default one comes first. */
extern const SwmePlatform swme_platforms[];

/*
 * The row of that name or alias (NULL: the default one). Case, spaces and punctuation do not count.
 * On failure NULL and an error that lists the names that come near, in one line.
 */
const SwmePlatform *swme_platform_find(const char *name, GError **error);

/* Status word 0 and up, once the firmware is up, with AMT on the SKU or not. */
uint32_t swme_platform_status(const SwmePlatform *platform, unsigned int word, bool amt);

/* Names for people and scripts; never NULL. */
const char *swme_power_gating_name(SwmePowerGating kind);
const char *swme_kind_name(SwmeKind kind);
const char *swme_era_name(SwmeEra era);

#endif
