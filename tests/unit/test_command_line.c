// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words of a command line: cut as next_arg() of the kernel does, refused where two
 * readers could differ, and held against the rules.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "claims/command_line.h"
#include "claims/words.h"
#include "unit_table.h"

/* --- Cutting ------------------------------------------------------------------------- */

static const struct cut_case {
	const char *name;
	const char *line;
	const char *words;	/* [name] or [name=value], one behind the other */
} cut_cases[] = {
	{ "cut: words", "a b  c", "[a][b][c]" },
	{ "cut: values", "a=1 b= c=d=e", "[a=1][b=][c=d=e]" },
	{ "cut: blanks of the kernel", "a\tb\nc\vd\fe\rf\xa0g", "[a][b][c][d][e][f][g]" },
	{ "cut: other bytes are none", "a\xc2\x85" "b\x1f" "c", "[a\xc2\x85" "b\x1f" "c]" },
	{ "cut: quoted value", "a=\"b c\" d", "[a=b c][d]" },
	{ "cut: quoted word", "\"a b\" c", "[a b][c]" },
	{ "cut: quoted assignment", "\"a=b c\" d", "[a=b c][d]" },
	{ "cut: inner quotes stay", "lock\"down\"=integrity", "[lock\"down\"=integrity]" },
	{ "cut: quote inside a value stays", "a=b\"c d\"", "[a=b\"c d\"]" },
	{ "cut: open quote", "a=\"b c", "[a=b c]" },
	{ "cut: a lone quote for a value", "a=\" b", "[a= b]" },
	{ "cut: an equals sign in front is a letter", "=a=b =", "[=a=b][=]" },
	{ "cut: nothing in quotes", "\"\" a", "[][a]" },
	{ "cut: blanks around", "  a  ", "[a]" },
	{ "cut: nothing", "", "" },
};

static void cut_case(void **state)
{
	const struct cut_case *c = *state;
	char line[128], got[256] = "", *rest = line, *name, *value;

	strcpy(line, c->line);
	for (rest = words_skip(line); *rest;) {
		rest = words_next(rest, &name, &value);
		strcat(strcat(got, "["), name);
		if (value)
			strcat(strcat(got, "="), value);
		strcat(got, "]");
	}
	assert_string_equal(got, c->words);
}

/* --- Refusing ------------------------------------------------------------------------ */

static const struct refuse_case {
	const char *name;
	const char *line;
	bool refused;
} refuse_cases[] = {
	{ "plain", "root=/dev/sda1 ro quiet", false },
	{ "quoted value", "dyndbg=\"file a +p; file b +p\" quiet", false },
	{ "quoted word", "quiet \"a b=c\"", false },
	{ "empty quotes", "a=\"\"", false },
	{ "nothing at all", "", false },
	{ "new line", "ro\nlockdown=integrity", true },
	{ "vertical tab", "quiet\vmodule.sig_enforce=0", true },
	{ "form feed", "a\fb", true },
	{ "carriage return", "a\rinit=/bin/sh", true },
	{ "tab", "a\tb", true },
	{ "escape", "a\x1b[2J", true },
	{ "delete", "a\x7f", true },
	{ "no-break space", "a\xa0" "b", true },
	{ "UTF-8", "a=\xc3\xa9", true },
	{ "quotes in a name", "lock\"down\"=integrity", true },
	{ "quotes in a value", "lockdown=int\"egrity\"", true },
	{ "quotes behind the second equals sign", "a=b=\"c\"", true },
	{ "quotes behind an equals sign in front", "=\"c\"", true },
	{ "a word goes on behind quotes", "a=\"b\"c", true },
	{ "a quoted word goes on", "\"a\"=b", true },
	{ "open quote", "a=\"b c", true },
	{ "open quote at the end", "a \"", true },
};

static void refuse_case(void **state)
{
	const struct refuse_case *c = *state;

	assert_int_equal(words_refuse(c->line, strlen(c->line)) != NULL, c->refused);
}

static void refuse_long(void **state)
{
	char line[WORDS_LINE_MAX];

	(void)state;
	memset(line, 'x', sizeof(line));
	assert_null(words_refuse(line, WORDS_LINE_MAX - 1));
	assert_non_null(words_refuse(line, WORDS_LINE_MAX));
	/* A zero byte ends the line for some */
	line[3] = '\0';
	assert_non_null(words_refuse(line, 8));
}

/* --- One line in another ------------------------------------------------------------- */

static const struct contain_case {
	const char *name;
	const char *line;
	const char *part;
	bool contained;
} contain_cases[] = {
	{ "the same", "a b", "a b", true },
	{ "more in front", "x a b", "a b", true },
	{ "more behind", "a b x", "a b", true },
	{ "blanks around the part", "a b x", " a b ", true },
	{ "a second place fits", "xa b a b", "a b", true },
	{ "begins inside a word", "xa b", "a b", false },
	{ "ends inside a word", "a bx", "a b", false },
	{ "something between", "a x b", "a b", false },
	{ "nothing", "a", "", true },
	{ "in nothing", "", "a", false },
};

static void contain_case(void **state)
{
	const struct contain_case *c = *state;

	assert_int_equal(words_contain(c->line, c->part), c->contained);
}

/* --- Patterns ------------------------------------------------------------------------ */

