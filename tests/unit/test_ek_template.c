// SPDX-License-Identifier: GPL-2.0-only
/*
 * Templates of endorsement keys: those of the TCG EK Credential Profile, and what a
 * maker may store instead.  The policies are computed here from what they say.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include <openssl/evp.h>
#include <tss2/tss2_mu.h>

#include "tpm/ak_public.h"
#include "tpm/ak_template.h"
#include "tpm/ek_template.h"

/* --- Policies: TPM 2.0 Part 3, 23; EK profile, B.6 --------------------------------------- */

struct hash {
	const char *name;
	TPMI_ALG_HASH alg;
	size_t size;
	TPM2_HANDLE index;	/* where an owner may write a policy of his */
};

static const struct hash hashes[] = {
	{ "SHA256", TPM2_ALG_SHA256, 32, 0x01c07f01 },
	{ "SHA384", TPM2_ALG_SHA384, 48, 0x01c07f02 },
	{ "SHA512", TPM2_ALG_SHA512, 64, 0x01c07f03 },
};

struct text {
	unsigned char data[512];
	size_t size;
};

static void add(struct text *t, const void *data, size_t size)
{
	memcpy(t->data + t->size, data, size);
	t->size += size;
}

static void add_number(struct text *t, uint32_t value, int bytes)
{
	while (bytes--) {
		unsigned char byte = (unsigned char)(value >> 8 * bytes);

		add(t, &byte, 1);
	}
}

/* H(@start || command || @more); @start is zeros at a policy's beginning */
static void extend(const struct hash *h, const unsigned char *start, uint32_t command,
		   const struct text *more, unsigned char *out)
{
	static const unsigned char zeros[64];
	struct text t = { .size = 0 };

	add(&t, start ? start : zeros, h->size);
	if (command)
		add_number(&t, command, 4);
	add(&t, more->data, more->size);
	assert_true(EVP_Q_digest(NULL, h->name, NULL, t.data, t.size, out, NULL));
}

static void policy_a(const struct hash *h, unsigned char *out)
{
	struct text name = { .size = 0 }, none = { .size = 0 };

	add_number(&name, TPM2_RH_ENDORSEMENT, 4);
	extend(h, NULL, TPM2_CC_PolicySecret, &name, out);
	extend(h, out, 0, &none, out);	/* policyRef is empty */
}

static void policy_b(const struct hash *h, unsigned char *out)
{
	struct text public = { .size = 0 }, name = { .size = 0 }, both = { .size = 0 };
	unsigned char a[64], c[64], digest[64];

	policy_a(h, a);
	add_number(&public, h->index, 4);
	add_number(&public, h->alg, 2);
	add_number(&public, 0x220f1008, 4);	/* B.6.3 */
	add_number(&public, (uint32_t)h->size, 2);
	add(&public, a, h->size);
	add_number(&public, (uint32_t)h->size + 2, 2);
	assert_true(EVP_Q_digest(NULL, h->name, NULL, public.data, public.size, digest, NULL));
	add_number(&name, h->alg, 2);
	add(&name, digest, h->size);
	extend(h, NULL, TPM2_CC_PolicyAuthorizeNV, &name, c);
	add(&both, a, h->size);
	add(&both, c, h->size);
	extend(h, NULL, TPM2_CC_PolicyOR, &both, out);
}

static const struct place_case {
	const char *name;	/* template */
	unsigned int place;
	const char *word;	/* of --ek-type */
	TPM2_HANDLE certificate, template, nonce;
	unsigned int hash;	/* of hashes[] */
	UINT16 aes, unique;
} place_cases[] = {
	{ "L-1", 0, "rsa2048", 0x01c00002, 0x01c00004, 0x01c00003, 0, 128, 256 },
	{ "L-2", 1, "p256", 0x01c0000a, 0x01c0000c, 0x01c0000b, 0, 128, 32 },
	{ "H-1", 2, "rsa2048", 0x01c00012, 0x01c00013, 0, 0, 128, 0 },
	{ "H-2", 3, "p256", 0x01c00014, 0x01c00015, 0, 0, 128, 0 },
	{ "H-3", 4, "p384", 0x01c00016, 0x01c00017, 0, 1, 256, 0 },
	{ "H-4", 5, "p521", 0x01c00018, 0x01c00019, 0, 2, 256, 0 },
	{ "H-6", 6, "rsa3072", 0x01c0001c, 0x01c0001d, 0, 1, 256, 0 },
	{ "H-7", 7, "rsa4096", 0x01c0001e, 0x01c0001f, 0, 1, 256, 0 },
};

