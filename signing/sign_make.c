// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker sign: makes what is written, and verifies it before it is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <asm/caretaker_payload.h>

#include "sign_request.h"
#include "signature.h"
#include "signature_foreign.h"
#include "signed_attributes.h"
#include "verify.h"

/* What check_file() does not see: a signature by itself, and who else has signed. */
static int check(const struct sign_request *request, const struct payload *payload,
		 const struct blob *der, X509 *cert, struct reason *why)
{
	STACK_OF(X509) *certs = sk_X509_dup(request->signed_by);
	int ret;

	if (!certs || !sk_X509_push(certs, cert))
		ret = reason_set(why, -ENOMEM, "memory", "no memory");
	else
		ret = verify_every_signer(payload->data, payload->size, der->data, der->size, certs, why);
	sk_X509_free(certs);
	return ret;
}

/* CMS says itself which hash it has, and takes no other for it. */
static int check_hash(const struct sign_request *request, const struct blob *der, struct reason *why)
{
	STACK_OF(CMS_SignerInfo) *signers;
	CMS_ContentInfo *cms;
	const EVP_MD *hash;
	int ret;

	if (!request->hash)
		return 0;
	ret = signature_parse(der->data, der->size, &cms, why);
	if (ret)
		return ret;
	signers = CMS_get0_SignerInfos(cms);
	for (int i = 0; !ret && i < sk_CMS_SignerInfo_num(signers); i++) {
		hash = signature_signer_hash(sk_CMS_SignerInfo_value(signers, i));
		if (hash != signature_hash(request->hash))
			ret = reason_set(why, REFUSED, "hash-differs", "the signature was made with %s, and --hash "
					 "is %s", EVP_MD_get0_name(hash), request->hash);
	}
	CMS_ContentInfo_free(cms);
	return ret;
}

/* What the other program is given: the payload, or attributes, which have no hash of their own */
static int ask_command(const struct sign_request *request, const struct payload *payload,
		       const struct sign_how *how, struct blob *value, struct reason *why)
{
	struct blob attributes;
	int ret;

	if (!how->attributes)
		return signature_external(request->external, payload->data, payload->size, how->hash, value, why);
	ret = signed_attributes_make(payload->data, payload->size, &attributes, why);
	if (ret)
		return ret;
	ret = signature_external(request->external, attributes.data, attributes.size, NULL, value, why);
	blob_free(&attributes);
	return ret;
}

static int make_elsewhere(const struct sign_request *request, const struct payload *payload,
			  X509 *cert, const struct sign_how *how, struct blob *der, struct reason *why)
{
	struct blob value;
	int ret;

	if (request->attach) {
		ret = file_read(request->attach, CARETAKER_MAX_SIGNATURE, &value);
		if (ret)
			return reason_set(why, ret, "signature-file", "%s: %s", request->attach,
					  strerror(-ret));
	} else {
		ret = ask_command(request, payload, how, &value, why);
		if (ret)
			return ret;
	}
	ret = signature_take(&value, payload->data, payload->size, cert, how->hash, der, why);
	blob_free(&value);
	return ret ? ret : check_hash(request, der, why);
}

static int make_signature(const struct sign_request *request, const struct payload *payload,
			  const struct signing_key *key, struct blob *der, struct reason *why)
{
	struct blob old = { (unsigned char *)payload->signature, payload->signature_size };
	struct sign_how how;
	int ret;

	ret = sign_choose(request, payload, key->cert, &how, why);
	if (ret)
		return ret;
	if (request->key)
		ret = signing_key_sign(key, payload->data, payload->size, how.hash, der, why);
	else
		ret = make_elsewhere(request, payload, key->cert, &how, der, why);
	if (!ret && request->add)
		ret = signature_join(&old, der, why);
	return ret;
}

/* As verify will see it: the trailer, the format, the signature */
static int check_file(const struct blob *file, X509 *cert, struct reason *why)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	struct payload payload;
	X509 *signer;
	int ret;

	if (!certs || !sk_X509_push(certs, cert))
		ret = reason_set(why, -ENOMEM, "memory", "no memory");
	else
		ret = verify_payload(file->data, file->size, certs, &payload, &signer, why);
	sk_X509_free(certs);
	return ret;
}

static int copy(const struct payload *payload, struct blob *out, struct reason *why)
{
	*out = (struct blob){ malloc(payload->size), payload->size };
	if (!out->data)
		return reason_set(why, -ENOMEM, "memory", "no memory");
	memcpy(out->data, payload->data, payload->size);
	return 0;
}

static int prepare(const struct sign_request *request, const struct payload *payload, X509 *cert,
		   struct blob *out, struct reason *why)
{
	struct sign_how how;
	int ret = sign_choose(request, payload, cert, &how, why);

	if (ret)
		return ret;
	return how.attributes ? signed_attributes_make(payload->data, payload->size, out, why) :
	       copy(payload, out, why);
}

int sign_make(const struct sign_request *request, const struct payload *payload,
	      const struct signing_key *key, struct blob *out, struct reason *why)
{
	struct blob der = { 0 };
	int ret;

	*out = (struct blob){ 0 };
	if (request->output == SIGN_PREPARED)
		return prepare(request, payload, key->cert, out, why);
	if (request->output == SIGN_STRIPPED)
		return copy(payload, out, why);
	ret = make_signature(request, payload, key, &der, why);
	if (!ret && (request->add || !request->key || request->output == SIGN_DETACHED))
		ret = check(request, payload, &der, key->cert, why);
	if (!ret && request->output == SIGN_DETACHED) {
		*out = der;
		return 0;
	}
	if (!ret)
		ret = signature_append(payload->data, payload->size, &der, out, why);
	if (!ret)
		ret = check_file(out, key->cert, why);
	blob_free(&der);
	if (ret)
		blob_free(out);
	return ret;
}
