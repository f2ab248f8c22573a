/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * AMTHI, the host's interface to AMT: a 12-byte header, then data; a response carries a status
 * first. Offsets count from the start of the message, in bytes; all fields little-endian.
 * Sources: Linux samples/mei/mei-amt-version.c, intel/lms AMTHIClient, rpc-go pkg/pthi, fwupd
 * intel-amt, and a recorded exchange with AMT 11.8.93.
 */
#ifndef SWME_AMTHI_H
#define SWME_AMTHI_H

#define AMTHI_HEADER_SIZE   12
#define AMTHI_OFF_MAJOR     0
#define AMTHI_OFF_MINOR     1
#define AMTHI_OFF_RESERVED  2
#define AMTHI_OFF_COMMAND   4
#define AMTHI_OFF_LENGTH    8  /* u32: bytes after the header */
#define AMTHI_OFF_STATUS    12 /* u32, responses only */
#define AMTHI_OFF_DATA      16 /* responses only */
#define AMTHI_VERSION_MAJOR 1
#define AMTHI_VERSION_MINOR 1
#define AMTHI_RESPONSE      0x00800000u

/* Commands: class in the top byte, operation in bits 0 to 22 */
#define AMTHI_GET_AMT_STATE                   0x01000001u
#define AMTHI_GET_TCPIP_PARAMETERS            0x04000006u
#define AMTHI_GET_PROVISIONING_MODE           0x04000008u
#define AMTHI_UNPROVISION                     0x04000010u
#define AMTHI_GET_PROVISIONING_STATE          0x04000011u
#define AMTHI_GET_CODE_VERSIONS               0x0400001au
#define AMTHI_GET_SECURITY_PARAMETERS         0x0400001bu
#define AMTHI_GET_MAC_ADDRESSES               0x04000025u
#define AMTHI_GENERATE_RNG_SEED               0x04000028u
#define AMTHI_START_CONFIGURATION             0x04000029u
#define AMTHI_SET_PROVISIONING_SERVER_OTP     0x0400002au
#define AMTHI_GET_PROVISIONING_TLS_MODE       0x0400002bu
#define AMTHI_ENUMERATE_HASH_HANDLES          0x0400002cu
#define AMTHI_GET_CERTIFICATE_HASH_ENTRY      0x0400002du
#define AMTHI_GET_RNG_SEED_STATUS             0x0400002eu
#define AMTHI_SET_PKI_FQDN_SUFFIX             0x0400002fu
#define AMTHI_GET_ZERO_TOUCH_ENABLED          0x04000030u
#define AMTHI_GET_PKI_FQDN_SUFFIX             0x04000036u
#define AMTHI_SET_ZERO_TOUCH_ENABLED          0x0400003au
#define AMTHI_GET_DNS_SUFFIX_LIST             0x0400003eu
#define AMTHI_SET_ENTERPRISE_ACCESS           0x0400003fu
#define AMTHI_OPEN_USER_INITIATED_CONNECTION  0x04000044u
#define AMTHI_CLOSE_USER_INITIATED_CONNECTION 0x04000045u
#define AMTHI_GET_REMOTE_ACCESS_STATUS        0x04000046u
#define AMTHI_GET_CURRENT_POWER_POLICY        0x04000047u
#define AMTHI_GET_LAN_INTERFACE_SETTINGS      0x04000048u
#define AMTHI_GET_FEATURES_STATE              0x04000049u
#define AMTHI_GET_LAST_HOST_RESET_REASON      0x0400004au
#define AMTHI_GET_USER_INITIATED_INTERFACES   0x0400004du
#define AMTHI_GET_CONFIG_SERVER_DATA          0x0400004eu
#define AMTHI_GET_SETUP_AUDIT_RECORD          0x04000050u
#define AMTHI_GET_IPV6_LAN_INTERFACE_STATUS   0x04000052u
#define AMTHI_GET_FQDN                        0x04000056u
#define AMTHI_GET_REDIRECTION_STATE           0x04000058u
#define AMTHI_SET_HOST_FQDN                   0x0400005bu
#define AMTHI_GET_UUID                        0x0400005cu
#define AMTHI_STOP_CONFIGURATION              0x0400005eu
#define AMTHI_START_CONFIGURATION_EX          0x04000062u
#define AMTHI_GET_LOCAL_SYSTEM_ACCOUNT        0x04000067u
#define AMTHI_GET_UNPROVISIONING_STATE        0x04000068u
#define AMTHI_GET_CONTROL_MODE                0x0400006bu
#define AMTHI_GET_EHBC_STATE                  0x04000084u
#define AMTHI_SET_EHBC_STATE                  0x04000085u
#define AMTHI_DISABLE_AND_CLEAR_AMT           0x04000088u
#define AMTHI_START_CONFIGURATION_HOST_BASED  0x0400008bu
#define AMTHI_GET_CIRA_LOG                    0x0400008eu

/* GET_CODE_VERSIONS: BIOS version, u32 count, then count entries of description and version */
#define AMTHI_BIOS_VERSION_SIZE   65 /* NUL padded */
#define AMTHI_CODE_VERSIONS_COUNT (AMTHI_OFF_DATA + AMTHI_BIOS_VERSION_SIZE)
#define AMTHI_CODE_VERSIONS_FIRST (AMTHI_CODE_VERSIONS_COUNT + 4)
#define AMTHI_CODE_VERSION_SIZE   44 /* two strings: u16 length, 20 bytes NUL padded */
#define AMTHI_VERSION_STRING_SIZE 22
#define AMTHI_VERSION_STRING_MAX  19 /* clients want a terminator within the 20 bytes */
#define AMTHI_CODE_VERSIONS_MAX   50 /* entries */

