// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hashes that a replay of an IMA list needs, and nothing else: of each record's
 * bytes the template hash in SHA-1 and SHA-256, and the extend of PCR 10 in SHA-256.
 *
 *   bare_hash FILE	template digests in SHA-1; the file fits memory
 *
 * Prints the value of PCR 10, so that one sees that it did the same.
 */
#include <endian.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <openssl/evp.h>

static void hash(EVP_MD_CTX *ctx, const void *a, size_t a_size, const void *b, size_t b_size,
		 unsigned char *out)
{
	EVP_DigestInit_ex2(ctx, NULL, NULL);
	EVP_DigestUpdate(ctx, a, a_size);
	if (b_size)
		EVP_DigestUpdate(ctx, b, b_size);
	EVP_DigestFinal_ex(ctx, out, NULL);
}

static EVP_MD_CTX *context(const char *name)
{
	EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!md || !ctx || !EVP_DigestInit_ex2(ctx, md, NULL))
		return NULL;
	EVP_MD_free(md);
	return ctx;
}

static uint32_t number(const unsigned char *data)
{
	uint32_t n;

	memcpy(&n, data, sizeof(n));
	return le32toh(n);
}

int main(int argc, char **argv)
{
	EVP_MD_CTX *sha1 = context("SHA1"), *sha256 = context("SHA256");
	unsigned char pcr[32] = { 0 }, digest[EVP_MAX_MD_SIZE];
	const unsigned char *data;
	struct stat st;
	size_t at = 0;
	int fd;

	if (argc != 2 || !sha1 || !sha256)
		return 2;
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		return 3;
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (data == MAP_FAILED)
		return 3;
	while (at < (size_t)st.st_size) {
		size_t body = at + 28 + number(data + at + 24);
		size_t size = number(data + body);

		hash(sha1, data + body + 4, size, NULL, 0, digest);
		hash(sha256, data + body + 4, size, NULL, 0, digest);
		hash(sha256, pcr, sizeof(pcr), digest, sizeof(pcr), pcr);
		at = body + 4 + size;
	}
	for (size_t i = 0; i < sizeof(pcr); i++)
		printf("%02x", pcr[i]);
	putchar('\n');
	return 0;
}
