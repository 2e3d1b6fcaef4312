#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Libraries that the tool opens late: who does without them, and what happens where one is not there: late.sh TOOL
set -uo pipefail

tool=$(realpath "$1")
cd "$(dirname "$0")/../.." || exit 3
payload=$PWD/build/payload/caretaker.elf
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 3

# judge WHAT STATUS
judge() {
	if [ "$2" = 0 ]; then
		echo "ok      $1"
	else
		echo "FAILED  $1: $(tail -n 3 said | tr '\n' ' ')"
	fi
}

# opens_none WHAT PATTERN COMMAND...: what the dynamic linker had to do with it, by its own word, has no such library
opens_none() {
	local what=$1 pattern=$2 status=0

	shift 2
	rm -f linker.*
	LD_DEBUG=files LD_DEBUG_OUTPUT=linker "$@" > said 2>&1 || status=$?
	cat linker.* > linked
	grep -q 'libcrypto' linked || status=9
	! grep -E "$pattern" linked > said || status=1
	judge "$what" $status
}

# ends WHAT SAYS COMMAND...: with the status of what could not be done, and these words
ends() {
	local what=$1 says=$2 status=0

	shift 2
	"$@" > said 2>&1
	[ $? = 3 ] && grep -qF "$says" said || status=1
	judge "$what" $status
}

openssl req -new -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 30 -subj /CN=late \
	-addext keyUsage=digitalSignature -addext basicConstraints=critical,CA:FALSE 2> /dev/null || exit 3

opens_none "sign opens no TPM's library" 'libtss2' "$tool" sign --key key.pem --cert cert.pem "$payload" signed.elf
opens_none "nor does verify" 'libtss2' "$tool" verify --cert cert.pem signed.elf
opens_none "nor keys" 'libtss2' "$tool" keys make --help
opens_none "nor help" 'libtss2' "$tool" help

# Capstone has 77,000 addresses to relocate, and x86's part of it 2,000
count=$(readelf -rW "$tool" | grep -c RELATIVE)
[ "$count" -gt 1000 ] && [ "$count" -lt 5000 ]
judge "of Capstone x86 alone is in it ($count addresses to relocate)" $?

# There, and no library
soname=libtss2-esys.so.0
mkdir broken hollow
: > "broken/$soname"
${CC:-gcc} -shared -o "hollow/$soname" -x c /dev/null || exit 3
quote=("$tool" quote --nonce 0000000000000000 --tcti none --out none.json)
ends "a library that cannot be loaded is named" "a library is missing: " \
	env LD_LIBRARY_PATH="$work/broken" "${quote[@]}"
ends "a function that it has not is named" "$soname has no Esys_" \
	env LD_LIBRARY_PATH="$work/hollow" "${quote[@]}"
[ ! -e none.json ]
judge "no evidence was written" $?
