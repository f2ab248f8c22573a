/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AMT_ThirdPartyDataStorageAdministrationService: intel/lms class headers; AMT SDK. */
#include <string.h>

#include "firmware-sim/amt/amt-storage.h"
#include "firmware-sim/amt/wsman/classes.h"

#define SINCE          3
#define UNTIL          11 /* AMT SDK: compatible releases */
#define ATTRIBUTE_TYPE 1  /* the only one that there is */

static AmtStorage *change(WsmanCall *call)
{
    return &wsman_change(call)->storage;
}

static const AmtStorage *look(const WsmanCall *call)
{
    return &wsman_data(call)->storage;
}

static uint32_t handle_of(WsmanCall *call)
{
    return wsman_u32(call, "Handle");
}

static uint32_t out_handle(WsmanOut *out, AmtStorageStatus status, uint32_t handle)
{
    if (status == AMT_STORAGE_OK) {
        wsman_out_name(out, "Handle");
        wsman_out_number(out, handle);
    }
    return status;
}

/* ---- the whole ---- */

static uint32_t get_global(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const AmtStorage *storage = look(call);
    const struct {
        const char *name;
        uint32_t value;
    } values[] = {
        {"TotalStorage", AMT_STORAGE_TOTAL},
        {"TotalAllocatedStorage", amt_storage_used(storage)},
        {"MaxPartnerStorage", storage->max_partners},
        {"TotalPartnerAllocatedStorage", amt_storage_partners_used(storage)},
        {"MaxNonPartnerStorage", AMT_STORAGE_TOTAL - storage->max_partners},
        {"MaxFpaclEntries", AMT_STORAGE_PARTNERS},
        {"MaxAslEntries", AMT_STORAGE_APPLICATIONS},
        {"MaxEaclEntries", AMT_STORAGE_ENTERPRISES},
        {"MaxGroupsPerBlock", AMT_STORAGE_BLOCK_GROUPS},
        {"MaxMembersPerGroup", AMT_STORAGE_MEMBERS},
        {"MaxNonPartnerTotalAllocationSize", storage->max_other},
    };

    (void)slot;
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        wsman_out_name(out, values[i].name);
        wsman_out_number(out, values[i].value);
    }
    return WSMAN_PT_SUCCESS;
}

static uint32_t set_global(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtStorage *storage = change(call);
    uint64_t partners = storage->max_partners;
    uint64_t other = storage->max_other;

    (void)slot;
    (void)out;
    wsman_number(call, "MaxPartnerStorage", 0, UINT32_MAX, &partners);
    wsman_number(call, "MaxNonPartnerTotalAllocationSize", 0, UINT32_MAX, &other);
    return amt_storage_set_areas(storage, (uint32_t)partners, (uint32_t)other);
}

/* ---- applications ---- */

static uint32_t get_applications(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_name(out, "ApplicationHandles");
    for (unsigned int i = 0; i < AMT_STORAGE_APPLICATIONS; i++) {
        if (look(call)->application[i].handle) {
            wsman_out_number(out, look(call)->application[i].handle);
        }
    }
    return WSMAN_PT_SUCCESS;
}

static uint32_t get_application(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const AmtStorageApplication *a = amt_storage_application(look(call), handle_of(call));
    int64_t now_s = amt_state_running(wsman_amt(call)) / SWME_NS_PER_S;

    (void)slot;
    if (!a) {
        return AMT_STORAGE_NO_APPLICATION;
    }
    wsman_out_name(out, "AttrType");
    wsman_out_number(out, ATTRIBUTE_TYPE);
    wsman_out_name(out, "UUID");
    wsman_out_base64(out, a->uuid, sizeof(a->uuid));
    wsman_out_name(out, "VendorName");
    wsman_out_text(out, a->vendor);
    wsman_out_name(out, "ApplicationName");
    wsman_out_text(out, a->name);
    wsman_out_name(out, "EnterpriseName");
    wsman_out_text(out, a->enterprise);
    wsman_out_name(out, "CurrentAllocationSize");
    wsman_out_number(out, amt_storage_used_by(look(call), a));
    wsman_out_name(out, "ActiveSession");
    wsman_out_bool(out, amt_storage_session_open(wsman_data(call), now_s, a));
    wsman_out_name(out, "Partner");
    wsman_out_bool(out, amt_storage_partner_of(look(call), a) != NULL);
    return WSMAN_PT_SUCCESS;
}

