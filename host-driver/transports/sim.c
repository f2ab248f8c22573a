/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* The one file of the host driver that knows the device and the firmware: it joins all three. */
#include "host-driver/transports/sim.h"

#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "firmware-sim/capture/pcapng.h"
#include "firmware-sim/capture/setup.h"
#include "firmware-sim/fault/fault.h"
#include "firmware-sim/firmware.h"
#include "firmware-sim/manual-clock.h"
#include "firmware-sim/net/echo-service.h"
#include "hw/heci-capture.h"
#include "hw/heci-platform.h"
#include "hw/heci.h"

typedef struct Sim {
    Heci heci;
    SwmeManualClock *clock;
    SwmeServices *services;
    SwmeEchoService *echo_service; /* NULL: nobody asked for one */
    uint8_t lme_address;           /* 0: this firmware has it not */
    bool services_busy;            /* they had something to do, or may have */
    SwmeFirmware *firmware;
    SwmeFaults *faults;
    HeciCapture capture; /* its capture is NULL: none is made */
    SwmeCaptureFile *file;
    const SwmePlatform *platform;
    uint32_t status[HECI_HFS_COUNT];
    bool irq;
} Sim;

/* ---- the machine around the device ---- */

static void sim_irq(void *opaque, bool level)
{
    ((Sim *)opaque)->irq = level;
}

static void sim_status(void *opaque, unsigned int index, uint32_t value)
{
    ((Sim *)opaque)->status[index] = value;
}

static const HeciHostOps host_ops = {
    .irq = sim_irq,
    .status = sim_status,
};

/* ---- the transport ---- */

static uint32_t sim_read32(void *transport, uint32_t offset)
{
    Sim *sim = transport;

    if (sim->capture.capture) {
        return (uint32_t)heci_capture_read(&sim->capture, true, offset, sizeof(uint32_t));
    }
    return (uint32_t)heci_read(&sim->heci, offset, sizeof(uint32_t));
}

static void sim_write32(void *transport, uint32_t offset, uint32_t value)
{
    Sim *sim = transport;

    if (sim->capture.capture) {
        heci_capture_write(&sim->capture, true, offset, value, sizeof(value));
    } else {
        heci_write(&sim->heci, offset, value, sizeof(value));
    }
}

static uint32_t sim_config_read32(void *transport, uint32_t offset)
{
    const Sim *sim = transport;

    return heci_platform_config_read(sim->platform, sim->status, offset);
}

static int64_t sim_now(void *transport)
{
    SwmeClock *clock = swme_manual_clock(((Sim *)transport)->clock);

    return clock->now(clock);
}

/*
 * Services have no part in the clock, but may give the firmware something to do. LME is the only
 * way to them: while it leads nowhere, waiting costs nothing more.
 */
static bool services_ran(Sim *sim)
{
    SwmeFirmwareClient lme;
    bool used = sim->lme_address && swme_firmware_client(sim->firmware, sim->lme_address, &lme) &&
                lme.connections;
    bool ran = (used || sim->services_busy) &&
               g_main_context_iteration(swme_services_context(sim->services), FALSE);

    sim->services_busy = used || ran;
    return ran;
}

static MeiError sim_wait(void *transport, int64_t deadline_ns)
{
    Sim *sim = transport;

    for (;;) {
        while (services_ran(sim)) {
        }
        if (sim->irq) {
            return MEI_OK;
        }
        if (!swme_manual_clock_step(sim->clock, deadline_ns)) {
            return sim->irq ? MEI_OK : MEI_ERR_TIMEOUT;
        }
    }
}

static const MeiTransportOps sim_ops = {
    .read32 = sim_read32,
    .write32 = sim_write32,
    .config_read32 = sim_config_read32,
    .wait = sim_wait,
    .now = sim_now,
};

/* While the firmware has something to do, its time goes on with the one outside. */
static int sim_prepare(void *transport, struct pollfd *fd)
{
    const Sim *sim = transport;

    (void)fd;
    return swme_manual_clock_armed(sim->clock) > 0 ? 1 : 10;
}

static void sim_close(void *transport)
{
    Sim *sim = transport;

    swme_firmware_free(sim->firmware);
    swme_faults_free(sim->faults);
    g_clear_pointer(&sim->echo_service, swme_echo_service_free);
    g_clear_pointer(&sim->services, swme_services_free);
    swme_capture_free(sim->capture.capture);
    swme_capture_file_free(sim->file);
    swme_manual_clock_free(sim->clock);
    g_free(sim);
}

