// SPDX-License-Identifier: GPL-2.0-only
/*
 * Table of the kernel's hash algorithms.
 */
#include <strings.h>

#include "log/ima_hash.h"

/* lib/crypto/hash_info.c; the alias is what kernels before 5.13 wrote */
static const struct ima_hash hash_table[] = {
	{ 0,  "md4",	     16, NULL },
	{ 1,  "md5",	     16, "MD5" },
	{ 2,  "sha1",	     20, "SHA1" },
	{ 3,  "rmd160",	     20, "RIPEMD160" },
	{ 4,  "sha256",	     32, "SHA256" },
	{ 5,  "sha384",	     48, "SHA384" },
	{ 6,  "sha512",	     64, "SHA512" },
	{ 7,  "sha224",	     28, "SHA224" },
	{ 8,  "rmd128",	     16, NULL },
	{ 9,  "rmd256",	     32, NULL },
	{ 10, "rmd320",	     40, NULL },
	{ 11, "wp256",	     32, NULL },
	{ 12, "wp384",	     48, NULL },
	{ 13, "wp512",	     64, NULL },
	{ 14, "tgr128",	     16, NULL },
	{ 15, "tgr160",	     20, NULL },
	{ 16, "tgr192",	     24, NULL },
	{ 17, "sm3",	     32, "SM3" },
	{ 17, "sm3-256",     32, "SM3" },
	{ 18, "streebog256", 32, NULL },
	{ 19, "streebog512", 64, NULL },
	{ 20, "sha3-256",    32, "SHA3-256" },
	{ 21, "sha3-384",    48, "SHA3-384" },
	{ 22, "sha3-512",    64, "SHA3-512" },
};

#define HASHES (sizeof(hash_table) / sizeof(hash_table[0]))

const struct ima_hash *ima_hash_by_name(struct view name)
{
	size_t i;

	for (i = 0; i < HASHES; i++)
		if (view_is_text(name, hash_table[i].name))
			return &hash_table[i];
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
