// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where there is no KVM: which interrupt the guest gets and when, its timer, and its HLT.  What an
 * interrupt is, what holds it up and what follows from it is held against the SDM's rules (Vol. 3
 * 12.8.3), by a model of its own here.
 */
#include "test_payload_gap.h"

/* --- Which interrupt, and when --- */

static const struct {
	const char *name;
	unsigned int requested, served, tpr;
	uint64_t rflags, shadow;
	unsigned int want;	/* injected */
	bool window;
} deliveries[] = {
	{ "nothing", 0, 0, 0, IF, 0, 0, false },
	{ "one", 0x31, 0, 0, IF, 0, 0x31, false },
	{ "the lowest vector that there is", 0x10, 0, 0, IF, 0, 0x10, false },
	{ "the highest", 0xff, 0, 0, IF, 0, 0xff, false },
	{ "interrupts are off", 0x31, 0, 0, 0, 0, 0, true },
	{ "behind STI", 0x31, 0, 0, IF, 1, 0, true },
	{ "one of its class is served", 0x31, 0x3f, 0, IF, 0, 0, false },
	{ "one of its class, and below it", 0x3f, 0x31, 0, IF, 0, 0, false },
	{ "one of a higher class is served", 0x31, 0xf0, 0, IF, 0, 0, false },
	{ "one of a lower class is served", 0x41, 0x3f, 0, IF, 0, 0x41, false },
	{ "TPR is of its class", 0x31, 0, 3, IF, 0, 0, true },
	{ "TPR is above", 0x31, 0, 15, IF, 0, 0, true },
	{ "TPR is below", 0x31, 0, 2, IF, 0, 0x31, false },
	{ "TPR holds up what is served anyway", 0x31, 0x35, 9, IF, 0, 0, false },
};

static void set_delivery(size_t i)
{
	gap_reset();
	if (deliveries[i].requested)
		give(APIC_IRR, deliveries[i].requested);
	if (deliveries[i].served)
		give(APIC_ISR, deliveries[i].served);
	slot.vmcb.int_ctl = deliveries[i].tpr | 1U << 24;
	slot.vmcb.rflags = 2 | deliveries[i].rflags;
	slot.vmcb.interrupt_state = deliveries[i].shadow;
}

static void delivery(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(deliveries) / sizeof(deliveries[0]); i++) {
		print_message("%s\n", deliveries[i].name);
		set_delivery(i);
		assert_int_equal(svm_gap_enter(), 1);
		injected(deliveries[i].want);
		assert_int_equal(window_is_open(), deliveries[i].window);
		/* Of its own priority, so that hardware compares it with TPR; and TPR is the guest's */
		if (deliveries[i].window)
			assert_int_equal(slot.vmcb.int_ctl >> 16 & 0x1f, deliveries[i].requested >> 4);
		assert_int_equal(slot.vmcb.int_ctl & 0xf, deliveries[i].tpr);
		assert_int_equal(slot.vmcb.rip, GUEST_RIP);
	}
}

/* All pairs of what is requested: the highest, and the other behind its EOI */
static void two_are_requested(void **state)
{
	(void)state;
	for (unsigned int high = 17; high < 256; high++) {
		unsigned int low = 16 + (high * 7) % (high - 16);

		gap_reset();
		give(APIC_IRR, low);
		give(APIC_IRR, high);
		assert_int_equal(svm_gap_enter(), 1);
		injected(high);
		assert_true(has(APIC_IRR, low));
		slot.vmcb.event_inj = 0;
		assert_int_equal(msr_write(0x80b, 0), 1);
		assert_false(has(APIC_ISR, high));
		injected(low);
	}
}

static void gif_is_clear(void **state)
{
	(void)state;
	gap_reset();
	give(APIC_IRR, 0x31);
	slot.vmcb.int_ctl = VMCB_V_GIF_ENABLE;
	assert_int_equal(svm_gap_enter(), 1);
	injected(0);
	slot.vmcb.int_ctl |= VMCB_V_GIF;
	slot.vmcb.exit_code = SVM_EXIT_VINTR;
	assert_int_equal(svm_exit_now(), 1);
	injected(0x31);
}

