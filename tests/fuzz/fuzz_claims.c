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

static int count(const char *text, size_t size, void *sum)
{
	(void)text;
	*(size_t *)sum += size;
	return 0;
}

/* Frees nothing of @v */
static void check_json(struct verdict *v)
{
	json_t *root, *value;
	size_t i, size = 0;

	v->vm = calloc(v->ima.caretaker.life.vms + 1, sizeof(*v->vm));
	MUST(v->vm);
	for (i = 0; i < v->ima.caretaker.life.vms; i++)
		v->vm[i].claim = v->ima.caretaker.life.vm[i];
	root = verdict_json(v);
	MUST(root && !verdict_text(v, count, &size));
	MUST(size == json_dumpb(root, NULL, 0, JSON_INDENT(2) | JSON_ENSURE_ASCII));
	free(v->vm);
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
	MUST(c->vms <= c->followed && c->followed <= CLAIMS_VMS_MAX);
	for (size_t i = 0; i < c->vms; i++) {
		const struct caretaker_record *rec = &c->vm[i]->record;

		MUST(c->vm[i]->state == CLAIMS_VM_LIVE && (!i || c->vm[i - 1]->since < c->vm[i]->since));
		MUST(rec->vm && rec->payload_abi == CARETAKER_ABI_VERSION && !rec->h.result);
		MUST(rec->signer_len <= sizeof(rec->signer) && rec->digest_len <= sizeof(rec->digest));
		MUST(*rec->name && memchr(rec->name, 0, sizeof(rec->name)));
		MUST(*rec->version && memchr(rec->version, 0, sizeof(rec->version)));
		MUST(rec->signer_len || rec->enforce & CARETAKER_WAIVED_SIGNATURE);
		MUST(rec->keyring <= CARETAKER_KEYRING_MACHINE && rec->lockdown <= 2);
		for (size_t j = 0; j < i; j++) {
			const struct caretaker_record *other = &c->vm[j]->record;

			MUST((other->vm == rec->vm) ==
			     !memcmp(other->vm_id, rec->vm_id, sizeof(rec->vm_id)));
			MUST(other->vm != rec->vm ||
			     (other->vcpu != rec->vcpu && rec->vcpu != CLAIMS_ALL_VCPUS &&
			      other->vcpu != CLAIMS_ALL_VCPUS));
		}
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
		"caretaker-refuse", "caretaker-detach", "caretaker-attach", "caretaker-adopt", "caretaker-break",
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
	MUST(!claims_caretaker_end(c, &v.why));
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
	MUST(!v.booted || v.boot.open == (quoted.present[PCR_SHA256] & 1U << 9));
}

/*
 * The first records of a log into @quoted, all if there are fewer than @records.
 * Return: their bytes, 0 if the log is malformed.
 */
static size_t replay_ima(const uint8_t *data, size_t size, unsigned int records, struct pcr_set *quoted,
			 enum pcr_bank *bank)
{
	struct parse_error err = { 0 };
	struct ima_record rec;
	struct ima_log log;
	size_t end = 0;
	int ret;

	ret = ima_log_open(&log, data, size, PCR_BANK_NONE, &err);
	*bank = log.bank;
	while (!ret && (ret = ima_log_next(&log, &rec, &err)) > 0) {
		ret = 0;
		if (rec.number > records)
			continue;
		ret = ima_record_extend(&rec, quoted, PCR_BANK_BIT(PCR_SHA256));
		end = reader_offset(&log.in);
	}
	return ret ? 0 : end;
}

static void read_ima(const uint8_t *data, size_t size, enum pcr_bank bank, const struct pcr_set *quoted,
		     struct verdict *v)
{
	const struct claims_ima_input in = { PCR_BANK_BIT(PCR_SHA256), quoted, quoted };
	struct parse_error err = { 0 };
	struct ima_stream list;

	memset(v, 0, sizeof(*v));
	/* A part of a log may have the form of another bank's */
	if (!ima_stream_open_memory(&list, data, size, &err))
		list.log.bank = bank;
	v->logged = !claims_ima_read(&list, &in, &v->ima, &v->why);
	ima_stream_close(&list);
	MUST(v->logged || v->why.count);
}

static void boot_registers(struct pcr_set *quoted)
{
	static const unsigned char zero[32];

	pcr_set_init(quoted);
	for (unsigned int pcr = 0; pcr < 10; pcr++)
		MUST(!pcr_set_value(quoted, PCR_SHA256, pcr, zero, sizeof(zero)));
}

/* What comes behind the records that are proven changes nothing */
static void fuzz_prefix(const uint8_t *data, size_t size, unsigned int records, enum pcr_bank bank)
{
	static struct verdict whole, cut;
	struct pcr_set quoted;
	enum pcr_bank same;
	size_t end;

	boot_registers(&quoted);
	end = replay_ima(data, size, records, &quoted, &same);
	MUST(same == bank);
	if (!pcr_value(&quoted, PCR_SHA256, CLAIMS_IMA_PCR))
		return;
	read_ima(data, size, bank, &quoted, &whole);
	read_ima(data, end, bank, &quoted, &cut);
	MUST(whole.logged && cut.logged && whole.ima.attested <= records);
	MUST(!memcmp(&whole.why, &cut.why, sizeof(cut.why)));
	MUST(whole.ima.attested == cut.ima.attested && whole.ima.unattested >= cut.ima.unattested);
	MUST(whole.ima.violations == cut.ima.violations && whole.ima.policies == cut.ima.policies);
	MUST(whole.ima.caretaker.sequence == cut.ima.caretaker.sequence);
	MUST(whole.ima.caretaker.life.vms == cut.ima.caretaker.life.vms);
	MUST(whole.ima.caretaker.kernels.kernels == cut.ima.caretaker.kernels.kernels);
	MUST(whole.ima.caretaker.kernels.loads == cut.ima.caretaker.kernels.loads);
	claims_ima_free(&whole.ima);
	claims_ima_free(&cut.ima);
}

static void fuzz_ima(const uint8_t *data, size_t size)
{
	static struct verdict v;
	struct pcr_set quoted;
	enum pcr_bank bank;
	unsigned int half;
	bool sound;

	boot_registers(&quoted);
	sound = replay_ima(data, size, IMA_RECORDS_MAX, &quoted, &bank) &&
		pcr_value(&quoted, PCR_SHA256, CLAIMS_IMA_PCR);
	read_ima(data, size, bank, &quoted, &v);
	MUST(v.logged == sound);
	half = v.ima.attested / 2;
	if (v.logged) {
		MUST(v.ima.attested && v.ima.violations <= v.ima.attested);
		MUST(v.ima.policies <= CLAIMS_POLICIES_MAX);
		MUST(!v.ima.caretaker.broken || v.why.count);
		check_vms(&v.ima.caretaker.life);
		check_kernels(&v.ima.caretaker.kernels);
	}
	check_json(&v);
	claims_ima_free(&v.ima);
	if (half)
		fuzz_prefix(data, size, half, bank);
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