/* GET_PROVISIONING_MODE: u32 mode, u32 legacy */
#define AMTHI_PROVISIONING_MODE_NONE       0
#define AMTHI_PROVISIONING_MODE_ENTERPRISE 1

/* GET_PROVISIONING_STATE */
#define AMTHI_PROVISIONING_PRE  0
#define AMTHI_PROVISIONING_IN   1
#define AMTHI_PROVISIONING_POST 2

/* GET_CONTROL_MODE */
#define AMTHI_CONTROL_MODE_NONE   0
#define AMTHI_CONTROL_MODE_CLIENT 1
#define AMTHI_CONTROL_MODE_ADMIN  2

#define AMTHI_UUID_SIZE        16
#define AMTHI_MAC_SIZE         6
#define AMTHI_IP_TEXT_SIZE     46 /* NUL padded */
#define AMTHI_PKI_SUFFIX_MAX   223
#define AMTHI_HOST_FQDN_MAX    256
#define AMTHI_POWER_POLICY_MAX 128
#define AMTHI_OTP_MAX          32

/* GET_PROVISIONING_TLS_MODE */
#define AMTHI_TLS_MODE_NOT_READY 0
#define AMTHI_TLS_MODE_PSK       1
#define AMTHI_TLS_MODE_PKI       2

/* GET_RNG_SEED_STATUS */
#define AMTHI_RNG_SEED_EXISTS      0
#define AMTHI_RNG_SEED_IN_PROGRESS 1
#define AMTHI_RNG_SEED_NONE        2

/* GET_CERTIFICATE_HASH_ENTRY: u32 default, u32 active, hash, u8 algorithm, counted name */
#define AMTHI_HASH_SIZE     64 /* of the field */
#define AMTHI_HASH_SHA1     1
#define AMTHI_HASH_SHA256   2
#define AMTHI_HASH_SHA384   3
#define AMTHI_HASH_NAME_MAX 32
#define AMTHI_HASH_OFF_NAME 73 /* in the data */

/* GET_REMOTE_ACCESS_STATUS: u32 network, u32 tunnel, u32 trigger, counted server */
#define AMTHI_NETWORK_DIRECT    0
#define AMTHI_NETWORK_VPN       1
#define AMTHI_NETWORK_OUTSIDE   2
#define AMTHI_NETWORK_UNKNOWN   3
#define AMTHI_REMOTE_NONE       0
#define AMTHI_REMOTE_CONNECTING 1
#define AMTHI_REMOTE_CONNECTED  2
#define AMTHI_TRIGGER_USER      0

/* GET_USER_INITIATED_INTERFACES */
#define AMTHI_USER_INITIATED_BIOS 0x1u
#define AMTHI_USER_INITIATED_OS   0x2u

/* GET_FEATURES_STATE */
#define AMTHI_FEATURE_REDIRECTION    0
#define AMTHI_FEATURE_SYSTEM_DEFENSE 1
#define AMTHI_FEATURE_WEB_UI         2
#define AMTHI_FEATURE_EAC            3
#define AMTHI_FEATURE_KVM            4

/* GET_REDIRECTION_STATE */
#define AMTHI_REDIRECTION_SOL  0x1u
#define AMTHI_REDIRECTION_IDER 0x2u
#define AMTHI_REDIRECTION_KVM  0x4u

/* GET_LOCAL_SYSTEM_ACCOUNT: user, password, padding */
#define AMTHI_LSA_REQUEST_SIZE 40
#define AMTHI_LSA_FIELD_SIZE   33
#define AMTHI_LSA_SIZE         68

/* START_CONFIGURATION_HOST_BASED: the two layouts that clients send, by their size */
#define AMTHI_HOST_BASED_SIZE      390
#define AMTHI_HOST_BASED_WIDE_SIZE 396

#define AMTHI_CIRA_LOG_SIZE          2781
#define AMTHI_ENTERPRISE_ACCESS_SIZE 18

/* Statuses (intel/lms StatusCodeDefinitions.h) */
#define AMTHI_STATUS_SUCCESS                0x000u
#define AMTHI_STATUS_INTERNAL_ERROR         0x001u
#define AMTHI_STATUS_NOT_READY              0x002u
#define AMTHI_STATUS_INVALID_AMT_MODE       0x003u
#define AMTHI_STATUS_INVALID_MESSAGE_LENGTH 0x004u
#define AMTHI_STATUS_NOT_PERMITTED          0x010u
#define AMTHI_STATUS_UNSUPPORTED_VERSION    0x01du
#define AMTHI_STATUS_INVALID_INDEX          0x023u
#define AMTHI_STATUS_INVALID_PARAMETER      0x024u
#define AMTHI_STATUS_RNG_IN_PROGRESS        0x02fu
#define AMTHI_STATUS_RNG_NOT_READY          0x030u
#define AMTHI_STATUS_CERTIFICATE_NOT_READY  0x031u
#define AMTHI_STATUS_ACCESS_NOT_GRANTED     0x200u
#define AMTHI_STATUS_HOST_VPN_DISABLED      0x201u
#define AMTHI_STATUS_ACCESS_WITHOUT_DDNS    0x202u
#define AMTHI_STATUS_ACCESS_WITH_DDNS       0x203u
#define AMTHI_STATUS_INVALID_COMMAND        0x803u
#define AMTHI_STATUS_DATA_MISSING           0x809u
#define AMTHI_STATUS_UNSUPPORTED            0x812u
#define AMTHI_STATUS_NOT_FOUND              0x814u
#define AMTHI_STATUS_BLOCKING_COMPONENT     0x81cu
#define AMTHI_STATUS_IPV6_DISABLED          2500u
#define AMTHI_STATUS_IPV6_NO_INTERFACE      2501u

#endif
