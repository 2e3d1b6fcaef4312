// SPDX-License-Identifier: GPL-2.0-only
/* Cuts a command line as the kernel does; see words.h. */
#include <string.h>

#include "claims/words.h"

/* lib/ctype.c: _S is set for \t \n \v \f \r, space, and the no-break space of Latin-1 */
static bool is_blank(char c)
{
	return (c >= '\t' && c <= '\r') || c == ' ' || (unsigned char)c == 0xa0;
}

char *words_skip(const char *line)
{
	while (is_blank(*line))
		line++;
	return (char *)line;
}

/* The end of the word at @word; @equals: its first '=' that is not its first byte, or NULL */
static char *find_end(char *word, bool quoted, char **equals)
{
	char *p;

	*equals = NULL;
	for (p = word; *p && (quoted || !is_blank(*p)); p++) {
		if (*p == '=' && !*equals && p != word)
			*equals = p;
		if (*p == '"')
			quoted = !quoted;
	}
	return p;
}

char *words_next(char *rest, char **name, char **value)
{
	bool quoted = *rest == '"';
	char *word = rest + quoted, *equals, *end, *next;

	end = find_end(word, quoted, &equals);
	next = *end ? end + 1 : end;
	*end = '\0';
	*name = word;
	*value = NULL;
	if (equals) {
		*equals = '\0';
		*value = equals + 1;
		if (**value == '"') {
			++*value;
			if (end[-1] == '"')
				end[-1] = '\0';
		}
	}
	/* Of a word in quotes the last one goes too, if it was not the value's */
	if (quoted && end > word && end[-1] == '"')
		end[-1] = '\0';
	return words_skip(next);
}

bool words_end(const char *name, const char *value)
{
	return !value && !strcmp(name, "--");
}

/*
 * A quote is plain at the start of a word or behind its first '=', and at the end
 * of the same word; nowhere else.
 */
static bool plain_quotes(const char *line, size_t size)
{
	bool open = false, equals = false;
	size_t start = 0;

	for (size_t i = 0; i < size; i++) {
		if (line[i] == ' ' && !open) {
			start = i + 1;
			equals = false;
		} else if (line[i] == '"' && !open) {
			if (i != start && !(line[i - 1] == '=' && equals))
				return false;
			open = true;
		} else if (line[i] == '"') {
			if (i + 1 < size && line[i + 1] != ' ')
				return false;
			open = false;
		} else if (line[i] == '=') {
			/* Only the first may have a quote behind it */
			equals = i != start && !memchr(line + start, '=', i - start);
		}
	}
	return !open;
}

const char *words_refuse(const char *line, size_t size)
{
	if (size >= WORDS_LINE_MAX)
		return "it has 2048 bytes or more";
	for (size_t i = 0; i < size; i++)
		if (line[i] < ' ' || line[i] > '~')
			return "it has a byte that is no printable ASCII";
	if (!plain_quotes(line, size))
		return "it has a quote inside a word, or one that does not end";
	return NULL;
}

bool words_contain(const char *line, const char *part)
{
	const char *at;
	size_t size;

	part = words_skip(part);
	for (size = strlen(part); size && part[size - 1] == ' '; size--)
		;
	for (at = line; size && (at = memmem(at, strlen(at), part, size)); at++)
		if ((at == line || at[-1] == ' ') && (!at[size] || at[size] == ' '))
			return true;
	return !size;
}
