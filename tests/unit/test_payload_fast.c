// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUID in the real payload, with its fast path in assembly, against the same C on the host:
 * states and tables at random, half of them usual.  What becomes of the exit, the registers that
 * the guest gets, the VMCB or the VMCS and the counters are the same.
 */
#include "test_payload_run.h"

/* The C reads a slot of its own */
static struct caretaker_ccb c_ccb;
static struct vmcb c_vmcb;
static struct caretaker_posted c_posted;
static struct caretaker_gap c_gap;
static struct caretaker_telemetry c_telemetry;
static uint64_t c_vmcs[0x8000];
static uint64_t now;

struct caretaker_ccb *slot_ccb(void)
{
	return &c_ccb;
}

const struct caretaker_config *slot_config(void)
{
	return config;
}

struct caretaker_telemetry *slot_telemetry(void)
{
	return &c_telemetry;
}

struct vmcb *slot_vmcb(void)
{
	return &c_vmcb;
}

u64 vmread(u64 field)
{
	return c_vmcs[field];
}

void vmwrite(u64 field, u64 value)
{
	c_vmcs[field] = value;
}

u64 read_tsc(void)
{
	return now;
}

struct caretaker_gap *slot_gap(void)
{
	return &c_gap;
}

struct caretaker_posted *slot_posted(void)
{
	return &c_posted;
}

/* A CPUID sends nothing */
const struct caretaker_peers *slot_peers(void)
{
	return NULL;
}

#include "../../payload/svm.c"
/* Both have functions of these names to themselves */
#define read_exit		vmx_read_exit
#define describe_exit		vmx_describe_exit
#define answer_instruction	vmx_answer_instruction
#define runs_64bit_code		vmx_runs_64bit_code
#define complete_instruction	vmx_complete_instruction
#define unprivileged		vmx_unprivileged
#define handle_exit		vmx_handle_exit
#include "../../payload/vmx.c"

static uint32_t below(uint32_t limit)
{
	return (uint32_t)(draw() >> 32) % limit;
}

/* True one time in @times */
static bool rarely(uint32_t times)
{
	return !below(times);
}

static uint32_t draw_function(void)
{
	static const uint32_t pool[] = {
		0, 1, 2, 4, 7, 0xb, 0xd, 0x1f, 0x40000000, 0x40, 0x80000000, 0x80, 0x80000008, 0xffffffff,
	};

	return pool[below(sizeof(pool) / sizeof(pool[0]))];
}

static void draw_table(void)
{
	const bool sorted = !rarely(3);
	uint32_t function = draw_function();

	memset(config->cpuid, 0, sizeof(config->cpuid));
	memset(config->cpuid_start, 0, sizeof(config->cpuid_start));
	config->cpuid_count = rarely(8) ? below(300) : below(24);
	/* Behind the end there is something, too */
	for (uint32_t i = 0; i < CARETAKER_CPUID_MAX; i++) {
		if (!sorted || rarely(3))
			function = draw_function();
		config->cpuid[i] = (struct caretaker_cpuid) {
			.function = function, .index = below(4),
			.flags = (rarely(2) ? CARETAKER_CPUID_INDEXED : 0) | (rarely(8) ? CARETAKER_CPUID_ROUTE : 0),
			.eax = draw(), .ebx = draw(), .ecx = draw(), .edx = draw(),
		};
	}
	if (rarely(8)) {		/* wrong */
		for (int i = 0; i < 256; i++)
			config->cpuid_start[i] = below(24);
		return;
	}
	for (uint32_t i = config->cpuid_count < CARETAKER_CPUID_MAX ? config->cpuid_count : CARETAKER_CPUID_MAX; i--;)
		config->cpuid_start[CARETAKER_CPUID_HASH(config->cpuid[i].function)] = i;
}

static void draw_config(uint32_t vendor)
{
	config->flags = vendor == CARETAKER_VENDOR_INTEL || rarely(2) ? CARETAKER_CONFIG_NEXT_RIP :
			rarely(8) ? 0 : CARETAKER_CONFIG_MIN_ENCODINGS;
	config->flags |= rarely(2) ? CARETAKER_CONFIG_CPUID_REDIRECT : 0;
	config->flags |= rarely(16) ? CARETAKER_CONFIG_ROUTE_ALL : 0;
	config->flags |= rarely(16) ? CARETAKER_CONFIG_KVM_ENTERS : 0;
	config->flags |= rarely(8) ? CARETAKER_CONFIG_CPUID_FAULT : 0;
	config->abi += rarely(16);
	config->size += rarely(16) ? 1 : 0;
	config->size -= rarely(16) ? 1 : 0;
	draw_table();
}

static void draw_state(void)
{
	ccb->state = CARETAKER_ATTACHED + rarely(32);
	ccb->request = rarely(32) ? below(3) : 0;
	ccb->acknowledge = rarely(32) ? below(3) : 0;
}

/* Of CPUID: two bytes, with prefixes more, or what no hardware says */
static uint32_t draw_length(void)
{
	return rarely(16) ? 0 : rarely(8) ? below(18) : 2;
}

