// SPDX-License-Identifier: GPL-2.0-only
/*
 * AMD SVM: the reason for each exit code, the record of an exit, and what a
 * completed instruction leaves behind, as KVM's svm.c would.
 */
#include "test_payload_slot.h"

/* First and last exit code by the APM's numbers, so that svm.h is checked too */
static const struct {
	const char *name;
	uint64_t first, last, info1;
	uint32_t reason;
} reasons[] = {
	{ "CR reads and writes", 0x00, 0x1f, 0, CARETAKER_EXIT_CR },
	{ "DR reads and writes", 0x20, 0x3f, 0, CARETAKER_EXIT_DR },
	{ "exceptions", 0x40, 0x5f, 0, CARETAKER_EXIT_EXCEPTION },
	{ "INTR", 0x60, 0x60, 0, CARETAKER_EXIT_INTERRUPT },
	{ "NMI", 0x61, 0x61, 0, CARETAKER_EXIT_NMI },
	{ "SMI, INIT", 0x62, 0x63, 0, CARETAKER_EXIT_OTHER },
	{ "VINTR", 0x64, 0x64, 0, CARETAKER_EXIT_INTERRUPT_WINDOW },
	{ "CR0_SEL_WRITE", 0x65, 0x65, 0, CARETAKER_EXIT_CR },
	{ "descriptor tables, RDTSC, RDPMC, PUSHF, POPF", 0x66, 0x71, 0, CARETAKER_EXIT_OTHER },
	{ "CPUID", 0x72, 0x72, 0, CARETAKER_EXIT_CPUID },
	{ "RSM", 0x73, 0x73, 0, CARETAKER_EXIT_OTHER },
	{ "IRET", 0x74, 0x74, 0, CARETAKER_EXIT_INTERRUPT_WINDOW },
	{ "SWINT", 0x75, 0x75, 0, CARETAKER_EXIT_OTHER },
	{ "INVD", 0x76, 0x76, 0, CARETAKER_EXIT_INVD },
	{ "PAUSE", 0x77, 0x77, 0, CARETAKER_EXIT_PAUSE },
	{ "HLT", 0x78, 0x78, 0, CARETAKER_EXIT_HLT },
	{ "INVLPG", 0x79, 0x79, 0, CARETAKER_EXIT_OTHER },
	{ "INVLPGA", 0x7a, 0x7a, 0, CARETAKER_EXIT_NESTED },
	{ "IOIO", 0x7b, 0x7b, 0, CARETAKER_EXIT_IO },
	{ "MSR, read", 0x7c, 0x7c, 0, CARETAKER_EXIT_MSR_READ },
	{ "MSR, write", 0x7c, 0x7c, 1, CARETAKER_EXIT_MSR_WRITE },
	{ "TASK_SWITCH, FERR_FREEZE", 0x7d, 0x7e, 0, CARETAKER_EXIT_OTHER },
	{ "SHUTDOWN", 0x7f, 0x7f, 0, CARETAKER_EXIT_SHUTDOWN },
	{ "VMRUN", 0x80, 0x80, 0, CARETAKER_EXIT_NESTED },
	{ "VMMCALL", 0x81, 0x81, 0, CARETAKER_EXIT_HYPERCALL },
	{ "VMLOAD ... SKINIT", 0x82, 0x86, 0, CARETAKER_EXIT_NESTED },
	{ "RDTSCP ... MWAIT_CONDITIONAL", 0x87, 0x8c, 0, CARETAKER_EXIT_OTHER },
	{ "XSETBV", 0x8d, 0x8d, 0, CARETAKER_EXIT_XSETBV },
	{ "RDPRU", 0x8e, 0x8e, 0, CARETAKER_EXIT_OTHER },
	{ "EFER and CR write traps", 0x8f, 0x9f, 0, CARETAKER_EXIT_CR },
	{ "INVLPGB ... BUS_LOCK", 0xa0, 0xa5, 0, CARETAKER_EXIT_OTHER },
	{ "IDLE_HLT", 0xa6, 0xa6, 0, CARETAKER_EXIT_HLT },
	{ "beyond the table", 0xa7, 0x3ff, 0, CARETAKER_EXIT_OTHER },
	{ "NPF", 0x400, 0x400, 0, CARETAKER_EXIT_PAGE_FAULT },
	{ "AVIC", 0x401, 0x402, 0, CARETAKER_EXIT_APIC },
	{ "VMGEXIT", 0x403, 0x403, 0, CARETAKER_EXIT_OTHER },
	{ "VMRUN failures", 0xfffffffffffffffc, 0xffffffffffffffff, 0, CARETAKER_EXIT_INVALID },
	{ "VMRUN failure, 32 bits", 0xffffffff, 0xffffffff, 0, CARETAKER_EXIT_INVALID },
	{ "CPUID in the low half only", 0x100000072, 0x100000072, 0, CARETAKER_EXIT_OTHER },
};

