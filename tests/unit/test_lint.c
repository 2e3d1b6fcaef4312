// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lint of text: which bytes break which rule, what is let pass, and for which
 * functions there are exceptions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lint_allow.h"
#include "lint_text.h"

#define SYMBOLS		0x4000	/* section headers, then symbols, then names */
#define FILE_SIZE	(SYMBOLS + 0x1000)

struct text_case {
	const char *name;
	const char *code;
	size_t size;
	const char *rule;	/* of the first finding; NULL: clean */
	unsigned int at;	/* where it is, in @code */
};

static const struct text_case cases[] = {
	/* What compilers make of C */
	{ "MOV between general registers", CODE("\x48\x89\xe7\x44\x89\xc0\x88\xe0"), NULL, 0 },
	{ "16-bit operands", CODE("\x66\x89\xc0\x66\x05\x34\x12"), NULL, 0 },
	{ "stores beside the return address", CODE("\x48\x83\xec\x08\x48\x89\x04\x24\x48\x89\x7c\x24\xf8"
						   "\x48\x83\xc4\x08\xc3"), NULL, 0 },
	{ "a frame", CODE("\x55\x48\x83\xec\x18\x48\x83\xc4\x18\x5d\xc3"), NULL, 0 },
	{ "MOVABS", CODE("\x48\xb8\1\2\3\4\5\6\7\x08"), NULL, 0 },
	{ "LEA without a base", CODE("\x48\x8d\x04\xc5\0\0\0\0"), NULL, 0 },
	{ "BSWAP, CMOV, SETcc, MOVSX", CODE("\x0f\xc8\x48\x0f\x44\xc1\x0f\x94\xc0\x0f\xbe\xc0"),
		NULL, 0 },
	{ "ENDBR64", CODE("\xf3\x0f\x1e\xfa"), NULL, 0 },
	{ "LFENCE, RDTSC, VERW", CODE("\x0f\xae\xe8\x0f\x31\x0f\x00\x28"), NULL, 0 },
	{ "padding of gcc and clang", CODE("\x66\x90\x0f\x1f\x40\x00\x66\x66\x66\x66\x2e\x0f\x1f\x84\0"
					   "\0\0\0\0\x2e\x66\x0f\x1f\x84\0\0\0\0\0"), NULL, 0 },
	{ "INT3 and UD2", CODE("\xcc\x0f\x0b"), NULL, 0 },
	{ "the slot's pages", CODE("\x48\x8b\x05\xe9\x0f\xf0\xff"), NULL, 0 },	/* switch */
	{ "MUL, DIV, IDIV", CODE("\x48\xf7\xe6\x48\xf7\xf1\xf7\xf9\x99\x48\x99\x48\x98"), NULL, 0 },
	{ "BTS, BTR, BTC, BSF, BSR", CODE("\x48\x0f\xab\xf0\x48\x0f\xb3\xf0\x0f\xba\xf8\x03"
					   "\x48\x0f\xbc\xff\x48\x0f\xbd\xc7"), NULL, 0 },
	{ "TZCNT, LZCNT, POPCNT", CODE("\xf3\x48\x0f\xbc\xc7\xf3\x0f\xbd\xc7\xf3\x0f\xb8\xc7"
					"\x66\xf3\x0f\xbc\xc7"), NULL, 0 },
	{ "SETO, JO, CMOVP", CODE("\x0f\x90\xc0\x70\x00\x0f\x4a\xc1"), NULL, 0 },
	{ "SHLD, RCR, STC, LAHF, CLD", CODE("\x48\x0f\xa4\xc2\x03\xd1\xd8\xf9\x9f\xfc"), NULL, 0 },
	{ "PAUSE", CODE("\xf3\x90"), NULL, 0 },
	{ "MFENCE, SFENCE, a fence on the stack", CODE("\x0f\xae\xf0\x0f\xae\xf8\xf0\x48\x83\x0c\x24\0"),
		NULL, 0 },
	{ "PREFETCHT0, MOVNTI", CODE("\x0f\x18\x08\x0f\xc3\x07"), NULL, 0 },
	{ "LOCK ADD, XADD, BTS, NOT", CODE("\xf0\x01\x00\xf0\x48\x0f\xc1\x07\xf0\x48\x0f\xab\x07"
					    "\xf0\xf7\x10"), NULL, 0 },
	{ "CMPXCHG, with LOCK and 16 bytes", CODE("\x0f\xb1\x0f\xf0\x0f\xb1\x0f\xf0\x48\x0f\xc7\x0f"),
		NULL, 0 },
	{ "XCHG with memory", CODE("\x87\x07\xf0\x87\x07\x66\x87\x07"), NULL, 0 },
	{ "REP MOVS, REP STOS", CODE("\xf3\xa4\xf3\x66\xa5\x66\xf3\xa5\xf3\x48\xa5\xf3\xaa\xf3\xab\xf3\x48\xab"),
		NULL, 0 },
	{ "MOVS, STOS, LODS", CODE("\xa4\xa5\x66\xa5\x48\xa5\xaa\xab\xac\x48\xad"), NULL, 0 },
	{ "REPE CMPS, REPNE SCAS", CODE("\xf3\xa6\xf2\xa6\xf2\xae\xf3\x48\xa7"), NULL, 0 },
	{ "a loop with a way out", CODE("\xff\xc8\x75\xfc\xc3"), NULL, 0 },
	{ "a forward branch", CODE("\x74\x01\x90\xc3"), NULL, 0 },
	{ "a call over INT3, as the RSB fill", CODE("\xe8\x01\0\0\0\xcc\x48\x83\xc4\x08"), NULL, 0 },
	{ "to the route entry", CODE("\xe9\xeb\x00\xf0\xff"), NULL, 0 },

	/* Control, debug and segment registers, tables */
	{ "MOV to CR3", CODE("\x90\x0f\x22\xd8"), "control-register", 1 },
	{ "MOV to CR0", CODE("\x0f\x22\xc0"), "control-register", 0 },
	{ "MOV to CR4", CODE("\x0f\x22\xe0"), "control-register", 0 },
	{ "MOV to CR8", CODE("\x44\x0f\x22\xc0"), "control-register", 0 },
	{ "MOV from CR3", CODE("\x0f\x20\xd8"), "control-register", 0 },
	{ "CLTS", CODE("\x0f\x06"), "control-register", 0 },
	{ "LMSW", CODE("\x0f\x01\xf0"), "control-register", 0 },
	{ "XSETBV", CODE("\x0f\x01\xd1"), "control-register", 0 },
	{ "MOV to DR7", CODE("\x0f\x23\xf8"), "debug-register", 0 },
	{ "LGDT", CODE("\x0f\x01\x10"), "descriptor-table", 0 },
	{ "LIDT", CODE("\x0f\x01\x18"), "descriptor-table", 0 },
	{ "LLDT", CODE("\x0f\x00\xd0"), "descriptor-table", 0 },
	{ "LTR", CODE("\x0f\x00\xd8"), "descriptor-table", 0 },
	{ "SGDT", CODE("\x0f\x01\x00"), "descriptor-table", 0 },
	{ "MOV to DS", CODE("\x8e\xd8"), "segment", 0 },
	{ "MOV from GS", CODE("\x8c\xe8"), "segment", 0 },
	{ "POP FS", CODE("\x0f\xa1"), "segment", 0 },
	{ "SWAPGS", CODE("\x0f\x01\xf8"), "segment", 0 },
	{ "WRFSBASE", CODE("\xf3\x48\x0f\xae\xd0"), "segment", 0 },
	{ "access through GS", CODE("\x65\x48\x8b\x00"), "prefix", 0 },
	{ "access through FS", CODE("\x64\x89\x00"), "prefix", 0 },

	/* What only the kernel does */
	{ "WRMSR", CODE("\x0f\x30"), "msr", 0 },
	{ "RDMSR", CODE("\x0f\x32"), "msr", 0 },
	{ "RDPMC", CODE("\x0f\x33"), "msr", 0 },
	{ "VMRUN", CODE("\x0f\x01\xd8"), "virtualization", 0 },
	{ "VMLOAD", CODE("\x0f\x01\xda"), "virtualization", 0 },
	{ "VMSAVE", CODE("\x0f\x01\xdb"), "virtualization", 0 },
	{ "STGI", CODE("\x0f\x01\xdc"), "virtualization", 0 },
	{ "CLGI", CODE("\x0f\x01\xdd"), "virtualization", 0 },
	{ "SKINIT", CODE("\x0f\x01\xde"), "virtualization", 0 },
	{ "VMMCALL", CODE("\x0f\x01\xd9"), "virtualization", 0 },
	{ "VMRESUME", CODE("\x0f\x01\xc3"), "virtualization", 0 },
	{ "VMXOFF", CODE("\x0f\x01\xc4"), "virtualization", 0 },
	{ "VMXON", CODE("\xf3\x0f\xc7\x30"), "virtualization", 0 },
	{ "VMPTRLD", CODE("\x0f\xc7\x30"), "virtualization", 0 },
	{ "VMWRITE", CODE("\x0f\x79\xc1"), "virtualization", 0 },
	{ "INVLPG", CODE("\x0f\x01\x38"), "translation", 0 },
	{ "INVLPGA", CODE("\x0f\x01\xdf"), "translation", 0 },
	{ "INVPCID", CODE("\x66\x0f\x38\x82\x00"), "translation", 0 },
	{ "WBINVD", CODE("\x0f\x09"), "translation", 0 },
	{ "IN", CODE("\xec"), "port", 0 },
	{ "OUT", CODE("\xe6\x80"), "port", 0 },
	{ "REP OUTSB", CODE("\xf3\x6e"), "port", 0 },
	{ "CLI", CODE("\xfa"), "interrupt-flag", 0 },
	{ "STI", CODE("\xfb"), "interrupt-flag", 0 },
	{ "POPF", CODE("\x9d"), "interrupt-flag", 0 },
	{ "INT 0x80", CODE("\xcd\x80"), "interrupt", 0 },
	{ "INT 3 with two bytes", CODE("\xcd\x03"), "interrupt", 0 },
	{ "INT1", CODE("\xf1"), "interrupt", 0 },
	{ "IRETQ", CODE("\x48\xcf"), "interrupt", 0 },
	{ "HLT", CODE("\xf4"), "halt", 0 },
	{ "MWAIT", CODE("\x0f\x01\xc9"), "halt", 0 },
	{ "SYSCALL", CODE("\x0f\x05"), "system-call", 0 },
	{ "SYSRETQ", CODE("\x48\x0f\x07"), "system-call", 0 },
	{ "SYSENTER", CODE("\x0f\x34"), "system-call", 0 },
	{ "SYSEXIT", CODE("\x0f\x35"), "system-call", 0 },
	{ "LRETQ", CODE("\x48\xcb"), "far-branch", 0 },
	{ "LJMP", CODE("\x48\xff\x28"), "far-branch", 0 },
	{ "LCALL", CODE("\x48\xff\x18"), "far-branch", 0 },
	{ "SSE", CODE("\x0f\x57\xc0"), "vector", 0 },
	{ "AVX", CODE("\xc5\xf8\x57\xc0"), "vector", 0 },
	{ "x87", CODE("\xd9\xe8"), "vector", 0 },
	{ "MMX", CODE("\x0f\x77"), "vector", 0 },

	/* What nobody has looked at, and what Capstone does not know */
	{ "CPUID", CODE("\x0f\xa2"), "unlisted", 0 },
	{ "LOOP", CODE("\xe2\x00"), "unlisted", 0 },
	{ "ENDBR32", CODE("\xf3\x0f\x1e\xfb"), "unlisted", 0 },
	{ "a NOP that may come to mean something", CODE("\x0f\x19\x00"), "unlisted", 0 },
	{ "no 64-bit instruction", CODE("\x90\x06"), "undecodable", 1 },

	/* Prefixes */
	{ "REP before RET", CODE("\xf3\xc3"), "prefix", 0 },
	{ "LOCK of what reads", CODE("\xf0\x03\x00"), "prefix", 0 },
	{ "LOCK MOV", CODE("\xf0\x89\x00"), "undecodable", 0 },
	{ "LOCK BT", CODE("\xf0\x48\x0f\xa3\x07"), "undecodable", 0 },
	{ "XRELEASE", CODE("\xf3\xf0\x01\x00"), "prefix", 0 },
	{ "REP before MOV", CODE("\xf3\x89\x00"), "prefix", 0 },
	{ "REPNE MOVSB", CODE("\xf2\xa4"), "prefix", 0 },
	{ "REP and REPNE", CODE("\xf2\xf3\xa6"), "prefix", 0 },
	{ "REP NOPL", CODE("\xf3\x0f\x1f\x00"), "prefix", 0 },
	{ "BND", CODE("\xf2\xc3"), "prefix", 0 },
	{ "address size", CODE("\x67\x8b\x00"), "prefix", 0 },
	{ "operand size, before RET", CODE("\x66\xc3"), "prefix", 0 },
	{ "operand size, for nothing", CODE("\x66\x48\x89\xc0"), "prefix", 0 },
	{ "operand size, of the stack", CODE("\x66\x50"), "prefix", 0 },
	{ "operand size, of bytes", CODE("\x66\xa4"), "prefix", 0 },
	{ "operand size, with REX.W", CODE("\x66\x48\xa5"), "prefix", 0 },
	{ "REX that does not count", CODE("\x48\x66\x89\xc0"), "prefix", 0 },
	{ "REX twice", CODE("\x48\x48\x89\xc0"), "prefix", 0 },
	{ "CS", CODE("\x2e\x89\x00"), "prefix", 0 },
	{ "operand size, before a branch", CODE("\x66\xe9\x00\x00\x00\x00"), "prefix", 0 },

	/* Branches */
	{ "JMP *RAX", CODE("\xff\xe0"), "indirect-branch", 0 },
	{ "CALL *RAX", CODE("\xff\xd0"), "indirect-branch", 0 },
	{ "JMP through memory", CODE("\xff\x20"), "indirect-branch", 0 },
	{ "out of the text", CODE("\xe9\x00\x10\x00\x00"), "branch-target", 0 },
	{ "before the text", CODE("\xe9\x00\xe0\xff\xff"), "branch-target", 0 },
	{ "into an instruction", CODE("\xeb\x01\xb8\x90\x90\x90\x90"), "branch-target", 0 },
	{ "beside the route entry", CODE("\xe9\xec\x00\xf0\xff"), "branch-target", 0 },
	{ "to the route entry, if", CODE("\x0f\x84\xea\x00\xf0\xff"), "branch-target", 0 },
	{ "call of the route entry", CODE("\xe8\xeb\x00\xf0\xff"), "branch-target", 0 },
	{ "JMP to itself", CODE("\x90\xeb\xfe"), "endless-loop", 1 },
	{ "JE to itself", CODE("\x74\xfe"), "endless-loop", 0 },
	{ "CALL to itself", CODE("\xe8\xfb\xff\xff\xff"), "endless-loop", 0 },
	{ "a loop without a way out", CODE("\x90\x74\x01\x90\xeb\xfa"), "endless-loop", 4 },
	{ "two jumps in a ring", CODE("\xeb\x01\xcc\xeb\xfb"), "endless-loop", 3 },

	/* RET: what is no return is a branch to where the text says */
	{ "PUSH, RET", CODE("\x50\xc3"), "indirect-branch", 1 },
	{ "PUSH of a constant, RET", CODE("\x68\0\x10\0\0\xc3"), "indirect-branch", 5 },
	{ "PUSH from memory, RET", CODE("\xff\x37\xc3"), "indirect-branch", 2 },
	{ "MOV to the stack, RET", CODE("\x48\x83\xec\x08\x48\x89\x04\x24\xc3"), "indirect-branch", 8 },
	{ "MOV to the return address", CODE("\x48\x89\x04\x24\xc3"), "indirect-branch", 0 },
	{ "its upper half, from within a frame", CODE("\x50\x89\x44\x24\x0c\x58\xc3"), "indirect-branch", 1 },
	{ "one byte below it, of eight", CODE("\x48\x89\x44\x24\xf9\xc3"), "indirect-branch", 0 },
	{ "ADD to it", CODE("\x48\x01\x04\x24\xc3"), "indirect-branch", 0 },
	{ "INC of it", CODE("\x48\xff\x04\x24\xc3"), "indirect-branch", 0 },
	{ "XCHG with it", CODE("\x48\x87\x04\x24\xc3"), "indirect-branch", 0 },
	{ "XADD to it", CODE("\x48\x0f\xc1\x04\x24\xc3"), "indirect-branch", 0 },
	{ "POP to it", CODE("\x50\x8f\x04\x24\xc3"), "indirect-branch", 1 },
	{ "OR of 1 to it", CODE("\x48\x83\x0c\x24\x01\xc3"), "indirect-branch", 0 },
	{ "reads of it", CODE("\x48\x8b\x04\x24\x48\x39\x04\x24\xff\x34\x24\x58\xc3"), NULL, 0 },
	{ "SETcc to it", CODE("\x0f\x94\x04\x24\xc3"), "indirect-branch", 0 },
	{ "through a copy of RSP", CODE("\x48\x89\xe0\x48\x89\x38\xc3"), "indirect-branch", 3 },
	{ "through LEA of RSP", CODE("\x48\x8d\x44\x24\x10\x48\x89\x78\xf0\xc3"), "indirect-branch", 5 },
	{ "through a register that is moved", CODE("\x49\x89\xe1\x49\x83\xe9\x08\x49\x89\x79\x08\xc3"),
		"indirect-branch", 7 },
	{ "through a copy of a copy", CODE("\x48\x89\xe0\x49\x89\xc0\x49\xff\x00\xc3"), "indirect-branch", 6 },
	{ "through what a call keeps", CODE("\x48\x89\xe3\xe8\x04\0\0\0\x48\x89\x3b\xc3\xc3"),
		"indirect-branch", 8 },
	{ "through what a call may change", CODE("\x48\x89\xe0\xe8\x04\0\0\0\x48\x89\x38\xc3\xc3"), NULL, 0 },
	{ "through what was loaded since", CODE("\x48\x89\xe0\x48\x8b\x07\x48\x89\x38\xc3"), NULL, 0 },
	{ "through what was multiplied since", CODE("\x48\x89\xe2\x48\xf7\xe1\x48\x89\x3a\xc3"), NULL, 0 },
	{ "on one way of two", CODE("\x48\x89\xe0\x74\x03\x48\x89\xf8\x48\x89\x38\xc3"),
		"indirect-branch", 8 },
	{ "below it through a copy of RSP", CODE("\x48\x83\xec\x18\x48\x89\xe0\x48\x89\x78\x10"
						"\x48\x83\xc4\x18\xc3"), NULL, 0 },
	{ "one way with a PUSH, one without", CODE("\x74\x01\x50\xc3"), "indirect-branch", 3 },
	{ "a loop of PUSHs", CODE("\x50\x75\xfd\xc3"), "stack-pointer", 0 },
	{ "a loop of PUSHs and POPs", CODE("\x50\x58\x75\xfc\xc3"), NULL, 0 },
	{ "CALL over INT3, RET", CODE("\xe8\x01\0\0\0\xcc\xc3"), "indirect-branch", 6 },
	{ "where am I", CODE("\xe8\0\0\0\0\x58\xc3"), NULL, 0 },
	{ "the RSB filled twice", CODE("\xe8\x01\0\0\0\xcc\xe8\x01\0\0\0\xcc\x48\x83\xc4\x10\xc3"),
		NULL, 0 },
	/* f: CALL g; RET; g: ... */
	{ "a callee that returns", CODE("\xe8\x01\0\0\0\xc3\x50\x58\xc3"), NULL, 0 },
	{ "a callee that writes its caller's", CODE("\xe8\x01\0\0\0\xc3\x48\x89\x44\x24\x08\xc3"),
		"indirect-branch", 0 },
	{ "a callee that writes an argument", CODE("\x50\xe8\x02\0\0\0\x58\xc3\x48\x89\x44\x24\x08\xc3"),
		NULL, 0 },
	{ "a callee that drops its caller", CODE("\xe8\x01\0\0\0\xc3\x48\x83\xc4\x08\xc3"),
		"stack-pointer", 6 },
	/* PUSH; CALL g, which is behind other code and ends in UD2; f2: RET; g: UD2 */
	{ "what is behind a call without return", CODE("\x50\xe8\x01\0\0\0\xc3\x0f\x0b"), NULL, 0 },
	{ "a recursion", CODE("\x90\x74\x06\xe8\xf8\xff\xff\xff\x90\xc3"), "stack-pointer", 3 },
	{ "calls deeper than the stack", CODE("\x48\x81\xec\0\x10\0\0\xe8\x08\0\0\0\x48\x81\xc4\0\x10\0\0"
					       "\xc3\x48\x81\xec\0\x10\0\0\x48\x81\xc4\0\x10\0\0\xc3"),
		"stack-pointer", 20 },
	/* Two ways that differ by a word, as two functions that end by a jump to a third */
	{ "the depth is not known, and not used", CODE("\x74\x01\x50\x53\x5b\x0f\x0b"), NULL, 0 },
	{ "the depth is not known, POP", CODE("\x74\x01\x50\x58\x0f\x0b"), "stack-pointer", 3 },

	/* A fault whose frame cannot be pushed is a triple fault */
	{ "MOV to RSP", CODE("\x48\xc7\xc4\x00\x00\x00\x00"), "stack-pointer", 0 },
	{ "MOV from a register to RSP", CODE("\x48\x89\xfc"), "stack-pointer", 0 },
	{ "POP RSP", CODE("\x5c"), "stack-pointer", 0 },
	{ "XCHG with RSP", CODE("\x48\x87\xe0"), "stack-pointer", 0 },
	{ "LEA of a constant to RSP", CODE("\x50\x48\x8d\x64\x24\x08\xc3"), NULL, 0 },
	{ "LEA to RSP, out of the function's part", CODE("\x48\x8d\x64\x24\x08"), "stack-pointer", 0 },
	{ "LEA of a register and RSP to RSP", CODE("\x48\x8d\x24\x04"), "stack-pointer", 0 },
	{ "AND of RSP", CODE("\x48\x83\xe4\xf0"), "stack-pointer", 0 },
	{ "XADD with RSP", CODE("\x48\x0f\xc1\xe0"), "stack-pointer", 0 },
	{ "BTS of RSP", CODE("\x48\x0f\xba\xec\x03"), "stack-pointer", 0 },
	{ "two frames larger than the stack", CODE("\x48\x81\xec\0\x10\0\0\x48\x81\xec\0\x10\0\0"), "stack-pointer", 7 },
	{ "room for an NMI", CODE("\x48\x81\xec\xb0\x1f\0\0\x48\x81\xc4\xb0\x1f\0\0\xc3"), NULL, 0 },
	{ "no room for an NMI", CODE("\x48\x81\xec\xb8\x1f\0\0"), "stack-pointer", 0 },
	{ "POP of the return address", CODE("\x58"), "stack-pointer", 0 },
	{ "LEA of the stack's top to RSP", CODE("\x48\x8d\x25\xe9\xef\xf1\xff"), NULL, 0 },
	{ "LEA of 8 above the top to RSP", CODE("\x48\x8d\x25\xf1\xef\xf1\xff"), "address", 0 },
	{ "LEA of the text to RSP", CODE("\x48\x8d\x25\x00\x00\x00\x00"), "stack-pointer", 0 },
	{ "a frame larger than the stack", CODE("\x48\x81\xec\x00\x20\x00\x00"), "stack-pointer", 0 },
	{ "SUB of a register", CODE("\x48\x29\xc4"), "stack-pointer", 0 },
	{ "RET that pops", CODE("\xc2\x08\x00"), "stack-pointer", 0 },
	{ "INC ESP", CODE("\xff\xc4"), "stack-pointer", 0 },

	/* Addresses */
	{ "the host's IDT in the slot", CODE("\x48\x8b\x05\xe9\x1f\xf0\xff"), "address", 0 },
	{ "behind the image", CODE("\x48\x8b\x05\xe9\x1f\x00\x00"), "address", 0 },
	{ "an absolute address", CODE("\x48\x8b\x04\x25\0\0\0\0"), "address", 0 },
	{ "a table at an absolute address", CODE("\x48\x8b\x04\xc5\0\0\0\0"), "address", 0 },
	{ "MOVABS from memory", CODE("\x48\xa1\0\0\0\0\0\0\0\0"), "address", 0 },

	/* Inside of an immediate: MOV EAX, ... */
	{ "hidden: MOV to CR3", CODE("\xb8\x0f\x22\xd8\0"), "hidden", 0 },
	{ "hidden: WRMSR", CODE("\xb8\0\0\x0f\x30"), "hidden", 0 },
	{ "hidden: WRMSR over the end", CODE("\xb8\0\0\0\x0f\x30\xc0"), "hidden", 0 },
	{ "hidden: VMLOAD", CODE("\xb8\x0f\x01\xda\0"), "hidden", 0 },
	{ "hidden: VMRUN", CODE("\xb8\x0f\x01\xd8\0"), "hidden", 0 },
	{ "hidden: LIDT", CODE("\xb8\x0f\x01\x18\0"), "hidden", 0 },
	{ "hidden: LTR", CODE("\xb8\x0f\x00\xd8\0"), "hidden", 0 },
	{ "hidden: VMPTRLD", CODE("\xb8\x0f\xc7\x30\0"), "hidden", 0 },
	{ "hidden: IRETQ", CODE("\xb8\0\x48\xcf\0"), "hidden", 0 },
	{ "not hidden: VERW", CODE("\xb8\x0f\x00\x28\0"), NULL, 0 },
	{ "not hidden: SGDT", CODE("\xb8\x0f\x01\x00\0"), NULL, 0 },
	{ "not hidden: RDRAND", CODE("\xb8\x0f\xc7\xf0\0"), NULL, 0 },
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

/* A function at the end of the text, which nothing calls */
static const struct text_case last[] = {
	{ "INC at the end", CODE("\xff\xc0"), "text-end", 0 },
	{ "a branch at the end", CODE("\xff\xc0\x74\xfc"), "text-end", 2 },
	{ "a call at the end", CODE("\xe8\x18\xf8\xff\xff"), "text-end", 0 },
	{ "a call at the end that does not return", CODE("\xe8\x14\xf8\xff\xff"), NULL, 0 },
	{ "NOP at the end that is jumped to", CODE("\x74\x01\xc3\x90"), "text-end", 3 },
	{ "padding at the end", CODE("\xc3\x90\x0f\x1f\x00"), NULL, 0 },
	{ "RET at the end", CODE("\xc3"), NULL, 0 },
	{ "JMP at the end", CODE("\xe9\x14\xf8\xff\xff"), NULL, 0 },
	{ "UD2 at the end", CODE("\x0f\x0b"), NULL, 0 },
};

#define LAST (sizeof(last) / sizeof(last[0]))

static unsigned char image[FILE_SIZE];
static struct lint report;

static void lint_image(size_t size)
{
	lint_text_look(image, size, &report);
}

static void put(unsigned int at, const void *code, size_t size)
{
	lint_text_put(image, at, code, size);
}

/* It is called.  In front of it stands INT3, and behind it: neither is a way in. */
static void check_text(void **state)
{
	const struct text_case *test = *state;
	const struct lint_finding *first = &report.finding[0];

	lint_text_of(test->code, test->size, &report);
	if (!test->rule && report.count)
		fail_msg("%s: %s", first->instruction, first->rule);
	if (!test->rule)
		return;
	assert_true(report.count);
	assert_string_equal(first->rule, test->rule);
	assert_int_equal(first->offset, TEXT + 0x10 + test->at);
	assert_int_equal(first->address, 0x1000 + 0x10 + test->at);
	assert_string_equal(first->function, "");
	assert_true(*first->instruction && *first->text);
}

static int is_broken_by(const struct text_case *test, size_t count, const char *rule)
{
	for (size_t i = 0; i < count; i++)
		if (test[i].rule && !strcmp(test[i].rule, rule))
			return 1;
	return 0;
}

/* Each rule is broken by a case above, so that none is there in name only. */
static void all_rules_bite(void **state)
{
	(void)state;
	for (int i = LINT_NONE + 1; i < LINT_RULES; i++) {
		const char *rule = lint_rule_name(i);

		if (!is_broken_by(cases, CASES, rule) && !is_broken_by(last, LAST, rule))
			fail_msg("nothing breaks %s", rule);
	}
}

static void many_findings(void **state)
{
	(void)state;
	payload_image_make(image);
	memset(image + TEXT, 0xf4, TEXT_SIZE - 1);
	lint_image(IMAGE_SIZE);
	assert_int_equal(report.count, TEXT_SIZE - 1);
	assert_int_equal(report.finding[LINT_KEPT - 1].offset, TEXT + LINT_KEPT - 1);
}

/* INT3 is at 0x14, RET at 0x18. */
static void ends_well(void **state)
{
	(void)state;
	for (size_t i = 0; i < LAST; i++) {
		lint_text_make(image);
		put(0x10, "\xc3", 1);
		put(0x18, "\xc3", 1);
		put(TEXT_SIZE - last[i].size, last[i].code, last[i].size);
		lint_image(IMAGE_SIZE);
		if (!last[i].rule && report.count)
			fail_msg("%s: %s", last[i].name, report.finding[0].rule);
		if (!last[i].rule)
			continue;
		if (!report.count)
			fail_msg("%s: nothing is found", last[i].name);
		assert_string_equal(report.finding[0].rule, last[i].rule);
		assert_int_equal(report.finding[0].offset,
				 TEXT + TEXT_SIZE - last[i].size + last[i].at);
	}
}

/* Where a CPU begins, the sweep must have begun with an instruction too. */
static void entry_is_an_instruction(void **state)
{
	(void)state;
	lint_text_make(image);
	put(0x10, "\xb8\x90\x90\x90\xc3", 5);
	payload_image_patch(image, AT_ELF(e_entry), 8, 0x1011);
	lint_image(IMAGE_SIZE);
	assert_int_equal(report.count, 1);
	assert_string_equal(report.finding[0].rule, "branch-target");
	assert_int_equal(report.finding[0].address, 0x1010);
}

/* A payload that may be used on Intel, or without KVM, is entered there at a place of its own. */
static void so_are_others(void **state)
{
	static const struct {
		uint64_t optional, entry;	/* the text begins at 0x1000; mandatory is SVM */
		size_t found;
	} cases[] = {
		{ 0, 0x1010, 0 },
		{ CARETAKER_FEATURE_VMX, 0x1010, 1 },
		{ CARETAKER_FEATURE_VMX, 0x1020, 0 },
		{ CARETAKER_FEATURE_DETACH, 0x1020, 1 },
		{ CARETAKER_FEATURE_DETACH, 0x1010, 0 },
		{ 0, 0x1020, 0 },
		{ 0, 0x1000 + TEXT_SIZE - 1, 0 },
		{ CARETAKER_FEATURE_VMX, 0x1000 + TEXT_SIZE - CARETAKER_ENTRY_INTEL, 1 },
		{ CARETAKER_FEATURE_VMX, 0x1000 + TEXT_SIZE - CARETAKER_ENTRY_INTEL - 1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		payload_image_make(image);
		/* INT3, and one constant in which no instruction begins that the sweep meets */
		put(0x10f, "\xb8\x90\x90\x90\xc3", 5);
		payload_image_patch(image, AT_ELF(e_entry), 8, cases[i].entry);
		payload_image_patch(image, AT_NOTE(optional), 8, cases[i].optional);
		lint_image(IMAGE_SIZE);
		assert_int_equal(report.count, cases[i].found);
		if (report.count)
			assert_string_equal(report.finding[0].rule, "branch-target");
	}
}

/* Nothing has called the entry point, and above its stack there is nothing. */
static void entry_does_not_return(void **state)
{
	(void)state;
	payload_image_make(image);
	put(0x10, "\xc3", 1);
	lint_image(IMAGE_SIZE);
	assert_int_equal(report.count, 1);
	assert_string_equal(report.finding[0].rule, "indirect-branch");

	payload_image_make(image);
	put(0x10, "\x58", 1);
	lint_image(IMAGE_SIZE);
	assert_int_equal(report.count, 1);
	assert_string_equal(report.finding[0].rule, "stack-pointer");
}

/* Code of a function that stands before it, as a linker sorts it, is no function. */
static void cold_code_is_no_function(void **state)
{
	(void)state;
	lint_text_make(image);
	put(0x10, "\xc3", 1);
	put(0x20, "\x48\x83\xc4\x18\xc3", 5);
	put(0x30, "\x48\x83\xec\x18\xeb\xea", 6);
	lint_image(IMAGE_SIZE);
	assert_int_equal(report.count, 0);
}

/* The last instruction is cut off by the end of the text. */
static void cut_at_the_end(void **state)
{
	(void)state;
	payload_image_make(image);
	put(TEXT_SIZE - 2, "\x48\xb8", 2);
	lint_image(IMAGE_SIZE);
	assert_int_equal(report.count, 2);
	assert_string_equal(report.finding[0].rule, "undecodable");
	assert_string_equal(report.finding[0].instruction, ".byte 48");
	assert_int_equal(report.finding[0].offset, TEXT + TEXT_SIZE - 2);
}

static void put_section(unsigned int i, const Elf64_Shdr *section)
{
	memcpy(image + SYMBOLS + i * sizeof(*section), section, sizeof(*section));
}

/* Section headers 1 and 2: symbols, from name, start and size; and their names */
static void add_symbols(const char * const names[], const unsigned int starts[], unsigned int count)
{
	const Elf64_Shdr symtab = {
		.sh_type = SHT_SYMTAB, .sh_link = 2, .sh_entsize = sizeof(Elf64_Sym),
		.sh_offset = SYMBOLS + 0x200, .sh_size = count * sizeof(Elf64_Sym),
	};
	const Elf64_Shdr strtab = {
		.sh_type = SHT_STRTAB, .sh_offset = SYMBOLS + 0x800, .sh_size = 0x100,
	};
	unsigned int at = 1;

	memset(image + SYMBOLS, 0, FILE_SIZE - SYMBOLS);
	payload_image_patch(image, AT_ELF(e_shoff), 8, SYMBOLS);
	payload_image_patch(image, AT_ELF(e_shentsize), 2, sizeof(Elf64_Shdr));
	payload_image_patch(image, AT_ELF(e_shnum), 2, 3);
	put_section(1, &symtab);
	put_section(2, &strtab);
	for (unsigned int i = 0; i < count; i++) {
		const Elf64_Sym symbol = {
			.st_name = at, .st_info = STT_FUNC, .st_value = starts[i], .st_size = 0x10,
		};

		memcpy(image + symtab.sh_offset + i * sizeof(symbol), &symbol, sizeof(symbol));
		strcpy((char *)image + strtab.sh_offset + at, names[i]);
		at += strlen(names[i]) + 1;
	}
}

#define AT_SYMBOL(field) (SYMBOLS + 0x200 + offsetof(Elf64_Sym, field))

/* A file in which caretaker_entry is at 0x1010, with VMRUN in it */
static void make_entry(void)
{
	payload_image_make(image);
	put(0x10, "\x0f\x01\xd8", 3);
	add_symbols((const char *[]){ "caretaker_entry", "other" },
		    (unsigned int[]){ 0x1010, 0x1020 }, 2);
}

static void named_function_is_excepted(void **state)
{
	(void)state;
	make_entry();
	lint_image(FILE_SIZE);
	assert_int_equal(report.count, 0);

	/* For one instruction, not for its neighbours */
	put(0x13, "\x0f\x01\xda", 3);
	lint_image(FILE_SIZE);
	assert_int_equal(report.count, 1);
	assert_string_equal(report.finding[0].rule, "virtualization");
	assert_string_equal(report.finding[0].function, "caretaker_entry");
	assert_string_equal(report.finding[0].instruction, "vmload %rax");

	/* Nor in another function, nor behind the end of this one */
	make_entry();
	put(0x20, "\x0f\x01\xd8", 3);
	put(0x30, "\x0f\x01\xd8", 3);
	lint_image(FILE_SIZE);
	assert_int_equal(report.count, 2);
	assert_string_equal(report.finding[0].function, "other");
	assert_string_equal(report.finding[1].function, "");
}

/* An exception is for what an instruction is, not for how it is written or hidden. */
static void exception_excuses_no_more(void **state)
{
	(void)state;
	make_entry();
	put(0x10, "\x67\x0f\x01\xd8", 4);
	lint_image(FILE_SIZE);
	assert_int_equal(report.count, 1);
	assert_string_equal(report.finding[0].rule, "prefix");

	make_entry();
	put(0x13, "\xb8\x0f\x01\xd8\0", 5);
	lint_image(FILE_SIZE);
	assert_int_equal(report.count, 1);
	assert_string_equal(report.finding[0].rule, "hidden");
	assert_string_equal(report.finding[0].instruction,
			    "movl $0xd8010f, %eax (VMRUN at its byte 1)");
}

/* Two functions of that name: which one is meant? */
static void name_is_there_twice(void **state)
{
	(void)state;
	make_entry();
	put(0x20, "\x0f\x01\xd8", 3);
	payload_image_patch(image, AT_SYMBOL(st_name) + sizeof(Elf64_Sym), 4, 1);
	lint_image(FILE_SIZE);
	assert_int_equal(report.count, 2);
}

/* A name that would spoil a terminal or JSON is not printed. */
static void names_are_printable(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		make_entry();
		payload_image_patch(image, SYMBOLS + 0x801, 1, i ? 0x1b : 0xff);
		lint_image(FILE_SIZE);
		assert_int_equal(report.count, 1);
		assert_string_equal(report.finding[0].function, "");
	}
}

static const struct symbol_case {
	const char *name;
	unsigned int offset, width;
	unsigned long long value;
} symbol_cases[] = {
	{ "no section headers", AT_ELF(e_shnum), 2, 0 },
	{ "section headers outside of the file", AT_ELF(e_shoff), 8, FILE_SIZE - 64 },
	{ "section headers that overflow", AT_ELF(e_shoff), 8, ~0ULL - 127 },
	{ "section headers of another size", AT_ELF(e_shentsize), 2, 40 },
	{ "no symbols", SYMBOLS + 64 + offsetof(Elf64_Shdr, sh_type), 4, SHT_PROGBITS },
	{ "symbols outside of the file", SYMBOLS + 64 + offsetof(Elf64_Shdr, sh_size), 8, 0x2000 },
	{ "symbols of another size", SYMBOLS + 64 + offsetof(Elf64_Shdr, sh_entsize), 8, 16 },
	{ "names in no section", SYMBOLS + 64 + offsetof(Elf64_Shdr, sh_link), 4, 3 },
	{ "names that are none", SYMBOLS + 128 + offsetof(Elf64_Shdr, sh_type), 4, SHT_PROGBITS },
	{ "names outside of the file", SYMBOLS + 128 + offsetof(Elf64_Shdr, sh_offset), 8,
		FILE_SIZE - 8 },
	{ "a name outside of the names", AT_SYMBOL(st_name), 4, 0x100 },
	{ "a name without an end", SYMBOLS + 128 + offsetof(Elf64_Shdr, sh_size), 8, 8 },
	{ "no function", AT_SYMBOL(st_info), 1, STT_OBJECT },
	{ "no size", AT_SYMBOL(st_size), 8, 0 },
	{ "a size that overflows", AT_SYMBOL(st_size), 8, ~0ULL },
	{ "another name", SYMBOLS + 0x801, 1, 'C' },
	{ "no name", SYMBOLS + 0x801, 1, 0 },
};

#define SYMBOL_CASES (sizeof(symbol_cases) / sizeof(symbol_cases[0]))

/* Symbols that do not hold give no exception. */
static void symbols_must_hold(void **state)
{
	const struct symbol_case *test = *state;

	make_entry();
	payload_image_patch(image, test->offset, test->width, test->value);
	lint_image(FILE_SIZE);
	assert_int_equal(report.count, 1);
	assert_string_equal(report.finding[0].rule, "virtualization");
}

/* Without symbols no exception holds, which is said with what is found for that. */
static void stripped_is_told(void **state)
{
	struct reason why;

	(void)state;
	make_entry();
	lint_image(FILE_SIZE);
	assert_int_equal(report.count, 0);
	payload_image_patch(image, AT_ELF(e_shnum), 2, 0);
	lint_image(FILE_SIZE);
	assert_int_equal(lint_refuse(&report, &why), REFUSED);
	assert_ptr_equal(strstr(why.text, "virtualization: "), why.text);
	assert_non_null(strstr(why.text, ", " LINT_NAMELESS ": vmrun"));
	make_entry();
	payload_image_patch(image, SYMBOLS + 0x801, 1, 'C');	/* another name is one */
	lint_image(FILE_SIZE);
	assert_int_equal(lint_refuse(&report, &why), REFUSED);
	assert_null(strstr(why.text, LINT_NAMELESS));
	make_entry();
	add_symbols((const char *[]){ "" }, (unsigned int[]){ 0x1010, 0x1020 }, 1);	/* and no name is none */
	lint_image(FILE_SIZE);
	assert_true(report.nameless);
}

static void refusal_says_where(void **state)
{
	struct lint report = { .count = 1, .finding = { {
		.offset = 0x1234, .rule = "msr", .text = "no MSR", .instruction = "wrmsr",
	} } };
	struct reason why;

	(void)state;
	assert_int_equal(lint_refuse(&report, &why), REFUSED);
	assert_string_equal(why.text,
			    "msr: no MSR (offset 0x1234, in no function that a symbol names: wrmsr)");
	strcpy(report.finding[0].function, "helper");
	assert_int_equal(lint_refuse(&report, &why), REFUSED);
	assert_string_equal(why.text, "msr: no MSR (offset 0x1234, helper: wrmsr)");
}

/* A line of the policy that can never match would look like one that does. */
static void exceptions_make_sense(void **state)
{
	(void)state;
	assert_true(lint_exceptions_count);
	for (size_t i = 0; i < lint_exceptions_count; i++) {
		const struct lint_exception *exception = &lint_exceptions[i];

		assert_true(exception->rule != LINT_NONE && LINT_EXCEPTABLE(exception->rule));
		assert_true(*exception->function && *exception->instruction && *exception->why);
		for (const char *c = exception->instruction; *c; c++)
			assert_true(*c >= 'A' && *c <= 'Z');
	}
}

int main(void)
{
	struct CMUnitTest tests[CASES + SYMBOL_CASES + 15] = {
		cmocka_unit_test(all_rules_bite), cmocka_unit_test(many_findings),
		cmocka_unit_test(cut_at_the_end), cmocka_unit_test(named_function_is_excepted),
		cmocka_unit_test(exception_excuses_no_more), cmocka_unit_test(exceptions_make_sense),
		cmocka_unit_test(names_are_printable), cmocka_unit_test(name_is_there_twice),
		cmocka_unit_test(ends_well), cmocka_unit_test(entry_is_an_instruction),
		cmocka_unit_test(so_are_others),
		cmocka_unit_test(entry_does_not_return), cmocka_unit_test(cold_code_is_no_function),
		cmocka_unit_test(refusal_says_where), cmocka_unit_test(stripped_is_told),
	};

	for (size_t i = 0; i < CASES; i++)
		tests[15 + i] = (struct CMUnitTest){ cases[i].name, check_text, NULL, NULL,
						    (void *)&cases[i] };
	for (size_t i = 0; i < SYMBOL_CASES; i++)
		tests[15 + CASES + i] = (struct CMUnitTest){ symbol_cases[i].name, symbols_must_hold,
							    NULL, NULL, (void *)&symbol_cases[i] };
	return cmocka_run_group_tests_name("lint", tests, NULL, NULL);
}
