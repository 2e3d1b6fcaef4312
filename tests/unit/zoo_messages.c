// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signatures of any shape, a line each: what they are, and what `verify` and the kernel say.
 */
#include "zoo.h"

#define MALFORMED "malformed-signature"
#define CARRIED "carried-certificate"
#define CRL "30{$sha256 $zoo 17{'250101000000Z'}}"

const struct zoo_message zoo_messages[] = {
	{ "plain", { NULL }, NULL, NULL, LOADS },
	{ "SHA-512", { "digest=$sha512", "md=SHA512" }, NULL, NULL, LOADS },
	{ "SHA-1", { "digest=$sha1", "md=SHA1" }, NULL, "weak-digest", NO },
	{ "signature of another hash", { "md=SHA512" }, NULL, "bad-signature", NO },
	{ "no signature", { "value=04{}" }, NULL, "bad-signature", NO },
	{ "signature with a zero behind", { "value=04{$cms_signature 00}" }, NULL, "bad-signature", NO },
	{ "algorithm with the hash", { "kind=$rsa_sha256" }, NULL, "signature-algorithm", NO },
	{ "algorithm of another key", { "kind=$ec_sha256" }, NULL, "bad-signature", NO },
	{ "algorithm without parameters", { "kind=30{06{2a864886f70d010101}}" }, NULL, NULL, LOADS },
	{ "algorithm with other parameters", { "kind=30{06{2a864886f70d010101} 0400}" }, NULL,
	  "signature-algorithm", LOADS },
	{ "hash without parameters", { "digest=30{06{608648016503040201}}" }, NULL, NULL, LOADS },
	{ "hash with other parameters", { "digest=30{06{608648016503040201} 0400}" }, NULL, "weak-digest", LOADS },
	{ "hash with parameters of a long tag", { "digests=31{30{06{608648016503040201} df02{00}}}" }, NULL,
	  MALFORMED, NO },

	/* What stands before the signers */
	{ "no digest algorithms", { "digests=31{}" }, NULL, MALFORMED, NO },
	{ "another digest algorithm", { "digests=31{$sha512}" }, NULL, NULL, LOADS },
	{ "a digest algorithm that nobody knows", { "digests=31{30{06{2a03}}}" }, NULL, NULL, LOADS },
	{ "two digest algorithms", { "digests=31{$sha256 $sha512}" }, NULL, NULL, LOADS },
	{ "digest algorithms as a SEQUENCE", { "digests=30{$sha256}" }, NULL, MALFORMED, LOADS },
	{ "version 3", { "inside=02{03} $digests $content $signers" }, NULL, MALFORMED, NO },
	{ "version 3 everywhere", { "number=02{03}" }, NULL, MALFORMED, NO },
	{ "version 4", { "inside=02{04} $digests $content $signers" }, NULL, MALFORMED, NO },
	{ "version of two bytes", { "inside=02{0001} $digests $content $signers" }, NULL, MALFORMED, NO },
	{ "no version", { "inside=$digests $content $signers" }, NULL, MALFORMED, NO },
	{ "enveloped data", { "signed_data=06{2a864886f70d010703}" }, NULL, MALFORMED, NO },
	{ "content of another type", { "content=30{06{2a864886f70d010702}}" }, NULL, MALFORMED, NO },
	{ "Authenticode", { "content=30{06{2b060104018237020104}}" }, NULL, MALFORMED, NO },
	{ "content inside", { "content=30{$data a0{04{'what is signed' 00}}}" }, NULL, "embedded-content", NO },
	{ "content of no bytes", { "content=30{$data a0{04{}}}" }, NULL, "embedded-content", NO },
	{ "content of nothing", { "content=30{$data a0{}}" }, NULL, MALFORMED, NO },

	/* Revocation lists */
	{ "a revocation list", { "crls=a1{30{" CRL " $rsa_sha256 03{00}}}" }, NULL, "carried-crl", NO },
	{ "no revocation list, spelled out", { "crls=a1{}" }, NULL, "carried-crl", NO },
	{ "other revocation information", { "crls=a1{a1{06{2a03} 0500}}" }, NULL, "carried-crl", NO },

	/* Certificates */
	{ "its certificate", { "certs=a0{$self}" }, NULL, NULL, LOADS },
	{ "its certificate twice", { "certs=a0<{$self $self}" }, NULL, NULL, LOADS },
	{ "no certificate, spelled out", { "certs=a0{}" }, NULL, NULL, LOADS },
	{ "a certificate that the kernel cannot parse", { "certs=a0{$pss_cert}" }, NULL, CARRIED, NO },
	{ "a certificate that spells out CA:FALSE", { "certs=a0<{$self $spelled}" }, NULL, CARRIED, NO },
	{ "an attribute certificate", { "certs=a0{a1{30{}}}" }, NULL, CARRIED, NO },
	{ "another kind of certificate", { "certs=a0{a3{06{2a03} 0500}}" }, NULL, CARRIED, NO },
	{ "a certificate of its name", { "certs=a0{$twin}" }, NULL, "bad-signature", NO },
	{ "its certificate, then one of its name", { "certs=a0<{$self $long_twin}" }, NULL, "bad-signature",
	  LOADS },
	{ "a certificate of its name, then its own", { "certs=a0<{$short_twin $self}" }, NULL,
	  "bad-signature", NO },
	{ "certificates in another order", { "certs=a0{$self $short_twin}" }, NULL, MALFORMED, LOADS },
	{ "its certificate without the key id", { "certs=a0{$anonymous}" }, NULL, CARRIED, LOADS },
	{ "its certificate with another key id", { "certs=a0{$renamed}" }, NULL, CARRIED, NO },
	{ "its certificate, trusted without the key id", { "certs=a0{$self}" }, "$anonymous", CARRIED, NO },
	{ "a stranger's certificate", { "certs=a0{$second}" }, NULL, NULL, LOADS },
	{ "a CA's certificate beside", { "certs=a0<{$self $root}" }, NULL, NULL, LOADS },
	{ "issued by a CA, itself trusted", { "issuer=$ca", "certs=a0{$leaf}" }, "$leaf", NULL, LOADS },
	{ "issued by a CA, with the chain", { "issuer=$ca", "certs=a0<{$leaf $root}" }, "$leaf", NULL, LOADS },
	{ "issued by a CA that is trusted", { "issuer=$ca", "certs=a0<{$leaf $root}" }, "$root",
	  "unknown-key", LOADS },
	{ "issued by a false CA", { "issuer=$ca", "certs=a0<{$leaf $false_root}" }, "$leaf", CARRIED, NO },
	{ "issued by a CA, a false one is trusted", { "issuer=$ca", "certs=a0{$leaf}" }, "$leaf $false_root",
	  CARRIED, LOADS },

	/* Signers */
	{ "no signer", { "signers=31{}" }, NULL, MALFORMED, NO },
	{ "two signers", { "signers=31<{$signer $second_signer}" }, "$self $second", NULL, LOADS },
	{ "two signers, the second is known", { "signers=31<{$signer $second_signer}" }, "$second", NULL, LOADS },
	{ "two signers, none is known", { "signers=31<{$signer $second_signer}" }, "$root", "unknown-key", NO },
	{ "two signers, one is wrong", { "value=04{$second_value}", "signers=31<{$signer $second_signer}" },
	  "$self $second", "bad-signature", NO },
	{ "a stranger beside, with a certificate of his name",
	  { "value=04{$second_value}", "signers=31<{$signer $second_signer}", "certs=a0{$self}" }, "$second",
	  "bad-signature", NO },
	{ "two signers, the second issued by the false CA",
	  { "issuer=$ca", "signers=31<{$second_signer $signer}", "certs=a0{$leaf}" }, "$second $false_root",
	  CARRIED, NO },
	{ "one signer twice", { "signers=31{$signer $signer}" }, NULL, NULL, LOADS },
	{ "signers as a SEQUENCE", { "signers=30{$signer}" }, NULL, MALFORMED, LOADS },
	{ "named by key id", { "number=02{03}", "sid=80{11*20}" }, NULL, NULL, LOADS },
	{ "named by key id, version 1", { "sid=80{11*20}" }, NULL, MALFORMED, NO },
	{ "named by another key id", { "number=02{03}", "sid=80{22*20}" }, NULL, "unknown-key", NO },
	{ "named by key id, with its certificate", { "number=02{03}", "sid=80{11*20}", "certs=a0{$self}" }, NULL,
	  NULL, LOADS },
	{ "named by key id, without a byte", { "number=02{03}", "sid=80{}" }, NULL, "unknown-key", NO },
	{ "another number", { "sid=30{$issuer 02{07}}" }, NULL, "unknown-key", NO },
	{ "another name", { "sid=30{$other $serial}" }, NULL, "unknown-key", NO },
	{ "the name in capitals", { "sid=30{30{31{30{06{550403} 0c{'ZOO'}}}} $serial}" }, NULL, "unknown-key",
	  NO },
	{ "no name", { "sid=30{30{} $serial}" }, NULL, MALFORMED, NO },
	{ "number with a leading zero", { "sid=30{$issuer 02{001234}}" }, NULL, MALFORMED, NO },
	{ "signed attributes", { "attributes=a0{30{06{2a864886f70d010903} 31{$data}}}" }, NULL,
	  "signed-attributes", NO },
	{ "no signed attributes, spelled out", { "attributes=a0{}" }, NULL, "signed-attributes", NO },
	{ "unsigned attributes", { "unsigned=a1{30{06{2a03} 31{0500}}}" }, NULL, "unsigned-attributes", LOADS },
	{ "no unsigned attributes, spelled out", { "unsigned=a1{}" }, NULL, "unsigned-attributes", NO },

	/* The encoding */
	{ "a byte behind it", { "message=30{$signed_data a0{30{$inside}}} 00" }, NULL, MALFORMED, LOADS },
	{ "a name that is not constructed", { "sid=30{10{31{30{06{550403} 0c{'zoo'}}}} $serial}" }, NULL, MALFORMED,
	  LOADS },
	{ "a signature in pieces", { "value=24{04{$cms_signature}}" }, NULL, MALFORMED, NO },
	{ "longer length", { "message=30+{$signed_data a0{30{$inside}}}" }, NULL, MALFORMED, NO },
	{ "longer length inside", { "signers=31+{$signer}" }, NULL, MALFORMED, NO },
	{ "indefinite length", { "message=30~{$signed_data a0~{30~{$inside}}}" }, NULL, MALFORMED, LOADS },
	{ "more behind the signers", { "inside=$number $digests $content $signers 0500" }, NULL, MALFORMED, NO },
	{ "a signature of 65535 bytes", { "digests=31{$sha256 30{06{2a03} 04{00*65142}}}" }, NULL, NULL, LOADS },
	{ "a signature of 65536 bytes", { "digests=31{$sha256 30{06{2a03} 04{00*65143}}}" }, NULL, MALFORMED, NO },
};

const size_t zoo_message_count = sizeof(zoo_messages) / sizeof(zoo_messages[0]);
