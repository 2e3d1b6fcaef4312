/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Another program does a part of the work.
 */
#ifndef CARETAKER_EXTERNAL_H
#define CARETAKER_EXTERNAL_H

#include "file.h"
#include "reason.h"

/**
 * struct external - what is run
 * @command:	for /bin/sh
 * @word:	of the reason where it fails
 * @max:	bytes that it may print
 */
struct external {
	const char *command;
	const char *word;
	size_t max;
};

/*
 * Lets a shell run the command with @size bytes at @data as its standard input.  What it prints is @out.
 * Return: 0; -errno, also where it ends with another status than 0, or prints nothing or too much
 */
int external_run(const struct external *what, const void *data, size_t size, struct blob *out,
		 struct reason *why);

#endif