/* It opens, hardware says so, and the guest gets what waits */
static void window(void **state)
{
	(void)state;
	gap_reset();
	give(APIC_IRR, 0x31);
	slot.vmcb.rflags = 2;
	assert_int_equal(svm_gap_enter(), 1);
	assert_true(window_is_open());
	slot.vmcb.rflags = 2 | IF;
	slot.vmcb.exit_code = SVM_EXIT_VINTR;
	assert_int_equal(svm_exit_now(), 1);
	injected(0x31);
	/* Nothing else has changed of what is intercepted, or of the control word */
	assert_int_equal(slot.vmcb.int_ctl, 0);
	for (size_t i = 0; i < sizeof(slot.vmcb.intercepts); i++)
		assert_int_equal(slot.vmcb.intercepts[i], 0);
}

/* A CPU that takes what is not above TPR would tell that again and again, and the guest not go on */
static void window_at_equal(void **state)
{
	(void)state;
	gap_reset();
	give(APIC_IRR, 0x31);
	slot.vmcb.int_ctl = 3;
	assert_int_equal(svm_gap_enter(), 1);
	assert_int_equal(slot.vmcb.int_ctl >> 16, 3);
	slot.vmcb.exit_code = SVM_EXIT_VINTR;
	assert_int_equal(svm_exit_now(), 1);
	injected(0);
	assert_true(window_is_open());
	assert_int_equal(slot.vmcb.int_ctl >> 16, 2);
	/* The guest lowers TPR: by both rules it is told of now */
	slot.vmcb.int_ctl = (slot.vmcb.int_ctl & ~0xfULL) | 2;
	assert_int_equal(svm_exit_now(), 1);
	injected(0x31);
	/* A window that was opened because interrupts were off says nothing of that */
	gap_reset();
	give(APIC_IRR, 0x31);
	slot.vmcb.int_ctl = 2;
	slot.vmcb.rflags = 2;
	assert_int_equal(svm_gap_enter(), 1);
	slot.vmcb.rflags = 2 | IF;
	slot.vmcb.exit_code = SVM_EXIT_VINTR;
	assert_int_equal(svm_exit_now(), 1);
	injected(0x31);
	assert_int_equal(slot.gap.own, 0);
}

/* A page fault of the host's, say, in the middle of it: it is KVM's exit, and the interrupt waits */
static void delivery_is_interrupted(void **state)
{
	(void)state;
	gap_reset();
	give(APIC_ISR, 0x31);
	slot.vmcb.exit_code = SVM_EXIT_NPF;
	slot.vmcb.exit_int_info = 0x80000031;
	slot.vmcb.event_inj = 0x80000031;
	assert_int_equal(svm_exit_now(), 0);
	assert_true(has(APIC_IRR, 0x31));
	assert_false(has(APIC_ISR, 0x31));
	assert_int_equal(slot.vmcb.exit_int_info, 0);
	assert_int_equal(slot.vmcb.event_inj, 0);
	assert_int_equal(slot.gap.waits, 0);

	/* Of an exception only KVM knows */
	gap_reset();
	slot.vmcb.exit_code = SVM_EXIT_NPF;
	slot.vmcb.exit_int_info = 0x80000b0e;
	assert_int_equal(svm_exit_now(), 0);
	assert_int_equal(slot.vmcb.exit_int_info, 0x80000b0e);
}

/* --- HLT --- */

static void hlt_waits(void **state)
{
	(void)state;
	gap_reset();
	exit_is_hlt();
	slot.gap.timer = OFFSET + NOW + 1000;
	slot.vmcb.interrupt_state = VMCB_INTERRUPT_SHADOW;	/* behind STI */
	assert_int_equal(svm_exit_now(), 0);
	assert_int_equal(slot.gap.waits, CARETAKER_GAP_AT_HLT);
	assert_int_equal(slot.telemetry.handled[CARETAKER_EXIT_HLT], 1);
	assert_int_equal(slot.vmcb.rip, GUEST_RIP);
	assert_int_equal(slot.vmcb.interrupt_state, VMCB_INTERRUPT_SHADOW);
	/* Woken for nothing */
	assert_int_equal(svm_gap_enter(), 0);
	assert_int_equal(slot.vmcb.rip, GUEST_RIP);
	give(APIC_IRR, 0x31);
	assert_int_equal(svm_gap_enter(), 1);
	assert_int_equal(slot.vmcb.rip, GUEST_RIP + 1);
	assert_int_equal(slot.vmcb.interrupt_state, 0);
	assert_int_equal(slot.gap.waits, 0);
	injected(0x31);
}

