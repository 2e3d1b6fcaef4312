// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel VMX: the reason for each exit, the record of an exit, and what a completed
 * instruction leaves behind, as KVM's vmx.c would.  The VMCS is an array here.
 */
#include "test_payload_slot.h"
/* The slot brings svm.c; both have functions of these names to themselves */
#undef RFLAGS_TF
#define read_exit		vmx_read_exit
#define describe_exit		vmx_describe_exit
#define answer_instruction	vmx_answer_instruction
#define runs_64bit_code		vmx_runs_64bit_code
#define complete_instruction	vmx_complete_instruction
#define unprivileged		vmx_unprivileged
#define handle_exit		vmx_handle_exit
#include "../../payload/vmx.c"

static uint64_t vmcs[0x8000];
static int writes;

u64 vmread(u64 field)
{
	assert_true(field < 0x8000);
	return vmcs[field];
}

void vmwrite(u64 field, u64 value)
{
	assert_true(field < 0x8000);
	vmcs[field] = value;
	writes++;
}

/* The exit in the VMCS goes the long way: what entry_vmx.S has found out by then */
static u32 vmx_exit_now(void)
{
	u64 code = vmcs[0x4402];

	if (code == VMX_EXIT_RDMSR)
		return vmx_exit_rdmsr();
	return vmx_exit(code, code <= VMX_EXIT_LAST ? vmx_reason[code] : CARETAKER_EXIT_OTHER);
}

static void vmx_reset(void)
{
	slot_reset();
	slot.config.vendor = CARETAKER_VENDOR_INTEL;
	slot.ccb.regs.rax = DIRTY | 1;
	memset(vmcs, 0, sizeof(vmcs));
	writes = 0;
	slot.tsc = 0;
	vmcs[0x4402] = 10;		/* CPUID, by the SDM's numbers: vmx.h is checked too */
	vmcs[0x440c] = 2;
	vmcs[0x681e] = GUEST_RIP;
	vmcs[0x6820] = 0x202;
	vmcs[0x4012] = 1 << 9;
	vmcs[0x4816] = 0xa09b;
	vmcs[0x4818] = 0xc093;
}

static const struct {
	const char *name;
	uint64_t first, last, interruption;
	uint32_t reason;
} reasons[] = {
	{ "exception", 0, 0, 0x80000b0e, CARETAKER_EXIT_EXCEPTION },
	{ "NMI", 0, 0, 0x80000202, CARETAKER_EXIT_NMI },
	{ "external interrupt", 1, 1, 0x80000030, CARETAKER_EXIT_INTERRUPT },
	{ "triple fault", 2, 2, 0, CARETAKER_EXIT_SHUTDOWN },
	{ "INIT ... other SMI", 3, 6, 0, CARETAKER_EXIT_OTHER },
	{ "windows", 7, 8, 0, CARETAKER_EXIT_INTERRUPT_WINDOW },
	{ "task switch", 9, 9, 0, CARETAKER_EXIT_OTHER },
	{ "CPUID", 10, 10, 0, CARETAKER_EXIT_CPUID },
	{ "GETSEC", 11, 11, 0, CARETAKER_EXIT_OTHER },
	{ "HLT", 12, 12, 0, CARETAKER_EXIT_HLT },
	{ "INVD", 13, 13, 0, CARETAKER_EXIT_INVD },
	{ "INVLPG ... RSM", 14, 17, 0, CARETAKER_EXIT_OTHER },
	{ "VMCALL", 18, 18, 0, CARETAKER_EXIT_HYPERCALL },
	{ "VMCLEAR ... VMXON", 19, 27, 0, CARETAKER_EXIT_NESTED },
	{ "CR access", 28, 28, 0, CARETAKER_EXIT_CR },
	{ "DR access", 29, 29, 0, CARETAKER_EXIT_DR },
	{ "port", 30, 30, 0, CARETAKER_EXIT_IO },
	{ "RDMSR", 31, 31, 0, CARETAKER_EXIT_MSR_READ },
	{ "WRMSR", 32, 32, 0, CARETAKER_EXIT_MSR_WRITE },
	{ "MWAIT ... MONITOR", 36, 39, 0, CARETAKER_EXIT_OTHER },
	{ "PAUSE", 40, 40, 0, CARETAKER_EXIT_PAUSE },
	{ "TPR ... EOI", 43, 45, 0, CARETAKER_EXIT_APIC },
	{ "descriptor tables", 46, 47, 0, CARETAKER_EXIT_OTHER },
	{ "EPT", 48, 49, 0, CARETAKER_EXIT_PAGE_FAULT },
	{ "INVEPT", 50, 50, 0, CARETAKER_EXIT_NESTED },
	{ "RDTSCP", 51, 51, 0, CARETAKER_EXIT_OTHER },
	{ "preemption timer", 52, 52, 0, CARETAKER_EXIT_TIMER },
	{ "INVVPID", 53, 53, 0, CARETAKER_EXIT_NESTED },
	{ "WBINVD", 54, 54, 0, CARETAKER_EXIT_OTHER },
	{ "XSETBV", 55, 55, 0, CARETAKER_EXIT_XSETBV },
	{ "APIC write", 56, 56, 0, CARETAKER_EXIT_APIC },
	{ "beyond the table", 57, 0x200, 0, CARETAKER_EXIT_OTHER },
	{ "CPUID in an enclave", 10 | 1 << 27, 10 | 1 << 27, 0, CARETAKER_EXIT_OTHER },
	{ "CPUID with a bus lock", 10 | 1 << 26, 10 | 1 << 26, 0, CARETAKER_EXIT_OTHER },
	{ "failed entry", 0x80000021, 0x80000022, 0, CARETAKER_EXIT_INVALID },
};

