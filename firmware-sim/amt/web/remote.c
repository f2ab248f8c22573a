/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names and numbers of the fields: public scripts that send this form to real machines. */
#include "firmware-sim/amt/web/page.h"

#define ACTION "amt_html_rc_radio_group"
#define BOOT   "amt_html_rc_boot_special"

static const struct {
    const char *field;
    const char *state; /* CIM_PowerManagementService.RequestPowerStateChange */
    const char *label;
} actions[] = {
    {"1", "8", "Turn power off"},
    {"2", "2", "Turn power on"},
    {"3", "5", "Cycle power off and on"},
    {"4", "10", "Reset"},
    {"5", "12", "Shut down by the operating system"},
};

static const struct {
    const char *field;
    const char *source; /* CIM_BootSourceSetting; NULL: as always */
    const char *label;
} boots[] = {
    {"1", NULL, "Normal boot"},
    {"2", "Intel(r) AMT: Force CD/DVD Boot", "Boot from local CD/DVD drive"},
    {"3", "Intel(r) AMT: Force Hard-drive Boot", "Boot from local hard drive"},
    {"4", "Intel(r) AMT: Force PXE Boot", "Boot from the network (PXE)"},
};

/* What can be asked for now; NULL: nobody knows. */
static GPtrArray *power(WebVisit *visit)
{
    GPtrArray *all = web_instances(visit, "CIM_AssociatedPowerManagementService");

    if (all && all->len == 0) {
        g_clear_pointer(&all, g_ptr_array_unref);
    }
    return all;
}

const char *web_power_state(WebVisit *visit)
{
    g_autoptr(GPtrArray) all = power(visit);
    WebInstance *now = all ? g_ptr_array_index(all, 0) : NULL;

    if (!now) {
        return "Unknown";
    }
    if (web_value_is(now, "PowerState", "2")) {
        return "On";
    }
    return web_value_is(now, "PowerState", "8") ? "Off" : "Standby";
}

static bool is_available(WebInstance *now, const char *state)
{
    g_auto(GStrv) states = g_strsplit(web_value(now, "AvailableRequestedPowerStates"), ", ", -1);

    return g_strv_contains((const char *const *)states, state);
}

void web_show_remote(WebVisit *visit, GString *page)
{
    g_autoptr(GPtrArray) all = power(visit);
    WebInstance *now = all ? g_ptr_array_index(all, 0) : NULL;

    web_append(page, "<p>Power state: <strong>%s</strong></p>\n", web_power_state(visit));
    if (!now) {
        return;
    }
    web_form_begin(visit, page, "/remoteform");
    g_string_append(page, "<fieldset><legend>Send a command to this computer</legend>\n");
    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
        if (is_available(now, actions[i].state)) {
            web_radio(page, ACTION, actions[i].field, actions[i].label, false);
        }
    }
    g_string_append(page, "</fieldset>\n<fieldset><legend>At the next start</legend>\n");
    for (size_t i = 0; i < G_N_ELEMENTS(boots); i++) {
        web_radio(page, BOOT, boots[i].field, boots[i].label, !boots[i].source);
    }
    g_string_append(page, "</fieldset>\n");
    web_form_end(page, "Send Command");
}

static bool boot_from(WebVisit *visit, const char *source)
{
    static const WebTarget order = {.class = "CIM_BootConfigSetting"};
    static const WebTarget service = {.class = "CIM_BootService"};
    static const WebInput next_single_use[] = {
        {"BootConfigSetting", "Intel(r) AMT: Boot Configuration 0", "CIM_BootConfigSetting"},
        {"Role", "1", NULL},
        {NULL, NULL, NULL},
    };
    const WebInput sources[] = {{"Source", source, "CIM_BootSourceSetting"}, {NULL, NULL, NULL}};

    return web_invoke(visit, &order, "ChangeBootOrder", sources, NULL) &&
           web_invoke(visit, &service, "SetBootConfigRole", next_single_use, NULL);
}

WebResult web_submit_remote(WebVisit *visit)
{
    static const WebTarget service = {.class = "CIM_PowerManagementService"};

    for (size_t i = 0; i < G_N_ELEMENTS(boots); i++) {
        if (boots[i].source && web_field_is(visit, BOOT, boots[i].field) &&
            !boot_from(visit, boots[i].source)) {
            return WEB_REFUSED;
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
        if (web_field_is(visit, ACTION, actions[i].field)) {
            const WebInput inputs[] = {{"PowerState", actions[i].state, NULL}, {NULL, NULL, NULL}};

            return web_invoke(visit, &service, "RequestPowerStateChange", inputs, NULL)
                       ? WEB_DONE
                       : WEB_REFUSED;
        }
    }
    return WEB_INVALID;
}
