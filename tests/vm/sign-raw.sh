#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Signs any bytes as scripts/sign-file does, without a look at what they are.
# `caretaker sign` refuses what is no payload; refusals need such files signed.  For a
# payload whose text the lint refuses there is `caretaker sign --without-lint`.
#
#   sign-raw.sh KEY CERT IN OUT
set -euo pipefail

[ $# = 4 ] || { echo "usage: sign-raw.sh KEY CERT IN OUT" >&2; exit 2; }
cms=$(mktemp)
trap 'rm -f "$cms"' EXIT
openssl cms -sign -binary -noattr -nocerts -nosmimecap -md sha256 -outform DER \
	-inkey "$1" -signer "$2" -in "$3" -out "$cms"
# struct module_signature: id_type PKEY_ID_PKCS7 = 2 is the third byte, the
# length is big-endian in the last four
{
	cat "$3" "$cms"
	printf '\0\0\2\0\0\0\0\0'
	printf '%08x' "$(stat -c %s "$cms")" | sed 's/../\\x&/g' | xargs -0 printf '%b'
	printf '~Module signature appended~\n'
} >"$4.new"
mv "$4.new" "$4"
