/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <sys/socket.h>

#include "firmware-sim/amt/amt-audit.h"
#include "firmware-sim/amt/event-text.h"
#include "firmware-sim/amt/event.h"
#include "firmware-sim/amt/http/http-internal.h"
#include "firmware-sim/amt/http/pages.h"
#include "firmware-sim/error.h"

#define PRODUCT             "Intel(R) Active Management Technology"
#define BAD_LOGINS_AN_EVENT 10 /* as real firmware's record had it, see event-text.c */

/* ---- quirks ---- */

static const struct {
    const char *name;
    unsigned int quirk;
} quirk_names[] = {
    {"cve-2017-5689", AMT_QUIRK_CVE_2017_5689},
};

static bool add_quirk(const char *name, unsigned int *quirks)
{
    for (unsigned int i = 0; i < G_N_ELEMENTS(quirk_names); i++) {
        if (g_ascii_strcasecmp(name, quirk_names[i].name) == 0) {
            *quirks |= quirk_names[i].quirk;
            return true;
        }
    }
    return false;
}

bool amt_quirks_parse(const char *text, unsigned int *quirks, GError **error)
{
    g_auto(GStrv) names = g_strsplit(text ? text : "", "+", -1);

    *quirks = 0;
    for (char **name = names; *name; name++) {
        if (!add_quirk(*name, quirks)) {
            g_autofree char *shown = swme_error_text(*name);

            return swme_error_set(error, SWME_ERROR_ARGUMENT, NULL,
                                  "there is no quirk '%s': there is %s", shown,
                                  quirk_names[0].name);
        }
    }
    return true;
}

/* ---- answers ---- */

static void answer(SoupServerMessage *message, unsigned int status, const char *type, GBytes *body)
{
    SoupMessageHeaders *headers = soup_server_message_get_response_headers(message);
    SoupMessageBody *out = soup_server_message_get_response_body(message);
    bool head = soup_server_message_get_method(message) == SOUP_METHOD_HEAD;

    soup_server_message_set_status(message, status, NULL);
    soup_message_headers_set_content_type(headers, type, NULL);
    /* Chunked for all: open-amt's MPS takes the last chunk for the end, and nothing else. */
    if (soup_server_message_get_http_version(message) == SOUP_HTTP_1_1 && !head) {
        soup_message_headers_set_encoding(headers, SOUP_ENCODING_CHUNKED);
    }
    soup_message_body_append_bytes(out, body);
    soup_message_body_complete(out);
}

static void answer_page(SoupServerMessage *message, unsigned int status, const char *type,
                        GString *page)
{
    g_autoptr(GBytes) body = g_string_free_to_bytes(page);

    answer(message, status, type, body);
}

static void answer_error(SoupServerMessage *message, unsigned int status, const char *title,
                         const char *text)
{
    answer_page(message, status, "text/html", web_message(title, text));
}

/* ---- who it is ---- */

static void count_bad_login(AmtHttp *http, const HttpConnection *connection, const char *header)
{
    static const uint8_t me_access = 0; /* not the MEBx's: MeshCentral amt.js */
    const AmtEventRow *row = amt_event_row_find("bad-passwords");
    g_autofree HttpDigestFields *fields = g_new0(HttpDigestFields, 1);

    if (http_digest_parse(header, fields)) {
        AmtAuditor who = {fields->username, &connection->peer};

        amt_audit_add(http->context.amt, &who, AMT_AUDIT_REFUSED, &me_access, sizeof(me_access));
    }
    http->stats.logins_failed++;
    if (++http->bad_logins == BAD_LOGINS_AN_EVENT && row) {
        AmtEvent event = row->event;

        event.data[1] = BAD_LOGINS_AN_EVENT;
        event.data[2] = 0;
        http->bad_logins = 0;
        amt_event_raise(http->context.amt, &event, row->route);
    }
}

/* As sent: libsoup is told to leave the path as it is. Free with g_free. */
static char *target_of(SoupServerMessage *message)
{
    GUri *uri = soup_server_message_get_uri(message);
    const char *query = g_uri_get_query(uri);
    const char *path = g_uri_get_path(uri);

    return g_strconcat(*path ? path : "/", query ? "?" : "", query, NULL);
}

