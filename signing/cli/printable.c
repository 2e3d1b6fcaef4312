// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text that somebody else chose, made fit for a terminal, a log and JSON.
 */
#include "printable.h"

void printable(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

void printable_line(char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < ' ') || *text == 0x7f)
			*text = '?';
}
