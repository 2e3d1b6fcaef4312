// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reference values from a golden host: what is taken of good evidence, and that none is
 * taken of evidence that does not hold.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <tss2/tss2_common.h>
#include <tss2/tss2_tpm2_types.h>

#include "attested_lie.h"
#include "golden.h"
#include "hex.h"
#include "log/uefi_log.h"
#include "own_directory.h"
#include "reader.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const unsigned char loader[32] = { 0x6c, 0x6f, 0x61, 4 };
static const unsigned char nonce[32] = { 1 };

static void two_stages(struct host *h)
{
	/* The loader ran before the kernel */
	host_set_event(&h->event[EVENT_INITRD], 4, EV_EFI_BOOT_SERVICES_APPLICATION, "image", 5,
		       host_kernel);
	host_set_event(&h->event[EVENT_KERNEL], 4, EV_EFI_BOOT_SERVICES_APPLICATION, "image", 5, loader);
}

/* Each that the kernel measured, the first of them as well */
static void two_policies(struct host *h)
{
	char text[HOST_DATA];

	two_stages(h);
	snprintf(text, sizeof(text), "%smeasure func=MODULE_CHECK\n", host_policy);
	host_add_record(h, "ima-buf", "ima_policy_loaded", text, strlen(text));
}

static void two_banks(struct host *h)
{
	h->selection.entry[1].bank = PCR_SHA1;
	h->selection.entry[1].mask = 0x7ff;
	h->selection.count = 2;
}

static void only_sha1(struct host *h) { h->selection.entry[0].bank = PCR_SHA1; }
static void no_pcr9(struct host *h) { h->selection.entry[0].mask &= ~(1u << 9); }
static void no_quote(struct host *h) { h->type = TPM2_ST_ATTEST_CERTIFY; }
static void drop_event(struct host *h) { h->events = EVENT_KERNEL; }
static void other_kernel(struct host *h) { h->event[EVENT_KERNEL].digest[0] ^= 1; }
static void kexec(struct host *h) { host_add_record(h, "ima-buf", "kexec_execute", "x", 1); }

static void no_application(struct host *h)
{
	host_set_event(&h->event[EVENT_KERNEL], 5, EV_SEPARATOR, "\0\0\0", 4, NULL);
}

static void debug(struct host *h)
{
	host_set_event(&h->event[EVENT_INITRD], 7, EV_EFI_ACTION, "UEFI Debug Mode", 15, NULL);
}

static void flip_signature(struct evidence *e) { e->signature.data[e->signature.size - 1] ^= 1; }
static void flip_key(struct evidence *e) { e->ak_public.data[7] ^= 1; }	/* restricted */
static void other_value(struct evidence *e) { e->pcrs.value[PCR_SHA256][4][0] ^= 1; }
static void no_ima(struct host *h) { h->records = 0; }

static const struct row {
	const char *name;
	void (*before)(struct host *h);
	void (*after)(struct host *h);
	void (*evidence)(struct evidence *e);
	const char *why;	/* NULL: taken */
} rows[] = {
	{ "good", NULL, NULL, NULL, NULL },
	{ "loader and kernel", two_stages, NULL, NULL, NULL },
	{ "two policies", two_policies, NULL, NULL, NULL },
	{ "SHA-1 beside SHA-256", two_banks, NULL, NULL, NULL },
	{ "SHA-1 only", only_sha1, NULL, NULL, "no bank but SHA-1" },
	{ "PCR 9 not quoted", no_pcr9, NULL, NULL, "no bank but SHA-1" },
	{ "no quote", no_quote, NULL, NULL, "quote: " },
	{ "signature", NULL, NULL, flip_signature, "quote: " },
	{ "key that does not attest", NULL, NULL, flip_key, "ak_public: " },
	{ "values that were not quoted", NULL, NULL, other_value, "quote: " },
	{ "log cut", NULL, drop_event, NULL, "uefi-log-mismatch" },
	{ "log altered", NULL, other_kernel, NULL, "uefi-log-mismatch" },
	{ "no IMA log", NULL, no_ima, NULL, "ima-log-empty" },
	{ "kexec", kexec, NULL, NULL, "kexec-boot" },
	{ "no application", no_application, NULL, NULL, "no EFI application" },
	{ "debug mode", debug, NULL, NULL, "firmware-debug" },
};

