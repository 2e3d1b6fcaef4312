// SPDX-License-Identifier: GPL-2.0-only
/*
 * Certificates, what is asked for and what is revoked, the public areas of TPM keys, and text that stands for bytes.  The
 * first byte says which.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <tss2/tss2_mu.h>

#include "tpm/ak_chain.h"
#include "tpm/ak_public.h"
#include "tpm/ek_list.h"
#include "tpm/ek_template.h"
#include "base64.h"
#include "crl.h"
#include "hex.h"
#include "key_request.h"
#include "log/ima_keyring.h"
#include "policy_reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) do { if (!(condition)) abort(); } while (0)
#define NOW 1700000000

static void fuzz_keyring(const uint8_t *data, size_t size)
{
	struct ima_keyring *ring = ima_keyring_new();
	struct parse_error err = { 0 };
	int rc;

	MUST(ring);
	rc = ima_keyring_add(ring, data, size, &err);
	MUST(!rc == (err.code == PARSE_OK) && (rc || ring->count));
	MUST(!rc || (err.code != PARSE_MEMORY && *err.text && err.offset <= size));
	for (size_t i = 0; i < ring->count; i++) {
		const struct ima_key *key = &ring->key[i];

		MUST(key->pkey && key->skid_size >= 4 && key->skid_size <= IMA_SKID_MAX);
		MUST(ima_keyring_find_id(ring, NULL, key->key_id));
	}
	ima_keyring_free(ring);
}

/* What the compiler of reference values takes, its reader takes as well. */
static void fuzz_signer(const uint8_t *data, size_t size)
{
	json_t *ref = policy_reference_new();
	char why[POLICY_REASON] = "", *text;
	struct policy_reference parsed;
	int rc;

	MUST(ref);
	rc = policy_reference_add_signer(ref, data, size, why);
	MUST(!rc || (rc == -EBADMSG && *why));
	text = json_dumps(ref, 0);
	MUST(text && !policy_reference_parse(text, strlen(text), &parsed, why));
	MUST(rc ? !parsed.signers : parsed.signers > 0);
	policy_reference_free(&parsed);
	free(text);
	json_decref(ref);
}

static void fuzz_public(const uint8_t *data, size_t size)
{
	struct blob in = { (unsigned char *)(uintptr_t)data, size };
	unsigned char again[sizeof(TPM2B_PUBLIC)], name[2 + 64];
	size_t length = 0, name_size = 0;
	const char *why = NULL;
	TPM2B_PUBLIC public;
	EVP_PKEY *key;
	int rc;

	rc = ak_public_parse(&in, &public, &why);
	MUST(!rc || (rc == -EBADMSG && why && *why));
	if (rc)
		return;
	/* One text for each key: its name is over what we read, not over what was sent. */
	MUST(!Tss2_MU_TPM2B_PUBLIC_Marshal(&public, again, sizeof(again), &length));
	MUST(length == size && !memcmp(again, data, size));
	rc = ak_public_to_pkey(&public, &key, &why);
	MUST(!rc == !!key && (!rc || *why));
	EVP_PKEY_free(key);
	/* A key cannot sign and decrypt; TPM 2.0 Part 1, 25.1 */
	MUST(ak_public_is_attestation_key(&public, &why) ||
	     ak_public_is_endorsement_key(&public, &why));
	if (!ak_public_name(&public, name, &name_size))
		MUST(name_size == 34 || name_size == 50 || name_size == 66);
}

static struct blob cut(const uint8_t **data, size_t *size)
{
	struct blob out = { NULL, 0 };

	if (*size < 2)
		return out;
	out.size = (size_t)(*data)[0] << 8 | (*data)[1];
	*data += 2;
	*size -= 2;
	if (out.size > *size)
		out.size = *size;
	out.data = (unsigned char *)(uintptr_t)*data;
	*data += out.size;
	*size -= out.size;
	return out;
}

static void check_file(int rc, const char *why)
{
	MUST(!rc || rc == -EBADMSG);
	MUST(!rc || (*why && strnlen(why, EVIDENCE_REASON) < EVIDENCE_REASON));
	for (; *why; why++)
		MUST(*why >= ' ' && *why <= '~');
}

