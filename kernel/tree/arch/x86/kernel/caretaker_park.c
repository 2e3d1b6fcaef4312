// SPDX-License-Identifier: GPL-2.0
/*
 * Parks a CPU that was taken offline for a caretaker, and stops it again.
 *
 * Hotplug has taken everything from the CPU by then.  Instead of the kernel's loop for dead
 * CPUs it goes into a slot of the caretaker window: a page of code (caretaker_park_code.S), its
 * state, descriptor tables and a stack, under page tables that map these and nothing else.
 * What still arrives there is counted.  It listens to requests: to run the guest that KVM has put
 * there, to give it back, and to stop; from then on it waits for INIT as any offline CPU, and its
 * slot is freed when it is online again.
 *
 * virt/caretaker/cpu.c decides which CPUs, and owns them.  kvm/svm/caretaker_detach.c is who puts
 * guests there.
 */
#define pr_fmt(fmt) "caretaker: " fmt

#include <linux/cc_platform.h>
#include <linux/cpu.h>
#include <linux/cpufeature.h>
#include <linux/cpuhotplug.h>
#include <linux/delay.h>
#include <linux/kvm_types.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/pgtable.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/tboot.h>
#include <linux/topology.h>
#include <kunit/visibility.h>

#include <asm/apic.h>
#include <asm/caretaker.h>
#include <asm/caretaker_park.h>
#include <asm/caretaker_payload.h>
#include <asm/desc.h>
#include <asm/msr.h>
#include <asm/special_insns.h>
#include <asm/svm.h>
#include <asm/trapnr.h>
#include <asm/tsc.h>

#define PARK_WAIT_US	USEC_PER_SEC
#define STOP_WAIT_US	(100 * USEC_PER_MSEC)
#define KICK_EACH_US	USEC_PER_MSEC

#define FPU_PAGES	(CARETAKER_PARK_FPU_SIZE / PAGE_SIZE)
#define FPU_ORDER	2

enum { STATE, IDT, GDT, STACK, CONTROL, GAP, PAGES };

static const struct {
	u32 offset;
	bool written;
} park_page[PAGES] = {
	[STATE] = { CARETAKER_PARK_STATE, true },
	[IDT]	= { CARETAKER_PARK_IDT, false },
	[GDT]	= { CARETAKER_PARK_GDT, true },
	[STACK]	= { CARETAKER_PARK_STACK, true },
	[CONTROL] = { CARETAKER_PARK_CONTROL, true },
	[GAP]	= { CARETAKER_PARK_GAP, false },
};

/* The slot of one CPU */
struct parking {
	int slot;
	unsigned long base;
	struct page *page[PAGES];
	struct page *hsave;	/* of VMRUN; nobody maps it there.  NULL where it runs no guests */
	struct page *fpu;	/* FPU_PAGES */
	struct page *table[5];
	unsigned int nr_tables;
	struct page *lent[2];	/* tables on the way to the slot of its guest: of 1 GiB, of 2 MiB */
	struct caretaker_park_state *state;
};

static DEFINE_PER_CPU(struct parking *, parking);
static struct page *park_code;
static bool park_ready __ro_after_init;

/* --- The host ------------------------------------------------------------- */

/**
 * caretaker_park_unfit_why - what a host has that this code cannot deal with
 * @host: what it has
 *
 * Return: words for the log, or NULL if there is nothing.
 */
const char *caretaker_park_unfit_why(const struct caretaker_park_host *host)
{
	if (!host->nonglobal)
		return "mappings of the kernel are global (caretaker=isolated, or nonglobal)";
	if (host->fred)
		return "FRED, which has no IDT";
	if (host->hybrid)
		return "cores of more than one kind";
	if (host->tboot)
		return "tboot, which parks CPUs itself";
	if (host->guest_encrypted)
		return "a confidential guest, whose CPUs the firmware starts";
	if (host->other_play_dead)
		return "a hypervisor that parks CPUs itself";
	if (host->snp)
		return "SEV-SNP, where pages of SVM's own must not lie at 2 MiB";
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_park_unfit_why);