static void hlt_does_not_wait(void **state)
{
	(void)state;
	gap_reset();
	give(APIC_IRR, 0x31);
	exit_is_hlt();
	assert_int_equal(svm_exit_now(), 1);
	assert_int_equal(slot.vmcb.rip, GUEST_RIP + 1);
	assert_int_equal(slot.gap.waits, 0);
	injected(0x31);
	assert_int_equal(slot.telemetry.handled[CARETAKER_EXIT_HLT], 1);
}

/* With interrupts off nothing wakes it but an NMI, and without timer and peers nothing: both are KVM's */
static void hlt_for_good(void **state)
{
	(void)state;
	for (unsigned int off = 0; off < 2; off++) {
		gap_reset();
		slot.vmcb.int_ctl = 3;
		give(APIC_IRR, 0x31);
		slot.gap.timer = off ? OFFSET + NOW + 1000 : 0;
		slot.vmcb.rflags = off ? 2 : 2 | IF;
		exit_is_hlt();
		assert_int_equal(svm_exit_now(), 0);
		assert_int_equal(slot.gap.waits, 0);
		assert_int_equal(slot.telemetry.routed[CARETAKER_EXIT_HLT], 1);
		assert_int_equal(slot.vmcb.rip, GUEST_RIP);
	}
	/* What TPR holds up does not wake it; the timer may, by another vector */
	gap_reset();
	slot.vmcb.int_ctl = 3;
	give(APIC_IRR, 0x31);
	slot.gap.timer = OFFSET + NOW + 1000;
	exit_is_hlt();
	assert_int_equal(svm_exit_now(), 0);
	assert_int_equal(slot.gap.waits, CARETAKER_GAP_AT_HLT);
	assert_int_equal(svm_gap_enter(), 0);
	slot.tsc = NOW + 1000;
	assert_int_equal(svm_gap_enter(), 1);
	injected(TIMER_VECTOR);
}

/* KVM has completed its HLT */
static void halted_before(void **state)
{
	(void)state;
	gap_reset();
	slot.gap.waits = CARETAKER_GAP_HALTED;
	assert_int_equal(svm_gap_enter(), 0);
	give(APIC_IRR, 0x31);
	assert_int_equal(svm_gap_enter(), 1);
	assert_int_equal(slot.vmcb.rip, GUEST_RIP);
	assert_int_equal(slot.gap.waits, 0);
	injected(0x31);
}

static void no_next_rip(void **state)
{
	(void)state;
	gap_reset();
	slot.config.flags = CARETAKER_CONFIG_MIN_ENCODINGS;
	exit_is_hlt();
	slot.vmcb.next_rip = 0;
	give(APIC_IRR, 0x31);
	assert_int_equal(svm_exit_now(), 1);
	assert_int_equal(slot.vmcb.rip, GUEST_RIP + 1);
}

#define KVMS(name, statement) static void name(void) { statement; }

KVMS(no_length, slot.config.flags = 0)
KVMS(next_rip_zero, slot.vmcb.next_rip = 0)
KVMS(single_step, slot.vmcb.rflags |= RFLAGS_TF)
KVMS(exception, slot.vmcb.exit_int_info = 0x80000b0e)
KVMS(all, slot.config.flags |= CARETAKER_CONFIG_ROUTE_ALL)
KVMS(other_config, slot.config.size--)
KVMS(no_apic, slot.gap.flags = 0)
KVMS(other_hlt, slot.vmcb.exit_code = SVM_EXIT_IDLE_HLT)

