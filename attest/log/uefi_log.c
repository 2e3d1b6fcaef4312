// SPDX-License-Identifier: GPL-2.0-only
/*
 * The iterator over the firmware's event log, and its replay (TCG PC Client
 * Platform Firmware Profile 1.05, section 10).
 */
#include <errno.h>
#include <string.h>

#include "log/uefi_event.h"
#include "log/uefi_log.h"

#define SHA1_SIZE	20

static const unsigned char spec_id_03[16] = "Spec ID Event03";
static const unsigned char spec_id_prefix[13] = { 'S', 'p', 'e', 'c', ' ', 'I', 'D', ' ',
						  'E', 'v', 'e', 'n', 't' };
static const unsigned char startup_locality[16] = "StartupLocality";

static int truncated(struct parse_error *err, const struct reader *in, const struct uefi_event *ev,
		     const char *what)
{
	return parse_fail(err, PARSE_TRUNCATED, reader_offset(in), ev->number,
			  "%s runs past the end, %zu bytes are left", what, reader_left(in));
}

/* PCR and type, which both formats start with. */
static int parse_head(struct reader *in, struct uefi_event *ev, struct parse_error *err)
{
	if (!reader_le32(in, &ev->pcr) || !reader_le32(in, &ev->type))
		return truncated(err, in, ev, "event header");
	ev->extends = ev->type != EV_NO_ACTION;
	if (ev->pcr >= PCR_COUNT && (ev->extends || ev->pcr != UEFI_PCR_NONE))
		return parse_fail(err, PARSE_INVALID, ev->offset, ev->number,
				  "PCR index %u, there are %u", ev->pcr, PCR_COUNT);
	return 0;
}

static int parse_event_data(struct reader *in, struct uefi_event *ev, struct parse_error *err)
{
	uint32_t size;

	if (!reader_le32(in, &size))
		return truncated(err, in, ev, "event size");
	ev->data_offset = reader_offset(in);
	if (!reader_view(in, size, &ev->data))
		return truncated(err, in, ev, "event data");
	return 0;
}

/* TCG_PCR_EVENT: one SHA-1 digest. */
static int parse_sha1_event(struct reader *in, struct uefi_event *ev, struct parse_error *err)
{
	int ret = parse_head(in, ev, err);

	if (ret)
		return ret;
	if (!reader_view(in, SHA1_SIZE, &ev->digest[PCR_SHA1]))
		return truncated(err, in, ev, "digest");
	ev->complete = true;
	return parse_event_data(in, ev, err);
}

static const struct uefi_algorithm *find_algorithm(const struct uefi_log *log, uint16_t id)
{
	unsigned int i;

	for (i = 0; i < log->algorithm_count; i++)
		if (log->algorithm[i].id == id)
			return &log->algorithm[i];
	return NULL;
}

/* TCG_PCR_EVENT2: a digest for each algorithm of the Spec ID event, in any order; loaders leave some out. */
static int parse_agile_event(const struct uefi_log *log, struct reader *in, struct uefi_event *ev,
			     struct parse_error *err)
{
	const struct uefi_algorithm *alg;
	struct view digest;
	uint32_t count, i, seen = 0;
	size_t start;
	uint16_t id;
	int ret;

	ret = parse_head(in, ev, err);
	if (ret)
		return ret;
	start = reader_offset(in);
	if (!reader_le32(in, &count))
		return truncated(err, in, ev, "digest count");
	if (!count || count > log->algorithm_count)
		return parse_fail(err, PARSE_INCONSISTENT, start, ev->number,
				  "%u digests, the Spec ID event names %u algorithms", count,
				  log->algorithm_count);
	ev->complete = count == log->algorithm_count;
	for (i = 0; i < count; i++) {
		start = reader_offset(in);
		if (!reader_le16(in, &id))
			return truncated(err, in, ev, "digest algorithm");
		alg = find_algorithm(log, id);
		if (!alg)
			return parse_fail(err, PARSE_INCONSISTENT, start, ev->number,
					  "digest algorithm 0x%04x is not in the Spec ID event", id);
		if (seen & 1U << (alg - log->algorithm))
			return parse_fail(err, PARSE_INCONSISTENT, start, ev->number,
					  "two digests of algorithm 0x%04x", id);
		seen |= 1U << (alg - log->algorithm);
		if (!reader_view(in, alg->size, &digest))
			return truncated(err, in, ev, "digest");
		if (alg->bank != PCR_BANK_NONE)
			ev->digest[alg->bank] = digest;
		else if (!ev->extends && ev->pcr != UEFI_PCR_NONE && !view_is_filled(digest, 0))
			return parse_fail(err, PARSE_INCONSISTENT, start, ev->number,
					  "EV_NO_ACTION with a digest that is not zero");
	}
	return parse_event_data(in, ev, err);
}

