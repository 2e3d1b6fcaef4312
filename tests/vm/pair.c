// SPDX-License-Identifier: GPL-2.0-only
/* Two vCPUs that send each other numbered interrupts: see pair.h. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bare.h"
#include "detached.h"
#include "pair.h"
#include "trial.h"

#define HEAD		0x2400
#define HEAD_SIZE	0x100
#define STACK		0x7000
#define STACK_SIZE	0x800

extern const unsigned char pair_code[], pair_code_end[];
extern const unsigned char pair_call[], pair_answer[], pair_knock[], pair_poke[], pair_tick[];

#define PORT		0x10
#define TICK		0x40
#define CALL		0x61
#define ANSWER		0x62
#define POKE		0x64	/* as a device: it wakes, and that is all */

/*
 * 32-bit, flat, without paging.  EBP: struct pair_vcpu of its own; EBX: the other's; EDI: the
 * other's x2APIC ID.  MSRs of the x2APIC: SDM Vol. 3 12.12.1
 */
asm(".pushsection .rodata\n"
    ".code32\n"
    ".globl pair_code\n"
    "pair_code:\n"
    "	xorl	%edx, %edx\n"
    "	movl	$0x80f, %ecx\n"
    "	movl	$0x1ff, %eax\n"
    "	wrmsr\n"
    "	cmpl	$0, 32(%ebp)\n"
    "	je	1f\n"
    "	movl	$0x832, %ecx\n"
    "	movl	$0x40040, %eax\n"
    "	wrmsr\n"
    "	rdtsc\n"
    "	movl	%eax, 36(%ebp)\n"
    "	movl	%edx, 40(%ebp)\n"
    "	call	arm\n"
    "1:	movl	60(%ebp), %eax\n"
    "	testl	%eax, %eax\n"
    "	jz	1f\n"
    /* Periodic; divided by 1: SDM Vol. 3 12.5.1, 12.5.4 */
    "	movl	%eax, %esi\n"
    "	movl	$0x832, %ecx\n"
    "	movl	$0x20040, %eax\n"
    "	wrmsr\n"
    "	movl	$0x83e, %ecx\n"
    "	movl	$0xb, %eax\n"
    "	wrmsr\n"
    "	movl	$0x838, %ecx\n"
    "	movl	%esi, %eax\n"
    "	wrmsr\n"
    /* An APIC that is not enabled yet would drop it */
    "1:	movl	$1, 56(%ebp)\n"
    "1:	pause\n"
    "	cmpl	$0, 56(%ebx)\n"
    "	je	1b\n"
    "	sti\n"
    "again:	movl	20(%ebp), %esi\n"
    "	cmpl	$3, %esi\n"
    "	je	idle\n"
    "	cmpl	$4, %esi\n"
    "	je	knocks\n"
    "	cmpl	$5, %esi\n"
    "	je	sleeps\n"
    "	cmpl	$6, %esi\n"
    "	je	kicks\n"
    "	pushl	%ebx\n"
    "	xorl	%eax, %eax\n"
    "	cpuid\n"
    "	movl	%ebx, 52(%ebp)\n"
    "	popl	%ebx\n"
    "	incl	(%ebp)\n"
    "	movl	$0x4061, %eax\n"
    "	cmpl	$2, %esi\n"
    "	jne	1f\n"
    "	movl	$0xc4061, %eax\n"
    "1:	call	send\n"
    "wait:	cli\n"
    "	movl	4(%ebp), %eax\n"
    "	cmpl	(%ebp), %eax\n"
    "	je	answered\n"
    "	jb	1f\n"
    "	incl	16(%ebp)\n"
    "1:	cmpl	$0, 20(%ebp)\n"
    "	je	2f\n"
    "	cmpl	$3, 20(%ebp)\n"
    "	je	2f\n"
    "	sti\n"
    "	nop\n"
    "	pause\n"
    "	jmp	wait\n"
    "2:	sti\n"
    "	hlt\n"
    "	jmp	wait\n"
    "answered:\n"
    "	sti\n"
    "	cmpl	$0, 48(%ebp)\n"
    "	je	again\n"
    "	movl	(%ebp), %eax\n"
    "	outl	%eax, $0x10\n"
    "	jmp	again\n"
    /* What wakes it must not come before HLT */
    "idle:	cli\n"
    "	cmpl	$3, 20(%ebp)\n"
    "	jne	1f\n"
    "	sti\n"
    "	hlt\n"
    "	jmp	idle\n"
    "1:	sti\n"
    "	jmp	again\n"
    "knocks:\n"
    "	movl	12(%ebx), %esi\n"
    "	movl	$0x4063, %eax\n"
    "	call	send\n"
    "1:	pause\n"
    "	cmpl	$4, 20(%ebp)\n"
    "	jne	again\n"
    "	cmpl	12(%ebx), %esi\n"
    "	je	1b\n"
    "	incl	24(%ebp)\n"
    "	jmp	again\n"
    /* No interrupt ends that */
    "sleeps:	cli\n"
    "	hlt\n"
    "	incl	24(%ebp)\n"
    "	sti\n"
    "	jmp	again\n"
    /* KVM_HC_KICK_CPU: Documentation/virt/kvm/x86/hypercalls.rst */
    "kicks:	pushl	%ebx\n"
    "	movl	$5, %eax\n"
    "	xorl	%ebx, %ebx\n"
    "	movl	%edi, %ecx\n"
    "	vmmcall\n"
    "	popl	%ebx\n"
    "	testl	%eax, %eax\n"
    "	jnz	1f\n"
    "	incl	24(%ebp)\n"
    "1:	movl	$3, 20(%ebp)\n"
    "	jmp	again\n"
    /* What is in EAX, to the other */
    "send:	movl	%edi, %edx\n"
    "	movl	$0x830, %ecx\n"
    "	wrmsr\n"
    "	ret\n"
    ".globl pair_call\n"
    "pair_call:\n"
    "	pushal\n"
    "	incl	8(%ebp)\n"
    "	call	eoi\n"
    "	movl	$0x4062, %eax\n"
    "	call	send\n"
    "	popal\n"
    "	iret\n"
    ".globl pair_answer\n"
    "pair_answer:\n"
    "	pushal\n"
    "	incl	4(%ebp)\n"
    "	call	eoi\n"
    "	popal\n"
    "	iret\n"
    ".globl pair_knock\n"
    "pair_knock:\n"
    "	pushal\n"
    "	incl	12(%ebp)\n"
    "	call	eoi\n"
    "	popal\n"
    "	iret\n"
    ".globl pair_poke\n"
    "pair_poke:\n"
    "	pushal\n"
    "	call	eoi\n"
    "	popal\n"
    "	iret\n"
    "arm:	movl	36(%ebp), %eax\n"
    "	movl	40(%ebp), %edx\n"
    "	addl	32(%ebp), %eax\n"
    "	adcl	$0, %edx\n"
    "	movl	%eax, 36(%ebp)\n"
    "	movl	%edx, 40(%ebp)\n"
    "	movl	$0x6e0, %ecx\n"
    "	wrmsr\n"
    "	ret\n"
    ".globl pair_tick\n"
    "pair_tick:\n"
    "	pushal\n"
    "	cmpl	$0, 60(%ebp)\n"
    "	jne	2f\n"
    "	rdtsc\n"
    "	subl	36(%ebp), %eax\n"
    "	sbbl	40(%ebp), %edx\n"
    "	jns	1f\n"
    "	incl	44(%ebp)\n"
    "1:	call	arm\n"
    "2:	incl	28(%ebp)\n"
    "	call	eoi\n"
    "	popal\n"
    "	iret\n"
    "eoi:	xorl	%eax, %eax\n"
    "	xorl	%edx, %edx\n"
    "	movl	$0x80b, %ecx\n"
    "	wrmsr\n"
    "	ret\n"
    ".globl pair_code_end\n"
    "pair_code_end:\n"
    ".code64\n"
    ".popsection\n");

