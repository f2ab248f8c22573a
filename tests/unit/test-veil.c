/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Secrets do not stand in what is saved, and come back out of it. */
#define _GNU_SOURCE /* memmem */
#include <string.h>

#include "firmware-sim/amt/amt-nvm.h"
#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/amt/amt-veil.h"
#include "firmware-sim/firmware.h"
#include "tests/unit/bench.h"
#include "tests/unit/unit.h"

#define SECRET "N0t-t0-be-seen!"

static void plant(AmtState *amt)
{
    AmtSetup setup = amt_state_data(amt)->setup;
    AmtStored stored = amt_state_data(amt)->stored;
    const char *text = SECRET;
    GBytes *password = amt_texts_new(&text, 1);

    g_strlcpy(setup.otp, SECRET, sizeof(setup.otp));
    amt_state_set_setup(amt, &setup);
    stored.wired.password = password;
    amt_state_set_stored(amt, &stored);
    amt_blob_take(&password, NULL);
}

static bool shows(GBytes *bytes)
{
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);

    return memmem(data, size, SECRET, strlen(SECRET)) != NULL;
}

START_TEST(neither_file_nor_snapshot_shows_a_secret)
{
    g_autoptr(Bench) b = bench_new(NULL);
    g_autoptr(Bench) other = bench_new(NULL);
    AmtState *amt = swme_firmware_amt(b->firmware);
    g_autofree AmtData *data = g_new0(AmtData, 1);
    g_autoptr(GBytes) file = NULL;
    g_autoptr(GBytes) snapshot = NULL;
    g_autoptr(GVariant) plain = NULL;
    g_autoptr(GBytes) bare = NULL;
    g_autoptr(GError) error = NULL;
    gsize size;
    const void *bytes;

    plant(amt);
    plain = g_variant_ref_sink(amt_data_save(amt_state_data(amt), true));
    bare = g_variant_get_data_as_bytes(plain);
    ck_assert(shows(bare)); /* it would */
    file = amt_nvm_encode(amt_state_data(amt));
    snapshot = swme_firmware_save(b->firmware);
    ck_assert(!shows(file));
    ck_assert(!shows(snapshot));
    amt_data_init(data, (const uint8_t[16]){1});
    bytes = g_bytes_get_data(file, &size);
    ck_assert(amt_nvm_decode(data, bytes, size, "x", &error));
    ck_assert_str_eq(data->setup.otp, SECRET);
    ck_assert_str_eq(amt_texts_get(data->stored.wired.password, 0), SECRET);
    amt_data_clear(data);
    bytes = g_bytes_get_data(snapshot, &size);
    ck_assert(swme_firmware_load(other->firmware, bytes, size, &error));
    ck_assert_str_eq(amt_state_data(swme_firmware_amt(other->firmware))->setup.otp, SECRET);
}
END_TEST

START_TEST(twice_is_not_at_all)
{
    g_autoptr(Bench) b = bench_new(NULL);
    g_autoptr(GVariant) plain = NULL;
    g_autofree uint8_t *bytes = NULL;
    size_t size;

    plant(swme_firmware_amt(b->firmware));
    plain = g_variant_ref_sink(amt_data_save(amt_state_data(swme_firmware_amt(b->firmware)), true));
    size = g_variant_get_size(plain);
    bytes = g_memdup2(g_variant_get_data(plain), size);
    amt_veil(bytes, size);
    ck_assert_mem_ne(bytes, g_variant_get_data(plain), size);
    amt_veil(bytes, size);
    ck_assert_mem_eq(bytes, g_variant_get_data(plain), size);
}
END_TEST

/* Whatever is cut off or damaged: nothing outside is read, and done again it is as before. */
START_TEST(what_is_no_values)
{
    g_autoptr(Bench) b = bench_new(NULL);
    g_autoptr(GVariant) plain = NULL;
    size_t whole;

    plant(swme_firmware_amt(b->firmware));
    plain = g_variant_ref_sink(amt_data_save(amt_state_data(swme_firmware_amt(b->firmware)), true));
    whole = g_variant_get_size(plain);
    for (size_t size = 0; size <= whole; size += 1 + size / 50) {
        g_autofree uint8_t *bytes = g_memdup2(g_variant_get_data(plain), size);

        amt_veil(bytes, size);
        amt_veil(bytes, size);
        MUST(size == 0 || memcmp(bytes, g_variant_get_data(plain), size) == 0);
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("veil");
    TCase *tcase = unit_case(suite, "veil");

    tcase_add_test(tcase, neither_file_nor_snapshot_shows_a_secret);
    tcase_add_test(tcase, twice_is_not_at_all);
    tcase_add_test(tcase, what_is_no_values);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
