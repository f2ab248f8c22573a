/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The firmware's end of a device in another process (docs/link.md), with the device made by hand.
 */
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "firmware-sim/remote/remote-server.h"
#include "tests/unit/remote-fixture.h"
#include "tests/unit/unit.h"

#define HELLO      "53574c4b010020000f000000e0a000007467702d6c70" /* tgp-lp */
#define HELLO_BARE "53574c4b0100200000000000"
#define GREETING   "01:53574c4b010020000f00000000000000 "

#define OPS (&remote_device_ops)

typedef struct End {
    Wire wire;
    RemoteDevice *remote;
    GString *log;        /* of what the firmware is told */
    GQueue answers;      /* GByteArray: what comes while somebody waits; an empty one: the end */
    unsigned int waits;  /* how often somebody did */
    unsigned int firsts; /* of them, for the first time */
    unsigned int again;
    bool takes; /* the firmware empties the ring at each doorbell */
} End;

/* ---- the firmware ---- */

static void doorbell(void *opaque)
{
    End *end = opaque;
    uint8_t packet[516];

    g_string_append_c(end->log, 'd');
    while (end->takes && OPS->receive(end->remote, packet) > 0) {
        g_string_append_printf(end->log, "(%02x)", packet[0]);
    }
}

static void host_reset(void *opaque)
{
    g_string_append_c(((End *)opaque)->log, 'h');
}

static void platform_reset(void *opaque)
{
    g_string_append_c(((End *)opaque)->log, 'p');
}

static void d0i3(void *opaque, bool enter)
{
    g_string_append_c(((End *)opaque)->log, enter ? 'E' : 'e');
}

static void pg_isolation(void *opaque, bool enter)
{
    g_string_append_c(((End *)opaque)->log, enter ? 'I' : 'i');
}

static const HeciFirmwareOps firmware_ops = {
    .doorbell = doorbell,
    .host_reset = host_reset,
    .platform_reset = platform_reset,
    .d0i3 = d0i3,
    .pg_isolation = pg_isolation,
};

/* ---- its surroundings ---- */

static bool hook_wait(void *opaque, bool first)
{
    End *end = opaque;
    g_autoptr(GByteArray) bytes = g_queue_pop_head(&end->answers);

    end->waits++;
    end->firsts += first;
    if (bytes && bytes->len == 0) {
        remote_device_disconnected(end->remote);
        return false;
    }
    if (bytes) {
        remote_device_input(end->remote, bytes->data, bytes->len);
    }
    return bytes != NULL;
}

static void hook_again(void *opaque)
{
    ((End *)opaque)->again++;
}

static void hook_host_power(void *opaque, SwmeHostPower power)
{
    g_string_append_printf(((End *)opaque)->log, "S%d", power);
}

static const RemoteDeviceHooks hooks = {
    .wait = hook_wait,
    .again = hook_again,
    .host_power = hook_host_power,
};

static End *end_new(void)
{
    End *end = g_new0(End, 1);

    end->wire.sent = g_byte_array_new();
    end->log = g_string_new(NULL);
    g_queue_init(&end->answers);
    end->remote = remote_device_new(&wire_io, &hooks, end);
    remote_device_attach(end->remote, &firmware_ops, end);
    return end;
}

