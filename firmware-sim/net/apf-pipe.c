/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/net/apf-pipe.h"

#include <string.h>

#include <swme/apf.h>
#include <swme/bytes.h>

struct ApfPipe {
    gatomicrefcount refs;
    GMutex lock; /* over all that follows; nothing is called with it held but GLib's wake-ups */
    GCond changed;
    GSource *wake;
    GPtrArray *sources; /* of streams that wait; destroyed ones until somebody looks */

    GQueue in;      /* GBytes, oldest first */
    size_t in_head; /* bytes of the first that were read */
    size_t buffered;
    uint32_t own_window; /* of what the host may send ahead of the reader */
    uint32_t granted;    /* what it may still send */
    bool in_closed;      /* nobody reads any more */

    GQueue out; /* GBytes: whole CHANNEL_DATA messages */
    size_t out_bytes;
    bool out_closed; /* nobody writes any more */
    bool open;
    uint32_t recipient;
    uint32_t window;   /* what the host still takes */
    uint32_t data_max; /* of a message */

    bool ended;
    bool aborted;
};

typedef struct PipeSource {
    GSource base;
    ApfPipe *pipe;
    GObject *stream;
    GIOCondition condition;
} PipeSource;

/* ---- life ---- */

ApfPipe *apf_pipe_new(GSource *wake)
{
    ApfPipe *pipe = g_new0(ApfPipe, 1);

    g_atomic_ref_count_init(&pipe->refs);
    g_mutex_init(&pipe->lock);
    g_cond_init(&pipe->changed);
    pipe->wake = wake ? g_source_ref(wake) : NULL;
    pipe->sources = g_ptr_array_new_with_free_func((GDestroyNotify)g_source_unref);
    g_queue_init(&pipe->in);
    g_queue_init(&pipe->out);
    pipe->own_window = APF_PIPE_WINDOW;
    pipe->granted = APF_PIPE_WINDOW;
    pipe->data_max = APF_PIPE_DATA_MAX;
    return pipe;
}

ApfPipe *apf_pipe_ref(ApfPipe *pipe)
{
    g_atomic_ref_count_inc(&pipe->refs);
    return pipe;
}

static void clear_queue(GQueue *queue)
{
    g_queue_clear_full(queue, (GDestroyNotify)g_bytes_unref);
}

void apf_pipe_unref(ApfPipe *pipe)
{
    if (!g_atomic_ref_count_dec(&pipe->refs)) {
        return;
    }
    clear_queue(&pipe->in);
    clear_queue(&pipe->out);
    g_ptr_array_unref(pipe->sources);
    if (pipe->wake) {
        g_source_unref(pipe->wake);
    }
    g_cond_clear(&pipe->changed);
    g_mutex_clear(&pipe->lock);
    g_free(pipe);
}

/* ---- with the lock held ---- */

static bool readable(const ApfPipe *pipe)
{
    return pipe->buffered || pipe->ended || pipe->in_closed;
}

static size_t out_room(const ApfPipe *pipe)
{
    if (!pipe->open || pipe->out.length >= APF_PIPE_OUT_PARTS) {
        return 0;
    }
    return MIN(pipe->window, APF_PIPE_OUT_MAX - pipe->out_bytes);
}

static bool writable(const ApfPipe *pipe)
{
    return pipe->ended || pipe->out_closed || out_room(pipe) > 0;
}

static bool ready(const ApfPipe *pipe, GIOCondition condition)
{
    return condition & G_IO_IN ? readable(pipe) : writable(pipe);
}

/* When the reader has half of the window, or all that came of a narrow one: not for each byte of a
 * slow one. */
static uint32_t grant_due(const ApfPipe *pipe)
{
    size_t used = pipe->granted + pipe->buffered;
    size_t due = used < pipe->own_window ? pipe->own_window - used : 0;

    if (pipe->ended ||
        ((pipe->buffered || pipe->own_window > APF_PIPE_WINDOW) && due < pipe->own_window / 2)) {
        return 0;
    }
    return (uint32_t)due;
}

static void wake_session(ApfPipe *pipe)
{
    if (pipe->wake) {
        g_source_set_ready_time(pipe->wake, 0);
    }
}

/*
 * Those who wait hear of it; on their own loop's thread they look before it next sleeps, and a
 * wake-up would be two system calls for nothing. Taken off the list are sources that are no more,
 * and all when the channel has ended: they are ready for ever, and nobody may come to look again.
 * Their last reference may be the stream's, whose end comes back here, so they are dropped without
 * the lock.
 */
