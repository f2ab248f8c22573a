/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/amt-notify.h"

#include <string.h>

#include "firmware-sim/amt/event.h"
#include "firmware-sim/amt/indication.h"

/*
 * Besides those who subscribed: the notification service on the host, always, while it is there
 * (AMT SDK, "WS-Eventing Event Subscribers").
 */
#define HOST_BOX   AMT_LISTENERS
#define BOXES      (AMT_LISTENERS + 1)
#define RETRY_BITS 4 /* attempts that make the interval longer */

typedef struct Notice {
    uint64_t number;
    int64_t raised_ns;
    AmtEvent event;
} Notice;

/* What waits for one listener. */
typedef struct Box {
    AmtNotifier *notifier;
    uint32_t handle; /* the listener's that it is for; 0: nobody's */
    Notice notice[AMT_NOTICES_MAX];
    unsigned int count;
    unsigned int failures; /* in a row */
    void *post;            /* the attempt under way; NULL: none */
    int64_t due_ns;        /* the next attempt, or the end of this one */
} Box;

struct AmtNotifier {
    AmtState *amt;
    SwmeClock *clock;
    SwmeTimer *timer; /* for the first box that is due */
    const AmtPostOps *ops;
    void *ops_opaque;
    void (*note)(void *opaque, const char *text);
    void *opaque;
    unsigned int events; /* subscriptions */
    unsigned int changes;
    uint64_t number;
    AmtNotifyCounters counters;
    Box box[BOXES];
};

static int64_t clock_now(const AmtNotifier *notifier)
{
    return notifier->clock->now(notifier->clock);
}

static void rearm(AmtNotifier *notifier)
{
    int64_t due = INT64_MAX;

    for (unsigned int i = 0; i < BOXES; i++) {
        if (notifier->box[i].count) {
            due = MIN(due, notifier->box[i].due_ns);
        }
    }
    if (due != INT64_MAX) {
        notifier->clock->timer_arm(notifier->timer, due);
    } else {
        notifier->clock->timer_cancel(notifier->timer);
    }
}

/* ---- a box ---- */

static const AmtListener *listener_of(const Box *box)
{
    const Box *first = box->notifier->box;

    return box - first == HOST_BOX
               ? NULL
               : &amt_state_data(box->notifier->amt)->eventing.listener[box - first];
}

static void cancel(Box *box)
{
    AmtNotifier *notifier = box->notifier;

    if (box->post) {
        notifier->ops->cancel(notifier->ops_opaque, g_steal_pointer(&box->post));
    }
}

static void drop_first(Box *box)
{
    box->count--;
    memmove(&box->notice[0], &box->notice[1], box->count * sizeof(box->notice[0]));
    if (!box->count) {
        box->failures = 0;
    }
}

static void empty(Box *box)
{
    cancel(box);
    box->notifier->counters.lost += box->count;
    box->count = 0;
    box->failures = 0;
}

static void put(Box *box, const AmtEvent *event)
{
    AmtNotifier *notifier = box->notifier;
    int64_t now = clock_now(notifier);

    notifier->counters.notices++;
    if (box->count == AMT_NOTICES_MAX) {
        notifier->counters.lost++;
        notifier->note(notifier->opaque, "event for a listener lost: too many wait");
        if (box->post) {
            cancel(box);
            box->due_ns = now;
        }
        drop_first(box);
    }
    if (!box->count) {
        box->due_ns = now;
    }
    box->notice[box->count++] = (Notice){notifier->number, now, *event};
}

/* ---- an attempt ---- */

static void note_end(Box *box, const Notice *notice, const char *why)
{
    AmtNotifier *notifier = box->notifier;
    const AmtListener *listener = listener_of(box);
    g_autofree char *text = g_strdup_printf("event %" G_GUINT64_FORMAT " to %s%s%s", notice->number,
                                            listener ? listener->url : "the host",
                                            why ? " failed: " : "", why ? why : "");

    notifier->note(notifier->opaque, text);
}

