/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each row of the platforms against the fact sheet's tables 1.2 and 1.3 and its traps 5, 12, 13 and
 * 34: a row that is wrong here is a machine on which Linux' driver does not bind, or resets for
 * ever.
 */
#include "tests/unit/unit.h"

#include <ctype.h>
#include <string.h>

#include "firmware-sim/error.h"
#include "firmware-sim/firmware.h"
#include "firmware-sim/manual-clock.h"
#include "firmware-sim/platform/platform.h"
#include "tests/unit/sheet-platforms.h"

static size_t row_count(void)
{
    size_t n = 0;

    while (swme_platforms[n].name != NULL) {
        n++;
    }
    return n;
}

START_TEST(names_are_unique_lower_case_words)
{
    ck_assert_uint_gt(row_count(), 0);
    for (size_t i = 0; i < row_count(); i++) {
        const SwmePlatform *p = &swme_platforms[i];

        MUST(p->name[0] != '\0');
        for (const char *c = p->name; *c != '\0'; c++) {
            MUST_MSG(islower(*c) || isdigit(*c) || strchr("-_.", *c), "%s", p->name);
        }
        for (size_t j = 0; j < i; j++) {
            MUST_MSG(strcmp(p->name, swme_platforms[j].name) != 0, "%s", p->name);
        }
        MUST(p->description != NULL && p->description[0] != '\0');
        MUST(strchr(p->description, '\n') == NULL);
    }
}
END_TEST

/* Rows that Linux must refuse show another firmware on the same hardware; else an id stands once.
 */
START_TEST(ids_that_bind_are_unique)
{
    for (size_t i = 0; i < row_count(); i++) {
        for (size_t j = 0; j < i; j++) {
            MUST_MSG(swme_platforms[i].pci_device_id != swme_platforms[j].pci_device_id ||
                         swme_platforms[i].linux_refuses != NULL ||
                         swme_platforms[j].linux_refuses != NULL,
                     "%s and %s", swme_platforms[i].name, swme_platforms[j].name);
        }
    }
}
END_TEST

START_TEST(each_id_of_the_sheet_has_a_row_and_each_row_an_id)
{
    for (size_t s = 0; s < sheet_id_count; s++) {
        bool found = false;

        for (size_t i = 0; i < row_count(); i++) {
            found |= swme_platforms[i].pci_device_id == sheet_ids[s].id;
        }
        MUST_MSG(found, "no row for %04x %s", sheet_ids[s].id, sheet_ids[s].suffix);
    }
    for (size_t i = 0; i < row_count(); i++) {
        MUST_MSG(sheet_find(swme_platforms[i].pci_device_id) != NULL, "%s: %04x is none of Linux'",
                 swme_platforms[i].name, swme_platforms[i].pci_device_id);
    }
}
END_TEST

START_TEST(rows_agree_with_their_cfg)
{
    for (size_t i = 0; i < row_count(); i++) {
        const SwmePlatform *p = &swme_platforms[i];
        const SheetId *id = sheet_find(p->pci_device_id);
        const SheetCfgRow *cfg;

        if (id == NULL) {
            continue;
        }
        cfg = &sheet_cfgs[id->cfg];
        MUST_MSG(p->hfs_count == cfg->hfs_count, "%s: %u status words, not %u", p->name,
                 p->hfs_count, cfg->hfs_count);
        MUST_MSG(p->trc == cfg->trc, "%s: trc", p->name);
        MUST_MSG((p->kind == SWME_KIND_ITOUCH) == cfg->itouch, "%s: kind", p->name);
    }
}
END_TEST

START_TEST(trap12_status_words_pass_the_probe_or_the_row_says_why_not)
{
    for (size_t i = 0; i < row_count(); i++) {
        const SwmePlatform *p = &swme_platforms[i];
        const SheetId *id = sheet_find(p->pci_device_id);

        if (id != NULL) {
            MUST_MSG(sheet_refuses(id->cfg, p->hfs) == (p->linux_refuses != NULL),
                     "%s: Linux %s it", p->name,
                     sheet_refuses(id->cfg, p->hfs) ? "refuses" : "binds to");
        }
    }
}
END_TEST

START_TEST(trap12_d0i3_bit_agrees_with_the_power_gating)
{
    for (size_t i = 0; i < row_count(); i++) {
        const SwmePlatform *p = &swme_platforms[i];

        MUST_MSG(((p->hfs[0] >> 31) != 0) == (p->power_gating == SWME_PG_D0I3), "%s: HFS1 %08x",
                 p->name, p->hfs[0]);
        MUST_MSG(p->hfs_count > 0 || p->power_gating != SWME_PG_D0I3, "%s", p->name);
    }
}
END_TEST

