/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The contract between the kernel and a caretaker payload, ABI version 2: the note in the
 * payload's file, and what is where in the slot that it runs in.  It depends on
 * <linux/types.h> alone, and is the header of the payload SDK as well.
 * Documentation/virt/kvm/caretaker.rst explains it.
 *
 * Every layout is little-endian, naturally aligned and has a size assertion at
 * the end of this file.  Beside each field stands who writes it, and when:
 *
 *   build     the payload's build, before it is signed
 *   KVM/load  KVM, once, when the payload is installed
 *   KVM/entry KVM, with the vCPU out of the guest, before it enters again
 *   tramp     the trampoline, each time it passes
 *   payload   the payload, whenever it runs
 *
 * Growth.  A kernel and a payload may know structures of different sizes under the same
 * ABI version.  Members are added at the end and never change their meaning, and zero means
 * that a member is not used.  So:
 *
 *  - The note says how many bytes of each structure the payload was built for.  The kernel
 *    takes a payload that was built for less than it knows, or for more, up to what a slot
 *    has room for: CARETAKER_*_ROOM.  0 is for a structure that the payload does not use.
 *  - The kernel says how many bytes it knows: @size in the control block, the configuration
 *    and the telemetry.  What is behind them in the configuration and in the switch page is
 *    zero, as far as the room goes; the rest of the control block is as it is in the file.
 *  - The descriptor of the note may be larger than the kernel's, up to CARETAKER_NOTE_MAX.
 *    Whatever the kernel does not know in it must be zero.
 *  - A payload finds in caretaker_config.features which of the features it has asked for it
 *    was given.  A flag that it does not know in @flags, @mitigations or an entry of a table
 *    may be ignored; where it must not be, the flag comes with a feature.
 *  - What cannot follow these rules is another CARETAKER_ABI_VERSION.
 */
#ifndef _ASM_X86_CARETAKER_PAYLOAD_H
#define _ASM_X86_CARETAKER_PAYLOAD_H

#include <linux/types.h>

#define CARETAKER_ABI_VERSION		2

/* --- The file ----------------------------------------------------------- */

#define CARETAKER_MAX_FILE		0x100000 /* bytes without the signature */
#define CARETAKER_MAX_SIGNATURE		0x10000  /* bytes of PKCS#7 */
#define CARETAKER_MAX_MEMORY		0x40000  /* bytes in memory, from address 0 */
#define CARETAKER_MAX_SEGMENTS		8        /* PT_LOAD headers */
#define CARETAKER_MAX_PHDRS		16
#define CARETAKER_PAGE			0x1000

/* Marks the PT_LOAD that is the control block: same address and size */
#define PT_CARETAKER_CCB		0x6b636362

#define CARETAKER_NOTE_OWNER		"Caretaker"
#define CARETAKER_NOTE_TYPE		1
#define CARETAKER_NAME_LEN		32
#define CARETAKER_BUILD_ID_LEN		32
#define CARETAKER_NOTE_SIZE_VER0	144   /* bytes that each descriptor has */
#define CARETAKER_NOTE_MAX		256   /* and that one may have */

/*
 * Features.  A kernel refuses a mandatory bit that it does not know, and ignores an optional
 * one: caretaker_config.features.
 */
#define CARETAKER_FEATURE_SVM		(1ULL << 0) /* has AMD exit code */
#define CARETAKER_FEATURE_VMX		(1ULL << 1) /* has Intel exit code */
#define CARETAKER_FEATURE_DETACH	(1ULL << 2) /* knows what to do where there is no host */
#define CARETAKER_FEATURES_KNOWN	(CARETAKER_FEATURE_SVM | CARETAKER_FEATURE_VMX | \
					 CARETAKER_FEATURE_DETACH)

