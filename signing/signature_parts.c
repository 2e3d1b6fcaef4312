// SPDX-License-Identifier: GPL-2.0-only
/*
 * What OpenSSL reads past in a signature, and the kernel does not.
 */
#include "der.h"
#include "kernel_id.h"
#include "signature_parts.h"

#define DECODER_MAX	65535	/* bytes; lib/asn1_decoder.c */

#define SEQUENCE	0x30
#define SET		0x31
#define CERTIFICATES	0xa0
#define CRLS		0xa1

static int malformed(struct reason *why, const char *what)
{
	return reason_set(why, REFUSED, "malformed-signature", "%s", what);
}

static bool is_version(struct der *row, int version)
{
	struct der number;

	return der_enter(row, V_ASN1_INTEGER, &number) && number.end - number.at == 1 &&
	       *number.at == version;
}

static bool signers_have_version(struct der signers, int version)
{
	struct der signer;

	while (signers.at < signers.end)
		if (!der_enter(&signers, SEQUENCE, &signer) || !is_version(&signer, version))
			return false;
	return true;
}

/* The kernel makes an X.509 certificate of each; CMS knows others (RFC 5652, 10.2.2). */
static int check_certificates(struct der certificates, struct reason *why)
{
	struct der certificate;

	while (der_next(&certificates, &certificate))
		if (certificate.tag != SEQUENCE)
			return reason_set(why, REFUSED, "carried-certificate",
					  "the signature carries a certificate that is not X.509");
	return 0;
}

/*
 * The parts of SignedData (RFC 5652, 5.1).  The version is 1 where signers are named by issuer and
 * serial, 3 where by key id, and there is no mixture: pkcs7_note_signerinfo_version().
 */
static int check_signed_data(struct der data, int version, struct reason *why)
{
	struct der part;
	int ret;

	if (!is_version(&data, version))
		return malformed(why, "version numbers and signer names do not agree");
	if (!der_enter(&data, SET, &part) || part.at == part.end)
		return malformed(why, "no digest algorithm");
	if (!der_enter(&data, SEQUENCE, &part))
		return malformed(why, "no content");
	while (der_next(&data, &part) && part.tag != SET) {
		if (part.tag == CRLS)
			return reason_set(why, REFUSED, "carried-crl",
					  "the signature carries a revocation list, which no kernel "
					  "can read");
		ret = part.tag == CERTIFICATES ? check_certificates(part, why) : 0;
		if (ret)
			return ret;
	}
	if (!signers_have_version(part, version))
		return malformed(why, "version numbers and signer names do not agree");
	return 0;
}

/* By one kind of name all; version 1 or 3 in @version */
static int check_names(CMS_ContentInfo *cms, int *version, struct reason *why)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);

	for (int i = 0; i < sk_CMS_SignerInfo_num(signers); i++) {
		ASN1_OCTET_STRING *key_id = NULL;
		X509_NAME *issuer = NULL;

		CMS_SignerInfo_get0_signer_id(sk_CMS_SignerInfo_value(signers, i), &key_id, &issuer,
					      NULL);
		if (i && *version != (key_id ? 3 : 1))
			return reason_set(why, REFUSED, "signer-form",
					  "some signers are named by key id, others by issuer");
		*version = key_id ? 3 : 1;
		if (!key_id && !kernel_name_is_whole(issuer))
			return malformed(why, "a signer's issuer has no name");
	}
	return 0;
}

int signature_check_parts(CMS_ContentInfo *cms, const void *der, size_t size, struct reason *why)
{
	struct der row = der_of(der, size), inside, wrapped, data;
	int version = 0, ret;

	if (size > DECODER_MAX)
		return malformed(why, "more than 65535 bytes");
	if (!der_is_plain(row))
		return malformed(why, "not in DER");
	ret = check_names(cms, &version, why);
	if (ret)
		return ret;
	/* ContentInfo, its type, [0], SignedData */
	if (!der_enter(&row, SEQUENCE, &inside) || !der_enter(&inside, V_ASN1_OBJECT, &data) ||
	    !der_next(&inside, &wrapped) || !der_enter(&wrapped, SEQUENCE, &data))
		return malformed(why, "not SignedData");
	return check_signed_data(data, version, why);
}