static bool log_in(AmtHttp *http, HttpConnection *connection, SoupServerMessage *message,
                   WsmanCaller *caller)
{
    SoupMessageHeaders *headers = soup_server_message_get_request_headers(message);
    const char *authorization = soup_message_headers_get_one(headers, "Authorization");
    g_autofree char *target = target_of(message);
    const HttpRequestLine line = {soup_server_message_get_method(message), target};
    g_autofree char *challenge = NULL;
    HttpDigestResult result;
    AmtLogin login;

    result = http_digest_check(http->digest, authorization, &line, connection->peer.door, &login);
    if (result == HTTP_DIGEST_OK) {
        connection->logged_in = true;
        caller->user = login.name;
        caller->admin = login.admin;
        caller->realms = login.realms;
        explicit_bzero(&login, sizeof(login));
        return true;
    }
    http->stats.replays += result == HTTP_DIGEST_STALE;
    if (result == HTTP_DIGEST_WRONG) {
        count_bad_login(http, connection, authorization);
    }
    challenge = http_digest_challenge(http->digest, result == HTTP_DIGEST_STALE);
    soup_message_headers_replace(soup_server_message_get_response_headers(message),
                                 "WWW-Authenticate", challenge);
    answer_error(message, SOUP_STATUS_UNAUTHORIZED, "Unauthorized",
                 "Log on with a user name and a password of this computer's management engine.");
    return false;
}

/* ---- requests ---- */

static bool allowed(const HttpPage *page, const char *method)
{
    return !page->method || g_str_equal(page->method, method) ||
           (g_str_equal(page->method, "GET") && g_str_equal(method, "HEAD"));
}

static void answer_web(AmtHttp *http, const WebPage *page, const WsmanCaller *caller,
                       SoupServerMessage *message)
{
    const char *query = g_uri_get_query(soup_server_message_get_uri(message));
    g_autoptr(GHashTable) fields = query ? soup_form_decode(query) : NULL;
    WebVisit visit = {.web = http->web, .caller = caller, .fields = fields};

    answer_page(message, SOUP_STATUS_OK, "text/html; charset=utf-8", web_page_show(page, &visit));
}

static void redirect(SoupServerMessage *message, const char *to)
{
    soup_server_message_set_status(message, SOUP_STATUS_SEE_OTHER, NULL);
    soup_message_headers_replace(soup_server_message_get_response_headers(message), "Location", to);
}

/* All that can be answered without the request's body; true: it was. */
static bool answer_early(AmtHttp *http, const HttpPage *page, const WsmanCaller *caller,
                         SoupServerMessage *message)
{
    SoupMessageHeaders *headers = soup_server_message_get_response_headers(message);

    if (!allowed(page, soup_server_message_get_method(message))) {
        soup_message_headers_replace(headers, "Allow", page->method);
        answer_error(message, SOUP_STATUS_METHOD_NOT_ALLOWED, "Method Not Allowed",
                     "This address does not take that.");
        return true;
    }
    switch (page->kind) {
    case HTTP_PAGE_ROOT:
        redirect(message, "/logon.htm");
        return true;
    case HTTP_PAGE_HTML:
    case HTTP_PAGE_CSS:
        answer_page(message, SOUP_STATUS_OK,
                    page->kind == HTTP_PAGE_CSS ? "text/css" : "text/html; charset=utf-8",
                    page->body());
        return true;
    case HTTP_PAGE_WEB:
        answer_web(http, page->web, caller, message);
        return true;
    case HTTP_PAGE_UNKNOWN:
        answer_error(message, SOUP_STATUS_NOT_FOUND, "Not Found", "There is no such page.");
        return true;
    case HTTP_PAGE_FORM:
    case HTTP_PAGE_WSMAN:
    case HTTP_PAGE_IDENTIFY:
    default:
        return false;
    }
}

static void caller_free(gpointer data)
{
    WsmanCaller *caller = data;

    g_free((char *)caller->user);
    g_free(caller);
}

