/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a listener of events answers to AMT's request, and how AMT logs in there (RFC 2617, MD5). */
#ifndef SWME_AMT_HTTP_REPLY_H
#define SWME_AMT_HTTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

#define HTTP_REPLY_MAX 32768 /* of head and body together; of a longer body the rest is left */

typedef struct HttpReply {
    unsigned int status;
    char *challenge; /* of the first WWW-Authenticate that is a digest; NULL: none */
    bool whole;      /* nothing follows */
} HttpReply;

void http_reply_clear(HttpReply *reply);

typedef enum HttpReplyState {
    HTTP_REPLY_MORE, /* the head has not come yet */
    HTTP_REPLY_HEAD, /* it has: reply is filled in */
    HTTP_REPLY_BAD,
} HttpReplyState;

/* Interim replies (1xx) are passed over. */
HttpReplyState http_reply_parse(const char *data, size_t size, HttpReply *reply);

typedef struct HttpCredentials {
    const char *user;
    const char *password;
    const char *method;
    const char *target; /* as in the request line */
    const char *cnonce;
} HttpCredentials;

/* The value of Authorization. NULL: that is no challenge that can be answered. */
char *http_reply_authorize(const char *challenge, const HttpCredentials *credentials);

#endif
