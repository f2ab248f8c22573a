/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blocks, who may use them, and what is in them. */
#include <string.h>

#include "firmware-sim/amt/amt-storage.h"

static AmtStorageBlock *find(AmtStorage *storage, uint32_t handle)
{
    for (unsigned int i = 0; i < AMT_STORAGE_BLOCKS; i++) {
        if (storage->block[i].handle == handle) {
            return &storage->block[i];
        }
    }
    return NULL;
}

static AmtStorageLock *lock_of(AmtData *data, const AmtStorageBlock *block)
{
    return &data->live.storage_lock[block - data->storage.block];
}

static bool locked_by_other(const AmtData *data, int64_t now_s, const AmtStorageBlock *block,
                            const AmtStorageApplication *who)
{
    const AmtStorageLock *lock = &data->live.storage_lock[block - data->storage.block];

    return lock->owner && lock->owner != who->handle && now_s < lock->end_s;
}

/* 0: nothing. */
static uint32_t permissions(const AmtStorage *storage, const AmtStorageBlock *block,
                            const AmtStorageApplication *who)
{
    uint32_t most = block->owner == who->handle ? AMT_STORAGE_READ_WRITE : 0;

    for (unsigned int i = 0; i < AMT_STORAGE_GROUPS; i++) {
        const AmtStorageGroup *group = &storage->group[i];

        for (unsigned int j = 0; group->block == block->handle && j < AMT_STORAGE_MEMBERS; j++) {
            if (group->member[j] == who->handle) {
                most = MAX(most, group->permissions);
            }
        }
    }
    return most;
}

const AmtStorageBlock *amt_storage_shown(const AmtStorage *storage,
                                         const AmtStorageApplication *who, uint32_t handle)
{
    const AmtStorageBlock *block = handle ? find((AmtStorage *)storage, handle) : NULL;

    return block && (!block->hidden || block->owner == who->handle) ? block : NULL;
}

AmtStorageBlock *amt_storage_own(AmtData *data, const AmtStorageApplication *who, uint32_t handle,
                                 AmtStorageStatus *status)
{
    const AmtStorageBlock *block = amt_storage_shown(&data->storage, who, handle);

    *status = block ? AMT_STORAGE_OK : AMT_STORAGE_NO_BLOCK;
    if (block && block->owner != who->handle) {
        *status = AMT_STORAGE_NOT_OWNER;
    }
    return *status == AMT_STORAGE_OK ? find(&data->storage, handle) : NULL;
}

/*
 * A block that who may use in that way now. A member of one of its groups may, though he is not
 * shown a hidden one.
 */
static AmtStorageBlock *usable(AmtData *data, int64_t now_s, const AmtStorageApplication *who,
                               uint32_t handle, uint32_t way, AmtStorageStatus *status)
{
    AmtStorageBlock *block = handle ? find(&data->storage, handle) : NULL;
    uint32_t may = block ? permissions(&data->storage, block, who) : 0;

    *status = AMT_STORAGE_OK;
    if (!block || (!may && !amt_storage_shown(&data->storage, who, handle))) {
        *status = AMT_STORAGE_NO_BLOCK;
    } else if (may < way) {
        *status = AMT_STORAGE_NOT_PERMITTED;
    } else if (locked_by_other(data, now_s, block, who)) {
        *status = AMT_STORAGE_LOCKED;
    }
    return *status == AMT_STORAGE_OK ? block : NULL;
}

/* Each use of what is locked lets the lock begin anew. */
static void touch(AmtData *data, int64_t now_s, const AmtStorageBlock *block,
                  const AmtStorageApplication *who)
{
    AmtStorageLock *lock = lock_of(data, block);

    if (lock->owner == who->handle && now_s < lock->end_s) {
        lock->end_s = now_s + AMT_STORAGE_LOCK_S;
    }
}

/* ---- blocks ---- */

