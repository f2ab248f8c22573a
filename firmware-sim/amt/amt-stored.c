/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/amt-stored.h"

#include <string.h>

#include "firmware-sim/amt/amt-data.h"

GBytes *amt_texts_new(const char *const *texts, unsigned int count)
{
    g_autoptr(GByteArray) all = g_byte_array_new();
    GBytes *blob;

    for (unsigned int i = 0; i < count; i++) {
        g_byte_array_append(all, (const uint8_t *)texts[i], (guint)strlen(texts[i]) + 1);
    }
    blob = all->len > count ? amt_blob_new(all->data, all->len) : NULL; /* all are empty */
    explicit_bzero(all->data, all->len);
    return blob;
}

const char *amt_texts_get(GBytes *texts, unsigned int index)
{
    size_t size;
    const char *at = (const char *)amt_blob_data(texts, &size);
    const char *end = at + size;

    if (!size || end[-1] != '\0') {
        return "";
    }
    while (at < end && index--) {
        at += strlen(at) + 1;
    }
    return at < end ? at : "";
}

void amt_texts_set(GBytes **texts, unsigned int count, unsigned int index, const char *text)
{
    g_autofree const char **all = g_new(const char *, count);

    for (unsigned int i = 0; i < count; i++) {
        all[i] = i == index ? text : amt_texts_get(*texts, i);
    }
    amt_blob_take(texts, amt_texts_new(all, count));
}

/* So many texts that can be printed. */
static bool are_texts(GBytes *texts, unsigned int count)
{
    size_t size;
    const uint8_t *at = amt_blob_data(texts, &size);

    if (!size) {
        return true;
    }
    for (size_t i = 0; i < size; i++) {
        if (at[i] && !g_ascii_isprint(at[i])) {
            return false;
        }
        count -= at[i] == 0 && count;
    }
    return count == 0 && at[size - 1] == 0;
}

static bool is_sane_8021x(const Amt8021x *x)
{
    return are_texts(x->names, AMT_8021X_NAMES) && are_texts(x->password, 1);
}

bool amt_stored_sane(const AmtStored *stored)
{
    bool sane = is_sane_8021x(&stored->wired);

    for (unsigned int i = 0; i < AMT_MPS_SERVERS; i++) {
        const AmtMps *mps = &stored->mps[i];

        sane &= are_texts(mps->names, AMT_MPS_NAMES) && are_texts(mps->password, 1) &&
                (mps->handle || (!mps->names && !mps->password));
    }
    for (unsigned int i = 0; i < AMT_PROXIES; i++) {
        const AmtProxy *proxy = &stored->proxy[i];

        sane &= are_texts(proxy->names, AMT_PROXY_NAMES) && (proxy->handle || !proxy->names);
    }
    for (unsigned int i = 0; i < AMT_WIFI_PROFILES; i++) {
        const AmtWifiProfile *wifi = &stored->wifi[i];

        sane &=
            are_texts(wifi->names, AMT_WIFI_NAMES) && are_texts(wifi->psk, 1) &&
            is_sane_8021x(&wifi->x) &&
            (wifi->present || (!wifi->names && !wifi->psk && !wifi->x.names && !wifi->x.password));
    }
    return sane;
}
