// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command line of the measured kernel.
 *
 * The EFI stub extends PCR 9 with the UTF-16 load options but logs only a label,
 * so the text comes from the host and is believed when its hash is the measured
 * one.  What GRUB extends into PCR 8 proves nothing: the label that tells a kernel's
 * command line from a command is not hashed, and GRUB measures a command before it
 * finds that there is none of that name (grub_script_execute_cmdline()).
 */
#include <stdlib.h>
#include <string.h>

#include "claims/command_line.h"
#include "claims/words.h"
#include "reader.h"

#define LOAD_OPTIONS_TAG	0x8f3b22ed	/* efistub.h: LOAD_OPTIONS_EVENT_TAG_ID */
#define MAX_OPTIONS		4096	/* characters of load options */

bool command_line_is_load_options(const struct uefi_event *ev)
{
	static const char label[] = "LOADED_IMAGE::LoadOptions";
	uint32_t tag, size;
	struct reader r;
	struct view v;

	reader_init(&r, ev->data.data, ev->data.size);
	return ev->type == EV_EVENT_TAG && reader_le32(&r, &tag) && tag == LOAD_OPTIONS_TAG &&
	       reader_le32(&r, &size) && reader_view(&r, size, &v) && !reader_left(&r) &&
	       view_equal(v, label, sizeof(label));
}

bool command_line_is_measured(const char *text, enum pcr_bank bank, struct view digest)
{
	unsigned char hash[PCR_DIGEST_MAX], *wide;
	size_t n = strlen(text);
	bool same = false;

	/* Only ASCII: how firmware maps other characters is not settled */
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] >= 0x80)
			return false;
	if (!n || n >= MAX_OPTIONS)
		return false;
	wide = calloc(n + 1, 2);
	if (!wide)
		return false;
	for (size_t i = 0; i < n; i++)
		wide[2 * i] = (unsigned char)text[i];
	for (size_t zero = 0; zero <= 1 && !same; zero++) {
		struct view all = { wide, 2 * (n + zero) };

		same = !pcr_hash(bank, &all, 1, hash) &&
		       view_equal(digest, hash, pcr_bank_size(bank));
	}
	free(wide);
	return same;
}

static bool forbidden_word(char *line, const char *pattern)
{
	char *name, *value;

	for (line = words_skip(line); *line;) {
		line = words_next(line, &name, &value);
		if (policy_word_matches(pattern, name, value))
			return true;
	}
	return false;
}

static bool required_word(char *line, const char *pattern)
{
	bool found = false;
	char *name, *value;

	for (line = words_skip(line); *line;) {
		line = words_next(line, &name, &value);
		if (words_end(name, value))
			break;
		if (policy_word_matches(pattern, name, value))
			found = true;
		else if (policy_word_names(pattern, name))
			return false;
	}
	return found;
}

void command_line_check(const char *line, size_t size, const char *whose,
			const struct policy_words *required,
			const struct policy_words *forbidden, struct reasons *why)
{
	const char *rule = words_refuse(line, size);
	char copy[WORDS_LINE_MAX];

	if (rule) {
		reasons_add(why, "command-line-malformed", "%s: the command line: %s", whose, rule);
		return;
	}
	for (size_t i = 0; i < required->count; i++) {
		*(char *)mempcpy(copy, line, size) = '\0';
		if (!required_word(copy, required->word[i]))
			reasons_add(why, "command-line-word-missing",
				    "%s: boot.required_words[%zu] is not on the command line",
				    whose, i);
	}
	for (size_t i = 0; i < forbidden->count; i++) {
		*(char *)mempcpy(copy, line, size) = '\0';
		if (forbidden_word(copy, forbidden->word[i]))
			reasons_add(why, "command-line-word-forbidden",
				    "%s: boot.forbidden_words[%zu] is on the command line",
				    whose, i);
	}
}
