// SPDX-License-Identifier: GPL-2.0
/*
 * Payloads of random layout, for the KUnit test of slot.c: segments of any size, with
 * gaps between them in memory and in the file, in any legal order of kinds, with
 * memory behind their bytes; the PT_NOTE and PT_CARETAKER_CCB anywhere in the table.
 * What no rule fixes is random: the bytes, p_paddr, p_offset of what has no bytes.
 */
#include <linux/align.h>
#include <linux/elf.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/string.h>

#include "layout_kunit.h"

#define IMAGE_PAGES	(CARETAKER_MAX_MEMORY / PAGE_SIZE)
#define NOTE_AT		1024	/* in its segment: behind the headers, if they are there too */
#define NOTE_BYTES	(sizeof(Elf64_Nhdr) + 12 + sizeof(struct caretaker_note))

static u32 below(struct layout *l, u32 limit)
{
	return prandom_u32_state(&l->rnd) % limit;
}

static bool one_in(struct layout *l, u32 n)
{
	return !below(l, n);
}

/* Mostly few, sometimes up to all that is left */
static u32 some_of(struct layout *l, u32 *left)
{
	u32 n = below(l, (one_in(l, 6) ? *left : min(*left, 4U)) + 1);

	*left -= n;
	return n;
}

static void draw_flags(struct layout *l)
{
	unsigned int i;

	l->text = below(l, l->loads);
	do {
		l->note = below(l, l->loads);
	} while (l->note == l->text);
	do {
		l->ccb = below(l, l->loads);
	} while (l->ccb == l->text || l->ccb == l->note);

	for (i = 0; i < l->loads; i++)
		l->load[i].p_flags = one_in(l, 2) ? PF_R : PF_R | PF_W;
	l->load[l->text].p_flags = PF_R | PF_X;
	l->load[l->note].p_flags = PF_R;
	l->load[l->ccb].p_flags = PF_R | PF_W;
}

/* Addresses and sizes in memory, with gaps between segments */
static void draw_memory(struct layout *l)
{
	u32 left = IMAGE_PAGES - l->loads, at = 0, pages;
	unsigned int i;

	for (i = 0; i < l->loads; i++) {
		Elf64_Phdr *load = &l->load[i];

		if (i && one_in(l, 3))
			at += some_of(l, &left);
		pages = i == l->ccb ? 1 : 1 + some_of(l, &left);
		load->p_vaddr = at * PAGE_SIZE;
		load->p_memsz = pages * PAGE_SIZE;
		if (i != l->ccb && !one_in(l, 3))
			load->p_memsz -= below(l, PAGE_SIZE);
		if (i == l->note)
			load->p_memsz = max(load->p_memsz, NOTE_AT + NOTE_BYTES);
		at += pages;
	}
}

static u64 draw_filesz(struct layout *l, unsigned int i)
{
	const Elf64_Phdr *load = &l->load[i];
	u64 size = load->p_memsz;

	if ((load->p_flags & PF_W) && one_in(l, 3))
		return 0;
	if (one_in(l, 2))
		size = 1 + below(l, load->p_memsz);
	return i == l->note ? max(size, NOTE_AT + NOTE_BYTES) : size;
}

/* Where the bytes are in the file, with gaps too */
static void draw_file(struct layout *l)
{
	u64 at = one_in(l, 4) ? 0 : PAGE_SIZE, end = 0;
	unsigned int i;

	for (i = 0; i < l->loads; i++) {
		Elf64_Phdr *load = &l->load[i];

		load->p_type = PT_LOAD;
		load->p_align = CARETAKER_PAGE;
		load->p_paddr = prandom_u32_state(&l->rnd);
		load->p_filesz = draw_filesz(l, i);
		if (!load->p_filesz) {
			/* Nothing is read from there, wherever it is */
			load->p_offset = (u64)prandom_u32_state(&l->rnd) * PAGE_SIZE;
			continue;
		}
		if (one_in(l, 3))
			at += below(l, 3) * PAGE_SIZE;
		load->p_offset = at;
		end = at + load->p_filesz;
		at = PAGE_ALIGN(end);
	}
	l->signed_size = end + (one_in(l, 2) ? 0 : below(l, 100));
	l->size = l->signed_size + below(l, PAGE_SIZE);
}