static void end_free(End *end)
{
    remote_device_free(end->remote);
    g_byte_array_unref(end->wire.sent);
    g_queue_clear_full(&end->answers, (GDestroyNotify)g_byte_array_unref);
    g_string_free(end->log, TRUE);
    g_free(end);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(End, end_free)

static void say(End *end, uint8_t type, const char *hex)
{
    g_autoptr(GByteArray) bytes = frame(type, hex);

    for (guint i = 0; i < bytes->len; i++) {
        remote_device_input(end->remote, bytes->data + i, 1);
    }
}

/* What comes when somebody waits. */
static void will_say(End *end, uint8_t type, const char *hex)
{
    g_queue_push_tail(&end->answers, frame(type, hex));
}

static void must_log(End *end, const char *expected)
{
    ck_assert_str_eq(end->log->str, expected);
    g_string_truncate(end->log, 0);
}

static void must_send(End *end, const char *expected)
{
    g_autofree char *frames = wire_frames(&end->wire);

    ck_assert_str_eq(frames, expected);
}

static End *end_greeted(const char *hello)
{
    End *end = end_new();

    remote_device_connected(end->remote);
    must_send(end, ""); /* the device speaks first */
    say(end, 0x01, hello);
    must_send(end, GREETING);
    ck_assert(remote_device_present(end->remote));
    return end;
}

/* A platform that has been switched on. */
static End *end_up(void)
{
    End *end = end_greeted(HELLO);

    say(end, 0x10, "01");
    must_send(end, "20: ");
    must_log(end, "S0p");
    return end;
}

/* ---- frames ---- */

START_TEST(each_frame_tells_the_firmware)
{
    g_autoptr(End) end = end_up();

    ck_assert_str_eq(remote_device_platform(end->remote), "tgp-lp");
    say(end, 0x10, "02");
    say(end, 0x12, "01");
    say(end, 0x12, "00");
    say(end, 0x13, "01");
    say(end, 0x13, "00");
    must_log(end, "hEeIi");
    must_send(end, "20: ");
    say(end, 0x15, "03");
    say(end, 0x15, "03"); /* no news */
    say(end, 0x15, "05");
    say(end, 0x15, "00");
    must_log(end, "S1S2S0");
    say(end, 0x15, "05");
    say(end, 0x10, "01"); /* switched on */
    must_log(end, "S2S0p");
}
END_TEST

START_TEST(each_of_the_firmware_s_calls_is_a_frame)
{
    g_autoptr(End) end = end_up();

    OPS->set_ready(end->remote, true);
    OPS->interrupt(end->remote);
    OPS->set_status(end->remote, 5, 0x12345678);
    OPS->d0i3_done(end->remote);
    OPS->pg_exit_done(end->remote);
    ck_assert(OPS->send(end->remote, (const uint8_t *)"\x0a\0\0\x80", 4));
    remote_device_writable(end->remote);
    must_send(end, "21:01 22: 23:0500000078563412 24: 25: 02:0a000080 ");
}
END_TEST

/* Where nobody is connected, or has greeted, all of it is for nobody. */
START_TEST(nobody_there_is_told_nothing)
{
    for (unsigned int connected = 0; connected < 2; connected++) {
        g_autoptr(End) end = end_new();
        uint8_t bytes[516] = {0};

        if (connected) {
            remote_device_connected(end->remote);
        }
        ck_assert(!OPS->send(end->remote, bytes, 4));
        ck_assert_int_eq(OPS->receive(end->remote, bytes), 0);
        OPS->set_ready(end->remote, true);
        OPS->interrupt(end->remote);
        OPS->set_status(end->remote, 0, 1);
        OPS->d0i3_done(end->remote);
        OPS->pg_exit_done(end->remote);
        ck_assert(!OPS->dma_read(end->remote, 0, bytes, 1));
        ck_assert(!OPS->dma_write(end->remote, 0, bytes, 1));
        ck_assert_int_eq(remote_device_machine_ops.power(end->remote), SWME_HOST_S5);
        ck_assert_uint_eq(remote_device_machine_ops.actions(end->remote), 0);
        remote_device_machine_ops.reset(end->remote);
        must_send(end, "");
        ck_assert_uint_eq(end->waits, 0);
    }
}
END_TEST

START_TEST(a_device_without_capabilities_is_not_asked)
{
    g_autoptr(End) end = end_greeted(HELLO_BARE);
    uint8_t byte;

    must_log(end, "S0"); /* it would not say so */
    ck_assert_str_eq(remote_device_platform(end->remote), "");
    OPS->d0i3_done(end->remote);
    OPS->pg_exit_done(end->remote);
    remote_device_machine_ops.watchdog_expired(end->remote);
    ck_assert(!OPS->dma_read(end->remote, 0, &byte, 1));
    must_send(end, "");
}
END_TEST

START_TEST(packets_pass_within_the_window)
{
    g_autoptr(End) end = end_up();
    uint8_t packet[516] = {0};
    unsigned int sent = 0;

    while (sent < 100 && OPS->send(end->remote, packet, 4)) {
        sent++;
    }
    ck_assert_uint_eq(sent, 32);
    say(end, 0x03, "0200");
    must_log(end, "d"); /* there is room */
    ck_assert(OPS->send(end->remote, packet, 4) && OPS->send(end->remote, packet, 4));
    ck_assert(!OPS->send(end->remote, packet, 4));
    remote_device_writable(end->remote);
    g_free(wire_frames(&end->wire));
    /* The other way: what is not taken waits, what is taken is told of at once. */
    say(end, 0x02, "01000080");
    must_send(end, "");
    end->takes = true;
    say(end, 0x02, "02000080");
    must_log(end, "dd(01)(02)");
    must_send(end, "03:0200 ");
}
END_TEST

START_TEST(a_broken_ring_stays_one_until_it_is_emptied)
{
    g_autoptr(End) end = end_up();
    uint8_t packet[516];

    say(end, 0x02, "01000080");
    say(end, 0x11, "");
    must_log(end, "dd");
    ck_assert_int_eq(OPS->receive(end->remote, packet), 4);
    ck_assert_int_eq(OPS->receive(end->remote, packet), HECI_LINK_BROKEN);
    ck_assert_int_eq(OPS->receive(end->remote, packet), HECI_LINK_BROKEN);
    OPS->set_ready(end->remote, false);
    ck_assert_int_eq(OPS->receive(end->remote, packet), 0);
    must_send(end, "21:00 03:0100 ");
    say(end, 0x02, "03000080"); /* no breach any more */
    ck_assert_uint_eq(end->wire.ends, 0);
}
END_TEST

static const struct {
    const char *bytes; /* type, and payload */
    unsigned int times;
    const char *why;
} breaches[] = {
    {"02000000", 1, "sent a packet that no ring holds"},
    {"0200000080", 33, "sent more packets than its window"},
    {"11", 2, "sent more packets than its window"},
    {"030100", 1, "took more packets than there were"},
    {"1003", 1, "made a reset of no known kind"},
    {"1504", 1, "is in a power state that there is not"},
    {"140000000001000000", 1, "answered a DMA that there was not"},
    {"10", 1, "sent a frame of a wrong size"},
    {"110101", 1, "sent a frame of a wrong size"},
    {"01" HELLO, 1, "sent a frame of an unknown type"},
    {"22", 1, "sent a frame of an unknown type"},
};

START_TEST(a_breach_ends_the_connection)
{
    g_autoptr(End) end = end_up();
    const char *hex = breaches[_i].bytes;
    uint8_t type = (uint8_t)(g_ascii_xdigit_value(hex[0]) << 4 | g_ascii_xdigit_value(hex[1]));

    for (unsigned int i = 0; i < breaches[_i].times; i++) {
        ck_assert_uint_eq(end->wire.ends, 0);
        say(end, type, hex + 2);
    }
    ck_assert_uint_eq(end->wire.ends, 1);
    ck_assert_str_eq(end->wire.why, breaches[_i].why);
    ck_assert(!remote_device_present(end->remote));
    ck_assert(g_str_has_suffix(end->log->str, "hS2")); /* the machine is gone, with its host */
    say(end, 0x10, "01");                              /* still arriving */
    remote_device_disconnected(end->remote);
    ck_assert(g_str_has_suffix(end->log->str, "hS2"));
    ck_assert_uint_eq(end->wire.ends, 1);
    /* And it may come again. */
    remote_device_connected(end->remote);
    say(end, 0x01, HELLO);
    ck_assert(remote_device_present(end->remote));
}
END_TEST

START_TEST(capabilities_that_were_not_claimed_are_breaches)
{
    static const struct {
        uint8_t type;
        const char *payload;
    } cases[] = {{0x12, "01"}, {0x13, "01"}, {0x14, "0000000001000000"}, {0x15, "00"}};

    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        g_autoptr(End) end = end_greeted(HELLO_BARE);

        say(end, cases[i].type, cases[i].payload);
        ck_assert_uint_eq(end->wire.ends, 1);
        ck_assert_str_eq(end->wire.why, "used what it did not say that it can");
    }
}
END_TEST

