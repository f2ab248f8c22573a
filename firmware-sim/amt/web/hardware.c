/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the hardware pages show of CIM's classes (DMTF CIM schema; AMT SDK, hardware asset). */
#include "firmware-sim/amt/web/page.h"

typedef enum Unit {
    AS_IT_IS,
    MEGABYTES, /* of bytes */
    KILOBYTES, /* likewise, of thousands of bytes (CIM_MediaAccessDevice.MaxMediaSize) */
    MEGAHERTZ,
    YES_OR_NO,
    CPU_FAMILY,
    CPU_STATUS,
    CPU_UPGRADE,
    FORM_FACTOR,
    MEMORY_TYPE,
} Unit;

typedef struct Row {
    const char *label;
    const char *property;
    Unit unit;
} Row;

typedef struct Part {
    const char *heading;
    const char *class;
    bool many; /* the headings are numbered */
    Row rows[10];
} Part;

static const Part platform[] = {
    {"Platform", "CIM_ComputerSystemPackage", false, {{"System ID", "PlatformGUID", AS_IT_IS}}},
    {"Chassis",
     "CIM_Chassis",
     false,
     {{"Manufacturer", "Manufacturer", AS_IT_IS},
      {"Computer model", "Model", AS_IT_IS},
      {"Version", "Version", AS_IT_IS},
      {"Serial number", "SerialNumber", AS_IT_IS},
      {"Asset tag", "Tag", AS_IT_IS}}},
    {"Baseboard",
     "CIM_Card",
     false,
     {{"Manufacturer", "Manufacturer", AS_IT_IS},
      {"Product name", "Model", AS_IT_IS},
      {"Version", "Version", AS_IT_IS},
      {"Serial number", "SerialNumber", AS_IT_IS},
      {"Asset tag", "Tag", AS_IT_IS},
      {"Replaceable?", "CanBeFRUed", YES_OR_NO}}},
    {"BIOS",
     "CIM_BIOSElement",
     false,
     {{"Vendor", "Manufacturer", AS_IT_IS},
      {"Version", "Version", AS_IT_IS},
      {"Release date", "ReleaseDate", AS_IT_IS}}},
};

static const Part processor[] = {
    {"Chip",
     "CIM_Chip",
     true,
     {{"Manufacturer", "Manufacturer", AS_IT_IS}, {"Version", "Version", AS_IT_IS}}},
    {"Processor",
     "CIM_Processor",
     true,
     {{"Family", "Family", CPU_FAMILY},
      {"Speed", "CurrentClockSpeed", MEGAHERTZ},
      {"Maximum speed", "MaxClockSpeed", MEGAHERTZ},
      {"Status", "CPUStatus", CPU_STATUS},
      {"Upgrade method", "UpgradeMethod", CPU_UPGRADE}}},
};

static const Part memory[] = {
    {"Module",
     "CIM_PhysicalMemory",
     true,
     {{"Bank", "BankLabel", AS_IT_IS},
      {"Manufacturer", "Manufacturer", AS_IT_IS},
      {"Serial number", "SerialNumber", AS_IT_IS},
      {"Size", "Capacity", MEGABYTES},
      {"Speed", "ConfiguredMemoryClockSpeed", MEGAHERTZ},
      {"Form factor", "FormFactor", FORM_FACTOR},
      {"Type", "MemoryType", MEMORY_TYPE},
      {"Asset tag", "Tag", AS_IT_IS},
      {"Part number", "PartNumber", AS_IT_IS}}},
};

static const Part disk[] = {
    {"Disk",
     "CIM_MediaAccessDevice",
     true,
     {{"Model", "ElementName", AS_IT_IS},
      {"Serial number", "SerialNumber", AS_IT_IS},
      {"Device", "DeviceID", AS_IT_IS},
      {"Size", "MaxMediaSize", KILOBYTES}}},
};

