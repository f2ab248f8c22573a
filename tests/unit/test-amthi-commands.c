/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each AMTHI command, byte by byte as the ME client fact sheet has it (B.3, B.5, B.8, G.5). The
 * bytes were put together from the sheet, by a script that knows nothing of the firmware.
 */
#include <string.h>

#include "tests/unit/amthi-fixture.h"
#include "tests/unit/unit.h"

/* ---- states ---- */

static const uint8_t digest[16] = {0xd1, 0x6e, 0x57};

static void in(AmtState *amt)
{
    ck_assert_uint_eq(amt_start_remote(amt, false), 0);
}

static void client(AmtState *amt)
{
    ck_assert_int_eq(amt_set_up_client(amt, digest), AMT_SETUP_OK);
}

static void admin(AmtState *amt)
{
    ck_assert_int_eq(amt_set_up_admin(amt, digest, false), AMT_SETUP_OK);
}

static void blocked(AmtState *amt)
{
    AmtLive live;

    client(amt);
    live = amt_state_data(amt)->live;
    live.unprovision_blocked = true;
    amt_state_set_live(amt, &live);
}

static void no_certificate(AmtState *amt)
{
    AmtTls tls = amt_state_data(amt)->tls;

    tls.certificate_ready = false;
    amt_state_set_tls(amt, &tls);
}

static void no_seed(AmtState *amt)
{
    AmtTls tls = amt_state_data(amt)->tls;

    tls.rng_ready_s = -1;
    amt_state_set_tls(amt, &tls);
}

static void suffix(AmtState *amt)
{
    AmtSetup setup = amt_state_data(amt)->setup;

    strcpy(setup.pki_suffix, "pki.test");
    amt_state_set_setup(amt, &setup);
}

static void lsa_off(AmtState *amt)
{
    AmtAccounts accounts = amt_state_data(amt)->accounts;

    accounts.lsa_enabled = false;
    amt_state_set_accounts(amt, &accounts);
}

static void own_hash(AmtState *amt)
{
    AmtHashes hashes = amt_state_data(amt)->hashes;

    hashes.inactive = 1 << 1;
    hashes.custom[1].algorithm = 3;
    hashes.custom[1].active = true;
    memset(hashes.custom[1].hash, 0xab, 48);
    strcpy(hashes.custom[1].name, "Mine");
    amt_state_set_hashes(amt, &hashes);
}

static void leased(AmtState *amt)
{
    AmtNetwork network = amt_state_data(amt)->network;
    AmtHost host = amt_state_data(amt)->host;

    network.lan[0].address = 0x0a00020f;
    network.lan[0].mask = 0xffffff00;
    network.lan[0].gateway = 0x0a000202;
    network.lan[0].dns[0] = 0x0a000203;
    network.lan[0].dns[1] = 0x08080808;
    network.lan[0].ipv6 = true;
    strcpy(network.lan[0].ipv6_router, "fe80::1");
    strcpy(network.lan[0].ipv6_dns[0], "fd00::3");
    strcpy(network.lan[0].ipv6_address[2].text, "fe80::2");
    network.lan[0].ipv6_address[2].state = 1;
    strcpy(network.dhcp_domain, "corp.test");
    strcpy(network.inside_suffix[0], "a.test");
    strcpy(network.inside_suffix[3], "b.ab");
    amt_state_set_network(amt, &network);
    strcpy(host.name, "pc");
    strcpy(host.domain, "corp.test");
    amt_state_set_host(amt, &host);
}

static void tunnel(AmtState *amt)
{
    AmtRemote remote = amt_state_data(amt)->remote;
    AmtLive live;

    client(amt);
    remote.user_initiated = true;
    remote.host_vpn_allowed = true;
    strcpy(remote.mps, "mps.test");
    amt_state_set_remote(amt, &remote);
    live = amt_state_data(amt)->live;
    live.environment = 2;
    live.tunnel = 2;
    live.kvm_active = true;
    live.consent_waiting = true;
    amt_state_set_live(amt, &live);
}

/* ---- golden answers ---- */

