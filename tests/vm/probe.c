// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can a caretaker reach, and what becomes of one that breaks its contract?
 *
 * A probing payload reads, writes and executes where this program tells it.  Each
 * attempt ends its VM with KVM_EXIT_INTERNAL_ERROR and never the host.  The list of
 * what is mapped is that of <asm/caretaker_payload.h>; every other page must fault, among them
 * pages that the host's own tables map, and the slots of other VMs that are alive.
 *
 *   probe [--shared] [--few | --loop] --payload FILE
 *
 * With --loop it is one attempt alone: a loop for ever, on Intel, which NMIs from elsewhere
 * are to end.
 *
 * docs/attacks.md has the list.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <asm/caretaker_payload.h>

#include "places.h"
#include "probe.h"
#include "seconds.h"
#include "slot_map.h"
#include "stats.h"

_Static_assert(PROBE_SWITCH == CARETAKER_SWITCH && PROBE_ENTRY_INTEL == CARETAKER_ENTRY_INTEL &&
	       PROBE_SWITCH_ROOT == offsetof(struct caretaker_switch, root) &&
	       PROBE_SWITCH_VMCB_PA == offsetof(struct caretaker_switch, vmcb_pa), "what the payload has");

#define NMI		2
#define PF		14
#define PF_PRESENT	1
#define PF_WRITE	2
#define PF_FETCH	16

static int kvm, payload;
static uint64_t flags;
static bool intel;
static unsigned int stride = 1;	/* of the pages that are not mapped try each so-manieth */
static size_t run_size;
static unsigned int passed, failed;

/* The whole of a slot; the image is that of the payload that was patched */
static struct slot_range map[] = {
	SLOT_FIXED_RANGES,
	{ "image", CARETAKER_IMAGE, 1, R, 0 },
	{ "image", CARETAKER_IMAGE + 0x1000, 1, R | X, 0 },
	{ "image", PROBE_CCB, 1, R | W, 0 },
};

static uint32_t protection(uint32_t offset)
{
	size_t i;

	for (i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (offset >= map[i].offset && offset < map[i].offset + map[i].pages * 4096)
			return map[i].prot;
	return 0;
}

struct answer {
	uint64_t fault, vector, rip, cr2, error;
	uint32_t exit_reason;
	bool dead;		/* and it says so in debugfs */
};

static void die(const char *what)
{
	fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
	exit(3);
}

struct guest {
	int vm, vcpu;
	struct kvm_run *run;
};

static struct guest guest_new(void)
{
	struct kvm_set_caretaker argument = { .size = sizeof(argument), .fd = payload,
					      .flags = flags, .vmm_id = "probe" };
	struct guest guest;

	guest.vm = ioctl(kvm, KVM_CREATE_VM, 0);
	guest.vcpu = guest.vm < 0 ? -1 : ioctl(guest.vm, KVM_CREATE_VCPU, 0);
	if (guest.vcpu < 0)
		die("a VM");
	if (ioctl(guest.vm, KVM_SET_CARETAKER, &argument))
		die("KVM_SET_CARETAKER");
	guest.run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, guest.vcpu, 0);
	if (guest.run == MAP_FAILED)
		die("mmap");
	return guest;
}

static void guest_end(struct guest *guest)
{
	munmap(guest->run, run_size);
	close(guest->vcpu);
	close(guest->vm);
}

/* What the caretaker of a vCPU is to do at its next entry; 0, or -1 and errno */
static int ask(int vcpu, unsigned int what, uint64_t where)
{
	struct kvm_regs regs = { .rdi = where, .rsi = what, .rflags = 2, .rip = 0xfff0 };

	return ioctl(vcpu, KVM_SET_REGS, &regs);
}

/* One entry of its caretaker */
static struct answer guest_run(struct guest *guest, unsigned int what, uint64_t where)
{
	struct kvm_run *run = guest->run;
	struct answer answer = { 0 };
	char state[16];

