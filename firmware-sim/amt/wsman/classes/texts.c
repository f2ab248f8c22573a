/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/wsman/classes/texts.h"

#include <string.h>

const char *wsman_short_text(WsmanCall *call, const char *name, size_t size)
{
    const char *text = wsman_text(call, name, 0);

    if (!text) {
        return "";
    }
    for (const char *c = text; *c; c++) {
        if (!g_ascii_isprint(*c)) {
            return NULL;
        }
    }
    return strlen(text) < size ? text : NULL;
}

void wsman_out_texts(WsmanOut *out, GBytes *texts, unsigned int index)
{
    wsman_out_text(out, amt_texts_get(texts, index));
}

bool wsman_set_secret(WsmanCall *call, const char *name, size_t size, GBytes **secret)
{
    const char *text = wsman_short_text(call, name, size);

    if (text && *text) {
        amt_blob_take(secret, amt_texts_new(&text, 1));
    }
    return text != NULL;
}
