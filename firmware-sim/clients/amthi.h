/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of AMTHI share, and its list of commands for whoever wants to tell of it. */
#ifndef SWME_CLIENTS_AMTHI_H
#define SWME_CLIENTS_AMTHI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include <swme/amthi.h>

#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/clients/reply.h"

typedef struct AmthiRequest {
    const uint8_t *data; /* behind the header; at least the command's min_data bytes */
    size_t size;
} AmthiRequest;

/* Appends the data that follows the status, and returns the status. */
typedef uint32_t AmthiHandler(AmtState *amt, const AmthiRequest *request, GByteArray *reply);

typedef struct AmthiCommand {
    uint32_t command;
    const char *name;
    uint16_t min_data;   /* bytes that must follow the header */
    uint8_t since_major; /* the first AMT that knows it; 0: all do */
    uint8_t since_minor;
    bool secret;         /* request or answer carries what no trace may show */
    const char *request; /* its data, for people */
    const char *answer;  /* likewise */
    const char *source;  /* where the layout is from */
    AmthiHandler *handle;
} AmthiCommand;

/* All of them, by number; ends with one whose name is NULL. */
extern const AmthiCommand amthi_commands[];

/* Does that firmware's AMT know the command? */
bool amthi_answers(const AmthiCommand *command, const SwmePlatform *platform);

/* Building blocks of answers, beside reply.h's */
void amthi_append_padded(GByteArray *reply, const char *text, guint size); /* NUL padded */
void amthi_append_counted(GByteArray *reply, const char *text); /* u16 length, no terminator */

/*
 * The counted string that a request begins with, into out of size bytes; one terminator at its end
 * is dropped, for LMS counts it in. Returns a status: 4 when bytes are missing, 0x24 when it does
 * not fit or is no printable ASCII.
 */
uint32_t amthi_take_counted(const AmthiRequest *request, char *out, size_t size);

/* amthi-info.c */
AmthiHandler amthi_get_amt_state, amthi_get_provisioning_mode, amthi_get_provisioning_state,
    amthi_get_code_versions, amthi_get_security_parameters, amthi_enumerate_hash_handles,
    amthi_get_certificate_hash_entry, amthi_get_current_power_policy, amthi_get_features_state,
    amthi_get_last_host_reset_reason, amthi_get_setup_audit_record, amthi_get_redirection_state,
    amthi_get_uuid, amthi_get_unprovisioning_state, amthi_get_control_mode, amthi_get_cira_log;

/* amthi-setup.c */
AmthiHandler amthi_unprovision, amthi_generate_rng_seed, amthi_start_configuration,
    amthi_set_provisioning_server_otp, amthi_get_provisioning_tls_mode, amthi_get_rng_seed_status,
    amthi_set_pki_fqdn_suffix, amthi_get_zero_touch_enabled, amthi_get_pki_fqdn_suffix,
    amthi_set_zero_touch_enabled, amthi_get_config_server_data, amthi_stop_configuration,
    amthi_start_configuration_ex, amthi_get_local_system_account, amthi_get_ehbc_state,
    amthi_set_ehbc_state, amthi_disable_and_clear_amt, amthi_start_configuration_host_based;

/* amthi-network.c */
AmthiHandler amthi_get_tcpip_parameters, amthi_get_mac_addresses, amthi_get_dns_suffix_list,
    amthi_set_enterprise_access, amthi_open_user_initiated, amthi_close_user_initiated,
    amthi_get_remote_access_status, amthi_get_lan_interface_settings,
    amthi_get_user_initiated_interfaces, amthi_get_ipv6_lan_interface_status, amthi_get_fqdn,
    amthi_set_host_fqdn;

#endif