	if (ask(guest->vcpu, what, where))
		die("registers");
	if (ioctl(guest->vcpu, KVM_RUN, 0))
		die("KVM_RUN");
	if (run->exit_reason == KVM_EXIT_INTERNAL_ERROR &&
	    run->internal.suberror == KVM_INTERNAL_ERROR_CARETAKER && run->internal.ndata >= 5) {
		answer = (struct answer){
			.fault = run->internal.data[0], .vector = run->internal.data[1],
			.rip = run->internal.data[2], .cr2 = run->internal.data[3],
			.error = run->internal.data[4],
		};
	} else if (what < PROBE_RUN) {
		printf("# exit reason %u, suberror %#x\n", run->exit_reason,
		       run->internal.suberror);
	}
	answer.exit_reason = run->exit_reason;
	/* Dead for good: it must not enter its guest again */
	telemetry_state(guest->vm, 0, state);
	answer.dead = !strcmp(state, "broken") && ioctl(guest->vcpu, KVM_RUN, 0);
	if (answer.fault && !answer.dead)
		answer.fault = ~0ULL;
	return answer;
}

/* In a VM of its own */
static struct answer probe(unsigned int what, uint64_t where)
{
	struct guest guest = guest_new();
	struct answer answer = guest_run(&guest, what, where);

	guest_end(&guest);
	return answer;
}

static void remove_from(int vm)
{
	struct kvm_set_caretaker argument = { .size = sizeof(argument), .fd = -1,
					      .flags = KVM_CARETAKER_REMOVE, .vmm_id = "probe" };

	if (ioctl(vm, KVM_SET_CARETAKER, &argument))
		die("removal");
}

/*
 * KVM looks at the control block when a payload goes: the first entry is to be as any other,
 * with that exit reason, and what is returned is of the next, when the payload is removed.
 */
static struct answer probe_and_remove(unsigned int what, uint64_t where, uint32_t normal)
{
	struct guest guest = guest_new();
	struct answer answer = guest_run(&guest, what, where);

	if (!answer.fault && !answer.dead && answer.exit_reason == normal) {
		remove_from(guest.vm);
		answer = guest_run(&guest, PROBE_RUN, 0);
	} else {
		answer.fault = ~0ULL;
	}
	guest_end(&guest);
	return answer;
}

static void report(bool good, const char *name, const struct answer *a)
{
	if (good) {
		printf("ok %s\n", name);
		passed++;
		return;
	}
	printf("not ok %s: fault %#llx, vector %llu, error %#llx, RIP %#llx, CR2 %#llx\n", name,
	       (unsigned long long)a->fault, (unsigned long long)a->vector,
	       (unsigned long long)a->error, (unsigned long long)a->rip,
	       (unsigned long long)a->cr2);
	failed++;
}

static bool faulted(const struct answer *a, uint64_t address, uint64_t error)
{
	return a->fault == KVM_CARETAKER_FAULT_EXCEPTION && a->vector == PF && a->cr2 == address &&
	       a->error == error;
}

static bool allowed(const struct answer *a)
{
	return a->fault == KVM_CARETAKER_FAULT_EXCEPTION && a->vector == PROBE_YES;
}

static uint64_t slot_of(const struct answer *a)
{
	return a->rip & ~(uint64_t)(CARETAKER_SLOT_SIZE - 1);
}

/* Reads of every page: those of the map succeed, all others fault */
static void scan_reads(void)
{
	unsigned int mapped = 0, tried = 0, bad = 0;
	struct answer a, wrong = { 0 };
	uint32_t offset;
	char name[96];

	for (offset = 0; offset < CARETAKER_SLOT_SIZE; offset += 4096) {
		if (!protection(offset) && offset / 4096 % stride)
			continue;
		tried++;
		a = probe(PROBE_READ, offset);
		if (protection(offset))
			mapped++;
		if (protection(offset) ? allowed(&a) : faulted(&a, slot_of(&a) + offset, 0))
			continue;
		if (!bad++)
			wrong = a;
		printf("# offset %#x: vector %llu, error %#llx\n", offset,
		       (unsigned long long)a.vector, (unsigned long long)a.error);
	}
	snprintf(name, sizeof(name), "slot/only-%u-of-%u-pages-can-be-read", mapped, tried);
	report(!bad, name, &wrong);
}