volatile struct pair_vcpu *pair_vcpu(const struct pair *pair, unsigned int vcpu)
{
	return (void *)(pair->ticker.memory + HEAD + HEAD_SIZE * vcpu);
}

void pair_set_mode(const struct pair *pair, unsigned int vcpu, uint32_t mode)
{
	struct kvm_msi poke = { .address_lo = 0xfee00000 | vcpu << 12, .data = POKE };

	pair_vcpu(pair, vcpu)->mode = mode;
	if (ioctl(pair->ticker.vm, KVM_SIGNAL_MSI, &poke) < 0)
		die("KVM_SIGNAL_MSI");
}

int pair_fd(const struct pair *pair, unsigned int vcpu)
{
	return vcpu ? pair->second : pair->ticker.vcpu;
}

static struct kvm_run *run_of(const struct pair *pair, unsigned int vcpu)
{
	return vcpu ? pair->second_run : pair->ticker.run;
}

static void set_registers(const struct pair *pair, unsigned int vcpu)
{
	struct kvm_regs regs = {
		.rip = BARE_CODE, .rflags = 2, .rsp = STACK - STACK_SIZE * vcpu,
		.rbp = HEAD + HEAD_SIZE * vcpu, .rbx = HEAD + HEAD_SIZE * !vcpu, .rdi = !vcpu,
	};

	if (ioctl(pair_fd(pair, vcpu), KVM_SET_REGS, &regs))
		die("KVM_SET_REGS");
}

