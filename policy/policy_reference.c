// SPDX-License-Identifier: GPL-2.0-only
/* Reads reference values; see policy_reference.h.  What a compiler wrote is checked again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy_json.h"
#include "policy_reference.h"

static int get_text(json_t *value, const char *key, char *out, size_t size, char *why)
{
	const char *text = json_string_value(value);

	if (!text || !*text || strlen(text) != json_string_length(value) || strlen(text) >= size)
		return policy_json_fail(why, "\"%s\" is no short string", key);
	strcpy(out, text);
	return 0;
}

/* One that is accepted, by the name that we write: "sm3" beside "sm3_256" would be twice one */
static int get_bank(const char *name)
{
	int bank = pcr_bank_by_name(name);

	return bank < 0 || bank == PCR_SHA1 || strcmp(name, pcr_bank_name(bank)) ?
	       PCR_BANK_NONE : bank;
}

static int get_digests(json_t *object, const char *key, struct policy_digests *out, char *why)
{
	const char *name;
	json_t *value;
	int bank, rc;

	if (!json_is_object(object) || !json_object_size(object))
		return policy_json_fail(why, "\"%s\" is no object of digests", key);
	json_object_foreach(object, name, value) {
		bank = get_bank(name);
		if (bank < 0)
			return policy_json_fail(why, "\"%s\": algorithm is not accepted", key);
		rc = policy_json_digest(value, key, pcr_bank_size(bank), &out->of[bank], why);
		if (rc)
			return rc;
	}
	return 0;
}

/* How the compiler found the signature; it may not say so. */
static int get_signature(const char *word, bool *verified, char *why)
{
	*verified = word && !strcmp(word, "verified");
	if (!word || *verified || !strcmp(word, "unverified") || !strcmp(word, "unsigned"))
		return 0;
	return policy_json_fail(why, "payloads: \"signature\" is not verified, unverified or unsigned");
}

static int get_payload(json_t *object, struct policy_payload *p, char *why)
{
	json_t *name, *version, *digests;
	const char *signature = NULL;
	json_error_t error;
	json_int_t svn;
	int rc;

	if (json_unpack_ex(object, &error, 0, "{s:o, s:o, s:I, s:o, s?s !}", "name", &name, "version",
			   &version, "svn", &svn, "digests", &digests, "signature", &signature))
		return policy_json_fail(why, "payloads: %.100s", error.text);
	if (svn < 0 || svn > UINT32_MAX)
		return policy_json_fail(why, "payloads: \"svn\" is out of range");
	p->svn = (uint32_t)svn;
	rc = get_text(name, "payloads.name", p->name, sizeof(p->name), why);
	if (!rc)
		rc = get_text(version, "payloads.version", p->version, sizeof(p->version), why);
	if (!rc)
		rc = get_digests(digests, "payloads.digests", &p->digest, why);
	return rc ? rc : get_signature(signature, &p->verified, why);
}

static int get_boot(json_t *object, struct policy_boot *b, char *why)
{
	json_t *description, *digests, *file = NULL, *image = NULL;
	json_error_t error;
	const char *kind;
	int rc;

	if (json_unpack_ex(object, &error, 0, "{s:s, s:o, s:o, s?o, s?o !}", "kind", &kind,
			   "description", &description, "digests", &digests, "file", &file,
			   "image", &image))
		return policy_json_fail(why, "boot: %.100s", error.text);
	b->kernel = !strcmp(kind, "kernel");
	if (!b->kernel && strcmp(kind, "loader"))
		return policy_json_fail(why, "boot: \"kind\" is neither kernel nor loader");
	rc = get_text(description, "boot.description", b->description, sizeof(b->description), why);
	if (!rc)
		rc = get_digests(digests, "boot.digests", &b->digest, why);
	if (!rc && file)
		rc = policy_json_digest(file, "boot.file", 32, &b->file, why);
	b->inner = image;
	if (!rc && image)
		rc = get_digests(image, "boot.image", &b->image, why);
	return rc;
}

static int get_signer(json_t *object, struct policy_signer *s, char *why)
{
	json_t *id, *key = NULL;
	const char *subject;
	json_error_t error;
	int rc;

	if (json_unpack_ex(object, &error, 0, "{s:o, s:s, s?o !}", "id", &id, "subject", &subject,
			   "key", &key))
		return policy_json_fail(why, "signers: %.100s", error.text);
	rc = policy_json_digest(id, "signers.id", 0, &s->id, why);
	if (!rc && key)
		rc = policy_json_digest(key, "signers.key", 32, &s->key, why);
	return rc;
}

