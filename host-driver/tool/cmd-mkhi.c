/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* heci TRANSPORT mkhi: what the ME's kernel tells of itself. */
#include <inttypes.h>
#include <string.h>

#include <swme/bytes.h>
#include <swme/mkhi.h>

#include "host-driver/tool/mkhi.h"
#include "host-driver/tool/out.h"
#include "host-driver/tool/tool.h"

typedef struct Question {
    Channel *channel;
    uint8_t answer[MKHI_ANSWER_MAX];
    size_t size;
    int argc; /* what follows the sub-command */
    char **argv;
} Question;

static const OutBit capability_bits[] = {
    {MKHI_CAP_AMT, "AMT"}, {MKHI_CAP_PSR, "PSR"},   {MKHI_CAP_CLS, "CLS"}, {MKHI_CAP_PAVP, "PAVP"},
    {MKHI_CAP_RCA, "RCA"}, {MKHI_CAP_IPV6, "IPv6"}, {MKHI_CAP_KVM, "KVM"}, {MKHI_CAP_DAL, "DAL"},
    {MKHI_CAP_TLS, "TLS"}, {MKHI_CAP_CILA, "CILA"}, {MKHI_CAP_PTT, "PTT"}, {0, NULL},
};

static const OutBit form_bits[] = {
    {MKHI_PLATFORM_MOBILE, "mobile"},
    {MKHI_PLATFORM_DESKTOP, "desktop"},
    {MKHI_PLATFORM_SERVER, "server"},
    {MKHI_PLATFORM_WORKSTATION, "workstation"},
    {0, NULL},
};

static MeiError ask(Question *q, uint8_t group, uint8_t command, const char *what, const void *data,
                    size_t size, size_t least)
{
    return mkhi_ask(q->channel, group, command, what, data, size, q->answer, &q->size, least);
}

static MeiError general(Question *q, uint8_t command, const char *what, size_t least)
{
    return ask(q, MKHI_GROUP_GENERAL, command, what, NULL, 0, least);
}

/* The number at that place behind the header. */
static uint32_t at32(const Question *q, size_t at)
{
    return swme_get_le32(q->answer + MKHI_HEADER_SIZE + at);
}

/*
 * Did a firmware that does not know the question say so? Which questions it knows depends on its
 * age, and to not know one is no failure where several are asked.
 */
static bool unknown(const Question *q, MeiError error)
{
    uint8_t result = q->answer[MKHI_OFF_RESULT];

    return error == MEI_ERR_REFUSED &&
           (result == MKHI_RESULT_NOT_SUPPORTED || result == MKHI_RESULT_INVALID_COMMAND);
}

static MeiError ask_version(Question *q, Out *out)
{
    static const char *const names[MKHI_FW_VERSION_BLOCKS_MAX] = {"code", "recovery", "fitc"};
    MeiError error = general(q, MKHI_GEN_FW_VERSION, "its version", MKHI_FW_VERSION_BLOCK_SIZE);

    for (size_t i = 0; !error && i < MKHI_FW_VERSION_BLOCKS_MAX &&
                       MKHI_HEADER_SIZE + (i + 1) * MKHI_FW_VERSION_BLOCK_SIZE <= q->size;
         i++) {
        const uint8_t *block = q->answer + MKHI_HEADER_SIZE + i * MKHI_FW_VERSION_BLOCK_SIZE;
        char text[40];

        snprintf(text, sizeof(text), "%u:%u.%u.%u.%u", block[MKHI_FW_VERSION_OFF_PLATFORM],
                 block[MKHI_FW_VERSION_OFF_MAJOR], swme_get_le16(block + MKHI_FW_VERSION_OFF_MINOR),
                 swme_get_le16(block + MKHI_FW_VERSION_OFF_HOTFIX),
                 swme_get_le16(block + MKHI_FW_VERSION_OFF_BUILD));
        out_string(out, names[i], text);
    }
    return error;
}

static MeiError ask_rule(Question *q, uint32_t rule, const char *what, uint32_t *value)
{
    uint8_t data[4];
    MeiError error;

    swme_put_le32(data, rule);
    error = ask(q, MKHI_GROUP_FWCAPS, MKHI_FWCAPS_GET_RULE, what, data, sizeof(data),
                MKHI_RULE_OFF_DATA - MKHI_HEADER_SIZE + 4);
    if (error) {
        return error;
    }
    /* As LMS checks it. */
    if (swme_get_le32(q->answer + MKHI_RULE_OFF_ID) != rule ||
        q->answer[MKHI_RULE_OFF_LENGTH] != 4) {
        return session_fail(q->channel->session, MEI_ERR_PROTOCOL,
                            "the ME's answer on %s is of another rule", what);
    }
    *value = swme_get_le32(q->answer + MKHI_RULE_OFF_DATA);
    return MEI_OK;
}

