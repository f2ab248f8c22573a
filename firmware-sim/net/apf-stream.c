/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/net/apf-stream.h"

typedef struct ApfInput {
    GInputStream parent;
    ApfPipe *pipe;
} ApfInput;

typedef struct ApfOutput {
    GOutputStream parent;
    ApfPipe *pipe;
} ApfOutput;

typedef struct ApfStream {
    GIOStream parent;
    ApfInput *input;
    ApfOutput *output;
} ApfStream;

typedef GInputStreamClass ApfInputClass;
typedef GOutputStreamClass ApfOutputClass;
typedef GIOStreamClass ApfStreamClass;

static GType apf_input_get_type(void);
static GType apf_output_get_type(void);
static GType apf_stream_get_type(void);
static void apf_input_pollable(GPollableInputStreamInterface *interface);
static void apf_output_pollable(GPollableOutputStreamInterface *interface);

G_DEFINE_TYPE_WITH_CODE(ApfInput, apf_input, G_TYPE_INPUT_STREAM,
                        G_IMPLEMENT_INTERFACE(G_TYPE_POLLABLE_INPUT_STREAM, apf_input_pollable))
G_DEFINE_TYPE_WITH_CODE(ApfOutput, apf_output, G_TYPE_OUTPUT_STREAM,
                        G_IMPLEMENT_INTERFACE(G_TYPE_POLLABLE_OUTPUT_STREAM, apf_output_pollable))
G_DEFINE_TYPE(ApfStream, apf_stream, G_TYPE_IO_STREAM)

#define INPUT(object)  ((ApfInput *)(void *)(object))
#define OUTPUT(object) ((ApfOutput *)(void *)(object))
#define STREAM(object) ((ApfStream *)(void *)(object))

/* GIO's own close_async() starts a thread where nothing ever waits. */
static void closed_at_once(gpointer object, int priority, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer data)
{
    g_autoptr(GTask) task = g_task_new(object, cancellable, callback, data);

    g_task_set_priority(task, priority);
    g_task_return_boolean(task, TRUE);
}

/* ---- in ---- */

static gssize input_read(GInputStream *stream, void *data, gsize size, GCancellable *cancellable,
                         GError **error)
{
    return apf_pipe_read(INPUT(stream)->pipe, data, size, true, cancellable, error);
}

static gboolean input_close(GInputStream *stream, GCancellable *cancellable, GError **error)
{
    (void)cancellable;
    (void)error;
    apf_pipe_close_input(INPUT(stream)->pipe);
    return TRUE;
}

static void input_close_async(GInputStream *stream, int priority, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer data)
{
    apf_pipe_close_input(INPUT(stream)->pipe);
    closed_at_once(stream, priority, cancellable, callback, data);
}

static gboolean input_close_finish(GInputStream *stream, GAsyncResult *result, GError **error)
{
    (void)stream;
    return g_task_propagate_boolean(G_TASK(result), error);
}

static gboolean input_is_readable(GPollableInputStream *stream)
{
    return apf_pipe_readable(INPUT(stream)->pipe);
}

static gssize input_read_nonblocking(GPollableInputStream *stream, void *data, gsize size,
                                     GError **error)
{
    return apf_pipe_read(INPUT(stream)->pipe, data, size, false, NULL, error);
}

static GSource *input_source(GPollableInputStream *stream, GCancellable *cancellable)
{
    return apf_pipe_source(INPUT(stream)->pipe, G_OBJECT(stream), G_IO_IN, cancellable);
}

static void input_finalize(GObject *object)
{
    apf_pipe_unref(INPUT(object)->pipe);
    G_OBJECT_CLASS(apf_input_parent_class)->finalize(object);
}

static void apf_input_class_init(ApfInputClass *class)
{
    G_OBJECT_CLASS(class)->finalize = input_finalize;
    class->read_fn = input_read;
    class->close_fn = input_close;
    class->close_async = input_close_async;
    class->close_finish = input_close_finish;
}

static void apf_input_init(ApfInput *input)
{
    (void)input;
}

static void apf_input_pollable(GPollableInputStreamInterface *interface)
{
    interface->is_readable = input_is_readable;
    interface->read_nonblocking = input_read_nonblocking;
    interface->create_source = input_source;
}

