/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AMT's pages: each form filled in as it may be and as it may not, by who may and who may not. */
#include <string.h>

#include "firmware-sim/amt/web/page.h"
#include "tests/unit/unit.h"
#include "tests/unit/wsman-fixture.h"

typedef struct Site {
    Desk *desk;
    Web *web;
    WebVisit visit;
} Site;

static Site *site_new(void)
{
    Site *site = g_new0(Site, 1);

    site->desk = desk_new(NULL, true);
    site->desk->actions = UINT32_MAX;
    site->web = web_new(&site->desk->context, site->desk->wsman);
    site->visit = (WebVisit){.web = site->web, .caller = &site->desk->caller};
    return site;
}

static void site_free(Site *site)
{
    web_free(site->web);
    desk_free(site->desk);
    g_free(site);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Site, site_free)

/* fields: NAME=VALUE, apart by &. */
static void fill_in(Site *site, const char *fields)
{
    g_auto(GStrv) all = g_strsplit(fields, "&", -1);

    site->visit.fields = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (char **one = all; *one && **one; one++) {
        char *value = strchr(*one, '=');

        MUST(value != NULL);
        g_hash_table_insert(site->visit.fields, g_strndup(*one, (gsize)(value - *one)),
                            g_strdup(value + 1));
    }
}

static char *show(Site *site, const char *path, const char *fields)
{
    const WebPage *page = web_page_find(path, false);
    char *text;

    MUST(page != NULL);
    fill_in(site, fields);
    text = g_string_free(web_page_show(page, &site->visit), FALSE);
    g_clear_pointer(&site->visit.fields, g_hash_table_unref);
    MUST(g_utf8_validate(text, -1, NULL) && !strstr(text, "(null)"));
    return text;
}

/* What is done; where the browser goes then says how it went. */
static char *submit(Site *site, const char *path, const char *fields)
{
    const WebPage *page = web_page_find(path, true);
    char *to;

    MUST(page != NULL);
    fill_in(site, fields);
    if (!g_hash_table_contains(site->visit.fields, "t")) {
        g_hash_table_insert(site->visit.fields, g_strdup("t"),
                            g_strdup(web_token_new(site->web, site->desk->caller.user)));
    }
    to = web_page_submit(page, &site->visit);
    g_clear_pointer(&site->visit.fields, g_hash_table_unref);
    return to;
}

typedef struct Row {
    const char *form;
    const char *fields;
    WebResult result;
} Row;

static void submit_all(Site *site, const Row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        g_autofree char *to = submit(site, rows[i].form, rows[i].fields);
        g_autofree char *end = g_strdup_printf("result=%u", rows[i].result);

        MUST_MSG(g_str_has_suffix(to, end), "row %zu, %s %s: %s", i, rows[i].form, rows[i].fields,
                 to);
    }
}

#define SUBMIT(site, rows) submit_all(site, rows, G_N_ELEMENTS(rows))

