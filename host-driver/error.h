/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * What can go wrong between a host and its ME. Every function of the library that can fail returns
 * one of these; 0 is success, everything else is negative.
 */
#ifndef SWME_HOST_ERROR_H
#define SWME_HOST_ERROR_H

typedef enum MeiError {
    MEI_OK = 0,
    MEI_ERR_TIMEOUT = -1,        /* nothing came in time */
    MEI_ERR_GONE = -2,           /* the registers read all ones: no device there any more */
    MEI_ERR_TRANSPORT = -3,      /* the way to the device failed (socket, file) */
    MEI_ERR_HARDWARE = -4,       /* a register says what no sound device says */
    MEI_ERR_NOT_READY = -5,      /* the firmware is not ready, or dropped ME_RDY */
    MEI_ERR_PROTOCOL = -6,       /* the firmware broke the protocol */
    MEI_ERR_VERSION = -7,        /* the firmware speaks no HBM version that we speak */
    MEI_ERR_DISABLED = -8,       /* not started, stopped, or given up after three failed starts */
    MEI_ERR_NO_CLIENT = -9,      /* the firmware has no such client */
    MEI_ERR_BUSY = -10,          /* the client takes no further connection */
    MEI_ERR_REFUSED = -11,       /* the firmware refused, for no reason that has its own code */
    MEI_ERR_INVALID = -12,       /* the caller's argument is out of range */
    MEI_ERR_TOO_LONG = -13,      /* longer than the client's message limit */
    MEI_ERR_OVERFLOW = -14,      /* the message does not fit into the buffer */
    MEI_ERR_NOT_CONNECTED = -15, /* the connection is over: firmware or a link reset ended it */
    MEI_ERR_NO_ADDRESS = -16,    /* all host addresses are in use */
    MEI_ERR_UNSUPPORTED = -17,   /* this HBM version, platform or transport has it not */
    MEI_ERR_BAD_POINTER = -18,   /* NULL where memory was wanted */
    MEI_ERR_NO_MEMORY = -19,     /* the caller gave too little, or the system has no more */
    MEI_ERR_CANCELLED = -20,     /* the request was taken back before it was answered */
} MeiError;

/* A few lower-case words; never NULL. */
const char *mei_error_name(MeiError error);

#endif