/* It is blocked there, and says so: it does not wait for an interrupt */
static void hlt_is_kvms(void **state)
{
	static void (*const change[])(void) = {
		no_length, next_rip_zero, single_step, exception, all, other_config, no_apic,
		other_hlt,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(change) / sizeof(change[0]); i++) {
		gap_reset();
		give(APIC_IRR, 0x31);
		exit_is_hlt();
		change[i]();
		assert_int_equal(svm_exit_now(), 0);
		assert_int_equal(slot.gap.waits, 0);
		assert_int_equal(slot.vmcb.rip, GUEST_RIP);
		assert_true(has(APIC_IRR, 0x31));
	}
}

/* --- The timer --- */

static void timer(void **state)
{
	(void)state;
	gap_reset();
	/* The core has to be told; and the guest goes on behind that */
	assert_int_equal(msr_write(0x6e0, NOW + OFFSET + 500), 0);
	assert_int_equal(slot.gap.waits, CARETAKER_GAP_AGAIN);
	assert_int_equal(slot.gap.deadline, NOW + 500);
	assert_int_equal(slot.telemetry.handled[CARETAKER_EXIT_MSR_WRITE], 1);
	assert_int_equal(slot.ccb.sequence, 0);
	assert_int_equal(slot.vmcb.rip, GUEST_RIP + 2);
	assert_int_equal(svm_gap_enter(), 1);
	assert_int_equal(slot.gap.waits, 0);
	assert_int_equal(msr_read(0x6e0), 1);
	assert_int_equal(slot.vmcb.rax, NOW + OFFSET + 500);
	assert_int_equal(slot.ccb.regs.rdx, 0);
	slot.tsc = NOW + 499;
	assert_int_equal(svm_gap_enter(), 1);
	injected(0);
	slot.tsc = NOW + 500;
	assert_int_equal(svm_gap_enter(), 1);
	injected(TIMER_VECTOR);
	assert_int_equal(slot.gap.timer, 0);
	assert_int_equal(slot.gap.deadline, 0);
	slot.vmcb.event_inj = 0;
	/* Once */
	assert_int_equal(msr_write(0x80b, 0), 1);
	injected(0);
}

static void timer_of_long_ago(void **state)
{
	(void)state;
	gap_reset();
	assert_int_equal(msr_write(0x6e0, 1), 0);
	assert_int_equal(svm_gap_enter(), 1);
	injected(TIMER_VECTOR);
}

static void timer_that_never_comes(void **state)
{
	(void)state;
	gap_reset();
	assert_int_equal(msr_write(0x6e0, UINT64_MAX), 0);
	assert_int_equal(svm_gap_enter(), 1);
	injected(0);
}

/* The upper half is of RDX, and the guest's TSC may be behind the host's */
static void timer_is_wide(void **state)
{
	(void)state;
	gap_reset();
	slot.gap.tsc_offset = -0x500000000ULL;
	slot.tsc = 0x600000000;
	assert_int_equal(msr_write(0x6e0, 0x200000007), 0);
	assert_int_equal(slot.gap.deadline, 0x700000007);
	assert_int_equal(svm_gap_enter(), 1);
	/* The same once more is nothing new to the core */
	assert_int_equal(msr_write(0x6e0, 0x200000007), 1);
	assert_int_equal(msr_read(0x6e0), 1);
	assert_int_equal(slot.vmcb.rax, 7);
	assert_int_equal(slot.ccb.regs.rdx, 2);
}

/* A guest that wants no timer may ask for the last TSC there is; the host's is far behind its own or before */
static void timer_is_never(void **state)
{
	(void)state;
	gap_reset();
	slot.gap.tsc_offset = -0x500000000ULL;
	assert_int_equal(msr_write(0x6e0, UINT64_MAX), 0);
	assert_int_equal(slot.gap.deadline, UINT64_MAX);
	slot.gap.tsc_offset = 0x500000000ULL;
	assert_int_equal(msr_write(0x6e0, UINT64_MAX), 0);
	assert_int_equal(slot.gap.deadline, UINT64_MAX - 0x500000000ULL);
}

static void timer_is_masked(void **state)
{
	(void)state;
	gap_reset();
	*word_of(APIC_LVTT, 0) |= APIC_LVT_MASKED;
	slot.gap.timer = OFFSET + NOW;
	assert_int_equal(svm_gap_enter(), 1);
	injected(0);
	assert_int_equal(slot.gap.timer, 0);
	/* A vector that there is not */
	*word_of(APIC_LVTT, 0) = 2U << 17 | 5;
	slot.gap.timer = OFFSET + NOW;
	assert_int_equal(svm_gap_enter(), 1);
	injected(0);
	assert_false(has(APIC_IRR, 5));
}

