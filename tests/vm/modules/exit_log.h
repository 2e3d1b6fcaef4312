/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/exit_log of the lab's module: what KVM finds at each exit that it handles.
 *
 * The log of a vCPU starts with its first EXIT_LOG_TAKE and is emptied by each.  Words
 * of the control block are named by a key: on AMD the offset in the VMCB, on Intel the
 * encoding of the VMCS field.
 */
#ifndef EXIT_LOG_H
#define EXIT_LOG_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define EXIT_LOG_WORDS	512	/* a VMCB has as many; a VMCS fewer */
#define EXIT_LOG_EXITS	64	/* between two EXIT_LOG_TAKEs */
#define EXIT_LOG_VCPUS	2

struct exit_log_word {
	__u32 key;
	__u32 reserved;
	__u64 value;
};

struct exit_log_exit {
	__u64 code;		/* hardware's */
	__u64 rip;
	__u64 regs[16];		/* as KVM numbers them; RSP is in the control block */
	__u64 cr2;
	__u32 words;
	__u32 reserved;
	struct exit_log_word word[EXIT_LOG_WORDS];
};

struct exit_log_take {
	__s32 vcpu;		/* descriptor of the vCPU */
	__u32 intel;		/* out: keys are VMCS encodings */
	__u32 exits;		/* out: how many */
	__u32 lost;		/* out: for which there was no place */
	__u64 to;		/* in: struct exit_log_exit[EXIT_LOG_EXITS] */
};

#define EXIT_LOG_TAKE	_IOWR('x', 1, struct exit_log_take)

#endif
