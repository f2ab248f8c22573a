/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/wsman/crypto-thread.h"

typedef struct Run {
    CryptoThread *thread;
    CryptoJob job;
} Run;

static void run_free(gpointer opaque)
{
    Run *run = opaque;

    run->job.free(run->job.data);
    g_free(run);
}

static gpointer work(gpointer opaque)
{
    g_autoptr(GTask) task = opaque;
    Run *run = g_task_get_task_data(task);

    run->job.work(run->job.data);
    g_task_return_boolean(task, TRUE);
    return NULL;
}

static void done(GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer opaque G_GNUC_UNUSED)
{
    GTask *task = G_TASK(result);
    Run *run = g_task_get_task_data(task);

    /* Cancelled: nobody is there any more. */
    if (!g_cancellable_is_cancelled(g_task_get_cancellable(task))) {
        g_clear_object(&run->thread->cancel);
        g_thread_join(g_steal_pointer(&run->thread->thread));
        run->job.done(run->job.data, run->job.opaque);
    }
}

bool crypto_thread_busy(const CryptoThread *thread)
{
    return thread->cancel != NULL;
}

void crypto_thread_begin(CryptoThread *thread, const CryptoJob *job)
{
    g_autoptr(GTask) task = NULL;
    Run *run = g_new(Run, 1);

    g_assert(!crypto_thread_busy(thread));
    *run = (Run){thread, *job};
    thread->cancel = g_cancellable_new();
    task = g_task_new(NULL, thread->cancel, done, NULL);
    g_task_set_check_cancellable(task, FALSE);
    g_task_set_task_data(task, run, run_free);
    thread->thread = g_thread_new("swme-key", work, g_object_ref(task));
}

void crypto_thread_end(CryptoThread *thread)
{
    if (crypto_thread_busy(thread)) {
        g_cancellable_cancel(thread->cancel);
        g_clear_object(&thread->cancel);
        g_thread_join(g_steal_pointer(&thread->thread));
    }
}
