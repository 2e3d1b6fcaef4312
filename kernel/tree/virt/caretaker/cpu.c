// SPDX-License-Identifier: GPL-2.0
/*
 * Cores as objects.  Who administrates the host takes a core from it by /dev/kvm-caretaker and
 * gets a descriptor; whoever has a copy of that may use the core, and the last close gives it
 * back.
 *
 * A core is taken by CPU hotplug, all its threads or none, so nothing of the host is left
 * there, and then it is parked: arch/x86/kernel/caretaker_park.c.  It stays present, and
 * cpu_reserve() keeps everybody else from starting it.  That it goes away from the host for any
 * time is the privilege here; hence CAP_SYS_ADMIN in the initial namespace.
 *
 * Locks: taking and giving back are serialized by cpus_mutex, which is taken before those of
 * CPU hotplug.
 */
#define pr_fmt(fmt) "caretaker: " fmt

#include <linux/anon_inodes.h>
#include <linux/capability.h>
#include <linux/caretaker_cpu.h>
#include <linux/cleanup.h>
#include <linux/cpu.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kvm_caretaker.h>
#include <linux/kvm_types.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/suspend.h>
#include <linux/uaccess.h>
#include <uapi/linux/caretaker.h>

#include <asm/caretaker_park.h>

#include "cores.h"

struct core {
	struct list_head all;
	struct cpumask parked;		/* each in a slot of its own */
	struct cpumask held;		/* were offline before, and stay so */
	bool stopped;
	bool lost;
	bool busy;			/* somebody uses it, and holds the descriptor */
};

static DEFINE_MUTEX(cpus_mutex);
static LIST_HEAD(cores);		/* under cpus_mutex, as the next */
static bool closed;			/* the host is about to sleep or to end */

/* --- Give back ------------------------------------------------------------ */

/* A CPU that does not stop keeps its memory: it may still execute there.  So does its core */
static void core_stop(struct core *core)
{
	unsigned int cpu;

	if (core->stopped || core->lost)
		return;
	for_each_cpu(cpu, &core->parked) {
		if (!caretaker_park_stop(cpu))
			continue;
		pr_err("CPU %u (APIC id %u) does not stop: it is lost until the next reset\n",
		       cpu, caretaker_park_apic_id(cpu));
		core->lost = true;
	}
	core->stopped = !core->lost;
}

/* The reservations of a lost core stay, and so does the core in the list */
static void core_return(struct core *core)
{
	unsigned int cpu;
	int err;

	core_stop(core);
	if (core->lost)
		return;
	list_del(&core->all);
	for_each_cpu(cpu, &core->held)
		cpu_unreserve(cpu);
	for_each_cpu(cpu, &core->parked)
		cpu_unreserve(cpu);
	if (closed)
		goto out;
	for_each_cpu(cpu, &core->parked) {
		err = add_cpu(cpu);
		/* With SMT switched off meanwhile that is right; its slot goes when it comes up */
		if (err)
			pr_warn("CPU %u is back, and stays offline: %pe\n", cpu, ERR_PTR(err));
	}
out:
	kfree(core);
}

/* --- Take ----------------------------------------------------------------- */

/* Offline, or the CPU is as it was.  What hotplug says is for the log */
static int core_take_thread(struct core *core, unsigned int cpu)
{
	int err = cpu_reserve(cpu);

	if (err)
		return err;
	err = caretaker_park_prepare(cpu);
	if (err)
		goto unreserve;
	err = device_offline(get_cpu_device(cpu));
	if (err) {
		pr_warn("CPU %u cannot be taken offline: %pe\n", cpu,
			ERR_PTR(err > 0 ? -ENODEV : err));
		err = err == -EOPNOTSUPP ? err : -EAGAIN;
		goto cancel;
	}
	cpumask_set_cpu(cpu, &core->parked);
	return 0;

cancel:
	caretaker_park_cancel(cpu);
unreserve:
	cpu_unreserve(cpu);
	return err;
}

