// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random programs for a guest.
 *
 * A program is a row of pieces, each an instruction that a hypervisor may see or some
 * that change what it sees.  Behind all or some of them is a port write, at which the VMM
 * looks at everything.  What may fault has R15 point behind it.
 */
#include <stdbool.h>
#include <string.h>

#include "program.h"

bool program_without_steps;

struct writer {
	unsigned char *at;
	uint64_t *random;
};

uint64_t program_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static uint32_t below(struct writer *w, uint32_t limit)
{
	return (program_random(w->random) >> 11) % limit;
}

static void bytes(struct writer *w, const void *code, size_t size)
{
	memcpy(w->at, code, size);
	w->at += size;
}

#define CODE(w, ...) bytes(w, (const unsigned char[]){ __VA_ARGS__ }, \
			   sizeof((const unsigned char[]){ __VA_ARGS__ }))

static void word(struct writer *w, uint32_t value)
{
	bytes(w, &value, sizeof(value));
}

enum { EAX, ECX, EDX };

/* MOV of an immediate to a 32-bit register */
static void load(struct writer *w, unsigned int reg, uint32_t value)
{
	CODE(w, 0xb8 + reg);
	word(w, value);
}

/* An instruction that may fault: LEA R15 to what is behind it, then itself */
static void risky(struct writer *w, const void *code, size_t size)
{
	CODE(w, 0x4c, 0x8d, 0x3d);
	word(w, size);
	bytes(w, code, size);
}

#define RISKY(w, ...) risky(w, (const unsigned char[]){ __VA_ARGS__ }, \
			    sizeof((const unsigned char[]){ __VA_ARGS__ }))

static void cpuid(struct writer *w)
{
	static const uint32_t leaves[] = {
		0, 1, 2, 4, 5, 6, 7, 0xa, 0xb, 0xd, 0x14, 0x1f, 0x20, 0x40000000, 0x40000001,
		0x80000000, 0x80000001, 0x80000005, 0x80000006, 0x80000007, 0x80000008,
		0x8000000a, 0x8000001d, 0x8000001e, 0x80000021, 0x8fffffff, 0xffffffff,
	};

	load(w, EAX, below(w, 8) ? leaves[below(w, sizeof(leaves) / sizeof(leaves[0]))] :
				   (uint32_t)program_random(w->random));
	load(w, ECX, below(w, 4) ? below(w, 16) : (uint32_t)program_random(w->random));
	CODE(w, 0x0f, 0xa2);
}

/* The time, and what counts it, is not the same twice and not here */
static uint32_t some_msr(struct writer *w)
{
	static const uint32_t msrs[] = {
		0x17, 0x1b, 0x2a, 0x3a, 0x3b, 0x79, 0x8b, 0x8b, 0xcd, 0xfe, 0x198, 0x174, 0x175, 0x176, 0x179, 0x17a, 0x1a0, 0x1d9, 0x200,
		0x250, 0x26f, 0x277, 0x2ff, 0x48, 0xda0, 0x10a, 0xc0000080, 0xc0000081,
		0xc0000082, 0xc0000083, 0xc0000084, 0xc0000100, 0xc0000101, 0xc0000102,
		0xc0000103, 0xc0010010, 0xc0010015, 0xc001001f, 0xc0010020, 0xc0010117, 0xc001102c, 0x12345,
	};

	return msrs[below(w, sizeof(msrs) / sizeof(msrs[0]))];
}

static void read_msr(struct writer *w)
{
	load(w, ECX, some_msr(w));
	RISKY(w, 0x0f, 0x32);
}

static void write_msr(struct writer *w)
{
	static const uint32_t msrs[] = {
		0x174, 0x175, 0x176, 0x277, 0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084,
		0xc0000100, 0xc0000101, 0xc0000102, 0xc0000103,
	};
	static const uint32_t halves[] = { 0, 1, 0x7fff, 0xffff8000, 0xffffffff, 0x00070406 };
	uint32_t msr = msrs[below(w, sizeof(msrs) / sizeof(msrs[0]))];
	/*
	 * The guest writes segment bases by itself.  QEMU takes any there, and makes them
	 * canonical at a later exit: the last of these halves would show which exit came.
	 */
	uint32_t n = sizeof(halves) / sizeof(halves[0]) - (msr >> 4 == 0xc000010);

	load(w, ECX, msr);
	load(w, EAX, below(w, 2) ? halves[below(w, n)] : (uint32_t)program_random(w->random));
	load(w, EDX, below(w, 2) ? halves[below(w, n)] : 0);
	RISKY(w, 0x0f, 0x30);
}

