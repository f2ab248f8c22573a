/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/http/guard.h"

#include <string.h>

#include "firmware-sim/amt/http/framing.h"

#define READ_SIZE 8192 /* at once, while the beginning or the end of a request is looked for */

typedef struct HttpGuardInput HttpGuardInput;
typedef struct HttpGuardOutput HttpGuardOutput;

struct _HttpGuard {
    GIOStream parent_instance;

    GIOStream *base;
    HttpGuardInput *input;
    HttpGuardOutput *output;
    GCancellable *cut;
    const HttpGuardOps *ops; /* NULL: nobody is interested any more */
    void *opaque;
    size_t left;
    HttpFraming framing;
    bool began;
    bool resting; /* libsoup has answered a request, and begun with no other */
    bool over;    /* what libsoup has to say to last_byte() nobody hears */
};

/* Its streams may outlive the guard in whoever reads and writes: then guard is NULL. */
static gboolean is_cut(HttpGuard *guard, GError **error)
{
    if (!guard || g_cancellable_is_cancelled(guard->cut)) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_CLOSED, "the connection was ended");
        return TRUE;
    }
    return FALSE;
}

/* Ready when child is, or the guard is cut. */
static GSource *either(gpointer stream, GSource *child, HttpGuard *guard, GCancellable *cancellable)
{
    GSource *source = g_pollable_source_new_full(stream, child, cancellable);

    if (guard) {
        g_autoptr(GSource) cut = g_cancellable_source_new(guard->cut);

        g_source_set_dummy_callback(cut);
        g_source_add_child_source(source, cut);
    }
    return source;
}

/* ---- in ---- */

struct HttpGuardInput {
    GInputStream parent_instance;
    HttpGuard *guard; /* which owns this */
};

typedef struct HttpGuardInputClass {
    GInputStreamClass parent_class;
} HttpGuardInputClass;

static void input_pollable_init(GPollableInputStreamInterface *iface);
static GType http_guard_input_get_type(void);
G_DEFINE_TYPE_WITH_CODE(HttpGuardInput, http_guard_input, G_TYPE_INPUT_STREAM,
                        G_IMPLEMENT_INTERFACE(G_TYPE_POLLABLE_INPUT_STREAM, input_pollable_init))

/* Nothing of it has been answered, and the rest is not read. */
static gssize refuse(HttpGuard *guard, unsigned int status, GError **error)
{
    if (guard->ops) {
        guard->ops->refused(guard->opaque, status);
    }
    http_guard_cut(guard);
    return is_cut(guard, error) ? -1 : 0;
}

/* got bytes came in, or an error, or the end. */
static gssize input_count(HttpGuard *guard, gssize got, GError **error)
{
    if (got <= 0) {
        return got;
    }
    if (!guard->began) {
        guard->began = true;
        if (guard->ops) {
            guard->ops->began(guard->opaque);
        }
    }
    if ((gsize)got > guard->left) {
        return refuse(guard, 413, error);
    }
    guard->left -= (gsize)got;
    return got;
}

/*
 * Without a byte of another request libsoup never lets go of a connection that ends, for nobody
 * waits for that request yet (3.2's soup-server-message-io-http1.c: completion_cb comes with its
 * first byte). So it gets one, which no request begins with, and then the end: an error would be
 * all that it heard of.
 */
static gssize last_byte(HttpGuard *guard, void *buffer, gsize size)
{
    if (!guard || !guard->resting || size == 0) {
        return 0;
    }
    guard->resting = false;
    guard->over = true;
    *(char *)buffer = '?';
    return 1;
}

static GPollableInputStream *input_base(GPollableInputStream *stream)
{
    HttpGuardInput *input = (HttpGuardInput *)stream;

    return G_POLLABLE_INPUT_STREAM(g_io_stream_get_input_stream(input->guard->base));
}

/* Not for libsoup, which never waits; block is for whoever else reads a GInputStream. */
static gssize read_base(HttpGuard *guard, void *buffer, gsize size, bool block,
                        GCancellable *cancellable, GError **error)
{
    GInputStream *base = g_io_stream_get_input_stream(guard->base);
    gssize got = g_pollable_stream_read(base, buffer, size, block, cancellable, error);

    return input_count(guard, got, error);
}

