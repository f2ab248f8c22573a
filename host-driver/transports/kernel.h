/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * The kernel's own driver as a session: /dev/meiN for messages, sysfs and debugfs for the rest.
 * (Linux include/uapi/linux/mei.h, Documentation/ABI/testing/sysfs-class-mei)
 */
#ifndef SWME_HOST_KERNEL_H
#define SWME_HOST_KERNEL_H

#include "host-driver/tool/session.h"

/* text is "/dev/meiN". NULL with a one-line reason in message. */
Session *kernel_open(const char *text, char *message);

/* As kernel_open(), with root in front of every path: for a test's own /dev and /sys. */
Session *kernel_open_root(const char *text, const char *root, char *message);

#endif
