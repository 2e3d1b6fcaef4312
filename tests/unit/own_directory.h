/* SPDX-License-Identifier: GPL-2.0-only */
/* A folder for one test, gone behind it: setup and teardown of cmocka. */
#ifndef OWN_DIRECTORY_H
#define OWN_DIRECTORY_H

/* *state is its path.  0, or cmocka fails the test. */
int own_directory(void **state);

/* Removes it with all that is in it, also of a test that failed half way */
int no_directory(void **state);

#endif
