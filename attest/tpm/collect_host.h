/* SPDX-License-Identifier: GPL-2.0-only */
/* What a host reads of itself: the two logs, and hearsay that a quote does not cover. */
#ifndef CARETAKER_COLLECT_HOST_H
#define CARETAKER_COLLECT_HOST_H

#include "evidence/json.h"

#define COLLECT_IMA_LOG	"/sys/kernel/security/ima/binary_runtime_measurements"
#define COLLECT_UEFI_LOG "/sys/kernel/security/tpm0/binary_bios_measurements"

/*
 * Reads both logs.  Call it after the quote: the IMA log grows, and then holds at
 * least what was quoted.  A log that is missing stays empty, and the verifier says so.
 * Return: 0, -ENOMEM, -EFBIG or -EIO; @path is the one that failed.
 */
int collect_logs(struct evidence *e, const char *ima_log, const char *uefi_log,
		 const char **path);

void collect_hearsay(struct evidence *e, const char *command_line);

#endif