static void make(const struct row *row, struct host *h, const char *path)
{
	struct evidence e;

	host_init(h, true);
	if (row->before)
		row->before(h);
	host_run(h);
	host_quote(h, nonce, sizeof(nonce), &e);
	if (row->after)
		row->after(h);
	host_logs(h, &e);
	if (row->evidence)
		row->evidence(&e);
	host_write(h, &e, path);
	evidence_free(&e);
}

static void hosts(void **state)
{
	static struct host h;

	assert_int_equal(chdir(*state), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		json_t *ref = policy_reference_new();
		char why[POLICY_REASON] = "";
		int rc;

		make(&rows[i], &h, "evidence");
		rc = golden_reference(ref, "evidence", 1 << 7, why);
		if ((rc == 0) != !rows[i].why || (rows[i].why && !strstr(why, rows[i].why)))
			fail_msg("%s: %d, %s", rows[i].name, rc, why);
		if (rc)
			assert_int_equal(json_array_size(json_object_get(ref, "boot")), 0);
		json_decref(ref);
		host_free(&h);
	}
}

static void what_is_taken(void **state)
{
	static struct host h;
	char *out, why[POLICY_REASON] = "";
	json_t *ref = policy_reference_new();
	struct policy_reference r;

	assert_int_equal(chdir(*state), 0);
	make(&rows[2], &h, "evidence");
	assert_int_equal(golden_reference(ref, "evidence", 1 << 7 | 1 << 0, why), 0);
	/* Again: nothing twice */
	assert_int_equal(golden_reference(ref, "evidence", 1 << 7, why), 0);
	out = json_dumps(ref, 0);
	assert_int_equal(policy_reference_parse(out, strlen(out), &r, why), 0);
	assert_int_equal(r.boots, 2);
	assert_false(policy_reference_boot(&r, PCR_SHA256, NULL, loader, 32)->kernel);
	assert_true(policy_reference_boot(&r, PCR_SHA256, loader, host_kernel, 32)->kernel);
	/* The loader started it, and nobody else did */
	assert_null(policy_reference_boot(&r, PCR_SHA256, NULL, host_kernel, 32));
	assert_null(policy_reference_boot(&r, PCR_SHA256, host_kernel, host_kernel, 32));
	assert_int_equal(r.pcrs, 2);
	for (size_t i = 0; i < r.pcrs; i++) {
		assert_int_equal(r.pcr[i].count, 1);
		assert_memory_equal(r.pcr[i].allowed[0].value, h.pcrs.value[PCR_SHA256][r.pcr[i].pcr], 32);
	}
	assert_int_equal(r.ima_policies, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct host_record *p = &h.record[i ? RECORDS : RECORD_POLICY];
		unsigned char digest[32];

		assert_true(EVP_Q_digest(NULL, "SHA256", NULL, p->data, p->size, digest, NULL));
		assert_true(policy_digest_listed(r.ima_policy, r.ima_policies, digest, 32));
	}
	assert_int_equal(r.payloads + r.signers, 0);
	policy_reference_free(&r);
	json_decref(ref);
	free(out);
	host_free(&h);
}

static void mok_list(struct host *h) { host_add_event(h, 14, EV_IPL, "MokList", 7, NULL); }

/* systemd 261 goes on with it */
static void mok_list_and_separator(struct host *h)
{
	mok_list(h);
	host_add_event(h, 14, EV_IPL, "os-separator", 12, NULL);
	h->later = 1;
}

static void separator_log(struct evidence *e)
{
	static const char text[] = "\x1e{\"pcr\":14,\"digests\":[{\"hashAlg\":\"sha256\",\"digest\":"
		"\"%s\"}],\"content_type\":\"systemd\",\"content\":{\"string\":\"os-separator\"}}\n";
	unsigned char digest[32];
	char hex[65], log[256];

	EVP_Q_digest(NULL, "SHA256", NULL, "os-separator", 12, digest, NULL);
	hex_encode(digest, 32, hex);
	snprintf(log, sizeof(log), text, hex);
	e->userspace_log.size = strlen(log);
	e->userspace_log.data = (unsigned char *)strdup(log);
}

