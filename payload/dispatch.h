/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which exits are answered here and which go to KVM.  This file is the
 * specification; docs/payload.md says the same in prose.
 *
 * Routing is always right: KVM then does what it did before there was a
 * caretaker.  An answer is right only if it equals KVM's bit for bit.  In doubt
 * an exit is routed.
 *
 * Most that are routed do not come here: plain.h.  Nor does a CPUID that is answered as usual:
 * fast_cpuid.h.
 */
#ifndef PAYLOAD_DISPATCH_H
#define PAYLOAD_DISPATCH_H

#include "cpuid.h"
#include "msr.h"
#include "payload.h"
#include "telemetry.h"

enum answer { KVM, CPUID, NOTHING, XSETBV, MSR_READ, MSR_WRITE };

static const u8 answer[CARETAKER_EXIT_REASONS] = {
	/* exit				   who	     why */
	[CARETAKER_EXIT_OTHER]		 = KVM,	  /* not known to us */
	[CARETAKER_EXIT_CPUID]		 = CPUID, /* KVM resolved the answers in advance */
	[CARETAKER_EXIT_MSR_READ]	 = MSR_READ,  /* those that only a write changes */
	[CARETAKER_EXIT_MSR_WRITE]	 = MSR_WRITE, /* those that KVM drops; timers are KVM's */
	[CARETAKER_EXIT_HLT]		 = KVM,	  /* attached: the CPU belongs to the host */
	[CARETAKER_EXIT_IO]		 = KVM,	  /* devices are the VMM's */
	[CARETAKER_EXIT_PAGE_FAULT]	 = KVM,	  /* guest memory is the host's */
	[CARETAKER_EXIT_INTERRUPT]	 = KVM,	  /* the host's interrupt, still pending */
	[CARETAKER_EXIT_NMI]		 = KVM,	  /* the same */
	[CARETAKER_EXIT_INTERRUPT_WINDOW] = KVM,  /* KVM waits for it */
	[CARETAKER_EXIT_EXCEPTION]	 = KVM,	  /* #MC is the host's, others are emulated */
	[CARETAKER_EXIT_CR]		 = KVM,	  /* changes the MMU */
	[CARETAKER_EXIT_DR]		 = KVM,	  /* lazily switched by KVM */
	[CARETAKER_EXIT_PAUSE]		 = KVM,	  /* may yield, and makes the next exit later */
	[CARETAKER_EXIT_HYPERCALL]	 = KVM,	  /* KVM's interface */
	[CARETAKER_EXIT_APIC]		 = KVM,	  /* interrupts to other vCPUs */
	[CARETAKER_EXIT_TIMER]		 = KVM,	  /* KVM's timer */
	[CARETAKER_EXIT_XSETBV]		 = XSETBV, /* of what is there already; else CPUID changes */
	[CARETAKER_EXIT_NESTED]		 = KVM,	  /* nested virtualization is KVM's */
	[CARETAKER_EXIT_SHUTDOWN]	 = KVM,	  /* the VMM decides */
	[CARETAKER_EXIT_INVALID]	 = KVM,	  /* an error of KVM or of the VMM */
	[CARETAKER_EXIT_INVD]		 = NOTHING, /* KVM executes it as a NOP */
};

/*
 * A bit in the vendors' tables of exits: with those that the table above does not give to
 * KVM, and with what needs a closer look: on Intel NMIs hide in an exception.  See plain.h.
 * The tables with that bit are in the page of the control block, those without are read-only.
 */
#define REASON_ASK	0x80
#define ASK(reason)	(CARETAKER_EXIT_##reason | REASON_ASK)
#define REASON(reason)	CARETAKER_EXIT_##reason

/* KVM wants each exit, or to enter the guest itself */
#define CONFIG_ANSWER_NOTHING	(CARETAKER_CONFIG_ROUTE_ALL | CARETAKER_CONFIG_KVM_ENTERS)

_Static_assert(offsetof(struct caretaker_ccb, request) % 8 == 0 &&
	       offsetof(struct caretaker_ccb, acknowledge) ==
	       offsetof(struct caretaker_ccb, request) + 4, "they are read at once");

/* @reason comes from a table of ours: it is in range */
inlined u8 who_answers(u32 reason)
{
	return answer[reason];
}