/* Built for any sizes that there is room for, and for features of which none is needed */
static void write_note(struct layout *l, u64 at)
{
	const struct caretaker_note note = {
		.abi = CARETAKER_ABI_VERSION,
		.size = sizeof(note),
		.optional = ~0ULL,
		.ccb_size = CARETAKER_CCB_ROOM - below(l, CARETAKER_CCB_ROOM - CARETAKER_CCB_HEAD),
		.switch_size = CARETAKER_SWITCH_ROOM - below(l, CARETAKER_SWITCH_ROOM),
		.config_size = CARETAKER_CONFIG_ROOM - below(l, CARETAKER_CONFIG_ROOM),
		.telemetry_size = CARETAKER_TELEMETRY_ROOM - below(l, CARETAKER_TELEMETRY_ROOM),
		.name = "kunit",
		.version = "1",
	};
	const Elf64_Nhdr header = {
		.n_namesz = sizeof(CARETAKER_NOTE_OWNER),
		.n_descsz = sizeof(note),
		.n_type = CARETAKER_NOTE_TYPE,
	};

	memset(l->file + at, 0, NOTE_BYTES);
	memcpy(l->file + at, &header, sizeof(header));
	memcpy(l->file + at + sizeof(header), CARETAKER_NOTE_OWNER,
	       sizeof(CARETAKER_NOTE_OWNER));
	memcpy(l->file + at + sizeof(header) + 12, &note, sizeof(note));
}

static void write_headers(struct layout *l, u64 note_at)
{
	const Elf64_Phdr *rodata = &l->load[l->note], *text = &l->load[l->text];
	const Elf64_Ehdr header = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_DYN,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_entry = text->p_vaddr + below(l, text->p_filesz),
		.e_phoff = sizeof(header),
		.e_ehsize = sizeof(header),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = l->loads + 2,
	};
	const Elf64_Phdr note = {
		.p_type = PT_NOTE,
		.p_flags = PF_R,
		.p_offset = note_at,
		.p_vaddr = rodata->p_vaddr + note_at - rodata->p_offset,
		.p_filesz = NOTE_BYTES,
		.p_memsz = NOTE_BYTES,
	};
	Elf64_Phdr *table = (void *)l->file + sizeof(header);
	unsigned int note_index = below(l, l->loads + 1), ccb_index = below(l, l->loads + 2);
	unsigned int i, used = 0;

	/* The loads in order, the other two anywhere among them */
	for (i = 0; i <= l->loads; i++)
		table[i] = i == note_index ? note : l->load[used++];
	memmove(&table[ccb_index + 1], &table[ccb_index],
		(l->loads + 1 - ccb_index) * sizeof(*table));
	table[ccb_index] = l->load[l->ccb];
	table[ccb_index].p_type = PT_CARETAKER_CCB;
	memcpy(l->file, &header, sizeof(header));
}

/**
 * layout_draw - write a payload with @loads segments of random size, place and kind
 * @l: where to; @l->file and @l->rnd are the caller's
 * @loads: 3 or more, since text, note and control block need a segment each
 */
void layout_draw(struct layout *l, unsigned int loads)
{
	const Elf64_Phdr *rodata;
	u64 at;

	memset(l->load, 0, sizeof(l->load));
	l->loads = loads;
	draw_flags(l);
	draw_memory(l);
	draw_file(l);
	prandom_bytes_state(&l->rnd, l->file, l->size);

	rodata = &l->load[l->note];
	at = rodata->p_filesz - NOTE_AT - NOTE_BYTES;
	at = ALIGN_DOWN(rodata->p_offset + NOTE_AT + below(l, at + 1), 4);
	write_headers(l, at);
	write_note(l, at);
}
