// SPDX-License-Identifier: GPL-2.0-only
/*
 * DSSE envelopes: the examples of the specification, which form is read, whose signature is good.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>

#include "base64.h"
#include "dsse.h"
#include "hex.h"
#include "signing_fixture.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define IN_TOTO	"application/vnd.in-toto+json"
#define BODY	"{\"_type\":\"https://in-toto.io/Statement/v1\"}"
#define BODY64	"eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEifQ=="
#define ENVELOPE(payload, type, signatures) \
	"{\"payload\":\"" payload "\",\"payloadType\":\"" type "\",\"signatures\":[" signatures "]}"

/* --- The example of protocol.md (1.0.2) ---------------------------------------------- */

#define HELLO_TYPE	"http://example.com/HelloWorld"
#define HELLO_PAE	"DSSEv1 29 http://example.com/HelloWorld 11 hello world"

static const char hello[] =
	"{\"payload\": \"aGVsbG8gd29ybGQ=\",\n"
	" \"payloadType\": \"http://example.com/HelloWorld\",\n"
	" \"signatures\": [{\"sig\": \"A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJ"
	"PcIAriEGAHTVeCUjW2JIZA==\"}]}";

static EVP_PKEY *hello_key(void)
{
	/* X: 46950820868899156662930047687818585632848591499744589407958293238635476079160
	 * Y: 5640078356564379163099075877009565129882514886557779369047442380624545832820
	 */
	static const char point[] = "04"
		"67cd390f77aa359cb08c2235f652270493a9ed832b0abcc01f70954c0390d238"
		"0c782bd54e269125a44f4433aff1432ce94e12bca73aa67ac80cea12608ddf74";
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	unsigned char bytes[65];
	EVP_PKEY *key = NULL;
	size_t size = sizeof(bytes);
	OSSL_PARAM *params;

	assert_int_equal(hex_decode(point, bytes, &size), 0);
	OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
	OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, bytes, size);
	params = OSSL_PARAM_BLD_to_param(build);
	assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
	assert_int_equal(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(context);
	return key;
}

/* Its signature is r and s side by side; ours, as that of most, their DER. */
static void to_der(struct blob *value)
{
	ECDSA_SIG *both = ECDSA_SIG_new();
	unsigned char *der = NULL;
	int size;

	assert_int_equal(value->size, 64);
	assert_int_equal(ECDSA_SIG_set0(both, BN_bin2bn(value->data, 32, NULL),
					BN_bin2bn(value->data + 32, 32, NULL)), 1);
	size = i2d_ECDSA_SIG(both, &der);
	assert_true(size > 0);
	blob_free(value);
	*value = (struct blob){ malloc((size_t)size), (size_t)size };
	memcpy(value->data, der, (size_t)size);
	OPENSSL_free(der);
	ECDSA_SIG_free(both);
}

static void example(void **state)
{
	EVP_PKEY *key = hello_key(), *signer;
	struct public_keys keys = { &key, 1 };
	struct dsse envelope;
	struct reason why;
	struct blob pae;

	(void)state;
	assert_int_equal(dsse_pae(HELLO_TYPE, "hello world", 11, &pae), 0);
	assert_int_equal(pae.size, strlen(HELLO_PAE));
	assert_memory_equal(pae.data, HELLO_PAE, pae.size);
	blob_free(&pae);
	assert_int_equal(dsse_parse(hello, strlen(hello), &envelope, &why), 0);
	assert_string_equal(envelope.type, HELLO_TYPE);
	assert_int_equal(envelope.payload.size, 11);
	assert_memory_equal(envelope.payload.data, "hello world", 11);
	assert_int_equal(envelope.signatures, 1);
	assert_string_equal(envelope.signature[0].keyid, "");
	assert_int_equal(dsse_verify(&envelope, &keys, &signer, &why), REFUSED);
	to_der(&envelope.signature[0].value);
	assert_int_equal(dsse_verify(&envelope, &keys, &signer, &why), 0);
	assert_ptr_equal(signer, key);
	envelope.payload.data[0] ^= 1;
	assert_int_equal(dsse_verify(&envelope, &keys, &signer, &why), REFUSED);
	assert_string_equal(why.word, "envelope-unknown-key");
	assert_null(signer);
	dsse_free(&envelope);
	EVP_PKEY_free(key);
}

/* --- The vectors of the specification's testvectors/vectors.json ---------------------- */

