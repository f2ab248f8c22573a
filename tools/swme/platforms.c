/* SPDX-License-Identifier: GPL-2.0-or-later */
/* swme platforms: the firmware's table of generations, for people, for scripts and as
 * docs/platforms.md. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "firmware-sim/clients/clients.h"
#include "firmware-sim/platform/platform.h"
#include "tools/swme/swme.h"

/* Every way to print the table: all of it at once, or row by row. */
typedef struct Format {
    void (*begin)(void);
    void (*row)(const SwmePlatform *row, bool first);
    void (*end)(void);
} Format;

/* ---- a row's fields as text ---- */

static char *version_text(const SwmePlatform *row)
{
    const SwmeFirmwareVersion *version = &row->version;

    return g_strdup_printf("%u.%u.%u.%u", version->major, version->minor, version->hotfix,
                           version->build);
}

static char *amt_text(const SwmePlatform *row)
{
    return row->amt ? g_strdup_printf("%u.%u", row->version.major, row->version.minor)
                    : g_strdup("-");
}

static char *address_text(const SwmePlatform *row)
{
    return g_strdup_printf("00:%02x.%x", row->pci_slot, row->pci_function);
}

static const char *linux_text(const SwmePlatform *row)
{
    return row->linux_refuses ? "refuses" : row->linux_since ? row->linux_since : "binds";
}

static char *hfs_text(const SwmePlatform *row, const char *separator)
{
    GString *text = g_string_new(NULL);

    for (unsigned int i = 0; i < row->hfs_count; i++) {
        g_string_append_printf(text, "%s%08x", i ? separator : "",
                               swme_platform_status(row, i, row->amt));
    }
    return g_string_free(text, FALSE);
}

/* Whether a firmware of that row has the client unless the user says otherwise. */
static bool has_client(const SwmePlatform *row, const MeClientRow *client)
{
    return client->when != ME_CLIENT_ON_REQUEST && me_client_possible(client, row, row->amt);
}

static char *clients_text(const SwmePlatform *row, const char *separator)
{
    GString *text = g_string_new(NULL);

    for (const MeClientRow *client = me_client_rows; client->class; client++) {
        if (has_client(row, client)) {
            g_string_append_printf(text, "%s%s", text->len ? separator : "", client->class->name);
        }
    }
    return g_string_free(text, FALSE);
}

static unsigned int client_count(const SwmePlatform *row)
{
    unsigned int count = 0;

    for (const MeClientRow *client = me_client_rows; client->class; client++) {
        count += has_client(row, client);
    }
    return count;
}

/* ---- a table for people ---- */

static void table_begin(void)
{
    printf("%-11s %-9s %-7s %-3s %-5s %-18s %-4s %-7s %-7s %s\n", "NAME", "PCI ID", "AT", "HBM",
           "POWER", "FIRMWARE", "AMT", "CLIENTS", "LINUX", "CHIPSET");
}

static void table_row(const SwmePlatform *row, bool first G_GNUC_UNUSED)
{
    g_autofree char *version = version_text(row);
    g_autofree char *firmware = g_strdup_printf("%s %s", row->firmware, version);
    g_autofree char *amt = amt_text(row);
    g_autofree char *address = address_text(row);

    printf("%-11s %04x:%04x %s %u.%u %-5s %-18s %-4s %7u %-7s %s\n", row->name, HECI_PCI_VENDOR_ID,
           row->pci_device_id, address, row->hbm_major, row->hbm_minor,
           swme_power_gating_name(row->power_gating), firmware, amt, client_count(row),
           linux_text(row), row->description);
}

static void nothing(void)
{
}

/* ---- JSON ---- */

