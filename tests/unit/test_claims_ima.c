// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims over a stream: which records count, that those behind change nothing, and that
 * what is kept has bounds.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <tss2/tss2_common.h>
#include <tss2/tss2_tpm2_types.h>

#include "attested_host.h"
#include "claims/ima.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BOTH (PCR_BANK_BIT(PCR_SHA1) | PCR_BANK_BIT(PCR_SHA256))

static struct host h;

/* Through a pipe, in pieces that no record's end falls on */
static int pipe_of(const struct blob *log)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_true(fcntl(ends[1], F_SETPIPE_SZ, 1 << 18) >= (int)log->size);
	for (size_t at = 0; at < log->size; at += 97)
		assert_true(write(ends[1], log->data + at, log->size - at < 97 ? log->size - at : 97) > 0);
	close(ends[1]);
	return ends[0];
}

static int read_log(const struct blob *log, uint32_t banks, const struct pcr_set *quoted,
		    struct claims_ima *out, struct reasons *why)
{
	const struct claims_ima_input in = { banks, quoted, quoted };
	struct parse_error err = { 0 };
	struct ima_stream list;
	int fd = pipe_of(log), rc;

	memset(why, 0, sizeof(*why));
	ima_stream_open(&list, fd, IMA_STREAM_MAX, &err);
	rc = claims_ima_read(&list, &in, out, why);
	ima_stream_close(&list);
	close(fd);
	return rc;
}

/* The registers after the first @records, and the log of those or of all */
static void run(size_t records, bool whole, struct evidence *e, struct pcr_set *quoted)
{
	size_t all = h.records;

	h.records = records;
	host_run(&h);
	*quoted = h.pcrs;
	if (whole)
		h.records = all;
	host_logs(&h, e);
	h.records = all;
}

static void install(void) { host_add_caretaker(&h, 2, CARETAKER_RECORD_INSTALL, 8); }
static void teardown(void) { host_add_caretaker(&h, 2, CARETAKER_RECORD_TEARDOWN, 7); }
static void refusal(void) { host_add_caretaker(&h, 2, CARETAKER_RECORD_REFUSE, 7); }
static void forged(void) { host_add_caretaker(&h, 9, CARETAKER_RECORD_REMOVE, 7); }
static void kexec(void) { host_add_record(&h, "ima-buf", "kexec_execute", "x", 1); }
static void bad_policy(void) { host_add_record(&h, "ima-buf", "ima_policy_loaded", "dont_measure\n", 13); }
static void bad_hash(void) { host_add_record(&h, "ima-ng", "/bin/sh", "x", 1)->bad_template_hash = true; }
static void violation(void) { host_add_file(&h, "ima-ng", "/bin/sh")->violation = true; }
static void load(void) { host_add_kexec(&h, 2, CARETAKER_KEXEC_CRASH, host_line); }
static void cmdline(void) { host_add_record(&h, "ima-buf", "kexec-cmdline", "quiet", 5); }
static void latch(void) { host_add_switch(&h, 2, CARETAKER_SWITCHED_LATCH); }
static void next_kernel(void) { host_add_boot(&h, 2, 2, host_line); }
static void other_boot(void) { host_add_record(&h, "ima-ng", "boot_aggregate", "", 0); }
static void broke(void) { host_add_caretaker(&h, 2, CARETAKER_RECORD_BREAK, 7); }
static void of_pcr_11(void) { host_add_file(&h, "ima-ng", "/bin/sh")->pcr = 11; }

static const struct {
	const char *name;
	void (*add)(void);
} behind[] = {
	{ "install", install }, { "teardown", teardown }, { "refusal", refusal }, { "forged", forged },
	{ "kexec", kexec }, { "bad policy", bad_policy }, { "bad hash", bad_hash },
	{ "violation", violation }, { "load", load }, { "IMA's command line", cmdline },
	{ "latch", latch }, { "another kernel", next_kernel }, { "boot aggregate", other_boot },
	{ "break", broke }, { "PCR 11", of_pcr_11 },
};

