// SPDX-License-Identifier: GPL-2.0-only
/* A machine for programs that can do nothing without one. */
#include <errno.h>

#include "machine.h"
#include "trial.h"

void machine_new(struct machine *machine, unsigned int vcpus)
{
	const char *what = "";
	int ret = machine_create(machine, &what);

	while (!ret && machine->vcpus < vcpus)
		ret = machine_add_vcpu(machine, &what);
	if (ret) {
		errno = -ret;
		die(what);
	}
}
