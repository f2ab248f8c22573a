/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the pages are made of. Each is a row of web.c's table and functions of its own file. */
#ifndef SWME_AMT_WEB_PAGE_H
#define SWME_AMT_WEB_PAGE_H

#include "firmware-sim/amt/web/ask.h"
#include "firmware-sim/amt/web/web.h"

/* What the visitor is told above the page that comes next. */
typedef enum WebResult {
    WEB_DONE,
    WEB_REFUSED, /* AMT does not do it, or not for this user */
    WEB_INVALID, /* the form is not filled in as it must be */
    WEB_STALE,   /* not a form of ours, or one that was sent before */
} WebResult;

struct WebPage {
    const char *path;
    const char *form; /* where its forms are sent; NULL: it has none */
    const char *title;
    bool part; /* of the page before it in the menu */
    void (*show)(WebVisit *visit, GString *page);
    WebResult (*submit)(WebVisit *visit);
};

/* In the menu's order; the last has no path. */
extern const WebPage web_pages[];

struct Web {
    SwmeContext context;
    Wsman *wsman;
    GQueue tokens; /* of tokens.c: char *, newest first */
};

/* ---- layout.c ---- */

void web_layout_begin(WebVisit *visit, GString *page, const WebPage *current);
void web_layout_end(GString *page);
/* All texts are escaped here. heading NULL: none. */
void web_table_begin(GString *page, const char *heading);
void web_table_row(GString *page, const char *label, const char *value);
void web_table_end(GString *page);
/* g_string_append_printf() of which each %s is escaped. */
void web_append(GString *page, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* "You may not see this" in place of what ask.c did not get. */
void web_refused(GString *page);
/* A form has a token, so that it is sent once and from our own page. */
void web_form_begin(WebVisit *visit, GString *page, const char *to);
void web_form_end(GString *page, const char *button);
void web_radio(GString *page, const char *name, const char *value, const char *label, bool chosen);
void web_check(GString *page, const char *name, const char *value, const char *label, bool chosen);
void web_input(GString *page, const char *name, const char *type, const char *label,
               const char *value);

/* NULL: not there. */
const char *web_field(const WebVisit *visit, const char *name);
bool web_field_is(const WebVisit *visit, const char *name, const char *value);

/* ---- tokens.c ---- */

/* Random, good for one use by this user. Lives until it is used or many others were made. */
const char *web_token_new(Web *web, const char *user);
bool web_token_use(Web *web, const char *user, const char *token);

/* ---- the pages ---- */

/* "On", "Standby", "Off" or "Unknown". */
const char *web_power_state(WebVisit *visit);

void web_show_status(WebVisit *visit, GString *page);
void web_show_system(WebVisit *visit, GString *page);
void web_show_processor(WebVisit *visit, GString *page);
void web_show_memory(WebVisit *visit, GString *page);
void web_show_disk(WebVisit *visit, GString *page);
void web_show_events(WebVisit *visit, GString *page);
WebResult web_submit_events(WebVisit *visit);
void web_show_remote(WebVisit *visit, GString *page);
WebResult web_submit_remote(WebVisit *visit);
void web_show_policy(WebVisit *visit, GString *page);
WebResult web_submit_policy(WebVisit *visit);
void web_show_network(WebVisit *visit, GString *page);
WebResult web_submit_network(WebVisit *visit);
void web_show_name(WebVisit *visit, GString *page);
WebResult web_submit_name(WebVisit *visit);
void web_show_users(WebVisit *visit, GString *page);
WebResult web_submit_users(WebVisit *visit);

#endif
