/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * The sim transport: the whole device and its firmware in this process, on a clock that moves only
 * while the driver waits.
 */
#ifndef SWME_HOST_SIM_H
#define SWME_HOST_SIM_H

#include "host-driver/tool/session.h"

/*
 * text is "sim", or "sim:" and options: platform=NAME, amt=auto|on|off|disabled, echo=on|off,
 * latency=TEXT, nvm=FILE, uuid=UUID, fault=RULES, separated by commas. NULL with a one-line reason
 * in message.
 */
Session *sim_open(const char *text, char *message);

/* As sim_open(), for a caller that wants the registers alone. False: see message. */
bool sim_open_registers(const char *text, RegisterTransport *transport, char *message);

/* How often the driver did to the device what no sound driver does; transport is a sim. */
uint64_t sim_guest_errors(const RegisterTransport *transport);

/* Timers of the firmware that are armed: with 0 it does nothing until the host does; likewise. */
unsigned int sim_armed_timers(const RegisterTransport *transport);

/*
 * AMT's services, which start with none. Whoever adds some calls from the thread that made the sim:
 * its GMainContext is iterated while the driver waits.
 */
struct SwmeServices *sim_services(const RegisterTransport *transport);

/* What goes wrong on the link, to add to and to read back. */
struct SwmeFaults *sim_faults(const RegisterTransport *transport);

#endif
