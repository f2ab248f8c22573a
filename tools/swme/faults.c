/* SPDX-License-Identifier: GPL-2.0-or-later */
/* swme faults: what can go wrong on purpose, for people, for scripts and as docs/faults.md. */
#include <stdio.h>
#include <stdlib.h>

#include <glib.h>

#include "firmware-sim/fault/fault.h"
#include "tools/swme/swme.h"

static unsigned int count_presets(void)
{
    unsigned int count = 0;

    while (swme_fault_presets[count].name) {
        count++;
    }
    return count;
}

/* ---- for people ---- */

static void print_table(void)
{
    const char *group = NULL;

    for (const SwmeFaultPreset *p = swme_fault_presets; p->name; p++) {
        if (!group || !g_str_equal(group, p->group)) {
            printf("%s%s\n", group ? "\n" : "", p->group);
        }
        group = p->group;
        printf("  %-25s %-10s  %s\n", p->name, swme_fault_outcome_name(p->outcome), p->what);
    }
}

/* Up to 0.1 s are a sound firmware's own. */
static const char *within(const SwmeFaultPreset *p, char *text, size_t size)
{
    if (p->within_ms == 0) {
        return "at once";
    }
    g_snprintf(text, size, p->within_ms % 1000 ? "%.1f s" : "%.0f s", p->within_ms / 1000.0);
    return text;
}

static const char *told(const SwmeFaultPreset *p)
{
    return p->told ? p->told : p->outcome == SWME_FAULT_SURVIVES ? "anything" : "";
}

static void print_one(const SwmeFaultPreset *p)
{
    char text[32];

    printf("%s\n  what goes wrong: %s\n  a sound driver:  %s\n", p->name, p->what, p->then);
    printf("  and ends:        %s, %s\n", swme_fault_outcome_name(p->outcome),
           within(p, text, sizeof(text)));
    if (*told(p)) {
        printf("  a caller's call: %s\n", told(p));
    }
    printf("  the rule:        %s\n", p->rule);
}

static int print_named(char **names)
{
    for (; *names; names++) {
        const SwmeFaultPreset *p = swme_fault_presets;

        while (p->name && !g_str_equal(p->name, *names)) {
            p++;
        }
        if (!p->name) {
            return swme_fail("faults: no named fault '%s': 'swme faults' lists them", *names);
        }
        print_one(p);
    }
    return EXIT_SUCCESS;
}

typedef bool (*NextWord)(unsigned int index, SwmeFaultWord *word);

static void print_words(const char *title, NextWord next)
{
    SwmeFaultWord word;

    printf("%s\n", title);
    for (unsigned int i = 0; next(i, &word); i++) {
        printf("  %-20s  %s\n", word.name, word.help);
    }
}

static void print_syntax(void)
{
    puts("RULE[+RULE...], a RULE being NAME[:KEY=VALUE]..., NAME a named fault or an action\n");
    print_words("Actions", swme_fault_action_word);
    puts("");
    print_words("Keys", swme_fault_key_word);
    puts("");
    print_words("Types", swme_fault_type_word);
}

/* ---- for scripts ---- */

