/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The transport on a qtest socket, whose other end is a child that says what the case wants. What a
 * QEMU says is tested on one, in tests/e2e/test-qtest.c.
 */
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <swme/heci-regs.h>

#include "host-driver/transports/qtest.h"
#include "tests/unit/unit.h"

#define BAR0  0xfebf0000u
#define DEVFN 0x0b /* not where it is looked for first */

typedef struct Far {
    const char *reads;  /* what every read is answered with; NULL: as a machine would */
    const char *writes; /* what every write is */
    unsigned int lines; /* ends after so many; 0: never */
    bool steps;         /* knows clock_step */
    bool bad_steps;     /* and answers it with no number, but for the first */
    bool odd_step;      /* and not even for that */
    bool places;        /* system firmware has placed BAR 0 */
    bool decodes;       /* or has switched it on where it is not placed */
    bool other_class;   /* the function is Intel's, and none of HECI's */
    bool interrupts;    /* raises a line with each write of H_CSR, and H_IS with it */
    unsigned int devfn;
} Far;

static char root[64], text[128], message[SESSION_MESSAGE_SIZE];
static pid_t child;

static uint32_t far_config(const Far *far, uint32_t address)
{
    static const uint32_t words[] = {0xa0e08086, 0, HECI_PCI_CLASS << 16 | 0x20, 0, BAR0 | 4, 0};
    uint32_t offset = address & 0xfc;

    if ((address >> 8 & 0xff) != far->devfn) {
        return 0xffffffff;
    }
    if (offset == 4) {
        return far->places || far->decodes ? 2 : 0;
    }
    if ((offset == 8 && far->other_class) || (offset == 0x10 && far->decodes)) {
        return 0;
    }
    return offset < sizeof(words) ? words[offset / 4] : 0;
}

static void far_answer(FILE *to, const Far *far, const char *line)
{
    static uint32_t config, h_csr = 0x20000000;
    static int64_t now;
    static unsigned int stepped;
    uint64_t address = 0, value = 0;
    char word[16] = "";

    sscanf(line, "%15s %" SCNi64 " %" SCNi64, word, (int64_t *)&address, (int64_t *)&value);
    if (strcmp(word, "clock_step") == 0) {
        now += (int64_t)address;
        if (!far->steps) {
            fputs("FAIL no such command\n", to);
        } else if (far->odd_step || (far->bad_steps && stepped++ > 0)) {
            fputs("OK\n", to);
        } else {
            fprintf(to, "OK %" PRId64 "\n", now);
        }
    } else if (strncmp(word, "in", 2) == 0 || strncmp(word, "read", 4) == 0) {
        uint32_t is = far->interrupts ? H_CSR_IS : 0;

        if (far->reads) {
            fputs(far->reads, to);
        } else {
            fprintf(to, "OK 0x%" PRIx32 "\n",
                    word[0] == 'i'                                        ? far_config(far, config)
                    : address == (far->places ? BAR0 : 0xfe000000u) + 0x4 ? h_csr | is
                                                                          : 0);
        }
    } else if (far->writes) {
        fputs(far->writes, to);
    } else {
        if (address == 0xcf8) {
            config = (uint32_t)value;
        }
        h_csr = word[0] == 'w' ? 0x20000000 | ((uint32_t)value & 0x5) : h_csr;
        fputs(far->interrupts && word[0] == 'w' ? "IRQ raise 16\nOK\nIRQ lower 16\n" : "OK\n", to);
    }
}

static void far_run(int listener, const Far *far)
{
    int fd = accept(listener, NULL, NULL);
    FILE *from = fdopen(fd, "r"), *to = fdopen(dup(fd), "w");
    char line[256];

    for (unsigned int i = 1; from && to && fgets(line, sizeof(line), from); i++) {
        far_answer(to, far, line);
        fflush(to);
        if (i == far->lines) {
            break;
        }
    }
}

static void far_start(const Far *far)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s/qtest", root);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    snprintf(text, sizeof(text), "qtest:%s/qtest", root);
    child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        far_run(listener, far);
        _exit(0);
    }
    close(listener);
}

