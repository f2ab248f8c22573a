/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An APF channel under the libraries that will stand on it: libsoup's server, GTlsConnection at
 * both ends, GIO's own asynchronous calls.
 */
#include <string.h>

#include <libsoup/soup.h>

#include "firmware-sim/net/apf-pipe.h"
#include "firmware-sim/net/apf-stream.h"
#include "tests/unit/apf-fixture.h"
#include "tests/unit/unit.h"

/* ---- libsoup ---- */

static void soup_take(void *opaque, GIOStream *stream, const SwmePeer *peer)
{
    g_autoptr(GSocketAddress) address = g_inet_socket_address_new_from_string("127.0.0.1", 1);
    g_autoptr(GError) error = NULL;

    (void)peer;
    /* libsoup wants addresses, whatever they are. */
    ck_assert_msg(soup_server_accept_iostream(opaque, stream, address, address, &error), "%s",
                  error ? error->message : "");
    g_object_unref(stream);
}

static void answer(SoupServer *server, SoupServerMessage *message, const char *path,
                   GHashTable *query, gpointer body)
{
    (void)server;
    (void)query;
    (void)path;
    soup_server_message_set_status(message, 200, NULL);
    soup_server_message_set_response(message, "text/plain", SOUP_MEMORY_STATIC, body, strlen(body));
}

static HostChannel *request(ApfBench *b, const char *text)
{
    HostChannel *channel = apf_host_channel(&b->host, 16994, strlen(text));

    channel->payload = (const uint8_t *)text;
    channel->keep = true;
    apf_host_open(&b->host, channel);
    apf_bench_run(b);
    return channel;
}

