/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the VMM asks of the probing payload: RSI says what to do, RDI where.  Both
 * are guest registers, which the payload finds in the CPU when it is entered.
 */
#ifndef PROBE_H
#define PROBE_H

#define PROBE_READ		0	/* a byte at slot + RDI */
#define PROBE_WRITE		1	/* the byte that is there, back to slot + RDI */
#define PROBE_EXECUTE		2	/* jump to slot + RDI */
#define PROBE_FAR		4	/* added to the above: RDI is an address */
#define PROBE_POINTER		8	/* added: the address is in the word at slot + RDI */

#define PROBE_ROUTE		16	/* route an exit that was none */
#define PROBE_SPOIL		17	/* run the guest, spoil the control block, route */
#define PROBE_DIVIDE		18	/* #DE */
#define PROBE_BREAKPOINT	19	/* #BP */
#define PROBE_UNDEFINED		20	/* #UD */
#define PROBE_ROOT		21	/* is CR3 the root that KVM made? */

/* Vectors by which the payload answers when no fault does */
#define PROBE_YES		6	/* #UD */
#define PROBE_NO		3	/* #BP */

#endif
