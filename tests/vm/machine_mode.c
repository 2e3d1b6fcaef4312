// SPDX-License-Identifier: GPL-2.0-only
/* What the VMM does of a guest's mode: before it runs, and at its port writes. */
#include <cpuid.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "machine_mode.h"

#define CR4_OSXSAVE	(1ULL << 18)
#define CPUID_VMX	(1U << 5)	/* ECX of leaf 1 */

#define APIC_SVR	0xf0
#define APIC_LVTT	0x320
#define APIC_TMICT	0x380
#define APIC_TMCCT	0x390
#define APIC_TDCR	0x3e0
#define APIC_ENABLED	0x1ff
#define APIC_MASKED	(1U << 16)
#define APIC_DIVIDE_BY_1 0xb

static const struct kvm_guest_debug watch = {
	.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_SW_BP,
};

bool mode_runs_here(enum guest_mode mode)
{
	unsigned int eax, ebx, ecx, edx, name[3];
	bool vmx, tcg;

	__cpuid(1, eax, ebx, ecx, edx);
	vmx = ecx & CPUID_VMX;
	/* The hypervisor's leaf: QEMU's emulation names itself there */
	__cpuid(0x40000000, eax, name[0], name[1], name[2]);
	tcg = !memcmp(name, "TCGTCGTCGTCG", sizeof(name));
	switch (mode) {
	/* Bochs' VMX alone intercepts it */
	case MODE_PAUSE: return vmx;
	/* QEMU's SVM does not intercept it: KVM does not learn of what the guest wrote */
	case MODE_XSETBV: return !tcg;
	/* In Bochs' SVM the host ends in a triple fault, with stock KVM too */
	case MODE_STEP:
	case MODE_DEBUG: return vmx || tcg;
	default: return true;
	}
}

/* The guest is stepped or watched */
static bool debug(const struct machine *machine, struct vcpu *vcpu)
{
	struct kvm_guest_debug step = { .control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP };

	if (machine->mode == MODE_WATCHED)
		return !ioctl(vcpu->fd, KVM_SET_GUEST_DEBUG, &watch);
	if (machine->mode != MODE_DEBUG)
		return true;
	vcpu->trace = calloc(DEBUG_STOPS, sizeof(*vcpu->trace));
	return vcpu->trace && !ioctl(vcpu->fd, KVM_SET_GUEST_DEBUG, &step);
}

static void set_apic(struct kvm_lapic_state *apic, unsigned int offset, uint32_t value)
{
	memcpy(&apic->regs[offset], &value, sizeof(value));
}

/* A one-shot timer of seconds, longer than the guest runs: nothing is to come of it */
static bool start_timer(const struct machine *machine, const struct vcpu *vcpu)
{
	struct kvm_lapic_state apic;

	if (machine->mode != MODE_TIMER)
		return true;
	if (ioctl(vcpu->fd, KVM_GET_LAPIC, &apic))
		return false;
	set_apic(&apic, APIC_SVR, APIC_ENABLED);
	set_apic(&apic, APIC_LVTT, APIC_MASKED);
	set_apic(&apic, APIC_TDCR, APIC_DIVIDE_BY_1);
	set_apic(&apic, APIC_TMICT, UINT32_MAX);
	set_apic(&apic, APIC_TMCCT, UINT32_MAX);
	return !ioctl(vcpu->fd, KVM_SET_LAPIC, &apic);
}

/*
 * What XCR0 holds and its CPUID has not got: KVM refuses to write that again.  It asks
 * only then, so the VMM can have it so.
 */
static bool spoil_xcr0(const struct machine *machine, const struct vcpu *vcpu)
{
	const struct kvm_xcrs xcrs = { .nr_xcrs = 1, .xcrs[0] = { .xcr = 0, .value = 7 } };
	struct kvm_cpuid_entry2 *entry = machine->cpuid->entries;
	uint32_t i;

	if (machine->mode != MODE_XSETBV)
		return true;
	if (ioctl(vcpu->fd, KVM_SET_XCRS, &xcrs))
		return false;
	for (i = 0; i < machine->cpuid->nent; i++, entry++)
		if (entry->function == 0xd && !entry->index)
			entry->eax = 3;
	return !ioctl(vcpu->fd, KVM_SET_CPUID2, machine->cpuid);
}

