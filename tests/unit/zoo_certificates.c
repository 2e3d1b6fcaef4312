// SPDX-License-Identifier: GPL-2.0-only
/*
 * Certificates of any shape, a line each: what they are, and what `sign`, `verify` and the kernel say.
 */
#include "zoo.h"

#define BY_CA "issuer=$ca", "subject=$zoo"
#define EXT(id, value) "30{06{" id "} 04{" value "}}"
#define BASIC(value) "basic=30{06{551d13} 0101ff 04{" value "}}"
#define USAGE(value) "usage=30{06{551d0f} 0101ff 04{" value "}}"
#define SKID(value) "skid=" EXT("551d0e", value)
#define AKID(value) "more=" EXT("551d23", "30{" value "}")
#define EKU(purposes) "more=" EXT("551d25", "30{" purposes "}")
#define SERVER "06{2b06010505070301}"
#define CODE "06{2b06010505070303}"
#define ANY "06{551d2500}"
#define OWN_KEY_ID "80{11*20}"
#define OWN_NAME "a1{a4{$zoo}} 82{1234}"

#define FORM "certificate-form"
#define FILE_ "certificate-file"
#define EITHER "certificate-f"	/* OpenSSL 3.0 and 3.5 refuse different files by themselves. */
#define TYPE "key-type"
#define MALFORMED "malformed-signature"

