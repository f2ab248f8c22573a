/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/wsman/keys.h"

#include <gio/gio.h>

#include "firmware-sim/amt/wsman/crypto.h"

struct WsmanKeys {
    WsmanKeysFunc ready;
    void *opaque;
    GCancellable *cancel; /* of the thread; NULL: none runs */
    GThread *thread;
    unsigned int bits; /* of what is made */
    bool done;         /* within ready: key is there to be taken, or could not be made (NULL) */
    GBytes *key;
};

static void drop_key(gpointer bytes)
{
    g_bytes_unref(bytes);
}

static gpointer make(gpointer opaque)
{
    g_autoptr(GTask) task = opaque;
    unsigned int bits = GPOINTER_TO_UINT(g_task_get_task_data(task));

    g_task_return_pointer(task, wsman_key_generate(bits), drop_key);
    return NULL;
}

static void made(GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer opaque)
{
    WsmanKeys *keys = opaque;
    GTask *task = G_TASK(result);

    /* Cancelled: nobody is there any more. */
    if (g_cancellable_is_cancelled(g_task_get_cancellable(task))) {
        return;
    }
    g_clear_object(&keys->cancel);
    g_thread_join(g_steal_pointer(&keys->thread));
    keys->key = g_task_propagate_pointer(task, NULL);
    keys->done = true;
    keys->ready(keys->opaque);
    keys->done = false;
    g_clear_pointer(&keys->key, g_bytes_unref);
}

WsmanKeysResult wsman_keys_take(WsmanKeys *keys, unsigned int bits, GBytes **key)
{
    g_autoptr(GTask) task = NULL;

    if (keys->cancel) {
        return WSMAN_KEYS_BUSY;
    }
    if (keys->done) {
        if (keys->key && keys->bits != bits) {
            return WSMAN_KEYS_BUSY;
        }
        *key = g_steal_pointer(&keys->key);
        return *key ? WSMAN_KEYS_MADE : WSMAN_KEYS_FAILED;
    }
    keys->bits = bits;
    keys->cancel = g_cancellable_new();
    task = g_task_new(NULL, keys->cancel, made, keys);
    g_task_set_check_cancellable(task, FALSE);
    g_task_set_task_data(task, GUINT_TO_POINTER(bits), NULL);
    keys->thread = g_thread_new("swme-key", make, g_object_ref(task));
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
    if (keys->cancel) {
        g_cancellable_cancel(keys->cancel);
        g_object_unref(keys->cancel);
        /* A process must not end while a thread is inside GnuTLS: it takes its tables down. */
        g_thread_join(keys->thread);
    }
    g_clear_pointer(&keys->key, g_bytes_unref);
    g_free(keys);
}
