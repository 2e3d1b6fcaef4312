// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that the claims of a long IMA log take, and the text of a verdict on them: of a
 * child that reads the log from a pipe, by the kernel's account of it.  Built without
 * sanitizers, whose memory would count.
 *
 * CLAIMS_RECORDS=N: of another log than one of 1,000,000 records.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "claims/ima.h"
#include "reader.h"
#include "verdict/verdict.h"

#define RECORDS		1000000
#define LIMIT_KIB	16384
#define VM_BYTES	717	/* 0.7 KiB for each live VM, beside that */
#define LIVE		1000	/* VMs at the end; many more came and went */

/* --- The log: each kind of record that a host can make, over and over ------------------ */

struct list {
	FILE *out;			/* NULL: only the registers */
	struct pcr_set pcrs;
	uint64_t sequence;
	uint64_t vms;
	uint64_t live;			/* at the end */
};

static void sha256(const void *data, size_t size, unsigned char *out)
{
	const struct view part = { data, size };

	assert_int_equal(pcr_hash(PCR_SHA256, &part, 1, out), 0);
}

static size_t put32(unsigned char *at, uint32_t n)
{
	memcpy(at, &n, 4);
	return 4;
}

static size_t put_part(unsigned char *at, const void *data, size_t size)
{
	put32(at, (uint32_t)size);
	memcpy(at + 4, data, size);
	return 4 + size;
}

static void put_record(struct list *l, const char *template, const char *name, const void *data,
		       size_t size, bool violation)
{
	unsigned char text[8192], digest_field[40] = "sha256:", digest[64], head[64];
	size_t n, head_size;
	bool buffer = !strcmp(template, "ima-buf");

	sha256(data, size, digest_field + 8);
	n = put_part(text, digest_field, 40);
	n += put_part(text + n, name, strlen(name) + 1);
	if (buffer)
		n += put_part(text + n, data, size);
	sha256(text, n, digest);
	head_size = put32(head, 10);
	memset(head + head_size, 0, 32);
	if (!violation)
		memcpy(head + head_size, digest, 32);
	head_size += 32;
	head_size += put_part(head + head_size, template, strlen(template));
	head_size += put32(head + head_size, (uint32_t)n);
	if (violation)
		memset(digest, 0xff, 32);
	assert_int_equal(pcr_extend(&l->pcrs, PCR_SHA256, 10, digest, 32), 0);
	if (!l->out)
		return;
	assert_int_equal(fwrite(head, 1, head_size, l->out), head_size);
	assert_int_equal(fwrite(text, 1, n, l->out), n);
}

static void secret(uint64_t sequence, unsigned char out[32])
{
	memset(out, 0, 32);
	if (sequence)
		sha256(&sequence, sizeof(sequence), out);
}

static struct caretaker_record_header header(struct list *l, uint32_t event, size_t size)
{
	struct caretaker_record_header h = {
		.magic = CARETAKER_RECORD_MAGIC, .abi = CARETAKER_ABI_VERSION, .size = (uint16_t)size,
		.event = event,
	};
	unsigned char next[32];

	secret(l->sequence, h.reveal);
	h.sequence = ++l->sequence;
	secret(l->sequence, next);
	sha256(next, sizeof(next), h.commit);
	return h;
}

static void put_vm(struct list *l, uint32_t event, uint64_t vm)
{
	static const char *const names[] = {
		[CARETAKER_RECORD_INSTALL] = "caretaker-install",
		[CARETAKER_RECORD_UPDATE] = "caretaker-update",
		[CARETAKER_RECORD_TEARDOWN] = "caretaker-teardown",
		[CARETAKER_RECORD_REFUSE] = "caretaker-refuse",
		[CARETAKER_RECORD_BREAK] = "caretaker-break",
	};
	struct caretaker_record rec = {
		.h = header(l, event, sizeof(rec)), .vm = vm, .vcpu = CLAIMS_ALL_VCPUS,
		.mode = CARETAKER_MODE_ISOLATED, .payload_abi = CARETAKER_ABI_VERSION,
		.digest_alg = 0x0b, .digest_len = 32, .digest = { 1 },
		.keyring = CARETAKER_KEYRING_BUILTIN, .signer_len = 20, .signer = { 2 },
		.signer_key = { 3 }, .name = "caretaker", .version = "1.0",
	};

	rec.h.result = event == CARETAKER_RECORD_REFUSE ? -1 : 0;
	memcpy(rec.vm_id, &vm, sizeof(vm));
	put_record(l, "ima-buf", names[event], &rec, sizeof(rec), false);
}

static void put_boot(struct list *l)
{
	struct caretaker_boot_record rec = {
		.h = header(l, CARETAKER_RECORD_BOOT, sizeof(rec)), .kernel = 1, .release = "7.3.4",
	};

	sha256("", 0, rec.command_line);
	put_record(l, "ima-buf", "caretaker-boot", &rec, sizeof(rec), false);
}

static void put_load(struct list *l)
{
	static const char line[] = "console=ttyS0 irqpoll maxcpus=1 reset_devices";
	unsigned char data[sizeof(struct caretaker_kexec_record) + sizeof(line) - 1];
	struct caretaker_kexec_record rec = {
		.h = header(l, CARETAKER_RECORD_KEXEC, sizeof(data)), .type = CARETAKER_KEXEC_CRASH,
		.flags = CARETAKER_KEXEC_FILE, .image = { 4 }, .command_line_len = sizeof(line) - 1,
	};

	sha256(line, sizeof(line) - 1, rec.command_line);
	memcpy(data, &rec, sizeof(rec));
	memcpy(data + sizeof(rec), line, sizeof(line) - 1);
	put_record(l, "ima-buf", "caretaker-kexec", data, sizeof(data), false);
}

