/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "host-driver/tool/session.h"
#include "host-driver/tool/share.h"
#include "host-driver/transports/kernel.h"
#include "host-driver/transports/pci.h"
#include "host-driver/transports/qtest.h"
#ifndef HECI_WITHOUT_SIM
#include "host-driver/transports/sim-link.h"
#include "host-driver/transports/sim.h"
#endif

const TransportKind transport_kinds[] = {
#ifndef HECI_WITHOUT_SIM
    {"sim",
     "sim[:OPTIONS]       device and firmware in this process; platform=NAME, "
     "amt=auto|on|off|disabled,\n"
     "                      echo=on|off, latency=TEXT, uuid=UUID,\n"
     "                      fault=RULES, separated by commas",
     sim_open},
    {"link:",
     "link:SOCKET[,platform=NAME]\n"
     "                      the device in this process, its firmware a 'swme serve --link SOCKET'",
     sim_link_open},
#endif
    {"qtest:", "qtest:SOCKET        a QEMU that was started with -qtest unix:SOCKET,server=on",
     qtest_open},
    {"pci:",
     "pci:ADDRESS         a function of this machine that no driver has, such as pci:0000:00:16.0",
     pci_open},
    {"unix:", "unix:SOCKET         the driver of a process that runs 'heci TRANSPORT serve SOCKET'",
     share_open},
    {"/dev/mei", "/dev/meiN           the kernel's driver", kernel_open},
    {NULL, NULL, NULL},
};

Session *session_open(const char *text, char *message)
{
    for (const TransportKind *kind = transport_kinds; kind->prefix; kind++) {
        if (strncmp(text, kind->prefix, strlen(kind->prefix)) == 0) {
            return kind->open(text, message);
        }
    }
    snprintf(message, SESSION_MESSAGE_SIZE, "unknown transport '%s'; --help lists them", text);
    return NULL;
}
