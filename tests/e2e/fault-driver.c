/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/e2e/fault-driver.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include <swme/me-clients.h>
#include <swme/mkhi.h>

#include "host-driver/transports/sim.h"

#define STEP_MAX_NS \
    (5 * 60 * MEI_NS_PER_S) /* of a driver under random faults: nobody waits longer */
#define IDLE_NS      (15 * MEI_NS_PER_S)
#define READ_NS      (5 * MEI_NS_PER_S)
#define VERSION_NS   (500 * MEI_NS_PER_MS)
#define LONG_MESSAGE 2000
#define BUFFER       8192

static int64_t now(const FaultDriver *driver)
{
    return driver->transport.ops->now(driver->transport.transport);
}

FaultDriver *fault_driver_new(const char *platform, const char *rules)
{
    FaultDriver *driver = calloc(1, sizeof(*driver));
    char text[4096], message[SESSION_MESSAGE_SIZE];

    snprintf(text, sizeof(text), "sim:platform=%s,echo=on,fault=%s", platform, rules);
    ck_assert_msg(sim_open_registers(text, &driver->transport, message), "%s", message);
    driver->faults = sim_faults(&driver->transport);
    mei_init(&driver->mei, driver->transport.ops, driver->transport.transport);
    driver->began_ns = now(driver);
    driver->struck_ns = -1;
    driver->lasted_ns = -1;
    return driver;
}

void fault_driver_free(FaultDriver *driver)
{
    mei_stop(&driver->mei);
    driver->transport.close(driver->transport.transport);
    free(driver);
}

static bool is_over(const FaultDriver *driver, MeiError error)
{
    switch (driver->outcome) {
    case SWME_FAULT_ERROR:
        return error != MEI_OK;
    case SWME_FAULT_RECOVERS:
        return driver->mei.stats.link_resets > 1 && driver->mei.state == MEI_DEVICE_ENABLED;
    case SWME_FAULT_DISABLED:
        return driver->mei.state == MEI_DEVICE_DISABLED;
    default:
        return true;
    }
}

/* From the beginning of the call in which the fault struck first until the one in which it was
 * over. */
static void measure(FaultDriver *driver, MeiError error)
{
    if (driver->struck_ns < 0 && fault_driver_hits(driver) > 0) {
        driver->struck_ns = driver->began_ns;
    }
    if (driver->struck_ns >= 0 && driver->lasted_ns < 0 && is_over(driver, error)) {
        driver->lasted_ns = now(driver) - driver->struck_ns;
    }
}

/* Books what a step came to. True: it succeeded. */
static bool step(FaultDriver *driver, const char *what, MeiError error)
{
    int64_t took = now(driver) - driver->began_ns;

    ck_assert_msg(took <= STEP_MAX_NS, "%s took %lld s", what, (long long)(took / MEI_NS_PER_S));
    if (!driver->idle && took > driver->longest_ns) {
        driver->longest_ns = took;
    }
    measure(driver, error);
    driver->began_ns = now(driver);
    if (error && driver->errors++ == 0) {
        if (!driver->told[0]) {
            snprintf(driver->told, sizeof(driver->told), "%s: %s", what, mei_error_name(error));
        }
        snprintf(driver->first, sizeof(driver->first), "%s: %s (%s)", what, mei_error_name(error),
                 driver->mei.reason);
    }
    return !error;
}

/* Writes and reads; the answer's bytes are the caller's to judge. */
static bool exchange(FaultDriver *driver, MeiConnection *connection, const void *data, size_t size,
                     uint8_t *answer, size_t *received, int64_t timeout)
{
    return step(driver, "write", mei_write(connection, data, size, READ_NS)) &&
           step(driver, "read", mei_read(connection, answer, BUFFER, received, timeout));
}

static void ask_version(FaultDriver *driver, uint8_t *buffer, uint8_t *answer)
{
    static const SwmeGuid guid = SWME_GUID_MKHI_FIXED;
    static const uint8_t request[MKHI_HEADER_SIZE] = {MKHI_GROUP_GENERAL, MKHI_GEN_FW_VERSION};
    MeiConnection *connection;
    size_t size = 0;

    if (!mei_find_client(&driver->mei, &guid) ||
        !step(driver, "MKHI connect",
              mei_connect(&driver->mei, &guid, buffer, BUFFER, &connection))) {
        return; /* not every generation has it */
    }
    if (exchange(driver, connection, request, sizeof(request), answer, &size, VERSION_NS)) {
        bool good = size >= MKHI_HEADER_SIZE + MKHI_FW_VERSION_BLOCK_SIZE &&
                    answer[MKHI_OFF_GROUP] == MKHI_GROUP_GENERAL &&
                    answer[MKHI_OFF_COMMAND] == (MKHI_GEN_FW_VERSION | MKHI_RESPONSE);

        step(driver, "MKHI answer", good ? MEI_OK : MEI_ERR_PROTOCOL);
    }
    step(driver, "MKHI disconnect", mei_disconnect(connection));
}