static void same_claims(const struct claims_ima *a, const struct claims_ima *b)
{
	assert_int_equal(a->attested, b->attested);
	assert_int_equal(a->violations, b->violations);
	assert_int_equal(a->policies, b->policies);
	assert_int_equal(a->aggregate_bank, b->aggregate_bank);
	assert_memory_equal(a->policy_digest, b->policy_digest, sizeof(a->policy_digest));
	assert_memory_equal(a->aggregate, b->aggregate, sizeof(a->aggregate));
	assert_int_equal(a->caretaker.sequence, b->caretaker.sequence);
	assert_int_equal(a->caretaker.refusals, b->caretaker.refusals);
	assert_int_equal(a->caretaker.broken, b->caretaker.broken);
	assert_memory_equal(&a->caretaker.chain, &b->caretaker.chain, sizeof(a->caretaker.chain));
	assert_int_equal(a->caretaker.kernels.kernels, b->caretaker.kernels.kernels);
	assert_int_equal(a->caretaker.kernels.loads, b->caretaker.kernels.loads);
	assert_int_equal(a->caretaker.kernels.lines, b->caretaker.kernels.lines);
	assert_int_equal(a->caretaker.kernels.left, b->caretaker.kernels.left);
	assert_int_equal(a->caretaker.kernels.started, b->caretaker.kernels.started);
	for (size_t i = 0; i < a->caretaker.kernels.kernels; i++)
		assert_int_equal(a->caretaker.kernels.kernel[i].switches,
				 b->caretaker.kernels.kernel[i].switches);
	assert_int_equal(a->caretaker.life.vms, b->caretaker.life.vms);
	assert_int_equal(a->caretaker.life.ended_vms, b->caretaker.life.ended_vms);
	for (size_t i = 0; i < a->caretaker.life.vms; i++)
		assert_memory_equal(&a->caretaker.life.vm[i]->record, &b->caretaker.life.vm[i]->record,
				    sizeof(struct caretaker_record));
}

/* Of every length that may be quoted: the log reads as if it ended there */
static void records_behind(void **state)
{
	struct claims_ima cut, whole;
	struct reasons why, again;
	struct pcr_set quoted;
	struct evidence e = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(behind); i++) {
		host_init(&h, true);
		behind[i].add();
		bad_hash();
		for (size_t n = 1, of_10 = 0; n <= h.records; n++) {
			of_10 += h.record[n - 1].pcr == 10;
			run(n, false, &e, &quoted);
			assert_int_equal(read_log(&h.list, BOTH, &quoted, &cut, &why), 0);
			run(n, true, &e, &quoted);
			assert_int_equal(read_log(&h.list, BOTH, &quoted, &whole, &again), 0);
			assert_memory_equal(&why, &again, sizeof(why));
			same_claims(&cut, &whole);
			assert_int_equal(whole.attested, of_10);
			assert_int_equal(whole.unattested, h.records - of_10);
			claims_ima_free(&cut);
			claims_ima_free(&whole);
		}
		host_free(&h);
	}
	evidence_free(&e);
}

static void refused(int rc, const struct claims_ima *out, const struct reasons *why, const char *word)
{
	static const struct claims_ima empty;

	assert_int_equal(rc, -EBADMSG);
	assert_int_equal(why->count, 1);
	assert_string_equal(why->reason[0].word, word);
	assert_memory_equal(out, &empty, sizeof(empty));
}

/* A record that was put in, taken out or changed: no claim, and no reason of one, whatever it says */
static void never_reached(void **state)
{
	struct evidence e = { 0 };
	struct claims_ima out;
	struct pcr_set quoted;
	struct reasons why;
	int rc;

	(void)state;
	for (size_t i = 0; i + 1 < COUNT(behind); i++) {
		host_init(&h, true);
		behind[i].add();
		run(RECORDS, true, &e, &quoted);
		host_swap_records(&h, RECORDS, RECORD_MODULE);
		host_logs(&h, &e);
		rc = read_log(&h.list, PCR_BANK_BIT(PCR_SHA256), &quoted, &out, &why);
		refused(rc, &out, &why, "ima-log-altered");
		host_free(&h);
	}
	/* Nothing extended the register that was quoted */
	host_init(&h, true);
	for (size_t i = 0; i < h.records; i++)
		h.record[i].pcr = 11;
	run(h.records, true, &e, &quoted);
	rc = read_log(&h.list, PCR_BANK_BIT(PCR_SHA256), &quoted, &out, &why);
	refused(rc, &out, &why, "ima-log-altered");
	host_free(&h);
	evidence_free(&e);
}