static void timer_is_stopped(void **state)
{
	(void)state;
	gap_reset();
	slot.gap.timer = OFFSET + NOW + 1;
	assert_int_equal(msr_write(0x6e0, 0), 1);
	assert_int_equal(slot.gap.deadline, 0);
	slot.tsc += 2;
	assert_int_equal(svm_gap_enter(), 1);
	injected(0);
}

/* The VMM has a filter on it, or it counts in another way */
static void timer_is_kvms(void **state)
{
	(void)state;
	gap_reset();
	slot.gap.flags = CARETAKER_GAP_APIC;
	assert_int_equal(msr_write(0x6e0, 77), 0);
	assert_int_equal(msr_read(0x6e0), 0);
	assert_int_equal(slot.gap.timer, 0);
	assert_int_equal(slot.vmcb.rip, GUEST_RIP);
}

/* --- The other registers --- */

static void tpr(void **state)
{
	(void)state;
	gap_reset();
	slot.vmcb.int_ctl = VMCB_V_GIF | 2;
	assert_int_equal(msr_write(0x808, 0x5a), 1);
	assert_int_equal(slot.vmcb.int_ctl, VMCB_V_GIF | 5);
	assert_int_equal(msr_read(0x808), 1);
	assert_int_equal(slot.vmcb.rax, 0x5a);
	assert_int_equal(slot.ccb.regs.rdx, 0);
	/* By CR8, without an exit */
	slot.vmcb.int_ctl = 9;
	assert_int_equal(msr_read(0x808), 1);
	assert_int_equal(slot.vmcb.rax, 0x9a);
	/* What it held up comes with the write that lowers it */
	give(APIC_IRR, 0x91);
	assert_int_equal(msr_write(0x808, 0x8f), 1);
	injected(0x91);
}

static void from_itself(void **state)
{
	(void)state;
	for (unsigned int vector = 16; vector < 256; vector++) {
		gap_reset();
		assert_int_equal(msr_write(0x83f, vector), 1);
		injected(vector);
		assert_int_equal(slot.vmcb.rip, GUEST_RIP + 2);
	}
}

static void eoi_without_a_service(void **state)
{
	(void)state;
	gap_reset();
	assert_int_equal(msr_write(0x80b, 0), 1);
}

/* A device waits for it, and only KVM can tell it */
static void eoi_is_kvms(void **state)
{
	(void)state;
	for (unsigned int vector = 16; vector < 256; vector++) {
		gap_reset();
		slot.gap.level[vector / 64] = 1ULL << vector % 64;
		give(APIC_ISR, vector);
		assert_int_equal(msr_write(0x80b, 0), 0);
		assert_true(has(APIC_ISR, vector));
		assert_int_equal(slot.vmcb.rip, GUEST_RIP);
		/* But that of one above it is not */
		if (vector == 255)
			continue;
		give(APIC_ISR, vector + 1);
		assert_int_equal(msr_write(0x80b, 0), 1);
		assert_false(has(APIC_ISR, vector + 1));
	}
}

/* #GP, or what KVM alone does */
static void msrs_that_are_kvms(void **state)
{
	static const struct {
		uint32_t index;
		uint64_t value;
	} writes[] = {
		{ 0x80b, 1 }, { 0x80b, 1ULL << 32 }, { 0x808, 0x100 }, { 0x808, 1ULL << 32 },
		{ 0x83f, 15 }, { 0x83f, 0 }, { 0x83f, 0x100 }, { 0x83f, 1ULL << 32 | 0x51 },
		{ 0x830, 0x4051 }, { 0x832, 0x40060 }, { 0x80f, 0x1ff }, { 0x838, 1000 }, { 0x10, 0 },
	};
	static const uint32_t reads[] = { 0x802, 0x80a, 0x80b, 0x839, 0x83f, 0x10 };

	(void)state;
	for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
		struct caretaker_gap before;

		gap_reset();
		give(APIC_ISR, 0x31);
		before = slot.gap;
		assert_int_equal(msr_write(writes[i].index, writes[i].value), 0);
		assert_memory_equal(&slot.gap, &before, sizeof(before));
		assert_int_equal(slot.vmcb.rip, GUEST_RIP);
	}
	for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
		gap_reset();
		assert_int_equal(msr_read(reads[i]), 0);
		assert_int_equal(slot.vmcb.rax, DIRTY | 1);
	}
	/* Without the registers each is, and so is each of those that are there with them */
	gap_reset();
	slot.gap.flags = 0;
	assert_int_equal(msr_write(0x80b, 0), 0);
	assert_int_equal(msr_write(0x83f, 0x51), 0);
	assert_int_equal(msr_read(0x808), 0);
}

