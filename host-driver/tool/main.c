/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* heci: the reference host driver's tool. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/tool/tool.h"

const ToolCommand tool_commands[] = {
    {"info", "firmware version and status, HBM version, PCI id", tool_info},
    {"clients", "the clients that the firmware enumerates", tool_clients},
    {"amt", "what AMT tells and does: info, uuid, network, lsa [--show-secrets], unprovision, ...",
     tool_amt},
    {"mkhi", "what the ME's kernel tells: info, version, caps, platform, boot, raw, ...",
     tool_mkhi},
    {"mca", "the firmware's files and security versions: info, read FILE, svn", tool_mca},
    {"echo", "messages to the echo client and back, compared [--size N] [--count N] [--text T]",
     tool_echo},
    {"wd", "AMT's watchdog: start or ping [--timeout SECONDS], stop, state", tool_wd},
    {"bench", "round trips through the echo client [--size N] [--count N]", tool_bench},
    {"lms", "AMT at 127.0.0.1, for programs of this machine [--port-offset N] [--window N]",
     tool_lms},
    {"serve", "shares the driver with others, as transport unix:SOCKET: SOCKET [--mode 0600]",
     tool_serve},
    {"reset", "reset the link and enumerate anew", tool_reset},
    {NULL, NULL, NULL},
};

static void help(void)
{
    puts("usage: heci TRANSPORT COMMAND [OPTIONS] [--json]\n\ntransports:");
    for (const TransportKind *kind = transport_kinds; kind->prefix; kind++) {
        printf("  %s\n", kind->help);
    }
    puts("\ncommands:");
    for (const ToolCommand *command = tool_commands; command->name; command++) {
        printf("  %-9s %s\n", command->name, command->help);
    }
    puts("\nexit status: 0 done, 1 the ME did not do it, 2 asked the wrong way or no such device");
}

static void say(const char *format, va_list args)
{
    fflush(stdout);
    fputs("heci: ", stderr);
    vfprintf(stderr, format, args);
    putc('\n', stderr);
}

int tool_error(int status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(format, args);
    va_end(args);
    return status;
}

int tool_failed(Tool *tool)
{
    return tool_error(TOOL_FAILED, "%s", tool->session->message);
}

int tool_no_arguments(Tool *tool)
{
    return tool->argc == 0 ? TOOL_OK
                           : tool_error(TOOL_USAGE, "unknown argument '%s'", tool->argv[0]);
}

int tool_open(Tool *tool)
{
    char message[SESSION_MESSAGE_SIZE] = "";

    tool->session = session_open(tool->transport, message);
    return tool->session ? TOOL_OK : tool_error(TOOL_USAGE, "%s", message);
}

bool tool_option(Tool *tool, int *at, const char *name, const char **value)
{
    const char *argument = tool->argv[*at];
    size_t length = strlen(name);

    if (strncmp(argument, name, length) != 0) {
        return false;
    }
    if (argument[length] == '=') {
        *value = argument + length + 1;
        *at += 1;
        return true;
    }
    if (argument[length] != '\0') {
        return false;
    }
    *value = *at + 1 < tool->argc ? tool->argv[*at + 1] : NULL;
    *at += 2;
    return true;
}

int tool_number(const char *name, const char *text, uint32_t least, uint32_t most, uint32_t *value)
{
    char *end = NULL;
    unsigned long long number = 0;

    errno = 0;
    if (text && *text >= '0' && *text <= '9') {
        number = strtoull(text, &end, 10);
    }
    if (!end || *end != '\0' || errno != 0 || number < least || number > most) {
        return tool_error(TOOL_USAGE, "%s takes a number from %u to %u", name, least, most);
    }
    *value = (uint32_t)number;
    return TOOL_OK;
}

static const ToolCommand *find_command(const char *name)
{
    const ToolCommand *command = tool_commands;

    while (command->name && strcmp(command->name, name) != 0) {
        command++;
    }
    return command->name ? command : NULL;
}

/* Options for all commands may stand anywhere; what is left is packed to the front. */
static int take_common(Tool *tool, int argc, char **argv)
{
    int left = 0;

    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            tool->json = true;
        } else {
            argv[left++] = argv[i];
        }
    }
    return left;
}

int main(int argc, char **argv)
{
    Tool tool = {0};
    const ToolCommand *command;
    int status;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            help();
            return TOOL_OK;
        }
    }
    argc = take_common(&tool, argc, argv);
    if (argc < 3) {
        return tool_error(TOOL_USAGE, "usage: heci TRANSPORT COMMAND; --help says more");
    }
    command = find_command(argv[2]);
    if (!command) {
        return tool_error(TOOL_USAGE, "unknown command '%s'; --help lists them", argv[2]);
    }
    tool.transport = argv[1];
    tool.argc = argc - 3;
    tool.argv = argv + 3;
    status = command->run(&tool);
    session_close(tool.session);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        return tool_error(TOOL_FAILED, "cannot write the output: %s", strerror(errno));
    }
    return status;
}
