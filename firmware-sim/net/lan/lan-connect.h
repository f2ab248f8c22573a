/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections that we begin: libslirp forwards a Unix socket of ours to a station. */
#ifndef SWME_LAN_CONNECT_H
#define SWME_LAN_CONNECT_H

#include "firmware-sim/net/lan/lan-internal.h"

typedef struct LanConnect LanConnect;

/* directory: a private one, for its sockets; it outlives this. */
LanConnect *lan_connect_new(SwmeLan *lan, const char *directory);
void lan_connect_free(LanConnect *out);
/* Our address is gone: all connections end, and those under way fail. */
void lan_connect_stop(LanConnect *out);

/* As swme_services_dial() has it; takes the task over. */
void lan_connect_dial(LanConnect *out, const char *address, uint16_t port, GTask *task);
/* A frame to our address. False: nothing was ever begun here. */
bool lan_connect_input(LanConnect *out, const LanFrame *frame, size_t ip_header, size_t ip_size);
/* Nobody knows the way to that station. */
void lan_connect_unreachable(LanConnect *out, uint32_t peer);

/* As lan_tcp_fill() and lan_tcp_poll(). */
int lan_connect_fill(LanConnect *out, LanTcpFdFunc add, void *opaque);
void lan_connect_poll(LanConnect *out, const GIOCondition *revents);

#endif