START_TEST(trap13_power_gating_wants_hbm_1_1)
{
    for (size_t i = 0; i < row_count(); i++) {
        const SwmePlatform *p = &swme_platforms[i];
        unsigned int hbm = p->hbm_major * 256u + p->hbm_minor;

        MUST_MSG(hbm >= 0x100 && hbm <= 0x202, "%s: HBM %u.%u", p->name, p->hbm_major,
                 p->hbm_minor);
        MUST_MSG(hbm >= 0x101 || p->power_gating == SWME_PG_NONE, "%s: gating at HBM %u.%u",
                 p->name, p->hbm_major, p->hbm_minor);
    }
}
END_TEST

START_TEST(trap34_low_power_block_is_clear)
{
    for (size_t i = 0; i < row_count(); i++) {
        MUST_MSG((swme_platforms[i].hfs[1] & 0x80) == 0, "%s", swme_platforms[i].name);
    }
}
END_TEST

START_TEST(status_words_say_a_normal_firmware)
{
    for (size_t i = 0; i < row_count(); i++) {
        const SwmePlatform *p = &swme_platforms[i];

        for (unsigned int w = p->hfs_count; w < HECI_HFS_COUNT; w++) {
            MUST_MSG(p->hfs[w] == 0, "%s has no HFS%u", p->name, w + 1);
        }
        /* Function 4 serves touch controllers; its recorded HFS1 is A4004103 (1.5). */
        if (p->hfs_count > 0 && p->linux_refuses == NULL && p->pci_function != 4) {
            /* Working state 5, init complete, no error, operation mode 0. */
            MUST_MSG((p->hfs[0] & 0x000ff20fu) == 0x00000205u, "%s: HFS1 %08x", p->name, p->hfs[0]);
        }
    }
}
END_TEST

/* Trap 5, and section 3.2's least depths: host bus messages are never split. */
START_TEST(trap05_depths_hold_each_host_bus_message)
{
    for (size_t i = 0; i < row_count(); i++) {
        const SwmePlatform *p = &swme_platforms[i];
        const SheetId *id = sheet_find(p->pci_device_id);
        bool dma = id != NULL && sheet_cfgs[id->cfg].dma;

        MUST_MSG(p->h_depth <= 128 && (p->h_depth & (p->h_depth - 1)) == 0, "%s", p->name);
        MUST_MSG(p->me_depth <= 128 && (p->me_depth & (p->me_depth - 1)) == 0, "%s", p->name);
        MUST_MSG(p->h_depth >= (dma ? 11 : 5), "%s: h_depth %u", p->name, p->h_depth);
        MUST_MSG(p->me_depth >= 10, "%s: me_depth %u", p->name, p->me_depth);
    }
}
END_TEST

START_TEST(versions_and_texts)
{
    for (size_t i = 0; i < row_count(); i++) {
        const SwmePlatform *p = &swme_platforms[i];

        MUST_MSG(p->version_blocks == 2 || p->version_blocks == 3, "%s", p->name);
        MUST_MSG(p->version.major != 0 && p->version.build != 0, "%s", p->name);
        if (!p->amt) {
            continue;
        }
        /* rpc-go fails on leading zeros; a BIOS version has 65 bytes, NUL padded. */
        MUST(p->amt_sku != NULL && p->bios_version != NULL);
        MUST_MSG(p->amt_sku[0] >= '1' && p->amt_sku[0] <= '9', "%s", p->name);
        MUST(strspn(p->amt_sku, "0123456789") == strlen(p->amt_sku));
        MUST(strlen(p->bios_version) < 65);
    }
}
END_TEST

START_TEST(default_row_is_found_without_a_name)
{
    ck_assert_ptr_eq(swme_platform_find(NULL, NULL), &swme_platforms[0]);
    /* 14.1: the suggested default profile. */
    ck_assert_uint_eq(swme_platforms[0].pci_device_id, 0xa0e0);
    ck_assert_uint_eq(swme_platforms[0].h_depth, 128);
    ck_assert_uint_eq(swme_platforms[0].me_depth, 128);
    ck_assert_uint_eq(swme_platforms[0].hbm_major, 2);
    ck_assert_uint_eq(swme_platforms[0].hbm_minor, 2);
}
END_TEST

