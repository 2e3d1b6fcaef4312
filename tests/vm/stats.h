/* SPDX-License-Identifier: GPL-2.0-only */
/* What KVM counted about a vCPU, and what the caretaker counted itself. */
#ifndef STATS_H
#define STATS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define STATS_MAX 128

struct stat_value {
	char name[80];
	uint64_t value;
};

struct stats {
	size_t count;
	struct stat_value stat[STATS_MAX];
};

/* The scalar statistics of KVM_GET_STATS_FD; 0 or -errno */
int stats_read(int vcpu_fd, struct stats *out);

/* A file of a vCPU in KVM's debugfs, for reading; NULL with errno */
FILE *vcpu_debugfs_open(int vm_fd, unsigned int vcpu, const char *name);

/*
 * The lines "handled REASON N" and "routed REASON N" of the caretaker's file in
 * debugfs, as statistics named "handled REASON"; 0 or -errno
 */
int telemetry_read(int vm_fd, unsigned int vcpu, struct stats *out);

/* What stands behind the word @key in that file, at most @size - 1 characters; 0 or -errno */
int telemetry_line(int vm_fd, unsigned int vcpu, const char *key, char *out, size_t size);

/* Behind "state" */
int telemetry_state(int vm_fd, unsigned int vcpu, char state[16]);

uint64_t stats_get(const struct stats *stats, const char *name);
/* after - before, without what stayed the same */
void stats_difference(const struct stats *before, const struct stats *after, struct stats *out);

#endif
