/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libheci against a firmware that is the input: what registers read as, what comes off the ring and
 * when there is an interrupt. A few honest answers come for free, so that inputs get beyond the
 * start. Each call must end within the time that is documented for it, leave the driver in a state
 * that callers may see, and write nowhere it should not.
 */
#include <string.h>

#include <swme/amthi.h>
#include <swme/me-clients.h>

#include "host-driver/mei.h"
#include "host-driver/queue.h"
#include "tests/fuzz/hostile-apf.h"
#include "tests/fuzz/hostile-device.h"

#define BUFFER   600
#define ANSWER   100
#define GUARD    0xa5
#define USERS    4
#define REQUESTS 3

/* A start but for its steps: ready, START, one step that cannot be asked for, D0i3 left. */
#define START \
    (MEI_TIMEOUT_HW_READY + MEI_TIMEOUT_START + MEI_TIMEOUT_ENUMERATE + 2 * MEI_TIMEOUT_D0I3)
/* What calls may take, beside their own time-out and resets. */
#define UNGATE     (2 * MEI_TIMEOUT_D0I3)                /* one that was late, and ours */
#define CONNECT    (UNGATE + 2 * MEI_TIMEOUT_CONNECTION) /* a late one is taken back */
#define DISCONNECT (UNGATE + MEI_TIMEOUT_CONNECTION)
#define ARM        (UNGATE + MEI_TIMEOUT_CONNECTION)
#define QUEUE_RUN  (DISCONNECT + CONNECT + ARM + UNGATE)

typedef struct User {
    MeiConnection *connection;
    uint8_t buffer[BUFFER + 8]; /* what is beyond sizes[] is a guard */
} User;

/* Of the users' buffers and AMTHI's: short ones are soon full. */
static const size_t sizes[USERS] = {BUFFER, 100, 20, 0};
#define AMTHI_BUFFER 40

typedef struct Application {
    MeiRequest request;
    uint8_t answer[ANSWER];
    bool done; /* its memory was filled with GUARD when the request was over */
} Application;

typedef struct Host {
    Hostile device;
    Mei mei;
    User users[USERS];
    MeiQueue queue;
    uint8_t amthi_buffer[AMTHI_BUFFER + 8];
    Application applications[REQUESTS];
} Host;

/* ---- what must hold after each call ---- */

/* size is at most ANSWER. */
static void check_guard(const uint8_t *bytes, size_t size, const char *what)
{
    static uint8_t guards[ANSWER];

    if (!guards[0]) {
        memset(guards, GUARD, sizeof(guards));
    }
    /* In one: fuzzers trace each comparison. */
    FUZZ_MUST(memcmp(bytes, guards, size) == 0, "written beyond %s", what);
}

/* A request that is over is the application's again: nobody else may write there. */
static void check_application(Application *a)
{
    if (a->request.state != MEI_REQUEST_IDLE) {
        return;
    }
    if (a->done) {
        check_guard(a->answer, ANSWER, "a request that is over");
        return;
    }
    FUZZ_MUST(a->request.status || a->request.received <= a->request.room, "%zu",
              a->request.received);
    check_guard(a->answer + a->request.room, ANSWER - a->request.room, "the room for an answer");
    memset(a->answer, GUARD, ANSWER);
    a->done = true;
}

static void check(Host *host)
{
    const Mei *mei = &host->mei;

    FUZZ_MUST(mei->state == MEI_DEVICE_ENABLED || mei->state == MEI_DEVICE_DISABLED, "state %d",
              mei->state);
    FUZZ_MUST(!mei->broken, "still broken: %s", mei->reason);
    FUZZ_MUST(mei->client_count <= MEI_CLIENTS_MAX, "%u clients", mei->client_count);
    for (unsigned int i = 0; i < USERS; i++) {
        const MeiConnection *c = host->users[i].connection;

        FUZZ_MUST(!c || c->state == MEI_CONNECTION_CONNECTED || c->state == MEI_CONNECTION_LOST,
                  "connection of user %u: %d", i, c->state);
        FUZZ_MUST(!c || c->filled <= sizes[i], "%zu in a buffer of user %u", c->filled, i);
    }
    for (unsigned int i = 0; i < REQUESTS; i++) {
        check_application(&host->applications[i]);
    }
}

/* ---- what the driver is asked for ---- */

static void read_one(Host *host, User *user)
{
    uint8_t into[BUFFER + 8];
    size_t room = fuzz_u16(&host->device.input) % BUFFER;
    size_t received;
    MeiError error;

    memset(into + room, GUARD, 8);
    error = mei_read(user->connection, into, room, &received, MEI_NS_PER_MS);
    FUZZ_MUST(error || received <= room, "%zu of %zu", received, room);
    check_guard(into + room, 8, "the reader's memory");
}

static void submit(Host *host, Application *a)
{
    static const uint8_t question[AMTHI_HEADER_SIZE];
    static const size_t rooms[REQUESTS] = {ANSWER, 8, 0};

    if (a->request.state == MEI_REQUEST_IDLE) {
        a->request = (MeiRequest){.data = question,
                                  .size = sizeof(question),
                                  .answer = a->answer,
                                  .room = rooms[a - host->applications]};
        memset(a->answer, GUARD, ANSWER);
        a->done = false;
    }
    (void)mei_queue_submit(&host->queue, &a->request, 20 * MEI_NS_PER_MS);
}

