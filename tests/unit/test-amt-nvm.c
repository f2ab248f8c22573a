/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AMT's state in a file: it comes back, is never lost by half, and no damage is taken for state. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include <swme/bytes.h>

#include "firmware-sim/amt/amt-nvm.h"
#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/manual-clock.h"
#include "tests/unit/nvm-fixture.h"
#include "tests/unit/unit.h"

/* Host name and domain say the same number: a mixture of two states would show. */
static void number_data(AmtData *data, unsigned int number)
{
    memset(data->host.name, 0, sizeof(data->host.name));
    memset(data->host.domain, 0, sizeof(data->host.domain));
    g_snprintf(data->host.name, sizeof(data->host.name), "h%u", number);
    g_snprintf(data->host.domain, sizeof(data->host.domain), "d%u.test", number);
    data->setup.hello_count = number;
}

static void spoil(const Place *place, const void *data, gsize size)
{
    ck_assert(g_file_set_contents(place->path, data, (gssize)size, NULL));
}

/* Refused with one line, and the file as it was. */
static void expect_refusal(const Place *place, const char *word)
{
    g_autoptr(AmtData) data = g_new0(AmtData, 1);
    g_autoptr(AmtData) before = g_new0(AmtData, 1);
    g_autofree char *old = NULL;
    g_autofree char *now = NULL;
    gsize old_size, now_size;
    g_autoptr(GError) error = NULL;

    amt_data_init(data, nvm_uuid);
    *before = *data;
    MUST(g_file_get_contents(place->path, &old, &old_size, NULL));
    MUST(amt_nvm_open(place->path, data, &error) == NULL);
    MUST(error && !strchr(error->message, '\n'));
    MUST_MSG(strstr(error->message, word) != NULL, "%s", error->message);
    MUST(amt_data_equal(before, data));
    MUST(g_file_get_contents(place->path, &now, &now_size, NULL));
    MUST(old_size == now_size && memcmp(old, now, now_size) == 0);
}

static GBytes *good_file(void)
{
    g_autoptr(AmtData) data = g_new0(AmtData, 1);

    amt_data_init(data, nvm_uuid);
    number_data(data, 7);
    return amt_nvm_encode(data);
}

START_TEST(what_was_put_comes_back)
{
    g_autoptr(Place) place = place_new();
    g_autoptr(AmtData) data = g_new0(AmtData, 1);
    g_autoptr(AmtData) back = g_new0(AmtData, 1);
    g_autoptr(GError) error = NULL;
    AmtNvm *nvm;
    struct stat info;

    amt_data_init(data, nvm_uuid);
    nvm = amt_nvm_open(place->path, data, &error);
    ck_assert_msg(nvm != NULL, "%s", error ? error->message : "");
    ck_assert_int_eq(stat(place->path, &info), 0);
    ck_assert_uint_eq(info.st_mode & 0777, 0600); /* passwords are in it */
    for (unsigned int i = 0; i < 50; i++) {
        number_data(data, i);
        amt_nvm_put(nvm, data);
        if (i % 10 == 0) {
            ck_assert(amt_nvm_flush(nvm, &error));
        }
    }
    amt_nvm_close(nvm);
    amt_data_init(back, nvm_uuid);
    nvm = amt_nvm_open(place->path, back, &error);
    ck_assert(nvm != NULL);
    ck_assert(amt_data_equal(back, data));
    amt_nvm_close(nvm);
    ck_assert(!g_file_test(place->temporary, G_FILE_TEST_EXISTS));
}
END_TEST

START_TEST(cut_short_at_each_byte_it_is_refused)
{
    g_autoptr(Place) place = place_new();
    g_autoptr(GBytes) file = good_file();
    gsize size;
    const uint8_t *bytes = g_bytes_get_data(file, &size);
    g_autoptr(AmtData) data = g_new0(AmtData, 1);

    amt_data_init(data, nvm_uuid);
    for (gsize length = 0; length < size; length++) {
        g_autofree uint8_t *copy = g_memdup2(bytes, length);
        g_autoptr(GError) error = NULL;

        MUST(!amt_nvm_decode(data, copy, length, "x", &error));
        MUST(error && !strchr(error->message, '\n'));
        if (length % 499 == 0) {
            spoil(place, bytes, length);
            expect_refusal(place, "damaged");
        }
    }
    MUST(amt_nvm_decode(data, bytes, size, "x", NULL));
}
END_TEST

