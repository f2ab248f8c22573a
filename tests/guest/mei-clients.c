/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests/guest/agents runs on the kernel's driver. Each sub-command prints lines of its own and
 * exits 0 when all was well.
 *
 *     mei-clients vectors /dev/meiN PLATFORM        every recorded answer of that platform
 *     mei-clients interleave /dev/meiN WHO TIMES    WHO processes ask AMTHI TIMES each
 *     mei-clients switch-off /dev/meiN              has AMT disabled and cleared
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/mei.h>

#include <swme/amthi.h>
#include <swme/bytes.h>
#include <swme/me-clients.h>

#include "host-driver/transports/kernel.h"
#include "tests/e2e/vectors.h"

#define TIMEOUT_MS   5000
#define BUSY_S       120 /* so long a process waits for its turn */
#define BUSY_WAIT_NS 300000
#define WHO_MAX      4
#define HASHES_EACH  7 /* of the 30 of the vendor, in 4 sets */
#define BURST_MAX    3
#define REQUEST_SIZE (AMTHI_HEADER_SIZE + 4)
#define ANSWER_MAX   256

static int fail(const char *format, const char *what)
{
    printf(format, what);
    putchar('\n');
    return EXIT_FAILURE;
}

static Session *open_session(const char *path)
{
    char message[SESSION_MESSAGE_SIZE] = "";
    Session *session = kernel_open(path, message);

    if (!session) {
        printf("%s\n", message);
    }
    return session;
}

/* ---- vectors ---- */

/* What the ioctl hands out, bytes and all: the session shows two numbers of it. */
static bool check_ioctl(const Vector *vector, const char *path, char *why)
{
    struct mei_connect_client_data data;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    bool same = false;

    memcpy(&data.in_client_uuid, vector->client.bytes, SWME_GUID_SIZE);
    if (fd < 0 || ioctl(fd, IOCTL_MEI_CONNECT_CLIENT, &data) < 0) {
        snprintf(why, SESSION_MESSAGE_SIZE, "%s: %s", path, strerror(errno));
    } else {
        same = vector_check(vector, (const uint8_t *)&data, sizeof(data), why);
    }
    if (fd >= 0) {
        close(fd);
    }
    return same;
}

static int run_vectors(char **arguments)
{
    Session *session = open_session(arguments[0]);
    unsigned int ran = 0;
    bool good = session != NULL;

    for (unsigned int i = 0; session && i < vector_count; i++) {
        const Vector *vector = &vectors[i];
        char why[SESSION_MESSAGE_SIZE] = "";

        if (strcmp(vector->platform, arguments[1]) == 0) {
            bool same = vector_run(vector, session, why) &&
                        (vector->request || check_ioctl(vector, arguments[0], why));

            printf("%s %s %s\n", same ? "ok" : "not-ok", vector->name, why);
            good = good && same;
            ran++;
        }
    }
    session_close(session);
    return good && ran ? EXIT_SUCCESS : fail("%s", "not all vectors");
}

/* ---- switching AMT off ---- */

static int switch_off(char **arguments)
{
    static const SwmeGuid amthi = SWME_GUID_AMTHI;
    uint8_t request[AMTHI_HEADER_SIZE] = {AMTHI_VERSION_MAJOR, AMTHI_VERSION_MINOR};
    Session *session = open_session(arguments[0]);
    uint8_t answer[ANSWER_MAX];
    Channel *channel = NULL;
    size_t size = 0;
    MeiError error = session ? session_open_client(session, &amthi, &channel) : MEI_ERR_TRANSPORT;

    swme_put_le32(request + AMTHI_OFF_COMMAND, AMTHI_DISABLE_AND_CLEAR_AMT);
    if (!error) {
        error = channel_write(channel, request, sizeof(request), TIMEOUT_MS);
    }
    if (!error) {
        error = channel_read(channel, answer, sizeof(answer), &size, TIMEOUT_MS);
    }
    channel_close(channel);
    session_close(session);
    return !error && size == AMTHI_OFF_DATA && swme_get_le32(answer + AMTHI_OFF_STATUS) == 0
               ? EXIT_SUCCESS
               : fail("%s: AMT was not switched off", arguments[0]);
}

/* ---- several processes ---- */

typedef struct Answer {
    size_t size;
    uint8_t bytes[ANSWER_MAX];
} Answer;

typedef struct Shared {
    Answer answers[WHO_MAX * HASHES_EACH]; /* by handle, as one process alone got them */
    unsigned int last;                     /* who asked last */
    unsigned int turns;                    /* how often that was another one than before */
    unsigned int busy;                     /* how often somebody was turned away */
} Shared;

/* The hash of one of the vendor's certificates: each answer has another name in it. */
static MeiError ask(Channel *channel, uint32_t handle, Answer *answer)
{
    uint8_t request[REQUEST_SIZE] = {AMTHI_VERSION_MAJOR, AMTHI_VERSION_MINOR};
    MeiError error;

    swme_put_le32(request + AMTHI_OFF_COMMAND, AMTHI_GET_CERTIFICATE_HASH_ENTRY);
    swme_put_le32(request + AMTHI_OFF_LENGTH, 4);
    swme_put_le32(request + AMTHI_HEADER_SIZE, handle);
    memset(answer, 0, sizeof(*answer));
    error = channel_write(channel, request, sizeof(request), TIMEOUT_MS);
    if (!error) {
        error =
            channel_read(channel, answer->bytes, sizeof(answer->bytes), &answer->size, TIMEOUT_MS);
    }
    return error;
}

