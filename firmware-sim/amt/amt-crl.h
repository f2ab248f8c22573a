/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Certificate revocation lists, as AMT_PublicKeyManagementService.AddCRL brings them: where a list
 * is published, and the serial numbers on it. Kept as text, a line each.
 */
#ifndef SWME_AMT_CRL_H
#define SWME_AMT_CRL_H

#include "firmware-sim/amt/amt-data.h"

#define AMT_CRL_URL_MAX    255
#define AMT_CRL_SERIAL_MAX 20 /* bytes; RFC 5280, 4.1.2.2 */

/* serials ends with NULL: hex, with or without 0x and what people put between. NULL: not so. */
GBytes *amt_crl_new(const char *url, const char *const *serials);
/* The URL, then the serial numbers: small hex digits without zeros in front. Free with g_strfreev.
 */
char **amt_crl_lines(GBytes *list);
/* Serial numbers on all of AMT_CRLS. */
unsigned int amt_crls_serials(const AmtCrl *crls);
/* Could AddCRL have made them? */
bool amt_crls_sane(const AmtCrl *crls);
/* Is a certificate whose list is published there on it? serial as its bytes are. */
bool amt_crl_revokes(GBytes *list, const char *url, const uint8_t *serial, size_t size);

#endif
