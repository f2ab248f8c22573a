/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AmtData as a value: blobs are shared, held and let go of as the copies come and go. */
#include "firmware-sim/amt/amt-state.h"

#include <string.h>

#include "firmware-sim/amt/event.h"
#include "firmware-sim/manual-clock.h"
#include "tests/unit/unit.h"

static const uint8_t uuid[AMTHI_UUID_SIZE] = {1, 2, 3};

typedef struct Bench {
    SwmeManualClock *clock;
    AmtState *amt;
    unsigned int told;
} Bench;

static void told(void *opaque, AmtState *amt, unsigned int changed)
{
    (void)amt;
    (void)changed;
    ((Bench *)opaque)->told++;
}

static Bench *bench_new(void)
{
    Bench *b = g_new0(Bench, 1);

    b->clock = swme_manual_clock_new();
    b->amt = amt_state_new(swme_platform_find(NULL, NULL), uuid, swme_manual_clock(b->clock), 1);
    amt_state_subscribe(b->amt, AMT_CHANGED_ALL, told, b);
    return b;
}

static void bench_free(Bench *b)
{
    amt_state_free(b->amt);
    swme_manual_clock_free(b->clock);
    g_free(b);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Bench, bench_free)

/* A SEQUENCE of that many bytes, the last ones 0. */
static GBytes *der(size_t size)
{
    g_autofree uint8_t *bytes = g_malloc0(size);

    bytes[0] = 0x30;
    bytes[1] = 0x82;
    bytes[2] = (uint8_t)((size - 4) >> 8);
    bytes[3] = (uint8_t)(size - 4);
    memset(bytes + 4, 0x55, size - 7);
    return amt_blob_new(bytes, size);
}

START_TEST(it_is_small)
{
    /* Each WS-Management change and each save copies it, and each firmware has one. 10 KiB of it
     * are the 80 filters of System Defense. */
    ck_assert_uint_le(sizeof(AmtData), 42 * 1024);
}
END_TEST

START_TEST(the_state_holds_what_it_was_lent)
{
    g_autoptr(Bench) b = bench_new();
    GBytes *mine = der(1000);
    AmtTls tls = amt_state_data(b->amt)->tls;
    AmtData *copy;

    tls.certificate = tls.key = mine;
    amt_state_set_tls(b->amt, &tls);
    ck_assert_uint_eq(b->told, 1);
    g_bytes_unref(mine);
    copy = amt_data_copy(amt_state_data(b->amt));
    tls.certificate = tls.key = NULL;
    amt_state_set_tls(b->amt, &tls);
    ck_assert_uint_eq(b->told, 2);
    /* The copy's is there still; it goes back in, and outlives the copy. */
    ck_assert_uint_eq(g_bytes_get_size(copy->tls.certificate), 1000);
    amt_state_replace(b->amt, copy);
    ck_assert_uint_eq(b->told, 3);
    amt_data_free(copy);
    ck_assert_uint_eq(g_bytes_get_size(amt_state_data(b->amt)->tls.key), 1000);
}
END_TEST

/* Slots change places: none is let go of before it is held. */
START_TEST(blobs_change_places)
{
    g_autoptr(Bench) b = bench_new();
    g_autoptr(AmtData) data = amt_data_copy(amt_state_data(b->amt));
    AmtCredentials credentials;

    for (unsigned int i = 0; i < 2; i++) {
        data->credentials.certificate[i].handle = i + 1;
        data->credentials.certificate[i].der = der(100 + i);
    }
    amt_state_replace(b->amt, data);
    credentials = amt_state_data(b->amt)->credentials;
    credentials.certificate[0] = amt_state_data(b->amt)->credentials.certificate[1];
    credentials.certificate[1] = amt_state_data(b->amt)->credentials.certificate[0];
    amt_data_clear(data);
    amt_state_set_credentials(b->amt, &credentials);
    ck_assert_uint_eq(b->told, 2);
    credentials = amt_state_data(b->amt)->credentials;
    ck_assert_uint_eq(g_bytes_get_size(credentials.certificate[0].der), 101);
    ck_assert_uint_eq(g_bytes_get_size(credentials.certificate[1].der), 100);
}
END_TEST

START_TEST(equal_bytes_are_no_change)
{
    g_autoptr(Bench) b = bench_new();
    g_autoptr(GBytes) one = der(500);
    g_autoptr(GBytes) same = der(500);
    AmtTls tls = amt_state_data(b->amt)->tls;
    g_autoptr(AmtData) before = NULL;
    g_autoptr(GVariant) saved = NULL;
    const char *why;

    tls.certificate = tls.key = one;
    amt_state_set_tls(b->amt, &tls);
    tls.certificate = same;
    amt_state_set_tls(b->amt, &tls);
    ck_assert_uint_eq(b->told, 1);
    before = amt_data_copy(amt_state_data(b->amt));
    saved = g_variant_ref_sink(amt_data_save(before, true));
    ck_assert(amt_data_load(before, saved, true, false, &why));
    ck_assert(amt_data_equal(before, amt_state_data(b->amt)));
    amt_state_replace(b->amt, before);
    ck_assert_uint_eq(b->told, 1);
}
END_TEST

