/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/amt-crl.h"

#include <string.h>

static bool is_url(const char *text)
{
    size_t size = strlen(text);

    for (const char *c = text; *c; c++) {
        if (!g_ascii_isgraph(*c)) {
            return false;
        }
    }
    return size > 0 && size <= AMT_CRL_URL_MAX;
}

/* NULL: it is no number of that many bytes. */
static char *serial_of(const char *text)
{
    g_autoptr(GString) digits = g_string_new(NULL);

    text += g_ascii_strncasecmp(text, "0x", 2) == 0 ? 2 : 0;
    if (!*text) {
        return NULL;
    }
    for (; *text; text++) {
        if (g_ascii_isxdigit(*text)) {
            if (digits->len || *text != '0') {
                g_string_append_c(digits, g_ascii_tolower(*text));
            }
        } else if (!strchr(" -:", *text)) {
            return NULL;
        }
    }
    if (digits->len > 2 * AMT_CRL_SERIAL_MAX) {
        return NULL;
    }
    return g_strdup(digits->len ? digits->str : "0");
}

GBytes *amt_crl_new(const char *url, const char *const *serials)
{
    g_autoptr(GString) list = g_string_new(url);

    if (!is_url(url) || g_strv_length((char **)serials) > AMT_CRL_SERIALS) {
        return NULL;
    }
    for (; *serials; serials++) {
        g_autofree char *serial = serial_of(*serials);

        if (!serial) {
            return NULL;
        }
        g_string_append_printf(list, "\n%s", serial);
    }
    return amt_blob_new(list->str, list->len);
}

char **amt_crl_lines(GBytes *list)
{
    g_autofree char *text = g_strndup(g_bytes_get_data(list, NULL), g_bytes_get_size(list));

    return g_strsplit(text, "\n", -1);
}

unsigned int amt_crls_serials(const AmtCrl *crls)
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < AMT_CRLS; i++) {
        if (crls[i].list) {
            g_auto(GStrv) lines = amt_crl_lines(crls[i].list);

            count += g_strv_length(lines) - 1;
        }
    }
    return count;
}

static bool is_sane(GBytes *list)
{
    g_auto(GStrv) lines = amt_crl_lines(list);
    g_autoptr(GBytes) again = *lines ? amt_crl_new(*lines, (const char *const *)lines + 1) : NULL;

    return again && g_bytes_equal(again, list);
}

bool amt_crls_sane(const AmtCrl *crls)
{
    for (unsigned int i = 0; i < AMT_CRLS; i++) {
        if (!crls[i].handle != !crls[i].list || (crls[i].list && !is_sane(crls[i].list))) {
            return false;
        }
    }
    return amt_crls_serials(crls) <= AMT_CRL_SERIALS;
}

bool amt_crl_revokes(GBytes *list, const char *url, const uint8_t *serial, size_t size)
{
    g_auto(GStrv) lines = amt_crl_lines(list);
    g_autoptr(GString) hex = g_string_new(NULL);
    g_autofree char *wanted = NULL;

    for (size_t i = 0; i < size; i++) {
        g_string_append_printf(hex, "%02x", serial[i]);
    }
    wanted = serial_of(hex->str);
    return wanted && g_str_equal(*lines, url) &&
           g_strv_contains((const char *const *)lines + 1, wanted);
}
