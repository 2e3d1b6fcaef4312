/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A slot in ordinary memory, for tests that run the payload's C code on the host.
 * It starts as KVM leaves one: attached, AMD, one leaf, CPUID pending in 64-bit
 * code at ring 0, and next-RIP from hardware.
 */
#ifndef TEST_PAYLOAD_SLOT_H
#define TEST_PAYLOAD_SLOT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define PAYLOAD_ON_HOST
#include "../../payload/svm.c"

struct slot {
	struct caretaker_ccb ccb;
	struct caretaker_config config;
	struct caretaker_telemetry telemetry;
	struct vmcb vmcb;
	struct caretaker_gap gap;
	struct caretaker_posted posted;
	struct caretaker_peers peers;
	uint64_t tsc;
};

static struct slot slot;

struct caretaker_ccb *slot_ccb(void)
{
	return &slot.ccb;
}

const struct caretaker_config *slot_config(void)
{
	return &slot.config;
}

struct caretaker_telemetry *slot_telemetry(void)
{
	return &slot.telemetry;
}

struct vmcb *slot_vmcb(void)
{
	return &slot.vmcb;
}

struct caretaker_gap *slot_gap(void)
{
	return &slot.gap;
}

struct caretaker_posted *slot_posted(void)
{
	return &slot.posted;
}

const struct caretaker_peers *slot_peers(void)
{
	return &slot.peers;
}

u64 read_tsc(void)
{
	return slot.tsc;
}

#define GUEST_RIP	0x7ffff7a01230ULL
/* Upper halves that an answer must not leave behind */
#define DIRTY		0xdeadbeef00000000ULL

static void slot_reset(void)
{
	memset(&slot, 0, sizeof(slot));
	slot.ccb.magic = CARETAKER_CCB_MAGIC;
	slot.ccb.abi = CARETAKER_ABI_VERSION;
	slot.ccb.size = sizeof(slot.ccb);
	slot.ccb.state = CARETAKER_ATTACHED;
	slot.ccb.regs.rcx = DIRTY | 7;
	slot.ccb.regs.rbx = DIRTY | 1;
	slot.ccb.regs.rdx = DIRTY | 2;
	slot.ccb.regs.r15 = DIRTY | 3;

	slot.config.abi = CARETAKER_ABI_VERSION;
	slot.config.size = sizeof(slot.config);
	slot.config.vendor = CARETAKER_VENDOR_AMD;
	slot.config.mode = CARETAKER_MODE_ISOLATED;
	slot.config.flags = CARETAKER_CONFIG_NEXT_RIP;
	slot.config.cpuid_count = 1;
	slot.config.cpuid[0] = (struct caretaker_cpuid) {
		.function = 1, .eax = 0x00800f12, .ebx = 0x00010800,
		.ecx = 0x7ed8320b, .edx = 0x178bfbff,
	};

	slot.vmcb.exit_code = SVM_EXIT_CPUID;
	slot.vmcb.rip = GUEST_RIP;
	slot.vmcb.next_rip = GUEST_RIP + 2;
	slot.vmcb.rax = DIRTY | 1;
	slot.vmcb.rflags = 0x202;
	slot.vmcb.efer = EFER_LMA;
	slot.vmcb.cs.attributes = VMCB_CS_LONG;
}

/* The exit in the slot goes the long way: what entry.S has found out by then */
static inline u32 svm_exit_now(void)
{
	u64 code = slot.vmcb.exit_code;
	u32 reason = code <= SVM_EXIT_LAST ? svm_reason[code] : CARETAKER_EXIT_OTHER;

	if (reason == CARETAKER_EXIT_MSR_READ && slot.vmcb.exit_info_1 == SVM_MSR_WRITE)
		reason = CARETAKER_EXIT_MSR_WRITE;
	return svm_exit(code, reason);
}

#endif /* TEST_PAYLOAD_SLOT_H */
