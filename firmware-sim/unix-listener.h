/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A listening Unix socket that is its owner's alone, and that leaves nothing behind. Who comes
 * while no descriptor is left waits, and is looked at again every second.
 */
#ifndef SWME_UNIX_LISTENER_H
#define SWME_UNIX_LISTENER_H

#include <stdbool.h>
#include <sys/types.h>

#include <gio/gio.h>

/* Somebody has come; connection is the callee's. */
typedef void SwmeUnixListenerCame(void *opaque, GSocket *connection);

typedef struct SwmeUnixListener {
    GSocket *socket; /* does not block */
    SwmeUnixListenerCame *came;
    void *opaque;
    GSource *source; /* of who comes, or of the next look */
    char *path;
    dev_t device; /* of the socket at path: another's is not ours to remove */
    ino_t inode;
} SwmeUnixListener;

/*
 * A socket at path that nobody listens at any more makes way. what it is for stands in front of an
 * error. False: nothing is left to close.
 */
bool swme_unix_listener_open(SwmeUnixListener *listener, const char *path, const char *what,
                             GError **error);
/* Calls came from the default main context's loop, until the listener is closed. */
void swme_unix_listener_accept(SwmeUnixListener *listener, SwmeUnixListenerCame *came,
                               void *opaque);
void swme_unix_listener_close(SwmeUnixListener *listener);

#endif
