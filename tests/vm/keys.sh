#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Makes the demo's keys under build/keys, each once.  None of them is a secret
# that protects anything, and none is ever committed.
#
#   release     signs payloads; its certificate is built into the lab kernel
#   untrusted   the same kind of key, but no kernel knows it
#   revoked     the same, and the firmware's dbx and the kernel's list refuse it
#   hashed      in the firmware's db, and on its dbx by the hash of the certificate
#   db          Secure Boot: PK, KEK and db of the lab's firmware; signs the kernel
#   owner       the firmware's MOK list has it, as shim would hand it over
#   withdrawn   release vouches for it, but it is on the kernel's own revocation list
#
# The others are for the matrix of trust (trust.py), which enrols them at run time;
# those of ML-DSA are made for `keys.sh mldsa` only, which may have to fetch OpenSSL 3.5.
set -euo pipefail
. "$(dirname "$0")/lab.sh"

openssl=openssl
umask 077
mkdir -p "$KEYS"
exec 9>"$KEYS/.lock"
flock 9

leaf="basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = codeSigning
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid"

# make_key NAME SUBJECT ALGORITHM [OPTION...]: a leaf certificate as scripts/sign-file
# and certs/default_x509.genkey have it, self-signed unless an option says otherwise
make_key() {
	local name=$1 subject=$2 algorithm=$3

	[ ! -s "$KEYS/$name.key" ] || [ ! -s "$KEYS/$name.pem" ] || return 0
	shift 3
	"$openssl" req -new -x509 -utf8 -sha256 -days 36500 -batch -nodes \
		-newkey "$algorithm" -keyout "$KEYS/$name.key.new" -out "$KEYS/$name.pem.new" \
		-config /dev/stdin "$@" 2>"$KEYS/openssl.log" <<-END || { cat "$KEYS/openssl.log" >&2; exit 3; }
	[req]
	distinguished_name = subject
	prompt = no
	x509_extensions = leaf
	[subject]
	O = Caretaker demo
	CN = $subject
	[leaf]
	$leaf
	END
	rm -f "$KEYS/openssl.log"
	mv "$KEYS/$name.key.new" "$KEYS/$name.key"
	mv "$KEYS/$name.pem.new" "$KEYS/$name.pem"
	chmod 644 "$KEYS/$name.pem"
	echo "key $name: made"
}

# A certificate that ended yesterday: `openssl req` makes none, `openssl x509` does
make_expired() {
	[ ! -s "$KEYS/$1.pem" ] || return 0
	make_key "$1.now" "$2" rsa:2048
	openssl x509 -in "$KEYS/$1.now.pem" -clrext -sha256 -days -1 -CA "$KEYS/release.pem" \
		-CAkey "$KEYS/release.key" -out "$KEYS/$1.pem.new" -extfile /dev/stdin \
		2>"$KEYS/openssl.log" <<-END || { cat "$KEYS/openssl.log" >&2; exit 3; }
	$leaf
	END
	rm -f "$KEYS/openssl.log" "$KEYS/$1.now.pem"
	mv "$KEYS/$1.now.key" "$KEYS/$1.key"
	mv "$KEYS/$1.pem.new" "$KEYS/$1.pem"
	chmod 644 "$KEYS/$1.pem"
}

make_key release "Demo release key" rsa:3072
make_key untrusted "Key that nobody trusts" rsa:3072
make_key revoked "Key that was revoked" rsa:3072
make_key hashed "Key that dbx names by its hash" rsa:2048
make_key db "Demo Secure Boot key" rsa:2048
make_key owner "Demo key of a machine's owner" rsa:2048

# Those that the release key vouches for, so that a running kernel takes them
vouched=(-CA "$KEYS/release.pem" -CAkey "$KEYS/release.key")
ec=(-pkeyopt ec_param_enc:named_curve)
make_key withdrawn "Key that was withdrawn" rsa:2048 "${vouched[@]}"
make_key rsa-2048 "Test key of RSA 2048" rsa:2048 "${vouched[@]}"
make_key rsa-4096 "Test key of RSA 4096" rsa:4096 "${vouched[@]}"
make_key p256 "Test key of ECDSA P-256" ec -pkeyopt ec_paramgen_curve:P-256 "${ec[@]}" "${vouched[@]}"
make_key p384 "Test key of ECDSA P-384" ec -pkeyopt ec_paramgen_curve:P-384 "${ec[@]}" "${vouched[@]}"
# Those that the machine's owner vouches for, and one of them in turn
make_key owned "Key that a machine's owner let in" rsa:2048 -CA "$KEYS/owner.pem" -CAkey "$KEYS/owner.key"
make_key owned-again "Key that was let in by that one" rsa:2048 -CA "$KEYS/owned.pem" -CAkey "$KEYS/owned.key"
make_expired expired "Key whose time is over"
make_key ima "Key for IMA alone" rsa:2048 "${vouched[@]}"
make_key both "Key for payloads and for IMA" rsa:2048 "${vouched[@]}"

[ "${1:-}" = mldsa ] || exit 0
openssl=$ROOT/tests/openssl35.sh
for size in 44 65 87; do
	make_key mldsa-$size "Test key of ML-DSA-$size" ml-dsa-$size "${vouched[@]}"
done
make_key mldsa-unknown "Key of ML-DSA that nobody trusts" ml-dsa-65
