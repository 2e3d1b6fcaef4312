// SPDX-License-Identifier: GPL-2.0
/*
 * Which core can be given away: each reason against it has an errno of its own.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <kunit/visibility.h>

#include "cores.h"

/**
 * caretaker_core_check - can this core be given away?
 * @view: what is known of it
 *
 * That of the boot CPU never: interrupts that have no other place, and the firmware, expect it.
 * So the host always has one core.
 *
 * Return: 0; -ESHUTDOWN: the host ends or sleeps; -EBUSY: the boot CPU's; -EEXIST: somebody has
 * it; -ENODEV: offline; -EUSERS: other threads of it are the host's.
 */
int caretaker_core_check(const struct caretaker_core_view *view)
{
	if (view->closed)
		return -ESHUTDOWN;
	if (view->boot)
		return -EBUSY;
	if (view->taken)
		return -EEXIST;
	if (!view->online)
		return -ENODEV;
	if (view->others && !view->whole)
		return -EUSERS;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_core_check);

/**
 * caretaker_argument_size - can the argument of an ioctl have this size?
 * @size: its first member
 * @first: of the first published struct
 *
 * Return: 0, -EINVAL or -E2BIG.
 */
int caretaker_argument_size(u32 size, u32 first)
{
	return size < first ? -EINVAL : size > PAGE_SIZE ? -E2BIG : 0;
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_argument_size);
