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

# opens WHAT PATTERN COMMAND...: what the dynamic linker had to do with it, by its own word
opens() {
	local what=$1 pattern=$2 status=0

	shift 2
	rm -f linker.*
	LD_DEBUG=files LD_DEBUG_OUTPUT=linker "$@" > said 2>&1 || status=$?
	cat linker.* > linked
	grep -q 'libcrypto' linked || status=9
	case $pattern in
	!*) ! grep -E "${pattern#!}" linked > said || status=1 ;;
	*) grep -qE "$pattern" linked || status=1 ;;
	esac
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

opens "sign looks at text" 'libcapstone' "$tool" sign --key key.pem --cert cert.pem "$payload" signed.elf
opens "... and at no TPM" '!libtss2' "$tool" sign --key key.pem --cert cert.pem --replace signed.elf again.elf
opens "without the lint it needs no Capstone" '!libcapstone|libtss2' \
	"$tool" sign --without-lint --key key.pem --cert cert.pem "$payload" unseen.elf
opens "verify needs neither" '!libcapstone|libtss2' "$tool" verify --cert cert.pem signed.elf
opens "keys needs neither" '!libcapstone|libtss2' "$tool" keys make --help
opens "help needs neither" '!libcapstone|libtss2' "$tool" help

# There, and no library
mkdir broken hollow
soname=$(LD_DEBUG=files "$tool" sign --key key.pem --cert cert.pem "$payload" other.elf 2>&1 |
	grep -oE 'libcapstone\.so\.[0-9]+' | head -n 1)
: > "broken/$soname"
${CC:-gcc} -shared -o "hollow/$soname" -x c /dev/null || exit 3
ends "a library that cannot be loaded is named" "a library is missing: " \
	env LD_LIBRARY_PATH="$work/broken" "$tool" sign --key key.pem --cert cert.pem "$payload" none.elf
ends "a function that it has not is named" "$soname has no cs_close" \
	env LD_LIBRARY_PATH="$work/hollow" "$tool" sign --key key.pem --cert cert.pem "$payload" none.elf
[ ! -e none.elf ] && ! ls -A | grep -q 'none\.elf'
judge "nothing was signed" $?
