// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's keyrings.  Two system calls need no library.
 */
#include <errno.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "file.h"
#include "kernel_keyring.h"

#define PROC_KEYS	"/proc/keys"
#define MAX_PROC_KEYS	(16 << 20)
#define MAX_KEYS	65536

static int parse_serial(const char *text, int32_t *serial)
{
	long value;
	char *end;

	errno = 0;
	value = strtol(text, &end, 0);
	if (errno || end == text || *end || value < 1 || value > INT32_MAX)
		return -EINVAL;
	*serial = value;
	return 0;
}

/*
 * A line is "ID FLAGS USAGE TIMEOUT PERM UID GID TYPE DESCRIPTION: SUMMARY"; ID is
 * hexadecimal (security/keys/proc.c).
 */
static int match_line(const char *line, size_t length, const char *name, int32_t *serial)
{
	char copy[256], type[16], description[128];
	size_t used;
	unsigned int id;

	if (length >= sizeof(copy))
		return 0;
	memcpy(copy, line, length);
	copy[length] = '\0';
	if (sscanf(copy, "%x %*s %*s %*s %*s %*s %*s %15s %127s", &id, type, description) != 3)
		return 0;
	used = strlen(description);
	if (!used || description[used - 1] != ':' || strcmp(type, "keyring"))
		return 0;
	description[used - 1] = '\0';
	if (strcmp(description, name) || !id || id > INT32_MAX)
		return 0;
	*serial = id;
	return 1;
}

int keyring_find(const char *proc_keys, const char *name, int32_t *serial)
{
	const char *line, *end;

	if (!*name || strlen(name) > 100 || strpbrk(name, " \n"))
		return -EINVAL;
	if (!parse_serial(name, serial))
		return 0;
	for (line = proc_keys; *line; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		if (match_line(line, end - line, name, serial))
			return 0;
	}
	return -ENOKEY;
}

int keyring_open(const char *name, int32_t *serial, struct reason *why)
{
	struct blob keys;
	char *text;
	int ret;

	ret = file_read(PROC_KEYS, MAX_PROC_KEYS, &keys);
	if (ret)
		return reason_set(why, ret, "keyring", PROC_KEYS ": %s", strerror(-ret));
	text = strndup(keys.data ? (char *)keys.data : "", keys.size);
	ret = text ? keyring_find(text, name, serial) : -ENOMEM;
	free(text);
	blob_free(&keys);
	if (!ret)
		return 0;
	return reason_set(why, ret, "keyring", "%s: %s", name,
			  ret == -ENOKEY ? "the running kernel has no such keyring" : strerror(-ret));
}

static json_t *describe(int32_t serial)
{
	char text[4096], type[64];
	int start = 0;
	long size;

	size = syscall(SYS_keyctl, KEYCTL_DESCRIBE, serial, text, sizeof(text) - 1);
	if (size < 0 || (size_t)size >= sizeof(text))
		return json_pack("{s:o, s:n, s:n}", "id", json_sprintf("0x%08x", serial),
				 "type", "description");
	text[size] = '\0';
	/* "TYPE;UID;GID;PERM;DESCRIPTION" */
	if (sscanf(text, "%63[^;];%*[^;];%*[^;];%*[^;];%n", type, &start) != 1)
		return NULL;
	return json_pack("{s:o, s:s, s:s}", "id", json_sprintf("0x%08x", serial),
			 "type", type, "description", text + start);
}

int keyring_list(int32_t serial, json_t **out, struct reason *why)
{
	int32_t *keys = calloc(MAX_KEYS, sizeof(*keys));
	int ret = 0;
	long size;

	*out = json_array();
	if (!keys || !*out) {
		ret = -ENOMEM;
	} else {
		size = syscall(SYS_keyctl, KEYCTL_READ, serial, keys, MAX_KEYS * sizeof(*keys));
		if (size < 0)
			ret = -errno;
		else if (size > (long)(MAX_KEYS * sizeof(*keys)))
			ret = -EFBIG;
		for (size_t i = 0; !ret && i < size / sizeof(*keys); i++)
			if (json_array_append_new(*out, describe(keys[i])))
				ret = -ENOMEM;
	}
	free(keys);
	if (!ret)
		return 0;
	json_decref(*out);
	*out = NULL;
	return reason_set(why, ret, "keyring", "cannot read keyring 0x%08x: %s", serial,
			  strerror(-ret));
}

int keyring_add(int32_t serial, const char *type, const char *description,
		const void *data, size_t size, struct reason *why)
{
	int error;

	if (syscall(SYS_add_key, type, description, data, size, serial) >= 0)
		return 0;
	error = errno;
	/* These say that the kernel looked at it; all others that it could not. */
	if (error == EKEYREJECTED || error == ENOKEY || error == EBADMSG || error == EKEYREVOKED)
		return reason_set(why, REFUSED, "key-rejected", "the kernel refused it: %s",
				  strerror(error));
	return reason_set(why, -error, "keyring", "cannot add to keyring 0x%08x: %s", serial,
			  strerror(error));
}
