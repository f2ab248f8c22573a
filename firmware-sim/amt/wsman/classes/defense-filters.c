/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Filters of System Defense: AMT_IPHeadersFilter, AMT_Hdr8021Filter, and AMT_NetworkFilter for what
 * no filter matches. AMT SDK, "System Defense Filter Types"; names: intel/lms class metadata.
 */
#include <string.h>

#include "firmware-sim/amt/wsman/classes/defense.h"

#define ADDRESS_SIZE 16
#define TCP_FLAGS    6

static const AmtDefenseFilter *filter_at(const WsmanCall *call, unsigned int slot)
{
    return &wsman_data(call)->defense.filter[slot];
}

static bool is_ip(const WsmanCall *call, unsigned int slot)
{
    return filter_at(call, slot)->handle && filter_at(call, slot)->ip;
}

static bool is_ethernet(const WsmanCall *call, unsigned int slot)
{
    return filter_at(call, slot)->handle && !filter_at(call, slot)->ip;
}

const WsmanClass *defense_filter_class(const WsmanCall *call, unsigned int slot)
{
    return filter_at(call, slot)->ip ? &wsman_AMT_IPHeadersFilter : &wsman_AMT_Hdr8021Filter;
}

WsmanFault defense_fault(AmtDefenseStatus status)
{
    switch (status) {
    case AMT_DEFENSE_OK:
        return WSMAN_FINE;
    case AMT_DEFENSE_NO_ROOM:
        return WSMAN_FAULT_QUOTA;
    case AMT_DEFENSE_IN_USE:
        return WSMAN_FAULT_IN_USE;
    case AMT_DEFENSE_INVALID:
    default:
        return WSMAN_FAULT_INVALID_VALUES;
    }
}

/* ---- out ---- */

static size_t address_size(const AmtDefenseFilter *filter)
{
    return filter->version == 4 ? 4 : ADDRESS_SIZE;
}

/* Of a property that may be absent: bit of given, and the value. */
#define OPTIONAL_NUMBER(name_, bit_, member_)                                  \
    static void name_(const WsmanCall *call, unsigned int slot, WsmanOut *out) \
    {                                                                          \
        if (filter_at(call, slot)->given & (bit_)) {                           \
            wsman_out_number(out, filter_at(call, slot)->member_);             \
        }                                                                      \
    }
#define OPTIONAL_ADDRESS(name_, bit_, member_)                                 \
    static void name_(const WsmanCall *call, unsigned int slot, WsmanOut *out) \
    {                                                                          \
        const AmtDefenseFilter *filter = filter_at(call, slot);                \
                                                                               \
        if (filter->given & (bit_)) {                                          \
            wsman_out_hex(out, filter->member_, address_size(filter));         \
        }                                                                      \
    }

OPTIONAL_NUMBER(out_version, AMT_DEFENSE_VERSION, version)
OPTIONAL_NUMBER(out_protocol, AMT_DEFENSE_PROTOCOL, protocol)
OPTIONAL_NUMBER(out_source_from, AMT_DEFENSE_SOURCE_PORT, source_from)
OPTIONAL_NUMBER(out_source_until, AMT_DEFENSE_SOURCE_PORT_END, source_until)
OPTIONAL_NUMBER(out_destination_from, AMT_DEFENSE_DESTINATION_PORT, destination_from)
OPTIONAL_NUMBER(out_destination_until, AMT_DEFENSE_DESTINATION_PORT_END, destination_until)
OPTIONAL_NUMBER(out_rate, AMT_DEFENSE_RATE, rate)
OPTIONAL_ADDRESS(out_source, AMT_DEFENSE_SOURCE, source)
OPTIONAL_ADDRESS(out_source_end, AMT_DEFENSE_SOURCE_END, source_to)
OPTIONAL_ADDRESS(out_source_mask, AMT_DEFENSE_SOURCE_MASK, source_to)
OPTIONAL_ADDRESS(out_destination, AMT_DEFENSE_DESTINATION, destination)
OPTIONAL_ADDRESS(out_destination_end, AMT_DEFENSE_DESTINATION_END, destination_to)
OPTIONAL_ADDRESS(out_destination_mask, AMT_DEFENSE_DESTINATION_MASK, destination_to)

