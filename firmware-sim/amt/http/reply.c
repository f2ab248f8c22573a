/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/http/reply.h"

#include <string.h>

#include <libsoup/soup.h>

#include "firmware-sim/amt/http/digest.h"

void http_reply_clear(HttpReply *reply)
{
    g_free(reply->challenge);
    memset(reply, 0, sizeof(*reply));
}

/* ---- the head ---- */

static void find_challenge(SoupMessageHeaders *headers, HttpReply *reply)
{
    SoupMessageHeadersIter iter;
    const char *name, *value;

    soup_message_headers_iter_init(&iter, headers);
    while (!reply->challenge && soup_message_headers_iter_next(&iter, &name, &value)) {
        if (g_ascii_strcasecmp(name, "WWW-Authenticate") == 0 &&
            g_ascii_strncasecmp(value, "Digest ", 7) == 0) {
            reply->challenge = g_strdup(value + 7);
        }
    }
}

static bool has_come(SoupMessageHeaders *headers, unsigned int status, size_t body)
{
    const char *length = soup_message_headers_get_one(headers, "Content-Length");
    guint64 wanted;

    return status == SOUP_STATUS_NO_CONTENT || status == SOUP_STATUS_NOT_MODIFIED ||
           (length && g_ascii_string_to_unsigned(length, 10, 0, G_MAXUINT64, &wanted, NULL) &&
            body >= wanted);
}

HttpReplyState http_reply_parse(const char *data, size_t size, HttpReply *reply)
{
    memset(reply, 0, sizeof(*reply));
    while (size) {
        const char *end = g_strstr_len(data, (gssize)size, "\r\n\r\n");
        SoupMessageHeaders *headers;
        HttpReplyState state = HTTP_REPLY_BAD;
        SoupHTTPVersion version;
        guint status;
        size_t head;

        if (memchr(data, '\0', end ? (size_t)(end - data) : size)) {
            return HTTP_REPLY_BAD; /* libsoup's parser is one of C strings */
        }
        if (!end) {
            return size < HTTP_REPLY_MAX ? HTTP_REPLY_MORE : HTTP_REPLY_BAD;
        }
        head = (size_t)(end - data) + 4;
        headers = soup_message_headers_new(SOUP_MESSAGE_HEADERS_RESPONSE);
        if (soup_headers_parse_response(data, (int)head - 2, headers, &version, &status, NULL) &&
            status >= 100) {
            state = status < 200 ? HTTP_REPLY_MORE : HTTP_REPLY_HEAD;
        }
        if (state == HTTP_REPLY_HEAD) {
            reply->status = status;
            find_challenge(headers, reply);
            reply->whole = has_come(headers, status, size - head) || size >= HTTP_REPLY_MAX;
        }
        soup_message_headers_unref(headers);
        if (state != HTTP_REPLY_MORE) {
            return state;
        }
        data += head;
        size -= head;
    }
    return HTTP_REPLY_MORE;
}

/* ---- logging in ---- */

static bool is_printable(const char *text)
{
    for (; *text; text++) {
        if (!g_ascii_isprint(*text)) {
            return false;
        }
    }
    return true;
}

/* The challenge's value, or ""; *good is false for one that cannot be sent back. */
static const char *value_of(GHashTable *values, const char *name, bool *good)
{
    const char *value = g_hash_table_lookup(values, name);

    *good = *good && (!value || is_printable(value));
    return value ? value : "";
}

static bool offers_auth(const char *qop)
{
    g_auto(GStrv) each = g_strsplit_set(qop, ", \t", -1);

    return g_strv_contains((const char *const *)each, "auth");
}

static void append_quoted(GString *text, const char *name, const char *value)
{
    g_string_append_printf(text, ", %s=\"", name);
    for (; *value; value++) {
        if (*value == '"' || *value == '\\') {
            g_string_append_c(text, '\\');
        }
        g_string_append_c(text, *value);
    }
    g_string_append_c(text, '"');
}

/* HA1 of RFC 2617 3.2.2.2. */
static char *user_digest(const char *user, const char *realm, const char *password)
{
    g_autofree char *text = g_strjoin(":", user, realm, password, NULL);
    char *sum = g_compute_checksum_for_string(G_CHECKSUM_MD5, text, -1);

    explicit_bzero(text, strlen(text));
    return sum;
}

static char *authorize(GHashTable *values, const HttpCredentials *credentials)
{
    bool good = true;
    const char *realm = value_of(values, "realm", &good);
    const char *nonce = value_of(values, "nonce", &good);
    const char *opaque = value_of(values, "opaque", &good);
    const char *qop = value_of(values, "qop", &good);
    const char *algorithm = value_of(values, "algorithm", &good);
    g_autofree char *ha1 = NULL;
    g_autofree char *response = NULL;
    HttpDigestProof proof;
    GString *text;

    if (!good || !*nonce || (*qop && !offers_auth(qop)) ||
        (*algorithm && g_ascii_strcasecmp(algorithm, "MD5") != 0)) {
        return NULL;
    }
    ha1 = user_digest(credentials->user, realm, credentials->password);
    proof = (HttpDigestProof){
        .ha1 = ha1,
        .nonce = nonce,
        .nc = "00000001",
        .cnonce = credentials->cnonce,
        .qop = *qop ? "auth" : "",
        .method = credentials->method,
        .uri = credentials->target,
    };
    response = http_digest_prove(&proof);
    explicit_bzero(ha1, strlen(ha1));
    text = g_string_new("Digest algorithm=MD5");
    append_quoted(text, "username", credentials->user);
    append_quoted(text, "realm", realm);
    append_quoted(text, "nonce", nonce);
    append_quoted(text, "uri", credentials->target);
    append_quoted(text, "response", response);
    if (*opaque) {
        append_quoted(text, "opaque", opaque);
    }
    if (*qop) {
        g_string_append(text, ", qop=auth, nc=00000001");
        append_quoted(text, "cnonce", credentials->cnonce);
    }
    return g_string_free(text, FALSE);
}

char *http_reply_authorize(const char *challenge, const HttpCredentials *credentials)
{
    GHashTable *values = soup_header_parse_param_list(challenge);
    char *value = values ? authorize(values, credentials) : NULL;

    if (values) {
        soup_header_free_param_list(values);
    }
    return value;
}
