/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proxies by which AMT may reach its servers: IPS_HTTPProxyService, IPS_HTTPProxyAccessPoint. Kept
 * and shown; AMT itself does not call. go-wsman-messages ips/http.
 */
#include <stdio.h>

#include "firmware-sim/amt/wsman/classes.h"
#include "firmware-sim/amt/wsman/classes/access-info.h"
#include "firmware-sim/amt/wsman/classes/texts.h"
#include "firmware-sim/amt/wsman/session.h"

#define ADMIN  WSMAN_REALM_ADMINISTRATION
#define SINCE  11 /* IPS_HTTPProxyService */
#define SYSTEM "Intel(r) AMT"

static const AmtStored *stored(const WsmanCall *call)
{
    return &wsman_data(call)->stored;
}

static bool proxy_here(const WsmanCall *call, unsigned int slot)
{
    return stored(call)->proxy[slot].handle != 0;
}

static void proxy_name(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    char name[64];

    snprintf(name, sizeof(name), "Intel(r) ME:HTTP Proxy Access Point %u",
             stored(call)->proxy[slot].handle);
    wsman_out_text(out, name);
}

static void proxy_address(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_texts(out, stored(call)->proxy[slot].names, AMT_PROXY_ADDRESS);
}

static void proxy_suffix(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_texts(out, stored(call)->proxy[slot].names, AMT_PROXY_SUFFIX);
}

static void drop_proxy(AmtProxy *proxy)
{
    amt_blob_take(&proxy->names, NULL);
    *proxy = (AmtProxy){0};
}

static WsmanFault remove_proxy(WsmanCall *call, unsigned int slot)
{
    drop_proxy(&wsman_change(call)->stored.proxy[slot]);
    return WSMAN_FINE;
}

/* This one is tried first from now on. */
static uint32_t prefer_proxy(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtProxy *proxies = wsman_change(call)->stored.proxy;

    (void)out;
    for (unsigned int i = 0; i < AMT_PROXIES; i++) {
        proxies[i].priority += proxies[i].handle && proxies[i].priority < proxies[slot].priority;
    }
    proxies[slot].priority = 0;
    return WSMAN_PT_SUCCESS;
}

static bool same_proxy(const AmtProxy *proxy, uint32_t port, const char *const *names)
{
    bool same = proxy->port == port;

    for (unsigned int i = 0; i < AMT_PROXY_NAMES; i++) {
        same &= g_ascii_strcasecmp(amt_texts_get(proxy->names, i), names[i]) == 0;
    }
    return same;
}

static uint32_t add_proxy(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtProxy *proxies = wsman_change(call)->stored.proxy;
    AmtProxy proxy = {0};
    const char *names[AMT_PROXY_NAMES] = {
        wsman_take_address(call, &proxy.format),
        wsman_short_text(call, "NetworkDnsSuffix", AMT_PROXY_SUFFIX_SIZE),
    };
    unsigned int at = AMT_PROXIES;

    (void)slot;
    if (!names[0] || !names[1] || !*names[1] || !wsman_take_port(call, &proxy.port)) {
        return WSMAN_PT_INVALID_PARAMETER;
    }
    for (unsigned int i = AMT_PROXIES; i-- > 0;) {
        if (!proxies[i].handle) {
            at = i;
        } else if (same_proxy(&proxies[i], proxy.port, names)) {
            return WSMAN_PT_DUPLICATE;
        } else {
            proxy.priority++; /* the last to be tried */
        }
    }
    if (at == AMT_PROXIES) {
        return WSMAN_PT_LIMIT;
    }
    proxy.handle = at + 1;
    proxy.names = amt_texts_new(names, AMT_PROXY_NAMES);
    proxies[at] = proxy;
    wsman_out_name(out, "ProxyAccessPoint");
    wsman_out_reference(out, call, &wsman_IPS_HTTPProxyAccessPoint, at);
    return WSMAN_PT_SUCCESS;
}

static const WsmanParameter prefer_in[] = {
    {"Priority", WSMAN_U32, WSMAN_OPTIONAL, 0}, /* as some send it */
    {NULL, 0, 0, 0},
};

static const WsmanMethod access_methods[] = {
    {"UpdatePriority", prefer_in, NULL, prefer_proxy, ADMIN, WSMAN_PT_INVALID_PARAMETER, false},
    {.name = NULL},
};

static const WsmanProperty access_properties[] = {
    WSMAN_GET("AccessInfo", WSMAN_TEXT, 0, proxy_address),
    WSMAN_KEY_IS("CreationClassName", "IPS_HTTPProxyAccessPoint"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) ME:HTTP Proxy Access Point"),
    WSMAN_EACH("InfoFormat", WSMAN_U16, 0, stored.proxy, format),
    WSMAN_GET("Name", WSMAN_TEXT, WSMAN_KEY, proxy_name),
    WSMAN_GET("NetworkDnsSuffix", WSMAN_TEXT, 0, proxy_suffix),
    WSMAN_EACH("Port", WSMAN_U16, 0, stored.proxy, port),
    WSMAN_EACH("Priority", WSMAN_U32, 0, stored.proxy, priority),
    WSMAN_KEY_IS("SystemCreationClassName", "CIM_ComputerSystem"),
    WSMAN_KEY_IS("SystemName", SYSTEM),
    WSMAN_NUMBER_IS("Type", WSMAN_U8, 0), /* set by hand */
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_IPS_HTTPProxyAccessPoint = {
    .name = "IPS_HTTPProxyAccessPoint",
    .base = "CIM_RemoteServiceAccessPoint",
    .since_major = SINCE,
    .stored = true,
    .read = ADMIN,
    .write = ADMIN,
    .slots = AMT_PROXIES,
    .present = proxy_here,
    .properties = access_properties,
    .methods = access_methods,
    .remove = remove_proxy,
};

static const WsmanParameter add_proxy_in[] = {
    {"AccessInfo", WSMAN_TEXT, 0, 0},
    {"InfoFormat", WSMAN_U16, 0, 0},
    {"Port", WSMAN_U16, 0, 0},
    {"NetworkDnsSuffix", WSMAN_TEXT, 0, 0},
    {NULL, 0, 0, 0},
};

static const WsmanMethod proxy_methods[] = {
    {"AddProxyAccessPoint", add_proxy_in, "ProxyAccessPoint", add_proxy, ADMIN,
     WSMAN_PT_INVALID_PARAMETER, false},
    {.name = NULL},
};

static const WsmanProperty proxy_properties[] = {
    WSMAN_SERVICE_KEYS("IPS_HTTPProxyService", "Intel(r) ME HTTP Proxy Service", SYSTEM),
    WSMAN_TEXT_IS("ElementName", "Intel(r) ME HTTP Proxy Service"),
    WSMAN_NUMBER_IS("SyncEnabled", WSMAN_BOOL, 0),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_IPS_HTTPProxyService = {
    .name = "IPS_HTTPProxyService",
    .base = "CIM_Service",
    .since_major = SINCE,
    .stored = true,
    .read = ADMIN,
    .slots = 1,
    .properties = proxy_properties,
    .methods = proxy_methods,
};
