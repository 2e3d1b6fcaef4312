// SPDX-License-Identifier: GPL-2.0-only
/*
 * The assembly of the real payload: registers, loop, stack, ways out, and plain.h.
 */
#include "test_payload_run.h"

static void prepare(uint32_t mitigations)
{
	prepare_for(CARETAKER_VENDOR_AMD, mitigations);
}

/* --- Tests ---------------------------------------------------------------------- */

/* The guest had what it was to have, and what it left went to the host at once */
static void entered_and_routed(void)
{
	assert_string_equal(stopped, "");
	assert_int_equal(runs, 1);
	assert_memory_equal(seen[0], guest_in, sizeof(guest_in));
	assert_memory_equal(routed_regs, script[0].regs, sizeof(routed_regs));
	/* The trampoline takes the host's stack: anywhere on ours will do */
	assert_in_range(routed_rsp, stack_top - CARETAKER_STACK_SIZE, stack_top);
}

static void route_at_once(void **state)
{
	(void)state;
	for (uint32_t mitigations = 0; mitigations < 4; mitigations++) {
		prepare(mitigations);
		enter_payload();
		entered_and_routed();
		assert_int_equal(ccb->exit.reason, CARETAKER_EXIT_OTHER);
	}
}

/* By turns what has a function of its own and what has not: the other one uses the stack */
static void answer_then_route(void **state)
{
	const struct caretaker_telemetry *telemetry = (void *)(slot + CARETAKER_TELEMETRY);
	const struct vmcb *vmcb = (void *)(slot + CARETAKER_VMCB);

	(void)state;
	for (uint32_t mitigations = 0; mitigations < 4; mitigations++) {
		prepare(mitigations);
		for (int run = 0; run < 5; run++) {
			script[run].exit_code = run % 2 ? SVM_EXIT_INVD : SVM_EXIT_CPUID;
			script[run].rax = 1;
		}
		enter_payload();
		assert_string_equal(stopped, "");
		assert_int_equal(runs, 6);
		for (int run = 1; run < 6; run++) {
			/* Whoever exited gets its registers back, and the answer. */
			uint64_t want[REGS];

			memcpy(want, script[run - 1].regs, sizeof(want));
			if (run % 2) {
				want[RBX] = 0xb1;
				want[RCX] = 0xc1;
				want[RDX] = 0xd1;
			}
			assert_memory_equal(seen[run], want, sizeof(want));
		}
		assert_memory_equal(routed_regs, script[5].regs, sizeof(routed_regs));
		/* The trampoline takes the host's stack: anywhere on ours will do */
		assert_in_range(routed_rsp, stack_top - CARETAKER_STACK_SIZE, stack_top);
		assert_int_equal(vmcb->rip, 0x1000 + 5 * 2);
		assert_int_equal(telemetry->handled[CARETAKER_EXIT_CPUID], 3);
		assert_int_equal(telemetry->handled[CARETAKER_EXIT_INVD], 2);
		assert_int_equal(telemetry->routed[CARETAKER_EXIT_HLT], 1);
		assert_int_equal(ccb->sequence, 0);
	}
}

/* The answer goes where it belongs for RAX too: into the VMCB. */
static void rax_in_vmcb(void **state)
{
	const struct vmcb *vmcb = (void *)(slot + CARETAKER_VMCB);

	(void)state;
	prepare(0);
	script[0].exit_code = SVM_EXIT_CPUID;
	script[0].rax = 0xffffffff00000001;
	script[1].rax = 0;
	script[1].exit_code = SVM_EXIT_CPUID;
	script[1].regs[RCX] = 0;
	config->flags |= CARETAKER_CONFIG_CPUID_REDIRECT;	/* leaf 0 is routed */
	enter_payload();
	assert_string_equal(stopped, "");
	assert_int_equal(runs, 2);
	assert_int_equal(vmcb->rax, 0);
	assert_int_equal(ccb->exit.reason, CARETAKER_EXIT_CPUID);
	assert_memory_equal(routed_regs, script[1].regs, sizeof(routed_regs));
}

