// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reference values: compiled from files, read back strictly; and the Authenticode
 * digest of a PE image, also against what sbsign signs.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "file.h"
#include "own_directory.h"
#include "payload_image.h"
#include "policy_advice.h"
#include "policy_authenticode.h"
#include "policy_reference.h"
#include "signing_fixture.h"
#include "unit_table.h"

/* --- A PE image ------------------------------------------------------------------------ */

#define PE_SIZE		0x600
#define PE_HEADER	0x80	/* offset of "PE\0\0" */
#define OPTIONAL	(PE_HEADER + 24)
#define CHECKSUM	(OPTIONAL + 64)
#define HEADERS_SIZE	(OPTIONAL + 60)
#define DIRECTORIES	(OPTIONAL + 108)
#define CERTIFICATES	(OPTIONAL + 112 + 4 * 8)
#define SECTIONS	(OPTIONAL + 240)

static void put(unsigned char *p, size_t width, uint64_t value)
{
	for (size_t i = 0; i < width; i++)
		p[i] = (unsigned char)(value >> (8 * i));
}

static void section(unsigned char *pe, unsigned int i, uint32_t size, uint32_t offset)
{
	unsigned char *s = pe + SECTIONS + 40 * i;

	memcpy(s, i ? ".data" : ".text", 6);
	put(s + 8, 4, 0x100);			/* VirtualSize */
	put(s + 12, 4, 0x1000 * (i + 1));	/* VirtualAddress */
	put(s + 16, 4, size);
	put(s + 20, 4, offset);
	put(s + 36, 4, i ? 0xc0000040 : 0x60000020);
}

static void make_pe(unsigned char *pe)
{
	memset(pe, 0, PE_SIZE);
	memcpy(pe, "MZ", 2);
	put(pe + 60, 4, PE_HEADER);
	memcpy(pe + PE_HEADER, "PE\0", 4);
	put(pe + PE_HEADER + 4, 2, 0x8664);
	put(pe + PE_HEADER + 6, 2, 2);		/* sections */
	put(pe + PE_HEADER + 20, 2, 240);	/* SizeOfOptionalHeader */
	put(pe + PE_HEADER + 22, 2, 0x22e);
	put(pe + OPTIONAL, 2, 0x20b);
	put(pe + OPTIONAL + 16, 4, 0x1000);	/* entry */
	put(pe + OPTIONAL + 32, 4, 0x1000);	/* SectionAlignment */
	put(pe + OPTIONAL + 36, 4, 0x200);	/* FileAlignment */
	put(pe + OPTIONAL + 56, 4, 0x3000);	/* SizeOfImage */
	put(pe + HEADERS_SIZE, 4, 0x200);
	put(pe + OPTIONAL + 68, 2, 10);		/* EFI application */
	put(pe + DIRECTORIES, 4, 16);
	section(pe, 0, 0x200, 0x200);
	section(pe, 1, 0x200, 0x400);
	memset(pe + 0x200, 0xcc, 0x200);
	memset(pe + 0x400, 0x11, 0x200);
}

static int authenticode(const unsigned char *pe, size_t size, struct policy_digest *out)
{
	char why[POLICY_REASON] = "";
	int rc = policy_authenticode(pe, size, "SHA256", out, why);

	assert_true(!rc == !*why);
	return rc;
}

