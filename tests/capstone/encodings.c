// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the lint says to each kind of encoding, a line for each opcode with its prefixes, a
 * character for each ModRM byte: "." and the size of what passes, or the rule against it.
 * Compiled for two releases of Capstone, it must print the same.
 */
#include <linux/elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lint.h"
#include "lint_rules.h"
#include "lint_sweep.h"

#define ADDRESS	0x1000
#define SLOT	20	/* for one; behind it are zeros, as operands, and INT3 */
#define SLOTS	8	/* at once, since each has some findings, and LINT_KEPT are kept */

static const struct {
	const char *bytes;
	size_t size;
} prefixes[] = {
	{ "", 0 }, { "\x66", 1 }, { "\xf2", 1 }, { "\xf3", 1 }, { "\x48", 1 }, { "\x66\x48", 2 },
	{ "\xf3\x48", 2 }, { "\x66\xf3", 2 }, { "\xf3\x66", 2 }, { "\xf0", 1 }, { "\x67", 1 },
	{ "\x48\x66", 2 },
}, maps[] = {
	{ "", 0 }, { "\x0f", 1 }, { "\x0f\x38", 2 }, { "\x0f\x3a", 2 },
	/* These have no prefixes. */
	{ "\xc5\xf8", 2 }, { "\xc4\xe2\x78", 3 }, { "\xc4\xe7\x7a", 3 }, { "\x62\xf1\x7c\x48", 4 },
};

#define LEGACY_MAPS	4

/*
 * A letter.  What is not known to Capstone, what it knows and nobody has looked at, and a
 * prefix that it does not know there, are the same: no way to write what may occur.
 */
static char rule_letter(const char *name)
{
	unsigned int i = 0;

	while (i < LINT_RULES && strcmp(lint_rule_name(i), name))
		i++;
	return i == LINT_UNLISTED || i == LINT_UNDECODABLE || i == LINT_PREFIX ? '-' : 'A' + i;
}

static const struct lint_finding *finding_at(const struct lint *lint, __u64 address)
{
	for (size_t i = 0; i < lint->count && i < LINT_KEPT; i++)
		if (lint->finding[i].address == address)
			return &lint->finding[i];
	return NULL;
}

/* The first instruction of each slot */
static void look(const unsigned char *code, size_t slots)
{
	static struct lint lint;
	struct payload payload = { .data = code, .size = slots * SLOT };
	struct sweep sweep;
	struct reason why;

	payload.image.segments = 1;
	payload.image.memory = CARETAKER_MAX_MEMORY;
	payload.image.segment[0] = (struct caretaker_segment){
		.vaddr = ADDRESS, .filesz = payload.size, .memsz = payload.size, .flags = PF_R | PF_X,
	};
	if (lint_payload(&payload, &lint, &why) ||
	    sweep_text(code, payload.size, ADDRESS, &sweep) || lint.count > LINT_KEPT) {
		fprintf(stderr, "encodings: %zu findings at once\n", lint.count);
		exit(3);
	}
	for (size_t i = 0; i < slots; i++) {
		const struct lint_finding *finding = finding_at(&lint, ADDRESS + i * SLOT);
		const struct swept *swept = sweep_at(&sweep, ADDRESS + i * SLOT);

		if (finding)
			putchar(rule_letter(finding->rule));
		else
			printf(".%x", swept ? swept->size : 0);
	}
	sweep_free(&sweep);
}

/* Registers, RSP among them; memory by a register, by RIP, by RSP, with an index */
static const unsigned char kinds[] = { 0xc0, 0xc4, 0xc7, 0x00, 0x05, 0x44 };

static void look_at_opcode(size_t prefix, size_t map, unsigned int opcode)
{
	size_t at = prefixes[prefix].size + maps[map].size, slots = 0;
	unsigned char code[SLOTS * SLOT];

	for (size_t i = 0; i < prefixes[prefix].size; i++)
		printf("%02x ", (unsigned char)prefixes[prefix].bytes[i]);
	for (size_t i = 0; i < maps[map].size; i++)
		printf("%02x ", (unsigned char)maps[map].bytes[i]);
	printf("%02x: ", opcode);
	for (size_t kind = 0; kind < sizeof(kinds); kind++)
		for (unsigned int reg = 0; reg < 8; reg++) {
			unsigned char *slot = code + slots * SLOT;

			memset(slot, 0, SLOT);
			memset(slot + at + 8, 0xcc, SLOT - at - 8);
			memcpy(slot, prefixes[prefix].bytes, prefixes[prefix].size);
			memcpy(slot + prefixes[prefix].size, maps[map].bytes, maps[map].size);
			slot[at] = opcode;
			slot[at + 1] = kinds[kind] | reg << 3;
			if (++slots == SLOTS) {
				look(code, slots);
				slots = 0;
			}
		}
	putchar('\n');
}

int main(void)
{
	for (size_t prefix = 0; prefix < sizeof(prefixes) / sizeof(prefixes[0]); prefix++)
		for (size_t map = 0; map < (prefix ? LEGACY_MAPS : sizeof(maps) / sizeof(maps[0])); map++)
			for (unsigned int opcode = 0; opcode < 0x100; opcode++)
				look_at_opcode(prefix, map, opcode);
	return ferror(stdout) || fflush(stdout) ? 3 : 0;
}
