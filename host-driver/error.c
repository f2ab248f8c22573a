/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
#include "host-driver/error.h"

const char *mei_error_name(MeiError error)
{
    switch (error) {
    case MEI_OK:
        return "success";
    case MEI_ERR_TIMEOUT:
        return "timed out";
    case MEI_ERR_GONE:
        return "the device is gone";
    case MEI_ERR_TRANSPORT:
        return "the transport failed";
    case MEI_ERR_HARDWARE:
        return "the device contradicts itself";
    case MEI_ERR_NOT_READY:
        return "the firmware is not ready";
    case MEI_ERR_PROTOCOL:
        return "the firmware broke the protocol";
    case MEI_ERR_VERSION:
        return "no common HBM version";
    case MEI_ERR_DISABLED:
        return "the device is disabled";
    case MEI_ERR_NO_CLIENT:
        return "no such client";
    case MEI_ERR_BUSY:
        return "the client is busy";
    case MEI_ERR_REFUSED:
        return "the firmware refused";
    case MEI_ERR_INVALID:
        return "invalid argument";
    case MEI_ERR_TOO_LONG:
        return "longer than the client takes";
    case MEI_ERR_OVERFLOW:
        return "longer than the buffer";
    case MEI_ERR_NOT_CONNECTED:
        return "not connected";
    case MEI_ERR_NO_ADDRESS:
        return "out of host addresses";
    case MEI_ERR_UNSUPPORTED:
        return "not supported";
    case MEI_ERR_BAD_POINTER:
        return "bad pointer";
    case MEI_ERR_NO_MEMORY:
        return "out of memory";
    case MEI_ERR_CANCELLED:
        return "cancelled";
    }
    return "unknown error";
}
