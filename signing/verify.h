/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who signed a payload, judged by the certificates that the caller trusts.
 */
#ifndef CARETAKER_VERIFY_H
#define CARETAKER_VERIFY_H

#include <stdbool.h>

#include <openssl/cms.h>

#include "payload.h"
#include "signature.h"
#include "reason.h"

/*
 * Verifies detached @der over @data.  It holds if at least one signer is among @certs
 * and no signer among them has a bad signature: the rule of pkcs7_validate_trust()
 * in the kernel.  Validity dates are not looked at, as the kernel does not: a
 * payload that was signed in time must load later.  @signer is the certificate
 * that decided, borrowed from @certs.
 */
int verify_detached(const void *data, size_t size, const void *der, size_t der_size,
		    STACK_OF(X509) *certs, X509 **signer, struct reason *why);

/*
 * Whose signatures were verified, so that nobody need do it again: of each signer, in order, the one of the
 * trusted certificates that fits, or NULL.  Says nothing unless @all, which is set where each was looked at and none is wrong.
 */
struct verify_found {
	X509 *cert[SIGNATURE_MAX_SIGNERS];
	bool all;
};

/* Who may vouch for a signer; @anchors are among @certs, too */
struct verify_trust {
	STACK_OF(X509) *certs;
	STACK_OF(X509) *anchors;	/* CAs; NULL or none: nobody else does */
	struct verify_found *found;	/* filled by verify_trusted(); NULL: nobody asks */
};

/*
 * The same, where one of the anchors may also be it that the certificate which the signature carries for a
 * signer leads to, as in the kernel: anchor_find().  That anchor is then @signer.
 */
int verify_trusted(const void *data, size_t size, const void *der, size_t der_size,
		   const struct verify_trust *trust, X509 **signer, struct reason *why);

/*
 * The same as verify_detached(), but each signer must be among @certs, and its signature good: what one may
 * build on, since no kernel will refuse it, whichever of the signers it knows.
 */
int verify_every_signer(const void *data, size_t size, const void *der, size_t der_size,
			STACK_OF(X509) *certs, struct reason *why);

/*
 * All that can be said without the signers' certificates: the form, and that no signer is wrong
 * under a certificate that the signature itself carries.  It vouches for nothing.
 */
int verify_unknown(const void *data, size_t size, const void *der, size_t der_size,
		   struct reason *why);

/* As find_asymmetric_key(): what names @signer may be either name of a key.  Return: 0 or -ENOMEM */
int verify_is_named(CMS_SignerInfo *signer, X509 *cert, bool *named);

/*
 * One signer of a signature over @data.  Of several certificates that name it one must fit: keys are renewed
 * under one name.  Return: 0 with the one that fits in @cert, or with NULL if none names the signer
 */
int verify_named(CMS_SignerInfo *signer, STACK_OF(X509) *certs, const void *data, size_t size,
		 X509 **cert, struct reason *why);

/* payload_parse() and verify_detached(); an unsigned payload is refused. */
int verify_payload(const void *file, size_t size, STACK_OF(X509) *certs,
		   struct payload *payload, X509 **signer, struct reason *why);
int verify_payload_trusted(const void *file, size_t size, const struct verify_trust *trust,
			   struct payload *payload, X509 **signer, struct reason *why);

#endif
