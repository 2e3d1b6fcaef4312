/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KVM's side of a caretaker: a small signed program on the exit path of a vCPU.
 *
 * install.c	KVM_SET_CARETAKER: stage, record, publish; teardown
 * remove.c	the same with KVM_CARETAKER_REMOVE
 * vcpu.c	which slots a vCPU has: staged, next, in use
 * slot.c	one vCPU's pages and page tables
 * config.c	what the payload is told about its vCPU
 * telemetry.c	what it tells us (debugfs)
 * audit.c	what its page tables map (debugfs)
 * ../svm/caretaker.c	entering it and leaving it on AMD
 * ../vmx/caretaker.c	the same on Intel
 */
#ifndef __KVM_X86_CARETAKER_H
#define __KVM_X86_CARETAKER_H

#include <linux/caretaker_record.h>
#include <linux/kho/abi/caretaker.h>
#include <linux/kvm_host.h>
#include <linux/llist.h>

#include <asm/caretaker_payload.h>

struct file_operations;

#ifdef CONFIG_KVM_CARETAKER

struct caretaker_payload;

#define CARETAKER_SWITCH_PAGES		1
#define CARETAKER_IDT_PAGES		1
#define CARETAKER_NMI_STACK_PAGES	1
#define CARETAKER_TRAMPOLINE_PAGES	1
#define CARETAKER_CONFIG_PAGES		(CARETAKER_CONFIG_ROOM / PAGE_SIZE)
#define CARETAKER_TELEMETRY_PAGES	(CARETAKER_TELEMETRY_ROOM / PAGE_SIZE)
#define CARETAKER_STACK_PAGES		(CARETAKER_STACK_SIZE / PAGE_SIZE)
#define CARETAKER_IMAGE_PAGES		(CARETAKER_MAX_MEMORY / PAGE_SIZE)
#define CARETAKER_MAX_LEAVES		(CARETAKER_IMAGE_PAGES + 32)

/* One 4 KiB leaf of the caretaker's tables */
struct caretaker_leaf {
	struct page *page;
	u32 offset;		/* in the slot */
	u8 prot;		/* CARETAKER_PROT_* in the caretaker's tables */
	u8 host;		/* CARETAKER_PROT_* in the host's, 0: not there */
	u8 kind;		/* CARETAKER_RANGE_* */
	bool owned;		/* to be freed with the slot */
};

/**
 * struct kvm_caretaker - the caretaker of a VM or, if it was set on a vCPU, of that vCPU
 * @payload: the signed file and what the parser made of it
 * @record: identity as it was measured; the template of later records
 * @flags: KVM_CARETAKER_* that the VMM asked for
 * @refs: the VM and each slot
 */
struct kvm_caretaker {
	struct caretaker_payload *payload;
	struct caretaker_record record;
	u64 flags;
	refcount_t refs;
};

/**
 * struct kvm_caretaker_slot - one vCPU's copy
 * @caretaker: whose copy it is
 * @base: address of the slot in the window
 * @number: of the slot
 * @switch_area: its switch page, through the direct map
 * @config: its configuration, through a mapping of its own
 * @telemetry: through the direct map, as all that follow; an update has that of the slot before
 * @ccb: the control block, in the image
 * @idt: its gates
 * @root: physical address of the top-level table, for CR3
 * @tables: the table pages, top level first
 * @nr_tables: how many levels there are
 * @descriptor: list of all physical ranges, for preservation
 * @retired: in the list of those that were left for another
 * @pmu_at_exit: as in struct kvm_caretaker_vendor
 * @broken: it broke the contract; set by the vCPU's thread
 * @nr_leaves: entries in use of @leaves
 * @leaves: all that is mapped
 */
struct kvm_caretaker_slot {
	struct kvm_caretaker *caretaker;
	unsigned long base;
	int number;
	struct caretaker_switch *switch_area;
	struct caretaker_config *config;
	struct caretaker_telemetry *telemetry;
	struct caretaker_ccb *ccb;
	gate_desc *idt;
	u64 root;
	struct page *tables[5];
	unsigned int nr_tables;
	struct caretaker_descriptor *descriptor;
	struct llist_node retired;
	bool pmu_at_exit;
	bool broken;
	unsigned int nr_leaves;
	struct caretaker_leaf leaves[CARETAKER_MAX_LEAVES];
};

