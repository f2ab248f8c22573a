/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The QEMU device "intel-mei": the PCI function around the register block of heci.c; what stands
 * behind it is mei-firmware.c's. Configuration space, power management and interrupt delivery
 * follow the MEI chapters of Intel's 5- to 9-series PCH and 100/300-series datasheets (BAR of 4
 * KiB, capability offsets) and the PCI Power Management 1.2 and PCI 3.0 (MSI) specifications.
 */
#include "qemu/osdep.h"

#include "qemu/error-report.h"
#include "qemu/log.h"
#include "qemu/module.h"
#include "qapi/error.h"
#include "hw/pci/msi.h"
#include "migration/vmstate.h"

#include "hw/qemu-compat.h"
#include "trace-swme.h"

#include "firmware-sim/latency.h"
#include "hw/heci-platform.h"
#include "hw/heci.h"
#include "hw/mei-firmware.h"
#include "hw/mei-saved.h"
#include "hw/mei-trace.h"

#define TYPE_INTEL_MEI "intel-mei"
OBJECT_DECLARE_SIMPLE_TYPE(MeiPciState, INTEL_MEI)

#define MEI_PM_VERSION    3 /* PCI Power Management 1.2 */
#define MEI_ME_UMA_VALID  0x80000000u
#define MEI_HERES_PRESENT 0x40000000u

struct MeiPciState {
    PCIDevice parent_obj;

    MemoryRegion mmio;
    Heci heci;
    MeiFirmware fw; /* and all that hangs on it */

    MeiTrace *trace;
    bool intx;     /* level of the line */
    bool msi_sent; /* the present interrupt condition has had its message */
    bool in_dma;   /* the firmware is in guest memory: our own registers are out of its reach */

    Heci saved; /* registers on their way out, or in and not yet believed */
    MeiBlob blob;
    MeiBlob fault_blob;
};

/* ---- Interrupts ---- */

static bool mei_in_d0(MeiPciState *s)
{
    /* Not PCI_DEVICE(): each register access comes here, and a checked cast is a tenth of it. */
    uint16_t pmcsr = pci_get_word(s->parent_obj.config + HECI_CFG_PM_CAP + PCI_PM_CTRL);

    return (pmcsr & PCI_PM_CTRL_STATE_MASK) == 0;
}

static bool mei_bus_master(MeiPciState *s)
{
    return pci_get_word(PCI_DEVICE(s)->config + PCI_COMMAND) & PCI_COMMAND_MASTER;
}

/*
 * Delivers the interrupt condition. INTx is its level (the PCI core minds the disable bit). MSI is
 * one message for each time that it comes up; a condition that is up when messages become possible
 * (D0, bus mastering, MSI enable) has its message then.
 */
static void mei_update_irq(MeiPciState *s)
{
    PCIDevice *pci = PCI_DEVICE(s);
    bool level = s->heci.irq_level && mei_in_d0(s);
    bool message = level && msi_enabled(pci) && mei_bus_master(s);
    bool line = level && !msi_enabled(pci);

    if (line != s->intx) {
        trace_mei_intx(line);
        s->intx = line;
    }
    pci_set_irq(pci, line); /* even without a change: the PCI core's own reset lowers it too */
    if (message && !s->msi_sent) {
        trace_mei_msi();
        msi_notify(pci, 0);
    }
    s->msi_sent = message;
}

static void mei_irq(void *opaque, bool level)
{
    trace_mei_irq(level);
    mei_update_irq(opaque);
}

/* ---- What the register block asks of the machine ---- */

static const uint8_t mei_hfs_offset[HECI_HFS_COUNT] = {
    HECI_CFG_HFS1, HECI_CFG_HFS2, HECI_CFG_HFS3, HECI_CFG_HFS4, HECI_CFG_HFS5, HECI_CFG_HFS6,
};

static void mei_status(void *opaque, unsigned int index, uint32_t value)
{
    MeiPciState *s = opaque;

    /* A generation that lacks the word has nothing at its offset. */
    if (index < s->fw.platform->hfs_count) {
        trace_mei_status(index + 1, value);
        pci_set_long(PCI_DEVICE(s)->config + mei_hfs_offset[index], value);
    }
}

static void mei_guest_error(void *opaque G_GNUC_UNUSED, HeciGuestError error, uint32_t offset)
{
    trace_mei_guest_error(offset, heci_guest_error_name(error));
    qemu_log_mask(LOG_GUEST_ERROR, TYPE_INTEL_MEI ": %s at offset 0x%03x\n",
                  heci_guest_error_name(error), offset);
}

