/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A BIOS tells the ME at each start what is in the machine. Here it is looked up where the BIOS
 * left it for the operating system, in the guest's memory, which is there when the guest is off,
 * too; before the first start, and from a BIOS that leaves it elsewhere (UEFI), it is what QEMU
 * gives the BIOS to begin with.
 */
#include "qemu/osdep.h"

#include "block/block_int.h"
#include "hw/nvram/fw_cfg.h"

#include "hw/qemu-compat.h"

#include "firmware-sim/amt/smbios.h"
#include "hw/mei-inventory.h"

#define BIOS_AREA      0xf0000 /* DMTF DSP0134 5.2: here is the entry point, if anywhere */
#define BIOS_AREA_SIZE 0x10000
#define SELECTOR_PORT  0x510 /* QEMU docs/specs/fw_cfg */
#define DATA_PORT      0x511

static bool read_memory(hwaddr address, void *data, size_t size)
{
    return address_space_read(&address_space_memory, address, MEMTXATTRS_UNSPECIFIED, data, size) ==
           MEMTX_OK;
}

static GBytes *from_memory(void)
{
    g_autofree uint8_t *area = g_malloc(BIOS_AREA_SIZE);
    g_autofree uint8_t *table = NULL;
    uint64_t address;
    size_t size;

    if (!read_memory(BIOS_AREA, area, BIOS_AREA_SIZE) ||
        !smbios_entry_point(area, BIOS_AREA_SIZE, &address, &size)) {
        return NULL;
    }
    table = g_malloc(size);
    return read_memory(address, table, size) ? g_bytes_new_take(g_steal_pointer(&table), size)
                                             : NULL;
}

/* ---- QEMU's own tables ---- */

static const FWCfgFile *find_file(const FWCfgState *fw_cfg, const char *name)
{
    for (uint32_t i = 0; fw_cfg->files && i < be32_to_cpu(fw_cfg->files->count); i++) {
        if (g_str_equal(fw_cfg->files->f[i].name, name)) {
            return &fw_cfg->files->f[i];
        }
    }
    return NULL;
}

/* By its ports, as the BIOS does; where the guest was in its own reading it goes on. */
static void read_item(FWCfgState *fw_cfg, uint16_t select, uint8_t *data, size_t size)
{
    uint16_t entry = fw_cfg->cur_entry;
    uint32_t offset = fw_cfg->cur_offset;
    uint16_t wire = cpu_to_le16(select);

    address_space_write(&address_space_io, SELECTOR_PORT, MEMTXATTRS_UNSPECIFIED, &wire,
                        sizeof(wire));
    for (size_t i = 0; i < size; i++) {
        address_space_read(&address_space_io, DATA_PORT, MEMTXATTRS_UNSPECIFIED, data + i, 1);
    }
    fw_cfg->cur_entry = entry;
    fw_cfg->cur_offset = offset;
}

static GBytes *from_qemu(void)
{
    FWCfgState *fw_cfg = fw_cfg_find();
    const FWCfgFile *file = fw_cfg ? find_file(fw_cfg, "etc/smbios/smbios-tables") : NULL;
    size_t size = file ? be32_to_cpu(file->size) : 0;
    uint8_t *data;

    if (!size || size > SMBIOS_SIZE_MAX) {
        return NULL;
    }
    data = g_malloc(size);
    read_item(fw_cfg, be16_to_cpu(file->select), data, size);
    return g_bytes_new_take(data, size);
}

GBytes *mei_inventory_smbios(void *opaque G_GNUC_UNUSED)
{
    GBytes *table = from_memory();

    return table ? table : from_qemu();
}

/* ---- disks ---- */

static void text_property(DeviceState *dev, const char *const *names, const char *fallback,
                          char text[SWME_DISK_TEXT_SIZE])
{
    g_strlcpy(text, fallback, SWME_DISK_TEXT_SIZE);
    for (; *names; names++) {
        g_autofree char *value = object_property_find(OBJECT(dev), *names)
                                     ? object_property_get_str(OBJECT(dev), *names, NULL)
                                     : NULL;

        if (value && *value) {
            g_strlcpy(text, value, SWME_DISK_TEXT_SIZE);
            break;
        }
    }
    for (char *c = text; *c; c++) {
        *c = (char)(g_ascii_isprint(*c) ? *c : '?');
    }
}

unsigned int mei_inventory_disks(void *opaque G_GNUC_UNUSED, SwmeDisk disks[SWME_DISKS_MAX])
{
    static const char *const models[] = {"model", "product", NULL};
    static const char *const serials[] = {"serial", NULL};
    unsigned int count = 0;

    for (BlockBackend *blk = blk_all_next(NULL); blk && count < SWME_DISKS_MAX;
         blk = blk_all_next(blk)) {
        DeviceState *dev = blk_get_attached_dev(blk);
        int64_t size = dev && blk_is_available(blk) ? blk_getlength(blk) : 0;

        /* The BIOS's own flash is none, nor is what can be taken out. */
        if (size <= 0 || blk_dev_has_removable_media(blk) ||
            object_dynamic_cast(OBJECT(dev), "cfi.pflash01")) {
            continue;
        }
        disks[count].size = (uint64_t)size;
        text_property(dev, models, "QEMU HARDDISK", disks[count].model);
        text_property(dev, serials, "", disks[count].serial);
        count++;
    }
    return count;
}
