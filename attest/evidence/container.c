// SPDX-License-Identifier: GPL-2.0-only
/* Which members evidence has; see the header. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/container.h"

static const char json_name[] = "evidence.json", uefi_name[] = "uefi_log",
	userspace_name[] = "userspace_log", ima_name[] = "ima_log";

int container_parse_max(const char *text, uint64_t *max)
{
	unsigned long long value;
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || *end || !value || value > CONTAINER_MAX_IMA)
		return -EINVAL;
	*max = value;
	return 0;
}

static int get_member(struct members *in, const char *name, size_t max, struct blob *out)
{
	uint64_t size = 0;
	int ret;

	ret = members_next(in, name, max, &size);
	if (ret)
		return ret;
	out->data = malloc((size_t)size + 1);
	if (!out->data)
		return -ENOMEM;
	out->size = (size_t)size;
	return members_read_all(in, out->data, out->size);
}

static int get_json(struct members *in, struct evidence *out)
{
	struct blob text = { 0 };
	int ret = get_member(in, json_name, CONTAINER_MAX_JSON, &text);

	if (!ret)
		ret = evidence_parse(text.data, text.size, out, in->why);
	blob_free(&text);
	return ret;
}

int container_open(struct container *c, window_read read, void *from, uint64_t max,
		   struct evidence *out)
{
	int ret;

	memset(out, 0, sizeof(*out));
	c->ima_size = 0;
	members_open(&c->members, read, from);
	ret = get_json(&c->members, out);
	if (!ret)
		ret = get_member(&c->members, uefi_name, CONTAINER_MAX_UEFI, &out->uefi_log);
	if (!ret)
		ret = get_member(&c->members, userspace_name, EVIDENCE_MAX_USERSPACE, &out->userspace_log);
	if (!ret)
		ret = members_next(&c->members, ima_name, max, &c->ima_size);
	if (ret)
		evidence_free(out);
	return ret;
}

int container_close(struct container *c)
{
	return members_close(&c->members);
}

int container_put(members_put put, void *to, const struct evidence *e, uint64_t ima_size)
{
	json_t *root = evidence_json(e);
	char *text = root ? json_dumps(root, JSON_INDENT(1)) : NULL;
	int ret = text ? 0 : -ENOMEM;

	json_decref(root);
	if (!ret && (strlen(text) > CONTAINER_MAX_JSON || e->uefi_log.size > CONTAINER_MAX_UEFI ||
		     e->userspace_log.size > EVIDENCE_MAX_USERSPACE))
		ret = -EFBIG;
	if (!ret)
		ret = members_put_all(put, to, json_name, text, strlen(text));
	free(text);
	if (!ret)
		ret = members_put_all(put, to, uefi_name, e->uefi_log.data, e->uefi_log.size);
	if (!ret)
		ret = members_put_all(put, to, userspace_name, e->userspace_log.data,
				      e->userspace_log.size);
	return ret ? ret : members_put_header(put, to, ima_name, ima_size);
}

int container_put_end(members_put put, void *to, uint64_t ima_size)
{
	int ret = members_put_padding(put, to, ima_size);

	return ret ? ret : members_put_end(put, to);
}
