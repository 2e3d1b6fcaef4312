#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# OpenSSL 3.0: X509_cmp() and SHA-1 fingerprints are of what a certificate was before it was
# signed again.
#
# The first call that asks for a certificate's extensions, purpose or equality keeps its SHA-1
# digest in the object. Setters and X509_sign() make a new encoding and leave that digest. From
# then on X509_cmp(), whose manual speaks of the hash and of the DER, says that the
# certificate equals the one that it was, and differs from its own DER read back;
# X509_digest() answers with the old digest for SHA-1, and with the right one for SHA-256. Who
# compares only certificates that were read, or never before the last signature, does not see
# it: a log line that compares can change what a program does later. X509_dup() has no such
# digest.
#
# Seen with libssl3 3.0.20-1~deb12u2 (Debian 12).
set -euo pipefail
version=3.0.20-1~deb12u2
expected='not compared before it is signed again:
  the certificate that it was: differs, its DER differs
  its own DER read back: equal, its DER is the same
  X509_dup() of it and its own DER: equal
  SHA-1 fingerprint: new, SHA-256: new
compared before:
  the certificate that it was: equal, its DER differs
  its own DER read back: differs, its DER is the same
  X509_dup() of it and its own DER: equal
  SHA-1 fingerprint: old, SHA-256: new'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq "libssl3=$version" "libssl-dev=$version"
for package in ./*.deb; do
	dpkg -x "$package" root
done
cat >again.c <<'END'
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUST(what)	do { if (!(what)) { fprintf(stderr, "not: %s\n", #what); exit(2); } } while (0)

static void sign(X509 *cert, EVP_PKEY *key, long serial)
{
	MUST(ASN1_INTEGER_set(X509_get_serialNumber(cert), serial));
	MUST(X509_sign(cert, key, EVP_sha256()));
}

static X509 *make(EVP_PKEY *key)
{
	X509 *cert = X509_new();

	MUST(cert && X509_set_version(cert, X509_VERSION_3));
	MUST(X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
					(const unsigned char *)"name", -1, -1, 0));
	MUST(X509_set_issuer_name(cert, X509_get_subject_name(cert)));
	MUST(X509_gmtime_adj(X509_getm_notBefore(cert), 0));
	MUST(X509_gmtime_adj(X509_getm_notAfter(cert), 3600));
	MUST(X509_set_pubkey(cert, key));
	sign(cert, key, 1);
	return cert;
}

static X509 *read_back(X509 *cert)
{
	unsigned char *der = NULL;
	const unsigned char *at;
	X509 *copy;
	int size = i2d_X509(cert, &der);

	MUST(size > 0);
	at = der;
	copy = d2i_X509(NULL, &at, size);
	MUST(copy && X509_verify(copy, X509_get0_pubkey(copy)) == 1);
	OPENSSL_free(der);
	return copy;
}

static int same_der(X509 *a, X509 *b)
{
	unsigned char *a_der = NULL, *b_der = NULL;
	int a_size = i2d_X509(a, &a_der), b_size = i2d_X509(b, &b_der), same;

	MUST(a_size > 0 && b_size > 0);
	same = a_size == b_size && !memcmp(a_der, b_der, a_size);
	OPENSSL_free(a_der);
	OPENSSL_free(b_der);
	return same;
}

static const char *equal(X509 *a, X509 *b)
{
	return X509_cmp(a, b) ? "differs" : "equal";
}

static const char *compare(X509 *a, X509 *b)
{
	static char said[64];

	snprintf(said, sizeof(said), "%s, its DER %s", equal(a, b),
		 same_der(a, b) ? "is the same" : "differs");
	return said;
}

static const char *fingerprint(X509 *cert, X509 *old, X509 *new, const EVP_MD *md)
{
	unsigned char digests[3][EVP_MAX_MD_SIZE];
	unsigned int size;

	MUST(X509_digest(cert, md, digests[0], &size));
	MUST(X509_digest(old, md, digests[1], &size));
	MUST(X509_digest(new, md, digests[2], &size));
	return !memcmp(digests[0], digests[1], size) ? "old" :
	       !memcmp(digests[0], digests[2], size) ? "new" : "neither";
}

static void try(int compared)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = make(key), *old = read_back(cert), *new, *copy;

	MUST(!compared || !X509_cmp(cert, old));
	sign(cert, key, 2);
	new = read_back(cert);
	copy = X509_dup(cert);
	printf("  the certificate that it was: %s\n", compare(cert, old));
	printf("  its own DER read back: %s\n", compare(cert, new));
	printf("  X509_dup() of it and its own DER: %s\n", equal(copy, new));
	printf("  SHA-1 fingerprint: %s, ", fingerprint(cert, old, new, EVP_sha1()));
	printf("SHA-256: %s\n", fingerprint(cert, old, new, EVP_sha256()));
	X509_free(copy);
	X509_free(new);
	X509_free(old);
	X509_free(cert);
	EVP_PKEY_free(key);
}

int main(void)
{
	puts("not compared before it is signed again:");
	try(0);
	puts("compared before:");
	try(1);
	return 0;
}
END
lib=$(dirname "$(find root -name 'libcrypto.so.3')")
cc -Wall -Iroot/usr/include -Iroot/usr/include/x86_64-linux-gnu -o again again.c "$lib/libcrypto.so.3" -Wl,-rpath,"$work/$lib"
seen=$(./again)
echo "libssl3 $version:"
echo "$seen"
[ "$seen" = "$expected" ] || { echo "not as it was: expected"; echo "$expected"; exit 1; }