START_TEST(forms)
{
    static const Row rows[] = {
        {"/ipform", "", WEB_INVALID},
        {"/ipform", "dhcp=2", WEB_INVALID},
        {"/ipform", "dhcp=1&ping=1", WEB_DONE},
        {"/ipform", "dhcp=0", WEB_REFUSED}, /* no address */
        {"/ipform", "dhcp=0&ip=nonsense", WEB_REFUSED},
        {"/ipform", "dhcp=0&ip=192.0.2.9&mask=255.255.255.0&gateway=", WEB_DONE},
        {"/fqdnform", "host=box", WEB_INVALID},
        {"/fqdnform", "domain=lab.test", WEB_INVALID},
        {"/fqdnform", "host=caf\xc3\xa9&domain=lab.test", WEB_REFUSED},
        {"/fqdnform", "host=box&domain=lab.test", WEB_DONE},
        {"/eventsform", "", WEB_INVALID},
        {"/eventsform", "command=burn", WEB_INVALID},
        {"/eventsform", "command=stop", WEB_DONE},
        {"/eventsform", "command=clear", WEB_REFUSED}, /* it is stopped */
        {"/eventsform", "command=start", WEB_DONE},
        {"/eventsform", "command=clear", WEB_DONE},
        {"/remoteform", "", WEB_INVALID},
        {"/remoteform", "amt_html_rc_radio_group=9", WEB_INVALID},
        {"/remoteform", "amt_html_rc_radio_group=4&amt_html_rc_boot_special=3", WEB_DONE},
        {"/userform", "", WEB_INVALID},
        {"/userform", "command=1", WEB_INVALID},
        {"/userform", "command=1&UserName=joe", WEB_INVALID},
        {"/userform", "command=1&UserName=joe&UserPwd=weak&UserPwd2=weak", WEB_INVALID},
        {"/userform", "command=1&UserName=joe&UserPwd=P@ssw0rd&UserPwd2=P@ssw0rt", WEB_INVALID},
        {"/userform", "command=1&UserName=joe&UserPwd=P@ssw0rd", WEB_INVALID},
        {"/userform", "command=1&UserName=joe&UserPwd=P@ssw0rd&UserPwd2=P@ssw0rd&realm2=1&realm5=1",
         WEB_DONE},
        {"/userform", "command=1&UserName=joe&UserPwd=P@ssw0rd&UserPwd2=P@ssw0rd", WEB_REFUSED},
        {"/userform", "command=disable", WEB_INVALID},
        {"/userform", "command=burn&handle=1", WEB_INVALID},
        {"/userform", "command=disable&handle=1", WEB_DONE},
    };
    static const Row later[] = {
        {"/userform", "command=enable&handle=1", WEB_DONE},
        {"/userform", "command=enable&handle=9", WEB_REFUSED},
        {"/userform", "command=remove&handle=9", WEB_REFUSED},
        {"/userform", "command=remove&handle=1", WEB_DONE},
    };
    g_autoptr(Site) site = site_new();
    g_autofree char *users = NULL;
    g_autofree char *network = NULL;

    SUBMIT(site, rows);
    MUST_EQ(site->desk->acted, 1);
    MUST_EQ(site->desk->last, SWME_POWER_RESET);
    ck_assert_str_eq(amt_state_data(site->desk->amt)->host.name, "box");
    users = show(site, "/acl.htm", "");
    MUST(strstr(users, "<h2>joe</h2>\n<p>Disabled. Redirection, Remote control</p>"));
    network = show(site, "/ip.htm", "");
    MUST(strstr(network, "value=\"192.0.2.9\""));
    SUBMIT(site, later);
    MUST_EQ(amt_state_data(site->desk->amt)->accounts.account[1].name[0], 0);
}
END_TEST

/* A form that is not of a page of ours, or was sent, or is another user's. */
START_TEST(stale_forms)
{
    g_autoptr(Site) site = site_new();
    g_autofree char *mine =
        g_strdup_printf("t=%s&host=a&domain=b", web_token_new(site->web, site->desk->caller.user));
    g_autofree char *others =
        g_strdup_printf("t=%s&host=a&domain=b", web_token_new(site->web, "joe"));
    static const char *const strange[] = {"t=", "t=00112233445566778899aabbccddeeff$$OsAdmin"};

    for (size_t i = 0; i < G_N_ELEMENTS(strange); i++) {
        g_autofree char *to = submit(site, "/fqdnform", strange[i]);

        ck_assert_str_eq(to, "/fqdn.htm?invreq&result=3");
    }
    {
        g_autofree char *first = submit(site, "/fqdnform", others);
        g_autofree char *second = submit(site, "/fqdnform", mine);
        g_autofree char *third = submit(site, "/fqdnform", mine);

        ck_assert_str_eq(first, "/fqdn.htm?invreq&result=3");
        ck_assert_str_eq(second, "/fqdn.htm?result=0");
        ck_assert_str_eq(third, "/fqdn.htm?invreq&result=3");
    }
}
END_TEST

