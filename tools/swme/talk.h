/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One request to a control socket, and what comes back. */
#ifndef SWME_TALK_H
#define SWME_TALK_H

#include <stdbool.h>

#include <json-glib/json-glib.h>

typedef struct SwmeTalk {
    const char *command; /* whose errors they are */
    const char *path;    /* of the socket */
    JsonObject *request;
    bool (*reply)(void *opaque, JsonNode *contents);
    /* Instead of the reply: each event. False: enough. NULL: none are waited for. */
    bool (*event)(void *opaque, JsonObject *event);
    void *opaque;
} SwmeTalk;

/* The exit status, after an error is told. */
int swme_talk(const SwmeTalk *talk);

#endif