/* --- Where there is no KVM ------------------------------------------------------ */

/* Entered at a place of its own, and the guest has what it is to have */
static void entered_without_kvm(void **state)
{
	struct caretaker_gap *gap = (void *)(slot + CARETAKER_GAP);

	(void)state;
	for (uint32_t flags = 0; flags <= CARETAKER_GAP_APIC; flags++) {
		prepare(CARETAKER_MITIGATE_VERW);
		enter_at += CARETAKER_ENTRY_GAP;
		gap->flags = flags;
		enter_payload();
		entered_and_routed();
	}
}

/* It has nothing to do: the core gets it back, and the guest does not run */
static void waits_without_kvm(void **state)
{
	struct caretaker_gap *gap = (void *)(slot + CARETAKER_GAP);

	(void)state;
	prepare(0);
	enter_at += CARETAKER_ENTRY_GAP;
	gap->flags = CARETAKER_GAP_APIC;
	gap->waits = CARETAKER_GAP_HALTED;
	enter_payload();
	assert_string_equal(stopped, "");
	assert_int_equal(runs, 0);
	assert_memory_equal(routed_regs, guest_in, sizeof(routed_regs));
	assert_in_range(routed_rsp, stack_top - CARETAKER_STACK_SIZE, stack_top);
}

/* What others have sent is taken from the page of the VM, once, and given to the guest */
static void sent_without_kvm(void **state)
{
	struct caretaker_posted *posted = (void *)(slot + CARETAKER_POSTED);
	struct caretaker_gap *gap = (void *)(slot + CARETAKER_GAP);
	struct vmcb *vmcb = (void *)(slot + CARETAKER_VMCB);

	(void)state;
	prepare(0);
	enter_at += CARETAKER_ENTRY_GAP;
	gap->flags = CARETAKER_GAP_APIC | CARETAKER_GAP_POSTED;
	config->vcpu_id = 7;
	vmcb->rflags = 2 | 0x200;
	posted->requested[7][1] = 1U << 17;
	posted->requested[6][1] = posted->requested[8][1] = 1U << 18;
	enter_payload();
	assert_string_equal(stopped, "");
	assert_int_equal(runs, 1);
	assert_int_equal(vmcb->event_inj, 0x80000031);
	assert_int_equal(posted->requested[7][1], 0);
	assert_int_equal(posted->requested[6][1], 1U << 18);
	assert_int_equal(posted->requested[8][1], 1U << 18);
	assert_memory_equal(seen[0], guest_in, sizeof(guest_in));
}

/* --- The short way: plain.h --------------------------------------------------- */

#define PLAIN(code, reason)	{ code, CARETAKER_EXIT_##reason, false }
#define BY_C(code, reason)	{ code, CARETAKER_EXIT_##reason, true }

static const struct {
	uint64_t code;
	uint32_t reason;
	bool by_c;			/* not plain: C finds the reason out */
} svm_exits[] = {
	PLAIN(0x000, CR), PLAIN(0x01f, CR), PLAIN(0x020, DR),
	PLAIN(0x04e, EXCEPTION), PLAIN(0x060, INTERRUPT),
	PLAIN(0x061, NMI), PLAIN(0x063, OTHER),
	PLAIN(0x064, INTERRUPT_WINDOW), PLAIN(0x077, PAUSE),
	PLAIN(0x078, HLT), PLAIN(0x07b, IO),
	PLAIN(0x07c, MSR_READ), PLAIN(0x081, HYPERCALL), BY_C(0x08d, XSETBV),
	PLAIN(0x0a6, HLT), BY_C(0x0a7, OTHER),
	PLAIN(0x400, PAGE_FAULT), BY_C(0x401, APIC),
	BY_C(0x100000078, OTHER), BY_C(-1ULL, INVALID),
}, vmx_exits[] = {
	PLAIN(0, EXCEPTION), PLAIN(1, INTERRUPT),
	PLAIN(2, SHUTDOWN), PLAIN(7, INTERRUPT_WINDOW),
	PLAIN(12, HLT), PLAIN(18, HYPERCALL), PLAIN(28, CR),
	PLAIN(30, IO), PLAIN(31, MSR_READ),
	PLAIN(32, MSR_WRITE), PLAIN(48, PAGE_FAULT),
	PLAIN(40, PAUSE), PLAIN(52, TIMER), BY_C(55, XSETBV), PLAIN(56, APIC),
	BY_C(57, OTHER), BY_C(10 | 1 << 27, OTHER), BY_C(31 | 1 << 27, OTHER),
	BY_C(0x80000021, INVALID),
};