/* The PCI core refuses when bus mastering is off; D3hot is ours to refuse. */
static bool mei_dma(MeiPciState *s, uint64_t address, void *data, size_t size, DMADirection way)
{
    bool done = false;

    if (mei_in_d0(s) && mei_bus_master(s) && !s->in_dma) {
        s->in_dma = true;
        done =
            pci_dma_rw(PCI_DEVICE(s), address, data, size, way, MEMTXATTRS_UNSPECIFIED) == MEMTX_OK;
        s->in_dma = false;
    }
    trace_mei_dma(way == DMA_DIRECTION_TO_DEVICE ? "reads" : "writes", address, size, done);
    return done;
}

static bool mei_dma_read(void *opaque, uint64_t address, void *data, size_t size)
{
    return mei_dma(opaque, address, data, size, DMA_DIRECTION_TO_DEVICE);
}

static bool mei_dma_write(void *opaque, uint64_t address, const void *data, size_t size)
{
    /* pci_dma_rw() has one pointer for both ways; this way it only reads from it. */
    return mei_dma(opaque, address, (void *)(uintptr_t)data, size, DMA_DIRECTION_FROM_DEVICE);
}

static const HeciHostOps mei_host_ops = {
    .irq = mei_irq,
    .status = mei_status,
    .guest_error = mei_guest_error,
    .dma_read = mei_dma_read,
    .dma_write = mei_dma_write,
};

/* ---- BAR 0 ---- */

/*
 * In D3hot the function answers no memory access. Nor does it while its own firmware is in guest
 * memory: a DMA address that the guest set to our BAR must not enter the register block again.
 */
static bool mei_answers(MeiPciState *s, hwaddr offset)
{
    if (s->in_dma) {
        qemu_log_mask(LOG_GUEST_ERROR,
                      TYPE_INTEL_MEI ": DMA to the function's own register at 0x%03x\n",
                      (unsigned int)offset);
    }
    return !s->in_dma && mei_in_d0(s);
}

static uint64_t mei_mmio_read(void *opaque, hwaddr offset, unsigned int size)
{
    MeiPciState *s = opaque;
    bool answers = mei_answers(s, offset);
    uint64_t value;

    if (G_UNLIKELY(s->fw.capture.heci.capture)) {
        value = heci_capture_read(&s->fw.capture.heci, answers, offset, size);
    } else {
        value = answers ? heci_read(&s->heci, offset, size) : UINT64_MAX;
    }
    if (trace_event_get_state_backends(TRACE_MEI_REG_READ)) {
        mei_trace_read(&s->trace, &s->heci, s->fw.firmware, (uint32_t)offset, size, value);
    }
    return value;
}

static void mei_mmio_write(void *opaque, hwaddr offset, uint64_t value, unsigned int size)
{
    MeiPciState *s = opaque;
    bool answers;

    if (trace_event_get_state_backends(TRACE_MEI_REG_WRITE)) {
        mei_trace_write(&s->trace, &s->heci, s->fw.firmware, (uint32_t)offset, size, value);
    }
    answers = mei_answers(s, offset);
    if (G_UNLIKELY(s->fw.capture.heci.capture)) {
        heci_capture_write(&s->fw.capture.heci, answers, offset, value, size);
    } else if (answers) {
        heci_write(&s->heci, offset, value, size);
    }
}

/* Every access comes through whole: heci.c alone decides which sizes and alignments count. */
static const MemoryRegionOps mei_mmio_ops = {
    .read = mei_mmio_read,
    .write = mei_mmio_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = {.min_access_size = 1, .max_access_size = 8, .unaligned = true},
    .impl = {.min_access_size = 1, .max_access_size = 8, .unaligned = true},
};

/* ---- Configuration space ---- */

static uint32_t mei_config_read(PCIDevice *pci, uint32_t address, int size)
{
    MeiPciState *s = INTEL_MEI(pci);
    uint32_t value = pci_default_read_config(pci, address, size);

    mei_capture_config(&s->fw.capture, CAPTURE_CONFIG_READ, address, size, value);
    return value;
}

