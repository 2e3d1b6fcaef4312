// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts that a detached vCPU is sent: by devices, by vCPUs that KVM runs, and by others that
 * are detached.
 *
 * What its APIC accepts is in KVM's registers, as ever.  From there it is posted: set in a page
 * that the payloads of the VM share, and the vCPU's core is kicked.  Its payload takes it from
 * there before it enters the guest.  A payload that sends an interrupt to another detached vCPU
 * does the same without KVM; what it may kick is in a page that it cannot write.
 *
 * So are those of the APIC's timer, if that counts: it stays KVM's.
 *
 * Who posts looks whether the vCPU is detached, and may be slow to do what follows from that.  When
 * it is attached KVM has it out of the page for payloads, waits for those that have begun, and then
 * takes what is left.  A payload that is never done with it can cost its own guest an interrupt.
 */
#include <linux/array_size.h>
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/delay.h>
#include <linux/kvm_host.h>
#include <linux/timekeeping.h>

#include <asm/caretaker_park_guest.h>
#include <asm/caretaker_payload.h>

#include "../irq.h"
#include "../lapic.h"
#include "caretaker.h"
#include "detach.h"
#include "vm.h"

#define SENDER_SPIN_NS	(20 * NSEC_PER_USEC)
#define SENDER_WAIT_NS	(100 * NSEC_PER_MSEC)

/* --- The pages ------------------------------------------------------------ */

/* The vCPUs of a VM, or 0 if there is one that is beyond them */
static u64 all_vcpus(struct kvm *kvm)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;
	u64 all = 0;

	kvm_for_each_vcpu(i, vcpu, kvm) {
		if (vcpu->vcpu_id >= CARETAKER_PEERS_MAX)
			return 0;
		all |= BIT_ULL(vcpu->vcpu_id);
	}
	return all;
}

/**
 * caretaker_posted_prepare - let vCPUs of a VM be sent interrupts without KVM
 * @vm: of the VM; its lock is held, and no vCPU is added while one is detached
 *
 * Return: 0 or -ENOMEM.
 */
int caretaker_posted_prepare(struct kvm_caretaker_vm *vm)
{
	BUILD_BUG_ON(sizeof(*vm->posted) > PAGE_SIZE || sizeof(*vm->peers) > PAGE_SIZE);
	lockdep_assert_held(&vm->kvm->lock);

	if (!vm->posted)
		vm->posted = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!vm->peers) {
		vm->peers = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
		if (vm->peers)
			memset(vm->peers->core, 0xff, sizeof(vm->peers->core));
	}
	if (!vm->posted || !vm->peers)
		return -ENOMEM;
	WRITE_ONCE(vm->peers->all, all_vcpus(vm->kvm));
	return 0;
}

/**
 * caretaker_posted_can - can this vCPU be sent interrupts without KVM?
 * @vcpu: it
 *
 * Return: true if it can.
 */
bool caretaker_posted_can(struct kvm_vcpu *vcpu)
{
	return vcpu->vcpu_id < CARETAKER_PEERS_MAX;
}

/* --- By KVM --------------------------------------------------------------- */

/**
 * caretaker_posted_level - of which vectors is the EOI KVM's business?
 * @vcpu: the vCPU
 * @word: which 32 vectors
 * @pending: those that are requested or in service: of others TMR says how they came last
 *
 * Devices are told of the EOI of those, or they come again.  Which they are may be about to be
 * found out; but a VMM's IOAPIC is told of those by level alone, which TMR has.
 *
 * Return: a bit for each.
 */
u32 caretaker_posted_level(struct kvm_vcpu *vcpu, unsigned int word, u32 pending)
{
	u64 handled[256 / 64];

	if (kvm_test_request(KVM_REQ_SCAN_IOAPIC, vcpu) && !irqchip_split(vcpu->kvm))
		return ~0;
	bitmap_to_arr64(handled, vcpu->arch.ioapic_handled_vectors, 256);
	return handled[word / 2] >> word % 2 * 32 |
	       (*caretaker_apic_word(vcpu->arch.apic, APIC_TMR, word) & pending);
}

/* The payload has to know of which of those devices wait for the EOI before it gets them */
static void post_level(struct kvm_vcpu *vcpu, struct caretaker_gap *gap, u32 vectors,
		       unsigned int word)
{
	u32 level = caretaker_posted_level(vcpu, word, vectors) & vectors;
	unsigned int shift = word % 2 * 32;
	u64 others = gap->level[word / 2] & ~((u64)vectors << shift);

	WRITE_ONCE(gap->level[word / 2], others | (u64)level << shift);
}

/* What is requested at KVM's APIC; the lock is held */
static void post_requested(struct kvm_vcpu *vcpu, const struct caretaker_park_room *room)
{
	u32 *to = vcpu->kvm->arch.caretaker->posted->requested[vcpu->vcpu_id];
	unsigned int i;

	for (i = 0; i < CARETAKER_APIC_WORDS; i++) {
		u32 vectors = xchg(caretaker_apic_word(vcpu->arch.apic, APIC_IRR, i), 0);

		if (!vectors)
			continue;
		post_level(vcpu, room->gap, vectors, i);
		/* What was said of them is there before */
		smp_mb__before_atomic();
		atomic_or(vectors, (atomic_t *)&to[i]);
	}
}

