// SPDX-License-Identifier: GPL-2.0-only
/* The verdict: a good host is accepted, and each lie is refused with its own word. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tpm/ak_public.h"
#include "attested_lie.h"
#include "hex.h"
#include "own_directory.h"
#include "log/uefi_log.h"
#include "verdict/verdict.h"
#include "verdict/nonce.h"

/* --- The quote ----------------------------------------------------------------------- */

static void forge_magic(struct host *h) { h->magic = 0x12345678; }
static void other_type(struct host *h) { h->type = TPM2_ST_ATTEST_CERTIFY; }
static void no_pcr10(struct host *h) { h->selection.entry[0].mask = 0x3ff; }
static void no_pcr4(struct host *h) { h->selection.entry[0].mask &= ~(1u << 4); }
static void unsafe_clock(struct host *h) { h->clock_safe = false; }

static void only_sha1(struct host *h)
{
	h->selection.entry[0].bank = PCR_SHA1;
}

static void sha1_too(struct host *h)
{
	h->selection.entry[1].bank = PCR_SHA1;
	h->selection.entry[1].mask = 0x7ff;
	h->selection.count = 2;
}

static void flip_signature(struct host *h, struct evidence *e)
{
	(void)h;
	e->signature.data[e->signature.size - 1] ^= 1;
}

static void flip_attest(struct host *h, struct evidence *e)
{
	(void)h;
	e->attest.data[e->attest.size - 1] ^= 1;
}

static void empty_signature(struct host *h, struct evidence *e)
{
	(void)h;
	e->signature.size = 0;
}

static void empty_attest(struct host *h, struct evidence *e)
{
	(void)h;
	e->attest.size = 0;
}

/* Another key of the same kind signs, and is named */
static void other_key(struct host *h, struct evidence *e)
{
	struct host other;
	struct evidence theirs;

	host_init(&other, true);
	other.pcrs = h->pcrs;
	host_quote(&other, lie_nonce, sizeof(lie_nonce), &theirs);
	blob_free(&e->attest);
	blob_free(&e->signature);
	blob_free(&e->ak_public);
	e->attest = theirs.attest;
	e->signature = theirs.signature;
	e->ak_public = theirs.ak_public;
	host_free(&other);
}

/* ... or the enrolled one is named */
static void other_key_hidden(struct host *h, struct evidence *e)
{
	other_key(h, e);
	blob_free(&e->ak_public);
	e->ak_public.data = malloc(h->ak_public.size);
	memcpy(e->ak_public.data, h->ak_public.data, h->ak_public.size);
	e->ak_public.size = h->ak_public.size;
}

static void other_values(struct host *h, struct evidence *e)
{
	(void)h;
	e->pcrs.value[PCR_SHA256][4][0] ^= 1;
}

static void missing_value(struct host *h, struct evidence *e)
{
	(void)h;
	e->pcrs.present[PCR_SHA256] &= ~(1u << 7);
}

/* What was not quoted may say what it likes */
static void hearsay_value(struct host *h, struct evidence *e)
{
	(void)h;
	e->pcrs.present[PCR_SHA256] |= 1u << 20;
	e->pcrs.value[PCR_SHA256][20][0] = 0x55;
}

static void quote_eight_bytes(struct host *h, struct evidence *e)
{
	evidence_free(e);
	host_quote(h, lie_nonce, 8, e);
	host_logs(h, e);
}

static void other_nonce(struct lie_verifier *v) { v->nonce[31] ^= 1; }
static void short_nonce(struct lie_verifier *v) { v->nonce_size = 31; }
static void eight_bytes(struct lie_verifier *v) { v->nonce_size = 8; }
static void empty_nonce(struct lie_verifier *v) { v->nonce_size = 0; }
static void allow_sha1(struct lie_verifier *v) { v->rules.other_banks = PCR_BANK_BIT(PCR_SHA1); }

/* --- Boot ---------------------------------------------------------------------------- */

static void secure_boot_off(struct host *h)
{
	struct host_event *ev = &h->event[EVENT_SECURE_BOOT];

	ev->data[ev->size - 1] = 0;
}

static void secure_boot_unsaid(struct host *h)
{
	host_set_event(&h->event[EVENT_SECURE_BOOT], 7, EV_EFI_ACTION, "no", 2, NULL);
}

/* Off when it was measured, on in the log */
static void claim_secure_boot(struct host *h)
{
	struct host_event *ev = &h->event[EVENT_SECURE_BOOT];

	ev->data[ev->size - 1] = 1;
}

static void claim_with_old_digest(struct host *h)
{
	struct host_event *ev = &h->event[EVENT_SECURE_BOOT];

	EVP_Q_digest(NULL, "SHA256", NULL, ev->data, ev->size, ev->digest, NULL);
	ev->own_digest = true;
	ev->data[ev->size - 1] = 1;
}

static void other_kernel(struct host *h) { h->event[EVENT_KERNEL].digest[0] ^= 1; }

static void two_kernels(struct host *h)
{
	const unsigned char digest[32] = { 9 };

	host_add_event(h, 4, EV_EFI_BOOT_SERVICES_APPLICATION, "evil", 4, digest);
}

/* The evil application shown as an action: the content fits the digest */
static void relabel_application(struct host *h)
{
	two_kernels(h);
	host_set_event(&h->event[h->events - 1], 4, EV_EFI_ACTION, "evil", 4, NULL);
}

static void relabel_as_no_action(struct host *h)
{
	h->event[EVENT_KERNEL].type = EV_NO_ACTION;
}

static void no_application(struct host *h)
{
	host_set_event(&h->event[EVENT_KERNEL], 5, EV_SEPARATOR, "\0\0\0", 4, NULL);
	h->event[EVENT_KERNEL] = h->event[EVENT_ACTION];
}

static void kernel_is_loader(struct lie_verifier *v) { v->kernel.kernel = false; }

/* The kernel of two_kernels() counts behind the other one alone, an image that it is in */
static void inner_kernel(struct lie_verifier *v)
{
	static struct policy_boot boot[2];

	boot[0] = v->kernel;
	boot[1] = v->kernel;
	boot[1].digest.of[PCR_SHA256] = (struct policy_digest){ .size = 32, .value = { 9 } };
	boot[1].inner = true;
	boot[1].image = boot[0].digest;
	v->reference.boot = boot;
	v->reference.boots = 2;
}

static void inner_of_another(struct lie_verifier *v)
{
	inner_kernel(v);
	v->reference.boot[1].image.of[PCR_SHA256].value[31] ^= 1;
}

/* A loader that is known, between image and kernel: whatever it may be, it has the last word */
static void loader_and_kernel(struct host *h)
{
	const unsigned char loader[32] = { 8 };

	host_add_event(h, 4, EV_EFI_BOOT_SERVICES_APPLICATION, "loader", 6, loader);
	two_kernels(h);
}

static void inner_behind_loader(struct lie_verifier *v)
{
	static struct policy_boot boot[3];

	inner_kernel(v);
	memcpy(boot, v->reference.boot, 2 * sizeof(boot[0]));
	boot[2] = v->kernel;
	boot[2].kernel = false;
	boot[2].digest.of[PCR_SHA256] = (struct policy_digest){ .size = 32, .value = { 8 } };
	v->reference.boot = boot;
	v->reference.boots = 3;
}

/* The image returned, and the firmware started its kernel from another boot option */
static void image_and_kernel_by_firmware(struct host *h)
{
	static const char back[] = "Returning from EFI Application from Boot Option";

	host_add_event(h, 4, EV_EFI_ACTION, back, sizeof(back) - 1, NULL);
	two_kernels(h);
}

static void inner_alone(struct lie_verifier *v)
{
	v->kernel.inner = true;
	v->kernel.image = v->kernel.digest;
}

static void drop_event(struct host *h) { h->events--; }
static void drop_events(struct host *h) { h->events = EVENT_KERNEL; }
static void no_events(struct host *h) { h->events = 0; }
static void tell_other_line(struct host *h) { strcpy(h->told_line, "lockdown=integrity"); }
static void tell_no_line(struct host *h) { h->told_line[0] = '\0'; }

