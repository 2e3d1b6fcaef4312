// SPDX-License-Identifier: GPL-2.0-only
/*
 * Payloads and their signers as JSON.
 */
#include <errno.h>
#include <linux/elf.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>

#include "certificate.h"
#include "describe.h"
#include "hex.h"
#include "mldsa.h"
#include "signature.h"

void describe_flags(unsigned int flags, char out[4])
{
	out[0] = flags & PF_R ? 'r' : '-';
	out[1] = flags & PF_W ? 'w' : '-';
	out[2] = flags & PF_X ? 'x' : '-';
	out[3] = '\0';
}

/* JSON numbers are signed in many readers. */
static json_t *bits(unsigned long long value)
{
	return json_sprintf("0x%llx", value);
}

static json_t *describe_segments(const struct caretaker_image *image)
{
	json_t *array = json_array();
	char flags[4];

	for (unsigned int i = 0; i < image->segments; i++) {
		const struct caretaker_segment *segment = &image->segment[i];

		describe_flags(segment->flags, flags);
		json_array_append_new(array, json_pack("{s:I, s:I, s:I, s:I, s:s, s:b}",
				      "offset", (json_int_t)segment->offset,
				      "filesz", (json_int_t)segment->filesz,
				      "vaddr", (json_int_t)segment->vaddr,
				      "memsz", (json_int_t)segment->memsz,
				      "flags", flags, "ccb", i == image->ccb));
	}
	return array;
}

static json_t *describe_note(const struct caretaker_note *note)
{
	char build_id[2 * CARETAKER_BUILD_ID_LEN + 1];

	hex_encode(note->build_id, sizeof(note->build_id), build_id);
	return json_pack("{s:I, s:I, s:s, s:s, s:s, s:{s:o, s:o}}",
			 "abi", (json_int_t)note->abi, "svn", (json_int_t)note->svn,
			 "name", note->name, "version", note->version, "build_id", build_id,
			 "features", "mandatory", bits(note->mandatory),
			 "optional", bits(note->optional));
}

/* The keys are there in any case, so that readers need not ask for each. */
static json_t *no_note(void)
{
	return json_pack("{s:n, s:n, s:n, s:n, s:n, s:n}", "abi", "svn", "name", "version",
			 "build_id", "features");
}

/* Numbers and names are those of the kernel's log and records. */
static json_t *describe_broken(const struct payload *payload)
{
	const struct caretaker_broken *broken = &payload->broken;
	json_t *header = NULL;

	if (!payload->error)
		return json_null();
	if (broken->index != ~0U)
		header = json_integer(broken->index);
	return json_pack("{s:s, s:I, s:s, s:s, s:o?, s:I}",
			 "rule", caretaker_rule_name(broken->rule),
			 "number", (json_int_t)broken->rule,
			 "text", caretaker_rule_text(broken->rule),
			 "errno", strerrorname_np(-payload->error),
			 "header", header, "offset", (json_int_t)broken->offset);
}

json_t *describe_payload(const struct payload *payload, const char *error, json_t *signers)
{
	const struct caretaker_image *image = &payload->image;
	json_t *object, *note;

	object = json_pack("{s:b, s:s?, s:o, s:s?, s:b, s:o, s:o?}",
			   "valid", !error, "error", error, "broken", describe_broken(payload),
			   "digest", *payload->digest ? payload->digest : NULL,
			   "signed", !!payload->signature,
			   "segments", describe_segments(image), "signers", signers);
	note = image->segments ? describe_note(&image->note) : no_note();
	if (image->segments && object) {
		json_object_set_new(object, "entry", json_integer(image->entry));
		json_object_set_new(object, "memory", json_integer(image->memory));
	}
	if (object && json_object_update(object, note)) {
		json_decref(object);
		object = NULL;
	}
	json_decref(note);
	return object;
}

json_t *describe_signer(CMS_SignerInfo *signer)
{
	const char *hash = OBJ_nid2ln(EVP_MD_get_type(signature_signer_hash(signer)));
	ASN1_OCTET_STRING *key_id = NULL;
	X509_NAME *issuer = NULL;
	ASN1_INTEGER *serial = NULL;
	char *id = NULL, *name = NULL, *number = NULL;
	BIGNUM *value = NULL;
	const ASN1_OBJECT *algorithm;
	X509_ALGOR *algor;
	json_t *object;

	CMS_SignerInfo_get0_algs(signer, NULL, NULL, NULL, &algor);
	X509_ALGOR_get0(&algorithm, NULL, NULL, algor);
	CMS_SignerInfo_get0_signer_id(signer, &key_id, &issuer, &serial);
	if (key_id) {
		id = malloc(2 * (size_t)ASN1_STRING_length(key_id) + 1);
		if (id)
			hex_encode(ASN1_STRING_get0_data(key_id), ASN1_STRING_length(key_id), id);
	}
	if (issuer)
		name = certificate_name(issuer);
	if (serial)
		value = ASN1_INTEGER_to_BN(serial, NULL);
	if (value)
		number = BN_bn2hex(value);
	object = json_pack("{s:s?, s:s?, s:s?, s:s, s:s}", "key_id", id, "issuer", name, "serial", number,
			   "hash", hash, "algorithm", mldsa_of_signer(signer) ? : OBJ_nid2ln(OBJ_obj2nid(algorithm)));
	OPENSSL_free(number);
	BN_free(value);
	free(name);
	free(id);
	return object;
}

int describe_signers(const void *der, size_t size, json_t **out, struct reason *why)
{
	STACK_OF(CMS_SignerInfo) *signers;
	CMS_ContentInfo *cms;
	int ret;

	*out = NULL;
	ret = signature_parse(der, size, &cms, why);
	if (ret)
		return ret;
	*out = json_array();
	signers = CMS_get0_SignerInfos(cms);
	for (int i = 0; i < sk_CMS_SignerInfo_num(signers); i++)
		if (json_array_append_new(*out,
					  describe_signer(sk_CMS_SignerInfo_value(signers, i))))
			ret = -ENOMEM;
	CMS_ContentInfo_free(cms);
	if (ret) {
		json_decref(*out);
		*out = NULL;
		return reason_set(why, ret, "memory", "no memory");
	}
	return 0;
}

json_t *describe_certificate(X509 *cert)
{
	char *subject = certificate_name(X509_get_subject_name(cert));
	char *id = certificate_key_id(cert);
	json_t *text = NULL;

	if (subject && id)
		text = json_sprintf("%s%s%s", id, *id ? " " : "", subject);
	free(subject);
	free(id);
	return text;
}