/* What KVM drops whatever it is, and what comes back in the next RDMSR */
static void write_known_msr(struct writer *w)
{
	static const uint32_t dropped[] = { 0x79, 0x8b, 0xc001001f, 0xc0010020 };
	static const uint32_t misc_enable[] = { 0x1801, 0x1800, 0x801, 0x1001 };

	switch (below(w, 4)) {
	case 0:
		load(w, ECX, 0xc0010015);
		load(w, EAX, below(w, 2) << 24 | below(w, 2) << 18 | below(w, 2) << 2);
		load(w, EDX, 0);
		break;
	case 1:
		load(w, ECX, 0x1a0);
		load(w, EAX, misc_enable[below(w, 4)]);
		load(w, EDX, 0);
		break;
	case 2:
		load(w, ECX, 0x2ff);
		load(w, EAX, below(w, 2) << 11 | below(w, 2) << 10 | below(w, 8));
		load(w, EDX, 0);
		break;
	case 3:
		load(w, ECX, dropped[below(w, 4)]);
		load(w, EAX, program_random(w->random));
		load(w, EDX, program_random(w->random));
	}
	RISKY(w, 0x0f, 0x30);
}

/* EFER with and without SCE and NXE; the APIC's base with and without "enabled" */
static void write_mode_msr(struct writer *w)
{
	bool efer = below(w, 2);

	load(w, ECX, efer ? 0xc0000080 : 0x1b);
	load(w, EAX, efer ? 0x500 | below(w, 2) | below(w, 2) << 11 : 0xfee00100 | below(w, 2) << 11);
	load(w, EDX, 0);
	RISKY(w, 0x0f, 0x30);
}

/* DE, PGE, PCE, UMIP, FSGSBASE, OSXSAVE: the last is in CPUID, as are XCR0's sizes */
static void change_cr4(struct writer *w)
{
	static const unsigned char bits[] = { 3, 7, 8, 11, 16, 18, 18, 18 };

	CODE(w, 0x0f, 0x20, 0xe0);					/* mov rax, cr4 */
	CODE(w, 0x48, 0x0f, 0xba, 0xf8, bits[below(w, sizeof(bits))]);	/* btc rax, n */
	RISKY(w, 0x0f, 0x22, 0xe0);					/* mov cr4, rax */
}

static void set_xcr0(struct writer *w)
{
	static const uint32_t masks[] = { 1, 3, 7, 2, 5, 0xe7, 0x207, 0 };

	load(w, ECX, 0);
	load(w, EDX, 0);
	load(w, EAX, masks[below(w, sizeof(masks) / sizeof(masks[0]))]);
	RISKY(w, 0x0f, 0x01, 0xd1);
}

static void port(struct writer *w)
{
	unsigned char number = 0x70 + below(w, 4);

	switch (below(w, 4)) {
	case 0:
		CODE(w, 0xe6, number);		/* out imm8, al */
		return;
	case 1:
		CODE(w, 0xe4, number);		/* in al, imm8 */
		return;
	case 2:
		CODE(w, 0xe5, number);		/* in eax, imm8 */
		return;
	case 3:
		CODE(w, 0x66, 0xe7, number);	/* out imm8, ax */
	}
}

static void memory(struct writer *w)
{
	unsigned char reg = below(w, 4) << 3 | 0x04;
	bool device = !below(w, 4);

	/* MOV between EAX, ECX, EDX or EBX and an absolute address */
	CODE(w, below(w, 2) ? 0x89 : 0x8b, reg, 0x25);
	word(w, device ? PROGRAM_MMIO + below(w, 16) * 4 :
			 PROGRAM_DATA + below(w, PROGRAM_DATA_SIZE / 4) * 4);
}

static void arithmetic(struct writer *w)
{
	static const unsigned char opcodes[] = { 0x01, 0x09, 0x11, 0x19, 0x21, 0x29, 0x31, 0x39, 0x89 };
	/* RSP and R15 stay; REX.W, and REX.B or REX.R for R8 to R14 */
	static const unsigned char regs[] = { 0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 };
	unsigned char to = regs[below(w, sizeof(regs))], from = regs[below(w, sizeof(regs))];

	CODE(w, 0x48 | (to >> 3) | (from >> 3) << 2, opcodes[below(w, sizeof(opcodes))],
	     0xc0 | (to & 7) | (from & 7) << 3);
}

/* The guest steps itself: TF is set, and the stub clears it in what it returns to */
static void step(struct writer *w)
{
	if (program_without_steps)
		return arithmetic(w);
	CODE(w, 0x9c, 0x81, 0x0c, 0x24, 0x00, 0x01, 0x00, 0x00);	/* pushf; or [rsp], TF */
	if (below(w, 2)) {
		load(w, EAX, below(w, 2) ? 1 : 0x80000001);
		CODE(w, 0x4c, 0x8d, 0x3d, 3, 0, 0, 0);			/* lea r15, behind */
		CODE(w, 0x9d, 0x0f, 0xa2);				/* popf; cpuid */
	} else {
		CODE(w, 0x4c, 0x8d, 0x3d, 3, 0, 0, 0);
		CODE(w, 0x9d, 0xe6, 0x71);				/* popf; out 0x71, al */
	}
}

