// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whole files in and out, and hexadecimal text.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/* What happens between writing and the name */
static void (*meanwhile)(void);

static int fsync_meanwhile(int fd)
{
	void (*now)(void) = meanwhile;

	meanwhile = NULL;
	if (now)
		now();
	return fsync(fd);
}

/* ... and between the look at the old file and its lock */
static void (*before_lock)(void);

static int flock_meanwhile(int fd, int operation)
{
	void (*now)(void) = before_lock;

	before_lock = NULL;
	if (now)
		now();
	return flock(fd, operation);
}

#define fsync(fd) fsync_meanwhile(fd)
#define flock(fd, operation) flock_meanwhile(fd, operation)
#include "../../signing/cli/file_write.c"
#undef fsync
#undef flock

#include "file.h"
#include "hex.h"

static char folder[] = "/tmp/test_file.XXXXXX";

static int prepare(void **state)
{
	(void)state;
	return !mkdtemp(folder) || chdir(folder);
}

static int clean(void **state)
{
	(void)state;
	unlink("file");
	unlink("link");
	unlink("other");
	unlink("fifo");
	return chdir("/") || rmdir(folder);
}

static int count_entries(void)
{
	struct dirent *entry;
	DIR *dir = opendir(".");
	int count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		count += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	closedir(dir);
	return count;
}

static void round_trip(void **state)
{
	static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 300000 };
	unsigned char *data = malloc(300000);
	struct blob blob;

	(void)state;
	for (size_t i = 0; i < 300000; i++)
		data[i] = i * 7;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_int_equal(file_write_atomic("file", data, sizes[i], 0644), 0);
		assert_int_equal(count_entries(), 1);
		assert_int_equal(file_read("file", sizes[i], &blob), 0);
		assert_int_equal(blob.size, sizes[i]);
		if (sizes[i])
			assert_memory_equal(blob.data, data, sizes[i]);
		blob_free(&blob);
		if (sizes[i]) {
			assert_int_equal(file_read("file", sizes[i] - 1, &blob), -EFBIG);
			assert_null(blob.data);
		}
	}
	free(data);
}

static void reading_fails(void **state)
{
	struct blob blob;

	(void)state;
	assert_int_equal(file_read("nothing", 10, &blob), -ENOENT);
	assert_int_equal(file_read(".", 10, &blob), -EISDIR);
	assert_int_equal(blob.size, 0);
	assert_null(blob.data);
}

/* A pipe has no size that could be asked for. */
static void reading_has_a_limit(void **state)
{
	char path[32], bytes[100] = { 0 };
	struct blob blob;
	int fds[2];

	(void)state;
	for (size_t max = 99; max <= 100; max++) {
		assert_int_equal(pipe(fds), 0);
		assert_int_equal(write(fds[1], bytes, sizeof(bytes)), sizeof(bytes));
		close(fds[1]);
		snprintf(path, sizeof(path), "/dev/fd/%d", fds[0]);
		assert_int_equal(file_read(path, max, &blob), max < 100 ? -EFBIG : 0);
		assert_int_equal(blob.size, max < 100 ? 0 : 100);
		blob_free(&blob);
		close(fds[0]);
	}
}

