// SPDX-License-Identifier: GPL-2.0
/*
 * A module of the lab: NMIs for the other CPUs, thousands of them, in a time in which
 * backtraces would be tens.
 *
 * A number that is written to the parameter "send" is that of NMIs for each other CPU.  Each
 * is waited for, so that none can merge with the next, and the next comes at another
 * distance.  One that does not come within a second is "lost"; one too many is not ours,
 * and the kernel says that it does not know the reason.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/random.h>
#include <asm/apic.h>
#include <asm/irq_vectors.h>
#include <asm/nmi.h>

/* Microseconds: a few come before the guest has been entered again, most of them after */
#define DISTANCE_MAX	1024

static struct cpumask due;
static unsigned int lost;

static int handle(unsigned int type, struct pt_regs *regs)
{
	return cpumask_test_and_clear_cpu(smp_processor_id(), &due) ? NMI_HANDLED : NMI_DONE;
}

static void send_one(unsigned int cpu)
{
	ktime_t end = ktime_add_ms(ktime_get(), MSEC_PER_SEC);

	cpumask_set_cpu(cpu, &due);
	__apic_send_IPI_mask(cpumask_of(cpu), NMI_VECTOR);
	while (cpumask_test_cpu(cpu, &due)) {
		if (ktime_before(ktime_get(), end)) {
			cpu_relax();
			continue;
		}
		cpumask_clear_cpu(cpu, &due);
		lost++;
	}
	udelay(get_random_u32_below(DISTANCE_MAX));
}

static int send(const char *text, const struct kernel_param *param)
{
	unsigned int count, cpu;
	int err;

	err = kstrtouint(text, 0, &count);
	for (; !err && count; count--) {
		guard(preempt)();
		for_each_online_cpu(cpu)
			if (cpu != smp_processor_id())
				send_one(cpu);
	}
	return err;
}

static const struct kernel_param_ops send_ops = {
	.set = send,
};

module_param_cb(send, &send_ops, NULL, 0200);
module_param(lost, uint, 0444);

static int __init nmi_storm_init(void)
{
	return register_nmi_handler(NMI_LOCAL, handle, 0, KBUILD_MODNAME);
}

static void __exit nmi_storm_exit(void)
{
	unregister_nmi_handler(NMI_LOCAL, KBUILD_MODNAME);
}

module_init(nmi_storm_init);
module_exit(nmi_storm_exit);
MODULE_DESCRIPTION("Many NMIs, each waited for");
MODULE_LICENSE("GPL");