static void try_later(Box *box)
{
    AmtNotifier *notifier = box->notifier;
    int64_t now = clock_now(notifier);
    unsigned int times = MIN(box->failures, RETRY_BITS);
    int64_t wait_s = MIN(AMT_RETRY_S << times, AMT_RETRY_MAX_S);

    notifier->counters.failed++;
    box->failures++;
    box->due_ns = now + wait_s * SWME_NS_PER_S;
    while (box->count && now - box->notice[0].raised_ns >= AMT_NOTICE_NS) {
        notifier->counters.lost++;
        drop_first(box);
    }
}

static void ended(Box *box, AmtPostResult result, const char *why)
{
    AmtNotifier *notifier = box->notifier;
    const AmtListener *listener = listener_of(box);
    bool counts = listener && listener->acknowledges;

    note_end(box, &box->notice[0], result == AMT_POST_DONE ? NULL : why);
    if (result == AMT_POST_DONE || (result == AMT_POST_ANSWERED && !counts)) {
        notifier->counters.delivered += result == AMT_POST_DONE;
        notifier->counters.refused += result != AMT_POST_DONE;
        drop_first(box);
        box->failures = 0;
        box->due_ns = clock_now(notifier);
    } else if (!listener) {
        notifier->counters.failed++;
        notifier->counters.lost++;
        drop_first(box); /* whoever is there now will hear of the next one */
        box->due_ns = clock_now(notifier);
    } else {
        try_later(box);
    }
}

static void begin(Box *box);

/* Without the clock: it stands still while the machine is off, and AMT does not. */
static void go_on(Box *box)
{
    while (box->count && !box->post && box->due_ns <= clock_now(box->notifier)) {
        begin(box);
    }
}

static void posted(void *opaque, AmtPostResult result, const char *why)
{
    Box *box = opaque;

    box->post = NULL;
    ended(box, result, why);
    go_on(box);
    rearm(box->notifier);
}

/* LMS refuses a longer one (intel/lms SoapHandler.cpp). */
#define HOST_ARGUMENT_MAX 2

static bool has_link(const AmtState *amt)
{
    const AmtInterface *wired = &amt_state_data(amt)->network.lan[0];

    return wired->present && wired->enabled && wired->link;
}

static void begin(Box *box)
{
    AmtNotifier *notifier = box->notifier;
    const AmtListener *listener = listener_of(box);
    const Notice *notice = &box->notice[0];
    AmtPostTarget target = {.url = {.host = "localhost", .path = "/"},
                            .local = !listener || listener->local,
                            .user = listener ? listener->user : "",
                            .password = listener ? listener->password : ""};
    AmtMessage message;
    AmtIndication indication = {
        .event = &notice->event,
        .message = &message,
        .collection = listener ? (AmtCollection)listener->collection : AMT_COLLECTION_USER,
        .number = notice->number,
        .acknowledge = listener && listener->acknowledges,
        .parameters = listener ? listener->parameters : NULL,
    };
    g_autofree char *document = NULL;

    if (!amt_message_of(notifier->amt, &notice->event, &message) ||
        (listener && !amt_url_parse(listener->url, &target.url))) {
        notifier->counters.lost++; /* saved by nobody sound */
        drop_first(box);
        return;
    }
    if (!listener && strlen(message.argument) > HOST_ARGUMENT_MAX) {
        g_strlcpy(message.argument, "0", sizeof(message.argument));
    }
    if (!target.local && !has_link(notifier->amt)) {
        ended(box, AMT_POST_FAILED, "no link");
        return;
    }
    document = amt_indication_document(&indication);
    box->due_ns = clock_now(notifier) + AMT_POST_NS;
    box->post = notifier->ops
                    ? notifier->ops->begin(notifier->ops_opaque, &target, document, posted, box)
                    : NULL;
    if (!box->post) {
        ended(box, AMT_POST_FAILED, "there is no way to it");
    }
}

static void fired(void *opaque)
{
    AmtNotifier *notifier = opaque;
    int64_t now = clock_now(notifier);

    for (unsigned int i = 0; i < BOXES; i++) {
        Box *box = &notifier->box[i];

        if (box->count && box->post && box->due_ns <= now) {
            cancel(box);
            ended(box, AMT_POST_FAILED, "no answer");
        }
        go_on(box);
    }
    rearm(notifier);
}