/* One TPM2_PCR_Extend goes to all banks */
static void banks_together(void **state)
{
	struct evidence e = { 0 };
	struct claims_ima out;
	struct pcr_set quoted, earlier;
	struct reasons why;

	(void)state;
	host_init(&h, true);
	run(RECORDS - 1, true, &e, &earlier);
	run(RECORDS, true, &e, &quoted);
	assert_int_equal(read_log(&h.list, BOTH, &quoted, &out, &why), 0);
	assert_int_equal(out.attested, RECORDS);
	claims_ima_free(&out);
	memcpy(quoted.value[PCR_SHA1][10], earlier.value[PCR_SHA1][10], 20);
	refused(read_log(&h.list, BOTH, &quoted, &out, &why), &out, &why, "ima-log-altered");
	assert_int_equal(read_log(&h.list, PCR_BANK_BIT(PCR_SHA256), &quoted, &out, &why), 0);
	claims_ima_free(&out);
	/* What is not quoted proves nothing */
	quoted.present[PCR_SHA1] &= ~(1u << 10);
	refused(read_log(&h.list, BOTH, &quoted, &out, &why), &out, &why, "pcr-selection");
	refused(read_log(&h.list, 0, &quoted, &out, &why), &out, &why, "pcr-selection");
	evidence_free(&e);
	host_free(&h);
}

static void form(void **state)
{
	struct evidence e = { 0 };
	struct claims_ima out;
	struct pcr_set quoted;
	struct reasons why;
	size_t size;

	(void)state;
	host_init(&h, true);
	run(RECORDS - 1, true, &e, &quoted);
	size = h.list.size;
	/* Cut behind the proven part, and within it */
	h.list.size = size - 1;
	refused(read_log(&h.list, BOTH, &quoted, &out, &why), &out, &why, "ima-log-malformed");
	h.list.size = 60;
	refused(read_log(&h.list, BOTH, &quoted, &out, &why), &out, &why, "ima-log-malformed");
	h.list.size = 0;
	refused(read_log(&h.list, BOTH, &quoted, &out, &why), &out, &why, "ima-log-empty");
	/* What the proven part says is said all the same */
	h.record[RECORD_MODULE].bad_template_hash = true;
	run(RECORDS - 1, true, &e, &quoted);
	h.list.size = size - 1;
	assert_int_equal(read_log(&h.list, BOTH, &quoted, &out, &why), -EBADMSG);
	assert_int_equal(why.count, 2);
	assert_string_equal(why.reason[0].word, "ima-log-altered");
	assert_string_equal(why.reason[1].word, "ima-log-malformed");
	h.list.size = size;
	evidence_free(&e);
	host_free(&h);
}

/* That is no statement about the host */
static void cannot_be_read(void **state)
{
	const struct pcr_set quoted = { .present = { [PCR_SHA256] = PCR_ALL } };
	const struct claims_ima_input in = { PCR_BANK_BIT(PCR_SHA256), &quoted, &quoted };
	int folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct parse_error err = { 0 };
	struct reasons why = { 0 };
	struct ima_stream list;
	struct claims_ima out;

	(void)state;
	assert_int_equal(ima_stream_open(&list, folder, IMA_STREAM_MAX, &err), -EISDIR);
	assert_int_equal(claims_ima_read(&list, &in, &out, &why), -EISDIR);
	assert_int_equal(why.count, 0);
	ima_stream_close(&list);
	close(folder);
}

/* --- What is kept ---------------------------------------------------------------------- */

static struct caretaker_record vm_record(uint32_t event, uint64_t vm, uint32_t vcpu)
{
	struct caretaker_record rec = { .h.event = event, .vm = vm, .vcpu = vcpu, .name = "caretaker" };

	memcpy(rec.vm_id, &vm, sizeof(vm));
	rec.vm_id[15] = 1;
	return rec;
}

/*
 * Against what reads as the rules do: a list of all places.  VMs come, go, end and are
 * torn down in any order, right or wrong.
 */
struct place {
	uint64_t vm;
	uint32_t vcpu;
	enum claims_vm_state state;
};

#define PLACES 64

struct model {
	struct place place[PLACES];
	size_t places;
	uint32_t detached[13];	/* vCPUs of each VM */
};

static void model_drop(struct model *m, uint64_t vm)
{
	size_t kept = 0, before = m->places;

	for (size_t i = 0; i < before; i++)
		if (m->place[i].vm != vm)
			m->place[kept++] = m->place[i];
	m->places = kept;
	m->detached[vm] = 0;
}

