/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* AMT's host interface, from the host's side. */
#ifndef SWME_HOST_AMTHI_H
#define SWME_HOST_AMTHI_H

#include <swme/amthi.h>

#include "host-driver/tool/session.h"

/* Bytes of the longest answer: the log of remote access. */
#define AMTHI_ANSWER_MAX (AMTHI_OFF_DATA + AMTHI_CIRA_LOG_SIZE)

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
    uint32_t control_mode; /* none where AMT is older than control modes */
    SwmeGuid uuid;
} AmthiInfo;

/* Words for the numbers; never NULL. */
const char *amthi_provisioning_mode_name(uint32_t mode);
const char *amthi_provisioning_state_name(uint32_t state);
const char *amthi_control_mode_name(uint32_t mode);
const char *amthi_status_name(uint32_t status);

/* A connection to AMTHI, to be closed with channel_close(). */
MeiError amthi_open(Session *session, Channel **channel);
/*
 * One command with size bytes of data behind its header; what names it in errors. answer has room
 * for AMTHI_ANSWER_MAX bytes, of which at least AMTHI_OFF_DATA + least came when this is MEI_OK.
 */
MeiError amthi_ask(Channel *channel, uint32_t command, const char *what, const void *data,
                   size_t size, uint8_t *answer, size_t *answer_size, size_t least);
/* The bytes up to a 0, at most size of them, and a 0; what is no ASCII is a '?'. */
void amthi_printable(char *text, const uint8_t *bytes, size_t size);
/* A counted string of an answer, at most size - 1 bytes of it; what is no ASCII is a '?'. */
void amthi_counted(char *text, size_t size, const uint8_t *answer, size_t answer_size, size_t at);

/* Asks AMT all of it; on failure the session has the reason. */
MeiError amthi_info(Session *session, AmthiInfo *info);

#endif
