// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the payload must route.  Each case starts from an exit that is answered
 * and changes one thing; then the exit goes to KVM, with guest and VMCB as they
 * were, and is counted as routed.
 */
#include "test_payload_slot.h"

struct route_case {
	const char *name;
	void (*change)(void);
	enum verdict verdict;
};

/* One that a later host may ask for */
#define OTHER_STATE	(CARETAKER_DETACHED + 1)

#define CHANGE(name, statement) static void name(void) { statement; }

CHANGE(abi_other, slot.config.abi = CARETAKER_ABI_VERSION + 1)
CHANGE(size_smaller, slot.config.size--)
CHANGE(size_zero, slot.config.size = 0)
CHANGE(count_beyond, slot.config.cpuid_count = CARETAKER_CPUID_MAX + 1)
CHANGE(count_huge, slot.config.cpuid_count = UINT32_MAX)
CHANGE(state_zero, slot.ccb.state = 0)
CHANGE(state_next, slot.ccb.state = slot.ccb.request = OTHER_STATE)
CHANGE(state_unknown, slot.ccb.state = slot.ccb.request = 77)
CHANGE(request_next, slot.ccb.request = OTHER_STATE)
CHANGE(request_unknown, slot.ccb.request = 77)
CHANGE(route_all, slot.config.flags |= CARETAKER_CONFIG_ROUTE_ALL)
CHANGE(delivering, slot.vmcb.exit_int_info = VMCB_EVENT_VALID | 0x20)
CHANGE(injecting, slot.vmcb.event_inj = VMCB_EVENT_VALID | 0x20)
CHANGE(single_step, slot.vmcb.rflags |= RFLAGS_TF)
CHANGE(no_length, slot.config.flags = 0)
CHANGE(next_rip_zero, slot.vmcb.next_rip = 0)
CHANGE(next_rip_same, slot.vmcb.next_rip = GUEST_RIP)
CHANGE(next_rip_back, slot.vmcb.next_rip = GUEST_RIP - 2)
CHANGE(next_rip_far, slot.vmcb.next_rip = GUEST_RIP + 16)
CHANGE(next_rip_4_gib, slot.vmcb.next_rip = GUEST_RIP + (1ULL << 32) + 2)
CHANGE(next_rip_wrapped, slot.vmcb.rip = -2ULL; slot.vmcb.next_rip = 0)
CHANGE(next_rip_zero_min,
       slot.vmcb.next_rip = 0; slot.config.flags |= CARETAKER_CONFIG_MIN_ENCODINGS)
CHANGE(cpuid_fault, slot.config.flags |= CARETAKER_CONFIG_CPUID_FAULT; slot.vmcb.cpl = 3)
CHANGE(cpuid_leaf, slot.config.cpuid[0].flags = CARETAKER_CPUID_ROUTE)
CHANGE(cpuid_redirect,
       slot.config.flags |= CARETAKER_CONFIG_CPUID_REDIRECT; slot.vmcb.rax = 0x17)

static const struct route_case routed[] = {
	{ "configuration of another ABI", abi_other, ROUTE_CONFIG },
	{ "configuration of a smaller size", size_smaller, ROUTE_CONFIG },
	{ "configuration of no size", size_zero, ROUTE_CONFIG },
	{ "more CPUID entries than fit", count_beyond, ROUTE_CONFIG },
	{ "CPUID count 2^32 - 1", count_huge, ROUTE_CONFIG },
	{ "state 0", state_zero, ROUTE_STATE },
	{ "the state behind attached", state_next, ROUTE_STATE },
	{ "state unknown", state_unknown, ROUTE_STATE },
	{ "request for the state behind attached", request_next, ROUTE_REQUEST },
	{ "request unknown", request_unknown, ROUTE_REQUEST },
	{ "KVM wants all", route_all, ROUTE_ALL },
	{ "an event was being delivered", delivering, ROUTE_EVENT },
	{ "an event is to be injected", injecting, ROUTE_EVENT },
	{ "single step", single_step, ROUTE_SINGLE_STEP },
	{ "length not known", no_length, ROUTE_LENGTH },
	{ "next RIP zero", next_rip_zero, ROUTE_LENGTH },
	{ "next RIP zero, not replaced by minimal encodings", next_rip_zero_min, ROUTE_LENGTH },
	{ "next RIP zero, two bytes behind RIP", next_rip_wrapped, ROUTE_LENGTH },
	{ "next RIP is RIP", next_rip_same, ROUTE_LENGTH },
	{ "next RIP before RIP", next_rip_back, ROUTE_LENGTH },
	{ "next RIP beyond any instruction", next_rip_far, ROUTE_LENGTH },
	{ "next RIP 4 GiB and two bytes behind RIP", next_rip_4_gib, ROUTE_LENGTH },
	{ "CPUID may fault", cpuid_fault, ROUTE_CPUID_FAULT },
	{ "leaf kept by KVM", cpuid_leaf, ROUTE_CPUID_LEAF },
	{ "unknown leaf by Intel's rule", cpuid_redirect, ROUTE_CPUID_UNKNOWN },
};

