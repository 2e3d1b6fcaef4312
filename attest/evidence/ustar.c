// SPDX-License-Identifier: GPL-2.0-only
/* Makes a ustar header, and holds one against it; see the header. */
#include <errno.h>
#include <string.h>

#include "evidence/ustar.h"

#define AT_SIZE		124
#define SIZE_DIGITS	11
#define AT_CHECKSUM	148

/* Each field up to where it ends */
static const struct {
	size_t end;
	const char *name;
} fields[] = {
	{ 100, "name" }, { 108, "mode" }, { 116, "uid" }, { 124, "gid" }, { 136, "size" },
	{ 148, "mtime" }, { 156, "checksum" }, { 157, "typeflag" }, { 257, "linkname" },
	{ 263, "magic" }, { 265, "version" }, { 297, "uname" }, { 329, "gname" },
	{ 337, "devmajor" }, { 345, "devminor" }, { 500, "prefix" }, { USTAR_BLOCK, "reserved" },
};

static void put_octal(unsigned char *to, size_t digits, uint64_t value)
{
	while (digits--) {
		to[digits] = (unsigned char)('0' + (value & 7));
		value >>= 3;
	}
}

void ustar_header(const char *name, uint64_t size, unsigned char out[USTAR_BLOCK])
{
	unsigned int sum = 0;

	memset(out, 0, USTAR_BLOCK);
	for (size_t i = 0; i < 100 && name[i]; i++)
		out[i] = (unsigned char)name[i];
	memcpy(out + 100, "0000644\0" "0000000\0" "0000000", 24);
	put_octal(out + AT_SIZE, SIZE_DIGITS, size);
	memcpy(out + 136, "00000000000\0" "        " "0", 21);
	memcpy(out + 257, "ustar\0" "00", 8);
	memcpy(out + 329, "0000000\0" "0000000", 16);
	for (size_t i = 0; i < USTAR_BLOCK; i++)
		sum += out[i];
	put_octal(out + AT_CHECKSUM, 6, sum);
	out[AT_CHECKSUM + 6] = 0;
}

/* Other than digits give a size whose header differs there */
static uint64_t get_size(const unsigned char *text)
{
	uint64_t size = 0;

	for (size_t i = 0; i < SIZE_DIGITS; i++)
		size = size << 3 | (text[i] & 7);
	return size;
}

int ustar_check(const unsigned char header[USTAR_BLOCK], const char *name, uint64_t *size,
		size_t *at, const char **field)
{
	unsigned char want[USTAR_BLOCK];
	size_t i, f = 0;

	*size = get_size(header + AT_SIZE);
	ustar_header(name, *size, want);
	for (i = 0; i < USTAR_BLOCK && header[i] == want[i]; i++)
		;
	if (i == USTAR_BLOCK)
		return 0;
	while (fields[f].end <= i)
		f++;
	*at = i;
	*field = fields[f].name;
	return -EBADMSG;
}
