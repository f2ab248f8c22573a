/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMTHI: what the host asks AMT. This file has the framing and the list of commands; what they do
 * is in amthi-info.c, amthi-setup.c and amthi-network.c.
 */
#include "firmware-sim/clients/amthi.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/me-clients.h>

#include "firmware-sim/clients/clients.h"

#define AMTHI_MAX_LENGTH 5120 /* recorded; the longest answer, the CIRA log, has 2797 */

/* ---- building blocks ---- */

void amthi_append_padded(GByteArray *reply, const char *text, guint size)
{
    guint at = reply->len;

    reply_append_zeros(reply, size);
    g_strlcpy((char *)reply->data + at, text, size);
}

void amthi_append_counted(GByteArray *reply, const char *text)
{
    size_t length = strlen(text);

    /* Intel LMS looks at the low byte of the length alone to see whether there is a string. */
    if (length && (length & 0xff) == 0) {
        length--;
    }
    reply_append_le16(reply, (uint16_t)length);
    g_byte_array_append(reply, (const guint8 *)text, (guint)length);
}

uint32_t amthi_take_counted(const AmthiRequest *request, char *out, size_t size)
{
    const uint8_t *text = request->data + 2;
    size_t length = swme_get_le16(request->data);

    if (length > request->size - 2) {
        return AMTHI_STATUS_INVALID_MESSAGE_LENGTH;
    }
    if (length && text[length - 1] == '\0') {
        length--;
    }
    if (length >= size) {
        return AMTHI_STATUS_INVALID_PARAMETER;
    }
    for (size_t i = 0; i < length; i++) {
        if (!g_ascii_isprint((char)text[i])) {
            return AMTHI_STATUS_INVALID_PARAMETER;
        }
    }
    memset(out, 0, size);
    memcpy(out, text, length);
    return AMTHI_STATUS_SUCCESS;
}

/* ---- the commands ---- */

#define LMS  "intel/lms AMTHIClient"
#define LMS8 "lms8 PTHICommand"
#define RPC  "rpc-go pkg/pthi"
#define SDK  "AMT SDK "
#define MESH "MeshAgent amt-mei.js"

/* What no release note dates is taken to be as old as AMTHI. */
#define ALWAYS        0, 0
#define OPEN(command) AMTHI_##command, #command