static enum verdict judge(void)
{
	const uint64_t code = slot.vmcb.exit_code;
	const uint32_t reason = code <= SVM_EXIT_LAST ? svm_reason[code] :
							CARETAKER_EXIT_OTHER;
	const struct caretaker_exit exit = read_exit(&slot.config, &slot.vmcb, code, reason);
	const uint8_t kind = who_answers(reason);
	enum verdict verdict = dispatch_exit(&slot.config, kind, read_state(&slot.ccb));

	return verdict == ANSWERED ? answer_instruction(&slot.config, kind, &exit, &slot.vmcb) :
				     verdict;
}

/* Route the exit that is in the slot: nothing but the records may change. */
static void expect_routed(uint32_t reason)
{
	struct vmcb vmcb = slot.vmcb;
	struct caretaker_regs regs = slot.ccb.regs;

	assert_int_equal(svm_exit_now(), 0);
	assert_memory_equal(&vmcb, &slot.vmcb, sizeof(vmcb));
	assert_memory_equal(&regs, &slot.ccb.regs, sizeof(regs));
	assert_int_equal(slot.ccb.exit.reason, reason);
	assert_int_equal(slot.telemetry.routed[reason], 1);
	assert_int_equal(slot.telemetry.handled[reason], 0);
}

static void always_routed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(routed) / sizeof(routed[0]); i++) {
		print_message("%s\n", routed[i].name);
		slot_reset();
		routed[i].change();
		expect_routed(CARETAKER_EXIT_CPUID);
		assert_int_equal(judge(), routed[i].verdict);
	}
}

static void answered(void **state)
{
	(void)state;
	slot_reset();
	assert_int_equal(svm_exit_now(), 1);
	assert_int_equal(slot.vmcb.rax, 0x00800f12);
	assert_int_equal(slot.ccb.regs.rbx, 0x00010800);
	assert_int_equal(slot.ccb.regs.rcx, 0x7ed8320b);
	assert_int_equal(slot.ccb.regs.rdx, 0x178bfbff);
	assert_int_equal(slot.ccb.regs.r15, DIRTY | 3);
	assert_int_equal(slot.vmcb.rip, GUEST_RIP + 2);
	assert_int_equal(slot.telemetry.handled[CARETAKER_EXIT_CPUID], 1);
	assert_int_equal(slot.telemetry.routed[CARETAKER_EXIT_CPUID], 0);
}

/* Events that are not valid do not stand in the way. */
static void stale_event(void **state)
{
	(void)state;
	slot_reset();
	slot.vmcb.event_inj = slot.vmcb.exit_int_info = ~VMCB_EVENT_VALID;
	assert_int_equal(svm_exit_now(), 1);
}

/* What of an exit that this slot's configuration does not let the payload answer */
static enum verdict verdict_of(uint32_t code)
{
	switch (code) {
	case SVM_EXIT_MSR: return ROUTE_MSR;
	case SVM_EXIT_XSETBV: return ROUTE_XSETBV;
	default: return ROUTE_EXIT;
	}
}

/* Of CPUID and INVD there is one kind each; the others need the configuration's leave */
static void only_these(void **state)
{
	(void)state;
	for (uint32_t code = 0; code < 0x480; code++) {
		if (code == SVM_EXIT_CPUID || code == SVM_EXIT_INVD)
			continue;
		slot_reset();
		slot.vmcb.exit_code = code;
		assert_int_equal(svm_exit_now(), 0);
		assert_int_equal(judge(), verdict_of(code));
	}
	/* The assembly knows without the table which may be answered */
	for (uint32_t code = 0; code <= SVM_EXIT_LAST; code++) {
		assert_int_equal(svm_plain_reason[code] & ~REASON_ASK, svm_reason[code]);
		assert_int_equal(!!(svm_plain_reason[code] & REASON_ASK),
				 who_answers(svm_reason[code]) != KVM);
	}
}