static void reason_of_code(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		print_message("%s\n", reasons[i].name);
		for (uint64_t code = reasons[i].first; code <= reasons[i].last; code++) {
			vmx_reset();
			vmcs[0x4402] = code;
			vmcs[0x4404] = reasons[i].interruption;
			assert_int_equal(vmx_exit_now(), reasons[i].reason == CARETAKER_EXIT_CPUID ||
					 reasons[i].reason == CARETAKER_EXIT_INVD);
			/* What is answered has no record */
			slot.config.flags |= CARETAKER_CONFIG_ROUTE_ALL;
			assert_int_equal(vmx_exit_now(), 0);
			assert_int_equal(slot.ccb.exit.reason, reasons[i].reason);
			assert_int_equal(slot.ccb.exit.code, code);
		}
	}
}

static void record(void **state)
{
	(void)state;
	vmx_reset();
	vmcs[0x4402] = 48;
	vmcs[0x6400] = 0x181;
	vmcs[0x4404] = 0x1234;
	vmcs[0x4408] = 0x80000b0e;
	vmcs[0x2400] = 0xfee00300;
	assert_int_equal(vmx_exit_now(), 0);
	assert_int_equal(slot.ccb.exit.info1, 0x181);
	assert_int_equal(slot.ccb.exit.info2, 0);
	assert_int_equal(slot.ccb.exit.event, 0x80000b0e);
	assert_int_equal(slot.ccb.exit.guest_pa, 0xfee00300);
	assert_int_equal(slot.ccb.sequence, 2);
	vmcs[0x4402] = 1;
	assert_int_equal(vmx_exit_now(), 0);
	assert_int_equal(slot.ccb.exit.info2, 0x1234);
	assert_int_equal(slot.ccb.exit.guest_pa, 0);
	assert_int_equal(slot.ccb.sequence, 4);
	assert_int_equal(writes, 0);
}

#define LONG	0xa09b
#define FLAT32	0xc09b

static const struct {
	const char *name;
	uint64_t entry, cs, rip, length, shadow;
	uint64_t want_rip, want_shadow;
} completions[] = {
	{ "64-bit", 1 << 9, LONG, 0x1000, 2, 0, 0x1002, 0 },
	{ "prefixed", 1 << 9, LONG, 0x1000, 5, 0, 0x1005, 0 },
	{ "64-bit beyond 4 GiB", 1 << 9, LONG, 0xfffffffe, 2, 0, 0x100000000, 0 },
	{ "compatibility mode", 1 << 9, FLAT32, 0xfffffffe, 2, 0, 0, 0 },
	{ "protected mode", 0, FLAT32, 0xffffffff, 2, 0, 1, 0 },
	{ "L without long mode", 0, LONG, 0xfffffffe, 2, 0, 0, 0 },
	{ "across bit 31 only", 0, FLAT32, 0x7fffffff, 2, 0, 0x80000001, 0 },
	{ "behind STI", 1 << 9, LONG, 0x1000, 2, 1, 0x1002, 0 },
	{ "behind MOV SS, NMIs blocked", 1 << 9, LONG, 0x1000, 2, 2 | 8, 0x1002, 8 },
};

static void completion(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(completions) / sizeof(completions[0]); i++) {
		print_message("%s\n", completions[i].name);
		vmx_reset();
		vmcs[0x4012] = completions[i].entry;
		vmcs[0x4816] = completions[i].cs;
		vmcs[0x681e] = completions[i].rip;
		vmcs[0x440c] = completions[i].length;
		vmcs[0x4824] = completions[i].shadow;
		assert_int_equal(vmx_exit_now(), 1);
		assert_int_equal(vmcs[0x681e], completions[i].want_rip);
		assert_int_equal(vmcs[0x4824], completions[i].want_shadow);
		assert_int_equal(vmcs[0x6820], 0x202);
		assert_int_equal(writes, 1 + (completions[i].shadow != 0));
		assert_int_equal(slot.ccb.regs.rax, 0x00800f12);
		/* It was never pending */
		assert_int_equal(slot.ccb.sequence, 0);
		assert_int_equal(slot.ccb.exit.code, 0);
	}
}

