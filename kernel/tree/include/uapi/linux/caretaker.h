/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The caretaker ABI, version 2: what the kernel, a caretaker payload and a verifier
 * agree on.  Documentation/virt/kvm/caretaker.rst explains it.  What a VMM calls is in
 * <linux/kvm.h>.
 *
 * Every layout is little-endian, naturally aligned and has a size assertion at
 * the end of this file.  Beside each field stands who writes it, and when:
 *
 *   build     the payload's build, before it is signed
 *   KVM/load  KVM, once, when the payload is installed
 *   KVM/entry KVM, with the vCPU out of the guest, before it enters again
 *   tramp     the trampoline, each time it passes
 *   payload   the payload, whenever it runs
 */
#ifndef _UAPI_LINUX_CARETAKER_H
#define _UAPI_LINUX_CARETAKER_H

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

/* Features.  A kernel refuses a mandatory bit that it does not know. */
#define CARETAKER_FEATURE_SVM		(1ULL << 0) /* has AMD exit code */
#define CARETAKER_FEATURE_VMX		(1ULL << 1) /* has Intel exit code */
#define CARETAKER_FEATURE_DETACH	(1ULL << 2) /* can run without a kernel */
#define CARETAKER_FEATURE_SSP		(1ULL << 3) /* wants a shadow stack */
#define CARETAKER_FEATURES_KNOWN	(CARETAKER_FEATURE_SVM | CARETAKER_FEATURE_VMX)

/**
 * struct caretaker_note - descriptor of the payload's note          (all: build)
 * @abi:	CARETAKER_ABI_VERSION
 * @size:	sizeof(struct caretaker_note)
 * @svn:	security version; compared with the host's floor for @name
 * @reserved:	zero
 * @mandatory:	features without which the payload must not be installed
 * @optional:	features that it uses where they are there
 * @ccb_size:	sizeof(struct caretaker_ccb) it was built for
 * @switch_size: sizeof(struct caretaker_switch)
 * @config_size: sizeof(struct caretaker_config)
 * @telemetry_size: sizeof(struct caretaker_telemetry)
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
#define CARETAKER_NMI_PENDING		0x05ff0 /* u64 above that stack: TSC of an NMI (Intel) */
#define CARETAKER_CONFIG		0x07000 /* r--, struct caretaker_config */
#define CARETAKER_TELEMETRY		0x0c000 /* rw-, struct caretaker_telemetry */
#define CARETAKER_VMCB			0x10000 /* rw-, the vCPU's VMCB (AMD only) */
#define CARETAKER_STACK			0x1e000 /* rw-, two pages; below them nothing */
#define CARETAKER_STACK_SIZE		0x02000
#define CARETAKER_IMAGE			0x100000 /* the payload's address 0 */

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
 * @host_cr3:	CR3 to return to, as it is loaded	(KVM/entry)
 * @host_rsp:	stack to return to			(tramp, on entry; Intel: KVM/entry)
 * @host_gs_base: the kernel's GS base			(KVM/entry, Intel)
 * @host_gdtr:	the kernel's GDTR, 10 bytes		(KVM/entry)
 * @host_idtr:	the kernel's IDTR, 10 bytes		(KVM/entry)
 * @route:	kernel address where routed exits land	(KVM/entry)
 * @fault_route: where faults land; Intel: a failed VMRESUME (KVM/entry)
 * @generation:	grows when a new kernel or payload takes over (KVM/load)
 * @root:	CR3 of the caretaker; 0 in shared mode	(KVM/load)
 * @entry:	address of the payload's entry point	(KVM/load)
 * @stack:	the payload's initial stack pointer	(KVM/load)
 * @vmcb_pa:	physical address for VMRUN		(KVM/entry, AMD)
 * @host_save_pa: host save area for a detached vCPU	(KVM/load, AMD)
 * @gdtr:	GDTR of the slot, 10 bytes		(KVM/load)
 * @idtr:	IDTR of the slot, 10 bytes		(KVM/load)
 * @host_ssp, @host_ssp_table, @host_s_cet: shadow stack (KVM/entry, Intel)
 * @nmi_patience: TSC ticks after an NMI from which on another one ends the VM, for
 *		the payload has not come back since	(KVM/load, Intel)
 * @fault:	KVM_CARETAKER_FAULT_*, 0 when none	(tramp)
 * @fault_vector, @fault_error, @fault_rip, @fault_cr2: its details; vector 2 is of a
 *		payload that went on for longer than @nmi_patience (tramp)
 * @answered:	an NMI came when the exit was answered: nothing of it is left to
 *		handle					(tramp, Intel)
 * @gdt:	descriptors for the kernel's selectors	(KVM/load)
 *
 * The payload sees this page read-only.  All that KVM acts on after an exit is
 * here and not in the CCB.  On Intel hardware enters the caretaker: KVM writes all
 * host_* fields when it would write them into the VMCS.
 */
