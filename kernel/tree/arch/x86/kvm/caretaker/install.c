// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_SET_CARETAKER: stage, record, publish; and the way back.
 *
 * virt/caretaker decides whether a file may become a caretaker.  KVM stages it for all vCPUs
 * under kvm->lock, then makes the record with no lock of KVM held, and only then tells the
 * vCPUs.  A vCPU that is created in between stages its own slot, and is told with the rest.
 *
 * If there is a caretaker already, the call updates it, in the same way.  Each vCPU runs the
 * old one until it takes the new one.  If anything fails, all keep the old one.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": caretaker: " fmt

#include <linux/kvm_caretaker.h>
#include <linux/kvm_host.h>

#include <asm/caretaker.h>

#include "slot.h"
#include "vm.h"
#include "x86.h"

/* One call of the ioctl */
struct install {
	struct kvm *kvm;
	struct kvm_vcpu *vcpu;		/* NULL: all of the VM */
	struct kvm_set_caretaker arg;
};

static int install_get_argument(struct install *in, void __user *argp)
{
	int ret;

	BUILD_BUG_ON(offsetof(struct kvm_set_caretaker, size));
	BUILD_BUG_ON(offsetofend(struct kvm_set_caretaker, vmm_id) !=
		     KVM_SET_CARETAKER_SIZE_VER0);
	BUILD_BUG_ON(KVM_CARETAKER_SHARED != CARETAKER_FLAG_SHARED);
	BUILD_BUG_ON(KVM_CARETAKER_MIN_ENCODINGS != CARETAKER_FLAG_MIN_ENCODINGS);

	ret = caretaker_get_argument(&in->arg, sizeof(in->arg), KVM_SET_CARETAKER_SIZE_VER0, argp);
	if (ret)
		return ret;

	if (in->arg.flags & KVM_CARETAKER_REMOVE) {
		if (in->arg.flags != KVM_CARETAKER_REMOVE || in->arg.fd != -1)
			return -EINVAL;
	} else if (in->arg.flags & ~(KVM_CARETAKER_SHARED | KVM_CARETAKER_MIN_ENCODINGS)) {
		return -EINVAL;
	}
	return 0;
}

/* Does the VM protect its state from the host?  The answer is final while kvm->lock is held */
static bool vm_is_protected(struct kvm *kvm)
{
	const struct kvm_caretaker_vendor *vendor = kvm_x86_ops.caretaker;

	return kvm->arch.vm_type != KVM_X86_DEFAULT_VM || kvm->arch.has_protected_state ||
	       (vendor->excluded && vendor->excluded(kvm));
}

/* Can a caretaker run on this machine and in this VM? */
static int install_check_machine(const struct install *in)
{
	bool shared = in->arg.flags & KVM_CARETAKER_SHARED;
	const struct kvm_caretaker_vendor *vendor = kvm_x86_ops.caretaker;

	if (!caretaker_allowed(shared)) {
		pr_warn_ratelimited("refused: not allowed on this boot; see caretaker=%s\n",
				    shared ? "any" : "isolated");
		return -EOPNOTSUPP;
	}
	if (!vendor) {
		pr_warn_ratelimited("refused: not supported on this CPU\n");
		return -EOPNOTSUPP;
	}
	if (vm_is_protected(in->kvm)) {
		pr_warn_ratelimited("refused: VM type %u protects its state from the host\n",
				    in->kvm->arch.vm_type);
		return -EOPNOTSUPP;
	}
	if (cpu_feature_enabled(X86_FEATURE_FRED)) {
		pr_warn_ratelimited("refused: FRED event delivery is not supported yet\n");
		return -EOPNOTSUPP;
	}
	if (!shared && !caretaker_isolation_possible()) {
		pr_warn_ratelimited("refused: kernel mappings are global; boot with caretaker=nonglobal\n");
		return -EOPNOTSUPP;
	}
	if (!vendor->feature) {
		pr_warn_ratelimited("refused: KVM runs on enlightened VMCSs\n");
		return -EOPNOTSUPP;
	}
	if (!shared && vendor->shared_only) {
		pr_warn_ratelimited("refused: page tables of its own need PCID and INVPCID\n");
		return -EOPNOTSUPP;
	}
	return 0;
}

/*
 * A caretaker belongs to all vCPUs or to a single one, and an update is for the same vCPUs as
 * the install.  There is one update at a time.
 */
static int install_check_busy(const struct install *in)
{
	const struct kvm_caretaker_vm *vm = in->kvm->arch.caretaker;
	struct kvm_vcpu *vcpu;
	unsigned long i;

	lockdep_assert_held(&in->kvm->lock);

	if (vm->removing || vm->staged || (in->vcpu && vm->caretaker))
		return -EBUSY;
	/* One was detached while this call read its file: it comes back with this caretaker */
	if (atomic_read(&vm->detached))
		return -EBUSY;
	/* What is prepared is prepared for isolation */
	if (vm->memory && in->arg.flags & KVM_CARETAKER_SHARED)
		return -EBUSY;
	kvm_for_each_vcpu(i, vcpu, in->kvm) {
		if (!caretaker_covers(in->vcpu, vcpu))
			continue;
		if (caretaker_vcpu_is_staged(vcpu))
			return -EBUSY;
		if (!in->vcpu && !vm->caretaker && caretaker_vcpu_published_slot(vcpu))
			return -EBUSY;
	}
	return 0;
}

