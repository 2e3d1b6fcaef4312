// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parser of payloads: each rule of caretaker_elf_parse() broken, alone, in at least
 * one way, and what must stay allowed.
 */
#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "payload_image.h"

#define PATCHES 5

struct patch {
	size_t offset;
	size_t width;
	unsigned long long value;
};

struct elf_case {
	const char *name;
	struct patch patch[PATCHES];
	uint32_t rule;
	int error;
	size_t size;	/* 0: all of it */
};

#define ELF(field, value)	{ AT_ELF(field), sizeof(((Elf64_Ehdr *)0)->field), value }
#define HEADER(i, field, value)	{ AT_HEADER(IMAGE_##i, field), \
				  sizeof(((Elf64_Phdr *)0)->field), value }
#define NHDR(field, value)	{ AT_NOTE_HEADER(field), 4, value }
#define NOTE(field, value)	{ AT_NOTE(field), sizeof(((struct caretaker_note *)0)->field), value }
#define BYTE(offset, value)	{ offset, 1, value }
/* A descriptor of @more bytes than are known here, up to the largest */
#define LARGER_NOTE(more)	NHDR(n_descsz, sizeof(struct caretaker_note) + (more)), \
				HEADER(NOTE_HEADER, p_filesz, IMAGE_NOTE_SIZE + (more)), \
				HEADER(NOTE_HEADER, p_memsz, IMAGE_NOTE_SIZE + (more)), \
				NOTE(size, sizeof(struct caretaker_note) + (more))
#define NOTE_MORE_MAX		(CARETAKER_NOTE_MAX - sizeof(struct caretaker_note))
#define AT_NOTE_END		(IMAGE_NOTE + IMAGE_NOTE_SIZE)
#define RULE(name)		CARETAKER_RULE_##name
#define RO			PF_R
#define RX			(PF_R | PF_X)
#define RW			(PF_R | PF_W)
#define PAGE			0x1000

