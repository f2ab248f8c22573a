/* SPDX-License-Identifier: GPL-2.0-or-later */
/* share=: the ME behind the guest's own card, with its MAC and IPv4 address. */
#ifndef SWME_MEI_SHARE_H
#define SWME_MEI_SHARE_H

#include "hw/mei-lan.h"

/*
 * lan->share is the id of the card's backend. The card may come later than the ME: what is wrong
 * with it by the time the machine is complete ends QEMU.
 */
void mei_share_init(MeiLan *lan, Error **errp);
void mei_share_free(MeiLan *lan);

#endif
