/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The platforms: the PCH ids that Linux' mei_me binds (drivers/misc/mei/hw-me-regs.h and pci-me.c,
 * up to 7.1), under the names of its macros, and firmwares on them that it must refuse.
 *
 * Status words are recorded ones where a public recording exists (marked so below), else those of
 * the nearest recorded part. How many there are: hw-me.c, its cfg tables. The HBM version of a
 * generation, and which had isolation (PGI), is inferred from the newest feature that its driver
 * relies on; the small buffers of ME 2 to 5 are chosen, to have some. Firmware versions: the first
 * numbers are the generation's, hotfix and build those of a release or like them.
 */
#include "firmware-sim/platform/platform.h"

/* ---- status words ---- */

/* Recorded: HM55 (3B64). */
#define HFS_IBXPK              \
    {                          \
        0x00000245, 0x69000000 \
    }
/* HFS2 of the 9 series without bit 9: on CPT and PBG, bit 9 without bit 10 is Node Manager. */
#define HFS_CPT                \
    {                          \
        0x1e000245, 0x60002106 \
    }
/* Recorded: 9 series (8CBA), its first two. The Node Manager flag, had this been a CPT. */
#define HFS_ME8                \
    {                          \
        0x1e000245, 0x60002306 \
    }
/* Recorded: SPS on Wellsburg (8D3A), its first two. Operation mode 15. */
#define HFS_SPS_4              \
    {                          \
        0x000f0382, 0x90409008 \
    }
/* Recorded: 7A68, CSME 16.1.32; the firmware's SKU is HFS3[6:4]. */
#define HFS_CSME_SKU(sku)                                                      \
    {                                                                          \
        0x90000245, 0x00f10506, (sku) << 4, 0x00004400, 0x00000000, 0x40200002 \
    }
#define HFS_SKU_IGN      0x0u
#define HFS_SKU_CONSUMER 0x2u
#define HFS_SKU_SPS      0x6u
/* coreboot cse.h: with AMT the SKU is the corporate one. */
#define HFS3_AMT .hfs3_amt = 0x3u << 4
/* Recorded: an iTouch function. */
#define HFS_ITOUCH \
    {              \
        0xa4004103 \
    }
/* On A364 the driver looks for a SKU, in function 0; where this is function 0 it finds one. */
#define HFS_ITOUCH_SKU(sku)       \
    {                             \
        0xa4004103, 0, (sku) << 4 \
    }

/* ---- what a row is made of ---- */

#define PCI(name_, id_, revision_, text_) \
    .name = (name_), .pci_device_id = (id_), .pci_revision = (revision_), .description = (text_)
#define ALSO(...)                    \
    .aliases = (const char *const[]) \
    {                                \
        __VA_ARGS__, NULL            \
    }
#define AT(slot_, function_) .pci_slot = (slot_), .pci_function = (function_)
#define HBM(major_, minor_)  .hbm_major = (major_), .hbm_minor = (minor_)
#define DEPTH(slots_)        .h_depth = (slots_), .me_depth = (slots_)
#define FIRMWARE(family_, major_, minor_, hotfix_, build_) \
    .firmware = (family_), .version = {0, major_, minor_, hotfix_, build_}

/* ---- register interfaces: the driver's cfg, and what goes with it ---- */

#define ICH                                                                          \
    AT(0x03, 0), .hfs_count = 0, HBM(1, 0), .power_gating = SWME_PG_NONE, DEPTH(32), \
                 .bios_version = "swme", .amt_sku = "8"
#define ICH10                                                                                  \
    AT(0x03, 0), .hfs_count = 1, .hfs = {0x00000245}, HBM(1, 0), .power_gating = SWME_PG_NONE, \
                 DEPTH(32), .bios_version = "swme", .amt_sku = "8"
#define PCH6(function_, hfs_)                                                                  \
    AT(0x16, function_), .hfs_count = 2, .hfs = hfs_, HBM(1, 0), .power_gating = SWME_PG_NONE, \
                         DEPTH(128), .bios_version = "swme", .amt_sku = "8"
#define PCH8_PGI(function_)                                                                      \
    AT(0x16, function_), .hfs_count = 6, .hfs = HFS_ME8, HBM(1, 1), .power_gating = SWME_PG_PGI, \
                         DEPTH(128), .bios_version = "swme", .amt_sku = "8"
#define PCH8_SPS_4(function_)                                                           \
    AT(0x16, function_), .hfs_count = 6, .hfs = HFS_SPS_4, HBM(1, 1),                   \
                         .power_gating = SWME_PG_NONE, DEPTH(128), .version_blocks = 2, \
                         .bios_version = "swme", .amt_sku = "0",                        \
                         .linux_refuses = "HFS1[19:16] is 15: SPS"
