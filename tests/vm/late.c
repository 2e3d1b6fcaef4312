// SPDX-License-Identifier: GPL-2.0-only
/*
 * A switch that is thrown while a payload is being read counts for that payload.
 *
 *   late GOOD UNSIGNED SECURITYFS NAME FLOOR
 *
 * SECURITYFS is the folder of the caretaker's switches.  Run it where nothing is enforced
 * yet.  Exit status: 0 all as expected, 1 not, 3 could not be tried.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "lying_file.h"
#include "trial.h"

struct waiting {
	int vm, fd, result;
};

static void *install_and_wait(void *argument)
{
	struct waiting *waiting = argument;

	waiting->result = install(waiting->vm, waiting->fd, KVM_CARETAKER_SHARED);
	return NULL;
}

static void throw(const char *folder, const char *name, const char *line)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, line, strlen(line)) != (ssize_t)strlen(line))
		die(path);
	close(fd);
}

/* Holds the read, throws a switch if there is one, answers */
static int try_late(const struct bytes *bytes, const char *folder, const char *name,
		    const char *line)
{
	struct lying_file file = {
		.first = bytes->data, .again = bytes->data, .bytes = bytes->size,
		.size = bytes->size, .fails_at = UINT64_MAX, .holds = true,
	};
	struct vm vm = vm_new();
	struct waiting waiting;
	pthread_t thread;
	int i;

	lying_file_start(&file);
	waiting = (struct waiting){ vm.fd, lying_file_open(&file, O_RDONLY), -1 };
	if (waiting.fd < 0 || pthread_create(&thread, NULL, install_and_wait, &waiting))
		die("a file that is held");
	for (i = 0; i < 500 && !file.reached; i++)
		usleep(10000);
	if (!file.reached)
		die("a read of the file");
	if (name)
		throw(folder, name, line);
	file.holds = false;
	pthread_join(thread, NULL);
	close(waiting.fd);
	lying_file_end(&file);
	vm_end(&vm);
	return waiting.result;
}

int main(int argc, char **argv)
{
	struct bytes good, bad;
	char floor[128];

	if (argc != 6) {
		fputs("usage: late GOOD UNSIGNED SECURITYFS NAME FLOOR\n", stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	good = read_all(argv[1]);
	bad = read_all(argv[2]);
	report("late/unsigned-where-nothing-changes", try_late(&bad, NULL, NULL, NULL), "0");
	report("late/unsigned-and-the-latch", try_late(&bad, argv[3], "enforce", "1"), "EPERM");
	report("late/signed-where-nothing-changes", try_late(&good, NULL, NULL, NULL), "0");
	snprintf(floor, sizeof(floor), "%s %s", argv[4], argv[5]);
	report("late/signed-and-a-floor", try_late(&good, argv[3], "svn_floor", floor), "ESTALE");
	return trial_status();
}
