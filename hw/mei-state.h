/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pieces of the device's saved state that are no plain numbers. */
#ifndef SWME_MEI_STATE_H
#define SWME_MEI_STATE_H

#include "migration/vmstate.h"

#define MEI_BLOB_MAX (16 * 1024 * 1024)

/* Part of the saved state as bytes, only while the machine is being saved or loaded. */
typedef struct MeiBlob {
    uint8_t *data;
    uint32_t size;
} MeiBlob;

extern const VMStateInfo mei_blob_info;
extern const VMStateInfo mei_platform_info; /* of a const SwmePlatform * */

/* Takes the bytes over. */
void mei_fill_blob(MeiBlob *blob, GBytes *bytes);

#endif