/**
 * struct caretaker_note - descriptor of the payload's note          (all: build)
 * @abi:	CARETAKER_ABI_VERSION
 * @size:	sizeof(struct caretaker_note), as n_descsz
 * @svn:	security version; compared with the host's floor for @name
 * @reserved:	zero
 * @mandatory:	features without which the payload must not be installed
 * @optional:	features that it uses where they are there
 * @ccb_size:	sizeof(struct caretaker_ccb) it was built for, at least CARETAKER_CCB_HEAD
 * @switch_size: sizeof(struct caretaker_switch), or 0 if it uses nothing of that
 * @config_size: sizeof(struct caretaker_config), or 0
 * @telemetry_size: sizeof(struct caretaker_telemetry), or 0
 * @name:	printable ASCII without space, NUL-padded, not empty
 * @version:	the same
 * @build_id:	SHA-256 over the sources, for people; not a proof of anything
 */
struct caretaker_note {
	__u32 abi;
	__u32 size;
	__u32 svn;
	__u32 reserved;
	__u64 mandatory;
	__u64 optional;
	__u32 ccb_size;
	__u32 switch_size;
	__u32 config_size;
	__u32 telemetry_size;
	char  name[CARETAKER_NAME_LEN];
	char  version[CARETAKER_NAME_LEN];
	__u8  build_id[CARETAKER_BUILD_ID_LEN];
};

/* --- The window --------------------------------------------------------- */

/*
 * Slots live in a hole of the x86-64 upper half that is the same with four and
 * with five levels and lies outside of what KASLR moves; see
 * Documentation/arch/x86/x86_64/mm.rst.  Offsets are from the start of the slot
 * of one vCPU.  What is not listed is not mapped.
 */
#define CARETAKER_WINDOW		0xfffffe8000000000ULL
#define CARETAKER_WINDOW_SIZE		0x0000008000000000ULL
#define CARETAKER_SLOT_SIZE		0x200000

#define CARETAKER_TRAMPOLINE		0x01000 /* r-x, one page, shared by all slots */
#define CARETAKER_SWITCH		0x02000 /* r--, struct caretaker_switch */
#define CARETAKER_IDT			0x03000 /* r--, 256 gates */
#define CARETAKER_NMI_STACK		0x05000 /* rw-, one page; below it nothing */
#define CARETAKER_PENDING		0x05ff0 /* struct caretaker_pending, above that stack */
#define CARETAKER_CONFIG		0x07000 /* r--, struct caretaker_config */
#define CARETAKER_TELEMETRY		0x0c000 /* rw-, struct caretaker_telemetry */
#define CARETAKER_VMCB			0x10000 /* rw-, the vCPU's VMCB (AMD only) */
#define CARETAKER_GAP			0x12000 /* rw-, struct caretaker_gap, if it is detached */
#define CARETAKER_POSTED		0x14000 /* rw-, struct caretaker_posted, then too */
#define CARETAKER_PEERS			0x16000 /* r--, struct caretaker_peers, then too */
#define CARETAKER_STACK			0x1e000 /* rw-, two pages; below them nothing */
#define CARETAKER_STACK_SIZE		0x02000
#define CARETAKER_IMAGE			0x100000 /* the payload's address 0 */

/* Bytes that are there for each structure, whatever is known of it */
#define CARETAKER_CCB_ROOM		0x1000
#define CARETAKER_SWITCH_ROOM		0x1000
#define CARETAKER_CONFIG_ROOM		0x3000
#define CARETAKER_TELEMETRY_ROOM	0x1000

/*
 * Where a payload is entered: at its entry point on AMD, and that far behind it on Intel.  So
 * none asks whose CPU it is.
 */
#define CARETAKER_ENTRY_INTEL		0x100

/*
 * And where one with CARETAKER_FEATURE_DETACH is entered while its vCPU is detached, on AMD: RAX is
 * free, the other general registers are the guest's.
 */
#define CARETAKER_ENTRY_GAP		0x0f0

