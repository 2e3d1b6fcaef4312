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

/*
 * A blacklist may name a file by any digest that a signature could have used, and
 * whoever repeats the attack chooses the signature.  So all of them are tried,
 * whatever this signature uses, and also where there is none; but for those of
 * which the blacklist has not got a single one, which cost as much.
 */
static int check_blacklist(const void *data, size_t size, const struct caretaker_record *rec)
{
	u8 digest[SHA512_DIGEST_SIZE];
	int err;

	err = blacklisted(rec->digest, SHA256_DIGEST_SIZE);
	if (!err && blacklist_has_binary_size(SHA384_DIGEST_SIZE)) {
		sha384(data, size, digest);
		err = blacklisted(digest, SHA384_DIGEST_SIZE);
	}
	if (!err && blacklist_has_binary_size(SHA512_DIGEST_SIZE)) {
		sha512(data, size, digest);
		err = blacklisted(digest, SHA512_DIGEST_SIZE);
	}
	return err;
}

/*
 * What a signature may be over.  SHA-1 collides by now: a signer can be made to
 * sign one payload and to vouch for another.  Of all others a blacklist may name
 * only those that check_blacklist() looks up, so these are the only ones.
 */
static const char * const digests[] = { "sha256", "sha384", "sha512" };

/* The message behind the signed bytes, if it may vouch for them at all */
static struct pkcs7_message *parse(const void *data, const struct caretaker_trailer *trailer)
{
	struct pkcs7_message *pkcs7;

	pkcs7 = pkcs7_parse_message(data + trailer->signed_size, trailer->signature_size);
	if (IS_ERR(pkcs7))
		return pkcs7;
	if (pkcs7_digests_among(pkcs7, digests, ARRAY_SIZE(digests)) &&
	    !pkcs7_supply_detached_data(pkcs7, data, trailer->signed_size))
		return pkcs7;
	pkcs7_free_message(pkcs7);
	return ERR_PTR(-EKEYREJECTED);
}

/* The SHA-256 of the signed bytes; a signature over it needs it as well */
static void digest_content(const void *data, size_t size, struct pkcs7_message *pkcs7,
			   struct caretaker_record *rec)
{
	rec->digest_alg = TPM_ALG_SHA256_ID;
	rec->digest_len = SHA256_DIGEST_SIZE;
	if (!pkcs7 || pkcs7_content_digest(pkcs7, "sha256", rec->digest, SHA256_DIGEST_SIZE))
		sha256(data, size, rec->digest);
}

/*
 * verify_pkcs7_message_sig() says EKEYREJECTED of a key on the revocation list as
 * of a bad signature.  A signer is told to be revoked only if it did sign.
 */
static int explain_rejection(struct pkcs7_message *pkcs7)
{
	int err;

	err = pkcs7_verify(pkcs7, VERIFYING_MODULE_SIGNATURE);
	if (err)
		return err;
	err = is_key_on_revocation_list(pkcs7);
	switch (err) {
	case -ENOKEY:
		return -EKEYREJECTED;
	case -ENOMEM:
		return err;
	default:
		return -EKEYREVOKED;
	}
}

/*
 * Write down whose key signed: the SHA-256 of its public key, and for people the
 * subject key identifier of its certificate.  If the message carries that certificate, it
 * is not the key that is trusted here, but one that this has signed.
 * A certificate without an identifier gets what RFC 7093 section 2 (1) makes of its key.
 */
static int name_signer(const struct pkcs7_message *pkcs7, struct caretaker_record *rec)
{
	const struct asymmetric_key_id *skid;
	const struct public_key *public;

	BUILD_BUG_ON(sizeof(rec->signer) < 20);
	BUILD_BUG_ON(sizeof(rec->signer_key) != SHA256_DIGEST_SIZE);

	public = pkcs7_signer_key(pkcs7, &skid);
	if (WARN_ON_ONCE(!public))
		return -ENOKEY;
	sha256(public->key, public->keylen, rec->signer_key);
	if (skid && skid->len && skid->len <= sizeof(rec->signer)) {
		memcpy(rec->signer, skid->data, skid->len);
		rec->signer_len = skid->len;
		return 0;
	}
	memcpy(rec->signer, rec->signer_key, 20);
	rec->signer_len = 20;
	return 0;
}

/*
 * A trusted certificate may have been parsed before the blacklist named its hash, so it
 * is looked up here and now.
 */
static int check_certificate(const struct pkcs7_message *pkcs7)
{
	const struct key *key = pkcs7_trusted_key(pkcs7);
	int err = key ? is_key_certificate_blacklisted(key) : 0;

	return err == -EKEYREJECTED ? -EKEYREVOKED : err;
}

static int verify_with(struct key *keyring, struct pkcs7_message *pkcs7)
{
	int err;

	err = verify_pkcs7_message_sig(NULL, 0, pkcs7, keyring,
				       VERIFYING_MODULE_SIGNATURE, NULL, NULL);
	return err ?: check_certificate(pkcs7);
}

/*
 * A trusted key that is no builtin one: is it the machine owner's, or was it let in by one,
 * and does that count here?
 */