static const struct {
    const char *bytes;
    const char *why;
} beginnings[] = {
    {"0c00010053574c4b020020000f000000", "speaks another version of the link than 1"},
    {"0c00010053574c4b010000000f000000", "takes no packets at all"},
    {"0100100001", "did not begin with a HELLO"},
    {"00000001", "sent what is no frame"},
    {"11100200", "sent what is no frame"},
};

START_TEST(other_beginnings_are_refused)
{
    g_autoptr(End) end = end_new();
    g_autoptr(GByteArray) bytes = frame(0, beginnings[_i].bytes);

    remote_device_connected(end->remote);
    remote_device_input(end->remote, bytes->data + 4, bytes->len - 4);
    ck_assert_uint_eq(end->wire.ends, 1);
    ck_assert_str_eq(end->wire.why, beginnings[_i].why);
    must_log(end, ""); /* no firmware is reset for it */
}
END_TEST

/* Control characters in a name are not for a terminal. */
START_TEST(a_name_is_fit_to_be_shown)
{
    g_autoptr(End) end = end_greeted("53574c4b010020000f000000e0a000001b5b324a");
    const char *name = remote_device_platform(end->remote);

    ck_assert_ptr_null(strchr(name, 0x1b));
    ck_assert_ptr_nonnull(strstr(name, "[2J"));
}
END_TEST

