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

static int broken(const char *what, unsigned int number, char *why)
{
	if (number)
		snprintf(why, EVIDENCE_REASON, "%s %u of the file is broken", what, number);
	else
		snprintf(why, EVIDENCE_REASON, "no %s", what);
	return -EBADMSG;
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

/* Takes over @list: 1, 0 if there is none, or -ENOMEM */
static int keep(X509_CRL *list, X509_STORE *out)
{
	int ok;

	if (!list)
		return 0;
	ok = X509_STORE_add_crl(out, list);
	X509_CRL_free(list);
	return ok ? 1 : -ENOMEM;
}

/* -ENOENT: there is no list in PEM */
static int read_pem(const void *data, size_t size, X509_STORE *out, unsigned int *count, char *why)
{
	BIO *bio = BIO_new_mem_buf(data, (int)size);
	int rc;

	if (!bio)
		return -ENOMEM;
	while ((rc = keep(PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL), out)) > 0)
		++*count;
	/* The end is that no further one begins; all else is one that cannot be read */
	if (!rc && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		rc = broken("revocation list", *count + 1, why);
	BIO_free(bio);
	return rc ? rc : *count ? 0 : -ENOENT;
}

static int read_der(const unsigned char *der, size_t size, X509_STORE *out, unsigned int *count,
		    char *why)
{
	const unsigned char *end = der + size;
	int rc = 1;

	while (der < end && rc > 0) {
		rc = keep(d2i_X509_CRL(NULL, &der, end - der), out);
		*count += rc > 0;
	}
	return rc > 0 ? 0 : rc ? rc : broken("revocation list", *count ? *count + 1 : 0, why);
}

int certificates_read_crls(const void *data, size_t size, X509_STORE *out, unsigned int *count,
			   char why[EVIDENCE_REASON])
{
	unsigned int found = 0;
	int rc;

	/* OpenSSL refuses to look at nothing, which is no lack of memory */
	if (!size || size > INT_MAX)
		return broken("revocation list", 0, why);
	ERR_clear_error();
	rc = read_pem(data, size, out, &found, why);
	if (rc == -ENOENT)
		rc = read_der(data, size, out, &found, why);
	ERR_clear_error();
	*count += found;
	return rc;
}

static bool filled(unsigned char byte)
{
	return byte == 0 || byte == 0xff;
}

int certificates_read_stored(const void *data, size_t size, STACK_OF(X509) *out,
			     char why[EVIDENCE_REASON])
{
	const unsigned char *der = data, *end = der + size;
	X509 *certificate = NULL;
	int count = 0;

	while (der < end) {
		if (filled(*der)) {
			der++;
			continue;
		}
		certificate = size > INT_MAX ? NULL : d2i_X509(NULL, &der, end - der);
		if (!certificate)
			break;
		if (!sk_X509_push(out, certificate)) {
			X509_free(certificate);
			return -ENOMEM;
		}
		count++;
	}
	ERR_clear_error();
	if (der == end)
		return 0;
	snprintf(why, EVIDENCE_REASON, "the EK's chain: what follows certificate %d is none", count);
	return -EBADMSG;
}
