/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <swme/me-clients.h>

#include "host-driver/mei.h"

/* Asks the ME's kernel for its version; ops and hardware are how this machine reaches registers. */
int ask_version(const MeiTransportOps *ops, void *hardware);

int ask_version(const MeiTransportOps *ops, void *hardware)
{
    static const SwmeGuid mkhi = SWME_GUID_MKHI_FIXED;
    static const unsigned char question[4] = {0xff, 0x02}; /* general group, firmware version */
    static unsigned char buffer[2048];
    static Mei mei;
    unsigned char answer[64];
    size_t size = 0;
    MeiConnection *connection;
    MeiError error;

    mei_init(&mei, ops, hardware);
    error = mei_start(&mei);
    if (!error) {
        error = mei_connect(&mei, &mkhi, buffer, sizeof(buffer), &connection);
    }
    if (!error) {
        error = mei_write(connection, question, sizeof(question), MEI_NS_PER_S);
        error = error ? error : mei_read(connection, answer, sizeof(answer), &size, MEI_NS_PER_S);
        (void)mei_disconnect(connection);
    }
    mei_stop(&mei);
    printf("%s: %u.%u\n", mei_error_name(error), size > 6 ? answer[6] : 0,
           size > 4 ? answer[4] : 0);
    return error;
}
