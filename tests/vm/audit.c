// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is what the page tables of a live vCPU map just what the design lists and the
 * payload's program headers ask for?
 *
 *   audit [--shared] PAYLOADS
 *
 * The kernel walks its tables and prints each leaf (debugfs, "caretaker-audit"); this
 * program knows the list.  Under each root every leaf that is due must be there once,
 * with its rights and its owner, and no other.  That the hardware sees the tables in
 * the same way is what probe.c tests.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine.h"
#include "slot_map.h"
#include "stats.h"
#include "trial.h"

enum root { OWN, HOST, ROOTS };

static const char * const root_names[ROOTS] = { "own", "host" };

/* A page of the slot under one root: what is due, what was found */
struct page {
	const char *owner;
	uint32_t prot;
	bool seen;
};

static struct page slot[ROOTS][SLOT_PAGES];
static bool shared, intel;

static void expect(const char *owner, uint32_t offset, uint32_t prot, uint32_t host)
{
	uint32_t i = offset / CARETAKER_PAGE;

	if (shared)
		host |= prot;
	slot[OWN][i] = (struct page){ owner, prot, false };
	if (host)
		slot[HOST][i] = (struct page){ owner, host, false };
}

static void expect_fixed(void)
{
	static const struct slot_range fixed[] = { SLOT_FIXED_RANGES };
	uint32_t page;
	size_t i;

	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		if (!slot_has(&fixed[i], intel))
			continue;
		for (page = 0; page < fixed[i].pages; page++)
			expect(fixed[i].owner, fixed[i].offset + page * CARETAKER_PAGE,
			       fixed[i].prot, fixed[i].host);
	}
}

static void expect_image(int payload)
{
	Elf64_Ehdr header;
	Elf64_Phdr segment;
	Elf64_Xword done;
	Elf64_Half i;

	if (pread(payload, &header, sizeof(header), 0) != sizeof(header))
		die("the payload's header");
	for (i = 0; i < header.e_phnum; i++) {
		if (pread(payload, &segment, sizeof(segment),
			  header.e_phoff + i * sizeof(segment)) != sizeof(segment))
			die("a program header");
		if (segment.p_type != PT_LOAD)
			continue;
		for (done = 0; done < segment.p_memsz; done += CARETAKER_PAGE)
			expect("image", CARETAKER_IMAGE + segment.p_vaddr + done,
			       R | (segment.p_flags & PF_W ? W : 0) |
			       (segment.p_flags & PF_X ? X : 0), 0);
	}
}

/* --- The file ---------------------------------------------------------------- */

static unsigned int wrong;

static void complain(const char *line, const char *what)
{
	printf("# %s: %s\n", line, what);
	wrong++;
}

/* "rwx", as the kernel prints it, and neither global nor for user space */
static void print_rights(uint32_t prot, char out[8])
{
	snprintf(out, 8, "r%c%c--", prot & W ? 'w' : '-', prot & X ? 'x' : '-');
}

static void look_at_leaf(const char *line, uint64_t base)
{
	char name[8], size[8], rights[8], due[8], owner[32];
	unsigned long long address;
	struct page *page;
	enum root root;

	if (sscanf(line, "%7s 0x%llx %7s %7s %31s", name, &address, size, rights, owner) != 5)
		return complain(line, "not a line of the audit");
	root = strcmp(name, root_names[OWN]) ? HOST : OWN;
	if (strcmp(name, root_names[root]))
		return complain(line, "which tables?");
	if (address < base || address - base >= CARETAKER_SLOT_SIZE)
		return complain(line, "is not in the slot");
	page = &slot[root][(address - base) / CARETAKER_PAGE];
	if (!page->owner || strcmp(size, "4k"))
		return complain(line, "is not on the list");
	if (page->seen)
		return complain(line, "is there twice");
	page->seen = true;
	print_rights(page->prot, due);
	if (strcmp(rights, due) || strcmp(owner, page->owner)) {
		printf("# due: %s %s\n", due, page->owner);
		complain(line, "is not as it should be");
	}
}