static void set_up(void)
{
    strcpy(root, "/tmp/swme-qtest-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    child = 0;
    memset(message, 0, sizeof(message));
}

static void tear_down(void)
{
    char command[96];

    if (child > 0) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    snprintf(command, sizeof(command), "rm -r '%s'", root);
    ck_assert_int_eq(system(command), 0);
}

static const struct {
    Far far;
    const char *why;
} refused[] = {
    {{.lines = 1}, "does not speak qtest"},
    {{.reads = "OK\n"}, "does not speak qtest"},
    {{.reads = "what?\n"}, "does not speak qtest"},
    {{.writes = "FAIL\n"}, "does not speak qtest"},
    {{.devfn = 0x200}, "no HECI function on bus 0"},
    {{.devfn = 0x200, .steps = true}, "no HECI function on bus 0"},
    {{.devfn = DEVFN, .other_class = true}, "no HECI function on bus 0"},
};

START_TEST(who_does_not_speak_qtest_is_refused)
{
    far_start(&refused[_i].far);
    ck_assert_ptr_null(qtest_open(text, message));
    ck_assert_msg(strstr(message, refused[_i].why) && !strchr(message, '\n'), "'%s' in '%s'",
                  refused[_i].why, message);
}
END_TEST

START_TEST(a_line_without_end_is_no_endless_wait)
{
    static char flood[4096];
    Far far = {.reads = flood};

    memset(flood, 'x', sizeof(flood) - 1);
    far_start(&far);
    ck_assert_ptr_null(qtest_open(text, message));
    ck_assert_ptr_nonnull(strstr(message, "does not speak qtest"));
}
END_TEST

START_TEST(paths_are_checked)
{
    char path[256] = "qtest:/";

    ck_assert_ptr_null(qtest_open("qtest:", message));
    ck_assert_str_ne(message, "");
    memset(path + 7, 'x', 200);
    ck_assert_ptr_null(qtest_open(path, message));
    ck_assert_ptr_nonnull(strstr(message, "bytes"));
    snprintf(path, sizeof(path), "qtest:%s/none", root);
    ck_assert_ptr_null(qtest_open(path, message));
    ck_assert_ptr_nonnull(strstr(message, "No such file"));
}
END_TEST

/* An ME that never gets ready: time goes on by clock_step, or with the wall's. */
START_TEST(time_is_the_machine_s)
{
    static const Far fars[] = {{.devfn = DEVFN, .steps = true},
                               {.devfn = DEVFN, .steps = true, .places = true}};
    RegisterTransport transport;
    int64_t began;

    far_start(&fars[_i]);
    ck_assert_msg(qtest_open_registers(text, &transport, message), "%s", message);
    ck_assert(transport.virtual_time);
    began = transport.ops->now(transport.transport);
    ck_assert_int_eq(transport.ops->wait(transport.transport, began + MEI_NS_PER_S),
                     MEI_ERR_TIMEOUT);
    ck_assert_int_eq(transport.ops->now(transport.transport), began + MEI_NS_PER_S);
    ck_assert_uint_eq(transport.ops->config_read32(transport.transport, 0), 0xa0e08086);
    transport.close(transport.transport);
}
END_TEST

/* Where the launcher puts it, or elsewhere; a BAR that is switched on and not placed gets a place.
 */
START_TEST(the_function_is_found_and_placed)
{
    static const Far fars[] = {{.devfn = HECI_PCI_DEVFN_SLOT << 3},
                               {.devfn = DEVFN, .decodes = true},
                               {.devfn = DEVFN, .odd_step = true, .steps = true}};
    RegisterTransport transport;

    far_start(&fars[_i]);
    ck_assert_msg(qtest_open_registers(text, &transport, message), "%s", message);
    ck_assert(!transport.virtual_time);
    ck_assert_uint_eq(transport.ops->config_read32(transport.transport, 0), 0xa0e08086);
    ck_assert_uint_eq(transport.ops->read32(transport.transport, HECI_H_CSR), 0x20000000);
    transport.close(transport.transport);
}
END_TEST

START_TEST(interrupts_end_a_wait)
{
    static const Far fars[] = {{.devfn = DEVFN, .interrupts = true},
                               {.devfn = DEVFN, .interrupts = true, .steps = true}};
    RegisterTransport transport;

    far_start(&fars[_i]);
    ck_assert_msg(qtest_open_registers(text, &transport, message), "%s", message);
    transport.ops->write32(transport.transport, HECI_H_CSR, 0);
    ck_assert_int_eq(transport.ops->wait(transport.transport,
                                         transport.ops->now(transport.transport) + MEI_NS_PER_MS),
                     MEI_ERR_TIMEOUT); /* the cause is there, and not enabled */
    transport.ops->write32(transport.transport, HECI_H_CSR, H_CSR_IE);
    ck_assert_int_eq(transport.ops->wait(transport.transport, INT64_MAX), MEI_OK);
    transport.close(transport.transport);
}
END_TEST

START_TEST(a_far_end_that_ends_ends_the_wait)
{
    static const Far fars[] = {{.devfn = DEVFN, .steps = true, .bad_steps = true},
                               {.devfn = DEVFN, .steps = true, .lines = 90},
                               {.devfn = DEVFN, .lines = 90}};
    RegisterTransport transport;
    int64_t deadline;

    far_start(&fars[_i]);
    ck_assert_msg(qtest_open_registers(text, &transport, message), "%s", message);
    deadline = transport.ops->now(transport.transport) + 60 * MEI_NS_PER_S;
    ck_assert_int_eq(transport.ops->wait(transport.transport, deadline), MEI_ERR_TRANSPORT);
    ck_assert_int_eq(transport.ops->wait(transport.transport, deadline), MEI_ERR_TRANSPORT);
    ck_assert_uint_eq(transport.ops->read32(transport.transport, 0), 0xffffffff);
    transport.close(transport.transport);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("host-driver-qtest");
    TCase *tcase = unit_case(s, "qtest");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, who_does_not_speak_qtest_is_refused, 0, UNIT_COUNT(refused));
    tcase_add_test(tcase, a_line_without_end_is_no_endless_wait);
    tcase_add_test(tcase, paths_are_checked);
    tcase_add_loop_test(tcase, time_is_the_machine_s, 0, 2);
    tcase_add_loop_test(tcase, the_function_is_found_and_placed, 0, 3);
    tcase_add_loop_test(tcase, interrupts_end_a_wait, 0, 2);
    tcase_add_loop_test(tcase, a_far_end_that_ends_ends_the_wait, 0, 3);
    return unit_run(s);
}