/* The disk is full: here, the process may not write more than 1000 bytes. */
static void no_space(void **state)
{
	struct rlimit old, few = { 1000, RLIM_INFINITY };
	static const char data[5000];
	int entries = count_entries();

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	few.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
	assert_int_equal(file_write_atomic("file", data, sizeof(data), 0644), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(count_entries(), entries);
}

static void writing_fails(void **state)
{
	int entries = count_entries();

	(void)state;
	assert_int_equal(file_write_atomic("", "x", 1, 0644), -ENOENT);
	assert_int_equal(file_write_atomic("nowhere/file", "x", 1, 0644), -ENOENT);
	assert_int_equal(file_write_atomic(".", "x", 1, 0644), -EISDIR);
	assert_int_equal(file_write_atomic("folder/", "x", 1, 0644), -EISDIR);
	assert_int_equal(file_write_atomic("/proc/file", "x", 1, 0644) < 0, 1);
	/* A URI of a key is taken where a key is meant, and for no file. */
	assert_int_equal(file_write_atomic("pkcs11:object=x", "x", 1, 0644), -EPROTONOSUPPORT);
	assert_int_equal(file_write_new("PKCS11:object=x", "x", 1, 0644), -EPROTONOSUPPORT);
	assert_int_equal(count_entries(), entries);
}

/* Nobody reads a key between its creation and a later chmod. */
static void mode_from_the_start(void **state)
{
	struct stat st;

	(void)state;
	umask(0);
	assert_int_equal(file_write_atomic("file", "secret", 6, 0600), 0);
	assert_int_equal(stat("file", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	umask(077);
	assert_int_equal(file_write_atomic("file", "public", 6, 0644), 0);
	assert_int_equal(stat("file", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	umask(022);
}

static void assert_file(const char *path, const char *text)
{
	struct blob blob;

	assert_int_equal(file_read(path, 100, &blob), 0);
	assert_int_equal(blob.size, strlen(text));
	assert_memory_equal(blob.data, text, blob.size);
	blob_free(&blob);
}

/* A link stays one; what it names is written, also through another link, also if it is new. */
static void link_is_written_through(void **state)
{
	struct stat st;

	(void)state;
	unlink("file");
	assert_int_equal(symlink("file", "link"), 0);
	assert_int_equal(symlink("./link", "other"), 0);
	assert_int_equal(file_write_atomic("link", "new", 3, 0644), 0);
	assert_file("file", "new");
	assert_int_equal(file_write_atomic("other", "newer", 5, 0644), 0);
	assert_file("file", "newer");
	assert_int_equal(lstat("link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(lstat("other", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	unlink("link");
	assert_int_equal(symlink("other", "link"), 0);
	assert_int_equal(file_write_atomic("link", "x", 1, 0644), -ELOOP);
	unlink("link");
	unlink("other");
	assert_int_equal(symlink(".", "link"), 0);
	assert_int_equal(file_write_atomic("link", "x", 1, 0644), -EISDIR);
	unlink("link");
	unlink("file");
	assert_int_equal(count_entries(), 0);
}

/* What takes bytes takes them and stays what it is. */
static void stream_stays(void **state)
{
	struct stat before, after;
	char bytes[4];
	int fd;

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(stat("fifo", &before), 0);
	fd = open("fifo", O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(symlink("fifo", "link"), 0);
	assert_int_equal(file_write_atomic("fifo", "ab", 2, 0644), 0);
	assert_int_equal(file_write_atomic("link", "cd", 2, 0644), 0);
	assert_int_equal(read(fd, bytes, 4), 4);
	assert_memory_equal(bytes, "abcd", 4);
	assert_int_equal(stat("fifo", &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	close(fd);
	unlink("link");
	assert_int_equal(symlink("/dev/null", "link"), 0);
	assert_int_equal(file_write_atomic("link", "ab", 2, 0644), 0);
	assert_int_equal(lstat("link", &after), 0);
	assert_true(S_ISLNK(after.st_mode));
	assert_int_equal(file_write_atomic("/dev/full", "ab", 2, 0644), -ENOSPC);
	unlink("link");
	unlink("fifo");
}

/* Runs @write with standard output into a file that says "old" before and is appended to. */
static int with_stdout(int (*write)(void))
{
	int saved, fd, ret;

	assert_int_equal(file_write_atomic("file", "old", 3, 0644), 0);
	fflush(stdout);
	fd = open("file", O_WRONLY | O_APPEND);
	saved = dup(STDOUT_FILENO);
	dup2(fd, STDOUT_FILENO);
	close(fd);
	ret = write();
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	return ret;
}

static int to_dash(void)
{
	printf("printed");
	return file_write_atomic("-", "new", 3, 0644);
}

static int to_new_dash(void)
{
	return file_write_new("-", "new", 3, 0644);
}

static int to_dev_stdout(void)
{
	return file_write_atomic("/dev/stdout", "new", 3, 0644);
}

static int to_link_to_fd(void)
{
	return file_write_atomic("link", "new", 3, 0644);
}

static void dash_is_standard_output(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(symlink("/proc/self/fd/1", "link"), 0);
	assert_int_equal(with_stdout(to_dash), 0);
	assert_file("file", "oldprintednew");
	assert_int_equal(access("./-", F_OK), -1);
	assert_int_equal(with_stdout(to_new_dash), 0);
	assert_file("file", "oldnew");
	assert_int_equal(with_stdout(to_dev_stdout), 0);
	assert_file("file", "oldnew");
	assert_int_equal(with_stdout(to_link_to_fd), 0);
	assert_file("file", "oldnew");
	assert_int_equal(lstat("link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	unlink("link");
}

/* A descriptor of another file would be written from its start. */
static void descriptor_of_a_file(void **state)
{
	char path[32];
	int fd;

	(void)state;
	assert_int_equal(file_write_atomic("file", "old", 3, 0644), 0);
	fd = open("file", O_RDWR | O_APPEND);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_int_equal(file_write_atomic(path, "new", 3, 0644), -EMEDIUMTYPE);
	assert_file("file", "old");
	close(fd);
}

static void socket_stays_one(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "socket" };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct stat st;

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(file_write_atomic("socket", "new", 3, 0644), -EMEDIUMTYPE);
	assert_int_equal(lstat("socket", &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	close(fd);
	unlink("socket");
}

/* What errno has no words for */
static void refusals_have_words(void **state)
{
	(void)state;
	assert_non_null(strstr(file_write_error(-EPROTONOSUPPORT), "URI"));
	assert_non_null(strstr(file_write_error(-EMEDIUMTYPE), "neither a file"));
	assert_string_equal(file_write_error(-ENOSPC), strerror(ENOSPC));
}

static void new_is_new(void **state)
{
	struct stat st;

	(void)state;
	unlink("file");
	assert_int_equal(file_write_new("file", "one", 3, 0600), 0);
	assert_int_equal(file_write_new("file", "two", 3, 0600), -EEXIST);
	assert_file("file", "one");
	unlink("file");
	assert_int_equal(symlink("file", "link"), 0);
	assert_int_equal(file_write_new("link", "two", 3, 0600), -EEXIST);
	assert_int_equal(lstat("file", &st), -1);
	assert_int_equal(file_write_new("/dev/null", "two", 3, 0600), -EEXIST);
	unlink("link");
	assert_int_equal(count_entries(), 0);
}

static void write_old(void)
{
	assert_int_equal(file_write_atomic("file", "another's", 9, 0644), 0);
}

/* It comes after we looked whether there is one. */
static void new_at_the_last_moment(void **state)
{
	(void)state;
	unlink("file");
	meanwhile = write_old;
	assert_int_equal(file_write_new("file", "ours", 4, 0644), -EEXIST);
	assert_file("file", "another's");
	assert_int_equal(count_entries(), 1);
}

static const struct blob old = { (unsigned char *)"old", 3 };

static void write_same_old(void)
{
	assert_int_equal(file_write_over("file", &old, "theirs", 6), 0);
}

/* Of two that change one file the later one hears of it, and nothing is lost. */
static void two_at_once(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(file_write_atomic("file", "old", 3, 0644), 0);
	meanwhile = write_same_old;
	assert_int_equal(file_write_over("file", &old, "ours", 4), -ESTALE);
	assert_file("file", "theirs");
	assert_int_equal(file_write_atomic("file", "old, and more", 13, 0644), 0);
	assert_int_equal(file_write_over("file", &old, "ours", 4), -ESTALE);
	assert_int_equal(file_write_atomic("file", "ol", 2, 0644), 0);
	assert_int_equal(file_write_over("file", &old, "ours", 4), -ESTALE);
	unlink("file");
	assert_int_equal(file_write_over("file", &old, "ours", 4), -ESTALE);
	assert_int_equal(count_entries(), 0);
	assert_int_equal(file_write_atomic("file", "old", 3, 0644), 0);
	before_lock = write_same_old;
	assert_int_equal(file_write_over("file", &old, "ours", 4), -ESTALE);
	assert_file("file", "theirs");
	assert_int_equal(file_write_atomic("file", "old", 3, 0644), 0);
	/* Between its look and its rename the other one holds the lock. */
	fd = open("file", O_RDONLY);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(file_write_over("file", &old, "ours", 4), -ESTALE);
	close(fd);
	assert_int_equal(file_write_over("file", &old, "ours", 4), 0);
	assert_file("file", "ours");
	assert_int_equal(count_entries(), 1);
}

static int interrupting;

static void interrupt(void)
{
	raise(interrupting);
}

static void signal_leaves_nothing(void **state)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	int entries, status;
	pid_t child;

	(void)state;
	assert_int_equal(file_write_atomic("file", "old", 3, 0644), 0);
	entries = count_entries();
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		child = fork();
		if (!child) {
			interrupting = signals[i];
			signal(interrupting, SIG_DFL);
			meanwhile = interrupt;
			file_write_atomic("file", "new", 3, 0644);
			_exit(0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == signals[i]);
		assert_int_equal(count_entries(), entries);
		assert_file("file", "new");
	}
}

/* --- In pieces --- */

struct pieces {
	unsigned int count;
	int rc;			/* behind the last */
	void (*at_half)(void);
	unsigned int put;	/* without an error */
};

static int put_pieces(struct file_sink *to, void *arg)
{
	struct pieces *p = arg;
	int ret = 0;

	for (unsigned int i = 0; i < p->count && !ret; i++) {
		if (i == p->count / 2 && p->at_half)
			p->at_half();
		ret = file_put(to, "piece, ", 7);
		p->put += !ret;
	}
	return ret ? ret : p->rc;
}

static void in_pieces(void **state)
{
	(void)state;
	assert_int_equal(file_write_atomic("file", "old", 3, 0644), 0);
	/* What fails changes nothing, and says what it said. */
	assert_int_equal(file_write_pieces("file", put_pieces, &(struct pieces){ .count = 2, .rc = -ENODATA }, 0644), -ENODATA);
	assert_int_equal(file_write_pieces("file", put_pieces, &(struct pieces){ .count = 2, .rc = -EAGAIN }, 0644), -EAGAIN);
	assert_file("file", "old");
	assert_int_equal(file_write_pieces("file", put_pieces, &(struct pieces){ .count = 3 }, 0644), 0);
	assert_file("file", "piece, piece, piece, ");
	assert_int_equal(file_write_pieces("file", put_pieces, &(struct pieces){ .count = 0 }, 0644), 0);
	assert_file("file", "");
	assert_int_equal(count_entries(), 1);
}

static int open_temporary(int flags)
{
	DIR *dir = opendir(".");
	struct dirent *entry;
	int fd = -1;

	assert_non_null(dir);
	while (fd < 0 && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, ".write-", 7))
			fd = open(entry->d_name, O_WRONLY | O_CLOEXEC | flags);
	closedir(dir);
	assert_true(fd >= 0);
	return fd;
}

static void longer(void)
{
	int fd = open_temporary(O_APPEND);

	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
}

/* Another size than what was put gets no name. */
static void pieces_have_their_size(void **state)
{
	(void)state;
	assert_int_equal(file_write_atomic("file", "old", 3, 0644), 0);
	meanwhile = longer;
	assert_int_equal(file_write_pieces("file", put_pieces, &(struct pieces){ .count = 3 }, 0644), -EIO);
	meanwhile = NULL;
	assert_file("file", "old");
	assert_int_equal(count_entries(), 1);
}

/* What is out of a pipe cannot be taken back, so nobody may try again. */
static void pieces_to_a_stream(void **state)
{
	char text[16] = "";
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	snprintf(text, sizeof(text), "/dev/fd/%d", ends[1]);
	assert_int_equal(file_write_pieces(text, put_pieces, &(struct pieces){ .count = 0, .rc = -EAGAIN }, 0644), -EAGAIN);
	assert_int_equal(file_write_pieces(text, put_pieces, &(struct pieces){ .count = 1, .rc = -EAGAIN }, 0644), -EIO);
	assert_int_equal(file_write_pieces(text, put_pieces, &(struct pieces){ .count = 1, .rc = -ENODATA }, 0644), -ENODATA);
	assert_int_equal(file_write_pieces(text, put_pieces, &(struct pieces){ .count = 1 }, 0644), 0);
	close(ends[1]);
	assert_int_equal(read(ends[0], text, sizeof(text)), sizeof(text));
	close(ends[0]);
}

static void terminate(void)
{
	raise(SIGTERM);
}

/* A long file is not waited for by who wants to end the program; an ignored signal is no wish. */
static void signal_ends_pieces(void **state)
{
	struct pieces p = { .count = 10, .at_half = terminate }, *seen;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(file_write_atomic("file", "old", 3, 0644), 0);
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(seen != MAP_FAILED);
	*seen = p;
	pid = fork();
	if (!pid) {
		file_write_pieces("file", put_pieces, seen, 0644);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	assert_int_equal(seen->put, 5);
	munmap(seen, sizeof(*seen));
	assert_file("file", "old");
	assert_int_equal(count_entries(), 1);
	signal(SIGTERM, SIG_IGN);
	assert_int_equal(file_write_pieces("file", put_pieces, &p, 0644), 0);
	signal(SIGTERM, SIG_DFL);
	assert_int_equal(p.put, 10);
}

static void same_by_any_name(void **state)
{
	(void)state;
	unlink("file");
	assert_true(file_same("file", "file"));
	assert_true(file_same("file", "./file"));
	assert_true(file_same("-", "-"));
	assert_true(file_same("-", "/dev/stdout"));
	assert_false(file_same("file", "other"));
	assert_false(file_same("file", "../file"));
	assert_false(file_same("nowhere/file", "./nowhere/file"));
	assert_int_equal(symlink("file", "link"), 0);
	assert_true(file_same("file", "link"));
	assert_int_equal(file_write_atomic("file", "x", 1, 0644), 0);
	assert_true(file_same("link", "file"));
	unlink("link");
	assert_int_equal(link("file", "link"), 0);
	assert_true(file_same("link", "file"));
	assert_int_equal(file_write_atomic("other", "x", 1, 0644), 0);
	assert_false(file_same("file", "other"));
	unlink("link");
	unlink("other");
}

/* Standard input and output are two, also where both are one pipe or terminal. */
static void input_is_overwritten(void **state)
{
	int saved[2] = { dup(STDIN_FILENO), dup(STDOUT_FILENO) };
	bool dashes, paths, file, output;
	int fd;

	(void)state;
	assert_int_equal(file_write_atomic("file", "x", 1, 0644), 0);
	assert_int_equal(symlink("file", "link"), 0);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_true(file_overwrites("file", "file"));
	assert_true(file_overwrites("link", "file"));
	assert_true(file_overwrites("./file", "link"));
	assert_false(file_overwrites("other", "file"));
	assert_false(file_overwrites("other", "other"));
	assert_false(file_overwrites("fifo", "fifo"));
	assert_string_equal(file_overwritten("file", (const char *[]){ NULL, "other", "link" }, 3), "link");
	assert_null(file_overwritten("file", (const char *[]){ NULL, "other", "link" }, 2));
	fflush(stdout);
	fd = open("fifo", O_RDWR);
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	close(fd);
	dashes = file_overwrites("-", "-");
	paths = file_overwrites("/dev/stdout", "/dev/stdin");
	fd = open("file", O_RDONLY);
	dup2(fd, STDIN_FILENO);
	close(fd);
	file = file_overwrites("file", "-");
	output = file_overwrites("-", "-");
	dup2(saved[0], STDIN_FILENO);
	dup2(saved[1], STDOUT_FILENO);
	close(saved[0]);
	close(saved[1]);
	assert_false(dashes);
	assert_false(paths);
	assert_true(file);
	assert_false(output);
	unlink("fifo");
	unlink("link");
}

static void hex_both_ways(void **state)
{
	static const struct {
		const char *text;
		size_t room;
		int ret;
		size_t size;
	} cases[] = {
		{ "", 4, 0, 0 },
		{ "00ff7aBC", 4, 0, 4 },
		{ "00ff7abc", 3, -E2BIG, 0 },
		{ "0", 4, -EINVAL, 0 },
		{ "00f", 4, -EINVAL, 0 },
		{ "0x00", 4, -EINVAL, 0 },
		{ "00 ff", 4, -EINVAL, 0 },
		{ "gg", 4, -EINVAL, 0 },
		{ " 0", 4, -EINVAL, 0 },
	};
	unsigned char out[4];
	char text[9];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t size = cases[i].room;

		if (hex_decode(cases[i].text, out, &size) != cases[i].ret)
			fail_msg("\"%s\"", cases[i].text);
		assert_int_equal(size, cases[i].size);
	}
	hex_encode((const unsigned char *)"\x00\xff\x7a\xbc", 4, text);
	assert_string_equal(text, "00ff7abc");
	hex_encode(NULL, 0, text);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip), cmocka_unit_test(reading_fails),
		cmocka_unit_test(reading_has_a_limit), cmocka_unit_test(no_space),
		cmocka_unit_test(writing_fails), cmocka_unit_test(mode_from_the_start),
		cmocka_unit_test(link_is_written_through), cmocka_unit_test(stream_stays),
		cmocka_unit_test(dash_is_standard_output), cmocka_unit_test(descriptor_of_a_file), cmocka_unit_test(socket_stays_one),
		cmocka_unit_test(refusals_have_words),
		cmocka_unit_test(new_is_new), cmocka_unit_test(new_at_the_last_moment),
		cmocka_unit_test(two_at_once), cmocka_unit_test(signal_leaves_nothing),
		cmocka_unit_test(same_by_any_name), cmocka_unit_test(input_is_overwritten),
		cmocka_unit_test(in_pieces), cmocka_unit_test(pieces_have_their_size),
		cmocka_unit_test(pieces_to_a_stream), cmocka_unit_test(signal_ends_pieces),
		cmocka_unit_test(hex_both_ways),
	};

	return cmocka_run_group_tests_name("file", tests, prepare, clean);
}