static const struct {
    const char *name;
    uint32_t command;
    const char *request; /* hexadecimal, behind the header */
    const char *answer;  /* likewise, behind the status */
    uint32_t status;
    void (*state)(AmtState *amt);
} golden[] = {
    /* clang-format off */
    {"GetAMTState", 0x01000001, "00000000000000000000000000000001",
     "00000000000000000000000000000001050000000100010100",
     0x0, NULL},
    {"GetAMTState of another kind", 0x01000001, "00000000000000000000000000000000",
     "",
     0x24, NULL},
    {"GetTcpipParameters, fresh", 0x04000006, "",
     "0200000000000000000000000000000000000000000000000000",
     0x0, NULL},
    {"GetTcpipParameters, leased", 0x04000006, "",
     "020000000f02000a00ffffff0202000a0302000a080808080900636f72702e74657374",
     0x0, leased},
    {"GetProvisioningMode, PRE", 0x04000008, "",
     "0000000000000000",
     0x0, NULL},
    {"GetProvisioningMode, CCM", 0x04000008, "",
     "0100000000000000",
     0x0, client},
    {"Unprovision, CCM", 0x04000010, "00000000",
     "",
     0x0, client},
    {"Unprovision, ACM", 0x04000010, "00000000",
     "",
     0x3, admin},
    {"Unprovision, blocked", 0x04000010, "00000000",
     "",
     0x81c, blocked},
    {"GetProvisioningState NULL", 0x04000011, "",
     "00000000",
     0x0, NULL},
    {"GetProvisioningState in", 0x04000011, "",
     "01000000",
     0x0, in},
    {"GetProvisioningState client", 0x04000011, "",
     "02000000",
     0x0, client},
    {"GetProvisioningState admin", 0x04000011, "",
     "02000000",
     0x0, admin},
    {"GetSecurityParameters, PRE", 0x0400001b, "",
     "0000000000000000010000000000000001000000000000000000000000000000010000000000000000000000000000000000000000000000000000000000000000000000",
     0x0, NULL},
    {"GetSecurityParameters, ACM", 0x0400001b, "",
     "0100000000000000010000000200000001000000010000000100000000000000010000000100000000000000000000000000000000000000000000000000000000000000",
     0x0, admin},
    {"GetMACAddresses", 0x04000025, "",
     "02fd0e95d3e502fd0e95d3e5",
     0x0, NULL},
    {"GenerateRngSeed", 0x04000028, "",
     "",
     0x0, NULL},
    {"StartConfiguration", 0x04000029, "",
     "",
     0x0, NULL},
    {"StartConfiguration, CCM", 0x04000029, "",
     "",
     0x3, client},
    {"StartConfiguration, IN", 0x04000029, "",
     "",
     0x3, in},
    {"StartConfiguration, no certificate", 0x04000029, "",
     "",
     0x31, no_certificate},
    {"StartConfiguration, no seed", 0x04000029, "",
     "",
     0x30, no_seed},
    {"SetProvisioningServerOTP", 0x0400002a, "08004f6e6554696d6531",
     "",
     0x0, NULL},
    {"SetProvisioningServerOTP, empty", 0x0400002a, "0000",
     "",
     0x24, NULL},
    {"SetProvisioningServerOTP, POST", 0x0400002a, "08004f6e6554696d6531",
     "",
     0x3, client},
    {"GetProvisioningTLSMode, PRE", 0x0400002b, "",
     "00000000",
     0x0, NULL},
    {"GetProvisioningTLSMode, IN", 0x0400002b, "",
     "02000000",
     0x0, in},
    {"EnumerateHashHandles", 0x0400002c, "",
     "1e000000000000000100000002000000030000000400000005000000060000000700000008000000090000000a0000000b0000000c0000000d0000000e0000000f000000100000001100000012000000130000001400000015000000160000001700000018000000190000001a0000001b0000001c0000001d000000",
     0x0, NULL},
    {"GetCertificateHashEntry 0", 0x0400002d, "00000000",
     "0100000001000000949722a1d72bbcacd7d7c03b828bda6fa4506d9800000000000000000000000000000000000000000000000000000000000000000000000000000000000000000115004578616d706c6520526f6f74203031205348412d31",
     0x0, NULL},
    {"GetCertificateHashEntry 1, switched off", 0x0400002d, "01000000",
     "01000000000000006b3a2ac02d75b179397021ab76cc55aa4d9ce8932781ea8d4b8ca61d76107c5000000000000000000000000000000000000000000000000000000000000000000217004578616d706c6520526f6f74203032205348412d323536",
     0x0, own_hash},
    {"GetCertificateHashEntry 31, the owner's", 0x0400002d, "1f000000",
     "0000000001000000abababababababababababababababababababababababababababababababababababababababababababababababab000000000000000000000000000000000304004d696e65",
     0x0, own_hash},
    {"GetCertificateHashEntry, free", 0x0400002d, "1e000000",
     "",
     0x814, NULL},
    {"GetCertificateHashEntry, none", 0x0400002d, "ffffffff",
     "",
     0x814, NULL},
    {"GetRngSeedStatus", 0x0400002e, "",
     "00000000",
     0x0, NULL},
    {"GetRngSeedStatus, none", 0x0400002e, "",
     "02000000",
     0x0, no_seed},
    {"SetPkiFqdnSuffix", 0x0400002f, "0900636f72702e74657374",
     "",
     0x0, NULL},
    {"SetPkiFqdnSuffix, POST", 0x0400002f, "0900636f72702e74657374",
     "",
     0x3, client},
    {"SetPkiFqdnSuffix, 224 bytes", 0x0400002f, "e0006161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161",
     "",
     0x24, NULL},
    {"GetZeroTouchEnabled", 0x04000030, "",
     "01000000",
     0x0, NULL},
    {"GetPkiFqdnSuffix", 0x04000036, "",
     "0000",
     0x0, NULL},
    {"GetPkiFqdnSuffix, set", 0x04000036, "",
     "0800706b692e74657374",
     0x0, suffix},
    {"SetZeroTouchEnabled 0", 0x0400003a, "00000000",
     "",
     0x0, NULL},
    {"SetZeroTouchEnabled 1", 0x0400003a, "01000000",
     "",
     0x10, NULL},
    {"SetZeroTouchEnabled, suffix", 0x0400003a, "00000000",
     "",
     0x10, suffix},
    {"SetZeroTouchEnabled, POST", 0x0400003a, "00000000",
     "",
     0x3, client},
    {"GetDNSSuffixList", 0x0400003e, "",
     "0000",
     0x0, NULL},
    {"GetDNSSuffixList, two", 0x0400003e, "",
     "0c00612e7465737400622e616200",
     0x0, leased},
    {"SetEnterpriseAccess, PRE", 0x0400003f, "000000000000000000000000000000000001",
     "",
     0x200, NULL},
    {"SetEnterpriseAccess, no VPN", 0x0400003f, "000000000000000000000000000000000001",
     "",
     0x201, client},
    {"SetEnterpriseAccess, VPN", 0x0400003f, "000000000000000000000000000000000001",
     "",
     0x202, tunnel},
    {"SetEnterpriseAccess, taken back", 0x0400003f, "000000000000000000000000000000000000",
     "",
     0x0, tunnel},
    {"OpenUserInitiatedConnection, PRE", 0x04000044, "",
     "",
     0x3, NULL},
    {"OpenUserInitiatedConnection, no policy", 0x04000044, "",
     "",
     0x10, client},
    {"OpenUserInitiatedConnection, open already", 0x04000044, "",
     "",
     0x0, tunnel},
    {"CloseUserInitiatedConnection, none", 0x04000045, "",
     "",
     0x1, NULL},
    {"CloseUserInitiatedConnection", 0x04000045, "",
     "",
     0x0, tunnel},
    {"GetRemoteAccessConnectionStatus, PRE", 0x04000046, "",
     "0300000000000000000000000000",
     0x0, NULL},
    {"GetRemoteAccessConnectionStatus, CCM", 0x04000046, "",
     "0000000000000000000000000000",
     0x0, client},
    {"GetRemoteAccessConnectionStatus, tunnel", 0x04000046, "",
     "02000000020000000000000008006d70732e74657374",
     0x0, tunnel},
    {"GetCurrentPowerPolicy", 0x04000047, "",
     "11004465736b746f703a204f4e20696e205330",
     0x0, NULL},
    {"GetLanInterfaceSettings, wired", 0x04000048, "00000000",
     "010000000000000001000000020102fd0e95d3e5",
     0x0, NULL},
    {"GetLanInterfaceSettings, leased", 0x04000048, "00000000",
     "010000000f02000a01000000020102fd0e95d3e5",
     0x0, leased},
    {"GetLanInterfaceSettings, no wireless", 0x04000048, "01000000",
     "",
     0x23, NULL},
    {"GetFeaturesState 0", 0x04000049, "00000000",
     "00000000000000000000000000000000",
     0x0, NULL},
    {"GetFeaturesState 1", 0x04000049, "01000000",
     "0100000000000000",
     0x0, NULL},
    {"GetFeaturesState 2, CCM", 0x04000049, "02000000",
     "0200000001000000",
     0x0, client},
    {"GetFeaturesState 3", 0x04000049, "03000000",
     "0300000000000000",
     0x0, NULL},
    {"GetFeaturesState 4, consent", 0x04000049, "04000000",
     "0400000003000000",
     0x0, tunnel},
    {"GetFeaturesState 5", 0x04000049, "05000000",
     "",
     0x24, NULL},
    {"GetLastHostResetReason", 0x0400004a, "",
     "0100000000000000",
     0x0, NULL},
    {"GetUserInitiatedEnabledInterfaces", 0x0400004d, "",
     "02000000",
     0x0, NULL},
    {"GetConfigServerData", 0x0400004e, "",
     "f326000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
     0x0, NULL},
    {"GetMESetupAuditRecord, none", 0x04000050, "",
     "",
     0x814, NULL},
    {"GetMESetupAuditRecord, CCM", 0x04000050, "",
     "000000000001000000020000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000e407090000000d000c001a0028000000",
     0x0, client},
    {"GetIPv6LanInterfaceStatus, off", 0x04000052, "00000000",
     "",
     0x9c4, NULL},
    {"GetIPv6LanInterfaceStatus, none", 0x04000052, "01000000",
     "",
     0x9c5, NULL},
    {"GetIPv6LanInterfaceStatus", 0x04000052, "00000000",
     "666538303a3a31000000000000000000000000000000000000000000000000000000000000000000000000000000666430303a3a330000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001000000666538303a3a320000000000000000000000000000000000000000000000000000000000000000000000000000000000000001000000",
     0x0, leased},
    {"GetFQDN, fresh", 0x04000056, "",
     "0100000000000000a005000084030000000000000000",
     0x0, NULL},
    {"GetFQDN, named", 0x04000056, "",
     "0100000000000000a005000084030000020000000c0070632e636f72702e74657374",
     0x0, leased},
    {"GetRedirectionState", 0x04000058, "",
     "00000000",
     0x0, NULL},
    {"GetRedirectionState, CCM", 0x04000058, "",
     "07000000",
     0x0, client},
    {"SetHostFQDN", 0x0400005b, "080070632e7465737400",
     "",
     0x0, NULL},
    {"SetHostFQDN, too long", 0x0400005b, "01016161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161",
     "",
     0x24, NULL},
    {"SetHostFQDN, no text", 0x0400005b, "02006180",
     "",
     0x24, NULL},
    {"SetHostFQDN, cut short", 0x0400005b, "080070632e746573",
     "",
     0x4, NULL},
    {"GetUUID", 0x0400005c, "",
     "1032547698badcfe0123456789abcdef",
     0x0, NULL},
    {"StopConfiguration, PRE", 0x0400005e, "",
     "",
     0x3, NULL},
    {"StopConfiguration, IN", 0x0400005e, "",
     "",
     0x0, in},
    {"StopConfiguration, POST", 0x0400005e, "",
     "",
     0x3, client},
    {"StartConfigurationEx, no domain", 0x04000062, "00000000",
     "",
     0x2, NULL},
    {"StartConfigurationEx", 0x04000062, "01000000",
     "",
     0x0, leased},
    {"GetLocalSystemAccount, off", 0x04000067, "00000000000000000000000000000000000000000000000000000000000000000000000000000000",
     "",
     0x814, lsa_off},
    {"GetUnprovisioningState", 0x04000068, "",
     "00000000",
     0x0, NULL},
    {"GetControlMode NULL", 0x0400006b, "",
     "00000000",
     0x0, NULL},
    {"GetControlMode in", 0x0400006b, "",
     "00000000",
     0x0, in},
    {"GetControlMode client", 0x0400006b, "",
     "01000000",
     0x0, client},
    {"GetControlMode admin", 0x0400006b, "",
     "02000000",
     0x0, admin},
    {"GetEHBCState", 0x04000084, "",
     "00000000",
     0x0, NULL},
    {"SetEHBCState 1", 0x04000085, "01000000",
     "",
     0x3, NULL},
    {"SetEHBCState 0", 0x04000085, "00000000",
     "",
     0x0, NULL},
    {"SetEHBCState 2", 0x04000085, "02000000",
     "",
     0x24, NULL},
    {"DisableAndClearAMT, POST", 0x04000088, "",
     "",
     0x3, client},
    {"DisableAndClearAMT", 0x04000088, "",
     "",
     0x0, NULL},
    {"StartConfigurationHBased, rpc-go", 0x0400008b, "02cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
     "02625449d82b9dd991a08ca49aeb784f3df97f0874abaa68469d0d373f90a6c8080000000000000000000000000000000000000000000000000000000000000000",
     0x0, NULL},
    {"StartConfigurationHBased, MeshCentral", 0x0400008b, "02000000cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
     "02625449d82b9dd991a08ca49aeb784f3df97f0874abaa68469d0d373f90a6c8080000000000000000000000000000000000000000000000000000000000000000",
     0x0, NULL},
    {"StartConfigurationHBased, MD5", 0x0400008b, "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
     "",
     0x24, NULL},
    {"StartConfigurationHBased, POST", 0x0400008b, "020000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
     "",
     0x3, client},
    {"StartConfigurationHBased, 389 bytes", 0x0400008b, "0200000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
     "",
     0x4, NULL},
    /* clang-format on */
};

