// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_CARETAKER_VCPU: a vCPU continues on a core that the host has given away, and comes back.
 *
 * To detach it is to put all of it into the slot of a parked CPU, and to have that CPU run it,
 * by the caretaker that it has.  Nothing of KVM is there: the guest runs until it has an exit
 * that the payload routes, and then waits.  To attach it is to take it from there; its next
 * KVM_RUN handles the exit, as if it came then.
 *
 * A payload that breaks its contract there ends the VM, as it would under KVM, when its vCPU is
 * attached or closed.
 *
 * The VM is prepared, so nothing zaps what the guest's tables map.  Should anything want to, or
 * want to have the vCPU out of the guest for another reason, it makes a request and waits, as
 * for any vCPU: then the parked CPU gives the vCPU back at once, and it waits to be attached.
 *
 * Locks: a vCPU is detached under kvm->lock and then its own mutex.  Whether it runs changes
 * under the lock in struct kvm_caretaker_detached, also from whoever makes requests.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": caretaker: " fmt

#include <linux/caretaker_cpu.h>
#include <linux/file.h>
#include <linux/kvm_caretaker.h>
#include <linux/kvm_host.h>
#include <linux/math64.h>
#include <linux/uaccess.h>

#include <asm/caretaker_park_guest.h>
#include <asm/tsc.h>

#include "../mmu.h"
#include "../x86.h"
#include "detach.h"
#include "memory.h"
#include "slot.h"
#include "vm.h"

/* Under vcpu->mutex the answer is final */
bool kvm_arch_vcpu_is_detached(struct kvm_vcpu *vcpu)
{
	const struct kvm_caretaker_detached *d;

	if (!kvm_caretaker_is_in_use())
		return false;
	d = caretaker_detached_of(vcpu);
	return d && READ_ONCE(d->core);
}

/* --- Detach --------------------------------------------------------------- */

/* Allocated once, under kvm->lock, and freed with the vCPU */
static int detached_new(struct kvm_caretaker_vcpu *state)
{
	struct kvm_caretaker_detached *d;

	if (state->detached)
		return 0;
	d = kzalloc_obj(*d, GFP_KERNEL_ACCOUNT);
	if (!d)
		return -ENOMEM;
	raw_spin_lock_init(&d->lock);
	raw_spin_lock_init(&d->post_lock);
	/* Pairs with caretaker_detached_of() */
	smp_store_release(&state->detached, d);
	return 0;
}

/* When it returns 0 vcpu->mutex is held, and the VM stays prepared */
static int detach_begin(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_vm *vm = vcpu->kvm->arch.caretaker;
	int ret;

	guard(mutex)(&vcpu->kvm->lock);

	if (!vm || !vm->memory || !vcpu->arch.caretaker)
		return -ENOENT;
	if (!vm->memory->ready || vm->staged || vm->removing || vm->installs)
		return -EBUSY;
	if (!mutex_trylock(&vcpu->mutex))
		return -EBUSY;
	ret = detached_new(vcpu->arch.caretaker) ?: caretaker_posted_prepare(vm);
	if (!ret)
		ret = vcpu->arch.caretaker->detached->core ? -EALREADY :
							     caretaker_detach_check(vcpu);
	if (ret)
		mutex_unlock(&vcpu->mutex);
	else
		atomic_inc(&vm->detached);
	return ret;
}

/* The parked CPU has given it back, never had it, or stands still */
static void detached_end(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_detached *d = vcpu->arch.caretaker->detached;
	struct kvm_caretaker_vm *vm = vcpu->kvm->arch.caretaker;
	struct caretaker_park_room room;
	struct file *core = d->core;

	caretaker_park_room(d->cpu, &room);
	caretaker_gap_take(vcpu, &room);
	kvm_x86_ops.caretaker->withdraw(vcpu, &room);
	scoped_guard(raw_spinlock, &d->lock)
		WRITE_ONCE(d->core, NULL);
	caretaker_cpu_unuse(core);
	/* While it counts its caretaker stays */
	caretaker_vm_record_attach(vm, vcpu->vcpu_id);
	atomic_dec(&vm->detached);
}

