// SPDX-License-Identifier: GPL-2.0-only
/*
 * All of the zoo, a test a line.  What is of ML-DSA takes OpenSSL 3.5: where this libcrypto has none, the
 * program runs once more, for these alone, with one that has.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "zoo.h"
#include "zoo_keys.h"

#define AGAIN "ZOO_AGAIN"

struct tests {
	struct CMUnitTest *test;
	size_t count;
};

static void add(struct tests *all, const char *name, void (*ask)(void **state), const void *line)
{
	all->test[all->count++] = (struct CMUnitTest){ name, ask, NULL, NULL, (void *)line };
}

static void add_certificates(struct tests *all, const struct zoo_run *run, const struct zoo_certificate *line,
			     size_t count)
{
	for (size_t i = 0; i < count; i++)
		add(all, line[i].name, run->certificate, &line[i]);
}

static void add_messages(struct tests *all, const struct zoo_run *run, const struct zoo_message *line, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add(all, line[i].name, run->message, &line[i]);
}

static void add_chains(struct tests *all, const struct zoo_run *run, const struct zoo_chain *line, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add(all, line[i].name, run->chain, &line[i]);
}

/* Of this program, with another libcrypto.  What it prints is part of what we print. */
static int run_again(const char *folder)
{
	char self[PATH_MAX + 1] = "";
	pid_t child;
	int status;

	if (getenv(AGAIN) || readlink("/proc/self/exe", self, sizeof(self) - 1) < 0) {
		print_error("[  FAILED  ] no ML-DSA in the newer OpenSSL\n");
		return 1;
	}
	fflush(NULL);
	child = fork();
	if (!child) {
		setenv(AGAIN, "1", 1);
		if (!chdir(folder))
			execl("tests/openssl35.sh", "openssl35.sh", "--run", self, NULL);
		_exit(127);
	}
	if (child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	print_error("[  FAILED  ] with the newer OpenSSL\n");
	return 1;
}

int zoo_run(const char *group, const struct zoo_run *run, int (*open)(void **state),
	    int (*close)(void **state))
{
	bool mldsa = zoo_has_mldsa(), again = getenv(AGAIN);
	struct tests all = { calloc(zoo_certificate_count + zoo_message_count + zoo_chain_count +
				    zoo_mldsa_certificate_count + zoo_mldsa_message_count + zoo_mldsa_chain_count + 1,
				    sizeof(*all.test)), 0 };
	char folder[PATH_MAX];
	int failed;

	/* Before a test changes it */
	assert_non_null(getcwd(folder, sizeof(folder)));
	if (!again) {
		add_certificates(&all, run, zoo_certificates, zoo_certificate_count);
		add_messages(&all, run, zoo_messages, zoo_message_count);
		add_chains(&all, run, zoo_chains, zoo_chain_count);
	}
	if (mldsa) {
		add_certificates(&all, run, zoo_mldsa_certificates, zoo_mldsa_certificate_count);
		add_messages(&all, run, zoo_mldsa_messages, zoo_mldsa_message_count);
		add_chains(&all, run, zoo_mldsa_chains, zoo_mldsa_chain_count);
	}
	if (run->more && !again)
		add(&all, run->name, run->more, NULL);
	assert_true(all.count);
	failed = _cmocka_run_group_tests(group, all.test, all.count, open, close);
	if (!mldsa)
		failed += run_again(folder);
	free(all.test);
	return failed;
}
