#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the VM needs of a guide: guide_files.sh PAGE SHARE
#
# SHARE/guides/PAGE gets what the blocks of the release machine make, PAGE.host/N the Nth block for a host, and PAGE.console what
# is pressed at its console.
set -euo pipefail
. "$(dirname "$0")/lab.sh"

name=$1 guides=$2/guides page=$ROOT/docs/guides/$1.md
made=$guides/$name
mkdir -p "$made"
# Who owns the lab's firmware
[ "$name" != enrolment ] || cp "$KEYS/db.key" "$made/kek.key"
[ "$name" != enrolment ] || cp "$KEYS/db.pem" "$made/kek.pem"
KEEP=$guides "$ROOT/tests/guides/run.sh" "$page"
mkdir "$made.host"
for count in $(seq "$(grep -c ' host$' "$made.list")"); do
	"$ROOT/tests/guides/blocks.py" "$page" host "$count" >"$made.host/$count"
done
! grep -q ' console$' "$made.list" || "$ROOT/tests/guides/blocks.py" "$page" console >"$made.console"
for cert in "$made"/*.pem; do
	openssl x509 -in "$cert" -outform DER -out "${cert%.pem}.der"
done
[ "$name" = revocation ] || exit 0
# Another payload, of the same name and security version, and a revocation by a key that may not make one
{ cat "$BUILD/payload/caretaker.elf"; echo; } >"$made/other"
for key in release next; do
	"$BUILD/caretaker" sign --key "$made/$key.key" --cert "$made/$key.pem" "$made/other" "$made/$key.other"
done
"$BUILD/caretaker" keys revoke --digest "$(cat "$made/digest")" --key "$made/release.key" --cert "$made/release.pem" \
	--out "$made/by-release.sig"