struct caretaker_switch {
	__u64 host_cr3;
	__u64 host_rsp;
	__u64 host_gs_base;
	__u8  host_gdtr[16];
	__u8  host_idtr[16];
	__u64 route;
	__u64 fault_route;
	__u64 generation;
	__u64 root;
	__u64 entry;
	__u64 stack;
	__u64 vmcb_pa;
	__u64 host_save_pa;
	__u8  gdtr[16];
	__u8  idtr[16];
	__u64 host_ssp;
	__u64 host_ssp_table;
	__u64 host_s_cet;
	__u64 nmi_patience;
	__u64 reserved0[4];
	__u64 fault;
	__u64 fault_vector;
	__u64 fault_error;
	__u64 fault_rip;
	__u64 fault_cr2;
	__u64 answered;
	__u64 reserved1[2];
	__u64 gdt[32];
};

/* --- The control block -------------------------------------------------- */

#define CARETAKER_CCB_MAGIC		0x31424343544e4143ULL /* "CANTCCB1" */

/* caretaker_ccb.state */
#define CARETAKER_ATTACHED		1
#define CARETAKER_DETACHING		2
#define CARETAKER_DETACHED		3
#define CARETAKER_ADOPTING		4
#define CARETAKER_FAILED		5

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
 * @state:	CARETAKER_ATTACHED ...			(payload; KVM/load sets the first)
 * @request:	state that the host wants		(host, at any time)
 * @acknowledge: last request the payload has seen	(payload)
 * @failure:	payload's own reason for CARETAKER_FAILED (payload)
 * @sequence:	by two with each @exit; odd while it is written (payload)
 * @regs:	the guest's registers while the payload runs (payload)
 * @exit:	the pending exit, if @request is another state than attached: an exit
 *		that is plainly KVM's is not recorded without need (payload)
 *
 * KVM treats every byte as hostile.
 */
struct caretaker_ccb {
	__u64 magic;
	__u32 abi;
	__u32 size;
	__u32 state;
	__u32 request;
	__u32 acknowledge;
	__u32 failure;
	__u64 sequence;
	__u64 reserved0[3];
	struct caretaker_regs regs;
	struct caretaker_exit exit;
	__u64 reserved1[2];
};

/* --- Metadata: configuration (read-only for the payload) ----------------- */

#define CARETAKER_CPUID_MAX		256
#define CARETAKER_MSR_MAX		64

/* caretaker_cpuid.flags */
#define CARETAKER_CPUID_INDEXED		(1U << 0) /* ECX takes part in the match */
#define CARETAKER_CPUID_ROUTE		(1U << 1) /* the answer can change: ask KVM */

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
#define CARETAKER_CONFIG_CPUID_REDIRECT	(1U << 3) /* unknown leaves go to KVM (Intel rule) */
#define CARETAKER_CONFIG_CPUID_FAULT	(1U << 4) /* CPUID faults outside ring 0: ask KVM */
#define CARETAKER_CONFIG_KVM_ENTERS	(1U << 5) /* L1D flush: each entry is KVM's */
#define CARETAKER_CONFIG_DEADLINE	(1U << 6) /* Intel: an entry sets the preemption timer */

/* caretaker_config.mitigations */
#define CARETAKER_MITIGATE_RSB		(1U << 0) /* fill the RSB before the first RET, if any */
#define CARETAKER_MITIGATE_VERW		(1U << 1) /* clear CPU buffers before entry */

