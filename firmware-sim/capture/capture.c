/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/capture/capture.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/dma-ring.h>
#include <swme/heci-regs.h>

#include "firmware-sim/capture/window.h"
#include "firmware-sim/error.h"

struct SwmeCapture {
    SwmeClock clock; /* first: the functions below are handed this */
    SwmeClock *real;
    unsigned int levels;
    SwmeCaptureSink sink;
    void *opaque;
    const SwmeFirmware *firmware;
    unsigned int depth; /* of events */
    int64_t stamp;
    uint32_t timers; /* that were made */
    bool secret;     /* a secret message passed in this event */
    GPtrArray *held; /* DMA records of the event: is what they carried secret? */
    SwmeWindow to_me, to_host;
};

static const struct {
    const char *name;
    unsigned int bit;
} level_names[] = {
    {"registers", SWME_CAPTURE_REGISTERS},
    {"packets", SWME_CAPTURE_PACKETS},
    {"messages", SWME_CAPTURE_MESSAGES},
    {"secrets", SWME_CAPTURE_SECRETS},
};

bool swme_capture_parse_levels(const char *text, unsigned int *levels, GError **error)
{
    g_auto(GStrv) words = g_strsplit(text ? text : "registers+packets+messages", "+", -1);

    *levels = 0;
    for (unsigned int i = 0; words[i]; i++) {
        unsigned int bit = 0;

        for (size_t j = 0; j < G_N_ELEMENTS(level_names); j++) {
            bit |= g_str_equal(words[i], level_names[j].name) ? level_names[j].bit : 0;
        }
        if (!bit) {
            g_autofree char *shown = swme_error_text(words[i]);

            return swme_error_set(error, SWME_ERROR_ARGUMENT, NULL,
                                  "'%s' is no level of a capture: there are registers, packets, "
                                  "messages, joined by +, and secrets, which shows them",
                                  shown);
        }
        *levels |= bit;
    }
    if (!(*levels & SWME_CAPTURE_ALL)) {
        return swme_error_set(error, SWME_ERROR_ARGUMENT, NULL,
                              "a capture needs a level: registers, packets, messages");
    }
    return true;
}

char *swme_capture_levels_text(unsigned int levels)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(level_names); i++) {
        if (levels & level_names[i].bit) {
            g_string_append_printf(text, "%s%s", text->len ? "+" : "", level_names[i].name);
        }
    }
    return g_string_free(text, FALSE);
}

/* ---- time ---- */

struct SwmeTimer {
    SwmeCapture *capture;
    SwmeTimer *real;
    SwmeTimerFunc func;
    void *opaque;
    uint32_t id;
};

static int64_t clock_now(SwmeClock *clock)
{
    SwmeCapture *capture = (SwmeCapture *)clock;

    return capture->depth ? capture->stamp : capture->real->now(capture->real);
}

static void timer_fired(void *opaque)
{
    SwmeTimer *timer = opaque;
    SwmeCapture *capture = timer->capture;

    swme_capture_begin(capture);
    swme_capture_values(capture, CAPTURE_TIMER, 1, timer->id, 0);
    timer->func(timer->opaque); /* after which there may be no timer */
    swme_capture_end(capture);
}

static SwmeTimer *timer_new(SwmeClock *clock, SwmeTimerFunc func, void *opaque)
{
    SwmeCapture *capture = (SwmeCapture *)clock;
    SwmeTimer *timer = g_new0(SwmeTimer, 1);

    timer->capture = capture;
    timer->func = func;
    timer->opaque = opaque;
    timer->id = capture->timers++;
    timer->real = capture->real->timer_new(capture->real, timer_fired, timer);
    return timer;
}

static void timer_arm(SwmeTimer *timer, int64_t when_ns)
{
    timer->capture->real->timer_arm(timer->real, when_ns);
}

static void timer_cancel(SwmeTimer *timer)
{
    timer->capture->real->timer_cancel(timer->real);
}

static void timer_free(SwmeTimer *timer)
{
    timer->capture->real->timer_free(timer->real);
    g_free(timer);
}

SwmeClock *swme_capture_clock(SwmeCapture *capture)
{
    return &capture->clock;
}

/* ---- life ---- */

SwmeCapture *swme_capture_new(unsigned int levels, SwmeClock *clock, SwmeCaptureSink sink,
                              void *opaque)
{
    SwmeCapture *capture = g_new0(SwmeCapture, 1);

    capture->clock.now = clock_now;
    capture->clock.timer_new = timer_new;
    capture->clock.timer_arm = timer_arm;
    capture->clock.timer_cancel = timer_cancel;
    capture->clock.timer_free = timer_free;
    capture->real = clock;
    capture->levels = levels;
    capture->sink = sink;
    capture->opaque = opaque;
    capture->held = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    return capture;
}

