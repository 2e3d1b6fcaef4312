// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_CARETAKER_VM_ADOPT: a process that has not created a VM becomes its VMM.
 *
 * The VM was prepared for it, and its VMM is gone.  Who adopts it holds the descriptor, knows
 * the VM's name, is the user that prepared it, and has the guest's memory: the same pages, at
 * whatever addresses.  So it can reach nothing that it could not reach before.
 *
 * An address space without users cannot come back, and nobody is in an ioctl that was let in
 * because of it.  That is what makes the change safe, so there is no way around it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": caretaker: " fmt

#include <linux/call_once.h>
#include <linux/cred.h>
#include <linux/kvm_caretaker.h>
#include <linux/kvm_host.h>
#include <linux/sched/mm.h>
#include <linux/sched/vhost_task.h>
#include <linux/sort.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include <kunit/visibility.h>

#include "../mmu.h"
#include "memory.h"
#include "slot.h"

/* More memslots than this no VM has */
#define MAX_MOVES	(2 * KVM_MEM_SLOTS_NUM)

static bool adopt_may(const struct kvm_caretaker_memory *memory)
{
	if (current_user_ns() == memory->user_ns && uid_eq(current_euid(), memory->euid))
		return true;
	return ns_capable(memory->user_ns, CAP_SYS_ADMIN);
}

/* May the caller adopt the VM, and is it there for that?  Its lock is held */
static int adopt_check(struct kvm *kvm, const struct kvm_caretaker_vm_op *op)
{
	const struct kvm_caretaker_memory *memory;

	lockdep_assert_held(&kvm->lock);

	memory = kvm->arch.caretaker ? kvm->arch.caretaker->memory : NULL;
	if (!memory || !memory->handover)
		return -ENOENT;
	if (!adopt_may(memory))
		return -EPERM;
	if (memcmp(memory->vmm_id, op->vmm_id, sizeof(op->vmm_id)))
		return -EACCES;
	if (!memory->ready || atomic_read_acquire(&kvm->mm->mm_users))
		return -EBUSY;
	if (kvm->created_vcpus != atomic_read(&kvm->online_vcpus))
		return -EBUSY;
	if (kvm_caretaker_uses_xen(kvm))
		return -EOPNOTSUPP;
	return 0;
}

/*
 * From here on the memory is the caller's alone: there is no VMM, and no other adopts the VM.  So
 * its pages are compared, and the record is made, with no lock of KVM held.
 */
static struct kvm_caretaker_memory *adopt_begin(struct kvm *kvm,
						const struct kvm_caretaker_vm_op *op)
{
	int ret;

	guard(mutex)(&kvm->lock);

	ret = adopt_check(kvm, op);
	if (ret)
		return ERR_PTR(ret);
	kvm->arch.caretaker->memory->ready = false;
	return kvm->arch.caretaker->memory;
}

static void adopt_end(struct kvm *kvm, struct kvm_caretaker_memory *memory)
{
	guard(mutex)(&kvm->lock);
	memory->ready = true;
}

static int compare_moves(const void *a, const void *b)
{
	const struct kvm_caretaker_move *x = a, *y = b;

	return cmp_int(x->slot, y->slot);
}

static const struct kvm_caretaker_move *find_move(const struct kvm_caretaker_move *moves,
						  unsigned int nr, u32 slot)
{
	unsigned int low = 0, high = nr, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (moves[middle].slot < slot)
			low = middle + 1;
		else
			high = middle;
	}
	return low < nr && moves[low].slot == slot ? &moves[low] : NULL;
}

/* As kvm_set_memory_region() has it */
static bool address_is_valid(const struct kvm_caretaker_move *move, unsigned long npages)
{
	return PAGE_ALIGNED(move->userspace_addr) &&
	       move->userspace_addr == untagged_addr(move->userspace_addr) &&
	       access_ok(u64_to_user_ptr(move->userspace_addr), npages << PAGE_SHIFT);
}

/**
 * caretaker_moves_check - is there one move for each memslot, and no other?
 * @memory: of the VM
 * @moves: from user space; gets sorted by slot
 * @nr: how many
 * @slot: gets the slot that is wrong
 *
 * Return: 0 or -EINVAL.
 */
VISIBLE_IF_KUNIT int caretaker_moves_check(const struct kvm_caretaker_memory *memory,
					   struct kvm_caretaker_move *moves, unsigned int nr,
					   u32 *slot)
{
	const struct kvm_caretaker_move *move;
	unsigned int i;

	sort(moves, nr, sizeof(*moves), compare_moves, NULL);
	for (i = 0; i < nr; i++) {
		*slot = moves[i].slot;
		if (moves[i].reserved || (i && moves[i - 1].slot == moves[i].slot))
			return -EINVAL;
	}
	for (i = 0; i < memory->nr_pins; i++) {
		*slot = memory->pins[i].slot;
		move = find_move(moves, nr, *slot);
		if (!move || !address_is_valid(move, memory->pins[i].npages))
			return -EINVAL;
	}
	/* All slots have one, and none has two: what is left is for no slot */
	*slot = ~0U;
	return nr == memory->nr_pins ? 0 : -EINVAL;
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_moves_check);

static int adopt_compare(const struct kvm_caretaker_memory *memory,
			 const struct kvm_caretaker_move *moves, u32 *slot)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < memory->nr_pins; i++) {
		const struct caretaker_pins *pins = &memory->pins[i];

		*slot = pins->slot;
		ret = caretaker_pins_compare(pins, find_move(moves, memory->nr_pins,
							     pins->slot)->userspace_addr);
	}
	return ret;
}

