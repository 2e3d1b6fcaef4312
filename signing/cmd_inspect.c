// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker inspect FILE [--json]: what a payload is, read with the kernel's own
 * parser.  It does not verify: a signature is described, not believed.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "describe.h"
#include "file.h"
#include "verb.h"

#define VERB "inspect"

static void usage(FILE *to)
{
	fputs("usage: caretaker inspect FILE [--json]\n", to);
}

static void print_text(const struct payload *payload, const char *error)
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
}

static int inspect(const char *path, int json)
{
	json_t *signers = NULL;
	struct payload payload;
	struct reason why;
	char error[400];
	struct blob file;
	int ret;

	ret = file_read(path, PAYLOAD_MAX_BYTES, &file);
	if (ret) {
		verb_error(VERB, "%s: %s", path, strerror(-ret));
		return EXIT_UNABLE;
	}
	ret = payload_parse(file.data, file.size, &payload, &why);
	if (!ret && payload.signature)
		ret = describe_signers(payload.signature, payload.signature_size, &signers, &why);
	if (ret)
		snprintf(error, sizeof(error), "%s: %s", why.word, why.text);
	if (ret)
		verb_error(VERB, "%s: %s", path, error);
	if (json && ret >= 0) {
		if (verb_print_json(describe_payload(&payload, ret ? error : NULL, signers)))
			ret = -1;
		signers = NULL;
	} else if (ret >= 0) {
		print_text(&payload, ret ? error : NULL);
	}
	json_decref(signers);
	blob_free(&file);
	return reason_exit(ret);
}

int cmd_inspect(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int json = 0;
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			json = 1;
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
	return inspect(argv[optind], json);
}
