// SPDX-License-Identifier: GPL-2.0-only
/* A ticker goes to another process, and its vCPU to a core of its own: see ticker_move.h. */
#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/time.h>

#include "keeper.h"
#include "ticker_move.h"
#include "trial.h"

void ticker_send(int socket, const struct ticker *ticker)
{
	const int fds[] = { ticker->kvm, ticker->vm, ticker->vcpu, ticker->memory_fd, ticker->rom_fd };

	if (keeper_send(socket, fds, sizeof(fds) / sizeof(fds[0])))
		die("keeper_send");
}

void ticker_receive(int socket, struct ticker *ticker)
{
	int fds[5];

	if (keeper_receive(socket, fds, sizeof(fds) / sizeof(fds[0])))
		die("keeper_receive");
	*ticker = (struct ticker){ .kvm = fds[0], .vm = fds[1], .vcpu = fds[2], .memory_fd = fds[3],
				   .rom_fd = fds[4] };
	ticker_map(ticker);
}

struct kvm_caretaker_vcpu_op vcpu_op_init(unsigned int op, int core)
{
	return (struct kvm_caretaker_vcpu_op){ .size = sizeof(struct kvm_caretaker_vcpu_op),
					       .op = op, .cpu_fd = core };
}

int vcpu_op(int vcpu, struct kvm_caretaker_vcpu_op *op)
{
	return ioctl(vcpu, KVM_CARETAKER_VCPU, op) ? errno : 0;
}

int ticker_run_silently(struct ticker *ticker)
{
	struct itimerval soon = { .it_value.tv_usec = 5000 };
	int status;

	ticker_head(ticker)->quiet = TICKER_SILENT;
	do {
		setitimer(ITIMER_REAL, &soon, NULL);
		status = ioctl(ticker->vcpu, KVM_RUN, 0);
	} while (!status && ticker->run->exit_reason == KVM_EXIT_IO);
	if (status && errno == EINTR)
		return 0;
	printf("    KVM_RUN: %d, %s, exit %u\n", status, error_name(errno),
	       ticker->run->exit_reason);
	return -1;
}
