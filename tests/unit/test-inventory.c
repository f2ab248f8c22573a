/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SMBIOS structures as they come, sound and spoilt, and the classes that show them. */
#include <string.h>

#include "firmware-sim/amt/smbios.h"
#include "tests/unit/unit.h"
#include "tests/unit/wsman-fixture.h"

START_TEST(a_plain_machine)
{
    g_autoptr(Desk) desk = desk_new(NULL, false);

    desk_get(desk, "CIM_Chassis", NULL);
    desk_expect(desk, "Model", "Virtual machine");
    desk_expect(desk, "SerialNumber", "SWME0001");
    desk_get(desk, "CIM_Card", NULL);
    desk_expect(desk, "Model", "Virtual board");
    desk_get(desk, "CIM_BIOSElement", NULL);
    desk_expect(desk, "Version", "Simulated BIOS 1");
    desk_expect(desk, "Datetime", "2024-01-01T00:00:00Z");
    desk_get(desk, "CIM_Processor", NULL);
    desk_expect(desk, "DeviceID", "CPU 0");
    desk_expect(desk, "MaxClockSpeed", "2000");
    desk_expect(desk, "Stepping", "3");
    desk_expect(desk, "CPUStatus", "1");
    desk_get(desk, "CIM_PhysicalMemory", NULL);
    desk_expect(desk, "Capacity", "2147483648");
    desk_expect(desk, "MemoryType", "26");
    desk_expect(desk, "MaxMemorySpeed", "2400");
    desk_expect(desk, "BankLabel", "BANK 0");
    desk_expect(desk, "PartNumber", "SIMULATED-2G");
    desk_list(desk, "CIM_Chip", NULL);
    MUST(strstr(desk->body, "Simulated processor"));
    MUST(strstr(desk->body, ":CIM_PhysicalMemory>")); /* a memory module is a chip */
    desk_list(desk, "CIM_PhysicalPackage", NULL);
    MUST(strstr(desk->body, ":CIM_Card>") && strstr(desk->body, ":CIM_Chassis>"));
    desk_list(desk, "CIM_SystemPackaging", NULL);
    MUST(strstr(desk->body, "<h:PlatformGUID>0102030405060708090A0B0C0D0E0F10</h:PlatformGUID>"));
    desk_list(desk, "CIM_MediaAccessDevice", NULL);
    MUST(strstr(desk->body, "<g:Items></g:Items>"));
}
END_TEST

/* ---- a machine of the test's ---- */

static GByteArray *table;

static GBytes *machine_smbios(void *opaque)
{
    (void)opaque;
    return table ? g_bytes_new(table->data, table->len) : NULL;
}

static unsigned int machine_disks(void *opaque, SwmeDisk disks[SWME_DISKS_MAX])
{
    (void)opaque;
    disks[0] = (SwmeDisk){.size = 250059350016, .model = "Disk & Sons", .serial = "S-1"};
    disks[1] = (SwmeDisk){.size = 1000};
    return 2;
}

static const SwmeMachineOps machine = {.smbios = machine_smbios, .disks = machine_disks};

static void add(uint8_t type, const void *data, uint8_t size, const char *strings, size_t length)
{
    const uint8_t header[] = {type, (uint8_t)(4 + size), 1, 0};

    g_byte_array_append(table, header, sizeof(header));
    g_byte_array_append(table, data, size);
    g_byte_array_append(table, (const guint8 *)strings, (guint)length);
}

static Desk *desk_of(void)
{
    Desk *desk = desk_new(NULL, false);

    wsman_free(desk->wsman);
    desk->wsman = wsman_new(&desk->context, &(SwmeMachine){&machine, NULL});
    return desk;
}

START_TEST(modules_and_disks)
{
    /* 0x7fff: 40 GiB by the long size; an empty socket; 512 KiB by the small unit. */
    static const uint8_t large[0x22 - 4] = {
        [8] = 0xff, [9] = 0x7f, [12] = 1, [0x15] = 2, [0x19] = 0xa0};
    static const uint8_t none[0x22 - 4] = {[12] = 1};
    static const uint8_t small[0x1b - 4] = {[8] = 0x00, [9] = 0x82, [12] = 1, [0x15] = 2};
    g_autoptr(Desk) desk = desk_of();

    table = g_byte_array_new();
    add(SMBIOS_MEMORY, large, sizeof(large), "DIMM\0tag\0", 10);
    add(SMBIOS_MEMORY, none, sizeof(none), "DIMM\0", 6);
    add(SMBIOS_MEMORY, small, sizeof(small), "DIMM\0tag\0", 10);
    desk_list(desk, "CIM_PhysicalMemory", NULL);
    MUST(strstr(desk->body, "<h:Capacity>42949672960</h:Capacity>"));
    MUST(strstr(desk->body, "<h:Capacity>524288</h:Capacity>"));
    MUST(strstr(desk->body, "<h:Tag>tag</h:Tag>"));
    MUST(strstr(desk->body, "<h:Tag>tag (#2)</h:Tag>"));
    MUST(!strstr(desk->body, "DIMM</h:Tag>"));
    desk_get(desk, "CIM_BIOSElement", NULL); /* the BIOS says nothing of itself */
    desk_expect_fault(desk, "b:DestinationUnreachable");
    desk_get(desk, "CIM_MediaAccessDevice", NULL);
    desk_expect(desk, "MaxMediaSize", "250059350");
    desk_list(desk, "CIM_PhysicalPackage", NULL);
    MUST(strstr(desk->body, "Disk &amp; Sons"));
    MUST(strstr(desk->body, "Storage Media Package 1"));
    /* The machine is off and cannot tell: what it told before. */
    g_clear_pointer(&table, g_byte_array_unref);
    desk_list(desk, "CIM_PhysicalMemory", NULL);
    MUST(strstr(desk->body, "<h:Capacity>42949672960</h:Capacity>"));
}
END_TEST