/* Nothing interrupts, but STI and MOV SS leave a shadow that an exit may meet */
static void shadow(struct writer *w)
{
	if (below(w, 2)) {
		CODE(w, 0xfb);				/* sti */
	} else {
		CODE(w, 0x8c, 0xd0, 0x8e, 0xd0);	/* mov eax, ss; mov ss, eax */
		load(w, EAX, 1);
		return;
	}
	if (below(w, 2))
		CODE(w, 0x0f, 0xa2);			/* cpuid */
	else
		CODE(w, 0xe6, 0x70);
	CODE(w, 0xfa);					/* cli */
}

static void rest(struct writer *w)
{
	switch (below(w, 9)) {
	case 0:
		CODE(w, 0xf3, 0x90);				/* pause */
		return;
	case 1:
		RISKY(w, 0x0f, 0x01, 0xd9);			/* vmmcall */
		return;
	case 2:
		RISKY(w, 0x0f, 0x0b);				/* ud2 */
		return;
	case 3:
		CODE(w, 0x31, 0xc9);				/* xor ecx, ecx */
		RISKY(w, 0xf7, 0xf1);				/* div ecx */
		return;
	case 4:
		CODE(w, 0x0f, 0x08 + below(w, 2));		/* invd, wbinvd */
		return;
	case 5:
		CODE(w, 0x0f, 0x01, 0xe0);			/* smsw eax */
		return;
	case 6:
		CODE(w, 0x0f, 0x21, 0xc0 + below(w, 4) * 8);	/* mov rax, dr0..3 */
		CODE(w, 0x0f, 0x23, 0xd0);			/* mov dr2, rax */
		return;
	case 7:
		load(w, ECX, 0);
		RISKY(w, 0x0f, 0x01, 0xd0);			/* xgetbv */
		return;
	case 8:
		RISKY(w, 0x8b, 0x04, 0x25, 0x00, 0x00, 0x00, 0x80); /* mov eax, [not mapped] */
		return;
	}
}

static void piece(struct writer *w, unsigned int every)
{
	static void (*const kinds[])(struct writer *w) = {
		cpuid, cpuid, cpuid, cpuid, read_msr, read_msr, write_msr, write_known_msr,
		write_mode_msr, change_cr4, set_xcr0, port, memory, arithmetic, arithmetic, step, shadow, rest,
	};

	kinds[below(w, sizeof(kinds) / sizeof(kinds[0]))](w);
	if (!below(w, every))
		CODE(w, 0xe7, PROGRAM_PORT);		/* out imm8, eax */
}

/*
 * Counts the exception, and goes on where R15 points to, with TF clear.  The longest
 * stub is 14 bytes.
 */
static void write_stubs(unsigned char *memory)
{
	const uint32_t with_error = 0x60227d00;		/* AMD64 manual, volume 2, table 8-1 */
	struct writer w = { memory + PROGRAM_STUBS + 32 * 16, NULL };
	unsigned int vector;

	CODE(&w, 0x4c, 0x89, 0x7c, 0x24, 0x08);			/* mov [rsp + 8], r15 */
	CODE(&w, 0x81, 0x64, 0x24, 0x18, 0xff, 0xfe, 0xff, 0xff); /* and [rsp + 24], ~TF */
	CODE(&w, 0x48, 0x83, 0xc4, 0x08, 0x48, 0xcf);		/* add rsp, 8; iretq */
	for (vector = 0; vector < 32; vector++) {
		w.at = memory + PROGRAM_STUBS + vector * 16;
		CODE(&w, 0xff, 0x04, 0x25);			/* inc dword [count] */
		word(&w, PROGRAM_COUNTS + vector * 4);
		if (!(with_error >> vector & 1))
			CODE(&w, 0x6a, 0x00);			/* push 0 */
		CODE(&w, 0xe9);
		word(&w, memory + PROGRAM_STUBS + 32 * 16 - (w.at + 4));
	}
}

void program_write(unsigned char *memory, uint64_t *random, unsigned int pieces,
		   unsigned int every)
{
	struct writer w = { memory + PROGRAM_CODE, random };
	const unsigned char *end = w.at + PROGRAM_CODE_SIZE - 64;

	write_stubs(memory);
	memset(w.at, 0xcc, PROGRAM_CODE_SIZE);
	memset(memory + PROGRAM_DATA, 0, PROGRAM_DATA_SIZE);
	memset(memory + PROGRAM_COUNTS, 0, 32 * 4);
	while (pieces-- && w.at < end)
		piece(&w, every);
	CODE(&w, 0xe7, PROGRAM_END);
}

void program_set_idt(uint64_t *idt, uint16_t code_selector)
{
	uint64_t stub;
	unsigned int i;

	for (i = 0; i < 32; i++) {
		stub = PROGRAM_STUBS + i * 16;
		idt[i * 2] = (stub & 0xffff) | (uint64_t)code_selector << 16 | 0x8eULL << 40 |
			     (stub >> 16 & 0xffff) << 48;
		idt[i * 2 + 1] = 0;
	}
}
