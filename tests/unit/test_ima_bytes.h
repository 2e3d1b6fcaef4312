/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Builds IMA records for unit tests.
 */
#ifndef TEST_IMA_BYTES_H
#define TEST_IMA_BYTES_H

#include <stdbool.h>
#include <stdio.h>

#include "test_bytes.h"

/* "alg:" NUL, and the digest of @text. @type: "ima:", "verity:", or empty. */
static inline struct bytes ima_digest_field(const char *type, const char *alg, const char *text)
{
	struct bytes b = { 0 };

	put(&b, type, strlen(type));
	put(&b, alg, strlen(alg));
	put(&b, ":", 2);
	put_digest(&b, alg, text, strlen(text));
	return b;
}

static inline struct bytes ima_text_field(const char *text)
{
	struct bytes b = { 0 };

	put(&b, text, strlen(text) + 1);
	return b;
}

static inline struct bytes ima_raw_field(const void *data, size_t size)
{
	struct bytes b = { 0 };

	put(&b, data, size);
	return b;
}

/* A record of any template but "ima". @alg: of the template digest; @violation: zeroes instead. */
static inline void ima_put_record(struct bytes *log, const char *alg, unsigned int pcr, const char *name,
				  const struct bytes *field, size_t fields, bool violation)
{
	static struct bytes data;
	size_t i;

	data.size = 0;
	for (i = 0; i < fields; i++) {
		put_le(&data, field[i].size, 4);
		put(&data, field[i].data, field[i].size);
	}
	put_le(log, pcr, 4);
	if (violation)
		put_fill(log, 0, (size_t)EVP_MD_get_size(EVP_get_digestbyname(alg)));
	else
		put_digest(log, alg, data.data, data.size);
	put_le(log, strlen(name), 4);
	put(log, name, strlen(name));
	put_le(log, data.size, 4);
	put(log, data.data, data.size);
}

/* A record of template "ima", whose hash covers the name padded to 256 bytes. */
static inline void ima_put_old(struct bytes *log, const char *alg, const char *path)
{
	struct bytes hashed = { 0 };

	put_digest(&hashed, "sha1", path, strlen(path));
	put(&hashed, path, strlen(path));
	put_fill(&hashed, 0, 256 - strlen(path));
	put_le(log, 10, 4);
	put_digest(log, alg, hashed.data, hashed.size);
	put_le(log, 3, 4);
	put(log, "ima", 3);
	put(log, hashed.data, 20);
	put_le(log, strlen(path), 4);
	put(log, path, strlen(path));
}

static inline void ima_put_ng(struct bytes *log, const char *alg, unsigned int pcr, const char *path)
{
	const struct bytes field[] = { ima_digest_field("", "sha256", path), ima_text_field(path) };

	ima_put_record(log, alg, pcr, "ima-ng", field, 2, false);
}

#endif
