/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * The watchdog client's messages: Linux drivers/watchdog/mei_wdt.c; its manageability commands:
 * intel/lms StateIndependence, rpc-go, AMT SDK (MHC_SetAmtOperationalState). Little-endian.
 */
#ifndef SWME_WATCHDOG_H
#define SWME_WATCHDOG_H

#define WD_HEADER_SIZE 4
#define WD_OFF_COMMAND 0
#define WD_OFF_COUNT   1 /* bytes behind this one */
#define WD_OFF_SUB     2
#define WD_OFF_VERSION 3
#define WD_COUNT_BEGIN 2 /* where the bytes that it counts begin */

#define WD_VERSION 0x10

/* Commands, and the sub-commands of each */
#define WD_CONTROL           0x02
#define WD_CONTROL_START     0x13 /* and ping */
#define WD_CONTROL_STOP      0x14
#define WD_CONTROL_START_RES 0x83
#define WD_STATE             0x05
#define WD_STATE_QUERY       0x51 /* IsChangeToAMTEnabled */
#define WD_STATE_CHANGE      0x52 /* ChangeToAMT */
#define WD_STATE_SET         0x53 /* SetAmtOperationalState */
#define WD_INFO              0x07
#define WD_INFO_GET          0x01 /* GetMEInfo */

#define WD_START_SIZE        23
#define WD_START_OFF_TIMEOUT 4 /* u16, seconds */

#define WD_START_RES_SIZE         6
#define WD_START_RES_OFF_STATUS   4
#define WD_START_RES_OFF_STATE    5
#define WD_START_RES_NOT_REQUIRED 0x01

#define WD_TIMEOUT_DEFAULT 120 /* as the driver has it, and its least */
#define WD_TIMEOUT_MAX     65535

/* WD_STATE_QUERY is answered by one byte without a header. */
#define WD_QUERY_RES_SIZE     1
#define WD_QUERY_ALLOWED      0x01 /* may the host switch AMT over? */
#define WD_QUERY_ENABLED      0x02 /* this and the next count with WD_QUERY_NEW alone */
#define WD_QUERY_TLS_ENFORCED 0x40
#define WD_QUERY_NEW          0x80

#define WD_CHANGE_RES_SIZE    4 /* a status without a header */
#define WD_SET_SIZE           5
#define WD_SET_OFF_ENABLE     4
#define WD_SET_RES_SIZE       8
#define WD_SET_RES_OFF_STATUS 4

#define WD_INFO_RES_SIZE        12 /* no header either */
#define WD_INFO_RES_OFF_VERSION 0
#define WD_INFO_RES_OFF_SKU     4
#define WD_INFO_RES_OFF_MODE    8
#define WD_INFO_VERSION         0x00010000
#define WD_INFO_MODE_NONE       0
#define WD_INFO_MODE_AMT        1

#define WD_STATUS_SUCCESS       0x00
#define WD_STATUS_NOT_SUPPORTED 0x89
#define WD_STATUS_FAILURE       0x9e

#endif
