/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AMT_GeneralSettings. */
#include "firmware-sim/amt/wsman/classes.h"

static void host_fqdn(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_text(out, wsman_data(call)->host.fqdn);
}

static const WsmanProperty general_settings[] = {
    WSMAN_KEY_IS("InstanceID", "Intel(r) AMT: General Settings"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT: General Settings"),
    WSMAN_MEMBER("HostName", WSMAN_TEXT, WSMAN_WRITE, host.name),
    WSMAN_MEMBER("DomainName", WSMAN_TEXT, WSMAN_WRITE, host.domain),
    WSMAN_GET("HostOSFQDN", WSMAN_TEXT, 0, host_fqdn),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_GeneralSettings = {
    .name = "AMT_GeneralSettings",
    .read = WSMAN_REALM_ANY,
    .write = WSMAN_REALM_ADMINISTRATION,
    .slots = 1,
    .properties = general_settings,
};
