// SPDX-License-Identifier: GPL-2.0
/*
 * Makes a parked CPU run the guest that was put into its slot, and give it back.
 *
 * What that CPU does meanwhile is in caretaker_park_code.S.  Who puts the guest there has the
 * core's descriptor, so the slot stays.
 */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/delay.h>
#include <linux/kvm_types.h>

#include <asm/caretaker_park.h>

#define ANSWER_US	USEC_PER_SEC
#define KICK_EACH_US	USEC_PER_MSEC
#define LOOK_EACH_US	2

static struct caretaker_park_state *park_state(unsigned int cpu)
{
	struct caretaker_park_room room;

	caretaker_park_room(cpu, &room);
	return room.state;
}

/*
 * Kick the CPU until it is in one of the states, or does not answer.  Who waits may hold a
 * spinlock, as for any IPI: the CPU answers within some hundred instructions.
 */
static int park_await(unsigned int cpu, struct caretaker_park_state *state, u32 states)
{
	unsigned int us;

	for (us = 0; us < ANSWER_US; us += LOOK_EACH_US) {
		/* Pairs with the parked CPU's stores, in order, before it stores its state */
		u32 now = smp_load_acquire(&state->state);

		if (BIT(now) & states)
			return 0;
		if (now == CARETAKER_PARK_FAILED)
			return -EIO;
		if (us % KICK_EACH_US == 0)
			caretaker_park_kick(cpu);
		udelay(LOOK_EACH_US);
	}
	return -ETIMEDOUT;
}

/**
 * caretaker_park_run - run the guest that was put there
 * @cpu: a parked CPU
 *
 * Return: 0; -ESHUTDOWN: the host ends; -ETIMEDOUT: it does not answer, and may run the guest
 * yet; -EIO: it met an exception.
 */
int caretaker_park_run(unsigned int cpu)
{
	struct caretaker_park_state *state = park_state(cpu);

	/* A full barrier: all that the guest is was stored before */
	if (cmpxchg(&state->request, CARETAKER_PARK_STAY, CARETAKER_PARK_RUN) !=
	    CARETAKER_PARK_STAY)
		return -ESHUTDOWN;
	return park_await(cpu, state, BIT(CARETAKER_PARK_RUNNING) | BIT(CARETAKER_PARK_BLOCKED) |
				      BIT(CARETAKER_PARK_STOPPED));
}
EXPORT_SYMBOL_FOR_KVM(caretaker_park_run);

/**
 * caretaker_park_leave - make a parked CPU give its guest back
 * @cpu: it
 *
 * When this returns 0 all of the guest is in memory, and nothing runs it.
 *
 * Return: 0; -ETIMEDOUT: it does not answer; -EIO: it met an exception, and the guest is lost.
 */
int caretaker_park_leave(unsigned int cpu)
{
	struct caretaker_park_state *state = park_state(cpu);

	/* Not if the host has asked it to stop: it gives the guest back then, too */
	cmpxchg(&state->request, CARETAKER_PARK_RUN, CARETAKER_PARK_STAY);
	return park_await(cpu, state, BIT(CARETAKER_PARK_PARKED) | BIT(CARETAKER_PARK_STOPPED));
}
EXPORT_SYMBOL_FOR_KVM(caretaker_park_leave);