/**
 * struct caretaker_config - what a vCPU is like			(all: KVM/entry)
 * @abi:	CARETAKER_ABI_VERSION
 * @size:	sizeof(struct caretaker_config)
 * @generation:	grows with each change of this page
 * @vendor:	CARETAKER_VENDOR_*
 * @mode:	CARETAKER_MODE_*
 * @flags:	CARETAKER_CONFIG_*
 * @mitigations: CARETAKER_MITIGATE_*
 * @vcpu_id:	as given to KVM_CREATE_VCPU
 * @apic_mode:	0 none, 1 xAPIC, 2 x2APIC, 3 hardware (AVIC, APICv)
 * @timer_deadline: guest TSC of the next timer interrupt, 0 if none
 * @tsc_offset:	added to the (scaled) host TSC, TSC ticks
 * @tsc_scale:	guest/host ratio as hardware takes it, 0 if not scaled
 * @cpuid_count, @msr_count: entries in use
 * @msr_hash:	bit CARETAKER_MSR_HASH() of each MSR in the table: where it is clear
 *		there is no entry
 * @xcr0:	what XSETBV may write and change nothing by it; 0 if nothing
 * @entry_deadline: host TSC at which the guest must be left again, if CARETAKER_CONFIG_DEADLINE
 * @entry_shift: TSC ticks in one of the preemption timer, as a power of two (KVM/load)
 * @cpuid:	CPUID answers as KVM resolved them
 * @msr:	MSRs that may be answered locally
 */
struct caretaker_config {
	__u32 abi;
	__u32 size;
	__u64 generation;
	__u32 vendor;
	__u32 mode;
	__u32 flags;
	__u32 mitigations;
	__u32 vcpu_id;
	__u32 apic_mode;
	__u64 timer_deadline;
	__u64 tsc_offset;
	__u64 tsc_scale;
	__u32 cpuid_count;
	__u32 msr_count;
	__u64 msr_hash;
	__u64 xcr0;
	__u64 entry_deadline;
	__u32 entry_shift;
	__u32 reserved0;
	__u64 reserved1[3];
	struct caretaker_cpuid cpuid[CARETAKER_CPUID_MAX];
	struct caretaker_msr msr[CARETAKER_MSR_MAX];
};

/* --- Metadata: telemetry (written by the payload) ------------------------ */

#define CARETAKER_TELEMETRY_MAGIC	0x314d4c5454434143ULL /* "CACTTLM1" */
#define CARETAKER_WAITS			64
#define CARETAKER_RING			64

/* caretaker_event.what */
#define CARETAKER_EVENT_LOCAL		1
#define CARETAKER_EVENT_ROUTED		2
#define CARETAKER_EVENT_STATE		3

/* A spin-wait: why, since when and how long, in host TSC ticks */
struct caretaker_wait {
	__u32 reason;
	__u32 reserved;
	__u64 start;
	__u64 length;
};

struct caretaker_event {
	__u32 what;
	__u32 reason;
	__u64 code;
	__u64 tsc;
};

/**
 * struct caretaker_telemetry - what the payload did			(all: payload)
 * @magic:	CARETAKER_TELEMETRY_MAGIC			(KVM/load)
 * @abi:	CARETAKER_ABI_VERSION				(KVM/load)
 * @size:	sizeof(struct caretaker_telemetry)		(KVM/load)
 * @handled:	exits answered locally, by CARETAKER_EXIT_*
 * @routed:	exits handed to KVM, by CARETAKER_EXIT_*
 * @wait_count:	spin-waits so far; entry i is at i % CARETAKER_WAITS
 * @ring_count:	events so far; entry i is at i % CARETAKER_RING
 */
struct caretaker_telemetry {
	__u64 magic;
	__u32 abi;
	__u32 size;
	__u64 handled[CARETAKER_EXIT_REASONS];
	__u64 routed[CARETAKER_EXIT_REASONS];
	__u64 wait_count;
	__u64 ring_count;
	struct caretaker_wait wait[CARETAKER_WAITS];
	struct caretaker_event ring[CARETAKER_RING];
};

/* --- Descriptor page: what must be kept for the vCPU --------------------- */

