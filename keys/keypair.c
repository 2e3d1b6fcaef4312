// SPDX-License-Identifier: GPL-2.0-only
/*
 * New keys for signing payloads, and their certificates.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "certificate.h"
#include "certificate_form.h"
#include "keypair.h"
#include "mldsa.h"
#include "pkcs11_reason.h"

static EVP_PKEY *make_key(const char *type)
{
	if (mldsa_of_type(type))
		return EVP_PKEY_Q_keygen(NULL, NULL, mldsa_of_type(type));
	if (!strcmp(type, "rsa2048"))
		return EVP_RSA_gen(2048);
	if (!strcmp(type, "rsa3072"))
		return EVP_RSA_gen(3072);
	if (!strcmp(type, "rsa4096"))
		return EVP_RSA_gen(4096);
	if (!strcmp(type, "p256"))
		return EVP_EC_gen("P-256");
	return EVP_EC_gen(strcmp(type, "p384") ? "P-521" : "P-384");
}

bool keypair_known_type(const char *type)
{
	static const char * const types[] = { "rsa2048", "rsa3072", "rsa4096", "p256", "p384", "p521" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(type, types[i]))
			return true;
	return mldsa_of_type(type);
}

const EVP_MD *keypair_hash(EVP_PKEY *key)
{
	if (mldsa_of_key(key))
		return NULL;
	return EVP_PKEY_get_bits(key) == 384 ? EVP_sha384() : EVP_sha256();
}

int keypair_parse_days(const char *text, int *days)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || *end || value < 1 || value > 36500)
		return -EINVAL;
	*days = value;
	return 0;
}

/* 159 random bits: positive and at most 20 bytes (RFC 5280, 4.1.2.2) */
static int set_serial(X509 *cert)
{
	BIGNUM *number = BN_new();
	int ok = number && BN_rand(number, 159, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
		 BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));

	BN_free(number);
	return ok;
}

static int add_extension(X509 *cert, X509V3_CTX *context, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, context, nid, value);
	int ok = extension && X509_add_ext(cert, extension, -1);

	X509_EXTENSION_free(extension);
	return ok;
}

/* The subject key id comes first: a self-signed one refers to its own. */
static int add_extensions(X509 *cert, X509 *issuer, int ca)
{
	X509V3_CTX context;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
	if (!add_extension(cert, &context, NID_basic_constraints,
			   ca ? "critical,CA:TRUE" : "critical,CA:FALSE") ||
	    !add_extension(cert, &context, NID_key_usage,
			   ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature") ||
	    !add_extension(cert, &context, NID_subject_key_identifier, "hash") ||
	    !add_extension(cert, &context, NID_authority_key_identifier, "keyid:always"))
		return 0;
	return ca || add_extension(cert, &context, NID_ext_key_usage, "codeSigning");
}

static int set_name(X509 *cert, const struct keypair_request *request)
{
	X509_NAME *name = X509_get_subject_name(cert);

	if (request->subject)
		return X509_set_subject_name(cert, request->subject);
	return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
					  (const unsigned char *)request->cn, -1, -1, 0);
}

/* @key is the certificate's, @own the private one, where nobody else signs */
static int fill(X509 *cert, const struct keypair_request *request, EVP_PKEY *key, EVP_PKEY *own)
{
	X509 *issuer = request->ca_cert ? request->ca_cert : cert;
	EVP_PKEY *signer = request->ca_key ? request->ca_key : own;

	return X509_set_version(cert, X509_VERSION_3) && set_serial(cert) &&
	       set_name(cert, request) &&
	       X509_set_issuer_name(cert, X509_get_subject_name(issuer)) &&
	       X509_gmtime_adj(X509_getm_notBefore(cert), 0) &&
	       X509_time_adj_ex(X509_getm_notAfter(cert), request->days, 0, NULL) &&
	       X509_set_pubkey(cert, key) && add_extensions(cert, issuer, request->ca) &&
	       X509_sign(cert, signer, keypair_hash(signer));
}

