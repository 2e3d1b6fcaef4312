// SPDX-License-Identifier: GPL-2.0-only
/*
 * A small VMM: runs a guest without and then with a caretaker, and compares all
 * that the guest saw.  KVM's counters and the caretaker's own show who answered.
 *
 * Exit status: 0 equal and as expected, 1 not, 2 usage, 3 could not be tried.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/caretaker.h>

#include "machine.h"
#include "stats.h"

struct options {
	const char *payload;
	const char *vmm_id;
	const char *json;
	const char *hold;
	unsigned int modes;		/* bit per enum guest_mode */
	unsigned int count;
	unsigned int every;
	unsigned int vcpus;
	unsigned int install_at;	/* install when this many vCPUs are there */
	uint64_t flags;
	bool on_vcpu;
	bool expect_routed;
	bool twice;			/* compare two runs without, to test the test */
	unsigned int local;		/* percent of CPUIDs that it must answer */
	unsigned int late;		/* percent that timers may take longer, 0: any */
	bool once;			/* no second try after a fault of the emulator */
};

struct run {
	struct machine machine;
	struct stats kvm[GUEST_MAX_VCPUS];	/* what changed during the run */
	struct stats caretaker[GUEST_MAX_VCPUS];
};

static int install(const struct options *options, int fd)
{
	struct kvm_set_caretaker argument = { .size = sizeof(argument), .flags = options->flags };
	int ret = 0;

	snprintf((char *)argument.vmm_id, sizeof(argument.vmm_id), "%s", options->vmm_id);
	argument.fd = open(options->payload, O_RDONLY | O_CLOEXEC);
	if (argument.fd < 0)
		return -errno;
	if (ioctl(fd, KVM_SET_CARETAKER, &argument))
		ret = -errno;
	close(argument.fd);
	return ret;
}

/* Makes the VM; with a caretaker if @with, before or after its vCPUs */
static int build(const struct options *options, struct run *run, bool with, const char **what)
{
	struct machine *machine = &run->machine;
	unsigned int i;
	int ret;

	ret = machine_create(machine, what);
	for (i = 0; !ret && i <= options->vcpus; i++) {
		if (with && !options->on_vcpu && i == options->install_at) {
			*what = "KVM_SET_CARETAKER on the VM";
			ret = install(options, machine->fd);
			if (ret)
				break;
		}
		if (i == options->vcpus)
			break;
		ret = machine_add_vcpu(machine, what);
		if (!ret && with && options->on_vcpu) {
			*what = "KVM_SET_CARETAKER on the vCPU";
			ret = install(options, machine->vcpu[i].fd);
		}
	}
	return ret;
}

static int execute(const struct options *options, struct run *run, enum guest_mode mode,
		   bool with)
{
	struct stats before[GUEST_MAX_VCPUS], told[GUEST_MAX_VCPUS] = { 0 }, now;
	struct machine *machine = &run->machine;
	unsigned int i, failed;

	machine_load_guest(machine, mode, options->count, options->every);
	for (i = 0; i < machine->vcpus; i++) {
		if (stats_read(machine->vcpu[i].fd, &before[i]))
			before[i].count = 0;
		if (with && telemetry_read(machine->fd, i, &told[i]))
			told[i].count = 0;
	}
	failed = machine_run(machine);
	for (i = 0; i < machine->vcpus; i++) {
		if (stats_read(machine->vcpu[i].fd, &now))
			now.count = 0;
		stats_difference(&before[i], &now, &run->kvm[i]);
		run->caretaker[i].count = 0;
		if (with && !telemetry_read(machine->fd, i, &now))
			stats_difference(&told[i], &now, &run->caretaker[i]);
		if (machine->vcpu[i].failure)
			printf("vmm: %s, vCPU %u, %s caretaker: %s: %s\n", mode_name(mode), i,
			       with ? "with" : "without", machine->vcpu[i].failure,
			       machine->vcpu[i].detail);
	}
	return failed ? -EIO : 0;
}

