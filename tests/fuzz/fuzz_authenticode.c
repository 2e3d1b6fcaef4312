// SPDX-License-Identifier: GPL-2.0-only
/*
 * PE images: the digest covers what it must, and nothing of what signing changes.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy_authenticode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) do { if (!(condition)) abort(); } while (0)

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | p[2] << 16 | p[1] << 8 | p[0];
}

/* Is the digest the same, and is the image still one, with bytes at @at turned over? */
static int same_without(const uint8_t *data, size_t size, size_t at, size_t count,
			const struct policy_digest *want)
{
	char why[POLICY_REASON] = "";
	struct policy_digest got;
	uint8_t *copy;
	int rc;

	MUST(at <= size && count <= size - at);
	copy = malloc(size);
	MUST(copy);
	memcpy(copy, data, size);
	for (size_t i = 0; i < count; i++)
		copy[at + i] ^= 0xff;
	rc = policy_authenticode(copy, size, "SHA256", &got, why);
	free(copy);
	return !rc && !memcmp(got.value, want->value, 32);
}

static void check_digest(const uint8_t *data, size_t size, const struct policy_digest *digest)
{
	size_t pe = le32(data + 60), optional = pe + 24, directory, certificates = 0;
	int plus = data[optional] == 0x0b && data[optional + 1] == 2;

	directory = optional + (plus ? 112 : 96) + 4 * 8;
	MUST(digest->size == 32);
	/* The checksum is nothing; the DOS stub and what follows the checksum count. */
	MUST(same_without(data, size, optional + 64, 4, digest));
	if (pe > 64)
		MUST(!same_without(data, size, 64, 1, digest));
	MUST(!same_without(data, size, optional + 68, 1, digest));
	/* NumberOfRvaAndSizes is in front of the directory. */
	if (le32(data + directory - 4 * 8 - 4) <= 4)
		return;
	certificates = le32(data + directory + 4);
	if (!certificates)
		MUST(same_without(data, size, directory, 4, digest));
	MUST(same_without(data, size, size - certificates, certificates, digest));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[POLICY_REASON] = "";
	struct policy_digest digest;
	struct view kernel;
	int rc;

	rc = policy_authenticode(data, size, "SHA256", &digest, why);
	MUST(!rc || (rc == -EBADMSG && *why));
	if (!rc)
		check_digest(data, size, &digest);
	MUST(policy_uki_kernel(data, size, &kernel, why) != 0 || !rc);
	MUST(!kernel.size || (!rc && kernel.data >= data && kernel.size <= size &&
			      kernel.data + kernel.size <= data + size));
	return 0;
}
