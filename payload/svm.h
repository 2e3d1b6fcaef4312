/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD SVM: the VMCB and the exit codes, by the AMD64 Architecture Programmer's
 * Manual (APM) Volume 2, Appendix B and C.  Only what the payload reads or
 * writes has a name; the assertions hold each to its offset in the manual.
 */
#ifndef PAYLOAD_SVM_H
#define PAYLOAD_SVM_H

#include <stddef.h>
#include "payload.h"

struct vmcb_segment {
	u16 selector;
	u16 attributes;
	u32 limit;
	u64 base;
};

struct vmcb {
	/* Control area, table B-1 */
	u8  intercepts[0x05c];
	u8  tlb_control;
	u8  erap_control;
	u8  reserved_05e[0x060 - 0x05e];
	u64 int_ctl;
	u64 interrupt_state;
	u64 exit_code;
	u64 exit_info_1;
	u64 exit_info_2;
	u64 exit_int_info;
	u8  reserved_090[0x0a8 - 0x090];
	u64 event_inj;
	u8  reserved_0b0[0x0c8 - 0x0b0];
	u64 next_rip;
	u8  reserved_0d0[0x400 - 0x0d0];

	/* State save area, table B-2: offsets from 0x400 */
	struct vmcb_segment es;
	struct vmcb_segment cs;
	u8  reserved_420[0x4cb - 0x420];
	u8  cpl;
	u8  reserved_4cc[0x4d0 - 0x4cc];
	u64 efer;
	u8  reserved_4d8[0x570 - 0x4d8];
	u64 rflags;
	u64 rip;
	u8  reserved_580[0x5f8 - 0x580];
	u64 rax;
	u8  reserved_600[0x1000 - 0x600];
};

#define VMCB_OFFSET(field, offset) \
	_Static_assert(offsetof(struct vmcb, field) == (offset), "APM: offset of VMCB " #field)

VMCB_OFFSET(tlb_control, 0x05c);
VMCB_OFFSET(erap_control, 0x05d);
VMCB_OFFSET(int_ctl, 0x060);
VMCB_OFFSET(interrupt_state, 0x068);
VMCB_OFFSET(exit_code, 0x070);
VMCB_OFFSET(exit_info_1, 0x078);
VMCB_OFFSET(exit_info_2, 0x080);
VMCB_OFFSET(exit_int_info, 0x088);
VMCB_OFFSET(event_inj, 0x0a8);
VMCB_OFFSET(next_rip, 0x0c8);
VMCB_OFFSET(cs, 0x400 + 0x010);
VMCB_OFFSET(cpl, 0x400 + 0x0cb);
VMCB_OFFSET(efer, 0x400 + 0x0d0);
VMCB_OFFSET(rflags, 0x400 + 0x170);
VMCB_OFFSET(rip, 0x400 + 0x178);
VMCB_OFFSET(rax, 0x400 + 0x1f8);
_Static_assert(sizeof(struct vmcb) == 0x1000, "APM: a VMCB is a page");

#define VMCB_ERAP_CLEAR_RAP		(1U << 1)	/* erap_control */
#define VMCB_INTERCEPT_VINTR		100		/* number of its bit: offset 0x00c, bit 4 */
#define VMCB_V_TPR			0xfU		/* int_ctl */
#define VMCB_V_IRQ			(1ULL << 8)
#define VMCB_V_GIF			(1ULL << 9)
#define VMCB_V_PRIORITY_SHIFT		16
#define VMCB_V_IGN_TPR			(1ULL << 20)
#define VMCB_V_GIF_ENABLE		(1ULL << 25)
#define VMCB_INTERRUPT_SHADOW		(1ULL << 0)	/* interrupt_state */
#define VMCB_EVENT_VALID		(1ULL << 31)	/* exit_int_info, event_inj */
#define VMCB_EVENT_TYPE			(7ULL << 8)	/* 0: an external interrupt */
#define VMCB_CS_LONG			(1U << 9)	/* attributes of CS: L */

#define EFER_LMA			(1ULL << 10)
#define RFLAGS_TF			(1ULL << 8)
#define RFLAGS_IF			(1ULL << 9)
#define RFLAGS_RF			(1ULL << 16)
#define RFLAGS_VM			(1ULL << 17)

/* Exit codes, appendix C */
#define SVM_EXIT_READ_CR0		0x000
#define SVM_EXIT_WRITE_CR15		0x01f
#define SVM_EXIT_READ_DR0		0x020
#define SVM_EXIT_WRITE_DR15		0x03f
#define SVM_EXIT_EXCP0			0x040
#define SVM_EXIT_EXCP31			0x05f
#define SVM_EXIT_INTR			0x060
#define SVM_EXIT_NMI			0x061
#define SVM_EXIT_SMI			0x062
#define SVM_EXIT_INIT			0x063
#define SVM_EXIT_VINTR			0x064
#define SVM_EXIT_CR0_SEL_WRITE		0x065
#define SVM_EXIT_CPUID			0x072
#define SVM_EXIT_IRET			0x074
#define SVM_EXIT_INVD			0x076
#define SVM_EXIT_PAUSE			0x077
#define SVM_EXIT_HLT			0x078
#define SVM_EXIT_INVLPGA		0x07a
#define SVM_EXIT_IOIO			0x07b
#define SVM_EXIT_MSR			0x07c
#define SVM_EXIT_SHUTDOWN		0x07f
#define SVM_EXIT_VMRUN			0x080
#define SVM_EXIT_VMMCALL		0x081
#define SVM_EXIT_VMLOAD			0x082
#define SVM_EXIT_VMSAVE			0x083
#define SVM_EXIT_STGI			0x084
#define SVM_EXIT_CLGI			0x085
#define SVM_EXIT_SKINIT			0x086
#define SVM_EXIT_XSETBV			0x08d
#define SVM_EXIT_EFER_WRITE_TRAP	0x08f
#define SVM_EXIT_CR15_WRITE_TRAP	0x09f
#define SVM_EXIT_IDLE_HLT		0x0a6
#define SVM_EXIT_LAST			SVM_EXIT_IDLE_HLT
#define SVM_EXIT_NPF			0x400
#define SVM_EXIT_AVIC_INCOMPLETE_IPI	0x401
#define SVM_EXIT_AVIC_NOACCEL		0x402
/*
 * -1 invalid guest state, -2 busy, -3 idle required, -4 invalid PMC.  The low
 * half tells them: a hypervisor below us may write no more than that.
 */
#define SVM_EXIT_FIRST_FAILURE		0xfffffffcU

#define SVM_MSR_WRITE			1	/* exit_info_1 of SVM_EXIT_MSR */

/* Bytes without a prefix: of CPUID, RDMSR, WRMSR, INVD (0F and another), XSETBV */
#define MIN_LENGTH			2
#define MIN_LENGTH_XSETBV		3
#define LENGTH_HLT			1

__attribute__((visibility("hidden"))) exit_function svm_exit(u64 code, u32 reason);
__attribute__((visibility("hidden"))) exit_function svm_gap_enter(void);
extern const u8 svm_reason[] __attribute__((visibility("hidden")));
extern u8 svm_plain_reason[] __attribute__((visibility("hidden")));

#endif /* PAYLOAD_SVM_H */
