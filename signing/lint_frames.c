// SPDX-License-Identifier: GPL-2.0-only
/*
 * An abstract execution: for each instruction the depth of the stack, from the return
 * address of its function or from the top, until nothing changes any more.
 */
#include <asm/caretaker_payload.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lint_frames.h"

#define WORD		8
/* What an NMI needs on Intel: five words by the CPU, aligned, and three by its stub */
#define NMI_FRAME	(9 * WORD)
#define USABLE		(CARETAKER_STACK_SIZE - NMI_FRAME)
/* What grows more often is a loop or a recursion; it ends when the stack does. */
#define MOST_VISITS	200
/* What a function may change: RAX, RCX, RDX, RSI, RDI, R8 to R11 */
#define CALLER_SAVED	0x0fc7

struct walk {
	struct sweep *sweep;
	__u32 *queue;		/* a ring of sweep->count; each is in it once at most */
	size_t first, waiting;
};

static void put(struct walk *walk, size_t i)
{
	struct sweep *sweep = walk->sweep;

	if (sweep->insn[i].queued)
		return;
	sweep->insn[i].queued = 1;
	walk->queue[(walk->first + walk->waiting++) % sweep->count] = i;
}

static size_t take(struct walk *walk)
{
	size_t i = walk->queue[walk->first];

	walk->first = (walk->first + 1) % walk->sweep->count;
	walk->waiting--;
	walk->sweep->insn[i].queued = 0;
	return i;
}

static size_t index_of(const struct sweep *sweep, const struct swept *swept)
{
	return swept - sweep->insn;
}

/* --- which functions return --------------------------------------------------- */

static void mark_returning(struct walk *walk, size_t i)
{
	if (walk->sweep->insn[i].returns)
		return;
	walk->sweep->insn[i].returns = 1;
	put(walk, i);
}

/* A CALL outside of the text is a finding by itself. */
static int comes_back(const struct sweep *sweep, const struct swept *call)
{
	const struct swept *target = call->direct ? sweep_at(sweep, call->target) : NULL;

	return !target || target->returns;
}

static void mark_way_here(struct walk *walk, size_t i)
{
	struct sweep *sweep = walk->sweep;
	const struct swept *before = &sweep->insn[i - 1];

	if (before->flow <= FLOW_BRANCH &&
	    (before->flow != FLOW_CALL || comes_back(sweep, before)))
		mark_returning(walk, i - 1);
}

/* From each RET backwards; through a CALL only if its function returns */
static void find_returning(struct walk *walk)
{
	struct sweep *sweep = walk->sweep;

	for (size_t i = 0; i < sweep->count; i++)
		if (sweep->insn[i].flow == FLOW_RETURN)
			mark_returning(walk, i);
	while (walk->waiting) {
		size_t i = take(walk);

		if (i)
			mark_way_here(walk, i);
		for (__u32 from = sweep->insn[i].from; from; from = sweep->insn[from - 1].other) {
			if (sweep->insn[from - 1].flow != FLOW_CALL)
				mark_returning(walk, from - 1);
			else if (from < sweep->count && sweep->insn[from].returns)
				mark_returning(walk, from - 1);
		}
	}
}

/* --- where registers point ---------------------------------------------------- */

static void point_elsewhere(struct stack_place *place, unsigned int registers)
{
	for (int i = 0; i < STACK_REGISTERS; i++)
		if (registers >> i & 1)
			place->points[i] = STACK_ELSEWHERE;
}

/* From the return address; STACK_ELSEWHERE if nobody knows, or there is none */
static __s32 points_to(const struct stack_place *place, unsigned int reg, __s32 by)
{
	__s32 from = reg == STACK_RSP ? place->depth : place->points[reg];

	if (place->frame != FRAME_CALLED || from == STACK_ELSEWHERE ||
	    from + by < -CARETAKER_STACK_SIZE || from + by > CARETAKER_STACK_SIZE)
		return STACK_ELSEWHERE;
	return from + by;
}

static void point(const struct stack_effect *effect, struct stack_place *place)
{
	__s32 to = effect->copies ? points_to(place, effect->from, effect->by) : STACK_ELSEWHERE;

	point_elsewhere(place, effect->writes);
	if (effect->copies)
		place->points[effect->to] = to;
}

/* --- where the stack is ------------------------------------------------------- */

/* Where ways meet that differ in it, as much is the function's own as on the one with least. */
static int meet(struct stack_place *here, const struct stack_place *from)
{
	const struct stack_place before = *here;

	if (here->frame != from->frame || here->depth != from->depth)
		here->frame = FRAME_LOST;
	if (from->depth > here->depth)
		here->depth = from->depth;
	if (here->function != from->function)
		here->function = 0;
	if (from->used > here->used)
		here->used = ++here->visits > MOST_VISITS ? USABLE + 1 : from->used;
	for (int i = 0; i < STACK_REGISTERS; i++)
		if (here->points[i] != from->points[i])
			here->points[i] = STACK_ELSEWHERE;
	return memcmp(here->points, before.points, sizeof(here->points)) ||
	       here->frame != before.frame || here->depth != before.depth ||
	       here->function != before.function || here->used != before.used;
}

static void arrive(struct walk *walk, size_t i, const struct stack_place *from)
{
	struct stack_place *here = &walk->sweep->insn[i].place;
	__u8 visits = here->visits;

	if (here->frame == FRAME_UNSEEN) {
		*here = *from;
		here->visits = visits;
		put(walk, i);
	} else if (meet(here, from)) {
		put(walk, i);
	}
}

static void arrive_at(struct walk *walk, const struct swept *from, const struct stack_place *place)
{
	const struct swept *target = sweep_at(walk->sweep, from->target);

	if (target)
		arrive(walk, index_of(walk->sweep, target), place);
}