#define D0I3(slot_, function_, hfs_, hbm_minor_, trc_, sku_)                       \
    AT(slot_, function_), .hfs_count = 6, .hfs = hfs_, HBM(2, hbm_minor_),         \
                          .power_gating = SWME_PG_D0I3, DEPTH(128), .trc = (trc_), \
                          .version_blocks = 3, .amt_sku = (sku_)

#define CONSUMER HFS_CSME_SKU(HFS_SKU_CONSUMER)
#define PCH8(function) \
    D0I3(0x16, function, CONSUMER, 0, false, "8"), HFS3_AMT, .bios_version = "swme"
/* HBM 2.1 has the DMA ring. */
#define PCH12 D0I3(0x16, 0, CONSUMER, 1, false, "16392"), HFS3_AMT, .bios_version = "swme"
/* HBM 2.2 has capabilities, and virtual tags with them. */
#define PCH15 D0I3(0x16, 0, CONSUMER, 2, true, "16392"), HFS3_AMT, .bios_version = "swme"

/* ---- what the firmware offers ---- */

/* A row's list of clients, by the name of its firmware. */
#define LISTS(firmware_) .clients = firmware_##_CLIENTS
#define WITH_AMT         .amt = true

#define MKHI_BOTH (SWME_CLIENTS_MKHI | SWME_CLIENTS_MKHI_FIXED)
/* That AMT 3 had a message type of 8 bits in firmware update: lms8 FWULCommand.h. */
#define ME_2_CLIENTS \
    (SWME_CLIENTS_MKHI | SWME_CLIENTS_ME | SWME_CLIENTS_FWU_3 | SWME_CLIENTS_WATCHDOG_1)
#define ME_2_5_CLIENTS ME_2_CLIENTS
#define ME_3_CLIENTS   ME_2_CLIENTS
#define ME_LIST        (SWME_CLIENTS_MKHI | SWME_CLIENTS_ME | SWME_CLIENTS_FWU)
#define ME_4_CLIENTS   (ME_LIST | SWME_CLIENTS_WATCHDOG_1)
/* MKHI's fixed address was first seen in 2009, on ME 5, with protocol version 1. */
#define ME_5_CLIENTS   (ME_4_CLIENTS | SWME_CLIENTS_MKHI_FIXED_1)
#define ME_6_CLIENTS   (ME_4_CLIENTS | SWME_CLIENTS_MKHI_FIXED | SWME_CLIENTS_LME_6)
#define ME_7_CLIENTS   ME_6_CLIENTS
#define ME_8_CLIENTS   ME_6_CLIENTS
#define ME_9_CLIENTS   ME_6_CLIENTS
#define ME_9_5_CLIENTS ME_6_CLIENTS
#define ME_10_CLIENTS \
    (ME_LIST | SWME_CLIENTS_MKHI_FIXED | SWME_CLIENTS_WATCHDOG_10 | SWME_CLIENTS_LME_6)
/* 11.8: recorded as a whole (GA-H170, ThinkPad with AMT). 12 to 14: as 11.8, inferred. */
#define CSME_CLIENTS    (MKHI_BOTH | SWME_CLIENTS_FWU | SWME_CLIENTS_CSME)
#define CSME_11_LIST    (CSME_CLIENTS | SWME_CLIENTS_CSME_11)
#define CSME_11_CLIENTS (CSME_11_LIST | SWME_CLIENTS_WATCHDOG_10)
#define CSME_12_CLIENTS (CSME_11_LIST | SWME_CLIENTS_WATCHDOG_2)
/* fwupd's code names Ice Lake as the first with MCHI. */
#define CSME_13_CLIENTS (CSME_12_CLIENTS | SWME_CLIENTS_MCHI)
#define CSME_14_CLIENTS CSME_13_CLIENTS
/* 15 and 16: what differs from 11.8 was seen on A0E0 and 7A68 (fwupd's fixtures). */
#define CSME_15_LIST    (CSME_CLIENTS | SWME_CLIENTS_MCHI | SWME_CLIENTS_CSME_15)
#define CSME_15_CLIENTS (CSME_15_LIST | SWME_CLIENTS_WATCHDOG_2)
#define CSME_16_CLIENTS (CSME_15_LIST | SWME_CLIENTS_CSME_16 | SWME_CLIENTS_WATCHDOG_16)
#define NEW_CLIENTS     (CSME_15_LIST | SWME_CLIENTS_CSME_18 | SWME_CLIENTS_WATCHDOG_16)
/* Not recorded: what a host cannot do without. */
#define OTHER_CLIENTS MKHI_BOTH
#define FEW           .clients = SWME_CLIENTS_MKHI_FIXED
#define TOUCH         .clients = 0, .kind = SWME_KIND_ITOUCH