START_TEST(each_row_is_found_by_its_names)
{
    for (size_t i = 0; i < row_count(); i++) {
        const SwmePlatform *p = &swme_platforms[i];
        g_autofree char *upper = g_ascii_strup(p->name, -1);
        g_autofree char *dashed = g_strdelimit(g_strdup(p->name), "_", '-');
        g_autoptr(GError) error = NULL;

        ck_assert_ptr_eq(swme_platform_find(p->name, &error), p);
        ck_assert_ptr_eq(swme_platform_find(upper, &error), p);
        ck_assert_ptr_eq(swme_platform_find(dashed, &error), p);
        for (size_t a = 0; p->aliases != NULL && p->aliases[a] != NULL; a++) {
            MUST_MSG(swme_platform_find(p->aliases[a], &error) == p, "alias %s of %s",
                     p->aliases[a], p->name);
        }
        ck_assert_ptr_null(error);
    }
}
END_TEST

/* What the 3.9 kernel's document lists under "Supported Chipsets", and the id that each has. */
START_TEST(chipsets_of_the_kernel_document_are_found)
{
    static const struct {
        const char *chipset;
        uint16_t id;
    } chipsets[] = {
        {"7 Series Chipset Family", 0x1e3a},
        {"6 Series Chipset Family", 0x1c3a},
        {"5 Series Chipset Family", 0x3b64},
        {"4 Series Chipset Family", 0x2e14},
        {"Mobile 4 Series Chipset Family", 0x2a44},
        {"ICH9", 0x28b4},
        {"82946GZ/GL", 0x2974},
        {"82G35 Express", 0x2984},
        {"82Q963/Q965", 0x2994},
        {"82P965/G965", 0x29a4},
        {"Mobile PM965/GM965", 0x2a04},
        {"Mobile GME965/GLE960", 0x2a14},
        {"82Q35 Express", 0x29b4},
        {"82G33/G31/P35/P31 Express", 0x29c4},
        {"82Q33 Express", 0x29d4},
        {"82X38/X48 Express", 0x29e4},
        /* As somebody might type them. */
        {"q35", 0x29b4},
        {"4-series", 0x2e14},
        {"mobile pm965 gm965", 0x2a04},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(chipsets); i++) {
        g_autoptr(GError) error = NULL;
        const SwmePlatform *p = swme_platform_find(chipsets[i].chipset, &error);

        MUST_MSG(p != NULL, "%s: %s", chipsets[i].chipset, error ? error->message : "no error");
        MUST_MSG(p->pci_device_id == chipsets[i].id, "%s is %s", chipsets[i].chipset, p->name);
    }
}
END_TEST

START_TEST(names_are_linux_macros_and_a_firmware)
{
    static const char *const firmwares[] = {"-nm", "-sps", "-ign"};

    for (size_t i = 0; i < row_count(); i++) {
        const SwmePlatform *p = &swme_platforms[i];
        const SheetId *id = sheet_find(p->pci_device_id);
        g_autofree char *base = g_strdelimit(g_strdup(id ? id->suffix : "?"), "_", '-');
        bool known = p->linux_refuses == NULL && g_str_equal(p->name, base);

        for (size_t f = 0; f < G_N_ELEMENTS(firmwares); f++) {
            g_autofree char *name = g_strconcat(base, firmwares[f], NULL);

            known |= p->linux_refuses != NULL && g_str_equal(p->name, name);
        }
        MUST_MSG(known, "%s is neither %s nor another firmware on it", p->name, base);
    }
}
END_TEST

START_TEST(clients_are_those_of_the_function)
{
    for (size_t i = 0; i < row_count(); i++) {
        const SwmePlatform *p = &swme_platforms[i];

        MUST_MSG(!(p->clients & ~(unsigned int)SWME_CLIENTS_ALL), "%s", p->name);
        /* Protocol version 1 or 2, firmware update as AMT 3 had it or as it is since. */
        MUST_MSG(!(p->clients & SWME_CLIENTS_MKHI_FIXED) ||
                     !(p->clients & SWME_CLIENTS_MKHI_FIXED_1),
                 "%s", p->name);
        MUST_MSG(!(p->clients & SWME_CLIENTS_FWU) || !(p->clients & SWME_CLIENTS_FWU_3), "%s",
                 p->name);
        MUST_MSG(!p->amt || (p->pci_function == 0 && p->linux_refuses == NULL), "%s", p->name);
        MUST_MSG(p->kind == SWME_KIND_MEI || p->clients == 0, "%s", p->name);
        MUST_MSG(p->pci_function != 0 || p->clients != 0, "%s", p->name);
    }
}
END_TEST

