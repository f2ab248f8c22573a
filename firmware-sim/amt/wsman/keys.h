/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making an RSA key takes a second or more: a thread does it, and whoever asked gets the answer
 * once it is there. The thread touches nothing but its own job.
 */
#ifndef SWME_AMT_WSMAN_KEYS_H
#define SWME_AMT_WSMAN_KEYS_H

#include <stdbool.h>

#include <glib.h>

typedef struct WsmanKeys WsmanKeys;

typedef enum WsmanKeysResult {
    WSMAN_KEYS_MADE,
    WSMAN_KEYS_STARTED, /* ready will be called: ask again from there */
    WSMAN_KEYS_BUSY,    /* with another's */
    WSMAN_KEYS_FAILED,
} WsmanKeysResult;

/* Called from the thread-default context that the key was asked for in; a key that is not taken
 * within it is forgotten. */
typedef void (*WsmanKeysFunc)(void *opaque);

WsmanKeys *wsman_keys_new(WsmanKeysFunc ready, void *opaque);
/* Waits for the thread, if there is one. */
void wsman_keys_free(WsmanKeys *keys);

/* *key: the caller's, PKCS#1, if it has been made. */
WsmanKeysResult wsman_keys_take(WsmanKeys *keys, unsigned int bits, GBytes **key);

#endif