static const struct pe_case {
	const char *name;
	size_t offset, width;
	uint64_t value;
	size_t size;		/* 0: all */
	int rc;			/* 0 with @same says whether the digest is that of the original */
	bool same;
} pe_cases[] = {
	{ "PE: as it is", 0x200, 1, 0xcc, 0, 0, true },
	{ "PE: text changed", 0x200, 1, 0xcd, 0, 0, false },
	{ "PE: last byte changed", PE_SIZE - 1, 1, 0x12, 0, 0, false },
	{ "PE: header changed", PE_HEADER + 22, 1, 0x2f, 0, 0, false },
	{ "PE: checksum does not count", CHECKSUM, 4, 0x12345678, 0, 0, true },
	{ "PE: byte after the checksum counts", CHECKSUM + 4, 1, 11, 0, 0, false },
	{ "PE: directory before certificates counts", CERTIFICATES - 1, 1, 1, 0, 0, false },
	{ "PE: directory after certificates counts", CERTIFICATES + 8, 1, 1, 0, 0, false },
	{ "PE: no MZ", 0, 1, 'X', 0, -EBADMSG, false },
	{ "PE: no PE", PE_HEADER, 1, 'X', 0, -EBADMSG, false },
	{ "PE: PE inside the DOS header", 60, 4, 2, 0, -EBADMSG, false },
	{ "PE: PE past the end", 60, 4, 0xfffffff0, 0, -EBADMSG, false },
	{ "PE: magic", OPTIONAL, 2, 0x107, 0, -EBADMSG, false },
	{ "PE: optional header too long", PE_HEADER + 20, 2, 0xffff, 0, -EBADMSG, false },
	{ "PE: optional header too short", PE_HEADER + 20, 2, 8, 0, -EBADMSG, false },
	{ "PE: too many sections", PE_HEADER + 6, 2, 97, 0, -EBADMSG, false },
	{ "PE: sections past the headers", PE_HEADER + 6, 2, 20, 0, -EBADMSG, false },
	{ "PE: headers past the end", HEADERS_SIZE, 4, 0x10000, 0, -EBADMSG, false },
	{ "PE: headers are nothing", HEADERS_SIZE, 4, 0, 0, -EBADMSG, false },
	{ "PE: section past the end", SECTIONS + 16, 4, 0x10000, 0, -EBADMSG, false },
	{ "PE: section wraps around", SECTIONS + 20, 4, 0xffffff00, 0, -EBADMSG, false },
	{ "PE: section in the headers", SECTIONS + 20, 4, 0x100, 0, -EBADMSG, false },
	{ "PE: sections overlap", SECTIONS + 16, 4, 0x300, 0, -EBADMSG, false },
	{ "PE: certificates elsewhere", CERTIFICATES, 8, 0x10000000200, 0, -EBADMSG, false },
	{ "PE: certificates past the end", CERTIFICATES, 8, 0xffffffff00000500, 0, -EBADMSG, false },
	{ "PE: empty", 0, 1, 'M', 1, -EBADMSG, false },
	{ "PE: cut short", 0, 1, 'M', PE_SIZE - 1, -EBADMSG, false },
};

static void pe_case(void **state)
{
	const struct pe_case *c = *state;
	unsigned char pe[PE_SIZE];
	struct policy_digest original, changed;
	int rc;

	make_pe(pe);
	assert_int_equal(authenticode(pe, PE_SIZE, &original), 0);
	put(pe + c->offset, c->width, c->value);
	rc = authenticode(pe, c->size ? c->size : PE_SIZE, &changed);
	assert_int_equal(rc, c->rc);
	if (!rc)
		assert_int_equal(!memcmp(original.value, changed.value, 32), c->same);
}

/* A signature at the end, whatever is in it, does not change the digest */
static void pe_signed(void **state)
{
	unsigned char pe[PE_SIZE + 64];
	struct policy_digest a, b;

	(void)state;
	make_pe(pe);
	assert_int_equal(authenticode(pe, PE_SIZE, &a), 0);
	memset(pe + PE_SIZE, 0x77, 64);
	put(pe + CERTIFICATES, 4, PE_SIZE);
	put(pe + CERTIFICATES + 4, 4, 64);
	assert_int_equal(authenticode(pe, PE_SIZE + 64, &b), 0);
	assert_memory_equal(a.value, b.value, 32);
	/* Without the directory's word for it the same bytes are content */
	put(pe + CERTIFICATES, 8, 0);
	assert_int_equal(authenticode(pe, PE_SIZE + 64, &b), 0);
	assert_memory_not_equal(a.value, b.value, 32);
}

/* Every prefix is refused or hashed, never read beyond */
static void pe_prefixes(void **state)
{
	unsigned char pe[PE_SIZE], *part;
	struct policy_digest d;

	(void)state;
	make_pe(pe);
	for (size_t n = 1; n < PE_SIZE; n += 7) {
		part = malloc(n);
		memcpy(part, pe, n);
		assert_int_equal(authenticode(part, n, &d), -EBADMSG);
		free(part);
	}
}

/* --- sbsign says the same ------------------------------------------------------------------ */