static void mei_config_write(PCIDevice *pci, uint32_t address, uint32_t value, int size)
{
    MeiPciState *s = INTEL_MEI(pci);
    uint8_t *pmcsr = pci->config + HECI_CFG_PM_CAP + PCI_PM_CTRL;
    unsigned int before = pci_get_word(pmcsr) & PCI_PM_CTRL_STATE_MASK;
    unsigned int state;

    trace_mei_config_write(address, size, value);
    if (s->fw.capture.heci.capture) {
        mei_capture_config(&s->fw.capture, CAPTURE_CONFIG_WRITE, address, size, value);
    }
    pci_default_write_config(pci, address, value, size);

    /* Of the four states only D0 and D3hot exist here: a write of another changes nothing. */
    state = pci_get_word(pmcsr) & PCI_PM_CTRL_STATE_MASK;
    if (state == 1 || state == 2) {
        pci_word_test_and_clear_mask(pmcsr, PCI_PM_CTRL_STATE_MASK);
        pci_word_test_and_set_mask(pmcsr, before);
        state = before;
    }
    if (state != before) {
        trace_mei_power(state ? "D3hot" : "D0");
    }
    mei_update_irq(s);
}

static void mei_init_pm(PCIDevice *pci, Error **errp)
{
    ERRP_GUARD();
    uint8_t *cap = pci->config + HECI_CFG_PM_CAP;

    if (pci_add_capability(pci, PCI_CAP_ID_PM, HECI_CFG_PM_CAP, PCI_PM_SIZEOF, errp) < 0) {
        return;
    }
    pci_set_word(cap + PCI_PM_PMC, MEI_PM_VERSION | PCI_PM_CAP_PME_D3hot);
    pci_set_word(cap + PCI_PM_CTRL, PCI_PM_CTRL_NO_SOFT_RESET);
    pci_set_word(pci->wmask + HECI_CFG_PM_CAP + PCI_PM_CTRL,
                 PCI_PM_CTRL_STATE_MASK | PCI_PM_CTRL_PME_ENABLE);
    pci_set_word(pci->w1cmask + HECI_CFG_PM_CAP + PCI_PM_CTRL, PCI_PM_CTRL_PME_STATUS);
}

static void mei_init_config(MeiPciState *s, Error **errp)
{
    ERRP_GUARD();
    PCIDevice *pci = PCI_DEVICE(s);
    Error *no_msi = NULL;

    pci_config_set_device_id(pci->config, s->fw.platform->pci_device_id);
    pci_config_set_revision(pci->config, s->fw.platform->pci_revision);
    pci_config_set_interrupt_pin(pci->config, 1); /* INTA */

    /* QEMU makes all behind the header writable: here it is status, read-only but for H_GS. */
    memset(pci->wmask + PCI_CONFIG_HEADER_SIZE, 0, pci_config_size(pci) - PCI_CONFIG_HEADER_SIZE);
    pci_set_long(pci->wmask + HECI_CFG_H_GS, UINT32_MAX);
    pci_set_long(pci->config + HECI_CFG_ME_UMA, MEI_ME_UMA_VALID);
    pci_set_long(pci->config + HECI_CFG_HERES, MEI_HERES_PRESENT);

    /* Each capability goes in front of the list: MSI first, so that the list starts at PM. */
    if (msi_init(pci, HECI_CFG_MSI_CAP, 1, true, false, &no_msi) == -ENOTSUP) {
        error_free(no_msi); /* a board without MSI: INTx it is */
        no_msi = NULL;
    }
    if (no_msi) {
        error_propagate(errp, no_msi);
        return;
    }
    mei_init_pm(pci, errp);
}

/* ---- Life ---- */

static void mei_realize(PCIDevice *pci, Error **errp)
{
    ERRP_GUARD();
    MeiPciState *s = INTEL_MEI(pci);

    if (!mei_firmware_init(&s->fw, &s->heci, &mei_host_ops, s, errp)) {
        return;
    }
    if (s->fw.capture.heci.capture) {
        pci->config_read = mei_config_read;
    }
    mei_init_config(s, errp);
    if (!*errp) {
        mei_firmware_open_doors(&s->fw, DEVICE(pci), errp);
    }
    if (*errp) {
        msi_uninit(pci);
        mei_firmware_free(&s->fw);
        return;
    }
    memory_region_init_io(&s->mmio, OBJECT(s), &mei_mmio_ops, s, TYPE_INTEL_MEI, HECI_MMIO_SIZE);
    pci_register_bar(pci, 0, PCI_BASE_ADDRESS_SPACE_MEMORY | PCI_BASE_ADDRESS_MEM_TYPE_64,
                     &s->mmio);
}