START_TEST(batteries_and_tables)
{
    static const uint8_t battery[0x10 - 4] = {
        [4] = 1, [5] = 6, [6] = 0x10, [7] = 0x27, [8] = 0xe0, [9] = 0x2e};
    static const uint8_t oem[] = {0xde, 0xad};
    g_autoptr(Desk) desk = desk_of();

    table = g_byte_array_new();
    desk_get(desk, "CIM_Battery", NULL);
    desk_expect_fault(desk, "b:DestinationUnreachable");
    add(22, battery, sizeof(battery), "Primary\0", 9);
    add(131, oem, sizeof(oem), "\0", 2);
    desk_get(desk, "CIM_Battery", NULL);
    desk_expect(desk, "ElementName", "Primary");
    desk_expect(desk, "Chemistry", "6");
    desk_expect(desk, "DesignCapacity", "10000");
    desk_expect(desk, "DesignVoltage", "12000");
    desk_list(desk, "AMT_AssetTable", NULL);
    desk_expect(desk, "InstanceID", "SMbios:131");
    desk_expect(desk, "TableData", "gwYBAN6t"); /* as it is, header and all */
    MUST(!strstr(desk->body, "SMbios:130"));
    g_clear_pointer(&table, g_byte_array_unref);
}
END_TEST

/* What a table does not say, or says of itself with a value for "it is not known". */
START_TEST(short_and_odd_structures)
{
    static const uint8_t old[] = {1}; /* a processor of SMBIOS 1: a socket */
    static const uint8_t large[0x1b - 4] = {[8] = 0xff, [9] = 0x7f}; /* and no long size */
    static const uint8_t unknown[0x1b - 4] = {[8] = 0xff, [9] = 0xff};
    static const uint8_t second[0x2a - 4] = {[2] = 0xfe, [0x24] = 0x03, [0x25] = 0x01};
    static const uint8_t bios[0x12 - 4] = {1, 1, 0, 0, 1};
    g_autoptr(Desk) desk = desk_of();

    table = g_byte_array_new();
    add(SMBIOS_PROCESSOR, old, sizeof(old), "S\0", 3);
    add(SMBIOS_PROCESSOR, second, sizeof(second), "\0", 2);
    add(SMBIOS_MEMORY, large, sizeof(large), "\0", 2);
    add(SMBIOS_MEMORY, unknown, sizeof(unknown), "\0", 2);
    add(SMBIOS_BIOS, bios, sizeof(bios), "31/31/2024\0", 12); /* no date */
    desk_list(desk, "CIM_Processor", NULL);
    desk_expect(desk, "MaxClockSpeed", "0");
    desk_expect(desk, "Stepping", "0");
    MUST(strstr(desk->body, ":Family>259<")); /* by the wide number */
    desk_list(desk, "CIM_PhysicalMemory", NULL);
    MUST(strstr(desk->body, "<g:Items></g:Items>")); /* sockets that say of no size */
    desk_get(desk, "CIM_BIOSElement", NULL);
    desk_expect(desk, "Version", "31/31/2024");
    desk_expect(desk, "Datetime", NULL);
    g_clear_pointer(&table, g_byte_array_unref);
}
END_TEST

/* A guest may write anything there. */
START_TEST(spoilt_structures)
{
    g_autoptr(GBytes) plain = smbios_plain();
    g_autoptr(Desk) desk = desk_of();
    gsize size;
    const uint8_t *bytes = g_bytes_get_data(plain, &size);
    static const char *const classes[] = {"CIM_Chassis", "CIM_BIOSElement",    "CIM_Processor",
                                          "CIM_Chip",    "CIM_PhysicalMemory", "CIM_Card"};

    for (gsize cut = 0; cut < size; cut++) {
        table = g_byte_array_new();
        g_byte_array_append(table, bytes, (guint)cut);
        for (size_t i = 0; i < G_N_ELEMENTS(classes); i++) {
            desk_list(desk, classes[i], NULL);
            MUST_EQ(desk->status, 200);
        }
        g_byte_array_append(table, bytes + cut, (guint)(size - cut));
        table->data[cut] ^= 0xff;
        for (size_t i = 0; i < G_N_ELEMENTS(classes); i++) {
            desk_list(desk, classes[i], NULL);
            MUST_EQ(desk->status, 200);
        }
        g_clear_pointer(&table, g_byte_array_unref);
    }
}
END_TEST

