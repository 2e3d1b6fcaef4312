/* SPDX-License-Identifier: GPL-2.0-only */
/* Strict base64 (RFC 4648, section 4): one encoding for each byte string. */
#ifndef CARETAKER_BASE64_H
#define CARETAKER_BASE64_H

#include <stddef.h>

#include <jansson.h>

#include "file.h"

/* JSON string of @size bytes; NULL when memory is short */
json_t *base64_encode(const void *data, size_t size);

/* 0, -EBADMSG for anything that is not the canonical encoding, -EFBIG, -ENOMEM */
int base64_decode(const char *text, size_t length, size_t max, struct blob *out);

/* The same of either alphabet, that of section 5 (URL and file names) too; not of a mixture */
int base64_decode_either(const char *text, size_t length, size_t max, struct blob *out);

#endif
