/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's hardware, from its SMBIOS structures (DMTF DSP0134, offsets from there) and its
 * disks. What a class has and how it is called: open-amt mps (captured answers), intel/lms.
 */
#include <stdio.h>
#include <string.h>

#include "firmware-sim/amt/smbios.h"
#include "firmware-sim/amt/wsman/classes.h"
#include "firmware-sim/amt/wsman/session.h"

#define PROCESSORS 16
#define MODULES    32
#define READ       WSMAN_REALM_ASSET

/* ---- what the machine tells, once for each call ---- */

static const WsmanInventory *inventory(const WsmanCall *call)
{
    return wsman_inventory(wsman_session(call), wsman_machine(call));
}

static bool find(const WsmanCall *call, uint8_t type, unsigned int index, SmbiosStructure *found)
{
    return smbios_find(inventory(call)->smbios, type, index, found);
}

static void out_text(const WsmanCall *call, uint8_t type, unsigned int index, size_t at,
                     WsmanOut *out)
{
    char text[SMBIOS_TEXT_SIZE];
    SmbiosStructure structure;

    find(call, type, index, &structure);
    smbios_text(&structure, at, text);
    wsman_out_text(out, text);
}

static void out_u16(const WsmanCall *call, uint8_t type, unsigned int index, size_t at,
                    WsmanOut *out)
{
    SmbiosStructure structure;

    find(call, type, index, &structure);
    wsman_out_number(out, smbios_u16(&structure, at));
}

#define TEXT(name_, type_, at_)                                                \
    static void name_(const WsmanCall *call, unsigned int slot, WsmanOut *out) \
    {                                                                          \
        out_text(call, type_, slot, at_, out);                                 \
    }

/* ---- the package that the system is in ---- */

static void platform_guid(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_hex(out, amt_state_uuid(wsman_amt(call)), AMTHI_UUID_SIZE);
}

static void chassis(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_reference(out, call, &wsman_CIM_Chassis, slot);
}

static void managed_system(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_reference(out, call, &wsman_CIM_ComputerSystem, slot);
}

