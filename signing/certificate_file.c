// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of certificates.  Such a file counts whole: what is in it and is not understood is an
 * error, since whoever put it there believes that it counts.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "certificate.h"
#include "file.h"

/* Where certificates go, and whether a kernel shall read them too */
struct reading {
	STACK_OF(X509) *out;
	bool exact;
};

/* OpenSSL reads other encodings than DER around what was signed, and writes DER. */
static bool is_exact(X509 *cert, const unsigned char *der, size_t size)
{
	unsigned char *again = NULL;
	int length = i2d_X509(cert, &again);
	bool same = length > 0 && (size_t)length == size && !memcmp(again, der, size);

	OPENSSL_free(again);
	return same;
}

static int add_der(const unsigned char *der, size_t size, int number, const struct reading *to,
		   struct reason *why)
{
	const unsigned char *at = der;
	X509 *cert = d2i_X509(NULL, &at, (long)size);
	int ret = 0;

	if (!cert)
		return reason_openssl(why, -EINVAL, "certificate-file", "certificate %d is damaged",
				      number);
	if (at != der + size)
		ret = reason_set(why, -EINVAL, "certificate-file",
				 "%zu bytes behind certificate %d", (size_t)(der + size - at), number);
	else if (to->exact && !is_exact(cert, der, size))
		ret = reason_set(why, -EINVAL, "certificate-file", "certificate %d is not in DER", number);
	/* The parser fills extensions lazily; a broken one must not count as absent. */
	else if (X509_get_extension_flags(cert) & EXFLAG_INVALID)
		ret = reason_openssl(why, -EINVAL, "certificate-file",
				     "certificate %d has a damaged extension", number);
	else if (!sk_X509_push(to->out, cert))
		ret = reason_set(why, -ENOMEM, "memory", "no memory");
	if (ret)
		X509_free(cert);
	return ret;
}

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text), wanted = strlen(end);

	return length >= wanted && !strcmp(text + length - wanted, end);
}

/*
 * A kernel build keeps key and certificate in one file (certs/signing_key.pem), so a private key
 * is skipped, and so are the parameters that go with one.  Nobody takes them for a certificate.
 */
static int add_block(const char *type, const unsigned char *der, size_t size, int number,
		     const struct reading *to, struct reason *why)
{
	if (!strcmp(type, PEM_STRING_X509) || !strcmp(type, PEM_STRING_X509_OLD))
		return add_der(der, size, number, to, why);
	if (ends_in(type, "PRIVATE KEY") || ends_in(type, " PARAMETERS"))
		return 0;
	return reason_set(why, -EINVAL, "certificate-file", "block %d is \"%.60s\", no certificate",
			  number, type);
}

static int count(const char *data, size_t size, const char *text)
{
	const char *at = data, *end = data + size;
	int found = 0;

	while ((at = memmem(at, (size_t)(end - at), text, strlen(text)))) {
		at += strlen(text);
		found++;
	}
	return found;
}

/* Text around the blocks is allowed (RFC 7468, 2); a certificate in DER is none. */
static int check_text(const unsigned char *data, size_t size, struct reason *why)
{
	for (size_t i = 0; i < size; i++)
		if ((data[i] < ' ' && !memchr("\t\n\v\f\r", data[i], 5)) || data[i] == 0x7f)
			return reason_set(why, -EINVAL, "certificate-file",
					  "the byte at offset %zu is no text", i);
	return 0;
}

/* A block with a damaged first or last line must not pass for text around the others. */
static int add_blocks(BIO *bio, int begun, int ended, const struct reading *to, struct reason *why)
{
	int ret = 0, blocks = 0;
	char *type, *header;
	unsigned char *der;
	long size;

	while (!ret && PEM_read_bio(bio, &type, &header, &der, &size)) {
		ret = add_block(type, der, (size_t)size, ++blocks, to, why);
		OPENSSL_free(type);
		OPENSSL_free(header);
		OPENSSL_clear_free(der, (size_t)size);
	}
	if (ret)
		return ret;
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE ||
	    blocks != begun || blocks != ended)
		return reason_openssl(why, -EINVAL, "certificate-file",
				      "block %d of %d is damaged", blocks + 1,
				      begun > ended ? begun : ended);
	ERR_clear_error();
	return 0;
}

static int add_pem(const void *data, size_t size, const struct reading *to, struct reason *why)
{
	int begun = count(data, size, "-----BEGIN "), ended = count(data, size, "-----END ");
	BIO *bio;
	int ret;

	ret = check_text(data, size, why);
	if (ret)
		return ret;
	bio = BIO_new_mem_buf(data, (int)size);
	if (!bio)
		return reason_set(why, -ENOMEM, "memory", "no memory");
	ERR_clear_error();
	ret = add_blocks(bio, begun, ended, to, why);
	BIO_free(bio);
	return ret;
}

static int parse(const void *data, size_t size, const struct reading *to, struct reason *why)
{
	const unsigned char *bytes = data;
	int before = sk_X509_num(to->out);
	int ret;

	/* OpenSSL refuses to look at nothing, which is no lack of memory. */
	if (!size)
		return reason_set(why, -EINVAL, "certificate-file", "no certificate");
	if (size > CERTIFICATE_FILE_MAX)
		return reason_set(why, -EINVAL, "certificate-file", "larger than %u bytes",
				  CERTIFICATE_FILE_MAX);
	/* A SEQUENCE with a length of more than one byte, which no text begins with */
	if (size > 1 && bytes[0] == 0x30 && bytes[1] > 0x80)
		ret = add_der(bytes, size, 1, to, why);
	else
		ret = add_pem(data, size, to, why);
	if (!ret && sk_X509_num(to->out) == before)
		ret = reason_set(why, -EINVAL, "certificate-file", "no certificate");
	while (ret && sk_X509_num(to->out) > before)
		X509_free(sk_X509_pop(to->out));
	return ret;
}

int certificate_parse(const void *data, size_t size, STACK_OF(X509) *out, struct reason *why)
{
	return parse(data, size, &(struct reading){ out, false }, why);
}

int certificate_load_all(const char *path, STACK_OF(X509) *out, struct reason *why)
{
	struct reason inner;
	struct blob blob;
	int ret;

	ret = file_read(path, CERTIFICATE_FILE_MAX, &blob);
	if (ret)
		return reason_set(why, ret, "certificate-file", "%s: %s", path, strerror(-ret));
	ret = parse(blob.data, blob.size, &(struct reading){ out, true }, &inner);
	blob_free(&blob);
	return ret ? reason_set(why, ret, inner.word, "%s: %s", path, inner.text) : 0;
}

int certificate_load(const char *path, X509 **out, struct reason *why)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	int ret;

	*out = NULL;
	if (!certs)
		return reason_set(why, -ENOMEM, "memory", "no memory");
	ret = certificate_load_all(path, certs, why);
	if (!ret && sk_X509_num(certs) > 1)
		ret = reason_set(why, -EINVAL, "several-certificates",
				 "%s: %d certificates, and one is meant", path, sk_X509_num(certs));
	if (!ret)
		*out = sk_X509_pop(certs);
	sk_X509_pop_free(certs, X509_free);
	return ret;
}
