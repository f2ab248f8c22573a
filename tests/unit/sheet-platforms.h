/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fact sheet's tables 1.2 and 1.3: each id that mei_me binds to, and what its cfg means. */
#ifndef SWME_TESTS_SHEET_PLATFORMS_H
#define SWME_TESTS_SHEET_PLATFORMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum SheetCfg {
    CFG_ICH,
    CFG_ICH10,
    CFG_PCH6,
    CFG_PCH7,
    CFG_PCH_CPT_PBG,
    CFG_PCH8,
    CFG_PCH8_ITOUCH,
    CFG_PCH8_SPS_4,
    CFG_PCH12_SPS_4,
    CFG_PCH12,
    CFG_PCH12_SPS,
    CFG_PCH12_SPS_ITOUCH,
    CFG_PCH15,
    CFG_PCH15_SPS,
    CFG_COUNT
} SheetCfg;

/* The probe's quirks: which firmware Linux will not bind to (1.3). */
typedef enum SheetQuirk {
    QUIRK_NONE,
    QUIRK_NODE_MANAGER,
    QUIRK_SPS_4,
    QUIRK_SPS_IGN,
} SheetQuirk;

typedef struct SheetCfgRow {
    unsigned int hfs_count;
    bool dma;
    bool trc;
    SheetQuirk quirk;
    bool itouch;
} SheetCfgRow;

typedef struct SheetId {
    uint16_t id;
    const char *suffix; /* of the Linux macro, lower case */
    SheetCfg cfg;
} SheetId;

extern const SheetCfgRow sheet_cfgs[CFG_COUNT];
extern const SheetId sheet_ids[];
extern const size_t sheet_id_count;

const SheetId *sheet_find(uint16_t id);
/* True when Linux 6.1 and newer refuses a function of that cfg with those status words. */
bool sheet_refuses(SheetCfg cfg, const uint32_t *hfs);

#endif
