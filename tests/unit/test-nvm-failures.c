/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The NVM file where calls of the system fail: what is said, and that the old state stays. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "firmware-sim/amt/amt-nvm.h"
#include "tests/unit/nvm-fixture.h"
#include "tests/unit/unit.h"

/* ---- calls that fail ---- */

typedef enum Call { NONE, ACCESS, FLOCK, FSTAT, FSYNC, FTRUNCATE, READ, RENAME, WRITE } Call;

static gint failing;  /* which call; its next ones */
static gint failures; /* so many of them are left */
static int with;      /* errno */

static bool fails(Call call)
{
    if (g_atomic_int_get(&failing) != (gint)call || !g_atomic_int_get(&failures)) {
        return false;
    }
    g_atomic_int_add(&failures, -1);
    errno = with;
    return true;
}

static void break_call(Call call, unsigned int times, int error)
{
    with = error;
    g_atomic_int_set(&failures, (gint)times);
    g_atomic_int_set(&failing, (gint)call);
}

static void mend_calls(void)
{
    break_call(NONE, 0, 0);
}

/* What each does otherwise. */
#define REAL(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

int access(const char *path, int mode)
{
    return fails(ACCESS) ? -1 : REAL(access)(path, mode);
}

int flock(int fd, int operation)
{
    return fails(FLOCK) ? -1 : REAL(flock)(fd, operation);
}

int fstat(int fd, struct stat *info)
{
    return fails(FSTAT) ? -1 : fstatat(fd, "", info, AT_EMPTY_PATH);
}

int fsync(int fd)
{
    return fails(FSYNC) ? -1 : REAL(fsync)(fd);
}

int ftruncate(int fd, off_t size)
{
    return fails(FTRUNCATE) ? -1 : ((int (*)(int, off_t))dlsym(RTLD_NEXT, "ftruncate64"))(fd, size);
}

int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned int flags)
{
    return fails(RENAME) ? -1 : REAL(renameat2)(from_fd, from, to_fd, to, flags);
}

ssize_t read(int fd, void *data, size_t size)
{
    return fails(READ) ? -1 : REAL(read)(fd, data, size);
}

/* What tests print is no file's. */
ssize_t write(int fd, const void *data, size_t size)
{
    return fd > STDERR_FILENO && fails(WRITE) ? -1 : REAL(write)(fd, data, size);
}

/* ---- a place ---- */

static void make(Place *place)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AmtNvm) nvm = amt_nvm_open(place->path, place->data, &error);

    MUST_MSG(nvm != NULL, "%s", error->message);
}

/* What the file says the host is called. */
static void expect_kept(const Place *place, const char *name)
{
    g_autoptr(AmtData) data = g_new0(AmtData, 1);
    g_autoptr(GError) error = NULL;
    g_autoptr(AmtNvm) nvm = NULL;

    amt_data_init(data, nvm_uuid);
    nvm = amt_nvm_open(place->path, data, &error);
    MUST_MSG(nvm != NULL, "%s", error->message);
    ck_assert_str_eq(data->host.name, name);
}

static void expect_error(const Place *place, const char *what, int code)
{
    g_autoptr(AmtData) data = g_new0(AmtData, 1);
    g_autoptr(GError) error = NULL;

    amt_data_init(data, nvm_uuid);
    MUST(amt_nvm_open(place->path, data, &error) == NULL);
    MUST_MSG(strstr(error->message, what) && (!code || strstr(error->message, g_strerror(code))),
             "no '%s' in: %s", what, error->message);
}

/* ---- tests ---- */

/* Making the file, and reading one that is there. */
START_TEST(it_cannot_be_opened)
{
    static const struct {
        Call call;
        int error;
        const char *what;
        bool there; /* does it exist? */
    } rows[] = {
        {FLOCK, ENOLCK, "cannot lock", false},  {FTRUNCATE, EIO, "cannot write", false},
        {WRITE, ENOSPC, "cannot write", false}, {FSYNC, EIO, "cannot write", false},
        {RENAME, EROFS, "cannot write", false}, {FLOCK, ENOLCK, "cannot lock", true},
        {READ, EIO, "cannot read", true},       {ACCESS, EROFS, "cannot write", true},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Place) place = place_new();

        if (rows[i].there) {
            make(place);
        }
        break_call(rows[i].call, 1, rows[i].error);
        expect_error(place, rows[i].what, rows[i].error);
        MUST_MSG(failures == 0, "row %zu", i); /* it did fail */
        MUST(g_file_test(place->path, G_FILE_TEST_EXISTS) == rows[i].there);
        MUST(!g_file_test(place->temporary, G_FILE_TEST_EXISTS) || rows[i].call == FLOCK);
        expect_kept(place, "");
    }
}
END_TEST

