// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes the parser of payloads and that of the trailer, and holds what they accept
 * against what the loader relies on.  $FUZZ_RULES names a file for the rules that
 * were broken, a line each: number, name, how often.
 */
#include <errno.h>
#include <linux/elf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elf.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) do { if (!(condition)) abort(); } while (0)
#define PAGE		CARETAKER_PAGE
#define PAGES(n)	(((n) + PAGE - 1) / PAGE * PAGE)

static unsigned long broke[CARETAKER_RULE_LOADER];	/* [0]: files that broke none */

static void write_rules(void)
{
	FILE *out = fopen(getenv("FUZZ_RULES"), "w");

	MUST(out);
	for (uint32_t rule = 0; rule < CARETAKER_RULE_LOADER; rule++)
		if (broke[rule])
			fprintf(out, "%u %s %lu\n", rule, caretaker_rule_name(rule), broke[rule]);
	MUST(!fclose(out));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (getenv("FUZZ_RULES"))
		MUST(!atexit(write_rules));
	/* Numbers that no file can break, since records may carry them */
	for (uint32_t rule = CARETAKER_RULE_LOADER; rule; rule <<= 1) {
		MUST(!strcmp(caretaker_rule_name(rule), "unknown-rule"));
		MUST(*caretaker_rule_text(rule));
	}
	return 0;
}

static void check_text(const char *text)
{
	size_t length = strnlen(text, CARETAKER_NAME_LEN);

	MUST(length && length < CARETAKER_NAME_LEN);
	for (size_t i = 0; i < length; i++)
		MUST(text[i] > ' ' && text[i] < 0x7f);
}

static void check_segment(const struct caretaker_segment *segment, uint64_t size)
{
	MUST(segment->vaddr % PAGE == 0);
	MUST(segment->memsz && segment->filesz <= segment->memsz);
	MUST(segment->memsz <= CARETAKER_MAX_MEMORY);
	MUST(segment->vaddr <= CARETAKER_MAX_MEMORY - segment->memsz);
	MUST(segment->flags == PF_R || segment->flags == (PF_R | PF_W) ||
	     segment->flags == (PF_R | PF_X));
	if (!segment->filesz)
		return;
	MUST(segment->offset % PAGE == 0);
	MUST(segment->offset <= size && segment->filesz <= size - segment->offset);
}

static int overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a_size && b_size && a < b + PAGES(b_size) && b < a + PAGES(a_size);
}

static void check_image(const struct caretaker_image *image, uint64_t size)
{
	const struct caretaker_segment *segment = image->segment;
	unsigned int texts = 0, entries = 0;

	MUST(image->segments && image->segments <= CARETAKER_MAX_SEGMENTS);
	MUST(image->memory % PAGE == 0 && image->memory <= CARETAKER_MAX_MEMORY);
	MUST(segment[0].vaddr == 0);
	for (unsigned int i = 0; i < image->segments; i++) {
		check_segment(&segment[i], size);
		MUST(segment[i].vaddr + segment[i].memsz <= image->memory);
		if (segment[i].flags & PF_X) {
			texts++;
			entries += image->entry >= segment[i].vaddr &&
				   image->entry - segment[i].vaddr < segment[i].filesz;
		}
		for (unsigned int j = 0; j < i; j++) {
			MUST(!overlap(segment[i].vaddr, segment[i].memsz,
				      segment[j].vaddr, segment[j].memsz));
			MUST(!overlap(segment[i].offset, segment[i].filesz,
				      segment[j].offset, segment[j].filesz));
		}
	}
	MUST(texts == 1 && entries == 1);
	MUST(image->ccb < image->segments);
	MUST(segment[image->ccb].flags == (PF_R | PF_W));
	MUST(segment[image->ccb].memsz == PAGE);
	MUST(image->note.abi == CARETAKER_ABI_VERSION && !image->note.reserved);
	MUST(!(image->note.mandatory & ~CARETAKER_FEATURES_KNOWN));
	MUST(image->note.ccb_size >= CARETAKER_CCB_HEAD && image->note.ccb_size <= CARETAKER_CCB_ROOM);
	MUST(image->note.switch_size <= CARETAKER_SWITCH_ROOM);
	MUST(image->note.config_size <= CARETAKER_CONFIG_ROOM);
	MUST(image->note.telemetry_size <= CARETAKER_TELEMETRY_ROOM);
	check_text(image->note.name);
	check_text(image->note.version);
}

/* The note that was taken is in the bytes of one read-only segment, and where it says. */
static void check_note(const struct caretaker_image *image, const uint8_t *data)
{
	unsigned int inside = 0;
	Elf64_Ehdr elf;
	Elf64_Phdr phdr;

	memcpy(&elf, data, sizeof(elf));
	do {
		MUST(elf.e_phnum--);
		memcpy(&phdr, data + elf.e_phoff, sizeof(phdr));
		elf.e_phoff += sizeof(phdr);
	} while (phdr.p_type != PT_NOTE);
	for (unsigned int i = 0; i < image->segments; i++) {
		const struct caretaker_segment *segment = &image->segment[i];

		inside += segment->flags == PF_R && phdr.p_offset >= segment->offset &&
			  phdr.p_offset + phdr.p_filesz <= segment->offset + segment->filesz &&
			  phdr.p_vaddr == segment->vaddr + phdr.p_offset - segment->offset;
	}
	MUST(inside == 1);
	MUST(phdr.p_filesz == 24 + image->note.size);
	MUST(image->note.size >= sizeof(image->note) && image->note.size <= CARETAKER_NOTE_MAX);
	MUST(!memcmp(data + phdr.p_offset + 24, &image->note, sizeof(image->note)));
	/* What is not known is not used */
	for (uint32_t i = sizeof(image->note); i < image->note.size; i++)
		MUST(!data[phdr.p_offset + 24 + i]);
}

static void check_broken(const struct caretaker_broken *broken)
{
	MUST(broken->rule && broken->rule < CARETAKER_RULE_LOADER);
	MUST(strcmp(caretaker_rule_name(broken->rule), "unknown-rule"));
	MUST(*caretaker_rule_text(broken->rule));
	broke[broken->rule]++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct caretaker_trailer trailer;
	struct caretaker_broken broken;
	struct caretaker_image image;
	int ret;

	ret = caretaker_trailer_parse(data, size, &trailer, &broken);
	MUST(ret == 0 || ret == -ENODATA || ret == -EBADMSG || ret == -EFBIG);
	if (ret)
		check_broken(&broken);
	if (ret == -ENODATA) {
		MUST(trailer.signed_size == size && !trailer.signature_size);
	} else if (ret) {
		MUST(!trailer.signed_size && !trailer.signature_size);
		return 0;
	} else {
		MUST(trailer.signed_size && trailer.signature_size);
		MUST(trailer.signature_size <= CARETAKER_MAX_SIGNATURE);
		MUST(trailer.signed_size + trailer.signature_size == size - 40);
		MUST(data[trailer.signed_size] == 0x30);
	}
	ret = caretaker_elf_parse(data, trailer.signed_size, &image, &broken);
	MUST(ret == 0 || ret == -EBADMSG || ret == -EFBIG || ret == -EOPNOTSUPP);
	if (ret) {
		check_broken(&broken);
	} else {
		check_image(&image, trailer.signed_size);
		check_note(&image, data);
		broke[CARETAKER_RULE_NONE]++;
	}
	return 0;
}
