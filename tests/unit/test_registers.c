// SPDX-License-Identifier: GPL-2.0-only
/*
 * What lies between the firmware's log and the quoted registers: user space's words,
 * registers that rules leave out, events that are odd. A row is a host; its reason,
 * or none, and whether the boot aggregate holds over what the logs say of IMA's start.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "attested_host.h"
#include "claims/boot.h"
#include "claims/ima.h"
#include "claims/registers.h"
#include "hex.h"
#include "log/uefi_log.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define DEFAULT_PCRS	0x73ff	/* boot.replayed_pcrs of policy/rules.json */
#define NVPCR		"nvpcr-init:hardware:0x1d10200:sha256:de38"
#define DEBUG		"UEFI Debug Mode"
#define OMITTED		"BOOT ATTEMPTS OMITTED"
#define COREBOOT_FILE	"CBFS: fallback/romstage\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

/* A word of user space. @hashed: what was extended instead; @hidden: it is in no log */
struct word {
	unsigned int pcr;
	const char *text;
	const char *hashed;
	bool hidden;
};

/* An event between the firmware's and the kernel's. @hashed as above */
struct extra {
	uint32_t pcr, type;
	const char *data;
	size_t size;
	const char *hashed;
	bool dropped;		/* not in the log */
};

struct row {
	const char *name;
	struct extra extra;
	struct word word[4];
	const char *raw;	/* user space's log, instead of the words */
	uint32_t replayed;	/* 0: DEFAULT_PCRS */
	const char *reason;	/* NULL: none */
	enum uefi_secure_boot secure_boot;	/* claimed, if there is no mismatch */
};

#define ON	UEFI_SECURE_BOOT_ON
#define NONE	{ 0, 0, NULL, 0, NULL, false }
#define NOTHING	{ { 0, NULL, NULL, false } }

