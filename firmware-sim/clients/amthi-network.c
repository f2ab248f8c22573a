/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AMTHI: names, interfaces, remote access. */
#include <string.h>

#include <swme/bytes.h>

#include "firmware-sim/clients/amthi.h"

#define CIRA_IN_PROGRESS 6

uint32_t amthi_get_tcpip_parameters(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    const AmtData *data = amt_state_data(amt);
    const AmtInterface *wired = &data->network.lan[0];

    (void)request;
    reply_append_le32(reply, wired->dhcp ? 2 : 1); /* enabled, disabled */
    reply_append_le32(reply, wired->address);
    reply_append_le32(reply, wired->mask);
    reply_append_le32(reply, wired->gateway);
    reply_append_le32(reply, wired->dns[0]);
    reply_append_le32(reply, wired->dns[1]);
    amthi_append_counted(reply, wired->dhcp ? data->network.dhcp_domain : data->host.domain);
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amthi_get_mac_addresses(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    const AmtNetwork *network = &amt_state_data(amt)->network;

    (void)request;
    g_byte_array_append(reply, network->lan[0].mac, AMTHI_MAC_SIZE);
    g_byte_array_append(reply, network->host_mac, AMTHI_MAC_SIZE);
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amthi_get_dns_suffix_list(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    const AmtNetwork *network = &amt_state_data(amt)->network;
    guint at = reply->len;

    (void)request;
    reply_append_le16(reply, 0);
    for (unsigned int i = 0; i < AMT_SUFFIXES; i++) {
        const char *suffix = network->inside_suffix[i];

        if (*suffix) {
            g_byte_array_append(reply, (const guint8 *)suffix, (guint)strlen(suffix) + 1);
        }
    }
    swme_put_le16(reply->data + at, (uint16_t)(reply->len - at - 2));
    return AMTHI_STATUS_SUCCESS;
}

/* The host's agent says whether the host is in the enterprise's network by VPN, and AMT whether it
 * makes use of that. */
uint32_t amthi_set_enterprise_access(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    const AmtData *data = amt_state_data(amt);
    bool access = request->data[AMTHI_ENTERPRISE_ACCESS_SIZE - 1];
    AmtLive live = data->live;

    (void)reply;
    if (request->data[0] > 1) {
        return AMTHI_STATUS_INVALID_PARAMETER;
    }
    if (!amt_state_is_set_up(amt)) {
        return AMTHI_STATUS_ACCESS_NOT_GRANTED;
    }
    if (access && !data->remote.host_vpn_allowed) {
        return AMTHI_STATUS_HOST_VPN_DISABLED;
    }
    if (access) {
        live.environment = AMTHI_NETWORK_VPN;
    } else if (live.environment == AMTHI_NETWORK_VPN) {
        live.environment = AMTHI_NETWORK_OUTSIDE;
    }
    amt_state_set_live(amt, &live);
    explicit_bzero(&live, sizeof(live));
    if (!access) {
        return AMTHI_STATUS_SUCCESS;
    }
    return data->host.ddns ? AMTHI_STATUS_ACCESS_WITH_DDNS : AMTHI_STATUS_ACCESS_WITHOUT_DDNS;
}

static void set_tunnel(AmtState *amt, uint32_t tunnel, uint32_t trigger)
{
    AmtLive live = amt_state_data(amt)->live;

    live.tunnel = tunnel;
    live.trigger = trigger;
    amt_state_set_live(amt, &live);
    explicit_bzero(&live, sizeof(live));
}

uint32_t amthi_open_user_initiated(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    const AmtData *data = amt_state_data(amt);
    AmtRemote remote = data->remote;

    (void)request;
    (void)reply;
    if (!amt_state_is_set_up(amt)) {
        return AMTHI_STATUS_INVALID_AMT_MODE;
    }
    if (!remote.user_initiated || !(remote.interfaces & AMTHI_USER_INITIATED_OS)) {
        return AMTHI_STATUS_NOT_PERMITTED;
    }
    if (!*remote.mps) {
        return AMTHI_STATUS_DATA_MISSING;
    }
    if (!data->network.lan[0].link &&
        !(data->network.lan[1].present && data->network.lan[1].link)) {
        return AMTHI_STATUS_NOT_READY;
    }
    if (data->live.tunnel == AMTHI_REMOTE_NONE) {
        remote.attempt_s = amt_state_time(amt);
        remote.attempt_status = CIRA_IN_PROGRESS;
        remote.last_trigger = AMTHI_TRIGGER_USER;
        amt_state_set_remote(amt, &remote);
        set_tunnel(amt, AMTHI_REMOTE_CONNECTING, AMTHI_TRIGGER_USER);
    }
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amthi_close_user_initiated(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    const AmtData *data = amt_state_data(amt);
    AmtRemote remote = data->remote;

    (void)request;
    (void)reply;
    if (data->live.tunnel == AMTHI_REMOTE_NONE) {
        return AMTHI_STATUS_INTERNAL_ERROR; /* "refused": nothing to close */
    }
    if (data->live.trigger != AMTHI_TRIGGER_USER) {
        return AMTHI_STATUS_NOT_PERMITTED;
    }
    if (data->live.tunnel == AMTHI_REMOTE_CONNECTED) {
        remote.closed_s = amt_state_time(amt);
    }
    remote.attempt_status = 0;
    amt_state_set_remote(amt, &remote);
    set_tunnel(amt, AMTHI_REMOTE_NONE, AMTHI_TRIGGER_USER);
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amthi_get_remote_access_status(AmtState *amt, const AmthiRequest *request,
                                        GByteArray *reply)
{
    const AmtData *data = amt_state_data(amt);
    bool post = amt_state_is_set_up(amt);

    (void)request;
    reply_append_le32(reply, post ? data->live.environment : AMTHI_NETWORK_UNKNOWN);
    reply_append_le32(reply, post ? data->live.tunnel : AMTHI_REMOTE_NONE);
    reply_append_le32(reply, post ? data->live.trigger : AMTHI_TRIGGER_USER);
    amthi_append_counted(reply,
                         post && data->live.tunnel != AMTHI_REMOTE_NONE ? data->remote.mps : "");
    return AMTHI_STATUS_SUCCESS;
}

static const AmtInterface *find_interface(const AmtState *amt, uint32_t index)
{
    const AmtNetwork *network = &amt_state_data(amt)->network;

    return index < G_N_ELEMENTS(network->lan) && network->lan[index].present ? &network->lan[index]
                                                                             : NULL;
}

uint32_t amthi_get_lan_interface_settings(AmtState *amt, const AmthiRequest *request,
                                          GByteArray *reply)
{
    const AmtInterface *lan = find_interface(amt, swme_get_le32(request->data));

    if (!lan) {
        return AMTHI_STATUS_INVALID_INDEX; /* zeros would look like a card that is there */
    }
    reply_append_le32(reply, lan->enabled);
    reply_append_le32(reply, lan->address);
    reply_append_le32(reply, lan->dhcp);
    reply_append_u8(reply, (uint8_t)lan->dhcp_ip_mode);
    reply_append_u8(reply, lan->link);
    g_byte_array_append(reply, lan->mac, AMTHI_MAC_SIZE);
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amthi_get_user_initiated_interfaces(AmtState *amt, const AmthiRequest *request,
                                             GByteArray *reply)
{
    (void)request;
    reply_append_le32(reply, amt_state_data(amt)->remote.interfaces);
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amthi_get_ipv6_lan_interface_status(AmtState *amt, const AmthiRequest *request,
                                             GByteArray *reply)
{
    const AmtInterface *lan = find_interface(amt, swme_get_le32(request->data));
    uint32_t count = 0;
    guint at;

    if (!lan) {
        return AMTHI_STATUS_IPV6_NO_INTERFACE;
    }
    if (!lan->ipv6) {
        return AMTHI_STATUS_IPV6_DISABLED;
    }
    amthi_append_padded(reply, lan->ipv6_router, AMTHI_IP_TEXT_SIZE);
    amthi_append_padded(reply, lan->ipv6_dns[0], AMTHI_IP_TEXT_SIZE);
    amthi_append_padded(reply, lan->ipv6_dns[1], AMTHI_IP_TEXT_SIZE);
    at = reply->len;
    reply_append_le32(reply, 0);
    for (unsigned int i = 0; i < AMT_IPV6_MAX; i++) {
        const AmtIpv6Address *address = &lan->ipv6_address[i];

        if (*address->text) {
            amthi_append_padded(reply, address->text, AMTHI_IP_TEXT_SIZE);
            reply_append_le32(reply, address->type);
            reply_append_le32(reply, address->state);
            count++;
        }
    }
    swme_put_le32(reply->data + at, count);
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amthi_get_fqdn(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    const AmtHost *host = &amt_state_data(amt)->host;
    char fqdn[AMT_FQDN_SIZE];
    const char *dot;

    (void)request;
    amt_state_fqdn(amt, fqdn);
    dot = strchr(fqdn, '.');
    reply_append_le32(reply, host->shared_fqdn);
    reply_append_le32(reply, host->ddns);
    reply_append_le32(reply, host->ddns_interval_min);
    reply_append_le32(reply, host->ddns_ttl_s);
    reply_append_le32(reply, (uint32_t)(dot ? (size_t)(dot - fqdn) : strlen(fqdn)));
    amthi_append_counted(reply, fqdn);
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amthi_set_host_fqdn(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    AmtHost host = amt_state_data(amt)->host;
    uint32_t status;

    (void)reply;
    /* 256 with the terminator that LMS counts in. */
    if (swme_get_le16(request->data) > AMTHI_HOST_FQDN_MAX) {
        return AMTHI_STATUS_INVALID_PARAMETER;
    }
    status = amthi_take_counted(request, host.fqdn, sizeof(host.fqdn));
    if (status == AMTHI_STATUS_SUCCESS) {
        amt_state_set_host(amt, &host);
    }
    return status;
}
