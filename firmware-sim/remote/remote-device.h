/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device in another process, as a firmware here sees it: its half of the heci link, made of
 * frames (docs/link.md), and the machine around it. Where nobody is connected it is a device that
 * no host ever touches, in a machine that is switched off.
 */
#ifndef SWME_REMOTE_DEVICE_H
#define SWME_REMOTE_DEVICE_H

#include "firmware-sim/link.h"
#include "firmware-sim/machine.h"
#include "firmware-sim/remote/channel.h"

typedef struct RemoteDevice RemoteDevice;

/* The opaque is the RemoteDevice. */
extern const HeciDeviceOps remote_device_ops;
extern const SwmeMachineOps remote_device_machine_ops;

/* What the firmware end needs of its surroundings, beyond RemoteIo. */
typedef struct RemoteDeviceHooks {
    /*
     * Waits for bytes and hands them to remote_device_input(), for the answer to a DMA; first: the
     * first time for this one. False: it takes too long, or the connection is gone.
     */
    bool (*wait)(void *opaque, bool first);
    /* remote_device_input() is to be called soon, with nothing: frames are there. */
    void (*again)(void *opaque);
    void (*host_power)(void *opaque, SwmeHostPower power);
    /* One line. May be NULL. */
    void (*note)(void *opaque, const char *what, bool error);
} RemoteDeviceHooks;

/* Not connected. io_opaque is the hooks' as well. */
RemoteDevice *remote_device_new(const RemoteIo *io, const RemoteDeviceHooks *hooks,
                                void *io_opaque);
/* Connects the firmware; before anything else. */
void remote_device_attach(RemoteDevice *remote, const HeciFirmwareOps *firmware, void *opaque);
void remote_device_free(RemoteDevice *remote);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RemoteDevice, remote_device_free)

/* What the connection does. None may be called from within RemoteIo.write. */
void remote_device_connected(RemoteDevice *remote);
void remote_device_disconnected(RemoteDevice *remote);
void remote_device_input(RemoteDevice *remote, const uint8_t *data, size_t size);
void remote_device_writable(RemoteDevice *remote);

/* A HELLO came. Then the name of the platform that the device is, "" where it told none. */
bool remote_device_present(const RemoteDevice *remote);
const char *remote_device_platform(const RemoteDevice *remote);

#endif
