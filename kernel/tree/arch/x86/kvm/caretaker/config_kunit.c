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

/* As the vCPU's thread writes its tables */
static void write_tables(struct kvm_caretaker_vcpu *state, struct caretaker_config *config,
			 unsigned int count)
{
	raw_write_seqcount_begin(&state->tables);
	memset(config->cpuid, count, count * sizeof(*config->cpuid));
	config->cpuid_count = count;
	config->flags ^= CARETAKER_CONFIG_CPUID_REDIRECT;
	config->msr_count = 1;
	config->msr[0].value = count;
	raw_write_seqcount_end(&state->tables);
}

static void expect_same_tables(struct kunit *test, const struct caretaker_config *config,
			       const struct caretaker_config *like)
{
	KUNIT_EXPECT_EQ(test, like->cpuid_count, config->cpuid_count);
	KUNIT_EXPECT_MEMEQ(test, config->cpuid, like->cpuid,
			   like->cpuid_count * sizeof(*like->cpuid));
	KUNIT_EXPECT_EQ(test, like->msr_count, config->msr_count);
	KUNIT_EXPECT_EQ(test, like->msr[0].value, config->msr[0].value);
	KUNIT_EXPECT_EQ(test, like->flags & CARETAKER_CONFIG_CPUID_REDIRECT,
			config->flags & CARETAKER_CONFIG_CPUID_REDIRECT);
	/* What is not of the vCPU stays that of the update */
	KUNIT_EXPECT_TRUE(test, config->flags & CARETAKER_CONFIG_NEXT_RIP);
}

/* An update has the tables as they are when the vCPU takes it, and not as they were before */
static void test_tables_inherited(struct kunit *test)
{
	struct kvm_caretaker_slot *update = kvzalloc_obj(*update);
	struct vm *vm = kvzalloc_obj(*vm);

	KUNIT_ASSERT_TRUE(test, vm && update);
	mutex_init(&vm->kvm.lock);
	spin_lock_init(&vm->state.lock);
	seqcount_init(&vm->state.tables);
	vm->vcpu.kvm = &vm->kvm;
	vm->vcpu.arch.caretaker = &vm->state;
	vm->slot.config = kvzalloc_obj(*vm->slot.config);
	update->config = kvzalloc_obj(*update->config);
	KUNIT_ASSERT_TRUE(test, vm->slot.config && update->config);
	update->config->flags = CARETAKER_CONFIG_NEXT_RIP;

	mutex_lock(&vm->kvm.lock);
	/* Before the vCPU has a slot there is nothing to copy */
	caretaker_config_copy(&vm->vcpu, update);
	KUNIT_EXPECT_EQ(test, 0, update->config->cpuid_count);
	vm->state.slot = &vm->slot;
	write_tables(&vm->state, vm->slot.config, 2);
	vm->slot.config->flags |= CARETAKER_CONFIG_ROUTE_ALL;
	vm->slot.config->xcr0 = 0xe7;
	caretaker_config_inherit(&vm->vcpu, update, &vm->slot);
	expect_same_tables(test, update->config, vm->slot.config);
	KUNIT_EXPECT_TRUE(test, update->config->flags & CARETAKER_CONFIG_ROUTE_ALL);
	KUNIT_EXPECT_EQ(test, 0xe7, update->config->xcr0);

	/* The copy of what was staged is what the vCPU takes */
	write_tables(&vm->state, vm->slot.config, 3);
	caretaker_config_copy(&vm->vcpu, update);
	expect_same_tables(test, update->config, vm->slot.config);
	update->config->msr[1].value = 0x5a;
	vm->slot.config->msr_count = 2;
	caretaker_config_inherit(&vm->vcpu, update, &vm->slot);
	KUNIT_EXPECT_EQ(test, 1, update->config->msr_count);

	/* But not if it was written since, nor if it was being written */
	write_tables(&vm->state, vm->slot.config, 1);
	caretaker_config_inherit(&vm->vcpu, update, &vm->slot);
	expect_same_tables(test, update->config, vm->slot.config);
	raw_write_seqcount_begin(&vm->state.tables);
	vm->slot.config->cpuid_count = 0;
	caretaker_config_copy(&vm->vcpu, update);
	vm->slot.config->cpuid_count = 4;
	raw_write_seqcount_end(&vm->state.tables);
	caretaker_config_inherit(&vm->vcpu, update, &vm->slot);
	expect_same_tables(test, update->config, vm->slot.config);
	mutex_unlock(&vm->kvm.lock);

	kvfree(update->config);
	kvfree(vm->slot.config);
	kvfree(update);
	kvfree(vm);
}

/* Does what KVM writes of CPUID and MSRs leave a mark for who has copied the tables before? */
static bool writing_leaves_a_mark(struct vm *vm, u32 dirty, bool dynamic_bits)
{
	const unsigned int before = raw_read_seqcount(&vm->state.tables);

	vm->state.dirty = dirty;
	vm->vcpu.arch.cpuid_dynamic_bits_dirty = dynamic_bits;
	caretaker_config_write_tables(&vm->vcpu);
	return read_seqcount_retry(&vm->state.tables, before);
}

static void test_writers_leave_a_mark(struct kunit *test)
{
	struct vm *vm = kvzalloc_obj(*vm);

	KUNIT_ASSERT_NOT_NULL(test, vm);
	seqcount_init(&vm->state.tables);
	vm->vcpu.kvm = &vm->kvm;
	vm->vcpu.arch.caretaker = &vm->state;
	vm->state.config = kvzalloc_obj(*vm->state.config);
	KUNIT_ASSERT_NOT_NULL(test, vm->state.config);

	KUNIT_EXPECT_FALSE(test, writing_leaves_a_mark(vm, 0, false));
	KUNIT_EXPECT_FALSE(test, writing_leaves_a_mark(vm, KVM_CARETAKER_DIRTY_FLAGS, false));
	KUNIT_EXPECT_TRUE(test, writing_leaves_a_mark(vm, BIT(2), false));
	KUNIT_EXPECT_TRUE(test, writing_leaves_a_mark(vm, 0, true));
	/* None is left half done: whoever copies now need not copy again */
	KUNIT_EXPECT_FALSE(test, raw_read_seqcount(&vm->state.tables) & 1);
	kvfree(vm->state.config);
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
	KUNIT_CASE(test_tables_inherited),
	KUNIT_CASE(test_writers_leave_a_mark),
	KUNIT_CASE(test_present),
	{}
};

static struct kunit_suite config_suite = {
	.name = "caretaker-config",
	.test_cases = config_cases,
};

kunit_test_suite(config_suite);