/* Work that faults pages in for a guest that waits reads kvm->mm: let it come to its end */
static void adopt_flush_async_pf(struct kvm_vcpu *vcpu)
{
#ifdef CONFIG_KVM_ASYNC_PF
	struct kvm_async_pf *work;

	lockdep_assert_held(&vcpu->mutex);

	/* Only the vCPU's thread changes this list */
	list_for_each_entry(work, &vcpu->async_pf.queue, queue) {
		if (!work->wakeup_all)
			flush_work(&work->work);
	}
#endif
}

/*
 * Where the new addresses are not aligned as the guest's are, a huge page there is none for the
 * guest.  It maps the pinned ones as it did, until they are released.
 */
static void adopt_align_slot(struct kvm *kvm, struct kvm_memory_slot *slot)
{
	gfn_t differ = slot->base_gfn ^ (slot->userspace_addr >> PAGE_SHIFT);
	unsigned long i;
	int level;

	guard(write_lock)(&kvm->mmu_lock);

	for (level = PG_LEVEL_2M; level <= KVM_MAX_HUGEPAGE_LEVEL; level++) {
		unsigned long pages = __kvm_mmu_slot_lpages(slot, slot->npages, level);

		if (!(differ & (KVM_PAGES_PER_HPAGE(level) - 1)))
			continue;
		for (i = 0; i < pages; i++)
			slot->arch.lpage_info[level - PG_LEVEL_2M][i].disallow_lpage++;
	}
}

static void adopt_update_pins(struct kvm *kvm, struct kvm_caretaker_memory *memory)
{
	struct kvm_memory_slot *slot;
	unsigned int i;

	for (i = 0; i < memory->nr_pins; i++) {
		u32 number = memory->pins[i].slot;

		slot = id_to_memslot(__kvm_memslots(kvm, number >> 16), (u16)number);
		memory->pins[i].userspace_addr = slot->userspace_addr;
		adopt_align_slot(kvm, slot);
	}
}

/* All locks are held */
static int adopt_change_locked(struct kvm *kvm, struct kvm_caretaker_memory *memory,
			       const struct kvm_caretaker_move *moves, struct mm_struct **old_mm)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;
	int ret;

	kvm_for_each_vcpu(i, vcpu, kvm)
		adopt_flush_async_pf(vcpu);
	ret = kvm_change_mm(kvm, moves, memory->nr_pins, old_mm);
	if (!ret)
		adopt_update_pins(kvm, memory);
	return ret;
}

static int adopt_change(struct kvm *kvm, struct kvm_caretaker_memory *memory,
			const struct kvm_caretaker_move *moves, struct mm_struct **old_mm)
{
	int ret;

	guard(mutex)(&kvm->lock);

	if (kvm_trylock_all_vcpus(kvm))
		return -EBUSY;
	scoped_guard(mutex, &kvm->slots_lock)
		ret = adopt_change_locked(kvm, memory, moves, old_mm);
	kvm_unlock_all_vcpus(kvm);
	return ret;
}

/* The worker was a thread of the VMM that is gone; the next KVM_RUN starts another */
static void adopt_restart_nx_recovery(struct kvm *kvm)
{
	struct vhost_task *thread;

	/* A thread of the adopter may be in KVM_RUN already, and start one */
	scoped_guard(mutex, &kvm->arch.nx_once.lock) {
		/* Whoever changes the module's parameters wakes the workers of all VMs */
		scoped_guard(mutex, &kvm_lock) {
			thread = kvm->arch.nx_huge_page_recovery_thread;
			WRITE_ONCE(kvm->arch.nx_huge_page_recovery_thread, NULL);
		}
		atomic_set(&kvm->arch.nx_once.state, ONCE_NOT_STARTED);
	}
	if (thread)
		vhost_task_stop(thread);
}

/* Whoever used the old address space for Xen's events did so under this lock */
static void adopt_drop_mm(struct kvm *kvm, struct mm_struct *mm)
{
#ifdef CONFIG_KVM_XEN
	mutex_lock(&kvm->arch.xen.xen_lock);
	mutex_unlock(&kvm->arch.xen.xen_lock);
#endif
	mmdrop(mm);
}

/**
 * caretaker_adopt - KVM_CARETAKER_VM_ADOPT
 * @kvm: the VM, whose VMM is another process, or was
 * @op: the arguments; gets the slot that an error is about
 *
 * Return: 0 or a negative errno, and nothing has changed.
 */
int caretaker_adopt(struct kvm *kvm, struct kvm_caretaker_vm_op *op)
{
	struct kvm_caretaker_move *moves __free(kvfree) = NULL;
	struct kvm_caretaker_memory *memory;
	struct mm_struct *old_mm = NULL;
	int ret;

	if (op->nr_moves > MAX_MOVES)
		return -EINVAL;
	moves = vmemdup_array_user(u64_to_user_ptr(op->moves), op->nr_moves, sizeof(*moves));
	if (IS_ERR(moves))
		return PTR_ERR(moves);

	memory = adopt_begin(kvm, op);
	if (IS_ERR(memory))
		return PTR_ERR(memory);
	ret = caretaker_moves_check(memory, moves, op->nr_moves, &op->slot) ?:
	      adopt_compare(memory, moves, &op->slot);
	if (!ret) {
		op->slot = ~0U;
		/* The record first: if it is required and cannot be made, nothing changes */
		ret = caretaker_vm_record(kvm->arch.caretaker, CARETAKER_RECORD_ADOPT, ~0) ?:
		      adopt_change(kvm, memory, moves, &old_mm);
	}
	adopt_end(kvm, memory);
	if (ret)
		return ret;
	adopt_restart_nx_recovery(kvm);
	adopt_drop_mm(kvm, old_mm);
	return 0;
}