/* One exit on either vendor, with what was prepared */
static void leave_with(uint32_t vendor, uint64_t code)
{
	script[0].exit_code = vmcs[VMX_EXIT_REASON] = code;
	if (vendor == CARETAKER_VENDOR_INTEL)
		memcpy(script[0].regs, guest_in, sizeof(guest_in));
	enter_payload();
	assert_string_equal(stopped, "");
	assert_int_equal(runs, vendor == CARETAKER_VENDOR_AMD);
}

static void expect_routed(uint32_t vendor, uint64_t code, uint32_t reason, bool recorded)
{
	const struct caretaker_telemetry *telemetry = (void *)(slot + CARETAKER_TELEMETRY);
	uint64_t all = 0;

	print_message("vendor %u, code %#lx\n", vendor, code);
	assert_int_equal(entered, 0);
	assert_memory_equal(routed_regs, script[0].regs, sizeof(routed_regs));
	if (vendor == CARETAKER_VENDOR_INTEL)
		assert_int_equal(routed_rax, guest_rax);
	for (int i = 0; i < CARETAKER_EXIT_REASONS; i++)
		all += telemetry->routed[i] + telemetry->handled[i];
	assert_int_equal(all, 1);
	assert_int_equal(telemetry->routed[reason], 1);
	assert_int_equal(ccb->sequence, recorded ? 2 : 0);
	if (recorded)
		assert_int_equal(ccb->exit.reason, reason);
}

/* What is plainly KVM's has no record while the host wants no other state */
static void plain_exits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(svm_exits) / sizeof(svm_exits[0]); i++) {
		prepare(0);
		leave_with(CARETAKER_VENDOR_AMD, svm_exits[i].code);
		expect_routed(CARETAKER_VENDOR_AMD, svm_exits[i].code, svm_exits[i].reason,
			      svm_exits[i].by_c);
	}
	for (size_t i = 0; i < sizeof(vmx_exits) / sizeof(vmx_exits[0]); i++) {
		prepare_for(CARETAKER_VENDOR_INTEL, 0);
		leave_with(CARETAKER_VENDOR_INTEL, vmx_exits[i].code);
		expect_routed(CARETAKER_VENDOR_INTEL, vmx_exits[i].code, vmx_exits[i].reason,
			      vmx_exits[i].by_c);
	}
}

#define EACH_VENDOR(vendor) \
	(uint32_t vendor = CARETAKER_VENDOR_AMD; vendor <= CARETAKER_VENDOR_INTEL; vendor++)

/* One that a later host may ask for */
#define OTHER_STATE	(CARETAKER_ATTACHED + 1)

