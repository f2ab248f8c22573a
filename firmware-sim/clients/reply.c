/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/clients/reply.h"

#include <string.h>

#include <swme/bytes.h>

void reply_append_u8(GByteArray *reply, uint8_t value)
{
    g_byte_array_append(reply, &value, sizeof(value));
}

void reply_append_le16(GByteArray *reply, uint16_t value)
{
    uint8_t bytes[2];

    swme_put_le16(bytes, value);
    g_byte_array_append(reply, bytes, sizeof(bytes));
}

void reply_append_le32(GByteArray *reply, uint32_t value)
{
    uint8_t bytes[4];

    swme_put_le32(bytes, value);
    g_byte_array_append(reply, bytes, sizeof(bytes));
}

void reply_append_zeros(GByteArray *reply, guint size)
{
    guint at = reply->len;

    g_byte_array_set_size(reply, at + size);
    memset(reply->data + at, 0, size);
}
