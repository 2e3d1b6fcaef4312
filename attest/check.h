/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kinds of evidence that `caretaker check` knows, a file each.
 */
#ifndef ATTEST_CHECK_H
#define ATTEST_CHECK_H

#include <stddef.h>

#include "file.h"
#include "log/parse_error.h"

/* argv[0] is the kind. Return an exit status. */
int check_ima(int argc, char **argv);
int check_uefi(int argc, char **argv);
int check_quote(int argc, char **argv);

/*
 * Reads a file of at most @max bytes. EXIT_ACCEPTED; EXIT_REJECTED with @err filled if it is
 * larger; EXIT_UNABLE after it said why.
 */
int check_read(const char *verb, const char *path, size_t max, struct blob *out,
	       struct parse_error *err);

#endif
