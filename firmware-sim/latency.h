/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long the firmware takes. Real firmware answers after micro- or milliseconds; a reply that
 * comes at once can find the driver before its reader is there. Zero is possible, because it
 * exposes real races. As text: TIME[+CLIENT:TIME]..., TIME being a number and ns, us, ms or s, or
 * 0; "100us+amthi:5ms" answers everything after 100 us and what goes to AMTHI 5 ms later still.
 */
#ifndef SWME_LATENCY_H
#define SWME_LATENCY_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#define SWME_LATENCY_DEFAULT "100us"
#define SWME_LATENCY_MAX_NS  (INT64_C(3600) * 1000000000) /* an hour: whoever wants a hang */

typedef struct SwmeLatency {
    int64_t link_ns;     /* from a doorbell to the firmware's attention */
    GHashTable *clients; /* client name to int64_t *, further ns before its message is handled */
} SwmeLatency;

/* "0", or a number and ns, us, ms or s, at most SWME_LATENCY_MAX_NS. False for anything else. */
bool swme_time_parse(const char *text, int64_t *ns);

/* text NULL is the default. On failure NULL and a one-line error. Free with swme_latency_free. */
SwmeLatency *swme_latency_parse(const char *text, GError **error);
void swme_latency_free(SwmeLatency *latency);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SwmeLatency, swme_latency_free)

/* Further nanoseconds for that client; 0 where the text did not name it. */
int64_t swme_latency_client_ns(const SwmeLatency *latency, const char *client);

#endif
