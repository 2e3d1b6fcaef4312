/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptors that outlive a VMM: sent over a socket (unix(7), SCM_RIGHTS), and kept. */
#ifndef TESTS_VM_KEEPER_H
#define TESTS_VM_KEEPER_H

/* Both: 0 or -1 with errno */
int keeper_send(int socket, const int *fds, unsigned int count);
int keeper_receive(int socket, int *fds, unsigned int count);

#endif