/* The life of the link. Returns what the call may take. */
static int64_t use_link(Mei *mei, uint8_t what)
{
    switch (what >> 4) {
    case 13:
        (void)mei_reset(mei);
        return UNGATE;
    case 14:
        mei_stop(mei);
        return 0;
    case 15:
        (void)mei_start(mei);
        return UNGATE;
    default:
        if (mei->state == MEI_DEVICE_ENABLED) {
            (void)mei_poll(mei, MEI_NS_PER_MS);
            return UNGATE + MEI_NS_PER_MS;
        }
        FUZZ_MUST((mei_start(mei) == MEI_OK) == (mei->state == MEI_DEVICE_ENABLED), "%s",
                  mei->reason);
        return UNGATE;
    }
}

static int64_t use_connection(Host *host, User *user, uint8_t what)
{
    static const uint8_t data[900];

    switch (what % 13) {
    case 2:
        (void)mei_disconnect(user->connection);
        user->connection = NULL;
        return DISCONNECT;
    case 3:
    case 4:
        (void)mei_write(user->connection, data, 1 + fuzz_u16(&host->device.input) % sizeof(data),
                        10 * MEI_NS_PER_MS);
        return UNGATE + 10 * MEI_NS_PER_MS;
    case 5:
    case 6:
        read_one(host, user);
        return UNGATE + MEI_NS_PER_MS;
    default:
        (void)mei_notify(user->connection, what & 0x80);
        (void)mei_arm(user->connection);
        (void)mei_can_write(user->connection);
        return UNGATE + MEI_TIMEOUT_NOTIFY + ARM;
    }
}

/* One call, which may take as long as this returns. */
static int64_t use(Host *host, uint8_t what)
{
    static const SwmeGuid echo = SWME_GUID_ECHO, fixed = SWME_GUID_MKHI_FIXED;
    Mei *mei = &host->mei;
    User *user = &host->users[(what >> 4) % USERS];
    size_t size = sizes[(what >> 4) % USERS];
    Application *application = &host->applications[(what >> 4) % REQUESTS];

    switch (what % 13) {
    case 0:
        if (!user->connection) {
            (void)mei_connect(mei, what & 0x80 ? &fixed : &echo, user->buffer, size,
                              &user->connection);
        }
        return CONNECT;
    case 1:
        if (!user->connection) {
            (void)mei_connect_vtag(mei, &echo, what, user->buffer, size, &user->connection);
        }
        return CONNECT;
    case 8:
        (void)mei_power_gate(mei);
        return MEI_TIMEOUT_PGI + UNGATE;
    case 9:
        (void)mei_power_ungate(mei);
        return UNGATE;
    case 10:
        submit(host, application);
        mei_queue_run(&host->queue);
        return REQUESTS * QUEUE_RUN;
    case 11:
        if (what & 0x80) {
            mei_queue_cancel(&host->queue, &application->request);
        }
        mei_queue_run(&host->queue);
        return REQUESTS * QUEUE_RUN;
    case 12:
        return use_link(mei, what);
    default:
        return user->connection ? use_connection(host, user, what) : 0;
    }
}

/* The end of a call that made the link's resets from before on. */
static void ends(Host *host, int64_t limit, uint64_t before)
{
    hostile_end(&host->device, limit + (int64_t)(host->mei.stats.link_resets - before) * START);
}

static void let_go(Host *host)
{
    uint64_t resets = host->mei.stats.link_resets;

    hostile_begin(&host->device);
    mei_queue_close(&host->queue);
    for (unsigned int i = 0; i < REQUESTS; i++) {
        FUZZ_MUST(host->applications[i].request.state == MEI_REQUEST_IDLE, "request %u stays", i);
    }
    for (unsigned int i = 0; i < USERS; i++) {
        if (host->users[i].connection) {
            (void)mei_disconnect(host->users[i].connection);
        }
        check_guard(host->users[i].buffer + sizes[i], 8, "a connection's buffer");
    }
    check_guard(host->amthi_buffer + AMTHI_BUFFER, 8, "the queue's buffer");
    for (unsigned int i = 0; i < MEI_CONNECTIONS_MAX; i++) {
        FUZZ_MUST(host->mei.connections[i].state == MEI_CONNECTION_FREE, "connection %u leaked", i);
    }
    mei_stop(&host->mei);
    FUZZ_MUST(host->mei.state == MEI_DEVICE_DISABLED, "state %d", host->mei.state);
    ends(host, (USERS + 1) * DISCONNECT, resets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const SwmeGuid amthi = SWME_GUID_AMTHI;
    static Host host;
    FuzzInput input = {data, size};
    uint8_t first = fuzz_u8(&input);

    if (size > FUZZ_INPUT_MAX) {
        return 0;
    }
    if (first % 4 == 3) {
        hostile_apf(&input);
        return 0;
    }
    memset(&host, 0, sizeof(host));
    hostile_init(&host.device, input, first);
    mei_init(&host.mei, &hostile_ops, &host.device);
    mei_queue_init(&host.queue, &host.mei, &amthi, host.amthi_buffer, AMTHI_BUFFER);
    memset(host.amthi_buffer, GUARD, sizeof(host.amthi_buffer));
    for (unsigned int i = 0; i < USERS; i++) {
        memset(host.users[i].buffer, GUARD, sizeof(host.users[i].buffer));
    }
    for (unsigned int i = 0; i < REQUESTS; i++) {
        memset(host.applications[i].answer, GUARD, ANSWER);
        host.applications[i].done = true;
    }
    hostile_begin(&host.device);
    (void)mei_start(&host.mei);
    ends(&host, UNGATE, 0);
    while (host.device.input.left && !hostile_gone(&host.device)) {
        uint64_t resets = host.mei.stats.link_resets;

        hostile_begin(&host.device);
        ends(&host, use(&host, fuzz_u8(&host.device.input)), resets);
        check(&host);
    }
    let_go(&host);
    return 0;
}