/* Entry points of the trampoline, offsets from its start */
#define CARETAKER_TRAMPOLINE_ENTER	0x000 /* AMD: host to payload; Intel: payload to guest */
#define CARETAKER_TRAMPOLINE_ROUTE	0x100 /* payload to host; GPRs are the guest's */
#define CARETAKER_TRAMPOLINE_FAULT	0x200 /* 32 exception stubs of 16 bytes */

#define CARETAKER_VENDOR_AMD		1
#define CARETAKER_VENDOR_INTEL		2

#define CARETAKER_MODE_SHARED		1
#define CARETAKER_MODE_ISOLATED		2

/**
 * struct caretaker_switch - what must be valid under both page-table roots
 * @host_cr3:	CR3 to return to, as it is loaded; 0 in shared mode (tramp, on entry; Intel:
 *		KVM/entry)
 * @host_gdtr:	the kernel's GDTR, 10 bytes		(KVM/entry)
 * @vmfail_route: kernel address where a failed VMRESUME lands (KVM/entry, Intel)
 * @landing_flags: RFLAGS for POPFQ, before		(KVM/entry, AMD)
 * @route:	kernel address where routed exits land, and faults (KVM/entry); on AMD it is
 *		the first word of the frame by which IRETQ goes there
 * @host_cs, @host_flags: of that frame			(KVM/entry, AMD)
 * @host_rsp:	stack to return to			(tramp, on entry; Intel: KVM/entry)
 * @host_ss:	of that frame				(KVM/entry, AMD)
 *		All that is above is zero while no CPU has the vCPU loaded.
 * @host_idtr:	the kernel's IDTR, 10 bytes: the same address in each kernel (KVM/entry)
 * @generation:	grows when a new kernel or payload takes over (KVM/load)
 * @root:	CR3 of the caretaker; 0 in shared mode	(KVM/load)
 * @entry:	address where the payload is entered	(KVM/load)
 * @stack:	the payload's initial stack pointer	(KVM/load)
 * @vmcb_pa:	physical address for VMRUN		(KVM/entry, AMD)
 * @host_cr3_bits: what CR3 does not read as, and @host_cr3 has: bit 63 where the host uses
 *		PCIDs, so that its translations are kept (KVM/load, AMD)
 * @gdtr:	GDTR of the slot, 10 bytes		(KVM/load)
 * @idtr:	IDTR of the slot, 10 bytes		(KVM/load)
 * @nmi_patience: TSC ticks after an NMI from which on another one ends the VM, for
 *		the payload has not come back since	(KVM/load, Intel)
 * @fault:	KVM_CARETAKER_FAULT_*, 0 when none	(tramp)
 * @fault_vector, @fault_error, @fault_rip, @fault_cr2: its details; vector 2 is of a
 *		payload that went on for longer than @nmi_patience (tramp)
 * @answered:	an NMI or a machine check came when the exit was answered: nothing of
 *		it is left to handle			(tramp, Intel)
 * @mcg_status:	the MSR that says whether what a machine check interrupted can go on, 0
 *		where there is none			(KVM/load, Intel)
 * @gdt:	descriptors for the kernel's selectors	(KVM/load)
 *
 * The payload sees this page read-only.  All that KVM acts on after an exit is
 * here and not in the CCB.  On Intel hardware enters the caretaker: KVM writes all
 * host_* fields when it would write them into the VMCS.
 */
struct caretaker_switch {
	__u64 host_cr3;
	__u8  host_gdtr[16];
	__u64 vmfail_route;
	__u64 landing_flags;
	__u64 route;
	__u64 host_cs;
	__u64 host_flags;
	__u64 host_rsp;
	__u64 host_ss;
	__u8  host_idtr[16];
	__u64 generation;
	__u64 root;
	__u64 entry;
	__u64 stack;
	__u64 vmcb_pa;
	__u64 host_cr3_bits;
	__u8  gdtr[16];
	__u8  idtr[16];
	__u64 nmi_patience;
	__u64 fault;
	__u64 fault_vector;
	__u64 fault_error;
	__u64 fault_rip;
	__u64 fault_cr2;
	__u64 answered;
	__u64 mcg_status;
	__u64 gdt[32];
};

