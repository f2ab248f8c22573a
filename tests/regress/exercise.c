/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a regression scenario does inside the guest, through the kernel driver's own interface and
 * nothing else: /dev/mei0 and its ioctls (Linux include/uapi/linux/mei.h). One sub-command is one
 * exercise; it prints a line that says what was found and exits 0 when a sound driver did it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/mei.h>

#include <swme/amthi.h>
#include <swme/bytes.h>
#include <swme/me-clients.h>
#include <swme/mkhi.h>

#include "exercise.h"

#define DEVICE "/dev/mei0"

const SwmeGuid echo_guid = SWME_GUID_ECHO;
static const SwmeGuid mkhi_guid = SWME_GUID_MKHI;
static const SwmeGuid mkhi_fixed_guid = SWME_GUID_MKHI_FIXED;
static const SwmeGuid amthi_guid = SWME_GUID_AMTHI;
static const SwmeGuid unknown_guid =
    SWME_GUID(0xdeadbeef, 0x0123, 0x4567, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67);

int fail(const char *what, int error)
{
    printf("%s: %s\n", what, error ? strerror(error) : "not as it should be");
    return EXIT_FAILURE;
}

int open_device(void)
{
    return open(DEVICE, O_RDWR | O_CLOEXEC);
}

int connect_to(int fd, const SwmeGuid *guid, uint32_t *max_length)
{
    struct mei_connect_client_data data = {0};

    memcpy(&data.in_client_uuid, guid->bytes, SWME_GUID_SIZE);
    if (ioctl(fd, IOCTL_MEI_CONNECT_CLIENT, &data) < 0) {
        return errno;
    }
    if (max_length) {
        *max_length = data.out_client_properties.max_msg_length;
    }
    return 0;
}

static int connect_vtag(int fd, const SwmeGuid *guid, uint8_t vtag)
{
    struct mei_connect_client_data_vtag data = {0};

    memcpy(&data.connect.in_client_uuid, guid->bytes, SWME_GUID_SIZE);
    data.connect.vtag = vtag;
    return ioctl(fd, IOCTL_MEI_CONNECT_CLIENT_VTAG, &data) < 0 ? errno : 0;
}

