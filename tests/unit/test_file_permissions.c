// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file that is written over in its place keeps its owner, its permissions and its access control list.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <grp.h>
#include <cmocka.h>

#include "file.h"
#include "own_directory.h"

#define ACL	"system.posix_acl_access"
#define NOBODY	65534

static char *folder;

static int prepare(void **state)
{
	(void)state;
	return own_directory((void **)&folder) || chdir(folder);
}

static int clean(void **state)
{
	(void)state;
	return chdir("/") || no_directory((void **)&folder);
}

static const struct blob old = { (unsigned char *)"old", 3 };

static void make(mode_t mode)
{
	unlink("file");
	assert_int_equal(file_write_atomic("file", "old", 3, 0644), 0);
	assert_int_equal(chmod("file", mode), 0);
}

static struct stat written(void)
{
	struct stat st;

	assert_int_equal(file_write_over("file", &old, "new", 3), 0);
	assert_int_equal(stat("file", &st), 0);
	return st;
}

static void permissions(void **state)
{
	static const mode_t modes[] = { 0600, 0644, 0755, 0664, 0400, 0640 };

	(void)state;
	umask(022);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		make(modes[i]);
		assert_int_equal(written().st_mode & 07777, modes[i]);
	}
	/* What runs as somebody else is not what was put there. */
	make(06755);
	assert_int_equal(written().st_mode & 07777, 0755);
}

static void attributed(void **state)
{
	const struct file_attribute attribute = { "user.test", "x", 1 };
	struct stat st;
	int ret;

	(void)state;
	make(0600);
	ret = file_write_attributed("file", &old, "new", 3, 0644, &attribute);
	if (ret == -EOPNOTSUPP)
		skip();
	assert_int_equal(ret, 0);
	assert_int_equal(stat("file", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	/* Over whatever else is there goes a new file. */
	assert_int_equal(file_write_attributed("file", NULL, "new", 3, 0644, &attribute), 0);
	assert_int_equal(stat("file", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
}

static void owner(void **state)
{
	struct stat st;

	(void)state;
	if (geteuid())
		skip();
	make(0660);
	assert_int_equal(chown("file", NOBODY, NOBODY - 1), 0);
	st = written();
	assert_int_equal(st.st_uid, NOBODY);
	assert_int_equal(st.st_gid, NOBODY - 1);
	assert_int_equal(st.st_mode & 07777, 0660);
}

/* Runs @action as nobody, who may write here; its exit status */
static int as_nobody(gid_t member, int (*action)(void))
{
	pid_t child;
	int status;

	assert_int_equal(chmod(".", 0777), 0);
	child = fork();
	if (!child)
		_exit(setgroups(member ? 1 : 0, &member) || setgid(NOBODY) || setuid(NOBODY) || action());
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int write_over(void)
{
	return file_write_over("file", &old, "new", 3) != 0;
}

/* Who cannot give the group away gives it to no other group. */
static void group_of_others(void **state)
{
	struct stat st;

	(void)state;
	if (geteuid())
		skip();
	make(0664);
	assert_int_equal(chown("file", 0, 7), 0);
	assert_int_equal(as_nobody(0, write_over), 0);
	assert_int_equal(stat("file", &st), 0);
	assert_int_equal(st.st_uid, NOBODY);
	assert_int_equal(st.st_gid, NOBODY);
	assert_int_equal(st.st_mode & 07777, 0644);
	/* A member can. */
	make(0664);
	assert_int_equal(chown("file", 0, 7), 0);
	assert_int_equal(as_nobody(7, write_over), 0);
	assert_int_equal(stat("file", &st), 0);
	assert_int_equal(st.st_gid, 7);
	assert_int_equal(st.st_mode & 07777, 0664);
}

/* acl(5): user::rw-, user:7:rw-, group::---, mask::rw-, other::---, of which stat(2) shows the mask for the group */
static const uint16_t list[] = {
	2, 0,
	0x01, 6, 0xffff, 0xffff,
	0x02, 6, 7, 0,
	0x04, 0, 0xffff, 0xffff,
	0x10, 6, 0xffff, 0xffff,
	0x20, 0, 0xffff, 0xffff,
};

static void access_list(void **state)
{
	unsigned char now[sizeof(list)];

	(void)state;
	make(0600);
	if (setxattr("file", ACL, list, sizeof(list), 0))
		skip();
	assert_int_equal(written().st_mode & 0777, 0660);
	assert_int_equal(getxattr("file", ACL, now, sizeof(now)), sizeof(list));
	assert_memory_equal(now, list, sizeof(list));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(permissions), cmocka_unit_test(attributed), cmocka_unit_test(owner),
		cmocka_unit_test(group_of_others), cmocka_unit_test(access_list),
	};

	return cmocka_run_group_tests_name("file permissions", tests, prepare, clean);
}
