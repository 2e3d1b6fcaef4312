/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a TPM keeps the certificates of its endorsement keys, and from which
 * templates the keys come: TCG EK Credential Profile 2.5, 2.2.1.4 (indices of the
 * low and the high range) and annex B (templates L-1, L-2, H-1 to H-7; not H-5, SM2).
 */
#ifndef CARETAKER_EK_TEMPLATE_H
#define CARETAKER_EK_TEMPLATE_H

#include <stdbool.h>

#include <openssl/x509.h>
#include <tss2/tss2_tpm2_types.h>

#include "file.h"

enum ek_kind { EK_RSA2048, EK_RSA3072, EK_RSA4096, EK_P256, EK_P384, EK_P521, EK_KINDS };

#define EK_KIND_BIT(kind)	(1U << (kind))
#define EK_ALL_KINDS		((1U << EK_KINDS) - 1)

/**
 * struct ek_place - one endorsement key of the profile
 * @name:	of its template
 * @kind:	algorithm and size
 * @certificate, @template: NV indices
 * @nonce:	NV index of what goes into the template's unique field; 0: none (high range)
 */
struct ek_place {
	const char *name;
	enum ek_kind kind;
	TPM2_HANDLE certificate, template, nonce;
};

#define EK_PLACES	8

/* In the order of the indices, which is the order in which they are looked at */
extern const struct ek_place ek_places[EK_PLACES];

const char *ek_kind_name(enum ek_kind kind);

/*
 * "rsa" and "ecc" are all sizes of it, "rsa3072", "p384" … one.  @kinds: a bit each.
 * Return: 0 or -EINVAL.
 */
int ek_kinds_parse(const char *word, unsigned int *kinds);

/* The kind of a certificate's key, or -1 */
int ek_kind_of(X509 *certificate);

/* The profile's own template of @place */
void ek_template_default(const struct ek_place *place, TPM2B_PUBLIC *out);

/*
 * A template that the maker stored: TPMT_PUBLIC, of @place's kind.
 * Return: 0 or -EBADMSG with @why.
 */
int ek_template_parse(const struct ek_place *place, const struct blob *stored, TPM2B_PUBLIC *out,
		      const char **why);

/*
 * The maker's nonce goes to the front of the unique field, zeros behind it.
 * Return: 0 or -EBADMSG with @why.
 */
int ek_template_set_nonce(const struct blob *nonce, TPM2B_PUBLIC *out, const char **why);

#endif
