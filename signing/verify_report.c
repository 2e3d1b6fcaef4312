// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `caretaker verify` says of a file, as JSON and as text.
 */
#include <stdlib.h>

#include <openssl/bn.h>

#include "certificate.h"
#include "describe.h"
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

json_t *verify_report(const struct verify_outcome *outcome, const char *error)
{
	const struct payload *payload = &outcome->payload;
	bool timed = outcome->timestamp.token, released = outcome->release.statement;

	return json_pack("{s:b, s:s?, s:o, s:o, s:s?, s:o, s:o}",
			 "valid", !error, "error", error,
			 "signer", error ? json_null() : describe_certificate(outcome->signer),
			 "svn", error ? json_null() : json_integer(payload->image.note.svn),
			 "digest", *payload->digest ? payload->digest : NULL, "timestamp",
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

void verify_print(const struct verify_outcome *outcome, FILE *to)
{
	const struct caretaker_note *note = &outcome->payload.image.note;
	const struct release *release = &outcome->release;
	json_t *text = describe_certificate(outcome->signer);

	fprintf(to, "valid     %.*s %.*s\nsvn       %u\ndigest    %s\nsigner    %s\n",
		CARETAKER_NAME_LEN, note->name, CARETAKER_NAME_LEN, note->version, note->svn,
		outcome->payload.digest, text ? json_string_value(text) : "?");
	json_decref(text);
	if (outcome->timestamp.token)
		print_timestamp(outcome, to);
	if (release->statement)
		fprintf(to, "release   by %s\nbuilder   %s\nsource    %s\nrevision  %s\n",
			release->signer, release->builder, release->source, release->revision);
}
