/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of amt-fields.c for AmtStored. */
#ifndef SWME_AMT_STORED_FIELDS_H
#define SWME_AMT_STORED_FIELDS_H

#include "firmware-sim/amt/amt-field.h"

#define AMT_STORED_FIELDS                                                                         \
    EACH(FIELD_U32, stored.mps, handle, UINT32_MAX),                                              \
        EACH(FIELD_U32, stored.mps, format, AMT_INFO_FQDN),                                       \
        EACH(FIELD_U32, stored.mps, port, UINT16_MAX),                                            \
        EACH(FIELD_BOOL, stored.mps, password_used, 0),                                           \
        EACH(FIELD_U32, stored.mps, certificate, UINT32_MAX),                                     \
        EACH(FIELD_BLOB, stored.mps, names, AMT_NAMES_MAX),                                       \
        EACH(FIELD_BLOB, stored.mps, password, AMT_MPS_USER_SIZE),                                \
        EACH(FIELD_BOOL, stored.policy, present, 0),                                              \
        EACH(FIELD_U32, stored.policy, lifetime_s, UINT32_MAX),                                   \
        EACH(FIELD_U32, stored.policy, extended_size, AMT_MPS_EXTENDED_MAX),                      \
        EACH(FIELD_BYTES, stored.policy, extended, 0),                                            \
        EACH(FIELD_U32, stored.policy, mps_0, UINT32_MAX),                                        \
        EACH(FIELD_U32, stored.policy, mps_1, UINT32_MAX),                                        \
        EACH(FIELD_U32, stored.policy, type_0, 2), EACH(FIELD_U32, stored.policy, type_1, 2),     \
        EACH(FIELD_U32, stored.proxy, handle, UINT32_MAX),                                        \
        EACH(FIELD_U32, stored.proxy, priority, UINT32_MAX),                                      \
        EACH(FIELD_U32, stored.proxy, format, AMT_INFO_FQDN),                                     \
        EACH(FIELD_U32, stored.proxy, port, UINT16_MAX),                                          \
        EACH(FIELD_BLOB, stored.proxy, names, AMT_NAMES_MAX),                                     \
        EACH(FIELD_BOOL, stored.wifi, present, 0), EACH(FIELD_BOOL, stored.wifi, has_8021x, 0),   \
        EACH(FIELD_U32, stored.wifi, priority, UINT8_MAX),                                        \
        EACH(FIELD_U32, stored.wifi, authentication, UINT16_MAX),                                 \
        EACH(FIELD_U32, stored.wifi, encryption, UINT16_MAX),                                     \
        EACH(FIELD_BLOB, stored.wifi, names, AMT_NAMES_MAX),                                      \
        EACH(FIELD_BLOB, stored.wifi, psk, AMT_PSK_SIZE),                                         \
        EACH(FIELD_U32, stored.wifi, x.protocol, UINT16_MAX),                                     \
        EACH(FIELD_U32, stored.wifi, x.comparison, UINT16_MAX),                                   \
        EACH(FIELD_U32, stored.wifi, x.certificate, UINT32_MAX),                                  \
        EACH(FIELD_U32, stored.wifi, x.root, UINT32_MAX),                                         \
        EACH(FIELD_BLOB, stored.wifi, x.names, AMT_NAMES_MAX),                                    \
        EACH(FIELD_BLOB, stored.wifi, x.password, AMT_8021X_TEXT_SIZE),                           \
        PLAIN(FIELD_U32, stored.wifi_state, AMT_WIFI_ALWAYS),                                     \
        PLAIN(FIELD_U32, stored.wifi_sync, 3), PLAIN(FIELD_BOOL, stored.wifi_no_host_policy, 0),  \
        PLAIN(FIELD_BOOL, stored.wifi_uefi_share, 0),                                             \
        PLAIN(FIELD_U32, stored.wired.protocol, UINT16_MAX),                                      \
        PLAIN(FIELD_U32, stored.wired.comparison, UINT16_MAX),                                    \
        PLAIN(FIELD_U32, stored.wired.certificate, UINT32_MAX),                                   \
        PLAIN(FIELD_U32, stored.wired.root, UINT32_MAX),                                          \
        PLAIN(FIELD_BLOB, stored.wired.names, AMT_NAMES_MAX),                                     \
        PLAIN(FIELD_BLOB, stored.wired.password, AMT_8021X_TEXT_SIZE),                            \
        PLAIN(FIELD_U32, stored.wired_mode, AMT_8021X_NO_CERTIFICATE),                            \
        PLAIN(FIELD_U32, stored.wired_pxe_s, UINT32_MAX),                                         \
        PLAIN(FIELD_BOOL, stored.wired_in_s0, 0), PLAIN(FIELD_BOOL, stored.kerberos_cache, 0),    \
        PLAIN(FIELD_U32, stored.language, UINT16_MAX), PLAIN(FIELD_U32, stored.zoom, UINT16_MAX), \
        PLAIN(FIELD_BOOL, stored.setup_record_cleared, 0)

/* Those of them that are blobs. */
#define AMT_STORED_BLOBS                                                \
    EACH(FIELD_BLOB, stored.mps, names, AMT_NAMES_MAX),                 \
        EACH(FIELD_BLOB, stored.mps, password, AMT_MPS_USER_SIZE),      \
        EACH(FIELD_BLOB, stored.proxy, names, AMT_NAMES_MAX),           \
        EACH(FIELD_BLOB, stored.wifi, names, AMT_NAMES_MAX),            \
        EACH(FIELD_BLOB, stored.wifi, psk, AMT_PSK_SIZE),               \
        EACH(FIELD_BLOB, stored.wifi, x.names, AMT_NAMES_MAX),          \
        EACH(FIELD_BLOB, stored.wifi, x.password, AMT_8021X_TEXT_SIZE), \
        PLAIN(FIELD_BLOB, stored.wired.names, AMT_NAMES_MAX),           \
        PLAIN(FIELD_BLOB, stored.wired.password, AMT_8021X_TEXT_SIZE)

#endif
