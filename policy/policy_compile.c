// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compiles reference values from the files themselves: payloads through the
 * kernel's own parser, EFI images by their Authenticode digest, certificates by
 * their subject key identifier.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "elf.h"
#include "hex.h"
#include "policy_authenticode.h"
#include "policy_json.h"
#include "policy_reference.h"

static const struct {
	const char *bank;
	const char *hash;
} algorithms[] = {
	{ "sha256", "SHA256" }, { "sha384", "SHA384" }, { "sha512", "SHA512" },
};

#define ALGORITHMS (sizeof(algorithms) / sizeof(algorithms[0]))

json_t *policy_reference_new(void)
{
	return json_pack("{s:s, s:i, s:[], s:[], s:[], s:{}, s:[]}", "format",
			 "caretaker-reference", "version", 1, "payloads", "signers", "boot",
			 "pcrs", "ima_policies");
}

static json_t *hex_string(const unsigned char *value, size_t size)
{
	char text[2 * 64 + 1];

	if (size > 64)
		return NULL;
	hex_encode(value, size, text);
	return json_string(text);
}

/* Appends unless an equal value is there already; takes the reference */
static int append(json_t *ref, const char *key, json_t *value)
{
	return policy_reference_append(json_object_get(ref, key), value);
}

static json_t *all_digests(const void *data, size_t size)
{
	json_t *digests = json_object();

	for (size_t i = 0; i < ALGORITHMS; i++) {
		unsigned char value[64];
		size_t length;

		if (!EVP_Q_digest(NULL, algorithms[i].hash, NULL, data, size, value, &length) ||
		    json_object_set_new(digests, algorithms[i].bank, hex_string(value, length))) {
			json_decref(digests);
			return NULL;
		}
	}
	return digests;
}

int policy_reference_add_payload(json_t *ref, const void *data, size_t size,
				 char why[POLICY_REASON])
{
	struct caretaker_broken broken = { 0 };
	struct caretaker_trailer trailer;
	struct caretaker_image image;
	int rc;

	rc = caretaker_trailer_parse(data, size, &trailer, &broken);
	if (!rc || rc == -ENODATA)
		rc = caretaker_elf_parse(data, trailer.signed_size, &image, &broken);
	if (rc)
		return policy_json_fail(why, "offset %llu: %s", (unsigned long long)broken.offset,
					caretaker_rule_text(broken.rule));
	return append(ref, "payloads",
		      json_pack("{s:s, s:s, s:I, s:o}", "name", image.note.name, "version",
				image.note.version, "svn", (json_int_t)image.note.svn, "digests",
				all_digests(data, trailer.signed_size)));
}

typedef int (*image_digest)(const void *data, size_t size, const char *hash, struct policy_digest *out,
			    char *why);

static int add_image(json_t *ref, bool kernel, const char *description, struct view image,
		     image_digest digest, char *why)
{
	json_t *digests = json_object();

	for (size_t i = 0; i < ALGORITHMS; i++) {
		struct policy_digest value;
		int rc = digest(image.data, image.size, algorithms[i].hash, &value, why);

		if (rc) {
			json_decref(digests);
			return rc;
		}
		json_object_set_new(digests, algorithms[i].bank,
				    hex_string(value.value, value.size));
	}
	return append(ref, "boot", json_pack("{s:s, s:s, s:o}", "kind",
					     kernel ? "kernel" : "loader", "description",
					     description, "digests", digests));
}

/*
 * systemd-stub 252 to 257 starts the kernel in a unified kernel image with LoadImage(), and
 * firmware measures it too, behind the image that it is in (systemd#36076); it is not
 * signed for that, and so measured as it is.
 */
static int add_inner_kernel(json_t *ref, const char *description, struct view image, char *why)
{
	char text[128], inner[POLICY_REASON] = "";
	struct view kernel;
	int rc;

	rc = policy_uki_kernel(image.data, image.size, &kernel, why);
	if (rc || !kernel.size)
		return rc;
	snprintf(text, sizeof(text), "%.100s, .linux", description);
	rc = add_image(ref, true, text, kernel, policy_authenticode_as_is, inner);
	return rc == -EBADMSG ? policy_json_fail(why, "section .linux: %.120s", inner) : rc;
}

/* An image that is booted before it is signed is measured without the zeros that signing adds */
static int add_unsigned(json_t *ref, bool kernel, const char *description, struct view image, char *why)
{
	struct policy_digest filled, as_is;
	char text[128];
	int rc;

	rc = policy_authenticode(image.data, image.size, "SHA256", &filled, why);
	if (!rc)
		rc = policy_authenticode_as_is(image.data, image.size, "SHA256", &as_is, why);
	if (rc || !memcmp(filled.value, as_is.value, as_is.size))
		return rc;
	snprintf(text, sizeof(text), "%.100s, not signed", description);
	return add_image(ref, kernel, text, image, policy_authenticode_as_is, why);
}

int policy_reference_add_boot(json_t *ref, bool kernel, const char *description,
			      const void *data, size_t size, char why[POLICY_REASON])
{
	struct view image = { data, size };
	int rc = add_image(ref, kernel, description, image, policy_authenticode, why);

	if (!rc)
		rc = add_unsigned(ref, kernel, description, image, why);
	return rc || !kernel ? rc : add_inner_kernel(ref, description, image, why);
}

static X509 *load_certificate(const void *data, size_t size)
{
	const unsigned char *der = data;
	BIO *bio = BIO_new_mem_buf(data, (int)size);
	X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	if (!certificate)
		certificate = d2i_X509(NULL, &der, (long)size);
	return certificate;
}

int policy_reference_add_signer(json_t *ref, const void *data, size_t size,
				char why[POLICY_REASON])
{
	X509 *certificate = load_certificate(data, size);
	const ASN1_OCTET_STRING *id;
	char subject[256] = "";
	int rc;

	if (!certificate)
		return policy_json_fail(why, "no certificate in PEM or DER");
	id = X509_get0_subject_key_id(certificate);
	X509_NAME_oneline(X509_get_subject_name(certificate), subject, sizeof(subject));
	if (!id || ASN1_STRING_length(id) < 1 || ASN1_STRING_length(id) > 36)
		rc = policy_json_fail(why, "certificate has no subject key identifier of 1 to 36 bytes");
	else
		rc = append(ref, "signers",
			    json_pack("{s:o, s:s}", "id",
				      hex_string(ASN1_STRING_get0_data(id),
						 (size_t)ASN1_STRING_length(id)),
				      "subject", subject));
	X509_free(certificate);
	return rc;
}