/**
 * caretaker_post - a vCPU's APIC has accepted an interrupt
 * @vcpu: it, detached or not
 *
 * Also from interrupts.  Either this sees that it is detached, or who detaches it sees the
 * interrupt.
 */
void caretaker_post(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_detached *d;
	struct caretaker_park_room room;

	/* What set it in IRR was atomic.  Pairs with the end of caretaker_posted_begin() */
	smp_mb__after_atomic();
	d = caretaker_detached_of(vcpu);
	if (!d || !READ_ONCE(d->posts))
		return;
	guard(raw_spinlock_irqsave)(&d->post_lock);
	if (!d->posts)
		return;
	caretaker_park_room(d->cpu, &room);
	post_requested(vcpu, &room);
	caretaker_park_kick(d->cpu);
}

/**
 * caretaker_post_timer - the APIC's timer has expired, and KVM says so with the next entry
 * @vcpu: it, detached or not
 *
 * One that counts stays KVM's; one that waits for a TSC has gone along, if it could.  Either this
 * sees that interrupts are posted, or who detaches the vCPU sees that it has expired.
 *
 * Return: true if it is to be delivered at once, since there is no entry.
 */
bool caretaker_post_timer(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_detached *d;

	/* Pairs with the end of caretaker_posted_begin() */
	smp_mb__after_atomic();
	d = caretaker_detached_of(vcpu);
	return d && READ_ONCE(d->posts);
}

/* --- To and fro ----------------------------------------------------------- */

/**
 * caretaker_posted_begin - from now on interrupts are posted to a vCPU
 * @vcpu: it; nothing runs it yet, and its post_lock is held
 * @room: of the CPU that will
 *
 * What has been requested before is at KVM's APIC, and who calls this takes it from there.
 */
void caretaker_posted_begin(struct kvm_vcpu *vcpu, const struct caretaker_park_room *room)
{
	struct kvm_caretaker_detached *d = vcpu->arch.caretaker->detached;
	struct kvm_caretaker_vm *vm = vcpu->kvm->arch.caretaker;
	u32 self = vcpu->vcpu_id;

	lockdep_assert_held(&d->post_lock);

	WRITE_ONCE(vm->posted->sending[self], 0);
	WRITE_ONCE(vm->peers->core[self], room->apic_id);
	WRITE_ONCE(d->posts, true);
	/* Who sees the bit sees all of that */
	smp_mb__before_atomic();
	set_bit(self, (unsigned long *)&vm->peers->detached);
	/* Pairs with caretaker_post() and caretaker_post_timer() */
	smp_mb__after_atomic();
}

/**
 * caretaker_posted_tell - a vCPU can be sent interrupts now: those that wait for that go on
 * @vcpu: it, detached
 */
void caretaker_posted_tell(struct kvm_vcpu *vcpu)
{
	struct kvm_vcpu *other;
	unsigned long i;

	kvm_for_each_vcpu(i, other, vcpu->kvm) {
		struct kvm_caretaker_detached *d = caretaker_detached_of(other);

		if (other == vcpu || !d)
			continue;
		guard(raw_spinlock_irqsave)(&d->post_lock);
		if (d->posts)
			caretaker_park_again(d->cpu);
	}
}

/* It looks at who is detached, or posts, if it is at it */
static bool sends(const struct kvm_caretaker_vm *vm, unsigned int vcpu)
{
	return READ_ONCE(vm->posted->sending[vcpu]) &&
	       READ_ONCE(vm->peers->detached) & BIT_ULL(vcpu);
}

/* Those that have seen it in the page are done, or never will be */
static void await_senders(const struct kvm_caretaker_vm *vm)
{
	const u64 begin = ktime_get_ns();
	unsigned int i;

	for (i = 0; i < CARETAKER_PEERS_MAX; i++) {
		while (sends(vm, i) && ktime_get_ns() - begin < SENDER_WAIT_NS) {
			/* A matter of some instructions, unless the payload is hostile */
			if (ktime_get_ns() - begin < SENDER_SPIN_NS)
				cpu_relax();
			else
				usleep_range(50, 200);
		}
	}
}

/**
 * caretaker_posted_end - from now on they are requested at KVM's APIC alone
 * @vcpu: it; nothing runs it any more
 */
void caretaker_posted_end(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_detached *d = vcpu->arch.caretaker->detached;
	struct kvm_caretaker_vm *vm = vcpu->kvm->arch.caretaker;
	u32 self = vcpu->vcpu_id;

	scoped_guard(raw_spinlock_irqsave, &d->post_lock)
		WRITE_ONCE(d->posts, false);
	WRITE_ONCE(vm->peers->core[self], ~0);
	clear_bit(self, (unsigned long *)&vm->peers->detached);
	/* Who sends and has not seen it has said so before */
	smp_mb__after_atomic();
	await_senders(vm);
}

/**
 * caretaker_posted_take - take from the page what was posted to a vCPU
 * @vcpu: it
 * @word: which 32 vectors
 *
 * Return: a bit for each.
 */
u32 caretaker_posted_take(struct kvm_vcpu *vcpu, unsigned int word)
{
	return xchg(&vcpu->kvm->arch.caretaker->posted->requested[vcpu->vcpu_id][word], 0);
}
