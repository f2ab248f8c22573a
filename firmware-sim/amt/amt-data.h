/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What AMT knows, as plain values and blobs: it is copied, compared and saved as a whole. Texts are
 * printable ASCII and terminated; times are seconds since 1970 on AMT's own clock, 0 for never.
 *
 * A blob (GBytes, NULL for none) is what is seldom there or long. None is ever changed: copies
 * share it. A group or an AmtData that is copied by assignment borrows its blobs, and is good until
 * the state changes; amt_state_set_*() and amt_state_replace() borrow what they are given. One that
 * lasts is made by amt_data_copy().
 */
#ifndef SWME_AMT_DATA_H
#define SWME_AMT_DATA_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include <swme/amthi.h>

#include "firmware-sim/amt/amt-stored.h"

#define AMT_HOST_SIZE      64  /* a host name and its NUL (RFC 1035: 63) */
#define AMT_DOMAIN_SIZE    192 /* as GetCiraLog has room for it */
#define AMT_FQDN_SIZE      257 /* 256 is the most that AMTHI and remote access take */
#define AMT_ACCOUNTS       16
#define AMT_ACCOUNT_SIZE   33
#define AMT_CUSTOM_HASHES  3 /* slots that the owner fills; all others are the vendor's */
#define AMT_SUFFIXES       4
#define AMT_IPV6_MAX       6
#define AMT_IPV6_ID_SIZE   8
#define AMT_IPV6_SET_COUNT 4
#define AMT_DIGEST_SIZE    16
#define AMT_TRUSTED_NAMES  4
#define AMT_NAME_SIZE      64
#define AMT_DER_MAX        2048 /* of what AMT makes itself */
#define AMT_REALM_SIZE     64   /* the digest realm as text, and its NUL */

/* Remote configuration goes on for at most so long after it began. */
#define AMT_WINDOW_S INT64_C(918000) /* 255 hours */

typedef struct AmtSetup {
    uint32_t state;        /* AMTHI_PROVISIONING_* */
    uint32_t control_mode; /* AMTHI_CONTROL_MODE_* */
    bool operational;      /* false: switched off; AMTHI then answers with nothing */
    bool zero_touch;       /* remote configuration is allowed */
    bool ehbc;             /* host-based set-up to admin mode is allowed */
    bool no_client_mode;   /* the owner ruled client control mode out */
    bool mebx_password_set;
    bool host_based;      /* IN was entered for host-based secure set-up: no hello */
    bool hello;           /* hello messages are to be sent */
    bool hello_ipv6;      /* over IPv6 too */
    uint32_t hello_count; /* sent so far */
    int64_t window_end_s; /* when IN ends by itself */
    char pki_suffix[AMTHI_PKI_SUFFIX_MAX + 1];
    char otp[AMTHI_OTP_MAX + 1];
    uint32_t server_port;
    char server_address[AMTHI_IP_TEXT_SIZE];
    char server_fqdn[AMT_FQDN_SIZE];
    /* How set-up went, for the audit record */
    int64_t done_s; /* 0: there is no record */
    bool done_by_host;
} AmtSetup;

typedef struct AmtAccount {
    char name[AMT_ACCOUNT_SIZE];     /* empty: a free slot */
    uint8_t digest[AMT_DIGEST_SIZE]; /* MD5 of name:realm:password */
    bool enabled;
    uint32_t access; /* 0 local, 1 network, 2 both */
    uint32_t realms; /* bit mask */
} AmtAccount;

typedef struct AmtAccounts {
    bool lsa_enabled;                 /* the local system account */
    uint8_t realm[AMT_DIGEST_SIZE];   /* what amt_state_realm() writes as text */
    AmtAccount account[AMT_ACCOUNTS]; /* 0 is the administrator */
} AmtAccounts;

