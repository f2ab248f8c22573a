/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Redirection and KVM, and the user's consent to them. Sources: AMT SDK, AMT_RedirectionService,
 * CIM_KVMRedirectionSAP, IPS_KVMRedirectionSettingData, IPS_OptInService; go-wsman-messages
 * (captured answers).
 */
#include "firmware-sim/amt/wsman/classes/redirection.h"

#include <string.h>

#include "firmware-sim/amt/wsman/classes.h"

/* ---- AMT_RedirectionService ---- */

enum { REDIRECTION_NONE = 32768, REDIRECTION_IDER, REDIRECTION_SOL, REDIRECTION_BOTH };

static void redirection_state(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const AmtRedirection *redirection = &wsman_data(call)->redirection;

    (void)slot;
    wsman_out_number(out,
                     REDIRECTION_NONE + (redirection->ider ? 1 : 0) + (redirection->sol ? 2 : 0));
}

static bool set_redirection_state(WsmanCall *call, const WsmanProperty *property, unsigned int slot)
{
    AmtRedirection *redirection = &wsman_change(call)->redirection;
    uint32_t state = wsman_u32(call, property->name);

    (void)slot;
    if (state < REDIRECTION_NONE || state > REDIRECTION_BOTH) {
        return false;
    }
    redirection->ider = state & 1;
    redirection->sol = state & 2;
    return true;
}

static uint32_t change_redirection(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const WsmanProperty requested = {.name = "RequestedState"};

    (void)out;
    return set_redirection_state(call, &requested, slot) ? WSMAN_CIM_OK
                                                         : WSMAN_CIM_INVALID_PARAMETER;
}

enum { SESSION_IDER, SESSION_SOL };

static uint32_t terminate_session(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtLive *live = &wsman_change(call)->live;
    bool *open =
        wsman_u32(call, "SessionType") == SESSION_IDER ? &live->ider_open : &live->sol_open;

    (void)slot;
    (void)out;
    if (!*open) {
        return WSMAN_PT_NOT_FOUND;
    }
    *open = false; /* whoever serves the session watches this */
    return WSMAN_PT_SUCCESS;
}

static const WsmanParameter state_change_in[] = {
    {"RequestedState", WSMAN_U16, 0, 0},
    {"TimeoutPeriod", WSMAN_TIME, WSMAN_OPTIONAL, 0},
    {NULL, 0, 0, 0},
};

static const WsmanParameter terminate_in[] = {
    {"SessionType", WSMAN_U16, 0, SESSION_SOL},
    {NULL, 0, 0, 0},
};

static const WsmanMethod redirection_methods[] = {
    {"RequestStateChange", state_change_in, NULL, change_redirection,
     WSMAN_REALM_REDIRECTION | WSMAN_REALM_ADMINISTRATION, WSMAN_CIM_INVALID_PARAMETER, false},
    {"TerminateSession", terminate_in, NULL, terminate_session,
     WSMAN_REALM_REDIRECTION | WSMAN_REALM_ADMINISTRATION, WSMAN_PT_INVALID_PARAMETER, false},
    {.name = NULL},
};

