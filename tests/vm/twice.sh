#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Two boots of one machine: what the first has written into the firmware's variables counts in the second. For run.sh, as
# boot.sh, whose options it hands on:
#
#   twice.sh --run DIR [OPTION...] -- COMMAND
#
# COMMAND runs in both, and its output is that of the second: it has to keep in the share what it said in the first.
set -euo pipefail
. "$(dirname "$0")/lab.sh"

run="" options=("$@")
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	[ "$1" != --run ] || run=$2
	shift
done
[ -n "$run" ] && [ $# -gt 1 ] || { sed -n 's/^#   //p' "$0" >&2; exit 2; }
"$HERE/boot.sh" "${options[@]}"
cp "$run/vars.fd" "$run/vars.first"
cp "$run/serial.log" "$run/serial.first"
"$HERE/boot.sh" --vars "$run/vars.first" "${options[@]}"
