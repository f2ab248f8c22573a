/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* What the kernel's driver tells in files. Every file may be missing: kernels differ. */
#ifndef SWME_HOST_KERNEL_SYSFS_H
#define SWME_HOST_KERNEL_SYSFS_H

#include "host-driver/tool/session.h"

#define KERNEL_PATH_SIZE 192 /* bytes, terminator included */

typedef struct KernelPaths {
    char device[KERNEL_PATH_SIZE];    /* /dev/meiN */
    char class_dir[KERNEL_PATH_SIZE]; /* /sys/class/mei/meiN */
    char bus_dir[KERNEL_PATH_SIZE];   /* /sys/bus/mei/devices */
    char meclients[KERNEL_PATH_SIZE]; /* in debugfs */
} KernelPaths;

/* name is "meiN"; root comes in front of everything. False when a path would be too long. */
bool kernel_paths(KernelPaths *paths, const char *root, const char *name);

void kernel_read_info(const KernelPaths *paths, SessionInfo *info);
/* Returns how many of clients[SESSION_CLIENTS_MAX] were filled: from debugfs, which has all of them
 * but no versions, and from the client bus, which has only those that Linux puts there. */
size_t kernel_read_clients(const KernelPaths *paths, SessionClient *clients);

#endif