/* ---- firmwares that mei_me must not bind ---- */

#define SPS_4(function_, major_, minor_) \
    PCH8_SPS_4(function_), FIRMWARE("SPS", major_, minor_, 4, 294), FEW
#define SPS(hbm_minor_, trc_, major_)                                    \
    D0I3(0x16, 0, HFS_CSME_SKU(HFS_SKU_SPS), hbm_minor_, trc_, "0"),     \
        FIRMWARE("SPS", major_, 0, 4, 120), FEW, .bios_version = "swme", \
                                                 .linux_refuses = "HFS3[6:4] is 6: SPS"
#define IGN(hbm_minor_, trc_, major_, minor_)                                  \
    D0I3(0x16, 0, HFS_CSME_SKU(HFS_SKU_IGN), hbm_minor_, trc_, "0"),           \
        FIRMWARE("IGN", major_, minor_, 0, 1000), FEW, .bios_version = "swme", \
                                                       .linux_refuses = "HFS3[6:4] is 0: IGN"
#define ITOUCH_WITHOUT_ME(sku_, text_)                                                            \
    D0I3(0x16, 4, HFS_ITOUCH_SKU(sku_), 1, false, "0"), FIRMWARE("CSME", 12, 0, 90, 2072), TOUCH, \
        .bios_version = "swme", .linux_refuses = (text_)
#define ITOUCH(hbm_minor_) D0I3(0x16, 4, HFS_ITOUCH, hbm_minor_, false, "0"), .bios_version = "swme"

/* ---- firmware of each generation ---- */

/*
 * Blocks in the answer to GET_FW_VERSION, as public outputs of intelmetool show them: two on ME 7
 * (zamaudio/intelmetool issue 5, "expected 8, available 6") and SPS 3 (corna/me_cleaner issues 92
 * and 308), three on ME 9.0 (me_cleaner issue 445) and 9.1 (felixsinger/bootguard-status pull 40).
 * ME 8: inferred; the tool worked with three when its author looked for nothing newer than
 * Panther Point. ME 10: as 9. Before ME 7 none is shown, and Linux does not ask (hw-me.c,
 * MEI_CFG_FW_VER_SUPP); a 5 Series said nothing (intelmetool issue 12). Two, not to be mute.
 */
#define TWO_BLOCKS   .version_blocks = 2
#define THREE_BLOCKS .version_blocks = 3

#define ME_2    .era = SWME_ERA_ICH8, FIRMWARE("ME", 2, 2, 20, 1044), TWO_BLOCKS
#define ME_2_5  .era = SWME_ERA_ICH8, FIRMWARE("ME", 2, 5, 20, 1032), TWO_BLOCKS
#define ME_3    .era = SWME_ERA_ICH9, FIRMWARE("ME", 3, 2, 20, 1046), TWO_BLOCKS
#define ME_4    .era = SWME_ERA_ICH9, FIRMWARE("ME", 4, 2, 60, 1060), TWO_BLOCKS
#define ME_5    .era = SWME_ERA_ICH10, FIRMWARE("ME", 5, 2, 60, 1030), TWO_BLOCKS
#define ME_6    .era = SWME_ERA_5_SERIES, FIRMWARE("ME", 6, 2, 61, 3535), TWO_BLOCKS
#define ME_7    .era = SWME_ERA_6_SERIES, FIRMWARE("ME", 7, 1, 91, 3272), TWO_BLOCKS
#define ME_8    .era = SWME_ERA_7_SERIES, FIRMWARE("ME", 8, 1, 72, 3002), THREE_BLOCKS
#define ME_9    .era = SWME_ERA_8_SERIES, FIRMWARE("ME", 9, 1, 45, 3000), THREE_BLOCKS
#define ME_9_5  .era = SWME_ERA_8_SERIES, FIRMWARE("ME", 9, 5, 61, 3012), THREE_BLOCKS
#define ME_10   .era = SWME_ERA_8_SERIES, FIRMWARE("ME", 10, 0, 55, 3000), THREE_BLOCKS
#define CSME_11 .era = SWME_ERA_100_SERIES, FIRMWARE("CSME", 11, 8, 93, 4323)
#define CSME_12 .era = SWME_ERA_300_SERIES, FIRMWARE("CSME", 12, 0, 90, 2072)
#define CSME_13 .era = SWME_ERA_ICE_LAKE, FIRMWARE("CSME", 13, 0, 70, 2244)
#define CSME_14 .era = SWME_ERA_400_SERIES, FIRMWARE("CSME", 14, 1, 70, 2228)
#define CSME_15 .era = SWME_ERA_500_SERIES, FIRMWARE("CSME", 15, 0, 45, 2411)
#define CSME_16 .era = SWME_ERA_600_SERIES, FIRMWARE("CSME", 16, 1, 32, 2473)
/* SNMP alerts end with 18: AMT SDK, "Event Filters". */
#define NEW(...) .era = SWME_ERA_800_SERIES, .no_alerts = true, FIRMWARE("CSME", __VA_ARGS__)