static int install_early_busy(const struct install *in)
{
	guard(mutex)(&in->kvm->lock);
	return install_check_busy(in);
}

/* The caretaker that this one replaces, NULL if it is the first */
static const struct kvm_caretaker *install_replaces(const struct install *in)
{
	const struct kvm_caretaker_slot *slot;

	if (!in->vcpu)
		return in->kvm->arch.caretaker->caretaker;
	slot = caretaker_vcpu_published_slot(in->vcpu);
	return slot ? slot->caretaker : NULL;
}

/*
 * A successor is the same program, and its SVN is not lower.  SVNs of two names cannot be
 * compared, so another name would be a way to a lower one.
 */
static int install_check_successor(const struct caretaker_record *new,
				   const struct caretaker_record *old)
{
	if (!old)
		return 0;
	if (strncmp(new->name, old->name, sizeof(new->name))) {
		pr_warn_ratelimited("refused: after %.*s another name, %.*s\n",
				    (int)sizeof(old->name), old->name,
				    (int)sizeof(new->name), new->name);
		return -EBUSY;
	}
	if (new->svn < old->svn) {
		pr_warn_ratelimited("refused: SVN %u after %u\n", new->svn, old->svn);
		return -ESTALE;
	}
	return 0;
}

/* The same holds for what was removed before */
static int install_check_prior(const struct install *in, const struct caretaker_record *new)
{
	int ret = install_check_successor(new, in->kvm->arch.caretaker->prior_record);
	struct kvm_vcpu *vcpu;
	unsigned long i;

	kvm_for_each_vcpu(i, vcpu, in->kvm) {
		if (!ret && caretaker_covers(in->vcpu, vcpu))
			ret = install_check_successor(new, caretaker_vcpu_prior_record(vcpu));
	}
	return ret;
}

/* Take back what was staged and never published */
static void install_unstage(const struct install *in)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;

	lockdep_assert_held(&in->kvm->lock);

	kvm_for_each_vcpu(i, vcpu, in->kvm) {
		if (caretaker_covers(in->vcpu, vcpu))
			caretaker_vcpu_unstage(vcpu);
	}
	if (!in->vcpu)
		in->kvm->arch.caretaker->staged = NULL;
	caretaker_reap_later(in->kvm);
}

static int install_stage(const struct install *in, struct kvm_caretaker *caretaker)
{
	struct kvm_caretaker_vm *vm = in->kvm->arch.caretaker;
	const struct kvm_caretaker *old;
	struct kvm *kvm = in->kvm;
	struct kvm_vcpu *vcpu;
	unsigned long i;
	int ret;

	guard(mutex)(&kvm->lock);

	ret = install_check_busy(in);
	if (ret)
		return ret;
	if (vm_is_protected(kvm))
		return -EOPNOTSUPP;

	old = install_replaces(in);
	ret = install_check_successor(&caretaker->record, old ? &old->record : NULL) ?:
	      install_check_prior(in, &caretaker->record);
	if (ret)
		return ret;
	caretaker->record.h.event = old ? CARETAKER_RECORD_UPDATE : CARETAKER_RECORD_INSTALL;

	caretaker_vm_number(vm);
	caretaker_vm_name(vm, &caretaker->record);

	if (!in->vcpu)
		vm->staged = caretaker;
	kvm_for_each_vcpu(i, vcpu, kvm) {
		if (!caretaker_covers(in->vcpu, vcpu))
			continue;
		ret = caretaker_vcpu_stage(vcpu, caretaker);
		if (ret) {
			install_unstage(in);
			return ret;
		}
	}
	/* The record counts the VMs without a caretaker as if this had succeeded */
	if (!in->vcpu)
		caretaker_vm_count(vm, true);
	vm->installs++;
	return 0;
}

static void install_publish(const struct install *in, struct kvm_caretaker *caretaker)
{
	struct kvm_caretaker_vm *vm = in->kvm->arch.caretaker;
	struct kvm *kvm = in->kvm;
	struct kvm_vcpu *vcpu;
	unsigned long i;

	guard(mutex)(&kvm->lock);

	vm->recorded = true;
	vm->installs--;
	kvm_for_each_vcpu(i, vcpu, kvm) {
		if (caretaker_covers(in->vcpu, vcpu))
			caretaker_vcpu_publish(vcpu);
	}
	if (!in->vcpu) {
		if (vm->caretaker)
			kvm_caretaker_put(vm->caretaker);
		refcount_inc(&caretaker->refs);
		vm->caretaker = caretaker;
		vm->staged = NULL;
	}
	/* Again: an install that failed in the meantime may have counted without this one */
	caretaker_vm_count(vm, vm->caretaker);
	caretaker_vcpu_request(kvm);
}