static const struct row rows[] = {
	{ "nothing came later", NONE, NOTHING, NULL, 0, NULL, ON },

	/* systemd 259 without its log: PCR 9, and no other */
	{ "PCR 9 went on, no log", NONE, { { 9, NVPCR, NULL, true } }, NULL, 0, NULL, ON },
	{ "PCR 8 went on, no log", NONE, { { 8, NVPCR, NULL, true } }, NULL, 0, "uefi-log-mismatch", 0 },
	{ "PCR 4 went on, no log", NONE, { { 4, "x", NULL, true } }, NULL, 0, "uefi-log-mismatch", 0 },
	{ "PCR 14 went on, not in the firmware's log", NONE, { { 14, "x", NULL, true } }, NULL, 0, NULL, ON },
	{ "PCR 14 went on, in the firmware's log", { 14, EV_IPL, "MokList", 7, NULL, false },
	  { { 14, "x", NULL, true } }, NULL, 0, "uefi-log-mismatch", 0 },

	/* with its log */
	{ "nvpcr and separator", NONE, { { 9, NVPCR, NULL, 0 }, { 9, "nvpcr-separator", NULL, 0 } }, NULL, 0,
	  NULL, ON },
	{ "separator of the system", { 14, EV_IPL, "MokList", 7, NULL, false },
	  { { 4, "os-separator", NULL, 0 }, { 7, "os-separator", NULL, 0 }, { 9, "os-separator", NULL, 0 },
	    { 14, "os-separator", NULL, 0 } }, NULL, 0, NULL, ON },
	{ "the log has more than was quoted", NONE, { { 9, NVPCR, NULL, 0 } },
	  "\x1e{\"pcr\":9,\"digests\":[{\"hashAlg\":\"sha256\",\"digest\":\"%s\"}],"
	  "\"content_type\":\"systemd\",\"content\":{\"string\":\"" NVPCR "\"}}\n"
	  "\x1e{\"pcr\":9,\"digests\":[{\"hashAlg\":\"sha256\",\"digest\":\"%s\"}]}\n", 0, NULL, ON },
	{ "a word that nobody knows", NONE, { { 9, "surprise", NULL, 0 } }, NULL, 0,
	  "userspace-word-unknown", 0 },
	{ "a word in a register where it does not belong", NONE, { { 8, NVPCR, NULL, 0 } }, NULL, 0,
	  "userspace-word-unknown", 0 },
	{ "only a beginning", NONE, { { 9, "nvpcr-init:", NULL, 0 } }, NULL, 0, "userspace-word-unknown", 0 },
	{ "more than the word", NONE, { { 4, "os-separator2", NULL, 0 } }, NULL, 0,
	  "userspace-word-unknown", 0 },
	{ "a known word for another digest", NONE, { { 4, "os-separator", "a loader", 0 } }, NULL, 0,
	  "userspace-word-unknown", 0 },
	{ "a word that the log does not have", NONE, { { 9, NVPCR, NULL, 0 }, { 9, "nvpcr-separator", NULL, 1 } },
	  NULL, 0, "userspace-log-mismatch", 0 },
	{ "a register that the log does not have", NONE, { { 11, "ready", NULL, 0 }, { 9, NVPCR, NULL, true } },
	  NULL, 0, "uefi-log-mismatch", 0 },
	{ "no digest of the bank", NONE, { { 9, NVPCR, NULL, 0 } },
	  "\x1e{\"pcr\":9,\"digests\":[{\"hashAlg\":\"sha1\",\"digest\":"
	  "\"0000000000000000000000000000000000000000\"}]}\n", 0, "userspace-log-mismatch", 0 },
	{ "no log at all", NONE, { { 9, NVPCR, NULL, 0 } }, "surprise", 0, "userspace-log-malformed", 0 },

	/* PCR 11 and 15 are user space's, unless the rules say otherwise */
	{ "phases", { 11, EV_IPL, "section", 7, NULL, false }, { { 11, "enter-initrd", NULL, true },
	  { 15, "machine-id:1", NULL, true } }, NULL, 0, NULL, ON },
	{ "phases, PCR 11 in the rules", { 11, EV_IPL, "section", 7, NULL, false },
	  { { 11, "enter-initrd", NULL, true } }, NULL, DEFAULT_PCRS | 1 << 11, "uefi-log-mismatch", 0 },
	{ "phases with log, PCR 11 in the rules", { 11, EV_IPL, "section", 7, NULL, false },
	  { { 11, "enter-initrd", NULL, 0 }, { 11, "ready", NULL, 0 } }, NULL, DEFAULT_PCRS | 1 << 11, NULL, ON },

	/* the rules say which registers must be replayed */
	{ "firmware forgot an event in PCR 5", { 5, EV_EFI_ACTION, "x", 1, NULL, true }, NOTHING, NULL, 0,
	  "uefi-log-mismatch", 0 },
	{ "... and the rules leave PCR 5 out", { 5, EV_EFI_ACTION, "x", 1, NULL, true }, NOTHING, NULL,
	  DEFAULT_PCRS & ~(1u << 5), NULL, ON },

	/* odd events: no claim, and no end of the log */
	{ "in PCR 1", { 1, EV_SEPARATOR, "abcd", 4, NULL, false }, NOTHING, NULL, 0, NULL, ON },
	{ "in PCR 4", { 4, EV_EFI_ACTION, "Go", 2, "a loader", false }, NOTHING, NULL, 0,
	  "unknown-boot-event", 0 },
	{ "code as a separator in PCR 4", { 4, EV_SEPARATOR, "code", 4, NULL, false }, NOTHING, NULL, 0,
	  "unknown-boot-event", 0 },
	{ "in PCR 7", { 7, EV_EFI_ACTION, "Go", 2, "Stop", false }, NOTHING, NULL, 0, NULL,
	  UEFI_SECURE_BOOT_UNKNOWN },
	{ "coreboot's file", { 2, EV_ACTION, COREBOOT_FILE, 50, "code", false }, NOTHING, NULL, 0, NULL, ON },

	/* what the firmware says of itself */
	{ "an error in PCR 2", { 2, EV_SEPARATOR, "\1\0\0\0", 4, NULL, false }, NOTHING, NULL, 0,
	  "firmware-error", 0 },
	{ "an error under another label", { 0, EV_IPL, "fine", 4, "\1", false }, NOTHING, NULL, 0,
	  "firmware-error", 0 },
	{ "a one above the firmware's registers", { 14, EV_SEPARATOR, "\1\0\0\0", 4, NULL, false }, NOTHING,
	  NULL, 0, NULL, ON },
	{ "debug mode", { 7, EV_EFI_ACTION, DEBUG, sizeof(DEBUG) - 1, NULL, false }, NOTHING, NULL, 0,
	  "firmware-debug", 0 },
	{ "debug mode with a NUL", { 7, EV_EFI_ACTION, DEBUG, sizeof(DEBUG), NULL, false }, NOTHING, NULL, 0,
	  "firmware-debug", 0 },
	{ "debug mode under another label", { 7, EV_IPL, "fine", 4, DEBUG, false }, NOTHING, NULL, 0,
	  "firmware-debug", 0 },

	/* actions in PCR 4 */
	{ "attempts omitted", { 4, EV_OMIT_BOOT_DEVICE_EVENTS, OMITTED, sizeof(OMITTED) - 1, NULL, false },
	  NOTHING, NULL, 0, NULL, ON },
	{ "... of another text", { 4, EV_OMIT_BOOT_DEVICE_EVENTS, "code", 4, NULL, false }, NOTHING, NULL, 0,
	  "unknown-boot-event", 0 },
	{ "... that is not bound", { 4, EV_OMIT_BOOT_DEVICE_EVENTS, OMITTED, sizeof(OMITTED) - 1, "code", false },
	  NOTHING, NULL, 0, "unknown-boot-event", 0 },
	{ "a boot option", { 4, EV_EFI_ACTION, "Booting to Boot001A Option", 26, NULL, false }, NOTHING, NULL, 0,
	  NULL, ON },
	{ "... in brackets", { 4, EV_EFI_ACTION, "Booting to <Boot001A> Option", 28, NULL, false }, NOTHING,
	  NULL, 0, NULL, ON },
	{ "no boot option", { 4, EV_EFI_ACTION, "Booting to Boot001A Optio!", 26, NULL, false }, NOTHING, NULL, 0,
	  "unknown-boot-event", 0 },
	{ "setup", { 4, EV_EFI_ACTION, "Entering ROM Based Setup", 24, NULL, false }, NOTHING, NULL, 0,
	  "unknown-boot-event", 0 },
};

