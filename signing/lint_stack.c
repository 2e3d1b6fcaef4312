// SPDX-License-Identifier: GPL-2.0-only
/*
 * RSP may be moved by constants, and set to the top of the stack: where KVM has it
 * begin, by its distance from the instruction.
 */
#include <asm/caretaker_payload.h>

#include "lint_stack.h"

#define WORD	8

static int is_stack_pointer(const cs_x86_op *op)
{
	return op->type == X86_OP_REG && (op->reg == X86_REG_RSP || op->reg == X86_REG_ESP ||
					  op->reg == X86_REG_SP || op->reg == X86_REG_SPL);
}

static int is_register(const cs_x86_op *op, x86_reg reg)
{
	return op->type == X86_OP_REG && op->reg == reg;
}

/* Its number, or that of the register that it is a part of; -1 for others */
static int number_of(x86_reg reg)
{
	static const x86_reg parts[STACK_REGISTERS][5] = {
		{ X86_REG_RAX, X86_REG_EAX, X86_REG_AX, X86_REG_AL, X86_REG_AH },
		{ X86_REG_RCX, X86_REG_ECX, X86_REG_CX, X86_REG_CL, X86_REG_CH },
		{ X86_REG_RDX, X86_REG_EDX, X86_REG_DX, X86_REG_DL, X86_REG_DH },
		{ X86_REG_RBX, X86_REG_EBX, X86_REG_BX, X86_REG_BL, X86_REG_BH },
		{ X86_REG_RSP, X86_REG_ESP, X86_REG_SP, X86_REG_SPL },
		{ X86_REG_RBP, X86_REG_EBP, X86_REG_BP, X86_REG_BPL },
		{ X86_REG_RSI, X86_REG_ESI, X86_REG_SI, X86_REG_SIL },
		{ X86_REG_RDI, X86_REG_EDI, X86_REG_DI, X86_REG_DIL },
		{ X86_REG_R8, X86_REG_R8D, X86_REG_R8W, X86_REG_R8B },
		{ X86_REG_R9, X86_REG_R9D, X86_REG_R9W, X86_REG_R9B },
		{ X86_REG_R10, X86_REG_R10D, X86_REG_R10W, X86_REG_R10B },
		{ X86_REG_R11, X86_REG_R11D, X86_REG_R11W, X86_REG_R11B },
		{ X86_REG_R12, X86_REG_R12D, X86_REG_R12W, X86_REG_R12B },
		{ X86_REG_R13, X86_REG_R13D, X86_REG_R13W, X86_REG_R13B },
		{ X86_REG_R14, X86_REG_R14D, X86_REG_R14W, X86_REG_R14B },
		{ X86_REG_R15, X86_REG_R15D, X86_REG_R15W, X86_REG_R15B },
	};

	for (int i = 0; reg != X86_REG_INVALID && i < STACK_REGISTERS; i++)
		for (int part = 0; part < 5; part++)
			if (parts[i][part] == reg)
				return i;
	return -1;
}

/* What is at a constant distance from a general register, RSP among them */
static int is_near(const cs_x86_op *op)
{
	return op->type == X86_OP_MEM && number_of(op->mem.base) >= 0 &&
	       op->mem.index == X86_REG_INVALID &&
	       op->mem.disp > -CARETAKER_STACK_SIZE && op->mem.disp < CARETAKER_STACK_SIZE;
}

static int is_on_stack(const cs_x86_op *op)
{
	return is_near(op) && op->mem.base == X86_REG_RSP;
}

static int is_small(const cs_x86_op *op)
{
	return op->type == X86_OP_IMM && op->imm > -CARETAKER_STACK_SIZE &&
	       op->imm < CARETAKER_STACK_SIZE;
}

static void lea(const cs_insn *insn, struct stack_effect *out)
{
	const cs_x86_op *from = &insn->detail->x86.operands[1];
	const __u64 top = (__u64)CARETAKER_STACK - CARETAKER_IMAGE + CARETAKER_STACK_SIZE;

	if (is_on_stack(from))
		out->move = from->mem.disp;
	else
		out->tops = from->mem.base == X86_REG_RIP &&
			    from->mem.segment == X86_REG_INVALID &&
			    insn->address + insn->size + from->mem.disp == top;
	out->allowed = out->tops || is_on_stack(from);
}

