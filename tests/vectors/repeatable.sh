#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The same input gives the same bytes, with ECDSA too where OpenSSL is 3.2 or later, and with ML-DSA: repeatable.sh
# [CARETAKER]
#
# Debian 12 has 3.0. The tool then runs with the libraries of Debian 13's openssl, which openssl35.sh fetches: what was
# built against the older one must do as the newer one can. A line for each case, "ok" or "FAILED";
# exit status 1 if one failed, 3 if there is no such OpenSSL.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
tool=$(realpath "${1:-$here/../../build/caretaker}")
payload=$(realpath "${PAYLOAD:-$here/../../build/payload/caretaker.elf}")
"$here/../openssl35.sh" version >/dev/null || exit 3
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 3

newer() {
	"$here/../openssl35.sh" --run "$tool" "$@" >log 2>&1 || { tail -n 2 log; return 1; }
}

# same NAME SUFFIX WORD...: twice to a file that the last word names, and the files with that suffix are the same
same() {
	local name=$1 suffix=$2

	shift 2
	if newer "$@" first && newer "$@" second && cmp "first$suffix" "second$suffix"; then
		echo "ok      $name"
	else
		echo "FAILED  $name"
		failed=1
	fi
}

# What the one makes, the other takes; the older one has no ML-DSA.
verified() {
	newer verify --cert "$1.pem" "$1.signed" || return
	case $1 in
	mldsa*) ;;
	*) "$tool" verify --cert "$1.pem" "$1.signed" >/dev/null ;;
	esac
}

for type in rsa2048 p256 p384 p521 mldsa44 mldsa65 mldsa87; do
	newer keys make --cn "$type" --type "$type" --days 9 --out-key "$type.key" --out-cert "$type.pem" || exit 3
	same "a signature, $type" "" sign --key "$type.key" --cert "$type.pem" "$payload"
	[[ $type == mldsa* ]] || same "a signature for IMA, $type" .sig sign --key "$type.key" --cert "$type.pem" --ima-sigfile "$payload"
	mv first "$type.signed"
	if verified "$type"; then
		echo "ok      verified, $type"
	else
		echo "FAILED  verified, $type"
		failed=1
	fi
	same "a manifest, $type" "" release --key "$type.key" --cert "$type.pem" --signer "$type.pem" --builder https://ci.example.org/1 \
		--build-type https://example.org/make/v1 --source git+https://example.org/caretaker \
		--revision 7fd1a60b01f91b314f59955a4e4d4e80d8edf11d "$type.signed" --out
done
exit $failed
