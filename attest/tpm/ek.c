// SPDX-License-Identifier: GPL-2.0-only
/* Finds an endorsement key and its certificate; see ek.h. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "tpm/ak_public.h"
#include "tpm/ek.h"
#include "tpm/nv.h"

/* TCG EK Credential Profile, 2.2.1.5.2: certificates of authorities, one after another */
#define NV_CHAIN_FIRST	0x01c00100
#define NV_CHAIN_LAST	0x01c001ff

#define NV_MAX		4096	/* bytes of a template or a nonce */

/* --- The key ----------------------------------------------------------------------- */

/* The profile's template, or what the maker stored instead (2.2.1.4) */
static int template_of(struct tpm *tpm, const struct ek_place *place, TPM2B_PUBLIC *out)
{
	const char *why = "";
	struct blob stored;
	TPM2_HANDLE index = place->template;
	int rc;

	rc = tpm_nv_read(tpm, index, NV_MAX, &stored);
	if (rc == -ENOENT) {
		ek_template_default(place, out);
	} else {
		if (!rc)
			rc = ek_template_parse(place, &stored, out, &why);
		blob_free(&stored);
		if (rc)
			goto out;
	}
	if (!place->nonce)
		return 0;
	index = place->nonce;
	rc = tpm_nv_read(tpm, index, NV_MAX, &stored);
	if (rc == -ENOENT)
		return 0;
	if (!rc)
		rc = ek_template_set_nonce(&stored, out, &why);
	blob_free(&stored);
out:
	return *why ? tpm_fail(tpm, rc, "NV index 0x%08x %s", index, why) : rc;
}

static int make_key(struct tpm *tpm, const struct ek_place *place, struct ek *ek,
		    struct blob *public)
{
	TPM2B_PUBLIC template;
	int rc;

	rc = template_of(tpm, place, &template);
	if (!rc)
		rc = tpm_create_primary(tpm, &template, &ek->handle, public);
	ek->place = place;
	return rc;
}

void tpm_ek_close(struct tpm *tpm, struct ek *ek)
{
	if (ek->handle != ESYS_TR_NONE)
		tss()->FlushContext(tpm->esys, ek->handle);
	ek->handle = ESYS_TR_NONE;
}

/* The key of @place, if @certificate is for it: 0.  Another key: -EKEYREJECTED. */
static int certified_key(struct tpm *tpm, const struct ek_place *place, X509 *certificate,
			 struct ek *ek, struct blob *public)
{
	const char *why;
	TPM2B_PUBLIC parsed;
	int rc;

	rc = make_key(tpm, place, ek, public);
	if (!rc && !ak_public_parse(public, &parsed, &why) &&
	    ak_public_equals_certificate(&parsed, certificate))
		return 0;
	tpm_ek_close(tpm, ek);
	blob_free(public);
	return rc ? rc : -EKEYREJECTED;
}

/* --- Certificates in the TPM --------------------------------------------------------- */

/* The TPM may pad the index behind the certificate; the enrolment has what was read */
static int key_at(struct tpm *tpm, const struct ek_place *place, struct ek *ek, struct enrolment *e)
{
	const unsigned char *der;
	X509 *certificate;
	int rc;

	rc = tpm_nv_read(tpm, place->certificate, EVIDENCE_MAX_PART, &e->ek_certificate);
	if (rc)
		return rc;
	der = e->ek_certificate.data;
	certificate = d2i_X509(NULL, &der, (long)e->ek_certificate.size);
	rc = certificate ? certified_key(tpm, place, certificate, ek, &e->ek_public) :
	     tpm_fail(tpm, -EBADMSG, "NV index 0x%08x holds no certificate", place->certificate);
	if (rc == -EKEYREJECTED)
		tpm_fail(tpm, rc, "the certificate at 0x%08x is for another key than its template %s gives",
			 place->certificate, place->name);
	if (rc)
		blob_free(&e->ek_certificate);
	X509_free(certificate);
	ERR_clear_error();
	return rc;
}

/* Is there anything at an index that nobody asked for? */
static const struct ek_place *other_place(struct tpm *tpm, unsigned int kinds)
{
	TPM2_HANDLE index;
	size_t n;

	for (size_t i = 0; i < EK_PLACES; i++)
		if (!(kinds & EK_KIND_BIT(ek_places[i].kind)) &&
		    !tpm_nv_list(tpm, ek_places[i].certificate, ek_places[i].certificate, &index, 1,
				 &n) && n)
			return &ek_places[i];
	return NULL;
}

static int none_found(struct tpm *tpm, unsigned int kinds)
{
	const struct ek_place *other = other_place(tpm, kinds);

	if (!other)
		return tpm_fail(tpm, -ENOENT, "the TPM holds no EK certificate");
	return tpm_fail(tpm, -ENOENT, "the TPM holds no EK certificate of this --ek-type; it has %s at 0x%08x",
			ek_kind_name(other->kind), other->certificate);
}

static int add_to_chain(struct enrolment *e, const unsigned char *data, size_t size)
{
	unsigned char *more;

	if (size > EVIDENCE_MAX_CHAIN - e->ek_chain.size)
		return -EFBIG;
	more = realloc(e->ek_chain.data, e->ek_chain.size + size);
	if (!more)
		return -ENOMEM;
	memcpy(more + e->ek_chain.size, data, size);
	e->ek_chain.data = more;
	e->ek_chain.size += size;
	return 0;
}

/*
 * What cannot be read is left out: the verifier, which trusts none of these
 * certificates by itself, says which authority is missing.
 */
