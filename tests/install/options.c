// SPDX-License-Identifier: GPL-2.0-only
/*
 * In front of the C library: getopt_long() prints the table that it is given, and the program
 * ends.  So tests have the options that a verb takes from the verb itself.
 */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

int getopt_long(int argc, char *const *argv, const char *shorts, const struct option *table, int *at)
{
	(void)argc;
	(void)argv;
	(void)shorts;
	(void)at;
	for (; table->name; table++)
		printf("%s %d\n", table->name, table->has_arg != no_argument);
	fflush(stdout);
	_exit(0);
}
