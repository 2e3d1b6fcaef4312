// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit test of config.c: when a payload is to answer nothing, and what is looked up again.
 * And of who has a caretaker.
 */
#include <linux/kvm_host.h>
#include <kunit/test.h>

#include "slot.h"
#include "vm.h"

struct vm {
	struct kvm kvm;
	struct kvm_vcpu vcpu;
	struct kvm_caretaker_vm vm;
	struct kvm_caretaker_vcpu state;
	struct kvm_caretaker_slot slot;
};

struct condition {
	const char *name;
	void (*set)(struct vm *vm);
	bool mediated_pmu;
	u32 flags;
};

static void nothing(struct vm *vm)
{
}

static void debugged(struct vm *vm)
{
	vm->vcpu.guest_debug = KVM_GUESTDBG_ENABLE;
}

static void counts_instructions(struct vm *vm)
{
	__set_bit(X86_PMC_IDX_MAX - 1, vm->vcpu.arch.pmu.pmc_counting_instructions);
}

static void catches_up(struct vm *vm)
{
	vm->vcpu.arch.tsc_always_catchup = 1;
}

/* The CPU does not save PERF_GLOBAL_CTRL where the next entry loads it from */
static void refreshes_pmu(struct vm *vm)
{
	vm->slot.pmu_at_exit = true;
}

static void cpuid_faults(struct vm *vm)
{
	vm->vcpu.arch.msr_misc_features_enables = MSR_MISC_FEATURES_ENABLES_CPUID_FAULT;
}

static const struct condition conditions[] = {
	{ "nothing", nothing, false, 0 },
	{ "debugged", debugged, false, CARETAKER_CONFIG_ROUTE_ALL },
	{ "counts instructions", counts_instructions, false, CARETAKER_CONFIG_ROUTE_ALL },
	{ "TSC caught up", catches_up, false, CARETAKER_CONFIG_ROUTE_ALL },
	{ "PMU refreshed", refreshes_pmu, true, CARETAKER_CONFIG_ROUTE_ALL },
	{ "PMU saved by the CPU", nothing, true, 0 },
	{ "PMU not mediated", refreshes_pmu, false, 0 },
	{ "CPUID faults", cpuid_faults, false, CARETAKER_CONFIG_CPUID_FAULT },
};