/* The texts are the table's own: plain ASCII, but a quote or backslash would break the output. */
static void print_json_text(const char *text)
{
    if (!text) {
        fputs("null", stdout);
        return;
    }
    putchar('"');
    for (; *text; text++) {
        printf(*text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    }
    putchar('"');
}

static void print_json_string(const char *key, const char *text)
{
    printf("\"%s\": ", key);
    print_json_text(text);
    fputs(", ", stdout);
}

static void print_json_list(const char *key, const char *const *items)
{
    printf("\"%s\": [", key);
    for (unsigned int i = 0; items && items[i]; i++) {
        fputs(i ? ", " : "", stdout);
        print_json_text(items[i]);
    }
    fputs("], ", stdout);
}

/* A list that is at hand as words with spaces between. */
static void print_json_words(const char *key, const char *words)
{
    g_auto(GStrv) items = g_strsplit(words, " ", -1);

    print_json_list(key, *words ? (const char *const *)items : NULL);
}

/* Each client's properties as the firmware lists them. */
static void print_json_clients(const SwmePlatform *row)
{
    bool first = true;

    fputs("\"client_properties\": [", stdout);
    for (const MeClientRow *client = me_client_rows; client->class; client++) {
        const MeClientClass *class = client->class;
        char guid[SWME_GUID_STRING_SIZE];

        if (!has_client(row, client)) {
            continue;
        }
        swme_guid_format(&class->guid, guid);
        printf("%s{", first ? "" : ", ");
        print_json_string("name", class->name);
        print_json_string("guid", guid);
        printf("\"protocol_version\": %u, \"max_connections\": %u, \"fixed_address\": %u, "
               "\"max_length\": %u, \"vtag\": %s, \"needs_amt\": %s}",
               class->protocol_version, class->max_connections, class->fixed_address,
               class->max_length, class->vtag ? "true" : "false",
               client->when == ME_CLIENT_ALWAYS ? "false" : "true");
        first = false;
    }
    fputs("], ", stdout);
}

static void json_begin(void)
{
    fputs("[", stdout);
}

static void json_row(const SwmePlatform *row, bool first)
{
    g_autofree char *version = version_text(row);
    g_autofree char *hfs = hfs_text(row, " ");
    g_autofree char *clients = clients_text(row, " ");
    g_autofree char *address = address_text(row);
    g_autofree char *amt = amt_text(row);

    printf("%s\n  {", first ? "" : ",");
    print_json_string("name", row->name);
    print_json_string("description", row->description);
    print_json_list("aliases", row->aliases);
    printf("\"default\": %s, ", row == swme_platforms ? "true" : "false");
    print_json_string("era", swme_era_name(row->era));
    print_json_string("kind", swme_kind_name(row->kind));
    printf("\"pci_id\": \"%04x:%04x\", \"pci_revision\": %u, ", HECI_PCI_VENDOR_ID,
           row->pci_device_id, row->pci_revision);
    print_json_string("pci_address", address);
    printf("\"hbm\": \"%u.%u\", ", row->hbm_major, row->hbm_minor);
    print_json_string("power_gating", swme_power_gating_name(row->power_gating));
    printf("\"host_buffer_slots\": %u, \"me_buffer_slots\": %u, ", row->h_depth, row->me_depth);
    printf("\"trc\": %s, ", row->trc ? "true" : "false");
    print_json_string("firmware_family", row->firmware);
    print_json_string("firmware", version);
    printf("\"version_blocks\": %u, ", row->version_blocks);
    printf("\"amt\": %s, ", row->amt ? "true" : "false");
    print_json_string("amt_version", row->amt ? amt : NULL);
    print_json_words("clients", clients);
    print_json_clients(row);
    print_json_words("status_words", hfs);
    print_json_string("linux_since", row->linux_since);
    print_json_string("linux_refuses", row->linux_refuses);
    printf("\"linux_binds\": %s}", row->linux_refuses ? "false" : "true");
}

static void json_end(void)
{
    puts("\n]");
}

/* ---- docs/platforms.md ---- */

static const char markdown_head[] =
    "<!-- SPDX-License-Identifier: GPL-2.0-or-later -->\n"
    "<!-- Made by `build/swme platforms --markdown`: change firmware-sim/platform, not this. -->\n"
    "\n"
    "# Platforms\n"
    "\n"
    "`-device intel-mei,platform=NAME` makes the virtual ME one of these; without it, it is\n"
    "`%s`. Case, spaces and punctuation in NAME do not count, and the other names given below\n"
    "find a row too, the chipset names of the kernel's documentation among them. Names are\n"
    "those of Linux' PCI id macros.\n"
    "\n"
    "* **at** is where chipsets have the function; the virtual one is where `addr=` puts it\n"
    "  (00:16.0 without). Function 0 is HECI1, 1 HECI2, 4 HECI3, 5 HECI4.\n"
    "* **HBM** is the newest version of the bus protocol that the firmware speaks (inferred from\n"
    "  what the drivers of its time rely on).\n"
    "* **power** is how an idle link is gated: `d0i3`, the older isolation `pgi`, or `none`.\n"
    "* **status words** counts HFS1 and up in configuration space; their values are at the end.\n"
    "* **buffers** are slots of 4 bytes, each way.\n"
    "* **firmware**: what MKHI says of its version, and in how many blocks (`--json`), is per "
    "generation;\n"
    "  `firmware-sim/platform/platform-rows.c` cites the captures.\n"
    "* **clients** counts the ME clients that the firmware lists; which they are is at the end.\n"
    "  With `amt=off`, as on a consumer's machine, and with `amt=disabled`, as where the owner "
    "has\n"
    "  switched AMT off in the MEBx, those that need AMT are not there.\n"
    "* **Linux** says whether `mei_me` binds. Where it refuses, it logs \"Device doesn't have "
    "valid\n"
    "  ME Interface\", for the reason given. It looks at function 0 of the slot, whatever the\n"
    "  function: put the rows of HECI2 and up into slots of their own, or beside a function 0\n"
    "  whose status words suit. A number is the first kernel that knows the id.\n";

static void markdown_row(const SwmePlatform *row)
{
    g_autofree char *version = version_text(row);
    g_autofree char *amt = amt_text(row);
    g_autofree char *address = address_text(row);
    g_autofree char *aliases = row->aliases ? g_strjoinv(", ", (char **)row->aliases) : NULL;

    printf("| `%s` | %04x | %s | %s%s | %s %s | %s | %u.%u | %s | %u | %u | %u | %s | %s |\n",
           row->name, row->pci_device_id, address, row->description,
           row->kind == SWME_KIND_MEI ? "" : ", kind `itouch`", row->firmware, version, amt,
           row->hbm_major, row->hbm_minor, swme_power_gating_name(row->power_gating),
           row->hfs_count, row->h_depth, client_count(row),
           row->linux_refuses ? row->linux_refuses : linux_text(row), aliases ? aliases : "");
}

static void markdown_era(SwmeEra era)
{
    printf("\n## %s\n\n", swme_era_name(era));
    puts("| name | id | at | chipset | firmware | AMT | HBM | power | status words | buffers "
         "| clients | Linux | other names |\n"
         "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (const SwmePlatform *row = swme_platforms; row->name; row++) {
        if (row->era == era) {
            markdown_row(row);
        }
    }
}

static bool same_words(const SwmePlatform *a, const SwmePlatform *b)
{
    g_autofree char *words_a = hfs_text(a, " ");
    g_autofree char *words_b = hfs_text(b, " ");

    return g_str_equal(words_a, words_b);
}

/* Each set of status words once, with all rows that have it. */
static void markdown_words(void)
{
    puts("\n## Status words\n\n"
         "What HFS1 and up read once the firmware is up. With `amt=off` a HFS3 of 00000030 is "
         "00000020:\n"
         "the SKU is the consumer's then.\n\n"
         "| words | platforms |\n"
         "| --- | --- |");
    for (const SwmePlatform *row = swme_platforms; row->name; row++) {
        g_autofree char *words = hfs_text(row, " ");
        const SwmePlatform *other = swme_platforms;

        while (!same_words(row, other)) {
            other++;
        }
        if (other != row) {
            continue; /* with an earlier row */
        }
        printf("| %s | `%s`", *words ? words : "none", row->name);
        while ((++other)->name) {
            if (same_words(row, other)) {
                printf(", `%s`", other->name);
            }
        }
        puts(" |");
    }
}

static const char *when_text(MeClientWhen when)
{
    static const char *const texts[] = {
        [ME_CLIENT_ALWAYS] = "always",
        [ME_CLIENT_AMT_SKU] = "with AMT, also switched off",
        [ME_CLIENT_AMT] = "with AMT, switched on",
        [ME_CLIENT_ON_REQUEST] = "with `echo=on`",
    };

    return texts[when];
}

static void markdown_client_row(const MeClientRow *row)
{
    const MeClientClass *class = row->class;
    char guid[SWME_GUID_STRING_SIZE];
    g_autofree char *address =
        class->fixed_address ? g_strdup_printf("%u", class->fixed_address) : g_strdup("given");
    unsigned int platforms = 0;

    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        platforms += me_client_possible(row, p, p->amt);
    }
    swme_guid_format(&class->guid, guid);
    printf("| %s | %s | %u | %s | %u | %u | %s | %u |\n", class->name, guid,
           class->protocol_version, address, class->max_connections, class->max_length,
           when_text(row->when), platforms);
}

