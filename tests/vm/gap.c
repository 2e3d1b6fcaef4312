// SPDX-License-Identifier: GPL-2.0-only
/*
 * The caretaker's payload runs where the guest does, on a core of its own and without KVM.
 *
 *   gap PAYLOADS CPU
 *   gap PAYLOADS CPU endless
 *
 * What it answers under KVM it answers there, also without a VMM.  One that faults there, or
 * breaks its contract, ends its VM and nothing else; of one that never comes back, which
 * "endless" tries, the core is lost.  Exit status: as of trial_status().
 */
#include <errno.h>
#include <linux/caretaker.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "detached.h"
#include "probe.h"
#include "stats.h"
#include "trial.h"

#define CODE	0x8000		/* of the guest, as in ticker.c */
#define STRAY	"/sys/module/stray/parameters/send"

/* Interrupts and NMIs that nobody has asked for, so that the payload is entered again */
static void disturb(unsigned int times)
{
	struct caretaker_cpu_state state = { .size = sizeof(state) };
	FILE *file = fopen(STRAY, "w");
	unsigned int i;

	if (!file || ioctl(core, CARETAKER_CPU_STATE, &state))
		die(STRAY);
	for (i = 0; i < times; i++) {
		fprintf(file, "%u %u", state.apic_id, i % 4 ? 252 : 2);
		if (fflush(file))
			die(STRAY);
		usleep(1000);
	}
	fclose(file);
}

/* --- What is answered --- */

static uint64_t answered(const struct ticker *ticker)
{
	struct stats stats = { 0 };

	if (telemetry_read(ticker->vm, 0, &stats))
		die("telemetry");
	return stats_get(&stats, "handled cpuid");
}

/* What the payload's own tables map, line by line; @gaps: pages that it has in place of KVM */
static size_t mapped(const struct ticker *ticker, char *lines, size_t size, unsigned int *gaps)
{
	FILE *file = vcpu_debugfs_open(ticker->vm, 0, "caretaker-audit");
	size_t used = 0;
	char line[200];

	if (!file)
		die("caretaker-audit");
	*gaps = 0;
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, "own ", 4) || used + strlen(line) >= size)
			continue;
		if (strstr(line, " 4k rw--- gap\n") || strstr(line, " 4k rw--- posted\n") ||
		    strstr(line, " 4k r---- peers\n")) {
			++*gaps;
			continue;
		}
		strcpy(lines + used, line);
		used += strlen(line);
	}
	fclose(file);
	return used;
}

/* It executes CPUID all the while, and is told what it was told under KVM */
static int is_answered(const struct ticker *ticker)
{
	head(ticker)->vendor = 0;
	return counts(ticker) && head(ticker)->vendor == TICKER_VENDOR;
}

static void try_answered(void)
{
	static char attached[1 << 16], there[1 << 16];
	struct kvm_caretaker_vcpu_op state;
	unsigned int gaps, gaps_there;
	struct ticker ticker;
	uint64_t before;
	size_t some;

	detached_guest(&ticker);
	report_that("answered/under-kvm", head(&ticker)->vendor == TICKER_VENDOR, "%#x",
		    head(&ticker)->vendor);
	report("answered/prepare", vm_prepare(ticker.vm, HANDOVER), "0");
	some = mapped(&ticker, attached, sizeof(attached), &gaps);
	report("answered/detach", detach(&ticker), "0");
	before = answered(&ticker);
	head(&ticker)->quiet = ONLY_CPUID;
	report_that("answered/goes-on", is_answered(&ticker), "round %u, vendor %#x",
		    head(&ticker)->round, head(&ticker)->vendor);
	state = state_of(ticker.vcpu);
	report_that("answered/state", state.state == KVM_CARETAKER_VCPU_RUNNING, "%u, reason %#llx",
		    state.state, state.exit_reason);
	report_that("answered/core", core_state() == CARETAKER_CPU_RUNNING, "%u", core_state());
	disturb(200);
	report_that("answered/disturbed", is_answered(&ticker), "round %u, lost %u",
		    head(&ticker)->round, head(&ticker)->lost);
	report_that("answered/state-then", state_of(ticker.vcpu).state ==
		    KVM_CARETAKER_VCPU_RUNNING, "%u", state_of(ticker.vcpu).state);
	report_that("answered/by-the-payload", answered(&ticker) - before >= 20, "%llu answers",
		    (unsigned long long)(answered(&ticker) - before));
	printf("    %llu answers there\n", (unsigned long long)(answered(&ticker) - before));
	report_that("answered/maps-the-same", some &&
		    mapped(&ticker, there, sizeof(there), &gaps_there) == some &&
		    !strcmp(attached, there), "%zu bytes of lines", some);
	report_that("answered/and-what-it-has-for-kvm", !gaps && gaps_there == 3, "%u, %u", gaps,
		    gaps_there);
	report("answered/attach", attach(ticker.vcpu), "0");
	report_that("answered/stands-still", stands_still(&ticker), "%s", "it runs");
	goes_on("answered/attached-goes-on", &ticker);
	/* And KVM's own way is as it was, too: the control block is the vCPU's own again */
	report("answered/detach-again", detach(&ticker), "0");
	head(&ticker)->quiet = ONLY_CPUID;
	report_that("answered/goes-on-again", is_answered(&ticker), "round %u",
		    head(&ticker)->round);
	report("answered/attach-again", attach(ticker.vcpu), "0");
	goes_on("answered/attached-again", &ticker);
	report("answered/release", vm_release(ticker.vm), "0");
	goes_on("answered/released", &ticker);
	ticker_close(&ticker);
}

