/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMT's pages for people. What they show and do goes through WS-Management, as a console's requests
 * do: so what a user may see and change is decided, and logged, in one place.
 */
#ifndef SWME_AMT_WEB_WEB_H
#define SWME_AMT_WEB_WEB_H

#include <stdbool.h>

#include <glib.h>

#include "firmware-sim/amt/wsman/wsman.h"
#include "firmware-sim/context.h"

typedef struct Web Web;
typedef struct WebPage WebPage;

/* context is copied; what it points at, and wsman, outlive the Web. */
Web *web_new(const SwmeContext *context, Wsman *wsman);
void web_free(Web *web);

/* One request of somebody who has logged in. */
typedef struct WebVisit {
    Web *web;
    const WsmanCaller *caller;
    GHashTable *fields;   /* of the form, or of the address; values by name */
    WsmanAfterFunc after; /* of what was done: due once the answer has left. NULL: nothing is */
    void *after_opaque;
} WebVisit;

/* form: what is sent to that address, not what is got from it. NULL: there is none. */
const WebPage *web_page_find(const char *path, bool form);
GString *web_page_show(const WebPage *page, WebVisit *visit);
/* Does what the form says. Returns where the browser is to go then; free with g_free. */
char *web_page_submit(const WebPage *page, WebVisit *visit);

/* ---- what nobody need log in for ---- */

GString *web_logon(void);
GString *web_styles(void);
/* A page that says no more than this, for errors. */
GString *web_message(const char *title, const char *text);

#endif
