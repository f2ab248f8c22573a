/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/sheet-platforms.h"

const SheetCfgRow sheet_cfgs[CFG_COUNT] = {
    [CFG_ICH] = {0, false, false, QUIRK_NONE, false},
    [CFG_ICH10] = {1, false, false, QUIRK_NONE, false},
    [CFG_PCH6] = {2, false, false, QUIRK_NONE, false},
    [CFG_PCH7] = {2, false, false, QUIRK_NONE, false},
    [CFG_PCH_CPT_PBG] = {2, false, false, QUIRK_NODE_MANAGER, false},
    [CFG_PCH8] = {6, false, false, QUIRK_NONE, false},
    [CFG_PCH8_ITOUCH] = {6, false, false, QUIRK_NONE, true},
    [CFG_PCH8_SPS_4] = {6, false, false, QUIRK_SPS_4, false},
    [CFG_PCH12_SPS_4] = {6, false, false, QUIRK_SPS_4, false},
    [CFG_PCH12] = {6, true, false, QUIRK_NONE, false},
    [CFG_PCH12_SPS] = {6, true, false, QUIRK_SPS_IGN, false},
    [CFG_PCH12_SPS_ITOUCH] = {6, false, false, QUIRK_SPS_IGN, true},
    [CFG_PCH15] = {6, true, true, QUIRK_NONE, false},
    [CFG_PCH15_SPS] = {6, true, true, QUIRK_SPS_IGN, false},
};

