/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMT_ThirdPartyDataStorageService: intel/lms class headers; AMT SDK, "Storage Administration and
 * Operations". The rules are amt-storage.h's; here are the names.
 */
#include <string.h>

#include <swme/bytes.h>

#include "firmware-sim/amt/amt-storage.h"
#include "firmware-sim/amt/wsman/classes.h"

#define SINCE        3
#define UNTIL        11 /* AMT SDK: compatible releases */
#define SESSION_SIZE 4
#define WRITES       100000 /* of the flash, as good as never used up */

static int64_t now(const WsmanCall *call)
{
    return amt_state_running(wsman_amt(call)) / SWME_NS_PER_S;
}

/* Whose session it is; NULL: nobody's. */
static const AmtStorageApplication *caller(WsmanCall *call)
{
    uint8_t session[SESSION_SIZE];

    return wsman_hex(call, "SessionHandle", session, sizeof(session))
               ? amt_storage_session(wsman_change(call), now(call), swme_get_be32(session))
               : NULL;
}

/* A method of a session's, and who has it; who has none is told so. */
#define SESSION_METHOD(name_)                                                                      \
    static uint32_t name_##_for(WsmanCall *call, const AmtStorageApplication *who, WsmanOut *out); \
    static uint32_t name_(WsmanCall *call, unsigned int slot, WsmanOut *out)                       \
    {                                                                                              \
        const AmtStorageApplication *who = caller(call);                                           \
                                                                                                   \
        (void)slot;                                                                                \
        return who ? name_##_for(call, who, out) : AMT_STORAGE_NOT_REGISTERED;                     \
    }                                                                                              \
    static uint32_t name_##_for(WsmanCall *call, const AmtStorageApplication *who, WsmanOut *out)

static void out_number(WsmanOut *out, const char *name, uint64_t number)
{
    wsman_out_name(out, name);
    wsman_out_number(out, number);
}

static void out_text(WsmanOut *out, const char *name, const char *text)
{
    wsman_out_name(out, name);
    wsman_out_text(out, text);
}

static uint32_t block_of(WsmanCall *call)
{
    return wsman_u32(call, "BlockHandle");
}

/* ---- applications ---- */

static uint32_t get_mtu(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    (void)slot;
    out_number(out, "Mtu", AMT_STORAGE_MTU);
    return WSMAN_PT_SUCCESS;
}

static uint32_t get_timeouts(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    (void)slot;
    out_number(out, "RegistrationTimeout", AMT_STORAGE_SESSION_S);
    out_number(out, "LockTimeout", AMT_STORAGE_LOCK_S);
    return WSMAN_PT_SUCCESS;
}

static uint32_t get_write_limit(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    (void)slot;
    out_number(out, "WriteEraseLimit", WRITES);
    return WSMAN_PT_SUCCESS;
}

static bool take_name(WsmanCall *call, const char *name, char *to)
{
    const char *text = wsman_text(call, name, 0);

    if (!amt_storage_name_sane(text, AMT_STORAGE_NAME_SIZE)) {
        return false;
    }
    g_strlcpy(to, text, AMT_STORAGE_NAME_SIZE);
    return true;
}

static uint32_t register_application(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtStorageApplication who = {.remote = wsman_caller(call)->peer.door != SWME_DOOR_LOCAL};
    uint8_t handle[SESSION_SIZE];
    uint32_t session;
    AmtStorageStatus status;

    (void)slot;
    if (!wsman_hex(call, "CallerUUID", who.uuid, sizeof(who.uuid))) {
        return WSMAN_PT_INVALID_PARAMETER;
    }
    if (!take_name(call, "VendorName", who.vendor) ||
        !take_name(call, "ApplicationName", who.name) ||
        !take_name(call, "EnterpriseName", who.enterprise)) {
        return AMT_STORAGE_INVALID_NAME;
    }
    amt_random(handle, sizeof(handle)); /* whoever guesses it has the session */
    status =
        amt_storage_register(wsman_change(call), now(call), &who, swme_get_be32(handle), &session);
    if (status == AMT_STORAGE_OK) {
        swme_put_be32(handle, session);
        wsman_out_name(out, "SessionHandle");
        wsman_out_hex(out, handle, sizeof(handle));
    }
    return status;
}

SESSION_METHOD(unregister_application)
{
    (void)out;
    amt_storage_unregister(wsman_change(call), who);
    return WSMAN_PT_SUCCESS;
}

