/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KVM's side of a caretaker: a small signed program on the exit path of a vCPU.
 *
 * Each file calls those below it, and none above:
 *
 * adopt.c	KVM_CARETAKER_VM: another process adopts a VM
 * memory.c	the same: memory is pinned and frozen, and released
 * prefault.c	and mapped
 * detach.c	KVM_CARETAKER_VCPU: a vCPU continues on a core of its own, and comes back
 * detach_check.c	the same: which vCPU can, and when
 * pins.c	which pages that are
 * install.c	KVM_SET_CARETAKER: stage, record, publish
 * remove.c	the same with KVM_CARETAKER_REMOVE
 * break.c	the payload broke its contract: the VM ends
 * telemetry.c	debugfs: what the payload did
 * audit.c	debugfs: what the payload's page tables map
 * vm.c		what a VM has, its name in records, how it ends
 * vcpu.c	which slots a vCPU has: staged, next, in use
 * slot.c	one vCPU's pages and page tables
 * image.c	the pages of a payload that all slots share
 * config.c	what the payload is told about its vCPU
 *
 * The vendor modules call break.c, image.c and config.c:
 *
 * ../svm/caretaker.c	entry and exit on AMD
 * ../svm/caretaker_detach.c	a vCPU goes to a parked CPU, and comes from there
 * ../vmx/caretaker.c	entry and exit on Intel
 *
 * Headers, each includes those above it at most:
 *
 * caretaker.h	what the rest of KVM and the vendor modules call
 * slot.h	a slot: slot.c, image.c, config.c
 * vm.h		a VM and its vCPUs: vm.c, vcpu.c, remove.c
 * memory.h	the memory of a VM: adopt.c, memory.c, pins.c; and KVM's MMU
 * detach.h	a vCPU that goes on without KVM: detach.c; and the rest of KVM
 */
#ifndef __KVM_X86_CARETAKER_H
#define __KVM_X86_CARETAKER_H

#include <linux/caretaker_record.h>
#include <linux/jump_label.h>
#include <linux/kvm_host.h>
#include <linux/tracepoint-defs.h>

#include <asm/caretaker_payload.h>

struct caretaker_park_room;
struct file_operations;

#ifdef CONFIG_KVM_CARETAKER

struct kvm_caretaker_detached;
struct kvm_caretaker_slot;

/* struct kvm_caretaker_vcpu.dirty: what the configuration page lacks; lower bits are MSRs */
#define KVM_CARETAKER_DIRTY_FLAGS	BIT(31)	/* a flag, or XCR0 */
#define KVM_CARETAKER_DIRTY_TABLES	BIT(30)	/* CPUID, and who may read and write MSRs */

/**
 * struct kvm_caretaker_vcpu - what a vCPU needs for caretakers
 * @switch_area: of @slot, as the next: entry and exit look at them
 * @config: of @slot
 * @slot: what the vCPU runs; only its own thread changes it
 * @next: what it is to run next
 * @staged: what may yet be taken back
 * @prior_record: of what was removed from this vCPU alone
 * @lock: of @slot, @next and @removed
 * @removed: the vCPU is to leave @slot
 * @broken: @slot broke the contract; set by the vCPU's thread
 * @answers: of the payload that are in the vCPU's statistics; this and the next of its thread
 * @common_answers: of the kinds that make up nearly all of them
 * @counted: when, in jiffies
 * @tables: changes with the tables of @config, which the vCPU's thread writes; odd meanwhile
 * @dirty: KVM_CARETAKER_DIRTY_*, and a bit for each MSR that config.c lists; of the vCPU's thread
 * @detached: where it goes on without KVM; NULL until it has been detached
 *
 * Allocated when the first slot is staged for the vCPU; it goes with the vCPU.
 */
struct kvm_caretaker_vcpu {
	struct caretaker_switch *switch_area;
	struct caretaker_config *config;
	struct kvm_caretaker_slot *slot;
	struct kvm_caretaker_slot *next;
	struct kvm_caretaker_slot *staged;
	struct caretaker_record *prior_record;
	spinlock_t lock;	/* of @slot, @next and @removed */
	bool removed;
	bool broken;
	u64 answers;
	u64 common_answers;
	unsigned long counted;
	seqcount_t tables;
	u32 dirty;
	struct kvm_caretaker_detached *detached;
};

