// SPDX-License-Identifier: GPL-2.0-only
/*
 * Elements of DER.
 */
#include "der.h"

#define CLASS		0xc0
#define UNIVERSAL	0x00
#define TAG_CONSTRUCTED	0x20
#define TAG_LONG	0x1f
#define TAG_SEQUENCE	0x10
#define TAG_SET		0x11
#define DEPTH		32	/* X.509 and CMS need 12 */

struct der der_of(const void *data, size_t size)
{
	const unsigned char *at = data;

	return (struct der){ at, size ? at + size : at, 0 };
}

/* A length in the shortest form (X.690, 10.1); lib/asn1_decoder.c knows two bytes of it. */
static bool read_length(struct der *row, size_t *length)
{
	unsigned int bytes;

	if (row->at == row->end)
		return false;
	*length = *row->at++;
	if (*length < 0x80)
		return true;
	bytes = *length & 0x7f;
	if (bytes < 1 || bytes > 2 || (size_t)(row->end - row->at) < bytes)
		return false;
	*length = *row->at++;
	if (bytes == 1)
		return *length >= 0x80;
	*length = *length << 8 | *row->at++;
	return *length >= 0x100;
}

bool der_next(struct der *row, struct der *inside)
{
	struct der rest = *row;
	size_t length;

	if (rest.at == rest.end)
		return false;
	inside->tag = *rest.at++;
	if ((inside->tag & TAG_LONG) == TAG_LONG || !read_length(&rest, &length) ||
	    (size_t)(rest.end - rest.at) < length)
		return false;
	inside->at = rest.at;
	inside->end = rest.at + length;
	row->at = inside->end;
	return true;
}

bool der_enter(struct der *row, unsigned char tag, struct der *inside)
{
	return der_next(row, inside) && inside->tag == tag;
}

/* Of the universal types SEQUENCE and SET are constructed, and no string is (X.690, 10.2). */
static bool tag_is_plain(unsigned char tag)
{
	unsigned char number = tag & TAG_LONG;

	return (tag & CLASS) != UNIVERSAL ||
	       !(tag & TAG_CONSTRUCTED) == (number != TAG_SEQUENCE && number != TAG_SET);
}

static bool is_plain(struct der row, int depth)
{
	struct der inside;

	while (row.at < row.end)
		if (!der_next(&row, &inside) || !tag_is_plain(inside.tag) ||
		    ((inside.tag & TAG_CONSTRUCTED) && (!depth || !is_plain(inside, depth - 1))))
			return false;
	return true;
}

bool der_is_plain(struct der row)
{
	return is_plain(row, DEPTH);
}
