/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each check of saved firmware state, one by one: a state in normal form with one thing in it that
 * no firmware saves is refused for that reason, and one at the limit is not.
 */
#include <string.h>

#include <glib/gstdio.h>

#include "firmware-sim/amt/amt-alerts.h"
#include "firmware-sim/amt/amt-notify.h"
#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/amt/amt-watchdog.h"
#include "firmware-sim/bus/bus.h"
#include "firmware-sim/clients/clients.h"
#include "firmware-sim/error.h"
#include "tests/unit/bench.h"
#include "tests/unit/unit.h"
#include "tests/unit/variant-edit.h"

#define STATE_TYPE                \
    "(usubbxxx" ME_BUS_STATE_TYPE \
    "xa{sv}" AMT_WATCHDOG_STATE_TYPE AMT_ALERTS_STATE_TYPE AMT_NOTIFY_STATE_TYPE ")"

static const BenchOptions options = {.platform = "tgp-lp"};

/*
 * Where: E is the index of the connection to echo that has an answer waiting, A that to AMTHI, F
 * the fixed client's, N as many as there are.
 */
typedef struct Row {
    const char *path;
    const char *value;   /* as g_variant_parse() reads it */
    unsigned int repeat; /* not 0: an array of so many of it */
    const char *why;     /* NULL: accepted */
} Row;

#define CONNECTION "a connection that this firmware cannot have"
#define CONTROL    "a host bus message that is too long"
#define VERSION    "a version of the bus protocol"
#define DMA        "a DMA ring that this firmware"
#define CLIENT     "an ME client that this firmware does not have"

#define ALERTS  "alerts that this firmware"
#define NOTICES "events for listeners that this firmware"

/*
 * State: 8 is the bus, 9 and 10 AMT, 11 the watchdog, 12 alerts, 13 events. Bus: 8 DMA, 9 clients,
 * 10 connections, 11 messages.
 */
