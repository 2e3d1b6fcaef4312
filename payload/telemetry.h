/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What others are told of an exit: the record in the control block, and counters.  Read by
 * the host while we write: each word is whole.
 */
#ifndef PAYLOAD_TELEMETRY_H
#define PAYLOAD_TELEMETRY_H

#include "payload.h"

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

inlined void count_exit(const struct caretaker_exit *exit, enum verdict verdict)
{
	struct caretaker_telemetry *telemetry = slot_telemetry();

	if (verdict == ANSWERED || verdict == TO_CORE)
		telemetry->handled[exit->reason]++;
	else
		telemetry->routed[exit->reason]++;
}

#endif /* PAYLOAD_TELEMETRY_H */
