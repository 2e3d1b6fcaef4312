// SPDX-License-Identifier: GPL-2.0-only
/* One digest for each endorsement key; see ek_digest.h. */
#include <errno.h>

#include <openssl/core_names.h>
#include <openssl/x509.h>

#include "tpm/ek_digest.h"

int ek_digest(EVP_PKEY *key, unsigned char digest[32])
{
	unsigned char *der = NULL;
	int n, rc = -EBADMSG;

	if (EVP_PKEY_is_a(key, "EC") &&
	    !EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed"))
		return -EBADMSG;
	n = i2d_PUBKEY(key, &der);
	if (n > 0 && EVP_Q_digest(NULL, "SHA256", NULL, der, (size_t)n, digest, NULL))
		rc = 0;
	OPENSSL_free(der);
	return rc;
}
