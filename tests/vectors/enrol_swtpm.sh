#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Enrolment of TPMs as makers, clouds and owners leave them, and quotes of those that
# are busy or have no SHA-256; all in swtpm, through the command line.
#
#     tests/vectors/enrol_swtpm.sh [build/caretaker]

set -u
caretaker=$(realpath "${1:-build/caretaker}")
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=tests/vectors/swtpm.sh
. "$here/swtpm.sh"

# --- Steps ------------------------------------------------------------------------------

# challenge NAME STATUS [OPTION]...: of the enrolment in $work/enrolment
challenge() {
	local name=$1 status=$2
	shift 2
	rm -f "$work/challenge" "$work/secret"
	expect "$name: challenge" "$status" "$caretaker" attest --challenge \
		--enrolment "$work/enrolment" "$@" --out "$work/challenge" --secret-out "$work/secret"
}

# enrol NAME "OPTIONS of attest" [OPTION of quote]...: all steps, to $work/host
enrol() {
	local name=$1 verifier=$2
	shift 2
	expect "$name: enroll" 0 "$caretaker" quote $host "$@" --enroll --out "$work/enrolment"
	# shellcheck disable=SC2086
	challenge "$name" 0 $verifier
	expect "$name: activate" 0 "$caretaker" quote $host "$@" --activate "$work/challenge" \
		--out "$work/response"
	rm -f "$work/host"
	expect "$name: finish" 0 "$caretaker" attest --finish "$work/response" --secret "$work/secret" \
		--enrolment "$work/enrolment" --out "$work/host"
}

# refused NAME TEXT [OPTION of quote]...: no enrolment, for this reason
refused() {
	local name=$1 text=$2
	shift 2
	rm -f "$work/none"
	expect "$name" 3 "$caretaker" quote $host "$@" --enroll --out "$work/none"
	says "$name" "$text"
	[ ! -e "$work/none" ] || wrong "$name: there is an enrolment"
}

# vouched NAME WORD: what the identity in $work/host says
vouched() {
	if grep -q "\"vouched\": \"$2\"" "$work/host"; then
		echo "ok      $1: vouched by $2"
	else
		wrong "$1: $(cat "$work/host")"
	fi
}

# named NAME DIGEST: the identity is called by this digest of the EK
named() {
	if grep -q "\"ek_digest\": \"$2\"" "$work/host"; then
		echo "ok      $1: named by its key"
	else
		wrong "$1: $(cat "$work/host")"
	fi
}

# certify NAME [PUBLIC KEY]: $work/NAME.der, by the authority $work/maker.pem; of the enrolment's EK
certify() {
	python3 - "$work/enrolment" "$work/$1.tpm" <<-'END'
	import base64, json, sys
	with open(sys.argv[2], "wb") as out:
	    out.write(base64.b64decode(json.load(open(sys.argv[1]))["ek_public"]))
	END
	tpm2_print -t TPM2B_PUBLIC -f pem "$work/$1.tpm" >"$work/$1.pub" 2>/dev/null
	openssl x509 -req -in "$work/any.csr" -force_pubkey "$work/$1.pub" -CA "$work/${2:-maker}.pem" \
		-CAkey "$work/${2:-maker}.key" -set_serial 7 -days 2 -extfile "$work/ek.ext" \
		-outform DER -out "$work/$1.der" 2>/dev/null || wrong "$1: no certificate"
}

# put INDEX FILE [ATTRIBUTES]: into NV storage
put() {
	tpm2_nvundefine -Q -C o "$1" 2>/dev/null
	tpm2_nvdefine -Q -C o -s "$(stat -c %s "$2")" -a "${3:-ownerread|authread|ownerwrite|no_da}" \
		"$1" >/dev/null && tpm2_nvwrite -Q -C o -i "$2" "$1"
}

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/maker.key" -subj "/CN=maker" \
	-out "$work/maker.pem" -days 2 2>/dev/null
openssl req -new -newkey rsa:2048 -nodes -keyout "$work/between.key" -subj "/CN=between" \
	-out "$work/between.csr" 2>/dev/null
echo "basicConstraints=critical,CA:true" >"$work/ca.ext"
openssl x509 -req -in "$work/between.csr" -CA "$work/maker.pem" -CAkey "$work/maker.key" \
	-set_serial 8 -days 2 -extfile "$work/ca.ext" -out "$work/between.pem" 2>/dev/null