static void echo_once(FaultDriver *driver, MeiConnection *connection, size_t size, uint8_t *answer)
{
    uint8_t data[LONG_MESSAGE];
    size_t received = 0;

    for (size_t i = 0; i < size; i++) {
        data[i] = (uint8_t)(i * 7 + i / 256 + size);
    }
    if (exchange(driver, connection, data, size, answer, &received, READ_NS)) {
        bool same = received == size && memcmp(data, answer, size) == 0;

        step(driver, "echo", same ? MEI_OK : MEI_ERR_PROTOCOL);
    }
}

static void use_echo(FaultDriver *driver, uint8_t *buffer, uint8_t *answer)
{
    static const SwmeGuid guid = SWME_GUID_ECHO;
    MeiConnection *connection;
    MeiError error = mei_connect(&driver->mei, &guid, buffer, BUFFER, &connection);

    if (!step(driver, "echo connect", error)) {
        return;
    }
    error = mei_notify(connection, true);
    step(driver, "notify", error == MEI_ERR_UNSUPPORTED ? MEI_OK : error);
    echo_once(driver, connection, 16, answer);
    echo_once(driver, connection, LONG_MESSAGE, answer);
    echo_once(driver, connection, 1, answer);
    step(driver, "echo disconnect", mei_disconnect(connection));
}

static void use_power(FaultDriver *driver)
{
    MeiError error = mei_power_gate(&driver->mei);

    step(driver, "power gate", error == MEI_ERR_UNSUPPORTED ? MEI_OK : error);
    if (driver->mei.state == MEI_DEVICE_ENABLED) {
        step(driver, "power ungate", mei_power_ungate(&driver->mei));
    }
}

static void idle(FaultDriver *driver, int64_t ns)
{
    int64_t end = now(driver) + ns;
    unsigned int interrupts = 0;

    driver->idle = true;
    while (now(driver) < end && driver->mei.state == MEI_DEVICE_ENABLED) {
        MeiError error = mei_poll(&driver->mei, end - now(driver));

        ck_assert_msg(++interrupts < 100000, "interrupts without end while idle");
        step(driver, "idle", error == MEI_ERR_TIMEOUT ? MEI_OK : error);
    }
    driver->idle = false;
}

bool fault_driver_round(FaultDriver *driver)
{
    uint8_t buffer[BUFFER], answer[BUFFER];

    driver->errors = 0;
    driver->first[0] = '\0';
    driver->began_ns = now(driver);
    if (driver->mei.state != MEI_DEVICE_ENABLED) {
        step(driver, "start", mei_start(&driver->mei));
    }
    if (driver->mei.state == MEI_DEVICE_ENABLED) {
        ask_version(driver, buffer, answer);
        use_echo(driver, buffer, answer);
        idle(driver, MEI_NS_PER_S);
        use_power(driver);
        use_echo(driver, buffer, answer);
        idle(driver, IDLE_NS);
    }
    return driver->errors == 0;
}

void fault_driver_check_sound(FaultDriver *driver)
{
    swme_faults_clear(driver->faults);
    /* A client that was enumerated under a fault stays as it was until the next enumeration. */
    if (driver->mei.state == MEI_DEVICE_ENABLED) {
        step(driver, "reset", mei_reset(&driver->mei));
    }
    if (!fault_driver_round(driver) && !fault_driver_round(driver)) {
        ck_abort_msg("without the fault: %s", driver->first);
    }
    ck_assert_int_eq(driver->mei.state, MEI_DEVICE_ENABLED);
}

uint64_t fault_driver_hits(const FaultDriver *driver)
{
    uint64_t hits = 0;

    for (unsigned int i = 0; i < swme_faults_count(driver->faults); i++) {
        SwmeFaultInfo info;

        swme_faults_info(driver->faults, i, &info);
        hits += info.hits;
    }
    return hits;
}