static GByteArray *unhex(const char *text)
{
    GByteArray *bytes = g_byte_array_new();

    for (; *text; text += 2) {
        uint8_t byte =
            (uint8_t)(g_ascii_xdigit_value(text[0]) << 4 | g_ascii_xdigit_value(text[1]));

        g_byte_array_append(bytes, &byte, 1);
    }
    return bytes;
}

/* _i: the row. Asked with the right length, with SA75's 12, and with bytes behind it. */
START_TEST(golden_answers)
{
    for (unsigned int variant = 0; variant < 3; variant++) {
        g_autoptr(Bench) b = amthi_bench(NULL);
        g_autoptr(GByteArray) data = unhex(golden[_i].request);
        g_autoptr(GByteArray) want = unhex(golden[_i].answer);
        g_autoptr(GByteArray) request = g_byte_array_new();
        g_autoptr(GByteArray) got = NULL;
        uint8_t header[12] = {1, 1};

        if (golden[_i].state) {
            golden[_i].state(swme_firmware_amt(b->firmware));
        }
        swme_put_le32(header + 4, golden[_i].command);
        swme_put_le32(header + 8, variant == 0 ? data->len : 12);
        g_byte_array_append(request, header, sizeof(header));
        if (data->len) {
            g_byte_array_append(request, data->data, data->len);
        }
        if (variant == 2 && data->len != 389 && data->len != 8) {
            g_byte_array_append(request, (const guint8 *)"\xee\xee", 2);
        }
        got = amthi_ask_bytes(b, request->data, request->len);
        MUST_EQ(amthi_check_answer(got, golden[_i].command), golden[_i].status);
        MUST_MSG(got->len == 16 + want->len &&
                     (!want->len || !memcmp(got->data + 16, want->data, want->len)),
                 "%s: %u bytes instead of %u, or others", golden[_i].name, got->len - 16,
                 want->len);
    }
}
END_TEST

