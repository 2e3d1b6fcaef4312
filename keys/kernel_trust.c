// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the keyrings of a kernel say of a certificate.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "hex.h"
#include "kernel_trust.h"

#define NAME_MAX_BYTES	64	/* of a key identifier, or of a number */

bool kernel_trust_vouches(const char *keyring)
{
	static const char * const rings[] = {
		".builtin_trusted_keys", ".secondary_trusted_keys", ".machine", ".platform",
	};

	for (size_t i = 0; i < sizeof(rings) / sizeof(rings[0]); i++)
		if (!strcmp(keyring, rings[i]))
			return true;
	return false;
}

/* What the kernel calls the certificate, behind its subject, and by which its hash revokes it */
struct names {
	char key[sizeof(": ") + 2 * NAME_MAX_BYTES];
	char tbs[sizeof("tbs:") + 2 * EVP_MAX_MD_SIZE];
};

/* SHA-256 whatever the certificate was signed with, as dbx has it: x509_get_sig_params() */
static int name_tbs(X509 *cert, char *out, struct reason *why)
{
	unsigned char digest[EVP_MAX_MD_SIZE], *der = NULL;
	int size = i2d_re_X509_tbs(cert, &der);
	unsigned int length;
	bool done = size > 0 && EVP_Digest(der, (size_t)size, digest, &length, EVP_sha256(), NULL);

	OPENSSL_free(der);
	if (!done)
		return reason_openssl(why, -EIO, "digest", "cannot compute that of the certificate");
	strcpy(out, "tbs:");
	hex_encode(digest, length, out + strlen(out));
	return 0;
}

static int name(X509 *cert, struct names *out, struct reason *why)
{
	const ASN1_STRING *id = X509_get0_subject_key_id(cert);
	int size;

	if (!id)
		id = X509_get0_serialNumber(cert);
	size = ASN1_STRING_length(id);
	if (size < 1 || size > NAME_MAX_BYTES)
		return reason_set(why, REFUSED, "certificate-key-id", "a key identifier or number of %d bytes", size);
	strcpy(out->key, ": ");
	hex_encode(ASN1_STRING_get0_data(id), (size_t)size, out->key + 2);
	return name_tbs(cert, out->tbs, why);
}

static bool ends_in(const char *text, const char *end)
{
	size_t size = strlen(text), wanted = strlen(end);

	return size >= wanted && !strcmp(text + size - wanted, end);
}

static bool has(const json_t *ring, const struct names *names)
{
	const json_t *key;
	size_t i;

	json_array_foreach(json_object_get(ring, "keys"), i, key) {
		const char *type = json_string_value(json_object_get(key, "type"));
		const char *text = json_string_value(json_object_get(key, "description"));

		if (!type || !text)
			continue;
		if ((!strcmp(type, "asymmetric") && ends_in(text, names->key)) ||
		    (!strcmp(type, "blacklist") && !strcmp(text, names->tbs)))
			return true;
	}
	return false;
}

int kernel_trust_find(const json_t *rings, X509 *cert, json_t **out, struct reason *why)
{
	bool trusted = false, revoked = false;
	json_t *found = json_array();
	const json_t *ring;
	struct names names;
	size_t i;
	int ret;

	*out = NULL;
	ret = name(cert, &names, why);
	json_array_foreach(rings, i, ring) {
		const char *keyring = json_string_value(json_object_get(ring, "name"));

		if (ret || !has(ring, &names))
			continue;
		trusted |= kernel_trust_vouches(keyring);
		revoked |= !strcmp(keyring, ".blacklist");
		json_array_append_new(found, json_string(keyring));
	}
	if (ret) {
		json_decref(found);
		return ret;
	}
	*out = json_pack("{s:b, s:b, s:o}", "trusted", trusted && !revoked, "revoked", revoked, "keyrings", found);
	if (!*out)
		return reason_set(why, -ENOMEM, "memory", "no memory");
	if (revoked)
		return reason_set(why, REFUSED, "certificate-revoked", "the running kernel has it in .blacklist");
	return trusted ? 0 : reason_set(why, REFUSED, "not-in-keyring", "no keyring of the running kernel that "
					"vouches for payloads has it");
}