static void mei_clear_blobs(MeiPciState *s)
{
    g_clear_pointer(&s->blob.data, g_free);
    g_clear_pointer(&s->fault_blob.data, g_free);
    s->blob.size = 0;
    s->fault_blob.size = 0;
}

static void mei_exit(PCIDevice *pci)
{
    MeiPciState *s = INTEL_MEI(pci);

    mei_firmware_free(&s->fw);
    mei_clear_blobs(s);
    g_clear_pointer(&s->trace, g_free);
    msi_uninit(pci);
}

static void mei_reset_hold(SWME_RESET_ARGS)
{
    MeiPciState *s = INTEL_MEI(obj);
    PCIDevice *pci = PCI_DEVICE(s);

    trace_mei_reset();
    pci_set_word(pci->config + HECI_CFG_PM_CAP + PCI_PM_CTRL, PCI_PM_CTRL_NO_SOFT_RESET);
    pci_set_long(pci->config + HECI_CFG_H_GS, 0);
    for (unsigned int i = 0; i < HECI_HFS_COUNT; i++) {
        pci_set_long(pci->config + mei_hfs_offset[i], 0);
    }
    if (s->fw.capture.heci.capture) {
        heci_capture_platform_reset(&s->fw.capture.heci);
    } else {
        heci_platform_reset(&s->heci);
    }
    mei_machine_reset(&s->fw.machine);
    mei_lan_guest_gone(&s->fw.lan);
    mei_update_irq(s);
}

static void mei_instance_init(Object *obj)
{
    /* Where chipsets have it, from the 5 series on; the user's addr= comes later and wins. */
    PCI_DEVICE(obj)->devfn = PCI_DEVFN(HECI_PCI_DEVFN_SLOT, 0);
}

/* ---- Saved state ---- */

static void mei_fill_blob(MeiBlob *blob, GBytes *bytes)
{
    gsize size;

    g_free(blob->data);
    blob->data = g_bytes_unref_to_data(bytes, &size);
    blob->size = (uint32_t)MIN(size, UINT32_MAX);
}

static int mei_pre_save(void *opaque)
{
    MeiPciState *s = opaque;

    s->saved = s->heci;
    mei_fill_blob(&s->blob, swme_firmware_save(s->fw.firmware));
    mei_fill_blob(&s->fault_blob, swme_faults_save(s->fw.faults));
    return s->blob.size <= MEI_BLOB_MAX && s->fault_blob.size <= MEI_BLOB_MAX ? 0 : -EFBIG;
}

static int mei_post_save(void *opaque)
{
    mei_clear_blobs(opaque);
    return 0;
}

/* What a stream does not have it cannot change: depths, counters and the rest are this device's. */
static int mei_pre_load(void *opaque)
{
    MeiPciState *s = opaque;

    if (!s->fw.firmware) {
        error_report(TYPE_INTEL_MEI ": a saved state cannot be loaded into an external firmware");
        return -ENOTSUP;
    }
    s->saved = s->heci;
    s->saved.d0i3c_next = 0; /* a stream without it has none */
    return mei_post_save(opaque);
}

static int mei_post_load(void *opaque, int version G_GNUC_UNUSED)
{
    MeiPciState *s = opaque;
    g_autofree uint8_t *blob = g_steal_pointer(&s->blob.data);
    g_autofree uint8_t *fault_blob = g_steal_pointer(&s->fault_blob.data);
    g_autoptr(GError) gerror = NULL;
    unsigned int state = pci_get_word(PCI_DEVICE(s)->config + HECI_CFG_PM_CAP + PCI_PM_CTRL) &
                         PCI_PM_CTRL_STATE_MASK;

    if (!heci_state_valid(&s->saved) || state == 1 || state == 2) {
        error_report(TYPE_INTEL_MEI ": the saved registers are none that this platform can have");
        return -EINVAL;
    }
    s->heci = s->saved;
    mei_machine_loaded(&s->fw.machine);
    if (s->fw.capture.heci.capture) {
        swme_capture_values(s->fw.capture.heci.capture, CAPTURE_LOADED, 0, 0, 0);
    }
    if (!swme_firmware_load(s->fw.firmware, blob, s->blob.size, &gerror) ||
        !swme_faults_load(s->fw.faults, fault_blob, s->fault_blob.size, &gerror)) {
        error_report(TYPE_INTEL_MEI ": %s", gerror->message);
        heci_platform_reset(&s->heci);
        return -EINVAL;
    }
    mei_update_irq(s);
    return 0;
}

