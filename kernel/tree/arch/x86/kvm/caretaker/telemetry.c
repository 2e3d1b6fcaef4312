// SPDX-License-Identifier: GPL-2.0
/*
 * What a payload did, for people: the file "caretaker" in the vCPU's debugfs directory.
 *
 * Root alone can read it, and nobody can write it: so debugfs allows it under lockdown.  The
 * counters come from the payload and are not trusted.  The strings are KVM's.
 */
#include <linux/debugfs.h>
#include <linux/kvm_host.h>
#include <linux/seq_file.h>

#include "slot.h"
#include "vm.h"

static const char * const exit_names[CARETAKER_EXIT_REASONS] = {
	[CARETAKER_EXIT_OTHER] = "other",
	[CARETAKER_EXIT_CPUID] = "cpuid",
	[CARETAKER_EXIT_MSR_READ] = "msr-read",
	[CARETAKER_EXIT_MSR_WRITE] = "msr-write",
	[CARETAKER_EXIT_HLT] = "hlt",
	[CARETAKER_EXIT_IO] = "io",
	[CARETAKER_EXIT_PAGE_FAULT] = "page-fault",
	[CARETAKER_EXIT_INTERRUPT] = "interrupt",
	[CARETAKER_EXIT_NMI] = "nmi",
	[CARETAKER_EXIT_INTERRUPT_WINDOW] = "interrupt-window",
	[CARETAKER_EXIT_EXCEPTION] = "exception",
	[CARETAKER_EXIT_CR] = "cr",
	[CARETAKER_EXIT_DR] = "dr",
	[CARETAKER_EXIT_PAUSE] = "pause",
	[CARETAKER_EXIT_HYPERCALL] = "hypercall",
	[CARETAKER_EXIT_APIC] = "apic",
	[CARETAKER_EXIT_TIMER] = "timer",
	[CARETAKER_EXIT_XSETBV] = "xsetbv",
	[CARETAKER_EXIT_NESTED] = "nested",
	[CARETAKER_EXIT_SHUTDOWN] = "shutdown",
	[CARETAKER_EXIT_INVALID] = "invalid",
	[CARETAKER_EXIT_INVD] = "invd",
};

static void show_counters(struct seq_file *m, const char *word, const u64 *counter)
{
	unsigned int i;

	for (i = 0; i < CARETAKER_EXIT_REASONS; i++) {
		u64 value = READ_ONCE(counter[i]);

		if (value)
			seq_printf(m, "%s %s %llu\n", word, exit_names[i] ?: "unknown", value);
	}
}

static int telemetry_show(struct seq_file *m, void *v)
{
	struct kvm_vcpu *vcpu = m->private;
	const struct kvm_caretaker_vcpu *state;
	const struct kvm_caretaker_slot *slot;
	const struct caretaker_record *id;

	/* Slots come and go under this lock */
	guard(mutex)(&vcpu->kvm->lock);

	slot = caretaker_vcpu_current_slot(vcpu);
	if (!slot) {
		seq_puts(m, "state none\n");
		return 0;
	}
	id = &slot->caretaker->record;
	state = vcpu->arch.caretaker;
	seq_printf(m, "state %s\n", READ_ONCE(state->broken) ? "broken" :
		   slot == READ_ONCE(state->slot) ? "active" : "staged");
	seq_printf(m, "payload %.*s %.*s\n", (int)sizeof(id->name), id->name,
		   (int)sizeof(id->version), id->version);
	seq_printf(m, "svn %u\n", id->svn);
	seq_printf(m, "digest %*phN\n", min_t(int, id->digest_len, 64), id->digest);
	seq_printf(m, "mode %s\n",
		   id->mode == CARETAKER_MODE_ISOLATED ? "isolated" : "shared");
	seq_printf(m, "generation %llu\n", slot->switch_area->generation);
	seq_printf(m, "ccb-state %u\n", READ_ONCE(slot->ccb->state));
	show_counters(m, "handled", slot->telemetry->handled);
	show_counters(m, "routed", slot->telemetry->routed);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(telemetry);

void kvm_caretaker_create_vcpu_debugfs(struct kvm_vcpu *vcpu, struct dentry *dir)
{
	debugfs_create_file("caretaker", 0400, dir, vcpu, &telemetry_fops);
	debugfs_create_file("caretaker-audit", 0400, dir, vcpu, &kvm_caretaker_audit_fops);
}
