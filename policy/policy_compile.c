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
#include <openssl/x509v3.h>

#include "certificate.h"
#include "hex.h"
#include "policy_authenticode.h"
#include "policy_json.h"
#include "policy_reference.h"
#include "verify.h"

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

/* As far as it can be said: what is broken under any key is refused in any case. */
static int check_signature(const void *data, size_t size, STACK_OF(X509) *signers,
			   struct payload *payload, const char **signature, struct reason *why)
{
	X509 *signer;
	int ret;

	if (sk_X509_num(signers) > 0) {
		*signature = "verified";
		return verify_payload(data, size, signers, payload, &signer, why);
	}
	ret = payload_parse(data, size, payload, why);
	*signature = payload->signature ? "unverified" : "unsigned";
	if (ret || !payload->signature)
		return ret;
	return verify_unknown(payload->data, payload->size, payload->signature,
			      payload->signature_size, why);
}

int policy_reference_add_payload(json_t *ref, const void *data, size_t size,
				 STACK_OF(X509) *signers, const char **signature,
				 char why[POLICY_REASON])
{
	const struct caretaker_note *note;
	struct payload payload;
	struct reason reason;
	int rc, failed;

	rc = check_signature(data, size, signers, &payload, signature, &reason);
	if (rc == -ENOMEM)
		return rc;
	if (rc) {
		failed = policy_json_fail(why, "%s: %s", reason.word, reason.text);
		/* What OpenSSL has not got is not the file's fault. */
		return rc == -ENOPKG ? rc : failed;
	}
	note = &payload.image.note;
	return append(ref, "payloads",
		      json_pack("{s:s, s:s, s:I, s:o, s:s}", "name", note->name, "version",
				note->version, "svn", (json_int_t)note->svn, "digests",
				all_digests(payload.data, payload.size), "signature", *signature));
}

typedef int (*image_digest)(const void *data, size_t size, const char *hash, struct policy_digest *out,
			    char *why);

static int image_digests(struct view image, image_digest digest, json_t **out, char *why)
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
	*out = digests;
	return 0;
}

/* @inside: digests of the image behind which alone this one counts; takes the reference, may be NULL */
static int add_image(json_t *ref, bool kernel, const char *description, struct view image,
		     image_digest digest, json_t *inside, char *why)
{
	unsigned char file[32];
	json_t *digests = NULL;
	size_t length;
	int rc;

	rc = image_digests(image, digest, &digests, why);
	if (!rc && !EVP_Q_digest(NULL, "SHA256", NULL, image.data, image.size, file, &length))
		rc = -ENOMEM;
	if (rc) {
		json_decref(digests);
		json_decref(inside);
		return rc;
	}
	return append(ref, "boot", json_pack("{s:s, s:s, s:o, s:o, s:o*}", "kind",
					     kernel ? "kernel" : "loader", "description",
					     description, "digests", digests, "file",
					     hex_string(file, length), "image", inside));
}

/*
 * systemd-stub 252 to 257 starts the kernel in a unified kernel image with LoadImage(). Firmware
 * measures it too, right behind the image that it is in (systemd#36076), unless Secure Boot is
 * on and the stub could take the place of what verifies and measures (systemd#37372). It is
 * not signed for that, and so measured as it is. By itself it is not listed: what the image
 * gives it, initrd and command line, would be anybody's.
 */
static int add_inner_kernel(json_t *ref, const char *description, struct view image, image_digest digest,
			    char *why)
{
	char text[128], inner[POLICY_REASON] = "";
	struct view kernel;
	json_t *inside;
	int rc;

	rc = policy_uki_kernel(image.data, image.size, &kernel, why);
	if (rc || !kernel.size)
		return rc;
	snprintf(text, sizeof(text), "%.100s, .linux", description);
	rc = image_digests(image, digest, &inside, why);
	if (rc)
		return rc;
	rc = add_image(ref, true, text, kernel, policy_authenticode_as_is, inside, inner);
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
	rc = add_image(ref, kernel, text, image, policy_authenticode_as_is, NULL, why);
	return rc || !kernel ? rc : add_inner_kernel(ref, text, image, policy_authenticode_as_is, why);
}

int policy_reference_add_boot(json_t *ref, bool kernel, const char *description,
			      const void *data, size_t size, char why[POLICY_REASON])
{
	struct view image = { data, size };
	int rc = add_image(ref, kernel, description, image, policy_authenticode, NULL, why);

	if (!rc && kernel)
		rc = add_inner_kernel(ref, description, image, policy_authenticode, why);
	return rc ? rc : add_unsigned(ref, kernel, description, image, why);
}

static int check_key_id(X509 *certificate, int number, char *why)
{
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(certificate);

	if (!id || ASN1_STRING_length(id) < 1 || ASN1_STRING_length(id) > 36)
		return policy_json_fail(why, "certificate %d has no subject key identifier of 1 to "
					"36 bytes", number);
	return 0;
}

static int add_signer(json_t *ref, X509 *certificate)
{
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(certificate);
	unsigned char key[32];
	char subject[256] = "";

	/* As the kernel does: RFC 7093 section 2 (1), not truncated */
	if (!X509_pubkey_digest(certificate, EVP_sha256(), key, NULL))
		return -ENOMEM;
	X509_NAME_oneline(X509_get_subject_name(certificate), subject, sizeof(subject));
	return append(ref, "signers",
		      json_pack("{s:o, s:o, s:s}", "id",
				hex_string(ASN1_STRING_get0_data(id),
					   (size_t)ASN1_STRING_length(id)),
				"key", hex_string(key, sizeof(key)), "subject", subject));
}

int policy_reference_add_signer(json_t *ref, const void *data, size_t size,
				char why[POLICY_REASON])
{
	STACK_OF(X509) *certificates = sk_X509_new_null();
	struct reason reason;
	int rc;

	if (!certificates)
		return -ENOMEM;
	rc = certificate_parse(data, size, certificates, &reason);
	if (rc && rc != -ENOMEM)
		rc = policy_json_fail(why, "%s: %s", reason.word, reason.text);
	/* All or none */
	for (int i = 0; !rc && i < sk_X509_num(certificates); i++)
		rc = check_key_id(sk_X509_value(certificates, i), i + 1, why);
	for (int i = 0; !rc && i < sk_X509_num(certificates); i++)
		rc = add_signer(ref, sk_X509_value(certificates, i));
	sk_X509_pop_free(certificates, X509_free);
	return rc;
}
