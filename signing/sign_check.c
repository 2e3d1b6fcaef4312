// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker sign: what may be signed.
 */
#include <errno.h>

#include "sign_request.h"
#include "signature.h"
#include "verify.h"

/* One signer in all, or any number; with the hash that was asked for, if one was */
static int count_and_hash(const struct sign_request *request, const struct payload *payload,
			  bool *fits, struct reason *why)
{
	STACK_OF(CMS_SignerInfo) *signers;
	CMS_ContentInfo *cms;
	int ret;

	ret = signature_parse(payload->signature, payload->signature_size, &cms, why);
	if (ret)
		return ret;
	signers = CMS_get0_SignerInfos(cms);
	*fits = !request->replace || sk_CMS_SignerInfo_num(signers) == 1;
	for (int i = 0; request->hash && i < sk_CMS_SignerInfo_num(signers); i++)
		if (signature_signer_hash(sk_CMS_SignerInfo_value(signers, i)) !=
		    signature_hash(request->hash))
			*fits = false;
	CMS_ContentInfo_free(cms);
	return 0;
}

/*
 * Has the certificate's key signed this, so that doing it again would change nothing?  @done stays false if not.
 * Return: 0, or -errno if it cannot be told
 */
static int is_signed_by(const struct sign_request *request, const struct payload *payload, X509 *cert,
			bool *done, struct reason *why)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	bool fits = false;
	X509 *signer;
	int ret;

	if (!certs || !sk_X509_push(certs, cert))
		ret = reason_set(why, -ENOMEM, "memory", "no memory");
	else
		ret = verify_detached(payload->data, payload->size, payload->signature,
				      payload->signature_size, certs, &signer, why);
	if (!ret)
		ret = count_and_hash(request, payload, &fits, why);
	sk_X509_free(certs);
	*done = !ret && fits;
	return ret < 0 ? ret : 0;
}

/* Something is done about the signature that is there, or there is none. */
static int check_input(const struct sign_request *request, const struct payload *payload,
		       struct reason *why)
{
	if (request->output == SIGN_STRIPPED)
		return payload->signature ? 0 : reason_set(why, REFUSED, "unsigned", "nothing to strip: "
							   "the payload is not signed");
	if (request->add && !payload->signature)
		return reason_set(why, REFUSED, "unsigned",
				  "--add needs a payload that is signed");
	if (payload->signature && !request->add && !request->replace)
		return reason_set(why, REFUSED, "already-signed",
				  "the payload is signed; use --replace or --add");
	return 0;
}

/*
 * Beside a bad signature a good one is worth nothing: a kernel that knows both signers, or only
 * the other one, refuses the file.  Without the certificate nobody can tell.
 */
static int check_signature(const struct sign_request *request, const struct payload *payload,
			   struct reason *why)
{
	struct reason other;
	int ret;

	if (!request->add)
		return 0;
	ret = verify_every_signer(payload->data, payload->size, payload->signature,
				  payload->signature_size, request->signed_by, &other);
	return ret ? reason_set(why, ret, other.word, "%s (--signed-by)", other.text) : 0;
}

int sign_check(const struct sign_request *request, const struct payload *payload, X509 *cert,
	       bool *done, struct reason *why)
{
	int ret = 0;

	*done = false;
	if (request->output != SIGN_STRIPPED) {
		ret = sign_check_svn(request, payload, why);
		if (ret)
			return ret;
	}
	if (request->idempotent && request->output == SIGN_STRIPPED)
		*done = !payload->signature;
	else if (request->idempotent && payload->signature && cert)
		ret = is_signed_by(request, payload, cert, done, why);
	if (ret || *done)
		return ret;
	ret = check_input(request, payload, why);
	return ret ? ret : check_signature(request, payload, why);
}
