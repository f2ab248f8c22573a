/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AMT's network ports. AMT SDK, AMT_EthernetPortSettings; go-wsman-messages (captured answers). */
#include <string.h>

#include <gio/gio.h>

#include "firmware-sim/amt/wsman/classes.h"
#include "firmware-sim/amt/wsman/classes/power.h"

static const AmtInterface *lan(const WsmanCall *call, unsigned int slot)
{
    return &wsman_data(call)->network.lan[slot];
}

static bool lan_present(const WsmanCall *call, unsigned int slot)
{
    return lan(call, slot)->present;
}

static void append_address(WsmanOut *out, uint32_t address)
{
    char text[16];

    if (address) { /* what is not known is not there */
        g_snprintf(text, sizeof(text), "%u.%u.%u.%u", address >> 24, address >> 16 & 0xff,
                   address >> 8 & 0xff, address & 0xff);
        wsman_out_text(out, text);
    }
}

/* ---- AMT_EthernetPortSettings ---- */

static void port_id(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    wsman_out_text(out, slot == 0 ? "Intel(r) AMT Ethernet Port Settings 0"
                                  : "Intel(r) AMT Ethernet Port Settings 1");
}

static void port_mac(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const uint8_t *mac = lan(call, slot)->mac;
    char text[18];

    g_snprintf(text, sizeof(text), "%02x-%02x-%02x-%02x-%02x-%02x", mac[0], mac[1], mac[2], mac[3],
               mac[4], mac[5]);
    wsman_out_text(out, text);
}

static const struct {
    uint32_t bit;
    uint32_t wire;
} policies[] = {
    {AMT_LINK_S0_AC, 1},
    {AMT_LINK_SX_AC, 14},
    {AMT_LINK_S0_DC, 16},
    {AMT_LINK_SX_DC, 224},
};

static void link_policy(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    for (size_t i = 0; i < G_N_ELEMENTS(policies); i++) {
        if (lan(call, slot)->link_policy & policies[i].bit) {
            wsman_out_number(out, policies[i].wire);
        }
    }
}

static bool set_link_policy(WsmanCall *call, const WsmanProperty *property, unsigned int slot)
{
    uint32_t bits = 0;

    for (unsigned int i = 0; i < wsman_count(call, property->name); i++) {
        uint64_t value;
        size_t at = 0;

        wsman_number(call, property->name, i, UINT8_MAX, &value);
        while (at < G_N_ELEMENTS(policies) && policies[at].wire != value) {
            at++;
        }
        if (at == G_N_ELEMENTS(policies)) {
            return false;
        }
        bits |= policies[at].bit;
    }
    wsman_change(call)->network.lan[slot].link_policy = bits;
    return true;
}

