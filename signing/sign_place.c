// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker sign: no output takes the place of an input, or of another output.
 */
#include <errno.h>
#include <stdlib.h>

#include "output_place.h"
#include "sign_beside.h"
#include "sign_ima.h"
#include "sign_place.h"

/* Nor does what goes beside OUT take the place of what was given, or of OUT. */
static int check_beside(const struct sign_request *request, const char *in, const char *out,
			const char *beside, struct reason *why)
{
	int ret = output_place_check(beside, request->kept, request->kept_count, why);

	if (!ret && (file_same(beside, out) || file_overwrites(beside, in)))
		ret = reason_set(why, -EEXIST, "output", "%s: is IN or OUT, and would be a digest, a "
				 "timestamp or a signature for IMA, too", beside);
	return ret;
}

int sign_check_place(const struct sign_request *request, const char *in, const char *out,
		     struct reason *why)
{
	char *beside = NULL, *ima = NULL;
	int ret = output_place_check(out, request->kept, request->kept_count, why);

	if (!ret && request->output == SIGN_DETACHED && file_overwrites(out, in))
		ret = reason_set(why, -EEXIST, "output", "%s: is IN, and would be its signature alone", out);
	if (ret)
		return ret;
	ret = sign_beside_path(request, out, &beside);
	if (!ret)
		ret = sign_ima_path(request, out, &ima);
	if (ret)
		reason_set(why, ret, "memory", "no memory");
	else if (beside)
		ret = check_beside(request, in, out, beside, why);
	if (!ret && ima)
		ret = check_beside(request, in, out, ima, why);
	if (!ret && ima && beside && file_same(ima, beside))
		ret = reason_set(why, -EEXIST, "output", "%s: would be IMA's signature, and a digest or a "
				 "timestamp, too", ima);
	free(beside);
	free(ima);
	return ret;
}
