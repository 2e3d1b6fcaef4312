// SPDX-License-Identifier: GPL-2.0
/*
 * A guest gets the same answers under a caretaker as without one
 *
 * The guest executes what exits: CPUID with many leaves, accesses of MSRs, XSETBV, INVD.
 * What it sees, faults and untouched registers included, is compared bit by bit: without
 * a caretaker, under one, and after that was removed.
 *
 * A payload that this kernel trusts is the argument, or its path is in the environment
 * variable KVM_CARETAKER_PAYLOAD.  Without one the test is skipped.
 */
#include <fcntl.h>
#include <string.h>

#include "kvm_util.h"
#include "processor.h"

#define ROUNDS		3	/* the last one counts: tables may be made at the first */
#define RANDOM_LEAVES	500

enum kind {
	CPUID,
	RDMSR,
	WRMSR,
	XSETBV,
	INVD,
	RANDOM,
};

#define NO_VECTOR	(-1)	/* no fault that is known beforehand */

/*
 * XCR0 as it is.  Nothing here changes it: where an emulated CPU has no intercept for XSETBV
 * KVM would not learn of it, and the host would go on with the guest's XCR0.
 */
#define KEEP		(~0ULL)

static const struct question {
	const char *name;
	enum kind kind;
	u32 number;
	u64 value;	/* the subleaf, or what is written */
	int vector;	/* the fault that any kernel gives */
} questions[] = {
	{ "CPUID 0", CPUID, 0, 0, NO_VECTOR },
	{ "CPUID 1", CPUID, 1, 0, NO_VECTOR },
	{ "CPUID 1, with a subleaf that has no meaning", CPUID, 1, 7, NO_VECTOR },
	{ "CPUID 2", CPUID, 2, 0, NO_VECTOR },
	{ "CPUID 4.0", CPUID, 4, 0, NO_VECTOR },
	{ "CPUID 4.3", CPUID, 4, 3, NO_VECTOR },
	{ "CPUID 6", CPUID, 6, 0, NO_VECTOR },
	{ "CPUID 7.0", CPUID, 7, 0, NO_VECTOR },
	{ "CPUID 7.1", CPUID, 7, 1, NO_VECTOR },
	{ "CPUID 7 with the largest subleaf", CPUID, 7, ~0U, NO_VECTOR },
	{ "CPUID 0xb.0", CPUID, 0xb, 0, NO_VECTOR },
	{ "CPUID 0xb.1", CPUID, 0xb, 1, NO_VECTOR },
	{ "CPUID 0xb.2, where no level is left", CPUID, 0xb, 2, NO_VECTOR },
	{ "CPUID 0xd.0", CPUID, 0xd, 0, NO_VECTOR },
	{ "CPUID 0xd.1", CPUID, 0xd, 1, NO_VECTOR },
	{ "CPUID 0xd.2", CPUID, 0xd, 2, NO_VECTOR },
	{ "CPUID 0xd.63", CPUID, 0xd, 63, NO_VECTOR },
	{ "CPUID 0x14", CPUID, 0x14, 0, NO_VECTOR },
	{ "CPUID 0x1f", CPUID, 0x1f, 0, NO_VECTOR },
	{ "CPUID of an unknown basic leaf", CPUID, 0x00ffffff, 0, NO_VECTOR },
	{ "CPUID of an unknown basic leaf, with a subleaf", CPUID, 0x00ffffff, 1, NO_VECTOR },
	{ "CPUID 0x40000000", CPUID, 0x40000000, 0, NO_VECTOR },
	{ "CPUID 0x40000001", CPUID, 0x40000001, 0, NO_VECTOR },
	{ "CPUID 0x40000100", CPUID, 0x40000100, 0, NO_VECTOR },
	{ "CPUID 0x80000000", CPUID, 0x80000000, 0, NO_VECTOR },
	{ "CPUID 0x80000001", CPUID, 0x80000001, 0, NO_VECTOR },
	{ "CPUID 0x80000004", CPUID, 0x80000004, 0, NO_VECTOR },
	{ "CPUID 0x80000008", CPUID, 0x80000008, 0, NO_VECTOR },
	{ "CPUID 0x8000001d.1", CPUID, 0x8000001d, 1, NO_VECTOR },
	{ "CPUID of an unknown extended leaf", CPUID, 0x80ffffff, 0, NO_VECTOR },
	{ "CPUID 0xc0000000", CPUID, 0xc0000000, 0, NO_VECTOR },
	{ "CPUID of the largest leaf", CPUID, ~0U, 0, NO_VECTOR },

	{ "RDMSR of APIC_BASE", RDMSR, MSR_IA32_APICBASE, 0, NO_VECTOR },
	{ "RDMSR of FEAT_CTL", RDMSR, MSR_IA32_FEAT_CTL, 0, NO_VECTOR },
	{ "RDMSR of the microcode's revision", RDMSR, MSR_IA32_UCODE_REV, 0, NO_VECTOR },
	{ "RDMSR of MTRRcap", RDMSR, MSR_MTRRcap, 0, NO_VECTOR },
	{ "RDMSR of MTRRdefType", RDMSR, MSR_MTRRdefType, 0, NO_VECTOR },
	{ "RDMSR of ARCH_CAPABILITIES", RDMSR, MSR_IA32_ARCH_CAPABILITIES, 0, NO_VECTOR },
	{ "RDMSR of MISC_ENABLE", RDMSR, MSR_IA32_MISC_ENABLE, 0, NO_VECTOR },
	{ "RDMSR of PAT", RDMSR, MSR_IA32_CR_PAT, 0, NO_VECTOR },
	{ "RDMSR of TSC_ADJUST", RDMSR, MSR_IA32_TSC_ADJUST, 0, NO_VECTOR },
	{ "RDMSR of EFER", RDMSR, MSR_EFER, 0, NO_VECTOR },
	{ "RDMSR of HWCR", RDMSR, MSR_K7_HWCR, 0, NO_VECTOR },
	{ "RDMSR of what is no MSR", RDMSR, 0x12345678, 0, GP_VECTOR },
	{ "WRMSR of PAT", WRMSR, MSR_IA32_CR_PAT, 0x0007010600070106, NO_VECTOR },
	{ "RDMSR of PAT, as it was written", RDMSR, MSR_IA32_CR_PAT, 0, NO_VECTOR },
	{ "WRMSR of PAT, of a type that is reserved", WRMSR, MSR_IA32_CR_PAT, 2, GP_VECTOR },
	{ "WRMSR of PAT, back", WRMSR, MSR_IA32_CR_PAT, 0x0007040600070406, NO_VECTOR },
	{ "WRMSR of EFER, of reserved bits", WRMSR, MSR_EFER, ~0ULL, GP_VECTOR },
	{ "WRMSR of what is no MSR", WRMSR, 0x12345678, 1, GP_VECTOR },

	{ "XSETBV without x87", XSETBV, 0, 0, NO_VECTOR },
	{ "XSETBV of another register", XSETBV, 1, 1, NO_VECTOR },
	{ "XSETBV of what is there already", XSETBV, 0, KEEP, NO_VECTOR },
	{ "INVD", INVD, 0, 0, 0 },
	{ "CPUID 0xd.0 after XSETBV", CPUID, 0xd, 0, NO_VECTOR },
	{ "CPUID of random leaves", RANDOM, RANDOM_LEAVES, 0, NO_VECTOR },
};