/* ---- options ---- */

/* What the user may ask for. */
typedef struct SimOptions {
    SwmeFirmwareConfig config;
    const char *fault;
    const char *pcap;
} SimOptions;

static bool set_switch(const char *name, const char *value, bool *on, char *message)
{
    *on = strcmp(value, "on") == 0;
    if (!*on && strcmp(value, "off") != 0) {
        snprintf(message, SESSION_MESSAGE_SIZE, "sim: %s is on or off, not '%s'", name, value);
        return false;
    }
    return true;
}

static bool set_uuid(SwmeFirmwareConfig *config, const char *value)
{
    SwmeGuid uuid;
    bool valid = swme_guid_parse(value, &uuid);

    if (valid) {
        memcpy(config->uuid, uuid.bytes, sizeof(config->uuid));
    }
    return valid;
}

/* One "name=value"; texts then point into option. */
static bool set_option(SimOptions *options, char *option, char *message)
{
    SwmeFirmwareConfig *config = &options->config;
    char *value = strchr(option, '=');

    if (!value) {
        snprintf(message, SESSION_MESSAGE_SIZE, "sim: '%s' is not NAME=VALUE", option);
        return false;
    }
    *value++ = '\0';
    if (strcmp(option, "platform") == 0) {
        g_autoptr(GError) error = NULL;

        config->platform = swme_platform_find(value, &error);
        if (!config->platform) {
            snprintf(message, SESSION_MESSAGE_SIZE, "sim: %s", error->message);
        }
        return config->platform != NULL;
    }
    if (strcmp(option, "amt") == 0) {
        g_autoptr(GError) error = NULL;

        if (!swme_switch_parse(value, &config->amt, &error)) {
            snprintf(message, SESSION_MESSAGE_SIZE, "sim: %s", error->message);
        }
        return error == NULL;
    }
    if (strcmp(option, "echo") == 0) {
        return set_switch(option, value, &config->echo, message);
    }
    if (strcmp(option, "latency") == 0) {
        config->latency = value;
        return true;
    }
    if (strcmp(option, "fault") == 0) {
        options->fault = value;
        return true;
    }
    if (strcmp(option, "pcap") == 0) {
        options->pcap = value;
        return true;
    }
    if (strcmp(option, "nvm") == 0) {
        config->nvm = value;
        return true;
    }
    if (strcmp(option, "watchdog") == 0) {
        config->watchdog = value;
        return true;
    }
    if (strcmp(option, "watchdog-reset") == 0) {
        config->watchdog_reset = value;
        return true;
    }
    if (strcmp(option, "uuid") == 0) {
        if (!set_uuid(config, value)) {
            snprintf(message, SESSION_MESSAGE_SIZE, "sim: '%s' is no UUID", value);
            return false;
        }
        return true;
    }
    snprintf(message, SESSION_MESSAGE_SIZE,
             "sim: unknown option '%s'; there are platform, amt, echo, latency, nvm, uuid, fault, "
             "watchdog, watchdog-reset, pcap",
             option);
    return false;
}

/* Splits text in place. */
static bool set_options(SimOptions *options, char *text, char *message)
{
    char *rest = NULL;

    for (char *option = strtok_r(text, ",", &rest); option; option = strtok_r(NULL, ",", &rest)) {
        if (!set_option(options, option, message)) {
            return false;
        }
    }
    return true;
}

/* ---- life ---- */

static void sim_traced(void *opaque, const SwmeTrace *trace)
{
    swme_capture_trace(((Sim *)opaque)->capture.capture, trace);
}

static bool sim_start_capture(Sim *sim, SimOptions *options, GError **error)
{
    g_autofree char *setup = NULL;

    sim->file = swme_capture_file_new(options->pcap, "swme", error);
    if (!sim->file) {
        return false;
    }
    options->config.time_s = g_get_real_time() / G_USEC_PER_SEC;
    sim->capture = (HeciCapture){
        .capture = swme_capture_new(SWME_CAPTURE_ALL, swme_manual_clock(sim->clock),
                                    swme_capture_file_add, sim->file),
        .heci = &sim->heci,
        .host = &host_ops,
        .host_opaque = sim,
    };
    sim->heci.host = &heci_capture_host_ops;
    sim->heci.host_opaque = &sim->capture;
    setup = swme_capture_setup_text(&options->config, options->fault, SWME_CAPTURE_ALL);
    swme_capture_text(sim->capture.capture, CAPTURE_SETUP, setup);
    return true;
}

