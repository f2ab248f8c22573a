/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/http/digest.h"

#include <string.h>

#include <swme/bytes.h>

/* A console may come back after five minutes (MeshCentral polls every 290 s), and go on all day. */
#define IDLE_MAX_S   1800
#define NONCES_MAX   64   /* that somebody has logged in with */
#define USES_MAX     1024 /* different cnonces of one nonce; then it is stale */
#define NONCE_DIGITS 32
#define KEY_SIZE     32

/* How a client has used a nonce: counts up to this one with this cnonce are spent. */
typedef struct Use {
    uint64_t cnonce;
    uint64_t count;
} Use;

typedef struct Nonce {
    char text[NONCE_DIGITS + 1];
    uint32_t serial;
    int64_t used_s;
    GArray *uses; /* Use */
} Nonce;

/*
 * A nonce proves by a keyed hash that it is ours: handing one out costs no memory, so nobody can
 * push another's out of a table. Only those that somebody logged in with are remembered.
 */
struct HttpDigest {
    const AmtState *amt;
    SwmeClock *clock;
    bool prefix;
    uint8_t key[KEY_SIZE];
    uint32_t serial;
    uint32_t floor; /* serials up to this one are stale, unless they are remembered */
    GPtrArray *nonces;
};

static void nonce_free(gpointer data)
{
    Nonce *nonce = data;

    g_array_unref(nonce->uses);
    g_free(nonce);
}

HttpDigest *http_digest_new(const AmtState *amt, SwmeClock *clock, bool prefix)
{
    HttpDigest *digest = g_new0(HttpDigest, 1);

    digest->amt = amt;
    digest->clock = clock;
    digest->prefix = prefix;
    amt_random(digest->key, sizeof(digest->key));
    digest->nonces = g_ptr_array_new_with_free_func(nonce_free);
    return digest;
}

void http_digest_free(HttpDigest *digest)
{
    if (digest) {
        g_ptr_array_unref(digest->nonces);
        explicit_bzero(digest->key, sizeof(digest->key));
        g_free(digest);
    }
}

/* ---- the header ---- */

static bool is_token(char c)
{
    return g_ascii_isgraph(c) && !strchr("()<>@,;:\\\"/[]?={}", c);
}

static char *field_of(HttpDigestFields *fields, const char *name, size_t length)
{
    static const struct {
        const char *name;
        size_t offset;
    } known[] = {
        {"username", offsetof(HttpDigestFields, username)},
        {"realm", offsetof(HttpDigestFields, realm)},
        {"nonce", offsetof(HttpDigestFields, nonce)},
        {"uri", offsetof(HttpDigestFields, uri)},
        {"response", offsetof(HttpDigestFields, response)},
        {"qop", offsetof(HttpDigestFields, qop)},
        {"nc", offsetof(HttpDigestFields, nc)},
        {"cnonce", offsetof(HttpDigestFields, cnonce)},
        {"algorithm", offsetof(HttpDigestFields, algorithm)},
    };

    for (unsigned int i = 0; i < G_N_ELEMENTS(known); i++) {
        if (strlen(known[i].name) == length &&
            g_ascii_strncasecmp(known[i].name, name, length) == 0) {
            return (char *)fields + known[i].offset;
        }
    }
    return NULL;
}

/* Behind the value; NULL: it does not end, or is too long for out (NULL: not wanted). */
static const char *parse_value(const char *at, char *out)
{
    bool quoted = *at == '"';
    size_t length = 0;

    for (at += quoted; *at && (quoted ? *at != '"' : *at != ',' && *at != ' '); at++) {
        if (quoted && *at == '\\' && at[1]) {
            at++;
        }
        if (out && length == HTTP_DIGEST_FIELD_MAX - 1) {
            return NULL;
        }
        if (out) {
            out[length++] = *at;
        }
    }
    if (quoted && *at != '"') {
        return NULL;
    }
    return at + quoted;
}

bool http_digest_parse(const char *authorization, HttpDigestFields *fields)
{
    const char *at = authorization;

    memset(fields, 0, sizeof(*fields));
    if (g_ascii_strncasecmp(at, "Digest ", 7) != 0) {
        return false;
    }
    at += 7;
    for (;;) {
        const char *name;
        char *field;

        at += strspn(at, " \t,");
        if (*at == '\0') {
            return *fields->username && *fields->nonce && *fields->uri && fields->has_response;
        }
        for (name = at; is_token(*at); at++) {
        }
        field = field_of(fields, name, (size_t)(at - name));
        at += strspn(at, " \t");
        if (*at != '=' || (field && *field)) {
            return false; /* twice: nobody can say which one counts */
        }
        at++;
        at += strspn(at, " \t");
        at = parse_value(at, field);
        if (!at) {
            return false;
        }
        fields->has_response |= field == fields->response;
    }
}

/* ---- nonces ---- */