static void lower(struct swept *swept, struct stack_place *place, __s32 by)
{
	place->depth -= by;
	place->used += by;
	if (place->used > USABLE) {
		swept->faults |= FAULT_STACK;
		place->used = USABLE;
	}
}

/* Up to the return address, or the top; where neither is known, as far as it surely went down */
static void raise(struct swept *swept, struct stack_place *place, __s32 by)
{
	place->depth += by;
	place->used -= (__u32)by < place->used ? (__u32)by : place->used;
	if (place->depth > 0) {
		swept->faults |= FAULT_STACK;
		place->frame = FRAME_LOST;
		place->depth = 0;
	}
}

/* To the return address of this function, or above it, where those of its callers are */
static void check_store(struct walk *walk, struct swept *swept)
{
	const struct stack_place *place = &swept->place;
	__s32 begin = points_to(place, swept->effect.base, swept->effect.store);
	__s32 end = begin + swept->effect.stored;

	if (begin == STACK_ELSEWHERE || end <= 0)
		return;
	if (begin < WORD || !place->function) {
		swept->faults |= FAULT_RETURN;
		return;
	}
	if (end > walk->sweep->insn[place->function - 1].reach)
		walk->sweep->insn[place->function - 1].reach = end;
}

/* Where a function is entered; its first instruction is its name. */
static void enter(struct walk *walk, size_t i, __u32 used)
{
	struct stack_place place = { .frame = FRAME_CALLED, .used = used, .function = i + 1 };

	point_elsewhere(&place, ~0);
	arrive(walk, i, &place);
}

/* @place is what it is when the function is back (System V ABI, 3.2.1). */
static void call(struct walk *walk, struct swept *swept, struct stack_place *place)
{
	const struct swept *target = swept->direct ? sweep_at(walk->sweep, swept->target) : NULL;
	struct stack_place inside = *place;

	lower(swept, &inside, WORD);
	if (target)
		enter(walk, index_of(walk->sweep, target), inside.used);
	point_elsewhere(place, CALLER_SAVED);
}

static void step(struct walk *walk, size_t i)
{
	struct sweep *sweep = walk->sweep;
	struct swept *swept = &sweep->insn[i];
	struct stack_place place = swept->place;

	if (swept->flow == FLOW_RETURN && (place.frame != FRAME_CALLED || place.depth))
		swept->faults |= FAULT_RETURN;
	if (swept->effect.stored)
		check_store(walk, swept);
	point(&swept->effect, &place);
	if (swept->effect.tops)
		place = (struct stack_place){ .frame = FRAME_ENTRY };
	if (swept->effect.move < 0 || swept->over)
		lower(swept, &place, swept->over ? WORD : -swept->effect.move);
	else if (swept->effect.move)
		raise(swept, &place, swept->effect.move);

	if (swept->flow == FLOW_CALL)
		call(walk, swept, &place);
	else if (swept->direct)
		arrive_at(walk, swept, &place);
	if (swept->flow > FLOW_BRANCH || (swept->flow == FLOW_CALL && !comes_back(sweep, swept)))
		return;
	if (i + 1 == sweep->count)
		swept->faults |= FAULT_END;
	else
		arrive(walk, i + 1, &place);
}

static void follow(struct walk *walk)
{
	while (walk->waiting)
		step(walk, take(walk));
}

/* What a function writes above its return address must be the caller's, and no more. */
static void check_callers(struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->count; i++) {
		struct swept *swept = &sweep->insn[i];
		const struct swept *target;

		if (swept->flow != FLOW_CALL || !swept->direct || swept->place.frame < FRAME_CALLED)
			continue;
		target = sweep_at(sweep, swept->target);
		if (target && target->reach &&
		    (swept->place.frame == FRAME_LOST || target->reach - WORD > -swept->place.depth))
			swept->faults |= FAULT_RETURN;
	}
}

static int is_jumped_to(const struct sweep *sweep, size_t i)
{
	for (__u32 from = sweep->insn[i].from; from; from = sweep->insn[from - 1].other)
		if (sweep->insn[from - 1].flow != FLOW_CALL)
			return 1;
	return 0;
}

/* Nothing leads to it, and it is no part of what something will lead to. */
static int begins_function(const struct sweep *sweep, size_t i)
{
	const struct swept *before = i ? &sweep->insn[i - 1] : NULL;

	return !is_jumped_to(sweep, i) &&
	       (!before || before->flow > FLOW_BRANCH || before->place.frame != FRAME_UNSEEN ||
		before->nothing);
}

/* Padding that nothing leads to is not executed. */
static void follow_uncalled(struct walk *walk, int all)
{
	struct sweep *sweep = walk->sweep;

	for (size_t i = 0; i < sweep->count; i++) {
		if (sweep->insn[i].place.frame != FRAME_UNSEEN || sweep->insn[i].nothing ||
		    !(all || begins_function(sweep, i)))
			continue;
		enter(walk, i, WORD);
		follow(walk);
	}
}

int frames_follow(struct sweep *sweep, const __u64 *entry, size_t entries)
{
	const struct stack_place top = { .frame = FRAME_ENTRY };
	struct walk walk = { .sweep = sweep };

	walk.queue = calloc(sweep->count, sizeof(*walk.queue));
	if (!walk.queue)
		return -ENOMEM;
	find_returning(&walk);
	for (size_t i = 0; i < entries; i++) {
		const struct swept *first = sweep_at(sweep, entry[i]);

		if (first)
			arrive(&walk, index_of(sweep, first), &top);
		follow(&walk);
	}
	follow_uncalled(&walk, 0);
	follow_uncalled(&walk, 1);
	check_callers(sweep);
	free(walk.queue);
	return 0;
}