/**
 * struct kvm_caretaker_vendor - what a vendor module has for caretakers: kvm_x86_ops.caretaker
 * @vendor: CARETAKER_VENDOR_*
 * @feature: CARETAKER_FEATURE_* that a payload must have, 0 if no caretaker can run here
 * @more: further ones that it may have
 * @trampoline: position-independent code, one page for all slots
 * @next_rip: the CPU gives the address of the next instruction
 * @pmu_at_exit: KVM refreshes after each exit what an entry loads of a mediated PMU
 * @shared_only: this CPU cannot keep the caretaker's tables apart
 * @mitigations: CARETAKER_MITIGATE_*
 * @control: the page of the VMCB that the payload enters; NULL where there is none
 * @activate: the vCPU has taken state->slot: from its next entry on it runs that
 * @release: the vCPU runs no slot any more
 * @excluded: is the VM kept from caretakers?  NULL: its type says so.  kvm->lock makes the
 *	answer final
 * @cannot_detach: why the vCPU cannot be detached, or NULL.  It sets -EAGAIN if that passes when
 *	it runs, else -EOPNOTSUPP.  No such function: no vCPU can
 * @detach: put the vCPU into the room of a parked CPU
 * @attach: take it from there
 * @withdraw: the payload does not run there any more, whatever became of the vCPU
 *
 * All of it is the same for each vCPU, and constant once the module is loaded.
 */
struct kvm_caretaker_vendor {
	u32 vendor;
	u64 feature;
	u64 more;
	struct page *trampoline;
	bool next_rip;
	bool pmu_at_exit;
	bool shared_only;
	u32 mitigations;
	struct page *(*control)(struct kvm_vcpu *vcpu);
	void (*activate)(struct kvm_vcpu *vcpu);
	void (*release)(struct kvm_vcpu *vcpu);
	bool (*excluded)(struct kvm *kvm);
	const char *(*cannot_detach)(struct kvm_vcpu *vcpu, int *err);
	void (*detach)(struct kvm_vcpu *vcpu, struct caretaker_park_room *room);
	void (*attach)(struct kvm_vcpu *vcpu, struct caretaker_park_room *room, bool at_hlt);
	void (*withdraw)(struct kvm_vcpu *vcpu, struct caretaker_park_room *room);
};

/* image.c */
struct page *kvm_caretaker_trampoline_new(const char *start, const char *end);
void kvm_caretaker_trampoline_free(struct page *page);

/* install.c */
int kvm_caretaker_check_extension(struct kvm *kvm);
int kvm_vm_set_caretaker(struct kvm *kvm, void __user *argp);
int kvm_vcpu_set_caretaker(struct kvm_vcpu *vcpu, void __user *argp);

/*
 * Was a slot ever built?  There is no way back: user space would decide how often the text of
 * the kernel is patched.
 */
DECLARE_STATIC_KEY_FALSE(kvm_caretaker_in_use);

/* A NOP until the first VM gets a caretaker: then no vCPU checks whether it has one */
static __always_inline bool kvm_caretaker_is_in_use(void)
{
	return static_branch_unlikely(&kvm_caretaker_in_use);
}

/* break.c */
void kvm_caretaker_report_break(struct kvm_vcpu *vcpu);
bool kvm_caretaker_check_ccb(struct kvm_vcpu *vcpu);
void caretaker_end_vm(struct kvm_vcpu *vcpu);

/* vm.c */
void kvm_caretaker_vm_init(struct kvm *kvm);
void kvm_caretaker_vm_destroy(struct kvm *kvm);

/* vcpu.c */
int kvm_caretaker_vcpu_create(struct kvm_vcpu *vcpu);
void kvm_caretaker_vcpu_destroy(struct kvm_vcpu *vcpu);
void kvm_caretaker_activate(struct kvm_vcpu *vcpu);
void caretaker_vcpu_put(struct kvm_vcpu *vcpu);

/* config.c */
void kvm_caretaker_write_config(struct kvm_vcpu *vcpu);
void caretaker_msr_written(struct kvm_vcpu *vcpu, u32 index);

