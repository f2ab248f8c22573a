/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A target with a bug, for tests of scripts/fuzz: one word must not be. */
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t right = 0;

    /* One after the other, so that each right byte is new code for the fuzzer. */
    if (size >= 4 && data[0] == 'o') {
        right++;
        if (data[1] == 'o') {
            right++;
            if (data[2] == 'p') {
                right++;
                if (data[3] == 's') {
                    right++;
                }
            }
        }
    }
    FUZZ_MUST(right < 4, "the word");
    return 0;
}