START_TEST(who_may_not)
{
    static const Row rows[] = {
        {"/ipform", "dhcp=1", WEB_REFUSED},
        {"/fqdnform", "host=box&domain=lab.test", WEB_REFUSED},
        {"/eventsform", "command=stop", WEB_REFUSED},
        {"/eventsform", "command=clear", WEB_REFUSED},
        {"/remoteform", "amt_html_rc_radio_group=4", WEB_REFUSED},
        {"/remoteform", "amt_html_rc_radio_group=4&amt_html_rc_boot_special=2", WEB_REFUSED},
        {"/userform", "command=1&UserName=joe&UserPwd=P@ssw0rd&UserPwd2=P@ssw0rd", WEB_REFUSED},
        {"/userform", "command=remove&handle=1", WEB_REFUSED},
        {"/userform", "command=enable&handle=1", WEB_REFUSED},
    };
    g_autoptr(Site) site = site_new();

    site->desk->caller.admin = false;
    site->desk->caller.realms = 0;
    SUBMIT(site, rows);
    MUST_EQ(site->desk->acted, 0);
}
END_TEST

/* Each page for who has one realm alone: it is there, without what is not his. That there are
 * other users, what hardware there is and what has happened is not shown to just anybody. */
START_TEST(each_page_by_each_realm)
{
    g_autoptr(Site) site = site_new();

    site->desk->caller.admin = false;
    for (const WebPage *page = web_pages; page->path; page++) {
        bool refused = false;

        for (unsigned int realm = 0; realm < 25; realm++) {
            g_autofree char *text = NULL;

            site->desk->caller.realms = realm ? 1u << realm : 0;
            text = show(site, page->path, "");
            MUST(strstr(text, page->title) != NULL);
            refused |= strstr(text, "may not") != NULL;
        }
        site->desk->caller.realms = UINT32_MAX;
        {
            g_autofree char *text = show(site, page->path, "");

            MUST_MSG(!strstr(text, "may not"), "%s: %s", page->path, text);
        }
        MUST_MSG(refused == (g_str_equal(page->path, "/acl.htm") ||
                             g_str_equal(page->path, "/events.htm") ||
                             (g_str_has_prefix(page->path, "/hw-") &&
                              /* the machine's identity is everybody's */
                              !g_str_equal(page->path, "/hw-sys.htm"))),
                 "%s", page->path);
    }
}
END_TEST

START_TEST(power_and_results)
{
    static const struct {
        SwmeHostPower power;
        const char *says;
    } rows[] = {
        {SWME_HOST_S0, "<strong>On</strong>"},
        {SWME_HOST_S3, "<strong>Standby</strong>"},
        {SWME_HOST_S5, "<strong>Off</strong>"},
    };
    static const struct {
        const char *fields;
        const char *says;
    } notices[] = {
        {"result=0", "class=\"done\""},
        {"result=1", "class=\"failed\""},
        {"result=2", "class=\"failed\""},
        {"result=3", "class=\"failed\""},
        {"result=4", NULL},
        {"result=00", NULL},
        {"result=", NULL},
        {"", NULL},
    };
    g_autoptr(Site) site = site_new();

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = NULL;

        site->desk->power = rows[i].power;
        text = show(site, "/remote.htm", "");
        MUST_MSG(strstr(text, rows[i].says), "row %zu: %s", i, text);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(notices); i++) {
        g_autofree char *text = show(site, "/fqdn.htm", notices[i].fields);

        MUST_MSG(notices[i].says
                     ? strstr(text, notices[i].says) != NULL
                     : !strstr(text, "class=\"done\"") && !strstr(text, "class=\"failed\""),
                 "row %zu: %s", i, text);
    }
    MUST(!web_page_find("/none.htm", false));
    MUST(!web_page_find("/index.htm", true));
    web_free(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("web-pages");
    TCase *tcase = unit_case(suite, "pages");

    tcase_add_test(tcase, forms);
    tcase_add_test(tcase, stale_forms);
    tcase_add_test(tcase, who_may_not);
    tcase_add_test(tcase, each_page_by_each_realm);
    tcase_add_test(tcase, power_and_results);
    return unit_run(suite);
}
