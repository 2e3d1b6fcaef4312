// SPDX-License-Identifier: GPL-2.0-only
/*
 * Certificates and signatures of ML-DSA, a line each.  The kernel takes what is signed over attributes, and no others
 * beside it: pkcs7_parser.c, pkcs7_verify.c.
 */
#include "zoo.h"

#define ATTRIBUTES "signed-attributes"
#define FORM "certificate-form"
#define DIGEST(value) "message_digest=30{06{2a864886f70d010904} 31{" value "}}"
#define CONTENT(value) "content_type=30{06{2a864886f70d010903} 31{" value "}}"
#define TIME(value) "30{06{2a864886f70d010905} 31{" value "}}"
#define WITH(more) "signed=$content_type " more " $message_digest"
#define NOW "17{'260101000000Z'}"

const struct zoo_certificate zoo_mldsa_certificates[] = {
	{ "ML-DSA-44", "mldsa44", NULL, { NULL }, NULL, NULL, LOADS },
	{ "ML-DSA-65", "mldsa65", NULL, { NULL }, NULL, NULL, LOADS },
	{ "ML-DSA-87", "mldsa87", NULL, { NULL }, NULL, NULL, LOADS },
	{ "ML-DSA, issued by a CA with RSA", "mldsa65", "ca", { "issuer=$ca", "subject=$zoo" }, NULL, NULL, LOADS },
	{ "ML-DSA, issued by a CA with another", "mldsa65", "mldsa87", { "issuer=$ca", "subject=$zoo" }, NULL, NULL,
	  LOADS },
	{ "RSA, issued by a CA with ML-DSA", NULL, "mldsa65", { "issuer=$ca", "subject=$zoo" }, NULL, NULL, LOADS },
	{ "ML-DSA, signed as another one", "mldsa65", NULL, { "alg=$mldsa44" }, FORM, FORM, NO },
	{ "ML-DSA, signed as RSA", "mldsa65", NULL, { "alg=$rsa_sha256" }, FORM, FORM, NO },
	{ "ML-DSA, signed by another key", "mldsa65", "mldsa_other", { NULL }, FORM, FORM, NO },
	{ "ML-DSA, no signature", "mldsa65", NULL, { "bits=03{00}" }, FORM, FORM, NO },
	{ "ML-DSA, unused bits", "mldsa65", NULL, { "bits=03{01 $signature 00}" }, FORM, FORM, NO },
	{ "ML-DSA, no usage for signatures", "mldsa65", NULL, { "usage=30{06{551d0f} 0101ff 04{03{0204}}}" },
	  "certificate-usage", NULL, LOADS },
	{ "ML-DSA, no key", "mldsa65", NULL, { "key=30{$mldsa65 03{00}}" }, "key-type", "key-type", NO },
	{ "ML-DSA, the key of another", "mldsa65", "mldsa65", { "key=30{$mldsa44 03{00 11*1952}}" }, "key-type",
	  "key-type", NO },
};

const size_t zoo_mldsa_certificate_count = sizeof(zoo_mldsa_certificates) / sizeof(zoo_mldsa_certificates[0]);