struct answer {
	u64 value[4];
	u64 vector;
	u64 changed;	/* registers that the instruction must leave alone, and did not */
};

static struct answer answers[ARRAY_SIZE(questions)];

#define PATTERN		0x5aa5c33c0ff01234ULL

/* CPUID between registers that are full: each that is another afterwards leaves a bit */
static void cpuid_among_registers(u32 leaf, u32 subleaf, struct answer *answer)
{
	u32 eax = leaf, ebx, ecx = subleaf, edx;
	u64 changed, pattern = PATTERN;

	asm volatile("mov %[pattern], %%r8\n\t"
		     "lea 1(%%r8), %%r9\n\t"
		     "lea 2(%%r8), %%r12\n\t"
		     "lea 3(%%r8), %%r13\n\t"
		     "lea 4(%%r8), %%r14\n\t"
		     "lea 5(%%r8), %%r15\n\t"
		     "lea 6(%%r8), %%rsi\n\t"
		     "lea 7(%%r8), %%rdi\n\t"
		     "stc\n\t"
		     "cpuid\n\t"
		     "sbb %%r10, %%r10\n\t"	/* all ones while CF is set */
		     "not %%r10\n\t"
		     "mov %[pattern], %%r11\n\t"
		     "xor %%r11, %%r8\n\t"
		     "lea 1(%%r11), %%r11\n\t xor %%r11, %%r9\n\t"
		     "lea 1(%%r11), %%r11\n\t xor %%r11, %%r12\n\t"
		     "lea 1(%%r11), %%r11\n\t xor %%r11, %%r13\n\t"
		     "lea 1(%%r11), %%r11\n\t xor %%r11, %%r14\n\t"
		     "lea 1(%%r11), %%r11\n\t xor %%r11, %%r15\n\t"
		     "lea 1(%%r11), %%r11\n\t xor %%r11, %%rsi\n\t"
		     "lea 1(%%r11), %%r11\n\t xor %%r11, %%rdi\n\t"
		     "or %%r8, %%r10\n\t or %%r9, %%r10\n\t or %%r12, %%r10\n\t"
		     "or %%r13, %%r10\n\t or %%r14, %%r10\n\t or %%r15, %%r10\n\t"
		     "or %%rsi, %%r10\n\t or %%rdi, %%r10\n\t"
		     "mov %%r10, %[changed]"
		     : "+a" (eax), "=&b" (ebx), "+c" (ecx), "=&d" (edx), [changed] "=m" (changed)
		     : [pattern] "m" (pattern)
		     : "cc", "memory", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
		       "r15");
	answer->value[0] = eax;
	answer->value[1] = ebx;
	answer->value[2] = ecx;
	answer->value[3] = edx;
	answer->changed |= changed;
}

