/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to the clients that speak MKHI, and what holds of each answer, for fuzz targets. */
#ifndef SWME_TESTS_MKHI_QUESTIONS_H
#define SWME_TESTS_MKHI_QUESTIONS_H

#include "firmware-sim/clients/mkhi.h"
#include "tests/fuzz/client-model.h"
#include "tests/fuzz/fuzz.h"

#define MKHI_QUESTION_MAX 500

/*
 * The model of the choice-th platform whose list has one of those clients, the last one for what is
 * beyond; each is made once.
 */
ClientModel *mkhi_choose_model(uint8_t choice, unsigned int lists, bool amt,
                               const MeClientClass *class, const SwmePlatform **platform);

/* One into message[MKHI_QUESTION_MAX], mostly one of the client's commands; its size. */
size_t mkhi_question(FuzzInput *input, MkhiClient client, uint8_t *message);

/* Its only answer, the header checked; NULL where none came. */
GBytes *mkhi_ask(ClientModel *model, const uint8_t *message, size_t size);

#endif
