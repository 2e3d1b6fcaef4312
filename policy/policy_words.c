// SPDX-License-Identifier: GPL-2.0-only
/* Patterns for words of a command line; see policy_rules.h. */
#include <string.h>

#include "policy_rules.h"

/* kernel/params.c, parameqn(): dashes are underscores in a parameter's name */
static bool same_letters(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char x = a[i] == '-' ? '_' : a[i], y = b[i] == '-' ? '_' : b[i];

		if (x != y)
			return false;
	}
	return true;
}

/* Is the alternative of @n letters at @p for the parameter @name? */
static bool names(const char *p, size_t n, const char *name)
{
	size_t length = strlen(name), letters = strcspn(p, "=|");

	if (letters < n)
		return letters == length && same_letters(p, name, length);
	if (n && p[n - 1] == '*')
		return length >= n - 1 && same_letters(p, name, n - 1);
	return n && n == length && same_letters(p, name, n);
}

static bool has_value(const char *p, size_t n, const char *value)
{
	size_t letters = strcspn(p, "=|");

	if (letters >= n)
		return true;
	if (!value)
		return false;
	p += letters + 1;
	n -= letters + 1;
	if (n && p[n - 1] == '*')
		return !strncmp(p, value, n - 1);
	return strlen(value) == n && !memcmp(p, value, n);
}

bool policy_word_names(const char *pattern, const char *name)
{
	size_t n;

	for (; *pattern; pattern += n + (pattern[n] == '|')) {
		n = strcspn(pattern, "|");
		if (names(pattern, n, name))
			return true;
	}
	return false;
}

bool policy_word_matches(const char *pattern, const char *name, const char *value)
{
	size_t n;

	for (; *pattern; pattern += n + (pattern[n] == '|')) {
		n = strcspn(pattern, "|");
		if (names(pattern, n, name) && has_value(pattern, n, value))
			return true;
	}
	return false;
}
