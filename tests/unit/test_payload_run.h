/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs the real build/payload/caretaker.elf in this process, for tests of its assembly.
 *
 * A slot is mapped as KVM maps it, each page with the protection that it has there
 * and nothing in between.  VMRUN, VMREAD and VMWRITE fault outside of ring 0, and the
 * signal handler plays the CPU: it looks at the registers that the guest would get, and
 * comes back with an exit; or it has a VMCS.  The trampoline's entries lead back into the
 * test.
 */
#ifndef TEST_PAYLOAD_RUN_H
#define TEST_PAYLOAD_RUN_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/elf.h>
#include <sys/mman.h>
#include <sys/ucontext.h>
#include <unistd.h>
#include <cmocka.h>

#define PAYLOAD_ON_HOST
#include "../../payload/svm.h"
#include "../../payload/vmx.h"

#define VMCB_PA		0x123456000ULL
#define REGS		14

/* In the order of the save and load code below */
static const int ucontext_reg[REGS] = {
	REG_RCX, REG_RDX, REG_RBX, REG_RBP, REG_RSI, REG_RDI, REG_R8, REG_R9,
	REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
};
enum { RCX, RDX, RBX };

static uint8_t *slot;
static uint64_t stack_top, entry_point;
static struct caretaker_ccb *ccb;
static struct caretaker_config *config;		/* a second, writable mapping */

/* Read and written by the assembly */
uint64_t guest_in[REGS], routed_regs[REGS], routed_rsp, host_rsp, enter_at, enter_stack;
uint64_t guest_rax, routed_rax, entered;
void enter_payload(void);
extern char routed_here[], entered_here[];

__asm__(".text\n"
	".globl enter_payload\n"
	"enter_payload:\n"
	"	push %rbx\n	push %rbp\n	push %r12\n	push %r13\n	push %r14\n	push %r15\n"
	"	mov %rsp, host_rsp(%rip)\n"
	"	mov enter_stack(%rip), %rsp\n"
	"	lea guest_in(%rip), %rax\n"
	"	mov 0(%rax), %rcx\n	mov 8(%rax), %rdx\n	mov 16(%rax), %rbx\n"
	"	mov 24(%rax), %rbp\n	mov 32(%rax), %rsi\n	mov 40(%rax), %rdi\n"
	"	mov 48(%rax), %r8\n	mov 56(%rax), %r9\n	mov 64(%rax), %r10\n"
	"	mov 72(%rax), %r11\n	mov 80(%rax), %r12\n	mov 88(%rax), %r13\n"
	"	mov 96(%rax), %r14\n	mov 104(%rax), %r15\n"
	"	mov guest_rax(%rip), %rax\n"
	"	jmp *enter_at(%rip)\n"
	".globl entered_here\n"
	"entered_here:\n"
	"	movq $1, entered(%rip)\n"
	".globl routed_here\n"
	"routed_here:\n"
	"	mov %rax, routed_rax(%rip)\n"
	"	lea routed_regs(%rip), %rax\n"
	"	mov %rcx, 0(%rax)\n	mov %rdx, 8(%rax)\n	mov %rbx, 16(%rax)\n"
	"	mov %rbp, 24(%rax)\n	mov %rsi, 32(%rax)\n	mov %rdi, 40(%rax)\n"
	"	mov %r8, 48(%rax)\n	mov %r9, 56(%rax)\n	mov %r10, 64(%rax)\n"
	"	mov %r11, 72(%rax)\n	mov %r12, 80(%rax)\n	mov %r13, 88(%rax)\n"
	"	mov %r14, 96(%rax)\n	mov %r15, 104(%rax)\n"
	"	mov %rsp, routed_rsp(%rip)\n"
	"	mov host_rsp(%rip), %rsp\n"
	"	pop %r15\n	pop %r14\n	pop %r13\n	pop %r12\n	pop %rbp\n	pop %rbx\n"
	"	cld\n	ret\n");

/* --- The CPU ----------------------------------------------------------------- */

#define RUNS_MAX	8

struct run {
	uint64_t exit_code, rax;	/* of the exit that follows it */
	uint64_t regs[REGS];		/* the guest's, at that exit */
};

static struct run script[RUNS_MAX];
static uint64_t seen[RUNS_MAX][REGS];	/* at each VMRUN */
static int runs;
/* If set, what hardware does to the VMCB at a VMRUN: else one where each exit has two bytes */
static void (*at_vmrun)(struct vmcb *vmcb, const struct run *run);
static char stopped[128];		/* why the payload was stopped, if it was */

/* VMREAD and VMWRITE, between registers; hardware's numbering */
static uint64_t vmcs[0x8000];
static const int numbered_reg[16] = {
	REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
	REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
};