void swme_capture_free(SwmeCapture *capture)
{
    if (capture) {
        g_ptr_array_unref(capture->held);
        g_free(capture);
    }
}

void swme_capture_set_firmware(SwmeCapture *capture, const SwmeFirmware *firmware)
{
    capture->firmware = firmware;
}

/* ---- events ---- */

void swme_capture_begin(SwmeCapture *capture)
{
    if (capture->depth++ == 0) {
        capture->stamp = capture->real->now(capture->real);
        capture->secret = false;
    }
}

/* The payload of a DMA ring; its counters and whatever else is as short tell nothing. */
static void veil_dma(uint8_t *record, size_t size)
{
    const size_t head = CAPTURE_HEAD_SIZE + 16;

    if (size > head + DMA_RING_CTRL_SIZE) {
        memset(record + head, 0, size - head);
        swme_put_le16(record + CAPTURE_OFF_FLAGS,
                      swme_get_le16(record + CAPTURE_OFF_FLAGS) | CAPTURE_VEILED);
    }
}

static void release_held(SwmeCapture *capture)
{
    for (guint i = 0; i < capture->held->len; i++) {
        gsize size;
        const uint8_t *data = g_bytes_get_data(capture->held->pdata[i], &size);
        g_autofree uint8_t *record = g_memdup2(data, size);

        if (capture->secret) {
            veil_dma(record, size);
        }
        capture->sink(capture->opaque, capture->stamp, record, size);
    }
    g_ptr_array_set_size(capture->held, 0);
}

void swme_capture_end(SwmeCapture *capture)
{
    g_assert(capture->depth);
    if (--capture->depth == 0 && G_UNLIKELY(capture->held->len)) {
        release_held(capture);
    }
}

/* ---- records ---- */

static void put_head(const SwmeCapture *capture, uint8_t *record, unsigned int kind,
                     unsigned int flags)
{
    record[CAPTURE_OFF_VERSION] = CAPTURE_VERSION;
    record[CAPTURE_OFF_KIND] = (uint8_t)kind;
    if (!capture->depth && kind != CAPTURE_SETUP) {
        flags |= CAPTURE_OUTSIDE;
    }
    swme_put_le16(record + CAPTURE_OFF_FLAGS, (uint16_t)flags);
}

/* Behind DMA records that wait for the end of their event nothing may overtake them. */
static void emit(SwmeCapture *capture, uint8_t *record, size_t size)
{
    unsigned int kind = record[CAPTURE_OFF_KIND];
    bool dma = kind == CAPTURE_DMA_READ || kind == CAPTURE_DMA_WRITE;

    if (G_UNLIKELY(capture->depth && (dma || capture->held->len))) {
        g_ptr_array_add(capture->held, g_bytes_new(record, size));
        return;
    }
    capture->sink(capture->opaque,
                  capture->depth ? capture->stamp : capture->real->now(capture->real), record,
                  size);
}

/* Of head and any two parts, cut where a record ends. */
static void emit_parts(SwmeCapture *capture, unsigned int kind, unsigned int flags,
                       const void *first, size_t first_size, const void *data, size_t size)
{
    size_t most = CAPTURE_RECORD_MAX - CAPTURE_HEAD_SIZE - first_size;
    size_t part = MIN(size, most);
    g_autofree uint8_t *record = g_malloc(CAPTURE_HEAD_SIZE + first_size + part);

    put_head(capture, record, kind, flags);
    memcpy(record + CAPTURE_HEAD_SIZE, first, first_size);
    if (part) {
        memcpy(record + CAPTURE_HEAD_SIZE + first_size, data, part);
    }
    emit(capture, record, CAPTURE_HEAD_SIZE + first_size + part);
}

static unsigned int level_of(unsigned int kind)
{
    switch (kind) {
    case CAPTURE_SETUP:
        return SWME_CAPTURE_ALL;
    case CAPTURE_PACKET:
        return SWME_CAPTURE_PACKETS;
    case CAPTURE_MESSAGE:
    case CAPTURE_NOTE:
        return SWME_CAPTURE_MESSAGES;
    default:
        return SWME_CAPTURE_REGISTERS;
    }
}

void swme_capture_text(SwmeCapture *capture, unsigned int kind, const char *text)
{
    if (capture->levels & level_of(kind)) {
        emit_parts(capture, kind, 0, "", 0, text, strlen(text));
    }
}