static const WsmanProperty system_package[] = {
    WSMAN_GET("Antecedent", WSMAN_REFERENCE, WSMAN_KEY, chassis),
    WSMAN_GET("Dependent", WSMAN_REFERENCE, WSMAN_KEY, managed_system),
    WSMAN_GET("PlatformGUID", WSMAN_TEXT, 0, platform_guid),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_ComputerSystemPackage = {
    .name = "CIM_ComputerSystemPackage",
    .above = &wsman_CIM_SystemPackaging,
    .read = WSMAN_REALM_ANY,
    .slots = 1,
    .properties = system_package,
};

/* None of its own: enumerating it brings what comes from it. */
const WsmanClass wsman_CIM_SystemPackaging = {
    .name = "CIM_SystemPackaging",
    .read = WSMAN_REALM_ANY,
    .properties = system_package,
};

/* ---- chassis, board ---- */

TEXT(system_maker, SMBIOS_SYSTEM, 0x04)
TEXT(system_product, SMBIOS_SYSTEM, 0x05)
TEXT(system_version, SMBIOS_SYSTEM, 0x06)
TEXT(system_serial, SMBIOS_SYSTEM, 0x07)

static const WsmanProperty chassis_properties[] = {
    WSMAN_NUMBER_IS("ChassisPackageType", WSMAN_U16, 0),
    WSMAN_KEY_IS("CreationClassName", "CIM_Chassis"),
    WSMAN_TEXT_IS("ElementName", "Managed System Chassis"),
    WSMAN_GET("Manufacturer", WSMAN_TEXT, 0, system_maker),
    WSMAN_GET("Model", WSMAN_TEXT, 0, system_product),
    WSMAN_NUMBER_IS("OperationalStatus", WSMAN_U16, 0),
    WSMAN_NUMBER_IS("PackageType", WSMAN_U16, 3),
    WSMAN_GET("SerialNumber", WSMAN_TEXT, 0, system_serial),
    WSMAN_KEY_IS("Tag", "CIM_Chassis"),
    WSMAN_GET("Version", WSMAN_TEXT, 0, system_version),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_Chassis = {
    .name = "CIM_Chassis",
    .above = &wsman_CIM_PhysicalPackage,
    .read = READ,
    .slots = 1,
    .properties = chassis_properties,
};

/* A machine whose BIOS names no board has one all the same: consoles count on it (MeshCentral
 * amtmanager.js). It is the system's maker's. */
static void out_board(const WsmanCall *call, size_t at, WsmanOut *out)
{
    SmbiosStructure board;

    out_text(call, find(call, SMBIOS_BOARD, 0, &board) ? SMBIOS_BOARD : SMBIOS_SYSTEM, 0, at, out);
}

#define BOARD_TEXT(name_, at_)                                                 \
    static void name_(const WsmanCall *call, unsigned int slot, WsmanOut *out) \
    {                                                                          \
        (void)slot;                                                            \
        out_board(call, at_, out);                                             \
    }

BOARD_TEXT(board_maker, 0x04)
BOARD_TEXT(board_product, 0x05)
BOARD_TEXT(board_version, 0x06)
BOARD_TEXT(board_serial, 0x07)

static const WsmanProperty card_properties[] = {
    WSMAN_NUMBER_IS("CanBeFRUed", WSMAN_BOOL, 1),
    WSMAN_KEY_IS("CreationClassName", "CIM_Card"),
    WSMAN_TEXT_IS("ElementName", "Managed System Base Board"),
    WSMAN_GET("Manufacturer", WSMAN_TEXT, 0, board_maker),
    WSMAN_GET("Model", WSMAN_TEXT, 0, board_product),
    WSMAN_NUMBER_IS("OperationalStatus", WSMAN_U16, 0),
    WSMAN_NUMBER_IS("PackageType", WSMAN_U16, 9),
    WSMAN_GET("SerialNumber", WSMAN_TEXT, 0, board_serial),
    WSMAN_KEY_IS("Tag", "CIM_Card"),
    WSMAN_GET("Version", WSMAN_TEXT, 0, board_version),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_Card = {
    .name = "CIM_Card",
    .above = &wsman_CIM_PhysicalPackage,
    .read = READ,
    .slots = 1,
    .properties = card_properties,
};

/* ---- BIOS ---- */

TEXT(bios_vendor, SMBIOS_BIOS, 0x04)
TEXT(bios_version, SMBIOS_BIOS, 0x05)

static bool bios_present(const WsmanCall *call, unsigned int slot)
{
    SmbiosStructure bios;

    return find(call, SMBIOS_BIOS, slot, &bios);
}

static void bios_date(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    char text[SMBIOS_TEXT_SIZE];
    SmbiosStructure bios;
    int month, day, year;

    find(call, SMBIOS_BIOS, slot, &bios);
    smbios_text(&bios, 0x08, text);
    if (sscanf(text, "%2d/%2d/%4d", &month, &day, &year) == 3) {
        g_autoptr(GDateTime) date = g_date_time_new_utc(year, month, day, 0, 0, 0);

        if (date) {
            wsman_out_time(out, g_date_time_to_unix(date));
        }
    }
}

#define KEY_NUMBER_IS(name_, number_)                                               \
    {                                                                               \
        .name = (name_), .type = WSMAN_U16, .flags = WSMAN_KEY, .number = (number_) \
    }

static const WsmanProperty bios_properties[] = {
    WSMAN_TEXT_IS("ElementName", "Primary BIOS"),
    WSMAN_GET("Manufacturer", WSMAN_TEXT, 0, bios_vendor),
    WSMAN_KEY_IS("Name", "Primary BIOS"),
    WSMAN_NUMBER_IS("OperationalStatus", WSMAN_U16, 0),
    WSMAN_NUMBER_IS("PrimaryBIOS", WSMAN_BOOL, 1),
    WSMAN_GET("ReleaseDate", WSMAN_TIME, 0, bios_date),
    WSMAN_GET("SoftwareElementID", WSMAN_TEXT, WSMAN_KEY, bios_version),
    KEY_NUMBER_IS("SoftwareElementState", 2),
    KEY_NUMBER_IS("TargetOperatingSystem", 66), /* not applicable */
    WSMAN_GET("Version", WSMAN_TEXT, WSMAN_KEY, bios_version),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_BIOSElement = {
    .name = "CIM_BIOSElement",
    .base = "CIM_SoftwareElement",
    .read = READ,
    .slots = 1,
    .present = bios_present,
    .properties = bios_properties,
};

/* ---- processors ---- */

static bool processor_present(const WsmanCall *call, unsigned int slot)
{
    SmbiosStructure processor;

    return find(call, SMBIOS_PROCESSOR, slot, &processor);
}

static void processor_id(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    char id[16];

    (void)call;
    g_snprintf(id, sizeof(id), "CPU %u", slot);
    wsman_out_text(out, id);
}

static void processor_family(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    SmbiosStructure processor;
    uint8_t family;

    find(call, SMBIOS_PROCESSOR, slot, &processor);
    family = smbios_u8(&processor, 0x06);
    wsman_out_number(out, family == 0xfe ? smbios_u16(&processor, 0x28) : family);
}

/* The low digit of the processor's signature. */
static void processor_stepping(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    SmbiosStructure processor;
    char text[8];

    find(call, SMBIOS_PROCESSOR, slot, &processor);
    g_snprintf(text, sizeof(text), "%u", smbios_u8(&processor, 0x08) & 0xfu);
    wsman_out_text(out, text);
}

static void processor_status(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    SmbiosStructure processor;

    find(call, SMBIOS_PROCESSOR, slot, &processor);
    wsman_out_number(out, smbios_u8(&processor, 0x18) & 7u);
}

static void processor_upgrade(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    SmbiosStructure processor;

    find(call, SMBIOS_PROCESSOR, slot, &processor);
    wsman_out_number(out, smbios_u8(&processor, 0x19));
}

#define NUMBER(name_, type_, at_)                                              \
    static void name_(const WsmanCall *call, unsigned int slot, WsmanOut *out) \
    {                                                                          \
        out_u16(call, type_, slot, at_, out);                                  \
    }

NUMBER(processor_bus, SMBIOS_PROCESSOR, 0x12)
NUMBER(processor_max, SMBIOS_PROCESSOR, 0x14)
NUMBER(processor_now, SMBIOS_PROCESSOR, 0x16)

static const WsmanProperty processor_properties[] = {
    WSMAN_GET("CPUStatus", WSMAN_U16, 0, processor_status),
    WSMAN_KEY_IS("CreationClassName", "CIM_Processor"),
    WSMAN_GET("CurrentClockSpeed", WSMAN_U32, 0, processor_now),
    WSMAN_GET("DeviceID", WSMAN_TEXT, WSMAN_KEY, processor_id),
    WSMAN_TEXT_IS("ElementName", "Managed System CPU"),
    WSMAN_NUMBER_IS("EnabledState", WSMAN_U16, 2),
    WSMAN_GET("ExternalBusClockSpeed", WSMAN_U32, 0, processor_bus),
    WSMAN_GET("Family", WSMAN_U16, 0, processor_family),
    WSMAN_NUMBER_IS("HealthState", WSMAN_U16, 0),
    WSMAN_GET("MaxClockSpeed", WSMAN_U32, 0, processor_max),
    WSMAN_NUMBER_IS("OperationalStatus", WSMAN_U16, 0),
    WSMAN_TEXT_IS("OtherFamilyDescription", ""),
    WSMAN_NUMBER_IS("RequestedState", WSMAN_U16, 12),
    WSMAN_TEXT_IS("Role", "Central"),
    WSMAN_GET("Stepping", WSMAN_TEXT, 0, processor_stepping),
    WSMAN_KEY_IS("SystemCreationClassName", "CIM_ComputerSystem"),
    WSMAN_KEY_IS("SystemName", "ManagedSystem"),
    WSMAN_GET("UpgradeMethod", WSMAN_U16, 0, processor_upgrade),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_Processor = {
    .name = "CIM_Processor",
    .base = "CIM_LogicalDevice",
    .read = READ,
    .slots = PROCESSORS,
    .present = processor_present,
    .properties = processor_properties,
};

TEXT(processor_maker, SMBIOS_PROCESSOR, 0x07)
TEXT(processor_version, SMBIOS_PROCESSOR, 0x10)

static const WsmanProperty chip_properties[] = {
    WSMAN_NUMBER_IS("CanBeFRUed", WSMAN_BOOL, 1),
    WSMAN_KEY_IS("CreationClassName", "CIM_Chip"),
    WSMAN_TEXT_IS("ElementName", "Managed System Processor Chip"),
    WSMAN_GET("Manufacturer", WSMAN_TEXT, 0, processor_maker),
    WSMAN_NUMBER_IS("OperationalStatus", WSMAN_U16, 0),
    WSMAN_GET("Tag", WSMAN_TEXT, WSMAN_KEY, processor_id),
    WSMAN_GET("Version", WSMAN_TEXT, 0, processor_version),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_Chip = {
    .name = "CIM_Chip",
    .base = "CIM_PhysicalComponent",
    .read = READ,
    .slots = PROCESSORS,
    .present = processor_present,
    .properties = chip_properties,
};

/* ---- memory ---- */

#define SIZE_IS_LARGER  0x7fff /* than two bytes can say */
#define SIZE_IS_UNKNOWN 0xffff

static uint64_t module_size(const SmbiosStructure *module)
{
    uint16_t size = smbios_u16(module, 0x0c);

    if (size == SIZE_IS_LARGER) {
        return (uint64_t)(smbios_u32(module, 0x1c) & 0x7fffffff) << 20;
    }
    if (size == SIZE_IS_UNKNOWN) {
        return 0;
    }
    return size & 0x8000 ? (uint64_t)(size & 0x7fff) << 10 : (uint64_t)size << 20;
}

/* Empty sockets are not in the inventory. */
static bool module_present(const WsmanCall *call, unsigned int slot)
{
    SmbiosStructure module;

    return find(call, SMBIOS_MEMORY, slot, &module) && module_size(&module) != 0;
}

static void module_capacity(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    SmbiosStructure module;

    find(call, SMBIOS_MEMORY, slot, &module);
    wsman_out_number(out, module_size(&module));
}

static void tag_of(const SmbiosStructure *module, char *tag)
{
    smbios_text(module, 0x19, tag); /* the asset's, else where it is */
    if (!*tag) {
        smbios_text(module, 0x10, tag);
    }
}

/* Two modules may have the same: each further one is numbered, as captured. */
static void module_tag(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    char tag[SMBIOS_TEXT_SIZE];
    char other[SMBIOS_TEXT_SIZE];
    g_autofree char *text = NULL;
    SmbiosStructure module;
    unsigned int same = 1;

    find(call, SMBIOS_MEMORY, slot, &module);
    tag_of(&module, tag);
    for (unsigned int i = 0; i < slot; i++) {
        find(call, SMBIOS_MEMORY, i, &module);
        tag_of(&module, other);
        same += strcmp(tag, other) == 0;
    }
    text = same == 1 ? g_strdup(tag) : g_strdup_printf("%s (#%u)", tag, same);
    wsman_out_text(out, text);
}

static void module_form(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    SmbiosStructure module;

    find(call, SMBIOS_MEMORY, slot, &module);
    wsman_out_number(out, smbios_u8(&module, 0x0e));
}

static void module_type(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    SmbiosStructure module;

    find(call, SMBIOS_MEMORY, slot, &module);
    wsman_out_number(out, smbios_u8(&module, 0x12));
}

TEXT(module_bank, SMBIOS_MEMORY, 0x11)
TEXT(module_maker, SMBIOS_MEMORY, 0x17)
TEXT(module_serial, SMBIOS_MEMORY, 0x18)
TEXT(module_part, SMBIOS_MEMORY, 0x1a)
NUMBER(module_max_speed, SMBIOS_MEMORY, 0x15)
NUMBER(module_speed, SMBIOS_MEMORY, 0x20)

static const WsmanProperty memory_properties[] = {
    WSMAN_GET("BankLabel", WSMAN_TEXT, 0, module_bank),
    WSMAN_GET("Capacity", WSMAN_U64, 0, module_capacity),
    WSMAN_GET("ConfiguredMemoryClockSpeed", WSMAN_U32, 0, module_speed),
    WSMAN_KEY_IS("CreationClassName", "CIM_PhysicalMemory"),
    WSMAN_TEXT_IS("ElementName", "Managed System Memory Chip"),
    WSMAN_GET("FormFactor", WSMAN_U16, 0, module_form),
    WSMAN_NUMBER_IS("IsSpeedInMhz", WSMAN_BOOL, 1),
    WSMAN_GET("Manufacturer", WSMAN_TEXT, 0, module_maker),
    WSMAN_GET("MaxMemorySpeed", WSMAN_U32, 0, module_max_speed),
    WSMAN_GET("MemoryType", WSMAN_U16, 0, module_type),
    WSMAN_GET("PartNumber", WSMAN_TEXT, 0, module_part),
    WSMAN_GET("SerialNumber", WSMAN_TEXT, 0, module_serial),
    WSMAN_NUMBER_IS("Speed", WSMAN_U32, 0), /* nanoseconds: see IsSpeedInMhz */
    WSMAN_GET("Tag", WSMAN_TEXT, WSMAN_KEY, module_tag),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_PhysicalMemory = {
    .name = "CIM_PhysicalMemory",
    .above = &wsman_CIM_Chip,
    .read = READ,
    .slots = MODULES,
    .present = module_present,
    .properties = memory_properties,
};

/* ---- disks ---- */

static bool disk_present(const WsmanCall *call, unsigned int slot)
{
    return slot < inventory(call)->disk_count;
}

static void disk_id(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    char id[24];

    (void)call;
    g_snprintf(id, sizeof(id), "MEDIA DEV %u", slot);
    wsman_out_text(out, id);
}

static void disk_size(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_number(out, inventory(call)->disk[slot].size / 1000); /* in units of 1000 bytes */
}

static void disk_capabilities(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    (void)slot;
    wsman_out_number(out, 4);  /* supports writing */
    wsman_out_number(out, 10); /* as captured */
}

static const WsmanProperty disk_properties[] = {
    WSMAN_GET("Capabilities", WSMAN_U16, WSMAN_ARRAY, disk_capabilities),
    WSMAN_KEY_IS("CreationClassName", "CIM_MediaAccessDevice"),
    WSMAN_GET("DeviceID", WSMAN_TEXT, WSMAN_KEY, disk_id),
    WSMAN_TEXT_IS("ElementName", "Managed System Media Access Device"),
    WSMAN_NUMBER_IS("EnabledDefault", WSMAN_U16, 2),
    WSMAN_NUMBER_IS("EnabledState", WSMAN_U16, 0),
    WSMAN_GET("MaxMediaSize", WSMAN_U64, 0, disk_size),
    WSMAN_NUMBER_IS("OperationalStatus", WSMAN_U16, 0),
    WSMAN_NUMBER_IS("RequestedState", WSMAN_U16, 12),
    WSMAN_NUMBER_IS("Security", WSMAN_U16, 2),
    WSMAN_KEY_IS("SystemCreationClassName", "CIM_ComputerSystem"),
    WSMAN_KEY_IS("SystemName", "ManagedSystem"),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_MediaAccessDevice = {
    .name = "CIM_MediaAccessDevice",
    .base = "CIM_LogicalDevice",
    .read = READ,
    .slots = SWME_DISKS_MAX,
    .present = disk_present,
    .properties = disk_properties,
};

static void package_tag(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    char tag[40];

    (void)call;
    g_snprintf(tag, sizeof(tag), "Storage Media Package %u", slot);
    wsman_out_text(out, tag);
}

static void disk_model(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_text(out, inventory(call)->disk[slot].model);
}

static void disk_serial(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_text(out, inventory(call)->disk[slot].serial);
}

static const WsmanProperty package_properties[] = {
    WSMAN_KEY_IS("CreationClassName", "CIM_PhysicalPackage"),
    WSMAN_TEXT_IS("ElementName", "Managed System Storage Media Package"),
    WSMAN_GET("Model", WSMAN_TEXT, 0, disk_model),
    WSMAN_NUMBER_IS("OperationalStatus", WSMAN_U16, 0),
    WSMAN_NUMBER_IS("PackageType", WSMAN_U16, 15),
    WSMAN_GET("SerialNumber", WSMAN_TEXT, 0, disk_serial),
    WSMAN_GET("Tag", WSMAN_TEXT, WSMAN_KEY, package_tag),
    WSMAN_PROPERTIES_END,
};

/* Its own instances are the disks; enumerating it brings board and chassis, too. */
const WsmanClass wsman_CIM_PhysicalPackage = {
    .name = "CIM_PhysicalPackage",
    .base = "CIM_PhysicalElement",
    .read = READ,
    .slots = SWME_DISKS_MAX,
    .present = disk_present,
    .properties = package_properties,
};