#define KEY_A	"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
#define KEY_B	"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
#define SIG_A	"2WAfaHm5jluo0w+0rk8uVkluELJYWjSmU9x7EUzx+AyteDGJ4/nqyJXfmAUVFIAoQafWm7AxBZNw5M9ixNHiCA=="
#define SIG_B	"c1+67/aT0yqEpwx8PsVY3MLHsj9D0CZ014/Fv/QlG59P+9CobUZ7xECJ/V3USG0Ob9CiE5LjReEZUzNF2l7eBw=="
#define SIGNED(keyid, sig) "{\"keyid\":\"" keyid "\",\"sig\":\"" sig "\"}"

/* Its keys are Ed25519, of which we take none: what is good is "envelope-key", and no more. */
static const struct vector {
	const char *name, *envelope, *pae, *key;
	bool good;
} vectors[] = {
	{ "single-signature", ENVELOPE(BODY64, IN_TOTO, SIGNED("A", SIG_A)),
		"DSSEv1 28 " IN_TOTO " 43 " BODY, KEY_A, true },
	{ "single-signature, another key", ENVELOPE(BODY64, IN_TOTO, SIGNED("A", SIG_A)),
		"DSSEv1 28 " IN_TOTO " 43 " BODY, KEY_B, false },
	{ "url-safe-base64", ENVELOPE("-_-_Pj8=", IN_TOTO, SIGNED("A",
		"P-_KHICeR7tI6S_YyejJTRtrXhcQyQ2LYPaL8h90KjC9qN8HU_svOQ6TuDOT1HIrsGW886DbWNWcCmX5twLrAw==")),
		"DSSEv1 28 " IN_TOTO " 5 \xfb\xff\xbf>?", KEY_A, true },
	{ "payload-type-swapped", ENVELOPE(BODY64, "application/vnd.example.other+json", SIGNED("A", SIG_A)),
		"DSSEv1 34 application/vnd.example.other+json 43 " BODY, KEY_A, false },
	{ "non-ascii-payload-type", ENVELOPE(BODY64, "application/vnd.ex\xc3\xa4mple+json", SIGNED("A",
		"xmSk/ug66ysT7ayhkCIjhAq42zgZXSsEWuzUaNL7w2eGAdF/NU6/fRXPtmfN+5DNSAs5/i2lUnHjbbjPsu0tAw==")),
		"DSSEv1 29 application/vnd.ex\xc3\xa4mple+json 43 " BODY, KEY_A, true },
	{ "empty-payload", ENVELOPE("", IN_TOTO, SIGNED("A",
		"gSggCAaTLTYyRH6FIDBem6meyIynsYy8RTHVzwx9tnTb7Bg/1jMWnuVgI/gffqmbsC2VX5/jHfkkDqsj7CDbDg==")),
		"DSSEv1 28 " IN_TOTO " 0 ", KEY_A, true },
	{ "empty-payload-type", ENVELOPE(BODY64, "", SIGNED("A",
		"iC3q/+3Rm0+lpAJRueDmDh15PnwCfxKmS0NAfKsbv+zgulXQC/WM9trc+j1XEqlwDIg/vf/uNfebeD6sxInrDg==")),
		"DSSEv1 0  43 " BODY, KEY_A, true },
	{ "threshold-two-distinct-keys, the second",
		ENVELOPE(BODY64, IN_TOTO, SIGNED("A", SIG_A) "," SIGNED("B", SIG_B)),
		"DSSEv1 28 " IN_TOTO " 43 " BODY, KEY_B, true },
	{ "threshold-two-without-keyids, the second",
		ENVELOPE(BODY64, IN_TOTO, "{\"sig\":\"" SIG_A "\"},{\"sig\":\"" SIG_B "\"}"),
		"DSSEv1 28 " IN_TOTO " 43 " BODY, KEY_B, true },
};

static void vector_line(void **state)
{
	const struct vector *v = *state;
	unsigned char raw[32];
	size_t size = sizeof(raw);
	EVP_PKEY *key, *signer;
	struct public_keys keys = { &key, 1 };
	struct dsse envelope;
	struct reason why;
	struct blob pae;

	assert_int_equal(hex_decode(v->key, raw, &size), 0);
	key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw, size);
	assert_non_null(key);
	assert_int_equal(dsse_parse(v->envelope, strlen(v->envelope), &envelope, &why), 0);
	assert_int_equal(dsse_pae(envelope.type, envelope.payload.data, envelope.payload.size, &pae), 0);
	assert_int_equal(pae.size, strlen(v->pae));
	assert_memory_equal(pae.data, v->pae, pae.size);
	blob_free(&pae);
	assert_int_equal(dsse_verify(&envelope, &keys, &signer, &why), REFUSED);
	assert_string_equal(why.word, v->good ? "envelope-key" : "envelope-unknown-key");
	dsse_free(&envelope);
	EVP_PKEY_free(key);
}