/* Requests, one whole head after the other, and what follows each. */
static gssize read_framed(HttpGuard *guard, void *buffer, gsize size, bool block,
                          GCancellable *cancellable, GError **error)
{
    for (;;) {
        char part[READ_SIZE];
        uint64_t passes = http_framing_passes(&guard->framing);
        size_t given = http_framing_give(&guard->framing, buffer, size);
        gssize got;

        if (given) {
            return (gssize)given;
        }
        if (guard->framing.bad) {
            return refuse(guard, guard->framing.bad, error);
        }
        if (is_cut(guard, error)) {
            return -1;
        }
        if (passes) {
            got = read_base(guard, buffer, (gsize)MIN(passes, size), block, cancellable, error);
            if (got > 0) {
                http_framing_passed(&guard->framing, (size_t)got);
            }
            return got;
        }
        got = read_base(guard, part, sizeof(part), block, cancellable, error);
        if (got < 0) {
            return got;
        }
        if (got == 0) {
            http_framing_end(&guard->framing);
            got = (gssize)http_framing_give(&guard->framing, buffer, size);
            return got || !guard->framing.bad ? got : refuse(guard, guard->framing.bad, error);
        }
        http_framing_take(&guard->framing, part, (size_t)got);
    }
}

static gssize input_read(GInputStream *stream, void *buffer, gsize size, GCancellable *cancellable,
                         GError **error)
{
    HttpGuard *guard = ((HttpGuardInput *)stream)->guard;

    return is_cut(guard, error) ? -1 : read_framed(guard, buffer, size, true, cancellable, error);
}

static gssize input_read_nonblocking(GPollableInputStream *stream, void *buffer, gsize size,
                                     GError **error)
{
    HttpGuard *guard = ((HttpGuardInput *)stream)->guard;
    g_autoptr(GError) reason = NULL;
    gssize got = -1;

    if (guard && guard->over && !guard->resting) {
        return 0;
    }
    if (!is_cut(guard, &reason)) {
        got = read_framed(guard, buffer, size, false, NULL, &reason);
    }
    if (got <= 0 && !g_error_matches(reason, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) &&
        last_byte(guard, buffer, size)) {
        return 1;
    }
    if (reason) {
        g_propagate_error(error, g_steal_pointer(&reason));
    }
    return got;
}

static gboolean input_is_readable(GPollableInputStream *stream)
{
    HttpGuard *guard = ((HttpGuardInput *)stream)->guard;

    return is_cut(guard, NULL) || guard->framing.ready || guard->framing.bad ||
           g_pollable_input_stream_is_readable(input_base(stream));
}

static GSource *input_source(GPollableInputStream *stream, GCancellable *cancellable)
{
    HttpGuard *guard = ((HttpGuardInput *)stream)->guard;
    bool waits = guard && !guard->framing.ready && !guard->framing.bad;
    g_autoptr(GSource) child = waits
                                   ? g_pollable_input_stream_create_source(input_base(stream), NULL)
                                   : g_idle_source_new();

    return either(stream, child, guard, cancellable);
}

static void input_pollable_init(GPollableInputStreamInterface *iface)
{
    iface->read_nonblocking = input_read_nonblocking;
    iface->is_readable = input_is_readable;
    iface->create_source = input_source;
}

static void http_guard_input_class_init(HttpGuardInputClass *class)
{
    G_INPUT_STREAM_CLASS(class)->read_fn = input_read;
}

static void http_guard_input_init(HttpGuardInput *input)
{
    (void)input;
}

/* ---- out ---- */

struct HttpGuardOutput {
    GOutputStream parent_instance;
    HttpGuard *guard;
};

typedef struct HttpGuardOutputClass {
    GOutputStreamClass parent_class;
} HttpGuardOutputClass;

static void output_pollable_init(GPollableOutputStreamInterface *iface);
static GType http_guard_output_get_type(void);
G_DEFINE_TYPE_WITH_CODE(HttpGuardOutput, http_guard_output, G_TYPE_OUTPUT_STREAM,
                        G_IMPLEMENT_INTERFACE(G_TYPE_POLLABLE_OUTPUT_STREAM, output_pollable_init))

static GPollableOutputStream *output_base(GPollableOutputStream *stream)
{
    HttpGuardOutput *output = (HttpGuardOutput *)stream;

    return G_POLLABLE_OUTPUT_STREAM(g_io_stream_get_output_stream(output->guard->base));
}

static gssize output_write(GOutputStream *stream, const void *buffer, gsize size,
                           GCancellable *cancellable, GError **error)
{
    HttpGuard *guard = ((HttpGuardOutput *)stream)->guard;

    if (guard && guard->over) {
        return (gssize)size;
    }
    if (is_cut(guard, error)) {
        return -1;
    }
    return g_output_stream_write(g_io_stream_get_output_stream(guard->base), buffer, size,
                                 cancellable, error);
}

static gssize output_write_nonblocking(GPollableOutputStream *stream, const void *buffer,
                                       gsize size, GError **error)
{
    HttpGuard *guard = ((HttpGuardOutput *)stream)->guard;

    if (guard && guard->over) {
        return (gssize)size;
    }
    if (is_cut(guard, error)) {
        return -1;
    }
    return g_pollable_output_stream_write_nonblocking(output_base(stream), buffer, size, NULL,
                                                      error);
}

