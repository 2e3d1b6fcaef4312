// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes a record from its bytes; see record.h.
 *
 * A verifier is little-endian like the host that wrote the record; other machines are
 * refused at build time.
 */
#include <string.h>

#include "claims/record.h"
#include "pcr.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "struct caretaker_record is little-endian"
#endif

#define PREFIX CARETAKER_RECORD_LABEL "-"

#define ENFORCE_KNOWN	(CARETAKER_ENFORCE_SECURE_BOOT | CARETAKER_ENFORCE_LOCKDOWN | \
			 CARETAKER_ENFORCE_SWITCH | CARETAKER_ENFORCE_SVN_FLOOR)
#define SWITCHES_KNOWN	(CARETAKER_SWITCH_ENFORCE | CARETAKER_SWITCH_NONGLOBAL | \
			 CARETAKER_SWITCH_BUILTIN | CARETAKER_SWITCH_NO_MACHINE | \
			 CARETAKER_SWITCH_CLOSED | CARETAKER_SWITCH_ISOLATED | CARETAKER_SWITCH_ANY)
#define KEXEC_KNOWN	(CARETAKER_KEXEC_FILE | CARETAKER_KEXEC_INITRD | CARETAKER_KEXEC_HANDOVER)

/* By number; the size is of the struct, without text behind it */
static const struct {
	const char *word;
	size_t size;
} events[] = {
	[CARETAKER_RECORD_INSTALL]	= { "install", sizeof(struct caretaker_record) },
	[CARETAKER_RECORD_UPDATE]	= { "update", sizeof(struct caretaker_record) },
	[CARETAKER_RECORD_REMOVE]	= { "remove", sizeof(struct caretaker_record) },
	[CARETAKER_RECORD_TEARDOWN]	= { "teardown", sizeof(struct caretaker_record) },
	[CARETAKER_RECORD_REFUSE]	= { "refuse", sizeof(struct caretaker_record) },
	[CARETAKER_RECORD_DETACH]	= { "detach", sizeof(struct caretaker_record) },
	[CARETAKER_RECORD_ATTACH]	= { "attach", sizeof(struct caretaker_record) },
	[CARETAKER_RECORD_ADOPT]	= { "adopt", sizeof(struct caretaker_record) },
	[CARETAKER_RECORD_BREAK]	= { "break", sizeof(struct caretaker_record) },
	[CARETAKER_RECORD_BOOT]		= { "boot", sizeof(struct caretaker_boot_record) },
	[CARETAKER_RECORD_SWITCH]	= { "switch", sizeof(struct caretaker_switch_record) },
	[CARETAKER_RECORD_KEXEC]	= { "kexec", sizeof(struct caretaker_kexec_record) },
};

bool claims_record_is_name(struct view name)
{
	return name.size >= sizeof(PREFIX) - 1 && !memcmp(name.data, PREFIX, sizeof(PREFIX) - 1);
}

/* The event that the name stands for, 0 if none: the name is hashed, and must agree */
static uint32_t event_of_name(struct view name)
{
	struct view word = { name.data + sizeof(PREFIX) - 1, name.size - (sizeof(PREFIX) - 1) };

	for (uint32_t i = 1; i < sizeof(events) / sizeof(events[0]); i++)
		if (view_is_text(word, events[i].word))
			return i;
	return 0;
}

static bool padded(const void *bytes, size_t used, size_t room)
{
	const unsigned char *p = bytes;

	if (used > room)
		return false;
	for (size_t i = used; i < room; i++)
		if (p[i])
			return false;
	return true;
}

static bool zero(const void *bytes, size_t size)
{
	return padded(bytes, 0, size);
}