/* --- Form ---------------------------------------------------------------------------- */

#define GOOD	"{\"sig\":\"YQ==\"}"

static const struct form {
	const char *name, *text, *word;		/* NULL: it is read */
} forms[] = {
	{ "as it should be", ENVELOPE("YWI=", "t", GOOD), NULL },
	{ "fields that are not known", "{\"more\":[{}],\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":["
		"{\"sig\":\"\",\"cert\":\"x\",\"extension\":{}}]}", NULL },
	{ "blanks around", " \n" ENVELOPE("", "t", GOOD) "\t\n", NULL },
	{ "keyid null", ENVELOPE("", "t", "{\"sig\":\"\",\"keyid\":null}"), NULL },
	{ "eight signatures", ENVELOPE("", "t", GOOD "," GOOD "," GOOD "," GOOD "," GOOD "," GOOD "," GOOD ","
		GOOD), NULL },
	{ "nine signatures", ENVELOPE("", "t", GOOD "," GOOD "," GOOD "," GOOD "," GOOD "," GOOD "," GOOD ","
		GOOD "," GOOD), "envelope-signatures" },
	{ "no signature", ENVELOPE("", "t", ""), "envelope-unsigned" },
	{ "nothing", "", "json" },
	{ "no JSON", "payload", "json" },
	{ "cut", "{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[", "json" },
	{ "bytes behind", ENVELOPE("", "t", GOOD) "x", "json" },
	{ "an envelope behind", ENVELOPE("", "t", GOOD) ENVELOPE("", "t", GOOD), "json" },
	{ "an array", "[" ENVELOPE("", "t", GOOD) "]", "json" },
	{ "no UTF-8", ENVELOPE("", "\xff", GOOD), "json" },
	{ "a NUL in a string", ENVELOPE("", "t\\u0000", GOOD), "json" },
	{ "payload twice", "{\"payload\":\"YQ==\",\"payload\":\"Yg==\",\"payloadType\":\"t\",\"signatures\":["
		GOOD "]}", "json-duplicate" },
	{ "sig twice", ENVELOPE("", "t", "{\"sig\":\"YQ==\",\"sig\":\"\"}"), "json-duplicate" },
	{ "twice in a field that is not known", "{\"x\":{\"a\":1,\"a\":1},\"payload\":\"\",\"payloadType\":\"t\","
		"\"signatures\":[" GOOD "]}", "json-duplicate" },
	{ "no payload", "{\"payloadType\":\"t\",\"signatures\":[" GOOD "]}", "envelope-form" },
	{ "no payloadType", "{\"payload\":\"\",\"signatures\":[" GOOD "]}", "envelope-form" },
	{ "no signatures", "{\"payload\":\"\",\"payloadType\":\"t\"}", "envelope-form" },
	{ "signatures as an object", "{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":{\"sig\":\"\"}}",
		"envelope-form" },
	{ "a signature as text", ENVELOPE("", "t", "\"YQ==\""), "envelope-form" },
	{ "no sig", ENVELOPE("", "t", "{\"keyid\":\"a\"}"), "envelope-form" },
	{ "keyid as a number", ENVELOPE("", "t", "{\"sig\":\"\",\"keyid\":1}"), "envelope-form" },
	{ "payload as an object", "{\"payload\":{},\"payloadType\":\"t\",\"signatures\":[" GOOD "]}",
		"envelope-form" },
	{ "payloadType as null", "{\"payload\":\"\",\"payloadType\":null,\"signatures\":[" GOOD "]}",
		"envelope-form" },
	{ "payload without padding", ENVELOPE("YWI", "t", GOOD), "envelope-base64" },
	{ "payload with bits left over", ENVELOPE("YWJ=", "t", GOOD), "envelope-base64" },
	{ "payload with a line break", ENVELOPE("YW\\nI=", "t", GOOD), "envelope-base64" },
	{ "payload of both alphabets", ENVELOPE("+-+-", "t", GOOD), "envelope-base64" },
	{ "sig that is no base64", ENVELOPE("", "t", "{\"sig\":\"YQ=\"}"), "envelope-base64" },
};

static void form_line(void **state)
{
	const struct form *test = *state;
	struct dsse envelope;
	struct reason why = { 0 };
	int ret = dsse_parse(test->text, strlen(test->text), &envelope, &why);

	assert_int_equal(ret, test->word ? REFUSED : 0);
	if (test->word)
		assert_string_equal(why.word, test->word);
	/* What is refused leaves nothing behind */
	assert_int_equal(!envelope.root, !!test->word);
	dsse_free(&envelope);
}

/* One byte more than the most, in blanks, which are JSON */
static void size(void **state)
{
	static const char small[] = ENVELOPE("", "t", GOOD);
	char *text = malloc(DSSE_MAX_BYTES + 1);
	struct dsse envelope;
	struct reason why;

	(void)state;
	memset(text, ' ', DSSE_MAX_BYTES + 1);
	memcpy(text, small, strlen(small));
	assert_int_equal(dsse_parse(text, DSSE_MAX_BYTES, &envelope, &why), 0);
	dsse_free(&envelope);
	assert_int_equal(dsse_parse(text, DSSE_MAX_BYTES + 1, &envelope, &why), REFUSED);
	assert_string_equal(why.word, "envelope-size");
	free(text);
}

/* --- Signatures ---------------------------------------------------------------------- */

static struct blob sign(const struct signer *by)
{
	struct signing_key key = { .cert = by->cert, .private = { .key = by->key } };
	struct reason why = { 0 };
	struct blob made;

	if (dsse_sign("t", "body", 4, &key, &made, &why))
		fail_msg("%s: %s", why.word, why.text);
	return made;
}

/* "word", or "" if it holds */
static const char *judge(const struct dsse *envelope, EVP_PKEY *a, EVP_PKEY *b)
{
	EVP_PKEY *both[] = { a, b }, *signer;
	struct public_keys keys = { both, b ? 2 : 1 };
	static struct reason why;

	if (dsse_verify(envelope, &keys, &signer, &why)) {
		assert_null(signer);
		return why.word;
	}
	assert_true(signer == a || signer == b);
	return "";
}

/* Which hash goes with which key; a verifier learns it nowhere else. */
static const struct key_case {
	const char *type, *hash;
} key_cases[] = {
	{ "rsa2048", "SHA256" }, { "rsa3072", "SHA256" }, { "rsa4096", "SHA256" }, { "p256", "SHA256" },
	{ "p384", "SHA384" }, { "p521", "SHA512" },
};

static bool is_signature(const struct blob *value, EVP_PKEY *key, const char *hash)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = EVP_DigestVerifyInit(context, NULL, EVP_get_digestbyname(hash), NULL, key) == 1 &&
		    EVP_DigestVerify(context, value->data, value->size,
				     (const unsigned char *)"DSSEv1 1 t 4 body", 17) == 1;

	EVP_MD_CTX_free(context);
	return good;
}

static void key_line(void **state)
{
	const struct key_case *test = *state;
	struct signer by = signer_make("by", test->type), other = signer_make("other", test->type);
	struct blob made = sign(&by), again = sign(&by);
	char id[PUBLIC_KEY_ID_TEXT];
	struct dsse envelope;
	struct reason why;

	/* RSA PKCS#1 v1.5 signs the same as the same; ECDSA does where OpenSSL can. */
	if (!strncmp(test->type, "rsa", 3)) {
		assert_int_equal(made.size, again.size);
		assert_memory_equal(made.data, again.data, made.size);
	}
	assert_int_equal(made.data[made.size - 1], '\n');
	assert_int_equal(dsse_parse(made.data, made.size, &envelope, &why), 0);
	assert_int_equal(public_key_id(by.key, id, &why), 0);
	assert_string_equal(envelope.signature[0].keyid, id);
	assert_true(is_signature(&envelope.signature[0].value, by.key, test->hash));
	assert_string_equal(judge(&envelope, by.key, NULL), "");
	assert_string_equal(judge(&envelope, other.key, by.key), "");
	assert_string_equal(judge(&envelope, other.key, NULL), "envelope-unknown-key");
	/* A keyid decides nothing: neither another one, */
	envelope.signature[0].keyid = "";
	assert_string_equal(judge(&envelope, by.key, NULL), "");
	public_key_id(other.key, id, &why);
	envelope.signature[0].keyid = id;
	assert_string_equal(judge(&envelope, by.key, NULL), "");
	/* ... nor that of a key that is given and did not sign. */
	assert_string_equal(judge(&envelope, other.key, NULL), "envelope-bad-signature");
	envelope.type = "u";
	assert_string_equal(judge(&envelope, by.key, NULL), "envelope-unknown-key");
	envelope.type = "t";
	envelope.signature[0].value.data[envelope.signature[0].value.size - 1] ^= 1;
	assert_string_equal(judge(&envelope, by.key, NULL), "envelope-unknown-key");
	dsse_free(&envelope);
	blob_free(&made);
	blob_free(&again);
	signer_free(&by);
	signer_free(&other);
}

/* A bad signature beside a good one is as if it were in another envelope. */
static void two_signatures(void **state)
{
	struct signer a = signer_make("a", "p256"), b = signer_make("b", "p256");
	struct blob made = sign(&a), second = sign(&b);
	struct dsse envelope, other;
	struct reason why;

	(void)state;
	assert_int_equal(dsse_parse(made.data, made.size, &envelope, &why), 0);
	assert_int_equal(dsse_parse(second.data, second.size, &other, &why), 0);
	envelope.signature[1] = other.signature[0];
	envelope.signatures = 2;
	other.signatures = 0;
	assert_string_equal(judge(&envelope, a.key, NULL), "");
	assert_string_equal(judge(&envelope, b.key, NULL), "");
	envelope.signature[0].value.data[8] ^= 1;
	assert_string_equal(judge(&envelope, a.key, NULL), "envelope-bad-signature");
	assert_string_equal(judge(&envelope, a.key, b.key), "");
	assert_string_equal(judge(&envelope, b.key, NULL), "");
	other.signature[0].keyid = "";
	envelope.signature[1].keyid = "";
	dsse_free(&other);
	dsse_free(&envelope);
	blob_free(&made);
	blob_free(&second);
	signer_free(&a);
	signer_free(&b);
}

/* Keys with which no payload may be signed sign no manifest, neither here nor elsewhere. */
static void weak_keys(void **state)
{
	static const char * const types[] = { "rsa1024", "rsa2560", "ed25519", "p192" };

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		struct signer by = signer_make("by", types[i]);
		struct signing_key key = { .cert = by.cert, .private = { .key = by.key } };
		struct reason why = { 0 };
		struct blob made;

		assert_int_equal(dsse_sign("t", "body", 4, &key, &made, &why), REFUSED);
		assert_string_equal(why.word, "envelope-key");
		assert_null(made.data);
		signer_free(&by);
	}
}

