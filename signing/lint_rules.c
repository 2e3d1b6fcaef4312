// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules of the lint, and the list of what may occur.  Every instruction that is
 * not on it is refused: what Capstone does not know does not decode, and what it knows
 * and we have not looked at is "unlisted".  The table of lint_opcode.c comes first, so
 * that nothing passes which Capstone takes for something harmless.
 */
#include "lint_opcode.h"
#include "lint_rules.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name;
	const char *text;
} rules[LINT_RULES] = {
	[LINT_NONE] = { "none", "no rule is broken" },
	[LINT_CONTROL_REGISTER] = { "control-register",
		"control registers decide about page tables, caches and protection" },
	[LINT_DEBUG_REGISTER] = { "debug-register", "debug registers are the host's or the guest's" },
	[LINT_DESCRIPTOR_TABLE] = { "descriptor-table",
		"GDT, IDT, LDT and task register are the slot's or the guest's" },
	[LINT_SEGMENT] = { "segment", "segment registers and their bases are the guest's" },
	[LINT_MSR] = { "msr", "MSRs, XCR0 and counters are the host's or the guest's" },
	[LINT_VIRTUALIZATION] = { "virtualization",
		"only named functions enter a guest, and none changes GIF or host state" },
	[LINT_TRANSLATION] = { "translation", "TLBs and caches are flushed by the kernel" },
	[LINT_PORT] = { "port", "I/O ports are the host's" },
	[LINT_INTERRUPT_FLAG] = { "interrupt-flag", "interrupts stay off, and flags are not loaded" },
	[LINT_INTERRUPT] = { "interrupt", "the slot has gates for exceptions alone" },
	[LINT_HALT] = { "halt", "nothing wakes a CPU that halts with GIF clear" },
	[LINT_SYSTEM_CALL] = { "system-call", "there is no user mode and no kernel to call" },
	[LINT_FAR_BRANCH] = { "far-branch", "the code segment stays what it is" },
	[LINT_VECTOR] = { "vector", "x87, SSE and AVX state is the guest's and is not saved" },
	[LINT_UNLISTED] = { "unlisted", "not on the list of instructions that may occur" },
	[LINT_UNDECODABLE] = { "undecodable", "the bytes are no known instruction" },
	[LINT_PREFIX] = { "prefix", "a prefix that this instruction does not need" },
	[LINT_INDIRECT_BRANCH] = { "indirect-branch",
		"a branch through a register or memory, or a RET to what no CALL has put there, can be steered" },
	[LINT_BRANCH_TARGET] = { "branch-target",
		"a branch must lead to an instruction of the text or to an entry of the trampoline" },
	[LINT_TEXT_END] = { "text-end", "what is executed must not run off the end of the text" },
	[LINT_ENDLESS_LOOP] = { "endless-loop", "no way out of the loop leads back to the host" },
	[LINT_STACK_POINTER] = { "stack-pointer",
		"RSP moves by constants, within the stack and the function's own part of it: a fault on a bad stack is a triple fault" },
	[LINT_ADDRESS] = { "address", "an operand names a place outside of the payload's pages" },
	[LINT_HIDDEN] = { "hidden", "a dangerous instruction inside another one" },
};

const char *lint_rule_name(enum lint_rule rule)
{
	return rules[rule].name;
}

const char *lint_rule_text(enum lint_rule rule)
{
	return rules[rule].text;
}

