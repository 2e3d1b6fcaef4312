// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU of AMD goes to a parked CPU, and comes from there.
 *
 * The payload enters a copy of the VMCB there, so KVM's own stays as KVM has it: what hardware
 * stores at an exit is all that comes back.  What an exit does to KVM's view of a vCPU is done
 * here as in svm_vcpu_run(), and the handler of the exit runs with the next KVM_RUN.
 *
 * The payload's slot, its root and its contract are as they are under KVM.  The trampoline lands on
 * the parked CPU and not in KVM.  A payload that knows what to do there is told, and has one page
 * more: ../caretaker/gap.c.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": caretaker: " fmt

#include <linux/kvm_host.h>

#include <asm/caretaker_park_guest.h>
#include <asm/fpu/api.h>
#include <asm/fpu/xcr.h>
#include <asm/spec-ctrl.h>

#include "../caretaker/slot.h"
#include "../caretaker/vm.h"
#include "../lapic.h"
#include "../regs.h"
#include "../x86.h"
#include "svm.h"
#include "caretaker.h"

/* What a guest changes in int_ctl, beside V_TPR */
#define HARDWARE_INT_CTL	(V_GIF_MASK | V_NMI_PENDING_MASK | V_NMI_BLOCKING_MASK)

/* Why it cannot be detached, as KVM has it for AMD.  *@err is -EAGAIN */
static const char *svm_caretaker_cannot_detach(struct kvm_vcpu *vcpu, int *err)
{
	struct vcpu_svm *svm = to_svm(vcpu);
	const struct vmcb_control_area *control = &svm->vmcb01.ptr->control;

	if (svm->nmi_masked || svm->awaiting_iret_completion || svm->nmi_singlestep)
		return "it handles an NMI";
	if (svm->soft_int_injected || control->event_inj & SVM_EVTINJ_VALID)
		return "an event is injected";
	if (!gif_set(svm))
		return "its GIF is clear";
	*err = -EOPNOTSUPP;
	if (!npt_enabled)
		return "there are no nested page tables";
	if (control->misc_ctl2 & SVM_MISC2_ENABLE_V_LBR || svm->vmcb01.ptr->save.dbgctl)
		return "it records branches";
	if (svm->virt_spec_ctrl)
		return "it has VIRT_SPEC_CTRL";
	return NULL;
}

static void set_msr(struct caretaker_park_state *to, u32 index, u64 value, bool saved)
{
	if (WARN_ON_ONCE(to->nr_msrs == CARETAKER_PARK_MSRS))
		return;
	to->msr[to->nr_msrs++] = (struct caretaker_park_msr){
		.index = index, .saved = saved, .value = value,
	};
}

/* What VMRUN and VMLOAD do not switch, and a guest reads or writes without an exit */
static void set_msrs(struct vcpu_svm *svm, struct caretaker_park_state *to)
{
	struct kvm_vcpu *vcpu = &svm->vcpu;

	to->nr_msrs = 0;
	/* Another guest may have trained it */
	if (boot_cpu_has(X86_FEATURE_IBPB))
		set_msr(to, MSR_IA32_PRED_CMD, PRED_CMD_IBPB, false);
	if (guest_cpu_cap_has(vcpu, X86_FEATURE_RDTSCP) ||
	    guest_cpu_cap_has(vcpu, X86_FEATURE_RDPID))
		set_msr(to, MSR_TSC_AUX, svm->tsc_aux, false);
	if (boot_cpu_has(X86_FEATURE_MSR_SPEC_CTRL) && !boot_cpu_has(X86_FEATURE_V_SPEC_CTRL))
		set_msr(to, MSR_IA32_SPEC_CTRL, svm->spec_ctrl, true);
	/* Who has XSAVE has XSAVES: with the host's value it would reach the host's states */
	if (boot_cpu_has(X86_FEATURE_XSAVES))
		set_msr(to, MSR_IA32_XSS, vcpu->arch.ia32_xss, false);
	/* What detects bus locks there is the host's; the guest has nothing: cannot_detach() */
	if (boot_cpu_has(X86_FEATURE_BUS_LOCK_DETECT))
		set_msr(to, MSR_IA32_DEBUGCTLMSR, 0, false);
}

/* KVM injects nothing there: so no windows, and no TPR to be watched */
static void set_control(struct vcpu_svm *svm, struct vmcb *to)
{
	struct vmcb_control_area *control = &to->control;

	*to = *svm->vmcb01.ptr;
	vmcb_clr_intercept(control, INTERCEPT_VINTR);
	vmcb_clr_intercept(control, INTERCEPT_CR8_WRITE);
	/* Not by whether KVM's window is open: an HLT is one there */
	if (vmcb_is_intercept(control, INTERCEPT_IDLE_HLT)) {
		vmcb_clr_intercept(control, INTERCEPT_IDLE_HLT);
		vmcb_set_intercept(control, INTERCEPT_HLT);
	}
	/* There is nobody to yield to */
	vmcb_clr_intercept(control, INTERCEPT_PAUSE);
	control->pause_filter_count = 0;
	control->int_ctl &= ~(V_IRQ_INJECTION_BITS_MASK | V_TPR_MASK);
	control->int_ctl |= kvm_get_cr8(&svm->vcpu) & V_TPR_MASK;
	/* Nobody else uses that CPU: the first that KVM gives to guests without SEV */
	control->asid = raw_cpu_ptr(&svm_data)->min_asid;
	control->tlb_ctl = TLB_CONTROL_FLUSH_ALL_ASID;
	control->clean = 0;
	control->exit_code = SVM_EXIT_NOT_RUN;
	control->exit_int_info = 0;
}