/* caretaker_pending.what */
#define CARETAKER_PENDING_NMI		(1U << 0)
#define CARETAKER_PENDING_MACHINE_CHECK	(1U << 1)

/**
 * struct caretaker_pending - what came for the host while the payload ran	(all: tramp, Intel)
 * @nmi_tsc:	when the first NMI came
 * @what:	CARETAKER_PENDING_*; KVM clears both when it has landed
 */
struct caretaker_pending {
	__u64 nmi_tsc;
	__u64 what;
};

/* --- The control block -------------------------------------------------- */

#define CARETAKER_CCB_MAGIC		0x31424343544e4143ULL /* "CANTCCB1" */
#define CARETAKER_CCB_HEAD		32 /* bytes at its start that KVM writes */

/* caretaker_ccb.state and .request */
#define CARETAKER_ATTACHED		1 /* the vCPU is a thread of the host's kernel */
/* A request alone: it is on a core of its own; see struct caretaker_gap */
#define CARETAKER_DETACHED		2

/* caretaker_exit.reason: what made the vCPU leave the guest, for both vendors */
#define CARETAKER_EXIT_OTHER		0
#define CARETAKER_EXIT_CPUID		1
#define CARETAKER_EXIT_MSR_READ		2
#define CARETAKER_EXIT_MSR_WRITE	3
#define CARETAKER_EXIT_HLT		4
#define CARETAKER_EXIT_IO		5
#define CARETAKER_EXIT_PAGE_FAULT	6 /* second-level */
#define CARETAKER_EXIT_INTERRUPT	7
#define CARETAKER_EXIT_NMI		8
#define CARETAKER_EXIT_INTERRUPT_WINDOW	9
#define CARETAKER_EXIT_EXCEPTION	10
#define CARETAKER_EXIT_CR		11
#define CARETAKER_EXIT_DR		12
#define CARETAKER_EXIT_PAUSE		13
#define CARETAKER_EXIT_HYPERCALL	14
#define CARETAKER_EXIT_APIC		15
#define CARETAKER_EXIT_TIMER		16
#define CARETAKER_EXIT_XSETBV		17
#define CARETAKER_EXIT_NESTED		18
#define CARETAKER_EXIT_SHUTDOWN		19
#define CARETAKER_EXIT_INVALID		20 /* the CPU refused the guest state */
#define CARETAKER_EXIT_INVD		21
#define CARETAKER_EXIT_REASONS		32

/**
 * struct caretaker_regs - guest registers that hardware does not save
 *
 * On AMD rax and rsp are in the VMCB, on Intel rsp is in the VMCS; the fields
 * here are then not used.  Hardware's numbering.  (payload, at each exit; of one that is
 * plainly KVM's only what it needs itself)
 */
struct caretaker_regs {
	__u64 rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi;
	__u64 r8, r9, r10, r11, r12, r13, r14, r15;
};

/**
 * struct caretaker_exit - the pending exit, vendor-neutral
 * @reason:	CARETAKER_EXIT_*				(payload)
 * @length:	bytes of the instruction, 0 if not known	(payload)
 * @code:	hardware's exit code				(payload)
 * @info1, @info2: hardware's qualification			(payload)
 * @event:	event that was being delivered, hardware's format (payload)
 * @guest_pa:	guest-physical address, for a page fault	(payload)
 */
struct caretaker_exit {
	__u32 reason;
	__u32 length;
	__u64 code;
	__u64 info1;
	__u64 info2;
	__u64 event;
	__u64 guest_pa;
};

