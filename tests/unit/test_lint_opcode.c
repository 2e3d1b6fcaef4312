// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must not be executed, by its bytes: the name that a finding gives it, whatever the
 * disassembler says; and whether it may hide in other bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <cmocka.h>

#include "lint_opcode.h"
#include "lint_text.h"

struct opcode_case {
	const char *name;	/* as a finding has it */
	const char *code;
	size_t size;
	const char *rule;
	int hides;
};

static const struct opcode_case cases[] = {
	{ "LKGS", CODE("\xf2\x0f\x00\xf0"), "segment", 1 },
	{ "SLDT", CODE("\x0f\x00\x00"), "descriptor-table", 0 },
	{ "STR", CODE("\x0f\x00\xc8"), "descriptor-table", 0 },
	{ "LLDT", CODE("\x0f\x00\xd0"), "descriptor-table", 1 },
	{ "LTR", CODE("\x0f\x00\x18"), "descriptor-table", 1 },
	{ "RSTORSSP", CODE("\xf3\x0f\x01\x28"), "unlisted", 1 },
	{ "SGDT", CODE("\x0f\x01\x00"), "descriptor-table", 0 },
	{ "SIDT", CODE("\x0f\x01\x08"), "descriptor-table", 0 },
	{ "LGDT", CODE("\x0f\x01\x10"), "descriptor-table", 1 },
	{ "LIDT", CODE("\x0f\x01\x18"), "descriptor-table", 1 },
	{ "SMSW", CODE("\x0f\x01\xe0"), "control-register", 0 },
	{ "LMSW", CODE("\x0f\x01\xf0"), "control-register", 1 },
	{ "LMSW", CODE("\x0f\x01\x30"), "control-register", 1 },
	{ "INVLPG", CODE("\x0f\x01\x38"), "translation", 1 },
	{ "ENCLV", CODE("\x0f\x01\xc0"), "virtualization", 1 },
	{ "VMCALL", CODE("\x0f\x01\xc1"), "virtualization", 1 },
	{ "VMLAUNCH", CODE("\x0f\x01\xc2"), "virtualization", 1 },
	{ "VMRESUME", CODE("\x0f\x01\xc3"), "virtualization", 1 },
	{ "VMXOFF", CODE("\x0f\x01\xc4"), "virtualization", 1 },
	{ "PCONFIG", CODE("\x0f\x01\xc5"), "virtualization", 1 },
	{ "WRMSRNS", CODE("\x0f\x01\xc6"), "msr", 1 },
	{ "WRMSRLIST", CODE("\xf3\x0f\x01\xc6"), "msr", 1 },
	{ "RDMSRLIST", CODE("\xf2\x0f\x01\xc6"), "msr", 1 },
	{ "PBNDKB", CODE("\x0f\x01\xc7"), "virtualization", 1 },
	{ "MONITOR", CODE("\x0f\x01\xc8"), "halt", 1 },
	{ "MWAIT", CODE("\x0f\x01\xc9"), "halt", 1 },
	{ "CLAC", CODE("\x0f\x01\xca"), "control-register", 1 },
	{ "ERETU", CODE("\xf3\x0f\x01\xca"), "system-call", 1 },
	{ "ERETS", CODE("\xf2\x0f\x01\xca"), "system-call", 1 },
	{ "STAC", CODE("\x0f\x01\xcb"), "control-register", 1 },
	{ "TDCALL", CODE("\x66\x0f\x01\xcc"), "virtualization", 1 },
	{ "SEAMRET", CODE("\x66\x0f\x01\xcd"), "virtualization", 1 },
	{ "SEAMOPS", CODE("\x66\x0f\x01\xce"), "virtualization", 1 },
	{ "SEAMCALL", CODE("\x66\x0f\x01\xcf"), "virtualization", 1 },
	{ "ENCLS", CODE("\x0f\x01\xcf"), "virtualization", 1 },
	{ "XGETBV", CODE("\x0f\x01\xd0"), "msr", 0 },
	{ "XSETBV", CODE("\x0f\x01\xd1"), "control-register", 1 },
	{ "VMFUNC", CODE("\x0f\x01\xd4"), "virtualization", 1 },
	{ "ENCLU", CODE("\x0f\x01\xd7"), "virtualization", 1 },
	{ "VMRUN", CODE("\x0f\x01\xd8"), "virtualization", 1 },
	{ "VMMCALL", CODE("\x0f\x01\xd9"), "virtualization", 1 },
	{ "VMLOAD", CODE("\x0f\x01\xda"), "virtualization", 1 },
	{ "VMSAVE", CODE("\x0f\x01\xdb"), "virtualization", 1 },
	{ "STGI", CODE("\x0f\x01\xdc"), "virtualization", 1 },
	{ "CLGI", CODE("\x0f\x01\xdd"), "virtualization", 1 },
	{ "SKINIT", CODE("\x0f\x01\xde"), "virtualization", 1 },
	{ "INVLPGA", CODE("\x0f\x01\xdf"), "translation", 1 },
	{ "SETSSBSY", CODE("\xf3\x0f\x01\xe8"), "unlisted", 1 },
	{ "XSUSLDTRK", CODE("\xf2\x0f\x01\xe8"), "unlisted", 0 },
	{ "SERIALIZE", CODE("\x0f\x01\xe8"), "unlisted", 0 },
	{ "XRESLDTRK", CODE("\xf2\x0f\x01\xe9"), "unlisted", 0 },
	{ "SAVEPREVSSP", CODE("\xf3\x0f\x01\xea"), "unlisted", 1 },
	{ "UIRET", CODE("\xf3\x0f\x01\xec"), "interrupt", 1 },
	{ "TESTUI", CODE("\xf3\x0f\x01\xed"), "interrupt-flag", 0 },
	{ "CLUI", CODE("\xf3\x0f\x01\xee"), "interrupt-flag", 0 },
	{ "STUI", CODE("\xf3\x0f\x01\xef"), "interrupt-flag", 1 },
	{ "RDPKRU", CODE("\x0f\x01\xee"), "control-register", 0 },
	{ "WRPKRU", CODE("\x0f\x01\xef"), "control-register", 1 },
	{ "SWAPGS", CODE("\x0f\x01\xf8"), "segment", 1 },
	{ "RDTSCP", CODE("\x0f\x01\xf9"), "msr", 0 },
	{ "MCOMMIT", CODE("\xf3\x0f\x01\xfa"), "translation", 0 },
	{ "MONITORX", CODE("\x0f\x01\xfa"), "halt", 0 },
	{ "MWAITX", CODE("\x0f\x01\xfb"), "halt", 0 },
	{ "CLZERO", CODE("\x0f\x01\xfc"), "translation", 0 },
	{ "RMPQUERY", CODE("\xf3\x0f\x01\xfd"), "virtualization", 1 },
	{ "RMPREAD", CODE("\xf2\x0f\x01\xfd"), "virtualization", 1 },
	{ "RDPRU", CODE("\x0f\x01\xfd"), "msr", 0 },
	{ "RMPADJUST", CODE("\xf3\x0f\x01\xfe"), "virtualization", 1 },
	{ "RMPUPDATE", CODE("\xf2\x0f\x01\xfe"), "virtualization", 1 },
	{ "INVLPGB", CODE("\x0f\x01\xfe"), "translation", 1 },
	{ "PSMASH", CODE("\xf3\x0f\x01\xff"), "virtualization", 1 },
	{ "PVALIDATE", CODE("\xf2\x0f\x01\xff"), "virtualization", 1 },
	{ "TLBSYNC", CODE("\x0f\x01\xff"), "translation", 1 },
	{ "SYSCALL", CODE("\x0f\x05"), "system-call", 1 },
	{ "CLTS", CODE("\x0f\x06"), "control-register", 1 },
	{ "SYSRET", CODE("\x48\x0f\x07"), "system-call", 1 },
	{ "INVD", CODE("\x0f\x08"), "translation", 1 },
	{ "WBINVD", CODE("\x0f\x09"), "translation", 1 },
	{ "WBNOINVD", CODE("\xf3\x0f\x09"), "translation", 1 },
	{ "MOV from CR", CODE("\x0f\x20\xd8"), "control-register", 1 },
	{ "MOV from DR", CODE("\x0f\x21\xf8"), "debug-register", 1 },
	{ "MOV to CR", CODE("\x0f\x22\xd8"), "control-register", 1 },
	{ "MOV to CR", CODE("\x44\x0f\x22\xc0"), "control-register", 1 },
	{ "MOV to DR", CODE("\x0f\x23\xf8"), "debug-register", 1 },
	{ "WRMSR", CODE("\x0f\x30"), "msr", 1 },
	{ "RDMSR", CODE("\x0f\x32"), "msr", 1 },
	{ "RDPMC", CODE("\x0f\x33"), "msr", 1 },
	{ "SYSENTER", CODE("\x0f\x34"), "system-call", 1 },
	{ "SYSEXIT", CODE("\x0f\x35"), "system-call", 1 },
	{ "GETSEC", CODE("\x0f\x37"), "virtualization", 1 },
	{ "VMREAD", CODE("\x0f\x78\xc1"), "virtualization", 1 },
	{ "VMWRITE", CODE("\x0f\x79\xc1"), "virtualization", 1 },
	{ "PUSH of FS or GS", CODE("\x0f\xa0"), "segment", 0 },
	{ "PUSH of FS or GS", CODE("\x0f\xa8"), "segment", 0 },
	{ "POP to FS", CODE("\x0f\xa1"), "segment", 1 },
	{ "POP to GS", CODE("\x0f\xa9"), "segment", 1 },
	{ "RSM", CODE("\x0f\xaa"), "virtualization", 1 },
	{ "LSS", CODE("\x48\x0f\xb2\x20"), "segment", 1 },
	{ "LFS", CODE("\x0f\xb4\x00"), "segment", 1 },
	{ "LGS", CODE("\x0f\xb5\x00"), "segment", 1 },
	{ "RDFSBASE", CODE("\xf3\x48\x0f\xae\xc0"), "segment", 0 },
	{ "RDGSBASE", CODE("\xf3\x48\x0f\xae\xc8"), "segment", 0 },
	{ "WRFSBASE", CODE("\xf3\x0f\xae\xd0"), "segment", 1 },
	{ "WRFSBASE", CODE("\xf3\x49\x0f\xae\xd0"), "segment", 1 },
	{ "WRGSBASE", CODE("\xf3\x48\x0f\xae\xd8"), "segment", 1 },
	{ "PTWRITE", CODE("\xf3\x0f\xae\xe0"), "unlisted", 0 },
	{ "INCSSP", CODE("\xf3\x48\x0f\xae\xe8"), "unlisted", 1 },
	{ "UMONITOR", CODE("\xf3\x0f\xae\xf0"), "halt", 0 },
	{ "UMWAIT", CODE("\xf2\x0f\xae\xf0"), "halt", 0 },
	{ "TPAUSE", CODE("\x66\x0f\xae\xf0"), "halt", 0 },
	{ "CLRSSBSY", CODE("\xf3\x0f\xae\x30"), "unlisted", 1 },
	{ "CLWB", CODE("\x66\x0f\xae\x30"), "translation", 0 },
	{ "CLFLUSHOPT", CODE("\x66\x0f\xae\x38"), "translation", 0 },
	{ "CLFLUSH", CODE("\x0f\xae\x38"), "translation", 0 },
	{ "XRSTORS", CODE("\x0f\xc7\x18"), "vector", 1 },
	{ "XSAVEC", CODE("\x0f\xc7\x20"), "vector", 0 },
	{ "XSAVES", CODE("\x48\x0f\xc7\x28"), "vector", 1 },
	{ "VMXON", CODE("\xf3\x0f\xc7\x30"), "virtualization", 1 },
	{ "VMCLEAR", CODE("\x66\x0f\xc7\x30"), "virtualization", 1 },
	{ "VMPTRLD", CODE("\x0f\xc7\x30"), "virtualization", 1 },
	{ "VMPTRST", CODE("\x0f\xc7\x38"), "virtualization", 1 },
	{ "SENDUIPI", CODE("\xf3\x0f\xc7\xf0"), "interrupt", 1 },
	{ "RDPID", CODE("\xf3\x0f\xc7\xf8"), "msr", 0 },
	{ "RDSSP", CODE("\xf3\x48\x0f\x1e\xc8"), "unlisted", 0 },
	{ "INVEPT", CODE("\x66\x0f\x38\x80\x00"), "translation", 1 },
	{ "INVVPID", CODE("\x66\x0f\x38\x81\x00"), "translation", 1 },
	{ "INVPCID", CODE("\x66\x0f\x38\x82\x00"), "translation", 1 },
	{ "LOADIWKEY", CODE("\xf3\x0f\x38\xdc\xc1"), "vector", 1 },
	{ "WRUSS", CODE("\x66\x0f\x38\xf5\x00"), "unlisted", 1 },
	{ "WRSS", CODE("\x0f\x38\xf6\x00"), "unlisted", 1 },
	{ "ENQCMDS", CODE("\xf3\x0f\x38\xf8\x00"), "unlisted", 1 },
	{ "ENQCMD", CODE("\xf2\x0f\x38\xf8\x00"), "unlisted", 1 },
	{ "UWRMSR", CODE("\xf3\x0f\x38\xf8\xc0"), "msr", 1 },
	{ "URDMSR", CODE("\xf2\x0f\x38\xf8\xc0"), "msr", 1 },
	{ "HRESET", CODE("\xf3\x0f\x3a\xf0\xc0\x00"), "unlisted", 1 },
	{ "WRMSRNS or RDMSR", CODE("\xc4\xe7\x7a\xf6\xc0"), "msr", 1 },
	{ "WRMSRNS or RDMSR", CODE("\x62\xf7\x7e\x08\xf6\xc0"), "msr", 1 },
	{ "UWRMSR or URDMSR", CODE("\xc4\xe7\x7a\xf8\xc0"), "msr", 1 },
	{ "INVEPT", CODE("\x62\xf4\x7e\x08\xf0\x00"), "translation", 1 },
	{ "INVVPID", CODE("\x62\xf4\x7e\x08\xf1\x00"), "translation", 1 },
	{ "INVPCID", CODE("\x62\xf4\x7e\x08\xf2\x00"), "translation", 1 },
	{ "WRUSS", CODE("\x62\xf4\x7d\x08\x65\x00"), "unlisted", 1 },
	{ "WRSS", CODE("\x62\xf4\x7c\x08\x66\x00"), "unlisted", 1 },
	{ "ENQCMD or URDMSR", CODE("\x62\xf4\x7f\x08\xf8\x00"), "unlisted", 1 },
	{ "ENQCMDS or UWRMSR", CODE("\x62\xf4\x7e\x08\xf8\x00"), "unlisted", 1 },
	{ "MOV to CR", CODE("\xd5\x80\x22\xd8"), "control-register", 1 },	/* by REX2 */
	{ "IRETQ", CODE("\xd5\x08\xcf"), "interrupt", 1 },
	{ "MOVSXD", CODE("\x63\xc0"), "unlisted", 0 },
	{ "MOVSXD", CODE("\x41\x63\x00"), "unlisted", 0 },
	{ "INS", CODE("\xf3\x6c"), "port", 0 },
	{ "OUTS", CODE("\x6f"), "port", 0 },
	{ "MOV from a segment register", CODE("\x8c\xe8"), "segment", 0 },
	{ "MOV to a segment register", CODE("\x8e\xd0"), "segment", 0 },
	{ "PUSHF", CODE("\x9c"), "interrupt-flag", 0 },
	{ "POPF", CODE("\x9d"), "interrupt-flag", 0 },
	{ "ENTER", CODE("\xc8\x10\x00\x00"), "stack-pointer", 0 },
	{ "LEAVE", CODE("\xc9"), "stack-pointer", 0 },
	{ "LRETQ", CODE("\x4c\xcb"), "far-branch", 1 },
	{ "LRETQ", CODE("\x48\xca\x08\x00"), "far-branch", 1 },
	{ "LRET", CODE("\xcb"), "far-branch", 0 },
	{ "INT", CODE("\xcd\x80"), "interrupt", 0 },
	{ "IRETQ", CODE("\x48\xcf"), "interrupt", 1 },
	{ "IRET", CODE("\xcf"), "interrupt", 0 },
	{ "IN", CODE("\xe5\x10"), "port", 0 },
	{ "IN", CODE("\xec"), "port", 0 },
	{ "OUT", CODE("\xe6\x80"), "port", 0 },
	{ "OUT", CODE("\xef"), "port", 0 },
	{ "INT1", CODE("\xf1"), "interrupt", 0 },
	{ "HLT", CODE("\xf4"), "halt", 0 },
	{ "CLI", CODE("\xfa"), "interrupt-flag", 0 },
	{ "STI", CODE("\xfb"), "interrupt-flag", 0 },
	{ "STD", CODE("\xfd"), "interrupt-flag", 0 },
	{ "LCALL", CODE("\x48\xff\x18"), "far-branch", 0 },
	{ "LJMP", CODE("\xff\x28"), "far-branch", 0 },
	/* Of ranges that have no names here */
	{ NULL, CODE("\x9b"), "vector", 0 },
	{ NULL, CODE("\xd9\xe8"), "vector", 0 },
	{ NULL, CODE("\x0f\x0e"), "vector", 0 },
	{ NULL, CODE("\x0f\x28\xc1"), "vector", 0 },
	{ NULL, CODE("\x0f\xae\x00"), "vector", 0 },
	{ NULL, CODE("\x66\x0f\x79\xc1"), "vector", 0 },
	{ NULL, CODE("\x66\x0f\x38\x00\xc1"), "vector", 0 },
	{ NULL, CODE("\x66\x0f\x3a\x0f\xc1\x08"), "vector", 0 },
	{ NULL, CODE("\xc5\xf8\x57\xc0"), "vector", 0 },
	{ NULL, CODE("\x62\xf1\x7c\x48\x57\xc0"), "vector", 0 },
	{ NULL, CODE("\x8f\xe8\x78\xa2\xc0\x00"), "vector", 0 },
	{ NULL, CODE("\xc4\xe2\x78\xf2\xc1"), "unlisted", 0 },	/* ANDN */
	{ NULL, CODE("\xc4\xe3\x7b\xf0\xc1\x08"), "unlisted", 0 },	/* RORX */
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

/* What must pass although its opcode is that of something above */
static const struct {
	const char *name;
	const char *code;
	size_t size;
} neighbours[] = {
	{ "VERW", CODE("\x0f\x00\x28") },
	{ "LFENCE", CODE("\x0f\xae\xe8") },
	{ "MFENCE", CODE("\x0f\xae\xf0") },
	{ "SFENCE", CODE("\x0f\xae\xf8") },
	{ "RDRAND", CODE("\x0f\xc7\xf0") },
	{ "CMPXCHG16B", CODE("\x48\x0f\xc7\x08") },
	{ "ENDBR64", CODE("\xf3\x0f\x1e\xfa") },
	{ "MOVZX", CODE("\x0f\xb6\xc0") },
	{ "POPCNT", CODE("\xf3\x0f\xb8\xc0") },
	{ "MOVNTI", CODE("\x0f\xc3\x00") },
	{ "JMP through memory, near", CODE("\xff\x20") },
	{ "POP to memory", CODE("\x8f\x00") },
	{ "MOVSXD to 64 bits", CODE("\x48\x63\xc0") },
	{ "a REX that does not count", CODE("\x48\x66\x90") },
};

/* The same bytes in the constant of a MOVABS */
static void look_for_hidden(const struct opcode_case *test)
{
	unsigned char code[10] = "\x48\xb8";
	char name[64];
	struct lint lint;

	if (!test->name)
		return;
	memcpy(code + 2, test->code, test->size);
	lint_text_of(code, sizeof(code), &lint);
	if (!test->hides) {
		assert_int_equal(lint.count, 0);
		return;
	}
	assert_true(lint.count);
	assert_string_equal(lint.finding[0].rule, "hidden");
	snprintf(name, sizeof(name), " (%s at its byte 2)", test->name);
	assert_non_null(strstr(lint.finding[0].instruction, name));
}

static void is_found(void **state)
{
	const struct opcode_case *test = *state;
	struct opcode opcode = lint_opcode((const unsigned char *)test->code, test->size);
	struct lint lint;

	assert_string_equal(lint_rule_name(opcode.rule), test->rule);
	assert_int_equal(opcode.hides, test->hides);
	if (test->name)
		assert_string_equal(opcode.name, test->name);
	lint_text_of(test->code, test->size, &lint);
	assert_true(lint.count);
	assert_string_equal(lint.finding[0].rule, test->rule);
	/* "mov %rax, %cr3", or "WRPKRU (0f 01 ef)" */
	if (test->name && strncasecmp(lint.finding[0].instruction, test->name,
				      strcspn(test->name, " ")))
		fail_msg("it is called %s", lint.finding[0].instruction);
	look_for_hidden(test);
}

static void neighbours_are_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(neighbours) / sizeof(neighbours[0]); i++) {
		struct opcode opcode = lint_opcode((const unsigned char *)neighbours[i].code,
						   neighbours[i].size);

		if (opcode.rule != LINT_NONE)
			fail_msg("%s: %s", neighbours[i].name, lint_rule_name(opcode.rule));
	}
}

