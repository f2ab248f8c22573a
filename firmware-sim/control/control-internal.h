/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the control socket share. */
#ifndef SWME_CONTROL_INTERNAL_H
#define SWME_CONTROL_INTERNAL_H

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "firmware-sim/amt/event.h"
#include "firmware-sim/control/control.h"
#include "firmware-sim/unix-listener.h"

#define CONTROL_CLIENTS_MAX  16
#define CONTROL_LINE_MAX     65536  /* bytes of a request, its newline left out */
#define CONTROL_OUTPUT_MAX   524288 /* bytes that wait for a client; with more it loses events */
#define CONTROL_BRACKETS_MAX 64     /* arrays and objects in a request */
#define CONTROL_ID_MAX       128    /* bytes of a request's id that is text */

/* What a client may subscribe to. */
typedef enum ControlEvent {
    CONTROL_MESSAGES = 1 << 0,
    CONTROL_PACKETS = 1 << 1,
    CONTROL_NOTES = 1 << 2,
    CONTROL_FAULTS = 1 << 3,
    CONTROL_AMT = 1 << 4,
} ControlEvent;

typedef struct ControlClient {
    SwmeControl *control;
    GSocket *socket;
    GSource *in;  /* NULL while it is not read: it has ended, or does not read itself */
    GSource *out; /* NULL while there is nothing to write */
    GByteArray *input;
    gboolean skip;  /* the line that is arriving is too long */
    gboolean ended; /* it sends no more */
    GQueue output;  /* GBytes, whole lines */
    gsize written;  /* of the first */
    gsize waiting;  /* bytes in output, less written */
    unsigned int events;
    guint64 lost; /* events since it was last told */
} ControlClient;

struct SwmeControl {
    SwmeControlTarget target;
    SwmeUnixListener listener;
    GPtrArray *clients;      /* ControlClient, owned */
    unsigned int amt_events; /* subscription; 0: there is no AMT */
};

/* control-client.c */
ControlClient *control_client_new(SwmeControl *control, GSocket *socket); /* takes the socket */
void control_client_free(ControlClient *client);
void control_client_reply(ControlClient *client, GBytes *line);
/* For one that has lost none since it was last told. Dropped where too much waits already. */
void control_client_event(ControlClient *client, GBytes *line);

/* control-commands.c */
/* One request; the reply, a line. Never NULL. */
GBytes *control_request(ControlClient *client, const char *line, gsize size);
GBytes *control_greeting(SwmeControl *control);
GBytes *control_error_line(JsonNode *id, const char *message);
unsigned int control_event_find(const char *name); /* 0: none of that name */

/* control-watchdog.c: functions of the command table. */
gboolean control_watchdog(ControlClient *client, JsonObject *request, JsonBuilder *out,
                          GError **error);
gboolean control_watchdog_set(ControlClient *client, JsonObject *request, JsonBuilder *out,
                              GError **error);
gboolean control_watchdog_cancel(ControlClient *client, JsonObject *request, JsonBuilder *out,
                                 GError **error);
gboolean control_log(ControlClient *client, JsonObject *request, JsonBuilder *out, GError **error);
gboolean control_log_freeze(ControlClient *client, JsonObject *request, JsonBuilder *out,
                            GError **error);
gboolean control_log_clear(ControlClient *client, JsonObject *request, JsonBuilder *out,
                           GError **error);

/* control-alerts.c: likewise. */
gboolean control_alerts(ControlClient *client, JsonObject *request, JsonBuilder *out,
                        GError **error);
gboolean control_listeners(ControlClient *client, JsonObject *request, JsonBuilder *out,
                           GError **error);
gboolean control_alert_add(ControlClient *client, JsonObject *request, JsonBuilder *out,
                           GError **error);
gboolean control_alert_remove(ControlClient *client, JsonObject *request, JsonBuilder *out,
                              GError **error);
gboolean control_alert_set(ControlClient *client, JsonObject *request, JsonBuilder *out,
                           GError **error);
gboolean control_event_raise(ControlClient *client, JsonObject *request, JsonBuilder *out,
                             GError **error);
/* The members that tell of an event of AMT's. */
void control_add_event(JsonBuilder *out, const AmtEvent *event);

/* control-inject.c: likewise. */
gboolean control_inject(ControlClient *client, JsonObject *request, JsonBuilder *out,
                        GError **error);

/* control-amt.c: likewise. */
gboolean control_amt(ControlClient *client, JsonObject *request, JsonBuilder *out, GError **error);
gboolean control_amt_set(ControlClient *client, JsonObject *request, JsonBuilder *out,
                         GError **error);
/* The firmware's; NULL and an error where it has none. */
AmtState *control_amt_of(ControlClient *client, GError **error);

/* control-json.c */
/* A member that must be there and be text; NULL and an error. */
const char *control_json_text(JsonObject *request, const char *name, GError **error);
gboolean control_json_must_be(GError **error, const char *name, const char *what); /* FALSE */
/* Digits of either case, two for each byte; NULL for anything else. */
GByteArray *control_json_bytes(const char *text);
char *control_json_hex(const guint8 *data, gsize size);
/* An object, or NULL and a one-line error. */
JsonNode *control_json_parse(const char *line, gsize size, GError **error);
/* The builder's root and a newline. */
GBytes *control_json_line(JsonBuilder *builder);
void control_json_string(JsonBuilder *builder, const char *name, const char *value);
void control_json_bool(JsonBuilder *builder, const char *name, gboolean value);
/* Numbers that do not fit into what JSON has are cut off at its greatest. */
void control_json_number(JsonBuilder *builder, const char *name, guint64 value);

/* control.c */
void control_drop_client(SwmeControl *control, ControlClient *client);

#endif