static void place_case(void **state)
{
	const struct place_case *c = *state;
	const struct ek_place *place = &ek_places[c->place];
	const struct hash *h = &hashes[c->hash];
	unsigned char policy[64];
	const TPMT_PUBLIC *area;
	unsigned int kinds;
	TPM2B_PUBLIC out;

	assert_string_equal(place->name, c->name);
	assert_int_equal(place->certificate, c->certificate);
	assert_int_equal(place->template, c->template);
	assert_int_equal(place->nonce, c->nonce);
	assert_int_equal(ek_kinds_parse(c->word, &kinds), 0);
	assert_int_equal(kinds, EK_KIND_BIT(place->kind));
	ek_template_default(place, &out);
	area = &out.publicArea;
	(c->nonce ? policy_a : policy_b)(h, policy);
	assert_int_equal(area->nameAlg, h->alg);
	assert_int_equal(area->authPolicy.size, h->size);
	assert_memory_equal(area->authPolicy.buffer, policy, h->size);
	assert_int_equal(area->parameters.asymDetail.symmetric.keyBits.aes, c->aes);
	/* B.3 and B.4: only the high range lets its user in by the key's authorisation */
	assert_int_equal(area->objectAttributes, c->nonce ? 0x000300b2 : 0x000300f2);
	if (area->type == TPM2_ALG_RSA)
		assert_int_equal(area->unique.rsa.size, c->unique);
	else
		assert_true(area->unique.ecc.x.size == c->unique &&
			    area->unique.ecc.y.size == c->unique);
}

static void kinds(void **state)
{
	unsigned int mask = 77;

	(void)state;
	assert_int_equal(ek_kinds_parse("rsa", &mask), 0);
	assert_int_equal(mask, EK_KIND_BIT(EK_RSA2048) | EK_KIND_BIT(EK_RSA3072) |
			 EK_KIND_BIT(EK_RSA4096));
	assert_int_equal(ek_kinds_parse("ecc", &mask), 0);
	assert_int_equal(mask, EK_KIND_BIT(EK_P256) | EK_KIND_BIT(EK_P384) | EK_KIND_BIT(EK_P521));
	assert_int_equal(ek_kinds_parse("rsa1024", &mask), -EINVAL);
	assert_int_equal(ek_kinds_parse("", &mask), -EINVAL);
}

/* --- What the maker stored ------------------------------------------------------------------- */

static size_t marshal(const struct ek_place *place, unsigned char *out, size_t size)
{
	TPM2B_PUBLIC public;
	size_t offset = 0;

	ek_template_default(place, &public);
	public.publicArea.nameAlg = TPM2_ALG_SHA512;	/* something of the maker's own */
	assert_int_equal(Tss2_MU_TPMT_PUBLIC_Marshal(&public.publicArea, out, size, &offset), 0);
	return offset;
}

