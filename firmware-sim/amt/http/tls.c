/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/http/tls.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <swme/guid.h>

#include "firmware-sim/amt/wsman/crypto-thread.h"
#include "firmware-sim/amt/wsman/crypto.h"
#include "firmware-sim/error.h"

#define KEY_BITS 2048
#define DAY_S    86400
#define LIFE_S   (INT64_C(20) * 365 * DAY_S)

struct HttpTls {
    AmtState *amt;
    HttpTlsFunc ready;
    void *opaque;
    unsigned int subscription;
    GTlsCertificate *certificate; /* NULL: not looked at yet */
    CryptoThread thread;          /* which makes one */
};

/* ---- making one ---- */

typedef struct Maker {
    char name[64];
    int64_t now_s;
    uint8_t serial[8];
    AmtTls made; /* key, certificate and its hashes */
    bool good;   /* they are there */
} Maker;

static bool sign(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, const Maker *maker)
{
    return gnutls_x509_crt_set_version(crt, 3) >= 0 &&
           gnutls_x509_crt_set_serial(crt, maker->serial, sizeof(maker->serial)) >= 0 &&
           gnutls_x509_crt_set_activation_time(crt, (time_t)(maker->now_s - DAY_S)) >= 0 &&
           gnutls_x509_crt_set_expiration_time(crt, (time_t)(maker->now_s + LIFE_S)) >= 0 &&
           gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, maker->name,
                                         (unsigned int)strlen(maker->name)) >= 0 &&
           gnutls_x509_crt_set_basic_constraints(crt, 0, -1) >= 0 &&
           gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE |
                                                  GNUTLS_KEY_KEY_ENCIPHERMENT) >= 0 &&
           gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0) >= 0 &&
           gnutls_x509_crt_set_key(crt, key) >= 0 &&
           gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0) >= 0;
}

static void hash(const gnutls_datum_t *der, GChecksumType type, uint8_t *out, gsize size)
{
    g_autoptr(GChecksum) sum = g_checksum_new(type);

    g_checksum_update(sum, der->data, der->size);
    g_checksum_get_digest(sum, out, &size);
}

static bool make_with(Maker *maker, gnutls_x509_privkey_t key, gnutls_x509_crt_t crt)
{
    gnutls_datum_t key_der = {0}, crt_der = {0};
    bool good;

    good = gnutls_x509_privkey_generate(key, GNUTLS_PK_RSA, KEY_BITS, 0) >= 0 &&
           sign(crt, key, maker) &&
           gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_DER, &key_der) >= 0 &&
           gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &crt_der) >= 0 &&
           key_der.size <= AMT_DER_MAX && crt_der.size <= AMT_DER_MAX;
    if (good) {
        maker->made.key = amt_blob_new(key_der.data, key_der.size);
        maker->made.certificate = amt_blob_new(crt_der.data, crt_der.size);
        hash(&crt_der, G_CHECKSUM_SHA256, maker->made.sha256, sizeof(maker->made.sha256));
        hash(&crt_der, G_CHECKSUM_SHA384, maker->made.sha384, sizeof(maker->made.sha384));
    }
    if (key_der.data) {
        explicit_bzero(key_der.data, key_der.size);
    }
    gnutls_free(key_der.data);
    gnutls_free(crt_der.data);
    return good;
}

static bool make(Maker *maker)
{
    gnutls_x509_privkey_t key = NULL;
    gnutls_x509_crt_t crt = NULL;
    bool good = gnutls_x509_privkey_init(&key) >= 0 && gnutls_x509_crt_init(&crt) >= 0 &&
                make_with(maker, key, crt);

    gnutls_x509_crt_deinit(crt);
    gnutls_x509_privkey_deinit(key);
    return good;
}

static Maker *maker_new(const AmtState *amt)
{
    Maker *maker = g_new0(Maker, 1);
    char uuid[SWME_GUID_STRING_SIZE];
    SwmeGuid guid;

    memcpy(guid.bytes, amt_state_uuid(amt), sizeof(guid.bytes));
    swme_guid_format(&guid, uuid);
    g_snprintf(maker->name, sizeof(maker->name), "%s", uuid);
    maker->now_s = amt_state_time(amt);
    amt_random(maker->serial, sizeof(maker->serial));
    maker->serial[0] = (maker->serial[0] & 0x7f) | 0x40; /* positive, without leading zeros */
    return maker;
}

static void maker_free(gpointer data)
{
    Maker *maker = data;

    amt_blob_take(&maker->made.key, NULL);
    amt_blob_take(&maker->made.certificate, NULL);
    g_free(maker);
}

/* ---- the state's ---- */

static bool has_own(const HttpTls *tls)
{
    return amt_state_data(tls->amt)->tls.certificate != NULL;
}

static void store(HttpTls *tls, const Maker *maker)
{
    AmtTls now = amt_state_data(tls->amt)->tls;

    now.key = maker->made.key;
    now.certificate = maker->made.certificate;
    memcpy(now.sha256, maker->made.sha256, sizeof(now.sha256));
    memcpy(now.sha384, maker->made.sha384, sizeof(now.sha384));
    now.certificate_ready = true;
    amt_state_set_tls(tls->amt, &now);
}

