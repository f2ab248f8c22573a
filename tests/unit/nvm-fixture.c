/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/nvm-fixture.h"

#include <glib/gstdio.h>

const uint8_t nvm_uuid[AMTHI_UUID_SIZE] = {1, 2, 3};

Place *place_new(void)
{
    Place *place = g_new0(Place, 1);

    place->directory = g_dir_make_tmp("swme-nvm-XXXXXX", NULL);
    place->path = g_build_filename(place->directory, "amt.nvm", NULL);
    place->temporary = g_strconcat(place->path, ".tmp", NULL);
    place->data = g_new0(AmtData, 1);
    amt_data_init(place->data, nvm_uuid);
    return place;
}

void place_free(Place *place)
{
    g_unlink(place->path);
    g_unlink(place->temporary);
    g_rmdir(place->directory);
    amt_data_free(place->data);
    g_free(place->directory);
    g_free(place->path);
    g_free(place->temporary);
    g_free(place);
}