typedef struct AmtHost {
    char name[AMT_HOST_SIZE]; /* AMT's own */
    char domain[AMT_DOMAIN_SIZE];
    char fqdn[AMT_FQDN_SIZE]; /* what the host says that it is called */
    bool shared_fqdn;
    bool ddns;
    bool ddns_by_dhcp; /* the DHCP server is to do it */
    uint32_t ddns_interval_min;
    uint32_t ddns_ttl_s;
    bool ping; /* answers ICMP echo */
    bool rmcp_ping;
    uint32_t idle_wake_min; /* asleep, it stays reachable for so long */
} AmtHost;

typedef struct AmtIpv6Address {
    char text[AMTHI_IP_TEXT_SIZE]; /* empty: a free slot */
    uint32_t type;
    uint32_t state;
} AmtIpv6Address;

typedef struct AmtInterface {
    bool present;
    bool enabled;
    bool dhcp;
    bool link;
    uint32_t dhcp_ip_mode; /* 1 active, 2 passive; of the wireless one: who controls it */
    uint32_t address;      /* IPv4, first octet in the top byte */
    uint32_t mask;
    uint32_t gateway;
    uint32_t dns[2];
    uint8_t mac[AMTHI_MAC_SIZE];
    bool ipv6;
    char ipv6_router[AMTHI_IP_TEXT_SIZE];
    char ipv6_dns[2][AMTHI_IP_TEXT_SIZE];
    AmtIpv6Address ipv6_address[AMT_IPV6_MAX];
    uint32_t link_policy; /* AMT_LINK_* */
    uint32_t vlan;        /* 0: none */
    bool shared_static;   /* the host's static address is AMT's too */
    bool ip_sync;
    /* What the owner set for IPv6; empty: nothing */
    uint32_t ipv6_id_type; /* 0 random, 1 from the MAC, 2 as set */
    uint8_t ipv6_id[AMT_IPV6_ID_SIZE];
    char ipv6_set[AMT_IPV6_SET_COUNT][AMTHI_IP_TEXT_SIZE];
} AmtInterface;

/* Of the texts that the owner set. */
enum { AMT_IPV6_SET_ADDRESS, AMT_IPV6_SET_ROUTER, AMT_IPV6_SET_DNS, AMT_IPV6_SET_DNS_2 };

/* AMT SDK, AMT_EthernetPortSettings.LinkPolicy: when the port is AMT's to use. */
enum {
    AMT_LINK_S0_AC = 1 << 0, /* 1 on the wire */
    AMT_LINK_SX_AC = 1 << 1, /* 14 */
    AMT_LINK_S0_DC = 1 << 2, /* 16 */
    AMT_LINK_SX_DC = 1 << 3, /* 224 */
    AMT_LINK_ALL = (1 << 4) - 1,
};

typedef struct AmtNetwork {
    AmtInterface lan[2]; /* wired, wireless */
    uint8_t host_mac[AMTHI_MAC_SIZE];
    char dhcp_domain[AMT_DOMAIN_SIZE];                 /* DHCP option 15 */
    char inside_suffix[AMT_SUFFIXES][AMT_DOMAIN_SIZE]; /* at home, by environment detection */
} AmtNetwork;

typedef struct AmtHash {
    uint32_t algorithm; /* AMTHI_HASH_*; 0: a free slot */
    bool active;
    uint8_t hash[AMTHI_HASH_SIZE];
    char name[AMTHI_HASH_NAME_MAX + 1];
} AmtHash;

typedef struct AmtHashes {
    uint32_t inactive; /* bit mask of the vendor's slots that are switched off */
    AmtHash custom[AMT_CUSTOM_HASHES];
} AmtHashes;

