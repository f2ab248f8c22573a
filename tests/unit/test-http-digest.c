/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AMT's digest authentication: RFC 2617's own numbers, how consoles write it, and the nonces. */
#include <string.h>

#include "firmware-sim/amt/http/digest.h"
#include "firmware-sim/manual-clock.h"
#include "tests/unit/unit.h"

#define TIME_S INT64_C(1700000000)

typedef struct Rig {
    SwmeManualClock *clock;
    AmtState *amt;
    HttpDigest *digest;
    char realm[AMT_REALM_SIZE];
} Rig;

static const uint8_t uuid[16] = {1};

static Rig *rig_new(bool prefix)
{
    Rig *rig = g_new0(Rig, 1);
    SwmeClock *clock;

    rig->clock = swme_manual_clock_new();
    clock = swme_manual_clock(rig->clock);
    rig->amt = amt_state_new(swme_platform_find(NULL, NULL), uuid, clock, TIME_S);
    ck_assert(amt_provision(rig->amt, AMT_PROVISION_ADMIN, "P@ssw0rd", NULL));
    rig->digest = http_digest_new(rig->amt, clock, prefix);
    amt_state_realm(rig->amt, rig->realm);
    return rig;
}

static void rig_free(Rig *rig)
{
    http_digest_free(rig->digest);
    amt_state_free(rig->amt);
    swme_manual_clock_free(rig->clock);
    g_free(rig);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rig, rig_free)

static char *nonce_of(Rig *rig)
{
    g_autofree char *challenge = http_digest_challenge(rig->digest, false);
    const char *at = strstr(challenge, "nonce=\"");

    ck_assert_ptr_nonnull(at);
    return g_strndup(at + 7, 32);
}

typedef struct Login {
    const char *user;
    const char *password;
    const char *nonce;
    const char *nc;
    const char *cnonce;
    const char *response; /* NULL: the right one */
    const char *target;   /* NULL: /wsman */
    SwmeDoor door;
} Login;

static HttpDigestResult log_in(Rig *rig, const Login *how)
{
    g_autofree HttpDigestFields *fields = g_new0(HttpDigestFields, 1);
    g_autofree char *header = NULL;
    const HttpRequestLine line = {"POST", how->target ? how->target : "/wsman"};
    uint8_t ha1[AMT_DIGEST_SIZE];
    char response[33];
    AmtLogin login;

    amt_account_digest(rig->amt, how->user, how->password, ha1);
    g_strlcpy(fields->nonce, how->nonce, sizeof(fields->nonce));
    g_strlcpy(fields->nc, how->nc, sizeof(fields->nc));
    g_strlcpy(fields->cnonce, how->cnonce, sizeof(fields->cnonce));
    g_strlcpy(fields->qop, "auth", sizeof(fields->qop));
    g_strlcpy(fields->uri, "/wsman", sizeof(fields->uri));
    http_digest_response(ha1, fields, "POST", response);
    header = g_strdup_printf("Digest username=\"%s\",realm=\"%s\",nonce=\"%s\",uri=\"/wsman\","
                             "qop=auth,response=\"%s\",nc=%s,cnonce=\"%s\"",
                             how->user, rig->realm, how->nonce,
                             how->response ? how->response : response, how->nc, how->cnonce);
    return http_digest_check(rig->digest, header, &line, how->door, &login);
}

static HttpDigestResult count(Rig *rig, const char *nonce, const char *nc, const char *cnonce)
{
    return log_in(rig,
                  &(Login){"admin", "P@ssw0rd", nonce, nc, cnonce, NULL, NULL, SWME_DOOR_HOST});
}

/* RFC 2617 3.5 */
START_TEST(rfc_2617_has_an_example)
{
    g_autofree HttpDigestFields *fields = g_new(HttpDigestFields, 1);
    uint8_t ha1[AMT_DIGEST_SIZE];
    gsize size = sizeof(ha1);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_MD5);
    char response[33];

    g_checksum_update(sum, (const guchar *)"Mufasa:testrealm@host.com:Circle Of Life", -1);
    g_checksum_get_digest(sum, ha1, &size);
    ck_assert(http_digest_parse(
        "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", "
        "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", qop=auth, "
        "nc=00000001, cnonce=\"0a4f113b\", response=\"6629fae49393a05397450978507c4ef1\", "
        "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
        fields));
    http_digest_response(ha1, fields, "GET", response);
    ck_assert_str_eq(response, "6629fae49393a05397450978507c4ef1");
    ck_assert_str_eq(response, fields->response);
}
END_TEST

