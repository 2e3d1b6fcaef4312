// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads a kernel by either system call, or starts the one that is loaded.
 *
 *   kexec file KERNEL INITRD COMMAND-LINE
 *   kexec crash KERNEL INITRD COMMAND-LINE	for when this one crashes
 *   kexec segments		kexec_load() with a page that nobody starts
 *   kexec unload
 *   kexec run
 *
 * Prints "0" or the name of the errno; exit status 0 in both cases.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DESTINATION	0x2000000	/* RAM in any lab VM */

static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		fprintf(stderr, "kexec: %s: %s\n", path, strerror(errno));
		exit(3);
	}
	return fd;
}

static long load_file(char **argument, unsigned long flags)
{
	return syscall(SYS_kexec_file_load, open_file(argument[0]), open_file(argument[1]),
		       strlen(argument[2]) + 1, argument[2], flags);
}

static long load_segments(void)
{
	static char page[4096];
	struct kexec_segment segment = {
		.buf = page, .bufsz = sizeof(page),
		.mem = (void *)DESTINATION, .memsz = sizeof(page),
	};

	return syscall(SYS_kexec_load, (unsigned long)DESTINATION, 1UL, &segment,
		       (unsigned long)KEXEC_ARCH_DEFAULT);
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	long ret;

	if (!strcmp(verb, "file") && argc == 5) {
		ret = load_file(argv + 2, 0);
	} else if (!strcmp(verb, "crash") && argc == 5) {
		ret = load_file(argv + 2, KEXEC_FILE_ON_CRASH);
	} else if (!strcmp(verb, "segments") && argc == 2) {
		ret = load_segments();
	} else if (!strcmp(verb, "unload") && argc == 2) {
		ret = syscall(SYS_kexec_file_load, -1, -1, 0UL, NULL, (unsigned long)KEXEC_FILE_UNLOAD);
	} else if (!strcmp(verb, "run") && argc == 2) {
		sync();
		ret = syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
			      LINUX_REBOOT_CMD_KEXEC, NULL);
	} else {
		fputs("usage: kexec file|crash KERNEL INITRD COMMAND-LINE | segments | unload | run\n", stderr);
		return 2;
	}
	puts(ret ? strerrorname_np(errno) : "0");
	return 0;
}
