// SPDX-License-Identifier: GPL-2.0
/*
 * A module of the lab: another MSR for MCG_STATUS, which no emulator lets anybody write.
 *
 * "SLOT MSR" that is written to the parameter "mcg_status" has the trampoline of that slot
 * read that MSR when a machine check comes: one whose lowest bits are as those of MCG_STATUS
 * would be.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>

#include <asm/caretaker_payload.h>

static int mcg_status(const char *text, const struct kernel_param *param)
{
	struct caretaker_switch *area;
	unsigned long slot;
	unsigned int msr;

	if (sscanf(text, "%lx %x", &slot, &msr) != 2 || slot < CARETAKER_WINDOW ||
	    slot - CARETAKER_WINDOW >= CARETAKER_WINDOW_SIZE || slot % CARETAKER_SLOT_SIZE)
		return -EINVAL;
	area = (struct caretaker_switch *)(slot + CARETAKER_SWITCH);
	area->mcg_status = msr;
	return 0;
}

static const struct kernel_param_ops mcg_status_ops = {
	.set = mcg_status,
};

module_param_cb(mcg_status, &mcg_status_ops, NULL, 0200);

static int __init switch_page_init(void)
{
	return 0;
}

static void __exit switch_page_exit(void)
{
}

module_init(switch_page_init);
module_exit(switch_page_exit);
MODULE_DESCRIPTION("What a switch page says, changed");
MODULE_LICENSE("GPL");
