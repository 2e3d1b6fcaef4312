// SPDX-License-Identifier: GPL-2.0
/*
 * What a payload is told about its vCPU: the answers to CPUID and MSR accesses, as KVM
 * resolves them, and the conditions under which it must not answer.
 *
 * KVM writes this while the vCPU is out of the guest.  The payload maps it read-only.
 */
#include <linux/kvm_caretaker.h>
#include <linux/kvm_host.h>
#include <kunit/visibility.h>

#include "caretaker.h"
#include "cpuid.h"
#include "hyperv.h"
#include "msrs.h"
#include "pmu.h"
#include "slot.h"
#include "x86.h"

/*
 * Must KVM see each exit?  Whoever debugs the guest, or counts its instructions, must not be
 * able to notice a local answer.  A TSC that KVM catches up at exits must not fall behind, and
 * a guest's PERF_GLOBAL_CTRL must not get lost: see duties.h.
 */
static bool config_exits_are_kvms(struct kvm_vcpu *vcpu, bool mediated_pmu)
{
	return vcpu->guest_debug || vcpu->arch.tsc_always_catchup ||
	       (mediated_pmu && vcpu->arch.caretaker->slot->pmu_at_exit) ||
	       !bitmap_empty(vcpu_to_pmu(vcpu)->pmc_counting_instructions, X86_PMC_IDX_MAX);
}

/**
 * caretaker_config_flags - conditions that come and go
 * @vcpu: a vCPU that has a caretaker
 * @mediated_pmu: kvm_vcpu_has_mediated_pmu()
 *
 * Whoever changes one calls kvm_caretaker_flags_changed().
 *
 * Return: CARETAKER_CONFIG_*, those of CONFIG_VOLATILE.
 */
VISIBLE_IF_KUNIT u32 caretaker_config_flags(struct kvm_vcpu *vcpu, bool mediated_pmu)
{
	u32 flags = 0;

	if (config_exits_are_kvms(vcpu, mediated_pmu))
		flags |= CARETAKER_CONFIG_ROUTE_ALL;
	if (cpuid_fault_enabled(vcpu))
		flags |= CARETAKER_CONFIG_CPUID_FAULT;
	return flags;
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_config_flags);

#define CONFIG_VOLATILE		(CARETAKER_CONFIG_ROUTE_ALL | CARETAKER_CONFIG_CPUID_FAULT)

/* __kvm_set_xcr() accepts the current value, unless CPUID has lost one of its bits since */
static u64 config_xcr0(struct kvm_vcpu *vcpu)
{
	if (vcpu->arch.xcr0 & ~(vcpu->arch.guest_supported_xcr0 | XFEATURE_MASK_FP))
		return 0;
	return vcpu->arch.xcr0;
}

/* kvm_cpuid() computes these answers each time: see its leaf specific code */
static bool cpuid_answer_varies(struct kvm_vcpu *vcpu, const struct kvm_cpuid_entry2 *entry)
{
	if (entry->function == 7)
		return entry->ebx & (feature_bit(RTM) | feature_bit(HLE));
#ifdef CONFIG_KVM_HYPERV
	if (entry->function == 0x80000007)
		return vcpu->arch.hyperv_enabled;
#endif
	return false;
}

/**
 * caretaker_config_index_cpuid - where a search for a function begins
 * @config: its table of CPUID answers is complete
 *
 * A guest's CPUID then costs the same wherever the leaf is in the table.
 */
VISIBLE_IF_KUNIT void caretaker_config_index_cpuid(struct caretaker_config *config)
{
	unsigned int i = config->cpuid_count;

	BUILD_BUG_ON(CARETAKER_CPUID_MAX - 1 > U8_MAX);

	memset(config->cpuid_start, 0, sizeof(config->cpuid_start));
	/* From the end: the first of several stays */
	while (i--)
		config->cpuid_start[CARETAKER_CPUID_HASH(config->cpuid[i].function)] = i;
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_config_index_cpuid);

