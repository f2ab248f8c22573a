/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ASF presence (DMTF DSP0136, 3.2), by which consoles find AMT (MeshCentral amtscanner.js). */
#include "firmware-sim/net/lan/lan-internal.h"

#include <string.h>

#define RMCP_OFF_VERSION 0
#define RMCP_OFF_CLASS   3
#define RMCP_OFF_IANA    4
#define RMCP_OFF_TYPE    8
#define RMCP_OFF_TAG     9
#define RMCP_OFF_LENGTH  11
#define RMCP_SIZE        12
#define RMCP_VERSION     6
#define RMCP_CLASS_ASF   6
#define ASF_IANA         4542
#define ASF_PING         0x80
#define ASF_PONG         0x40

#define PONG_OFF_IANA     12
#define PONG_OFF_PORT     16
#define PONG_OFF_VERSION  18
#define PONG_OFF_STATE    19
#define PONG_OFF_ENTITIES 20
#define PONG_OFF_ACTIONS  21
#define PONG_SIZE         28
#define PONG_BOTH_PORTS   0x04
#define PONG_IPMI_ASF1    0x81
#define PONG_AMT          0x20 /* without this bit amtscanner.js takes no notice */
#define INTEL_IANA        343

#define PORT_PLAIN 16992
#define PORT_TLS   16993

/* Major and minor in half a byte each; what does not fit is 0, and told by the web server. */
static uint8_t version_byte(const SwmeFirmwareVersion *version)
{
    return version->major < 16 && version->minor < 16
               ? (uint8_t)(version->major << 4 | version->minor)
               : 0;
}

void lan_rmcp_input(SwmeLan *lan, const LanDatagram *datagram, const uint8_t *mac)
{
    const AmtState *amt = lan->config.amt;
    const uint8_t *ping = datagram->data;
    bool plain = swme_services_open(lan->config.services, PORT_PLAIN, SWME_DOOR_LAN);
    bool tls = swme_services_open(lan->config.services, PORT_TLS, SWME_DOOR_LAN);
    uint8_t pong[PONG_SIZE] = {RMCP_VERSION, 0, 0xff /* no acknowledgement */, RMCP_CLASS_ASF};
    const LanDatagram answer = {
        .source = lan->address,
        .destination = datagram->source,
        .source_port = LAN_RMCP_PORT,
        .destination_port = datagram->source_port,
        .data = pong,
        .size = sizeof(pong),
    };

    if (datagram->size < RMCP_SIZE || ping[RMCP_OFF_VERSION] != RMCP_VERSION ||
        ping[RMCP_OFF_CLASS] != RMCP_CLASS_ASF || lan_get32(ping + RMCP_OFF_IANA) != ASF_IANA) {
        lan->stats.malformed++;
        return;
    }
    if (ping[RMCP_OFF_TYPE] != ASF_PING || !amt_state_data(amt)->host.rmcp_ping) {
        lan->stats.not_for_us++;
        return;
    }
    lan->stats.presence_pings++;
    lan_put32(pong + RMCP_OFF_IANA, ASF_IANA);
    pong[RMCP_OFF_TYPE] = ASF_PONG;
    pong[RMCP_OFF_TAG] = ping[RMCP_OFF_TAG];
    pong[RMCP_OFF_LENGTH] = PONG_SIZE - RMCP_SIZE;
    lan_put32(pong + PONG_OFF_IANA, INTEL_IANA);
    lan_put16(pong + PONG_OFF_PORT, tls && !plain ? PORT_TLS : PORT_PLAIN);
    pong[PONG_OFF_VERSION] = version_byte(&amt_state_platform(amt)->version);
    pong[PONG_OFF_STATE] =
        (uint8_t)((amt_state_data(amt)->setup.state & 3) | (plain && tls ? PONG_BOTH_PORTS : 0));
    pong[PONG_OFF_ENTITIES] = PONG_IPMI_ASF1;
    pong[PONG_OFF_ACTIONS] = PONG_AMT;
    lan_udp_send(lan, &answer, mac);
}
