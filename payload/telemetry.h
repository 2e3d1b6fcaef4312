/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What others are told of an exit: the record in the control block, counters, the ring
 * of last events.  Read by the host while we write: each word is whole, an entry is
 * complete once ring_count has passed it.
 */
#ifndef PAYLOAD_TELEMETRY_H
#define PAYLOAD_TELEMETRY_H

#include "payload.h"

_Static_assert((CARETAKER_RING & (CARETAKER_RING - 1)) == 0, "the ring is cut out by a mask");

/*
 * An exit that is KVM's is pending until the guest runs again; one that was answered has
 * been none.  The sequence is odd while the record is not whole, for a reader beside us.
 */
inlined void publish_exit(struct caretaker_ccb *ccb, const struct caretaker_exit *exit)
{
	u64 writing = READ_ONCE(ccb->sequence) | 1;

	WRITE_ONCE(ccb->sequence, writing);
	barrier();
	ccb->exit = *exit;
	barrier();
	WRITE_ONCE(ccb->sequence, writing + 1);
}

/* By halves, as RDTSC gives it */
inlined void write_tsc(__u64 *tsc)
{
	u32 *half = (u32 *)tsc;

	__asm__ volatile("rdtsc\n\tmovl %%eax, %0\n\tmovl %%edx, %1"
			 : "=m" (half[0]), "=m" (half[1]) : : "eax", "edx");
}

inlined void remember(struct caretaker_telemetry *telemetry, u32 what, u32 reason, u64 code)
{
	u64 count = telemetry->ring_count;
	struct caretaker_event *event = &telemetry->ring[count & (CARETAKER_RING - 1)];

	event->what = what;
	event->reason = reason;
	event->code = code;
	write_tsc(&event->tsc);
	barrier();
	WRITE_ONCE(telemetry->ring_count, count + 1);
}

inlined void count_exit(const struct caretaker_exit *exit, enum verdict verdict)
{
	struct caretaker_telemetry *telemetry = slot_telemetry();
	u32 reason = exit->reason;

	if (verdict == ANSWERED) {
		telemetry->handled[reason]++;
		remember(telemetry, CARETAKER_EVENT_LOCAL, reason, exit->code);
	} else {
		telemetry->routed[reason]++;
		remember(telemetry, CARETAKER_EVENT_ROUTED, reason, exit->code);
	}
}

/* A request for another state was seen and acknowledged */
inlined void count_state(u32 state)
{
	remember(slot_telemetry(), CARETAKER_EVENT_STATE, state, 0);
}

#endif /* PAYLOAD_TELEMETRY_H */
