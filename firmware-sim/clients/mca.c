/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MCA: the firmware's files, read by name (MKHI) or by number (MCHI), and its security versions.
 * Recorded on A0E0 with a fused key (fwupd's fixture); what firmwares say of a file that they have
 * not is 0x0b for the fuses' files on real machines (fwupd issues 5745, 6120, 8878), while
 * intel/lms expects 3 of its own file on older ones.
 */
#include <string.h>

#include <swme/bytes.h>
#include <swme/mca.h>

#include "firmware-sim/clients/mkhi.h"

#define READ_MAX         (4096 - MCA_READ_RES_OFF_DATA) /* what fits the client's longest message */
#define KEY_SIZE_MAX     48
#define FUSES(file_)     ((file_) >> 16 == 0x4000)
#define HASH_KIND_CHOSEN 0 /* no source numbers the kinds */
#define SVN_CHOSEN       3

/* SHA-384 as recorded; of generations with SHA-256 the beginning of it. */
static const uint8_t oem_key_hash[KEY_SIZE_MAX] = {
    0xf0, 0xd1, 0x52, 0x63, 0xb3, 0x54, 0xb0, 0x1b, 0x2f, 0x32, 0xd9, 0x5c, 0x55, 0x72, 0xeb, 0x3d,
    0xf4, 0x9f, 0x51, 0x6c, 0x34, 0x3b, 0x89, 0x0f, 0xe1, 0x92, 0x99, 0x64, 0x99, 0x5a, 0x55, 0x4b,
    0x12, 0xc7, 0xf2, 0x69, 0x9f, 0x25, 0xa8, 0xcb, 0x66, 0xd8, 0x63, 0x3c, 0x35, 0x42, 0xf2, 0x26};
static const uint8_t no_key[KEY_SIZE_MAX];

typedef struct File {
    uint32_t number;
    uint8_t since; /* SwmeKernelFacts.generation */
    uint8_t until; /* the last one; 0: still there */
    const uint8_t *data;
} File;

/* Keys, each as long as the generation's hash. */
static const File files[] = {
    {MCA_FILE_OEM_KEY_HASH, 13, 15, oem_key_hash},
    {MCA_FILE_OEM_KEY_HASH_1, 15, 0, oem_key_hash},
    {MCA_FILE_OEM_KEY_HASH_2, 15, 0, no_key},
};

static const File *find_file(const SwmeKernelFacts *facts, uint32_t number)
{
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        if (files[i].number == number && facts->generation >= files[i].since &&
            (files[i].until == 0 || facts->generation <= files[i].until)) {
            return &files[i];
        }
    }
    return NULL;
}

/* As much as is there of what was asked for: reads are short in real firmware too (recorded). */
static uint8_t read_part(const uint8_t *data, uint32_t data_size, uint32_t offset, uint32_t size,
                         GByteArray *reply)
{
    uint32_t part;

    if (size > READ_MAX) {
        return MCA_RESULT_SIZE_LIMIT;
    }
    if (size == 0 || offset >= data_size) {
        return MCA_RESULT_INVALID_INPUT;
    }
    part = MIN(size, data_size - offset);
    reply_append_le32(reply, part);
    g_byte_array_append(reply, data + offset, part);
    return MCA_RESULT_SUCCESS;
}

/* Fused and emulated keys are the ones in force; a default is an unset key. */
static uint8_t read_key(const MkhiRequest *request, const uint8_t *key, uint8_t flags,
                        GByteArray *reply)
{
    uint32_t offset = swme_get_le32(request->data + MCA_READ_FILE_EX_OFF_OFFSET);
    uint32_t size = swme_get_le32(request->data + MCA_READ_FILE_EX_OFF_SIZE);

    switch (flags) {
    case 0:
    case MCA_FLAG_EMULATION:
    case MCA_FLAG_HARDWARE:
        break;
    case MCA_FLAG_DEFAULT:
        key = no_key;
        break;
    case MCA_FLAG_ATTRIBUTE_HASH:
    case MCA_FLAG_VOLATILE:
        return MCA_RESULT_NO_ATTRIBUTE;
    default:
        return MCA_RESULT_INVALID_INPUT;
    }
    return read_part(key, request->facts->oem_key_size, offset, size, reply);
}

