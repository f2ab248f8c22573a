/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the host starts next time. What is set here holds for one start: wsman_boot_consumed() is
 * called when it has come. Sources: AMT SDK, AMT_BootSettingData and "Boot to BIOS/PXE/...";
 * go-wsman- messages amt/boot and cim/boot (captured answers).
 */
#include <string.h>

#include "firmware-sim/amt/wsman/classes.h"
#include "firmware-sim/amt/wsman/classes/boot.h"
#include "firmware-sim/amt/wsman/classes/redirection.h"

void wsman_boot_consumed(AmtState *amt)
{
    AmtBoot boot = {.cleared = true};

    amt_state_set_boot(amt, &boot);
}

/* ---- AMT_BootCapabilities ---- */

#define CAN(name)    WSMAN_NUMBER_IS(name, WSMAN_BOOL, 1)
#define CANNOT(name) WSMAN_NUMBER_IS(name, WSMAN_BOOL, 0)

static const WsmanProperty boot_capabilities[] = {
    WSMAN_KEY_IS("InstanceID", "Intel(r) AMT:BootCapabilities 0"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT: Boot Capabilities"),
    CAN("IDER"),
    CAN("SOL"),
    CANNOT("BIOSReflash"),
    CAN("BIOSSetup"),
    CAN("BIOSPause"),
    CAN("ForcePXEBoot"),
    CAN("ForceHardDriveBoot"),
    CANNOT("ForceHardDriveSafeModeBoot"),
    CANNOT("ForceDiagnosticBoot"),
    CAN("ForceCDorDVDBoot"),
    CANNOT("VerbosityScreenBlank"),
    CANNOT("PowerButtonLock"),
    CANNOT("ResetButtonLock"),
    CANNOT("KeyboardLock"),
    CANNOT("SleepButtonLock"),
    CANNOT("UserPasswordBypass"),
    CAN("ForcedProgressEvents"),
    CAN("VerbosityVerbose"),
    CAN("VerbosityQuiet"),
    CANNOT("ConfigurationDataReset"),
    CANNOT("BIOSSecureBoot"),
    CANNOT("SecureErase"),
    CANNOT("ForceUEFIHTTPSBoot"),
    CANNOT("ForceUEFIPBABoot"),
    CANNOT("ForceWinREBoot"),
    CANNOT("AMTSecureBootControl"),
    CANNOT("UEFIWiFiCoExistenceAndProfileShare"),
    WSMAN_NUMBER_IS("PlatformErase", WSMAN_U32, 0),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_BootCapabilities = {
    .name = "AMT_BootCapabilities",
    .base = "CIM_Capabilities",
    .read = WSMAN_REALM_ANY,
    .slots = 1,
    .properties = boot_capabilities,
};

/* ---- AMT_BootSettingData ---- */

static void last_status(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    (void)slot;
    wsman_out_number(out, 2); /* as captured from a machine that started well */
    wsman_out_number(out, 0);
}

static void uefi_parameters(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const AmtBoot *boot = &wsman_data(call)->boot;

    (void)slot;
    if (boot->uefi_size) {
        wsman_out_base64(out, boot->uefi, boot->uefi_size);
    }
}

static bool set_uefi_parameters(WsmanCall *call, const WsmanProperty *property, unsigned int slot)
{
    g_autoptr(GBytes) bytes = wsman_bytes(call, property->name);
    AmtBoot *boot = &wsman_change(call)->boot;
    gsize size;
    const void *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;

    (void)slot;
    if (!bytes || size > sizeof(boot->uefi)) {
        return false;
    }
    memset(boot->uefi, 0, sizeof(boot->uefi));
    if (size) {
        memcpy(boot->uefi, data, size);
    }
    boot->uefi_size = (uint32_t)size;
    return true;
}

#define SETTING(name, member) WSMAN_MEMBER(name, WSMAN_BOOL, WSMAN_WRITE, boot.member)

static const WsmanProperty boot_setting_data[] = {
    WSMAN_KEY_IS("InstanceID", "Intel(r) AMT:BootSettingData 0"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Boot Configuration Settings"),
    WSMAN_TEXT_IS("OwningEntity", "Intel(r) AMT"),
    SETTING("UseSOL", use_sol),
    SETTING("UseSafeMode", safe_mode),
    SETTING("ReflashBIOS", reflash),
    SETTING("BIOSSetup", setup),
    SETTING("BIOSPause", pause),
    SETTING("LockPowerButton", lock_power),
    SETTING("LockResetButton", lock_reset),
    SETTING("LockKeyboard", lock_keyboard),
    SETTING("LockSleepButton", lock_sleep),
    SETTING("UserPasswordBypass", bypass_password),
    SETTING("ForcedProgressEvents", progress_events),
    SETTING("ConfigurationDataReset", configuration_reset),
    SETTING("UseIDER", use_ider),
    SETTING("EnforceSecureBoot", secure_boot),
    SETTING("SecureErase", secure_erase),
    SETTING("PlatformErase", platform_erase),
    WSMAN_MEMBER_MAX("FirmwareVerbosity", WSMAN_U8, WSMAN_WRITE, boot.verbosity, 3),
    WSMAN_MEMBER_MAX("IDERBootDevice", WSMAN_U8, WSMAN_WRITE, boot.ider_device, 1),
    WSMAN_MEMBER("BootMediaIndex", WSMAN_U16, WSMAN_WRITE, boot.media_index),
    WSMAN_MEMBER("RSEPassword", WSMAN_TEXT, WSMAN_WRITE | WSMAN_HIDDEN, boot.rse_password),
    WSMAN_MEMBER("OptionsCleared", WSMAN_BOOL, 0, boot.cleared),
    WSMAN_GET("BIOSLastStatus", WSMAN_U16, WSMAN_ARRAY, last_status),
    WSMAN_NUMBER_IS("BootguardStatus", WSMAN_U32, 127),
    CANNOT("WinREBootEnabled"),
    CANNOT("UEFILocalPBABootEnabled"),
    CANNOT("UEFIHTTPSBootEnabled"),
    CANNOT("SecureBootControlEnabled"),
    CANNOT("RPEEnabled"),
    WSMAN_MEMBER_MAX("UefiBootNumberOfParams", WSMAN_U32, WSMAN_WRITE, boot.uefi_count, UINT8_MAX),
    WSMAN_GET_SET("UefiBootParametersArray", WSMAN_BASE64, 0, uefi_parameters, set_uefi_parameters),
    WSMAN_PROPERTIES_END,
};

static WsmanFault put_boot_settings(WsmanCall *call, unsigned int slot)
{
    AmtBoot *boot = &wsman_change(call)->boot;

    (void)slot;
    /* What AMT_BootCapabilities rules out, and two sources at once. */
    if (boot->reflash || boot->safe_mode || boot->configuration_reset || boot->secure_erase ||
        boot->platform_erase || boot->bypass_password ||
        (boot->use_ider && boot->source != AMT_BOOT_SOURCE_NONE)) {
        return WSMAN_FAULT_INVALID_VALUES;
    }
    /* What shows or steers the user's machine is the user's to allow in client control mode. */
    if ((boot->use_sol || boot->use_ider || boot->setup) && !wsman_consent_given(call)) {
        return WSMAN_FAULT_DENIED;
    }
    boot->cleared = false;
    return WSMAN_FINE;
}

const WsmanClass wsman_AMT_BootSettingData = {
    .name = "AMT_BootSettingData",
    .base = "CIM_BootSettingData",
    .read = WSMAN_REALM_ANY,
    .write = WSMAN_REALM_REMOTE_CONTROL,
    .slots = 1,
    .properties = boot_setting_data,
    .put = put_boot_settings,
};

/* ---- CIM_BootSourceSetting ---- */

static const struct {
    const char *id;
    const char *structured;
    uint32_t source;
} sources[] = {
    {"Intel(r) AMT: Force Hard-drive Boot", "CIM:Hard-Disk:1", AMT_BOOT_SOURCE_DISK},
    {"Intel(r) AMT: Force PXE Boot", "CIM:Network:1", AMT_BOOT_SOURCE_PXE},
    {"Intel(r) AMT: Force CD/DVD Boot", "CIM:CD/DVD:1", AMT_BOOT_SOURCE_CD},
};

static void source_id(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    wsman_out_text(out, sources[slot].id);
}

static void source_structured(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    wsman_out_text(out, sources[slot].structured);
}

static const WsmanProperty boot_source[] = {
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT: Boot Source"),
    WSMAN_NUMBER_IS("FailThroughSupported", WSMAN_U16, 2),
    WSMAN_GET("InstanceID", WSMAN_TEXT, WSMAN_KEY, source_id),
    WSMAN_GET("StructuredBootString", WSMAN_TEXT, 0, source_structured),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_BootSourceSetting = {
    .name = "CIM_BootSourceSetting",
    .base = "CIM_SettingData",
    .read = WSMAN_REALM_ANY,
    .slots = G_N_ELEMENTS(sources),
    .properties = boot_source,
};

/* ---- CIM_BootConfigSetting ---- */

static uint32_t change_order(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const WsmanClass *class;
    uint32_t source = AMT_BOOT_SOURCE_NONE;
    unsigned int chosen;

    (void)slot;
    (void)out;
    /* Consoles clear the order with no Source and with an empty one. */
    if (wsman_has(call, "Source") && *wsman_text(call, "Source", 0)) {
        if (!wsman_reference(call, "Source", &class, &chosen) ||
            class != &wsman_CIM_BootSourceSetting) {
            return WSMAN_CIM_INVALID_REFERENCE;
        }
        source = sources[chosen].source;
    }
    if (source != AMT_BOOT_SOURCE_NONE && wsman_data(call)->boot.use_ider) {
        return WSMAN_CIM_INVALID_PARAMETER;
    }
    wsman_change(call)->boot.source = source;
    return WSMAN_CIM_OK;
}

static const WsmanParameter change_order_in[] = {
    {"Source", WSMAN_REFERENCE, WSMAN_OPTIONAL, 0},
    {NULL, 0, 0, 0},
};

static const WsmanMethod boot_config_methods[] = {
    {"ChangeBootOrder", change_order_in, NULL, change_order, WSMAN_REALM_REMOTE_CONTROL,
     WSMAN_CIM_INVALID_PARAMETER, false},
    {.name = NULL},
};

static const WsmanProperty boot_config[] = {
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT: Boot Configuration"),
    WSMAN_KEY_IS("InstanceID", "Intel(r) AMT: Boot Configuration 0"),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_BootConfigSetting = {
    .name = "CIM_BootConfigSetting",
    .base = "CIM_SettingData",
    .read = WSMAN_REALM_ANY,
    .slots = 1,
    .properties = boot_config,
    .methods = boot_config_methods,
};

/* ---- CIM_BootService ---- */

enum { ROLE_NEXT_SINGLE_USE = 1, ROLE_DISABLE = 32768 };

static uint32_t set_role(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    uint32_t role = wsman_u32(call, "Role");
    const WsmanClass *class;
    unsigned int chosen;

    (void)slot;
    (void)out;
    if (!wsman_reference(call, "BootConfigSetting", &class, &chosen) ||
        class != &wsman_CIM_BootConfigSetting) {
        return WSMAN_CIM_INVALID_REFERENCE;
    }
    if (role != ROLE_NEXT_SINGLE_USE && role != ROLE_DISABLE) {
        return WSMAN_CIM_INVALID_PARAMETER;
    }
    wsman_change(call)->boot.role = role == ROLE_NEXT_SINGLE_USE;
    return WSMAN_CIM_OK;
}

static const WsmanParameter set_role_in[] = {
    {"BootConfigSetting", WSMAN_REFERENCE, 0, 0},
    {"Role", WSMAN_U16, 0, 0},
    {NULL, 0, 0, 0},
};

/* One-click recovery, which this machine has not (AMT_BootCapabilities). */
static uint32_t change_state(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    (void)out;
    return wsman_u32(call, "RequestedState") == 32768 ? WSMAN_CIM_OK : WSMAN_CIM_NOT_SUPPORTED;
}

static const WsmanParameter change_state_in[] = {
    {"RequestedState", WSMAN_U16, 0, 0},
    {"TimeoutPeriod", WSMAN_TIME, WSMAN_OPTIONAL, 0},
    {NULL, 0, 0, 0},
};

static const WsmanMethod boot_service_methods[] = {
    {"SetBootConfigRole", set_role_in, NULL, set_role, WSMAN_REALM_REMOTE_CONTROL,
     WSMAN_CIM_INVALID_PARAMETER, false},
    {"RequestStateChange", change_state_in, NULL, change_state, WSMAN_REALM_REMOTE_CONTROL,
     WSMAN_CIM_INVALID_PARAMETER, false},
    {.name = NULL},
};

static void boot_enabled(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_number(out, amt_state_at_least(wsman_amt(call), 16, 0) ? 32768 : 2);
}

static const WsmanProperty boot_service[] = {
    WSMAN_SERVICE_KEYS("CIM_BootService", "Intel(r) AMT Boot Service", "Intel(r) AMT"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Boot Service"),
    WSMAN_GET("EnabledState", WSMAN_U16, 0, boot_enabled),
    WSMAN_NUMBER_IS("OperationalStatus", WSMAN_U16, 0),
    WSMAN_NUMBER_IS("RequestedState", WSMAN_U16, 12),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_BootService = {
    .name = "CIM_BootService",
    .base = "CIM_Service",
    .read = WSMAN_REALM_ANY,
    .slots = 1,
    .properties = boot_service,
    .methods = boot_service_methods,
};