/* A device that sends without end while nobody looks, and one that reads nothing. */
START_TEST(what_waits_has_a_bound)
{
    g_autoptr(End) end = end_up();
    g_autoptr(End) other = end_up();
    uint8_t byte;

    /* Inside of one frame's handling nothing else is handled: all of it waits. */
    for (unsigned int i = 0; i < 40; i++) {
        will_say(end, 0x03, "0000");
        for (unsigned int j = 0; j < 1500; j++) {
            g_byte_array_append(end->answers.tail->data, (const uint8_t *)"\x02\0\x03\0\0\0", 6);
        }
    }
    ck_assert(!OPS->dma_read(end->remote, 0, &byte, 1));
    ck_assert_uint_eq(end->wire.ends, 0); /* not from inside the firmware */
    remote_device_input(end->remote, NULL, 0);
    ck_assert_uint_eq(end->wire.ends, 1);
    ck_assert_str_eq(end->wire.why, "sent more than can be waiting");

    other->wire.blocked = true;
    for (unsigned int i = 0; i < 100000 && !other->again; i++) {
        OPS->interrupt(other->remote);
    }
    ck_assert_uint_ge(other->again, 1);
    ck_assert_uint_eq(other->wire.ends, 0);
    OPS->interrupt(other->remote); /* nothing is added beyond the bound */
    remote_device_input(other->remote, NULL, 0);
    ck_assert_uint_eq(other->wire.ends, 1);
    ck_assert_str_eq(other->wire.why, "does not read");
}
END_TEST

/* ---- memory ---- */

START_TEST(memory_is_asked_for_in_frames)
{
    g_autoptr(End) end = end_up();
    g_autofree uint8_t *data = g_malloc0(4097);
    g_autoptr(GString) first = g_string_new("0100000001000000");

    for (unsigned int i = 0; i < 4096; i++) {
        g_string_append(first, "5a");
    }
    will_say(end, 0x14, first->str);
    will_say(end, 0x14, "0200000001000000a5");
    ck_assert(OPS->dma_read(end->remote, 0x1000, data, 4097));
    ck_assert_uint_eq(data[0], 0x5a);
    ck_assert_uint_eq(data[4095], 0x5a);
    ck_assert_uint_eq(data[4096], 0xa5);
    must_send(end, "26:01000000001000000010000000000000 26:02000000010000000020000000000000 ");
    will_say(end, 0x14, "0300000001000000");
    ck_assert(OPS->dma_write(end->remote, 0x2000, "ab", 2));
    must_send(end, "27:030000000000000000200000000000006162 ");
    ck_assert_uint_eq(end->firsts, 3);
    ck_assert(OPS->dma_read(end->remote, 0, data, 0)); /* of nothing there is all */
    must_send(end, "");
    ck_assert_uint_eq(end->wire.ends, 0);
}
END_TEST

START_TEST(memory_that_is_refused_is)
{
    static const char *const answers[] = {
        "0100000000000000",     /* not done */
        "01000000010000000102", /* too much */
        "0100000001000000",     /* too little */
    };

    for (size_t i = 0; i < UNIT_COUNT(answers); i++) {
        g_autoptr(End) end = end_up();
        uint8_t byte = 0x77;

        will_say(end, 0x14, answers[i]);
        ck_assert(!OPS->dma_read(end->remote, 0, &byte, 1));
        ck_assert_uint_eq(byte, 0x77);
        will_say(end, 0x14, "0200000000000000");
        ck_assert(!OPS->dma_write(end->remote, 0, &byte, 1));
        ck_assert_uint_eq(end->wire.ends, 0);
    }
}
END_TEST

