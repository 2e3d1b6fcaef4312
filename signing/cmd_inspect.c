// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker inspect FILE [--json] [--lint]: what a payload is, read with the kernel's
 * own parser, and what the lint says to its text.  It does not verify: a signature is
 * described, not believed.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <linux/elf.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "describe.h"
#include "file.h"
#include "lint.h"
#include "verb.h"

#define VERB "inspect"
#define MAP_WIDTH 32	/* pages in a line */

static void usage(FILE *to)
{
	fputs("usage: caretaker inspect FILE [--json] [--lint]\n", to);
}

/* What stands for a page: letters of text, constants, data and control block; small ones for zeros alone */
static char letter(const struct caretaker_image *image, unsigned int i, __u64 page)
{
	const struct caretaker_segment *segment = &image->segment[i];
	bool filled = page < segment->vaddr + segment->filesz;
	char kind = i == image->ccb ? 'c' : segment->flags & PF_X ? 'x' : segment->flags & PF_W ? 'w' : 'r';

	return filled ? (char)toupper(kind) : kind;
}

/* Drawn to scale: a letter is a page, a dot one that is left out. */
static void print_map(const struct caretaker_image *image)
{
	for (__u64 page = 0; page < image->memory; page += CARETAKER_PAGE) {
		char mark = '.';

		if (!(page % (MAP_WIDTH * CARETAKER_PAGE)))
			printf("%smap       0x%05llx ", page ? "\n" : "", (unsigned long long)page);
		for (unsigned int i = 0; i < image->segments; i++)
			if (page + CARETAKER_PAGE > image->segment[i].vaddr &&
			    page < image->segment[i].vaddr + image->segment[i].memsz)
				mark = letter(image, i, page);
		putchar(mark);
	}
	printf("\n          a page of %u bytes each: X text, R constants, W data, C control block, small: zeros\n",
	       CARETAKER_PAGE);
}

static const char *text_of(const json_t *signer, const char *field)
{
	return json_string_value(json_object_get(signer, field));
}

/* As the signature names them, which nobody has verified */
static void print_signers(const json_t *signers)
{
	const json_t *signer;
	size_t i;

	json_array_foreach(signers, i, signer) {
		const char *key_id = text_of(signer, "key_id");

		printf("signer %zu  %s%s%s%s, %s with %s: not verified\n", i + 1, key_id ? "key id " : "issuer ",
		       key_id ? : text_of(signer, "issuer"), key_id ? "" : ", serial ",
		       key_id ? "" : text_of(signer, "serial"), text_of(signer, "algorithm"),
		       text_of(signer, "hash"));
	}
}

static void print_text(const struct payload *payload, const char *error, const json_t *signers)
{
	const struct caretaker_note *note = &payload->image.note;
	char flags[4];

	if (*payload->digest)
		printf("digest    %s\n", payload->digest);
	printf("signed    %s\n", payload->signature ? "yes (not verified)" : "no");
	if (error) {
		printf("invalid   %s\n", error);
		return;
	}
	print_signers(signers);
	printf("name      %.*s\nversion   %.*s\nsvn       %u\nabi       %u\n",
	       CARETAKER_NAME_LEN, note->name, CARETAKER_NAME_LEN, note->version,
	       note->svn, note->abi);
	printf("entry     0x%llx\nmemory    %llu bytes\n",
	       (unsigned long long)payload->image.entry,
	       (unsigned long long)payload->image.memory);
	for (unsigned int i = 0; i < payload->image.segments; i++) {
		const struct caretaker_segment *segment = &payload->image.segment[i];

		describe_flags(segment->flags, flags);
		printf("segment   %s 0x%05llx + 0x%05llx from 0x%05llx + 0x%05llx%s\n", flags,
		       (unsigned long long)segment->vaddr, (unsigned long long)segment->memsz,
		       (unsigned long long)segment->offset, (unsigned long long)segment->filesz,
		       i == payload->image.ccb ? "  control block" : "");
	}
	print_map(&payload->image);
}

static void print_lint(const struct lint *lint)
{
	if (!lint->count)
		printf("lint      clean\n");
	else if (lint->nameless)
		printf("lint      %s\n", LINT_NAMELESS);
	for (size_t i = 0; i < lint->count && i < LINT_KEPT; i++) {
		const struct lint_finding *finding = &lint->finding[i];

		printf("lint      0x%05llx (offset 0x%05llx) %s%s%s: %s: %s\n",
		       (unsigned long long)finding->address, (unsigned long long)finding->offset,
		       finding->function, *finding->function ? ": " : "", finding->instruction,
		       finding->rule, finding->text);
	}
	if (lint->count > LINT_KEPT)
		printf("lint      and %zu more\n", lint->count - LINT_KEPT);
}

/* Takes over @signers.  @lint is NULL for an invalid file, in which no text is looked at. */
static int print(const struct payload *payload, const char *error, json_t *signers,
		 const struct lint *lint, int json)
{
	json_t *object;

	if (!json) {
		print_text(payload, error, signers);
		if (lint)
			print_lint(lint);
		json_decref(signers);
		return 0;
	}
	object = describe_payload(payload, error, signers);
	if (object)
		json_object_set_new(object, "lint", lint ? lint_describe(lint) : json_null());
	return verb_print_json(object);
}

/* The exit status tells of the format; of the lint only if it was asked for. */
static int inspect(const char *path, int json, int strict)
{
	json_t *signers = NULL;
	struct payload payload;
	struct lint lint = { 0 };
	struct reason why;
	char error[400];
	struct blob file;
	int ret;

	ret = file_read(path, PAYLOAD_MAX_BYTES, &file);
	if (ret && ret != -EFBIG) {
		verb_error(VERB, "%s: %s", path, strerror(-ret));
		return EXIT_UNABLE;
	}
	ret = ret ? payload_too_large(&payload, &why) : payload_parse(file.data, file.size, &payload, &why);
	if (!ret && payload.signature)
		ret = describe_signers(payload.signature, payload.signature_size, &signers, &why);
	if (!ret)
		ret = lint_payload(&payload, &lint, &why);
	if (ret)
		snprintf(error, sizeof(error), "%s: %s", why.word, why.text);
	if (ret)
		verb_error(VERB, "%s: %s", path, error);
	if (ret < 0)
		json_decref(signers);
	else if (print(&payload, ret ? error : NULL, signers, ret ? NULL : &lint, json))
		ret = -1;
	if (!ret && strict && lint_refuse(&lint, &why)) {
		verb_error(VERB, "%s: %s: %s", path, why.word, why.text);
		ret = REFUSED;
	}
	blob_free(&file);
	return reason_exit(ret);
}

int cmd_inspect(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "lint", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int json = 0, strict = 0;
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			json = 1;
			break;
		case 'l':
			strict = 1;
			break;
		case 'h':
			usage(stdout);
			return EXIT_ACCEPTED;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (argc - optind != 1) {
		usage(stderr);
		return EXIT_USAGE;
	}
	return inspect(argv[optind], json, strict);
}