static void reason_of_code(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		print_message("%s\n", reasons[i].name);
		for (uint64_t code = reasons[i].first;; code++) {
			slot_reset();
			slot.vmcb.exit_code = code;
			slot.vmcb.exit_info_1 = reasons[i].info1;
			/* What is answered has no record */
			slot.config.flags |= CARETAKER_CONFIG_ROUTE_ALL;
			assert_int_equal(svm_exit_now(), 0);
			assert_int_equal(slot.ccb.exit.reason, reasons[i].reason);
			assert_int_equal(slot.ccb.exit.code, code);
			if (code == reasons[i].last)
				break;
		}
	}
}

static void record(void **state)
{
	(void)state;
	slot_reset();
	slot.vmcb.exit_code = SVM_EXIT_NPF;
	slot.vmcb.exit_info_1 = 0x100000006;
	slot.vmcb.exit_info_2 = 0xfee00300;
	slot.vmcb.exit_int_info = 0x1234567880000b0e;
	assert_int_equal(svm_exit_now(), 0);
	assert_int_equal(slot.ccb.exit.info1, 0x100000006);
	assert_int_equal(slot.ccb.exit.info2, 0xfee00300);
	assert_int_equal(slot.ccb.exit.event, 0x1234567880000b0e);
	assert_int_equal(slot.ccb.exit.guest_pa, 0xfee00300);
	assert_int_equal(slot.ccb.sequence, 2);

	/* No address left over from the last fault; even again after each exit */
	slot.vmcb.exit_code = SVM_EXIT_HLT;
	slot.ccb.sequence = 5;
	assert_int_equal(svm_exit_now(), 0);
	assert_int_equal(slot.ccb.exit.guest_pa, 0);
	assert_int_equal(slot.ccb.sequence, 6);
}

#define NEXT	CARETAKER_CONFIG_NEXT_RIP
#define MIN	CARETAKER_CONFIG_MIN_ENCODINGS
#define RF	RFLAGS_RF