typedef struct AmtTls {
    bool enabled;           /* remote */
    bool local_enforced;    /* local ports speak nothing else */
    bool certificate_ready; /* else remote configuration cannot start */
    uint32_t mode;          /* AMTHI_TLS_MODE_* of the set-up that runs or ran */
    int64_t rng_ready_s;    /* when the seed that is being made exists; negative: there is none */
    uint8_t sha256[32];     /* of the certificate that the TLS port will show; zeros: none yet */
    uint8_t sha384[48];
    GBytes *certificate;     /* self-made, DER; NULL: none yet */
    GBytes *key;             /* its own: RSA, PKCS#1 */
    uint32_t peer_algorithm; /* what host-based secure set-up announced */
    uint8_t peer_hash[AMTHI_HASH_SIZE];
    bool mutual[2];       /* remote, local: clients show a certificate, from CommitChanges on */
    bool checked[2];      /* they must now */
    bool accept_plain[2]; /* unencrypted connections, too */
    char trusted_name[AMT_TRUSTED_NAMES][AMT_NAME_SIZE]; /* that such a certificate may have */
    bool wanted[2]; /* enabled, from the next CommitChanges on */
} AmtTls;

typedef struct AmtRemote {
    bool user_initiated; /* a policy lets the user open a tunnel */
    uint32_t interfaces; /* AMTHI_USER_INITIATED_* */
    char mps[AMT_FQDN_SIZE];
    bool host_vpn_allowed;
    bool vpn_suffix_known; /* of host-based set-up */
    int64_t opened_s;
    int64_t closed_s;
    int64_t attempt_s;
    uint32_t attempt_status; /* of the last connection, as GetCiraLog numbers it */
    uint32_t last_trigger;
} AmtRemote;

#define AMT_RFB_PASSWORD_SIZE 9
#define AMT_UEFI_MAX          512
#define AMT_CERTIFICATES      8
#define AMT_KEYS              8
#define AMT_CERTIFICATE_MAX   4096
#define AMT_KEY_MAX           2400
#define AMT_CRLS              4 /* Intel SCS, "CRL XML Format": so many, and 64 serial numbers in all */
#define AMT_CRL_SERIALS       64
#define AMT_CRL_MAX           3072

typedef struct AmtRedirection {
    bool sol;
    bool ider;
    bool kvm;
    bool web_ui;
    uint32_t opt_in; /* 0 never, 1 for KVM, 0xffffffff for all */
    bool listener;   /* the ports are open */
    bool port_5900;
    uint32_t default_screen;
    uint32_t session_timeout_min; /* of KVM without input; 0: none */
    uint32_t code_timeout_s;      /* from StartOptIn to the right code */
    uint32_t display_timeout_s;
    char rfb_password[AMT_RFB_PASSWORD_SIZE];
} AmtRedirection;

/* AMT SDK, CIM_BootSourceSetting. */
enum { AMT_BOOT_SOURCE_NONE, AMT_BOOT_SOURCE_DISK, AMT_BOOT_SOURCE_PXE, AMT_BOOT_SOURCE_CD };

/* For the next start of the host, and that one alone: AMT SDK, AMT_BootSettingData. */
typedef struct AmtBoot {
    bool use_sol;
    bool safe_mode;
    bool reflash;
    bool setup;
    bool pause;
    bool lock_power;
    bool lock_reset;
    bool lock_keyboard;
    bool lock_sleep;
    bool bypass_password;
    bool progress_events;
    bool configuration_reset;
    bool use_ider;
    bool secure_boot;
    bool secure_erase;
    bool platform_erase;
    uint32_t verbosity;
    uint32_t ider_device; /* 0 floppy, 1 CD */
    uint32_t media_index;
    uint32_t uefi_count; /* of parameters */
    uint32_t uefi_size;
    uint8_t uefi[AMT_UEFI_MAX];
    char rse_password[AMT_ACCOUNT_SIZE];
    bool role;       /* is-next-single-use */
    uint32_t source; /* AMT_BOOT_SOURCE_* */
    bool cleared;    /* a start has used the settings up */
} AmtBoot;

/* A certificate, or a private key (PKCS#1). */
typedef struct AmtDer {
    uint32_t handle; /* 0: a free slot, and no der */
    bool trusted;    /* a root that clients are checked against */
    GBytes *der;
} AmtDer;

/* Certificates that are good no more; see amt-crl.h. */
typedef struct AmtCrl {
    uint32_t handle; /* 0: a free slot, and no list */
    GBytes *list;
} AmtCrl;