/* 0, or -EIO: the payload broke its contract, and the VM is ended */
static int detached_take(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_detached *d = vcpu->arch.caretaker->detached;
	struct caretaker_park_room room;
	bool at_hlt;

	caretaker_park_room(d->cpu, &room);
	at_hlt = caretaker_gap_at_hlt(vcpu, &room);
	kvm_x86_ops.caretaker->attach(vcpu, &room, at_hlt);
	if (room.state->exit_code == CARETAKER_PARK_NOT_RUN) {
		if (!vcpu->arch.caretaker->switch_area->fault)
			vcpu->arch.caretaker->switch_area->fault = KVM_CARETAKER_FAULT_PROTOCOL;
		kvm_caretaker_report_break(vcpu);
		caretaker_end_vm(vcpu);
		return -EIO;
	}
	d->exit_waits = room.state->blocked_since || at_hlt;
	if (d->exit_waits)
		kvm_make_request(KVM_REQ_CARETAKER, vcpu);
	return 0;
}

/* The lock is held */
static int detached_leave(struct kvm_caretaker_detached *d)
{
	int ret = d->left ? 0 : caretaker_park_leave(d->cpu);

	if (!ret)
		d->left = true;
	return ret;
}

/* A request that was made before this is seen; one that is made later waits for the lock */
static int detach_start(struct kvm_vcpu *vcpu, struct file *core)
{
	struct kvm_caretaker_detached *d = vcpu->arch.caretaker->detached;
	int ret;

	guard(raw_spinlock)(&d->lock);

	WRITE_ONCE(d->core, core);
	d->left = false;
	d->lost = false;
	d->since = ktime_get_ns();
	/* Pairs with the atomic operation in kvm_make_request() */
	smp_mb();
	if (caretaker_has_requests(vcpu)) {
		d->left = true;
		return -EAGAIN;
	}
	ret = caretaker_park_run(d->cpu);
	if (ret == -ESHUTDOWN)
		d->left = true;
	return ret;
}

static int detach_run(struct kvm_vcpu *vcpu, struct file *core, unsigned int cpu)
{
	struct kvm_caretaker_detached *d = vcpu->arch.caretaker->detached;
	struct caretaker_park_room room;
	int ret, err;

	d->cpu = cpu;
	caretaker_park_room(cpu, &room);
	kvm_x86_ops.caretaker->detach(vcpu, &room);
	caretaker_gap_lend(vcpu, &room);
	ret = detach_start(vcpu, core);
	if (!ret) {
		caretaker_posted_tell(vcpu);
		return 0;
	}
	if (ret == -EAGAIN || ret == -ESHUTDOWN) {
		detached_end(vcpu);
		return ret;
	}
	scoped_guard(raw_spinlock, &d->lock)
		err = detached_leave(d);
	if (!err) {
		detached_take(vcpu);
		detached_end(vcpu);
	} else {
		/* What is left of the guest is there, and where that is nobody knows */
		kvm_vm_dead(vcpu->kvm);
	}
	return -EIO;
}

static int vcpu_detach(struct kvm_vcpu *vcpu, const struct kvm_caretaker_vcpu_op *op)
{
	struct file *core = NULL;
	unsigned int cpu;
	int ret;

	ret = detach_begin(vcpu);
	if (ret)
		return ret;
	/* Another vCPU would leave flushes of its TLB to KVM */
	if (!caretaker_clear_preempted(vcpu)) {
		pr_info_ratelimited("vCPU %d is not detached: its steal time cannot be written\n",
				    vcpu->vcpu_id);
		ret = -EFAULT;
		goto undo;
	}
	core = caretaker_cpu_use(op->cpu_fd, &cpu);
	if (IS_ERR(core)) {
		ret = PTR_ERR(core);
		goto undo;
	}
	/* Before the guest's first instruction there */
	ret = caretaker_vm_record(vcpu->kvm->arch.caretaker, CARETAKER_RECORD_DETACH,
				  vcpu->vcpu_id);
	if (ret) {
		caretaker_cpu_unuse(core);
		goto undo;
	}
	ret = detach_run(vcpu, core, cpu);
	goto unlock;

undo:
	atomic_dec(&vcpu->kvm->arch.caretaker->detached);
unlock:
	mutex_unlock(&vcpu->mutex);
	return ret;
}

