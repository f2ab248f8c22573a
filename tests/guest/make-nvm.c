/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes AMT's state file as if the machine had been set up, to client control mode, before the
 * test.
 *
 *     make-nvm PLATFORM UUID FILE
 */
#include <stdio.h>

#include <swme/guid.h>

#include "firmware-sim/amt/amt-nvm.h"
#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/manual-clock.h"

#define TIME_S 1600000000

static bool write_file(const AmtData *data, const char *path, GError **error)
{
    g_autoptr(GBytes) bytes = amt_nvm_encode(data);
    gsize size;
    const char *contents = g_bytes_get_data(bytes, &size);

    return g_file_set_contents(path, contents, (gssize)size, error);
}

int main(int argc, char **argv)
{
    static const uint8_t digest[AMT_DIGEST_SIZE] = {1};
    SwmeManualClock *clock = swme_manual_clock_new();
    const SwmePlatform *platform = argc == 4 ? swme_platform_find(argv[1], NULL) : NULL;
    g_autoptr(GError) error = NULL;
    bool good = false;
    SwmeGuid uuid;

    if (platform && swme_guid_parse(argv[2], &uuid)) {
        g_autoptr(AmtState) amt =
            amt_state_new(platform, uuid.bytes, swme_manual_clock(clock), TIME_S);

        good = amt_set_up_client(amt, digest) == AMT_SETUP_OK &&
               write_file(amt_state_data(amt), argv[3], &error);
    }
    swme_manual_clock_free(clock);
    if (!good) {
        fprintf(stderr, "make-nvm: %s\n",
                error ? error->message : "usage: make-nvm PLATFORM UUID FILE");
    }
    return good ? 0 : 2;
}
