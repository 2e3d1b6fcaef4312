// SPDX-License-Identifier: GPL-2.0-only
/*
 * RDMSR, WRMSR and INVD: what the payload answers from the table of MSRs, and that it is
 * what kvm_emulate_rdmsr(), kvm_emulate_wrmsr() and kvm_emulate_invd() would have done.
 */
#include "test_payload_slot.h"

#define READ	CARETAKER_MSR_READ
#define WRITE	CARETAKER_MSR_WRITE

/* As KVM writes it */
static void hash_msrs(void)
{
	slot.config.msr_hash = 0;
	for (uint32_t i = 0; i < CARETAKER_MSR_MAX; i++) {
		uint32_t index = slot.config.msr[i].index;

		if (slot.config.msr[i].flags)
			slot.config.msr_hash |= 1ULL << ((index ^ index >> 8) % 64);
	}
}

/* An MSR of each kind, and the guest about to read the first of them */
static void msr_reset(void)
{
	static const struct caretaker_msr table[] = {
		{ 0x3b, READ, 0xfedcba9876543210 },
		{ 0x8b, READ | WRITE, 0x0100006500000000 },
		{ 0xc0010020, WRITE, 0x1122334455667788 },
	};

	slot_reset();
	slot.config.msr_count = 3;
	memcpy(slot.config.msr, table, sizeof(table));
	hash_msrs();
	slot.vmcb.exit_code = SVM_EXIT_MSR;
	slot.ccb.regs.rcx = DIRTY | 0x3b;
}

/* The same before another exit */
static void exit_is(uint64_t code, uint64_t write, uint32_t index)
{
	msr_reset();
	slot.vmcb.exit_code = code;
	slot.vmcb.exit_info_1 = write;
	slot.ccb.regs.rcx = index;
}

/* One exit: what it becomes, and all that it changes */
static void expect(bool answered, uint64_t rax, uint64_t rdx)
{
	struct vmcb vmcb = slot.vmcb;
	struct caretaker_regs regs = slot.ccb.regs;

	if (answered) {
		vmcb.rip = vmcb.next_rip;
		vmcb.rax = rax;
		regs.rdx = rdx;
	}
	assert_int_equal(svm_exit_now(), answered);
	assert_memory_equal(&vmcb, &slot.vmcb, sizeof(vmcb));
	assert_memory_equal(&regs, &slot.ccb.regs, sizeof(regs));
}

static void expect_routed(void)
{
	expect(false, 0, 0);
}

static void expect_nothing_but_rip(void)
{
	expect(true, slot.vmcb.rax, slot.ccb.regs.rdx);
}

static void reads(void **state)
{
	(void)state;
	msr_reset();
	expect(true, 0x76543210, 0xfedcba98);
	assert_int_equal(slot.telemetry.handled[CARETAKER_EXIT_MSR_READ], 1);

	slot.ccb.regs.rcx = 0x8b;
	slot.vmcb.rip = GUEST_RIP;
	expect(true, 0, 0x01000065);

	/* The VMM may say what CPUID faulting likes: it is not about MSRs */
	msr_reset();
	slot.config.flags |= CARETAKER_CONFIG_CPUID_FAULT;
	slot.vmcb.cpl = 3;
	expect(true, 0x76543210, 0xfedcba98);
}

static void writes(void **state)
{
	(void)state;
	msr_reset();
	slot.vmcb.exit_info_1 = 1;
	slot.ccb.regs.rcx = 0x8b;
	expect_nothing_but_rip();
	slot.ccb.regs.rcx = DIRTY | 0xc0010020;
	slot.vmcb.rip = GUEST_RIP;
	expect_nothing_but_rip();
	assert_int_equal(slot.telemetry.handled[CARETAKER_EXIT_MSR_WRITE], 2);
	assert_int_equal(slot.config.msr[1].value, 0x0100006500000000);
}

static void invd(void **state)
{
	(void)state;
	msr_reset();
	slot.vmcb.exit_code = SVM_EXIT_INVD;
	slot.config.msr_count = 0;
	expect_nothing_but_rip();
	assert_int_equal(slot.telemetry.handled[CARETAKER_EXIT_INVD], 1);
}

static void routed(void **state)
{
	static const struct {
		const char *name;
		uint32_t index;
		uint64_t write;
	} cases[] = {
		{ "read of one that may only be written", 0xc0010020, 0 },
		{ "write of one that may only be read", 0x3b, 1 },
		{ "read of an MSR that is not there", 0x10, 0 },
		{ "write of an MSR that is not there", 0x10, 1 },
		{ "index 0, as behind the table", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%s\n", cases[i].name);
		exit_is(SVM_EXIT_MSR, cases[i].write, cases[i].index);
		expect_routed();
	}
}

/* The count is what the table ends at, and one that cannot be is not used */
static void count(void **state)
{
	(void)state;
	msr_reset();
	slot.config.msr_count = 1;
	slot.ccb.regs.rcx = 0x8b;
	expect_routed();

	msr_reset();
	slot.config.msr_count = CARETAKER_MSR_MAX;
	slot.config.msr[CARETAKER_MSR_MAX - 1] = (struct caretaker_msr) { 0xc0010015, READ, 24 };
	hash_msrs();
	slot.ccb.regs.rcx = 0xc0010015;
	expect(true, 24, 0);

	msr_reset();
	slot.config.msr_count = CARETAKER_MSR_MAX + 1;
	expect_routed();
}

/* What holds for CPUID holds for each of these */
static void conditions(void **state)
{
	static const struct {
		uint64_t code, write;
		uint32_t index;
	} exits[] = {
		{ SVM_EXIT_MSR, 0, 0x3b },
		{ SVM_EXIT_MSR, 1, 0x8b },
		{ SVM_EXIT_INVD, 0, 0x3b },
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		for (int condition = 0; condition < 6; condition++) {
			exit_is(exits[i].code, exits[i].write, exits[i].index);
			switch (condition) {
			case 0:
				slot.vmcb.event_inj = VMCB_EVENT_VALID | 0x20;
				break;
			case 1:
				slot.vmcb.rflags |= RFLAGS_TF;
				break;
			case 2:
				slot.vmcb.next_rip = 0;
				break;
			case 3:
				slot.config.flags |= CARETAKER_CONFIG_ROUTE_ALL;
				break;
			case 4:
				slot.ccb.state = CARETAKER_ATTACHED + 1;
				break;
			case 5:
				slot.config.size--;
				break;
			}
			expect_routed();
		}
		/* Without hardware's help each has two bytes, by the VMM's leave */
		exit_is(exits[i].code, exits[i].write, exits[i].index);
		slot.config.flags = CARETAKER_CONFIG_MIN_ENCODINGS;
		assert_int_equal(svm_exit_now(), 1);
		assert_int_equal(slot.vmcb.rip, GUEST_RIP + 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(writes),
		cmocka_unit_test(invd),
		cmocka_unit_test(routed),
		cmocka_unit_test(count),
		cmocka_unit_test(conditions),
	};

	return cmocka_run_group_tests_name("payload: msr", tests, NULL, NULL);
}