typedef struct AmtCredentials {
    uint32_t last_handle;
    uint32_t tls; /* handle of the certificate that TLS shows; 0: the firmware's own */
    AmtDer certificate[AMT_CERTIFICATES];
    AmtDer key[AMT_KEYS];
    AmtCrl crl[AMT_CRLS];
} AmtCredentials;

typedef struct AmtPower {
    char policy[AMTHI_POWER_POLICY_MAX + 1];
    bool reset_remote; /* the last reset of the host was remote control's */
    int64_t remote_s;  /* when remote control last acted */
} AmtPower;

#define AMT_WATCHDOG_DELAY_MAX_S 86400 /* AMT SDK, IPS_WatchDogAction.Timeout */

/* Whether the host is asked to run the watchdog, and what its running out does to the host. */
typedef struct AmtWatchdogSettings {
    uint32_t policy;
    uint32_t action;       /* IPS_WatchDogAction.HeciWatchDogExpirationAction */
    uint32_t delay_s;      /* from running out to the action */
    uint32_t agent_action; /* the same as action, of an agent's end */
} AmtWatchdogSettings;

enum {
    AMT_WATCHDOG_WHEN_SET_UP, /* policy */
    AMT_WATCHDOG_NEVER,
    AMT_WATCHDOG_ALWAYS,
};
enum {
    AMT_WATCHDOG_NOTHING, /* action */
    AMT_WATCHDOG_RESET,
};

#define AMT_RECORD_SIZE 21  /* AMT SDK, AMT_MessageLog: MaxRecordSize */
#define AMT_LOG_RECORDS 390 /* and MaxNumberOfRecords; the oldest makes room for the newest */

typedef struct AmtLog {
    bool frozen;
    uint32_t count;
    uint32_t next;   /* the slot of the next record */
    GBytes *records; /* count of them */
} AmtLog;

#define AMT_AUDIT_SIZE         8192
#define AMT_AUDIT_FIRST        16 /* application; AMT SDK, "Audit Log Records" */
#define AMT_AUDIT_APPLICATIONS 18

/* The audit log, and which events it is to hold: bit masks by application. */
typedef struct AmtAudit {
    bool disabled;
    uint32_t count;
    uint32_t enabled[AMT_AUDIT_APPLICATIONS];
    uint32_t critical[AMT_AUDIT_APPLICATIONS]; /* must not be done unrecorded */
    GBytes *records; /* each behind its length, oldest first; at most AMT_AUDIT_SIZE bytes */
} AmtAudit;

#define AMT_ALARMS 5 /* AMT SDK, "Alarm Clock" */

typedef struct AmtAlarm {
    char id[AMT_NAME_SIZE]; /* empty: a free slot */
    char name[AMT_NAME_SIZE];
    int64_t start_s;
    int64_t interval_s; /* 0: it comes once */
    bool once;          /* and is gone then */
} AmtAlarm;

typedef struct AmtAlarms {
    AmtAlarm alarm[AMT_ALARMS];
} AmtAlarms;

#define AMT_SUBSCRIBERS          16
#define AMT_COMMUNITY_SIZE       33
#define AMT_ALERT_SENDS_MAX      10
#define AMT_ALERT_INTERVAL_MAX_S 3600

/* Where alerts go. */
typedef struct AmtSubscriber {
    char address[AMTHI_IP_TEXT_SIZE]; /* IPv4 or IPv6; empty: a free slot */
    uint32_t port;
    char community[AMT_COMMUNITY_SIZE];
    uint32_t handle; /* WS-Management's; 0: a user of this host's subscribed it */
    uint32_t policy; /* which filters' events it gets; 0: what firmware alerts of by itself */
} AmtSubscriber;

#define AMT_FILTERS 17 /* AMT SDK, "Event Filters", the firmware's own among them */

