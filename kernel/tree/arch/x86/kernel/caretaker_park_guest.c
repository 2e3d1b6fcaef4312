// SPDX-License-Identifier: GPL-2.0
/*
 * Makes a parked CPU run the guest that was put into its slot, and give it back.
 *
 * What that CPU does meanwhile is in caretaker_park_code.S.  Who puts the guest there has the
 * core's descriptor, so the slot stays.
 *
 * The guest's caretaker runs there, too, in the slot of the vCPU and under that slot's root.  Of
 * that the CPU reaches what it has to under its own: where the trampoline passes.
 */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/delay.h>
#include <linux/kvm_types.h>
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/string.h>
#include <kunit/visibility.h>

#include <asm/caretaker_park_guest.h>
#include <asm/caretaker_payload.h>

#define ANSWER_US	USEC_PER_SEC
#define KICK_EACH_US	USEC_PER_MSEC
#define LOOK_EACH_US	2

/* --- What it is lent ------------------------------------------------------- */

static u64 lent_entry(phys_addr_t phys, u64 rights)
{
	return __sme_set(phys) | _PAGE_PRESENT | _PAGE_ACCESSED | rights;
}

static u64 lent_leaf(struct page *page, u64 rights)
{
	return lent_entry(page_to_phys(page), rights & (__supported_pte_mask | ~_PAGE_NX));
}

/* The window is in one entry of the tables above; within it slots may be far apart */
static u64 *lent_megs(const struct caretaker_park_room *room, unsigned long base)
{
	return base >> PUD_SHIFT == room->base >> PUD_SHIFT ? room->megs : room->lent_megs;
}

/**
 * caretaker_park_lend - map pages of a vCPU's slot where a parked CPU stands
 * @room: of the CPU; no guest is there
 * @loan: what, until caretaker_park_unlend()
 *
 * The CPU loads its root again before it uses any of it.
 */
void caretaker_park_lend(const struct caretaker_park_room *room,
			 const struct caretaker_park_loan *loan)
{
	const u64 table = _PAGE_RW | _PAGE_DIRTY, written = _PAGE_RW | _PAGE_DIRTY | _PAGE_NX;
	u64 *megs = lent_megs(room, loan->base);

	BUILD_BUG_ON(CARETAKER_WINDOW_SIZE != P4D_SIZE);

	room->lent_pages[CARETAKER_TRAMPOLINE >> PAGE_SHIFT] = lent_leaf(loan->trampoline, 0);
	room->lent_pages[CARETAKER_SWITCH >> PAGE_SHIFT] = lent_leaf(loan->switch_area, written);
	room->lent_pages[CARETAKER_IDT >> PAGE_SHIFT] = lent_leaf(loan->idt, _PAGE_NX);
	if (loan->peers)
		room->pages[CARETAKER_PARK_PEERS >> PAGE_SHIFT] = lent_leaf(loan->peers, _PAGE_NX);
	megs[loan->base >> PMD_SHIFT & 511] = lent_entry(__pa(room->lent_pages), table);
	if (megs != room->megs)
		room->gigs[loan->base >> PUD_SHIFT & 511] = lent_entry(__pa(megs), table);
}
EXPORT_SYMBOL_FOR_KVM(caretaker_park_lend);

/**
 * caretaker_park_unlend - and out again
 * @room: of the CPU; the guest is there no more
 * @base: of what was lent
 */
void caretaker_park_unlend(const struct caretaker_park_room *room, unsigned long base)
{
	u64 *megs = lent_megs(room, base);

	if (megs != room->megs)
		room->gigs[base >> PUD_SHIFT & 511] = 0;
	megs[base >> PMD_SHIFT & 511] = 0;
	room->pages[CARETAKER_PARK_PEERS >> PAGE_SHIFT] = 0;
	memset(room->lent_pages, 0, PAGE_SIZE);
}
EXPORT_SYMBOL_FOR_KVM(caretaker_park_unlend);

#if IS_ENABLED(CONFIG_KUNIT)
/* Where there is no KVM; @lend, or the way back */
bool caretaker_park_try_loan(unsigned int cpu, const struct caretaker_park_loan *loan, bool lend)
{
	struct caretaker_park_room room;

	caretaker_park_room(cpu, &room);
	if (!room.control)
		return false;
	if (lend)
		caretaker_park_lend(&room, loan);
	else
		caretaker_park_unlend(&room, loan->base);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_park_try_loan);
#endif

/* --- What it is told -------------------------------------------------------- */

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

/*
 * A CPU that is loading a guest is parked by its word: it says that it runs as the last.  If it was
 * slow, it may run the guest yet.  Behind a kick it has looked at the request again.
 */
static int park_look_again(unsigned int cpu, struct caretaker_park_state *state)
{
	u64 kicks = READ_ONCE(state->kicks);
	unsigned int us;

	for (us = 0; us < ANSWER_US; us += LOOK_EACH_US) {
		/* Pairs with the parked CPU's stores, as in park_await() */
		if (smp_load_acquire(&state->state) != CARETAKER_PARK_PARKED ||
		    READ_ONCE(state->kicks) != kicks)
			return 0;
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
	return park_look_again(cpu, state) ?:
	       park_await(cpu, state, BIT(CARETAKER_PARK_PARKED) | BIT(CARETAKER_PARK_STOPPED));
}
EXPORT_SYMBOL_FOR_KVM(caretaker_park_leave);

/**
 * caretaker_park_again - let a guest go on that waits with an access to an MSR, if one does
 * @cpu: a parked CPU
 *
 * It executes the instruction again.
 */
void caretaker_park_again(unsigned int cpu)
{
	/* The kick comes behind it */
	WRITE_ONCE(park_state(cpu)->again, 1);
	caretaker_park_kick(cpu);
}
EXPORT_SYMBOL_FOR_KVM(caretaker_park_again);