static gboolean output_is_writable(GPollableOutputStream *stream)
{
    HttpGuard *guard = ((HttpGuardOutput *)stream)->guard;

    return is_cut(guard, NULL) || guard->over ||
           g_pollable_output_stream_is_writable(output_base(stream));
}

static GSource *output_source(GPollableOutputStream *stream, GCancellable *cancellable)
{
    HttpGuard *guard = ((HttpGuardOutput *)stream)->guard;
    g_autoptr(GSource) child =
        guard ? g_pollable_output_stream_create_source(output_base(stream), NULL)
              : g_idle_source_new();

    return either(stream, child, guard, cancellable);
}

static void output_pollable_init(GPollableOutputStreamInterface *iface)
{
    iface->write_nonblocking = output_write_nonblocking;
    iface->is_writable = output_is_writable;
    iface->create_source = output_source;
}

static void http_guard_output_class_init(HttpGuardOutputClass *class)
{
    G_OUTPUT_STREAM_CLASS(class)->write_fn = output_write;
}

static void http_guard_output_init(HttpGuardOutput *output)
{
    (void)output;
}

/* ---- both ---- */

G_DEFINE_TYPE(HttpGuard, http_guard, G_TYPE_IO_STREAM)

static GInputStream *guard_input(GIOStream *stream)
{
    return G_INPUT_STREAM((HttpGuardInput *)HTTP_GUARD(stream)->input);
}

static GOutputStream *guard_output(GIOStream *stream)
{
    return G_OUTPUT_STREAM((HttpGuardOutput *)HTTP_GUARD(stream)->output);
}

static void tell_closed(HttpGuard *guard)
{
    const HttpGuardOps *ops = g_steal_pointer(&guard->ops);

    g_cancellable_cancel(guard->cut);
    if (ops) {
        ops->closed(guard->opaque);
    }
}

static gboolean guard_close(GIOStream *stream, GCancellable *cancellable, GError **error)
{
    (void)cancellable;
    (void)error;
    tell_closed(HTTP_GUARD(stream));
    return TRUE;
}

/* Not the default, which closes on a thread of its own. */
static void guard_close_async(GIOStream *stream, int priority, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer opaque)
{
    g_autoptr(GTask) task = g_task_new(stream, cancellable, callback, opaque);

    g_task_set_priority(task, priority);
    tell_closed(HTTP_GUARD(stream));
    g_task_return_boolean(task, TRUE);
}

static gboolean guard_close_finish(GIOStream *stream, GAsyncResult *result, GError **error)
{
    (void)stream;
    return g_task_propagate_boolean(G_TASK(result), error);
}

static void http_guard_finalize(GObject *object)
{
    HttpGuard *guard = HTTP_GUARD(object);

    tell_closed(guard);
    guard->input->guard = NULL;
    guard->output->guard = NULL;
    g_object_unref(guard->input);
    g_object_unref(guard->output);
    g_object_unref(guard->base);
    g_object_unref(guard->cut);
    http_framing_clear(&guard->framing);
    G_OBJECT_CLASS(http_guard_parent_class)->finalize(object);
}

static void http_guard_class_init(HttpGuardClass *class)
{
    GIOStreamClass *stream = G_IO_STREAM_CLASS(class);

    stream->get_input_stream = guard_input;
    stream->get_output_stream = guard_output;
    stream->close_fn = guard_close;
    stream->close_async = guard_close_async;
    stream->close_finish = guard_close_finish;
    G_OBJECT_CLASS(class)->finalize = http_guard_finalize;
}

static void http_guard_init(HttpGuard *guard)
{
    guard->cut = g_cancellable_new();
    http_framing_init(&guard->framing);
    guard->input = g_object_new(http_guard_input_get_type(), NULL);
    guard->input->guard = guard;
    guard->output = g_object_new(http_guard_output_get_type(), NULL);
    guard->output->guard = guard;
}

HttpGuard *http_guard_new(GIOStream *base, const HttpGuardOps *ops, void *opaque)
{
    HttpGuard *guard = g_object_new(HTTP_TYPE_GUARD, NULL);

    guard->base = g_object_ref(base);
    guard->ops = ops;
    guard->opaque = opaque;
    return guard;
}

void http_guard_disown(HttpGuard *guard)
{
    guard->ops = NULL;
}

void http_guard_allow(HttpGuard *guard, size_t size)
{
    guard->left = size;
    guard->began = false;
}

void http_guard_rest(HttpGuard *guard, size_t size)
{
    http_guard_allow(guard, size);
    guard->resting = true;
}

void http_guard_started(HttpGuard *guard)
{
    guard->resting = false;
}

void http_guard_cut(HttpGuard *guard)
{
    g_cancellable_cancel(guard->cut);
}
