// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker sign: the file beside OUT.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_group.h"
#include "hex.h"
#include "output_place.h"
#include "sign_beside.h"

int sign_beside_path(const struct sign_request *request, const char *out, char **path)
{
	const char *named = request->digest;

	if (!named)
		named = request->timestamp_query;
	if (!named)
		named = request->timestamp;
	*path = NULL;
	if (named)
		*path = strdup(named);
	else if (!request->timestamp_command)
		return 0;
	else if (asprintf(path, "%s" TIMESTAMP_SUFFIX, out) < 0)
		*path = NULL;
	return *path ? 0 : -ENOMEM;
}

/* What a failure brings back.  What takes bytes, as a pipe, keeps none. */
static int keep_before(struct sign_beside *beside, size_t max)
{
	struct stat st;

	if (!strcmp(beside->path, "-") || stat(beside->path, &st) || !S_ISREG(st.st_mode))
		return 0;
	beside->was = true;
	beside->mode = st.st_mode & 0777;
	return file_read(beside->path, max, &beside->before);
}

int sign_beside_keep(const char *path, size_t max, struct sign_beside *beside, struct reason *why)
{
	int ret;

	*beside = (struct sign_beside){ .path = strdup(path) };
	if (!beside->path)
		return reason_set(why, -ENOMEM, "memory", "no memory");
	ret = keep_before(beside, max);
	if (!ret)
		return 0;
	output_explain(path, ret, why);
	/* It is what it was. */
	free(beside->path);
	beside->path = NULL;
	return ret;
}

static void hold_signals(struct sign_beside *beside, const char *out)
{
	sigset_t all;

	sigfillset(&all);
	beside->held = file_group_takes(beside->path) && file_group_takes(out) &&
		       !sigprocmask(SIG_BLOCK, &all, &beside->mask);
}

int sign_beside_put(const char *path, const char *out, const void *data, size_t size,
		    struct sign_beside *beside, struct reason *why)
{
	int ret;

	ret = sign_beside_keep(path, TIMESTAMP_MAX, beside, why);
	if (ret)
		return ret;
	hold_signals(beside, out);
	ret = beside->was ? file_write_over(beside->path, &beside->before, data, size) :
			    file_write_atomic(beside->path, data, size, 0644);
	if (!ret)
		return 0;
	output_explain(beside->path, ret, why);
	free(beside->path);
	beside->path = NULL;
	return ret;
}

/* What is to be written: none is no bytes */
static int make_bytes(const struct sign_request *request, const struct timestamp_of *of, const char *digest,
		      X509 *cert, const char *path, struct blob *bytes, struct reason *why)
{
	*bytes = (struct blob){ 0 };
	if (request->timestamp_query)
		return timestamp_query(of, cert, bytes, why);
	if (request->timestamp_command)
		return sign_timestamp(request, of, cert, path, bytes, why);
	*bytes = (struct blob){ malloc(EVP_MAX_MD_SIZE), EVP_MAX_MD_SIZE };
	if (!bytes->data || hex_decode(digest, bytes->data, &bytes->size))
		return reason_set(why, -ENOMEM, "memory", "no memory");
	return 0;
}

int sign_beside_write(const struct sign_request *request, const struct payload *payload,
		      const struct blob *der, const char *digest, X509 *cert, const char *out,
		      struct sign_beside *beside, struct reason *why)
{
	const struct timestamp_of of = { payload->data, payload->size, der->data, der->size };
	struct blob bytes;
	char *path;
	int ret;

	*beside = (struct sign_beside){ 0 };
	ret = sign_beside_path(request, out, &path);
	if (ret)
		return reason_set(why, ret, "memory", "no memory");
	if (!path)
		return 0;
	ret = make_bytes(request, &of, digest, cert, path, &bytes, why);
	if (!ret && bytes.size)
		ret = sign_beside_put(path, out, bytes.data, bytes.size, beside, why);
	blob_free(&bytes);
	free(path);
	return ret;
}

/* Its permissions come first, which what is written over a file has from it. */
static void bring_back(const struct sign_beside *beside)
{
	struct blob now;

	if (chmod(beside->path, beside->mode) || file_read(beside->path, PAYLOAD_MAX_BYTES, &now))
		return;
	file_write_over(beside->path, &now, beside->before.data, beside->before.size);
	blob_free(&now);
}

/* What a link names, too, but neither the link nor a device, which were there before */
static void take_away(const char *path)
{
	char *file = realpath(path, NULL);
	struct stat st;

	if (file && !lstat(file, &st) && S_ISREG(st.st_mode))
		unlink(file);
	free(file);
}

void sign_beside_end(struct sign_beside *beside, bool failed)
{
	struct sign_beside ended = *beside;

	if (failed && beside->path && beside->was)
		bring_back(beside);
	else if (failed && beside->path)
		take_away(beside->path);
	blob_free(&beside->before);
	free(beside->path);
	*beside = (struct sign_beside){ 0 };
	if (ended.held)
		sigprocmask(SIG_SETMASK, &ended.mask, NULL);
}
