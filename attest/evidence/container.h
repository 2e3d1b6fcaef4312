/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An evidence file, version 2: a ustar archive of four members in this order, each there
 * even if it is empty, and nothing else.
 *
 *	evidence.json	all but the logs; see evidence_json() of json.h
 *	uefi_log	the firmware's
 *	userspace_log	systemd's
 *	ima_log		IMA's list, as the kernel gives it
 *
 * The IMA list, of any length, is last, so that it can be read as it comes.
 */
#ifndef CARETAKER_EVIDENCE_CONTAINER_H
#define CARETAKER_EVIDENCE_CONTAINER_H

#include "evidence/json.h"
#include "evidence/members.h"
#include "evidence/ustar.h"

#define CONTAINER_MAX_JSON	(128u << 10)		/* bytes of evidence.json */
#define CONTAINER_MAX_UEFI	(4u << 20)		/* bytes of the firmware's log */
#define CONTAINER_MAX_IMA	USTAR_SIZE_MAX		/* bytes of IMA's list */

/* @ima_size and @members.why may be read; members_read() gives IMA's list. */
struct container {
	struct members members;
	uint64_t ima_size;
};

/* "BYTES" that IMA's list may have: 1 to CONTAINER_MAX_IMA.  0 or -EINVAL */
int container_parse_max(const char *text, uint64_t *max);

/**
 * container_open - read evidence up to IMA's list, which members_read() then gives
 * @read, @from: the file, from its start
 * @max: bytes that IMA's list may have
 * @out: evidence without it
 *
 * Return: 0; -EBADMSG with @c->members.why filled; -ENOMEM; or what @read says.  On error
 * @out is empty and needs no freeing.
 */
int container_open(struct container *c, window_read read, void *from, uint64_t max,
		   struct evidence *out);

/*
 * Reads what is left.  What was read out of the container counts only if this, after it,
 * returns 0: the file is whole, and nothing is behind it.  Else as container_open().
 */
int container_close(struct container *c);

/*
 * Writes evidence up to IMA's list, of @ima_size bytes.  The caller puts them, and then
 * container_put_end().  0, -ENOMEM, -EFBIG for a log that cannot be read again, or what
 * @put says.
 */
int container_put(members_put put, void *to, const struct evidence *e, uint64_t ima_size);
int container_put_end(members_put put, void *to, uint64_t ima_size);

#endif