const struct zoo_message zoo_mldsa_messages[] = {
	{ "ML-DSA: plain", { NULL }, "$mldsa_self", NULL, LOADS },
	{ "ML-DSA: signer by key id", { "number=02{03}", "sid=80{11*20}" }, "$mldsa_self", NULL, LOADS },
	{ "ML-DSA: nobody knows the signer", { NULL }, "$mldsa_second", "unknown-key", NO },
	{ "ML-DSA: another key of the name", { NULL }, "$mldsa_twin", "bad-signature", NO },
	{ "ML-DSA: a key of RSA of the name", { NULL }, "$self", "bad-signature", NO },
	{ "ML-DSA: the algorithm of another key", { "kind=$mldsa44" }, "$mldsa_self", "bad-signature", NO },
	{ "ML-DSA: the algorithm of RSA", { "kind=$rsa" }, "$mldsa_self", ATTRIBUTES, NO },
	{ "ML-DSA: algorithm with parameters", { "kind=30{06{608648016503040312} 0500}" }, "$mldsa_self",
	  "signature-algorithm", LOADS },
	{ "ML-DSA: no signature", { "value=04{}" }, "$mldsa_self", "bad-signature", NO },
	{ "ML-DSA: a byte behind", { "value=04{$cms_signature 00}" }, "$mldsa_self", "bad-signature", NO },
	{ "ML-DSA: unsigned attributes", { "unsigned=a1{30{06{2a03} 31{0500}}}" }, "$mldsa_self",
	  "unsigned-attributes", LOADS },

	/* Hashes: public_key.c takes SHA-512 alone, whatever the attributes say */
	{ "ML-DSA: SHA-256", { "digest=$sha256", DIGEST("04{$sha256_of}") }, "$mldsa_self", "ml-dsa-hash", NO },
	{ "ML-DSA: SHA-384", { "digest=$sha384", DIGEST("04{$sha384_of}") }, "$mldsa_self", "ml-dsa-hash", NO },
	{ "ML-DSA: SHA-256, digest of SHA-512", { "digest=$sha256" }, "$mldsa_self", "ml-dsa-hash", NO },
	{ "ML-DSA: SHA-256, of nobody known", { "digest=$sha256", DIGEST("04{$sha256_of}") }, "$mldsa_second",
	  "ml-dsa-hash", NO },
	{ "ML-DSA: another list of hashes", { "digests=31{$sha256}" }, "$mldsa_self", NULL, LOADS },

	/* What is signed */
	{ "ML-DSA: no attributes", { "attributes=", "what=$payload" }, "$mldsa_self", ATTRIBUTES, NO },
	{ "ML-DSA: no attributes, spelled out", { "signed=" }, "$mldsa_self", ATTRIBUTES, NO },
	{ "ML-DSA: attributes, and the payload is signed", { "what=$payload" }, "$mldsa_self", "bad-signature", NO },
	{ "ML-DSA: attributes as they stand", { "what=a0{$signed}" }, "$mldsa_self", "bad-signature", NO },
	{ "ML-DSA: attributes as a SEQUENCE", { "attributes=a2{30{$signed}}", "what=30{$signed}" }, "$mldsa_self",
	  "malformed-signature", NO },
	{ "ML-DSA: attributes not in the order of DER", { "signed=$message_digest $content_type" }, "$mldsa_self",
	  "malformed-signature", LOADS },

	/* contentType and messageDigest */
	{ "ML-DSA: no contentType", { "signed=$message_digest" }, "$mldsa_self", ATTRIBUTES, NO },
	{ "ML-DSA: contentType of no value", { CONTENT("") }, "$mldsa_self", ATTRIBUTES, NO },
	{ "ML-DSA: contentType of two values", { CONTENT("$data $data") }, "$mldsa_self", ATTRIBUTES, NO },
	{ "ML-DSA: contentType twice", { WITH("$content_type") }, "$mldsa_self", ATTRIBUTES, NO },
	{ "ML-DSA: contentType of signed data", { CONTENT("$signed_data") }, "$mldsa_self", ATTRIBUTES, NO },
	{ "ML-DSA: contentType is no OBJECT", { CONTENT("04{2a864886f70d010701}") }, "$mldsa_self", ATTRIBUTES, LOADS },
	{ "ML-DSA: no messageDigest", { "signed=$content_type" }, "$mldsa_self", ATTRIBUTES, NO },
	{ "ML-DSA: messageDigest of no value", { DIGEST("") }, "$mldsa_self", ATTRIBUTES, NO },
	{ "ML-DSA: messageDigest of two values", { DIGEST("04{$sha512_of} 04{$sha512_of}") }, "$mldsa_self",
	  ATTRIBUTES, NO },
	{ "ML-DSA: messageDigest twice", { "signed=$content_type $message_digest $message_digest" }, "$mldsa_self",
	  ATTRIBUTES, NO },
	{ "ML-DSA: messageDigest of another payload", { DIGEST("04{$sha512_of_other}") }, "$mldsa_self",
	  "bad-signature", NO },
	{ "ML-DSA: ... of nobody known", { DIGEST("04{$sha512_of_other}") }, "$mldsa_second", "bad-signature", NO },
	{ "ML-DSA: messageDigest with a byte more", { DIGEST("04{$sha512_of 00}") }, "$mldsa_self", ATTRIBUTES, NO },
	{ "ML-DSA: messageDigest of no bytes", { DIGEST("04{}") }, "$mldsa_self", ATTRIBUTES, NO },
	{ "ML-DSA: messageDigest is a BIT STRING", { DIGEST("03{00 $sha512_of}") }, "$mldsa_self", ATTRIBUTES, NO },

	/* signingTime */
	{ "ML-DSA: signingTime", { WITH(TIME(NOW)) }, "$mldsa_self", NULL, LOADS },
	{ "ML-DSA: signingTime of no value", { "signed=" TIME("") " $content_type $message_digest" }, "$mldsa_self",
	  ATTRIBUTES, NO },
	{ "ML-DSA: signingTime of two values", { WITH(TIME(NOW " " NOW)) }, "$mldsa_self", ATTRIBUTES, NO },
	{ "ML-DSA: signingTime twice", { WITH(TIME(NOW) " " TIME(NOW)) }, "$mldsa_self", ATTRIBUTES, NO },
	{ "ML-DSA: signingTime in 2051", { WITH(TIME("18{'20510101000000Z'}")) }, "$mldsa_self", NULL, LOADS },
	{ "ML-DSA: signingTime as no certificate has it", { WITH(TIME("18{'20260101000000Z'}")) }, "$mldsa_self",
	  ATTRIBUTES, NO },
	{ "ML-DSA: signingTime with an offset", { "signed=" TIME("17{'260101000000+0100'}")
	  " $content_type $message_digest" }, "$mldsa_self", ATTRIBUTES, NO },
	{ "ML-DSA: signingTime is no time", { "signed=" TIME("0500") " $content_type $message_digest" }, "$mldsa_self",
	  ATTRIBUTES, NO },

	/* Others */
	{ "ML-DSA: an attribute that nobody knows", { "signed=30{06{2a03} 31{0500}} $content_type $message_digest" },
	  "$mldsa_self", NULL, LOADS },
	{ "ML-DSA: one without a value", { "signed=30{06{2a03} 31{}} $content_type $message_digest" }, "$mldsa_self",
	  ATTRIBUTES, NO },
	{ "ML-DSA: a long one", { "signed=$content_type $message_digest 30{06{2a03} 31{04{a5*4096}}}" }, "$mldsa_self",
	  NULL, LOADS },
	{ "ML-DSA: smimeCapabilities", { WITH("30{06{2a864886f70d01090f} 31{30{$sha512}}}") }, "$mldsa_self",
	  ATTRIBUTES, NO },
	{ "ML-DSA: msStatementType", { WITH("30{06{2b06010401823702010b} 31{30{}}}") }, "$mldsa_self", ATTRIBUTES, NO },
	{ "ML-DSA: msSpOpusInfo", { "signed=30{06{2b06010401823702010c} 31{30{}}} $content_type $message_digest" },
	  "$mldsa_self", ATTRIBUTES, NO },

	/* Certificates */
	{ "ML-DSA: its certificate", { "certs=a0{$mldsa_self}" }, "$mldsa_self", NULL, LOADS },
	{ "ML-DSA: a certificate of its name", { "certs=a0{$mldsa_twin}" }, "$mldsa_self", "bad-signature", NO },
	{ "ML-DSA: signed in the time of its certificate", { WITH(TIME(NOW)), "certs=a0{$mldsa_self}" }, "$mldsa_self",
	  NULL, LOADS },
	{ "ML-DSA: signed before its certificate", { WITH(TIME("17{'240101000000Z'}")), "certs=a0{$mldsa_self}" },
	  "$mldsa_self", "signing-time", NO },
	{ "ML-DSA: signed after its certificate", { WITH(TIME("17{'360101000000Z'}")), "certs=a0{$mldsa_self}" },
	  "$mldsa_self", "signing-time", NO },
	{ "ML-DSA: signed before a certificate that is not carried", { WITH(TIME("17{'240101000000Z'}")) },
	  "$mldsa_self", NULL, LOADS },
	{ "ML-DSA: a CA vouches", { "certs=a0<{$mldsa_leaf}", "issuer=$ca" }, "$root", "unknown-key", LOADS },
	{ "ML-DSA: a CA vouches, as an anchor", { "certs=a0<{$mldsa_leaf}", "issuer=$ca" }, "$authority",
	  "unknown-key", ANCHORED },

	/* Others beside it */
	{ "ML-DSA: two", { "signers=31<{$signer $mldsa_other}" }, "$mldsa_self", NULL, LOADS },
	{ "ML-DSA: two, the other is known", { "signers=31<{$signer $mldsa_other}" }, "$mldsa_second", NULL, LOADS },
	{ "ML-DSA: two, the other of another payload", { "signers=31<{$signer $mldsa_wrong}" }, "$mldsa_self",
	  "bad-signature", NO },
	{ "ML-DSA: RSA beside it", { "signers=31<{$signer $rsa_other}" }, "$mldsa_self", "mixed-signers", NO },
	{ "ML-DSA: RSA beside it, with attributes", { "signers=31<{$signer $rsa_with}" }, "$mldsa_self",
	  "mixed-signers", NO },
	{ "ML-DSA: no attributes, RSA beside it", { "attributes=", "what=$payload",
	  "signers=31<{$signer $rsa_other}" }, "$mldsa_self", "mixed-signers", NO },
};

const size_t zoo_mldsa_message_count = sizeof(zoo_mldsa_messages) / sizeof(zoo_mldsa_messages[0]);

const struct zoo_chain zoo_mldsa_chains[] = {
	{ "issuer with ML-DSA", "$rsa_leaf", "$mldsa_root", NULL, LOADS },
	{ "issuer with ML-DSA of the issuer's name", "$leaf", "$mldsa_root", "not-issued", NO },
	{ "issuer of the name of one with ML-DSA", "$rsa_leaf", "$root", "not-issued", NO },
	{ "issuer of ML-DSA", "$mldsa_leaf", "$root", NULL, LOADS },
};

const size_t zoo_mldsa_chain_count = sizeof(zoo_mldsa_chains) / sizeof(zoo_mldsa_chains[0]);
