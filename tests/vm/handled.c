// SPDX-License-Identifier: GPL-2.0-only
/* Compares the exits that KVM handled of two vCPUs; see handled.h. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "modules/exit_log.h"
#include "handled.h"
#include "trial.h"

/* A word of the control block, and the bits of it that are the host's affair */
struct host_word {
	uint32_t key;
	uint64_t bits;
	const char *why;
};

#define ALL		(~0ULL)
#define VMCB_INT_STATE	0x068	/* bit 0: interrupt shadow */

static const struct host_word vmcb_host[] = {
	{ 0x038, 0xffffULL << 48, "how many PAUSEs make an exit: KVM raises it with each" },
	{ 0x040, ALL,		"address of the I/O permission map" },
	{ 0x048, ALL,		"address of the MSR permission map" },
	{ 0x050, ALL,		"TSC offset: two VMs do not start at once" },
	{ 0x058, 0xffffffff,	"ASID" },
	{ 0x0b0, ALL,		"root of the nested page tables" },
	{ 0x0c0, 1 << 0 | 1 << 6, "whether KVM has switched debug registers since the last entry" },
	{ 0x0e0, ALL,		"address of the APIC's page" },
	{ 0x0f0, ALL,		"address of AVIC's logical table" },
	{ 0x0f8, ALL,		"address of AVIC's physical table" },
	{ 0x568, ALL,		"DR6, which KVM loads lazily; differ.c compares it" },
	{ 0, 0, NULL },
};

static const struct host_word vmcs_host[] = {
	{ 0x0000, ALL,		"VPID" },
	{ 0x2000, ALL,		"address of an I/O bitmap" },
	{ 0x2002, ALL,		"address of an I/O bitmap" },
	{ 0x2004, ALL,		"address of the MSR bitmap" },
	{ 0x2006, ALL,		"address of a list of MSRs" },
	{ 0x2008, ALL,		"address of a list of MSRs" },
	{ 0x200a, ALL,		"address of a list of MSRs" },
	{ 0x200e, ALL,		"address of the page-modification log" },
	{ 0x2010, ALL,		"TSC offset: two VMs do not start at once" },
	{ 0x2012, ALL,		"address of the APIC's page" },
	{ 0x2014, ALL,		"address of the APIC-access page" },
	{ 0x2016, ALL,		"address of the posted-interrupt descriptor" },
	{ 0x201a, ALL,		"root of the nested page tables" },
	{ 0x2026, ALL,		"address of the VMREAD bitmap" },
	{ 0x2028, ALL,		"address of the VMWRITE bitmap" },
	{ 0x0812, ALL,		"how full the page-modification log is" },
	{ 0x2400, ALL,		"guest-physical address, of the last EPT violation" },
	{ 0x640a, ALL,		"linear address, of the last EPT violation" },
	{ 0x4000, 1 << 6,	"whether the preemption timer runs" },
	{ 0x4022, ALL,		"how long a loop of PAUSE may take: KVM raises it with each" },
	{ 0x482e, ALL,		"preemption timer" },
	{ 0, 0, NULL },
};

/*
 * Words that say of an event by bit 31 whether there is one: without it hardware leaves
 * there what it likes (APM Vol. 2, 15.7.2 and 15.20; SDM Vol. 3, 25.9.2).  QEMU's SVM leaves
 * the last event that was injected until software writes the field.
 */
static const uint32_t vmcb_events[] = { 0x088, 0x0a8, 0 };
static const uint32_t vmcs_events[] = { 0x4016, 0x4404, 0x4408, 0 };

static struct exit_log_exit log_of[2][EXIT_LOG_EXITS];

static unsigned int take(struct handled *handled, int vcpu, struct exit_log_exit *to,
			 bool *intel)
{
	struct exit_log_take arg = { .vcpu = vcpu, .to = (uintptr_t)to };

	if (ioctl(handled->device, EXIT_LOG_TAKE, &arg))
		die("EXIT_LOG_TAKE");
	if (arg.lost) {
		printf("    %u exits were not logged\n", arg.lost);
		die("the exit log is too short");
	}
	*intel = arg.intel;
	return arg.exits;
}

void handled_start(struct handled *handled, int stock, int taken)
{
	memset(handled, 0, sizeof(*handled));
	handled->stock = stock;
	handled->taken = taken;
	handled->device = open("/dev/exit_log", O_RDWR | O_CLOEXEC);
	if (handled->device < 0)
		die("/dev/exit_log");
	handled_forget(handled);
}

void handled_end(struct handled *handled)
{
	close(handled->device);
}

void handled_forget(struct handled *handled)
{
	bool intel;

	take(handled, handled->stock, log_of[0], &intel);
	take(handled, handled->taken, log_of[1], &intel);
}

/*
 * Interrupts and NMIs of the host, its timer, pages that it has not mapped yet.  And debug
 * registers: KVM loads them at the first access after it has handled any exit.
 */
static bool of_the_host(const struct exit_log_exit *exit, bool intel)
{
	if (!intel)
		return (exit->code >= 0x20 && exit->code <= 0x3f) || exit->code == 0x60 ||
		       exit->code == 0x61 || exit->code == 0x62 || exit->code == 0x400;
	return exit->code == 1 || exit->code == 29 || exit->code == 48 || exit->code == 49 ||
	       exit->code == 52;
}