static bool differ(const char *mode, unsigned int vcpu, const char *what, uint64_t at,
		   uint64_t without, uint64_t with)
{
	if (without == with)
		return false;
	printf("vmm: %s, vCPU %u: %s %llu differs: %#llx without, %#llx with caretaker\n", mode,
	       vcpu, what, (unsigned long long)at, (unsigned long long)without,
	       (unsigned long long)with);
	return true;
}

static bool same_answers(const struct run *a, const struct run *b, unsigned int vcpu)
{
	const unsigned char *left = machine_area(&a->machine, vcpu);
	const unsigned char *right = machine_area(&b->machine, vcpu);
	const struct guest_area *head = (const void *)left;
	const struct guest_answer *x = (const void *)(left + AREA_ANSWERS);
	const struct guest_answer *y = (const void *)(right + AREA_ANSWERS);
	const struct guest_leaf *leaf;
	unsigned int i;

	for (i = 0; i < head->count; i++) {
		if (!memcmp(&x[i], &y[i], sizeof(*x)))
			continue;
		leaf = &head->list[i % head->leaves];
		printf("vmm: CPUID %u, leaf %#x.%#x: without %08x %08x %08x %08x, with %08x %08x %08x %08x\n",
		       i, leaf->function, leaf->index, x[i].eax, x[i].ebx, x[i].ecx, x[i].edx,
		       y[i].eax, y[i].ebx, y[i].ecx, y[i].edx);
		return false;
	}
	return true;
}

/* Everything that the guest and the VMM saw of it */
static bool same(const struct run *a, const struct run *b, enum guest_mode mode, unsigned int i)
{
	const struct vcpu *x = &a->machine.vcpu[i], *y = &b->machine.vcpu[i];
	const unsigned char *left = machine_area(&a->machine, i);
	const unsigned char *right = machine_area(&b->machine, i);
	const struct guest_area *p = (const void *)left, *q = (const void *)right;
	const uint64_t *log = (const void *)(left + AREA_LOG);
	const uint64_t *log2 = (const void *)(right + AREA_LOG);
	const uint64_t *regs = (const void *)&x->regs, *regs2 = (const void *)&y->regs;
	const char *name = mode_name(mode);
	bool bad;
	size_t k;

	bad = !same_answers(a, b, i);
	bad |= differ(name, i, "upper halves after", 0, p->high, q->high);
	bad |= differ(name, i, "register lost at step", 0, p->clobbered, q->clobbered);
	bad |= differ(name, i, "port writes of", i, x->port_writes, y->port_writes);
	bad |= differ(name, i, "events of", i, p->log_count, q->log_count);
	for (k = 0; k < p->log_count * 4 && !bad; k++) {
		/* Where a timer's interrupt meets the guest is chance */
		if (mode != MODE_DEADLINE || k % 4 < 2)
			bad |= differ(name, i, "event", k / 4, log[k], log2[k]);
	}
	for (k = 0; k < sizeof(x->regs) / 8 && !bad; k++)
		bad |= differ(name, i, "register", k, regs[k], regs2[k]);
	bad |= differ(name, i, "debug stops of", i, x->traced, y->traced);
	for (k = 0; k < x->traced && k < y->traced && !bad; k++)
		bad |= differ(name, i, "debug stop", k, x->trace[k], y->trace[k]);
	return !bad;
}

static void print_stats(const char *what, const struct stats *stats)
{
	size_t i;

	printf("vmm:   %s:", what);
	for (i = 0; i < stats->count; i++)
		printf(" %s=%llu", stats->stat[i].name, (unsigned long long)stats->stat[i].value);
	printf("%s\n", stats->count ? "" : " nothing");
}

static bool is_loop(enum guest_mode mode)
{
	return mode == MODE_LONG || mode == MODE_RING3 || mode == MODE_PROT32 ||
	       mode == MODE_WATCHED || mode == MODE_CR4 || mode == MODE_TIMER;
}

static uint64_t count_of(const struct run *run, unsigned int i, const char *what)
{
	return stats_get(&run->caretaker[i], what);
}