/* Authorities, EK certificate, EK, AK, the EK's chain, CRLs; each behind its length in two bytes */
static void fuzz_chain(const uint8_t *data, size_t size)
{
	struct ak_chain *chain = ak_chain_new();
	struct blob authorities = cut(&data, &size), crls;
	char text[EVIDENCE_REASON] = "";
	struct enrolment e = { 0 };
	enum vouched vouched = VOUCHED_LIST;
	const char *why = NULL;
	int rc;

	e.ek_certificate = cut(&data, &size);
	e.ek_public = cut(&data, &size);
	e.ak_public = cut(&data, &size);
	e.ek_chain = cut(&data, &size);
	crls = cut(&data, &size);
	MUST(chain);
	check_file(ak_chain_add(chain, authorities.data, authorities.size, text), text);
	if (crls.size)
		check_file(ak_chain_add_crl(chain, crls.data, crls.size, text), text);
	rc = ak_chain_check(chain, &e, NOW, &vouched, &why);
	MUST(!rc || ((rc == -EKEYREJECTED || rc == -EBADMSG) && why && *why));
	MUST(rc || vouched == VOUCHED_CERTIFICATE);
	ak_chain_free(chain);
}

/* The operator's list; what is taken has a digest for each line or key */
static void fuzz_list(const uint8_t *data, size_t size)
{
	struct ek_list *list = ek_list_new();
	char why[EVIDENCE_REASON] = "";
	size_t lines = 1;
	int rc;

	MUST(list);
	rc = ek_list_add(list, data, size, why);
	check_file(rc, why);
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	MUST(ek_list_count(list) <= lines);
	ek_list_free(list);
}

/* A template that a maker stored: the place's number, then the bytes */
static void fuzz_template(const uint8_t *data, size_t size)
{
	struct blob stored = { (unsigned char *)(uintptr_t)data + 1, size - 1 };
	const struct ek_place *place;
	const char *why = NULL;
	TPM2B_PUBLIC out;
	int rc;

	if (!size)
		return;
	place = &ek_places[*data % EK_PLACES];
	rc = ek_template_parse(place, &stored, &out, &why);
	MUST(!rc || (rc == -EBADMSG && *why));
	MUST(rc || out.publicArea.type == (place->kind <= EK_RSA4096 ? TPM2_ALG_RSA : TPM2_ALG_ECC));
	ek_template_default(place, &out);
	rc = ek_template_set_nonce(&stored, &out, &why);
	MUST(!rc == (stored.size <= (place->kind <= EK_RSA4096 ? 256 : 32)));
}

static void fuzz_text(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), *again;
	unsigned char *bytes;
	size_t n = size / 2;
	struct blob out;
	json_t *encoded;
	int rc;

	MUST(text);
	bytes = malloc(n + 1);
	again = malloc(2 * n + 1);
	MUST(bytes && again);
	rc = hex_decode(text, bytes, &n);
	MUST(!rc || rc == -EINVAL || rc == -E2BIG);
	if (!rc) {
		hex_encode(bytes, n, again);
		MUST(!strcasecmp(text, again));
	}
	rc = base64_decode((const char *)data, size, size, &out);
	MUST(!rc || (rc == -EBADMSG && !out.data));
	if (!rc) {
		encoded = base64_encode(out.data, out.size);
		MUST(encoded && json_string_length(encoded) == size &&
		     !memcmp(json_string_value(encoded), data, size));
		json_decref(encoded);
		blob_free(&out);
	}
	free(again);
	free(bytes);
	free(text);
}

/* Revocation lists: what is taken was there, and is believed by nobody whom no issuer is given for */
static void fuzz_crl(const uint8_t *data, size_t size)
{
	STACK_OF(X509_CRL) *lists = sk_X509_CRL_new_null();
	struct reason why = { 0 };
	int rc;

	MUST(lists);
	rc = crl_parse(data, size, lists, &why);
	MUST(!rc == (sk_X509_CRL_num(lists) > 0));
	MUST(!rc || (rc == -EINVAL && *why.text));
	MUST(rc || (crl_check(lists, NULL, NOW, &why) == REFUSED && !strcmp(why.word, "crl-untrusted")));
	sk_X509_CRL_pop_free(lists, X509_CRL_free);
}

/* Requests for certificates: who is taken has the key */
static void fuzz_request(const uint8_t *data, size_t size)
{
	struct reason why = { 0 };
	X509_REQ *request;
	int rc = key_request_parse(data, size, &request, &why);

	MUST(!rc == !!request);
	/* Whether ML-DSA signed it, an older OpenSSL cannot tell. */
	MUST(!rc || ((rc == -EINVAL || rc == REFUSED) && *why.word && *why.text) || !strcmp(why.word, "ml-dsa-missing"));
	MUST(rc || X509_REQ_verify(request, X509_REQ_get0_pubkey(request)) == 1);
	X509_REQ_free(request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const targets[])(const uint8_t *data, size_t size) = {
		fuzz_keyring, fuzz_signer, fuzz_public, fuzz_chain, fuzz_text, fuzz_list,
		fuzz_template, fuzz_crl, fuzz_request,
	};

	if (size)
		targets[*data % (sizeof(targets) / sizeof(targets[0]))](data + 1, size - 1);
	return 0;
}
