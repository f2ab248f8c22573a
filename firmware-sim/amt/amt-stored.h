/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What consoles set and AMT keeps, and mostly does not act on: servers to call (CIRA) and when,
 * proxies on the way there, wireless profiles, 802.1x. Of it AMTHI shows which server the user may
 * have called.
 *
 * Limits: AMT SDK, AMT_RemoteAccessCapabilities, AMT_RemoteAccessService.AddMpServer,
 * AMT_WiFiPortConfigurationService.
 */
#ifndef SWME_AMT_STORED_H
#define SWME_AMT_STORED_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#define AMT_ACCESS_INFO_SIZE  257 /* an address or a name */
#define AMT_MPS_SERVERS       6
#define AMT_MPS_USER_SIZE     17
#define AMT_MPS_TRIGGERS      4 /* user, alert, periodic, home provisioning: a policy's slot */
#define AMT_MPS_POLICIES      3 /* at once */
#define AMT_MPS_OF_POLICY     2
#define AMT_MPS_EXTENDED_MAX  32
#define AMT_PROXIES           15
#define AMT_PROXY_SUFFIX_SIZE 192
#define AMT_WIFI_PROFILES     8
#define AMT_WIFI_NAME_SIZE    33
#define AMT_SSID_SIZE         33
#define AMT_PSK_SIZE          65
#define AMT_8021X_TEXT_SIZE   129
#define AMT_NAMES_MAX         600 /* bytes of the names of one */

typedef enum AmtInfoFormat {
    AMT_INFO_IPV4 = 3,
    AMT_INFO_IPV6 = 4,
    AMT_INFO_FQDN = 201,
} AmtInfoFormat;

/* What an AmtMps.names has, in order. */
enum { AMT_MPS_ADDRESS, AMT_MPS_CN, AMT_MPS_USER, AMT_MPS_NAMES };

typedef struct AmtMps {
    uint32_t handle; /* the number in its name, from 1 on; 0: a free slot, and no blobs */
    uint32_t format; /* of its address: AMT_INFO_* */
    uint32_t port;
    bool password_used;   /* AuthMethod 2; else the client shows a certificate */
    uint32_t certificate; /* handle, of AmtCredentials */
    GBytes *names;
    GBytes *password;
} AmtMps;

/* When to call, and whom. */
typedef struct AmtMpsPolicy {
    bool present;
    uint32_t lifetime_s;
    uint32_t extended_size;
    uint8_t extended[AMT_MPS_EXTENDED_MAX]; /* of a periodic one: the period */
    uint32_t mps_0;                         /* handles, in order; 0: none */
    uint32_t mps_1;
    uint32_t type_0; /* MpsType: outside, inside the enterprise, or both */
    uint32_t type_1;
} AmtMpsPolicy;

enum { AMT_PROXY_ADDRESS, AMT_PROXY_SUFFIX, AMT_PROXY_NAMES };

typedef struct AmtProxy {
    uint32_t handle; /* 0: a free slot, and no blob */
    uint32_t priority;
    uint32_t format;
    uint32_t port;
    GBytes *names; /* the suffix is that of the networks that it is for */
} AmtProxy;

/* The identity is told before anything is encrypted. */
enum { AMT_8021X_USER, AMT_8021X_DOMAIN, AMT_8021X_IDENTITY, AMT_8021X_SERVER, AMT_8021X_NAMES };

/* 802.1x: who to be on a port that asks. */
typedef struct Amt8021x {
    uint32_t protocol;
    uint32_t comparison;  /* of the server's name: the whole, or its end */
    uint32_t certificate; /* handles, of AmtCredentials */
    uint32_t root;
    GBytes *names;
    GBytes *password;
} Amt8021x;

enum { AMT_WIFI_NAME, AMT_WIFI_SSID, AMT_WIFI_NAMES };

typedef struct AmtWifiProfile {
    bool present; /* false: a free slot, and no blobs */
    bool has_8021x;
    uint32_t priority;
    uint32_t authentication;
    uint32_t encryption;
    GBytes *names;
    GBytes *psk; /* pass phrase */
    Amt8021x x;
} AmtWifiProfile;

/* Where AMT may use the radio: CIM_WiFiPort.EnabledState, by name. */
enum { AMT_WIFI_OFF, AMT_WIFI_S0, AMT_WIFI_ALWAYS };

/* IPS_IEEE8021xSettings.Enabled */
enum { AMT_8021X_OFF, AMT_8021X_ON, AMT_8021X_NO_CERTIFICATE };

typedef struct AmtStored {
    AmtMps mps[AMT_MPS_SERVERS];
    AmtMpsPolicy policy[AMT_MPS_TRIGGERS];
    AmtProxy proxy[AMT_PROXIES];
    AmtWifiProfile wifi[AMT_WIFI_PROFILES];
    uint32_t wifi_state; /* AMT_WIFI_* */
    uint32_t wifi_sync;
    bool wifi_no_host_policy;
    bool wifi_uefi_share;
    Amt8021x wired;      /* 802.1x of the wired port */
    uint32_t wired_mode; /* AMT_8021X_* */
    uint32_t wired_pxe_s;
    bool wired_in_s0;
    bool kerberos_cache;
    uint32_t language; /* of what AMT shows to the user */
    uint32_t zoom;
    bool setup_record_cleared;
} AmtStored;

/* Several texts in one blob, each with its NUL; NULL of empty ones. What is loaded is checked by
 * amt_stored_sane(). */
GBytes *amt_texts_new(const char *const *texts, unsigned int count);
/* Empty: it has no such one. */
const char *amt_texts_get(GBytes *texts, unsigned int index);
/* The blob with that one changed; it takes the old one's place. */
void amt_texts_set(GBytes **texts, unsigned int count, unsigned int index, const char *text);

/* Can what was loaded be so? */
bool amt_stored_sane(const AmtStored *stored);

#endif
