/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One record of the kernel's, taken from its bytes: each field is checked, and what is
 * not in use is zero.  <linux/caretaker_record.h> fixes the layouts.
 */
#ifndef CARETAKER_CLAIMS_RECORD_H
#define CARETAKER_CLAIMS_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/caretaker_record.h>

#include "reader.h"

struct claims_record {
	union {
		struct caretaker_record_header h;
		struct caretaker_record vm;		/* of all events below boot */
		struct caretaker_boot_record boot;
		struct caretaker_switch_record change;
		struct caretaker_kexec_record kexec;
	};
	struct view text;	/* the command line behind the struct; points into the log */
};

/* Does @name claim to be one of ours? */
bool claims_record_is_name(struct view name);

/*
 * @name: "caretaker-install" ...; @bytes: of the record.
 * Return: the rule that it breaks, or NULL.
 */
const char *claims_record_parse(struct view name, struct view bytes, struct claims_record *out);

#endif
