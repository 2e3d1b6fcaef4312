// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts that vCPUs send each other, and that devices send them, without KVM.
 *
 *   gap_ipi PAYLOADS CPU CPU [PASSES]
 *
 * Each vCPU has a core.  What is sent arrives once, whether both are detached, one, or none, and
 * whichever is attached in between.  Exit status: as of trial_status().
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <x86intrin.h>

#include "bare.h"
#include "detached.h"
#include "pair.h"
#include "trial.h"

#define TICKS_PER_S	200
#define EXIT_MSR	0x7c	/* APM Vol. 2, appendix C */
#define MSI_LEVEL	0xc000	/* asserted, by level: SDM Vol. 3 12.11.2 */

static struct pair guest;

static volatile struct pair_vcpu *of(unsigned int vcpu)
{
	return pair_vcpu(&guest, vcpu);
}

static void set_modes(uint32_t first, uint32_t second)
{
	pair_set_mode(&guest, 0, first);
	pair_set_mode(&guest, 1, second);
}

static int goes(unsigned int vcpu)
{
	return pair_detach(&guest, vcpu);
}

static int both_go(void)
{
	return goes(0) ?: goes(1);
}

static int comes(unsigned int vcpu)
{
	return pair_attach(&guest, vcpu);
}

static int both_come(void)
{
	return comes(0) ?: comes(1);
}

static uint32_t state(unsigned int vcpu)
{
	return state_of(pair_fd(&guest, vcpu)).state;
}

/* Run by KVM for some seconds at most: it comes that far */
static void report_runs(const char *name, unsigned int mask, const volatile uint32_t *what,
			uint32_t by)
{
	uint32_t from = *what;
	unsigned int i;
	int failed = 0;

	for (i = 0; i < 20 && *what - from < by && !failed; i++)
		failed = pair_run(&guest, mask, 200000);
	report_that(name, !failed && *what - from >= by, "%u of %u", *what - from, by);
}

/* They begin no round any more; all that is under way comes to its end, if somebody runs them */
static void report_none_lost(const char *name)
{
	unsigned int i;
	int same;

	set_modes(PAIR_IDLE, PAIR_IDLE);
	for (i = 0; i < 2; i++)
		reaches(&of(i)->answers, of(i)->sent);
	usleep(10000);
	same = of(0)->sent == of(0)->answers && of(1)->sent == of(1)->answers &&
	       of(0)->sent == of(1)->calls && of(1)->sent == of(0)->calls &&
	       !of(0)->wrong && !of(1)->wrong;
	report_that(name, same, "sent %u, %u; came %u, %u; answers %u, %u; wrong %u, %u",
		    of(0)->sent, of(1)->sent, of(1)->calls, of(0)->calls, of(0)->answers,
		    of(1)->answers, of(0)->wrong, of(1)->wrong);
}

/* A host that is slow to look, or to run them, is no fault of the guest's */
static void report_ticks(const char *name, const struct ticks_look from[2])
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct ticks_look to = ticks_look(&of(i)->ticks, of(i)->period);
		int32_t periods = (to.tsc - from[i].tsc) / of(i)->period;
		int32_t ticks = to.ticks - from[i].ticks;
		char text[64];

		snprintf(text, sizeof(text), "%s-vcpu-%u", name, i);
		report_that(text, abs(ticks - periods) <= 2 + periods / 20 && !of(i)->early,
			    "%d ticks in %d periods, %u early", ticks, periods, of(i)->early);
		printf("    %s: %d ticks in %d periods\n", text, ticks, periods);
	}
}

/* --- Both are detached ----------------------------------------------------- */

static void try_mode(const char *name, uint32_t first, uint32_t second)
{
	char text[64];
	unsigned int i;

	set_modes(first, second);
	for (i = 0; i < 2; i++) {
		snprintf(text, sizeof(text), "both/%s-vcpu-%u", name, i);
		report_that(text, grows(&of(i)->answers, 500), "%u of %u; states %u, %u",
			    of(i)->answers, of(i)->sent, state(0), state(1));
	}
	snprintf(text, sizeof(text), "both/%s-none-lost", name);
	report_none_lost(text);
}