/* ---- events and subscriptions ---- */

static void raised(void *opaque, AmtState *amt, const AmtEvent *event, unsigned int route)
{
    AmtNotifier *notifier = opaque;
    AmtMessage message;

    (void)route;
    if (!amt_message_of(amt, event, &message)) {
        return;
    }
    notifier->number++;
    for (unsigned int i = 0; i < BOXES; i++) {
        Box *box = &notifier->box[i];
        const AmtListener *listener = listener_of(box);

        if (listener ? box->handle && amt_message_in(&message, (AmtCollection)listener->collection)
                     : notifier->ops && amt_message_in(&message, AMT_COLLECTION_FEATURES)) {
            put(box, event);
            if (listener && !listener->local) {
                go_on(box); /* the channel to the host may be what raised it */
            }
        }
    }
    rearm(notifier);
}

/* Each box is its listener's; what waited for one who is gone is lost. */
static void changed(void *opaque, AmtState *amt, unsigned int groups)
{
    AmtNotifier *notifier = opaque;
    bool on = amt_state_data(amt)->setup.operational;

    (void)groups;
    for (unsigned int i = 0; i < BOXES; i++) {
        Box *box = &notifier->box[i];
        const AmtListener *listener = listener_of(box);
        uint32_t handle = listener ? listener->handle : 0;

        if (box->handle != handle || !on) {
            empty(box);
            box->handle = handle;
        }
    }
    rearm(notifier);
}

/* ---- life ---- */

AmtNotifier *amt_notifier_new(AmtState *amt, SwmeClock *clock,
                              void (*note)(void *opaque, const char *text), void *opaque)
{
    AmtNotifier *notifier = g_new0(AmtNotifier, 1);

    notifier->amt = amt;
    notifier->clock = clock;
    notifier->note = note;
    notifier->opaque = opaque;
    notifier->timer = clock->timer_new(clock, fired, notifier);
    for (unsigned int i = 0; i < BOXES; i++) {
        notifier->box[i].notifier = notifier;
    }
    notifier->events = amt_event_subscribe(amt, raised, notifier);
    notifier->changes =
        amt_state_subscribe(amt, AMT_CHANGED_EVENTING | AMT_CHANGED_SETUP, changed, notifier);
    changed(notifier, amt, AMT_CHANGED_ALL);
    return notifier;
}

void amt_notifier_set_post(AmtNotifier *notifier, const AmtPostOps *ops, void *opaque)
{
    int64_t now = clock_now(notifier);

    for (unsigned int i = 0; i < BOXES; i++) {
        cancel(&notifier->box[i]);
        notifier->box[i].due_ns = MAX(notifier->box[i].due_ns, now);
    }
    notifier->ops = ops;
    notifier->ops_opaque = opaque;
    if (!ops) {
        empty(&notifier->box[HOST_BOX]);
    }
    rearm(notifier);
}

void amt_notifier_free(AmtNotifier *notifier)
{
    if (notifier) {
        amt_event_unsubscribe(notifier->amt, notifier->events);
        amt_state_unsubscribe(notifier->amt, notifier->changes);
        for (unsigned int i = 0; i < BOXES; i++) {
            cancel(&notifier->box[i]);
        }
        notifier->clock->timer_free(notifier->timer);
        g_free(notifier);
    }
}

const AmtNotifyCounters *amt_notifier_counters(const AmtNotifier *notifier)
{
    return &notifier->counters;
}

unsigned int amt_notifier_waiting(const AmtNotifier *notifier)
{
    unsigned int waiting = 0;

    for (unsigned int i = 0; i < BOXES; i++) {
        waiting += notifier->box[i].count;
    }
    return waiting;
}

/* ---- saved state: times as "so long from now" and "so long ago" ---- */

