/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel says of caretakers in IMA's log, as critical data: ABI version 2.
 * Verifiers on other machines read it, so a layout never changes under the same version.
 * It is little-endian, naturally aligned, and has a size assertion at the end of this file.
 */
#ifndef _LINUX_CARETAKER_RECORD_H
#define _LINUX_CARETAKER_RECORD_H

#include <linux/types.h>

#include <asm/caretaker_payload.h>

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
#define CARETAKER_RECORD_ATTACH		7 /* "attach"	caretaker_record */
#define CARETAKER_RECORD_ADOPT		8 /* "adopt"	caretaker_record */
#define CARETAKER_RECORD_BREAK		9 /* "break"	caretaker_record; its VM was ended */
#define CARETAKER_RECORD_BOOT		10 /* "boot"	caretaker_boot_record */
#define CARETAKER_RECORD_SWITCH		11 /* "switch"	caretaker_switch_record */
#define CARETAKER_RECORD_KEXEC		12 /* "kexec"	caretaker_kexec_record */

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
/* Which caretakers are allowed: none without either; of both, the first counts */
#define CARETAKER_SWITCH_ISOLATED	(1U << 5) /* isolated ones alone */
#define CARETAKER_SWITCH_ANY		(1U << 6) /* shared ones too */

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

__caretaker_size(caretaker_record_header, 88);
__caretaker_size(caretaker_record, 480);
__caretaker_size(caretaker_boot_floor, 40);
__caretaker_size(caretaker_boot_record, 128 + 20 + 68 + 32 + 32 * 40);
__caretaker_size(caretaker_switch_record, 144);
__caretaker_size(caretaker_kexec_record, 200);

#endif /* _LINUX_CARETAKER_RECORD_H */