/* Which events are logged, and which go to the subscribers of its policy: AMT_PETFilterSetting. */
typedef struct AmtFilter {
    uint32_t handle; /* 0: a free slot */
    bool enabled;
    bool oem;
    bool log;
    bool alert;
    uint32_t policy;
    uint32_t sensor_device; /* from here on: 0xff matches any */
    uint32_t sensor_type;
    uint32_t event_type;
    uint32_t offset;
    uint32_t source;
    uint32_t severity;
    uint32_t sensor_number;
    uint32_t entity;
    uint32_t entity_instance;
} AmtFilter;

typedef struct AmtAlerts {
    uint32_t sends; /* of each alert to each subscriber */
    uint32_t interval_s;
    uint32_t last_handle;
    char community[AMT_COMMUNITY_SIZE];        /* of who names none */
    AmtSubscriber subscriber[AMT_SUBSCRIBERS]; /* free slots come last */
    AmtFilter filter[AMT_FILTERS];
} AmtAlerts;

#define AMT_LISTENERS      9   /* AMT SDK, "WS-Eventing": since AMT 6 */
#define AMT_URL_SIZE       254 /* AMT SDK, "Subscribe for Events" */
#define AMT_LOGIN_SIZE     65
#define AMT_PARAMETERS_MAX 2048

/* Where events go over HTTP. */
typedef struct AmtListener {
    uint32_t handle;     /* 0: a free slot */
    uint32_t collection; /* which events: AmtCollection */
    bool acknowledges;   /* an event is delivered once it says so */
    bool local;          /* on the managed host itself */
    char url[AMT_URL_SIZE];
    char user[AMT_LOGIN_SIZE]; /* to log in with there; empty: nobody */
    char password[AMT_LOGIN_SIZE];
    GBytes *parameters; /* XML for the header of each event */
} AmtListener;

typedef struct AmtEventing {
    uint32_t last_handle;
    AmtListener listener[AMT_LISTENERS];
} AmtEventing;

#define AMT_STORAGE_TOTAL \
    196608 /* bytes, as firmware has it (AMT SDK, GetGlobalStorageAttributes) */
#define AMT_STORAGE_APPLICATIONS 16
#define AMT_STORAGE_ENTERPRISES  4 /* AMT SDK, "Storage Concepts and Objects" */
#define AMT_STORAGE_PARTNERS     16
#define AMT_STORAGE_BLOCKS       16
#define AMT_STORAGE_BLOCK_GROUPS 3 /* of each block */
#define AMT_STORAGE_GROUPS       (AMT_STORAGE_BLOCKS * AMT_STORAGE_BLOCK_GROUPS)
#define AMT_STORAGE_MEMBERS      4  /* of each group */
#define AMT_STORAGE_NAME_SIZE    65 /* AMT SDK: 64 characters */
#define AMT_STORAGE_BLOCK_SIZE   33
#define AMT_STORAGE_GROUP_SIZE   17
#define AMT_STORAGE_UUID_SIZE    16

/* An application that has registered at some time. */
typedef struct AmtStorageApplication {
    uint32_t handle; /* 0: a free slot */
    bool remote;     /* it is not on the host itself */
    uint8_t uuid[AMT_STORAGE_UUID_SIZE];
    char vendor[AMT_STORAGE_NAME_SIZE];
    char name[AMT_STORAGE_NAME_SIZE];
    char enterprise[AMT_STORAGE_NAME_SIZE];
} AmtStorageApplication;

/* Whose applications may register. */
typedef struct AmtStorageEnterprise {
    uint32_t handle; /* 0: a free slot */
    char name[AMT_STORAGE_NAME_SIZE];
} AmtStorageEnterprise;

/* Which applications have room of their own. */
typedef struct AmtStoragePartner {
    uint32_t handle; /* 0: a free slot */
    uint32_t size;
    char vendor[AMT_STORAGE_NAME_SIZE];
    char name[AMT_STORAGE_NAME_SIZE];
} AmtStoragePartner;

