// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each record reveals the secret that the one before committed to: what root wrote into
 * log and register is told from what the kernel made.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "attested_lie.h"

#define NEXT_LINE "console=ttyS0 lockdown=integrity kexec"

static struct caretaker_record_header *header_of(struct host *h, size_t record)
{
	return (void *)h->record[record].data;
}

static void commit_to(struct caretaker_record_header *rec, const unsigned char secret[32])
{
	assert_true(EVP_Q_digest(NULL, "SHA256", NULL, secret, 32, rec->commit, NULL));
}

/* --- The honest chain ------------------------------------------------------------------ */

static void long_chain(struct host *h)
{
	host_add_caretaker(h, 2, CARETAKER_RECORD_UPDATE, 7);
	host_add_switch(h, 3, CARETAKER_SWITCHED_LATCH);
	host_add_caretaker(h, 4, CARETAKER_RECORD_REFUSE, 0);
	host_add_caretaker(h, 5, CARETAKER_RECORD_TEARDOWN, 7);
}

/* The statement of the second kernel, number 5 in its header: record h->records - 1 */
static void kexec(struct host *h)
{
	host_add_record(h, "ima-buf", "kexec-cmdline", NEXT_LINE, strlen(NEXT_LINE));
	host_add_kexec(h, 2, CARETAKER_KEXEC_DEFAULT, NEXT_LINE);
	host_add_record(h, "ima-buf", "kexec_execute", "kexec_segment_size=1;", 21);
	host_add_caretaker(h, 3, CARETAKER_RECORD_TEARDOWN, 7);
	host_add_record(h, "ima-ng", "boot_aggregate", "", 0);
	host_add_record(h, "ima-buf", "ima_policy_loaded", host_policy, strlen(host_policy));
	host_add_boot(h, 4, 2, NEXT_LINE);
}

/* --- Forged ------------------------------------------------------------------------------ */

/* Root knows all of the log, and with it each secret but the last */
static void appended(struct host *h)
{
	struct host_record *r = host_add_caretaker(h, 2, CARETAKER_RECORD_TEARDOWN, 7);

	memset(host_caretaker(r)->h.reveal, 0x66, 32);
}

static void appended_with_old_secret(struct host *h)
{
	struct host_record *r = host_add_caretaker(h, 2, CARETAKER_RECORD_TEARDOWN, 7);

	host_secret(1, host_caretaker(r)->h.reveal);
}

static void appended_with_commitment(struct host *h)
{
	struct host_record *r = host_add_caretaker(h, 2, CARETAKER_RECORD_TEARDOWN, 7);

	memcpy(host_caretaker(r)->h.reveal, header_of(h, RECORD_INSTALL)->commit, 32);
}

static void appended_with_nothing(struct host *h)
{
	struct host_record *r = host_add_caretaker(h, 2, CARETAKER_RECORD_TEARDOWN, 7);

	memset(host_caretaker(r)->h.reveal, 0, 32);
}

static void switch_appended(struct host *h)
{
	memset(((struct caretaker_record_header *)(void *)
		host_add_switch(h, 2, CARETAKER_SWITCHED_LATCH)->data)->reveal, 0x66, 32);
}

/* What follows is chained to the forged one */
static void appended_and_followed(struct host *h)
{
	appended(h);
	host_add_caretaker(h, 3, CARETAKER_RECORD_INSTALL, 8);
}

/* The kernel's own next record, which knows nothing of the forged one */
static void appended_and_overtaken(struct host *h)
{
	appended(h);
	host_add_caretaker(h, 2, CARETAKER_RECORD_UPDATE, 7);
}

static void first_reveals(struct host *h) { header_of(h, RECORD_BOOT)->reveal[31] = 1; }

/* A kernel that was booted says so once; another one's word is root's */
static void second_statement(struct host *h)
{
	struct host_record *r = host_add_boot(h, 2, 1, host_line);

	memset(((struct caretaker_record_header *)(void *)r->data)->reveal, 0, 32);
}

/* ... even where what came before invites it */
static void second_statement_invited(struct host *h)
{
	static const unsigned char zero[32];

	second_statement(h);
	commit_to(header_of(h, RECORD_INSTALL), zero);
}

static void next_kernel_forged(struct host *h)
{
	kexec(h);
	header_of(h, h->records - 1)->reveal[0] ^= 1;
}

static void next_kernel_begins_anew(struct host *h)
{
	kexec(h);
	memset(header_of(h, h->records - 1)->reveal, 0, 32);
}

/* --- Commitments that bind nobody --------------------------------------------------------- */