static X509 *make_certificate(EVP_PKEY *key, bool with_id)
{
	X509 *x = X509_new();
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
				   (const unsigned char *)"signer", -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	X509_set_pubkey(x, key);
	if (with_id) {
		X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
		ext = X509V3_EXT_conf_nid(NULL, &ctx, NID_subject_key_identifier, "hash");
		X509_add_ext(x, ext, -1);
		X509_EXTENSION_free(ext);
	}
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	return x;
}

static void write_pem(const char *directory, EVP_PKEY *key, X509 *x)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/key", directory);
	f = fopen(path, "w");
	assert_true(f && PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) && !fclose(f));
	snprintf(path, sizeof(path), "%s/cert", directory);
	f = fopen(path, "w");
	assert_true(f && PEM_write_X509(f, x) && !fclose(f));
}

static void sbsign_agrees_on(const char *directory, size_t size)
{
	char path[128], command[256];
	EVP_PKEY *key = EVP_RSA_gen(2048);
	X509 *x = make_certificate(key, true);
	struct policy_digest d, unsigned_one;
	unsigned char pe[PE_SIZE + 8];
	struct blob b;

	if (system("command -v sbsign >/dev/null 2>&1")) {
		EVP_PKEY_free(key);
		X509_free(x);
		skip();
	}
	write_pem(directory, key, x);
	make_pe(pe);
	memset(pe + PE_SIZE, 0x22, sizeof(pe) - PE_SIZE);
	snprintf(path, sizeof(path), "%s/in", directory);
	assert_int_equal(file_write_atomic(path, pe, size, 0600), 0);
	snprintf(command, sizeof(command),
		 "cd %s && sbsign --key key --cert cert --output out in >log 2>&1", directory);
	assert_int_equal(system(command), 0);
	snprintf(path, sizeof(path), "%s/out", directory);
	assert_int_equal(file_read(path, 1 << 20, &b), 0);
	assert_true(b.size > PE_SIZE);
	assert_int_equal(authenticode(b.data, b.size, &d), 0);
	/* Signed and unsigned have one digest, whatever the length was */
	assert_int_equal(authenticode(pe, size, &unsigned_one), 0);
	assert_memory_equal(d.value, unsigned_one.value, 32);
	/* SpcIndirectDataContent holds the digest as it is */
	assert_non_null(memmem(b.data + PE_SIZE, b.size - PE_SIZE, d.value, 32));
	blob_free(&b);
	EVP_PKEY_free(key);
	X509_free(x);
}

static void sbsign_agrees(void **state)
{
	sbsign_agrees_on(*state, PE_SIZE);
	sbsign_agrees_on(*state, PE_SIZE + 3);
	sbsign_agrees_on(*state, PE_SIZE + 8);
}

/* The zeros that signing will put there, written already; and others */
static void pe_padding(void **state)
{
	unsigned char pe[PE_SIZE + 8];
	json_t *ref = policy_reference_new();
	struct policy_digest cut, filled, other;
	char why[POLICY_REASON] = "";

	(void)state;
	memset(pe + PE_SIZE, 0, 8);
	make_pe(pe);
	pe[PE_SIZE] = 0x22;
	assert_int_equal(authenticode(pe, PE_SIZE + 3, &cut), 0);
	assert_int_equal(authenticode(pe, PE_SIZE + 8, &filled), 0);
	assert_memory_equal(cut.value, filled.value, 32);
	/* Firmware measures an unsigned image as it is: both are listed where they differ */
	assert_int_equal(policy_reference_add_boot(ref, true, "k", pe, PE_SIZE + 8, why), 0);
	assert_int_equal(json_array_size(json_object_get(ref, "boot")), 1);
	assert_int_equal(policy_reference_add_boot(ref, true, "k", pe, PE_SIZE + 3, why), 0);
	/* ... beside the first, which is another file */
	assert_int_equal(json_array_size(json_object_get(ref, "boot")), 3);
	json_decref(ref);
	pe[PE_SIZE + 5] = 1;
	assert_int_equal(authenticode(pe, PE_SIZE + 8, &other), 0);
	assert_memory_not_equal(cut.value, other.value, 32);
}

/* A unified kernel image: .text, and a kernel in .linux */
#define UKI_SIZE	(0x400 + PE_SIZE)