static GPtrArray *tell(ApfPipe *pipe)
{
    GPtrArray *gone = NULL;

    g_cond_broadcast(&pipe->changed);
    for (guint i = pipe->sources->len; i > 0; i--) {
        PipeSource *source = g_ptr_array_index(pipe->sources, i - 1);
        bool destroyed = g_source_is_destroyed(&source->base);

        if (!destroyed && ready(pipe, source->condition) &&
            !g_main_context_is_owner(g_source_get_context(&source->base))) {
            g_source_set_ready_time(&source->base, 0);
        }
        if (destroyed || pipe->ended) {
            gone = gone ? gone : g_ptr_array_new_with_free_func((GDestroyNotify)g_source_unref);
            g_ptr_array_add(gone, g_ptr_array_steal_index_fast(pipe->sources, i - 1));
        }
    }
    return gone;
}

static void unlock_and_tell(ApfPipe *pipe)
{
    GPtrArray *gone = tell(pipe);

    g_mutex_unlock(&pipe->lock);
    g_clear_pointer(&gone, g_ptr_array_unref);
}

/* ---- the session's end ---- */

void apf_pipe_open(ApfPipe *pipe, uint32_t recipient, uint32_t window)
{
    g_mutex_lock(&pipe->lock);
    pipe->open = true;
    pipe->recipient = recipient;
    pipe->window = window;
    if (window >= APF_PIPE_WIDE) {
        pipe->own_window = MIN(window, APF_PIPE_WIDE_MAX);
        pipe->data_max = MIN(window / 2, APF_PIPE_LONG_MAX);
    }
    unlock_and_tell(pipe);
}

bool apf_pipe_push(ApfPipe *pipe, GBytes *message, size_t offset, size_t size)
{
    bool fits;

    g_mutex_lock(&pipe->lock);
    fits = pipe->buffered < APF_PIPE_IN_MAX && pipe->in.length < APF_PIPE_IN_PARTS;
    if (fits) {
        pipe->granted -= (uint32_t)MIN(pipe->granted, size);
        if (size && !pipe->in_closed && !pipe->ended) {
            g_queue_push_tail(&pipe->in, g_bytes_new_from_bytes(message, offset, size));
            pipe->buffered += size;
        }
    }
    unlock_and_tell(pipe);
    return fits;
}

uint32_t apf_pipe_take_grant(ApfPipe *pipe)
{
    uint32_t due;

    g_mutex_lock(&pipe->lock);
    due = grant_due(pipe);
    pipe->granted += due;
    g_mutex_unlock(&pipe->lock);
    return due;
}

void apf_pipe_widen(ApfPipe *pipe, uint32_t bytes)
{
    g_mutex_lock(&pipe->lock);
    pipe->window += MIN(bytes, UINT32_MAX - pipe->window);
    unlock_and_tell(pipe);
}

GBytes *apf_pipe_pop(ApfPipe *pipe)
{
    GBytes *message;

    g_mutex_lock(&pipe->lock);
    message = g_queue_pop_head(&pipe->out);
    if (!message) {
        g_mutex_unlock(&pipe->lock);
        return NULL;
    }
    pipe->out_bytes -= g_bytes_get_size(message) - APF_CHANNEL_DATA_HEADER_SIZE;
    unlock_and_tell(pipe);
    return message;
}

bool apf_pipe_finished(ApfPipe *pipe)
{
    bool finished;

    g_mutex_lock(&pipe->lock);
    finished = pipe->out_closed && pipe->out.length == 0;
    g_mutex_unlock(&pipe->lock);
    return finished;
}

void apf_pipe_end(ApfPipe *pipe, bool aborted)
{
    g_mutex_lock(&pipe->lock);
    pipe->ended = true;
    clear_queue(&pipe->out);
    pipe->out_bytes = 0;
    if (aborted) {
        pipe->aborted = true;
        clear_queue(&pipe->in);
        pipe->in_head = 0;
        pipe->buffered = 0;
    }
    unlock_and_tell(pipe);
}

/* ---- the stream's end ---- */

static void cancelled(GCancellable *cancellable, gpointer data)
{
    ApfPipe *pipe = data;

    (void)cancellable;
    g_mutex_lock(&pipe->lock);
    g_cond_broadcast(&pipe->changed);
    g_mutex_unlock(&pipe->lock);
}