static void measure_line(struct host *h, const char *line)
{
	host_measure_line(h, line);
	host_set_line(&h->record[RECORD_BOOT], line);
}

static void no_lockdown(struct host *h) { measure_line(h, "console=ttyS0"); }
static void quoted_lockdown(struct host *h) { measure_line(h, "a=\"b lockdown=integrity c\""); }
static void late_lockdown(struct host *h) { measure_line(h, "quiet -- lockdown=integrity"); }
static void prefix_lockdown(struct host *h) { measure_line(h, "lockdown=integrityx"); }

static void appraise_off(struct host *h)
{
	measure_line(h, "lockdown=integrity ima-appraise=log");
}

/* The real options hide behind the initrd's label and the other way round */
static void swap_labels(struct host *h)
{
	struct host_event t = h->event[EVENT_OPTIONS];

	h->event[EVENT_OPTIONS] = h->event[EVENT_INITRD];
	h->event[EVENT_INITRD] = t;
}

static void grub_line(struct host *h)
{
	static const char text[] = "kernel_cmdline: lockdown=integrity";
	unsigned char digest[32];

	EVP_Q_digest(NULL, "SHA256", NULL, text + 16, sizeof(text) - 17, digest, NULL);
	h->events = EVENT_OPTIONS;
	h->told_line[0] = '\0';
	host_add_event(h, 8, EV_IPL, text, sizeof(text), digest);
}

static void grub_line_and_loader(struct host *h)
{
	grub_line(h);
	host_add_event(h, 4, EV_EFI_BOOT_SERVICES_APPLICATION, "image", 5, host_kernel);
}

/* systemd 261 goes on with PCR 0 from user space */
static void os_separator(struct host *h)
{
	host_add_event(h, 0, EV_SEPARATOR, "os-separator", 12, NULL);
	h->later = 1;
}

/* systemd 259 goes on with PCR 9, and its log is not sent */
static void goes_on(struct host *h)
{
	host_add_event(h, 9, EV_IPL, "nvpcr-separator", 15, NULL);
	h->later = 1;
}

/* IMA aggregates another bank, which is quoted too */
static void other_aggregate(struct host *h)
{
	h->aggregate_384 = true;
	h->selection.count = 2;
	h->selection.entry[1].bank = PCR_SHA384;
	h->selection.entry[1].mask = 0x7ff;
}

static void goes_on_other_aggregate(struct host *h)
{
	goes_on(h);
	other_aggregate(h);
}

/* What the log says of an open register must be what a bank has that counts */
static void lie_about_options(struct host *h)
{
	host_measure_line(h, "console=ttyS0 lockdown=integrity quiet made=up");
}

static void allow_384(struct lie_verifier *v) { v->rules.other_banks = PCR_BANK_BIT(PCR_SHA384); }

static void word_log(unsigned int pcr, const char *word, struct evidence *e)
{
	static const char text[] = "\x1e{\"pcr\":%u,\"digests\":[{\"hashAlg\":\"sha256\",\"digest\":"
		"\"%s\"}],\"content_type\":\"systemd\",\"content\":{\"string\":\"%s\"}}\n";
	unsigned char digest[32];
	char hex[65], log[256];

	EVP_Q_digest(NULL, "SHA256", NULL, word, strlen(word), digest, NULL);
	hex_encode(digest, 32, hex);
	snprintf(log, sizeof(log), text, pcr, hex, word);
	e->userspace_log.size = strlen(log);
	e->userspace_log.data = (unsigned char *)strdup(log);
}

/* What ran behind the separator of PCR 2 is in user space's log, and not in the firmware's */
static void hidden_driver(struct host *h)
{
	host_add_event(h, 2, 0x80000004, "driver", 6, NULL);
	h->later = 1;
}

static void hidden_driver_other_aggregate(struct host *h)
{
	hidden_driver(h);
	other_aggregate(h);
}

static void driver_log(struct host *h, struct evidence *e)
{
	(void)h;
	word_log(2, "driver", e);
}

static void os_separator_log(struct host *h, struct evidence *e)
{
	(void)h;
	word_log(0, "os-separator", e);
}

/* PCR 0 of the good host: one separator */
static void pin_firmware_known(struct lie_verifier *v)
{
	static struct policy_digest allowed = { .size = 32 };
	static struct policy_pcr firmware = { .bank = PCR_SHA256, .pcr = 0, .allowed = &allowed, .count = 1 };
	static const unsigned char separator[4], zero[32];
	unsigned char digest[32];

	v->reference.pcr = &firmware;
	v->reference.pcrs = 1;
	EVP_Q_digest(NULL, "SHA256", NULL, separator, 4, digest, NULL);
	pcr_hash(PCR_SHA256, (struct view[]){ { zero, 32 }, { digest, 32 } }, 2, allowed.value);
}

/* PCR 2 of the good host, in rules that leave it to the boot aggregate */
static void pin_drivers(struct lie_verifier *v)
{
	static struct policy_pcr drivers;

	pin_firmware_known(v);
	drivers = v->reference.pcr[0];
	drivers.pcr = 2;
	v->reference.pcr = &drivers;
	v->rules.replayed &= ~(1u << 2);
}

static void pin_drivers_allow_384(struct lie_verifier *v)
{
	pin_drivers(v);
	allow_384(v);
}

static void pin_firmware(struct lie_verifier *v)
{
	static struct policy_digest allowed = { .size = 32 };
	static struct policy_pcr firmware = { .bank = PCR_SHA256, .pcr = 0, .allowed = &allowed, .count = 1 };

	v->reference.pcr = &firmware;
	v->reference.pcrs = 1;
}

static struct policy_pcr firmware_banks[2];

/* In another bank than that of the rules alone */
static void pin_firmware_elsewhere(struct lie_verifier *v)
{
	pin_firmware(v);
	firmware_banks[0] = v->reference.pcr[0];
	firmware_banks[0].bank = PCR_SHA384;
	v->reference.pcr = firmware_banks;
}

static void pin_firmware_in_both(struct lie_verifier *v)
{
	pin_firmware_elsewhere(v);
	pin_firmware_known(v);
	firmware_banks[1] = v->reference.pcr[0];
	v->reference.pcr = firmware_banks;
	v->reference.pcrs = 2;
}

/* --- Keys of the machine's owner: shim extends PCR 14 with them ---------------------------- */

static void mok_list(struct host *h) { host_add_event(h, 14, EV_IPL, "MokList", 7, NULL); }
static void another_mok_list(struct host *h) { host_add_event(h, 14, EV_IPL, "MokLists", 8, NULL); }

static void mok_list_and_separator(struct host *h)
{
	mok_list(h);
	host_add_event(h, 14, EV_IPL, "os-separator", 12, NULL);
	h->later++;
}

static void mok_list_not_quoted(struct host *h)
{
	mok_list(h);
	h->selection.entry[0].mask = 0x7ff;
}

static void separator_14_log(struct host *h, struct evidence *e)
{
	(void)h;
	word_log(14, "os-separator", e);
}

/* What shim extended is in user space's log, and not in the firmware's */
static void hide_mok_list(struct host *h) { h->events--; }

static void mok_list_log(struct host *h, struct evidence *e)
{
	(void)h;
	word_log(14, "MokList", e);
}

static struct policy_digest *pin_14(struct lie_verifier *v)
{
	static struct policy_digest allowed;
	static struct policy_pcr owner = { .bank = PCR_SHA256, .pcr = 14, .allowed = &allowed, .count = 1 };

	v->reference.pcr = &owner;
	v->reference.pcrs = 1;
	allowed = (struct policy_digest){ .size = 32 };
	return &allowed;
}

/* As a host without shim has it */
static void pin_no_shim(struct lie_verifier *v) { pin_14(v); }

static void pin_mok_list(struct lie_verifier *v)
{
	static const unsigned char zero[32];
	unsigned char digest[32];

	EVP_Q_digest(NULL, "SHA256", NULL, "MokList", 7, digest, NULL);
	pcr_hash(PCR_SHA256, (struct view[]){ { zero, 32 }, { digest, 32 } }, 2, pin_14(v)->value);
}