AmtStorageStatus amt_storage_allocate(AmtData *data, const AmtStorageApplication *who,
                                      uint32_t size, bool hidden, const char *name,
                                      uint32_t *handle)
{
    AmtStorage *storage = &data->storage;
    AmtStorageBlock *block = find(storage, 0);
    g_autofree uint8_t *zeros = NULL;

    if (name && *name && !amt_storage_name_sane(name, AMT_STORAGE_BLOCK_SIZE)) {
        return AMT_STORAGE_INVALID_NAME;
    }
    if (size == 0 || size % AMT_STORAGE_MTU) {
        return AMT_STORAGE_INVALID_COUNT;
    }
    if (!block) {
        return AMT_STORAGE_LIMIT;
    }
    if (size > amt_storage_room(storage, who)) {
        return AMT_STORAGE_NO_ROOM;
    }
    zeros = g_malloc0(size);
    block->handle = *handle = amt_storage_next_handle(storage);
    block->owner = who->handle;
    block->hidden = hidden;
    g_strlcpy(block->name, name ? name : "", sizeof(block->name));
    amt_blob_take(&block->data, amt_blob_new(zeros, size));
    return AMT_STORAGE_OK;
}

void amt_storage_forget_block(AmtData *data, unsigned int slot)
{
    AmtStorage *storage = &data->storage;
    AmtStorageBlock *block = &storage->block[slot];

    for (unsigned int i = 0; i < AMT_STORAGE_GROUPS; i++) {
        if (storage->group[i].block == block->handle) {
            memset(&storage->group[i], 0, sizeof(storage->group[i]));
        }
    }
    data->live.storage_lock[slot] = (AmtStorageLock){0};
    amt_blob_take(&block->data, NULL);
    memset(block, 0, sizeof(*block));
}

/* A lock does not keep the owner from it. */
AmtStorageStatus amt_storage_deallocate(AmtData *data, const AmtStorageApplication *who,
                                        uint32_t handle)
{
    AmtStorageStatus status;
    const AmtStorageBlock *block = amt_storage_own(data, who, handle, &status);

    if (block) {
        amt_storage_forget_block(data, (unsigned int)(block - data->storage.block));
    }
    return status;
}

/* Is that part of the block, and small enough for one call? */
static AmtStorageStatus check_part(const AmtStorageBlock *block, uint32_t offset, size_t count)
{
    size_t size;

    amt_blob_data(block->data, &size);
    if (offset >= size) {
        return AMT_STORAGE_INVALID_OFFSET;
    }
    return count == 0 || count > size - offset || count > AMT_STORAGE_MTU
               ? AMT_STORAGE_INVALID_COUNT
               : AMT_STORAGE_OK;
}

AmtStorageStatus amt_storage_read(AmtData *data, int64_t now_s, const AmtStorageApplication *who,
                                  uint32_t handle, uint32_t offset, uint32_t count,
                                  const uint8_t **bytes)
{
    AmtStorageStatus status;
    const AmtStorageBlock *block = usable(data, now_s, who, handle, AMT_STORAGE_READ, &status);
    size_t size;

    if (!block) {
        return status;
    }
    status = check_part(block, offset, count);
    *bytes = status == AMT_STORAGE_OK ? amt_blob_data(block->data, &size) + offset : NULL;
    touch(data, now_s, block, who);
    return status;
}

AmtStorageStatus amt_storage_write(AmtData *data, int64_t now_s, const AmtStorageApplication *who,
                                   uint32_t handle, uint32_t offset, const uint8_t *bytes,
                                   size_t count)
{
    AmtStorageStatus status;
    AmtStorageBlock *block = usable(data, now_s, who, handle, AMT_STORAGE_READ_WRITE, &status);
    g_autofree uint8_t *changed = NULL;
    const uint8_t *old;
    size_t size;

    if (!block) {
        return status;
    }
    status = check_part(block, offset, count);
    if (status != AMT_STORAGE_OK) {
        return status;
    }
    old = amt_blob_data(block->data, &size);
    changed = g_memdup2(old, size);
    memcpy(changed + offset, bytes, count);
    amt_blob_take(&block->data, amt_blob_new(changed, size));
    touch(data, now_s, block, who);
    return AMT_STORAGE_OK;
}