static void config_write_cpuid(struct kvm_vcpu *vcpu, struct caretaker_config *config)
{
	const struct kvm_cpuid_entry2 *entry;
	bool used_max_basic;
	unsigned int i;

	config->cpuid_count = 0;
	for (i = 0; i < vcpu->arch.cpuid_nent && i < CARETAKER_CPUID_MAX; i++) {
		struct caretaker_cpuid *out = &config->cpuid[i];

		entry = &vcpu->arch.cpuid_entries[i];
		*out = (struct caretaker_cpuid){
			.function = entry->function,
			.index = entry->index,
			.eax = entry->function,
			.ecx = entry->index,
		};
		if (entry->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX)
			out->flags |= CARETAKER_CPUID_INDEXED;
		if (cpuid_answer_varies(vcpu, entry))
			out->flags |= CARETAKER_CPUID_ROUTE;
		__kvm_cpuid(vcpu, &out->eax, &out->ebx, &out->ecx, &out->edx, true,
			    &used_max_basic);
	}
	config->cpuid_count = i;
	caretaker_config_index_cpuid(config);

	/*
	 * An out-of-range leaf is zero on AMD, and the highest basic leaf on Intel.  A leaf
	 * that has found no place in the table is KVM's.
	 */
	entry = kvm_find_cpuid_entry(vcpu, 0);
	if (vcpu->arch.cpuid_nent > CARETAKER_CPUID_MAX ||
	    (entry && !is_guest_vendor_amd(entry->ebx, entry->ecx, entry->edx) &&
	     !is_guest_vendor_hygon(entry->ebx, entry->ecx, entry->edx)))
		config->flags |= CARETAKER_CONFIG_CPUID_REDIRECT;
	else
		config->flags &= ~CARETAKER_CONFIG_CPUID_REDIRECT;
}

/*
 * MSRs that a payload may answer for.  What they read as changes only when the guest or the
 * VMM writes the same MSR, or the TSC.  kvm_set_msr_common() drops any write to those that
 * have CARETAKER_MSR_WRITE.  L1 and L2 share all of them.  The payload searches them in this
 * order: those that are only written, which is rare, come last.
 */
static const struct {
	u32 index;
	u32 flags;
} config_msrs[] = {
	{ MSR_IA32_PLATFORM_ID,		CARETAKER_MSR_READ },
	{ MSR_IA32_EBL_CR_POWERON,	CARETAKER_MSR_READ },
	{ MSR_IA32_TSC_ADJUST,		CARETAKER_MSR_READ },
	{ MSR_IA32_UCODE_REV,		CARETAKER_MSR_READ | CARETAKER_MSR_WRITE },
	{ MSR_MTRRcap,			CARETAKER_MSR_READ },
	{ MSR_IA32_ARCH_CAPABILITIES,	CARETAKER_MSR_READ },
	{ MSR_IA32_PERF_STATUS,		CARETAKER_MSR_READ },
	{ MSR_IA32_MISC_ENABLE,		CARETAKER_MSR_READ },
	{ MSR_MTRRdefType,		CARETAKER_MSR_READ },
	{ MSR_K7_HWCR,			CARETAKER_MSR_READ },
	{ MSR_AMD64_NB_CFG,		CARETAKER_MSR_READ | CARETAKER_MSR_WRITE },
	{ MSR_IA32_UCODE_WRITE,		CARETAKER_MSR_WRITE },
	{ MSR_AMD64_PATCH_LOADER,	CARETAKER_MSR_WRITE },
};

static bool msr_can_be_read(struct kvm_vcpu *vcpu, u32 index, u64 *value)
{
	struct msr_data msr = { .index = index };

	if (!kvm_msr_allowed(vcpu, index, KVM_MSR_FILTER_READ) ||
	    kvm_x86_call(get_msr)(vcpu, &msr))
		return false;
	*value = msr.data;
	return true;
}

static void config_write_msrs(struct kvm_vcpu *vcpu, struct caretaker_config *config)
{
	unsigned int i;

	BUILD_BUG_ON(ARRAY_SIZE(config_msrs) > CARETAKER_MSR_MAX);

	config->msr_count = 0;
	config->msr_hash = 0;
	for (i = 0; i < ARRAY_SIZE(config_msrs); i++) {
		struct caretaker_msr out = { .index = config_msrs[i].index };
		u32 flags = config_msrs[i].flags;

		if ((flags & CARETAKER_MSR_READ) && msr_can_be_read(vcpu, out.index, &out.value))
			out.flags |= CARETAKER_MSR_READ;
		if ((flags & CARETAKER_MSR_WRITE) &&
		    kvm_msr_allowed(vcpu, out.index, KVM_MSR_FILTER_WRITE))
			out.flags |= CARETAKER_MSR_WRITE;
		if (!out.flags)
			continue;
		config->msr[config->msr_count++] = out;
		config->msr_hash |= BIT_ULL(CARETAKER_MSR_HASH(out.index));
	}
}