/* The only place of a VM that has no caretaker any more */
static void model_past(struct model *m, uint64_t vm, enum claims_vm_state state)
{
	model_drop(m, vm);
	m->place[m->places++] = (struct place){ vm, 0, state };
}

/* Is the record possible? */
static bool model_record(struct model *m, uint32_t event, uint64_t vm, uint32_t vcpu)
{
	bool known = false, ended = false, without = false, served = false, all = vcpu == CLAIMS_ALL_VCPUS;
	struct place *at = NULL;
	size_t live = 0;

	for (size_t i = 0; i < m->places; i++) {
		struct place *p = &m->place[i];

		if (p->vm != vm)
			continue;
		known = true;
		ended |= p->state == CLAIMS_VM_ENDED;
		without |= p->state == CLAIMS_VM_WITHOUT;
		live += p->state == CLAIMS_VM_LIVE;
		all |= p->vcpu == CLAIMS_ALL_VCPUS;
		served |= p->vcpu == CLAIMS_ALL_VCPUS && p->state == CLAIMS_VM_LIVE;
		if (p->vcpu == vcpu && p->state == CLAIMS_VM_LIVE)
			at = p;
	}
	if (event == CARETAKER_RECORD_DETACH || event == CARETAKER_RECORD_ATTACH) {
		if (vcpu != CLAIMS_ALL_VCPUS && served)
			m->detached[vm] = event == CARETAKER_RECORD_DETACH ? m->detached[vm] | 1U << vcpu :
									     m->detached[vm] & ~(1U << vcpu);
		return ended || (vcpu != CLAIMS_ALL_VCPUS && served);
	}
	if (event == CARETAKER_RECORD_ADOPT)
		return at && vcpu == CLAIMS_ALL_VCPUS;
	if (event == CARETAKER_RECORD_REFUSE || (ended && event != CARETAKER_RECORD_TEARDOWN))
		return true;
	switch (event) {
	case CARETAKER_RECORD_INSTALL:
		if (at || (live && all))
			return false;
		if (without)
			model_drop(m, vm);
		m->place[m->places++] = (struct place){ vm, vcpu, CLAIMS_VM_LIVE };
		return true;
	case CARETAKER_RECORD_UPDATE:
		return at;
	case CARETAKER_RECORD_REMOVE:
		if (!at)
			return false;
		m->detached[vm] = 0;
		if (live == 1)
			model_past(m, vm, CLAIMS_VM_WITHOUT);
		else
			memmove(at, at + 1, (size_t)(m->place + --m->places - at) * sizeof(*at));
		return true;
	case CARETAKER_RECORD_TEARDOWN:
		model_drop(m, vm);
		return true;
	default:
		if (known)
			model_past(m, vm, CLAIMS_VM_ENDED);
		return known;
	}
}

/* How many vCPUs of a VM are detached: those of @mask, and in their order */
static size_t same_detached(const struct claims_vms *c, uint64_t vm, uint32_t mask)
{
	const struct claims_detached *d;
	size_t count, i = 0;

	d = claims_detached_of(&c->detached, vm, &count);
	for (uint32_t vcpu = 0; vcpu < 32; vcpu++) {
		if (!(mask >> vcpu & 1))
			continue;
		assert_true(i < count);
		assert_int_equal(d[i].vm, vm);
		assert_int_equal(d[i++].vcpu, vcpu);
	}
	assert_int_equal(i, count);
	return count;
}

/* A host that says anything has not all of a verifier's memory */
static void many_detached(void **state)
{
	struct caretaker_record rec = vm_record(CARETAKER_RECORD_INSTALL, 1, CLAIMS_ALL_VCPUS);
	struct claims_vms c = { 0 };
	const char *wrong = NULL;

	(void)state;
	assert_int_equal(claims_vm_record(&c, &rec, 1, &wrong), 0);
	for (uint32_t vcpu = 0; vcpu <= CLAIMS_DETACHED_MAX; vcpu++) {
		rec = vm_record(CARETAKER_RECORD_DETACH, 1, vcpu);
		assert_int_equal(claims_vm_record(&c, &rec, 2 + vcpu, &wrong), 0);
		assert_int_equal(!wrong, vcpu < CLAIMS_DETACHED_MAX);
	}
	assert_int_equal(c.detached.count, CLAIMS_DETACHED_MAX);
	claims_vm_free(&c);
}

