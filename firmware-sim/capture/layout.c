/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers are the headers' own; the layouts' sources are named in the same headers. */
#include "firmware-sim/capture/layout.h"

#include <stdio.h>

#include <glib.h>

#include <swme/amthi.h>
#include <swme/apf.h>
#include <swme/capture.h>
#include <swme/hbm.h>
#include <swme/heci-regs.h>
#include <swme/mkhi.h>
#include <swme/watchdog.h>

#include "firmware-sim/clients/amthi.h"
#include "firmware-sim/clients/mkhi.h"
#include "firmware-sim/machine.h"

const SwmeRecordKind swme_record_kinds[] = {
    {CAPTURE_SETUP, "setup"},
    {CAPTURE_READ, "read"},
    {CAPTURE_WRITE, "write"},
    {CAPTURE_CONFIG_READ, "config-read"},
    {CAPTURE_CONFIG_WRITE, "config-write"},
    {CAPTURE_IRQ, "irq"},
    {CAPTURE_STATUS, "status"},
    {CAPTURE_RESET, "reset"},
    {CAPTURE_POWER, "power"},
    {CAPTURE_TIMER, "timer"},
    {CAPTURE_DMA_READ, "dma-read"},
    {CAPTURE_DMA_WRITE, "dma-write"},
    {CAPTURE_PACKET, "packet"},
    {CAPTURE_MESSAGE, "message"},
    {CAPTURE_NOTE, "note"},
    {CAPTURE_LOST, "lost"},
    {CAPTURE_LOADED, "loaded"},
    {0, NULL},
};

const SwmeRegisterName swme_register_names[] = {
    {false, HECI_H_CB_WW, "H_CB_WW"},
    {false, HECI_H_CSR, "H_CSR"},
    {false, HECI_ME_CB_RW, "ME_CB_RW"},
    {false, HECI_ME_CSR_HA, "ME_CSR_HA"},
    {false, HECI_H_HPG_CSR, "H_HPG_CSR"},
    {false, HECI_ME_TRC, "ME_TRC"},
    {false, HECI_H_D0I3C, "H_D0I3C"},
    {true, HECI_CFG_HFS1, "HFS1"},
    {true, HECI_CFG_HFS2, "HFS2"},
    {true, HECI_CFG_HFS3, "HFS3"},
    {true, HECI_CFG_HFS4, "HFS4"},
    {true, HECI_CFG_HFS5, "HFS5"},
    {true, HECI_CFG_HFS6, "HFS6"},
    {true, HECI_CFG_H_GS, "H_GS"},
    {false, 0, NULL},
};

#define BIT(offset_, name_, mask_)                         \
    {                                                      \
        (offset_), name_, (uint8_t)__builtin_ctz(mask_), 1 \
    }

const SwmeRegisterField swme_register_fields[] = {
    {HECI_H_CSR, "CBD", H_CSR_CBD_SHIFT, 8},
    {HECI_H_CSR, "CBWP", H_CSR_CBWP_SHIFT, 8},
    {HECI_H_CSR, "CBRP", H_CSR_CBRP_SHIFT, 8},
    BIT(HECI_H_CSR, "D0I3C_IS", H_CSR_D0I3C_IS),
    BIT(HECI_H_CSR, "D0I3C_IE", H_CSR_D0I3C_IE),
    BIT(HECI_H_CSR, "RST", H_CSR_RST),
    BIT(HECI_H_CSR, "RDY", H_CSR_RDY),
    BIT(HECI_H_CSR, "IG", H_CSR_IG),
    BIT(HECI_H_CSR, "IS", H_CSR_IS),
    BIT(HECI_H_CSR, "IE", H_CSR_IE),
    {HECI_ME_CSR_HA, "CBD", ME_CSR_CBD_SHIFT, 8},
    {HECI_ME_CSR_HA, "CBWP", ME_CSR_CBWP_SHIFT, 8},
    {HECI_ME_CSR_HA, "CBRP", ME_CSR_CBRP_SHIFT, 8},
    BIT(HECI_ME_CSR_HA, "PGIC", ME_CSR_PGIC),
    BIT(HECI_ME_CSR_HA, "RST", ME_CSR_RST),
    BIT(HECI_ME_CSR_HA, "RDY", ME_CSR_RDY),
    BIT(HECI_ME_CSR_HA, "IG", ME_CSR_IG),
    BIT(HECI_ME_CSR_HA, "IS", ME_CSR_IS),
    BIT(HECI_ME_CSR_HA, "IE", ME_CSR_IE),
    BIT(HECI_H_HPG_CSR, "PGIHEXR", H_HPG_CSR_PGIHEXR),
    BIT(HECI_H_HPG_CSR, "PGI", H_HPG_CSR_PGI),
    BIT(HECI_H_D0I3C, "CIP", H_D0I3C_CIP),
    BIT(HECI_H_D0I3C, "IR", H_D0I3C_IR),
    BIT(HECI_H_D0I3C, "I3", H_D0I3C_I3),
    BIT(HECI_H_D0I3C, "RR", H_D0I3C_RR),
    {0, NULL, 0, 0},
};

