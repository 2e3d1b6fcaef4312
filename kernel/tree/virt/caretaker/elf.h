/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one parser of caretaker payloads: pure functions of a byte range.
 *
 * The kernel, `caretaker inspect`, the unit tests and the fuzzer compile the same
 * file.  It allocates nothing, calls nothing of the kernel and keeps no state.
 */
#ifndef _CARETAKER_ELF_H
#define _CARETAKER_ELF_H

#include <linux/caretaker_image.h>
#include <linux/types.h>

/*
 * Every rule has a number (part of the record's ABI, never reused), a short name
 * and a sentence; caretaker_rule_name() and caretaker_rule_text() give the latter.
 * elf.c holds the table, Documentation/virt/kvm/caretaker.rst explains it.
 */
#include "rules.h"

/* What follows the signed bytes */
struct caretaker_trailer {
	__u64 signed_size;	/* the payload itself, bytes from the start */
	__u64 signature_size;	/* PKCS#7 after it; 0 if unsigned */
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

const char *caretaker_rule_name(__u32 rule);
const char *caretaker_rule_text(__u32 rule);

#endif /* _CARETAKER_ELF_H */
