// SPDX-License-Identifier: GPL-2.0-only
/* Libraries that are opened late; see late.h. */
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

#include "late.h"
#include "verb.h"

/* Not exit(): another thread may be at work, whose OpenSSL that would take away under its hands. */
static _Noreturn void give_up(void)
{
	fflush(stdout);
	_exit(EXIT_UNABLE);
}

struct late late_open(const char *name)
{
	struct late late = { name, dlopen(name, RTLD_NOW | RTLD_LOCAL) };

	if (late.library)
		return late;
	fprintf(stderr, "caretaker: a library is missing: %s\n", dlerror());
	give_up();
}

void *late_symbol(const struct late *from, const char *symbol)
{
	void *address = dlsym(from->library, symbol);

	if (address)
		return address;
	fprintf(stderr, "caretaker: %s has no %s\n", from->name, symbol);
	give_up();
}
