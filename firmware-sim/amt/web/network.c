/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/web/page.h"

static const WebTarget wired = {"AMT_EthernetPortSettings", "InstanceID",
                                "Intel(r) AMT Ethernet Port Settings 0"};
static const WebTarget general = {.class = "AMT_GeneralSettings"};

static const struct {
    const char *field; /* of the form; NULL: shown alone */
    const char *property;
    const char *label;
} addresses[] = {
    {"ip", "IPAddress", "IP address"},
    {"mask", "SubnetMask", "Subnet mask"},
    {"gateway", "DefaultGateway", "Gateway"},
    {"dns1", "PrimaryDNS", "Preferred DNS server"},
    {"dns2", "SecondaryDNS", "Alternate DNS server"},
};

/* The one of that key; NULL: refused, or not there. */
static WebInstance *find(GPtrArray *all, const WebTarget *target)
{
    for (unsigned int i = 0; all && i < all->len; i++) {
        WebInstance *instance = g_ptr_array_index(all, i);

        if (!target->key || web_value_is(instance, target->key, target->value)) {
            return instance;
        }
    }
    return NULL;
}

void web_show_network(WebVisit *visit, GString *page)
{
    g_autoptr(GPtrArray) ports = web_instances(visit, wired.class);
    g_autoptr(GPtrArray) settings = web_instances(visit, general.class);
    WebInstance *port = find(ports, &wired);
    WebInstance *setting = find(settings, &general);
    bool dhcp;

    if (!port || !setting) {
        web_refused(page);
        return;
    }
    dhcp = web_value_is(port, "DHCPEnabled", "true");
    web_table_begin(page, NULL);
    web_table_row(page, "MAC address", web_value(port, "MACAddress"));
    web_table_row(page, "Link", web_value_is(port, "LinkIsUp", "true") ? "Up" : "Down");
    for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
        web_table_row(page, addresses[i].label, web_value(port, addresses[i].property));
    }
    web_table_end(page);
    web_form_begin(visit, page, "/ipform");
    web_check(page, "ping", "1", "Respond to ping",
              web_value_is(setting, "PingResponseEnabled", "true"));
    g_string_append(page, "<fieldset><legend>TCP/IP settings</legend>\n");
    web_radio(page, "dhcp", "1", "Obtain them automatically (DHCP)", dhcp);
    web_radio(page, "dhcp", "0", "Use these", !dhcp);
    for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
        web_input(page, addresses[i].field, "text", addresses[i].label,
                  web_value(port, addresses[i].property));
    }
    g_string_append(page, "</fieldset>\n");
    web_form_end(page, "Submit");
}

WebResult web_submit_network(WebVisit *visit)
{
    const WebInput ping[] = {
        {"PingResponseEnabled", web_field_is(visit, "ping", "1") ? "true" : "false", NULL},
        {NULL, NULL, NULL},
    };
    bool dhcp = web_field_is(visit, "dhcp", "1");
    WebInput port[2 + G_N_ELEMENTS(addresses)] = {{"DHCPEnabled", dhcp ? "true" : "false", NULL}};
    unsigned int count = 1;

    if (!dhcp && !web_field_is(visit, "dhcp", "0")) {
        return WEB_INVALID;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(addresses) && !dhcp; i++) {
        const char *text = web_field(visit, addresses[i].field);

        if (text && *text) {
            port[count++] = (WebInput){addresses[i].property, text, NULL};
        }
    }
    /* Addresses may be refused: nothing else has changed then. */
    return web_put(visit, &wired, port) && web_put(visit, &general, ping) ? WEB_DONE : WEB_REFUSED;
}

/* ---- the computer's name ---- */

void web_show_name(WebVisit *visit, GString *page)
{
    g_autoptr(GPtrArray) settings = web_instances(visit, general.class);
    WebInstance *setting = find(settings, &general);

    if (!setting) {
        web_refused(page);
        return;
    }
    web_form_begin(visit, page, "/fqdnform");
    web_input(page, "host", "text", "Computer host name", web_value(setting, "HostName"));
    web_input(page, "domain", "text", "Domain name", web_value(setting, "DomainName"));
    web_form_end(page, "Submit");
}

WebResult web_submit_name(WebVisit *visit)
{
    const char *host = web_field(visit, "host");
    const char *domain = web_field(visit, "domain");
    const WebInput names[] = {
        {"HostName", host, NULL}, {"DomainName", domain, NULL}, {NULL, NULL, NULL}};

    if (!host || !domain) {
        return WEB_INVALID;
    }
    return web_put(visit, &general, names) ? WEB_DONE : WEB_REFUSED;
}