/* Every other vCPU has TSX, from the first on, in a table of its own */
static bool set_tsx(const struct machine *machine, const struct vcpu *vcpu)
{
	const size_t size = sizeof(struct kvm_cpuid2) + 256 * sizeof(struct kvm_cpuid_entry2);
	struct kvm_cpuid2 *cpuid;
	bool done;
	uint32_t i;

	if (machine->mode != MODE_TSX)
		return true;
	cpuid = calloc(1, size);
	if (!cpuid)
		return false;
	cpuid->nent = 256;
	done = !ioctl(vcpu->fd, KVM_GET_CPUID2, cpuid);
	for (i = 0; done && i < cpuid->nent; i++) {
		if (cpuid->entries[i].function != 7 || cpuid->entries[i].index)
			continue;
		cpuid->entries[i].ebx &= ~LEAF7_TSX;
		cpuid->entries[i].ebx |= vcpu->id % 2 ? 0 : LEAF7_TSX;
	}
	done = done && !ioctl(vcpu->fd, KVM_SET_CPUID2, cpuid);
	free(cpuid);
	return done;
}

const char *mode_begin(const struct machine *machine, struct vcpu *vcpu)
{
	if (!debug(machine, vcpu))
		return "KVM_SET_GUEST_DEBUG";
	if (!spoil_xcr0(machine, vcpu))
		return "XCR0 and CPUID could not be set";
	if (!set_tsx(machine, vcpu))
		return "KVM_SET_CPUID2";
	return start_timer(machine, vcpu) ? NULL : "KVM_SET_LAPIC";
}

/*
 * KVM brings CPUID up to date when it is next asked for it.  Here the VMM asks, so
 * that nothing is left to do when the guest goes on: the caretaker must know still.
 */
static int change_cpuid(struct machine *machine, const struct vcpu *vcpu)
{
	struct kvm_sregs sregs;

	if (ioctl(vcpu->fd, KVM_GET_SREGS, &sregs))
		return -errno;
	sregs.cr4 ^= CR4_OSXSAVE;
	if (ioctl(vcpu->fd, KVM_SET_SREGS, &sregs))
		return -errno;
	return ioctl(vcpu->fd, KVM_GET_CPUID2, machine->cpuid) ? -errno : 0;
}

/* In the third quarter of its run the guest is not watched */
static int look_away(const struct machine *machine, const struct vcpu *vcpu)
{
	static const struct kvm_guest_debug off;
	unsigned int writes = machine->count / machine->every;

	if (vcpu->port_writes == writes / 2)
		return ioctl(vcpu->fd, KVM_SET_GUEST_DEBUG, &off);
	if (vcpu->port_writes == writes * 3 / 4)
		return ioctl(vcpu->fd, KVM_SET_GUEST_DEBUG, &watch);
	return 0;
}

/* Leaf 7 without RTM and HLE, and with: where there is no TSX_CTRL (AMD) it stays as it is */
static int hide_tsx(const struct vcpu *vcpu)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry msr;
	} msrs = { { .nmsrs = 1 }, { .index = MSR_TSX_CTRL } };

	msrs.msr.data = vcpu->port_writes % 2 ? TSX_CTRL_HIDES : 0;
	return ioctl(vcpu->fd, KVM_SET_MSRS, &msrs) < 0 ? -errno : 0;
}

const char *mode_between(struct machine *machine, const struct vcpu *vcpu)
{
	switch (machine->mode) {
	case MODE_CR4: return change_cpuid(machine, vcpu) ? "CR4 could not be changed" : NULL;
	case MODE_WATCHED: return look_away(machine, vcpu) ? "KVM_SET_GUEST_DEBUG" : NULL;
	case MODE_TSX: return hide_tsx(vcpu) ? "KVM_SET_MSRS" : NULL;
	default: return NULL;
	}
}