static void stored_template(void **state)
{
	unsigned char data[1024] = { 0 };
	size_t size = marshal(&ek_places[0], data, sizeof(data));
	struct blob b = { data, size };
	const char *why = NULL;
	TPM2B_PUBLIC out;

	(void)state;
	assert_int_equal(ek_template_parse(&ek_places[0], &b, &out, &why), 0);
	assert_int_equal(out.publicArea.nameAlg, TPM2_ALG_SHA512);
	/* Padded with zeros, or erased bytes: the index is as large as it is */
	memset(data + size + 8, 0xff, 8);
	b.size = size + 16;
	assert_int_equal(ek_template_parse(&ek_places[0], &b, &out, &why), 0);
	data[size + 3] = 1;
	assert_int_equal(ek_template_parse(&ek_places[0], &b, &out, &why), -EBADMSG);
	/* A key that the index is not for */
	b.size = size;
	assert_int_equal(ek_template_parse(&ek_places[1], &b, &out, &why), -EBADMSG);
	assert_int_equal(ek_template_parse(&ek_places[6], &b, &out, &why), -EBADMSG);
	for (b.size = 0; b.size < size; b.size++)
		assert_int_equal(ek_template_parse(&ek_places[0], &b, &out, &why), -EBADMSG);
	b.size = marshal(&ek_places[4], data, sizeof(data));
	assert_int_equal(ek_template_parse(&ek_places[4], &b, &out, &why), 0);
	assert_int_equal(ek_template_parse(&ek_places[5], &b, &out, &why), -EBADMSG);
}

static void stored_nonce(void **state)
{
	unsigned char nonce[257] = { 1, 2, 3 };
	struct blob b = { nonce, 256 };
	const char *why = NULL;
	TPM2B_PUBLIC out;

	(void)state;
	ek_template_default(&ek_places[0], &out);
	assert_int_equal(ek_template_set_nonce(&b, &out, &why), 0);
	assert_int_equal(out.publicArea.unique.rsa.size, 256);
	assert_memory_equal(out.publicArea.unique.rsa.buffer, nonce, 256);
	b.size = 257;
	assert_int_equal(ek_template_set_nonce(&b, &out, &why), -EBADMSG);
	b.size = 3;
	ek_template_default(&ek_places[1], &out);
	assert_int_equal(ek_template_set_nonce(&b, &out, &why), 0);
	assert_int_equal(out.publicArea.unique.ecc.x.size, 32);
	assert_int_equal(out.publicArea.unique.ecc.y.size, 32);
	assert_memory_equal(out.publicArea.unique.ecc.x.buffer, nonce, 32);
	b.size = 33;
	assert_int_equal(ek_template_set_nonce(&b, &out, &why), -EBADMSG);
}

/* --- Attestation keys ----------------------------------------------------------------------- */

static const struct ak_case {
	const char *word;
	TPMI_ALG_PUBLIC type;
	TPMI_ALG_HASH hash;
	UINT16 curve;
} ak_cases[] = {
	{ "ecc", TPM2_ALG_ECC, TPM2_ALG_SHA256, TPM2_ECC_NIST_P256 },
	{ "rsa", TPM2_ALG_RSA, TPM2_ALG_SHA256, 0 },
	{ "p384", TPM2_ALG_ECC, TPM2_ALG_SHA384, TPM2_ECC_NIST_P384 },
};

static void ak_case(void **state)
{
	const struct ak_case *c = *state;
	enum ak_type type;
	TPM2B_PUBLIC out;

	assert_int_equal(ak_type_parse(c->word, &type), 0);
	ak_template(type, &out);
	assert_int_equal(out.publicArea.type, c->type);
	assert_int_equal(out.publicArea.nameAlg, c->hash);
	assert_int_equal(out.publicArea.parameters.asymDetail.scheme.details.anySig.hashAlg, c->hash);
	if (c->curve)
		assert_int_equal(out.publicArea.parameters.eccDetail.curveID, c->curve);
	assert_int_equal(ak_type_parse("p521", &type), -EINVAL);
}

#define ADD(table, function, label)							\
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)			\
		tests[n++] = (struct CMUnitTest){ .name = table[i].label,		\
			.test_func = function, .initial_state = (void *)&table[i] }

int main(void)
{
	static struct CMUnitTest tests[32];
	size_t n = 0;

	ADD(place_cases, place_case, name);
	ADD(ak_cases, ak_case, word);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(kinds);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(stored_template);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(stored_nonce);
	return _cmocka_run_group_tests("ek_template", tests, n, NULL, NULL);
}
