// SPDX-License-Identifier: GPL-2.0-only
/*
 * Time and interrupts of a guest that runs on a core of its own, without KVM.
 *
 *   gap_time PAYLOADS CPU
 *
 * Its timer ticks there, it halts and wakes, and what it sends to itself arrives; no tick is lost
 * and none comes twice, whichever way it goes in between.  Exit status: as of trial_status().
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <x86intrin.h>

#include "bare.h"
#include "detached.h"
#include "sleeper.h"
#include "trial.h"

#define TICKS_PER_S	500
#define PASSES		50

static int is_still(const volatile uint32_t *what)
{
	uint32_t from = *what;

	usleep(50000);
	return *what == from;
}

static int ticks_under_kvm(struct ticker *ticker)
{
	volatile struct sleeper *s = sleeper_of(ticker);
	uint32_t from = s->ticks;
	unsigned int i;

	for (i = 0; i < 200 && s->ticks - from < 4; i++) {
		if (run_silently(ticker))
			return 0;
	}
	return s->ticks - from >= 4;
}

static struct ticks_look look(const struct ticker *ticker)
{
	volatile struct sleeper *s = sleeper_of(ticker);
	unsigned int i;

	/* What it has missed while nobody ran it comes first */
	for (i = 0; i < 1000 && grows(&s->ticks, 1) && s->behind > s->period; i++)
		;
	return ticks_look(&s->ticks, s->period);
}

/* A host that is slow to look, or to wake its guest, is no fault of the guest's */
static void report_ticks(const char *name, const struct ticker *ticker, const struct ticks_look *from)
{
	volatile struct sleeper *s = sleeper_of(ticker);
	struct ticks_look to = look(ticker);
	int32_t ticks = to.ticks - from->ticks;
	int32_t periods = (to.tsc - from->tsc) / s->period;

	report_that(name, abs(ticks - periods) <= 2 + periods / 50, "%d ticks in %d periods",
		    ticks, periods);
	printf("    %s: %d ticks in %d periods, the latest %u%% of one behind\n", name, ticks,
	       periods, (uint32_t)(s->latest * 100ULL / s->period));
}

static void report_clean(const char *name, const struct ticker *ticker)
{
	volatile struct sleeper *s = sleeper_of(ticker);

	report_that(name, !s->early && !s->came && !s->wrong, "%u early, %u in spite of TPR, %u wrong",
		    s->early, s->came, s->wrong);
}

/* Each of its ways, where there is no KVM */
static void try_modes(const struct ticker *ticker)
{
	static const struct {
		const char *name;
		uint32_t mode;
	} modes[] = {
		{ "busy", SLEEPER_BUSY }, { "windows", SLEEPER_WINDOWS },
		{ "priority", SLEEPER_PRIORITY }, { "halts", SLEEPER_HALTS },
	};
	volatile struct sleeper *s = sleeper_of(ticker);
	struct ticks_look from;
	char name[64];
	unsigned int i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		s->mode = modes[i].mode;
		grows(&s->ticks, 2);
		from = look(ticker);
		snprintf(name, sizeof(name), "time/%s-goes-on", modes[i].name);
		report_that(name, grows(modes[i].mode ? &s->rounds : &s->wakes, 20), "%u rounds",
			    s->rounds);
		usleep(500000);
		snprintf(name, sizeof(name), "time/%s-ticks", modes[i].name);
		report_ticks(name, ticker, &from);
	}
	s->mode = SLEEPER_ITSELF;
	report_that("time/itself", grows(&s->from_itself, 1000), "%u", s->from_itself);
	s->mode = SLEEPER_HALTS;
	grows(&s->ticks, 2);
}