static const Row rows[] = {
    {"0", "uint32 6", 0, "of version 6"},
    {"1", "'spt-h'", 0, "of platform 'spt-h', this is platform 'tgp-lp'"},
    {"1", "'\\n'", 0, "of platform '"},
    {"2", "uint32 2", 0, "of a firmware without AMT, this one was made with it"},
    {"2", "uint32 1", 0, "of a firmware without the echo client, this one was made with it"},
    {"2", "uint32 7", 0, "other clients"},
    {"5", "int64 9223372036854775807", 0, NULL}, /* times are taken no longer than may be */
    {"6", "int64 -9223372036854775808", 0, NULL},
    {"8.1", "byte 2", 0, NULL},
    {"8.1", "byte 3", 0, VERSION},
    {"8.3", "byte 0x05", 0, NULL},
    {"8.3", "byte 0x02", 0, VERSION},
    {"8.3", "byte 0x80", 0, VERSION},

    {"8.8.0", "true", 0, DMA},
    {"8.8.1", "(uint64 0, uint32 4096)", 2, DMA},
    {"8.8.1", "(uint64 0, uint32 4096)", 4, DMA},
    {"8.8", "(true, [(uint64 0, uint32 4096), (0, 4096), (0, 32)], uint32 5, uint32 6, @a(ytu) [])",
     0, NULL},
    {"8.8", "(true, [(uint64 0, uint32 4096), (0, 4096), (0, 31)], uint32 5, uint32 6, @a(ytu) [])",
     0, DMA},
    {"8.8", "(true, [(uint64 0, uint32 4097), (0, 4096), (0, 32)], uint32 5, uint32 6, @a(ytu) [])",
     0, DMA},
    {"8.8", "(true, [(uint64 2, uint32 4096), (0, 4096), (0, 32)], uint32 5, uint32 6, @a(ytu) [])",
     0, DMA},
    {"8.8.4", "[(byte 1, uint64 1, uint32 1)]", 0, NULL},
    {"8.8.4", "[(byte 0, uint64 1, uint32 1)]", 0, DMA},
    {"8.8.4", "[(byte 1, uint64 1, uint32 0)]", 0, DMA},
    {"8.8.4", "[(byte 1, uint64 0xffffffffffffffff, uint32 1)]", 0, DMA},

    {"8.9.N", "(byte 7, true, false, @ay [])", 0, NULL},
    {"8.9.N", "(byte 7, false, false, @ay [])", 0, CLIENT},
    {"8.9.N", "(byte 200, true, false, @ay [])", 0, CLIENT},
    {"8.9.N", "(byte 0, true, false, @ay [])", 0, CLIENT},
    {"8.9.N", "(byte 7, true, false, [byte 0])", 0, CLIENT}, /* it keeps nothing */

    {"8.10.E.0", "byte 0", 0, CONNECTION},
    {"8.10.E.0", "byte 200", 0, CONNECTION},
    {"8.10.E.1", "byte 0", 0, CONNECTION},
    {"8.10.E.1", "byte 77", 0, NULL},
    {"8.10.E.1", "byte 4", 0, CONNECTION}, /* there is one */
    {"8.10.F.1", "byte 1", 0, CONNECTION},
    {"8.10.F.2", "true", 0, CONNECTION},
    {"8.10.F.3", "true", 0, CONNECTION},
    {"8.10.F.7", "byte 1", 0, CONNECTION},
    {"8.10.F.14", "uint32 1", 0, CONNECTION},
    {"8.10.F.8", "byte 255", 0, CONNECTION}, /* found by the fuzzer: it stayed, see below */
    {"8.10.F.15", "true", 0, CONNECTION},
    {"8.10.F.16", "true", 0, CONNECTION},
    {"8.10.F.17", "true", 0, CONNECTION},
    {"8.10.E.5", "byte 1", 8192, NULL},
    {"8.10.E.5", "byte 1", 8193, CONNECTION},
    {"8.10.A.8", "byte 9", 0, CONNECTION}, /* tags are none of AMTHI's */
    {"8.10.A.9", "byte 9", 0, CONNECTION},
    {"8.10.E.8", "byte 9", 0, CONNECTION}, /* nor were they agreed on */
    {"8.10.E.14", "uint32 255", 0, NULL},
    {"8.10.E.14", "uint32 256", 0, CONNECTION},

    {"8.10.F.10", "(int64 5, byte 0, [byte 1])", ME_INBOX_MAX, NULL},
    {"8.10.F.10", "(int64 5, byte 0, [byte 1])", ME_INBOX_MAX + 1, CONNECTION},
    {"8.10.F.10", "(int64 5, byte 3, [byte 1])", 1, CONNECTION},
    {"8.10.E.10", "(int64 -9223372036854775808, byte 0, [byte 1])", 1, NULL},
    {"8.10.E.10", "(int64 9223372036854775807, byte 0, [byte 1])", 1, NULL},
    {"8.10.E.11", "(byte 0, [byte 1, 2])", ME_TX_MAX, NULL},
    {"8.10.E.11", "(byte 0, [byte 1, 2])", ME_TX_MAX + 1, CONNECTION},
    {"8.10.E.11", "(byte 3, [byte 1, 2])", 1, CONNECTION},
    {"8.10.E.12", "uint64 2", 0, CONNECTION}, /* sent, and not begun */
    {"8.10.E.13", "true", 0, CONNECTION},     /* begun, and nothing sent */
    {"8.10.A.12", "uint64 18446744073709551615", 0, CONNECTION},

    {"8.11", "[byte 0x03, 0, 0, 0]", ME_CONTROL_MAX, NULL},
    {"8.11", "[byte 0x03, 0, 0, 0]", ME_CONTROL_MAX + 1, CONTROL},
    {"8.11", "@ay []", 1, CONTROL},
    {"9", "int64 4611686018427387904", 0, NULL},
    {"9", "int64 4611686018427387905", 0, "AMT's clock"},
    {"9", "int64 -1", 0, "AMT's clock"},
    {"10", "@a{sv} {}", 0, "AMT's "},
    {"10.N", "{'nonesuch', <1>}", 0, "AMT's more than there is"},
    {"12.1", "int64 -1", 0, ALERTS},
    {"12.2", "(uint16 1, uint32 1, int64 1, true, [byte 1])", 1, ALERTS},
    {"13.0", "uint64 18446744073709551615", 0, NULL},
    {"13.1", "(uint32 1, uint32 0, int64 0, [(uint64 1, int64 0, [byte 1])])", 1, NOTICES},
};

