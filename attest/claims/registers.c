// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the firmware's log through user space's words to the quoted registers.
 *
 * A word says nothing of the boot; it only explains why a register went on after IMA
 * started (systemd: docs/TPM2_PCR_MEASUREMENTS.md). So it counts where it is known,
 * in its register, and hashes to what was extended.
 */
#include <errno.h>
#include <string.h>

#include "claims/registers.h"
#include "log/userspace_log.h"

#define IMA_PCR	10

static const struct {
	const char *word;
	bool beginning;
	uint32_t pcrs;
} words[] = {
	{ "os-separator",	false, 0x72ff },	/* 0 to 7, 9, 12 to 14 */
	{ "nvpcr-separator",	false, 1U << 9 },
	{ "nvpcr-init:",	true,  1U << 9 },
	{ "enter-initrd",	false, 1U << 11 },
	{ "leave-initrd",	false, 1U << 11 },
	{ "sysinit",		false, 1U << 11 },
	{ "ready",		false, 1U << 11 },
	{ "shutdown",		false, 1U << 11 },
	{ "final",		false, 1U << 11 },
	{ "machine-id:",	true,  1U << 15 },
	{ "file-system:",	true,  1U << 15 },
};

static bool known_word(const struct userspace_record *rec)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i].word);

		if (words[i].pcrs >> rec->pcr & 1 && !strncmp(rec->word, words[i].word, n) &&
		    (words[i].beginning ? rec->word[n] : !rec->word[n]))
			return rec->bound;
	}
	return false;
}

/**
 * struct path - how far the registers of one bank are followed
 * @at:		values so far
 * @here:	bit n: @at has the quoted value; nothing moves it any more
 * @said:	bit n: user space's log has a record for PCR n
 * @lost:	bit n: a digest of the bank is missing on the way
 * @unknown:	number of the first record on the way that is no known word
 */
struct path {
	struct pcr_set at;
	uint32_t here;
	uint32_t said;
	uint32_t lost;
	unsigned int unknown[PCR_COUNT];
};

static void arrive(struct path *p, enum pcr_bank bank, const struct pcr_set *quoted, unsigned int pcr)
{
	const unsigned char *value = pcr_value(quoted, bank, pcr);

	if (value && !(p->lost >> pcr & 1) &&
	    !memcmp(p->at.value[bank][pcr], value, pcr_bank_size(bank)))
		p->here |= 1U << pcr;
}

static void follow_record(struct path *p, enum pcr_bank bank, const struct pcr_set *quoted,
			  const struct userspace_record *rec)
{
	p->said |= 1U << rec->pcr;
	if (p->here >> rec->pcr & 1)
		return;
	if (!(rec->banks & PCR_BANK_BIT(bank)) ||
	    pcr_extend(&p->at, bank, rec->pcr, rec->digest[bank], pcr_bank_size(bank)))
		p->lost |= 1U << rec->pcr;
	if (!p->unknown[rec->pcr] && !known_word(rec))
		p->unknown[rec->pcr] = rec->number;
	arrive(p, bank, quoted, rec->pcr);
}

/* 0, or -EBADMSG if user space's log is none */
static int follow(const struct claims_registers_input *in, enum pcr_bank bank, struct path *p,
		  struct parse_error *err)
{
	struct userspace_record rec;
	struct userspace_log log;
	int rc;

	memset(p, 0, sizeof(*p));
	p->at = in->firmware->pcrs;
	p->lost = in->firmware->gap[bank];
	for (unsigned int pcr = 0; pcr < PCR_COUNT; pcr++)
		arrive(p, bank, in->quoted, pcr);
	rc = userspace_log_open(&log, in->userspace.data, in->userspace.size, err);
	while (!rc && (rc = userspace_log_next(&log, &rec, err)) > 0) {
		if (rec.pcr < PCR_COUNT)
			follow_record(p, bank, in->quoted, &rec);
		rc = 0;
	}
	return rc;
}

static void take_init(const struct claims_registers_input *in, enum pcr_bank bank, const struct path *p,
		      struct pcr_set *at_init)
{
	for (unsigned int pcr = 0; pcr < PCR_COUNT; pcr++) {
		const unsigned char *value = pcr_value(in->quoted, bank, pcr);
		bool open = pcr == CLAIMS_OPEN_PCR && !in->userspace.size && !(p->lost >> pcr & 1);
		/* The boot aggregate ends before PCR 14: no other witness says that user space did it */
		bool led = p->here >> pcr & 1 && (pcr < IMA_PCR || !p->unknown[pcr]);

		if (!value || !(PCR_PINNABLE >> pcr & 1))
			continue;
		if ((led || open) && in->firmware->banks & PCR_BANK_BIT(bank))
			value = in->firmware->pcrs.value[bank][pcr];
		pcr_set_value(at_init, bank, pcr, value, pcr_bank_size(bank));
	}
}

/* One register of the bank that counts. 0, or -EBADMSG with a reason. */
static int judge(const struct claims_registers_input *in, const struct path *p, unsigned int pcr, uint32_t *open,
		 struct reasons *why)
{
	if (p->here >> pcr & 1) {
		if (!p->unknown[pcr])
			return 0;
		reasons_add(why, "userspace-word-unknown",
			    "user space's record %u: nothing known that belongs into PCR %u",
			    p->unknown[pcr], pcr);
		return -EBADMSG;
	}
	if (pcr == CLAIMS_OPEN_PCR && !in->userspace.size && !(p->lost >> pcr & 1)) {
		*open |= 1U << pcr;
		return 0;
	}
	if (p->said >> pcr & 1)
		reasons_add(why, "userspace-log-mismatch",
			    "user space's log does not lead to the quoted PCR %u", pcr);
	else
		reasons_add(why, "uefi-log-mismatch", "the log does not lead to the quoted PCR %u", pcr);
	return -EBADMSG;
}

static int judge_bank(const struct claims_registers_input *in, const struct path *p, uint32_t *open,
		      struct reasons *why)
{
	uint32_t logged = in->firmware->pcrs.present[in->bank] | in->firmware->gap[in->bank];
	int rc = 0;

	for (unsigned int pcr = 0; pcr < PCR_COUNT; pcr++) {
		if (pcr < IMA_PCR && p->here >> pcr & 1 && p->unknown[pcr])
			*open |= 1U << pcr;
		if (!(in->replayed >> pcr & 1) || pcr == IMA_PCR ||
		    !pcr_value(in->quoted, in->bank, pcr) || (pcr > IMA_PCR && !(logged >> pcr & 1)))
			continue;
		if (judge(in, p, pcr, open, why))
			rc = -EBADMSG;
	}
	return rc;
}

int claims_registers(const struct claims_registers_input *in, struct pcr_set *at_init, uint32_t *open,
		     struct reasons *why)
{
	struct parse_error err = { 0 };
	char text[PARSE_ERROR_LINE];
	struct path path;
	int rc = 0;

	*open = 0;
	pcr_set_init(at_init);
	for (int bank = 0; bank < PCR_BANKS; bank++) {
		if (!in->quoted->present[bank])
			continue;
		if (follow(in, bank, &path, &err)) {
			parse_error_line(&err, text);
			reasons_add(why, "userspace-log-malformed", "%.200s", text);
			return -EBADMSG;
		}
		take_init(in, bank, &path, at_init);
		if (bank == (int)in->bank)
			rc = judge_bank(in, &path, open, why);
	}
	return rc;
}
