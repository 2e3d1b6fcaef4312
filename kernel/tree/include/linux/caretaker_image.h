/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parser of caretaker payloads finds in a file: virt/caretaker/elf.c
 *
 * The tools compile parser and header too.
 */
#ifndef _LINUX_CARETAKER_IMAGE_H
#define _LINUX_CARETAKER_IMAGE_H

#include <linux/types.h>

#include <asm/caretaker_payload.h>

/* Where a file breaks which rule */
struct caretaker_broken {
	__u32 rule;	/* enum caretaker_rule, 0 if none */
	__u32 index;	/* program header, or ~0 */
	__u64 offset;	/* in the file, bytes */
};

struct caretaker_segment {
	__u64 offset;
	__u64 filesz;
	__u64 vaddr;
	__u64 memsz;
	__u32 flags;	/* PF_R, PF_W, PF_X */
	__u32 index;	/* of the program header */
};

struct caretaker_image {
	__u64 entry;
	__u64 memory;	/* bytes from address 0, a multiple of the page size */
	__u32 segments;
	__u32 ccb;	/* index into @segment */
	struct caretaker_segment segment[CARETAKER_MAX_SEGMENTS];
	struct caretaker_note note;
};

/**
 * caretaker_elf_parse - check a payload against the format, ABI version 2
 * @data: the signed bytes, without the trailer
 * @size: how many
 * @image: result
 * @broken: what is wrong, on error
 *
 * Return: 0, -EBADMSG for a file that is no caretaker, -EFBIG over a limit,
 * -EOPNOTSUPP for an ABI, machine or mandatory feature that is not known.
 */
int caretaker_elf_parse(const void *data, __u64 size,
			struct caretaker_image *image,
			struct caretaker_broken *broken);

#endif /* _LINUX_CARETAKER_IMAGE_H */