const SwmeProtocol swme_protocols[] = {
    {"hbm", false, 0, 1, 0, 0},
    {"amthi", false, AMTHI_OFF_COMMAND, 4, 0, AMTHI_HEADER_SIZE},
    {"mkhi", false, 0, 2, 0, 0},
    {"mchi", false, 0, 2, 0, 0},
    {"watchdog", false, WD_OFF_COMMAND, 1, SWME_KEY_TO_HOST, 0},
    {"lme", true, 0, 1, 0, APF_CHANNEL_OFF_RECIPIENT + 4},
    {"echo", false, 0, 0, 0, 0},
    {NULL, false, 0, 0, 0, 0},
};

const SwmeNumberName swme_number_names[] = {
    {"power", SWME_HOST_S0, "on"},
    {"power", SWME_HOST_S3, "asleep"},
    {"power", SWME_HOST_S5, "off"},
    {"hbm-status", HBM_STATUS_SUCCESS, "success"},
    {"hbm-status", HBM_STATUS_CLIENT_NOT_FOUND, "client not found"},
    {"hbm-status", HBM_STATUS_ALREADY_EXISTS, "already exists"},
    {"hbm-status", HBM_STATUS_REJECTED, "rejected"},
    {"hbm-status", HBM_STATUS_INVALID_PARAMETER, "invalid parameter"},
    {"hbm-status", HBM_STATUS_NOT_ALLOWED, "not allowed"},
    {"hbm-status", HBM_STATUS_ALREADY_STARTED, "already started"},
    {"hbm-status", HBM_STATUS_NOT_STARTED, "not started"},
    {"amthi-status", AMTHI_STATUS_SUCCESS, "success"},
    {"amthi-status", AMTHI_STATUS_INTERNAL_ERROR, "internal error"},
    {"amthi-status", AMTHI_STATUS_NOT_READY, "not ready"},
    {"amthi-status", AMTHI_STATUS_INVALID_AMT_MODE, "invalid AMT mode"},
    {"amthi-status", AMTHI_STATUS_INVALID_MESSAGE_LENGTH, "invalid message length"},
    {"amthi-status", AMTHI_STATUS_NOT_PERMITTED, "not permitted"},
    {"amthi-status", AMTHI_STATUS_UNSUPPORTED_VERSION, "unsupported version"},
    {"amthi-status", AMTHI_STATUS_INVALID_INDEX, "invalid index"},
    {"amthi-status", AMTHI_STATUS_INVALID_PARAMETER, "invalid parameter"},
    {"amthi-status", AMTHI_STATUS_INVALID_COMMAND, "invalid command"},
    {"amthi-status", AMTHI_STATUS_DATA_MISSING, "data missing"},
    {"amthi-status", AMTHI_STATUS_UNSUPPORTED, "unsupported"},
    {"amthi-status", AMTHI_STATUS_NOT_FOUND, "not found"},
    {"mkhi-result", MKHI_RESULT_SUCCESS, "success"},
    {"mkhi-result", MKHI_RESULT_INVALID_STATE, "invalid state"},
    {"mkhi-result", MKHI_RESULT_SIZE, "wrong size"},
    {"mkhi-result", MKHI_RESULT_PARAMETERS, "wrong parameters"},
    {"mkhi-result", MKHI_RESULT_NOT_SUPPORTED, "not supported"},
    {"mkhi-result", MKHI_RESULT_INVALID_COMMAND, "invalid command"},
    {"wd-sub", WD_CONTROL_START, "start or ping"},
    {"wd-sub", WD_CONTROL_STOP, "stop"},
    {"wd-sub", WD_CONTROL_START_RES, "started"},
    {"apf-open", APF_OPEN_PROHIBITED, "prohibited"},
    {"apf-open", APF_OPEN_CONNECT_FAILED, "connect failed"},
    {"apf-open", APF_OPEN_UNKNOWN_TYPE, "unknown type"},
    {"apf-open", APF_OPEN_RESOURCES, "no resources"},
    {NULL, 0, NULL},
};

