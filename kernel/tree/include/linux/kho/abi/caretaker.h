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
 */
#ifndef _LINUX_KHO_ABI_CARETAKER_H
#define _LINUX_KHO_ABI_CARETAKER_H

#include <linux/bits.h>
#include <linux/caretaker.h>
#include <linux/types.h>

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

#endif /* _LINUX_KHO_ABI_CARETAKER_H */