/**
 * struct caretaker_ccb - control block, one page a vCPU, writable by the payload
 * @magic:	CARETAKER_CCB_MAGIC			(KVM/load)
 * @abi:	CARETAKER_ABI_VERSION			(KVM/load)
 * @size:	sizeof(struct caretaker_ccb)		(KVM/load)
 * @state:	CARETAKER_ATTACHED			(KVM/load)
 * @request:	another state that the host wants, 0 for none; a payload that does not know
 *		it says so by @acknowledge and routes each exit while it is asked for
 * @acknowledge: last request the payload has seen, also that there is none any more.
 *		One look at both words tells that nobody wants anything (payload)
 * @sequence:	by two with each @exit; odd while it is written (payload)
 * @regs:	the guest's registers while the payload runs (payload)
 * @exit:	the pending exit, if there is a @request: an exit that is plainly KVM's is
 *		not recorded without need		(payload)
 *
 * KVM treats every byte as hostile.  It uses none while the vCPU is attached, and compares
 * magic, ABI, size and state when the payload is replaced or removed.
 */
struct caretaker_ccb {
	__u64 magic;
	__u32 abi;
	__u32 size;
	__u32 state;
	__u32 reserved0;
	__u32 request;
	__u32 acknowledge;
	__u64 sequence;
	__u64 reserved1[3];	/* @regs begin with a cache line */
	struct caretaker_regs regs;
	struct caretaker_exit exit;
};

/* --- Where there is no host ---------------------------------------------- */

/* caretaker_gap.flags */
#define CARETAKER_GAP_APIC		(1U << 0) /* @apic is the guest's: an x2APIC, enabled */
#define CARETAKER_GAP_TIMER		(1U << 1) /* so is its timer, by TSC deadline */
#define CARETAKER_GAP_POSTED		(1U << 2) /* what others send is in caretaker_posted */

/* caretaker_gap.waits: before the guest goes on */
#define CARETAKER_GAP_AT_HLT		1 /* it gets an interrupt; RIP is at its HLT */
#define CARETAKER_GAP_HALTED		2 /* the same; RIP is behind HLT.  KVM alone says so */
#define CARETAKER_GAP_AGAIN		3 /* the core looks at @deadline and @kicks, no more */

/**
 * struct caretaker_gap - what the vCPU has instead of KVM while it is detached
 * @apic:	registers of its local APIC, an x2APIC, by their offsets.  The upper half of TPR
 *		is the VMCB's.  When the vCPU is attached, KVM takes from here which interrupts
 *		are requested and in service, and the lower half of TPR (KVM/entry, payload)
 * @level:	vectors whose EOI is KVM's business: a bit each (KVM/entry)
 * @tsc_offset:	what the guest's TSC is ahead of the host's (KVM/entry)
 * @timer:	the guest's TSC deadline, in its own TSC; 0: none (KVM/entry, payload)
 * @deadline:	with CARETAKER_GAP_TIMER: TSC of the host by which the payload is to be entered
 *		again; 0: for nothing but a kick.  The core looks at it before it enters the
 *		payload				(KVM/entry, payload)
 * @waits:	what the guest waits for, or 0		(KVM/entry, payload)
 * @flags:	CARETAKER_GAP_*				(KVM/entry)
 * @own:	for the payload's own use; 0 at first	(KVM/entry, payload)
 * @kicks:	with @waits: vCPUs of the VM whose cores have to look at caretaker_posted, a bit
 *		each; what is not in caretaker_peers.core does not count (payload)
 *
 * It is there if the payload was given CARETAKER_FEATURE_DETACH: then caretaker_ccb.request is
 * CARETAKER_DETACHED, and it is entered at CARETAKER_ENTRY_GAP.  An exit that it routes lets the
 * guest wait until it is attached, but for the core's own: an interrupt, NMI or SMI that the core
 * takes.  Then, and if it has routed with @waits, it is entered again: behind what comes, which
 * is at @deadline at the latest; with CARETAKER_GAP_AGAIN at once.  An event in EXITINTINFO is
 * KVM's in any case.  What is behind the struct is zero, and what is new in it comes with a flag.
 * KVM treats every byte as hostile.
 */
struct caretaker_gap {
	__u32 apic[256];
	__u64 level[4];
	__u64 tsc_offset;
	__u64 timer;
	__u64 deadline;
	__u32 waits;
	__u32 flags;
	__u64 own;
	__u64 kicks;
};