static int add_algorithm(struct uefi_log *log, size_t offset, uint16_t id, uint16_t size,
			 struct parse_error *err)
{
	struct uefi_algorithm *alg = &log->algorithm[log->algorithm_count];

	if (find_algorithm(log, id))
		return parse_fail(err, PARSE_INCONSISTENT, offset, 1, "algorithm 0x%04x twice", id);
	*alg = (struct uefi_algorithm){ id, size, pcr_bank_by_alg(id) };
	if (!size || size > PCR_DIGEST_MAX ||
	    (alg->bank != PCR_BANK_NONE && size != pcr_bank_size(alg->bank)))
		return parse_fail(err, PARSE_INVALID, offset, 1,
				  "algorithm 0x%04x with a digest of %u bytes", id, size);
	if (alg->bank != PCR_BANK_NONE && !pcr_bank_available(alg->bank))
		alg->bank = PCR_BANK_NONE;
	if (alg->bank != PCR_BANK_NONE)
		log->banks |= PCR_BANK_BIT(alg->bank);
	log->algorithm_count++;
	return 0;
}

/* TCG_EfiSpecIDEvent. */
static int parse_spec_id(struct uefi_log *log, const struct uefi_event *ev, struct parse_error *err)
{
	struct view skip;
	uint32_t count, i;
	struct reader in;
	uint8_t vendor;
	uint16_t id, size;
	size_t start;
	int ret;

	reader_init(&in, ev->data.data, ev->data.size);
	in.origin = ev->data_offset;
	/* Signature, platform class, version, size of UINTN. */
	if (!reader_view(&in, sizeof(spec_id_03) + 4 + 4, &skip) || !reader_le32(&in, &count))
		return truncated(err, &in, ev, "Spec ID event");
	if (!count || count > UEFI_ALGORITHMS_MAX)
		return parse_fail(err, PARSE_OVERSIZED, reader_offset(&in) - 4, 1,
				  "%u algorithms, must be 1 to %u", count, UEFI_ALGORITHMS_MAX);
	for (i = 0; i < count; i++) {
		start = reader_offset(&in);
		if (!reader_le16(&in, &id) || !reader_le16(&in, &size))
			return truncated(err, &in, ev, "algorithm list");
		ret = add_algorithm(log, start, id, size, err);
		if (ret)
			return ret;
	}
	if (!reader_u8(&in, &vendor) || !reader_view(&in, vendor, &skip))
		return truncated(err, &in, ev, "vendor information");
	if (reader_left(&in))
		return parse_fail(err, PARSE_TRAILING, reader_offset(&in), 1,
				  "%zu bytes behind the vendor information", reader_left(&in));
	if (!log->banks)
		return parse_fail(err, PARSE_UNSUPPORTED, ev->data_offset, 1,
				  "none of the log's hash algorithms is known");
	log->crypto_agile = true;
	return 0;
}

static bool is_spec_id(const struct uefi_event *ev, const unsigned char *signature, size_t size)
{
	return ev->type == EV_NO_ACTION && ev->data.size >= size &&
	       !memcmp(ev->data.data, signature, size);
}

