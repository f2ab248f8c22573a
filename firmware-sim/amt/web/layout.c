/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the pages look. Class names and the order of label and value are those of AMT's own pages,
 * for scanners read them (AMT Implementation and Reference Guide, "Web User Interface"; public
 * scrapers); words and style are ours.
 */
#include <stdarg.h>

#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/amt/web/page.h"

#define PRODUCT "Intel&reg; Active Management Technology"

static const char *const notices[] = {
    [WEB_DONE] = "Done.",
    [WEB_REFUSED] = "The management engine did not do that: it cannot now, or not for this user.",
    [WEB_INVALID] = "Not everything was filled in as it must be. Nothing was changed.",
    [WEB_STALE] = "That form was sent before, or is too old. Please try again.",
};

void web_append(GString *page, const char *format, ...)
{
    va_list arguments;
    g_autofree char *text = NULL;

    va_start(arguments, format);
    text = g_markup_vprintf_escaped(format, arguments);
    va_end(arguments);
    g_string_append(page, text);
}

static void head(GString *page, const char *title)
{
    web_append(page,
               "<!DOCTYPE html>\n<html lang=\"en\"><head>\n<meta charset=\"utf-8\">\n"
               "<title>%s</title>\n"
               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
               "<link rel=\"icon\" href=\"data:,\">\n"
               "<link rel=\"stylesheet\" type=\"text/css\" href=\"/styles.css\">\n"
               "</head>\n<body>\n",
               title);
}

static void banner(GString *page, const char *computer)
{
    g_string_append(page, "<table class=\"header\" role=\"presentation\"><tr><td>"
                          "<p class=\"top1\">" PRODUCT "</p>");
    if (computer) {
        web_append(page, "<p class=\"top2\">Computer: %s</p>", *computer ? computer : "(no name)");
    }
    g_string_append(page, "</td></tr></table>\n");
}

static void menu(GString *page, const WebPage *current)
{
    g_string_append(page, "<td class=\"navbar\"><nav aria-label=\"Pages\">\n");
    for (const WebPage *p = web_pages; p->path; p++) {
        web_append(page, "<p class=\"%s\"><a href=\"%s\"%s>%s</a></p>\n", p->part ? "nav2" : "nav1",
                   p->path, p == current ? " aria-current=page" : "", p->title);
    }
    g_string_append(page, "</nav></td>\n");
}

void web_layout_begin(WebVisit *visit, GString *page, const WebPage *current)
{
    char name[AMT_FQDN_SIZE];
    const char *result = web_field(visit, "result");

    amt_state_fqdn(visit->web->context.amt, name);
    head(page, current->title);
    banner(page, name);
    g_string_append(page, "<table class=\"spread\" role=\"presentation\"><tr>\n");
    menu(page, current);
    web_append(page, "<td class=\"maincell\"><main>\n<h1>%s</h1>\n", current->title);
    for (size_t i = 0; result && i < G_N_ELEMENTS(notices); i++) {
        if (result[0] == (char)('0' + i) && !result[1]) {
            web_append(page, "<p class=\"%s\" role=\"status\">%s</p>\n",
                       i == WEB_DONE ? "done" : "failed", notices[i]);
        }
    }
}

static void end(GString *page)
{
    g_string_append(page, "</body>\n</html>\n");
}

void web_layout_end(GString *page)
{
    g_string_append(page, "</main></td></tr></table>\n");
    end(page);
}

/* ---- what is on a page ---- */

void web_table_begin(GString *page, const char *heading)
{
    if (heading) {
        web_append(page, "<h2>%s</h2>\n", heading);
    }
    g_string_append(page, "<table class=\"log\">\n");
}

void web_table_row(GString *page, const char *label, const char *value)
{
    web_append(page, "<tr><td class=\"r1\">%s</td><td class=\"r1\">%s</td></tr>\n", label,
               *value ? value : "Not set");
}

void web_table_end(GString *page)
{
    g_string_append(page, "</table>\n");
}

void web_refused(GString *page)
{
    g_string_append(page, "<p class=\"failed\">This user may not see this.</p>\n");
}

void web_form_begin(WebVisit *visit, GString *page, const char *to)
{
    web_append(page,
               "<form method=\"post\" action=\"%s\">"
               "<input type=\"hidden\" name=\"t\" value=\"%s\">\n",
               to, web_token_new(visit->web, visit->caller->user));
}

void web_form_end(GString *page, const char *button)
{
    web_append(page, "<p><input type=\"submit\" value=\"%s\"></p></form>\n", button);
}

static void choice(GString *page, const char *type, const char *name, const char *value,
                   const char *label, bool chosen)
{
    web_append(page,
               "<p class=\"choice\"><label><input type=\"%s\" name=\"%s\" value=\"%s\"%s> "
               "%s</label></p>\n",
               type, name, value, chosen ? " checked" : "", label);
}

void web_radio(GString *page, const char *name, const char *value, const char *label, bool chosen)
{
    choice(page, "radio", name, value, label, chosen);
}

void web_check(GString *page, const char *name, const char *value, const char *label, bool chosen)
{
    choice(page, "checkbox", name, value, label, chosen);
}