/* ---- out ---- */

static gssize output_write(GOutputStream *stream, const void *data, gsize size,
                           GCancellable *cancellable, GError **error)
{
    return apf_pipe_write(OUTPUT(stream)->pipe, data, size, true, cancellable, error);
}

static gboolean output_close(GOutputStream *stream, GCancellable *cancellable, GError **error)
{
    (void)cancellable;
    (void)error;
    apf_pipe_close_output(OUTPUT(stream)->pipe);
    return TRUE;
}

static void output_close_async(GOutputStream *stream, int priority, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer data)
{
    apf_pipe_close_output(OUTPUT(stream)->pipe);
    closed_at_once(stream, priority, cancellable, callback, data);
}

static gboolean output_close_finish(GOutputStream *stream, GAsyncResult *result, GError **error)
{
    (void)stream;
    return g_task_propagate_boolean(G_TASK(result), error);
}

static gboolean output_is_writable(GPollableOutputStream *stream)
{
    return apf_pipe_writable(OUTPUT(stream)->pipe);
}

static gssize output_write_nonblocking(GPollableOutputStream *stream, const void *data, gsize size,
                                       GError **error)
{
    return apf_pipe_write(OUTPUT(stream)->pipe, data, size, false, NULL, error);
}

static GSource *output_source(GPollableOutputStream *stream, GCancellable *cancellable)
{
    return apf_pipe_source(OUTPUT(stream)->pipe, G_OBJECT(stream), G_IO_OUT, cancellable);
}

static void output_finalize(GObject *object)
{
    apf_pipe_unref(OUTPUT(object)->pipe);
    G_OBJECT_CLASS(apf_output_parent_class)->finalize(object);
}

static void apf_output_class_init(ApfOutputClass *class)
{
    G_OBJECT_CLASS(class)->finalize = output_finalize;
    class->write_fn = output_write;
    class->close_fn = output_close;
    class->close_async = output_close_async;
    class->close_finish = output_close_finish;
}

static void apf_output_init(ApfOutput *output)
{
    (void)output;
}

static void apf_output_pollable(GPollableOutputStreamInterface *interface)
{
    interface->is_writable = output_is_writable;
    interface->write_nonblocking = output_write_nonblocking;
    interface->create_source = output_source;
}

/* ---- both ---- */

static GInputStream *stream_input(GIOStream *stream)
{
    return (GInputStream *)STREAM(stream)->input;
}

static GOutputStream *stream_output(GIOStream *stream)
{
    return (GOutputStream *)STREAM(stream)->output;
}

/* The class's own close_fn closes both, and waits for neither. */
static void stream_close_async(GIOStream *stream, int priority, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer data)
{
    G_IO_STREAM_CLASS(apf_stream_parent_class)->close_fn(stream, NULL, NULL);
    closed_at_once(stream, priority, cancellable, callback, data);
}

static gboolean stream_close_finish(GIOStream *stream, GAsyncResult *result, GError **error)
{
    (void)stream;
    return g_task_propagate_boolean(G_TASK(result), error);
}

static void stream_finalize(GObject *object)
{
    g_object_unref(STREAM(object)->input);
    g_object_unref(STREAM(object)->output);
    G_OBJECT_CLASS(apf_stream_parent_class)->finalize(object);
}

static void apf_stream_class_init(ApfStreamClass *class)
{
    G_OBJECT_CLASS(class)->finalize = stream_finalize;
    class->get_input_stream = stream_input;
    class->get_output_stream = stream_output;
    class->close_async = stream_close_async;
    class->close_finish = stream_close_finish;
}

static void apf_stream_init(ApfStream *stream)
{
    (void)stream;
}

GIOStream *apf_stream_new(ApfPipe *pipe)
{
    ApfStream *stream = g_object_new(apf_stream_get_type(), NULL);

    stream->input = g_object_new(apf_input_get_type(), NULL);
    stream->input->pipe = apf_pipe_ref(pipe);
    stream->output = g_object_new(apf_output_get_type(), NULL);
    stream->output->pipe = apf_pipe_ref(pipe);
    return &stream->parent;
}
