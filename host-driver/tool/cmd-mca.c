/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* heci TRANSPORT mca: the firmware's files, through MCHI or, on older ones, by name through MKHI.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <swme/bytes.h>
#include <swme/mca.h>
#include <swme/mkhi.h>

#include "host-driver/tool/mkhi.h"
#include "host-driver/tool/out.h"
#include "host-driver/tool/tool.h"

#define READ_DEFAULT 64 /* as much as fwupd asks for */
#define READ_MAX     (MKHI_ANSWER_MAX - MCA_READ_RES_OFF_DATA)

typedef struct Question {
    Session *session;
    uint8_t answer[MKHI_ANSWER_MAX];
    size_t size;
    const char *file; /* of the sub-command read: a number, or a name that begins with '/' */
    uint32_t offset;
    uint32_t length;
    uint32_t flags;
} Question;

/* The bytes of the answer, or an error where it says of more than came. */
static MeiError check_bytes(Question *q, const char *what, uint32_t asked, uint32_t *size)
{
    *size = swme_get_le32(q->answer + MCA_READ_RES_OFF_SIZE);
    if (*size > asked || *size > q->size - MCA_READ_RES_OFF_DATA) {
        return session_fail(q->session, MEI_ERR_PROTOCOL, "the ME's answer on %s is too short",
                            what);
    }
    return MEI_OK;
}

static MeiError read_number(Question *q, Channel *mchi, const char *what, uint32_t number,
                            uint32_t *size)
{
    uint8_t data[MCA_READ_FILE_EX_REQ_SIZE - MKHI_HEADER_SIZE];
    MeiError error;

    swme_put_le32(data + MCA_READ_FILE_EX_OFF_FILE - MKHI_HEADER_SIZE, number);
    swme_put_le32(data + MCA_READ_FILE_EX_OFF_OFFSET - MKHI_HEADER_SIZE, q->offset);
    swme_put_le32(data + MCA_READ_FILE_EX_OFF_SIZE - MKHI_HEADER_SIZE, q->length);
    data[MCA_READ_FILE_EX_OFF_FLAGS - MKHI_HEADER_SIZE] = (uint8_t)q->flags;
    error = mkhi_ask(mchi, MKHI_GROUP_MCA, MCA_READ_FILE_EX, what, data, sizeof(data), q->answer,
                     &q->size, 4);
    return error ? error : check_bytes(q, what, q->length, size);
}

static MeiError read_name(Question *q, Channel *mkhi, const char *name, uint32_t *size)
{
    uint8_t data[MCA_READ_FILE_REQ_SIZE - MKHI_HEADER_SIZE] = {0};
    MeiError error;

    memcpy(data, name, strnlen(name, MCA_READ_FILE_NAME_SIZE));
    swme_put_le32(data + MCA_READ_FILE_OFF_OFFSET - MKHI_HEADER_SIZE, q->offset);
    swme_put_le32(data + MCA_READ_FILE_OFF_SIZE - MKHI_HEADER_SIZE, q->length);
    data[MCA_READ_FILE_OFF_FLAGS - MKHI_HEADER_SIZE] = (uint8_t)q->flags;
    error = mkhi_ask(mkhi, MKHI_GROUP_MCA, MCA_READ_FILE, name, data, sizeof(data), q->answer,
                     &q->size, 4);
    return error ? error : check_bytes(q, name, q->length, size);
}

static void show(const Question *q, Out *out, const char *name, uint32_t size)
{
    out_hex(out, name, q->answer + MCA_READ_RES_OFF_DATA, size, "");
}

/* ---- read ---- */

static MeiError mca_read(Question *q, Out *out)
{
    bool by_name = q->file[0] == '/';
    Channel *channel;
    uint32_t size = 0;
    MeiError error = by_name ? mkhi_open(q->session, &channel) : mchi_open(q->session, &channel);

    if (error) {
        return error == MEI_ERR_NO_CLIENT
                   ? session_fail(q->session, error, "this firmware has no %s client",
                                  by_name ? "MKHI" : "MCHI")
                   : error;
    }
    error = by_name ? read_name(q, channel, q->file, &size)
                    : read_number(q, channel, q->file, (uint32_t)strtoul(q->file, NULL, 16), &size);
    channel_close(channel);
    if (!error) {
        out_string(out, "file", q->file);
        out_number(out, "size", size);
        show(q, out, "data", size);
    }
    return error;
}

/* ---- info ---- */

static bool not_there(const Question *q, MeiError error)
{
    uint8_t result = q->answer[MKHI_OFF_RESULT];

    return error == MEI_ERR_REFUSED &&
           (result == MCA_RESULT_NO_FILE || result == MCA_RESULT_INVALID_INPUT ||
            result == MKHI_RESULT_NOT_SUPPORTED || result == MKHI_RESULT_INVALID_COMMAND);
}

static MeiError numbered_files(Question *q, Channel *mchi, Out *out)
{
    static const struct {
        const char *name;
        uint32_t number;
    } files[] = {
        {"oem_key_hash", MCA_FILE_OEM_KEY_HASH},
        {"oem_key_hash_1", MCA_FILE_OEM_KEY_HASH_1},
        {"oem_key_hash_2", MCA_FILE_OEM_KEY_HASH_2},
        {"brand_entitlements", MCA_FILE_BRAND_ENTITLEMENTS},
    };
    MeiError error = MEI_OK;

    for (size_t i = 0; !error && i < sizeof(files) / sizeof(files[0]); i++) {
        uint32_t size;

        error = read_number(q, mchi, files[i].name, files[i].number, &size);
        if (!error) {
            show(q, out, files[i].name, size);
        } else if (not_there(q, error)) {
            out_string(out, files[i].name, "not there");
            error = MEI_OK;
        }
    }
    return error;
}

