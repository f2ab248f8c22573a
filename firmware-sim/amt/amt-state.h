/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What AMT is: one object, whichever face asks. In band AMTHI reads and changes it; out of band the
 * services do. All changes go through here, and each is told to whoever subscribed: the NVM is one
 * of them.
 */
#ifndef SWME_AMT_STATE_H
#define SWME_AMT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include <swme/amthi.h>

#include "firmware-sim/amt/amt-data.h"
#include "firmware-sim/clock.h"
#include "firmware-sim/platform/platform.h"

typedef struct AmtState AmtState;

/* AMT_CHANGED_SETUP and so on: one bit for each group. */
#define AMT_GROUP_INDEX(member, type, name) AMT_INDEX_##name,
enum { AMT_GROUPS(AMT_GROUP_INDEX) AMT_GROUP_COUNT };
#undef AMT_GROUP_INDEX
#define AMT_GROUP_BIT(member, type, name) AMT_CHANGED_##name = 1 << AMT_INDEX_##name,
enum { AMT_GROUPS(AMT_GROUP_BIT) AMT_CHANGED_ALL = (1 << AMT_GROUP_COUNT) - 1 };
#undef AMT_GROUP_BIT
/* Told as a change: somebody needs AMT's own certificate, and there is none yet. */
#define AMT_WANTS_CERTIFICATE (1u << AMT_GROUP_COUNT)
#define AMT_CHANGED_NVM       (AMT_CHANGED_ALL & ~AMT_CHANGED_LIVE)

/*
 * Some of the groups in changed have changed. May change the state again: that is told once this
 * round is over. May subscribe and unsubscribe, itself too.
 */
typedef void (*AmtStateFunc)(void *opaque, AmtState *amt, unsigned int changed);

/*
 * A factory-fresh AMT. clock must outlive it; time_s is what the machine's clock shows now. Free
 * with amt_state_free.
 */
AmtState *amt_state_new(const SwmePlatform *platform, const uint8_t *uuid, SwmeClock *clock,
                        int64_t time_s);
void amt_state_free(AmtState *amt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AmtState, amt_state_free)

const AmtData *amt_state_data(const AmtState *amt);
const SwmePlatform *amt_state_platform(const AmtState *amt);
const uint8_t *amt_state_uuid(const AmtState *amt); /* AMTHI_UUID_SIZE bytes */

/* AMT's clock, seconds since 1970. */
int64_t amt_state_time(const AmtState *amt);
/*
 * The same in nanoseconds and before anybody set it: what runs with the clock, and is saved because
 * the clock that loads it has another origin. 0 to AMT_RUNNING_MAX.
 */
#define AMT_RUNNING_MAX (INT64_C(1) << 62) /* the year 2116: the clock may go on for as long */
int64_t amt_state_running(const AmtState *amt);
void amt_state_set_running(AmtState *amt, int64_t time_ns);

/* mask: the groups to hear of. Returns a number other than 0 for unsubscribing. */
unsigned int amt_state_subscribe(AmtState *amt, unsigned int mask, AmtStateFunc func, void *opaque);
void amt_state_unsubscribe(AmtState *amt, unsigned int id);

/* amt_state_set_setup(amt, &setup) and so on: the group becomes that. No change, no event. */
#define AMT_GROUP_SETTER(member, type, name) \
    void amt_state_set_##member(AmtState *amt, const type *value);
AMT_GROUPS(AMT_GROUP_SETTER)
#undef AMT_GROUP_SETTER

/* Several groups at once: subscribers never see half of it. */
void amt_state_replace(AmtState *amt, const AmtData *data);

/* Whoever makes certificates is told; see AMT_WANTS_CERTIFICATE. */
void amt_state_want_certificate(AmtState *amt);

/* The machine was powered on or reset: what does not outlive that ends. */
void amt_state_boot(AmtState *amt);

/* From the system's source of randomness. */
void amt_random(uint8_t *bytes, size_t size);

/* What event.c keeps of the subscribers to events. */
struct AmtEvents *amt_state_events(AmtState *amt);

/* ---- set-up: amt-provisioning.c ---- */