static void try_both(void)
{
	try_mode("halts", PAIR_HALTS, PAIR_HALTS);
	try_mode("looks", PAIR_LOOKS, PAIR_LOOKS);
	try_mode("halts-and-looks", PAIR_HALTS, PAIR_LOOKS);
	try_mode("to-all", PAIR_TO_ALL, PAIR_TO_ALL);
	report_that("both/state", state(0) == KVM_CARETAKER_VCPU_RUNNING &&
		    state(1) == KVM_CARETAKER_VCPU_RUNNING, "%u, %u", state(0), state(1));
}

/* A vCPU that was late has its ticks behind each other, until it is not any more */
static void catch_up(unsigned int vcpu)
{
	unsigned int i;

	for (i = 0; i < 200; i++) {
		struct ticks_look from = ticks_look(&of(vcpu)->ticks, of(vcpu)->period), to;

		usleep(50000);
		to = ticks_look(&of(vcpu)->ticks, of(vcpu)->period);
		if (to.ticks - from.ticks <= (to.tsc - from.tsc) / of(vcpu)->period + 1)
			return;
	}
}

/* Their timers as well.  Those would hide an interrupt that wakes nobody: so it is another guest */
static void try_ticks(void)
{
	struct ticks_look from[2];
	unsigned int i;

	set_modes(PAIR_HALTS, PAIR_LOOKS);
	reaches(&of(0)->ticks, of(0)->ticks + 2);
	for (i = 0; i < 2; i++)
		catch_up(i);
	for (i = 0; i < 2; i++)
		from[i] = ticks_look(&of(i)->ticks, of(i)->period);
	usleep(1000000);
	report_ticks("ticks/come", from);
	report_none_lost("ticks/none-lost");
}

/* --- Devices --------------------------------------------------------------- */

static struct kvm_msi msi(unsigned int vcpu, uint32_t data)
{
	return (struct kvm_msi){ .address_lo = 0xfee00000 | vcpu << 12, .data = data };
}

static void try_msi(unsigned int vcpu)
{
	struct kvm_msi sent = msi(vcpu, PAIR_KNOCK);
	uint32_t from = of(vcpu)->knocks;
	char name[32];
	int i, ret = 1;

	for (i = 0; i < 300 && ret == 1 && reaches(&of(vcpu)->knocks, from + i); i++)
		ret = ioctl(guest.ticker.vm, KVM_SIGNAL_MSI, &sent);
	reaches(&of(vcpu)->knocks, from + 300);
	usleep(10000);
	snprintf(name, sizeof(name), "device/msi-vcpu-%u", vcpu);
	report_that(name, ret == 1 && of(vcpu)->knocks == from + 300, "%u of 300, %s",
		    of(vcpu)->knocks - from, ret == 1 ? "0" : error_name(errno));
}

static void route(uint32_t gsi, unsigned int vcpu)
{
	struct kvm_msi to = msi(vcpu, PAIR_KNOCK);
	struct {
		struct kvm_irq_routing head;
		struct kvm_irq_routing_entry entry;
	} routing = {
		.head.nr = 1,
		.entry = { .gsi = gsi, .type = KVM_IRQ_ROUTING_MSI,
			   .u.msi = { .address_lo = to.address_lo, .data = to.data } },
	};

	if (ioctl(guest.ticker.vm, KVM_SET_GSI_ROUTING, &routing))
		die("KVM_SET_GSI_ROUTING");
}

/* By whoever has the eventfd, without an ioctl */
static void try_irqfd(void)
{
	struct kvm_irqfd irqfd = { .gsi = 5, .fd = eventfd(0, EFD_CLOEXEC) };
	uint32_t from = of(1)->knocks;
	int i, error;

	route(irqfd.gsi, 1);
	error = ioctl(guest.ticker.vm, KVM_IRQFD, &irqfd) ? errno : 0;
	for (i = 0; i < 300 && !error && reaches(&of(1)->knocks, from + i); i++)
		error = eventfd_write(irqfd.fd, 1) ? errno : 0;
	reaches(&of(1)->knocks, from + 300);
	usleep(10000);
	report_that("device/irqfd", !error && of(1)->knocks == from + 300, "%u of 300, %s",
		    of(1)->knocks - from, error_name(error));
	irqfd.flags = KVM_IRQFD_FLAG_DEASSIGN;
	ioctl(guest.ticker.vm, KVM_IRQFD, &irqfd);
	close(irqfd.fd);
}