/* Printable ASCII without space, NUL-padded to the end */
static bool text_ok(const char *text, size_t room, bool may_be_empty)
{
	size_t n = strnlen(text, room);

	if (n == room || (!n && !may_be_empty))
		return false;
	for (size_t i = 0; i < n; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return zero(text + n, room - n);
}

/* A digest that is there has the length of its algorithm, and is padded */
static bool digest_ok(uint16_t alg, uint16_t size, const unsigned char *value, size_t room)
{
	int bank = pcr_bank_by_alg(alg);

	if (!size)
		return !alg && zero(value, room);
	return bank >= 0 && size == pcr_bank_size(bank) && padded(value, size, room);
}

/* --- Of a VM ----------------------------------------------------------------------- */

static const char *check_payload(const struct caretaker_record *rec)
{
	bool unsigned_ok = rec->enforce & CARETAKER_WAIVED_SIGNATURE;

	if (!rec->digest_len)
		return "it has no digest";
	if (!text_ok(rec->name, sizeof(rec->name), false) ||
	    !text_ok(rec->version, sizeof(rec->version), false))
		return "its name or version is no text";
	if (rec->payload_abi != CARETAKER_ABI_VERSION)
		return "the payload's ABI is not known";
	if (rec->mode != CARETAKER_MODE_SHARED && rec->mode != CARETAKER_MODE_ISOLATED)
		return "its mode is not known";
	if (!unsigned_ok && !rec->signer_len)
		return "it names no signer, yet waives no signature";
	if (rec->enforce & CARETAKER_ENFORCE_SVN_FLOOR && rec->svn < rec->svn_floor)
		return "its SVN is below the floor that was set";
	return NULL;
}

static const char *check_signer(const struct caretaker_record *rec)
{
	if (!padded(rec->signer, rec->signer_len, sizeof(rec->signer)))
		return "its signer is longer than its room, or not padded";
	if (rec->keyring > CARETAKER_KEYRING_MACHINE)
		return "its keyring is not known";
	if (!rec->signer_len != (rec->keyring == CARETAKER_KEYRING_NONE) ||
	    !rec->signer_len != zero(rec->signer_key, sizeof(rec->signer_key)))
		return "its signer, the signer's key and the keyring do not fit";
	return NULL;
}

static const char *check_circumstances(const struct caretaker_record *rec)
{
	if (rec->enforce & ~(ENFORCE_KNOWN | CARETAKER_WAIVED_SIGNATURE))
		return "what is enforced is not known";
	if (rec->lockdown > CARETAKER_LOCKDOWN_CONFIDENTIALITY)
		return "its lockdown is not known";
	if (!digest_ok(rec->exe_alg, rec->exe_len, rec->exe, sizeof(rec->exe)))
		return "the executable's algorithm and length do not fit, or it is not padded";
	if (rec->exe_kind > CARETAKER_EXE_VERITY ||
	    !rec->exe_len != (rec->exe_kind == CARETAKER_EXE_NONE))
		return "the kind of the executable's digest does not fit";
	if (rec->reserved)
		return "a reserved field is not zero";
	return NULL;
}

static const char *check_vm(const struct caretaker_record *rec)
{
	const char *wrong = check_circumstances(rec);

	if (wrong)
		return wrong;
	if (!digest_ok(rec->digest_alg, rec->digest_len, rec->digest, sizeof(rec->digest)))
		return "its digest's algorithm and length do not fit, or it is not padded";
	wrong = check_signer(rec);
	if (wrong)
		return wrong;
	if (!text_ok(rec->name, sizeof(rec->name), true) ||
	    !text_ok(rec->version, sizeof(rec->version), true))
		return "its name or version is no text";
	if (!rec->vm != zero(rec->vm_id, sizeof(rec->vm_id)))
		return "the VM's number and its drawn identity do not fit";
	if (rec->h.event == CARETAKER_RECORD_REFUSE)
		return rec->h.result < 0 ? NULL : "it refuses with success";
	if (rec->h.result)
		return "it failed, yet is no refusal";
	if (!rec->vm)
		return "it belongs to no VM";
	return rec->h.event == CARETAKER_RECORD_INSTALL ||
	       rec->h.event == CARETAKER_RECORD_UPDATE ? check_payload(rec) : NULL;
}

/* --- Of a kernel --------------------------------------------------------------------- */

/* Text behind the struct, and its digest in it */
static const char *check_text(struct view text, uint32_t size, const unsigned char digest[32])
{
	unsigned char hash[PCR_DIGEST_MAX];

	if (text.size != size)
		return "the text behind it has another length";
	if (size && memchr(text.data, 0, size))
		return "the text behind it has a zero byte";
	if (pcr_hash(PCR_SHA256, &text, 1, hash) || memcmp(hash, digest, 32))
		return "the text behind it has another digest";
	return NULL;
}

static const char *check_floors(const struct caretaker_boot_record *rec)
{
	const struct caretaker_boot_floor *floor = rec->floor;

	if (rec->floors > CARETAKER_BOOT_FLOORS)
		return "it has more floors than room";
	for (uint32_t i = 0; i < rec->floors; i++) {
		if (!text_ok(floor[i].name, sizeof(floor[i].name), false) || floor[i].reserved)
			return "a floor's name is no text, or its reserved field not zero";
		for (uint32_t j = 0; j < i; j++)
			if (!strcmp(floor[i].name, floor[j].name))
				return "two floors are of one name";
	}
	if (!zero(floor + rec->floors, (CARETAKER_BOOT_FLOORS - rec->floors) * sizeof(*floor)))
		return "a floor that is not in use is not zero";
	return NULL;
}

static const char *check_boot(const struct caretaker_boot_record *rec, struct view text)
{
	const char *wrong = check_floors(rec);

	if (wrong)
		return wrong;
	if (rec->lockdown > CARETAKER_LOCKDOWN_CONFIDENTIALITY ||
	    rec->secure_boot > CARETAKER_SECURE_BOOT_ON ||
	    rec->handover > CARETAKER_HANDOVER_REFUSED)
		return "its lockdown, Secure Boot or handover is not known";
	if (rec->enforce & ~ENFORCE_KNOWN || rec->switches & ~SWITCHES_KNOWN)
		return "a switch or what is enforced is not known";
	/* A kernel knows its number from the one before it, or is the first that it knows */
	if (!rec->kernel || (rec->kernel > 1) != (rec->handover == CARETAKER_HANDOVER_TAKEN))
		return "the kernel's number does not fit its handover";
	if (!padded(rec->build_id, rec->build_id_len, sizeof(rec->build_id)))
		return "its build id is longer than its room, or not padded";
	if (!text_ok(rec->release, sizeof(rec->release), false))
		return "its release is no text";
	return check_text(text, rec->command_line_len, rec->command_line);
}

static const char *check_change(const struct caretaker_switch_record *rec)
{
	bool floor = rec->what == CARETAKER_SWITCHED_FLOOR;

	if (!rec->what || rec->what > CARETAKER_SWITCHED_LOCKDOWN)
		return "what was switched is not known";
	if (rec->lockdown > CARETAKER_LOCKDOWN_CONFIDENTIALITY ||
	    rec->enforce & ~ENFORCE_KNOWN || rec->switches & ~SWITCHES_KNOWN)
		return "a switch, lockdown or what is enforced is not known";
	if (!text_ok(rec->name, sizeof(rec->name), true) || floor != !!rec->name[0] ||
	    (!floor && rec->svn))
		return "its floor does not fit what was switched";
	if (rec->what == CARETAKER_SWITCHED_LATCH && !(rec->switches & CARETAKER_SWITCH_ENFORCE))
		return "the latch was thrown, and is not";
	if (rec->what == CARETAKER_SWITCHED_LOCKDOWN && !rec->lockdown)
		return "lockdown was raised, and is not there";
	return NULL;
}

static const char *check_kexec(const struct caretaker_kexec_record *rec, struct view text)
{
	bool initrd = rec->flags & CARETAKER_KEXEC_INITRD;

	if (rec->type != CARETAKER_KEXEC_DEFAULT && rec->type != CARETAKER_KEXEC_CRASH)
		return "its type is not known";
	if (rec->flags & ~KEXEC_KNOWN)
		return "a flag is not known";
	if (initrd == zero(rec->initrd, sizeof(rec->initrd)))
		return "there is an initrd without digest, or the reverse";
	if (rec->flags & CARETAKER_KEXEC_FILE) {
		if (zero(rec->image, sizeof(rec->image)))
			return "there is a file without digest";
		return check_text(text, rec->command_line_len, rec->command_line);
	}
	/* Nothing is known of what kexec_load() brought */
	if (initrd || !zero(rec->image, sizeof(rec->image)) || rec->command_line_len || text.size ||
	    !zero(rec->command_line, sizeof(rec->command_line)))
		return "it says what nobody knows";
	return NULL;
}

/* --- All ---------------------------------------------------------------------------- */

const char *claims_record_parse(struct view name, struct view bytes, struct claims_record *out)
{
	uint32_t event = event_of_name(name);

	memset(out, 0, sizeof(*out));
	if (!event)
		return "its event is not known";
	if (bytes.size < events[event].size)
		return "its size is wrong";
	memcpy(&out->h, bytes.data, events[event].size);
	out->text = (struct view){ bytes.data + events[event].size,
				   bytes.size - events[event].size };
	if (out->h.magic != CARETAKER_RECORD_MAGIC)
		return "its magic is wrong";
	if (out->h.abi != CARETAKER_ABI_VERSION)
		return "its ABI is not known";
	if (out->h.size != bytes.size)
		return "its size is wrong";
	if (out->h.event != event)
		return "its event is not the one in its name";
	if (event <= CARETAKER_RECORD_BREAK)
		return out->text.size ? "its size is wrong" : check_vm(&out->vm);
	if (out->h.result)
		return "it failed, yet is no refusal";
	if (event == CARETAKER_RECORD_BOOT)
		return check_boot(&out->boot, out->text);
	if (event == CARETAKER_RECORD_SWITCH)
		return out->text.size ? "its size is wrong" : check_change(&out->change);
	return check_kexec(&out->kexec, out->text);
}