static void make_uki(unsigned char *uki)
{
	unsigned char inner[PE_SIZE];

	make_pe(inner);
	memset(uki, 0, UKI_SIZE);
	make_pe(uki);
	inner[0x210] = 0x77;	/* not the same image */
	memcpy(uki + SECTIONS + 40, ".linux\0\0", 8);
	put(uki + SECTIONS + 40 + 8, 4, PE_SIZE);
	put(uki + SECTIONS + 40 + 16, 4, PE_SIZE);
	put(uki + SECTIONS + 40 + 20, 4, 0x400);
	memcpy(uki + 0x400, inner, PE_SIZE);
}

/* @ref: an image, and the kernel in it */
static void inner_kernel_is_found(json_t *ref)
{
	const struct policy_digest *image, *kernel;
	char why[POLICY_REASON] = "", *text = json_dumps(ref, 0);
	unsigned char other[32] = { 0 };
	struct policy_reference r;

	assert_int_equal(policy_reference_parse(text, strlen(text), &r, why), 0);
	image = &r.boot[0].digest.of[PCR_SHA256];
	kernel = &r.boot[1].digest.of[PCR_SHA256];
	assert_ptr_equal(policy_reference_boot(&r, PCR_SHA256, NULL, image->value, 32), &r.boot[0]);
	assert_ptr_equal(policy_reference_boot(&r, PCR_SHA256, other, image->value, 32), &r.boot[0]);
	assert_ptr_equal(policy_reference_boot(&r, PCR_SHA256, image->value, kernel->value, 32), &r.boot[1]);
	assert_null(policy_reference_boot(&r, PCR_SHA256, NULL, kernel->value, 32));
	assert_null(policy_reference_boot(&r, PCR_SHA256, other, kernel->value, 32));
	policy_reference_free(&r);
	free(text);

	/* No image at all is none */
	json_object_clear(json_object_get(json_array_get(json_object_get(ref, "boot"), 1), "image"));
	text = json_dumps(ref, 0);
	assert_int_equal(policy_reference_parse(text, strlen(text), &r, why), -EBADMSG);
	free(text);
}

static void uki_kernel(void **state)
{
	unsigned char uki[UKI_SIZE], odd[UKI_SIZE + 3] = { 0 }, inner[PE_SIZE + 3] = { 0 };
	struct policy_digest d, filled;
	json_t *ref = policy_reference_new(), *boot;
	char why[POLICY_REASON] = "";
	struct view v;

	(void)state;
	make_uki(uki);
	memcpy(odd, uki, sizeof(uki));
	assert_int_equal(policy_uki_kernel(uki, sizeof(uki), &v, why), 0);
	assert_ptr_equal(v.data, uki + 0x400);
	assert_int_equal(v.size, PE_SIZE);
	assert_int_equal(policy_reference_add_boot(ref, true, "uki.efi", uki, sizeof(uki), why), 0);
	assert_int_equal(policy_reference_add_boot(ref, false, "as a loader", uki, sizeof(uki), why), 0);
	boot = json_object_get(ref, "boot");
	assert_int_equal(json_array_size(boot), 3);
	assert_string_equal(json_string_value(json_object_get(json_array_get(boot, 1), "description")),
			    "uki.efi, .linux");
	assert_string_equal(json_string_value(json_object_get(json_array_get(boot, 1), "kind")), "kernel");
	/* It counts behind that image alone */
	assert_true(json_equal(json_object_get(json_array_get(boot, 1), "image"),
			       json_object_get(json_array_get(boot, 0), "digests")));
	assert_null(json_object_get(json_array_get(boot, 0), "image"));
	inner_kernel_is_found(ref);
	json_decref(ref);

	/* An image that is not signed is measured as it is, and so is what counts before its kernel */
	ref = policy_reference_new();
	assert_int_equal(policy_reference_add_boot(ref, true, "uki.efi", odd, sizeof(odd), why), 0);
	boot = json_object_get(ref, "boot");
	assert_int_equal(json_array_size(boot), 4);
	for (size_t i = 0; i < 4; i += 2)
		assert_true(json_equal(json_object_get(json_array_get(boot, i + 1), "image"),
				       json_object_get(json_array_get(boot, i), "digests")));
	/* A loader that is not signed has two digests, and no kernel */
	assert_int_equal(policy_reference_add_boot(ref, false, "as a loader", odd, sizeof(odd), why), 0);
	assert_int_equal(json_array_size(boot), 6);
	json_decref(ref);

	/* What counts is the length in memory; firmware fills nothing up */
	memcpy(inner, uki + 0x400, PE_SIZE);
	assert_int_equal(policy_authenticode_as_is(inner, PE_SIZE + 3, "SHA256", &d, why), 0);
	assert_int_equal(policy_authenticode(inner, PE_SIZE + 3, "SHA256", &filled, why), 0);
	assert_memory_not_equal(d.value, filled.value, 32);

	put(uki + SECTIONS + 40 + 8, 4, PE_SIZE + 1);
	assert_int_equal(policy_uki_kernel(uki, sizeof(uki), &v, why), -EBADMSG);
	put(uki + SECTIONS + 40 + 8, 4, 0);
	assert_int_equal(policy_uki_kernel(uki, sizeof(uki), &v, why), -EBADMSG);
	put(uki + SECTIONS + 40 + 8, 4, PE_SIZE);
	memcpy(uki + SECTIONS, ".linux\0\0", 8);
	assert_int_equal(policy_uki_kernel(uki, sizeof(uki), &v, why), -EBADMSG);
	memcpy(uki + SECTIONS, ".linux2\0", 8);
	assert_int_equal(policy_uki_kernel(uki, sizeof(uki), &v, why), 0);
	/* What is in it must be a kernel that can be measured */
	uki[0x400] = 'X';
	ref = policy_reference_new();
	assert_int_equal(policy_reference_add_boot(ref, true, "uki.efi", uki, sizeof(uki), why), -EBADMSG);
	assert_non_null(strstr(why, ".linux"));
	json_decref(ref);
}

