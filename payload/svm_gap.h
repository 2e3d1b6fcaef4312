/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD SVM, where there is no KVM: the guest's interrupts, its timer, and its HLT.
 *
 * The payload is entered here before each entry to the guest, and after each exit that it has
 * answered.  An interrupt is given by EVENTINJ if the guest takes it now, else hardware is asked
 * to tell when it does: by a virtual interrupt of that priority, which is intercepted (APM Vol. 2
 * 15.21.4).  Hardware compares its priority with TPR, which the guest changes without an exit.
 * By the manual it must be above TPR; QEMU 7.2 takes one that is equal, too.  What has come at an
 * equal priority once gets one less from then on.
 *
 * HLT completes when there is an interrupt.  Until then RIP stays, so that KVM finds the
 * instruction if the vCPU is attached.
 */
#ifndef PAYLOAD_SVM_GAP_H
#define PAYLOAD_SVM_GAP_H

#include "ipi.h"
#include "svm_instruction.h"

inlined bool guest_takes_interrupts(const struct vmcb *vmcb, bool halted)
{
	if (!(vmcb->rflags & RFLAGS_IF))
		return false;
	if ((vmcb->int_ctl & VMCB_V_GIF_ENABLE) && !(vmcb->int_ctl & VMCB_V_GIF))
		return false;
	/* It ends with the instruction that has halted */
	return halted || !(vmcb->interrupt_state & VMCB_INTERRUPT_SHADOW);
}

#define WINDOW_AT_EQUAL		1ULL	/* gap.own */

inlined u32 window_priority(const struct vmcb *vmcb)
{
	return vmcb->int_ctl >> VMCB_V_PRIORITY_SHIFT & 0xf;
}

inlined void close_window(struct vmcb *vmcb)
{
	vmcb->intercepts[VMCB_INTERCEPT_VINTR / 8] &= (u8)~(1U << VMCB_INTERCEPT_VINTR % 8);
	vmcb->int_ctl &= ~(VMCB_V_IRQ | VMCB_V_IGN_TPR | 0xfULL << VMCB_V_PRIORITY_SHIFT);
}

inlined void open_window(const struct caretaker_gap *gap, struct vmcb *vmcb, u32 vector)
{
	u64 priority = (vector >> 4) - (gap->own & WINDOW_AT_EQUAL);

	vmcb->intercepts[VMCB_INTERCEPT_VINTR / 8] |= (u8)(1U << VMCB_INTERCEPT_VINTR % 8);
	vmcb->int_ctl |= VMCB_V_IRQ | priority << VMCB_V_PRIORITY_SHIFT;
}

inlined void inject(struct caretaker_gap *gap, struct vmcb *vmcb, u32 vector)
{
	apic_clear(gap, APIC_IRR, vector);
	apic_set(gap, APIC_ISR, vector);
	vmcb->event_inj = VMCB_EVENT_VALID | vector;
}

/* The guest has left: an interrupt that it was about to take waits again */
inlined void gap_left(struct caretaker_gap *gap, struct vmcb *vmcb, u64 code)
{
	u64 event = vmcb->exit_int_info;

	if (code == SVM_EXIT_VINTR && window_priority(vmcb) == (vmcb->int_ctl & VMCB_V_TPR))
		gap->own |= WINDOW_AT_EQUAL;
	vmcb->event_inj = 0;
	close_window(vmcb);
	if (!(event & VMCB_EVENT_VALID) || event & VMCB_EVENT_TYPE)
		return;
	apic_clear(gap, APIC_ISR, (u32)event);
	apic_set(gap, APIC_IRR, (u32)event);
	vmcb->exit_int_info = 0;
}

/* The TSC of the host at which the timer is due: a guest's later than all of those never is */
inlined u64 gap_deadline(const struct caretaker_gap *gap)
{
	u64 due = gap->timer - gap->tsc_offset;

	if (!gap->timer)
		return 0;
	return gap->tsc_offset >> 63 && due < gap->timer ? ~0ULL : due;
}

/**
 * gap_go_on - the guest is to run, or to wait
 * @gap:	gap page
 * @config:	the configuration page
 * @vmcb:	the guest
 *
 * Return: ANSWERED: enter it.  TO_CORE: it has halted, and the core may sleep.
 */
inlined enum verdict gap_go_on(struct caretaker_gap *gap, const struct caretaker_config *config,
			       struct vmcb *vmcb)
{
	bool halted = gap->waits == CARETAKER_GAP_AT_HLT || gap->waits == CARETAKER_GAP_HALTED;
	u32 vector;
	bool now;

	if (gap->flags & CARETAKER_GAP_POSTED)
		take_posted(gap, slot_posted(), own_number(config));
	apic_fire(gap, read_tsc());
	vector = apic_pending(gap);
	now = vector >> 4 > (vmcb->int_ctl & VMCB_V_TPR) &&
	      guest_takes_interrupts(vmcb, halted);
	gap->deadline = gap_deadline(gap);
	if (halted && !now)
		return TO_CORE;
	if (gap->waits == CARETAKER_GAP_AT_HLT)
		complete_instruction(vmcb, config, LENGTH_HLT);
	gap->waits = 0;
	if (now)
		inject(gap, vmcb, vector);
	else if (vector)
		open_window(gap, vmcb, vector);
	return ANSWERED;
}

