// SPDX-License-Identifier: GPL-2.0-only
/*
 * Source: Linux, arch/x86/lib/x86-opcode-map.txt; APM Vol. 3, appendix A.
 */
#include "lint_opcode_lines.h"
#include "lint_rules.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define ALL	0xff
#define R(reg)	(1 << (reg))
#define HIDES	1

#define CR	LINT_CONTROL_REGISTER
#define DR	LINT_DEBUG_REGISTER
#define TABLE	LINT_DESCRIPTOR_TABLE
#define SEG	LINT_SEGMENT
#define MSR	LINT_MSR
#define VIRT	LINT_VIRTUALIZATION
#define TLB	LINT_TRANSLATION
#define FLAG	LINT_INTERRUPT_FLAG
#define OTHER	LINT_UNLISTED

static const struct line two[] = {
	/* 0F 00 and 0F 01: tables of the CPU, and what is behind their register forms */
	{ "LKGS", SEG, TWO, 0x00, 0x00, P_F2, EITHER, R(6), HIDES },
	{ "SLDT", TABLE, TWO, 0x00, 0x00, ANY, EITHER, R(0), 0 },
	{ "STR", TABLE, TWO, 0x00, 0x00, ANY, EITHER, R(1), 0 },
	{ "LLDT", TABLE, TWO, 0x00, 0x00, ANY, EITHER, R(2), HIDES },
	{ "LTR", TABLE, TWO, 0x00, 0x00, ANY, EITHER, R(3), HIDES },
	{ "RSTORSSP", OTHER, TWO, 0x01, 0x01, P_F3, MEMORY, R(5), HIDES },
	{ "SGDT", TABLE, TWO, 0x01, 0x01, ANY, MEMORY, R(0), 0 },
	{ "SIDT", TABLE, TWO, 0x01, 0x01, ANY, MEMORY, R(1), 0 },
	{ "LGDT", TABLE, TWO, 0x01, 0x01, ANY, MEMORY, R(2), HIDES },
	{ "LIDT", TABLE, TWO, 0x01, 0x01, ANY, MEMORY, R(3), HIDES },
	{ "SMSW", CR, TWO, 0x01, 0x01, ANY, EITHER, R(4), 0 },
	{ "LMSW", CR, TWO, 0x01, 0x01, ANY, EITHER, R(6), HIDES },
	{ "INVLPG", TLB, TWO, 0x01, 0x01, ANY, MEMORY, R(7), HIDES },
	{ "ENCLV", VIRT, TWO, 0x01, 0x01, ANY, IS, 0xc0, HIDES },
	{ "VMCALL", VIRT, TWO, 0x01, 0x01, ANY, IS, 0xc1, HIDES },
	{ "VMLAUNCH", VIRT, TWO, 0x01, 0x01, ANY, IS, 0xc2, HIDES },
	{ "VMRESUME", VIRT, TWO, 0x01, 0x01, ANY, IS, 0xc3, HIDES },
	{ "VMXOFF", VIRT, TWO, 0x01, 0x01, ANY, IS, 0xc4, HIDES },
	{ "PCONFIG", VIRT, TWO, 0x01, 0x01, ANY, IS, 0xc5, HIDES },
	{ "WRMSRLIST", MSR, TWO, 0x01, 0x01, P_F3, IS, 0xc6, HIDES },
	{ "RDMSRLIST", MSR, TWO, 0x01, 0x01, P_F2, IS, 0xc6, HIDES },
	{ "WRMSRNS", MSR, TWO, 0x01, 0x01, ANY, IS, 0xc6, HIDES },
	{ "PBNDKB", VIRT, TWO, 0x01, 0x01, ANY, IS, 0xc7, HIDES },
	{ "MONITOR", LINT_HALT, TWO, 0x01, 0x01, ANY, IS, 0xc8, HIDES },
	{ "MWAIT", LINT_HALT, TWO, 0x01, 0x01, ANY, IS, 0xc9, HIDES },
	{ "ERETU", LINT_SYSTEM_CALL, TWO, 0x01, 0x01, P_F3, IS, 0xca, HIDES },
	{ "ERETS", LINT_SYSTEM_CALL, TWO, 0x01, 0x01, P_F2, IS, 0xca, HIDES },
	{ "CLAC", CR, TWO, 0x01, 0x01, ANY, IS, 0xca, HIDES },
	{ "STAC", CR, TWO, 0x01, 0x01, ANY, IS, 0xcb, HIDES },
	{ "TDCALL", VIRT, TWO, 0x01, 0x01, P_66, IS, 0xcc, HIDES },
	{ "SEAMRET", VIRT, TWO, 0x01, 0x01, P_66, IS, 0xcd, HIDES },
	{ "SEAMOPS", VIRT, TWO, 0x01, 0x01, P_66, IS, 0xce, HIDES },
	{ "SEAMCALL", VIRT, TWO, 0x01, 0x01, P_66, IS, 0xcf, HIDES },
	{ "ENCLS", VIRT, TWO, 0x01, 0x01, ANY, IS, 0xcf, HIDES },
	{ "XGETBV", MSR, TWO, 0x01, 0x01, ANY, IS, 0xd0, 0 },
	{ "XSETBV", CR, TWO, 0x01, 0x01, ANY, IS, 0xd1, HIDES },
	{ "VMFUNC", VIRT, TWO, 0x01, 0x01, ANY, IS, 0xd4, HIDES },
	{ "ENCLU", VIRT, TWO, 0x01, 0x01, ANY, IS, 0xd7, HIDES },
	{ "VMRUN", VIRT, TWO, 0x01, 0x01, ANY, IS, 0xd8, HIDES },
	{ "VMMCALL", VIRT, TWO, 0x01, 0x01, ANY, IS, 0xd9, HIDES },
	{ "VMLOAD", VIRT, TWO, 0x01, 0x01, ANY, IS, 0xda, HIDES },
	{ "VMSAVE", VIRT, TWO, 0x01, 0x01, ANY, IS, 0xdb, HIDES },
	{ "STGI", VIRT, TWO, 0x01, 0x01, ANY, IS, 0xdc, HIDES },
	{ "CLGI", VIRT, TWO, 0x01, 0x01, ANY, IS, 0xdd, HIDES },
	{ "SKINIT", VIRT, TWO, 0x01, 0x01, ANY, IS, 0xde, HIDES },
	{ "INVLPGA", TLB, TWO, 0x01, 0x01, ANY, IS, 0xdf, HIDES },
	{ "SETSSBSY", OTHER, TWO, 0x01, 0x01, P_F3, IS, 0xe8, HIDES },
	{ "XSUSLDTRK", OTHER, TWO, 0x01, 0x01, P_F2, IS, 0xe8, 0 },
	{ "SERIALIZE", OTHER, TWO, 0x01, 0x01, ANY, IS, 0xe8, 0 },
	{ "XRESLDTRK", OTHER, TWO, 0x01, 0x01, P_F2, IS, 0xe9, 0 },
	{ "SAVEPREVSSP", OTHER, TWO, 0x01, 0x01, P_F3, IS, 0xea, HIDES },
	{ "UIRET", LINT_INTERRUPT, TWO, 0x01, 0x01, P_F3, IS, 0xec, HIDES },
	{ "TESTUI", FLAG, TWO, 0x01, 0x01, P_F3, IS, 0xed, 0 },
	{ "CLUI", FLAG, TWO, 0x01, 0x01, P_F3, IS, 0xee, 0 },
	{ "STUI", FLAG, TWO, 0x01, 0x01, P_F3, IS, 0xef, HIDES },
	{ "RDPKRU", CR, TWO, 0x01, 0x01, ANY, IS, 0xee, 0 },
	{ "WRPKRU", CR, TWO, 0x01, 0x01, ANY, IS, 0xef, HIDES },
	{ "SWAPGS", SEG, TWO, 0x01, 0x01, ANY, IS, 0xf8, HIDES },
	{ "RDTSCP", MSR, TWO, 0x01, 0x01, ANY, IS, 0xf9, 0 },
	{ "MCOMMIT", TLB, TWO, 0x01, 0x01, P_F3, IS, 0xfa, 0 },
	{ "MONITORX", LINT_HALT, TWO, 0x01, 0x01, ANY, IS, 0xfa, 0 },
	{ "MWAITX", LINT_HALT, TWO, 0x01, 0x01, ANY, IS, 0xfb, 0 },
	{ "CLZERO", TLB, TWO, 0x01, 0x01, ANY, IS, 0xfc, 0 },
	{ "RMPQUERY", VIRT, TWO, 0x01, 0x01, P_F3, IS, 0xfd, HIDES },
	{ "RMPREAD", VIRT, TWO, 0x01, 0x01, P_F2, IS, 0xfd, HIDES },
	{ "RDPRU", MSR, TWO, 0x01, 0x01, ANY, IS, 0xfd, 0 },
	{ "RMPADJUST", VIRT, TWO, 0x01, 0x01, P_F3, IS, 0xfe, HIDES },
	{ "RMPUPDATE", VIRT, TWO, 0x01, 0x01, P_F2, IS, 0xfe, HIDES },
	{ "INVLPGB", TLB, TWO, 0x01, 0x01, ANY, IS, 0xfe, HIDES },
	{ "PSMASH", VIRT, TWO, 0x01, 0x01, P_F3, IS, 0xff, HIDES },
	{ "PVALIDATE", VIRT, TWO, 0x01, 0x01, P_F2, IS, 0xff, HIDES },
	{ "TLBSYNC", TLB, TWO, 0x01, 0x01, ANY, IS, 0xff, HIDES },

	/* The rest of the map of 0F */
	{ "SYSCALL", LINT_SYSTEM_CALL, TWO, 0x05, 0x05, ANY, ALWAYS, 0, HIDES },
	{ "CLTS", CR, TWO, 0x06, 0x06, ANY, ALWAYS, 0, HIDES },
	{ "SYSRET", LINT_SYSTEM_CALL, TWO, 0x07, 0x07, ANY, ALWAYS, 0, HIDES },
	{ "INVD", TLB, TWO, 0x08, 0x08, ANY, ALWAYS, 0, HIDES },
	{ "WBNOINVD", TLB, TWO, 0x09, 0x09, P_F3, ALWAYS, 0, HIDES },
	{ "WBINVD", TLB, TWO, 0x09, 0x09, ANY, ALWAYS, 0, HIDES },
	{ "MOV from CR", CR, TWO, 0x20, 0x20, ANY, ALWAYS, 0, HIDES },
	{ "MOV from DR", DR, TWO, 0x21, 0x21, ANY, ALWAYS, 0, HIDES },
	{ "MOV to CR", CR, TWO, 0x22, 0x22, ANY, ALWAYS, 0, HIDES },
	{ "MOV to DR", DR, TWO, 0x23, 0x23, ANY, ALWAYS, 0, HIDES },
	{ "WRMSR", MSR, TWO, 0x30, 0x30, ANY, ALWAYS, 0, HIDES },
	{ "RDMSR", MSR, TWO, 0x32, 0x32, ANY, ALWAYS, 0, HIDES },
	{ "RDPMC", MSR, TWO, 0x33, 0x33, ANY, ALWAYS, 0, HIDES },
	{ "SYSENTER", LINT_SYSTEM_CALL, TWO, 0x34, 0x34, ANY, ALWAYS, 0, HIDES },
	{ "SYSEXIT", LINT_SYSTEM_CALL, TWO, 0x35, 0x35, ANY, ALWAYS, 0, HIDES },
	{ "GETSEC", VIRT, TWO, 0x37, 0x37, ANY, ALWAYS, 0, HIDES },
	{ NULL, LINT_VECTOR, TWO, 0x78, 0x79, P_66, ALWAYS, 0, 0 },	/* SSE4A */
	{ NULL, LINT_VECTOR, TWO, 0x78, 0x79, P_F2, ALWAYS, 0, 0 },
	{ "VMREAD", VIRT, TWO, 0x78, 0x78, ANY, ALWAYS, 0, HIDES },
	{ "VMWRITE", VIRT, TWO, 0x79, 0x79, ANY, ALWAYS, 0, HIDES },
	{ "PUSH of FS or GS", SEG, TWO, 0xa0, 0xa0, ANY, ALWAYS, 0, 0 },
	{ "PUSH of FS or GS", SEG, TWO, 0xa8, 0xa8, ANY, ALWAYS, 0, 0 },
	{ "POP to FS", SEG, TWO, 0xa1, 0xa1, ANY, ALWAYS, 0, HIDES },
	{ "POP to GS", SEG, TWO, 0xa9, 0xa9, ANY, ALWAYS, 0, HIDES },
	{ "RSM", VIRT, TWO, 0xaa, 0xaa, ANY, ALWAYS, 0, HIDES },
	{ "LSS", SEG, TWO, 0xb2, 0xb2, ANY, MEMORY, ALL, HIDES },
	{ "LFS", SEG, TWO, 0xb4, 0xb4, ANY, MEMORY, ALL, HIDES },
	{ "LGS", SEG, TWO, 0xb5, 0xb5, ANY, MEMORY, ALL, HIDES },
	{ "RDFSBASE", SEG, TWO, 0xae, 0xae, P_F3, REGISTER, R(0), 0 },
	{ "RDGSBASE", SEG, TWO, 0xae, 0xae, P_F3, REGISTER, R(1), 0 },
	{ "WRFSBASE", SEG, TWO, 0xae, 0xae, P_F3, REGISTER, R(2), HIDES },
	{ "WRGSBASE", SEG, TWO, 0xae, 0xae, P_F3, REGISTER, R(3), HIDES },
	{ "PTWRITE", OTHER, TWO, 0xae, 0xae, P_F3, EITHER, R(4), 0 },
	{ "INCSSP", OTHER, TWO, 0xae, 0xae, P_F3, REGISTER, R(5), HIDES },
	{ "UMONITOR", LINT_HALT, TWO, 0xae, 0xae, P_F3, REGISTER, R(6), 0 },
	{ "UMWAIT", LINT_HALT, TWO, 0xae, 0xae, P_F2, REGISTER, R(6), 0 },
	{ "TPAUSE", LINT_HALT, TWO, 0xae, 0xae, P_66, REGISTER, R(6), 0 },
	{ "CLRSSBSY", OTHER, TWO, 0xae, 0xae, P_F3, MEMORY, R(6), HIDES },
	{ "CLWB", TLB, TWO, 0xae, 0xae, P_66, MEMORY, R(6), 0 },
	{ "CLFLUSHOPT", TLB, TWO, 0xae, 0xae, P_66, MEMORY, R(7), 0 },
	{ "CLFLUSH", TLB, TWO, 0xae, 0xae, ANY, MEMORY, R(7), 0 },
	{ NULL, LINT_VECTOR, TWO, 0xae, 0xae, ANY, MEMORY, ALL, 0 },	/* FXSAVE, XRSTOR ... */
	{ "XRSTORS", LINT_VECTOR, TWO, 0xc7, 0xc7, ANY, MEMORY, R(3), HIDES },
	{ "XSAVEC", LINT_VECTOR, TWO, 0xc7, 0xc7, ANY, MEMORY, R(4), 0 },
	{ "XSAVES", LINT_VECTOR, TWO, 0xc7, 0xc7, ANY, MEMORY, R(5), HIDES },
	{ "VMXON", VIRT, TWO, 0xc7, 0xc7, P_F3, MEMORY, R(6), HIDES },
	{ "VMCLEAR", VIRT, TWO, 0xc7, 0xc7, P_66, MEMORY, R(6), HIDES },
	{ "VMPTRLD", VIRT, TWO, 0xc7, 0xc7, ANY, MEMORY, R(6), HIDES },
	{ "VMPTRST", VIRT, TWO, 0xc7, 0xc7, ANY, MEMORY, R(7), HIDES },
	{ "SENDUIPI", LINT_INTERRUPT, TWO, 0xc7, 0xc7, P_F3, REGISTER, R(6), HIDES },
	{ "RDPID", MSR, TWO, 0xc7, 0xc7, P_F3, REGISTER, R(7), 0 },
	{ "RDSSP", OTHER, TWO, 0x1e, 0x1e, P_F3, REGISTER, R(1), 0 },
	{ NULL, LINT_VECTOR, TWO, 0x0e, 0x0f, ANY, ALWAYS, 0, 0 },	/* FEMMS, 3DNow! */
	{ NULL, LINT_VECTOR, TWO, 0x10, 0x17, ANY, ALWAYS, 0, 0 },
	{ NULL, LINT_VECTOR, TWO, 0x28, 0x2f, ANY, ALWAYS, 0, 0 },
	{ NULL, LINT_VECTOR, TWO, 0x50, 0x77, ANY, ALWAYS, 0, 0 },
	{ NULL, LINT_VECTOR, TWO, 0x7c, 0x7f, ANY, ALWAYS, 0, 0 },
	{ NULL, LINT_VECTOR, TWO, 0xc2, 0xc2, ANY, ALWAYS, 0, 0 },
	{ NULL, LINT_VECTOR, TWO, 0xc4, 0xc6, ANY, ALWAYS, 0, 0 },
	{ NULL, LINT_VECTOR, TWO, 0xd0, 0xfe, ANY, ALWAYS, 0, 0 },
};

