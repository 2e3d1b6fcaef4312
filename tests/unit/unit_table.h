/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables of cases in main(): each row with its name is a test of its own. */
#ifndef UNIT_TABLE_H
#define UNIT_TABLE_H

/* Rows have a name; behind it *state is the row. Wants tests[] and n where it is used. */
#define ADD(table, function)								\
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)			\
		tests[n++] = (struct CMUnitTest){ .name = table[i].name,		\
			.test_func = function, .initial_state = (void *)&table[i] }

#endif
