/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a token says, as a reason: PKCS#11's CKR_ codes, from the module itself or out of
 * OpenSSL's queue, where provider and engine leave them.
 */
#ifndef CARETAKER_PKCS11_REASON_H
#define CARETAKER_PKCS11_REASON_H

#include "reason.h"

/*
 * Fills @why with a word for @rv and "@what: NAME (0x...)".  Codes that have no word of their own are
 * "token".  Return: -errno that belongs to it
 */
int pkcs11_reason(struct reason *why, unsigned long rv, const char *what);

/*
 * The same for a code of a token, or of a TPM, in OpenSSL's queue of errors; else as reason_openssl() with
 * @ret and @word.  Empties the queue.
 */
int pkcs11_reason_openssl(struct reason *why, int ret, const char *word, const char *what);

#endif