/* What comes meanwhile is handled in its turn, afterwards; another's answer is none. */
START_TEST(what_comes_meanwhile_waits)
{
    g_autoptr(End) end = end_up();
    uint8_t byte = 0;

    will_say(end, 0x02, "01000080");
    will_say(end, 0x12, "01");
    will_say(end, 0x14, "010000000100000099");
    will_say(end, 0x13, "01");
    ck_assert(OPS->dma_read(end->remote, 0, &byte, 1));
    ck_assert_uint_eq(byte, 0x99);
    ck_assert_uint_eq(end->waits, 3);
    must_log(end, "");
    ck_assert_uint_eq(end->again, 1);
    remote_device_input(end->remote, NULL, 0);
    must_log(end, "dE"); /* and the answer is not seen twice */
    ck_assert_uint_eq(end->wire.ends, 0);
}
END_TEST

/* How a wait for memory ends badly: told when the firmware is out of its call. */
START_TEST(a_wait_that_ends_badly)
{
    static const struct {
        int type; /* -1: nothing comes; -2: the connection ends */
        const char *payload;
        const char *why;
    } cases[] = {
        {-1, NULL, "did not answer a DMA"},
        {-2, NULL, "is gone"},
        {0x14, NULL, "sent what is no frame"},
        {0x14, "0900000001000000", "did not answer a DMA"}, /* of another question */
        {0x14, "01000000", "did not answer a DMA"},
    };

    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        g_autoptr(End) end = end_up();
        uint8_t byte;

        if (cases[i].type == -2) {
            g_queue_push_tail(&end->answers, g_byte_array_new());
        } else if (cases[i].type >= 0 && cases[i].payload) {
            will_say(end, (uint8_t)cases[i].type, cases[i].payload);
        } else if (cases[i].type >= 0) {
            g_queue_push_tail(&end->answers, g_byte_array_append(g_byte_array_new(),
                                                                 (const uint8_t *)"\0\0\0\1", 4));
        }
        ck_assert(!OPS->dma_read(end->remote, 0, &byte, 1));
        ck_assert_uint_eq(end->wire.ends, 0);
        must_log(end, "");
        ck_assert_uint_ge(end->again, 1);
        ck_assert(!OPS->dma_write(end->remote, 0, &byte, 1)); /* nor is anything asked any more */
        remote_device_input(end->remote, NULL, 0);
        ck_assert_uint_eq(end->wire.ends, 1);
        ck_assert_str_eq(end->wire.why, cases[i].why);
        must_log(end, "hS2");
    }
}
END_TEST

/* ---- the machine ---- */

START_TEST(the_machine_is_asked_for_what_it_can_do)
{
    const SwmeMachineOps *machine = &remote_device_machine_ops;
    g_autoptr(End) end = end_up();

    ck_assert_int_eq(machine->power(end->remote), SWME_HOST_S0);
    ck_assert_uint_eq(machine->actions(end->remote), 0x1e);
    ck_assert(machine->act(end->remote, SWME_POWER_CYCLE));
    ck_assert(!machine->act(end->remote, SWME_POWER_ON));
    ck_assert(!machine->act(end->remote, SWME_POWER_NMI));
    machine->reset(end->remote);
    machine->watchdog_expired(end->remote);
    must_send(end, "28:02 28:06 28:07 ");
    say(end, 0x15, "05");
    ck_assert_int_eq(machine->power(end->remote), SWME_HOST_S5);
    ck_assert_uint_eq(machine->actions(end->remote), 1);
    ck_assert(machine->act(end->remote, SWME_POWER_ON));
    must_send(end, "28:00 ");
}
END_TEST

/* ---- the socket ---- */

typedef struct Server {
    RemoteServer *server;
    RemoteDevice *remote;
    char *folder;
    char *path;
    GString *log;
    int fd;       /* the device's */
    bool asks;    /* the next doorbell asks for a byte of memory */
    bool answers; /* which the device has there when it is asked */
    int gave;     /* what was read, or -1 */
} Server;