static int64_t now_s(const HttpDigest *digest)
{
    return digest->clock->now(digest->clock) / SWME_NS_PER_S;
}

/* Serial, when it was made, and the proof. */
static void write_nonce(const HttpDigest *digest, uint32_t serial, uint32_t time_s, char *out)
{
    uint8_t plain[8];
    g_autoptr(GHmac) hmac = g_hmac_new(G_CHECKSUM_SHA256, digest->key, sizeof(digest->key));
    uint8_t proof[32];
    gsize size = sizeof(proof);

    swme_put_le32(plain, serial);
    swme_put_le32(plain + 4, time_s);
    g_hmac_update(hmac, plain, sizeof(plain));
    g_hmac_get_digest(hmac, proof, &size);
    g_snprintf(out, NONCE_DIGITS + 1, "%08x%08x", serial, time_s);
    for (unsigned int i = 0; i < 8; i++) {
        g_snprintf(out + 16 + 2 * i, 3, "%02x", proof[i]);
    }
}

static bool equal_secret(const char *a, const char *b, size_t size)
{
    unsigned int difference = 0;

    for (size_t i = 0; i < size; i++) {
        difference |= (unsigned char)(a[i] ^ b[i]);
    }
    return difference == 0;
}

static bool is_ours(const HttpDigest *digest, const char *text, uint32_t *serial, int64_t *age_s)
{
    char again[NONCE_DIGITS + 1];
    uint32_t time_s;
    guint64 number;

    if (strlen(text) != NONCE_DIGITS || strspn(text, "0123456789abcdef") != NONCE_DIGITS) {
        return false;
    }
    number = 0;
    for (unsigned int i = 0; i < 16; i++) {
        number = number << 4 | (guint64)g_ascii_xdigit_value(text[i]);
    }
    *serial = (uint32_t)(number >> 32);
    time_s = (uint32_t)number;
    write_nonce(digest, *serial, time_s, again);
    *age_s = now_s(digest) - time_s;
    return equal_secret(text, again, NONCE_DIGITS);
}

static Nonce *find_nonce(const HttpDigest *digest, const char *text)
{
    for (guint i = 0; i < digest->nonces->len; i++) {
        Nonce *nonce = digest->nonces->pdata[i];

        if (g_str_equal(nonce->text, text)) {
            return nonce;
        }
    }
    return NULL;
}

/* What is forgotten can never be told from one that was not used yet: all as old are stale. */
static void forget_one(HttpDigest *digest)
{
    guint oldest = 0;

    for (guint i = 1; i < digest->nonces->len; i++) {
        const Nonce *nonce = digest->nonces->pdata[i];

        if (nonce->used_s < ((const Nonce *)digest->nonces->pdata[oldest])->used_s) {
            oldest = i;
        }
    }
    digest->floor = MAX(digest->floor, ((const Nonce *)digest->nonces->pdata[oldest])->serial);
    g_ptr_array_remove_index_fast(digest->nonces, oldest);
}

static Nonce *remember(HttpDigest *digest, const char *text, uint32_t serial)
{
    Nonce *nonce = g_new0(Nonce, 1);

    if (digest->nonces->len == NONCES_MAX) {
        forget_one(digest);
    }
    g_strlcpy(nonce->text, text, sizeof(nonce->text));
    nonce->serial = serial;
    nonce->uses = g_array_new(FALSE, FALSE, sizeof(Use));
    g_ptr_array_add(digest->nonces, nonce);
    return nonce;
}

