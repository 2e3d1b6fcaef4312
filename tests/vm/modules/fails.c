// SPDX-License-Identifier: GPL-2.0
/*
 * A module of the lab: a function of the kernel fails, where its first argument is a string:
 * insmod fails.ko symbol=FUNCTION name=STRING [error=N]
 *
 * Nothing of it runs then; it returns -N (12, ENOMEM).
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/string.h>

static char *symbol;
module_param(symbol, charp, 0);
static char *name;
module_param(name, charp, 0);
static int error = ENOMEM;
module_param(error, int, 0);

/* At its entry the address to return to is on top of the stack */
static int fail(struct kprobe *p, struct pt_regs *regs)
{
	if (strcmp(name, (const char *)regs_get_kernel_argument(regs, 0)))
		return 0;
	regs_set_return_value(regs, -error);
	instruction_pointer_set(regs, *(unsigned long *)kernel_stack_pointer(regs));
	regs->sp += sizeof(long);
	return 1;
}

/* With one a probe is not turned into a jump, which would not look at what fail() returns */
static void nothing(struct kprobe *p, struct pt_regs *regs, unsigned long flags)
{
}

static struct kprobe probe = { .pre_handler = fail, .post_handler = nothing };

static int __init fails_init(void)
{
	if (!name)
		return -EINVAL;
	probe.symbol_name = symbol;
	return register_kprobe(&probe);
}

static void __exit fails_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(fails_init);
module_exit(fails_exit);
MODULE_DESCRIPTION("A function of the kernel that fails");
MODULE_LICENSE("GPL");
