// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of the lint.  Every instruction that is not listed as harmless is
 * refused: what Capstone does not know does not decode, and what it knows and we
 * have not looked at is "unlisted".  The lists of what is dangerous only give the
 * finding a better name.
 */
#include <string.h>

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
	[LINT_INDIRECT_BRANCH] = { "indirect-branch", "an indirect branch can be steered" },
	[LINT_BRANCH_TARGET] = { "branch-target",
		"a branch must lead to an instruction of the text or to an entry of the trampoline" },
	[LINT_ENDLESS_LOOP] = { "endless-loop", "no way out of the loop leads back to the host" },
	[LINT_STACK_POINTER] = { "stack-pointer",
		"RSP changes by PUSH, POP, CALL, RET, small constants, LEA of its top: a fault on a bad stack is a triple fault" },
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
	X86_INS_CMP, X86_INS_TEST, X86_INS_IMUL, X86_INS_SHL, X86_INS_SHR, X86_INS_SAR, X86_INS_ROL,
	X86_INS_ROR, X86_INS_BT, X86_INS_BSWAP, X86_INS_CDQE,
	X86_INS_SETE, X86_INS_SETNE, X86_INS_SETA, X86_INS_SETAE, X86_INS_SETB, X86_INS_SETBE,
	X86_INS_SETG, X86_INS_SETGE, X86_INS_SETL, X86_INS_SETLE, X86_INS_SETS, X86_INS_SETNS,
	X86_INS_CMOVE, X86_INS_CMOVNE, X86_INS_CMOVA, X86_INS_CMOVAE, X86_INS_CMOVB, X86_INS_CMOVBE,
	X86_INS_CMOVG, X86_INS_CMOVGE, X86_INS_CMOVL, X86_INS_CMOVLE, X86_INS_CMOVS, X86_INS_CMOVNS,
	X86_INS_JMP, X86_INS_JE, X86_INS_JNE, X86_INS_JA, X86_INS_JAE, X86_INS_JB, X86_INS_JBE,
	X86_INS_JG, X86_INS_JGE, X86_INS_JL, X86_INS_JLE, X86_INS_JS, X86_INS_JNS,
	X86_INS_CALL, X86_INS_RET, X86_INS_NOP, X86_INS_INT3, X86_INS_UD2, X86_INS_ENDBR64,
	X86_INS_LFENCE, X86_INS_RDTSC, X86_INS_VERW,
};

