// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_SET_CARETAKER: stage, record, publish; and the way back.  remove.c has the removal.
 *
 * virt/caretaker decides whether a file may become a caretaker.  What it returns is
 * staged for the vCPUs that exist, under kvm->lock; the record is made with no lock
 * of KVM held; only then do vCPUs learn of it.  A vCPU that is created meanwhile
 * stages its own slot and is published with the rest.
 *
 * Where there is a caretaker already it is updated, in the same way: it goes on until
 * a vCPU takes the next one, and goes on for good if anything fails.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": caretaker: " fmt

#include <linux/kvm_caretaker.h>
#include <linux/kvm_host.h>
#include <linux/uaccess.h>

#include <asm/caretaker.h>

#include "caretaker.h"
#include "x86.h"

/* All that is known of one call of the ioctl */
struct install {
	struct kvm *kvm;
	struct kvm_vcpu *vcpu;		/* NULL: all of the VM */
	struct kvm_set_caretaker arg;
};

static int install_get_argument(struct install *in, void __user *argp)
{
	u32 size;
	int ret;

	BUILD_BUG_ON(offsetof(struct kvm_set_caretaker, size));
	BUILD_BUG_ON(offsetofend(struct kvm_set_caretaker, vmm_id) !=
		     KVM_SET_CARETAKER_SIZE_VER0);
	BUILD_BUG_ON(KVM_CARETAKER_SHARED != CARETAKER_FLAG_SHARED);
	BUILD_BUG_ON(KVM_CARETAKER_MIN_ENCODINGS != CARETAKER_FLAG_MIN_ENCODINGS);

	if (get_user(size, (u32 __user *)argp))
		return -EFAULT;
	if (size < KVM_SET_CARETAKER_SIZE_VER0)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	ret = copy_struct_from_user(&in->arg, sizeof(in->arg), argp, size);
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

/* Is its state kept from the host?  Under kvm->lock the answer is final */
static bool vm_is_protected(const struct kvm *kvm)
{
	return kvm->arch.vm_type != KVM_X86_DEFAULT_VM || kvm->arch.has_protected_state ||
	       READ_ONCE(kvm->arch.caretaker_excluded);
}

/* Is this a VM, and a machine, on which a caretaker can run? */
static int install_check_machine(const struct install *in)
{
	struct kvm_caretaker_vendor vendor = {};

	if (!kvm_x86_ops.caretaker_describe) {
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
	if (!(in->arg.flags & KVM_CARETAKER_SHARED) && !caretaker_isolation_possible()) {
		pr_warn_ratelimited("refused: kernel mappings are global; boot with caretaker=nonglobal\n");
		return -EOPNOTSUPP;
	}
	kvm_x86_call(caretaker_describe)(NULL, &vendor);
	if (!vendor.feature) {
		pr_warn_ratelimited("refused: KVM runs on enlightened VMCSs\n");
		return -EOPNOTSUPP;
	}
	if (!(in->arg.flags & KVM_CARETAKER_SHARED) && vendor.shared_only) {
		pr_warn_ratelimited("refused: page tables of its own need PCID and INVPCID\n");
		return -EOPNOTSUPP;
	}
	return 0;
}

/*
 * A caretaker is of all vCPUs or of a single one, and is updated as it was installed.
 * One update at a time.
 */
static int install_check_busy(const struct install *in)
{
	const struct kvm_arch *vm = &in->kvm->arch;
	struct kvm_vcpu *vcpu;
	unsigned long i;

	lockdep_assert_held(&in->kvm->lock);

	if (vm->caretaker_removing || vm->caretaker_staged || (in->vcpu && vm->caretaker))
		return -EBUSY;
	kvm_for_each_vcpu(i, vcpu, in->kvm) {
		if (!caretaker_concerns(in->vcpu, vcpu))
			continue;
		if (vcpu->arch.caretaker_staged)
			return -EBUSY;
		if (!in->vcpu && !vm->caretaker && caretaker_vcpu_latest(vcpu))
			return -EBUSY;
	}
	return 0;
}

static int install_early_busy(const struct install *in)
{
	guard(mutex)(&in->kvm->lock);
	return install_check_busy(in);
}

void kvm_caretaker_put(struct kvm_caretaker *caretaker)
{
	if (refcount_dec_and_test(&caretaker->refs)) {
		caretaker_payload_put(caretaker->payload);
		kfree(caretaker);
	}
}

/* The caretaker that this one is to take over from, NULL if it is the first */
static const struct kvm_caretaker *install_replaces(const struct install *in)
{
	const struct kvm_caretaker_slot *slot;

	if (!in->vcpu)
		return in->kvm->arch.caretaker;
	slot = caretaker_vcpu_latest(in->vcpu);
	return slot ? slot->caretaker : NULL;
}

/*
 * What follows is the same program and never goes back: SVNs of two names cannot be
 * compared, so a change of name would be a way down.
 */
static int install_check_after(const struct caretaker_record *new,
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

/* Not even if what there was has been removed */
static int install_check_past(const struct install *in, const struct caretaker_record *new)
{
	int ret = install_check_after(new, in->kvm->arch.caretaker_past);
	struct kvm_vcpu *vcpu;
	unsigned long i;

	kvm_for_each_vcpu(i, vcpu, in->kvm) {
		if (!ret && caretaker_concerns(in->vcpu, vcpu))
			ret = install_check_after(new, vcpu->arch.caretaker_past);
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
		if (caretaker_concerns(in->vcpu, vcpu))
			caretaker_vcpu_unstage(vcpu);
	}
	if (!in->vcpu)
		in->kvm->arch.caretaker_staged = NULL;
	caretaker_reap_later(in->kvm);
}

static int install_stage(const struct install *in, struct kvm_caretaker *caretaker)
{
	const struct kvm_caretaker *old;
	struct kvm *kvm = in->kvm;
	struct kvm_vcpu *vcpu;
	unsigned long i;
	u64 serial;
	int ret;

	guard(mutex)(&kvm->lock);

	ret = install_check_busy(in);
	if (ret)
		return ret;
	if (vm_is_protected(kvm))
		return -EOPNOTSUPP;

	old = install_replaces(in);
	ret = install_check_after(&caretaker->record, old ? &old->record : NULL) ?:
	      install_check_past(in, &caretaker->record);
	if (ret)
		return ret;
	caretaker->record.h.event = old ? CARETAKER_RECORD_UPDATE : CARETAKER_RECORD_INSTALL;

	if (!kvm->arch.caretaker_vm) {
		caretaker_reaper_init(kvm);
		serial = caretaker_vm_serial(kvm->arch.caretaker_vm_id);
		/* Pairs with caretaker_set_vm() */
		smp_store_release(&kvm->arch.caretaker_vm, serial);
	}
	caretaker_set_vm(kvm, &caretaker->record);

	if (!in->vcpu)
		kvm->arch.caretaker_staged = caretaker;
	kvm_for_each_vcpu(i, vcpu, kvm) {
		if (!caretaker_concerns(in->vcpu, vcpu))
			continue;
		ret = caretaker_vcpu_stage(vcpu, caretaker);
		if (ret) {
			install_unstage(in);
			return ret;
		}
	}
	/* The record tells of VMs without one as it is once this is done */
	if (!in->vcpu)
		caretaker_count(kvm, true);
	kvm->arch.caretaker_installs++;
	return 0;
}

static void install_publish(const struct install *in, struct kvm_caretaker *caretaker)
{
	struct kvm *kvm = in->kvm;
	struct kvm_vcpu *vcpu;
	unsigned long i;

	guard(mutex)(&kvm->lock);

	kvm->arch.caretaker_recorded = true;
	kvm->arch.caretaker_installs--;
	kvm_for_each_vcpu(i, vcpu, kvm) {
		if (caretaker_concerns(in->vcpu, vcpu))
			caretaker_vcpu_publish(vcpu);
	}
	if (!in->vcpu) {
		if (kvm->arch.caretaker)
			kvm_caretaker_put(kvm->arch.caretaker);
		refcount_inc(&caretaker->refs);
		kvm->arch.caretaker = caretaker;
		kvm->arch.caretaker_staged = NULL;
	}
	/* Again, since one that failed beside this one may have looked before */
	caretaker_count(kvm, kvm->arch.caretaker);
	caretaker_vcpu_request(kvm);
}

/* The record comes before the first instruction: no evidence, no caretaker. */
static int install_record(struct kvm_caretaker *caretaker)
{
	caretaker->record.h.result = 0;
	return caretaker_admit(&caretaker->record);
}

static int install_check_vendor(const struct caretaker_note *note)
{
	struct kvm_caretaker_vendor vendor = {};

	kvm_x86_call(caretaker_describe)(NULL, &vendor);
	if (!((note->mandatory | note->optional) & vendor.feature)) {
		pr_warn_ratelimited("refused: the payload has no exit code for this CPU vendor\n");
		return -EOPNOTSUPP;
	}
	if (note->mandatory & ~vendor.feature) {
		pr_warn_ratelimited("refused: the payload needs another CPU vendor\n");
		return -EOPNOTSUPP;
	}
	return 0;
}

/* Name the VM in a record: by what the kernel chose, if it has chosen yet */
void caretaker_set_vm(struct kvm *kvm, struct caretaker_record *record)
{
	/* Pairs with install_stage() */
	record->vm = smp_load_acquire(&kvm->arch.caretaker_vm);
	if (record->vm)
		memcpy(record->vm_id, kvm->arch.caretaker_vm_id, sizeof(record->vm_id));
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
	caretaker_set_vm(in->kvm, record);
	record->mode = in->arg.flags & KVM_CARETAKER_SHARED ? CARETAKER_MODE_SHARED :
							      CARETAKER_MODE_ISOLATED;
	memcpy(record->vmm_id, in->arg.vmm_id, sizeof(record->vmm_id));
	return caretaker;
}

static int caretaker_install(struct install *in)
{
	struct kvm_caretaker *caretaker;
	int ret;

	if (in->arg.flags & KVM_CARETAKER_REMOVE)
		return caretaker_remove(in->kvm, in->vcpu, in->arg.vmm_id);

	ret = install_check_machine(in) ?: install_early_busy(in) ?:
	      caretaker_spend(&in->kvm->arch.caretaker_bucket);
	if (ret)
		return ret;

	caretaker = install_new(in);
	if (!caretaker)
		return -ENOMEM;

	/* Signature, keyrings, format, SVN: all on one copy of the file */
	ret = caretaker_load(in->arg.fd, &caretaker->record, &caretaker->payload);
	if (ret) {
		kfree(caretaker);
		return ret;
	}

	ret = install_check_vendor(&caretaker->payload->image.note) ?:
	      install_stage(in, caretaker);
	if (ret) {
		caretaker_refuse(&caretaker->record, ret);
		goto out;
	}

	ret = install_record(caretaker);
	if (ret) {
		guard(mutex)(&in->kvm->lock);
		install_unstage(in);
		in->kvm->arch.caretaker_installs--;
		caretaker_count(in->kvm, in->kvm->arch.caretaker);
	} else {
		install_publish(in, caretaker);
	}
out:
	kvm_caretaker_put(caretaker);
	return ret;
}

int kvm_vm_set_caretaker(struct kvm *kvm, void __user *argp)
{
	struct install in = { .kvm = kvm };

	return install_get_argument(&in, argp) ?: caretaker_install(&in);
}

/* Called without vcpu->mutex: the vCPU may be in the guest. */
int kvm_vcpu_set_caretaker(struct kvm_vcpu *vcpu, void __user *argp)
{
	struct install in = { .kvm = vcpu->kvm, .vcpu = vcpu };

	return install_get_argument(&in, argp) ?: caretaker_install(&in);
}

int kvm_caretaker_check_extension(struct kvm *kvm)
{
	struct kvm_caretaker_vendor vendor = {};
	int bits = KVM_CARETAKER_SHARED | KVM_CARETAKER_MIN_ENCODINGS | KVM_CARETAKER_REMOVE;

	if (!kvm_x86_ops.caretaker_describe || cpu_feature_enabled(X86_FEATURE_FRED))
		return 0;
	if (kvm && vm_is_protected(kvm))
		return 0;
	kvm_x86_call(caretaker_describe)(NULL, &vendor);
	if (!vendor.feature)
		return 0;
	if (caretaker_isolation_possible() && !vendor.shared_only)
		bits |= KVM_CARETAKER_CAP_ISOLATED;
	return bits;
}

void kvm_caretaker_vm_destroy(struct kvm *kvm)
{
	struct caretaker_record record = {
		.vcpu = ~0,
	};

	caretaker_count_end(kvm);
	caretaker_set_vm(kvm, &record);

	if (kvm->arch.caretaker_vm)
		caretaker_reaper_end(kvm);
	if (kvm->arch.caretaker) {
		record = kvm->arch.caretaker->record;
		kvm_caretaker_put(kvm->arch.caretaker);
		kvm->arch.caretaker = NULL;
	}
	record.h.event = CARETAKER_RECORD_TEARDOWN;
	if (kvm->arch.caretaker_recorded)
		caretaker_record(&record);
	kfree(kvm->arch.caretaker_past);
}

/**
 * kvm_caretaker_broke - the payload faulted or broke the contract: end the VM
 * @vcpu: the vCPU that ran it; its switch page says what happened
 *
 * Return: 0, to leave for user space with KVM_EXIT_INTERNAL_ERROR.
 */
int kvm_caretaker_broke(struct kvm_vcpu *vcpu)
{
	const struct caretaker_switch *area = vcpu->arch.caretaker->switch_area;
	struct kvm_run *run = vcpu->run;

	pr_warn_ratelimited("vcpu %d: fault %llu, vector %llu, error 0x%llx, offset 0x%llx, CR2 0x%llx; the VM is ended\n",
			    vcpu->vcpu_id, area->fault, area->fault_vector, area->fault_error,
			    area->fault_rip - vcpu->arch.caretaker->base - CARETAKER_IMAGE,
			    area->fault_cr2);

	run->exit_reason = KVM_EXIT_INTERNAL_ERROR;
	run->internal.suberror = KVM_INTERNAL_ERROR_CARETAKER;
	run->internal.ndata = 5;
	run->internal.data[0] = area->fault;
	run->internal.data[1] = area->fault_vector;
	run->internal.data[2] = area->fault_rip;
	run->internal.data[3] = area->fault_cr2;
	run->internal.data[4] = area->fault_error;
	kvm_vm_dead(vcpu->kvm);
	return 0;
}
EXPORT_SYMBOL_FOR_KVM_INTERNAL(kvm_caretaker_broke);
