/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands above the driver: the kernel's files, AMT's answers, JSON. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <swme/bytes.h>
#include <swme/mkhi.h>

#include "host-driver/tool/amthi.h"
#include "host-driver/tool/echo.h"
#include "host-driver/tool/json-out.h"
#include "host-driver/tool/mkhi.h"
#include "host-driver/transports/kernel.h"
#include "tests/unit/unit.h"

/* ---- a /dev and a /sys of our own ---- */

static char root[64];

static void make_root(void)
{
    strcpy(root, "/tmp/swme-kernel-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
}

static void remove_root(void)
{
    char command[96];

    snprintf(command, sizeof(command), "rm -r '%s'", root);
    ck_assert_int_eq(system(command), 0);
}

/* Makes the file and the directories that it stands in. */
static void put(const char *path, const char *text)
{
    char full[256];
    FILE *file;

    snprintf(full, sizeof(full), "%s%s", root, path);
    for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(full, 0700);
        *slash = '/';
    }
    file = fopen(full, "we");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static Session *open_mei0(void)
{
    char message[SESSION_MESSAGE_SIZE] = "";
    Session *session;

    put("/dev/mei0", "");
    session = kernel_open_root("/dev/mei0", root, message);
    ck_assert_msg(session != NULL, "%s", message);
    return session;
}

START_TEST(sysfs_tells_what_the_kernel_knows)
{
    Session *session = open_mei0();
    SessionInfo info;

    put("/sys/class/mei/mei0/dev_state", "ENABLED");
    put("/sys/class/mei/mei0/kind", "mei\n");
    put("/sys/class/mei/mei0/hbm_ver", "2.1\n");
    put("/sys/class/mei/mei0/trc", "0000ABCD\n");
    put("/sys/class/mei/mei0/fw_status", "1E000245\n60002306\n");
    put("/sys/class/mei/mei0/fw_ver", "0:16.1.32.2473\n1:16.1.32.2474\n0:0.0.0.0\n");
    put("/sys/class/mei/mei0/device/vendor", "0x8086\n");
    put("/sys/class/mei/mei0/device/device", "0x7a68\n");
    ck_assert_int_eq(session_info(session, &info), MEI_OK);
    ck_assert_str_eq(info.state, "ENABLED");
    ck_assert_str_eq(info.reason, "");
    ck_assert_str_eq(info.kind, "mei");
    ck_assert(info.hbm_known && info.hbm_major == 2 && info.hbm_minor == 1);
    ck_assert(info.trc_known && info.trc == 0xabcd);
    ck_assert_uint_eq(info.status_count, 2);
    ck_assert_uint_eq(info.status[1], 0x60002306);
    ck_assert_uint_eq(info.version_count, 2);
    ck_assert_uint_eq(info.version[1].platform, 1);
    ck_assert_uint_eq(info.version[1].build, 2474);
    ck_assert(info.pci_known && info.pci_device == 0x7a68);
    session_close(session);
}
END_TEST

START_TEST(missing_and_odd_files_are_no_failure)
{
    static const char *const oddities[] = {
        "", "\n", "x", "0x", "99999999999999999999\n", "0:1.2\n", "\xff\xfe\n"};
    Session *session = open_mei0();
    SessionInfo info;

    ck_assert_int_eq(session_info(session, &info), MEI_OK);
    ck_assert_str_eq(info.state, "unknown");
    ck_assert(!info.hbm_known && !info.trc_known && !info.pci_known);
    ck_assert_uint_eq(info.status_count + info.version_count, 0);
    put("/sys/class/mei/mei0/fw_status", oddities[_i]);
    put("/sys/class/mei/mei0/fw_ver", oddities[_i]);
    put("/sys/class/mei/mei0/hbm_ver", oddities[_i]);
    put("/sys/class/mei/mei0/device/vendor", oddities[_i]);
    put("/sys/class/mei/mei0/dev_state", "RESETTING");
    ck_assert_int_eq(session_info(session, &info), MEI_OK);
    ck_assert_str_ne(info.reason, "");
    ck_assert_uint_eq(info.version_count, 0);
    ck_assert(!info.hbm_known && !info.pci_known);
    session_close(session);
}
END_TEST

START_TEST(clients_come_from_debugfs_and_from_the_bus)
{
    static const char table[] =
        "  |id|fix|         UUID                       |con|msg len|sb|refc|vt|\n"
        " 0|34|  0|7e57ec40-5a1d-4c6f-9b3e-2d9041c78a16|  4|   8192| 1|   3| 1|\n"
        "rubbish\n"
        " 1| 7|  7|55213584-9a29-4916-badf-0fb7ed682aeb|  0|   2048| 0|   3| 0|\n";
    Session *session = open_mei0();
    SessionClient clients[SESSION_CLIENTS_MAX];
    size_t count;

    ck_assert_int_eq(session_clients(session, clients, &count), MEI_ERR_NO_CLIENT);
    put("/sys/bus/mei/devices/a/uuid", "55213584-9a29-4916-badf-0fb7ed682aeb");
    put("/sys/bus/mei/devices/a/version", "0A");
    put("/sys/bus/mei/devices/a/fixed", "7");
    put("/sys/bus/mei/devices/a/max_len", "2048");
    put("/sys/bus/mei/devices/b/uuid", "no uuid");
    ck_assert_int_eq(session_clients(session, clients, &count), MEI_OK);
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(clients[0].address, 7);
    ck_assert_int_eq(clients[0].version, 10);
    ck_assert_int_eq(clients[0].max_connections, SESSION_UNKNOWN);
    put("/sys/kernel/debug/mei0/meclients", table);
    ck_assert_int_eq(session_clients(session, clients, &count), MEI_OK);
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(clients[0].address, 7);
    ck_assert_int_eq(clients[0].version, 10); /* the bus knows */
    ck_assert(clients[0].fixed);
    ck_assert_int_eq(clients[1].address, 34);
    ck_assert_int_eq(clients[1].version, SESSION_UNKNOWN);
    ck_assert_int_eq(clients[1].max_connections, 4);
    ck_assert_uint_eq(clients[1].max_length, 8192);
    ck_assert(clients[1].single_receive == 1 && clients[1].vtag == 1);
    session_close(session);
}
END_TEST

/* What no kernel says, but a root of somebody's may. */
START_TEST(the_kernel_s_files_are_bounded)
{
    char path[300], row[160], table[300 * 130] = "";
    SessionClient clients[SESSION_CLIENTS_MAX];
    Session *session = open_mei0();
    SessionInfo info;
    size_t count;

    put("/sys/class/mei/mei0/fw_status", "1\n2\n3\n4\n5\n6\n7\n8\n");
    put("/sys/class/mei/mei0/fw_ver", "0:1.0.0.0\n0:0.1.0.0\n0:0.0.0.1\n0:9.9.9.9\n");
    put("/sys/class/mei/mei0/device/device", "0x7a68\n");
    ck_assert_int_eq(session_info(session, &info), MEI_OK);
    ck_assert_uint_eq(info.status_count, HECI_HFS_COUNT);
    ck_assert_uint_eq(info.version_count, MKHI_FW_VERSION_BLOCKS_MAX);
    ck_assert(!info.pci_known); /* no vendor */
    for (unsigned int i = 0; i < 300; i++) {
        snprintf(row, sizeof(row), "%u|%u|0|7e57ec40-5a1d-4c6f-9b3e-2d90%08x|4|8192|1|3|1|\n", i, i,
                 i);
        strcat(table, row);
    }
    strcat(table, "1|2|0|no-guid-at-all|4|8192|1|3|1|\n");
    put("/sys/kernel/debug/mei0/meclients", table);
    /* Of the function's own devices alone, once it is known; one more than there is room for. */
    ck_assert_int_eq(session_clients(session, clients, &count), MEI_OK);
    ck_assert_uint_eq(count, SESSION_CLIENTS_MAX);
    put("/sys/kernel/debug/mei0/meclients", "1|2|0|no-guid-at-all|4|8192|1|3|1|\n");
    snprintf(path, sizeof(path), "%s/sys/class/mei/mei0/device", root);
    snprintf(row, sizeof(row), "rm -r '%s/sys/class/mei/mei0/device'", root);
    ck_assert_int_eq(system(row), 0);
    ck_assert_int_eq(symlink("../../../0000:00:16.0", path), 0);
    put("/sys/bus/mei/devices/0000:00:16.0-a/uuid", "55213584-9a29-4916-badf-0fb7ed682aeb");
    put("/sys/bus/mei/devices/0000:00:16.0-a/max_len", "x");
    put("/sys/bus/mei/devices/0000:01:16.0-b/uuid", "12f80028-b4b7-4b2d-aca8-46e0ff65814c");
    ck_assert_int_eq(session_clients(session, clients, &count), MEI_OK);
    ck_assert_uint_eq(count, 1);
    ck_assert(clients[0].max_length == 0 && clients[0].address == SESSION_UNKNOWN);
    session_close(session);
}
END_TEST

START_TEST(what_is_no_mei_device_is_refused)
{
    static const char *const texts[] = {"/dev/mei", "/dev/meix", "/dev/mei0x", "/dev/mei1",
                                        "/dev/mei99999"};
    char message[SESSION_MESSAGE_SIZE] = "";

    session_close(open_mei0());
    ck_assert_ptr_null(kernel_open_root(texts[_i], root, message));
    ck_assert_str_ne(message, "");
}
END_TEST

/* ---- clients that answer what the test says ---- */

typedef struct Scripted {
    Session session; /* first */
    Channel channel;
    uint8_t answer[AMTHI_ANSWER_MAX + 1];
    size_t size;
    const uint8_t *next; /* from the second answer on; NULL: the same again */
    size_t next_size;
    MeiError open_error, write_error;
    unsigned int open;
} Scripted;

static Scripted scripted;

static MeiError scripted_open(Session *session, const SwmeGuid *guid, uint8_t vtag,
                              Channel **channel)
{
    Scripted *s = (Scripted *)session;

    (void)guid;
    (void)vtag;
    if (s->open_error) {
        return s->open_error;
    }
    s->channel.session = session;
    s->open++;
    *channel = &s->channel;
    return MEI_OK;
}

static MeiError scripted_write(Channel *channel, const void *data, size_t size, int timeout)
{
    (void)data;
    (void)size;
    (void)timeout;
    return ((const Scripted *)channel->session)->write_error;
}

static MeiError scripted_read(Channel *channel, void *data, size_t size, size_t *received,
                              int timeout)
{
    Scripted *s = (Scripted *)channel->session;

    (void)timeout;
    if (s->size > size) {
        return MEI_ERR_OVERFLOW;
    }
    memcpy(data, s->answer, s->size);
    *received = s->size;
    if (s->next) {
        memcpy(s->answer, s->next, s->next_size);
        s->size = s->next_size;
    }
    return MEI_OK;
}

static void scripted_close_channel(Channel *channel)
{
    ((Scripted *)channel->session)->open--;
}

static const SessionOps scripted_ops = {
    .open = scripted_open,
    .write = scripted_write,
    .read = scripted_read,
    .close_channel = scripted_close_channel,
};

static void script(size_t size)
{
    memset(&scripted, 0, sizeof(scripted));
    scripted.session.ops = &scripted_ops;
    scripted.size = size;
}

/* A sound answer on code versions; the tests then spoil one thing. */
static void script_code_versions(uint32_t count)
{
    script(AMTHI_CODE_VERSIONS_FIRST + count * AMTHI_CODE_VERSION_SIZE);
    scripted.answer[0] = 1;
    scripted.answer[1] = 1;
    swme_put_le32(scripted.answer + 4, AMTHI_GET_CODE_VERSIONS | AMTHI_RESPONSE);
    swme_put_le32(scripted.answer + 8, (uint32_t)scripted.size - 12);
    swme_put_le32(scripted.answer + AMTHI_CODE_VERSIONS_COUNT, count);
}

/* The next question gets the same answer, which is to another: so far, and no farther, it went. */
#define PASSED_CODE_VERSIONS "AMT's answer on provisioning mode is to another question"

static const struct {
    size_t at; /* byte to spoil; SIZE_MAX: none */
    uint8_t value;
    const char *message;
} spoilt[] = {
    {SIZE_MAX, 0, PASSED_CODE_VERSIONS},
    {AMTHI_OFF_MAJOR, 2, "is to another question"},
    {AMTHI_OFF_COMMAND, 0x1b, "is to another question"},
    {AMTHI_OFF_COMMAND + 2, 0, "is to another question"},
    {AMTHI_OFF_LENGTH, 1, "a length that is not its own"},
    {AMTHI_OFF_STATUS, 3, "invalid AMT mode (0x3)"},
    {AMTHI_CODE_VERSIONS_COUNT, 1, "another length than its entries"},
    {AMTHI_CODE_VERSIONS_COUNT, 3, "another length than its entries"},
    {AMTHI_CODE_VERSIONS_COUNT + 3, 0xff, "another length than its entries"},
    {AMTHI_CODE_VERSIONS_FIRST, 20, PASSED_CODE_VERSIONS},
    {AMTHI_CODE_VERSIONS_FIRST, 21, "a string longer than its field"},
    {AMTHI_CODE_VERSIONS_FIRST + AMTHI_CODE_VERSION_SIZE + AMTHI_VERSION_STRING_SIZE + 1, 1,
     "a string longer than its field"},
};

START_TEST(amt_answers_are_checked)
{
    AmthiInfo info;

    script_code_versions(2);
    if (spoilt[_i].at != SIZE_MAX) {
        scripted.answer[spoilt[_i].at] = spoilt[_i].value;
    }
    ck_assert_int_ne(amthi_info(&scripted.session, &info), MEI_OK);
    ck_assert_msg(strstr(scripted.session.message, spoilt[_i].message) != NULL, "%d: %s", _i,
                  scripted.session.message);
    ck_assert_uint_eq(scripted.open, 0);
}
END_TEST

START_TEST(amt_answers_of_every_length_are_survived)
{
    AmthiInfo info;

    for (size_t size = 0; size <= sizeof(scripted.answer); size++) {
        script_code_versions(AMTHI_CODE_VERSIONS_MAX);
        scripted.size = size;
        swme_put_le32(scripted.answer + 8, (uint32_t)size - 12);
        MUST(amthi_info(&scripted.session, &info) != MEI_OK);
        MUST(scripted.open == 0);
    }
    script(0);
    ck_assert_int_eq(amthi_info(&scripted.session, &info), MEI_ERR_REFUSED);
    ck_assert_str_eq(scripted.session.message, "AMT is disabled");
}
END_TEST

/* The first answer is sound; the second has no room for what was asked. */
START_TEST(amt_answers_without_data_are_refused)
{
    uint8_t next[AMTHI_OFF_DATA] = {AMTHI_VERSION_MAJOR, AMTHI_VERSION_MINOR};
    AmthiInfo info;

    swme_put_le32(next + AMTHI_OFF_COMMAND, AMTHI_GET_PROVISIONING_MODE | AMTHI_RESPONSE);
    swme_put_le32(next + AMTHI_OFF_LENGTH, sizeof(next) - AMTHI_HEADER_SIZE);
    script_code_versions(1);
    scripted.next = next;
    scripted.next_size = sizeof(next);
    ck_assert_int_eq(amthi_info(&scripted.session, &info), MEI_ERR_PROTOCOL);
    ck_assert_str_eq(scripted.session.message, "AMT's answer on provisioning mode is too short");
    ck_assert_uint_eq(scripted.open, 0);
}
END_TEST

START_TEST(what_cannot_be_asked_is_said)
{
    static const uint8_t much[4096];
    uint8_t answer[AMTHI_ANSWER_MAX];
    SessionInfo versions = {0};
    AmthiInfo info;
    Channel *channel;
    size_t size = 0;

    script_code_versions(1);
    ck_assert_int_eq(amthi_open(&scripted.session, &channel), MEI_OK);
    ck_assert_int_eq(
        amthi_ask(channel, AMTHI_GET_CODE_VERSIONS, "a poem", much, sizeof(much), answer, &size, 0),
        MEI_ERR_INVALID);
    ck_assert_str_eq(scripted.session.message, "a poem is too long");
    ck_assert_int_eq(amthi_ask(channel, AMTHI_GET_CODE_VERSIONS, "a poem", NULL, 0, answer, &size,
                               scripted.size - AMTHI_OFF_DATA),
                     MEI_OK);
    ck_assert_int_eq(amthi_ask(channel, AMTHI_GET_CODE_VERSIONS, "a poem", NULL, 0, answer, &size,
                               scripted.size - AMTHI_OFF_DATA + 1),
                     MEI_ERR_PROTOCOL);
    ck_assert_int_eq(mkhi_exchange(channel, 1, 2, much, sizeof(much), answer, &size),
                     MEI_ERR_INVALID);
    channel_close(channel);
    scripted.write_error = MEI_ERR_TIMEOUT;
    ck_assert_int_eq(amthi_info(&scripted.session, &info), MEI_ERR_TIMEOUT);
    ck_assert_int_eq(mkhi_firmware_version(&scripted.session, &versions), MEI_ERR_TIMEOUT);
    scripted.open_error = MEI_ERR_NOT_CONNECTED;
    ck_assert_int_eq(amthi_info(&scripted.session, &info), MEI_ERR_NOT_CONNECTED);
    ck_assert_int_eq(mkhi_firmware_version(&scripted.session, &versions), MEI_ERR_NOT_CONNECTED);
    ck_assert_uint_eq(scripted.open, 0);
}
END_TEST

/* u16 length and so many bytes, of which no more is believed than came. */
START_TEST(counted_strings_end_with_the_answer)
{
    static const uint8_t answer[] = {9, 3, 0, 'a', 'b', 'c', 'd'};
    static const struct {
        size_t size, at, room;
        const char *text;
    } rows[] = {{7, 1, 8, "abc"}, {7, 1, 3, "ab"}, {6, 1, 8, "abc"}, {5, 1, 8, ""},
                {3, 1, 8, ""},    {2, 1, 8, ""},   {1, 1, 8, ""},    {7, 9, 8, ""}};

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        char text[16] = "old";

        amthi_counted(text, rows[i].room, answer, rows[i].size, rows[i].at);
        ck_assert_msg(strcmp(text, rows[i].text) == 0, "%zu: %s", i, text);
    }
}
END_TEST

