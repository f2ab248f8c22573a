/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a listener of events answers, how AMT logs in there, and a whole delivery over a socket. */
#include <string.h>

#include "firmware-sim/amt/http/post.h"
#include "firmware-sim/amt/http/reply.h"
#include "firmware-sim/manual-clock.h"
#include "tests/unit/unit.h"

/* ---- answers ---- */

static const struct {
    const char *text;
    HttpReplyState state;
    unsigned int status;
    const char *challenge;
    bool whole;
} replies[] = {
    {"", HTTP_REPLY_MORE, 0, NULL, false},
    {"HTTP/1.1 200 OK\r\n", HTTP_REPLY_MORE, 0, NULL, false},
    {"HTTP/1.1 200 OK\r\n\r\n", HTTP_REPLY_HEAD, 200, NULL, false},
    {"HTTP/1.0 204 x\r\nA: b\r\n\r\n", HTTP_REPLY_HEAD, 204, NULL, true},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", HTTP_REPLY_HEAD, 200, NULL, false},
    {"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc", HTTP_REPLY_HEAD, 200, NULL, true},
    {"HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc", HTTP_REPLY_HEAD, 200, NULL, false},
    {"HTTP/1.1 100 Continue\r\n\r\n", HTTP_REPLY_MORE, 0, NULL, false},
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 E\r\n\r\n", HTTP_REPLY_HEAD, 500, NULL, false},
    {"HTTP/1.1 401 U\r\nWWW-Authenticate: Basic realm=\"a\"\r\nwww-authenticate: digest "
     "x=y\r\n\r\n",
     HTTP_REPLY_HEAD, 401, "x=y", false},
    {"SSH-2.0-OpenSSH_9.2\r\n\r\n", HTTP_REPLY_BAD, 0, NULL, false},
    {"HTTP/1.1 20 OK\r\n\r\n", HTTP_REPLY_BAD, 0, NULL, false},
    {"\r\n\r\n", HTTP_REPLY_BAD, 0, NULL, false},
};

START_TEST(answers_are_told_apart)
{
    HttpReply reply;
    HttpReplyState state = http_reply_parse(replies[_i].text, strlen(replies[_i].text), &reply);

    ck_assert_int_eq(state, replies[_i].state);
    ck_assert_uint_eq(reply.status, replies[_i].status);
    ck_assert_pstr_eq(reply.challenge, replies[_i].challenge);
    ck_assert(reply.whole == replies[_i].whole);
    http_reply_clear(&reply);
}
END_TEST

START_TEST(an_answer_without_end_is_none)
{
    g_autofree char *junk = g_strnfill(HTTP_REPLY_MAX, 'x');
    HttpReply reply;

    ck_assert_int_eq(http_reply_parse(junk, HTTP_REPLY_MAX - 1, &reply), HTTP_REPLY_MORE);
    ck_assert_int_eq(http_reply_parse(junk, HTTP_REPLY_MAX, &reply), HTTP_REPLY_BAD);
    ck_assert_int_eq(http_reply_parse("HTTP/1.1 2\0", 11, &reply), HTTP_REPLY_BAD);
}
END_TEST

/* RFC 2617 3.5, with the method and target that it has there. */
#define MUFASA "realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\""

static const struct {
    const char *challenge;
    const char *part; /* of the answer; NULL: none can be given */
} challenges[] = {
    {MUFASA ", qop=\"auth,auth-int\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
     "response=\"6629fae49393a05397450978507c4ef1\""},
    {MUFASA ", qop=\"auth-int, auth\"", "qop=auth, nc=00000001, cnonce=\"0a4f113b\""},
    {MUFASA ", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"", /* RFC 2069 */
     "response=\"670fd8c2df070c60b045671b8b24ff02\""},
    {MUFASA ", algorithm=md5", "uri=\"/dir/index.html\""},
    {"realm=\"a\\\"b\", nonce=n", "realm=\"a\\\"b\""},
    {MUFASA ", algorithm=SHA-256", NULL},
    {MUFASA ", qop=\"auth-int\"", NULL},
    {"realm=\"x\"", NULL},
    {"realm=\"x\x01\", nonce=\"n\"", NULL},
    {"", NULL},
    {"=,=", NULL},
};