static void sha256(const void *data, size_t size, unsigned char out[32])
{
	assert_true(EVP_Q_digest(NULL, "SHA256", NULL, data, size, out, NULL));
}

static void put_extra(struct host *h, const struct extra *x)
{
	unsigned char digest[32];
	/* A separator's "error" has NULs behind its one */
	size_t size = !x->hashed ? 0 : *x->hashed == 1 ? 4 : strlen(x->hashed);
	unsigned char hashed[64] = { 0 };

	if (x->hashed) {
		memcpy(hashed, x->hashed, strlen(x->hashed));
		sha256(hashed, size, digest);
	}
	host_add_event(h, x->pcr, x->type, x->data, x->size, x->hashed ? digest : NULL);
	/* Before the kernel: SecureBoot stays first, load options first in PCR 9 */
	for (size_t i = h->events - 1; i > EVENT_KERNEL; i--) {
		struct host_event t = h->event[i];

		h->event[i] = h->event[i - 1];
		h->event[i - 1] = t;
	}
}

static void extend_word(struct host *h, const struct word *w, char *log, size_t room)
{
	const char *hashed = w->hashed ? w->hashed : w->text;
	unsigned char digest[32];
	char hex[65];

	sha256(hashed, strlen(hashed), digest);
	assert_int_equal(pcr_extend(&h->pcrs, PCR_SHA256, w->pcr, digest, 32), 0);
	hex_encode(digest, 32, hex);
	if (!w->hidden)
		snprintf(log + strlen(log), room - strlen(log),
			 "\x1e{\"pcr\":%u,\"digests\":[{\"hashAlg\":\"sha256\",\"digest\":\"%s\"}],"
			 "\"content_type\":\"systemd\",\"content\":{\"string\":\"%s\",\"bootId\":\"1\"}}\n",
			 w->pcr, hex, w->text);
}

/* Runs the host; @log is user space's log afterwards */
static void run(const struct row *row, struct host *h, char *log, size_t room)
{
	*log = '\0';
	host_init(h, true);
	if (row->extra.data)
		put_extra(h, &row->extra);
	host_run(h);
	for (size_t i = 0; i < COUNT(row->word) && row->word[i].text; i++)
		extend_word(h, &row->word[i], log, room);
	if (row->raw) {
		unsigned char digest[32];
		char hex[65];

		sha256(row->word[0].text, strlen(row->word[0].text), digest);
		hex_encode(digest, 32, hex);
		*log = '\0';
		/* The first %s is the word's digest; more are anything */
		for (const char *p = row->raw; *p; p++) {
			if (*p == '%' && p[1] == 's') {
				strcat(log, hex);
				p++;
			} else {
				strncat(log, p, 1);
			}
		}
	}
	if (row->extra.dropped) {
		memmove(&h->event[EVENT_KERNEL], &h->event[EVENT_KERNEL + 1],
			(h->events - EVENT_KERNEL - 1) * sizeof(h->event[0]));
		h->events--;
	}
}

static void report(const struct row *row, const struct reasons *why, const char *what)
{
	for (size_t i = 0; i < why->count && i < REASONS_MAX; i++)
		print_error("%s: %s\n", why->reason[i].word, why->reason[i].text);
	fail_msg("%s: %s", row->name, what);
}