static void pin_mok_list_unreplayed(struct lie_verifier *v)
{
	pin_mok_list(v);
	v->rules.replayed &= ~(1u << 14);
}

/* --- The IMA log ------------------------------------------------------------------------- */

static void alter_record(struct host *h) { host_caretaker(&h->record[RECORD_INSTALL])->svn = 9; }
static void drop_record(struct host *h) { host_drop_record(h, RECORD_MODULE); }
static void swap_records(struct host *h) { host_swap_records(h, RECORD_MODULE, RECORD_POLICY); }
static void cut_log(struct host *h) { h->records--; }
static void empty_log(struct host *h) { h->records = 0; }
static void bad_hash(struct host *h) { h->record[RECORD_MODULE].bad_template_hash = true; }
static void rename_record(struct host *h) { strcpy(h->record[RECORD_INSTALL].name, "other"); }
static void relabel_template(struct host *h) { h->record[RECORD_INSTALL].template = "ima-sig"; }

static void old_boot(struct host *h) { h->record[RECORD_AGGREGATE].old_boot = true; }
static void no_aggregate(struct host *h) { host_drop_record(h, RECORD_AGGREGATE); }
static void late_aggregate(struct host *h) { host_swap_records(h, RECORD_AGGREGATE, RECORD_MODULE); }

static void kexec_executed(struct host *h)
{
	host_add_record(h, "ima-buf", "kexec_execute", "kexec_segment_size=1;", 21);
}

/* After the boot somebody extended a register of it: the log's beginning is of before */
static void extended_later(struct host *h)
{
	unsigned char digest[32] = { 1 };

	host_run(h);
	memcpy(h->record[RECORD_AGGREGATE].data, h->pcrs.value[PCR_SHA256][0], 32);
	for (int i = 0; i < 10; i++)
		memcpy(h->record[RECORD_AGGREGATE].data + 32 * i, h->pcrs.value[PCR_SHA256][i], 32);
	h->record[RECORD_AGGREGATE].size = 320;
	h->record[RECORD_AGGREGATE].old_boot = true;
	host_add_event(h, 8, EV_IPL, "late", 4, digest);
}

static void grow_log(struct host *h)
{
	host_add_caretaker(h, 2, CARETAKER_RECORD_INSTALL, 8);
}

static void grow_evil(struct host *h)
{
	struct host_record *r = host_add_caretaker(h, 2, CARETAKER_RECORD_INSTALL, 8);

	host_caretaker(r)->digest[0] ^= 1;
}

/* A teardown that the TPM never saw must not make a VM vanish */
static void grow_teardown(struct host *h)
{
	host_add_caretaker(h, 2, CARETAKER_RECORD_TEARDOWN, 7);
}

static void other_register(struct host *h)
{
	host_add_caretaker(h, 2, CARETAKER_RECORD_TEARDOWN, 7)->pcr = 11;
	host_add_record(h, "ima-ng", "/bin/last", "x", 1);
}

static void violation(struct host *h)
{
	host_add_record(h, "ima-ng", "/var/log/busy", "", 0)->violation = true;
}

static void violation_of_ours(struct host *h)
{
	h->record[RECORD_INSTALL].violation = true;
}

static void violation_first(struct host *h)
{
	h->record[RECORD_AGGREGATE].violation = true;
}

static void no_policy(struct host *h) { host_drop_record(h, RECORD_POLICY); }

static void set_policy(struct host *h, const char *text)
{
	struct host_record *r = &h->record[RECORD_POLICY];

	strcpy((char *)r->data, text);
	r->size = strlen(text);
}

static void weak_policy(struct host *h) { set_policy(h, "measure func=MODULE_CHECK\n"); }

static void hiding_policy(struct host *h)
{
	set_policy(h, "dont_measure func=CRITICAL_DATA\nmeasure func=CRITICAL_DATA label=caretaker\n");
}

static void odd_policy(struct host *h) { set_policy(h, "measure func=CRITICAL_DATA label=caretaker\nxyz\n"); }

static void second_policy(struct host *h)
{
	host_add_record(h, "ima-buf", "ima_policy_loaded", "measure func=MODULE_CHECK\n", 26);
}

/* Fit, and another one for each @number */
static void add_policy(struct host *h, unsigned int number)
{
	char text[HOST_DATA];

	snprintf(text, sizeof(text), "%smeasure func=MODULE_CHECK uid=%u\n", host_policy, number);
	host_add_record(h, "ima-buf", "ima_policy_loaded", text, strlen(text));
}

static void another_policy(struct host *h) { add_policy(h, 0); }

static void another_policy_first(struct host *h)
{
	another_policy(h);
	host_swap_records(h, RECORD_POLICY, h->records - 1);
}

static void policies_of_a_kernel(struct host *h, unsigned int count)
{
	for (unsigned int i = 1; i < count; i++)
		add_policy(h, i);
	/* One of them again */
	add_policy(h, 1);
}

static void many_policies(struct host *h) { policies_of_a_kernel(h, CLAIMS_POLICIES_MAX); }
static void too_many_policies(struct host *h) { policies_of_a_kernel(h, CLAIMS_POLICIES_MAX + 1); }

static void policy_as_file(struct host *h)
{
	h->record[RECORD_POLICY].template = "ima-ng";
}

static void pin_policy(struct lie_verifier *v)
{
	static struct policy_digest other = { .size = 32 };

	v->reference.ima_policy = &other;
	v->reference.ima_policies = 1;
}

static struct policy_digest listed[2];

static void list_policy(struct lie_verifier *v)
{
	listed[0].size = 32;
	EVP_Q_digest(NULL, "SHA256", NULL, host_policy, strlen(host_policy), listed[0].value, NULL);
	v->reference.ima_policy = listed;
	v->reference.ima_policies = 1;
}

static void list_both_policies(struct lie_verifier *v)
{
	static struct host h = { 0 };

	list_policy(v);
	h.records = 0;
	add_policy(&h, 0);
	listed[1].size = 32;
	EVP_Q_digest(NULL, "SHA256", NULL, h.record[0].data, h.record[0].size, listed[1].value, NULL);
	v->reference.ima_policies = 2;
}

/* --- Our records ---------------------------------------------------------------------------- */

#define RECORD(name, change)								\
static void name(struct host *h)							\
{											\
	struct caretaker_record *rec = host_caretaker(&h->record[RECORD_INSTALL]);	\
											\
	(void)rec;									\
	change;										\
}

RECORD(bad_magic, rec->h.magic ^= 1)
RECORD(bad_abi, rec->h.abi = CARETAKER_ABI_VERSION + 1)
RECORD(bad_size, rec->h.size = sizeof(*rec) - 1)
RECORD(bad_event, rec->h.event = CARETAKER_RECORD_REMOVE)
RECORD(bad_result, rec->h.result = -1)
RECORD(bad_vm, rec->vm = 0)
RECORD(bad_digest_len, rec->digest_len = 31)
RECORD(long_digest, rec->digest_len = 65)
RECORD(long_signer, rec->signer_len = 37)
RECORD(bad_padding, rec->digest[63] = 1)
RECORD(bad_name, memset(rec->name, 'a', sizeof(rec->name)))
RECORD(empty_name, memset(rec->name, 0, sizeof(rec->name)))
RECORD(blank_name, rec->name[0] = ' ')
RECORD(bad_mode, rec->mode = 3)
RECORD(unknown_alg, rec->digest_alg = 0x1234)
RECORD(short_record, h->record[RECORD_INSTALL].size--)
RECORD(long_record, h->record[RECORD_INSTALL].size++)
RECORD(unknown_word, strcpy(h->record[RECORD_INSTALL].name, "caretaker-bless"))
RECORD(bare_word, strcpy(h->record[RECORD_INSTALL].name, "caretaker-"))
RECORD(starts_at_two, rec->h.sequence = 3)
RECORD(starts_at_zero, rec->h.sequence = 0)
RECORD(other_payload, rec->digest[0] ^= 1)
RECORD(other_name, strncpy(rec->name, "other", sizeof(rec->name)))
RECORD(other_version, strcpy(rec->version, "2.0"))
RECORD(other_svn, rec->svn = 4)
RECORD(other_signer, rec->signer[0] ^= 1)
RECORD(no_signer, rec->signer_len = 0; memset(rec->signer, 0, 36); memset(rec->signer_key, 0, 32);
       rec->keyring = 0)
