/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h>
#include <string.h>

#include "firmware-sim/error.h"
#include "firmware-sim/net/lan/lan-internal.h"

static bool parse_host(const char *text, uint32_t *ip)
{
    struct in_addr address;

    if (inet_pton(AF_INET, text, &address) != 1) {
        return false;
    }
    *ip = ntohl(address.s_addr);
    return lan_is_host(*ip);
}

bool swme_lan_parse_address(const char *text, AmtInterface *wired, GError **error)
{
    g_auto(GStrv) words = g_strsplit(text, "+", 2);
    char *bits = words[0] ? strchr(words[0], '/') : NULL;
    AmtInterface parsed = *wired;
    uint64_t count = 0;

    parsed.dhcp = g_str_equal(text, "dhcp");
    parsed.address = parsed.mask = parsed.gateway = parsed.dns[0] = parsed.dns[1] = 0;
    if (parsed.dhcp && wired->dhcp) {
        return true; /* and its last address is worth asking for */
    }
    if (!parsed.dhcp) {
        if (bits) {
            *bits++ = '\0';
        }
        if (!bits || !parse_host(words[0], &parsed.address) ||
            !g_ascii_string_to_unsigned(bits, 10, 1, 30, &count, NULL) ||
            (words[1] && !parse_host(words[1], &parsed.gateway))) {
            g_autofree char *shown = swme_error_text(text);

            return swme_error_set(error, SWME_ERROR_ARGUMENT, NULL,
                                  "'%s' is no address: dhcp, or ADDRESS/BITS[+ROUTER] as in "
                                  "192.168.1.5/24+192.168.1.1",
                                  shown);
        }
        parsed.mask = UINT32_MAX << (32 - count);
        if (parsed.gateway && ((parsed.gateway ^ parsed.address) & parsed.mask)) {
            return swme_error_set(error, SWME_ERROR_ARGUMENT, NULL,
                                  "router %s is not in the network of %s/%s", words[1], words[0],
                                  bits);
        }
    }
    *wired = parsed;
    return true;
}
