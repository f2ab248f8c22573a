/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A WS-Management service on an AMT of its own, a machine that notes what is done to it, and what a
 * console would write and read. */
#ifndef SWME_TESTS_WSMAN_FIXTURE_H
#define SWME_TESTS_WSMAN_FIXTURE_H

#include <glib.h>

#include "firmware-sim/amt/amt-agents.h"
#include "firmware-sim/amt/amt-notify.h"
#include "firmware-sim/amt/amt-breaker.h"
#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/amt/event.h"
#include "firmware-sim/amt/wsman/classes.h"
#include "firmware-sim/amt/wsman/wsman.h"
#include "firmware-sim/manual-clock.h"

typedef struct Desk {
    SwmeManualClock *clock;
    AmtState *amt;
    Wsman *wsman;
    WsmanCaller caller; /* the administrator, on the host itself */
    SwmeContext context;
    /* The machine */
    SwmeHostPower power;
    unsigned int actions;
    unsigned int acted; /* how often */
    SwmePowerAction last;
    unsigned int resets; /* by the watchdog */
    AmtWatchdog *watchdog;
    AmtAgentKeeper *agents;
    AmtNotifier *notifier; /* nothing leaves by itself */
    AmtBreaker *breaker;
    /* The last answer */
    unsigned int status;
    char *body;
    WsmanReply reply;
} Desk;

/* platform NULL: the default one. machine: is there one? */
Desk *desk_new(const char *platform, bool machine);
/* The machine that desk_new() made if it was to. */
SwmeMachine desk_machine(Desk *desk);
void desk_free(Desk *desk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Desk, desk_free)

/* Any bytes; the answer is in the desk and lives until the next. */
const char *desk_send(Desk *desk, const char *document, size_t size);
/* An envelope as MeshCentral writes it. selectors: SelectorSet element or NULL; body: XML. */
const char *desk_ask(Desk *desk, const char *action, const char *class, const char *selectors,
                     const char *body);
const char *desk_get(Desk *desk, const char *class, const char *selectors);
const char *desk_put(Desk *desk, const char *class, const char *selectors, const char *properties);
/* Its ReturnValue; -1: a fault. */
int desk_call(Desk *desk, const char *class, const char *method, const char *selectors,
              const char *parameters);
/* Enumerate and Pull of all; the Items. options go into Enumerate. */
const char *desk_list(Desk *desk, const char *class, const char *options);
/* Text of the first element of that name, whatever its prefix, or NULL. Free with g_free. */
char *desk_value(const Desk *desk, const char *name);
/* It has that text. */
void desk_expect(Desk *desk, const char *name, const char *text);
/* The answer is a fault with that subcode. */
void desk_expect_fault(Desk *desk, const char *subcode);
/* What must happen once the answer has left. */
void desk_after(Desk *desk);
/* A reference to an instance by one key. */
char *desk_reference(const char *class, const char *key, const char *value);

/* One request of those that a table tells, and what must come of it. */
typedef struct DeskStep {
    const char *class;
    const char *method; /* a method, or Get, Put, Create, Delete, List */
    const char *selectors;
    const char *input; /* parameters or properties; List: its options. $0 to $9: words */
    int result;        /* ReturnValue, 0 where there is none; DESK_FAULT */
    const char *says;  /* a fault's subcode, else what the answer contains; NULL: anything. After
                          a '!': what it does not contain */
} DeskStep;

#define DESK_FAULT (-1)

/* words: NULL or what stands for $0 and so on. */
void desk_steps(Desk *desk, const DeskStep *steps, size_t count, const char *const *words);

#define DESK_AMT "http://intel.com/wbem/wscim/1/amt-schema/1/"
#define DESK_CIM "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
#define DESK_IPS "http://intel.com/wbem/wscim/1/ips-schema/1/"

#define DESK_IS(name, value) "<r:" name ">" value "</r:" name ">"
/* An element that refers to an instance by one key. uri: of its class. */
#define DESK_REFER(name, uri, key, value)                                                        \
    DESK_IS(name,                                                                                \
            "<a:Address>x</a:Address><a:ReferenceParameters><w:ResourceURI>" uri                 \
            "</w:ResourceURI><w:SelectorSet><w:Selector Name=\"" key "\">" value "</w:Selector>" \
            "</w:SelectorSet></a:ReferenceParameters>")
/* A selector that does. */
#define DESK_SELECT_REFER(name, uri, key, value)                                               \
    "<w:SelectorSet><w:Selector Name=\"" name                                                  \
    "\"><a:EndpointReference><a:Address>x</a:Address><a:ReferenceParameters>"                  \
    "<w:ResourceURI>" uri "</w:ResourceURI><w:SelectorSet><w:Selector Name=\"" key "\">" value \
    "</w:Selector></w:SelectorSet></a:ReferenceParameters></a:EndpointReference>"              \
    "</w:Selector></w:SelectorSet>"

#define DESK_SELECT(key, value) \
    "<w:SelectorSet><w:Selector Name=\"" key "\" >" value "</w:Selector></w:SelectorSet>"

#endif
