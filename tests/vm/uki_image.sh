#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A unified kernel image of the lab, signed for its Secure Boot:
#
#   uki_image.sh STUB KERNEL INITRD COMMAND-LINE OUT
#
# As systemd-stub(7) has it, and UAPI.5: the stub with a section for each part, behind its
# own in memory, none over another. objcopy, for Debian 12 has no ukify.
set -euo pipefail
. "$(dirname "$0")/lab.sh"

[ $# = 5 ] || { echo "usage: uki_image.sh STUB KERNEL INITRD COMMAND-LINE OUT" >&2; exit 2; }
stub=$1 kernel=$2 initrd=$3 line=$4 out=$5
page=4096
work=$(mktemp -d "$LAB/uki-XXXXXX")
trap 'rm -rf "$work"' EXIT

# Where the stub ends in memory, with its base, and the first page behind it
end=$(objdump -h "$stub" | awk '$1 ~ /^[0-9]+$/ { print "0x" $3, "0x" $4 }' |
	while read -r size at; do echo $((size + at)); done | sort -n | tail -n 1)
at=$(((end + page - 1) / page * page))
sections=()

# section NAME FILE
section() {
	sections+=(--add-section "$1=$2" --change-section-vma "$(printf '%s=%#x' "$1" $at)")
	at=$(((at + $(stat -L -c %s "$2") + page - 1) / page * page))
}

# What systemd-boot wants to know before it offers an image
printf 'ID=caretaker-lab\nNAME=lab\nPRETTY_NAME="Caretaker lab"\nVERSION_ID=1\n' >"$work/osrel"
printf %s "$line" >"$work/cmdline"
section .osrel "$work/osrel"
section .cmdline "$work/cmdline"
section .initrd "$initrd"
section .linux "$kernel"
objcopy "${sections[@]}" "$stub" "$work/image"
sbsign --key "$KEYS/db.key" --cert "$KEYS/db.pem" --output "$out" "$work/image" 2>"$work/log" >&2 || {
	cat "$work/log" >&2
	exit 3
}
