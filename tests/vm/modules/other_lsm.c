// SPDX-License-Identifier: GPL-2.0
/*
 * A module of the lab: while it is loaded, security_locked_down() says no to unsigned
 * caretakers, as a BPF program of the security kind can make it, and lockdown is off.
 */
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/security.h>

static int remember_reason(struct kretprobe_instance *call, struct pt_regs *regs)
{
	*(unsigned long *)call->data = regs_get_kernel_argument(regs, 0);
	return 0;
}

static int say_no(struct kretprobe_instance *call, struct pt_regs *regs)
{
	if (*(unsigned long *)call->data == LOCKDOWN_CARETAKER)
		regs_set_return_value(regs, -EPERM);
	return 0;
}

static struct kretprobe probe = {
	.kp.symbol_name = "security_locked_down",
	.entry_handler = remember_reason,
	.handler = say_no,
	.data_size = sizeof(unsigned long),
};

static int __init other_lsm_init(void)
{
	return register_kretprobe(&probe);
}

static void __exit other_lsm_exit(void)
{
	unregister_kretprobe(&probe);
}

module_init(other_lsm_init);
module_exit(other_lsm_exit);
MODULE_DESCRIPTION("Another security module that forbids unsigned caretakers");
MODULE_LICENSE("GPL");
