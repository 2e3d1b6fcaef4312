// SPDX-License-Identifier: GPL-2.0-only
/*
 * Evidence files.  The first byte says how many bytes a read gives at most.  What is
 * accepted is, but for the text of evidence.json, what our own writer makes of it; what is
 * refused leaves nothing behind, and a reason that can be printed; where IMA's list ends is
 * no matter of how it is read.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) do { if (!(condition)) abort(); } while (0)

struct input {
	const uint8_t *data;
	size_t size, at, step;
};

static ssize_t get(void *from, void *data, size_t size)
{
	struct input *in = from;

	if (in->step && size > in->step)
		size = in->step;
	if (size > in->size - in->at)
		size = in->size - in->at;
	if (size)
		memcpy(data, in->data + in->at, size);
	in->at += size;
	return (ssize_t)size;
}

/* What is written must be what was read, from in->at on */
static int compare(void *to, const void *data, size_t size)
{
	struct input *in = to;

	MUST(size <= in->size - in->at);
	MUST(!size || !memcmp(in->data + in->at, data, size));
	in->at += size;
	return 0;
}

static int nothing(void *to, const void *data, size_t size)
{
	(void)data;
	*(size_t *)to += size;
	return 0;
}

static void check_refusal(const struct members *in, size_t size)
{
	MUST(*in->why && strnlen(in->why, MEMBERS_REASON) < MEMBERS_REASON);
	MUST(in->offset <= size);
	for (const char *c = in->why; *c; c++)
		MUST(*c >= ' ' && *c <= '~');
}

/* All behind evidence.json, whose text may be any that means the same */
static void check_same(struct input *in, const struct evidence *e, const struct blob *list)
{
	struct evidence again = *e;
	size_t start = 0, behind = 0;
	uint64_t json;
	const char *field;
	size_t at;

	MUST(!ustar_check(in->data, "evidence.json", &json, &at, &field));
	start = USTAR_BLOCK + (size_t)json + ustar_padding(json);
	in->at = start;
	MUST(!members_put_all(compare, in, "uefi_log", e->uefi_log.data, e->uefi_log.size));
	MUST(!members_put_all(compare, in, "userspace_log", e->userspace_log.data, e->userspace_log.size));
	MUST(!members_put_all(compare, in, "ima_log", list->data, list->size));
	MUST(!members_put_end(compare, in));
	MUST(in->at == in->size);
	MUST(!container_put(nothing, &behind, &again, list->size));
	MUST(behind > USTAR_BLOCK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct blob list = { 0 };
	struct container c;
	struct evidence e;
	struct input in;
	ssize_t n = 1;
	int rc;

	if (!size)
		return 0;
	in = (struct input){ data + 1, size - 1, 0, data[0] };
	rc = container_open(&c, get, &in, size, &e);
	if (rc) {
		MUST(rc == -EBADMSG);
		check_refusal(&c.members, in.size);
		for (size_t i = 0; i < sizeof(e); i++)
			MUST(!((const char *)&e)[i]);
		return 0;
	}
	MUST(c.ima_size <= size);
	list.data = malloc(size);
	MUST(list.data);
	while (n > 0) {
		n = members_read(&c.members, list.data + list.size, size - list.size);
		list.size += n > 0 ? (size_t)n : 0;
	}
	MUST(n == 0 || n == -EBADMSG);
	MUST(n < 0 || list.size == c.ima_size);
	rc = container_close(&c);
	MUST(!n || rc == n);
	if (rc)
		check_refusal(&c.members, in.size);
	else
		check_same(&in, &e, &list);
	free(list.data);
	evidence_free(&e);
	return 0;
}
