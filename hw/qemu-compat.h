/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between QEMU 7.2 and 10.x, and nothing else: every version #if of the tree is here.
 * Include it after qemu/osdep.h.
 */
#ifndef SWME_QEMU_COMPAT_H
#define SWME_QEMU_COMPAT_H

#define SWME_QEMU_AT_LEAST(major, minor) \
    (QEMU_VERSION_MAJOR > (major) ||     \
     (QEMU_VERSION_MAJOR == (major) && QEMU_VERSION_MINOR >= (minor)))

/* Headers that moved: PCIDevice out of pci.h in 8.0, sysemu/ to system/ in 10.0, exec/ to system/
 * later, qdev's properties below hw/core/ after 10.2. */
#include "hw/pci/pci.h"
#if __has_include("hw/pci/pci_device.h")
#include "hw/pci/pci_device.h"
#endif
#if __has_include("system/address-spaces.h")
#include "system/address-spaces.h"
#else
#include "exec/address-spaces.h"
#endif
#if __has_include("system/system.h")
#include "system/block-backend.h"
#include "system/runstate.h"
#include "system/system.h"
#include "system/watchdog.h"
#else
#include "sysemu/block-backend.h"
#include "sysemu/runstate.h"
#include "sysemu/sysemu.h"
#include "sysemu/watchdog.h"
#endif
#if __has_include("hw/core/qdev-properties.h")
#include "hw/core/qdev-properties.h"
#include "hw/core/qdev-properties-system.h"
#else
#include "hw/qdev-properties.h"
#include "hw/qdev-properties-system.h"
#endif

/* Tables of types became const in 10.1. */
#if SWME_QEMU_AT_LEAST(10, 1)
#define SWME_CLASS_DATA const void
#define SWME_INTERFACES const InterfaceInfo
#else
#define SWME_CLASS_DATA void
#define SWME_INTERFACES InterfaceInfo
#endif

/* Property tables became const and lost their terminator in 10.0. */
#if SWME_QEMU_AT_LEAST(10, 0)
#define SWME_PROPERTIES const Property
#define SWME_PROPERTIES_END
#else
#define SWME_PROPERTIES     Property
#define SWME_PROPERTIES_END DEFINE_PROP_END_OF_LIST(),
#endif

/* A list of subsections got another const in 9.0. */
#if SWME_QEMU_AT_LEAST(9, 0)
#define SWME_SUBSECTIONS const VMStateDescription *const
#else
#define SWME_SUBSECTIONS const VMStateDescription *
#endif

/* A socket that is connected to again and again: by milliseconds since 9.2, seconds before. */
#if SWME_QEMU_AT_LEAST(9, 2)
#define SWME_RECONNECT      "reconnect-ms"
#define SWME_RECONNECT_SOON "250"
#else
#define SWME_RECONNECT      "reconnect"
#define SWME_RECONNECT_SOON "1"
#endif

/* Who blocks migration gives its reason away since 8.2. */
#include "migration/blocker.h"
#include "qapi/error.h"

static inline bool swme_add_migration_blocker(Error **reason, Error **errp)
{
#if SWME_QEMU_AT_LEAST(8, 2)
    return migrate_add_blocker(reason, errp) == 0;
#else
    bool added = migrate_add_blocker(*reason, errp) == 0;

    if (!added) {
        error_free(*reason);
        *reason = NULL;
    }
    return added;
#endif
}

static inline void swme_del_migration_blocker(Error **reason)
{
#if SWME_QEMU_AT_LEAST(8, 2)
    migrate_del_blocker(reason);
#else
    if (*reason) {
        migrate_del_blocker(*reason);
        error_free(*reason);
        *reason = NULL;
    }
#endif
}

/* The frontend of a chardev got another name in 10.2. */
#if SWME_QEMU_AT_LEAST(10, 2)
#define SwmeCharBackend CharFrontend
#else
#define SwmeCharBackend CharBackend
#endif

/* A reset handler is told the kind of reset since 9.1. */
#if SWME_QEMU_AT_LEAST(9, 1)
#define SWME_RESET_ARGS Object *obj, ResetType type G_GNUC_UNUSED
#else
#define SWME_RESET_ARGS Object *obj
#endif

#endif