static uint32_t remove_application(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const AmtStorageApplication *a = amt_storage_application(change(call), handle_of(call));

    (void)slot;
    (void)out;
    if (!a) {
        return AMT_STORAGE_NO_APPLICATION;
    }
    amt_storage_remove(wsman_change(call), a);
    return WSMAN_PT_SUCCESS;
}

/* ---- enterprises ---- */

static uint32_t add_enterprise(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    uint32_t handle = 0;
    AmtStorageStatus status =
        amt_storage_add_enterprise(change(call), wsman_text(call, "EnterpriseName", 0), &handle);

    (void)slot;
    return out_handle(out, status, handle);
}

static uint32_t list_enterprises(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_name(out, "Handles");
    for (unsigned int i = 0; i < AMT_STORAGE_ENTERPRISES; i++) {
        if (look(call)->enterprise[i].handle) {
            wsman_out_number(out, look(call)->enterprise[i].handle);
        }
    }
    return WSMAN_PT_SUCCESS;
}

static uint32_t get_enterprise(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const AmtStorageEnterprise *enterprise = amt_storage_enterprise(look(call), handle_of(call));

    (void)slot;
    if (!enterprise) {
        return AMT_STORAGE_INVALID_HANDLE;
    }
    wsman_out_name(out, "EnterpriseName");
    wsman_out_text(out, enterprise->name);
    return WSMAN_PT_SUCCESS;
}

static uint32_t remove_enterprise(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    (void)out;
    return amt_storage_remove_enterprise(change(call), handle_of(call));
}

/* ---- partners; and the others, whose entries are their own handles ---- */

static uint32_t add_partner(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    uint32_t handle = 0;
    AmtStorageStatus status;

    (void)slot;
    if (wsman_u32(call, "AttrType") != ATTRIBUTE_TYPE || !wsman_bool(call, "IsPartner")) {
        return WSMAN_PT_INVALID_PARAMETER;
    }
    status = amt_storage_add_partner(change(call), wsman_text(call, "VendorName", 0),
                                     wsman_text(call, "ApplicationName", 0),
                                     wsman_u32(call, "TotalAllocationSize"), &handle);
    return out_handle(out, status, handle);
}

static const AmtStorageApplication *other_of(const AmtStorage *storage, uint32_t handle)
{
    const AmtStorageApplication *a = amt_storage_application(storage, handle);

    return a && !amt_storage_partner_of(storage, a) ? a : NULL;
}

/* The first of those that are instances of the same program has the entry. */
static bool has_entry(const AmtStorage *storage, const AmtStorageApplication *a)
{
    for (const AmtStorageApplication *b = storage->application; b < a; b++) {
        if (b->handle && strcmp(a->vendor, b->vendor) == 0 && strcmp(a->name, b->name) == 0) {
            return false;
        }
    }
    return other_of(storage, a->handle) != NULL;
}

static uint32_t list_entries(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const AmtStorage *storage = look(call);

    (void)slot;
    wsman_out_name(out, "Handles");
    for (unsigned int i = 0; i < AMT_STORAGE_PARTNERS; i++) {
        if (storage->partner[i].handle) {
            wsman_out_number(out, storage->partner[i].handle);
        }
    }
    for (unsigned int i = 0; i < AMT_STORAGE_APPLICATIONS; i++) {
        if (has_entry(storage, &storage->application[i])) {
            wsman_out_number(out, storage->application[i].handle);
        }
    }
    return WSMAN_PT_SUCCESS;
}

static uint32_t get_entry(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const AmtStoragePartner *partner = amt_storage_partner(look(call), handle_of(call));
    const AmtStorageApplication *other = other_of(look(call), handle_of(call));

    (void)slot;
    if (!partner && !other) {
        return AMT_STORAGE_INVALID_HANDLE;
    }
    wsman_out_name(out, "AttrType");
    wsman_out_number(out, ATTRIBUTE_TYPE);
    wsman_out_name(out, "ApplicationName");
    wsman_out_text(out, partner ? partner->name : other->name);
    wsman_out_name(out, "VendorName");
    wsman_out_text(out, partner ? partner->vendor : other->vendor);
    wsman_out_name(out, "IsPartner");
    wsman_out_bool(out, partner != NULL);
    wsman_out_name(out, "TotalAllocationSize");
    wsman_out_number(out, partner ? partner->size : look(call)->max_other);
    return WSMAN_PT_SUCCESS;
}

static uint32_t resize_partner(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    (void)out;
    return amt_storage_resize_partner(change(call), handle_of(call),
                                      wsman_u32(call, "NewAllocationSize"));
}

