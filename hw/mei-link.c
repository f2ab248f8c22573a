/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qemu/osdep.h"

#include "chardev/char-fe.h"
#include "qapi/error.h"
#include "qemu/config-file.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"
#include "qemu/option.h"

#include "hw/qemu-compat.h"
#include "trace-swme.h"

#include "hw/mei-link.h"

#define READ_MAX 8192 /* bytes at once: the main loop has others, too */

struct MeiLink {
    SwmeCharBackend chr;
    RemoteFirmware *firmware;
    char *name;
    char *complaint; /* the last one: one that comes at each attempt is told once */
    bool own;        /* the chardev is ours to delete */
    guint writable;  /* watch; 0: none */
    QEMUBH *end;
    Error *blocker;
};

/* ---- what the protocol asks of the connection ---- */

static gboolean link_writable(void *unused G_GNUC_UNUSED, GIOCondition condition G_GNUC_UNUSED,
                              void *opaque)
{
    MeiLink *link = opaque;

    link->writable = 0;
    remote_firmware_writable(link->firmware);
    return G_SOURCE_REMOVE;
}

static size_t link_write(void *opaque, const uint8_t *data, size_t size)
{
    MeiLink *link = opaque;
    int sent = qemu_chr_fe_write(&link->chr, data, (int)MIN(size, INT_MAX));
    size_t done = sent > 0 ? (size_t)sent : 0;

    if (done < size && !link->writable) {
        link->writable =
            qemu_chr_fe_add_watch(&link->chr, G_IO_OUT | G_IO_HUP, link_writable, link);
    }
    return done;
}

/* Not from where it comes: the chardev may be in the middle of handing us something. */
static void link_end(void *opaque, const char *why G_GNUC_UNUSED)
{
    qemu_bh_schedule(((MeiLink *)opaque)->end);
}

static void link_end_bh(void *opaque)
{
    qemu_chr_fe_disconnect(&((MeiLink *)opaque)->chr);
}

static const RemoteIo link_io = {
    .write = link_write,
    .end = link_end,
};

static void link_note(void *opaque, const char *what, bool error)
{
    MeiLink *link = opaque;

    trace_mei_link(what);
    if (error && g_strcmp0(link->complaint, what) != 0) {
        g_free(link->complaint);
        link->complaint = g_strdup(what);
        warn_report("intel-mei: the firmware at '%s' %s: connection ended", link->name, what);
    }
}

/* ---- what the connection says ---- */

static int link_can_read(void *opaque G_GNUC_UNUSED)
{
    return READ_MAX;
}

static void link_read(void *opaque, const uint8_t *data, int size)
{
    remote_firmware_input(((MeiLink *)opaque)->firmware, data, (size_t)size);
}

static void link_event(void *opaque, QEMUChrEvent event)
{
    MeiLink *link = opaque;

    if (event == CHR_EVENT_OPENED) {
        remote_firmware_connected(link->firmware);
    } else if (event == CHR_EVENT_CLOSED) {
        if (link->writable) {
            g_source_remove(link->writable);
            link->writable = 0;
        }
        remote_firmware_disconnected(link->firmware);
    }
}

/* ---- life ---- */

/* A chardev of our own for that path. Options, not text: a path may have any character. */
static Chardev *socket_chardev(const char *path, Error **errp)
{
    g_autofree char *id = g_strdup_printf("intel-mei-firmware-%s", path);
    QemuOpts *opts;
    Chardev *chr;

    for (char *p = id; *p; p++) {
        *p = g_ascii_isalnum(*p) || *p == '-' ? *p : '_';
    }
    opts = qemu_opts_create(qemu_find_opts("chardev"), id, 1, errp);
    if (!opts) {
        return NULL;
    }
    qemu_opt_set(opts, "backend", "socket", &error_abort);
    qemu_opt_set(opts, "path", path, &error_abort);
    qemu_opt_set(opts, SWME_RECONNECT, SWME_RECONNECT_SOON, &error_abort);
    chr = qemu_chr_new_from_opts(opts, NULL, errp);
    qemu_opts_del(opts);
    return chr;
}

static bool open_chardev(MeiLink *link, Error **errp)
{
    Chardev *chr = qemu_chr_find(link->name);

    if (!chr && !strchr(link->name, '/')) {
        error_setg(errp,
                   "firmware '%s' is neither a chardev's id nor, with a slash in it, the path of a "
                   "socket",
                   link->name);
        return false;
    }
    if (!chr) {
        chr = socket_chardev(link->name, errp);
        link->own = chr != NULL;
    }
    return chr && qemu_chr_fe_init(&link->chr, chr, errp);
}

/* What the other process knows nobody can ask for and carry elsewhere. */
static bool block_migration(MeiLink *link, Error **errp)
{
    error_setg(&link->blocker,
               "intel-mei: the state of an external firmware (firmware=%s) cannot be saved",
               link->name);
    return swme_add_migration_blocker(&link->blocker, errp);
}

MeiLink *mei_link_new(const char *name, const SwmePlatform *platform, const HeciDeviceOps *device,
                      void *device_opaque, const SwmeMachine *machine, SwmeClock *clock,
                      Error **errp)
{
    MeiLink *link = g_new0(MeiLink, 1);
    const RemoteFirmwareConfig config = {
        .platform = platform,
        .device = device,
        .device_opaque = device_opaque,
        .clock = clock,
        .machine = *machine,
        .io = &link_io,
        .io_opaque = link,
        .note = link_note,
        .note_opaque = link,
    };

    link->name = g_strdup(name);
    link->firmware = remote_firmware_new(&config);
    link->end = qemu_bh_new(link_end_bh, link);
    if (!block_migration(link, errp) || !open_chardev(link, errp)) {
        mei_link_free(link);
        return NULL;
    }
    return link;
}

void mei_link_start(MeiLink *link)
{
    qemu_chr_fe_set_handlers(&link->chr, link_can_read, link_read, link_event, NULL, link, NULL,
                             true);
}

void mei_link_free(MeiLink *link)
{
    if (!link) {
        return;
    }
    if (link->writable) {
        g_source_remove(link->writable);
    }
    qemu_chr_fe_deinit(&link->chr, link->own);
    qemu_bh_delete(link->end);
    swme_del_migration_blocker(&link->blocker);
    remote_firmware_free(link->firmware);
    g_free(link->complaint);
    g_free(link->name);
    g_free(link);
}

RemoteFirmware *mei_link_firmware(MeiLink *link)
{
    return link->firmware;
}
