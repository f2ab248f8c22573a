/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
#include "host-driver/queue.h"

#include <string.h>

#include "host-driver/mei-internal.h"

void mei_queue_init(MeiQueue *queue, Mei *mei, const SwmeGuid *guid, void *buffer, size_t size)
{
    memset(queue, 0, sizeof(*queue));
    queue->mei = mei;
    queue->guid = *guid;
    queue->buffer = buffer;
    queue->size = size;
}

static void done(MeiRequest *request, MeiError status)
{
    request->status = status;
    request->state = MEI_REQUEST_IDLE;
    request->next = NULL;
}

static void unlink_request(MeiQueue *queue, MeiRequest *request)
{
    MeiRequest *before = NULL;

    for (MeiRequest *at = queue->first; at && at != request; at = at->next) {
        before = at;
    }
    if (before) {
        before->next = request->next;
    } else {
        queue->first = request->next;
    }
    if (queue->last == request) {
        queue->last = before;
    }
}

/* Whoever waits for the answer in flight is told; the answer itself is still due. */
static void end_current(MeiQueue *queue, MeiError status)
{
    MeiRequest *request = queue->current;

    queue->current = NULL;
    if (request) {
        request->received = 0;
        done(request, status);
    }
}

/* The connection is over: so is what was in flight. */
static void drop_connection(MeiQueue *queue, MeiError status)
{
    MeiConnection *connection = queue->connection;

    queue->connection = NULL;
    queue->busy = false;
    end_current(queue, status);
    if (connection) {
        (void)mei_disconnect(connection); /* given back either way */
    }
}

void mei_queue_close(MeiQueue *queue)
{
    while (queue->first) {
        mei_queue_cancel(queue, queue->first);
    }
    drop_connection(queue, MEI_ERR_CANCELLED);
}

static int64_t now(const MeiQueue *queue)
{
    return queue->mei->hw.ops->now(queue->mei->hw.transport);
}

MeiError mei_queue_submit(MeiQueue *queue, MeiRequest *request, int64_t timeout)
{
    if (request->state != MEI_REQUEST_IDLE) {
        return MEI_ERR_BUSY;
    }
    if (!request->data || (!request->answer && request->room > 0)) {
        return MEI_ERR_BAD_POINTER;
    }
    if (request->size == 0) {
        return MEI_ERR_INVALID;
    }
    request->status = MEI_OK;
    request->received = 0;
    request->deadline = mei_wait_until(queue->mei, timeout).deadline;
    request->state = MEI_REQUEST_WAITING;
    request->next = NULL;
    if (queue->last) {
        queue->last->next = request;
    } else {
        queue->first = request;
    }
    queue->last = request;
    return MEI_OK;
}

void mei_queue_cancel(MeiQueue *queue, MeiRequest *request)
{
    if (request == queue->current) {
        end_current(queue, MEI_ERR_CANCELLED);
    } else if (request->state == MEI_REQUEST_WAITING) {
        unlink_request(queue, request);
        done(request, MEI_ERR_CANCELLED);
    }
}

/* ---- progress ---- */

static void expire(MeiQueue *queue, int64_t time)
{
    MeiRequest *next;

    if (queue->current && queue->current->deadline <= time) {
        end_current(queue, MEI_ERR_TIMEOUT);
    }
    for (MeiRequest *request = queue->first; request; request = next) {
        next = request->next;
        if (request->deadline <= time) {
            unlink_request(queue, request);
            done(request, MEI_ERR_TIMEOUT);
        }
    }
    if (queue->busy && queue->stalled <= time) {
        drop_connection(queue, MEI_ERR_TIMEOUT);
    }
}

static void take_answer(MeiQueue *queue)
{
    MeiConnection *connection = queue->connection;
    MeiRequest *request = queue->current;
    MeiError error = connection->rx_error;
    size_t size = connection->filled;

    if (request) {
        error = !error && size > request->room ? MEI_ERR_OVERFLOW : error;
        request->received = connection->rx_error ? 0 : size;
        if (!error && size > 0) {
            memcpy(request->answer, connection->buffer, size);
        }
        done(request, error);
    }
    mei_discard(connection);
    queue->current = NULL;
    queue->busy = false;
}

/* Sends the first that waits. False when it has to wait longer. */
static bool send_first(MeiQueue *queue)
{
    MeiRequest *request = queue->first;
    MeiError error = MEI_OK;

    if (!queue->connection) {
        error =
            mei_connect(queue->mei, &queue->guid, queue->buffer, queue->size, &queue->connection);
    }
    if (!error && !mei_can_write(queue->connection)) {
        return false;
    }
    if (!error) {
        error = mei_arm(queue->connection); /* before the answer can be here */
    }
    if (!error) {
        error = mei_write(queue->connection, request->data, request->size,
                          request->deadline - now(queue));
    }
    unlink_request(queue, request);
    if (error) {
        done(request, error);
        return true;
    }
    request->state = MEI_REQUEST_IN_FLIGHT;
    request->next = NULL;
    queue->current = request;
    queue->busy = true;
    queue->stalled = mei_wait_until(queue->mei, MEI_QUEUE_STALL).deadline;
    return true;
}

void mei_queue_run(MeiQueue *queue)
{
    for (;;) {
        if (queue->connection && queue->connection->state != MEI_CONNECTION_CONNECTED &&
            !queue->connection->received) {
            drop_connection(queue, MEI_ERR_NOT_CONNECTED);
        }
        if (queue->busy && queue->connection->received) {
            take_answer(queue);
            continue;
        }
        expire(queue, now(queue));
        if (queue->busy || !queue->first || !send_first(queue)) {
            return;
        }
    }
}

int64_t mei_queue_deadline(const MeiQueue *queue)
{
    int64_t deadline = queue->busy ? queue->stalled : INT64_MAX;

    if (queue->current && queue->current->deadline < deadline) {
        deadline = queue->current->deadline;
    }
    for (const MeiRequest *request = queue->first; request; request = request->next) {
        deadline = request->deadline < deadline ? request->deadline : deadline;
    }
    return deadline;
}

MeiError mei_queue_exchange(MeiQueue *queue, MeiRequest *request, int64_t timeout)
{
    MeiError error = mei_queue_submit(queue, request, timeout);

    if (error) {
        return error;
    }
    for (;;) {
        mei_queue_run(queue);
        if (request->state == MEI_REQUEST_IDLE) {
            return request->status;
        }
        error = mei_poll(queue->mei, mei_queue_deadline(queue) - now(queue));
        if (error == MEI_ERR_DISABLED || error == MEI_ERR_TRANSPORT) {
            mei_queue_cancel(queue, request);
            return request->status = error;
        }
    }
}
