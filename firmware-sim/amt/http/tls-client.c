/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/http/tls-client.h"

#include <string.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "firmware-sim/amt/amt-crl.h"

#define CHAIN_MAX  8
#define POINTS_MAX 8 /* places where one certificate's list is published */

struct HttpTlsClients {
    time_t now;
    GPtrArray *roots; /* GBytes: DER */
    GPtrArray *lists; /* GBytes: AmtCrl.list */
    char names[AMT_TRUSTED_NAMES][AMT_NAME_SIZE];
};

/* ---- what is asked ---- */

HttpTlsClients *http_tls_clients_new(const AmtState *amt, SwmeDoor door)
{
    const AmtData *data = amt_state_data(amt);
    HttpTlsClients *clients;

    if (!data->tls.checked[door == SWME_DOOR_LOCAL]) {
        return NULL;
    }
    clients = g_new0(HttpTlsClients, 1);
    clients->now = (time_t)amt_state_time(amt);
    clients->roots = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    clients->lists = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    for (unsigned int i = 0; i < AMT_CERTIFICATES; i++) {
        const AmtDer *certificate = &data->credentials.certificate[i];

        if (certificate->handle && certificate->trusted) {
            g_ptr_array_add(clients->roots, g_bytes_ref(certificate->der));
        }
    }
    for (unsigned int i = 0; i < AMT_CRLS; i++) {
        if (data->credentials.crl[i].handle) {
            g_ptr_array_add(clients->lists, g_bytes_ref(data->credentials.crl[i].list));
        }
    }
    memcpy(clients->names, data->tls.trusted_name, sizeof(clients->names));
    return clients;
}

void http_tls_clients_free(HttpTlsClients *clients)
{
    if (clients) {
        g_ptr_array_unref(clients->roots);
        g_ptr_array_unref(clients->lists);
        g_free(clients);
    }
}

/* ---- who has it ---- */

static gnutls_x509_crt_t import(const void *data, size_t size)
{
    const gnutls_datum_t der = {(unsigned char *)data, (unsigned int)size};
    gnutls_x509_crt_t certificate = NULL;

    if (gnutls_x509_crt_init(&certificate) < 0) {
        return NULL;
    }
    if (gnutls_x509_crt_import(certificate, &der, GNUTLS_X509_FMT_DER) < 0) {
        g_clear_pointer(&certificate, gnutls_x509_crt_deinit);
    }
    return certificate;
}

static void forget(gnutls_x509_crt_t *certificates, unsigned int count)
{
    while (count > 0) {
        gnutls_x509_crt_deinit(certificates[--count]);
    }
}

/* The leaf first; 0: too long, or there is something else in it. */
static unsigned int chain_of(GTlsCertificate *shown, gnutls_x509_crt_t chain[CHAIN_MAX])
{
    unsigned int count = 0;

    for (; shown; shown = g_tls_certificate_get_issuer(shown)) {
        g_autoptr(GByteArray) der = NULL;

        g_object_get(shown, "certificate", &der, NULL);
        chain[count] = der && count < CHAIN_MAX - 1 ? import(der->data, der->len) : NULL;
        if (!chain[count]) {
            forget(chain, count);
            return 0;
        }
        count++;
    }
    return count;
}

static bool is_valid_now(const HttpTlsClients *clients, gnutls_x509_crt_t certificate)
{
    return gnutls_x509_crt_get_activation_time(certificate) <= clients->now &&
           gnutls_x509_crt_get_expiration_time(certificate) >= clients->now;
}

static bool is_revoked(const HttpTlsClients *clients, gnutls_x509_crt_t certificate)
{
    uint8_t serial[AMT_CRL_SERIAL_MAX + 1]; /* a number that is not negative may need a zero */
    size_t serial_size = sizeof(serial);

    if (clients->lists->len == 0) {
        return false;
    }
    if (gnutls_x509_crt_get_serial(certificate, serial, &serial_size) < 0) {
        return true; /* longer than any may be */
    }
    for (unsigned int i = 0; i < POINTS_MAX; i++) {
        char url[AMT_CRL_URL_MAX + 1];
        size_t size = sizeof(url) - 1;
        unsigned int reasons;
        int kind = gnutls_x509_crt_get_crl_dist_points(certificate, i, url, &size, &reasons, NULL);

        if (kind == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) {
            break;
        }
        if (kind < 0) {
            continue; /* too long to be on a list of AMT's */
        }
        url[size] = '\0';
        for (guint list = 0; list < clients->lists->len; list++) {
            if (amt_crl_revokes(clients->lists->pdata[list], url, serial, serial_size)) {
                return true;
            }
        }
    }
    return false;
}

static bool is_named(const HttpTlsClients *clients, gnutls_x509_crt_t leaf)
{
    char name[256];
    size_t size = sizeof(name);
    bool any = true;

    if (gnutls_x509_crt_get_dn_by_oid(leaf, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &size) < 0) {
        size = 0;
    }
    name[size] = '\0';
    for (unsigned int i = 0; i < AMT_TRUSTED_NAMES; i++) {
        if (*clients->names[i]) {
            any = false;
            if (amt_name_within(name, clients->names[i])) {
                return true;
            }
        }
    }
    return any;
}

static bool is_signed(const HttpTlsClients *clients, gnutls_x509_crt_t *chain, unsigned int count)
{
    gnutls_typed_vdata_st purpose = {GNUTLS_DT_KEY_PURPOSE_OID,
                                     (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT, 0};
    gnutls_x509_crt_t roots[AMT_CERTIFICATES];
    gnutls_x509_trust_list_t list = NULL;
    unsigned int root_count = 0;
    unsigned int verdict = 1;
    bool good;

    if (gnutls_x509_trust_list_init(&list, 0) < 0) {
        return false;
    }
    for (guint i = 0; i < clients->roots->len; i++) {
        gsize size;
        const void *der = g_bytes_get_data(clients->roots->pdata[i], &size);
        gnutls_x509_crt_t root = import(der, size);

        if (root && is_valid_now(clients, root)) {
            roots[root_count++] = root;
        } else if (root) {
            gnutls_x509_crt_deinit(root);
        }
    }
    /* The library's time is this machine's, not AMT's. SHA-1: what old consoles issued. */
    good = gnutls_x509_trust_list_add_cas(list, roots, root_count, 0) == (int)root_count &&
           gnutls_x509_trust_list_verify_crt2(list, chain, count, &purpose, 1,
                                              GNUTLS_VERIFY_DISABLE_TIME_CHECKS |
                                                  GNUTLS_VERIFY_ALLOW_SIGN_WITH_SHA1,
                                              &verdict, NULL) >= 0 &&
           verdict == 0;
    gnutls_x509_trust_list_deinit(list, 0);
    forget(roots, root_count);
    return good;
}

bool http_tls_clients_take(const HttpTlsClients *clients, GTlsCertificate *certificate)
{
    gnutls_x509_crt_t chain[CHAIN_MAX];
    unsigned int count = chain_of(certificate, chain);
    bool good = count > 0 && is_named(clients, chain[0]) && is_signed(clients, chain, count);

    for (unsigned int i = 0; good && i < count; i++) {
        good = is_valid_now(clients, chain[i]) && !is_revoked(clients, chain[i]);
    }
    forget(chain, count);
    return good;
}
