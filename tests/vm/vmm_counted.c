// SPDX-License-Identifier: GPL-2.0-only
/* Who answered a guest, by what the caretaker and KVM counted, mode by mode. */
#include <stdio.h>
#include <sys/ioctl.h>

#include "machine_mode.h"
#include "vmm.h"

bool is_loop(enum guest_mode mode)
{
	return mode == MODE_LONG || mode == MODE_RING3 || mode == MODE_PROT32 ||
	       mode == MODE_WATCHED || mode == MODE_CR4 || mode == MODE_TIMER ||
	       mode == MODE_TSX;
}

static uint64_t count_of(const struct run *run, unsigned int i, const char *what)
{
	return stats_get(&run->caretaker[i], what);
}

/* PAUSE is KVM's: a guest spins no more often into the host than without a caretaker */
static bool spun_as_expected(const struct run *without, const struct run *with, unsigned int i)
{
	uint64_t handled = count_of(with, i, "handled pause");
	uint64_t routed = count_of(with, i, "routed pause");
	uint64_t exits = stats_get(&with->kvm[i], "exits");
	uint64_t before = stats_get(&without->kvm[i], "exits");

	printf("vmm:   %llu PAUSEs were routed; %llu exits, %llu without a caretaker\n",
	       (unsigned long long)routed, (unsigned long long)exits, (unsigned long long)before);
	/* Host interrupts make exits too */
	return !handled && routed && exits <= before + before / 10 + 20;
}

static bool xcr0_as_expected(const struct options *options, const struct run *with, unsigned int i)
{
	uint64_t handled = count_of(with, i, "handled xsetbv");
	uint64_t routed = count_of(with, i, "routed xsetbv");

	printf("vmm:   of %u XSETBVs %llu were answered and %llu routed\n", options->count,
	       (unsigned long long)handled, (unsigned long long)routed);
	/* And one more, which is refused */
	return handled + routed == options->count + 1 && handled == options->count / 2;
}

/*
 * Ticks that the guest's timers took together, 0 if one fired too early: by a percent more
 * than what the host's clock and its TSC may be apart.
 */
static uint64_t timers_took(const struct run *run, unsigned int i)
{
	const struct guest_area *area = (const void *)machine_area(&run->machine, i);
	int khz = ioctl(run->machine.vcpu[i].fd, KVM_GET_TSC_KHZ, 0);
	uint64_t due = (uint64_t)khz * DEADLINE_NS / 1000000;

	printf("vmm:   %u timers of %llu ticks took %llu, the shortest %llu\n", DEADLINES,
	       (unsigned long long)due, (unsigned long long)area->together,
	       (unsigned long long)area->shortest);
	return khz > 0 && area->shortest >= due - due / 100 ? area->together : 0;
}

/* They fire when they are due, not when the host next looks; and the caretaker answers meanwhile */
static bool timers_in_time(const struct options *options, const struct run *without,
			   const struct run *with, unsigned int i)
{
	uint64_t before = timers_took(without, i), now = timers_took(with, i);

	return before && now && (!options->late || now <= before + before * options->late / 100) &&
	       (options->expect_routed || count_of(with, i, "handled cpuid") > DEADLINES);
}

static bool has_tsx_ctrl(const struct run *run, unsigned int i)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry msr;
	} msrs = { { .nmsrs = 1 }, { .index = MSR_TSX_CTRL } };

	return ioctl(run->machine.vcpu[i].fd, KVM_GET_MSRS, &msrs) == 1;
}

/*
 * An answer that KVM may change with TSX_CTRL is KVM's each time, and no other is: the
 * guest asks for nothing but leaves of its table.
 */