/* --- Compiling and reading ------------------------------------------------------------------ */

/* SHA-256 of the point, which is what the subjectPublicKey of P-256 holds (RFC 5480) */
static void check_signer_key(json_t *ref, EVP_PKEY *key)
{
	json_t *signer = json_array_get(json_object_get(ref, "signers"), 0);
	unsigned char point[128], digest[32];
	char text[65];
	size_t size;

	assert_true(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point,
						    sizeof(point), &size));
	assert_true(EVP_Q_digest(NULL, "SHA256", NULL, point, size, digest, NULL));
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(json_string_value(json_object_get(signer, "key")), text);
}

static json_t *compile_all(void)
{
	static unsigned char image[IMAGE_SIZE], pe[PE_SIZE];
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = make_certificate(key, true);
	json_t *ref = policy_reference_new();
	unsigned char *der = NULL;
	char why[POLICY_REASON] = "";
	int n = i2d_X509(x, &der);
	const char *word;

	payload_image_make(image);
	make_pe(pe);
	assert_int_equal(policy_reference_add_payload(ref, image, sizeof(image), NULL, &word, why), 0);
	assert_int_equal(policy_reference_add_payload(ref, image, sizeof(image), NULL, &word, why), 0);
	assert_string_equal(word, "unsigned");
	assert_int_equal(policy_reference_add_boot(ref, true, "vmlinuz", pe, sizeof(pe), why), 0);
	assert_int_equal(policy_reference_add_boot(ref, false, "shim", pe, sizeof(pe), why), 0);
	assert_int_equal(policy_reference_add_signer(ref, der, (size_t)n, why), 0);
	check_signer_key(ref, key);
	json_object_set_new(json_object_get(ref, "pcrs"), "sha256",
			    json_pack("{s:[s]}", "0", "0000000000000000000000000000000000000000000000000000000000000000"));
	json_array_append_new(json_object_get(ref, "ima_policies"),
			      json_string("1111111111111111111111111111111111111111111111111111111111111111"));
	OPENSSL_free(der);
	X509_free(x);
	EVP_PKEY_free(key);
	return ref;
}

static int parse(json_t *root, struct policy_reference *out)
{
	char *text = json_dumps(root, 0), why[POLICY_REASON] = "";
	int rc = policy_reference_parse(text, strlen(text), out, why);

	assert_true(!rc == !*why);
	free(text);
	return rc;
}

