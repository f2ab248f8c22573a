/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* AMT's host interface, from the host's side. */
#ifndef SWME_HOST_AMTHI_H
#define SWME_HOST_AMTHI_H

#include <swme/amthi.h>

#include "host-driver/tool/session.h"

/* Bytes of the longest answer: code versions with as many entries as there may be. */
#define AMTHI_ANSWER_MAX \
    (AMTHI_CODE_VERSIONS_FIRST + AMTHI_CODE_VERSIONS_MAX * AMTHI_CODE_VERSION_SIZE)

/* Strings are terminated, and what is no printable ASCII in them is a '?'. */
typedef struct AmthiCodeVersion {
    char description[AMTHI_VERSION_STRING_SIZE];
    char version[AMTHI_VERSION_STRING_SIZE];
} AmthiCodeVersion;

typedef struct AmthiInfo {
    char bios_version[AMTHI_BIOS_VERSION_SIZE + 1];
    unsigned int code_version_count;
    AmthiCodeVersion code_versions[AMTHI_CODE_VERSIONS_MAX];
    uint32_t provisioning_mode;
    uint32_t provisioning_state;
    uint32_t control_mode;
    SwmeGuid uuid;
} AmthiInfo;

/* Words for the numbers; never NULL. */
const char *amthi_provisioning_mode_name(uint32_t mode);
const char *amthi_provisioning_state_name(uint32_t state);
const char *amthi_control_mode_name(uint32_t mode);
const char *amthi_status_name(uint32_t status);

/* Asks AMT all of it; on failure the session has the reason. */
MeiError amthi_info(Session *session, AmthiInfo *info);

#endif
