// SPDX-License-Identifier: GPL-2.0-only
/*
 * Certificates and signatures, against the kernel's own parsers (tests/oracle): a certificate
 * whose form we take is one that a keyring takes, and what `verify` calls valid the kernel loads.
 *
 * The input is two trusted certificates, each behind its length in two bytes, and a signature.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "certificate_form.h"
#include "oracle.h"
#include "verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) do { if (!(condition)) abort(); } while (0)
#define SIGNED "x"	/* what the seeds have signed */

static struct oracle_bytes cut(const uint8_t **data, size_t *size)
{
	struct oracle_bytes out = { *data, 0 };

	if (*size < 2)
		return out;
	out.size = (size_t)(*data)[0] << 8 | (*data)[1];
	*data += 2;
	*size -= 2;
	if (out.size > *size)
		out.size = *size;
	out.data = *data;
	*data += out.size;
	*size -= out.size;
	return out;
}

/* As a file of it is read: exactly what it encodes to, or not at all */
static X509 *read_certificate(const struct oracle_bytes *der)
{
	const unsigned char *at = der->data;
	X509 *cert = d2i_X509(NULL, &at, (long)der->size);
	unsigned char *again = NULL;
	int size = cert ? i2d_X509(cert, &again) : 0;

	if (size <= 0 || (size_t)size != der->size || memcmp(again, der->data, der->size)) {
		X509_free(cert);
		cert = NULL;
	}
	OPENSSL_free(again);
	return cert;
}

static void check_certificate(X509 *cert, const struct oracle_bytes *der)
{
	struct reason why = { 0 };
	int ret = certificate_check_form(cert, &why);

	/* Run by itself, where OpenSSL has no ML-DSA, it cannot tell. */
	MUST(!ret || (ret == REFUSED && *why.word && *why.text) || !strcmp(why.word, "ml-dsa-missing"));
	MUST(ret || !oracle_certificate(der->data, der->size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	struct oracle_bytes trusted[2], der;
	struct reason why = { 0 };
	size_t count = 0;
	X509 *cert;

	for (int i = 0; i < 2; i++) {
		der = cut(&data, &size);
		cert = read_certificate(&der);
		if (!cert)
			continue;
		check_certificate(cert, &der);
		MUST(sk_X509_push(certs, cert));
		trusted[count++] = der;
	}
	if (!verify_detached(SIGNED, sizeof(SIGNED) - 1, data, size, certs, &cert, &why))
		MUST(!oracle_loads(SIGNED, sizeof(SIGNED) - 1, data, size, trusted, count));
	sk_X509_pop_free(certs, X509_free);
	return 0;
}