/* --- Without a VMM --- */

static void try_alone(void)
{
	int pid, status;
	struct ticker kept;
	uint32_t before;

	pid = detached_vmm(&kept, detached_guest, ONLY_CPUID);
	kill(pid, SIGKILL);
	status = wait_for(pid);
	report_that("alone/vmm-is-killed", status == 256 + SIGKILL, "status %d", status);
	before = head(&kept)->round;
	report_that("alone/is-answered", is_answered(&kept), "round %u, vendor %#x",
		    head(&kept)->round, head(&kept)->vendor);
	report_that("alone/core", core_state() == CARETAKER_CPU_RUNNING, "%u", core_state());
	usleep(50000);
	printf("    %u rounds without a VMM, each with a CPUID\n", head(&kept)->round - before);
	report("alone/adopt", ticker_adopt(&kept), "0");
	report("alone/attach", attach(kept.vcpu), "0");
	goes_on("alone/adopted-goes-on", &kept);
	ticker_close(&kept);
}

/* --- A payload that does what it must not: probe.S --- */

/* What the guest has in RSI and RDI, where the payload finds it: behind struct ticker_head */
struct orders {
	uint32_t what, where;
};

#define ORDERS	0x2014

/* It counts, and loads its orders; no exit */
static const unsigned char counting[] = {
	0xff, 0x05, 0x00, 0x20, 0x00, 0x00,	/* incl 0x2000 */
	0x8b, 0x35, 0x14, 0x20, 0x00, 0x00,	/* movl ORDERS, %esi */
	0x8b, 0x3d, 0x18, 0x20, 0x00, 0x00,	/* movl ORDERS + 4, %edi */
	0xeb, 0xec,
};

static volatile struct orders *orders(const struct ticker *ticker)
{
	return (void *)(ticker->memory + ORDERS);
}

/* In the registers that the next entry has; the guest loads its orders behind that */
static void order_first(const struct ticker *ticker, unsigned int what)
{
	struct kvm_regs regs;

	if (ioctl(ticker->vcpu, KVM_GET_REGS, &regs))
		die("KVM_GET_REGS");
	regs.rsi = what;
	if (ioctl(ticker->vcpu, KVM_SET_REGS, &regs))
		die("KVM_SET_REGS");
}

/* Detached, with @first as the payload's first order there */
static void probe_guest(struct ticker *ticker, unsigned int first)
{
	unsigned int tries;
	int error;

	ticker_new(ticker, false);
	memcpy(ticker->memory + CODE, counting, sizeof(counting));
	orders(ticker)->what = PROBE_RUN;
	order_first(ticker, PROBE_RUN);
	error = install_payload(ticker->vm, payloads, "probe", 0) ?:
		vm_prepare(ticker->vm, HANDOVER) ?: EAGAIN;
	for (tries = 0; tries < 100 && error == EAGAIN; tries++) {
		if (run_silently(ticker))
			die("KVM_RUN");
		order_first(ticker, first);
		error = detach_once(ticker->vcpu);
		if (error)
			order_first(ticker, PROBE_RUN);
	}
	if (error) {
		errno = error;
		die("guest of the probe");
	}
}

/* From its next entry on the payload does this */
static void order(const struct ticker *ticker, unsigned int what, uint32_t where)
{
	orders(ticker)->where = where;
	counts(ticker);
	orders(ticker)->what = what;
	counts(ticker);
}

#define ANY	~0ULL

static const struct breach {
	const char *name;
	unsigned int what;
	uint32_t where;
	uint64_t fault, vector, cr2;	/* cr2: offset in the slot, or ANY */
} breaches[] = {
	{ "divides", PROBE_DIVIDE, 0, KVM_CARETAKER_FAULT_EXCEPTION, 0, ANY },
	/* It answers so if CR3 is what KVM made for it */
	{ "has-its-own-root", PROBE_ROOT, 0, KVM_CARETAKER_FAULT_EXCEPTION, PROBE_YES, ANY },
	{ "does-not-run-it", PROBE_ROUTE, 0, KVM_CARETAKER_FAULT_PROTOCOL, 0, ANY },
	{ "writes-to-the-switch", PROBE_WRITE, PROBE_SWITCH, KVM_CARETAKER_FAULT_EXCEPTION, 14,
	  PROBE_SWITCH },
	/* It has run the guest, and faults then */
	{ "runs-and-faults", PROBE_WORD, PROBE_SWITCH, KVM_CARETAKER_FAULT_EXCEPTION, 14,
	  PROBE_SWITCH },
	{ "reads-what-is-not-its", PROBE_READ, 0x13000, KVM_CARETAKER_FAULT_EXCEPTION, 14,
	  0x13000 },
};