/* Operands as Intel orders them: the first is the destination. */
static void move(const cs_insn *insn, struct stack_effect *out)
{
	const cs_x86 *x86 = &insn->detail->x86;
	const cs_x86_op *first = &x86->operands[0], *second = &x86->operands[1];
	int writes = x86->op_count > 0 && is_stack_pointer(first);

	out->allowed = !writes;
	switch (insn->id) {
	case X86_INS_PUSH:
		out->move = -WORD;
		out->allowed = 1;
		break;
	case X86_INS_POP:
		out->move = WORD;
		break;
	case X86_INS_CMP:
	case X86_INS_TEST:
		out->allowed = 1;
		break;
	case X86_INS_ADD:
	case X86_INS_SUB:
		if (x86->op_count != 2 || !is_register(first, X86_REG_RSP) || !is_small(second))
			break;
		out->move = insn->id == X86_INS_ADD ? second->imm : -second->imm;
		out->allowed = 1;
		break;
	case X86_INS_LEA:
		if (x86->op_count == 2 && is_register(first, X86_REG_RSP))
			lea(insn, out);
		break;
	case X86_INS_XCHG:
	case X86_INS_XADD:
		out->allowed = !writes && !(x86->op_count > 1 && is_stack_pointer(second));
		break;
	case X86_INS_RET:
		out->allowed = !x86->op_count;
	}
}

/* The first operand is only read */
static int only_reads(unsigned int id)
{
	switch (id) {
	case X86_INS_CMP:
	case X86_INS_TEST:
	case X86_INS_BT:
	case X86_INS_PUSH:
	case X86_INS_CALL:
	case X86_INS_JMP:
	case X86_INS_MUL:
	case X86_INS_DIV:
	case X86_INS_IDIV:
	case X86_INS_VERW:
	case X86_INS_NOP:
	case X86_INS_PREFETCHW:
	case X86_INS_PREFETCHNTA:
	case X86_INS_PREFETCHT0:
	case X86_INS_PREFETCHT1:
	case X86_INS_PREFETCHT2:
		return 1;
	}
	return 0;
}

/* LOCK OR of 0 to the top of the stack is how compilers write a fence. */
static int changes_nothing(const cs_insn *insn)
{
	const cs_x86 *x86 = &insn->detail->x86;

	return (insn->id == X86_INS_OR || insn->id == X86_INS_ADD) && x86->op_count == 2 &&
	       x86->operands[1].type == X86_OP_IMM && !x86->operands[1].imm;
}

static void store(const cs_insn *insn, struct stack_effect *out)
{
	const cs_x86 *x86 = &insn->detail->x86;
	int both = insn->id == X86_INS_XCHG;

	if (only_reads(insn->id) || changes_nothing(insn) ||
	    (insn->id == X86_INS_IMUL && x86->op_count == 1))
		return;
	for (int i = 0; i < x86->op_count && i <= both; i++) {
		if (!is_near(&x86->operands[i]))
			continue;
		out->base = number_of(x86->operands[i].mem.base);
		out->store = x86->operands[i].mem.disp;
		out->stored = x86->operands[i].size ? x86->operands[i].size : WORD;
		/* The address is taken when RSP has moved (SDM Vol. 2, POP). */
		if (insn->id == X86_INS_POP && out->base == STACK_RSP)
			out->store += WORD;
	}
}

/* MOV, LEA, and ADD and SUB of constants, of 64 bits */
static void copy(const cs_insn *insn, struct stack_effect *out)
{
	const cs_x86 *x86 = &insn->detail->x86;
	const cs_x86_op *to = &x86->operands[0], *from = &x86->operands[1];
	int source = -1;

	if (x86->op_count != 2 || to->type != X86_OP_REG || to->size != WORD ||
	    number_of(to->reg) < 0)
		return;
	if (insn->id == X86_INS_MOV && from->type == X86_OP_REG) {
		source = number_of(from->reg);
	} else if (insn->id == X86_INS_LEA && is_near(from)) {
		source = number_of(from->mem.base);
		out->by = from->mem.disp;
	} else if ((insn->id == X86_INS_ADD || insn->id == X86_INS_SUB) && is_small(from)) {
		source = number_of(to->reg);
		out->by = insn->id == X86_INS_ADD ? from->imm : -from->imm;
	}
	out->copies = source >= 0;
	out->from = source >= 0 ? source : 0;
	out->to = number_of(to->reg);
}

static __u16 registers_written(csh handle, const cs_insn *insn)
{
	cs_regs read, written;
	uint8_t reads, writes;
	__u16 found = 0;

	if (cs_regs_access(handle, insn, read, &reads, written, &writes) != CS_ERR_OK)
		return 0xffff;
	for (int i = 0; i < writes; i++)
		if (number_of(written[i]) >= 0)
			found |= 1 << number_of(written[i]);
	return found;
}

struct stack_effect stack_effect(csh handle, const cs_insn *insn)
{
	struct stack_effect effect = { 0 };

	move(insn, &effect);
	store(insn, &effect);
	copy(insn, &effect);
	effect.writes = registers_written(handle, insn);
	return effect;
}