RECORD(waived, rec->enforce |= CARETAKER_WAIVED_SIGNATURE)
RECORD(waived_no_signer, rec->enforce |= CARETAKER_WAIVED_SIGNATURE; rec->signer_len = 0;
       memset(rec->signer, 0, 36); memset(rec->signer_key, 0, 32); rec->keyring = 0)
RECORD(platform_key, rec->keyring = CARETAKER_KEYRING_PLATFORM)
RECORD(odd_keyring, rec->keyring = 40)
RECORD(shared_mode, rec->mode = CARETAKER_MODE_SHARED)
RECORD(min_encodings, rec->flags = CARETAKER_FLAG_MIN_ENCODINGS)
RECORD(unknown_flag, rec->flags = 1ull << 40)
RECORD(no_lockdown_enforced, rec->enforce = CARETAKER_ENFORCE_SECURE_BOOT)
RECORD(not_enforced, rec->enforce = 0)
RECORD(sha1_digest, rec->digest_alg = TPM2_ALG_SHA1; rec->digest_len = 20;
       memset(rec->digest + 20, 0, 44))

static void gap(struct host *h) { host_add_caretaker(h, 3, CARETAKER_RECORD_TEARDOWN, 7); }
static void repeat(struct host *h) { host_add_caretaker(h, 1, CARETAKER_RECORD_TEARDOWN, 7); }
static void torn_down(struct host *h) { host_add_caretaker(h, 2, CARETAKER_RECORD_TEARDOWN, 7); }
static void removed(struct host *h) { host_add_caretaker(h, 2, CARETAKER_RECORD_REMOVE, 7); }
static void remove_other(struct host *h) { host_add_caretaker(h, 2, CARETAKER_RECORD_REMOVE, 8); }
static void update_other(struct host *h) { host_add_caretaker(h, 2, CARETAKER_RECORD_UPDATE, 8); }
static void second_install(struct host *h) { host_add_caretaker(h, 2, CARETAKER_RECORD_INSTALL, 7); }
static void second_vm(struct host *h) { host_add_caretaker(h, 2, CARETAKER_RECORD_INSTALL, 8); }
static void refused_one(struct host *h) { host_add_caretaker(h, 2, CARETAKER_RECORD_REFUSE, 0); }

static void on_a_vcpu(struct host *h) { host_caretaker(&h->record[RECORD_INSTALL])->vcpu = 0; }

static void vcpu_beside_vm(struct host *h)
{
	host_caretaker(host_add_caretaker(h, 2, CARETAKER_RECORD_INSTALL, 7))->vcpu = 0;
}

static void update_evil(struct host *h)
{
	host_caretaker(host_add_caretaker(h, 2, CARETAKER_RECORD_UPDATE, 7))->digest[0] ^= 1;
}

static void evil_then_good(struct host *h)
{
	other_payload(h);
	host_add_caretaker(h, 2, CARETAKER_RECORD_UPDATE, 7);
}

static void evil_gone(struct host *h)
{
	other_payload(h);
	torn_down(h);
}

static void dropped_refusals(struct host *h)
{
	host_caretaker(host_add_caretaker(h, 2, CARETAKER_RECORD_TEARDOWN, 7))->dropped = 5;
}

static void refuse_with_success(struct host *h)
{
	host_caretaker(host_add_caretaker(h, 2, CARETAKER_RECORD_REFUSE, 0))->h.result = 0;
}

static void high_floor(struct lie_verifier *v) { v->rules.floors[0].svn = 4; }
static void no_refusals(struct lie_verifier *v) { v->rules.maximum_refusals = 0; }
static void one_vm(struct lie_verifier *v) { v->rules.minimum_vms = 1; }
static void two_vms(struct lie_verifier *v) { v->rules.minimum_vms = 2; }
static void no_reference(struct lie_verifier *v) { v->reference.payloads = 0; }
static void no_signers(struct lie_verifier *v) { v->reference.signers = 0; }
static void allow_min_encodings(struct lie_verifier *v) { v->rules.flags = CARETAKER_FLAG_MIN_ENCODINGS; }

static void revoke_payload(struct lie_verifier *v)
{
	memcpy(v->revoked.value, host_payload, 32);
	v->revoked.size = 32;
	v->rules.revoked_payloads = &v->revoked;
	v->rules.revoked_payload_count = 1;
}

/* By another digest of the payload than that in the record: the reference has both */
static void revoke_payload_by_384(struct lie_verifier *v)
{
	static struct policy_payload payload;

	payload = v->reference.payload[0];
	payload.digest.of[PCR_SHA384] = (struct policy_digest){ .size = 48, .value = { 0x38, 0x4 } };
	v->reference.payload = &payload;
	v->reference.payloads = 1;
	v->revoked = payload.digest.of[PCR_SHA384];
	v->rules.revoked_payloads = &v->revoked;
	v->rules.revoked_payload_count = 1;
}

static void revoke_signer(struct lie_verifier *v)
{
	memcpy(v->revoked.value, host_signer, 20);
	v->revoked.size = 20;
	v->rules.revoked_signers = &v->revoked;
	v->rules.revoked_signer_count = 1;
}

