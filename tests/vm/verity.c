// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gives a file a digest by fs-verity (Documentation/filesystems/fsverity.rst) and prints it in hex.
 *
 *   verity FILE
 *
 * Exit status: 0, 2 usage, 3 could not be done.
 */
#include <fcntl.h>
#include <linux/fsverity.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "trial.h"

#define DIGEST_MAX	64

int main(int argc, char **argv)
{
	struct fsverity_enable_arg enable = {
		.version = 1, .hash_algorithm = FS_VERITY_HASH_ALG_SHA256, .block_size = 4096,
	};
	struct {
		struct fsverity_digest head;
		unsigned char bytes[DIGEST_MAX];
	} digest;
	unsigned int i;
	int fd;

	if (argc != 2) {
		fputs("usage: verity FILE\n", stderr);
		return 2;
	}
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die(argv[1]);
	if (ioctl(fd, FS_IOC_ENABLE_VERITY, &enable))
		die("FS_IOC_ENABLE_VERITY");
	memset(&digest, 0, sizeof(digest));
	digest.head.digest_size = DIGEST_MAX;
	if (ioctl(fd, FS_IOC_MEASURE_VERITY, &digest))
		die("FS_IOC_MEASURE_VERITY");
	for (i = 0; i < digest.head.digest_size; i++)
		printf("%02x", digest.bytes[i]);
	putchar('\n');
	return 0;
}
