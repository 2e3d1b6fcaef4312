// SPDX-License-Identifier: GPL-2.0-only
/*
 * Base64, over OpenSSL's block functions.
 *
 * EVP_DecodeBlock() skips white space and ignores the bits that padding leaves
 * over; here only what base64_encode() would have written is accepted, so that
 * two different texts never mean the same bytes.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base64.h"

json_t *base64_encode(const void *data, size_t size)
{
	unsigned char *text;
	json_t *string;
	int length;

	if (size > INT_MAX / 2)
		return NULL;
	text = malloc((size + 2) / 3 * 4 + 1);
	if (!text)
		return NULL;
	length = size ? EVP_EncodeBlock(text, data, (int)size) : 0;
	string = json_stringn((char *)text, (size_t)length);
	free(text);
	return string;
}

static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

static bool canonical(const char *text, size_t length, size_t *padding)
{
	size_t i, pad = 0;
	int last;

	if (length % 4)
		return false;
	while (pad < 2 && pad < length && text[length - 1 - pad] == '=')
		pad++;
	for (i = 0; i < length - pad; i++)
		if (value_of(text[i]) < 0)
			return false;
	if (pad) {
		last = value_of(text[length - 1 - pad]);
		if (last & (pad == 1 ? 3 : 15))
			return false;
	}
	*padding = pad;
	return true;
}

int base64_decode(const char *text, size_t length, size_t max, struct blob *out)
{
	unsigned char *data;
	size_t padding = 0;
	int got;

	out->data = NULL;
	out->size = 0;
	if (!canonical(text, length, &padding))
		return -EBADMSG;
	if (length > INT_MAX / 2 || length / 4 * 3 - padding > max)
		return -EFBIG;
	data = malloc(length / 4 * 3 + 1);
	if (!data)
		return -ENOMEM;
	got = length ? EVP_DecodeBlock(data, (const unsigned char *)text, (int)length) : 0;
	if (got < 0 || (size_t)got != length / 4 * 3) {
		free(data);
		return -EBADMSG;
	}
	out->data = data;
	out->size = length / 4 * 3 - padding;
	return 0;
}

int base64_decode_either(const char *text, size_t length, size_t max, struct blob *out)
{
	bool plain = memchr(text, '+', length) || memchr(text, '/', length);
	char *copy;
	int ret;

	if (plain || (!memchr(text, '-', length) && !memchr(text, '_', length)))
		return base64_decode(text, length, max, out);
	*out = (struct blob){ 0 };
	copy = malloc(length);
	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < length; i++)
		copy[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
	ret = base64_decode(copy, length, max, out);
	free(copy);
	return ret;
}