openssl x509 -in "$work/between.pem" -outform DER -out "$work/between.der"
openssl req -new -newkey rsa:2048 -nodes -keyout "$work/any.key" -subj "/CN=EK" \
	-out "$work/any.csr" 2>/dev/null
printf 'extendedKeyUsage=2.23.133.8.1\nbasicConstraints=critical,CA:false\n' >"$work/ek.ext"

# --- Where certificates are ----------------------------------------------------------------

start_tpm usual --pcr-banks sha256
enrol "RSA 2048, low range" "--ek-ca $cas"
vouched "RSA 2048, low range" certificate
enrol "P-384, high range" "--ek-ca $cas" --ek-type p384
enrol "any ECC" "--ek-ca $cas" --ek-type ecc
enrol "AK of P-384" "--ek-ca $cas" --ek-type p384 --ak-type p384
refused "a kind that the TPM has no certificate of" \
	"of this --ek-type; it has rsa2048 at 0x01c00002" --ek-type p521
expect "a kind that there is not" 2 "$caretaker" quote $host --ek-type sm2 --enroll --out "$work/none"

# An index that its owner alone may read (Hyper-V), who has a password or none
tpm2_nvread -Q 0x01c00002 -o "$work/usual.der" 2>/dev/null
tpm2_nvundefine -Q -C p 0x01c00002
put 0x01c00002 "$work/usual.der" "ownerread|ownerwrite|no_da"
enrol "index of the owner" "--ek-ca $cas" --ek-type rsa
tpm2_changeauth -Q -c o mine
refused "index of the owner, no password" "NV index 0x01c00002 may be read by the owner (--owner-auth)" \
	--ek-type rsa
printf 'mine\n' >"$work/owner"
printf 'yours\n' >"$work/wrong"
enrol "index of the owner, his password" "--ek-ca $cas" --ek-type rsa --owner-auth "$work/owner"
refused "index of the owner, another password" "may be read by the owner" --ek-type rsa \
	--owner-auth "$work/wrong"
exec 7<"$work/owner"
expect "password from a descriptor" 0 "$caretaker" quote $host --ek-type rsa --owner-auth fd:7 \
	--enroll --out "$work/enrolment"
exec 7<&-
refused "password from nowhere" "no passphrase from" --ek-type rsa --owner-auth "$work/missing"
expect "two passwords" 2 "$caretaker" quote $host --owner-auth a --owner-auth b --enroll \
	--out "$work/none"
# What cannot be read does not hide the next certificate
enrol "another certificate beside it" "--ek-ca $cas"
tpm2_changeauth -Q -c o -p mine

# The endorsement hierarchy has a password
tpm2_changeauth -Q -c e secret
printf 'secret' >"$work/endorsement"
refused "endorsement hierarchy, no password" "creating a key in the endorsement hierarchy"
enrol "endorsement hierarchy, its password" "--ek-ca $cas" --endorsement-auth "$work/endorsement"
nonce=$(openssl rand -hex 32)
expect "quote, no password" 3 "$caretaker" quote $host --nonce "$nonce" --out "$work/none"
expect "quote, its password" 0 "$caretaker" quote $host --nonce "$nonce" \
	--endorsement-auth "$work/endorsement" --out "$work/evidence"
tpm2_changeauth -Q -c e -p secret

# --- Certificates that the TPM does not have --------------------------------------------------

tpm2_nvundefine -Q -C o 0x01c00002
openssl x509 -inform DER -in "$work/usual.der" -out "$work/usual.pem"
enrol "certificate from a file, DER" "--ek-ca $cas" --ek-certificate "$work/usual.der"
enrol "certificate from a file, PEM" "--ek-ca $cas" --ek-certificate "$work/usual.pem"
certify other
refused "certificate in the file is of another kind than asked for" "makes no EK" \
	--ek-certificate "$work/usual.der" --ek-type p384
openssl x509 -req -in "$work/any.csr" -CA "$work/maker.pem" -CAkey "$work/maker.key" -set_serial 9 \
	-days 2 -extfile "$work/ek.ext" -out "$work/foreign.pem" 2>/dev/null
refused "certificate of another TPM" "makes no EK that the certificate is for" \
	--ek-certificate "$work/foreign.pem"
refused "file without certificate" "no certificate" --ek-certificate "$work/any.csr"
refused "no such file" "No such file" --ek-certificate "$work/missing"
expect "certificate and none" 2 "$caretaker" quote $host --ek-certificate "$work/usual.pem" \
	--without-ek-certificate --enroll --out "$work/none"
