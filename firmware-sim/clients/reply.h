/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building blocks of what clients answer: integers little-endian, as HECI has them. */
#ifndef SWME_CLIENTS_REPLY_H
#define SWME_CLIENTS_REPLY_H

#include <stdint.h>

#include <glib.h>

void reply_append_u8(GByteArray *reply, uint8_t value);
void reply_append_le16(GByteArray *reply, uint16_t value);
void reply_append_le32(GByteArray *reply, uint32_t value);
void reply_append_zeros(GByteArray *reply, guint size);

#endif
