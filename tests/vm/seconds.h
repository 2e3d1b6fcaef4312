/* SPDX-License-Identifier: GPL-2.0-only */
/* Time that has passed in the VM: seconds; only differences mean something. */
#ifndef SECONDS_H
#define SECONDS_H

#include <time.h>

static inline double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

#endif