static const struct elf_case cases[] = {
	{ "the image as it is", {}, RULE(NONE), 0, 0 },

	/* The file and the ELF header */
	{ "empty file", {}, RULE(FILE_SHORT), -EBADMSG, SIZE_MAX },
	{ "one byte short of an ELF header", {}, RULE(FILE_SHORT), -EBADMSG, 63 },
	{ "over 1 MiB", {}, RULE(FILE_LARGE), -EFBIG, CARETAKER_MAX_FILE + 1 },
	{ "exactly 1 MiB", {}, RULE(NONE), 0, CARETAKER_MAX_FILE },
	{ "magic, first byte", { ELF(e_ident[0], 0x7e) }, RULE(ELF_MAGIC), -EBADMSG, 0 },
	{ "magic, last byte", { ELF(e_ident[3], 'f') }, RULE(ELF_MAGIC), -EBADMSG, 0 },
	{ "32-bit", { ELF(e_ident[4], 1) }, RULE(ELF_CLASS), -EBADMSG, 0 },
	{ "big-endian", { ELF(e_ident[5], 2) }, RULE(ELF_DATA), -EBADMSG, 0 },
	{ "ident version 0", { ELF(e_ident[6], 0) }, RULE(ELF_VERSION), -EBADMSG, 0 },
	{ "OS ABI Linux", { ELF(e_ident[7], 3) }, RULE(ELF_IDENT), -EBADMSG, 0 },
	{ "ABI version", { ELF(e_ident[8], 1) }, RULE(ELF_IDENT), -EBADMSG, 0 },
	{ "ident padding", { ELF(e_ident[15], 1) }, RULE(ELF_IDENT), -EBADMSG, 0 },
	{ "relocatable, as a module is", { ELF(e_type, ET_REL) }, RULE(ELF_TYPE), -EBADMSG, 0 },
	{ "executable at fixed addresses", { ELF(e_type, ET_EXEC) }, RULE(ELF_TYPE), -EBADMSG, 0 },
	{ "arm64", { ELF(e_machine, 183) }, RULE(ELF_MACHINE), -EOPNOTSUPP, 0 },
	{ "i386", { ELF(e_machine, EM_386) }, RULE(ELF_MACHINE), -EOPNOTSUPP, 0 },
	{ "e_version 2", { ELF(e_version, 2) }, RULE(ELF_VERSION), -EBADMSG, 0 },
	{ "e_flags", { ELF(e_flags, 1) }, RULE(ELF_FLAGS), -EBADMSG, 0 },
	{ "e_ehsize too small", { ELF(e_ehsize, 63) }, RULE(ELF_HEADER_SIZE), -EBADMSG, 0 },
	{ "e_ehsize too large", { ELF(e_ehsize, 65) }, RULE(ELF_HEADER_SIZE), -EBADMSG, 0 },
	{ "section fields are not looked at", { ELF(e_shoff, ~0ULL), ELF(e_shnum, 0xffff),
		ELF(e_shentsize, 1), ELF(e_shstrndx, 0xffff) }, RULE(NONE), 0, 0 },

	/* The table of program headers */
	{ "e_phentsize", { ELF(e_phentsize, 57) }, RULE(HEADER_SIZE), -EBADMSG, 0 },
	{ "no headers", { ELF(e_phnum, 0) }, RULE(HEADER_COUNT), -EBADMSG, 0 },
	{ "17 headers", { ELF(e_phnum, 17) }, RULE(HEADER_COUNT), -EBADMSG, 0 },
	{ "PN_XNUM headers", { ELF(e_phnum, 0xffff) }, RULE(HEADER_COUNT), -EBADMSG, 0 },
	{ "table in the ELF header", { ELF(e_phoff, 56) }, RULE(HEADER_TABLE), -EBADMSG, 0 },
	{ "table not aligned", { ELF(e_phoff, 68) }, RULE(HEADER_TABLE), -EBADMSG, 0 },
	{ "table ends behind the file", { ELF(e_phoff, IMAGE_SIZE - 5 * 56 + 8) },
		RULE(HEADER_TABLE), -EBADMSG, 0 },
	{ "table far outside", { ELF(e_phoff, ~7ULL) }, RULE(HEADER_TABLE), -EBADMSG, 0 },
	{ "file ends in the table", {}, RULE(HEADER_TABLE), -EBADMSG, 64 + 5 * 56 - 1 },
	{ "PT_NULL", { HEADER(MARK, p_type, PT_NULL) }, RULE(HEADER_TYPE), -EBADMSG, 0 },
	{ "PT_DYNAMIC", { HEADER(MARK, p_type, PT_DYNAMIC) }, RULE(HEADER_TYPE), -EBADMSG, 0 },
	{ "PT_INTERP", { HEADER(MARK, p_type, PT_INTERP) }, RULE(HEADER_TYPE), -EBADMSG, 0 },
	{ "PT_PHDR", { HEADER(MARK, p_type, PT_PHDR) }, RULE(HEADER_TYPE), -EBADMSG, 0 },
	{ "PT_TLS", { HEADER(MARK, p_type, PT_TLS) }, RULE(HEADER_TYPE), -EBADMSG, 0 },
	{ "PT_GNU_STACK", { HEADER(MARK, p_type, PT_GNU_STACK) }, RULE(HEADER_TYPE), -EBADMSG, 0 },

	/* A segment by itself */
	{ "no PT_LOAD", { ELF(e_phoff, 64 + 3 * 56), ELF(e_phnum, 2) },
		RULE(SEGMENT_NONE), -EBADMSG, 0 },
	{ "alignment of 64 KiB", { HEADER(TEXT, p_align, 0x10000) }, RULE(SEGMENT_ALIGN), -EBADMSG, 0 },
	{ "alignment 0", { HEADER(RODATA, p_align, 0) }, RULE(SEGMENT_ALIGN), -EBADMSG, 0 },
	{ "address not aligned", { HEADER(TEXT, p_vaddr, 0x1010), HEADER(TEXT, p_offset, 0x2010) },
		RULE(SEGMENT_ADDRESS), -EBADMSG, 0 },
	{ "offset not aligned", { HEADER(TEXT, p_offset, 0x2010) }, RULE(SEGMENT_OFFSET), -EBADMSG, 0 },
	{ "writable text", { HEADER(TEXT, p_flags, RX | PF_W) },
		RULE(SEGMENT_WRITE_EXEC), -EBADMSG, 0 },
	{ "writable and executable, not readable", { HEADER(TEXT, p_flags, PF_W | PF_X) },
		RULE(SEGMENT_WRITE_EXEC), -EBADMSG, 0 },
	{ "execute-only text", { HEADER(TEXT, p_flags, PF_X) }, RULE(SEGMENT_FLAGS), -EBADMSG, 0 },
	{ "write-only data", { HEADER(CCB, p_flags, PF_W) }, RULE(SEGMENT_FLAGS), -EBADMSG, 0 },
	{ "no access", { HEADER(RODATA, p_flags, 0) }, RULE(SEGMENT_FLAGS), -EBADMSG, 0 },
	{ "an unknown flag", { HEADER(RODATA, p_flags, PF_R | 8) }, RULE(SEGMENT_FLAGS), -EBADMSG, 0 },
	{ "no memory", { HEADER(CCB, p_memsz, 0), HEADER(CCB, p_filesz, 0) },
		RULE(SEGMENT_EMPTY), -EBADMSG, 0 },
	{ "more bytes than memory", { HEADER(TEXT, p_filesz, 0x801) },
		RULE(SEGMENT_FILESZ), -EBADMSG, 0 },
	{ "text without bytes", { HEADER(TEXT, p_filesz, 0) }, RULE(SEGMENT_NO_BYTES), -EBADMSG, 0 },
	{ "read-only data without bytes", { HEADER(RODATA, p_filesz, 0) },
		RULE(SEGMENT_NO_BYTES), -EBADMSG, 0 },
	{ "control block without bytes", { HEADER(CCB, p_filesz, 0), HEADER(MARK, p_filesz, 0),
		HEADER(CCB, p_offset, 0x7ffff000) }, RULE(NONE), 0, 0 },
	{ "one byte behind the file", {}, RULE(SEGMENT_BOUNDS), -EBADMSG, IMAGE_SIZE - 1 },
	{ "offset behind the file", { HEADER(CCB, p_offset, 0x5000) },
		RULE(SEGMENT_BOUNDS), -EBADMSG, 0 },
	{ "offset and size wrap", { HEADER(CCB, p_offset, ~0xfffULL) },
		RULE(SEGMENT_BOUNDS), -EBADMSG, 0 },
	{ "offset and number of bytes wrap", { HEADER(TEXT, p_filesz, ~0ULL),
		HEADER(TEXT, p_memsz, ~0ULL) }, RULE(SEGMENT_BOUNDS), -EBADMSG, 0 },
	{ "address and size wrap", { HEADER(CCB, p_vaddr, ~0xfffULL), HEADER(CCB, p_memsz, 0x1001) },
		RULE(SEGMENT_WRAP), -EBADMSG, 0 },
	{ "one byte over 256 KiB", { HEADER(CCB, p_vaddr, CARETAKER_MAX_MEMORY - PAGE),
		HEADER(CCB, p_memsz, PAGE + 1) }, RULE(MEMORY_LARGE), -EFBIG, 0 },
	{ "exactly 256 KiB, with a gap", { HEADER(CCB, p_vaddr, CARETAKER_MAX_MEMORY - PAGE),
		HEADER(MARK, p_vaddr, CARETAKER_MAX_MEMORY - PAGE) }, RULE(NONE), 0, 0 },
	{ "p_paddr is not looked at", { HEADER(TEXT, p_paddr, 0x1234567) }, RULE(NONE), 0, 0 },

	/* Segments beside each other */
	{ "nine segments", { ELF(e_phoff, 0x2100), ELF(e_phnum, 9) },
		RULE(SEGMENT_COUNT), -EBADMSG, 0 },
	{ "first segment not at 0", { HEADER(RODATA, p_vaddr, 0x1000) },
		RULE(FIRST_ADDRESS), -EBADMSG, 0 },
	{ "not sorted", { HEADER(TEXT, p_vaddr, 0x3000), HEADER(CCB, p_vaddr, 0x2000) },
		RULE(SEGMENT_ORDER), -EBADMSG, 0 },
	{ "two at one address", { HEADER(CCB, p_vaddr, 0x1000) }, RULE(SEGMENT_OVERLAP), -EBADMSG, 0 },
	{ "text reaches one byte into the next page", { HEADER(TEXT, p_memsz, PAGE + 1) },
		RULE(SEGMENT_OVERLAP), -EBADMSG, 0 },
	{ "the same bytes as text and as data", { HEADER(CCB, p_offset, 0x2000) },
		RULE(SEGMENT_FILE_OVERLAP), -EBADMSG, 0 },
	{ "bytes of text before those of read-only data", { HEADER(RODATA, p_offset, 0x2000),
		HEADER(TEXT, p_offset, 0x1000), HEADER(NOTE_HEADER, p_offset, 0x2000) },
		RULE(SEGMENT_FILE_OVERLAP), -EBADMSG, 0 },
	{ "no text", { HEADER(TEXT, p_flags, RO) }, RULE(TEXT_NONE), -EBADMSG, 0 },
	{ "two texts", { HEADER(RODATA, p_flags, RX) }, RULE(TEXT_COUNT), -EBADMSG, 0 },
	{ "entry in data", { ELF(e_entry, 0) }, RULE(ENTRY), -EBADMSG, 0 },
	{ "entry just behind the bytes of text", { ELF(e_entry, 0x1800) }, RULE(ENTRY), -EBADMSG, 0 },
	{ "entry in zeroed memory of text", { ELF(e_entry, 0x1900), HEADER(TEXT, p_memsz, PAGE) },
		RULE(ENTRY), -EBADMSG, 0 },
	{ "entry far outside", { ELF(e_entry, ~0ULL) }, RULE(ENTRY), -EBADMSG, 0 },
	{ "entry at the last byte of text", { ELF(e_entry, 0x17ff) }, RULE(NONE), 0, 0 },

	/* The control block */
	{ "no control block", { HEADER(MARK, p_type, PT_NOTE), ELF(e_phnum, 4) },
		RULE(CCB_NONE), -EBADMSG, 0 },
	{ "two control blocks", { HEADER(NOTE_HEADER, p_type, PT_CARETAKER_CCB) },
		RULE(CCB_COUNT), -EBADMSG, 0 },
	{ "at another address than any segment", { HEADER(MARK, p_vaddr, 0x3000) },
		RULE(CCB_SEGMENT), -EBADMSG, 0 },
	{ "another number of bytes", { HEADER(MARK, p_filesz, 0xfff) },
		RULE(CCB_SEGMENT), -EBADMSG, 0 },
	{ "other bytes of the file", { HEADER(MARK, p_offset, 0x1000) },
		RULE(CCB_SEGMENT), -EBADMSG, 0 },
	{ "segment of two pages", { HEADER(CCB, p_memsz, 0x2000) }, RULE(CCB_SEGMENT), -EBADMSG, 0 },
	{ "control block of two pages", { HEADER(CCB, p_memsz, 0x2000), HEADER(MARK, p_memsz, 0x2000) },
		RULE(CCB_SIZE), -EBADMSG, 0 },
	{ "control block smaller than a page", { HEADER(CCB, p_memsz, 0x100),
		HEADER(MARK, p_memsz, 0x100), HEADER(CCB, p_filesz, 0x100),
		HEADER(MARK, p_filesz, 0x100) }, RULE(CCB_SIZE), -EBADMSG, 0 },
	{ "marked read-only", { HEADER(MARK, p_flags, RO) }, RULE(CCB_FLAGS), -EBADMSG, 0 },
	{ "segment read-only", { HEADER(CCB, p_flags, RO) }, RULE(CCB_FLAGS), -EBADMSG, 0 },

	/* The note */
	{ "no note", { ELF(e_phnum, 4) }, RULE(NOTE_NONE), -EBADMSG, 0 },
	{ "two notes", { HEADER(MARK, p_type, PT_NOTE) }, RULE(NOTE_COUNT), -EBADMSG, 0 },
	{ "note header writable", { HEADER(NOTE_HEADER, p_flags, RW) },
		RULE(NOTE_HEADER), -EBADMSG, 0 },
	{ "note not at a multiple of 4", { HEADER(NOTE_HEADER, p_offset, 0x1002),
		HEADER(NOTE_HEADER, p_vaddr, 2) }, RULE(NOTE_HEADER), -EBADMSG, 0 },
	{ "note with more memory than bytes", { HEADER(NOTE_HEADER, p_memsz, 0x200) },
		RULE(NOTE_HEADER), -EBADMSG, 0 },
	{ "alignment of the note is not looked at", { HEADER(NOTE_HEADER, p_align, 32) },
		RULE(NONE), 0, 0 },
	{ "note in no segment", { HEADER(NOTE_HEADER, p_offset, 0x400), HEADER(NOTE_HEADER, p_vaddr, 0) },
		RULE(NOTE_SEGMENT), -EBADMSG, 0 },
	{ "note in text", { HEADER(NOTE_HEADER, p_offset, 0x2000),
		HEADER(NOTE_HEADER, p_vaddr, 0x1000) }, RULE(NOTE_SEGMENT), -EBADMSG, 0 },
	{ "note at another address than its bytes", { HEADER(NOTE_HEADER, p_vaddr, 4) },
		RULE(NOTE_SEGMENT), -EBADMSG, 0 },
	{ "note reaches out of its segment", { HEADER(RODATA, p_filesz, IMAGE_NOTE_SIZE - 1) },
		RULE(NOTE_SEGMENT), -EBADMSG, 0 },
	{ "note of a huge size", { HEADER(NOTE_HEADER, p_filesz, ~0ULL),
		HEADER(NOTE_HEADER, p_memsz, ~0ULL) }, RULE(NOTE_SEGMENT), -EBADMSG, 0 },
	{ "note without bytes", { HEADER(NOTE_HEADER, p_filesz, 0), HEADER(NOTE_HEADER, p_memsz, 0) },
		RULE(NOTE_EXTENT), -EBADMSG, 0 },
	{ "descriptor without a version", { HEADER(NOTE_HEADER, p_filesz, 27),
		HEADER(NOTE_HEADER, p_memsz, 27), NHDR(n_descsz, 3) }, RULE(NOTE_EXTENT), -EBADMSG, 0 },
	{ "a second note behind it", { HEADER(NOTE_HEADER, p_filesz, IMAGE_NOTE_SIZE + 24),
		HEADER(NOTE_HEADER, p_memsz, IMAGE_NOTE_SIZE + 24) }, RULE(NOTE_EXTENT), -EBADMSG, 0 },
	{ "descriptor longer than the note", { NHDR(n_descsz, ~0U) }, RULE(NOTE_EXTENT), -EBADMSG, 0 },
	{ "owner of another length", { NHDR(n_namesz, 9) }, RULE(NOTE_OWNER), -EBADMSG, 0 },
	{ "owner GNU", { BYTE(AT_OWNER, 'G') }, RULE(NOTE_OWNER), -EBADMSG, 0 },
	{ "owner not terminated", { BYTE(AT_OWNER + 9, 'x') }, RULE(NOTE_OWNER), -EBADMSG, 0 },
	{ "owner's padding", { BYTE(AT_OWNER + 11, 1) }, RULE(NOTE_OWNER), -EBADMSG, 0 },
	{ "note of another type", { NHDR(n_type, 3) }, RULE(NOTE_TYPE), -EBADMSG, 0 },
	{ "ABI 0", { NOTE(abi, 0) }, RULE(NOTE_ABI), -EOPNOTSUPP, 0 },
	{ "ABI 3", { NOTE(abi, 3) }, RULE(NOTE_ABI), -EOPNOTSUPP, 0 },
	{ "ABI 3 with a smaller note", { NOTE(abi, 3), NHDR(n_descsz, 8),
		HEADER(NOTE_HEADER, p_filesz, 32), HEADER(NOTE_HEADER, p_memsz, 32) },
		RULE(NOTE_ABI), -EOPNOTSUPP, 0 },
	{ "a smaller note", { NHDR(n_descsz, sizeof(struct caretaker_note) - 4),
		HEADER(NOTE_HEADER, p_filesz, IMAGE_NOTE_SIZE - 4),
		HEADER(NOTE_HEADER, p_memsz, IMAGE_NOTE_SIZE - 4),
		NOTE(size, sizeof(struct caretaker_note) - 4) }, RULE(NOTE_SIZE), -EBADMSG, 0 },
	{ "a larger note, the rest zero", { LARGER_NOTE(4) }, RULE(NONE), 0, 0 },
	{ "the largest note, the rest zero", { LARGER_NOTE(NOTE_MORE_MAX) }, RULE(NONE), 0, 0 },
	{ "a larger note, its first byte that is not known in use", { LARGER_NOTE(4),
		BYTE(AT_NOTE_END, 1) }, RULE(NOTE_UNKNOWN), -EOPNOTSUPP, 0 },
	{ "the largest note, its last byte in use", { LARGER_NOTE(NOTE_MORE_MAX),
		BYTE(AT_NOTE_END + NOTE_MORE_MAX - 1, 1) }, RULE(NOTE_UNKNOWN), -EOPNOTSUPP, 0 },
	{ "bytes behind the note are not its own", { BYTE(AT_NOTE_END, 1) }, RULE(NONE), 0, 0 },
	{ "a note that is too large", { LARGER_NOTE(NOTE_MORE_MAX + 4) },
		RULE(NOTE_SIZE), -EBADMSG, 0 },
	{ "a larger note that does not say so", { LARGER_NOTE(4), NOTE(size, 144) },
		RULE(NOTE_SIZE), -EBADMSG, 0 },
	{ "size in the note", { NOTE(size, 143) }, RULE(NOTE_SIZE), -EBADMSG, 0 },
	{ "built for the head of a control block", { NOTE(ccb_size, CARETAKER_CCB_HEAD) },
		RULE(NONE), 0, 0 },
	{ "built for less than the head of a control block", { NOTE(ccb_size, CARETAKER_CCB_HEAD - 1) },
		RULE(NOTE_LAYOUT), -EBADMSG, 0 },
	{ "built for no control block", { NOTE(ccb_size, 0) }, RULE(NOTE_LAYOUT), -EBADMSG, 0 },
	{ "built for nothing else", { NOTE(switch_size, 0), NOTE(config_size, 0), NOTE(telemetry_size, 0) },
		RULE(NONE), 0, 0 },
	{ "built for all that there is room for", { NOTE(ccb_size, CARETAKER_CCB_ROOM),
		NOTE(switch_size, CARETAKER_SWITCH_ROOM), NOTE(config_size, CARETAKER_CONFIG_ROOM),
		NOTE(telemetry_size, CARETAKER_TELEMETRY_ROOM) }, RULE(NONE), 0, 0 },
	{ "no room for the control block", { NOTE(ccb_size, CARETAKER_CCB_ROOM + 1) },
		RULE(NOTE_ROOM), -EOPNOTSUPP, 0 },
	{ "no room for the switch page", { NOTE(switch_size, CARETAKER_SWITCH_ROOM + 1) },
		RULE(NOTE_ROOM), -EOPNOTSUPP, 0 },
	{ "no room for the configuration", { NOTE(config_size, CARETAKER_CONFIG_ROOM + 1) },
		RULE(NOTE_ROOM), -EOPNOTSUPP, 0 },
	{ "no room for the telemetry", { NOTE(telemetry_size, CARETAKER_TELEMETRY_ROOM + 1) },
		RULE(NOTE_ROOM), -EOPNOTSUPP, 0 },
	{ "built for more than a number can say", { NOTE(config_size, ~0U) },
		RULE(NOTE_ROOM), -EOPNOTSUPP, 0 },
	{ "reserved field", { NOTE(reserved, 1) }, RULE(NOTE_RESERVED), -EBADMSG, 0 },
	{ "needs the feature behind the last that is known", { NOTE(mandatory, CARETAKER_FEATURES_KNOWN + 1) },
		RULE(NOTE_FEATURE), -EOPNOTSUPP, 0 },
	{ "needs what nobody knows", { NOTE(mandatory, 1ULL << 63) },
		RULE(NOTE_FEATURE), -EOPNOTSUPP, 0 },
	{ "would like what nobody knows", { NOTE(optional, ~0ULL) }, RULE(NONE), 0, 0 },
	{ "no name", { BYTE(AT_NOTE(name[0]), 0) }, RULE(NOTE_NAME), -EBADMSG, 0 },
	{ "space in the name", { BYTE(AT_NOTE(name[4]), ' ') }, RULE(NOTE_NAME), -EBADMSG, 0 },
	{ "new line in the name", { BYTE(AT_NOTE(name[4]), '\n') }, RULE(NOTE_NAME), -EBADMSG, 0 },
	{ "DEL in the name", { BYTE(AT_NOTE(name[4]), 0x7f) }, RULE(NOTE_NAME), -EBADMSG, 0 },
	{ "byte over 127 in the name", { BYTE(AT_NOTE(name[4]), 0xc3) }, RULE(NOTE_NAME), -EBADMSG, 0 },
	{ "text behind the name's NUL", { BYTE(AT_NOTE(name[31]), 'x') }, RULE(NOTE_NAME), -EBADMSG, 0 },
	{ "name without NUL", { { AT_NOTE(name[12]), 8, 0x6161616161616161 },
		{ AT_NOTE(name[20]), 8, 0x6161616161616161 }, { AT_NOTE(name[28]), 4, 0x61616161 } },
		RULE(NOTE_NAME), -EBADMSG, 0 },
	{ "no version", { BYTE(AT_NOTE(version[0]), 0) }, RULE(NOTE_VERSION), -EBADMSG, 0 },
	{ "escape in the version", { BYTE(AT_NOTE(version[1]), 0x1b) },
		RULE(NOTE_VERSION), -EBADMSG, 0 },
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

/* For "nine segments": a table of nine PT_LOAD where text is in other cases */
static void add_nine_segments(unsigned char *image)
{
	for (unsigned int i = 0; i < 9; i++) {
		Elf64_Phdr load = {
			.p_type = PT_LOAD, .p_flags = RW, .p_align = PAGE,
			.p_vaddr = i * PAGE, .p_memsz = PAGE,
		};

		memcpy(image + 0x2100 + i * sizeof(load), &load, sizeof(load));
	}
}

static size_t build(const struct elf_case *test, unsigned char **out)
{
	size_t size = test->size == SIZE_MAX ? 0 : test->size ? test->size : IMAGE_SIZE;
	static unsigned char image[CARETAKER_MAX_FILE + 1];

	memset(image, 0, sizeof(image));
	payload_image_make(image);
	add_nine_segments(image);
	for (int i = 0; i < PATCHES && test->patch[i].width; i++)
		payload_image_patch(image, test->patch[i].offset, test->patch[i].width,
				    test->patch[i].value);
	/* In memory of exactly that size, so that a read behind it is seen */
	*out = malloc(size ? size : 1);
	assert_non_null(*out);
	memcpy(*out, image, size);
	return size;
}

static void parse(void **state)
{
	const struct elf_case *test = *state;
	static const struct caretaker_image nothing;
	struct caretaker_broken broken;
	struct caretaker_image image;
	unsigned char *file;
	size_t size;
	int ret;

	size = build(test, &file);
	memset(&image, 0xee, sizeof(image));
	memset(&broken, 0xee, sizeof(broken));
	ret = caretaker_elf_parse(file, size, &image, &broken);
	free(file);
	assert_string_equal(caretaker_rule_name(broken.rule), caretaker_rule_name(test->rule));
	assert_int_equal(ret, test->error);
	/* A refused file leaves nothing that somebody could map. */
	if (ret)
		assert_memory_equal(&image, &nothing, sizeof(image));
}

static void values(void **state)
{
	unsigned char file[IMAGE_SIZE];
	struct caretaker_broken broken;
	struct caretaker_image image;

	(void)state;
	payload_image_make(file);
	assert_int_equal(caretaker_elf_parse(file, sizeof(file), &image, &broken), 0);
	assert_int_equal(image.entry, IMAGE_ENTRY);
	assert_int_equal(image.memory, 0x3000);
	assert_int_equal(image.segments, 3);
	assert_int_equal(image.ccb, 2);
	assert_int_equal(image.segment[1].offset, 0x2000);
	assert_int_equal(image.segment[1].vaddr, 0x1000);
	assert_int_equal(image.segment[1].filesz, 0x800);
	assert_int_equal(image.segment[1].flags, RX);
	assert_int_equal(image.segment[2].index, IMAGE_CCB);
	assert_int_equal(image.note.svn, 7);
	assert_string_equal(image.note.name, "test-payload");
	assert_string_equal(image.note.version, "1.2.3");
}

/* Memory is whole pages, also if the last segment ends within one: here text. */
static void memory_is_pages(void **state)
{
	static const struct patch swap[] = {
		HEADER(TEXT, p_flags, RW), HEADER(TEXT, p_memsz, PAGE),
		HEADER(MARK, p_vaddr, 0x1000), HEADER(MARK, p_offset, 0x2000),
		HEADER(MARK, p_filesz, 0x800), HEADER(CCB, p_flags, RX),
		HEADER(CCB, p_filesz, 0x10), HEADER(CCB, p_memsz, 0x10), ELF(e_entry, 0x2000),
	};
	unsigned char file[IMAGE_SIZE];
	struct caretaker_broken broken;
	struct caretaker_image image;

	(void)state;
	payload_image_make(file);
	for (size_t i = 0; i < sizeof(swap) / sizeof(swap[0]); i++)
		payload_image_patch(file, swap[i].offset, swap[i].width, swap[i].value);
	assert_int_equal(caretaker_elf_parse(file, sizeof(file), &image, &broken), 0);
	assert_int_equal(image.ccb, 1);
	assert_int_equal(image.memory, 0x3000);
}

/* Where the rule was broken is part of the message. */
static void places(void **state)
{
	unsigned char file[IMAGE_SIZE];
	struct caretaker_broken broken;
	struct caretaker_image image;

	(void)state;
	payload_image_make(file);
	payload_image_patch(file, AT_HEADER(IMAGE_TEXT, p_flags), 4, 7);
	assert_int_equal(caretaker_elf_parse(file, sizeof(file), &image, &broken), -EBADMSG);
	assert_int_equal(broken.index, IMAGE_TEXT);
	assert_int_equal(broken.offset, AT_HEADER(IMAGE_TEXT, p_flags));

	payload_image_make(file);
	payload_image_patch(file, AT_NOTE(reserved), 4, 7);
	assert_int_equal(caretaker_elf_parse(file, sizeof(file), &image, &broken), -EBADMSG);
	assert_int_equal(broken.index, IMAGE_NOTE_HEADER);
	assert_int_equal(broken.offset, AT_NOTE(reserved));
}

/* A file cut anywhere is refused, and never read behind its end. */
static void truncation(void **state)
{
	unsigned char file[IMAGE_SIZE];
	struct caretaker_broken broken;
	struct caretaker_image image;

	(void)state;
	payload_image_make(file);
	for (size_t size = 0; size < IMAGE_SIZE; size += size < 0x1200 ? 1 : 61) {
		unsigned char *cut = malloc(size ? size : 1);

		assert_non_null(cut);
		memcpy(cut, file, size);
		assert_int_not_equal(caretaker_elf_parse(cut, size, &image, &broken), 0);
		free(cut);
	}
}

/* Each rule of the parser is broken by a case above. */
static void every_rule(void **state)
{
	(void)state;
	for (uint32_t rule = RULE(FILE_LARGE); rule < RULE(LOADER); rule++) {
		size_t i = 0;

		if (!strcmp(caretaker_rule_name(rule), "unknown-rule"))
			continue;
		while (i < CASES && cases[i].rule != rule)
			i++;
		if (i == CASES)
			fail_msg("no case breaks rule %u, %s", rule, caretaker_rule_name(rule));
	}
	assert_string_equal(caretaker_rule_name(~0U), "unknown-rule");
	assert_string_equal(caretaker_rule_name(RULE(LOADER)), "unknown-rule");
	assert_non_null(caretaker_rule_text(~0U));
}

int main(void)
{
	struct CMUnitTest tests[CASES + 5] = {
		cmocka_unit_test(values), cmocka_unit_test(places),
		cmocka_unit_test(truncation), cmocka_unit_test(every_rule),
		cmocka_unit_test(memory_is_pages),
	};

	for (size_t i = 0; i < CASES; i++)
		tests[5 + i] = (struct CMUnitTest){ cases[i].name, parse, NULL, NULL,
						    (void *)&cases[i] };
	return cmocka_run_group_tests_name("elf", tests, NULL, NULL);
}
