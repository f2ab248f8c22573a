/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AMT_AuthorizationService: who may log in. AMT SDK; go-wsman-messages amt/authorization. */
#include <string.h>

#include "firmware-sim/amt/wsman/classes.h"

#define ADMIN        0  /* never among the entries */
#define USER_MAX     16 /* characters */
#define HANDLES_PAGE 50
/* 2 to 21 but for what is reserved, and the local system's. */
#define REALMS ((UINT32_C(1) << 22) - 4)

static AmtAccount *entry(WsmanCall *call)
{
    uint32_t handle = wsman_u32(call, "Handle");

    if (handle == ADMIN || handle >= AMT_ACCOUNTS ||
        !*wsman_data(call)->accounts.account[handle].name) {
        return NULL;
    }
    return &wsman_change(call)->accounts.account[handle];
}

/* base64 of MD5 of name:realm:password; NULL name: none that collides. */
static uint32_t take_digest(WsmanCall *call, uint8_t *digest)
{
    g_autoptr(GBytes) bytes = wsman_bytes(call, "DigestPassword");

    if (!bytes || g_bytes_get_size(bytes) != AMT_DIGEST_SIZE) {
        return WSMAN_PT_INVALID_PASSWORD;
    }
    memcpy(digest, g_bytes_get_data(bytes, NULL), AMT_DIGEST_SIZE);
    return WSMAN_PT_SUCCESS;
}

static bool is_name(const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; i < length; i++) {
        /* Names of the system's own accounts begin with $$; the rest would end a digest's fields.
         */
        if (!g_ascii_isgraph(name[i]) || strchr(":\"$&<>,", name[i])) {
            return false;
        }
    }
    return length && length <= USER_MAX;
}

static uint32_t take_entry(WsmanCall *call, AmtAccount *account, unsigned int slot)
{
    const char *name = wsman_text(call, "DigestUsername", 0);
    const AmtAccounts *all = &wsman_data(call)->accounts;
    uint32_t status;

    if (wsman_has(call, "KerberosUserSid")) {
        return WSMAN_PT_UNSUPPORTED; /* no Kerberos here: AMT_KerberosSettingData says so */
    }
    if (name) {
        if (!is_name(name)) {
            return WSMAN_PT_INVALID_PARAMETER;
        }
        for (unsigned int i = 0; i < AMT_ACCOUNTS; i++) {
            if (i != slot && g_ascii_strcasecmp(all->account[i].name, name) == 0) {
                return WSMAN_PT_DUPLICATE;
            }
        }
        memset(account->name, 0, sizeof(account->name));
        g_strlcpy(account->name, name, sizeof(account->name));
        status = take_digest(call, account->digest);
        if (status != WSMAN_PT_SUCCESS) {
            return status;
        }
    } else if (wsman_has(call, "DigestPassword")) {
        return WSMAN_PT_INVALID_PARAMETER; /* a digest holds for a name */
    }
    account->access = wsman_u32(call, "AccessPermission");
    account->realms = 0;
    for (unsigned int i = 0; i < wsman_count(call, "Realms"); i++) {
        uint64_t realm;

        if (!wsman_number(call, "Realms", i, 31, &realm) || !(REALMS & UINT32_C(1) << realm)) {
            return WSMAN_PT_INVALID_REALM;
        }
        account->realms |= UINT32_C(1) << realm;
    }
    return WSMAN_PT_SUCCESS;
}

static uint32_t add_entry(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtAccounts *accounts = &wsman_change(call)->accounts;
    unsigned int at = ADMIN + 1;
    uint32_t status;

    (void)slot;
    while (at < AMT_ACCOUNTS && *accounts->account[at].name) {
        at++;
    }
    if (!wsman_has(call, "DigestUsername") && !wsman_has(call, "KerberosUserSid")) {
        return WSMAN_PT_INVALID_PARAMETER;
    }
    if (at == AMT_ACCOUNTS) {
        return WSMAN_PT_LIMIT;
    }
    status = take_entry(call, &accounts->account[at], at);
    if (status == WSMAN_PT_SUCCESS) {
        accounts->account[at].enabled = true;
        wsman_out_name(out, "Handle");
        wsman_out_number(out, at);
    }
    return status;
}

