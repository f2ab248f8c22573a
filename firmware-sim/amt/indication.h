/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An event as WS-Management tells it: the message of a registry that it is, and the document that
 * says so. AMT SDK, "WS-Eventing Event Fields"; DMTF DSP8007; as recorded from real firmware.
 */
#ifndef SWME_AMT_INDICATION_H
#define SWME_AMT_INDICATION_H

#include "firmware-sim/amt/amt-listeners.h"
#include "firmware-sim/amt/event.h"

#define AMT_MESSAGE_ID_SIZE  12
#define AMT_MESSAGE_ARG_SIZE 40

typedef struct AmtMessage {
    char id[AMT_MESSAGE_ID_SIZE]; /* iAMT0005, PLAT0004 ... */
    char argument[AMT_MESSAGE_ARG_SIZE];
    bool user;     /* a notification to the user */
    bool of_host;  /* about the machine, else about AMT itself */
    uint32_t type; /* CIM_AlertIndication.AlertType */
    uint32_t severity;
} AmtMessage;

/* False: nobody is told of such an event this way. amt NULL: what does not depend on it. */
bool amt_message_of(const AmtState *amt, const AmtEvent *event, AmtMessage *message);
bool amt_message_in(const AmtMessage *message, AmtCollection collection);

typedef struct AmtIndication {
    const AmtEvent *event;
    const AmtMessage *message;
    AmtCollection collection;
    uint64_t number;    /* of all that were ever made */
    bool acknowledge;   /* an answer is asked for */
    GBytes *parameters; /* for the header; may be NULL */
} AmtIndication;

/* The whole document. Free with g_free. */
char *amt_indication_document(const AmtIndication *indication);

#endif
