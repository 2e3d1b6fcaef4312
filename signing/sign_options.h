/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The options of caretaker sign.
 */
#ifndef CARETAKER_SIGN_OPTIONS_H
#define CARETAKER_SIGN_OPTIONS_H

#include "sign_request.h"

/*
 * Takes the command line.  @request has its stacks, and room in kept for @argc names; what it takes
 * is borrowed from @argv.  Files are from getopt's optind on: IN and OUT, or with --into any number
 * of IN.  Return: 0; 1: help is asked for; -EXIT_USAGE: the call makes no sense; -EXIT_UNABLE: a
 * file of certificates is not there or is none, which was said on standard error
 */
int sign_options_parse(int argc, char **argv, struct sign_request *request);

#endif
