/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KVM's side of a caretaker: a small signed program on the exit path of a vCPU.
 *
 * install.c	KVM_SET_CARETAKER: stage, record, publish; teardown
 * remove.c	the same with KVM_CARETAKER_REMOVE
 * break.c	the payload broke the contract: the VM ends
 * vcpu.c	which slots a vCPU has: staged, next, in use
 * image.c	the pages of a payload that all slots share
 * slot.c	one vCPU's pages and page tables
 * config.c	what the payload is told about its vCPU
 * telemetry.c	what it tells us (debugfs)
 * audit.c	what its page tables map (debugfs)
 * ../svm/caretaker.c	entering it and leaving it on AMD
 * ../vmx/caretaker.c	the same on Intel
 */
#ifndef __KVM_X86_CARETAKER_H
#define __KVM_X86_CARETAKER_H

#include <linux/caretaker_bucket.h>
#include <linux/jump_label_ratelimit.h>
#include <linux/kvm_host.h>
#include <linux/llist.h>
#include <linux/workqueue.h>

#include <uapi/linux/caretaker.h>

struct file_operations;

#ifdef CONFIG_KVM_CARETAKER

struct caretaker_payload;

#define CARETAKER_SWITCH_PAGES		1
#define CARETAKER_IDT_PAGES		1
#define CARETAKER_NMI_STACK_PAGES	1
#define CARETAKER_TRAMPOLINE_PAGES	1
#define CARETAKER_CONFIG_PAGES		DIV_ROUND_UP(sizeof(struct caretaker_config), PAGE_SIZE)
#define CARETAKER_TELEMETRY_PAGES	DIV_ROUND_UP(sizeof(struct caretaker_telemetry), PAGE_SIZE)
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
 * @text_hidden: what of @image is executable is not in the direct map
 * @image: the pages of its image that nobody writes, by their number in it
 */
struct kvm_caretaker {
	struct caretaker_payload *payload;
	struct caretaker_record record;
	u64 flags;
	refcount_t refs;
	bool text_hidden;
	struct page *image[CARETAKER_IMAGE_PAGES];
};

/**
 * struct kvm_caretaker_slot - one vCPU's copy
 * @caretaker: whose copy it is
 * @base: address of the slot in the window
 * @number: of the slot
 * @host_table: its page table in the host's, from when it is unmapped there
 * @switch_area: its switch page, through the direct map
 * @config: its configuration, through a mapping of its own
 * @telemetry: through the direct map, as all that follow; an update has that of the slot before
 * @ccb: the control block, in the image
 * @idt: its gates
 * @root: physical address of the top-level table, for CR3
 * @tables: the table pages, top level first
 * @nr_tables: how many levels there are
 * @descriptor: list of all physical ranges, for preservation
 * @host_save: host save area for the day when no kernel is there (AMD)
 * @retired: in the list of those that were left for another
 * @pmu_at_exit: as in struct kvm_caretaker_vendor
 * @nr_leaves: entries in use of @leaves
 * @leaves: all that is mapped
 */
struct kvm_caretaker_slot {
	struct kvm_caretaker *caretaker;
	unsigned long base;
	int number;
	pte_t *host_table;
	struct caretaker_switch *switch_area;
	struct caretaker_config *config;
	struct caretaker_telemetry *telemetry;
	struct caretaker_ccb *ccb;
	gate_desc *idt;
	u64 root;
	struct page *tables[5];
	unsigned int nr_tables;
	struct caretaker_descriptor *descriptor;
	struct page *host_save;
	struct llist_node retired;
	bool pmu_at_exit;
	unsigned int nr_leaves;
	struct caretaker_leaf leaves[CARETAKER_MAX_LEAVES];
};

/**
 * struct kvm_caretaker_vm - what a VM needs for caretakers
 * @kvm: the VM
 * @caretaker: of all vCPUs that there are and will be, NULL if there is none
 * @staged: what is to follow it, not recorded yet
 * @prior_record: of what was removed from the VM
 * @retired: slots that were left or taken back
 * @reaper: frees them
 * @serial: the VM's number in records, 0 until a slot is built; read without the lock
 * @id: the VM's name in records, valid where @serial is not 0
 * @bucket: how many records it may cause; locked by itself
 * @installs: how many are neither published yet nor failed
 * @recorded: a record names a caretaker of this VM
 * @counted: it is not among the VMs without a caretaker
 * @removing: the record of a removal is being made
 * @break_recorded: a broken contract is recorded, or that was tried
 *
 * The first KVM_SET_CARETAKER allocates it; it goes with the VM.  All but what says
 * otherwise is changed under kvm->lock.
 */