static GVariant *of_bytes(GBytes *bytes)
{
    return g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(STATE_TYPE), bytes, FALSE));
}

/* Connections to echo as hosts 2, with an answer that waits for a credit, and 4; to AMTHI as 1. */
static GVariant *base_state(void)
{
    g_autoptr(Bench) bench = bench_up(&options);
    BenchClient amthi = bench_open(bench, GUID_TEXT_AMTHI, 1);
    BenchClient echo = bench_open(bench, GUID_TEXT_ECHO, 2);
    g_autoptr(GBytes) bytes = NULL;
    GVariant *state;

    bench_connect(bench, echo.address, 4);
    bench_data(bench, echo.address, 2, BYTES(1, 2, 3, 4));
    bench_data(bench, amthi.address, 1, BYTES(1, 1, 0, 0, 0x1a, 0, 0, 4, 0, 0, 0, 0));
    bytes = swme_firmware_save(bench->firmware);
    state = of_bytes(bytes);
    ck_assert(g_variant_is_normal_form(state)); /* else STATE_TYPE is not the firmware's any more */
    return state;
}

static gsize connection_of(GVariant *state, guchar host_addr)
{
    g_autoptr(GVariant) bus = g_variant_get_child_value(state, 8);
    g_autoptr(GVariant) all = g_variant_get_child_value(bus, 10);

    for (gsize i = 0; i < g_variant_n_children(all); i++) {
        g_autoptr(GVariant) connection = g_variant_get_child_value(all, i);
        guchar host;

        g_variant_get_child(connection, 1, "y", &host);
        if (host == host_addr) {
            return i;
        }
    }
    ck_abort_msg("no connection of host %u", host_addr);
}

static GVariant *at_path(GVariant *state, const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, ".", -1);
    GVariant *node = g_variant_ref(state);

    for (char **part = parts; *part; part++) {
        GVariant *child = g_variant_get_child_value(node, (gsize)g_ascii_strtoull(*part, NULL, 10));

        g_variant_unref(node);
        node = child;
    }
    return node;
}

/* The letters of a row's path as numbers. */
static char *real_path(GVariant *state, const char *path)
{
    GString *real = g_string_new(NULL);

    for (const char *c = path; *c; c++) {
        if (*c == 'N') {
            g_autofree char *parent = g_strndup(real->str, real->len - 1);
            g_autoptr(GVariant) node = at_path(state, parent);

            g_string_append_printf(real, "%zu", g_variant_n_children(node));
        } else if (g_ascii_isalpha(*c)) {
            g_string_append_printf(real, "%zu",
                                   connection_of(state, *c == 'E'   ? 2
                                                        : *c == 'A' ? 1
                                                                    : 0));
        } else {
            g_string_append_c(real, *c);
        }
    }
    return g_string_free(real, FALSE);
}

static GVariant *value_of(const Row *row)
{
    g_autoptr(GError) error = NULL;
    GVariant *value = g_variant_parse(NULL, row->value, NULL, NULL, &error);
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    GVariant *array;

    ck_assert_msg(value != NULL, "%s: %s", row->value, error ? error->message : "");
    if (!row->repeat) {
        return value;
    }
    for (unsigned int i = 0; i < row->repeat; i++) {
        g_ptr_array_add(all, value);
    }
    array = g_variant_new_array(NULL, (GVariant *const *)all->pdata, all->len);
    g_variant_unref(value);
    return array;
}