#define RES(command_) ((command_) | HBM_RESPONSE)
#define CLIENT_BLOCK  "guid 16, u8 version, u8 connections, u8 fixed address, u8 flags, u32 length"

/* Those that no table of commands has. */
static const SwmeMessageLayout own_layouts[] = {
    {"hbm", HBM_START, "START", "u8 command, u8 reserved, u8 minor, u8 major"},
    {"hbm", RES(HBM_START), "START response", "u8 command, u8 supported, u8 minor, u8 major"},
    {"hbm", HBM_HOST_STOP, "HOST_STOP", "u8 command, u8 reason, u16 reserved"},
    {"hbm", RES(HBM_HOST_STOP), "HOST_STOP response", "u8 command, reserved 3"},
    {"hbm", HBM_ME_STOP, "ME_STOP", "u8 command, u8 reason, u16 reserved"},
    {"hbm", HBM_ENUM, "ENUM", "u8 command, u8 flags, u16 reserved"},
    {"hbm", RES(HBM_ENUM), "ENUM response", "u8 command, reserved 3, addresses 32"},
    {"hbm", HBM_PROPERTIES, "PROPERTIES", "u8 command, u8 ME address, u16 reserved"},
    {"hbm", RES(HBM_PROPERTIES), "PROPERTIES response",
     "u8 command, u8 ME address, u8 status:hbm-status, u8 reserved, " CLIENT_BLOCK},
    {"hbm", HBM_CONNECT, "CONNECT", "u8 command, u8 ME address, u8 host address, u8 reserved"},
    {"hbm", RES(HBM_CONNECT), "CONNECT response",
     "u8 command, u8 ME address, u8 host address, u8 status:hbm-status"},
    {"hbm", HBM_DISCONNECT, "DISCONNECT",
     "u8 command, u8 ME address, u8 host address, u8 reserved"},
    {"hbm", RES(HBM_DISCONNECT), "DISCONNECT response",
     "u8 command, u8 ME address, u8 host address, u8 status:hbm-status"},
    {"hbm", HBM_FLOW_CONTROL, "FLOW_CONTROL",
     "u8 command, u8 ME address, u8 host address, reserved 5"},
    {"hbm", HBM_PG_ENTRY, "PG_ENTRY", "u8 command, reserved 3"},
    {"hbm", RES(HBM_PG_ENTRY), "PG_ENTRY response", "u8 command, reserved 3"},
    {"hbm", HBM_PG_EXIT, "PG_EXIT", "u8 command, reserved 3"},
    {"hbm", RES(HBM_PG_EXIT), "PG_EXIT response", "u8 command, reserved 3"},
    {"hbm", HBM_BUS_DISABLE, "BUS_DISABLE", "u8 command, reserved 3"},
    {"hbm", RES(HBM_BUS_DISABLE), "BUS_DISABLE response", "u8 command, u8 status, u16 reserved"},
    {"hbm", HBM_ADD_CLIENT, "ADD_CLIENT", "u8 command, u8 ME address, u16 reserved, " CLIENT_BLOCK},
    {"hbm", RES(HBM_ADD_CLIENT), "ADD_CLIENT response",
     "u8 command, u8 ME address, u8 status:hbm-status, u8 reserved"},
    {"hbm", HBM_NOTIFY, "NOTIFY", "u8 command, u8 ME address, u8 host address, u8 start"},
    {"hbm", RES(HBM_NOTIFY), "NOTIFY response",
     "u8 command, u8 ME address, u8 host address, u8 status:hbm-status, u8 start, reserved 3"},
    {"hbm", HBM_NOTIFICATION, "NOTIFICATION",
     "u8 command, u8 ME address, u8 host address, u8 reserved"},
    {"hbm", HBM_DMA_SETUP, "DMA_SETUP",
     "u8 command, reserved 3, 3 x (u32 address high, u32 address low, u32 size)"},
    {"hbm", RES(HBM_DMA_SETUP), "DMA_SETUP response",
     "u8 command, u8 status:hbm-status, u16 reserved"},
    {"hbm", HBM_CAPABILITIES, "CAPABILITIES", "u8 command, u8 capabilities, u16 reserved"},
    {"hbm", RES(HBM_CAPABILITIES), "CAPABILITIES response",
     "u8 command, u8 capabilities, u16 reserved"},
    {"hbm", HBM_CLIENT_DMA_MAP, "CLIENT_DMA_MAP",
     "u8 command, u8 buffer, u16 reserved, u32 address low, u32 address high, u32 size"},
    {"hbm", RES(HBM_CLIENT_DMA_MAP), "CLIENT_DMA_MAP response", "u8 command, u8 status:hbm-status"},
    {"hbm", HBM_CLIENT_DMA_UNMAP, "CLIENT_DMA_UNMAP",
     "u8 command, u8 reserved, u8 buffer, u8 reserved"},
    {"hbm", RES(HBM_CLIENT_DMA_UNMAP), "CLIENT_DMA_UNMAP response",
     "u8 command, u8 status:hbm-status"},

    {"watchdog", WD_CONTROL, "control",
     "u8 command, u8 count, u8 sub-command:wd-sub, u8 version, u16 timeout, rest reserved"},
    {"watchdog", WD_CONTROL | SWME_KEY_TO_HOST, "control response",
     "u8 command, u8 count, u8 sub-command:wd-sub, u8 version, u8 status, u8 state"},
    {"watchdog", WD_STATE, "state", "u8 command, u8 count, u8 sub-command, u8 version, rest data"},
    {"watchdog", WD_INFO, "information", "u8 command, u8 count, u8 sub-command, u8 version"},

    {"lme", APF_DISCONNECT, "DISCONNECT", "u8 message, u32 reason, u16 reserved"},
    {"lme", APF_SERVICE_REQUEST, "SERVICE_REQUEST", "u8 message, string service"},
    {"lme", APF_SERVICE_ACCEPT, "SERVICE_ACCEPT", "u8 message, string service"},
    {"lme", APF_USERAUTH_REQUEST, "USERAUTH_REQUEST",
     "u8 message, string user, string service, string method, rest data"},
    {"lme", APF_USERAUTH_FAILURE, "USERAUTH_FAILURE", "u8 message, string method, u8 partial"},
    {"lme", APF_USERAUTH_SUCCESS, "USERAUTH_SUCCESS", "u8 message"},
    {"lme", APF_GLOBAL_REQUEST, "GLOBAL_REQUEST",
     "u8 message, string request, u8 want reply, string address, u32 port, rest data"},
    {"lme", APF_REQUEST_SUCCESS, "REQUEST_SUCCESS", "u8 message, u32 port"},
    {"lme", APF_REQUEST_FAILURE, "REQUEST_FAILURE", "u8 message"},
    {"lme", APF_CHANNEL_OPEN, "CHANNEL_OPEN",
     "u8 message, string type, u32 sender, u32 window, u32 reserved, string address, u32 port, "
     "string originator, u32 originator port"},
    {"lme", APF_CHANNEL_OPEN_CONFIRMATION, "CHANNEL_OPEN_CONFIRMATION",
     "u8 message, u32 recipient, u32 sender, u32 window, u32 reserved"},
    {"lme", APF_CHANNEL_OPEN_FAILURE, "CHANNEL_OPEN_FAILURE",
     "u8 message, u32 recipient, u32 reason:apf-open, u32 reserved, u32 reserved"},
    {"lme", APF_CHANNEL_WINDOW_ADJUST, "CHANNEL_WINDOW_ADJUST",
     "u8 message, u32 recipient, u32 bytes"},
    {"lme", APF_CHANNEL_DATA, "CHANNEL_DATA", "u8 message, u32 recipient, string data"},
    {"lme", APF_CHANNEL_CLOSE, "CHANNEL_CLOSE", "u8 message, u32 recipient"},
    {"lme", APF_PROTOCOL_VERSION, "PROTOCOLVERSION",
     "u8 message, u32 major, u32 minor, u32 trigger, UUID 16, reserved 64"},
    {"lme", APF_KEEPALIVE_REQUEST, "KEEPALIVE_REQUEST", "u8 message, u32 cookie"},
    {"lme", APF_KEEPALIVE_REPLY, "KEEPALIVE_REPLY", "u8 message, u32 cookie"},
    {"lme", APF_KEEPALIVE_OPTIONS_REQUEST, "KEEPALIVE_OPTIONS_REQUEST",
     "u8 message, u32 interval, u32 timeout"},
    {"lme", APF_KEEPALIVE_OPTIONS_REPLY, "KEEPALIVE_OPTIONS_REPLY",
     "u8 message, u32 interval, u32 timeout"},

    {"echo", 0, "echo", "rest data"},
};