/* The XSAVE area that KVM gives to user space, too; nothing in it is compacted */
static u64 fpu_features(struct kvm_vcpu *vcpu)
{
	return vcpu->arch.guest_supported_xcr0 | XFEATURE_MASK_FPSSE;
}

/* As svm_caretaker_fill_host() and svm_caretaker_activate(), for another host */
static void set_host(struct caretaker_switch *area, const struct caretaker_park_room *room)
{
	BUILD_BUG_ON(sizeof(room->state->gdtr) > sizeof(area->host_gdtr));

	area->landing_flags = X86_EFLAGS_FIXED;
	area->route = room->landing;
	area->host_cs = __KERNEL_CS;
	area->host_flags = X86_EFLAGS_FIXED | X86_EFLAGS_IF;
	area->host_ss = __KERNEL_DS;
	memcpy(area->host_gdtr, room->state->gdtr, sizeof(room->state->gdtr));
	memcpy(area->host_idtr, room->state->idtr, sizeof(room->state->idtr));
	/* Both roots have the same PCID there: nothing is kept */
	area->host_cr3_bits = 0;
}

/*
 * What the parked CPU reaches of the slot, and the payload of the room.  The payload has a root of
 * its own, or the VM would not be prepared.
 */
static void lend(struct kvm_vcpu *vcpu, const struct caretaker_park_room *room)
{
	const struct kvm_caretaker_vm *vm = vcpu->kvm->arch.caretaker;
	struct kvm_caretaker_slot *slot = vcpu->arch.caretaker->slot;
	struct page *const gap[CARETAKER_GAP_PAGES] = {
		virt_to_page(room->gap), virt_to_page(vm->posted), virt_to_page(vm->peers),
	};
	const struct caretaker_park_loan loan = {
		.base = slot->base,
		.trampoline = svm_caretaker_vendor.trampoline,
		.switch_area = virt_to_page(slot->switch_area),
		.idt = virt_to_page(slot->idt),
		.peers = virt_to_page(vm->peers),
	};

	set_host(slot->switch_area, room);
	caretaker_slot_set_control(slot, virt_to_page(room->control),
				   slot->config->features & CARETAKER_FEATURE_DETACH ? gap : NULL);
	caretaker_park_lend(room, &loan);
	room->state->regs[CARETAKER_PARK_ENTER] =
		slot->base + CARETAKER_TRAMPOLINE + CARETAKER_TRAMPOLINE_ENTER;
	room->state->regs[CARETAKER_PARK_FAULT] =
		slot->base + CARETAKER_SWITCH + offsetof(struct caretaker_switch, fault);
}

/**
 * svm_caretaker_withdraw - the payload is KVM's again
 * @vcpu: it; nothing runs it
 * @room: of the CPU that ran it
 */
static void svm_caretaker_withdraw(struct kvm_vcpu *vcpu, struct caretaker_park_room *room)
{
	struct kvm_caretaker_slot *slot = vcpu->arch.caretaker->slot;

	caretaker_park_unlend(room, slot->base);
	caretaker_slot_set_control(slot, virt_to_page(to_svm(vcpu)->vmcb01.ptr), NULL);
	svm_caretaker_vendor.activate(vcpu);
	caretaker_slot_forget_host(slot);
	/* The next guest there has no business with it */
	memset(room->control, 0, PAGE_SIZE);
	memset(room->gap, 0, PAGE_SIZE);
	memset(room->fpu, 0, CARETAKER_PARK_FPU_SIZE);
	memset(room->state->regs, 0, sizeof(room->state->regs));
}

/**
 * svm_caretaker_detach - put a vCPU into the room of a parked CPU
 * @vcpu: it; its mutex is held
 * @room: of a CPU that has no guest
 */
static void svm_caretaker_detach(struct kvm_vcpu *vcpu, struct caretaker_park_room *room)
{
	struct caretaker_park_state *to = room->state;
	struct vcpu_svm *svm = to_svm(vcpu);
	struct vmcb *vmcb = room->control;

	BUILD_BUG_ON(sizeof(struct vmcb) > PAGE_SIZE);
	BUILD_BUG_ON(sizeof(to->regs) < NR_VCPU_GENERAL_PURPOSE_REGS * sizeof(to->regs[0]));

	set_control(svm, vmcb);
	vmcb->save.rax = vcpu->arch.regs[VCPU_REGS_RAX];
	vmcb->save.rsp = vcpu->arch.regs[VCPU_REGS_RSP];
	vmcb->save.rip = kvm_rip_read(vcpu);
	vmcb->save.cr2 = vcpu->arch.cr2;
	memcpy(to->regs, vcpu->arch.regs, sizeof(to->regs));
	set_msrs(svm, to);
	to->xfeatures = fpu_features(vcpu);
	to->guest_xcr0 = kvm_is_cr4_bit_set(vcpu, X86_CR4_OSXSAVE) ? vcpu->arch.xcr0 :
								     kvm_host.xcr0;
	to->host_xcr0 = kvm_host.xcr0;
	fpu_copy_guest_fpstate_to_uabi(&vcpu->arch.guest_fpu, room->fpu, CARETAKER_PARK_FPU_SIZE,
				       to->xfeatures, vcpu->arch.pkru);
	to->exit_code = 0;
	to->blocked_since = 0;
	to->again = 0;
	lend(vcpu, room);
}

