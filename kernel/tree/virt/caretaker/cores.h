/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What decides whether a core can be given away: cores.c
 */
#ifndef _VIRT_CARETAKER_CORES_H
#define _VIRT_CARETAKER_CORES_H

#include <linux/types.h>

/* What there is to know of a core, and of the request for it */
struct caretaker_core_view {
	bool closed;		/* the host is about to sleep or to end */
	bool boot;		/* the boot CPU is in it */
	bool taken;
	bool online;		/* the CPU that was asked for */
	bool whole;		/* all of it is asked for */
	unsigned int others;	/* further CPUs of it that are online */
};

int caretaker_core_check(const struct caretaker_core_view *view);
int caretaker_argument_size(u32 size, u32 first);

#endif /* _VIRT_CARETAKER_CORES_H */