/* CPUID, RDMSR, WRMSR, PAUSE, XSETBV; INVD does not come here in either */
static bool may_be_answered(const struct exit_log_exit *exit, bool intel)
{
	if (!intel)
		return exit->code == 0x72 || exit->code == 0x7c || exit->code == 0x77 ||
		       exit->code == 0x8d;
	return exit->code == 10 || exit->code == 31 || exit->code == 32 || exit->code == 40 ||
	       exit->code == 55;
}

static bool same_place(const struct exit_log_exit *a, const struct exit_log_exit *b)
{
	return a->code == b->code && a->rip == b->rip &&
	       !memcmp(a->regs, b->regs, sizeof(a->regs));
}

/* What counts of a word */
static uint64_t guest_value(const struct exit_log_word *word, bool intel)
{
	const struct host_word *host = intel ? vmcs_host : vmcb_host;
	const uint32_t *event = intel ? vmcs_events : vmcb_events;

	for (; *event; event++)
		if (*event == word->key && !(word->value >> 31 & 1))
			return 0;
	for (; host->why; host++)
		if (host->key == word->key)
			return word->value & ~host->bits;
	return word->value;
}

/* Both in the order of their keys; a word that is 0 is not there */
static bool same_words(struct handled *handled, const struct exit_log_exit *a,
		       const struct exit_log_exit *b, bool intel, char *why, size_t size)
{
	uint32_t i = 0, j = 0, key;
	uint64_t x, y;

	while (i < a->words || j < b->words) {
		key = i < a->words ? a->word[i].key : UINT32_MAX;
		if (j < b->words && b->word[j].key < key)
			key = b->word[j].key;
		x = i < a->words && a->word[i].key == key ? guest_value(&a->word[i++], intel) : 0;
		y = j < b->words && b->word[j].key == key ? guest_value(&b->word[j++], intel) : 0;
		if (x == y)
			continue;
		handled->shadow_lost = !intel && key == VMCB_INT_STATE && (x ^ y) == 1;
		snprintf(why, size, "control blocks at exit %#llx, RIP %#llx differ in word %#x: %#llx, %#llx with a caretaker",
			 (unsigned long long)a->code, (unsigned long long)a->rip, key,
			 (unsigned long long)x, (unsigned long long)y);
		return false;
	}
	return true;
}

static bool same_exits(struct handled *handled, const struct exit_log_exit *a,
		       const struct exit_log_exit *b, bool intel, char *why, size_t size)
{
	if (a->code != b->code || a->rip != b->rip) {
		snprintf(why, size, "exit %#llx at RIP %#llx, with a caretaker %#llx at %#llx",
			 (unsigned long long)a->code, (unsigned long long)a->rip,
			 (unsigned long long)b->code, (unsigned long long)b->rip);
		return false;
	}
	if (!same_place(a, b) || a->cr2 != b->cr2) {
		snprintf(why, size, "registers at exit %#llx, RIP %#llx differ",
			 (unsigned long long)a->code, (unsigned long long)a->rip);
		return false;
	}
	return same_words(handled, a, b, intel, why, size);
}

/* The next exit that is the program's doing */
static unsigned int next(const struct exit_log_exit *log, unsigned int i, unsigned int count,
			 bool intel)
{
	while (i < count && of_the_host(&log[i], intel))
		i++;
	return i;
}

bool handled_same(struct handled *handled, char *why, size_t size)
{
	struct exit_log_exit *stock = log_of[0], *taken = log_of[1];
	bool intel;
	unsigned int stock_count = take(handled, handled->stock, stock, &intel);
	unsigned int taken_count = take(handled, handled->taken, taken, &intel);
	unsigned int i = next(stock, 0, stock_count, intel);
	unsigned int j = next(taken, 0, taken_count, intel);

	handled->shadow_lost = false;
	/* The last word of each is the guest's: a segment, or state of the CPU */
	if (handled->flip && j < taken_count)
		taken[j].word[taken[j].words - 1].value ^= 1ULL << 40;

	while (j < taken_count) {
		while (i < stock_count && may_be_answered(&stock[i], intel) &&
		       !same_place(&stock[i], &taken[j])) {
			handled->answered++;
			i = next(stock, i + 1, stock_count, intel);
		}
		if (i == stock_count) {
			snprintf(why, size, "exit %#llx at RIP %#llx with a caretaker alone",
				 (unsigned long long)taken[j].code,
				 (unsigned long long)taken[j].rip);
			return false;
		}
		if (!same_exits(handled, &stock[i], &taken[j], intel, why, size))
			return false;
		handled->compared++;
		handled->words += taken[j].words;
		i = next(stock, i + 1, stock_count, intel);
		j = next(taken, j + 1, taken_count, intel);
	}
	for (; i < stock_count; i = next(stock, i + 1, stock_count, intel)) {
		if (!may_be_answered(&stock[i], intel)) {
			snprintf(why, size, "exit %#llx at RIP %#llx without a caretaker alone",
				 (unsigned long long)stock[i].code,
				 (unsigned long long)stock[i].rip);
			return false;
		}
		handled->answered++;
	}
	return true;
}
