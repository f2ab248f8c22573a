/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of certificates that are good no more (AMT SDK, AMT_CRL). Clients that must show one are
 * held against them (http/tls-client.c).
 */
#include "firmware-sim/amt/wsman/classes/crl.h"

#include "firmware-sim/amt/amt-crl.h"
#include "firmware-sim/amt/wsman/classes.h"

static const AmtCrl *crl_at(const WsmanCall *call, unsigned int slot)
{
    return &wsman_data(call)->credentials.crl[slot];
}

static bool crl_there(const WsmanCall *call, unsigned int slot)
{
    return crl_at(call, slot)->handle != 0;
}

static void crl_id(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    g_autofree char *id =
        g_strdup_printf("Intel(r) AMT CRL: Handle: %u", crl_at(call, slot)->handle - 1);

    wsman_out_text(out, id);
}

static void crl_url(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    g_auto(GStrv) lines = amt_crl_lines(crl_at(call, slot)->list);

    wsman_out_text(out, lines[0]);
}

static void crl_serials(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    g_auto(GStrv) lines = amt_crl_lines(crl_at(call, slot)->list);

    for (char **line = lines + 1; *line; line++) {
        wsman_out_text(out, *line);
    }
}

static const WsmanProperty crl[] = {
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT CRL"),
    WSMAN_GET("InstanceID", WSMAN_TEXT, WSMAN_KEY, crl_id),
    WSMAN_GET("SerialNumbers", WSMAN_TEXT, WSMAN_ARRAY, crl_serials),
    WSMAN_GET("Url", WSMAN_TEXT, 0, crl_url),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_CRL = {
    .name = "AMT_CRL",
    .base = "CIM_SettingData",
    .read = WSMAN_REALM_ADMINISTRATION,
    .slots = AMT_CRLS,
    .present = crl_there,
    .properties = crl,
};

const WsmanParameter wsman_add_crl_in[] = {
    {"Url", WSMAN_TEXT, 0, 0},
    {"SerialNumbers", WSMAN_TEXT, WSMAN_ARRAY | WSMAN_OPTIONAL, 0},
    {NULL, 0, 0, 0},
};

static bool same_url(const WsmanCall *call, unsigned int slot, const char *url)
{
    g_auto(GStrv) lines = crl_there(call, slot) ? amt_crl_lines(crl_at(call, slot)->list) : NULL;

    return lines && g_str_equal(lines[0], url);
}

uint32_t wsman_add_crl(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const char *url = wsman_text(call, "Url", 0);
    unsigned int count = wsman_count(call, "SerialNumbers");
    AmtCredentials *credentials = &wsman_change(call)->credentials;
    g_autofree const char **serials = g_new0(const char *, count + 1);
    g_autoptr(GBytes) list = NULL;
    unsigned int chosen = AMT_CRLS;

    (void)slot;
    for (unsigned int i = 0; i < count; i++) {
        serials[i] = wsman_text(call, "SerialNumbers", i);
    }
    for (unsigned int i = AMT_CRLS; i-- > 0;) {
        if (same_url(call, i, url)) {
            return WSMAN_PT_DUPLICATE;
        }
        chosen = crl_there(call, i) ? chosen : i;
    }
    if (chosen == AMT_CRLS || amt_crls_serials(credentials->crl) + count > AMT_CRL_SERIALS) {
        return WSMAN_PT_LIMIT;
    }
    list = amt_crl_new(url, serials);
    if (!list) {
        return WSMAN_PT_INVALID_PARAMETER;
    }
    credentials->crl[chosen] =
        (AmtCrl){.handle = ++credentials->last_handle, .list = g_steal_pointer(&list)};
    wsman_out_name(out, "CRL");
    wsman_out_reference(out, call, &wsman_AMT_CRL, chosen);
    return WSMAN_PT_SUCCESS;
}

uint32_t wsman_reset_crls(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtCredentials *credentials = &wsman_change(call)->credentials;

    (void)slot;
    (void)out;
    for (unsigned int i = 0; i < AMT_CRLS; i++) {
        amt_blob_take(&credentials->crl[i].list, NULL);
        credentials->crl[i].handle = 0;
    }
    return WSMAN_PT_SUCCESS;
}