int open_connected(const SwmeGuid *guid)
{
    int fd = open_device();
    int error;

    if (fd < 0) {
        return -1;
    }
    error = connect_to(fd, guid, NULL);
    if (error) {
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

/*
 * When the time is over poll()
 * looks once more, and then finds what nobody was woken for: that does not count.
 */
bool readable(int fd, int timeout_ms)
{
    struct pollfd pollfd = {.fd = fd, .events = POLLIN};
    int64_t end = now_ms() + timeout_ms;

    return poll(&pollfd, 1, timeout_ms) == 1 && (pollfd.revents & POLLIN) && now_ms() < end;
}

static void fill(uint8_t *data, size_t size, unsigned int seed)
{
    for (size_t i = 0; i < size; i++) {
        data[i] = (uint8_t)(seed * 31 + i * 7 + (i >> 8));
    }
}

int exchange(int fd, size_t size, unsigned int seed)
{
    static uint8_t out[ECHO_LENGTH], in[ECHO_LENGTH + 1];
    ssize_t n;

    fill(out, size, seed);
    if (write(fd, out, size) != (ssize_t)size) {
        return errno;
    }
    if (!readable(fd, ANSWER_MS)) {
        return ETIMEDOUT;
    }
    n = read(fd, in, sizeof(in));
    if (n < 0) {
        return errno;
    }
    return (size_t)n == size && memcmp(in, out, size) == 0 ? 0 : EBADMSG;
}

/* ---- connecting ---- */

static int wrong_guid(void)
{
    int fd = open_device();
    int error = connect_to(fd, &unknown_guid, NULL);

    if (error != ENOTTY) {
        return fail("an unknown GUID should end with ENOTTY, ended with", error);
    }
    /* The file is still good for another try. */
    error = connect_to(fd, &mkhi_guid, NULL);
    return error ? fail("connecting after a wrong GUID", error) : EXIT_SUCCESS;
}

static int connect_twice(void)
{
    int fd = open_connected(&mkhi_guid);
    int error = connect_to(fd, &mkhi_guid, NULL);

    return error == EBUSY ? EXIT_SUCCESS : fail("a second connect should end with EBUSY", error);
}

static int single_instance(void)
{
    int first = open_connected(&mkhi_guid);
    int second = open_device();
    int error;

    if (first < 0) {
        return fail("first connection", errno);
    }
    error = connect_to(second, &mkhi_guid, NULL);
    if (error != EBUSY) {
        return fail("a second user of a single-instance client should get EBUSY, got", error);
    }
    close(first);
    error = connect_to(second, &mkhi_guid, NULL);
    return error ? fail("connecting once the first has gone", error) : EXIT_SUCCESS;
}

static int connect_loop(void)
{
    for (unsigned int i = 0; i < 1000; i++) {
        int fd = open_connected(i % 2 ? &mkhi_guid : &echo_guid);

        if (fd < 0) {
            return fail("connection in a loop", errno);
        }
        close(fd);
    }
    return EXIT_SUCCESS;
}

static int properties(void)
{
    uint32_t length = 0;
    int fd = open_device();
    int error = connect_to(fd, &echo_guid, &length);

    if (error || length != ECHO_LENGTH) {
        return fail("the echo client's message length", error);
    }
    return EXIT_SUCCESS;
}

/* HBM 2.0 lets user space at fixed-address clients. */
static int fixed_client(void)
{
    static const uint8_t question[] = {MKHI_GROUP_GENERAL, MKHI_GEN_FW_VERSION, 0, 0};
    uint8_t answer[64];
    int fd = open_connected(&mkhi_fixed_guid);
    ssize_t n;

    if (fd < 0) {
        return fail("connecting to the fixed MKHI client", errno);
    }
    if (write(fd, question, sizeof(question)) != sizeof(question) || !readable(fd, ANSWER_MS)) {
        return fail("asking the fixed MKHI client", errno);
    }
    n = read(fd, answer, sizeof(answer));
    if (n < 12 || answer[1] != (MKHI_GEN_FW_VERSION | MKHI_RESPONSE)) {
        return fail("its answer", 0);
    }
    return EXIT_SUCCESS;
}

static int fixed_client_refused(void)
{
    int fd = open_device();
    int error = connect_to(fd, &mkhi_fixed_guid, NULL);

    return error == ENOTTY ? EXIT_SUCCESS
                           : fail("below HBM 2.0 a fixed client should end with ENOTTY", error);
}

/* ---- messages ---- */

static int sizes(void)
{
    static const size_t all[] = {1,    2,    3,    4,    5,    7,    8,    503,  504,
                                 505,  507,  508,  509,  511,  512,  513,  1015, 1016,
                                 1017, 2048, 4095, 4096, 4097, 8188, 8191, 8192};
    int fd = open_connected(&echo_guid);

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        int error = exchange(fd, all[i], (unsigned int)i);

        if (error) {
            printf("%zu bytes: %s\n", all[i], strerror(error));
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}

static int too_long(void)
{
    static uint8_t data[ECHO_LENGTH + 1];
    int fd = open_connected(&echo_guid);
    int error;

    if (write(fd, data, sizeof(data)) >= 0 || errno != EFBIG) {
        return fail("a message over the limit should end with EFBIG", errno);
    }
    error = exchange(fd, 100, 1);
    return error ? fail("an exchange after it", error) : EXIT_SUCCESS;
}

/* A write of nothing is answered by the driver itself. */
static int empty_write(void)
{
    int fd = open_connected(&echo_guid);
    ssize_t n = write(fd, "", 0);
    int error;

    if (n != 0) {
        return fail("a write of nothing", errno);
    }
    error = exchange(fd, 1, 1);
    return error ? fail("an exchange after it", error) : EXIT_SUCCESS;
}

/* Reads that are shorter than the message get the rest next time. */
static int short_reads(void)
{
    uint8_t out[100], in[100];
    int fd = open_connected(&echo_guid);
    size_t got = 0;

    fill(out, sizeof(out), 5);
    if (write(fd, out, sizeof(out)) != sizeof(out)) {
        return fail("write", errno);
    }
    while (got < sizeof(out)) {
        ssize_t n = read(fd, in + got, 7 < sizeof(in) - got ? 7 : sizeof(in) - got);

        if (n <= 0) {
            return fail("a short read", errno);
        }
        got += (size_t)n;
    }
    return memcmp(in, out, sizeof(out)) == 0 ? EXIT_SUCCESS : fail("the bytes", 0);
}

static int many_messages(void)
{
    int fd = open_connected(&echo_guid);

    for (unsigned int i = 0; i < 2000; i++) {
        int error = exchange(fd, 1 + i % 600, i);

        if (error) {
            printf("message %u: %s\n", i, strerror(error));
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}

/*
 * Written without reading: the firmware has one credit out and gives the next when its answer has
 * gone. The driver queues; all come back in order once they are read.
 */
static int pressure(void)
{
    enum { COUNT = 40 }; /* below the driver's default queue limit of 50 */
    uint8_t out[300], in[301];
    int fd = open_connected(&echo_guid);

    for (unsigned int i = 0; i < COUNT; i++) {
        fill(out, sizeof(out), i);
        if (write(fd, out, sizeof(out)) != sizeof(out)) {
            printf("write %u: %s\n", i, strerror(errno));
            return EXIT_FAILURE;
        }
    }
    for (unsigned int i = 0; i < COUNT; i++) {
        fill(out, sizeof(out), i);
        if (!readable(fd, ANSWER_MS)) {
            printf("message %u of %d never came\n", i, COUNT);
            return EXIT_FAILURE;
        }
        if (read(fd, in, sizeof(in)) != sizeof(out) || memcmp(in, out, sizeof(out)) != 0) {
            printf("message %u is not the one that was written\n", i);
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}

#define ECHO_CONNECTIONS 16 /* as its properties say */

static int several_connections(void)
{
    int fds[ECHO_CONNECTIONS];

    for (unsigned int i = 0; i < ECHO_CONNECTIONS; i++) {
        fds[i] = open_connected(&echo_guid);
        if (fds[i] < 0) {
            return fail("one of the connections that the client takes", errno);
        }
    }
    errno = 0;
    if (open_connected(&echo_guid) >= 0 || errno != EBUSY) {
        return fail("one connection more should end with EBUSY", errno);
    }
    for (unsigned int round = 0; round < 25; round++) {
        uint8_t out[ECHO_CONNECTIONS][64], in[65];

        for (unsigned int i = 0; i < ECHO_CONNECTIONS; i++) {
            fill(out[i], sizeof(out[i]), round * ECHO_CONNECTIONS + i);
            if (write(fds[i], out[i], sizeof(out[i])) != sizeof(out[i])) {
                return fail("write", errno);
            }
        }
        for (unsigned int i = ECHO_CONNECTIONS; i-- > 0;) {
            if (!readable(fds[i], ANSWER_MS) || read(fds[i], in, sizeof(in)) != sizeof(out[i]) ||
                memcmp(in, out[i], sizeof(out[i])) != 0) {
                return fail("an answer on its own connection", errno);
            }
        }
    }
    return EXIT_SUCCESS;
}

/* Runs body in count processes at once; each gets its number. */
static int in_processes(unsigned int count, int (*body)(unsigned int number))
{
    int result = EXIT_SUCCESS;

    fflush(stdout);
    for (unsigned int i = 0; i < count; i++) {
        pid_t pid = fork();

        if (pid == 0) {
            int status = body(i);

            fflush(stdout);
            _exit(status);
        }
    }
    for (unsigned int i = 0; i < count; i++) {
        int status;

        if (wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            result = EXIT_FAILURE;
        }
    }
    return result;
}

static int echo_process(unsigned int number)
{
    int fd = open_connected(&echo_guid);

    for (unsigned int i = 0; i < 250; i++) {
        int error = exchange(fd, 1 + (number * 131 + i * 17) % 2000, number * 1000 + i);

        if (error) {
            printf("process %u, message %u: %s\n", number, i, strerror(error));
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}

static int processes(void)
{
    return in_processes(4, echo_process);
}

/* ---- AMTHI by several processes: one connection at a time, whoever is late tries again ---- */

static int ask_amthi(int fd, uint32_t command, size_t data_size)
{
    uint8_t question[AMTHI_HEADER_SIZE] = {AMTHI_VERSION_MAJOR, AMTHI_VERSION_MINOR};
    uint8_t answer[5120];
    ssize_t n;

    swme_put_le32(question + AMTHI_OFF_COMMAND, command);
    if (write(fd, question, sizeof(question)) != sizeof(question) || !readable(fd, ANSWER_MS)) {
        return errno ? errno : ETIMEDOUT;
    }
    n = read(fd, answer, sizeof(answer));
    if (n < AMTHI_OFF_DATA ||
        swme_get_le32(answer + AMTHI_OFF_COMMAND) != (command | AMTHI_RESPONSE) ||
        swme_get_le32(answer + AMTHI_OFF_STATUS) != AMTHI_STATUS_SUCCESS ||
        (size_t)n != AMTHI_OFF_DATA + data_size) {
        return EBADMSG;
    }
    return 0;
}

static int amthi_process(unsigned int number)
{
    static const struct {
        uint32_t command;
        size_t size;
    } commands[] = {
        {AMTHI_GET_UUID, 16},
        {AMTHI_GET_PROVISIONING_STATE, 4},
        {AMTHI_GET_CODE_VERSIONS, 509},
        {AMTHI_GET_CONTROL_MODE, 4},
    };
    struct timespec pause = {.tv_nsec = 1000000};

    for (unsigned int i = 0; i < 25; i++) {
        int fd = open_device();
        int error;

        while ((error = connect_to(fd, &amthi_guid, NULL)) == EBUSY) {
            nanosleep(&pause, NULL); /* another has it: the driver offers nothing to wait for */
        }
        for (unsigned int j = 0; j < 10 && !error; j++) {
            unsigned int which = (number + j) % 4;

            error = ask_amthi(fd, commands[which].command, commands[which].size);
        }
        close(fd);
        if (error) {
            printf("process %u, turn %u: %s\n", number, i, strerror(error));
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}

static int amthi_processes(void)
{
    return in_processes(4, amthi_process);
}

static int amthi(void)
{
    int fd = open_connected(&amthi_guid);
    int error = fd < 0 ? errno : ask_amthi(fd, AMTHI_GET_CODE_VERSIONS, 509);

    return error ? fail("AMT's versions", error) : EXIT_SUCCESS;
}

static int amthi_absent(void)
{
    int fd = open_device();
    int error = connect_to(fd, &amthi_guid, NULL);

    return error == ENOTTY ? EXIT_SUCCESS : fail("AMTHI should not be there", error);
}

/* ---- virtual tags ---- */

static int vtag(void)
{
    static const uint8_t tags[3] = {1, 7, 255};
    int fds[3];

    for (unsigned int i = 0; i < 3; i++) {
        int error;

        fds[i] = open_device();
        error = connect_vtag(fds[i], &echo_guid, tags[i]);
        if (error) {
            return fail("connecting with a virtual tag", error);
        }
    }
    for (unsigned int round = 0; round < 50; round++) {
        for (unsigned int i = 0; i < 3; i++) {
            int error = exchange(fds[i], 1 + (round * 37 + i) % 1500, round * 3 + i);

            if (error) {
                printf("tag %u, round %u: %s\n", tags[i], round, strerror(error));
                return EXIT_FAILURE;
            }
        }
    }
    return EXIT_SUCCESS;
}

static int vtag_zero(void)
{
    int fd = open_device();
    int error = connect_vtag(fd, &echo_guid, 0);

    return error == EINVAL ? EXIT_SUCCESS : fail("tag 0 should end with EINVAL", error);
}

static int vtag_refused(void)
{
    int fd = open_device();
    int error = connect_vtag(fd, &echo_guid, 1);

    return error == EOPNOTSUPP ? EXIT_SUCCESS
                               : fail("without tags it should end with EOPNOTSUPP", error);
}

/* ---- notification ---- */

static int notification_refused(void)
{
    uint32_t on = 1;
    int fd = open_connected(&echo_guid);

    if (ioctl(fd, IOCTL_MEI_NOTIFY_SET, &on) == 0 || errno != EOPNOTSUPP) {
        return fail("below HBM 2.0 notifications should end with EOPNOTSUPP", errno);
    }
    return EXIT_SUCCESS;
}

/* ---- the file's own rules ---- */

static int bad_ioctls(void)
{
    int fd = open_device();

    if (ioctl(fd, _IOWR('H', 0x7f, int), NULL) == 0 || errno != ENOTTY) {
        return fail("an unknown ioctl should end with ENOTTY", errno);
    }
    if (ioctl(fd, IOCTL_MEI_CONNECT_CLIENT, (void *)8) == 0 || errno != EFAULT) {
        return fail("a bad pointer should end with EFAULT", errno);
    }
    return EXIT_SUCCESS;
}

static int not_connected(void)
{
    uint8_t data[16] = {0};
    int fd = open_device();
    struct pollfd pollfd = {.fd = fd, .events = POLLIN};

    if (read(fd, data, sizeof(data)) >= 0 || errno != ENODEV) {
        return fail("a read before connecting should end with ENODEV", errno);
    }
    if (write(fd, data, sizeof(data)) >= 0 || errno != ENODEV) {
        return fail("a write before connecting should end with ENODEV", errno);
    }
    if (poll(&pollfd, 1, 0) != 1 || !(pollfd.revents & POLLERR)) {
        return fail("a poll before connecting should say POLLERR", 0);
    }
    return EXIT_SUCCESS;
}

static int nonblocking(void)
{
    uint8_t data[16];
    int fd = open_connected(&echo_guid);
    int error;

    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    if (read(fd, data, sizeof(data)) >= 0 || errno != EAGAIN) {
        return fail("a read with nothing there should end with EAGAIN", errno);
    }
    error = exchange(fd, 16, 3);
    return error ? fail("an exchange after it", error) : EXIT_SUCCESS;
}

static void nothing(int signal_number)
{
    (void)signal_number;
}

static int interrupted_read(void)
{
    struct sigaction action = {.sa_handler = nothing};
    uint8_t data[16];
    int fd = open_connected(&echo_guid);
    int error;

    sigaction(SIGALRM, &action, NULL);
    alarm(1);
    if (read(fd, data, sizeof(data)) >= 0 || errno != EINTR) {
        return fail("a read that a signal interrupts should end with EINTR", errno);
    }
    error = exchange(fd, 16, 3);
    return error ? fail("an exchange after it", error) : EXIT_SUCCESS;
}

static int killed_with_a_request(void)
{
    for (unsigned int i = 0; i < 50; i++) {
        pid_t pid = fork();
        int status;

        if (pid == 0) {
            static uint8_t data[4000];
            int fd = open_connected(&echo_guid);

            if (write(fd, data, sizeof(data)) != sizeof(data)) {
                _exit(1);
            }
            raise(SIGKILL);
        }
        if (waitpid(pid, &status, 0) < 0 || !WIFSIGNALED(status)) {
            return fail("a process that was to die in its request", 0);
        }
    }
    return echo_process(0);
}

/* Traffic until the link breaks: for scenarios that take the device away meanwhile. */
static int until_error(void)
{
    int fd = open_connected(&echo_guid);

    for (unsigned int i = 0; i < 1000000; i++) {
        int error = exchange(fd, 1 + i % 700, i);

        if (error) {
            printf("ended with %s\n", strerror(error));
            /* EIO: a write between the firmware's ME_RDY falling and the driver's reset work
             * (mei_me_hbuf_write in Linux drivers/misc/mei/hw-me.c). */
            return error == ENODEV || error == ETIMEDOUT || error == EIO ? EXIT_SUCCESS
                                                                         : EXIT_FAILURE;
        }
        if (i == 0) {
            puts("begun");
            fflush(stdout);
        }
    }
    return fail("the link never broke", 0);
}

typedef struct Exercise {
    const char *name;
    int (*run)(void);
} Exercise;

static const Exercise exercises[] = {
    {"wrong-guid", wrong_guid},
    {"connect-twice", connect_twice},
    {"single-instance", single_instance},
    {"connect-loop", connect_loop},
    {"properties", properties},
    {"fixed-client", fixed_client},
    {"fixed-client-refused", fixed_client_refused},
    {"sizes", sizes},
    {"too-long", too_long},
    {"empty-write", empty_write},
    {"short-reads", short_reads},
    {"many-messages", many_messages},
    {"pressure", pressure},
    {"several-connections", several_connections},
    {"processes", processes},
    {"amthi", amthi},
    {"amthi-absent", amthi_absent},
    {"amthi-processes", amthi_processes},
    {"vtag", vtag},
    {"vtag-zero", vtag_zero},
    {"vtag-refused", vtag_refused},
    {"notification-refused", notification_refused},
    {"notification-on", notification_on},
    {"notification", notification},
    {"notification-gated", notification_gated},
    {"late-answer-gated", late_answer_gated},
    {"reset-idle", reset_idle},
    {"reset-loop", reset_loop},
    {"client-goes", client_goes},
    {"client-comes", client_comes},
    {"fault-while-running", fault_while_running},
    {"bad-ioctls", bad_ioctls},
    {"not-connected", not_connected},
    {"nonblocking", nonblocking},
    {"interrupted-read", interrupted_read},
    {"killed-with-a-request", killed_with_a_request},
    {"until-error", until_error},
};

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "wait") == 0) {
        return wait_for(argv[2], argv[3], 1000 * atoi(argv[4])) ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    for (size_t i = 0; argc == 2 && i < sizeof(exercises) / sizeof(exercises[0]); i++) {
        if (strcmp(argv[1], exercises[i].name) == 0) {
            int fd = open_device();

            if (fd < 0) {
                return fail(DEVICE, errno);
            }
            close(fd);
            return exercises[i].run();
        }
    }
    fprintf(stderr, "usage: mei-exercise wait FILE TEXT SECONDS, or NAME, one of");
    for (size_t i = 0; i < sizeof(exercises) / sizeof(exercises[0]); i++) {
        fprintf(stderr, " %s", exercises[i].name);
    }
    fprintf(stderr, "\n");
    return 2;
}
