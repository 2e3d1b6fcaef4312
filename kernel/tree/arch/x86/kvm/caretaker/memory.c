// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_CARETAKER_VM: a VM is prepared to outlive its VMM, and released again.
 *
 * To prepare it is to pin the pages of all memslots, to let faults take these pages and no
 * others, to zap once what was mapped until then, and to map all of it again.  From then on the
 * guest's memory is what is pinned: nothing that happens to the VMM's address space takes a page
 * from it, not even the end of the VMM.
 *
 * The order matters.  Faults are told of the pins before the zap, and under kvm->mmu_lock with a
 * new invalidation sequence: one that looked the page up earlier starts again.  On the way back
 * the pins are taken from the memslots before the zap, and unpinned after kvm->srcu has passed.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": caretaker: " fmt

#include <linux/cred.h>
#include <linux/kvm_host.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>

#include "../mmu.h"
#include "memory.h"
#include "slot.h"

/* No slot is to blame */
#define NO_SLOT		(~0U)

static struct kvm_memory_slot *pins_slot(struct kvm *kvm, const struct caretaker_pins *pins)
{
	return id_to_memslot(__kvm_memslots(kvm, pins->slot >> 16), (u16)pins->slot);
}

static void pins_fill(struct caretaker_pins *pins, const struct kvm_memory_slot *slot)
{
	*pins = (struct caretaker_pins){
		.npages = slot->npages,
		.userspace_addr = slot->userspace_addr,
		.slot = (u32)slot->as_id << 16 | (u16)slot->id,
		.base_gfn = slot->base_gfn,
		.readonly = slot->flags & KVM_MEM_READONLY,
	};
}

/*
 * Can the memory of a slot be pinned, and be mapped by another VMM?  Slots of KVM's own are
 * mapped by KVM itself, which would have to do that again.
 */
static bool slot_is_supported(const struct kvm_memory_slot *slot, bool handover)
{
	if (kvm_slot_has_gmem(slot))
		return false;
	return !handover || slot->id < KVM_USER_MEM_SLOTS;
}

/* The slots as they are, in order: kvm->slots_lock is held */
static struct kvm_caretaker_memory *memory_new(struct kvm *kvm, struct kvm_caretaker_vm_op *op)
{
	bool handover = op->flags & KVM_CARETAKER_VM_HANDOVER;
	struct kvm_caretaker_memory *memory;
	struct kvm_memslot_iter iter;
	unsigned int as_id, nr = 0;

	for (as_id = 0; as_id < kvm_arch_nr_memslot_as_ids(kvm); as_id++) {
		kvm_for_each_memslot_in_gfn_range(&iter, __kvm_memslots(kvm, as_id), 0, ~0ULL) {
			if (!slot_is_supported(iter.slot, handover)) {
				op->slot = as_id << 16 | (u16)iter.slot->id;
				return ERR_PTR(-EOPNOTSUPP);
			}
			nr++;
		}
	}
	memory = kvzalloc(struct_size(memory, pins, nr), GFP_KERNEL_ACCOUNT);
	if (!memory)
		return ERR_PTR(-ENOMEM);
	memory->nr_pins = nr;
	memory->handover = handover;
	memory->euid = current_euid();
	memory->user_ns = get_user_ns(current_user_ns());
	memcpy(memory->vmm_id, op->vmm_id, sizeof(memory->vmm_id));

	nr = 0;
	for (as_id = 0; as_id < kvm_arch_nr_memslot_as_ids(kvm); as_id++) {
		kvm_for_each_memslot_in_gfn_range(&iter, __kvm_memslots(kvm, as_id), 0, ~0ULL)
			pins_fill(&memory->pins[nr++], iter.slot);
	}
	return memory;
}

static void memory_free(struct kvm_caretaker_memory *memory)
{
	put_user_ns(memory->user_ns);
	kvfree(memory);
}

/* Can this VM be prepared at all?  Its lock is held */
static int prepare_check(struct kvm *kvm, const struct kvm_caretaker_vm_op *op)
{
	const struct kvm_caretaker_vm *vm = kvm->arch.caretaker;

	lockdep_assert_held(&kvm->lock);

	if (!vm || !vm->caretaker || vm->caretaker->flags & KVM_CARETAKER_SHARED) {
		pr_warn_ratelimited("not prepared: the VM has no isolated caretaker\n");
		return -EOPNOTSUPP;
	}
	if (!tdp_mmu_enabled || !kvm->arch.pre_fault_allowed) {
		pr_warn_ratelimited("not prepared: the VM does not use the TDP MMU\n");
		return -EOPNOTSUPP;
	}
	if (op->flags & KVM_CARETAKER_VM_HANDOVER && kvm_caretaker_uses_xen(kvm)) {
		pr_warn_ratelimited("not prepared: Xen's interface is bound to the VMM\n");
		return -EOPNOTSUPP;
	}
	if (memcmp(vm->caretaker->record.vmm_id, op->vmm_id, sizeof(op->vmm_id)))
		return -EINVAL;
	if (vm->memory || vm->staged || vm->removing)
		return -EBUSY;
	if (atomic_read(&kvm->nr_memslots_dirty_logging))
		return -EBUSY;
	return 0;
}

