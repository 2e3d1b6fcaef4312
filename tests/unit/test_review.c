// SPDX-License-Identifier: GPL-2.0-only
/*
 * docs/evidence/review-trust.md, review-kernel.md, review-live-update.md and SECURITY.md name tests: each
 * of them is there.
 *
 * In the last cell of a row stand cases of unit tests and vectors "in quotes", mutations
 * *in italics*, and `files` or `group/name` of the VM tests.  In SECURITY.md only the last
 * kind counts; words in quotes are words there, and `group/...` is all of a group.
 *
 * Sources and documents show nothing, and in a review neither does a file of unit
 * tests or vectors, of which a case has to be named.
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

/* What stands in a mark: no name of anything, something that shows nothing, a file of tests, a test */
enum kind { NOTHING, FILE_OF_ELSE, FILE_OF_TESTS, TEST };

static enum kind file_kind(const char *name)
{
	static const char *const folders[] = {
		"", "tests/unit/", "tests/vectors/", "tests/fuzz/", "docs/", "policy/", "attest/",
		"attest/claims/", "attest/verdict/", "attest/tpm/", "kernel/tree/", "kernel/tree/virt/caretaker/",
	};
	char path[256];
	glob_t found;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", folders[i], name);
		if (glob(path, 0, NULL, &found))
			continue;
		globfree(&found);
		if (!strncmp(path, "tests/unit/", 11) || !strncmp(path, "tests/vectors/", 14))
			return FILE_OF_TESTS;
		return strncmp(path, "tests/", 6) ? FILE_OF_ELSE : TEST;
	}
	return NOTHING;
}

/*
 * GROUP/.../NAME: names are put together while a test runs, so the last part is looked for.
 * The trust matrix is of several groups.
 */
static bool is_check(const struct sources *s, const char *name)
{
	const char *last = strrchr(name, '/') + 1;
	char group[64];

	snprintf(group, sizeof(group), "%.*s", (int)strcspn(name, "/"), name);
	return (has(s->groups, "\t\"", group, " ") || !strcmp(group, "trust")) &&
	       (!strcmp(last, "...") || strstr(s->inside, last));
}

/* Commands, options and functions are not */
static bool is_name(char mark, const char *name)
{
	return mark != '`' || !strpbrk(name, " =(");
}

static enum kind kind_of(const struct sources *s, char mark, const char *name)
{
	enum kind kind;

	switch (mark) {
	case '"':
		return has(s->cases, "\"", name, "\"") ? TEST : NOTHING;
	case '*':
		return has(s->mutations, "|", name, "\n") ? TEST : NOTHING;
	default:
		kind = file_kind(name);
		return kind == NOTHING && strchr(name, '/') && is_check(s, name) ? TEST : kind;
	}
}

/* Of one cell: tests that are named in one of the @marks.  A name has no mark of its own kind in it */
static unsigned int check_cell(const struct sources *s, const char *cell, const char *marks,
			       unsigned int *missing)
{
	enum kind least = strchr(marks, '"') ? TEST : FILE_OF_TESTS, kind;
	unsigned int names = 0;
	char name[128];

	for (const char *p = strpbrk(cell, marks); p; p = strpbrk(p, marks)) {
		size_t n = strcspn(p + 1, (char []){ *p, '\0' });

		assert_true(p[n + 1] && n && n < sizeof(name));
		snprintf(name, sizeof(name), "%.*s", (int)n, p + 1);
		if (is_name(*p, name)) {
			kind = kind_of(s, *p, name);
			names += kind >= least;
			if (kind == NOTHING) {
				print_error("there is no %c%s\n", *p, name);
				++*missing;
			}
		}
		p += n + 2;
	}
	return names;
}

/* Each row of a table names a test, or says that it is open; @text is cut up */
static unsigned int check_rows(const struct sources *s, char *text, const char *marks,
			       unsigned int *missing)
{
	unsigned int names = 0, here;
	char *line, *rest = text, *end, *cell;

	while ((line = strsep(&rest, "\n"))) {
		if (*line != '|' || strstr(line, "| --- |") || !strstr(line + 1, "|") ||
		    strstr(line, "| shown by |"))
			continue;
		end = strrchr(line, '|');
		*end = '\0';
		cell = strrchr(line, '|');
		here = check_cell(s, cell, marks, missing);
		*cell = '\0';
		if (!here && !strstr(line, "**open**") && !strstr(line, "In part:")) {
			print_error("%s: no test, and not open\n", line);
			++*missing;
		}
		names += here;
	}
	return names;
}

/* From a heading on */
static unsigned int check_page(const struct sources *s, const char *path, const char *heading,
			       const char *marks, unsigned int *missing)
{
	char *page = load((const char *[]){ path, NULL }), *from = strstr(page, heading);
	unsigned int names;

	assert_non_null(from);
	names = check_rows(s, from, marks, missing);
	free(page);
	return names;
}

/* In the fixture, so that what is missing is not followed by a report of leaks */
static int prepare(void **state)
{
	static struct sources s;

	s = (struct sources){
		.cases = load((const char *[]){ "tests/unit/*.c", "tests/vectors/*.sh", "tests/vectors/*.py", NULL }),
		.mutations = load((const char *[]){ "tests/mutations.d/*.list", "tests/vm/mutations.list", NULL }),
		.groups = load((const char *[]){ "tests/vm/run.sh", NULL }),
		.inside = load((const char *[]){ "tests/vm/inside/*.sh", "tests/vm/*.sh", "tests/vm/*.c", "tests/vm/*.py",
					       "tests/vm/*.tab", NULL }),
	};
	*state = &s;
	return 0;
}

static int clean(void **state)
{
	struct sources *s = *state;

	free(s->cases);
	free(s->mutations);
	free(s->groups);
	free(s->inside);
	return 0;
}

static void each_name(void **state)
{
	const struct sources *s = *state;
	char made_up[] = "| 1 | a thing | an answer | \"no such case at all\", *no such mutation*, "
			 "`no-group/kernel-log`, `kexec/no-such-check`, `no_such_file.c` |\n"
			 "| 2 | a thing | an answer | |\n| 3 | a thing | **open** | |\n"
			 "| 4 | a thing | an answer | `cmd_quote.c`, `SECURITY.md`, `virt/caretaker/load.c` |\n"
			 "| 5 | a thing | an answer | `test_review.c` |\n"
			 "| 6 | a thing | an answer | `test_review.c`, *the record has the floor*, `fuzz_words.c` |\n";
	char of_security[] = "| a thing | `cmd_quote.c` |\n| a thing | `tests/unit/test_review.c`, `docs/trust.md` |\n";
	unsigned int missing = 0, mistakes = 0;

	assert_true(check_page(s, "docs/evidence/review-trust.md", "\n## 1. ", "\"*`", &missing) > 150);
	assert_true(check_page(s, "docs/evidence/review-kernel.md", "\n## Bugs", "\"*`", &missing) > 15);
	assert_true(check_page(s, "docs/evidence/review-live-update.md", "\n## 1. ", "*`", &missing) > 35);
	assert_true(check_page(s, "SECURITY.md", "\n## What is guaranteed", "`", &missing) > 80);
	assert_int_equal(missing, 0);
	/* The test can fail, for each kind of name; this file is among the cases */
	memcpy(strstr(made_up, "case at"), "CASE", 4);
	check_rows(s, made_up, "\"*`", &mistakes);
	assert_int_equal(mistakes, 9);
	mistakes = 0;
	check_rows(s, of_security, "`", &mistakes);
	assert_int_equal(mistakes, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_name) };

	return cmocka_run_group_tests_name("review", tests, prepare, clean);
}