START_TEST(entry_points)
{
    static uint8_t memory[65536];
    uint8_t *at = memory + 0x5af0;
    uint64_t address;
    size_t length;
    uint8_t sum = 0;

    memcpy(at, "_SM_", 4);
    at[5] = 0x1f;
    memcpy(at + 0x10, "_DMI_", 5);
    memcpy(at + 0x16, "\x34\x12\x00\x00\xf0\x7f", 6);
    MUST(!smbios_entry_point(memory, sizeof(memory), &address, &length));
    for (unsigned int i = 0; i < 0x1f; i++) {
        sum = (uint8_t)(sum + at[i]);
    }
    at[4] = (uint8_t)-sum;
    MUST(smbios_entry_point(memory, sizeof(memory), &address, &length));
    MUST_EQ(address, 0x7ff00000);
    MUST_EQ(length, 0x1234);
    MUST(!smbios_entry_point(memory, 0x5af0 + 0x1e, &address, &length)); /* cut off */
    memset(at, 0, 0x20);
    at = memory + sizeof(memory) - 0x20;
    memcpy(at, "_SM3_", 5);
    at[6] = 0x18;
    memcpy(at + 0x0c, "\xff\xff\xff\xff\x00\x00\x00\x00\x01\x00\x00\x00", 12);
    sum = 0;
    for (unsigned int i = 0; i < 0x18; i++) {
        sum = (uint8_t)(sum + at[i]);
    }
    at[5] = (uint8_t)-sum;
    MUST(smbios_entry_point(memory, sizeof(memory), &address, &length));
    MUST_EQ(address, UINT64_C(0x100000000));
    MUST_EQ(length, SMBIOS_SIZE_MAX);
    at[6] = 0xff; /* longer than there is */
    MUST(!smbios_entry_point(memory, sizeof(memory), &address, &length));
}
END_TEST

/* Each byte of a mark, a length or a sum that is not what it has to be. */
START_TEST(entry_points_that_are_none)
{
    static const struct {
        uint8_t size; /* of the entry; its sum is made right */
        uint8_t bytes[0x20];
        bool good;
    } rows[] = {
        {0x1f, "_SM_\0\x1f\2\1\0\0\0\0\0\0\0\0_DMI_\0\x34\x12", true},
        {0x1f, "_SM_\0\x1f\2\1\0\0\0\0\0\0\0\0_DMJ_\0\x34\x12", false},
        {0x1f, "_SM_\0\x1d\2\1\0\0\0\0\0\0\0\0_DMI_\0\x34\x12", false},
        {0x1f, "_SM_\0\xff\2\1\0\0\0\0\0\0\0\0_DMI_\0\x34\x12", false},
        {0x1f, "_SM_\0\x1f\2\1\0\0\0\0\0\0\0\0_DMI_\0\x05\0", false}, /* too short */
        {0x18, "_SM3_\0\x18\3\0\0\1\0\x34\x12\0\0", true},
        {0x18, "_SM3_\0\x17\3\0\0\1\0\x34\x12\0\0", false},
        {0x18, "_SM3_\0\x19\3\0\0\1\0\x34\x12\0\0", false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree uint8_t *memory = g_malloc0(rows[i].size);
        uint64_t address;
        size_t length = 0;
        uint8_t sum = 0;

        memcpy(memory, rows[i].bytes, rows[i].size);
        for (unsigned int j = 0; j < rows[i].size; j++) {
            sum = (uint8_t)(sum + memory[j]);
        }
        memory[memory[3] == '_' ? 4 : 5] = (uint8_t)-sum;
        MUST_MSG(smbios_entry_point(memory, rows[i].size, &address, &length) == rows[i].good,
                 "row %zu", i);
        MUST(!rows[i].good || length == 0x1234);
        memory[rows[i].size - 1] ^= 1; /* the sum is wrong */
        MUST(!smbios_entry_point(memory, rows[i].size, &address, &length));
    }
}
END_TEST

START_TEST(hardware_is_for_its_realm)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);

    desk->caller = (WsmanCaller){.user = "joe", .realms = WSMAN_REALM_EVENT_MANAGER};
    desk_get(desk, "CIM_Chassis", NULL);
    desk_expect_fault(desk, "e:AccessDenied");
    desk->caller.realms = WSMAN_REALM_ASSET;
    desk_get(desk, "CIM_Chassis", NULL);
    MUST_EQ(desk->status, 200);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("inventory");
    TCase *all = unit_case(suite, "all");

    tcase_add_test(all, a_plain_machine);
    tcase_add_test(all, modules_and_disks);
    tcase_add_test(all, batteries_and_tables);
    tcase_add_test(all, short_and_odd_structures);
    tcase_add_test(all, spoilt_structures);
    tcase_add_test(all, entry_points);
    tcase_add_test(all, entry_points_that_are_none);
    tcase_add_test(all, hardware_is_for_its_realm);
    return unit_run(suite);
}