/* As IPS_HostBasedSetupService returns them (go-wsman-messages ips/hostbasedsetup). */
typedef enum AmtSetupResult {
    AMT_SETUP_OK,
    AMT_SETUP_INTERNAL,
    AMT_SETUP_INVALID_STATE,
    AMT_SETUP_INVALID_PARAMETER,
    AMT_SETUP_DISABLED,
    AMT_SETUP_AUTHENTICATION,
    AMT_SETUP_FLASH_LIMIT,
} AmtSetupResult;

/*
 * Remote configuration ends by itself after a while. Nothing is armed for that: whoever is about to
 * look at the set-up state from outside calls this first, and AMTHI does for each message.
 */
void amt_state_expire(AmtState *amt);

/* Host-based set-up to client control mode; digest is MD5 of admin:realm:password. */
AmtSetupResult amt_set_up_client(AmtState *amt, const uint8_t *digest);
/* To admin control mode, for a caller that has proved to be entitled to; by_host as in the audit
 * record. From client control mode (digest NULL: the password stays) this is the upgrade. */
AmtSetupResult amt_set_up_admin(AmtState *amt, const uint8_t *digest, bool by_host);
/* The end of remote configuration. Returns an AMTHI status: 0x809 without a MEBx password. */
uint32_t amt_commit_changes(AmtState *amt);

/* Each returns an AMTHI status, and changes nothing unless it is 0. */
uint32_t amt_start_remote(AmtState *amt, bool ipv6);
uint32_t amt_start_host_based(AmtState *amt, uint32_t algorithm, const uint8_t *hash,
                              bool host_vpn);
uint32_t amt_stop_remote(AmtState *amt);
uint32_t amt_unprovision_by_host(AmtState *amt);
uint32_t amt_disable_and_clear(AmtState *amt);
/* May the owner's agent still prepare remote configuration (password, suffix)? A status. */
uint32_t amt_may_prepare(AmtState *amt);

/* What WS-Management asks for, in any mode. A partial one keeps administrator and hashes. */
void amt_unprovision(AmtState *amt, bool partial);
/* AMT switched on or off as in the MEBx. Unprovisioned only: else an AMTHI status. */
uint32_t amt_set_operational(AmtState *amt, bool operational);
/* In the MEBx, where nothing stands in the way; switched off it forgets what it was set up with. */
void amt_owner_switches(AmtState *amt, bool operational);
/* A hello message has left. */
void amt_hello_sent(AmtState *amt);

/* ---- certificate hashes ---- */

/* How many slots this firmware has, the owner's last. */
unsigned int amt_hash_slots(const AmtState *amt);
/* False: the slot is free or does not exist. is_default: the vendor put it there. */
bool amt_hash_get(const AmtState *amt, unsigned int slot, AmtHash *hash, bool *is_default);
/* Bytes of a hash; 0 for a number that is no algorithm. */
unsigned int amt_hash_size(uint32_t algorithm);

/* ---- what is told from several values ---- */

/* The name that AMT answers to; out has AMT_FQDN_SIZE bytes. */
void amt_state_fqdn(const AmtState *amt, char *out);
/*
 * The realm of every digest, and AMT_GeneralSettings.DigestRealm; out has AMT_REALM_SIZE bytes. Its
 * 32 upper-case digits are made at random when AMT forgets all accounts, for each account's digest
 * is made with it (AMT SDK).
 */
void amt_state_realm(const AmtState *amt, char *out);
/* AMTHI_RNG_SEED_* */
uint32_t amt_state_rng(const AmtState *amt);
bool amt_state_is_set_up(const AmtState *amt); /* POST */
/* Is this firmware's AMT at least that version? */
bool amt_state_at_least(const AmtState *amt, unsigned int major, unsigned int minor);

/* One row of AMT's version list, both strings within AMTHI_VERSION_STRING_MAX. */
typedef struct AmtCodeVersion {
    const char *name;
    char value[AMTHI_VERSION_STRING_MAX + 1];
} AmtCodeVersion;

#define AMT_CODE_VERSION_COUNT 10

/* The list in the order in which firmware gives it. */
void amt_state_code_versions(const AmtState *amt, AmtCodeVersion *rows);

#endif
