/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/web/web.h"

#include "firmware-sim/amt/web/page.h"

/* Addresses: AMT Implementation and Reference Guide, "Web User Interface"; public scrapers. */
const WebPage web_pages[] = {
    {"/index.htm", NULL, "System Status", false, web_show_status, NULL},
    {"/hw-sys.htm", NULL, "System", false, web_show_system, NULL},
    {"/hw-proc.htm", NULL, "Processor", true, web_show_processor, NULL},
    {"/hw-mem.htm", NULL, "Memory", true, web_show_memory, NULL},
    {"/hw-disk.htm", NULL, "Disk", true, web_show_disk, NULL},
    {"/events.htm", "/eventsform", "Event Log", false, web_show_events, web_submit_events},
    {"/remote.htm", "/remoteform", "Remote Control", false, web_show_remote, web_submit_remote},
    {"/power.htm", "/powerform", "Power Policies", false, web_show_policy, web_submit_policy},
    {"/ip.htm", "/ipform", "Network Settings", false, web_show_network, web_submit_network},
    {"/fqdn.htm", "/fqdnform", "Computer Name", true, web_show_name, web_submit_name},
    {"/acl.htm", "/userform", "User Accounts", false, web_show_users, web_submit_users},
    {.path = NULL},
};

Web *web_new(const SwmeContext *context, Wsman *wsman)
{
    Web *web = g_new0(Web, 1);

    web->context = *context;
    web->wsman = wsman;
    g_queue_init(&web->tokens);
    return web;
}

void web_free(Web *web)
{
    if (web) {
        g_queue_clear_full(&web->tokens, g_free);
        g_free(web);
    }
}

const WebPage *web_page_find(const char *path, bool form)
{
    for (const WebPage *p = web_pages; p->path; p++) {
        const char *address = form ? p->form : p->path;

        if (address && g_str_equal(address, path)) {
            return p;
        }
    }
    return NULL;
}

GString *web_page_show(const WebPage *page, WebVisit *visit)
{
    GString *text = g_string_new(NULL);

    web_layout_begin(visit, text, page);
    page->show(visit, text);
    web_layout_end(text);
    return text;
}

char *web_page_submit(const WebPage *page, WebVisit *visit)
{
    WebResult result = WEB_STALE;

    if (web_token_use(visit->web, visit->caller->user, web_field(visit, "t"))) {
        result = page->submit(visit);
    }
    /* invreq: how AMT's pages say that a form was none of theirs. */
    return g_strdup_printf("%s?%sresult=%u", page->path, result == WEB_STALE ? "invreq&" : "",
                           result);
}