static const VMStateDescription mei_ring_vmstate = {
    .name = "intel-mei/ring",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields =
        (VMStateField[]){
            VMSTATE_UINT32_ARRAY(slots, HeciRing, HECI_DEPTH_MAX),
            VMSTATE_UINT8(write_pointer, HeciRing),
            VMSTATE_UINT8(read_pointer, HeciRing),
            VMSTATE_END_OF_LIST(),
        },
};

static bool mei_d0i3c_waits(void *opaque)
{
    MeiPciState *s = opaque;

    return s->saved.d0i3c_next != 0;
}

/* Seldom there, and so a subsection: states of older builds load here, and ours there without it.
 */
static const VMStateDescription mei_d0i3c_vmstate = {
    .name = TYPE_INTEL_MEI "/d0i3c-next",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = mei_d0i3c_waits,
    .fields =
        (VMStateField[]){
            VMSTATE_UINT32(saved.d0i3c_next, MeiPciState),
            VMSTATE_END_OF_LIST(),
        },
};

static const VMStateDescription mei_vmstate = {
    .name = TYPE_INTEL_MEI,
    .version_id = 2,
    .minimum_version_id = 2,
    .pre_save = mei_pre_save,
    .post_save = mei_post_save,
    .pre_load = mei_pre_load,
    .post_load = mei_post_load,
    .fields =
        (VMStateField[]){
            VMSTATE_SINGLE(fw.platform, MeiPciState, 1, mei_platform_info, const SwmePlatform *),
            VMSTATE_PCI_DEVICE(parent_obj, MeiPciState),
            VMSTATE_STRUCT(saved.h_cb, MeiPciState, 1, mei_ring_vmstate, HeciRing),
            VMSTATE_STRUCT(saved.me_cb, MeiPciState, 1, mei_ring_vmstate, HeciRing),
            VMSTATE_UINT32(saved.h_csr, MeiPciState),
            VMSTATE_UINT32(saved.me_csr, MeiPciState),
            VMSTATE_UINT32(saved.hpg_csr, MeiPciState),
            VMSTATE_UINT32(saved.d0i3c, MeiPciState),
            VMSTATE_BOOL(saved.irq_level, MeiPciState),
            VMSTATE_BOOL(msi_sent, MeiPciState),
            VMSTATE_SINGLE(blob, MeiPciState, 1, mei_blob_info, MeiBlob),
            VMSTATE_SINGLE(fault_blob, MeiPciState, 1, mei_blob_info, MeiBlob),
            VMSTATE_END_OF_LIST(),
        },
    .subsections = (const VMStateDescription *[]){&mei_d0i3c_vmstate, NULL},
};

/* ---- Type ---- */

static SWME_PROPERTIES mei_properties[] = {
    DEFINE_PROP_STRING("platform", MeiPciState, fw.platform_name),
    DEFINE_PROP_STRING("firmware", MeiPciState, fw.external),
    DEFINE_PROP_STRING("amt", MeiPciState, fw.amt),
    DEFINE_PROP_UUID_NODEFAULT("uuid", MeiPciState, fw.uuid),
    DEFINE_PROP_STRING("latency", MeiPciState, fw.latency),
    DEFINE_PROP_STRING("fault", MeiPciState, fw.fault),
    DEFINE_PROP_STRING("nvm", MeiPciState, fw.nvm),
    DEFINE_PROP_STRING("watchdog", MeiPciState, fw.watchdog),
    DEFINE_PROP_STRING("watchdog-reset", MeiPciState, fw.watchdog_reset),
    DEFINE_PROP_STRING("alert", MeiPciState, fw.alert),
    DEFINE_PROP_STRING("control", MeiPciState, fw.control_path),
    DEFINE_PROP_STRING("pcap", MeiPciState, fw.pcap),
    DEFINE_PROP_STRING("pcap-levels", MeiPciState, fw.pcap_levels),
    DEFINE_PROP_BOOL("echo", MeiPciState, fw.echo, false),
    DEFINE_NIC_PROPERTIES(MeiPciState, fw.lan.conf),
    DEFINE_PROP_STRING("ip", MeiPciState, fw.lan.ip),
    DEFINE_PROP_STRING("share", MeiPciState, fw.lan.share),
    DEFINE_PROP_STRING("listen", MeiPciState, fw.server.listen),
    DEFINE_PROP_STRING("provision", MeiPciState, fw.server.provision),
    DEFINE_PROP_STRING("password-secret", MeiPciState, fw.server.password_secret),
    DEFINE_PROP_STRING("quirk", MeiPciState, fw.server.quirk),
    SWME_PROPERTIES_END};

