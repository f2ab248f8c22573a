/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * APF, AMT's port forwarding: SSH's connection protocol in small, spoken over LME to the host and
 * over TLS to a management presence server. All integers are big-endian; a string is a 32-bit
 * length and so many bytes.
 * Sources: intel/lms LMS_if.h and LMEConnection.cpp, go-wsman-messages pkg/apf, MeshAgent
 * amt-lme.js, open-amt mps APFProcessor.ts.
 */
#ifndef SWME_APF_H
#define SWME_APF_H

/* The first byte of each message. */
#define APF_DISCONNECT                1
#define APF_SERVICE_REQUEST           5
#define APF_SERVICE_ACCEPT            6
#define APF_USERAUTH_REQUEST          50
#define APF_USERAUTH_FAILURE          51
#define APF_USERAUTH_SUCCESS          52
#define APF_GLOBAL_REQUEST            80
#define APF_REQUEST_SUCCESS           81
#define APF_REQUEST_FAILURE           82
#define APF_CHANNEL_OPEN              90
#define APF_CHANNEL_OPEN_CONFIRMATION 91
#define APF_CHANNEL_OPEN_FAILURE      92
#define APF_CHANNEL_WINDOW_ADJUST     93
#define APF_CHANNEL_DATA              94
#define APF_CHANNEL_CLOSE             97
#define APF_PROTOCOL_VERSION          192
#define APF_KEEPALIVE_REQUEST         208
#define APF_KEEPALIVE_REPLY           209
#define APF_KEEPALIVE_OPTIONS_REQUEST 210
#define APF_KEEPALIVE_OPTIONS_REPLY   211

/* Whole messages, where the size is fixed. */
#define APF_DISCONNECT_SIZE                7
#define APF_REQUEST_SUCCESS_SIZE           5 /* for tcpip-forward; 1 for other requests */
#define APF_REQUEST_FAILURE_SIZE           1
#define APF_CHANNEL_OPEN_CONFIRMATION_SIZE 17
#define APF_CHANNEL_OPEN_FAILURE_SIZE      17
#define APF_CHANNEL_WINDOW_ADJUST_SIZE     9
#define APF_CHANNEL_DATA_HEADER_SIZE       9
#define APF_CHANNEL_CLOSE_SIZE             5
#define APF_PROTOCOL_VERSION_SIZE          93

/* Where things stand in those. */
#define APF_DISCONNECT_OFF_REASON       1
#define APF_CHANNEL_OFF_RECIPIENT       1 /* 91 to 97: the channel as its receiver numbers it */
#define APF_CONFIRMATION_OFF_SENDER     5
#define APF_CONFIRMATION_OFF_WINDOW     9
#define APF_CONFIRMATION_OFF_RESERVED   13
#define APF_OPEN_FAILURE_OFF_REASON     5
#define APF_ADJUST_OFF_BYTES            5
#define APF_DATA_OFF_LENGTH             5
#define APF_PROTOCOL_VERSION_OFF_MAJOR  1
#define APF_PROTOCOL_VERSION_OFF_MINOR  5
#define APF_PROTOCOL_VERSION_OFF_REASON 9
#define APF_PROTOCOL_VERSION_OFF_UUID   13
#define APF_UUID_SIZE                   16

#define APF_VERSION_MAJOR 1
#define APF_VERSION_MINOR 0
#define APF_TRIGGER_LME   254        /* why the connection is made: it is the local one */
#define APF_RESERVED      0xffffffff /* behind a window */
#define APF_PORT_EVENTS   0          /* a direct-tcpip channel to it carries AMT's own events */

#define APF_SERVICE_FORWARDING "pfwd@amt.intel.com"
#define APF_SERVICE_AUTH       "auth@amt.intel.com"
#define APF_GLOBAL_FORWARD     "tcpip-forward"
#define APF_GLOBAL_CANCEL      "cancel-tcpip-forward"
#define APF_GLOBAL_UDP         "udp-send-to@amt.intel.com"
#define APF_CHANNEL_DIRECT     "direct-tcpip"    /* opened by AMT */
#define APF_CHANNEL_FORWARDED  "forwarded-tcpip" /* opened towards AMT */

#define APF_OPEN_PROHIBITED     1
#define APF_OPEN_CONNECT_FAILED 2
#define APF_OPEN_UNKNOWN_TYPE   3
#define APF_OPEN_RESOURCES      4
#define APF_REASON_PROTOCOL     2
#define APF_REASON_NO_SERVICE   7
#define APF_REASON_VERSION      8

#endif