struct kvm_caretaker_vm {
	struct kvm *kvm;
	struct kvm_caretaker *caretaker;
	struct kvm_caretaker *staged;
	struct caretaker_record *prior_record;
	struct llist_head retired;
	struct delayed_work reaper;
	u64 serial;
	u8 id[16];
	struct caretaker_bucket bucket;
	unsigned int installs;
	bool recorded;
	bool counted;
	bool removing;
	bool break_recorded;
};

/* struct kvm_caretaker_vcpu.dirty: what the configuration page lacks.  A bit below them is an MSR */
#define KVM_CARETAKER_DIRTY_FLAGS	BIT(31)	/* a flag, or XCR0 */
#define KVM_CARETAKER_DIRTY_TABLES	BIT(30)	/* CPUID, and who may read and write MSRs */

/**
 * struct kvm_caretaker_vcpu - what a vCPU needs for caretakers
 * @switch_area: of @slot, as the next two: entry and exit look at them
 * @config: of @slot
 * @ccb: of @slot
 * @slot: what the vCPU runs; only its own thread changes it
 * @next: what it is to run next
 * @staged: what may yet be taken back
 * @prior_record: of what was removed from this vCPU alone
 * @lock: of @slot, @next and @removed
 * @removed: the vCPU is to leave @slot
 * @broken: @slot broke the contract; set by the vCPU's thread
 * @dirty: KVM_CARETAKER_DIRTY_*, and a bit for each MSR that config.c lists; of the vCPU's thread
 *
 * Allocated when the first slot is staged for the vCPU; it goes with the vCPU.
 */
struct kvm_caretaker_vcpu {
	struct caretaker_switch *switch_area;
	struct caretaker_config *config;
	const struct caretaker_ccb *ccb;
	struct kvm_caretaker_slot *slot;
	struct kvm_caretaker_slot *next;
	struct kvm_caretaker_slot *staged;
	struct caretaker_record *prior_record;
	spinlock_t lock;
	bool removed;
	bool broken;
	u32 dirty;
};

/**
 * struct kvm_caretaker_vendor - what a vendor module has for caretakers: kvm_x86_ops.caretaker
 * @vendor: CARETAKER_VENDOR_*
 * @feature: CARETAKER_FEATURE_* that a payload must have, 0 if no caretaker can run here
 * @trampoline: position-independent code, one page for all slots
 * @route: kernel address where exits land
 * @fault_route: AMD: where a fault of the payload lands; Intel: where a failed VMRESUME does
 * @next_rip: the CPU gives the address of the next instruction
 * @pmu_at_exit: KVM refreshes after each exit what an entry loads of a mediated PMU
 * @shared_only: this CPU cannot keep the caretaker's tables apart
 * @mitigations: CARETAKER_MITIGATE_*
 * @control: the page of the VMCB that the payload enters; NULL where there is none
 * @activate: the vCPU has taken state->slot: from its next entry on it runs that
 * @release: the vCPU runs no slot any more
 * @excluded: is the VM kept from caretakers?  NULL: its type says so.  kvm->lock makes the
 *	answer final
 *
 * All of it is the same for each vCPU, and constant once the module is loaded.
 */
struct kvm_caretaker_vendor {
	u32 vendor;
	u64 feature;
	struct page *trampoline;
	unsigned long route;
	unsigned long fault_route;
	bool next_rip;
	bool pmu_at_exit;
	bool shared_only;
	u32 mitigations;
	struct page *(*control)(struct kvm_vcpu *vcpu);
	void (*activate)(struct kvm_vcpu *vcpu);
	void (*release)(struct kvm_vcpu *vcpu);
	bool (*excluded)(struct kvm *kvm);
};

/* install.c */
int kvm_caretaker_check_extension(struct kvm *kvm);
int kvm_vm_set_caretaker(struct kvm *kvm, void __user *argp);
int kvm_vcpu_set_caretaker(struct kvm_vcpu *vcpu, void __user *argp);
void kvm_caretaker_vm_destroy(struct kvm *kvm);
void kvm_caretaker_put(struct kvm_caretaker *caretaker);

/* Counts the VMs that have had a slot built.  Rate limited, since a VMM decides */
extern struct static_key_false_deferred kvm_caretaker_in_use;

/* While no VM has a caretaker no vCPU looks whether it has one: this is a NOP then */
static __always_inline bool kvm_caretaker_is_in_use(void)
{
	return static_branch_unlikely(&kvm_caretaker_in_use.key);
}

/* Has a VM a caretaker, has it had one, or is it about to?  Its lock is held */
static inline bool kvm_caretaker_present(struct kvm *kvm)
{
	const struct kvm_caretaker_vm *vm = kvm->arch.caretaker;

	lockdep_assert_held(&kvm->lock);

	return vm && (vm->recorded || vm->installs);
}

/* Is @vcpu meant?  @only is NULL for all of the VM */
static inline bool caretaker_concerns(const struct kvm_vcpu *only, const struct kvm_vcpu *vcpu)
{
	return !only || only == vcpu;
}

