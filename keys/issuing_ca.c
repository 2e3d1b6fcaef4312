// SPDX-License-Identifier: GPL-2.0-only
/* The CA that signs a certificate; see issuing_ca.h. */
#include <errno.h>

#include "certificate.h"
#include "issuing_ca.h"
#include "key_options.h"

int issuing_ca_take(int option, const char *value, struct issuing_ca *ca)
{
	switch (option) {
	case CA_KEY:
		ca->key = value;
		return 0;
	case CA_CERT:
		ca->cert = value;
		return 0;
	case CA_FILE:
		return key_options_take(KEY_PASSPHRASE_FILE, value, &ca->source);
	case CA_FD:
		return key_options_take(KEY_PASSPHRASE_FD, value, &ca->source);
	case CA_MODULE:
		return key_options_take(KEY_MODULE, value, &ca->source);
	case CA_WAY:
		return key_options_take(KEY_WAY, value, &ca->source);
	case CA_TCTI:
		return key_options_take(KEY_TCTI, value, &ca->source);
	}
	return -EINVAL;
}

bool issuing_ca_complete(const struct issuing_ca *ca)
{
	return !ca->key == !ca->cert;
}

int issuing_ca_load(struct issuing_ca *ca, struct keypair_request *pair, struct reason *why)
{
	int ret;

	if (!ca->key)
		return 0;
	ret = certificate_load(ca->cert, &pair->ca_cert, why);
	if (!ret)
		ret = private_key_load(ca->key, &ca->source, &pair->ca_cert, &ca->private, why);
	if (!ret)
		ret = private_key_may_certify(&ca->private, why);
	pair->ca_key = ca->private.key;
	return ret;
}

void issuing_ca_free(struct issuing_ca *ca, struct keypair_request *pair)
{
	private_key_free(&ca->private);
	X509_free(pair->ca_cert);
}