static uint64_t data(const struct ticker *ticker, unsigned int i)
{
	return ticker->run->internal.data[i];
}

static void say(const struct breach *b, const char *what, int good, const struct ticker *ticker)
{
	char name[64];

	snprintf(name, sizeof(name), "%s/%s", b->name, what);
	report_that(name, good, "core %u, exit %u, fault %llu, vector %llu, CR2 %#llx",
		    core_state(), ticker->run->exit_reason,
		    (unsigned long long)data(ticker, 0), (unsigned long long)data(ticker, 1),
		    (unsigned long long)data(ticker, 3));
}

static void try_breach(const struct breach *b)
{
	struct ticker ticker;
	int error;

	probe_guest(&ticker, PROBE_RUN);
	say(b, "runs", counts(&ticker), &ticker);
	order(&ticker, b->what, b->where);
	disturb(4);
	say(b, "is-broken", becomes(&ticker, KVM_CARETAKER_VCPU_BROKEN), &ticker);
	say(b, "stands-still", stands_still(&ticker), &ticker);
	say(b, "core-has-it", core_state() == CARETAKER_CPU_BLOCKED, &ticker);
	ticker.run->exit_reason = 0;
	error = attach(ticker.vcpu);
	say(b, "attach-fails", error == EIO, &ticker);
	say(b, "why", ticker.run->exit_reason == KVM_EXIT_INTERNAL_ERROR &&
	    ticker.run->internal.suberror == KVM_INTERNAL_ERROR_CARETAKER &&
	    data(&ticker, 0) == b->fault && data(&ticker, 1) == b->vector &&
	    (b->cr2 == ANY || data(&ticker, 3) % 0x200000 == b->cr2), &ticker);
	error = ioctl(ticker.vcpu, KVM_RUN, 0) ? errno : 0;
	say(b, "vm-is-ended", error == EIO, &ticker);
	say(b, "core-is-back", core_state() == CARETAKER_CPU_IDLE, &ticker);
	ticker_close(&ticker);
}

/* At its first entry, and nobody attaches it: it ends the same way */
static void try_closed(void)
{
	struct ticker ticker;

	probe_guest(&ticker, PROBE_DIVIDE);
	report_that("closed/is-broken", becomes(&ticker, KVM_CARETAKER_VCPU_BROKEN), "%u",
		    state_of(ticker.vcpu).state);
	ticker_close(&ticker);
	report_that("closed/core", core_state() == CARETAKER_CPU_IDLE, "%u", core_state());
}

/* What is no breach: flags that no compiler expects, where the trampoline lands */
static void try_flags(void)
{
	struct ticker ticker;

	probe_guest(&ticker, PROBE_RUN);
	order(&ticker, PROBE_FLAGS, 0);
	disturb(20);
	report_that("flags/counts", counts(&ticker), "round %u", head(&ticker)->round);
	order(&ticker, PROBE_RUN, 0);
	disturb(2);
	report("flags/attach", attach(ticker.vcpu), "0");
	report_that("flags/goes-on", !run_silently(&ticker), "%s", "not under KVM");
	ticker_close(&ticker);
}

/* --- One that never comes back --- */

static void try_endless(void)
{
	struct ticker ticker, other;

	probe_guest(&ticker, PROBE_LOOP);
	report_that("endless/stands-still", stands_still(&ticker), "%s", "it runs");
	report_that("endless/state", state_of(ticker.vcpu).state == KVM_CARETAKER_VCPU_RUNNING,
		    "%u", state_of(ticker.vcpu).state);
	report("endless/attach", attach(ticker.vcpu), "ETIMEDOUT");
	report("endless/attach-again", attach(ticker.vcpu), "ETIMEDOUT");
	/* The host and other VMs go on; that core is nobody's any more */
	detached_guest(&other);
	report("endless/others-prepare", vm_prepare(other.vm, HANDOVER), "0");
	report("endless/core-is-in-use", detach(&other), "EBUSY");
	goes_on("endless/others-go-on", &other);
	ticker_close(&other);
	ticker_close(&ticker);
	report_that("endless/core-stays-away", core_state() != CARETAKER_CPU_IDLE, "%u",
		    core_state());
}

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc < 3 || argc > 4 || (argc == 4 && strcmp(argv[3], "endless"))) {
		fputs("usage: gap PAYLOADS CPU [endless]\n", stderr);
		return 2;
	}
	detached_begin(argv[1], atoi(argv[2]));
	if (argc == 4) {
		try_endless();
		return trial_status();
	}
	try_answered();
	try_alone();
	for (i = 0; i < sizeof(breaches) / sizeof(breaches[0]); i++)
		try_breach(&breaches[i]);
	try_closed();
	try_flags();
	printf("    %u payloads broke their contract\n", i + 1);
	printf("    %u vCPUs were detached\n", *detached);
	return trial_status();
}
