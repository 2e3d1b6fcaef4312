// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes the lint of text.  The input is text from its first byte to its last, and a
 * file with symbols where it begins as one.  What the lint finds nothing in is looked
 * at again: by Capstone's own groups instead of our lists, and branch by branch.
 */
#include <linux/elf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lint.h"
#include "lint_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) do { if (!(condition)) abort(); } while (0)
#define ADDRESS		0x1000
#define LONGEST		0x400	/* more of it is more of the same */
#define ROUTE		((uint64_t)CARETAKER_TRAMPOLINE + CARETAKER_TRAMPOLINE_ROUTE - CARETAKER_IMAGE)

static void check_findings(const struct lint *lint, size_t size)
{
	json_t *object = lint_describe(lint), *findings = json_object_get(object, "findings");
	size_t kept = lint->count < LINT_KEPT ? lint->count : LINT_KEPT;
	struct reason why;

	MUST(lint_refuse(lint, &why) == (lint->count ? REFUSED : 0));
	MUST(json_is_true(json_object_get(object, "clean")) == !lint->count);
	MUST(json_array_size(findings) == kept);
	for (size_t i = 0; i < kept; i++) {
		const struct lint_finding *finding = &lint->finding[i];

		MUST(finding->offset < size && finding->address == finding->offset + ADDRESS);
		MUST(!i || finding->offset >= finding[-1].offset);
		MUST(finding->rule && finding->text && *finding->instruction);
		MUST(json_is_object(json_array_get(findings, i)));
	}
	json_decref(object);
}

/* No instruction that is the kernel's; vmrun is excepted where symbols say so. */
static void check_instruction(csh capstone, const cs_insn *insn)
{
	const cs_x86 *x86 = &insn->detail->x86;

	if (insn->id == X86_INS_VMRUN)
		return;
	MUST(!cs_insn_group(capstone, insn, X86_GRP_PRIVILEGE));
	MUST(!cs_insn_group(capstone, insn, X86_GRP_VM));
	MUST(!cs_insn_group(capstone, insn, X86_GRP_IRET));
	MUST(!cs_insn_group(capstone, insn, X86_GRP_FPU));
	MUST(!cs_insn_group(capstone, insn, X86_GRP_AVX));
	MUST(!cs_insn_group(capstone, insn, X86_GRP_INT) || insn->id == X86_INS_INT3);
	for (int i = 0; i < x86->op_count && insn->id != X86_INS_NOP; i++)
		MUST(x86->operands[i].type != X86_OP_MEM ||
		     x86->operands[i].mem.segment == X86_REG_INVALID);
}

static int is_branch(csh capstone, const cs_insn *insn)
{
	return cs_insn_group(capstone, insn, X86_GRP_JUMP) ||
	       cs_insn_group(capstone, insn, X86_GRP_CALL);
}

static int ends(const cs_insn *insn)
{
	switch (insn->id) {
	case X86_INS_JMP:
	case X86_INS_CALL:	/* of what does not return */
	case X86_INS_RET:
	case X86_INS_INT3:
	case X86_INS_UD2:
		return 1;
	}
	return 0;
}

static void check_clean(const uint8_t *data, size_t size)
{
	uint8_t *begins = calloc(size, 1);
	cs_insn *insn;
	csh capstone;
	size_t count, all;

	MUST(begins && !cs_open(CS_ARCH_X86, CS_MODE_64, &capstone));
	MUST(!cs_option(capstone, CS_OPT_DETAIL, CS_OPT_ON));
	count = all = cs_disasm(capstone, data, size, ADDRESS, 0, &insn);
	MUST(count && insn[count - 1].address + insn[count - 1].size == ADDRESS + size);
	for (size_t i = 0; i < count; i++)
		begins[insn[i].address - ADDRESS] = 1;
	for (size_t i = 0; i < count; i++) {
		uint64_t target;

		check_instruction(capstone, &insn[i]);
		if (!is_branch(capstone, &insn[i]))
			continue;
		MUST(insn[i].detail->x86.operands[0].type == X86_OP_IMM);
		target = insn[i].detail->x86.operands[0].imm;
		MUST(target == ROUTE || (target - ADDRESS < size && begins[target - ADDRESS]));
		MUST(target != insn[i].address);
	}
	/* The last of them does not go on, but for padding. */
	while (count > 1 && insn[count - 1].id == X86_INS_NOP)
		count--;
	MUST(ends(&insn[count - 1]));
	cs_free(insn, all);
	cs_close(&capstone);
	free(begins);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct payload payload = { .data = data, .size = size };
	struct lint lint = { 0 };
	struct reason why;

	if (!size)
		return 0;
	if (size > LONGEST)
		payload.size = size = LONGEST;
	payload.image.segments = 1;
	payload.image.memory = CARETAKER_MAX_MEMORY;
	payload.image.entry = ADDRESS;
	payload.image.segment[0] = (struct caretaker_segment){
		.vaddr = ADDRESS, .filesz = size, .memsz = size, .flags = PF_R | PF_X,
	};
	MUST(!lint_payload(&payload, &lint, &why));
	check_findings(&lint, size);
	if (!lint.count)
		check_clean(data, size);
	return 0;
}
