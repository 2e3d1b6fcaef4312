/* SPDX-License-Identifier: GPL-2.0-only */
/* Capstone for the lint: of its archive x86 alone is linked. */
#ifndef CARETAKER_LINT_DECODER_H
#define CARETAKER_LINT_DECODER_H

#include <capstone/capstone.h>

/*
 * decoder_open() - open a decoder of 64-bit code that tells details
 * @out: to be closed by cs_close() if it is not 0, whatever this returns
 *
 * Return: 0, or -ENOMEM
 */
int decoder_open(csh *out);

#endif