START_TEST(amt_is_not_turned_on_where_the_platform_has_none)
{
    SwmeManualClock *clock = swme_manual_clock_new();

    for (size_t i = 0; i < row_count(); i++) {
        const SwmeFirmwareConfig config = {.platform = &swme_platforms[i], .amt = SWME_ON};
        g_autoptr(GError) error = NULL;
        /* Powered off: it asks nothing of its device. */
        g_autoptr(SwmeFirmware) firmware =
            swme_firmware_new(&config, NULL, NULL, swme_manual_clock(clock), &error);

        MUST_MSG((firmware != NULL) == swme_platforms[i].amt, "%s", swme_platforms[i].name);
        MUST(firmware != NULL || strstr(error->message, swme_platforms[i].name) != NULL);
    }
    swme_manual_clock_free(clock);
}
END_TEST

static void refused(const char *name, const char *mentions)
{
    g_autoptr(GError) error = NULL;

    MUST_MSG(swme_platform_find(name, &error) == NULL, "found: \"%s\"", name);
    MUST(error != NULL);
    MUST(g_error_matches(error, SWME_ERROR, SWME_ERROR_ARGUMENT));
    MUST_MSG(strchr(error->message, '\n') == NULL, "more than a line: %s", error->message);
    MUST_MSG(mentions == NULL || strstr(error->message, mentions) != NULL,
             "\"%s\" is not mentioned: %s", mentions, error->message);
    MUST(swme_platform_find(name, NULL) == NULL);
}

START_TEST(unknown_name_lists_near_ones_in_one_line)
{
    g_autofree char *longest = g_strnfill(4000, 'x');

    for (size_t i = 0; i < row_count(); i++) {
        g_autofree char *near = g_strconcat(swme_platforms[i].name, "x", NULL);

        if (swme_platform_find(near, NULL) == NULL) {
            refused(near, swme_platforms[i].name);
        }
    }
    refused("", NULL);
    refused("pentium", NULL);
    refused("%s%n%s", NULL);
    refused("\xff\xfe", NULL);
    refused(longest, NULL);
}
END_TEST

START_TEST(error_is_one_line_even_when_the_name_is_not)
{
    refused("tgp_lp\nx", NULL);
}
END_TEST

START_TEST(kinds_have_names)
{
    ck_assert_str_ne(swme_power_gating_name(SWME_PG_NONE), swme_power_gating_name(SWME_PG_PGI));
    ck_assert_str_ne(swme_power_gating_name(SWME_PG_PGI), swme_power_gating_name(SWME_PG_D0I3));
    ck_assert_str_eq(swme_kind_name(SWME_KIND_MEI), "mei");
    ck_assert_str_eq(swme_kind_name(SWME_KIND_ITOUCH), "itouch");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("platform");
    TCase *tcase = unit_case(suite, "rows");

    tcase_add_test(tcase, names_are_unique_lower_case_words);
    tcase_add_test(tcase, ids_that_bind_are_unique);
    tcase_add_test(tcase, each_id_of_the_sheet_has_a_row_and_each_row_an_id);
    tcase_add_test(tcase, rows_agree_with_their_cfg);
    tcase_add_test(tcase, trap12_status_words_pass_the_probe_or_the_row_says_why_not);
    tcase_add_test(tcase, trap12_d0i3_bit_agrees_with_the_power_gating);
    tcase_add_test(tcase, trap13_power_gating_wants_hbm_1_1);
    tcase_add_test(tcase, trap34_low_power_block_is_clear);
    tcase_add_test(tcase, status_words_say_a_normal_firmware);
    tcase_add_test(tcase, trap05_depths_hold_each_host_bus_message);
    tcase_add_test(tcase, versions_and_texts);
    tcase_add_test(tcase, clients_are_those_of_the_function);
    tcase_add_test(tcase, amt_is_not_turned_on_where_the_platform_has_none);

    tcase = unit_case(suite, "names");
    tcase_add_test(tcase, default_row_is_found_without_a_name);
    tcase_add_test(tcase, each_row_is_found_by_its_names);
    tcase_add_test(tcase, names_are_linux_macros_and_a_firmware);
    tcase_add_test(tcase, chipsets_of_the_kernel_document_are_found);
    tcase_add_test(tcase, unknown_name_lists_near_ones_in_one_line);
    tcase_add_test(tcase, error_is_one_line_even_when_the_name_is_not);
    tcase_add_test(tcase, kinds_have_names);
    return unit_run(suite);
}
