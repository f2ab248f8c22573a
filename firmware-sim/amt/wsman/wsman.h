/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * WS-Management: one SOAP document in, one out. Knows neither HTTP nor sockets: whoever calls has
 * authenticated the caller and carries the answer. Everything it reads and changes is the AMT
 * state's, or the machine's.
 */
#ifndef SWME_AMT_WSMAN_WSMAN_H
#define SWME_AMT_WSMAN_WSMAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "firmware-sim/context.h"
#include "firmware-sim/machine.h"
#include "firmware-sim/net/services.h"

typedef struct Wsman Wsman;

/* Who asks; lives for the call. */
typedef struct WsmanCaller {
    const char *user; /* NULL: nobody logged in, for Identify alone */
    bool admin;       /* the administrator, or the local system account */
    uint32_t realms;  /* bit mask, as AmtAccount.realms; the administrator has all */
    bool tls;
    bool waits; /* can be answered later: see WsmanReply.wait */
    SwmePeer peer;
} WsmanCaller;

/* What to do once the answer has left; opaque is the Wsman's own. */
typedef void (*WsmanAfterFunc)(void *opaque);

typedef struct WsmanReply {
    unsigned int status; /* of HTTP: 200, 400, 500, ... */
    GBytes *body;        /* SOAP */
    bool wait; /* not yet: ask the same again once WsmanReadyFunc is called. All else is NULL. */
    WsmanAfterFunc after; /* may be NULL: what would cut the caller off, such as unprovisioning */
    void *opaque;
} WsmanReply;

/* What a reply waits for is there: whoever got that reply asks again within the call. */
typedef void (*WsmanReadyFunc)(void *opaque);

/* context is copied; what it points at, and machine, outlive the Wsman. */
Wsman *wsman_new(const SwmeContext *context, const SwmeMachine *machine);
void wsman_free(Wsman *wsman);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Wsman, wsman_free)

/* For callers that wait. */
void wsman_on_ready(Wsman *wsman, WsmanReadyFunc ready, void *opaque);

/* Answers anything, well-formed or not. request need not be terminated. Free reply->body. */
void wsman_answer(Wsman *wsman, const WsmanCaller *caller, const void *request, size_t size,
                  WsmanReply *reply);

#endif
