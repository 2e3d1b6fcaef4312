// SPDX-License-Identifier: GPL-2.0-only
/*
 * docs/evidence/review-trust.md names tests: each of them is there.
 *
 * In the last cell of a row stand cases of unit tests and vectors "in quotes", mutations
 * *in italics*, and `files` or `group/name` of the VM tests.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

#define PAGE "docs/evidence/review-trust.md"

/* All files that match, one after another */
static char *load(const char *const *patterns)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	glob_t files;
	struct blob b;

	assert_non_null(out);
	for (; *patterns; patterns++) {
		assert_int_equal(glob(*patterns, 0, NULL, &files), 0);
		for (size_t i = 0; i < files.gl_pathc; i++) {
			assert_int_equal(file_read(files.gl_pathv[i], 4 << 20, &b), 0);
			assert_int_equal(fwrite(b.data, 1, b.size, out), b.size);
			blob_free(&b);
		}
		globfree(&files);
	}
	assert_int_equal(fclose(out), 0);
	return text;
}

struct sources {
	char *cases;		/* unit tests and vectors */
	char *mutations;
	char *groups;		/* of the VM tests */
	char *inside;		/* what runs in them */
};

static bool has(const char *text, const char *before, const char *name, const char *behind)
{
	char whole[256];

	assert_true(snprintf(whole, sizeof(whole), "%s%s%s", before, name, behind) < (int)sizeof(whole));
	return strstr(text, whole);
}

static bool is_file(const char *name)
{
	static const char *const folders[] = {
		"", "tests/unit/", "tests/vectors/", "tests/fuzz/", "docs/", "policy/", "attest/",
		"attest/claims/", "attest/verdict/", "attest/tpm/", "kernel/tree/virt/caretaker/",
	};
	char path[256];
	FILE *f;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", folders[i], name);
		f = fopen(path, "r");
		if (f) {
			fclose(f);
			return true;
		}
	}
	return false;
}

/* GROUP/.../NAME: names are put together while a test runs, so the last part is looked for */
static bool is_check(const struct sources *s, const char *name)
{
	char group[64];

	snprintf(group, sizeof(group), "%.*s", (int)strcspn(name, "/"), name);
	return has(s->groups, "\t\"", group, " ") && strstr(s->inside, strrchr(name, '/') + 1);
}

static bool exists(const struct sources *s, char mark, const char *name)
{
	switch (mark) {
	case '"':
		return has(s->cases, "\"", name, "\"");
	case '*':
		return has(s->mutations, "|", name, "\n");
	default:
		return strchr(name, '/') && !is_file(name) ? is_check(s, name) : is_file(name);
	}
}

/* Of one cell.  A name has no mark of its own kind in it */
static unsigned int check_cell(const struct sources *s, const char *cell, unsigned int *missing)
{
	unsigned int names = 0;
	char name[128];

	for (const char *p = strpbrk(cell, "\"*`"); p; p = strpbrk(p, "\"*`")) {
		size_t n = strcspn(p + 1, (char []){ *p, '\0' });

		assert_true(p[n + 1] && n && n < sizeof(name));
		snprintf(name, sizeof(name), "%.*s", (int)n, p + 1);
		names++;
		if (!exists(s, *p, name)) {
			print_error(PAGE ": there is no %c%s\n", *p, name);
			++*missing;
		}
		p += n + 2;
	}
	return names;
}

/* Each row of a table names a test, or says that it is open */
static unsigned int check_page(const struct sources *s, char *page, unsigned int *missing)
{
	unsigned int names = 0, here;
	char *line, *rest = page, *end, *cell;

	while ((line = strsep(&rest, "\n"))) {
		if (*line != '|' || strstr(line, "| --- |") || strstr(line, "| shown by |"))
			continue;
		end = strrchr(line, '|');
		*end = '\0';
		cell = strrchr(line, '|');
		here = check_cell(s, cell, missing);
		*cell = '\0';
		if (!here && !strstr(line, "**open**") && !strstr(line, "In part:")) {
			print_error(PAGE ": %s: no test, and not open\n", line);
			++*missing;
		}
		names += here;
	}
	return names;
}

static void each_name(void **state)
{
	struct sources s = {
		.cases = load((const char *[]){ "tests/unit/*.c", "tests/vectors/*.sh", "tests/vectors/*.py", NULL }),
		.mutations = load((const char *[]){ "tests/mutations.d/*.list", "tests/vm/mutations.list", NULL }),
		.groups = load((const char *[]){ "tests/vm/run.sh", NULL }),
		.inside = load((const char *[]){ "tests/vm/inside/*.sh", "tests/vm/*.c", "tests/vm/*.py", "tests/vm/*.tab", NULL }),
	};
	char *page = load((const char *[]){ PAGE, NULL });
	char made_up[] = "| 1 | a thing | an answer | \"no such case at all\", *no such mutation*, "
			 "`no-group/kernel-log`, `kexec/no-such-check`, `no_such_file.c` |\n"
			 "| 2 | a thing | an answer | |\n| 3 | a thing | **open** | |\n";
	unsigned int missing = 0, mistakes = 0;

	(void)state;
	assert_true(check_page(&s, page, &missing) > 150);
	assert_int_equal(missing, 0);
	/* The test can fail, for each kind of name; this file is among the cases */
	memcpy(strstr(made_up, "case at"), "CASE", 4);
	check_page(&s, made_up, &mistakes);
	assert_int_equal(mistakes, 6);
	free(page);
	free(s.cases);
	free(s.mutations);
	free(s.groups);
	free(s.inside);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_name) };

	return cmocka_run_group_tests_name("review", tests, NULL, NULL);
}
