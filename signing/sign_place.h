/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * caretaker sign: no output takes the place of an input, or of another output.
 */
#ifndef CARETAKER_SIGN_PLACE_H
#define CARETAKER_SIGN_PLACE_H

#include "sign_request.h"

/*
 * May @out be written, and what goes beside it?  Neither may be a file that an option names to be
 * read; @out may be @in, what goes beside it neither of them.  Return: 0 or -errno, "output"
 */
int sign_check_place(const struct sign_request *request, const char *in, const char *out,
		     struct reason *why);

#endif
