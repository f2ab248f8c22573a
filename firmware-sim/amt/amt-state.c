/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/amt-state.h"

#include <string.h>

AmtState *amt_state_new(const SwmePlatform *platform, const uint8_t *uuid)
{
    AmtState *amt = g_new0(AmtState, 1);

    amt->platform = platform;
    memcpy(amt->uuid, uuid, sizeof(amt->uuid));
    amt->provisioning_state = AMTHI_PROVISIONING_PRE;
    amt->control_mode = AMTHI_CONTROL_MODE_NONE;
    return amt;
}

void amt_state_free(AmtState *amt)
{
    g_free(amt);
}

void amt_state_code_versions(const AmtState *amt, AmtCodeVersion *rows)
{
    /*
     * Names and order as AMT 11.8.93 gave them to fwupd (recorded): versions have three parts, the
     * build is a row of its own, and "AMT" follows "AMTApps", for some clients match by prefix and
     * keep the last.
     */
    static const char *const names[AMT_CODE_VERSION_COUNT] = {
        "Flash",
        "Netstack",
        "AMTApps",
        "AMT",
        "Sku",
        "VendorID",
        "Build Number",
        "Recovery Version",
        "Recovery Build Num",
        "Legacy Mode",
    };
    const SwmeFirmwareVersion *v = &amt->platform->version;

    for (unsigned int i = 0; i < AMT_CODE_VERSION_COUNT; i++) {
        AmtCodeVersion *row = &rows[i];

        row->name = names[i];
        switch (i) {
        case 4:
            g_strlcpy(row->value, amt->platform->amt_sku, sizeof(row->value));
            break;
        case 5:
            g_strlcpy(row->value, "8086", sizeof(row->value));
            break;
        case 6:
        case 8:
            g_snprintf(row->value, sizeof(row->value), "%u", v->build);
            break;
        case 9:
            g_strlcpy(row->value, "False", sizeof(row->value));
            break;
        default:
            g_snprintf(row->value, sizeof(row->value), "%u.%u.%u", v->major, v->minor, v->hotfix);
            break;
        }
    }
}