/* W^X, and what is the kernel's is read-only */
static void scan_map(void)
{
	struct answer a;
	char name[96];
	uint64_t where;
	size_t i;

	for (i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
		if (!map[i].pages)
			continue;
		where = map[i].offset + (map[i].pages - 1) * 4096 + 8;
		a = probe(PROBE_WRITE, where);
		snprintf(name, sizeof(name), "slot/%#x-%s", map[i].offset,
			 map[i].prot & W ? "writable" : "read-only");
		report(map[i].prot & W ? allowed(&a) :
		       faulted(&a, slot_of(&a) + where, PF_PRESENT | PF_WRITE), name, &a);
		if (map[i].prot & X)
			continue;
		a = probe(PROBE_EXECUTE, where);
		snprintf(name, sizeof(name), "slot/%#x-not-executable", map[i].offset);
		/* RIP is where the fetch failed */
		report(faulted(&a, slot_of(&a) + where, PF_PRESENT | PF_FETCH), name, &a);
	}
}

static void far(const char *name, unsigned int what, uint64_t where, uint64_t error)
{
	struct answer a = probe(what | PROBE_FAR, where);

	report(faulted(&a, where, error), name, &a);
}

/* Addresses that some kernel or VMM has mapped; Documentation/arch/x86/x86_64/mm.rst */
static void scan_outside(void)
{
	static const struct {
		const char *name;
		uint64_t address;
	} place[] = {
		{ "outside/null", 0 },
		{ "outside/first-megabyte", 0x1000 },
		{ "outside/last-user-page", 0x7fffffffe000 },
		{ "outside/ldt", 0xffff880000000000 },
		{ "outside/direct-map", 0xffff888000001000 },
		{ "outside/vmalloc", 0xffffc90000000000 },
		{ "outside/vmemmap", 0xffffea0000000000 },
		{ "outside/cpu-entry-area", 0xfffffe0000000000 },
		{ "outside/cpu-entry-area-cpu0", 0xfffffe0000001000 },
		{ "outside/window-end", CARETAKER_WINDOW + CARETAKER_WINDOW_SIZE - 4096 },
		{ "outside/espfix", 0xffffff0000000000 },
		{ "outside/efi", 0xffffffef00000000 },
		{ "outside/kernel-text", 0xffffffff81000000 },
		{ "outside/modules", 0xffffffffc0000000 },
		{ "outside/fixmap", 0xffffffffff5ff000 },
		{ "outside/vsyscall", 0xffffffffff600000 },
	};
	size_t i;

	for (i = 0; i < sizeof(place) / sizeof(place[0]); i++)
		far(place[i].name, PROBE_READ, place[i].address, 0);
	far("outside/memory-of-the-vmm", PROBE_READ, (uintptr_t)map, 0);
	far("outside/memory-of-the-vmm-write", PROBE_WRITE, (uintptr_t)&flags, 0);
	far("outside/memory-of-the-vmm-execute", PROBE_EXECUTE, (uintptr_t)die, PF_FETCH);
}

