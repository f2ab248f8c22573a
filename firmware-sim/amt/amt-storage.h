/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Third-party data storage: applications register, have a session each, allocate blocks, and let
 * others use them. The AMT state's group `storage`, with the sessions and locks in `live`; all here
 * works on a copy that its caller puts into force. AMT SDK, "Storage Concepts and Objects"; rules
 * of each method: intel/lms class headers of AMT_ThirdPartyDataStorageService and
 * AMT_ThirdPartyDataStorageAdministrationService.
 */
#ifndef SWME_AMT_STORAGE_H
#define SWME_AMT_STORAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware-sim/amt/amt-data.h"

#define AMT_STORAGE_MTU 4096 /* AMT SDK: what one read or write may carry, and sizes come in */
/* How long is not public; both begin anew with each use. */
#define AMT_STORAGE_SESSION_S        900
#define AMT_STORAGE_LOCK_S           60
#define AMT_STORAGE_PARTNERS_DEFAULT 147456
#define AMT_STORAGE_OTHER_DEFAULT    49152

/* Of a group. AMT SDK, "Add a Permissions Group to a Block". */
enum { AMT_STORAGE_READ = 1, AMT_STORAGE_READ_WRITE = 2 };

/* AMT SDK, PT_STATUS. */
typedef enum AmtStorageStatus {
    AMT_STORAGE_OK = 0,
    AMT_STORAGE_NOT_REGISTERED = 8,
    AMT_STORAGE_INVALID_REGISTRATION = 9,
    AMT_STORAGE_NO_APPLICATION = 10,
    AMT_STORAGE_NO_ROOM = 11,
    AMT_STORAGE_INVALID_NAME = 12,
    AMT_STORAGE_NO_BLOCK = 13,
    AMT_STORAGE_INVALID_OFFSET = 14,
    AMT_STORAGE_INVALID_COUNT = 15,
    AMT_STORAGE_NOT_PERMITTED = 16,
    AMT_STORAGE_NOT_OWNER = 17,
    AMT_STORAGE_LOCKED = 18,
    AMT_STORAGE_NOT_LOCKED = 19,
    AMT_STORAGE_INVALID_PERMISSIONS = 20,
    AMT_STORAGE_NO_GROUP = 21,
    AMT_STORAGE_INVALID_MEMBERS = 22,
    AMT_STORAGE_LIMIT = 23,
    AMT_STORAGE_INVALID_PARAMETER = 36,
    AMT_STORAGE_INVALID_HANDLE = 2053,
    AMT_STORAGE_IN_USE = 2056,
    AMT_STORAGE_DUPLICATE = 2058,
} AmtStorageStatus;

void amt_storage_init(AmtStorage *storage);
/* For coherence of what is loaded. */
bool amt_storage_sane(const AmtStorage *storage);

/* One that nothing has: never 0. */
uint32_t amt_storage_next_handle(AmtStorage *storage);

/* ---- administration ---- */

/* Printable and not too long for size bytes; empty is none. */
bool amt_storage_name_sane(const char *name, size_t size);
AmtStorageStatus amt_storage_add_enterprise(AmtStorage *storage, const char *name,
                                            uint32_t *handle);
AmtStorageStatus amt_storage_remove_enterprise(AmtStorage *storage, uint32_t handle);
AmtStorageStatus amt_storage_add_partner(AmtStorage *storage, const char *vendor, const char *name,
                                         uint32_t size, uint32_t *handle);
AmtStorageStatus amt_storage_resize_partner(AmtStorage *storage, uint32_t handle, uint32_t size);
AmtStorageStatus amt_storage_remove_partner(AmtStorage *storage, uint32_t handle);
/* Of SetGlobalStorageAttributes. */
AmtStorageStatus amt_storage_set_areas(AmtStorage *storage, uint32_t max_partners,
                                       uint32_t max_other);