#define CARETAKER_DESCRIPTOR_MAGIC	0x3143534454434143ULL /* "CACTDSC1" */
#define CARETAKER_RANGES		120

/* caretaker_range.kind */
#define CARETAKER_RANGE_IMAGE		1
#define CARETAKER_RANGE_STACK		2
#define CARETAKER_RANGE_SWITCH		3
#define CARETAKER_RANGE_IDT		4
#define CARETAKER_RANGE_NMI_STACK	5
#define CARETAKER_RANGE_CONFIG		6
#define CARETAKER_RANGE_TELEMETRY	7
#define CARETAKER_RANGE_VMCB		8
#define CARETAKER_RANGE_HOST_SAVE	9
#define CARETAKER_RANGE_TRAMPOLINE	10
#define CARETAKER_RANGE_TABLES		11
#define CARETAKER_RANGE_FILE		12 /* the signed file, as it was read */

/* caretaker_range.prot */
#define CARETAKER_PROT_READ		(1U << 0)
#define CARETAKER_PROT_WRITE		(1U << 1)
#define CARETAKER_PROT_EXEC		(1U << 2)
#define CARETAKER_PROT_UNMAPPED		(1U << 3) /* not in the caretaker's tables */

struct caretaker_range {
	__u64 physical;
	__u64 offset;	/* in the slot; ~0 if not mapped */
	__u32 pages;
	__u16 kind;
	__u16 prot;
	__u64 reserved;
};

/**
 * struct caretaker_descriptor - every physical range a vCPU needs  (all: KVM/load)
 * @magic:	CARETAKER_DESCRIPTOR_MAGIC
 * @abi:	CARETAKER_ABI_VERSION
 * @size:	sizeof(struct caretaker_descriptor)
 * @slot:	index of the slot in the window
 * @root:	physical address of the caretaker's top-level table
 * @count:	ranges in use
 * @crc:	CRC-32 of @range[0..@count)
 * @next:	physical address of a further descriptor page, 0 if none
 */
struct caretaker_descriptor {
	__u64 magic;
	__u32 abi;
	__u32 size;
	__u64 slot;
	__u64 root;
	__u32 count;
	__u32 crc;
	__u64 next;
	__u64 reserved[2];
	struct caretaker_range range[CARETAKER_RANGES];
};

/* --- Evidence: IMA critical-data records ----------------------------------- */

/*
 * The label of all of them.  The name of the IMA event is "caretaker-" and the word
 * beside the number here.  They are not hashed, so that a verifier reads them in the
 * log itself.
 */
#define CARETAKER_RECORD_LABEL		"caretaker"
#define CARETAKER_RECORD_MAGIC		0x52435443 /* "CTCR" */

/* caretaker_record_header.event; whose struct follows */
#define CARETAKER_RECORD_INSTALL	1 /* "install"	caretaker_record */
#define CARETAKER_RECORD_UPDATE		2 /* "update"	caretaker_record */
#define CARETAKER_RECORD_REMOVE		3 /* "remove"	caretaker_record */
#define CARETAKER_RECORD_TEARDOWN	4 /* "teardown"	caretaker_record */
#define CARETAKER_RECORD_REFUSE		5 /* "refuse"	caretaker_record */
#define CARETAKER_RECORD_DETACH		6 /* "detach"	caretaker_record */
#define CARETAKER_RECORD_ADOPT		7 /* "adopt"	caretaker_record */
#define CARETAKER_RECORD_BREAK		8 /* "break"	caretaker_record; its VM was ended */
#define CARETAKER_RECORD_BOOT		9 /* "boot"	caretaker_boot_record */
#define CARETAKER_RECORD_SWITCH		10 /* "switch"	caretaker_switch_record */
#define CARETAKER_RECORD_KEXEC		11 /* "kexec"	caretaker_kexec_record */

/**
 * struct caretaker_record_header - what every record begins with  (all: kernel)
 * @magic:	CARETAKER_RECORD_MAGIC
 * @abi:	CARETAKER_ABI_VERSION
 * @size:	bytes of the record, this header and text behind the struct included
 * @sequence:	1, 2, 3 ... since the last reset, over kexec too; a gap is a lost record
 * @event:	CARETAKER_RECORD_*
 * @result:	0 or a negative errno
 * @reveal:	the secret that the record before committed to; zero in the first record since
 *		the last reset
 * @commit:	SHA-256 of 32 bytes drawn at random, which the next record reveals
 *
 * Who has not read the kernel's memory cannot make the record that follows another: that
 * takes what hashes to the other's @commit.
 */