/* Where the host wants another state each exit is pending: acknowledged and recorded */
static void a_request_is_heard(void **state)
{
	static const uint32_t codes[] = { 0, SVM_EXIT_HLT, VMX_EXIT_HLT };

	(void)state;
	for EACH_VENDOR(vendor) {
		prepare_for(vendor, 0);
		ccb->request = OTHER_STATE;
		leave_with(vendor, codes[vendor]);
		expect_routed(vendor, codes[vendor], CARETAKER_EXIT_HLT, true);
		assert_int_equal(ccb->acknowledge, OTHER_STATE);

		/* ... as long as it does */
		prepare_for(vendor, 0);
		ccb->request = ccb->acknowledge = OTHER_STATE;
		leave_with(vendor, codes[vendor]);
		expect_routed(vendor, codes[vendor], CARETAKER_EXIT_HLT, true);

		/* ... and that it does no more is acknowledged, too */
		prepare_for(vendor, 0);
		ccb->acknowledge = OTHER_STATE;
		leave_with(vendor, codes[vendor]);
		expect_routed(vendor, codes[vendor], CARETAKER_EXIT_HLT, true);
		assert_int_equal(ccb->acknowledge, 0);
	}
}

/* Whatever stands in the tables that can be written: what is KVM's is not answered */
static void spoilt_tables(void **state)
{
	static const struct {
		uint32_t vendor, code;
	} exits[] = {
		{ CARETAKER_VENDOR_AMD, SVM_EXIT_HLT }, { CARETAKER_VENDOR_AMD, SVM_EXIT_IOIO },
		{ CARETAKER_VENDOR_INTEL, VMX_EXIT_HLT }, { CARETAKER_VENDOR_INTEL, VMX_EXIT_IO },
	};
	uint8_t *const tables = slot + CARETAKER_IMAGE + SVM_PLAIN, kept[0x200];

	(void)state;
	assert_in_range(SVM_PLAIN, 0, VMX_PLAIN);
	memcpy(kept, tables, sizeof(kept));
	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
		for (int entry = 0; entry < 256; entry++) {
			prepare_for(exits[i].vendor, 0);
			config->msr_hash = -1ULL;
			memset(tables, entry, sizeof(kept));
			leave_with(exits[i].vendor, exits[i].code);
			assert_int_equal(entered, 0);
			assert_memory_equal(routed_regs, script[0].regs, sizeof(routed_regs));
		}
	}
	memcpy(tables, kept, sizeof(kept));
}

