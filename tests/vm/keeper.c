// SPDX-License-Identifier: GPL-2.0-only
/* Descriptors that outlive a VMM: see keeper.h. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "keeper.h"
#include "trial.h"

#define MOST	8

struct parcel {
	struct msghdr message;
	struct iovec data;
	char byte;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(MOST * sizeof(int))];
};

static struct cmsghdr *parcel_init(struct parcel *parcel, unsigned int count)
{
	memset(parcel, 0, sizeof(*parcel));
	parcel->data.iov_base = &parcel->byte;
	parcel->data.iov_len = 1;
	parcel->message.msg_iov = &parcel->data;
	parcel->message.msg_iovlen = 1;
	parcel->message.msg_control = parcel->control;
	parcel->message.msg_controllen = CMSG_SPACE(count * sizeof(int));
	return CMSG_FIRSTHDR(&parcel->message);
}

int keeper_send(int socket, const int *fds, unsigned int count)
{
	struct parcel parcel;
	struct cmsghdr *rights = parcel_init(&parcel, count);

	if (count > MOST) {
		errno = EINVAL;
		return -1;
	}
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(rights), fds, count * sizeof(int));
	return sendmsg(socket, &parcel.message, 0) == 1 ? 0 : -1;
}

int keeper_receive(int socket, int *fds, unsigned int count)
{
	struct parcel parcel;
	struct cmsghdr *rights;

	if (count > MOST) {
		errno = EINVAL;
		return -1;
	}
	parcel_init(&parcel, count);
	if (recvmsg(socket, &parcel.message, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	rights = CMSG_FIRSTHDR(&parcel.message);
	if (!rights || rights->cmsg_len != CMSG_LEN(count * sizeof(int))) {
		errno = EPROTO;
		return -1;
	}
	memcpy(fds, CMSG_DATA(rights), count * sizeof(int));
	return 0;
}

void keeper_send_ticker(int socket, const struct ticker *ticker)
{
	const int fds[] = { ticker->kvm, ticker->vm, ticker->vcpu, ticker->memory_fd, ticker->rom_fd };

	if (keeper_send(socket, fds, sizeof(fds) / sizeof(fds[0])))
		die("keeper_send");
}

void keeper_receive_ticker(int socket, struct ticker *ticker)
{
	int fds[5];

	if (keeper_receive(socket, fds, sizeof(fds) / sizeof(fds[0])))
		die("keeper_receive");
	*ticker = (struct ticker){ .kvm = fds[0], .vm = fds[1], .vcpu = fds[2], .memory_fd = fds[3],
				   .rom_fd = fds[4] };
	ticker_map(ticker);
}
