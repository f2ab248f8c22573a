/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target "digest": any Authorization header, at any time. Nobody gets in who does not know the
 * password; who does gets in once with the same header.
 */
#include <string.h>

#include "firmware-sim/amt/http/digest.h"
#include "firmware-sim/manual-clock.h"
#include "tests/fuzz/fuzz.h"

#define TIME_S INT64_C(1700000000)

typedef struct Rig {
    SwmeManualClock *clock;
    AmtState *amt;
    HttpDigest *digest;
} Rig;

static Rig rig;

static void rig_init(void)
{
    static const uint8_t uuid[16] = {1};
    SwmeClock *clock;

    rig.clock = swme_manual_clock_new();
    clock = swme_manual_clock(rig.clock);
    rig.amt = amt_state_new(swme_platform_find(NULL, NULL), uuid, clock, TIME_S);
    FUZZ_MUST(amt_provision(rig.amt, AMT_PROVISION_ADMIN, "P@ssw0rd", NULL), "set-up");
    rig.digest = http_digest_new(rig.amt, clock, false);
}

/* The words that nobody can guess: 01 is the realm, 02 a nonce, 03 the right response to the fields
 * that follow the last one. */
static char *expand(FuzzInput *input, const char *nonce, const char *realm, bool *known)
{
    GString *text = g_string_new("Digest ");

    while (input->left) {
        uint8_t byte = fuzz_u8(input);

        if (byte == 1) {
            g_string_append(text, realm);
        } else if (byte == 2) {
            g_string_append(text, nonce);
        } else if (byte == 3 && !*known) {
            HttpDigestFields *fields = g_new0(HttpDigestFields, 1);
            const AmtAccount *admin = &amt_state_data(rig.amt)->accounts.account[0];
            char response[33];

            g_strlcpy(fields->nonce, nonce, sizeof(fields->nonce));
            g_strlcpy(fields->nc, "1", sizeof(fields->nc));
            g_strlcpy(fields->cnonce, "c", sizeof(fields->cnonce));
            g_strlcpy(fields->qop, "auth", sizeof(fields->qop));
            g_strlcpy(fields->uri, "/wsman", sizeof(fields->uri));
            http_digest_response(admin->digest, fields, "POST", response);
            g_free(fields);
            g_string_append(text, response);
            *known = true;
        } else if (byte) {
            g_string_append_c(text, (char)byte);
        }
    }
    return g_string_free(text, FALSE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const HttpRequestLine line = {"POST", "/wsman"};
    FuzzInput input = {data, MIN(size, FUZZ_INPUT_MAX)};
    SwmeDoor door = (SwmeDoor)(fuzz_u8(&input) % (SWME_DOOR_CIRA + 1));
    uint8_t seconds = fuzz_u8(&input);
    g_autofree char *challenge = NULL;
    g_autofree char *header = NULL;
    char realm[AMT_REALM_SIZE];
    char nonce[33];
    bool known = false;
    HttpDigestResult first, second;
    AmtLogin login;

    if (!rig.digest) {
        rig_init();
    }
    challenge = http_digest_challenge(rig.digest, false);
    g_strlcpy(nonce, strstr(challenge, "nonce=\"") + 7, sizeof(nonce));
    amt_state_realm(rig.amt, realm);
    swme_manual_clock_advance(rig.clock, (int64_t)seconds * seconds * SWME_NS_PER_S / 16);
    header = expand(&input, nonce, realm, &known);
    first = http_digest_check(rig.digest, header, &line, door, &login);
    FUZZ_MUST(first != HTTP_DIGEST_OK || known, "%s let in: %s", header, nonce);
    FUZZ_MUST(first != HTTP_DIGEST_OK || (login.admin && g_str_equal(login.name, "admin")),
              "as somebody else");
    second = http_digest_check(rig.digest, header, &line, door, &login);
    FUZZ_MUST(second != HTTP_DIGEST_OK, "a replay was let in: %s", header);
    FUZZ_MUST(first != HTTP_DIGEST_OK || second == HTTP_DIGEST_STALE, "%s", header);
    return 0;
}