static const struct word_case {
	const char *name;
	const char *pattern;
	const char *parameter;
	const char *value;
	bool matches;
} word_cases[] = {
	{ "equal", "quiet", "quiet", NULL, true },
	{ "longer", "quiet", "quieter", NULL, false },
	{ "shorter", "quiet", "quie", NULL, false },
	{ "a name is for any value", "bootconfig", "bootconfig", "1", true },
	{ "a value is for no other", "a=1", "a", "2", false },
	{ "a value is not for none", "a=1", "a", NULL, false },
	{ "a value is not longer", "a=1", "a", "10", false },
	{ "an empty value", "a=", "a", "", true },
	{ "an empty value is no other", "a=", "a", "1", false },
	{ "beginning of a value", "kgdboc=*", "kgdboc", "ttyS0", true },
	{ "beginning of a value, empty", "kgdboc=*", "kgdboc", "", true },
	{ "beginning of a value, none", "kgdboc=*", "kgdboc", NULL, false },
	{ "another beginning", "init=/bin/*", "init", "/sbin/init", false },
	{ "beginning of a name", "ima_*", "ima_hash", "md5", true },
	{ "too short for it", "ima_*", "ima", "off", false },
	{ "alternative, first", "a=1|a=2", "a", "1", true },
	{ "alternative, second", "a=1|a=2", "a", "2", true },
	{ "alternative, neither", "a=1|a=2", "a", "3", false },
	{ "alternative with beginning", "x|b*", "bcd", NULL, true },
	{ "alternatives of two kinds", "x|b=2", "b", "2", true },
	{ "dash for underscore", "ima_appraise=off", "ima-appraise", "off", true },
	{ "underscore for dash", "no-hlt", "no_hlt", NULL, true },
	{ "dash in a value", "a=b-c", "a", "b_c", false },
	{ "an equals sign in a value", "a=b=c", "a", "b=c", true },
	{ "empty pattern", "", "", NULL, false },
	{ "empty alternative", "|a", "", NULL, false },
};

static void word_case(void **state)
{
	const struct word_case *c = *state;

	assert_int_equal(policy_word_matches(c->pattern, c->parameter, c->value), c->matches);
}

/* --- Rules --------------------------------------------------------------------------- */

static const struct line_case {
	const char *name;
	const char *line;
	const char *required;
	const char *forbidden;
	const char *word;	/* reason, NULL: none */
} line_cases[] = {
	{ "found", "a b c", "b", "d", NULL },
	{ "missing", "a b c", "d", "e", "command-line-word-missing" },
	{ "forbidden", "a b c", "a", "c", "command-line-word-forbidden" },
	{ "forbidden with any value", "a bootconfig=1", "a", "bootconfig", "command-line-word-forbidden" },
	{ "inside quotes", "x=\"a b c\"", "b", "d", "command-line-word-missing" },
	{ "quotes vanish", "\"b\"", "b", "d", NULL },
	{ "quotes around an assignment vanish", "\"b=1\"", "b=1", "d", NULL },
	{ "forbidden in quotes", "a \"c\"", "a", "c", "command-line-word-forbidden" },
	{ "forbidden in half quotes", "a c=\"1\"", "a", "c=1", "command-line-word-forbidden" },
	{ "after two dashes", "a -- b", "b", "d", "command-line-word-missing" },
	{ "after two dashes in quotes", "a \"--\" b", "b", "d", "command-line-word-missing" },
	{ "two dashes with a value end nothing", "a --=1 b", "b", "d", NULL },
	{ "forbidden after two dashes", "a -- c", "a", "c", "command-line-word-forbidden" },
	{ "required and then another value", "b=1 b=2", "b=1", "d", "command-line-word-missing" },
	{ "another value and then required", "b=2 b=1", "b=1", "d", "command-line-word-missing" },
	{ "twice the same", "b=1 b=1", "b=1", "d", NULL },
	{ "both values are allowed", "b=1 b=2", "b=1|b=2", "d", NULL },
	{ "another value for init", "b=1 -- b=2", "b=1", "d", NULL },
	{ "empty line", "", "a", "b", "command-line-word-missing" },
	{ "new line", "a\nb", "b", "d", "command-line-malformed" },
	{ "open quote", "a \"b c", "a", "c", "command-line-malformed" },
	{ "quotes in a name", "a\"b\"", "a\"b\"", "d", "command-line-malformed" },
	{ "blanks of others", "a\vc", "a", "c", "command-line-malformed" },
};

static void line_case(void **state)
{
	const struct line_case *c = *state;
	char *required = (char *)c->required, *forbidden = (char *)c->forbidden;
	struct policy_words need = { &required, 1 }, never = { &forbidden, 1 };
	struct reasons why = { .count = 0 };

	command_line_check(c->line, strlen(c->line), "kernel 1", &need, &never, &why);
	assert_int_equal(why.count, c->word != NULL);
	if (c->word)
		assert_string_equal(why.reason[0].word, c->word);
}

int main(void)
{
	static struct CMUnitTest tests[160];
	size_t n = 0;

	ADD(cut_cases, cut_case);
	ADD(refuse_cases, refuse_case);
	ADD(contain_cases, contain_case);
	ADD(word_cases, word_case);
	ADD(line_cases, line_case);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(refuse_long);
	return _cmocka_run_group_tests("command line", tests, n, NULL, NULL);
}