static void out_bits(uint32_t bits, WsmanOut *out)
{
    for (unsigned int i = 0; i < TCP_FLAGS; i++) {
        if (bits >> i & 1) {
            wsman_out_number(out, i);
        }
    }
}

static void out_flags_on(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    out_bits(filter_at(call, slot)->flags_on, out);
}

static void out_flags_off(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    out_bits(filter_at(call, slot)->flags_off, out);
}

/* ---- in ---- */

typedef struct Number {
    const char *name;
    uint32_t bit; /* 0: it must be there */
    uint32_t max;
    size_t offset;
} Number;

#define NUMBER(name_, bit_, max_, member_)                     \
    {                                                          \
        name_, bit_, max_, offsetof(AmtDefenseFilter, member_) \
    }

static const Number common_numbers[] = {
    NUMBER("FilterProfile", 0, AMT_DEFENSE_PROFILES - 1, profile),
    NUMBER("FilterDirection", 0, AMT_DEFENSE_WAYS - 1, direction),
    NUMBER("FilterProfileData", AMT_DEFENSE_RATE, UINT32_MAX, rate),
};
static const Number ethernet_numbers[] = {NUMBER("HdrProtocolID8021", 0, UINT16_MAX, type)};
static const Number ip_numbers[] = {
    NUMBER("HdrIPVersion", AMT_DEFENSE_VERSION, 6, version),
    NUMBER("HdrProtocolID", AMT_DEFENSE_PROTOCOL, UINT8_MAX, protocol),
    NUMBER("HdrSrcPortStart", AMT_DEFENSE_SOURCE_PORT, UINT16_MAX, source_from),
    NUMBER("HdrSrcPortEnd", AMT_DEFENSE_SOURCE_PORT_END, UINT16_MAX, source_until),
    NUMBER("HdrDestPortStart", AMT_DEFENSE_DESTINATION_PORT, UINT16_MAX, destination_from),
    NUMBER("HdrDestPortEnd", AMT_DEFENSE_DESTINATION_PORT_END, UINT16_MAX, destination_until),
};

static bool take_numbers(WsmanCall *call, AmtDefenseFilter *filter, const Number *numbers,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t value;

        if (!wsman_has(call, numbers[i].name) && numbers[i].bit) {
            continue;
        }
        if (!wsman_number(call, numbers[i].name, 0, numbers[i].max, &value)) {
            return false;
        }
        *(uint32_t *)((uint8_t *)filter + numbers[i].offset) = (uint32_t)value;
        filter->given |= numbers[i].bit;
    }
    return true;
}

typedef struct Address {
    const char *name;
    uint32_t bit;
    size_t offset;
} Address;

#define ADDRESS(name_, bit_, member_)                    \
    {                                                    \
        name_, bit_, offsetof(AmtDefenseFilter, member_) \
    }

static const Address addresses[] = {
    ADDRESS("HdrSrcAddress", AMT_DEFENSE_SOURCE, source),
    ADDRESS("HdrSrcAddressEndOfRange", AMT_DEFENSE_SOURCE_END, source_to),
    ADDRESS("HdrSrcMask", AMT_DEFENSE_SOURCE_MASK, source_to),
    ADDRESS("HdrDestAddress", AMT_DEFENSE_DESTINATION, destination),
    ADDRESS("HdrDestAddressEndOfRange", AMT_DEFENSE_DESTINATION_END, destination_to),
    ADDRESS("HdrDestMask", AMT_DEFENSE_DESTINATION_MASK, destination_to),
};

static bool take_addresses(WsmanCall *call, AmtDefenseFilter *filter)
{
    for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
        uint8_t *at = (uint8_t *)filter + addresses[i].offset;

        if (wsman_has(call, addresses[i].name)) {
            if (!wsman_hex(call, addresses[i].name, at, address_size(filter))) {
                return false;
            }
            filter->given |= addresses[i].bit;
        }
    }
    return true;
}