/* It has halted.  If nothing wakes it here it waits for KVM, whoever looks */
inlined enum verdict gap_halt(struct caretaker_gap *gap, const struct caretaker_config *config,
			      struct vmcb *vmcb)
{
	enum verdict verdict;

	gap->waits = CARETAKER_GAP_AT_HLT;
	verdict = gap_go_on(gap, config, vmcb);
	if (verdict == ANSWERED)
		return ANSWERED;
	if ((gap->timer || gap->flags & CARETAKER_GAP_POSTED) && vmcb->rflags & RFLAGS_IF)
		return TO_CORE;
	gap->waits = 0;
	return ROUTE_EXIT;
}

/* Those that KVM answers from the registers of the APIC alone */
inlined bool gap_msr_write(struct caretaker_gap *gap, const struct caretaker_config *config,
			   struct vmcb *vmcb, u32 index, u64 value)
{
	switch (index) {
	case MSR_TSC_DEADLINE:
		if (!(gap->flags & CARETAKER_GAP_TIMER))
			return false;
		gap->timer = value;
		return true;
	case MSR_X2APIC_TPR:
		if (value > APIC_VECTOR)
			return false;
		*apic_register(gap, APIC_TPR) = (u32)value;
		vmcb->int_ctl = (vmcb->int_ctl & ~(u64)VMCB_V_TPR) | value >> 4;
		return true;
	case MSR_X2APIC_EOI:
		return !value && apic_eoi(gap);
	case MSR_X2APIC_ICR:
		return gap->flags & CARETAKER_GAP_POSTED &&
		       ipi_send(gap, slot_posted(), slot_peers(), own_number(config), value);
	case MSR_X2APIC_SELF_IPI:
		if (value > APIC_VECTOR || value < APIC_FIRST_VECTOR)
			return false;
		apic_set(gap, APIC_IRR, (u32)value);
		return true;
	default:
		return false;
	}
}

inlined bool gap_msr_read(struct caretaker_gap *gap, const struct vmcb *vmcb, u32 index, u64 *value)
{
	if (index == MSR_TSC_DEADLINE && gap->flags & CARETAKER_GAP_TIMER)
		*value = gap->timer;
	else if (index == MSR_X2APIC_ICR)
		*value = (u64)*apic_register(gap, APIC_ICR2) << 32 | *apic_register(gap, APIC_ICR);
	else if (index == MSR_X2APIC_TPR)
		*value = (vmcb->int_ctl & VMCB_V_TPR) << 4 | (*apic_register(gap, APIC_TPR) & 0xf);
	else
		return false;
	return true;
}

/* An MSR that no table has, with all that answer_exit() asks for */
inlined bool gap_msr(struct caretaker_gap *gap, const struct caretaker_config *config,
		     const struct caretaker_exit *exit, struct vmcb *vmcb)
{
	struct caretaker_regs *regs = &slot_ccb()->regs;
	u64 value = regs->rdx << 32 | (u32)vmcb->rax;

	if (exit->reason == CARETAKER_EXIT_MSR_WRITE) {
		if (!gap_msr_write(gap, config, vmcb, (u32)regs->rcx, value))
			return false;
	} else {
		if (!gap_msr_read(gap, vmcb, (u32)regs->rcx, &value))
			return false;
		vmcb->rax = (u32)value;
		regs->rdx = value >> 32;
	}
	complete_instruction(vmcb, config, exit->length);
	return true;
}

/* May it halt?  What keeps any instruction from being completed here keeps this one */
inlined bool gap_halts(const struct caretaker_config *config, const struct caretaker_exit *exit,
		       const struct vmcb *vmcb)
{
	if (exit->code != SVM_EXIT_HLT || exit->event & VMCB_EVENT_VALID ||
	    vmcb->rflags & RFLAGS_TF)
		return false;
	return config->flags & CARETAKER_CONFIG_NEXT_RIP ? exit->length :
	       config->flags & CARETAKER_CONFIG_MIN_ENCODINGS;
}

/**
 * gap_exit - what is answered only where there is no KVM
 * @verdict:	what was said of the exit as under KVM
 * @gap, @config, @exit, @vmcb: gap page, configuration, exit, guest
 *
 * Return: ANSWERED: enter the guest again; TO_CORE: not at once; else why the exit waits.
 */
inlined enum verdict gap_exit(enum verdict verdict, struct caretaker_gap *gap,
			      const struct caretaker_config *config,
			      const struct caretaker_exit *exit, struct vmcb *vmcb)
{
	if (!(gap->flags & CARETAKER_GAP_APIC) || !config_is_known(config) ||
	    config->flags & CONFIG_ANSWER_NOTHING)
		return verdict;
	if (verdict == ROUTE_MSR && gap_msr(gap, config, exit, vmcb)) {
		verdict = ANSWERED;
		/* The core sets its timer, kicks, and enters again */
		if (gap->kicks || (gap->timer && gap_deadline(gap) != gap->deadline)) {
			gap->deadline = gap_deadline(gap);
			gap->waits = CARETAKER_GAP_AGAIN;
			return TO_CORE;
		}
	} else if (verdict == ROUTE_EXIT && exit->code == SVM_EXIT_VINTR) {
		verdict = ANSWERED;
	} else if (verdict == ROUTE_EXIT && gap_halts(config, exit, vmcb)) {
		return gap_halt(gap, config, vmcb);
	}
	return verdict == ANSWERED ? gap_go_on(gap, config, vmcb) : verdict;
}

#endif /* PAYLOAD_SVM_GAP_H */
