#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Signs a kernel image for the lab's Secure Boot db, once, and prints where it is.
set -euo pipefail
. "$(dirname "$0")/lab.sh"

[ $# = 1 ] || { echo "usage: sign-kernel.sh BZIMAGE" >&2; exit 2; }
out=$LAB/kernel.efi
exec 9>"$LAB/kernel.lock"
flock 9
"$HERE/keys.sh" >&2
# By content: a test may hand in another kernel than the one before
digest=$(cat "$1" "$KEYS/db.pem" | sha256sum)
if [ ! -s "$out" ] || [ "$(cat "$out.from" 2>/dev/null)" != "$digest" ]; then
	"$ROOT/kernel/sign.sh" --key "$KEYS/db.key" --cert "$KEYS/db.pem" "$1" "$out" >&2 || exit 3
	echo "$digest" >"$out.from"
fi
echo "$out"
