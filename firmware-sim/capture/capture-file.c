/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The thread that writes. It gathers for a tenth of a second what comes, so that the guest pays for
 * no system call of its own; where nothing comes, it sleeps. A regular file's write may take as
 * long as the disk likes; of a FIFO it waits for room, and for the end as well.
 */
#include "firmware-sim/capture/pcapng.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <swme/bytes.h>
#include <swme/capture.h>

#include "firmware-sim/error.h"

#define GATHER_US   (G_USEC_PER_SEC / 10)
#define GATHER_SIZE (256u * 1024) /* or until there is that much */
#define QUEUE_MOST  (16u * 1024 * 1024)

struct SwmeCaptureFile {
    int fd;
    int wake; /* an eventfd: the end has come */
    GThread *thread;
    GMutex lock;
    GCond changed;
    /* Under the lock: */
    GByteArray *queue;
    bool asleep; /* the thread waits for anything at all */
    bool ending;
    uint64_t dropped;
    uint64_t dropped_here; /* since the last record that tells of it */
    /* The thread's alone: what a write left over. */
    GByteArray *rest;
    size_t rest_at;
};

/* ---- the thread ---- */

/* False: the end has come. */
static bool wait_for_room(SwmeCaptureFile *file)
{
    struct pollfd fds[] = {{.fd = file->fd, .events = POLLOUT},
                           {.fd = file->wake, .events = POLLIN}};

    while (poll(fds, G_N_ELEMENTS(fds), -1) < 0 && errno == EINTR) {
    }
    return !(fds[1].revents & POLLIN);
}

/*
 * Writes what is left over. True: all of it. False: there is no room, and the whole records of
 * those bytes are lost unless they are tried again, which *again says may help.
 */
static bool write_rest(SwmeCaptureFile *file, bool *again)
{
    *again = false;
    while (file->rest_at < file->rest->len) {
        ssize_t done =
            write(file->fd, file->rest->data + file->rest_at, file->rest->len - file->rest_at);

        if (done >= 0) {
            file->rest_at += (size_t)done;
        } else if (errno == EAGAIN) {
            *again = wait_for_room(file);
            if (!*again) {
                return false;
            }
        } else if (errno != EINTR) {
            return false;
        }
    }
    g_byte_array_set_size(file->rest, 0);
    file->rest_at = 0;
    return true;
}

static uint32_t block_length(const uint8_t *block)
{
    return swme_get_le32(block + 4);
}

/*
 * A full disk: whole blocks go, and are counted; one that is partly in the file stays to be
 * completed, for a reader would stumble over it.
 */
static uint64_t drop_rest(SwmeCaptureFile *file)
{
    size_t at = 0;
    uint64_t dropped = 0;

    while (at < file->rest_at) {
        at += block_length(file->rest->data + at);
    }
    for (size_t i = at; i < file->rest->len; i += block_length(file->rest->data + i)) {
        dropped++;
    }
    if (at > file->rest_at) {
        /* From here on it begins in the middle of a block: its front is put where the next look is.
         */
        g_byte_array_set_size(file->rest, (guint)at);
        return dropped;
    }
    g_byte_array_set_size(file->rest, 0);
    file->rest_at = 0;
    return dropped;
}

/* Tells of what is missing where it is missing. */
static void put_lost(SwmeCaptureFile *file, int64_t stamp_ns)
{
    uint8_t record[CAPTURE_HEAD_SIZE + 8] = {CAPTURE_VERSION, CAPTURE_LOST, CAPTURE_OUTSIDE};

    swme_put_le64(record + CAPTURE_HEAD_SIZE, file->dropped_here);
    file->dropped_here = 0;
    swme_pcapng_packet(file->queue, stamp_ns, record, sizeof(record));
}

/* The thread takes what there is; mostly nothing is left over, and the two change places. */
static void take_queue(SwmeCaptureFile *file)
{
    GByteArray *queue = file->queue;

    if (file->rest->len == 0) {
        file->queue = file->rest;
        file->rest = queue;
    } else {
        g_byte_array_append(file->rest, queue->data, queue->len);
        g_byte_array_set_size(queue, 0);
    }
}