/* What the vendor module gives when a slot is built for a vCPU */
struct kvm_caretaker_vendor {
	u32 vendor;			/* CARETAKER_VENDOR_* */
	u64 feature;			/* CARETAKER_FEATURE_* the payload must have */
	struct page *trampoline;	/* position independent, one for all slots */
	struct page *control;		/* the VMCB, NULL where there is none */
	unsigned long route;		/* kernel address where exits land */
	unsigned long fault_route;	/* and where a fault of the payload does */
	bool next_rip;
	bool pmu_at_exit;		/* KVM refreshes what an entry loads of a mediated PMU */
	bool shared_only;		/* this CPU cannot keep the caretaker's tables apart */
	u32 mitigations;		/* CARETAKER_MITIGATE_* */
};

/* install.c */
int kvm_caretaker_check_extension(struct kvm *kvm);
int kvm_vm_set_caretaker(struct kvm *kvm, void __user *argp);
int kvm_vcpu_set_caretaker(struct kvm_vcpu *vcpu, void __user *argp);
void kvm_caretaker_vm_destroy(struct kvm *kvm);
void caretaker_set_vm(struct kvm *kvm, struct caretaker_record *record);
int kvm_caretaker_broke(struct kvm_vcpu *vcpu);
void kvm_caretaker_put(struct kvm_caretaker *caretaker);

/* Has a VM a caretaker, has it had one, or is it about to?  Its lock is held */
static inline bool kvm_caretaker_present(struct kvm *kvm)
{
	lockdep_assert_held(&kvm->lock);

	return kvm->arch.caretaker_recorded || kvm->arch.caretaker_installs;
}

/**
 * kvm_caretaker_exclude - the state of a VM is kept from the host
 * @kvm: a VM without a caretaker, kvm_caretaker_present(); its lock is held since that was asked
 *
 * And with it from a caretaker: from now on none can be installed.
 */
static inline void kvm_caretaker_exclude(struct kvm *kvm)
{
	WARN_ON_ONCE(kvm_caretaker_present(kvm));
	WRITE_ONCE(kvm->arch.caretaker_excluded, true);
}

/* Is @vcpu meant?  @only is NULL for all of the VM */
static inline bool caretaker_concerns(const struct kvm_vcpu *only, const struct kvm_vcpu *vcpu)
{
	return !only || only == vcpu;
}

/* count.c */
void kvm_caretaker_vm_init(struct kvm *kvm);
void caretaker_count(struct kvm *kvm, bool has);
void caretaker_count_end(struct kvm *kvm);
void caretaker_record_break(struct kvm_vcpu *vcpu);

/* remove.c */
int caretaker_remove(struct kvm *kvm, struct kvm_vcpu *only, const u8 *vmm_id);

/* vcpu.c */
struct kvm_caretaker_slot *caretaker_vcpu_latest(struct kvm_vcpu *vcpu);
struct kvm_caretaker_slot *caretaker_vcpu_current(struct kvm_vcpu *vcpu);
int caretaker_vcpu_stage(struct kvm_vcpu *vcpu, struct kvm_caretaker *caretaker);
void caretaker_vcpu_unstage(struct kvm_vcpu *vcpu);
void caretaker_vcpu_publish(struct kvm_vcpu *vcpu);
void caretaker_vcpu_remove(struct kvm_vcpu *vcpu);
void caretaker_vcpu_request(struct kvm *kvm);
void caretaker_reap_later(struct kvm *kvm);
int kvm_caretaker_vcpu_create(struct kvm_vcpu *vcpu);
void kvm_caretaker_vcpu_destroy(struct kvm_vcpu *vcpu);
void kvm_caretaker_activate(struct kvm_vcpu *vcpu);
void caretaker_reaper_init(struct kvm *kvm);
void caretaker_reaper_end(struct kvm *kvm);

/* slot.c */
struct kvm_caretaker_slot *caretaker_slot_build(struct kvm_vcpu *vcpu,
						struct kvm_caretaker *caretaker,
						const struct kvm_caretaker_slot *before,
						const struct kvm_caretaker_vendor *vendor);
void caretaker_slot_free(struct kvm_caretaker_slot *slot);
void caretaker_slots_free(struct llist_node *list);
void caretaker_telemetry_init(struct caretaker_telemetry *telemetry);

/* config.c */
void caretaker_config_init(struct kvm_vcpu *vcpu, struct kvm_caretaker_slot *slot,
			   const struct kvm_caretaker_vendor *vendor);
void caretaker_config_inherit(struct kvm_caretaker_slot *slot,
			      const struct kvm_caretaker_slot *old);
