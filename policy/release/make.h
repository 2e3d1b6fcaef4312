/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A release in the making: the payloads, each verified, and the statement about them.
 */
#ifndef CARETAKER_RELEASE_MAKE_H
#define CARETAKER_RELEASE_MAKE_H

#include "policy_reference.h"
#include "release.h"

/* What the maker of a build says of it: URIs, and a gitCommit */
struct release_origin {
	const char *builder;
	const char *build_type;
	const char *source;
	const char *revision;
};

/**
 * struct release_making - what there is so far
 * @signers:	who may have signed the payloads
 * @subjects:	of the statement; @payloads: one for each
 * @own:	reference values of @signers and of the payloads
 */
struct release_making {
	STACK_OF(X509) *signers;
	json_t *subjects;
	json_t *payloads;
	json_t *own;
};

/* 0 or -ENOMEM; release_making_free() in any case */
int release_making_init(struct release_making *making);
void release_making_free(struct release_making *making);

/* Takes the certificates in a file @data.  0 or -errno */
int release_add_signer(struct release_making *making, const void *data, size_t size,
		       struct reason *why);

/*
 * Takes a signed payload, a file called @name.  One of the signers must have signed it, as
 * verify_payload() says.  REFUSED with its words, or "release-twice": the same name or content
 * again, "release-name": a name that is no printable ASCII, "release-many"; -errno
 */
int release_add_payload(struct release_making *making, const char *name, const void *data,
			size_t size, struct reason *why);

/*
 * The reference values: those in @data, which may be NULL, with ours.  A payload in @data that is
 * none of the release is REFUSED ("release-unverified"), since nobody here has verified it.
 */
int release_reference(const struct release_making *making, const void *data, size_t size,
		      json_t **out, struct reason *why);

/* May @origin be said?  REFUSED: "release-origin" */
int release_check_words(const struct release_origin *origin, struct reason *why);

/* The statement, in bytes: the same of the same.  Takes over @reference.  0 or -errno */
int release_statement(const struct release_making *making, const struct release_origin *origin,
		      json_t *reference, struct blob *out, struct reason *why);

#endif
