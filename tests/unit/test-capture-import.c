/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captures of what Linux' tracepoints logged. */
#include <string.h>

#include <glib.h>

#include <swme/bytes.h>
#include <swme/capture.h>
#include <swme/heci-regs.h>

#include "firmware-sim/capture/import.h"
#include "firmware-sim/capture/pcapng.h"
#include "tests/unit/unit.h"

static const char log_text[] =
    "# tracer: nop\n"
    "  kworker/0:1-12  [000] .....  1.000001: mei_reg_read: [0000:00:16.0] read H_CSR:[0x4] = "
    "0x80000009\n"
    "  kworker/0:1-12  [000] .....  1.000001: mei_reg_read: [0000:03:00.0] read H_CSR:[0x4] = "
    "0x1\n"
    "  kworker/0:1-12  [000] .....  1.000002: hbuf: (mei_me_hbuf_write+0x0/0x360 [mei_me]) "
    "hdr={0x80050000,0x1} hdr_len=4 d0={0x2020001,0xaabbccdd} d1={0x0} len=5\n"
    "  kworker/0:1-12  [000] .....  1.000003: mei_reg_read: [0000:00:16.0] read H_CSR:[0x4] = "
    "0x80030009\n"
    "  kworker/0:1-12  [000] .....  1.000004: mei_reg_write: [0000:00:16.0] write H_CSR[0x4] = "
    "0x8003000d\n"
    "  kworker/0:1-12  [000] .....  1.000005: mei_reg_read: [0000:00:16.0] read H_CSR:[0x4] = "
    "0x80050009\n"
    "  kworker/0:1-12  [000] .....  1.000006: mei_reg_read: [0000:00:16.0] read ME_CSR_HA:[0xc] = "
    "0x80030109\n"
    "  kworker/0:1-12  [000] .....  1.000007: mei_pci_cfg_read: [0000:00:16.0] pci cfg read "
    "PCI_CFG_HFS_1:[0x40] = 0x90000245\n"
    "mei_reg_read: garbage\n"
    " mei_reg_read: [0000:00:16.0] read X:[0x = 1\n";

START_TEST(a_log_of_tracepoints_is_imported)
{
    const SwmeFirmwareConfig config = {.platform = swme_platform_find("ppt-1", NULL)};
    const struct {
        unsigned int kind, flags;
        uint32_t offset;
        uint64_t value;
    } wanted[] = {
        {CAPTURE_READ, 0, HECI_H_CSR, 0x80000009},
        {CAPTURE_WRITE, 0, HECI_H_CB_WW, 0x80050000},
        {CAPTURE_WRITE, 0, HECI_H_CB_WW, 0x02020001},
        {CAPTURE_WRITE, 0, HECI_H_CB_WW, 0xdd}, /* what lies behind the message is not taken */
        {CAPTURE_READ, 0, HECI_H_CSR, 0x80030009},
        {CAPTURE_WRITE, 0, HECI_H_CSR, 0x8003000d},
        {CAPTURE_WRITE, CAPTURE_UNKNOWN, HECI_H_CB_WW, 0},
        {CAPTURE_WRITE, CAPTURE_UNKNOWN, HECI_H_CB_WW, 0},
        {CAPTURE_READ, 0, HECI_H_CSR, 0x80050009},
        {CAPTURE_READ, CAPTURE_UNKNOWN, HECI_ME_CB_RW, 0},
        {CAPTURE_READ, 0, HECI_ME_CSR_HA, 0x80030109},
        {CAPTURE_CONFIG_READ, 0, HECI_CFG_HFS1, 0x90000245},
    };
    g_autoptr(GByteArray) out = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    SwmeImported imported;
    SwmePcapngReader reader;
    SwmePcapngRecord record;

    ck_assert(swme_capture_import(log_text, strlen(log_text), &config, out, &imported, &error));
    ck_assert_uint_eq(imported.accesses, 6);
    ck_assert_uint_eq(imported.packets, 1);
    ck_assert_uint_eq(imported.missing, 1);
    swme_pcapng_reader_init(&reader, out->data, out->len);
    ck_assert(swme_pcapng_next(&reader, &record, NULL)); /* set-up */
    ck_assert(swme_pcapng_next(&reader, &record, NULL)); /* reset */
    for (size_t i = 0; i < UNIT_COUNT(wanted); i++) {
        ck_assert(swme_pcapng_next(&reader, &record, NULL));
        ck_assert_uint_eq(record.data[CAPTURE_OFF_KIND], wanted[i].kind);
        ck_assert_uint_eq(record.data[CAPTURE_OFF_FLAGS], wanted[i].flags);
        ck_assert_uint_eq(swme_get_le32(record.data + 4), wanted[i].offset);
        ck_assert_uint_eq(swme_get_le64(record.data + 12), wanted[i].value);
        ck_assert_int_gt(record.stamp_ns, INT64_C(1000000000));
    }
    ck_assert(!swme_pcapng_next(&reader, &record, NULL));
    swme_pcapng_reader_clear(&reader);
}
END_TEST

