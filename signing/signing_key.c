// SPDX-License-Identifier: GPL-2.0-only
/*
 * A key with its certificate, ready to sign.
 */
#include <errno.h>

#include "certificate.h"
#include "file.h"
#include "mldsa.h"
#include "signature.h"
#include "signing_key.h"
#include "tpm_key.h"

int signing_key_certificate(const char *cert, const struct key_source *source, X509 **out,
			    struct reason *why)
{
	*out = NULL;
	if (!cert)
		return 0;
	if (token_is_uri(cert))
		return token_find_certificate(cert, source, out, why);
	return certificate_load(cert, out, why);
}

/* Before anybody is asked for a passphrase or a PIN, if that can be */
static int check_place(const struct signing_key *out, const char *key, struct reason *why)
{
	if (!out->cert || !mldsa_of_certificate(out->cert))
		return 0;
	if (file_is_key_uri(key) || out->private.tpm)
		return reason_set(why, REFUSED, "ml-dsa-token", "%s: a key of ML-DSA is taken from a file alone, not from "
				  "a token or a TPM", key);
	return mldsa_check_library(why);
}

int signing_key_open(const char *key, const struct key_source *source, struct signing_key *out,
		     struct reason *why)
{
	int ret;

	ret = check_place(out, key, why);
	if (!ret)
		ret = private_key_load(key, source, &out->cert, &out->private, why);
	/* What a token has beside the key */
	if (!ret)
		ret = check_place(out, key, why);
	if (!ret && !out->cert)
		ret = reason_set(why, -EINVAL, "certificate-missing", "%s: holds no certificate; "
				 "use --cert", key);
	return ret ? ret : certificate_check_signer(out->cert, out->private.key, why);
}

int signing_key_load(const char *key, const char *cert, const struct key_source *source,
		     struct signing_key *out, struct reason *why)
{
	int ret;

	*out = (struct signing_key){ 0 };
	ret = signing_key_certificate(cert, source, &out->cert, why);
	return ret ? ret : signing_key_open(key, source, out, why);
}

static int sign_by_tpm(const struct signing_key *key, const void *data, size_t size,
		       const EVP_MD *hash, struct blob *der, struct reason *why)
{
	struct blob value;
	int ret = tpm_key_sign(&key->private, data, size, hash, &value, why);

	if (ret)
		return ret;
	ret = signature_wrap(&value, data, size, key->cert, hash, der, why);
	blob_free(&value);
	return ret;
}

int signing_key_sign(const struct signing_key *key, const void *data, size_t size,
		     const EVP_MD *hash, struct blob *der, struct reason *why)
{
	int ret = key->private.tpm ? sign_by_tpm(key, data, size, hash, der, why) :
		  signature_make(data, size, key->cert, key->private.key, hash, der, why);

	if (!ret)
		private_key_signed(&key->private);
	return ret < 0 ? private_key_explain(&key->private, ret, why) : ret;
}

int signing_key_raw(const struct signing_key *key, const void *data, size_t size,
		    const EVP_MD *hash, struct blob *out, struct reason *why)
{
	int ret = key->private.tpm ? tpm_key_sign(&key->private, data, size, hash, out, why) :
		  signature_raw(data, size, key->private.key, hash, out, why);

	if (!ret)
		private_key_signed(&key->private);
	return ret < 0 ? private_key_explain(&key->private, ret, why) : ret;
}

void signing_key_free(struct signing_key *key)
{
	private_key_free(&key->private);
	X509_free(key->cert);
	*key = (struct signing_key){ 0 };
}