static const struct {
    const char *header;
    bool good;
} headers[] = {
    {"Digest username=\"u\",nonce=\"n\",uri=\"/\",response=\"\"", true},
    {"digest  username = \"a\\\"b\" , nonce=n,uri=/,response=r,qop=\"auth\",nc=\"1\"", true},
    {"Digest username=\"u\",nonce=\"n\",uri=\"/\"", false},
    {"Digest username=\"u\",nonce=\"n\",response=\"r\"", false},
    {"Digest username=\"u\",username=\"v\",nonce=\"n\",uri=\"/\",response=\"r\"", false},
    {"Digest username=\"u\",nonce=\"n\",uri=\"/\",response=\"r", false},
    {"Digest username=\"u\",nonce=\"n\",uri=\"/\",response", false},
    {"Digest =\"u\",nonce=\"n\"", false},
    {"Basic YWRtaW46YWRtaW4=", false},
    {"Digest", false},
    {"Digest ", false},
    {"", false},
};

START_TEST(headers_are_told_apart)
{
    g_autofree HttpDigestFields *fields = g_new(HttpDigestFields, 1);

    ck_assert_msg(http_digest_parse(headers[_i].header, fields) == headers[_i].good, "%s",
                  headers[_i].header);
    if (_i == 1) {
        ck_assert_str_eq(fields->username, "a\"b");
        ck_assert_str_eq(fields->qop, "auth");
    }
}
END_TEST

START_TEST(a_value_has_a_longest)
{
    g_autofree HttpDigestFields *fields = g_new(HttpDigestFields, 1);

    for (unsigned int length = 1; length < 1100; length++) {
        g_autofree char *user = g_strnfill(length, 'u');
        g_autofree char *header = g_strdup_printf(
            "Digest username=\"%s\",nonce=\"n\",uri=\"/\",response=\"\",what=\"%s\"", user, user);

        ck_assert(http_digest_parse(header, fields) == (length < HTTP_DIGEST_FIELD_MAX));
    }
}
END_TEST

START_TEST(the_challenge_is_as_clients_parse_it)
{
    g_autoptr(Rig) rig = rig_new(false);
    g_autofree char *challenge = http_digest_challenge(rig->digest, true);
    g_autofree char *shape = g_strdup_printf("^Digest realm=\"%s\", nonce=\"[0-9a-f]{32}\","
                                             "stale=\"true\",qop=\"auth\"$",
                                             rig->realm);

    ck_assert_msg(g_regex_match_simple(shape, challenge, 0, 0), "%s", challenge);
}
END_TEST

START_TEST(counts_go_up_or_have_another_cnonce)
{
    g_autoptr(Rig) rig = rig_new(false);
    g_autofree char *nonce = nonce_of(rig);
    g_autofree char *other = nonce_of(rig);

    ck_assert_int_eq(count(rig, nonce, "00000007", "a"), HTTP_DIGEST_OK);
    ck_assert_int_eq(count(rig, nonce, "00000007", "a"), HTTP_DIGEST_STALE);
    ck_assert_int_eq(count(rig, nonce, "00000006", "a"), HTTP_DIGEST_STALE);
    ck_assert_int_eq(count(rig, nonce, "00000008", "a"), HTTP_DIGEST_OK);
    ck_assert_int_eq(count(rig, nonce, "00000001", "b"), HTTP_DIGEST_OK);
    ck_assert_int_eq(count(rig, other, "00000001", "a"), HTTP_DIGEST_OK);
    ck_assert_int_eq(count(rig, nonce, "x", "c"), HTTP_DIGEST_WRONG);
    ck_assert_int_eq(count(rig, "00000000000000000000000000000000", "1", "a"), HTTP_DIGEST_STALE);
    ck_assert_int_eq(count(rig, "short", "1", "a"), HTTP_DIGEST_STALE);
}
END_TEST

START_TEST(a_nonce_lasts_while_it_is_used)
{
    g_autoptr(Rig) rig = rig_new(false);
    g_autofree char *nonce = nonce_of(rig);
    g_autofree char *unused = nonce_of(rig);

    for (unsigned int i = 1; i <= 20; i++) { /* MeshCentral polls so often */
        g_autofree char *nc = g_strdup_printf("%08x", i);

        ck_assert_int_eq(count(rig, nonce, nc, "a"), HTTP_DIGEST_OK);
        swme_manual_clock_advance(rig->clock, 290 * SWME_NS_PER_S);
    }
    ck_assert_int_eq(count(rig, unused, "1", "a"), HTTP_DIGEST_STALE);
    swme_manual_clock_advance(rig->clock, 1801 * SWME_NS_PER_S);
    ck_assert_int_eq(count(rig, nonce, "00000100", "a"), HTTP_DIGEST_STALE);
}
END_TEST