/* How many leaves are due under @root and were not seen; forgets what was seen */
static unsigned int missing(enum root root)
{
	unsigned int i, count = 0;

	for (i = 0; i < SLOT_PAGES; i++) {
		struct page *page = &slot[root][i];

		if (page->owner && !page->seen) {
			printf("# %s 0x%x %s is not mapped\n", root_names[root],
			       i * CARETAKER_PAGE, page->owner);
			count++;
		}
		page->seen = false;
	}
	return count;
}

/* @print: the table for whoever reads the test's output.  The vCPU does not run meanwhile. */
static void audit(const char *when, int vm, bool print)
{
	FILE *file = vcpu_debugfs_open(vm, 0, "caretaker-audit");
	unsigned long long base = 0;
	char line[128], name[96], runs_on[8] = "";
	unsigned int leaves = 0, left = 0, lacking;

	if (!file)
		die("caretaker-audit");
	wrong = 0;
	if (!fgets(line, sizeof(line), file) || sscanf(line, "slot 0x%llx", &base) != 1)
		complain(when, "does not begin with the slot");
	if (!fgets(line, sizeof(line), file) || sscanf(line, "runs-on %7s", runs_on) != 1)
		complain(when, "does not say what it runs on");
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = 0;
		if (print)
			printf("    %s\n", line);
		if (!strncmp(line, "left ", 5)) {
			printf("# %s\n", line);
			left++;
			continue;
		}
		look_at_leaf(line, base);
		leaves++;
	}
	fclose(file);
	lacking = missing(OWN) + missing(HOST);

	snprintf(name, sizeof(name), "%s/nothing-else-is-mapped", when);
	report_that(name, leaves && !wrong, "%u of %u leaves are wrong", wrong, leaves);
	snprintf(name, sizeof(name), "%s/all-is-mapped", when);
	report_that(name, !lacking, "%u leaves are missing", lacking);
	snprintf(name, sizeof(name), "%s/nothing-is-left-where-the-host-maps-it", when);
	report_that(name, !left, "%u words", left);
	snprintf(name, sizeof(name), "%s/in-the-window", when);
	report_that(name, base > CARETAKER_WINDOW && !(base % CARETAKER_SLOT_SIZE) &&
		    base - CARETAKER_WINDOW < CARETAKER_WINDOW_SIZE, "slot at %#llx", base);
	snprintf(name, sizeof(name), "%s/runs-on", when);
	report_that(name, !strcmp(runs_on, shared ? "host" : "own"), "%s", runs_on);
}

static void audit_nothing(int vm)
{
	FILE *file = vcpu_debugfs_open(vm, 0, "caretaker-audit");

	if (!file)
		die("caretaker-audit");
	report_that("none/nothing-to-show", fgetc(file) == EOF, "there is something");
	fclose(file);
}

int main(int argc, char **argv)
{
	struct machine machine;
	int payload, ret;

	shared = argc == 3 && !strcmp(argv[1], "--shared");
	if (argc != 2 + shared) {
		fputs("usage: audit [--shared] PAYLOADS\n", stderr);
		return 2;
	}
	intel = !access("/sys/module/kvm_intel", F_OK);
	payload = payload_open(argv[1 + shared], "good", O_RDONLY);
	expect_fixed();
	expect_image(payload);

	machine_new(&machine, 1);
	audit_nothing(machine.fd);
	ret = install(machine.fd, payload,
		      KVM_CARETAKER_MIN_ENCODINGS | (shared ? KVM_CARETAKER_SHARED : 0));
	report("install", ret, "0");
	audit("staged", machine.fd, false);
	machine_load_guest(&machine, MODE_LONG, 1000, 100);
	if (!machine_run_vcpu(&machine, &machine.vcpu[0]))
		printf("# the guest: %s\n", machine.vcpu[0].failure);
	audit("live", machine.fd, true);
	machine_destroy(&machine);
	return trial_status();
}
