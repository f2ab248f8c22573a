/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/amt-accounts.h"

#include <string.h>

#include "firmware-sim/error.h"

/* ---- who there is ---- */

void amt_account_digest(const AmtState *amt, const char *name, const char *password,
                        uint8_t *digest)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_MD5);
    char realm[AMT_REALM_SIZE];
    gsize size = AMT_DIGEST_SIZE;

    amt_state_realm(amt, realm);
    g_checksum_update(sum, (const guchar *)name, -1);
    g_checksum_update(sum, (const guchar *)":", 1);
    g_checksum_update(sum, (const guchar *)realm, -1);
    g_checksum_update(sum, (const guchar *)":", 1);
    g_checksum_update(sum, (const guchar *)password, -1);
    g_checksum_get_digest(sum, digest, &size);
}

static bool find_lsa(const AmtState *amt, SwmeDoor door, AmtLogin *login)
{
    const AmtData *data = amt_state_data(amt);

    if (door != SWME_DOOR_LOCAL || !data->accounts.lsa_enabled || !*data->live.lsa_password) {
        return false;
    }
    login->name = AMT_LSA_NAME;
    login->admin = true;
    login->realms = UINT32_MAX;
    amt_account_digest(amt, AMT_LSA_NAME, data->live.lsa_password, login->digest);
    return true;
}

static bool has_digest(const AmtAccount *account)
{
    static const uint8_t none[AMT_DIGEST_SIZE];

    return memcmp(account->digest, none, sizeof(none)) != 0;
}

static bool may_enter(const AmtAccount *account, SwmeDoor door)
{
    /* 0 local, 1 network, 2 both */
    return account->enabled && has_digest(account) &&
           account->access != (door == SWME_DOOR_LOCAL ? 1 : 0);
}

bool amt_account_find(const AmtState *amt, const char *name, SwmeDoor door, AmtLogin *login)
{
    const AmtAccounts *accounts = &amt_state_data(amt)->accounts;

    memset(login, 0, sizeof(*login));
    if (g_str_equal(name, AMT_LSA_NAME)) {
        return find_lsa(amt, door, login);
    }
    if (amt_state_data(amt)->setup.state == AMTHI_PROVISIONING_PRE) {
        return false; /* the system account alone sets AMT up */
    }
    for (unsigned int i = 0; *name && i < AMT_ACCOUNTS; i++) {
        const AmtAccount *account = &accounts->account[i];

        if (g_str_equal(name, account->name) && may_enter(account, door)) {
            login->name = account->name;
            login->admin = i == 0;
            login->realms = i == 0 ? UINT32_MAX : account->realms;
            memcpy(login->digest, account->digest, AMT_DIGEST_SIZE);
            return true;
        }
    }
    return false;
}

/* ---- passwords ---- */

/* AMT SDK, "Password format": strong passwords; three characters have a meaning in a digest. */
bool amt_password_check(const char *password, GError **error)
{
    size_t length = strlen(password);
    bool upper = false, lower = false, digit = false, special = false, bad = false;

    for (const char *c = password; *c; c++) {
        bad |= !g_ascii_isprint(*c) || strchr("\",:", *c);
        upper |= g_ascii_isupper(*c);
        lower |= g_ascii_islower(*c);
        digit |= g_ascii_isdigit(*c);
        special |= g_ascii_ispunct(*c) && *c != '_';
    }
    if (length < AMT_PASSWORD_MIN || length > AMT_PASSWORD_MAX || bad || !upper || !lower ||
        !digit || !special) {
        g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT,
                    "AMT does not take that password: it wants %d to %d printable ASCII characters "
                    "without \" , and :, among them an upper-case and a lower-case letter, a digit "
                    "and a special character",
                    AMT_PASSWORD_MIN, AMT_PASSWORD_MAX);
        return false;
    }
    return true;
}

/* ---- set up from outside ---- */

