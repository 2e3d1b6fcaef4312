// SPDX-License-Identifier: GPL-2.0-only
/* Reads and writes members of an archive; see the header. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "evidence/members.h"
#include "evidence/ustar.h"

#define END	(2 * USTAR_BLOCK)

static const unsigned char zeros[END];

/* The first error counts */
static int fail(struct members *in, int error, const char *fmt, ...)
{
	va_list list;
	int n;

	if (in->error)
		return in->error;
	in->error = error;
	n = snprintf(in->why, sizeof(in->why), "offset %llu: ", (unsigned long long)in->offset);
	va_start(list, fmt);
	vsnprintf(in->why + n, sizeof(in->why) - (size_t)n, fmt, list);
	va_end(list);
	return error;
}

void members_open(struct members *in, window_read read, void *from)
{
	*in = (struct members){ .read = read, .from = from };
}

/* Up to @size bytes; 0 at the end of the file */
static ssize_t take(struct members *in, void *data, size_t size)
{
	ssize_t n;

	if (in->error)
		return in->error;
	n = in->read(in->from, data, size);
	if (n < 0)
		return in->error = (int)n;
	in->offset += (uint64_t)n;
	return n;
}

/* As many as there are; *got of @size */
static int take_all(struct members *in, unsigned char *data, size_t size, size_t *got)
{
	ssize_t n = 1;

	for (*got = 0; *got < size && n; *got += (size_t)n) {
		n = take(in, data + *got, size - *got);
		if (n < 0)
			return (int)n;
	}
	return 0;
}

static int take_zeros(struct members *in, size_t size, const char *what)
{
	unsigned char data[END];
	size_t got;
	int ret = take_all(in, data, size, &got);

	if (ret)
		return ret;
	for (size_t i = 0; i < got; i++) {
		if (!data[i])
			continue;
		in->offset -= got - i;
		return fail(in, -EBADMSG, "%s is not of zeros", what);
	}
	return got == size ? 0 : fail(in, -EBADMSG, "the file ends within %s", what);
}

ssize_t members_read(void *members, void *data, size_t size)
{
	struct members *in = members;
	ssize_t n;

	if (size > in->left)
		size = (size_t)in->left;
	if (!size)
		return in->error;
	n = take(in, data, size);
	if (!n)
		return fail(in, -EBADMSG, "the file ends within %s, %llu bytes before its end", in->name,
			    (unsigned long long)in->left);
	if (n > 0)
		in->left -= (uint64_t)n;
	return n;
}

int members_read_all(struct members *in, void *data, size_t size)
{
	unsigned char *to = data;
	ssize_t n;

	for (; size; size -= (size_t)n, to += n) {
		n = members_read(in, to, size);
		if (n <= 0)
			return n ? (int)n : -ENODATA;
	}
	return 0;
}

/* Behind the member that is being read */
static int leave(struct members *in)
{
	unsigned char data[65536];
	ssize_t n;

	do
		n = members_read(in, data, sizeof(data));
	while (n > 0);
	if (n < 0 || !in->name)
		return (int)n;
	return take_zeros(in, in->padding, "what fills its last block");
}

static int check_header(struct members *in, const unsigned char *header, size_t got, const char *name,
			uint64_t *size)
{
	const char *field = "";
	size_t at = 0;

	in->offset -= got;
	if (!got && !in->name)
		return fail(in, -EBADMSG, "the file is empty");
	/* What was evidence once was JSON */
	if (!in->name && *header == '{')
		return fail(in, -EBADMSG, "evidence of version 1, collect it again with this caretaker quote");
	if (got < USTAR_BLOCK)
		return fail(in, -EBADMSG, "the file ends before the header of %s", name);
	if (ustar_check(header, name, size, &at, &field)) {
		in->offset += at;
		return fail(in, -EBADMSG, "the header is not that of %s: %s", name, field);
	}
	in->offset += got;
	return 0;
}

int members_next(struct members *in, const char *name, uint64_t max, uint64_t *size)
{
	unsigned char header[USTAR_BLOCK] = { 0 };
	size_t got;
	int ret;

	ret = leave(in);
	if (!ret)
		ret = take_all(in, header, sizeof(header), &got);
	if (!ret)
		ret = check_header(in, header, got, name, size);
	if (!ret && *size > max)
		ret = fail(in, -EBADMSG, "%s has %llu bytes, over the limit of %llu", name,
			   (unsigned long long)*size, (unsigned long long)max);
	if (ret)
		return ret;
	in->name = name;
	in->left = *size;
	in->padding = ustar_padding(*size);
	return 0;
}

int members_close(struct members *in)
{
	unsigned char one;
	ssize_t n;
	int ret;

	ret = leave(in);
	if (!ret)
		ret = take_zeros(in, END, "the end of the archive");
	if (ret)
		return ret;
	n = take(in, &one, 1);
	if (n > 0) {
		in->offset--;
		return fail(in, -EBADMSG, "there is something behind the end of the archive");
	}
	return (int)n;
}

/* --- Writing ----------------------------------------------------------------- */

int members_put_header(members_put put, void *to, const char *name, uint64_t size)
{
	unsigned char header[USTAR_BLOCK];

	if (size > USTAR_SIZE_MAX)
		return -EFBIG;
	ustar_header(name, size, header);
	return put(to, header, sizeof(header));
}

int members_put_padding(members_put put, void *to, uint64_t size)
{
	return put(to, zeros, ustar_padding(size));
}

int members_put_all(members_put put, void *to, const char *name, const void *data, size_t size)
{
	int ret = members_put_header(put, to, name, size);

	if (!ret && size)
		ret = put(to, data, size);
	return ret ? ret : members_put_padding(put, to, size);
}

int members_put_end(members_put put, void *to)
{
	return put(to, zeros, sizeof(zeros));
}