static bool access_vmcs(greg_t *reg)
{
	const uint8_t *code = (const uint8_t *)reg[REG_RIP];
	uint8_t rex = (*code & 0xf0) == 0x40 ? *code++ : 0;
	greg_t *field, *value;

	if (code[0] != 0x0f || (code[1] != 0x78 && code[1] != 0x79) || code[2] >> 6 != 3)
		return false;
	field = &reg[numbered_reg[(code[2] >> 3 & 7) | (rex & 4) << 1]];
	value = &reg[numbered_reg[(code[2] & 7) | (rex & 1) << 3]];
	if (code[1] == 0x78)
		*value = vmcs[*field & 0x7fff];
	else
		vmcs[*field & 0x7fff] = *value;
	reg[REG_RIP] = (greg_t)(code + 3);
	return true;
}

static void cpu(int signal, siginfo_t *info, void *context)
{
	greg_t *reg = ((ucontext_t *)context)->uc_mcontext.gregs;
	const uint8_t *code = (const uint8_t *)reg[REG_RIP];
	struct vmcb *vmcb = (struct vmcb *)(slot + CARETAKER_VMCB);

	if (signal == SIGILL && code[0] == 0x0f && code[1] == 0x0b) {
		snprintf(stopped, sizeof(stopped), "UD2");
		goto stop;
	}
	/* #UD, or #GP on a host that has SVM enabled */
	if (info->si_addr && signal == SIGSEGV && (uint8_t *)info->si_addr != code &&
	    info->si_code != SI_KERNEL)
		goto stray;
	if (code >= slot && code < slot + CARETAKER_SLOT_SIZE && access_vmcs(reg))
		return;
	if (code < slot || code >= slot + CARETAKER_SLOT_SIZE || memcmp(code, "\x0f\x01\xd8", 3))
		goto stray;

	if (runs == RUNS_MAX || (uint64_t)reg[REG_RAX] != VMCB_PA ||
	    (uint64_t)reg[REG_RSP] != stack_top) {
		snprintf(stopped, sizeof(stopped), "run %d, RAX %llx, RSP %llx", runs,
			 reg[REG_RAX], reg[REG_RSP]);
		goto stop;
	}
	for (int i = 0; i < REGS; i++) {
		seen[runs][i] = reg[ucontext_reg[i]];
		reg[ucontext_reg[i]] = script[runs].regs[i];
	}
	if (at_vmrun) {
		at_vmrun(vmcb, &script[runs]);
	} else {
		vmcb->exit_code = script[runs].exit_code;
		vmcb->rax = script[runs].rax;
		vmcb->next_rip = vmcb->rip + 2;
	}
	runs++;
	reg[REG_RIP] += 3;
	return;

stray:
	snprintf(stopped, sizeof(stopped), "signal %d at slot + %lx, address %p", signal,
		 (long)(code - slot), info->si_addr);
stop:
	reg[REG_RIP] = (greg_t)routed_here;
}

/* --- The slot ---------------------------------------------------------------- */

static void place(uint64_t offset, size_t size, int prot)
{
	assert_int_equal(mprotect(slot + offset, size, prot), 0);
}

static void load_image(void)
{
	static uint8_t file[CARETAKER_MAX_FILE];
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)file;
	const Elf64_Phdr *segment;
	int fd = open("build/payload/caretaker.elf", O_RDONLY);

	if (fd < 0)
		fail_msg("build/payload/caretaker.elf: make payload first");
	assert_true(read(fd, file, sizeof(file)) > (ssize_t)sizeof(*header));
	close(fd);
	segment = (const Elf64_Phdr *)(file + header->e_phoff);
	for (int i = 0; i < header->e_phnum; i++, segment++) {
		uint8_t *to = slot + CARETAKER_IMAGE + segment->p_vaddr;
		size_t size = (segment->p_memsz + 0xfff) & ~0xfffUL;

		if (segment->p_type == PT_CARETAKER_CCB)
			ccb = (struct caretaker_ccb *)to;
		if (segment->p_type != PT_LOAD)
			continue;
		assert_int_equal(mprotect(to, size, PROT_READ | PROT_WRITE), 0);
		memcpy(to, file + segment->p_offset, segment->p_filesz);
		assert_int_equal(mprotect(to, size, (segment->p_flags & PF_R ? PROT_READ : 0) |
					  (segment->p_flags & PF_W ? PROT_WRITE : 0) |
					  (segment->p_flags & PF_X ? PROT_EXEC : 0)), 0);
	}
	entry_point = (uint64_t)slot + CARETAKER_IMAGE + header->e_entry;
}

/* No register changes on the way */
static void lead_to(uint64_t entry, const char *where)
{
	uint8_t *code = slot + CARETAKER_TRAMPOLINE + entry;

	memcpy(code, "\xff\x25\0\0\0\0", 6);		/* jmp *0(%rip) */
	memcpy(code + 6, &(uint64_t) { (uint64_t)where }, 8);
}