static const struct lie lies[] = {
	/* name, before, after, evidence, verifier, word */
	{ "good host", NULL, NULL, NULL, NULL, NULL },

	{ "forged magic", forge_magic, NULL, NULL, NULL, "bad-quote" },
	{ "a certification, no quote", other_type, NULL, NULL, NULL, "bad-quote" },
	{ "empty attestation", NULL, NULL, empty_attest, NULL, "bad-quote" },
	{ "altered attestation", NULL, NULL, flip_attest, NULL, "bad-signature" },
	{ "altered signature", NULL, NULL, flip_signature, NULL, "bad-signature" },
	{ "no signature", NULL, NULL, empty_signature, NULL, "bad-signature" },
	{ "another AK", NULL, NULL, other_key, NULL, "wrong-ak" },
	{ "another AK under our name", NULL, NULL, other_key_hidden, NULL, "bad-signature" },
	{ "stale nonce", NULL, NULL, NULL, other_nonce, "stale-nonce" },
	{ "beginning of the nonce", NULL, NULL, NULL, short_nonce, "stale-nonce" },
	{ "empty nonce", NULL, NULL, NULL, empty_nonce, "stale-nonce" },
	{ "nonce too short to be one", NULL, NULL, quote_eight_bytes, eight_bytes, "stale-nonce" },
	{ "PCR 10 not quoted", no_pcr10, NULL, NULL, NULL, "pcr-selection" },
	{ "PCR 4 not quoted", no_pcr4, NULL, NULL, NULL, "pcr-selection" },
	{ "SHA-1 only", only_sha1, NULL, NULL, NULL, "weak-bank" },
	{ "SHA-1 only, though allowed beside", only_sha1, NULL, NULL, allow_sha1, "pcr-selection" },
	{ "SHA-1 beside SHA-256", sha1_too, NULL, NULL, NULL, "weak-bank" },
	{ "SHA-1 beside SHA-256, allowed", sha1_too, NULL, NULL, allow_sha1, NULL },
	{ "values that were not quoted", NULL, NULL, other_values, NULL, "pcr-mismatch" },
	{ "a value is missing", NULL, NULL, missing_value, NULL, "pcr-mismatch" },
	{ "a value beside the quote", NULL, NULL, hearsay_value, NULL, NULL },
	{ "clock not safe", unsafe_clock, NULL, NULL, NULL, "clock-not-safe" },

	{ "Secure Boot off", secure_boot_off, NULL, NULL, NULL, "secure-boot-off" },
	{ "Secure Boot unsaid", secure_boot_unsaid, NULL, NULL, NULL, "secure-boot-off" },
	{ "Secure Boot off, log says on", secure_boot_off, claim_secure_boot, NULL, NULL,
	  "uefi-log-mismatch" },
	{ "Secure Boot off, content says on", secure_boot_off, claim_with_old_digest, NULL, NULL,
	  "secure-boot-off" },
	{ "unknown kernel", other_kernel, NULL, NULL, NULL, "unknown-kernel" },
	{ "unknown kernel, log says known", other_kernel, other_kernel, NULL, NULL,
	  "uefi-log-mismatch" },
	{ "another application after it", two_kernels, NULL, NULL, NULL, "unknown-kernel" },
	{ "application relabelled as action", relabel_application, NULL, NULL, NULL,
	  "unknown-boot-event" },
	{ "application hidden as no action", NULL, relabel_as_no_action, NULL, NULL,
	  "uefi-log-mismatch" },
	{ "no application", no_application, NULL, NULL, NULL, "unknown-kernel" },
	{ "last application is a loader", NULL, NULL, NULL, kernel_is_loader, "unknown-kernel" },
	{ "an image, and the kernel in it", two_kernels, NULL, NULL, inner_kernel, NULL },
	{ "an image that starts no kernel by LoadImage()", NULL, NULL, NULL, inner_kernel, NULL },
	{ "an image, and the kernel in another", two_kernels, NULL, NULL, inner_of_another, "unknown-kernel" },
	{ "an image, a loader, and the kernel in it", loader_and_kernel, NULL, NULL, inner_behind_loader,
	  "unknown-kernel" },
	{ "an image that returned, and the kernel in it by the firmware", image_and_kernel_by_firmware, NULL, NULL,
	  inner_kernel, "unknown-kernel" },
	{ "the kernel in an image, alone", NULL, NULL, NULL, inner_alone, "unknown-kernel" },
	{ "event dropped", NULL, drop_events, NULL, NULL, "uefi-log-mismatch" },
	{ "event of PCR 9 dropped", NULL, drop_event, NULL, NULL, "boot-aggregate-mismatch" },
	{ "no events", NULL, no_events, NULL, NULL, "uefi-log-mismatch" },
	{ "another command line told", NULL, tell_other_line, NULL, NULL, NULL },
	{ "no command line told", NULL, tell_no_line, NULL, NULL, NULL },
	{ "options and initrd swapped", swap_labels, NULL, NULL, NULL, NULL },
	{ "required word missing", no_lockdown, NULL, NULL, NULL, "command-line-word-missing" },
	{ "required word inside quotes", quoted_lockdown, NULL, NULL, NULL,
	  "command-line-word-missing" },
	{ "required word for init", late_lockdown, NULL, NULL, NULL, "command-line-word-missing" },
	{ "required word is a beginning", prefix_lockdown, NULL, NULL, NULL,
	  "command-line-word-missing" },
	{ "forbidden word, dash for underscore", appraise_off, NULL, NULL, NULL,
	  "command-line-word-forbidden" },
	{ "GRUB's line without a loader", grub_line, NULL, NULL, NULL, NULL },
	{ "GRUB's line", grub_line_and_loader, NULL, NULL, NULL, NULL },
	{ "known firmware", NULL, NULL, NULL, pin_firmware_known, NULL },
	{ "known firmware, pinned in another bank as well", NULL, NULL, NULL, pin_firmware_in_both, NULL },
	{ "known firmware, user space went on", os_separator, NULL, os_separator_log, pin_firmware_known,
	  NULL },
	{ "user space went on, and does not say so", os_separator, NULL, NULL, NULL, "uefi-log-mismatch" },
	{ "unknown firmware", NULL, NULL, NULL, pin_firmware, "unknown-firmware" },
	{ "firmware pinned in another bank alone", NULL, NULL, NULL, pin_firmware_elsewhere, "unknown-firmware" },

	{ "owner's keys, not pinned", mok_list, NULL, NULL, NULL, NULL },
	{ "owner's keys, pinned", mok_list, NULL, NULL, pin_mok_list, NULL },
	{ "owner's keys, pinned, user space went on", mok_list_and_separator, NULL, separator_14_log,
	  pin_mok_list, NULL },
	{ "other owner's keys than pinned", another_mok_list, NULL, NULL, pin_mok_list, "unknown-firmware" },
	{ "other owner's keys than pinned, not replayed", another_mok_list, NULL, NULL,
	  pin_mok_list_unreplayed, "unknown-firmware" },
	{ "no shim where its register is pinned", NULL, NULL, NULL, pin_mok_list, "unknown-firmware" },
	{ "owner's keys, pinned and not quoted", mok_list_not_quoted, NULL, NULL, pin_mok_list,
	  "unknown-firmware" },
	{ "no shim, pinned", NULL, NULL, NULL, pin_no_shim, NULL },
	{ "shim where none is pinned", mok_list, NULL, NULL, pin_no_shim, "unknown-firmware" },
	{ "shim where none is pinned, called user space's", mok_list, hide_mok_list, mok_list_log,
	  pin_no_shim, "unknown-firmware" },

	{ "record altered", NULL, alter_record, NULL, NULL, "ima-log-altered" },
	{ "record renamed", NULL, rename_record, NULL, NULL, "ima-log-altered" },
	{ "record dropped", NULL, drop_record, NULL, NULL, "ima-log-altered" },
	{ "records swapped", NULL, swap_records, NULL, NULL, "ima-log-altered" },
	{ "log cut short", NULL, cut_log, NULL, NULL, "ima-log-altered" },
	{ "empty log", NULL, empty_log, NULL, NULL, "ima-log-empty" },
	{ "wrong template hash", NULL, bad_hash, NULL, NULL, "ima-log-altered" },
	{ "our record shown as ima-sig", NULL, relabel_template, NULL, NULL, "record-malformed" },
	{ "evil record shown as ima-sig", other_payload, relabel_template, NULL, NULL,
	  "record-malformed" },
	{ "log of another boot", old_boot, NULL, NULL, NULL, "boot-aggregate-mismatch" },
	{ "PCR 9 goes on", goes_on, NULL, NULL, NULL, NULL },
	{ "PCR 9 goes on, and the log lies", goes_on, lie_about_options, NULL, NULL,
	  "boot-aggregate-mismatch" },
	{ "aggregate of another bank", other_aggregate, NULL, NULL, allow_384, NULL },
	{ "aggregate of another bank, which may not be", other_aggregate, NULL, NULL, NULL,
	  "pcr-selection" },
	{ "PCR 9 goes on, aggregate of another bank", goes_on_other_aggregate, NULL, NULL, allow_384,
	  "uefi-log-mismatch" },
	{ "PCR 9 goes on, aggregate of another bank, and the log lies", goes_on_other_aggregate,
	  lie_about_options, NULL, allow_384, "uefi-log-mismatch" },
	{ "an unknown word leads on from a pinned register", hidden_driver, NULL, driver_log, pin_drivers,
	  NULL },
	{ "an unknown word leads on from a pinned register, aggregate of another bank",
	  hidden_driver_other_aggregate, NULL, driver_log, pin_drivers_allow_384, "unknown-firmware" },
	{ "a pinned register, aggregate of another bank", other_aggregate, NULL, NULL, pin_drivers_allow_384,
	  NULL },
	{ "boot register extended later", extended_later, NULL, NULL, NULL,
	  "boot-aggregate-mismatch" },
	{ "no boot aggregate", no_aggregate, NULL, NULL, NULL, "boot-aggregate-missing" },
	{ "boot aggregate not first", late_aggregate, NULL, NULL, NULL, "boot-aggregate-missing" },
	{ "kexec", kexec_executed, NULL, NULL, NULL, "kexec-boot" },
	{ "log grew after the quote", NULL, grow_log, NULL, NULL, NULL },
	{ "evil record after the quote", NULL, grow_evil, NULL, NULL, NULL },
	{ "violation", violation, NULL, NULL, NULL, NULL },
	{ "violation at the start", violation_first, NULL, NULL, NULL, "boot-aggregate-missing" },
	{ "no measured policy", no_policy, NULL, NULL, NULL, "ima-policy-missing" },
	{ "policy without our rule", weak_policy, NULL, NULL, NULL, "ima-policy-unfit" },
	{ "policy that hides us", hiding_policy, NULL, NULL, NULL, "ima-policy-unfit" },
	{ "policy with an unknown word", odd_policy, NULL, NULL, NULL, "ima-policy-unfit" },
	{ "second policy without our rule", second_policy, NULL, NULL, NULL, "ima-policy-unfit" },
	{ "policy measured as a file", policy_as_file, NULL, NULL, NULL, "ima-policy-missing" },
	{ "policy not in the reference", NULL, NULL, NULL, pin_policy, "ima-policy-unfit" },
	{ "policy in the reference", NULL, NULL, NULL, list_policy, NULL },
	{ "two policies, any may be", another_policy, NULL, NULL, NULL, NULL },
	{ "two policies, the last not in the reference", another_policy, NULL, NULL, list_policy,
	  "ima-policy-unfit" },
	{ "two policies, the first not in the reference", another_policy_first, NULL, NULL, list_policy,
	  "ima-policy-unfit" },
	{ "two policies, both in the reference", another_policy_first, NULL, NULL, list_both_policies, NULL },
	{ "as many policies as may be", many_policies, NULL, NULL, NULL, NULL },
	{ "too many policies", too_many_policies, NULL, NULL, NULL, "ima-policy-unfit" },

	{ "record: magic", bad_magic, NULL, NULL, NULL, "record-malformed" },
	{ "record: ABI", bad_abi, NULL, NULL, NULL, "record-malformed" },
	{ "record: size field", bad_size, NULL, NULL, NULL, "record-malformed" },
	{ "record: event is not its name's", bad_event, NULL, NULL, NULL, "record-malformed" },
	{ "record: failed install", bad_result, NULL, NULL, NULL, "record-malformed" },
	{ "record: no VM", bad_vm, NULL, NULL, NULL, "record-malformed" },
	{ "record: digest length", bad_digest_len, NULL, NULL, NULL, "record-malformed" },
	{ "record: digest too long", long_digest, NULL, NULL, NULL, "record-malformed" },
	{ "record: signer too long", long_signer, NULL, NULL, NULL, "record-malformed" },
	{ "record: padding", bad_padding, NULL, NULL, NULL, "record-malformed" },
	{ "record: name without end", bad_name, NULL, NULL, NULL, "record-malformed" },
	{ "record: empty name", empty_name, NULL, NULL, NULL, "record-malformed" },
	{ "record: blank in name", blank_name, NULL, NULL, NULL, "record-malformed" },
	{ "record: mode", bad_mode, NULL, NULL, NULL, "record-malformed" },
	{ "record: digest algorithm", unknown_alg, NULL, NULL, NULL, "record-malformed" },
	{ "record: one byte short", short_record, NULL, NULL, NULL, "record-malformed" },
	{ "record: one byte long", long_record, NULL, NULL, NULL, "record-malformed" },
	{ "record: unknown event", unknown_word, NULL, NULL, NULL, "record-malformed" },
	{ "record: no event", bare_word, NULL, NULL, NULL, "record-malformed" },
	{ "record: violation of ours", violation_of_ours, NULL, NULL, two_vms, "too-few-vms" },
	{ "sequence starts at two", starts_at_two, NULL, NULL, NULL, "record-sequence" },
	{ "sequence starts at zero", starts_at_zero, NULL, NULL, NULL, "record-sequence" },
	{ "sequence has a gap", gap, NULL, NULL, NULL, "record-sequence" },
	{ "sequence repeats", repeat, NULL, NULL, NULL, "record-sequence" },
	{ "refusal with success", refuse_with_success, NULL, NULL, NULL, "record-malformed" },

	{ "torn down", torn_down, NULL, NULL, NULL, NULL },
	{ "removed", removed, NULL, NULL, NULL, NULL },
	{ "two VMs", second_vm, NULL, NULL, two_vms, NULL },
	{ "too few VMs", NULL, NULL, NULL, two_vms, "too-few-vms" },
	{ "on a vCPU", on_a_vcpu, NULL, NULL, NULL, NULL },
	{ "too few VMs: on a vCPU", on_a_vcpu, NULL, NULL, one_vm, "too-few-vms" },
	{ "torn down in another register", other_register, NULL, NULL, one_vm, NULL },
	{ "removal of nothing", remove_other, NULL, NULL, NULL, "record-state" },
	{ "update of nothing", update_other, NULL, NULL, NULL, "record-state" },
	{ "installed twice", second_install, NULL, NULL, NULL, "record-state" },
	{ "a vCPU's beside the VM's", vcpu_beside_vm, NULL, NULL, NULL, "record-state" },
	{ "refused one", refused_one, NULL, NULL, NULL, NULL },
	{ "refused one too many", refused_one, NULL, NULL, no_refusals, "too-many-refusals" },
	{ "dropped refusals count", dropped_refusals, NULL, NULL, no_refusals,
	  "too-many-refusals" },

	{ "payload not in the reference", other_payload, NULL, NULL, NULL, "unknown-payload" },
	{ "empty reference", NULL, NULL, NULL, no_reference, "unknown-payload" },
	{ "updated to an unknown payload", update_evil, NULL, NULL, NULL, "unknown-payload" },
	{ "updated from an unknown payload", evil_then_good, NULL, NULL, NULL, NULL },
	{ "unknown payload is gone", evil_gone, NULL, NULL, NULL, NULL },
	{ "payload under another name", other_name, NULL, NULL, NULL, "payload-mismatch" },
	{ "payload under another version", other_version, NULL, NULL, NULL, "payload-mismatch" },
	{ "payload under another SVN", other_svn, NULL, NULL, NULL, "payload-mismatch" },
	{ "SVN below the floor", NULL, NULL, NULL, high_floor, "svn-too-low" },
	{ "unknown signer", other_signer, NULL, NULL, NULL, "unknown-signer" },
	{ "no signer is trusted", NULL, NULL, NULL, no_signers, "unknown-signer" },
	{ "no signer named", no_signer, NULL, NULL, NULL, "record-malformed" },
	{ "signature waived", waived, NULL, NULL, NULL, "unsigned" },
	{ "unsigned", waived_no_signer, NULL, NULL, NULL, "unsigned" },
	{ "revoked payload", NULL, NULL, NULL, revoke_payload, "revoked-payload" },
	{ "revoked payload, by its SHA-384", NULL, NULL, NULL, revoke_payload_by_384, "revoked-payload" },
	{ "revoked signer", NULL, NULL, NULL, revoke_signer, "revoked-signer" },
	{ "key of the platform", platform_key, NULL, NULL, NULL, "keyring-not-allowed" },
	{ "key of no keyring we know", odd_keyring, NULL, NULL, NULL, "record-malformed" },
	{ "mode not allowed", shared_mode, NULL, NULL, NULL, "mode-not-allowed" },
	{ "minimal encodings", min_encodings, NULL, NULL, NULL, "flags-not-allowed" },
	{ "minimal encodings, allowed", min_encodings, NULL, NULL, allow_min_encodings, NULL },
	{ "unknown flag", unknown_flag, NULL, NULL, NULL, "flags-not-allowed" },
	{ "lockdown not in force", no_lockdown_enforced, NULL, NULL, NULL, "not-enforced" },
	{ "nothing in force", not_enforced, NULL, NULL, NULL, "not-enforced" },
	{ "SHA-1 digest", sha1_digest, NULL, NULL, NULL, "weak-digest" },
};

