/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GVariant's form as we write it is the one that GLib writes, byte for byte; what we read is too.
 */
#include "firmware-sim/packed.h"

#include <string.h>

#include "firmware-sim/amt/amt-data.h"
#include "tests/unit/unit.h"
#include "tests/unit/variant-edit.h"

#define ALL_LEVELS 100

static const uint8_t uuid[AMTHI_UUID_SIZE] = {1, 2, 3};

static GBytes *blob(size_t size)
{
    g_autofree uint8_t *bytes = g_malloc(size);

    memset(bytes, 0xa5, size);
    return amt_blob_new(bytes, size);
}

/* From nearly nothing to more than 64 KiB: the offsets get wider. */
static AmtData *some_data(size_t blob_size)
{
    AmtData *data = g_new0(AmtData, 1);

    amt_data_init(data, uuid);
    g_strlcpy(data->host.name, "some-host", sizeof(data->host.name));
    data->boot.uefi[10] = 7;
    for (unsigned int i = 0; blob_size && i < AMT_CERTIFICATES; i++) {
        data->credentials.certificate[i].handle = i + 1;
        data->credentials.certificate[i].der = blob(MIN(blob_size, AMT_CERTIFICATE_MAX));
        data->credentials.key[i].handle = 100 + i;
        data->credentials.key[i].der = blob(MIN(blob_size, AMT_KEY_MAX));
    }
    return data;
}

static GBytes *form(GVariant *variant)
{
    return g_variant_get_data_as_bytes(variant);
}

START_TEST(it_is_glibs)
{
    static const size_t sizes[] = {0, 1, 200, 255, 256, 2000, AMT_CERTIFICATE_MAX};
    AmtData *data = some_data(sizes[_i]);
    g_autoptr(GVariant) ours = g_variant_ref_sink(amt_data_save(data, _i & 1));
    g_autoptr(GBytes) bytes = form(ours);
    /* GLib's own, from the values one by one. */
    g_autoptr(GVariant) tree = variant_tree(ours, ALL_LEVELS);
    g_autoptr(GBytes) glibs = form(tree);
    g_autoptr(GVariant) doubted =
        g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(AMT_DATA_TYPE), bytes, FALSE));

    ck_assert(g_bytes_equal(bytes, glibs));
    ck_assert(g_variant_is_normal_form(doubted));
    ck_assert(sizes[_i] < AMT_CERTIFICATE_MAX || g_bytes_get_size(bytes) > UINT16_MAX / 2);
    amt_data_free(data);
}
END_TEST

/* Strings of all lengths up to more than an offset of one byte, and of two, can tell of. */
START_TEST(its_offsets_are_as_wide_as_glibs)
{
    for (gsize count = 1; count < 80000; count = count < 400 ? count + 1 : count * 2) {
        g_autofree char *text = g_strnfill(count, 'x');
        GVariantBuilder builder;
        g_autoptr(GVariant) list = NULL;
        SwmePackedOut out = {0};
        g_autoptr(GBytes) bytes = NULL;
        SwmePackedArray array;
        SwmePacked one;
        size_t ends[2];

        g_variant_builder_init(&builder, G_VARIANT_TYPE("as"));
        g_variant_builder_add(&builder, "s", text);
        g_variant_builder_add(&builder, "s", "");
        list = g_variant_ref_sink(g_variant_builder_end(&builder));
        bytes = form(list);
        swme_packed_put(&out, text, count + 1);
        ends[0] = out.size;
        swme_packed_put(&out, "", 1);
        ends[1] = out.size;
        swme_packed_end(&out, 0, ends, 2);
        ck_assert_uint_eq(out.size, g_bytes_get_size(bytes));
        ck_assert_mem_eq(out.data, g_bytes_get_data(bytes, NULL), out.size);
        ck_assert(swme_packed_array(&array, (SwmePacked){out.data, out.size}));
        ck_assert_uint_eq(array.count, 2);
        ck_assert(swme_packed_element(&array, 0, 1, &one) && one.size == count + 1);
        ck_assert(swme_packed_element(&array, 1, 1, &one) && one.size == 1);
        ck_assert(!swme_packed_element(&array, 2, 1, &one));
        g_free(out.data);
    }
}
END_TEST

static void must_be_inside(SwmePacked part, SwmePacked whole)
{
    ck_assert(part.data >= whole.data && part.size <= whole.size);
    ck_assert(part.data + part.size <= whole.data + whole.size);
}

/* As far as it goes; how many entries could be told apart. */
static unsigned int read_all(SwmePacked whole)
{
    SwmePackedArray array;
    SwmePacked entry, variant, value;
    const char *key;
    unsigned int read = 0;

    if (!swme_packed_array(&array, whole)) {
        return 0;
    }
    for (size_t i = 0; i < array.count; i++) {
        if (!swme_packed_element(&array, i, 8, &entry)) {
            continue;
        }
        must_be_inside(entry, whole);
        if (!swme_packed_entry(entry, &key, &variant)) {
            continue;
        }
        must_be_inside((SwmePacked){(const uint8_t *)key, strlen(key) + 1}, entry);
        must_be_inside(variant, entry);
        if (swme_packed_value(variant, "as", &value)) {
            SwmePackedArray texts;
            SwmePacked text;

            must_be_inside(value, variant);
            for (size_t j = 0; swme_packed_array(&texts, value) && j < texts.count; j++) {
                if (swme_packed_element(&texts, j, 1, &text)) {
                    must_be_inside(text, value);
                }
            }
        }
        read++;
    }
    return read;
}

/* Each byte of a good one in turn made each other value; and each length. */
START_TEST(whatever_it_is_what_is_read_lies_inside)
{
    g_autoptr(GVariant) variant = g_variant_ref_sink(g_variant_new_parsed(
        "{'a': <['one', '', 'three']>, 'longer name': <uint32 5>, '': <@ay []>}"));
    g_autoptr(GBytes) bytes = form(variant);
    gsize size;
    const uint8_t *good = g_bytes_get_data(bytes, &size);

    ck_assert_uint_eq(read_all((SwmePacked){good, size}), 3);
    for (gsize at = 0; at < size; at++) {
        g_autofree uint8_t *cut = g_memdup2(good, at); /* of its own, for the sanitizer */

        read_all((SwmePacked){cut, at});
        for (unsigned int value = 0; value < 256; value++) {
            g_autofree uint8_t *copy = g_memdup2(good, size);

            copy[at] = (uint8_t)value;
            read_all((SwmePacked){copy, size});
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("packed");
    TCase *tcase = unit_case(suite, "packed");

    tcase_add_loop_test(tcase, it_is_glibs, 0, 7);
    tcase_add_test(tcase, its_offsets_are_as_wide_as_glibs);
    tcase_add_test(tcase, whatever_it_is_what_is_read_lies_inside);
    return unit_run(suite);
}
