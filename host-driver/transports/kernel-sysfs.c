/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* Formats: Linux drivers/misc/mei/{main,bus,debugfs}.c. */
#include "host-driver/transports/kernel-sysfs.h"

#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_SIZE 512 /* the longest file but meclients is fw_ver: three lines */

static bool join(char *path, const char *root, const char *dir, const char *name)
{
    return snprintf(path, KERNEL_PATH_SIZE, "%s%s%s", root, dir, name) < KERNEL_PATH_SIZE;
}

bool kernel_paths(KernelPaths *paths, const char *root, const char *name)
{
    char debug[KERNEL_PATH_SIZE];

    return join(paths->device, root, "/dev/", name) &&
           join(paths->class_dir, root, "/sys/class/mei/", name) &&
           join(paths->bus_dir, root, "/sys/bus/mei/devices", "") &&
           join(debug, root, "/sys/kernel/debug/", name) &&
           join(paths->meclients, debug, "/meclients", "");
}

/* The file's text without its last newline; empty, and false, when there is no such file. */
static bool read_text(const char *dir, const char *name, char *text)
{
    char path[KERNEL_PATH_SIZE + NAME_MAX + 2];
    size_t size = 0;
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    file = fopen(path, "re");
    if (file) {
        size = fread(text, 1, TEXT_SIZE - 1, file);
        fclose(file);
    }
    text[size] = '\0';
    if (size > 0 && text[size - 1] == '\n') {
        text[size - 1] = '\0';
    }
    return file != NULL && size > 0;
}

static void read_status(const char *text, SessionInfo *info)
{
    const char *at = text;
    int used;

    while (info->status_count < HECI_HFS_COUNT &&
           sscanf(at, "%8" SCNx32 "%n", &info->status[info->status_count], &used) == 1) {
        info->status_count++;
        at += used;
    }
}

/* Three lines always; zeros where the firmware did not tell. */
static void read_versions(const char *text, SessionInfo *info)
{
    const char *at = text;
    int used;

    while (info->version_count < MKHI_FW_VERSION_BLOCKS_MAX) {
        SessionVersion *v = &info->version[info->version_count];

        if (sscanf(at, " %" SCNu8 ":%" SCNu8 ".%" SCNu16 ".%" SCNu16 ".%" SCNu16 "%n", &v->platform,
                   &v->major, &v->minor, &v->hotfix, &v->build, &used) != 5 ||
            (v->major == 0 && v->minor == 0 && v->build == 0)) {
            break;
        }
        info->version_count++;
        at += used;
    }
}

void kernel_read_info(const KernelPaths *paths, SessionInfo *info)
{
    char text[TEXT_SIZE];
    char pci[KERNEL_PATH_SIZE + 8];

    if (!read_text(paths->class_dir, "dev_state", text)) {
        strcpy(text, "unknown");
    }
    snprintf(info->state, sizeof(info->state), "%.31s", text);
    if (strcmp(text, "ENABLED") != 0 && strcmp(text, "unknown") != 0) {
        snprintf(info->reason, sizeof(info->reason), "the kernel's driver is %.31s", text);
    }
    read_text(paths->class_dir, "kind", text);
    snprintf(info->kind, sizeof(info->kind), "%.15s", text);
    read_text(paths->class_dir, "hbm_ver", text);
    info->hbm_known = sscanf(text, "%" SCNu8 ".%" SCNu8, &info->hbm_major, &info->hbm_minor) == 2;
    read_text(paths->class_dir, "trc", text);
    info->trc_known = sscanf(text, "%8" SCNx32, &info->trc) == 1;
    read_text(paths->class_dir, "fw_status", text);
    read_status(text, info);
    read_text(paths->class_dir, "fw_ver", text);
    read_versions(text, info);
    snprintf(pci, sizeof(pci), "%s/device", paths->class_dir);
    read_text(pci, "vendor", text);
    info->pci_known = sscanf(text, "0x%" SCNx16, &info->pci_vendor) == 1;
    read_text(pci, "device", text);
    info->pci_known = sscanf(text, "0x%" SCNx16, &info->pci_device) == 1 && info->pci_known;
}

/* ---- clients ---- */

/*
 * A row: index|address|fixed|GUID|connections|length|single buffer|references|vtag|. The header
 * line parses as none.
 */
