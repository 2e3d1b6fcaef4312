// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files of an enrolment: what the host asks, what the verifier answers, and
 * what the verifier keeps.  The rules of reading are those of json.h.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base64.h"
#include "evidence/json.h"
#include "hex.h"
#include "printable.h"

/* What each of the files begins with */
struct beginning {
	json_t *root;
	const char *format;
	json_int_t version;
};

#define BEGINNING(begin) "format", &(begin)->format, "version", &(begin)->version

/*
 * Reads a file whose format must be @want.  @fields is for json_unpack(), with what
 * it stores to behind it.  The caller drops begin->root, which may be NULL.
 */
static int read_fields(const void *data, size_t size, const char *want, char *why,
		       struct beginning *begin, const char *fields, ...)
{
	json_error_t error;
	va_list list;
	int rc;

	begin->root = NULL;
	if (size > ENROLMENT_MAX_FILE) {
		snprintf(why, EVIDENCE_REASON, "more than %u bytes", ENROLMENT_MAX_FILE);
		return -EBADMSG;
	}
	begin->root = json_loadb(data, size, JSON_REJECT_DUPLICATES, &error);
	if (!begin->root) {
		snprintf(why, EVIDENCE_REASON, "no JSON, line %d column %d", error.line,
			 error.column);
		return -EBADMSG;
	}
	va_start(list, fields);
	rc = json_vunpack_ex(begin->root, &error, 0, fields, list);
	va_end(list);
	if (rc) {
		/* What jansson says has keys of the file in it */
		snprintf(why, EVIDENCE_REASON, "%.100s", error.text);
		printable(why);
		return -EBADMSG;
	}
	if (!strcmp(begin->format, want) && begin->version == ENROLMENT_VERSION)
		return 0;
	snprintf(why, EVIDENCE_REASON, "this is no %s, version %d", want, ENROLMENT_VERSION);
	return -EBADMSG;
}

/* At least @min bytes, at most @max */
static int get_part(json_t *value, const char *name, size_t min, size_t max, struct blob *out,
		    char *why)
{
	int rc;

	rc = json_is_string(value) ?
		base64_decode(json_string_value(value), json_string_length(value), max, out) :
		-EBADMSG;
	if (rc == -ENOMEM)
		return rc;
	if (!rc && out->size >= min)
		return 0;
	blob_free(out);
	snprintf(why, EVIDENCE_REASON, "\"%s\" is no base64 of a fitting length", name);
	return -EBADMSG;
}

static int get_bytes(json_t *value, const char *name, struct blob *out, char *why)
{
	return get_part(value, name, 1, EVIDENCE_MAX_PART, out, why);
}

static const char *const vouched_words[] = {
	[VOUCHED_CERTIFICATE] = "certificate",
	[VOUCHED_EXPIRED] = "expired-certificate",
	[VOUCHED_LIST] = "list",
};

const char *vouched_word(enum vouched vouched)
{
	return vouched_words[vouched];
}

static int get_vouched(const char *text, enum vouched *out, char *why)
{
	for (size_t i = 0; i < sizeof(vouched_words) / sizeof(vouched_words[0]); i++) {
		if (strcmp(text, vouched_words[i]))
			continue;
		*out = (enum vouched)i;
		return 0;
	}
	snprintf(why, EVIDENCE_REASON, "\"vouched\" is none of its words");
	return -EBADMSG;
}

/* Lower case, as we write it: one text for each value */
static int get_32(const char *text, const char *name, unsigned char out[32], char *why)
{
	size_t n = 32;

	if (strspn(text, "0123456789abcdef") == 64 && !text[64] && !hex_decode(text, out, &n) &&
	    n == 32)
		return 0;
	snprintf(why, EVIDENCE_REASON, "\"%s\" is no hex string of 32 bytes", name);
	return -EBADMSG;
}

static json_t *put_32(const unsigned char value[32])
{
	char text[65];
	json_t *string;

	hex_encode(value, 32, text);
	string = json_string(text);
	OPENSSL_cleanse(text, sizeof(text));
	return string;
}

static json_t *put_blob(const struct blob *b)
{
	return base64_encode(b->data, b->size);
}

int enrolment_parse(const void *data, size_t size, struct enrolment *out,
		    char why[EVIDENCE_REASON])
{
	json_t *certificate, *chain, *ek, *ak;
	struct beginning begin;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = read_fields(data, size, "caretaker-enrolment", why, &begin,
			 "{s:s, s:I, s:o, s:o, s:o, s:o !}", BEGINNING(&begin),
			 "ek_certificate", &certificate, "ek_chain", &chain, "ek_public", &ek,
			 "ak_public", &ak);
	if (!rc)
		rc = get_part(certificate, "ek_certificate", 0, EVIDENCE_MAX_PART,
			      &out->ek_certificate, why);
	if (!rc)
		rc = get_part(chain, "ek_chain", 0, EVIDENCE_MAX_CHAIN, &out->ek_chain, why);
	if (!rc)
		rc = get_bytes(ek, "ek_public", &out->ek_public, why);
	if (!rc)
		rc = get_bytes(ak, "ak_public", &out->ak_public, why);
	if (rc)
		enrolment_free(out);
	json_decref(begin.root);
	return rc;
}

json_t *enrolment_json(const struct enrolment *e)
{
	return json_pack("{s:s, s:i, s:o, s:o, s:o, s:o}", "format", "caretaker-enrolment",
			 "version", ENROLMENT_VERSION,
			 "ek_certificate", put_blob(&e->ek_certificate),
			 "ek_chain", put_blob(&e->ek_chain),
			 "ek_public", put_blob(&e->ek_public),
			 "ak_public", put_blob(&e->ak_public));
}

