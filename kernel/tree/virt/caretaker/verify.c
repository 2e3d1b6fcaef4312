// SPDX-License-Identifier: GPL-2.0
/*
 * Signature and revocation of a payload.
 *
 * The signature is that of a kernel module: PKCS#7 without authenticated
 * attributes.  Trust is that of kexec: the builtin and secondary keyrings, then
 * the platform's.  PKCS#7 code looks at .blacklist for certificates only, so the
 * payload's own digest is looked up here.
 */
#include <linux/array_size.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/verification.h>
#include <crypto/pkcs7.h>
#include <crypto/public_key.h>
#include <crypto/sha2.h>
#include <keys/asymmetric-type.h>
#include <keys/system_keyring.h>

#include "trust.h"

/* TCG Algorithm Registry, section 5.5 */
#define TPM_ALG_SHA256_ID	0x000b

/* The search in .blacklist; anything but "not there" means refuse */
static int blacklisted(const u8 *digest, size_t len)
{
	int err = is_hash_blacklisted(digest, len, BLACKLIST_HASH_BINARY);

	return err == -EKEYREJECTED ? -EKEYREVOKED : err;
}

/**
 * caretaker_digest - digest the signed bytes, and ask whether they are revoked
 * @data: the signed bytes
 * @size: of @data
 * @rec: gets the SHA-256 digest
 *
 * A blacklist may name a file by any digest that a signature could have used, and
 * whoever repeats the attack chooses the signature.  So all of them are tried,
 * whatever this signature uses, and also where there is none.
 *
 * Return: 0, -EKEYREVOKED, or another negative errno.
 */
int caretaker_digest(const void *data, size_t size, struct caretaker_record *rec)
{
	u8 digest[SHA512_DIGEST_SIZE];
	int err;

	sha256(data, size, rec->digest);
	rec->digest_alg = TPM_ALG_SHA256_ID;
	rec->digest_len = SHA256_DIGEST_SIZE;

	err = blacklisted(rec->digest, SHA256_DIGEST_SIZE);
	if (err)
		return err;
	sha384(data, size, digest);
	err = blacklisted(digest, SHA384_DIGEST_SIZE);
	if (err)
		return err;
	sha512(data, size, digest);
	return blacklisted(digest, SHA512_DIGEST_SIZE);
}

/*
 * What a signature may be over.  SHA-1 collides by now: a signer can be made to
 * sign one payload and to vouch for another.  Of all others a blacklist may name
 * only those that caretaker_digest() looks up, so these are the only ones.
 */
static const char * const digests[] = { "sha256", "sha384", "sha512" };

/*
 * Is it a message that may vouch at all, and is one of the signers a key on the
 * revocation list?  verify_pkcs7_message_sig() asks the latter too, but answers
 * EKEYREJECTED for it as for a bad signature.
 */
static int check_message(const void *data, size_t size, const void *signature,
			 size_t signature_size)
{
	struct pkcs7_message *pkcs7;
	int err;

	pkcs7 = pkcs7_parse_message(signature, signature_size);
	if (IS_ERR(pkcs7))
		return PTR_ERR(pkcs7);

	err = -EKEYREJECTED;
	if (pkcs7_digests_among(pkcs7, digests, ARRAY_SIZE(digests)))
		err = pkcs7_supply_detached_data(pkcs7, data, size);
	if (!err)
		err = pkcs7_verify(pkcs7, VERIFYING_MODULE_SIGNATURE);
	if (!err && is_key_on_revocation_list(pkcs7) != -ENOKEY)
		err = -EKEYREVOKED;

	pkcs7_free_message(pkcs7);
	return err;
}

/*
 * Write down whose key vouched: the subject key identifier of its certificate.  A
 * certificate without one gets what RFC 7093 section 2 (1) makes of its public key.
 */
static int name_signer(const struct pkcs7_message *pkcs7, struct caretaker_record *rec)
{
	const struct key *key = pkcs7_trusted_key(pkcs7);
	const struct asymmetric_key_id *skid;
	const struct public_key *public;
	u8 digest[SHA256_DIGEST_SIZE];

	BUILD_BUG_ON(sizeof(rec->signer) < 20);
	if (WARN_ON_ONCE(!key))
		return -ENOKEY;

	skid = asymmetric_key_ids(key)->id[1];
	if (skid && skid->len && skid->len <= sizeof(rec->signer)) {
		memcpy(rec->signer, skid->data, skid->len);
		rec->signer_len = skid->len;
		return 0;
	}
	public = asymmetric_key_public_key(key);
	sha256(public->key, public->keylen, digest);
	memcpy(rec->signer, digest, 20);
	rec->signer_len = 20;
	return 0;
}

/* Each keyring gets a freshly parsed message: the parsed one remembers verdicts */
static int verify_with(struct key *keyring, const void *data, size_t size,
		       const void *signature, size_t signature_size,
		       struct caretaker_record *rec)
{
	struct pkcs7_message *pkcs7;
	int err;

	pkcs7 = pkcs7_parse_message(signature, signature_size);
	if (IS_ERR(pkcs7))
		return PTR_ERR(pkcs7);
	err = verify_pkcs7_message_sig(data, size, pkcs7, keyring,
				       VERIFYING_MODULE_SIGNATURE, NULL, NULL);
	if (!err)
		err = name_signer(pkcs7, rec);
	pkcs7_free_message(pkcs7);
	return err;
}

static int verify(const void *data, size_t size, const void *signature,
		  size_t signature_size, struct caretaker_record *rec)
{
	int err;

	err = check_message(data, size, signature, signature_size);
	if (err)
		return err;

	err = verify_with(VERIFY_USE_SECONDARY_KEYRING, data, size, signature,
			  signature_size, rec);
	if (!err) {
		rec->keyring = CARETAKER_KEYRING_TRUSTED;
		return 0;
	}
	if (err != -ENOKEY || !IS_ENABLED(CONFIG_INTEGRITY_PLATFORM_KEYRING))
		return err;

	err = verify_with(VERIFY_USE_PLATFORM_KEYRING, data, size, signature,
			  signature_size, rec);
	if (!err)
		rec->keyring = CARETAKER_KEYRING_PLATFORM;
	return err;
}

/**
 * caretaker_verify - check the signature of a payload
 * @data: the signed bytes
 * @size: of @data
 * @signature: a PKCS#7 message
 * @signature_size: of @signature
 * @rec: gets the signer and its keyring
 *
 * Return: 0; -ENOKEY if no trusted key knows the signer; -EKEYREVOKED for a
 * revoked key; -EKEYREJECTED for all that is wrong with the signature itself, or
 * that this kernel has no code to check; -ENOMEM.
 */
int caretaker_verify(const void *data, size_t size, const void *signature,
		     size_t signature_size, struct caretaker_record *rec)
{
	int err = verify(data, size, signature, signature_size, rec);

	switch (err) {
	case 0:
	case -ENOKEY:
	case -EKEYREVOKED:
	case -ENOMEM:
		return err;
	default:
		return -EKEYREJECTED;
	}
}
