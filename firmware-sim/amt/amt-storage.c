/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may store how much, and whose session is whose. */
#include "firmware-sim/amt/amt-storage.h"

#include <string.h>

void amt_storage_init(AmtStorage *storage)
{
    memset(storage, 0, sizeof(*storage));
    storage->max_partners = AMT_STORAGE_PARTNERS_DEFAULT;
    storage->max_other = AMT_STORAGE_OTHER_DEFAULT;
}

bool amt_storage_name_sane(const char *name, size_t size)
{
    size_t length = name ? strlen(name) : 0;

    for (size_t i = 0; i < length; i++) {
        if (!g_ascii_isprint(name[i])) {
            return false;
        }
    }
    return length && length < size;
}

/* handle: not 0 */
static unsigned int uses(const AmtStorage *storage, uint32_t handle)
{
    unsigned int count = 0;

#define COUNT(array)                                                  \
    for (unsigned int i = 0; i < G_N_ELEMENTS(storage->array); i++) { \
        count += storage->array[i].handle == handle;                  \
    }
    COUNT(application)
    COUNT(enterprise)
    COUNT(partner)
    COUNT(block)
    COUNT(group)
#undef COUNT
    return count;
}

uint32_t amt_storage_next_handle(AmtStorage *storage)
{
    do {
        storage->last_handle++;
    } while (storage->last_handle == 0 || uses(storage, storage->last_handle));
    return storage->last_handle;
}

/* ---- what is loaded ---- */

static bool applications_sane(const AmtStorage *storage)
{
    for (unsigned int i = 0; i < AMT_STORAGE_APPLICATIONS; i++) {
        const AmtStorageApplication *a = &storage->application[i];

        if (a->handle && (uses(storage, a->handle) != 1 || !*a->vendor || !*a->name)) {
            return false;
        }
    }
    return true;
}

static bool blocks_sane(const AmtStorage *storage)
{
    uint64_t sum = 0;

    for (unsigned int i = 0; i < AMT_STORAGE_BLOCKS; i++) {
        const AmtStorageBlock *b = &storage->block[i];
        size_t size;

        amt_blob_data(b->data, &size);
        sum += size;
        if (!b->handle != !size || (b->handle && (uses(storage, b->handle) != 1 ||
                                                  !amt_storage_application(storage, b->owner)))) {
            return false;
        }
    }
    return sum <= AMT_STORAGE_TOTAL;
}

static bool groups_sane(const AmtStorage *storage)
{
    for (unsigned int i = 0; i < AMT_STORAGE_GROUPS; i++) {
        const AmtStorageGroup *g = &storage->group[i];
        bool block = false;

        for (unsigned int j = 0; j < AMT_STORAGE_BLOCKS; j++) {
            block |= storage->block[j].handle && storage->block[j].handle == g->block;
        }
        if (g->handle && (uses(storage, g->handle) != 1 || !block || !g->permissions)) {
            return false;
        }
    }
    return true;
}

static uint32_t partners_size(const AmtStorage *storage)
{
    uint64_t sum = 0;

    for (unsigned int i = 0; i < AMT_STORAGE_PARTNERS; i++) {
        sum += storage->partner[i].handle ? storage->partner[i].size : 0;
    }
    return (uint32_t)MIN(sum, UINT32_MAX);
}

bool amt_storage_sane(const AmtStorage *storage)
{
    return partners_size(storage) <= storage->max_partners && applications_sane(storage) &&
           blocks_sane(storage) && groups_sane(storage);
}

/* ---- administration ---- */

/* The slot of that handle, 0 for a free one; -1: there is none. */
#define FIND(array, handle_)                                          \
    for (unsigned int i = 0; i < G_N_ELEMENTS(storage->array); i++) { \
        if (storage->array[i].handle == (handle_)) {                  \
            return (int)i;                                            \
        }                                                             \
    }                                                                 \
    return -1

static int find_enterprise(const AmtStorage *storage, uint32_t handle)
{
    FIND(enterprise, handle);
}

static int find_partner(const AmtStorage *storage, uint32_t handle)
{
    FIND(partner, handle);
}

static int find_application(const AmtStorage *storage, uint32_t handle)
{
    FIND(application, handle);
}