int uefi_log_open(struct uefi_log *log, const void *data, size_t size, struct parse_error *err)
{
	struct uefi_event first = { .number = 1 };
	struct reader in;
	int ret;

	memset(log, 0, sizeof(*log));
	pcr_set_init(&log->pcrs);
	log->failed = true;
	if (!size)
		return parse_fail(err, PARSE_EMPTY, 0, 0, "empty log");
	if (size > UEFI_LOG_MAX)
		return parse_fail(err, PARSE_OVERSIZED, UEFI_LOG_MAX, 0,
				  "log of %zu bytes, at most %u", size, UEFI_LOG_MAX);

	/* Both formats begin with an event of the old form. */
	reader_init(&log->in, data, size);
	in = log->in;
	ret = parse_sha1_event(&in, &first, err);
	if (ret)
		return ret;
	if (is_spec_id(&first, spec_id_03, sizeof(spec_id_03))) {
		if (first.pcr)
			return parse_fail(err, PARSE_INVALID, 0, 1, "Spec ID event in PCR %u", first.pcr);
		ret = parse_spec_id(log, &first, err);
		if (ret)
			return ret;
	} else {
		log->banks = PCR_BANK_BIT(PCR_SHA1);
	}
	log->failed = false;
	return 0;
}

static bool pcr0_measured(const struct uefi_log *log)
{
	int bank;

	for (bank = 0; bank < PCR_BANKS; bank++)
		if ((log->pcrs.present[bank] | log->gap[bank]) & 1)
			return true;
	return false;
}

/* TCG_EfiStartupLocalityEvent: what PCR 0 was before anything was measured. */
static int startup_event(struct uefi_log *log, const struct uefi_event *ev, struct parse_error *err)
{
	struct view rest = ev->data, padding;

	if (ev->data.size < sizeof(startup_locality) ||
	    memcmp(ev->data.data, startup_locality, sizeof(startup_locality)))
		return 0;
	rest.data += sizeof(startup_locality);
	rest.size -= sizeof(startup_locality);
	/* coreboot before 26.06 has entries of one size, filled with zeros. */
	padding = rest;
	if (ev->data.size == UEFI_COREBOOT_ENTRY) {
		padding.data++;
		padding.size--;
		if (view_is_filled(padding, 0))
			rest.size = 1;
	}
	if (ev->pcr != 0 || rest.size != 1)
		return parse_fail(err, PARSE_INVALID, ev->offset, ev->number,
				  "malformed StartupLocality event");
	if (log->locality_seen)
		return parse_fail(err, PARSE_INCONSISTENT, ev->offset, ev->number,
				  "second StartupLocality event");
	/* A later one would undo what was measured before. */
	if (pcr0_measured(log))
		return parse_fail(err, PARSE_INCONSISTENT, ev->offset, ev->number,
				  "StartupLocality behind a measurement into PCR 0");
	if (pcr_start_locality(&log->pcrs, rest.data[0]))
		return parse_fail(err, PARSE_INVALID, ev->data_offset, ev->number,
				  "startup locality %u, must be 0, 3 or 4", rest.data[0]);
	log->locality = rest.data[0];
	log->locality_seen = true;
	return 0;
}

/*
 * An H-CRTM sequence before startup leaves PCR 0 at 4 (TPM 2.0 Part 1, section
 * 34.3), so its event can only be the first one there.
 */
static int hcrtm_event(struct uefi_log *log, const struct uefi_event *ev, struct parse_error *err)
{
	if (ev->pcr != 0 || (log->locality_seen && log->locality != 4))
		return parse_fail(err, PARSE_INCONSISTENT, ev->offset, ev->number,
				  "H-CRTM event with PCR %u and startup locality %u", ev->pcr,
				  log->locality);
	if (pcr0_measured(log))
		return parse_fail(err, PARSE_INCONSISTENT, ev->offset, ev->number,
				  "H-CRTM event behind a measurement into PCR 0");
	log->locality = 4;
	log->locality_seen = true;
	return pcr_start_locality(&log->pcrs, 4);
}

/* What an event says, against its digests, its place and what came before it. */
static int check_content(struct uefi_log *log, struct uefi_event *ev, struct parse_error *err)
{
	int ret;

	if (log->events && is_spec_id(ev, spec_id_prefix, sizeof(spec_id_prefix)))
		return parse_fail(err, PARSE_INCONSISTENT, ev->offset, ev->number,
				  "Spec ID event that is not the first");
	/* Firmware measures into all banks (PFP section 10.2.2); later code does not always. */
	if (!ev->complete && ev->pcr < UEFI_FIRMWARE_PCRS)
		return parse_fail(err, PARSE_INCONSISTENT, ev->offset, ev->number,
				  "PCR %u: fewer digests than the Spec ID event names", ev->pcr);
	ret = uefi_event_check(ev, err);
	if (!ret)
		ret = uefi_event_secure_boot(log, ev, err);
	if (!ret && !ev->extends)
		ret = startup_event(log, ev, err);
	if (!ret && ev->type == EV_EFI_HCRTM_EVENT)
		ret = hcrtm_event(log, ev, err);
	return ret;
}