void enrolment_free(struct enrolment *e)
{
	blob_free(&e->ek_certificate);
	blob_free(&e->ek_chain);
	blob_free(&e->ek_public);
	blob_free(&e->ak_public);
}

int enrolment_binding(const struct enrolment *e, unsigned char digest[32])
{
	const struct blob *part[] = { &e->ek_certificate, &e->ek_chain, &e->ek_public, &e->ak_public };
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	int ok = md && EVP_DigestInit_ex(md, EVP_sha256(), NULL);

	for (size_t i = 0; ok && i < sizeof(part) / sizeof(part[0]); i++) {
		uint64_t size = part[i]->size;
		unsigned char length[8];

		for (int b = 0; b < 8; b++)
			length[b] = (unsigned char)(size >> (56 - 8 * b));
		ok = EVP_DigestUpdate(md, length, sizeof(length)) &&
		     EVP_DigestUpdate(md, part[i]->data, part[i]->size);
	}
	ok = ok && EVP_DigestFinal_ex(md, digest, NULL);
	EVP_MD_CTX_free(md);
	return ok ? 0 : -ENOMEM;
}

int challenge_parse(const void *data, size_t size, struct challenge *out,
		    char why[EVIDENCE_REASON])
{
	json_t *credential, *secret;
	struct beginning begin;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = read_fields(data, size, "caretaker-challenge", why, &begin,
			 "{s:s, s:I, s:o, s:o !}", BEGINNING(&begin),
			 "credential", &credential, "secret", &secret);
	if (!rc)
		rc = get_bytes(credential, "credential", &out->credential, why);
	if (!rc)
		rc = get_bytes(secret, "secret", &out->secret, why);
	if (rc)
		challenge_free(out);
	json_decref(begin.root);
	return rc;
}

json_t *challenge_json(const struct challenge *c)
{
	return json_pack("{s:s, s:i, s:o, s:o}", "format", "caretaker-challenge",
			 "version", ENROLMENT_VERSION, "credential", put_blob(&c->credential),
			 "secret", put_blob(&c->secret));
}

void challenge_free(struct challenge *c)
{
	blob_free(&c->credential);
	blob_free(&c->secret);
}

int challenge_secret_parse(const void *data, size_t size, struct challenge_secret *out,
			   char why[EVIDENCE_REASON])
{
	const char *secret, *binding, *vouched;
	struct beginning begin;
	json_int_t issued = 0;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = read_fields(data, size, "caretaker-challenge-secret", why, &begin,
			 "{s:s, s:I, s:s, s:s, s:s, s:I !}", BEGINNING(&begin),
			 "secret", &secret, "binding", &binding, "vouched", &vouched, "issued",
			 &issued);
	if (!rc)
		rc = get_32(secret, "secret", out->secret, why);
	if (!rc)
		rc = get_32(binding, "binding", out->binding, why);
	if (!rc)
		rc = get_vouched(vouched, &out->vouched, why);
	out->issued = issued;
	if (rc)
		OPENSSL_cleanse(out, sizeof(*out));
	json_decref(begin.root);
	return rc;
}

json_t *challenge_secret_json(const struct challenge_secret *s)
{
	return json_pack("{s:s, s:i, s:o, s:o, s:s, s:I}", "format", "caretaker-challenge-secret",
			 "version", ENROLMENT_VERSION, "secret", put_32(s->secret),
			 "binding", put_32(s->binding), "vouched", vouched_word(s->vouched), "issued", (json_int_t)s->issued);
}

int response_parse(const void *data, size_t size, struct response *out,
		   char why[EVIDENCE_REASON])
{
	struct beginning begin;
	const char *proof;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = read_fields(data, size, "caretaker-response", why, &begin,
			 "{s:s, s:I, s:s !}", BEGINNING(&begin), "proof", &proof);
	if (!rc)
		rc = get_32(proof, "proof", out->proof, why);
	if (rc)
		OPENSSL_cleanse(out, sizeof(*out));
	json_decref(begin.root);
	return rc;
}

json_t *response_json(const struct response *r)
{
	return json_pack("{s:s, s:i, s:o}", "format", "caretaker-response",
			 "version", ENROLMENT_VERSION, "proof", put_32(r->proof));
}

int host_identity_parse(const void *data, size_t size, struct host_identity *out,
			char why[EVIDENCE_REASON])
{
	struct beginning begin;
	json_int_t enrolled = 0;
	const char *ek_digest, *vouched;
	json_t *ak;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = read_fields(data, size, "caretaker-host", why, &begin,
			 "{s:s, s:I, s:s, s:o, s:s, s:I !}", BEGINNING(&begin),
			 "ek_digest", &ek_digest, "ak_public", &ak, "vouched", &vouched,
			 "enrolled", &enrolled);
	if (!rc)
		rc = get_32(ek_digest, "ek_digest", out->ek_digest, why);
	if (!rc)
		rc = get_vouched(vouched, &out->vouched, why);
	if (!rc)
		rc = get_bytes(ak, "ak_public", &out->ak_public, why);
	out->enrolled = enrolled;
	if (rc)
		host_identity_free(out);
	json_decref(begin.root);
	return rc;
}

json_t *host_identity_json(const struct host_identity *h)
{
	return json_pack("{s:s, s:i, s:o, s:o, s:s, s:I}", "format", "caretaker-host",
			 "version", ENROLMENT_VERSION, "ek_digest", put_32(h->ek_digest),
			 "ak_public", put_blob(&h->ak_public), "vouched", vouched_word(h->vouched),
			 "enrolled", (json_int_t)h->enrolled);
}

void host_identity_free(struct host_identity *h)
{
	blob_free(&h->ak_public);
	memset(h, 0, sizeof(*h));
}