static void lives(void **state)
{
	static const uint32_t events[] = {
		CARETAKER_RECORD_INSTALL, CARETAKER_RECORD_INSTALL, CARETAKER_RECORD_UPDATE,
		CARETAKER_RECORD_REMOVE, CARETAKER_RECORD_TEARDOWN, CARETAKER_RECORD_BREAK,
		CARETAKER_RECORD_REFUSE, CARETAKER_RECORD_DETACH, CARETAKER_RECORD_DETACH,
		CARETAKER_RECORD_ATTACH, CARETAKER_RECORD_ADOPT,
	};
	struct claims_vms c = { 0 };
	struct model m = { 0 };
	unsigned int wrongs = 0;
	size_t most = 0, apart = 0;

	(void)state;
	srand(23);
	for (unsigned int number = 1; number <= 200000; number++) {
		uint32_t event = events[(unsigned int)rand() % COUNT(events)];
		uint64_t vm = 1 + (unsigned int)rand() % 12;
		uint32_t vcpu = (unsigned int)rand() % 4 ? (unsigned int)rand() % 3 : CLAIMS_ALL_VCPUS;
		struct caretaker_record rec = vm_record(event, vm, vcpu);
		const char *wrong = NULL;
		size_t live = 0;

		assert_int_equal(claims_vm_record(&c, &rec, number, &wrong), 0);
		assert_int_equal(!wrong, model_record(&m, event, vm, vcpu));
		wrongs += !!wrong;
		for (size_t i = 0; i < m.places; i++)
			live += m.place[i].state == CLAIMS_VM_LIVE;
		assert_int_equal(c.vms, live);
		assert_int_equal(c.followed, m.places);
		most = live > most ? live : most;
		if (number % 64)
			continue;
		assert_int_equal(claims_vm_list(&c), 0);
		for (size_t i = 0, j = 0; i < m.places; i++) {
			if (m.place[i].state != CLAIMS_VM_LIVE)
				continue;
			assert_int_equal(c.vm[j]->record.vm, m.place[i].vm);
			assert_int_equal(c.vm[j++]->record.vcpu, m.place[i].vcpu);
		}
		for (uint64_t v = 1; v <= 12; v++)
			apart += same_detached(&c, v, m.detached[v]);
	}
	assert_true(wrongs > 10000 && most > 8 && apart > 1000);
	claims_vm_end_all(&c);
	assert_int_equal(claims_vm_list(&c), 0);
	assert_int_equal(c.vms + c.followed, 0);
	claims_vm_free(&c);
}

/* A number has one identity, and an identity one number, whichever of the two is asked for */
static void identities(void **state)
{
	struct caretaker_record rec = vm_record(CARETAKER_RECORD_INSTALL, 5, 0);
	struct claims_vms c = { 0 };
	const char *wrong = NULL;

	(void)state;
	assert_int_equal(claims_vm_record(&c, &rec, 1, &wrong), 0);
	assert_null(wrong);
	rec.vcpu = 1;
	rec.vm_id[3] ^= 1;
	assert_int_equal(claims_vm_record(&c, &rec, 2, &wrong), 0);
	assert_non_null(wrong);
	rec.vm_id[3] ^= 1;
	for (rec.vm = 4; rec.vm <= 6; rec.vm += 2) {
		wrong = NULL;
		assert_int_equal(claims_vm_record(&c, &rec, 3, &wrong), 0);
		assert_non_null(wrong);
	}
	assert_int_equal(c.vms, 1);
	claims_vm_free(&c);
}

/* Adds a VM's record to @c as IMA would hand it over */
static void hand_over(struct claims_caretaker *c, struct host_record *r, unsigned int number,
		      struct reasons *why)
{
	const struct view name = { (unsigned char *)r->name, strlen(r->name) };

	assert_int_equal(claims_caretaker_record(c, name, (struct view){ r->data, r->size }, number, why), 0);
	h.records = 0;
}

static void statement(struct claims_caretaker *c, struct reasons *why)
{
	memset(&h, 0, sizeof(h));
	memset(c, 0, sizeof(*c));
	memset(why, 0, sizeof(*why));
	hand_over(c, host_add_boot(&h, 0, 1, host_line), 1, why);
}

static void hand_vm(struct claims_caretaker *c, uint32_t event, uint64_t sequence, uint64_t vm,
		    struct reasons *why)
{
	struct host_record *r = host_add_caretaker(&h, sequence, event, vm);
	struct caretaker_record *rec = host_caretaker(r);