struct caretaker_record_header {
	__u32 magic;
	__u16 abi;
	__u16 size;
	__u64 sequence;
	__u32 event;
	__s32 result;
	__u8  reveal[32];
	__u8  commit[32];
};

/* caretaker_record.enforce: why a signature was required, or what was waived */
#define CARETAKER_ENFORCE_SECURE_BOOT	(1U << 0)
#define CARETAKER_ENFORCE_LOCKDOWN	(1U << 1)
#define CARETAKER_ENFORCE_SWITCH	(1U << 2)
#define CARETAKER_ENFORCE_SVN_FLOOR	(1U << 3) /* a floor is set for this name */
#define CARETAKER_WAIVED_SIGNATURE	(1U << 8) /* installed unsigned; kernel is tainted */

/* caretaker_record.flags: of kvm_set_caretaker.flags those that change how a payload runs */
#define CARETAKER_FLAG_SHARED		(1ULL << 0)
#define CARETAKER_FLAG_MIN_ENCODINGS	(1ULL << 1)

/* lockdown: what the kernel itself was told, whatever other modules answer */
#define CARETAKER_LOCKDOWN_NONE		0
#define CARETAKER_LOCKDOWN_INTEGRITY	1
#define CARETAKER_LOCKDOWN_CONFIDENTIALITY 2

/* caretaker_record.keyring: where the key that vouched was found */
#define CARETAKER_KEYRING_NONE		0
#define CARETAKER_KEYRING_BUILTIN	1
#define CARETAKER_KEYRING_PLATFORM	2 /* Secure Boot's db */
#define CARETAKER_KEYRING_SECONDARY	3 /* added at run time */
#define CARETAKER_KEYRING_MACHINE	4 /* machine owner's keys (MOK) */

/**
 * struct caretaker_record - one event in the life of a VM's caretaker (all: KVM)
 * @h:		the header
 * @vm:		serial number of the VM, over the whole boot; 0 if refused before
 * @vcpu:	vcpu id, or ~0 for all of the VM
 * @mode:	CARETAKER_MODE_*
 * @vm_id:	drawn at random when the VM got @vm; zero where @vm is 0
 * @vmm_id:	kvm_set_caretaker.vmm_id: the VMM's word
 * @flags:	CARETAKER_FLAG_*
 * @enforce:	CARETAKER_ENFORCE_* | CARETAKER_WAIVED_*
 * @lockdown:	CARETAKER_LOCKDOWN_*
 * @dropped:	refusals since the last record that were not recorded
 * @uid:	of the process, in the initial user namespace
 * @pid:	of the process, in the initial pid namespace
 * @without:	VMs of KVM that are alive and have no caretaker, or on single vCPUs alone
 * @payload_abi, @svn, @mandatory, @optional: from the note, 0 if not parsed
 * @rule:	enum caretaker_rule that was broken, 0 if none
 * @svn_floor:	the floor of @name, 0 if none
 * @digest_alg:	TPM_ALG_ID of @digest (TCG Algorithm Registry)
 * @digest_len:	bytes in use
 * @digest:	over the signed bytes, without the signature
 * @keyring:	CARETAKER_KEYRING_*: where the key is that vouched
 * @signer_len:	bytes in use
 * @signer:	subject key identifier of the signer's certificate, which is one of @keyring's
 *		or one that the signature carries and these vouch for: for people, since
 *		who makes a certificate chooses it
 * @signer_key:	SHA-256 of the subjectPublicKey BIT STRING of that certificate (RFC
 *		7093 section 2 (1), not truncated); zero if nobody vouched
 * @exe_alg:	TPM_ALG_ID of @exe; 0 if neither IMA nor fs-verity has a digest
 * @exe_len:	bytes in use
 * @exe:	digest of the executable of the process, as IMA or fs-verity has it
 * @exe_kind:	CARETAKER_EXE_*
 * @reserved:	zero
 * @name, @version: from the note
 */
