/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's hash algorithms (include/uapi/linux/hash_info.h), by the names and
 * numbers that IMA records and signatures use.
 */
#ifndef ATTEST_IMA_HASH_H
#define ATTEST_IMA_HASH_H

#include <stddef.h>

#include "reader.h"

#define IMA_HASH_MAX 64		/* HASH_MAX_DIGESTSIZE */

/**
 * struct ima_hash - one algorithm
 * @id:		enum hash_algo
 * @name:	the kernel's, of @name_size bytes
 * @size:	bytes of a digest
 * @openssl:	OpenSSL's name, NULL if it has none
 */
struct ima_hash {
	unsigned int id;
	const char *name;
	size_t name_size;
	size_t size;
	const char *openssl;
};

/* NULL: unknown. That of an alias has the name that it is for. */
const struct ima_hash *ima_hash_by_name(struct view name);
const struct ima_hash *ima_hash_by_id(unsigned int id);
const struct ima_hash *ima_hash_by_openssl(const char *name);

#endif
