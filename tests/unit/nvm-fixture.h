/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder of its own for AMT's file, which goes with all that is in it. */
#ifndef SWME_TESTS_NVM_FIXTURE_H
#define SWME_TESTS_NVM_FIXTURE_H

#include "firmware-sim/amt/amt-data.h"

typedef struct Place {
    char *directory;
    char *path;
    char *temporary; /* where a new state stands until it takes the old one's place */
    AmtData *data;   /* fresh, of nvm_uuid */
} Place;

extern const uint8_t nvm_uuid[AMTHI_UUID_SIZE];

Place *place_new(void);
void place_free(Place *place);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Place, place_free)

#endif
