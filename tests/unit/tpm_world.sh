#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A TPM for test_tpm_key, in the current folder: tpm_world.sh start|stop|counter
#
# swtpm at ./tpm, with keys at persistent handles, in files, and in a token of tpm2-pkcs11. Each has a
# certificate NAME.pem. "counter" empties the TPM of what was loaded, for there is no resource manager, and
# prints how many wrong authorization values it has counted.
set -euo pipefail

export TPM2TOOLS_TCTI=swtpm:path=$PWD/tpm TPM2OPENSSL_TCTI=swtpm:path=$PWD/tpm
export TPM2_PKCS11_TCTI=swtpm:path=$PWD/tpm TPM2_PKCS11_STORE=$PWD/store TSS2_LOG=all+none
module=/usr/lib/x86_64-linux-gnu/pkcs11/libtpm2_pkcs11.so
usual='fixedtpm|fixedparent|sensitivedataorigin|userwithauth'
by_tpm=(-provider tpm2 -provider default)

# certificate NAME: of NAME.pub, by a CA
certificate() {
	openssl x509 -new -subj "/CN=$1" -force_pubkey "$1.pub" -CA ca.pem -CAkey ca.key -days 9 -out "$1.pem" \
		-extfile <(printf '%s\n' 'subjectKeyIdentifier = hash' 'authorityKeyIdentifier = keyid' \
			'keyUsage = critical,digitalSignature' 'extendedKeyUsage = codeSigning')
}

# key NAME HANDLE OPTION...: there is no resource manager, so nothing may stay in the TPM
key() {
	local name=$1 handle=$2

	shift 2
	tpm2_create -C 0x81010000 "$@" -u key.pub -r key.private
	tpm2_load -C 0x81010000 -u key.pub -r key.private -c key.context
	tpm2_flushcontext -t
	tpm2_evictcontrol -c key.context "$handle"
	tpm2_flushcontext -t
	tpm2_readpublic -c "$handle" -f pem -o "$name.pub"
	certificate "$name"
}

# wrapped NAME OPTION...: in a file; the certificate of one that has an authorization value is not needed before
wrapped() {
	local name=$1

	shift
	openssl genpkey -provider tpm2 "$@" -out "$name.key"
	openssl pkey "${by_tpm[@]}" -in "$name.key" -passin pass:value -pubout -out "$name.pub"
	certificate "$name"
}

# in_token NAME ID TYPE
in_token() {
	pkcs11-tool --module $module --token-label tpm --login --pin pin-of-tpm --keypairgen \
		--key-type "$3" --label "$1" --id "$2"
	pkcs11-tool --module $module --token-label tpm --read-object --type pubkey --label "$1" -o "$1.der"
	openssl pkey -pubin -inform DER -in "$1.der" -out "$1.pub"
	certificate "$1"
}

start() {
	mkdir state store
	swtpm socket --tpm2 --tpmstate "dir=$PWD/state" --flags not-need-init,startup-clear --daemon \
		--server "type=unixio,path=$PWD/tpm" --ctrl "type=unixio,path=$PWD/tpm.ctrl" --pid "file=$PWD/pid"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem \
		-subj /CN=ca -days 9
	tpm2_dictionarylockout -s -n 31 -t 1000 -l 1000
	tpm2_createprimary -c primary
	tpm2_evictcontrol -c primary 0x81010000
	tpm2_flushcontext -t
	key rsa 0x81010001 -G rsa2048
	key p256 0x81010002 -G ecc256
	key locked 0x81010003 -G ecc256:ecdsa-sha256 -p value
	key decrypts 0x81010004 -G rsa2048 -a "$usual|decrypt"
	key attests 0x81010005 -G ecc256:ecdsa-sha256 -a "$usual|restricted|sign"
	tpm2_startauthsession -S session
	tpm2_policypcr -S session -l sha256:16 -L policy
	tpm2_flushcontext session
	key policy 0x81010006 -G ecc256 -L policy -a 'fixedtpm|fixedparent|sensitivedataorigin|sign'
	wrapped file -algorithm RSA -pkeyopt bits:2048
	wrapped value -algorithm EC -pkeyopt group:P-256 -pkeyopt user-auth:value
	tpm2_flushcontext -t
	pkcs11-tool --module $module --slot-index 0 --init-token --label tpm --so-pin pin-of-officer
	pkcs11-tool --module $module --token-label tpm --login --login-type so --so-pin pin-of-officer \
		--init-pin --pin pin-of-tpm
	in_token token-rsa 01 rsa:2048
	in_token token-p256 02 EC:prime256v1
	# As after a TPM was cleared: what the file holds was wrapped by another
	sed '5s/[A-Za-z]/+/g' file.key >cleared.key
}

case ${1:-} in
start)	start >world.log 2>&1 || { cat world.log >&2; exit 3; } ;;
stop)	kill "$(cat pid)" ;;
counter) tpm2_flushcontext -t; tpm2_flushcontext -l; tpm2_getcap properties-variable | sed -n 's/^TPM2_PT_LOCKOUT_COUNTER: 0x//p' ;;
*)	echo "usage: tpm_world.sh start|stop|counter" >&2; exit 2 ;;
esac
