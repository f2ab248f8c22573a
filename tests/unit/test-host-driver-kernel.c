/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The transport on /dev/meiN, on a kernel that answers what the case wants: each errno that Linux
 * main.c and client.c have, and what they never should. The linker puts the functions below in
 * front of libc's (--wrap).
 */
#include <errno.h>
#include <linux/mei.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host-driver/transports/kernel.h"
#include "tests/unit/unit.h"

static struct {
    int errno_;   /* of the next call that can fail; 0: none does */
    int poll;     /* what poll() returns */
    short events; /* and sets */
    ssize_t moved;
    unsigned int allocations; /* until one fails; 0: none does */
    uint32_t max_length;
    unsigned long request; /* the last ioctl */
} kernel;

int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
ssize_t __wrap_read(int fd, void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);

static bool fails(void)
{
    errno = kernel.errno_;
    return kernel.errno_ != 0;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
    va_list args;
    void *data;

    (void)fd;
    va_start(args, request);
    data = va_arg(args, void *);
    va_end(args);
    kernel.request = request;
    if (fails()) {
        return -1;
    }
    if (request == IOCTL_MEI_CONNECT_CLIENT) {
        ((struct mei_connect_client_data *)data)->out_client_properties =
            (struct mei_client){.max_msg_length = kernel.max_length, .protocol_version = 3};
    } else if (request == IOCTL_MEI_CONNECT_CLIENT_VTAG) {
        ((struct mei_connect_client_data_vtag *)data)->out_client_properties =
            (struct mei_client){.max_msg_length = kernel.max_length, .protocol_version = 3};
    }
    return 0;
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
    (void)count;
    (void)timeout;
    fds[0].revents = kernel.events;
    errno = EINTR;
    return kernel.poll;
}

ssize_t __wrap_read(int fd, void *data, size_t size)
{
    (void)fd;
    memset(data, 0x5a, size < 16 ? size : 16);
    return fails() ? -1 : kernel.moved;
}

ssize_t __wrap_write(int fd, const void *data, size_t size)
{
    (void)fd;
    (void)data;
    (void)size;
    return fails() ? -1 : kernel.moved;
}

static bool memory_ends(void)
{
    return kernel.allocations > 0 && --kernel.allocations == 0;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return memory_ends() ? NULL : __real_calloc(count, size);
}

void *__wrap_malloc(size_t size)
{
    return memory_ends() ? NULL : __real_malloc(size);
}

/* ---- a /dev/mei0 of our own ---- */

static const SwmeGuid guid = {{1, 2, 3}};
static char root[64], device[128];
static Session *session;
static Channel *channel;

