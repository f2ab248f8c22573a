/* SPDX-License-Identifier: GPL-2.0-or-later */
/* swme classes: the WS-Management classes of the simulated AMT, for docs/amt-classes.md. */
#include <stdio.h>
#include <stdlib.h>

#include <glib.h>

#include "firmware-sim/amt/wsman/classes.h"
#include "tools/swme/swme.h"

static const char head[] =
    "<!-- SPDX-License-Identifier: GPL-2.0-or-later -->\n"
    "<!-- Made by `build/swme classes --markdown`: change firmware-sim/amt/wsman/classes/, not "
    "this. -->\n"
    "\n"
    "# AMT's classes\n"
    "\n"
    "What WS-Management answers; [wsman.md](wsman.md) says how. Keys are **bold**, what can be "
    "written is *slanted*,\n"
    "arrays end in `[]`. A method's optional parameters have a `?`. Realms are what a user needs "
    "one of; whoever has\n"
    "logged in may do the rest, and the administrator all.\n";

static const char *const types[WSMAN_TYPE_COUNT] = {
    [WSMAN_BOOL] = "bool",
    [WSMAN_U8] = "u8",
    [WSMAN_U16] = "u16",
    [WSMAN_U32] = "u32",
    [WSMAN_U64] = "u64",
    [WSMAN_TEXT] = "text",
    [WSMAN_BASE64] = "base64",
    [WSMAN_HEX] = "hex",
    [WSMAN_TIME] = "time",
    [WSMAN_INTERVAL] = "interval",
    [WSMAN_REFERENCE] = "reference",
    [WSMAN_OBJECT] = "object",
};

static void print_realms(int32_t realms)
{
    const char *between = "";

    if (realms == WSMAN_REALM_ANY) {
        printf("any");
        return;
    }
    for (unsigned int i = 0; i < 32; i++) {
        if ((uint32_t)realms & UINT32_C(1) << i) {
            printf("%s%u", between, i);
            between = ", ";
        }
    }
}

static void print_property(const WsmanProperty *p)
{
    const char *mark = p->flags & WSMAN_KEY ? "**" : p->flags & WSMAN_WRITE ? "*" : "";

    printf("%s%s%s %s%s%s", mark, p->name, mark, types[p->type], p->flags & WSMAN_ARRAY ? "[]" : "",
           p->flags & WSMAN_HIDDEN ? " (never read)" : "");
}

static void print_method(const WsmanMethod *m)
{
    printf("| %s | ", m->name);
    for (const WsmanParameter *p = m->in; p && p->name; p++) {
        printf("%s%s%s %s%s", p == m->in ? "" : ", ", p->name, p->flags & WSMAN_OPTIONAL ? "?" : "",
               types[p->type], p->flags & WSMAN_ARRAY ? "[]" : "");
    }
    printf(" | %s | ", m->out ? m->out : "");
    print_realms(m->realms);
    printf("%s |\n", m->local ? ", from the host itself" : "");
}

static void print_class(const WsmanClass *class)
{
    const char *between = "";
    bool writable = class->put != NULL;

    printf("\n## %s\n\n", class->name);
    if (class->since_major) {
        printf("Since AMT %u.%u. ", class->since_major, class->since_minor);
    }
    printf("Instances: %s%u. Operations: Get, Enumerate", class->present ? "up to " : "",
           class->slots);
    for (const WsmanProperty *p = class->properties; p->name; p++) {
        writable |= (p->flags & WSMAN_WRITE) != 0;
    }
    if (writable) {
        printf(", Put");
    }
    printf("%s%s. Realms: read ", class->create ? ", Create" : "", class->remove ? ", Delete" : "");
    print_realms(class->read);
    if (class->write) {
        printf("; write ");
        print_realms(class->write);
    }
    printf(".\n\n");
    for (const WsmanProperty *p = class->properties; p->name; p++) {
        printf("%s", between);
        print_property(p);
        between = ", ";
    }
    printf(".\n");
    if (class->methods) {
        printf("\n| method | takes | gives | realms |\n| --- | --- | --- | --- |\n");
        for (const WsmanMethod *m = class->methods; m->name; m++) {
            print_method(m);
        }
    }
}

int command_classes(int argc, char **argv)
{
    if (argc != 2 || !g_str_equal(argv[1], "--markdown")) {
        return swme_fail("classes: takes --markdown and nothing else");
    }
    fputs(head, stdout);
    for (unsigned int i = 0; wsman_classes[i]; i++) {
        print_class(wsman_classes[i]);
    }
    return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
