// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker sign --ima: the signature that IMA appraises.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "ima_signature.h"
#include "sign_ima.h"
#include "signature_foreign.h"

int sign_ima_path(const struct sign_request *request, const char *out, char **path)
{
	*path = NULL;
	if (request->ima == SIGN_IMA_FILE && asprintf(path, "%s" IMA_SUFFIX, out) < 0) {
		*path = NULL;
		return -ENOMEM;
	}
	return 0;
}

static int read_attribute(const char *path, struct blob *out)
{
	ssize_t size;

	*out = (struct blob){ calloc(1, IMA_MAX), 0 };
	size = out->data ? getxattr(path, IMA_ATTRIBUTE, out->data, IMA_MAX) : -1;
	if (size < 0) {
		blob_free(out);
		return -ENODATA;
	}
	out->size = (size_t)size;
	return 0;
}

bool sign_ima_there(const struct sign_request *request, X509 *cert, const char *in, const char *out,
		    const struct blob *file, struct blob *signature)
{
	struct reason unused;
	char *path;
	int ret;

	*signature = (struct blob){ 0 };
	if (!request->idempotent || !cert || sign_ima_path(request, out, &path))
		return false;
	ret = path ? file_read(path, IMA_MAX, signature) : read_attribute(in, signature);
	free(path);
	if (!ret)
		ret = ima_signature_check(signature, cert, file, &unused);
	if (ret)
		blob_free(signature);
	return !ret;
}

static int sign_elsewhere(const struct sign_request *request, X509 *cert, const struct blob *file,
			  const EVP_MD *hash, struct blob *der, struct reason *why)
{
	struct blob value;
	int ret;

	ret = signature_external(request->external, file->data, file->size, hash, &value, why);
	if (ret)
		return ret;
	ret = signature_take(&value, file->data, file->size, cert, hash, der, why);
	blob_free(&value);
	return ret;
}

int sign_ima(const struct sign_request *request, const struct payload *payload,
	     const struct signing_key *key, const struct blob *file, struct blob *signature,
	     struct reason *why)
{
	struct blob der = { 0 };
	struct sign_how how;
	const EVP_MD *hash;
	int ret;

	*signature = (struct blob){ 0 };
	ret = sign_choose(request, payload, key->cert, &how, why);
	hash = how.hash;
	if (!ret && how.attributes)
		ret = reason_set(why, REFUSED, "ml-dsa-ima", "IMA takes no signature of ML-DSA in security.ima: "
				 "sign with RSA or ECDSA, or have it appraise the payload's own (modsig)");
	if (!ret && request->key)
		ret = signing_key_sign(key, file->data, file->size, hash, &der, why);
	else if (!ret)
		ret = sign_elsewhere(request, key->cert, file, hash, &der, why);
	if (!ret)
		ret = ima_signature_make(&der, key->cert, hash, signature, why);
	if (!ret)
		ret = ima_signature_check(signature, key->cert, file, why);
	blob_free(&der);
	if (ret)
		blob_free(signature);
	return ret;
}