static void compile_and_read(void **state)
{
	static unsigned char image[IMAGE_SIZE];
	json_t *root = compile_all();
	const struct policy_payload *p;
	struct policy_advice advice;
	struct policy_reference ref;
	unsigned char digest[64];
	struct policy_pcr *pcr;
	size_t size;

	(void)state;
	assert_int_equal(parse(root, &ref), 0);
	assert_int_equal(ref.payloads, 1);	/* the same payload twice is one */
	assert_int_equal(ref.boots, 2);
	assert_true(ref.boot[0].kernel && !ref.boot[1].kernel);
	assert_int_equal(ref.signers, 1);
	assert_int_equal(ref.signer[0].id.size, 20);
	assert_int_equal(ref.pcrs, 1);
	assert_int_equal(ref.ima_policies, 1);
	payload_image_make(image);
	EVP_Q_digest(NULL, "SHA512", NULL, image, sizeof(image), digest, &size);
	p = policy_reference_payload(&ref, PCR_SHA512, digest, size);
	assert_ptr_equal(p, &ref.payload[0]);
	assert_null(policy_reference_payload(&ref, PCR_SHA256, digest, size));
	assert_null(policy_reference_payload(&ref, PCR_SHA512, digest, 32));
	/* A digest of no length is nobody's */
	assert_null(policy_reference_payload(&ref, PCR_SHA1, digest, 0));
	/* Of what a host's owner can add to the firmware PCR 2 and 7 tell, both of them */
	policy_reference_advice(&ref, &advice);
	assert_int_equal(advice.count, 2);
	assert_non_null(strstr(advice.text[0], "--from-evidence FILE --pin-pcrs 2,7"));
	/* ... and of the keys that let modules in, PCR 14 */
	assert_non_null(strstr(advice.text[1], "--from-evidence FILE --pin-pcrs 14"));
	pcr = ref.pcr;
	ref.pcr = (struct policy_pcr[]){ { .pcr = 2 }, { .pcr = 7 }, { .pcr = 14 } };
	policy_reference_advice(&ref, &advice);
	assert_int_equal(advice.count, 2);
	ref.pcrs = 2;
	policy_reference_advice(&ref, &advice);
	assert_int_equal(advice.count, 1);
	assert_non_null(strstr(advice.text[0], "--from-evidence FILE --pin-pcrs 14"));
	ref.pcrs = 3;
	policy_reference_advice(&ref, &advice);
	assert_int_equal(advice.count, 0);
	ref.boot[0].file.size = 0;
	policy_reference_advice(&ref, &advice);
	assert_int_equal(advice.count, 1);
	ref.boot[0].file.size = 32;
	/* The file of a kernel, as kexec loads it; a loader's is none */
	assert_ptr_equal(policy_reference_file(&ref, ref.boot[0].file.value), &ref.boot[0]);
	ref.boot[0].kernel = false;
	assert_null(policy_reference_file(&ref, ref.boot[0].file.value));
	/* The key decides, whatever the identifier; where it is not known the identifier does */
	assert_int_equal(ref.signer[0].key.size, 32);
	assert_true(policy_reference_signer(&ref, ref.signer[0].key.value, digest, 20));
	assert_false(policy_reference_signer(&ref, digest, ref.signer[0].id.value, 20));
	ref.signer[0].key.size = 0;
	ref.boot[0].kernel = false;
	policy_reference_advice(&ref, &advice);
	assert_int_equal(advice.count, 1);
	assert_true(policy_reference_signer(&ref, digest, ref.signer[0].id.value, 20));
	assert_false(policy_reference_signer(&ref, digest, ref.signer[0].id.value, 19));
	ref.pcr = pcr;
	ref.pcrs = 1;
	policy_reference_free(&ref);
	json_decref(root);
}

static void strict_below(json_t *root, json_t *object)
{
	struct policy_reference ref;
	json_t *value, *copy = json_copy(object);
	const char *key;

	json_object_foreach(copy, key, value) {
		/* Lists of before have no digest of a file or of a key */
		json_object_del(object, key);
		/* Reference values that say nothing of signatures are older than the word. */
		if (!strcmp(key, "signature") || !strcmp(key, "file") || !strcmp(key, "key"))
			assert_int_equal(parse(root, &ref), 0);
		else
			assert_int_equal(parse(root, &ref), -EBADMSG);
		policy_reference_free(&ref);
		json_object_set_new(object, key, json_integer(-1));
		assert_int_equal(parse(root, &ref), -EBADMSG);
		json_object_set(object, key, value);
		if (json_is_array(value) && json_is_object(json_array_get(value, 0)))
			strict_below(root, json_array_get(value, 0));
	}
	json_object_set_new(object, "surprise", json_true());
	assert_int_equal(parse(root, &ref), -EBADMSG);
	json_object_del(object, "surprise");
	json_decref(copy);
}

