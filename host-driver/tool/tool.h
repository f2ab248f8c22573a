/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* What the files of `heci` share: one row and one file for each command. */
#ifndef SWME_HOST_TOOL_H
#define SWME_HOST_TOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "host-driver/tool/json-out.h"
#include "host-driver/tool/session.h"

/* Exit statuses */
#define TOOL_OK     0
#define TOOL_FAILED 1 /* the ME did not do it */
#define TOOL_USAGE  2 /* asked the wrong way, or for what is not there */

typedef struct Tool {
    const char *transport; /* as typed */
    Session *session;      /* NULL until tool_open() */
    bool json;
    int argc; /* what follows the command, --json taken out */
    char **argv;
} Tool;

typedef struct ToolCommand {
    const char *name;
    const char *help; /* one line */
    /* Looks at its arguments first, then opens the session. Returns the exit status. */
    int (*run)(Tool *tool);
} ToolCommand;

/* All commands, ending with one whose name is NULL. */
extern const ToolCommand tool_commands[];

/* Opens the transport; on failure says why and returns the exit status. */
int tool_open(Tool *tool);
/* Prints "heci: ..." and returns status. */
int tool_error(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* As above with the session's reason. */
int tool_failed(Tool *tool);
/* TOOL_USAGE with a line when there are arguments and the command takes none, else TOOL_OK. */
int tool_no_arguments(Tool *tool);

/*
 * Takes "--name VALUE" or "--name=VALUE" at argv[*at]: false when it is another option. *value is
 * NULL when the value is missing. Advances *at past what it took.
 */
bool tool_option(Tool *tool, int *at, const char *name, const char **value);
/* A number from least to most in decimal; TOOL_USAGE with a line for anything else. */
int tool_number(const char *name, const char *text, uint32_t least, uint32_t most, uint32_t *value);

int tool_info(Tool *tool);
int tool_clients(Tool *tool);
int tool_amt(Tool *tool);
int tool_mkhi(Tool *tool);
int tool_mca(Tool *tool);
int tool_echo(Tool *tool);
int tool_wd(Tool *tool);
int tool_bench(Tool *tool);
int tool_reset(Tool *tool);
int tool_lms(Tool *tool);
int tool_serve(Tool *tool);

/* The client's name, or "-" for one that is not known. */
const char *tool_client_name(const SwmeGuid *guid);

#endif