const char *caretaker_park_unfit(void)
{
	const struct caretaker_park_host host = {
		.nonglobal = caretaker_isolation_possible(),
		.fred = cpu_feature_enabled(X86_FEATURE_FRED),
		.hybrid = boot_cpu_has(X86_FEATURE_HYBRID_CPU),
		.tboot = tboot_enabled(),
		.guest_encrypted = cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT),
		.other_play_dead = smp_ops.play_dead != native_play_dead,
		.snp = cc_platform_has(CC_ATTR_HOST_SEV_SNP),
	};

	return caretaker_park_unfit_why(&host);
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_park_unfit);

u32 caretaker_park_apic_id(unsigned int cpu)
{
	return per_cpu(x86_cpu_to_apicid, cpu);
}

/* All present CPUs of the core, online or not: topology_sibling_cpumask() forgets the latter */
void caretaker_park_core_mask(unsigned int cpu, struct cpumask *mask)
{
	unsigned int shift = x86_topo_system.dom_shifts[TOPO_SMT_DOMAIN], other;

	cpumask_clear(mask);
	for_each_present_cpu(other) {
		if (caretaker_park_apic_id(other) >> shift == caretaker_park_apic_id(cpu) >> shift)
			cpumask_set_cpu(other, mask);
	}
}

/* --- Its slot ------------------------------------------------------------- */

static u64 park_entry(phys_addr_t phys, bool written, bool executed)
{
	u64 entry = phys | _PAGE_PRESENT | _PAGE_ACCESSED;

	if (written)
		entry |= _PAGE_RW | _PAGE_DIRTY;
	if (!executed)
		entry |= _PAGE_NX & __supported_pte_mask;
	return entry;
}

/* A slot is 2 MiB and aligned: it needs one table for each level */
static int park_build_tables(struct parking *p)
{
	unsigned int levels = pgtable_l5_enabled() ? 5 : 4, level, i;
	u64 *table = NULL, lapic;

	for (level = 0; level < levels; level++) {
		p->table[level] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!p->table[level])
			return -ENOMEM;
		p->nr_tables++;
		if (table)
			table[(p->base >> (PAGE_SHIFT + 9 * (levels - level))) & 511] =
				park_entry(__sme_set(page_to_phys(p->table[level])), true, true);
		table = page_address(p->table[level]);
	}

	for (i = 0; i < PAGES; i++)
		table[park_page[i].offset >> PAGE_SHIFT] =
			park_entry(__sme_set(page_to_phys(p->page[i])), park_page[i].written,
				   false);
	for (i = 0; p->fpu && i < FPU_PAGES; i++)
		table[(CARETAKER_PARK_FPU >> PAGE_SHIFT) + i] =
			park_entry(__sme_set(page_to_phys(p->fpu + i)), true, false);
	table[CARETAKER_PARK_CODE >> PAGE_SHIFT] =
		park_entry(__sme_set(page_to_phys(park_code)), false, true);
	if (!x2apic_mode) {
		rdmsrq(MSR_IA32_APICBASE, lapic);
		table[CARETAKER_PARK_LAPIC >> PAGE_SHIFT] =
			park_entry(lapic & MSR_IA32_APICBASE_BASE, true, false) |
			cachemode2protval(_PAGE_CACHE_MODE_UC);
	}
	p->state->root = __sme_set(page_to_phys(p->table[0]));
	return 0;
}

static void park_fill_idt(struct parking *p)
{
	gate_desc *idt = page_address(p->page[IDT]);
	unsigned int vector;

	for (vector = 0; vector < NR_VECTORS; vector++) {
		const u8 *stub = vector == X86_TRAP_NMI ? caretaker_park_code_nmi :
				 vector == X86_TRAP_MC ? caretaker_park_code_mc :
				 vector < 32 ? caretaker_park_code_faults + 16 * vector :
				 caretaker_park_code_irqs + 8 * (vector - 32);
		unsigned long at = p->base + CARETAKER_PARK_CODE +
				   (stub - caretaker_park_code_start);

		idt[vector] = (gate_desc) {
			.offset_low = (u16)at,
			.offset_middle = (u16)(at >> 16),
			.offset_high = (u32)(at >> 32),
			.segment = __KERNEL_CS,
			.bits = { .type = GATE_INTERRUPT, .p = 1 },
		};
	}
}

