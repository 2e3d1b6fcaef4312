// SPDX-License-Identifier: GPL-2.0-only
/*
 * A linear sweep of text.  Since indirect branches are refused, the direct ones are
 * all there are, and what is found about loops holds for what is not refused.
 */
#include <errno.h>
#include <stdlib.h>

#include "lint_opcode.h"
#include "lint_decoder.h"
#include "lint_sweep.h"

static int is_immediate(const cs_insn *insn)
{
	const cs_x86 *x86 = &insn->detail->x86;

	return x86->op_count == 1 && x86->operands[0].type == X86_OP_IMM;
}

static void follow(csh handle, const cs_insn *insn, struct swept *out)
{
	int jump = cs_insn_group(handle, insn, X86_GRP_JUMP);

	out->flow = FLOW_NEXT;
	out->direct = (jump || insn->id == X86_INS_CALL) && is_immediate(insn);
	if (out->direct)
		out->target = insn->detail->x86.operands[0].imm;
	out->nothing = insn->id == X86_INS_NOP;
	out->effect = stack_effect(handle, insn);
	if (insn->id == X86_INS_CALL)
		out->flow = FLOW_CALL;
	else if (insn->id == X86_INS_RET)
		out->flow = FLOW_RETURN;
	else if (jump && !out->direct)
		out->flow = FLOW_LEAVE;
	else if (jump)
		out->flow = insn->id == X86_INS_JMP ? FLOW_JUMP : FLOW_BRANCH;
	else if (cs_insn_group(handle, insn, X86_GRP_RET) ||
		 cs_insn_group(handle, insn, X86_GRP_IRET) ||
		 insn->id == X86_INS_INT3 || insn->id == X86_INS_UD2)
		out->flow = FLOW_LEAVE;
}

/*
 * A CALL over nothing but INT3 is no call of a function: it pushes and jumps, as to fill
 * the RSB, or to learn where it is.
 */
static void find_call_over(const struct sweep *sweep, struct swept *call)
{
	size_t end = call->at + call->size, over;

	if (call->flow != FLOW_CALL || !call->direct || call->target < sweep->address + end ||
	    call->target >= sweep->address + sweep->size)
		return;
	over = call->target - sweep->address - end;
	while (over && sweep->code[end + over - 1] == 0xcc)
		over--;
	if (over)
		return;
	call->over = 1;
	call->flow = FLOW_JUMP;
}

static void decode_all(struct sweep *sweep, cs_insn *insn)
{
	const unsigned char *code = sweep->code;
	uint64_t address = sweep->address;
	size_t left = sweep->size;

	while (left) {
		struct swept *swept = &sweep->insn[sweep->count];

		swept->at = sweep->size - left;
		sweep->begins[swept->at] = ++sweep->count;
		swept->decoded = cs_disasm_iter(sweep->handle, &code, &left, &address, insn);
		if (swept->decoded) {
			swept->size = insn->size;
			follow(sweep->handle, insn, swept);
			find_call_over(sweep, swept);
		} else {
			size_t known = lint_opcode(code, left).size;

			swept->size = known && known <= left ? known : 1;
			swept->flow = FLOW_LEAVE;
			code += swept->size;
			left -= swept->size;
			address += swept->size;
		}
	}
}

static int goes_on(const struct sweep *sweep, size_t i)
{
	return sweep->insn[i].flow <= FLOW_BRANCH;
}

static void mark(struct sweep *sweep, size_t i, __u32 *todo)
{
	if (sweep->insn[i].leaves)
		return;
	sweep->insn[i].leaves = 1;
	sweep->insn[i].todo = *todo;
	*todo = i + 1;
}

/* From the ways out backwards, along all that leads there */
static void mark_leaving(struct sweep *sweep)
{
	__u32 todo = 0;

	for (size_t i = 0; i < sweep->count; i++) {
		struct swept *swept = &sweep->insn[i], *target = NULL;

		if (swept->direct)
			target = sweep_at(sweep, swept->target);
		if (target) {
			swept->other = target->from;
			target->from = i + 1;
		}
		/* Elsewhere: a finding by itself, or the trampoline */
		if (swept->flow >= FLOW_RETURN ||
		    ((swept->flow == FLOW_JUMP || swept->flow == FLOW_BRANCH) && !target))
			mark(sweep, i, &todo);
	}
	/* What runs off the end is a finding by itself. */
	if (sweep->count && goes_on(sweep, sweep->count - 1))
		mark(sweep, sweep->count - 1, &todo);
	while (todo) {
		size_t i = todo - 1;

		todo = sweep->insn[i].todo;
		if (i && goes_on(sweep, i - 1))
			mark(sweep, i - 1, &todo);
		for (__u32 from = sweep->insn[i].from; from; from = sweep->insn[from - 1].other)
			if (sweep->insn[from - 1].flow != FLOW_CALL)
				mark(sweep, from - 1, &todo);
	}
}

int sweep_text(const unsigned char *code, size_t size, __u64 address, struct sweep *out)
{
	cs_insn *insn = NULL;
	int ret;

	*out = (struct sweep){ .code = code, .size = size, .address = address };
	ret = decoder_open(&out->handle);
	if (ret)
		return ret;
	out->insn = calloc(size, sizeof(*out->insn));
	out->begins = calloc(size, sizeof(*out->begins));
	insn = cs_malloc(out->handle);
	if (out->insn && out->begins && insn) {
		decode_all(out, insn);
		mark_leaving(out);
	} else {
		ret = -ENOMEM;
	}
	if (insn)
		cs_free(insn, 1);
	return ret;
}

void sweep_free(struct sweep *sweep)
{
	if (sweep->handle)
		cs_close(&sweep->handle);
	free(sweep->insn);
	free(sweep->begins);
	*sweep = (struct sweep){ 0 };
}

struct swept *sweep_at(const struct sweep *sweep, __u64 address)
{
	__u32 i = 0;

	if (address >= sweep->address && address - sweep->address < sweep->size)
		i = sweep->begins[address - sweep->address];
	return i ? &sweep->insn[i - 1] : NULL;
}

int sweep_decode(const struct sweep *sweep, const struct swept *swept, cs_insn *insn)
{
	const unsigned char *code = sweep->code + swept->at;
	uint64_t address = sweep->address + swept->at;
	size_t size = swept->size;

	return cs_disasm_iter(sweep->handle, &code, &size, &address, insn);
}