static bool take_flags(WsmanCall *call, AmtDefenseFilter *filter, const char *name, uint32_t bit,
                       uint32_t *flags)
{
    unsigned int count = wsman_count(call, name);
    uint64_t flag;

    for (unsigned int i = 0; i < count; i++) {
        if (!wsman_number(call, name, i, TCP_FLAGS - 1, &flag)) {
            return false;
        }
        *flags |= 1u << flag;
    }
    filter->given |= count ? bit : 0;
    return true;
}

/* What real firmware compares is the protocol alone (AMT SDK, AMT_Hdr8021Filter). */
static bool take_ethernet(WsmanCall *call, AmtDefenseFilter *filter)
{
    static const char *const others[] = {"HdrSrcMACAddr8021",    "HdrSrcMACMask8021",
                                         "HdrDestMACAddr8021",   "HdrDestMACMask8021",
                                         "HdrPriorityValue8021", "HdrVLANID8021"};

    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        if (wsman_has(call, others[i])) {
            return false;
        }
    }
    return take_numbers(call, filter, ethernet_numbers, G_N_ELEMENTS(ethernet_numbers));
}

/* What firmware does not compare is refused, rather than taken for any value. */
static bool take_ip(WsmanCall *call, AmtDefenseFilter *filter)
{
    filter->source_until = UINT16_MAX;
    filter->destination_until = UINT16_MAX;
    return !wsman_has(call, "HdrDSCP") && !wsman_has(call, "HdrFlowLabel") &&
           take_numbers(call, filter, ip_numbers, G_N_ELEMENTS(ip_numbers)) &&
           take_addresses(call, filter) &&
           take_flags(call, filter, "TCPFlagsOn", AMT_DEFENSE_FLAGS_ON, &filter->flags_on) &&
           take_flags(call, filter, "TCPFlagsOff", AMT_DEFENSE_FLAGS_OFF, &filter->flags_off);
}

static WsmanFault create_filter(WsmanCall *call, unsigned int *slot, bool ip)
{
    const char *name = wsman_text(call, "Name", 0);
    AmtDefenseFilter filter;

    memset(&filter, 0, sizeof(filter));
    filter.ip = ip;
    if (!defense_may_set(call)) {
        return WSMAN_FAULT_DENIED;
    }
    for (const char *c = name; c && *c; c++) {
        if (!g_ascii_isprint(*c) || c - name >= AMT_DEFENSE_LABEL_SIZE - 1) {
            return WSMAN_FAULT_INVALID_VALUES;
        }
    }
    g_strlcpy(filter.name, name ? name : "", sizeof(filter.name));
    filter.event = wsman_bool(call, "ActionEventOnMatch");
    if (!wsman_has(call, "ActionEventOnMatch") ||
        !take_numbers(call, &filter, common_numbers, G_N_ELEMENTS(common_numbers)) ||
        !(ip ? take_ip : take_ethernet)(call, &filter)) {
        return WSMAN_FAULT_INVALID_VALUES;
    }
    return defense_fault(amt_defense_add_filter(&wsman_change(call)->defense, &filter, slot));
}

static WsmanFault create_ip(WsmanCall *call, unsigned int *slot)
{
    return create_filter(call, slot, true);
}

static WsmanFault create_ethernet(WsmanCall *call, unsigned int *slot)
{
    return create_filter(call, slot, false);
}

static WsmanFault remove_filter(WsmanCall *call, unsigned int slot)
{
    return defense_may_set(call)
               ? defense_fault(amt_defense_remove_filter(&wsman_change(call)->defense, slot))
               : WSMAN_FAULT_DENIED;
}

/* ---- the classes ---- */

#define FILTER_KEYS(class_)                                                     \
    WSMAN_KEY_IS("CreationClassName", class_),                                  \
        WSMAN_EACH("InstanceID", WSMAN_U32, WSMAN_KEY, defense.filter, handle), \
        WSMAN_EACH("Name", WSMAN_TEXT, WSMAN_KEY, defense.filter, name),        \
        WSMAN_KEY_IS("SystemCreationClassName", "CIM_ComputerSystem"),          \
        WSMAN_KEY_IS("SystemName", DEFENSE_SYSTEM)
