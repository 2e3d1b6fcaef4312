// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that the claims of a long IMA log take: of a child that reads the log from a
 * pipe, by the kernel's account of it.  Built without sanitizers, whose memory would count.
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

#define RECORDS		1000000
#define LIMIT_KIB	16384
#define LIVE		1000	/* VMs at the end; many more came and went */

/* --- The log: each kind of record that a host can make, over and over ------------------ */

struct list {
	FILE *out;			/* NULL: only the registers */
	struct pcr_set pcrs;
	uint64_t sequence;
	uint64_t vms;
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
	if (l->vms > LIVE && turn % 2)
		put_vm(l, CARETAKER_RECORD_BREAK, l->vms - LIVE);
	else
		put_load(l);
	if (l->vms > LIVE)
		put_vm(l, CARETAKER_RECORD_TEARDOWN, l->vms - LIVE);
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

/* In a process of its own.  Its end says what it found. */
static void read_list(int fd, const struct pcr_set *quoted, unsigned int records)
{
	const struct claims_ima_input in = { PCR_BANK_BIT(PCR_SHA256), quoted, quoted };
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
	if (ima.caretaker.life.vms != LIVE || !ima.caretaker.life.ended_vms)
		_exit(3);
	_exit(why.count ? 0 : 4);
}

static pid_t child(int *ends, int keep, const struct pcr_set *quoted, unsigned int records)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid) {
		close(ends[keep]);
		return pid;
	}
	close(ends[!keep]);
	if (keep) {
		struct list l = { .out = fdopen(ends[1], "w") };

		put_list(&l, records);
		_exit(fclose(l.out) ? 1 : 0);
	}
	read_list(ends[0], quoted, records);
	_exit(5);
}

static void memory_of_a_long_log(void **state)
{
	const char *wanted = getenv("CLAIMS_RECORDS");
	unsigned int records = wanted ? (unsigned int)strtoul(wanted, NULL, 10) : RECORDS;
	int ends[2], writer_status, status;
	struct list l = { 0 };
	struct rusage usage;
	pid_t writer, reader;

	(void)state;
	put_list(&l, records);
	assert_int_equal(pipe(ends), 0);
	reader = child(ends, 0, &l.pcrs, records);
	writer = child(ends, 1, NULL, records);
	assert_int_equal(waitpid(writer, &writer_status, 0), writer);
	assert_int_equal(wait4(reader, &status, 0, &usage), reader);
	assert_int_equal(status, 0);
	assert_int_equal(writer_status, 0);
	print_message("%u records: %ld KiB\n", records, usage.ru_maxrss);
	if (usage.ru_maxrss > LIMIT_KIB)
		fail_msg("%u records take %ld KiB, at most %d are wanted", records, usage.ru_maxrss, LIMIT_KIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_of_a_long_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