static const struct {
	const char *name;
	uint32_t flags;
	uint64_t efer;
	uint16_t cs;
	uint64_t rflags, rip, next_rip;
	uint64_t want_rip, want_rflags;
	uint32_t want_length;
} completions[] = {
	{ "next RIP, 64-bit", NEXT, EFER_LMA, VMCB_CS_LONG, 2, 0x1000, 0x1002, 0x1002, 2, 2 },
	{ "next RIP, prefixed", NEXT, EFER_LMA, VMCB_CS_LONG, 2, 0x1000, 0x1005, 0x1005, 2, 5 },
	{ "next RIP leaves RF", NEXT, EFER_LMA, VMCB_CS_LONG, RF | 2, 0x1000, 0x1002, 0x1002, RF | 2, 2 },
	{ "next RIP is not cut in 32-bit code", NEXT, 0, 0, 2, 0xfffffffe, 0x100000000, 0x100000000, 2, 2 },
	{ "next RIP before minimal encodings", NEXT | MIN, EFER_LMA, VMCB_CS_LONG, 2, 0x1000, 0x1003, 0x1003, 2, 3 },
	{ "minimal, 64-bit", MIN, EFER_LMA, VMCB_CS_LONG, 2, GUEST_RIP, 0, GUEST_RIP + 2, 2, 2 },
	{ "minimal, next RIP not believed", MIN, EFER_LMA, VMCB_CS_LONG, 2, 0x1000, 0x1009, 0x1002, 2, 2 },
	{ "minimal clears RF only", MIN, EFER_LMA, VMCB_CS_LONG, RF | 0x246, 0x1000, 0, 0x1002, 0x246, 2 },
	{ "minimal, 64-bit beyond 4 GiB", MIN, EFER_LMA, VMCB_CS_LONG, 2, 0xfffffffe, 0, 0x100000000, 2, 2 },
	{ "minimal, compatibility mode", MIN, EFER_LMA, 0, 2, 0xfffffffe, 0, 0, 2, 2 },
	{ "minimal, protected mode", MIN, 0, 0, 2, 0xfffffffe, 0, 0, 2, 2 },
	{ "minimal, L without LMA", MIN, 0, VMCB_CS_LONG, 2, 0xffffffff, 0, 1, 2, 2 },
	{ "minimal, real mode is not cut to 16 bits", MIN, 0, 0, 2, 0xfffe, 0, 0x10000, 2, 2 },
	{ "minimal, virtual-8086 mode", MIN, EFER_LMA, VMCB_CS_LONG, RFLAGS_VM | 2, 0xfffffffe, 0, 0, RFLAGS_VM | 2, 2 },
};

static void completion(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(completions) / sizeof(completions[0]); i++) {
		struct vmcb want;

		print_message("%s\n", completions[i].name);
		slot_reset();
		slot.config.flags = completions[i].flags;
		slot.vmcb.efer = completions[i].efer;
		slot.vmcb.cs.attributes = completions[i].cs;
		slot.vmcb.rflags = completions[i].rflags;
		slot.vmcb.rip = completions[i].rip;
		slot.vmcb.next_rip = completions[i].next_rip;
		slot.vmcb.interrupt_state = 3;
		slot.vmcb.tlb_control = 3;
		slot.vmcb.erap_control = 3;
		memset(slot.vmcb.reserved_0b0, 0x5a, sizeof(slot.vmcb.reserved_0b0));

		/* Clean bits (0xc0) are among what must stay as it is. */
		want = slot.vmcb;
		want.rip = completions[i].want_rip;
		want.rflags = completions[i].want_rflags;
		want.interrupt_state = 2;
		want.tlb_control = 0;
		want.erap_control = 1;
		want.rax = 0x00800f12;

		slot.config.flags |= CARETAKER_CONFIG_ROUTE_ALL;
		assert_int_equal(svm_exit_now(), 0);
		assert_int_equal(slot.ccb.exit.length, completions[i].want_length);
		slot.config.flags = completions[i].flags;

		assert_int_equal(svm_exit_now(), 1);
		assert_int_equal(slot.vmcb.rip, want.rip);
		assert_memory_equal(&slot.vmcb, &want, sizeof(want));
		/* It was never pending */
		assert_int_equal(slot.ccb.sequence, 2);
	}
}

/* Without hardware's help only what is answered has a length, and only by the VMM's leave. */
static void lengths(void **state)
{
	(void)state;
	slot_reset();
	slot.config.flags = MIN;
	slot.vmcb.exit_code = SVM_EXIT_HLT;
	assert_int_equal(svm_exit_now(), 0);
	assert_int_equal(slot.ccb.exit.length, 0);

	/* The only one of three bytes */
	slot.vmcb.exit_code = SVM_EXIT_XSETBV;
	assert_int_equal(svm_exit_now(), 0);
	assert_int_equal(slot.ccb.exit.length, 3);

	slot.config.flags = 0;
	slot.vmcb.exit_code = SVM_EXIT_CPUID;
	assert_int_equal(svm_exit_now(), 0);
	assert_int_equal(slot.ccb.exit.length, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reason_of_code),
		cmocka_unit_test(record),
		cmocka_unit_test(completion),
		cmocka_unit_test(lengths),
	};

	return cmocka_run_group_tests_name("payload: svm", tests, NULL, NULL);
}
