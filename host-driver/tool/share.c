/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
#include "host-driver/tool/share.h"

#include <string.h>

#include <swme/bytes.h>

size_t share_header(uint8_t *packet, uint8_t op, uint8_t channel, MeiError error, uint32_t arg)
{
    memset(packet, 0, SHARE_HEADER);
    packet[SHARE_OFF_OP] = op;
    packet[SHARE_OFF_CHANNEL] = channel;
    packet[SHARE_OFF_ERROR] = (uint8_t)-error;
    swme_put_le32(packet + SHARE_OFF_ARG, arg);
    return SHARE_HEADER;
}

void share_put_client(uint8_t bytes[SHARE_CLIENT_SIZE], const SessionClient *client)
{
    memcpy(bytes, client->guid.bytes, SWME_GUID_SIZE);
    swme_put_le32(bytes + 16, client->max_length);
    swme_put_le16(bytes + 20, (uint16_t)client->address);
    swme_put_le16(bytes + 22, (uint16_t)client->version);
    swme_put_le16(bytes + 24, (uint16_t)client->max_connections);
    bytes[26] = (uint8_t)client->single_receive;
    bytes[27] = (uint8_t)((client->vtag ? 1 : 0) | (client->fixed ? 2 : 0));
}

void share_get_client(const uint8_t bytes[SHARE_CLIENT_SIZE], SessionClient *client)
{
    memcpy(client->guid.bytes, bytes, SWME_GUID_SIZE);
    client->max_length = swme_get_le32(bytes + 16);
    client->address = swme_get_le16(bytes + 20);
    client->version = swme_get_le16(bytes + 22);
    client->max_connections = swme_get_le16(bytes + 24);
    client->single_receive = bytes[26];
    client->vtag = bytes[27] & 1;
    client->fixed = (bytes[27] & 2) != 0;
}

/* Where the numbers of SessionInfo stand, behind its three texts. */
#define INFO_STATE   0
#define INFO_REASON  32
#define INFO_KIND    96
#define INFO_PCI     112 /* known, 0, vendor, device */
#define INFO_HBM     118 /* known, major, minor */
#define INFO_TRC     121 /* known */
#define INFO_WORDS   122 /* how many status words, how many versions, u32 TRC */
#define INFO_STATUS  128
#define INFO_VERSION (INFO_STATUS + 4 * HECI_HFS_COUNT)

void share_put_info(uint8_t bytes[SHARE_INFO_SIZE], const SessionInfo *info)
{
    memset(bytes, 0, SHARE_INFO_SIZE);
    memcpy(bytes + INFO_STATE, info->state, sizeof(info->state));
    memcpy(bytes + INFO_REASON, info->reason, sizeof(info->reason));
    memcpy(bytes + INFO_KIND, info->kind, sizeof(info->kind));
    bytes[INFO_PCI] = info->pci_known;
    swme_put_le16(bytes + INFO_PCI + 2, info->pci_vendor);
    swme_put_le16(bytes + INFO_PCI + 4, info->pci_device);
    bytes[INFO_HBM] = info->hbm_known;
    bytes[INFO_HBM + 1] = info->hbm_major;
    bytes[INFO_HBM + 2] = info->hbm_minor;
    bytes[INFO_TRC] = info->trc_known;
    bytes[INFO_WORDS] = (uint8_t)info->status_count;
    bytes[INFO_WORDS + 1] = (uint8_t)info->version_count;
    swme_put_le32(bytes + INFO_WORDS + 2, info->trc);
    for (unsigned int i = 0; i < info->status_count; i++) {
        swme_put_le32(bytes + INFO_STATUS + 4 * i, info->status[i]);
    }
    for (unsigned int i = 0; i < info->version_count; i++) {
        uint8_t *at = bytes + INFO_VERSION + 8 * i;

        at[0] = info->version[i].platform;
        at[1] = info->version[i].major;
        swme_put_le16(at + 2, info->version[i].minor);
        swme_put_le16(at + 4, info->version[i].hotfix);
        swme_put_le16(at + 6, info->version[i].build);
    }
}

static unsigned int at_most(uint8_t count, unsigned int most)
{
    return count < most ? count : most;
}

void share_get_info(const uint8_t bytes[SHARE_INFO_SIZE], SessionInfo *info)
{
    memcpy(info->state, bytes + INFO_STATE, sizeof(info->state) - 1);
    memcpy(info->reason, bytes + INFO_REASON, sizeof(info->reason) - 1);
    memcpy(info->kind, bytes + INFO_KIND, sizeof(info->kind) - 1);
    info->pci_known = bytes[INFO_PCI];
    info->pci_vendor = swme_get_le16(bytes + INFO_PCI + 2);
    info->pci_device = swme_get_le16(bytes + INFO_PCI + 4);
    info->hbm_known = bytes[INFO_HBM];
    info->hbm_major = bytes[INFO_HBM + 1];
    info->hbm_minor = bytes[INFO_HBM + 2];
    info->trc_known = bytes[INFO_TRC];
    info->status_count = at_most(bytes[INFO_WORDS], HECI_HFS_COUNT);
    info->version_count = at_most(bytes[INFO_WORDS + 1], MKHI_FW_VERSION_BLOCKS_MAX);
    info->trc = swme_get_le32(bytes + INFO_WORDS + 2);
    for (unsigned int i = 0; i < info->status_count; i++) {
        info->status[i] = swme_get_le32(bytes + INFO_STATUS + 4 * i);
    }
    for (unsigned int i = 0; i < info->version_count; i++) {
        const uint8_t *at = bytes + INFO_VERSION + 8 * i;

        info->version[i] = (SessionVersion){
            .platform = at[0],
            .major = at[1],
            .minor = swme_get_le16(at + 2),
            .hotfix = swme_get_le16(at + 4),
            .build = swme_get_le16(at + 6),
        };
    }
}