static void take_control(struct vcpu_svm *svm, const struct vmcb *from)
{
	struct vmcb_control_area *control = &svm->vmcb01.ptr->control;
	const struct vmcb_control_area *there = &from->control;

	svm->vmcb01.ptr->save = from->save;
	control->exit_code = there->exit_code;
	control->exit_info_1 = there->exit_info_1;
	control->exit_info_2 = there->exit_info_2;
	control->exit_int_info = there->exit_int_info;
	control->exit_int_info_err = there->exit_int_info_err;
	control->int_state = there->int_state;
	control->next_rip = there->next_rip;
	control->insn_len = there->insn_len;
	memcpy(control->insn_bytes, there->insn_bytes, sizeof(control->insn_bytes));
	control->int_ctl &= ~HARDWARE_INT_CTL;
	control->int_ctl |= there->int_ctl & HARDWARE_INT_CTL;
	vmcb_mark_all_dirty(svm->vmcb01.ptr);
	/* Translations of its ASIDs are stale on each CPU where it ran before: it gets a new one */
	svm->vmcb01.cpu = -1;
}

static void take_registers(struct vcpu_svm *svm, const struct caretaker_park_state *from)
{
	const struct vmcb_save_area *save = &svm->vmcb01.ptr->save;
	struct kvm_vcpu *vcpu = &svm->vcpu;

	memcpy(vcpu->arch.regs, from->regs, sizeof(from->regs));
	vcpu->arch.regs[VCPU_REGS_RAX] = save->rax;
	vcpu->arch.regs[VCPU_REGS_RSP] = save->rsp;
	vcpu->arch.rip = save->rip;
	vcpu->arch.cr2 = save->cr2;
	vcpu->arch.cr3 = save->cr3;
	if (!svm_is_intercept(svm, INTERCEPT_CR0_WRITE))
		vcpu->arch.cr0 = save->cr0;
	kvm_reset_dirty_registers(vcpu);
	kvm_clear_available_registers(vcpu, SVM_REGS_LAZY_LOAD_SET);
}

static void take_msrs(struct vcpu_svm *svm, const struct caretaker_park_state *from)
{
	unsigned int i;

	for (i = 0; i < from->nr_msrs; i++) {
		if (from->msr[i].index == MSR_IA32_SPEC_CTRL)
			svm->spec_ctrl = from->msr[i].value;
	}
}

/**
 * svm_caretaker_attach - take a vCPU from the room of a parked CPU
 * @vcpu: it; its mutex is held
 * @room: of the CPU that ran it, and does so no more
 * @at_hlt: it has executed HLT, and KVM is to handle that
 */
static void svm_caretaker_attach(struct kvm_vcpu *vcpu, struct caretaker_park_room *room,
				 bool at_hlt)
{
	struct caretaker_park_state *from = room->state;
	struct vcpu_svm *svm = to_svm(vcpu);
	struct vmcb *vmcb = room->control;

	/* Never entered: KVM has it as it was.  Or nothing is right: the payload is broken */
	if (vmcb->control.exit_code == SVM_EXIT_NOT_RUN)
		return;
	/* Its payload has answered that, as far as it could: the rest is KVM's */
	if (at_hlt)
		vmcb->control.exit_code = SVM_EXIT_HLT;
	take_control(svm, vmcb);
	take_registers(svm, from);
	take_msrs(svm, from);
	/* It had what KVM gave, but for what it stored since: that cannot be refused */
	WARN_ON_ONCE(fpu_copy_uabi_to_guest_fpstate(&vcpu->arch.guest_fpu, room->fpu,
						    fpu_features(vcpu), &vcpu->arch.pkru));
	kvm_set_cr8(vcpu, vmcb->control.int_ctl & V_TPR_MASK);
	svm->next_rip = 0;
	svm_complete_interrupts(vcpu);
	kvm_make_request(KVM_REQ_EVENT, vcpu);
}

void __init svm_caretaker_detach_setup(void)
{
	struct kvm_caretaker_vendor *vendor = &svm_caretaker_vendor;

	vendor->cannot_detach = svm_caretaker_cannot_detach;
	vendor->detach = svm_caretaker_detach;
	vendor->attach = svm_caretaker_attach;
	vendor->withdraw = svm_caretaker_withdraw;
	vendor->more = CARETAKER_FEATURE_DETACH;
}
