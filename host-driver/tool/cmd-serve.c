/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* One driver for several processes: share.h has what they say. AMTHI goes through a queue. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <swme/bytes.h>
#include <swme/me-clients.h>

#include "host-driver/queue.h"
#include "host-driver/tool/loop.h"
#include "host-driver/tool/share.h"
#include "host-driver/tool/tool.h"

#define USERS_MAX      32
#define AMTHI_WAIT_MAX (60 * MEI_NS_PER_S) /* what an application can wait for in a queue */

/* What one user has open. A channel of AMTHI has no connection of its own, but a request. */
typedef struct Slot {
    bool used;
    Channel *channel; /* NULL: AMTHI */
    bool reading;     /* READ is to be answered */
    bool writing;     /* WRITE is to be answered: message and size are what is to be sent */
    bool watching;    /* EVENT is to be answered */
    int64_t write_deadline, event_deadline;
    uint8_t *message;
    size_t size;
    MeiRequest request;
    uint8_t *answer;
    bool answered; /* the request is done and not read yet */
    bool asked;
} Slot;

typedef struct User {
    int fd; /* -1: free */
    Slot slots[SHARE_CHANNELS];
    size_t place;
} User;

typedef struct Server {
    Tool *tool;
    Session *session;
    Mei *mei;
    MeiQueue amthi;
    uint8_t amthi_buffer[SHARE_MESSAGE_MAX];
    int listener;
    size_t place;
    User users[USERS_MAX];
    uint8_t packet[SHARE_PACKET_MAX];
    uint8_t reply[SHARE_PACKET_MAX];
    Loop loop;
} Server;

static int64_t wall_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * MEI_NS_PER_S + now.tv_nsec;
}

/* ---- answers ---- */

static void close_slot(Server *server, Slot *slot)
{
    if (!slot->used) {
        return;
    }
    mei_queue_cancel(&server->amthi, &slot->request);
    channel_close(slot->channel);
    free(slot->message);
    free(slot->answer);
    memset(slot, 0, sizeof(*slot));
}

static void drop_user(Server *server, User *user)
{
    for (unsigned int i = 0; i < SHARE_CHANNELS; i++) {
        close_slot(server, &user->slots[i]);
    }
    close(user->fd);
    user->fd = -1;
}

