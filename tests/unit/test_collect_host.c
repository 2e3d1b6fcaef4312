// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's logs: IMA's list while an exporter moves it, and files that are not there.
 *
 * A row is what the kernel answers, read after read: a file's content, or an error.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "own_directory.h"
#include "tpm/collect_host.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct answer {
	char file;		/* 's'taged or 'c'urrent: what must be asked for; 0: no more */
	const char *content;	/* NULL: @rc */
	int rc;
	unsigned int times;	/* of an error */
};

static struct answer script[32];
static unsigned int at, asked;

static int scripted(const char *path, size_t max, struct blob *out)
{
	const struct answer *a = &script[at];
	char file = strstr(path, "_staged") ? 's' : 'c';

	memset(out, 0, sizeof(*out));
	assert_int_equal(max, EVIDENCE_MAX_LOG);
	asked++;
	if (!a->file)
		fail_msg("read number %u of %s is one too many", asked, path);
	assert_int_equal(file, a->file);
	if (!a->content) {
		if (script[at].times > 1)
			script[at].times--;
		else
			at++;
		return a->rc;
	}
	at++;
	out->size = strlen(a->content);
	out->data = malloc(out->size + 1);
	memcpy(out->data, a->content, out->size);
	return 0;
}

#define S(text)	{ 's', text, 0, 0 }
#define C(text)	{ 'c', text, 0, 0 }
#define SE(rc, times) { 's', NULL, rc, times }
#define CE(rc, times) { 'c', NULL, rc, times }

static void staging(void **state)
{
	static const struct {
		const char *name;
		struct answer answer[25];
		int rc;
		const char *list;
	} cases[] = {
		{ "a kernel without staging", { SE(-ENOENT, 1), C("abc"), SE(-ENOENT, 1) }, 0, "abc" },
		{ "no IMA", { SE(-ENOENT, 1), CE(-ENOENT, 1), SE(-ENOENT, 1) }, 0, "" },
		{ "nothing staged", { S(""), C("abc"), S("") }, 0, "abc" },
		{ "staged first", { S("ab"), C("c"), S("ab") }, 0, "abc" },
		{ "all is staged", { S("abc"), C(""), S("abc") }, 0, "abc" },
		{ "staged between the reads", { S(""), C(""), S("abc"), S("abc"), C("d"), S("abc") }, 0, "abcd" },
		{ "deleted between the reads", { S("ab"), C("c"), S(""), S(""), C("c"), S("") }, 0, "c" },
		{ "deleted and staged again", { S("ab"), C(""), S("cd"), S("cd"), C("e"), S("cd") }, 0, "cde" },
		{ "moves all the time", { S("a"), C(""), S("b"), S("a"), C(""), S("b"), S("a"), C(""), S("b"),
		  S("a"), C(""), S("b"), S("a"), C(""), S("b"), S("a"), C(""), S("b"), S("a"), C(""), S("b"),
		  S("a"), C(""), S("b") }, -EAGAIN, "" },
		{ "a writer, for a while", { SE(-EBUSY, 2), S("a"), CE(-EBUSY, 1), C("b"), SE(-EBUSY, 1), S("a") },
		  0, "ab" },
		{ "a writer that stays", { SE(-EBUSY, 40) }, -EBUSY, "" },
		{ "a writer that stays at the current list", { S("a"), CE(-EBUSY, 40) }, -EBUSY, "" },
		{ "too large", { S("a"), CE(-EFBIG, 1) }, -EFBIG, "" },
		{ "not allowed", { SE(-EACCES, 1) }, -EACCES, "" },
	};
	struct blob list;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int rc;

		memset(script, 0, sizeof(script));
		memcpy(script, cases[i].answer, sizeof(cases[i].answer));
		at = asked = 0;
		rc = collect_ima_log("/sys/list", scripted, &list);
		if (rc != cases[i].rc || list.size != strlen(cases[i].list) ||
		    (list.size && memcmp(list.data, cases[i].list, list.size)) || script[at].file)
			fail_msg("%s: %d, %zu bytes after %u reads", cases[i].name, rc, list.size, asked);
		blob_free(&list);
	}
}

static int two_halves(const char *path, size_t max, struct blob *out)
{
	size_t size = max / 2 + !strstr(path, "_staged");

	*out = (struct blob){ calloc(size, 1), size };
	return out->data ? 0 : -ENOMEM;
}

/* The limit is that of both together */
static void limit(void **state)
{
	struct blob list;

	(void)state;
	assert_int_equal(collect_ima_log("/sys/list", two_halves, &list), -EFBIG);
	assert_null(list.data);
}

static char *in_folder(const char *folder, const char *name)
{
	static char path[4][256];
	static unsigned int next;
	char *p = path[next++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", folder, name);
	return p;
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0 && !fclose(f));
}

static void files(void **state)
{
	const struct collect_paths paths = {
		in_folder(*state, "ima"), in_folder(*state, "uefi"), in_folder(*state, "userspace"),
	};
	struct evidence e = { 0 };
	const char *path;

	assert_int_equal(collect_logs(&e, &paths, &path), 0);
	assert_true(!e.ima_log.size && !e.uefi_log.size && !e.userspace_log.size);
	write_file(paths.ima_log, "current");
	write_file(in_folder(*state, "ima_staged"), "staged, ");
	write_file(paths.uefi_log, "firmware");
	write_file(paths.userspace_log, "words");
	assert_int_equal(collect_logs(&e, &paths, &path), 0);
	assert_memory_equal(e.ima_log.data, "staged, current", 15);
	assert_memory_equal(e.uefi_log.data, "firmware", 8);
	assert_memory_equal(e.userspace_log.data, "words", 5);
	assert_int_equal(e.userspace_log.size, 5);
	evidence_free(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(staging),
		cmocka_unit_test(limit),
		cmocka_unit_test_setup_teardown(files, own_directory, no_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
