// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command line of the measured kernel.
 *
 * The EFI stub extends PCR 9 with the UTF-16 load options but logs only a label,
 * so the text comes from the host and is believed when its hash is the measured
 * one.  GRUB extends PCR 8 and logs the text behind "kernel_cmdline: ".
 */
#include <stdlib.h>
#include <string.h>

#include "claims/command_line.h"
#include "reader.h"

#define LOAD_OPTIONS_TAG	0x8f3b22ed	/* efistub.h: LOAD_OPTIONS_EVENT_TAG_ID */
#define MAX_LINE		4096

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
	if (!n || n >= MAX_LINE)
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

struct view command_line_of_grub(const struct uefi_event *ev, enum pcr_bank bank)
{
	static const char prefix[] = "kernel_cmdline: ";
	const size_t n = sizeof(prefix) - 1;
	unsigned char hash[PCR_DIGEST_MAX];
	struct view none = { NULL, 0 }, text;

	if (ev->type != EV_IPL || ev->data.size <= n || memcmp(ev->data.data, prefix, n))
		return none;
	text.data = ev->data.data + n;
	text.size = ev->data.size - n;
	if (text.data[text.size - 1] == '\0')
		text.size--;
	if (!text.size || memchr(text.data, 0, text.size) ||
	    pcr_hash(bank, &text, 1, hash) ||
	    !view_equal(ev->digest[bank], hash, pcr_bank_size(bank)))
		return none;
	return text;
}

/* Cuts the next word as next_arg() in lib/cmdline.c does: quotes protect blanks and vanish */
static char *next_word(char **rest)
{
	char *in = *rest, *word, *out;
	bool quoted = false;

	while (*in == ' ' || *in == '\t' || *in == '\n')
		in++;
	if (!*in)
		return NULL;
	word = out = in;
	for (; *in; in++) {
		if (*in == '"') {
			quoted = !quoted;
			continue;
		}
		if (!quoted && (*in == ' ' || *in == '\t' || *in == '\n')) {
			in++;
			break;
		}
		*out++ = *in;
	}
	*rest = in;
	/* @out is behind @in, or both are at the end: nothing unread is overwritten */
	*out = '\0';
	return word;
}

static bool has_word(const char *line, const char *pattern, bool to_init)
{
	char copy[MAX_LINE], *rest = copy, *word;

	memcpy(copy, line, strlen(line) + 1);
	while ((word = next_word(&rest))) {
		/* Words after "--" are not the kernel's */
		if (!to_init && !strcmp(word, "--"))
			return false;
		if (policy_word_matches(pattern, word))
			return true;
	}
	return false;
}

void command_line_check(const char *line, const struct policy_words *required,
			const struct policy_words *forbidden, struct reasons *why)
{
	if (strlen(line) >= MAX_LINE) {
		reasons_add(why, "command-line-unproven", "the command line is too long");
		return;
	}
	for (size_t i = 0; i < required->count; i++)
		if (!has_word(line, required->word[i], false))
			reasons_add(why, "command-line-word-missing",
				    "boot.required_words[%zu] is not on the command line", i);
	for (size_t i = 0; i < forbidden->count; i++)
		if (has_word(line, forbidden->word[i], true))
			reasons_add(why, "command-line-word-forbidden",
				    "boot.forbidden_words[%zu] is on the command line", i);
}
