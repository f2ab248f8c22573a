/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The swme command: one file for each subcommand, one row of a table in main.c. */
#ifndef SWME_TOOL_H
#define SWME_TOOL_H

/* Exit status when the user's request cannot be carried out as given. */
#define SWME_EXIT_USAGE 2

typedef struct SwmeCommand {
    const char *name;
    const char *arguments; /* for the usage line */
    const char *help;      /* one line */
    /* argv[0] is the subcommand's name. Returns the exit status. */
    int (*run)(int argc, char **argv);
} SwmeCommand;

int command_amthi(int argc, char **argv);
int command_classes(int argc, char **argv);
int command_mkhi(int argc, char **argv);
int command_ctl(int argc, char **argv);
int command_events(int argc, char **argv);
int command_faults(int argc, char **argv);
int command_platforms(int argc, char **argv);
int command_qemu(int argc, char **argv);
int command_serve(int argc, char **argv);

/* "swme: " and the message, on one line of stderr. Returns SWME_EXIT_USAGE. */
int swme_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
