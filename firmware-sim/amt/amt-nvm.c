/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* renameat2(); QEMU's own build defines it already */
#endif
#include "firmware-sim/amt/amt-nvm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <swme/bytes.h>

#include "firmware-sim/amt/amt-veil.h"
#include "firmware-sim/error.h"

#define MAGIC        "SWMENVM\n" /* 8 bytes; the line end shows up in a text-mode copy */
#define OFF_VERSION  8
#define OFF_SIZE     12
#define OFF_SHA256   16
#define VEILED_SINCE 13 /* version */
#define FILE_MAX     (1024 * 1024)

struct AmtNvm {
    char *path;
    char *temporary; /* one name, so that a killed process leaves one file that the next uses */
    char *directory;
    int file; /* open and locked, so that no other firmware uses it; each save has another */

    GThread *thread;
    GMutex lock; /* guards all below */
    GCond changed;
    AmtData *waiting; /* to be saved; NULL: nothing */
    bool saving;
    bool ours; /* else another firmware's: nothing is written */
    bool closing;
    GError *error; /* of the last save */
};

/* ---- the bytes ---- */

/* A file whose version is another by damage must not pass for an older one: from 3 on it counts. */
static void sha256(const uint8_t *file, gsize size, uint32_t version, uint8_t *out)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    gsize length = 32;

    if (version >= 3) {
        g_checksum_update(sum, file + OFF_VERSION, OFF_SHA256 - OFF_VERSION);
    }
    g_checksum_update(sum, file + AMT_NVM_HEADER_SIZE, (gssize)(size - AMT_NVM_HEADER_SIZE));
    g_checksum_get_digest(sum, out, &length);
}

static GVariant *little_endian(GVariant *variant)
{
    if (G_BYTE_ORDER == G_BIG_ENDIAN) {
        GVariant *swapped = g_variant_byteswap(variant);

        g_variant_unref(variant);
        return swapped;
    }
    return variant;
}

GBytes *amt_nvm_encode(const AmtData *data)
{
    g_autoptr(GVariant) variant = little_endian(g_variant_ref_sink(amt_data_save(data, false)));
    gsize size = g_variant_get_size(variant);
    uint8_t *bytes = g_malloc0(AMT_NVM_HEADER_SIZE + size);

    memcpy(bytes, MAGIC, OFF_VERSION);
    swme_put_le32(bytes + OFF_VERSION, AMT_NVM_VERSION);
    swme_put_le32(bytes + OFF_SIZE, (uint32_t)size);
    g_variant_store(variant, bytes + AMT_NVM_HEADER_SIZE);
    amt_veil(bytes + AMT_NVM_HEADER_SIZE, size);
    sha256(bytes, AMT_NVM_HEADER_SIZE + size, AMT_NVM_VERSION, bytes + OFF_SHA256);
    return g_bytes_new_take(bytes, AMT_NVM_HEADER_SIZE + size);
}

static bool refuse(GError **error, const char *name, const char *why)
{
    g_autofree char *shown = swme_error_text(name);

    g_set_error(error, SWME_ERROR, SWME_ERROR_STATE, "NVM file '%s' refused and left as it is: %s",
                shown, why);
    return false;
}

bool amt_nvm_decode(AmtData *data, const void *bytes, gsize size, const char *name, GError **error)
{
    const uint8_t *at = bytes;
    g_autofree char *why = NULL;
    g_autoptr(GBytes) payload = NULL;
    g_autoptr(GVariant) variant = NULL;
    g_autofree uint8_t *values = NULL;
    const char *field = NULL;
    uint8_t sum[32];
    uint32_t version;

    if (size < AMT_NVM_HEADER_SIZE || memcmp(at, MAGIC, OFF_VERSION) != 0) {
        return refuse(error, name, "it is no NVM of swme, or damaged");
    }
    version = swme_get_le32(at + OFF_VERSION);
    if (version > AMT_NVM_VERSION) {
        why = g_strdup_printf("it is of version %u, and this swme knows %u", version,
                              AMT_NVM_VERSION);
        return refuse(error, name, why);
    }
    sha256(at, size, version, sum);
    if (version == 0 || swme_get_le32(at + OFF_SIZE) != size - AMT_NVM_HEADER_SIZE ||
        memcmp(sum, at + OFF_SHA256, sizeof(sum)) != 0) {
        return refuse(error, name, "it is damaged (its checksum does not match)");
    }
    values = g_memdup2(at + AMT_NVM_HEADER_SIZE, size - AMT_NVM_HEADER_SIZE);
    if (version >= VEILED_SINCE) {
        amt_veil(values, size - AMT_NVM_HEADER_SIZE);
    }
    payload = g_bytes_new_take(g_steal_pointer(&values), size - AMT_NVM_HEADER_SIZE);
    variant = little_endian(g_variant_ref_sink(
        g_variant_new_from_bytes(G_VARIANT_TYPE(AMT_DATA_TYPE), payload, FALSE)));
    if (!amt_data_load(data, variant, false, version < AMT_NVM_VERSION, &field)) {
        if (!field) {
            return refuse(error, name, "it is damaged (its values cannot be told apart)");
        }
        why = g_strdup_printf("its value of %s is none that AMT can have", field);
        return refuse(error, name, why);
    }
    return true;
}