/* Of the body, which the sum alone holds, one bit of each byte: each try sums all of the file. */
START_TEST(each_flipped_bit_is_seen)
{
    g_autoptr(GBytes) file = good_file();
    gsize size;
    const uint8_t *bytes = g_bytes_get_data(file, &size);
    g_autofree uint8_t *copy = g_memdup2(bytes, size);
    g_autoptr(AmtData) data = g_new0(AmtData, 1);

    amt_data_init(data, nvm_uuid);
    for (gsize bit = 0; bit < size * 8; bit += bit / 8 < AMT_NVM_HEADER_SIZE ? 1 : 9) {
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        MUST_MSG(!amt_nvm_decode(data, copy, size, "x", NULL), "bit %zu", bit);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
END_TEST

/* With a checksum that fits: values are checked, not only bytes. */
START_TEST(tampered_values_are_none_or_sound)
{
    g_autoptr(GBytes) file = good_file();
    gsize size;
    const uint8_t *bytes = g_bytes_get_data(file, &size);
    g_autofree uint8_t *copy = g_memdup2(bytes, size);
    unsigned int taken = 0;

    for (gsize at = AMT_NVM_HEADER_SIZE; at < size; at++) {
        g_autoptr(AmtData) data = g_new0(AmtData, 1);
        g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
        gsize length = 32;

        amt_data_init(data, nvm_uuid);
        copy[at] ^= 0x81;
        g_checksum_update(sum, copy + 8, 8);
        g_checksum_update(sum, copy + AMT_NVM_HEADER_SIZE, (gssize)(size - AMT_NVM_HEADER_SIZE));
        g_checksum_get_digest(sum, copy + 16, &length);
        if (amt_nvm_decode(data, copy, size, "x", NULL)) {
            g_autoptr(GBytes) again = amt_nvm_encode(data);

            MUST_EQ(g_bytes_get_size(again), size);
            MUST(data->setup.state <= 2 && data->setup.control_mode <= 2);
            taken++;
        }
        copy[at] ^= 0x81;
    }
    ck_assert_uint_gt(taken, 0);
    ck_assert_uint_lt(taken, size / 2);
}
END_TEST

/* A file of that version, without the values that version 2 brought. */
static GBytes *file_without(uint32_t version)
{
    g_autoptr(AmtData) data = g_new0(AmtData, 1);
    g_autoptr(GVariant) whole = NULL;
    g_autoptr(GVariant) part = NULL;
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    GVariantBuilder builder;
    GVariantIter iter;
    GVariant *entry;
    gsize length = 32;
    uint8_t *file;

    amt_data_init(data, nvm_uuid);
    number_data(data, 7);
    whole = g_variant_ref_sink(amt_data_save(data, false));
    g_variant_builder_init(&builder, G_VARIANT_TYPE(AMT_DATA_TYPE));
    g_variant_iter_init(&iter, whole);
    while ((entry = g_variant_iter_next_value(&iter))) {
        g_autoptr(GVariant) name = g_variant_get_child_value(entry, 0);

        if (!g_str_has_prefix(g_variant_get_string(name, NULL), "log.") &&
            !g_str_has_prefix(g_variant_get_string(name, NULL), "identity.") &&
            !g_str_has_prefix(g_variant_get_string(name, NULL), "watchdog.")) {
            g_variant_builder_add_value(&builder, entry);
        }
        g_variant_unref(entry);
    }
    part = g_variant_ref_sink(g_variant_builder_end(&builder));
    file = g_malloc0(AMT_NVM_HEADER_SIZE + g_variant_get_size(part));
    memcpy(file, "SWMENVM\n", 8);
    swme_put_le32(file + 8, version);
    swme_put_le32(file + 12, (uint32_t)g_variant_get_size(part));
    g_variant_store(part, file + AMT_NVM_HEADER_SIZE);
    g_checksum_update(sum, file + AMT_NVM_HEADER_SIZE, (gssize)g_variant_get_size(part));
    g_checksum_get_digest(sum, file + 16, &length);
    return g_bytes_new_take(file, AMT_NVM_HEADER_SIZE + g_variant_get_size(part));
}

START_TEST(an_older_version_lacks_values_and_is_taken)
{
    g_autoptr(GBytes) older = file_without(1);
    g_autoptr(GBytes) current = file_without(AMT_NVM_VERSION);
    g_autoptr(AmtData) data = g_new0(AmtData, 1);
    gsize size;
    const void *bytes = g_bytes_get_data(older, &size);

    amt_data_init(data, nvm_uuid);
    ck_assert(amt_nvm_decode(data, bytes, size, "x", NULL));
    ck_assert_str_eq(data->host.name, "h7");
    ck_assert_uint_eq(data->log.count, 0);
    ck_assert_uint_eq(data->watchdog.delay_s, 30);
    ck_assert_mem_eq(data->identity.uuid, nvm_uuid, sizeof(data->identity.uuid));
    bytes = g_bytes_get_data(current, &size);
    ck_assert(!amt_nvm_decode(data, bytes, size, "x", NULL));
}
END_TEST

START_TEST(a_newer_version_is_left_alone)
{
    g_autoptr(Place) place = place_new();
    g_autoptr(GBytes) file = good_file();
    gsize size;
    g_autofree uint8_t *copy = g_memdup2(g_bytes_get_data(file, &size), g_bytes_get_size(file));
    g_autofree char *version = g_strdup_printf("version %d", AMT_NVM_VERSION + 1);

    g_bytes_get_data(file, &size);
    swme_put_le32(copy + 8, AMT_NVM_VERSION + 1);
    spoil(place, copy, size);
    expect_refusal(place, version);
    spoil(place, "not ours at all, and longer than a header would have to be: 48 bytes", 68);
    expect_refusal(place, "no NVM of swme");
}
END_TEST

/* Without the values that came later, and with the checksum of that time. */
START_TEST(an_older_version_is_taken_over)
{
    g_autoptr(AmtData) data = g_new0(AmtData, 1);
    g_autoptr(AmtData) fresh = g_new0(AmtData, 1);
    GVariantBuilder builder;
    g_autoptr(GVariant) all = NULL;
    g_autoptr(GVariant) old = NULL;
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree uint8_t *file = NULL;
    g_autoptr(GError) error = NULL;
    GVariantIter iter;
    GVariant *value;
    const char *name;
    gsize size, length = 32;

    amt_data_init(data, nvm_uuid);
    amt_data_init(fresh, nvm_uuid);
    number_data(data, 7);
    all = g_variant_ref_sink(amt_data_save(data, false));
    g_variant_builder_init(&builder, G_VARIANT_TYPE(AMT_DATA_TYPE));
    g_variant_iter_init(&iter, all);
    while (g_variant_iter_loop(&iter, "{&sv}", &name, &value)) {
        if (!g_str_has_prefix(name, "alerts.")) {
            g_variant_builder_add(&builder, "{sv}", name, value);
        }
    }
    old = g_variant_ref_sink(g_variant_builder_end(&builder));
    size = g_variant_get_size(old);
    file = g_malloc0(AMT_NVM_HEADER_SIZE + size);
    memcpy(file, "SWMENVM\n", 8);
    swme_put_le32(file + 8, 2);
    swme_put_le32(file + 12, (uint32_t)size);
    g_variant_store(old, file + AMT_NVM_HEADER_SIZE);
    g_checksum_update(sum, file + AMT_NVM_HEADER_SIZE, (gssize)size);
    g_checksum_get_digest(sum, file + 16, &length);
    ck_assert_msg(amt_nvm_decode(fresh, file, AMT_NVM_HEADER_SIZE + size, "x", &error), "%s",
                  error ? error->message : "");
    ck_assert(amt_data_equal(fresh, data));
    swme_put_le32(file + 8, AMT_NVM_VERSION); /* where they must be there */
    ck_assert(!amt_nvm_decode(fresh, file, AMT_NVM_HEADER_SIZE + size, "x", NULL));
}
END_TEST

START_TEST(what_cannot_be_written_is_said_at_once)
{
    static const char *const paths[] = {"/nonexistent/folder/amt.nvm", "/proc/amt.nvm", "/dev/null",
                                        "/tmp"};

    for (unsigned int i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(AmtData) data = g_new0(AmtData, 1);
        g_autoptr(GError) error = NULL;

        amt_data_init(data, nvm_uuid);
        ck_assert_msg(amt_nvm_open(paths[i], data, &error) == NULL, "%s", paths[i]);
        ck_assert_msg(strstr(error->message, paths[i]) != NULL, "%s", error->message);
        ck_assert(!strchr(error->message, '\n'));
    }
}
END_TEST

START_TEST(a_folder_that_goes_away_is_told_by_the_flush)
{
    g_autoptr(Place) place = place_new();
    g_autoptr(AmtData) data = g_new0(AmtData, 1);
    g_autoptr(GError) error = NULL;
    AmtNvm *nvm;

    g_log_set_always_fatal(G_LOG_LEVEL_ERROR);
    amt_data_init(data, nvm_uuid);
    nvm = amt_nvm_open(place->path, data, NULL);
    g_unlink(place->path);
    g_rmdir(place->directory);
    amt_nvm_put(nvm, data);
    ck_assert(!amt_nvm_flush(nvm, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "amt.nvm"));
    ck_assert_int_eq(g_mkdir(place->directory, 0700), 0);
    amt_nvm_put(nvm, data); /* and it recovers */
    ck_assert(amt_nvm_flush(nvm, NULL));
    amt_nvm_close(nvm);
}
END_TEST

/* ---- two at once ---- */

static bool opens(const Place *place, GError **error)
{
    g_autoptr(AmtData) data = g_new0(AmtData, 1);
    g_autoptr(AmtNvm) nvm = NULL;

    amt_data_init(data, nvm_uuid);
    nvm = amt_nvm_open(place->path, data, error);
    return nvm != NULL;
}

/* As fresh, as read, and after each save, for a save puts another file into the place. */
START_TEST(a_second_firmware_is_refused_while_the_first_has_it)
{
    g_autoptr(Place) place = place_new();
    g_autoptr(AmtData) data = g_new0(AmtData, 1);

    amt_data_init(data, nvm_uuid);
    for (unsigned int round = 0; round < 3; round++) {
        AmtNvm *nvm = amt_nvm_open(place->path, data, NULL);

        ck_assert(nvm != NULL);
        expect_refusal(place, "another firmware that runs is using it");
        number_data(data, round);
        amt_nvm_put(nvm, data);
        ck_assert(amt_nvm_flush(nvm, NULL));
        expect_refusal(place, "another firmware that runs is using it");
        amt_nvm_close(nvm);
        ck_assert(opens(place, NULL));
    }
}
END_TEST

/* What the file says is read at the next open: the number that number_data() gave it. */
static unsigned int number_in(const Place *place)
{
    g_autofree char *bytes = NULL;
    g_autoptr(AmtData) data = g_new0(AmtData, 1);
    gsize size;

    amt_data_init(data, nvm_uuid);
    ck_assert(g_file_get_contents(place->path, &bytes, &size, NULL));
    ck_assert(amt_nvm_decode(data, bytes, size, place->path, NULL));
    return data->setup.hello_count;
}

START_TEST(a_file_is_handed_over_to_the_next_firmware)
{
    g_autoptr(Place) place = place_new();
    g_autoptr(AmtData) data = g_new0(AmtData, 1);
    g_autoptr(AmtNvm) leaves = NULL;
    g_autoptr(AmtNvm) comes = NULL;

    amt_data_init(data, nvm_uuid);
    number_data(data, 1);
    leaves = amt_nvm_open(place->path, data, NULL);
    number_data(data, 2);
    comes = amt_nvm_open_later(place->path, data, NULL);
    ck_assert(leaves && comes);
    ck_assert_uint_eq(data->setup.hello_count, 1); /* it was read */
    number_data(data, 3);
    amt_nvm_put(comes, data); /* waits: the flush does not, and nothing is written */
    ck_assert(amt_nvm_flush(comes, NULL));
    number_data(data, 4);
    amt_nvm_put(leaves, data);
    amt_nvm_release(leaves);
    ck_assert_uint_eq(number_in(place), 4);
    number_data(data, 5);
    amt_nvm_put(leaves, data);
    ck_assert(amt_nvm_flush(leaves, NULL));
    ck_assert_uint_eq(number_in(place), 4);
    amt_nvm_take(comes);
    ck_assert(amt_nvm_flush(comes, NULL));
    ck_assert_uint_eq(number_in(place), 3);
    expect_refusal(place, "another firmware that runs is using it");
    /* The one that left may not come back for as long as the other has it. */
    amt_nvm_take(leaves);
    ck_assert(!amt_nvm_flush(leaves, NULL));
    ck_assert_uint_eq(number_in(place), 3);
    g_clear_pointer(&comes, amt_nvm_close);
    number_data(data, 6);
    amt_nvm_put(leaves, data);
    ck_assert(amt_nvm_flush(leaves, NULL));
    ck_assert_uint_eq(number_in(place), 6);
}
END_TEST

START_TEST(where_there_is_no_file_it_is_made_when_it_is_taken)
{
    g_autoptr(Place) place = place_new();
    g_autoptr(AmtData) data = g_new0(AmtData, 1);
    AmtNvm *nvm;

    amt_data_init(data, nvm_uuid);
    nvm = amt_nvm_open_later(place->path, data, NULL);
    ck_assert(nvm != NULL);
    amt_nvm_put(nvm, data);
    amt_nvm_close(nvm); /* it never was ours */
    ck_assert(!g_file_test(place->path, G_FILE_TEST_EXISTS));
    nvm = amt_nvm_open_later(place->path, data, NULL);
    number_data(data, 7);
    amt_nvm_put(nvm, data);
    amt_nvm_take(nvm);
    amt_nvm_close(nvm);
    ck_assert_uint_eq(number_in(place), 7);
}
END_TEST

/* A refused open changes nothing of the first one's lock, and a killed one leaves none. */
START_TEST(the_lock_goes_with_the_process)
{
    g_autoptr(Place) place = place_new();
    g_autoptr(GError) error = NULL;
    int ends[2];
    char byte;
    pid_t child;

    ck_assert_int_eq(pipe(ends), 0);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        g_autoptr(AmtData) data = g_new0(AmtData, 1);

        amt_data_init(data, nvm_uuid);
        if (!amt_nvm_open(place->path, data, NULL) || write(ends[1], "x", 1) != 1) {
            _exit(1);
        }
        for (;;) {
            pause();
        }
    }
    ck_assert_int_eq(read(ends[0], &byte, 1), 1);
    ck_assert(!opens(place, NULL));
    ck_assert(!opens(place, NULL));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    ck_assert_msg(opens(place, &error), "%s", error ? error->message : "");
    close(ends[0]);
    close(ends[1]);
}
END_TEST

/* ---- killed ---- */

static void saved(void *opaque, AmtState *amt, unsigned int changed)
{
    (void)changed;
    amt_nvm_put(opaque, amt_state_data(amt));
}

/* Changes the state for ever, and says on out what is on the disk for sure. */
static void change_for_ever(const char *path, int out)
{
    SwmeManualClock *clock = swme_manual_clock_new();
    AmtState *amt =
        amt_state_new(swme_platform_find(NULL, NULL), nvm_uuid, swme_manual_clock(clock), 1);
    AmtData *data = amt_data_copy(amt_state_data(amt));
    AmtNvm *nvm = amt_nvm_open(path, data, NULL);
    uint32_t number;

    if (!nvm) {
        _exit(1);
    }
    amt_state_replace(amt, data);
    amt_state_subscribe(amt, AMT_CHANGED_NVM, saved, nvm);
    for (number = data->setup.hello_count + 1;; number++) {
        number_data(data, number);
        amt_state_replace(amt, data);
        if (number % 3 == 0 && amt_nvm_flush(nvm, NULL) &&
            write(out, &number, sizeof(number)) != sizeof(number)) {
            _exit(1);
        }
    }
}

/* The last number that the child was sure of; 0: none. */
static uint32_t last_sure(int in)
{
    uint32_t number = 0;
    uint32_t next;

    while (read(in, &next, sizeof(next)) == sizeof(next)) {
        number = next;
    }
    return number;
}

START_TEST(killed_at_any_instant_it_holds_the_old_or_the_new_state)
{
    g_autoptr(Place) place = place_new();
    uint32_t sure = 0;
    unsigned int moved = 0;

    for (unsigned int round = 0; round < 200; round++) {
        g_autoptr(AmtData) data = g_new0(AmtData, 1);
        g_autoptr(AmtData) want = g_new0(AmtData, 1);
        g_autoptr(GError) error = NULL;
        int ends[2];
        uint32_t told;
        pid_t child;
        AmtNvm *nvm;

        MUST(pipe(ends) == 0);
        child = fork();
        MUST(child >= 0);
        if (child == 0) {
            close(ends[0]);
            change_for_ever(place->path, ends[1]);
        }
        close(ends[1]);
        g_usleep((gulong)g_random_int_range(0, 40000));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        told = last_sure(ends[0]);
        close(ends[0]);
        sure = MAX(sure, told);
        moved += told != 0;
        amt_data_init(data, nvm_uuid);
        nvm = amt_nvm_open(place->path, data, &error);
        MUST_MSG(nvm != NULL, "round %u: %s", round, error ? error->message : "");
        amt_nvm_close(nvm);
        amt_data_set(want, 0, sizeof(*want), data);
        if (data->setup.hello_count) {
            number_data(want, data->setup.hello_count);
        }
        MUST_MSG(amt_data_equal(want, data), "round %u: half a state", round);
        MUST_MSG(data->setup.hello_count >= sure, "round %u: %u after %u was saved", round,
                 data->setup.hello_count, sure);
        sure = data->setup.hello_count;
    }
    printf("# %u of 200 rounds saved something, up to state %u\n", moved, sure);
    ck_assert_uint_gt(moved, 0); /* else nothing was tried */
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("amt-nvm");
    TCase *tcase = unit_case(suite, "nvm");

    tcase_add_test(tcase, what_was_put_comes_back);
    tcase_add_test(tcase, cut_short_at_each_byte_it_is_refused);
    tcase_add_test(tcase, each_flipped_bit_is_seen);
    tcase_add_test(tcase, tampered_values_are_none_or_sound);
    tcase_add_test(tcase, an_older_version_lacks_values_and_is_taken);
    tcase_add_test(tcase, a_newer_version_is_left_alone);
    tcase_add_test(tcase, an_older_version_is_taken_over);
    tcase_add_test(tcase, what_cannot_be_written_is_said_at_once);
    tcase_add_test(tcase, a_folder_that_goes_away_is_told_by_the_flush);
    tcase_add_test(tcase, a_second_firmware_is_refused_while_the_first_has_it);
    tcase_add_test(tcase, a_file_is_handed_over_to_the_next_firmware);
    tcase_add_test(tcase, where_there_is_no_file_it_is_made_when_it_is_taken);
    tcase_add_test(tcase, the_lock_goes_with_the_process);
    tcase_add_test(tcase, killed_at_any_instant_it_holds_the_old_or_the_new_state);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