static void mok_list_not_quoted(struct host *h)
{
	mok_list(h);
	h->selection.entry[0].mask = 0x7ff;
}

/* PCR 14 is pinned when asked for, as shim left it, and never by a value that was not quoted */
static void owner_keys(void **state)
{
	static const unsigned char zero[32];
	static const struct row owners[] = {
		{ "no shim", NULL, NULL, NULL, NULL },
		{ "shim", mok_list, NULL, NULL, NULL },
		{ "shim, and user space went on", mok_list_and_separator, NULL, separator_log, NULL },
		{ "user space went on, and does not say so", mok_list_and_separator, NULL, NULL,
		  "uefi-log-mismatch" },
		{ "not quoted", mok_list_not_quoted, NULL, NULL, "PCR 14 of bank sha256 is not quoted" },
	};
	unsigned char want[32], digest[32];
	struct policy_reference r;
	static struct host h;

	assert_int_equal(chdir(*state), 0);
	EVP_Q_digest(NULL, "SHA256", NULL, "MokList", 7, digest, NULL);
	pcr_hash(PCR_SHA256, (struct view[]){ { zero, 32 }, { digest, 32 } }, 2, want);
	for (size_t i = 0; i < COUNT(owners); i++) {
		json_t *ref = policy_reference_new();
		char *out, why[POLICY_REASON] = "";
		int rc;

		make(&owners[i], &h, "evidence");
		rc = golden_reference(ref, "evidence", 1 << 14, why);
		if ((rc == 0) != !owners[i].why || (owners[i].why && !strstr(why, owners[i].why)))
			fail_msg("%s: %d, %s", owners[i].name, rc, why);
		out = json_dumps(ref, 0);
		assert_int_equal(policy_reference_parse(out, strlen(out), &r, why), 0);
		assert_int_equal(r.pcrs, !rc);
		if (!rc) {
			assert_int_equal(r.pcr[0].pcr, 14);
			assert_memory_equal(r.pcr[0].allowed[0].value, i ? want : zero, 32);
		}
		policy_reference_free(&r);
		/* Not asked for: not pinned, and need not be quoted */
		json_decref(ref);
		ref = policy_reference_new();
		rc = golden_reference(ref, "evidence", 0, why);
		assert_int_equal(rc != 0, owners[i].why && strstr(owners[i].why, "uefi"));
		assert_int_equal(json_object_size(json_object_get(ref, "pcrs")), 0);
		json_decref(ref);
		free(out);
		host_free(&h);
	}
}

/* systemd 259 goes on with PCR 9, and its log is not sent */
static void goes_on(struct host *h)
{
	host_add_event(h, 9, EV_IPL, "nvpcr-separator", 15, NULL);
	h->later = 1;
}

/* IMA's aggregate is of a bank of which the firmware has no log */
static void other_aggregate(struct host *h)
{
	h->aggregate_384 = true;
	h->selection.entry[1].bank = PCR_SHA384;
	h->selection.entry[1].mask = 0x3ff;
	h->selection.count = 2;
}

static void goes_on_other_aggregate(struct host *h)
{
	goes_on(h);
	other_aggregate(h);
}

/* What only an aggregate of another bank would prove is no value to pin */
static void open_register(void **state)
{
	static const struct row open[] = {
		{ "closed", NULL, NULL, NULL, NULL },
		{ "closed, aggregate of another bank", other_aggregate, NULL, NULL, NULL },
		{ "open", goes_on, NULL, NULL, NULL },
		{ "open, aggregate of another bank", goes_on_other_aggregate, NULL, NULL,
		  "uefi-log-mismatch: PCR 9 of bank sha256 went on behind the log" },
	};
	unsigned char as_logged[32];
	static struct host h;

	assert_int_equal(chdir(*state), 0);
	for (size_t i = 0; i < COUNT(open); i++) {
		json_t *ref = policy_reference_new();
		char *out, why[POLICY_REASON] = "";
		struct policy_reference r;
		int rc;

		make(&open[i], &h, "evidence");
		if (!i)
			memcpy(as_logged, h.pcrs.value[PCR_SHA256][9], 32);
		rc = golden_reference(ref, "evidence", 1 << 9, why);
		if ((rc == 0) != !open[i].why || (open[i].why && !strstr(why, open[i].why)))
			fail_msg("%s: %d, %s", open[i].name, rc, why);
		out = json_dumps(ref, 0);
		assert_int_equal(policy_reference_parse(out, strlen(out), &r, why), 0);
		assert_int_equal(r.pcrs, !rc);
		assert_int_equal(r.boots, !rc);
		if (!rc)
			assert_memory_equal(r.pcr[0].allowed[0].value, as_logged, 32);
		policy_reference_free(&r);
		/* Nothing else rests on it */
		assert_int_equal(golden_reference(ref, "evidence", 1 << 7, why), 0);
		json_decref(ref);
		free(out);
		host_free(&h);
	}
}

