// SPDX-License-Identifier: GPL-2.0-only
/*
 * The note by which a kernel and a verifier know this payload.  identity.h is
 * generated: version and SVN from the files of these names, the build id by
 * the script build_id.
 */
#include <elf.h>
#include "identity.h"
#include "payload.h"

#define PAYLOAD_NAME	"caretaker"

_Static_assert(sizeof(PAYLOAD_VERSION) > 1, "VERSION is empty");
_Static_assert(sizeof(PAYLOAD_VERSION) <= CARETAKER_NAME_LEN, "VERSION is too long");

/* Notes consist of 4-byte words (System V ABI); a compiler would align by 32. */
struct note {
	Elf64_Nhdr header;
	char owner[12];			/* padded to a multiple of 4 */
	struct caretaker_note descriptor;
} __attribute__((packed, aligned(4)));

_Static_assert(sizeof(struct note) == sizeof(Elf64_Nhdr) + 12 + sizeof(struct caretaker_note),
	       "a note has no padding but that of the owner");

extern const struct note caretaker_note;
const struct note caretaker_note
	__attribute__((section(".note.caretaker"), used, aligned(4))) = {
	.header = {
		.n_namesz = sizeof(CARETAKER_NOTE_OWNER),
		.n_descsz = sizeof(struct caretaker_note),
		.n_type = CARETAKER_NOTE_TYPE,
	},
	.owner = CARETAKER_NOTE_OWNER,
	.descriptor = {
		.abi = CARETAKER_ABI_VERSION,
		.size = sizeof(struct caretaker_note),
		.svn = PAYLOAD_SVN,
		.mandatory = 0,
		/* Either vendor; and what can be done without KVM */
		.optional = CARETAKER_FEATURE_SVM | CARETAKER_FEATURE_VMX |
			    CARETAKER_FEATURE_DETACH,
		.ccb_size = sizeof(struct caretaker_ccb),
		.switch_size = sizeof(struct caretaker_switch),
		.config_size = sizeof(struct caretaker_config),
		.telemetry_size = sizeof(struct caretaker_telemetry),
		.name = PAYLOAD_NAME,
		.version = PAYLOAD_VERSION,
		.build_id = { PAYLOAD_BUILD_ID },
	},
};