SESSION_METHOD(remove_application)
{
    (void)out;
    amt_storage_remove(wsman_change(call), who);
    return WSMAN_PT_SUCCESS;
}

static bool same_vendor(const AmtStorageApplication *a, const AmtStorageApplication *b)
{
    return strcmp(a->vendor, b->vendor) == 0;
}

SESSION_METHOD(get_applications)
{
    wsman_out_name(out, "AppHandles");
    for (unsigned int i = 0; i < AMT_STORAGE_APPLICATIONS; i++) {
        const AmtStorageApplication *a = &wsman_data(call)->storage.application[i];

        if (a->handle && same_vendor(a, who)) {
            wsman_out_number(out, a->handle);
        }
    }
    return WSMAN_PT_SUCCESS;
}

SESSION_METHOD(get_handle)
{
    (void)call;
    out_number(out, "ApplicationHandle", who->handle);
    return WSMAN_PT_SUCCESS;
}

SESSION_METHOD(get_application)
{
    const AmtStorageApplication *other = amt_storage_application(
        &wsman_data(call)->storage, wsman_u32(call, "ApplicationBeingRequested"));

    if (!other || !same_vendor(other, who)) {
        return AMT_STORAGE_NO_APPLICATION;
    }
    out_text(out, "VendorName", other->vendor);
    out_text(out, "ApplicationName", other->name);
    return WSMAN_PT_SUCCESS;
}

SESSION_METHOD(get_room)
{
    out_number(out, "BytesAvailable", amt_storage_room(&wsman_data(call)->storage, who));
    return WSMAN_PT_SUCCESS;
}

/* ---- blocks ---- */

SESSION_METHOD(allocate)
{
    AmtStorageStatus status;
    uint32_t handle;

    status = amt_storage_allocate(wsman_change(call), who, wsman_u32(call, "BytesRequested"),
                                  wsman_bool(call, "BlockHidden"), wsman_text(call, "BlockName", 0),
                                  &handle);
    if (status == AMT_STORAGE_OK) {
        out_number(out, "BlockHandle", handle);
    }
    return status;
}

SESSION_METHOD(deallocate)
{
    (void)out;
    return amt_storage_deallocate(wsman_change(call), who, block_of(call));
}

SESSION_METHOD(get_blocks)
{
    const AmtStorage *storage = &wsman_data(call)->storage;
    uint32_t owner = wsman_u32(call, "BlockOwnerApplication");

    if (!amt_storage_application(storage, owner)) {
        return AMT_STORAGE_NO_APPLICATION;
    }
    wsman_out_name(out, "BlockHandles");
    for (unsigned int i = 0; i < AMT_STORAGE_BLOCKS; i++) {
        const AmtStorageBlock *block = &storage->block[i];

        if (block->owner == owner && amt_storage_shown(storage, who, block->handle)) {
            wsman_out_number(out, block->handle);
        }
    }
    return WSMAN_PT_SUCCESS;
}

SESSION_METHOD(get_block)
{
    const AmtStorageBlock *block =
        amt_storage_shown(&wsman_data(call)->storage, who, block_of(call));
    size_t size;

    if (!block) {
        return AMT_STORAGE_NO_BLOCK;
    }
    amt_blob_data(block->data, &size);
    out_number(out, "BlockSize", size);
    wsman_out_name(out, "BlockHidden");
    wsman_out_bool(out, block->hidden);
    out_text(out, "BlockName", block->name);
    return WSMAN_PT_SUCCESS;
}

/* The caller's own block to change; NULL and *status. */
static AmtStorageBlock *own_block(WsmanCall *call, const AmtStorageApplication *who,
                                  AmtStorageStatus *status)
{
    return amt_storage_own(wsman_change(call), who, block_of(call), status);
}

SESSION_METHOD(set_visibility)
{
    AmtStorageStatus status;
    AmtStorageBlock *block = own_block(call, who, &status);

    (void)out;
    if (block) {
        block->hidden = wsman_bool(call, "BlockHidden");
    }
    return status;
}

SESSION_METHOD(set_block_name)
{
    const char *name = wsman_text(call, "BlockName", 0);
    AmtStorageStatus status;
    AmtStorageBlock *block = own_block(call, who, &status);

    (void)out;
    if (block && *name && !amt_storage_name_sane(name, AMT_STORAGE_BLOCK_SIZE)) {
        return AMT_STORAGE_INVALID_NAME;
    }
    if (block) {
        memset(block->name, 0, sizeof(block->name));
        g_strlcpy(block->name, name, sizeof(block->name));
    }
    return status;
}