AmtStorageStatus amt_storage_lock(AmtData *data, int64_t now_s, const AmtStorageApplication *who,
                                  uint32_t handle)
{
    AmtStorageStatus status;
    const AmtStorageBlock *block = usable(data, now_s, who, handle, AMT_STORAGE_READ, &status);

    if (block) {
        *lock_of(data, block) = (AmtStorageLock){who->handle, now_s + AMT_STORAGE_LOCK_S};
    }
    return status;
}

AmtStorageStatus amt_storage_unlock(AmtData *data, int64_t now_s, const AmtStorageApplication *who,
                                    uint32_t handle)
{
    AmtStorageStatus status;
    const AmtStorageBlock *block = usable(data, now_s, who, handle, AMT_STORAGE_READ, &status);

    if (!block) {
        return status;
    }
    if (lock_of(data, block)->owner != who->handle || now_s >= lock_of(data, block)->end_s) {
        return AMT_STORAGE_NOT_LOCKED;
    }
    *lock_of(data, block) = (AmtStorageLock){0};
    return AMT_STORAGE_OK;
}

/* ---- groups ---- */

AmtStorageStatus amt_storage_add_group(AmtData *data, const AmtStorageApplication *who,
                                       uint32_t block, uint32_t group_permissions, const char *name,
                                       uint32_t *handle)
{
    AmtStorage *storage = &data->storage;
    AmtStorageGroup *room = NULL;
    unsigned int count = 0;
    AmtStorageStatus status;

    if (!amt_storage_own(data, who, block, &status)) {
        return status;
    }
    if (group_permissions < AMT_STORAGE_READ || group_permissions > AMT_STORAGE_READ_WRITE) {
        return AMT_STORAGE_INVALID_PERMISSIONS;
    }
    if (name && *name && !amt_storage_name_sane(name, AMT_STORAGE_GROUP_SIZE)) {
        return AMT_STORAGE_INVALID_NAME;
    }
    for (unsigned int i = 0; i < AMT_STORAGE_GROUPS; i++) {
        count += storage->group[i].block == block;
        room = room || storage->group[i].handle ? room : &storage->group[i];
    }
    if (count == AMT_STORAGE_BLOCK_GROUPS || !room) {
        return AMT_STORAGE_LIMIT;
    }
    *handle = amt_storage_next_handle(storage);
    *room = (AmtStorageGroup){.handle = *handle, .block = block, .permissions = group_permissions};
    g_strlcpy(room->name, name ? name : "", sizeof(room->name));
    return AMT_STORAGE_OK;
}

AmtStorageGroup *amt_storage_own_group(AmtData *data, const AmtStorageApplication *who,
                                       uint32_t block, uint32_t group, AmtStorageStatus *status)
{
    if (!amt_storage_own(data, who, block, status)) {
        return NULL;
    }
    for (unsigned int i = 0; group && i < AMT_STORAGE_GROUPS; i++) {
        AmtStorageGroup *at = &data->storage.group[i];

        if (at->handle == group && at->block == block) {
            return at;
        }
    }
    *status = AMT_STORAGE_NO_GROUP;
    return NULL;
}

AmtStorageStatus amt_storage_add_member(AmtData *data, AmtStorageGroup *group, uint32_t member)
{
    uint32_t *room = NULL;

    if (!amt_storage_application(&data->storage, member)) {
        return AMT_STORAGE_NO_APPLICATION;
    }
    for (unsigned int i = 0; i < AMT_STORAGE_MEMBERS; i++) {
        if (group->member[i] == member) {
            return AMT_STORAGE_DUPLICATE;
        }
        room = room || group->member[i] ? room : &group->member[i];
    }
    if (!room) {
        return AMT_STORAGE_LIMIT;
    }
    *room = member;
    return AMT_STORAGE_OK;
}

AmtStorageStatus amt_storage_remove_member(AmtStorageGroup *group, uint32_t member)
{
    for (unsigned int i = 0; member && i < AMT_STORAGE_MEMBERS; i++) {
        if (group->member[i] == member) {
            group->member[i] = 0;
            return AMT_STORAGE_OK;
        }
    }
    return AMT_STORAGE_NO_APPLICATION;
}
