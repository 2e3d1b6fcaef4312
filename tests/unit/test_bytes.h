/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Builds binary evidence for unit tests, byte by byte.
 */
#ifndef TEST_BYTES_H
#define TEST_BYTES_H

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include <openssl/evp.h>

struct bytes {
	size_t size;
	unsigned char data[16384];
};

static inline void put(struct bytes *b, const void *data, size_t size)
{
	assert(size <= sizeof(b->data) - b->size);
	memcpy(b->data + b->size, data, size);
	b->size += size;
}

static inline void put_fill(struct bytes *b, unsigned char byte, size_t size)
{
	assert(size <= sizeof(b->data) - b->size);
	memset(b->data + b->size, byte, size);
	b->size += size;
}

static inline void put_le(struct bytes *b, uint64_t n, size_t size)
{
	for (; size--; n >>= 8)
		put_fill(b, (unsigned char)n, 1);
}

static inline void put_be(struct bytes *b, uint64_t n, size_t size)
{
	while (size--)
		put_fill(b, (unsigned char)(n >> (8 * size)), 1);
}

static inline void put_digest(struct bytes *b, const char *alg, const void *data, size_t size)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	size_t length;

	assert(EVP_Q_digest(NULL, alg, NULL, data, size, digest, &length) == 1);
	put(b, digest, length);
}

#endif
