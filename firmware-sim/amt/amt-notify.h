/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Delivery of events to the listeners of amt-listeners.h, in order, each listener for itself. Who
 * cannot be reached is tried again, at longer and longer intervals, until an event is 30 s old
 * (AMT SDK, "WS-Eventing": buffered for at most so long). The times are the injected clock's. How a
 * document gets there is the AmtPostOps', which never wait.
 */
#ifndef SWME_AMT_NOTIFY_H
#define SWME_AMT_NOTIFY_H

#include "firmware-sim/amt/amt-listeners.h"
#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/clock.h"

/* Events that wait for one listener; of more the oldest is lost. */
#define AMT_NOTICES_MAX 32
#define AMT_NOTICE_NS   (30 * SWME_NS_PER_S)
#define AMT_POST_NS     (10 * SWME_NS_PER_S) /* for one attempt */
#define AMT_RETRY_S     2                    /* then twice as long each time, up to: */
#define AMT_RETRY_MAX_S 16

typedef struct AmtNotifier AmtNotifier;

typedef enum AmtPostResult {
    AMT_POST_DONE,     /* it was taken */
    AMT_POST_ANSWERED, /* there was an answer, and it is no */
    AMT_POST_FAILED,   /* there was none */
} AmtPostResult;

typedef void (*AmtPostFunc)(void *opaque, AmtPostResult result, const char *why);

typedef struct AmtPostTarget {
    AmtUrl url;
    bool local;       /* through AMT's own channel to its host */
    const char *user; /* "" : none; only during the call, like the password */
    const char *password;
} AmtPostTarget;

typedef struct AmtPostOps {
    /* done is called once, later, unless it is cancelled before. NULL: there is no way. */
    void *(*begin)(void *opaque, const AmtPostTarget *target, const char *document,
                   AmtPostFunc done, void *done_opaque);
    void (*cancel)(void *opaque, void *post);
} AmtPostOps;

/* All only ever grow. */
typedef struct AmtNotifyCounters {
    uint64_t notices; /* events, once for each listener */
    uint64_t delivered;
    uint64_t refused; /* answered with no by one whose word does not count */
    uint64_t failed;  /* attempts */
    uint64_t lost;    /* too old, too many, or nobody is subscribed any more */
} AmtNotifyCounters;

/* note: told of each attempt's end, in a few words. */
AmtNotifier *amt_notifier_new(AmtState *amt, SwmeClock *clock,
                              void (*note)(void *opaque, const char *text), void *opaque);
void amt_notifier_free(AmtNotifier *notifier);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AmtNotifier, amt_notifier_free)

/* NULL: no way any more; what is under way is cancelled. */
void amt_notifier_set_post(AmtNotifier *notifier, const AmtPostOps *ops, void *opaque);

const AmtNotifyCounters *amt_notifier_counters(const AmtNotifier *notifier);
/* Events that wait. */
unsigned int amt_notifier_waiting(const AmtNotifier *notifier);

/* What waits travels with the state; what was under way is sent again. */
#define AMT_NOTIFY_STATE_TYPE "(ta(uuxa(txay)))"
GVariant *amt_notifier_save(const AmtNotifier *notifier); /* floating; NULL: of none */
/* Behind the AMT state. False: no state that it can be in; nothing waits then. */
bool amt_notifier_load(AmtNotifier *notifier, GVariant *state);

#endif
