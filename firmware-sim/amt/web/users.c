/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "firmware-sim/amt/amt-accounts.h"
#include "firmware-sim/amt/web/page.h"

static const WebTarget service = {.class = "AMT_AuthorizationService"};

/* AMT SDK, AMT_AuthorizationService.Realms. */
static const struct {
    const char *number;
    const char *label;
} realms[] = {
    {"2", "Redirection"},
    {"3", "Administration"},
    {"4", "Hardware asset"},
    {"5", "Remote control"},
    {"6", "Storage"},
    {"7", "Event manager"},
    {"8", "Storage administration"},
    {"9", "Agent presence, local"},
    {"10", "Agent presence, remote"},
    {"11", "Circuit breaker"},
    {"12", "Network time"},
    {"13", "General information"},
    {"14", "Firmware update"},
    {"19", "Event log reader"},
    {"20", "Audit log"},
    {"21", "Access control"},
};

static bool invoke_on(WebVisit *visit, const char *method, const char *handle, WebInstance **out)
{
    const WebInput inputs[] = {{"Handle", handle, NULL}, {NULL, NULL, NULL}};

    return web_invoke(visit, &service, method, inputs, out);
}

static void button(WebVisit *visit, GString *page, const char *command, const char *handle,
                   const char *label)
{
    web_form_begin(visit, page, "/userform");
    web_append(page,
               "<input type=\"hidden\" name=\"command\" value=\"%s\">"
               "<input type=\"hidden\" name=\"handle\" value=\"%s\">",
               command, handle);
    web_form_end(page, label);
}

static char *realm_names(const char *numbers)
{
    g_auto(GStrv) have = g_strsplit(numbers, ", ", -1);
    GString *names = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(realms); i++) {
        if (g_strv_contains((const char *const *)have, realms[i].number)) {
            g_string_append_printf(names, "%s%s", names->len ? ", " : "", realms[i].label);
        }
    }
    return g_string_free(names, FALSE);
}

static void show_user(WebVisit *visit, GString *page, const char *handle)
{
    g_autoptr(GHashTable) user = NULL;
    g_autoptr(GHashTable) state = NULL;
    g_autofree char *names = NULL;
    bool enabled;

    if (!invoke_on(visit, "GetUserAclEntryEx", handle, &user)) {
        return;
    }
    enabled = invoke_on(visit, "GetAclEnabledState", handle, &state) &&
              web_value_is(state, "Enabled", "true");
    names = realm_names(web_value(user, "Realms"));
    web_append(page, "<h2>%s</h2>\n<p>%s. %s</p>\n", web_value(user, "DigestUsername"),
               enabled ? "Enabled" : "Disabled", names);
    button(visit, page, enabled ? "disable" : "enable", handle, enabled ? "Disable" : "Enable");
    button(visit, page, "remove", handle, "Remove");
}

static void show_new(WebVisit *visit, GString *page)
{
    g_string_append(page, "<h2>New user</h2>\n");
    web_form_begin(visit, page, "/userform");
    g_string_append(page, "<input type=\"hidden\" name=\"command\" value=\"1\">\n");
    web_input(page, "UserName", "text", "User name", "");
    web_input(page, "UserPwd", "password", "Password", "");
    web_input(page, "UserPwd2", "password", "Confirm password", "");
    g_string_append(page, "<fieldset><legend>May use</legend>\n");
    for (size_t i = 0; i < G_N_ELEMENTS(realms); i++) {
        g_autofree char *name = g_strdup_printf("realm%s", realms[i].number);

        web_check(page, name, "1", realms[i].label, false);
    }
    g_string_append(page, "</fieldset>\n");
    web_form_end(page, "Submit");
}

void web_show_users(WebVisit *visit, GString *page)
{
    static const WebInput first[] = {{"StartIndex", "1", NULL}, {NULL, NULL, NULL}};
    g_autoptr(GHashTable) answer = NULL;
    g_auto(GStrv) handles = NULL;

    if (!web_invoke(visit, &service, "EnumerateUserAclEntries", first, &answer)) {
        web_refused(page);
        return;
    }
    handles = g_strsplit(web_value(answer, "Handles"), ", ", -1);
    for (char **handle = handles; *handle && **handle; handle++) {
        show_user(visit, page, *handle);
    }
    show_new(visit, page);
}

/* ---- changes ---- */

static WebResult add_user(WebVisit *visit)
{
    const char *name = web_field(visit, "UserName");
    const char *password = web_field(visit, "UserPwd");
    g_autofree char *text = NULL;
    uint8_t digest[AMT_DIGEST_SIZE];
    WebInput inputs[4 + G_N_ELEMENTS(realms)] = {0};
    unsigned int count = 0;

    if (!name || !password || !amt_password_check(password, NULL) ||
        !web_field_is(visit, "UserPwd2", password)) {
        return WEB_INVALID;
    }
    amt_account_digest(visit->web->context.amt, name, password, digest);
    text = g_base64_encode(digest, sizeof(digest));
    explicit_bzero(digest, sizeof(digest));
    inputs[count++] = (WebInput){"DigestUsername", name, NULL};
    inputs[count++] = (WebInput){"DigestPassword", text, NULL};
    inputs[count++] = (WebInput){"AccessPermission", "2", NULL}; /* from here and from afar */
    for (size_t i = 0; i < G_N_ELEMENTS(realms); i++) {
        g_autofree char *field = g_strdup_printf("realm%s", realms[i].number);

        if (web_field_is(visit, field, "1")) {
            inputs[count++] = (WebInput){"Realms", realms[i].number, NULL};
        }
    }
    return web_invoke(visit, &service, "AddUserAclEntryEx", inputs, NULL) ? WEB_DONE : WEB_REFUSED;
}

WebResult web_submit_users(WebVisit *visit)
{
    const char *handle = web_field(visit, "handle");
    bool enable = web_field_is(visit, "command", "enable");
    bool done;

    if (web_field_is(visit, "command", "1")) {
        return add_user(visit);
    }
    if (!handle) {
        return WEB_INVALID;
    }
    if (web_field_is(visit, "command", "remove")) {
        done = invoke_on(visit, "RemoveUserAclEntry", handle, NULL);
    } else if (enable || web_field_is(visit, "command", "disable")) {
        const WebInput inputs[] = {{"Handle", handle, NULL},
                                   {"Enabled", enable ? "true" : "false", NULL},
                                   {NULL, NULL, NULL}};

        done = web_invoke(visit, &service, "SetAclEnabledState", inputs, NULL);
    } else {
        return WEB_INVALID;
    }
    return done ? WEB_DONE : WEB_REFUSED;
}
