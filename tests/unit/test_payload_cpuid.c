// SPDX-License-Identifier: GPL-2.0-only
/*
 * The payload's CPUID against a model of KVM's, written from kvm_cpuid(),
 * kvm_find_cpuid_entry2() and get_out_of_range_cpuid_entry() of Linux 7.3.
 */
#include <stdio.h>
#include <linux/kvm.h>
#include "test_payload_slot.h"

#define SIGNIFICANT	KVM_CPUID_FLAG_SIGNIFCANT_INDEX

struct answer4 {
	uint32_t eax, ebx, ecx, edx;
};

/* --- KVM ------------------------------------------------------------------ */

static const struct kvm_cpuid_entry2 *kvm_find(const struct kvm_cpuid_entry2 *entries, int nent,
					       uint32_t function, uint64_t index)
{
	for (int i = 0; i < nent; i++) {
		const struct kvm_cpuid_entry2 *e = &entries[i];

		if (e->function != function)
			continue;
		if (!(e->flags & SIGNIFICANT) || e->index == index)
			return e;
		if (index == UINT64_MAX)	/* KVM_CPUID_INDEX_NOT_SIGNIFICANT */
			return e;
	}
	return NULL;
}

static bool kvm_guest_is_amd(const struct kvm_cpuid_entry2 *basic)
{
	return (basic->ebx == 0x68747541 && basic->ecx == 0x444d4163 &&
		basic->edx == 0x69746e65) ||	/* AuthenticAMD */
	       (basic->ebx == 0x6f677948 && basic->ecx == 0x656e6975 &&
		basic->edx == 0x6e65476e);	/* HygonGenuine */
}

static const struct kvm_cpuid_entry2 *kvm_out_of_range(const struct kvm_cpuid_entry2 *entries,
						       int nent, uint32_t *fn, uint32_t index)
{
	const struct kvm_cpuid_entry2 *basic = kvm_find(entries, nent, 0, UINT64_MAX);
	const struct kvm_cpuid_entry2 *class;
	uint32_t function = *fn;

	if (!basic || kvm_guest_is_amd(basic))
		return NULL;
	if (function >= 0x40000000 && function <= 0x4fffffff)
		class = kvm_find(entries, nent, function & 0xffffff00, UINT64_MAX);
	else if (function >= 0xc0000000)
		class = kvm_find(entries, nent, 0xc0000000, UINT64_MAX);
	else
		class = kvm_find(entries, nent, function & 0x80000000, UINT64_MAX);
	if (class && function <= class->eax)
		return NULL;
	*fn = basic->eax;
	return kvm_find(entries, nent, basic->eax, index);
}

static struct answer4 kvm_model(const struct kvm_cpuid_entry2 *entries, int nent,
				uint32_t function, uint32_t index)
{
	const struct kvm_cpuid_entry2 *entry = kvm_find(entries, nent, function, index);
	struct answer4 answer = { 0 };

	if (!entry)
		entry = kvm_out_of_range(entries, nent, &function, index);
	if (entry)
		return (struct answer4) { entry->eax, entry->ebx, entry->ecx, entry->edx };
	if (function == 0xb || function == 0x1f) {
		entry = kvm_find(entries, nent, function, 1);
		if (entry) {
			answer.ecx = index & 0xff;
			answer.edx = entry->edx;
		}
	}
	return answer;
}

/* --- What KVM publishes to the payload -------------------------------------- */

/* Where a search begins: as KVM says it or not at all */
enum start { RIGHT, ZERO };

static void publish_start(enum start start)
{
	memset(slot.config.cpuid_start, 0, sizeof(slot.config.cpuid_start));
	for (u32 i = slot.config.cpuid_count; start == RIGHT && i--;) {
		u32 function = slot.config.cpuid[i].function;

		slot.config.cpuid_start[(function ^ function >> 24) % 256] = i;
	}
}

