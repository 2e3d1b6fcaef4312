// SPDX-License-Identifier: GPL-2.0
/*
 * What keeps a vCPU from being detached: what it is, and what it is about to do.
 *
 * It runs without KVM there.  So nothing may be left that KVM does for it at an entry, and nothing
 * that changes with the thread that runs it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": caretaker: " fmt

#include <linux/kvm_host.h>

#include <asm/caretaker_park.h>
#include <asm/tsc.h>

#include "../irq.h"
#include "../lapic.h"
#include "../mmu.h"
#include "../pmu.h"
#include "../smm.h"
#include "../x86.h"
#include "detach.h"
#include "memory.h"
#include "slot.h"
#include "vm.h"

/**
 * caretaker_has_requests - is there something that KVM has to do before the vCPU runs?
 * @vcpu: it
 *
 * What may wait until it is attached does not count.  Each entry there flushes the whole TLB.
 *
 * Return: true if there is.
 */
bool caretaker_has_requests(struct kvm_vcpu *vcpu)
{
	const unsigned int may_wait[] = {
		KVM_REQ_TLB_FLUSH, KVM_REQ_TLB_FLUSH_CURRENT, KVM_REQ_TLB_FLUSH_GUEST,
		KVM_REQ_UNBLOCK, KVM_REQ_EVENT, KVM_REQ_MIGRATE_TIMER, KVM_REQ_STEAL_UPDATE,
		KVM_REQ_GLOBAL_CLOCK_UPDATE, KVM_REQ_SCAN_IOAPIC,
	};
	u64 pending = READ_ONCE(vcpu->requests);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(may_wait); i++)
		pending &= ~BIT_ULL(may_wait[i] & KVM_REQUEST_MASK);
	return pending;
}

static bool has_hyperv(struct kvm_vcpu *vcpu)
{
#ifdef CONFIG_KVM_HYPERV
	return vcpu->arch.hyperv_enabled;
#else
	return false;
#endif
}

/* What the VMM has chosen, or the host is */
static const char *cannot_ever(struct kvm_vcpu *vcpu)
{
	if (!lapic_in_kernel(vcpu))
		return "its APIC is the VMM's";
	if (kvm_vcpu_apicv_active(vcpu))
		return "hardware has its APIC (kvm_amd.avic=0)";
	if (vcpu->guest_debug)
		return "the VMM debugs it";
	if (check_tsc_unstable() || vcpu->arch.tsc_catchup || vcpu->arch.tsc_always_catchup)
		return "the host's TSC is not stable";
	if (vcpu->arch.l1_tsc_scaling_ratio != kvm_caps.default_tsc_scaling_ratio)
		return "its TSC is scaled";
	if (vcpu->arch.guest_supported_xss)
		return "it has supervisor states of XSAVE (CET)";
	if (has_hyperv(vcpu))
		return "it has Hyper-V's interface";
	if (kvm_caretaker_uses_xen(vcpu->kvm))
		return "it has Xen's interface";
	if (kvm_vcpu_has_mediated_pmu(vcpu))
		return "it has a PMU of hardware";
	if (fpstate_is_confidential(&vcpu->arch.guest_fpu))
		return "it is confidential";
	if (vcpu->arch.guest_fpu.uabi_size > CARETAKER_PARK_FPU_SIZE)
		return "its FPU has too much state";
	return NULL;
}

static bool has_event(struct kvm_vcpu *vcpu)
{
	const struct kvm_vcpu_arch *arch = &vcpu->arch;

	return arch->exception.pending || arch->exception.injected ||
	       arch->exception_vmexit.pending || arch->interrupt.injected || arch->nmi_injected ||
	       arch->nmi_pending || atomic_read(&arch->nmi_queued) ||
	       kvm_apic_has_pending_init_or_sipi(vcpu) || kvm_cpu_has_extint(vcpu);
}

/* A page that it waits for, or that it is about to be told of */
static bool waits_for_page(struct kvm_vcpu *vcpu)
{
	return vcpu->async_pf.queued || !list_empty_careful(&vcpu->async_pf.done) ||
	       vcpu->arch.apf.pageready_pending;
}

/* What passes when it runs */
static const char *cannot_now(struct kvm_vcpu *vcpu)
{
	const struct kvm_caretaker_vcpu *state = vcpu->arch.caretaker;

	if (!state->slot || !VALID_PAGE(vcpu->arch.mmu->root.hpa))
		return "it has not run under its caretaker";
	if (state->detached->exit_waits)
		return "the exit that it had when it was detached is not handled";
	if (vcpu->arch.complete_userspace_io || vcpu->mmio_needed || vcpu->arch.pio.count)
		return "the VMM has not completed an exit";
	if (vcpu->arch.apf.halted || !(vcpu->arch.mp_state == KVM_MP_STATE_RUNNABLE ||
				       (vcpu->arch.mp_state == KVM_MP_STATE_HALTED &&
					caretaker_gap_wakes(vcpu))))
		return "it does not run, or its payload cannot wake it";
	if (is_guest_mode(vcpu) || is_smm(vcpu))
		return "it is in a guest of its own, or in SMM";
	if (has_event(vcpu))
		return "an event is to be delivered";
	if (waits_for_page(vcpu))
		return "it waits for a page";
	if (vcpu->arch.switch_db_regs)
		return "it has breakpoints";
	if (vcpu_to_pmu(vcpu)->event_count)
		return "its PMU counts";
	/* Nobody tells the payload there */
	if (kvm_caretaker_config_is_stale(vcpu))
		return "its caretaker has to be told what has changed, or its exits are traced";
	if (caretaker_has_requests(vcpu))
		return "KVM has requests for it";
	/* Until then each EOI is KVM's */
	if (caretaker_gap_deals(vcpu) && kvm_test_request(KVM_REQ_SCAN_IOAPIC, vcpu))
		return "which interrupts devices wait for is about to be found out";
	return NULL;
}

/**
 * caretaker_detach_check - can this vCPU be detached?
 * @vcpu: it; its mutex is held
 *
 * Return: 0; -EOPNOTSUPP; -EAGAIN: not now.  The log says why.
 */
int caretaker_detach_check(struct kvm_vcpu *vcpu)
{
	const struct kvm_caretaker_vendor *vendor = kvm_x86_ops.caretaker;
	int err = -EOPNOTSUPP;
	const char *why;

	why = vendor->cannot_detach ? cannot_ever(vcpu) : "this CPU runs none";
	if (!why) {
		err = -EAGAIN;
		why = cannot_now(vcpu) ?: vendor->cannot_detach(vcpu, &err);
	}
	if (!why)
		return 0;
	pr_info_ratelimited("vCPU %d is not detached: %s\n", vcpu->vcpu_id, why);
	return err;
}
