/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/wsman/keys.h"

#include "firmware-sim/amt/wsman/crypto-thread.h"
#include "firmware-sim/amt/wsman/crypto.h"

typedef struct Key {
    unsigned int bits;
    GBytes *made; /* NULL: it could not be */
} Key;

struct WsmanKeys {
    WsmanKeysFunc ready;
    void *opaque;
    CryptoThread thread;
    Key *key; /* within ready: to be taken */
};

static void make(void *data)
{
    Key *key = data;

    key->made = wsman_key_generate(key->bits);
}

static void made(void *data, void *opaque)
{
    WsmanKeys *keys = opaque;

    keys->key = data;
    keys->ready(keys->opaque);
    keys->key = NULL;
}

static void key_free(gpointer data)
{
    Key *key = data;

    g_clear_pointer(&key->made, g_bytes_unref);
    g_free(key);
}

WsmanKeysResult wsman_keys_take(WsmanKeys *keys, unsigned int bits, GBytes **key)
{
    Key *job;

    if (crypto_thread_busy(&keys->thread)) {
        return WSMAN_KEYS_BUSY;
    }
    if (keys->key) {
        if (keys->key->made && keys->key->bits != bits) {
            return WSMAN_KEYS_BUSY;
        }
        *key = g_steal_pointer(&keys->key->made);
        return *key ? WSMAN_KEYS_MADE : WSMAN_KEYS_FAILED;
    }
    job = g_new0(Key, 1);
    job->bits = bits;
    crypto_thread_begin(&keys->thread, &(CryptoJob){make, made, keys, job, key_free});
    return WSMAN_KEYS_STARTED;
}

WsmanKeys *wsman_keys_new(WsmanKeysFunc ready, void *opaque)
{
    WsmanKeys *keys = g_new0(WsmanKeys, 1);

    keys->ready = ready;
    keys->opaque = opaque;
    return keys;
}

void wsman_keys_free(WsmanKeys *keys)
{
    crypto_thread_end(&keys->thread);
    g_free(keys);
}