void swme_capture_values(SwmeCapture *capture, unsigned int kind, unsigned int count,
                         uint32_t first, uint32_t second)
{
    uint8_t record[CAPTURE_HEAD_SIZE + 8];

    if (!(capture->levels & SWME_CAPTURE_REGISTERS)) {
        return;
    }
    put_head(capture, record, kind, 0);
    swme_put_le32(record + CAPTURE_HEAD_SIZE, first);
    swme_put_le32(record + CAPTURE_HEAD_SIZE + 4, second);
    emit(capture, record, CAPTURE_HEAD_SIZE + count * 4);
}

void swme_capture_dma(SwmeCapture *capture, unsigned int kind, uint64_t address, const void *data,
                      size_t size, bool done)
{
    uint8_t head[16];

    if (!(capture->levels & SWME_CAPTURE_REGISTERS)) {
        return;
    }
    swme_put_le64(head, address);
    swme_put_le32(head + 8, (uint32_t)size);
    swme_put_le32(head + 12, done);
    emit_parts(capture, kind, 0, head, sizeof(head), data,
               done || kind == CAPTURE_DMA_WRITE ? size : 0);
}

/* ---- accesses ---- */

/* Is a dword that passes through a window secret? */
static bool window_secret(SwmeCapture *capture, SwmeWindow *window, uint64_t value)
{
    return swme_window_pass(window, capture->firmware, (uint32_t)value) &&
           !(capture->levels & SWME_CAPTURE_SECRETS);
}

void swme_capture_access(SwmeCapture *capture, unsigned int kind, unsigned int flags,
                         uint32_t offset, unsigned int size, uint64_t value)
{
    uint8_t record[CAPTURE_HEAD_SIZE + 16];

    if (!(capture->levels & SWME_CAPTURE_REGISTERS)) {
        return;
    }
    if (size == 4 && !(flags & CAPTURE_UNANSWERED)) {
        bool secret = false;

        if (kind == CAPTURE_WRITE && offset == HECI_H_CB_WW) {
            secret = window_secret(capture, &capture->to_me, value);
        } else if (kind == CAPTURE_READ && offset == HECI_ME_CB_RW) {
            secret = window_secret(capture, &capture->to_host, value);
        } else if (kind == CAPTURE_WRITE && offset == HECI_H_CSR && (value & H_CSR_RST)) {
            swme_window_reset(&capture->to_me);
            swme_window_reset(&capture->to_host);
        }
        if (secret) {
            value = 0;
            flags |= CAPTURE_VEILED;
        }
    }
    put_head(capture, record, kind, flags);
    swme_put_le32(record + CAPTURE_HEAD_SIZE, offset);
    swme_put_le32(record + CAPTURE_HEAD_SIZE + 4, size);
    swme_put_le64(record + CAPTURE_HEAD_SIZE + 8, value);
    emit(capture, record, sizeof(record));
}

/* ---- what the firmware's trace tells ---- */

static void trace_message(SwmeCapture *capture, const SwmeTrace *trace, unsigned int flags)
{
    uint8_t head[4 + UINT8_MAX] = {trace->me_addr, trace->host_addr};
    size_t length = MIN(strlen(trace->what), UINT8_MAX);

    head[2] = (uint8_t)length;
    memcpy(head + 4, trace->what, length);
    emit_parts(capture, CAPTURE_MESSAGE, flags, head, 4 + length, trace->data, trace->size);
}

void swme_capture_trace(SwmeCapture *capture, const SwmeTrace *trace)
{
    const SwmeTrace bare = {.kind = trace->kind,
                            .what = trace->what,
                            .me_addr = trace->me_addr,
                            .host_addr = trace->host_addr,
                            .data = trace->whole,
                            .size = trace->size};
    bool to_host = trace->kind == SWME_TRACE_PACKET_OUT || trace->kind == SWME_TRACE_MESSAGE_OUT;
    unsigned int flags;

    if (capture->levels & SWME_CAPTURE_SECRETS) {
        trace = &bare;
    }
    flags = (to_host ? CAPTURE_TO_HOST : 0) | (trace->secret ? CAPTURE_VEILED : 0);
    capture->secret |= trace->secret;
    switch (trace->kind) {
    case SWME_TRACE_PACKET_IN:
    case SWME_TRACE_PACKET_OUT:
        if (capture->levels & SWME_CAPTURE_PACKETS) {
            emit_parts(capture, CAPTURE_PACKET, flags, "", 0, trace->data, trace->size);
        }
        break;
    case SWME_TRACE_MESSAGE_IN:
    case SWME_TRACE_MESSAGE_OUT:
        if (capture->levels & SWME_CAPTURE_MESSAGES) {
            trace_message(capture, trace, flags);
        }
        break;
    case SWME_TRACE_NOTE:
        swme_capture_text(capture, CAPTURE_NOTE, trace->what);
        break;
    }
}