/* What is used here of the configuration: up to the end of its tables */
#define CONFIG_USED	(offsetof(struct caretaker_config, msr) + \
			 sizeof(((struct caretaker_config *)0)->msr))

/*
 * The configuration page comes from KVM, and through it from the VMM.  A page of
 * another layout, or a table with a count beyond its end, is not used at all.  A later
 * kernel may write more than is known here.
 */
inlined bool config_is_known(const struct caretaker_config *config)
{
	return config->abi == CARETAKER_ABI_VERSION && config->size >= CONFIG_USED &&
	       config->cpuid_count <= CARETAKER_CPUID_MAX;
}

/*
 * May this vCPU answer at all, and is there a KVM?  Says that the host's wish was seen; a request of
 * 0 is none.  That there is none, and was none, is the rule, and one look.
 */
inlined enum verdict read_state(struct caretaker_ccb *ccb)
{
	u32 request;

	if (__builtin_expect(ccb->state == CARETAKER_ATTACHED &&
			     !READ_ONCE(*(const u64 *)&ccb->request), 1))
		return ANSWERED;

	request = READ_ONCE(ccb->request);
	if (ccb->acknowledge != request)
		WRITE_ONCE(ccb->acknowledge, request);
	if (ccb->state != CARETAKER_ATTACHED)
		return ROUTE_STATE;
	if (request == CARETAKER_DETACHED)
		return DETACHED;
	return request && request != CARETAKER_ATTACHED ? ROUTE_REQUEST : ANSWERED;
}

/**
 * dispatch_exit - is this an exit that may be answered here?
 * @config:	the configuration page
 * @kind:	what who_answers() says
 * @state:	what read_state() says
 *
 * Return: ANSWERED if answer_exit() is to say, else why not.
 */
inlined enum verdict dispatch_exit(const struct caretaker_config *config, u8 kind,
				   enum verdict state)
{
	if (state != ANSWERED)
		return state;
	if (kind == KVM)
		return ROUTE_EXIT;
	if (!config_is_known(config))
		return ROUTE_CONFIG;
	if (config->flags & CONFIG_ANSWER_NOTHING)
		return ROUTE_ALL;
	return ANSWERED;
}

/* __kvm_set_xcr() would store what is stored, and nothing follows from that */
inlined enum verdict answer_xsetbv(const struct caretaker_config *config,
				   const struct guest *guest)
{
	u64 value = (u64)(u32)guest->regs->rdx << 32 | (u32)guest->rax;

	if ((u32)guest->regs->rcx || !config->xcr0 || value != config->xcr0)
		return ROUTE_XSETBV;
	return ANSWERED;
}

/**
 * answer_exit - an exit that completes an instruction: it must be that and no more
 * @config:	the configuration page
 * @kind:	what who_answers() says; dispatch_exit() has let it pass
 * @length:	of the instruction; 0 if it is not known
 * @guest:	the guest; gets the answer
 * @unprivileged: is the guest outside ring 0?  Asked only where it matters
 */
inlined enum verdict answer_exit(const struct caretaker_config *config, u8 kind, u32 length,
				 struct guest *guest, bool (*unprivileged)(void))
{
	/* Whether it does depends on SMM too, which only KVM knows */
	if ((config->flags & CARETAKER_CONFIG_CPUID_FAULT) && kind == CPUID && unprivileged())
		return ROUTE_CPUID_FAULT;
	if (guest->event)
		return ROUTE_EVENT;
	if (guest->single_step)
		return ROUTE_SINGLE_STEP;
	if (!length || length > LENGTH_MAX)
		return ROUTE_LENGTH;
	/* The most frequent first */
	if (__builtin_expect(kind == CPUID, 1))
		return answer_cpuid(config, guest);
	if (kind == MSR_READ)
		return answer_msr_read(config, guest);
	if (kind == MSR_WRITE)
		return answer_msr_write(config, guest);
	/* #GP elsewhere; some CPUs look at the intercept before the privilege level */
	if (kind == XSETBV)
		return unprivileged() ? ROUTE_XSETBV : answer_xsetbv(config, guest);
	return kind == NOTHING ? ANSWERED : ROUTE_EXIT;
}

#endif /* PAYLOAD_DISPATCH_H */
