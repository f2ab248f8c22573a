/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults on purpose, at one place: an interposer on the heci link. To the firmware it is the
 * device, to the device it is the firmware; where no rule applies it is neither, but one test of a
 * variable. What may go wrong is data: docs/faults.md has the rules' syntax and the named faults,
 * fault-presets.c the table that both come from.
 */
#ifndef SWME_FAULT_H
#define SWME_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "firmware-sim/clock.h"
#include "firmware-sim/link.h"

#define SWME_FAULTS_MAX 64 /* rules in force at once */

typedef struct SwmeFaults SwmeFaults;

/* The two halves of the link; their opaque is the SwmeFaults. */
extern const HeciDeviceOps swme_faults_device_ops;     /* for the firmware */
extern const HeciFirmwareOps swme_faults_firmware_ops; /* for the device */

/* What faults need of a firmware beyond the link. Each may be NULL: rules that need it are refused.
 */
typedef struct SwmeFaultHooks {
    void (*reset)(void *firmware);
    /* The address of the client of that name, 0 for none. */
    uint8_t (*client_address)(void *firmware, const char *name);
    /* The client at that address goes, or comes back. False: no such client, or it cannot. */
    bool (*set_client)(void *firmware, uint8_t me_addr, bool present);
} SwmeFaultHooks;

/* Those of a SwmeFirmware. */
extern const SwmeFaultHooks swme_firmware_fault_hooks;

/* device and clock are kept by reference and must outlive it. Passes everything through at first.
 */
SwmeFaults *swme_faults_new(const HeciDeviceOps *device, void *device_opaque, SwmeClock *clock);
/* Connects the firmware; before the first call from the device. hooks may be NULL. */
void swme_faults_attach(SwmeFaults *faults, const HeciFirmwareOps *firmware, void *firmware_opaque,
                        const SwmeFaultHooks *hooks);
/* Before the clock, and when neither side calls any more. */
void swme_faults_free(SwmeFaults *faults);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SwmeFaults, swme_faults_free)

/* Called each time that a rule has struck. */
typedef void (*SwmeFaultFunc)(void *opaque, uint32_t id, const char *name);
void swme_faults_set_trace(SwmeFaults *faults, SwmeFaultFunc func, void *opaque);

/*
 * Adds the rules of text, RULE[+RULE...], all or none. Ids count from 1 and are never used twice;
 * *first and *last, which may be NULL, tell which ones they are. False and a one-line error.
 */
bool swme_faults_add(SwmeFaults *faults, const char *text, uint32_t *first, uint32_t *last,
                     GError **error);
/*
 * The rules that the user starts the machine with, "none" for none; otherwise as above. Once, and
 * before anything is loaded.
 */
bool swme_faults_start(SwmeFaults *faults, const char *text, GError **error);
/* What is under way (a delayed packet, a hang) takes its course. False: no such rule. */
bool swme_faults_remove(SwmeFaults *faults, uint32_t id);
/* All of that name; how many there were. */
unsigned int swme_faults_remove_name(SwmeFaults *faults, const char *name);
/* All rules; what they only held back comes now. */
void swme_faults_clear(SwmeFaults *faults);

/*
 * Puts packets (GBytes, header first) on the link as if the other side had sent them, behind what
 * is held back already: no rule strikes them, and nobody's credits are looked at. All or none;
 * false and a one-line error.
 */
bool swme_faults_inject(SwmeFaults *faults, bool to_host, GPtrArray *packets, GError **error);

typedef struct SwmeFaultInfo {
    uint32_t id;
    const char *name; /* the preset's, or the action's; the rest likewise until the next change */
    const char *rule; /* as it could be added again */
    uint64_t matches; /* messages or events that it was made for */
    uint64_t hits;    /* those that it struck */
    bool spent;       /* it has struck as often as it may */
} SwmeFaultInfo;

/* No rule, and nothing left of one. */
bool swme_faults_untouched(const SwmeFaults *faults);
unsigned int swme_faults_count(const SwmeFaults *faults);
/* index is less than the count; in the order in which they were added. */
void swme_faults_info(const SwmeFaults *faults, unsigned int index, SwmeFaultInfo *info);

/* All rules with their counts and all that they hold back, as bytes. */
GBytes *swme_faults_save(const SwmeFaults *faults);
/*
 * Replaces all rules by saved ones; size 0 stands for none. What is held back is the link's state
 * and always loaded. Rules are what the user wants to try: where swme_faults_start() was told
 * other ones than the saved machine was started with, those are put into force anew, and no saved
 * rule is. Loading trusts nothing: false, a one-line error and no rules when the bytes are not a
 * state that could have been saved. The firmware and the device must have been loaded before.
 */
bool swme_faults_load(SwmeFaults *faults, const void *data, size_t size, GError **error);

/* ---- what there is, for users and documents ---- */

/* How a sound driver comes out of a named fault. */
typedef enum SwmeFaultOutcome {
    SWME_FAULT_UNAFFECTED, /* nothing is lost, no link reset */
    SWME_FAULT_ERROR,      /* some caller gets an error; the link stays up */
    SWME_FAULT_RECOVERS,   /* link reset; then all works */
    SWME_FAULT_DISABLED,   /* it gives the device up until it is started anew */
    SWME_FAULT_SURVIVES,   /* anything but a hang or a crash */
} SwmeFaultOutcome;

typedef struct SwmeFaultPreset {
    const char *name;
    const char *group;
    const char *rule; /* as the user could have written it */
    const char *what; /* what goes wrong */
    const char *then; /* what a sound driver does */
    SwmeFaultOutcome outcome;
    /*
     * Milliseconds from the call in which it strikes until the end of the one that has come out of
     * it, where callers wait SWME_FAULT_CALLER_S for an answer; and no call takes longer. Under
     * SWME_FAULT_SLACK_MS more are a sound firmware's.
     */
    uint32_t within_ms;
    const char *told; /* what a caller is told first: "CALL: ERROR"; NULL: nothing, or anything */
} SwmeFaultPreset;

#define SWME_FAULT_CALLER_S 5
#define SWME_FAULT_SLACK_MS 100

/* All of them, ending with one whose name is NULL; those of one group stand together. */
extern const SwmeFaultPreset swme_fault_presets[];

const char *swme_fault_outcome_name(SwmeFaultOutcome outcome); /* one word; never NULL */

typedef struct SwmeFaultWord {
    const char *name;
    const char *help; /* one line */
} SwmeFaultWord;

/* Actions, keys and types of a rule: the words of the syntax. False: no more. */
bool swme_fault_action_word(unsigned int index, SwmeFaultWord *word);
bool swme_fault_key_word(unsigned int index, SwmeFaultWord *word);
bool swme_fault_type_word(unsigned int index, SwmeFaultWord *word);

#endif
