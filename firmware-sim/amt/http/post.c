/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/http/post.h"

#include <string.h>

#include "firmware-sim/amt/http/reply.h"

#define READ_SIZE   4096
#define CNONCE_SIZE 8

struct AmtPoster {
    AmtPosterConfig config;
};

/* One request. Exactly one operation of GIO's is under way as long as it lives. */
typedef struct Post {
    const AmtPoster *poster;
    AmtPostFunc done; /* NULL: cancelled, and the poster may be gone */
    void *opaque;
    AmtUrl url;
    bool local;
    char user[AMT_LOGIN_SIZE];
    char password[AMT_LOGIN_SIZE];
    char *document;
    char *authorization; /* NULL: not asked for yet */
    GCancellable *cancellable;
    GIOStream *stream; /* NULL: not connected */
    GString *request;
    GByteArray *in;
    uint8_t buffer[READ_SIZE];
} Post;

static void hang_up(Post *post)
{
    if (post->stream) {
        g_io_stream_close_async(post->stream, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
        g_clear_object(&post->stream);
    }
}

static void post_free(Post *post)
{
    hang_up(post);
    g_object_unref(post->cancellable);
    g_free(post->document);
    g_free(post->authorization);
    g_string_free(post->request, TRUE);
    g_byte_array_unref(post->in);
    explicit_bzero(post->password, sizeof(post->password));
    g_free(post);
}

static void finish(Post *post, AmtPostResult result, const char *why)
{
    AmtPostFunc done = g_steal_pointer(&post->done);

    hang_up(post);
    if (done) {
        done(post->opaque, result, why);
    }
    post_free(post);
}

/* ---- the answer ---- */

static void connect_to(Post *post);

static char *authorize(const Post *post, const char *challenge)
{
    uint8_t random[CNONCE_SIZE];
    char cnonce[2 * CNONCE_SIZE + 1];
    HttpCredentials credentials = {.user = post->user,
                                   .password = post->password,
                                   .method = "POST",
                                   .target = post->url.path,
                                   .cnonce = cnonce};

    amt_random(random, sizeof(random));
    for (unsigned int i = 0; i < CNONCE_SIZE; i++) {
        g_snprintf(cnonce + 2 * i, 3, "%02x", random[i]);
    }
    return http_reply_authorize(challenge, &credentials);
}

static void conclude(Post *post, const HttpReply *reply)
{
    g_autofree char *why = g_strdup_printf("status %u", reply->status);

    if (reply->status == 401 && reply->challenge && *post->user && !post->authorization) {
        post->authorization = authorize(post, reply->challenge);
        if (post->authorization) {
            hang_up(post);
            connect_to(post);
            return;
        }
    }
    finish(post, reply->status / 100 == 2 ? AMT_POST_DONE : AMT_POST_ANSWERED, why);
}

static void read_more(Post *post);

/* end: nothing will follow. */
static void look(Post *post, bool end)
{
    HttpReply reply;
    HttpReplyState state = http_reply_parse((const char *)post->in->data, post->in->len, &reply);

    if (state == HTTP_REPLY_HEAD && (reply.whole || end)) {
        conclude(post, &reply);
    } else if (state == HTTP_REPLY_BAD) {
        finish(post, AMT_POST_FAILED, "what came back is not HTTP");
    } else if (!end) {
        read_more(post);
    } else if (post->local && post->in->len == 0) {
        finish(post, AMT_POST_DONE, NULL); /* LMS closes without a word */
    } else {
        finish(post, AMT_POST_FAILED, "the connection ended before the answer");
    }
    http_reply_clear(&reply);
}

static void on_read(GObject *source, GAsyncResult *result, gpointer opaque)
{
    Post *post = opaque;
    g_autoptr(GError) error = NULL;
    gssize size = g_input_stream_read_finish(G_INPUT_STREAM(source), result, &error);

    if (!post->done) {
        post_free(post);
    } else if (size < 0) {
        finish(post, AMT_POST_FAILED, error->message);
    } else {
        g_byte_array_append(post->in, post->buffer, (guint)size);
        look(post, size == 0);
    }
}

static void read_more(Post *post)
{
    g_input_stream_read_async(g_io_stream_get_input_stream(post->stream), post->buffer,
                              sizeof(post->buffer), G_PRIORITY_DEFAULT, post->cancellable, on_read,
                              post);
}

/* ---- the request ---- */

static void on_written(GObject *source, GAsyncResult *result, gpointer opaque)
{
    Post *post = opaque;
    g_autoptr(GError) error = NULL;
    bool good = g_output_stream_write_all_finish(G_OUTPUT_STREAM(source), result, NULL, &error);

    if (!post->done) {
        post_free(post);
    } else if (!good) {
        finish(post, AMT_POST_FAILED, error->message);
    } else {
        read_more(post);
    }
}

static void send_request(Post *post)
{
    bool six = strchr(post->url.host, ':') != NULL;

    g_byte_array_set_size(post->in, 0);
    g_string_printf(post->request,
                    "POST %s HTTP/1.1\r\nHost: %s%s%s:%u\r\nUser-Agent: Intel(R) AMT Agent\r\n"
                    "Connection: %s\r\nContent-Type: application/soap+xml;charset=UTF-8\r\n"
                    "Content-Length: %zu\r\n",
                    post->url.path, six ? "[" : "", post->url.host, six ? "]" : "", post->url.port,
                    post->local ? "Keep-Alive" : "close", strlen(post->document));
    if (post->authorization) {
        g_string_append_printf(post->request, "Authorization: %s\r\n", post->authorization);
    }
    g_string_append_printf(post->request, "\r\n%s", post->document);
    g_output_stream_write_all_async(g_io_stream_get_output_stream(post->stream), post->request->str,
                                    post->request->len, G_PRIORITY_DEFAULT, post->cancellable,
                                    on_written, post);
}

/* ---- TLS: the listener's certificate comes from one of AMT's trusted roots ---- */

static GTlsCertificate *root_of(GBytes *der)
{
    GType type = g_tls_backend_get_certificate_type(g_tls_backend_get_default());
    gsize size;
    const void *data = g_bytes_get_data(der, &size);
    g_autoptr(GByteArray) bytes = g_byte_array_append(g_byte_array_new(), data, (guint)size);

    return g_initable_new(type, NULL, NULL, "certificate", bytes, NULL);
}

static gboolean on_certificate(GTlsConnection *connection, GTlsCertificate *certificate,
                               GTlsCertificateFlags flags G_GNUC_UNUSED, gpointer opaque)
{
    GPtrArray *roots = opaque;
    GSocketConnectable *identity =
        g_tls_client_connection_get_server_identity(G_TLS_CLIENT_CONNECTION(connection));

    for (guint i = 0; i < roots->len; i++) {
        if (g_tls_certificate_verify(certificate, identity, roots->pdata[i]) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static void free_roots(gpointer roots, GClosure *closure G_GNUC_UNUSED)
{
    g_ptr_array_unref(roots);
}

/* As they are now: the handshake is done on a thread. */
static GPtrArray *trusted_roots(const AmtState *amt)
{
    const AmtCredentials *credentials = &amt_state_data(amt)->credentials;
    GPtrArray *roots = g_ptr_array_new_with_free_func(g_object_unref);

    for (unsigned int i = 0; i < AMT_CERTIFICATES; i++) {
        const AmtDer *der = &credentials->certificate[i];
        GTlsCertificate *root = der->handle && der->trusted ? root_of(der->der) : NULL;

        if (root) {
            g_ptr_array_add(roots, root);
        }
    }
    return roots;
}

static bool start_tls(Post *post, GError **error)
{
    g_autoptr(GSocketConnectable) identity = g_network_address_new(post->url.host, post->url.port);
    GIOStream *tls = g_tls_client_connection_new(post->stream, identity, error);

    if (!tls) {
        return false;
    }
    g_tls_connection_set_database(G_TLS_CONNECTION(tls), NULL);
    g_signal_connect_data(tls, "accept-certificate", G_CALLBACK(on_certificate),
                          trusted_roots(post->poster->config.amt), free_roots, 0);
    g_object_unref(post->stream);
    post->stream = tls;
    return true;
}

/* ---- the way there ---- */

static void on_dialled(GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer opaque)
{
    Post *post = opaque;
    g_autoptr(GError) error = NULL;

    post->stream = swme_services_dial_finish(result, &error);
    if (!post->done) {
        post_free(post);
    } else if (!post->stream || (post->url.tls && !start_tls(post, &error))) {
        finish(post, AMT_POST_FAILED, error->message);
    } else {
        send_request(post);
    }
}

static void dial(Post *post, const char *address)
{
    swme_services_dial(post->poster->config.services, address, post->url.port, post->cancellable,
                       on_dialled, post);
}

static void on_resolved(GObject *source, GAsyncResult *result, gpointer opaque)
{
    Post *post = opaque;
    g_autoptr(GError) error = NULL;
    GList *addresses = g_resolver_lookup_by_name_finish(G_RESOLVER(source), result, &error);

    if (!post->done) {
        post_free(post);
    } else if (!addresses) {
        finish(post, AMT_POST_FAILED, error->message);
    } else {
        g_autofree char *address = g_inet_address_to_string(addresses->data);

        dial(post, address);
    }
    g_resolver_free_addresses(addresses);
}

/* AMT's LAN knows no names yet, and says so. */
static void connect_to(Post *post)
{
    const AmtPosterConfig *config = &post->poster->config;

    if (!g_hostname_is_ip_address(post->url.host) && swme_services_dials_host(config->services)) {
        g_autoptr(GResolver) resolver = g_resolver_get_default();

        g_resolver_lookup_by_name_async(resolver, post->url.host, post->cancellable, on_resolved,
                                        post);
    } else {
        dial(post, post->url.host);
    }
}

/* ---- for the notifier ---- */

static void *begin(void *opaque, const AmtPostTarget *target, const char *document,
                   AmtPostFunc done, void *done_opaque)
{
    const AmtPoster *poster = opaque;
    const AmtPosterConfig *config = &poster->config;
    GIOStream *stream = NULL;
    Post *post;

    if (target->local) {
        stream = config->open_host(config->opaque, target->url.port);
    }
    if (target->local ? !stream
                      : !config->host_network && swme_services_dials_host(config->services)) {
        return NULL;
    }
    post = g_new0(Post, 1);
    post->poster = poster;
    post->done = done;
    post->opaque = done_opaque;
    post->url = target->url;
    post->local = target->local;
    g_strlcpy(post->user, target->user, sizeof(post->user));
    g_strlcpy(post->password, target->password, sizeof(post->password));
    post->document = g_strdup(document);
    post->cancellable = g_cancellable_new();
    post->request = g_string_new(NULL);
    post->in = g_byte_array_new();
    post->stream = stream;
    if (stream) {
        send_request(post);
    } else {
        connect_to(post);
    }
    return post;
}

static void cancel(void *opaque G_GNUC_UNUSED, void *which)
{
    Post *post = which;

    post->done = NULL;
    g_cancellable_cancel(post->cancellable);
}

const AmtPostOps amt_poster_ops = {begin, cancel};

AmtPoster *amt_poster_new(const AmtPosterConfig *config)
{
    AmtPoster *poster = g_new0(AmtPoster, 1);

    poster->config = *config;
    return poster;
}

void amt_poster_free(AmtPoster *poster)
{
    g_free(poster);
}
