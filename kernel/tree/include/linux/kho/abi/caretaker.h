/* SPDX-License-Identifier: GPL-2.0 */

/**
 * DOC: KVM caretakers' handover ABI
 *
 * The "kvm-caretaker" subtree tells the next kernel what only goes one way: that a
 * signature is required, the floors of security versions, and where the numbers and
 * the secrets of IMA records, and the numbers of VMs, go on.  It is a plain C struct in
 * a folio of its own, which the next kernel wipes when it has read it.
 *
 * The page is zero until the kernel ends, and @version 0 is no version: a kernel
 * that finds it so lets no caretaker pass.
 *
 * Beside it each vCPU with a caretaker has a list of all the pages that it needs, for a
 * kernel that is to preserve them: struct caretaker_descriptor.  None is handed over yet.
 */
#ifndef _LINUX_KHO_ABI_CARETAKER_H
#define _LINUX_KHO_ABI_CARETAKER_H

#include <linux/bits.h>
#include <linux/types.h>

#include <asm/caretaker_payload.h>

#define KHO_CARETAKER_NODE_NAME	"kvm-caretaker"
#define KHO_CARETAKER_VERSION	3
#define KHO_CARETAKER_FLOORS	32

/* kho_caretaker.flags */
#define KHO_CARETAKER_ENFORCE	BIT(0) /* a signature was required, for whatever reason */
#define KHO_CARETAKER_CLOSED	BIT(1) /* nothing may pass */
#define KHO_CARETAKER_BUILTIN	BIT(2) /* builtin keys alone vouch */
#define KHO_CARETAKER_NO_MACHINE BIT(3) /* machine owner's keys do not vouch */
#define KHO_CARETAKER_FLAGS	(KHO_CARETAKER_ENFORCE | KHO_CARETAKER_CLOSED | \
				 KHO_CARETAKER_BUILTIN | KHO_CARETAKER_NO_MACHINE)

/**
 * struct kho_caretaker - what the next kernel must know
 * @version:	KHO_CARETAKER_VERSION (must be the first field)
 * @flags:	KHO_CARETAKER_*
 * @floors:	entries of @floor in use
 * @dropped:	refusals that no record has told of yet
 * @sequence:	number of the last record
 * @vm_serial:	number of the last VM
 * @secret:	what the last record committed to
 * @kernel:	which kernel since the last reset writes this, from 1
 * @floor:	name, padded with NUL and ended by at least one, and its lowest SVN
 */
struct kho_caretaker {
	u32 version;
	u32 flags;
	u32 floors;
	u32 dropped;
	u64 sequence;
	u64 vm_serial;
	u64 kernel;
	u8 secret[32];
	struct {
		char name[CARETAKER_NAME_LEN];
		u32 svn;
	} floor[KHO_CARETAKER_FLOORS];
} __packed;

#define CARETAKER_DESCRIPTOR_MAGIC	0x3143534454434143ULL /* "CACTDSC1" */
#define CARETAKER_RANGES		160

/* caretaker_range.kind */
#define CARETAKER_RANGE_IMAGE		1
#define CARETAKER_RANGE_STACK		2
#define CARETAKER_RANGE_SWITCH		3
#define CARETAKER_RANGE_IDT		4
#define CARETAKER_RANGE_NMI_STACK	5
#define CARETAKER_RANGE_CONFIG		6
#define CARETAKER_RANGE_TELEMETRY	7
#define CARETAKER_RANGE_VMCB		8
#define CARETAKER_RANGE_TRAMPOLINE	9
#define CARETAKER_RANGE_TABLES		10
#define CARETAKER_RANGE_FILE		11 /* the signed file, as it was read */

/* caretaker_range.prot */
#define CARETAKER_PROT_READ		BIT(0)
#define CARETAKER_PROT_WRITE		BIT(1)
#define CARETAKER_PROT_EXEC		BIT(2)
#define CARETAKER_PROT_UNMAPPED		BIT(3) /* not in the caretaker's tables */

struct caretaker_range {
	__u64 physical;
	__u64 offset;	/* in the slot; ~0 if not mapped */
	__u32 pages;
	__u16 kind;
	__u16 prot;
};

/**
 * struct caretaker_descriptor - every physical range a vCPU needs
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
	struct caretaker_range range[CARETAKER_RANGES];
};

__caretaker_size(caretaker_range, 24);
__caretaker_size(caretaker_descriptor, 48 + 160 * 24);

#endif /* _LINUX_KHO_ABI_CARETAKER_H */