typedef struct AmtStorageBlock {
    uint32_t handle; /* 0: a free slot, and no data */
    uint32_t owner;  /* an application's handle */
    bool hidden;
    char name[AMT_STORAGE_BLOCK_SIZE];
    GBytes *data;
} AmtStorageBlock;

/* Who besides its owner may use a block. */
typedef struct AmtStorageGroup {
    uint32_t handle; /* 0: a free slot */
    uint32_t block;
    uint32_t permissions;
    uint32_t member[AMT_STORAGE_MEMBERS]; /* applications; 0: nobody */
    char name[AMT_STORAGE_GROUP_SIZE];
} AmtStorageGroup;

/* Third-party data storage. */
typedef struct AmtStorage {
    uint32_t last_handle;
    uint32_t max_partners; /* bytes of the whole that are the partners' */
    uint32_t max_other;    /* that one application may have that is none */
    AmtStorageApplication application[AMT_STORAGE_APPLICATIONS];
    AmtStorageEnterprise enterprise[AMT_STORAGE_ENTERPRISES];
    AmtStoragePartner partner[AMT_STORAGE_PARTNERS];
    AmtStorageBlock block[AMT_STORAGE_BLOCKS];
    AmtStorageGroup group[AMT_STORAGE_GROUPS];
} AmtStorage;

/* An application's session, and the lock of a block: until a time on the machine's clock. */
typedef struct AmtStorageSession {
    uint32_t handle; /* 0: none */
    int64_t end_s;
} AmtStorageSession;

typedef struct AmtStorageLock {
    uint32_t owner; /* an application's handle; 0: not locked */
    int64_t end_s;
} AmtStorageLock;

#define AMT_AGENTS          16 /* AMT SDK, "Limitations on the Number of Actions and Agents" */
#define AMT_AGENT_ACTIONS   64 /* of all of them */
#define AMT_AGENT_ID_SIZE   16
#define AMT_AGENT_NAME_SIZE 17

/* A program on the host that is to give a sign of life. */
typedef struct AmtAgent {
    uint8_t id[AMT_AGENT_ID_SIZE]; /* zeros: a free slot */
    char name[AMT_AGENT_NAME_SIZE];
    uint32_t startup_s; /* from the host's start to the first sign */
    uint32_t timeout_s; /* from one to the next */
    bool reboots;       /* its end may reset the host: AmtWatchdogSettings.agent_action */
} AmtAgent;

/* What a change of an agent's state leads to. */
typedef struct AmtAgentAction {
    uint32_t agent;      /* slot + 1; 0: a free slot */
    uint32_t old_states; /* AMT_AGENT_*, several */
    uint32_t new_states;
    bool event;
    bool has_defense;
    uint32_t defense; /* ActionSd */
    bool posture;     /* ActionEac */
} AmtAgentAction;

typedef struct AmtAgents {
    AmtAgent agent[AMT_AGENTS];
    AmtAgentAction action[AMT_AGENT_ACTIONS];
} AmtAgents;

/* How one is doing. */
typedef struct AmtAgentLive {
    uint32_t state;    /* AMT_AGENT_*; 0: not known yet */
    uint32_t before;   /* it was suspended */
    uint32_t sequence; /* of its session */
    int64_t due_s;     /* when it expires, on the machine's clock; suspended: in so many seconds */
} AmtAgentLive;

#define AMT_DEFENSE_POLICIES     8  /* AMT SDK, "System Defense Policies" */
#define AMT_DEFENSE_FILTERS      80 /* of all of them */
#define AMT_DEFENSE_EACH         62 /* of one: AMT_SystemDefensePolicy.FilterCreationHandles */
#define AMT_DEFENSE_SPOOFING_MAX 4
#define AMT_DEFENSE_NAME_SIZE    17
#define AMT_DEFENSE_LABEL_SIZE   33