SESSION_METHOD(read_block)
{
    uint32_t count = wsman_u32(call, "ByteCount");
    const uint8_t *bytes;
    AmtStorageStatus status;

    status = amt_storage_read(wsman_change(call), now(call), who, block_of(call),
                              wsman_u32(call, "ByteOffset"), count, &bytes);
    if (status == AMT_STORAGE_OK) {
        wsman_out_name(out, "Data");
        wsman_out_base64(out, bytes, count);
    }
    return status;
}

SESSION_METHOD(write_block)
{
    g_autoptr(GBytes) data = wsman_bytes(call, "Data");
    AmtStorageStatus status;
    gsize size;
    const uint8_t *bytes = g_bytes_get_data(data, &size);

    status = amt_storage_write(wsman_change(call), now(call), who, block_of(call),
                               wsman_u32(call, "ByteOffset"), bytes, size);
    out_number(out, "BytesWritten", status == AMT_STORAGE_OK ? size : 0);
    return status;
}

SESSION_METHOD(lock_block)
{
    (void)out;
    return amt_storage_lock(wsman_change(call), now(call), who, block_of(call));
}

SESSION_METHOD(unlock_block)
{
    (void)out;
    return amt_storage_unlock(wsman_change(call), now(call), who, block_of(call));
}

/* ---- permission groups ---- */

SESSION_METHOD(add_group)
{
    AmtStorageStatus status;
    uint32_t handle;

    status = amt_storage_add_group(wsman_change(call), who, block_of(call),
                                   wsman_u32(call, "GroupPermissions"),
                                   wsman_text(call, "GroupName", 0), &handle);
    if (status == AMT_STORAGE_OK) {
        out_number(out, "GroupHandle", handle);
    }
    return status;
}

/* A group of the caller's own block to change; NULL and *status. */
static AmtStorageGroup *own_group(WsmanCall *call, const AmtStorageApplication *who,
                                  AmtStorageStatus *status)
{
    return amt_storage_own_group(wsman_change(call), who, block_of(call),
                                 wsman_u32(call, "GroupHandle"), status);
}

SESSION_METHOD(remove_group)
{
    AmtStorageStatus status;
    AmtStorageGroup *group = own_group(call, who, &status);

    (void)out;
    if (group) {
        memset(group, 0, sizeof(*group));
    }
    return status;
}

SESSION_METHOD(set_group_name)
{
    const char *name = wsman_text(call, "GroupName", 0);
    AmtStorageStatus status;
    AmtStorageGroup *group = own_group(call, who, &status);

    (void)out;
    if (group && !amt_storage_name_sane(name, AMT_STORAGE_GROUP_SIZE)) {
        return AMT_STORAGE_INVALID_NAME;
    }
    if (group) {
        memset(group->name, 0, sizeof(group->name));
        g_strlcpy(group->name, name, sizeof(group->name));
    }
    return status;
}

SESSION_METHOD(set_group_permissions)
{
    uint32_t permissions = wsman_u32(call, "Permissions");
    AmtStorageStatus status;
    AmtStorageGroup *group = own_group(call, who, &status);

    (void)out;
    if (group && (permissions < AMT_STORAGE_READ || permissions > AMT_STORAGE_READ_WRITE)) {
        return AMT_STORAGE_INVALID_PERMISSIONS;
    }
    if (group) {
        group->permissions = permissions;
    }
    return status;
}

/* All members that are named, or none of them. */
static uint32_t change_members(WsmanCall *call, const AmtStorageApplication *who, bool add)
{
    AmtStorageStatus status;
    AmtStorageGroup *group = own_group(call, who, &status);
    unsigned int count = wsman_count(call, "MemberHandles");

    if (group && count > AMT_STORAGE_MEMBERS) {
        return AMT_STORAGE_INVALID_MEMBERS;
    }
    for (unsigned int i = 0; group && i < count && status == AMT_STORAGE_OK; i++) {
        uint64_t member = 0;

        wsman_number(call, "MemberHandles", i, UINT32_MAX, &member);
        status = add ? amt_storage_add_member(wsman_change(call), group, (uint32_t)member)
                     : amt_storage_remove_member(group, (uint32_t)member);
    }
    return status;
}

SESSION_METHOD(add_members)
{
    (void)out;
    return change_members(call, who, true);
}

SESSION_METHOD(remove_members)
{
    (void)out;
    return change_members(call, who, false);
}