struct caretaker_record {
	struct caretaker_record_header h;
	__u64 vm;
	__u32 vcpu;
	__u32 mode;
	__u8  vm_id[16];
	__u8  vmm_id[16];
	__u64 flags;
	__u32 enforce;
	__u32 lockdown;
	__u32 dropped;
	__u32 uid;
	__u32 pid;
	__u32 without;
	__u32 payload_abi;
	__u32 svn;
	__u64 mandatory;
	__u64 optional;
	__u32 rule;
	__u32 svn_floor;
	__u16 digest_alg;
	__u16 digest_len;
	__u16 keyring;
	__u16 signer_len;
	__u8  digest[64];
	__u8  signer[36];
	__u8  signer_key[32];
	__u16 exe_alg;
	__u16 exe_len;
	__u8  exe[64];
	__u32 exe_kind;
	__u32 reserved;
	char  name[CARETAKER_NAME_LEN];
	char  version[CARETAKER_NAME_LEN];
};

/* caretaker_record.exe_kind */
#define CARETAKER_EXE_NONE		0
#define CARETAKER_EXE_IMA		1 /* of the file's content, by IMA */
#define CARETAKER_EXE_VERITY		2 /* fs-verity's */

/* caretaker_boot_record.secure_boot: as this kernel used it */
#define CARETAKER_SECURE_BOOT_UNKNOWN	0 /* no EFI, or the boot loader did not say */
#define CARETAKER_SECURE_BOOT_OFF	1
#define CARETAKER_SECURE_BOOT_ON	2

/* switches: caretaker= and what was switched at run time */
#define CARETAKER_SWITCH_ENFORCE	(1U << 0) /* the latch */
#define CARETAKER_SWITCH_NONGLOBAL	(1U << 1)
#define CARETAKER_SWITCH_BUILTIN	(1U << 2) /* builtin keys alone vouch */
#define CARETAKER_SWITCH_NO_MACHINE	(1U << 3) /* machine owner's keys do not vouch */
#define CARETAKER_SWITCH_CLOSED		(1U << 4) /* nothing is installed on this boot */

/* caretaker_boot_record.handover: of the kernel before, by KHO */
#define CARETAKER_HANDOVER_NONE		0 /* nothing of ours: no kernel before, or no caretakers */
#define CARETAKER_HANDOVER_TAKEN	1
#define CARETAKER_HANDOVER_REFUSED	2 /* offered and not understood: the door is closed */

#define CARETAKER_BOOT_FLOORS		32

/* A floor of an SVN; entries that are not in use are zero */
struct caretaker_boot_floor {
	char  name[CARETAKER_NAME_LEN];
	__u32 svn;
	__u32 reserved;
};

/**
 * struct caretaker_boot_record - what a kernel says of itself, once, before any other
 * record of it; behind it stand @command_line_len bytes of text   (all: kernel)
 * @h:		the header
 * @kernel:	1 for the kernel that the reset started, 2 for the one after a kexec ...
 * @lockdown:	CARETAKER_LOCKDOWN_*
 * @secure_boot: CARETAKER_SECURE_BOOT_*
 * @enforce:	CARETAKER_ENFORCE_*
 * @switches:	CARETAKER_SWITCH_*
 * @handover:	CARETAKER_HANDOVER_*
 * @floors:	entries of @floor in use
 * @build_id_len: bytes in use, 0 if the image has none
 * @command_line_len: bytes behind the struct, without a final zero
 * @build_id:	GNU build id of the kernel's image
 * @release:	utsname.release, NUL-padded
 * @command_line: SHA-256 of the text
 * @floor:	floors as they stood when the record was made
 */
struct caretaker_boot_record {
	struct caretaker_record_header h;
	__u64 kernel;
	__u32 lockdown;
	__u32 secure_boot;
	__u32 enforce;
	__u32 switches;
	__u32 handover;
	__u32 floors;
	__u32 build_id_len;
	__u32 command_line_len;
	__u8  build_id[20];
	char  release[68];
	__u8  command_line[32];
	struct caretaker_boot_floor floor[CARETAKER_BOOT_FLOORS];
};

