/* SPDX-License-Identifier: GPL-2.0-or-later */
/* swme platforms: the firmware's table of generations, for people and for scripts. */
#include <stdio.h>
#include <stdlib.h>

#include <glib.h>

#include "firmware-sim/platform/platform.h"
#include "tools/swme/swme.h"

static char *version_text(const SwmeFirmwareVersion *version)
{
    return g_strdup_printf("%u.%u.%u.%u", version->major, version->minor, version->hotfix,
                           version->build);
}

static void print_table(void)
{
    printf("%-10s %-9s %-5s %-5s %-15s %-3s %s\n", "NAME", "PCI ID", "HBM", "POWER", "FIRMWARE",
           "AMT", "DESCRIPTION");
    for (const SwmePlatform *row = swme_platforms; row->name; row++) {
        g_autofree char *version = version_text(&row->version);
        g_autofree char *hbm = g_strdup_printf("%u.%u", row->hbm_major, row->hbm_minor);

        printf("%-10s %04x:%04x %-5s %-5s %-15s %-3s %s\n", row->name, HECI_PCI_VENDOR_ID,
               row->pci_device_id, hbm, swme_power_gating_name(row->power_gating), version,
               row->amt ? "yes" : "no", row->description);
    }
}

/* The texts are the table's own: plain ASCII, but a quote or backslash would break the output. */
static void print_json_string(const char *key, const char *text, const char *after)
{
    printf("\"%s\": \"", key);
    for (; *text; text++) {
        printf(*text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    }
    printf("\"%s", after);
}

static void print_json_row(const SwmePlatform *row)
{
    g_autofree char *version = version_text(&row->version);

    printf("  {");
    print_json_string("name", row->name, ", ");
    print_json_string("description", row->description, ", ");
    printf("\"default\": %s, ", row == swme_platforms ? "true" : "false");
    printf("\"pci_id\": \"%04x:%04x\", \"pci_revision\": %u, ", HECI_PCI_VENDOR_ID,
           row->pci_device_id, row->pci_revision);
    printf("\"hbm\": \"%u.%u\", ", row->hbm_major, row->hbm_minor);
    print_json_string("power_gating", swme_power_gating_name(row->power_gating), ", ");
    print_json_string("firmware", version, ", ");
    printf("\"amt\": %s, \"status_words\": [", row->amt ? "true" : "false");
    for (unsigned int i = 0; i < row->hfs_count; i++) {
        printf("%s\"%08x\"", i ? ", " : "", row->hfs[i]);
    }
    printf("]}%s\n", row[1].name ? "," : "");
}

static void print_json(void)
{
    puts("[");
    for (const SwmePlatform *row = swme_platforms; row->name; row++) {
        print_json_row(row);
    }
    puts("]");
}

int command_platforms(int argc, char **argv)
{
    gboolean json = FALSE;
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &json, "Print JSON", NULL},
        {0},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;

    g_option_context_set_summary(context, "Lists the generations that the firmware can be; "
                                          "-device intel-mei,platform=NAME chooses one.");
    g_option_context_add_main_entries(context, entries, NULL);
    g_set_prgname("swme platforms");
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        return swme_fail("platforms: %s", error->message);
    }
    if (argc > 1) {
        return swme_fail("platforms: takes no '%s'", argv[1]);
    }
    if (json) {
        print_json();
    } else {
        print_table();
    }
    return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
