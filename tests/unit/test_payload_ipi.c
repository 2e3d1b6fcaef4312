// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where there is no KVM: interrupts that a vCPU is sent, and those that it sends.  What the guest's ICR
 * means is held against the SDM's table of it (Vol. 3 12.6.1, 12.12.9).
 */
#include "test_payload_gap.h"

#define ICR		0x830
#define SELF		5U
#define PEER		63U
#define VECTOR		0x61U
#define TO(vcpu)	((uint64_t)(vcpu) << 32)
#define BIT(vcpu)	(1ULL << (vcpu))
#define SHORTHAND(n)	((uint64_t)(n) << 18)

/* vCPU 5 of 0, 5 and 63, which are all detached */
static void peers_reset(void)
{
	gap_reset();
	slot.gap.flags |= CARETAKER_GAP_POSTED;
	slot.config.vcpu_id = SELF;
	slot.peers.all = BIT(0) | BIT(SELF) | BIT(PEER);
	slot.peers.detached = slot.peers.all;
}

static bool is_posted(unsigned int vcpu, unsigned int vector)
{
	return slot.posted.requested[vcpu][vector / 32] >> vector % 32 & 1;
}

static unsigned int posted(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < 64; i++) {
		for (unsigned int word = 0; word < 8; word++)
			n += (unsigned int)__builtin_popcount(slot.posted.requested[i][word]);
	}
	return n;
}

/* --- What comes --- */

static void comes(void **state)
{
	(void)state;
	for (unsigned int vector = 16; vector < 256; vector++) {
		peers_reset();
		slot.posted.requested[SELF][vector / 32] = 1U << vector % 32;
		assert_int_equal(svm_gap_enter(), 1);
		injected(vector);
		assert_int_equal(posted(), 0);
	}
	/* Behind each exit that is answered, too */
	peers_reset();
	slot.posted.requested[SELF][1] = 1U << 17;
	assert_int_equal(msr_write(0x80b, 0), 1);
	injected(0x31);
	/* That of others stays */
	peers_reset();
	slot.posted.requested[SELF - 1][1] = 1U << 17;
	slot.posted.requested[SELF + 1][1] = 1U << 17;
	assert_int_equal(svm_gap_enter(), 1);
	injected(0);
	assert_int_equal(posted(), 2);
	/* And without the flag nothing is looked at */
	peers_reset();
	slot.gap.flags &= ~CARETAKER_GAP_POSTED;
	slot.posted.requested[SELF][1] = 1U << 17;
	assert_int_equal(svm_gap_enter(), 1);
	injected(0);
	assert_int_equal(posted(), 1);
}

/* What was requested already stays, and the highest comes first */
static void comes_with_others(void **state)
{
	(void)state;
	peers_reset();
	give(APIC_IRR, 0x35);
	slot.posted.requested[SELF][1] = 1U << 17;
	slot.posted.requested[SELF][2] = 1U << 1;
	assert_int_equal(svm_gap_enter(), 1);
	injected(0x41);
	assert_true(has(APIC_IRR, 0x35));
	assert_true(has(APIC_IRR, 0x31));
}

/* Without a timer it waits for what others send */
static void wakes(void **state)
{
	(void)state;
	peers_reset();
	exit_is_hlt();
	assert_int_equal(svm_exit_now(), 0);
	assert_int_equal(slot.gap.waits, CARETAKER_GAP_AT_HLT);
	assert_int_equal(svm_gap_enter(), 0);
	slot.posted.requested[SELF][1] = 1U << 17;
	assert_int_equal(svm_gap_enter(), 1);
	assert_int_equal(slot.vmcb.rip, GUEST_RIP + 1);
	injected(0x31);
	/* With interrupts off none of it wakes it */
	peers_reset();
	exit_is_hlt();
	slot.vmcb.rflags = 2;
	assert_int_equal(svm_exit_now(), 0);
	assert_int_equal(slot.gap.waits, 0);
	assert_int_equal(slot.telemetry.routed[CARETAKER_EXIT_HLT], 1);
}

/* --- What goes --- */

static const struct {
	const char *name;
	uint64_t icr, to;	/* vCPUs that get it */
} sent[] = {
	{ "to another", TO(PEER) | VECTOR, BIT(PEER) },
	{ "to another, asserted", TO(PEER) | 1 << 14 | VECTOR, BIT(PEER) },
	{ "to vCPU 0", VECTOR, BIT(0) },
	{ "to itself by its number", TO(SELF) | VECTOR, BIT(SELF) },
	{ "to itself", SHORTHAND(1) | VECTOR, BIT(SELF) },
	{ "to itself, whatever the destination", TO(77) | SHORTHAND(1) | VECTOR, BIT(SELF) },
	{ "to all", SHORTHAND(2) | VECTOR, BIT(0) | BIT(SELF) | BIT(PEER) },
	{ "to all others", TO(~0U) | SHORTHAND(3) | VECTOR, BIT(0) | BIT(PEER) },
	{ "the lowest vector that there is", TO(PEER) | 16, BIT(PEER) },
	{ "the highest", TO(PEER) | 255, BIT(PEER) },
};