static void pause_shortly(void)
{
    static const struct timespec pause = {.tv_nsec = BUSY_WAIT_NS};

    nanosleep(&pause, NULL);
}

/*
 * Connects, as often as it takes: AMTHI has one connection, and of EBUSY's end the driver tells
 * nobody, so that all clients try again after a while (LMS 500 ms, rpc-go 750, MeshAgent 250).
 */
static MeiError take_turn(Session *session, Channel **channel, Shared *shared)
{
    static const SwmeGuid amthi = SWME_GUID_AMTHI;
    int64_t end = session_now(session) + BUSY_S * MEI_NS_PER_S;
    MeiError error;

    while ((error = session_open_client(session, &amthi, channel)) == MEI_ERR_BUSY &&
           session_now(session) < end) {
        __atomic_fetch_add(&shared->busy, 1, __ATOMIC_RELAXED);
        pause_shortly();
    }
    return error;
}

static bool is_same(const Answer *a, const Answer *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

/* One process: connections of one request to three, each with a question that none else asks. */
static int ask_often(const char *path, unsigned int who, unsigned int times, Shared *shared)
{
    Session *session = open_session(path);
    MeiError error = session ? MEI_OK : MEI_ERR_TRANSPORT;
    unsigned int done = 0;

    while (!error && done < times) {
        Channel *channel;

        error = take_turn(session, &channel, shared);
        if (!error && __atomic_exchange_n(&shared->last, who, __ATOMIC_RELAXED) != who) {
            __atomic_fetch_add(&shared->turns, 1, __ATOMIC_RELAXED);
        }
        for (unsigned int i = 0; !error && i <= done % BURST_MAX && done < times; i++, done++) {
            uint32_t handle = who + WHO_MAX * (done % HASHES_EACH);
            Answer answer;

            error = ask(channel, handle, &answer);
            if (!error && !is_same(&answer, &shared->answers[handle])) {
                printf("process %u, request %u: another's answer\n", who, done);
                error = MEI_ERR_PROTOCOL;
            }
        }
        channel_close(channel);
        pause_shortly(); /* or it would be the first to ask again, and often alone */
    }
    if (error) {
        printf("process %u, request %u: %s: %s\n", who, done, mei_error_name(error),
               session ? session->message : path);
    }
    session_close(session);
    return error ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* All answers, one after another; no two may be the same, or nothing could be told from them. */
static bool learn(const char *path, Shared *shared)
{
    Session *session = open_session(path);
    Channel *channel = NULL;
    bool good = session && take_turn(session, &channel, shared) == MEI_OK;

    for (uint32_t i = 0; good && i < WHO_MAX * HASHES_EACH; i++) {
        good = ask(channel, i, &shared->answers[i]) == MEI_OK &&
               shared->answers[i].size > AMTHI_OFF_DATA;
        for (uint32_t j = 0; good && j < i; j++) {
            good = !is_same(&shared->answers[i], &shared->answers[j]);
        }
    }
    channel_close(channel);
    session_close(session);
    return good;
}

static bool wait_for_all(unsigned int count)
{
    bool good = true;
    int status;

    while (count-- > 0) {
        good = wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 && good;
    }
    return good;
}

static int run_interleave(char **arguments)
{
    unsigned int who = (unsigned int)atoi(arguments[1]);
    unsigned int times = (unsigned int)atoi(arguments[2]);
    Shared *shared =
        mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bool good;

    if (shared == MAP_FAILED || who < 1 || who > WHO_MAX || times < 1) {
        return fail("%s", "interleave takes 1 to 4 processes, and requests for each");
    }
    memset(shared, 0, sizeof(*shared));
    if (!learn(arguments[0], shared)) {
        return fail("%s: the answers for one process alone are not what they should be",
                    arguments[0]);
    }
    fflush(stdout);
    for (unsigned int i = 0; i < who; i++) {
        pid_t pid = fork();

        if (pid <= 0) {
            int status = pid < 0 ? EXIT_FAILURE : ask_often(arguments[0], i, times, shared);

            fflush(stdout);
            _exit(status);
        }
    }
    good = wait_for_all(who);
    printf("%u processes, %u requests each, %u turns, %u times busy\n", who, times, shared->turns,
           shared->busy);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "vectors") == 0) {
        return run_vectors(argv + 2);
    }
    if (argc == 5 && strcmp(argv[1], "interleave") == 0) {
        return run_interleave(argv + 2);
    }
    if (argc == 3 && strcmp(argv[1], "switch-off") == 0) {
        return switch_off(argv + 2);
    }
    fprintf(
        stderr,
        "usage: mei-clients switch-off PATH | vectors PATH PLATFORM | interleave PATH WHO TIMES\n");
    return 2;
}