#define XCR0	0x200000007ULL

/* XSETBV: what __kvm_set_xcr() would store anyway, and nothing else */
static const struct {
	const char *name;
	uint64_t rax, rcx, rdx, xcr0;
	uint8_t cpl;
	bool answered;
} xsetbvs[] = {
	{ "as it is", 7, 0, 2, XCR0, 0, true },
	{ "upper halves do not count", DIRTY | 7, DIRTY, DIRTY | 2, XCR0, 0, true },
	{ "EAX is another", 3, 0, 2, XCR0, 0, false },
	{ "EDX is another", 7, 0, 0, XCR0, 0, false },
	{ "the upper half of RAX is none of it", XCR0, 0, 0, XCR0, 0, false },
	{ "another register", 7, 1, 2, XCR0, 0, false },
	{ "outside ring 0", 7, 0, 2, XCR0, 3, false },
	{ "KVM has published none", 0, 0, 0, 0, 0, false },
};

static void xsetbv(void **state)
{
	struct caretaker_regs regs;

	(void)state;
	for (size_t i = 0; i < sizeof(xsetbvs) / sizeof(xsetbvs[0]); i++) {
		print_message("%s\n", xsetbvs[i].name);
		slot_reset();
		slot.config.xcr0 = xsetbvs[i].xcr0;
		slot.vmcb.exit_code = SVM_EXIT_XSETBV;
		slot.vmcb.next_rip = GUEST_RIP + 3;
		slot.vmcb.cpl = xsetbvs[i].cpl;
		slot.vmcb.rax = xsetbvs[i].rax;
		slot.ccb.regs.rcx = xsetbvs[i].rcx;
		slot.ccb.regs.rdx = xsetbvs[i].rdx;
		regs = slot.ccb.regs;
		if (!xsetbvs[i].answered) {
			expect_routed(CARETAKER_EXIT_XSETBV);
			assert_int_equal(judge(), ROUTE_XSETBV);
			continue;
		}
		assert_int_equal(svm_exit_now(), 1);
		assert_int_equal(slot.vmcb.rip, GUEST_RIP + 3);
		assert_int_equal(slot.vmcb.rax, xsetbvs[i].rax);
		assert_memory_equal(&regs, &slot.ccb.regs, sizeof(regs));
		assert_int_equal(slot.telemetry.handled[CARETAKER_EXIT_XSETBV], 1);
	}
}

/* Of a kernel that knows more than this payload */
static void larger_configuration(void **state)
{
	(void)state;
	slot_reset();
	slot.config.size += 8;
	assert_int_equal(svm_exit_now(), 1);
	slot_reset();
	slot.config.size = UINT32_MAX;
	assert_int_equal(svm_exit_now(), 1);
}

static void requests(void **state)
{
	(void)state;
	slot_reset();
	slot.ccb.request = OTHER_STATE;
	assert_int_equal(svm_exit_now(), 0);
	assert_int_equal(slot.ccb.acknowledge, OTHER_STATE);
	assert_int_equal(slot.ccb.state, CARETAKER_ATTACHED);

	/* Seen once, and pending until it is taken back */
	assert_int_equal(svm_exit_now(), 0);
	slot.ccb.request = 0;
	assert_int_equal(svm_exit_now(), 1);
	assert_int_equal(slot.ccb.acknowledge, 0);

	/* The state that it is in is one that may be asked for */
	slot_reset();
	slot.ccb.request = CARETAKER_ATTACHED;
	assert_int_equal(svm_exit_now(), 1);
	assert_int_equal(slot.ccb.acknowledge, CARETAKER_ATTACHED);

	/* Acknowledged also with an exit that is KVM's, and with a strange page */
	slot_reset();
	slot.ccb.request = OTHER_STATE;
	slot.config.abi = 0;
	slot.vmcb.exit_code = SVM_EXIT_IOIO;
	assert_int_equal(svm_exit_now(), 0);
	assert_int_equal(slot.ccb.acknowledge, OTHER_STATE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answered),
		cmocka_unit_test(stale_event),
		cmocka_unit_test(always_routed),
		cmocka_unit_test(only_these),
		cmocka_unit_test(xsetbv),
		cmocka_unit_test(larger_configuration),
		cmocka_unit_test(requests),
	};

	return cmocka_run_group_tests_name("payload: dispatch", tests, NULL, NULL);
}
