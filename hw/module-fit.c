/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proof at load that the structures of this QEMU have the sizes that the device was compiled with.
 * The version is proven before (module-preload.c); this is the second net, for a QEMU of the right
 * number that was built otherwise.
 */
#include "qemu/osdep.h"

#include "qemu/module.h"
#include "net/filter.h"
#include "qom/object.h"

#include "hw/qemu-compat.h"
#include "hw/module-fit.h"

/* Types below pci-device are no use to a user; this one exists to be measured. */
#define TYPE_FIT_PROBE "swme-fit-probe"
#define TYPE_NET_PROBE "swme-fit-filter"

#define POISON 0xa5

static void fit_probe_class_init(ObjectClass *klass, SWME_CLASS_DATA *data G_GNUC_UNUSED)
{
    DEVICE_CLASS(klass)->user_creatable = false;
}

/* No sizes: it inherits its parent's as this QEMU has them, where our own could trip an assertion.
 */
static const TypeInfo fit_probe_info = {
    .name = TYPE_FIT_PROBE,
    .parent = TYPE_PCI_DEVICE,
    .class_init = fit_probe_class_init,
    .interfaces =
        (SWME_INTERFACES[]){
            {INTERFACE_CONVENTIONAL_PCI_DEVICE},
            {},
        },
};

static void net_probe_class_init(ObjectClass *klass G_GNUC_UNUSED,
                                 SWME_CLASS_DATA *data G_GNUC_UNUSED)
{
}

static const TypeInfo net_probe_info = {
    .name = TYPE_NET_PROBE,
    .parent = TYPE_NETFILTER,
    .class_init = net_probe_class_init,
};

/*
 * QEMU 7.2 would tell an instance's size, 10.0 exports nothing that does. Both clear exactly the
 * instance before they initialise it: what of a poisoned buffer is no longer poison is the
 * instance.
 */
static size_t measure_instance(const char *type)
{
    const size_t room = 64 * 1024;
    uint8_t *buffer = g_malloc(room);
    size_t size = room;

    memset(buffer, POISON, room);
    object_initialize(buffer, room, type);
    while (size > 0 && buffer[size - 1] == POISON) {
        size--;
    }
    object_unref(OBJECT(buffer));
    g_free(buffer);
    return size;
}

static void prove_size(const char *type, const char *structure, size_t built_with)
{
    size_t size = measure_instance(type);

    if (size != built_with) {
        swme_refuse("this QEMU's %s has %zu bytes, the module was built for %zu: run scripts/setup",
                    structure, size, built_with);
    }
}

static void prove_sizes(void)
{
    prove_size(TYPE_FIT_PROBE, "PCIDevice", sizeof(PCIDevice));
    prove_size(TYPE_NET_PROBE, "NetFilterState", sizeof(NetFilterState));
    prove_size(TYPE_MEMORY_REGION, "MemoryRegion", sizeof(MemoryRegion));
}

static void register_fit_probe(void)
{
    type_register_static(&fit_probe_info);
    type_register_static(&net_probe_info);
}

type_init(register_fit_probe)

    /*
     * All types are registered by then, and the first class is yet to be initialised: a wrong size
     * is found here and not by an assertion. QEMU's main() runs this stage right after type_init's.
     */
    migration_init(prove_sizes)
