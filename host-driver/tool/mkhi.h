/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* The ME kernel's host interfaces, MKHI and MCHI, from the host's side. */
#ifndef SWME_HOST_MKHI_H
#define SWME_HOST_MKHI_H

#include "host-driver/tool/session.h"

#define MKHI_ANSWER_MAX 4096 /* bytes of the longest message of either client */

/*
 * A connection to MKHI: as a dynamic client where the firmware has it so, else its fixed address.
 * Linux keeps the latter to itself. Ends with channel_close().
 */
MeiError mkhi_open(Session *session, Channel **channel);
/* To MCHI; MEI_ERR_NO_CLIENT where the firmware has none. */
MeiError mchi_open(Session *session, Channel **channel);

/*
 * One command with size bytes of data behind its header. answer has room for MKHI_ANSWER_MAX bytes;
 * *answer_size of them came, at least a header to this question. The result is in that header.
 */
MeiError mkhi_exchange(Channel *channel, uint8_t group, uint8_t command, const void *data,
                       size_t size, uint8_t *answer, size_t *answer_size);
/*
 * As above; a result but success is MEI_ERR_REFUSED, and fewer than least bytes behind the header
 * are MEI_ERR_PROTOCOL. what names it in both.
 */
MeiError mkhi_ask(Channel *channel, uint8_t group, uint8_t command, const char *what,
                  const void *data, size_t size, uint8_t *answer, size_t *answer_size,
                  size_t least);

/* A word for a result; never NULL. MCA has numbers of its own. */
const char *mkhi_result_name(uint8_t group, uint8_t result);

/*
 * Asks the firmware for its versions through the fixed MKHI client, or the dynamic one where there
 * is no fixed one. Fills info->version and info->version_count.
 */
MeiError mkhi_firmware_version(Session *session, SessionInfo *info);

#endif
