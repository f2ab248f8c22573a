/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* The link transport: the device in this process, its firmware in another one (docs/link.md). */
#ifndef SWME_HOST_SIM_LINK_H
#define SWME_HOST_SIM_LINK_H

#include "host-driver/tool/session.h"

/* text is "link:SOCKET" or "link:SOCKET,platform=NAME". NULL with a one-line reason in message. */
Session *sim_link_open(const char *text, char *message);

#endif