/* The same leaves each time, and a sum of what they give */
static void cpuid_random(unsigned int count, struct answer *answer)
{
	u64 sum[4] = {}, random = 0x9e3779b97f4a7c15ULL;
	unsigned int i, j;

	while (count--) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		/* Leaves that exist, and some that do not, of each range */
		cpuid_among_registers((random & 0x3f) | (random >> 8 & 1) << 31 |
				      (random >> 9 & 1) << 30, random >> 16 & 7, answer);
		for (i = 0; i < 4; i++)
			sum[i] = sum[i] * 31 + answer->value[i];
	}
	for (j = 0; j < 4; j++)
		answer->value[j] = sum[j];
}

static void ask(const struct question *question, struct answer *answer)
{
	u64 value;

	memset(answer, 0, sizeof(*answer));
	switch (question->kind) {
	case CPUID:
		cpuid_among_registers(question->number, question->value, answer);
		break;
	case RDMSR:
		answer->vector = rdmsr_safe(question->number, &answer->value[0]);
		if (answer->vector)
			answer->value[0] = 0;
		break;
	case WRMSR:
		answer->vector = wrmsr_safe(question->number, question->value);
		break;
	case XSETBV:
		value = question->value;
		if (value == KEEP)
			answer->vector = xgetbv_safe(question->number, &value);
		if (answer->vector)
			break;
		answer->value[0] = value;
		answer->vector = xsetbv_safe(question->number, value);
		break;
	case INVD:
		answer->vector = kvm_asm_safe("invd");
		break;
	case RANDOM:
		cpuid_random(question->number, answer);
		break;
	}
}

static void guest_code(void)
{
	int i, round;

	for (;;) {
		for (round = 0; round < ROUNDS; round++) {
			for (i = 0; i < ARRAY_SIZE(questions); i++)
				ask(&questions[i], &answers[i]);
		}
		GUEST_DONE();
	}
}