static const char *const provision_names[] = {
    [AMT_PROVISION_NONE] = "none",
    [AMT_PROVISION_CLIENT] = "client",
    [AMT_PROVISION_ADMIN] = "admin",
};

bool amt_provision_parse(const char *name, AmtProvision *choice, GError **error)
{
    g_autofree char *shown = NULL;

    for (unsigned int i = 0; i < G_N_ELEMENTS(provision_names); i++) {
        if (g_str_equal(name, provision_names[i])) {
            *choice = (AmtProvision)i;
            return true;
        }
    }
    shown = swme_error_text(name);
    g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT,
                "'%s' is no way to provision AMT: none, client or admin is", shown);
    return false;
}

static void set_admin_password(AmtState *amt, const uint8_t *digest)
{
    AmtAccounts accounts = amt_state_data(amt)->accounts;

    memcpy(accounts.account[0].digest, digest, AMT_DIGEST_SIZE);
    amt_state_set_accounts(amt, &accounts);
    explicit_bzero(&accounts, sizeof(accounts));
}

/* The MEBx has its password before AMT is in admin control mode. */
static void set_mebx_password(AmtState *amt)
{
    AmtSetup setup = amt_state_data(amt)->setup;

    setup.mebx_password_set = true;
    amt_state_set_setup(amt, &setup);
    explicit_bzero(&setup, sizeof(setup));
}

/* As a console leaves it that set TLS up and kept the plain ports: both can be tried at once. */
static void switch_tls_on(AmtState *amt)
{
    AmtTls tls = amt_state_data(amt)->tls;

    tls.enabled = true;
    for (unsigned int i = 0; i < G_N_ELEMENTS(tls.wanted); i++) {
        tls.wanted[i] = true;
        tls.accept_plain[i] = true;
    }
    amt_state_set_tls(amt, &tls);
    explicit_bzero(&tls, sizeof(tls));
}

static AmtSetupResult provision(AmtState *amt, AmtProvision choice, const uint8_t *digest)
{
    const AmtSetup *setup = &amt_state_data(amt)->setup;
    uint32_t mode =
        choice == AMT_PROVISION_ADMIN ? AMTHI_CONTROL_MODE_ADMIN : AMTHI_CONTROL_MODE_CLIENT;
    AmtSetupResult result;

    amt_state_expire(amt);
    if (setup->state == AMTHI_PROVISIONING_POST && setup->control_mode == mode) {
        set_admin_password(amt, digest);
        return AMT_SETUP_OK;
    }
    if (choice == AMT_PROVISION_CLIENT) {
        result = amt_set_up_client(amt, digest);
    } else {
        if (setup->operational) {
            set_mebx_password(amt);
        }
        result = amt_set_up_admin(amt, digest, false);
    }
    if (result == AMT_SETUP_OK) {
        switch_tls_on(amt);
    }
    return result;
}

bool amt_provision(AmtState *amt, AmtProvision choice, const char *password, GError **error)
{
    uint8_t digest[AMT_DIGEST_SIZE];
    AmtSetupResult result;

    if (choice == AMT_PROVISION_NONE) {
        return true;
    }
    if (!amt_password_check(password, error)) {
        return false;
    }
    amt_account_digest(amt, amt_state_data(amt)->accounts.account[0].name, password, digest);
    result = provision(amt, choice, digest);
    explicit_bzero(digest, sizeof(digest));
    switch (result) {
    case AMT_SETUP_OK:
        return true;
    case AMT_SETUP_DISABLED:
        g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT,
                    "this firmware has no client control mode: it came with AMT 6.1");
        return false;
    default:
        g_set_error(error, SWME_ERROR, SWME_ERROR_STATE,
                    amt_state_data(amt)->setup.operational
                        ? "AMT is set up already, and not as provision=%s would have it: give it "
                          "another NVM file, or unprovision it"
                        : "AMT is switched off: nothing sets it up as provision=%s says",
                    provision_names[choice]);
        return false;
    }
}