/* Each list once, with all rows that have it. */
static void markdown_client_lists(void)
{
    puts("\n| clients | platforms |\n| --- | --- |");
    for (const SwmePlatform *row = swme_platforms; row->name; row++) {
        g_autofree char *list = clients_text(row, ", ");
        g_autoptr(GString) names = g_string_new(NULL);
        bool seen = false;

        for (const SwmePlatform *other = swme_platforms; other->name; other++) {
            g_autofree char *others = clients_text(other, ", ");

            if (g_str_equal(list, others)) {
                seen |= other < row;
                g_string_append_printf(names, "%s`%s`", names->len ? ", " : "", other->name);
            }
        }
        if (!seen) {
            printf("| %s | %s |\n", *list ? list : "none", names->str);
        }
    }
}

static void markdown_clients(void)
{
    puts(
        "\n## Clients\n\n"
        "What the ME lists, with the properties that it lists it with. Addresses are given from "
        "32\n"
        "up, in this order. A client named by the first digits of its GUID has no public name; of\n"
        "those, and of others whose protocol nobody has published, messages are taken and "
        "counted,\n"
        "and never answered (`unanswered` in `swme ctl stats`).\n\n"
        "| name | GUID | version | address | connections | longest message | there | platforms |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- |");
    for (const MeClientRow *row = me_client_rows; row->class; row++) {
        markdown_client_row(row);
    }
    markdown_client_lists();
}