static const struct {
	unsigned short id;
	unsigned short rule;
} named[] = {
	{ X86_INS_CLTS, LINT_CONTROL_REGISTER }, { X86_INS_LMSW, LINT_CONTROL_REGISTER },
	{ X86_INS_SMSW, LINT_CONTROL_REGISTER }, { X86_INS_XSETBV, LINT_CONTROL_REGISTER },
	{ X86_INS_STAC, LINT_CONTROL_REGISTER }, { X86_INS_CLAC, LINT_CONTROL_REGISTER },
	{ X86_INS_LGDT, LINT_DESCRIPTOR_TABLE }, { X86_INS_LIDT, LINT_DESCRIPTOR_TABLE },
	{ X86_INS_LLDT, LINT_DESCRIPTOR_TABLE }, { X86_INS_LTR, LINT_DESCRIPTOR_TABLE },
	{ X86_INS_SGDT, LINT_DESCRIPTOR_TABLE }, { X86_INS_SIDT, LINT_DESCRIPTOR_TABLE },
	{ X86_INS_SLDT, LINT_DESCRIPTOR_TABLE }, { X86_INS_STR, LINT_DESCRIPTOR_TABLE },
	{ X86_INS_SWAPGS, LINT_SEGMENT }, { X86_INS_WRFSBASE, LINT_SEGMENT },
	{ X86_INS_WRGSBASE, LINT_SEGMENT }, { X86_INS_RDFSBASE, LINT_SEGMENT },
	{ X86_INS_RDGSBASE, LINT_SEGMENT }, { X86_INS_LFS, LINT_SEGMENT },
	{ X86_INS_LGS, LINT_SEGMENT }, { X86_INS_LSS, LINT_SEGMENT },
	{ X86_INS_WRMSR, LINT_MSR }, { X86_INS_RDMSR, LINT_MSR }, { X86_INS_RDPMC, LINT_MSR },
	{ X86_INS_XGETBV, LINT_MSR },
	{ X86_INS_VMRUN, LINT_VIRTUALIZATION }, { X86_INS_VMLOAD, LINT_VIRTUALIZATION },
	{ X86_INS_VMSAVE, LINT_VIRTUALIZATION }, { X86_INS_STGI, LINT_VIRTUALIZATION },
	{ X86_INS_CLGI, LINT_VIRTUALIZATION }, { X86_INS_SKINIT, LINT_VIRTUALIZATION },
	{ X86_INS_VMMCALL, LINT_VIRTUALIZATION }, { X86_INS_VMCALL, LINT_VIRTUALIZATION },
	{ X86_INS_VMLAUNCH, LINT_VIRTUALIZATION }, { X86_INS_VMRESUME, LINT_VIRTUALIZATION },
	{ X86_INS_VMXON, LINT_VIRTUALIZATION }, { X86_INS_VMXOFF, LINT_VIRTUALIZATION },
	{ X86_INS_VMPTRLD, LINT_VIRTUALIZATION }, { X86_INS_VMPTRST, LINT_VIRTUALIZATION },
	{ X86_INS_VMCLEAR, LINT_VIRTUALIZATION }, { X86_INS_VMREAD, LINT_VIRTUALIZATION },
	{ X86_INS_VMWRITE, LINT_VIRTUALIZATION }, { X86_INS_VMFUNC, LINT_VIRTUALIZATION },
	{ X86_INS_GETSEC, LINT_VIRTUALIZATION }, { X86_INS_RSM, LINT_VIRTUALIZATION },
	{ X86_INS_INVLPG, LINT_TRANSLATION }, { X86_INS_INVLPGA, LINT_TRANSLATION },
	{ X86_INS_INVPCID, LINT_TRANSLATION }, { X86_INS_INVEPT, LINT_TRANSLATION },
	{ X86_INS_INVVPID, LINT_TRANSLATION }, { X86_INS_INVD, LINT_TRANSLATION },
	{ X86_INS_WBINVD, LINT_TRANSLATION },
	{ X86_INS_IN, LINT_PORT }, { X86_INS_OUT, LINT_PORT },
	{ X86_INS_INSB, LINT_PORT }, { X86_INS_INSW, LINT_PORT }, { X86_INS_INSD, LINT_PORT },
	{ X86_INS_OUTSB, LINT_PORT }, { X86_INS_OUTSW, LINT_PORT }, { X86_INS_OUTSD, LINT_PORT },
	{ X86_INS_CLI, LINT_INTERRUPT_FLAG }, { X86_INS_STI, LINT_INTERRUPT_FLAG },
	{ X86_INS_POPF, LINT_INTERRUPT_FLAG }, { X86_INS_POPFQ, LINT_INTERRUPT_FLAG },
	{ X86_INS_PUSHF, LINT_INTERRUPT_FLAG }, { X86_INS_PUSHFQ, LINT_INTERRUPT_FLAG },
	{ X86_INS_STD, LINT_INTERRUPT_FLAG },
	{ X86_INS_INT, LINT_INTERRUPT }, { X86_INS_INT1, LINT_INTERRUPT },
	{ X86_INS_IRET, LINT_INTERRUPT }, { X86_INS_IRETD, LINT_INTERRUPT },
	{ X86_INS_IRETQ, LINT_INTERRUPT },
	{ X86_INS_HLT, LINT_HALT }, { X86_INS_MWAIT, LINT_HALT }, { X86_INS_MONITOR, LINT_HALT },
	{ X86_INS_SYSCALL, LINT_SYSTEM_CALL }, { X86_INS_SYSRET, LINT_SYSTEM_CALL },
	{ X86_INS_SYSENTER, LINT_SYSTEM_CALL }, { X86_INS_SYSEXIT, LINT_SYSTEM_CALL },
	{ X86_INS_LJMP, LINT_FAR_BRANCH }, { X86_INS_LCALL, LINT_FAR_BRANCH },
	{ X86_INS_RETF, LINT_FAR_BRANCH }, { X86_INS_RETFQ, LINT_FAR_BRANCH },
};

static int is_vector(const cs_insn *insn)
{
	for (int i = 0; i < insn->detail->groups_count; i++) {
		switch (insn->detail->groups[i]) {
		case X86_GRP_FPU:
		case X86_GRP_MMX:
		case X86_GRP_SSE1:
		case X86_GRP_SSE2:
		case X86_GRP_SSE3:
		case X86_GRP_SSE41:
		case X86_GRP_SSE42:
		case X86_GRP_SSE4A:
		case X86_GRP_SSSE3:
		case X86_GRP_AVX:
		case X86_GRP_AVX2:
		case X86_GRP_AVX512:
			return 1;
		}
	}
	return 0;
}

