/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/web/page.h"

#define CLASS "AMT_SystemPowerScheme"

void web_show_policy(WebVisit *visit, GString *page)
{
    const char *current = amt_state_data(visit->web->context.amt)->power.policy;
    g_autoptr(GPtrArray) schemes = web_instances(visit, CLASS);

    if (!schemes) {
        web_refused(page);
        return;
    }
    web_form_begin(visit, page, "/powerform");
    g_string_append(page, "<fieldset><legend>When the management engine is awake</legend>\n");
    for (unsigned int i = 0; i < schemes->len; i++) {
        WebInstance *scheme = g_ptr_array_index(schemes, i);

        web_radio(page, "scheme", web_value(scheme, "InstanceID"), web_value(scheme, "Description"),
                  web_value_is(scheme, "Description", current));
    }
    g_string_append(page, "</fieldset>\n");
    web_form_end(page, "Submit");
}

WebResult web_submit_policy(WebVisit *visit)
{
    const WebTarget target = {CLASS, "InstanceID", web_field(visit, "scheme")};

    if (!target.value) {
        return WEB_INVALID;
    }
    return web_invoke(visit, &target, "SetPowerScheme", NULL, NULL) ? WEB_DONE : WEB_REFUSED;
}
