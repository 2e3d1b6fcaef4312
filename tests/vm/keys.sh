#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Makes the demo's keys under build/keys, each once.  None of them is a secret
# that protects anything, and none is ever committed.
#
#   release     signs payloads; its certificate is built into the lab kernel
#   untrusted   the same kind of key, but no kernel knows it
#   revoked     the same, and the firmware's dbx and the kernel's list refuse it
#   db          Secure Boot: PK, KEK and db of the lab's firmware; signs the kernel
set -euo pipefail
. "$(dirname "$0")/lab.sh"

umask 077
mkdir -p "$KEYS"
exec 9>"$KEYS/.lock"
flock 9

# A leaf certificate as scripts/sign-file and certs/default_x509.genkey have it
make_key() {
	local name=$1 subject=$2 bits=$3

	[ ! -s "$KEYS/$name.key" ] || [ ! -s "$KEYS/$name.pem" ] || return 0
	openssl req -new -x509 -utf8 -sha256 -days 36500 -batch -nodes \
		-newkey "rsa:$bits" -keyout "$KEYS/$name.key.new" -out "$KEYS/$name.pem.new" \
		-config /dev/stdin 2>"$KEYS/openssl.log" <<-END || { cat "$KEYS/openssl.log" >&2; exit 3; }
	[req]
	distinguished_name = subject
	prompt = no
	x509_extensions = leaf
	[subject]
	O = Caretaker demo
	CN = $subject
	[leaf]
	basicConstraints = critical,CA:FALSE
	keyUsage = critical,digitalSignature
	extendedKeyUsage = codeSigning
	subjectKeyIdentifier = hash
	authorityKeyIdentifier = keyid
	END
	rm -f "$KEYS/openssl.log"
	mv "$KEYS/$name.key.new" "$KEYS/$name.key"
	mv "$KEYS/$name.pem.new" "$KEYS/$name.pem"
	chmod 644 "$KEYS/$name.pem"
	echo "key $name: made"
}

make_key release "Demo release key" 3072
make_key untrusted "Key that nobody trusts" 3072
make_key revoked "Key that was revoked" 3072
make_key db "Demo Secure Boot key" 2048