static int has_case(const char *name)
{
	for (size_t i = 0; i < CASES; i++)
		if (cases[i].name && !strcmp(cases[i].name, name))
			return 1;
	return 0;
}

/* Each name that the tables have is that of a case above. */
static void each_name_has_a_case(void **state)
{
	static const char * const begins[] = {
		"\x0f", "\x66\x0f", "\xf2\x0f", "\xf3\x0f", "\x48", "\xc4\xe4\x7a", "\xc4\xe7\x7a",
		"\xc4\xe4\x7b", "\xc4\xe4\x79", "\xc4\xe4\x78",
		"", "\x0f\x38", "\x66\x0f\x38", "\xf2\x0f\x38", "\xf3\x0f\x38", "\xf3\x0f\x3a",
	};
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		for (unsigned int both = 0; both < 0x10000; both++) {
			unsigned char code[8] = "";
			size_t size = strlen(begins[i]);
			struct opcode opcode;

			memcpy(code, begins[i], size);
			code[size] = both >> 8;
			code[size + 1] = both;
			opcode = lint_opcode(code, sizeof(code));
			if (opcode.name && !has_case(opcode.name))
				fail_msg("no case has %s", opcode.name);
			found += !!opcode.name;
		}
	assert_true(found);
}

/* What is cut off goes on with the zeros behind the text. */
static void zeros_are_behind(void **state)
{
	static const unsigned char code[] = { 0x0f, 0x01, 0x18 };

	(void)state;
	assert_string_equal(lint_opcode(code, 2).name, "SGDT");
	assert_string_equal(lint_opcode(code, 3).name, "LIDT");
	assert_int_equal(lint_opcode(code, 1).rule, LINT_DESCRIPTOR_TABLE);
	assert_int_equal(lint_opcode(code, 0).rule, LINT_NONE);
	/* Prefixes and nothing else */
	assert_int_equal(lint_opcode((const unsigned char *)"\x66\x66\xf3", 3).rule, LINT_NONE);
}

