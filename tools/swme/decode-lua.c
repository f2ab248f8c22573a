/* SPDX-License-Identifier: GPL-2.0-or-later */
/* swme decode --lua: the tables of tools/wireshark/swme.lua, from those that C has. */
#include <stdio.h>
#include <stdlib.h>

#include <glib.h>

#include <swme/capture.h>

#include "firmware-sim/capture/layout.h"
#include "tools/swme/swme.h"

static void print_layout(void *opaque, const SwmeMessageLayout *layout)
{
    (void)opaque;
    printf("message(\"%s\", 0x%x, \"%s\", \"%s\")\n", layout->protocol, layout->key, layout->name,
           layout->layout);
}

int decode_print_lua(void)
{
    printf("local LINK_TYPE = %d\n", CAPTURE_LINK_TYPE - 147);
    for (const SwmeRecordKind *k = swme_record_kinds; k->name; k++) {
        printf("kind(%u, \"%s\")\n", k->kind, k->name);
    }
    for (const SwmeRegisterName *r = swme_register_names; r->name; r++) {
        printf("register(%s, 0x%x, \"%s\")\n", r->config ? "true" : "false", r->offset, r->name);
    }
    for (const SwmeRegisterField *f = swme_register_fields; f->name; f++) {
        printf("field(0x%x, \"%s\", %u, %u)\n", f->offset, f->name, f->shift, f->bits);
    }
    for (const SwmeNumberName *n = swme_number_names; n->table; n++) {
        printf("number(\"%s\", %u, \"%s\")\n", n->table, n->number, n->name);
    }
    for (const SwmeProtocol *p = swme_protocols; p->name; p++) {
        printf("protocol(\"%s\", %s, %u, %u, 0x%x)\n", p->name, p->big_endian ? "true" : "false",
               p->key_offset, p->key_size, p->to_host);
    }
    swme_each_layout(print_layout, NULL);
    return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