/* The kernel's flat segments, and a TSS that nothing reads: no gate has an IST entry */
static void park_fill_gdt(struct parking *p)
{
	const struct desc_struct *host = get_cpu_gdt_rw(raw_smp_processor_id());
	struct desc_struct *gdt = page_address(p->page[GDT]);
	const unsigned long tss = p->base + CARETAKER_PARK_GDT + GDT_SIZE;
	struct desc_ptr gdtr = {
		.size = GDT_SIZE - 1,
		.address = p->base + CARETAKER_PARK_GDT,
	}, idtr = {
		.size = NR_VECTORS * sizeof(gate_desc) - 1,
		.address = p->base + CARETAKER_PARK_IDT,
	};
	tss_desc entry;

	gdt[GDT_ENTRY_KERNEL_CS] = host[GDT_ENTRY_KERNEL_CS];
	gdt[GDT_ENTRY_KERNEL_DS] = host[GDT_ENTRY_KERNEL_DS];
	set_tssldt_descriptor(&entry, tss, DESC_TSS, sizeof(struct x86_hw_tss) - 1);
	memcpy(&gdt[GDT_ENTRY_TSS], &entry, sizeof(entry));
	memcpy(p->state->gdtr, &gdtr, sizeof(gdtr));
	memcpy(p->state->idtr, &idtr, sizeof(idtr));
}

static void park_map_host(struct parking *p)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		caretaker_host_map(p->base + park_page[i].offset, p->page[i],
				   park_page[i].written ? PAGE_KERNEL : PAGE_KERNEL_RO);
	caretaker_host_map(p->base + CARETAKER_PARK_CODE, park_code, PAGE_KERNEL_ROX);
}

static void park_free(struct parking *p)
{
	unsigned int i;

	if (p->slot > 0) {
		pte_t *table = caretaker_slot_unmap(p->slot);

		caretaker_host_flush(p->base, p->base + CARETAKER_SLOT_SIZE);
		caretaker_slot_put(p->slot, table);
	}
	for (i = 0; i < p->nr_tables; i++)
		__free_page(p->table[i]);
	for (i = 0; i < ARRAY_SIZE(p->lent); i++) {
		if (p->lent[i])
			__free_page(p->lent[i]);
	}
	for (i = 0; i < PAGES; i++) {
		if (p->page[i])
			__free_page(p->page[i]);
	}
	if (p->hsave)
		__free_page(p->hsave);
	if (p->fpu)
		__free_pages(p->fpu, FPU_ORDER);
	kfree(p);
}

/* Guests of AMD alone run there, on a CPU with XSAVE */
static int park_new_guest(struct parking *p)
{
	if (!boot_cpu_has(X86_FEATURE_SVM) || !boot_cpu_has(X86_FEATURE_XSAVE))
		return 0;
	p->hsave = alloc_page(GFP_KERNEL | __GFP_ZERO);
	p->fpu = alloc_pages(GFP_KERNEL | __GFP_ZERO, FPU_ORDER);
	p->lent[0] = alloc_page(GFP_KERNEL | __GFP_ZERO);
	p->lent[1] = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!p->hsave || !p->fpu || !p->lent[0] || !p->lent[1])
		return -ENOMEM;
	p->state->vmcb = __sme_set(page_to_phys(p->page[CONTROL]));
	p->state->hsave = __sme_set(page_to_phys(p->hsave));
	return 0;
}

/* The kernel has calibrated the one that counts, if there is no other.  None: it stops in HLT */
static void park_new_timer(struct caretaker_park_state *state)
{
	state->timer_lvt = APIC_LVT_MASKED;
	if (boot_cpu_has_bug(X86_BUG_AMD_APIC_C1E))
		return;
	if (boot_cpu_has(X86_FEATURE_TSC_DEADLINE_TIMER)) {
		state->timer = CARETAKER_PARK_DEADLINE;
		state->timer_lvt = CARETAKER_PARK_TIMER | APIC_LVT_TIMER_TSCDEADLINE;
	} else if (lapic_timer_period && tsc_khz) {
		state->timer = CARETAKER_PARK_COUNTS;
		state->timer_lvt = CARETAKER_PARK_TIMER;
		state->timer_mult = mul_u64_u64_div_u64((u64)lapic_timer_period * HZ, BIT_ULL(32),
							(u64)tsc_khz * MSEC_PER_SEC);
	}
}

static struct parking *park_new(void)
{
	struct parking *p = kzalloc_obj(*p);
	unsigned int i;

