// SPDX-License-Identifier: GPL-2.0-only
/* A folder for one test; see own_directory.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "own_directory.h"

#define PATH	"/tmp/caretaker-test-XXXXXX"

int own_directory(void **state)
{
	static char path[sizeof(PATH)];

	strcpy(path, PATH);
	*state = mkdtemp(path);
	return !*state;
}

int no_directory(void **state)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", (const char *)*state);
	return system(command);
}
