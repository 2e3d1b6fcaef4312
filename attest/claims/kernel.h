/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which kernels ran since the last reset, by what each said of itself, and which were
 * loaded to follow: for a kexec, or for a crash, after which the TPM's registers are
 * as the crashed kernel left them.
 */
#ifndef CARETAKER_CLAIMS_KERNEL_H
#define CARETAKER_CLAIMS_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "claims/reasons.h"
#include "claims/record.h"

/* Together about 4 MiB, however long the log is; what goes beyond is a reason */
#define CLAIMS_KERNELS_MAX	256
#define CLAIMS_LOADS_MAX	4096
#define CLAIMS_TEXT_MAX		(2U << 20)	/* bytes of the command lines of all of them */

/* A kernel that stated itself */
struct claims_kernel {
	struct caretaker_boot_record record;	/* floors: as they stood at its start */
	char *command_line;		/* record.command_line_len bytes, and a zero */
	unsigned int number;		/* of the record in the IMA log */
	uint32_t lockdown;		/* as of its last word */
	uint32_t enforce;
	uint32_t switches;
	struct caretaker_boot_floor floor[CARETAKER_BOOT_FLOORS];
	uint32_t floors;
};

/* A kernel that was loaded */
struct claims_load {
	struct caretaker_kexec_record record;
	char *command_line;
	unsigned int number;
	uint64_t kernel;		/* number of the one that loaded it */
	bool executed;			/* the next kernel's statement fits it */
};

/* A command line of which IMA's own rule made a record ("kexec-cmdline") */
struct claims_line {
	unsigned char digest[32];	/* SHA-256 of the text */
	unsigned int number;
	bool answered;			/* by a record of ours */
};

struct claims_kernels {
	struct claims_kernel *kernel;
	size_t kernels;
	struct claims_load *load;
	size_t loads;
	struct claims_line *line;
	size_t lines;
	size_t text;			/* bytes of all command lines */
	bool lines_asked;		/* the policy of this kernel asks for those lines */
	bool waits;			/* a kernel was loaded that may take over from this one */
	unsigned int left;		/* IMA record by which a kernel ended by kexec, 0: none */
	unsigned int started;		/* that by which another one started */
};

/*
 * Each takes one record, @number of the IMA log.  @wrong: what is impossible in the
 * state that the records before it left, or untouched.  Return: 0 or -ENOMEM.
 */
int claims_kernel_boot(struct claims_kernels *k, const struct claims_record *rec,
		       unsigned int number, const char **wrong);
int claims_kernel_switch(struct claims_kernels *k, const struct caretaker_switch_record *rec,
			 const char **wrong);
int claims_kernel_load(struct claims_kernels *k, const struct claims_record *rec,
		       unsigned int number, const char **wrong);
int claims_kernel_line(struct claims_kernels *k, struct view text, unsigned int number,
		       const char **wrong);

/*
 * A kernel ended by kexec, or another one started: it must state itself.  False if the
 * one before it has not.
 */
bool claims_kernel_left(struct claims_kernels *k, unsigned int number);
bool claims_kernel_started(struct claims_kernels *k, unsigned int number);

/*
 * May another kernel have started behind the records so far?  One of this series that
 * enforces anything records each load, or refuses it; others say nothing.
 */
bool claims_kernel_may_start(const struct claims_kernels *k);

/* The first kernel that was loaded for a crash, or NULL */
const struct claims_load *claims_kernel_for_crash(const struct claims_kernels *k);

void claims_kernel_free(struct claims_kernels *k);

#endif