/* A user who does not take answers is dropped: nobody waits for him. */
static void answer(Server *server, User *user, uint8_t op, size_t number, MeiError error,
                   uint32_t arg, size_t size)
{
    const char *reason = server->session->message;

    if (user->fd < 0) {
        return;
    }
    share_header(server->reply, op | SHARE_ANSWER, (uint8_t)number, error, arg);
    if (error) {
        size = strlen(reason);
        memcpy(server->reply + SHARE_HEADER, reason, size);
    }
    if (send(user->fd, server->reply, SHARE_HEADER + size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        drop_user(server, user);
    }
}

static MeiError fail(Server *server, MeiError error, const char *what)
{
    return session_fail(server->session, error, "%s: %s", what, mei_error_name(error));
}

/* ---- what takes its time ---- */

static void serve_read(Server *server, User *user, Slot *slot, unsigned int ready)
{
    size_t number = (size_t)(slot - user->slots), size = 0;
    MeiError error;

    if (!slot->channel) {
        if (!slot->answered) {
            return;
        }
        slot->answered = false;
        slot->reading = false;
        error = slot->request.status;
        size = slot->request.received;
        if (error) {
            fail(server, error, "read");
        } else {
            memcpy(server->reply + SHARE_HEADER, slot->answer, size);
        }
    } else {
        if (!(ready & (CHANNEL_READABLE | CHANNEL_LOST))) {
            return;
        }
        slot->reading = false;
        error =
            channel_read(slot->channel, server->reply + SHARE_HEADER, SHARE_MESSAGE_MAX, &size, 0);
    }
    answer(server, user, SHARE_READ, number, error, 0, size);
}

static void serve_write(Server *server, User *user, Slot *slot, unsigned int ready)
{
    MeiError error;

    if (!slot->channel || !(ready & (CHANNEL_WRITABLE | CHANNEL_LOST))) {
        if (wall_clock() < slot->write_deadline) {
            return;
        }
        error = fail(server, MEI_ERR_TIMEOUT, "write");
    } else {
        int64_t left = (slot->write_deadline - wall_clock()) / MEI_NS_PER_MS;

        error = channel_write(slot->channel, slot->message, slot->size, left > 0 ? (int)left : 0);
    }
    slot->writing = false;
    answer(server, user, SHARE_WRITE, (size_t)(slot - user->slots), error, 0, 0);
}

static void serve_event(Server *server, User *user, Slot *slot)
{
    MeiError error = channel_event(slot->channel, 0);

    if (error == MEI_ERR_TIMEOUT && wall_clock() < slot->event_deadline) {
        return;
    }
    slot->watching = false;
    answer(server, user, SHARE_EVENT, (size_t)(slot - user->slots), error, 0, 0);
}

static void serve_slot(Server *server, User *user, Slot *slot)
{
    unsigned int ready = slot->channel ? channel_ready(slot->channel) : 0;

    if (slot->asked && slot->request.state == MEI_REQUEST_IDLE) {
        slot->asked = false;
        slot->answered = true;
    }
    if (slot->writing) {
        serve_write(server, user, slot, ready);
    }
    if (user->fd >= 0 && slot->reading) {
        serve_read(server, user, slot, ready);
    }
    if (user->fd >= 0 && slot->watching) {
        serve_event(server, user, slot);
    }
}

/* ---- requests ---- */

static MeiError open_slot(Server *server, Slot *slot, const SwmeGuid *guid, uint32_t vtag)
{
    static const SwmeGuid amthi = SWME_GUID_AMTHI;
    const MeiClient *client = mei_find_client(server->mei, guid);
    SessionClient shown = {0};
    MeiError error = MEI_OK;

    if (server->mei->state != MEI_DEVICE_ENABLED) {
        return session_fail(server->session, MEI_ERR_DISABLED, "connect: %s (%s)",
                            mei_error_name(MEI_ERR_DISABLED), server->mei->reason);
    }
    slot->message = malloc(SHARE_MESSAGE_MAX);
    slot->answer = malloc(SHARE_MESSAGE_MAX);
    if (!slot->message || !slot->answer) {
        error = fail(server, MEI_ERR_NO_MEMORY, "connect");
    } else if (client && vtag == 0 && swme_guid_equal(guid, &amthi)) {
        shown.guid = *guid;
        shown.max_length = client->max_length;
        shown.address = client->address;
        shown.version = client->version;
        shown.max_connections = client->max_connections;
    } else {
        error = vtag ? session_open_tagged(server->session, guid, (uint8_t)vtag, &slot->channel)
                     : session_open_client(server->session, guid, &slot->channel);
        if (!error) {
            shown = slot->channel->client;
        }
    }
    slot->used = true;
    if (error) {
        close_slot(server, slot);
        return error;
    }
    if (shown.max_length > SHARE_MESSAGE_MAX) {
        shown.max_length = SHARE_MESSAGE_MAX;
    }
    share_put_client(server->reply + SHARE_HEADER, &shown);
    return MEI_OK;
}

/* Takes the message over; its answer comes later. MEI_OK: not answered yet. */
static MeiError begin_write(Server *server, Slot *slot, const uint8_t *data, size_t size,
                            uint32_t timeout)
{
    const MeiClient *client;

    if (slot->writing) {
        return fail(server, MEI_ERR_BUSY, "write");
    }
    memcpy(slot->message, data, size);
    slot->size = size;
    slot->write_deadline = wall_clock() + timeout * MEI_NS_PER_MS;
    if (slot->channel) {
        slot->writing = true;
        return MEI_OK;
    }
    client = mei_find_client(server->mei, &server->amthi.guid);
    if (client && size > client->max_length) {
        return fail(server, MEI_ERR_TOO_LONG, "write");
    }
    slot->request.data = slot->message;
    slot->request.size = size;
    slot->request.answer = slot->answer;
    slot->request.room = SHARE_MESSAGE_MAX;
    if (slot->answered || mei_queue_submit(&server->amthi, &slot->request, AMTHI_WAIT_MAX)) {
        return fail(server, MEI_ERR_BUSY, "write"); /* its last answer was not read yet */
    }
    slot->asked = true;
    return MEI_OK;
}

static void answer_clients(Server *server, User *user)
{
    static SessionClient clients[SESSION_CLIENTS_MAX];
    size_t count;
    MeiError error = session_clients(server->session, clients, &count);

    for (size_t i = 0; i < count; i++) {
        share_put_client(server->reply + SHARE_HEADER + i * SHARE_CLIENT_SIZE, &clients[i]);
    }
    answer(server, user, SHARE_CLIENTS, 0, error, (uint32_t)count, count * SHARE_CLIENT_SIZE);
}

static void answer_info(Server *server, User *user)
{
    SessionInfo info;
    MeiError error = session_info(server->session, &info);

    share_put_info(server->reply + SHARE_HEADER, &info);
    answer(server, user, SHARE_INFO, 0, error, 0, SHARE_INFO_SIZE);
}

/* Of a channel that is open. */
static void handle_slot(Server *server, User *user, Slot *slot, uint8_t op, uint32_t arg,
                        const uint8_t *data, size_t size)
{
    size_t number = (size_t)(slot - user->slots);
    MeiError error;

    switch (op) {
    case SHARE_CLOSE:
        close_slot(server, slot);
        answer(server, user, op, number, MEI_OK, 0, 0);
        break;
    case SHARE_WRITE:
        error = begin_write(server, slot, data, size, arg);
        if (error || !slot->channel) {
            answer(server, user, op, number, error, 0, 0);
        }
        break;
    case SHARE_READ:
        slot->reading = true;
        break;
    case SHARE_NOTIFY:
        error = slot->channel ? channel_notify(slot->channel, arg != 0)
                              : fail(server, MEI_ERR_UNSUPPORTED, "notify");
        answer(server, user, op, number, error, 0, 0);
        break;
    case SHARE_EVENT:
        if (slot->channel) {
            slot->watching = true;
            slot->event_deadline = wall_clock() + arg * MEI_NS_PER_MS;
        } else {
            answer(server, user, op, number, fail(server, MEI_ERR_UNSUPPORTED, "event"), 0, 0);
        }
        break;
    default: /* SHARE_READY */
        arg = slot->channel ? channel_ready(slot->channel)
                            : (slot->asked || slot->answered ? 0 : CHANNEL_WRITABLE);
        answer(server, user, op, number, MEI_OK, arg, 0);
        break;
    }
}

/* False: what no user of ours says. */
static bool handle(Server *server, User *user, size_t size)
{
    const uint8_t *packet = server->packet;
    uint8_t op = packet[SHARE_OFF_OP], number = packet[SHARE_OFF_CHANNEL];
    uint32_t arg = swme_get_le32(packet + SHARE_OFF_ARG);
    SwmeGuid guid;

    if (op < SHARE_INFO || op >= SHARE_OPS || number >= SHARE_CHANNELS) {
        return false;
    }
    size -= SHARE_HEADER;
    switch (op) {
    case SHARE_INFO:
        answer_info(server, user);
        return true;
    case SHARE_CLIENTS:
        answer_clients(server, user);
        return true;
    case SHARE_RESET:
        answer(server, user, op, 0, session_reset(server->session), 0, 0);
        return true;
    case SHARE_OPEN:
        if (user->slots[number].used || size < SWME_GUID_SIZE || arg > UINT8_MAX) {
            return false;
        }
        memcpy(guid.bytes, packet + SHARE_HEADER, SWME_GUID_SIZE);
        answer(server, user, op, number, open_slot(server, &user->slots[number], &guid, arg), 0,
               SHARE_CLIENT_SIZE);
        return true;
    default:
        if (!user->slots[number].used) {
            return false;
        }
        handle_slot(server, user, &user->slots[number], op, arg, packet + SHARE_HEADER, size);
        return true;
    }
}

static void take_request(Server *server, User *user)
{
    ssize_t got = recv(user->fd, server->packet, sizeof(server->packet), MSG_DONTWAIT | MSG_TRUNC);

    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (got < SHARE_HEADER || (size_t)got > sizeof(server->packet) ||
        !handle(server, user, (size_t)got)) {
        if (user->fd >= 0) {
            drop_user(server, user);
        }
    }
}

/* ---- life ---- */

static void accept_user(Server *server)
{
    int fd = accept(server->listener, NULL, NULL);

    for (unsigned int i = 0; fd >= 0 && i < USERS_MAX; i++) {
        if (server->users[i].fd < 0) {
            server->users[i].fd = fd;
            server->users[i].place = LOOP_FDS_MAX;
            return;
        }
    }
    if (fd >= 0) {
        close(fd);
    }
}

/* Milliseconds until something is to be told that nobody else brings about; -1: never. */
static int next_deadline(Server *server)
{
    int64_t next = INT64_MAX, now = wall_clock();
    int64_t queue = mei_queue_deadline(&server->amthi);

    for (unsigned int i = 0; i < USERS_MAX * SHARE_CHANNELS; i++) {
        User *user = &server->users[i / SHARE_CHANNELS];
        Slot *slot = &user->slots[i % SHARE_CHANNELS];

        if (user->fd >= 0 && slot->writing && slot->write_deadline < next) {
            next = slot->write_deadline;
        }
        if (user->fd >= 0 && slot->watching && slot->event_deadline < next) {
            next = slot->event_deadline;
        }
    }
    next = next == INT64_MAX ? INT64_MAX : next - now;
    if (queue != INT64_MAX && queue - session_now(server->session) < next) {
        next = queue - session_now(server->session);
    }
    if (next == INT64_MAX) {
        return -1;
    }
    return next > 0 ? (int)((next + MEI_NS_PER_MS - 1) / MEI_NS_PER_MS) : 0;
}

static void run(Server *server)
{
    do {
        if (loop_ready(&server->loop, server->place)) {
            accept_user(server);
        }
        for (unsigned int i = 0; i < USERS_MAX; i++) {
            if (server->users[i].fd >= 0 && loop_ready(&server->loop, server->users[i].place)) {
                take_request(server, &server->users[i]);
            }
        }
        mei_queue_run(&server->amthi);
        for (unsigned int i = 0; i < USERS_MAX * SHARE_CHANNELS; i++) {
            User *user = &server->users[i / SHARE_CHANNELS];
            Slot *slot = &user->slots[i % SHARE_CHANNELS];

            if (user->fd >= 0 && slot->used) {
                serve_slot(server, user, slot);
            }
        }
        loop_clear(&server->loop);
        server->place = loop_add(&server->loop, server->listener, POLLIN);
        for (unsigned int i = 0; i < USERS_MAX; i++) {
            if (server->users[i].fd >= 0) {
                server->users[i].place = loop_add(&server->loop, server->users[i].fd, POLLIN);
            }
        }
    } while (loop_turn(&server->loop, server->session, next_deadline(server)));
}

/* A socket that nobody listens at any more is in the way of nobody. */
static bool is_stale(const struct sockaddr_un *address)
{
    struct stat file;
    int fd;
    bool stale;

    if (lstat(address->sun_path, &file) < 0 || !S_ISSOCK(file.st_mode)) {
        return false;
    }
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    stale = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 &&
            errno == ECONNREFUSED;
    if (fd >= 0) {
        close(fd);
    }
    return stale;
}

static int listen_at(Server *server, const char *path, mode_t mode)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    mode_t mask;
    int bound, status;

    if (strlen(path) == 0 || strlen(path) >= sizeof(address.sun_path)) {
        return tool_error(TOOL_USAGE, "serve: a socket's path has 1 to %zu bytes",
                          sizeof(address.sun_path) - 1);
    }
    strcpy(address.sun_path, path);
    if (is_stale(&address)) {
        unlink(path);
    }
    server->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mask = umask(0777 & ~mode); /* from the first moment on */
    bound = server->listener < 0
                ? -1
                : bind(server->listener, (struct sockaddr *)&address, sizeof(address));
    umask(mask);
    if (bound == 0 && listen(server->listener, USERS_MAX) == 0) {
        return TOOL_OK;
    }
    status = tool_error(TOOL_USAGE, "serve: %s: %s", path, strerror(errno));
    if (bound == 0) {
        unlink(path);
    }
    return status;
}