/* Each command has a golden answer, or a test of its own below or in test-client-amthi.c. */
START_TEST(no_command_is_left_out)
{
    static const uint32_t elsewhere[] = {0x0400001a, 0x0400008e};
    unsigned int known = 0;

    for (uint32_t command = 0x04000000; command < 0x04000100; command++) {
        g_autoptr(Bench) b = amthi_bench(&(BenchOptions){.platform = "nvl-s"});
        g_autoptr(GByteArray) got = amthi_ask(b, command, NULL, 0);
        bool tested = false;

        for (size_t i = 0; i < G_N_ELEMENTS(golden); i++) {
            tested |= golden[i].command == command;
        }
        for (size_t i = 0; i < G_N_ELEMENTS(elsewhere); i++) {
            tested |= elsewhere[i] == command;
        }
        MUST_MSG((amthi_check_answer(got, command) != 0x812) == tested, "0x%08x", command);
        known += tested;
    }
    ck_assert_uint_eq(known, 45); /* and GetAMTState, of another class */
}
END_TEST

/* B.3: 68 bytes of data, for MeshAgent; the password is one, and another after the next boot. */
START_TEST(trap5_local_system_account)
{
    g_autoptr(Bench) b = amthi_bench(NULL);
    uint8_t zeros[40] = {0};
    g_autoptr(GByteArray) one = amthi_ask(b, 0x04000067, zeros, 40);
    g_autoptr(GByteArray) two = amthi_ask(b, 0x04000067, zeros, 40);
    g_autoptr(GByteArray) three = NULL;

    ck_assert_uint_eq(amthi_check_answer(one, 0x04000067), 0);
    ck_assert_uint_eq(one->len, 16 + 68);
    ck_assert_mem_eq(one->data + 16, "$$OsAdmin\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
                     33);
    ck_assert_uint_eq(strlen((char *)one->data + 49), 32);
    ck_assert_mem_eq(one->data + 82, "\0\0", 2);
    ck_assert_mem_eq(one->data, two->data, 84);
    bench_power_on(b);
    bench_host_reset(b);
    bench_start(b);
    bench_open(b, GUID_TEXT_AMTHI, 1);
    three = amthi_ask(b, 0x04000067, zeros, 40);
    ck_assert_mem_ne(one->data + 49, three->data + 49, 32);
}
END_TEST

