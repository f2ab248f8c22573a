/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the hardware pages show of CIM's classes (DMTF CIM schema; AMT SDK, hardware asset). */
#include "firmware-sim/amt/web/page.h"

typedef enum Unit {
    AS_IT_IS,
    MEGABYTES, /* of bytes */
    KILOBYTES, /* likewise, of thousands of bytes (CIM_MediaAccessDevice.MaxMediaSize) */
    MEGAHERTZ,
    YES_OR_NO,
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
     {{"Family", "Family", AS_IT_IS},
      {"Speed", "CurrentClockSpeed", MEGAHERTZ},
      {"Maximum speed", "MaxClockSpeed", MEGAHERTZ},
      {"Status", "CPUStatus", AS_IT_IS},
      {"Upgrade method", "UpgradeMethod", AS_IT_IS}}},
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
      {"Form factor", "FormFactor", AS_IT_IS},
      {"Type", "MemoryType", AS_IT_IS},
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
    default:
        return g_strdup(value);
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
static unsigned int show_part(WebVisit *visit, GString *page, const Part *part)
{
    g_autoptr(GPtrArray) all = web_instances(visit, part->class);

    for (unsigned int i = 0; all && i < all->len; i++) {
        g_autofree char *numbered = g_strdup_printf("%s %u", part->heading, i + 1);

        web_table_begin(page, part->many ? numbered : part->heading);
        show_instance(page, part, g_ptr_array_index(all, i));
        web_table_end(page);
    }
    return all ? all->len : 0;
}

static void show_parts(WebVisit *visit, GString *page, const Part *parts, size_t count)
{
    unsigned int shown_count = 0;

    for (size_t i = 0; i < count; i++) {
        shown_count += show_part(visit, page, &parts[i]);
    }
    if (!shown_count) {
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