/* clang-format off: one command, one or two lines */
const AmthiCommand amthi_commands[] = {
    {OPEN(GET_AMT_STATE), 16, ALWAYS, false, "UUID 16 (15 x 00, 01)",
     "UUID 16, u32 5, u8 link, u8 SKU, u8 crypto fuse, u8 flash protection, u8 last ME reset",
     LMS ", " LMS8 ", " RPC, amthi_get_amt_state},
    {OPEN(GET_TCPIP_PARAMETERS), 0, ALWAYS, false, "",
     "u32 DHCP mode, u32 address, u32 mask, u32 gateway, u32 DNS 1, u32 DNS 2, string domain", LMS,
     amthi_get_tcpip_parameters},
    {OPEN(GET_PROVISIONING_MODE), 0, ALWAYS, false, "", "u32 mode, u32 legacy",
     LMS8 ", fwupd, " RPC, amthi_get_provisioning_mode},
    {OPEN(UNPROVISION), 4, ALWAYS, false, "u32 mode", "", LMS ", " SDK "cfgunprovision",
     amthi_unprovision},
    {OPEN(GET_PROVISIONING_STATE), 0, ALWAYS, false, "", "u32 state", "recorded (fwupd)",
     amthi_get_provisioning_state},
    {OPEN(GET_CODE_VERSIONS), 0, ALWAYS, false, "",
     "BIOS version 65, u32 count, count x (string 22, string 22)",
     "recorded (fwupd), Linux mei-amt-version.c", amthi_get_code_versions},
    {OPEN(GET_SECURITY_PARAMETERS), 0, ALWAYS, false, "",
     "17 x u32: enterprise, TLS, crypto, state, network, SOL, IDER, FW update, link, KVM, 7 x 0",
     LMS ", " LMS8 ", " RPC, amthi_get_security_parameters},
    {OPEN(GET_MAC_ADDRESSES), 0, ALWAYS, false, "", "dedicated MAC 6, host MAC 6", MESH ", " RPC,
     amthi_get_mac_addresses},
    {OPEN(GENERATE_RNG_SEED), 0, ALWAYS, false, "", "", LMS8 ", " RPC, amthi_generate_rng_seed},
    {OPEN(START_CONFIGURATION), 0, ALWAYS, false, "", "", SDK "cfgstartconfiguration",
     amthi_start_configuration},
    {OPEN(SET_PROVISIONING_SERVER_OTP), 2, ALWAYS, true, "string password", "",
     SDK "cfgsetprovisioningserverotp", amthi_set_provisioning_server_otp},
    {OPEN(GET_PROVISIONING_TLS_MODE), 0, ALWAYS, false, "", "u32 mode", LMS8 ", " RPC,
     amthi_get_provisioning_tls_mode},
    {OPEN(ENUMERATE_HASH_HANDLES), 0, ALWAYS, false, "", "u32 count, count x u32 handle",
     LMS ", " RPC ", " MESH, amthi_enumerate_hash_handles},
    {OPEN(GET_CERTIFICATE_HASH_ENTRY), 4, ALWAYS, false, "u32 handle",
     "u32 default, u32 active, hash 64, u8 algorithm, string name",
     SDK "cfggetcertificatehashentry", amthi_get_certificate_hash_entry},
    {OPEN(GET_RNG_SEED_STATUS), 0, ALWAYS, false, "", "u32 status", LMS8 ", " RPC,
     amthi_get_rng_seed_status},
    {OPEN(SET_PKI_FQDN_SUFFIX), 2, ALWAYS, false, "string suffix", "", SDK "cfgsetpkifqdnsuffix",
     amthi_set_pki_fqdn_suffix},
    {OPEN(GET_ZERO_TOUCH_ENABLED), 0, ALWAYS, false, "", "u32 enabled", LMS ", " RPC,
     amthi_get_zero_touch_enabled},
    {OPEN(GET_PKI_FQDN_SUFFIX), 0, ALWAYS, false, "", "string suffix", LMS ", " RPC ", " MESH,
     amthi_get_pki_fqdn_suffix},
    /* For the host since 12.0 (AMT SDK). */
    {OPEN(SET_ZERO_TOUCH_ENABLED), 4, 12, 0, false, "u32 enabled", "", SDK "cfgsetzerotouchenabled",
     amthi_set_zero_touch_enabled},
    /* Remote access since 4.0 (AMT SDK AMT_RemoteAccessService; inferred for AMTHI). */
    {OPEN(GET_DNS_SUFFIX_LIST), 0, 4, 0, false, "", "u16 size, suffixes, each with a NUL",
     LMS ", " RPC, amthi_get_dns_suffix_list},
    {OPEN(SET_ENTERPRISE_ACCESS), AMTHI_ENTERPRISE_ACCESS_SIZE, 4, 0, false,
     "u8 flags, host IP 16, u8 access", "", LMS ", " RPC, amthi_set_enterprise_access},
    {OPEN(OPEN_USER_INITIATED_CONNECTION), 0, 4, 0, false, "", "", LMS ", " MESH,
     amthi_open_user_initiated},
    {OPEN(CLOSE_USER_INITIATED_CONNECTION), 0, 4, 0, false, "", "",
     SDK "cfgcloseuserinitiatedconnection", amthi_close_user_initiated},
    {OPEN(GET_REMOTE_ACCESS_STATUS), 0, 4, 0, false, "",
     "u32 network, u32 tunnel, u32 trigger, string server", LMS ", " RPC ", " MESH,
     amthi_get_remote_access_status},
    {OPEN(GET_CURRENT_POWER_POLICY), 0, ALWAYS, false, "", "string name", LMS ", " RPC,
     amthi_get_current_power_policy},
    {OPEN(GET_LAN_INTERFACE_SETTINGS), 4, ALWAYS, false, "u32 interface",
     "u32 enabled, u32 IPv4, u32 DHCP, u8 DHCP mode, u8 link, MAC 6", LMS ", " MESH ", " RPC,
     amthi_get_lan_interface_settings},
    {OPEN(GET_FEATURES_STATE), 4, ALWAYS, false, "u32 feature",
     "u32 feature, then u32 state; of redirection u32 IDER, u32 SOL, u32 0", LMS ", " RPC,
     amthi_get_features_state},
    {OPEN(GET_LAST_HOST_RESET_REASON), 0, ALWAYS, false, "", "u32 reason, u32 time", LMS ", " RPC,
     amthi_get_last_host_reset_reason},
    {OPEN(GET_USER_INITIATED_INTERFACES), 0, ALWAYS, false, "", "u32 interfaces", LMS,
     amthi_get_user_initiated_interfaces},
    {OPEN(GET_CONFIG_SERVER_DATA), 0, ALWAYS, false, "", "u16 port, IP text 46, string FQDN", LMS,
     amthi_get_config_server_data},
    {OPEN(GET_SETUP_AUDIT_RECORD), 0, 6, 0, false, "",
     "u8 TLS mode, u32 secure DNS, u32 host initiated, u32 hash type, hash 64, serials 48, "
     "u32 more serials, u32 OEM default, u32 time valid, IP text 46, 7 x u16 date, string FQDN",
     SDK "cfggetmesetupauditrecord", amthi_get_setup_audit_record},
    {OPEN(GET_IPV6_LAN_INTERFACE_STATUS), 4, ALWAYS, false, "u32 interface",
     "IP text 46 router, 2 x IP text 46 DNS, u32 count, count x (IP text 46, u32 type, u32 state)",
     LMS, amthi_get_ipv6_lan_interface_status},
    {OPEN(GET_FQDN), 0, ALWAYS, false, "",
     "u32 shared, u32 DDNS, u32 interval, u32 TTL, u32 host name length, string FQDN", LMS ", " RPC,
     amthi_get_fqdn},
    {OPEN(GET_REDIRECTION_STATE), 0, ALWAYS, false, "", "u32 features", LMS,
     amthi_get_redirection_state},
    {OPEN(SET_HOST_FQDN), 2, ALWAYS, false, "string FQDN", "", LMS ", " RPC, amthi_set_host_fqdn},
    {OPEN(GET_UUID), 0, ALWAYS, false, "", "UUID 16", LMS ", " RPC ", " MESH, amthi_get_uuid},
    {OPEN(STOP_CONFIGURATION), 0, ALWAYS, false, "", "", RPC ", " MESH, amthi_stop_configuration},
    {OPEN(START_CONFIGURATION_EX), 4, 6, 0, false, "u32 IPv6", "", SDK "cfgstartconfigurationex",
     amthi_start_configuration_ex},
    /* Host-based set-up since 6.1 (AMT SDK IPS_HostBasedSetupService; inferred for AMTHI). */
    {OPEN(GET_LOCAL_SYSTEM_ACCOUNT), AMTHI_LSA_REQUEST_SIZE, 6, 1, true, "40 x 00",
     "user 33, password 33, 2 x 00", SDK "cfggetlocalsystemaccount",
     amthi_get_local_system_account},
    {OPEN(GET_UNPROVISIONING_STATE), 0, ALWAYS, false, "", "u32 in progress",
     "INTEL-SA-00075 tools", amthi_get_unprovisioning_state},
    {OPEN(GET_CONTROL_MODE), 0, 6, 1, false, "", "u32 mode", RPC ", INTEL-SA-00075 tools",
     amthi_get_control_mode},
    {OPEN(GET_EHBC_STATE), 0, 9, 0, false, "", "u32 enabled", RPC ", " MESH, amthi_get_ehbc_state},
    {OPEN(SET_EHBC_STATE), 4, 9, 0, false, "u32 enabled", "", SDK "CFG_SetEHBCState",
     amthi_set_ehbc_state},
    {OPEN(DISABLE_AND_CLEAR_AMT), 0, 12, 0, false, "", "", SDK "cfgdisableandclearamt",
     amthi_disable_and_clear_amt},
    /* Chosen: no source dates this one or the last; both came with clients of these firmwares. */
    {OPEN(START_CONFIGURATION_HOST_BASED), AMTHI_HOST_BASED_SIZE, 14, 0, false,
     "u8 (or u32) algorithm, hash 64, u8 (u32) VPN, u32 suffixes, suffixes 320",
     "u8 algorithm, hash 64", RPC ", " MESH, amthi_start_configuration_host_based},
    {OPEN(GET_CIRA_LOG), 1, 16, 1, false, "u8 version 0", "2781 bytes", RPC, amthi_get_cira_log},
    {.name = NULL},
};
/* clang-format on */

