/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/http/framing.h"

#include <stdbool.h>
#include <string.h>

#define HOST    "Host: amt\r\n"
#define VERSION " HTTP/1.1\r\n"

#define BAD_REQUEST     400
#define NOT_IMPLEMENTED 501

typedef struct Line {
    const char *text;
    size_t size; /* without its end */
    size_t end;  /* bytes of its end: 0, 1 or 2 */
} Line;

typedef struct Head {
    bool has_host;
    bool has_length;
    bool chunked;
    uint64_t length;
} Head;

void http_framing_init(HttpFraming *framing)
{
    *framing = (HttpFraming){.held = g_byte_array_new()};
}

void http_framing_clear(HttpFraming *framing)
{
    g_byte_array_unref(framing->held);
}

/* ---- lines ---- */

/* The one at from, as far as it is there: end is 0 where its end is not. */
static Line line_at(const char *text, size_t from, size_t size)
{
    const char *end = from < size ? memchr(text + from, '\n', size - from) : NULL;
    Line line = {.text = text + from, .size = size - from};

    if (end) {
        line.size = (size_t)(end - line.text);
        line.end = 1;
        if (line.size && end[-1] == '\r') {
            line.size--;
            line.end++;
        }
    }
    return line;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static Line trimmed(Line line)
{
    while (line.size && is_blank(line.text[0])) {
        line.text++;
        line.size--;
    }
    while (line.size && is_blank(line.text[line.size - 1])) {
        line.size--;
    }
    return line;
}

static bool is_field(Line line, const char *name, Line *value)
{
    size_t size = strlen(name);

    if (line.size <= size || g_ascii_strncasecmp(line.text, name, size) != 0 ||
        line.text[size] != ':') {
        return false;
    }
    line.text += size + 1;
    line.size -= size + 1;
    *value = trimmed(line);
    return true;
}

/* Digits alone, and no more of them than can be right. */
static bool read_number(Line text, unsigned int base, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < text.size; i++) {
        int digit = g_ascii_xdigit_value(text.text[i]);

        if (digit < 0 || (unsigned int)digit >= base) {
            return false;
        }
        *number = *number * base + (unsigned int)digit;
    }
    return text.size > 0 && text.size <= 15;
}

/* ---- a head ---- */

/* 0, or a status. Fields that make the length are taken once; lists and continued lines are not. */
static unsigned int look_at_field(Head *head, Line line, bool continued)
{
    Line value;

    if (is_field(line, "host", &value)) {
        head->has_host = true;
    } else if (is_field(line, "content-length", &value)) {
        if (head->has_length || head->chunked || continued ||
            !read_number(value, 10, &head->length)) {
            return BAD_REQUEST;
        }
        head->has_length = true;
    } else if (is_field(line, "transfer-encoding", &value)) {
        if (head->has_length || head->chunked || continued) {
            return BAD_REQUEST;
        }
        if (value.size != 7 || g_ascii_strncasecmp(value.text, "chunked", 7) != 0) {
            return NOT_IMPLEMENTED;
        }
        head->chunked = true;
    }
    return 0;
}

static unsigned int look_at_head(Head *head, const char *text, size_t from, size_t size)
{
    Line line;

    if (memchr(text + from, '\0', size - from)) {
        return BAD_REQUEST; /* libsoup drops it, and reads what is left */
    }
    for (size_t at = from; at < size; at += line.size + line.end) {
        const char *next;
        unsigned int status;

        line = line_at(text, at, size);
        next = line.text + line.size + line.end;
        status = look_at_field(head, line, next < text + size && is_blank(*next));
        if (status) {
            return status;
        }
    }
    return 0;
}

/*
 * AMT answers without one: MeshAgent, and with it MeshCMD, names the host in the first request of a
 * connection only. libsoup answers 400, so it is given one. first: the end of the request line.
 */
static size_t name_host(GByteArray *held, size_t start, size_t first)
{
    const size_t size = strlen(HOST);
    const size_t version = strlen(VERSION);

    if (first - start < version || memcmp(held->data + first - version, VERSION, version) != 0) {
        return 0;
    }
    g_byte_array_set_size(held, held->len + (guint)size);
    memmove(held->data + first + size, held->data + first, held->len - size - first);
    memcpy(held->data + first, HOST, size);
    return size;
}

static void begin(HttpFraming *framing, HttpFramingState state, uint64_t left)
{
    framing->state = state;
    framing->left = left;
    framing->line = framing->ready;
}