static int name_keyring(const struct key *key, u16 keyring, struct caretaker_record *rec)
{
	if (WARN_ON_ONCE(!key))
		return -ENOKEY;
	if (keyring == CARETAKER_KEYRING_SECONDARY ? is_vouched_for_by_machine_owner(key) :
						    is_machine_owner_key(key)) {
		if (caretaker_switches.no_machine)
			return -ENOKEY;
		keyring = CARETAKER_KEYRING_MACHINE;
	}
	rec->keyring = keyring;
	return 0;
}

/* The platform's keyring gets a message of its own: a parsed one remembers verdicts */
static int verify_with_platform(const void *data, const struct caretaker_trailer *trailer,
				struct caretaker_record *rec)
{
	struct pkcs7_message *pkcs7;
	int err;

	pkcs7 = parse(data, trailer);
	if (IS_ERR(pkcs7))
		return PTR_ERR(pkcs7);
	err = verify_with(VERIFY_USE_PLATFORM_KEYRING, pkcs7) ?:
	      name_keyring(pkcs7_trusted_key(pkcs7), CARETAKER_KEYRING_PLATFORM, rec) ?:
	      name_signer(pkcs7, rec);
	pkcs7_free_message(pkcs7);
	return err;
}

/*
 * The secondary keyring leads to the builtin one and to the machine's.  If more than
 * one of its keys signed, a builtin one is named.
 */
static int name_trusted(struct pkcs7_message *pkcs7, struct caretaker_record *rec)
{
	struct key *key = key_get((struct key *)pkcs7_trusted_key(pkcs7));
	int err;

	/* First, since to ask the builtin keyring alone forgets who it was */
	err = name_signer(pkcs7, rec);
	if (err)
		goto put;
	if (!is_builtin_trusted_key(key)) {
		err = verify_with(NULL, pkcs7);
		if (err) {
			if (err != -EKEYREVOKED)
				err = name_keyring(key, CARETAKER_KEYRING_SECONDARY, rec);
			goto put;
		}
		err = name_signer(pkcs7, rec);
	}
	rec->keyring = CARETAKER_KEYRING_BUILTIN;
put:
	key_put(key);
	return err;
}

/* Whoever does not count here did not sign */
static void forget_signer(struct caretaker_record *rec)
{
	rec->signer_len = 0;
	memset(rec->signer, 0, sizeof(rec->signer));
	memset(rec->signer_key, 0, sizeof(rec->signer_key));
}

static int verify(const void *data, const struct caretaker_trailer *trailer,
		  struct pkcs7_message *pkcs7, struct caretaker_record *rec)
{
	const bool builtin = caretaker_switches.builtin;
	int err;

	err = verify_with(builtin ? NULL : VERIFY_USE_SECONDARY_KEYRING, pkcs7);
	if (err == -EKEYREJECTED)
		return explain_rejection(pkcs7);
	if (!err)
		err = name_trusted(pkcs7, rec);
	if (err)
		forget_signer(rec);
	if (err == -ENOKEY && !builtin && IS_ENABLED(CONFIG_INTEGRITY_PLATFORM_KEYRING))
		return verify_with_platform(data, trailer, rec);
	return err;
}

static int check(const void *data, const struct caretaker_trailer *trailer,
		 struct pkcs7_message *pkcs7, struct caretaker_record *rec, u32 *rule)
{
	int err;

	*rule = CARETAKER_RULE_PAYLOAD_REVOKED;
	digest_content(data, trailer->signed_size, IS_ERR_OR_NULL(pkcs7) ? NULL : pkcs7, rec);
	err = check_blacklist(data, trailer->signed_size, rec);
	if (err)
		return err;

	*rule = CARETAKER_RULE_UNSIGNED;
	if (!pkcs7)
		return -EPERM;

	*rule = CARETAKER_RULE_SIGNATURE;
	err = PTR_ERR_OR_ZERO(pkcs7) ?: verify(data, trailer, pkcs7, rec);
	switch (err) {
	case -ENOKEY:
		*rule = CARETAKER_RULE_SIGNER_UNKNOWN;
		return err;
	case -EKEYREVOKED:
		*rule = CARETAKER_RULE_SIGNER_REVOKED;
		return err;
	case 0:
	case -ENOMEM:
		return err;
	default:
		return -EKEYREJECTED;
	}
}

/**
 * caretaker_verify - digest a payload, ask whether it is revoked, check its signature
 * @data: the file
 * @trailer: where its signed bytes end, and its signature
 * @rec: gets the digest, the signer and its keyring
 * @rule: gets the rule that was broken
 *
 * The blacklist comes first: what is revoked is refused for that, signed or not.
 *
 * Return: 0; -EPERM if there is no signature; -ENOKEY if no trusted key knows the
 * signer; -EKEYREVOKED for a revoked payload or key; -EKEYREJECTED for all that is
 * wrong with the signature itself, or that this kernel has no code to check;
 * -ENOMEM.
 */
int caretaker_verify(const void *data, const struct caretaker_trailer *trailer,
		     struct caretaker_record *rec, u32 *rule)
{
	struct pkcs7_message *pkcs7 = NULL;
	int err;

	if (trailer->signature_size)
		pkcs7 = parse(data, trailer);
	err = check(data, trailer, pkcs7, rec, rule);
	if (!IS_ERR_OR_NULL(pkcs7))
		pkcs7_free_message(pkcs7);
	return err;
}
