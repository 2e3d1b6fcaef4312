/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own answer: its X.509 and PKCS#7 code, compiled for user space.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include <stddef.h>

struct oracle_bytes {
	const void *data;
	size_t size;
};

/*
 * Would a keyring take this certificate?  x509_key_preparse(); restrictions of keyrings apart.
 * Return: 0, or the kernel's error
 */
int oracle_certificate(const void *der, size_t size);

/* Can the message be parsed?  pkcs7_parse_message().  Return: 0, or the kernel's error */
int oracle_message(const void *der, size_t size);

/*
 * Does the kernel load @data with the signature @der, if its keyring holds @certs?  What
 * virt/caretaker/verify.c asks: the digests, pkcs7_verify(), pkcs7_validate_trust().
 * A certificate that no keyring takes is not in it.  Return: 0, or the kernel's error
 */
int oracle_loads(const void *data, size_t data_size, const void *der, size_t size,
		 const struct oracle_bytes *certs, size_t count);

/*
 * Does a keyring that trusts @issuers let @cert in?  restrict_link_by_signature().
 * Return: 0, or the kernel's error
 */
int oracle_lets_in(const struct oracle_bytes *cert, const struct oracle_bytes *issuers, size_t count);

#endif