static bool tsx_as_expected(const struct options *options, const struct run *with, unsigned int i)
{
	const unsigned char *area = machine_area(&with->machine, i);
	const struct guest_answer *answer = (const void *)(area + AREA_ANSWERS);
	const struct guest_area *head = (const void *)area;
	uint64_t routed = count_of(with, i, "routed cpuid");
	unsigned int k, asked = 0, shown = 0, due;
	const struct guest_leaf *leaf;
	bool tsx = !(i % 2);

	for (k = 0; k < head->count; k++) {
		leaf = &head->list[k % head->leaves];
		if (leaf->function != 7 || leaf->index)
			continue;
		asked++;
		shown += (answer[k].ebx & LEAF7_TSX) == LEAF7_TSX;
	}
	printf("vmm:   of %u answers to leaf 7 %u had RTM; %llu CPUIDs were routed\n", asked, shown,
	       (unsigned long long)routed);
	due = options->expect_routed ? options->count : tsx ? asked : 0;
	if (!asked || routed != due || !shown != !tsx)
		return false;
	return !tsx || !has_tsx_ctrl(with, i) == (shown == asked);
}

/* Who answered: the caretaker's counters and KVM's must tell the same story */
static bool counters_agree(const struct options *options, const struct run *without,
			   const struct run *with, enum guest_mode mode, unsigned int i)
{
	uint64_t handled = stats_get(&with->caretaker[i], "handled cpuid");
	uint64_t routed = stats_get(&with->caretaker[i], "routed cpuid");
	uint64_t ports = stats_get(&with->caretaker[i], "routed io");
	uint64_t exits = stats_get(&with->kvm[i], "exits");
	uint64_t before = stats_get(&without->kvm[i], "exits");
	uint64_t least = (uint64_t)options->count * options->local / 100, most = options->count;
	bool good = true;

	/* A quarter of its run is not watched, from one port write to another */
	if (mode == MODE_WATCHED) {
		least = least / 4 - least / 40;
		most = most / 4 + options->every;
	}
	if (options->expect_routed)
		least = most = 0;

	if (!with->caretaker[i].count) {
		printf("vmm: %s: the caretaker counted nothing\n", mode_name(mode));
		return false;
	}
	if (handled + routed != options->count) {
		printf("vmm: %s: the caretaker saw %llu of %u CPUIDs\n", mode_name(mode),
		       (unsigned long long)(handled + routed), options->count);
		good = false;
	}
	if (ports < with->machine.vcpu[i].port_writes) {
		printf("vmm: %s: the caretaker routed %llu port writes of %u\n", mode_name(mode),
		       (unsigned long long)ports, with->machine.vcpu[i].port_writes);
		good = false;
	}
	if (handled < least || handled > most) {
		printf("vmm: %s: the caretaker answered %llu of %u CPUIDs\n", mode_name(mode),
		       (unsigned long long)handled, options->count);
		good = false;
	}
	/* KVM's has those that were answered.  A tenth more is for interrupts of the host */
	if (before < options->count || exits < options->count ||
	    exits > before + options->count / 10) {
		printf("vmm: %s: KVM counted %llu exits without and %llu with a caretaker\n",
		       mode_name(mode), (unsigned long long)before, (unsigned long long)exits);
		good = false;
	}
	return good;
}

/* One that tells nothing of an exit, and leaves each to KVM */
static bool all_routed(const struct options *options, const struct run *without,
		       const struct run *with, unsigned int i)
{
	uint64_t routed = count_of(with, i, "routed other");
	uint64_t exits = stats_get(&with->kvm[i], "exits");
	uint64_t before = stats_get(&without->kvm[i], "exits");

	printf("vmm:   %llu exits were routed; %llu without a caretaker\n", (unsigned long long)routed,
	       (unsigned long long)before);
	/* Host interrupts make exits too */
	return routed >= options->count && routed <= exits + exits / 10 &&
	       exits <= before + before / 10 + 20;
}

bool counted_as_expected(const struct options *options, const struct run *without,
			 const struct run *with, enum guest_mode mode, unsigned int i)
{
	if (options->uncounted)
		return all_routed(options, without, with, i);
	switch (mode) {
	case MODE_PAUSE: return spun_as_expected(without, with, i);
	case MODE_XSETBV: return xcr0_as_expected(options, with, i);
	case MODE_DEADLINE: return timers_in_time(options, without, with, i);
	case MODE_TSX: return counters_agree(options, without, with, mode, i) &&
			      tsx_as_expected(options, with, i);
	default: return !is_loop(mode) || counters_agree(options, without, with, mode, i);
	}
}
