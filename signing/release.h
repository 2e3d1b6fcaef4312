/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Release manifests: an in-toto Statement v1 with SLSA provenance v1, in a DSSE envelope
 * (github.com/in-toto/attestation, spec/v1; slsa.dev/provenance/v1).  The signed files are its
 * subjects.  What neither knows is in the predicate's extension field "caretaker_release".
 */
#ifndef CARETAKER_RELEASE_H
#define CARETAKER_RELEASE_H

#include "dsse.h"
#include "payload.h"

#define RELEASE_PAYLOAD_TYPE	"application/vnd.in-toto+json"
#define RELEASE_STATEMENT_TYPE	"https://in-toto.io/Statement/v1"
#define RELEASE_PREDICATE_TYPE	"https://slsa.dev/provenance/v1"
#define RELEASE_VERSION		1	/* of "caretaker_release" */
#define RELEASE_MAX_SUBJECTS	64

/* All borrowed from @statement, and all there */
struct release {
	json_t *statement;
	json_t *subjects;		/* array; each has a name and digests */
	json_t *payloads;		/* array, a payload a subject, in the same order */
	json_t *reference;		/* reference values: an object, not looked into here */
	const char *builder;
	const char *build_type;
	const char *source;
	const char *revision;		/* gitCommit of the source */
	char signer[PUBLIC_KEY_ID_TEXT];	/* whose signature decided, "" if nobody asked */
};

/* Names of the digests that count, and their OpenSSL names; each subject of ours has all. */
#define RELEASE_DIGESTS	3
extern const struct release_digest {
	const char *name;
	const char *hash;
	size_t size;
} release_digest[RELEASE_DIGESTS];

/*
 * Reads a statement.  Fields that are not known are passed over, as in-toto and SLSA demand, but in
 * externalParameters, where SLSA wants them refused, and in caretaker_release, which is ours.
 * Return: 0, then release_free(); REFUSED: "json", "json-duplicate", "statement-type",
 * "predicate-type", "subject-form", "provenance-form", "external-parameters", "release-form"
 */
int release_parse(const void *data, size_t size, struct release *out, struct reason *why);
void release_free(struct release *release);

/*
 * Reads an envelope, verifies it, and reads the statement in it, in this order.  REFUSED with the
 * words of dsse_parse(), dsse_verify() and release_parse(), or "payload-type"; -errno
 */
int release_open(const void *data, size_t size, const struct public_keys *keys,
		 struct release *out, struct reason *why);

/*
 * Is the file @file, which holds @payload, a subject, and what the manifest says of it?
 * Of the digests that count each that a subject has must fit, and one must be there.
 * Return: 0; REFUSED: "not-in-release", "subject-digest" (one fits, another does not),
 * "release-differs"; -errno
 */
int release_check_file(const struct release *release, const void *file, size_t size,
		       const struct payload *payload, struct reason *why);

/* Is it @builder's build of @source?  NULL: any.  REFUSED: "other-builder", "other-source" */
int release_check_origin(const struct release *release, const char *builder, const char *source,
			 struct reason *why);

/* A URI as in-toto wants them (field_types.md): ASCII, scheme and authority in lower case */
bool release_is_uri(const char *text);

/* What the manifest says of a payload; NULL: no memory.  @subject: the name of its file */
json_t *release_describe(const char *subject, const struct payload *payload);

#endif