/* Its timer runs when it goes there, and nothing there tells the core but KVM */
static void try_busy(struct ticker *ticker)
{
	volatile struct sleeper *s = sleeper_of(ticker);

	report("busy/attach", attach(ticker->vcpu), "0");
	s->mode = SLEEPER_BUSY;
	report_that("busy/attached", ticks_under_kvm(ticker), "%u ticks", s->ticks);
	report("busy/detach", detach(ticker), "0");
	report_that("busy/ticks", grows(&s->ticks, 20), "%u ticks", s->ticks);
	s->mode = SLEEPER_HALTS;
}

/* To and fro: a tick that was due at either place, and an HLT that began at the other */
static void try_passes(struct ticker *ticker)
{
	volatile struct sleeper *s = sleeper_of(ticker);
	struct ticks_look from = look(ticker);
	unsigned int i, error = 0;

	for (i = 0; i < PASSES && !error; i++) {
		s->mode = i % 3 == 2 ? SLEEPER_BUSY : SLEEPER_HALTS;
		error = attach(ticker->vcpu) ?: detach(ticker);
		usleep(rand() % 5000);
	}
	s->mode = SLEEPER_HALTS;
	report_that("time/passes", !error, "pass %u: %s", i, error_name(error));
	report_ticks("time/passes-ticks", ticker, &from);
	report_that("time/wakes-are-ticks", s->wakes <= s->ticks + s->from_itself,
		    "%u wakes, %u ticks", s->wakes, s->ticks);
}

static uint32_t period;

static void sleeping_guest(struct ticker *ticker)
{
	sleeper_new(ticker, period);
	ticker_install(ticker, payloads);
	report_that("time/attached", ticks_under_kvm(ticker), "%u ticks", sleeper_of(ticker)->ticks);
}

/* Its VMM is killed, and another one has it */
static void try_alone(void)
{
	struct ticker kept;
	struct ticks_look from;
	int pid, status;

	pid = detached_vmm(&kept, sleeping_guest, 0);
	kill(pid, SIGKILL);
	status = wait_for(pid);
	report_that("alone/vmm-is-killed", status == 256 + SIGKILL, "status %d", status);
	from = look(&kept);
	usleep(1000000);
	report_ticks("alone/ticks", &kept, &from);
	report("alone/adopt", ticker_adopt(&kept), "0");
	report("alone/attach", attach(kept.vcpu), "0");
	report_that("alone/adopted-ticks", ticks_under_kvm(&kept), "%u ticks",
		    sleeper_of(&kept)->ticks);
	report_clean("alone/clean", &kept);
	ticker_close(&kept);
}

int main(int argc, char **argv)
{
	volatile struct sleeper *s;
	struct ticker ticker;

	if (argc != 3) {
		fputs("usage: gap_time PAYLOADS CPU\n", stderr);
		return 2;
	}
	detached_begin(argv[1], atoi(argv[2]));
	period = bare_tsc_hz() / TICKS_PER_S;
	sleeping_guest(&ticker);
	s = sleeper_of(&ticker);
	report("time/prepare", vm_prepare(ticker.vm, HANDOVER), "0");
	report("time/detach", detach(&ticker), "0");
	report_that("time/ticks-without-kvm", grows(&s->ticks, 20), "%u ticks", s->ticks);
	report_that("time/state", state_of(ticker.vcpu).state == KVM_CARETAKER_VCPU_RUNNING, "%u",
		    state_of(ticker.vcpu).state);
	try_busy(&ticker);
	try_modes(&ticker);
	report_clean("time/clean", &ticker);
	try_passes(&ticker);
	report("time/attach", attach(ticker.vcpu), "0");
	report_that("time/stands-still", is_still(&s->ticks), "%u ticks", s->ticks);
	report_that("time/attached-again", ticks_under_kvm(&ticker), "%u ticks", s->ticks);
	report_clean("time/clean-at-the-end", &ticker);
	report("time/release", vm_release(ticker.vm), "0");
	ticker_close(&ticker);
	try_alone();
	printf("    %u vCPUs were detached\n", *detached);
	return trial_status();
}
