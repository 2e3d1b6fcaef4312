// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a host says of itself behind a quote that holds: its caretaker's records, its
 * firmware log, its IMA log.  The first byte says which.  A log is taken for quoted
 * as it is; whatever it holds, the verdict can be written and loses no reason.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "log/ima_log.h"
#include "verdict/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) do { if (!(condition)) abort(); } while (0)
#define CANDIDATE "console=ttyS0 quiet"	/* command line, as the host tells it */

/* Frees nothing of @v */
static void check_json(struct verdict *v)
{
	json_t *root, *value;
	size_t i;

	v->vm = calloc(v->ima.caretaker.life.vms + 1, sizeof(*v->vm));
	MUST(v->vm);
	for (i = 0; i < v->ima.caretaker.life.vms; i++)
		v->vm[i].claim = &v->ima.caretaker.life.vm[i];
	root = verdict_json(v);
	free(v->vm);
	MUST(root);
	MUST(json_array_size(json_object_get(root, "reasons")) ==
	     (v->why.count < REASONS_MAX ? v->why.count : REASONS_MAX));
	MUST(json_array_size(json_object_get(root, "vms")) ==
	     (v->logged ? v->ima.caretaker.life.vms : 0));
	json_array_foreach(json_object_get(root, "vms"), i, value)
		MUST(json_is_object(value));
	MUST(!v->booted || json_is_object(json_object_get(root, "boot")));
	json_decref(root);
}

static void check_vms(const struct claims_vms *c)
{
	for (size_t i = 0; i < c->vms; i++) {
		const struct caretaker_record *rec = &c->vm[i].record;

		MUST(rec->vm && rec->payload_abi == CARETAKER_ABI_VERSION && !rec->h.result);
		MUST(rec->signer_len <= sizeof(rec->signer) && rec->digest_len <= sizeof(rec->digest));
		MUST(*rec->name && memchr(rec->name, 0, sizeof(rec->name)));
		MUST(*rec->version && memchr(rec->version, 0, sizeof(rec->version)));
		MUST(rec->signer_len || rec->enforce & CARETAKER_WAIVED_SIGNATURE);
		MUST(rec->keyring <= CARETAKER_KEYRING_MACHINE && rec->lockdown <= 2);
		for (size_t j = 0; j < i; j++)
			MUST(c->vm[j].record.vm == rec->vm ||
			     memcmp(c->vm[j].record.vm_id, rec->vm_id, sizeof(rec->vm_id)));
		for (size_t j = 0; j < i; j++)
			MUST(c->vm[j].record.vm != rec->vm ||
			     (c->vm[j].record.vcpu != rec->vcpu && rec->vcpu != CLAIMS_ALL_VCPUS &&
			      c->vm[j].record.vcpu != CLAIMS_ALL_VCPUS));
	}
}

static void check_kernels(const struct claims_kernels *k)
{
	for (size_t i = 0; i < k->kernels; i++) {
		const struct claims_kernel *kernel = &k->kernel[i];

		MUST(kernel->record.kernel && strlen(kernel->command_line) ==
					      kernel->record.command_line_len);
		MUST(kernel->floors <= CARETAKER_BOOT_FLOORS && kernel->lockdown >= kernel->record.lockdown);
		MUST(*kernel->record.release && memchr(kernel->record.release, 0,
						       sizeof(kernel->record.release)));
	}
	for (size_t i = 0; i < k->loads; i++)
		MUST(strlen(k->load[i].command_line) == k->load[i].record.command_line_len &&
		     k->load[i].kernel);
}

/* Bytes of the record at @data: what its header says, if they are there */
static size_t record_size(const uint8_t *data, size_t size)
{
	struct caretaker_record_header h;

	if (size < sizeof(h))
		return size;
	memcpy(&h, data, sizeof(h));
	return h.size && h.size < size ? h.size : size;
}

/* A byte for the event's name, then a record; or for what IMA itself says.  Again and again. */
static void fuzz_records(const uint8_t *data, size_t size)
{
	static const char *const names[] = {
		"caretaker-install", "caretaker-update", "caretaker-remove", "caretaker-teardown",
		"caretaker-refuse", "caretaker-detach", "caretaker-adopt", "caretaker-break",
		"caretaker-boot", "caretaker-switch", "caretaker-kexec", "caretaker-", "caretaker-x",
		"kexec-cmdline", "kexec_execute", "boot_aggregate",
	};
	struct claims_caretaker *c;
	struct verdict v = { .logged = true };

	c = &v.ima.caretaker;
	for (unsigned int number = 1; size; number++) {
		const char *name = names[*data % (sizeof(names) / sizeof(names[0]))];
		struct view event = { (const unsigned char *)name, strlen(name) };
		struct view record = { data + 1, record_size(data + 1, size - 1) };
		bool broken = c->broken;
		size_t before = c->life.vms;

		if (claims_record_is_name(event)) {
			MUST(!claims_caretaker_record(c, event, record, number, &v.why));
		} else if (*name == 'b') {
			claims_caretaker_started(c, number, &v.why);
			record.size = 0;
		} else if (name[5] == '_') {
			claims_caretaker_left(c, number, &v.why);
			record.size = 0;
		} else {
			MUST(!claims_caretaker_line(c, record, number, &v.why));
		}
		MUST(!broken || c->broken);
		MUST(c->broken == (v.why.count > 0));
		MUST(c->life.vms <= before + 1);
		data += 1 + record.size;
		size -= 1 + record.size;
	}
	claims_caretaker_end(c, &v.why);
	check_vms(&c->life);
	check_kernels(&c->kernels);
	check_json(&v);
	claims_ima_free(&v.ima);
}