/* PAUSE is answered while the vCPU is alone, half of the time; a spin may be one exit or many */
static bool spun_as_expected(const struct options *options, const struct run *with, unsigned int i)
{
	uint64_t handled = count_of(with, i, "handled pause");
	uint64_t routed = count_of(with, i, "routed pause");
	bool alone = options->vcpus == 1 && !options->expect_routed;

	printf("vmm:   of %u PAUSEs %llu were answered and %llu routed\n", options->count,
	       (unsigned long long)handled, (unsigned long long)routed);
	if (!routed || !handled != !alone)
		return false;
	/* Each is an exit where the CPU has no filter */
	return !alone || handled + routed != options->count || handled == routed;
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

/* Ticks that the guest's timers took together, 0 if one fired too early */
static uint64_t timers_took(const struct run *run, unsigned int i)
{
	const struct guest_area *area = (const void *)machine_area(&run->machine, i);
	int khz = ioctl(run->machine.vcpu[i].fd, KVM_GET_TSC_KHZ, 0);
	uint64_t due = (uint64_t)khz * DEADLINE_NS / 1000000;

	printf("vmm:   %u timers of %llu ticks took %llu, the shortest %llu\n", DEADLINES,
	       (unsigned long long)due, (unsigned long long)area->together,
	       (unsigned long long)area->shortest);
	return khz > 0 && area->shortest >= due ? area->together : 0;
}

/* They fire when they are due, not when the host next looks; and the caretaker answers meanwhile */
static bool timers_in_time(const struct options *options, const struct run *without,
			   const struct run *with, unsigned int i)
{
	uint64_t before = timers_took(without, i), now = timers_took(with, i);

	return before && now && (!options->late || now <= before + before * options->late / 100) &&
	       (options->expect_routed || count_of(with, i, "handled cpuid") > DEADLINES);
}

/* Who answered, in the modes with a rule of their own */
static bool mode_as_expected(const struct options *options, const struct run *without,
			     const struct run *with, enum guest_mode mode, unsigned int i)
{
	switch (mode) {
	case MODE_PAUSE: return spun_as_expected(options, with, i);
	case MODE_XSETBV: return xcr0_as_expected(options, with, i);
	case MODE_DEADLINE: return timers_in_time(options, without, with, i);
	default: return true;
	}
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

	if (!is_loop(mode))
		return mode_as_expected(options, without, with, mode, i);
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
	/* Host interrupts make exits too: a tenth is left for them */
	if (before < options->count || exits + handled > before + options->count / 10) {
		printf("vmm: %s: KVM counted %llu exits without and %llu with a caretaker\n",
		       mode_name(mode), (unsigned long long)before, (unsigned long long)exits);
		good = false;
	}
	return good;
}

static void print_json_stats(FILE *out, const char *name, const struct stats *stats)
{
	size_t i;

	fprintf(out, "\"%s\":{", name);
	for (i = 0; i < stats->count; i++)
		fprintf(out, "%s\"%s\":%llu", i ? "," : "", stats->stat[i].name,
			(unsigned long long)stats->stat[i].value);
	fputs("}", out);
}

static void print_json(FILE *out, const struct options *options, const struct run *without,
		       const struct run *with, enum guest_mode mode, bool good)
{
	unsigned int i;

	for (i = 0; i < without->machine.vcpus; i++) {
		fprintf(out, "{\"mode\":\"%s\",\"vcpu\":%u,\"cpuid\":%u,\"leaves\":%u,"
			"\"caretaker\":%s,\"equal\":%s,\"port_writes\":%u,", mode_name(mode), i,
			options->count, without->machine.leaves,
			with ? "true" : "false", good ? "true" : "false",
			(with ? with : without)->machine.vcpu[i].port_writes);
		print_json_stats(out, "kvm_without", &without->kvm[i]);
		if (with) {
			fputc(',', out);
			print_json_stats(out, "kvm_with", &with->kvm[i]);
			fputc(',', out);
			print_json_stats(out, "telemetry", &with->caretaker[i]);
		}
		fputs("}\n", out);
	}
	fflush(out);
}

/* Return: 0, 1 if the guest did not run to its end, or -errno if there was no VM */
static int run_once(const struct options *options, struct run *run, enum guest_mode mode,
		    bool with, const char **what)
{
	int ret = build(options, run, with, what);

	return ret ? ret : execute(options, run, mode, with) ? 1 : 0;
}

/*
 * What QEMU's emulation does wrong now and then, with a caretaker and without
 * (`make vm-soak` shows both): its VMRUN does not load the interrupt shadow from the
 * control block.  A host interrupt right behind the guest's STI loses it.
 */
static bool emulator_fault(const struct run *run)
{
	unsigned int i;

	for (i = 0; i < run->machine.vcpus; i++) {
		if (machine_lost_shadow(&run->machine, i))
			return true;
	}
	return false;
}

/* Such a fault is said, and the guest gets one more try; nothing else does */
static int run_guest(const struct options *options, struct run *run, enum guest_mode mode,
		     bool with, const char **what)
{
	int ret = run_once(options, run, mode, with, what);

	if (ret < 0 || !emulator_fault(run))
		return ret;
	printf("vmm: %s, %s caretaker: an interrupt between STI and the next instruction%s\n",
	       mode_name(mode), with ? "with" : "without", options->once ? "" : ", once more");
	if (options->once)
		return ret;
	machine_destroy(&run->machine);
	return run_once(options, run, mode, with, what);
}

/* One kind of guest, in two fresh VMs; the second is left in @with */
static int compare(const struct options *options, enum guest_mode mode, struct run *with, FILE *json)
{
	bool second = options->payload || options->twice;
	struct run without = { 0 };
	const char *what = "";
	bool good = true;
	unsigned int i;
	int ret;

	ret = run_guest(options, &without, mode, false, &what);
	if (!ret && second)
		ret = run_guest(options, with, mode, options->payload, &what);
	if (ret > 0) {
		good = false;
		ret = 0;
	}
	if (ret) {
		printf("vmm: %s: %s: %s (%s)\n", mode_name(mode), what, strerrorname_np(-ret),
		       strerror(-ret));
		machine_destroy(&without.machine);
		return 3;
	}
	for (i = 0; i < options->vcpus; i++) {
		print_stats("KVM without caretaker", &without.kvm[i]);
		if (options->payload) {
			print_stats("KVM with caretaker", &with->kvm[i]);
			print_stats("caretaker", &with->caretaker[i]);
		}
		if (second && good)
			good = same(&without, with, mode, i);
		if (options->payload && good)
			good = counters_agree(options, &without, with, mode, i);
		printf("vmm: %s, vCPU %u: %s%u CPUID over %u leaves, %u port writes, %u events, %zu stops: %s\n",
		       mode_name(mode), i, is_loop(mode) ? "" : "up to ", options->count,
		       without.machine.leaves, without.machine.vcpu[i].port_writes,
		       ((struct guest_area *)machine_area(&without.machine, i))->log_count,
		       without.machine.vcpu[i].traced,
		       !good ? "NOT AS EXPECTED" : second ? "equal" : "done");
	}
	if (json)
		print_json(json, options, &without, options->payload ? with : NULL, mode, good);
	machine_destroy(&without.machine);
	return good ? 0 : 1;
}

static void hold(const char *until)
{
	printf("vmm: holding the VM until %s is there\n", until);
	fflush(stdout);
	while (access(until, F_OK))
		usleep(50000);
}

static const struct option longs[] = {
	{ "payload", required_argument, NULL, 'p' },
	{ "mode", required_argument, NULL, 'm' },
	{ "count", required_argument, NULL, 'c' },
	{ "every", required_argument, NULL, 'e' },
	{ "vcpus", required_argument, NULL, 'n' },
	{ "install-at", required_argument, NULL, 'a' },
	{ "shared", no_argument, NULL, 's' },
	{ "no-min-encodings", no_argument, NULL, 'x' },
	{ "next-rip", no_argument, NULL, 'r' },
	{ "on-vcpu", no_argument, NULL, 'v' },
	{ "vmm-id", required_argument, NULL, 'i' },
	{ "json", required_argument, NULL, 'j' },
	{ "local", required_argument, NULL, 'l' },
	{ "late", required_argument, NULL, 'd' },
	{ "twice", no_argument, NULL, 't' },
	{ "once", no_argument, NULL, 'o' },
	{ "hold", required_argument, NULL, 'h' },
	{ }
};

static const char usage[] =
	"usage: vmm [--payload FILE] [--mode NAME|all]... [--count N] [--every N]\n"
	"           [--vcpus N] [--install-at N] [--on-vcpu] [--shared] [--no-min-encodings]\n"
	"           [--next-rip] [--vmm-id TEXT] [--json FILE] [--hold FILE] [--twice] [--once]\n"
	"           [--local PERCENT] [--late PERCENT]\n"
	"modes: long ring3 prot32 step shadow fault debug watched cr4 timer deadline pause xsetbv\n"
	"--install-at N: install when N vCPUs are there (default: all), the rest come later\n"
	"--no-min-encodings: without next-RIP from hardware every CPUID then goes to KVM\n"
	"--next-rip: neither, as hardware gives the length of an instruction\n"
	"--local PERCENT: of all CPUIDs the caretaker must answer so many (90)\n"
	"--late PERCENT: longer than without a caretaker timers may take, in mode deadline (any)\n"
	"--hold FILE: keep the last VM until FILE is there\n"
	"--twice: no caretaker in the second VM either; shows that the test is repeatable\n"
	"--once: no second try for a guest that met a known fault of QEMU's emulation\n";

static bool add_mode(struct options *options, const char *name)
{
	unsigned int mode;

	for (mode = 0; mode < MODES; mode++)
		if (!strcmp(name, mode_name(mode)) || !strcmp(name, "all"))
			options->modes |= 1U << mode;
	return options->modes;
}

static bool parse(int argc, char **argv, struct options *options)
{
	bool good = true;
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) >= 0) {
		switch (c) {
		case 'p': options->payload = optarg; break;
		case 'm': good &= add_mode(options, optarg); break;
		case 'c': options->count = strtoul(optarg, NULL, 0); break;
		case 'e': options->every = strtoul(optarg, NULL, 0); break;
		case 'n': options->vcpus = strtoul(optarg, NULL, 0); break;
		case 'a': options->install_at = strtoul(optarg, NULL, 0); break;
		case 's': options->flags |= KVM_CARETAKER_SHARED; break;
		case 'x': options->flags &= ~KVM_CARETAKER_MIN_ENCODINGS;
			  options->expect_routed = true; break;
		case 'r': options->flags &= ~KVM_CARETAKER_MIN_ENCODINGS; break;
		case 'v': options->on_vcpu = true; break;
		case 'i': options->vmm_id = optarg; break;
		case 'j': options->json = optarg; break;
		case 'd': options->late = strtoul(optarg, NULL, 0); break;
		case 'l': options->local = strtoul(optarg, NULL, 0); break;
		case 't': options->twice = true; break;
		case 'o': options->once = true; break;
		case 'h': options->hold = optarg; break;
		default: good = false;
		}
	}
	if (!options->modes)
		options->modes = 1U << MODE_LONG;
	if (options->install_at > options->vcpus)
		options->install_at = options->vcpus;
	return good && optind == argc && options->count && options->every &&
	       options->count <= GUEST_MAX_COUNT && options->vcpus &&
	       options->vcpus <= GUEST_MAX_VCPUS;
}

int main(int argc, char **argv)
{
	struct options options = {
		.count = 100000, .every = 1000, .local = 90, .vcpus = 1, .install_at = ~0U,
		.vmm_id = "lab-vmm", .flags = KVM_CARETAKER_MIN_ENCODINGS,
	};
	struct run run = { 0 };
	unsigned int mode, worst = 0;
	FILE *json = NULL;
	bool alive = false;
	int ret;

	if (!parse(argc, argv, &options)) {
		fputs(usage, stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (options.json) {
		json = fopen(options.json, "w");
		if (!json) {
			perror(options.json);
			return 3;
		}
	}
	for (mode = 0; mode < MODES; mode++) {
		if (!(options.modes & 1U << mode))
			continue;
		if (alive)
			machine_destroy(&run.machine);
		memset(&run, 0, sizeof(run));
		run.machine.kvm = -1;
		run.machine.fd = -1;
		ret = compare(&options, mode, &run, json);
		alive = true;
		if ((unsigned int)ret > worst)
			worst = ret;
	}
	if (options.hold && !worst)
		hold(options.hold);
	machine_destroy(&run.machine);
	if (json)
		fclose(json);
	return worst;
}