# An authority that the host alone has, in the file
expect "EK" 0 "$caretaker" quote $host --without-ek-certificate --ek-type rsa2048 --enroll \
	--out "$work/enrolment"
certify filed between
openssl x509 -inform DER -in "$work/filed.der" -out "$work/filed.pem"
cat "$work/filed.pem" "$work/between.pem" >"$work/chain.pem"
enrol "chain from a file" "--ek-ca $work/maker.pem" --ek-certificate "$work/chain.pem"

# No certificate at all: the operator knows the key
tpm2_nvundefine -Q -C p 0x01c00016
refused "no certificate" "the TPM holds no EK certificate"
expect "without certificate" 0 "$caretaker" quote $host --without-ek-certificate --enroll \
	--out "$work/enrolment"
challenge "authorities alone" 1 --ek-ca $cas
says "authorities alone" "there is no list of keys"
echo "$(printf x | sha256sum | cut -d' ' -f1) another host" >"$work/list"
challenge "not in the list" 1 --ek-list "$work/list"
says "not in the list" "the list does not have this EK"
sed 's/.* //' "$work/err" >>"$work/list"
enrol "digest in the list" "--ek-list $work/list" --without-ek-certificate
vouched "digest in the list" list
named "digest in the list" "$(tail -n 1 "$work/list" | cut -d' ' -f1)"
certify listed
enrol "key in the list" "--ek-list $work/listed.pub" --without-ek-certificate
vouched "key in the list" list
expect "P-384 without certificate" 0 "$caretaker" quote $host --without-ek-certificate --ek-type p384 \
	--enroll --out "$work/enrolment"
certify p384
enrol "P-384, key in the list" "--ek-list $work/p384.pub" --without-ek-certificate --ek-type p384
challenge "neither authority nor list" 2

# --- Other kinds of keys, other templates, authorities in NV -------------------------------------

# high NAME INDEX OPTION...: certifies the key of the high range that these options make
high() {
	local name=$1 index=$2
	shift 2
	# PolicyB of SHA-256, TCG EK Credential Profile, B.6.4
	echo ca3d0a99a2b93906f7a3342414efcfb3a385d44cd1fd459089d19b5071c0b7a0 |
		python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(input()))' >"$work/policy"
	tpm2_createprimary -Q -C e -g sha256 -L "$work/policy" -c "$work/primary" -a \
		'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|adminwithpolicy|restricted|decrypt' \
		"$@" && tpm2_readpublic -Q -c "$work/primary" -f pem -o "$work/$name.pub" ||
		wrong "$name: no key"
	tpm2_flushcontext -Q -t
	openssl x509 -req -in "$work/any.csr" -force_pubkey "$work/$name.pub" -CA "$work/maker.pem" \
		-CAkey "$work/maker.key" -set_serial 7 -days 2 -extfile "$work/ek.ext" \
		-outform DER -out "$work/$name.der" 2>/dev/null
	put "$index" "$work/$name.der"
	enrol "$name at $index" "--ek-ca $work/maker.pem" --ek-type "$name"
	tpm2_nvundefine -Q -C o "$index"
}
high rsa2048 0x01c00012 -G rsa2048:aes128cfb
high p256 0x01c00014 -G ecc256:aes128cfb

expect "P-521 without certificate" 0 "$caretaker" quote $host --without-ek-certificate --ek-type p521 \
	--enroll --out "$work/enrolment"
certify p521
put 0x01c00018 "$work/p521.der"
enrol "P-521 at 0x01c00018" "--ek-ca $work/maker.pem"
tpm2_nvundefine -Q -C o 0x01c00018

# A nonce of the maker's makes another key: certificates with it, and without
expect "EK without nonce" 0 "$caretaker" quote $host --without-ek-certificate --ek-type rsa2048 --enroll \
	--out "$work/enrolment"
certify plain
printf 'nonce of a maker' >"$work/nonce"
put 0x01c00003 "$work/nonce"
expect "EK with nonce" 0 "$caretaker" quote $host --without-ek-certificate --ek-type rsa2048 --enroll \
	--out "$work/enrolment"
certify nonced
put 0x01c00002 "$work/nonced.der"
enrol "nonce at 0x01c00003" "--ek-ca $work/maker.pem"
put 0x01c00002 "$work/nonce"
refused "no certificate in the index" "NV index 0x01c00002 holds no certificate"
put 0x01c00002 "$work/plain.der"
refused "certificate of a key without the nonce" "for another key than its template L-1 gives"
tpm2_nvundefine -Q -C o 0x01c00003
enrol "certificate of the key without nonce" "--ek-ca $work/maker.pem"