static bool parse_row(const char *line, SessionClient *client)
{
    char guid[SWME_GUID_STRING_SIZE];
    int address;
    int fixed;
    int connections;
    int single;
    int vtag;
    uint32_t length;

    if (sscanf(line, " %*d | %d | %d | %36[^|] | %d | %" SCNu32 " | %d | %*d | %d", &address,
               &fixed, guid, &connections, &length, &single, &vtag) != 7 ||
        !swme_guid_parse(guid, &client->guid)) {
        return false;
    }
    client->address = address;
    client->version = SESSION_UNKNOWN;
    client->max_connections = connections;
    client->single_receive = single != 0;
    client->vtag = vtag != 0;
    client->fixed = fixed != 0;
    client->max_length = length;
    return true;
}

static size_t read_meclients(const char *path, SessionClient *clients)
{
    char line[TEXT_SIZE];
    size_t count = 0;
    FILE *file = fopen(path, "re");

    while (file && count < SESSION_CLIENTS_MAX && fgets(line, sizeof(line), file)) {
        count += parse_row(line, &clients[count]);
    }
    if (file) {
        fclose(file);
    }
    return count;
}

static int read_number(const char *dir, const char *name, const char *format)
{
    char text[TEXT_SIZE];
    int value;

    return read_text(dir, name, text) && sscanf(text, format, &value) == 1 ? value
                                                                           : SESSION_UNKNOWN;
}

static bool read_bus_device(const char *dir, SessionClient *client)
{
    char text[TEXT_SIZE];
    int fixed;
    int length;

    if (!read_text(dir, "uuid", text) || !swme_guid_parse(text, &client->guid)) {
        return false;
    }
    fixed = read_number(dir, "fixed", "%d");
    length = read_number(dir, "max_len", "%d");
    client->address = fixed > 0 ? fixed : SESSION_UNKNOWN;
    client->version = read_number(dir, "version", "%x");
    client->max_connections = read_number(dir, "max_conn", "%d");
    client->single_receive = SESSION_UNKNOWN;
    client->vtag = read_number(dir, "vtag", "%d");
    client->fixed = fixed > 0;
    client->max_length = length > 0 ? (uint32_t)length : 0;
    return true;
}

/* A bus device that debugfs has listed already only adds its version. */
static size_t merge(SessionClient *clients, size_t count, const SessionClient *client)
{
    for (size_t i = 0; i < count; i++) {
        if (swme_guid_equal(&clients[i].guid, &client->guid)) {
            clients[i].version = client->version;
            return count;
        }
    }
    if (count < SESSION_CLIENTS_MAX) {
        clients[count++] = *client;
    }
    return count;
}

/* Bus devices are named for the PCI function; "" when that is not known, which fits all. */
static void pci_name(const KernelPaths *paths, char *name)
{
    char link[KERNEL_PATH_SIZE + 8];
    char target[PATH_MAX];
    const char *slash;
    ssize_t length;

    snprintf(link, sizeof(link), "%s/device", paths->class_dir);
    length = readlink(link, target, sizeof(target) - 1);
    target[length > 0 ? length : 0] = '\0';
    slash = strrchr(target, '/');
    snprintf(name, NAME_MAX + 1, "%.*s", NAME_MAX, slash ? slash + 1 : target);
}

size_t kernel_read_clients(const KernelPaths *paths, SessionClient *clients)
{
    size_t count = read_meclients(paths->meclients, clients);
    char own[NAME_MAX + 1];
    struct dirent *entry;
    DIR *dir = opendir(paths->bus_dir);

    pci_name(paths, own);
    while (dir && (entry = readdir(dir)) != NULL) {
        char path[KERNEL_PATH_SIZE + NAME_MAX + 2];
        SessionClient client;

        if (strncmp(entry->d_name, own, strlen(own)) != 0) {
            continue;
        }
        snprintf(path, sizeof(path), "%s/%s", paths->bus_dir, entry->d_name);
        /* read_text() takes a directory of at most KERNEL_PATH_SIZE bytes: names here are short */
        if (strlen(path) < KERNEL_PATH_SIZE && read_bus_device(path, &client)) {
            count = merge(clients, count, &client);
        }
    }
    if (dir) {
        closedir(dir);
    }
    return count;
}
