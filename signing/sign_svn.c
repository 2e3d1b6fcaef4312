// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker sign: no release goes down.  Kernels count security versions by name, so a number of
 * another name says nothing.
 */
#include <errno.h>
#include <string.h>

#include "sign_request.h"
#include "svn_floor.h"
#include "verify.h"

int sign_read_previous(struct sign_request *request, struct reason *why)
{
	struct payload payload;
	struct reason inner;
	struct blob file;
	int ret;

	if (!request->previous)
		return 0;
	ret = file_read(request->previous, PAYLOAD_MAX_BYTES, &file);
	if (ret && ret != -EFBIG)
		return reason_set(why, ret, "previous", "%s: %s", request->previous, strerror(-ret));
	ret = ret ? payload_too_large(&payload, &inner) :
		    payload_parse(file.data, file.size, &payload, &inner);
	if (!ret && payload.signature)
		ret = verify_unknown(payload.data, payload.size, payload.signature,
				     payload.signature_size, &inner);
	if (!ret) {
		request->previous_svn = payload.image.note.svn;
		memcpy(request->previous_name, payload.image.note.name, CARETAKER_NAME_LEN);
	}
	blob_free(&file);
	return ret ? reason_set(why, ret, "previous", "%s: %s: %s", request->previous, inner.word,
				inner.text) : 0;
}

int sign_check_svn(const struct sign_request *request, const struct payload *payload,
		   struct reason *why)
{
	uint32_t svn = payload->image.note.svn;
	int ret = svn_floor_check(svn, request->min_svn, why);

	if (ret)
		return ret;
	if (request->previous && strncmp(payload->image.note.name, request->previous_name, CARETAKER_NAME_LEN))
		return reason_set(why, REFUSED, "previous-name", "its name is \"%.*s\", and that of %s is \"%.*s\"",
				  CARETAKER_NAME_LEN, payload->image.note.name, request->previous,
				  CARETAKER_NAME_LEN, request->previous_name);
	if (svn < request->previous_svn)
		return reason_set(why, REFUSED, "svn-low", "security version %u, and %s has %u", svn,
				  request->previous, request->previous_svn);
	return 0;
}