static void goes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++) {
		unsigned int vector = sent[i].icr & 0xff;
		uint64_t others = sent[i].to & ~BIT(SELF);

		print_message("%s\n", sent[i].name);
		peers_reset();
		/* The core has to kick the others; and the guest goes on behind that */
		assert_int_equal(msr_write(ICR, sent[i].icr), !others);
		assert_int_equal(slot.gap.waits, others ? CARETAKER_GAP_AGAIN : 0);
		assert_int_equal(slot.gap.kicks, others);
		assert_int_equal(slot.vmcb.rip, GUEST_RIP + 2);
		assert_int_equal(slot.ccb.sequence, 0);
		assert_int_equal(slot.posted.sending[SELF], 0);
		for (unsigned int vcpu = 0; vcpu < 64; vcpu++)
			assert_int_equal(is_posted(vcpu, vector), others >> vcpu & 1);
		assert_int_equal(posted(), __builtin_popcountll(others));
		if (others)
			assert_int_equal(svm_gap_enter(), 1);
		injected(sent[i].to & BIT(SELF) ? vector : 0);
		assert_int_equal(slot.gap.kicks, 0);
		slot.vmcb.event_inj = 0;
		/* And the guest reads what it wrote */
		assert_int_equal(msr_read(ICR), 1);
		assert_int_equal(slot.vmcb.rax, (uint32_t)sent[i].icr);
		assert_int_equal(slot.ccb.regs.rdx, sent[i].icr >> 32);
	}
}

/* What was posted and is not taken yet stays */
static void goes_beside_others(void **state)
{
	(void)state;
	peers_reset();
	slot.posted.requested[PEER][3] = 1U << 7;
	assert_int_equal(msr_write(ICR, TO(PEER) | VECTOR), 0);
	assert_int_equal(slot.posted.requested[PEER][3], 1U << 7 | 1U << 1);
}

static void expect_kvms(uint64_t icr)
{
	struct caretaker_posted before = slot.posted;
	struct caretaker_gap gap = slot.gap;

	assert_int_equal(msr_write(ICR, icr), 0);
	assert_memory_equal(&slot.gap, &gap, sizeof(gap));
	assert_memory_equal(&slot.posted, &before, sizeof(before));
	assert_int_equal(slot.vmcb.rip, GUEST_RIP);
	assert_int_equal(slot.telemetry.routed[CARETAKER_EXIT_MSR_WRITE], 1);
}

/* Each bit that is not in a simple one, and each destination that is no vCPU's here */
static void goes_by_kvm(void **state)
{
	(void)state;
	for (unsigned int bit = 8; bit < 32; bit++) {
		if (bit == 14 || bit == 18 || bit == 19)
			continue;
		peers_reset();
		expect_kvms(TO(PEER) | BIT(bit) | VECTOR);
	}
	for (unsigned int vector = 0; vector < 16; vector++) {
		peers_reset();
		expect_kvms(TO(PEER) | vector);
	}
	for (uint64_t to = 0; to < 1000; to++) {
		if (to == 0 || to == SELF || to == PEER)
			continue;
		peers_reset();
		expect_kvms(TO(to) | VECTOR);
	}
	peers_reset();
	expect_kvms(TO(0xffffffff) | VECTOR);
	peers_reset();
	slot.gap.flags &= ~CARETAKER_GAP_POSTED;
	expect_kvms(TO(PEER) | VECTOR);
}

/* One of those that it is for is KVM's: then all of it is, and none gets it twice */
static void goes_to_attached(void **state)
{
	(void)state;
	peers_reset();
	slot.peers.detached &= ~BIT(PEER);
	expect_kvms(TO(PEER) | VECTOR);
	peers_reset();
	slot.peers.detached &= ~BIT(PEER);
	expect_kvms(SHORTHAND(2) | VECTOR);
	peers_reset();
	slot.peers.detached &= ~BIT(0);
	expect_kvms(SHORTHAND(3) | VECTOR);
	/* There are vCPUs beyond the page */
	peers_reset();
	slot.peers.all = 0;
	expect_kvms(SHORTHAND(2) | VECTOR);
	peers_reset();
	slot.peers.all = 0;
	expect_kvms(SHORTHAND(3) | VECTOR);
	/* To those that are there it goes */
	peers_reset();
	slot.peers.detached &= ~BIT(0);
	assert_int_equal(msr_write(ICR, TO(PEER) | VECTOR), 0);
	assert_true(is_posted(PEER, VECTOR));
	/* To itself it goes in any case */
	peers_reset();
	slot.peers.detached = 0;
	assert_int_equal(msr_write(ICR, SHORTHAND(1) | VECTOR), 1);
	injected(VECTOR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes),
		cmocka_unit_test(comes_with_others),
		cmocka_unit_test(wakes),
		cmocka_unit_test(goes),
		cmocka_unit_test(goes_beside_others),
		cmocka_unit_test(goes_by_kvm),
		cmocka_unit_test(goes_to_attached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
