/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IMA templates: from a template's name to its fields, and from a field's bytes to
 * what it means. Private to ima_log.c, apart from its tests.
 */
#ifndef ATTEST_IMA_TEMPLATE_H
#define ATTEST_IMA_TEMPLATE_H

#include "log/ima_log.h"

/*
 * The fields of a built-in template, or of a list "d-ng|n-ng|sig".
 * Returns their count, or 0 with a sentence in *why.
 */
unsigned int ima_template_fields(struct view name, enum ima_field_id id[IMA_FIELDS_MAX],
				 const char **why);

/* Sets what @rec->field says, e.g. name and digest. 0 or -EBADMSG. */
int ima_template_decode(struct ima_record *rec, struct parse_error *err);

#endif
