/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The signature of a payload: detached CMS without attributes and certificates,
 * the profile of signed modules (RFC 5652; scripts/sign-file in the kernel).  ML-DSA alone
 * signs attributes, and must: signed_attributes.h.
 */
#ifndef CARETAKER_SIGNATURE_H
#define CARETAKER_SIGNATURE_H

#include <openssl/cms.h>

#include "file.h"
#include "reason.h"

#define SIGNATURE_MARKER	"~Module signature appended~\n"
#define SIGNATURE_MAX_SIGNERS	8

/* "sha256", "sha384", "sha512"; NULL for anything else */
const EVP_MD *signature_hash(const char *name);

/* The same for the one that is named in DER, or by a SignerInfo; NULL if it is none of them */
const EVP_MD *signature_algorithm_hash(const X509_ALGOR *algor);
const EVP_MD *signature_signer_hash(CMS_SignerInfo *signer);

/*
 * Parses @der and holds it against the profile: DER to the last byte, detached,
 * at least one signer, no attributes but those that go with ML-DSA, hashes and algorithms that we take.
 * It says nothing of the keys.  Owned by the caller.
 */
int signature_parse(const void *der, size_t size, CMS_ContentInfo **out, struct reason *why);

/* DER of @cms, in memory that blob_free() frees. */
int signature_encode(CMS_ContentInfo *cms, struct blob *der, struct reason *why);

/* Signs @data, in DER.  With ML-DSA @hash counts for nothing: it is signed_attributes_hash(). */
int signature_make(const void *data, size_t size, X509 *cert, EVP_PKEY *key,
		   const EVP_MD *hash, struct blob *der, struct reason *why);

/* The signature alone over @data: of RSA PKCS#1 v1.5, of ECDSA the DER of r and s, of ML-DSA its bytes, without @hash. */
int signature_raw(const void *data, size_t size, EVP_PKEY *key, const EVP_MD *hash,
		  struct blob *out, struct reason *why);

/*
 * signature_make() with the signature in @value, that @cert's key made elsewhere over @data, or over
 * signed_attributes_make() of it.  It is not verified.
 */
int signature_wrap(const struct blob *value, const void *data, size_t size, X509 *cert, const EVP_MD *hash,
		   struct blob *der, struct reason *why);

/*
 * Puts the signer of @der beside those of @existing, for the time in which two keys
 * are in use.  Both must have been made with the same hash.
 */
int signature_join(const struct blob *existing, struct blob *der, struct reason *why);

/* "mixed-signers": ML-DSA beside another algorithm.  Return: REFUSED */
int signature_refuse_mixture(struct reason *why);

/* Payload, signature, struct module_signature, marker: the file as it is shipped. */
int signature_append(const void *data, size_t size, const struct blob *der,
		     struct blob *file, struct reason *why);

#endif