/* B.8: offsets added up from the sheet's blocks. */
START_TEST(cira_log)
{
    g_autoptr(Bench) b = amthi_bench(&(BenchOptions){.platform = "adp-s"});
    AmtState *amt = swme_firmware_amt(b->firmware);
    AmtRemote remote;
    g_autoptr(GByteArray) got = NULL;
    g_autoptr(GByteArray) bad = NULL;
    g_autoptr(GByteArray) old = NULL;
    g_autoptr(Bench) eleven = NULL;

    tunnel(amt);
    remote = amt_state_data(amt)->remote;
    remote.opened_s = 0x11223344;
    remote.attempt_s = 0x11223344;
    remote.attempt_status = 3;
    amt_state_set_remote(amt, &remote);
    got = amthi_ask(b, 0x0400008e, "", 1);
    ck_assert_uint_eq(amthi_check_answer(got, 0x0400008e), 0);
    ck_assert_uint_eq(got->len, 2797);
    ck_assert_uint_eq(got->data[16], 0);
    ck_assert_uint_eq(got->data[17], 1); /* a tunnel is open */
    ck_assert_uint_eq(got->data[18], 2); /* connected */
    ck_assert_uint_eq(got->data[30], 3); /* 17 + 1 + 1 + 3 + 4 + 4 */
    ck_assert_uint_eq(swme_get_le32(got->data + 31), 0x11223344);
    ck_assert_uint_eq(got->data[44], 1); /* the entry is valid */
    ck_assert_uint_eq(swme_get_le32(got->data + 45), 0x11223344);
    ck_assert_str_eq((char *)got->data + 53, "mps.test");
    ck_assert_uint_eq(got->data[589], 1); /* 44 + 545: an attempt that failed */
    ck_assert_str_eq((char *)got->data + 598, "mps.test");
    ck_assert_uint_eq(swme_get_le32(got->data + 589 + 9 + 256 + 1 + 1352 + 34 + 4 + 1 + 3), 3);
    bad = amthi_ask(b, 0x0400008e, "\1", 1);
    ck_assert_uint_eq(amthi_check_answer(bad, 0x0400008e), 0x1d);
    eleven = amthi_bench(&(BenchOptions){.platform = "spt-h"});
    old = amthi_ask(eleven, 0x0400008e, "", 1);
    ck_assert_uint_eq(amthi_check_answer(old, 0x0400008e), 0x812);
}
END_TEST