static void print_json_string(const char *key, const char *text, const char *after)
{
    printf("\"%s\": \"", key);
    for (; *text; text++) {
        printf(*text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    }
    printf("\"%s", after);
}

static void print_json(void)
{
    puts("[");
    for (const SwmeFaultPreset *p = swme_fault_presets; p->name; p++) {
        printf("  {");
        print_json_string("name", p->name, ", ");
        print_json_string("group", p->group, ", ");
        print_json_string("rule", p->rule, ", ");
        print_json_string("what", p->what, ", ");
        print_json_string("then", p->then, ", ");
        print_json_string("outcome", swme_fault_outcome_name(p->outcome), ", ");
        printf("\"within_ms\": %" G_GUINT32_FORMAT ", ", p->within_ms);
        print_json_string("told", told(p), "");
        printf("}%s\n", p[1].name ? "," : "");
    }
    puts("]");
}

/* ---- docs/faults.md ---- */

static void markdown_words(const char *title, const char *column, NextWord next)
{
    SwmeFaultWord word;

    printf("\n### %s\n\n| %s | |\n| --- | --- |\n", title, column);
    for (unsigned int i = 0; next(i, &word); i++) {
        printf("| `%s` | %s |\n", word.name, word.help);
    }
}

static void markdown_introduction(void)
{
    printf(
        "# Faults\n"
        "\n"
        "Firmware that is slow, wrong, silent or gone, on purpose: does the driver live through "
        "it?\n"
        "The faults strike at one place, the link between device and firmware, so each works for "
        "every client.\n"
        "This page is what `swme faults --markdown` prints.\n"
        "\n"
        "    build/swme qemu … -device intel-mei,fault=start-res-dropped\n"
        "    scripts/guest --device-opts fault=credit-never -- CMD…\n"
        "    build/heci sim:echo=on,fault=reply-mutated:seed=7 echo\n"
        "    build/swme ctl SOCKET fault-add connect-busy:count=all     # while running, see "
        "control.md\n"
        "\n"
        "Several stand behind one another with `+`. A named fault takes the keys of its rule, "
        "which "
        "then count instead:\n"
        "`fault=start-res-late:time=5s+interrupt-spurious:copies=3`. A rule of one's own starts "
        "with an "
        "action:\n"
        "`fault=drop:dir=to-host:type=CONNECT:client=echo:after=2:count=1`, or\n"
        "`fault=mutate:prob=0.5:seed=7:count=all`. Times are the virtual clock's and random "
        "numbers "
        "come from the\n"
        "seed, so the same again is the same run. Rules live as long as the device: a reset of the "
        "machine does not\n"
        "bring back hits that were used up. They are part of the machine's saved state, and so is "
        "what "
        "they hold back;\n"
        "a machine that loads it under another `fault=` has its own rules instead, and none with "
        "`fault=none`.\n"
        "\n"
        "## The %u named faults\n"
        "\n"
        "How a sound driver comes out of it, which a test checks for each with the reference "
        "driver:\n"
        "*unaffected*: nothing is lost, the link is not reset; *error*: some caller gets an error, "
        "the "
        "link stays up;\n"
        "*recovers*: the link is reset, and then all works; *disabled*: the driver gives the "
        "device up "
        "until it is\n"
        "started anew; *survives*: anything but a hang or a crash.\n"
        "\n"
        "*Within* is from the beginning of the call in which the fault strikes to the end of the "
        "one "
        "that has come out of it,\n"
        "with callers that wait %d s for an answer, and no call takes longer. *At once* is below "
        "0.1 "
        "s, and so much more may\n"
        "the others take, for what the firmware does itself. *Told* is the first call of the "
        "reference driver that fails, and\n"
        "the error that it returns ([libheci.md](libheci.md)). The test holds each fault to both, "
        "on the firmware's clock.\n",
        count_presets(), SWME_FAULT_CALLER_S);
}

static void print_markdown(void)
{
    const char *group = "";
    char text[32];

    markdown_introduction();
    for (const SwmeFaultPreset *p = swme_fault_presets; p->name; p++) {
        if (!g_str_equal(group, p->group)) {
            printf("\n### %s\n\n| name | what goes wrong | a sound driver | ends | within | told | "
                   "rule "
                   "|\n"
                   "| --- | --- | --- | --- | --- | --- | --- |\n",
                   p->group);
        }
        group = p->group;
        printf("| `%s` | %s | %s | %s | %s | %s | `%s` |\n", p->name, p->what, p->then,
               swme_fault_outcome_name(p->outcome), within(p, text, sizeof(text)), told(p),
               p->rule);
    }
    puts("\n## Rules");
    markdown_words("Actions", "action", swme_fault_action_word);
    markdown_words("Keys", "key", swme_fault_key_word);
    markdown_words("Types", "type", swme_fault_type_word);
}

int command_faults(int argc, char **argv)
{
    gboolean json = FALSE, markdown = FALSE, syntax = FALSE;
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &json, "Print JSON", NULL},
        {"markdown", 0, 0, G_OPTION_ARG_NONE, &markdown, "Print docs/faults.md", NULL},
        {"syntax", 0, 0, G_OPTION_ARG_NONE, &syntax, "Print the words that rules are made of",
         NULL},
        {0},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("[NAME...]");
    g_autoptr(GError) error = NULL;
    int status = EXIT_SUCCESS;

    g_option_context_set_summary(context, "Lists the named faults, or all about some of them; "
                                          "-device intel-mei,fault=NAME has one happen.");
    g_option_context_add_main_entries(context, entries, NULL);
    g_set_prgname("swme faults");
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        return swme_fail("faults: %s", error->message);
    }
    if (json + markdown + syntax + (argc > 1) > 1) {
        return swme_fail("faults: --json, --markdown, --syntax or names, not two of them");
    }
    if (json) {
        print_json();
    } else if (markdown) {
        print_markdown();
    } else if (syntax) {
        print_syntax();
    } else if (argc > 1) {
        status = print_named(argv + 1);
    } else {
        print_table();
    }
    return fflush(stdout) ? EXIT_FAILURE : status;
}
