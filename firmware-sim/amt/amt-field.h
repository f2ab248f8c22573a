/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a row of amt-fields.c says what a value of AMT's is. For that file alone. */
#ifndef SWME_AMT_FIELD_H
#define SWME_AMT_FIELD_H

#include "firmware-sim/amt/amt-data.h"

typedef enum FieldKind {
    FIELD_BOOL,
    FIELD_U32,
    FIELD_TIME,
    FIELD_TEXT,
    FIELD_BYTES,
    FIELD_TRIMMED, /* bytes, of which the zeros at the end are not saved */
    FIELD_BLOB,    /* of at most max bytes */
} FieldKind;

typedef struct Field {
    const char *name;
    FieldKind kind;
    bool live;
    size_t offset;
    size_t size; /* of one element */
    unsigned int count;
    size_t stride; /* from one element to the next */
    uint32_t max;  /* FIELD_U32, FIELD_BLOB */
} Field;

#define MEMBER_SIZE(member) sizeof(((AmtData *)NULL)->member)
#define PLAIN(kind_, member_, max_)                                              \
    {                                                                            \
        .name = #member_, .kind = (kind_), .offset = offsetof(AmtData, member_), \
        .size = MEMBER_SIZE(member_), .count = 1, .stride = 0, .max = (max_)     \
    }
#define LIVE(kind_, member_, max_)                                                             \
    {                                                                                          \
        .name = #member_, .kind = (kind_), .live = true, .offset = offsetof(AmtData, member_), \
        .size = MEMBER_SIZE(member_), .count = 1, .max = (max_)                                \
    }
/* The member of each element of an array of structures. */
#define EACH(kind_, array_, member_, max_)                                                       \
    {                                                                                            \
        .name = #array_ "." #member_, .kind = (kind_),                                           \
        .offset = offsetof(AmtData, array_[0].member_), .size = MEMBER_SIZE(array_[0].member_),  \
        .count = MEMBER_SIZE(array_) / MEMBER_SIZE(array_[0]), .stride = MEMBER_SIZE(array_[0]), \
        .max = (max_)                                                                            \
    }
#define LIVE_EACH(kind_, array_, member_, max_)                                                  \
    {                                                                                            \
        .name = #array_ "." #member_, .kind = (kind_), .live = true,                             \
        .offset = offsetof(AmtData, array_[0].member_), .size = MEMBER_SIZE(array_[0].member_),  \
        .count = MEMBER_SIZE(array_) / MEMBER_SIZE(array_[0]), .stride = MEMBER_SIZE(array_[0]), \
        .max = (max_)                                                                            \
    }
/* Each element of an array. */
#define LIST(kind_, array_, max_)                                                              \
    {                                                                                          \
        .name = #array_, .kind = (kind_), .offset = offsetof(AmtData, array_),                 \
        .size = MEMBER_SIZE(array_[0]), .count = MEMBER_SIZE(array_) / MEMBER_SIZE(array_[0]), \
        .stride = MEMBER_SIZE(array_[0]), .max = (max_)                                        \
    }

#define LAN(i)                                                                                  \
    PLAIN(FIELD_BOOL, network.lan[i].present, 0), PLAIN(FIELD_BOOL, network.lan[i].enabled, 0), \
        PLAIN(FIELD_BOOL, network.lan[i].dhcp, 0), PLAIN(FIELD_BOOL, network.lan[i].link, 0),   \
        PLAIN(FIELD_U32, network.lan[i].dhcp_ip_mode, 2),                                       \
        PLAIN(FIELD_U32, network.lan[i].address, UINT32_MAX),                                   \
        PLAIN(FIELD_U32, network.lan[i].mask, UINT32_MAX),                                      \
        PLAIN(FIELD_U32, network.lan[i].gateway, UINT32_MAX),                                   \
        LIST(FIELD_U32, network.lan[i].dns, UINT32_MAX),                                        \
        PLAIN(FIELD_BYTES, network.lan[i].mac, 0), PLAIN(FIELD_BOOL, network.lan[i].ipv6, 0),   \
        PLAIN(FIELD_TEXT, network.lan[i].ipv6_router, 0),                                       \
        LIST(FIELD_TEXT, network.lan[i].ipv6_dns, 0),                                           \
        EACH(FIELD_TEXT, network.lan[i].ipv6_address, text, 0),                                 \
        EACH(FIELD_U32, network.lan[i].ipv6_address, type, 4),                                  \
        EACH(FIELD_U32, network.lan[i].ipv6_address, state, 6),                                 \
        PLAIN(FIELD_U32, network.lan[i].link_policy, AMT_LINK_ALL),                             \
        PLAIN(FIELD_U32, network.lan[i].vlan, 4094),                                            \
        PLAIN(FIELD_BOOL, network.lan[i].shared_static, 0),                                     \
        PLAIN(FIELD_BOOL, network.lan[i].ip_sync, 0),                                           \
        PLAIN(FIELD_U32, network.lan[i].ipv6_id_type, 2),                                       \
        PLAIN(FIELD_BYTES, network.lan[i].ipv6_id, 0),                                          \
        LIST(FIELD_TEXT, network.lan[i].ipv6_set, 0)

#endif