const AmtStorageEnterprise *amt_storage_enterprise(const AmtStorage *storage, uint32_t handle);
/* NULL: none of that handle. */
const AmtStoragePartner *amt_storage_partner(const AmtStorage *storage, uint32_t handle);
const AmtStoragePartner *amt_storage_partner_of(const AmtStorage *storage,
                                                const AmtStorageApplication *application);

/* ---- room, in bytes ---- */

uint32_t amt_storage_used(const AmtStorage *storage); /* by all */
uint32_t amt_storage_used_by(const AmtStorage *storage, const AmtStorageApplication *application);
uint32_t amt_storage_partners_used(const AmtStorage *storage);
/* What the application may still allocate. */
uint32_t amt_storage_room(const AmtStorage *storage, const AmtStorageApplication *application);

/* ---- applications: data has both groups; now_s is the machine's clock ---- */

/* who: all but its handle. fresh: some random number for the session. */
AmtStorageStatus amt_storage_register(AmtData *data, int64_t now_s,
                                      const AmtStorageApplication *who, uint32_t fresh,
                                      uint32_t *session);
/* Whose session is it? NULL: nobody's, or it was not used for too long. It begins anew. */
const AmtStorageApplication *amt_storage_session(AmtData *data, int64_t now_s, uint32_t session);
bool amt_storage_session_open(const AmtData *data, int64_t now_s,
                              const AmtStorageApplication *application);
void amt_storage_unregister(AmtData *data, const AmtStorageApplication *application);
/* With its blocks. */
void amt_storage_remove(AmtData *data, const AmtStorageApplication *application);
/* NULL: none of that handle. */
const AmtStorageApplication *amt_storage_application(const AmtStorage *storage, uint32_t handle);

/* ---- blocks (amt-storage-access.c); who: whose session it is ---- */

AmtStorageStatus amt_storage_allocate(AmtData *data, const AmtStorageApplication *who,
                                      uint32_t size, bool hidden, const char *name,
                                      uint32_t *handle);
AmtStorageStatus amt_storage_deallocate(AmtData *data, const AmtStorageApplication *who,
                                        uint32_t handle);
/* Frees a block and what hangs on it. */
void amt_storage_forget_block(AmtData *data, unsigned int slot);
/* A hidden block is shown to its owner alone. NULL: there is none for who. */
const AmtStorageBlock *amt_storage_shown(const AmtStorage *storage,
                                         const AmtStorageApplication *who, uint32_t handle);
/* The block if it is who's own, to change; else NULL and *status. */
AmtStorageBlock *amt_storage_own(AmtData *data, const AmtStorageApplication *who, uint32_t handle,
                                 AmtStorageStatus *status);
/* *bytes lives until the next change. */
AmtStorageStatus amt_storage_read(AmtData *data, int64_t now_s, const AmtStorageApplication *who,
                                  uint32_t handle, uint32_t offset, uint32_t count,
                                  const uint8_t **bytes);
AmtStorageStatus amt_storage_write(AmtData *data, int64_t now_s, const AmtStorageApplication *who,
                                   uint32_t handle, uint32_t offset, const uint8_t *bytes,
                                   size_t count);
AmtStorageStatus amt_storage_lock(AmtData *data, int64_t now_s, const AmtStorageApplication *who,
                                  uint32_t handle);
AmtStorageStatus amt_storage_unlock(AmtData *data, int64_t now_s, const AmtStorageApplication *who,
                                    uint32_t handle);

/* ---- permission groups: the block's owner's to change ---- */

AmtStorageStatus amt_storage_add_group(AmtData *data, const AmtStorageApplication *who,
                                       uint32_t block, uint32_t permissions, const char *name,
                                       uint32_t *handle);
/* The group, if the block is who's own; else NULL and *status. */
AmtStorageGroup *amt_storage_own_group(AmtData *data, const AmtStorageApplication *who,
                                       uint32_t block, uint32_t group, AmtStorageStatus *status);
AmtStorageStatus amt_storage_add_member(AmtData *data, AmtStorageGroup *group, uint32_t member);
AmtStorageStatus amt_storage_remove_member(AmtStorageGroup *group, uint32_t member);

#endif
