// SPDX-License-Identifier: GPL-2.0
/*
 * A module of the lab: a function of the kernel takes longer, so that a test comes in
 * between: insmod slow.ko symbol=FUNCTION [name=STRING] [ms=N]
 *
 * With a name it is slow only where the function's second argument is that string.
 */
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/string.h>

static char *symbol;
module_param(symbol, charp, 0);
static char *name;
module_param(name, charp, 0);
static unsigned int ms = 3000;
module_param(ms, uint, 0);
/* Calls that have begun to wait */
static unsigned int waits;
module_param(waits, uint, 0444);

static int wait_before(struct kprobe *p, struct pt_regs *regs)
{
	if (!name || !strcmp(name, (const char *)regs_get_kernel_argument(regs, 1))) {
		WRITE_ONCE(waits, waits + 1);
		mdelay(ms);
	}
	return 0;
}

static struct kprobe probe = { .pre_handler = wait_before };

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
