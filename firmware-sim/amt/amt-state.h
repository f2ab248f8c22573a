/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What AMT is: one object, whichever face asks. In band AMTHI reads it here; out of band, the
 * services will.
 */
#ifndef SWME_AMT_STATE_H
#define SWME_AMT_STATE_H

#include <stdint.h>

#include <glib.h>

#include <swme/amthi.h>

#include "firmware-sim/platform/platform.h"

typedef struct AmtState {
    const SwmePlatform *platform;
    uint8_t uuid[AMTHI_UUID_SIZE];
    uint32_t provisioning_state; /* AMTHI_PROVISIONING_* */
    uint32_t control_mode;       /* AMTHI_CONTROL_MODE_* */
} AmtState;

/* One row of AMT's version list, both strings within AMTHI_VERSION_STRING_MAX. */
typedef struct AmtCodeVersion {
    const char *name;
    char value[AMTHI_VERSION_STRING_MAX + 1];
} AmtCodeVersion;

#define AMT_CODE_VERSION_COUNT 10

/* A factory-fresh AMT of that platform. Free with amt_state_free. */
AmtState *amt_state_new(const SwmePlatform *platform, const uint8_t *uuid);
void amt_state_free(AmtState *amt);

/* The list in the order in which firmware gives it. */
void amt_state_code_versions(const AmtState *amt, AmtCodeVersion *rows);

#endif