static int check_issuer(const struct keypair_request *request, struct reason *why)
{
	if (!request->ca_cert != !request->ca_key)
		return reason_set(why, -EINVAL, "ca", "a CA is a key and a certificate");
	if (!request->ca_cert)
		return 0;
	if (X509_check_private_key(request->ca_cert, request->ca_key) != 1)
		return reason_openssl(why, REFUSED, "key-mismatch",
				      "the CA's certificate belongs to another key");
	if (X509_check_ca(request->ca_cert) != 1)
		return reason_set(why, REFUSED, "certificate-usage",
				  "the CA's certificate may not sign certificates");
	if (X509_cmp_current_time(X509_get0_notAfter(request->ca_cert)) <= 0)
		return reason_set(why, REFUSED, "certificate-expired",
				  "the CA's certificate has expired");
	return certificate_check_key(request->ca_key, why);
}

/*
 * What a CA brings into it, a name that is empty, may be nothing for the kernel.  OpenSSL remembers what it
 * has looked at once, so a copy is looked at: @cert may be changed and signed again.
 */
static int check_made(X509 *cert, struct reason *why)
{
	X509 *again = X509_dup(cert);
	int ret;

	ret = again ? certificate_check_form(again, why) :
	      reason_openssl(why, -ENOMEM, "memory", "no memory");
	X509_free(again);
	return ret;
}

int keypair_certify(const struct keypair_request *request, EVP_PKEY *key, EVP_PKEY *own, X509 **cert,
		    struct reason *why)
{
	int ret;

	*cert = NULL;
	ret = check_issuer(request, why);
	if (!ret)
		ret = certificate_check_key(key, why);
	if (ret)
		return ret;
	*cert = X509_new();
	if (!*cert || !fill(*cert, request, key, own))
		ret = pkcs11_reason_openssl(why, -EIO, "key-make",
					    "cannot make the key or its certificate");
	else
		ret = check_made(*cert, why);
	/* A token may sign wrong. */
	if (!ret && X509_verify(*cert, request->ca_cert ? X509_get0_pubkey(request->ca_cert) : key) != 1)
		ret = reason_openssl(why, REFUSED, "bad-signature", "the certificate is not what its issuer signed");
	if (!ret)
		return 0;
	X509_free(*cert);
	*cert = NULL;
	return ret;
}

int keypair_make(const struct keypair_request *request, EVP_PKEY **key, X509 **cert,
		 struct reason *why)
{
	int ret;

	*key = NULL;
	*cert = NULL;
	if (!keypair_known_type(request->type))
		return reason_set(why, -EINVAL, "key-type",
				  "%s: not rsa2048, rsa3072, rsa4096, p256, p384, p521, mldsa44, mldsa65 or mldsa87",
				  request->type);
	ret = mldsa_of_type(request->type) ? mldsa_check_library(why) : 0;
	if (!ret)
		ret = check_issuer(request, why);
	if (ret)
		return ret;
	*key = make_key(request->type);
	ret = *key ? keypair_certify(request, *key, *key, cert, why) :
	      reason_openssl(why, -EIO, "key-make", "cannot make the key or its certificate");
	if (!ret)
		return 0;
	EVP_PKEY_free(*key);
	*key = NULL;
	return ret;
}

/* Takes over @bio.  Its memory is cleared when it goes, the copy by blob_free(). */
static int to_blob(BIO *bio, int written, struct blob *pem, struct reason *why)
{
	char *data = NULL;
	long size = written ? BIO_get_mem_data(bio, &data) : 0;
	int ret = 0;

	*pem = (struct blob){ 0 };
	if (size > 0)
		pem->data = malloc(size);
	if (pem->data)
		memcpy(pem->data, data, pem->size = size);
	else
		ret = reason_openssl(why, -ENOMEM, "key-encode", "cannot encode");
	BIO_free(bio);
	return ret;
}

int keypair_encode_key(EVP_PKEY *key, const char *passphrase, struct blob *pem,
		       struct reason *why)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	int written;

	written = bio && PEM_write_bio_PKCS8PrivateKey(bio, key,
						       passphrase ? EVP_aes_256_cbc() : NULL,
						       passphrase,
						       passphrase ? strlen(passphrase) : 0,
						       NULL, NULL);
	return to_blob(bio, written, pem, why);
}

int keypair_encode_cert(X509 *cert, struct blob *pem, struct reason *why)
{
	BIO *bio = BIO_new(BIO_s_mem());

	return to_blob(bio, bio && PEM_write_bio_X509(bio, cert), pem, why);
}

int keypair_encode_request(X509_REQ *request, struct blob *pem, struct reason *why)
{
	BIO *bio = BIO_new(BIO_s_mem());

	return to_blob(bio, bio && PEM_write_bio_X509_REQ(bio, request), pem, why);
}
