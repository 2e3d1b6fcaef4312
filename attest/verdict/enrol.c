// SPDX-License-Identifier: GPL-2.0-only
/* Challenge and finish of an enrolment; see verdict_enrol.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "tpm/ak_credential.h"
#include "tpm/ak_public.h"
#include "tpm/ek_digest.h"
#include "verdict/enrol.h"

int verdict_challenge(struct ak_chain *chain, const struct enrolment *e, int64_t now,
		      struct challenge *challenge, struct challenge_secret *secret,
		      const char **why)
{
	unsigned char name[2 + 64];
	TPM2B_PUBLIC ek, ak;
	size_t name_size;
	int rc;

	memset(challenge, 0, sizeof(*challenge));
	rc = ak_chain_check(chain, e, now, &secret->vouched, why);
	if (!rc)
		rc = ak_public_parse(&e->ek_public, &ek, why);
	if (!rc)
		rc = ak_public_parse(&e->ak_public, &ak, why);
	if (!rc)
		rc = ak_public_name(&ak, name, &name_size);
	if (rc)
		return rc;
	secret->issued = now;
	if (RAND_priv_bytes(secret->secret, sizeof(secret->secret)) <= 0)
		return -EIO;
	rc = enrolment_binding(e, secret->binding);
	if (!rc)
		rc = ak_credential_make(&ek, name, name_size, secret->secret,
					sizeof(secret->secret), &challenge->credential,
					&challenge->secret);
	if (rc == -EOPNOTSUPP) {
		*why = "the EK's algorithms are not supported";
		return -EKEYREJECTED;
	}
	return rc;
}

/* Of the key alone: what the host may write around it makes no other identity */
static int digest_of_ek(const struct blob *public, unsigned char digest[32], const char **why)
{
	EVP_PKEY *key = NULL;
	TPM2B_PUBLIC ek;
	int rc;

	rc = ak_public_parse(public, &ek, why);
	if (!rc)
		rc = ak_public_to_pkey(&ek, &key, why);
	if (!rc && ek_digest(key, digest)) {
		*why = "the EK cannot be encoded";
		rc = -EKEYREJECTED;
	}
	EVP_PKEY_free(key);
	return rc;
}

int verdict_finish(const struct response *response, const struct challenge_secret *secret,
		   const struct enrolment *e, int64_t now, struct host_identity *host,
		   const char **why)
{
	unsigned char binding[32], proof[32];
	int rc;

	memset(host, 0, sizeof(*host));
	if (now < secret->issued || now - secret->issued > ENROL_SECONDS) {
		*why = "the challenge is too old";
		return -EKEYREJECTED;
	}
	rc = enrolment_binding(e, binding);
	if (!rc)
		rc = ak_credential_proof(secret->secret, secret->binding, proof);
	if (rc)
		return rc;
	if (CRYPTO_memcmp(binding, secret->binding, sizeof(binding))) {
		*why = "this is not the enrolment that was challenged";
		return -EKEYREJECTED;
	}
	rc = CRYPTO_memcmp(proof, response->proof, sizeof(proof));
	OPENSSL_cleanse(proof, sizeof(proof));
	if (rc) {
		*why = "the response does not answer the challenge";
		return -EKEYREJECTED;
	}
	rc = digest_of_ek(&e->ek_public, host->ek_digest, why);
	if (rc)
		return rc == -ENOMEM ? rc : -EKEYREJECTED;
	host->ak_public.data = malloc(e->ak_public.size);
	if (!host->ak_public.data)
		return -ENOMEM;
	memcpy(host->ak_public.data, e->ak_public.data, e->ak_public.size);
	host->ak_public.size = e->ak_public.size;
	host->vouched = secret->vouched;
	host->enrolled = now;
	return 0;
}

bool verdict_same_host(const struct host_identity *a, const struct host_identity *b)
{
	return !memcmp(a->ek_digest, b->ek_digest, sizeof(a->ek_digest));
}
