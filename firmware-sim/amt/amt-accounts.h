/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may log in to AMT, and through which door. Passwords are kept as the digest that HTTP wants,
 * MD5 of user:realm:password (AMT SDK, AMT_AuthorizationService), and never themselves.
 */
#ifndef SWME_AMT_ACCOUNTS_H
#define SWME_AMT_ACCOUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/net/services.h"

#define AMT_PASSWORD_MIN 8
#define AMT_PASSWORD_MAX 32

/* The local system account: its password is made anew at each boot, and told over HECI alone. */
#define AMT_LSA_NAME "$$OsAdmin"

/* Somebody who may log in; lives for as long as the state does not change. */
typedef struct AmtLogin {
    const char *name;
    uint8_t digest[AMT_DIGEST_SIZE];
    bool admin;
    uint32_t realms;
} AmtLogin;

/* False: there is no such account, or not for that door, or not now. */
bool amt_account_find(const AmtState *amt, const char *name, SwmeDoor door, AmtLogin *login);

/* MD5 of name:realm:password, with this AMT's realm. */
void amt_account_digest(const AmtState *amt, const char *name, const char *password,
                        uint8_t *digest);

/* What AMT takes as a password. False and a one-line error that says what is missing. */
bool amt_password_check(const char *password, GError **error);

/* As "provision" of the command line and of the device: who set AMT up before it was started. */
typedef enum AmtProvision {
    AMT_PROVISION_NONE, /* as the NVM has it */
    AMT_PROVISION_CLIENT,
    AMT_PROVISION_ADMIN,
} AmtProvision;

/* none, client or admin. False and a one-line error for any other. */
bool amt_provision_parse(const char *name, AmtProvision *choice, GError **error);

/*
 * AMT becomes that, with this password of "admin"; one that is so already has its password set.
 * False and a one-line error where AMT cannot: it is switched off, too old, or further than that.
 */
bool amt_provision(AmtState *amt, AmtProvision choice, const char *password, GError **error);

#endif