/* What rpc-go relies on (H 11): the channel is closed behind the answer. */
START_TEST(a_libsoup_server_answers_each_client_and_closes)
{
    g_autoptr(ApfBench) b = apf_bench_up(&(ApfBenchOptions){.kind = _i});
    g_autoptr(SoupServer) server = soup_server_new(NULL, NULL);
    g_autofree char *body = g_strnfill(30000, 'b');
    HostChannel *channel;
    const char *at;

    soup_server_add_handler(server, NULL, answer, body, NULL);
    swme_services_add(b->services, 16994, soup_take, server);
    apf_bench_run(b);
    channel = request(b, "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    g_byte_array_append(channel->got, (const uint8_t *)"", 1);
    ck_assert(g_str_has_prefix((const char *)channel->got->data, "HTTP/1.1 200 OK\r\n"));
    at = strstr((const char *)channel->got->data, "\r\n\r\n");
    ck_assert_str_eq(at + 4, body);
    ck_assert_int_eq(channel->state, HOST_CLOSED);
    ck_assert_uint_eq(apf_channels(b->apf), 0);
    swme_services_remove(b->services, 16994);
}
END_TEST

START_TEST(a_kept_connection_takes_several_requests)
{
    g_autoptr(ApfBench) b = apf_bench_up(&(ApfBenchOptions){.window = 100});
    g_autoptr(SoupServer) server = soup_server_new(NULL, NULL);
    HostChannel *channel;
    char body[] = "hello";

    soup_server_add_handler(server, NULL, answer, body, NULL);
    /* Without a listener of its own libsoup keeps no connection (soup-server.c). */
    ck_assert(soup_server_listen_local(server, 0, 0, NULL));
    swme_services_add(b->services, 16994, soup_take, server);
    apf_bench_run(b);
    channel = request(b, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    for (unsigned int i = 0; i < 5; i++) {
        ck_assert_int_eq(channel->state, HOST_OPEN);
        ck_assert(channel->got->len > 5);
        ck_assert_mem_eq(channel->got->data + channel->got->len - 5, "hello", 5);
        g_byte_array_set_size(channel->got, 0);
        channel->sent = 0; /* the same once more */
        apf_bench_run(b);
    }
    apf_host_close(&b->host, channel);
    apf_bench_run(b);
    ck_assert_int_eq(channel->state, HOST_CLOSED);
    swme_services_remove(b->services, 16994);
}
END_TEST

/* ---- TLS ---- */

static const char pem[] = "-----BEGIN CERTIFICATE-----\n"
                          "MIIBfjCCASOgAwIBAgIUODuq9BkY2iSlTNcG3seMswz3ssgwCgYIKoZIzj0EAwIw\n"
                          "EzERMA8GA1UEAwwIYW10LnRlc3QwIBcNMjYxMTIxMTA0OTM3WhgPMjEyNjEwMjgx\n"
                          "MDQ5MzdaMBMxETAPBgNVBAMMCGFtdC50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0D\n"
                          "AQcDQgAE4F2IelpTpUBthCQGnwS1kdpC+jpJgPb4PkGBWKRvwyPB74x/peJT8Blk\n"
                          "AjJ8KIoYbtbqYz9KjN4jNHZ5Z2t63aNTMFEwHQYDVR0OBBYEFMDdeSJFPBvNPhXX\n"
                          "w3bLUmM6Hsx4MB8GA1UdIwQYMBaAFMDdeSJFPBvNPhXXw3bLUmM6Hsx4MA8GA1Ud\n"
                          "EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhALywuf/heZRJ6IJj+CvYpFVo\n"
                          "5wJrdc+O2hxu2m+a9kz6AiEA88u9DB3NnYe8W5KobzW1gcRw8sB35835UdWKGb4O\n"
                          "fh8=\n"
                          "-----END CERTIFICATE-----\n"
                          "-----BEGIN PRIVATE KEY-----\n"
                          "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgSgRPvpdMCQF2B6Sm\n"
                          "G/CZVw57CYVE2DKBi7d4O/AhxLGhRANCAATgXYh6WlOlQG2EJAafBLWR2kL6OkmA\n"
                          "9vg+QYFYpG/DI8HvjH+l4lPwGWQCMnwoihhu1upjP0qM3iM0dnlna3rd\n"
                          "-----END PRIVATE KEY-----\n";

/* Two pipes joined back to back: what a session at each end would do. */
typedef struct Joint {
    ApfPipe *pipes[2];
    GSource *wake;
} Joint;

static gboolean shuttle(gpointer data)
{
    Joint *joint = data;

    for (unsigned int i = 0; i < 2; i++) {
        ApfPipe *from = joint->pipes[i];
        ApfPipe *to = joint->pipes[1 - i];
        GBytes *message;
        uint32_t grant;

        while ((message = apf_pipe_pop(from))) {
            MUST(g_bytes_get_size(message) <= 9 + APF_PIPE_DATA_MAX);
            MUST(apf_pipe_push(to, message, 9, g_bytes_get_size(message) - 9));
            g_bytes_unref(message);
        }
        if ((grant = apf_pipe_take_grant(to))) {
            apf_pipe_widen(from, grant);
        }
        if (apf_pipe_finished(from)) {
            apf_pipe_end(to, false);
        }
    }
    return G_SOURCE_CONTINUE;
}

static gboolean wake_dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    g_source_set_ready_time(source, -1);
    return callback(data);
}

static void joint_init(Joint *joint)
{
    static GSourceFuncs funcs = {.dispatch = wake_dispatch};

    joint->wake = g_source_new(&funcs, sizeof(GSource));
    g_source_set_callback(joint->wake, shuttle, joint, NULL);
    g_source_attach(joint->wake, NULL);
    for (unsigned int i = 0; i < 2; i++) {
        joint->pipes[i] = apf_pipe_new(joint->wake);
        apf_pipe_open(joint->pipes[i], i, APF_PIPE_WINDOW);
    }
}

static void joint_clear(Joint *joint)
{
    for (unsigned int i = 0; i < 2; i++) {
        apf_pipe_end(joint->pipes[i], true);
        apf_pipe_unref(joint->pipes[i]);
    }
    g_source_destroy(joint->wake);
    g_source_unref(joint->wake);
}

static gboolean accept_any(GTlsConnection *connection, GTlsCertificate *certificate,
                           GTlsCertificateFlags errors, gpointer data)
{
    (void)connection;
    (void)certificate;
    (void)errors;
    (void)data;
    return TRUE;
}

static void shaken(GObject *object, GAsyncResult *result, gpointer data)
{
    g_autoptr(GError) error = NULL;

    ck_assert_msg(g_tls_connection_handshake_finish(G_TLS_CONNECTION(object), result, &error), "%s",
                  error ? error->message : "");
    (*(unsigned int *)data)++;
}

static void wrote(GObject *object, GAsyncResult *result, gpointer data)
{
    g_autoptr(GError) error = NULL;

    ck_assert_msg(g_output_stream_write_all_finish(G_OUTPUT_STREAM(object), result, NULL, &error),
                  "%s", error ? error->message : "");
    *(bool *)data = true;
}

static void got(GObject *object, GAsyncResult *result, gpointer data)
{
    g_autoptr(GError) error = NULL;

    ck_assert_msg(g_input_stream_read_all_finish(G_INPUT_STREAM(object), result, NULL, &error),
                  "%s", error ? error->message : "");
    *(bool *)data = true;
}

static void note_read(GObject *object, GAsyncResult *result, gpointer data)
{
    *(gssize *)data = g_input_stream_read_finish(G_INPUT_STREAM(object), result, NULL);
}

static void closed(GObject *object, GAsyncResult *result, gpointer data)
{
    ck_assert(g_io_stream_close_finish(G_IO_STREAM(object), result, NULL));
    *(bool *)data = true;
}

static GIOStream *tls(ApfPipe *pipe, bool server)
{
    g_autoptr(GIOStream) base = apf_stream_new(pipe);
    g_autoptr(GTlsCertificate) certificate = g_tls_certificate_new_from_pem(pem, -1, NULL);
    g_autoptr(GError) error = NULL;
    GIOStream *connection;

    ck_assert_ptr_nonnull(certificate);
    connection = server ? g_tls_server_connection_new(base, certificate, &error)
                        : g_tls_client_connection_new(base, NULL, &error);
    ck_assert_msg(connection != NULL, "%s", error ? error->message : "");
    g_signal_connect(connection, "accept-certificate", G_CALLBACK(accept_any), NULL);
    return connection;
}

/* GTls shakes hands on a thread of its own, with blocking calls; both go through the same pipes. */
START_TEST(tls_over_a_channel)
{
    enum { SIZE = 300000 };
    g_autofree uint8_t *sent = g_malloc(SIZE);
    g_autofree uint8_t *received = g_malloc0(SIZE);
    Joint joint;
    g_autoptr(GIOStream) server = NULL;
    g_autoptr(GIOStream) client = NULL;
    unsigned int hands = 0;
    bool written = false, read = false, is_closed = false;
    gssize at_end = -2;

    joint_init(&joint);
    server = tls(joint.pipes[0], true);
    client = tls(joint.pipes[1], false);
    g_tls_connection_handshake_async(G_TLS_CONNECTION(server), 0, NULL, shaken, &hands);
    g_tls_connection_handshake_async(G_TLS_CONNECTION(client), 0, NULL, shaken, &hands);
    while (hands < 2) {
        g_main_context_iteration(NULL, TRUE);
    }
    for (unsigned int i = 0; i < SIZE; i++) {
        sent[i] = (uint8_t)(i * 7 + i / 251);
    }
    g_output_stream_write_all_async(g_io_stream_get_output_stream(server), sent, SIZE, 0, NULL,
                                    wrote, &written);
    g_input_stream_read_all_async(g_io_stream_get_input_stream(client), received, SIZE, 0, NULL,
                                  got, &read);
    while (!written || !read) {
        g_main_context_iteration(NULL, TRUE);
    }
    ck_assert_mem_eq(sent, received, SIZE);
    g_io_stream_close_async(server, 0, NULL, closed, &is_closed);
    g_input_stream_read_async(g_io_stream_get_input_stream(client), received, 1, 0, NULL, note_read,
                              &at_end);
    while (!is_closed || at_end == -2) {
        g_main_context_iteration(NULL, TRUE);
    }
    ck_assert_int_eq(at_end, 0); /* by TLS's own word, which went through the channel */
    ck_assert(apf_pipe_finished(joint.pipes[0]));
    joint_clear(&joint);
}
END_TEST

/* ---- the stream alone ---- */

START_TEST(a_read_that_waits_ends_with_the_channel)
{
    g_autoptr(ApfPipe) pipe = apf_pipe_new(NULL);
    g_autoptr(GIOStream) stream = apf_stream_new(pipe);
    char byte;
    gssize result = -2;

    g_input_stream_read_async(g_io_stream_get_input_stream(stream), &byte, 1, 0, NULL, note_read,
                              &result);
    while (g_main_context_iteration(NULL, FALSE)) {
    }
    ck_assert_int_eq(result, -2);
    apf_pipe_end(pipe, _i);
    while (g_main_context_iteration(NULL, FALSE)) {
    }
    ck_assert_int_eq(result, _i ? -1 : 0);
}
END_TEST

/* A waiting source holds the stream, and the channel knows the source: nothing may be left of both,
 * whether the wait began before the channel's end or after. */
START_TEST(a_wait_that_outlasts_the_channel_leaves_nothing)
{
    ApfPipe *pipe = apf_pipe_new(NULL);
    GIOStream *stream = apf_stream_new(pipe);
    GPollableInputStream *input = G_POLLABLE_INPUT_STREAM(g_io_stream_get_input_stream(stream));
    GSource *source = NULL;
    gpointer weak = input;

    g_object_add_weak_pointer(G_OBJECT(input), &weak);
    if (_i) {
        source = g_pollable_input_stream_create_source(input, NULL);
    }
    apf_pipe_end(pipe, false);
    if (!_i) {
        source = g_pollable_input_stream_create_source(input, NULL);
    }
    g_source_set_dummy_callback(source);
    g_source_attach(source, NULL);
    ck_assert(g_io_stream_close(stream, NULL, NULL));
    g_source_destroy(source);
    g_source_unref(source);
    g_object_unref(stream);
    apf_pipe_unref(pipe);
    ck_assert_ptr_null(weak);
}
END_TEST

START_TEST(a_read_that_waits_can_be_cancelled)
{
    g_autoptr(ApfPipe) pipe = apf_pipe_new(NULL);
    g_autoptr(GIOStream) stream = apf_stream_new(pipe);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    char byte;
    gssize result = -2;

    g_input_stream_read_async(g_io_stream_get_input_stream(stream), &byte, 1, 0, cancellable,
                              note_read, &result);
    while (g_main_context_iteration(NULL, FALSE)) {
    }
    g_cancellable_cancel(cancellable);
    while (g_main_context_iteration(NULL, FALSE)) {
    }
    ck_assert_int_eq(result, -1);
}
END_TEST

typedef struct Waiter {
    ApfPipe *pipe;
    GCancellable *cancellable;
    bool writes;
    GError *error;
} Waiter;

static gpointer wait_in_a_thread(gpointer data)
{
    Waiter *waiter = data;
    uint8_t bytes[512] = {0};

    if (!waiter->writes) {
        ck_assert_int_eq(
            apf_pipe_read(waiter->pipe, bytes, 1, true, waiter->cancellable, &waiter->error), -1);
        return NULL;
    }
    while (apf_pipe_write(waiter->pipe, bytes, sizeof(bytes), true, waiter->cancellable,
                          &waiter->error) > 0) {
    }
    return NULL;
}

/* Threads that wait for the channel end when it does, or when they are not to wait any more:
 * whether that was said before they began or while they wait. */
START_TEST(a_thread_that_waits_is_let_go)
{
    for (unsigned int way = 0; way < 6; way++) {
        Joint joint;
        Waiter waiter = {.writes = way & 1};
        GThread *thread;

        joint_init(&joint);
        ck_assert(g_main_context_acquire(NULL));
        waiter.pipe = joint.pipes[0];
        waiter.cancellable = g_cancellable_new();
        if (way < 2) {
            g_cancellable_cancel(waiter.cancellable);
        }
        thread = g_thread_new("waiter", wait_in_a_thread, &waiter);
        if (way < 4) {
            g_cancellable_cancel(waiter.cancellable);
        } else {
            apf_pipe_end(waiter.pipe, true);
        }
        g_thread_join(thread);
        MUST_MSG(g_error_matches(waiter.error, G_IO_ERROR,
                                 way < 4 ? G_IO_ERROR_CANCELLED : G_IO_ERROR_CONNECTION_CLOSED),
                 "way %u: %s", way, waiter.error ? waiter.error->message : "no error");
        g_clear_error(&waiter.error);
        g_object_unref(waiter.cancellable);
        g_main_context_release(NULL);
        joint_clear(&joint);
    }
}
END_TEST

static void input_closed(GObject *object, GAsyncResult *result, gpointer data)
{
    ck_assert(g_input_stream_close_finish(G_INPUT_STREAM(object), result, NULL));
    *(bool *)data = true;
}

static void output_closed(GObject *object, GAsyncResult *result, gpointer data)
{
    ck_assert(g_output_stream_close_finish(G_OUTPUT_STREAM(object), result, NULL));
    *(bool *)data = true;
}

/* Nothing is waited for, and each half ends by itself. */
START_TEST(closing_may_be_told_later)
{
    g_autoptr(ApfPipe) pipe = apf_pipe_new(NULL);
    g_autoptr(GIOStream) stream = apf_stream_new(pipe);
    bool done[3] = {false};
    uint8_t byte = 0;
    g_autoptr(GError) read = NULL;
    g_autoptr(GError) written = NULL;

    apf_pipe_open(pipe, 0, 4096);
    g_output_stream_close_async(g_io_stream_get_output_stream(stream), 0, NULL, output_closed,
                                &done[0]);
    while (g_main_context_iteration(NULL, FALSE)) {
    }
    ck_assert(done[0]);
    ck_assert_int_eq(apf_pipe_write(pipe, &byte, 1, false, NULL, &written), -1);
    ck_assert(g_error_matches(written, G_IO_ERROR, G_IO_ERROR_CLOSED));
    g_input_stream_close_async(g_io_stream_get_input_stream(stream), 0, NULL, input_closed,
                               &done[1]);
    while (g_main_context_iteration(NULL, FALSE)) {
    }
    ck_assert(done[1]);
    ck_assert_int_eq(apf_pipe_read(pipe, &byte, 1, false, NULL, &read), -1);
    ck_assert(g_error_matches(read, G_IO_ERROR, G_IO_ERROR_CLOSED));
    g_io_stream_close_async(stream, 0, NULL, closed, &done[2]);
    while (g_main_context_iteration(NULL, FALSE)) {
    }
    ck_assert(done[2]);
    ck_assert(apf_pipe_finished(pipe));
}
END_TEST

/* Windows of 4096, one more than LMS takes in a message: two halves, not all but one byte. Who has
 * a wider one takes as much as LME has in a message. */
START_TEST(what_is_written_is_cut_as_hosts_take_it)
{
    static const struct {
        uint32_t window;
        gssize written;
        size_t most;
    } cases[] = {{4096, 4096, 2048},
                 {8191, 8191, 4095},
                 {8192, 8192, 4096},
                 {32768, 32768, 16375},
                 {UINT32_MAX, APF_PIPE_OUT_MAX, 16375}};
    g_autoptr(ApfPipe) pipe = apf_pipe_new(NULL);
    static const uint8_t text[100000];
    size_t total = 0;
    size_t most = 0;
    gssize written;
    GBytes *message;

    apf_pipe_open(pipe, 3, cases[_i].window);
    written = apf_pipe_write(pipe, text, sizeof(text), false, NULL, NULL);
    ck_assert_int_eq(written, cases[_i].written);
    ck_assert(!apf_pipe_writable(pipe));
    while ((message = apf_pipe_pop(pipe))) {
        size_t size = g_bytes_get_size(message) - 9;

        most = MAX(most, size);
        total += size;
        g_bytes_unref(message);
    }
    ck_assert_int_eq(written, (gssize)total);
    ck_assert_uint_eq(most, cases[_i].most);
    ck_assert(apf_pipe_writable(pipe) == (cases[_i].window == UINT32_MAX));
    apf_pipe_widen(pipe, UINT32_MAX); /* as much as there is, and no overflow */
    apf_pipe_widen(pipe, UINT32_MAX);
    ck_assert(apf_pipe_writable(pipe));
}
END_TEST

START_TEST(a_window_opens_as_the_reader_reads)
{
    g_autoptr(ApfPipe) pipe = apf_pipe_new(NULL);
    uint8_t text[4096] = {0};
    g_autoptr(GBytes) bytes = g_bytes_new(text, sizeof(text));

    apf_pipe_open(pipe, 0, 0);
    ck_assert_uint_eq(apf_pipe_take_grant(pipe), 0);
    ck_assert(apf_pipe_push(pipe, bytes, 0, 4096));
    ck_assert_uint_eq(apf_pipe_take_grant(pipe), 0);
    ck_assert_int_eq(apf_pipe_read(pipe, text, 2047, false, NULL, NULL), 2047);
    ck_assert_uint_eq(apf_pipe_take_grant(pipe), 0);
    ck_assert_int_eq(apf_pipe_read(pipe, text, 1, false, NULL, NULL), 1);
    ck_assert_uint_eq(apf_pipe_take_grant(pipe), 2048);
    ck_assert_uint_eq(apf_pipe_take_grant(pipe), 0);
    ck_assert_int_eq(apf_pipe_read(pipe, text, 4096, false, NULL, NULL), 2048);
    ck_assert_uint_eq(apf_pipe_take_grant(pipe), 2048);
}
END_TEST

/* As wide as the host's own; it was told of 4096. */
START_TEST(a_wide_host_gets_a_wide_window)
{
    static const struct {
        uint32_t window;
        uint32_t more;
    } cases[] = {{8191, 0}, {8192, 4096}, {65536, 61440}, {UINT32_MAX, 61440}};
    static uint8_t text[65536];
    g_autoptr(ApfPipe) pipe = apf_pipe_new(NULL);

    ck_assert_uint_eq(apf_pipe_take_grant(pipe), 0);
    apf_pipe_open(pipe, 0, cases[_i].window);
    ck_assert_uint_eq(apf_pipe_take_grant(pipe), cases[_i].more);
    ck_assert_uint_eq(apf_pipe_take_grant(pipe), 0);
    if (cases[_i].more) { /* half of it at once, and no less */
        g_autoptr(GBytes) bytes = g_bytes_new_static(text, sizeof(text));
        uint32_t half = (4096 + cases[_i].more) / 2;

        ck_assert(apf_pipe_push(pipe, bytes, 0, half - 1));
        ck_assert_int_eq(apf_pipe_read(pipe, text, sizeof(text), false, NULL, NULL), half - 1);
        ck_assert_uint_eq(apf_pipe_take_grant(pipe), 0);
        ck_assert(apf_pipe_push(pipe, bytes, 0, 1));
        ck_assert_int_eq(apf_pipe_read(pipe, text, sizeof(text), false, NULL, NULL), 1);
        ck_assert_uint_eq(apf_pipe_take_grant(pipe), half);
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("apf-stream");
    TCase *tcase = unit_case(suite, "stream");

    tcase_add_loop_test(tcase, a_libsoup_server_answers_each_client_and_closes, 0, HOST_COUNT);
    tcase_add_test(tcase, a_kept_connection_takes_several_requests);
    tcase_add_loop_test(tcase, a_read_that_waits_ends_with_the_channel, 0, 2);
    tcase_add_loop_test(tcase, a_wait_that_outlasts_the_channel_leaves_nothing, 0, 2);
    tcase_add_test(tcase, a_read_that_waits_can_be_cancelled);
    tcase_add_test(tcase, a_thread_that_waits_is_let_go);
    tcase_add_test(tcase, closing_may_be_told_later);
    tcase_add_loop_test(tcase, what_is_written_is_cut_as_hosts_take_it, 0, 5);
    tcase_add_loop_test(tcase, a_wide_host_gets_a_wide_window, 0, 4);
    tcase_add_test(tcase, a_window_opens_as_the_reader_reads);
    tcase = unit_case(suite, "tls");
    tcase_add_loop_test(tcase, tls_over_a_channel, 0, 3);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