static char *bus_of(Bench *bench)
{
    g_autoptr(GBytes) bytes = swme_firmware_save(bench->firmware);
    g_autoptr(GVariant) state = of_bytes(bytes);
    g_autoptr(GVariant) bus = g_variant_get_child_value(state, 8);

    return g_variant_print(bus, TRUE);
}

/* Nothing of what was refused is left: what would be saved is what a fresh firmware would save. */
static void check_untouched(Bench *bench)
{
    g_autoptr(Bench) fresh = bench_ready(&options);
    g_autofree char *one = bus_of(bench);
    g_autofree char *two = bus_of(fresh);

    ck_assert_str_eq(one, two);
}

START_TEST(each_check)
{
    const Row *row = &rows[_i];
    g_autoptr(GVariant) state = base_state();
    g_autofree char *path = real_path(state, row->path);
    g_autoptr(GVariant) changed = variant_put(state, path, value_of(row));
    g_autoptr(Bench) bench = bench_ready(&options);
    g_autoptr(GError) error = NULL;
    bool accepted;

    ck_assert_str_eq(g_variant_get_type_string(changed), STATE_TYPE);
    accepted = swme_firmware_load(bench->firmware, g_variant_get_data(changed),
                                  g_variant_get_size(changed), &error);
    if (row->why) {
        ck_assert_msg(!accepted, "%s = %s is believed", row->path, row->value);
        ck_assert_msg(strstr(error->message, row->why) && !strchr(error->message, '\n'),
                      "%s = %s: %s", row->path, row->value, error->message);
        ck_assert_int_eq(error->code, SWME_ERROR_STATE);
        check_untouched(bench);
    } else {
        ck_assert_msg(accepted, "%s = %s: %s", row->path, row->value,
                      error ? error->message : "no error");
    }
    fake_clock_settle(bench->clock);
    bench_host_reset(bench);
    bench_check_alive(bench);
}
END_TEST

/* A message, from byte 1 of a fresh one on, that is partly out; and a host bus message at its
 * limit. */
START_TEST(lengths_at_their_limit)
{
    static const struct {
        const char *path;
        gsize size;
        uint64_t sent;
        bool good;
    } cases[] = {
        {"8.10.E.11", 8192, 8191, true},
        {"8.10.E.11", 8192, 8192, false},
        {"8.10.E.11", 8193, 1, false},
        {"8.11", HBM_FIRMWARE_MESSAGE_MAX, 0, true},
        {"8.11", HBM_FIRMWARE_MESSAGE_MAX + 1, 0, false},
    };

    for (unsigned int i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GVariant) state = base_state();
        g_autofree char *path = real_path(state, cases[i].path);
        g_autofree uint8_t *data = g_malloc0(cases[i].size);
        GVariant *bytes = g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, data, cases[i].size, 1);
        g_autoptr(Bench) bench = bench_ready(&options);
        g_autoptr(GVariant) changed = NULL;

        if (cases[i].sent) {
            g_autofree char *sent = real_path(state, "8.10.E.12");
            g_autofree char *open = real_path(state, "8.10.E.13");
            g_autoptr(GVariant) one =
                variant_put(state, path, g_variant_new_parsed("[(byte 0, %@ay)]", bytes));
            g_autoptr(GVariant) two = variant_put(one, sent, g_variant_new_uint64(cases[i].sent));

            changed = variant_put(two, open, g_variant_new_boolean(TRUE));
        } else {
            changed = variant_put(state, path, g_variant_new_parsed("[%@ay]", bytes));
        }
        MUST_MSG(swme_firmware_load(bench->firmware, g_variant_get_data(changed),
                                    g_variant_get_size(changed), NULL) == cases[i].good,
                 "case %u", i);
    }
}
END_TEST