/* What the key signs must fit the certificate, whose owner the envelope names. */
static void other_certificate(void **state)
{
	struct signer a = signer_make("a", "p256"), b = signer_make("b", "p256");
	struct signing_key key = { .cert = b.cert, .private = { .key = a.key } };
	struct reason why = { 0 };
	struct blob made;

	(void)state;
	assert_int_equal(dsse_sign("t", "body", 4, &key, &made, &why), REFUSED);
	assert_string_equal(why.word, "envelope-bad-signature");
	assert_null(made.data);
	signer_free(&a);
	signer_free(&b);
}

int main(void)
{
	struct CMUnitTest tests[5 + COUNT(vectors) + COUNT(forms) + COUNT(key_cases)] = {
		cmocka_unit_test(example), cmocka_unit_test(size), cmocka_unit_test(two_signatures),
		cmocka_unit_test(weak_keys), cmocka_unit_test(other_certificate),
	};
	size_t n = 5;

	for (size_t i = 0; i < COUNT(vectors); i++)
		tests[n++] = (struct CMUnitTest){ vectors[i].name, vector_line, NULL, NULL,
						  (void *)&vectors[i] };
	for (size_t i = 0; i < COUNT(forms); i++)
		tests[n++] = (struct CMUnitTest){ forms[i].name, form_line, NULL, NULL, (void *)&forms[i] };
	for (size_t i = 0; i < COUNT(key_cases); i++)
		tests[n++] = (struct CMUnitTest){ key_cases[i].type, key_line, NULL, NULL,
						  (void *)&key_cases[i] };
	return cmocka_run_group_tests_name("dsse", tests, NULL, NULL);
}