/* Which frames, and what to do with them: amt-defense.h. */
typedef struct AmtDefenseFilter {
    uint32_t handle; /* 0: a free slot */
    char name[AMT_DEFENSE_LABEL_SIZE];
    bool ip; /* else by its Ethernet type alone */
    bool event;
    uint32_t direction;
    uint32_t profile;
    uint32_t rate;
    uint32_t given; /* which of these are; of the others any will do */
    uint32_t type;
    uint32_t version;
    uint32_t protocol;
    uint32_t source_from;
    uint32_t source_until;
    uint32_t destination_from;
    uint32_t destination_until;
    uint32_t flags_on;
    uint32_t flags_off;
    uint8_t source[16];
    uint8_t source_to[16]; /* the end of a range, or a mask */
    uint8_t destination[16];
    uint8_t destination_to[16];
} AmtDefenseFilter;

typedef struct AmtDefensePolicy {
    uint32_t handle; /* 0: a free slot */
    char name[AMT_DEFENSE_NAME_SIZE];
    uint32_t precedence;
    uint32_t spoofing;
    uint32_t timeout_min; /* 0: none */
    bool sent_drop;       /* what no filter matches */
    bool sent_event;
    bool sent_count;
    bool received_drop;
    bool received_event;
    bool received_count;
    bool bound;                       /* to the wired port */
    bool enabled;                     /* there: one of all */
    uint8_t filter[AMT_DEFENSE_EACH]; /* handles; 0 ends */
} AmtDefensePolicy;

typedef struct AmtDefense {
    uint32_t last_handle;
    uint32_t default_policy; /* a handle; 0: none */
    uint32_t agent_policy;   /* the one that agents enable */
    AmtDefenseFilter filter[AMT_DEFENSE_FILTERS];
    AmtDefensePolicy policy[AMT_DEFENSE_POLICIES];
} AmtDefense;

/* AMT SDK, AMT_TimeSynchronizationService.LocalTimeSyncEnabled */
enum { AMT_LOCAL_SYNC_DEFAULT, AMT_LOCAL_SYNC_ON, AMT_LOCAL_SYNC_OFF };

typedef struct AmtClockData {
    int64_t offset_s;    /* AMT's clock is so far ahead of the machine's */
    bool set;            /* by somebody; else it is the machine's */
    uint32_t local_sync; /* AMT_LOCAL_SYNC_*: may the host's own software set it? */
} AmtClockData;

/* What ends with the power: never in the NVM. */
typedef struct AmtLive {
    char lsa_password[AMTHI_LSA_FIELD_SIZE]; /* made anew at each boot */
    uint32_t environment;                    /* AMTHI_NETWORK_* */
    uint32_t tunnel;                         /* AMTHI_REMOTE_* */
    uint32_t trigger;
    bool sol_open;
    bool ider_open;
    bool kvm_active;
    bool consent_waiting;
    uint32_t consent; /* IPS_OptInService.OptInState */
    uint32_t consent_code;
    uint32_t consent_tries;
    int64_t consent_end_s;
    bool unprovision_blocked;
    uint32_t me_reset_reason;
    bool remote_start;     /* the next start of the host is remote control's */
    uint32_t audit_handle; /* of who locked the audit log; 0: nobody */
    int64_t audit_end_s;   /* when that lock ends */
    bool watchdog_spent;   /* it has reset the host once (IPS_WatchDogAction.ReArmReset is false) */
    AmtStorageSession storage_session[AMT_STORAGE_APPLICATIONS]; /* of storage.application */
    AmtStorageLock storage_lock[AMT_STORAGE_BLOCKS];             /* of storage.block */
    uint32_t host_power;                                         /* SwmeHostPower, for agents */
    AmtAgentLive agent[AMT_AGENTS];                              /* of agents.agent */
    bool defense_by_agent; /* defense.agent_policy is enabled */
} AmtLive;

typedef struct AmtIdentity {
    uint8_t uuid[AMTHI_UUID_SIZE]; /* the system's, as SMBIOS has it in memory */
} AmtIdentity;