/* Runs the guest once, and copies what it has seen */
static void get_answers(struct kvm_vcpu *vcpu, struct answer *to)
{
	struct ucall uc;

	vcpu_run(vcpu);
	TEST_ASSERT_KVM_EXIT_REASON(vcpu, KVM_EXIT_IO);
	TEST_ASSERT_EQ(get_ucall(vcpu, &uc), UCALL_DONE);
	sync_global_from_guest(vcpu->vm, answers);
	memcpy(to, answers, sizeof(answers));
}

static int set_caretaker(struct kvm_vm *vm, int fd, u64 flags)
{
	struct kvm_set_caretaker arg = {
		.size = KVM_SET_CARETAKER_SIZE_VER0,
		.fd = fd,
		.flags = flags,
		.vmm_id = "answers",
	};

	return __vm_ioctl(vm, KVM_SET_CARETAKER, &arg) ? errno : 0;
}

/* What holds without a caretaker too, or the comparison would mean nothing */
static bool plausible(const struct question *question, const struct answer *answer)
{
	if (question->vector != NO_VECTOR && answer->vector != question->vector)
		return false;
	return !answer->changed;
}

static bool same(const char *when, const struct question *question, const struct answer *got,
		 const struct answer *expected)
{
	int i;

	if (!memcmp(got, expected, sizeof(*got)))
		return true;
	ksft_print_msg("%s, %s: vector %llu instead of %llu, registers %llx instead of %llx\n",
		       when, question->name, (unsigned long long)got->vector,
		       (unsigned long long)expected->vector, (unsigned long long)got->changed,
		       (unsigned long long)expected->changed);
	for (i = 0; i < 4; i++)
		ksft_print_msg("  0x%llx instead of 0x%llx\n", (unsigned long long)got->value[i],
			       (unsigned long long)expected->value[i]);
	return false;
}

static void test_mode(const char *mode, u64 flags, int fd)
{
	static struct answer without[ARRAY_SIZE(questions)], under[ARRAY_SIZE(questions)],
			     after[ARRAY_SIZE(questions)];
	const struct question *question;
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;
	int i, err;

	vm = vm_create_with_one_vcpu(&vcpu, guest_code);
	get_answers(vcpu, without);
	err = set_caretaker(vm, fd, flags);
	TEST_ASSERT(!err, "No caretaker, %s: %s", mode, strerror(err));
	get_answers(vcpu, under);
	err = set_caretaker(vm, -1, KVM_CARETAKER_REMOVE);
	TEST_ASSERT(!err, "Not removed, %s: %s", mode, strerror(err));
	get_answers(vcpu, after);
	kvm_vm_free(vm);

	for (i = 0; i < ARRAY_SIZE(questions); i++) {
		question = &questions[i];
		ksft_test_result(plausible(question, &without[i]) &&
				 same("under it", question, &under[i], &without[i]) &&
				 same("after it", question, &after[i], &without[i]),
				 "%s: %s\n", mode, question->name);
	}
}

int main(int argc, char *argv[])
{
	const char *payload = argc > 1 ? argv[1] : getenv("KVM_CARETAKER_PAYLOAD");
	int fd, bits;

	TEST_REQUIRE(kvm_has_cap(KVM_CAP_CARETAKER));
	__TEST_REQUIRE(payload, "no payload: give its path, or KVM_CARETAKER_PAYLOAD");

	bits = kvm_check_cap(KVM_CAP_CARETAKER);
	fd = open(payload, O_RDONLY);
	TEST_ASSERT(fd >= 0, "Cannot open '%s': %s", payload, strerror(errno));

	ksft_print_header();
	ksft_set_plan((!!(bits & KVM_CARETAKER_CAP_ISOLATED) + !!(bits & KVM_CARETAKER_SHARED)) *
		      ARRAY_SIZE(questions));
	if (bits & KVM_CARETAKER_CAP_ISOLATED)
		test_mode("isolated", KVM_CARETAKER_MIN_ENCODINGS, fd);
	if (bits & KVM_CARETAKER_SHARED)
		test_mode("shared", KVM_CARETAKER_SHARED | KVM_CARETAKER_MIN_ENCODINGS, fd);
	close(fd);
	ksft_finished();
}
