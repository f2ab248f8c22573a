/* SPDX-License-Identifier: GPL-2.0-or-later */
/* swme: finds the subcommand and hands over to it. */
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "tools/swme/swme.h"

static const SwmeCommand commands[] = {
    {"qemu", "ARGS...", "run QEMU with the intel-mei device", command_qemu},
    {"serve", "[--listen ADDR[:PORT]]...", "an AMT without a machine", command_serve},
    {"platforms", "[--json]", "list the generations that the firmware can be", command_platforms},
    {"ctl", "SOCKET DO...", "watch and control a running firmware", command_ctl},
    {"events", "SOCKET", "AMT's events in words", command_events},
    {"faults", "[NAME...] [--json]", "list what can go wrong on purpose", command_faults},
    {"amthi", "--markdown", "list the AMTHI commands that are answered", command_amthi},
    {"classes", "--markdown", "list the WS-Management classes that are answered", command_classes},
    {"mkhi", "--markdown", "list the MKHI and MCHI commands that are answered", command_mkhi},
};

int swme_fail(const char *format, ...)
{
    va_list args;
    g_autofree char *message = NULL;

    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    fprintf(stderr, "swme: %s\n", message);
    return SWME_EXIT_USAGE;
}

static void print_usage(void)
{
    puts("Usage: swme COMMAND [ARGS...]\n"
         "\n"
         "A software Intel Management Engine.\n"
         "\n"
         "Commands:");
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_autofree char *call = g_strdup_printf("%s %s", commands[i].name, commands[i].arguments);

        printf("  %-20s  %s\n", call, commands[i].help);
    }
    puts("\n"
         "Options:\n"
         "  --help                print this\n"
         "  --version             print the version\n"
         "\n"
         "Environment:\n"
         "  SWME_QEMU             QEMU to run (default: qemu-system-x86_64 on PATH)\n"
         "  SWME_QEMU_MODULE      module to load into it (default: the one built with swme;\n"
         "                        'none' for a QEMU that has the device built in)");
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : NULL;

    setlocale(LC_ALL, "");

    if (!name) {
        return swme_fail("no command: 'swme --help' lists them");
    }
    if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
        print_usage();
        return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    if (!strcmp(name, "--version")) {
        puts("swme " SWME_VERSION);
        return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (!strcmp(name, commands[i].name)) {
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    return swme_fail("no command '%s': 'swme --help' lists them", name);
}
