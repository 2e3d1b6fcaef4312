// SPDX-License-Identifier: GPL-2.0
/*
 * A module of the lab: a function of the kernel takes longer, so that a test comes in
 * between: insmod slow.ko symbol=FUNCTION [name=STRING] [ms=N]
 *
 * With a name it is slow only where the function's second argument is that string. It has
 * eight arguments at most, may sleep, and is called by one task at a time. That task sleeps:
 * one that waited in the probe itself would hold up the other CPUs too.
 */
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/string.h>

typedef unsigned long (*function_of_eight)(unsigned long a, unsigned long b, unsigned long c,
					   unsigned long d, unsigned long e, unsigned long f,
					   unsigned long g, unsigned long h);

static char *symbol;
module_param(symbol, charp, 0);
static char *name;
module_param(name, charp, 0);
static unsigned int ms = 3000;
module_param(ms, uint, 0);
/* Calls that have begun to wait */
static unsigned int waits;
module_param(waits, uint, 0444);

static struct kprobe probe;
static struct task_struct *has_waited;

/* In the function's place: it has its arguments, and where it returns to */
static unsigned long wait_first(unsigned long a, unsigned long b, unsigned long c, unsigned long d,
				unsigned long e, unsigned long f, unsigned long g, unsigned long h)
{
	WRITE_ONCE(waits, waits + 1);
	msleep(ms);
	WRITE_ONCE(has_waited, current);
	return ((function_of_eight)probe.addr)(a, b, c, d, e, f, g, h);
}

static int enter(struct kprobe *p, struct pt_regs *regs)
{
	if (READ_ONCE(has_waited) == current) {
		WRITE_ONCE(has_waited, NULL);
		return 0;
	}
	if (name && strcmp(name, (const char *)regs_get_kernel_argument(regs, 1)))
		return 0;
	instruction_pointer_set(regs, (unsigned long)wait_first);
	return 1;
}

/* With one a probe is not turned into a jump, which would not look at what enter() returns */
static void nothing(struct kprobe *p, struct pt_regs *regs, unsigned long flags)
{
}

static struct kprobe probe = { .pre_handler = enter, .post_handler = nothing };

static int __init slow_init(void)
{
	probe.symbol_name = symbol;
	return register_kprobe(&probe);
}

static void __exit slow_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(slow_init);
module_exit(slow_exit);
MODULE_DESCRIPTION("A function of the kernel that takes longer");
MODULE_LICENSE("GPL");
