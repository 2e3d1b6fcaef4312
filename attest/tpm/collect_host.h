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

/*
 * Reads the logs.  Call it after the quote: they grow, and then hold at least what
 * was quoted.  A log that is missing stays empty, and the verifier says so.
 * Return: 0, -ENOMEM, -EFBIG, or what collect_ima_log() says; @path is the one that
 * failed.
 */
int collect_logs(struct evidence *e, const struct collect_paths *paths, const char **path);

/* As file_read() */
typedef int (*collect_read)(const char *path, size_t max, struct blob *out);

/**
 * collect_ima_log - IMA's list, also while it is being exported
 * @path: binary_runtime_measurements, or that of another bank
 * @read: reads a file
 * @out: the list, empty where there is none
 *
 * With CONFIG_IMA_STAGING an exporter moves the list to PATH_staged, saves it and
 * deletes it there (Documentation/security/IMA-export-delete.rst).  What is staged comes
 * first.  A record may move between two reads, so the staged file is read again, until
 * it is the same.  The kernel's counts are not asked: they say nothing that is attested.
 * While a writer has either file open the kernel answers EBUSY; that is waited for.
 *
 * Return: 0, -EBUSY after two seconds, -EAGAIN if the list moves all the time, -EFBIG,
 * -ENOMEM, or another error of @read
 */
int collect_ima_log(const char *path, collect_read read, struct blob *out);

void collect_hearsay(struct evidence *e, const char *command_line);

#endif
