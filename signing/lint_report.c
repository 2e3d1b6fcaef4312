// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the lint found, as a reason and as JSON.
 */
#include <stdio.h>

#include "lint.h"

int lint_refuse(const struct lint *lint, struct reason *why)
{
	const struct lint_finding *first = &lint->finding[0];
	/* So it is where assembly gives a function no .type or .size */
	const char *where = *first->function ? first->function : lint->nameless ? LINT_NAMELESS :
			    "in no function that a symbol names";
	char more[64] = "";

	if (!lint->count)
		return 0;
	if (lint->count > 1)
		snprintf(more, sizeof(more), "; %zu more, see caretaker inspect", lint->count - 1);
	return reason_set(why, REFUSED, "lint", "%s: %s (offset 0x%llx, %s: %s)%s", first->rule,
			  first->text, (unsigned long long)first->offset, where, first->instruction, more);
}

static json_t *describe_finding(const struct lint_finding *finding)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:s?, s:s}",
			 "rule", finding->rule, "text", finding->text,
			 "offset", (json_int_t)finding->offset,
			 "address", (json_int_t)finding->address,
			 "function", *finding->function ? finding->function : NULL,
			 "instruction", finding->instruction);
}

json_t *lint_describe(const struct lint *lint)
{
	json_t *findings = json_array();

	for (size_t i = 0; i < lint->count && i < LINT_KEPT; i++)
		json_array_append_new(findings, describe_finding(&lint->finding[i]));
	return json_pack("{s:b, s:I, s:o}", "clean", !lint->count,
			 "count", (json_int_t)lint->count, "findings", findings);
}