/* A device waits for its EOI: it arrives, and then the guest waits for KVM */
static void try_level(void)
{
	struct kvm_msi sent = msi(0, MSI_LEVEL | PAIR_KNOCK);
	uint32_t from = of(0)->knocks;
	struct kvm_caretaker_vcpu_op now;

	ioctl(guest.ticker.vm, KVM_SIGNAL_MSI, &sent);
	report_that("level/arrives", reaches(&of(0)->knocks, from + 1), "%u", of(0)->knocks - from);
	usleep(10000);
	now = state_of(pair_fd(&guest, 0));
	report_that("level/eoi-waits", now.state == KVM_CARETAKER_VCPU_BLOCKED &&
		    now.exit_reason == EXIT_MSR, "state %u, exit %#llx", now.state, now.exit_reason);
	report("level/attach", comes(0), "0");
	report("level/detach", goes(0), "0");
	report_that("level/once", of(0)->knocks == from + 1, "%u", of(0)->knocks - from);
}

/* --- One is attached ------------------------------------------------------- */

/*
 * It sends to the other, which is attached: only KVM knows what becomes of that.  It does not try
 * again
 */
static void report_waits(const char *name)
{
	struct kvm_caretaker_vcpu_op now;
	unsigned int i;

	for (i = 0; i < 2000 && state(0) != KVM_CARETAKER_VCPU_BLOCKED; i++)
		usleep(1000);
	usleep(50000);
	now = state_of(pair_fd(&guest, 0));
	report_that(name, now.state == KVM_CARETAKER_VCPU_BLOCKED &&
		    now.exit_reason == EXIT_MSR && now.blocked_ns >= 45000000,
		    "state %u, exit %#llx, for %llu ns", now.state, now.exit_reason,
		    now.blocked_ns);
}

/* KVM has what it sent last, which it has sent without KVM */
static void report_icr(const char *name, unsigned int vcpu, uint32_t icr, uint32_t to)
{
	struct kvm_lapic_state lapic;
	uint32_t have[2];

	if (ioctl(pair_fd(&guest, vcpu), KVM_GET_LAPIC, &lapic))
		die("KVM_GET_LAPIC");
	memcpy(&have[0], lapic.regs + 0x300, 4);
	memcpy(&have[1], lapic.regs + 0x310, 4);
	report_that(name, have[0] == icr && have[1] == to, "%#x to %#x", have[0], have[1]);
}

static void try_mixed(void)
{
	uint32_t from;

	report("mixed/attach", comes(1), "0");
	set_modes(PAIR_IDLE, PAIR_KNOCKS);
	report_runs("mixed/to-the-detached", 2, &of(1)->rounds, 50);
	report_that("mixed/still-runs", state(0) == KVM_CARETAKER_VCPU_RUNNING, "%u", state(0));

	set_modes(PAIR_KNOCKS, PAIR_IDLE);
	report_waits("mixed/to-the-attached-waits");
	from = of(1)->knocks;
	report("mixed/detach-the-other", goes(1), "0");
	report_that("mixed/goes-on", grows(&of(1)->knocks, 50) &&
		    state(0) == KVM_CARETAKER_VCPU_RUNNING, "%u knocks, state %u",
		    of(1)->knocks - from, state(0));

	report("mixed/attach-again", comes(1), "0");
	/* What had been sent by then */
	report_that("mixed/runs-again", !pair_run(&guest, 2, 20000), "KVM_RUN");
	report_waits("mixed/waits-again");
	report("mixed/attach-too", comes(0), "0");
	report_icr("mixed/icr", 0, 0x4000 | PAIR_KNOCK, 1);
	report_runs("mixed/arrives-then", 3, &of(1)->knocks, 50);
	set_modes(PAIR_IDLE, PAIR_IDLE);
	report("mixed/detach", both_go(), "0");
}

/* --- To and fro ------------------------------------------------------------ */

/* One comes and goes while the other sends to it, or both do */
static int pass(unsigned int i)
{
	unsigned int one = rand() % 2;
	int error;

	set_modes(i % 3 ? PAIR_HALTS : PAIR_LOOKS, i % 2 ? PAIR_HALTS : PAIR_LOOKS);
	usleep(rand() % 5000);
	if (i % 4 == 3) {
		error = both_come() ?: pair_run(&guest, 3, 5000);
		return error ?: both_go();
	}
	/* What the other has sent meanwhile has waited for this */
	return comes(one) ?: goes(one);
}

