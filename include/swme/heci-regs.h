/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * The HECI function: configuration space, the register block in BAR 0 and its bits.
 * Sources: Linux drivers/misc/mei/hw-me-regs.h (names and bits); Intel 5- to 9-series PCH and
 * Xeon D-1500 datasheets, MEI chapters (access kinds, reset values). docs/registers.md has each
 * bit with its source.
 */
#ifndef SWME_HECI_REGS_H
#define SWME_HECI_REGS_H

#define HECI_PCI_VENDOR_ID  0x8086
#define HECI_PCI_CLASS      0x0780 /* communication controller, other */
#define HECI_PCI_DEVFN_SLOT 0x16   /* 00:16.0 from the 5 series on */

/* Configuration space: offsets */
#define HECI_CFG_HFS1    0x40 /* firmware status 1 (older name: HFS) */
#define HECI_CFG_ME_UMA  0x44
#define HECI_CFG_HFS2    0x48 /* firmware status 2 (older name: GMES) */
#define HECI_CFG_H_GS    0x4c /* host general status, written by system firmware */
#define HECI_CFG_PM_CAP  0x50
#define HECI_CFG_HFS3    0x60
#define HECI_CFG_HFS4    0x64
#define HECI_CFG_HFS5    0x68
#define HECI_CFG_HFS6    0x6c
#define HECI_CFG_MSI_CAP 0x8c
#define HECI_CFG_HIDM    0xa0
#define HECI_CFG_HERES   0xbc
#define HECI_CFG_HER1    0xc0

#define HECI_HFS_COUNT 6 /* HFS1 .. HFS6; older generations have 0, 1 or 2 of them */

#define HECI_HFS1_D0I3 0x80000000u /* the D0i3 protocol is supported */

/* BAR 0: size and offsets. Every register is 32 bits wide and accessed aligned. */
#define HECI_MMIO_SIZE 0x1000

#define HECI_H_CB_WW   0x000 /* host circular buffer write window, W */
#define HECI_H_CSR     0x004 /* host control and status */
#define HECI_ME_CB_RW  0x008 /* ME circular buffer read window, R */
#define HECI_ME_CSR_HA 0x00c /* ME control and status as the host sees it, R */
#define HECI_H_HPG_CSR 0x010 /* host power gating, legacy PG parts */
#define HECI_ME_TRC    0x030 /* trace control shadow, R, CSME 15 and newer */
#define HECI_H_D0I3C   0x800 /* D0i3 control, D0i3 parts */

/* H_CSR */
#define H_CSR_CBD_SHIFT  24          /* [31:24] depth in slots, R */
#define H_CSR_CBWP_SHIFT 16          /* [23:16] write pointer, R */
#define H_CSR_CBRP_SHIFT 8           /* [15:8] read pointer, R */
#define H_CSR_D0I3C_IS   0x00000040u /* R, write 1 to clear */
#define H_CSR_D0I3C_IE   0x00000020u /* RW */
#define H_CSR_RST        0x00000010u /* RW; 0 to 1 resets the link */
#define H_CSR_RDY        0x00000008u /* RW; cleared by a reset */
#define H_CSR_IG         0x00000004u /* write 1 interrupts the firmware, reads 0 */
#define H_CSR_IS         0x00000002u /* R, write 1 to clear */
#define H_CSR_IE         0x00000001u /* RW */

/* One mask for each kind of bit: no write ever stores "the value". */
#define H_CSR_RW_MASK  (H_CSR_D0I3C_IE | H_CSR_RST | H_CSR_RDY | H_CSR_IE)
#define H_CSR_W1C_MASK (H_CSR_D0I3C_IS | H_CSR_IS)
#define H_CSR_W1S_MASK (H_CSR_IG)

/* ME_CSR_HA, all read-only for the host */
#define ME_CSR_CBD_SHIFT  24
#define ME_CSR_CBWP_SHIFT 16
#define ME_CSR_CBRP_SHIFT 8
#define ME_CSR_PGIC       0x00000040u /* legacy power-gate isolation capable */
#define ME_CSR_RST        0x00000010u
#define ME_CSR_RDY        0x00000008u
#define ME_CSR_IG         0x00000004u
#define ME_CSR_IS         0x00000002u /* set by H_IG, cleared by the firmware */
#define ME_CSR_IE         0x00000001u

/* H_HPG_CSR */
#define H_HPG_CSR_PGIHEXR 0x00000001u /* host asks to leave isolation */
#define H_HPG_CSR_PGI     0x00000002u /* isolated */

/* H_D0I3C */
#define H_D0I3C_CIP 0x00000001u /* command in progress, R */
#define H_D0I3C_IR  0x00000002u /* interrupt when the transition completes, RW */
#define H_D0I3C_I3  0x00000004u /* 1 asks for D0i3, 0 to leave it, RW */
#define H_D0I3C_RR  0x00000008u /* state was lost, restore required, R, write 1 to clear */

/* Circular buffers: pointers run freely over 8 bits, the index is the pointer modulo the depth. */
#define HECI_SLOT_SIZE 4   /* bytes */
#define HECI_DEPTH_MIN 2   /* slots; the depth is a power of two */
#define HECI_DEPTH_MAX 128 /* Linux hw-me.c: deeper buffers overflow its 9-bit length */

/* What a read that no register claims returns. */
#define HECI_READ_NOTHING 0xffffffffu

#endif
