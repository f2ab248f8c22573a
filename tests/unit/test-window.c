/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which dwords of a window are secret: packets cut anywhere, and a look that begins in the middle.
 */
#include <string.h>

#include <swme/amthi.h>
#include <swme/bytes.h>
#include <swme/mei-header.h>

#include "firmware-sim/capture/window.h"
#include "tests/unit/amthi-fixture.h"
#include "tests/unit/unit.h"

#define SET_OTP  0x0400002au /* carries a secret */
#define GET_UUID 0x0400005cu /* does not */

typedef struct Glass {
    Bench *bench;
    SwmeWindow *window;
} Glass;

static Glass *glass_new(void)
{
    Glass *glass = g_new0(Glass, 1);

    glass->bench = amthi_bench(NULL);
    glass->window = g_new0(SwmeWindow, 1);
    return glass;
}

static void glass_free(Glass *glass)
{
    bench_free(glass->bench);
    g_free(glass->window);
    g_free(glass);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Glass, glass_free)

static bool pass(Glass *glass, uint32_t value)
{
    return swme_window_pass(glass->window, glass->bench->firmware, value);
}

/* A packet of AMTHI's with those dwords behind the header: a letter for each, S for secret. */
static char *packet(Glass *glass, uint32_t flags, const uint32_t *dwords, unsigned int count)
{
    GString *seen = g_string_new(NULL);
    uint32_t header = mei_hdr(amthi_address, 1, (uint16_t)(count * 4), false) | flags;

    g_string_append_c(seen, pass(glass, header) ? 'S' : 'h');
    for (unsigned int i = 0; i < count; i++) {
        g_string_append_c(seen, pass(glass, dwords[i]) ? 'S' : '.');
    }
    return g_string_free(seen, FALSE);
}

/* A message of 6 dwords, head and three more, cut into packets of so many dwords. */
static char *message(Glass *glass, uint32_t command, const unsigned int *cuts)
{
    const uint32_t dwords[6] = {0x101, command, 12, 0x11111111, 0x22222222, 0x33333333};
    GString *seen = g_string_new(NULL);
    unsigned int at = 0;

    for (unsigned int i = 0; at < G_N_ELEMENTS(dwords); i++) {
        bool last = at + cuts[i] == G_N_ELEMENTS(dwords);
        g_autofree char *part = packet(glass, last ? MEI_HDR_COMPLETE : 0, dwords + at, cuts[i]);

        g_string_append(seen, part);
        at += cuts[i];
    }
    return g_string_free(seen, FALSE);
}

static const struct {
    unsigned int cuts[8];
    const char *secret;
    const char *plain;
} cut_rows[] = {
    {{6}, "h...SSS", "h......"},
    {{4, 2}, "h...ShSS", "h....h.."},
    {{3, 3}, "h...hSSS", "h...h..."},
    {{2, 4}, "h..hSSSS", "h..h...."},
    /* Before it says what it is, all that follows is taken for a secret. */
    {{1, 5}, "h.hSSSSS", "h.hSSSSS"},
    {{0, 6}, "hhSSSSSS", "hhSSSSSS"},
};

START_TEST(cut_anywhere)
{
    g_autoptr(Glass) glass = glass_new();

    for (size_t i = 0; i < G_N_ELEMENTS(cut_rows); i++) {
        g_autofree char *secret = message(glass, SET_OTP, cut_rows[i].cuts);
        g_autofree char *plain = message(glass, GET_UUID, cut_rows[i].cuts);

        ck_assert_str_eq(secret, cut_rows[i].secret);
        ck_assert_str_eq(plain, cut_rows[i].plain);
    }
}
END_TEST

/* Two hosts' messages in turns do not lend each other what they are. */
START_TEST(between_two_connections)
{
    g_autoptr(Glass) glass = glass_new();
    const uint32_t head[3] = {0x101, SET_OTP, 12};

    g_free(packet(glass, 0, head, 3));
    ck_assert(!pass(glass, mei_hdr(amthi_address, 2, 12, true)));
    for (size_t i = 0; i < 3; i++) {
        ck_assert(!pass(glass, i == 1 ? GET_UUID : 0));
    }
    ck_assert(!pass(glass, mei_hdr(amthi_address, 1, 4, true)));
    ck_assert(pass(glass, 0x11111111));
}
END_TEST

START_TEST(behind_extension_headers)
{
    g_autoptr(Glass) glass = glass_new();
    const uint32_t dwords[5] = {0x01000101, 0x00020102, 0x101, GET_UUID, 0};
    g_autofree char *seen =
        packet(glass, MEI_HDR_EXTENDED | MEI_HDR_COMPLETE, dwords, G_N_ELEMENTS(dwords));

    ck_assert_str_eq(seen, "hSSSSS");
    /* A client that has no secrets has none there either. */
    ck_assert(!pass(glass, mei_hdr(7, 0, 8, true) | MEI_HDR_EXTENDED));
    ck_assert(!pass(glass, 1) && !pass(glass, 2));
}
END_TEST

START_TEST(host_bus_messages_and_a_firmware_elsewhere)
{
    g_autoptr(Glass) glass = glass_new();

    ck_assert(!pass(glass, mei_hdr(0, 0, 8, true)));
    ck_assert(!pass(glass, 1) && !pass(glass, 2));
    ck_assert(!swme_window_pass(glass->window, NULL, mei_hdr(amthi_address, 1, 20, true)));
    for (size_t i = 0; i < 5; i++) {
        ck_assert(!swme_window_pass(glass->window, NULL, i == 1 ? SET_OTP : 0));
    }
}
END_TEST

START_TEST(who_looks_in_the_middle_sees_no_secret)
{
    g_autoptr(Glass) glass = glass_new();
    static const unsigned int whole[] = {6};
    const uint32_t rest[2] = {0x22222222, 0x33333333};
    g_autofree char *first = NULL;
    g_autofree char *second = NULL;

    glass->window->lost = true;
    ck_assert(pass(glass, mei_hdr(amthi_address, 1, 8, true)) && pass(glass, 0x11111111));
    swme_window_rejoin(glass->window);
    first = packet(glass, MEI_HDR_COMPLETE, rest, 2);
    ck_assert_str_eq(first, "hSS"); /* of a message that nobody saw begin */
    second = message(glass, GET_UUID, whole);
    ck_assert_str_eq(second, "h......");
    glass->window->lost = true;
    swme_window_reset(glass->window);
    ck_assert(!pass(glass, mei_hdr(0, 0, 0, true)));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("window");
    TCase *tcase = unit_case(suite, "window");

    tcase_add_test(tcase, cut_anywhere);
    tcase_add_test(tcase, between_two_connections);
    tcase_add_test(tcase, behind_extension_headers);
    tcase_add_test(tcase, host_bus_messages_and_a_firmware_elsewhere);
    tcase_add_test(tcase, who_looks_in_the_middle_sees_no_secret);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
