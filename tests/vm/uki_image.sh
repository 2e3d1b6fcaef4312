#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A unified kernel image of the lab, signed for its Secure Boot, by kernel/sign.sh:
#
#   uki_image.sh STUB KERNEL INITRD COMMAND-LINE OUT
set -euo pipefail
. "$(dirname "$0")/lab.sh"

[ $# = 5 ] || { echo "usage: uki_image.sh STUB KERNEL INITRD COMMAND-LINE OUT" >&2; exit 2; }
work=$(mktemp -d "$LAB/uki-XXXXXX")
trap 'rm -rf "$work"' EXIT
# What systemd-boot wants to know before it offers an image
printf 'ID=caretaker-lab\nNAME=lab\nPRETTY_NAME="Caretaker lab"\nVERSION_ID=1\n' >"$work/osrel"
"$ROOT/kernel/sign.sh" --key "$KEYS/db.key" --cert "$KEYS/db.pem" --stub "$1" --initrd "$3" --cmdline "$4" \
	--os-release "$work/osrel" "$2" "$5"