static int replay(struct uefi_log *log, const struct uefi_event *ev, struct parse_error *err)
{
	int bank, ret;

	if (!ev->extends)
		return 0;
	for (bank = 0; bank < PCR_BANKS; bank++) {
		if (!(log->banks & PCR_BANK_BIT(bank)))
			continue;
		if (!ev->digest[bank].size) {
			log->gap[bank] |= 1U << ev->pcr;
			log->pcrs.present[bank] &= ~(1U << ev->pcr);
		}
		if (log->gap[bank] >> ev->pcr & 1)
			continue;
		ret = pcr_extend(&log->pcrs, bank, ev->pcr, ev->digest[bank].data,
				 ev->digest[bank].size);
		if (ret)
			return parse_fail(err, PARSE_MEMORY, ev->offset, ev->number, "hashing failed");
	}
	return 0;
}

static int next_event(struct uefi_log *log, struct uefi_event *ev, struct parse_error *err)
{
	bool first = log->events == 0;
	int ret;

	memset(ev, 0, sizeof(*ev));
	ev->number = log->events + 1;
	ev->offset = reader_offset(&log->in);
	if (ev->number > UEFI_EVENTS_MAX)
		return parse_fail(err, PARSE_OVERSIZED, ev->offset, ev->number,
				  "more than %u events", UEFI_EVENTS_MAX);
	if (first || !log->crypto_agile)
		ret = parse_sha1_event(&log->in, ev, err);
	else
		ret = parse_agile_event(log, &log->in, ev, err);
	if (ret)
		return ret;
	ret = check_content(log, ev, &ev->objection);
	if (ret && !log->tolerant)
		return parse_fail(err, ev->objection.code, ev->objection.offset, ev->number, "%s",
				  ev->objection.text);
	ev->odd = ret != 0;
	return replay(log, ev, err);
}

/*
 * The area of a log (ACPI: CCEL, LAML) is larger than the log, and zero behind it.
 * Linux ends at an event of type 0 and size 0 (drivers/char/tpm/eventlog); so does
 * this, if nothing but zeros follows.  1: the log ends here.
 */
static int at_padding(const struct uefi_log *log, struct parse_error *err)
{
	const size_t head = log->crypto_agile && log->events ? 16 : 32;
	struct reader in = log->in;
	struct view event, rest;

	if (!reader_view(&in, head, &event) || !view_is_filled(event, 0))
		return 0;
	if (reader_view(&in, reader_left(&in), &rest) && rest.size && !view_is_filled(rest, 0))
		return parse_fail(err, PARSE_TRAILING, reader_offset(&log->in), log->events + 1,
				  "something behind zeros that end the log");
	if (!log->events)
		return parse_fail(err, PARSE_EMPTY, 0, 0, "nothing but zeros");
	return 1;
}

/* What the event means for those that come after it. */
static void remember(struct uefi_log *log, const struct uefi_event *ev)
{
	log->events++;
	if (ev->pcr >= PCR_COUNT)
		return;
	if (ev->pcr == SECURE_BOOT_PCR && uefi_event_separates(ev))
		log->separated = true;
	if (ev->odd)
		log->odd |= 1U << ev->pcr;
	if (log->odd >> SECURE_BOOT_PCR & 1)
		log->secure_boot = UEFI_SECURE_BOOT_UNKNOWN;
}

int uefi_log_next(struct uefi_log *log, struct uefi_event *ev, struct parse_error *err)
{
	int ret;

	if (log->failed)
		return -EBADMSG;
	if (!reader_left(&log->in))
		return 0;
	ret = at_padding(log, err);
	if (ret > 0) {
		log->in.pos = log->in.size;
		return 0;
	}
	if (!ret)
		ret = next_event(log, ev, err);
	if (ret) {
		log->failed = true;
		return ret;
	}
	remember(log, ev);
	return 1;
}