static int parse(Tool *tool, const char **path, mode_t *mode)
{
    int at = 0;

    while (at < tool->argc) {
        const char *argument = tool->argv[at], *value = NULL;
        char *end = NULL;

        if (tool_option(tool, &at, "--mode", &value)) {
            unsigned long number = value ? strtoul(value, &end, 8) : 0;

            if (!end || end == value || *end != '\0' || number == 0 || number > 0777) {
                return tool_error(TOOL_USAGE, "--mode takes permissions such as 0660");
            }
            *mode = (mode_t)number;
        } else if (*path || argument[0] == '-') {
            return tool_error(TOOL_USAGE, "serve: unknown argument '%s'", argument);
        } else {
            *path = argument;
            at++;
        }
    }
    return *path ? TOOL_OK : tool_error(TOOL_USAGE, "serve: which socket?");
}

static void tell(const Tool *tool, const char *path)
{
    JsonOut json;

    if (tool->json) {
        json_init(&json, stdout);
        json_begin_object(&json, NULL);
        json_string(&json, "serving", path);
        json_end_object(&json);
    } else {
        printf("serving at %s\n", path);
    }
    fflush(stdout);
}

int tool_serve(Tool *tool)
{
    static const SwmeGuid amthi = SWME_GUID_AMTHI;
    Server *server = calloc(1, sizeof(*server));
    const char *path = NULL;
    mode_t mode = 0600;
    int status = server ? parse(tool, &path, &mode) : tool_error(TOOL_FAILED, "out of memory");

    if (status == TOOL_OK) {
        status = tool_open(tool);
    }
    if (status == TOOL_OK && !session_driver(tool->session)) {
        status = tool_error(TOOL_USAGE, "serve: %s is shared already", tool->transport);
    }
    if (status == TOOL_OK) {
        server->tool = tool;
        server->session = tool->session;
        server->mei = session_driver(tool->session);
        server->listener = -1;
        for (unsigned int i = 0; i < USERS_MAX; i++) {
            server->users[i].fd = -1;
        }
        mei_queue_init(&server->amthi, server->mei, &amthi, server->amthi_buffer,
                       sizeof(server->amthi_buffer));
        status = listen_at(server, path, mode);
        if (status == TOOL_OK) {
            if (loop_begin()) {
                tell(tool, path);
                run(server);
            } else {
                status = tool_error(TOOL_FAILED, "serve: %s", strerror(errno));
            }
            unlink(path);
        }
        for (unsigned int i = 0; i < USERS_MAX; i++) {
            if (server->users[i].fd >= 0) {
                drop_user(server, &server->users[i]);
            }
        }
        mei_queue_close(&server->amthi);
        if (server->listener >= 0) {
            close(server->listener);
        }
    }
    free(server);
    return status;
}
