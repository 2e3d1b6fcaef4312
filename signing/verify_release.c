// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker verify --release: is a payload in a release?
 */
#include <errno.h>
#include <string.h>

#include "verify_release.h"

int verify_release_open(const char *path, const struct public_keys *keys, struct release *out,
			struct reason *why)
{
	struct blob manifest;
	int ret;

	*out = (struct release){ 0 };
	ret = file_read(path, DSSE_MAX_BYTES, &manifest);
	if (ret == -EFBIG)
		return reason_set(why, REFUSED, "envelope-size", "the envelope has more than %u bytes",
				  DSSE_MAX_BYTES);
	if (ret)
		return reason_set(why, ret, "release-file", "%s: %s", path, strerror(-ret));
	ret = release_open(manifest.data, manifest.size, keys, out, why);
	blob_free(&manifest);
	return ret;
}

int verify_release(const struct verify_release *asked, STACK_OF(X509) *certs,
		   const struct blob *file, const struct payload *payload, struct release *out,
		   struct reason *why)
{
	struct public_keys own = { 0 };
	int ret = 0;

	*out = (struct release){ 0 };
	/* Whoever names somebody for the manifest means nobody else. */
	if (!asked->keys.count)
		ret = public_keys_add(&own, certs, why);
	if (!ret)
		ret = verify_release_open(asked->manifest, asked->keys.count ? &asked->keys : &own, out,
					  why);
	if (!ret)
		ret = release_check_file(out, file->data, file->size, payload, why);
	if (!ret)
		ret = release_check_origin(out, asked->builder, asked->source, why);
	if (ret)
		release_free(out);
	public_keys_free(&own);
	return ret;
}
