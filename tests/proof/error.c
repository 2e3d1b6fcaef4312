// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a parser says when it refuses: the first reason stays, and its text and its
 * line keep their bounds. Any code has a name.
 */
#include <errno.h>

#include "evidence.h"

int main(void)
{
	enum parse_code code = nondet_u8();
	struct parse_error err = { .code = nondet_u8(), .offset = nondet_u64(), .record = nondet_u32() };
	struct parse_error before = err;
	char line[PARSE_ERROR_LINE];
	int ret;

	GIVEN(code != PARSE_OK);
	ret = parse_fail(&err, code, nondet_u64(), nondet_u32(), "%s", "why");
	MUST(ret == (code == PARSE_MEMORY ? -ENOMEM : -EBADMSG));
	MUST(err.code == (before.code ? before.code : code));
	MUST(!before.code || (err.offset == before.offset && err.record == before.record));
	parse_error_line(&err, line);
	MUST(parse_code_name(code) != NULL);
	if (before.code)
		END("a second reason");
	else
		END("a first reason");
	return 0;
}