/* The registers to which a firmware log leads; false if it is none */
static bool replay_firmware(const uint8_t *data, size_t size, struct pcr_set *quoted)
{
	struct parse_error err = { 0 };
	struct uefi_event ev;
	struct uefi_log log;
	int ret;

	ret = uefi_log_open(&log, data, size, &err);
	log.tolerant = true;
	while (!ret && (ret = uefi_log_next(&log, &ev, &err)) > 0)
		ret = 0;
	*quoted = log.pcrs;
	return !ret && log.banks & PCR_BANK_BIT(PCR_SHA256);
}

static void fuzz_boot(const uint8_t *data, size_t size)
{
	static struct verdict v;
	struct pcr_set quoted;
	const struct claims_boot_input in = {
		.uefi_log = { data, size }, .bank = PCR_SHA256, .quoted = &quoted, .replayed = 0x73ff,
		.candidate = CANDIDATE,
	};
	bool sound;

	memset(&v, 0, sizeof(v));
	sound = replay_firmware(data, size, &quoted);
	v.booted = !claims_boot_read(&in, &v.boot, &v.why);
	MUST(v.booted == sound && (v.booted || v.why.count));
	MUST(!v.booted || (v.boot.at_init.present[PCR_SHA256] == (quoted.present[PCR_SHA256] & 0x3ff)));
	MUST(v.boot.applications <= CLAIMS_APPLICATIONS);
	MUST(v.boot.command_line_proven == !!*v.boot.command_line);
	check_json(&v);
	if (!sound || !quoted.present[PCR_SHA256])
		return;
	/* A register that is not as the log says */
	for (unsigned int pcr = 0; pcr < 10; pcr++)
		quoted.value[PCR_SHA256][pcr][31] ^= 1;
	v.booted = !claims_boot_read(&in, &v.boot, &v.why);
	MUST(!v.booted || !(quoted.present[PCR_SHA256] & 0x1ff));
	MUST(!v.booted || v.boot.open == (quoted.present[PCR_SHA256] >> 9 & 1));
}

static bool replay_ima(const uint8_t *data, size_t size, struct pcr_set *quoted)
{
	struct parse_error err = { 0 };
	struct ima_record rec;
	struct ima_log log;
	int ret;

	ret = ima_log_open(&log, data, size, PCR_BANK_NONE, &err);
	while (!ret && (ret = ima_log_next(&log, &rec, &err)) > 0)
		ret = ima_record_extend(&rec, quoted, PCR_BANK_BIT(PCR_SHA256));
	return !ret && quoted->present[PCR_SHA256] & 1U << CLAIMS_IMA_PCR;
}

static void fuzz_ima(const uint8_t *data, size_t size)
{
	static const unsigned char zero[32];
	static struct verdict v;
	struct pcr_set quoted;
	bool sound;

	memset(&v, 0, sizeof(v));
	pcr_set_init(&quoted);
	for (unsigned int pcr = 0; pcr < 10; pcr++)
		MUST(!pcr_set_value(&quoted, PCR_SHA256, pcr, zero, sizeof(zero)));
	sound = replay_ima(data, size, &quoted);
	v.logged = !claims_ima_read(data, size, PCR_SHA256, &quoted, &quoted, &v.ima, &v.why);
	MUST(v.logged == sound && (v.logged || v.why.count));
	if (v.logged) {
		MUST(v.ima.attested && v.ima.violations <= v.ima.attested);
		MUST(v.ima.policy_fit || v.why.count);
		MUST(!v.ima.caretaker.broken || v.why.count);
		check_vms(&v.ima.caretaker.life);
		check_kernels(&v.ima.caretaker.kernels);
	}
	check_json(&v);
	claims_ima_free(&v.ima);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const targets[])(const uint8_t *data, size_t size) = {
		fuzz_records, fuzz_boot, fuzz_ima,
	};

	if (size)
		targets[*data % (sizeof(targets) / sizeof(targets[0]))](data + 1, size - 1);
	return 0;
}
