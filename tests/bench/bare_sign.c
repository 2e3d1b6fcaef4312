// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bare OpenSSL: signs the same bytes again and again with one key, and does nothing else.
 *
 *	bare_sign KEY FILE TIMES
 */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

static unsigned char data[1 << 22], signature[1024];

int main(int argc, char **argv)
{
	FILE *key_file = argc == 4 ? fopen(argv[1], "r") : NULL;
	FILE *file = argc == 4 ? fopen(argv[2], "r") : NULL;
	EVP_PKEY *key = key_file ? PEM_read_PrivateKey(key_file, NULL, NULL, NULL) : NULL;
	size_t size = file ? fread(data, 1, sizeof(data), file) : 0;
	long times = argc == 4 ? atol(argv[3]) : 0;

	if (!key || !size || times <= 0)
		return 2;
	for (long i = 0; i < times; i++) {
		EVP_MD_CTX *context = EVP_MD_CTX_new();
		size_t used = sizeof(signature);

		if (!context || EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) != 1 ||
		    EVP_DigestSign(context, signature, &used, data, size) != 1)
			return 1;
		EVP_MD_CTX_free(context);
	}
	return 0;
}