static uint32_t update_entry(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtAccount *account = entry(call);

    (void)slot;
    (void)out;
    return account ? take_entry(call, account, wsman_u32(call, "Handle")) : WSMAN_PT_INVALID_HANDLE;
}

static uint32_t remove_entry(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtAccount *account = entry(call);

    (void)slot;
    (void)out;
    if (!account) {
        return WSMAN_PT_INVALID_HANDLE;
    }
    memset(account, 0, sizeof(*account));
    return WSMAN_PT_SUCCESS;
}

static uint32_t get_entry(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const AmtAccount *account = entry(call);

    (void)slot;
    if (!account) {
        return WSMAN_PT_INVALID_HANDLE;
    }
    wsman_out_name(out, "DigestUsername");
    wsman_out_text(out, account->name);
    wsman_out_name(out, "AccessPermission");
    wsman_out_number(out, account->access);
    wsman_out_name(out, "Realms");
    for (uint32_t realm = 0; realm < 32; realm++) {
        if (account->realms & UINT32_C(1) << realm) {
            wsman_out_number(out, realm);
        }
    }
    return WSMAN_PT_SUCCESS;
}

static uint32_t enumerate_entries(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const AmtAccounts *accounts = &wsman_data(call)->accounts;
    uint32_t start = wsman_u32(call, "StartIndex");
    uint32_t total = 0;
    uint32_t given = 0;

    (void)slot;
    for (unsigned int i = ADMIN + 1; i < AMT_ACCOUNTS; i++) {
        total += *accounts->account[i].name != '\0';
    }
    if (start == 0 || (start > total && start != 1)) {
        return WSMAN_PT_INVALID_INDEX;
    }
    given = MIN(total - (start - 1), HANDLES_PAGE);
    wsman_out_name(out, "TotalCount");
    wsman_out_number(out, total);
    wsman_out_name(out, "HandlesCount");
    wsman_out_number(out, given);
    wsman_out_name(out, "Handles");
    total = 0;
    for (unsigned int i = ADMIN + 1; i < AMT_ACCOUNTS; i++) {
        if (*accounts->account[i].name && ++total >= start) {
            wsman_out_number(out, i);
        }
    }
    return WSMAN_PT_SUCCESS;
}

static uint32_t set_enabled(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtAccount *account = entry(call);

    (void)slot;
    (void)out;
    if (!account) {
        return WSMAN_PT_INVALID_HANDLE;
    }
    account->enabled = wsman_bool(call, "Enabled");
    return WSMAN_PT_SUCCESS;
}

static uint32_t get_enabled(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const AmtAccount *account = entry(call);

    (void)slot;
    if (!account) {
        return WSMAN_PT_INVALID_HANDLE;
    }
    wsman_out_name(out, "Enabled");
    wsman_out_bool(out, account->enabled);
    return WSMAN_PT_SUCCESS;
}

/* ---- the administrator ---- */

static uint32_t set_admin(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtAccount *admin = &wsman_change(call)->accounts.account[ADMIN];
    const char *name = wsman_text(call, "Username", 0);

    (void)slot;
    (void)out;
    if (!is_name(name)) {
        return WSMAN_PT_INVALID_PARAMETER;
    }
    for (unsigned int i = ADMIN + 1; i < AMT_ACCOUNTS; i++) {
        if (g_ascii_strcasecmp(wsman_data(call)->accounts.account[i].name, name) == 0) {
            return WSMAN_PT_DUPLICATE;
        }
    }
    memset(admin->name, 0, sizeof(admin->name));
    g_strlcpy(admin->name, name, sizeof(admin->name));
    return take_digest(call, admin->digest);
}

static uint32_t get_admin(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_name(out, "Username");
    wsman_out_text(out, wsman_data(call)->accounts.account[ADMIN].name);
    return WSMAN_PT_SUCCESS;
}

