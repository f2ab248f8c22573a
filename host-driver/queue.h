/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * Many applications over one connection of a client that answers each request once, in order: what
 * AMTHI needs, for its firmware takes one connection (Linux 3.9 drivers/misc/mei/amthif.c did so).
 *
 * Nothing is allocated and nothing blocks but the CONNECT itself (6 s at most): queue and requests
 * are the caller's, and stay where they are until a request is done. One request is in flight at a
 * time, the others wait in the order in which they came.
 */
#ifndef SWME_HOST_QUEUE_H
#define SWME_HOST_QUEUE_H

#include "host-driver/mei.h"

/* Linux 3.9 mei/hw.h: an answer that is this late never comes, and the connection is made anew. */
#define MEI_QUEUE_STALL (12 * MEI_NS_PER_S)

typedef enum MeiRequestState {
    MEI_REQUEST_IDLE, /* never submitted, or done: status says how */
    MEI_REQUEST_WAITING,
    MEI_REQUEST_IN_FLIGHT,
} MeiRequestState;

typedef struct MeiRequest {
    /* The caller's to set; the memory is used until the request is done. */
    const void *data;
    size_t size; /* bytes, 1 to the client's limit */
    void *answer;
    size_t room; /* bytes */

    /* Afterwards: MEI_OK, or why there is no answer. */
    MeiError status;
    size_t received; /* bytes; with MEI_ERR_OVERFLOW what room would have had to be */

    /* The queue's. */
    MeiRequestState state;
    int64_t deadline;
    struct MeiRequest *next;
} MeiRequest;

typedef struct MeiQueue {
    Mei *mei;
    SwmeGuid guid;
    void *buffer; /* the caller's, for answers to arrive in */
    size_t size;
    MeiConnection *connection; /* NULL until there is something to send */
    MeiRequest *first, *last;  /* those that wait */
    MeiRequest *current;       /* in flight; NULL when nobody wants its answer any more */
    bool busy;                 /* an answer is due */
    int64_t stalled;           /* when it is so late that it never comes */
} MeiQueue;

/* guid is the client's; buffer has size bytes, as many as the longest answer. Connects nothing. */
void mei_queue_init(MeiQueue *queue, Mei *mei, const SwmeGuid *guid, void *buffer, size_t size);
/* Ends every request with MEI_ERR_CANCELLED and gives the connection back. */
void mei_queue_close(MeiQueue *queue);

/*
 * Takes the request in: done at timeout nanoseconds from now at the latest, with MEI_ERR_TIMEOUT.
 * MEI_ERR_BUSY when it is under way already, MEI_ERR_INVALID and MEI_ERR_BAD_POINTER for what can
 * be no request.
 */
MeiError mei_queue_submit(MeiQueue *queue, MeiRequest *request, int64_t timeout);
/*
 * Ends the request with MEI_ERR_CANCELLED, and its memory is the caller's again: what to call when
 * an application dies. The answer to one in flight is awaited and thrown away, so that the next
 * application gets its own.
 */
void mei_queue_cancel(MeiQueue *queue, MeiRequest *request);

/*
 * Does what can be done without waiting. Call it after mei_poll() and after mei_queue_submit();
 * until the time that mei_queue_deadline() returns (INT64_MAX: none) there is nothing else to do.
 */
void mei_queue_run(MeiQueue *queue);
int64_t mei_queue_deadline(const MeiQueue *queue);

/* Submits, and handles interrupts until the request is done. Returns its status. */
MeiError mei_queue_exchange(MeiQueue *queue, MeiRequest *request, int64_t timeout);

#endif