const struct zoo_certificate zoo_certificates[] = {
	/* Who signed it */
	{ "plain", NULL, NULL, { NULL }, NULL, NULL, LOADS },
	{ "P-256", "p256", NULL, { NULL }, NULL, NULL, LOADS },
	{ "P-384", "p384", NULL, { "alg=$ec_sha384", "md=SHA384" }, NULL, NULL, LOADS },
	{ "P-521", "p521", NULL, { "alg=$ec_sha512", "md=SHA512" }, NULL, NULL, LOADS },
	{ "issued by a CA", NULL, "ca", { BY_CA, AKID("80{33*20}") }, NULL, NULL, LOADS },
	{ "issued by a CA with P-256", NULL, "p256", { BY_CA }, NULL, NULL, LOADS },
	{ "issued by a CA with RSASSA-PSS", NULL, "pss", { BY_CA, "alg=$rsa_pss" }, FORM, FORM, NO },
	{ "issued by a CA with Ed25519", NULL, "ed25519", { BY_CA }, FORM, FORM, NO },
	{ "issued by a CA with MD5", NULL, "ca", { BY_CA, "alg=$rsa_md5", "md=MD5" }, FORM, FORM, NO },
	{ "issued by a CA with SHA-1", NULL, "ca", { BY_CA, "alg=$rsa_sha1", "md=SHA1" }, NULL, NULL, LOADS },
	{ "issued by a CA with ML-DSA", NULL, "ca", { BY_CA, "alg=$mldsa65" }, NULL, NULL, LOADS },
	{ "CA of the same name, no authority key id", NULL, "ca", { NULL }, FORM, FORM, NO },
	{ "CA of the same name with P-256", NULL, "p256", { NULL }, FORM, FORM, NO },
	{ "CA of the same name, its key id", NULL, "ca", { AKID("80{33*20}") }, NULL, NULL, LOADS },
	{ "CA of the same name, own key id", NULL, "ca", { AKID(OWN_KEY_ID) }, FORM, FORM, NO },
	{ "CA of the same name, own number", NULL, "ca", { AKID(OWN_NAME) }, FORM, FORM, NO },
	{ "CA of the same name, another number", NULL, "ca", { AKID("a1{a4{$zoo}} 82{07}") }, NULL, NULL, LOADS },
	{ "own key id", NULL, NULL, { AKID(OWN_KEY_ID) }, NULL, NULL, LOADS },
	{ "own name and number", NULL, NULL, { AKID(OWN_NAME) }, NULL, NULL, LOADS },
	{ "own key id, name and number", NULL, NULL, { AKID(OWN_KEY_ID OWN_NAME) }, NULL, NULL, LOADS },
	{ "own key id, another number", NULL, NULL, { AKID(OWN_KEY_ID "a1{a4{$zoo}} 82{07}") }, FORM, FORM, NO },
	{ "another key id, own number", NULL, NULL, { AKID("80{33*20}" OWN_NAME) }, FORM, FORM, NO },
	{ "signature of another hash", NULL, NULL, { "md=SHA512" }, FORM, FORM, NO },
	{ "SHA-1", NULL, NULL, { "alg=$rsa_sha1", "md=SHA1" }, NULL, NULL, LOADS },
	{ "SHA-224", NULL, NULL, { "alg=$rsa_sha224", "md=SHA224" }, NULL, NULL, LOADS },
	{ "SHA-384", NULL, NULL, { "alg=$rsa_sha384", "md=SHA384" }, NULL, NULL, LOADS },
	{ "SHA-512", NULL, NULL, { "alg=$rsa_sha512", "md=SHA512" }, NULL, NULL, LOADS },
	{ "SHA3-256", NULL, NULL, { "alg=$rsa_sha3", "md=SHA3-256" }, NULL, NULL, LOADS },
	{ "another algorithm outside than inside", NULL, "ca", { BY_CA, "alg2=$rsa_sha384" }, FORM, FORM, NO },
	{ "algorithm without parameters", NULL, NULL, { "alg=30{06{2a864886f70d01010b}}" }, NULL, NULL, LOADS },
	{ "signature with unused bits", NULL, "ca", { BY_CA, "bits=03{01 $signature 00}" }, FORM, FORM, NO },
	{ "signature without a byte", NULL, "ca", { BY_CA, "bits=03{}" }, FILE_, FILE_, NO },

	/* Number and names */
	{ "version 1", NULL, NULL, { "version=", "extensions=" }, "certificate-key-id", NULL, LOADS },
	{ "version 10", NULL, NULL, { "version=a0{02{09}}" }, NULL, NULL, LOADS },
	{ "number below zero", NULL, NULL, { "serial=02{f1}" }, NULL, NULL, LOADS },
	{ "number zero", NULL, NULL, { "serial=02{00}" }, NULL, NULL, LOADS },
	{ "number of 21 bytes", NULL, NULL, { "serial=02{11*21}" }, NULL, NULL, LOADS },
	{ "number with a leading zero", NULL, NULL, { "serial=02{0012}" }, FILE_, FILE_, LOADS },
	{ "no subject", NULL, "ca", { "issuer=$ca", "subject=30{}" }, FORM, FORM, NO },
	{ "no issuer", NULL, "ca", { "issuer=30{}", "subject=$zoo" }, FORM, MALFORMED, NO },
	{ "no names", NULL, NULL, { "issuer=30{}" }, FORM, MALFORMED, NO },
	{ "name of nothing", NULL, NULL, { "issuer=30{31{}}" }, FORM, MALFORMED, NO },
	{ "name of 300 bytes", NULL, NULL, { "issuer=30{31{30{06{550403} 0c{61*300}}}}" }, NULL, NULL, LOADS },
	{ "name of two parts in one", NULL, NULL,
	  { "issuer=30{31{30{06{550403} 0c{'a'}} 30{06{55040a} 0c{'b'}}}}" }, NULL, NULL, LOADS },
	{ "name of an unknown kind", NULL, NULL, { "issuer=30{31{30{06{2a03} 0c{'a'}}}}" }, NULL, NULL, LOADS },
	{ "unique identifiers", NULL, NULL, { "uids=81{0011} 82{0022}" }, NULL, NULL, LOADS },

	/* Dates */
	{ "expired", NULL, NULL, { "to=17{'260101000000Z'}" }, "certificate-expired", NULL, LOADS },
	{ "not valid yet", NULL, NULL, { "from=17{'340101000000Z'}" }, "certificate-early", NULL, LOADS },
	{ "ends in 2035 by GeneralizedTime", NULL, NULL, { "to=18{'20350101000000Z'}" }, FORM, FORM, NO },
	{ "begins in 2025 by GeneralizedTime", NULL, NULL, { "from=18{'20250101000000Z'}" }, FORM, FORM, NO },
	{ "ends in 2050 by GeneralizedTime", NULL, NULL, { "to=18{'20500101000000Z'}" }, NULL, NULL, LOADS },
	{ "never ends", NULL, NULL, { "to=18{'99991231235959Z'}" }, NULL, NULL, LOADS },
	{ "begins in 1949", NULL, NULL, { "from=18{'19490101000000Z'}" }, FORM, FORM, NO },
	{ "begins in 1960", NULL, NULL, { "from=17{'600101000000Z'}" }, FORM, FORM, NO },
	{ "begins in 1970", NULL, NULL, { "from=17{'700101000000Z'}" }, NULL, NULL, LOADS },
	{ "date without seconds", NULL, NULL, { "from=17{'2501010000Z'}" }, EITHER, EITHER, NO },
	{ "date with an offset", NULL, NULL, { "from=17{'250101000000+0000'}" }, EITHER, EITHER, NO },
	{ "date without a zone", NULL, NULL, { "from=17{'250101000000+'}" }, EITHER, EITHER, NO },
	{ "date with a fraction", NULL, NULL, { "to=18{'20500101000000.5Z'}" }, EITHER, EITHER, NO },
	{ "date with letters", NULL, NULL, { "from=17{'25O101000000Z'}" }, EITHER, EITHER, NO },
	{ "30 February", NULL, NULL, { "from=17{'250230000000Z'}" }, FORM, FORM, NO },
	{ "29 February of a leap year", NULL, NULL, { "from=17{'240229000000Z'}" }, NULL, NULL, LOADS },
	{ "29 February of 2100", NULL, NULL, { "to=18{'21000229000000Z'}" }, FORM, FORM, NO },
	{ "month 13", NULL, NULL, { "from=17{'251301000000Z'}" }, FORM, FORM, NO },
	{ "month 0", NULL, NULL, { "from=17{'250001000000Z'}" }, FORM, FORM, NO },
	{ "day 0", NULL, NULL, { "from=17{'250100000000Z'}" }, FORM, FORM, NO },
	{ "hour 24", NULL, NULL, { "from=17{'250101240000Z'}" }, FORM, FORM, LOADS },
	{ "hour 25", NULL, NULL, { "from=17{'250101250000Z'}" }, FORM, FORM, NO },
	{ "minute 60", NULL, NULL, { "from=17{'250101006000Z'}" }, FORM, FORM, NO },
	{ "second 60", NULL, NULL, { "from=17{'250101000060Z'}" }, FORM, FORM, LOADS },
	{ "second 61", NULL, NULL, { "from=17{'250101000061Z'}" }, FORM, FORM, NO },
	{ "date by another type", NULL, NULL, { "from=0c{'250101000000Z'}" }, FILE_, FILE_, NO },

	/* The key */
	{ "P-256 with explicit parameters", "explicit", NULL, { NULL }, FORM, FORM, NO },
	{ "P-256 with explicit parameters, by a CA", "explicit", "ca", { BY_CA }, FORM, FORM, NO },
	{ "P-256, compressed", "compressed", NULL, { NULL }, FORM, FORM, NO },
	{ "P-256, compressed, by a CA", "compressed", "ca", { BY_CA }, FORM, FORM, NO },
	{ "P-256, hybrid, by a CA", "hybrid", "ca", { BY_CA }, FORM, FORM, NO },
	{ "P-192", "p192", NULL, { NULL }, TYPE, TYPE, LOADS },
	{ "secp256k1", "k256", NULL, { NULL }, TYPE, TYPE, NO },
	{ "brainpool", "brainpool", NULL, { NULL }, TYPE, TYPE, NO },
	{ "Ed25519", "ed25519", NULL, { NULL }, TYPE, "signature-algorithm", NO },
	{ "RSA of 1024 bits", "rsa1024", NULL, { NULL }, "weak-key", "weak-key", LOADS },
	{ "RSA of 2560 bits", "rsa2560", NULL, { NULL }, TYPE, TYPE, NO },
	{ "RSA of 2560 bits, by a CA", "rsa2560", "ca", { BY_CA }, TYPE, TYPE, NO },
	{ "key for RSASSA-PSS", "pss", "ca", { BY_CA }, TYPE, "signature-algorithm", NO },
	{ "RSA without parameters", NULL, NULL, { "key=30{30{06{2a864886f70d010101}} 03{00 $bare}}" },
	  NULL, NULL, LOADS },
	{ "RSA with other parameters", NULL, NULL,
	  { "key=30{30{06{2a864886f70d010101} 0400} 03{00 $bare}}" }, NULL, NULL, LOADS },
	{ "key with unused bits", NULL, "ca", { BY_CA, "key=30{$rsa 03{01 $bare}}" }, FORM, FORM, NO },
	{ "key with a byte behind", NULL, NULL, { "key=30{$rsa 03{00 $bare 00}}" }, FORM, FORM, LOADS },
	{ "P-256 without a curve", "p256", "ca", { BY_CA, "key=30{30{06{2a8648ce3d0201} 0500} 03{00 $bare}}" },
	  TYPE, TYPE, NO },
	{ "a key of nothing", NULL, "ca", { BY_CA, "key=30{$rsa 03{00}}" }, TYPE, TYPE, NO },

	/* Extensions */
	{ "no extensions", NULL, NULL, { "extensions=" }, "certificate-key-id", NULL, LOADS },
	{ "extensions without one", NULL, NULL, { "extensions=a3{30{}}" }, FORM, FORM, NO },
	{ "basicConstraints spells out CA:FALSE", NULL, NULL, { BASIC("30{010100}") }, FORM, FORM, NO },
	{ "basicConstraints with CA:TRUE", NULL, NULL, { BASIC("30{0101ff}") }, NULL, NULL, LOADS },
	{ "basicConstraints with a depth", NULL, NULL, { BASIC("30{0101ff 020100}") }, NULL, NULL, LOADS },
	{ "basicConstraints with a depth alone", NULL, NULL, { BASIC("30{020100}") }, FORM, FORM, NO },
	{ "basicConstraints with another true", NULL, NULL, { BASIC("30{010101}") }, FORM, FORM, NO },
	{ "basicConstraints with a longer length", NULL, NULL, { BASIC("30+{}") }, EITHER, EITHER, NO },
	{ "basicConstraints twice", NULL, NULL, { "more=30{06{551d13} 04{30{}}}" }, FILE_, FILE_, LOADS },
	{ "no basicConstraints", NULL, NULL, { "basic=" }, NULL, NULL, LOADS },
	{ "no key usage", NULL, NULL, { "usage=" }, NULL, NULL, LOADS },
	{ "key usage for certificates", NULL, NULL, { USAGE("03{0204}") }, "certificate-usage", NULL, LOADS },
	{ "key usage of two bytes", NULL, NULL, { USAGE("03{078080}") }, NULL, NULL, LOADS },
	{ "key usage of no bits", NULL, NULL, { USAGE("03{00}") }, FILE_, FILE_, NO },
	{ "key usage with eight unused bits", NULL, NULL, { USAGE("03{0880}") }, FILE_, FILE_, NO },
	{ "key usage of another type", NULL, NULL, { USAGE("04{0780}") }, FILE_, FILE_, NO },
	{ "key usage twice", NULL, NULL, { "more=" EXT("551d0f", "03{0780}") }, FILE_, FILE_, LOADS },
	{ "no key id", NULL, NULL, { "skid=" }, "certificate-key-id", NULL, LOADS },
	{ "key id of one byte", NULL, NULL, { SKID("04{11}") }, NULL, NULL, LOADS },
	{ "key id of nothing", NULL, NULL, { SKID("04{}") }, FORM, FORM, NO },
	{ "key id of 36 bytes", NULL, NULL, { SKID("04{11*36}") }, NULL, NULL, LOADS },
	{ "key id of 37 bytes", NULL, NULL, { SKID("04{11*37}") }, "certificate-key-id", NULL, LOADS },
	{ "key id of 127 bytes", NULL, NULL, { SKID("04{11*127}") }, "certificate-key-id", NULL, LOADS },
	{ "key id of 128 bytes", NULL, NULL, { SKID("04{11*128}") }, FORM, FORM, LOADS },
	{ "key id of 129 bytes", NULL, NULL, { SKID("04{11*129}") }, FORM, FORM, NO },
	{ "key id of another type", NULL, NULL, { SKID("0c{11*20}") }, FILE_, FILE_, NO },
	{ "key id twice", NULL, NULL, { "more=" EXT("551d0e", "04{11*20}") }, FILE_, FILE_, NO },
	{ "authority key id of another type", NULL, NULL, { "more=" EXT("551d23", "0400") }, FILE_, FILE_, NO },
	{ "authority key id of nothing", NULL, NULL, { AKID("") }, NULL, NULL, LOADS },
	{ "authority of a DNS name", NULL, NULL, { AKID("a1{82{'a'}} 8201 07") }, FORM, FORM, LOADS },
	{ "authority of other name", NULL, NULL, { AKID("a1{a0{06{2a03} a0{0500}}} 820107") }, FORM, FORM, LOADS },
	{ "authority of an EDI party", NULL, NULL, { AKID("a1{a5{a1{0c{'a'}}}} 820107") }, FORM, FORM, LOADS },
	{ "authority with a byte of an id", NULL, NULL, { AKID("a1{88{2a}} 820107") }, FORM, FORM, LOADS },
	{ "authority with an X.400 address", NULL, NULL, { AKID("a1{a3{30{30{}}}} 820107") }, FORM, FORM, LOADS },
	{ "authority of no names", NULL, NULL, { AKID("a1{} 820107") }, FORM, FORM, LOADS },
	{ "authority key id twice", NULL, NULL, { "more=" EXT("551d23", "30{}") EXT("551d23", "30{}") },
	  FILE_, FILE_, LOADS },
	{ "for servers", NULL, NULL, { EKU(SERVER) }, "certificate-usage", NULL, LOADS },
	{ "for code", NULL, NULL, { EKU(CODE) }, NULL, NULL, LOADS },
	{ "for servers and code", NULL, NULL, { EKU(SERVER CODE) }, NULL, NULL, LOADS },
	{ "for any purpose", NULL, NULL, { EKU(ANY) }, NULL, NULL, LOADS },
	{ "for an unknown purpose", NULL, NULL, { EKU("06{2a03}") }, "certificate-usage", NULL, LOADS },
	{ "for no purpose", NULL, NULL, { EKU("") }, "certificate-usage", NULL, LOADS },
	{ "extension that nobody knows", NULL, NULL, { "more=30{06{2a03} 0101ff 04{0500}}" }, NULL, NULL, LOADS },
	{ "extension that spells out that it is not critical", NULL, NULL,
	  { "more=30{06{2a03} 010100 04{0500}}" }, NULL, NULL, LOADS },

	/* The encoding */
	{ "65535 bytes", NULL, NULL, { "more=" EXT("2a03", "00*64788") }, NULL, NULL, LOADS },
	{ "65536 bytes", NULL, NULL, { "more=" EXT("2a03", "00*64789") }, FORM, FORM, NO },
	{ "more than 65536 bytes", NULL, NULL, { "more=" EXT("2a03", "00*65535") }, FORM, FORM, NO },
	{ "a long tag", NULL, NULL, { "more=30{06{2a03} 1f03{00}}" }, FILE_, FILE_, NO },
	{ "a long tag in the parameters", NULL, "ca", { BY_CA, "alg=30{06{2a864886f70d01010b} df02{00}}" },
	  FORM, FORM, NO },
	{ "longer length outside", NULL, NULL, { "certificate=30+{$tbs $alg2 $bits}" }, FILE_, FILE_, NO },
	{ "longer length of the signature", NULL, NULL, { "certificate=30{$tbs $alg2 03+{00 $signature}}" },
	  FILE_, FILE_, NO },
	{ "longer length of a name", NULL, NULL, { "issuer=30{31{30{06{550403} 0c+{'zoo'}}}}" }, FORM, MALFORMED, LOADS },
	{ "longer length of a long name", NULL, NULL, { "issuer=30{31{30{06{550403} 0c+{61*200}}}}" }, FORM,
	  MALFORMED, LOADS },
	{ "names that are not constructed", NULL, NULL, { "issuer=10{31{30{06{550403} 0c{'zoo'}}}}" }, FORM,
	  MALFORMED, LOADS },
	{ "extension in pieces", NULL, NULL, { "more=30{06{2a03} 24{04{0500}}}" }, FORM, FORM, NO },
	{ "indefinite length outside", NULL, NULL, { "certificate=30~{$tbs $alg2 $bits}" }, FILE_, FILE_, LOADS },
	{ "indefinite length of extensions", NULL, NULL,
	  { "extensions=a3~{30~{$basic $usage $skid}}" }, FORM, FORM, LOADS },
	{ "a byte behind it", NULL, NULL, { "certificate=30{$tbs $alg2 $bits} 00" }, FILE_, FILE_, LOADS },
};

const size_t zoo_certificate_count = sizeof(zoo_certificates) / sizeof(zoo_certificates[0]);