static uint32_t admin_status(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    static const uint8_t none[AMT_DIGEST_SIZE];

    (void)slot;
    wsman_out_name(out, "IsDefault");
    wsman_out_bool(
        out, memcmp(wsman_data(call)->accounts.account[ADMIN].digest, none, sizeof(none)) == 0);
    return WSMAN_PT_SUCCESS;
}

/* ---- the table ---- */

#define END           \
    {                 \
        NULL, 0, 0, 0 \
    }
#define ENTRY_PARAMETERS                                      \
    {"DigestUsername", WSMAN_TEXT, WSMAN_OPTIONAL, 0},        \
        {"DigestPassword", WSMAN_BASE64, WSMAN_OPTIONAL, 0},  \
        {"KerberosUserSid", WSMAN_BASE64, WSMAN_OPTIONAL, 0}, \
        {"AccessPermission", WSMAN_U32, 0, 2},                \
        {"Realms", WSMAN_U32, WSMAN_ARRAY | WSMAN_OPTIONAL, 0}, END

static const WsmanParameter add_in[] = {ENTRY_PARAMETERS};
static const WsmanParameter update_in[] = {{"Handle", WSMAN_U32, 0, 0}, ENTRY_PARAMETERS};
static const WsmanParameter handle_in[] = {{"Handle", WSMAN_U32, 0, 0}, END};
static const WsmanParameter enabled_in[] = {
    {"Handle", WSMAN_U32, 0, 0}, {"Enabled", WSMAN_BOOL, 0, 0}, END};
static const WsmanParameter start_in[] = {{"StartIndex", WSMAN_U32, 0, 0}, END};
static const WsmanParameter admin_in[] = {
    {"Username", WSMAN_TEXT, 0, 0}, {"DigestPassword", WSMAN_BASE64, 0, 0}, END};

#define OWN      WSMAN_REALM_ACCOUNTS | WSMAN_REALM_ADMINISTRATION
#define INVALID_ WSMAN_PT_INVALID_PARAMETER

static const WsmanMethod methods[] = {
    {"AddUserAclEntryEx", add_in, "Handle", add_entry, OWN, INVALID_, false},
    {"EnumerateUserAclEntries", start_in, "TotalCount, HandlesCount, Handles", enumerate_entries,
     OWN, INVALID_, false},
    {"GetUserAclEntryEx", handle_in, "DigestUsername, AccessPermission, Realms", get_entry, OWN,
     INVALID_, false},
    {"UpdateUserAclEntryEx", update_in, NULL, update_entry, OWN, INVALID_, false},
    {"RemoveUserAclEntry", handle_in, NULL, remove_entry, OWN, INVALID_, false},
    {"SetAclEnabledState", enabled_in, NULL, set_enabled, OWN, INVALID_, false},
    {"GetAclEnabledState", handle_in, "Enabled", get_enabled, OWN, INVALID_, false},
    {"SetAdminAclEntryEx", admin_in, NULL, set_admin, WSMAN_REALM_ADMINISTRATION, INVALID_, false},
    {"GetAdminAclEntry", NULL, "Username", get_admin, OWN, INVALID_, false},
    {"GetAdminAclEntryStatus", NULL, "IsDefault", admin_status, OWN, INVALID_, false},
    {"GetAdminNetAclEntryStatus", NULL, "IsDefault", admin_status, OWN, INVALID_, false},
    {.name = NULL},
};

static const WsmanProperty properties[] = {
    WSMAN_SERVICE_KEYS("AMT_AuthorizationService", "Intel(r) AMT Authorization Service",
                       "Intel(r) AMT"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Authorization Service"),
    WSMAN_NUMBER_IS("AllowHttpQopAuthOnly", WSMAN_U32, 1),
    WSMAN_NUMBER_IS("EnabledState", WSMAN_U16, 5),
    WSMAN_NUMBER_IS("RequestedState", WSMAN_U16, 12),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_AuthorizationService = {
    .name = "AMT_AuthorizationService",
    .base = "CIM_Service",
    .read = WSMAN_REALM_ANY,
    .slots = 1,
    .properties = properties,
    .methods = methods,
};