/* The head from ready to end is whole. */
static unsigned int end_head(HttpFraming *framing, size_t end)
{
    const char *text = (const char *)framing->held->data;
    size_t start = framing->ready;
    Head head = {0};
    unsigned int status;
    Line line;

    status = look_at_head(&head, text, start, end);
    if (status) {
        return status;
    }
    line = line_at(text, start, end);
    if (!head.has_host) {
        end += name_host(framing->held, start, start + line.size + line.end);
    }
    framing->ready = end;
    if (head.chunked) {
        begin(framing, HTTP_FRAMING_SIZE, 0);
    } else if (head.length) {
        begin(framing, HTTP_FRAMING_BODY, head.length);
    } else {
        begin(framing, HTTP_FRAMING_HEAD, 0);
    }
    return 0;
}

/* Is line the empty one that ends a head which began at start? As libsoup has it, an empty line at
 * the very start does not. */
static bool ends_head(const HttpFraming *framing, Line line)
{
    return line.size == 0 && framing->line - framing->ready > line.end;
}

/* ---- one line after the other ---- */

/* The size, and what may stand behind a semicolon. */
static bool chunk_size(Line line, uint64_t *size)
{
    const char *semicolon = memchr(line.text, ';', line.size);

    if (semicolon) {
        line.size = (size_t)(semicolon - line.text);
    }
    return read_number(trimmed(line), 16, size);
}

static unsigned int take_line(HttpFraming *framing, Line line)
{
    size_t end = framing->line + line.size + line.end;
    uint64_t size = 0;

    if (framing->state == HTTP_FRAMING_HEAD) {
        if (ends_head(framing, line)) {
            return end_head(framing, end);
        }
        framing->line = end;
        return 0;
    }
    if ((framing->state == HTTP_FRAMING_SIZE && !chunk_size(line, &size)) ||
        (framing->state == HTTP_FRAMING_CRLF && line.size != 0)) {
        return BAD_REQUEST;
    }
    framing->ready = end;
    switch (framing->state) {
    case HTTP_FRAMING_SIZE:
        begin(framing, size ? HTTP_FRAMING_CHUNK : HTTP_FRAMING_TRAILER, size);
        return 0;
    case HTTP_FRAMING_CRLF:
        begin(framing, HTTP_FRAMING_SIZE, 0);
        return 0;
    default:
        begin(framing, line.size ? HTTP_FRAMING_TRAILER : HTTP_FRAMING_HEAD, 0);
        return 0;
    }
}

static bool is_data(const HttpFraming *framing)
{
    return framing->state == HTTP_FRAMING_BODY || framing->state == HTTP_FRAMING_CHUNK;
}

void http_framing_passed(HttpFraming *framing, size_t size)
{
    framing->left -= size;
    if (framing->left == 0) {
        begin(framing, framing->state == HTTP_FRAMING_BODY ? HTTP_FRAMING_HEAD : HTTP_FRAMING_CRLF,
              0);
    }
}

uint64_t http_framing_passes(const HttpFraming *framing)
{
    return is_data(framing) && framing->held->len == 0 ? framing->left : 0;
}

static void drop_bad(HttpFraming *framing)
{
    if (framing->bad) {
        g_byte_array_set_size(framing->held, (guint)framing->ready);
        framing->line = framing->ready;
    }
}

void http_framing_take(HttpFraming *framing, const void *data, size_t size)
{
    if (framing->bad) {
        return;
    }
    g_byte_array_append(framing->held, data, (guint)size);
    while (framing->bad == 0 && framing->ready < framing->held->len) {
        Line line;

        if (is_data(framing)) {
            size_t some = (size_t)MIN(framing->left, framing->held->len - framing->ready);

            framing->ready += some;
            http_framing_passed(framing, some);
            continue;
        }
        line = line_at((const char *)framing->held->data, framing->line, framing->held->len);
        if (line.end == 0) {
            break;
        }
        framing->bad = take_line(framing, line);
    }
    drop_bad(framing);
}

void http_framing_end(HttpFraming *framing)
{
    size_t size = framing->held->len;
    Head head = {0};

    /* libsoup takes the end for an empty line. */
    if (framing->state == HTTP_FRAMING_HEAD && framing->ready < size) {
        framing->bad = look_at_head(&head, (const char *)framing->held->data, framing->ready, size);
        drop_bad(framing);
    }
    framing->ready = framing->held->len;
    framing->line = framing->ready;
}

size_t http_framing_give(HttpFraming *framing, void *buffer, size_t size)
{
    size_t some = MIN(size, framing->ready);

    if (some) {
        memcpy(buffer, framing->held->data, some);
        g_byte_array_remove_range(framing->held, 0, (guint)some);
        framing->ready -= some;
        framing->line -= some;
    }
    return some;
}