GVariant *amt_notifier_save(const AmtNotifier *notifier)
{
    int64_t now = notifier ? clock_now(notifier) : 0;
    GVariantBuilder boxes;

    g_variant_builder_init(&boxes, G_VARIANT_TYPE("a(uuxa(txay))"));
    for (unsigned int i = 0; notifier && i < AMT_LISTENERS; i++) {
        const Box *box = &notifier->box[i];

        if (!box->count) {
            continue;
        }
        g_variant_builder_open(&boxes, G_VARIANT_TYPE("(uuxa(txay))"));
        g_variant_builder_add(&boxes, "u", box->handle);
        g_variant_builder_add(&boxes, "u", (guint32)box->failures);
        g_variant_builder_add(&boxes, "x", (gint64)(box->post ? 0 : MAX(box->due_ns - now, 0)));
        g_variant_builder_open(&boxes, G_VARIANT_TYPE("a(txay)"));
        for (unsigned int j = 0; j < box->count; j++) {
            uint8_t record[AMT_RECORD_SIZE];

            amt_event_encode(&box->notice[j].event, record);
            g_variant_builder_add(
                &boxes, "(tx@ay)", box->notice[j].number, now - box->notice[j].raised_ns,
                g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, record, sizeof(record), 1));
        }
        g_variant_builder_close(&boxes);
        g_variant_builder_close(&boxes);
    }
    return g_variant_new("(t@a(uuxa(txay)))", (guint64)(notifier ? notifier->number : 0),
                         g_variant_builder_end(&boxes));
}

static Box *box_for(AmtNotifier *notifier, uint32_t handle)
{
    for (unsigned int i = 0; handle && i < AMT_LISTENERS; i++) {
        if (notifier->box[i].handle == handle) {
            return &notifier->box[i];
        }
    }
    return NULL;
}

static bool load_notices(Box *box, GVariant *saved, int64_t now)
{
    GVariantIter iter;
    GVariant *record;
    guint64 number;
    gint64 age_ns;

    g_variant_iter_init(&iter, saved);
    while (g_variant_iter_next(&iter, "(tx@ay)", &number, &age_ns, &record)) {
        gsize size;
        const uint8_t *bytes = g_variant_get_fixed_array(record, &size, 1);
        bool good = box->count < AMT_NOTICES_MAX && size == AMT_RECORD_SIZE && number &&
                    number <= box->notifier->number && age_ns >= 0 &&
                    age_ns <= AMT_NOTICE_NS + AMT_NOTICES_MAX * AMT_POST_NS;

        if (good) {
            Notice *notice = &box->notice[box->count++];

            notice->number = number;
            notice->raised_ns = now - age_ns;
            amt_event_decode(&notice->event, bytes);
        }
        g_variant_unref(record);
        if (!good) {
            return false;
        }
    }
    return box->count > 0;
}

static bool load_boxes(AmtNotifier *notifier, GVariant *saved)
{
    int64_t now = clock_now(notifier);
    GVariantIter iter;
    GVariant *notices;
    guint32 handle, failures;
    gint64 due_ns;

    g_variant_iter_init(&iter, saved);
    while (g_variant_iter_next(&iter, "(uux@a(txay))", &handle, &failures, &due_ns, &notices)) {
        Box *box = box_for(notifier, handle);
        bool good = box && !box->count && due_ns >= 0 &&
                    due_ns <= AMT_RETRY_MAX_S * SWME_NS_PER_S && load_notices(box, notices, now);

        if (good) {
            box->failures = MIN(failures, RETRY_BITS);
            box->due_ns = now + due_ns;
        }
        g_variant_unref(notices);
        if (!good) {
            return false;
        }
    }
    return true;
}

bool amt_notifier_load(AmtNotifier *notifier, GVariant *state)
{
    g_autoptr(GVariant) boxes = NULL;
    guint64 number;
    bool good;

    g_variant_get(state, "(t@a(uuxa(txay)))", &number, &boxes);
    changed(notifier, notifier->amt, AMT_CHANGED_ALL);
    for (unsigned int i = 0; i < BOXES; i++) {
        cancel(&notifier->box[i]);
        notifier->box[i].count = 0;
        notifier->box[i].failures = 0;
    }
    notifier->number = number;
    good = load_boxes(notifier, boxes);
    for (unsigned int i = 0; !good && i < BOXES; i++) {
        notifier->box[i].count = 0;
    }
    rearm(notifier);
    return good;
}
