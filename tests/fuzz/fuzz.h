/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the fuzz targets share: reading the input, and a condition that aborts with one line. The
 * bytes of an input are a program for the target; where they end, zeroes follow.
 */
#ifndef SWME_TESTS_FUZZ_H
#define SWME_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Longer inputs find nothing that short ones do not, and are slow. */
#define FUZZ_INPUT_MAX 1024

typedef struct FuzzInput {
    const uint8_t *data;
    size_t left;
} FuzzInput;

static inline uint8_t fuzz_u8(FuzzInput *input)
{
    if (!input->left) {
        return 0;
    }
    input->left--;
    return *input->data++;
}

static inline uint16_t fuzz_u16(FuzzInput *input)
{
    uint16_t low = fuzz_u8(input);

    return (uint16_t)(low | fuzz_u8(input) << 8);
}

static inline uint32_t fuzz_u32(FuzzInput *input)
{
    uint32_t low = fuzz_u16(input);

    return low | (uint32_t)fuzz_u16(input) << 16;
}

/*
 * Whether this input does what would be most of the work if all did it, such as saving and loading
 * all state: some do, by their bytes. Not by their size: few mutations change that, and a corpus of
 * those that do it would grow. All do with FUZZ_ALL in the environment, as when a corpus is
 * replayed.
 */
static inline bool fuzz_one_in(unsigned int share, const uint8_t *data, size_t size)
{
    static int all = -1;
    uint32_t sum = 0;

    if (all < 0) {
        all = getenv("FUZZ_ALL") != NULL;
    }
    for (size_t i = 0; i < size; i++) {
        sum = sum * 31 + data[i];
    }
    return all || (sum ^ sum >> 16) % share == 0;
}

#define FUZZ_MUST(condition, ...)                                           \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition); \
            fprintf(stderr, __VA_ARGS__);                                   \
            fputc('\n', stderr);                                            \
            abort();                                                        \
        }                                                                   \
    } while (0)

#endif
