/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to AMTHI as its clients ask them. */
#ifndef SWME_TESTS_AMTHI_FIXTURE_H
#define SWME_TESTS_AMTHI_FIXTURE_H

#include "firmware-sim/amt/amt-state.h"
#include "tests/unit/bench.h"

extern uint8_t amthi_address;

/* A firmware with a connection to AMTHI as host 1. */
Bench *amthi_bench(const BenchOptions *options);
/* The answer to a message, its credit seen; NULL when there is none. */
GByteArray *amthi_ask_bytes(Bench *b, const void *data, size_t size);
/* Likewise with a header in front. */
GByteArray *amthi_ask(Bench *b, uint32_t command, const void *data, size_t size);
/* B.1: what the strictest clients check in every answer. Returns the status. */
uint32_t amthi_check_answer(const GByteArray *answer, uint32_t command);

#endif