bool amthi_answers(const AmthiCommand *command, const SwmePlatform *platform)
{
    return platform->amt && (platform->version.major > command->since_major ||
                             (platform->version.major == command->since_major &&
                              platform->version.minor >= command->since_minor));
}

/* ---- framing ---- */

static const AmthiCommand *find_command(uint32_t number)
{
    for (const AmthiCommand *command = amthi_commands; command->name; command++) {
        if (command->command == number) {
            return command;
        }
    }
    return NULL;
}

/*
 * The header's own length field is not looked at: real tools put 12 in it, whatever follows
 * (INTEL-SA-00075). Only bytes that are missing are an error.
 */
static uint32_t dispatch(AmtState *amt, const uint8_t *data, size_t size, GByteArray *reply)
{
    AmthiRequest request;
    const AmthiCommand *command;

    if (size < AMTHI_HEADER_SIZE) {
        return AMTHI_STATUS_INVALID_MESSAGE_LENGTH;
    }
    if (data[AMTHI_OFF_MAJOR] != AMTHI_VERSION_MAJOR ||
        data[AMTHI_OFF_MINOR] != AMTHI_VERSION_MINOR) {
        return AMTHI_STATUS_UNSUPPORTED_VERSION;
    }
    command = find_command(swme_get_le32(data + AMTHI_OFF_COMMAND));
    if (!command || !amthi_answers(command, amt_state_platform(amt))) {
        /*
         * The one place that decides: a firmware cannot tell a command that came after it from one
         * that never was, so both get the same. No source shows whether it is this status or 0x803.
         */
        return AMTHI_STATUS_UNSUPPORTED;
    }
    request.data = data + AMTHI_HEADER_SIZE;
    request.size = size - AMTHI_HEADER_SIZE;
    if (request.size < command->min_data) {
        return AMTHI_STATUS_INVALID_MESSAGE_LENGTH;
    }
    amt_state_expire(amt);
    return command->handle(amt, &request, reply);
}