/* A bit for each of config_msrs[] whose value a write of @index may change */
static u32 config_msrs_behind(u32 index)
{
	u32 dirty = 0;
	unsigned int i;

	/* A write of the TSC changes TSC_ADJUST */
	if (index == MSR_IA32_TSC)
		index = MSR_IA32_TSC_ADJUST;
	for (i = 0; i < ARRAY_SIZE(config_msrs); i++) {
		if (config_msrs[i].index == index && (config_msrs[i].flags & CARETAKER_MSR_READ))
			dirty |= BIT(i);
	}
	return dirty;
}

/* Permission to read and write them did not change: KVM_CARETAKER_DIRTY_TABLES is for that */
static void config_refresh_msrs(struct kvm_vcpu *vcpu, struct caretaker_config *config)
{
	u32 dirty = vcpu->arch.caretaker->dirty & (KVM_CARETAKER_DIRTY_TABLES - 1);
	unsigned int i, j;

	BUILD_BUG_ON(BIT(ARRAY_SIZE(config_msrs)) > KVM_CARETAKER_DIRTY_TABLES);

	if (!dirty)
		return;
	for (i = 0; i < ARRAY_SIZE(config_msrs); i++) {
		for (j = 0; (dirty & BIT(i)) && j < config->msr_count; j++) {
			struct caretaker_msr *msr = &config->msr[j];

			if (msr->index == config_msrs[i].index &&
			    (msr->flags & CARETAKER_MSR_READ) &&
			    !msr_can_be_read(vcpu, msr->index, &msr->value))
				msr->flags &= ~CARETAKER_MSR_READ;
		}
	}
}

/**
 * caretaker_msr_written - an MSR may have another value now
 * @vcpu: the vCPU, in its own thread and out of the guest
 * @index: of the MSR
 *
 * A guest can write an MSR as often as it likes, so one write costs one read of that MSR.
 */
void caretaker_msr_written(struct kvm_vcpu *vcpu, u32 index)
{
	u32 dirty = config_msrs_behind(index);

	if (index == MSR_MISC_FEATURES_ENABLES)	/* has CPUID faulting */
		dirty |= KVM_CARETAKER_DIRTY_FLAGS;
	caretaker_mark_dirty(vcpu, dirty);
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_msr_written);

/* The tables are written when the vCPU takes the slot: kvm_caretaker_activate() */
void caretaker_config_init(struct kvm_vcpu *vcpu, struct kvm_caretaker_slot *slot,
			   const struct kvm_caretaker_vendor *vendor)
{
	const struct caretaker_note *note = &slot->caretaker->payload->image.note;
	struct caretaker_config *config = slot->config;

	BUILD_BUG_ON(sizeof(*config) > CARETAKER_CONFIG_ROOM);

	config->abi = CARETAKER_ABI_VERSION;
	config->size = sizeof(*config);
	config->features = (note->mandatory | note->optional) & (vendor->feature | vendor->more);
	config->vendor = vendor->vendor;
	config->mode = slot->caretaker->record.mode;
	config->mitigations = vendor->mitigations;
	config->vcpu_id = vcpu->vcpu_id;
	if (vendor->next_rip)
		config->flags |= CARETAKER_CONFIG_NEXT_RIP;
	else if (slot->caretaker->flags & KVM_CARETAKER_MIN_ENCODINGS)
		config->flags |= CARETAKER_CONFIG_MIN_ENCODINGS;
}

static void config_copy_tables(struct caretaker_config *to, const struct caretaker_config *from)
{
	/* However the vCPU's thread changes them meanwhile, they fit */
	u32 cpuid_count = READ_ONCE(from->cpuid_count), msr_count = READ_ONCE(from->msr_count);

	to->flags &= ~CARETAKER_CONFIG_CPUID_REDIRECT;
	to->flags |= from->flags & CARETAKER_CONFIG_CPUID_REDIRECT;
	to->cpuid_count = cpuid_count;
	memcpy(to->cpuid_start, from->cpuid_start, sizeof(from->cpuid_start));
	memcpy(to->cpuid, from->cpuid, cpuid_count * sizeof(*from->cpuid));
	to->msr_count = msr_count;
	to->msr_hash = from->msr_hash;
	memcpy(to->msr, from->msr, msr_count * sizeof(*from->msr));
}

