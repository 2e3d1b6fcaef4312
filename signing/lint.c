// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lint of a payload's text.
 */
#include <errno.h>
#include <linux/elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lint.h"
#include "lint_allow.h"
#include "lint_sweep.h"
#include "symbols.h"

/* Addresses of the slot as the image sees them: its own begin at 0 */
#define PLACE(slot)	((__u64)(slot) - CARETAKER_IMAGE)

struct linter {
	const struct payload *payload;
	const struct caretaker_segment *segment;
	struct sweep sweep;
	struct symbols symbols;
	struct function *allowed;	/* one for each exception; empty if it is not there */
	cs_insn *insn;			/* the one that is looked at */
	const struct swept *at;
	struct lint *out;
};

/* What stands before the opcode */
struct prefixes {
	size_t size;		/* of all of them, REX included */
	int operand;		/* 66 */
	int others;		/* F0, F2, F3, 67, segments but CS, or any behind REX */
	int cs;			/* 2E, in padding */
	int repeat;		/* F3, in ENDBR64 */
};

static int is_excepted(const struct linter *l, enum lint_rule rule, __u64 address)
{
	const char *name;

	if (!l->at->decoded || !LINT_EXCEPTABLE(rule))
		return 0;
	name = cs_insn_name(l->sweep.capstone, l->insn->id);
	for (size_t i = 0; name && i < lint_exceptions_count; i++)
		if (lint_exceptions[i].rule == rule &&
		    !strcmp(lint_exceptions[i].instruction, name) &&
		    address >= l->allowed[i].start && address < l->allowed[i].end)
			return 1;
	return 0;
}

/* In AT&T syntax, as objdump shows it; decisions are made on Intel's. */
static void show(struct linter *l, struct lint_finding *finding)
{
	csh capstone = l->sweep.capstone;

	if (!l->at->decoded) {
		snprintf(finding->instruction, sizeof(finding->instruction), ".byte 0x%02x",
			 l->sweep.code[l->at->at]);
		return;
	}
	cs_option(capstone, CS_OPT_SYNTAX, CS_OPT_SYNTAX_ATT);
	if (sweep_decode(&l->sweep, l->at, l->insn))
		snprintf(finding->instruction, sizeof(finding->instruction), "%s%s%s",
			 l->insn->mnemonic, *l->insn->op_str ? " " : "", l->insn->op_str);
	cs_option(capstone, CS_OPT_SYNTAX, CS_OPT_SYNTAX_INTEL);
	sweep_decode(&l->sweep, l->at, l->insn);
}

/* Returns what was kept of it, for more to be said; NULL if nothing was. */
static struct lint_finding *report(struct linter *l, enum lint_rule rule)
{
	__u64 address = l->segment->vaddr + l->at->at;
	struct lint_finding *finding;
	struct function function;

	if (rule == LINT_NONE || is_excepted(l, rule, address) || l->out->count++ >= LINT_KEPT)
		return NULL;
	finding = &l->out->finding[l->out->count - 1];
	*finding = (struct lint_finding){
		.offset = l->segment->offset + l->at->at, .address = address,
		.rule = lint_rule_name(rule), .text = lint_rule_text(rule),
	};
	if (symbols_at(&l->symbols, address, &function))
		memcpy(finding->function, function.name, sizeof(finding->function));
	show(l, finding);
	return finding;
}

static struct prefixes read_prefixes(const cs_insn *insn)
{
	struct prefixes found = { 0 };
	int rex = 0;

