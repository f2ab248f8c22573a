/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AMT's services by port: who gets a connection, and who hears of a port. */
#include "firmware-sim/net/services.h"

#include "tests/unit/unit.h"

typedef struct Seen {
    unsigned int connections;
    SwmePeer peer;
    GString *ports;
    SwmeServices *services;
    unsigned int leaves; /* unsubscribes this when told */
} Seen;

static GIOStream *nothing_stream(void)
{
    g_autoptr(GInputStream) in = g_memory_input_stream_new();
    g_autoptr(GOutputStream) out = g_memory_output_stream_new_resizable();

    return g_simple_io_stream_new(in, out);
}

static void take(void *opaque, GIOStream *stream, const SwmePeer *peer)
{
    Seen *seen = opaque;

    seen->connections++;
    seen->peer = *peer;
    g_object_unref(stream);
}

static void hear(void *opaque, uint16_t port, bool there)
{
    Seen *seen = opaque;

    g_string_append_printf(seen->ports, "%c%u", there ? '+' : '-', port);
    if (seen->leaves) {
        swme_services_unsubscribe(seen->services, seen->leaves);
    }
}

START_TEST(a_connection_goes_to_its_port)
{
    g_autoptr(SwmeServices) services = swme_services_new();
    const SwmePeer peer = {.door = SWME_DOOR_LAN, .address = "192.0.2.7", .port = 4711};
    Seen seen[2] = {{0}};
    GIOStream *lost = nothing_stream();

    ck_assert(swme_services_add(services, 16992, take, &seen[0]));
    ck_assert(swme_services_add(services, 16993, take, &seen[1]));
    ck_assert(swme_services_connect(services, 16993, nothing_stream(), &peer));
    ck_assert_uint_eq(seen[0].connections, 0);
    ck_assert_uint_eq(seen[1].connections, 1);
    ck_assert_str_eq(seen[1].peer.address, "192.0.2.7");
    ck_assert_uint_eq(seen[1].peer.port, 4711);

    g_object_ref(lost);
    ck_assert(!swme_services_connect(services, 80, lost, &peer));
    ck_assert(g_io_stream_is_closed(lost));
    ck_assert_uint_eq(G_OBJECT(lost)->ref_count, 1);
    g_object_unref(lost);
}
END_TEST

START_TEST(a_port_is_served_once)
{
    g_autoptr(SwmeServices) services = swme_services_new();
    uint16_t ports[SWME_SERVICES_MAX];

    ck_assert(!swme_services_add(services, 0, take, NULL));
    for (uint16_t i = 0; i < SWME_SERVICES_MAX; i++) {
        ck_assert(swme_services_add(services, 100 + i, take, NULL));
        ck_assert(!swme_services_add(services, 100 + i, take, NULL));
    }
    ck_assert(!swme_services_add(services, 99, take, NULL));
    swme_services_remove(services, 103);
    swme_services_remove(services, 103);
    ck_assert(!swme_services_serves(services, 103));
    ck_assert_uint_eq(swme_services_ports(services, ports), SWME_SERVICES_MAX - 1);
    ck_assert_uint_eq(ports[2], 102);
    ck_assert_uint_eq(ports[3], 104);
}
END_TEST

START_TEST(subscribers_hear_of_ports)
{
    g_autoptr(SwmeServices) services = swme_services_new();
    g_autoptr(GString) first = g_string_new(NULL);
    g_autoptr(GString) second = g_string_new(NULL);
    Seen seen[2] = {{.ports = first, .services = services},
                    {.ports = second, .services = services}};
    unsigned int id[2];

    id[0] = swme_services_subscribe(services, hear, &seen[0]);
    id[1] = swme_services_subscribe(services, hear, &seen[1]);
    ck_assert(id[0] && id[1] && id[0] != id[1]);
    swme_services_add(services, 1, take, NULL);
    seen[0].leaves = id[1]; /* it is told first, and the other never */
    swme_services_remove(services, 1);
    seen[0].leaves = 0;
    swme_services_add(services, 2, take, NULL);
    ck_assert_str_eq(first->str, "+1-1+2");
    ck_assert_str_eq(second->str, "+1");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("services");
    TCase *tcase = unit_case(suite, "services");

    tcase_add_test(tcase, a_connection_goes_to_its_port);
    tcase_add_test(tcase, a_port_is_served_once);
    tcase_add_test(tcase, subscribers_hear_of_ports);
    return unit_run(suite);
}