enum lint_rule lint_rule_of(const cs_insn *insn)
{
	for (size_t i = 0; i < COUNT(listed); i++)
		if (insn->id == listed[i])
			return LINT_NONE;
	for (size_t i = 0; i < COUNT(named); i++)
		if (insn->id == named[i].id)
			return named[i].rule;
	return is_vector(insn) ? LINT_VECTOR : LINT_UNLISTED;
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

/*
 * Where a jump that a guest steered could find them: what loads page tables,
 * descriptor tables or MSRs, changes GIF or guest state, or leaves (APM Vol. 3,
 * appendix A).  @modrm: which values of the ModRM byte's reg field, as bits; 0 if
 * that byte belongs to the instruction whatever it is.  @memory: memory forms only.
 */
static const struct {
	const char *name;
	unsigned char size;
	unsigned char code[3];
	unsigned char modrm;
	unsigned char memory;
} hidden[] = {
	{ "MOV to CR", 2, { 0x0f, 0x22 }, 0, 0 },
	{ "MOV to DR", 2, { 0x0f, 0x23 }, 0, 0 },
	{ "WRMSR", 2, { 0x0f, 0x30 }, 0, 0 },
	{ "SYSCALL", 2, { 0x0f, 0x05 }, 0, 0 },
	{ "SYSRET", 2, { 0x0f, 0x07 }, 0, 0 },
	{ "SYSENTER", 2, { 0x0f, 0x34 }, 0, 0 },
	{ "SYSEXIT", 2, { 0x0f, 0x35 }, 0, 0 },
	{ "IRETQ", 2, { 0x48, 0xcf }, 0, 0 },
	{ "LRETQ", 2, { 0x48, 0xcb }, 0, 0 },
	{ "VMLAUNCH", 3, { 0x0f, 0x01, 0xc2 }, 0, 0 },
	{ "VMRESUME", 3, { 0x0f, 0x01, 0xc3 }, 0, 0 },
	{ "VMXOFF", 3, { 0x0f, 0x01, 0xc4 }, 0, 0 },
	{ "XSETBV", 3, { 0x0f, 0x01, 0xd1 }, 0, 0 },
	{ "VMRUN", 3, { 0x0f, 0x01, 0xd8 }, 0, 0 },
	{ "VMLOAD", 3, { 0x0f, 0x01, 0xda }, 0, 0 },
	{ "VMSAVE", 3, { 0x0f, 0x01, 0xdb }, 0, 0 },
	{ "STGI", 3, { 0x0f, 0x01, 0xdc }, 0, 0 },
	{ "CLGI", 3, { 0x0f, 0x01, 0xdd }, 0, 0 },
	{ "SKINIT", 3, { 0x0f, 0x01, 0xde }, 0, 0 },
	{ "WRPKRU", 3, { 0x0f, 0x01, 0xef }, 0, 0 },
	{ "SWAPGS", 3, { 0x0f, 0x01, 0xf8 }, 0, 0 },
	{ "LLDT or LTR", 2, { 0x0f, 0x00 }, 1 << 2 | 1 << 3, 0 },
	{ "LGDT or LIDT", 2, { 0x0f, 0x01 }, 1 << 2 | 1 << 3, 1 },
	{ "LMSW", 2, { 0x0f, 0x01 }, 1 << 6, 0 },
	{ "VMPTRLD, VMCLEAR or VMXON", 2, { 0x0f, 0xc7 }, 1 << 6, 1 },
	{ "WRFSBASE or WRGSBASE", 3, { 0xf3, 0x0f, 0xae }, 1 << 2 | 1 << 3, 0 },
};

static int modrm_fits(size_t i, unsigned char modrm)
{
	if (hidden[i].memory && modrm >= 0xc0)
		return 0;
	return hidden[i].modrm >> (modrm >> 3 & 7) & 1;
}

const char *lint_hidden(const unsigned char *code, size_t size)
{
	for (size_t i = 0; i < COUNT(hidden); i++) {
		if (size < hidden[i].size + (size_t)!!hidden[i].modrm ||
		    memcmp(code, hidden[i].code, hidden[i].size))
			continue;
		if (!hidden[i].modrm || modrm_fits(i, code[hidden[i].size]))
			return hidden[i].name;
	}
	return NULL;
}
