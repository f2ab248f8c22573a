/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may be asked of a firmware, as users write it. */
#include "firmware-sim/clients/clients.h"
#include "firmware-sim/error.h"
#include "firmware-sim/firmware.h"

static bool client_exists(const char *name)
{
    const MeClientRow *row = me_client_rows;

    while (row->class && !g_str_equal(row->class->name, name)) {
        row++;
    }
    return row->class != NULL;
}

/* Several rows may be of one name: they are neighbours. */
static char *client_names(void)
{
    GString *names = g_string_new(me_client_rows->class->name);

    for (const MeClientRow *row = me_client_rows + 1; row->class; row++) {
        if (!g_str_equal(row->class->name, row[-1].class->name)) {
            g_string_append_printf(names, ", %s", row->class->name);
        }
    }
    return g_string_free(names, FALSE);
}

bool me_latency_clients_exist(const SwmeLatency *latency, GError **error)
{
    GHashTableIter iter;
    gpointer name;

    g_hash_table_iter_init(&iter, latency->clients);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        if (!client_exists(name)) {
            g_autofree char *shown = swme_error_text(name);
            g_autofree char *names = client_names();

            g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT,
                        "latency names an unknown client '%s': there are %s", shown, names);
            return false;
        }
    }
    return true;
}

bool swme_switch_parse(const char *name, SwmeSwitch *choice, GError **error)
{
    static const char *const names[] = {
        [SWME_AUTO] = "auto",
        [SWME_ON] = "on",
        [SWME_OFF] = "off",
        [SWME_DISABLED] = "disabled",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_str_equal(name, names[i])) {
            *choice = (SwmeSwitch)i;
            return true;
        }
    }
    {
        g_autofree char *shown = swme_error_text(name);

        g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT,
                    "amt is auto, on, off or disabled, not '%s'", shown);
    }
    return false;
}