/* Pages that the host maps, by its tables; shared, most of them can be read */
static void scan_host_maps(bool shared)
{
	static struct place place[128];
	size_t n = places_read(place, sizeof(place) / sizeof(place[0]), stride > 1 ? 1 : 4), i;
	unsigned int regions = 0, read = 0;
	struct answer a, wrong = { 0 };
	char name[64];
	bool good = true;

	for (i = 0; i < n; i++) {
		a = probe(PROBE_READ | PROBE_FAR, place[i].address);
		read += allowed(&a);
		if (!shared && !faulted(&a, place[i].address, 0)) {
			printf("# %#llx can be reached\n", (unsigned long long)place[i].address);
			good = false;
			wrong = a;
		}
		if (i + 1 < n && !strcmp(place[i].region, place[i + 1].region))
			continue;
		regions++;
		snprintf(name, sizeof(name), "host-maps/%.31s", place[i].region);
		if (!shared)
			report(good, name, &wrong);
		good = true;
	}
	printf("# %u pages of the host in %u regions, %u read\n", (unsigned int)n, regions, read);
	report(regions >= 4, "host-maps/regions", &wrong);
	/* What vmalloc() had may be gone by now */
	if (shared)
		report(read > n / 2, "host-maps/can-be-read", &a);
}

/* Where the slot of a vCPU is that has run, as the kernel says */
static uint64_t slot_by_audit(const struct guest *guest)
{
	FILE *file = vcpu_debugfs_open(guest->vm, 0, "caretaker-audit");
	unsigned long long slot;

	if (!file || fscanf(file, "slot 0x%llx", &slot) != 1)
		die("caretaker-audit");
	fclose(file);
	return slot;
}

/* The slot of another VM, which is alive and has run: not a page of it is mapped here */
static void scan_neighbour(void)
{
	struct guest neighbour = guest_new();
	struct answer normal = guest_run(&neighbour, PROBE_RUN, 0), a;
	uint64_t slot = slot_by_audit(&neighbour), where;
	struct answer wrong = { 0 };
	bool good = true;
	size_t i;

	for (i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
		if (!map[i].pages)
			continue;
		where = slot + map[i].offset;
		a = probe(PROBE_READ | PROBE_FAR, where);
		if (faulted(&a, where, 0) && slot_of(&a) != slot) {
			a = probe(PROBE_WRITE | PROBE_FAR, where);
			if (faulted(&a, where, 0))	/* it reads first */
				continue;
		}
		printf("# %s of the neighbour at %#llx\n", map[i].owner, (unsigned long long)where);
		good = false;
		wrong = a;
	}
	report(good, "neighbour/nothing-of-its-slot", &wrong);
	/* It was there all the while, and is where it was looked for */
	a = guest_run(&neighbour, PROBE_READ, PROBE_CCB);
	report(!normal.fault && allowed(&a) && slot_of(&a) == slot, "neighbour/is-alive", &a);
	guest_end(&neighbour);
}

/* What the switch page says of the kernel cannot be followed */
static void scan_pointers(void)
{
	static const struct {
		const char *name;
		unsigned int what;
		uint32_t offset;
		uint64_t error;
	} pointer[] = {
		{ "kernel/stack", PROBE_READ, offsetof(struct caretaker_switch, host_rsp), 0 },
		{ "kernel/stack-write", PROBE_WRITE, offsetof(struct caretaker_switch, host_rsp), 0 },
		{ "kernel/landing", PROBE_READ, offsetof(struct caretaker_switch, route), 0 },
		{ "kernel/landing-execute", PROBE_EXECUTE, offsetof(struct caretaker_switch, route),
		  PF_FETCH },
		{ "kernel/gdt", PROBE_READ, offsetof(struct caretaker_switch, host_gdtr) + 2, 0 },
		{ "kernel/idt", PROBE_READ, offsetof(struct caretaker_switch, host_idtr) + 2, 0 },
	};
	struct answer a;
	size_t i;

	for (i = 0; i < sizeof(pointer) / sizeof(pointer[0]); i++) {
		a = probe(pointer[i].what | PROBE_POINTER, CARETAKER_SWITCH + pointer[i].offset);
		report(a.fault == KVM_CARETAKER_FAULT_EXCEPTION && a.vector == PF &&
		       a.error == pointer[i].error && a.cr2 >> 63, pointer[i].name, &a);
	}
}