	if (!p)
		return NULL;
	for (i = 0; i < PAGES; i++) {
		p->page[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!p->page[i])
			goto free;
	}
	p->slot = caretaker_slot_get();
	if (p->slot < 0)
		goto free;
	p->base = caretaker_slot_address(p->slot);
	p->state = page_address(p->page[STATE]);
	if (park_new_guest(p) || park_build_tables(p))
		goto free;
	p->state->x2apic = !!x2apic_mode;
	park_new_timer(p->state);
	park_fill_idt(p);
	park_fill_gdt(p);
	park_map_host(p);
	return p;

free:
	park_free(p);
	return NULL;
}

/**
 * caretaker_park_prepare - make the slot in which a CPU will stand once it is offline
 * @cpu: it; online
 *
 * Return: 0, or -ENOMEM.
 */
int caretaker_park_prepare(unsigned int cpu)
{
	struct parking *p = park_ready ? park_new() : NULL;

	if (!p)
		return -ENOMEM;
	WARN_ON_ONCE(per_cpu(parking, cpu));
	per_cpu(parking, cpu) = p;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_park_prepare);

/**
 * caretaker_park_cancel - free the slot of a CPU that did not go offline
 * @cpu: it
 */
void caretaker_park_cancel(unsigned int cpu)
{
	struct parking *p = per_cpu(parking, cpu);

	per_cpu(parking, cpu) = NULL;
	if (p)
		park_free(p);
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_park_cancel);

#if IS_ENABLED(CONFIG_KUNIT)
u64 caretaker_park_root(unsigned int cpu, unsigned long *base)
{
	*base = per_cpu(parking, cpu)->base;
	return per_cpu(parking, cpu)->state->root;
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_park_root);
#endif

/* It has left its slot by INIT, whoever has asked for that */
static int park_online(unsigned int cpu)
{
	caretaker_park_cancel(cpu);
	return 0;
}

/* --- In and out ----------------------------------------------------------- */

static void park_lapic_write(u32 reg, u32 value)
{
	if (x2apic_mode)
		native_wrmsrq(APIC_BASE_MSR + (reg >> 4), value);
	else
		native_apic_mem_write(reg, value);
}

static u32 park_lapic_read(u32 reg)
{
	return x2apic_mode ? native_rdmsrq(APIC_BASE_MSR + (reg >> 4)) : native_apic_mem_read(reg);
}

/*
 * Hotplug has masked all local sources and disabled the LAPIC.  Enable it again, or a fixed
 * interrupt could not wake the CPU.  They stay masked; AMD's further ones are masked here.
 */
static void park_lapic(struct caretaker_park_state *state)
{
	u32 spiv = park_lapic_read(APIC_SPIV), i, more = 0;

	if (boot_cpu_has(X86_FEATURE_EXTAPIC))
		more = park_lapic_read(APIC_EFEAT) >> 16 & 0xff;
	for (i = 0; i < min(more, APIC_EILVT_NR_MAX); i++)
		park_lapic_write(APIC_EILVTn(i), park_lapic_read(APIC_EILVTn(i)) | APIC_LVT_MASKED);
	state->spiv_off = spiv & ~APIC_SPIV_APIC_ENABLED;
	park_lapic_write(APIC_SPIV, spiv | APIC_SPIV_APIC_ENABLED);
}

/**
 * caretaker_park_dead - go into the slot, if there is one for this CPU
 *
 * The last that an offline CPU does, with interrupts off.  RCU does not watch it: no locks and
 * no traces.  It returns where there is none.
 */
void caretaker_park_dead(void)
{
	struct parking *p = this_cpu_read(parking);

	if (!p)
		return;
	park_lapic(p->state);
	/* As before the HLT of other offline CPUs: another kernel may map memory otherwise */
	wbinvd();
	caretaker_park_enter(p->base + CARETAKER_PARK_CODE);
}

static bool park_is(struct parking *p, u32 state)
{
	return READ_ONCE(p->state->state) == state;
}

/**
 * caretaker_park_wait - wait until an offline CPU stands in its slot
 * @cpu: it
 *
 * Return: 0, or -EIO if it does not within a second, or met an exception.
 */
int caretaker_park_wait(unsigned int cpu)
{
	struct parking *p = per_cpu(parking, cpu);
	unsigned int us;

	for (us = 0; us < PARK_WAIT_US; us += 100) {
		if (park_is(p, CARETAKER_PARK_PARKED))
			return 0;
		if (park_is(p, CARETAKER_PARK_FAILED))
			break;
		usleep_range(100, 200);
	}
	return -EIO;
}

