// SPDX-License-Identifier: GPL-2.0
/*
 * Entering and leaving a caretaker on AMD.
 *
 * GIF is clear around the whole run, so neither an interrupt nor an NMI reaches the
 * payload.  It executes VMRUN itself, so that hardware comes back to its page tables;
 * what it routes lands just after the stock VMRUN with the state that code expects.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": caretaker: " fmt

#include <linux/kvm_caretaker.h>
#include <linux/kvm_host.h>

#include "caretaker/caretaker.h"
#include "svm.h"
#include "caretaker.h"
#include "../vmenter.h"

static struct page *svm_caretaker_trampoline;
static struct desc_ptr svm_caretaker_host_idt;

int __init svm_caretaker_setup(void)
{
	size_t size = svm_caretaker_trampoline_end - svm_caretaker_trampoline_start;

	if (WARN_ON_ONCE(size > PAGE_SIZE))
		return -E2BIG;
	store_idt(&svm_caretaker_host_idt);
	svm_caretaker_trampoline = alloc_page(GFP_KERNEL);
	if (!svm_caretaker_trampoline)
		return -ENOMEM;
	/* What is not code is INT3 */
	memset(page_address(svm_caretaker_trampoline), 0xcc, PAGE_SIZE);
	memcpy(page_address(svm_caretaker_trampoline), svm_caretaker_trampoline_start, size);
	return 0;
}

void svm_caretaker_unsetup(void)
{
	if (svm_caretaker_trampoline)
		__free_page(svm_caretaker_trampoline);
	svm_caretaker_trampoline = NULL;
}

/* @vcpu is NULL for what is the same on every vCPU */
void svm_caretaker_describe(struct kvm_vcpu *vcpu, struct kvm_caretaker_vendor *vendor)
{
	vendor->vendor = CARETAKER_VENDOR_AMD;
	vendor->feature = CARETAKER_FEATURE_SVM;
	vendor->trampoline = svm_caretaker_trampoline;
	vendor->route = (unsigned long)svm_caretaker_landing;
	vendor->fault_route = (unsigned long)svm_caretaker_landing;
	vendor->next_rip = nrips;
	if (cpu_feature_enabled(X86_FEATURE_RSB_VMEXIT))
		vendor->mitigations |= CARETAKER_MITIGATE_RSB;
	if (cpu_feature_enabled(X86_FEATURE_CLEAR_CPU_BUF_VM))
		vendor->mitigations |= CARETAKER_MITIGATE_VERW;
	if (vcpu)
		vendor->control = virt_to_page(to_svm(vcpu)->vmcb01.ptr);
}

/**
 * svm_caretaker_load - where the payload is to find the host's descriptor tables
 * @svm: a vCPU that has a caretaker, with preemption off
 * @cpu: the CPU that it is on; the GDT is each CPU's own
 */
void svm_caretaker_load(struct vcpu_svm *svm, int cpu)
{
	struct caretaker_switch *area = svm->vcpu.arch.caretaker->switch_area;
	struct desc_ptr gdt = {
		.size = GDT_SIZE - 1,
		.address = (unsigned long)get_cpu_gdt_ro(cpu),
	};

	BUILD_BUG_ON(sizeof(gdt) > sizeof(area->host_gdtr));

	memcpy(area->host_gdtr, &gdt, sizeof(gdt));
	memcpy(area->host_idtr, &svm_caretaker_host_idt, sizeof(svm_caretaker_host_idt));
}

void svm_caretaker_activate(struct kvm_vcpu *vcpu)
{
	struct vcpu_svm *svm = to_svm(vcpu);

	guard(preempt)();
	svm->caretaker_enter = vcpu->arch.caretaker->base + CARETAKER_TRAMPOLINE +
			       CARETAKER_TRAMPOLINE_ENTER;
	svm_caretaker_load(svm, smp_processor_id());
}

void svm_caretaker_release(struct kvm_vcpu *vcpu)
{
	to_svm(vcpu)->caretaker_enter = 0;
}

/**
 * svm_caretaker_route_all - KVM must see the next exit, whatever it is
 * @vcpu: the vCPU, about to enter the guest, with interrupts off
 *
 * Until kvm_caretaker_write_config(), before the entry that follows.
 */
void svm_caretaker_route_all(struct kvm_vcpu *vcpu)
{
	vcpu->arch.caretaker->config->flags |= CARETAKER_CONFIG_ROUTE_ALL;
	kvm_caretaker_flags_changed(vcpu);
}

/* svm_caretaker_left() found something: say what, and that the VM must not run again */
bool svm_caretaker_breach(struct vcpu_svm *svm)
{
	struct kvm_caretaker_slot *slot = svm->vcpu.arch.caretaker;
	struct caretaker_switch *area = slot->switch_area;

	if (!area->fault)
		area->fault = svm->vmcb->control.exit_code == SVM_EXIT_NOT_RUN ?
			      KVM_CARETAKER_FAULT_PROTOCOL : KVM_CARETAKER_FAULT_CCB;
	WRITE_ONCE(slot->broken, true);
	return true;
}
