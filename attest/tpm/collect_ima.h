/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IMA's list of any length, from its files and never as a whole in memory: it is read
 * twice, once to find out how much of it is wanted, once to copy that much.
 *
 * With CONFIG_IMA_STAGING an exporter moves the list to PATH_staged, saves it and
 * deletes it there (Documentation/security/IMA-export-delete.rst).  What is staged comes
 * first.  A record may move between two reads; then the second reading differs from the
 * first, which is noticed.  The kernel's counts are not asked: they say nothing that is
 * attested.
 */
#ifndef CARETAKER_COLLECT_IMA_H
#define CARETAKER_COLLECT_IMA_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <openssl/evp.h>

/* As file_open() */
typedef int (*collect_open)(const char *path);

/* Private */
struct collect_ima {
	int fd[2];		/* what is staged, and the list; -1 where there is none */
	unsigned int at;	/* the one that is being read */
};

/* The first bytes of the list, and a GMAC by which the second reading is held against the first */
struct collect_part {
	uint64_t size;
	unsigned char key[16];	/* drawn for each search */
	unsigned char mac[16];
};

/**
 * collect_ima_open - start to read the list
 * @path: binary_runtime_measurements, or that of another bank
 * @open: opens a file
 *
 * While an exporter has either file open the kernel answers EBUSY (ima_measure_lock() in
 * security/integrity/ima/ima_fs.c); that is waited for.  What cannot be read twice, as a
 * pipe, is copied into a file without a name in /var/tmp.  A list that is not there is an
 * empty one.
 *
 * Return: 0, -EBUSY after two seconds, or another error of @open or of the copy.
 * collect_ima_close() in any case.
 */
int collect_ima_open(struct collect_ima *list, const char *path, collect_open open);
void collect_ima_close(struct collect_ima *list);

/* From the start again.  0 or -errno */
int collect_ima_rewind(struct collect_ima *list);

/* A window_read of both files, one behind the other */
ssize_t collect_ima_read(void *list, void *data, size_t size);

/*
 * GMAC (NIST SP 800-38D) under @part->key: EVP_MAC_update() takes the bytes. With @fresh the
 * key is drawn first. NULL: no memory, or no randomness.
 */
EVP_MAC_CTX *collect_part_begin(struct collect_part *part, bool fresh);
/* Fills @part->mac. 0 or -ENOMEM; frees @mac */
int collect_part_end(EVP_MAC_CTX *mac, struct collect_part *part);

/* All of it, as it is now.  0, -EFBIG over @max bytes, -ENOMEM, or what reading says */
int collect_ima_whole(struct collect_ima *list, uint64_t max, struct collect_part *part);

/*
 * Puts @part of the list.  0; -EAGAIN if it has changed, which is known only at its end;
 * or an error of reading or of @put.
 */
int collect_ima_copy(struct collect_ima *list, const struct collect_part *part,
		     int (*put)(void *to, const void *data, size_t size), void *to);

#endif