#define CARETAKER_PEERS_MAX		64

/**
 * struct caretaker_posted - interrupts that a VM's detached vCPUs are sent
 * @requested:	vectors, a bit each, by the number of the vCPU: set and taken by atomic
 *		operations						(KVM, payload)
 * @sending:	not 0 while the vCPU's payload looks at caretaker_peers.detached and sets bits by
 *		what it has found: then KVM waits before it takes what is left there for a vCPU
 *		that it attaches, for some time			(payload)
 *
 * One page for all vCPUs of a VM; a vCPU with a number beyond it has no part in that.  Who sets
 * bits of another vCPU kicks its core; KVM does, too.
 */
struct caretaker_posted {
	__u32 requested[CARETAKER_PEERS_MAX][8];
	__u32 sending[CARETAKER_PEERS_MAX];
};

/**
 * struct caretaker_peers - which vCPUs of a VM can be sent interrupts without KVM	(all: KVM)
 * @all:	the VM's vCPUs, a bit each; 0: there are some beyond it
 * @detached:	those that take what is posted
 * @core:	APIC ID of its core, or ~0
 *
 * A vCPU's number, caretaker_config.vcpu_id, is its x2APIC ID.
 */
struct caretaker_peers {
	__u64 all;
	__u64 detached;
	__u32 core[CARETAKER_PEERS_MAX];
};

/* --- Metadata: configuration (read-only for the payload) ----------------- */

#define CARETAKER_CPUID_MAX		256
#define CARETAKER_MSR_MAX		64

/* caretaker_cpuid.flags */
#define CARETAKER_CPUID_INDEXED		(1U << 0) /* ECX takes part in the match */
#define CARETAKER_CPUID_ROUTE		(1U << 1) /* the answer can change: ask KVM */

/* A place in caretaker_config.cpuid_start: the low byte of the function and the high one */
#define CARETAKER_CPUID_HASH(function)	(((function) ^ (function) >> 24) & 255)

struct caretaker_cpuid {
	__u32 function;
	__u32 index;
	__u32 flags;
	__u32 reserved;
	__u32 eax, ebx, ecx, edx;
};

/* caretaker_msr.flags */
#define CARETAKER_MSR_READ		(1U << 0) /* RDMSR gives caretaker_msr.value */
#define CARETAKER_MSR_WRITE		(1U << 1) /* WRMSR takes any value and drops it */

/* A bit of caretaker_config.msr_hash, 0 to 63 */
#define CARETAKER_MSR_HASH(index)	(((index) ^ (index) >> 8) & 63)

struct caretaker_msr {
	__u32 index;
	__u32 flags;
	__u64 value;
};

/* caretaker_config.flags */
#define CARETAKER_CONFIG_MIN_ENCODINGS	(1U << 0)
#define CARETAKER_CONFIG_NEXT_RIP	(1U << 1) /* hardware gives the next RIP */
#define CARETAKER_CONFIG_ROUTE_ALL	(1U << 2) /* guest debugging, PMU ...: answer nothing */
#define CARETAKER_CONFIG_CPUID_REDIRECT	(1U << 3) /* leaves that are not in the table go to KVM */
#define CARETAKER_CONFIG_CPUID_FAULT	(1U << 4) /* CPUID faults outside ring 0: ask KVM */
#define CARETAKER_CONFIG_KVM_ENTERS	(1U << 5) /* L1D flush: each entry is KVM's */
#define CARETAKER_CONFIG_DEADLINE	(1U << 6) /* Intel: an entry sets the preemption timer */

/* caretaker_config.mitigations */
#define CARETAKER_MITIGATE_RSB		(1U << 0) /* fill the RSB before the first RET, if any */
#define CARETAKER_MITIGATE_VERW		(1U << 1) /* clear CPU buffers before entry */

