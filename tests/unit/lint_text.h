/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text for tests of the lint: a payload that calls a function of some bytes.
 */
#ifndef LINT_TEXT_H
#define LINT_TEXT_H

#include "lint.h"
#include "payload_image.h"

#define TEXT		0x2000	/* offset of the text, which is at 0x1000 */
#define TEXT_SIZE	0x800
#define TEXT_FUNCTION	0x10	/* where in the text the function is */

#define CODE(bytes) bytes, sizeof(bytes) - 1

/* A payload that calls what is at TEXT_FUNCTION, and ends in UD2; the rest is INT3. */
void lint_text_make(unsigned char *image);

void lint_text_put(unsigned char *image, unsigned int at, const void *code, size_t size);

/* The lint of an image that must parse */
void lint_text_look(const unsigned char *image, size_t size, struct lint *out);

/* All three: of a function that is @code */
void lint_text_of(const void *code, size_t size, struct lint *out);

#endif
