/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/http/pages.h"

static const HttpPage pages[] = {
    {"/", "GET", HTTP_AUTH_NONE, HTTP_PAGE_ROOT, NULL, NULL},
    {"/logon.htm", "GET", HTTP_AUTH_NONE, HTTP_PAGE_HTML, web_logon, NULL},
    {"/styles.css", "GET", HTTP_AUTH_NONE, HTTP_PAGE_CSS, web_styles, NULL},
    {"/wsman", "POST", HTTP_AUTH_DIGEST, HTTP_PAGE_WSMAN, NULL, NULL},
    {"/wsman-anon/identify", "POST", HTTP_AUTH_NONE, HTTP_PAGE_IDENTIFY, NULL, NULL},
};

/* The pages for people go with the web interface; the way to them (ROOT) does not, for scanners
 * read AMT's version there. */
static bool is_for_people(const HttpPage *page)
{
    return page->body || page->web;
}

HttpPage http_page_find(const SwmeContext *context, const char *path)
{
    const WebPage *shown = web_page_find(path, false);
    const WebPage *form = web_page_find(path, true);
    HttpPage page = {path, NULL, HTTP_AUTH_DIGEST, HTTP_PAGE_UNKNOWN, NULL, NULL};

    for (unsigned int i = 0; i < G_N_ELEMENTS(pages); i++) {
        if (g_str_equal(pages[i].path, path)) {
            page = pages[i];
        }
    }
    if (shown) {
        page = (HttpPage){path, "GET", HTTP_AUTH_DIGEST, HTTP_PAGE_WEB, NULL, shown};
    } else if (form) {
        page = (HttpPage){path, "POST", HTTP_AUTH_DIGEST, HTTP_PAGE_FORM, NULL, form};
    }
    if (is_for_people(&page) && !amt_state_data(context->amt)->redirection.web_ui) {
        page = (HttpPage){path, NULL, HTTP_AUTH_DIGEST, HTTP_PAGE_UNKNOWN, NULL, NULL};
    }
    return page;
}