static int core_take(struct core *core, const struct cpumask *mask)
{
	unsigned int cpu;
	int err;

	list_add(&core->all, &cores);
	for_each_cpu(cpu, mask) {
		if (cpu_online(cpu)) {
			err = core_take_thread(core, cpu);
		} else {
			err = cpu_reserve(cpu);
			if (!err)
				cpumask_set_cpu(cpu, &core->held);
		}
		if (err)
			return err;
	}
	for_each_cpu(cpu, &core->parked) {
		if (!caretaker_park_wait(cpu))
			continue;
		pr_err("CPU %u (APIC id %u) did not arrive where it is parked: it is lost until the next reset\n",
		       cpu, caretaker_park_apic_id(cpu));
		core->lost = true;
	}
	return core->lost ? -EIO : 0;
}

static bool any_is_taken(const struct cpumask *mask)
{
	struct core *core;

	list_for_each_entry(core, &cores, all) {
		if (cpumask_intersects(&core->parked, mask) ||
		    cpumask_intersects(&core->held, mask))
			return true;
	}
	return false;
}

/* The mask of the core that is meant, and whether it can be had */
static int core_choose(unsigned int cpu, u64 flags, struct cpumask *mask)
{
	struct caretaker_core_view view = {};
	const char *why = caretaker_park_unfit();
	unsigned int other;

	if (why) {
		pr_info_ratelimited("no core can be taken: %s\n", why);
		return -EOPNOTSUPP;
	}
	if (cpu >= nr_cpu_ids || !cpu_present(cpu))
		return -ENXIO;
	caretaker_park_core_mask(cpu, mask);
	view.closed = closed;
	view.boot = cpumask_test_cpu(0, mask);
	view.taken = any_is_taken(mask);
	view.online = cpu_online(cpu);
	view.whole = flags & CARETAKER_CPU_CORE;
	for_each_cpu(other, mask)
		view.others += other != cpu && cpu_online(other);
	return caretaker_core_check(&view);
}

static struct core *core_get(unsigned int cpu, u64 flags)
{
	struct cpumask *mask __free(kfree) = kzalloc_obj(*mask);
	struct core *core;
	int err;

	core = kzalloc_obj(*core);
	if (!core || !mask) {
		kfree(core);
		return ERR_PTR(-ENOMEM);
	}
	guard(mutex)(&cpus_mutex);
	/* Nobody else takes a CPU of it offline, or brings one back, from the look at them on */
	lock_device_hotplug();
	err = core_choose(cpu, flags, mask);
	if (err) {
		unlock_device_hotplug();
		kfree(core);
		return ERR_PTR(err);
	}
	err = core_take(core, mask);
	unlock_device_hotplug();
	if (err) {
		core_return(core);
		return ERR_PTR(err);
	}
	return core;
}

/* --- A core's descriptor -------------------------------------------------- */

static void cpu_state_fill(struct core *core, unsigned int cpu, struct caretaker_cpu_state *to)
{
	struct caretaker_park_state now;

	caretaker_park_look(cpu, &now);
	to->threads = cpumask_weight(&core->parked);
	to->state = core->lost || now.state == CARETAKER_PARK_FAILED ? CARETAKER_CPU_LOST :
		    core->stopped ? CARETAKER_CPU_STOPPED :
		    now.state == CARETAKER_PARK_RUNNING ? CARETAKER_CPU_RUNNING :
		    now.state == CARETAKER_PARK_BLOCKED ? CARETAKER_CPU_BLOCKED :
		    CARETAKER_CPU_IDLE;
	to->cpu = cpu;
	to->apic_id = caretaker_park_apic_id(cpu);
	to->strays = now.strays;
	to->nmis = now.nmis;
	to->machine_checks = now.machine_checks;
	to->stray_vector = now.stray_vector;
	to->fault_vector = now.state == CARETAKER_PARK_FAILED ? now.fault_vector : ~0U;
	/* Where in the page, and not where that is */
	to->fault_rip = to->fault_vector == ~0U ? 0 : now.fault_rip & ~PAGE_MASK;
}

