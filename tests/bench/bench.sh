#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Costs, as ratios measured side by side in one boot: bench.sh
#
# The lab VM counts instructions (-icount), so the figures are repeatable and say
# nothing about cycles. Prints a table and writes build/bench.json.
set -euo pipefail
. "$(dirname "$0")/../vm/lab.sh"
HERE=$ROOT/tests/vm
bench=$ROOT/tests/bench

make -s -C "$HERE" O="$PROGRAMS"
share=$(mktemp -d "$LAB/bench-XXXXXX")
trap 'rm -rf "$share"' EXIT
module=$(find "$BUILD/modules" -name irqbypass.ko)
[ -n "$module" ] || die "no irqbypass.ko in $BUILD/modules (make kernel)"
python3 "$bench/load_files.py" "$BUILD/payload/caretaker.elf" "$module" \
	"$KERNEL_BUILD/certs/signing_key.pem" "$share/files"
"$HERE/boot.sh" --quiet --icount --timeout 900 --share "$share" --run "$LAB/bench" \
	--append "lab.nokvm" -- "sh /lab/bench-load.sh" || {
	cat "$share/output"
	die "the measurement did not end well"
}
exec python3 "$bench/report.py" "$share/output" "$BUILD/bench.json"