static const struct line three[] = {
	{ "INVEPT", TLB, THREE_38, 0x80, 0x80, ANY, ALWAYS, 0, HIDES },
	{ "INVVPID", TLB, THREE_38, 0x81, 0x81, ANY, ALWAYS, 0, HIDES },
	{ "INVPCID", TLB, THREE_38, 0x82, 0x82, ANY, ALWAYS, 0, HIDES },
	{ "LOADIWKEY", LINT_VECTOR, THREE_38, 0xdc, 0xdc, P_F3, REGISTER, ALL, HIDES },
	{ "WRUSS", OTHER, THREE_38, 0xf5, 0xf5, P_66, MEMORY, ALL, HIDES },
	{ "WRSS", OTHER, THREE_38, 0xf6, 0xf6, NO_PREFIX, MEMORY, ALL, HIDES },
	{ "ENQCMDS", OTHER, THREE_38, 0xf8, 0xf8, P_F3, MEMORY, ALL, HIDES },
	{ "ENQCMD", OTHER, THREE_38, 0xf8, 0xf8, P_F2, MEMORY, ALL, HIDES },
	{ "UWRMSR", MSR, THREE_38, 0xf8, 0xf8, P_F3, REGISTER, ALL, HIDES },
	{ "URDMSR", MSR, THREE_38, 0xf8, 0xf8, P_F2, REGISTER, ALL, HIDES },
	{ NULL, LINT_VECTOR, THREE_38, 0x00, 0x7f, ANY, ALWAYS, 0, 0 },
	{ NULL, LINT_VECTOR, THREE_38, 0xc8, 0xdf, ANY, ALWAYS, 0, 0 },
	{ "HRESET", OTHER, THREE_3A, 0xf0, 0xf0, P_F3, IS, 0xc0, HIDES },
	{ NULL, LINT_VECTOR, THREE_3A, 0x00, 0xef, ANY, ALWAYS, 0, 0 },
};

