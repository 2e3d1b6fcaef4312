/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * caretaker verify --release: is a payload in a release?
 */
#ifndef CARETAKER_VERIFY_RELEASE_H
#define CARETAKER_VERIFY_RELEASE_H

#include "release.h"

/**
 * struct verify_release - what is asked of the release
 * @manifest:	path, "-" is standard input; NULL: nothing is asked
 * @keys:	who may have signed it; none: the owners of the payload's certificates
 * @builder, @source: who must have built it, of what; NULL: nobody asks
 */
struct verify_release {
	const char *manifest;
	struct public_keys keys;
	const char *builder;
	const char *source;
};

/*
 * Holds @file, which is @payload by one of @certs, against the manifest.
 * Return: 0 with @out for release_free(); REFUSED with a word of release.h; -errno
 */
int verify_release(const struct verify_release *asked, STACK_OF(X509) *certs,
		   const struct blob *file, const struct payload *payload, struct release *out,
		   struct reason *why);

/* Reads @path and opens it as release_open() */
int verify_release_open(const char *path, const struct public_keys *keys, struct release *out,
			struct reason *why);

#endif