/* Which brands of manageability the SKU may have; the bits are chosen, LMS hands them on unread. */
static uint8_t read_entitlements(const MkhiRequest *request, uint8_t flags, GByteArray *reply)
{
    uint8_t data[4];

    if (flags != 0) {
        return MCA_RESULT_NO_ATTRIBUTE;
    }
    swme_put_le32(data, request->context->amt ? 1u << MKHI_PLATFORM_BRAND_AMT : 0);
    return read_part(data, sizeof(data), swme_get_le32(request->data + MCA_READ_FILE_EX_OFF_OFFSET),
                     swme_get_le32(request->data + MCA_READ_FILE_EX_OFF_SIZE), reply);
}

uint8_t mca_read_file_ex(const MkhiRequest *request, GByteArray *reply)
{
    uint32_t number = swme_get_le32(request->data + MCA_READ_FILE_EX_OFF_FILE);
    uint8_t flags = request->data[MCA_READ_FILE_EX_OFF_FLAGS];
    const File *file = find_file(request->facts, number);

    if (file) {
        return read_key(request, file->data, flags, reply);
    }
    if (number == MCA_FILE_BRAND_ENTITLEMENTS && request->facts->generation >= 16) {
        return read_entitlements(request, flags, reply);
    }
    return FUSES(number) ? MCA_RESULT_INVALID_INPUT : MCA_RESULT_NO_FILE;
}

/* A360, with 12, knows no names any more: fwupd issue 5745. */
uint8_t mca_read_file(const MkhiRequest *request, GByteArray *reply)
{
    const char *name = (const char *)request->data + MCA_READ_FILE_OFF_NAME;

    if (request->facts->generation > 11 ||
        strncmp(name, "/fpf/OemCred", MCA_READ_FILE_NAME_SIZE) != 0) {
        return MCA_RESULT_INVALID_INPUT;
    }
    return read_part(oem_key_hash, request->facts->oem_key_size,
                     swme_get_le32(request->data + MCA_READ_FILE_OFF_OFFSET),
                     swme_get_le32(request->data + MCA_READ_FILE_OFF_SIZE), reply);
}

/* One entry, of the boot ROM's extension: what runs is what is allowed at least. */
uint8_t mca_arb_svn_info(const MkhiRequest *request, GByteArray *reply)
{
    (void)request;
    reply_append_le32(reply, 1);
    reply_append_u8(reply, MCA_ARB_SVN_USAGE_CSE_RBE);
    reply_append_u8(reply, 0);
    reply_append_u8(reply, SVN_CHOSEN);
    reply_append_u8(reply, SVN_CHOSEN);
    return MCA_RESULT_SUCCESS;
}

static void append_key(GByteArray *reply, bool set, const uint8_t *hash, uint32_t size)
{
    reply_append_u8(reply, set);
    reply_append_u8(reply, set);
    reply_append_u8(reply, 0);
    g_byte_array_append(reply, hash, size);
    reply_append_zeros(reply, MCA_KEY_STATUS_KEY_SIZE - MCA_KEY_STATUS_KEY_HASH - size);
}

uint8_t mca_oem_key_status(const MkhiRequest *request, GByteArray *reply)
{
    reply_append_u8(reply, 0);
    reply_append_u8(reply, MCA_KEY_STATUS_KEYS);
    reply_append_le32(reply, HASH_KIND_CHOSEN);
    append_key(reply, true, oem_key_hash, request->facts->oem_key_size);
    append_key(reply, false, no_key, request->facts->oem_key_size);
    return MCA_RESULT_SUCCESS;
}
