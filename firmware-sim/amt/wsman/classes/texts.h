/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts that AMT keeps (amt-stored.h), as calls bring them and answers show them. */
#ifndef SWME_WSMAN_TEXTS_H
#define SWME_WSMAN_TEXTS_H

#include "firmware-sim/amt/wsman/class.h"

/* Printable ASCII that fits into size bytes with its NUL; absent: empty. NULL: it is none. */
const char *wsman_short_text(WsmanCall *call, const char *name, size_t size);
/* Writes the index-th text of a blob (amt-stored.h), "" included. */
void wsman_out_texts(WsmanOut *out, GBytes *texts, unsigned int index);
/* A secret becomes what the property says; nothing: it stays. False: it does not fit into size. */
bool wsman_set_secret(WsmanCall *call, const char *name, size_t size, GBytes **secret);

#endif
