/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the example of docs/libheci.md, on the sim. */
#include <stdio.h>

#include "host-driver/transports/sim.h"

int ask_version(const MeiTransportOps *ops, void *hardware);

int main(void)
{
    RegisterTransport transport;
    char message[SESSION_MESSAGE_SIZE];
    int status;

    if (!sim_open_registers("sim", &transport, message)) {
        fprintf(stderr, "%s\n", message);
        return 1;
    }
    status = ask_version(transport.ops, transport.transport);
    transport.close(transport.transport);
    return status ? 1 : 0;
}
