// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signatures of security.ima xattrs in IMA records, as the kernel checks them:
 * security/integrity/digsig_asymmetric.c and ima/ima_appraise.c.
 */
#include <errno.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "log/ima_hash.h"
#include "log/ima_keyring.h"
#include "log/ima_sig.h"

/* enum evm_ima_xattr_type */
#define XATTR_DIGSIG		0x03
#define XATTR_VERITY_DIGSIG	0x06

/**
 * struct xattr_signature - struct signature_v2_hdr, parsed
 * @type:	XATTR_*
 * @version:	2: over the file's digest. 3: over struct ima_file_id.
 */
struct xattr_signature {
	uint8_t type;
	uint8_t version;
	const struct ima_hash *hash;
	uint32_t key_id;
	struct view value;
};

static enum ima_sig_state state(struct ima_signer *who, enum ima_sig_state s, const char *reason)
{
	who->reason = reason;
	return s;
}

/* Bytes that @key signed with @hash gave @value; @digest is what was hashed already. */
bool ima_verify_digest(EVP_PKEY *key, const struct ima_hash *hash, struct view digest,
		       struct view value)
{
	EVP_PKEY_CTX *ctx;
	EVP_MD *md = NULL;
	bool ok;

	if (!hash->openssl || (!EVP_PKEY_is_a(key, "RSA") && !EVP_PKEY_is_a(key, "EC")))
		return false;
	ERR_set_mark();
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	md = EVP_MD_fetch(NULL, hash->openssl, NULL);
	ok = ctx && md && EVP_PKEY_verify_init(ctx) == 1 &&
	     (!EVP_PKEY_is_a(key, "RSA") ||
	      EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1) &&
	     EVP_PKEY_CTX_set_signature_md(ctx, md) == 1 &&
	     EVP_PKEY_verify(ctx, value.data, value.size, digest.data, digest.size) == 1;
	EVP_MD_free(md);
	EVP_PKEY_CTX_free(ctx);
	ERR_pop_to_mark();
	return ok;
}

static bool parse_xattr(struct view xattr, struct xattr_signature *sig)
{
	struct reader in;
	uint16_t size;
	uint8_t hash;

	reader_init(&in, xattr.data, xattr.size);
	if (!reader_u8(&in, &sig->type) || !reader_u8(&in, &sig->version) || !reader_u8(&in, &hash) ||
	    !reader_be32(&in, &sig->key_id) || !reader_be16(&in, &size) || !size ||
	    !reader_view(&in, size, &sig->value) || reader_left(&in))
		return false;
	sig->hash = ima_hash_by_id(hash);
	return sig->hash != NULL;
}

/* Version 3 signs the hash of struct ima_file_id { type, hash algorithm, digest }. */
static bool file_id_digest(const struct xattr_signature *sig, struct view file,
			   unsigned char out[EVP_MAX_MD_SIZE])
{
	unsigned char id[2 + IMA_HASH_MAX] = { sig->type, (unsigned char)sig->hash->id };
	size_t size;

	if (!sig->hash->openssl || file.size > IMA_HASH_MAX)
		return false;
	memcpy(id + 2, file.data, file.size);
	return EVP_Q_digest(NULL, sig->hash->openssl, NULL, id, 2 + file.size, out, &size) == 1;
}

/* Whether this kind of signature may stand for this kind of digest; else why not. */
static const char *xattr_objection(const struct xattr_signature *sig, const struct ima_digest *digest)
{
	if (sig->version != 2 && sig->version != 3)
		return "signature version is neither 2 nor 3";
	if (sig->type == XATTR_VERITY_DIGSIG && sig->version != 3)
		return "fs-verity signature that is not of version 3";
	if (digest->type == IMA_DIGEST_VERITY && sig->type != XATTR_VERITY_DIGSIG)
		return "file signature for an fs-verity digest";
	if (digest->type == IMA_DIGEST_FILE && sig->type == XATTR_VERITY_DIGSIG)
		return "fs-verity signature for a file digest";
	if (!digest->alg || strcmp(digest->alg, sig->hash->name))
		return "signature names another hash algorithm than the digest";
	return NULL;
}

static enum ima_sig_state verify_xattr(const struct ima_keyring *ring, const struct ima_record *rec,
				       struct ima_signer *who)
{
	unsigned char id_digest[EVP_MAX_MD_SIZE];
	struct view digest = rec->digest.value;
	struct xattr_signature sig;
	const struct ima_key *key;
	const char *objection;

	/* A portable EVM signature may take the field too; it covers more than the record has. */
	if (rec->signature.data[0] != XATTR_DIGSIG && rec->signature.data[0] != XATTR_VERITY_DIGSIG)
		return state(who, IMA_SIG_UNKNOWN_KEY, "kind of signature that cannot be checked here");
	if (!parse_xattr(rec->signature, &sig))
		return state(who, IMA_SIG_INVALID, "malformed signature header");
	who->key_id = sig.key_id;
	objection = xattr_objection(&sig, &rec->digest);
	if (objection)
		return state(who, IMA_SIG_INVALID, objection);
	if (sig.version == 3) {
		if (!file_id_digest(&sig, digest, id_digest))
			return state(who, IMA_SIG_UNKNOWN_KEY, "hash algorithm is not available");
		digest.data = id_digest;
	}
	/* Four bytes are no identity: several keys may share them, and each may have signed. */
	for (key = ima_keyring_find_id(ring, NULL, sig.key_id); key;
	     key = ima_keyring_find_id(ring, key, sig.key_id)) {
		if (ima_verify_digest(key->pkey, sig.hash, digest, sig.value)) {
			ima_key_identify(key, who);
			return state(who, IMA_SIG_VALID, NULL);
		}
		who->reason = "signature is wrong for the key that it names";
	}
	if (who->reason)
		return IMA_SIG_INVALID;
	return state(who, IMA_SIG_UNKNOWN_KEY, "no certificate has the key id that the signature names");
}

enum ima_sig_state ima_record_verify(const struct ima_keyring *ring, const struct ima_record *rec,
				     struct ima_signer *who)
{
	struct ima_signer xattr_signer = { 0 }, modsig_signer = { 0 };
	enum ima_sig_state xattr = IMA_SIG_NONE, modsig = IMA_SIG_NONE;
	bool use_modsig;

	/* No hash covers what a violation says. */
	if (!rec->violation && rec->signature.size)
		xattr = verify_xattr(ring, rec, &xattr_signer);
	if (!rec->violation && !rec->signature.size && rec->evmsig.size)
		xattr = state(&xattr_signer, IMA_SIG_UNKNOWN_KEY, "EVM signatures are not checked");
	if (!rec->violation && rec->modsig.size)
		modsig = ima_modsig_verify(ring, rec, &modsig_signer);

	/* Invalid is worse than unknown, unknown worse than valid. */
	if (xattr == IMA_SIG_NONE || modsig == IMA_SIG_NONE)
		use_modsig = xattr == IMA_SIG_NONE;
	else
		use_modsig = modsig == IMA_SIG_INVALID ||
			     (modsig == IMA_SIG_UNKNOWN_KEY && xattr == IMA_SIG_VALID);
	if (who)
		*who = use_modsig ? modsig_signer : xattr_signer;
	return use_modsig ? modsig : xattr;
}