/* B.10 */
START_TEST(newer_commands_are_unknown_to_older_firmware)
{
    static const struct {
        uint32_t command;
        unsigned int major, minor;
    } since[] = {
        {0x0400003e, 4, 0},  {0x0400003f, 4, 0}, {0x04000044, 4, 0}, {0x04000045, 4, 0},
        {0x04000046, 4, 0},  {0x04000050, 6, 0}, {0x04000062, 6, 0}, {0x04000067, 6, 1},
        {0x0400006b, 6, 1},  {0x04000084, 9, 0}, {0x04000085, 9, 0}, {0x0400003a, 12, 0},
        {0x04000088, 12, 0},
    };
    uint8_t zeros[40] = {0};

    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        for (size_t i = 0; p->amt && i < G_N_ELEMENTS(since); i++) {
            g_autoptr(Bench) b = amthi_bench(&(BenchOptions){.platform = p->name});
            g_autoptr(GByteArray) got = amthi_ask(b, since[i].command, zeros, sizeof(zeros));
            bool known = p->version.major > since[i].major ||
                         (p->version.major == since[i].major && p->version.minor >= since[i].minor);

            MUST_MSG((amthi_check_answer(got, since[i].command) != 0x812) == known, "%s 0x%08x",
                     p->name, since[i].command);
        }
    }
}
END_TEST