/* They compute, and touch general registers and memory only; or they stop (INT3, UD2). */
static const unsigned short listed[] = {
	X86_INS_MOV, X86_INS_MOVABS, X86_INS_MOVZX, X86_INS_MOVSX, X86_INS_MOVSXD, X86_INS_LEA,
	X86_INS_XCHG, X86_INS_PUSH, X86_INS_POP, X86_INS_ADD, X86_INS_SUB, X86_INS_ADC, X86_INS_SBB,
	X86_INS_AND, X86_INS_OR, X86_INS_XOR, X86_INS_NOT, X86_INS_NEG, X86_INS_INC, X86_INS_DEC,
	X86_INS_CMP, X86_INS_TEST, X86_INS_IMUL, X86_INS_MUL, X86_INS_DIV, X86_INS_IDIV,
	X86_INS_SHL, X86_INS_SHR, X86_INS_SAR, X86_INS_ROL, X86_INS_ROR, X86_INS_RCL, X86_INS_RCR,
	X86_INS_SHLD, X86_INS_SHRD, X86_INS_BSWAP, X86_INS_XADD, X86_INS_CMPXCHG,
	X86_INS_CMPXCHG8B, X86_INS_CMPXCHG16B, X86_INS_MOVNTI,
	X86_INS_BT, X86_INS_BTS, X86_INS_BTR, X86_INS_BTC, X86_INS_BSF, X86_INS_BSR,
	X86_INS_TZCNT, X86_INS_LZCNT, X86_INS_POPCNT,
	X86_INS_CBW, X86_INS_CWDE, X86_INS_CDQE, X86_INS_CWD, X86_INS_CDQ, X86_INS_CQO,
	X86_INS_CLC, X86_INS_STC, X86_INS_CMC, X86_INS_CLD, X86_INS_LAHF, X86_INS_SAHF,
	X86_INS_MOVSB, X86_INS_MOVSW, X86_INS_MOVSD, X86_INS_MOVSQ,
	X86_INS_STOSB, X86_INS_STOSW, X86_INS_STOSD, X86_INS_STOSQ,
	X86_INS_LODSB, X86_INS_LODSW, X86_INS_LODSD, X86_INS_LODSQ,
	X86_INS_CMPSB, X86_INS_CMPSW, X86_INS_CMPSD, X86_INS_CMPSQ,
	X86_INS_SCASB, X86_INS_SCASW, X86_INS_SCASD, X86_INS_SCASQ,
	X86_INS_SETE, X86_INS_SETNE, X86_INS_SETA, X86_INS_SETAE, X86_INS_SETB, X86_INS_SETBE,
	X86_INS_SETG, X86_INS_SETGE, X86_INS_SETL, X86_INS_SETLE, X86_INS_SETS, X86_INS_SETNS,
	X86_INS_SETO, X86_INS_SETNO, X86_INS_SETP, X86_INS_SETNP,
	X86_INS_CMOVE, X86_INS_CMOVNE, X86_INS_CMOVA, X86_INS_CMOVAE, X86_INS_CMOVB, X86_INS_CMOVBE,
	X86_INS_CMOVG, X86_INS_CMOVGE, X86_INS_CMOVL, X86_INS_CMOVLE, X86_INS_CMOVS, X86_INS_CMOVNS,
	X86_INS_CMOVO, X86_INS_CMOVNO, X86_INS_CMOVP, X86_INS_CMOVNP,
	X86_INS_JMP, X86_INS_JE, X86_INS_JNE, X86_INS_JA, X86_INS_JAE, X86_INS_JB, X86_INS_JBE,
	X86_INS_JG, X86_INS_JGE, X86_INS_JL, X86_INS_JLE, X86_INS_JS, X86_INS_JNS,
	X86_INS_JO, X86_INS_JNO, X86_INS_JP, X86_INS_JNP,
	X86_INS_CALL, X86_INS_RET, X86_INS_NOP, X86_INS_INT3, X86_INS_UD2, X86_INS_ENDBR64,
	X86_INS_PAUSE, X86_INS_LFENCE, X86_INS_MFENCE, X86_INS_SFENCE, X86_INS_RDTSC, X86_INS_VERW,
	X86_INS_PREFETCHW, X86_INS_PREFETCHNTA, X86_INS_PREFETCHT0,
	X86_INS_PREFETCHT1, X86_INS_PREFETCHT2,
};

/*
 * Of the opcodes that do nothing today compilers use 90, and 0F 1F of memory; that of
 * registers not each release of Capstone knows.
 */
static int is_odd_nop(const cs_insn *insn, size_t opcode)
{
	const unsigned char *bytes = insn->bytes + opcode;

	return insn->id == X86_INS_NOP && bytes[0] != 0x90 && (bytes[1] != 0x1f || bytes[2] >= 0xc0);
}

enum lint_rule lint_rule_of(const cs_insn *insn)
{
	const struct opcode opcode = lint_opcode(insn->bytes, insn->size);

	if (opcode.rule != LINT_NONE)
		return opcode.rule;
	if (is_odd_nop(insn, opcode.at))
		return LINT_UNLISTED;
	for (size_t i = 0; i < COUNT(listed); i++)
		if (insn->id == listed[i])
			return LINT_NONE;
	return LINT_UNLISTED;
}

static int between(x86_reg reg, x86_reg first, x86_reg last)
{
	return reg >= first && reg <= last;
}

/* General registers by name: capstone's list of registers has others among them. */
static const unsigned short general[] = {
	X86_REG_AL, X86_REG_AH, X86_REG_AX, X86_REG_EAX, X86_REG_RAX,
	X86_REG_BL, X86_REG_BH, X86_REG_BX, X86_REG_EBX, X86_REG_RBX,
	X86_REG_CL, X86_REG_CH, X86_REG_CX, X86_REG_ECX, X86_REG_RCX,
	X86_REG_DL, X86_REG_DH, X86_REG_DX, X86_REG_EDX, X86_REG_RDX,
	X86_REG_SIL, X86_REG_SI, X86_REG_ESI, X86_REG_RSI,
	X86_REG_DIL, X86_REG_DI, X86_REG_EDI, X86_REG_RDI,
	X86_REG_BPL, X86_REG_BP, X86_REG_EBP, X86_REG_RBP,
	X86_REG_SPL, X86_REG_SP, X86_REG_ESP, X86_REG_RSP,
};

enum lint_rule lint_rule_of_register(x86_reg reg)
{
	for (size_t i = 0; i < COUNT(general); i++)
		if (reg == general[i])
			return LINT_NONE;
	if (between(reg, X86_REG_R8, X86_REG_R15) || between(reg, X86_REG_R8B, X86_REG_R15W))
		return LINT_NONE;
	if (between(reg, X86_REG_CR0, X86_REG_CR15))
		return LINT_CONTROL_REGISTER;
	if (between(reg, X86_REG_DR0, X86_REG_DR15))
		return LINT_DEBUG_REGISTER;
	switch (reg) {
	case X86_REG_CS:
	case X86_REG_DS:
	case X86_REG_ES:
	case X86_REG_FS:
	case X86_REG_GS:
	case X86_REG_SS:
		return LINT_SEGMENT;
	default:
		return LINT_VECTOR;
	}
}