static void strict(void **state)
{
	json_t *root = compile_all();

	(void)state;
	strict_below(root, root);
	json_decref(root);
}

static const struct value_case {
	const char *name;
	const char *key;
	const char *value;	/* JSON */
} value_cases[] = {
	{ "SHA-1 digest", "payloads", "[{\"name\":\"a\",\"version\":\"1\",\"svn\":1,\"digests\":{\"sha1\":\"0000000000000000000000000000000000000000\"}}]" },
	{ "digest of another length", "payloads", "[{\"name\":\"a\",\"version\":\"1\",\"svn\":1,\"digests\":{\"sha256\":\"00\"}}]" },
	{ "no digest", "payloads", "[{\"name\":\"a\",\"version\":\"1\",\"svn\":1,\"digests\":{}}]" },
	{ "signature by another word", "payloads", "[{\"name\":\"a\",\"version\":\"1\",\"svn\":1,\"signature\":\"fine\",\"digests\":{\"sha256\":\"0000000000000000000000000000000000000000000000000000000000000000\"}}]" },
	{ "empty payload name", "payloads", "[{\"name\":\"\",\"version\":\"1\",\"svn\":1,\"digests\":{}}]" },
	{ "payload is no object", "payloads", "[1]" },
	{ "kind unknown", "boot", "[{\"kind\":\"driver\",\"description\":\"d\",\"digests\":{\"sha256\":\"0000000000000000000000000000000000000000000000000000000000000000\"}}]" },
	{ "signer's id is no hex", "signers", "[{\"id\":\"xy\",\"subject\":\"s\"}]" },
	{ "signer's id is empty", "signers", "[{\"id\":\"\",\"subject\":\"s\"}]" },
	{ "registers of SHA-1", "pcrs", "{\"sha1\":{}}" },
	{ "register 24", "pcrs", "{\"sha256\":{\"24\":[]}}" },
	{ "IMA's register", "pcrs", "{\"sha256\":{\"10\":[]}}" },
	{ "register 13", "pcrs", "{\"sha256\":{\"13\":[]}}" },
	{ "user space's register", "pcrs", "{\"sha256\":{\"15\":[]}}" },
	{ "register twice", "pcrs", "{\"sha256\":{\"1\":[],\"01\":[]}}" },
	{ "bank by another name", "pcrs", "{\"sm3\":{\"1\":[]}}" },
	{ "register without number", "pcrs", "{\"sha256\":{\"\":[]}}" },
	{ "register's value too short", "pcrs", "{\"sha256\":{\"0\":[\"00\"]}}" },
	{ "policy's digest too short", "ima_policies", "[\"00\"]" },
};

static void value_case(void **state)
{
	const struct value_case *c = *state;
	json_t *root = compile_all(), *value = json_loads(c->value, 0, NULL);
	struct policy_reference ref;

	assert_non_null(value);
	json_object_set_new(root, c->key, value);
	assert_int_equal(parse(root, &ref), -EBADMSG);
	json_decref(root);
}

/* What is verified is said to be, and what is broken under any key is refused under none. */
static void compile_verifies(void **state)
{
	struct signer a = signer_make("a", "rsa2048"), b = signer_make("b", "p256");
	STACK_OF(X509) *none = sk_X509_new_null(), *known = certs_of(&b, &a);
	STACK_OF(X509) *others = certs_of(&b, NULL);
	struct blob file = signed_image(&a);
	struct policy_reference ref;
	const struct {
		STACK_OF(X509) *signers;
		size_t flip;		/* from the end; 0: nothing */
		size_t cut;
		const char *word;	/* NULL: refused */
	} cases[] = {
		{ known, 0, 0, "verified" },
		{ none, 0, 0, "unverified" },
		{ NULL, 0, 0, "unverified" },
		{ none, 0, file.size - IMAGE_SIZE, "unsigned" },
		{ known, 0, file.size - IMAGE_SIZE, NULL },	/* unsigned */
		{ others, 0, 0, NULL },				/* signed by another */
		{ known, 41, 0, NULL },				/* the signature's last byte */
		{ known, file.size - 0x2100, 0, NULL },		/* the payload */
		{ none, file.size - IMAGE_SIZE - 8, 0, NULL },	/* no CMS */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *root = policy_reference_new();
		char why[POLICY_REASON] = "";
		const char *word;
		int rc;

		if (cases[i].flip)
			file.data[file.size - cases[i].flip] ^= 1;
		rc = policy_reference_add_payload(root, file.data, file.size - cases[i].cut,
						  cases[i].signers, &word, why);
		if (cases[i].flip)
			file.data[file.size - cases[i].flip] ^= 1;
		if (rc != (cases[i].word ? 0 : -EBADMSG))
			fail_msg("%zu: %d %s", i, rc, why);
		assert_int_equal(json_array_size(json_object_get(root, "payloads")), !rc);
		if (!rc) {
			assert_string_equal(word, cases[i].word);
			assert_int_equal(parse(root, &ref), 0);
			assert_int_equal(ref.payload[0].verified, !strcmp(word, "verified"));
			policy_reference_free(&ref);
		}
		json_decref(root);
	}
	sk_X509_free(none);
	sk_X509_free(known);
	sk_X509_free(others);
	signer_free(&a);
	signer_free(&b);
	blob_free(&file);
}