static gpointer writer(gpointer opaque)
{
    SwmeCaptureFile *file = opaque;
    bool ending = false;

    while (!ending) {
        bool again, all;
        gint64 until;

        g_mutex_lock(&file->lock);
        while (!file->queue->len && !file->ending) {
            file->asleep = true;
            g_cond_wait(&file->changed, &file->lock);
        }
        file->asleep = false;
        until = g_get_monotonic_time() + GATHER_US;
        while (file->queue->len < GATHER_SIZE && !file->ending &&
               g_cond_wait_until(&file->changed, &file->lock, until)) {
        }
        take_queue(file);
        ending = file->ending;
        g_mutex_unlock(&file->lock);

        all = write_rest(file, &again);
        if (!all) {
            uint64_t dropped = drop_rest(file);

            dropped += ending && file->rest->len; /* nothing completes that one any more */
            g_mutex_lock(&file->lock);
            file->dropped += dropped;
            file->dropped_here += dropped;
            g_mutex_unlock(&file->lock);
        }
    }
    return NULL;
}

/* ---- from outside ---- */

void swme_capture_file_add(void *opaque, int64_t stamp_ns, const uint8_t *data, size_t size)
{
    SwmeCaptureFile *file = opaque;
    guint before;

    g_mutex_lock(&file->lock);
    before = file->queue->len;
    if (file->ending) {
        file->dropped++;
    } else if (before + size > QUEUE_MOST) {
        file->dropped++;
        file->dropped_here++;
    } else {
        if (file->dropped_here) {
            put_lost(file, stamp_ns);
        }
        swme_pcapng_packet(file->queue, stamp_ns, data, size);
        if (file->asleep || (before < GATHER_SIZE && file->queue->len >= GATHER_SIZE)) {
            file->asleep = false;
            g_cond_signal(&file->changed);
        }
    }
    g_mutex_unlock(&file->lock);
}

uint64_t swme_capture_file_dropped(SwmeCaptureFile *file)
{
    uint64_t dropped;

    g_mutex_lock(&file->lock);
    dropped = file->dropped;
    g_mutex_unlock(&file->lock);
    return dropped;
}

/* A FIFO is opened both ways: without a reader it is full one day, and no error. */
static int open_output(const char *path, GError **error)
{
    struct stat status;
    bool fifo = stat(path, &status) == 0 && S_ISFIFO(status.st_mode);
    int fd =
        open(path, (fifo ? O_RDWR : O_WRONLY | O_CREAT | O_TRUNC) | O_NONBLOCK | O_CLOEXEC, 0600);

    if (fd < 0) {
        int reason = errno;
        g_autofree char *shown = swme_error_text(path);

        swme_error_set(error, SWME_ERROR_ARGUMENT, NULL, "cannot write a capture to '%s': %s",
                       shown, g_strerror(reason));
    }
    return fd;
}

SwmeCaptureFile *swme_capture_file_new(const char *path, const char *application, GError **error)
{
    int fd = open_output(path, error);
    g_autoptr(GByteArray) header = g_byte_array_new();
    SwmeCaptureFile *file;

    if (fd < 0) {
        return NULL;
    }
    swme_pcapng_header(header, application);
    if (write(fd, header->data, header->len) != (ssize_t)header->len) {
        swme_error_set(error, SWME_ERROR_ARGUMENT, NULL,
                       "a capture cannot begin: its file or FIFO has no room");
        close(fd);
        return NULL;
    }
    file = g_new0(SwmeCaptureFile, 1);
    file->fd = fd;
    file->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    file->queue = g_byte_array_new();
    file->rest = g_byte_array_new();
    g_mutex_init(&file->lock);
    g_cond_init(&file->changed);
    file->thread = g_thread_new("swme-capture", writer, file);
    return file;
}

void swme_capture_file_end(SwmeCaptureFile *file)
{
    const uint64_t one = 1;

    if (!file->thread) {
        return;
    }
    g_mutex_lock(&file->lock);
    file->ending = true;
    g_cond_signal(&file->changed);
    g_mutex_unlock(&file->lock);
    if (write(file->wake, &one, sizeof(one)) < 0) {
        g_assert_not_reached(); /* a counter of 0 takes a 1 */
    }
    g_thread_join(g_steal_pointer(&file->thread));
}

void swme_capture_file_free(SwmeCaptureFile *file)
{
    if (!file) {
        return;
    }
    swme_capture_file_end(file);
    close(file->fd);
    close(file->wake);
    g_byte_array_unref(file->queue);
    g_byte_array_unref(file->rest);
    g_mutex_clear(&file->lock);
    g_cond_clear(&file->changed);
    g_free(file);
}