/* From here on no memslot changes */
static struct kvm_caretaker_memory *prepare_begin(struct kvm *kvm,
						  struct kvm_caretaker_vm_op *op)
{
	struct kvm_caretaker_memory *memory;
	int ret;

	guard(mutex)(&kvm->lock);
	guard(mutex)(&kvm->slots_lock);

	ret = prepare_check(kvm, op);
	if (ret)
		return ERR_PTR(ret);
	memory = memory_new(kvm, op);
	if (!IS_ERR(memory))
		WRITE_ONCE(kvm->arch.caretaker->memory, memory);
	return memory;
}

static int prepare_pin(struct kvm_caretaker_memory *memory, struct kvm_caretaker_vm_op *op)
{
	unsigned long npages = 0;
	unsigned int i;
	int ret;

	for (i = 0; i < memory->nr_pins; i++)
		npages += memory->pins[i].npages;
	ret = caretaker_pins_charge(memory, npages);
	for (i = 0; !ret && i < memory->nr_pins; i++) {
		ret = caretaker_pins_take(memory, &memory->pins[i]);
		if (ret)
			op->slot = memory->pins[i].slot;
	}
	return ret;
}

/* Freeze, or thaw: when this returns, nothing is mapped that was found in the old way */
static void memory_set_frozen(struct kvm *kvm, struct kvm_caretaker_memory *memory, bool frozen)
{
	/* Not ~0ULL, which is INVALID_GPA: a range that was not added yet */
	const gfn_t end = gpa_to_gfn(~0ULL);
	unsigned int i;

	lockdep_assert_held(&kvm->slots_lock);

	write_lock(&kvm->mmu_lock);
	kvm_mmu_invalidate_start(kvm);
	kvm_mmu_invalidate_range_add(kvm, 0, end);
	for (i = 0; i < memory->nr_pins; i++)
		WRITE_ONCE(pins_slot(kvm, &memory->pins[i])->arch.pinned,
			   frozen ? memory->pins[i].pages : NULL);
	WRITE_ONCE(kvm->arch.caretaker->frozen, frozen);
	write_unlock(&kvm->mmu_lock);

	kvm_zap_gfn_range(kvm, 0, end);

	write_lock(&kvm->mmu_lock);
	kvm_mmu_invalidate_end(kvm);
	write_unlock(&kvm->mmu_lock);
}

/* Nobody else releases it: it is not ready.  The pages are freed only when nothing maps them */
static void memory_end(struct kvm *kvm, struct kvm_caretaker_memory *memory)
{
	struct kvm_caretaker_vm *vm = kvm->arch.caretaker;

	if (READ_ONCE(vm->frozen)) {
		scoped_guard(mutex, &kvm->slots_lock)
			memory_set_frozen(kvm, memory, false);
		/* Faults that found a page in the list have seen that they are stale */
		synchronize_srcu(&kvm->srcu);
	}
	caretaker_pins_put(memory);
	scoped_guard(mutex, &kvm->lock) {
		guard(mutex)(&kvm->slots_lock);
		WRITE_ONCE(vm->memory, NULL);
	}
	memory_free(memory);
}

static int memory_prepare(struct kvm *kvm, struct kvm_caretaker_vm_op *op)
{
	struct kvm_caretaker_memory *memory = prepare_begin(kvm, op);
	int ret;

	if (IS_ERR(memory))
		return PTR_ERR(memory);
	ret = prepare_pin(memory, op);
	if (!ret) {
		scoped_guard(mutex, &kvm->slots_lock)
			memory_set_frozen(kvm, memory, true);
		ret = caretaker_prefault(kvm, memory);
	}
	if (ret) {
		memory_end(kvm, memory);
		return ret;
	}
	guard(mutex)(&kvm->lock);
	memory->ready = true;
	return 0;
}

static int memory_release(struct kvm *kvm)
{
	struct kvm_caretaker_memory *memory;

	scoped_guard(mutex, &kvm->lock) {
		memory = kvm->arch.caretaker ? kvm->arch.caretaker->memory : NULL;
		if (!memory)
			return -ENOENT;
		if (!memory->ready || atomic_read(&kvm->arch.caretaker->detached))
			return -EBUSY;
		memory->ready = false;
	}
	memory_end(kvm, memory);
	return 0;
}

