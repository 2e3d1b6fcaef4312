// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files that are not what they seem, or do not stay so: the loader must give an
 * error, or load what it read once, and never a mix of two readings.
 *
 *   files GOOD BAD
 *
 * GOOD is a signed payload, BAD the same with a byte of its text changed.  Run it
 * where a signature is enforced.  Exit status: 0 all as expected, 1 not, 3 could not
 * be tried.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "lying_file.h"
#include "trial.h"

#define FLAGS	KVM_CARETAKER_SHARED

static struct bytes good, bad;

static int install_fd(int fd)
{
	struct vm vm = vm_new();
	int ret = fd < 0 ? -fd : install(vm.fd, fd, FLAGS);

	vm_end(&vm);
	if (fd >= 0)
		close(fd);
	return ret;
}

/* --- A server that lies ---------------------------------------------------- */

static struct lying_file lie(const struct bytes *first, const struct bytes *again)
{
	return (struct lying_file){
		.first = first->data, .again = again->data, .bytes = first->size,
		.size = first->size, .fails_at = UINT64_MAX,
	};
}

static void try_lie(const char *name, struct lying_file *file, const char *expected)
{
	char once[96];

	lying_file_start(file);
	report(name, install_fd(lying_file_open(file, O_RDONLY)), expected);
	lying_file_end(file);
	snprintf(once, sizeof(once), "%s/no-byte-twice", name);
	report_that(once, file->most_reads <= 1, "a byte was read %u times", file->most_reads);
}

static void lies(void)
{
	struct lying_file file;

	file = lie(&good, &good);
	try_lie("fuse/honest", &file, "0");
	file = lie(&good, &bad);
	try_lie("fuse/bad-the-second-time", &file, "0");
	file = lie(&bad, &good);
	try_lie("fuse/good-the-second-time", &file, "EKEYREJECTED");

	file = lie(&good, &good);
	file.size += 4096;
	try_lie("fuse/ends-early", &file, "EIO");
	file = lie(&good, &good);
	file.size -= 100;
	try_lie("fuse/cut-in-the-trailer", &file, "EPERM");
	file = lie(&good, &good);
	file.size = 0;
	try_lie("fuse/says-it-is-empty", &file, "EINVAL");
	file = lie(&good, &good);
	file.size = 1ULL << 44;
	try_lie("fuse/says-it-is-huge", &file, "EFBIG");
	file = lie(&good, &good);
	file.fails_at = good.size - 1;
	try_lie("fuse/fails-at-the-last-byte", &file, "EIO");
}

/* --- A server that does not answer ----------------------------------------- */

struct waiting {
	int vm, fd, result;
};

static void *install_and_wait(void *argument)
{
	struct waiting *waiting = argument;

	waiting->result = install(waiting->vm, waiting->fd, FLAGS);
	return NULL;
}

static bool reached(const struct lying_file *file)
{
	int i;

	for (i = 0; i < 500 && !file->reached; i++)
		usleep(10000);
	return file->reached;
}

/* No lock of the VM is held while the file is read, and nobody may write it */
static void hang(void)
{
	struct lying_file file = lie(&good, &good);
	struct waiting waiting;
	struct vm vm = vm_new();
	pthread_t thread;
	int vcpu, writer;

	file.hangs = true;
	lying_file_start(&file);
	waiting = (struct waiting){ vm.fd, lying_file_open(&file, O_RDONLY), -1 };
	if (waiting.fd < 0 || pthread_create(&thread, NULL, install_and_wait, &waiting))
		die("a file that hangs");
	report_that("hang/reached", reached(&file), "no read arrived");

	alarm(30);	/* a lock that is held would stop this process for good */
	vcpu = ioctl(vm.fd, KVM_CREATE_VCPU, 1);
	report_that("hang/another-vcpu-meanwhile", vcpu >= 0, "%s", strerror(errno));
	writer = lying_file_open(&file, O_WRONLY);
	report("hang/no-writer-meanwhile", writer < 0 ? -writer : 0, "ETXTBSY");
	lying_file_abort();
	pthread_join(thread, NULL);
	alarm(0);
	report_that("hang/ends-with-an-error",
		    waiting.result == ECONNABORTED || waiting.result == ENOTCONN ||
		    waiting.result == EIO, "%s", error_name(waiting.result));
	close(waiting.fd);
	lying_file_end(&file);
	if (vcpu >= 0)
		close(vcpu);
	vm_end(&vm);
}

