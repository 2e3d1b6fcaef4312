// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text of a verdict's JSON, a VM at a time: as values, all of them would take some
 * 5 KiB each, and a host chooses how many there are (CLAIMS_VMS_MAX).
 */
#include <errno.h>
#include <string.h>

#include "verdict/json.h"

#define FLAGS	(JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_ENCODE_ANY)

/* Where the text goes.  json_dump_callback() loses the end of a put() inside of a key, so that it is kept */
struct sink {
	json_dump_callback_t put;
	void *data;
	bool failed;
};

/* Puts text that begins at a depth of its own deeper: a new line in it is layout, since strings have none */
struct deeper {
	struct sink *sink;
	unsigned int depth;
};

static int put_part(const struct deeper *to, const char *text, size_t size)
{
	struct sink *s = to->sink;

	s->failed = s->failed || s->put(text, size, s->data);
	return s->failed ? -1 : 0;
}

static int put_text(const struct deeper *to, const char *text)
{
	return put_part(to, text, strlen(text));
}

static int put_line(const struct deeper *to)
{
	static const char line[] = "\n        ";

	return put_part(to, line, 1 + 2 * to->depth);
}

static int put_deeper(const char *text, size_t size, void *data)
{
	const struct deeper *to = data;

	while (size) {
		const char *end = memchr(text, '\n', size);
		size_t part = end ? (size_t)(end - text) : size;

		if (part && put_part(to, text, part))
			return -1;
		if (!end)
			return 0;
		if (put_line(to))
			return -1;
		text += part + 1;
		size -= part + 1;
	}
	return 0;
}

/* Takes over @value */
static int put_value(const struct deeper *to, json_t *value)
{
	int rc = value ? json_dump_callback(value, put_deeper, (void *)to, FLAGS) : -1;

	json_decref(value);
	return rc;
}

static int put_vms(const struct deeper *to, const struct verdict *v)
{
	const struct deeper inner = { to->sink, to->depth + 1 };
	size_t vms = verdict_vms(v);

	if (!vms)
		return put_text(to, "[]");
	for (size_t i = 0; i < vms; i++)
		if (put_text(to, i ? "," : "[") || put_line(&inner) ||
		    put_value(&inner, verdict_vm_json(&v->vm[i])))
			return -1;
	return put_line(to) || put_text(to, "]") ? -1 : 0;
}

static int put_member(const struct deeper *to, const struct verdict *v, const char *key, json_t *value)
{
	if (put_line(to) || put_text(to, "\"") || put_text(to, key) || put_text(to, "\": "))
		return -1;
	return strcmp(key, "vms") ? put_value(to, json_incref(value)) : put_vms(to, v);
}

int verdict_text(const struct verdict *v, json_dump_callback_t put, void *data)
{
	struct sink sink = { put, data, false };
	const struct deeper outer = { &sink, 0 }, inner = { &sink, 1 };
	json_t *root = verdict_json_but_vms(v), *value;
	const char *key, *between = "{";
	int rc = root ? 0 : -ENOMEM;

	json_object_foreach(root, key, value) {
		if (!rc && (put_text(&outer, between) || put_member(&inner, v, key, value)))
			rc = -EIO;
		between = ",";
	}
	json_decref(root);
	if (!rc && (put_line(&outer) || put_text(&outer, "}")))
		rc = -EIO;
	return sink.failed ? -EIO : rc;
}