START_TEST(challenges_are_answered)
{
    const HttpCredentials credentials = {"Mufasa", "Circle Of Life", "GET", "/dir/index.html",
                                         "0a4f113b"};
    g_autofree char *text = http_reply_authorize(challenges[_i].challenge, &credentials);

    ck_assert((text != NULL) == (challenges[_i].part != NULL));
    ck_assert_msg(!text || (strstr(text, challenges[_i].part) && g_str_has_prefix(text, "Digest ")),
                  "%s", text ? text : "");
    ck_assert(!text || !strpbrk(text, "\r\n"));
}
END_TEST

/* ---- URLs ---- */

static const struct {
    const char *text, *host, *path;
    unsigned int port;
    bool tls, local;
} urls[] = {
    {"http://192.0.2.7", "192.0.2.7", "/", 80, false, false},
    {"HTTPS://console.test/a?b=c", "console.test", "/a?b=c", 443, true, false},
    {"http://[2001:db8::1]:5000/x%20y#z", "2001:db8::1", "/x%20y", 5000, false, false},
    {"http://localhost:0/", "localhost", "/", 0, false, true},
    {"http://127.0.0.9/", "127.0.0.9", "/", 80, false, true},
    {"http://[::1]/", "::1", "/", 80, false, true},
};

START_TEST(urls_in_parts)
{
    AmtUrl url;

    ck_assert(amt_url_parse(urls[_i].text, &url));
    ck_assert_str_eq(url.host, urls[_i].host);
    ck_assert_str_eq(url.path, urls[_i].path);
    ck_assert_uint_eq(url.port, urls[_i].port);
    ck_assert(url.tls == urls[_i].tls && amt_url_is_local(&url) == urls[_i].local);
}
END_TEST

/* ---- a delivery ---- */

typedef struct Rig {
    SwmeManualClock *clock;
    AmtState *amt;
    SwmeServices *services;
    AmtPoster *poster;
    GSocketListener *listener;
    guint16 port;
    GString *heard; /* requests, one after the other */
    const char *const *answers;
    GSocketConnection *peer;
    bool over;
    AmtPostResult result;
    GIOStream *host; /* what a channel to the host is */
} Rig;

static GIOStream *open_host(void *opaque, uint16_t port)
{
    Rig *rig = opaque;

    ck_assert_uint_eq(port, 0);
    return g_steal_pointer(&rig->host);
}

static void rig_init(Rig *rig, bool host_network)
{
    static const uint8_t uuid[16] = {1};
    AmtPosterConfig config = {.host_network = host_network, .open_host = open_host, .opaque = rig};

    rig->clock = swme_manual_clock_new();
    rig->amt = amt_state_new(swme_platform_find(NULL, NULL), uuid, swme_manual_clock(rig->clock),
                             1700000000);
    rig->services = swme_services_new();
    config.amt = rig->amt;
    config.services = rig->services;
    rig->poster = amt_poster_new(&config);
    rig->heard = g_string_new(NULL);
}

static void rig_clear(Rig *rig)
{
    while (g_main_context_iteration(NULL, FALSE)) {
    }
    amt_poster_free(rig->poster);
    swme_services_free(rig->services);
    amt_state_free(rig->amt);
    swme_manual_clock_free(rig->clock);
    g_string_free(rig->heard, TRUE);
    g_clear_object(&rig->listener);
    g_clear_object(&rig->peer);
}

static void on_done(void *opaque, AmtPostResult result, const char *why)
{
    Rig *rig = opaque;

    (void)why;
    ck_assert(!rig->over);
    rig->over = true;
    rig->result = result;
}

static void accept_next(Rig *rig);

