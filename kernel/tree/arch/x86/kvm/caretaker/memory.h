/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory of a VM that is prepared: its pages are pinned, and its second-level tables map
 * these pages and no others, whatever becomes of the VMM's address space.
 *
 * memory.c	KVM_CARETAKER_VM: PREPARE, RELEASE, STATE
 * adopt.c	KVM_CARETAKER_VM: ADOPT
 * prefault.c	all of it is mapped
 * pins.c	which pages a memslot has: pinned, charged, found by faults
 */
#ifndef __KVM_X86_CARETAKER_MEMORY_H
#define __KVM_X86_CARETAKER_MEMORY_H

#include <linux/kvm_host.h>
#include <linux/uidgid.h>

#include "vm.h"

struct user_namespace;
struct user_struct;

/**
 * struct caretaker_pins - the pages of one memslot
 * @pages: each page of the slot, in the order of its addresses
 * @npages: how many the slot has
 * @pinned: how many of them are pinned; the rest is not filled in
 * @userspace_addr: where the VMM had them when they were pinned
 * @slot: as_id << 16 | id, as in struct kvm_userspace_memory_region
 * @base_gfn: the first
 * @readonly: the guest cannot write there
 */
struct caretaker_pins {
	struct page **pages;
	unsigned long npages;
	unsigned long pinned;
	unsigned long userspace_addr;
	u32 slot;
	gfn_t base_gfn;
	bool readonly;
};

/**
 * struct kvm_caretaker_memory - the memory of a VM, from PREPARE to RELEASE
 * @ready: it is prepared, and nobody is about to release it
 * @handover: another process may adopt it
 * @vmm_id: the VMM's name for the VM
 * @euid: of who prepared it, in @user_ns
 * @user_ns: of who prepared it
 * @user: whose account has @charged
 * @charged: pages
 * @nr_pins: memslots, those of KVM's own among them
 * @pins: a slot each, by address space and number of the frame
 *
 * While a VM has this its memslots do not change: kvm->slots_lock.  @ready is changed under it.
 */
struct kvm_caretaker_memory {
	bool ready;
	bool handover;
	u8 vmm_id[16];
	kuid_t euid;
	struct user_namespace *user_ns;
	struct user_struct *user;
	unsigned long charged;
	unsigned int nr_pins;
	struct caretaker_pins pins[] __counted_by(nr_pins);
};

#ifdef CONFIG_KVM_CARETAKER

/* pins.c */
int caretaker_pins_charge(struct kvm_caretaker_memory *memory, unsigned long npages);
int caretaker_pins_take(struct kvm_caretaker_memory *memory, struct caretaker_pins *pins);
void caretaker_pins_put(struct kvm_caretaker_memory *memory);
int caretaker_pins_compare(const struct caretaker_pins *pins, unsigned long address);
bool caretaker_fault_pinned(struct kvm_memory_slot *slot, gfn_t gfn, bool write,
			    kvm_pfn_t *pfn, bool *writable);
int caretaker_pinned_level(const struct kvm_memory_slot *slot, gfn_t gfn, int max_level);

/* prefault.c */
int caretaker_prefault(struct kvm *kvm, const struct kvm_caretaker_memory *memory);

/* adopt.c */
struct kvm_caretaker_vm_op;
int caretaker_adopt(struct kvm *kvm, struct kvm_caretaker_vm_op *op);

#if IS_ENABLED(CONFIG_KUNIT)
struct kvm_caretaker_move;
int caretaker_pins_level(struct page *const *pages, unsigned long npages, gfn_t base_gfn,
			 gfn_t gfn, int max_level);
int caretaker_moves_check(const struct kvm_caretaker_memory *memory,
			  struct kvm_caretaker_move *moves, unsigned int nr, u32 *slot);
#endif

/* memory.c */
int kvm_caretaker_memory_check_extension(struct kvm *kvm);
int kvm_vm_caretaker(struct kvm *kvm, void __user *argp);
void kvm_caretaker_memory_destroy(struct kvm *kvm);

/*
 * Xen's interface has addresses of the VMM that KVM would have to look up again.  A vCPU may have
 * some though the VM was never configured for it.
 */
static inline bool kvm_caretaker_uses_xen(struct kvm *kvm)
{
#ifdef CONFIG_KVM_XEN
	const struct kvm_xen *xen = &kvm->arch.xen;
	struct kvm_vcpu *vcpu;
	unsigned long i;

	if (xen->hvm_config.msr || xen->hvm_config.flags || xen->shinfo_cache.active)
		return true;
	kvm_for_each_vcpu(i, vcpu, kvm) {
		const struct kvm_vcpu_xen *of = &vcpu->arch.xen;

		if (of->vcpu_info_cache.active || of->vcpu_time_info_cache.active ||
		    of->runstate_cache.active || of->runstate2_cache.active)
			return true;
	}
#endif
	return false;
}

/* A memslot's pages are pinned: faults take these, and nothing takes them from the guest */
static __always_inline bool kvm_caretaker_is_pinned(const struct kvm_memory_slot *slot)
{
	return unlikely(READ_ONCE(slot->arch.pinned));
}

/* The VM's second-level tables outlive the VMM's address space */
static __always_inline bool kvm_caretaker_is_frozen(struct kvm *kvm)
{
	return kvm_caretaker_is_in_use() && READ_ONCE(kvm->arch.caretaker) &&
	       READ_ONCE(kvm->arch.caretaker->frozen);
}

#else

static __always_inline bool kvm_caretaker_is_pinned(const struct kvm_memory_slot *slot)
{
	return false;
}

static __always_inline bool kvm_caretaker_is_frozen(struct kvm *kvm) { return false; }

static inline bool caretaker_fault_pinned(struct kvm_memory_slot *slot, gfn_t gfn, bool write,
					  kvm_pfn_t *pfn, bool *writable)
{
	return false;
}

static inline int caretaker_pinned_level(const struct kvm_memory_slot *slot, gfn_t gfn,
					 int max_level)
{
	return PG_LEVEL_4K;
}

static inline int kvm_caretaker_memory_check_extension(struct kvm *kvm) { return 0; }
static inline int kvm_vm_caretaker(struct kvm *kvm, void __user *argp) { return -ENOTTY; }
static inline void kvm_caretaker_memory_destroy(struct kvm *kvm) {}

#endif /* CONFIG_KVM_CARETAKER */

#endif /* __KVM_X86_CARETAKER_MEMORY_H */
