/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RFC 3161 timestamps of signatures: who says when a payload was signed.
 *
 * We take no signature with attributes that nobody signed (signature.h), though a kernel would read past
 * them, so the token is a file of its own and not the signature-time-stamp attribute of RFC 3161,
 * appendix A.  What it is over is the same: the value of the signature in a SignerInfo.
 */
#ifndef CARETAKER_TIMESTAMP_H
#define CARETAKER_TIMESTAMP_H

#include <time.h>

#include <openssl/cms.h>
#include <openssl/ts.h>

#include "file.h"
#include "reason.h"

#define TIMESTAMP_MAX		65535	/* bytes of a query, a response or a token */
#define TIMESTAMP_SUFFIX	".tsr"

/**
 * struct timestamp - a token as it was read; nothing of it is believed before timestamp_verify()
 * @token:	SignedData of the TSA
 * @info:	what it signed (TSTInfo)
 * @time:	genTime, in seconds since 1970 (UTC); a fraction of one is dropped
 */
struct timestamp {
	PKCS7 *token;
	TS_TST_INFO *info;
	time_t time;
};

/* A signature (CMS in DER), and what it is over */
struct timestamp_of {
	const void *data;
	size_t size;
	const void *der;
	size_t der_size;
};

/**
 * struct timestamp_trust - whom the caller trusts
 * @certs:	to sign
 * @issuers:	to have issued those; NULL or none: nobody asks
 * @tsa:	to issue certificates for timestamps; a TSA's own certificate may be there
 */
struct timestamp_trust {
	STACK_OF(X509) *certs;
	STACK_OF(X509) *issuers;
	STACK_OF(X509) *tsa;
};

/*
 * Makes a TimeStampReq (RFC 3161, 2.4.1) in DER for the signature that @cert's key made: with the
 * hash of that signature, the TSA's certificate wanted, and no nonce.  A nonce tells an old answer
 * from a new one, and an old one over the same signature proves more; without one the same
 * signature gives the same query.
 * Return: 0; REFUSED, "unknown-key": @cert's key is not among the signers; -errno
 */
int timestamp_query(const struct timestamp_of *of, X509 *cert, struct blob *out, struct reason *why);

/*
 * Reads a TimeStampResp, or a TimeStampToken alone.  Words: "timestamp-malformed",
 * "timestamp-rejected" (the TSA said no).  Return: 0 with @out for timestamp_free(); REFUSED or -errno with nothing in it
 */
int timestamp_parse(const void *data, size_t size, struct timestamp *out, struct reason *why);
int timestamp_load(const char *path, struct timestamp *out, struct reason *why);
void timestamp_free(struct timestamp *timestamp);

/*
 * Does the token hold, and was its signer's certificate valid then?  Nothing depends on the time
 * now, so that the answer stays the same for ever.  The signature as such is for verify.h.
 *
 * - It is over a signature here, with SHA-256, SHA-384 or SHA-512: "timestamp-imprint",
 *   "timestamp-digest".
 * - One of @trust's certificates made that signature: "unknown-key", "bad-signature".
 * - One TSA signed it, and nothing was changed: "timestamp-signature".  It names its certificate, as
 *   RFC 3161, 2.4.2 (tsa) and RFC 5816 demand: "timestamp-certificate".
 * - That leads to a certificate of @trust's tsa, and all on the way were valid at genTime:
 *   "timestamp-untrusted", "timestamp-early", "timestamp-expired".  It is for timestamps and nothing
 *   else (RFC 3161, 2.3): "timestamp-usage".
 * - The signer's certificate was valid at genTime: "certificate-early", "certificate-expired"; and so
 *   were its issuers, where @trust names some: "not-issued".
 *
 * Return: 0 with the signer (borrowed from @trust) in @signer; REFUSED or -errno
 */
int timestamp_verify(const struct timestamp *timestamp, const struct timestamp_of *of,
		     const struct timestamp_trust *trust, X509 **signer, struct reason *why);

/* The TSA's side of it, without what it is over.  @tsa: as of struct timestamp_trust */
int timestamp_check_tsa(const struct timestamp *timestamp, STACK_OF(X509) *tsa, struct reason *why);

/*
 * Does @cert lead to one of @trusted at @when, over @others?  For @purpose (X509_PURPOSE_*; 0: any).
 * Return: X509_V_OK, or another number of X509_verify_cert_error_string()
 */
int timestamp_chain(X509 *cert, STACK_OF(X509) *others, STACK_OF(X509) *trusted, int purpose,
		    time_t when);

/* "2026-11-30T12:00:00Z"; "?" for what GeneralizedTime has not */
void timestamp_text(time_t time, char out[24]);

/* The same back (RFC 3339, UTC, without a fraction).  Return: 0, or -EINVAL for whatever else there is */
int timestamp_read(const char *text, time_t *time);

#endif
