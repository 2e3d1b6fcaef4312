/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptors that outlive a VMM: sent over a Unix socket (unix(7), SCM_RIGHTS), and kept. */
#ifndef TESTS_VM_KEEPER_H
#define TESTS_VM_KEEPER_H

#include "ticker.h"

/* Both: 0 or -1 with errno */
int keeper_send(int socket, const int *fds, unsigned int count);
int keeper_receive(int socket, int *fds, unsigned int count);

/* A ticker's.  Both end the program with status 3 if that fails */
void keeper_send_ticker(int socket, const struct ticker *ticker);
/* Maps its memory as well, to look at: who has it is no VMM yet */
void keeper_receive_ticker(int socket, struct ticker *ticker);

#endif