/* If KVM wants all exits, those that are answered otherwise are as plain as the rest */
static void nothing_is_answered(void **state)
{
	static const uint32_t flags[] = { CARETAKER_CONFIG_ROUTE_ALL, CARETAKER_CONFIG_KVM_ENTERS };
	static const struct {
		uint32_t vendor, code, info1, reason;
		bool recorded;
	} exits[] = {
		{ CARETAKER_VENDOR_AMD, SVM_EXIT_CPUID, 0, CARETAKER_EXIT_CPUID, false },
		{ CARETAKER_VENDOR_AMD, SVM_EXIT_MSR, 0, CARETAKER_EXIT_MSR_READ, false },
		{ CARETAKER_VENDOR_AMD, SVM_EXIT_MSR, 1, CARETAKER_EXIT_MSR_WRITE, false },
		{ CARETAKER_VENDOR_AMD, SVM_EXIT_INVD, 0, CARETAKER_EXIT_INVD, false },
		{ CARETAKER_VENDOR_AMD, SVM_EXIT_XSETBV, 0, CARETAKER_EXIT_XSETBV, false },
		{ CARETAKER_VENDOR_AMD, 0x52, 0, CARETAKER_EXIT_EXCEPTION, false },
		{ CARETAKER_VENDOR_INTEL, VMX_EXIT_CPUID, 0, CARETAKER_EXIT_CPUID, false },
		{ CARETAKER_VENDOR_INTEL, VMX_EXIT_RDMSR, 0, CARETAKER_EXIT_MSR_READ, false },
		{ CARETAKER_VENDOR_INTEL, VMX_EXIT_WRMSR, 0, CARETAKER_EXIT_MSR_WRITE, false },
		{ CARETAKER_VENDOR_INTEL, VMX_EXIT_INVD, 0, CARETAKER_EXIT_INVD, false },
		{ CARETAKER_VENDOR_INTEL, VMX_EXIT_XSETBV, 0, CARETAKER_EXIT_XSETBV, false },
		/* An NMI, by its interruption information */
		{ CARETAKER_VENDOR_INTEL, 0, 0, CARETAKER_EXIT_NMI, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
		for (int flag = 0; flag < 2; flag++) {
			prepare_for(exits[i].vendor, 0);
			config->flags |= flags[flag];
			config->msr_hash = -1ULL;
			script[0].rax = 1;
			((struct vmcb *)(slot + CARETAKER_VMCB))->exit_info_1 = exits[i].info1;
			vmcs[VMX_EXIT_INTERRUPTION] = 0x80000202;
			leave_with(exits[i].vendor, exits[i].code);
			expect_routed(exits[i].vendor, exits[i].code, exits[i].reason,
				      exits[i].recorded);
		}
	}
}

/* An MSR that the hash does not have is KVM's without being looked up */
static void msrs_by_their_hash(void **state)
{
	static const uint32_t indices[] = { 0x8b, 0x3b, 0x1b, 0x2ff, 0xc0010015, 0xc0010020, 0x6e0 };
	static const uint64_t codes[] = { 0, SVM_EXIT_MSR, VMX_EXIT_RDMSR };

	(void)state;
	for EACH_VENDOR(vendor) {
		for (size_t i = 0; i < sizeof(indices) / sizeof(indices[0]); i++) {
			const uint64_t bit = 1ULL << ((indices[i] ^ indices[i] >> 8) % 64);

			for (int there = 0; there < 2; there++) {
				prepare_for(vendor, 0);
				config->msr_hash = there ? bit : ~bit;
				script[0].regs[RCX] = guest_in[RCX] = 0xdeadbeef00000000 | indices[i];
				leave_with(vendor, codes[vendor]);
				/* The table has none, and the long way finds that out */
				expect_routed(vendor, codes[vendor], CARETAKER_EXIT_MSR_READ, there);
			}
		}
	}
}

/* Behind the exit on Intel: the answer, and the way to VMRESUME */
static void answered_on_intel(void **state)
{
	(void)state;
	for (uint32_t mitigations = 0; mitigations < 4; mitigations++) {
		uint64_t want[REGS];

		prepare_for(CARETAKER_VENDOR_INTEL, mitigations);
		guest_rax = 1;
		leave_with(CARETAKER_VENDOR_INTEL, VMX_EXIT_CPUID);
		assert_int_equal(entered, 1);
		memcpy(want, guest_in, sizeof(want));
		want[RBX] = 0xb1;
		want[RCX] = 0xc1;
		want[RDX] = 0xd1;
		assert_memory_equal(routed_regs, want, sizeof(want));
		assert_int_equal(routed_rax, 0xa1);
		assert_int_equal(vmcs[VMX_GUEST_RIP], 2);
		assert_int_equal(ccb->sequence, 0);
	}
}

/* --- Others --------------------------------------------------------------------- */

/* The test would notice a payload that touches what is not mapped. */
static void stray_access(void **state)
{
	(void)state;
	prepare(0);
	place(CARETAKER_TELEMETRY, 0x1000, PROT_NONE);
	enter_payload();
	place(CARETAKER_TELEMETRY, 0x1000, PROT_READ | PROT_WRITE);
	assert_non_null(strstr(stopped, "signal 11"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(route_at_once),
		cmocka_unit_test(answer_then_route),
		cmocka_unit_test(rax_in_vmcb),
		cmocka_unit_test(entered_without_kvm),
		cmocka_unit_test(waits_without_kvm),
		cmocka_unit_test(sent_without_kvm),
		cmocka_unit_test(plain_exits),
		cmocka_unit_test(a_request_is_heard),
		cmocka_unit_test(nothing_is_answered),
		cmocka_unit_test(msrs_by_their_hash),
		cmocka_unit_test(answered_on_intel),
		cmocka_unit_test(spoilt_tables),
		cmocka_unit_test(stray_access),
	};

	return cmocka_run_group_tests_name("payload: entry", tests, make_slot, NULL);
}
