/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same cases on the real QEMU device. Its CPU runs a system firmware that halts at once: the
 * virtual clock runs, nobody touches the function, and the driver is here, behind a qtest socket.
 *
 *     test-qtest SWME
 *
 * where SWME is build/swme.
 */
#include <signal.h>
#include <sys/prctl.h>

#include <gio/gio.h>
#include <glib/gstdio.h>

#include "firmware-sim/platform/platform.h"
#include "host-driver/transports/qtest.h"
#include "tests/e2e/cases.h"
#include "tests/e2e/vectors.h"
#include "tests/unit/unit.h"

#define BIOS_SIZE   65536
#define START_TRIES 600 /* of 100 ms: a loaded machine takes its time to start a QEMU */

/* A register access costs some 30 us through a socket: a thousand rounds once, few elsewhere. */
#define ROUNDS           1000
#define ROUNDS_ELSEWHERE 20
#define CASE_TIMEOUT_S   600 /* for the thousand, on a loaded machine */

/* One for each way to power-gate, and with both numbers of status words. */
static const char *const platforms[] = {"tgp-lp", "ppt-1", "lpt-h", "spt-h"};

static const char *swme;
static char *directory;
static GSubprocess *qemu;
static E2eEnv env;

/* cli; hlt; and back, at the reset vector; hlt everywhere else. */
static char *write_bios(void)
{
    static const char reset_vector[] = {'\xfa', '\xf4', '\xeb', '\xfd'};
    char *path = g_build_filename(directory, "halt.bin", NULL);
    char *bytes = g_malloc(BIOS_SIZE);

    memset(bytes, 0xf4, BIOS_SIZE);
    memcpy(bytes + BIOS_SIZE - 16, reset_vector, sizeof(reset_vector));
    ck_assert(g_file_set_contents(path, bytes, BIOS_SIZE, NULL));
    g_free(bytes);
    return path;
}

/* Waits for the socket by connecting to it; gives up at once when QEMU has. */
static Session *connect_qtest(const char *socket)
{
    char *text = g_strconcat("qtest:", socket, NULL);
    char message[SESSION_MESSAGE_SIZE] = "";
    Session *session = NULL;

    for (unsigned int i = 0; !session && i < START_TRIES; i++) {
        session = qtest_open(text, message);
        if (!session) {
            ck_assert_msg(g_subprocess_get_identifier(qemu) != NULL, "QEMU ended: %s", message);
            g_usleep(100000);
        }
    }
    ck_assert_msg(session != NULL, "%s", message);
    g_free(text);
    return session;
}

/* In the child, before swme runs: a test that is killed takes its QEMU with it. */
static void die_with_parent(gpointer unused)
{
    (void)unused;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static void start_with(const char *name, unsigned int rounds, bool faults)
{
    char *socket = g_build_filename(directory, "qtest", NULL);
    char *bios = write_bios();
    char *qtest = g_strdup_printf("unix:%s,server=on,wait=off", socket);
    char *device;
    GSubprocessLauncher *launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE);
    GError *error = NULL;
    const char *rules;

    env = (E2eEnv){.platform = swme_platform_find(name, NULL), .rounds = rounds};
    rules = e2e_prepare(&env);
    device = g_strdup_printf("intel-mei,addr=16.0,echo=on,platform=%s,uuid=%s,fault=%s", name,
                             E2E_UUID, faults ? rules : "none");
    g_unlink(socket);
    g_subprocess_launcher_set_child_setup(launcher, die_with_parent, NULL, NULL);
    qemu = g_subprocess_launcher_spawn(launcher, &error, swme, "qemu", "-machine", "q35", "-accel",
                                       "tcg", "-m", "32", "-nodefaults", "-display", "none",
                                       "-qtest-log", "none", "-qtest", qtest, "-bios", bios,
                                       "-device", device, NULL);
    ck_assert_msg(qemu != NULL, "%s", error ? error->message : "");
    env.session = connect_qtest(socket);
    g_object_unref(launcher);
    g_free(device);
    g_free(qtest);
    g_free(bios);
    g_free(socket);
}

static void start(const char *name, unsigned int rounds)
{
    start_with(name, rounds, false);
}

