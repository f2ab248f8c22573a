/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target "http": any bytes on a connection to AMT's web server, through any door. Every answer
 * is one of HTTP with AMT's name in it, and the connection ends when its peer does. The byte 01
 * stands for the header of somebody who may POST to /wsman.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <swme/apf.h>

#include "firmware-sim/amt/http/http-internal.h"
#include "firmware-sim/manual-clock.h"
#include "firmware-sim/net/apf-stream.h"
#include "tests/fuzz/fuzz.h"

#define TIME_S   INT64_C(1700000000)
#define SPIN_MAX 100000
#define LOG_IN   1
#define SOCKET_FROM                                                               \
    0xe0 /* first bytes of inputs that come through a socket; others by a channel \
          */

typedef struct Rig {
    SwmeManualClock *clock;
    SwmeContext context;
    Wsman *wsman;
    AmtHttp *http;
    AmtData *fresh;
} Rig;

/* The client's end: a channel of APF's, which costs no system call, or a socket. */
typedef struct Client {
    ApfPipe *pipe; /* NULL: a socket */
    int fd;
} Client;

static Rig rig;

static void rig_init(void)
{
    static const uint8_t uuid[16] = {1};
    static const SwmeMachine machine = {NULL, NULL};
    AmtHttpConfig config = {.context = &rig.context};

    /* No client may have the libraries speak on standard error. */
    g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
    rig.clock = swme_manual_clock_new();
    config.clock = swme_manual_clock(rig.clock);
    rig.context.platform = swme_platform_find(NULL, NULL);
    rig.context.amt = amt_state_new(rig.context.platform, uuid, config.clock, TIME_S);
    rig.context.services = swme_services_new();
    FUZZ_MUST(amt_provision(rig.context.amt, AMT_PROVISION_ADMIN, "P@ssw0rd", NULL), "set-up");
    rig.fresh = amt_data_copy(amt_state_data(rig.context.amt));
    rig.wsman = wsman_new(&rig.context, &machine);
    config.wsman = rig.wsman;
    rig.http = amt_http_new(&config);
}

static void append_login(GByteArray *out)
{
    g_autofree HttpDigestFields *fields = g_new0(HttpDigestFields, 1);
    g_autofree char *challenge = http_digest_challenge(rig.http->digest, false);
    const AmtAccount *admin = &amt_state_data(rig.context.amt)->accounts.account[0];
    char realm[AMT_REALM_SIZE], response[33];
    g_autofree char *header = NULL;

    amt_state_realm(rig.context.amt, realm);
    g_strlcpy(fields->nonce, strstr(challenge, "nonce=\"") + 7, 33);
    g_strlcpy(fields->nc, "1", 2);
    g_strlcpy(fields->cnonce, "c", 2);
    g_strlcpy(fields->qop, "auth", 5);
    g_strlcpy(fields->uri, "/wsman", 7);
    http_digest_response(admin->digest, fields, "POST", response);
    header = g_strdup_printf("Authorization: Digest username=\"admin\",realm=\"%s\",nonce=\"%s\","
                             "uri=\"/wsman\",qop=auth,response=\"%s\",nc=1,cnonce=\"c\"\r\n",
                             realm, fields->nonce, response);
    g_byte_array_append(out, (const guint8 *)header, (guint)strlen(header));
}

static void drain(Client *client, GByteArray *answers)
{
    uint8_t part[4096];
    ssize_t got;
    GBytes *message;

    if (!client->pipe) {
        while ((got = read(client->fd, part, sizeof(part))) > 0) {
            g_byte_array_append(answers, part, (guint)got);
        }
        return;
    }
    while ((message = apf_pipe_pop(client->pipe))) {
        gsize size;
        const uint8_t *data = g_bytes_get_data(message, &size);

        g_byte_array_append(answers, data + APF_CHANNEL_DATA_HEADER_SIZE,
                            (guint)(size - APF_CHANNEL_DATA_HEADER_SIZE));
        g_bytes_unref(message);
    }
}