/* FNV-1a: a client that makes two of its own cnonces collide only hurts itself. */
static uint64_t hash(const char *text)
{
    uint64_t value = UINT64_C(0xcbf29ce484222325);

    for (; *text; text++) {
        value = (value ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    }
    return value;
}

/* False: this use is a replay, or one too many. */
static bool use(Nonce *nonce, const char *cnonce, uint64_t count)
{
    const Use fresh = {.cnonce = hash(cnonce), .count = count};

    /* The last ones first: a client that goes on counting has one of them. */
    for (guint i = nonce->uses->len; i-- > 0;) {
        Use *old = &g_array_index(nonce->uses, Use, i);

        if (old->cnonce == fresh.cnonce) {
            bool later = count > old->count;

            old->count = MAX(old->count, count);
            return later;
        }
    }
    if (nonce->uses->len == USES_MAX) {
        return false;
    }
    g_array_append_val(nonce->uses, fresh);
    return true;
}

/* For somebody who has proved to know the password. */
static bool take_nonce(HttpDigest *digest, const HttpDigestFields *fields)
{
    Nonce *nonce = find_nonce(digest, fields->nonce);
    uint32_t serial = 0;
    int64_t age_s = 0;

    if (!is_ours(digest, fields->nonce, &serial, &age_s)) {
        return false;
    }
    if (nonce && now_s(digest) - nonce->used_s > IDLE_MAX_S) {
        return false;
    }
    if (!nonce) {
        if (serial <= digest->floor || age_s < 0 || age_s > IDLE_MAX_S) {
            return false;
        }
        nonce = remember(digest, fields->nonce, serial);
    }
    nonce->used_s = now_s(digest);
    return use(nonce, fields->cnonce, g_ascii_strtoull(fields->nc, NULL, 16));
}

char *http_digest_challenge(HttpDigest *digest, bool stale)
{
    char realm[AMT_REALM_SIZE];
    char nonce[NONCE_DIGITS + 1];

    amt_state_realm(digest->amt, realm);
    write_nonce(digest, ++digest->serial, (uint32_t)now_s(digest), nonce);
    /* These four, all quoted, with these blanks: go-wsman-messages splits at the pairs of quote and
     * comma, and MeshCentral takes no '=' within a value. */
    return g_strdup_printf("Digest realm=\"%s\", nonce=\"%s\",stale=\"%s\",qop=\"auth\"", realm,
                           nonce, stale ? "true" : "false");
}

/* ---- the proof ---- */

char *http_digest_prove(const HttpDigestProof *proof)
{
    g_autofree char *request = g_strconcat(proof->method, ":", proof->uri, NULL);
    g_autofree char *ha2 = g_compute_checksum_for_string(G_CHECKSUM_MD5, request, -1);
    g_autofree char *text = *proof->qop ? g_strjoin(":", proof->ha1, proof->nonce, proof->nc,
                                                    proof->cnonce, proof->qop, ha2, NULL)
                                        : g_strjoin(":", proof->ha1, proof->nonce, ha2, NULL);
    char *sum = g_compute_checksum_for_string(G_CHECKSUM_MD5, text, -1);

    explicit_bzero(text, strlen(text));
    return sum;
}

void http_digest_response(const uint8_t *ha1, const HttpDigestFields *fields, const char *method,
                          char *out)
{
    char ha1_text[2 * AMT_DIGEST_SIZE + 1];
    const HttpDigestProof proof = {
        .ha1 = ha1_text,
        .nonce = fields->nonce,
        .nc = fields->nc,
        .cnonce = fields->cnonce,
        .qop = fields->qop,
        .method = method,
        .uri = fields->uri,
    };
    g_autofree char *sum = NULL;

    for (unsigned int i = 0; i < AMT_DIGEST_SIZE; i++) {
        g_snprintf(ha1_text + 2 * i, 3, "%02x", ha1[i]);
    }
    sum = http_digest_prove(&proof);
    g_strlcpy(out, sum, 33);
    explicit_bzero(ha1_text, sizeof(ha1_text));
}

static bool is_count(const char *nc)
{
    size_t length = strspn(nc, "0123456789abcdefABCDEF");

    return length >= 1 && length <= 16 && nc[length] == '\0';
}

/* What does not depend on user and password. */
static bool sound(const HttpDigest *digest, const HttpDigestFields *fields,
                  const HttpRequestLine *request)
{
    const char *target = strstr(fields->uri, "://");
    char realm[AMT_REALM_SIZE];

    amt_state_realm(digest->amt, realm);
    target = *fields->uri == '/' || !target ? fields->uri : strchr(target + 3, '/');
    return g_str_equal(fields->realm, realm) && g_str_equal(fields->qop, "auth") &&
           is_count(fields->nc) && *fields->cnonce && target &&
           g_str_equal(target, request->target) &&
           (!*fields->algorithm || g_ascii_strcasecmp(fields->algorithm, "MD5") == 0);
}

HttpDigestResult http_digest_check(HttpDigest *digest, const char *authorization,
                                   const HttpRequestLine *request, SwmeDoor door, AmtLogin *login)
{
    g_autofree HttpDigestFields *fields = g_new(HttpDigestFields, 1);
    char expected[33];
    uint32_t serial;
    int64_t age_s;
    bool known, right;

    if (!authorization || !http_digest_parse(authorization, fields)) {
        return HTTP_DIGEST_NONE;
    }
    if (!sound(digest, fields, request)) {
        return HTTP_DIGEST_WRONG;
    }
    if (!is_ours(digest, fields->nonce, &serial, &age_s)) {
        return HTTP_DIGEST_STALE;
    }
    known = amt_account_find(digest->amt, fields->username, door, login);
    http_digest_response(login->digest, fields, request->method, expected);
    if (digest->prefix) {
        right = strncmp(expected, fields->response, strlen(fields->response)) == 0;
    } else {
        right = strlen(fields->response) == 32 && equal_secret(expected, fields->response, 32);
    }
    if (!known || !right) {
        explicit_bzero(login, sizeof(*login));
        return HTTP_DIGEST_WRONG;
    }
    return take_nonce(digest, fields) ? HTTP_DIGEST_OK : HTTP_DIGEST_STALE;
}