/* Machine checks that the host has handled, on all CPUs */
static unsigned long machine_checks(void)
{
	FILE *file = fopen("/proc/interrupts", "re");
	unsigned long sum = 0, one;
	char line[256];

	while (file && fgets(line, sizeof(line), file)) {
		char *at = strstr(line, "MCE:");
		int length;

		for (at = at ? at + 4 : NULL; at && sscanf(at, "%lu%n", &one, &length) == 1; at += length)
			sum += one;
	}
	if (file)
		fclose(file);
	return sum;
}

/*
 * On Intel the host's handler is to see it.  It finds none in the banks, so that it would
 * stop the machine if it were not told to say so only.
 */
static void try_machine_check(void)
{
	int fd = open("/sys/kernel/debug/mce/fake_panic", O_WRONLY | O_CLOEXEC);
	unsigned long before = machine_checks();
	struct answer a;

	if (fd < 0 || write(fd, "1", 1) != 1)
		die("fake_panic");
	close(fd);
	a = probe(PROBE_MACHINE_CHECK, 0);
	report(a.fault == KVM_CARETAKER_FAULT_EXCEPTION && a.vector == 18 &&
	       machine_checks() - before == intel, "contract/machine-check", &a);
}

#define SWITCH_PAGE	"/sys/module/switch_page/parameters/mcg_status"
/* What they have in the places of RIPV and EIPV, always: 1 and 0, 1 and 1 */
#define MSR_EFER		0xc0000080
#define MSR_VMX_EXIT_CTLS	0x483

/* One whose MCG_STATUS is another MSR; the slot says which from the first run on */
static struct answer machine_check_by(struct guest *guest, unsigned int msr)
{
	FILE *file = fopen(SWITCH_PAGE, "we");

	if (!file || fprintf(file, "%llx %x", (unsigned long long)slot_by_audit(guest), msr) < 0 ||
	    fclose(file))
		die(SWITCH_PAGE);
	return guest_run(guest, PROBE_MACHINE_CHECK, 0);
}

/*
 * On Intel one that damaged nothing here, because another CPU met the error, ends no VM; one
 * that this payload met does.  The host's handler sees both.
 */
static void try_bystander(void)
{
	struct guest guest = guest_new();
	struct answer a = guest_run(&guest, PROBE_RUN, 0);
	unsigned long before = machine_checks();

	a = machine_check_by(&guest, MSR_EFER);
	report(!a.fault && !a.dead && machine_checks() - before == 1,
	       "contract/machine-check-of-another-cpu", &a);
	a = machine_check_by(&guest, MSR_VMX_EXIT_CTLS);
	report(a.fault == KVM_CARETAKER_FAULT_EXCEPTION && a.vector == 18 &&
	       machine_checks() - before == 2, "contract/machine-check-of-its-own", &a);
	guest_end(&guest);
}

static bool looped(const struct answer *a)
{
	return a->fault == KVM_CARETAKER_FAULT_EXCEPTION && a->vector == NMI;
}

/*
 * On Intel NMIs end a loop: not the first, and not each second one, but one that comes a
 * second later.
 */
static void try_nmis(void)
{
	struct answer a = probe(PROBE_TWO_NMIS, 0);
	double begun;

	report(!a.fault && !a.dead, "contract/two-nmis-end-nothing", &a);
	begun = seconds();
	a = probe(PROBE_LOOP_OF_NMIS, 0);
	begun = seconds() - begun;
	printf("# ended after %.3f s\n", begun);
	report(looped(&a) && begun >= 1, "contract/loop-is-ended-by-nmis", &a);
}

/* Somebody sends NMIs meanwhile */
static int only_loop(void)
{
	struct answer a = probe(PROBE_LOOP, 0);

	report(looped(&a), "loop-is-ended", &a);
	return failed ? 1 : 0;
}

