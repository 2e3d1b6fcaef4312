// SPDX-License-Identifier: GPL-2.0-only
/*
 * docs/runbook.md has a line for each reason word, and docs/attestation.md has it among its
 * reasons: each word with dashes in the sources that judge is one, or is listed here as
 * something else.  docs/operator.md has a line for each errno of an install that refuses.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <glob.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

static const char *const others[] = {
	/* names of templates, events and formats */
	"ima-buf", "kexec-cmdline", "caretaker-verdict",
	/* what systemd measures */
	"os-separator", "nvpcr-separator", "enter-initrd", "leave-initrd",
	/* values in a verdict */
	"secure-boot", "svn-floor", "waived-signature", "minimal-encodings", "no-machine", "fs-verity",
};

static bool is_other(const char *word)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcmp(others[i], word))
			return true;
	return false;
}

static char *load(const char *path, struct blob *b)
{
	char *text;

	assert_int_equal(file_read(path, 1 << 20, b), 0);
	text = strndup((const char *)b->data, b->size);
	blob_free(b);
	assert_non_null(text);
	return text;
}

/* A row of a table: the word, what it means, what to do */
static bool has_line(const char *runbook, const char *word)
{
	char row[128];
	const char *at, *end;
	int bars = 0;

	snprintf(row, sizeof(row), "\n| %s | ", word);
	at = strstr(runbook, row);
	if (!at)
		return false;
	end = strchr(at + 1, '\n');
	for (const char *p = at + 1; p < end; p++)
		bars += *p == '|';
	return bars == 4 && !strstr(at + strlen(row), row) && !strstr(at, "|  |");
}

/* Whole: what may be in a word stands neither before nor behind it */
static bool has_word(const char *text, const char *word)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
	size_t n = strlen(word);

	for (const char *p = strstr(text, word); p; p = strstr(p + n, word))
		if ((p == text || !strchr(letters, p[-1])) && (!p[n] || !strchr(letters, p[n])))
			return true;
	return false;
}

/* From one line to another, at which @text is cut */
static const char *section(char *text, const char *from, const char *to)
{
	char *begin = strstr(text, from), *end;

	assert_non_null(begin);
	end = strstr(begin + 1, to);
	assert_non_null(end);
	*end = '\0';
	return begin;
}

static unsigned int check(const char *path, const char *runbook, const char *reasons, unsigned int *missing)
{
	unsigned int words = 0;
	regmatch_t match[3];
	struct blob b;
	regex_t form;
	char *text = load(path, &b), word[64];

	assert_int_equal(regcomp(&form, "\"([a-z0-9]+(-[a-z0-9]+)+|unsigned|rejected)\"", REG_EXTENDED), 0);
	for (const char *p = text; !regexec(&form, p, 3, match, 0); p += match[0].rm_eo) {
		snprintf(word, sizeof(word), "%.*s", (int)(match[1].rm_eo - match[1].rm_so),
			 p + match[1].rm_so);
		words++;
		if (is_other(word) || (has_line(runbook, word) && has_word(reasons, word)))
			continue;
		print_error("%s: \"%s\" has no line in docs/runbook.md, or is not in docs/attestation.md\n",
			    path, word);
		++*missing;
	}
	regfree(&form);
	free(text);
	return words;
}

static void each_reason(void **state)
{
	unsigned int words = 0, missing = 0;
	struct blob b;
	char *runbook = load("docs/runbook.md", &b), *page = load("docs/attestation.md", &b);
	const char *reasons = section(page, "\n## Reasons\n", "\n## ");
	glob_t files;

	(void)state;
	assert_int_equal(glob("attest/claims/*.c", 0, NULL, &files), 0);
	assert_int_equal(glob("attest/verdict/*.c", GLOB_APPEND, NULL, &files), 0);
	assert_int_equal(glob("attest/cmd_attest_verdict.c", GLOB_APPEND, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++)
		words += check(files.gl_pathv[i], runbook, reasons, &missing);
	globfree(&files);
	assert_true(words > 60);
	assert_int_equal(missing, 0);
	/* The test can fail */
	assert_false(has_line(runbook, "no-such-reason"));
	assert_false(has_line("\n| one-word | means |\n", "one-word"));
	assert_false(has_word("no-words, words-no, wordsno", "words"));
	assert_true(has_word("no-words, words, or", "words"));
	free(runbook);
	free(page);
}

/* The ABI's table of errors begins each of its lines with one */
static void each_errno(void **state)
{
	struct blob b;
	char *abi = load("kernel/tree/Documentation/virt/kvm/caretaker.rst", &b);
	char *guide = load("docs/operator.md", &b), word[16];
	const char *errors = section(strstr(strstr(abi, "\nErrors\n"), "\n====") + 1, "\n", "\n====");
	const char *lines = section(guide, "\n## When an install is refused\n", "\n## ");
	unsigned int words = 0, missing = 0;

	(void)state;
	for (const char *p = errors; (p = strchr(p, '\n')); ) {
		p++;
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(p, " \n"), p);
		if (!*word)
			continue;
		words++;
		if (!has_word(lines, word)) {
			print_error("docs/operator.md: no line for %s\n", word);
			missing++;
		}
	}
	assert_true(words > 15);
	assert_int_equal(missing, 0);
	free(abi);
	free(guide);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_reason), cmocka_unit_test(each_errno) };

	return cmocka_run_group_tests_name("runbook", tests, NULL, NULL);
}
