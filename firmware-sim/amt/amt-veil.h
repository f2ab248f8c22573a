/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Secrets among AMT's saved values do not stand there as they are: who sends an NVM file or a
 * snapshot with a report of a fault, or searches a disk, sees none. It is no encryption: this
 * program can read them, as a machine's own engine can read its flash, and so can who knows how.
 */
#ifndef SWME_AMT_VEIL_H
#define SWME_AMT_VEIL_H

#include <stddef.h>
#include <stdint.h>

/*
 * Changes the secrets among the values that amt_data_save() gave, in place and each in its own
 * length; done again, they are what they were. values may be anything: what is no such value stays.
 */
void amt_veil(uint8_t *values, size_t size);

#endif
