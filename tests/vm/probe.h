/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the VMM asks of the probing payload: RSI says what to do, RDI where.  Both
 * are guest registers, which the payload finds in the CPU when it is entered: on AMD
 * before the guest has run, on Intel after its first exit.
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
#define PROBE_RUN		22	/* run the guest and route, as it should be */
#define PROBE_WORD		23	/* run it, write half of RDI (PROBE_VALUE) at slot + the other, route */
#define PROBE_REGISTERS		24	/* run it, route with other registers */
#define PROBE_FLAGS		25	/* run it, route with flags that no compiler expects */
#define PROBE_ENTER		26	/* ask the trampoline for an entry, as only KVM does (AMD) */
#define PROBE_FAIL		27	/* spoil the VMCS, then ask for VMRESUME (Intel) */
#define PROBE_MACHINE_CHECK	28	/* INT 18, the gate that a machine check takes, then route */
#define PROBE_TWO_NMIS		29	/* INT 2 twice, the gate of NMIs, then route (Intel) */
#define PROBE_LOOP_OF_NMIS	30	/* INT 2 for ever (Intel) */
#define PROBE_LOOP		31	/* for ever (Intel) */

#define PROBE_GARBAGE		0x5a5a5a5a
#define PROBE_VALUE(value)	((uint64_t)(value) << 32)

/* Vectors by which the payload answers when no fault does */
#define PROBE_YES		6	/* #UD */
#define PROBE_NO		3	/* #BP */

/* In the slot: where the payload that is patched has its control block (payload/caretaker.lds) */
#define PROBE_CCB	0x108000
/* Where its switch page is, and fields of that; probe.c holds them against the header */
#define PROBE_SWITCH		0x2000
#define PROBE_SWITCH_ROOT	104
#define PROBE_SWITCH_VMCB_PA	128
/* Behind the entry point */
#define PROBE_ENTRY_INTEL	0x100

#endif