/* As up to version 6: without the zeros at their ends. */
static GVariant *trimmed(GVariant *saved)
{
    GVariantBuilder builder;
    GVariantIter iter;
    GVariant *value;
    const char *name;

    g_variant_builder_init(&builder, G_VARIANT_TYPE(AMT_DATA_TYPE));
    g_variant_iter_init(&iter, saved);
    while (g_variant_iter_loop(&iter, "{&sv}", &name, &value)) {
        gsize size;
        const uint8_t *bytes;

        if (!g_str_equal(name, "tls.certificate") && !g_str_equal(name, "tls.key") &&
            !g_str_equal(name, "log.records")) {
            g_variant_builder_add(&builder, "{sv}", name, value);
            continue;
        }
        bytes = g_variant_get_fixed_array(value, &size, 1);
        while (size && bytes[size - 1] == 0) {
            size--;
        }
        g_variant_builder_add(&builder, "{sv}", name,
                              g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, bytes, size, 1));
    }
    return g_variant_ref_sink(g_variant_builder_end(&builder));
}

START_TEST(zeros_that_an_older_version_left_out_come_back)
{
    g_autoptr(Bench) b = bench_new();
    g_autoptr(AmtData) data = NULL;
    g_autoptr(AmtData) back = NULL;
    g_autoptr(GVariant) saved = NULL;
    g_autoptr(GVariant) older = NULL;
    const char *why = "";

    amt_event_raise_kind(b->amt, AMT_EVENT_UNPROVISIONED);
    data = amt_data_copy(amt_state_data(b->amt));
    ck_assert_uint_eq(data->log.count, 1);
    data->tls.certificate = der(700);
    data->tls.key = der(1200);
    saved = g_variant_ref_sink(amt_data_save(data, false));
    older = trimmed(saved);
    ck_assert(!g_variant_equal(older, saved));
    back = amt_data_copy(amt_state_data(b->amt));
    ck_assert(!amt_data_load(back, older, false, false, &why)); /* the log's last record is cut */
    ck_assert_msg(amt_data_load(back, older, false, true, &why), "%s", why);
    ck_assert(amt_data_equal(back, data));
}
END_TEST

/* What no AMT can have is refused, and nothing of it taken. */
START_TEST(blobs_that_do_not_fit_are_refused)
{
    g_autoptr(Bench) b = bench_new();

    for (unsigned int i = 0; i < 6; i++) {
        g_autoptr(AmtData) wrong = amt_data_copy(amt_state_data(b->amt));
        g_autoptr(AmtData) into = amt_data_copy(amt_state_data(b->amt));
        g_autoptr(GVariant) saved = NULL;
        const char *why = "";

        switch (i) {
        case 0:
            wrong->tls.certificate = der(600); /* and no key */
            break;
        case 1:
            wrong->tls.key = der(600);
            break;
        case 2:
            wrong->credentials.certificate[3].handle = 1;
            break;
        case 3:
            wrong->credentials.key[3].der = der(600);
            break;
        case 4:
            wrong->log.records = der(AMT_RECORD_SIZE); /* count is 0 */
            break;
        default:
            wrong->credentials.key[0].handle = 1;
            wrong->credentials.key[0].der = der(AMT_KEY_MAX + 1);
            break;
        }
        saved = g_variant_ref_sink(amt_data_save(wrong, false));
        ck_assert_msg(!amt_data_load(into, saved, false, false, &why), "case %u", i);
        ck_assert(amt_data_equal(into, amt_state_data(b->amt)));
    }
}
END_TEST

/* Each that somebody could log in or listen in with; nothing else is hidden. */
START_TEST(secrets_are_told_from_the_rest)
{
    static const char *const secrets[] = {
        "setup.otp",
        "accounts.account.digest",
        "tls.key",
        "boot.rse_password",
        "redirection.rfb_password",
        "credentials.key.der",
        "live.lsa_password",
        "live.consent_code",
        "live.storage_session.handle",
        "alerts.subscriber.community",
        "stored.mps.password",
        "stored.wifi.psk",
        "stored.wifi.x.password",
        "stored.wired.password",
        "alerts.community",
        "eventing.listener.password",
        "eventing.listener.parameters",
        NULL,
    };
    g_autoptr(Bench) b = bench_new();
    g_autoptr(GVariant) saved = g_variant_ref_sink(amt_data_save(amt_state_data(b->amt), true));
    GVariantIter iter;
    const char *name;
    unsigned int found = 0;

    g_variant_iter_init(&iter, saved);
    while (g_variant_iter_next(&iter, "{&sv}", &name, NULL)) {
        bool secret = g_strv_contains(secrets, name);

        ck_assert_msg(amt_data_is_secret(name) == secret, "%s", name);
        found += secret;
    }
    ck_assert_uint_eq(found, G_N_ELEMENTS(secrets) - 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("amt-data");
    TCase *tcase = unit_case(suite, "data");

    tcase_add_test(tcase, it_is_small);
    tcase_add_test(tcase, the_state_holds_what_it_was_lent);
    tcase_add_test(tcase, blobs_change_places);
    tcase_add_test(tcase, equal_bytes_are_no_change);
    tcase_add_test(tcase, zeros_that_an_older_version_left_out_come_back);
    tcase_add_test(tcase, blobs_that_do_not_fit_are_refused);
    tcase_add_test(tcase, secrets_are_told_from_the_rest);
    return unit_run(suite);
}
