// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `caretaker verify` says of a file, as JSON and as text.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>

#include "certificate.h"
#include "describe.h"
#include "kernel_needs.h"
#include "printable.h"
#include "verify_report.h"

/* The TSA's name, and its number of the token; NULL where there is no memory */
static json_t *describe_timestamp(const struct timestamp *timestamp, STACK_OF(X509) *tsa)
{
	STACK_OF(X509) *signers = PKCS7_get0_signers(timestamp->token, tsa, 0);
	X509 *cert = sk_X509_num(signers) > 0 ? sk_X509_value(signers, 0) : NULL;
	char *name = cert ? certificate_name(X509_get_subject_name(cert)) : NULL;
	BIGNUM *value = ASN1_INTEGER_to_BN(TS_TST_INFO_get_serial(timestamp->info), NULL);
	char *number = value ? BN_bn2hex(value) : NULL;
	json_t *object;
	char text[24];

	timestamp_text(timestamp->time, text);
	object = json_pack("{s:s, s:s?, s:s?}", "time", text, "tsa", name, "serial", number);
	OPENSSL_free(number);
	BN_free(value);
	free(name);
	sk_X509_free(signers);
	return object;
}

static json_t *describe_release(const struct release *release)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "signer", release->signer, "builder",
			 release->builder, "build_type", release->build_type, "source",
			 release->source, "revision", release->revision);
}

/* A name is bytes, JSON is not. */
static json_t *describe_path(const char *path)
{
	char *text = strdup(path);
	json_t *name;

	if (text)
		printable(text);
	name = text ? json_string(text) : NULL;
	free(text);
	return name;
}

static const char *text_of(const json_t *signer, const char *field)
{
	return json_string_value(json_object_get(signer, field));
}

static json_t *describe_needs(const struct verify_outcome *outcome)
{
	const char *option[KERNEL_NEEDS_MAX + 1] = { NULL };
	json_t *array;

	if (outcome->signer && kernel_needs(&outcome->payload, option))
		return NULL;
	array = json_array();
	for (int i = 0; option[i]; i++)
		if (json_array_append_new(array, json_string(option[i]))) {
			json_decref(array);
			return NULL;
		}
	return array;
}

json_t *verify_report(const struct verify_outcome *outcome, const char *error)
{
	const struct payload *payload = &outcome->payload;
	bool timed = outcome->timestamp.token, released = outcome->release.statement;

	char when[24];

	timestamp_text(outcome->when, when);
	return json_pack("{s:o, s:b, s:s?, s:o, s:O?, s:o, s:o, s:s?, s:s?, s:o, s:o}",
			 "file", describe_path(outcome->path), "valid", !error, "error", error,
			 "signer", error ? json_null() : describe_certificate(outcome->signer),
			 "signers", outcome->signers, "needs", describe_needs(outcome),
			 "svn", error ? json_null() : json_integer(payload->image.note.svn),
			 "digest", *payload->digest ? payload->digest : NULL,
			 "at", outcome->timed ? when : NULL, "timestamp",
			 timed ? describe_timestamp(&outcome->timestamp, outcome->tsa) : json_null(),
			 "release", released ? describe_release(&outcome->release) : json_null());
}

static void print_timestamp(const struct verify_outcome *outcome, FILE *to)
{
	json_t *stamp = describe_timestamp(&outcome->timestamp, outcome->tsa);

	if (stamp)
		fprintf(to, "signed    by %s, says %s\n", json_string_value(json_object_get(stamp, "time")),
			json_string_value(json_object_get(stamp, "tsa")) ? : "?");
	json_decref(stamp);
}

static void print_needs(const struct verify_outcome *outcome, FILE *to)
{
	const char *option[KERNEL_NEEDS_MAX + 1];

	if (kernel_needs(&outcome->payload, option))
		fprintf(to, "needs     ?\n");
	else if (option[0])
		fprintf(to, "needs     a kernel with %s%s%s\n", option[0], option[1] ? " and " : "", option[1] ? : "");
}

void verify_print(const struct verify_outcome *outcome, FILE *to)
{
	const struct caretaker_note *note = &outcome->payload.image.note;
	const struct release *release = &outcome->release;
	json_t *text = describe_certificate(outcome->signer);

	fprintf(to, "valid     %.*s %.*s\nsvn       %u\ndigest    %s\nsigner    %s\n",
		CARETAKER_NAME_LEN, note->name, CARETAKER_NAME_LEN, note->version, note->svn,
		outcome->payload.digest, text ? json_string_value(text) : "?");
	json_decref(text);
	print_needs(outcome, to);
	if (outcome->timestamp.token)
		print_timestamp(outcome, to);
	if (release->statement)
		fprintf(to, "release   by %s\nbuilder   %s\nsource    %s\nrevision  %s\n",
			release->signer, release->builder, release->source, release->revision);
}

/* By its certificate, or else as the signature names it */
/* The certificate that vouches, or how the signature names a signer whom nobody vouches for, as inspect prints it */
static void print_name(const json_t *signer, FILE *to)
{
	const char *name = text_of(signer, "certificate"), *key_id = text_of(signer, "key_id");

	if (name || key_id)
		fprintf(to, "%s%s", name ? "" : "key id ", name ? : key_id);
	else
		fprintf(to, "issuer %s, serial %s", text_of(signer, "issuer") ? : "?", text_of(signer, "serial") ? : "?");
}

void verify_print_signers(const struct verify_outcome *outcome, FILE *to)
{
	const json_t *signer;
	size_t i;

	json_array_foreach(outcome->signers, i, signer) {
		const char *error = text_of(signer, "error");

		fprintf(to, "signer %zu  ", i + 1);
		print_name(signer, to);
		fprintf(to, ", %s with %s: %s\n", text_of(signer, "key") ? : text_of(signer, "algorithm"),
			text_of(signer, "hash"), error ? : "good");
	}
}

void verify_outcome_free(struct verify_outcome *outcome)
{
	json_decref(outcome->signers);
	timestamp_free(&outcome->timestamp);
	release_free(&outcome->release);
}