static MeiError ask_caps(Question *q, Out *out)
{
    static const struct {
        const char *name;
        uint32_t rule;
    } rules[] = {
        {"capable", MKHI_RULE_SKU_CAPABILITIES},
        {"enabled", MKHI_RULE_FEATURES_ENABLED},
        {"available", MKHI_RULE_FEATURES_AVAILABLE},
    };
    MeiError error = MEI_OK;

    for (size_t i = 0; !error && i < sizeof(rules) / sizeof(rules[0]); i++) {
        char number[32];
        uint32_t value;

        error = ask_rule(q, rules[i].rule, "its capabilities", &value);
        if (!error) {
            snprintf(number, sizeof(number), "%s_bits", rules[i].name);
            out_hex32(out, number, value);
            out_bits(out, rules[i].name, value, capability_bits);
        }
    }
    return error;
}

static MeiError ask_platform(Question *q, Out *out)
{
    static const char *const images[16] = {"none",     "IGN",       "slim",
                                           "consumer", "corporate", [15] = "test"};
    static const char *const brands[16] = {"none",    "AMT",  "standard manageability",
                                           "level 3", "RPAT", "SBT"};
    uint32_t type;
    MeiError error = ask_rule(q, MKHI_RULE_PLATFORM_TYPE, "its platform type", &type);

    if (!error) {
        const char *image = images[type >> MKHI_PLATFORM_IMAGE_SHIFT & 0xf];
        const char *brand = brands[type >> MKHI_PLATFORM_BRAND_SHIFT & 0xf];

        out_hex32(out, "platform_type", type);
        out_bits(out, "form", type, form_bits);
        out_bool(out, "production", type & MKHI_PLATFORM_PRODUCTION);
        out_string(out, "image", image ? image : "unknown");
        out_string(out, "brand", brand ? brand : "unknown");
    }
    return error;
}

static MeiError ask_update(Question *q, Out *out)
{
    static const char *const states[] = {"disabled", "enabled", "with a password"};
    uint32_t state;
    MeiError error = ask_rule(q, MKHI_RULE_FW_UPDATE, "whether it may be updated", &state);

    if (!error) {
        out_string(out, "firmware_update",
                   state <= MKHI_FW_UPDATE_PASSWORD ? states[state] : "unknown");
    }
    return error;
}

/* In two ways, by the firmware's age (LMS); before 12 there is none. */
static MeiError ask_post(Question *q, Out *out)
{
    MeiError error = general(q, MKHI_GEN_BOOT_STATE, "its boot state", 4);

    if (unknown(q, error)) {
        error = general(q, MKHI_GEN_EOP_STATE, "its end of POST state", 4);
        if (!error) {
            out_bool(out, "end_of_post", (at32(q, 0) & 0xff) != 0);
        }
    } else if (!error) {
        out_bool(out, "end_of_post", at32(q, 0) & MKHI_BOOT_END_OF_POST);
    }
    return unknown(q, error) ? MEI_OK : error;
}

static MeiError ask_measured(Question *q, Out *out)
{
    MeiError error = general(q, MKHI_GEN_MEASURED_BOOT_STATE, "its measured boot state", 1);

    if (!error) {
        out_bool(out, "measured_boot", q->answer[MKHI_HEADER_SIZE] != 0);
    }
    return unknown(q, error) ? MEI_OK : error;
}

static MeiError ask_hmrfpo(Question *q, Out *out)
{
    static const char *const states[] = {"disabled", "locked", "enabled"};
    MeiError error =
        ask(q, MKHI_GROUP_HMRFPO, MKHI_HMRFPO_STATUS, "its flash override", NULL, 0, 1);

    if (!error) {
        uint8_t state = q->answer[MKHI_HMRFPO_OFF_STATUS];

        out_string(out, "flash_override", state <= MKHI_HMRFPO_ENABLED ? states[state] : "unknown");
    }
    return error;
}

static MeiError ask_boot(Question *q, Out *out)
{
    MeiError error = ask_post(q, out);

    if (!error) {
        error = ask_measured(q, out);
    }
    return error ? error : ask_hmrfpo(q, out);
}

/* Before 12 a production image is told of so; later by the platform type. */
static MeiError ask_image_type(Question *q, Out *out)
{
    MeiError error = general(q, MKHI_GEN_IMAGE_TYPE, "its image type", 4);

    if (!error) {
        out_bool(out, "production_image", at32(q, 0) != 0);
    }
    return unknown(q, error) ? MEI_OK : error;
}

static MeiError ask_pmc(Question *q, Out *out)
{
    uint8_t partition[4];
    MeiError error;

    swme_put_le32(partition, MKHI_PARTITION_PMCP);
    error = ask(q, MKHI_GROUP_GENERAL, MKHI_GEN_IMAGE_FW_VERSION, "the PMC's version", partition,
                sizeof(partition), 4);
    if (!error && at32(q, 0) > 0 && q->size >= MKHI_IMAGE_OFF_MODULES + MKHI_MODULE_SIZE) {
        const uint8_t *version = q->answer + MKHI_IMAGE_OFF_MODULES + MKHI_MODULE_OFF_VERSION;
        char text[32];

        snprintf(text, sizeof(text), "%u.%u.%u.%u", swme_get_le16(version),
                 swme_get_le16(version + 2), swme_get_le16(version + 4),
                 swme_get_le16(version + 6));
        out_string(out, "pmc_version", text);
    }
    return unknown(q, error) ? MEI_OK : error;
}

