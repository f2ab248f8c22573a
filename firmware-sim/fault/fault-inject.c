/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets that neither side sent, put on the link from outside. */
#include "firmware-sim/fault/fault-internal.h"

#include <swme/bytes.h>

#include "firmware-sim/error.h"

static bool fail(GError **error, const char *what)
{
    g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT, "%s", what);
    return false;
}

/* The link's contract: what is handed over is as long as its header says. */
static bool packet_is_whole(GBytes *packet)
{
    gsize size;
    const uint8_t *data = g_bytes_get_data(packet, &size);

    return size >= MEI_HEADER_SIZE && size - MEI_HEADER_SIZE == MEI_HDR_LENGTH(swme_get_le32(data));
}

bool swme_faults_inject(SwmeFaults *faults, bool to_host, GPtrArray *packets, GError **error)
{
    for (guint i = 0; i < packets->len; i++) {
        if (!packet_is_whole(packets->pdata[i])) {
            return fail(error, "a packet is a header and as many bytes as its length field says");
        }
    }
    if (packets->len > FAULT_ITEMS_MAX || faults->items.length > FAULT_ITEMS_MAX - packets->len) {
        return fail(error, "too much waits on the link already: the other side takes nothing");
    }
    for (guint i = 0; i < packets->len; i++) {
        gsize size;
        const uint8_t *data = g_bytes_get_data(packets->pdata[i], &size);

        fault_queue_add(faults, FAULT_ITEM_PACKET, to_host ? FAULT_TO_HOST : FAULT_TO_FIRMWARE, 0,
                        data, size);
    }
    fault_update(faults);
    return true;
}