static int make_slot(void **state)
{
	static uint8_t altstack[65536];
	const stack_t stack = { .ss_sp = altstack, .ss_size = sizeof(altstack) };
	struct caretaker_switch *area;
	int fd;

	(void)state;
	slot = mmap(NULL, CARETAKER_SLOT_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(slot != MAP_FAILED);

	place(CARETAKER_TRAMPOLINE, 0x1000, PROT_READ | PROT_WRITE);
	lead_to(CARETAKER_TRAMPOLINE_ROUTE, routed_here);
	lead_to(CARETAKER_TRAMPOLINE_ENTER, entered_here);
	place(CARETAKER_TRAMPOLINE, 0x1000, PROT_READ | PROT_EXEC);

	stack_top = (uint64_t)slot + CARETAKER_STACK + CARETAKER_STACK_SIZE;
	place(CARETAKER_SWITCH, 0x1000, PROT_READ | PROT_WRITE);
	area = (struct caretaker_switch *)(slot + CARETAKER_SWITCH);
	area->vmcb_pa = VMCB_PA;
	area->stack = enter_stack = stack_top;
	place(CARETAKER_SWITCH, 0x1000, PROT_READ);

	/* Read-only in the slot; written through the other mapping, as KVM does */
	fd = memfd_create("config", 0);
	assert_int_equal(ftruncate(fd, 0x3000), 0);
	config = mmap(NULL, 0x3000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(mmap(slot + CARETAKER_CONFIG, 0x3000, PROT_READ, MAP_SHARED | MAP_FIXED,
			 fd, 0) != MAP_FAILED);
	close(fd);

	place(CARETAKER_TELEMETRY, 0x1000, PROT_READ | PROT_WRITE);
	place(CARETAKER_VMCB, 0x1000, PROT_READ | PROT_WRITE);
	place(CARETAKER_GAP, 0x1000, PROT_READ | PROT_WRITE);
	place(CARETAKER_POSTED, 0x1000, PROT_READ | PROT_WRITE);
	place(CARETAKER_PEERS, 0x1000, PROT_READ);
	place(CARETAKER_STACK, CARETAKER_STACK_SIZE, PROT_READ | PROT_WRITE);
	load_image();

	assert_int_equal(sigaltstack(&stack, NULL), 0);
	return 0;
}

static uint64_t draw(void)
{
	static uint64_t seed = 0x2545f4914f6cdd1dULL;

	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static void prepare_for(uint32_t vendor, uint32_t mitigations)
{
	const struct sigaction action = { .sa_sigaction = cpu, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	struct vmcb *vmcb = (struct vmcb *)(slot + CARETAKER_VMCB);

	/* cmocka sets its own for each test, and none on the other stack. */
	assert_int_equal(sigaction(SIGILL, &action, NULL), 0);
	assert_int_equal(sigaction(SIGSEGV, &action, NULL), 0);

	memset(ccb, 0, sizeof(*ccb));
	ccb->magic = CARETAKER_CCB_MAGIC;
	ccb->abi = CARETAKER_ABI_VERSION;
	ccb->size = sizeof(*ccb);
	ccb->state = CARETAKER_ATTACHED;
	memset(config, 0, sizeof(*config));
	config->abi = CARETAKER_ABI_VERSION;
	config->size = sizeof(*config);
	config->vendor = vendor;
	config->flags = CARETAKER_CONFIG_NEXT_RIP;
	config->mitigations = mitigations;
	config->cpuid_count = 1;
	config->cpuid[0] = (struct caretaker_cpuid) {
		.function = 1, .eax = 0xa1, .ebx = 0xb1, .ecx = 0xc1, .edx = 0xd1,
	};
	memset(slot + CARETAKER_TELEMETRY, 0, 0x1000);
	memset(slot + CARETAKER_GAP, 0, 0x1000);
	memset(slot + CARETAKER_POSTED, 0, 0x1000);
	memset(vmcb, 0, sizeof(*vmcb));
	vmcb->rip = 0x1000;
	runs = 0;
	entered = 0;
	enter_at = entry_point + (vendor == CARETAKER_VENDOR_INTEL ? CARETAKER_ENTRY_INTEL : 0);
	guest_rax = draw();
	memset(vmcs, 0, sizeof(vmcs));
	vmcs[VMX_EXIT_INSTRUCTION_LENGTH] = 2;
	stopped[0] = 0;
	memset(routed_regs, 0, sizeof(routed_regs));
	for (int i = 0; i < REGS; i++) {
		guest_in[i] = draw();
		for (int run = 0; run < RUNS_MAX; run++)
			script[run].regs[i] = draw();
	}
	for (int run = 0; run < RUNS_MAX; run++)
		script[run].exit_code = SVM_EXIT_HLT;
}

#endif /* TEST_PAYLOAD_RUN_H */