/* Each of these alone sends CPUID to KVM, and then nothing of the guest changes. */
static void routed(void **state)
{
	static const struct {
		const char *name;
		unsigned int field;
		uint64_t value;
		uint32_t flags;
	} cases[] = {
		{ "an event was being delivered", 0x4408, 0x80000b0e, 0 },
		{ "single step", 0x6820, 0x302, 0 },
		{ "no length", 0x440c, 0, 0 },
		{ "a length that no instruction has", 0x440c, 16, 0 },
		{ "an entry that must be KVM's", 0x440c, 2, CARETAKER_CONFIG_KVM_ENTERS },
		{ "CPUID faulting outside ring 0", 0x4818, 0xc0f3, CARETAKER_CONFIG_CPUID_FAULT },
		{ "all to KVM", 0x440c, 2, CARETAKER_CONFIG_ROUTE_ALL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%s\n", cases[i].name);
		vmx_reset();
		slot.config.flags |= cases[i].flags;
		vmcs[cases[i].field] = cases[i].value;
		assert_int_equal(vmx_exit_now(), 0);
		assert_int_equal(writes, 0);
		assert_in_range(slot.ccb.exit.length, 0, 15);
		assert_int_equal(slot.ccb.regs.rax, DIRTY | 1);
		assert_int_equal(slot.ccb.regs.rbx, DIRTY | 1);
	}
	/* Nor does an MSR that is not in the table */
	for (unsigned int code = 31; code <= 32; code++) {
		vmx_reset();
		vmcs[0x4402] = code;
		assert_int_equal(vmx_exit_now(), 0);
		assert_int_equal(writes, 0);
		assert_int_equal(slot.ccb.exit.length, 2);
		/* One that is: to be read only */
		slot.config.msr_count = 1;
		slot.config.msr_hash = ~0ULL;
		slot.config.msr[0] = (struct caretaker_msr) {
			(uint32_t)slot.ccb.regs.rcx, CARETAKER_MSR_READ, 0x1122334455667788,
		};
		assert_int_equal(vmx_exit_now(), code == 31);
		if (code == 31) {
			assert_int_equal(slot.ccb.regs.rax, 0x55667788);
			assert_int_equal(slot.ccb.regs.rdx, 0x11223344);
		}
	}
	/* Faulting does not concern ring 0 */
	vmx_reset();
	slot.config.flags |= CARETAKER_CONFIG_CPUID_FAULT;
	assert_int_equal(vmx_exit_now(), 1);
}

/* The preemption timer before an entry: as vmx_update_hv_timer() */
static const struct {
	const char *name;
	uint64_t now, deadline;
	uint32_t shift, want;
} timers[] = {
	{ "some time to go", 1000, 1000 + (77 << 5), 5, 77 },
	{ "not a whole tick is counted", 1000, 1000 + (77 << 5) + 31, 5, 77 },
	{ "a tick of the TSC each", 1000, 1500, 0, 500 },
	{ "the most that fits", 0, 0xffffffffULL << 7, 7, 0xffffffff },
	{ "now", 5000, 5000, 5, 0 },
	{ "passed", 5001, 5000, 5, 0 },
	{ "at once, whatever the time", 5000, 0, 5, 0 },
	{ "beyond 2^63", 1ULL << 63, (1ULL << 63) + 64, 5, 2 },
};

static void deadline(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(timers) / sizeof(timers[0]); i++) {
		print_message("%s\n", timers[i].name);
		vmx_reset();
		slot.tsc = timers[i].now;
		vmcs[0x482e] = 0x12345678;
		slot.config.entry_deadline = timers[i].deadline;
		slot.config.entry_shift = timers[i].shift;
		assert_int_equal(vmx_exit_now(), 1);
		assert_int_equal(vmcs[0x482e], 0x12345678);
		assert_int_equal(writes, 1);
		slot.config.flags |= CARETAKER_CONFIG_DEADLINE;
		assert_int_equal(vmx_exit_now(), 1);
		assert_int_equal(vmcs[0x482e], timers[i].want);
		assert_int_equal(writes, 3);
	}
	/* What is routed is entered by KVM */
	vmx_reset();
	slot.config.flags |= CARETAKER_CONFIG_DEADLINE | CARETAKER_CONFIG_ROUTE_ALL;
	assert_int_equal(vmx_exit_now(), 0);
	assert_int_equal(writes, 0);
}

/* The conditions are those of test_payload_dispatch.c, but for the ring */
static void xsetbv(void **state)
{
	(void)state;
	vmx_reset();
	vmcs[0x4402] = 55;
	vmcs[0x440c] = 3;
	slot.ccb.regs.rax = slot.config.xcr0 = 7;
	slot.ccb.regs.rcx = slot.ccb.regs.rdx = 0;
	vmcs[0x4818] = 0xc0f3;
	assert_int_equal(vmx_exit_now(), 0);
	vmcs[0x4818] = 0xc093;
	assert_int_equal(vmx_exit_now(), 1);
	assert_int_equal(vmcs[0x681e], GUEST_RIP + 3);
	assert_int_equal(slot.ccb.regs.rax, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reason_of_code),
		cmocka_unit_test(record),
		cmocka_unit_test(completion),
		cmocka_unit_test(routed),
		cmocka_unit_test(deadline),
		cmocka_unit_test(xsetbv),
	};

	return cmocka_run_group_tests_name("payload: vmx", tests, NULL, NULL);
}