/* Near where something happens to it, or not */
static uint64_t draw_rip(void)
{
	return rarely(3) ? 0x100000000ULL - below(20) : rarely(3) ? -(uint64_t)below(20) : draw();
}

static struct vmcb exit_vmcb, entry_vmcb;
static struct caretaker_ccb entry_ccb;

static void leave_guest(struct vmcb *vmcb, const struct run *run)
{
	(void)run;
	if (runs == 0) {
		*vmcb = exit_vmcb;
		return;
	}
	entry_vmcb = *vmcb;
	entry_ccb = *ccb;
	vmcb->exit_code = SVM_EXIT_IOIO;	/* KVM's, whoever is there */
}

static void draw_vmcb(void)
{
	memset(&exit_vmcb, 0, sizeof(exit_vmcb));
	exit_vmcb.exit_code = SVM_EXIT_CPUID;
	exit_vmcb.rax = (draw() & ~0xffffffffULL) | draw_function();
	exit_vmcb.rip = draw_rip();
	exit_vmcb.next_rip = exit_vmcb.rip + draw_length();
	if (rarely(16))
		exit_vmcb.next_rip = 0;
	exit_vmcb.exit_int_info = rarely(16) ? draw() : draw() & ~VMCB_EVENT_VALID;
	exit_vmcb.event_inj = rarely(16) ? draw() : draw() & ~VMCB_EVENT_VALID;
	exit_vmcb.rflags = draw() & ~(RFLAGS_VM | 0x100);
	exit_vmcb.rflags |= rarely(16) ? 0x100 : 0;
	exit_vmcb.rflags |= rarely(16) ? RFLAGS_VM : 0;
	exit_vmcb.efer = draw();
	exit_vmcb.cs.attributes = draw();
	exit_vmcb.cpl = below(4);
	exit_vmcb.int_ctl = draw();
	exit_vmcb.interrupt_state = draw();
	exit_vmcb.tlb_control = draw();
	exit_vmcb.erap_control = draw();
	exit_vmcb.reserved_05e[0] = draw();
	exit_vmcb.reserved_05e[1] = draw();
}

/* Which interrupts there are where there is no KVM; the timer is off, since time is not the same */
static void draw_gap(void)
{
	struct caretaker_posted *posted = (void *)(slot + CARETAKER_POSTED);
	struct caretaker_gap *gap = (void *)(slot + CARETAKER_GAP);

	for (size_t i = APIC_ISR / 4; i < APIC_LVTT / 4; i += 4)
		gap->apic[i] = rarely(4) ? (uint32_t)draw() : 0;
	gap->flags = rarely(2) ? CARETAKER_GAP_APIC : 0;
	if (gap->flags && rarely(2))
		gap->flags |= CARETAKER_GAP_POSTED;
	for (size_t i = 0; i < 8; i++)
		posted->requested[0][i] = rarely(8) ? (uint32_t)draw() : 0;
}

static void draw_vmcs(void)
{
	vmcs[VMX_EXIT_REASON] = VMX_EXIT_CPUID;
	vmcs[VMX_EXIT_INSTRUCTION_LENGTH] = draw_length();
	vmcs[VMX_IDT_VECTORING] = (draw() & 0x7fffffff) | (rarely(16) ? 1U << 31 : 0);
	vmcs[VMX_GUEST_RFLAGS] = (draw() & ~0x100ULL) | (rarely(16) ? 0x100 : 0);
	vmcs[VMX_GUEST_RIP] = draw_rip();
	vmcs[VMX_GUEST_INTERRUPTIBILITY] = below(16);
	vmcs[VMX_ENTRY_CONTROLS] = (uint32_t)draw();
	vmcs[VMX_GUEST_CS_RIGHTS] = (uint32_t)draw();
	vmcs[VMX_GUEST_SS_RIGHTS] = (uint32_t)draw();
	guest_rax = (draw() & ~0xffffffffULL) | draw_function();
}

/* The same exit in the C's slot, with the registers that the assembly would have saved */
static void give_to_c(const uint64_t *regs)
{
	c_ccb = *ccb;
	c_ccb.regs = (struct caretaker_regs) {
		.rax = guest_rax, .rcx = regs[RCX], .rdx = regs[RDX], .rbx = regs[RBX],
	};
	c_vmcb = exit_vmcb;
	memcpy(c_vmcs, vmcs, sizeof(vmcs));
	memset(&c_telemetry, 0, sizeof(c_telemetry));
	memcpy(&c_gap, slot + CARETAKER_GAP, sizeof(c_gap));
	memcpy(&c_posted, slot + CARETAKER_POSTED, sizeof(c_posted));
}

static void compare_registers(const uint64_t *got, const uint64_t *before)
{
	uint64_t want[REGS];

	memcpy(want, before, sizeof(want));
	want[RCX] = c_ccb.regs.rcx;
	want[RDX] = c_ccb.regs.rdx;
	want[RBX] = c_ccb.regs.rbx;
	assert_memory_equal(got, want, sizeof(want));
}