static void set_up(void)
{
    directory = g_dir_make_tmp("swme-e2e-XXXXXX", NULL);
    ck_assert_ptr_nonnull(directory);
}

/* Runs for a failed test as well, because Check forks none here. */
static void tear_down(void)
{
    static const char *const names[] = {"qtest", "halt.bin"};

    session_close(env.session);
    env.session = NULL;
    if (qemu) {
        g_subprocess_force_exit(qemu);
        g_subprocess_wait(qemu, NULL, NULL);
        g_clear_object(&qemu);
    }
    for (size_t i = 0; directory && i < UNIT_COUNT(names); i++) {
        char *path = g_build_filename(directory, names[i], NULL);

        g_unlink(path);
        g_free(path);
    }
    if (directory) {
        g_rmdir(directory);
        g_clear_pointer(&directory, g_free);
    }
}

START_TEST(on_the_default_platform)
{
    start(platforms[0], ROUNDS);
    e2e_cases[_i].run(&env);
}
END_TEST

/* One QEMU for all cases but the last, which counts from a fresh start. */
START_TEST(on_other_platforms)
{
    start(platforms[_i], ROUNDS_ELSEWHERE);
    for (unsigned int i = 0; i < e2e_case_count - 1; i++) {
        e2e_cases[i].run(&env);
    }
}
END_TEST

START_TEST(conformance_on_the_default_platform)
{
    start_with(platforms[0], ROUNDS, true);
    conformance_cases[_i].run(&env);
}
END_TEST

START_TEST(conformance_on_other_platforms)
{
    start_with(platforms[_i], ROUNDS_ELSEWHERE, true);
    for (unsigned int i = 0; i < conformance_case_count; i++) {
        conformance_cases[i].run(&env);
    }
}
END_TEST

/* ME client fact sheet, section I. One QEMU for each platform that was recorded. */
START_TEST(answers_are_as_recorded_on_real_firmware)
{
    for (unsigned int i = 0; i < vector_count; i++) {
        char why[SESSION_MESSAGE_SIZE] = "";

        if (i == 0 || strcmp(vectors[i].platform, vectors[i - 1].platform) != 0) {
            tear_down();
            set_up();
            start(vectors[i].platform, ROUNDS_ELSEWHERE);
        }
        ck_assert_msg(vector_run(&vectors[i], env.session, why), "%s: %s", vectors[i].name, why);
    }
}
END_TEST

START_TEST(the_far_end_may_vanish)
{
    uint8_t byte = 0;
    Channel *channel;
    SessionInfo info;
    MeiError error;

    start(platforms[0], ROUNDS_ELSEWHERE);
    ck_assert_int_eq(session_info(env.session, &info), MEI_OK);
    g_subprocess_force_exit(qemu);
    g_subprocess_wait(qemu, NULL, NULL);
    error = session_reset(env.session);
    ck_assert(error == MEI_ERR_GONE || error == MEI_ERR_TRANSPORT);
    ck_assert_int_eq(session_open_client(env.session, &(SwmeGuid){{byte}}, &channel),
                     MEI_ERR_DISABLED);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("e2e-qtest");
    TCase *tcase = unit_case(s, "cases");

    tcase_set_timeout(tcase, CASE_TIMEOUT_S);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, on_the_default_platform, 0, (int)e2e_case_count);
    tcase_add_loop_test(tcase, on_other_platforms, 1, (int)UNIT_COUNT(platforms));
    tcase_add_loop_test(tcase, conformance_on_the_default_platform, 0, (int)conformance_case_count);
    tcase_add_loop_test(tcase, conformance_on_other_platforms, 1, (int)UNIT_COUNT(platforms));
    tcase_add_test(tcase, the_far_end_may_vanish);

    tcase = unit_case(s, "vectors");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, answers_are_as_recorded_on_real_firmware);
    return s;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: test-qtest SWME\n");
        return 2;
    }
    swme = argv[1];
    /* In one process: a failed assertion then still comes by the fixture, which ends QEMU. */
    g_setenv("CK_FORK", "no", TRUE);
    return unit_run(suite());
}