START_TEST(each_result_of_mkhi_has_its_word)
{
    const char *seen[32] = {0};

    for (unsigned int group = 0; group < 2; group++) {
        unsigned int known = 0;

        for (unsigned int result = 0; result < 256; result++) {
            const char *name = mkhi_result_name(group ? MKHI_GROUP_MCA : 1, (uint8_t)result);

            if (strcmp(name, "unknown result") != 0) {
                for (unsigned int i = 0; i < known; i++) {
                    ck_assert_str_ne(name, seen[i]);
                }
                seen[known++] = name;
            }
        }
        ck_assert_uint_eq(known, group ? 10 : 6);
    }
}
END_TEST

START_TEST(strings_of_the_firmware_are_made_printable)
{
    AmthiInfo info;

    script_code_versions(1);
    memcpy(scripted.answer + AMTHI_OFF_DATA, "a\x1b[2J\x80", 6);
    memset(scripted.answer + AMTHI_CODE_VERSIONS_FIRST + 2, 'x', 20);
    scripted.answer[AMTHI_CODE_VERSIONS_FIRST] = 20;
    (void)amthi_info(&scripted.session, &info);
    ck_assert_str_eq(info.bios_version, "a?[2J?");
    ck_assert_str_eq(info.code_versions[0].description, "xxxxxxxxxxxxxxxxxxxx");
}
END_TEST

