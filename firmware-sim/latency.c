/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/latency.h"

#include <string.h>

#include "firmware-sim/clock.h"
#include "firmware-sim/error.h"

bool swme_time_parse(const char *text, int64_t *ns)
{
    static const struct {
        const char *unit;
        int64_t ns;
    } units[] = {
        {"ns", 1},
        {"us", SWME_NS_PER_US},
        {"ms", SWME_NS_PER_MS},
        {"s", SWME_NS_PER_S},
    };
    char *end = NULL;
    uint64_t number;

    if (strcmp(text, "0") == 0) {
        *ns = 0;
        return true;
    }
    number = g_ascii_strtoull(text, &end, 10);
    if (g_ascii_isdigit(text[0])) {
        for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
            if (strcmp(end, units[i].unit) == 0 &&
                number <= (uint64_t)(SWME_LATENCY_MAX_NS / units[i].ns)) {
                *ns = (int64_t)number * units[i].ns;
                return true;
            }
        }
    }
    return false;
}

static bool parse_time(const char *text, int64_t *ns, GError **error)
{
    bool parsed = swme_time_parse(text, ns);

    if (!parsed) {
        g_autofree char *shown = swme_error_text(text);

        g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT,
                    "latency '%s' is not a time: write 0, or a number and ns, us, ms or s, at most "
                    "3600s",
                    shown);
    }
    return parsed;
}

SwmeLatency *swme_latency_parse(const char *text, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(text ? text : SWME_LATENCY_DEFAULT, "+", -1);
    g_autoptr(SwmeLatency) latency = g_new0(SwmeLatency, 1);

    latency->clients = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (!parse_time(parts[0] ? parts[0] : "", &latency->link_ns, error)) {
        return NULL;
    }
    for (char **part = parts[0] ? parts + 1 : parts; *part; part++) {
        char *colon = strchr(*part, ':');
        int64_t ns;

        if (!colon || colon == *part) {
            g_autofree char *shown = swme_error_text(*part);

            g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT,
                        "latency '%s' does not name a client: write CLIENT:TIME, such as amthi:5ms",
                        shown);
            return NULL;
        }
        if (!parse_time(colon + 1, &ns, error)) {
            return NULL;
        }
        g_hash_table_replace(latency->clients, g_strndup(*part, (gsize)(colon - *part)),
                             g_memdup2(&ns, sizeof(ns)));
    }
    return g_steal_pointer(&latency);
}

void swme_latency_free(SwmeLatency *latency)
{
    if (latency) {
        g_hash_table_unref(latency->clients);
        g_free(latency);
    }
}

int64_t swme_latency_client_ns(const SwmeLatency *latency, const char *client)
{
    const int64_t *ns = g_hash_table_lookup(latency->clients, client);

    return ns ? *ns : 0;
}
