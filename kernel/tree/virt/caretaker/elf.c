// SPDX-License-Identifier: GPL-2.0
/*
 * The parser of caretaker payloads, ABI version 2; elf.h says what it promises.
 *
 * It accepts one way to write each thing.  Where ELF leaves a choice that the
 * loader does not need, the choice is refused, and with these exceptions every
 * field of the ELF header, the program headers and the note is checked:
 *  - e_shoff, e_shentsize, e_shnum, e_shstrndx: sections are never looked at;
 *  - p_paddr: System V ignores it, and so does the loader;
 *  - p_align of the CCB header: that of its segment counts;
 *  - p_align of the note: it is 4-byte words, and GNU ld writes there what the
 *    compiler aligned the object to;
 *  - p_offset where p_filesz is 0: nothing is read from there.
 * Pages between two segments may be left out.  They count as memory and the
 * loader maps nothing there.
 */
#include <linux/elf.h>
#include <linux/errno.h>

#include "elf.h"
#include "view.h"

#define NO_HEADER	CARETAKER_NO_HEADER
#define OWNER_PADDED	((sizeof(CARETAKER_NOTE_OWNER) + 3) & ~3UL)

struct parse {
	struct caretaker_view view;
	struct caretaker_image *image;
	struct caretaker_broken *broken;
	Elf64_Ehdr header;
	Elf64_Phdr table[CARETAKER_MAX_PHDRS];	/* the first e_phnum of them */
	Elf64_Phdr ccb, note;
	__u32 ccb_index, note_index;	/* NO_HEADER until found */
	__u64 memory_end, file_end;	/* of the segments so far, page-aligned */
};