static bool enterprise_known(const AmtStorage *storage, const char *name)
{
    for (unsigned int i = 0; i < AMT_STORAGE_ENTERPRISES; i++) {
        if (storage->enterprise[i].handle && strcmp(storage->enterprise[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

AmtStorageStatus amt_storage_add_enterprise(AmtStorage *storage, const char *name, uint32_t *handle)
{
    int at = find_enterprise(storage, 0);

    if (!amt_storage_name_sane(name, AMT_STORAGE_NAME_SIZE)) {
        return AMT_STORAGE_INVALID_NAME;
    }
    if (enterprise_known(storage, name)) {
        return AMT_STORAGE_DUPLICATE;
    }
    if (at < 0) {
        return AMT_STORAGE_LIMIT;
    }
    *handle = amt_storage_next_handle(storage);
    storage->enterprise[at].handle = *handle;
    g_strlcpy(storage->enterprise[at].name, name, AMT_STORAGE_NAME_SIZE);
    return AMT_STORAGE_OK;
}

AmtStorageStatus amt_storage_remove_enterprise(AmtStorage *storage, uint32_t handle)
{
    int at = handle ? find_enterprise(storage, handle) : -1;

    if (at < 0) {
        return AMT_STORAGE_INVALID_HANDLE;
    }
    for (unsigned int i = 0; i < AMT_STORAGE_APPLICATIONS; i++) {
        const AmtStorageApplication *a = &storage->application[i];

        if (a->handle && strcmp(a->enterprise, storage->enterprise[at].name) == 0) {
            return AMT_STORAGE_IN_USE;
        }
    }
    memset(&storage->enterprise[at], 0, sizeof(storage->enterprise[at]));
    return AMT_STORAGE_OK;
}

const AmtStorageEnterprise *amt_storage_enterprise(const AmtStorage *storage, uint32_t handle)
{
    int at = handle ? find_enterprise(storage, handle) : -1;

    return at < 0 ? NULL : &storage->enterprise[at];
}

static bool is_whole(uint32_t size)
{
    return size % AMT_STORAGE_MTU == 0;
}

AmtStorageStatus amt_storage_add_partner(AmtStorage *storage, const char *vendor, const char *name,
                                         uint32_t size, uint32_t *handle)
{
    AmtStorageApplication same = {0};
    int at = find_partner(storage, 0);

    if (!amt_storage_name_sane(vendor, AMT_STORAGE_NAME_SIZE) ||
        !amt_storage_name_sane(name, AMT_STORAGE_NAME_SIZE)) {
        return AMT_STORAGE_INVALID_NAME;
    }
    g_strlcpy(same.vendor, vendor, AMT_STORAGE_NAME_SIZE);
    g_strlcpy(same.name, name, AMT_STORAGE_NAME_SIZE);
    if (amt_storage_partner_of(storage, &same)) {
        return AMT_STORAGE_DUPLICATE;
    }
    if (!is_whole(size)) {
        return AMT_STORAGE_INVALID_PARAMETER;
    }
    if (at < 0) {
        return AMT_STORAGE_LIMIT;
    }
    if (size > storage->max_partners - partners_size(storage)) {
        return AMT_STORAGE_NO_ROOM;
    }
    *handle = amt_storage_next_handle(storage);
    storage->partner[at] = (AmtStoragePartner){.handle = *handle, .size = size};
    memcpy(storage->partner[at].vendor, same.vendor, AMT_STORAGE_NAME_SIZE);
    memcpy(storage->partner[at].name, same.name, AMT_STORAGE_NAME_SIZE);
    return AMT_STORAGE_OK;
}

/* Of all instances of the partner. */
static uint32_t partner_used(const AmtStorage *storage, const AmtStoragePartner *partner)
{
    uint32_t sum = 0;

    for (unsigned int i = 0; i < AMT_STORAGE_APPLICATIONS; i++) {
        const AmtStorageApplication *a = &storage->application[i];

        if (a->handle && amt_storage_partner_of(storage, a) == partner) {
            sum += amt_storage_used_by(storage, a);
        }
    }
    return sum;
}

AmtStorageStatus amt_storage_resize_partner(AmtStorage *storage, uint32_t handle, uint32_t size)
{
    int at = handle ? find_partner(storage, handle) : -1;
    AmtStoragePartner *partner = &storage->partner[MAX(at, 0)];

    if (at < 0) {
        return AMT_STORAGE_INVALID_HANDLE;
    }
    if (!is_whole(size)) {
        return AMT_STORAGE_INVALID_PARAMETER;
    }
    if (size < partner_used(storage, partner) ||
        size > storage->max_partners - (partners_size(storage) - partner->size)) {
        return AMT_STORAGE_NO_ROOM;
    }
    partner->size = size;
    return AMT_STORAGE_OK;
}

const AmtStoragePartner *amt_storage_partner(const AmtStorage *storage, uint32_t handle)
{
    int at = handle ? find_partner(storage, handle) : -1;

    return at < 0 ? NULL : &storage->partner[at];
}

const AmtStoragePartner *amt_storage_partner_of(const AmtStorage *storage,
                                                const AmtStorageApplication *application)
{
    for (unsigned int i = 0; i < AMT_STORAGE_PARTNERS; i++) {
        const AmtStoragePartner *p = &storage->partner[i];

        if (p->handle && strcmp(p->vendor, application->vendor) == 0 &&
            strcmp(p->name, application->name) == 0) {
            return p;
        }
    }
    return NULL;
}

AmtStorageStatus amt_storage_remove_partner(AmtStorage *storage, uint32_t handle)
{
    int at = handle ? find_partner(storage, handle) : -1;

    if (at < 0) {
        return AMT_STORAGE_INVALID_HANDLE;
    }
    for (unsigned int i = 0; i < AMT_STORAGE_APPLICATIONS; i++) {
        const AmtStorageApplication *a = &storage->application[i];

        if (a->handle && amt_storage_partner_of(storage, a) == &storage->partner[at]) {
            return AMT_STORAGE_IN_USE;
        }
    }
    memset(&storage->partner[at], 0, sizeof(storage->partner[at]));
    return AMT_STORAGE_OK;
}

/* What is there already stays: neither area gets smaller than what is promised or in it. */
AmtStorageStatus amt_storage_set_areas(AmtStorage *storage, uint32_t max_partners,
                                       uint32_t max_other)
{
    uint32_t others = amt_storage_used(storage) - amt_storage_partners_used(storage);

    if (!is_whole(max_partners) || !is_whole(max_other) || max_partners > AMT_STORAGE_TOTAL ||
        max_other > AMT_STORAGE_TOTAL) {
        return AMT_STORAGE_INVALID_PARAMETER;
    }
    if (partners_size(storage) > max_partners || others > AMT_STORAGE_TOTAL - max_partners) {
        return AMT_STORAGE_NO_ROOM;
    }
    storage->max_partners = max_partners;
    storage->max_other = max_other;
    return AMT_STORAGE_OK;
}

/* ---- room ---- */

static uint32_t used_by(const AmtStorage *storage, uint32_t owner)
{
    size_t sum = 0;

    for (unsigned int i = 0; i < AMT_STORAGE_BLOCKS; i++) {
        const AmtStorageBlock *b = &storage->block[i];
        size_t size;

        amt_blob_data(b->data, &size);
        sum += b->handle && (!owner || b->owner == owner) ? size : 0;
    }
    return (uint32_t)sum;
}

uint32_t amt_storage_used(const AmtStorage *storage)
{
    return used_by(storage, 0);
}

uint32_t amt_storage_used_by(const AmtStorage *storage, const AmtStorageApplication *application)
{
    return used_by(storage, application->handle);
}

/* In the partners' area; what is more than its own is in the others'. */
uint32_t amt_storage_partners_used(const AmtStorage *storage)
{
    uint32_t sum = 0;

    for (unsigned int i = 0; i < AMT_STORAGE_PARTNERS; i++) {
        const AmtStoragePartner *p = &storage->partner[i];

        sum += p->handle ? MIN(partner_used(storage, p), p->size) : 0;
    }
    return sum;
}

uint32_t amt_storage_room(const AmtStorage *storage, const AmtStorageApplication *application)
{
    const AmtStoragePartner *partner = amt_storage_partner_of(storage, application);
    uint32_t used = used_by(storage, application->handle);
    uint32_t area = AMT_STORAGE_TOTAL - storage->max_partners;
    uint32_t others = amt_storage_used(storage) - amt_storage_partners_used(storage);
    uint32_t room = others < area ? area - others : 0;

    if (partner) {
        uint32_t own = partner_used(storage, partner);

        return room + (own < partner->size ? partner->size - own : 0);
    }
    return MIN(room, used < storage->max_other ? storage->max_other - used : 0);
}

/* ---- applications ---- */

static unsigned int slot_of(const AmtData *data, const AmtStorageApplication *application)
{
    return (unsigned int)(application - data->storage.application);
}

static bool is_same(const AmtStorageApplication *a, const AmtStorageApplication *b)
{
    return memcmp(a->uuid, b->uuid, sizeof(a->uuid)) == 0 && strcmp(a->vendor, b->vendor) == 0 &&
           strcmp(a->name, b->name) == 0 && strcmp(a->enterprise, b->enterprise) == 0;
}

static int find_same(const AmtStorage *storage, const AmtStorageApplication *who)
{
    for (unsigned int i = 0; i < AMT_STORAGE_APPLICATIONS; i++) {
        if (storage->application[i].handle && is_same(&storage->application[i], who)) {
            return (int)i;
        }
    }
    return -1;
}

static bool session_taken(const AmtLive *live, uint32_t session)
{
    for (unsigned int i = 0; i < AMT_STORAGE_APPLICATIONS; i++) {
        if (live->storage_session[i].handle == session) {
            return true;
        }
    }
    return session == 0;
}

AmtStorageStatus amt_storage_register(AmtData *data, int64_t now_s,
                                      const AmtStorageApplication *who, uint32_t fresh,
                                      uint32_t *session)
{
    AmtStorage *storage = &data->storage;
    int at = find_same(storage, who);

    if (!enterprise_known(storage, who->enterprise)) {
        return AMT_STORAGE_INVALID_REGISTRATION;
    }
    /* AMT SDK, "Application Development Guidelines": always by the way it came by first. */
    if (at >= 0 && storage->application[at].remote != who->remote) {
        return AMT_STORAGE_INVALID_REGISTRATION;
    }
    if (at < 0) {
        at = find_application(storage, 0);
        if (at < 0) {
            return AMT_STORAGE_LIMIT;
        }
        storage->application[at] = *who;
        storage->application[at].handle = amt_storage_next_handle(storage);
    }
    while (session_taken(&data->live, fresh)) {
        fresh++;
    }
    *session = fresh;
    data->live.storage_session[at] = (AmtStorageSession){fresh, now_s + AMT_STORAGE_SESSION_S};
    return AMT_STORAGE_OK;
}

bool amt_storage_session_open(const AmtData *data, int64_t now_s,
                              const AmtStorageApplication *application)
{
    const AmtStorageSession *session = &data->live.storage_session[slot_of(data, application)];

    return session->handle && now_s < session->end_s;
}

const AmtStorageApplication *amt_storage_session(AmtData *data, int64_t now_s, uint32_t session)
{
    for (unsigned int i = 0; i < AMT_STORAGE_APPLICATIONS; i++) {
        const AmtStorageApplication *a = &data->storage.application[i];

        if (session && a->handle && data->live.storage_session[i].handle == session &&
            amt_storage_session_open(data, now_s, a)) {
            data->live.storage_session[i].end_s = now_s + AMT_STORAGE_SESSION_S;
            return a;
        }
    }
    return NULL;
}

static void drop_locks(AmtData *data, uint32_t owner)
{
    for (unsigned int i = 0; i < AMT_STORAGE_BLOCKS; i++) {
        if (data->live.storage_lock[i].owner == owner) {
            data->live.storage_lock[i] = (AmtStorageLock){0};
        }
    }
}

void amt_storage_unregister(AmtData *data, const AmtStorageApplication *application)
{
    drop_locks(data, application->handle);
    data->live.storage_session[slot_of(data, application)] = (AmtStorageSession){0};
}

void amt_storage_remove(AmtData *data, const AmtStorageApplication *application)
{
    AmtStorage *storage = &data->storage;
    unsigned int at = slot_of(data, application);
    uint32_t handle = application->handle;

    amt_storage_unregister(data, application);
    for (unsigned int i = 0; i < AMT_STORAGE_BLOCKS; i++) {
        if (storage->block[i].handle && storage->block[i].owner == handle) {
            amt_storage_forget_block(data, i);
        }
    }
    for (unsigned int i = 0; i < AMT_STORAGE_GROUPS; i++) {
        (void)amt_storage_remove_member(&storage->group[i], handle);
    }
    memset(&storage->application[at], 0, sizeof(storage->application[at]));
}

const AmtStorageApplication *amt_storage_application(const AmtStorage *storage, uint32_t handle)
{
    int at = handle ? find_application(storage, handle) : -1;

    return at < 0 ? NULL : &storage->application[at];
}
