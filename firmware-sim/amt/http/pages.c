/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses and layout are those of AMT's own pages as consoles and scanners that read them expect
 * (AMT Implementation and Reference Guide, "Web User Interface"; public scrapers); the words are
 * ours.
 */
#include "firmware-sim/amt/http/pages.h"

#include <string.h>
#include <time.h>

#include <swme/guid.h>

#define PRODUCT "Intel&reg; Active Management Technology"

static void begin(GString *page, const char *title)
{
    g_string_append_printf(page,
                           "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\">\n"
                           "<html><head>\n<title>%s</title>\n"
                           "<link rel=stylesheet type=\"text/css\" href=\"/styles.css\">\n"
                           "</head>\n<body>\n",
                           title);
}

static void end(GString *page)
{
    g_string_append(page, "</body>\n</html>\n");
}

GString *http_page_message(const char *title, const char *text)
{
    GString *page = g_string_new(NULL);

    begin(page, title);
    g_string_append_printf(page, "<h1>%s</h1>\n<p>%s</p>\n", title, text);
    end(page);
    return page;
}

static GString *logon(const SwmeContext *context)
{
    GString *page = g_string_new(NULL);

    (void)context;
    begin(page, PRODUCT);
    g_string_append(page, "<h1>" PRODUCT "</h1>\n"
                          "<p>Log on to the computer to see and change its settings.</p>\n"
                          "<form method=\"get\" action=\"/index.htm\">"
                          "<input type=\"submit\" value=\"Log On...\"></form>\n");
    end(page);
    return page;
}

static GString *styles(const SwmeContext *context)
{
    (void)context;
    return g_string_new("body { font-family: Arial, Helvetica, sans-serif; margin: 0 }\n"
                        "table.header { width: 100%; background: #0860a8; color: #fff }\n"
                        "p.top1 { font-size: 140%; margin: 8px }\np.top2 { margin: 8px }\n"
                        "td.navbar { background: #e8e8e8; padding: 12px; vertical-align: top }\n"
                        "td.maincell { padding: 12px; vertical-align: top }\n"
                        "td.r1 { padding: 2px 12px 2px 0 }\n");
}

static void row(GString *page, const char *label, const char *value)
{
    g_autofree char *shown = g_markup_escape_text(value, -1);

    g_string_append_printf(page, "<tr><td class=\"r1\">%s</td><td class=\"r1\">%s</td></tr>\n",
                           label, shown);
}

static void date_rows(GString *page, const AmtState *amt)
{
    time_t now = (time_t)amt_state_time(amt);
    struct tm parts;
    char text[32];

    if (gmtime_r(&now, &parts)) {
        strftime(text, sizeof(text), "%m/%d/%Y", &parts);
        row(page, "Date", text);
        strftime(text, sizeof(text), "%I:%M %p", &parts);
        row(page, "Time", text);
    }
}

static GString *status(const SwmeContext *context)
{
    const AmtData *data = amt_state_data(context->amt);
    const AmtInterface *wired = &data->network.lan[0];
    GString *page = g_string_new(NULL);
    char name[AMT_FQDN_SIZE];
    char address[16], uuid[SWME_GUID_STRING_SIZE];
    g_autofree char *shown = NULL;
    SwmeGuid guid;

    amt_state_fqdn(context->amt, name);
    shown = g_markup_escape_text(name, -1);
    memcpy(guid.bytes, data->identity.uuid, sizeof(guid.bytes));
    swme_guid_format(&guid, uuid);
    g_snprintf(address, sizeof(address), "%u.%u.%u.%u", wired->address >> 24,
               wired->address >> 16 & 0xff, wired->address >> 8 & 0xff, wired->address & 0xff);
    begin(page, PRODUCT);
    g_string_append_printf(page,
                           "<table class=\"header\"><tr><td><p class=\"top1\">" PRODUCT "</p>"
                           "<p class=\"top2\">Computer: %s</p></td></tr></table>\n"
                           "<table class=\"spread\"><tr><td class=\"navbar\">"
                           "<p class=\"nav1\">System Status</p></td><td class=\"maincell\">\n"
                           "<h1>System Status</h1>\n<table>\n",
                           shown);
    row(page, "IP address", address);
    row(page, "System ID", uuid);
    date_rows(page, context->amt);
    g_string_append(page, "</table>\n</td></tr></table>\n");
    end(page);
    return page;
}

static const HttpPage pages[] = {
    {"/", "GET", HTTP_AUTH_NONE, HTTP_PAGE_ROOT, NULL},
    {"/logon.htm", "GET", HTTP_AUTH_NONE, HTTP_PAGE_HTML, logon},
    {"/styles.css", "GET", HTTP_AUTH_NONE, HTTP_PAGE_CSS, styles},
    {"/index.htm", "GET", HTTP_AUTH_DIGEST, HTTP_PAGE_HTML, status},
    {"/wsman", "POST", HTTP_AUTH_DIGEST, HTTP_PAGE_WSMAN, NULL},
    {"/wsman-anon/identify", "POST", HTTP_AUTH_NONE, HTTP_PAGE_IDENTIFY, NULL},
};

static const HttpPage unknown = {"", NULL, HTTP_AUTH_DIGEST, HTTP_PAGE_UNKNOWN, NULL};

const HttpPage *http_page_find(const SwmeContext *context, const char *path)
{
    for (unsigned int i = 0; i < G_N_ELEMENTS(pages); i++) {
        const HttpPage *page = &pages[i];

        /* The pages for people go with the web interface; the way to them does not, for scanners
         * read AMT's version there. */
        if (g_str_equal(page->path, path)) {
            return page->body && !amt_state_data(context->amt)->redirection.web_ui ? &unknown
                                                                                   : page;
        }
    }
    return &unknown;
}
