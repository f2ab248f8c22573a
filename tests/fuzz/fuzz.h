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