/* A file that is no evidence, is cut, or goes on behind its end */
static void what_is_no_file(void **state)
{
	json_t *ref = policy_reference_new();
	char why[POLICY_REASON] = "";
	static struct host h;
	struct stat st;
	FILE *f;

	assert_int_equal(chdir(*state), 0);
	assert_int_equal(golden_reference(ref, "none", 0, why), -ENOENT);
	assert_int_equal(golden_reference(ref, ".", 0, why), -EISDIR);
	assert_string_equal(why, "");
	make(&rows[0], &h, "evidence");
	assert_int_equal(stat("evidence", &st), 0);
	assert_int_equal(truncate("evidence", st.st_size - 1), 0);
	assert_int_equal(golden_reference(ref, "evidence", 0, why), -EBADMSG);
	assert_non_null(strstr(why, "the file ends within the end of the archive"));
	f = fopen("evidence", "a");
	assert_true(f && fputc(0, f) == 0 && fputc('x', f) == 'x' && !fclose(f));
	assert_int_equal(golden_reference(ref, "evidence", 0, why), -EBADMSG);
	assert_non_null(strstr(why, "something behind the end"));
	assert_int_equal(json_array_size(json_object_get(ref, "boot")), 0);
	json_decref(ref);
	host_free(&h);
}

static void by_digest(void **state)
{
	static const struct {
		const char *text;
		int rc;
	} cases[] = {
		{ "sha256:6b65720100000000000000000000000000000000000000000000000000000000", 0 },
		{ "sha256:6b6572010000000000000000000000000000000000000000000000000000000", -EBADMSG },
		{ "sha384:6b65720100000000000000000000000000000000000000000000000000000000", -EBADMSG },
		{ "sha1:0000000000000000000000000000000000000000", -EBADMSG },
		{ "6b65720100000000000000000000000000000000000000000000000000000000", -EBADMSG },
		{ ":", -EBADMSG }, { "", -EBADMSG }, { "sha256sha256sha256:00", -EBADMSG },
	};
	json_t *ref = policy_reference_new();
	char why[POLICY_REASON], *out;
	struct policy_reference r;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (policy_reference_add_digest(ref, true, cases[i].text, why) != cases[i].rc)
			fail_msg("%s", cases[i].text);
	out = json_dumps(ref, 0);
	assert_int_equal(policy_reference_parse(out, strlen(out), &r, why), 0);
	assert_int_equal(r.boots, 1);
	assert_true(policy_reference_boot(&r, PCR_SHA256, NULL, host_kernel, 32)->kernel);
	policy_reference_free(&r);
	json_decref(ref);
	free(out);
}

/* --- What boots by a golden host's reference ----------------------------------- */

/* Each letter is an application; | is the firmware's word that one returned, and another begins */
static void boot_chain(struct host *h, const char *chain)
{
	static const char back[] = "Returning from EFI Application from Boot Option";
	static const char call[] = "Calling EFI Application from Boot Option";
	const char *first = chain;

	for (; *chain; chain++) {
		const unsigned char digest[32] = { (unsigned char)*chain };

		if (*chain == '|') {
			host_add_event(h, 4, EV_EFI_ACTION, back, sizeof(back) - 1, NULL);
			host_add_event(h, 4, EV_EFI_ACTION, call, sizeof(call) - 1, NULL);
		} else if (chain == first) {
			host_set_event(&h->event[EVENT_KERNEL], 4, EV_EFI_BOOT_SERVICES_APPLICATION, "image",
				       5, digest);
		} else {
			host_add_event(h, 4, EV_EFI_BOOT_SERVICES_APPLICATION, "image", 5, digest);
		}
	}
}

