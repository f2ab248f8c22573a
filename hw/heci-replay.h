/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plays the host's side of a capture against device and firmware in this process, and compares all
 * that they do with what was recorded.
 */
#ifndef SWME_HECI_REPLAY_H
#define SWME_HECI_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

typedef struct HeciReplay {
    uint64_t records; /* that were played or compared */
    uint64_t total;   /* that the capture has */
    uint64_t veiled;  /* of the former: those in which zeros stand for a secret */
    bool differs;
    uint64_t at;    /* the record (from 1) where it differs, or where it ended early */
    char *recorded; /* what it was there, in words; NULL: nothing */
    char *replayed; /* and what came instead; NULL: nothing */
    char *ended;    /* why it ended before the capture's end; NULL: it did not */
} HeciReplay;

/* False and a one-line error when it cannot be played at all. To be cleared in either case. */
bool heci_replay(HeciReplay *replay, const void *data, size_t size, GError **error);
void heci_replay_clear(HeciReplay *replay);

#endif
