// SPDX-License-Identifier: GPL-2.0-only
/*
 * Table of the kernel's hash algorithms.
 */
#include <string.h>
#include <strings.h>

#include "log/ima_hash.h"

#define HASH(id, name, size, openssl) { id, name, sizeof(name) - 1, size, openssl }

/* lib/crypto/hash_info.c; the alias, behind its name, is what kernels before 5.13 wrote */
static const struct ima_hash hash_table[] = {
	HASH(0,  "md4",         16, NULL),
	HASH(1,  "md5",         16, "MD5"),
	HASH(2,  "sha1",        20, "SHA1"),
	HASH(3,  "rmd160",      20, "RIPEMD160"),
	HASH(4,  "sha256",      32, "SHA256"),
	HASH(5,  "sha384",      48, "SHA384"),
	HASH(6,  "sha512",      64, "SHA512"),
	HASH(7,  "sha224",      28, "SHA224"),
	HASH(8,  "rmd128",      16, NULL),
	HASH(9,  "rmd256",      32, NULL),
	HASH(10, "rmd320",      40, NULL),
	HASH(11, "wp256",       32, NULL),
	HASH(12, "wp384",       48, NULL),
	HASH(13, "wp512",       64, NULL),
	HASH(14, "tgr128",      16, NULL),
	HASH(15, "tgr160",      20, NULL),
	HASH(16, "tgr192",      24, NULL),
	HASH(17, "sm3",         32, "SM3"),
	HASH(17, "sm3-256",     32, "SM3"),
	HASH(18, "streebog256", 32, NULL),
	HASH(19, "streebog512", 64, NULL),
	HASH(20, "sha3-256",    32, "SHA3-256"),
	HASH(21, "sha3-384",    48, "SHA3-384"),
	HASH(22, "sha3-512",    64, "SHA3-512"),
};

#define HASHES (sizeof(hash_table) / sizeof(hash_table[0]))

const struct ima_hash *ima_hash_by_name(struct view name)
{
	size_t i;

	for (i = 0; i < HASHES; i++)
		if (name.size == hash_table[i].name_size &&
		    !memcmp(name.data, hash_table[i].name, name.size))
			return i && hash_table[i].id == hash_table[i - 1].id ?
			       &hash_table[i - 1] : &hash_table[i];
	return NULL;
}

const struct ima_hash *ima_hash_by_id(unsigned int id)
{
	size_t i;

	for (i = 0; i < HASHES; i++)
		if (hash_table[i].id == id)
			return &hash_table[i];
	return NULL;
}

const struct ima_hash *ima_hash_by_openssl(const char *name)
{
	size_t i;

	for (i = 0; i < HASHES; i++)
		if (hash_table[i].openssl && !strcasecmp(hash_table[i].openssl, name))
			return &hash_table[i];
	return NULL;
}
