/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A target that does nothing: what libFuzzer itself costs, which scripts/bench holds the others
 * against. */
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)data;
    (void)size;
    return 0;
}
