/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Endorsement keys that the operator vouches for, where no TPM maker does: clouds
 * that show the key of a virtual TPM, boards whose TPM has no certificate.
 */
#ifndef CARETAKER_EK_LIST_H
#define CARETAKER_EK_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/evp.h>

#include "evidence/json.h"

struct ek_list;

struct ek_list *ek_list_new(void);	/* NULL: no memory */
void ek_list_free(struct ek_list *list);
size_t ek_list_count(const struct ek_list *list);

/*
 * Adds what a file has: lines with the SHA-256 of a SubjectPublicKeyInfo in DER (64
 * hex digits, and a note behind a blank), keys in PEM, empty lines, and lines that
 * begin with '#'.
 * Return: 0, -EBADMSG with @why (which line), -ENOMEM.
 */
int ek_list_add(struct ek_list *list, const void *data, size_t size, char why[EVIDENCE_REASON]);

/* Is the key in the list?  @digest is the SHA-256 that a line would have. */
bool ek_list_has(const struct ek_list *list, EVP_PKEY *key, unsigned char digest[32]);

#endif