/* The group, of a block that the caller is shown; NULL and *status. */
static const AmtStorageGroup *shown_group(WsmanCall *call, const AmtStorageApplication *who,
                                          AmtStorageStatus *status)
{
    const AmtStorage *storage = &wsman_data(call)->storage;
    uint32_t group = wsman_u32(call, "GroupHandle");

    if (!amt_storage_shown(storage, who, block_of(call))) {
        *status = AMT_STORAGE_NO_BLOCK;
        return NULL;
    }
    *status = AMT_STORAGE_OK;
    for (unsigned int i = 0; group && i < AMT_STORAGE_GROUPS; i++) {
        if (storage->group[i].handle == group && storage->group[i].block == block_of(call)) {
            return &storage->group[i];
        }
    }
    *status = AMT_STORAGE_NO_GROUP;
    return NULL;
}

SESSION_METHOD(get_group)
{
    AmtStorageStatus status;
    const AmtStorageGroup *group = shown_group(call, who, &status);

    if (group) {
        out_text(out, "Name", group->name);
        out_number(out, "Permissions", group->permissions);
    }
    return status;
}

SESSION_METHOD(get_members)
{
    AmtStorageStatus status;
    const AmtStorageGroup *group = shown_group(call, who, &status);

    wsman_out_name(out, "MemberHandles");
    for (unsigned int i = 0; group && i < AMT_STORAGE_MEMBERS; i++) {
        if (group->member[i]) {
            wsman_out_number(out, group->member[i]);
        }
    }
    return status;
}

SESSION_METHOD(get_groups)
{
    const AmtStorage *storage = &wsman_data(call)->storage;

    if (!amt_storage_shown(storage, who, block_of(call))) {
        return AMT_STORAGE_NO_BLOCK;
    }
    wsman_out_name(out, "GroupHandles");
    for (unsigned int i = 0; i < AMT_STORAGE_GROUPS; i++) {
        if (storage->group[i].block == block_of(call)) {
            wsman_out_number(out, storage->group[i].handle);
        }
    }
    return WSMAN_PT_SUCCESS;
}

/* ---- the table ---- */

#define END           \
    {                 \
        NULL, 0, 0, 0 \
    }
#define SESSION                          \
    {                                    \
        "SessionHandle", WSMAN_HEX, 0, 0 \
    }
#define BLOCK                          \
    {                                  \
        "BlockHandle", WSMAN_U32, 0, 0 \
    }
#define GROUP                          \
    {                                  \
        "GroupHandle", WSMAN_U32, 0, 0 \
    }

static const WsmanParameter register_in[] = {{"CallerUUID", WSMAN_HEX, 0, 0},
                                             {"VendorName", WSMAN_TEXT, 0, 0},
                                             {"ApplicationName", WSMAN_TEXT, 0, 0},
                                             {"EnterpriseName", WSMAN_TEXT, 0, 0},
                                             END};
static const WsmanParameter session_in[] = {SESSION, END};
static const WsmanParameter application_in[] = {
    SESSION, {"ApplicationBeingRequested", WSMAN_U32, 0, 0}, END};
static const WsmanParameter allocate_in[] = {SESSION,
                                             {"BytesRequested", WSMAN_U32, 0, 0},
                                             {"BlockHidden", WSMAN_BOOL, 0, 0},
                                             {"BlockName", WSMAN_TEXT, WSMAN_OPTIONAL, 0},
                                             END};
static const WsmanParameter block_in[] = {SESSION, BLOCK, END};
static const WsmanParameter blocks_in[] = {
    SESSION, {"BlockOwnerApplication", WSMAN_U32, 0, 0}, END};
static const WsmanParameter visibility_in[] = {
    SESSION, BLOCK, {"BlockHidden", WSMAN_BOOL, 0, 0}, END};
static const WsmanParameter name_in[] = {SESSION, BLOCK, {"BlockName", WSMAN_TEXT, 0, 0}, END};
static const WsmanParameter read_in[] = {
    SESSION, BLOCK, {"ByteOffset", WSMAN_U32, 0, 0}, {"ByteCount", WSMAN_U32, 0, 0}, END};
static const WsmanParameter write_in[] = {
    SESSION, BLOCK, {"ByteOffset", WSMAN_U32, 0, 0}, {"Data", WSMAN_BASE64, 0, 0}, END};