/* VEX and EVEX: MSRs in map 7, what invalidates translations in map 4; BMI computes */
static const struct line vex[] = {
	{ "WRMSRNS or RDMSR", MSR, VEX + 7, 0xf6, 0xf6, ANY, REGISTER, ALL, HIDES },
	{ "UWRMSR or URDMSR", MSR, VEX + 7, 0xf8, 0xf8, ANY, REGISTER, ALL, HIDES },
	{ "INVEPT", TLB, VEX + 4, 0xf0, 0xf0, P_F3, MEMORY, ALL, HIDES },
	{ "INVVPID", TLB, VEX + 4, 0xf1, 0xf1, P_F3, MEMORY, ALL, HIDES },
	{ "INVPCID", TLB, VEX + 4, 0xf2, 0xf2, P_F3, MEMORY, ALL, HIDES },
	{ "WRUSS", OTHER, VEX + 4, 0x65, 0x65, P_66, MEMORY, ALL, HIDES },
	{ "WRSS", OTHER, VEX + 4, 0x66, 0x66, NO_PREFIX, MEMORY, ALL, HIDES },
	{ "ENQCMD or URDMSR", OTHER, VEX + 4, 0xf8, 0xf8, P_F2, EITHER, ALL, HIDES },
	{ "ENQCMDS or UWRMSR", OTHER, VEX + 4, 0xf8, 0xf8, P_F3, EITHER, ALL, HIDES },
	{ NULL, OTHER, VEX + 2, 0xf2, 0xf7, ANY, ALWAYS, 0, 0 },
	{ NULL, OTHER, VEX + 3, 0xf0, 0xf0, ANY, ALWAYS, 0, 0 },
	{ NULL, LINT_VECTOR, VEX + 1, 0x00, 0xff, ANY, ALWAYS, 0, 0 },
	{ NULL, LINT_VECTOR, VEX + 2, 0x00, 0xff, ANY, ALWAYS, 0, 0 },
	{ NULL, LINT_VECTOR, VEX + 3, 0x00, 0xff, ANY, ALWAYS, 0, 0 },
	{ NULL, LINT_VECTOR, VEX + 5, 0x00, 0xff, ANY, ALWAYS, 0, 0 },
	{ NULL, LINT_VECTOR, VEX + 6, 0x00, 0xff, ANY, ALWAYS, 0, 0 },
	{ NULL, LINT_VECTOR, XOP, 0x00, 0xff, ANY, ALWAYS, 0, 0 },
};