static uint32_t remove_partner(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    (void)out;
    return amt_storage_remove_partner(change(call), handle_of(call));
}

/* ---- the table ---- */

#define END           \
    {                 \
        NULL, 0, 0, 0 \
    }
static const WsmanParameter global_in[] = {
    {"MaxPartnerStorage", WSMAN_U32, WSMAN_OPTIONAL, 0},
    {"MaxNonPartnerTotalAllocationSize", WSMAN_U32, WSMAN_OPTIONAL, 0},
    END};
static const WsmanParameter handle_in[] = {{"Handle", WSMAN_U32, 0, 0}, END};
static const WsmanParameter enterprise_in[] = {{"EnterpriseName", WSMAN_TEXT, 0, 0}, END};
static const WsmanParameter partner_in[] = {{"AttrType", WSMAN_U32, 0, 0},
                                            {"ApplicationName", WSMAN_TEXT, 0, 0},
                                            {"VendorName", WSMAN_TEXT, 0, 0},
                                            {"IsPartner", WSMAN_BOOL, 0, 0},
                                            {"TotalAllocationSize", WSMAN_U32, 0, 0},
                                            END};
static const WsmanParameter resize_in[] = {
    {"Handle", WSMAN_U32, 0, 0}, {"NewAllocationSize", WSMAN_U32, 0, 0}, END};

#define METHOD(name_, in_, out_, func_)                                                         \
    {                                                                                           \
        (name_), (in_), (out_), (func_), WSMAN_REALM_STORAGE_ADMIN, WSMAN_PT_INVALID_PARAMETER, \
            false                                                                               \
    }

static const WsmanMethod methods[] = {
    METHOD("GetGlobalStorageAttributes", NULL,
           "TotalStorage, TotalAllocatedStorage, MaxPartnerStorage, TotalPartnerAllocatedStorage, "
           "MaxNonPartnerStorage, MaxFpaclEntries, MaxAslEntries, MaxEaclEntries, "
           "MaxGroupsPerBlock, MaxMembersPerGroup, MaxNonPartnerTotalAllocationSize",
           get_global),
    METHOD("SetGlobalStorageAttributes", global_in, NULL, set_global),
    METHOD("AdminGetRegisteredApplications", NULL, "ApplicationHandles", get_applications),
    METHOD("AdminGetApplicationAttributes", handle_in,
           "AttrType, UUID, VendorName, ApplicationName, EnterpriseName, CurrentAllocationSize, "
           "ActiveSession, Partner",
           get_application),
    METHOD("AdminRemoveApplication", handle_in, NULL, remove_application),
    METHOD("AddStorageEaclEntry", enterprise_in, "Handle", add_enterprise),
    METHOD("EnumerateStorageEaclEntries", NULL, "Handles", list_enterprises),
    METHOD("GetStorageEaclEntry", handle_in, "EnterpriseName", get_enterprise),
    METHOD("RemoveStorageEaclEntry", handle_in, NULL, remove_enterprise),
    METHOD("AddStorageFpaclEntry", partner_in, "Handle", add_partner),
    METHOD("EnumerateStorageAllocEntries", NULL, "Handles", list_entries),
    METHOD("GetStorageAllocEntry", handle_in,
           "AttrType, ApplicationName, VendorName, IsPartner, TotalAllocationSize", get_entry),
    METHOD("UpdateStorageFpaclEntry", resize_in, NULL, resize_partner),
    METHOD("RemoveStorageFpaclEntry", handle_in, NULL, remove_partner),
    {.name = NULL},
};

static const WsmanProperty properties[] = {
    WSMAN_SERVICE_KEYS("AMT_ThirdPartyDataStorageAdministrationService",
                       "Intel(r) AMT Third Party Data Storage Administration Service",
                       "Intel(r) AMT"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Third Party Data Storage Administration Service"),
    WSMAN_NUMBER_IS("EnabledDefault", WSMAN_U16, 2),
    WSMAN_NUMBER_IS("EnabledState", WSMAN_U16, 5),
    WSMAN_NUMBER_IS("RequestedState", WSMAN_U16, 12),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_ThirdPartyDataStorageAdministrationService = {
    .name = "AMT_ThirdPartyDataStorageAdministrationService",
    .base = "CIM_Service",
    .since_major = SINCE,
    .until_major = UNTIL,
    .read = WSMAN_REALM_STORAGE_ADMIN,
    .slots = 1,
    .properties = properties,
    .methods = methods,
};
