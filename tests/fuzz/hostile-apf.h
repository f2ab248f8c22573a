/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's side of APF against a firmware that is the rest of the input. */
#ifndef SWME_TESTS_HOSTILE_APF_H
#define SWME_TESTS_HOSTILE_APF_H

#include "tests/fuzz/fuzz.h"

void hostile_apf(FuzzInput *input);

#endif