/* Eight records, in which a VM comes and one goes */
static void put_turn(struct list *l, unsigned int turn)
{
	char path[64];

	put_vm(l, CARETAKER_RECORD_INSTALL, ++l->vms);
	put_vm(l, CARETAKER_RECORD_UPDATE, l->vms);
	put_vm(l, CARETAKER_RECORD_REFUSE, l->vms);
	put_record(l, "ima-ng", "/bin/sh", "", 0, true);
	put_record(l, "ima-buf", "kexec-cmdline", "quiet", 5, false);
	if (l->vms > l->live && turn % 2)
		put_vm(l, CARETAKER_RECORD_BREAK, l->vms - l->live);
	else
		put_load(l);
	if (l->vms > l->live)
		put_vm(l, CARETAKER_RECORD_TEARDOWN, l->vms - l->live);
	snprintf(path, sizeof(path), "/usr/lib/x86_64-linux-gnu/%u/libcaretaker.so", turn);
	put_record(l, "ima-ng", path, path, sizeof(path), false);
}

static void put_list(struct list *l, unsigned int records)
{
	unsigned int most = records / 8;

	pcr_set_init(&l->pcrs);
	put_record(l, "ima-ng", "boot_aggregate", "", 0, false);
	put_boot(l);
	for (unsigned int turn = 0; turn < most; turn++)
		put_turn(l, turn);
}

/* --- The reader ------------------------------------------------------------------------- */

/* What somebody who does not keep the text sees of it */
struct seen {
	size_t size;
	char last;
};

static int see(const char *text, size_t size, void *data)
{
	struct seen *seen = data;

	seen->size += size;
	if (size)
		seen->last = text[size - 1];
	return 0;
}

/* As attest does: each VM of the claims is in it */
static int write_verdict(const struct claims_ima *ima)
{
	struct verdict v = { .logged = true, .ima = *ima };
	const struct claims_vms *life = &ima->caretaker.life;
	struct seen seen = { 0 };

	v.vm = calloc(life->vms + 1, sizeof(*v.vm));
	if (!v.vm)
		return -1;
	for (size_t i = 0; i < life->vms; i++)
		v.vm[i].claim = life->vm[i];
	if (verdict_text(&v, see, &seen) || seen.last != '}')
		return -1;
	/* Digests alone are longer */
	return seen.size > 500 * life->vms ? 0 : -1;
}

/* In a process of its own.  Its end says what it found. */
static void read_list(int fd, const struct list *l, unsigned int records)
{
	const struct claims_ima_input in = { PCR_BANK_BIT(PCR_SHA256), &l->pcrs, &l->pcrs };
	struct parse_error err = { 0 };
	struct reasons why = { 0 };
	struct ima_stream list;
	struct claims_ima ima;
	int rc;

	ima_stream_open(&list, fd, IMA_STREAM_MAX, &err);
	rc = claims_ima_read(&list, &in, &ima, &why);
	if (rc)
		_exit(1);
	if (ima.attested < records / 2 || ima.unattested || ima.violations < records / 10)
		_exit(2);
	if (ima.caretaker.life.vms != l->live || !ima.caretaker.life.ended_vms)
		_exit(3);
	if (write_verdict(&ima))
		_exit(4);
	_exit(why.count ? 0 : 5);
}

static pid_t child(int *ends, int keep, const struct list *whole, unsigned int records)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid) {
		close(ends[keep]);
		return pid;
	}
	close(ends[!keep]);
	if (keep) {
		struct list l = { .out = fdopen(ends[1], "w"), .live = whole->live };

		put_list(&l, records);
		_exit(fclose(l.out) ? 1 : 0);
	}
	read_list(ends[0], whole, records);
	_exit(6);
}

static void check_memory(unsigned int records, unsigned int live, long limit)
{
	int ends[2], writer_status, status;
	struct list l = { .live = live };
	struct rusage usage;
	pid_t writer, reader;

	put_list(&l, records);
	assert_int_equal(pipe(ends), 0);
	reader = child(ends, 0, &l, records);
	writer = child(ends, 1, &l, records);
	assert_int_equal(waitpid(writer, &writer_status, 0), writer);
	assert_int_equal(wait4(reader, &status, 0, &usage), reader);
	assert_int_equal(status, 0);
	assert_int_equal(writer_status, 0);
	print_message("%u records, %u VMs: %ld KiB\n", records, live, usage.ru_maxrss);
	if (usage.ru_maxrss > limit)
		fail_msg("%u records take %ld KiB, at most %ld are wanted", records, usage.ru_maxrss, limit);
}

static void memory_of_a_long_log(void **state)
{
	const char *wanted = getenv("CLAIMS_RECORDS");
	unsigned int records = wanted ? (unsigned int)strtoul(wanted, NULL, 10) : RECORDS;

	(void)state;
	check_memory(records, LIVE, LIMIT_KIB);
}

/* As many as are followed; each turn of the log has eight records, and installs one before one goes */
static void memory_of_many_vms(void **state)
{
	const unsigned int live = CLAIMS_VMS_MAX - 1;

	(void)state;
	check_memory(8 * (live + 100), live, LIMIT_KIB + (long)live * VM_BYTES / 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_of_a_long_log),
		cmocka_unit_test(memory_of_many_vms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