/* A broken contract is told apart, and ends the VM */
static void scan_contract(bool shared)
{
	struct answer normal = probe(PROBE_RUN, 0), a;

	if (intel) {
		a = probe(PROBE_FAIL, 0);
		report(a.fault == KVM_CARETAKER_FAULT_PROTOCOL, "contract/vmresume-that-fails", &a);
	} else {
		a = probe(PROBE_ROUTE, 0);
		report(a.fault == KVM_CARETAKER_FAULT_PROTOCOL, "contract/route-without-a-run", &a);
	}
	/* What only KVM may ask for.  Shared, it gets it, again and again. */
	if (!intel && !shared) {
		a = probe(PROBE_ENTER, 0);
		report(faulted(&a, slot_of(&a) + CARETAKER_SWITCH +
			       offsetof(struct caretaker_switch, host_rsp), PF_PRESENT | PF_WRITE),
		       "contract/trampoline-as-the-host", &a);
	}
	a = probe_and_remove(PROBE_SPOIL, 0, normal.exit_reason);
	report(a.fault == KVM_CARETAKER_FAULT_CCB, "contract/control-block-spoilt", &a);
	a = probe(PROBE_DIVIDE, 0);
	report(a.fault == KVM_CARETAKER_FAULT_EXCEPTION && a.vector == 0, "contract/divide-error", &a);
	a = probe(PROBE_BREAKPOINT, 0);
	report(a.fault == KVM_CARETAKER_FAULT_EXCEPTION && a.vector == 3, "contract/breakpoint", &a);
	a = probe(PROBE_UNDEFINED, 0);
	report(a.fault == KVM_CARETAKER_FAULT_EXCEPTION && a.vector == 6, "contract/undefined", &a);
	a = probe(PROBE_READ | PROBE_FAR, 0x8000000000000000);
	report(a.fault == KVM_CARETAKER_FAULT_EXCEPTION && a.vector == 13 && !a.error,
	       "contract/not-canonical", &a);
	a = probe(PROBE_ROOT, 0);
	report(a.fault == KVM_CARETAKER_FAULT_EXCEPTION &&
	       a.vector == (shared ? PROBE_NO : PROBE_YES), "contract/root", &a);
	try_machine_check();
	if (!access(SWITCH_PAGE, F_OK))
		try_bystander();
	if (intel)
		try_nmis();
}

/* A vCPU of the same VM that runs guest and caretaker all the while */
struct sibling {
	int vcpu, error;
	atomic_uint runs;
};

static void *sibling_run(void *argument)
{
	struct sibling *sibling = argument;

	while (!ask(sibling->vcpu, PROBE_RUN, 0) && !ioctl(sibling->vcpu, KVM_RUN, 0))
		sibling->runs++;
	sibling->error = errno;
	return NULL;
}

/* What one vCPU's caretaker does ends the VM: the other does not run again, and is not hurt */
static void try_sibling(const char *name, unsigned int what, uint64_t fault)
{
	struct guest guest = guest_new();
	struct sibling sibling = { .vcpu = ioctl(guest.vm, KVM_CREATE_VCPU, 1) };
	struct answer a;
	pthread_t thread;
	char state[16];

	if (sibling.vcpu < 0 || pthread_create(&thread, NULL, sibling_run, &sibling))
		die("a second vCPU");
	while (sibling.runs < 20)
		sched_yield();
	a = guest_run(&guest, what, 0);
	if (fault == KVM_CARETAKER_FAULT_CCB && !a.fault) {
		remove_from(guest.vm);
		a = guest_run(&guest, PROBE_RUN, 0);
	}
	pthread_join(thread, NULL);
	telemetry_state(guest.vm, 1, state);
	printf("# the other vCPU: %u runs, then %s; %s\n", sibling.runs, strerror(sibling.error), state);
	report(a.fault == fault && sibling.error == EIO && strcmp(state, "broken"), name, &a);
	close(sibling.vcpu);
	guest_end(&guest);
}

