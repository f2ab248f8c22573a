/* SPDX-License-Identifier: GPL-2.0-or-later */
/* swme mkhi: the commands that MKHI and MCHI answer, for docs/mkhi.md. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <glib.h>

#include "firmware-sim/clients/mkhi.h"
#include "tools/swme/swme.h"

static const char head[] =
    "<!-- SPDX-License-Identifier: GPL-2.0-or-later -->\n"
    "<!-- Made by `build/swme mkhi --markdown`: change firmware-sim/clients/mkhi.c, not this. -->\n"
    "\n"
    "# MKHI and MCHI\n"
    "\n"
    "The ME kernel's own host interfaces. A message is a header of 4 bytes (group, command, 0, "
    "result),\n"
    "then data, little-endian; an answer has bit 7 of the command set, and on failure no data.\n"
    "\n"
    "* MKHI is at address 7 and, by connection, under a GUID of its own; both answer alike. MCHI "
    "is by\n"
    "  connection only.\n"
    "* Too few bytes get result 0x05, an unknown group 0x89, an unknown command of a known group "
    "0x8d.\n"
    "* POST has ended before the first question, for a VM's BIOS tells the ME nothing: what only a "
    "BIOS\n"
    "  may ask (global reset, set rule, flash override, ...) gets result 0x01.\n"
    "* ME 11 is silent on group 0xf0, as a real one is.\n"
    "* Group 0x0a has results of its own: 3 no file, 7 no attribute, 0x0b invalid input, 0x0d too "
    "large.\n"
    "  A read returns as much as is there: fewer bytes than asked for are normal.\n"
    "* Capabilities, sizes of keys and the like are rows of "
    "`firmware-sim/platform/kernel-facts.c`.\n"
    "\n"
    "| command | client | number | ME | platforms | answer | layout from |\n"
    "| --- | --- | --- | --- | --- | --- | --- |\n";

static bool has_client(const MkhiCommand *command, const SwmePlatform *platform)
{
    unsigned int mkhi = SWME_CLIENTS_MKHI | SWME_CLIENTS_MKHI_FIXED | SWME_CLIENTS_MKHI_FIXED_1;

    return ((command->clients & MKHI_CLIENT_MKHI) && (platform->clients & mkhi)) ||
           ((command->clients & MKHI_CLIENT_MCHI) && (platform->clients & SWME_CLIENTS_MCHI));
}

static unsigned int platforms_that_answer(const MkhiCommand *command)
{
    unsigned int count = 0;

    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        count += has_client(command, p) && mkhi_answers(command, p);
    }
    return count;
}

static char *generations(const MkhiCommand *command)
{
    if (command->since && command->until) {
        return g_strdup_printf("%u to %u", command->since, command->until);
    }
    if (command->since) {
        return g_strdup_printf("%u and later", command->since);
    }
    return command->until ? g_strdup_printf("up to %u", command->until) : g_strdup("all");
}

static void print_row(const MkhiCommand *command)
{
    static const char *const clients[] = {
        [MKHI_CLIENT_MKHI] = "MKHI",
        [MKHI_CLIENT_MCHI] = "MCHI",
        [MKHI_CLIENT_MKHI | MKHI_CLIENT_MCHI] = "both",
    };
    g_autofree char *age = generations(command);

    printf("| %s | %s | %02x/%02x | %s | %u | %s | %s |\n", command->name,
           clients[command->clients], command->group, command->command, age,
           platforms_that_answer(command),
           !command->handle   ? "none, ever"
           : *command->answer ? command->answer
                              : "-",
           command->source);
}

int command_mkhi(int argc, char **argv)
{
    if (argc != 2 || !g_str_equal(argv[1], "--markdown")) {
        return swme_fail("mkhi: takes --markdown and nothing else");
    }
    fputs(head, stdout);
    for (const MkhiCommand *command = mkhi_commands; command->name; command++) {
        print_row(command);
    }
    return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