/**
 * caretaker_config_copy - copy the tables to an update while the vCPU runs
 * @vcpu: a vCPU that has a caretaker; kvm->lock is held, so that no slot is freed
 * @slot: the update, staged
 *
 * The tables depend on the vCPU, and not on the payload.  The vCPU's thread may write them
 * meanwhile: then caretaker_config_inherit() copies them once more.
 */
void caretaker_config_copy(struct kvm_vcpu *vcpu, struct kvm_caretaker_slot *slot)
{
	struct kvm_caretaker_vcpu *state = vcpu->arch.caretaker;
	struct kvm_caretaker_slot *old;

	lockdep_assert_held(&vcpu->kvm->lock);

	/* First: whatever the thread writes from here on is seen when the vCPU takes the slot */
	slot->tables_seq = raw_read_seqcount(&state->tables);
	scoped_guard(spinlock, &state->lock)
		old = state->slot;
	if (old)
		config_copy_tables(slot->config, old->config);
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_config_copy);

/**
 * caretaker_config_inherit - an update has what the vCPU has of conditions and tables
 * @vcpu: the vCPU, in its own thread and out of the guest
 * @slot: the update, not entered yet
 * @old: what the vCPU ran; of its configuration all is as it should be but for what is dirty
 *
 * The guest waits.  To resolve the tables again would take many times as long as the kick that
 * stopped it, and to copy them about as long as that.
 */
void caretaker_config_inherit(struct kvm_vcpu *vcpu, struct kvm_caretaker_slot *slot,
			      const struct kvm_caretaker_slot *old)
{
	if (read_seqcount_retry(&vcpu->arch.caretaker->tables, slot->tables_seq))
		config_copy_tables(slot->config, old->config);
	slot->config->flags |= old->config->flags & CONFIG_VOLATILE;
	slot->config->xcr0 = old->config->xcr0;
	slot->config->generation = old->config->generation + 1;
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_config_inherit);

/**
 * caretaker_config_write_tables - write what has changed of CPUID and MSRs
 * @vcpu: a vCPU that has a caretaker, in its own thread and out of the guest
 *
 * Whoever stages an update may copy the tables meanwhile.  The mark tells that the copy is not
 * good: caretaker_config_inherit().
 */
VISIBLE_IF_KUNIT void caretaker_config_write_tables(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_vcpu *state = vcpu->arch.caretaker;
	struct caretaker_config *config = state->config;
	bool all = state->dirty & KVM_CARETAKER_DIRTY_TABLES;

	if (!vcpu->arch.cpuid_dynamic_bits_dirty && !(state->dirty & ~KVM_CARETAKER_DIRTY_FLAGS))
		return;

	raw_write_seqcount_begin(&state->tables);
	if (vcpu->arch.cpuid_dynamic_bits_dirty || all)
		config_write_cpuid(vcpu, config);
	if (all)
		config_write_msrs(vcpu, config);
	else
		config_refresh_msrs(vcpu, config);
	raw_write_seqcount_end(&state->tables);
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_config_write_tables);

/**
 * kvm_caretaker_write_config - bring the configuration page up to date
 * @vcpu: the vCPU, out of the guest, with interrupts on
 *
 * kvm_caretaker_sync_config() calls this when something has changed.
 */
void kvm_caretaker_write_config(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_vcpu *state = vcpu->arch.caretaker;
	struct caretaker_config *config = state->config;
	bool traced = kvm_caretaker_is_traced();

	config->flags = (config->flags & ~CONFIG_VOLATILE) |
			caretaker_config_flags(vcpu, kvm_vcpu_has_mediated_pmu(vcpu));
	if (traced)
		config->flags |= CARETAKER_CONFIG_ROUTE_ALL;
	caretaker_config_write_tables(vcpu);
	config->xcr0 = config_xcr0(vcpu);
	config->generation++;
	/*
	 * Last: to resolve the tables may itself update dynamic bits.  Nobody tells when a trace
	 * ends: look at each entry.
	 */
	state->dirty = traced ? KVM_CARETAKER_DIRTY_FLAGS : 0;
}
EXPORT_SYMBOL_FOR_KVM_INTERNAL(kvm_caretaker_write_config);