START_TEST(a_log_without_tracepoints_is_refused)
{
    const SwmeFirmwareConfig config = {.platform = swme_platform_find("ppt-1", NULL)};
    g_autoptr(GByteArray) out = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    SwmeImported imported;

    ck_assert(!swme_capture_import("hello\n", 6, &config, out, &imported, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "mei_reg_read"));
}
END_TEST

/* Lines that are none, each on its own: no access comes of one. */
START_TEST(lines_that_say_nothing_are_passed_over)
{
    static const char *const lines[] = {
        "",
        "mei_reg_read: [0000:00:16.0] read H_CSR:[0x4] = 0x1", /* no blank before it */
        " 1.0: mei_reg_read: 0000:00:16.0] read H_CSR:[0x4] = 0x1",
        " 1.0: mei_reg_read: [0000:00:16.0 read H_CSR",
        " 1.0: mei_reg_read: [0000:00:16.0] read H_CSR = 0x1",
        " 1.0: mei_reg_read: [0000:00:16.0] read H_CSR:[0x4 = 0x1",
        " 1.0: mei_reg_read: [0000:00:16.0] read H_CSR:[0x4]: 0x1",
        " 1.0: mei_reg_read: [0000:00:16.0] read H_CSR:[0x4] = ",
        " 1.0: mei_reg_read: [0000:00:16.0] read H_CSR:[0x4] = none",
        " 1.0: hbuf: (another_probe) hdr={0x80040000} hdr_len=4 d0={0x1} len=4",
        " 1.0: hbuf: (mei_me_hbuf_write) hdr={0x80040000} hdr_len=4 d0={0x1} len=4",
    };
    const SwmeFirmwareConfig config = {.platform = swme_platform_find("ppt-1", NULL)};

    for (size_t i = 0; i < UNIT_COUNT(lines); i++) {
        g_autoptr(GByteArray) out = g_byte_array_new();
        SwmeImported imported;

        MUST_MSG(!swme_capture_import(lines[i], strlen(lines[i]), &config, out, &imported, NULL),
                 "%s", lines[i]);
        MUST_EQ(imported.accesses, 0);
    }
}
END_TEST