/* A vCPU whose caretaker breaks the contract when all others are ready to */
struct breaker {
	int vcpu;
	pthread_barrier_t *ready;
};

static void *breaker_run(void *argument)
{
	struct breaker *breaker = argument;

	pthread_barrier_wait(breaker->ready);
	(void)!ioctl(breaker->vcpu, KVM_RUN, 0);
	return NULL;
}

#define BREAKERS	3

/* How many of the vCPUs of one VM did; it is over with the first, if the others come late */
static unsigned int break_at_once(void)
{
	struct guest guest = guest_new();
	struct breaker breaker[BREAKERS];
	pthread_t thread[BREAKERS];
	pthread_barrier_t ready;
	unsigned int i, broken = 0;
	char state[16];

	if (pthread_barrier_init(&ready, NULL, BREAKERS))
		die("a barrier");
	for (i = 0; i < BREAKERS; i++) {
		breaker[i].vcpu = i ? ioctl(guest.vm, KVM_CREATE_VCPU, i) : guest.vcpu;
		breaker[i].ready = &ready;
		if (breaker[i].vcpu < 0 || ask(breaker[i].vcpu, PROBE_DIVIDE, 0) ||
		    pthread_create(&thread[i], NULL, breaker_run, &breaker[i]))
			die("a vCPU that breaks the contract");
	}
	for (i = 0; i < BREAKERS; i++)
		pthread_join(thread[i], NULL);
	for (i = 0; i < BREAKERS; i++) {
		telemetry_state(guest.vm, i, state);
		broken += !strcmp(state, "broken");
		if (i)
			close(breaker[i].vcpu);
	}
	pthread_barrier_destroy(&ready);
	guest_end(&guest);
	return broken;
}

/* probe.sh counts their records */
static void scan_at_once(void)
{
	struct answer none = { 0 };
	unsigned int rounds, broken = 0;

	for (rounds = 0; rounds < 500 && broken < 2; rounds++)
		broken = break_at_once();
	printf("# %u vCPUs broke the contract at once, in round %u\n", broken, rounds);
	report(broken >= 2, "sibling/several-at-once", &none);
}

static void scan_sibling(void)
{
	scan_at_once();
	try_sibling("sibling/divide-error", PROBE_DIVIDE, KVM_CARETAKER_FAULT_EXCEPTION);
	try_sibling("sibling/null", PROBE_READ | PROBE_FAR, KVM_CARETAKER_FAULT_EXCEPTION);
	try_sibling("sibling/control-block-spoilt", PROBE_SPOIL, KVM_CARETAKER_FAULT_CCB);
}

static bool is_checked(uint32_t offset)
{
	return offset < offsetof(struct caretaker_ccb, state) + 4;
}

/* With --few, of those in use that KVM does not check each eighth */
static uint32_t word_step(uint32_t page, uint32_t offset, uint32_t used)
{
	if (offset >= used)
		return 8 * 16 * stride;
	return stride > 1 && !(page == PROBE_CCB && is_checked(offset)) ? 32 : 4;
}

/*
 * Words that the payload can write and KVM reads, all that are in use and some behind: the
 * host does as it would have done, but where KVM knows its control block by one the VM ends
 * when the payload is removed.
 */