/*
 * Mark what the configuration page lacks.  Pairs with vcpu_state().  While there is no struct
 * there is nothing to mark: the first slot that a vCPU takes lacks everything.
 */
static inline void caretaker_mark_dirty(struct kvm_vcpu *vcpu, u32 dirty)
{
	struct kvm_caretaker_vcpu *state = READ_ONCE(vcpu->arch.caretaker);

	if (state)
		state->dirty |= dirty;
}

/* A flag of the configuration may have changed: check it before the next entry */
static inline void kvm_caretaker_flags_changed(struct kvm_vcpu *vcpu)
{
	if (kvm_caretaker_is_in_use())
		caretaker_mark_dirty(vcpu, KVM_CARETAKER_DIRTY_FLAGS);
}

/* The tables, or a bit of a CPUID answer, changed: resolve them before the next entry */
static inline void kvm_caretaker_config_changed(struct kvm_vcpu *vcpu)
{
	if (kvm_caretaker_is_in_use())
		caretaker_mark_dirty(vcpu, KVM_CARETAKER_DIRTY_TABLES);
}

/* The guest or the VMM wrote an MSR: it may have another value now */
static inline void kvm_caretaker_msr_written(struct kvm_vcpu *vcpu, u32 index)
{
	if (kvm_caretaker_is_in_use() && READ_ONCE(vcpu->arch.caretaker))
		caretaker_msr_written(vcpu, index);
}

/* The end of KVM_RUN.  Did vendor code find that this vCPU's caretaker broke the contract? */
static inline void kvm_caretaker_end_run(struct kvm_vcpu *vcpu)
{
	const struct kvm_caretaker_vcpu *state;

	if (!kvm_caretaker_is_in_use())
		return;
	state = READ_ONCE(vcpu->arch.caretaker);
	if (state && unlikely(state->broken))
		caretaker_end_vm(vcpu);
}

/* The vCPU leaves the CPU.  svm_vcpu_load() and vmx_vcpu_load() make it ready again */
static inline void kvm_caretaker_vcpu_put(struct kvm_vcpu *vcpu)
{
	const struct kvm_caretaker_vcpu *state;

	if (!kvm_caretaker_is_in_use())
		return;
	state = READ_ONCE(vcpu->arch.caretaker);
	if (state && state->slot)
		caretaker_vcpu_put(vcpu);
}

DECLARE_TRACEPOINT(kvm_entry);
DECLARE_TRACEPOINT(kvm_exit);
DECLARE_TRACEPOINT(kvm_cpuid);
DECLARE_TRACEPOINT(kvm_msr);

/* Does somebody trace what an answer would hide?  NOPs until somebody does */
static __always_inline bool kvm_caretaker_is_traced(void)
{
	return tracepoint_enabled(kvm_entry) || tracepoint_enabled(kvm_exit) ||
	       tracepoint_enabled(kvm_cpuid) || tracepoint_enabled(kvm_msr);
}

static __always_inline bool kvm_caretaker_config_is_stale(struct kvm_vcpu *vcpu)
{
	return unlikely(vcpu->arch.caretaker->dirty || vcpu->arch.cpuid_dynamic_bits_dirty) ||
	       kvm_caretaker_is_traced();
}

/* Before each entry of a vCPU that has a caretaker, in its thread and with interrupts on */
static __always_inline void kvm_caretaker_sync_config(struct kvm_vcpu *vcpu)
{
	if (kvm_caretaker_config_is_stale(vcpu))
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
static inline bool kvm_caretaker_check_ccb(struct kvm_vcpu *vcpu) { return true; }
static inline void kvm_caretaker_end_run(struct kvm_vcpu *vcpu) {}
static inline void kvm_caretaker_vcpu_put(struct kvm_vcpu *vcpu) {}
static inline void kvm_caretaker_flags_changed(struct kvm_vcpu *vcpu) {}
static inline void kvm_caretaker_config_changed(struct kvm_vcpu *vcpu) {}
static inline void kvm_caretaker_msr_written(struct kvm_vcpu *vcpu, u32 index) {}

static inline void kvm_caretaker_create_vcpu_debugfs(struct kvm_vcpu *vcpu,
						     struct dentry *dir) {}

#endif /* CONFIG_KVM_CARETAKER */

#endif /* __KVM_X86_CARETAKER_H */
