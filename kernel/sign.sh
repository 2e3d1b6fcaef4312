#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Signs a kernel, or a unified kernel image that is made of it, for Secure Boot:
#
#   sign.sh --key KEY --cert CERT [options] BZIMAGE OUT
#
#   --key KEY        a PEM file, or the pkcs11: URI of a key in a token, by libp11's engine (libengine-pkcs11-openssl)
#   --cert CERT      its certificate, PEM; what the firmware's db, or shim's list, must have
#   --pin-file F     the token's PIN: first line of a file
#   --pkcs11-module F  PKCS#11 module of the token; default: what p11-kit is configured with
#   --stub F         make a unified kernel image with this stub of systemd (linuxx64.efi.stub), and
#   --initrd F       ... this initrd
#   --cmdline TEXT   ... this command line
#   --os-release F   ... what it calls itself; default: /etc/os-release
#
# The key must be RSA of 2048 to 4096 bits. The result is verified before it gets its name; after a failure OUT is what it
# was before. Exit status: 1 refused, 2 usage, 3 could not be done.
set -euo pipefail

refuse() {
	echo "sign.sh: $*" >&2
	exit 1
}

unable() {
	echo "sign.sh: $*" >&2
	exit 3
}

usage() {
	sed -n 's/^#   //p' "$0" >&2
	exit 2
}

key="" cert="" pin_file="" stub="" initrd="" line="" os_release=/etc/os-release
while [ $# -gt 0 ]; do
	case $1 in
	--key | --cert | --pin-file | --pkcs11-module | --stub | --initrd | --cmdline | --os-release)
		[ $# -ge 2 ] || usage ;;
	esac
	case $1 in
	--key) key=$2 ;;
	--cert) cert=$2 ;;
	--pin-file) pin_file=$2 ;;
	--pkcs11-module) export PKCS11_MODULE_PATH=$2 ;;
	--stub) stub=$2 ;;
	--initrd) initrd=$2 ;;
	--cmdline) line=$2 ;;
	--os-release) os_release=$2 ;;
	-*) usage ;;
	*) break ;;
	esac
	shift 2
done
[ $# = 2 ] && [ -n "$key" ] && [ -n "$cert" ] || usage
# A line or an initrd without a stub would be lost silently
{ [ -n "$stub" ] && [ -n "$initrd" ] && [ -n "$line" ]; } || [ -z "$stub$initrd$line" ] || usage
kernel=$1 out=$2
[[ $out != pkcs11:* && $out != - ]] || refuse "$out: the result is a file"
for file in "$cert" "$kernel" ${stub:+"$stub" "$initrd" "$os_release"} ${pin_file:+"$pin_file"}; do
	[ -r "$file" ] || unable "$file cannot be read"
	[ ! "$file" -ef "$out" ] || refuse "$out would be overwritten"
done

work=$(mktemp -d)
trap 'rm -rf "$work" "$out.new"' EXIT

check_key() {
	local text bits

	text=$(openssl x509 -in "$cert" -noout -text 2>"$work/log") || unable "$cert: no certificate in PEM"
	grep -q 'Public Key Algorithm: rsaEncryption' <<<"$text" ||
		refuse "$cert: firmware verifies RSA alone, and this is $(sed -n 's/.*Public Key Algorithm: //p' <<<"$text")"
	bits=$(sed -n 's/.*Public-Key: (\([0-9]*\) bit)/\1/p' <<<"$text")
	[ "$bits" -ge 2048 ] && [ "$bits" -le 4096 ] ||
		refuse "$cert: RSA of $bits bits, and 2048 to 4096 are good"
}

# As systemd-stub(7) has it, and UAPI.5: the stub with a section for each part, behind its own in memory, none
# over another. objcopy, for Debian 12 has no ukify.
at=0 sections=()
section() {
	sections+=(--add-section "$1=$2" --change-section-vma "$(printf '%s=%#x' "$1" $at)")
	at=$(((at + $(stat -L -c %s "$2") + 4095) / 4096 * 4096))
}

unified() {
	local end

	end=$(objdump -h "$stub" 2>"$work/log" | awk '$1 ~ /^[0-9]+$/ { print "0x" $3, "0x" $4 }' |
		while read -r size place; do echo $((size + place)); done | sort -n | tail -n 1) && [ -n "$end" ] ||
		unable "$stub: no stub of systemd"
	at=$(((end + 4095) / 4096 * 4096))
	printf %s "$line" >"$work/cmdline"
	section .osrel "$os_release"
	section .cmdline "$work/cmdline"
	section .initrd "$initrd"
	section .linux "$kernel"
	objcopy "${sections[@]}" "$stub" "$work/image" 2>"$work/log" || unable "$stub: $(tail -n 1 "$work/log")"
}

# A PIN is in no command line: the engine reads it where the URI says, and takes the file's every byte
sign() {
	local how=(--key "$key") joint=\?

	if [[ ${key,,} == pkcs11:* ]]; then
		case $key in
		*pin-value=*) refuse "no PIN in a URI: use --pin-file" ;;
		*\?*) joint=\& ;;
		esac
		[ -z "$pin_file" ] || head -n 1 "$pin_file" | tr -d '\n' >"$work/pin"
		how=(--engine pkcs11 --key "$key${pin_file:+${joint}pin-source=$work/pin}")
	fi
	sbsign "${how[@]}" --cert "$cert" --output "$out.new" "$work/image" </dev/null >"$work/log" 2>&1 ||
		unable "not signed: $(grep -vE '^warning|:(tcti|esys):' "$work/log" | tail -n 3 | tr '\n' ' ')"
}

check_key
if [ -n "$stub" ]; then
	unified
else
	cp -- "$kernel" "$work/image"
fi
# Beside a signature of another key, as firmware takes the first that it knows
sign
# It also says so of a key that is another's
sbverify --cert "$cert" "$out.new" >"$work/log" 2>&1 ||
	refuse "$key: not the key of $cert: $(tail -n 1 "$work/log")"
mv -- "$out.new" "$out"
