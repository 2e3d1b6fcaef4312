// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words of a command line, against the kernel's own next_arg(): each word, each
 * value and the place of the next one must be the same, whatever the bytes are.
 * A line that is not refused has words in which no quote is left.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "claims/words.h"
#include "policy_rules.h"

/* Bytes of a line; x86 keeps 2047, and we refuse more */
#define LINE_BYTES	4096

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wsign-compare"
#include "kernel_words.h"
#pragma GCC diagnostic pop

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) do { if (!(condition)) abort(); } while (0)

static bool same(const char *a, const char *b)
{
	return (!a && !b) || (a && b && !strcmp(a, b));
}

/* A pattern that is a name is for this name, whichever way its dashes are written */
static void check_pattern(const char *name)
{
	char turned[LINE_BYTES + 1];
	size_t n = strlen(name);

	if (!n || strpbrk(name, "|*="))
		return;
	for (size_t i = 0; i <= n; i++)
		turned[i] = name[i] == '-' ? '_' : name[i] == '_' ? '-' : name[i];
	MUST(parameqn(turned, name, n + 1) && policy_word_names(turned, name));
	turned[n - 1] ^= 1;
	MUST(parameqn(turned, name, n + 1) == policy_word_names(turned, name) ||
	     strpbrk(turned, "|*=") || !turned[n - 1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char ours[LINE_BYTES + 1], theirs[LINE_BYTES + 1], *a = ours, *b = theirs;
	char *name, *value, *param, *val;
	bool good;

	if (size > LINE_BYTES)
		size = LINE_BYTES;
	memcpy(ours, data, size);
	ours[size] = '\0';
	memcpy(theirs, ours, size + 1);
	good = !words_refuse(ours, size);
	MUST(!good || (size < WORDS_LINE_MAX && strlen(ours) == size));
	if (good)
		MUST(words_contain(ours, theirs));

	/* As parse_args() does */
	a = words_skip(ours);
	b = skip_spaces(theirs);
	MUST(a - ours == b - theirs);
	while (*b) {
		b = next_arg(b, &param, &val);
		a = words_next(a, &name, &value);
		MUST(a - ours == b - theirs);
		MUST(same(name, param) && same(value, val));
		MUST(words_end(name, value) == (!val && strcmp(param, "--") == 0));
		MUST(!good || (!strchr(name, '"') && !(value && strchr(value, '"'))));
		check_pattern(name);
	}
	MUST(!*a);
	return 0;
}
