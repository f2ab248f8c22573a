/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What AMT's web server shows to a browser, and which address stands for what. */
#ifndef SWME_AMT_HTTP_PAGES_H
#define SWME_AMT_HTTP_PAGES_H

#include <stdbool.h>

#include <glib.h>

#include "firmware-sim/context.h"

typedef enum HttpAuth {
    HTTP_AUTH_NONE,
    HTTP_AUTH_DIGEST,
} HttpAuth;

typedef enum HttpPageKind {
    HTTP_PAGE_ROOT, /* leads to the log-on page */
    HTTP_PAGE_HTML,
    HTTP_PAGE_CSS,
    HTTP_PAGE_WSMAN,
    HTTP_PAGE_IDENTIFY, /* WS-Management for those who have not logged in */
    HTTP_PAGE_UNKNOWN,
} HttpPageKind;

typedef struct HttpPage {
    const char *path;
    const char *method; /* any other than this one (and HEAD for GET) is not allowed */
    HttpAuth auth;
    HttpPageKind kind;
    GString *(*body)(const SwmeContext *context); /* HTML and CSS */
} HttpPage;

/* Never NULL: what is not there is a page of its own, which wants a log-in. */
const HttpPage *http_page_find(const SwmeContext *context, const char *path);

/* A page that says no more than this, for errors. */
GString *http_page_message(const char *title, const char *text);

#endif
