/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * What the tool's commands are written against: one ME, reached through whatever transport.
 * /dev/meiN stands above the bus layer and the register transports below it, so the seam is here:
 * open a client, exchange messages, ask what there is. Time-outs are milliseconds.
 */
#ifndef SWME_HOST_SESSION_H
#define SWME_HOST_SESSION_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <swme/guid.h>
#include <swme/heci-regs.h>
#include <swme/mkhi.h>

#include "host-driver/error.h"
#include "host-driver/transport.h"

#define SESSION_MESSAGE_SIZE 256 /* bytes of a one-line error, terminator included */
#define SESSION_CLIENTS_MAX  255
#define SESSION_UNKNOWN      (-1) /* this transport does not tell */

typedef struct SessionClient {
    SwmeGuid guid;
    int address; /* SESSION_UNKNOWN, as the next four may be */
    int version;
    int max_connections;
    int single_receive; /* 0 or 1 */
    int vtag;           /* likewise */
    bool fixed;
    uint32_t max_length; /* bytes */
} SessionClient;

typedef struct SessionVersion {
    uint8_t platform;
    uint8_t major;
    uint16_t minor;
    uint16_t hotfix;
    uint16_t build;
} SessionVersion;

typedef struct SessionInfo {
    char state[32];  /* as Linux names it */
    char reason[64]; /* of a state that is not ENABLED; may be empty */
    char kind[16];   /* mei, itouch, ...; empty when not known */
    bool pci_known;
    uint16_t pci_vendor;
    uint16_t pci_device;
    bool hbm_known;
    uint8_t hbm_major;
    uint8_t hbm_minor;
    bool trc_known;
    uint32_t trc;
    unsigned int status_count;
    uint32_t status[HECI_HFS_COUNT];
    unsigned int version_count; /* running code, recovery, FITC; 0 when not known */
    SessionVersion version[MKHI_FW_VERSION_BLOCKS_MAX];
} SessionInfo;

typedef struct Session Session;

/* An open client. */
typedef struct Channel {
    Session *session;
    SessionClient client;
    bool wants_write; /* a loop's: session_poll_fds() is to wait for room as well */
} Channel;

/* channel_ready(): what would not block. */
#define CHANNEL_READABLE 1u
#define CHANNEL_WRITABLE 2u
#define CHANNEL_LOST     4u

#define SESSION_POLL_MAX 64 /* descriptors of session_poll_fds() */

/* Every failing entry leaves a one-line reason in session->message. */
typedef struct SessionOps {
    MeiError (*info)(Session *session, SessionInfo *info);
    MeiError (*clients)(Session *session, SessionClient *clients, size_t *count);
    MeiError (*open)(Session *session, const SwmeGuid *guid, uint8_t vtag, Channel **channel);
    MeiError (*write)(Channel *channel, const void *data, size_t size, int timeout);
    MeiError (*read)(Channel *channel, void *data, size_t size, size_t *received, int timeout);
    void (*close_channel)(Channel *channel);
    MeiError (*notify)(Channel *channel, bool on);
    MeiError (*event)(Channel *channel, int timeout);
    unsigned int (*ready)(Channel *channel);
    size_t (*poll_fds)(Session *session, struct pollfd *fds, int *timeout);
    void (*dispatch)(Session *session);
    MeiError (*reset)(Session *session);
    void (*close)(Session *session);
    int64_t (*now)(Session *session); /* nanoseconds of the transport's clock */
} SessionOps;

struct Session {
    const SessionOps *ops;
    char message[SESSION_MESSAGE_SIZE];
};

/* A way to registers, as a session wants it; close frees all of it. */
typedef struct RegisterTransport {
    const MeiTransportOps *ops;
    void *transport;
    void (*close)(void *transport);
    /*
     * For loops that wait for other things too. Fills fd in, with -1 where there is no descriptor,
     * and returns how many milliseconds may pass until the next look; -1 for any. NULL: some.
     */
    int (*prepare)(void *transport, struct pollfd *fd);
    bool virtual_time; /* the clock moves only while the driver waits */
} RegisterTransport;

/* One row for each kind of transport; a text belongs to the first whose prefix it starts with. */
typedef struct TransportKind {
    const char *prefix;
    const char *help;
    /* text is the whole argument. NULL with a one-line reason in message[SESSION_MESSAGE_SIZE]. */
    Session *(*open)(const char *text, char *message);
} TransportKind;

/* All of them, ending with one whose prefix is NULL. */
extern const TransportKind transport_kinds[];

/*
 * Opens the ME that text names. On failure NULL and a one-line reason; a device that is there but
 * does not start is no failure: info still says what can be said. Close with session_close().
 */
Session *session_open(const char *text, char *message);
/* A session on registers: takes transport over and starts the driver on it. */
Session *session_new_registers(const RegisterTransport *transport);
/* The driver of a session made so, else NULL. It stays the session's: no channel of it may be lost.
 */
struct Mei *session_driver(Session *session);
void session_close(Session *session);

MeiError session_info(Session *session, SessionInfo *info);
/* clients has room for SESSION_CLIENTS_MAX; they come out in the order of their addresses. */
MeiError session_clients(Session *session, SessionClient *clients, size_t *count);
/* *channel stays NULL on failure, else it ends with channel_close(). */
MeiError session_open_client(Session *session, const SwmeGuid *guid, Channel **channel);
/* As one of several users whom the firmware tells apart by vtag, 1 to 255. */
MeiError session_open_tagged(Session *session, const SwmeGuid *guid, uint8_t vtag,
                             Channel **channel);
MeiError session_reset(Session *session);
int64_t session_now(Session *session);

MeiError channel_write(Channel *channel, const void *data, size_t size, int timeout);
/* A message longer than size bytes is an error; a message of no bytes is none. */
MeiError channel_read(Channel *channel, void *data, size_t size, size_t *received, int timeout);
void channel_close(Channel *channel);
/* Asks for the client's events, or for no more. */
MeiError channel_notify(Channel *channel, bool on);
/* Takes one event; several that nobody took are one. */
MeiError channel_event(Channel *channel, int timeout);

/*
 * For a loop: poll what session_poll_fds() returns (at most SESSION_POLL_MAX), with no more than
 * *timeout, then session_dispatch(), then look at channel_ready(): CHANNEL_... bits. A read or a
 * write that is ready does not wait for the firmware.
 */
size_t session_poll_fds(Session *session, struct pollfd *fds, int *timeout);
void session_dispatch(Session *session);
unsigned int channel_ready(Channel *channel);

/* Writes the reason and returns error. */
MeiError session_fail(Session *session, MeiError error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Bytes that a channel receives at most, whatever the client claims as its limit. */
#define CHANNEL_BUFFER_MAX (1u << 20)

#endif
