/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A bounded view of bytes that nobody vouches for, and the one way to read it.
 * elf.c and trailer.c touch the file through this and nothing else.
 */
#ifndef _CARETAKER_VIEW_H
#define _CARETAKER_VIEW_H

#include <linux/types.h>
#ifdef __KERNEL__
#include <linux/stddef.h>
#include <linux/string.h>
#else
#include <stddef.h>
#include <string.h>
#endif

#define CARETAKER_NO_HEADER	(~0U)	/* caretaker_broken.index of what is no header */

struct caretaker_view {
	const __u8 *data;
	__u64 size;
};

/* Is [@offset, @offset + @length) in the view?  Cannot overflow. */
static inline int view_holds(const struct caretaker_view *view, __u64 offset, __u64 length)
{
	return offset <= view->size && length <= view->size - offset;
}

/* Copies, since what is in the file has no alignment.  Returns 0 out of bounds. */
static inline int view_read(const struct caretaker_view *view, __u64 offset,
			    void *to, __u64 length)
{
	if (!view_holds(view, offset, length))
		return 0;
	memcpy(to, view->data + offset, length);
	return 1;
}

#endif /* _CARETAKER_VIEW_H */