static void publish(const struct kvm_cpuid_entry2 *entries, int nent)
{
	const struct kvm_cpuid_entry2 *basic = kvm_find(entries, nent, 0, UINT64_MAX);

	slot.config.cpuid_count = nent;
	for (int i = 0; i < nent; i++)
		slot.config.cpuid[i] = (struct caretaker_cpuid) {
			.function = entries[i].function,
			.index = entries[i].index,
			.flags = entries[i].flags & SIGNIFICANT ? CARETAKER_CPUID_INDEXED : 0,
			.eax = entries[i].eax, .ebx = entries[i].ebx,
			.ecx = entries[i].ecx, .edx = entries[i].edx,
		};
	publish_start(RIGHT);
	if (basic && !kvm_guest_is_amd(basic))
		slot.config.flags |= CARETAKER_CONFIG_CPUID_REDIRECT;
}

/* --- Named cases --------------------------------------------------------------- */

#define AMD	{ .function = 0, .eax = 0x10, .ebx = 0x68747541, .ecx = 0x444d4163, .edx = 0x69746e65 }
#define INTEL	{ .function = 0, .eax = 0x16, .ebx = 0x756e6547, .ecx = 0x6c65746e, .edx = 0x49656e69 }
#define HYGON	{ .function = 0, .eax = 0x10, .ebx = 0x6f677948, .ecx = 0x656e6975, .edx = 0x6e65476e }

struct cpuid_case {
	const char *name;
	struct kvm_cpuid_entry2 table[4];
	int nent;
	uint32_t function, index;
	enum verdict verdict;
	struct answer4 want;
};

static const struct cpuid_case cases[] = {
	{ "leaf without index, any ECX", { AMD, { .function = 1, .eax = 1, .ebx = 2, .ecx = 3, .edx = 4 } },
	  2, 1, 0x99, ANSWERED, { 1, 2, 3, 4 } },
	{ "indexed leaf, its index", { AMD, { .function = 4, .index = 3, .flags = SIGNIFICANT, .eax = 5 } },
	  2, 4, 3, ANSWERED, { 5, 0, 0, 0 } },
	{ "indexed leaf, another index", { AMD, { .function = 4, .index = 3, .flags = SIGNIFICANT, .eax = 5 } },
	  2, 4, 2, ANSWERED, { 0 } },
	{ "first match wins", { AMD, { .function = 7, .eax = 1 }, { .function = 7, .eax = 2 } },
	  3, 7, 0, ANSWERED, { 1, 0, 0, 0 } },
	{ "indexed entry in front of one without index",
	  { AMD, { .function = 7, .index = 1, .flags = SIGNIFICANT, .eax = 1 }, { .function = 7, .eax = 2 } },
	  3, 7, 0, ANSWERED, { 2, 0, 0, 0 } },
	{ "unknown leaf, AMD", { AMD }, 1, 0x80000099, 0, ANSWERED, { 0 } },
	{ "unknown leaf, Hygon", { HYGON }, 1, 0x17, 0, ANSWERED, { 0 } },
	{ "unknown leaf, Intel", { INTEL }, 1, 0x17, 0, ROUTE_CPUID_UNKNOWN, { 0 } },
	{ "unknown leaf, no table", { AMD }, 0, 0, 0, ANSWERED, { 0 } },
	{ "0xb beyond the last index", { AMD, { .function = 0xb, .index = 1, .flags = SIGNIFICANT, .edx = 6 } },
	  2, 0xb, 0x1234, ANSWERED, { 0, 0, 0x34, 6 } },
	{ "0x1f beyond the last index", { AMD, { .function = 0x1f, .index = 1, .flags = SIGNIFICANT, .edx = 6 } },
	  2, 0x1f, 0xffffffff, ANSWERED, { 0, 0, 0xff, 6 } },
	{ "0xb without index 1", { AMD, { .function = 0xb, .index = 0, .flags = SIGNIFICANT, .edx = 6 } },
	  2, 0xb, 5, ANSWERED, { 0 } },
	{ "0xb not there", { AMD }, 1, 0xb, 5, ANSWERED, { 0 } },
	{ "0xc is not 0xb", { AMD, { .function = 0xc, .index = 1, .flags = SIGNIFICANT, .edx = 6 } },
	  2, 0xc, 5, ANSWERED, { 0 } },
	{ "hypervisor leaf", { AMD, { .function = 0x40000000, .eax = 0x40000001, .ebx = 0x4b4d564b } },
	  2, 0x40000000, 0, ANSWERED, { 0x40000001, 0x4b4d564b, 0, 0 } },
};