static void server_doorbell(void *opaque)
{
    Server *server = opaque;
    static const char answer[] = "\x09\0\x14\0\1\0\0\0\1\0\0\0\x42";
    uint8_t byte;

    g_string_append_c(server->log, 'd');
    if (!server->asks) {
        return;
    }
    server->asks = false;
    if (server->answers) {
        MUST(write(server->fd, answer, sizeof(answer) - 1) == sizeof(answer) - 1);
    } else {
        close(server->fd);
        server->fd = -1;
    }
    server->gave = OPS->dma_read(server->remote, 0, &byte, 1) ? byte : -1;
}

static void server_reset(void *opaque)
{
    g_string_append_c(((Server *)opaque)->log, 'r');
}

static void server_power(void *opaque, SwmeHostPower power)
{
    g_string_append_printf(((Server *)opaque)->log, "S%d", power);
}

static void server_note(void *opaque, const char *what, bool error)
{
    g_string_append_printf(((Server *)opaque)->log, "<%s%s>", error ? "!" : "", what);
}

static const HeciFirmwareOps server_firmware_ops = {
    .doorbell = server_doorbell,
    .host_reset = server_reset,
    .platform_reset = server_reset,
    .d0i3 = d0i3,
    .pg_isolation = pg_isolation,
};

static const RemoteServerOps server_ops = {.host_power = server_power, .note = server_note};

static Server *server_new(void)
{
    Server *server = g_new0(Server, 1);
    g_autoptr(GError) error = NULL;

    server->log = g_string_new(NULL);
    server->fd = -1;
    server->folder = g_dir_make_tmp("swme-remote-XXXXXX", NULL);
    server->path = g_build_filename(server->folder, "link", NULL);
    server->server = remote_server_new(&server_ops, server);
    server->remote = remote_server_device(server->server);
    remote_device_attach(server->remote, &server_firmware_ops, server);
    MUST_MSG(remote_server_listen(server->server, server->path, &error), "%s", error->message);
    return server;
}

static void server_free(Server *server)
{
    remote_server_free(server->server);
    if (server->fd >= 0) {
        close(server->fd);
    }
    ck_assert(!g_file_test(server->path, G_FILE_TEST_EXISTS));
    g_rmdir(server->folder);
    g_free(server->folder);
    g_free(server->path);
    g_string_free(server->log, TRUE);
    g_free(server);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Server, server_free)

static void turn(void)
{
    while (g_main_context_iteration(NULL, FALSE)) {
    }
}

static int dial(const Server *server)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

    g_strlcpy(address.sun_path, server->path, sizeof(address.sun_path));
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    turn();
    return fd;
}

static void write_frame(int fd, uint8_t type, const char *hex)
{
    g_autoptr(GByteArray) bytes = frame(type, hex);

    ck_assert_int_eq(write(fd, bytes->data, bytes->len), bytes->len);
}

static Server *server_greeted(void)
{
    Server *server = server_new();

    server->fd = dial(server);
    write_frame(server->fd, 0x01, HELLO);
    write_frame(server->fd, 0x10, "01");
    turn();
    ck_assert(remote_device_present(server->remote));
    ck_assert_str_eq(server->log->str, "<is there>S0r");
    g_string_truncate(server->log, 0);
    return server;
}

START_TEST(a_second_device_is_turned_away_and_the_first_may_return)
{
    g_autoptr(Server) server = server_greeted();
    uint8_t bytes[64];
    int other = dial(server);

    ck_assert_str_eq(server->log->str, "<!is there already: another one was turned away>");
    ck_assert_int_eq(read(other, bytes, sizeof(bytes)), 0);
    close(other);
    ck_assert(remote_device_present(server->remote));
    g_string_truncate(server->log, 0);
    close(server->fd);
    server->fd = dial(server);
    ck_assert_str_eq(server->log->str, "rS2<is gone>");
    write_frame(server->fd, 0x01, HELLO);
    turn();
    ck_assert(remote_device_present(server->remote));
}
END_TEST

START_TEST(where_somebody_listens_nobody_else_does)
{
    g_autoptr(Server) server = server_new();
    g_autoptr(RemoteServer) other = remote_server_new(NULL, NULL);
    g_autoptr(GError) error = NULL;

    ck_assert(!remote_server_listen(other, server->path, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "link socket"));
}
END_TEST

