/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * The pci: transport: a function of this machine that no kernel driver has, through the files that
 * Linux has for it in sysfs. Its interrupt comes through UIO where uio_pci_generic is bound to it;
 * where nothing is, H_CSR is looked at, at most every millisecond while a call waits.
 */
#ifndef SWME_HOST_PCI_H
#define SWME_HOST_PCI_H

#include "host-driver/tool/session.h"

/* text is "pci:ADDRESS", as 0000:00:16.0 or 00:16.0. NULL with a one-line reason in message. */
Session *pci_open(const char *text, char *message);

/*
 * As above, for a caller that wants the registers alone; root stands in front of /sys and /dev.
 */
bool pci_open_registers(const char *text, const char *root, RegisterTransport *transport,
                        char *message);

#endif