/* ---- the file ---- */

static bool failed(GError **error, const char *what, const char *path, int code)
{
    g_autofree char *shown = swme_error_text(path);

    g_set_error(error, SWME_ERROR, SWME_ERROR_STATE, "cannot %s NVM file '%s': %s", what, shown,
                g_strerror(code));
    return false;
}

static bool write_all(int fd, const uint8_t *data, gsize size)
{
    while (size) {
        ssize_t written = write(fd, data, size);

        if (written < 0 && errno != EINTR) {
            return false;
        }
        data += MAX(written, 0);
        size -= (gsize)MAX(written, 0);
    }
    return true;
}

static void keep_file(AmtNvm *nvm, int fd)
{
    if (nvm->file >= 0) {
        close(nvm->file);
    }
    nvm->file = fd;
}

/* A file that another firmware made a moment ago is not taken from it. */
static int name_file(const AmtNvm *nvm)
{
    int result = -1;

    errno = EINVAL; /* of renameat2(): the file system cannot do it */
    if (nvm->file < 0) {
        result = renameat2(AT_FDCWD, nvm->temporary, AT_FDCWD, nvm->path, RENAME_NOREPLACE);
    }
    return result != 0 && errno == EINVAL ? rename(nvm->temporary, nvm->path) : result;
}

/* Whether the name still stands for what is open: a firmware that has it saves by renaming. */
static bool is_the_file(int fd, const char *path)
{
    struct stat opened, named;

    return fstat(fd, &opened) == 0 && stat(path, &named) == 0 && opened.st_dev == named.st_dev &&
           opened.st_ino == named.st_ino;
}