/* Joins device, faults and firmware, in that order. */
static bool sim_join(Sim *sim, SimOptions *options, GError **error)
{
    SwmeClock *clock = swme_manual_clock(sim->clock);
    SwmeFirmwareConfig config = options->config;

    if (options->pcap) {
        if (!sim_start_capture(sim, options, error)) {
            return false;
        }
        clock = swme_capture_clock(sim->capture.capture);
    }
    sim->services = swme_services_new();
    if (config.echo) {
        sim->echo_service = swme_echo_service_new(sim->services, SWME_ECHO_PORT);
    }
    config.time_s = options->config.time_s;
    config.services = sim->services;
    sim->faults = swme_faults_new(&heci_device_ops, &sim->heci, clock);
    sim->firmware = swme_firmware_new(&config, &swme_faults_device_ops, sim->faults, clock, error);
    if (!sim->firmware) {
        return false;
    }
    sim->lme_address = swme_firmware_client_address(sim->firmware, "lme");
    swme_faults_attach(sim->faults, &swme_firmware_ops, sim->firmware, &swme_firmware_fault_hooks);
    if (sim->capture.capture) {
        swme_capture_set_firmware(sim->capture.capture, sim->firmware);
        swme_firmware_set_trace(sim->firmware, sim_traced, sim);
    }
    heci_attach(&sim->heci, &swme_faults_firmware_ops, sim->faults);
    return !options->fault || swme_faults_start(sim->faults, options->fault, error);
}

static Sim *sim_new(SimOptions *options, char *message)
{
    const SwmePlatform *platform = options->config.platform;
    const HeciConfig registers = heci_platform_config(platform);
    g_autoptr(GError) error = NULL;
    Sim *sim = g_new0(Sim, 1);

    sim->platform = platform;
    sim->clock = swme_manual_clock_new();
    if (!heci_init(&sim->heci, &registers, &host_ops, sim)) {
        snprintf(message, SESSION_MESSAGE_SIZE, "sim: platform %s has a buffer depth that is none",
                 platform->name);
        sim_close(sim);
        return NULL;
    }
    if (!sim_join(sim, options, &error)) {
        snprintf(message, SESSION_MESSAGE_SIZE, "sim: %s", error->message);
        sim_close(sim);
        return NULL;
    }
    if (sim->capture.capture) {
        heci_capture_platform_reset(&sim->capture);
    } else {
        heci_platform_reset(&sim->heci);
    }
    return sim;
}

bool sim_open_registers(const char *text, RegisterTransport *transport, char *message)
{
    SimOptions options = {.config.platform = swme_platform_find(NULL, NULL)};
    g_autofree char *words = NULL;

    if (text[3] != '\0' && text[3] != ':') {
        snprintf(message, SESSION_MESSAGE_SIZE, "unknown transport '%s'; --help lists them", text);
        return false;
    }
    words = g_strdup(text[3] ? text + 4 : "");
    if (!set_options(&options, words, message)) {
        return false;
    }
    *transport = (RegisterTransport){
        .ops = &sim_ops,
        .transport = sim_new(&options, message),
        .close = sim_close,
        .prepare = sim_prepare,
        .virtual_time = true,
    };
    return transport->transport != NULL;
}

Session *sim_open(const char *text, char *message)
{
    RegisterTransport transport;

    return sim_open_registers(text, &transport, message) ? session_new_registers(&transport) : NULL;
}

uint64_t sim_guest_errors(const RegisterTransport *transport)
{
    const Sim *sim = transport->transport;
    uint64_t errors = 0;

    for (unsigned int i = 0; i < HECI_GUEST_ERROR_COUNT; i++) {
        errors += sim->heci.guest_errors[i];
    }
    return errors;
}

unsigned int sim_armed_timers(const RegisterTransport *transport)
{
    const Sim *sim = transport->transport;

    return swme_manual_clock_armed(sim->clock);
}

SwmeFaults *sim_faults(const RegisterTransport *transport)
{
    const Sim *sim = transport->transport;

    return sim->faults;
}

SwmeServices *sim_services(const RegisterTransport *transport)
{
    const Sim *sim = transport->transport;

    return sim->services;
}