static const WsmanParameter add_group_in[] = {SESSION,
                                              BLOCK,
                                              {"GroupPermissions", WSMAN_U32, 0, 0},
                                              {"GroupName", WSMAN_TEXT, WSMAN_OPTIONAL, 0},
                                              END};
static const WsmanParameter group_in[] = {SESSION, BLOCK, GROUP, END};
static const WsmanParameter group_name_in[] = {
    SESSION, BLOCK, GROUP, {"GroupName", WSMAN_TEXT, 0, 0}, END};
static const WsmanParameter permissions_in[] = {
    SESSION, BLOCK, GROUP, {"Permissions", WSMAN_U32, 0, 0}, END};
static const WsmanParameter members_in[] = {
    SESSION, BLOCK, GROUP, {"MemberHandles", WSMAN_U32, WSMAN_ARRAY, 0}, END};

#define METHOD(name_, in_, out_, func_)                                                         \
    {                                                                                           \
        (name_), (in_), (out_), (func_), WSMAN_REALM_STORAGE, WSMAN_PT_INVALID_PARAMETER, false \
    }

static const WsmanMethod methods[] = {
    METHOD("GetMTU", NULL, "Mtu", get_mtu),
    METHOD("GetTimeoutValues", NULL, "RegistrationTimeout, LockTimeout", get_timeouts),
    METHOD("GetWriteEraseLimit", NULL, "WriteEraseLimit", get_write_limit),
    METHOD("RegisterApplication", register_in, "SessionHandle", register_application),
    METHOD("UnregisterApplication", session_in, NULL, unregister_application),
    METHOD("RemoveApplication", session_in, NULL, remove_application),
    METHOD("GetRegisteredApplications", session_in, "AppHandles", get_applications),
    METHOD("GetCurrentApplicationHandle", session_in, "ApplicationHandle", get_handle),
    METHOD("GetApplicationAttributes", application_in, "VendorName, ApplicationName",
           get_application),
    METHOD("GetBytesAvailable", session_in, "BytesAvailable", get_room),
    METHOD("AllocateBlock", allocate_in, "BlockHandle", allocate),
    METHOD("DeallocateBlock", block_in, NULL, deallocate),
    METHOD("GetAllocatedBlocks", blocks_in, "BlockHandles", get_blocks),
    METHOD("GetBlockAttributes", block_in, "BlockSize, BlockHidden, BlockName", get_block),
    METHOD("SetBlockVisibility", visibility_in, NULL, set_visibility),
    METHOD("SetBlockName", name_in, NULL, set_block_name),
    METHOD("ReadBlock", read_in, "Data", read_block),
    METHOD("WriteBlock", write_in, "BytesWritten", write_block),
    METHOD("LockBlock", block_in, NULL, lock_block),
    METHOD("UnlockBlock", block_in, NULL, unlock_block),
    METHOD("AddPermissionsGroup", add_group_in, "GroupHandle", add_group),
    METHOD("RemovePermissionsGroup", group_in, NULL, remove_group),
    METHOD("GetPermissionsGroups", block_in, "GroupHandles", get_groups),
    METHOD("GetPermissionsGroupAttributes", group_in, "Name, Permissions", get_group),
    METHOD("SetPermissionsGroupName", group_name_in, NULL, set_group_name),
    METHOD("SetPermissionsGroupPermissions", permissions_in, NULL, set_group_permissions),
    METHOD("AddPermissionsGroupMembers", members_in, NULL, add_members),
    METHOD("RemovePermissionsGroupMembers", members_in, NULL, remove_members),
    METHOD("GetPermissionsGroupMembers", group_in, "MemberHandles", get_members),
    {.name = NULL},
};

static const WsmanProperty properties[] = {
    WSMAN_SERVICE_KEYS("AMT_ThirdPartyDataStorageService",
                       "Intel(r) AMT Third Party Data Storage Service", "Intel(r) AMT"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Third Party Data Storage Service"),
    WSMAN_NUMBER_IS("EnabledDefault", WSMAN_U16, 2),
    WSMAN_NUMBER_IS("EnabledState", WSMAN_U16, 5),
    WSMAN_NUMBER_IS("RequestedState", WSMAN_U16, 12),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_ThirdPartyDataStorageService = {
    .name = "AMT_ThirdPartyDataStorageService",
    .base = "CIM_Service",
    .since_major = SINCE,
    .until_major = UNTIL,
    .read = WSMAN_REALM_STORAGE,
    .slots = 1,
    .properties = properties,
    .methods = methods,
};
