/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transport on pci:ADDRESS, on a /sys of our own, whose registers are a file. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <swme/bytes.h>
#include <swme/heci-regs.h>

#include "host-driver/transports/pci.h"
#include "tests/unit/unit.h"

#define FUNCTION "/sys/bus/pci/devices/0000:00:16.0/"
#define INTX_OFF 0x0400u

static char root[64], message[SESSION_MESSAGE_SIZE];
static RegisterTransport transport;

static const char *path_of(const char *path)
{
    static char full[256];

    snprintf(full, sizeof(full), "%s%s", root, path);
    return full;
}

/* Makes the file and the directories that it stands in. */
static void put(const char *path, const void *data, size_t size)
{
    char full[256];
    FILE *file;

    snprintf(full, sizeof(full), "%s", path_of(path));
    for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(full, 0700);
        *slash = '/';
    }
    file = fopen(full, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(data, 1, size, file), size);
    fclose(file);
}

static void put_config(uint16_t vendor, uint16_t class)
{
    uint8_t config[256] = {0};

    swme_put_le16(config, vendor);
    swme_put_le16(config + 2, 0xa0e0);
    swme_put_le16(config + 4, INTX_OFF);
    swme_put_le16(config + 10, class);
    put(FUNCTION "config", config, sizeof(config));
}