# The same for the other key of the low range
put 0x01c0000b "$work/nonce"
expect "P-256 with nonce" 0 "$caretaker" quote $host --without-ek-certificate --ek-type p256 --enroll \
	--out "$work/enrolment"
certify nonced256
put 0x01c0000a "$work/nonced256.der"
enrol "nonce at 0x01c0000b" "--ek-ca $work/maker.pem" --ek-type p256
tpm2_nvundefine -Q -C o 0x01c0000b
refused "certificate of a P-256 key with a nonce that is gone" "for another key than its template L-2 gives" \
	--ek-type p256
tpm2_nvundefine -Q -C o 0x01c0000a

# A template of the maker's: the profile's, in another hash
python3 - "$work/plain.tpm" "$work/template" <<'END'
import sys
area = bytearray(open(sys.argv[1], "rb").read()[2:])
area[-256:] = b"maker".ljust(256, b"\0")
open(sys.argv[2], "wb").write(area + bytes(16))
END
put 0x01c00004 "$work/template"
expect "EK of a stored template" 0 "$caretaker" quote $host --without-ek-certificate \
	--ek-type rsa2048 --enroll --out "$work/enrolment"
certify templated
put 0x01c00002 "$work/templated.der"
enrol "template at 0x01c00004" "--ek-ca $work/maker.pem"
cmp -s "$work/plain.pub" "$work/templated.pub" && wrong "the stored template was not used"
printf 'no template' >"$work/template"
put 0x01c00004 "$work/template"
refused "stored template is none" "NV index 0x01c00004 is no TPMT_PUBLIC"
tpm2_nvundefine -Q -C o 0x01c00004

# Authorities in NV, one certificate over two indices, as they are larger than an index
expect "EK" 0 "$caretaker" quote $host --without-ek-certificate --ek-type rsa2048 --enroll \
	--out "$work/enrolment"
certify chained between
put 0x01c00002 "$work/chained.der"
expect "no chain: enroll" 0 "$caretaker" quote $host --enroll --out "$work/enrolment"
challenge "no chain" 1 --ek-ca "$work/maker.pem"
says "no chain" "unable to get local issuer certificate"
head -c 300 "$work/between.der" >"$work/part1"
tail -c +301 "$work/between.der" >"$work/part2"
printf '\0\0\0\377\377' >>"$work/part2"
put 0x01c00100 "$work/part1"
put 0x01c00101 "$work/part2"
enrol "chain at 0x01c00100 and 0x01c00101" "--ek-ca $work/maker.pem"
challenge "chain of another maker" 1 --ek-ca $cas
printf 'junk' >"$work/part1"
put 0x01c00102 "$work/part1"
expect "junk in the chain: enroll" 0 "$caretaker" quote $host --enroll --out "$work/enrolment"
challenge "junk in the chain" 1 --ek-ca "$work/maker.pem"
says "junk in the chain" "what follows certificate 1 is none"

# Expiry, and revocation
openssl x509 -req -in "$work/any.csr" -force_pubkey "$work/plain.pub" -CA "$work/maker.pem" \
	-CAkey "$work/maker.key" -set_serial 7 -days 1 -extfile "$work/ek.ext" \
	-outform DER -out "$work/short.der" 2>/dev/null
expect "short: enroll" 0 "$caretaker" quote $host --ek-certificate "$work/short.der" --enroll \
	--out "$work/enrolment"
later=$(($(date +%s) + 86400 * 3 / 2))
challenge "expired" 1 --ek-ca "$work/maker.pem" --now $later
says "expired" "the EK certificate has expired (see --allow-expired-ek)"
challenge "expired, allowed" 0 --ek-ca "$work/maker.pem" --now $later --allow-expired-ek
mkdir "$work/crl"
: >"$work/crl/index.txt"
echo 01 >"$work/crl/number"
printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s\ncrlnumber=%s\ndefault_md=sha256\ndefault_crl_days=2\n' \
	"$work/crl/index.txt" "$work/crl/number" >"$work/crl/conf"
