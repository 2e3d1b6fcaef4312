// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes the reading of signatures: what is accepted has the profile, is DER to the
 * last byte, can be described, and still holds for nobody whose certificate is not
 * given.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"
#include "mldsa.h"
#include "signature.h"
#include "verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) do { if (!(condition)) abort(); } while (0)

/* What `inspect` says of the signers; the text is theirs. */
static void check_description(const uint8_t *data, size_t size, int signers)
{
	struct payload payload = { 0 };
	json_t *list, *report, *signer;
	struct reason why;
	size_t i;

	MUST(!describe_signers(data, size, &list, &why));
	MUST(json_array_size(list) == (size_t)signers);
	json_array_foreach(list, i, signer) {
		MUST(json_is_string(json_object_get(signer, "hash")));
		MUST(json_is_string(json_object_get(signer, "key_id")) !=
		     json_is_string(json_object_get(signer, "issuer")));
	}
	report = describe_payload(&payload, NULL, list);
	MUST(report);
	json_decref(report);
}

static void check_accepted(CMS_ContentInfo *cms, const uint8_t *data, size_t size)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
	struct reason why;
	struct blob der;

	MUST(sk_CMS_SignerInfo_num(signers) >= 1);
	MUST(sk_CMS_SignerInfo_num(signers) <= SIGNATURE_MAX_SIGNERS);
	for (int i = 0; i < sk_CMS_SignerInfo_num(signers); i++) {
		MUST(signature_signer_hash(sk_CMS_SignerInfo_value(signers, i)));
		MUST((CMS_signed_get_attr_count(sk_CMS_SignerInfo_value(signers, i)) < 0) ==
		     !mldsa_of_signer(sk_CMS_SignerInfo_value(signers, i)));
		MUST(!mldsa_of_signer(sk_CMS_SignerInfo_value(signers, i)) ==
		     !mldsa_of_signer(sk_CMS_SignerInfo_value(signers, 0)));
		MUST(CMS_unsigned_get_attr_count(sk_CMS_SignerInfo_value(signers, i)) < 0);
	}
	MUST(!signature_encode(cms, &der, &why));
	MUST(der.size == size && !memcmp(der.data, data, size));
	blob_free(&der);
	check_description(data, size, sk_CMS_SignerInfo_num(signers));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	STACK_OF(X509) *nobody = sk_X509_new_null();
	struct reason why = { 0 };
	CMS_ContentInfo *cms;
	X509 *signer;
	int ret;

	ret = signature_parse(data, size, &cms, &why);
	MUST(ret == 0 || (ret == REFUSED && !cms && *why.word && *why.text));
	if (!ret)
		check_accepted(cms, data, size);
	CMS_ContentInfo_free(cms);
	MUST(nobody);
	/* A certificate of ML-DSA that it carries needs OpenSSL 3.5. */
	ret = verify_detached("x", 1, data, size, nobody, &signer, &why) == REFUSED ? ret : -ENOPKG;
	MUST(ret != -ENOPKG || !strcmp(why.word, "ml-dsa-missing"));
	MUST(!signer);
	/* Nobody builds on it; and without a certificate only the form, and what it carries, count. */
	MUST(verify_every_signer("x", 1, data, size, nobody, &why));
	MUST(!ret || ret == -ENOPKG || verify_unknown("x", 1, data, size, &why) == REFUSED);
	if (!ret)
		verify_unknown("x", 1, data, size, &why);
	sk_X509_free(nobody);
	return 0;
}