static int read_chain(struct tpm *tpm, struct enrolment *e)
{
	TPM2_HANDLE index[NV_CHAIN_LAST - NV_CHAIN_FIRST + 1];
	struct blob part;
	size_t n;
	int rc;

	rc = tpm_nv_list(tpm, NV_CHAIN_FIRST, NV_CHAIN_LAST, index, sizeof(index) / sizeof(*index),
			 &n);
	for (size_t i = 0; !rc && i < n; i++) {
		rc = tpm_nv_read(tpm, index[i], EVIDENCE_MAX_CHAIN, &part);
		if (!rc)
			rc = add_to_chain(e, part.data, part.size);
		blob_free(&part);
		if (rc == -ENOENT || rc == -EACCES)
			rc = 0;
		if (rc == -EFBIG)
			tpm_fail(tpm, rc, "the EK certificate's chain has more than %u bytes",
				 EVIDENCE_MAX_CHAIN);
	}
	return rc;
}

static int from_tpm(struct tpm *tpm, unsigned int kinds, struct ek *ek, struct enrolment *e)
{
	char first[EVIDENCE_REASON] = "";
	int rc, failed = 0;

	for (size_t i = 0; i < EK_PLACES; i++) {
		if (!(kinds & EK_KIND_BIT(ek_places[i].kind)))
			continue;
		rc = key_at(tpm, &ek_places[i], ek, e);
		if (!rc)
			return read_chain(tpm, e);
		if (rc == -ENOMEM)
			return rc;
		/* An index that is of no use does not hide the next one */
		if (rc != -ENOENT && !failed) {
			failed = rc;
			memcpy(first, tpm->error, sizeof(first));
		}
	}
	return failed ? tpm_fail(tpm, failed, "%s", first) : none_found(tpm, kinds);
}

/* --- A certificate from a file --------------------------------------------------------- */

static int keep_certificate(struct enrolment *e, X509 *certificate)
{
	unsigned char *der = NULL;
	int n = i2d_X509(certificate, &der), rc;

	if (n <= 0)
		return -ENOMEM;
	if (n > EVIDENCE_MAX_PART) {
		rc = -EFBIG;
	} else if (e->ek_certificate.size) {
		rc = add_to_chain(e, der, (size_t)n);
	} else {
		e->ek_certificate.data = malloc((size_t)n);
		rc = e->ek_certificate.data ? 0 : -ENOMEM;
		if (!rc) {
			memcpy(e->ek_certificate.data, der, (size_t)n);
			e->ek_certificate.size = (size_t)n;
		}
	}
	OPENSSL_free(der);
	return rc;
}

/* The EK's comes first; @first is it */
static int parse_file(const struct blob *b, struct enrolment *e, X509 **first)
{
	BIO *bio = BIO_new_mem_buf(b->data, (int)b->size);
	const unsigned char *der = b->data;
	X509 *certificate;
	int rc = bio ? 0 : -ENOMEM;

	*first = NULL;
	while (!rc && (certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		rc = keep_certificate(e, certificate);
		if (*first)
			X509_free(certificate);
		else
			*first = certificate;
	}
	BIO_free(bio);
	if (!rc && !*first) {
		*first = d2i_X509(NULL, &der, (long)b->size);
		rc = *first ? keep_certificate(e, *first) : -EBADMSG;
	}
	ERR_clear_error();
	return rc;
}

/* The certificate tells the kind of the key, but not whether its template is low or high */
static int from_file(struct tpm *tpm, const struct ek_source *source, struct ek *ek,
		     struct enrolment *e)
{
	X509 *certificate = NULL;
	struct blob b;
	int rc, kind;

	rc = file_read(source->certificate, EVIDENCE_MAX_CHAIN, &b);
	if (!rc && !b.size)
		rc = -EBADMSG;
	if (!rc)
		rc = parse_file(&b, e, &certificate);
	blob_free(&b);
	if (rc) {
		X509_free(certificate);
		return tpm_fail(tpm, rc, "%.100s: %s", source->certificate,
				rc == -EBADMSG ? "no certificate" : strerror(-rc));
	}
	kind = ek_kind_of(certificate);
	rc = -EKEYREJECTED;
	for (size_t i = 0; rc == -EKEYREJECTED && i < EK_PLACES; i++)
		if ((int)ek_places[i].kind == kind && source->kinds & EK_KIND_BIT(kind))
			rc = certified_key(tpm, &ek_places[i], certificate, ek, &e->ek_public);
	X509_free(certificate);
	if (rc == -EKEYREJECTED)
		tpm_fail(tpm, rc, "%.100s: this TPM makes no EK that the certificate is for",
			 source->certificate);
	return rc;
}

/* --- All ---------------------------------------------------------------------------------- */

static int first_key(struct tpm *tpm, unsigned int kinds, struct ek *ek, struct enrolment *e)
{
	for (size_t i = 0; i < EK_PLACES; i++)
		if (kinds & EK_KIND_BIT(ek_places[i].kind))
			return make_key(tpm, &ek_places[i], ek, &e->ek_public);
	return tpm_fail(tpm, -EINVAL, "no kind of EK");
}

int tpm_ek_open(struct tpm *tpm, const struct ek_source *source, struct ek *ek,
		struct enrolment *e)
{
	ek->handle = ESYS_TR_NONE;
	if (source->certificate)
		return from_file(tpm, source, ek, e);
	if (source->without)
		return first_key(tpm, source->kinds, ek, e);
	return from_tpm(tpm, source->kinds, ek, e);
}