static void map_second(struct pair *pair)
{
	pair->second_run = mmap(NULL, ioctl(pair->ticker.kvm, KVM_GET_VCPU_MMAP_SIZE, 0),
				PROT_READ | PROT_WRITE, MAP_SHARED, pair->second, 0);
	if (pair->second_run == MAP_FAILED)
		die("mmap of kvm_run");
}

/* As the first, but for being the first */
static void second_new(struct pair *pair)
{
	struct kvm_mp_state runs = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct kvm_sregs sregs;

	pair->second = ioctl(pair->ticker.vm, KVM_CREATE_VCPU, 1);
	if (pair->second < 0)
		die("KVM_CREATE_VCPU");
	map_second(pair);
	if (ioctl(pair->ticker.vcpu, KVM_GET_SREGS, &sregs))
		die("KVM_GET_SREGS");
	sregs.apic_base &= ~0x100ULL;
	bare_vcpu(pair->second);
	sregs.apic_base |= 0xc00;
	if (ioctl(pair->second, KVM_SET_SREGS, &sregs) ||
	    ioctl(pair->second, KVM_SET_MP_STATE, &runs))
		die("the second vCPU");
}

void pair_map(struct pair *pair)
{
	ticker_map(&pair->ticker);
	map_second(pair);
}

void pair_new(struct pair *pair, uint32_t period)
{
	ticker_new(&pair->ticker, false);
	bare_code(pair->ticker.memory, pair_code, pair_code_end);
	bare_gate(pair->ticker.memory, CALL, pair_call - pair_code);
	bare_gate(pair->ticker.memory, ANSWER, pair_answer - pair_code);
	bare_gate(pair->ticker.memory, PAIR_KNOCK, pair_knock - pair_code);
	bare_gate(pair->ticker.memory, TICK, pair_tick - pair_code);
	bare_gate(pair->ticker.memory, POKE, pair_poke - pair_code);
	bare_vcpu(pair->ticker.vcpu);
	second_new(pair);
	set_registers(pair, 0);
	set_registers(pair, 1);
	pair_vcpu(pair, 0)->period = period;
	pair_vcpu(pair, 1)->period = period;
}

struct runner {
	pthread_t thread;
	int fd;
	struct kvm_run *run;
	uint32_t *said;
	volatile int begun;
	int failed;
	volatile int stop;
};

static void *run_vcpu(void *arg)
{
	struct runner *r = arg;
	timer_t alarm = alarm_begin();
	int error = 0;

	r->begun = 1;
	while (!r->stop && !error) {
		if (ioctl(r->fd, KVM_RUN, 0))
			error = errno == EINTR ? 0 : errno;
		else if (r->run->exit_reason == KVM_EXIT_IO && r->run->io.port == PORT)
			memcpy(r->said, (char *)r->run + r->run->io.data_offset, sizeof(*r->said));
		else
			error = EIO;
	}
	if (error)
		printf("    KVM_RUN: %s, exit %u\n", error_name(error), r->run->exit_reason);
	timer_delete(alarm);
	r->failed = error;
	return NULL;
}

static int end_runner(struct runner *r)
{
	r->stop = 1;
	pthread_join(r->thread, NULL);
	return r->failed ? -1 : 0;
}

int pair_run(struct pair *pair, unsigned int mask, unsigned int us)
{
	struct runner runner[2] = { 0 };
	unsigned int i;
	int ret = 0;

	for (i = 0; i < 2; i++) {
		if (!(mask >> i & 1))
			continue;
		runner[i].fd = pair_fd(pair, i);
		runner[i].run = run_of(pair, i);
		runner[i].said = &pair->said[i];
		if (pthread_create(&runner[i].thread, NULL, run_vcpu, &runner[i]))
			die("pthread_create");
		/* On a busy machine that takes longer than it is to run */
		while (!runner[i].begun)
			usleep(100);
	}
	usleep(us);
	for (i = 0; i < 2; i++) {
		if (mask >> i & 1)
			ret |= end_runner(&runner[i]);
	}
	return ret;
}

int pair_detach(struct pair *pair, unsigned int vcpu)
{
	int error = EAGAIN;
	unsigned int tries;

	core = pair->core[vcpu];
	for (tries = 0; tries < 100 && error == EAGAIN; tries++) {
		if (pair_run(pair, 1 << vcpu, 3000))
			return EIO;
		error = detach_once(pair_fd(pair, vcpu));
	}
	return error;
}

int pair_attach(struct pair *pair, unsigned int vcpu)
{
	return attach(pair_fd(pair, vcpu));
}

void pair_close(struct pair *pair)
{
	munmap(pair->second_run, ioctl(pair->ticker.kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
	close(pair->second);
	ticker_close(&pair->ticker);
}