/* Is this the thread that would have to end the wait? */
static bool on_session_thread(const ApfPipe *pipe)
{
    GMainContext *context = pipe->wake ? g_source_get_context(pipe->wake) : NULL;

    return !context || g_main_context_is_owner(context);
}

/* The lock is held, and again afterwards. False and an error: it will not be so. */
static bool wait_until(ApfPipe *pipe, GIOCondition condition, bool block, GCancellable *cancellable,
                       GError **error)
{
    if (ready(pipe, condition)) {
        return true;
    }
    if (!block || on_session_thread(pipe)) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "the channel is not ready");
        return false;
    }
    while (!ready(pipe, condition) && !g_cancellable_is_cancelled(cancellable)) {
        g_cond_wait(&pipe->changed, &pipe->lock);
    }
    return !g_cancellable_set_error_if_cancelled(cancellable, error);
}

static size_t copy_out(ApfPipe *pipe, uint8_t *to, size_t size)
{
    size_t done = 0;

    while (done < size && pipe->buffered) {
        gsize length;
        const uint8_t *part = g_bytes_get_data(g_queue_peek_head(&pipe->in), &length);
        size_t some = MIN(length - pipe->in_head, size - done);

        memcpy(to + done, part + pipe->in_head, some);
        done += some;
        pipe->in_head += some;
        pipe->buffered -= some;
        if (pipe->in_head == length) {
            g_bytes_unref(g_queue_pop_head(&pipe->in));
            pipe->in_head = 0;
        }
    }
    return done;
}

static gssize read_locked(ApfPipe *pipe, void *data, gsize size, bool block,
                          GCancellable *cancellable, GError **error)
{
    size_t done;

    if (!wait_until(pipe, G_IO_IN, block, cancellable, error)) {
        return -1;
    }
    if (pipe->in_closed || pipe->aborted) {
        g_set_error_literal(error, G_IO_ERROR,
                            pipe->in_closed ? G_IO_ERROR_CLOSED : G_IO_ERROR_CONNECTION_CLOSED,
                            "the channel was closed");
        return -1;
    }
    done = copy_out(pipe, data, size);
    if (grant_due(pipe)) {
        wake_session(pipe);
    }
    return (gssize)done;
}

gssize apf_pipe_read(ApfPipe *pipe, void *data, gsize size, bool block, GCancellable *cancellable,
                     GError **error)
{
    gulong id = block && cancellable
                    ? g_cancellable_connect(cancellable, G_CALLBACK(cancelled), pipe, NULL)
                    : 0;
    gssize result;

    g_mutex_lock(&pipe->lock);
    result = read_locked(pipe, data, size, block, cancellable, error);
    g_mutex_unlock(&pipe->lock);
    g_cancellable_disconnect(cancellable, id);
    return result;
}

static GBytes *data_message(const ApfPipe *pipe, const uint8_t *data, size_t size)
{
    uint8_t *message = g_malloc(APF_CHANNEL_DATA_HEADER_SIZE + size);

    message[0] = APF_CHANNEL_DATA;
    swme_put_be32(message + APF_CHANNEL_OFF_RECIPIENT, pipe->recipient);
    swme_put_be32(message + APF_DATA_OFF_LENGTH, (uint32_t)size);
    memcpy(message + APF_CHANNEL_DATA_HEADER_SIZE, data, size);
    return g_bytes_new_take(message, APF_CHANNEL_DATA_HEADER_SIZE + size);
}

/*
 * How much of so much goes into one message. Hosts have windows of 4096, one more than a message
 * may have: two halves then, not all of it and one byte.
 */
static size_t chunk_of(const ApfPipe *pipe, size_t size)
{
    size_t room = MIN(size, out_room(pipe));

    if (room > pipe->data_max && room < 2 * pipe->data_max) {
        return (room + 1) / 2;
    }
    return MIN(room, pipe->data_max);
}

static gssize write_locked(ApfPipe *pipe, const uint8_t *data, gsize size, bool block,
                           GCancellable *cancellable, GError **error)
{
    size_t done = 0;
    size_t some;

    if (!wait_until(pipe, G_IO_OUT, block, cancellable, error)) {
        return -1;
    }
    if (pipe->out_closed || pipe->ended) {
        g_set_error_literal(error, G_IO_ERROR,
                            pipe->out_closed ? G_IO_ERROR_CLOSED : G_IO_ERROR_CONNECTION_CLOSED,
                            "the channel was closed");
        return -1;
    }
    while ((some = chunk_of(pipe, size - done)) > 0) {
        g_queue_push_tail(&pipe->out, data_message(pipe, data + done, some));
        pipe->out_bytes += some;
        pipe->window -= (uint32_t)some;
        done += some;
    }
    wake_session(pipe);
    return (gssize)done;
}

