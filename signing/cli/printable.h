/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text that somebody else chose, made fit for a terminal, a log and JSON.
 */
#ifndef CARETAKER_PRINTABLE_H
#define CARETAKER_PRINTABLE_H

/*
 * Puts '?' where @text, up to its NUL, has a byte that is no printable ASCII: no
 * escape sequence reaches a terminal, and no half of a UTF-8 character, as
 * snprintf() leaves it, makes the whole text unfit for JSON.
 */
void printable(char *text);

/* Puts '?' for control characters alone, so that a name stays one, in one line. */
void printable_line(char *text);

#endif
