/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words of a kernel's command line, cut as the kernel cuts them: next_arg() in
 * lib/cmdline.c and parse_args() in kernel/params.c.  tests/fuzz/fuzz_words.c holds
 * this against the kernel's own code.
 */
#ifndef CARETAKER_CLAIMS_WORDS_H
#define CARETAKER_CLAIMS_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* COMMAND_LINE_SIZE of x86: bytes that a kernel keeps, the final zero included */
#define WORDS_LINE_MAX	2048

/* Past blanks as the kernel's isspace() knows them: tab to CR, space, and 0xa0 */
char *words_skip(const char *line);

/**
 * words_next - cut the next word off a line
 * @rest: at the word's first byte, not at a blank or the end; it is changed
 * @name: the parameter
 * @value: what stands behind the first '=', or NULL if there is none
 *
 * Quotes protect blanks; those around a word or a value vanish, others stay.
 *
 * Return: where the next word starts, or the end of the line.
 */
char *words_next(char *rest, char **name, char **value);

/* Do the words behind this one belong to init? */
bool words_end(const char *name, const char *value);

/**
 * words_refuse - why a line has no words that everybody reads alike
 * @line: the text, without a final zero
 * @size: its bytes
 *
 * Loaders, the EFI stub and the kernel differ in what they do with control
 * characters, with other bytes than ASCII and with too long a line; and a quote in
 * the middle of a word makes it look like another one.
 *
 * Return: the rule that it breaks, or NULL.
 */
const char *words_refuse(const char *line, size_t size);

/* Are all words of @part, one behind the other, in @line?  Both as words_refuse() takes them. */
bool words_contain(const char *line, const char *part);

#endif