static int get_bank_pcrs(const char *name, json_t *object, struct policy_reference *ref, char *why)
{
	int bank = get_bank(name), rc;
	struct policy_pcr *grown;
	const char *index;
	json_t *values;

	if (bank < 0 || !json_is_object(object))
		return policy_json_fail(why, "pcrs: a bank is not accepted");
	json_object_foreach(object, index, values) {
		unsigned long pcr = strtoul(index, NULL, 10);
		char plain[24];

		/* As we write it: "01" beside "1" would be the same register twice */
		snprintf(plain, sizeof(plain), "%lu", pcr);
		if (strcmp(plain, index) || pcr >= PCR_COUNT)
			return policy_json_fail(why, "pcrs: an index is no PCR");
		if (!(PCR_PINNABLE >> pcr & 1))
			return policy_json_fail(why, "pcrs: PCR %lu is user space's: 0 to 9 and 14 can be pinned",
						pcr);
		grown = reallocarray(ref->pcr, ref->pcrs + 1, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		ref->pcr = grown;
		grown += ref->pcrs++;
		*grown = (struct policy_pcr){ .bank = bank, .pcr = (unsigned int)pcr };
		rc = policy_json_digests(values, "pcrs", pcr_bank_size(bank), &grown->allowed,
					 &grown->count, why);
		if (rc)
			return rc;
	}
	return 0;
}

static int get_arrays(json_t *payloads, json_t *signers, json_t *boot,
		      struct policy_reference *ref, char *why)
{
	json_t *value;
	size_t i;
	int rc;

	if (!json_is_array(payloads) || !json_is_array(signers) || !json_is_array(boot))
		return policy_json_fail(why, "payloads, signers or boot is no array");
	ref->payload = calloc(json_array_size(payloads) + 1, sizeof(*ref->payload));
	ref->signer = calloc(json_array_size(signers) + 1, sizeof(*ref->signer));
	ref->boot = calloc(json_array_size(boot) + 1, sizeof(*ref->boot));
	if (!ref->payload || !ref->signer || !ref->boot)
		return -ENOMEM;
	json_array_foreach(payloads, i, value) {
		rc = get_payload(value, &ref->payload[ref->payloads++], why);
		if (rc)
			return rc;
	}
	json_array_foreach(signers, i, value) {
		rc = get_signer(value, &ref->signer[ref->signers++], why);
		if (rc)
			return rc;
	}
	json_array_foreach(boot, i, value) {
		rc = get_boot(value, &ref->boot[ref->boots++], why);
		if (rc)
			return rc;
	}
	return 0;
}

static int get_reference(json_t *root, struct policy_reference *ref, char *why)
{
	json_t *payloads, *signers, *boot, *pcrs, *policies, *values;
	const char *format, *bank;
	json_error_t error;
	int version, rc;

	if (json_unpack_ex(root, &error, 0, "{s:s, s:i, s:o, s:o, s:o, s:o, s:o !}", "format",
			   &format, "version", &version, "payloads", &payloads, "signers", &signers,
			   "boot", &boot, "pcrs", &pcrs, "ima_policies", &policies))
		return policy_json_fail(why, "%.120s", error.text);
	rc = get_arrays(payloads, signers, boot, ref, why);
	if (!rc)
		rc = policy_json_digests(policies, "ima_policies", 32, &ref->ima_policy,
					 &ref->ima_policies, why);
	if (!rc && !json_is_object(pcrs))
		rc = policy_json_fail(why, "pcrs is no object");
	if (rc)
		return rc;
	json_object_foreach(pcrs, bank, values) {
		rc = get_bank_pcrs(bank, values, ref, why);
		if (rc)
			return rc;
	}
	return 0;
}

int policy_reference_parse(const void *data, size_t size, struct policy_reference *out,
			   char why[POLICY_REASON])
{
	json_t *root;
	int rc;

	memset(out, 0, sizeof(*out));
	root = policy_json_load(data, size, "caretaker-reference", why);
	if (!root)
		return -EBADMSG;
	rc = get_reference(root, out, why);
	if (rc)
		policy_reference_free(out);
	json_decref(root);
	return rc;
}

void policy_reference_free(struct policy_reference *ref)
{
	for (size_t i = 0; i < ref->pcrs; i++)
		free(ref->pcr[i].allowed);
	free(ref->payload);
	free(ref->signer);
	free(ref->boot);
	free(ref->pcr);
	free(ref->ima_policy);
	memset(ref, 0, sizeof(*ref));
}

static bool is(const struct policy_digest *have, const unsigned char *digest, size_t size)
{
	return size && have->size == size && !memcmp(have->value, digest, size);
}

const struct policy_payload *policy_reference_payload(const struct policy_reference *ref,
						      enum pcr_bank alg,
						      const unsigned char *digest, size_t size)
{
	for (size_t i = 0; i < ref->payloads; i++)
		if (is(&ref->payload[i].digest.of[alg], digest, size))
			return &ref->payload[i];
	return NULL;
}

const struct policy_boot *policy_reference_boot(const struct policy_reference *ref,
						enum pcr_bank alg, const unsigned char *before,
						const unsigned char *digest, size_t size)
{
	const struct policy_boot *loader = NULL;

	for (size_t i = 0; i < ref->boots; i++) {
		const struct policy_boot *b = &ref->boot[i];

		if (b->inner && !(before && is(&b->image.of[alg], before, size)))
			continue;
		if (!is(&b->digest.of[alg], digest, size))
			continue;
		/* A unified kernel image is a loader too, where the kernel in it is measured */
		if (b->kernel)
			return b;
		loader = b;
	}
	return loader;
}

const struct policy_boot *policy_reference_file(const struct policy_reference *ref,
						const unsigned char digest[32])
{
	for (size_t i = 0; i < ref->boots; i++)
		if (ref->boot[i].kernel && is(&ref->boot[i].file, digest, 32))
			return &ref->boot[i];
	return NULL;
}

bool policy_reference_signer(const struct policy_reference *ref, const unsigned char *key,
			     const unsigned char *id, size_t id_size)
{
	for (size_t i = 0; i < ref->signers; i++) {
		const struct policy_signer *s = &ref->signer[i];

		if (s->key.size ? is(&s->key, key, 32) : is(&s->id, id, id_size))
			return true;
	}
	return false;
}