gssize apf_pipe_write(ApfPipe *pipe, const void *data, gsize size, bool block,
                      GCancellable *cancellable, GError **error)
{
    gulong id = block && cancellable
                    ? g_cancellable_connect(cancellable, G_CALLBACK(cancelled), pipe, NULL)
                    : 0;
    gssize result;

    g_mutex_lock(&pipe->lock);
    result = write_locked(pipe, data, size, block, cancellable, error);
    g_mutex_unlock(&pipe->lock);
    g_cancellable_disconnect(cancellable, id);
    return result;
}

bool apf_pipe_readable(ApfPipe *pipe)
{
    bool is;

    g_mutex_lock(&pipe->lock);
    is = readable(pipe);
    g_mutex_unlock(&pipe->lock);
    return is;
}

bool apf_pipe_writable(ApfPipe *pipe)
{
    bool is;

    g_mutex_lock(&pipe->lock);
    is = writable(pipe);
    g_mutex_unlock(&pipe->lock);
    return is;
}

void apf_pipe_close_input(ApfPipe *pipe)
{
    g_mutex_lock(&pipe->lock);
    pipe->in_closed = true;
    clear_queue(&pipe->in);
    pipe->in_head = 0;
    pipe->buffered = 0;
    wake_session(pipe);
    unlock_and_tell(pipe);
}

void apf_pipe_close_output(ApfPipe *pipe)
{
    g_mutex_lock(&pipe->lock);
    pipe->out_closed = true;
    wake_session(pipe);
    unlock_and_tell(pipe);
}

/* ---- sources ---- */

static gboolean source_check(GSource *base)
{
    PipeSource *source = (PipeSource *)base;

    return source->condition & G_IO_IN ? apf_pipe_readable(source->pipe)
                                       : apf_pipe_writable(source->pipe);
}

static gboolean source_prepare(GSource *base, gint *timeout)
{
    *timeout = -1;
    return source_check(base);
}

static gboolean source_dispatch(GSource *base, GSourceFunc callback, gpointer data)
{
    GPollableSourceFunc func = (GPollableSourceFunc)(void (*)(void))callback;

    g_source_set_ready_time(base, -1);
    return func ? func(((PipeSource *)base)->stream, data) : G_SOURCE_REMOVE;
}

static void source_finalize(GSource *base)
{
    PipeSource *source = (PipeSource *)base;

    g_object_unref(source->stream);
    apf_pipe_unref(source->pipe);
}

static gboolean source_closure(GObject *stream, gpointer data)
{
    GValue result = G_VALUE_INIT;
    GValue argument = G_VALUE_INIT;
    gboolean again;

    g_value_init(&result, G_TYPE_BOOLEAN);
    g_value_init(&argument, G_TYPE_OBJECT);
    g_value_set_object(&argument, stream);
    g_closure_invoke(data, &result, 1, &argument, NULL);
    again = g_value_get_boolean(&result);
    g_value_unset(&argument);
    g_value_unset(&result);
    return again;
}

GSource *apf_pipe_source(ApfPipe *pipe, GObject *stream, GIOCondition condition,
                         GCancellable *cancellable)
{
    /* GLib's headers want it writable, and its code only reads it. */
    static const GSourceFuncs funcs = {
        .prepare = source_prepare,
        .check = source_check,
        .dispatch = source_dispatch,
        .finalize = source_finalize,
        .closure_callback = (GSourceFunc)(void (*)(void))source_closure,
    };
    GSource *base = g_source_new((GSourceFuncs *)(gpointer)&funcs, sizeof(PipeSource));
    PipeSource *source = (PipeSource *)base;

    g_source_set_static_name(base, "apf channel");
    source->pipe = apf_pipe_ref(pipe);
    source->stream = g_object_ref(stream);
    source->condition = condition;
    if (cancellable) {
        g_autoptr(GSource) child = g_cancellable_source_new(cancellable);

        g_source_set_dummy_callback(child);
        g_source_add_child_source(base, child);
    }
    g_mutex_lock(&pipe->lock);
    g_ptr_array_add(pipe->sources, g_source_ref(base));
    unlock_and_tell(pipe);
    return base;
}
