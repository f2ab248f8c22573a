/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include <swme/bytes.h>

#include "host-driver/tool/amthi.h"
#include "host-driver/tool/out.h"
#include "host-driver/tool/tool.h"

#define CERTIFICATE_TRIES 300 /* half a minute: keys are a matter of luck */

static void json_coded(JsonOut *json, const char *name, uint32_t value, const char *word)
{
    json_begin_object(json, name);
    json_int(json, "value", value);
    json_string(json, "name", word);
    json_end_object(json);
}

static void print_json(const AmthiInfo *info, const char *uuid)
{
    JsonOut json;

    json_init(&json, stdout);
    json_begin_object(&json, NULL);
    json_string(&json, "bios_version", info->bios_version);
    json_begin_array(&json, "code_versions");
    for (unsigned int i = 0; i < info->code_version_count; i++) {
        json_begin_object(&json, NULL);
        json_string(&json, "description", info->code_versions[i].description);
        json_string(&json, "version", info->code_versions[i].version);
        json_end_object(&json);
    }
    json_end_array(&json);
    json_string(&json, "uuid", uuid);
    json_coded(&json, "provisioning_state", info->provisioning_state,
               amthi_provisioning_state_name(info->provisioning_state));
    json_coded(&json, "provisioning_mode", info->provisioning_mode,
               amthi_provisioning_mode_name(info->provisioning_mode));
    json_coded(&json, "control_mode", info->control_mode,
               amthi_control_mode_name(info->control_mode));
    json_end_object(&json);
}

static void print_text(const AmthiInfo *info, const char *uuid)
{
    printf("%-20s %s\n", "BIOS version", info->bios_version);
    for (unsigned int i = 0; i < info->code_version_count; i++) {
        printf("%-20s %s\n", info->code_versions[i].description, info->code_versions[i].version);
    }
    printf("%-20s %s\n", "UUID", uuid);
    printf("%-20s %s (%" PRIu32 ")\n", "provisioning state",
           amthi_provisioning_state_name(info->provisioning_state), info->provisioning_state);
    printf("%-20s %s (%" PRIu32 ")\n", "provisioning mode",
           amthi_provisioning_mode_name(info->provisioning_mode), info->provisioning_mode);
    printf("%-20s %s (%" PRIu32 ")\n", "control mode", amthi_control_mode_name(info->control_mode),
           info->control_mode);
}

static int amt_info(Tool *tool)
{
    char uuid[SWME_GUID_STRING_SIZE];
    AmthiInfo info;

    if (amthi_info(tool->session, &info)) {
        return tool_failed(tool);
    }
    swme_guid_format(&info.uuid, uuid);
    if (tool->json) {
        print_json(&info, uuid);
    } else {
        print_text(&info, uuid);
    }
    return TOOL_OK;
}

/* ---- the commands that ask one thing each ---- */

typedef struct Question {
    Channel *channel;
    uint8_t *answer; /* AMTHI_ANSWER_MAX bytes */
    size_t size;
    bool secrets; /* may be shown */
} Question;

static MeiError put(Question *q, uint32_t command, const char *what, const void *data, size_t size,
                    size_t least)
{
    return amthi_ask(q->channel, command, what, data, size, q->answer, &q->size, least);
}

static MeiError get(Question *q, uint32_t command, const char *what, size_t least)
{
    return put(q, command, what, NULL, 0, least);
}

static MeiError put32(Question *q, uint32_t command, const char *what, uint32_t value, size_t least)
{
    uint8_t data[4];

    swme_put_le32(data, value);
    return put(q, command, what, data, sizeof(data), least);
}

/* The number at that place of the data. */
static uint32_t at32(const Question *q, size_t at)
{
    return swme_get_le32(q->answer + AMTHI_OFF_DATA + at);
}

static void out_counted(Out *out, const char *name, const Question *q, size_t at)
{
    char text[257];

    amthi_counted(text, sizeof(text), q->answer, q->size, AMTHI_OFF_DATA + at);
    out_string(out, name, text);
}

