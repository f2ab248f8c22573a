/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread for one job inside GnuTLS at a time. It is always waited for: a process must not end
 * while one is in there, for GnuTLS takes its tables down.
 */
#ifndef SWME_AMT_WSMAN_CRYPTO_THREAD_H
#define SWME_AMT_WSMAN_CRYPTO_THREAD_H

#include <stdbool.h>

#include <gio/gio.h>

/* All zeros: nothing to do. */
typedef struct CryptoThread {
    GCancellable *cancel; /* NULL: none runs */
    GThread *thread;
} CryptoThread;

typedef struct CryptoJob {
    void (*work)(void *data);               /* in the thread, which touches nothing else */
    void (*done)(void *data, void *opaque); /* in the thread-default context of whoever began it */
    void *opaque;
    void *data;          /* the job's own */
    GDestroyNotify free; /* of data, after done or in place of it */
} CryptoJob;

bool crypto_thread_busy(const CryptoThread *thread);
/* It must not be busy. From done on it no longer is. */
void crypto_thread_begin(CryptoThread *thread, const CryptoJob *job);
/* Waits for the thread, if there is one; done is not called any more. */
void crypto_thread_end(CryptoThread *thread);

#endif