static void set_up(void)
{
    char message[SESSION_MESSAGE_SIZE] = "", dev[96];
    FILE *file;

    memset(&kernel, 0, sizeof(kernel));
    kernel.poll = 1;
    kernel.max_length = 64;
    strcpy(root, "/tmp/swme-kernel-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    snprintf(dev, sizeof(dev), "%s/dev", root);
    ck_assert_int_eq(mkdir(dev, 0700), 0);
    snprintf(device, sizeof(device), "%s/mei0", dev);
    file = fopen(device, "we");
    ck_assert_ptr_nonnull(file);
    fclose(file);
    session = kernel_open_root("/dev/mei0", root, message);
    ck_assert_msg(session != NULL, "%s", message);
    ck_assert_int_eq(session_open_client(session, &guid, &channel), MEI_OK);
    ck_assert_uint_eq(kernel.request, IOCTL_MEI_CONNECT_CLIENT);
}

static void tear_down(void)
{
    char command[96];

    if (channel) {
        channel_close(channel);
    }
    session_close(session);
    snprintf(command, sizeof(command), "rm -r '%s'", root);
    ck_assert_int_eq(system(command), 0);
}

static void must_say(const char *what)
{
    ck_assert_msg(strstr(session->message, what) && !strchr(session->message, '\n'), "'%s' in '%s'",
                  what, session->message);
}

static const struct {
    int number;
    MeiError error;
} errors[] = {
    {ENOTTY, MEI_ERR_NO_CLIENT},     {EBUSY, MEI_ERR_BUSY},
    {ENODEV, MEI_ERR_NOT_CONNECTED}, {EFBIG, MEI_ERR_TOO_LONG},
    {EMSGSIZE, MEI_ERR_OVERFLOW},    {EINVAL, MEI_ERR_INVALID},
    {EMFILE, MEI_ERR_NO_ADDRESS},    {EOPNOTSUPP, MEI_ERR_UNSUPPORTED},
    {EPROTO, MEI_ERR_PROTOCOL},      {EFAULT, MEI_ERR_BAD_POINTER},
    {ENOMEM, MEI_ERR_NO_MEMORY},     {ETIME, MEI_ERR_TIMEOUT},
    {ETIMEDOUT, MEI_ERR_TIMEOUT},    {EIO, MEI_ERR_TRANSPORT},
};

START_TEST(each_errno_has_its_meaning)
{
    int number = errors[_i].number;
    MeiError error = errors[_i].error;
    uint8_t byte = 0;
    size_t received;
    Channel *other;

    kernel.errno_ = number;
    ck_assert_int_eq(channel_write(channel, &byte, 1, 0), error);
    must_say(strerror(number));
    must_say("mei0: write: ");
    ck_assert_int_eq(channel_read(channel, &byte, 1, &received, 0), error);
    must_say("mei0: read: ");
    ck_assert_int_eq(channel_notify(channel, true), error);
    must_say("mei0: notify: ");
    ck_assert_int_eq(channel_event(channel, 0), error);
    must_say("mei0: event: ");
    /* The pointer of a connect is ours and good: EFAULT says that no answer came. */
    error = number == EFAULT ? MEI_ERR_TIMEOUT : error;
    ck_assert_int_eq(session_open_client(session, &guid, &other), error);
    must_say("mei0: connect: ");
    ck_assert_int_eq(session_open_tagged(session, &guid, 7, &other), error);
    ck_assert_uint_eq(kernel.request, IOCTL_MEI_CONNECT_CLIENT_VTAG);
    ck_assert_ptr_null(other);
}
END_TEST

START_TEST(a_wait_that_fails_is_told)
{
    uint8_t byte = 0;
    size_t received;

    kernel.poll = 0;
    ck_assert_int_eq(channel_write(channel, &byte, 1, 5), MEI_ERR_TIMEOUT);
    ck_assert_int_eq(channel_read(channel, &byte, 1, &received, 5), MEI_ERR_TIMEOUT);
    ck_assert_int_eq(channel_event(channel, 5), MEI_ERR_TIMEOUT);
    ck_assert_uint_eq(channel_ready(channel), 0);
    kernel.poll = -1; /* EINTR */
    ck_assert_int_eq(channel_read(channel, &byte, 1, &received, 5), MEI_ERR_TRANSPORT);
    kernel.poll = 1;
    kernel.events = POLLERR;
    ck_assert_int_eq(channel_read(channel, &byte, 1, &received, 5), MEI_ERR_NOT_CONNECTED);
    kernel.events = POLLHUP;
    ck_assert_int_eq(channel_write(channel, &byte, 1, 5), MEI_ERR_NOT_CONNECTED);
}
END_TEST

START_TEST(messages_are_whole)
{
    uint8_t data[32] = {0};
    size_t received = 0;

    kernel.moved = sizeof(data);
    ck_assert_int_eq(channel_write(channel, data, sizeof(data), 0), MEI_OK);
    ck_assert_int_eq(channel_read(channel, data, sizeof(data), &received, 0), MEI_OK);
    ck_assert(received == sizeof(data) && data[0] == 0x5a);
    ck_assert_int_eq(channel_read(channel, data, 31, &received, 0), MEI_ERR_OVERFLOW);
    ck_assert_int_eq(channel_write(channel, data, 31, 0), MEI_ERR_TRANSPORT);
    must_say("32 of 31 bytes taken");
    ck_assert_int_eq(channel_notify(channel, true), MEI_OK);
    ck_assert_int_eq(channel_event(channel, 0), MEI_OK);
    ck_assert_int_eq(session_reset(session), MEI_ERR_UNSUPPORTED);
    ck_assert_int_gt(session_now(session), 0);
}
END_TEST

START_TEST(a_loop_is_told_what_is_ready)
{
    static const struct {
        short events;
        unsigned int ready;
    } rows[] = {{POLLIN, CHANNEL_READABLE},
                {POLLOUT, CHANNEL_WRITABLE},
                {POLLIN | POLLOUT, CHANNEL_READABLE | CHANNEL_WRITABLE},
                {POLLHUP, CHANNEL_LOST},
                {POLLERR, CHANNEL_LOST},
                {POLLNVAL, CHANNEL_LOST},
                {POLLPRI, 0}};
    struct pollfd fds[SESSION_POLL_MAX];
    int timeout = -1;
    Channel *more[SESSION_POLL_MAX];

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        kernel.events = rows[i].events;
        ck_assert_uint_eq(channel_ready(channel), rows[i].ready);
    }
    channel->wants_write = true;
    ck_assert_uint_eq(session_poll_fds(session, fds, &timeout), 1);
    ck_assert_int_eq(fds[0].events, POLLIN | POLLOUT);
    session_dispatch(session);
    for (size_t i = 0; i < UNIT_COUNT(more); i++) {
        ck_assert_int_eq(session_open_client(session, &guid, &more[i]), MEI_OK);
    }
    ck_assert_uint_eq(session_poll_fds(session, fds, &timeout), SESSION_POLL_MAX);
    ck_assert_int_eq(fds[0].events, POLLIN);
    for (size_t i = 0; i < UNIT_COUNT(more); i++) {
        channel_close(more[i]); /* the oldest first: behind all others in the list */
    }
}
END_TEST