static MeiError ask_uuid(Question *q, Out *out)
{
    char text[SWME_GUID_STRING_SIZE];
    SwmeGuid uuid;
    MeiError error = get(q, AMTHI_GET_UUID, "its UUID", AMTHI_UUID_SIZE);

    if (!error) {
        memcpy(uuid.bytes, q->answer + AMTHI_OFF_DATA, sizeof(uuid.bytes));
        swme_guid_format(&uuid, text);
        out_string(out, "uuid", text);
    }
    return error;
}

static MeiError ask_versions(Question *q, Out *out)
{
    MeiError error =
        get(q, AMTHI_GET_CODE_VERSIONS, "its versions", AMTHI_CODE_VERSIONS_FIRST - AMTHI_OFF_DATA);
    uint32_t count = error ? 0 : swme_get_le32(q->answer + AMTHI_CODE_VERSIONS_COUNT);

    for (uint32_t i = 0;
         i < count && AMTHI_CODE_VERSIONS_FIRST + (i + 1) * AMTHI_CODE_VERSION_SIZE <= q->size;
         i++) {
        size_t at = AMTHI_CODE_VERSIONS_FIRST + i * AMTHI_CODE_VERSION_SIZE;
        char name[AMTHI_VERSION_STRING_SIZE];
        char value[AMTHI_VERSION_STRING_SIZE];

        amthi_counted(name, sizeof(name), q->answer, q->size, at);
        amthi_counted(value, sizeof(value), q->answer, q->size, at + AMTHI_VERSION_STRING_SIZE);
        out_string(out, name, value);
    }
    return error;
}

static MeiError ask_state(Question *q, Out *out)
{
    MeiError error = get(q, AMTHI_GET_PROVISIONING_STATE, "its state", 4);

    if (!error) {
        out_string(out, "state", amthi_provisioning_state_name(at32(q, 0)));
    }
    return error;
}

static MeiError ask_control_mode(Question *q, Out *out)
{
    MeiError error = get(q, AMTHI_GET_CONTROL_MODE, "its control mode", 4);

    if (!error) {
        out_string(out, "control_mode", amthi_control_mode_name(at32(q, 0)));
    }
    return error;
}

static MeiError ask_hashes(Question *q, Out *out)
{
    static const struct {
        const char *name;
        size_t size;
    } kinds[] = {{"MD5", 16}, {"SHA-1", 20}, {"SHA-256", 32}, {"SHA-384", 48}};
    MeiError error = get(q, AMTHI_ENUMERATE_HASH_HANDLES, "its hash handles", 4);
    uint32_t handles[64];
    uint32_t count = 0;

    for (; !error && count < at32(q, 0) && count < 64 &&
           AMTHI_OFF_DATA + 8 + 4 * (size_t)count <= q->size;
         count++) {
        handles[count] = at32(q, 4 + 4 * count);
    }
    for (uint32_t i = 0; !error && i < count; i++) {
        char name[AMTHI_HASH_NAME_MAX + 1];

        error = put32(q, AMTHI_GET_CERTIFICATE_HASH_ENTRY, "a certificate hash", handles[i],
                      AMTHI_HASH_OFF_NAME);
        if (!error) {
            size_t kind = q->answer[AMTHI_OFF_DATA + AMTHI_HASH_OFF_NAME - 1] & 3;
            char label[sizeof(name) + 32];

            amthi_counted(name, sizeof(name), q->answer, q->size,
                          AMTHI_OFF_DATA + AMTHI_HASH_OFF_NAME);
            snprintf(label, sizeof(label), "%s (%s%s%s)", name, kinds[kind].name,
                     at32(q, 0) ? ", default" : "", at32(q, 4) ? "" : ", inactive");
            out_hex(out, label, q->answer + AMTHI_OFF_DATA + 8, kinds[kind].size, "");
        }
    }
    return error;
}

