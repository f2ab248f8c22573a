/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of MKHI and MCHI share: both speak in the same frames. */
#ifndef SWME_CLIENTS_MKHI_H
#define SWME_CLIENTS_MKHI_H

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include <swme/mkhi.h>

#include "firmware-sim/clients/reply.h"
#include "firmware-sim/context.h"
#include "firmware-sim/platform/kernel-facts.h"

typedef struct MkhiRequest {
    const SwmeContext *context;
    const SwmeKernelFacts *facts;
    const uint8_t *data; /* header first, at least the command's min_size bytes */
    size_t size;
} MkhiRequest;

/* Appends what follows the header, and returns the result. On failure nothing of it is sent. */
typedef uint8_t MkhiHandler(const MkhiRequest *request, GByteArray *reply);

/* Which client takes the command */
typedef enum MkhiClient {
    MKHI_CLIENT_MKHI = 1 << 0,
    MKHI_CLIENT_MCHI = 1 << 1,
} MkhiClient;

typedef struct MkhiCommand {
    unsigned int clients; /* MkhiClient bits */
    uint8_t group;
    uint8_t command;
    const char *name;
    uint16_t min_size;   /* of a request with its header */
    uint8_t since;       /* SwmeKernelFacts.generation */
    uint8_t until;       /* the last one; 0: still there */
    const char *answer;  /* its data, for people */
    const char *source;  /* where the layout is from */
    MkhiHandler *handle; /* NULL: no answer, ever */
} MkhiCommand;

/* All of them; ends with one whose name is NULL. */
extern const MkhiCommand mkhi_commands[];

/* Does that firmware know the command? */
bool mkhi_answers(const MkhiCommand *command, const SwmePlatform *platform);

/* mkhi-general.c */
MkhiHandler mkhi_mkhi_version, mkhi_fw_version, mkhi_boot_state, mkhi_end_of_post,
    mkhi_feature_override, mkhi_image_type, mkhi_image_fw_version, mkhi_eop_state,
    mkhi_measured_boot_state;

/* mkhi-fwcaps.c */
MkhiHandler mkhi_get_rule, mkhi_set_os_version;

/* mkhi-boot.c: what the BIOS asks for before it ends POST */
MkhiHandler mkhi_after_post, mkhi_hmrfpo_status, mkhi_boot_performance, mkhi_not_lite;

/* mca.c */
MkhiHandler mca_read_file, mca_read_file_ex, mca_arb_svn_info, mca_oem_key_status;

#endif
