/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that sleeps until its timer, and says what it has seen of time and interrupts.
 *
 * It has an x2APIC.  Each deadline is one period behind the last, however late that came: so none
 * is lost if ticks and time agree.
 */
#ifndef TESTS_VM_SLEEPER_H
#define TESTS_VM_SLEEPER_H

#include <stdint.h>

#include "ticker.h"

#define SLEEPER_TICK	0x40	/* vector of the timer */
#define SLEEPER_SELF	0x51	/* and that of what it sends to itself */

/* sleeper.mode: what it does between its ticks */
#define SLEEPER_HALTS	0
#define SLEEPER_BUSY	1	/* nothing that exits */
#define SLEEPER_WINDOWS	2	/* takes interrupts between two instructions, now and then */
#define SLEEPER_PRIORITY 3	/* raises TPR, and lowers it */
#define SLEEPER_ITSELF	4	/* sends interrupts to itself */

/* In place of struct ticker_head; what is not said is the guest's */
struct sleeper {
	uint32_t ticks;
	uint32_t unused[15];
	uint32_t mode;		/* VMM */
	uint32_t period;	/* VMM, in ticks of the TSC */
	uint32_t early;		/* ticks before their deadline */
	uint32_t wakes;		/* from HLT */
	uint32_t latest;	/* that a tick came behind its deadline, in ticks of the TSC */
	uint32_t from_itself;
	uint32_t deadline[2];
	uint32_t rounds;	/* of another mode */
	uint32_t held;		/* TPR holds up ticks now; and how many came then */
	uint32_t came;
	uint32_t wrong;		/* TPR was another, an interrupt to itself was not there at once */
	uint32_t behind;	/* how much the last tick came behind its deadline */
};

void sleeper_new(struct ticker *ticker, uint32_t period);
volatile struct sleeper *sleeper_of(const struct ticker *ticker);

#endif