/* What had to be forgotten is stale, and not fresh once more. */
START_TEST(many_nonces_bring_back_no_old_one)
{
    g_autoptr(Rig) rig = rig_new(false);
    g_autofree char *first = nonce_of(rig);
    g_autofree char *last = NULL;

    ck_assert_int_eq(count(rig, first, "1", "a"), HTTP_DIGEST_OK);
    for (unsigned int i = 0; i < 200; i++) {
        swme_manual_clock_advance(rig->clock, SWME_NS_PER_S);
        g_free(last);
        last = nonce_of(rig);
        ck_assert_int_eq(count(rig, last, "1", "a"), HTTP_DIGEST_OK);
    }
    ck_assert_int_eq(count(rig, first, "1", "a"), HTTP_DIGEST_STALE);
    ck_assert_int_eq(count(rig, last, "2", "a"), HTTP_DIGEST_OK);
}
END_TEST

START_TEST(a_nonce_wears_out)
{
    g_autoptr(Rig) rig = rig_new(false);
    g_autofree char *nonce = nonce_of(rig);
    unsigned int uses = 0;
    HttpDigestResult result;

    do {
        g_autofree char *cnonce = g_strdup_printf("c%u", uses);

        result = count(rig, nonce, "1", cnonce);
        uses++;
    } while (result == HTTP_DIGEST_OK && uses < 100000);
    ck_assert_int_eq(result, HTTP_DIGEST_STALE);
    ck_assert_uint_gt(uses, 1000);
    ck_assert_uint_lt(uses, 2000);
}
END_TEST

START_TEST(who_may_come_by_which_door)
{
    g_autoptr(Rig) rig = rig_new(false);
    g_autofree char *nonce = nonce_of(rig);
    const char *lsa = amt_state_data(rig->amt)->live.lsa_password;
    AmtAccounts accounts = amt_state_data(rig->amt)->accounts;
    const struct {
        const char *user;
        const char *password;
        SwmeDoor door;
        HttpDigestResult result;
    } rows[] = {
        {"admin", "P@ssw0rd", SWME_DOOR_HOST, HTTP_DIGEST_OK},
        {"admin", "P@ssw0rd", SWME_DOOR_LOCAL, HTTP_DIGEST_OK},
        {"admin", "p@ssw0rd", SWME_DOOR_HOST, HTTP_DIGEST_WRONG},
        {"Admin", "P@ssw0rd", SWME_DOOR_HOST, HTTP_DIGEST_WRONG},
        {"$$OsAdmin", lsa, SWME_DOOR_LOCAL, HTTP_DIGEST_OK},
        {"$$OsAdmin", lsa, SWME_DOOR_HOST, HTTP_DIGEST_WRONG},
        {"$$OsAdmin", lsa, SWME_DOOR_LAN, HTTP_DIGEST_WRONG},
        {"$$OsAdmin", lsa, SWME_DOOR_CIRA, HTTP_DIGEST_WRONG},
        {"here", "P@ssw0rd", SWME_DOOR_LOCAL, HTTP_DIGEST_OK},
        {"here", "P@ssw0rd", SWME_DOOR_LAN, HTTP_DIGEST_WRONG},
        {"there", "P@ssw0rd", SWME_DOOR_LOCAL, HTTP_DIGEST_WRONG},
        {"there", "P@ssw0rd", SWME_DOOR_LAN, HTTP_DIGEST_OK},
        {"off", "P@ssw0rd", SWME_DOOR_LAN, HTTP_DIGEST_WRONG},
        {"", "P@ssw0rd", SWME_DOOR_LAN, HTTP_DIGEST_NONE},
    };

    for (unsigned int i = 1; i < 4; i++) {
        static const char *const names[] = {"admin", "here", "there", "off"};

        g_strlcpy(accounts.account[i].name, names[i], AMT_ACCOUNT_SIZE);
        accounts.account[i].enabled = i != 3;
        accounts.account[i].access = i == 1 ? 0 : i == 2 ? 1 : 2;
        amt_account_digest(rig->amt, names[i], "P@ssw0rd", accounts.account[i].digest);
    }
    amt_state_set_accounts(rig->amt, &accounts);
    for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *cnonce = g_strdup_printf("c%u", i);

        ck_assert_msg(log_in(rig, &(Login){rows[i].user, rows[i].password, nonce, "1", cnonce, NULL,
                                           NULL, rows[i].door}) == rows[i].result,
                      "row %u", i);
    }
}
END_TEST