/* clang-format off: one platform, one or two lines */
const SwmePlatform swme_platforms[] = {
    /* The default. */
    {PCI("tgp-lp", 0xa0e0, 0x10, "Tiger Lake LP"), PCH15, CSME_15, LISTS(CSME_15), WITH_AMT,
     ALSO("Tiger Lake")},

    /* 965 chipsets */
    {PCI("82946gz", 0x2974, 0x02, "82946GZ/GL"), ICH, ME_2, LISTS(ME_2),
     ALSO("82946GZ/GL", "946GZ", "946GL")},
    {PCI("82g35", 0x2984, 0x03, "82G35 Express"), ICH, ME_2, LISTS(ME_2),
     ALSO("82G35 Express", "G35")},
    {PCI("82q965", 0x2994, 0x02, "82Q963/Q965"), ICH, ME_2, LISTS(ME_2), WITH_AMT,
     ALSO("82Q963/Q965", "Q963/Q965", "Q963", "Q965")},
    {PCI("82g965", 0x29a4, 0x02, "82P965/G965"), ICH, ME_2, LISTS(ME_2),
     ALSO("82P965/G965", "P965/G965", "P965", "G965")},
    {PCI("82gm965", 0x2a04, 0x0c, "Mobile PM965/GM965"), ICH, ME_2_5, LISTS(ME_2_5), WITH_AMT,
     ALSO("Mobile PM965/GM965", "PM965/GM965", "PM965", "GM965")},
    {PCI("82gme965", 0x2a14, 0x0c, "Mobile GME965/GLE960"), ICH, ME_2_5, LISTS(ME_2_5), WITH_AMT,
     ALSO("Mobile GME965/GLE960", "GME965/GLE960", "GME965", "GLE960")},

    /* 3 Series; AMT on the Q35, whose id 28B4 the others' pre-production ids follow */
    {PCI("ich9-82q35", 0x29b4, 0x02, "82Q35 Express"), ICH, ME_3, LISTS(ME_3), WITH_AMT,
     ALSO("82Q35 Express", "82Q35", "Q35")},
    {PCI("ich9-82g33", 0x29c4, 0x02, "82G33/G31/P35/P31 Express"), ICH, ME_3, LISTS(ME_3),
     ALSO("82G33/G31/P35/P31 Express", "G33/G31/P35/P31", "82G33", "G33", "G31", "P35", "P31")},
    {PCI("ich9-82q33", 0x29d4, 0x02, "82Q33 Express"), ICH, ME_3, LISTS(ME_3),
     ALSO("82Q33 Express", "82Q33", "Q33")},
    {PCI("ich9-82x38", 0x29e4, 0x01, "82X38/X48 Express"), ICH, ME_3, LISTS(ME_3),
     ALSO("82X38/X48 Express", "X38/X48", "82X38", "X38", "X48")},
    {PCI("ich9-3200", 0x29f4, 0x01, "3200/3210 server"), ICH, ME_3, LISTS(ME_3)},
    {PCI("ich9-6", 0x28b4, 0x01, "ICH9, Bearlake"), ICH, ME_3, LISTS(ME_3), WITH_AMT, ALSO("ICH9")},
    {PCI("ich9-7", 0x28c4, 0x01, "ICH9, Bearlake"), ICH, ME_3, LISTS(ME_3)},
    {PCI("ich9-8", 0x28d4, 0x01, "ICH9, Bearlake"), ICH, ME_3, LISTS(ME_3)},
    {PCI("ich9-9", 0x28e4, 0x01, "ICH9, Bearlake"), ICH, ME_3, LISTS(ME_3)},
    {PCI("ich9-10", 0x28f4, 0x01, "ICH9, Bearlake"), ICH, ME_3, LISTS(ME_3)},

    /* Mobile 4 Series */
    {PCI("ich9m-1", 0x2a44, 0x07, "Mobile 4 Series (Cantiga)"), ICH, ME_4, LISTS(ME_4), WITH_AMT,
     ALSO("Mobile 4 Series Chipset Family", "Mobile 4 Series", "Cantiga", "GM45")},
    {PCI("ich9m-2", 0x2a54, 0x07, "Mobile 4 Series (Cantiga)"), ICH, ME_4, LISTS(ME_4), WITH_AMT},
    {PCI("ich9m-3", 0x2a64, 0x07, "Mobile 4 Series (Cantiga)"), ICH, ME_4, LISTS(ME_4), WITH_AMT},
    {PCI("ich9m-4", 0x2a74, 0x07, "Mobile 4 Series (Cantiga)"), ICH, ME_4, LISTS(ME_4), WITH_AMT},

    /* 4 Series; AMT on the Q45 */
    {PCI("ich10-1", 0x2e04, 0x03, "4 Series (Eaglelake)"), ICH10, ME_5, LISTS(ME_5)},
    {PCI("ich10-2", 0x2e14, 0x03, "4 Series (Eaglelake, Q45/Q43)"), ICH10, ME_5, LISTS(ME_5),
     WITH_AMT, ALSO("4 Series Chipset Family", "4 Series", "Eaglelake", "Q45", "Q43")},
    {PCI("ich10-3", 0x2e24, 0x03, "4 Series (Eaglelake, G45/P45)"), ICH10, ME_5, LISTS(ME_5)},
    {PCI("ich10-4", 0x2e34, 0x03, "4 Series (Eaglelake, G41)"), ICH10, ME_5, LISTS(ME_5)},

    /* 5, 6 and 7 Series */
    {PCI("ibxpk-1", 0x3b64, 0x06, "Ibex Peak"), PCH6(0, HFS_IBXPK), ME_6, LISTS(ME_6), WITH_AMT,
     ALSO("5 Series Chipset Family", "5 Series", "Ibex Peak")},
    {PCI("ibxpk-2", 0x3b65, 0x06, "Ibex Peak, HECI2"), PCH6(1, HFS_IBXPK), ME_6, FEW},
    {PCI("cpt-1", 0x1c3a, 0x04, "Cougar Point"), PCH6(0, HFS_CPT), ME_7, LISTS(ME_7), WITH_AMT,
     ALSO("6 Series Chipset Family", "6 Series", "Cougar Point")},
    {PCI("cpt-1-nm", 0x1c3a, 0x04, "Cougar Point with Node Manager"), PCH6(0, HFS_ME8), ME_7, FEW,
     .linux_refuses = "HFS2[10:9] is 1: Node Manager"},
    {PCI("pbg-1", 0x1d3a, 0x05, "Patsburg (C600, X79)"), PCH6(0, HFS_CPT), ME_7, LISTS(ME_7),
     WITH_AMT, ALSO("C600", "X79", "Patsburg")},
    {PCI("pbg-1-nm", 0x1d3a, 0x05, "Patsburg with Node Manager"), PCH6(0, HFS_ME8), ME_7, FEW,
     .linux_refuses = "HFS2[10:9] is 1: Node Manager"},
    {PCI("ppt-1", 0x1e3a, 0x04, "Panther Point"), PCH6(0, HFS_ME8), ME_8, LISTS(ME_8), WITH_AMT,
     ALSO("7 Series Chipset Family", "7 Series", "Panther Point")},
    {PCI("ppt-2", 0x1cba, 0x04, "Panther Point"), PCH6(0, HFS_ME8), ME_8, LISTS(ME_8), WITH_AMT},
    {PCI("ppt-3", 0x1dba, 0x04, "Panther Point"), PCH6(0, HFS_ME8), ME_8, LISTS(ME_8), WITH_AMT},

    /* 8 and 9 Series */
    {PCI("lpt-h", 0x8c3a, 0x04, "Lynx Point H"), PCH8_PGI(0), ME_9, LISTS(ME_9), WITH_AMT,
     ALSO("8 Series", "Lynx Point")},
    {PCI("lpt-h-sps", 0x8c3a, 0x04, "Lynx Point H with SPS"), SPS_4(0, 3, 0),
     .era = SWME_ERA_8_SERIES},
    {PCI("lpt-w", 0x8d3a, 0x05, "Wellsburg (C610, X99)"), PCH8_PGI(0), ME_9, LISTS(ME_9), WITH_AMT,
     ALSO("C610", "X99", "Wellsburg")},
    {PCI("lpt-w-sps", 0x8d3a, 0x05, "Wellsburg with SPS"), SPS_4(0, 3, 1),
     .era = SWME_ERA_8_SERIES},
    {PCI("lpt-lp", 0x9c3a, 0x04, "Lynx Point LP"), PCH8_PGI(0), ME_9_5, LISTS(ME_9_5), WITH_AMT},
    {PCI("lpt-hr", 0x8cba, 0x00, "Lynx Point H Refresh"), PCH8_PGI(0), ME_9, LISTS(ME_9), WITH_AMT,
     ALSO("9 Series")},
    {PCI("lpt-hr-sps", 0x8cba, 0x00, "Lynx Point H Refresh with SPS"), SPS_4(0, 3, 0),
     .era = SWME_ERA_8_SERIES},
    {PCI("wpt-lp", 0x9cba, 0x03, "Wildcat Point LP"), PCH8_PGI(0), ME_10, LISTS(ME_10), WITH_AMT,
     ALSO("Wildcat Point", "Broadwell")},
    {PCI("wpt-lp-2", 0x9cbb, 0x03, "Wildcat Point LP, HECI2"), PCH8_PGI(1), ME_10, FEW},

    /* 100 and 200 Series */
    {PCI("spt", 0x9d3a, 0x21, "Sunrise Point LP"), PCH8(0), CSME_11, LISTS(CSME_11), WITH_AMT,
     ALSO("Sunrise Point LP", "spt-lp")},
    {PCI("spt-2", 0x9d3b, 0x21, "Sunrise Point LP, HECI2"), PCH8(1), CSME_11, FEW},
    {PCI("spt-3", 0x9d3e, 0x21, "Sunrise Point LP, HECI3 (iTouch)"), ITOUCH(0), CSME_11, TOUCH},
    {PCI("spt-h", 0xa13a, 0x31, "Sunrise Point H"), D0I3(0x16, 0, CONSUMER, 0, false, "8"),
     HFS3_AMT, CSME_11, LISTS(CSME_11), WITH_AMT,
     .bios_version = "N1EETA2W (1.75 )", /* recorded with 11.8.93 */
     ALSO("100 Series", "Sunrise Point")},
    {PCI("spt-h-sps", 0xa13a, 0x31, "Sunrise Point H with SPS"), SPS_4(0, 4, 1),
     .era = SWME_ERA_100_SERIES},
    {PCI("spt-h-2", 0xa13b, 0x31, "Sunrise Point H, HECI2"), PCH8(1), CSME_11, FEW},
    {PCI("spt-h-2-sps", 0xa13b, 0x31, "Sunrise Point H with SPS, HECI2"), SPS_4(1, 4, 1),
     .era = SWME_ERA_100_SERIES},
    {PCI("lbg", 0xa1ba, 0x09, "Lewisburg (C620) workstation"), PCH8(0), LISTS(CSME_11), WITH_AMT,
     .era = SWME_ERA_100_SERIES, FIRMWARE("CSME", 11, 22, 97, 2492), ALSO("C620", "Lewisburg")},
    {PCI("lbg-sps", 0xa1ba, 0x09, "Lewisburg (C620) with SPS"), SPS_4(0, 4, 1),
     .era = SWME_ERA_100_SERIES},
    {PCI("kbp", 0xa2ba, 0x00, "Union Point (Kaby Point)"), PCH8(0), CSME_11, LISTS(CSME_11),
     WITH_AMT, ALSO("200 Series", "Kaby Point", "Union Point")},
    {PCI("kbp-2", 0xa2bb, 0x00, "Kaby Point, HECI2"), PCH8(1), CSME_11, FEW},
    {PCI("kbp-3", 0xa2be, 0x00, "Kaby Point, HECI3"), ITOUCH(0), CSME_11, .clients = 0},

    /* 300 Series */
    {PCI("cnp-lp", 0x9de0, 0x30, "Cannon Point LP"), PCH12, CSME_12, LISTS(CSME_12), WITH_AMT},
    {PCI("cnp-lp-3", 0x9de4, 0x30, "Cannon Point LP, HECI3 (iTouch)"), ITOUCH(1), CSME_12, TOUCH},
    {PCI("cnp-h", 0xa360, 0x10, "Cannon Point H"), PCH12, CSME_12, LISTS(CSME_12), WITH_AMT,
     ALSO("300 Series", "Cannon Point")},
    {PCI("cnp-h-sps", 0xa360, 0x10, "Cannon Point H with SPS"), SPS(1, false, 5),
     .era = SWME_ERA_300_SERIES},
    {PCI("cnp-h-ign", 0xa360, 0x10, "Cannon Point H with IGN"), IGN(1, false, 12, 0),
     .era = SWME_ERA_300_SERIES},
    {PCI("cnp-h-3", 0xa364, 0x10, "Cannon Point H, HECI3 (iTouch)"),
     D0I3(0x16, 4, HFS_ITOUCH_SKU(HFS_SKU_CONSUMER), 1, false, "0"), .bios_version = "swme",
     CSME_12, TOUCH},
    {PCI("cnp-h-3-sps", 0xa364, 0x10, "Cannon Point H with SPS, HECI3"),
     ITOUCH_WITHOUT_ME(HFS_SKU_SPS, "HFS3[6:4] is 6: SPS"), .era = SWME_ERA_300_SERIES},
    {PCI("cnp-h-3-ign", 0xa364, 0x10, "Cannon Point H with IGN, HECI3"),
     ITOUCH_WITHOUT_ME(HFS_SKU_IGN, "HFS3[6:4] is 0: IGN"), .era = SWME_ERA_300_SERIES},

    /* Ice Lake and Jasper Lake */
    {PCI("icp-lp", 0x34e0, 0x30, "Ice Lake LP"), PCH12, CSME_13, LISTS(CSME_13), WITH_AMT,
     ALSO("Ice Lake")},
    {PCI("icp-n", 0x38e0, 0x00, "Ice Lake N"), PCH12, LISTS(CSME_13), .era = SWME_ERA_ICE_LAKE,
     FIRMWARE("CSME", 13, 50, 27, 1797)},
    {PCI("jsp-n", 0x4de0, 0x01, "Jasper Lake"), PCH15, LISTS(CSME_13), .era = SWME_ERA_ICE_LAKE,
     FIRMWARE("CSME", 13, 50, 27, 1797), ALSO("Jasper Lake")},

    /* 400 Series */
    {PCI("cmp-lp", 0x02e0, 0x00, "Comet Lake LP"), PCH12, CSME_14, LISTS(CSME_14), WITH_AMT},
    {PCI("cmp-lp-3", 0x02e4, 0x00, "Comet Lake LP, HECI3 (iTouch)"), ITOUCH(1), CSME_14, TOUCH},
    {PCI("cmp-v", 0xa3ba, 0x00, "Comet Lake V"), PCH12, LISTS(CSME_14), .era = SWME_ERA_400_SERIES,
     FIRMWARE("CSME", 14, 5, 50, 1031)},
    {PCI("cmp-h", 0x06e0, 0x00, "Comet Lake H"), PCH12, CSME_14, LISTS(CSME_14), WITH_AMT,
     ALSO("400 Series", "Comet Lake")},
    {PCI("cmp-h-3", 0x06e4, 0x00, "Comet Lake H, HECI3 (iTouch)"), ITOUCH(1), CSME_14, TOUCH},

    /* 500 Series; tgp-lp is at the top */
    {PCI("tgp-h", 0x43e0, 0x11, "Tiger Lake H"), PCH15, CSME_15, LISTS(CSME_15), WITH_AMT,
     ALSO("500 Series")},
    {PCI("tgp-h-sps", 0x43e0, 0x11, "Tiger Lake H with SPS"), SPS(2, true, 6),
     .era = SWME_ERA_500_SERIES},
    {PCI("tgp-h-ign", 0x43e0, 0x11, "Tiger Lake H with IGN"), IGN(2, true, 15, 0),
     .era = SWME_ERA_500_SERIES},
    {PCI("mcc", 0x4b70, 0x11, "Mule Creek Canyon (Elkhart Lake)"), PCH15, LISTS(CSME_15),
     .era = SWME_ERA_500_SERIES, FIRMWARE("CSME", 15, 40, 30, 2526), ALSO("Elkhart Lake")},
    {PCI("mcc-4", 0x4b75, 0x11, "Mule Creek Canyon, HECI4"), D0I3(0x16, 5, CONSUMER, 2, false, "0"),
     FEW, .bios_version = "swme", .era = SWME_ERA_500_SERIES, FIRMWARE("CSME", 15, 40, 30, 2526)},
    {PCI("ebg", 0x1be0, 0x11, "Emmitsburg workstation"), PCH15, LISTS(CSME_15),
     .era = SWME_ERA_500_SERIES, FIRMWARE("CSME", 15, 20, 10, 1200), ALSO("Emmitsburg")},
    {PCI("ebg-sps", 0x1be0, 0x11, "Emmitsburg with SPS"), SPS(2, true, 6),
     .era = SWME_ERA_500_SERIES},
    {PCI("ebg-ign", 0x1be0, 0x11, "Emmitsburg with IGN"), IGN(2, true, 15, 20),
     .era = SWME_ERA_500_SERIES},

    /* 600 and 700 Series */
    {PCI("adp-s", 0x7ae8, 0x11, "Alder Lake S"), PCH15, CSME_16, LISTS(CSME_16), WITH_AMT,
     ALSO("600 Series", "Alder Lake")},
    {PCI("adp-lp", 0x7a60, 0x11, "Alder Lake LP"), PCH15, CSME_16, LISTS(CSME_16), WITH_AMT},
    {PCI("adp-p", 0x51e0, 0x01, "Alder Lake P"), PCH15, CSME_16, LISTS(CSME_16), WITH_AMT},
    {PCI("adp-n", 0x54e0, 0x00, "Alder Lake N"), PCH15, LISTS(CSME_16), .era = SWME_ERA_600_SERIES,
     FIRMWARE("CSME", 16, 50, 10, 1351)},
    {PCI("rpl-s", 0x7a68, 0x11, "Raptor Lake S"), PCH15, CSME_16, LISTS(CSME_16), WITH_AMT,
     ALSO("700 Series", "Raptor Lake")},
    {PCI("rpl-s-sps", 0x7a68, 0x11, "Raptor Lake S with SPS"), SPS(2, true, 6),
     .era = SWME_ERA_600_SERIES},
    {PCI("rpl-s-ign", 0x7a68, 0x11, "Raptor Lake S with IGN"), IGN(2, true, 16, 1),
     .era = SWME_ERA_600_SERIES},

    /* Meteor Lake and newer */
    {PCI("mtl-m", 0x7e70, 0x20, "Meteor Lake"), PCH15, NEW(18, 0, 5, 2141), LISTS(NEW), WITH_AMT,
     ALSO("Meteor Lake")},
    {PCI("arl-s", 0x7f68, 0x10, "Arrow Lake S"), PCH15, NEW(19, 0, 0, 1854), LISTS(NEW), WITH_AMT,
     ALSO("800 Series", "Arrow Lake")},
    {PCI("arl-h", 0x7770, 0x10, "Arrow Lake H"), PCH15, NEW(19, 0, 0, 1854), LISTS(NEW), WITH_AMT},
    {PCI("lnl-m", 0xa870, 0x10, "Lunar Lake"), PCH15, NEW(20, 0, 5, 1475), LISTS(NEW), WITH_AMT,
     ALSO("Lunar Lake")},
    {PCI("ptl-h", 0xe370, 0x00, "Panther Lake H"), PCH15, NEW(21, 0, 0, 1200), LISTS(NEW), WITH_AMT,
     ALSO("Panther Lake")},
    {PCI("ptl-p", 0xe470, 0x00, "Panther Lake P"), PCH15, NEW(21, 0, 0, 1200), LISTS(NEW),
     WITH_AMT},
    {PCI("wcl-p", 0x4d70, 0x00, "Wildcat Lake P"), PCH15, NEW(21, 50, 0, 1100), LISTS(NEW),
     WITH_AMT, ALSO("Wildcat Lake")},
    {PCI("nvl-s", 0x6e68, 0x00, "Nova Lake S"), PCH15, NEW(22, 0, 0, 1000), LISTS(NEW), WITH_AMT,
     ALSO("Nova Lake")},
    {PCI("nvl-h", 0xd370, 0x00, "Nova Lake H"), PCH15, NEW(22, 0, 0, 1000), LISTS(NEW), WITH_AMT,
     .linux_since = "7.1"},

    /* SoCs whose security engine or innovation engine speaks HECI as an ME does */
    {PCI("bxt-m", 0x1a9a, 0x00, "Broxton M"), D0I3(0x0f, 0, CONSUMER, 0, false, "0"), LISTS(OTHER),
     .bios_version = "swme", .era = SWME_ERA_ATOM, FIRMWARE("TXE", 3, 0, 2, 1108)},
    {PCI("apl-i", 0x5a9a, 0x0b, "Apollo Lake"), D0I3(0x0f, 0, CONSUMER, 0, false, "0"),
     LISTS(OTHER), .bios_version = "swme", .era = SWME_ERA_ATOM, FIRMWARE("TXE", 3, 1, 92, 2451),
     ALSO("Apollo Lake")},
    {PCI("glk", 0x319a, 0x03, "Gemini Lake"), D0I3(0x0f, 0, CONSUMER, 0, false, "0"), LISTS(OTHER),
     .bios_version = "swme", .era = SWME_ERA_ATOM, FIRMWARE("TXE", 4, 0, 45, 1476),
     ALSO("Gemini Lake")},
    {PCI("dnv-ie", 0x19e5, 0x11, "Denverton, Innovation Engine"),
     D0I3(0x1b, 0, CONSUMER, 0, false, "0"), LISTS(OTHER), .bios_version = "swme",
     .era = SWME_ERA_SERVER, FIRMWARE("IE", 1, 0, 0, 1000), ALSO("Denverton")},
    {PCI("cdf", 0x18d3, 0x11, "Cedar Fork (Snow Ridge)"), D0I3(0x18, 0, CONSUMER, 0, false, "0"),
     LISTS(OTHER), .bios_version = "swme", .era = SWME_ERA_SERVER, FIRMWARE("ME", 4, 0, 4, 1000),
     ALSO("Snow Ridge", "Cedar Fork")},
    {.name = NULL},
};
/* clang-format on */