	memset(rec->vm_id, 0, sizeof(rec->vm_id));
	memcpy(rec->vm_id, &vm, sizeof(vm));
	hand_over(c, r, (unsigned int)sequence + 1, why);
}

static void too_many_vms(void **state)
{
	struct claims_caretaker c;
	struct reasons why;
	uint64_t vm;

	(void)state;
	statement(&c, &why);
	for (vm = 1; vm <= CLAIMS_VMS_MAX; vm++)
		hand_vm(&c, CARETAKER_RECORD_INSTALL, vm, vm, &why);
	assert_int_equal(why.count, 0);
	assert_int_equal(c.life.vms, CLAIMS_VMS_MAX);
	/* One that goes makes room */
	hand_vm(&c, CARETAKER_RECORD_TEARDOWN, vm, 1, &why);
	hand_vm(&c, CARETAKER_RECORD_INSTALL, vm + 1, vm, &why);
	assert_int_equal(why.count, 0);
	hand_vm(&c, CARETAKER_RECORD_INSTALL, vm + 2, vm + 1, &why);
	assert_int_equal(why.count, 1);
	assert_string_equal(why.reason[0].word, "too-many-vms");
	assert_true(c.broken);
	assert_int_equal(c.life.vms, CLAIMS_VMS_MAX);
	claims_caretaker_free(&c);
}

/* Each for its own: a log of them takes no memory, and is counted */
static void ended_vms(void **state)
{
	const uint64_t vms = CLAIMS_ENDED_MAX + 1000;
	struct claims_caretaker c;
	struct reasons why;

	(void)state;
	statement(&c, &why);
	for (uint64_t vm = 1; vm <= vms; vm++) {
		hand_vm(&c, CARETAKER_RECORD_INSTALL, 3 * vm - 2, vm, &why);
		hand_vm(&c, CARETAKER_RECORD_BREAK, 3 * vm - 1, vm, &why);
		hand_vm(&c, CARETAKER_RECORD_TEARDOWN, 3 * vm, vm, &why);
	}
	assert_int_equal(why.count, 0);
	assert_int_equal(c.life.followed, 0);
	assert_int_equal(c.life.ended_vms, vms);
	assert_int_equal(c.life.ended[CLAIMS_ENDED_MAX - 1].vm, CLAIMS_ENDED_MAX);
	assert_string_equal(c.life.ended[0].name, "caretaker");
	/* With ASan that is what was asked for */
	assert_int_equal(malloc_usable_size(c.life.ended), CLAIMS_ENDED_MAX * sizeof(*c.life.ended));
	claims_caretaker_free(&c);
}

/* Command lines of kernels that were loaded have a limit, all together */
static void texts(void **state)
{
	struct claims_caretaker c;
	struct reasons why;
	char line[1025];
	uint64_t n;

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	statement(&c, &why);
	for (n = 1; n < CLAIMS_TEXT_MAX / 1024; n++)
		hand_over(&c, host_add_kexec(&h, n, CARETAKER_KEXEC_CRASH, line), (unsigned int)n + 1, &why);
	assert_int_equal(why.count, 0);
	assert_int_equal(c.kernels.text, strlen(host_line) + 1024 * (n - 1));
	hand_over(&c, host_add_kexec(&h, n, CARETAKER_KEXEC_CRASH, line), (unsigned int)n + 1, &why);
	assert_int_equal(why.count, 1);
	assert_string_equal(why.reason[0].word, "kexec-unrecorded");
	line[CLAIMS_TEXT_MAX - c.kernels.text] = '\0';
	hand_over(&c, host_add_kexec(&h, n + 1, CARETAKER_KEXEC_CRASH, line), (unsigned int)n + 2, &why);
	assert_int_equal(c.kernels.text, CLAIMS_TEXT_MAX);
	hand_over(&c, host_add_boot(&h, n + 2, 2, "x"), (unsigned int)n + 3, &why);
	assert_int_equal(why.count, 2);
	assert_string_equal(why.reason[1].word, "kexec-boot");
	assert_int_equal(c.kernels.kernels, 1);
	claims_caretaker_free(&c);
}

