// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel that was started by another is offered a handover, in the setup data of its
 * boot parameters, before it knows whether it can read it.  KHO's format changes from
 * release to release, a kernel may be built without KHO, and early memory may not do.
 * Then nothing is there to be asked, and "nothing was handed over" would be the answer
 * that opens: a latch or a floor would be lost by choosing a kernel of another release.
 *
 * So the offer itself is remembered, and one that was not understood closes.
 */
#define pr_fmt(fmt) "caretaker: " fmt

#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/printk.h>
#include <kunit/visibility.h>

#include "trust.h"

u32 caretaker_handover __ro_after_init = CARETAKER_HANDOVER_NONE;
bool caretaker_handover_was_offered __ro_after_init;

/**
 * caretaker_handover_offered - the boot parameters have a handover
 *
 * In early boot, whether or not KHO is built in and makes something of it.
 */
void __init caretaker_handover_offered(void)
{
	caretaker_handover_was_offered = true;
}

/**
 * caretaker_handover_end - say what became of a handover, and close if it was lost
 * @sw: the switches
 * @offered: caretaker_handover_offered() was called
 * @kho_boot: KHO understood the handover as a whole
 * @err: what came of the part that is ours: 0, -ENOENT if there is none
 *
 * A kernel that knows nothing of caretakers hands over nothing of ours, and that is none.
 *
 * Return: CARETAKER_HANDOVER_*
 */
u32 caretaker_handover_end(struct caretaker_switches *sw, bool offered, bool kho_boot, int err)
{
	if (!err)
		return CARETAKER_HANDOVER_TAKEN;
	if ((err == -ENOENT || err == -EOPNOTSUPP) && (kho_boot || !offered))
		return CARETAKER_HANDOVER_NONE;
	caretaker_floors_close(&sw->floors);
	caretaker_switches_enforce(sw, "1");
	return CARETAKER_HANDOVER_REFUSED;
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_handover_end);

#ifndef CONFIG_KEXEC_CORE
/* handover.c, which would take it, is not there */
static int __init caretaker_offer_init(void)
{
	caretaker_handover = caretaker_handover_end(&caretaker_switches,
						    caretaker_handover_was_offered,
						    false, -EOPNOTSUPP);
	if (caretaker_handover == CARETAKER_HANDOVER_REFUSED)
		pr_err("the last kernel handed over what this one has no code to read: no payload will be installed\n");
	return 0;
}
fs_initcall_sync(caretaker_offer_init);
#endif