/* The state goes to user space with the answer to any operation, also to one that failed */
static void memory_state(struct kvm *kvm, struct kvm_caretaker_vm_op *op)
{
	const struct kvm_caretaker_memory *memory;

	guard(mutex)(&kvm->lock);

	memory = kvm->arch.caretaker ? kvm->arch.caretaker->memory : NULL;
	if (!memory || !memory->ready)
		return;
	op->pinned = (u64)memory->charged << PAGE_SHIFT;
	op->state = memory->handover && !atomic_read(&kvm->mm->mm_users) ?
		    KVM_CARETAKER_VM_ORPHANED : KVM_CARETAKER_VM_PREPARED;
}

static int get_op(struct kvm_caretaker_vm_op *op, void __user *argp)
{
	int ret;

	BUILD_BUG_ON(offsetof(struct kvm_caretaker_vm_op, size));
	BUILD_BUG_ON(offsetofend(struct kvm_caretaker_vm_op, reserved) !=
		     KVM_CARETAKER_VM_OP_SIZE_VER0);

	ret = caretaker_get_argument(op, sizeof(*op), KVM_CARETAKER_VM_OP_SIZE_VER0, argp);
	if (ret)
		return ret;

	if (op->reserved)
		return -EINVAL;
	if (op->flags & ~(op->op == KVM_CARETAKER_VM_PREPARE ? KVM_CARETAKER_VM_HANDOVER : 0ULL))
		return -EINVAL;
	if (op->op != KVM_CARETAKER_VM_ADOPT && (op->moves || op->nr_moves))
		return -EINVAL;
	if (op->op != KVM_CARETAKER_VM_ADOPT && op->op != KVM_CARETAKER_VM_PREPARE &&
	    memchr_inv(op->vmm_id, 0, sizeof(op->vmm_id)))
		return -EINVAL;
	op->state = KVM_CARETAKER_VM_PLAIN;
	op->pinned = 0;
	op->slot = NO_SLOT;
	return 0;
}

static int put_answer(const struct kvm_caretaker_vm_op *op,
		      struct kvm_caretaker_vm_op __user *argp)
{
	if (put_user(op->state, &argp->state) || put_user(op->pinned, &argp->pinned) ||
	    put_user(op->slot, &argp->slot))
		return -EFAULT;
	return 0;
}

static int do_op(struct kvm *kvm, struct kvm_caretaker_vm_op *op)
{
	if (op->op == KVM_CARETAKER_VM_ADOPT)
		return caretaker_adopt(kvm, op);
	/* All others are the VMM's own */
	if (kvm->mm != current->mm)
		return -EIO;

	switch (op->op) {
	case KVM_CARETAKER_VM_PREPARE:
		return memory_prepare(kvm, op);
	case KVM_CARETAKER_VM_RELEASE:
		return memory_release(kvm);
	case KVM_CARETAKER_VM_STATE:
		return 0;
	default:
		return -EINVAL;
	}
}

/* KVM_CARETAKER_VM.  The caller's address space need not be the VM's */
int kvm_vm_caretaker(struct kvm *kvm, void __user *argp)
{
	struct kvm_caretaker_vm_op op;
	int ret;

	/* An answer that cannot be written is known before anything changes */
	ret = get_op(&op, argp) ?: put_answer(&op, argp);
	if (ret)
		return ret;
	ret = do_op(kvm, &op);
	if (ret != -EIO) {
		memory_state(kvm, &op);
		if (put_answer(&op, argp) && !ret && op.op == KVM_CARETAKER_VM_STATE)
			ret = -EFAULT;
	}
	return ret;
}

int kvm_caretaker_memory_check_extension(struct kvm *kvm)
{
	return tdp_mmu_enabled ? KVM_CARETAKER_CAP_VM : 0;
}

/* kvm->slots_lock makes the answer final */
bool kvm_arch_memory_is_prepared(struct kvm *kvm)
{
	return kvm_caretaker_is_in_use() && READ_ONCE(kvm->arch.caretaker) &&
	       READ_ONCE(kvm->arch.caretaker->memory);
}

/*
 * The VM ends: nobody else has it any more, and its vCPUs still exist.  If its address space went
 * while it was frozen, nobody has done yet what KVM does then.
 */
void kvm_caretaker_memory_destroy(struct kvm *kvm)
{
	struct kvm_caretaker_vm *vm = kvm->arch.caretaker;

	if (!vm || !vm->memory)
		return;
	memory_end(kvm, vm->memory);
	kvm_arch_flush_shadow_all(kvm);
}