static void condition_desc(const struct condition *condition, char *desc)
{
	strscpy(desc, condition->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(condition, conditions, condition_desc);

static void test_flags(struct kunit *test)
{
	const struct condition *condition = test->param_value;
	struct vm *vm = kvzalloc_obj(*vm);

	KUNIT_ASSERT_NOT_NULL(test, vm);
	vm->vcpu.kvm = &vm->kvm;
	vm->vcpu.arch.caretaker = &vm->state;
	vm->state.slot = &vm->slot;
	condition->set(vm);
	KUNIT_EXPECT_EQ(test, condition->flags,
			caretaker_config_flags(&vm->vcpu, condition->mediated_pmu));
	kvfree(vm);
}

static const u32 functions[] = {
	0, 1, 2, 4, 4, 7, 0xb, 0xb, 0xd, 0xd, 0x80000000, 0x80000001, 0x80000008, 0x40000000,
	/* One hash: */
	0x80, 0x80000000, 0x81000001, 0x1, 0xffffffff, 0xff,
};

/* As a payload searches the table: entries are there, in their order, from the start on */
static void expect_found(struct kunit *test, const struct caretaker_config *config)
{
	unsigned int i, first;

	for (i = 0; i < config->cpuid_count; i++) {
		const u32 function = config->cpuid[i].function;

		for (first = 0; config->cpuid[first].function != function; first++)
			;
		KUNIT_EXPECT_LE(test, config->cpuid_start[CARETAKER_CPUID_HASH(function)], first);
	}
}

/* No leaf is lost: with hashes that are the same, leaves that are there twice, a full table */
static void test_cpuid_start(struct kunit *test)
{
	struct caretaker_config *config = kvzalloc_obj(*config);
	unsigned int i, used = 0;

	KUNIT_ASSERT_NOT_NULL(test, config);
	memset(config->cpuid_start, 0xff, sizeof(config->cpuid_start));
	caretaker_config_index_cpuid(config);
	KUNIT_EXPECT_NULL(test, memchr_inv(config->cpuid_start, 0, sizeof(config->cpuid_start)));

	for (i = 0; i < ARRAY_SIZE(functions); i++)
		config->cpuid[i].function = functions[i];
	config->cpuid_count = i;
	caretaker_config_index_cpuid(config);
	expect_found(test, config);
	KUNIT_EXPECT_EQ(test, 6, config->cpuid_start[CARETAKER_CPUID_HASH(0xbU)]);
	KUNIT_EXPECT_EQ(test, 12, config->cpuid_start[CARETAKER_CPUID_HASH(0x80000008)]);
	/* What is behind the end has no place */
	KUNIT_EXPECT_EQ(test, 0, config->cpuid_start[CARETAKER_CPUID_HASH(0x7fU)]);

	for (i = 0; i < CARETAKER_CPUID_MAX; i++)
		config->cpuid[i].function = i ^ 0xa5;
	config->cpuid_count = CARETAKER_CPUID_MAX;
	caretaker_config_index_cpuid(config);
	expect_found(test, config);
	for (i = 0; i < CARETAKER_CPUID_MAX; i++)
		used += config->cpuid_start[i] == (i ^ 0xa5);
	KUNIT_EXPECT_EQ(test, CARETAKER_CPUID_MAX, used);
	kvfree(config);
}

/* A guest that writes an MSR as often as it likes has KVM look at that one */
static void test_msr_written(struct kunit *test)
{
	struct vm *vm = kvzalloc_obj(*vm);
	u32 adjust;

	KUNIT_ASSERT_NOT_NULL(test, vm);
	/* A vCPU that no slot was ever staged for */
	caretaker_msr_written(&vm->vcpu, MSR_IA32_TSC);
	caretaker_mark_dirty(&vm->vcpu, KVM_CARETAKER_DIRTY_TABLES);

	vm->vcpu.arch.caretaker = &vm->state;
	caretaker_msr_written(&vm->vcpu, MSR_STAR);
	caretaker_msr_written(&vm->vcpu, MSR_AMD64_PATCH_LOADER);
	KUNIT_EXPECT_EQ(test, 0, vm->state.dirty);
	caretaker_msr_written(&vm->vcpu, MSR_IA32_TSC);
	adjust = vm->state.dirty;
	KUNIT_EXPECT_EQ(test, 1, hweight32(adjust));
	caretaker_msr_written(&vm->vcpu, MSR_IA32_TSC_ADJUST);
	KUNIT_EXPECT_EQ(test, adjust, vm->state.dirty);
	caretaker_msr_written(&vm->vcpu, MSR_IA32_MISC_ENABLE);
	KUNIT_EXPECT_EQ(test, 2, hweight32(vm->state.dirty));
	KUNIT_EXPECT_FALSE(test, vm->state.dirty & KVM_CARETAKER_DIRTY_TABLES);
	caretaker_msr_written(&vm->vcpu, MSR_MISC_FEATURES_ENABLES);
	KUNIT_EXPECT_TRUE(test, vm->state.dirty & KVM_CARETAKER_DIRTY_FLAGS);
	kvfree(vm);
}

/* An install that failed has left a name, and changed nothing else: SEV may still begin */
static void test_present(struct kunit *test)
{
	struct vm *vm = kvzalloc_obj(*vm);
	struct kvm *kvm;

	KUNIT_ASSERT_NOT_NULL(test, vm);
	kvm = &vm->kvm;
	mutex_init(&kvm->lock);
	mutex_lock(&kvm->lock);
	KUNIT_EXPECT_FALSE(test, kvm_caretaker_present(kvm));
	kvm->arch.caretaker = &vm->vm;
	vm->vm.serial = 1;
	KUNIT_EXPECT_FALSE(test, kvm_caretaker_present(kvm));
	vm->vm.installs = 1;
	KUNIT_EXPECT_TRUE(test, kvm_caretaker_present(kvm));
	vm->vm.installs = 0;
	vm->vm.recorded = true;
	KUNIT_EXPECT_TRUE(test, kvm_caretaker_present(kvm));
	mutex_unlock(&kvm->lock);
	kvfree(vm);
}

static struct kunit_case config_cases[] = {
	KUNIT_CASE_PARAM(test_flags, condition_gen_params),
	KUNIT_CASE(test_cpuid_start),
	KUNIT_CASE(test_msr_written),
	KUNIT_CASE(test_present),
	{}
};

static struct kunit_suite config_suite = {
	.name = "caretaker-config",
	.test_cases = config_cases,
};

kunit_test_suite(config_suite);
