/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Libraries that few verbs need, opened when they are first called: they are many, and each is
 * work before main().
 *
 * They are dependencies as all others are.  One that is not there ends the program with
 * EXIT_UNABLE, as the dynamic linker would have ended it at its start.
 */
#ifndef CARETAKER_LATE_H
#define CARETAKER_LATE_H

struct late {
	const char *name;
	void *library;
};

/* @name: its soname, as the headers know it */
struct late late_open(const char *name);

/* Return: the address of @symbol, never NULL */
void *late_symbol(const struct late *from, const char *symbol);

#endif
