/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An APF channel as a GIOStream. Its two streams are pollable, so that libsoup and GTlsConnection
 * take it; closing it closes the channel once all that was written has left.
 */
#ifndef SWME_NET_APF_STREAM_H
#define SWME_NET_APF_STREAM_H

#include "firmware-sim/net/apf-pipe.h"

/* The stream's end of that pipe. */
GIOStream *apf_stream_new(ApfPipe *pipe);

#endif
