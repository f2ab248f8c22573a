/* SPDX-License-Identifier: GPL-2.0-or-later */
/* swme import: a log of Linux' mei tracepoints as a capture. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "firmware-sim/capture/import.h"
#include "firmware-sim/capture/setup.h"
#include "tools/swme/swme.h"

static int import_file(const char *lines, const char *log, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GByteArray) out = g_byte_array_new();
    g_autofree char *text = NULL;
    SwmeCaptureSetup setup;
    SwmeImported imported;
    gsize size;
    bool done = swme_capture_setup_parse(&setup, lines, strlen(lines), &error) &&
                g_file_get_contents(log, &text, &size, &error) &&
                swme_capture_import(text, size, &setup.config, out, &imported, &error) &&
                g_file_set_contents(path, (const char *)out->data, out->len, &error);

    swme_capture_setup_clear(&setup);
    if (!done) {
        return swme_fail("import: %s", error->message);
    }
    printf("%" G_GUINT64_FORMAT " register accesses, %" G_GUINT64_FORMAT
           " packets of the host's, %" G_GUINT64_FORMAT " that the log has no contents of\n",
           imported.accesses, imported.packets, imported.missing);
    return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}

int command_import(int argc, char **argv)
{
    const char *names[2] = {NULL, NULL};
    g_autoptr(GString) lines = g_string_new(NULL);
    bool platform = false;
    int count = 0;

    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--platform") && i + 1 < argc) {
            g_string_append_printf(lines, "platform=%s\n", argv[++i]);
            platform = true;
        } else if (!strcmp(argv[i], "--set") && i + 1 < argc && strchr(argv[i + 1], '=')) {
            g_string_append_printf(lines, "%s\n", argv[++i]);
        } else if (argv[i][0] == '-' || count == 2) {
            return swme_fail("import: unknown argument '%s': it takes --platform NAME, "
                             "--set PROPERTY=VALUE, LOG and the FILE to write",
                             argv[i]);
        } else {
            names[count++] = argv[i];
        }
    }
    if (count < 2) {
        return swme_fail("import: it takes a LOG and the FILE to write");
    }
    if (!platform) {
        return swme_fail("import: which machine is the log of? --platform NAME ('swme platforms' "
                         "has their PCI ids, lspci -nn has the machine's)");
    }
    return import_file(lines->str, names[0], names[1]);
}
