/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where requests begin and end in what a client sends (RFC 9112), so that libsoup sees each head
 * whole and only those whose length is sound: 3.2 loses memory for each that it cannot understand,
 * and GLib warns of lengths below 0. A head of HTTP/1.1 without a Host gets one.
 */
#ifndef SWME_AMT_HTTP_FRAMING_H
#define SWME_AMT_HTTP_FRAMING_H

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

typedef enum HttpFramingState {
    HTTP_FRAMING_HEAD,    /* until an empty line */
    HTTP_FRAMING_BODY,    /* so many bytes, then a head */
    HTTP_FRAMING_SIZE,    /* a line with a chunk's size */
    HTTP_FRAMING_CHUNK,   /* so many bytes, then HTTP_FRAMING_CRLF */
    HTTP_FRAMING_CRLF,    /* the line that ends a chunk */
    HTTP_FRAMING_TRAILER, /* lines until an empty one, then a head */
} HttpFramingState;

typedef struct HttpFraming {
    HttpFramingState state;
    uint64_t left;    /* bytes of the body or chunk */
    GByteArray *held; /* what was taken and not given */
    size_t ready;     /* bytes of held, from its start, that may be given */
    size_t line;      /* where the line begins that is looked at */
    /* The status with which to refuse what follows held, of which nothing is kept; 0: none. */
    unsigned int bad;
} HttpFraming;

void http_framing_init(HttpFraming *framing);
void http_framing_clear(HttpFraming *framing);

/* Bytes that may go to the reader without being looked at, if nothing is held: of a body. */
uint64_t http_framing_passes(const HttpFraming *framing);
/* So many of them, at most that many, have. */
void http_framing_passed(HttpFraming *framing, size_t size);
/* What the client sent. */
void http_framing_take(HttpFraming *framing, const void *data, size_t size);
/* The client sends no more: what is held is ready as it is. */
void http_framing_end(HttpFraming *framing);
/* Copies what is ready, at most size bytes; 0: nothing is. */
size_t http_framing_give(HttpFraming *framing, void *buffer, size_t size);

#endif