static void scan_words(const char *name, uint32_t page, uint32_t used, uint32_t normal)
{
	unsigned int bad = 0, ended = 0, tried = 0;
	struct answer a, wrong = { 0 };
	uint32_t offset;
	bool good;

	for (offset = 0; offset < 4096; offset += word_step(page, offset, used)) {
		tried++;
		if (page == PROBE_CCB)
			a = probe_and_remove(PROBE_WORD, PROBE_VALUE(PROBE_GARBAGE) | (page + offset),
					     normal);
		else
			a = probe(PROBE_WORD, PROBE_VALUE(PROBE_GARBAGE) | (page + offset));
		if (page == PROBE_CCB && is_checked(offset))
			good = a.fault == KVM_CARETAKER_FAULT_CCB;
		else
			good = !a.fault && !a.dead && a.exit_reason == normal;
		ended += a.fault != 0;
		if (good)
			continue;
		if (!bad++)
			wrong = a;
		printf("# %s: offset %#x: fault %#llx, exit reason %u\n", name, offset,
		       (unsigned long long)a.fault, a.exit_reason);
	}
	printf("# %s: %u words, %u ended the VM\n", name, tried, ended);
	report(!bad, name, &wrong);
}

/* Other states, of which a later ABI may know some */
static void scan_states(uint32_t normal)
{
	const uint64_t where = PROBE_CCB + offsetof(struct caretaker_ccb, state);
	struct answer a, wrong = { 0 };
	bool good = true;
	uint32_t state;

	for (state = 0; state <= CARETAKER_ATTACHED + 5; state++) {
		a = probe_and_remove(PROBE_WORD, PROBE_VALUE(state) | where, normal);
		if (a.fault == (state == CARETAKER_ATTACHED ? 0 : KVM_CARETAKER_FAULT_CCB))
			continue;
		printf("# state %u: fault %#llx\n", state, (unsigned long long)a.fault);
		good = false;
		wrong = a;
	}
	report(good, "garbage/states", &wrong);
}

/* What it may well do to its own guest, and the host goes on as if nothing were */
static void scan_garbage(void)
{
	struct answer normal = probe(PROBE_RUN, 0), a;

	printf("# a payload that does as it should: exit reason %u\n", normal.exit_reason);
	report(!normal.fault && normal.exit_reason, "garbage/none", &normal);
	a = probe(PROBE_REGISTERS, 0);
	report(!a.fault && a.exit_reason == normal.exit_reason, "garbage/registers", &a);
	a = probe(PROBE_FLAGS, 0);
	report(!a.fault && a.exit_reason == normal.exit_reason, "garbage/flags", &a);
	scan_words("garbage/control-block", PROBE_CCB, sizeof(struct caretaker_ccb),
		   normal.exit_reason);
	scan_states(normal.exit_reason);
	scan_words("garbage/telemetry", CARETAKER_TELEMETRY, sizeof(struct caretaker_telemetry),
		   normal.exit_reason);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "payload", required_argument, NULL, 'p' },
		{ "shared", no_argument, NULL, 's' },
		{ "few", no_argument, NULL, 'f' },
		{ "loop", no_argument, NULL, 'l' },
		{ }
	};
	bool loop = false;
	int c, ret;
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	payload = -1;
	while ((c = getopt_long(argc, argv, "", longs, NULL)) >= 0) {
		if (c == 'p')
			payload = open(optarg, O_RDONLY | O_CLOEXEC);
		else if (c == 's')
			flags = KVM_CARETAKER_SHARED;
		else if (c == 'f')
			stride = 32;
		else if (c == 'l')
			loop = true;
		else
			return 2;
	}
	if (payload < 0)
		die("--payload FILE");
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	ret = kvm < 0 ? -1 : ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (ret < 0)
		die("/dev/kvm");
	run_size = ret;

	if (loop)
		return only_loop();
	intel = !access("/sys/module/kvm_intel", F_OK);
	for (i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
		if (!slot_has(&map[i], intel))
			map[i].pages = 0;
	}
	/* The trampoline writes it under the host's root, which is the payload's here */
	if (flags)
		map[1].prot |= W;
	scan_contract(flags);
	scan_sibling();
	scan_garbage();
	scan_map();
	if (!flags) {
		scan_outside();
		scan_pointers();
		scan_neighbour();
	}
	scan_host_maps(flags);
	scan_reads();
	return failed ? 1 : 0;
}
