/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The platforms. PCI ids and what the driver expects of each: Linux drivers/misc/mei/hw-me-regs.h,
 * pci-me.c and hw-me.c (its cfg tables). Status words: recorded on real machines where a public
 * recording exists (RPL-S 16.1.32, fwupd's fixture; 9 series 8CBA, HM55 3B64, intelmetool logs),
 * with bit 31 of HFS1 telling whether the D0i3 protocol is there. The HBM version of a generation
 * is inferred from the newest feature that its drivers rely on.
 */
#include "firmware-sim/platform/platform.h"

#include <string.h>

#include "firmware-sim/error.h"

/* CSME 11 and newer: the recorded set of 7A68, firmware up and idle, D0i3 supported. */
#define HFS_CSME                                                               \
    {                                                                          \
        0x90000245, 0x00f10506, 0x00000020, 0x00004400, 0x00000000, 0x40200002 \
    }

const SwmePlatform swme_platforms[] = {
    {
        .name = "tgp-lp",
        .description = "Tiger Lake LP, CSME 15, AMT 15.0",
        .pci_device_id = 0xa0e0,
        .pci_revision = 0x10,
        .hfs_count = 6,
        .hfs = HFS_CSME,
        .hbm_major = 2,
        .hbm_minor = 2,
        .power_gating = SWME_PG_D0I3,
        .h_depth = 128,
        .me_depth = 128,
        .trc = true,
        .version_blocks = 3,
        .version = {0, 15, 0, 45, 2411},
        .amt = true,
        .amt_sku = "16392",
        .bios_version = "swme",
    },
    {
        .name = "spt-h",
        .description = "Sunrise Point H, CSME 11.8, AMT 11.8",
        .pci_device_id = 0xa13a,
        .pci_revision = 0x31,
        .hfs_count = 6,
        .hfs = HFS_CSME,
        .hbm_major = 2,
        .hbm_minor = 0,
        .power_gating = SWME_PG_D0I3,
        .h_depth = 128,
        .me_depth = 128,
        .trc = false,
        .version_blocks = 3,
        .version = {0, 11, 8, 93, 4323},
        .amt = true,
        .amt_sku = "8",
        .bios_version = "N1EETA2W (1.75 )",
    },
    {
        .name = "rpl-s",
        .description = "Raptor Lake S, CSME 16.1, AMT 16.1",
        .pci_device_id = 0x7a68,
        .pci_revision = 0x11,
        .hfs_count = 6,
        .hfs = HFS_CSME,
        .hbm_major = 2,
        .hbm_minor = 2,
        .power_gating = SWME_PG_D0I3,
        .h_depth = 128,
        .me_depth = 128,
        .trc = true,
        .version_blocks = 3,
        .version = {0, 16, 1, 32, 2473},
        .amt = true,
        .amt_sku = "16392",
        .bios_version = "swme",
    },
    {
        .name = "ppt-1",
        .description = "Panther Point (7 series), ME 8, AMT 8.1",
        .pci_device_id = 0x1e3a,
        .pci_revision = 0x04,
        .hfs_count = 2,
        .hfs = {0x1e000245, 0x60002306},
        .hbm_major = 1,
        .hbm_minor = 0,
        .power_gating = SWME_PG_NONE,
        .h_depth = 128,
        .me_depth = 128,
        .trc = false,
        .version_blocks = 2,
        .version = {0, 8, 1, 72, 3002},
        .amt = true,
        .amt_sku = "8",
        .bios_version = "swme",
    },
    {.name = NULL},
};

/* Levenshtein distance, for names of a few characters. */
static unsigned int edit_distance(const char *a, const char *b)
{
    size_t width = strlen(b) + 1;
    g_autofree unsigned int *row = g_new(unsigned int, width);

    for (size_t j = 0; j < width; j++) {
        row[j] = (unsigned int)j;
    }
    for (size_t i = 0; a[i] != '\0'; i++) {
        unsigned int diagonal = row[0];

        row[0] = (unsigned int)i + 1;
        for (size_t j = 1; j < width; j++) {
            unsigned int change = diagonal + (a[i] != b[j - 1]);

            diagonal = row[j];
            row[j] = MIN(change, MIN(row[j], row[j - 1]) + 1);
        }
    }
    return row[width - 1];
}

/* The names near to name, or all of them where none is; joined by commas. */
static char *suggestions(const char *name)
{
    g_autoptr(GString) near = g_string_new(NULL);
    g_autoptr(GString) all = g_string_new(NULL);
    g_autofree char *lower = g_ascii_strdown(name, -1);

    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        g_string_append_printf(all, "%s%s", all->len ? ", " : "", p->name);
        if (edit_distance(lower, p->name) <= 2 || (*lower && strstr(p->name, lower))) {
            g_string_append_printf(near, "%s%s", near->len ? ", " : "", p->name);
        }
    }
    return g_strdup(near->len ? near->str : all->str);
}

const SwmePlatform *swme_platform_find(const char *name, GError **error)
{
    g_autofree char *near = NULL;

    if (!name) {
        return &swme_platforms[0];
    }
    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        if (g_ascii_strcasecmp(p->name, name) == 0) {
            return p;
        }
    }
    near = suggestions(name);
    g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT,
                "unknown platform '%s': try %s ('swme platforms' lists all)", name, near);
    return NULL;
}

const char *swme_power_gating_name(SwmePowerGating kind)
{
    static const char *const names[] = {
        [SWME_PG_NONE] = "none",
        [SWME_PG_PGI] = "pgi",
        [SWME_PG_D0I3] = "d0i3",
    };

    return names[kind];
}