const SheetId sheet_ids[] = {
    {0x2974, "82946gz", CFG_ICH},
    {0x2984, "82g35", CFG_ICH},
    {0x2994, "82q965", CFG_ICH},
    {0x29a4, "82g965", CFG_ICH},
    {0x2a04, "82gm965", CFG_ICH},
    {0x2a14, "82gme965", CFG_ICH},
    {0x29b4, "ich9_82q35", CFG_ICH},
    {0x29c4, "ich9_82g33", CFG_ICH},
    {0x29d4, "ich9_82q33", CFG_ICH},
    {0x29e4, "ich9_82x38", CFG_ICH},
    {0x29f4, "ich9_3200", CFG_ICH},
    {0x28b4, "ich9_6", CFG_ICH},
    {0x28c4, "ich9_7", CFG_ICH},
    {0x28d4, "ich9_8", CFG_ICH},
    {0x28e4, "ich9_9", CFG_ICH},
    {0x28f4, "ich9_10", CFG_ICH},
    {0x2a44, "ich9m_1", CFG_ICH},
    {0x2a54, "ich9m_2", CFG_ICH},
    {0x2a64, "ich9m_3", CFG_ICH},
    {0x2a74, "ich9m_4", CFG_ICH},
    {0x2e04, "ich10_1", CFG_ICH10},
    {0x2e14, "ich10_2", CFG_ICH10},
    {0x2e24, "ich10_3", CFG_ICH10},
    {0x2e34, "ich10_4", CFG_ICH10},
    {0x3b64, "ibxpk_1", CFG_PCH6},
    {0x3b65, "ibxpk_2", CFG_PCH6},
    {0x1c3a, "cpt_1", CFG_PCH_CPT_PBG},
    {0x1d3a, "pbg_1", CFG_PCH_CPT_PBG},
    {0x1e3a, "ppt_1", CFG_PCH7},
    {0x1cba, "ppt_2", CFG_PCH7},
    {0x1dba, "ppt_3", CFG_PCH7},
    {0x8c3a, "lpt_h", CFG_PCH8_SPS_4},
    {0x8d3a, "lpt_w", CFG_PCH8_SPS_4},
    {0x9c3a, "lpt_lp", CFG_PCH8},
    {0x8cba, "lpt_hr", CFG_PCH8_SPS_4},
    {0x9cba, "wpt_lp", CFG_PCH8},
    {0x9cbb, "wpt_lp_2", CFG_PCH8},
    {0x9d3a, "spt", CFG_PCH8},
    {0x9d3b, "spt_2", CFG_PCH8},
    {0x9d3e, "spt_3", CFG_PCH8_ITOUCH},
    {0xa13a, "spt_h", CFG_PCH8_SPS_4},
    {0xa13b, "spt_h_2", CFG_PCH8_SPS_4},
    {0xa1ba, "lbg", CFG_PCH12_SPS_4},
    {0x1a9a, "bxt_m", CFG_PCH8},
    {0x5a9a, "apl_i", CFG_PCH8},
    {0x19e5, "dnv_ie", CFG_PCH8},
    {0x319a, "glk", CFG_PCH8},
    {0xa2ba, "kbp", CFG_PCH8},
    {0xa2bb, "kbp_2", CFG_PCH8},
    {0xa2be, "kbp_3", CFG_PCH8},
    {0x9de0, "cnp_lp", CFG_PCH12},
    {0x9de4, "cnp_lp_3", CFG_PCH8_ITOUCH},
    {0xa360, "cnp_h", CFG_PCH12_SPS},
    {0xa364, "cnp_h_3", CFG_PCH12_SPS_ITOUCH},
    {0x02e0, "cmp_lp", CFG_PCH12},
    {0x02e4, "cmp_lp_3", CFG_PCH8_ITOUCH},
    {0xa3ba, "cmp_v", CFG_PCH12},
    {0x06e0, "cmp_h", CFG_PCH12},
    {0x06e4, "cmp_h_3", CFG_PCH8_ITOUCH},
    {0x18d3, "cdf", CFG_PCH8},
    {0x34e0, "icp_lp", CFG_PCH12},
    {0x38e0, "icp_n", CFG_PCH12},
    {0x4de0, "jsp_n", CFG_PCH15},
    {0xa0e0, "tgp_lp", CFG_PCH15},
    {0x43e0, "tgp_h", CFG_PCH15_SPS},
    {0x4b70, "mcc", CFG_PCH15},
    {0x4b75, "mcc_4", CFG_PCH8},
    {0x1be0, "ebg", CFG_PCH15_SPS},
    {0x7ae8, "adp_s", CFG_PCH15},
    {0x7a60, "adp_lp", CFG_PCH15},
    {0x51e0, "adp_p", CFG_PCH15},
    {0x54e0, "adp_n", CFG_PCH15},
    {0x7a68, "rpl_s", CFG_PCH15_SPS},
    {0x7e70, "mtl_m", CFG_PCH15},
    {0x7f68, "arl_s", CFG_PCH15},
    {0x7770, "arl_h", CFG_PCH15},
    {0xa870, "lnl_m", CFG_PCH15},
    {0xe370, "ptl_h", CFG_PCH15},
    {0xe470, "ptl_p", CFG_PCH15},
    {0x4d70, "wcl_p", CFG_PCH15},
    {0x6e68, "nvl_s", CFG_PCH15},
    {0xd370, "nvl_h", CFG_PCH15},
};

const size_t sheet_id_count = sizeof(sheet_ids) / sizeof(sheet_ids[0]);

const SheetId *sheet_find(uint16_t id)
{
    for (size_t i = 0; i < sheet_id_count; i++) {
        if (sheet_ids[i].id == id) {
            return &sheet_ids[i];
        }
    }
    return NULL;
}

bool sheet_refuses(SheetCfg cfg, const uint32_t *hfs)
{
    uint32_t sku = hfs[2] >> 4 & 7;

    switch (sheet_cfgs[cfg].quirk) {
    case QUIRK_NODE_MANAGER:
        return (hfs[1] & 0x600) == 0x200;
    case QUIRK_SPS_4:
        return (hfs[0] & 0x000f0000) == 0x000f0000;
    case QUIRK_SPS_IGN:
        return sku == 6 || sku == 0;
    default:
        return false;
    }
}