static long cpu_state(struct core *core, void __user *argp)
{
	struct caretaker_cpu_state arg;
	unsigned int cpu;
	u32 size;
	int ret;

	BUILD_BUG_ON(sizeof(arg) != CARETAKER_CPU_STATE_SIZE_VER0);

	if (get_user(size, (u32 __user *)argp))
		return -EFAULT;
	ret = caretaker_argument_size(size, CARETAKER_CPU_STATE_SIZE_VER0);
	if (!ret)
		ret = copy_struct_from_user(&arg, sizeof(arg), argp, size);
	if (ret)
		return ret;
	if (memchr_inv(arg.reserved, 0, sizeof(arg.reserved)))
		return -EINVAL;
	scoped_guard(mutex, &cpus_mutex) {
		if (arg.thread >= cpumask_weight(&core->parked))
			return -ENXIO;
		cpu = cpumask_nth(arg.thread, &core->parked);
		cpu_state_fill(core, cpu, &arg);
	}
	return copy_struct_to_user(argp, size, &arg, sizeof(arg), NULL);
}

static long cpu_ioctl(struct file *file, unsigned int number, unsigned long arg)
{
	return number == CARETAKER_CPU_STATE ? cpu_state(file->private_data, (void __user *)arg) :
					       -ENOTTY;
}

static int cpu_release(struct inode *inode, struct file *file)
{
	guard(mutex)(&cpus_mutex);
	core_return(file->private_data);
	return 0;
}

