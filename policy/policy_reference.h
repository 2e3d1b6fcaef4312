/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reference values: which payloads, signers, kernels and firmware a verifier
 * knows.  Compiled by `caretaker policy reference`, read by `caretaker attest`.
 */
#ifndef CARETAKER_POLICY_REFERENCE_H
#define CARETAKER_POLICY_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>
#include <openssl/x509.h>

#include "pcr.h"
#include "policy_rules.h"

/* A digest in each algorithm that a host may use; size 0 where there is none */
struct policy_digests {
	struct policy_digest of[PCR_BANKS];
};

struct policy_payload {
	char name[32];
	char version[32];
	uint32_t svn;
	struct policy_digests digest;	/* over the signed bytes */
	bool verified;			/* the compiler knew its signer; for people */
};

struct policy_boot {
	bool kernel;			/* else a loader before it */
	char description[128];
	struct policy_digests digest;	/* Authenticode */
	struct policy_digest file;	/* SHA-256 of the whole file, as kexec loads it; size 0: not known */
	bool inner;			/* counts only right behind the application that starts it ... */
	struct policy_digests image;	/* ... whose digest is this */
};

/* Who may have signed a payload */
struct policy_signer {
	struct policy_digest id;	/* subject key identifier: whoever makes a certificate chooses it */
	struct policy_digest key;	/* SHA-256 of the public key, which then decides; size 0: not known */
};

struct policy_pcr {
	enum pcr_bank bank;
	unsigned int pcr;
	struct policy_digest *allowed;
	size_t count;
};

struct policy_reference {
	struct policy_payload *payload;
	size_t payloads;
	struct policy_signer *signer;
	size_t signers;
	struct policy_boot *boot;
	size_t boots;
	struct policy_pcr *pcr;		/* registers that may have certain values only */
	size_t pcrs;
	struct policy_digest *ima_policy; /* SHA-256 of measured policies; empty: any that lints */
	size_t ima_policies;
};

int policy_reference_parse(const void *data, size_t size, struct policy_reference *out,
			   char why[POLICY_REASON]);
void policy_reference_free(struct policy_reference *ref);

const struct policy_payload *policy_reference_payload(const struct policy_reference *ref,
						      enum pcr_bank alg,
						      const unsigned char *digest, size_t size);
/*
 * The entry for an EFI application, as a kernel if there is one that fits, or NULL. @before: digest
 * of the one that started it, of the same @size, or NULL
 */
const struct policy_boot *policy_reference_boot(const struct policy_reference *ref,
						enum pcr_bank alg, const unsigned char *before,
						const unsigned char *digest, size_t size);

/* The kernel whose whole file has this SHA-256, or NULL */
const struct policy_boot *policy_reference_file(const struct policy_reference *ref,
						const unsigned char digest[32]);
/* Is a signer with this key (32 bytes) or, where no key is listed, this identifier there? */
bool policy_reference_signer(const struct policy_reference *ref, const unsigned char *key,
			     const unsigned char *id, size_t id_size);

/* --- Compiling: an object that grows ---------------------------------------- */

json_t *policy_reference_new(void);

/*
 * The payload must parse with the kernel's parser.  With @signers one of them must have signed
 * it, as verify_payload() says.  Without (NULL, or empty) it may be unsigned, or signed by
 * anybody if the signature is not broken by itself.  @signature, which the object
 * gets as well: "verified", "unverified" or "unsigned".  -EBADMSG with @why, as
 * -ENOPKG has for a key of ML-DSA that OpenSSL does not know.
 */
int policy_reference_add_payload(json_t *ref, const void *data, size_t size,
				 STACK_OF(X509) *signers, const char **signature,
				 char why[POLICY_REASON]);
/* PE image; its Authenticode digests, that of the file, and of a unified kernel image those of the kernel in it */
int policy_reference_add_boot(json_t *ref, bool kernel, const char *description,
			      const void *data, size_t size, char why[POLICY_REASON]);
/* Of an EFI application: "sha256:HEX" (or sha384, sha512), the digest that firmware measures. -EBADMSG with @why. */
int policy_reference_add_digest(json_t *ref, bool kernel, const char *text, char why[POLICY_REASON]);
/*
 * The same in several banks. @image: of the application behind which alone it counts; NULL: it
 * counts wherever it runs
 */
int policy_reference_add_boot_digests(json_t *ref, bool kernel, const char *description,
				      const struct policy_digests *digests,
				      const struct policy_digests *image);
/* PCR @pcr of @bank may have this value */
int policy_reference_add_pcr(json_t *ref, enum pcr_bank bank, unsigned int pcr, const unsigned char *value);
/* SHA-256 of a measured IMA policy */
int policy_reference_add_ima_policy(json_t *ref, const unsigned char digest[32]);
/* Appends unless an equal value is there already; takes the reference. 0 or -ENOMEM. */
int policy_reference_append(json_t *array, json_t *value);

struct public_keys;

/*
 * Adds the reference values that a release manifest (../signing/release.h) carries, of which one of @keys
 * must have signed the envelope.  -EBADMSG with @why if it does not hold, or its values do not.
 */
int policy_reference_add_release(json_t *ref, const void *data, size_t size,
				 const struct public_keys *keys, char why[POLICY_REASON]);

/*
 * Adds what a golden host's evidence, in the file @path, shows. @pins: bit n: PCR n may have
 * its value only. -EBADMSG with @why if the evidence does not hold or has a reason against
 * it; -ENOMEM; or why the file cannot be read.
 */
typedef int (*policy_from_evidence)(json_t *ref, const char *path, uint32_t pins,
				    char why[POLICY_REASON]);

/* The verb "policy"; evidence is read by a room above this one */
int policy_verb(int argc, char **argv, policy_from_evidence from_evidence);

/* All certificates of a file, or none if one does not fit; key identifiers, and digests of keys */
int policy_reference_add_signer(json_t *ref, const void *data, size_t size,
				char why[POLICY_REASON]);

#endif