/* What the disassembler does not know is one finding, and what follows it is looked at. */
static void unknown_is_skipped_whole(void **state)
{
	struct lint lint;

	(void)state;
	lint_text_of(CODE("\x0f\x01\xfe\xf4"), &lint);
	assert_int_equal(lint.count, 2);
	assert_string_equal(lint.finding[0].instruction, "INVLPGB (0f 01 fe)");
	assert_string_equal(lint.finding[1].instruction, "hlt");
	/* CLRSSBSY 0x12345678(%rax,%rcx), with a byte of its displacement that would halt */
	lint_text_of(CODE("\xf3\x0f\xae\xb4\x08\x78\x56\xf4\x12"), &lint);
	assert_int_equal(lint.count, 1);
	assert_int_equal(strncasecmp(lint.finding[0].instruction, "clrssbsy", 8), 0);
}

/* Its last bytes, or a prefix of the one behind, make it another: INCSSP of LFENCE */
static void hides_before_the_next(void **state)
{
	struct lint lint;

	(void)state;
	lint_text_of(CODE("\xb8\0\0\0\xf3\x0f\xae\xe8"), &lint);
	assert_int_equal(lint.count, 1);
	assert_string_equal(lint.finding[0].rule, "hidden");
	/* No more than it is anyway: the second begins with what looks like REX */
	lint_text_of(CODE("\xb8\0\0\0\x48\x0f\x01\xd8"), &lint);
	assert_int_equal(lint.count, 1);
	assert_string_equal(lint.finding[0].rule, "virtualization");
}

int main(void)
{
	struct CMUnitTest tests[CASES + 5] = {
		cmocka_unit_test(neighbours_are_none), cmocka_unit_test(each_name_has_a_case),
		cmocka_unit_test(zeros_are_behind), cmocka_unit_test(unknown_is_skipped_whole),
		cmocka_unit_test(hides_before_the_next),
	};

	for (size_t i = 0; i < CASES; i++)
		tests[5 + i] = (struct CMUnitTest){ cases[i].name ? cases[i].name : "a range",
						    is_found, NULL, NULL, (void *)&cases[i] };
	return cmocka_run_group_tests_name("lint_opcode", tests, NULL, NULL);
}
