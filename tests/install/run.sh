#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What is installed, and what its pages, completion and schemas say, against the tool: run.sh TOOL [PART...]
#
# Shows what failed, and a line a part. Ends with "N passed, N failed".
set -uo pipefail

here=$(dirname "$0")
. "$here/../cost.sh"
tool=$1
shift
[ $# -gt 0 ] || set -- pages completion overwrite once reasons answers verdicts late installed deb
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
${CC:-gcc} -shared -fPIC -O2 -Wall -Wextra -o "$work/options.so" "$here/options.c" || exit 3

for part; do
	cost_begin
	case $part in
	pages | completion | overwrite | once | reasons) python3 "$here/$part.py" "$tool" "$work/options.so" ;;
	*) "$here/$part.sh" "$tool" "$work/options.so" ;;
	esac > "$work/log" 2>&1 < /dev/null
	status=$?
	ok=$(grep -c '^ok ' "$work/log")
	bad=$(grep -c '^FAILED ' "$work/log")
	# A script that died, or that did nothing, counts as a failure.
	[ "$status" = 0 ] || [ "$bad" -gt 0 ] || bad=1
	[ "$ok" -gt 0 ] || [ "$bad" -gt 0 ] || bad=1
	if [ "$bad" = 0 ]; then
		printf 'ok      %-16s %4d cases\n' "$part" "$ok"
	else
		grep '^FAILED ' "$work/log" || { echo "FAILED  $part: status $status"; tail -n 5 "$work/log"; }
	fi
	passed=$((passed + ok))
	failed=$((failed + bad))
	cost_end "$part"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