static enum verdict ask(uint32_t function, uint32_t index, struct answer4 *answer)
{
	struct guest guest = { .regs = &slot.ccb.regs, .rax = DIRTY | function };
	struct caretaker_regs before;
	enum verdict verdict;

	memset(&slot.ccb.regs, 0xa5, sizeof(slot.ccb.regs));
	slot.ccb.regs.rcx = DIRTY | index;
	before = slot.ccb.regs;
	verdict = answer_cpuid(&slot.config, &guest);

	if (verdict != ANSWERED) {
		assert_memory_equal(&before, &slot.ccb.regs, sizeof(before));
		assert_int_equal(guest.rax, DIRTY | function);
		return verdict;
	}
	/* Upper halves are zero, no other register is touched. */
	assert_int_equal(guest.rax >> 32 | slot.ccb.regs.rbx >> 32 |
			 slot.ccb.regs.rcx >> 32 | slot.ccb.regs.rdx >> 32, 0);
	*answer = (struct answer4) { guest.rax, slot.ccb.regs.rbx, slot.ccb.regs.rcx,
				     slot.ccb.regs.rdx };
	before.rbx = slot.ccb.regs.rbx;
	before.rcx = slot.ccb.regs.rcx;
	before.rdx = slot.ccb.regs.rdx;
	assert_memory_equal(&before, &slot.ccb.regs, sizeof(before));
	return verdict;
}

static void named_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct cpuid_case *c = &cases[i];
		struct answer4 answer = { 0 }, model;

		print_message("%s\n", c->name);
		slot_reset();
		publish(c->table, c->nent);
		assert_int_equal(ask(c->function, c->index, &answer), c->verdict);
		if (c->verdict != ANSWERED)
			continue;
		assert_memory_equal(&answer, &c->want, sizeof(answer));
		model = kvm_model(c->table, c->nent, c->function, c->index);
		assert_memory_equal(&answer, &model, sizeof(answer));
	}
}

/* A leaf that KVM keeps to itself is routed, also where only its EDX is needed. */
static void routed_leaves(void **state)
{
	struct answer4 answer;

	(void)state;
	slot_reset();
	slot.config.cpuid[0].flags = CARETAKER_CPUID_ROUTE;
	assert_int_equal(ask(1, 0, &answer), ROUTE_CPUID_LEAF);

	slot.config.cpuid[0] = (struct caretaker_cpuid) {
		.function = 0xb, .index = 1,
		.flags = CARETAKER_CPUID_INDEXED | CARETAKER_CPUID_ROUTE,
	};
	assert_int_equal(ask(0xb, 9, &answer), ROUTE_CPUID_LEAF);
	assert_int_equal(ask(0xb, 1, &answer), ROUTE_CPUID_LEAF);
}