/* --- What is as ever --- */

static void as_under_kvm(void **state)
{
	(void)state;
	gap_reset();
	slot.vmcb.exit_code = SVM_EXIT_CPUID;
	slot.vmcb.next_rip = GUEST_RIP + 2;
	assert_int_equal(svm_exit_now(), 1);
	assert_int_equal(slot.vmcb.rax, 0x00800f12);
	assert_int_equal(slot.ccb.acknowledge, CARETAKER_DETACHED);
	/* With an interrupt that has come meanwhile */
	give(APIC_IRR, 0x31);
	slot.vmcb.next_rip = slot.vmcb.rip + 2;
	assert_int_equal(svm_exit_now(), 1);
	injected(0x31);

	/* The host's own, and all that is KVM's */
	for (uint32_t code = 0; code <= SVM_EXIT_LAST; code++) {
		gap_reset();
		slot.vmcb.exit_code = code;
		slot.vmcb.next_rip = GUEST_RIP + 1;
		slot.ccb.regs.rcx = 0x10;
		if (code == SVM_EXIT_CPUID || code == SVM_EXIT_INVD || code == SVM_EXIT_VINTR)
			continue;
		assert_int_equal(svm_exit_now(), 0);
		assert_int_equal(slot.gap.waits, 0);
		assert_int_equal(slot.vmcb.rip, GUEST_RIP);
	}
}

/* Attached, nothing of it is touched; and a request of another kind is one that is not known */
static void not_without_the_request(void **state)
{
	static const uint32_t requests[] = { 0, CARETAKER_ATTACHED, CARETAKER_DETACHED + 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct caretaker_gap before;

		gap_reset();
		give(APIC_IRR, 0x31);
		slot.ccb.request = requests[i];
		before = slot.gap;
		exit_is_hlt();
		assert_int_equal(svm_exit_now(), 0);
		assert_int_equal(msr_write(0x80b, 0), 0);
		assert_memory_equal(&slot.gap, &before, sizeof(before));
		assert_int_equal(slot.vmcb.event_inj, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delivery),
		cmocka_unit_test(two_are_requested),
		cmocka_unit_test(gif_is_clear),
		cmocka_unit_test(window),
		cmocka_unit_test(window_at_equal),
		cmocka_unit_test(delivery_is_interrupted),
		cmocka_unit_test(hlt_waits),
		cmocka_unit_test(hlt_does_not_wait),
		cmocka_unit_test(hlt_for_good),
		cmocka_unit_test(halted_before),
		cmocka_unit_test(no_next_rip),
		cmocka_unit_test(hlt_is_kvms),
		cmocka_unit_test(timer),
		cmocka_unit_test(timer_of_long_ago),
		cmocka_unit_test(timer_that_never_comes),
		cmocka_unit_test(timer_is_wide),
		cmocka_unit_test(timer_is_never),
		cmocka_unit_test(timer_is_masked),
		cmocka_unit_test(timer_is_stopped),
		cmocka_unit_test(timer_is_kvms),
		cmocka_unit_test(tpr),
		cmocka_unit_test(from_itself),
		cmocka_unit_test(eoi_without_a_service),
		cmocka_unit_test(eoi_is_kvms),
		cmocka_unit_test(msrs_that_are_kvms),
		cmocka_unit_test(as_under_kvm),
		cmocka_unit_test(not_without_the_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