#define FILTER_ACTION                                                           \
    WSMAN_EACH("ActionEventOnMatch", WSMAN_BOOL, 0, defense.filter, event),     \
        WSMAN_EACH("FilterDirection", WSMAN_U16, 0, defense.filter, direction), \
        WSMAN_EACH("FilterProfile", WSMAN_U16, 0, defense.filter, profile),     \
        WSMAN_GET("FilterProfileData", WSMAN_U32, 0, out_rate)

static const WsmanProperty ip_filter[] = {
    FILTER_ACTION,
    FILTER_KEYS("AMT_IPHeadersFilter"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT IP Headers Filter"),
    WSMAN_GET("HdrDestAddress", WSMAN_HEX, 0, out_destination),
    WSMAN_GET("HdrDestAddressEndOfRange", WSMAN_HEX, 0, out_destination_end),
    WSMAN_GET("HdrDestMask", WSMAN_HEX, 0, out_destination_mask),
    WSMAN_GET("HdrDestPortEnd", WSMAN_U16, 0, out_destination_until),
    WSMAN_GET("HdrDestPortStart", WSMAN_U16, 0, out_destination_from),
    WSMAN_GET("HdrIPVersion", WSMAN_U8, 0, out_version),
    WSMAN_GET("HdrProtocolID", WSMAN_U8, 0, out_protocol),
    WSMAN_GET("HdrSrcAddress", WSMAN_HEX, 0, out_source),
    WSMAN_GET("HdrSrcAddressEndOfRange", WSMAN_HEX, 0, out_source_end),
    WSMAN_GET("HdrSrcMask", WSMAN_HEX, 0, out_source_mask),
    WSMAN_GET("HdrSrcPortEnd", WSMAN_U16, 0, out_source_until),
    WSMAN_GET("HdrSrcPortStart", WSMAN_U16, 0, out_source_from),
    WSMAN_GET("TCPFlagsOff", WSMAN_U16, WSMAN_ARRAY, out_flags_off),
    WSMAN_GET("TCPFlagsOn", WSMAN_U16, WSMAN_ARRAY, out_flags_on),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_IPHeadersFilter = {
    .name = "AMT_IPHeadersFilter",
    .base = "AMT_FilterEntryBase",
    .since_major = DEFENSE_SINCE,
    .read = DEFENSE_REALM,
    .write = DEFENSE_REALM,
    .slots = AMT_DEFENSE_FILTERS,
    .present = is_ip,
    .properties = ip_filter,
    .create = create_ip,
    .remove = remove_filter,
};

static const WsmanProperty ethernet_filter[] = {
    FILTER_ACTION,
    FILTER_KEYS("AMT_Hdr8021Filter"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Ethernet Filter"),
    WSMAN_EACH("HdrProtocolID8021", WSMAN_U16, 0, defense.filter, type),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_Hdr8021Filter = {
    .name = "AMT_Hdr8021Filter",
    .base = "AMT_FilterEntryBase",
    .since_major = DEFENSE_SINCE,
    .read = DEFENSE_REALM,
    .write = DEFENSE_REALM,
    .slots = AMT_DEFENSE_FILTERS,
    .present = is_ethernet,
    .properties = ethernet_filter,
    .create = create_ethernet,
    .remove = remove_filter,
};

/* ---- what no filter matches ---- */

static void default_name(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    wsman_out_text(out, slot == AMT_DEFENSE_SENT ? "Intel(r) AMT Default Tx Filter"
                                                 : "Intel(r) AMT Default Rx Filter");
}

static const WsmanProperty network_filter[] = {
    WSMAN_KEY_IS("CreationClassName", "AMT_NetworkFilter"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Network Filter"),
    WSMAN_GET("Name", WSMAN_TEXT, WSMAN_KEY, default_name),
    WSMAN_KEY_IS("OwnerID", "System Defense"),
    WSMAN_KEY_IS("SystemCreationClassName", "CIM_ComputerSystem"),
    WSMAN_KEY_IS("SystemName", DEFENSE_SYSTEM),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_NetworkFilter = {
    .name = "AMT_NetworkFilter",
    .base = "AMT_FilterEntryBase",
    .since_major = DEFENSE_SINCE,
    .read = DEFENSE_REALM,
    .slots = AMT_DEFENSE_WAYS,
    .properties = network_filter,
};
