// SPDX-License-Identifier: GPL-2.0
/*
 * Entry to a caretaker and exit from it on AMD.
 *
 * GIF is clear all the time, so neither interrupts nor NMIs reach the payload.  It executes
 * VMRUN itself, so hardware returns to its page tables.  What it routes lands just behind the
 * stock VMRUN, in the state that the code there expects.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": caretaker: " fmt

#include <linux/kvm_caretaker.h>
#include <linux/kvm_host.h>

#include "caretaker/slot.h"
#include "svm.h"
#include "caretaker.h"
#include "../vmenter.h"

static struct desc_ptr svm_caretaker_host_idt;

static struct page *svm_caretaker_control(struct kvm_vcpu *vcpu)
{
	return virt_to_page(to_svm(vcpu)->vmcb01.ptr);
}

/**
 * svm_caretaker_fill_host - tell the trampoline where the host is
 * @svm: a vCPU that has a caretaker, with preemption off
 * @cpu: the CPU that runs it; each CPU has a GDT of its own
 *
 * The trampoline stores CR3 and RSP at each entry.  Where the payload comes out it loads flags
 * and executes IRETQ, from words that follow one another.
 */
void svm_caretaker_fill_host(struct vcpu_svm *svm, int cpu)
{
	struct caretaker_switch *area = svm->vcpu.arch.caretaker->switch_area;
	struct desc_ptr gdt = {
		.size = GDT_SIZE - 1,
		.address = (unsigned long)get_cpu_gdt_ro(cpu),
	};

	BUILD_BUG_ON(sizeof(gdt) > sizeof(area->host_gdtr));
	BUILD_BUG_ON(offsetof(struct caretaker_switch, route) !=
		     offsetofend(struct caretaker_switch, landing_flags));
	BUILD_BUG_ON(offsetof(struct caretaker_switch, host_ss) !=
		     offsetof(struct caretaker_switch, route) + 4 * sizeof(u64));

	/* IF is as KVM sets it for VMRUN */
	area->landing_flags = X86_EFLAGS_FIXED;
	area->route = (unsigned long)svm_caretaker_landing;
	area->host_cs = __KERNEL_CS;
	area->host_flags = X86_EFLAGS_FIXED | X86_EFLAGS_IF;
	area->host_ss = __KERNEL_DS;
	memcpy(area->host_gdtr, &gdt, sizeof(gdt));
}

static void svm_caretaker_activate(struct kvm_vcpu *vcpu)
{
	struct caretaker_switch *area = vcpu->arch.caretaker->switch_area;
	struct vcpu_svm *svm = to_svm(vcpu);

	guard(preempt)();
	svm->vmcb01.caretaker_enter = vcpu->arch.caretaker->slot->base + CARETAKER_TRAMPOLINE +
				      CARETAKER_TRAMPOLINE_ENTER;
	memcpy(area->host_idtr, &svm_caretaker_host_idt, sizeof(svm_caretaker_host_idt));
	area->host_cr3_bits = cpu_feature_enabled(X86_FEATURE_PCID) ? X86_CR3_PCID_NOFLUSH : 0;
	svm_caretaker_fill_host(svm, smp_processor_id());
}

static void svm_caretaker_release(struct kvm_vcpu *vcpu)
{
	to_svm(vcpu)->vmcb01.caretaker_enter = 0;
}

/* A VM of the default type may have SEV by KVM_SEV_INIT, or by a copied or moved context */
static bool svm_caretaker_excluded(struct kvm *kvm)
{
#ifdef CONFIG_KVM_AMD_SEV
	return ____sev_guest(kvm);
#else
	return false;
#endif
}

struct kvm_caretaker_vendor svm_caretaker_vendor __ro_after_init = {
	.vendor = CARETAKER_VENDOR_AMD,
	.feature = CARETAKER_FEATURE_SVM,
	.control = svm_caretaker_control,
	.activate = svm_caretaker_activate,
	.release = svm_caretaker_release,
	.excluded = svm_caretaker_excluded,
};

int __init svm_caretaker_setup(void)
{
	struct kvm_caretaker_vendor *vendor = &svm_caretaker_vendor;

	store_idt(&svm_caretaker_host_idt);
	vendor->next_rip = nrips;
	if (cpu_feature_enabled(X86_FEATURE_RSB_VMEXIT))
		vendor->mitigations |= CARETAKER_MITIGATE_RSB;
	if (cpu_feature_enabled(X86_FEATURE_CLEAR_CPU_BUF_VM))
		vendor->mitigations |= CARETAKER_MITIGATE_VERW;
	vendor->trampoline = kvm_caretaker_trampoline_new(svm_caretaker_trampoline_start,
							  svm_caretaker_trampoline_end);
	return vendor->trampoline ? 0 : -ENOMEM;
}

void svm_caretaker_unsetup(void)
{
	kvm_caretaker_trampoline_free(svm_caretaker_vendor.trampoline);
}

/**
 * svm_caretaker_route_all - KVM must see the next exit, whatever it is
 * @vcpu: the vCPU, about to enter the guest, with interrupts off
 *
 * kvm_caretaker_write_config() ends this before the entry after the next.
 */
void svm_caretaker_route_all(struct kvm_vcpu *vcpu)
{
	vcpu->arch.caretaker->config->flags |= CARETAKER_CONFIG_ROUTE_ALL;
	kvm_caretaker_flags_changed(vcpu);
}

/**
 * svm_caretaker_report_break - say how the payload broke its contract
 * @svm: the vCPU that ran it
 */
void svm_caretaker_report_break(struct vcpu_svm *svm)
{
	struct caretaker_switch *area = svm->vcpu.arch.caretaker->switch_area;

	if (!area->fault)
		area->fault = KVM_CARETAKER_FAULT_PROTOCOL;
	kvm_caretaker_report_break(&svm->vcpu);
}