static const struct chain {
	const char *golden[2];	/* what the golden hosts started */
	const char *host;	/* what a host started that is judged by their reference */
	bool known;
} chains[] = {
	{ { "k" }, "k", true },
	{ { "k" }, "lk", false },
	/* An image, and the kernel in it */
	{ { "ik" }, "ik", true },
	{ { "ik" }, "k", false },
	{ { "ik" }, "i", false },
	{ { "ik" }, "i|k", false },
	{ { "ik" }, "iak", false },
	{ { "iabk" }, "iabk", true },
	{ { "iabk" }, "iak", false },
	{ { "ik", "i" }, "ik", true },
	{ { "ik", "i" }, "i", true },
	{ { "ik", "i" }, "k", false },
	/* Loaders */
	{ { "lk" }, "lk", true },
	{ { "lk" }, "k", false },
	{ { "sgk" }, "sgk", true },
	{ { "sgk" }, "gk", false },
	{ { "sgk" }, "sk", false },
	{ { "sgk" }, "s|gk", false },
	{ { "sgk" }, "sg|k", false },
	{ { "sgk" }, "sg|sgk", true },
	{ { "lk", "mk" }, "lk", true },
	{ { "lk", "mk" }, "mk", true },
	{ { "lk", "mk" }, "k", false },
	/* What the firmware starts it starts again, whatever ran before */
	{ { "f|lk" }, "f|lk", true },
	{ { "f|lk" }, "lk", true },
	{ { "f|lk" }, "flk", true },
	{ { "f|lk" }, "f|k", false },
	{ { "l|k" }, "k", true },
	{ { "k|k" }, "k|k", true },
	{ { "k|k" }, "k", true },
	{ { "sgk|sgk" }, "sgk|sgk", true },
};

static const struct chain *at_hand;
static struct policy_reference booted;

static void host_chain(struct host *h) { boot_chain(h, at_hand->host); }

static void golden_boots(struct lie_verifier *v)
{
	v->reference.boot = booted.boot;
	v->reference.boots = booted.boots;
}

static void add_golden(json_t *ref, const char *chain)
{
	char why[POLICY_REASON] = "";
	static struct host h;
	struct evidence e;

	host_init(&h, true);
	boot_chain(&h, chain);
	host_run(&h);
	host_quote(&h, nonce, sizeof(nonce), &e);
	host_logs(&h, &e);
	host_write(&h, &e, "evidence");
	if (golden_reference(ref, "evidence", 0, why))
		fail_msg("%s: %s", chain, why);
	evidence_free(&e);
	host_free(&h);
}

static void same_boot_chain(void **state)
{
	char name[64], why[POLICY_REASON], *out;

	assert_int_equal(chdir(*state), 0);
	for (size_t i = 0; i < COUNT(chains); i++) {
		const struct chain *c = &chains[i];
		json_t *ref = policy_reference_new();

		for (size_t j = 0; j < 2 && c->golden[j]; j++)
			add_golden(ref, c->golden[j]);
		out = json_dumps(ref, 0);
		assert_int_equal(policy_reference_parse(out, strlen(out), &booted, why), 0);
		snprintf(name, sizeof(name), "%s by %s %s", c->host, c->golden[0],
			 c->golden[1] ? c->golden[1] : "");
		at_hand = c;
		lie_run(&(struct lie){ .name = name, .before = host_chain, .verifier = golden_boots,
				       .word = c->known ? NULL : "unknown-kernel" }, true, NULL);
		policy_reference_free(&booted);
		json_decref(ref);
		free(out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(hosts, own_directory, no_directory),
		cmocka_unit_test_setup_teardown(what_is_taken, own_directory, no_directory),
		cmocka_unit_test_setup_teardown(same_boot_chain, own_directory, no_directory),
		cmocka_unit_test_setup_teardown(owner_keys, own_directory, no_directory),
		cmocka_unit_test_setup_teardown(open_register, own_directory, no_directory),
		cmocka_unit_test_setup_teardown(what_is_no_file, own_directory, no_directory),
		cmocka_unit_test(by_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