/* The VMM is killed while the kernel reads: it goes, and the module is not stuck */
static void killed(void)
{
	struct lying_file file = lie(&good, &good);
	int fd, status = 0, i;
	pid_t child;

	file.hangs = true;
	lying_file_start(&file);
	fd = lying_file_open(&file, O_RDONLY);
	if (fd < 0)
		die("a file that hangs");
	child = fork();
	if (!child)
		_exit(install_fd(fd));
	close(fd);
	if (child < 0 || !reached(&file))
		die("a VMM to kill");
	kill(child, SIGKILL);
	lying_file_abort();
	for (i = 0; i < 500 && waitpid(child, &status, WNOHANG) == 0; i++)
		usleep(10000);
	report_that("hang/killed", i < 500 && WIFSIGNALED(status), "status %#x after %d ms", status,
		    i * 10);
	lying_file_end(&file);
}

/* --- Memory files, and what has another size than it says -------------------- */

static int memory_file(const struct bytes *bytes, int seals)
{
	int fd = memfd_create("payload", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || write(fd, bytes->data, bytes->size) != (ssize_t)bytes->size)
		die("memfd_create");
	if (seals && fcntl(fd, F_ADD_SEALS, seals))
		die("F_ADD_SEALS");
	return fd;
}

static volatile bool stop;

static void *scribble(void *argument)
{
	int fd = *(int *)argument;
	unsigned int i;

	for (i = 0; !stop; i++) {
		const struct bytes *bytes = i & 1 ? &bad : &good;

		if (pwrite(fd, bytes->data, bytes->size, 0) < 0)
			return NULL;
	}
	return NULL;
}

/* Half of one and half of the other must never get through */
static void changing(void)
{
	int fd = memory_file(&good, 0), i, loaded = 0, refused = 0, other = 0;
	pthread_t thread;

	stop = false;
	if (pthread_create(&thread, NULL, scribble, &fd))
		die("pthread_create");
	for (i = 0; i < 300; i++) {
		int ret = install_fd(dup(fd));

		loaded += ret == 0;
		refused += ret == EKEYREJECTED || ret == ETXTBSY;
		other += ret && ret != EKEYREJECTED && ret != ETXTBSY;
	}
	stop = true;
	pthread_join(thread, NULL);
	close(fd);
	report_that("memfd/changing-meanwhile", !other && refused,
		    "%d loaded, %d refused, %d something else", loaded, refused, other);
	printf("    %d times the good one, %d times refused\n", loaded, refused);
}

static void memory_files(void)
{
	const int all = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

	report("memfd/unsealed", install_fd(memory_file(&good, 0)), "0");
	report("memfd/sealed", install_fd(memory_file(&good, all)), "0");
	report("memfd/sealed-and-bad", install_fd(memory_file(&bad, all)), "EKEYREJECTED");
	changing();
}

static void sizes(void)
{
	static const char path[] = "/tmp/sparse";
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, 16LL << 30))
		die(path);
	close(fd);
	report("size/sparse-16-GiB", install_fd(open(path, O_RDONLY | O_CLOEXEC)), "EFBIG");
	unlink(path);
	report("size/proc-file", install_fd(open("/proc/version", O_RDONLY | O_CLOEXEC)), "EINVAL");
	report("size/sysfs-file",
	       install_fd(open("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY | O_CLOEXEC)),
	       "EIO");
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fputs("usage: files GOOD BAD\n", stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	good = read_all(argv[1]);
	bad = read_all(argv[2]);
	if (good.size != bad.size) {
		fputs("files: GOOD and BAD must have the same size\n", stderr);
		return 2;
	}
	lies();
	hang();
	killed();
	memory_files();
	sizes();
	return trial_status();
}