/* The headers are there, the body is not: whoever may not send one need not. */
static void on_headers(SoupServer *server, SoupServerMessage *message, const char *path,
                       GHashTable *query, gpointer opaque)
{
    AmtHttp *http = opaque;
    HttpConnection *connection = http_connection_of(message);
    SoupMessageHeaders *headers = soup_server_message_get_request_headers(message);
    const HttpPage page = http_page_find(&http->context, path);
    WsmanCaller caller = {0};

    (void)server;
    (void)query;
    if (!connection) {
        return; /* it has ended */
    }
    http->stats.requests++;
    soup_message_headers_remove(soup_server_message_get_response_headers(message), "Date");
    soup_message_headers_remove(headers, "Range");
    if (soup_message_headers_get_encoding(headers) == SOUP_ENCODING_CONTENT_LENGTH &&
        (guint64)soup_message_headers_get_content_length(headers) > HTTP_BODY_MAX) {
        http_connection_refuse(connection, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE);
        return;
    }
    http_guard_allow(connection->guard, HTTP_BODY_MAX + HTTP_HEADER_MAX);
    caller.tls = connection->port == AMT_HTTPS_PORT;
    caller.waits = true;
    caller.peer = connection->peer;
    if ((page.auth == HTTP_AUTH_DIGEST && !log_in(http, connection, message, &caller)) ||
        answer_early(http, &page, &caller, message)) {
        soup_message_body_set_accumulate(soup_server_message_get_request_body(message), FALSE);
        return;
    }
    caller.user = g_strdup(caller.user);
    g_object_set_data_full(G_OBJECT(message), "swme-caller", g_memdup2(&caller, sizeof(caller)),
                           caller_free);
}

static void answer_form(AmtHttp *http, const WebPage *page, SoupServerMessage *message)
{
    HttpConnection *connection = http_connection_of(message);
    const WsmanCaller *caller = g_object_get_data(G_OBJECT(message), "swme-caller");
    SoupMessageBody *sent = soup_server_message_get_request_body(message);
    g_autoptr(GBytes) body = soup_message_body_flatten(sent);
    gsize size;
    const char *data = g_bytes_get_data(body, &size);
    g_autofree char *text = g_strndup(data ? data : "", size);
    g_autoptr(GHashTable) fields = soup_form_decode(text);
    WebVisit visit = {.web = http->web, .caller = caller, .fields = fields};
    g_autofree char *to = NULL;

    if (!connection || !caller) {
        soup_server_message_set_status(message, SOUP_STATUS_INTERNAL_SERVER_ERROR, NULL);
        return;
    }
    to = web_page_submit(page, &visit);
    redirect(message, to);
    connection->after = visit.after;
    connection->after_opaque = visit.after_opaque;
    explicit_bzero(text, strlen(text)); /* a password may have been in it */
}

/* False: the answer is not there yet. */
static bool answer_soap(AmtHttp *http, SoupServerMessage *message)
{
    HttpConnection *connection = http_connection_of(message);
    const WsmanCaller *caller = g_object_get_data(G_OBJECT(message), "swme-caller");
    g_autoptr(GBytes) body = NULL;
    WsmanReply reply = {0};
    gsize size;
    const void *data;

    if (!connection || !caller) {
        soup_server_message_set_status(message, SOUP_STATUS_INTERNAL_SERVER_ERROR, NULL);
        return true;
    }
    body = soup_message_body_flatten(soup_server_message_get_request_body(message));
    data = g_bytes_get_data(body, &size);
    wsman_answer(http->config.wsman, caller, data ? data : "", size, &reply);
    if (reply.wait) {
        return false;
    }
    answer(message, reply.status, "application/soap+xml; charset=UTF-8", reply.body);
    g_bytes_unref(reply.body);
    connection->after = reply.after;
    connection->after_opaque = reply.opaque;
    return true;
}

static void on_request(SoupServer *server, SoupServerMessage *message, const char *path,
                       GHashTable *query, gpointer opaque)
{
    AmtHttp *http = opaque;
    const HttpPage page = http_page_find(&http->context, path);

    (void)server;
    (void)query;
    if (page.kind == HTTP_PAGE_FORM) {
        answer_form(http, page.web, message);
    } else if (!answer_soap(http, message)) {
        g_set_object(&http->waiting, message);
        soup_server_message_pause(message);
    }
}

static void on_ready(void *opaque)
{
    AmtHttp *http = opaque;
    g_autoptr(SoupServerMessage) message = g_steal_pointer(&http->waiting);

    if (message) {
        answer_soap(http, message);
        soup_server_message_unpause(message);
    }
}

/* libsoup is about to read a request: even an answer to one that it cannot read has this. */
static void on_started(SoupServer *server, SoupServerMessage *message, gpointer opaque)
{
    AmtHttp *http = opaque;
    HttpConnection *connection = http_connection_of(message);

    (void)server;
    if (connection && connection->guard) {
        http_guard_started(connection->guard);
    }
    soup_message_headers_replace(soup_server_message_get_response_headers(message), "Server",
                                 http->server);
}

static void on_read(SoupServer *server, SoupServerMessage *message, gpointer opaque)
{
    HttpConnection *connection = http_connection_of(message);

    (void)server;
    (void)opaque;
    if (connection) {
        http_connection_read(connection);
    }
}

