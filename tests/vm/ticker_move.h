/* SPDX-License-Identifier: GPL-2.0-only */
/* A ticker goes to another process, and its vCPU to a core of its own and back. */
#ifndef TESTS_VM_TICKER_MOVE_H
#define TESTS_VM_TICKER_MOVE_H

#include "ticker.h"

/* ticker_head.quiet: it writes to no port; it has no exit at all */
#define TICKER_NO_OUT	1
#define TICKER_SILENT	5

/* Its descriptors over a Unix socket.  Both end the program with status 3 if that fails */
void ticker_send(int socket, const struct ticker *ticker);
/* Maps its memory as well, to look at: who has it is no VMM yet */
void ticker_receive(int socket, struct ticker *ticker);

/* KVM_CARETAKER_VCPU: 0 or the errno */
struct kvm_caretaker_vcpu_op vcpu_op_init(unsigned int op, int core);
int vcpu_op(int vcpu, struct kvm_caretaker_vcpu_op *op);

/*
 * In the guest for some milliseconds, without an exit to user space: it has no exit from then on.
 * SIGALRM ends it, whose handler the caller has.  0 or -1, and it said why.
 */
int ticker_run_silently(struct ticker *ticker);

#endif