static GIOStream *client_init(Client *client, bool by_socket)
{
    g_autoptr(GSocket) socket = NULL;
    int fds[2];

    client->pipe = NULL;
    if (!by_socket) {
        client->pipe = apf_pipe_new(NULL);
        apf_pipe_open(client->pipe, 1, INT32_MAX);
        return apf_stream_new(client->pipe);
    }
    FUZZ_MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0, "sockets");
    FUZZ_MUST(fcntl(fds[1], F_SETFL, O_NONBLOCK) == 0, "sockets");
    client->fd = fds[1];
    socket = g_socket_new_from_fd(fds[0], NULL);
    return G_IO_STREAM(g_socket_connection_factory_create_connection(socket));
}

static void client_send(Client *client, const GByteArray *request)
{
    g_autoptr(GBytes) bytes = NULL;

    if (!client->pipe) {
        FUZZ_MUST(write(client->fd, request->data, request->len) == (ssize_t)request->len,
                  "sockets");
        return;
    }
    bytes = g_bytes_new(request->data, request->len);
    FUZZ_MUST(apf_pipe_push(client->pipe, bytes, 0, request->len), "the channel is full");
}

/* Nothing more to come from it. */
static void client_end(Client *client)
{
    if (client->pipe) {
        apf_pipe_end(client->pipe, false);
    } else {
        shutdown(client->fd, SHUT_WR);
    }
}

static void client_clear(Client *client)
{
    if (client->pipe) {
        apf_pipe_unref(client->pipe);
    } else {
        close(client->fd);
    }
}

static void settle(Client *client, GByteArray *answers)
{
    for (unsigned int i = 0; i < SPIN_MAX; i++) {
        bool more = g_main_context_iteration(NULL, FALSE);

        drain(client, answers);
        if (!more && !g_main_context_pending(NULL)) {
            return;
        }
    }
    FUZZ_MUST(false, "it never comes to rest");
}

static void check(const GByteArray *answers)
{
    g_autofree char *text = g_strndup((const char *)answers->data, answers->len);

    FUZZ_MUST(answers->len == 0 || g_str_has_prefix(text, "HTTP/1."), "%.40s", text);
    FUZZ_MUST(answers->len == 0 ||
                  strstr(text, "\r\nServer: Intel(R) Active Management Technology") ||
                  g_str_has_prefix(text, "HTTP/1.1 100"),
              "%.200s", text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data, MIN(size, FUZZ_INPUT_MAX)};
    uint8_t how = fuzz_u8(&input);
    SwmePeer peer = {.door = (SwmeDoor)(how % (SWME_DOOR_CIRA + 1))};
    g_autoptr(GByteArray) request = g_byte_array_new();
    g_autoptr(GByteArray) answers = g_byte_array_new();
    unsigned int logins = 0;
    Client client;

    if (!rig.http) {
        rig_init();
    }
    amt_state_replace(rig.context.amt, rig.fresh);
    while (input.left) {
        uint8_t byte = fuzz_u8(&input);

        if (byte == LOG_IN && logins++ < 4) {
            append_login(request);
        } else {
            g_byte_array_append(request, &byte, 1);
        }
    }
    swme_services_connect(rig.context.services, AMT_HTTP_PORT,
                          client_init(&client, how >= SOCKET_FROM), &peer);
    client_send(&client, request);
    settle(&client, answers);
    client_end(&client);
    /* libsoup ends a chunked answer on a thread of GLib's. */
    for (unsigned int i = 0; i < SPIN_MAX && amt_http_connections(rig.http); i++) {
        g_main_context_iteration(NULL, TRUE);
        drain(&client, answers);
    }
    check(answers);
    FUZZ_MUST(amt_http_connections(rig.http) == 0, "%u connections are left",
              amt_http_connections(rig.http));
    client_clear(&client);
    return 0;
}
