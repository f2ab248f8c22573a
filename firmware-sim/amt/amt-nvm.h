/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMT's state in a file. The file is always whole: each save writes another and renames it over the
 * old one. Saving is done by a thread of its own from a copy, because an fsync takes as long as the
 * disk likes and a guest waits for its answer; a timer on the injected clock would block the same
 * thread, and would not run at all in a paused VM.
 */
#ifndef SWME_AMT_NVM_H
#define SWME_AMT_NVM_H

#include <stdbool.h>

#include <glib.h>

#include "firmware-sim/amt/amt-data.h"

/* A file of a later version is left alone: it holds what this one would lose. One of an earlier
 * version lacks values, which are then as the factory gives them. 2: the UUID, the
 * watchdog's settings and the event log. 3: subscribers to alerts. 4: the digest
 * realm. 5: what WS-Management sets. 6: the TLS certificate. 7: certificates, keys and log with the
 * zeros that they end with. 8: the audit log, alarms. 9: revoked certificates, who may set the
 * time, which clients show a certificate. 10: third-party storage, agents. 11: listeners and
 * filters of events, System Defense. 12: what is kept for consoles (amt-stored.h). 13: secrets
 * veiled (amt-veil.h). */
#define AMT_NVM_VERSION 13
/* Bytes: magic, version, size of what follows, SHA-256 of those two and it (before 3 of it alone).
 */
#define AMT_NVM_HEADER_SIZE 48

typedef struct AmtNvm AmtNvm;

/*
 * Reads path into data, of which what lives only while the power is on stays as it is; where there
 * is no such file, makes it from data. NULL and a one-line error, and the file as it was, when it
 * is damaged, newer, in use by another firmware (of this process or any), or cannot be written.
 */
AmtNvm *amt_nvm_open(const char *path, AmtData *data, GError **error);
/*
 * As above for a file that another firmware still has, and hands over: it is read, if it is there,
 * and not touched before amt_nvm_take().
 */
AmtNvm *amt_nvm_open_later(const char *path, AmtData *data, GError **error);
/* Once all is saved, another firmware may have the file. What is put from then on waits. */
void amt_nvm_release(AmtNvm *nvm);
/* The file is ours again: what is put is saved, which fails for as long as another has it. */
void amt_nvm_take(AmtNvm *nvm);
/* Waits until all is saved. */
void amt_nvm_close(AmtNvm *nvm);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AmtNvm, amt_nvm_close)

/* This is what the file is to hold, soon; never waits. Of several, the last counts. */
void amt_nvm_put(AmtNvm *nvm, const AmtData *data);
/* Waits until all that was put is on the disk, or the file is not ours to write. False and an error
 * when the last save failed; the next one may succeed. */
bool amt_nvm_flush(AmtNvm *nvm, GError **error);

/* The bytes of a file; and back, as amt_nvm_open() reads it, name being for the error. */
GBytes *amt_nvm_encode(const AmtData *data);
bool amt_nvm_decode(AmtData *data, const void *bytes, gsize size, const char *name, GError **error);

#endif
