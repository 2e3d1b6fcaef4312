/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys in a TPM, through OpenSSL's provider "tpm2" (tpm2-openssl).
 */
#ifndef CARETAKER_TPM_KEY_H
#define CARETAKER_TPM_KEY_H

#include "file.h"
#include "private_key.h"

/* Is it "handle:...", as the provider has it? */
bool tpm_key_is_uri(const char *text);

/* Is it the PEM of a key that a TPM has wrapped, TSS2 PRIVATE KEY? */
bool tpm_key_is_file(const struct blob *pem);

/*
 * Load the key at a persistent handle, "handle:0x81000001", or that of such a file.  The key of a
 * handle gets an authorization value if the URI ends in "?pass" or @source names where one is (no
 * public area says whether it has one, and a TPM counts wrong ones); that of a file, if the file says so.
 * It is asked for once, and the TPM gets it with each signature alone.
 * Return: 0; -errno with a word of caretaker-sign(1), "TPM"
 */
int tpm_key_load_handle(const char *uri, const struct key_source *source, struct private_key *out,
			struct reason *why);
int tpm_key_load_file(const struct blob *pem, const struct key_source *source, struct private_key *out,
		      struct reason *why);

/*
 * Signs as signature_raw() does.  OpenSSL's own calls to sign may take the public half of such a key to
 * another provider, and ask that one; and the hash of a payload is not the TPM's work.
 */
int tpm_key_sign(const struct private_key *key, const void *data, size_t size, const EVP_MD *hash,
		 struct blob *out, struct reason *why);

#endif