/* Numbers of SMBIOS (DSP0134 7.5, 7.18), of those that machines have today; others stay numbers. */
static const struct {
    Unit unit;
    unsigned int number;
    const char *word;
} words[] = {
    {CPU_FAMILY, 1, "Other"},
    {CPU_FAMILY, 2, "Unknown"},
    {CPU_FAMILY, 0xb3, "Intel Xeon"},
    {CPU_FAMILY, 0xc6, "Intel Core i7"},
    {CPU_FAMILY, 0xcd, "Intel Core i5"},
    {CPU_FAMILY, 0xce, "Intel Core i3"},
    {CPU_FAMILY, 0xcf, "Intel Core i9"},
    {CPU_STATUS, 0, "Unknown"},
    {CPU_STATUS, 1, "Enabled"},
    {CPU_STATUS, 2, "Disabled in the BIOS setup"},
    {CPU_STATUS, 3, "Disabled by the BIOS after an error"},
    {CPU_STATUS, 4, "Idle"},
    {CPU_UPGRADE, 1, "Other"},
    {CPU_UPGRADE, 2, "Unknown"},
    {CPU_UPGRADE, 3, "Daughter board"},
    {CPU_UPGRADE, 4, "ZIF socket"},
    {CPU_UPGRADE, 6, "None"},
    {FORM_FACTOR, 1, "Other"},
    {FORM_FACTOR, 2, "Unknown"},
    {FORM_FACTOR, 5, "Chip"},
    {FORM_FACTOR, 9, "DIMM"},
    {FORM_FACTOR, 11, "Row of chips"},
    {FORM_FACTOR, 13, "SODIMM"},
    {MEMORY_TYPE, 1, "Other"},
    {MEMORY_TYPE, 2, "Unknown"},
    {MEMORY_TYPE, 3, "DRAM"},
    {MEMORY_TYPE, 7, "RAM"},
    {MEMORY_TYPE, 18, "DDR"},
    {MEMORY_TYPE, 19, "DDR2"},
    {MEMORY_TYPE, 24, "DDR3"},
    {MEMORY_TYPE, 26, "DDR4"},
    {MEMORY_TYPE, 29, "LPDDR3"},
    {MEMORY_TYPE, 30, "LPDDR4"},
    {MEMORY_TYPE, 34, "DDR5"},
    {MEMORY_TYPE, 35, "LPDDR5"},
};

static char *word_of(const char *value, Unit unit)
{
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (words[i].unit == unit && words[i].number == g_ascii_strtoull(value, NULL, 10)) {
            return g_strdup(words[i].word);
        }
    }
    return g_strdup(value);
}

/* Free with g_free. */
static char *shown(const char *value, Unit unit)
{
    guint64 number = g_ascii_strtoull(value, NULL, 10);

    switch (unit) {
    case MEGABYTES:
        return g_strdup_printf("%" G_GUINT64_FORMAT " MB", number >> 20);
    case KILOBYTES:
        return g_strdup_printf("%" G_GUINT64_FORMAT " MB", number / 1000);
    case MEGAHERTZ:
        return g_strdup_printf("%" G_GUINT64_FORMAT " MHz", number);
    case YES_OR_NO:
        return g_strdup(g_str_equal(value, "true") ? "Yes" : "No");
    case AS_IT_IS:
        return g_strdup(value);
    default:
        return word_of(value, unit);
    }
}

static void show_instance(GString *page, const Part *part, WebInstance *instance)
{
    for (const Row *row = part->rows; row->label; row++) {
        const char *value = web_value(instance, row->property);

        if (*value) {
            g_autofree char *text = shown(value, row->unit);

            web_table_row(page, row->label, text);
        }
    }
}

/* How many there were; what nobody knows of this machine is left out. */
static unsigned int show_part(WebVisit *visit, GString *page, const Part *part, bool *may)
{
    g_autoptr(GPtrArray) all = web_instances(visit, part->class);
    unsigned int number = 0;

    *may |= all != NULL;
    for (unsigned int i = 0; all && i < all->len; i++) {
        WebInstance *instance = g_ptr_array_index(all, i);
        const char *class = web_value(instance, "CreationClassName");
        g_autofree char *numbered = NULL;

        /* An enumeration brings what a class is above of as well: modules among the chips. */
        if (*class && !g_str_equal(class, part->class)) {
            continue;
        }
        numbered = g_strdup_printf("%s %u", part->heading, ++number);
        web_table_begin(page, part->many ? numbered : part->heading);
        show_instance(page, part, instance);
        web_table_end(page);
    }
    return number;
}

static void show_parts(WebVisit *visit, GString *page, const Part *parts, size_t count)
{
    unsigned int shown_count = 0;
    bool may = false;

    for (size_t i = 0; i < count; i++) {
        shown_count += show_part(visit, page, &parts[i], &may);
    }
    if (!may) {
        web_refused(page);
    } else if (!shown_count) {
        g_string_append(page, "<p>Nothing is known of it.</p>\n");
    }
}

void web_show_system(WebVisit *visit, GString *page)
{
    show_parts(visit, page, platform, G_N_ELEMENTS(platform));
}

void web_show_processor(WebVisit *visit, GString *page)
{
    show_parts(visit, page, processor, G_N_ELEMENTS(processor));
}

void web_show_memory(WebVisit *visit, GString *page)
{
    show_parts(visit, page, memory, G_N_ELEMENTS(memory));
}

void web_show_disk(WebVisit *visit, GString *page)
{
    show_parts(visit, page, disk, G_N_ELEMENTS(disk));
}
