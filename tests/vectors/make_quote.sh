#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Quotes of a software TPM, made now: make_quote.sh DIR
#
# Leaves KEY.{pem,pub,tpmt,crt,der} for each key, and for each quote NAME.{attest,sig,raw,pcrs,values}.
# The keys: rsa (RSASSA), pss (RSAPSS), ecc (ECDSA P-256), ecc384, sha1 (RSASSA over SHA-1),
# plain (not restricted, public area only); made by OpenSSL: soft, weak (RSA 1024) and odd
# (secp256k1), the last two with signatures over rsa.attest2.
set -euo pipefail

dir=$(realpath "$1")
mkdir -p "$dir"
cd "$dir"
state=$(mktemp -d /tmp/caretaker-quote.XXXXXX)
nonce=00112233445566778899aabbccddeeff

swtpm socket --tpm2 --tpmstate "dir=$state" --flags startup-clear \
	--server "type=unixio,path=$state/data" --ctrl "type=unixio,path=$state/data.ctrl" \
	--pid "file=$state/pid" > "$state/log" 2>&1 &
swtpm=$!
trap 'kill "$swtpm" 2>/dev/null; wait "$swtpm" 2>/dev/null; rm -rf "$state"' EXIT
# The TCTI expects the control socket at PATH.ctrl.
for _ in $(seq 100); do
	[ ! -S "$state/data.ctrl" ] || break
	sleep 0.05
done
export TPM2TOOLS_TCTI="swtpm:path=$state/data"

certificate() {	# a certificate over $1.pem, as an AK has one
	[ -f ca.pem ] || openssl req -x509 -newkey rsa:2048 -noenc -keyout ca.pem -out ca.crt \
		-subj /CN=ca -days 30 2>/dev/null
	openssl x509 -new -force_pubkey "$1.pem" -CA ca.crt -CAkey ca.pem -subj "/CN=$1" -days 30 \
		-out "$1.crt" 2>/dev/null
	openssl x509 -in "$1.crt" -outform DER -out "$1.der"
}

key() {	# key NAME ALGORITHM SCHEME HASH
	tpm2_createak -Q -C ek.ctx -c "$1.ctx" -G "$2" -s "$3" -g "$4" -u "$1.pub"
	tpm2_readpublic -Q -c "$1.ctx" -f pem -o "$1.pem"
	tail -c +3 "$1.pub" > "$1.tpmt"
	certificate "$1"
	tpm2_flushcontext -t
}

# quote NAME KEY SELECTION HASH [SCHEME]; twice, as the two forms are made by two calls
quote() {
	local hash=(-g "$4" ${5:+--scheme "$5"})

	tpm2_quote -Q -c "$2.ctx" -l "$3" -q "$nonce" "${hash[@]}" -m "$1.attest" -s "$1.sig" -o "$1.pcrs"
	tpm2_flushcontext -t
	tpm2_quote -Q -c "$2.ctx" -l "$3" -q "$nonce" "${hash[@]}" -m "$1.attest2" -s "$1.raw" -f plain \
		-o "$1.values" -F values
	tpm2_flushcontext -t
}

tpm2_createek -Q -c ek.ctx -G rsa -u ek.pub
tpm2_flushcontext -t
for pcr in 0 7 10; do
	tpm2_pcrextend "$pcr:sha1=$(printf '%040d' "$pcr"),sha256=$(printf '%064d' "$pcr"),sha384=$(printf '%096d' "$pcr")" 2>/dev/null ||
		tpm2_pcrextend "$pcr:sha256=$(printf '%064d' "$pcr")"
done
key rsa rsa rsassa sha256
key pss rsa rsapss sha256
key ecc ecc ecdsa sha256
key ecc384 ecc384 ecdsa sha384
key sha1 rsa rsassa sha1

quote rsa rsa sha256:0,7,10 sha256
quote pss pss sha256:10 sha256 rsapss
quote ecc ecc sha256:0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15 sha256
quote ecc384 ecc384 sha384:10+sha256:0,10 sha384
quote two rsa sha256:0,10+sha1:10 sha256
quote many rsa sha1:0,1,2,3,4,5,6,7+sha256:0,1,2,3,4,5,6,7,8,9,10,16,23 sha256
quote sha1 sha1 sha256:10 sha1

# An attestation that is no quote, signed by the same key.
tpm2_gettime -Q -c rsa.ctx -q "$nonce" --attestation time.attest -o time.sig 2>/dev/null ||
	rm -f time.attest time.sig

# A key that signs anything, and its signature over a TPMS_ATTEST of its owner's choice.
tpm2_createprimary -Q -c primary.ctx
tpm2_flushcontext -t
tpm2_create -Q -C primary.ctx -G rsa2048:rsassa:null -u plain.pub -r plain.priv \
	-a 'sign|fixedtpm|fixedparent|sensitivedataorigin|userwithauth'
tpm2_flushcontext -t
tpm2_load -Q -C primary.ctx -u plain.pub -r plain.priv -c plain.ctx
tpm2_flushcontext -t

openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out weak.key 2>/dev/null
openssl pkey -in weak.key -pubout -out weak.pem
openssl dgst -sha256 -sign weak.key -out weak.raw rsa.attest2
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out soft.key 2>/dev/null
openssl pkey -in soft.key -pubout -out soft.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out odd.key
openssl pkey -in odd.key -pubout -out odd.pem
openssl dgst -sha256 -sign odd.key -out odd.raw rsa.attest2
echo "$nonce" > nonce
rm -f -- *.ctx