/* Answered, or cut off meanwhile: what was promised is done in both cases. */
static void on_finished(SoupServer *server, SoupServerMessage *message, gpointer opaque)
{
    AmtHttp *http = opaque;
    HttpConnection *connection = http_connection_of(message);
    WsmanAfterFunc after;
    void *after_opaque;

    (void)server;
    if (http->waiting == message) {
        g_clear_object(&http->waiting); /* it went before it had its answer */
    }
    if (!connection) {
        return;
    }
    after = g_steal_pointer(&connection->after);
    after_opaque = connection->after_opaque;
    http_connection_answered(connection);
    if (after) {
        after(after_opaque); /* which may end the connection */
    }
}

/* ---- life ---- */

static void state_changed(void *opaque, AmtState *amt, unsigned int changed)
{
    (void)amt;
    (void)changed;
    http_connections_update(opaque);
}

/*
 * libsoup keeps a connection for another request only while the server listens somewhere
 * (soup-server.c, request_finished). Nobody ever comes through this one.
 */
static bool listen_nowhere(AmtHttp *http)
{
    g_autoptr(GError) error = NULL;
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds)) {
        return false;
    }
    http->listener = g_socket_new_from_fd(fds[0], NULL);
    http->listener_peer = g_socket_new_from_fd(fds[1], NULL);
    return soup_server_listen_socket(http->soup, http->listener, (SoupServerListenOptions)0,
                                     &error);
}

static char *server_line(const SwmePlatform *platform)
{
    const SwmeFirmwareVersion *v = &platform->version;

    return g_strdup_printf(PRODUCT " %u.%u.%u", v->major, v->minor, v->hotfix);
}

AmtHttp *amt_http_new(const AmtHttpConfig *config)
{
    AmtHttp *http = g_new0(AmtHttp, 1);
    AmtState *amt = config->context->amt;

    http->config = *config;
    http->context = *config->context;
    http->config.context = &http->context;
    if (http->config.connections == 0) {
        http->config.connections = AMT_HTTP_CONNECTIONS;
    }
    http->server = server_line(http->context.platform);
    http->digest =
        http_digest_new(amt, config->clock, (config->quirks & AMT_QUIRK_CVE_2017_5689) != 0);
    http->tls = http_tls_new(amt, http_tls_ready, http);
    http->web = web_new(&http->context, config->wsman);
    http->connections = http_connections_new();
    http->soup = soup_server_new("raw-paths", TRUE, "server-header", NULL, NULL);
    if (!listen_nowhere(http)) {
        g_warning("AMT's web server ends each connection after one request");
    }
    soup_server_add_early_handler(http->soup, NULL, on_headers, http, NULL);
    soup_server_add_handler(http->soup, NULL, on_request, http, NULL);
    wsman_on_ready(config->wsman, on_ready, http);
    g_signal_connect(http->soup, "request-started", G_CALLBACK(on_started), http);
    g_signal_connect(http->soup, "request-read", G_CALLBACK(on_read), http);
    g_signal_connect(http->soup, "request-finished", G_CALLBACK(on_finished), http);
    g_signal_connect(http->soup, "request-aborted", G_CALLBACK(on_finished), http);
    http->subscription =
        amt_state_subscribe(amt, AMT_CHANGED_SETUP | AMT_CHANGED_TLS, state_changed, http);
    http_connections_update(http);
    return http;
}

void amt_http_free(AmtHttp *http)
{
    if (!http) {
        return;
    }
    amt_state_unsubscribe(http->context.amt, http->subscription);
    wsman_on_ready(http->config.wsman, NULL, NULL);
    http_connections_clear(http);
    g_signal_handlers_disconnect_by_data(http->soup, http);
    soup_server_remove_handler(http->soup, NULL);
    soup_server_disconnect(http->soup);
    g_object_unref(http->soup);
    g_clear_object(&http->waiting);
    g_clear_object(&http->listener);
    g_clear_object(&http->listener_peer);
    g_ptr_array_unref(http->connections);
    http_tls_free(http->tls);
    web_free(http->web);
    http_digest_free(http->digest);
    g_free(http->server);
    g_free(http);
}

const AmtHttpStats *amt_http_stats(const AmtHttp *http)
{
    return &http->stats;
}

unsigned int amt_http_connections(const AmtHttp *http)
{
    return http->connections->len;
}