static void no_commitment(struct host *h) { memset(header_of(h, RECORD_INSTALL)->commit, 0, 32); }
static void no_first_commitment(struct host *h) { memset(header_of(h, RECORD_BOOT)->commit, 0, 32); }

static void same_secret_again(struct host *h)
{
	memcpy(header_of(h, RECORD_INSTALL)->commit, header_of(h, RECORD_BOOT)->commit, 32);
}

static void commitment_to_zeros(struct host *h)
{
	static const unsigned char zero[32];

	commit_to(header_of(h, RECORD_INSTALL), zero);
}

/* --- Before the statement ------------------------------------------------------------------ */

/* Root's record first, and a chain that begins with it */
static void install_first(struct host *h)
{
	unsigned char zero[32] = { 0 };

	host_swap_records(h, RECORD_BOOT, RECORD_INSTALL);
	header_of(h, RECORD_BOOT)->sequence = 1;
	memcpy(header_of(h, RECORD_BOOT)->reveal, zero, 32);
}

static void statement_missing(struct host *h)
{
	host_drop_record(h, RECORD_BOOT);
	header_of(h, RECORD_BOOT)->sequence = 1;
	memset(header_of(h, RECORD_BOOT)->reveal, 0, 32);
}

static void need_no_statement(struct lie_verifier *v)
{
	v->rules.require_kernel_statement = false;
	v->rules.require_lockdown = CARETAKER_LOCKDOWN_NONE;
}

static const struct lie chains[] = {
	{ "a long chain", long_chain, NULL, NULL, NULL, NULL },
	{ "a chain over kexec", kexec, NULL, NULL, NULL, NULL },

	{ "forged: with a secret made up", appended, NULL, NULL, NULL, "record-forged" },
	{ "forged: with the secret before the last", appended_with_old_secret, NULL, NULL, NULL,
	  "record-forged" },
	{ "forged: with what was committed to", appended_with_commitment, NULL, NULL, NULL,
	  "record-forged" },
	{ "forged: without a secret", appended_with_nothing, NULL, NULL, NULL, "record-forged" },
	{ "forged: a switch", switch_appended, NULL, NULL, NULL, "record-forged" },
	{ "forged: and a chain behind it", appended_and_followed, NULL, NULL, NULL, "record-forged" },
	{ "forged: and the kernel goes on", appended_and_overtaken, NULL, NULL, NULL, "record-forged" },
	{ "forged: the first record reveals something", first_reveals, NULL, NULL, NULL,
	  "record-forged" },
	{ "forged: a second statement", second_statement, NULL, NULL, NULL, "record-forged" },
	{ "forged: a second statement that was invited", second_statement_invited, NULL, NULL, NULL,
	  "record-forged" },
	{ "forged: the statement after a kexec", next_kernel_forged, NULL, NULL, NULL, "record-forged" },
	{ "forged: the statement after a kexec begins anew", next_kernel_begins_anew, NULL, NULL, NULL,
	  "record-forged" },

	{ "no commitment", no_commitment, NULL, NULL, NULL, "record-forged" },
	{ "no commitment of the first", no_first_commitment, NULL, NULL, NULL, "record-forged" },
	{ "a commitment to what was revealed", same_secret_again, NULL, NULL, NULL, "record-forged" },
	{ "a commitment to zeros", commitment_to_zeros, NULL, NULL, NULL, "record-forged" },

	{ "an install comes first", install_first, NULL, NULL, NULL, "kernel-statement-missing" },
	{ "an install, and no statement", statement_missing, NULL, NULL, need_no_statement,
	  "kernel-statement-missing" },
};

static void each(void **state)
{
	lie_run(*state, true, NULL);
}

/* Where it is, and that nothing of such a log is believed */
static void look_place(const struct verdict *v)
{
	assert_string_equal(v->why.reason[0].word, "record-forged");
	assert_non_null(strstr(v->why.reason[0].text, "IMA record 6: "));
	assert_true(v->ima.caretaker.broken);
}

static void names_the_place(void **state)
{
	(void)state;
	lie_run(&(struct lie){ .name = "place", .before = appended, .word = "record-forged" }, true,
		look_place);
}

int main(void)
{
	static struct CMUnitTest tests[sizeof(chains) / sizeof(chains[0]) + 1];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++)
		tests[n++] = (struct CMUnitTest){ .name = chains[i].name, .test_func = each,
						  .initial_state = (void *)&chains[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(names_the_place);
	return _cmocka_run_group_tests("record chain", tests, n, NULL, NULL);
}
