// SPDX-License-Identifier: GPL-2.0-only
/* Replays the firmware's log and takes the claims of claims_boot.h from it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "claims/boot.h"
#include "claims/command_line.h"
#include "claims/registers.h"
#include "claims/shim.h"

/* Where the command line may be measured; see claims_command_line.c */
struct line_state {
	unsigned int in_pcr9;		/* events so far */
	bool first_is_options;		/* PCR 9 starts with the stub's event */
	bool options_match;		/* ... and it covers the candidate */
	bool in_pcr8;			/* GRUB ran: what it measures is no proof */
};

/* "Booting to Boot0001 Option", PFP 1.06; also with the brackets of its text around the name */
static bool names_boot_option(struct view data)
{
	char text[40], again[40];
	unsigned int option;
	const char *form;

	if (!data.size || data.size >= sizeof(text))
		return false;
	memcpy(text, data.data, data.size);
	text[data.size] = '\0';
	form = strchr(text, '<') ? "Booting to <Boot%04X> Option" : "Booting to Boot%04X Option";
	if (sscanf(text, strchr(text, '<') ? "Booting to <Boot%4x>" : "Booting to Boot%4x", &option) != 1)
		return false;
	snprintf(again, sizeof(again), form, option);
	return !strcmp(text, again);
}

static bool known_action(struct view data)
{
	return view_is_text(data, "Calling EFI Application from Boot Option") ||
	       view_is_text(data, "Returning from EFI Application from Boot Option") ||
	       view_is_text(data, "BOOT ATTEMPTS OMITTED") || names_boot_option(data);
}

static bool is_action(uint32_t type)
{
	return type == EV_EFI_ACTION || type == EV_ACTION || type == EV_OMIT_BOOT_DEVICE_EVENTS;
}

/*
 * By the digest: the type is not hashed, and under another label the data could be
 * anything.
 */
static void firmware_trouble(const struct uefi_event *ev, enum pcr_bank bank, struct reasons *why)
{
	static const char debug[] = "UEFI Debug Mode";

	if (ev->pcr < UEFI_FIRMWARE_PCRS &&
	    uefi_event_measures(ev, bank, uefi_separator_error, sizeof(uefi_separator_error)))
		reasons_add(why, "firmware-error",
			    "event %u: the firmware says that a measurement into PCR %u failed",
			    ev->number, ev->pcr);
	/* With the string's NUL, and without, as firmware writes it */
	if (ev->pcr == 7 && (uefi_event_measures(ev, bank, debug, sizeof(debug) - 1) ||
			     uefi_event_measures(ev, bank, debug, sizeof(debug))))
		reasons_add(why, "firmware-debug", "event %u: UEFI debug mode", ev->number);
}

/*
 * PCR 4 says which code ran.  Every event in it must be understood: one that is
 * not could be an application under another label.
 */
static void boot_code(const struct uefi_event *ev, enum pcr_bank bank, struct claims_boot *out,
		      struct reasons *why)
{
	struct view digest = ev->digest[bank];

	if (ev->odd) {
		reasons_add(why, "unknown-boot-event", "event %u in PCR 4: %.150s", ev->number,
			    ev->objection.text);
		return;
	}
	if (ev->type == EV_SEPARATOR && ev->bound)
		return;
	if (is_action(ev->type) && ev->bound && known_action(ev->data)) {
		out->acted = true;
		return;
	}
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
	out->application[out->applications].attempt = out->acted;
	memcpy(out->application[out->applications].digest, digest.data, digest.size);
	out->applications++;
	out->acted = false;
}

static void boot_event(const struct uefi_event *ev, const struct claims_boot_input *in,
		       const struct claims_shim *shim, struct line_state *line,
		       struct claims_boot *out, struct reasons *why)
{
	enum pcr_bank bank = in->bank;