/* Five connections to a client of four. */
START_TEST(more_connections_than_may_be)
{
    g_autoptr(GVariant) state = base_state();
    g_autofree char *echo = real_path(state, "8.10.E");

    for (unsigned int i = 2; i <= me_client_echo.max_connections; i++) { /* two are there */
        g_autoptr(GVariant) connection = at_path(state, echo);
        g_autoptr(GVariant) another =
            variant_put(connection, "1", g_variant_new_byte((guchar)(10 + i)));
        g_autofree char *end = real_path(state, "8.10.N");
        g_autoptr(Bench) bench = bench_ready(&options);
        GVariant *more = variant_put(state, end, another);

        g_variant_unref(state);
        state = more;
        ck_assert_int_eq(swme_firmware_load(bench->firmware, g_variant_get_data(state),
                                            g_variant_get_size(state), NULL),
                         i < me_client_echo.max_connections);
    }
}
END_TEST

/* A client that is away keeps connections until the host was told of each: no two of one host
 * address, for it may be back before. */
START_TEST(one_host_address_at_a_client_that_is_away)
{
    for (guchar other = 2; other < 4; other++) { /* 2 is there */
        g_autoptr(GVariant) state = base_state();
        g_autofree char *echo = real_path(state, "8.10.E");
        g_autofree char *end = real_path(state, "8.10.N");
        g_autofree char *client_path = real_path(state, "8.9.N");
        g_autoptr(GVariant) connection = at_path(state, echo);
        g_autoptr(GVariant) closing = variant_put(connection, "2", g_variant_new_boolean(TRUE));
        g_autoptr(GVariant) another = variant_put(closing, "1", g_variant_new_byte(other));
        guchar address;
        g_autoptr(GVariant) one = variant_put(state, end, another);
        g_autoptr(GVariant) two = NULL;
        g_autoptr(Bench) bench = bench_ready(&options);

        g_variant_get_child(connection, 0, "y", &address);
        two = variant_put(one, client_path,
                          g_variant_new_parsed("(%y, false, false, @ay [])", address));
        ck_assert_int_eq(swme_firmware_load(bench->firmware, g_variant_get_data(two),
                                            g_variant_get_size(two), NULL),
                         other != 2);
    }
}
END_TEST

/* The options that a firmware was made with are the loading one's, too. */
START_TEST(another_firmware_is_named)
{
    static const struct {
        BenchOptions saved, loads;
        const char *why;
    } cases[] = {
        {{.platform = "tgp-lp"},
         {.platform = "tgp-lp", .no_echo = true},
         "of a firmware with the echo client, this one was made without"},
        {{.platform = "tgp-lp", .no_echo = true},
         {.platform = "tgp-lp"},
         "of a firmware without the echo client, this one was made with it"},
        {{.platform = "spt-h"},
         {.platform = "spt-h", .amt = SWME_OFF},
         "of a firmware with AMT, this one was made without"},
        {{.platform = "spt-h", .amt = SWME_OFF},
         {.platform = "spt-h"},
         "of a firmware without AMT, this one was made with it"},
        {{.platform = "spt-h"}, {.platform = "tgp-lp"}, "of platform 'spt-h', this is platform"},
        {{.platform = "spt-h"}, {.platform = "spt-h", .latency = "300ms"}, NULL},
    };

    for (unsigned int i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Bench) bench = bench_up(&cases[i].saved);
        g_autoptr(Bench) other = bench_ready(&cases[i].loads);
        g_autoptr(GBytes) bytes = swme_firmware_save(bench->firmware);
        g_autoptr(GError) error = NULL;
        gsize size;
        const void *data = g_bytes_get_data(bytes, &size);

        ck_assert_int_eq(swme_firmware_load(other->firmware, data, size, &error), !cases[i].why);
        MUST_MSG(!cases[i].why || strstr(error->message, cases[i].why), "%s", error->message);
    }
}
END_TEST

/* What AMT promised the guest by its clock comes when it was promised: a fresh machine's clock
 * begins at 0, and at another time of day. */