static MeiError ask_network(Question *q, Out *out)
{
    MeiError error = put32(q, AMTHI_GET_LAN_INTERFACE_SETTINGS, "its network settings", 0, 20);

    if (error) {
        return error;
    }
    out_bool(out, "enabled", at32(q, 0));
    out_ipv4(out, "address", at32(q, 4));
    out_bool(out, "dhcp", at32(q, 8));
    out_bool(out, "link", q->answer[AMTHI_OFF_DATA + 13]);
    out_hex(out, "mac", q->answer + AMTHI_OFF_DATA + 14, AMTHI_MAC_SIZE, ":");
    error = get(q, AMTHI_GET_TCPIP_PARAMETERS, "its IP parameters", 26);
    if (!error) {
        out_ipv4(out, "mask", at32(q, 8));
        out_ipv4(out, "gateway", at32(q, 12));
        out_ipv4(out, "dns1", at32(q, 16));
        out_ipv4(out, "dns2", at32(q, 20));
        out_counted(out, "domain", q, 24);
    }
    return error;
}

static MeiError ask_dns(Question *q, Out *out)
{
    MeiError error = get(q, AMTHI_GET_FQDN, "its name", 22);

    if (!error) {
        out_counted(out, "fqdn", q, 20);
        out_bool(out, "shared", at32(q, 0));
        out_bool(out, "ddns", at32(q, 4));
        error = get(q, AMTHI_GET_PKI_FQDN_SUFFIX, "its DNS suffix", 2);
    }
    if (!error) {
        out_counted(out, "pki_suffix", q, 0);
    }
    return error;
}

static MeiError ask_remote_access(Question *q, Out *out)
{
    static const char *const networks[] = {"direct", "VPN", "outside", "unknown"};
    static const char *const tunnels[] = {"not connected", "connecting", "connected", "unknown"};
    static const char *const triggers[] = {"user", "alert", "provisioning", "periodic"};
    MeiError error = get(q, AMTHI_GET_REMOTE_ACCESS_STATUS, "its remote access", 14);

    if (!error) {
        out_string(out, "network", networks[at32(q, 0) & 3]);
        out_string(out, "remote", tunnels[at32(q, 4) & 3]);
        out_string(out, "trigger", triggers[at32(q, 8) & 3]);
        out_counted(out, "server", q, 12);
    }
    return error;
}

static MeiError ask_features(Question *q, Out *out)
{
    MeiError error = get(q, AMTHI_GET_REDIRECTION_STATE, "its redirection", 4);

    if (!error) {
        out_bool(out, "sol", at32(q, 0) & AMTHI_REDIRECTION_SOL);
        out_bool(out, "ider", at32(q, 0) & AMTHI_REDIRECTION_IDER);
        out_bool(out, "kvm", at32(q, 0) & AMTHI_REDIRECTION_KVM);
        error = put32(q, AMTHI_GET_FEATURES_STATE, "its web page", AMTHI_FEATURE_WEB_UI, 8);
    }
    if (!error) {
        out_bool(out, "web_ui", at32(q, 4));
        error = get(q, AMTHI_GET_ZERO_TOUCH_ENABLED, "its remote configuration", 4);
    }
    if (!error) {
        out_bool(out, "zero_touch", at32(q, 0));
    }
    return error;
}

static MeiError ask_lsa(Question *q, Out *out)
{
    static const uint8_t zeros[AMTHI_LSA_REQUEST_SIZE];
    char text[AMTHI_LSA_FIELD_SIZE + 1] = "";
    MeiError error = put(q, AMTHI_GET_LOCAL_SYSTEM_ACCOUNT, "its local account", zeros,
                         sizeof(zeros), 2 * AMTHI_LSA_FIELD_SIZE);

    if (!error) {
        amthi_printable(text, q->answer + AMTHI_OFF_DATA, AMTHI_LSA_FIELD_SIZE);
        out_string(out, "user", text);
        amthi_printable(text, q->answer + AMTHI_OFF_DATA + AMTHI_LSA_FIELD_SIZE,
                        AMTHI_LSA_FIELD_SIZE);
        out_string(out, "password", q->secrets ? text : "(--show-secrets shows it)");
    }
    return error;
}

