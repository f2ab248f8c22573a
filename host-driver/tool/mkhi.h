/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* The ME kernel's host interface, from the host's side. */
#ifndef SWME_HOST_MKHI_H
#define SWME_HOST_MKHI_H

#include "host-driver/tool/session.h"

/*
 * Asks the firmware for its versions through the fixed MKHI client, or the dynamic one where there
 * is no fixed one. Fills info->version and info->version_count.
 */
MeiError mkhi_firmware_version(Session *session, SessionInfo *info);

#endif