START_TEST(the_time_of_day_travels)
{
    g_autoptr(Bench) bench = bench_up(&options);
    g_autoptr(Bench) other = bench_ready(&options);
    g_autoptr(GBytes) bytes = NULL;
    int64_t before;
    gsize size;
    const void *data;

    swme_manual_clock_advance(bench->clock, 12345 * SWME_NS_PER_S + 999999999);
    before = amt_state_running(swme_firmware_amt(bench->firmware));
    ck_assert_int_eq(before / SWME_NS_PER_S / 10, (BENCH_TIME_S + 12345) / 10);
    bytes = swme_firmware_save(bench->firmware);
    data = g_bytes_get_data(bytes, &size);
    ck_assert(swme_firmware_load(other->firmware, data, size, NULL));
    ck_assert_int_eq(amt_state_running(swme_firmware_amt(other->firmware)), before);
    swme_manual_clock_advance(other->clock, 5 * SWME_NS_PER_S);
    ck_assert_int_eq(amt_state_running(swme_firmware_amt(other->firmware)),
                     before + 5 * SWME_NS_PER_S);
}
END_TEST

/* The file then holds the saved state; a state that is refused leaves it alone. */
START_TEST(the_nvm_file_follows_the_state)
{
    g_autofree char *folder = g_dir_make_tmp("swme-state.XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "nvm", NULL);
    const BenchOptions with_file = {.platform = "tgp-lp", .nvm = path};
    g_autoptr(Bench) bench = bench_up(&options);
    AmtState *amt = swme_firmware_amt(bench->firmware);
    AmtClockData changed = {.offset_s = 77};
    g_autoptr(GBytes) bytes = NULL;
    gsize size;
    const void *data;

    amt_state_set_clock(amt, &changed);
    bytes = swme_firmware_save(bench->firmware);
    data = g_bytes_get_data(bytes, &size);
    for (unsigned int good = 0; good < 2; good++) {
        g_autoptr(Bench) loads = bench_ready(&with_file);
        g_autoptr(Bench) later = NULL;

        ck_assert_int_eq(swme_firmware_load(loads->firmware, data, size - !good, NULL), good);
        ck_assert(swme_firmware_flush(loads->firmware, NULL));
        bench_free(g_steal_pointer(&loads));
        later = bench_ready(&with_file);
        ck_assert_int_eq(amt_state_data(swme_firmware_amt(later->firmware))->clock.offset_s,
                         good ? 77 : 0);
    }
    g_unlink(path);
    g_rmdir(folder);
}
END_TEST

/* A client that came later is the state's own: the machine that loads it has it. */
START_TEST(a_client_that_came_later_travels)
{
    const BenchOptions bare = {.platform = "tgp-lp", .no_echo = true};
    g_autoptr(Bench) bench = bench_up(&bare);
    g_autoptr(Bench) other = bench_ready(&bare);
    g_autoptr(GBytes) bytes = NULL;
    SwmeFirmwareClient client;
    gsize size;
    const void *data;

    ck_assert(swme_firmware_set_client(bench->firmware, "echo", true, NULL));
    bytes = swme_firmware_save(bench->firmware);
    data = g_bytes_get_data(bytes, &size);
    ck_assert(swme_firmware_load(other->firmware, data, size, NULL));
    ck_assert(swme_firmware_client(other->firmware,
                                   swme_firmware_client_address(other->firmware, "echo"), &client));
    ck_assert(client.present);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("state-checks");
    TCase *tcase = unit_case(suite, "checks");

    tcase_add_loop_test(tcase, each_check, 0, G_N_ELEMENTS(rows));
    tcase_add_test(tcase, lengths_at_their_limit);
    tcase_add_test(tcase, more_connections_than_may_be);
    tcase_add_test(tcase, one_host_address_at_a_client_that_is_away);
    tcase_add_test(tcase, another_firmware_is_named);
    tcase_add_test(tcase, the_time_of_day_travels);
    tcase_add_test(tcase, the_nvm_file_follows_the_state);
    tcase_add_test(tcase, a_client_that_came_later_travels);
    return unit_run(suite);
}