static void append_pem(GString *pem, const char *what, GBytes *der)
{
    g_autofree char *text = g_base64_encode(g_bytes_get_data(der, NULL), g_bytes_get_size(der));

    g_string_append_printf(pem, "-----BEGIN %s-----\n", what);
    for (const char *at = text; *at; at += MIN(strlen(at), 64)) {
        g_string_append_printf(pem, "%.64s\n", at);
    }
    g_string_append_printf(pem, "-----END %s-----\n", what);
    explicit_bzero(text, strlen(text));
}

/* What a console chose (AMT_TLSCredentialContext), else AMT's own; false: neither is there. */
static bool append_shown(const HttpTls *tls, GString *pem)
{
    const AmtData *data = amt_state_data(tls->amt);
    const AmtDer *certificate;
    const AmtDer *key;

    if (wsman_tls_credential(&data->credentials, &certificate, &key)) {
        append_pem(pem, "CERTIFICATE", certificate->der);
        append_pem(pem, "RSA PRIVATE KEY", key->der);
        return true;
    }
    if (has_own(tls)) {
        append_pem(pem, "CERTIFICATE", data->tls.certificate);
        append_pem(pem, "RSA PRIVATE KEY", data->tls.key);
        return true;
    }
    return false;
}

/* NULL: there is none, or the NVM had something else in that place. */
static GTlsCertificate *load(const HttpTls *tls)
{
    g_autoptr(GString) pem = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    GTlsCertificate *certificate;

    if (!append_shown(tls, pem)) {
        return NULL;
    }
    certificate = g_tls_certificate_new_from_pem(pem->str, (gssize)pem->len, &error);
    explicit_bzero(pem->str, pem->len);
    if (!certificate) {
        g_warning("AMT's TLS certificate cannot be used: %s", error->message);
    }
    return certificate;
}

static void make_in_thread(void *data)
{
    Maker *maker = data;

    maker->good = make(maker);
}

static void made(void *data, void *opaque)
{
    HttpTls *tls = opaque;
    const Maker *maker = data;

    if (maker->good && !has_own(tls)) {
        store(tls, maker);
    }
    tls->ready(tls->opaque, has_own(tls) ? http_tls_want(tls) : NULL);
}

static void begin(HttpTls *tls)
{
    if (!crypto_thread_busy(&tls->thread)) {
        crypto_thread_begin(
            &tls->thread, &(CryptoJob){make_in_thread, made, tls, maker_new(tls->amt), maker_free});
    }
}

GTlsCertificate *http_tls_want(HttpTls *tls)
{
    if (!tls->certificate) {
        tls->certificate = load(tls);
    }
    if (!tls->certificate && !has_own(tls)) {
        begin(tls);
    }
    return tls->certificate;
}

/*
 * Who starts remote configuration is told the certificate's hash in the same answer (AMTHI), and
 * until there is one that it is not ready: rpc-go then asks again. So nothing waits for it.
 */
static void tell_readiness(HttpTls *tls)
{
    AmtTls now = amt_state_data(tls->amt)->tls;

    if (now.certificate_ready && !has_own(tls)) {
        now.certificate_ready = false;
        amt_state_set_tls(tls->amt, &now);
    }
}

/* A console chose another certificate, say, or a saved state brought one. */
static void state_changed(void *opaque, AmtState *amt, unsigned int changed)
{
    HttpTls *tls = opaque;

    (void)amt;
    if (changed & (AMT_CHANGED_TLS | AMT_CHANGED_CREDENTIALS)) {
        g_clear_object(&tls->certificate);
    }
    tell_readiness(tls);
    if ((changed & AMT_WANTS_CERTIFICATE) && !has_own(tls)) {
        begin(tls);
    }
}

HttpTls *http_tls_new(AmtState *amt, HttpTlsFunc ready, void *opaque)
{
    HttpTls *tls = g_new0(HttpTls, 1);

    tls->amt = amt;
    tls->ready = ready;
    tls->opaque = opaque;
    tls->subscription = amt_state_subscribe(
        amt, AMT_CHANGED_TLS | AMT_CHANGED_CREDENTIALS | AMT_WANTS_CERTIFICATE, state_changed, tls);
    tell_readiness(tls);
    return tls;
}

void http_tls_free(HttpTls *tls)
{
    if (tls) {
        amt_state_unsubscribe(tls->amt, tls->subscription);
        crypto_thread_end(&tls->thread);
        g_clear_object(&tls->certificate);
        g_free(tls);
    }
}

/* ---- a connection's ---- */