/*
 * That IN, OUT, HLT, STI and their like hide is not looked for: the ModRM byte of "SUB
 * constant, RSP" is an IN.  With REX.W they are long enough.
 */
static const struct line one[] = {
	{ "MOVSXD", OTHER, ONE, 0x63, 0x63, NO_REX_W, EITHER, ALL, 0 },	/* extends nothing */
	{ "INS", LINT_PORT, ONE, 0x6c, 0x6d, ANY, ALWAYS, 0, 0 },
	{ "OUTS", LINT_PORT, ONE, 0x6e, 0x6f, ANY, ALWAYS, 0, 0 },
	{ "MOV from a segment register", SEG, ONE, 0x8c, 0x8c, ANY, EITHER, ALL, 0 },
	{ "MOV to a segment register", SEG, ONE, 0x8e, 0x8e, ANY, EITHER, ALL, 0 },
	{ NULL, LINT_VECTOR, ONE, 0x9b, 0x9b, ANY, ALWAYS, 0, 0 },
	{ "PUSHF", FLAG, ONE, 0x9c, 0x9c, ANY, ALWAYS, 0, 0 },
	{ "POPF", FLAG, ONE, 0x9d, 0x9d, ANY, ALWAYS, 0, 0 },
	{ "ENTER", LINT_STACK_POINTER, ONE, 0xc8, 0xc8, ANY, ALWAYS, 0, 0 },
	{ "LEAVE", LINT_STACK_POINTER, ONE, 0xc9, 0xc9, ANY, ALWAYS, 0, 0 },
	{ "LRETQ", LINT_FAR_BRANCH, ONE, 0xca, 0xcb, REX_W, ALWAYS, 0, HIDES },
	{ "LRET", LINT_FAR_BRANCH, ONE, 0xca, 0xcb, ANY, ALWAYS, 0, 0 },
	{ "INT", LINT_INTERRUPT, ONE, 0xcd, 0xcd, ANY, ALWAYS, 0, 0 },
	{ "IRETQ", LINT_INTERRUPT, ONE, 0xcf, 0xcf, REX_W, ALWAYS, 0, HIDES },
	{ "IRET", LINT_INTERRUPT, ONE, 0xcf, 0xcf, ANY, ALWAYS, 0, 0 },
	{ NULL, LINT_VECTOR, ONE, 0xd8, 0xdf, ANY, ALWAYS, 0, 0 },
	{ "IN", LINT_PORT, ONE, 0xe4, 0xe5, ANY, ALWAYS, 0, 0 },
	{ "OUT", LINT_PORT, ONE, 0xe6, 0xe7, ANY, ALWAYS, 0, 0 },
	{ "IN", LINT_PORT, ONE, 0xec, 0xed, ANY, ALWAYS, 0, 0 },
	{ "OUT", LINT_PORT, ONE, 0xee, 0xef, ANY, ALWAYS, 0, 0 },
	{ "INT1", LINT_INTERRUPT, ONE, 0xf1, 0xf1, ANY, ALWAYS, 0, 0 },
	{ "HLT", LINT_HALT, ONE, 0xf4, 0xf4, ANY, ALWAYS, 0, 0 },
	{ "CLI", FLAG, ONE, 0xfa, 0xfa, ANY, ALWAYS, 0, 0 },
	{ "STI", FLAG, ONE, 0xfb, 0xfb, ANY, ALWAYS, 0, 0 },
	{ "STD", FLAG, ONE, 0xfd, 0xfd, ANY, ALWAYS, 0, 0 },
	{ "LCALL", LINT_FAR_BRANCH, ONE, 0xff, 0xff, ANY, MEMORY, R(3), 0 },
	{ "LJMP", LINT_FAR_BRANCH, ONE, 0xff, 0xff, ANY, MEMORY, R(5), 0 },
};

const struct opcode_table opcode_tables[VEX + 1] = {
	[ONE] = { one, COUNT(one) }, [TWO] = { two, COUNT(two) },
	[THREE_38] = { three, COUNT(three) }, [THREE_3A] = { three, COUNT(three) },
	[VEX] = { vex, COUNT(vex) },
};