static bool parse_address(const char *text, uint32_t *address)
{
    g_autoptr(GInetAddress) parsed = g_inet_address_new_from_string(text);
    const uint8_t *bytes;

    if (!parsed || g_inet_address_get_family(parsed) != G_SOCKET_FAMILY_IPV4) {
        return false;
    }
    bytes = g_inet_address_to_bytes(parsed);
    *address =
        (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    return true;
}

#define ADDRESS(function, member)                                                                 \
    static void out_##function(const WsmanCall *call, unsigned int slot, WsmanOut *out)           \
    {                                                                                             \
        append_address(out, lan(call, slot)->member);                                             \
    }                                                                                             \
    static bool set_##function(WsmanCall *call, const WsmanProperty *property, unsigned int slot) \
    {                                                                                             \
        return parse_address(wsman_text(call, property->name, 0),                                 \
                             &wsman_change(call)->network.lan[slot].member);                      \
    }

ADDRESS(address, address)
ADDRESS(mask, mask)
ADDRESS(gateway, gateway)
ADDRESS(dns, dns[0])
ADDRESS(dns_2, dns[1])

static bool is_mask(uint32_t mask)
{
    uint32_t rest = ~mask;

    return mask && (rest & (rest + 1)) == 0;
}

static WsmanFault put_port(WsmanCall *call, unsigned int slot)
{
    static const char *const addresses[] = {"IPAddress", "SubnetMask", "DefaultGateway",
                                            "PrimaryDNS", "SecondaryDNS"};
    const AmtInterface *port = lan(call, slot);

    if (port->dhcp) {
        /* The DHCP server says these (AMT SDK): they may not come with DHCPEnabled. */
        for (size_t i = 0; wsman_has(call, "DHCPEnabled") && i < G_N_ELEMENTS(addresses); i++) {
            if (wsman_has(call, addresses[i])) {
                return WSMAN_FAULT_INVALID_VALUES;
            }
        }
        return WSMAN_FINE;
    }
    if (port->shared_static) {
        return WSMAN_FINE; /* the host's addresses are AMT's */
    }
    return port->address && is_mask(port->mask) ? WSMAN_FINE : WSMAN_FAULT_MISSING_VALUES;
}

static void shared_mac(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_bool(
        out, memcmp(lan(call, slot)->mac, wsman_data(call)->network.host_mac, AMTHI_MAC_SIZE) == 0);
}

static void shared_dynamic(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_bool(out, lan(call, slot)->dhcp);
}

static void connection_type(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    wsman_out_number(out, slot == 0 ? 0 : 3); /* integrated LAN, Wi-Fi */
}

static void link_control(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    if (slot == 1) { /* of the wireless one: 1 the ME, 2 the host */
        wsman_out_number(out, lan(call, slot)->dhcp_ip_mode ? lan(call, slot)->dhcp_ip_mode : 2);
    }
}

static uint32_t set_link_preference(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    uint32_t preference = wsman_u32(call, "LinkPreference");

    (void)out;
    if (preference != 1 && preference != 2) {
        return WSMAN_PT_INVALID_PARAMETER;
    }
    if (slot != 1) {
        return WSMAN_PT_UNSUPPORTED;
    }
    wsman_change(call)->network.lan[1].dhcp_ip_mode = preference;
    return WSMAN_PT_SUCCESS;
}

static const WsmanParameter link_preference_in[] = {
    {"LinkPreference", WSMAN_U32, 0, 0},
    {"Timeout", WSMAN_U32, WSMAN_OPTIONAL, 0},
    {NULL, 0, 0, 0},
};

static const WsmanMethod port_methods[] = {
    {"SetLinkPreference", link_preference_in, NULL, set_link_preference,
     WSMAN_REALM_ADMINISTRATION | WSMAN_REALM_REMOTE_CONTROL, WSMAN_PT_INVALID_PARAMETER, false},
    {.name = NULL},
};

static const WsmanProperty port_settings[] = {
    WSMAN_GET("InstanceID", WSMAN_TEXT, WSMAN_KEY, port_id),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Ethernet Port Settings"),
    WSMAN_NUMBER_IS("ConsoleTcpMaxRetransmissions", WSMAN_U32, 5),
    WSMAN_GET_SET("DefaultGateway", WSMAN_TEXT, 0, out_gateway, set_gateway),
    WSMAN_EACH("DHCPEnabled", WSMAN_BOOL, WSMAN_WRITE, network.lan, dhcp),
    WSMAN_GET_SET("IPAddress", WSMAN_TEXT, 0, out_address, set_address),
    WSMAN_EACH("IpSyncEnabled", WSMAN_BOOL, WSMAN_WRITE, network.lan, ip_sync),
    WSMAN_GET("LinkControl", WSMAN_U32, 0, link_control),
    WSMAN_EACH("LinkIsUp", WSMAN_BOOL, 0, network.lan, link),
    WSMAN_GET_SET("LinkPolicy", WSMAN_U8, WSMAN_ARRAY, link_policy, set_link_policy),
    WSMAN_GET("LinkPreference", WSMAN_U32, 0, link_control),
    WSMAN_GET("MACAddress", WSMAN_TEXT, 0, port_mac),
    WSMAN_GET("PhysicalConnectionType", WSMAN_U32, 0, connection_type),
    WSMAN_GET_SET("PrimaryDNS", WSMAN_TEXT, 0, out_dns, set_dns),
    WSMAN_GET_SET("SecondaryDNS", WSMAN_TEXT, 0, out_dns_2, set_dns_2),
    WSMAN_GET("SharedDynamicIP", WSMAN_BOOL, 0, shared_dynamic),
    WSMAN_GET("SharedMAC", WSMAN_BOOL, 0, shared_mac),
    WSMAN_EACH("SharedStaticIp", WSMAN_BOOL, WSMAN_WRITE, network.lan, shared_static),
    WSMAN_GET_SET("SubnetMask", WSMAN_TEXT, 0, out_mask, set_mask),
    WSMAN_EACH("VLANTag", WSMAN_U16, 0, network.lan, vlan),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_EthernetPortSettings = {
    .name = "AMT_EthernetPortSettings",
    .base = "CIM_SettingData",
    .read = WSMAN_REALM_ANY,
    .write = WSMAN_REALM_ADMINISTRATION,
    .slots = 2,
    .present = lan_present,
    .properties = port_settings,
    .methods = port_methods,
    .put = put_port,
};

/* ---- CIM_EthernetPort ---- */

static void device_id(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    wsman_out_text(out,
                   slot == 0 ? "Intel(r) AMT Ethernet Port 0" : "Intel(r) AMT Ethernet Port 1");
}

static void bare_mac(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const uint8_t *mac = lan(call, slot)->mac;
    char text[13];

    g_snprintf(text, sizeof(text), "%02x%02x%02x%02x%02x%02x", mac[0], mac[1], mac[2], mac[3],
               mac[4], mac[5]);
    wsman_out_text(out, text);
}

static const WsmanProperty ethernet_port[] = {
    WSMAN_KEY_IS("CreationClassName", "CIM_EthernetPort"),
    WSMAN_GET("DeviceID", WSMAN_TEXT, WSMAN_KEY, device_id),
    WSMAN_KEY_IS("SystemCreationClassName", "CIM_ComputerSystem"),
    WSMAN_KEY_IS("SystemName", "Intel(r) AMT"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Ethernet Port"),
    WSMAN_NUMBER_IS("EnabledState", WSMAN_U16, 5),
    WSMAN_NUMBER_IS("LinkTechnology", WSMAN_U16, 2),
    WSMAN_NUMBER_IS("MaxSpeed", WSMAN_U64, 1000000000),
    WSMAN_GET("NetworkAddresses", WSMAN_TEXT, WSMAN_ARRAY, bare_mac),
    WSMAN_GET("PermanentAddress", WSMAN_TEXT, 0, bare_mac),
    WSMAN_NUMBER_IS("PortType", WSMAN_U16, 53),
    WSMAN_NUMBER_IS("RequestedState", WSMAN_U16, 12),
    WSMAN_NUMBER_IS("Speed", WSMAN_U64, 1000000000),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_EthernetPort = {
    .name = "CIM_EthernetPort",
    .base = "CIM_NetworkPort",
    .read = WSMAN_REALM_ANY,
    .slots = 2,
    .present = lan_present,
    .properties = ethernet_port,
};

/* ---- IPS_IPv6PortSettings ---- */

static void ipv6_id(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    wsman_out_text(out,
                   slot == 0 ? "Intel(r) IPS IPv6 Settings 0" : "Intel(r) IPS IPv6 Settings 1");
}

static void ipv6_current(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const AmtInterface *port = lan(call, slot);

    for (unsigned int i = 0; i < AMT_IPV6_MAX; i++) {
        const AmtIpv6Address *address = &port->ipv6_address[i];

        if (*address->text) {
            g_autofree char *text =
                g_strdup_printf("%s,%u,%u", address->text, address->type, address->state);

            wsman_out_text(out, text);
        }
    }
}

static void out_ipv6(WsmanOut *out, const char *text)
{
    wsman_out_text(out, *text ? text : "::");
}

static bool set_ipv6(WsmanCall *call, const WsmanProperty *property, char *at)
{
    const char *text = wsman_text(call, property->name, 0);
    g_autoptr(GInetAddress) parsed = g_inet_address_new_from_string(text);

    if (!parsed || g_inet_address_get_family(parsed) != G_SOCKET_FAMILY_IPV6 ||
        strlen(text) >= AMTHI_IP_TEXT_SIZE) {
        return false;
    }
    memset(at, 0, AMTHI_IP_TEXT_SIZE);
    if (!g_str_equal(text, "::")) {
        memcpy(at, text, strlen(text));
    }
    return true;
}

#define IPV6(function, index)                                                                     \
    static void out_##function(const WsmanCall *call, unsigned int slot, WsmanOut *out)           \
    {                                                                                             \
        out_ipv6(out, lan(call, slot)->ipv6_set[index]);                                          \
    }                                                                                             \
    static bool set_##function(WsmanCall *call, const WsmanProperty *property, unsigned int slot) \
    {                                                                                             \
        return set_ipv6(call, property, wsman_change(call)->network.lan[slot].ipv6_set[index]);   \
    }

IPV6(ipv6_address, AMT_IPV6_SET_ADDRESS)
IPV6(ipv6_router, AMT_IPV6_SET_ROUTER)
IPV6(ipv6_dns, AMT_IPV6_SET_DNS)
IPV6(ipv6_dns_2, AMT_IPV6_SET_DNS_2)

static void current_router(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    out_ipv6(out, lan(call, slot)->ipv6_router);
}

static void current_dns(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    out_ipv6(out, lan(call, slot)->ipv6_dns[0]);
}

static void current_dns_2(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    out_ipv6(out, lan(call, slot)->ipv6_dns[1]);
}

static bool set_interface_id(WsmanCall *call, const WsmanProperty *property, unsigned int slot)
{
    const char *text = wsman_text(call, property->name, 0);
    uint8_t *id = wsman_change(call)->network.lan[slot].ipv6_id;

    if (strlen(text) != 2 * AMT_IPV6_ID_SIZE) {
        return false;
    }
    for (unsigned int i = 0; i < 2 * AMT_IPV6_ID_SIZE; i++) {
        if (!g_ascii_isxdigit(text[i])) {
            return false;
        }
        id[i / 2] = (uint8_t)(id[i / 2] << 4 | g_ascii_xdigit_value(text[i]));
    }
    return true;
}

static void interface_id(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_hex(out, lan(call, slot)->ipv6_id, AMT_IPV6_ID_SIZE);
}

static bool set_id_type(WsmanCall *call, const WsmanProperty *property, unsigned int slot)
{
    wsman_change(call)->network.lan[slot].ipv6_id_type = wsman_u32(call, property->name);
    return lan(call, slot)->ipv6_id_type <= 2;
}

static void id_type(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_number(out, lan(call, slot)->ipv6_id_type);
}

static const WsmanProperty ipv6_settings[] = {
    WSMAN_GET("InstanceID", WSMAN_TEXT, WSMAN_KEY, ipv6_id),
    WSMAN_TEXT_IS("ElementName", "Intel(r) IPS IPv6 Settings"),
    WSMAN_GET("CurrentAddressInfo", WSMAN_TEXT, WSMAN_ARRAY, ipv6_current),
    WSMAN_GET("CurrentDefaultRouter", WSMAN_TEXT, 0, current_router),
    WSMAN_GET("CurrentPrimaryDNS", WSMAN_TEXT, 0, current_dns),
    WSMAN_GET("CurrentSecondaryDNS", WSMAN_TEXT, 0, current_dns_2),
    WSMAN_GET_SET("DefaultRouter", WSMAN_TEXT, 0, out_ipv6_router, set_ipv6_router),
    WSMAN_GET_SET("IPv6Address", WSMAN_TEXT, 0, out_ipv6_address, set_ipv6_address),
    WSMAN_GET_SET("InterfaceIDType", WSMAN_U32, 0, id_type, set_id_type),
    WSMAN_GET_SET("ManualInterfaceID", WSMAN_HEX, 0, interface_id, set_interface_id),
    WSMAN_GET_SET("PrimaryDNS", WSMAN_TEXT, 0, out_ipv6_dns, set_ipv6_dns),
    WSMAN_GET_SET("SecondaryDNS", WSMAN_TEXT, 0, out_ipv6_dns_2, set_ipv6_dns_2),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_IPS_IPv6PortSettings = {
    .name = "IPS_IPv6PortSettings",
    .base = "CIM_SettingData",
    .since_major = 6,
    .read = WSMAN_REALM_ANY,
    .write = WSMAN_REALM_ADMINISTRATION,
    .slots = 2,
    .present = lan_present,
    .properties = ipv6_settings,
};

/* ---- CIM_ElementSettingData: which settings hold ---- */

/* Two ports, IPv6 on each, two power schemes, in this order. */
enum { SETTING_PORT, SETTING_IPV6 = 2, SETTING_SCHEME = 4, SETTINGS = 6 };

static bool setting_there(const WsmanCall *call, unsigned int slot)
{
    return slot >= SETTING_SCHEME || lan_present(call, slot % 2);
}

static void managed_element(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    if (slot < SETTING_SCHEME) {
        wsman_out_reference(out, call, &wsman_CIM_EthernetPort, slot % 2);
    } else {
        wsman_out_reference(out, call, &wsman_CIM_ComputerSystem, 1);
    }
}

static void setting_data(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    if (slot < SETTING_IPV6) {
        wsman_out_reference(out, call, &wsman_AMT_EthernetPortSettings, slot);
    } else if (slot < SETTING_SCHEME) {
        wsman_out_reference(out, call, &wsman_IPS_IPv6PortSettings, slot - SETTING_IPV6);
    } else {
        wsman_out_reference(out, call, &wsman_AMT_SystemPowerScheme, slot - SETTING_SCHEME);
    }
}

static void is_current(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    bool current = slot < SETTING_IPV6 ? true
                   : slot < SETTING_SCHEME
                       ? lan(call, slot - SETTING_IPV6)->ipv6
                       : wsman_power_scheme_is_current(call, slot - SETTING_SCHEME);

    wsman_out_number(out, current ? 1 : 2);
}

static const WsmanProperty element_setting[] = {
    WSMAN_GET("IsCurrent", WSMAN_U16, 0, is_current),
    WSMAN_GET("ManagedElement", WSMAN_REFERENCE, WSMAN_KEY, managed_element),
    WSMAN_GET("SettingData", WSMAN_REFERENCE, WSMAN_KEY, setting_data),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_ElementSettingData = {
    .name = "CIM_ElementSettingData",
    .read = WSMAN_REALM_ANY,
    .slots = SETTINGS,
    .present = setting_there,
    .properties = element_setting,
};

/* ---- AMT_8021XProfile: none is set ---- */

static const WsmanProperty profile_8021x[] = {
    WSMAN_KEY_IS("InstanceID", "Intel(r) AMT 802.1x Profile 0"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT 802.1x Profile"),
    WSMAN_NUMBER_IS("ActiveInS0", WSMAN_BOOL, 0),
    WSMAN_NUMBER_IS("Enabled", WSMAN_BOOL, 0),
    WSMAN_NUMBER_IS("PxeTimeout", WSMAN_U32, 120),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_8021XProfile = {
    .name = "AMT_8021XProfile",
    .base = "CIM_SettingData",
    .read = WSMAN_REALM_ANY,
    .slots = 1,
    .properties = profile_8021x,
};
