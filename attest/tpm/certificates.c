// SPDX-License-Identifier: GPL-2.0-only
/* Reads files of certificates; see certificates.h. */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "certificate.h"
#include "tpm/certificates.h"

/* One thing that a file has many of; each keeps what it read.  0: none, negative: -ENOMEM. */
struct kind {
	const char *name;
	int (*from_pem)(BIO *bio, void *out);
	int (*from_der)(const unsigned char **der, long size, void *out);
};

static int keep(X509 *certificate, void *out)
{
	if (!certificate)
		return 0;
	if (sk_X509_push((STACK_OF(X509) *)out, certificate))
		return 1;
	X509_free(certificate);
	return -ENOMEM;
}

static int certificate_der(const unsigned char **der, long size, void *out)
{
	return keep(d2i_X509(NULL, der, size), out);
}

static int keep_crl(X509_CRL *crl, void *out)
{
	int ok;

	if (!crl)
		return 0;
	ok = X509_STORE_add_crl(out, crl);
	X509_CRL_free(crl);
	return ok ? 1 : -ENOMEM;
}

static int crl_pem(BIO *bio, void *out)
{
	return keep_crl(PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL), out);
}

static int crl_der(const unsigned char **der, long size, void *out)
{
	return keep_crl(d2i_X509_CRL(NULL, der, size), out);
}

static const struct kind certificate = { "certificate", NULL, certificate_der };
static const struct kind crl = { "revocation list", crl_pem, crl_der };

static int broken(const struct kind *kind, unsigned int number, char *why)
{
	if (number)
		snprintf(why, EVIDENCE_REASON, "%s %u of the file is broken", kind->name, number);
	else
		snprintf(why, EVIDENCE_REASON, "no %s", kind->name);
	return -EBADMSG;
}

/* -ENOENT: there is no PEM of this kind */
static int read_pem(const struct kind *kind, const void *data, size_t size, void *out,
		    unsigned int *count, char *why)
{
	BIO *bio = BIO_new_mem_buf(data, (int)size);
	int rc;

	if (!bio)
		return -ENOMEM;
	while ((rc = kind->from_pem(bio, out)) > 0)
		++*count;
	/* The end is that no further one begins; all else is one that cannot be read */
	if (!rc && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		rc = broken(kind, *count + 1, why);
	BIO_free(bio);
	return rc ? rc : *count ? 0 : -ENOENT;
}

static bool filled(unsigned char byte)
{
	return byte == 0 || byte == 0xff;
}

static int read_der(const struct kind *kind, const unsigned char *der, size_t size, bool stored,
		    void *out, unsigned int *count, char *why)
{
	const unsigned char *end = der + size;
	int rc = 1;

	while (der < end && rc > 0) {
		if (stored && filled(*der)) {
			der++;
			continue;
		}
		rc = kind->from_der(&der, end - der, out);
		if (rc > 0)
			++*count;
	}
	if (!rc)
		return broken(kind, *count ? *count + 1 : 0, why);
	return rc < 0 ? rc : *count || stored ? 0 : broken(kind, 0, why);
}

static int read_any(const struct kind *kind, const void *data, size_t size, void *out,
		    unsigned int *count, char *why)
{
	unsigned int found = 0;
	int rc;

	/* OpenSSL refuses to look at nothing, which is no lack of memory */
	if (!size || size > INT_MAX)
		return broken(kind, 0, why);
	ERR_clear_error();
	rc = read_pem(kind, data, size, out, &found, why);
	if (rc == -ENOENT)
		rc = read_der(kind, data, size, false, out, &found, why);
	ERR_clear_error();
	*count += found;
	return rc;
}

int certificates_read(const void *data, size_t size, STACK_OF(X509) *out,
		      char why[EVIDENCE_REASON])
{
	struct reason reason;
	int rc;

	rc = certificate_parse(data, size, out, &reason);
	if (!rc || rc == -ENOMEM)
		return rc;
	snprintf(why, EVIDENCE_REASON, "%.150s", reason.text);
	return -EBADMSG;
}

int certificates_read_crls(const void *data, size_t size, X509_STORE *out, unsigned int *count,
			   char why[EVIDENCE_REASON])
{
	return read_any(&crl, data, size, out, count, why);
}

int certificates_read_stored(const void *data, size_t size, STACK_OF(X509) *out,
			     char why[EVIDENCE_REASON])
{
	char text[EVIDENCE_REASON];
	unsigned int count = 0;
	int rc;

	rc = size > INT_MAX ? broken(&certificate, 0, text) :
	     read_der(&certificate, data, size, true, out, &count, text);
	ERR_clear_error();
	if (rc == -EBADMSG)
		snprintf(why, EVIDENCE_REASON, "the EK's chain: what follows certificate %u is none",
			 count);
	return rc;
}
