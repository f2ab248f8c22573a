/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which address of AMT's web server stands for what. */
#ifndef SWME_AMT_HTTP_PAGES_H
#define SWME_AMT_HTTP_PAGES_H

#include <stdbool.h>

#include <glib.h>

#include "firmware-sim/amt/web/web.h"
#include "firmware-sim/context.h"

typedef enum HttpAuth {
    HTTP_AUTH_NONE,
    HTTP_AUTH_DIGEST,
} HttpAuth;

typedef enum HttpPageKind {
    HTTP_PAGE_ROOT, /* leads to the log-on page */
    HTTP_PAGE_HTML, /* that nobody need log in for; body makes it */
    HTTP_PAGE_CSS,
    HTTP_PAGE_WEB,  /* one of web.h's */
    HTTP_PAGE_FORM, /* what is sent from it */
    HTTP_PAGE_WSMAN,
    HTTP_PAGE_IDENTIFY, /* WS-Management for those who have not logged in */
    HTTP_PAGE_UNKNOWN,
} HttpPageKind;

typedef struct HttpPage {
    const char *path;
    const char *method; /* any other than this one (and HEAD for GET) is not allowed */
    HttpAuth auth;
    HttpPageKind kind;
    GString *(*body)(void);
    const WebPage *web;
} HttpPage;

/* What is not there is a page of its own, which wants a log-in. */
HttpPage http_page_find(const SwmeContext *context, const char *path);

#endif