#if IS_ENABLED(CONFIG_KUNIT)
u32 caretaker_config_flags(struct kvm_vcpu *vcpu, bool mediated_pmu);
#endif
void kvm_caretaker_write_config(struct kvm_vcpu *vcpu);
void kvm_caretaker_msr_written(struct kvm_vcpu *vcpu, u32 index);

/* The payload writes the control block as it likes: it is compared, never used */
static __always_inline bool caretaker_ccb_intact(const struct caretaker_ccb *ccb)
{
	const u64 abi_and_size = CARETAKER_ABI_VERSION | (u64)sizeof(*ccb) << 32;

	BUILD_BUG_ON(offsetof(struct caretaker_ccb, size) !=
		     offsetof(struct caretaker_ccb, abi) + sizeof(ccb->abi));

	return READ_ONCE(ccb->magic) == CARETAKER_CCB_MAGIC &&
	       READ_ONCE(*(const u64 *)&ccb->abi) == abi_and_size &&
	       READ_ONCE(ccb->state) == CARETAKER_ATTACHED;
}

/* A flag of the configuration may be another: look before the next entry */
static inline void kvm_caretaker_flags_changed(struct kvm_vcpu *vcpu)
{
	vcpu->arch.caretaker_config_stale = true;
}

/* The tables, or a bit of a CPUID answer, are others: resolve them anew before the next entry */
static inline void kvm_caretaker_config_changed(struct kvm_vcpu *vcpu)
{
	vcpu->arch.caretaker_tables_stale = true;
	kvm_caretaker_flags_changed(vcpu);
}

/* Has vendor code found that this vCPU's caretaker broke the contract? */
static inline bool kvm_caretaker_broken(struct kvm_vcpu *vcpu)
{
	return vcpu->arch.caretaker && vcpu->arch.caretaker->broken;
}

/* At the end of KVM_RUN: here a record may wait for the TPM */
static inline void kvm_caretaker_ran(struct kvm_vcpu *vcpu)
{
	if (unlikely(kvm_caretaker_broken(vcpu)))
		caretaker_record_break(vcpu);
}

/* Before each entry of a vCPU that has a caretaker, in its thread and with interrupts on */
static __always_inline void kvm_caretaker_sync_config(struct kvm_vcpu *vcpu)
{
	if (unlikely(vcpu->arch.caretaker_config_stale || vcpu->arch.cpuid_dynamic_bits_dirty))
		kvm_caretaker_write_config(vcpu);
}

/* telemetry.c */
void kvm_caretaker_create_vcpu_debugfs(struct kvm_vcpu *vcpu, struct dentry *dir);

/* audit.c */
extern const struct file_operations kvm_caretaker_audit_fops;

#else

static inline int kvm_caretaker_check_extension(struct kvm *kvm) { return 0; }
static inline int kvm_vm_set_caretaker(struct kvm *kvm, void __user *argp) { return -ENOTTY; }

static inline int kvm_vcpu_set_caretaker(struct kvm_vcpu *vcpu, void __user *argp)
{
	return -ENOTTY;
}

static inline int kvm_caretaker_vcpu_create(struct kvm_vcpu *vcpu) { return 0; }
static inline void kvm_caretaker_vcpu_destroy(struct kvm_vcpu *vcpu) {}
static inline void kvm_caretaker_vm_init(struct kvm *kvm) {}
static inline void kvm_caretaker_vm_destroy(struct kvm *kvm) {}
static inline void kvm_caretaker_activate(struct kvm_vcpu *vcpu) {}
static inline bool kvm_caretaker_present(struct kvm *kvm) { return false; }
static inline void kvm_caretaker_exclude(struct kvm *kvm) {}
static inline bool kvm_caretaker_broken(struct kvm_vcpu *vcpu) { return false; }
static inline int kvm_caretaker_broke(struct kvm_vcpu *vcpu) { return 0; }
static inline void kvm_caretaker_ran(struct kvm_vcpu *vcpu) {}
static inline void kvm_caretaker_flags_changed(struct kvm_vcpu *vcpu) {}
static inline void kvm_caretaker_config_changed(struct kvm_vcpu *vcpu) {}
static inline void kvm_caretaker_msr_written(struct kvm_vcpu *vcpu, u32 index) {}

static inline void kvm_caretaker_create_vcpu_debugfs(struct kvm_vcpu *vcpu,
						     struct dentry *dir) {}

#endif /* CONFIG_KVM_CARETAKER */

#endif /* __KVM_X86_CARETAKER_H */