static MeiError ask_info(Question *q, Out *out)
{
    static MeiError (*const questions[])(Question * q, Out * out) = {
        ask_version,  ask_platform, ask_caps,       ask_update, ask_post,
        ask_measured, ask_hmrfpo,   ask_image_type, ask_pmc};
    MeiError error = MEI_OK;

    for (size_t i = 0; !error && i < sizeof(questions) / sizeof(questions[0]); i++) {
        error = questions[i](q, out);
    }
    return error;
}

/* ---- any question ---- */

/* Of a character, not of the end of a string. */
static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);

    return at ? (int)(at - digits) : -1;
}

/* Whole bytes in hexadecimal. False for anything else, or for more than max of them. */
static bool parse_hex(const char *text, uint8_t *bytes, size_t max, size_t *size)
{
    size_t length = strlen(text);

    if (length % 2 || length / 2 > max) {
        return false;
    }
    for (size_t i = 0; i < length; i += 2) {
        int high = hex_digit(text[i]);
        int low = hex_digit(text[i + 1]);

        if (high < 0 || low < 0) {
            return false;
        }
        bytes[i / 2] = (uint8_t)(high << 4 | low);
    }
    *size = length / 2;
    return true;
}

#define RAW_DATA_MAX 500

static bool raw_arguments(const Question *q, uint8_t *head, uint8_t *data, size_t *size)
{
    size_t one = 0;
    bool good = (q->argc == 2 || q->argc == 3) && parse_hex(q->argv[0], head, 1, &one) &&
                one == 1 && parse_hex(q->argv[1], head + 1, 1, &one) && one == 1 &&
                !(head[1] & MKHI_RESPONSE);

    *size = 0;
    return good && (q->argc < 3 || parse_hex(q->argv[2], data, RAW_DATA_MAX, size));
}

static MeiError ask_raw(Question *q, Out *out)
{
    uint8_t head[2];
    uint8_t data[RAW_DATA_MAX];
    size_t size;
    MeiError error;

    (void)raw_arguments(q, head, data, &size); /* looked at before the session was opened */
    error = mkhi_exchange(q->channel, head[0], head[1], data, size, q->answer, &q->size);
    if (!error) {
        out_number(out, "result", q->answer[MKHI_OFF_RESULT]);
        out_string(out, "meaning", mkhi_result_name(head[0], q->answer[MKHI_OFF_RESULT]));
        out_hex(out, "data", q->answer + MKHI_HEADER_SIZE, q->size - MKHI_HEADER_SIZE, "");
    }
    return error;
}

static const struct {
    const char *name;
    MeiError (*run)(Question *q, Out *out);
} subcommands[] = {
    {"info", ask_info}, {"version", ask_version}, {"caps", ask_caps}, {"platform", ask_platform},
    {"boot", ask_boot}, {"update", ask_update},   {"pmc", ask_pmc},   {"raw", ask_raw},
};

#define SUBCOMMANDS (sizeof(subcommands) / sizeof(subcommands[0]))

static int no_such(const char *name)
{
    char names[128] = "";

    for (size_t i = 0; i < SUBCOMMANDS; i++) {
        snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s", i ? ", " : "",
                 subcommands[i].name);
    }
    return tool_error(TOOL_USAGE, "mkhi has no '%s'; it has %s", name, names);
}

static int check_arguments(const Question *q, size_t index)
{
    uint8_t head[2];
    uint8_t data[RAW_DATA_MAX];
    size_t size;

    if (subcommands[index].run != ask_raw) {
        return q->argc == 0 ? TOOL_OK
                            : tool_error(TOOL_USAGE, "mkhi %s takes no '%s'",
                                         subcommands[index].name, q->argv[0]);
    }
    return raw_arguments(q, head, data, &size)
               ? TOOL_OK
               : tool_error(TOOL_USAGE, "mkhi raw takes GROUP COMMAND [DATA] in hexadecimal, as in "
                                        "'mkhi raw 03 02 20000000'");
}

int tool_mkhi(Tool *tool)
{
    const char *name = tool->argc > 0 ? tool->argv[0] : "info";
    Question q = {.argc = tool->argc > 0 ? tool->argc - 1 : 0, .argv = tool->argv + 1};
    Out out = {.as_json = tool->json};
    size_t index = 0;
    MeiError error;
    int status;

    while (index < SUBCOMMANDS && strcmp(subcommands[index].name, name) != 0) {
        index++;
    }
    if (index == SUBCOMMANDS) {
        return no_such(name);
    }
    status = check_arguments(&q, index);
    if (status == TOOL_OK) {
        status = tool_open(tool);
    }
    if (status != TOOL_OK) {
        return status;
    }
    if (mkhi_open(tool->session, &q.channel)) {
        return tool_failed(tool);
    }
    error = subcommands[index].run(&q, &out);
    out_end(&out, !error);
    channel_close(q.channel);
    return error ? tool_failed(tool) : TOOL_OK;
}