/* count.c */
void kvm_caretaker_vm_init(struct kvm *kvm);
void kvm_caretaker_exit(void);
void caretaker_count(struct kvm *kvm, bool has);
void caretaker_count_end(struct kvm *kvm);

/* break.c */
void kvm_caretaker_report_break(struct kvm_vcpu *vcpu);
void caretaker_end_vm(struct kvm_vcpu *vcpu);

/* remove.c */
int caretaker_remove(struct kvm *kvm, struct kvm_vcpu *only, const u8 *vmm_id);

/* vcpu.c */
struct kvm_caretaker_slot *caretaker_vcpu_latest(struct kvm_vcpu *vcpu);
struct kvm_caretaker_slot *caretaker_vcpu_current(struct kvm_vcpu *vcpu);
bool caretaker_vcpu_is_staged(struct kvm_vcpu *vcpu);
const struct caretaker_record *caretaker_vcpu_prior_record(struct kvm_vcpu *vcpu);
int caretaker_vcpu_stage(struct kvm_vcpu *vcpu, struct kvm_caretaker *caretaker);
void caretaker_vcpu_unstage(struct kvm_vcpu *vcpu);
void caretaker_vcpu_publish(struct kvm_vcpu *vcpu);
void caretaker_vcpu_remove(struct kvm_vcpu *vcpu);
void caretaker_vcpu_request(struct kvm *kvm);
void caretaker_reap_later(struct kvm *kvm);
int kvm_caretaker_vcpu_create(struct kvm_vcpu *vcpu);
void kvm_caretaker_vcpu_destroy(struct kvm_vcpu *vcpu);
void kvm_caretaker_activate(struct kvm_vcpu *vcpu);
void caretaker_reaper_init(struct kvm_caretaker_vm *vm);
void caretaker_reaper_end(struct kvm *kvm);

/* image.c */
int caretaker_image_build(struct kvm_caretaker *caretaker);
void caretaker_image_free(struct kvm_caretaker *caretaker);
void caretaker_image_fill(struct page *page, const struct caretaker_payload *payload,
			  const struct caretaker_segment *seg, u64 offset);
struct page *kvm_caretaker_trampoline_new(const char *start, const char *end);
void kvm_caretaker_trampoline_free(struct page *page);

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
void caretaker_msr_written(struct kvm_vcpu *vcpu, u32 index);

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

/*
 * Mark what the configuration page lacks.  Pairs with caretaker_vcpu_stage().  Who sees no
 * struct yet need not mark: the first slot that a vCPU takes lacks everything.
 */
static inline void caretaker_mark_dirty(struct kvm_vcpu *vcpu, u32 dirty)
{
	struct kvm_caretaker_vcpu *state = READ_ONCE(vcpu->arch.caretaker);

	if (state)
		state->dirty |= dirty;
}

/* A flag of the configuration may be another: look before the next entry */
static inline void kvm_caretaker_flags_changed(struct kvm_vcpu *vcpu)
{
	if (kvm_caretaker_is_in_use())
		caretaker_mark_dirty(vcpu, KVM_CARETAKER_DIRTY_FLAGS);
}

/* The tables, or a bit of a CPUID answer, are others: resolve them anew before the next entry */
static inline void kvm_caretaker_config_changed(struct kvm_vcpu *vcpu)
{
	if (kvm_caretaker_is_in_use())
		caretaker_mark_dirty(vcpu, KVM_CARETAKER_DIRTY_TABLES);
}

/* An MSR may have another value now, whoever wrote it: the guest or the VMM */
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

/* Before each entry of a vCPU that has a caretaker, in its thread and with interrupts on */
static __always_inline void kvm_caretaker_sync_config(struct kvm_vcpu *vcpu)
{
	if (unlikely(vcpu->arch.caretaker->dirty || vcpu->arch.cpuid_dynamic_bits_dirty))
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
static inline void kvm_caretaker_exit(void) {}
static inline void kvm_caretaker_vm_destroy(struct kvm *kvm) {}
static inline void kvm_caretaker_activate(struct kvm_vcpu *vcpu) {}
static inline bool kvm_caretaker_present(struct kvm *kvm) { return false; }
static inline void kvm_caretaker_end_run(struct kvm_vcpu *vcpu) {}
static inline void kvm_caretaker_flags_changed(struct kvm_vcpu *vcpu) {}
static inline void kvm_caretaker_config_changed(struct kvm_vcpu *vcpu) {}
static inline void kvm_caretaker_msr_written(struct kvm_vcpu *vcpu, u32 index) {}

static inline void kvm_caretaker_create_vcpu_debugfs(struct kvm_vcpu *vcpu,
						     struct dentry *dir) {}

#endif /* CONFIG_KVM_CARETAKER */

#endif /* __KVM_X86_CARETAKER_H */