/* Slots: 33 from 7.0, 23 before; SHA-2 from 6.0. Three are the owner's. */
START_TEST(hash_slots_of_each_generation)
{
    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        g_autoptr(Bench) b = p->amt ? amthi_bench(&(BenchOptions){.platform = p->name}) : NULL;
        g_autoptr(GByteArray) got = b ? amthi_ask(b, 0x0400002c, NULL, 0) : NULL;
        uint32_t count = p->version.major >= 7 ? 30 : 20;

        if (b) {
            MUST_EQ(amthi_check_answer(got, 0x0400002c), 0);
            MUST_EQ(swme_get_le32(got->data + 16), count);
            MUST_EQ(got->len, 20 + 4 * count);
        }
        for (uint32_t i = 0; b && i < count; i++) {
            uint8_t handle[4];
            g_autoptr(GByteArray) entry = NULL;

            swme_put_le32(handle, swme_get_le32(got->data + 20 + 4 * i));
            entry = amthi_ask(b, 0x0400002d, handle, 4);
            MUST_EQ(amthi_check_answer(entry, 0x0400002d), 0);
            MUST(entry->data[16 + 72] >= 1 && entry->data[16 + 72] <= 3);
            MUST(p->version.major >= 6 || entry->data[16 + 72] == 1);
            MUST_EQ(entry->len, 16 + 75 + swme_get_le16(entry->data + 16 + 73));
            MUST(swme_get_le16(entry->data + 16 + 73) <= 32);
        }
    }
}
END_TEST

/* Every length of each command, poisoned: an answer always, 4 exactly where bytes are missing. */
START_TEST(every_length_of_every_command)
{
    static const struct {
        uint32_t command;
        size_t least;
    } lengths[] = {
        {0x01000001, 16}, {0x04000010, 4}, {0x0400002a, 2},   {0x0400002d, 4},
        {0x0400002f, 2},  {0x0400003a, 4}, {0x0400003f, 18},  {0x04000048, 4},
        {0x04000049, 4},  {0x04000052, 4}, {0x0400005b, 2},   {0x04000062, 4},
        {0x04000067, 40}, {0x04000085, 4}, {0x0400008b, 390}, {0x0400008e, 1},
    };
    g_autoptr(Bench) b = amthi_bench(&(BenchOptions){.platform = "adp-s", .latency = "0"});
    uint8_t request[5108];

    memset(request, 0xff, sizeof(request));
    for (uint32_t command = 0x04000000; command <= 0x04000100; command++) {
        uint32_t asked = command == 0x04000100 ? 0x01000001 : command;
        size_t least = 0;

        for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
            least = lengths[i].command == asked ? lengths[i].least : least;
        }
        for (size_t size = 0; asked != 0x04000088 && size <= sizeof(request);
             size += size < 420 ? 1 : 521) {
            g_autoptr(GByteArray) got = amthi_ask(b, asked, request, size);
            uint32_t status = amthi_check_answer(got, asked);

            MUST_MSG(size >= least || status == 4, "0x%08x, %zu bytes: 0x%x", asked, size, status);
            MUST(status == 0 || got->len == 16);
        }
        amt_stop_remote(swme_firmware_amt(b->firmware));
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("amthi-commands");
    TCase *layouts = unit_case(suite, "layouts");

    tcase_add_loop_test(layouts, golden_answers, 0, UNIT_COUNT(golden));
    tcase_add_test(layouts, no_command_is_left_out);
    tcase_add_test(layouts, trap5_local_system_account);
    tcase_add_test(layouts, cira_log);
    tcase_add_test(layouts, newer_commands_are_unknown_to_older_firmware);
    tcase_add_test(layouts, hash_slots_of_each_generation);
    tcase_add_test(layouts, every_length_of_every_command);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
