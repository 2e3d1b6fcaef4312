// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads and writes what of evidence is JSON; see json.h.
 *
 * jansson checks syntax, duplicate and unknown keys; what the fields mean is
 * checked by those who use them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base64.h"
#include "evidence/json.h"
#include "hex.h"
#include "printable.h"

static int fail(char *why, const char *fmt, const char *what)
{
	snprintf(why, EVIDENCE_REASON, fmt, what);
	printable(why);
	return -EBADMSG;
}

/* Parses @data and checks that it is an object of @format and our version */
static json_t *load(const void *data, size_t size, const char *format, char *why)
{
	json_error_t error;
	json_t *root, *key;

	root = json_loadb(data, size, JSON_REJECT_DUPLICATES, &error);
	if (!root) {
		snprintf(why, EVIDENCE_REASON, "no JSON, line %d column %d", error.line,
			 error.column);
		return NULL;
	}
	key = json_object_get(root, "format");
	if (!json_is_string(key) || strcmp(json_string_value(key), format)) {
		fail(why, "\"format\" is not \"%s\"", format);
		goto bad;
	}
	key = json_object_get(root, "version");
	if (!json_is_integer(key) || json_integer_value(key) != EVIDENCE_VERSION) {
		fail(why, "\"version\" of %s is not known", format);
		goto bad;
	}
	return root;
bad:
	json_decref(root);
	return NULL;
}

static int unpack_error(char *why, const json_error_t *error)
{
	return fail(why, "%s", error->text);
}

static int get_bytes(json_t *value, const char *name, size_t max, struct blob *out, char *why)
{
	int rc;

	if (!json_is_string(value))
		return fail(why, "\"%s\" is no string", name);
	rc = base64_decode(json_string_value(value), json_string_length(value), max, out);
	if (rc == -ENOMEM)
		return rc;
	if (rc)
		return fail(why, rc == -EFBIG ? "\"%s\" is too large" :
			    "\"%s\" is not base64", name);
	return 0;
}

/* Lower case, as we write it: one text for each value */
static int get_hex(json_t *value, const char *name, unsigned char *out, size_t size, char *why)
{
	const char *text = json_string_value(value);
	size_t n = size;

	if (!text || strspn(text, "0123456789abcdef") != 2 * size || text[2 * size] ||
	    hex_decode(text, out, &n) || n != size)
		return fail(why, "\"%s\" is no hex string of the right length", name);
	return 0;
}

static int get_text(json_t *value, const char *name, char *out, size_t size, char *why)
{
	if (!json_is_string(value) || json_string_length(value) >= size ||
	    strlen(json_string_value(value)) != json_string_length(value))
		return fail(why, "\"%s\" is no short string", name);
	memcpy(out, json_string_value(value), json_string_length(value) + 1);
	return 0;
}

/* --- evidence ------------------------------------------------------------ */

static int get_bank(const char *name, json_t *values, struct evidence *e, char *why)
{
	int bank = pcr_bank_by_name(name);
	unsigned char digest[PCR_DIGEST_MAX];
	const char *index;
	json_t *value;
	int rc;

	/* By its own name, and only if there is something in it: as we write it */
	if (bank < 0 || strcmp(name, pcr_bank_name(bank)) || !json_object_size(values))
		return fail(why, "\"%s\" has a bank that is not known", "pcrs");
	json_object_foreach(values, index, value) {
		size_t size = pcr_bank_size(bank);
		char plain[24], *end;
		unsigned long i = strtoul(index, &end, 10);

		snprintf(plain, sizeof(plain), "%lu", i);
		if (*end || i >= PCR_COUNT || strcmp(plain, index))
			return fail(why, "\"%s\" has an index that is no PCR", "pcrs");
		rc = get_hex(value, "pcrs", digest, size, why);
		if (rc)
			return rc;
		if (pcr_set_value(&e->pcrs, bank, (unsigned int)i, digest, size))
			return fail(why, "\"%s\" has a value that does not fit", "pcrs");
	}
	return 0;
}

static int get_hearsay(json_t *object, struct evidence *e, char *why)
{
	json_t *release, *boot_id, *command_line;
	json_error_t error;
	json_int_t collected;
	int rc;

	if (json_unpack_ex(object, &error, 0, "{s:o, s:o, s:o, s:I !}",
			   "kernel_release", &release, "boot_id", &boot_id,
			   "command_line", &command_line, "collected", &collected))
		return unpack_error(why, &error);
	e->collected = collected;
	rc = get_text(release, "kernel_release", e->kernel_release,
		      sizeof(e->kernel_release), why);
	if (!rc)
		rc = get_text(boot_id, "boot_id", e->boot_id, sizeof(e->boot_id), why);
	if (!rc)
		rc = get_text(command_line, "command_line", e->command_line,
			      sizeof(e->command_line), why);
	return rc;
}

static int get_evidence(json_t *root, struct evidence *e, char *why)
{
	json_t *attest, *signature, *ak, *pcrs, *hearsay, *values;
	json_error_t error;
	const char *format, *name;
	int rc, version;

	if (json_unpack_ex(root, &error, 0,
			   "{s:s, s:i, s:o, s:o, s:o, s:o, s:o !}",
			   "format", &format, "version", &version, "attest", &attest,
			   "signature", &signature, "ak_public", &ak,
			   "pcrs", &pcrs, "unauthenticated", &hearsay))
		return unpack_error(why, &error);
	rc = get_bytes(attest, "attest", 4096, &e->attest, why);
	if (!rc)
		rc = get_bytes(signature, "signature", 4096, &e->signature, why);
	if (!rc)
		rc = get_bytes(ak, "ak_public", 4096, &e->ak_public, why);
	if (!rc && !json_is_object(pcrs))
		rc = fail(why, "\"%s\" is no object", "pcrs");
	if (rc)
		return rc;
	json_object_foreach(pcrs, name, values) {
		rc = get_bank(name, values, e, why);
		if (rc)
			return rc;
	}
	return get_hearsay(hearsay, e, why);
}

int evidence_parse(const void *data, size_t size, struct evidence *out,
		   char why[EVIDENCE_REASON])
{
	json_t *root;
	int rc;

	memset(out, 0, sizeof(*out));
	root = load(data, size, "caretaker-evidence", why);
	if (!root)
		return -EBADMSG;
	pcr_set_init(&out->pcrs);
	rc = get_evidence(root, out, why);
	if (rc)
		evidence_free(out);
	json_decref(root);
	return rc;
}

json_t *evidence_json(const struct evidence *e)
{
	return json_pack("{s:s, s:i, s:o, s:o, s:o, s:o, s:{s:s, s:s, s:s, s:I}}",
			 "format", "caretaker-evidence", "version", EVIDENCE_VERSION,
			 "attest", base64_encode(e->attest.data, e->attest.size),
			 "signature", base64_encode(e->signature.data, e->signature.size),
			 "ak_public", base64_encode(e->ak_public.data, e->ak_public.size),
			 "pcrs", pcr_set_json(&e->pcrs, PCR_BANKS_ALL),
			 "unauthenticated",
			 "kernel_release", e->kernel_release, "boot_id", e->boot_id,
			 "command_line", e->command_line,
			 "collected", (json_int_t)e->collected);
}

void evidence_free(struct evidence *e)
{
	blob_free(&e->attest);
	blob_free(&e->signature);
	blob_free(&e->ak_public);
	blob_free(&e->uefi_log);
	blob_free(&e->userspace_log);
	memset(e, 0, sizeof(*e));
}
