// SPDX-License-Identifier: GPL-2.0-only
/*
 * Content of firmware events against their digests (TCG PC Client Platform
 * Firmware Profile 1.05, section 10.4, table 27). The type is not hashed, so an
 * event could be relabelled; the types below are those whose data must hash to the
 * digest, and only they can say something about the platform.
 */
#include <errno.h>
#include <string.h>

#include "log/uefi_event.h"

#define SHIM_ZEROS	5	/* hashed, behind an authority of shim before 15.1 */

const unsigned char uefi_separator_error[4] = { 1, 0, 0, 0 };

/* 8be4df61-93ca-11d2-aa0d-00e098032b8c */
const unsigned char uefi_global_guid[16] = {
	0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11,
	0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c,
};

/* d719b2cb-3d3a-4596-a3bc-dad00e67656f */
const unsigned char uefi_image_security_guid[16] = {
	0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96, 0x45,
	0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f,
};

static int event_fail(const struct uefi_event *ev, struct parse_error *err, enum parse_code code,
		      const char *what)
{
	return parse_fail(err, code, ev->offset, ev->number, "event type 0x%08x: %s", ev->type, what);
}

/* All digests that we can compute are the hash of @data, and there is one. */
static bool digests_are_of(const struct uefi_event *ev, struct view data)
{
	unsigned char digest[PCR_DIGEST_MAX];
	bool any = false;
	int bank;

	for (bank = 0; bank < PCR_BANKS; bank++) {
		if (!ev->digest[bank].size)
			continue;
		if (pcr_hash(bank, &data, 1, digest) ||
		    !view_equal(ev->digest[bank], digest, pcr_bank_size(bank)))
			return false;
		any = true;
	}
	return any;
}

static bool digests_are_zero(const struct uefi_event *ev)
{
	int bank;

	for (bank = 0; bank < PCR_BANKS; bank++)
		if (ev->digest[bank].size && !view_is_filled(ev->digest[bank], 0))
			return false;
	return true;
}

/*
 * Four bytes: 0 or ~0 ends a phase, 1 reports an error of the firmware (section 3.3.2.2).
 * Windows' loader ends the registers above the firmware's with a word.
 */
static bool separator_valid(const struct uefi_event *ev)
{
	if (ev->data.size != 4)
		return false;
	if (ev->pcr >= 12 && ev->pcr <= 14 && view_is_text(ev->data, "WBCL"))
		return true;
	return view_is_filled(ev->data, 0) || view_is_filled(ev->data, 0xff) ||
	       view_equal(ev->data, uefi_separator_error, sizeof(uefi_separator_error));
}

/* Whatever its label: anything may follow it in its register. */
bool uefi_event_separates(const struct uefi_event *ev)
{
	static const unsigned char zero[4], ones[4] = { 0xff, 0xff, 0xff, 0xff };
	int bank;

	if (ev->type == EV_SEPARATOR)
		return true;
	for (bank = 0; bank < PCR_BANKS; bank++)
		if (uefi_event_measures(ev, bank, zero, sizeof(zero)) ||
		    uefi_event_measures(ev, bank, ones, sizeof(ones)) ||
		    uefi_event_measures(ev, bank, uefi_separator_error, sizeof(uefi_separator_error)))
			return true;
	return false;
}

/*
 * coreboot (src/security/tpm/tspi) names the file, region or vboot's value that the
 * digest is of, in an entry of fixed size, in the registers of firmware code.
 */
static bool names_what_was_measured(const struct uefi_event *ev)
{
	static const char *const kind[] = { "CBFS: ", "FMAP: ", "VBOOT: " };
	struct view padding = ev->data;
	const unsigned char *nul;
	size_t i;

	if (ev->type != EV_ACTION || ev->pcr > 3 || ev->data.size != UEFI_COREBOOT_ENTRY)
		return false;
	nul = memchr(ev->data.data, 0, ev->data.size);
	if (!nul)
		return false;
	padding.data = nul;
	padding.size = (size_t)(ev->data.data + ev->data.size - nul);
	if (!view_is_filled(padding, 0))
		return false;
	for (i = 0; i < sizeof(kind) / sizeof(kind[0]); i++)
		if (!memcmp(ev->data.data, kind[i], strlen(kind[i])))
			return true;
	return false;
}

/*
 * shim before 15.1 took the size of a struct with padding for that of an authority
 * event: 5 zeros follow the variable and are hashed, then a byte that is not.
 */
static void cut_uncovered_byte(struct uefi_event *ev)
{
	struct parse_error ignored = { 0 };
	struct view all = ev->data;
	struct uefi_variable var;

	if (ev->type != EV_EFI_VARIABLE_AUTHORITY || ev->pcr != SECURE_BOOT_PCR || !ev->data.size)
		return;
	ev->data.size--;
	ev->uncovered = true;
	if (!uefi_event_variable(ev, &var, &ignored) && digests_are_of(ev, ev->data)) {
		ev->bound = true;
		return;
	}
	ev->data = all;
	ev->uncovered = false;
}

/* Older firmware hashed only the variable's content of a boot variable, not the structure. */
static bool boot_variable_bound(struct uefi_event *ev)
{
	struct parse_error ignored = { 0 };
	struct uefi_variable var;

	return !uefi_event_variable(ev, &var, &ignored) && digests_are_of(ev, var.data);
}

