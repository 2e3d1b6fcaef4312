// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which prefixes stand before an opcode, and which may.
 */
#include <stddef.h>

#include "lint_prefix.h"

struct prefixes {
	size_t size;		/* of all of them, REX included */
	int operand;		/* 66 */
	int operand_last;	/* 66, and F3 before it */
	int wide;		/* REX.W, right before the opcode */
	int lock;		/* F0 */
	int repeat;		/* F3 */
	int repeat_not;		/* F2 */
	int cs;			/* 2E, in padding */
	int others;		/* 67, segments but CS, or any behind REX */
};

/* Is it one but REX? */
static int note_prefix(struct prefixes *found, unsigned char byte)
{
	switch (byte) {
	case 0x66:
		found->operand = 1;
		found->operand_last = found->repeat;
		return 1;
	case 0xf0:
		found->lock = 1;
		return 1;
	case 0xf2:
		found->repeat_not = 1;
		return 1;
	case 0xf3:
		found->repeat = 1;
		return 1;
	case 0x2e:
		found->cs = 1;
		return 1;
	case 0x26:
	case 0x36:
	case 0x3e:
	case 0x64:
	case 0x65:
	case 0x67:
		found->others = 1;
		return 1;
	}
	return 0;
}

static struct prefixes read_prefixes(const cs_insn *insn)
{
	struct prefixes found = { 0 };
	int rex = 0;

	for (; found.size < insn->size; found.size++) {
		unsigned char byte = insn->bytes[found.size];

		if (!note_prefix(&found, byte) && (byte & 0xf0) != 0x40)
			break;
		/* REX counts only right before the opcode, and decoders differ. */
		if (rex)
			found.others = 1;
		rex = (byte & 0xf0) == 0x40;
		found.wide = (byte & 0xf8) == 0x48;
	}
	return found;
}

static int has_word_operand(const cs_x86 *x86)
{
	for (int i = 0; i < x86->op_count; i++)
		if (x86->operands[i].size == 2)
			return 1;
	return 0;
}

/* What LOCK may stand before, with memory as the destination (SDM Vol. 2, LOCK) */
static int is_lockable(const cs_insn *insn)
{
	const cs_x86 *x86 = &insn->detail->x86;

	switch (insn->id) {
	case X86_INS_ADD:
	case X86_INS_ADC:
	case X86_INS_SUB:
	case X86_INS_SBB:
	case X86_INS_AND:
	case X86_INS_OR:
	case X86_INS_XOR:
	case X86_INS_NOT:
	case X86_INS_NEG:
	case X86_INS_INC:
	case X86_INS_DEC:
	case X86_INS_BTS:
	case X86_INS_BTR:
	case X86_INS_BTC:
	case X86_INS_XADD:
	case X86_INS_CMPXCHG:
	case X86_INS_CMPXCHG8B:
	case X86_INS_CMPXCHG16B:
		return x86->op_count > 0 && x86->operands[0].type == X86_OP_MEM;
	case X86_INS_XCHG:
		return x86->op_count == 2 && (x86->operands[0].type == X86_OP_MEM ||
					      x86->operands[1].type == X86_OP_MEM);
	}
	return 0;
}

enum repeats { NEVER, REPEATS, EITHER, ALWAYS };

/* F3, and with EITHER F2, before strings; F3 as a part of the opcode */
static enum repeats repeats(const cs_insn *insn)
{
	switch (insn->id) {
	case X86_INS_MOVSB:
	case X86_INS_MOVSW:
	case X86_INS_MOVSD:
	case X86_INS_MOVSQ:
	case X86_INS_STOSB:
	case X86_INS_STOSW:
	case X86_INS_STOSD:
	case X86_INS_STOSQ:
	case X86_INS_LODSB:
	case X86_INS_LODSW:
	case X86_INS_LODSD:
	case X86_INS_LODSQ:
		return REPEATS;
	case X86_INS_CMPSB:
	case X86_INS_CMPSW:
	case X86_INS_CMPSD:
	case X86_INS_CMPSQ:
	case X86_INS_SCASB:
	case X86_INS_SCASW:
	case X86_INS_SCASD:
	case X86_INS_SCASQ:
		return EITHER;
	case X86_INS_PAUSE:
	case X86_INS_ENDBR64:
	case X86_INS_TZCNT:
	case X86_INS_LZCNT:
	case X86_INS_POPCNT:
		return ALWAYS;
	}
	return NEVER;
}

static int repeat_fits(const cs_insn *insn, const struct prefixes *prefixes)
{
	enum repeats may = repeats(insn);

	if (prefixes->repeat && prefixes->repeat_not)
		return 0;
	if (prefixes->repeat_not)
		return may == EITHER;
	return prefixes->repeat ? may != NEVER : may != ALWAYS;
}

static int operand_fits(const cs_insn *insn, const struct prefixes *prefixes, int branch)
{
	enum repeats repeat = repeats(insn);

	/* REX.W makes it mean nothing; and releases of Capstone differ about 66 behind F3. */
	if (prefixes->wide || (repeat == ALWAYS && prefixes->operand_last))
		return 0;
	/* Of strings all but bytes; Capstone 4 takes words for doublewords. */
	if (repeat == REPEATS || repeat == EITHER)
		return insn->bytes[prefixes->size] & 1;
	switch (insn->id) {
	case X86_INS_PUSH:
	case X86_INS_POP:
	case X86_INS_VERW:
		return 0;
	case X86_INS_CBW:
	case X86_INS_CWD:
		return 1;
	}
	return !branch && has_word_operand(&insn->detail->x86);
}

int lint_prefixes_fit(const cs_insn *insn, int branch)
{
	const struct prefixes prefixes = read_prefixes(insn);

	if (prefixes.others || (prefixes.lock && !is_lockable(insn)) ||
	    !repeat_fits(insn, &prefixes))
		return 0;
	/* As padding it may be as long as it likes. */
	if (insn->id == X86_INS_NOP)
		return 1;
	return !prefixes.cs && (!prefixes.operand || operand_fits(insn, &prefixes, branch));
}
