/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/amt-listeners.h"

#include <string.h>

/* Names of the first two: intel/lms; the filters of the first and the last: recorded. The rest is a
 * choice. */
const AmtCollectionRow amt_collections[AMT_COLLECTIONS] = {
    [AMT_COLLECTION_ALL] = {"Intel(r) AMT:All", "Intel(r) AMT:AllEvents"},
    [AMT_COLLECTION_FEATURES] = {"Intel(r) AMT:Features", "Intel(r) AMT:Features"},
    [AMT_COLLECTION_PLATFORM] = {"Intel(r) AMT:Platform", "Intel(r) AMT:Platform"},
    [AMT_COLLECTION_USER] = {"Intel(r) AMT:User Notification", "Intel(r) AMT:User Notification"},
};

/* ---- URLs ---- */

/* It goes between quotes, too. */
static bool is_plain(const char *text)
{
    for (; *text; text++) {
        if (!g_ascii_isgraph(*text) || *text == '"' || *text == '\\') {
            return false;
        }
    }
    return true;
}

/* Names and addresses: what may stand in a Host header and be looked up. */
static bool is_host(const char *host)
{
    return *host && strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                 ".-_:") == strlen(host);
}

bool amt_url_parse(const char *text, AmtUrl *url)
{
    g_autofree char *scheme = NULL;
    g_autofree char *user = NULL;
    g_autofree char *host = NULL;
    g_autofree char *path = NULL;
    g_autofree char *query = NULL;
    int port;

    memset(url, 0, sizeof(*url));
    if (strlen(text) >= AMT_URL_SIZE || !is_plain(text) ||
        !g_uri_split(text, G_URI_FLAGS_ENCODED, &scheme, &user, &host, &port, &path, &query, NULL,
                     NULL) ||
        !scheme || user || !host || !is_host(host)) {
        return false;
    }
    url->tls = g_ascii_strcasecmp(scheme, "https") == 0;
    if (!url->tls && g_ascii_strcasecmp(scheme, "http") != 0) {
        return false;
    }
    url->port = port < 0 ? (url->tls ? 443 : 80) : (uint16_t)port;
    g_strlcpy(url->host, host, sizeof(url->host));
    g_snprintf(url->path, sizeof(url->path), "%s%s%s", *path ? path : "/", query ? "?" : "",
               query ? query : "");
    return true;
}

bool amt_url_is_local(const AmtUrl *url)
{
    return g_ascii_strcasecmp(url->host, "localhost") == 0 || g_str_equal(url->host, "::1") ||
           g_str_has_prefix(url->host, "127.");
}

/* ---- who listens ---- */

static bool is_free(const AmtListener *listener)
{
    return !listener->collection && !listener->acknowledges && !listener->local &&
           !*listener->url && !*listener->user && !*listener->password && !listener->parameters;
}

bool amt_listeners_sane(const AmtEventing *eventing)
{
    for (unsigned int i = 0; i < AMT_LISTENERS; i++) {
        const AmtListener *listener = &eventing->listener[i];
        AmtUrl url;

        if (listener->handle ? !amt_url_parse(listener->url, &url) : !is_free(listener)) {
            return false;
        }
        for (unsigned int j = 0; listener->handle && j < i; j++) {
            if (eventing->listener[j].handle == listener->handle) {
                return false;
            }
        }
    }
    return true;
}

static bool handle_is_taken(const AmtEventing *eventing, uint32_t handle)
{
    for (unsigned int i = 0; i < AMT_LISTENERS; i++) {
        if (eventing->listener[i].handle == handle) {
            return true;
        }
    }
    return false;
}

bool amt_listener_add(AmtEventing *eventing, const AmtListener *listener, unsigned int max,
                      unsigned int *slot)
{
    for (unsigned int i = 0; i < MIN(max, AMT_LISTENERS); i++) {
        if (!eventing->listener[i].handle) {
            do {
                eventing->last_handle++;
            } while (eventing->last_handle == 0 ||
                     handle_is_taken(eventing, eventing->last_handle));
            eventing->listener[i] = *listener;
            eventing->listener[i].handle = eventing->last_handle;
            amt_blob_ref(eventing->listener[i].parameters);
            *slot = i;
            return true;
        }
    }
    return false;
}

void amt_listener_remove(AmtEventing *eventing, unsigned int slot)
{
    AmtListener *listener = &eventing->listener[slot];

    g_bytes_unref(listener->parameters);
    explicit_bzero(listener, sizeof(*listener));
}