static MeiError named_file(Question *q, Out *out)
{
    Channel *mkhi;
    uint32_t size;
    MeiError error = mkhi_open(q->session, &mkhi);

    if (error) {
        return error;
    }
    q->flags = MCA_FLAG_HARDWARE; /* as fwupd asks */
    error = read_name(q, mkhi, "/fpf/OemCred", &size);
    channel_close(mkhi);
    if (not_there(q, error)) {
        out_string(out, "oem_credential", "not there");
        return MEI_OK;
    }
    if (!error) {
        show(q, out, "oem_credential", size);
    }
    return error;
}

static MeiError mca_info(Question *q, Out *out)
{
    Channel *mchi;
    MeiError error = mchi_open(q->session, &mchi);

    if (error == MEI_ERR_NO_CLIENT) {
        return named_file(q, out);
    }
    if (error) {
        return error;
    }
    error = numbered_files(q, mchi, out);
    channel_close(mchi);
    return error;
}

/* ---- svn ---- */

static MeiError mca_svn(Question *q, Out *out)
{
    Channel *mkhi;
    MeiError error = mkhi_open(q->session, &mkhi);
    uint32_t count;

    if (error) {
        return error;
    }
    error = mkhi_ask(mkhi, MKHI_GROUP_MCA, MCA_ARB_SVN_INFO, "its security versions", NULL, 0,
                     q->answer, &q->size, 4);
    channel_close(mkhi);
    count = error ? 0 : swme_get_le32(q->answer + MCA_ARB_SVN_OFF_COUNT);
    for (uint32_t i = 0;
         i < count && MCA_ARB_SVN_OFF_ENTRIES + (i + 1) * MCA_ARB_SVN_ENTRY_SIZE <= q->size; i++) {
        const uint8_t *entry = q->answer + MCA_ARB_SVN_OFF_ENTRIES + i * MCA_ARB_SVN_ENTRY_SIZE;
        char name[32];

        snprintf(name, sizeof(name), "usage_%u_running", entry[MCA_ARB_SVN_ENTRY_USAGE]);
        out_number(out, name, entry[MCA_ARB_SVN_ENTRY_RUNNING]);
        snprintf(name, sizeof(name), "usage_%u_minimum", entry[MCA_ARB_SVN_ENTRY_USAGE]);
        out_number(out, name, entry[MCA_ARB_SVN_ENTRY_MINIMUM]);
    }
    return error;
}

/* ---- what was typed ---- */

static bool is_file(const char *text)
{
    char *end;

    if (text[0] == '/') {
        return strlen(text) <= MCA_READ_FILE_NAME_SIZE;
    }
    /* What is too large for it is ULLONG_MAX. */
    return text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && text[2] != '\0' &&
           strtoull(text, &end, 16) <= UINT32_MAX && *end == '\0';
}

static int read_arguments(Tool *tool, Question *q)
{
    const char *value;
    int status = TOOL_OK;
    int at = 1;

    while (status == TOOL_OK && at < tool->argc) {
        if (tool_option(tool, &at, "--offset", &value)) {
            status = tool_number("--offset", value, 0, UINT32_MAX, &q->offset);
        } else if (tool_option(tool, &at, "--size", &value)) {
            status = tool_number("--size", value, 1, READ_MAX, &q->length);
        } else if (tool_option(tool, &at, "--flags", &value)) {
            status = tool_number("--flags", value, 0, UINT8_MAX, &q->flags);
        } else if (!q->file && is_file(tool->argv[at])) {
            q->file = tool->argv[at++];
        } else {
            return tool_error(TOOL_USAGE,
                              "mca read takes one file, as 0x40002300 or /fpf/OemCred, "
                              "and --offset, --size, --flags; not '%s'",
                              tool->argv[at]);
        }
    }
    if (status == TOOL_OK && !q->file) {
        return tool_error(TOOL_USAGE, "mca read: which file? As 0x40002300 or /fpf/OemCred");
    }
    return status;
}

static const struct {
    const char *name;
    MeiError (*run)(Question *q, Out *out);
} subcommands[] = {{"info", mca_info}, {"read", mca_read}, {"svn", mca_svn}};

#define SUBCOMMANDS (sizeof(subcommands) / sizeof(subcommands[0]))

int tool_mca(Tool *tool)
{
    const char *name = tool->argc > 0 ? tool->argv[0] : "info";
    Question q = {.length = READ_DEFAULT};
    Out out = {.as_json = tool->json};
    size_t index = 0;
    MeiError error;
    int status = TOOL_OK;

    while (index < SUBCOMMANDS && strcmp(subcommands[index].name, name) != 0) {
        index++;
    }
    if (index == SUBCOMMANDS) {
        return tool_error(TOOL_USAGE, "mca has no '%s'; it has info, read, svn", name);
    }
    if (subcommands[index].run == mca_read) {
        status = read_arguments(tool, &q);
    } else if (tool->argc > 1) {
        status = tool_error(TOOL_USAGE, "mca %s takes no '%s'", name, tool->argv[1]);
    }
    if (status == TOOL_OK) {
        status = tool_open(tool);
    }
    if (status != TOOL_OK) {
        return status;
    }
    q.session = tool->session;
    error = subcommands[index].run(&q, &out);
    out_end(&out, !error);
    return error ? tool_failed(tool) : TOOL_OK;
}