/* Calls that a signal cut short, a name that went away, a file system that cannot do something. */
START_TEST(what_is_tried_again)
{
    static const struct {
        Call call;
        int error;
        unsigned int times;
        bool there;
    } rows[] = {
        {WRITE, EINTR, 3, false},
        {READ, EINTR, 3, true},
        {RENAME, EINVAL, 1, false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Place) place = place_new();

        g_strlcpy(place->data->host.name, "kept", sizeof(place->data->host.name));
        if (rows[i].there) {
            make(place);
        }
        break_call(rows[i].call, rows[i].times, rows[i].error);
        make(place);
        MUST_MSG(failures == 0, "row %zu", i);
        expect_kept(place, "kept");
    }
}
END_TEST

/* The disk is full for a while: the flush says so each time, and then it is saved. */
START_TEST(a_save_fails_and_a_later_one_does_not)
{
    static const Call calls[] = {FLOCK, FTRUNCATE, WRITE, FSYNC};

    for (size_t i = 0; i < G_N_ELEMENTS(calls); i++) {
        g_autoptr(Place) place = place_new();
        g_autoptr(GError) error = NULL;
        AmtNvm *nvm;

        g_strlcpy(place->data->host.name, "old", sizeof(place->data->host.name));
        nvm = amt_nvm_open(place->path, place->data, &error);
        MUST(nvm != NULL);
        g_strlcpy(place->data->host.name, "new", sizeof(place->data->host.name));
        for (unsigned int again = 0; again < 2; again++) {
            break_call(calls[i], 1, ENOSPC);
            amt_nvm_put(nvm, place->data);
            MUST(!amt_nvm_flush(nvm, &error));
            MUST(strstr(error->message, g_strerror(ENOSPC)) != NULL);
            g_clear_error(&error);
            MUST(!amt_nvm_flush(nvm, NULL)); /* still */
        }
        amt_nvm_put(nvm, place->data);
        MUST_MSG(amt_nvm_flush(nvm, &error), "%s", error->message);
        amt_nvm_close(nvm);
        expect_kept(place, "new");
    }
}
END_TEST

START_TEST(what_is_no_file_of_ours)
{
    g_autoptr(Place) place = place_new();
    g_autofree char *below = NULL;
    char *path = place->path;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    MUST(fd >= 0 && ftruncate(fd, (off_t)1 << 32) == 0); /* not read: it is too large */
    close(fd);
    expect_error(place, "it is no file that swme wrote", 0);
    below = g_build_filename(path, "below", NULL); /* a file is no folder */
    place->path = below;
    expect_error(place, "cannot read", ENOTDIR);
    place->path = path;
}
END_TEST

/* Taken twice, it is ours once. */
START_TEST(handed_over_and_taken)
{
    g_autoptr(Place) place = place_new();
    g_autoptr(GError) error = NULL;
    AmtNvm *nvm;

    make(place);
    break_call(FSTAT, 1, EIO);
    MUST(amt_nvm_open_later(place->path, place->data, &error) == NULL);
    MUST(strstr(error->message, "cannot read") != NULL);
    g_clear_error(&error);
    nvm = amt_nvm_open_later(place->path, place->data, &error);
    MUST(nvm != NULL);
    amt_nvm_take(nvm);
    amt_nvm_take(nvm);
    expect_error(place, "another firmware that runs is using it", 0);
    g_strlcpy(place->data->host.name, "new", sizeof(place->data->host.name));
    amt_nvm_put(nvm, place->data);
    MUST(amt_nvm_flush(nvm, NULL));
    amt_nvm_close(nvm);
    expect_kept(place, "new");
}
END_TEST

START_TEST(a_file_that_says_version_0)
{
    g_autoptr(Place) place = place_new();
    g_autofree char *bytes = NULL;
    gsize size;

    make(place);
    MUST(g_file_get_contents(place->path, &bytes, &size, NULL));
    memset(bytes + 8, 0, 4);
    MUST(g_file_set_contents(place->path, bytes, (gssize)size, NULL));
    expect_error(place, "it is damaged", 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("nvm-failures");
    TCase *tcase = unit_case(suite, "failures");

    tcase_add_checked_fixture(tcase, NULL, mend_calls);
    tcase_add_test(tcase, it_cannot_be_opened);
    tcase_add_test(tcase, what_is_tried_again);
    tcase_add_test(tcase, a_save_fails_and_a_later_one_does_not);
    tcase_add_test(tcase, what_is_no_file_of_ours);
    tcase_add_test(tcase, handed_over_and_taken);
    tcase_add_test(tcase, a_file_that_says_version_0);
    return unit_run(suite);
}
