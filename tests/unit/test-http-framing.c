/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests as they come: whole, byte by byte, one behind the other; and what libsoup is not to see.
 */
#include <stdbool.h>
#include <string.h>

#include "firmware-sim/amt/http/framing.h"
#include "tests/unit/unit.h"

#define GET  "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
#define POST "POST / HTTP/1.1\r\nHost: x\r\n"
#define LONG                                                                                       \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
    "aa"

typedef struct Case {
    const char *in;
    const char *out; /* NULL: as it came */
    unsigned int bad;
} Case;

static const Case cases[] = {
    {"", NULL, 0},
    {GET, NULL, 0},
    {GET GET GET, NULL, 0},
    {"\r\n\r\n" GET, NULL, 0},
    {"GET / HTTP/1.0\n\n", NULL, 0},
    {POST "Content-Length: 3\r\n\r\nabc" GET, NULL, 0},
    {POST "content-length:\t3 \r\n\r\nabc" GET, NULL, 0},
    {POST "Content-Length: 0\r\n\r\n" GET, NULL, 0},
    /* A body may look like anything. */
    {POST "Content-Length: 21\r\n\r\nContent-Length: -1\r\n\r" GET, NULL, 0},
    {POST "Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n" GET,
     NULL, 0},
    {POST "Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\nZ: z\r\n\r\n" GET, NULL, 0},
    {POST "Transfer-Encoding: chunked\n\n3\nabc\n0\n\n" GET, NULL, 0},
    /* No Host. */
    {"GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: amt\r\n\r\n", 0},
    {"GET / HTTP/1.1\r\nA: b\r\n\r\n" GET, "GET / HTTP/1.1\r\nHost: amt\r\nA: b\r\n\r\n" GET, 0},
    {GET "GET /a HTTP/1.1\r\n\r\n", GET "GET /a HTTP/1.1\r\nHost: amt\r\n\r\n", 0},
    {"GET / HTTP/1.1\r\nHOST:y\r\n\r\n", NULL, 0},
    {"GET / HTTP/1.0\r\n\r\n", NULL, 0},
    /* Lengths that are none; what came before is not lost. */
    {POST "Content-Length: -4\r\n\r\nabcd", "", 400},
    {POST "Content-Length: \r\n\r\n", "", 400},
    {POST "Content-Length: x\r\n\r\n", "", 400},
    {POST "Content-Length: 1 2\r\n\r\n", "", 400},
    {POST "Content-Length: +1\r\n\r\n", "", 400},
    {POST "Content-Length: 1\r2\r\n\r\n", "", 400},
    {POST "Content-Length: 9999999999999999\r\n\r\n", "", 400},
    {POST "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", "", 400},
    {POST "Content-Length: 1\r\n 2\r\n\r\na", "", 400},
    {POST "Transfer-Encoding: chunked\r\n\t,x\r\n\r\n0\r\n\r\n", "", 400},
    {POST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "", 400},
    {POST "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", "", 400},
    {POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "", 400},
    {POST "Transfer-Encoding: gzip\r\n\r\n", "", 501},
    {POST "Transfer-Encoding: \r\n\r\n", "", 501},
    {GET POST "Content-Length: x\r\n\r\n" GET, GET, 400},
    {POST "Transfer-Encoding: chunked\r\n\r\nx\r\n", POST "Transfer-Encoding: chunked\r\n\r\n",
     400},
    {POST "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
     POST "Transfer-Encoding: chunked\r\n\r\n1\r\na", 400},
    {POST "Transfer-Encoding: chunked\r\n\r\n1111111111111111\r\n",
     POST "Transfer-Encoding: chunked\r\n\r\n", 400},
    /* These are of no other meaning to libsoup. */
    {POST "Content-Length : x\r\nX-Content-Length: x\r\nContent-Lengthy: x\r\n\r\n", NULL, 0},
    {"GET / HTTP/1.0\nContent-Length: -4\n", "", 400}, /* the end ends it */
    {"GET / HTTP/1.0\nContent-Length: -4", "", 400},
    {GET "GET / HTTP/1.0\nTransfer-Encoding: x", GET, 501},
    /* What never ends is given when the client has. */
    {"GET / HTTP/1.1\r\nA: " LONG, NULL, 0},
    {POST "Content-Length: 5\r\n\r\nab", NULL, 0},
    {POST "Transfer-Encoding: chunked\r\n\r\n5", NULL, 0},
};

static void give_all(HttpFraming *framing, GByteArray *out, size_t room)
{
    uint8_t part[64];
    size_t some;

    while ((some = http_framing_give(framing, part, MIN(room, sizeof(part))))) {
        g_byte_array_append(out, part, (guint)some);
    }
}

/* step bytes at a time, and the reader has room for as many; passing what may be passed, or not. */
static void run(const Case *c, const char *in, size_t size, size_t step, bool pass)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    const char *expected = c->out ? c->out : c->in;
    HttpFraming framing;

    http_framing_init(&framing);
    for (size_t at = 0; at < size;) {
        size_t some = MIN(step, size - at);
        uint64_t passes = http_framing_passes(&framing);

        if (pass && passes) {
            some = MIN(some, passes);
            g_byte_array_append(out, (const guint8 *)in + at, (guint)some);
            http_framing_passed(&framing, some);
        } else {
            http_framing_take(&framing, in + at, some);
        }
        at += some;
        give_all(&framing, out, step);
        ck_assert_uint_eq(framing.ready, 0);
    }
    http_framing_end(&framing);
    give_all(&framing, out, step);
    ck_assert_uint_eq(framing.bad, c->bad);
    ck_assert_msg(out->len == strlen(expected) && memcmp(out->data, expected, out->len) == 0,
                  "%s: %.*s", c->in, (int)out->len, (const char *)out->data);
    http_framing_clear(&framing);
}

START_TEST(each_is_framed_however_it_comes)
{
    const Case *c = &cases[_i];
    size_t size = strlen(c->in);

    for (size_t step = 1; step <= size + 1; step++) {
        run(c, c->in, size, step, false);
        run(c, c->in, size, step, true);
    }
}
END_TEST

/* libsoup drops zeros, and would read "Content-Length: x" of it. */
START_TEST(a_zero_is_no_part_of_a_head)
{
    static const Case c = {.in = "", .bad = 400};
    static const char in[] = POST "Content-Le\0ngth: x\r\n\r\n";

    for (size_t step = 1; step < sizeof(in); step++) {
        run(&c, in, sizeof(in) - 1, step, true);
    }
}
END_TEST

/* Refused stays refused, and keeps nothing. */
START_TEST(nothing_is_kept_of_what_was_refused)
{
    static const char bad[] = POST "Content-Length: x\r\n\r\n";
    uint8_t part[16];
    HttpFraming framing;

    http_framing_init(&framing);
    http_framing_take(&framing, bad, strlen(bad));
    for (unsigned int i = 0; i < 1000; i++) {
        http_framing_take(&framing, GET, strlen(GET));
    }
    ck_assert_uint_eq(framing.bad, 400);
    ck_assert_uint_eq(framing.held->len, 0);
    http_framing_end(&framing);
    ck_assert_uint_eq(http_framing_give(&framing, part, sizeof(part)), 0);
    http_framing_clear(&framing);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("http-framing");
    TCase *tcase = unit_case(suite, "framing");

    tcase_add_loop_test(tcase, each_is_framed_however_it_comes, 0, G_N_ELEMENTS(cases));
    tcase_add_test(tcase, a_zero_is_no_part_of_a_head);
    tcase_add_test(tcase, nothing_is_kept_of_what_was_refused);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