/**
 * struct caretaker_config - what a vCPU is like			(all: KVM/entry)
 * @abi:	CARETAKER_ABI_VERSION
 * @size:	sizeof(struct caretaker_config) of the kernel
 * @generation:	grows with each change of this page
 * @features:	CARETAKER_FEATURE_*: those of the note that are there (KVM/load)
 * @vendor:	CARETAKER_VENDOR_*
 * @mode:	CARETAKER_MODE_*
 * @flags:	CARETAKER_CONFIG_*
 * @mitigations: CARETAKER_MITIGATE_*
 * @vcpu_id:	as given to KVM_CREATE_VCPU
 * @cpuid_count, @msr_count: entries in use
 * @entry_shift: TSC ticks in one of the preemption timer, as a power of two (KVM/load)
 * @msr_hash:	bit CARETAKER_MSR_HASH() of each MSR in the table: where it is clear
 *		there is no entry
 * @xcr0:	what XSETBV may write and change nothing by it; 0 if nothing
 * @entry_deadline: host TSC at which the guest must be left again, if CARETAKER_CONFIG_DEADLINE
 * @cpuid_start: by CARETAKER_CPUID_HASH() of a function, the first entry of @cpuid with that
 *		hash; 0 where there is none.  An entry in front of it has another function
 * @cpuid:	CPUID answers as KVM resolved them, in KVM's order: the first match counts
 * @msr:	MSRs that may be answered locally
 */
struct caretaker_config {
	__u32 abi;
	__u32 size;
	__u64 generation;
	__u64 features;
	__u32 vendor;
	__u32 mode;
	__u32 flags;
	__u32 mitigations;
	__u32 vcpu_id;
	__u32 cpuid_count;
	__u32 msr_count;
	__u32 entry_shift;
	__u64 msr_hash;
	__u64 xcr0;
	__u64 entry_deadline;
	__u8  cpuid_start[256];
	struct caretaker_cpuid cpuid[CARETAKER_CPUID_MAX];
	struct caretaker_msr msr[CARETAKER_MSR_MAX];
};

/* --- Metadata: telemetry (written by the payload) ------------------------ */

#define CARETAKER_TELEMETRY_MAGIC	0x314d4c5454434143ULL /* "CACTTLM1" */

/**
 * struct caretaker_telemetry - what the payload did			(all: payload)
 * @magic:	CARETAKER_TELEMETRY_MAGIC			(KVM/load)
 * @abi:	CARETAKER_ABI_VERSION				(KVM/load)
 * @size:	sizeof(struct caretaker_telemetry)		(KVM/load)
 * @handled:	exits answered locally, by CARETAKER_EXIT_*
 * @routed:	exits handed to KVM, by CARETAKER_EXIT_*
 */
struct caretaker_telemetry {
	__u64 magic;
	__u32 abi;
	__u32 size;
	__u64 handled[CARETAKER_EXIT_REASONS];
	__u64 routed[CARETAKER_EXIT_REASONS];
};

/* --- Sizes --------------------------------------------------------------- */

#define __caretaker_size(type, bytes) \
	_Static_assert(sizeof(struct type) == (bytes), "ABI: size of struct " #type)

__caretaker_size(caretaker_note, 144);
__caretaker_size(caretaker_switch, 496);
__caretaker_size(caretaker_pending, 16);
__caretaker_size(caretaker_regs, 128);
__caretaker_size(caretaker_exit, 48);
__caretaker_size(caretaker_ccb, 240);
__caretaker_size(caretaker_gap, 1104);
__caretaker_size(caretaker_posted, 64 * 9 * 4);
__caretaker_size(caretaker_peers, 16 + 64 * 4);
__caretaker_size(caretaker_cpuid, 32);
__caretaker_size(caretaker_msr, 16);
__caretaker_size(caretaker_config, 80 + 256 + 256 * 32 + 64 * 16);
__caretaker_size(caretaker_telemetry, 528);

#endif /* _ASM_X86_CARETAKER_PAYLOAD_H */
