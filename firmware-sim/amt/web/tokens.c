/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Digest log-in has no session, and a browser repeats it for any page that leads here: so a form
 * carries a token that only our own page could have told (AMT's pages have one likewise, in a
 * hidden field t).
 */
#include <string.h>

#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/amt/web/page.h"

#define TOKEN_BYTES 16
#define TOKENS_MAX  64 /* of pages that were shown and not yet sent */

/* A token ends with its user: nobody sends another's form. */
const char *web_token_new(Web *web, const char *user)
{
    uint8_t bytes[TOKEN_BYTES];
    GString *token = g_string_new(NULL);

    amt_random(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        g_string_append_printf(token, "%02x", bytes[i]);
    }
    g_string_append(token, user);
    g_queue_push_head(&web->tokens, g_string_free(token, FALSE));
    if (web->tokens.length > TOKENS_MAX) {
        g_free(g_queue_pop_tail(&web->tokens));
    }
    return web->tokens.head->data;
}

bool web_token_use(Web *web, const char *user, const char *token)
{
    GList *link = token ? g_queue_find_custom(&web->tokens, token, (GCompareFunc)strcmp) : NULL;

    if (!link || !g_str_equal(token + 2 * TOKEN_BYTES, user)) {
        return false;
    }
    g_free(link->data);
    g_queue_delete_link(&web->tokens, link);
    return true;
}