/* One end of a pair of sockets whose other end is base. */
static GIOStream *through_sockets(GIOStream *base, GError **error)
{
    g_autoptr(GSocket) near = NULL;
    g_autoptr(GSocket) far = NULL;
    g_autoptr(GIOStream) other = NULL;
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds)) {
        swme_error_set(error, SWME_ERROR_STATE, NULL, "no pair of sockets: %s", g_strerror(errno));
        return NULL;
    }
    near = g_socket_new_from_fd(fds[0], error);
    far = near ? g_socket_new_from_fd(fds[1], error) : NULL;
    if (!far) {
        return NULL;
    }
    other = G_IO_STREAM(g_socket_connection_factory_create_connection(far));
    g_io_stream_splice_async(base, other,
                             G_IO_STREAM_SPLICE_CLOSE_STREAM1 | G_IO_STREAM_SPLICE_CLOSE_STREAM2,
                             G_PRIORITY_DEFAULT, NULL, NULL, NULL);
    return G_IO_STREAM(g_socket_connection_factory_create_connection(near));
}

#define CLIENTS "swme-clients"

/* On the handshake's thread. The system's judgement is of no interest: it knows other roots. */
static gboolean shown(GTlsConnection *stream, GTlsCertificate *certificate,
                      GTlsCertificateFlags errors G_GNUC_UNUSED, gpointer clients)
{
    (void)stream;
    return http_tls_clients_take(clients, certificate);
}

static void free_clients(gpointer clients)
{
    http_tls_clients_free(clients);
}

/*
 * TLS 1.0 and 1.1 are for the AMT that had them, which is before 12 here. GnuTLS has one list of
 * versions for a whole process (GIO's modules read it once), and that is the widest.
 */
static bool takes_old_versions(const AmtState *amt)
{
    return !amt_state_at_least(amt, 12, 0);
}

bool http_tls_too_old(const AmtState *amt, GIOStream *base)
{
    /* RFC 5246 A.1, A.3 and A.4: a record of type 22 with a ClientHello, and the alert 70. */
    enum {
        HANDSHAKE = 22,
        CLIENT_HELLO = 1,
        OFF_TYPE = 5,
        OFF_VERSION = 9,
        TLS_1_2 = 0x0303,
        HELLO_MAX = 16384
    };
    static const uint8_t alert[] = {21, 3, 1, 0, 2, 2, 70};
    uint8_t start[OFF_VERSION + 2];
    int fd;

    if (takes_old_versions(amt) || !G_IS_SOCKET_CONNECTION(base)) {
        return false;
    }
    fd = g_socket_get_fd(g_socket_connection_get_socket(G_SOCKET_CONNECTION(base)));
    if (recv(fd, start, sizeof(start), MSG_PEEK | MSG_DONTWAIT) != sizeof(start) ||
        start[0] != HANDSHAKE || start[OFF_TYPE] != CLIENT_HELLO ||
        (start[OFF_VERSION] << 8 | start[OFF_VERSION + 1]) >= TLS_1_2) {
        return false;
    }
    /* So little goes out at once, or nobody is reading. */
    (void)!send(fd, alert, sizeof(alert), MSG_DONTWAIT | MSG_NOSIGNAL);
    /* Closed with bytes unread, TCP would reset, and the peer perhaps lose the alert. */
    (void)!recv(fd, NULL, HELLO_MAX, MSG_DONTWAIT | MSG_TRUNC);
    return true;
}

bool http_tls_entitled(const AmtState *amt, GIOStream *stream)
{
    const HttpTlsClients *clients = g_object_get_data(G_OBJECT(stream), CLIENTS);
    GTlsProtocolVersion version = g_tls_connection_get_protocol_version(G_TLS_CONNECTION(stream));

    if (version < G_TLS_PROTOCOL_VERSION_TLS_1_2 && !takes_old_versions(amt)) {
        return false;
    }
    /* Again, for a session that is resumed has no certificate shown: it remembers an old one. */
    return !clients || http_tls_clients_take(clients, g_tls_connection_get_peer_certificate(
                                                          G_TLS_CONNECTION(stream)));
}

GIOStream *http_tls_wrap(GTlsCertificate *certificate, GIOStream *base, HttpTlsClients *clients,
                         GError **error)
{
    g_autoptr(HttpTlsClients) asked = clients;
    g_autoptr(GIOStream) below = base;
    GIOStream *stream;

    if (!G_IS_SOCKET_CONNECTION(base)) {
        GIOStream *end = through_sockets(base, error);

        g_object_unref(base);
        below = end;
        if (!end) {
            return NULL;
        }
    }
    stream = g_tls_server_connection_new(below, certificate, error);
    if (stream) {
        /* The system's authorities are of no interest, and are tens of megabytes. */
        g_tls_connection_set_database(G_TLS_CONNECTION(stream), NULL);
        /* Consoles just go. */
        g_tls_connection_set_require_close_notify(G_TLS_CONNECTION(stream), FALSE);
        if (asked) {
            g_object_set(stream, "authentication-mode", G_TLS_AUTHENTICATION_REQUIRED, NULL);
            g_signal_connect(stream, "accept-certificate", G_CALLBACK(shown), asked);
            g_object_set_data_full(G_OBJECT(stream), CLIENTS, g_steal_pointer(&asked),
                                   free_clients);
        }
    }
    return stream;
}