static void each_lie(void **state)
{
	const struct lie *lie = *state;

	lie_run(lie, true, NULL);
}

static const struct verdict_origin by_this_tool = { .tool = "caretaker test" };

static const char *standing(json_t *root, int64_t now)
{
	return verdict_standing(root, now, &(struct verdict_expected){ .origin = &by_this_tool });
}

static int keep(const char *text, size_t size, void *data)
{
	struct blob *all = data;

	all->data = realloc(all->data, all->size + size + 1);
	assert_non_null(all->data);
	memcpy(all->data + all->size, text, size);
	all->size += size;
	all->data[all->size] = '\0';
	return 0;
}

static int refuse_later(const char *text, size_t size, void *data)
{
	unsigned int *left = data;

	(void)text, (void)size;
	return (*left)-- ? 0 : -1;
}

/* Part for part it is what it is as a whole; what cannot be put ends it */
static void check_text(const struct verdict *v)
{
	json_t *root = verdict_json(v);
	char *whole = json_dumps(root, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	struct blob text = { 0 };
	unsigned int parts = 0;

	assert_int_equal(verdict_text(v, keep, &text), 0);
	assert_string_equal((char *)text.data, whole);
	for (unsigned int left = 0; verdict_text(v, refuse_later, &left); left = ++parts)
		assert_true(left == UINT_MAX);
	assert_true(parts > 100);
	blob_free(&text);
	free(whole);
	json_decref(root);
}

static void look_good(const struct verdict *v)
{
	json_t *root = verdict_json(v), *vm = json_array_get(json_object_get(root, "vms"), 0);
	json_t *boot = json_object_get(root, "boot");

	assert_true(json_is_true(json_object_get(root, "accepted")));
	assert_true(json_is_null(json_object_get(root, "reason")));
	assert_string_equal(json_string_value(json_object_get(vm, "name")), "caretaker");
	assert_string_equal(json_string_value(json_object_get(vm, "verdict")), "accepted");
	assert_int_equal(json_integer_value(json_object_get(vm, "vm")), 7);
	assert_int_equal(json_integer_value(json_object_get(vm, "svn")), 3);
	assert_true(json_is_true(json_object_get(boot, "secure_boot")));
	assert_string_equal(json_string_value(json_object_get(boot, "command_line")), host_line);
	assert_int_equal(json_integer_value(json_object_get(root, "reset_count")), 5);
	assert_int_equal(json_integer_value(json_object_get(root, "expires")), LIE_NOW + 60);
	/* Nobody says by which tool */
	assert_string_equal(standing(root, LIE_NOW), "other-tool");
	json_object_set_new(root, "tool", json_string(by_this_tool.tool));
	assert_null(standing(root, LIE_NOW));
	assert_null(standing(root, LIE_NOW + 59));
	assert_string_equal(standing(root, LIE_NOW + 60), "expired-verdict");
	assert_string_equal(standing(root, LIE_NOW - 1), "verdict-from-the-future");
	json_object_del(root, "expires");
	assert_string_equal(standing(root, LIE_NOW), "malformed-verdict");
	json_decref(root);
	assert_string_equal(standing(NULL, LIE_NOW), "malformed-verdict");
}

static void two_vms_more(struct host *h)
{
	host_add_caretaker(h, 2, CARETAKER_RECORD_INSTALL, 8);
	host_add_caretaker(h, 3, CARETAKER_RECORD_INSTALL, 9);
}

static void look_text_of_three(const struct verdict *v)
{
	assert_int_equal(v->ima.caretaker.life.vms, 3);
	check_text(v);
}

static void look_text_of_none(const struct verdict *v)
{
	assert_int_equal(v->ima.caretaker.life.vms, 0);
	check_text(v);
}

static void text_by_parts(void **state)
{
	(void)state;
	lie_run(&(struct lie){ .name = "one VM" }, true, check_text);
	lie_run(&(struct lie){ .name = "three", .before = two_vms_more }, true, look_text_of_three);
	lie_run(&(struct lie){ .name = "none", .evidence = flip_signature, .word = "bad-signature" },
		true, look_text_of_none);
}

static void good_by_ecc(void **state)
{
	(void)state;
	lie_run(&(struct lie){ .name = "good host" }, true, look_good);
}

static void good_by_rsa(void **state)
{
	(void)state;
	lie_run(&(struct lie){ .name = "good host, RSA" }, false, look_good);
}

/* --- What a verdict is about ---------------------------------------------------------------- */

static void change_nothing(struct verdict_origin *o) { (void)o; }
static void change_ek(struct verdict_origin *o) { o->ek_digest[31] ^= 1; }
static void change_ak(struct verdict_origin *o) { o->ak_name[33] ^= 1; }
static void change_ak_size(struct verdict_origin *o) { o->ak_name_size--; }
static void change_rules(struct verdict_origin *o) { o->rules[0] ^= 1; }
static void change_reference(struct verdict_origin *o) { o->reference[0] ^= 1; }
static void change_tool(struct verdict_origin *o) { o->tool = "caretaker test2"; }
static void change_tool_start(struct verdict_origin *o) { o->tool = "caretaker"; }

static const struct about_case {
	const char *name;
	void (*change)(struct verdict_origin *o);
	bool host, rules, reference;
	const char *word;
} about_cases[] = {
	{ "the same host, rules and reference", change_nothing, true, true, true, NULL },
	{ "another EK", change_ek, true, false, false, "another-host" },
	{ "another AK", change_ak, true, false, false, "another-host" },
	{ "the AK's name is shorter", change_ak_size, true, false, false, "another-host" },
	{ "other rules", change_rules, true, true, true, "other-rules" },
	{ "another reference", change_reference, true, true, true, "other-reference" },
	{ "another EK, not asked for", change_ek, false, true, true, NULL },
	{ "other rules, not asked for", change_rules, true, false, true, NULL },
	{ "another reference, not asked for", change_reference, true, true, false, NULL },
	{ "another release", change_tool, false, false, false, "other-tool" },
	{ "beginning of the release's name", change_tool_start, true, true, true, "other-tool" },
};

static void about_case(void **state)
{
	const struct about_case *c = *state;
	struct verdict_origin is = { .ek_digest = { 1 }, .rules = { 2 }, .reference = { 3 },
				     .vouched = VOUCHED_LIST, .tool = "caretaker test" };
	struct verdict v = { .accepted = true, .issued = LIE_NOW, .expires = LIE_NOW + 1, .origin = &is };
	struct verdict_origin other;
	struct verdict_expected want = { .origin = &other, .host = c->host, .rules = c->rules,
					 .reference = c->reference };
	struct host_identity identity = { .ek_digest = { 1 }, .vouched = VOUCHED_LIST };
	const char *why = NULL, *word;
	struct evidence e;
	json_t *root;
	struct host h;

	host_init(&h, true);
	host_run(&h);
	host_quote(&h, lie_nonce, sizeof(lie_nonce), &e);
	identity.ak_public = h.ak_public;
	assert_int_equal(verdict_origin_host(&is, &identity, &why), 0);
	assert_int_equal(is.ak_name_size, 34);
	other = is;
	c->change(&other);
	root = verdict_json(&v);
	word = verdict_standing(root, LIE_NOW, &want);
	assert_true(c->word ? word && !strcmp(word, c->word) : !word);
	/* What an old or a forged verdict does not say, it does not say of this host */
	json_object_del(root, "host");
	assert_string_equal(verdict_standing(root, LIE_NOW, &(struct verdict_expected){
				.origin = &is, .host = true }), "another-host");
	json_object_set_new(root, "rules_digest", json_null());
	assert_string_equal(verdict_standing(root, LIE_NOW, &(struct verdict_expected){
				.origin = &is, .rules = true }), "other-rules");
	json_object_del(root, "reference_digest");
	assert_string_equal(verdict_standing(root, LIE_NOW, &(struct verdict_expected){
				.origin = &is, .reference = true }), "other-reference");
	assert_null(standing(root, LIE_NOW));
	json_object_set_new(root, "tool", json_integer(1));
	assert_string_equal(standing(root, LIE_NOW), "other-tool");
	json_decref(root);
	evidence_free(&e);
	host_free(&h);
}

static void origin_in_json(void **state)
{
	struct verdict_origin o = { .ek_digest = { 0xab }, .ak_name = { 0, 0x0b, 0xcd },
				    .ak_name_size = 3, .vouched = VOUCHED_EXPIRED,
				    .rules = { 0x12 }, .reference = { 0x34 }, .tool = "caretaker 7" };
	struct verdict v = { .origin = &o };
	struct host_identity broken = { .ek_digest = { 1 } };
	json_t *root = verdict_json(&v), *host = json_object_get(root, "host");
	const char *why = NULL;

	(void)state;
	assert_string_equal(json_string_value(json_object_get(host, "ak_name")), "000bcd");
	assert_string_equal(json_string_value(json_object_get(host, "vouched")),
			    "expired-certificate");
	assert_memory_equal(json_string_value(json_object_get(host, "ek_digest")), "ab00", 4);
	assert_memory_equal(json_string_value(json_object_get(root, "rules_digest")), "1200", 4);
	assert_memory_equal(json_string_value(json_object_get(root, "reference_digest")), "3400", 4);
	assert_string_equal(json_string_value(json_object_get(root, "tool")), "caretaker 7");
	json_decref(root);
	assert_int_equal(verdict_origin_host(&o, &broken, &why), -EBADMSG);
	assert_non_null(why);
	v.origin = NULL;
	root = verdict_json(&v);
	assert_true(json_is_null(json_object_get(root, "host")));
	json_decref(root);
}

/* A quote that does not hold lets nothing through but its reason */
static void look_empty(const struct verdict *v)
{
	json_t *root = verdict_json(v);

	assert_int_equal(json_array_size(json_object_get(root, "vms")), 0);
	assert_true(json_is_null(json_object_get(root, "boot")));
	assert_true(json_is_null(json_object_get(root, "nonce")));
	json_object_set_new(root, "tool", json_string(by_this_tool.tool));
	assert_string_equal(standing(root, LIE_NOW), "rejected");
	json_decref(root);
}

static void nothing_without_quote(void **state)
{
	(void)state;
	lie_run(&(struct lie){ .name = "no quote", .evidence = flip_signature,
				.word = "bad-signature" }, true, look_empty);
}

static void look_unattested(const struct verdict *v)
{
	assert_int_equal(v->ima.caretaker.life.vms, 1);
	assert_int_equal(v->ima.unattested, 1);
	assert_int_equal(v->ima.attested, RECORDS);
}

static void unattested_is_not_used(void **state)
{
	(void)state;
	lie_run(&(struct lie){ .name = "grown", .after = grow_evil }, true, look_unattested);
	lie_run(&(struct lie){ .name = "torn down later", .after = grow_teardown }, true,
		 look_unattested);
}

static void look_no_line(const struct verdict *v)
{
	json_t *root = verdict_json(v);

	assert_true(v->boot.open && v->booted);
	assert_true(json_is_null(json_object_get(json_object_get(root, "boot"), "command_line")));
	json_decref(root);
}

/* PCR 9 went on, and the boot aggregate does not say from where */
static void open_register_proves_no_line(void **state)
{
	(void)state;
	lie_run(&(struct lie){ .name = "another boot", .after = drop_event,
				.word = "boot-aggregate-mismatch" }, true, look_no_line);
}

static void look_no_vm(const struct verdict *v)
{
	assert_int_equal(v->ima.caretaker.life.vms, 0);
	assert_int_equal(v->ima.violations, 1);
}

static void violation_gives_no_vm(void **state)
{
	(void)state;
	lie_run(&(struct lie){ .name = "violation", .before = violation_of_ours }, true, look_no_vm);
}

/* No reason may carry a value that only the verifier knows (CVE-2023-38201) */
static void look_secret(const struct verdict *v)
{
	json_t *root = verdict_json(v);
	char *text = json_dumps(root, 0);

	if (!v->quoted)
		assert_null(strstr(text, "01020304"));		/* the nonce */
	assert_null(strstr(text, "lockdown=integrity"));	/* a rule's word */
	assert_null(strstr(text, "70617902"));			/* a reference value */
	free(text);
	json_decref(root);
}

static void other_payload_and_line(struct host *h)
{
	other_payload(h);
	no_lockdown(h);
}

static void no_secret_in_replies(void **state)
{
	(void)state;
	lie_run(&(struct lie){ .name = "nonce", .verifier = other_nonce,
				.word = "stale-nonce" }, true, look_secret);
	lie_run(&(struct lie){ .name = "payload", .before = other_payload_and_line,
			       .word = "unknown-payload" }, true, look_secret);
}

/* A host chooses bytes of the command line and of reasons: they lose no verdict. */
static void json_of_any_bytes(void **state)
{
	static struct verdict v = { .booted = true, .boot.command_line_proven = true };
	json_t *root, *reasons, *boot;

	(void)state;
	strcpy(v.boot.command_line, "quiet \xff\x1b[2J");
	for (unsigned int i = 0; i < REASONS_MAX + 3; i++)
		reasons_add(&v.why, "ima-policy-unfit", "%.6s%u", "word \xc3\xa9", i);
	assert_int_equal(v.why.count, REASONS_MAX + 3);
	root = verdict_json(&v);
	assert_non_null(root);
	boot = json_object_get(root, "boot");
	assert_string_equal(json_string_value(json_object_get(boot, "command_line")), "quiet ??[2J");
	reasons = json_object_get(root, "reasons");
	assert_int_equal(json_array_size(reasons), REASONS_MAX);
	assert_int_equal(json_integer_value(json_object_get(root, "reasons_count")), REASONS_MAX + 3);
	assert_string_equal(json_string_value(json_object_get(json_array_get(reasons, 0), "text")),
			    "word ?0");
	json_decref(root);
}

/* --- Nonces -------------------------------------------------------------------------------- */

static void nonces(void **state)
{
	const char *directory = *state;
	unsigned char made[64][NONCE_SIZE], other[NONCE_SIZE] = { 0 };

	for (int i = 0; i < 64; i++) {
		assert_int_equal(nonce_new(directory, LIE_NOW, made[i]), 0);
		for (int j = 0; j < i; j++)
			assert_memory_not_equal(made[i], made[j], NONCE_SIZE);
	}
	assert_int_equal(nonce_consume(directory, LIE_NOW, 60, made[0], NONCE_SIZE), 0);
	assert_int_equal(nonce_consume(directory, LIE_NOW, 60, made[0], NONCE_SIZE), -ENOENT);
	assert_int_equal(nonce_consume(directory, LIE_NOW, 60, other, NONCE_SIZE), -ENOENT);
	assert_int_equal(nonce_consume(directory, LIE_NOW, 60, made[1], NONCE_SIZE - 1), -ENOENT);
	assert_int_equal(nonce_consume(directory, LIE_NOW + 60, 60, made[1], NONCE_SIZE), 0);
	assert_int_equal(nonce_consume(directory, LIE_NOW + 61, 60, made[2], NONCE_SIZE), -ETIMEDOUT);
	assert_int_equal(nonce_consume(directory, LIE_NOW, 60, made[2], NONCE_SIZE), -ENOENT);
	assert_int_equal(nonce_consume(directory, LIE_NOW - 1, 60, made[3], NONCE_SIZE), -ETIMEDOUT);
	for (int i = 4; i < 64; i++)
		assert_int_equal(nonce_consume(directory, LIE_NOW, 60, made[i], NONCE_SIZE), 0);
	/* Nothing of them is left */
	assert_int_equal(rmdir(directory), 0);
	assert_int_equal(mkdir(directory, 0700), 0);
}

int main(void)
{
	static struct CMUnitTest tests[sizeof(lies) / sizeof(lies[0]) + 32];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		tests[n++] = (struct CMUnitTest){ .name = lies[i].name, .test_func = each_lie,
						  .initial_state = (void *)&lies[i] };
	for (size_t i = 0; i < sizeof(about_cases) / sizeof(about_cases[0]); i++)
		tests[n++] = (struct CMUnitTest){ .name = about_cases[i].name,
						  .test_func = about_case,
						  .initial_state = (void *)&about_cases[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(origin_in_json);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(text_by_parts);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(good_by_ecc);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(good_by_rsa);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(nothing_without_quote);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(unattested_is_not_used);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(violation_gives_no_vm);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(open_register_proves_no_line);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(no_secret_in_replies);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(json_of_any_bytes);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(nonces, own_directory,
									no_directory);
	return _cmocka_run_group_tests("verdict", tests, n, NULL, NULL);
}