/* A word for each number, and another one for each; what nobody knows is said to be unknown. */
START_TEST(every_number_has_its_word)
{
    static const struct {
        const char *(*name)(uint32_t value);
        unsigned int known;
    } rows[] = {{amthi_provisioning_mode_name, 4},
                {amthi_provisioning_state_name, 3},
                {amthi_control_mode_name, 4},
                {amthi_status_name, 17}};
    const char *seen[32];
    unsigned int known = 0;

    for (uint32_t value = 0; value < 0x2000; value++) {
        const char *name = rows[_i].name(value);

        if (strcmp(name, "unknown") == 0) {
            continue;
        }
        for (unsigned int i = 0; i < known; i++) {
            ck_assert_str_ne(name, seen[i]);
        }
        seen[known++] = name;
    }
    ck_assert_uint_eq(known, rows[_i].known);
    ck_assert_str_eq(rows[_i].name(UINT32_MAX), "unknown");
}
END_TEST

START_TEST(mkhi_answers_of_every_length_are_survived)
{
    for (size_t size = 0; size <= 40; size++) {
        SessionInfo info = {0};
        MeiError error;

        script(size);
        memcpy(scripted.answer, "\xff\x82\0\0\x08\0\x0b\0\x61\x0d\x32\0", 12);
        error = mkhi_firmware_version(&scripted.session, &info);
        MUST((error == MEI_OK) == (size >= 12 && size <= 28));
        MUST(info.version_count == (error ? 0 : (size - 4) / 8));
        MUST(error || (info.version[0].major == 11 && info.version[0].minor == 8 &&
                       info.version[0].hotfix == 50 && info.version[0].build == 3425));
        MUST(scripted.open == 0);
    }
}
END_TEST

