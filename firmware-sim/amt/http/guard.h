/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream around a connection's, for libsoup to read and write: libsoup knows neither time-outs
 * nor an end of what a request may be, and here each byte passes by. What it counts and when it
 * lets go is up to its owner.
 */
#ifndef SWME_AMT_HTTP_GUARD_H
#define SWME_AMT_HTTP_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include <gio/gio.h>

#define HTTP_TYPE_GUARD (http_guard_get_type())
G_DECLARE_FINAL_TYPE(HttpGuard, http_guard, HTTP, GUARD, GIOStream)

typedef struct HttpGuardOps {
    /* Bytes came in where none had since http_guard_allow(). */
    void (*began)(void *opaque);
    /* More came in than is allowed (413), or what libsoup is not to see (400, 501). */
    void (*refused)(void *opaque, unsigned int status);
    /* The reader has closed its stream; the one below is still open, and the owner's. */
    void (*closed)(void *opaque);
} HttpGuardOps;

/* base, whose streams are pollable, is kept. The owner lives until http_guard_disown(). */
HttpGuard *http_guard_new(GIOStream *base, const HttpGuardOps *ops, void *opaque);
void http_guard_disown(HttpGuard *guard);

/* So many bytes may come in from now on. */
void http_guard_allow(HttpGuard *guard, size_t size);
/* Likewise, and a request has just been answered. */
void http_guard_rest(HttpGuard *guard, size_t size);
/* What was read of a request is enough for the reader to have begun with it. */
void http_guard_started(HttpGuard *guard);
/* Reads and writes fail from now on, and who waits for them wakes up. */
void http_guard_cut(HttpGuard *guard);

#endif