bool uefi_event_measures(const struct uefi_event *ev, enum pcr_bank bank, const void *text, size_t size)
{
	unsigned char digest[PCR_DIGEST_MAX];
	struct view part = { text, size };

	return ev->extends && ev->digest[bank].size && !pcr_hash(bank, &part, 1, digest) &&
	       view_equal(ev->digest[bank], digest, pcr_bank_size(bank));
}

int uefi_event_check(struct uefi_event *ev, struct parse_error *err)
{
	struct uefi_variable var;

	ev->bound = ev->extends && digests_are_of(ev, ev->data);

	switch (ev->type) {
	case EV_NO_ACTION:
		/*
		 * Not extended: a digest here would be a measurement that was hidden. Windows'
		 * trust point has the digest of its own data, but no register.
		 */
		if (!digests_are_zero(ev) &&
		    !(ev->pcr == UEFI_PCR_NONE && digests_are_of(ev, ev->data)))
			return event_fail(ev, err, PARSE_INCONSISTENT,
					  "EV_NO_ACTION with a digest that is not zero");
		return 0;
	case EV_SEPARATOR:
		if (!separator_valid(ev))
			return event_fail(ev, err, PARSE_INVALID, "not a separator's data");
		break;
	case EV_ACTION:
		if (!ev->bound && names_what_was_measured(ev))
			return 0;
		break;
	case EV_EFI_ACTION:
		break;
	case EV_EFI_VARIABLE_BOOT:
		if (!ev->bound && boot_variable_bound(ev))
			return 0;
		/* fallthrough */
	case EV_EFI_VARIABLE_DRIVER_CONFIG:
	case EV_EFI_VARIABLE_BOOT2:
	case EV_EFI_VARIABLE_AUTHORITY:
		if (!ev->bound)
			cut_uncovered_byte(ev);
		if (uefi_event_variable(ev, &var, err))
			return -EBADMSG;
		break;
	default:
		return 0;
	}
	if (!ev->bound)
		return event_fail(ev, err, PARSE_MISMATCH, "digest is not the hash of the event data");
	return 0;
}

int uefi_event_variable(const struct uefi_event *ev, struct uefi_variable *var, struct parse_error *err)
{
	const size_t behind_size = ev->uncovered ? SHIM_ZEROS : 0;
	uint64_t name_chars, data_size;
	struct view guid, behind;
	struct reader in;

	reader_init(&in, ev->data.data, ev->data.size);
	in.origin = ev->data_offset;
	if (!reader_view(&in, sizeof(var->guid), &guid) || !reader_le64(&in, &name_chars) ||
	    !reader_le64(&in, &data_size))
		return parse_fail(err, PARSE_TRUNCATED, reader_offset(&in), ev->number,
				  "variable header runs past the event");
	if (name_chars > reader_left(&in) / 2)
		return parse_fail(err, PARSE_TRUNCATED, reader_offset(&in), ev->number,
				  "variable name runs past the event");
	memcpy(var->guid, guid.data, sizeof(var->guid));
	reader_view(&in, (size_t)name_chars * 2, &var->name);
	if (data_size > reader_left(&in) || reader_left(&in) - data_size != behind_size)
		return parse_fail(err, PARSE_INCONSISTENT, reader_offset(&in), ev->number,
				  "variable data does not fill the event");
	reader_view(&in, (size_t)data_size, &var->data);
	if (ev->uncovered && (!reader_view(&in, behind_size, &behind) || !view_is_filled(behind, 0)))
		return parse_fail(err, PARSE_INCONSISTENT, reader_offset(&in), ev->number,
				  "bytes behind the variable that are not zero");
	return 0;
}

bool uefi_variable_is(const struct uefi_variable *var, const unsigned char guid[16], const char *name)
{
	size_t i, n = strlen(name);

	if (memcmp(var->guid, guid, sizeof(var->guid)) || var->name.size != 2 * n)
		return false;
	for (i = 0; i < n; i++)
		if (var->name.data[2 * i] != (unsigned char)name[i] || var->name.data[2 * i + 1])
			return false;
	return true;
}

int uefi_event_secure_boot(struct uefi_log *log, const struct uefi_event *ev, struct parse_error *err)
{
	enum uefi_secure_boot state;
	struct uefi_variable var;

	if (ev->pcr != SECURE_BOOT_PCR || ev->type != EV_EFI_VARIABLE_DRIVER_CONFIG)
		return 0;
	if (uefi_event_variable(ev, &var, err))
		return -EBADMSG;
	if (!uefi_variable_is(&var, uefi_global_guid, "SecureBoot"))
		return 0;
	/* What comes later could have been extended by anything that booted. */
	if (log->separated)
		return event_fail(ev, err, PARSE_INCONSISTENT,
				  "SecureBoot behind the separator of PCR 7");
	if (var.data.size > 1 || (var.data.size && var.data.data[0] > 1))
		return event_fail(ev, err, PARSE_INVALID, "SecureBoot is neither 0 nor 1");
	/* A variable that does not exist is measured with no data. */
	state = var.data.size && var.data.data[0] ? UEFI_SECURE_BOOT_ON : UEFI_SECURE_BOOT_OFF;
	if (log->secure_boot != UEFI_SECURE_BOOT_UNKNOWN && log->secure_boot != state)
		return event_fail(ev, err, PARSE_INCONSISTENT, "SecureBoot measured twice, differently");
	log->secure_boot = state;
	return 0;
}
