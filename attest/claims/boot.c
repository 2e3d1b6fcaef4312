// SPDX-License-Identifier: GPL-2.0-only
/* Replays the firmware's log and takes the claims of claims_boot.h from it. */
#include <errno.h>
#include <string.h>

#include "claims/boot.h"
#include "claims/command_line.h"

/* Where the command line may be measured; see claims_command_line.c */
struct line_state {
	unsigned int in_pcr9;		/* events so far */
	bool first_is_options;		/* PCR 9 starts with the stub's event */
	bool options_match;		/* ... and it covers the candidate */
};

static bool known_action(struct view data)
{
	return view_is_text(data, "Calling EFI Application from Boot Option") ||
	       view_is_text(data, "Returning from EFI Application from Boot Option") ||
	       view_is_text(data, "BOOT ATTEMPTS OMITTED");
}

/*
 * PCR 4 says which code ran.  Every event in it must be understood: one that is
 * not could be an application under another label.
 */
static void boot_code(const struct uefi_event *ev, enum pcr_bank bank, struct claims_boot *out,
		      struct reasons *why)
{
	struct view digest = ev->digest[bank];

	if (ev->type == EV_SEPARATOR && ev->bound && ev->data.size == 4)
		return;
	if ((ev->type == EV_EFI_ACTION || ev->type == EV_ACTION) && ev->bound &&
	    known_action(ev->data))
		return;
	if (ev->type != EV_EFI_BOOT_SERVICES_APPLICATION ||
	    digest.size != pcr_bank_size(bank)) {
		reasons_add(why, "unknown-boot-event", "event %u in PCR 4 is of type %#x",
			    ev->number, ev->type);
		return;
	}
	if (out->applications == CLAIMS_APPLICATIONS) {
		reasons_add(why, "unknown-boot-event", "more than %u applications in PCR 4",
			    CLAIMS_APPLICATIONS);
		return;
	}
	out->application[out->applications].event = ev->number;
	out->application[out->applications].size = digest.size;
	memcpy(out->application[out->applications].digest, digest.data, digest.size);
	out->applications++;
}

static void boot_event(const struct uefi_event *ev, enum pcr_bank bank, const char *candidate,
		       struct line_state *line, struct claims_boot *out, struct reasons *why)
{
	if (!ev->extends)
		return;
	if (ev->pcr == 4)
		boot_code(ev, bank, out, why);
	if (ev->pcr == 9 && !line->in_pcr9++ && command_line_is_load_options(ev)) {
		line->first_is_options = true;
		line->options_match = command_line_is_measured(candidate, bank, ev->digest[bank]);
	}
}

/*
 * The stub measures its options before anything else goes to PCR 9.  A later place
 * would let the host swap the labels of options and initrd.
 */
static void take_command_line(const struct line_state *line, const char *candidate,
			      struct claims_boot *out)
{
	if (!line->first_is_options || !line->options_match)
		return;
	strcpy(out->command_line, candidate);
	out->command_line_proven = true;
}

/* PCR 10 belongs to IMA; above it only what the log has is compared */
static int compare(const struct pcr_set *replayed, const struct pcr_set *quoted,
		   enum pcr_bank bank, struct reasons *why)
{
	size_t size = pcr_bank_size(bank);
	int rc = 0;

	for (unsigned int pcr = 0; pcr < PCR_COUNT; pcr++) {
		const unsigned char *value = pcr_value(quoted, bank, pcr);
		bool logged = replayed->present[bank] >> pcr & 1;

		if (pcr == 10 || !value || (pcr > 10 && !logged))
			continue;
		if (memcmp(replayed->value[bank][pcr], value, size)) {
			reasons_add(why, "uefi-log-mismatch",
				    "the log does not lead to the quoted PCR %u", pcr);
			rc = -EBADMSG;
		}
	}
	return rc;
}

int claims_boot_read(const void *log, size_t size, enum pcr_bank bank,
		     const struct pcr_set *quoted, const char *candidate,
		     struct claims_boot *out, struct reasons *why)
{
	struct parse_error err = { 0 };
	struct line_state line = { 0 };
	char text[PARSE_ERROR_LINE];
	struct uefi_event ev;
	struct uefi_log in;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = uefi_log_open(&in, log, size, &err);
	while (!rc && (rc = uefi_log_next(&in, &ev, &err)) > 0) {
		boot_event(&ev, bank, candidate, &line, out, why);
		rc = 0;
	}
	if (rc < 0) {
		parse_error_line(&err, text);
		reasons_add(why, err.code == PARSE_EMPTY ? "uefi-log-empty" : "uefi-log-malformed",
			    "%.200s", text);
		goto nothing;
	}
	if (!(in.banks & PCR_BANK_BIT(bank))) {
		reasons_add(why, "uefi-log-mismatch", "the log has no %s digests",
			    pcr_bank_name(bank));
		goto nothing;
	}
	if (compare(&in.pcrs, quoted, bank, why))
		goto nothing;
	out->secure_boot = in.secure_boot;
	take_command_line(&line, candidate, out);
	return 0;
nothing:
	memset(out, 0, sizeof(*out));
	return -EBADMSG;
}