	for (; found.size < insn->size; found.size++) {
		unsigned char byte = insn->bytes[found.size];

		if (byte == 0x66)
			found.operand = 1;
		else if (byte == 0x2e)
			found.cs = 1;
		else if (byte == 0xf3)
			found.repeat = 1;
		else if (byte == 0xf0 || byte == 0xf2 || byte == 0x67 || byte == 0x26 ||
			 byte == 0x36 || byte == 0x3e || byte == 0x64 || byte == 0x65)
			found.others = 1;
		else if ((byte & 0xf0) != 0x40)
			break;
		/* REX counts only right before the opcode, and decoders differ. */
		if (rex)
			found.others = 1;
		rex = (byte & 0xf0) == 0x40;
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

/*
 * A prefix can make another instruction of the same opcode, which Capstone may not
 * know (F3 makes LFENCE INCSSP), or another length: of a branch with 66, depending on
 * who made the CPU (APM Vol. 3, 1.2.7).
 */
static void check_prefixes(struct linter *l, const struct prefixes *prefixes)
{
	const cs_insn *insn = l->insn;
	int needs_word = has_word_operand(&insn->detail->x86);

	switch (insn->id) {
	case X86_INS_NOP:
		if (prefixes->others || prefixes->repeat)
			report(l, LINT_PREFIX);
		return;
	case X86_INS_ENDBR64:
		if (prefixes->others || prefixes->operand || prefixes->cs)
			report(l, LINT_PREFIX);
		return;
	case X86_INS_PUSH:
	case X86_INS_POP:
	case X86_INS_VERW:
		needs_word = 0;
	}
	if (prefixes->others || prefixes->cs || prefixes->repeat ||
	    (prefixes->operand && (!needs_word || l->at->direct)))
		report(l, LINT_PREFIX);
}

static int is_stack_pointer(const cs_x86_op *op)
{
	return op->type == X86_OP_REG && (op->reg == X86_REG_RSP || op->reg == X86_REG_ESP ||
					  op->reg == X86_REG_SP || op->reg == X86_REG_SPL);
}

static int is_small_step(const cs_x86 *x86)
{
	return x86->op_count == 2 && x86->operands[0].reg == X86_REG_RSP &&
	       x86->operands[1].type == X86_OP_IMM &&
	       x86->operands[1].imm > -CARETAKER_STACK_SIZE &&
	       x86->operands[1].imm < CARETAKER_STACK_SIZE;
}

/* RSP may be read; it is written by what keeps it in its place. */
static void check_stack_pointer(struct linter *l)
{
	const cs_x86 *x86 = &l->insn->detail->x86;
	int first = x86->op_count > 0 && is_stack_pointer(&x86->operands[0]);
	int second = x86->op_count > 1 && is_stack_pointer(&x86->operands[1]);

	switch (l->insn->id) {
	case X86_INS_CMP:
	case X86_INS_TEST:
	case X86_INS_PUSH:
		return;
	case X86_INS_ADD:
	case X86_INS_SUB:
		first = first && !is_small_step(x86);
		break;
	case X86_INS_XCHG:
		first = first || second;
		break;
	case X86_INS_RET:
		first = x86->op_count > 0;
	}
	if (first)
		report(l, LINT_STACK_POINTER);
}

/* Is there a page of the payload's own, or one that it is given? */
static int is_own_place(const struct linter *l, __u64 address)
{
	static const struct {
		__u64 start, pages;
	} places[] = {
		{ PLACE(CARETAKER_SWITCH), 1 }, { PLACE(CARETAKER_CONFIG), 3 },
		{ PLACE(CARETAKER_TELEMETRY), 1 }, { PLACE(CARETAKER_VMCB), 1 },
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (address - places[i].start < places[i].pages * CARETAKER_PAGE)
			return 1;
	return address < l->payload->image.memory;
}

static void check_memory(struct linter *l, const x86_op_mem *mem)
{
	const cs_insn *insn = l->insn;

	if (mem->segment != X86_REG_INVALID)
		report(l, LINT_SEGMENT);
	if (mem->base == X86_REG_RIP) {
		if (!is_own_place(l, insn->address + insn->size + mem->disp))
			report(l, LINT_ADDRESS);
	} else if (mem->base == X86_REG_INVALID && insn->id != X86_INS_LEA) {
		/* An absolute address: the payload knows none. */
		report(l, LINT_ADDRESS);
	}
}

/* Its top, by its distance from the instruction: where KVM has RSP begin too */
static int sets_stack_to_top(const struct linter *l)
{
	const cs_insn *insn = l->insn;
	const cs_x86 *x86 = &insn->detail->x86;

	return insn->id == X86_INS_LEA && x86->operands[0].reg == X86_REG_RSP &&
	       x86->operands[1].mem.base == X86_REG_RIP &&
	       x86->operands[1].mem.segment == X86_REG_INVALID &&
	       insn->address + insn->size + x86->operands[1].mem.disp ==
	       PLACE(CARETAKER_STACK) + CARETAKER_STACK_SIZE;
}

static void check_operands(struct linter *l)
{
	const cs_x86 *x86 = &l->insn->detail->x86;

	if (sets_stack_to_top(l))
		return;
	for (int i = 0; i < x86->op_count; i++) {
		if (x86->operands[i].type == X86_OP_REG)
			report(l, lint_rule_of_register(x86->operands[i].reg));
		else if (x86->operands[i].type == X86_OP_MEM)
			check_memory(l, &x86->operands[i].mem);
	}
	check_stack_pointer(l);
}

static void check_branch(struct linter *l)
{
	int branch = l->insn->id == X86_INS_CALL ||
		     cs_insn_group(l->sweep.capstone, l->insn, X86_GRP_JUMP);
	__u64 here = l->sweep.address + l->at->at;

	if (branch && !l->at->direct)
		report(l, LINT_INDIRECT_BRANCH);
	if (!l->at->direct)
		return;
	if (l->at->flow == FLOW_JUMP &&
	    (l->at->target == PLACE(CARETAKER_TRAMPOLINE + CARETAKER_TRAMPOLINE_ROUTE) ||
	     l->at->target == PLACE(CARETAKER_TRAMPOLINE + CARETAKER_TRAMPOLINE_ENTER)))
		return;
	if (!sweep_at(&l->sweep, l->at->target))
		report(l, LINT_BRANCH_TARGET);
	else if (l->at->target == here || (l->at->target < here && l->at->flow != FLOW_NEXT &&
					   !l->at->leaves))
		report(l, LINT_ENDLESS_LOOP);
}

/* At its own opcode an instruction is what it was decoded as. */
static void check_hidden(struct linter *l, size_t opcode)
{
	const struct sweep *sweep = &l->sweep;

	for (size_t i = opcode + 1; i < l->at->size; i++) {
		const char *name = lint_hidden(sweep->code + l->at->at + i,
					       sweep->size - l->at->at - i);
		struct lint_finding *finding = name ? report(l, LINT_HIDDEN) : NULL;
		size_t used = finding ? strlen(finding->instruction) : 0;

		if (finding)
			snprintf(finding->instruction + used, sizeof(finding->instruction) - used,
				 " (%s at its byte %zu)", name, i);
	}
}

static void check_instruction(struct linter *l)
{
	const struct prefixes prefixes = read_prefixes(l->insn);
	enum lint_rule rule = lint_rule_of(l->insn);

	/* Of the opcodes that do nothing today, compilers use two. */
	if (l->insn->id == X86_INS_NOP && l->insn->bytes[prefixes.size] != 0x90 &&
	    l->insn->bytes[prefixes.size + 1] != 0x1f)
		rule = LINT_UNLISTED;
	report(l, rule);
	check_prefixes(l, &prefixes);
	if (l->insn->id != X86_INS_NOP)
		check_operands(l);
	check_branch(l);
	check_hidden(l, prefixes.size);
}

static void check_all(struct linter *l)
{
	for (size_t i = 0; i < l->sweep.count; i++) {
		l->at = &l->sweep.insn[i];
		if (l->at->decoded && sweep_decode(&l->sweep, l->at, l->insn))
			check_instruction(l);
		else
			report(l, LINT_UNDECODABLE);
	}
}

/* The text, with the exceptions that its symbols give it */
static int prepare(struct linter *l)
{
	const struct caretaker_segment *segment = l->segment;
	int ret;

	symbols_read(l->payload, &l->symbols);
	l->allowed = calloc(lint_exceptions_count, sizeof(*l->allowed));
	if (!l->allowed)
		return -ENOMEM;
	for (size_t i = 0; i < lint_exceptions_count; i++)
		symbols_named(&l->symbols, lint_exceptions[i].function, &l->allowed[i]);
	ret = sweep_text(l->payload->data + segment->offset, segment->filesz, segment->vaddr,
			 &l->sweep);
	if (ret)
		return ret;
	l->insn = cs_malloc(l->sweep.capstone);
	return l->insn ? 0 : -ENOMEM;
}

int lint_payload(const struct payload *payload, struct lint *out, struct reason *why)
{
	int ret = 0;

	out->count = 0;
	for (unsigned int i = 0; !ret && i < payload->image.segments; i++) {
		struct linter linter = {
			.payload = payload, .segment = &payload->image.segment[i], .out = out,
		};

		if (!(linter.segment->flags & PF_X))
			continue;
		ret = prepare(&linter);
		if (!ret)
			check_all(&linter);
		if (linter.insn)
			cs_free(linter.insn, 1);
		sweep_free(&linter.sweep);
		free(linter.allowed);
	}
	return ret ? reason_set(why, ret, "memory", "no memory to disassemble the text") : 0;
}