static void set_up(void)
{
    static const uint8_t registers[4096];

    strcpy(root, "/tmp/swme-pci-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    put_config(HECI_PCI_VENDOR_ID, HECI_PCI_CLASS);
    put(FUNCTION "resource0", registers, sizeof(registers));
    put(FUNCTION "enable", "0", 1);
    memset(&transport, 0, sizeof(transport));
}

static void tear_down(void)
{
    char command[96];

    if (transport.close) {
        transport.close(transport.transport);
    }
    snprintf(command, sizeof(command), "rm -r '%s'", root);
    ck_assert_int_eq(system(command), 0);
}

static void bind_driver(const char *name)
{
    char target[128];

    snprintf(target, sizeof(target), "/sys/bus/pci/drivers/%s", name);
    ck_assert_int_eq(symlink(target, path_of(FUNCTION "driver")), 0);
}

static void must_open(const char *text)
{
    ck_assert_msg(pci_open_registers(text, root, &transport, message), "%s", message);
}

static void must_refuse(const char *text, const char *why)
{
    memset(message, 0, sizeof(message));
    ck_assert(!pci_open_registers(text, root, &transport, message));
    ck_assert_msg(strstr(message, why) && !strchr(message, '\n'), "'%s' in '%s'", why, message);
}

static void set_h_csr(uint32_t value)
{
    transport.ops->write32(transport.transport, HECI_H_CSR, value);
}

static int64_t soon(int64_t ns)
{
    return transport.ops->now(transport.transport) + ns;
}

START_TEST(addresses_are_checked)
{
    static const char *const bad[] = {
        "pci:",         "pci:x",          "pci:00:16",         "pci:00:16.8",     "pci:00:20.0",
        "pci:00:16.0x", "pci:0000:00:16", "pci:0000:00:16.0x", "pci:0000:00:20.0"};

    for (size_t i = 0; i < UNIT_COUNT(bad); i++) {
        must_refuse(bad[i], "is no address such as 0000:00:16.0 or 00:16.0");
    }
    must_refuse("pci:0000:00:17.0", "its configuration space: No such file");
    must_open("pci:00:16.0");
}
END_TEST

START_TEST(what_is_no_heci_function_is_refused)
{
    put_config(HECI_PCI_VENDOR_ID, 0x0200);
    must_refuse("pci:0000:00:16.0", "8086:a0e0 of class 0200 is no HECI function");
    put_config(0x1af4, HECI_PCI_CLASS);
    must_refuse("pci:0000:00:16.0", "is no HECI function");
    put(FUNCTION "config", "\x86", 1);
    must_refuse("pci:0000:00:16.0", "ffff:ffff of class ffff is no HECI function");
}
END_TEST

START_TEST(a_function_that_has_a_driver_is_left_to_it)
{
    bind_driver("mei_me");
    must_refuse("pci:0000:00:16.0", "mei_me has it; first 'echo 0000:00:16.0 > "
                                    "/sys/bus/pci/drivers/mei_me/unbind'");
}
END_TEST

START_TEST(what_the_kernel_refuses_is_told)
{
    static const char *const names[] = {FUNCTION "enable", FUNCTION "resource0"};
    static const char *const says[] = {"enable: ", "its registers: "};

    ck_assert_int_eq(unlink(path_of(names[_i])), 0);
    must_refuse("pci:0000:00:16.0", says[_i]);
    if (_i == 1) {
        put(names[_i], "short", 5);
        must_refuse("pci:0000:00:16.0", "its registers: Invalid argument");
    } else {
        /* A file that takes nothing. */
        ck_assert_int_eq(symlink("/dev/full", path_of(names[_i])), 0);
        must_refuse("pci:0000:00:16.0", "enable: No space left on device");
    }
}
END_TEST

START_TEST(the_function_is_switched_on)
{
    char byte = 0;
    int fd;

    must_open("pci:0000:00:16.0");
    fd = open(path_of(FUNCTION "enable"), O_RDONLY | O_CLOEXEC);
    ck_assert(read(fd, &byte, 1) == 1 && byte == '1');
    close(fd);
    /* Memory and bus master on, Interrupt Disable off. */
    ck_assert_uint_eq(transport.ops->config_read32(transport.transport, 4), 0x0006);
    ck_assert_uint_eq(transport.ops->config_read32(transport.transport, 0), 0xa0e08086);
    ck_assert_uint_eq(transport.ops->config_read32(transport.transport, 254), 0xffffffff);
}
END_TEST

START_TEST(without_uio_interrupts_are_looked_for)
{
    static const uint32_t causes[] = {H_CSR_IS | H_CSR_IE, H_CSR_D0I3C_IS | H_CSR_D0I3C_IE};
    static const uint32_t none[] = {0, H_CSR_IS, H_CSR_IE, H_CSR_D0I3C_IS, H_CSR_D0I3C_IE};
    struct pollfd fd;

    must_open("pci:0000:00:16.0");
    for (size_t i = 0; i < UNIT_COUNT(causes); i++) {
        set_h_csr(causes[i]);
        ck_assert_int_eq(transport.ops->wait(transport.transport, 0), MEI_OK);
    }
    for (size_t i = 0; i < UNIT_COUNT(none); i++) {
        int64_t deadline = soon(3 * MEI_NS_PER_MS);

        set_h_csr(none[i]);
        ck_assert_int_eq(transport.ops->wait(transport.transport, deadline), MEI_ERR_TIMEOUT);
        ck_assert_int_ge(soon(0), deadline);
    }
    ck_assert_int_gt(transport.prepare(transport.transport, &fd), 0);
}
END_TEST

/* ---- UIO: a FIFO stands for /dev/uio7 ---- */

static int open_uio(void)
{
    bind_driver("uio_pci_generic");
    put(FUNCTION "uio/other", "", 0);
    ck_assert_int_eq(mkdir(path_of(FUNCTION "uio/uio7"), 0700), 0);
    ck_assert_int_eq(mkdir(path_of("/dev"), 0700), 0);
    ck_assert_int_eq(mkfifo(path_of("/dev/uio7"), 0600), 0);
    must_open("pci:0000:00:16.0");
    return open(path_of("/dev/uio7"), O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

START_TEST(uio_without_its_device_is_told)
{
    bind_driver("uio_pci_generic");
    must_refuse("pci:0000:00:16.0", "its UIO device: No such file");
    put(FUNCTION "uio/other", "", 0);
    must_refuse("pci:0000:00:16.0", "its UIO device: No such file");
    ck_assert_int_eq(mkdir(path_of(FUNCTION "uio/uio7"), 0700), 0);
    must_refuse("pci:0000:00:16.0", "its UIO device: No such file");
}
END_TEST

START_TEST(uio_s_interrupts_are_waited_for)
{
    static const uint8_t count[4] = {1};
    int uio = open_uio();
    struct pollfd fd = {.fd = -1};

    ck_assert_int_ge(uio, 0);
    /* One that was for nothing: the wait goes on, and asks for the next. */
    ck_assert_int_eq(write(uio, count, sizeof(count)), sizeof(count));
    ck_assert_int_eq(transport.ops->wait(transport.transport, soon(5 * MEI_NS_PER_MS)),
                     MEI_ERR_TIMEOUT);
    ck_assert_uint_eq(transport.ops->config_read32(transport.transport, 4) & INTX_OFF, 0);
    ck_assert_int_eq(transport.prepare(transport.transport, &fd), 1000);
    ck_assert(fd.fd >= 0 && fd.events == POLLIN);
    set_h_csr(H_CSR_IS | H_CSR_IE);
    ck_assert_int_eq(transport.ops->wait(transport.transport, INT64_MAX), MEI_OK);
    close(uio);
}
END_TEST

/* What unbinding the driver under us looks like. */
START_TEST(uio_that_ends_is_no_endless_wait)
{
    int uio = open_uio();

    errno = EAGAIN; /* of something else */
    ck_assert_int_eq(write(uio, "x", 1), 1);
    ck_assert_int_eq(transport.ops->wait(transport.transport, INT64_MAX), MEI_ERR_TRANSPORT);
    close(uio);
}
END_TEST

/* Registers that are no ME's: the session is there, and says why it does not work. */
START_TEST(a_session_says_why_it_does_not_start)
{
    SessionInfo info;
    Session *session;
    Channel *channel;

    must_open("pci:0000:00:16.0");
    session = session_new_registers(&transport);
    ck_assert_ptr_nonnull(session);
    transport.close = NULL; /* the session's now */
    ck_assert_int_eq(session_info(session, &info), MEI_OK);
    ck_assert_str_eq(info.state, "DISABLED");
    ck_assert_str_ne(info.reason, "");
    ck_assert_int_eq(session_open_client(session, &(SwmeGuid){{0}}, &channel), MEI_ERR_DISABLED);
    ck_assert_int_eq(session_reset(session), MEI_ERR_HARDWARE);
    session_close(session);
}
END_TEST

START_TEST(a_root_that_is_too_long_is_refused)
{
    char text[8192];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    ck_assert(!pci_open_registers("pci:0000:00:16.0", text, &transport, message));
    ck_assert_str_eq(message, "pci: the path is too long");
    text[4050] = '\0'; /* the directory fits, its files do not */
    ck_assert(!pci_open_registers("pci:0000:00:16.0", text, &transport, message));
    ck_assert_ptr_nonnull(strstr(message, "File name too long"));
    ck_assert_ptr_null(pci_open("pci:zz", message));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("host-driver-pci");
    TCase *tcase = unit_case(s, "pci");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, addresses_are_checked);
    tcase_add_test(tcase, what_is_no_heci_function_is_refused);
    tcase_add_test(tcase, a_function_that_has_a_driver_is_left_to_it);
    tcase_add_loop_test(tcase, what_the_kernel_refuses_is_told, 0, 2);
    tcase_add_test(tcase, the_function_is_switched_on);
    tcase_add_test(tcase, without_uio_interrupts_are_looked_for);
    tcase_add_test(tcase, uio_without_its_device_is_told);
    tcase_add_test(tcase, uio_s_interrupts_are_waited_for);
    tcase_add_test(tcase, uio_that_ends_is_no_endless_wait);
    tcase_add_test(tcase, a_session_says_why_it_does_not_start);
    tcase_add_test(tcase, a_root_that_is_too_long_is_refused);
    return unit_run(s);
}