static MeiError ask_power(Question *q, Out *out)
{
    MeiError error = get(q, AMTHI_GET_CURRENT_POWER_POLICY, "its power policy", 2);

    if (!error) {
        out_counted(out, "power_policy", q, 0);
        error = get(q, AMTHI_GET_LAST_HOST_RESET_REASON, "the last reset", 8);
    }
    if (!error) {
        out_bool(out, "reset_by_remote", at32(q, 0) == 0);
        out_number(out, "remote_control_time", at32(q, 4));
    }
    return error;
}

static MeiError done(MeiError error, Out *out)
{
    if (!error) {
        out_bool(out, "done", true);
    }
    return error;
}

static MeiError do_unprovision(Question *q, Out *out)
{
    return done(put32(q, AMTHI_UNPROVISION, "to unprovision", 0, 0), out);
}

/* An AMT that has no certificate yet makes one when it is asked, and wants to be asked again. */
static MeiError do_start(Question *q, Out *out)
{
    const struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};
    MeiError error = get(q, AMTHI_START_CONFIGURATION, "to start configuration", 0);

    for (unsigned int tries = 0;
         tries < CERTIFICATE_TRIES && error == MEI_ERR_REFUSED &&
         swme_get_le32(q->answer + AMTHI_OFF_STATUS) == AMTHI_STATUS_CERTIFICATE_NOT_READY;
         tries++) {
        nanosleep(&pause, NULL);
        error = get(q, AMTHI_START_CONFIGURATION, "to start configuration", 0);
    }
    return done(error, out);
}

static MeiError do_stop(Question *q, Out *out)
{
    return done(get(q, AMTHI_STOP_CONFIGURATION, "to stop configuration", 0), out);
}

static const struct {
    const char *name;
    MeiError (*run)(Question *q, Out *out);
} subcommands[] = {
    {"info", NULL}, /* asks several things, of AMTs of any age */
    {"uuid", ask_uuid},
    {"versions", ask_versions},
    {"state", ask_state},
    {"control-mode", ask_control_mode},
    {"hashes", ask_hashes},
    {"network", ask_network},
    {"dns", ask_dns},
    {"remote-access", ask_remote_access},
    {"features", ask_features},
    {"power", ask_power},
    {"lsa", ask_lsa},
    {"unprovision", do_unprovision},
    {"start-config", do_start},
    {"stop-config", do_stop},
};

#define SUBCOMMANDS (sizeof(subcommands) / sizeof(subcommands[0]))

static int unknown(const char *name)
{
    char names[256] = "";

    for (size_t i = 0; i < SUBCOMMANDS; i++) {
        snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s", i ? ", " : "",
                 subcommands[i].name);
    }
    return tool_error(TOOL_USAGE, "amt has no '%s'; it has %s", name, names);
}

static int run(Tool *tool, size_t index, bool secrets)
{
    uint8_t answer[AMTHI_ANSWER_MAX];
    Question q = {.answer = answer, .secrets = secrets};
    Out out = {.as_json = tool->json};
    MeiError error = amthi_open(tool->session, &q.channel);

    if (error) {
        return tool_failed(tool);
    }
    error = subcommands[index].run(&q, &out);
    out_end(&out, !error);
    channel_close(q.channel);
    return error ? tool_failed(tool) : TOOL_OK;
}

int tool_amt(Tool *tool)
{
    const char *name = "info";
    bool secrets = false;
    size_t index = 0;
    int names = 0;
    int status;

    for (int i = 0; i < tool->argc; i++) {
        if (strcmp(tool->argv[i], "--show-secrets") == 0) {
            secrets = true;
        } else if (names++ == 0) {
            name = tool->argv[i];
        } else {
            return tool_error(TOOL_USAGE, "amt %s takes no '%s'", name, tool->argv[i]);
        }
    }
    while (index < SUBCOMMANDS && strcmp(subcommands[index].name, name) != 0) {
        index++;
    }
    if (index == SUBCOMMANDS) {
        return unknown(name);
    }
    status = tool_open(tool);
    if (status != TOOL_OK) {
        return status;
    }
    return subcommands[index].run ? run(tool, index, secrets) : amt_info(tool);
}