/* A whole request is answered with the next of the answers; "" is none, and no more follow. */
static gboolean on_readable(GObject *stream, gpointer opaque)
{
    Rig *rig = opaque;
    char buffer[4096];
    gssize size = g_pollable_input_stream_read_nonblocking(G_POLLABLE_INPUT_STREAM(stream), buffer,
                                                           sizeof(buffer), NULL, NULL);

    if (size > 0) {
        g_string_append_len(rig->heard, buffer, size);
    }
    if (size > 0 && g_str_has_suffix(rig->heard->str, "</end>")) {
        const char *answer = *rig->answers++;

        g_string_append_c(rig->heard, '\n');
        if (*answer) {
            g_output_stream_write_all(g_io_stream_get_output_stream(G_IO_STREAM(rig->peer)), answer,
                                      strlen(answer), NULL, NULL, NULL);
            g_io_stream_close(G_IO_STREAM(rig->peer), NULL, NULL);
        }
        if (*rig->answers) {
            accept_next(rig);
        }
        return G_SOURCE_REMOVE;
    }
    return size > 0 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void on_accepted(GObject *source, GAsyncResult *result, gpointer opaque)
{
    Rig *rig = opaque;
    GSource *readable;

    g_clear_object(&rig->peer);
    rig->peer = g_socket_listener_accept_finish(G_SOCKET_LISTENER(source), result, NULL, NULL);
    if (rig->peer) {
        readable = g_pollable_input_stream_create_source(
            G_POLLABLE_INPUT_STREAM(g_io_stream_get_input_stream(G_IO_STREAM(rig->peer))), NULL);
        g_source_set_callback(readable, G_SOURCE_FUNC(on_readable), rig, NULL);
        g_source_attach(readable, NULL);
        g_source_unref(readable);
    }
}

static void accept_next(Rig *rig)
{
    g_socket_listener_accept_async(rig->listener, NULL, on_accepted, rig);
}

static void listen_with(Rig *rig, const char *const *answers)
{
    g_autoptr(GSocketAddress) any = g_inet_socket_address_new_from_string("127.0.0.1", 0);
    g_autoptr(GSocketAddress) bound = NULL;

    rig->listener = g_socket_listener_new();
    ck_assert(g_socket_listener_add_address(rig->listener, any, G_SOCKET_TYPE_STREAM,
                                            G_SOCKET_PROTOCOL_TCP, NULL, &bound, NULL));
    rig->port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound));
    rig->answers = answers;
    accept_next(rig);
}

static void *post_to(Rig *rig, const char *user)
{
    const AmtPostTarget target = {
        .url = {.host = "127.0.0.1", .port = rig->port, .path = "/events"},
        .user = user,
        .password = "s3cret",
    };

    return amt_poster_ops.begin(rig->poster, &target, "<begin></end>", on_done, rig);
}

static void wait_for(const bool *over)
{
    while (!*over) {
        g_main_context_iteration(NULL, TRUE);
    }
}

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define LOGIN                                                               \
    "HTTP/1.1 401 U\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\", " \
    "qop=\"auth\"\r\nContent-Length: 0\r\n\r\n"

static const struct {
    const char *answers[3];
    const char *user;
    AmtPostResult result;
    const char *heard;
} deliveries[] = {
    {{OK}, "", AMT_POST_DONE, "POST /events HTTP/1.1\r\nHost: 127.0.0.1:"},
    {{"HTTP/1.0 202 Accepted\r\n\r\n"}, "", AMT_POST_DONE, "Content-Length: 13\r\n"},
    {{"HTTP/1.1 500 E\r\n\r\n"}, "", AMT_POST_ANSWERED, "application/soap+xml"},
    {{LOGIN}, "", AMT_POST_ANSWERED, ""},
    {{LOGIN, OK}, "bob", AMT_POST_DONE, "Authorization: Digest algorithm=MD5, username=\"bob\""},
    {{LOGIN, LOGIN}, "bob", AMT_POST_ANSWERED, "uri=\"/events\""},
    {{"HTTP/1.1 401 U\r\nWWW-Authenticate: Basic realm=\"r\"\r\n\r\n"},
     "bob",
     AMT_POST_ANSWERED,
     ""},
    {{"nonsense\r\n\r\n"}, "", AMT_POST_FAILED, ""},
    {{"HTTP/1.1 200"}, "", AMT_POST_FAILED, ""},
};

START_TEST(a_delivery)
{
    Rig rig = {0};

    rig_init(&rig, true);
    listen_with(&rig, deliveries[_i].answers);
    ck_assert(post_to(&rig, deliveries[_i].user) != NULL);
    wait_for(&rig.over);
    ck_assert_int_eq(rig.result, deliveries[_i].result);
    ck_assert_msg(strstr(rig.heard->str, deliveries[_i].heard) != NULL, "%s", rig.heard->str);
    ck_assert(!strstr(rig.heard->str, "s3cret"));
    rig_clear(&rig);
}
END_TEST

START_TEST(nobody_there)
{
    static const char *const none[] = {"", NULL};
    Rig rig = {0};

    rig_init(&rig, true);
    listen_with(&rig, none);
    g_socket_listener_close(rig.listener);
    ck_assert(post_to(&rig, "") != NULL);
    wait_for(&rig.over);
    ck_assert_int_eq(rig.result, AMT_POST_FAILED);
    rig_clear(&rig);
}
END_TEST

