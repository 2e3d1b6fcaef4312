/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nonces of a verifier, a file each in its state directory: made at random, used
 * once.  Two verdicts at the same time cannot both get one, since unlink() of a
 * name succeeds only once.
 */
#ifndef CARETAKER_VERDICT_NONCE_H
#define CARETAKER_VERDICT_NONCE_H

#include <stddef.h>
#include <stdint.h>

#define NONCE_SIZE 32

/* 0 or -errno; -EIO when there is no randomness */
int nonce_new(const char *directory, int64_t now, unsigned char nonce[NONCE_SIZE]);

/*
 * Takes @nonce out of the directory, whatever the verdict will be.
 * Return: 0; -ENOENT if it was never given out or is used up; -ETIMEDOUT if it is
 * older than @seconds or from the future; another -errno.
 */
int nonce_consume(const char *directory, int64_t now, int64_t seconds,
		  const unsigned char *nonce, size_t size);

#endif