/* What is told of a routed exit; where KVM wants each there is no record */
static void compare_record(const struct caretaker_ccb *got, bool answered)
{
	const bool plain = config->flags & CONFIG_ANSWER_NOTHING && got->sequence == 0;

	assert_int_equal(got->acknowledge, c_ccb.acknowledge);
	assert_int_equal(got->state, c_ccb.state);
	if (plain && !answered)
		return;
	assert_int_equal(got->sequence, c_ccb.sequence);
	assert_memory_equal(&got->exit, &c_ccb.exit, sizeof(c_ccb.exit));
}

#define ROUNDS	2000

static void on_amd(void **state)
{
	struct caretaker_telemetry *telemetry = (void *)(slot + CARETAKER_TELEMETRY);
	int all = 0;

	(void)state;
	at_vmrun = leave_guest;
	for (int round = 0; round < ROUNDS; round++) {
		bool answered;

		prepare_for(CARETAKER_VENDOR_AMD, 0);
		draw_config(CARETAKER_VENDOR_AMD);
		draw_state();
		draw_vmcb();
		draw_gap();
		script[0].regs[RCX] = (draw() & ~0xffffffffULL) | below(6);
		give_to_c(script[0].regs);
		answered = svm_exit(SVM_EXIT_CPUID, CARETAKER_EXIT_CPUID);
		enter_payload();
		assert_string_equal(stopped, "");
		assert_int_equal(runs, answered ? 2 : 1);
		if (answered) {
			compare_registers(seen[1], script[0].regs);
			assert_memory_equal(&entry_vmcb, &c_vmcb, sizeof(c_vmcb));
			telemetry->routed[CARETAKER_EXIT_IO]--;
		} else {
			assert_memory_equal(routed_regs, script[0].regs, sizeof(routed_regs));
			assert_memory_equal(slot + CARETAKER_VMCB, &c_vmcb, sizeof(c_vmcb));
		}
		assert_memory_equal(telemetry, &c_telemetry, sizeof(c_telemetry));
		compare_record(answered ? &entry_ccb : ccb, answered);
		all += answered;
	}
	at_vmrun = NULL;
	assert_in_range(all, ROUNDS / 10, ROUNDS - ROUNDS / 10);
}

static void on_intel(void **state)
{
	const struct caretaker_telemetry *telemetry = (void *)(slot + CARETAKER_TELEMETRY);
	int all = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		bool answered;

		prepare_for(CARETAKER_VENDOR_INTEL, 0);
		draw_config(CARETAKER_VENDOR_INTEL);
		draw_state();
		draw_vmcs();
		guest_in[RCX] = (draw() & ~0xffffffffULL) | below(6);
		give_to_c(guest_in);
		answered = vmx_exit(VMX_EXIT_CPUID, CARETAKER_EXIT_CPUID);
		enter_payload();
		assert_string_equal(stopped, "");
		assert_int_equal(entered, answered);
		compare_registers(routed_regs, guest_in);
		assert_int_equal(routed_rax, c_ccb.regs.rax);
		assert_memory_equal(vmcs, c_vmcs, sizeof(vmcs));
		assert_memory_equal(telemetry, &c_telemetry, sizeof(c_telemetry));
		compare_record(ccb, answered);
		all += answered;
	}
	assert_in_range(all, ROUNDS / 10, ROUNDS - ROUNDS / 10);
}

/* The TSC is this machine's, so that the end of the time alone is the same every time */
static void timer_on_intel(void **state)
{
	static const struct {
		uint64_t deadline, shift, most;
	} timers[] = { { 0, 3, 0 }, { 1, 0, 0 }, { UINT64_MAX, 40, UINT64_MAX >> 40 } };

	(void)state;
	for (size_t i = 0; i < sizeof(timers) / sizeof(timers[0]); i++) {
		prepare_for(CARETAKER_VENDOR_INTEL, 0);
		config->flags |= CARETAKER_CONFIG_DEADLINE;
		config->entry_deadline = timers[i].deadline;
		config->entry_shift = timers[i].shift;
		vmcs[VMX_EXIT_REASON] = VMX_EXIT_CPUID;
		vmcs[VMX_GUEST_PREEMPTION_TIMER] = 0x12345;
		guest_rax = 1;
		enter_payload();
		assert_string_equal(stopped, "");
		assert_int_equal(entered, 1);
		assert_int_equal(routed_regs[RDX], 0xd1);
		assert_in_range(vmcs[VMX_GUEST_PREEMPTION_TIMER], timers[i].most / 2, timers[i].most);
	}
	/* Without the flag nobody touches it */
	prepare_for(CARETAKER_VENDOR_INTEL, 0);
	config->entry_deadline = UINT64_MAX;
	vmcs[VMX_EXIT_REASON] = VMX_EXIT_CPUID;
	vmcs[VMX_GUEST_PREEMPTION_TIMER] = 0x12345;
	guest_rax = 1;
	enter_payload();
	assert_int_equal(entered, 1);
	assert_int_equal(vmcs[VMX_GUEST_PREEMPTION_TIMER], 0x12345);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_amd),
		cmocka_unit_test(on_intel),
		cmocka_unit_test(timer_on_intel),
	};

	return cmocka_run_group_tests_name("payload: fast path of CPUID", tests, make_slot, NULL);
}