	if (!ev->extends)
		return;
	firmware_trouble(ev, bank, why);
	if (claims_shim_is_off(shim, ev))
		out->shim_off = ev->number;
	if (ev->pcr == 4)
		boot_code(ev, bank, out, why);
	line->in_pcr8 |= ev->pcr == 8;
	if (ev->pcr == 9 && !line->in_pcr9++ && command_line_is_load_options(ev)) {
		line->first_is_options = true;
		line->options_match = command_line_is_measured(in->candidate, bank, ev->digest[bank]);
	}
}

/*
 * The stub measures its options before anything else goes to PCR 9.  A later place
 * would let the host swap the labels of options and initrd.  GRUB measures commands
 * into PCR 8, and each file that it reads into PCR 9: that may hold any text.
 */
static void take_command_line(const struct line_state *line, const char *candidate,
			      struct claims_boot *out)
{
	if (!line->first_is_options || !line->options_match || line->in_pcr8)
		return;
	strcpy(out->command_line, candidate);
	out->command_line_proven = true;
}

void claims_boot_unprove(struct claims_boot *c, enum pcr_bank bank, int aggregate,
			 const struct pcr_set *quoted, struct reasons *why)
{
	if (!c->open || aggregate == (int)bank)
		return;
	for (unsigned int pcr = 0; pcr < PCR_COUNT; pcr++)
		if (c->open >> pcr & 1)
			pcr_set_value(&c->at_init, bank, pcr, quoted->value[bank][pcr],
				      pcr_bank_size(bank));
	if (!(c->open >> CLAIMS_OPEN_PCR & 1))
		return;
	if (aggregate != PCR_BANK_NONE)
		reasons_add(why, "uefi-log-mismatch",
			    "PCR %u of bank %s went on behind the log, and the boot aggregate is of bank %s",
			    CLAIMS_OPEN_PCR, pcr_bank_name(bank), pcr_bank_name(aggregate));
	c->command_line_proven = false;
	memset(c->command_line, 0, sizeof(c->command_line));
}

int claims_boot_read(const struct claims_boot_input *in, struct claims_boot *out, struct reasons *why)
{
	struct claims_registers_input registers = {
		.userspace = in->userspace_log, .bank = in->bank, .quoted = in->quoted,
		.replayed = in->replayed,
	};
	struct parse_error err = { 0 };
	struct line_state line = { 0 };
	char text[PARSE_ERROR_LINE];
	struct claims_shim shim;
	struct uefi_event ev;
	struct uefi_log log;
	int rc;

	memset(out, 0, sizeof(*out));
	if (claims_shim_init(&shim, in->bank)) {
		reasons_add(why, "uefi-log-mismatch", "%s cannot be computed here",
			    pcr_bank_name(in->bank));
		goto nothing;
	}
	rc = uefi_log_open(&log, in->uefi_log.data, in->uefi_log.size, &err);
	/* The quote proves digests; an event that is odd is without a claim, not without a log */
	log.tolerant = true;
	while (!rc && (rc = uefi_log_next(&log, &ev, &err)) > 0) {
		boot_event(&ev, in, &shim, &line, out, why);
		rc = 0;
	}
	if (rc < 0) {
		parse_error_line(&err, text);
		reasons_add(why, err.code == PARSE_EMPTY ? "uefi-log-empty" : "uefi-log-malformed",
			    "%.200s", text);
		goto nothing;
	}
	if (!(log.banks & PCR_BANK_BIT(in->bank))) {
		reasons_add(why, "uefi-log-mismatch", "the log has no %s digests",
			    pcr_bank_name(in->bank));
		goto nothing;
	}
	registers.firmware = &log;
	if (claims_registers(&registers, &out->at_init, &out->open, why))
		goto nothing;
	out->secure_boot = out->shim_off ? UEFI_SECURE_BOOT_OFF : log.secure_boot;
	take_command_line(&line, in->candidate, out);
	return 0;
nothing:
	memset(out, 0, sizeof(*out));
	out->at_init = *in->quoted;
	return -EBADMSG;
}