#define AMTHI_HEAD "u8 major, u8 minor, u16 reserved, u32 command, u32 length"
#define MKHI_HEAD  "u8 group, u8 command, u8 reserved, u8 result:mkhi-result"

static void each(SwmeLayoutFunc func, void *opaque, const char *protocol, uint32_t key,
                 const char *name, const char *suffix, const char *head, const char *data)
{
    g_autofree char *whole_name = g_strconcat(name, suffix, NULL);
    g_autofree char *layout = g_strconcat(head, *data ? ", " : "", data, NULL);
    const SwmeMessageLayout row = {protocol, key, whole_name, layout};

    func(opaque, &row);
}

void swme_each_layout(SwmeLayoutFunc func, void *opaque)
{
    for (size_t i = 0; i < G_N_ELEMENTS(own_layouts); i++) {
        func(opaque, &own_layouts[i]);
    }
    for (const AmthiCommand *c = amthi_commands; c->name; c++) {
        each(func, opaque, "amthi", c->command, c->name, "", AMTHI_HEAD, c->request);
        each(func, opaque, "amthi", c->command | AMTHI_RESPONSE, c->name, " response",
             AMTHI_HEAD ", u32 status:amthi-status", c->answer);
    }
    for (const MkhiCommand *c = mkhi_commands; c->name; c++) {
        const char *protocol = c->clients & MKHI_CLIENT_MKHI ? "mkhi" : "mchi";

        for (;;) {
            uint32_t key = c->group | (uint32_t)c->command << 8;

            each(func, opaque, protocol, key, c->name, "", MKHI_HEAD, "rest data");
            each(func, opaque, protocol, key | MKHI_RESPONSE << 8, c->name, " response", MKHI_HEAD,
                 c->answer);
            if (protocol[1] == 'c' || !(c->clients & MKHI_CLIENT_MCHI)) {
                break;
            }
            protocol = "mchi";
        }
    }
}
