/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The latency text: what it means, and that everything else is refused in one line. */
#include "tests/unit/unit.h"

#include <string.h>

#include "firmware-sim/error.h"
#include "firmware-sim/latency.h"

typedef struct Good {
    const char *text;
    int64_t link_ns;
    int64_t amthi_ns;
    int64_t mkhi_ns;
} Good;

START_TEST(good_texts)
{
    static const Good good[] = {
        {NULL, 100000, 0, 0}, /* the default */
        {SWME_LATENCY_DEFAULT, 100000, 0, 0},
        {"0", 0, 0, 0},
        {"0ns", 0, 0, 0},
        {"1ns", 1, 0, 0},
        {"250us", 250000, 0, 0},
        {"5ms", 5000000, 0, 0},
        {"2s", 2000000000, 0, 0},
        {"100us+amthi:5ms", 100000, 5000000, 0},
        {"0+amthi:5ms+mkhi:7ns", 0, 5000000, 7},
        {"0+mkhi:0", 0, 0, 0},
        {"3600s", INT64_C(3600000000000), 0, 0},
        {"3600000000000ns", INT64_C(3600000000000), 0, 0},
        {"0+amthi:3600s", 0, INT64_C(3600000000000), 0},
    };

    for (size_t i = 0; i < UNIT_COUNT(good); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(SwmeLatency) latency = swme_latency_parse(good[i].text, &error);

        MUST_MSG(latency != NULL, "refused: \"%s\": %s", good[i].text,
                 error != NULL ? error->message : "and no error");
        ck_assert_ptr_null(error);
        ck_assert_int_eq(latency->link_ns, good[i].link_ns);
        ck_assert_int_eq(swme_latency_client_ns(latency, "amthi"), good[i].amthi_ns);
        ck_assert_int_eq(swme_latency_client_ns(latency, "mkhi"), good[i].mkhi_ns);
        ck_assert_int_eq(swme_latency_client_ns(latency, "nobody"), 0);
        ck_assert_int_eq(swme_latency_client_ns(latency, ""), 0);
    }
}
END_TEST

START_TEST(default_is_small_but_not_zero)
{
    g_autoptr(SwmeLatency) latency = swme_latency_parse(NULL, NULL);

    /* The design's trap 4 on one side, the driver's shortest time-out (about 50 ms at HZ=100) on
     * the other. */
    ck_assert_int_gt(latency->link_ns, 0);
    ck_assert_int_lt(latency->link_ns, 5000000);
    ck_assert_int_eq(SWME_LATENCY_MAX_NS, INT64_C(3600000000000));
}
END_TEST

START_TEST(bad_texts)
{
    static const char *const bad[] = {
        "",
        " ",
        "us",
        "100",
        "1",
        "-1us",
        "+1us",
        "100xs",
        "1h",
        "1m",
        "100US",
        "100usx",
        "100us ",
        " 100us",
        "100 us",
        "0x10us",
        "1e3us",
        "nan",
        "inf",
        "infs",
        "100us+",
        "+amthi:5ms",
        "100us+amthi",
        "100us+amthi:",
        "100us+amthi:5",
        "100us+amthi:-5ms",
        "100us+amthi:5ms+",
        "100us++amthi:5ms",
        "100us+:5ms",
        "amthi:5ms",
        "100us,amthi:5ms",
        "3601s",
        "3600000000001ns",
        "0+amthi:3601s",
        "9223372036854775807s",
        "9223372036854775807ns",
        "9223372036854775808ns",
        "18446744073709551615ns",
        "18446744073709551616ns",
        "18446744074s", /* 2^64 ns and a little: small again once it has wrapped */
        "99999999999999999999999999999999s",
    };

    for (size_t i = 0; i < UNIT_COUNT(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(SwmeLatency) latency = swme_latency_parse(bad[i], &error);

        MUST_MSG(latency == NULL, "taken: \"%s\"", bad[i]);
        MUST_MSG(error != NULL, "no error: \"%s\"", bad[i]);
        ck_assert(g_error_matches(error, SWME_ERROR, SWME_ERROR_ARGUMENT));
        ck_assert_uint_gt(strlen(error->message), 0);
        MUST_MSG(strchr(error->message, '\n') == NULL, "more than a line: %s", error->message);
    }
}
END_TEST

START_TEST(error_is_one_line_even_when_the_text_is_not)
{
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(swme_latency_parse("100us\nus", &error));
    ck_assert_ptr_nonnull(error);
    MUST_MSG(strchr(error->message, '\n') == NULL, "more than a line: %s", error->message);
}
END_TEST

START_TEST(error_is_optional_and_null_is_freed)
{
    ck_assert_ptr_null(swme_latency_parse("nonsense", NULL));
    swme_latency_free(NULL);
}
END_TEST

/* Each prefix of a good text is either good or refused, never a crash. */
START_TEST(each_prefix_is_survived)
{
    static const char text[] = "100us+amthi:5ms+mkhi:3600s";

    for (size_t n = 0; n < sizeof(text); n++) {
        g_autofree char *prefix = g_strndup(text, n);
        g_autoptr(GError) error = NULL;
        g_autoptr(SwmeLatency) latency = swme_latency_parse(prefix, &error);

        ck_assert_int_eq(latency == NULL, error != NULL);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("latency");
    TCase *tcase = unit_case(suite, "latency");

    tcase_add_test(tcase, good_texts);
    tcase_add_test(tcase, default_is_small_but_not_zero);
    tcase_add_test(tcase, bad_texts);
    tcase_add_test(tcase, error_is_one_line_even_when_the_text_is_not);
    tcase_add_test(tcase, error_is_optional_and_null_is_freed);
    tcase_add_test(tcase, each_prefix_is_survived);
    return unit_run(suite);
}