/* What docs/attestation.md says under "Limits": what is beyond is a no, and takes no memory */
static void counts(void **state)
{
	struct reasons why, beyond = { 0 };
	struct view line = { (const unsigned char *)"x", 1 };
	struct claims_caretaker c;
	uint64_t n;

	(void)state;
	statement(&c, &why);
	for (n = 1; n <= 4096; n++)
		hand_over(&c, host_add_kexec(&h, n, CARETAKER_KEXEC_CRASH, "x"), (unsigned int)n + 1, &why);
	for (unsigned int i = 0; i < 4096; i++)
		assert_int_equal(claims_caretaker_line(&c, line, i, &why), 0);
	assert_int_equal(why.count, 0);
	hand_over(&c, host_add_kexec(&h, n, CARETAKER_KEXEC_CRASH, "x"), (unsigned int)n + 1, &why);
	assert_int_equal(why.count, 1);
	assert_string_equal(why.reason[0].word, "kexec-unrecorded");
	assert_non_null(strstr(why.reason[0].text, "more loads of kernels than this verifier follows"));
	assert_int_equal(claims_caretaker_line(&c, line, (unsigned int)n, &why), 0);
	assert_int_equal(why.count, 2);
	assert_string_equal(why.reason[1].word, "kexec-unrecorded");
	assert_int_equal(c.kernels.loads, 4096);
	assert_int_equal(c.kernels.lines, 4096);
	/* Nothing says that these were started: that is another reason */
	for (uint64_t kernel = 2; kernel <= 256; kernel++)
		hand_over(&c, host_add_boot(&h, n + kernel - 1, kernel, "x"), (unsigned int)(n + kernel), &why);
	assert_int_equal(c.kernels.kernels, 256);
	hand_over(&c, host_add_boot(&h, n + 256, 257, "x"), (unsigned int)n + 257, &beyond);
	assert_int_equal(beyond.count, 1);
	assert_string_equal(beyond.reason[0].word, "kexec-boot");
	assert_non_null(strstr(beyond.reason[0].text, "more kernels than this verifier follows"));
	assert_int_equal(c.kernels.kernels, 256);
	claims_caretaker_free(&c);
}

/* Reasons are appended as they would have been added */
static void reasons(void **state)
{
	struct reasons a = { 0 }, b = { 0 }, want = { 0 };

	(void)state;
	for (unsigned int i = 0; i < REASONS_MAX + 20; i++) {
		reasons_add(i < 20 ? &a : &b, "word", "%u", i);
		reasons_add(&want, "word", "%u", i);
	}
	reasons_append(&a, &b);
	assert_memory_equal(&a, &want, sizeof(a));
	for (unsigned int i = 0; i < REASONS_MAX; i++)
		reasons_add(&b, "word", "%u", i);
	reasons_append(&a, &b);
	assert_int_equal(a.count, want.count + b.count);
	assert_memory_equal(a.reason, want.reason, sizeof(a.reason));
}

/* Many of one word hide no other one, which comes last */
static void each_word_once(void **state)
{
	struct reasons a = { 0 }, b = { 0 };

	(void)state;
	reasons_add(&a, "first", "1");
	for (unsigned int i = 0; i < REASONS_MAX + 20; i++)
		reasons_add(&a, "many", "%u", i);
	reasons_add(&a, "late", "2");
	assert_true(reasons_have(&a, "first") && reasons_have(&a, "many") && reasons_have(&a, "late"));
	assert_string_equal(a.reason[REASONS_MAX - 1].word, "late");
	reasons_add(&b, "later", "3");
	reasons_add(&b, "many", "4");
	reasons_append(&a, &b);
	assert_int_equal(a.count, REASONS_MAX + 24);
	assert_string_equal(a.reason[0].word, "first");
	assert_string_equal(a.reason[REASONS_MAX - 2].word, "late");
	assert_string_equal(a.reason[REASONS_MAX - 1].word, "later");
	assert_string_equal(a.reason[REASONS_MAX - 3].text, "60");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_behind),
		cmocka_unit_test(never_reached),
		cmocka_unit_test(banks_together),
		cmocka_unit_test(each_word_once),
		cmocka_unit_test(form),
		cmocka_unit_test(cannot_be_read),
		cmocka_unit_test(many_detached),
		cmocka_unit_test(lives),
		cmocka_unit_test(identities),
		cmocka_unit_test(too_many_vms),
		cmocka_unit_test(ended_vms),
		cmocka_unit_test(texts),
		cmocka_unit_test(counts),
		cmocka_unit_test(reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