/* No evidence, no caretaker: the record is made before the first instruction runs */
static int install_record(struct kvm_caretaker *caretaker)
{
	caretaker->record.h.result = 0;
	return caretaker_admit(&caretaker->record);
}

static int install_check_vendor(const struct caretaker_note *note)
{
	const struct kvm_caretaker_vendor *vendor = kvm_x86_ops.caretaker;

	if (!((note->mandatory | note->optional) & vendor->feature)) {
		pr_warn_ratelimited("refused: the payload has no exit code for this CPU vendor\n");
		return -EOPNOTSUPP;
	}
	if (note->mandatory & ~(vendor->feature | vendor->more)) {
		pr_warn_ratelimited("refused: the payload needs another CPU, or cores to detach vCPUs to\n");
		return -EOPNOTSUPP;
	}
	return 0;
}

static struct kvm_caretaker *install_new(const struct install *in)
{
	struct kvm_caretaker *caretaker = kzalloc(sizeof(*caretaker), GFP_KERNEL_ACCOUNT);
	struct caretaker_record *record;

	if (!caretaker)
		return NULL;
	refcount_set(&caretaker->refs, 1);
	caretaker->flags = in->arg.flags;

	record = &caretaker->record;
	record->flags = in->arg.flags;
	record->vcpu = in->vcpu ? in->vcpu->vcpu_id : ~0;
	caretaker_vm_name(in->kvm->arch.caretaker, record);
	record->mode = in->arg.flags & KVM_CARETAKER_SHARED ? CARETAKER_MODE_SHARED :
							      CARETAKER_MODE_ISOLATED;
	memcpy(record->vmm_id, in->arg.vmm_id, sizeof(record->vmm_id));
	return caretaker;
}

static int caretaker_install(struct install *in)
{
	struct kvm_caretaker_vm *vm = in->kvm->arch.caretaker;
	struct kvm_caretaker *caretaker;
	int ret;

	ret = install_check_machine(in) ?: install_early_busy(in) ?:
	      caretaker_spend(&vm->bucket, 1);
	if (ret)
		return ret;

	caretaker = install_new(in);
	if (!caretaker)
		return -ENOMEM;

	/* Signature, keyrings, format and SVN are checked on one copy of the file */
	ret = caretaker_load(in->arg.fd, &caretaker->record, &caretaker->payload);
	if (ret) {
		kfree(caretaker);
		return ret;
	}

	ret = install_check_vendor(&caretaker->payload->image.note) ?:
	      caretaker_image_build(caretaker) ?:
	      install_stage(in, caretaker);
	if (ret) {
		caretaker_refuse(&caretaker->record, ret);
		goto out;
	}

	ret = install_record(caretaker);
	if (ret) {
		guard(mutex)(&in->kvm->lock);
		install_unstage(in);
		vm->installs--;
		caretaker_vm_count(vm, vm->caretaker);
	} else {
		install_publish(in, caretaker);
	}
out:
	kvm_caretaker_put(caretaker);
	return ret;
}

static int set_caretaker(struct install *in, void __user *argp)
{
	int ret = install_get_argument(in, argp) ?: caretaker_vm_prepare(in->kvm);

	if (ret)
		return ret;
	if (in->arg.flags & KVM_CARETAKER_REMOVE)
		return caretaker_remove(in->kvm, in->vcpu, in->arg.vmm_id);
	return caretaker_install(in);
}

int kvm_vm_set_caretaker(struct kvm *kvm, void __user *argp)
{
	struct install in = { .kvm = kvm };

	return set_caretaker(&in, argp);
}

/* The caller does not hold vcpu->mutex: the vCPU may be in the guest */
int kvm_vcpu_set_caretaker(struct kvm_vcpu *vcpu, void __user *argp)
{
	struct install in = { .kvm = vcpu->kvm, .vcpu = vcpu };

	return set_caretaker(&in, argp);
}

int kvm_caretaker_check_extension(struct kvm *kvm)
{
	const struct kvm_caretaker_vendor *vendor = kvm_x86_ops.caretaker;
	int bits = KVM_CARETAKER_MIN_ENCODINGS | KVM_CARETAKER_REMOVE;

	if (!caretaker_allowed(false))
		return 0;
	if (!vendor || !vendor->feature || cpu_feature_enabled(X86_FEATURE_FRED))
		return 0;
	if (kvm && vm_is_protected(kvm))
		return 0;
	if (caretaker_allowed(true))
		bits |= KVM_CARETAKER_SHARED;
	if (caretaker_isolation_possible() && !vendor->shared_only)
		bits |= KVM_CARETAKER_CAP_ISOLATED;
	return bits;
}