static const struct {
    const char *property;
    const char *description;
} mei_descriptions[] = {
    {"platform", "generation to be, as 'swme platforms' lists them (default: its first row)"},
    {"firmware", "chardev, or path of a Unix socket, of a firmware in another process "
                 "(docs/link.md; default: the one in QEMU)"},
    {"amt", "auto, as the platform has it; on; off, not on this SKU; disabled, switched off by its "
            "owner (default: auto)"},
    {"uuid", "the machine's UUID as the firmware knows it (default: that of -uuid, else "
             "the NVM file's, else one of its own)"},
    {"latency",
     "how long the firmware takes, TIME[+CLIENT:TIME]... (default: " SWME_LATENCY_DEFAULT ")"},
    {"fault", "what goes wrong on purpose, RULE[+RULE]... as 'swme faults' lists them, or none"},
    {"nvm", "file that AMT's state lasts in (default: it ends with QEMU)"},
    {"watchdog",
     "whether the host is asked to run AMT's watchdog: auto (once AMT is set up), on, off "
     "(default: as the NVM has it)"},
    {"watchdog-reset", "seconds from the watchdog's running out to a reset of the host, or off "
                       "(default: as the NVM has it)"},
    {"alert",
     "who gets AMT's alerts (SNMP), ADDRESS[:PORT[:COMMUNITY]][+...], or none (default: as "
     "the NVM has it)"},
    {"listen",
     "where this host has AMT's ports, ADDR[:PORT]: PORT stands for 16992, the next three "
     "for 16993 to 16995"},
    {"provision", "none, client or admin: AMT is set up before it starts (default: none, as the "
                  "NVM has it)"},
    {"password-secret", "id of the secret object with the password of 'admin', for provision"},
    {"quirk", "a mistake of real firmware, for those who test for it: cve-2017-5689 takes an empty "
              "digest for a right one"},
    {"control", "Unix socket to watch and control the firmware by, as docs/control.md says"},
    {"pcap", "file or FIFO that all that passes is recorded in, as pcapng (docs/capture.md)"},
    {"pcap-levels",
     "what of it: registers, packets, messages, joined by + (default: all); secrets shows them"},
    {"echo", "list a client that answers each message with the same, and serve TCP port 7 so"},
    {"netdev", "backend for AMT's own network card (default: AMT is on no network)"},
    {"ip", "its IPv4 address: dhcp, or ADDRESS/BITS[+ROUTER] (default: as the NVM has it)"},
    {"share",
     "backend of the guest's own network card, behind which AMT is with the same addresses"},
    {"mac", "its address (default: the NVM's, made of the UUID)"},
};

static void mei_class_init(ObjectClass *klass, SWME_CLASS_DATA *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(klass);
    ResettableClass *rc = RESETTABLE_CLASS(klass);

    pc->realize = mei_realize;
    pc->exit = mei_exit;
    pc->config_write = mei_config_write;
    pc->vendor_id = HECI_PCI_VENDOR_ID;
    pc->class_id = HECI_PCI_CLASS;
    rc->phases.hold = mei_reset_hold;
    dc->desc = "Intel Management Engine Interface with a simulated firmware";
    dc->vmsd = &mei_vmstate;
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    device_class_set_props(dc, mei_properties);
    for (size_t i = 0; i < G_N_ELEMENTS(mei_descriptions); i++) {
        object_class_property_set_description(klass, mei_descriptions[i].property,
                                              mei_descriptions[i].description);
    }
}

static const TypeInfo mei_type_info = {
    .name = TYPE_INTEL_MEI,
    .parent = TYPE_PCI_DEVICE,
    .instance_size = sizeof(MeiPciState),
    .instance_init = mei_instance_init,
    .class_init = mei_class_init,
    .interfaces =
        (SWME_INTERFACES[]){
            {INTERFACE_CONVENTIONAL_PCI_DEVICE},
            {},
        },
};

static void mei_register_types(void)
{
    type_register_static(&mei_type_info);
}

type_init(mei_register_types)