static void print_markdown(void)
{
    printf(markdown_head, swme_platforms->name);
    for (unsigned int era = 0; era < SWME_ERA_COUNT; era++) {
        markdown_era((SwmeEra)era);
    }
    markdown_words();
    markdown_clients();
}

/* ---- the command ---- */

/* The rows named, or all; nothing where a name is unknown. */
static int print_rows(const Format *format, int count, char **names)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new();

    for (int i = 0; i < count; i++) {
        g_autoptr(GError) error = NULL;
        const SwmePlatform *row = swme_platform_find(names[i], &error);

        if (!row) {
            return swme_fail("platforms: %s", error->message);
        }
        g_ptr_array_add(rows, (gpointer)row);
    }
    for (const SwmePlatform *row = swme_platforms; row->name && count == 0; row++) {
        g_ptr_array_add(rows, (gpointer)row);
    }
    format->begin();
    for (guint i = 0; i < rows->len; i++) {
        format->row(g_ptr_array_index(rows, i), i == 0);
    }
    format->end();
    return EXIT_SUCCESS;
}

int command_platforms(int argc, char **argv)
{
    static const Format table = {table_begin, table_row, nothing};
    static const Format json_format = {json_begin, json_row, json_end};
    gboolean json = FALSE, markdown = FALSE;
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &json, "Print JSON", NULL},
        {"markdown", 0, 0, G_OPTION_ARG_NONE, &markdown, "Print docs/platforms.md", NULL},
        {0},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("[NAME...]");
    g_autoptr(GError) error = NULL;
    int status = EXIT_SUCCESS;

    g_option_context_set_summary(context, "Lists the generations that the firmware can be, or "
                                          "those named; -device intel-mei,platform=NAME chooses "
                                          "one.");
    g_option_context_add_main_entries(context, entries, NULL);
    g_set_prgname("swme platforms");
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        return swme_fail("platforms: %s", error->message);
    }
    if (markdown && (json || argc > 1)) {
        return swme_fail("platforms: --markdown prints the whole page and takes nothing else");
    }
    if (markdown) {
        print_markdown();
    } else {
        status = print_rows(json ? &json_format : &table, argc - 1, argv + 1);
    }
    return fflush(stdout) ? EXIT_FAILURE : status;
}