/* The answer must be to the question; a result but 0 is told by its name, MCA's by its own. */
START_TEST(mkhi_answers_are_judged)
{
    static const struct {
        const char *answer; /* 8 bytes */
        size_t size;
        MeiError error;
        const char *message; /* that it contains */
    } rows[] = {
        {"\x0a\x8a\0\0\1\2\3\4", 8, MEI_OK, ""},
        {"\x0a\x8a\0\0\1\2\3\4", 7, MEI_ERR_PROTOCOL, "too short"},
        {"\x0a\x8a\0\x0b\0\0\0\0", 4, MEI_ERR_REFUSED, "a file: invalid input (0x0b)"},
        {"\x0a\x8a\0\x89\0\0\0\0", 8, MEI_ERR_REFUSED, "a file: not supported (0x89)"},
        {"\x0a\x8a\0\x77\0\0\0\0", 4, MEI_ERR_REFUSED, "a file: unknown result (0x77)"},
        {"\x0a\x0a\0\0\1\2\3\4", 8, MEI_ERR_PROTOCOL, "another question"},
        {"\x0a\x8b\0\0\1\2\3\4", 8, MEI_ERR_PROTOCOL, "another question"},
        {"\x0b\x8a\0\0\1\2\3\4", 8, MEI_ERR_PROTOCOL, "another question"},
        {"\x0a\x8a\0\0\1\2\3\4", 3, MEI_ERR_PROTOCOL, "another question"},
        {"\x0a\x8a\0\0\1\2\3\4", 0, MEI_ERR_PROTOCOL, "another question"},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        uint8_t answer[MKHI_ANSWER_MAX];
        size_t size = 0;
        Channel *channel;

        script(rows[i].size);
        memcpy(scripted.answer, rows[i].answer, 8);
        scripted.session.message[0] = '\0';
        ck_assert_int_eq(mkhi_open(&scripted.session, &channel), MEI_OK);
        ck_assert_int_eq(mkhi_ask(channel, 0x0a, 0x0a, "a file", NULL, 0, answer, &size, 4),
                         rows[i].error);
        ck_assert_msg(strstr(scripted.session.message, rows[i].message) != NULL, "%s",
                      scripted.session.message);
        channel_close(channel);
    }
}
END_TEST