/* caretaker_switch_record.what */
#define CARETAKER_SWITCHED_LATCH	1
#define CARETAKER_SWITCHED_FLOOR	2 /* @name and @svn say which */
#define CARETAKER_SWITCHED_LOCKDOWN	3

/**
 * struct caretaker_switch_record - what an operator made stricter  (all: kernel)
 * @h:		the header
 * @what:	CARETAKER_SWITCHED_*
 * @lockdown:	CARETAKER_LOCKDOWN_* from now on
 * @enforce:	CARETAKER_ENFORCE_* from now on
 * @switches:	CARETAKER_SWITCH_* from now on
 * @uid:	of who did it, in the initial user namespace
 * @svn:	the new floor
 * @name:	of the floor, NUL-padded; else zero
 */
struct caretaker_switch_record {
	struct caretaker_record_header h;
	__u32 what;
	__u32 lockdown;
	__u32 enforce;
	__u32 switches;
	__u32 uid;
	__u32 svn;
	char  name[CARETAKER_NAME_LEN];
};

/* caretaker_kexec_record.type */
#define CARETAKER_KEXEC_DEFAULT		1
#define CARETAKER_KEXEC_CRASH		2

/* caretaker_kexec_record.flags */
#define CARETAKER_KEXEC_FILE		(1U << 0) /* by kexec_file_load(), not kexec_load() */
#define CARETAKER_KEXEC_INITRD		(1U << 1) /* there is an initrd */
#define CARETAKER_KEXEC_HANDOVER	(1U << 2) /* the next kernel will be told by KHO */

/**
 * struct caretaker_kexec_record - a kernel was loaded that can replace this one; behind it
 * stand @command_line_len bytes of text			     (all: kernel)
 * @h:		the header
 * @type:	CARETAKER_KEXEC_DEFAULT or CARETAKER_KEXEC_CRASH
 * @flags:	CARETAKER_KEXEC_FILE ...
 * @uid:	of who did it, in the initial user namespace
 * @command_line_len: bytes behind the struct, without a final zero
 * @image:	SHA-256 of the whole file of the kernel, zero without CARETAKER_KEXEC_FILE
 * @initrd:	SHA-256 of the initrd, zero if there is none
 * @command_line: SHA-256 of the text
 */
struct caretaker_kexec_record {
	struct caretaker_record_header h;
	__u32 type;
	__u32 flags;
	__u32 uid;
	__u32 command_line_len;
	__u8  image[32];
	__u8  initrd[32];
	__u8  command_line[32];
};

/* --- Sizes --------------------------------------------------------------- */

#if defined(__cplusplus)
#define __caretaker_assert(c, m)	static_assert(c, m)
#else
#define __caretaker_assert(c, m)	_Static_assert(c, m)
#endif
#define __caretaker_size(type, bytes) \
	__caretaker_assert(sizeof(struct type) == (bytes), "ABI: size of struct " #type)

__caretaker_size(caretaker_note, 144);
__caretaker_size(caretaker_switch, 536);
__caretaker_size(caretaker_regs, 128);
__caretaker_size(caretaker_exit, 48);
__caretaker_size(caretaker_ccb, 256);
__caretaker_size(caretaker_cpuid, 32);
__caretaker_size(caretaker_msr, 16);
__caretaker_size(caretaker_config, 128 + 256 * 32 + 64 * 16);
__caretaker_size(caretaker_wait, 24);
__caretaker_size(caretaker_event, 24);
__caretaker_size(caretaker_telemetry, 544 + 64 * 24 + 64 * 24);
__caretaker_size(caretaker_range, 32);
__caretaker_size(caretaker_descriptor, 64 + 120 * 32);
__caretaker_size(caretaker_record_header, 88);
__caretaker_size(caretaker_record, 480);
__caretaker_size(caretaker_boot_floor, 40);
__caretaker_size(caretaker_boot_record, 128 + 20 + 68 + 32 + 32 * 40);
__caretaker_size(caretaker_switch_record, 144);
__caretaker_size(caretaker_kexec_record, 200);

#endif /* _UAPI_LINUX_CARETAKER_H */
