/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What host and verifier exchange as JSON: enrolment, challenge, response, the verifier's
 * host identity and challenge secret, and of evidence all but the logs (container.h).
 *
 * Reading is strict: an unknown key, a duplicate key, a missing key, a wrong
 * type or base64 that is not canonical makes the whole file unusable.
 */
#ifndef CARETAKER_EVIDENCE_JSON_H
#define CARETAKER_EVIDENCE_JSON_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "file.h"
#include "pcr.h"

#define EVIDENCE_VERSION	2
#define ENROLMENT_VERSION	1		/* of all other files */
#define EVIDENCE_MAX_FILE	(96u << 20)	/* bytes of any of these files */
#define ENROLMENT_MAX_FILE	(192u << 10)	/* bytes of a file of an enrolment: all its parts in base64 */
#define EVIDENCE_MAX_USERSPACE	(4u << 20)	/* bytes of user space's log */
#define EVIDENCE_NONCE_MIN	16		/* bytes */
#define EVIDENCE_NONCE_MAX	64
#define EVIDENCE_MAX_PART	16384		/* bytes of a certificate or a TPM structure */
#define EVIDENCE_MAX_CHAIN	65536		/* bytes of an EK certificate's chain */
#define EVIDENCE_SECRET_SIZE	32		/* bytes of a challenge's secret */
#define EVIDENCE_REASON		160		/* bytes of an explanation */

/*
 * Signed by the TPM, or bound to what is: the first six.  The rest is hearsay.  The logs are
 * not in its JSON; IMA's, which may be long, is not here at all.
 */
struct evidence {
	struct blob attest;	/* TPMS_ATTEST */
	struct blob signature;	/* TPMT_SIGNATURE */
	struct blob ak_public;	/* TPM2B_PUBLIC */
	struct blob uefi_log;
	struct blob userspace_log;	/* systemd's; empty where there is none */
	struct pcr_set pcrs;	/* values that were quoted, as the host says */

	/* Unauthenticated: what the host says of itself */
	char kernel_release[128];
	char boot_id[64];
	char command_line[4096];
	int64_t collected;	/* seconds since 1970, host's clock */
};

struct enrolment {
	struct blob ek_certificate;	/* DER; empty: the verifier must know the EK */
	struct blob ek_chain;		/* authorities between, DER one after another; may be empty */
	struct blob ek_public;		/* TPM2B_PUBLIC */
	struct blob ak_public;		/* TPM2B_PUBLIC */
};

struct challenge {
	struct blob credential;		/* TPM2B_ID_OBJECT */
	struct blob secret;		/* TPM2B_ENCRYPTED_SECRET */
};

/* Why the verifier believes that the EK is that of a real TPM */
enum vouched {
	VOUCHED_CERTIFICATE,		/* its certificate leads to a trusted authority */
	VOUCHED_EXPIRED,		/* so it did, but it had expired, and the operator allowed that */
	VOUCHED_LIST,			/* the operator's list has the key */
};

/* The word of the JSON files */
const char *vouched_word(enum vouched vouched);

/* What the verifier keeps between challenge and finish; mode 0600 */
struct challenge_secret {
	unsigned char secret[EVIDENCE_SECRET_SIZE];
	unsigned char binding[32];	/* SHA-256 over the enrolment that was checked */
	enum vouched vouched;
	int64_t issued;
};

struct response {
	unsigned char proof[32];	/* HMAC-SHA256, see ak_credential.h */
};

struct host_identity {
	unsigned char ek_digest[32];	/* SHA-256 of the EK's SubjectPublicKeyInfo: tpm/ek_digest.h */
	struct blob ak_public;
	enum vouched vouched;
	int64_t enrolled;
};

/*
 * All readers: 0, -EBADMSG with @why filled (it names the key, never its
 * value), or -ENOMEM.  On error the struct is empty and needs no freeing.
 */
int evidence_parse(const void *data, size_t size, struct evidence *out,
		   char why[EVIDENCE_REASON]);
int enrolment_parse(const void *data, size_t size, struct enrolment *out,
		    char why[EVIDENCE_REASON]);
int challenge_parse(const void *data, size_t size, struct challenge *out,
		    char why[EVIDENCE_REASON]);
int challenge_secret_parse(const void *data, size_t size, struct challenge_secret *out,
			   char why[EVIDENCE_REASON]);
int response_parse(const void *data, size_t size, struct response *out,
		   char why[EVIDENCE_REASON]);
int host_identity_parse(const void *data, size_t size, struct host_identity *out,
			char why[EVIDENCE_REASON]);

/* All writers: a new object, or NULL when memory is short */
json_t *evidence_json(const struct evidence *e);
json_t *enrolment_json(const struct enrolment *e);
json_t *challenge_json(const struct challenge *c);
json_t *challenge_secret_json(const struct challenge_secret *s);
json_t *response_json(const struct response *r);
json_t *host_identity_json(const struct host_identity *h);

void evidence_free(struct evidence *e);
void enrolment_free(struct enrolment *e);
void challenge_free(struct challenge *c);
void host_identity_free(struct host_identity *h);

/* SHA-256 over all of an enrolment, each part preceded by its length */
int enrolment_binding(const struct enrolment *e, unsigned char digest[32]);

#endif
