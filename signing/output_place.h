/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where an output may go: in the place of no file that the same call names to be read, or of none.
 */
#ifndef CARETAKER_OUTPUT_PLACE_H
#define CARETAKER_OUTPUT_PLACE_H

#include "file.h"
#include "reason.h"

/*
 * May @out be written, which is a name as of file_write_atomic()?  Not if it is one of the @count names in @in,
 * of which some may be NULL: a key, a certificate or a payload that is overwritten is lost.
 * Return: 0, or -EEXIST with "output"
 */
int output_place_check(const char *out, const char *const *in, size_t count, struct reason *why);

/*
 * Has nothing the name of @path yet?  "-" is standard output.  For who makes or asks for something first;
 * output_write_new() has the last word.  Return: 0, or -EEXIST with "output"
 */
int output_is_new(const char *path, struct reason *why);

/* What file_write_atomic() and its kin have returned for @path, said in @why.  Return: @ret, with "output" unless 0 */
int output_explain(const char *path, int ret, struct reason *why);

/* file_write_atomic(), and why not.  Return: 0, or -errno with "output" */
int output_write(const char *path, const struct blob *blob, unsigned int mode, struct reason *why);

/* file_write_new(), for what is lost if it is overwritten.  Return: 0, or -errno with "output" */
int output_write_new(const char *path, const struct blob *blob, unsigned int mode, struct reason *why);

#endif
