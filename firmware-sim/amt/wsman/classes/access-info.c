/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/wsman/classes/access-info.h"

#include <string.h>

#include <gio/gio.h>

#include "firmware-sim/amt/wsman/classes/texts.h"
#include "firmware-sim/amt/wsman/session.h"

const char *wsman_take_address(WsmanCall *call, uint32_t *format)
{
    const char *address = wsman_short_text(call, "AccessInfo", AMT_ACCESS_INFO_SIZE);
    g_autoptr(GInetAddress) parsed = NULL;
    bool good;

    *format = wsman_u32(call, "InfoFormat");
    if (!address || !*address) {
        return NULL;
    }
    if (*format == AMT_INFO_FQDN) {
        return strpbrk(address, " <>&\"'/:") ? NULL : address;
    }
    parsed = g_inet_address_new_from_string(address);
    good = parsed &&
           *format == (g_inet_address_get_family(parsed) == G_SOCKET_FAMILY_IPV4 ? AMT_INFO_IPV4
                                                                                 : AMT_INFO_IPV6);
    return good ? address : NULL;
}

bool wsman_take_port(WsmanCall *call, uint32_t *port)
{
    *port = wsman_u32(call, "Port");
    return *port != 0;
}