/* Of a bundle each certificate is a signer, and none if one cannot be. */
static void signers_of_a_bundle(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256");
	X509 *good[] = { make_certificate(key, true), make_certificate(other, true) };
	X509 *bad = make_certificate(key, false);
	json_t *ref = policy_reference_new();
	BIO *bundle = BIO_new(BIO_s_mem());
	char why[POLICY_REASON], *data;
	long size;

	(void)state;
	assert_true(PEM_write_bio_X509(bundle, good[0]) && PEM_write_bio_X509(bundle, good[1]));
	size = BIO_get_mem_data(bundle, &data);
	assert_int_equal(policy_reference_add_signer(ref, data, size, why), 0);
	assert_int_equal(json_array_size(json_object_get(ref, "signers")), 2);
	json_decref(ref);
	ref = policy_reference_new();
	assert_true(PEM_write_bio_X509(bundle, bad));
	size = BIO_get_mem_data(bundle, &data);
	assert_int_equal(policy_reference_add_signer(ref, data, size, why), -EBADMSG);
	assert_non_null(strstr(why, "certificate 3"));
	assert_int_equal(json_array_size(json_object_get(ref, "signers")), 0);
	json_decref(ref);
	BIO_free(bundle);
	X509_free(good[0]);
	X509_free(good[1]);
	X509_free(bad);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

static void compile_refuses(void **state)
{
	static unsigned char image[IMAGE_SIZE];
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = make_certificate(key, false);
	json_t *ref = policy_reference_new();
	unsigned char *der = NULL;
	char why[POLICY_REASON];
	int n = i2d_X509(x, &der);
	const char *word;

	(void)state;
	payload_image_make(image);
	image[0] ^= 1;
	assert_int_equal(policy_reference_add_payload(ref, image, sizeof(image), NULL, &word, why),
			 -EBADMSG);
	assert_int_equal(policy_reference_add_payload(ref, image, 0, NULL, &word, why), -EBADMSG);
	assert_int_equal(policy_reference_add_boot(ref, true, "x", image, sizeof(image), why),
			 -EBADMSG);
	/* The record names a signer by this identifier: without one nobody can be named */
	assert_int_equal(policy_reference_add_signer(ref, der, (size_t)n, why), -EBADMSG);
	assert_int_equal(policy_reference_add_signer(ref, "x", 1, why), -EBADMSG);
	assert_int_equal(json_array_size(json_object_get(ref, "payloads")), 0);
	assert_int_equal(json_array_size(json_object_get(ref, "boot")), 0);
	assert_int_equal(json_array_size(json_object_get(ref, "signers")), 0);
	OPENSSL_free(der);
	X509_free(x);
	EVP_PKEY_free(key);
	json_decref(ref);
}

int main(void)
{
	static struct CMUnitTest tests[64];
	size_t n = 0;

	ADD(pe_cases, pe_case);
	ADD(value_cases, value_case);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(pe_signed);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(pe_prefixes);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(pe_padding);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(uki_kernel);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(sbsign_agrees, own_directory,
									no_directory);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(compile_and_read);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(strict);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(compile_refuses);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(compile_verifies);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(signers_of_a_bundle);
	return _cmocka_run_group_tests("reference", tests, n, NULL, NULL);
}
