/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests on one keep-alive connection, and libsoup with nothing behind it to compare with:
 *
 *   bench-http serve SIZE                a server that answers each POST with SIZE bytes; says its
 *                                        port, and ends with its standard input
 *   bench-http ask PORT PASSWORD COUNT   for each line of standard input COUNT WS-Management Gets,
 *                                        and a line: nanoseconds, bytes of an answer's body. Logs
 * in by digest, each request with a new count, where asked to
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdbool.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib-unix.h>
#include <libsoup/soup.h>

#define ANSWER_MAX 65536
#define URI        "/wsman"
#define CNONCE     "0a4f113b"

static const char get[] =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
    "<Envelope xmlns=\"http://www.w3.org/2003/05/soap-envelope\" "
    "xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
    "xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\"><Header>"
    "<a:Action>http://schemas.xmlsoap.org/ws/2004/09/transfer/Get</a:Action><a:To>/wsman</a:To>"
    "<w:ResourceURI>http://intel.com/wbem/wscim/1/amt-schema/1/AMT_GeneralSettings</w:ResourceURI>"
    "<a:MessageID>1</a:MessageID><a:ReplyTo><a:Address>"
    "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>"
    "<w:OperationTimeout>PT60S</w:OperationTimeout></Header><Body/></Envelope>";

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "bench-http: %s\n", what);
    exit(1);
}

/* ---- the yardstick ---- */

static void answer(SoupServer *server G_GNUC_UNUSED, SoupServerMessage *message,
                   const char *path G_GNUC_UNUSED, GHashTable *query G_GNUC_UNUSED, gpointer opaque)
{
    GBytes *body = opaque;

    soup_server_message_set_status(message, 200, NULL);
    soup_server_message_set_response(message, "application/soap+xml", SOUP_MEMORY_STATIC,
                                     g_bytes_get_data(body, NULL), g_bytes_get_size(body));
}

static gboolean on_end(gint fd G_GNUC_UNUSED, GIOCondition condition G_GNUC_UNUSED, gpointer loop)
{
    g_main_loop_quit(loop);
    return G_SOURCE_REMOVE;
}

static int serve(size_t size)
{
    g_autoptr(SoupServer) server = soup_server_new(NULL, NULL);
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    g_autoptr(GBytes) body = g_bytes_new_take(g_malloc0(size), size);
    GSList *uris;

    soup_server_add_handler(server, NULL, answer, body, NULL);
    if (!soup_server_listen_local(server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL)) {
        die("libsoup does not listen");
    }
    uris = soup_server_get_uris(server);
    printf("%d\n", g_uri_get_port(uris->data));
    fflush(stdout);
    g_slist_free_full(uris, (GDestroyNotify)g_uri_unref);
    g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP, on_end, loop);
    g_main_loop_run(loop);
    return 0;
}

/* ---- the client ---- */

typedef struct Client {
    int fd;
    char *password;
    char realm[128], nonce[128]; /* empty: nobody asked to log in */
    char *secret;                /* the hash of who we are */
    unsigned int count;
    char answer[ANSWER_MAX + 1];
    size_t body;
    unsigned int status;
} Client;

static char *md5(const char *format, ...) G_GNUC_PRINTF(1, 2);
static char *md5(const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return g_compute_checksum_for_string(G_CHECKSUM_MD5, text, -1);
}

static void send_request(Client *client)
{
    g_autoptr(GString) text = g_string_new("POST " URI " HTTP/1.1\r\nHost: localhost\r\n");

    if (*client->nonce) {
        g_autofree char *what = md5("POST:%s", URI);
        g_autofree char *proof = NULL;

        client->count++;
        proof = md5("%s:%s:%08x:%s:auth:%s", client->secret, client->nonce, client->count, CNONCE,
                    what);
        g_string_append_printf(text,
                               "Authorization: Digest username=\"admin\",realm=\"%s\",nonce=\"%s\","
                               "uri=\"" URI "\",qop=auth,response=\"%s\",nc=%08x,cnonce=\"" CNONCE
                               "\"\r\n",
                               client->realm, client->nonce, proof, client->count);
    }
    g_string_append_printf(text,
                           "Content-Type: application/soap+xml;charset=UTF-8\r\n"
                           "Content-Length: %zu\r\n\r\n%s",
                           sizeof(get) - 1, get);
    if (write(client->fd, text->str, text->len) != (ssize_t)text->len) {
        die("the server is gone");
    }
}

/* The body's size once all of the answer is there. */
static bool is_whole(const char *text, size_t size, size_t *body)
{
    const char *head = strstr(text, "\r\n\r\n");
    const char *length = head ? strstr(text, "Content-Length: ") : NULL;
    size_t start = head ? (size_t)(head + 4 - text) : 0;

    if (!head) {
        return false;
    }
    *body = size - start;
    if (length && length < head) {
        return *body == strtoul(length + 16, NULL, 10);
    }
    return g_str_has_suffix(text + start, "\r\n0\r\n\r\n");
}

static void receive_answer(Client *client)
{
    size_t size = 0;

    do {
        ssize_t some = read(client->fd, client->answer + size, ANSWER_MAX - size);

        if (some <= 0) {
            die("the answer ends too early, or is too long");
        }
        size += (size_t)some;
        client->answer[size] = '\0';
    } while (!is_whole(client->answer, size, &client->body));
    if (sscanf(client->answer, "HTTP/1.1 %u", &client->status) != 1) {
        die("the answer is no HTTP");
    }
}

static void ask(Client *client)
{
    send_request(client);
    receive_answer(client);
    if (client->status == 401) {
        const char *realm = strstr(client->answer, "realm=\"");
        const char *nonce = strstr(client->answer, "nonce=\"");

        if (!realm || !nonce || sscanf(realm, "realm=\"%127[^\"]", client->realm) != 1 ||
            sscanf(nonce, "nonce=\"%127[^\"]", client->nonce) != 1) {
            die("no challenge");
        }
        g_free(client->secret);
        client->secret = md5("admin:%s:%s", client->realm, client->password);
        client->count = 0;
        send_request(client);
        receive_answer(client);
    }
    if (client->status != 200) {
        client->answer[200] = '\0';
        die(client->answer);
    }
}

static int client_run(const char *port, char *password, unsigned int count)
{
    struct sockaddr_in where = {.sin_family = AF_INET};
    static Client client;
    char line[16];
    int one = 1;

    client.password = password;
    client.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    where.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (connect(client.fd, (struct sockaddr *)&where, sizeof(where))) {
        die("cannot connect");
    }
    while (fgets(line, sizeof(line), stdin)) {
        int64_t begin = g_get_monotonic_time();

        for (unsigned int i = 0; i < count; i++) {
            ask(&client);
        }
        printf("%" PRId64 " %zu\n", (g_get_monotonic_time() - begin) * 1000, client.body);
        fflush(stdout);
    }
    g_free(client.secret);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "serve") == 0) {
        return serve(strtoul(argv[2], NULL, 10));
    }
    if (argc == 5 && strcmp(argv[1], "ask") == 0) {
        return client_run(argv[2], argv[3], (unsigned int)strtoul(argv[4], NULL, 10));
    }
    fprintf(stderr, "bench-http: serve SIZE | ask PORT PASSWORD COUNT\n");
    return 2;
}