static void hosts(void **state)
{
	static struct claims_boot boot;
	static struct host h;
	char log[2048];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct reasons why = { 0 };
		struct claims_boot_input in;
		struct evidence e = { 0 };
		struct claims_ima_input ima_in;
		struct parse_error err = { 0 };
		struct ima_stream list;
		struct claims_ima ima;

		run(row, &h, log, sizeof(log));
		host_logs(&h, &e);
		in = (struct claims_boot_input){
			.uefi_log = { e.uefi_log.data, e.uefi_log.size },
			.userspace_log = { (unsigned char *)log, strlen(log) },
			.bank = PCR_SHA256, .quoted = &h.pcrs, .candidate = h.told_line,
			.replayed = row->replayed ? row->replayed : DEFAULT_PCRS,
		};
		claims_boot_read(&in, &boot, &why);
		if (row->reason ? !reasons_have(&why, row->reason) : why.count)
			report(row, &why, row->reason ? row->reason : "no reason");
		if (!row->reason) {
			if (boot.secure_boot != row->secure_boot || !boot.command_line_proven)
				report(row, &why, "a claim is wrong");
			/* IMA started with what the firmware left behind, whatever came later */
			ima_in = (struct claims_ima_input){ PCR_BANK_BIT(PCR_SHA256), &h.pcrs,
							    &boot.at_init };
			ima_stream_open_memory(&list, h.list.data, h.list.size, &err);
			assert_int_equal(claims_ima_read(&list, &ima_in, &ima, &why), 0);
			ima_stream_close(&list);
			claims_ima_free(&ima);
			if (why.count)
				report(row, &why, "the boot aggregate does not hold");
		}
		evidence_free(&e);
		host_free(&h);
	}
}

/* A register that an event left out of the bank is not proven, PCR 9 included */
static void a_gap(void **state)
{
	static struct pcr_set quoted, at_init;
	static struct uefi_log log;

	(void)state;
	for (unsigned int pcr = 8; pcr <= 9; pcr++) {
		const struct claims_registers_input in = {
			.firmware = &log, .bank = PCR_SHA256, .quoted = &quoted, .replayed = DEFAULT_PCRS,
		};
		struct reasons why = { 0 };
		uint32_t open;

		memset(&log, 0, sizeof(log));
		log.banks = PCR_BANK_BIT(PCR_SHA256);
		pcr_set_init(&log.pcrs);
		pcr_set_init(&quoted);
		quoted.present[PCR_SHA256] = 0x3ff;
		assert_int_equal(claims_registers(&in, &at_init, &open, &why), 0);
		log.gap[PCR_SHA256] = 1u << pcr;
		assert_int_equal(claims_registers(&in, &at_init, &open, &why), -EBADMSG);
		assert_true(reasons_have(&why, "uefi-log-mismatch") && !open);
	}
}

/* IMA's bank need not be the one that counts: there the log is followed too, if it can be */
static void another_bank(void **state)
{
	static struct pcr_set quoted, at_init;
	static struct uefi_log log;
	const struct claims_registers_input in = {
		.firmware = &log, .bank = PCR_SHA256, .quoted = &quoted, .replayed = DEFAULT_PCRS,
	};
	struct reasons why = { 0 };
	uint32_t open;

	(void)state;
	log.banks = PCR_BANK_BIT(PCR_SHA256) | PCR_BANK_BIT(PCR_SHA384);
	pcr_set_init(&log.pcrs);
	pcr_set_init(&quoted);
	quoted.present[PCR_SHA256] = quoted.present[PCR_SHA384] = quoted.present[PCR_SHA512] = 0x3ff;
	quoted.value[PCR_SHA384][9][0] = quoted.value[PCR_SHA512][9][0] = 1;
	quoted.value[PCR_SHA384][3][0] = 2;
	assert_int_equal(claims_registers(&in, &at_init, &open, &why), 0);
	assert_int_equal(open, 0);
	/* PCR 9 as the log has it, others as they were quoted, and a bank that is in no log too */
	assert_int_equal(at_init.value[PCR_SHA384][9][0], 0);
	assert_int_equal(at_init.value[PCR_SHA384][3][0], 2);
	assert_int_equal(at_init.value[PCR_SHA512][9][0], 1);
	assert_int_equal(at_init.present[PCR_SHA384], 0x3ff);
	assert_int_equal(at_init.present[PCR_SHA1], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts),
		cmocka_unit_test(a_gap),
		cmocka_unit_test(another_bank),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