static void try_passes(unsigned int passes)
{
	uint32_t first = of(0)->sent, second = of(1)->sent;
	unsigned int i;
	int error = 0;

	for (i = 0; i < passes && !error; i++)
		error = pass(i);
	report_that("passes/all", !error, "pass %u: %s", i, error_name(error));
	report_none_lost("passes/none-lost");
	printf("    %u passes: %u and %u interrupts, each answered\n", passes,
	       of(0)->sent - first, of(1)->sent - second);
}

/* A timer of the APIC that counts stays KVM's, and its interrupts are posted as any */
static void try_counting(void)
{
	set_modes(PAIR_IDLE, PAIR_IDLE);
	report_that("counting/comes", grows(&of(0)->ticks, 100), "%u ticks", of(0)->ticks);
	report_that("counting/state", state(0) == KVM_CARETAKER_VCPU_RUNNING, "%u", state(0));
}

/* A kick for which it waits without interrupts, and which comes while it is detached, is not forgotten */
static void try_kick(void)
{
	unsigned int i;

	/* Detached while it is halted */
	set_modes(PAIR_IDLE, PAIR_IDLE);
	usleep(10000);
	report("kick/attach", both_come(), "0");
	report("kick/detach", goes(1), "0");
	pair_set_mode(&guest, 1, PAIR_SLEEPS);
	for (i = 0; i < 2000 && state(1) != KVM_CARETAKER_VCPU_BLOCKED; i++)
		usleep(1000);
	report_that("kick/waits", state(1) == KVM_CARETAKER_VCPU_BLOCKED, "state %u", state(1));
	of(0)->rounds = of(1)->rounds = 0;
	pair_set_mode(&guest, 0, PAIR_KICKS);
	report_runs("kick/by-the-other", 1, &of(0)->rounds, 1);
	report("kick/attach-it", comes(1), "0");
	report_runs("kick/wakes", 2, &of(1)->rounds, 1);
	pair_set_mode(&guest, 1, PAIR_IDLE);
	pair_set_mode(&guest, 0, PAIR_KICKS);
	report_runs("kick/and-again", 3, &of(0)->rounds, 1);
}

static void guest_begin(const char *name, uint32_t period, uint32_t counts)
{
	char text[64];

	pair_new(&guest, period);
	of(0)->counts = counts;
	ticker_install(&guest.ticker, payloads);
	set_modes(PAIR_HALTS, PAIR_HALTS);
	snprintf(text, sizeof(text), "%s/runs", name);
	report_runs(text, 3, &of(0)->answers, 10);
	snprintf(text, sizeof(text), "%s/prepare", name);
	report(text, vm_prepare(guest.ticker.vm, HANDOVER), "0");
	snprintf(text, sizeof(text), "%s/detach", name);
	report(text, both_go(), "0");
}

static void guest_end(const char *name)
{
	char text[64];

	snprintf(text, sizeof(text), "%s/attach", name);
	report(text, both_come(), "0");
	snprintf(text, sizeof(text), "%s/release", name);
	report(text, vm_release(guest.ticker.vm), "0");
	pair_close(&guest);
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		fputs("usage: gap_ipi PAYLOADS CPU CPU [PASSES]\n", stderr);
		return 2;
	}
	detached_begin(argv[1], atoi(argv[2]));
	guest.core[0] = core;
	core_take(atoi(argv[3]));
	guest.core[1] = core;
	guest_begin("guest", 0, 0);
	try_both();
	try_msi(0);
	try_msi(1);
	try_irqfd();
	try_level();
	try_mixed();
	try_passes(argc > 4 ? atoi(argv[4]) : 50);
	guest_end("guest");
	guest_begin("ticking", bare_tsc_hz() / TICKS_PER_S, 0);
	try_ticks();
	guest_end("ticking");
	guest_begin("counting", 0, 1000000000 / TICKS_PER_S);
	try_counting();
	guest_end("counting");
	guest_begin("kick", 0, 0);
	try_kick();
	report("kick/release", vm_release(guest.ticker.vm), "0");
	pair_close(&guest);
	printf("    %u vCPUs were detached\n", *detached);
	return trial_status();
}