/* At each moment: nothing is told any more, nothing is left (ASan), the poster may be gone. */
START_TEST(cancelled)
{
    static const char *const none[] = {"", NULL};
    Rig rig = {0};
    void *post;

    rig_init(&rig, true);
    listen_with(&rig, none);
    post = post_to(&rig, "");
    while (_i && !strstr(rig.heard->str, "</end>")) {
        g_main_context_iteration(NULL, TRUE);
    }
    amt_poster_ops.cancel(rig.poster, post);
    g_clear_pointer(&rig.poster, amt_poster_free);
    for (unsigned int i = 0; i < 20; i++) {
        g_main_context_iteration(NULL, FALSE);
    }
    ck_assert(!rig.over);
    rig_clear(&rig);
}
END_TEST

/* AMT with neither LAN nor listener is on no network. */
START_TEST(without_a_network_nothing_leaves)
{
    Rig rig = {0};

    rig_init(&rig, false);
    rig.port = 1;
    ck_assert(post_to(&rig, "") == NULL);
    rig_clear(&rig);
}
END_TEST

static void dial_lan(void *opaque, const char *address, uint16_t port, GTask *task)
{
    GString *heard = opaque;

    g_string_append_printf(heard, "%s port %u", address, port);
    g_task_return_new_error(task, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "no answer");
    g_object_unref(task);
}

/* Its own LAN is one, and gets what is to be reached as it was written: it knows no names. */
START_TEST(over_a_lan_of_its_own)
{
    Rig rig = {0};
    AmtPostTarget target = {.url = {.port = 80, .path = "/"}, .user = "", .password = ""};

    rig_init(&rig, false);
    swme_services_set_dialler(rig.services, dial_lan, rig.heard);
    g_strlcpy(target.url.host, _i ? "console.test" : "192.0.2.7", sizeof(target.url.host));
    ck_assert(amt_poster_ops.begin(rig.poster, &target, "<x></x>", on_done, &rig) != NULL);
    wait_for(&rig.over);
    ck_assert_int_eq(rig.result, AMT_POST_FAILED);
    ck_assert_str_eq(rig.heard->str, _i ? "console.test port 80" : "192.0.2.7 port 80");
    rig_clear(&rig);
}
END_TEST

/* LMS reads the document and closes. */
START_TEST(through_the_channel_to_the_host)
{
    g_autoptr(GInputStream) in = g_memory_input_stream_new();
    g_autoptr(GOutputStream) out = g_memory_output_stream_new_resizable();
    const AmtPostTarget target = {
        .url = {.host = "localhost", .path = "/"}, .local = true, .user = "", .password = ""};
    Rig rig = {0};

    rig_init(&rig, false);
    ck_assert(amt_poster_ops.begin(rig.poster, &target, "<x></x>", on_done, &rig) == NULL);
    rig.host = g_simple_io_stream_new(in, out);
    ck_assert(amt_poster_ops.begin(rig.poster, &target, "<x></x>", on_done, &rig) != NULL);
    wait_for(&rig.over);
    ck_assert_int_eq(rig.result, AMT_POST_DONE);
    g_string_append_len(rig.heard, g_memory_output_stream_get_data(G_MEMORY_OUTPUT_STREAM(out)),
                        (gssize)g_memory_output_stream_get_data_size(G_MEMORY_OUTPUT_STREAM(out)));
    ck_assert_msg(g_str_has_prefix(rig.heard->str, "POST / HTTP/1.1\r\nHost: localhost:0\r\n"),
                  "%s", rig.heard->str);
    ck_assert(g_str_has_suffix(rig.heard->str, "\r\n\r\n<x></x>"));
    rig_clear(&rig);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("post");
    TCase *tcase = unit_case(suite, "post");

    tcase_add_loop_test(tcase, answers_are_told_apart, 0, G_N_ELEMENTS(replies));
    tcase_add_test(tcase, an_answer_without_end_is_none);
    tcase_add_loop_test(tcase, challenges_are_answered, 0, G_N_ELEMENTS(challenges));
    tcase_add_loop_test(tcase, urls_in_parts, 0, G_N_ELEMENTS(urls));
    tcase_add_loop_test(tcase, a_delivery, 0, G_N_ELEMENTS(deliveries));
    tcase_add_test(tcase, nobody_there);
    tcase_add_loop_test(tcase, cancelled, 0, 2);
    tcase_add_test(tcase, without_a_network_nothing_leaves);
    tcase_add_loop_test(tcase, over_a_lan_of_its_own, 0, 2);
    tcase_add_test(tcase, through_the_channel_to_the_host);
    return unit_run(suite);
}
