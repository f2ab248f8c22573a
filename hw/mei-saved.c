/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qemu/osdep.h"

#include "qemu/error-report.h"
#include "migration/qemu-file-types.h"
#include "migration/vmstate.h"

#include "hw/qemu-compat.h"

#include "firmware-sim/error.h"
#include "firmware-sim/platform/platform.h"
#include "hw/mei-saved.h"

static int mei_put_blob(QEMUFile *file, void *field, size_t size G_GNUC_UNUSED,
                        const VMStateField *info G_GNUC_UNUSED,
                        JSONWriter *description G_GNUC_UNUSED)
{
    const MeiBlob *blob = field;

    qemu_put_be32(file, blob->size);
    qemu_put_buffer(file, blob->data, blob->size);
    return 0;
}

/* The size comes from a stream that nobody vouches for: bounded before anything is allocated. */
static int mei_get_blob(QEMUFile *file, void *field, size_t size G_GNUC_UNUSED,
                        const VMStateField *info G_GNUC_UNUSED)
{
    MeiBlob *blob = field;
    uint32_t blob_size = qemu_get_be32(file);

    if (blob_size > MEI_BLOB_MAX) {
        return -EINVAL;
    }
    g_free(blob->data);
    blob->data = g_malloc(blob_size);
    blob->size = blob_size;
    return qemu_get_buffer(file, blob->data, blob_size) == blob_size ? 0 : -EIO;
}

const VMStateInfo mei_blob_info = {
    .name = "intel-mei firmware",
    .put = mei_put_blob,
    .get = mei_get_blob,
};

/* First of all, so that another generation is told of in its name and not by a byte of its PCI id.
 */
static int mei_put_platform(QEMUFile *file, void *field, size_t size G_GNUC_UNUSED,
                            const VMStateField *info G_GNUC_UNUSED,
                            JSONWriter *description G_GNUC_UNUSED)
{
    const SwmePlatform *platform = *(const SwmePlatform **)field;
    size_t length = strlen(platform->name);

    qemu_put_byte(file, (int)length);
    qemu_put_buffer(file, (const uint8_t *)platform->name, length);
    return 0;
}

static int mei_get_platform(QEMUFile *file, void *field, size_t size G_GNUC_UNUSED,
                            const VMStateField *info G_GNUC_UNUSED)
{
    const SwmePlatform *platform = *(const SwmePlatform **)field;
    char name[UINT8_MAX + 1] = {0};
    g_autofree char *shown = NULL;

    qemu_get_buffer(file, (uint8_t *)name, (uint8_t)qemu_get_byte(file));
    if (g_str_equal(name, platform->name)) {
        return 0;
    }
    shown = swme_error_text(name);
    error_report("intel-mei"
                 ": the saved state is of platform '%s', this device has platform=%s",
                 shown, platform->name);
    return -EINVAL;
}

const VMStateInfo mei_platform_info = {
    .name = "intel-mei platform",
    .put = mei_put_platform,
    .get = mei_get_platform,
};