static const struct file_operations cpu_fops = {
	.owner = THIS_MODULE,
	.release = cpu_release,
	.unlocked_ioctl = cpu_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

/* --- Who uses it ----------------------------------------------------------- */

/**
 * caretaker_cpu_use - use a core alone
 * @fd: a descriptor of the core
 * @cpu: gets its first thread, which is parked; the others are, too
 *
 * Return: the file, for caretaker_cpu_unuse(); -EBADF; -EINVAL: it is no core's; -EBUSY: somebody
 * uses it; -ESHUTDOWN: the host ends; -EIO: it is lost.
 */
struct file *caretaker_cpu_use(int fd, unsigned int *cpu)
{
	struct file *file __free(fput) = fget(fd);
	struct caretaker_park_state now;
	struct core *core;

	if (!file)
		return ERR_PTR(-EBADF);
	if (file->f_op != &cpu_fops)
		return ERR_PTR(-EINVAL);
	core = file->private_data;

	guard(mutex)(&cpus_mutex);
	if (core->busy)
		return ERR_PTR(-EBUSY);
	*cpu = cpumask_first(&core->parked);
	caretaker_park_look(*cpu, &now);
	if (core->lost || now.state == CARETAKER_PARK_FAILED)
		return ERR_PTR(-EIO);
	if (core->stopped)
		return ERR_PTR(-ESHUTDOWN);
	core->busy = true;
	return no_free_ptr(file);
}
EXPORT_SYMBOL_FOR_KVM(caretaker_cpu_use);

/**
 * caretaker_cpu_unuse - nothing is left on a core of who used it
 * @file: of the core
 */
void caretaker_cpu_unuse(struct file *file)
{
	struct core *core = file->private_data;

	scoped_guard(mutex, &cpus_mutex)
		core->busy = false;
	fput(file);
}
EXPORT_SYMBOL_FOR_KVM(caretaker_cpu_unuse);

/* --- The device ----------------------------------------------------------- */

static long get_cpu_fd(void __user *argp)
{
	struct caretaker_get_cpu arg;
	struct file *file;
	struct core *core;
	u32 size;
	int ret;

	BUILD_BUG_ON(sizeof(arg) != CARETAKER_GET_CPU_SIZE_VER0);

	/* Who opened the device may have lost it, or passed it on */
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (get_user(size, (u32 __user *)argp))
		return -EFAULT;
	ret = caretaker_argument_size(size, CARETAKER_GET_CPU_SIZE_VER0);
	if (!ret)
		ret = copy_struct_from_user(&arg, sizeof(arg), argp, size);
	if (ret)
		return ret;
	if (arg.flags & ~CARETAKER_CPU_CORE || memchr_inv(arg.reserved, 0, sizeof(arg.reserved)))
		return -EINVAL;

	arg.fd = get_unused_fd_flags(O_CLOEXEC);
	if (arg.fd < 0)
		return arg.fd;
	core = core_get(arg.cpu, arg.flags);
	if (IS_ERR(core)) {
		ret = PTR_ERR(core);
		goto put_fd;
	}
	file = anon_inode_getfile("kvm-caretaker-cpu", &cpu_fops, core, O_RDWR);
	if (IS_ERR(file)) {
		ret = PTR_ERR(file);
		scoped_guard(mutex, &cpus_mutex)
			core_return(core);
		goto put_fd;
	}
	arg.apic_id = caretaker_park_apic_id(arg.cpu);
	ret = copy_struct_to_user(argp, size, &arg, sizeof(arg), NULL);
	if (ret) {
		fput(file);
		goto put_fd;
	}
	fd_install(arg.fd, file);
	return 0;

put_fd:
	put_unused_fd(arg.fd);
	return ret;
}

static long device_ioctl(struct file *file, unsigned int number, unsigned long arg)
{
	return number == CARETAKER_GET_CPU ? get_cpu_fd((void __user *)arg) : -ENOTTY;
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "kvm-caretaker",
	.fops = &device_fops,
	.mode = 0600,
};

/* --- When the host ends or sleeps ----------------------------------------- */

/**
 * caretaker_cpus_kexec - may another kernel be started?
 *
 * A parked CPU stands in memory that the next kernel would use.
 *
 * Return: 0, or -EBUSY while a core is given away.
 */
int caretaker_cpus_kexec(void)
{
	guard(mutex)(&cpus_mutex);
	if (list_empty(&cores))
		return 0;
	pr_warn("kexec refused: a core is given away; close its descriptor first\n");
	return -EBUSY;
}

/* A sleeping host has no CPUs to give away, and what runs on a core does not expect to sleep */
static int cpus_pm(struct notifier_block *nb, unsigned long action, void *data)
{
	guard(mutex)(&cpus_mutex);
	switch (action) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		if (!list_empty(&cores)) {
			pr_warn("no sleep: a core is given away; close its descriptor first\n");
			return notifier_from_errno(-EBUSY);
		}
		closed = true;
		break;
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		closed = false;
		break;
	}
	return NOTIFY_DONE;
}

/* Reset takes all CPUs, but firmware may want to find them as the host left the others */
static int cpus_reboot(struct notifier_block *nb, unsigned long action, void *data)
{
	struct core *core;

	guard(mutex)(&cpus_mutex);
	closed = true;
	list_for_each_entry(core, &cores, all)
		core_stop(core);
	return NOTIFY_DONE;
}

static struct notifier_block pm_nb = { .notifier_call = cpus_pm };
static struct notifier_block reboot_nb = { .notifier_call = cpus_reboot };

static int __init caretaker_cpus_init(void)
{
	int err;

	if (!caretaker_allowed(false))
		return 0;
	err = register_reboot_notifier(&reboot_nb);
	if (err)
		return err;
	err = register_pm_notifier(&pm_nb);
	if (!err)
		err = misc_register(&device);
	if (!err)
		return 0;
	unregister_pm_notifier(&pm_nb);
	unregister_reboot_notifier(&reboot_nb);
	return err;
}
device_initcall(caretaker_cpus_init);
