/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which certificates the kernel can load: its X.509 parser knows less than OpenSSL's.
 */
#ifndef CARETAKER_CERTIFICATE_FORM_H
#define CARETAKER_CERTIFICATE_FORM_H

#include <stdbool.h>

#include <openssl/x509.h>

#include "reason.h"

/*
 * Does a keyring of the kernel take @cert, and can its key verify?  The rules are those of
 * crypto/asymmetric_keys/x509_cert_parser.c and x509_public_key.c; what they allow is refused here
 * if it is no DER, has a time of the day that no clock shows, or an extension twice.  Dates and
 * usage are not looked at.  Words: those of certificate_check_key(), "certificate-form"; -ENOPKG, "ml-dsa-missing",
 * where this OpenSSL does not know its key.
 */
int certificate_check_form(X509 *cert, struct reason *why);

/* The parts that look at one thing: certificate_extensions.c, certificate_form.c */
int certificate_check_extensions(X509 *cert, struct reason *why);
int certificate_refuse_form(struct reason *why, const char *what);

/* x509_decode_time(): UTCTime until 2049, GeneralizedTime from 2050 on, in seconds of UTC */
bool certificate_time_is_plain(const ASN1_TIME *time);

#endif
