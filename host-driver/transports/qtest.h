/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * The qtest transport: the registers of a HECI function in another process's QEMU, which was
 * started with -qtest unix:SOCKET,server=on,wait=off. Its CPU should do nothing, for the driver is
 * here. Under -accel qtest the virtual clock moves only while the driver waits; under any other
 * accelerator it runs by itself, and the machine must not be paused (no -S).
 */
#ifndef SWME_HOST_QTEST_H
#define SWME_HOST_QTEST_H

#include "host-driver/tool/session.h"

/* text is "qtest:SOCKET". NULL with a one-line reason in message. */
Session *qtest_open(const char *text, char *message);

/* As qtest_open(), for a caller that wants the registers alone. False: see message. */
bool qtest_open_registers(const char *text, RegisterTransport *transport, char *message);

#endif