/* A client may claim any length. */
START_TEST(a_claimed_length_takes_no_more_memory_than_is_sound)
{
    static const uint32_t lengths[] = {0, 1, CHANNEL_BUFFER_MAX, UINT32_MAX};
    uint8_t byte;
    size_t received;
    Channel *odd;

    kernel.max_length = lengths[_i];
    ck_assert_int_eq(session_open_tagged(session, &guid, 1, &odd), MEI_OK);
    ck_assert_uint_eq(odd->client.max_length, lengths[_i]);
    kernel.moved = 0;
    ck_assert_int_eq(channel_read(odd, &byte, 1, &received, 0), MEI_OK);
    ck_assert_uint_eq(received, 0);
    channel_close(odd);
}
END_TEST

START_TEST(without_memory_that_is_said)
{
    char message[SESSION_MESSAGE_SIZE] = "";
    Channel *other;

    kernel.allocations = (unsigned int)_i + 1;
    if (_i < 2) {
        ck_assert_int_eq(session_open_client(session, &guid, &other), MEI_ERR_NO_MEMORY);
        must_say("out of memory");
    } else {
        kernel.allocations = 1;
        ck_assert_ptr_null(kernel_open_root("/dev/mei0", root, message));
        ck_assert_str_eq(message, "/dev/mei0: out of memory");
    }
}
END_TEST

START_TEST(a_device_that_has_gone_is_said)
{
    char message[SESSION_MESSAGE_SIZE] = "", text[4096];
    Channel *other;

    ck_assert_int_eq(unlink(device), 0);
    ck_assert_int_eq(session_open_client(session, &guid, &other), MEI_ERR_TRANSPORT);
    must_say("open: ");
    ck_assert_ptr_null(kernel_open_root("/dev/mei0", root, message));
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    ck_assert_ptr_null(kernel_open_root("/dev/mei0", text, message));
    ck_assert_str_eq(message, "/dev/mei0: the path is too long");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("host-driver-kernel");
    TCase *tcase = unit_case(s, "kernel");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, each_errno_has_its_meaning, 0, UNIT_COUNT(errors));
    tcase_add_test(tcase, a_wait_that_fails_is_told);
    tcase_add_test(tcase, messages_are_whole);
    tcase_add_test(tcase, a_loop_is_told_what_is_ready);
    tcase_add_loop_test(tcase, a_claimed_length_takes_no_more_memory_than_is_sound, 0, 4);
    tcase_add_loop_test(tcase, without_memory_that_is_said, 0, 3);
    tcase_add_test(tcase, a_device_that_has_gone_is_said);
    return unit_run(s);
}