/* What the kprobe tells of a packet is taken only where it is all of what the pointers say. */
START_TEST(packets_of_a_log_are_whole_or_missing)
{
    static const struct {
        const char *probe;
        unsigned int slots; /* that the write pointer has moved by */
        unsigned int packets, missing;
    } cases[] = {
        {"hdr={0x80040000} hdr_len=4 d0={0x1} len=4", 2, 1, 0},
        {"hdr={0x90040000,0x1} hdr_len=8 d0={0x1} len=4", 3, 1, 0},
        {"hdr={0x80000000} hdr_len=4 len=0", 1, 1, 0},
        {"hdr={0x80040000} hdr_len=4 d0={0x1} len=4", 3, 0, 1},
        {"hdr={0x80040000} hdr_len=4 d0={0x1} len=4", 0, 0, 0},
        {"hdr={0x80040000} hdr_len=4 d0={0x1} len=4", 200, 0, 0}, /* no ring has so many */
        {"hdr={0x80040000} d0={0x1} len=4", 2, 0, 1},
        {"hdr={0x80040000} hdr_len=x d0={0x1} len=4", 2, 0, 1},
        {"hdr={0x80040000} hdr_len=4 d0={0x1}", 2, 0, 1},
        {"hdr={0x80040000} hdr_len=0 d0={0x1} len=4", 2, 0, 1},
        {"hdr={0x80040000,1,2,3} hdr_len=20 d0={0x1} len=4", 2, 0, 1},
        {"hdr={0x80040000,1} hdr_len=6 d0={0x1} len=4", 2, 0, 1},
        {"hdr={0x80040000} hdr_len=4 d0={0x1} len=513", 2, 0, 1},
        {"hdr={0x80040000} hdr_len=8 d0={0x1} len=4", 3, 0, 1},
        {"hdr={} hdr_len=4 d0={0x1} len=4", 2, 0, 1},
        {"hdr_len=4 d0={0x1} len=4", 2, 0, 1},
        {"hdr={0x80050000} hdr_len=4 d0={0x1} len=5", 3, 0, 1},
        {"hdr={0x80050000} hdr_len=4 d0={0x1,y} len=5", 3, 0, 1},
    };
    const SwmeFirmwareConfig config = {.platform = swme_platform_find("ppt-1", NULL)};

    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        g_autofree char *log = g_strdup_printf(
            " 1.1: hbuf: (mei_me_hbuf_write) %s\n"
            " 1.2: mei_reg_write: [0000:00:16.0] write H_D0I3C[0x800] = 0x10\n"
            " 1.3: mei_reg_read: [0000:00:16.0] read ME_CSR_HA:[0xc] = 0x8000c809\n"
            " 1.4: mei_reg_read: [0000:00:16.0] read H_CSR:[0x4] = 0x80%02x0009", /* no feed */
            cases[i].probe, cases[i].slots);
        g_autoptr(GByteArray) out = g_byte_array_new();
        SwmeImported imported;

        ck_assert(swme_capture_import(log, strlen(log), &config, out, &imported, NULL));
        MUST_EQ(imported.accesses, 3);
        MUST_MSG(imported.packets == cases[i].packets && imported.missing == cases[i].missing,
                 "%s: %u packets, %u missing", cases[i].probe, (unsigned int)imported.packets,
                 (unsigned int)imported.missing);
    }
}
END_TEST

/* Times never go back, and what is none is the last one. */
START_TEST(times_of_a_log_only_grow)
{
    static const struct {
        const char *time;
        int64_t ns;
    } cases[] = {
        {"2.5:", INT64_C(2000005000)}, /* microseconds, six digits as a rule */
        {"2.000007:", INT64_C(2000007000)}, {"1.9:", INT64_C(2000007000)},
        {"3:", INT64_C(3000000000)},        {"9999999999.0:", INT64_C(3000000000)},
        {"soon", INT64_C(3000000000)},
    };
    const SwmeFirmwareConfig config = {.platform = swme_platform_find("ppt-1", NULL)};
    g_autoptr(GString) log = g_string_new(NULL);
    g_autoptr(GByteArray) out = g_byte_array_new();
    SwmeImported imported;
    SwmePcapngReader reader;
    SwmePcapngRecord record;

    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        g_string_append_printf(log, " %s mei_reg_read: [0000:00:16.0] read ME_TRC:[0x30] = 0x0\n",
                               cases[i].time);
    }
    ck_assert(swme_capture_import(log->str, log->len, &config, out, &imported, NULL));
    swme_pcapng_reader_init(&reader, out->data, out->len);
    ck_assert(swme_pcapng_next(&reader, &record, NULL)); /* set-up */
    ck_assert(swme_pcapng_next(&reader, &record, NULL)); /* reset */
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        ck_assert(swme_pcapng_next(&reader, &record, NULL));
        MUST_MSG(record.stamp_ns == cases[i].ns, "%s: %" G_GINT64_FORMAT, cases[i].time,
                 record.stamp_ns);
    }
    swme_pcapng_reader_clear(&reader);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("capture of a log");
    TCase *tcase = unit_case(suite, "logs");

    tcase_add_test(tcase, a_log_of_tracepoints_is_imported);
    tcase_add_test(tcase, a_log_without_tracepoints_is_refused);
    tcase_add_test(tcase, lines_that_say_nothing_are_passed_over);
    tcase_add_test(tcase, packets_of_a_log_are_whole_or_missing);
    tcase_add_test(tcase, times_of_a_log_only_grow);
    return unit_run(suite);
}
