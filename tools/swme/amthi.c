/* SPDX-License-Identifier: GPL-2.0-or-later */
/* swme amthi: the commands that the simulated AMT answers, for docs/amthi.md. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <glib.h>

#include "firmware-sim/clients/amthi.h"
#include "tools/swme/swme.h"

static const char head[] =
    "<!-- SPDX-License-Identifier: GPL-2.0-or-later -->\n"
    "<!-- Made by `build/swme amthi --markdown`: change firmware-sim/clients/amthi.c, not this. "
    "-->\n"
    "\n"
    "# AMTHI\n"
    "\n"
    "What the host can ask AMT through its ME client: 12 bytes of header, then data; an answer has "
    "a\n"
    "status in front of its data, and on failure nothing else. All numbers are little-endian. A\n"
    "`string` is a u16 length and that many bytes, an `IP text` 46 bytes padded with NUL.\n"
    "\n"
    "* The `length` field of a request is not looked at: real tools set it wrong. Too few bytes "
    "get\n"
    "  status 4, more than needed are ignored.\n"
    "* A command that this AMT does not know, newer ones among them, gets status 0x812; another\n"
    "  version than 1.1 in the header gets 0x1d.\n"
    "* An AMT that is switched off (`DISABLE_AND_CLEAR_AMT`) answers everything with no bytes at\n"
    "  all until the machine boots; then, as with `amt=disabled` and without AMT (`amt=off`), "
    "there\n"
    "  is no client.\n"
    "* Where set-up matters, answers follow it: nothing starts twice, `UNPROVISION` works in "
    "client\n"
    "  control mode only, remote configuration ends by itself after 255 hours.\n"
    "* No trace shows the data of the commands marked *secret*.\n"
    "\n"
    "| command | number | since AMT | identities that answer | request | answer | layout from |\n"
    "| --- | --- | --- | --- | --- | --- | --- |\n";

static int by_version(gconstpointer a, gconstpointer b)
{
    const SwmePlatform *first = *(const SwmePlatform *const *)a;
    const SwmePlatform *second = *(const SwmePlatform *const *)b;

    return first->version.major != second->version.major
               ? first->version.major - second->version.major
               : first->version.minor - second->version.minor;
}

/* The versions of AMT that answer the command, each once and in order; "all" where that is all. */
static char *identities_that_answer(const AmthiCommand *command)
{
    g_autoptr(GPtrArray) answering = g_ptr_array_new();
    GString *text = g_string_new(NULL);
    bool all = true;

    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        if (amthi_answers(command, p)) {
            g_ptr_array_add(answering, (gpointer)p);
        } else {
            all &= !p->amt;
        }
    }
    if (all) {
        return g_string_free(g_string_assign(text, "all"), FALSE);
    }
    g_ptr_array_sort(answering, by_version);
    for (guint i = 0; i < answering->len; i++) {
        const SwmePlatform *p = answering->pdata[i];

        if (i == 0 || by_version(&answering->pdata[i - 1], &answering->pdata[i]) != 0) {
            g_string_append_printf(text, "%s%u.%u", text->len ? ", " : "", p->version.major,
                                   p->version.minor);
        }
    }
    return g_string_free(text, FALSE);
}

static void print_row(const AmthiCommand *command)
{
    g_autofree char *since =
        command->since_major
            ? g_strdup_printf("%u.%u and later", command->since_major, command->since_minor)
            : g_strdup("all");
    g_autofree char *identities = identities_that_answer(command);

    printf("| %s%s | 0x%08x | %s | %s | %s | %s | %s |\n", command->name,
           command->secret ? " *(secret)*" : "", command->command, since, identities,
           *command->request ? command->request : "-", *command->answer ? command->answer : "-",
           command->source);
}

static void print_foot(void)
{
    printf("\nPlatforms with AMT, by its version:\n\n| AMT | platforms |\n| --- | --- |\n");
    for (unsigned int major = 1; major < 256; major++) {
        g_autoptr(GString) names = g_string_new(NULL);

        for (const SwmePlatform *p = swme_platforms; p->name; p++) {
            if (p->amt && p->version.major == major) {
                g_string_append_printf(names, "%s%s (%u.%u)", names->len ? ", " : "", p->name,
                                       p->version.major, p->version.minor);
            }
        }
        if (names->len) {
            printf("| %u | %s |\n", major, names->str);
        }
    }
}

int command_amthi(int argc, char **argv)
{
    if (argc != 2 || !g_str_equal(argv[1], "--markdown")) {
        return swme_fail("amthi: takes --markdown and nothing else");
    }
    fputs(head, stdout);
    for (const AmthiCommand *command = amthi_commands; command->name; command++) {
        print_row(command);
    }
    print_foot();
    return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
