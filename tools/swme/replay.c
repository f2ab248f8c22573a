/* SPDX-License-Identifier: GPL-2.0-or-later */
/* swme replay: a capture's host against this firmware, until the first difference. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "hw/heci-replay.h"
#include "tools/swme/swme.h"

static int report(const HeciReplay *replay)
{
    const char *nothing = "(nothing)";

    if (replay->differs) {
        printf("record %" G_GUINT64_FORMAT " differs\n  recorded: %s\n  replayed: %s\n", replay->at,
               replay->recorded ? replay->recorded : nothing,
               replay->replayed ? replay->replayed : nothing);
        if (replay->veiled) {
            printf("  (%" G_GUINT64_FORMAT " records before it have zeros for a secret, so that "
                   "this firmware was told something else; a capture of the level secrets has "
                   "them)\n",
                   replay->veiled);
        }
        return EXIT_FAILURE;
    }
    printf("%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " records replayed, no difference\n",
           replay->records, replay->total);
    if (replay->ended) {
        printf("ended at record %" G_GUINT64_FORMAT ": %s\n", replay->at, replay->ended);
    }
    return EXIT_SUCCESS;
}

int command_replay(int argc, char **argv)
{
    g_autofree char *data = NULL;
    g_autoptr(GError) error = NULL;
    HeciReplay replay;
    gsize size;
    int status;

    if (argc != 2 || argv[1][0] == '-') {
        return swme_fail("replay: it takes one capture: 'swme replay FILE'");
    }
    if (!g_file_get_contents(argv[1], &data, &size, &error)) {
        return swme_fail("replay: %s", error->message);
    }
    status = heci_replay(&replay, data, size, &error)
                 ? report(&replay)
                 : swme_fail("replay: %s: %s", argv[1], error->message);
    heci_replay_clear(&replay);
    return fflush(stdout) ? EXIT_FAILURE : status;
}
