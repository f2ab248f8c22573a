/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A control socket around a real firmware on a fake device, and clients of it, all on one thread:
 * the main context is turned by hand, so that nothing waits.
 */
#ifndef SWME_TESTS_CONTROL_FIXTURE_H
#define SWME_TESTS_CONTROL_FIXTURE_H

#include <json-glib/json-glib.h>

#include "firmware-sim/control/control.h"
#include "tests/unit/fake-device.h"
#include "tests/unit/unit.h"

typedef struct Ctl {
    FakeDevice device;
    SwmeManualClock *manual;
    SwmeFaults *faults;
    SwmeFirmware *firmware;
    SwmeControl *control;
    char *folder;
    char *path;
} Ctl;

typedef struct CtlClient {
    int fd;
    GString *input;
    bool ended; /* the other end has closed */
} CtlClient;

Ctl *ctl_new(void);
Ctl *ctl_new_with(SwmeSwitch amt);
void ctl_free(Ctl *ctl);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Ctl, ctl_free)
/* Another socket at that path, on the same firmware; the caller's. */
SwmeControl *ctl_listen(Ctl *ctl, const char *path, GError **error);

/* The host resets the link and exchanges START, ENUM. */
void ctl_host_up(Ctl *ctl);
void ctl_host_hbm(Ctl *ctl, const uint8_t *message, size_t size);
void ctl_host_data(Ctl *ctl, uint8_t me, uint8_t host, const void *data, size_t size);

/* Connected, greeting read and checked. */
CtlClient *ctl_connect(Ctl *ctl);
CtlClient *ctl_connect_raw(const char *path); /* nothing read */
void ctl_client_free(CtlClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CtlClient, ctl_client_free)

void ctl_turn(void); /* until the main context has nothing to do */
/* As much as the socket takes; returns how much. */
size_t ctl_write(CtlClient *client, const void *data, size_t size);
/* The next line without its newline, NULL when none comes; free it. */
char *ctl_line(CtlClient *client);
/* That line, checked against the schema; NULL as above. unref it. */
JsonObject *ctl_object(CtlClient *client);
/* Writes a request, returns its reply; events in between are dropped. */
JsonObject *ctl_ask(CtlClient *client, const char *request);
/* As above, and fails unless it is a return; checked as that command's. */
JsonObject *ctl_do(CtlClient *client, const char *command, const char *request);

/* The path of docs/control.schema.json. */
extern const char *ctl_schema_path;

#endif