START_TEST(an_echo_that_differs_is_seen)
{
    uint8_t sent[16];
    uint8_t back[16];
    Channel *channel;

    script(sizeof(sent));
    echo_fill(sent, sizeof(sent), 1);
    ck_assert_int_eq(echo_open(&scripted.session, &channel), MEI_OK);
    memcpy(scripted.answer, sent, sizeof(sent));
    ck_assert_int_eq(echo_exchange(channel, sent, back, sizeof(sent)), MEI_OK);
    scripted.answer[15] ^= 1;
    ck_assert_int_eq(echo_exchange(channel, sent, back, sizeof(sent)), MEI_ERR_PROTOCOL);
    scripted.answer[15] ^= 1;
    scripted.size = 15;
    ck_assert_int_eq(echo_exchange(channel, sent, back, sizeof(sent)), MEI_ERR_PROTOCOL);
}
END_TEST

/* ---- JSON ---- */

START_TEST(json_is_json)
{
    static const char expected[] =
        "{\n"
        "  \"s\": \"a\\\"\\\\\\u000a\\u007f\xc3\xa9\\ufffd\\ufffd\\ufffd\",\n"
        "  \"u\": "
        "\"\xe2\x82\xac\xf0\x9f\x98\x80|\\ufffd\\ufffd\\ufffd|\\ufffd\\ufffd\\ufffd\\ufffd|"
        "\\ufffd\\ufffd\",\n"
        "  \"n\": -5,\n"
        "  \"b\": true,\n"
        "  \"z\": null,\n"
        "  \"empty\": [],\n"
        "  \"a\": [\n"
        "    1,\n"
        "    {}\n"
        "  ]\n"
        "}\n";
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    JsonOut json;

    json_init(&json, out);
    json_begin_object(&json, NULL);
    json_string(&json, "s", "a\"\\\n\x7f\xc3\xa9\xe9\xc0\xaf");
    /* What is well-formed; a surrogate, what is beyond Unicode, what is cut off. */
    json_string(&json, "u", "\xe2\x82\xac\xf0\x9f\x98\x80|\xed\xa0\x80|\xf4\x90\x80\x80|\xe2\x82");
    json_int(&json, "n", -5);
    json_bool(&json, "b", true);
    json_null(&json, "z");
    json_begin_array(&json, "empty");
    json_end_array(&json);
    json_begin_array(&json, "a");
    json_int(&json, NULL, 1);
    json_begin_object(&json, NULL);
    json_end_object(&json);
    json_end_array(&json);
    json_end_object(&json);
    fclose(out);
    ck_assert_str_eq(text, expected);
    free(text);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("host-driver-tool");
    TCase *tcase = unit_case(s, "kernel");

    tcase_add_checked_fixture(tcase, make_root, remove_root);
    tcase_add_test(tcase, sysfs_tells_what_the_kernel_knows);
    tcase_add_loop_test(tcase, missing_and_odd_files_are_no_failure, 0, 7);
    tcase_add_test(tcase, clients_come_from_debugfs_and_from_the_bus);
    tcase_add_test(tcase, the_kernel_s_files_are_bounded);
    tcase_add_loop_test(tcase, what_is_no_mei_device_is_refused, 0, 5);

    tcase = unit_case(s, "clients");
    tcase_add_loop_test(tcase, amt_answers_are_checked, 0, UNIT_COUNT(spoilt));
    tcase_add_test(tcase, amt_answers_of_every_length_are_survived);
    tcase_add_test(tcase, amt_answers_without_data_are_refused);
    tcase_add_test(tcase, what_cannot_be_asked_is_said);
    tcase_add_test(tcase, counted_strings_end_with_the_answer);
    tcase_add_test(tcase, each_result_of_mkhi_has_its_word);
    tcase_add_test(tcase, strings_of_the_firmware_are_made_printable);
    tcase_add_loop_test(tcase, every_number_has_its_word, 0, 4);
    tcase_add_test(tcase, mkhi_answers_of_every_length_are_survived);
    tcase_add_test(tcase, mkhi_answers_are_judged);
    tcase_add_test(tcase, an_echo_that_differs_is_seen);

    tcase_add_test(unit_case(s, "json"), json_is_json);
    return s;
}

int main(void)
{
    return unit_run(suite());
}
