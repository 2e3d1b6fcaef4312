/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one parser of caretaker payloads: pure functions of a byte range.
 *
 * The kernel, `caretaker inspect`, the unit tests and the fuzzer compile the same
 * file.  It allocates nothing, calls nothing of the kernel and keeps no state.
 */
#ifndef _CARETAKER_ELF_H
#define _CARETAKER_ELF_H

#include <linux/caretaker.h>
#include <linux/types.h>

/*
 * Every rule has a number (part of the record's ABI, never reused), a short name
 * and a sentence; caretaker_rule_name() and caretaker_rule_text() give the latter.
 * elf.c holds the table, Documentation/virt/kvm/caretaker.rst explains it.
 */
#include "rules.h"

/* Where a file breaks which rule */
struct caretaker_broken {
	__u32 rule;	/* enum caretaker_rule, 0 if none */
	__u32 index;	/* program header, or ~0 */
	__u64 offset;	/* in the file, bytes */
};

/* What follows the signed bytes */
struct caretaker_trailer {
	__u64 signed_size;	/* the payload itself, bytes from the start */
	__u64 signature_size;	/* PKCS#7 after it; 0 if unsigned */
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
 * caretaker_trailer_parse - find the signature that follows a payload
 * @data: the file
 * @size: its bytes
 * @trailer: result, also when the file is unsigned
 * @broken: what is wrong, on error
 *
 * Looks at the last bytes only, never at the ELF.  The trailer is that of signed
 * modules: PKCS#7, struct module_signature, marker.
 *
 * Return: 0, -ENODATA if there is no marker (unsigned; @trailer is valid),
 * -EBADMSG for a trailer that is malformed, -EFBIG for one over the limits.
 */
int caretaker_trailer_parse(const void *data, __u64 size,
			    struct caretaker_trailer *trailer,
			    struct caretaker_broken *broken);

/**
 * caretaker_elf_parse - check a payload against the format, ABI version 1
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

const char *caretaker_rule_name(__u32 rule);
const char *caretaker_rule_text(__u32 rule);

#endif /* _CARETAKER_ELF_H */