static const struct {
	const char *name;
	int error;
	const char *text;
} rules[CARETAKER_RULE_LOADER] = {
#define RULE(number, name, error, text) \
	[CARETAKER_RULE_##number] = { name, -(error), text }
	RULE(NONE, "none", 0, "no rule is broken"),
	RULE(SIGNATURE_MISSING, "unsigned", ENODATA, "no signature marker at the end"),
	RULE(TRAILER_TRUNCATED, "trailer-truncated", EBADMSG,
	     "no room for the trailer before the marker"),
	RULE(TRAILER_TYPE, "trailer-type", EBADMSG, "the signature must be PKCS#7 (id_type 2)"),
	RULE(TRAILER_UNUSED, "trailer-unused", EBADMSG, "unused trailer fields must be zero"),
	RULE(SIGNATURE_EMPTY, "signature-empty", EBADMSG, "the signature has no bytes"),
	RULE(SIGNATURE_LARGE, "signature-large", EFBIG, "the signature is over 64 KiB"),
	RULE(SIGNATURE_BOUNDS, "signature-bounds", EBADMSG,
	     "the signature is longer than the file"),
	RULE(PAYLOAD_EMPTY, "payload-empty", EBADMSG, "nothing is before the signature"),
	RULE(SIGNATURE_TAG, "signature-tag", EBADMSG, "the signature is no DER SEQUENCE (0x30)"),
	RULE(SIGNATURE_EXTENT, "signature-extent", EBADMSG, "the DER SEQUENCE has another length"),
	RULE(TRAILER_NESTED, "trailer-nested", EBADMSG, "the signed bytes have a signature too"),

	RULE(FILE_LARGE, "file-large", EFBIG, "the payload is over 1 MiB without its signature"),
	RULE(FILE_SHORT, "file-short", EBADMSG, "the file is shorter than an ELF header"),
	RULE(ELF_MAGIC, "elf-magic", EBADMSG, "the file does not start with the ELF magic"),
	RULE(ELF_CLASS, "elf-class", EBADMSG, "must be ELFCLASS64"),
	RULE(ELF_DATA, "elf-data", EBADMSG, "must be little-endian (ELFDATA2LSB)"),
	RULE(ELF_VERSION, "elf-version", EBADMSG, "must be ELF version 1"),
	RULE(ELF_IDENT, "elf-ident", EBADMSG,
	     "OS ABI, its version and the padding of e_ident must be zero"),
	RULE(ELF_TYPE, "elf-type", EBADMSG, "must be position-independent (ET_DYN)"),
	RULE(ELF_MACHINE, "elf-machine", EOPNOTSUPP, "must be for x86-64"),
	RULE(ELF_FLAGS, "elf-flags", EBADMSG, "e_flags must be zero"),
	RULE(ELF_HEADER_SIZE, "elf-header-size", EBADMSG, "e_ehsize must be 64"),

	RULE(HEADER_SIZE, "header-size", EBADMSG, "e_phentsize must be 56"),
	RULE(HEADER_COUNT, "header-count", EBADMSG, "there must be 1 to 16 program headers"),
	RULE(HEADER_TABLE, "header-table", EBADMSG,
	     "the program headers must be in the file, 8-byte aligned, after the ELF header"),
	RULE(HEADER_TYPE, "header-type", EBADMSG,
	     "only PT_LOAD, PT_NOTE and PT_CARETAKER_CCB may occur"),

	RULE(SEGMENT_NONE, "segment-none", EBADMSG, "there is no PT_LOAD"),
	RULE(SEGMENT_COUNT, "segment-count", EBADMSG, "at most 8 PT_LOAD"),
	RULE(SEGMENT_ALIGN, "segment-align", EBADMSG, "p_align of a PT_LOAD must be 4096"),
	RULE(SEGMENT_ADDRESS, "segment-address", EBADMSG, "p_vaddr must be page-aligned"),
	RULE(SEGMENT_OFFSET, "segment-offset", EBADMSG, "p_offset must be page-aligned"),
	RULE(SEGMENT_WRITE_EXEC, "segment-write-exec", EBADMSG,
	     "a segment is writable and executable"),
	RULE(SEGMENT_FLAGS, "segment-flags", EBADMSG, "flags must be exactly r-x, r-- or rw-"),
	RULE(SEGMENT_EMPTY, "segment-empty", EBADMSG, "a segment has no memory"),
	RULE(SEGMENT_FILESZ, "segment-filesz", EBADMSG, "p_filesz is larger than p_memsz"),
	RULE(SEGMENT_NO_BYTES, "segment-no-bytes", EBADMSG,
	     "only a rw- segment may have no bytes in the file"),
	RULE(SEGMENT_BOUNDS, "segment-bounds", EBADMSG,
	     "the segment is not inside the signed bytes"),
	RULE(SEGMENT_WRAP, "segment-wrap", EBADMSG, "p_vaddr + p_memsz overflows"),
	RULE(MEMORY_LARGE, "memory-large", EFBIG, "the image is over 256 KiB in memory"),
	RULE(FIRST_ADDRESS, "first-address", EBADMSG, "the first segment must be at address 0"),
	RULE(SEGMENT_ORDER, "segment-order", EBADMSG, "segments must be sorted by address"),
	RULE(SEGMENT_OVERLAP, "segment-overlap", EBADMSG, "two segments share a page of memory"),
	RULE(SEGMENT_FILE_OVERLAP, "segment-file-overlap", EBADMSG,
	     "a segment starts in the file before the one in front of it ends"),
	RULE(TEXT_NONE, "text-none", EBADMSG, "there is no r-x segment"),
	RULE(TEXT_COUNT, "text-count", EBADMSG, "there is more than one r-x segment"),
	RULE(ENTRY, "entry", EBADMSG, "e_entry is not in the bytes of the r-x segment"),

	RULE(CCB_NONE, "ccb-none", EBADMSG, "there is no PT_CARETAKER_CCB"),
	RULE(CCB_COUNT, "ccb-count", EBADMSG, "there is more than one PT_CARETAKER_CCB"),
	RULE(CCB_SEGMENT, "ccb-segment", EBADMSG,
	     "PT_CARETAKER_CCB must be exactly one of the PT_LOAD"),
	RULE(CCB_FLAGS, "ccb-flags", EBADMSG, "the control block must be rw-"),
	RULE(CCB_SIZE, "ccb-size", EBADMSG, "the control block must be one page (p_memsz 4096)"),

	RULE(NOTE_NONE, "note-none", EBADMSG, "there is no PT_NOTE"),
	RULE(NOTE_COUNT, "note-count", EBADMSG, "there is more than one PT_NOTE"),
	RULE(NOTE_HEADER, "note-header", EBADMSG,
	     "PT_NOTE must be r--, at a multiple of 4, with p_filesz equal to p_memsz"),
	RULE(NOTE_SEGMENT, "note-segment", EBADMSG, "the note is not inside a r-- segment"),
	RULE(NOTE_OWNER, "note-owner", EBADMSG, "the note's owner must be \"Caretaker\""),
	RULE(NOTE_TYPE, "note-type", EBADMSG, "the note's type must be 1"),
	RULE(NOTE_EXTENT, "note-extent", EBADMSG, "PT_NOTE must hold one note and nothing else"),
	RULE(NOTE_ABI, "note-abi", EOPNOTSUPP, "the payload is for another ABI version"),
	RULE(NOTE_SIZE, "note-size", EBADMSG,
	     "the descriptor must have 144 to 256 bytes, and say how many"),
	RULE(NOTE_LAYOUT, "note-layout", EBADMSG,
	     "built for a control block of fewer than 32 bytes"),
	RULE(NOTE_RESERVED, "note-reserved", EBADMSG, "reserved fields must be zero"),
	RULE(NOTE_FEATURE, "note-feature", EOPNOTSUPP, "needs a feature that is not known here"),
	RULE(NOTE_NAME, "note-name", EBADMSG,
	     "the name must be 1 to 31 printable characters, then NUL"),
	RULE(NOTE_VERSION, "note-version", EBADMSG,
	     "the version must be 1 to 31 printable characters, then NUL"),
	RULE(NOTE_ROOM, "note-room", EOPNOTSUPP,
	     "built for a structure that has no room in a slot"),
	RULE(NOTE_UNKNOWN, "note-unknown", EOPNOTSUPP,
	     "the descriptor goes on, and what is not known here is not zero"),
#undef RULE
};

const char *caretaker_rule_name(__u32 rule)
{
	if (rule >= CARETAKER_RULE_LOADER || !rules[rule].name)
		return "unknown-rule";
	return rules[rule].name;
}

const char *caretaker_rule_text(__u32 rule)
{
	if (rule >= CARETAKER_RULE_LOADER || !rules[rule].text)
		return "a rule that is not known here";
	return rules[rule].text;
}

int caretaker_rule_break(struct caretaker_broken *broken, __u32 rule,
			 __u32 index, __u64 offset)
{
	broken->rule = rule;
	broken->index = index;
	broken->offset = offset;
	return rules[rule].error;
}

static __u64 page_up(__u64 value)
{
	return (value + CARETAKER_PAGE - 1) & ~(__u64)(CARETAKER_PAGE - 1);
}

/* A rule about a field of the ELF header */
#define BREAK_ELF(p, number, field) \
	caretaker_rule_break((p)->broken, CARETAKER_RULE_##number, NO_HEADER, \
			     offsetof(Elf64_Ehdr, field))

/* A rule about a field of program header @i */
#define BREAK_HEADER(p, number, i, field) \
	caretaker_rule_break((p)->broken, CARETAKER_RULE_##number, i, \
			     header_offset(p, i) + offsetof(Elf64_Phdr, field))

/* A rule about a byte of the note */
#define BREAK_NOTE(p, number, at) \
	caretaker_rule_break((p)->broken, CARETAKER_RULE_##number, (p)->note_index, at)

static __u64 header_offset(const struct parse *p, __u32 i)
{
	return p->header.e_phoff + (__u64)i * sizeof(Elf64_Phdr);
}

static int check_ident(struct parse *p)
{
	const unsigned char *ident = p->header.e_ident;
	__u32 i;

	if (memcmp(ident, ELFMAG, SELFMAG))
		return BREAK_ELF(p, ELF_MAGIC, e_ident);
	if (ident[EI_CLASS] != ELFCLASS64)
		return BREAK_ELF(p, ELF_CLASS, e_ident[EI_CLASS]);
	if (ident[EI_DATA] != ELFDATA2LSB)
		return BREAK_ELF(p, ELF_DATA, e_ident[EI_DATA]);
	if (ident[EI_VERSION] != EV_CURRENT)
		return BREAK_ELF(p, ELF_VERSION, e_ident[EI_VERSION]);
	for (i = EI_VERSION + 1; i < EI_NIDENT; i++)
		if (ident[i])
			return caretaker_rule_break(p->broken, CARETAKER_RULE_ELF_IDENT,
						    NO_HEADER, i);
	return 0;
}

static int check_header(struct parse *p)
{
	const Elf64_Ehdr *header = &p->header;
	int ret;

	if (p->view.size > CARETAKER_MAX_FILE)
		return caretaker_rule_break(p->broken, CARETAKER_RULE_FILE_LARGE,
					    NO_HEADER, CARETAKER_MAX_FILE);
	if (!view_read(&p->view, 0, &p->header, sizeof(p->header)))
		return caretaker_rule_break(p->broken, CARETAKER_RULE_FILE_SHORT,
					    NO_HEADER, p->view.size);
	ret = check_ident(p);
	if (ret)
		return ret;
	if (header->e_type != ET_DYN)
		return BREAK_ELF(p, ELF_TYPE, e_type);
	if (header->e_machine != EM_X86_64)
		return BREAK_ELF(p, ELF_MACHINE, e_machine);
	if (header->e_version != EV_CURRENT)
		return BREAK_ELF(p, ELF_VERSION, e_version);
	if (header->e_flags)
		return BREAK_ELF(p, ELF_FLAGS, e_flags);
	if (header->e_ehsize != sizeof(Elf64_Ehdr))
		return BREAK_ELF(p, ELF_HEADER_SIZE, e_ehsize);
	if (header->e_phentsize != sizeof(Elf64_Phdr))
		return BREAK_ELF(p, HEADER_SIZE, e_phentsize);
	if (!header->e_phnum || header->e_phnum > CARETAKER_MAX_PHDRS)
		return BREAK_ELF(p, HEADER_COUNT, e_phnum);
	if (header->e_phoff < sizeof(Elf64_Ehdr) || header->e_phoff % 8 ||
	    !view_read(&p->view, header->e_phoff, p->table, header->e_phnum * sizeof(Elf64_Phdr)))
		return BREAK_ELF(p, HEADER_TABLE, e_phoff);
	return 0;
}

/* What a PT_LOAD is by itself */
static int check_segment(struct parse *p, __u32 i, const Elf64_Phdr *load)
{
	if (load->p_align != CARETAKER_PAGE)
		return BREAK_HEADER(p, SEGMENT_ALIGN, i, p_align);
	if (load->p_vaddr % CARETAKER_PAGE)
		return BREAK_HEADER(p, SEGMENT_ADDRESS, i, p_vaddr);
	if (load->p_offset % CARETAKER_PAGE)
		return BREAK_HEADER(p, SEGMENT_OFFSET, i, p_offset);
	if ((load->p_flags & PF_W) && (load->p_flags & PF_X))
		return BREAK_HEADER(p, SEGMENT_WRITE_EXEC, i, p_flags);
	if (load->p_flags != (PF_R | PF_X) && load->p_flags != PF_R &&
	    load->p_flags != (PF_R | PF_W))
		return BREAK_HEADER(p, SEGMENT_FLAGS, i, p_flags);
	if (!load->p_memsz)
		return BREAK_HEADER(p, SEGMENT_EMPTY, i, p_memsz);
	if (load->p_filesz > load->p_memsz)
		return BREAK_HEADER(p, SEGMENT_FILESZ, i, p_filesz);
	if (!load->p_filesz && load->p_flags != (PF_R | PF_W))
		return BREAK_HEADER(p, SEGMENT_NO_BYTES, i, p_filesz);
	if (load->p_filesz && !view_holds(&p->view, load->p_offset, load->p_filesz))
		return BREAK_HEADER(p, SEGMENT_BOUNDS, i, p_offset);
	if (load->p_memsz > ~(__u64)0 - load->p_vaddr)
		return BREAK_HEADER(p, SEGMENT_WRAP, i, p_vaddr);
	if (load->p_vaddr + load->p_memsz > CARETAKER_MAX_MEMORY)
		return BREAK_HEADER(p, MEMORY_LARGE, i, p_memsz);
	return 0;
}

/* What a PT_LOAD is beside those in front of it */
static int add_segment(struct parse *p, __u32 i, const Elf64_Phdr *load)
{
	struct caretaker_image *image = p->image;
	struct caretaker_segment *segment;
	int ret;

	if (image->segments == CARETAKER_MAX_SEGMENTS)
		return BREAK_HEADER(p, SEGMENT_COUNT, i, p_type);
	ret = check_segment(p, i, load);
	if (ret)
		return ret;
	if (!image->segments && load->p_vaddr)
		return BREAK_HEADER(p, FIRST_ADDRESS, i, p_vaddr);
	if (image->segments && load->p_vaddr < image->segment[image->segments - 1].vaddr)
		return BREAK_HEADER(p, SEGMENT_ORDER, i, p_vaddr);
	if (load->p_vaddr < p->memory_end)
		return BREAK_HEADER(p, SEGMENT_OVERLAP, i, p_vaddr);
	if (load->p_filesz && load->p_offset < p->file_end)
		return BREAK_HEADER(p, SEGMENT_FILE_OVERLAP, i, p_offset);

	p->memory_end = page_up(load->p_vaddr + load->p_memsz);
	if (load->p_filesz)
		p->file_end = page_up(load->p_offset + load->p_filesz);
	segment = &image->segment[image->segments++];
	segment->offset = load->p_offset;
	segment->filesz = load->p_filesz;
	segment->vaddr = load->p_vaddr;
	segment->memsz = load->p_memsz;
	segment->flags = load->p_flags;
	segment->index = i;
	return 0;
}

static int check_headers(struct parse *p)
{
	const Elf64_Phdr *header;
	__u32 i;
	int ret;

	for (i = 0; i < p->header.e_phnum; i++) {
		header = &p->table[i];
		switch (header->p_type) {
		case PT_LOAD:
			ret = add_segment(p, i, header);
			if (ret)
				return ret;
			break;
		case PT_NOTE:
			if (p->note_index != NO_HEADER)
				return BREAK_HEADER(p, NOTE_COUNT, i, p_type);
			p->note = *header;
			p->note_index = i;
			break;
		case PT_CARETAKER_CCB:
			if (p->ccb_index != NO_HEADER)
				return BREAK_HEADER(p, CCB_COUNT, i, p_type);
			p->ccb = *header;
			p->ccb_index = i;
			break;
		default:
			return BREAK_HEADER(p, HEADER_TYPE, i, p_type);
		}
	}
	if (!p->image->segments)
		return BREAK_ELF(p, SEGMENT_NONE, e_phnum);
	if (p->ccb_index == NO_HEADER)
		return BREAK_ELF(p, CCB_NONE, e_phnum);
	if (p->note_index == NO_HEADER)
		return BREAK_ELF(p, NOTE_NONE, e_phnum);
	p->image->memory = p->memory_end;
	return 0;
}

static int check_entry(struct parse *p)
{
	const struct caretaker_segment *segment, *text = NULL;
	__u64 entry = p->header.e_entry;
	__u32 i;

	for (i = 0; i < p->image->segments; i++) {
		segment = &p->image->segment[i];
		if (!(segment->flags & PF_X))
			continue;
		if (text)
			return BREAK_HEADER(p, TEXT_COUNT, segment->index, p_flags);
		text = segment;
	}
	if (!text)
		return BREAK_ELF(p, TEXT_NONE, e_phnum);
	if (entry < text->vaddr || entry - text->vaddr >= text->filesz)
		return BREAK_ELF(p, ENTRY, e_entry);
	p->image->entry = entry;
	return 0;
}

static int check_ccb(struct parse *p)
{
	const struct caretaker_segment *segment;
	const Elf64_Phdr *ccb = &p->ccb;
	__u32 i;

	if (ccb->p_flags != (PF_R | PF_W))
		return BREAK_HEADER(p, CCB_FLAGS, p->ccb_index, p_flags);
	if (ccb->p_memsz != CARETAKER_PAGE)
		return BREAK_HEADER(p, CCB_SIZE, p->ccb_index, p_memsz);
	for (i = 0; i < p->image->segments; i++) {
		segment = &p->image->segment[i];
		if (segment->vaddr != ccb->p_vaddr)
			continue;
		/* Segments do not overlap, so no other can match. */
		if (segment->memsz != ccb->p_memsz || segment->filesz != ccb->p_filesz ||
		    (segment->filesz && segment->offset != ccb->p_offset))
			break;
		if (segment->flags != ccb->p_flags)
			return BREAK_HEADER(p, CCB_FLAGS, segment->index, p_flags);
		p->image->ccb = i;
		return 0;
	}
	return BREAK_HEADER(p, CCB_SEGMENT, p->ccb_index, p_vaddr);
}

/* The note is mapped, read-only, and at the address that its header says. */
static int check_note_place(struct parse *p)
{
	const struct caretaker_segment *segment;
	const Elf64_Phdr *note = &p->note;
	__u64 inside;
	__u32 i;

	if (note->p_flags != PF_R || note->p_offset % 4 ||
	    note->p_filesz != note->p_memsz)
		return BREAK_HEADER(p, NOTE_HEADER, p->note_index, p_flags);
	for (i = 0; i < p->image->segments; i++) {
		segment = &p->image->segment[i];
		if (segment->flags != PF_R || note->p_offset < segment->offset)
			continue;
		inside = note->p_offset - segment->offset;
		if (inside <= segment->filesz && note->p_filesz <= segment->filesz - inside &&
		    note->p_vaddr == segment->vaddr + inside)
			return 0;
	}
	return BREAK_HEADER(p, NOTE_SEGMENT, p->note_index, p_offset);
}

/* Returns the bytes of text, 0 if the field is not text and NUL to its end */
static __u32 text_length(const char *field)
{
	__u32 i, length;

	for (length = 0; length < CARETAKER_NAME_LEN; length++)
		if (field[length] < '!' || field[length] > '~')
			break;
	for (i = length; i < CARETAKER_NAME_LEN; i++)
		if (field[i])
			return 0;
	return length < CARETAKER_NAME_LEN ? length : 0;
}

/* What the payload was built for may be less than is known here, or more */
static int check_note_room(struct parse *p, __u64 at)
{
	const struct caretaker_note *note = &p->image->note;

	if (note->ccb_size < CARETAKER_CCB_HEAD)
		return BREAK_NOTE(p, NOTE_LAYOUT, at + offsetof(struct caretaker_note, ccb_size));
	if (note->ccb_size > CARETAKER_CCB_ROOM)
		return BREAK_NOTE(p, NOTE_ROOM, at + offsetof(struct caretaker_note, ccb_size));
	if (note->switch_size > CARETAKER_SWITCH_ROOM)
		return BREAK_NOTE(p, NOTE_ROOM, at + offsetof(struct caretaker_note, switch_size));
	if (note->config_size > CARETAKER_CONFIG_ROOM)
		return BREAK_NOTE(p, NOTE_ROOM, at + offsetof(struct caretaker_note, config_size));
	if (note->telemetry_size > CARETAKER_TELEMETRY_ROOM)
		return BREAK_NOTE(p, NOTE_ROOM,
				  at + offsetof(struct caretaker_note, telemetry_size));
	return 0;
}

static int check_note_values(struct parse *p, __u64 at)
{
	const struct caretaker_note *note = &p->image->note;
	int ret;

	ret = check_note_room(p, at);
	if (ret)
		return ret;
	if (note->reserved)
		return BREAK_NOTE(p, NOTE_RESERVED, at + offsetof(struct caretaker_note, reserved));
	if (note->mandatory & ~(__u64)CARETAKER_FEATURES_KNOWN)
		return BREAK_NOTE(p, NOTE_FEATURE, at + offsetof(struct caretaker_note, mandatory));
	if (!text_length(note->name))
		return BREAK_NOTE(p, NOTE_NAME, at + offsetof(struct caretaker_note, name));
	if (!text_length(note->version))
		return BREAK_NOTE(p, NOTE_VERSION, at + offsetof(struct caretaker_note, version));
	return 0;
}

/* Reads the descriptor; a later kernel may know more of it */
static int read_note(struct parse *p, __u64 at, __u32 size)
{
	__u8 rest[CARETAKER_NOTE_MAX - CARETAKER_NOTE_SIZE_VER0] = { 0 };
	const __u32 known = sizeof(struct caretaker_note);
	__u32 i;

	if (size < CARETAKER_NOTE_SIZE_VER0 || size > CARETAKER_NOTE_MAX ||
	    !view_read(&p->view, at, &p->image->note, size < known ? size : known) ||
	    (size > known && !view_read(&p->view, at + known, rest, size - known)))
		return BREAK_NOTE(p, NOTE_SIZE, p->note.p_offset + offsetof(Elf64_Nhdr, n_descsz));
	if (p->image->note.size != size)
		return BREAK_NOTE(p, NOTE_SIZE, at + offsetof(struct caretaker_note, size));
	for (i = 0; i < sizeof(rest); i++)
		if (rest[i])
			return BREAK_NOTE(p, NOTE_UNKNOWN, at + known + i);
	return 0;
}

static int check_note(struct parse *p)
{
	static const char owner[OWNER_PADDED] = CARETAKER_NOTE_OWNER;
	char found[OWNER_PADDED];
	__u64 at = p->note.p_offset;
	Elf64_Nhdr header;
	__u32 abi;
	int ret;

	ret = check_note_place(p);
	if (ret)
		return ret;
	if (p->note.p_filesz < sizeof(header) + sizeof(found) + sizeof(abi) ||
	    !view_read(&p->view, at, &header, sizeof(header)))
		return BREAK_NOTE(p, NOTE_EXTENT, at);
	at += sizeof(header);
	if (header.n_namesz != sizeof(CARETAKER_NOTE_OWNER) ||
	    !view_read(&p->view, at, found, sizeof(found)) || memcmp(found, owner, sizeof(owner)))
		return BREAK_NOTE(p, NOTE_OWNER, at);
	if (header.n_type != CARETAKER_NOTE_TYPE)
		return BREAK_NOTE(p, NOTE_TYPE, p->note.p_offset + offsetof(Elf64_Nhdr, n_type));
	at += sizeof(found);
	if (p->note.p_filesz - sizeof(header) - sizeof(found) != header.n_descsz)
		return BREAK_NOTE(p, NOTE_EXTENT, at - sizeof(found) - sizeof(header) +
				  offsetof(Elf64_Nhdr, n_descsz));
	/* First the version, since another ABI may have another note. */
	if (!view_read(&p->view, at, &abi, sizeof(abi)) || abi != CARETAKER_ABI_VERSION)
		return BREAK_NOTE(p, NOTE_ABI, at);
	ret = read_note(p, at, header.n_descsz);
	return ret ? ret : check_note_values(p, at);
}

int caretaker_elf_parse(const void *data, __u64 size,
			struct caretaker_image *image,
			struct caretaker_broken *broken)
{
	struct parse p = {
		.view = { data, size },
		.image = image,
		.broken = broken,
		.ccb_index = NO_HEADER,
		.note_index = NO_HEADER,
	};
	int ret;

	memset(image, 0, sizeof(*image));
	memset(broken, 0, sizeof(*broken));
	ret = check_header(&p);
	if (!ret)
		ret = check_headers(&p);
	if (!ret)
		ret = check_entry(&p);
	if (!ret)
		ret = check_ccb(&p);
	if (!ret)
		ret = check_note(&p);
	if (ret)
		memset(image, 0, sizeof(*image));
	return ret;
}