/* --- Attach --------------------------------------------------------------- */

static int vcpu_attach(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_detached *d = caretaker_detached_of(vcpu);
	int ret;

	if (!d)
		return -ENOENT;
	if (mutex_lock_killable(&vcpu->mutex))
		return -EINTR;
	ret = -ENOENT;
	if (!d->core)
		goto unlock;
	scoped_guard(raw_spinlock, &d->lock)
		ret = detached_leave(d);
	if (ret == -ETIMEDOUT)
		goto unlock;
	if (!ret)
		ret = detached_take(vcpu);
	else
		kvm_vm_dead(vcpu->kvm);
	detached_end(vcpu);
unlock:
	mutex_unlock(&vcpu->mutex);
	return ret;
}

/* Nobody can attach it any more: the last descriptor of the vCPU is closed */
void kvm_arch_vcpu_close(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_detached *d = caretaker_detached_of(vcpu);
	int ret;

	if (!d || !READ_ONCE(d->core))
		return;
	scoped_guard(raw_spinlock, &d->lock)
		ret = detached_leave(d);
	/* Nothing of the guest stays there */
	if (!ret)
		detached_take(vcpu);
	if (ret != -ETIMEDOUT) {
		detached_end(vcpu);
		return;
	}
	pr_err("CPU %u does not answer: its guest, and the memory of that, are lost until the next reset\n",
	       d->cpu);
	kvm_get_kvm(vcpu->kvm);
}

/**
 * kvm_arch_vcpu_requested - somebody has made a request
 * @vcpu: of this vCPU
 * @req: it; if KVM waits for an answer, the vCPU is to leave the guest
 *
 * What it is about must not happen to a guest that runs: it may be that the tables are freed
 * that it uses.  Only the IOAPIC's routes are no business of a guest without one.
 */
void kvm_arch_vcpu_requested(struct kvm_vcpu *vcpu, unsigned int req)
{
	struct kvm_caretaker_detached *d;
	int ret;

	if (!(req & KVM_REQUEST_WAIT) || req == KVM_REQ_SCAN_IOAPIC ||
	    !kvm_arch_vcpu_is_detached(vcpu))
		return;
	d = caretaker_detached_of(vcpu);
	guard(raw_spinlock)(&d->lock);
	if (!d->core || d->left || d->lost)
		return;
	ret = detached_leave(d);
	d->lost = ret;
	if (ret)
		pr_err_ratelimited("CPU %u does not give its guest back: %pe\n", d->cpu,
				   ERR_PTR(ret));
}

/* --- The exit that it had ------------------------------------------------- */

/* In the vCPU's thread */
bool kvm_caretaker_exit_waits(struct kvm_vcpu *vcpu)
{
	const struct kvm_caretaker_detached *d = caretaker_detached_of(vcpu);

	return d && d->exit_waits;
}

/* As in vcpu_enter_guest() behind the exit */
int kvm_caretaker_handle_exit(struct kvm_vcpu *vcpu)
{
	int ret = kvm_mmu_reload(vcpu);

	if (ret) {
		kvm_make_request(KVM_REQ_CARETAKER, vcpu);
		return ret;
	}
	vcpu->arch.caretaker->detached->exit_waits = false;
	return kvm_x86_call(handle_exit)(vcpu, EXIT_FASTPATH_NONE);
}

/* --- The ioctl ------------------------------------------------------------ */

