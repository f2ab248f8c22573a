/* SPDX-License-Identifier: GPL-2.0-or-later */
/* swme decode: a recorded capture as text, as JSON, or the tables that Wireshark's dissector has.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "firmware-sim/capture/decode.h"
#include "firmware-sim/capture/pcapng.h"
#include "firmware-sim/clock.h"
#include "tools/swme/swme.h"

static void print_record(bool json, uint64_t number, const SwmePcapngRecord *record)
{
    SwmeDecoded decoded;
    g_autofree char *text = NULL;

    swme_decode(&decoded, record->data, record->size);
    if (json) {
        text = swme_decoded_json(&decoded, number, record->stamp_ns);
        printf("%s%s", number == 1 ? "\n" : ",\n", text);
    } else {
        text = swme_decoded_line(&decoded);
        printf("%6" G_GUINT64_FORMAT " %12.9f %s\n", number,
               (double)record->stamp_ns / (double)SWME_NS_PER_S, text);
    }
    swme_decoded_clear(&decoded);
}

static int decode_file(const char *path, bool json)
{
    g_autofree char *data = NULL;
    g_autoptr(GError) error = NULL;
    SwmePcapngReader reader;
    SwmePcapngRecord record;
    uint64_t number = 0;
    gsize size;

    if (!g_file_get_contents(path, &data, &size, &error)) {
        return swme_fail("decode: %s", error->message);
    }
    swme_pcapng_reader_init(&reader, data, size);
    if (json) {
        printf("[");
    }
    while (swme_pcapng_next(&reader, &record, &error)) {
        print_record(json, ++number, &record);
    }
    if (json) {
        puts("\n]");
    }
    swme_pcapng_reader_clear(&reader);
    if (error) {
        return swme_fail("decode: %s: %s", path, error->message);
    }
    return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}

int command_decode(int argc, char **argv)
{
    const char *path = NULL;
    bool json = false;

    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--lua") && argc == 2) {
            return decode_print_lua();
        }
        if (!strcmp(argv[i], "--json")) {
            json = true;
        } else if (argv[i][0] == '-' || path) {
            return swme_fail("decode: unknown argument '%s': it takes FILE and --json, or --lua",
                             argv[i]);
        } else {
            path = argv[i];
        }
    }
    return path ? decode_file(path, json) : swme_fail("decode: which capture? 'swme decode FILE'");
}