/* Its digest is all zeros then: nobody may log in with that. */
START_TEST(before_set_up_the_system_account_is_alone)
{
    g_autoptr(Rig) rig = rig_new(true);
    g_autofree char *nonce = nonce_of(rig);

    amt_unprovision(rig->amt, false);
    amt_state_realm(rig->amt, rig->realm);
    ck_assert_int_eq(log_in(rig, &(Login){"admin", "", nonce, "1", "a", "", NULL, SWME_DOOR_LOCAL}),
                     HTTP_DIGEST_WRONG);
    ck_assert_int_eq(log_in(rig, &(Login){"$$OsAdmin", amt_state_data(rig->amt)->live.lsa_password,
                                          nonce, "1", "a", NULL, NULL, SWME_DOOR_LOCAL}),
                     HTTP_DIGEST_OK);
}
END_TEST

START_TEST(the_quirk_takes_a_beginning)
{
    g_autoptr(Rig) sound = rig_new(false);
    g_autoptr(Rig) quirky = rig_new(true);
    static const char *const tries[] = {"", "0", "00000000000000000000000000000000"};

    for (unsigned int i = 0; i < G_N_ELEMENTS(tries); i++) {
        g_autofree char *nonce = nonce_of(sound);
        g_autofree char *other = nonce_of(quirky);
        const Login how = {"admin", "", nonce, "1", "a", tries[i], NULL, SWME_DOOR_HOST};
        Login same = how;

        same.nonce = other;
        ck_assert_int_eq(log_in(sound, &how), HTTP_DIGEST_WRONG);
        if (i != 1) { /* one digit is right once in 16 times */
            ck_assert_int_eq(log_in(quirky, &same), i ? HTTP_DIGEST_WRONG : HTTP_DIGEST_OK);
        }
    }
}
END_TEST

START_TEST(it_is_for_one_address)
{
    g_autoptr(Rig) rig = rig_new(false);
    g_autofree char *nonce = nonce_of(rig);

    ck_assert_int_eq(log_in(rig, &(Login){"admin", "P@ssw0rd", nonce, "1", "a", NULL, "/index.htm",
                                          SWME_DOOR_HOST}),
                     HTTP_DIGEST_WRONG);
}
END_TEST

START_TEST(passwords_have_rules)
{
    static const struct {
        const char *password;
        bool good;
    } rows[] = {
        {"P@ssw0rd", true},
        {"P@ssw0r", false},
        {"p@ssw0rd", false},
        {"P@SSW0RD", false},
        {"P@ssword", false},
        {"Passw0rd", false},
        {"Pass_w0rd", false},
        {"P@ss,w0rd", false},
        {"P@ss:w0rd", false},
        {"P@ss\"w0rd", false},
        {"P@ssw\303\244rd0", false},
        {"P@ssw0rd901234567890123456789012", true},
        {"P@ssw0rd9012345678901234567890123", false},
    };

    for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;

        ck_assert_msg(amt_password_check(rows[i].password, &error) == rows[i].good, "%s",
                      rows[i].password);
        ck_assert(rows[i].good || !strchr(error->message, '\n'));
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("http-digest");
    TCase *tcase = unit_case(suite, "digest");

    tcase_add_test(tcase, rfc_2617_has_an_example);
    tcase_add_loop_test(tcase, headers_are_told_apart, 0, G_N_ELEMENTS(headers));
    tcase_add_test(tcase, a_value_has_a_longest);
    tcase_add_test(tcase, the_challenge_is_as_clients_parse_it);
    tcase_add_test(tcase, counts_go_up_or_have_another_cnonce);
    tcase_add_test(tcase, a_nonce_lasts_while_it_is_used);
    tcase_add_test(tcase, many_nonces_bring_back_no_old_one);
    tcase_add_test(tcase, a_nonce_wears_out);
    tcase_add_test(tcase, who_may_come_by_which_door);
    tcase_add_test(tcase, before_set_up_the_system_account_is_alone);
    tcase_add_test(tcase, the_quirk_takes_a_beginning);
    tcase_add_test(tcase, it_is_for_one_address);
    tcase_add_test(tcase, passwords_have_rules);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