static const WsmanProperty redirection_service[] = {
    WSMAN_SERVICE_KEYS("AMT_RedirectionService", "Intel(r) AMT Redirection Service",
                       "Intel(r) AMT"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Redirection Service"),
    WSMAN_GET_SET("EnabledState", WSMAN_U16, 0, redirection_state, set_redirection_state),
    WSMAN_MEMBER("ListenerEnabled", WSMAN_BOOL, WSMAN_WRITE, redirection.listener),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_RedirectionService = {
    .name = "AMT_RedirectionService",
    .base = "CIM_Service",
    .read = WSMAN_REALM_ANY,
    .write = WSMAN_REALM_REDIRECTION | WSMAN_REALM_ADMINISTRATION,
    .slots = 1,
    .properties = redirection_service,
    .methods = redirection_methods,
};

/* ---- CIM_KVMRedirectionSAP ---- */

enum { KVM_SESSION = 2, KVM_OFF = 3, KVM_READY = 6 };

static void kvm_state(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const AmtData *data = wsman_data(call);

    (void)slot;
    wsman_out_number(out, !data->redirection.kvm  ? KVM_OFF
                          : data->live.kvm_active ? KVM_SESSION
                                                  : KVM_READY);
}

static void kvm_requested(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_number(out, wsman_data(call)->redirection.kvm ? 2 : 3);
}

static uint32_t change_kvm(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    uint32_t state = wsman_u32(call, "RequestedState");

    (void)slot;
    (void)out;
    if (state != 2 && state != 3) {
        return WSMAN_CIM_INVALID_PARAMETER;
    }
    wsman_change(call)->redirection.kvm = state == 2;
    return WSMAN_CIM_OK;
}

static const WsmanMethod kvm_methods[] = {
    {"RequestStateChange", state_change_in, NULL, change_kvm,
     WSMAN_REALM_REDIRECTION | WSMAN_REALM_ADMINISTRATION, WSMAN_CIM_INVALID_PARAMETER, false},
    {.name = NULL},
};

static const WsmanProperty kvm_sap[] = {
    WSMAN_SERVICE_KEYS("CIM_KVMRedirectionSAP", "KVM Redirection Service Access Point",
                       "ManagedSystem"),
    WSMAN_TEXT_IS("ElementName", "KVM Redirection Service Access Point"),
    WSMAN_GET("EnabledState", WSMAN_U16, 0, kvm_state),
    WSMAN_NUMBER_IS("KVMProtocol", WSMAN_U16, 4),
    WSMAN_GET("RequestedState", WSMAN_U16, 0, kvm_requested),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_KVMRedirectionSAP = {
    .name = "CIM_KVMRedirectionSAP",
    .base = "CIM_ServiceAccessPoint",
    .since_major = 6,
    .read = WSMAN_REALM_ANY,
    .slots = 1,
    .properties = kvm_sap,
    .methods = kvm_methods,
};

/* ---- IPS_KVMRedirectionSettingData ---- */

static void opt_in_policy(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_bool(out, wsman_data(call)->redirection.opt_in != 0);
}

static bool may_change_policy(const WsmanCall *call)
{
    return wsman_data(call)->setup.control_mode == AMTHI_CONTROL_MODE_ADMIN;
}

static bool set_opt_in_policy(WsmanCall *call, const WsmanProperty *property, unsigned int slot)
{
    bool wanted = wsman_bool(call, property->name);
    AmtRedirection *redirection = &wsman_change(call)->redirection;

    (void)slot;
    if (wanted == (redirection->opt_in != 0)) {
        return true;
    }
    if (!may_change_policy(call)) {
        wsman_fail(call, WSMAN_FAULT_DENIED);
        return false;
    }
    redirection->opt_in = wanted ? 1 : 0;
    return true;
}

/* AMT SDK, RFBPassword: exactly eight characters, of each kind one. */
static bool set_rfb_password(WsmanCall *call, const WsmanProperty *property, unsigned int slot)
{
    const char *text = wsman_text(call, property->name, 0);
    AmtRedirection *redirection = &wsman_change(call)->redirection;
    bool upper = false;
    bool lower = false;
    bool digit = false;
    bool other = false;

    (void)slot;
    if (!*text) {
        return true; /* read back empty, it is written back so */
    }
    for (const char *c = text; *c; c++) {
        upper |= g_ascii_isupper(*c);
        lower |= g_ascii_islower(*c);
        digit |= g_ascii_isdigit(*c);
        other |= g_ascii_ispunct(*c);
        if (!g_ascii_isprint(*c)) {
            return false;
        }
    }
    if (strlen(text) != AMT_RFB_PASSWORD_SIZE - 1 || !upper || !lower || !digit || !other) {
        return false;
    }
    memcpy(redirection->rfb_password, text, AMT_RFB_PASSWORD_SIZE);
    return true;
}

static uint32_t terminate_kvm(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    (void)out;
    if (!wsman_data(call)->live.kvm_active) {
        return WSMAN_PT_NOT_FOUND;
    }
    wsman_change(call)->live.kvm_active = false;
    return WSMAN_PT_SUCCESS;
}

/*
 * The data channel leads from software on the host to the viewer of a KVM session, and back; while
 * there is none it leads nowhere (the status is chosen). MeshCMD asks as soon as AMT is 12 or
 * later, and stops at a fault.
 */
static uint32_t use_data_channel(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    (void)slot;
    (void)out;
    return WSMAN_PT_NOT_FOUND;
}

static const WsmanParameter data_message[] = {
    {"DataMessage", WSMAN_TEXT, 0, 0},
    {.name = NULL},
};

static const WsmanMethod kvm_settings_methods[] = {
    {"DataChannelRead", NULL, "DataMessage, RealmsBitmap, MessageId", use_data_channel,
     WSMAN_REALM_REDIRECTION | WSMAN_REALM_ADMINISTRATION, WSMAN_PT_INVALID_PARAMETER, true},
    {"DataChannelWrite", data_message, NULL, use_data_channel,
     WSMAN_REALM_REDIRECTION | WSMAN_REALM_ADMINISTRATION, WSMAN_PT_INVALID_PARAMETER, true},
    {"TerminateSession", NULL, NULL, terminate_kvm,
     WSMAN_REALM_REDIRECTION | WSMAN_REALM_ADMINISTRATION, WSMAN_PT_INVALID_PARAMETER, false},
    {.name = NULL},
};

static const WsmanProperty kvm_settings[] = {
    WSMAN_KEY_IS("InstanceID", "Intel(r) KVM Redirection Settings"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) KVM Redirection Settings"),
    WSMAN_NUMBER_IS("BackToBackFbMode", WSMAN_BOOL, 0),
    WSMAN_MEMBER_MAX("DefaultScreen", WSMAN_U8, WSMAN_WRITE, redirection.default_screen, 3),
    WSMAN_NUMBER_IS("EnabledByMEBx", WSMAN_BOOL, 1),
    WSMAN_MEMBER("Is5900PortEnabled", WSMAN_BOOL, WSMAN_WRITE, redirection.port_5900),
    WSMAN_GET_SET("OptInPolicy", WSMAN_BOOL, 0, opt_in_policy, set_opt_in_policy),
    WSMAN_MEMBER("OptInPolicyTimeout", WSMAN_U16, WSMAN_WRITE, redirection.display_timeout_s),
    WSMAN_GET_SET("RFBPassword", WSMAN_TEXT, WSMAN_HIDDEN, NULL, set_rfb_password),
    WSMAN_MEMBER_MAX("SessionTimeout", WSMAN_U16, WSMAN_WRITE, redirection.session_timeout_min,
                     UINT8_MAX),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_IPS_KVMRedirectionSettingData = {
    .name = "IPS_KVMRedirectionSettingData",
    .base = "CIM_SettingData",
    .since_major = 6,
    .read = WSMAN_REALM_ANY,
    .write = WSMAN_REALM_REDIRECTION | WSMAN_REALM_ADMINISTRATION,
    .slots = 1,
    .properties = kvm_settings,
    .methods = kvm_settings_methods,
};

/* ---- IPS_OptInService ---- */

enum { CONSENT_NONE, CONSENT_REQUESTED, CONSENT_DISPLAYED, CONSENT_RECEIVED, CONSENT_IN_SESSION };
#define CONSENT_TRIES 3
/* Captured: what all three methods return when they make no sense now. */
#define NOT_NOW 2

/* Past its time it is over; nothing is armed for that, whoever looks sees it. */
static uint32_t consent_state(const WsmanCall *call)
{
    const AmtLive *live = &wsman_data(call)->live;
    bool waits = live->consent == CONSENT_DISPLAYED || live->consent == CONSENT_RECEIVED;

    return waits && amt_state_time(wsman_amt(call)) >= live->consent_end_s ? CONSENT_NONE
                                                                           : live->consent;
}

bool wsman_consent_given(const WsmanCall *call)
{
    return wsman_data(call)->setup.control_mode != AMTHI_CONTROL_MODE_CLIENT ||
           consent_state(call) >= CONSENT_RECEIVED;
}

static void out_consent(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_number(out, consent_state(call));
}

static void can_modify(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_number(out, may_change_policy(call));
}

static void opt_in_required(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_number(out, wsman_data(call)->redirection.opt_in);
}

static bool set_opt_in_required(WsmanCall *call, const WsmanProperty *property, unsigned int slot)
{
    uint32_t wanted = wsman_u32(call, property->name);
    AmtRedirection *redirection = &wsman_change(call)->redirection;

    (void)slot;
    if (wanted == redirection->opt_in) {
        return true;
    }
    if (wanted != 0 && wanted != 1 && wanted != UINT32_MAX) {
        return false;
    }
    if (!may_change_policy(call)) {
        wsman_fail(call, WSMAN_FAULT_DENIED);
        return false;
    }
    redirection->opt_in = wanted;
    return true;
}

static void end_consent(AmtLive *live)
{
    live->consent = CONSENT_NONE;
    live->consent_code = 0;
    live->consent_tries = 0;
    live->consent_end_s = 0;
    live->consent_waiting = false;
}

static uint32_t start_opt_in(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtData *data = wsman_change(call);
    uint32_t code;

    (void)slot;
    (void)out;
    if (consent_state(call) != CONSENT_NONE || !data->redirection.opt_in) {
        return NOT_NOW;
    }
    amt_random((uint8_t *)&code, sizeof(code));
    data->live.consent = CONSENT_DISPLAYED; /* the screen shows it at once */
    data->live.consent_code = code % 1000000;
    data->live.consent_tries = 0;
    data->live.consent_end_s = amt_state_time(wsman_amt(call)) + data->redirection.code_timeout_s;
    data->live.consent_waiting = true;
    return WSMAN_PT_SUCCESS;
}

static uint32_t cancel_opt_in(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    (void)out;
    if (consent_state(call) == CONSENT_NONE) {
        return NOT_NOW;
    }
    end_consent(&wsman_change(call)->live);
    return WSMAN_PT_SUCCESS;
}

static uint32_t send_code(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtLive live = wsman_data(call)->live;
    uint32_t result = WSMAN_PT_SUCCESS;

    (void)slot;
    (void)out;
    if (consent_state(call) != CONSENT_DISPLAYED) {
        return NOT_NOW;
    }
    /* As a number: consoles send it without zeros in front. */
    if (wsman_u32(call, "OptInCode") == live.consent_code) {
        live.consent = CONSENT_RECEIVED;
        live.consent_waiting = false;
        live.consent_end_s =
            amt_state_time(wsman_amt(call)) + wsman_data(call)->redirection.display_timeout_s;
    } else {
        if (++live.consent_tries == CONSENT_TRIES) {
            end_consent(&live);
        }
        result = WSMAN_PT_UNSUPPORTED;
    }
    /* A wrong code counts, too: not by wsman_change(), which a failure undoes. */
    amt_state_set_live(wsman_amt(call), &live);
    explicit_bzero(&live, sizeof(live));
    return result;
}

static const WsmanParameter send_code_in[] = {
    {"OptInCode", WSMAN_U32, 0, 999999},
    {NULL, 0, 0, 0},
};

static const WsmanMethod opt_in_methods[] = {
    {"StartOptIn", NULL, NULL, start_opt_in, WSMAN_REALM_REDIRECTION | WSMAN_REALM_REMOTE_CONTROL,
     WSMAN_PT_INVALID_PARAMETER, false},
    {"CancelOptIn", NULL, NULL, cancel_opt_in, WSMAN_REALM_REDIRECTION | WSMAN_REALM_REMOTE_CONTROL,
     WSMAN_PT_INVALID_PARAMETER, false},
    {"SendOptInCode", send_code_in, NULL, send_code,
     WSMAN_REALM_REDIRECTION | WSMAN_REALM_REMOTE_CONTROL, WSMAN_PT_INVALID_PARAMETER, false},
    {.name = NULL},
};

static const WsmanProperty opt_in_service[] = {
    WSMAN_SERVICE_KEYS("IPS_OptInService", "Intel(r) AMT OptIn Service", "Intel(r) AMT"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT OptIn Service"),
    WSMAN_GET("CanModifyOptInPolicy", WSMAN_U8, 0, can_modify),
    WSMAN_MEMBER("OptInCodeTimeout", WSMAN_U16, WSMAN_WRITE, redirection.code_timeout_s),
    WSMAN_MEMBER("OptInDisplayTimeout", WSMAN_U16, WSMAN_WRITE, redirection.display_timeout_s),
    WSMAN_GET_SET("OptInRequired", WSMAN_U32, 0, opt_in_required, set_opt_in_required),
    WSMAN_GET("OptInState", WSMAN_U8, 0, out_consent),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_IPS_OptInService = {
    .name = "IPS_OptInService",
    .base = "CIM_Service",
    .since_major = 6,
    .read = WSMAN_REALM_ANY,
    .write = WSMAN_REALM_REDIRECTION | WSMAN_REALM_ADMINISTRATION,
    .slots = 1,
    .properties = opt_in_service,
    .methods = opt_in_methods,
};

/* ---- IPS_ScreenConfigurationService: blanking the local screen, which is off here ---- */

static uint32_t set_blanking(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    (void)out;
    return wsman_u32(call, "SessionState") == 0 ? WSMAN_PT_SUCCESS : WSMAN_PT_NOT_PERMITTED;
}

static const WsmanParameter set_blanking_in[] = {
    {"SessionState", WSMAN_U16, 0, 1},
    {"ConsecutiveRebootsNum", WSMAN_U16, WSMAN_OPTIONAL, 3},
    {NULL, 0, 0, 0},
};

static const WsmanMethod screen_methods[] = {
    {"SetSessionState", set_blanking_in, NULL, set_blanking, WSMAN_REALM_REDIRECTION,
     WSMAN_PT_INVALID_PARAMETER, false},
    {.name = NULL},
};

static const WsmanProperty screen_service[] = {
    WSMAN_SERVICE_KEYS("IPS_ScreenConfigurationService",
                       "Intel(r) AMT Screen Configuration Service", "Intel(r) AMT"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Screen Configuration Service"),
    WSMAN_NUMBER_IS("CurrentState", WSMAN_U16, 0),
    WSMAN_NUMBER_IS("EnabledState", WSMAN_U16, 0), /* not allowed by the owner */
    WSMAN_NUMBER_IS("RemainingConsecutiveRebootsNum", WSMAN_U16, 0),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_IPS_ScreenConfigurationService = {
    .name = "IPS_ScreenConfigurationService",
    .base = "CIM_Service",
    .since_major = 10,
    .read = WSMAN_REALM_ANY,
    .slots = 1,
    .properties = screen_service,
    .methods = screen_methods,
};