/* The file into nvm->file, which stays -1 where there is none; locked, where it is to be ours. */
static bool open_file(AmtNvm *nvm, bool lock, GError **error)
{
    for (;;) {
        /* O_NONBLOCK: a FIFO must not hang the start. */
        int fd = open(nvm->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

        if (fd < 0) {
            return errno == ENOENT || failed(error, "read", nvm->path, errno);
        }
        if (lock && flock(fd, LOCK_EX | LOCK_NB) != 0) {
            int code = errno;

            close(fd);
            return code == EWOULDBLOCK
                       ? refuse(error, nvm->path, "another firmware that runs is using it")
                       : failed(error, "lock", nvm->path, code);
        }
        keep_file(nvm, fd);
        if (!lock || is_the_file(fd, nvm->path)) {
            return true;
        }
    }
}

/*
 * The new file's bytes are on the disk before its name is, and the name before this returns. It is
 * locked before anything else: at no instant is it there for another firmware to take or to spoil.
 */
static bool replace(AmtNvm *nvm, const void *data, gsize size, GError **error)
{
    int fd = open(nvm->temporary, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0) {
        return failed(error, "write", nvm->temporary, errno);
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int code = errno;

        close(fd);
        return failed(error, "lock", nvm->temporary, code);
    }
    if (ftruncate(fd, 0) != 0 || !write_all(fd, data, size) || fsync(fd) != 0 ||
        name_file(nvm) != 0) {
        int code = errno;

        unlink(nvm->temporary);
        close(fd);
        return failed(error, "write", nvm->path, code);
    }
    keep_file(nvm, fd);
    fd = open(nvm->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        /* Some file systems have no fsync for directories, and need none. */
        (void)!fsync(fd);
        close(fd);
    }
    return true;
}

static bool save(AmtNvm *nvm, const AmtData *data, GError **error)
{
    g_autoptr(GBytes) bytes = amt_nvm_encode(data);
    gsize size;
    const void *start = g_bytes_get_data(bytes, &size);

    return replace(nvm, start, size, error);
}

static bool read_file(int fd, GByteArray *bytes, const char *path, GError **error)
{
    struct stat info;

    if (fstat(fd, &info) != 0) {
        return failed(error, "read", path, errno);
    }
    if (!S_ISREG(info.st_mode) || info.st_size > FILE_MAX) {
        return refuse(error, path, "it is no file that swme wrote");
    }
    for (;;) {
        uint8_t part[4096];
        ssize_t got = read(fd, part, sizeof(part));

        if (got < 0 && errno != EINTR) {
            return failed(error, "read", path, errno);
        }
        if (got == 0 || bytes->len > FILE_MAX) {
            return true;
        }
        g_byte_array_append(bytes, part, (guint)MAX(got, 0));
    }
}

/* A file that exists but whose folder takes no other would fail at the first change: say so now. */
static bool load_or_make(AmtNvm *nvm, AmtData *data, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    bool good;

    if (!open_file(nvm, nvm->ours, error)) {
        return false;
    }
    if (nvm->file < 0) {
        return !nvm->ours || save(nvm, data, error);
    }
    good = read_file(nvm->file, bytes, nvm->path, error);
    if (!nvm->ours) {
        keep_file(nvm, -1);
    }
    if (good && access(nvm->directory, W_OK) != 0) {
        return failed(error, "write", nvm->path, errno);
    }
    return good && amt_nvm_decode(data, bytes->data, bytes->len, nvm->path, error);
}

/* ---- the thread ---- */

static gpointer saver(gpointer opaque)
{
    AmtNvm *nvm = opaque;

    g_mutex_lock(&nvm->lock);
    while ((nvm->waiting && nvm->ours) || !nvm->closing) {
        AmtData *data = nvm->ours ? g_steal_pointer(&nvm->waiting) : NULL;
        GError *error = NULL;
        bool first;

        if (!data) {
            g_cond_wait(&nvm->changed, &nvm->lock);
            continue;
        }
        nvm->saving = true;
        g_mutex_unlock(&nvm->lock);
        /* It was another's until now: that one has let go of it, or nothing is written. */
        if (nvm->file >= 0 || open_file(nvm, true, &error)) {
            save(nvm, data, &error);
        }
        amt_data_free(data);
        g_mutex_lock(&nvm->lock);
        first = error && !nvm->error;
        g_clear_error(&nvm->error);
        nvm->error = error;
        nvm->saving = false;
        if (first) {
            g_warning("%s: changes are kept in memory only", error->message);
        }
        g_cond_broadcast(&nvm->changed);
    }
    g_mutex_unlock(&nvm->lock);
    return NULL;
}

void amt_nvm_put(AmtNvm *nvm, const AmtData *data)
{
    AmtData *copy = amt_data_copy(data);

    g_mutex_lock(&nvm->lock);
    amt_data_free(nvm->waiting);
    nvm->waiting = copy;
    g_cond_broadcast(&nvm->changed);
    g_mutex_unlock(&nvm->lock);
}

/* With the lock held. */
static void wait_until_saved(AmtNvm *nvm)
{
    while ((nvm->waiting && nvm->ours) || nvm->saving) {
        g_cond_wait(&nvm->changed, &nvm->lock);
    }
}

void amt_nvm_release(AmtNvm *nvm)
{
    g_mutex_lock(&nvm->lock);
    wait_until_saved(nvm);
    nvm->ours = false;
    keep_file(nvm, -1);
    g_mutex_unlock(&nvm->lock);
}

void amt_nvm_take(AmtNvm *nvm)
{
    g_mutex_lock(&nvm->lock);
    if (!nvm->ours) {
        (void)open_file(nvm, true, NULL); /* else the next save tries again, and tells */
    }
    nvm->ours = true;
    g_cond_broadcast(&nvm->changed);
    g_mutex_unlock(&nvm->lock);
}

bool amt_nvm_flush(AmtNvm *nvm, GError **error)
{
    bool good;

    g_mutex_lock(&nvm->lock);
    wait_until_saved(nvm);
    good = !nvm->error;
    if (!good && error) {
        *error = g_error_copy(nvm->error);
    }
    g_mutex_unlock(&nvm->lock);
    return good;
}

static AmtNvm *open_nvm(const char *path, bool ours, AmtData *data, GError **error)
{
    AmtNvm *nvm = g_new0(AmtNvm, 1);

    g_mutex_init(&nvm->lock);
    g_cond_init(&nvm->changed);
    nvm->file = -1;
    nvm->ours = ours;
    nvm->path = g_strdup(path);
    nvm->temporary = g_strconcat(path, ".tmp", NULL);
    nvm->directory = g_path_get_dirname(path);
    if (!load_or_make(nvm, data, error)) {
        amt_nvm_close(nvm);
        return NULL;
    }
    nvm->thread = g_thread_new("swme-nvm", saver, nvm);
    return nvm;
}

AmtNvm *amt_nvm_open(const char *path, AmtData *data, GError **error)
{
    return open_nvm(path, true, data, error);
}

AmtNvm *amt_nvm_open_later(const char *path, AmtData *data, GError **error)
{
    return open_nvm(path, false, data, error);
}

void amt_nvm_close(AmtNvm *nvm)
{
    if (!nvm) {
        return;
    }
    if (nvm->thread) {
        g_mutex_lock(&nvm->lock);
        nvm->closing = true;
        g_cond_broadcast(&nvm->changed);
        g_mutex_unlock(&nvm->lock);
        g_thread_join(nvm->thread);
    }
    amt_data_free(nvm->waiting); /* of a file that is another's */
    keep_file(nvm, -1);
    g_clear_error(&nvm->error);
    g_cond_clear(&nvm->changed);
    g_mutex_clear(&nvm->lock);
    g_free(nvm->path);
    g_free(nvm->temporary);
    g_free(nvm->directory);
    g_free(nvm);
}