static void faulting(void **state)
{
	static const struct {
		const char *name;
		uint32_t flags;
		uint8_t cpl;
		enum verdict verdict;
	} faults[] = {
		{ "enabled, ring 0", CARETAKER_CONFIG_CPUID_FAULT, 0, ANSWERED },
		{ "enabled, ring 1", CARETAKER_CONFIG_CPUID_FAULT, 1, ROUTE_CPUID_FAULT },
		{ "enabled, ring 3", CARETAKER_CONFIG_CPUID_FAULT, 3, ROUTE_CPUID_FAULT },
		{ "disabled, ring 3", 0, 3, ANSWERED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		const struct caretaker_exit exit = { .reason = CARETAKER_EXIT_CPUID, .length = 2 };

		print_message("%s\n", faults[i].name);
		slot_reset();
		slot.config.flags |= faults[i].flags;
		slot.vmcb.cpl = faults[i].cpl;
		assert_int_equal(answer_instruction(&slot.config, CPUID, &exit, &slot.vmcb),
				 faults[i].verdict);
	}
}

/*
 * Wherever a search begins, a leaf that is there is found, and one that is not is not.  That it
 * begins where KVM says is seen by what stands there twice.
 */
static void any_start(void **state)
{
	static const uint32_t functions[] = { 0, 1, 0xb, 0x80, 0x80000000, 0x40000000, 0xffffffff, 5 };
	const uint32_t count = sizeof(functions) / sizeof(functions[0]);
	struct answer4 answer;

	(void)state;
	slot_reset();
	slot.config.cpuid_count = count;
	for (u32 i = 0; i < count; i++)
		slot.config.cpuid[i] = (struct caretaker_cpuid) { .function = functions[i], .eax = i + 1 };
	/* Behind the end */
	slot.config.cpuid[count].function = 9;
	slot.config.cpuid[count].eax = 9;
	for (int start = 0; start < 256; start++) {
		memset(slot.config.cpuid_start, start, sizeof(slot.config.cpuid_start));
		for (u32 i = 0; i < count; i++) {
			assert_int_equal(ask(functions[i], 0, &answer), ANSWERED);
			assert_int_equal(answer.eax, i + 1);
		}
		assert_int_equal(ask(9, 0, &answer), ANSWERED);
		assert_int_equal(answer.eax, 0);
	}

	slot.config.cpuid[6].function = 1;
	memset(slot.config.cpuid_start, 0, sizeof(slot.config.cpuid_start));
	slot.config.cpuid_start[1] = 6;
	assert_int_equal(ask(1, 0, &answer), ANSWERED);
	assert_int_equal(answer.eax, 7);
}

/* A count beyond the table is never followed, even if dispatch let it through. */
static void count_beyond_table(void **state)
{
	struct answer4 answer;

	(void)state;
	slot_reset();
	for (int i = 0; i < CARETAKER_CPUID_MAX; i++)
		slot.config.cpuid[i].function = 1;
	memset(slot.config.msr, 0xff, sizeof(slot.config.msr));
	slot.config.cpuid_count = UINT32_MAX;
	assert_int_equal(ask(0xffffffff, 0, &answer), ANSWERED);
	assert_int_equal(answer.eax | answer.ebx | answer.ecx | answer.edx, 0);
}

/* --- Random tables -------------------------------------------------------------- */

static uint64_t seed = 0x9e3779b97f4a7c15ULL;

static uint32_t draw(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % below;
}

static uint32_t draw_function(void)
{
	static const uint32_t pool[] = {
		0, 1, 2, 4, 7, 0xb, 0xd, 0x1f, 0x16, 0x17, 0x40000000, 0x40000001, 0x40000100,
		0x80000000, 0x80000001, 0x80000007, 0xc0000000, 0xffffffff,
	};

	return pool[draw(sizeof(pool) / sizeof(pool[0]))];
}

static void against_model(void **state)
{
	static const struct kvm_cpuid_entry2 vendors[] = { AMD, HYGON, INTEL };
	struct kvm_cpuid_entry2 table[24];
	unsigned int answered = 0, redirected = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		int nent = draw(sizeof(table) / sizeof(table[0]) + 1);

		slot_reset();
		memset(table, 0, sizeof(table));
		for (int i = 0; i < nent; i++)
			table[i] = (struct kvm_cpuid_entry2) {
				.function = draw_function(), .index = draw(4),
				.flags = draw(2) ? SIGNIFICANT : 0,
				.eax = draw(0x20), .ebx = draw(UINT32_MAX),
				.ecx = draw(UINT32_MAX), .edx = draw(UINT32_MAX),
			};
		if (nent && draw(4))
			table[draw(nent)] = vendors[draw(3)];
		publish(table, nent);
		if (round % 8 == 0)
			publish_start(ZERO);

		for (int i = 0; i < 16; i++) {
			uint32_t function = draw_function(), index = draw(300);
			struct answer4 answer, model = kvm_model(table, nent, function, index);

			if (draw(2))
				index = draw(4), model = kvm_model(table, nent, function, index);
			switch (ask(function, index, &answer)) {
			case ANSWERED:
				assert_memory_equal(&answer, &model, sizeof(answer));
				answered++;
				break;
			case ROUTE_CPUID_UNKNOWN:
				assert_true(slot.config.flags & CARETAKER_CONFIG_CPUID_REDIRECT);
				assert_null(kvm_find(table, nent, function, index));
				redirected++;
				break;
			default:
				fail_msg("routed for no reason");
			}
		}
	}
	assert_true(answered > 100000 && redirected > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(named_cases),
		cmocka_unit_test(routed_leaves),
		cmocka_unit_test(faulting),
		cmocka_unit_test(any_start),
		cmocka_unit_test(count_beyond_table),
		cmocka_unit_test(against_model),
	};

	return cmocka_run_group_tests_name("payload: cpuid", tests, NULL, NULL);
}