/* Member, type, and what events call it. Those before `live` are what the NVM keeps. */
#define AMT_GROUPS(X)                           \
    X(setup, AmtSetup, SETUP)                   \
    X(accounts, AmtAccounts, ACCOUNTS)          \
    X(host, AmtHost, HOST)                      \
    X(network, AmtNetwork, NETWORK)             \
    X(hashes, AmtHashes, HASHES)                \
    X(tls, AmtTls, TLS)                         \
    X(remote, AmtRemote, REMOTE)                \
    X(redirection, AmtRedirection, REDIRECTION) \
    X(power, AmtPower, POWER)                   \
    X(boot, AmtBoot, BOOT)                      \
    X(credentials, AmtCredentials, CREDENTIALS) \
    X(clock, AmtClockData, CLOCK)               \
    X(identity, AmtIdentity, IDENTITY)          \
    X(watchdog, AmtWatchdogSettings, WATCHDOG)  \
    X(log, AmtLog, LOG)                         \
    X(audit, AmtAudit, AUDIT)                   \
    X(alarms, AmtAlarms, ALARMS)                \
    X(alerts, AmtAlerts, ALERTS)                \
    X(storage, AmtStorage, STORAGE)             \
    X(agents, AmtAgents, AGENTS)                \
    X(stored, AmtStored, STORED)                \
    X(eventing, AmtEventing, EVENTING)          \
    X(defense, AmtDefense, DEFENSE)             \
    X(live, AmtLive, LIVE)

#define AMT_GROUP_MEMBER(member, type, name) type member;
typedef struct AmtData {
    AMT_GROUPS(AMT_GROUP_MEMBER)
} AmtData;
#undef AMT_GROUP_MEMBER

/* A factory-fresh AMT; whatever was in data is overwritten. */
void amt_data_init(AmtData *data, const uint8_t *uuid);

/* ---- copies (amt-data.c) ---- */

/* Free with amt_data_free. */
AmtData *amt_data_copy(const AmtData *data);
/* Leaves no secret behind. */
void amt_data_free(AmtData *data);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AmtData, amt_data_free)
void amt_data_clear(AmtData *data); /* the same for one that is a member */
bool amt_data_equal(const AmtData *a, const AmtData *b);
/* The size bytes from offset on, a group or all, become those at value. False: they were the same.
 */
bool amt_data_set(AmtData *data, size_t offset, size_t size, const void *value);

/* Wiped when the last that has it lets go of it; NULL of no bytes. */
GBytes *amt_blob_new(const void *data, size_t size);
GBytes *amt_blob_ref(GBytes *blob); /* NULL stays NULL */
/* A blob of what is the caller's own copy becomes value, which it takes. */
void amt_blob_take(GBytes **blob, GBytes *value);
/* NULL has none. */
const uint8_t *amt_blob_data(GBytes *blob, size_t *size);
bool amt_blob_equal(GBytes *a, GBytes *b);

/* Is name that domain, or a host in it? */
bool amt_name_within(const char *name, const char *domain);

/* Bytes of the DER element at data, its header included; 0: none that fits into size. */
size_t amt_der_size(const uint8_t *data, size_t size);

/* Is the value of that name, as amt_data_save() has it, one that nobody is shown? */
bool amt_data_is_secret(const char *name);

/* ---- saving (amt-fields.c) ---- */

#define AMT_DATA_TYPE "a{sv}"

/* All values by name, floating; live ones only if asked for. */
GVariant *amt_data_save(const AmtData *data, bool live);
/*
 * Trusts nothing, not even that saved is in normal form. False and data as it was when it cannot
 * be; why is then the value that cannot, or NULL where the values cannot be told apart. Saved by an
 * older version, it may lack values: they stay as they are.
 */
bool amt_data_load(AmtData *data, GVariant *saved, bool live, bool older, const char **why);

/* Can an AMT be so (amt-coherent.c)? False and the name of what cannot. */
bool amt_data_coherent(const AmtData *data, const char **why);

/* Calls func for each blob that lies within size bytes from offset on, with its own offset. */
void amt_data_each_blob(size_t offset, size_t size, void (*func)(size_t at, void *opaque),
                        void *opaque);

#endif
