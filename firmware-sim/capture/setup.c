/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/capture/setup.h"

#include <string.h>

#include <swme/guid.h>

#include "firmware-sim/capture/capture.h"
#include "firmware-sim/error.h"
#include "firmware-sim/latency.h"

static const char *const switch_names[] = {
    [SWME_AUTO] = "auto", [SWME_ON] = "on", [SWME_OFF] = "off", [SWME_DISABLED] = "disabled"};

static void put_text(GString *text, const char *name, const char *value)
{
    if (value) {
        g_string_append_printf(text, "%s=%s\n", name, value);
    }
}

char *swme_capture_setup_text(const SwmeFirmwareConfig *config, const char *fault,
                              unsigned int levels)
{
    GString *text = g_string_new(NULL);
    g_autofree char *levels_text = swme_capture_levels_text(levels);
    SwmeGuid uuid;
    char uuid_text[SWME_GUID_STRING_SIZE];

    memcpy(uuid.bytes, config->uuid, sizeof(uuid.bytes));
    swme_guid_format(&uuid, uuid_text);
    put_text(text, "platform", config->platform->name);
    put_text(text, "amt", switch_names[config->amt]);
    put_text(text, "echo", config->echo ? "on" : "off");
    put_text(text, "latency", config->latency ? config->latency : SWME_LATENCY_DEFAULT);
    put_text(text, "uuid", uuid_text);
    put_text(text, "watchdog", config->watchdog);
    put_text(text, "watchdog-reset", config->watchdog_reset);
    put_text(text, "alert", config->alert);
    put_text(text, "fault", fault);
    g_string_append_printf(text, "time=%" G_GINT64_FORMAT "\n", config->time_s);
    put_text(text, "nvm", config->nvm ? "on" : "off");
    put_text(text, "levels", levels_text);
    return g_string_free(text, FALSE);
}

static bool take_switch(const char *value, bool *on)
{
    *on = g_str_equal(value, "on");
    return *on || g_str_equal(value, "off");
}

static bool take(SwmeCaptureSetup *setup, const char *name, const char *value, GError **error)
{
    SwmeFirmwareConfig *config = &setup->config;
    const struct {
        const char *name;
        const char **text;
    } texts[] = {
        {"latency", &config->latency},
        {"watchdog", &config->watchdog},
        {"watchdog-reset", &config->watchdog_reset},
        {"alert", &config->alert},
        {"fault", &setup->fault},
    };
    SwmeGuid uuid;
    bool good = true;

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (g_str_equal(name, texts[i].name)) {
            *texts[i].text = value;
            return true;
        }
    }
    if (g_str_equal(name, "platform")) {
        config->platform = swme_platform_find(value, error);
        return config->platform != NULL;
    }
    if (g_str_equal(name, "amt")) {
        return swme_switch_parse(value, &config->amt, error);
    }
    if (g_str_equal(name, "levels")) {
        return swme_capture_parse_levels(value, &setup->levels, error);
    }
    if (g_str_equal(name, "echo")) {
        good = take_switch(value, &config->echo);
    } else if (g_str_equal(name, "nvm")) {
        good = take_switch(value, &setup->nvm);
    } else if (g_str_equal(name, "imported")) {
        good = take_switch(value, &setup->imported);
    } else if (g_str_equal(name, "time")) {
        good = g_ascii_string_to_signed(value, 10, 0, INT32_MAX, &config->time_s, NULL);
    } else if (g_str_equal(name, "uuid")) {
        good = swme_guid_parse(value, &uuid);
        if (good) {
            memcpy(config->uuid, uuid.bytes, sizeof(config->uuid));
        }
    }
    /* What a newer swme has besides is not known here; a replay will show whether it mattered. */
    return good || swme_error_set(error, SWME_ERROR_STATE, NULL, "the capture's %s is none", name);
}

bool swme_capture_setup_parse(SwmeCaptureSetup *setup, const void *text, size_t size,
                              GError **error)
{
    g_autofree char *copy = g_strndup(text, size);

    *setup = (SwmeCaptureSetup){.levels = SWME_CAPTURE_ALL};
    setup->lines = g_strsplit(copy, "\n", 64);
    for (unsigned int i = 0; setup->lines[i]; i++) {
        char *value = strchr(setup->lines[i], '=');

        if (value) {
            *value = '\0';
            if (!take(setup, setup->lines[i], value + 1, error)) {
                return false;
            }
        }
    }
    return setup->config.platform ||
           swme_error_set(error, SWME_ERROR_STATE, NULL, "the capture does not name its platform");
}

void swme_capture_setup_clear(SwmeCaptureSetup *setup)
{
    g_clear_pointer(&setup->lines, g_strfreev);
}
