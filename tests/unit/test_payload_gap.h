/* SPDX-License-Identifier: GPL-2.0-only */
/* A vCPU where there is no KVM, for tests of what the payload does there. */
#ifndef TEST_PAYLOAD_GAP_H
#define TEST_PAYLOAD_GAP_H

#include "test_payload_slot.h"

#define OFFSET		0x1000000ULL	/* the guest's TSC is that far ahead */
#define NOW		1000000ULL
#define TIMER_VECTOR	0x60
#define IF		0x200ULL

/* The word of a register that has a vector's bit */
static inline uint32_t *word_of(uint32_t reg, unsigned int vector)
{
	return &slot.gap.apic[(reg + vector / 32 * 16) / 4];
}

static inline bool has(uint32_t reg, unsigned int vector)
{
	return *word_of(reg, vector) >> vector % 32 & 1;
}

static inline void give(uint32_t reg, unsigned int vector)
{
	*word_of(reg, vector) |= 1U << vector % 32;
}

/* Detached, with interrupts on, and an exit that is the host's own */
static inline void gap_reset(void)
{
	slot_reset();
	slot.ccb.request = CARETAKER_DETACHED;
	slot.tsc = NOW;
	slot.gap.tsc_offset = OFFSET;
	slot.gap.flags = CARETAKER_GAP_APIC | CARETAKER_GAP_TIMER;
	*word_of(APIC_LVTT, 0) = 2U << 17 | TIMER_VECTOR;
	slot.vmcb.exit_code = SVM_EXIT_INTR;
	slot.vmcb.next_rip = 0;
}

static inline void exit_is_hlt(void)
{
	slot.vmcb.exit_code = SVM_EXIT_HLT;
	slot.vmcb.next_rip = slot.vmcb.rip + 1;
}

static inline u32 msr_write(uint32_t index, uint64_t value)
{
	slot.vmcb.exit_code = SVM_EXIT_MSR;
	slot.vmcb.exit_info_1 = SVM_MSR_WRITE;
	slot.vmcb.next_rip = slot.vmcb.rip + 2;
	slot.ccb.regs.rcx = DIRTY | index;
	slot.ccb.regs.rdx = DIRTY | value >> 32;
	slot.vmcb.rax = DIRTY | (uint32_t)value;
	return svm_exit_now();
}

static inline u32 msr_read(uint32_t index)
{
	slot.vmcb.exit_code = SVM_EXIT_MSR;
	slot.vmcb.exit_info_1 = 0;
	slot.vmcb.next_rip = slot.vmcb.rip + 2;
	slot.ccb.regs.rcx = DIRTY | index;
	return svm_exit_now();
}

static inline bool window_is_open(void)
{
	return slot.vmcb.intercepts[0xc] & 0x10 && slot.vmcb.int_ctl & VMCB_V_IRQ;
}

static inline void injected(unsigned int vector)
{
	assert_int_equal(slot.vmcb.event_inj, vector ? 0x80000000ULL | vector : 0);
	if (vector) {
		assert_true(has(APIC_ISR, vector));
		assert_false(has(APIC_IRR, vector));
		assert_false(window_is_open());
	}
}

#endif
