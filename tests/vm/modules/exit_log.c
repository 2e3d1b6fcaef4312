// SPDX-License-Identifier: GPL-2.0
/*
 * A module of the lab: what KVM finds at each exit that it handles, for a test that
 * compares two vCPUs (differ.c).
 *
 * A kprobe where handling begins copies general registers and the control block, the
 * whole VMCB or all fields of the VMCS but the host's.  It changes nothing.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kprobes.h>
#include <linux/kvm_host.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <asm/vmx.h>
#include "svm/svm.h"

#include "exit_log.h"

struct exit_log {
	struct kvm_vcpu *vcpu;
	unsigned int exits;
	unsigned int lost;
	struct exit_log_exit *exit;
};

static struct exit_log logs[EXIT_LOG_VCPUS];
static DEFINE_MUTEX(lock);		/* one TAKE at a time */
static bool intel;

static void add_word(struct exit_log_exit *exit, u32 key, u64 value)
{
	exit->word[exit->words].key = key;
	exit->word[exit->words].value = value;
	exit->words++;
}

static void copy_vmcb(struct exit_log_exit *exit, struct kvm_vcpu *vcpu)
{
	const struct vmcb *vmcb = to_svm(vcpu)->vmcb;
	const u64 *words = (const u64 *)vmcb;
	unsigned int i;

	for (i = 0; i < PAGE_SIZE / sizeof(*words); i++)
		if (words[i])
			add_word(exit, i * sizeof(*words), words[i]);
	exit->code = vmcb->control.exit_code;
	exit->rip = vmcb->save.rip;
}

/* Fails for a field that this CPU has not got */
static bool read_field(u32 field, u64 *value)
{
	bool failed;

	asm volatile("vmread %[field], %[value]"
		     : "=@ccbe" (failed), [value] "=r" (*value) : [field] "r" ((u64)field));
	return !failed;
}

/* SDM Vol. 3, 27.11.2: width in bits 13 and 14, kind in 10 and 11, an index from bit 1 on */
static void copy_vmcs(struct exit_log_exit *exit)
{
	const u32 kinds = 3, indices = 32;	/* the fourth kind is the host's */
	u32 width, kind, index, field;
	u64 value;

	for (width = 0; width < 4; width++) {
		for (kind = 0; kind < kinds; kind++) {
			for (index = 0; index < indices; index++) {
				field = width << 13 | kind << 10 | index << 1;
				if (read_field(field, &value) && value)
					add_word(exit, field, value);
			}
		}
	}
	if (!read_field(VM_EXIT_REASON, &exit->code) || !read_field(GUEST_RIP, &exit->rip))
		exit->code = ~0ULL;
}

static void log_exit(struct exit_log *log)
{
	struct exit_log_exit *exit;

	if (log->exits == EXIT_LOG_EXITS) {
		log->lost++;
		return;
	}
	exit = &log->exit[log->exits];
	exit->words = 0;
	memcpy(exit->regs, log->vcpu->arch.regs, sizeof(exit->regs));
	/* In the control block, and here only where somebody has read it */
	exit->regs[VCPU_REGS_RSP] = 0;
	exit->cr2 = log->vcpu->arch.cr2;
	if (intel) {
		copy_vmcs(exit);
	} else {
		copy_vmcb(exit, log->vcpu);
		exit->regs[VCPU_REGS_RAX] = to_svm(log->vcpu)->vmcb->save.rax;
	}
	log->exits++;
}

/* KVM's handle_exit(vcpu, fastpath); preemption is off, so the VMCS is the vCPU's */
static int handle_exit(struct kprobe *probe, struct pt_regs *regs)
{
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)regs->di;
	unsigned int i;

	for (i = 0; i < EXIT_LOG_VCPUS; i++)
		if (READ_ONCE(logs[i].vcpu) == vcpu)
			log_exit(&logs[i]);
	return 0;
}

static struct kprobe probe = { .pre_handler = handle_exit };

static struct exit_log *find_log(struct kvm_vcpu *vcpu)
{
	struct exit_log *log;

	for (log = logs; log < logs + EXIT_LOG_VCPUS; log++) {
		if (log->vcpu && log->vcpu != vcpu)
			continue;
		WRITE_ONCE(log->vcpu, vcpu);
		return log;
	}
	return NULL;
}

/* The vCPU does not run meanwhile: who asks would run it. */
static long take(struct exit_log_take *arg)
{
	struct exit_log *log;
	long ret = 0;

	CLASS(fd, vcpu)(arg->vcpu);

	if (fd_empty(vcpu))
		return -EBADF;
	if (strncmp(fd_file(vcpu)->f_path.dentry->d_name.name, "kvm-vcpu", 8))
		return -EINVAL;

	guard(mutex)(&lock);
	log = find_log(fd_file(vcpu)->private_data);
	if (!log)
		return -ENOSPC;
	arg->intel = intel;
	arg->exits = log->exits;
	arg->lost = log->lost;
	if (copy_to_user(u64_to_user_ptr(arg->to), log->exit, log->exits * sizeof(*log->exit)))
		ret = -EFAULT;
	log->exits = 0;
	log->lost = 0;
	return ret;
}

static long exit_log_ioctl(struct file *file, unsigned int command, unsigned long address)
{
	void __user *user = (void __user *)address;
	struct exit_log_take arg;
	long ret;

	if (command != EXIT_LOG_TAKE)
		return -ENOTTY;
	if (copy_from_user(&arg, user, sizeof(arg)))
		return -EFAULT;
	ret = take(&arg);
	if (!ret && copy_to_user(user, &arg, sizeof(arg)))
		ret = -EFAULT;
	return ret;
}

static int exit_log_release(struct inode *inode, struct file *file)
{
	unsigned int i;

	for (i = 0; i < EXIT_LOG_VCPUS; i++)
		WRITE_ONCE(logs[i].vcpu, NULL);
	return 0;
}

static const struct file_operations exit_log_operations = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = exit_log_ioctl,
	.release = exit_log_release,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = KBUILD_MODNAME,
	.fops = &exit_log_operations,
};

static void free_logs(void)
{
	unsigned int i;

	for (i = 0; i < EXIT_LOG_VCPUS; i++)
		vfree(logs[i].exit);
}

static int __init exit_log_init(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < EXIT_LOG_VCPUS; i++) {
		logs[i].exit = vcalloc(EXIT_LOG_EXITS, sizeof(*logs[i].exit));
		if (!logs[i].exit) {
			free_logs();
			return -ENOMEM;
		}
	}
	intel = boot_cpu_data.x86_vendor == X86_VENDOR_INTEL;
	probe.symbol_name = intel ? "vmx_handle_exit" : "svm_handle_exit";
	ret = register_kprobe(&probe);
	if (!ret) {
		ret = misc_register(&device);
		if (ret)
			unregister_kprobe(&probe);
	}
	if (ret)
		free_logs();
	return ret;
}

static void __exit exit_log_exit(void)
{
	misc_deregister(&device);
	unregister_kprobe(&probe);
	free_logs();
}

module_init(exit_log_init);
module_exit(exit_log_exit);
MODULE_DESCRIPTION("What KVM finds at each exit that it handles");
MODULE_LICENSE("GPL");
