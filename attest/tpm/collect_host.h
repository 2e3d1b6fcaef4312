/* SPDX-License-Identifier: GPL-2.0-only */
/* What a host reads of itself: its logs, and hearsay that a quote does not cover. */
#ifndef CARETAKER_COLLECT_HOST_H
#define CARETAKER_COLLECT_HOST_H

#include "evidence/json.h"

#define COLLECT_IMA_LOG	"/sys/kernel/security/ima/binary_runtime_measurements"
#define COLLECT_UEFI_LOG "/sys/kernel/security/tpm0/binary_bios_measurements"

#define COLLECT_USERSPACE_LOG "/run/log/systemd/tpm2-measure.log"

struct collect_paths {
	const char *ima_log;
	const char *uefi_log;
	const char *userspace_log;
};

/**
 * collect_userspace_open - keep systemd from extending registers
 * @path: tpm2-measure.log
 * @fd: the file, with a shared lock on it until it is closed; -1 where there is none
 *
 * systemd holds an exclusive lock (flock(2)) while it extends a register and writes that
 * down, and asks who wants a quote and the log that belongs to it to hold a shared one for
 * both: systemd-pcrextend(8), FILES.  It marks the log with the sticky bit meanwhile; one
 * that is marked with nobody at work misses what was extended last, for ever.
 *
 * Return: 0, -EBUSY after two seconds, -ESTALE for a log that misses something, or what
 * open() says
 */
int collect_userspace_open(const char *path, int *fd);

/*
 * Reads the logs but IMA's list.  Call it after the quote, with @userspace of
 * collect_userspace_open().  A log that is missing stays empty, and the verifier says so.
 * Return: 0, -ENOMEM, -EFBIG, or what reading says; @path is the one that failed.
 */
int collect_logs(struct evidence *e, const struct collect_paths *paths, int userspace,
		 const char **path);

void collect_hearsay(struct evidence *e, const char *command_line);

#endif
