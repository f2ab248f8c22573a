/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What makers put into SMBIOS for asset management, and the battery. DMTF DSP0134 7.23; AMT SDK,
 * AMT_AssetTableService; go-wsman-messages.
 */
#include <stdio.h>
#include <string.h>

#include "firmware-sim/amt/smbios.h"
#include "firmware-sim/amt/wsman/classes.h"
#include "firmware-sim/amt/wsman/session.h"

#define READ    WSMAN_REALM_ASSET
#define SYSTEM  "Intel(r) AMT"
#define BATTERY 22

static bool find(const WsmanCall *call, uint8_t type, SmbiosStructure *found)
{
    return smbios_find(wsman_inventory(wsman_session(call), wsman_machine(call))->smbios, type, 0,
                       found);
}

/* ---- AMT_AssetTable: the structures of these types, as they are ---- */

static const uint8_t types[] = {130, 131};

static bool table_here(const WsmanCall *call, unsigned int slot)
{
    SmbiosStructure structure;

    return find(call, types[slot], &structure);
}

static void table_type(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    char text[16];

    (void)call;
    snprintf(text, sizeof(text), "SMbios:%u", types[slot]);
    wsman_out_text(out, text);
}

static void table_data(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    SmbiosStructure structure;

    find(call, types[slot], &structure);
    wsman_out_base64(out, structure.data, structure.size);
}

static const WsmanProperty table_properties[] = {
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Asset Table"),
    WSMAN_GET("InstanceID", WSMAN_TEXT, WSMAN_KEY, table_type),
    WSMAN_GET("TableData", WSMAN_BASE64, 0, table_data),
    WSMAN_GET("TableType", WSMAN_TEXT, WSMAN_KEY, table_type),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_AssetTable = {
    .name = "AMT_AssetTable",
    .base = "CIM_ManagedElement",
    .read = READ,
    .slots = G_N_ELEMENTS(types),
    .present = table_here,
    .properties = table_properties,
};

/* ---- AMT_AssetTableService ---- */

static void table_types(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    for (unsigned int i = 0; i < G_N_ELEMENTS(types); i++) {
        table_type(call, i, out);
    }
}

/* The disks are asked for anew with each call. */
static uint32_t update_disks(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    (void)slot;
    (void)out;
    return WSMAN_PT_SUCCESS;
}

static const WsmanParameter update_in[] = {
    {"FullUpdate", WSMAN_BOOL, 0, 0},
    {"Sticky", WSMAN_BOOL, 0, 0},
    {NULL, 0, 0, 0},
};

static const WsmanMethod service_methods[] = {
    {"RequestMediaDeviceTableUpdate", update_in, NULL, update_disks, READ,
     WSMAN_PT_INVALID_PARAMETER, false},
    {.name = NULL},
};

static const WsmanProperty service_properties[] = {
    WSMAN_SERVICE_KEYS("AMT_AssetTableService", "Intel(r) AMT Asset Table Service", SYSTEM),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Asset Table Service"),
    WSMAN_GET("TableTypes", WSMAN_TEXT, WSMAN_ARRAY, table_types),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_AssetTableService = {
    .name = "AMT_AssetTableService",
    .base = "CIM_Service",
    .read = READ,
    .slots = 1,
    .properties = service_properties,
    .methods = service_methods,
};

/* ---- CIM_Battery ---- */

#define OFF_NAME      0x08
#define OFF_CHEMISTRY 0x09
#define OFF_CAPACITY  0x0a
#define OFF_VOLTAGE   0x0c

static bool battery_here(const WsmanCall *call, unsigned int slot)
{
    SmbiosStructure structure;

    (void)slot;
    return find(call, BATTERY, &structure);
}

static void battery_name(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    char text[SMBIOS_TEXT_SIZE];
    SmbiosStructure structure;

    (void)slot;
    find(call, BATTERY, &structure);
    smbios_text(&structure, OFF_NAME, text);
    wsman_out_text(out, text);
}

/* Both schemas number them alike. */
static void battery_chemistry(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    SmbiosStructure structure;

    (void)slot;
    find(call, BATTERY, &structure);
    wsman_out_number(out, smbios_u8(&structure, OFF_CHEMISTRY));
}

#define NUMBER(name_, at_)                                                     \
    static void name_(const WsmanCall *call, unsigned int slot, WsmanOut *out) \
    {                                                                          \
        SmbiosStructure structure;                                             \
                                                                               \
        (void)slot;                                                            \
        find(call, BATTERY, &structure);                                       \
        wsman_out_number(out, smbios_u16(&structure, at_));                    \
    }

NUMBER(battery_capacity, OFF_CAPACITY)
NUMBER(battery_voltage, OFF_VOLTAGE)

static const WsmanProperty battery_properties[] = {
    WSMAN_NUMBER_IS("BatteryStatus", WSMAN_U16, 2), /* unknown */
    WSMAN_GET("Chemistry", WSMAN_U16, 0, battery_chemistry),
    WSMAN_KEY_IS("CreationClassName", "CIM_Battery"),
    WSMAN_GET("DesignCapacity", WSMAN_U32, 0, battery_capacity),
    WSMAN_GET("DesignVoltage", WSMAN_U64, 0, battery_voltage),
    WSMAN_KEY_IS("DeviceID", "Battery 0"),
    WSMAN_GET("ElementName", WSMAN_TEXT, 0, battery_name),
    WSMAN_KEY_IS("SystemCreationClassName", "CIM_ComputerSystem"),
    WSMAN_KEY_IS("SystemName", "ManagedSystem"),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_Battery = {
    .name = "CIM_Battery",
    .base = "CIM_PowerSource",
    .read = READ,
    .slots = 1,
    .present = battery_here,
    .properties = battery_properties,
};