crl() {
	openssl ca -config "$work/crl/conf" -gencrl -keyfile "$work/maker.key" \
		-cert "$work/maker.pem" -out "$work/maker.crl" 2>/dev/null
}
crl
challenge "CRL" 0 --ek-ca "$work/maker.pem" --crl "$work/maker.crl"
openssl x509 -inform DER -in "$work/short.der" -out "$work/short.pem"
openssl ca -config "$work/crl/conf" -revoke "$work/short.pem" -keyfile "$work/maker.key" \
	-cert "$work/maker.pem" 2>/dev/null
crl
challenge "revoked" 1 --ek-ca "$work/maker.pem" --crl "$work/maker.crl"
says "revoked" "the EK certificate is revoked"
challenge "CRL is none" 3 --ek-ca "$work/maker.pem" --crl "$work/maker.pem"
stop_tpms

start_tpm rsa3072 --pcr-banks sha256 --rsa-keysize 3072
enrol "RSA 3072 at 0x01c0001c" "--ek-ca $cas"

# --- A busy host ---------------------------------------------------------------------------------

line="console=ttyS0 lockdown=integrity"
payload=$(printf payload | sha256sum | cut -d' ' -f1)
signer=00112233445566778899aabbccddeeff00112233

# reference BANK: $work/ref.json, logs in $work, registers of the TPM
reference() {
	local kernel
	kernel=$(printf kernel | "$1sum" | cut -d' ' -f1)
	cat >"$work/ref.json" <<-END
	{ "format": "caretaker-reference", "version": 1,
	  "payloads": [ { "name": "caretaker", "version": "1.0", "svn": 3, "digests": { "sha256": "$payload" } } ],
	  "signers": [ { "id": "$signer", "subject": "/CN=test" } ],
	  "boot": [ { "kind": "kernel", "description": "test", "digests": { "$1": "$kernel" } } ],
	  "pcrs": {}, "ima_policies": [] }
	END
	echo "$line" >"$work/cmdline"
	python3 "$here/quote_logs.py" logs "$work" "$kernel" "$line" "$payload" "$signer" caretaker 1.0 3 "$1"
	while read -r pcr digest; do
		tpm2_pcrextend "$pcr:$1=$digest" || exit 1
	done <"$work/extend"
}
logs="--ima-log $work/ima.log --uefi-log $work/uefi.log --command-line $work/cmdline"

# judge RULES: the evidence
judge() {
	"$caretaker" attest --evidence "$work/evidence" --nonce "$nonce" --host "$work/host" \
		--reference "$work/ref.json" --rules "$1" --json
}

reference sha256
# Records of the log that are extended between the reading of registers and the quote
python3 - "$work/ima.log" >"$work/busy" <<'END'
import hashlib, struct, sys
with open(sys.argv[1], "ab") as log:
    for i in range(40):
        name, digest = b"/bin/%d\0" % i, b"sha256:\0" + hashlib.sha256(b"%d" % i).digest()
        data = struct.pack("<I", len(digest)) + digest + struct.pack("<I", len(name)) + name
        log.write(struct.pack("<I20sI", 10, hashlib.sha1(data).digest(), 6) + b"ima-ng")
        log.write(struct.pack("<I", len(data)) + data)
        print(hashlib.sha256(data).hexdigest())
END
busy_quote() {
	expect "$1" "$2" "$caretaker" quote --tcti "cmd:$here/busy_tpm.py $port $work/busy" \
		--nonce "$nonce" --uefi-log "$work/uefi.log" --command-line "$work/cmdline" \
		--out "$work/evidence" --ima-log "$3"
}
for i in 1 2 3; do
	nonce=$(openssl rand -hex 32)
	busy_quote "quote $i of a busy host" 0 "$work/ima.log"
	expect "verdict $i on a busy host" 0 judge "$top/policy/rules.json"
done
[ "$(wc -w <"$work/busy")" = 31 ] || wrong "the busy host was asked more than once for a quote"
# The log is not that of this TPM: no quote fits, however often it is asked
head -c 1000 "$work/ima.log" >"$work/cut.log"
busy_quote "quote of a busy host without its log" 3 "$work/cut.log"
says "quote of a busy host without its log" "a PCR changed that the IMA log does not explain"
[ "$(wc -w <"$work/busy")" = 7 ] || wrong "it was asked another number of times than eight"

# --- A quote needs no NV index, and takes a key that is there ---------------------------------------

