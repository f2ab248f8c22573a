/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of the device's saved state is no plain field. */
#ifndef SWME_MEI_SAVED_H
#define SWME_MEI_SAVED_H

#include <stdint.h>

#define MEI_BLOB_MAX (16 * 1024 * 1024)

/* Part of the saved state as bytes, only while the machine is being saved or loaded. */
typedef struct MeiBlob {
    uint8_t *data;
    uint32_t size;
} MeiBlob;

extern const struct VMStateInfo mei_blob_info;
/* A platform's name, which must be the device's own. */
extern const struct VMStateInfo mei_platform_info;

#endif