/**
 * caretaker_park_kick - make a parked CPU look at its request
 * @cpu: it
 */
void caretaker_park_kick(unsigned int cpu)
{
	/* The request must be there before the kick is: the x2APIC's MSRs do not wait */
	weak_wrmsr_fence();
	apic_icr_write(APIC_DM_FIXED | CARETAKER_PARK_KICK, caretaker_park_apic_id(cpu));
	apic_wait_icr_idle();
}
EXPORT_SYMBOL_FOR_KVM(caretaker_park_kick);

/* Until the next kick is due */
static int park_await_stop(struct parking *p)
{
	unsigned int us;

	for (us = 0; us < KICK_EACH_US; us += 20) {
		if (park_is(p, CARETAKER_PARK_STOPPED) || park_is(p, CARETAKER_PARK_FAILED))
			return 0;
		usleep_range(20, 40);
	}
	return -ETIMEDOUT;
}

/**
 * caretaker_park_stop - make a parked CPU ready for INIT
 * @cpu: it
 *
 * It stays where it is, without interrupts.  One that met an exception does so already.
 *
 * Return: 0, or -EIO if it does not answer.
 */
int caretaker_park_stop(unsigned int cpu)
{
	struct parking *p = per_cpu(parking, cpu);
	unsigned int us;

	WRITE_ONCE(p->state->request, CARETAKER_PARK_STOP);
	for (us = 0; us < STOP_WAIT_US; us += KICK_EACH_US) {
		caretaker_park_kick(cpu);
		if (!park_await_stop(p))
			return 0;
	}
	return -EIO;
}

/**
 * caretaker_park_room - where the guest of a parked CPU is put
 * @cpu: it; its core's descriptor is held, and no guest is there
 * @room: result
 */
void caretaker_park_room(unsigned int cpu, struct caretaker_park_room *room)
{
	struct parking *p = per_cpu(parking, cpu);

	*room = (struct caretaker_park_room){ .state = p->state };
	if (!p->hsave)
		return;
	room->control = page_address(p->page[CONTROL]);
	room->gap = page_address(p->page[GAP]);
	room->fpu = page_address(p->fpu);
	room->landing = p->base + CARETAKER_PARK_CODE +
			(caretaker_park_code_landing - caretaker_park_code_start);
	room->apic_id = caretaker_park_apic_id(cpu);
	room->base = p->base;
	room->gigs = page_address(p->table[p->nr_tables - 3]);
	room->megs = page_address(p->table[p->nr_tables - 2]);
	room->pages = page_address(p->table[p->nr_tables - 1]);
	room->lent_megs = page_address(p->lent[0]);
	room->lent_pages = page_address(p->lent[1]);
}
EXPORT_SYMBOL_FOR_KVM(caretaker_park_room);

/**
 * caretaker_park_look - what a parked CPU has counted
 * @cpu: it
 * @state: result
 */
void caretaker_park_look(unsigned int cpu, struct caretaker_park_state *state)
{
	*state = *per_cpu(parking, cpu)->state;
}
EXPORT_SYMBOL_FOR_KVM(caretaker_park_look);

static int __init caretaker_park_init(void)
{
	int ret;

	BUILD_BUG_ON(sizeof(struct caretaker_park_state) > PAGE_SIZE);
	BUILD_BUG_ON(FPU_PAGES != 1 << FPU_ORDER);
	BUILD_BUG_ON(GDT_SIZE + sizeof(struct x86_hw_tss) > PAGE_SIZE);

	if (caretaker_park_unfit())
		return 0;
	park_code = alloc_page(GFP_KERNEL);
	if (!park_code)
		return -ENOMEM;
	memcpy(page_address(park_code), caretaker_park_code_start, PAGE_SIZE);
	/* Who can write where he likes must not find it */
	ret = caretaker_text_hide(&park_code, 1);
	if (!ret)
		ret = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "x86/caretaker:online",
						park_online, NULL);
	if (ret >= 0) {
		park_ready = true;
		return 0;
	}
	pr_err("no CPU can be parked: %pe\n", ERR_PTR(ret));
	return ret;
}

/* Before virt/caretaker/cpu.c offers it */
subsys_initcall(caretaker_park_init);