# verdict NAME [OPTION of quote]...: a quote, and a yes
verdict() {
	local name=$1
	shift
	nonce=$(openssl rand -hex 32)
	# shellcheck disable=SC2086
	expect "$name: quote" 0 "$caretaker" quote $host --nonce "$nonce" $logs --out "$work/evidence" "$@"
	expect "$name" 0 judge "$top/policy/rules.json"
}
# no_quote NAME TEXT OPTION...
no_quote() {
	local name=$1 text=$2
	shift 2
	rm -f "$work/none"
	# shellcheck disable=SC2086
	expect "$name" 3 "$caretaker" quote $host --nonce "$nonce" $logs --out "$work/none" "$@"
	says "$name" "$text"
	[ ! -e "$work/none" ] || wrong "$name: there is evidence"
}
# key NAME HANDLE ATTRIBUTES: $work/NAME.ctx, and made persistent
key() {
	tpm2_createprimary -Q -C e -G ecc256:ecdsa-sha256:null -c "$work/$1.ctx" \
		-a "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|sign$3" &&
		tpm2_evictcontrol -Q -C o -c "$work/$1.ctx" "$2" >/dev/null || wrong "$1: no key"
	tpm2_flushcontext -Q -t
}
key ak 0x81010002 "|restricted"
key any 0x81010003 ""
cp "$work/host" "$work/host-default"
enrol "AK at a handle" "--ek-ca $cas" --ak 0x81010002
verdict "quote by the AK at a handle" --ak 0x81010002
verdict "quote by the context of that AK" --ak "$work/ak.ctx"
# As TPM2_ContextSave() gives it (TPMS_CONTEXT), without the header of tpm2-tools, whose order is another
python3 - "$work/ak.ctx" "$work/ak.tpms" <<'END'
import struct, sys
data = open(sys.argv[1], "rb").read()
magic, version, hierarchy, handle, sequence = struct.unpack_from(">IIIIQ", data)
assert magic == 0xbadcc0de and version == 1
open(sys.argv[2], "wb").write(struct.pack(">QII", sequence, handle, hierarchy) + data[24:])
END
verdict "quote by the context without a header" --ak "$work/ak.tpms"
expect "quote by the AK that it makes" 0 "$caretaker" quote $host --nonce "$nonce" $logs --out "$work/evidence"
expect "the AK that was not enrolled" 1 judge "$top/policy/rules.json"
reason "the AK that was not enrolled" wrong-ak
no_quote "no key at the handle" "attestation key" --ak 0x81010009
no_quote "no such context" "No such file" --ak "$work/missing"
head -c 60 "$work/ak.ctx" >"$work/cut.ctx"
no_quote "context that is cut" "attestation key's context" --ak "$work/cut.ctx"
# A key that signs whatever it is told proves nothing
expect "unrestricted key: enroll" 0 "$caretaker" quote $host --ak 0x81010003 --enroll --out "$work/enrolment"
challenge "unrestricted key" 1 --ek-ca $cas
says "unrestricted key" "object attributes do not fit the role"

# Where certificates were is something else
for index in 0x01c0001c 0x01c00016; do
	tpm2_nvundefine -Q -C p $index
	put $index "$work/nonce"
done
refused "indices without certificate" "holds no certificate"
verdict "a quote reads no NV index" --ak 0x81010002
cp "$work/host-default" "$work/host"
verdict "a quote reads no NV index, the AK that it makes"
stop_tpms

# --- No SHA-256 --------------------------------------------------------------------------------------

start_tpm cnsa --pcr-banks sha384
enrol "SHA-384 alone" "--ek-ca $cas" --ek-type p384 --ak-type p384
reference sha384
sed 's/"bank": "sha256"/"bank": "sha384"/' "$top/policy/rules.json" >"$work/rules-384.json"
expect "lint of rules for SHA-384" 0 "$caretaker" policy lint "$work/rules-384.json" "$work/ref.json"
nonce=$(openssl rand -hex 32)
expect "quote of the SHA-384 bank" 0 "$caretaker" quote $host --ak-type p384 --nonce "$nonce" $logs \
	--out "$work/evidence"
expect "verdict on the SHA-384 bank" 0 judge "$work/rules-384.json"
expect "rules ask for SHA-256" 1 judge "$top/policy/rules.json"
reason "rules ask for SHA-256" pcr-selection
expect "quote of a bank that is off" 3 "$caretaker" quote $host --ak-type p384 --nonce "$nonce" $logs \
	--pcrs sha256:0-10 --out "$work/none"
says "quote of a bank that is off" "no sha256 bank"
exit $failed