static void amthi_message(MeConnection *connection, const uint8_t *data, size_t size)
{
    AmtState *amt = me_connection_context(connection)->amt;
    g_autoptr(GByteArray) reply = g_byte_array_new();
    uint8_t header[AMTHI_OFF_DATA] = {AMTHI_VERSION_MAJOR, AMTHI_VERSION_MINOR};
    uint32_t command = size >= AMTHI_OFF_COMMAND + 4 ? swme_get_le32(data + AMTHI_OFF_COMMAND) : 0;
    uint32_t status;

    if (!amt_state_data(amt)->setup.operational) {
        /* How clients recognise an AMT that is switched off (Linux mei-amt-version.c, lms8). */
        me_connection_send(connection, NULL, 0);
        return;
    }
    g_byte_array_append(reply, header, sizeof(header));
    status = dispatch(amt, data, size, reply);
    if (status != AMTHI_STATUS_SUCCESS) {
        g_byte_array_set_size(reply, AMTHI_OFF_DATA);
    }
    swme_put_le32(reply->data + AMTHI_OFF_COMMAND, command | AMTHI_RESPONSE);
    swme_put_le32(reply->data + AMTHI_OFF_LENGTH, reply->len - AMTHI_HEADER_SIZE);
    swme_put_le32(reply->data + AMTHI_OFF_STATUS, status);
    me_connection_send(connection, reply->data, reply->len);
}

/* The head is no secret, and tells whether the rest is one. */
static size_t amthi_shown(const uint8_t *data, size_t size)
{
    const AmthiCommand *command;

    if (size < AMTHI_OFF_COMMAND + 4) {
        return AMTHI_HEADER_SIZE;
    }
    command = find_command(swme_get_le32(data + AMTHI_OFF_COMMAND) & ~AMTHI_RESPONSE);
    return command && command->secret ? AMTHI_HEADER_SIZE : SIZE_MAX;
}

const MeClientClass me_client_amthi = {
    .name = "amthi",
    .guid = SWME_GUID_AMTHI,
    .protocol_version = 1,
    .max_connections = 1,
    .max_length = AMTHI_MAX_LENGTH,
    .request_reply = true,
    .shown = amthi_shown,
    .message = amthi_message,
};
