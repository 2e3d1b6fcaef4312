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

#include <linux/kvm.h>

#include "machine_mode.h"
#include "vmm.h"

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

static void print_stats(const char *what, const struct stats *stats)
{
	size_t i;

	printf("vmm:   %s:", what);
	for (i = 0; i < stats->count; i++)
		printf(" %s=%llu", stats->stat[i].name, (unsigned long long)stats->stat[i].value);
	printf("%s\n", stats->count ? "" : " nothing");
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
			good = counted_as_expected(options, &without, with, mode, i);
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
	{ "uncounted", no_argument, NULL, 'u' },
	{ "hold", required_argument, NULL, 'h' },
	{ }
};

static const char usage[] =
	"usage: vmm [--payload FILE] [--mode NAME|all]... [--count N] [--every N]\n"
	"           [--vcpus N] [--install-at N] [--on-vcpu] [--shared] [--no-min-encodings]\n"
	"           [--next-rip] [--vmm-id TEXT] [--json FILE] [--hold FILE] [--twice] [--once]\n"
	"           [--local PERCENT] [--late PERCENT] [--uncounted]\n"
	"modes: long ring3 prot32 step shadow fault debug watched cr4 timer deadline pause xsetbv tsx\n"
	"--mode all: those that run on this CPU: in QEMU not pause and xsetbv, in Bochs' AMD not\n"
	"  pause, step and debug\n"
	"--install-at N: install when N vCPUs are there (default: all), the rest come later\n"
	"--no-min-encodings: without next-RIP from hardware every CPUID then goes to KVM\n"
	"--next-rip: neither, as hardware gives the length of an instruction\n"
	"--local PERCENT: of all CPUIDs the caretaker must answer so many (90)\n"
	"--late PERCENT: longer than without a caretaker timers may take, in mode deadline (any)\n"
	"--hold FILE: keep the last VM until FILE is there\n"
	"--twice: no caretaker in the second VM either; shows that the test is repeatable\n"
	"--uncounted: the caretaker routes each exit, and counts it without a reason\n"
	"--once: no second try for a guest that met a known fault of QEMU's emulation\n";

static bool add_mode(struct options *options, const char *name)
{
	unsigned int mode;

	/* MODE_STOPS has no end of its own: stops.c */
	for (mode = 0; mode < MODE_STOPS; mode++)
		if (!strcmp(name, mode_name(mode)) ||
		    (!strcmp(name, "all") && mode_runs_here(mode)))
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
		case 'u': options->uncounted = true; break;
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
	if (options.payload && access(options.payload, R_OK)) {
		fprintf(stderr, "vmm: cannot open %s: %s\n", options.payload, strerror(errno));
		return 3;
	}
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