START_TEST(memory_comes_through_the_socket)
{
    g_autoptr(Server) server = server_greeted();

    server->asks = server->answers = true;
    write_frame(server->fd, 0x02, "01000080");
    turn();
    ck_assert_int_eq(server->gave, 0x42);
    /* What came with the answer is handled afterwards. */
    write_frame(server->fd, 0x02, "01000080");
    turn();
    ck_assert_str_eq(server->log->str, "dd");
}
END_TEST

START_TEST(who_leaves_while_he_is_asked_is_gone)
{
    g_autoptr(Server) server = server_greeted();

    server->asks = true;
    write_frame(server->fd, 0x02, "01000080");
    turn();
    ck_assert_int_eq(server->gave, -1);
    ck_assert(g_str_has_prefix(server->log->str, "drS2<!did not answer a DMA>"));
    ck_assert(!remote_device_present(server->remote));
    server->fd = dial(server);
    write_frame(server->fd, 0x01, HELLO);
    turn();
    ck_assert(remote_device_present(server->remote));
}
END_TEST

/* More than the socket holds: the rest goes when the device reads, and all of it arrives. */
START_TEST(what_the_socket_does_not_hold_goes_later)
{
    g_autoptr(Server) server = server_greeted();
    g_autofree uint8_t *bytes = g_malloc(1 << 16);
    int small = 4096;
    size_t before = 0, got = 0;
    ssize_t n;

    while ((n = read(server->fd, bytes, 1 << 16)) > 0) {
        before += (size_t)n;
    }
    ck_assert_uint_gt(before, 0);
    setsockopt(server->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    for (unsigned int i = 0; i < 20000; i++) {
        OPS->interrupt(server->remote);
    }
    ck_assert(remote_device_present(server->remote));
    for (unsigned int i = 0; i < 100000 && got < 80000; i++) {
        turn();
        n = read(server->fd, bytes, 1 << 16);
        got += n > 0 ? (size_t)n : 0;
    }
    ck_assert_uint_eq(got, 80000);
}
END_TEST

/* Once it is closed nothing is told any more, whatever the firmware still does. */
START_TEST(what_is_closed_says_nothing)
{
    g_autoptr(Server) server = server_greeted();

    remote_server_close(server->server);
    OPS->interrupt(server->remote);
    OPS->set_ready(server->remote, false);
    remote_device_disconnected(server->remote);
    ck_assert_str_eq(server->log->str, "r");
    turn();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("external firmware, the firmware's end");
    TCase *tcase = unit_case(suite, "frames");

    tcase_add_test(tcase, each_frame_tells_the_firmware);
    tcase_add_test(tcase, each_of_the_firmware_s_calls_is_a_frame);
    tcase_add_test(tcase, nobody_there_is_told_nothing);
    tcase_add_test(tcase, a_device_without_capabilities_is_not_asked);
    tcase_add_test(tcase, packets_pass_within_the_window);
    tcase_add_test(tcase, a_broken_ring_stays_one_until_it_is_emptied);
    tcase_add_loop_test(tcase, a_breach_ends_the_connection, 0, (int)UNIT_COUNT(breaches));
    tcase_add_test(tcase, capabilities_that_were_not_claimed_are_breaches);
    tcase_add_loop_test(tcase, other_beginnings_are_refused, 0, (int)UNIT_COUNT(beginnings));
    tcase_add_test(tcase, a_name_is_fit_to_be_shown);
    tcase_add_test(tcase, what_waits_has_a_bound);
    tcase = unit_case(suite, "memory and machine");
    tcase_add_test(tcase, memory_is_asked_for_in_frames);
    tcase_add_test(tcase, memory_that_is_refused_is);
    tcase_add_test(tcase, what_comes_meanwhile_waits);
    tcase_add_test(tcase, a_wait_that_ends_badly);
    tcase_add_test(tcase, the_machine_is_asked_for_what_it_can_do);
    tcase = unit_case(suite, "socket");
    tcase_add_test(tcase, a_second_device_is_turned_away_and_the_first_may_return);
    tcase_add_test(tcase, where_somebody_listens_nobody_else_does);
    tcase_add_test(tcase, memory_comes_through_the_socket);
    tcase_add_test(tcase, who_leaves_while_he_is_asked_is_gone);
    tcase_add_test(tcase, what_the_socket_does_not_hold_goes_later);
    tcase_add_test(tcase, what_is_closed_says_nothing);
    return unit_run(suite);
}