void web_input(GString *page, const char *name, const char *type, const char *label,
               const char *value)
{
    web_append(page,
               "<p><label>%s<br><input type=\"%s\" name=\"%s\" value=\"%s\" "
               "autocomplete=\"off\"></label></p>\n",
               label, type, name, value);
}

/* ---- what was sent ---- */

const char *web_field(const WebVisit *visit, const char *name)
{
    return visit->fields ? g_hash_table_lookup(visit->fields, name) : NULL;
}

bool web_field_is(const WebVisit *visit, const char *name, const char *value)
{
    return g_strcmp0(web_field(visit, name), value) == 0;
}

/* ---- without a log-in ---- */

GString *web_message(const char *title, const char *text)
{
    GString *page = g_string_new(NULL);

    head(page, title);
    web_append(page, "<main class=\"alone\"><h1>%s</h1>\n<p>%s</p></main>\n", title, text);
    end(page);
    return page;
}

GString *web_logon(void)
{
    GString *page = g_string_new(NULL);

    head(page, "Intel(R) Active Management Technology");
    banner(page, NULL);
    g_string_append(page, "<main class=\"alone\">"
                          "<p>Log on to the computer to see and change its settings.</p>\n"
                          "<form method=\"get\" action=\"/index.htm\">"
                          "<input type=\"submit\" value=\"Log On...\"></form></main>\n");
    end(page);
    return page;
}

GString *web_styles(void)
{
    return g_string_new(
        "body { font: 1rem/1.5 Arial, Helvetica, sans-serif; margin: 0; color: #222;"
        " background: #fff }\n"
        "table.header { width: 100%; background: #0b4f8a; color: #fff; border-collapse: collapse "
        "}\n"
        "table.header td { padding: .5rem 1rem }\n"
        "p.top1 { font-size: 1.3rem; margin: 0 }\np.top2 { margin: 0; overflow-wrap: anywhere }\n"
        "table.spread { width: 100%; border-collapse: collapse }\n"
        "td.navbar { background: #eef2f6; padding: 1rem; vertical-align: top; width: 13rem }\n"
        "td.navbar p { margin: 0 }\n"
        "td.navbar a { display: block; padding: .35rem .5rem; color: #0b4f8a;"
        " text-decoration: none; border-radius: .25rem }\n"
        "td.navbar a:hover, td.navbar a:focus { text-decoration: underline }\n"
        "td.navbar a[aria-current] { background: #0b4f8a; color: #fff }\n"
        "p.nav2 { padding-left: 1rem }\n"
        "td.maincell { padding: 1rem 2rem 2rem; vertical-align: top }\n"
        "main.alone { padding: 1rem }\n"
        "h1 { font-size: 1.5rem; margin: 0 0 1rem }\nh2 { font-size: 1.15rem; margin: 1.5rem 0 "
        ".5rem }\n"
        "table.log { border-collapse: collapse }\n"
        "table.log td, table.log th { text-align: left; vertical-align: top;"
        " padding: .25rem 1.5rem .25rem 0; border-bottom: 1px solid #dde3ea;"
        " overflow-wrap: anywhere }\n"
        "table.log:not(.events) td:first-child { white-space: nowrap }\n"
        "p.done { background: #e3f4e6; padding: .5rem 1rem; border-left: .25rem solid #217a36 }\n"
        "p.failed { background: #fbe9e7; padding: .5rem 1rem; border-left: .25rem solid #b3261e }\n"
        "p.choice { margin: 0 } p.choice label { display: inline-block; padding: .25rem 0;"
        " min-height: 1.5rem }\n"
        "input[type=submit] { font: inherit; color: #fff; background: #0b4f8a; border: 0;"
        " border-radius: .25rem; padding: .5rem 1.25rem; min-height: 2.75rem; cursor: pointer }\n"
        "input[type=text], input[type=password] { font: inherit; padding: .4rem; width: 18rem;"
        " max-width: 100%; box-sizing: border-box; border: 1px solid #667; border-radius: .25rem "
        "}\n"
        "fieldset { border: 1px solid #dde3ea; border-radius: .25rem; margin: 1rem 0 }\n"
        "form.inline { display: inline-block; margin-right: 1rem }\n"
        ":focus-visible { outline: 3px solid #f2a900; outline-offset: 1px }\n"
        "@media (max-width: 44rem) {\n"
        " table.spread, table.spread > tbody, table.spread > tbody > tr,"
        " table.spread > tbody > tr > td { display: block; width: auto }\n"
        " td.navbar { padding: .5rem } td.navbar nav { display: flex; flex-wrap: wrap }\n"
        " td.navbar a { padding: .6rem .75rem } p.nav2 { padding-left: 0 }\n"
        " td.maincell { padding: 1rem } table.log td, table.log th { padding-right: .75rem }\n"
        " table.events td, table.events th { display: block; border: 0; padding: 0 }\n"
        " table.events tr { display: block; border-bottom: 1px solid #dde3ea; padding: .5rem 0 }\n"
        " table.events thead { display: none }\n"
        "}\n");
}