static void vcpu_state(struct kvm_vcpu *vcpu, struct kvm_caretaker_vcpu_op *op)
{
	struct kvm_caretaker_detached *d = caretaker_detached_of(vcpu);
	struct caretaker_park_state now;

	if (!d)
		return;
	guard(raw_spinlock)(&d->lock);
	if (!d->core)
		return;
	op->detached_ns = ktime_get_ns() - d->since;
	caretaker_park_look(d->cpu, &now);
	if (now.state == CARETAKER_PARK_FAILED) {
		op->state = KVM_CARETAKER_VCPU_LOST;
	} else if (now.exit_code == CARETAKER_PARK_NOT_RUN) {
		op->state = KVM_CARETAKER_VCPU_BROKEN;
	} else if (now.blocked_since) {
		op->state = KVM_CARETAKER_VCPU_BLOCKED;
		op->exit_reason = now.exit_code;
		op->blocked_ns = mul_u64_u32_div(rdtsc() - now.blocked_since, USEC_PER_SEC,
						 tsc_khz);
	} else if (d->left) {
		op->state = KVM_CARETAKER_VCPU_STOPPED;
	} else {
		op->state = KVM_CARETAKER_VCPU_RUNNING;
	}
}

static int get_op(struct kvm_caretaker_vcpu_op *op, void __user *argp)
{
	int ret;

	BUILD_BUG_ON(offsetof(struct kvm_caretaker_vcpu_op, size));
	BUILD_BUG_ON(offsetofend(struct kvm_caretaker_vcpu_op, reserved) !=
		     KVM_CARETAKER_VCPU_OP_SIZE_VER0);

	ret = caretaker_get_argument(op, sizeof(*op), KVM_CARETAKER_VCPU_OP_SIZE_VER0, argp);
	if (ret)
		return ret;
	if (op->flags || memchr_inv(op->reserved, 0, sizeof(op->reserved)))
		return -EINVAL;
	op->state = KVM_CARETAKER_VCPU_ATTACHED;
	op->exit_reason = 0;
	op->blocked_ns = 0;
	op->detached_ns = 0;
	return 0;
}

static int do_op(struct kvm_vcpu *vcpu, const struct kvm_caretaker_vcpu_op *op)
{
	switch (op->op) {
	case KVM_CARETAKER_VCPU_DETACH:
		return vcpu_detach(vcpu, op);
	case KVM_CARETAKER_VCPU_ATTACH:
		return vcpu_attach(vcpu);
	case KVM_CARETAKER_VCPU_STATE:
		return 0;
	default:
		return -EINVAL;
	}
}

/* KVM_CARETAKER_VCPU, by the VM's VMM and without vcpu->mutex */
int kvm_vcpu_caretaker(struct kvm_vcpu *vcpu, void __user *argp)
{
	struct kvm_caretaker_vcpu_op __user *answer = argp;
	struct kvm_caretaker_vcpu_op op;
	int ret;

	ret = get_op(&op, argp);
	if (ret)
		return ret;
	/* An answer that cannot be written is known before anything changes */
	if (put_user(op.state, &answer->state))
		return -EFAULT;
	ret = do_op(vcpu, &op);
	vcpu_state(vcpu, &op);
	if (put_user(op.state, &answer->state) || put_user(op.exit_reason, &answer->exit_reason) ||
	    put_user(op.blocked_ns, &answer->blocked_ns) ||
	    put_user(op.detached_ns, &answer->detached_ns))
		return ret ?: op.op == KVM_CARETAKER_VCPU_STATE ? -EFAULT : 0;
	return ret;
}

int kvm_caretaker_detach_check_extension(void)
{
	const struct kvm_caretaker_vendor *vendor = kvm_x86_ops.caretaker;

	return vendor && vendor->cannot_detach ? KVM_CARETAKER_CAP_VCPU : 0;
}

bool kvm_arch_has_detached(struct kvm *kvm)
{
	const struct kvm_caretaker_vm *vm = kvm_caretaker_is_in_use() ?
					    READ_ONCE(kvm->arch.caretaker) : NULL;

	return vm && atomic_read(&vm->detached);
}
