#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Run unit test programs: unit.sh PROGRAM...
#
# Shows each failed case, and one line a program. Ends with "N passed, N failed".
set -uo pipefail
. "$(dirname "$0")/cost.sh"

passed=0
failed=0
export ASAN_OPTIONS=${ASAN_OPTIONS:-abort_on_error=0:detect_leaks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

for program; do
	name=$(basename "$program")
	cost_begin
	CMOCKA_MESSAGE_OUTPUT=stdout timeout "${UNIT_SECONDS:-300}" "$program" > "$log" 2>&1 < /dev/null
	status=$?
	ok=$(grep -c '^\[       OK \]' "$log")
	bad=$(grep -c '^\[  FAILED  \] [^0-9]' "$log")
	# cmocka names a failed case where it fails and again in its summary.
	bad=$(( (bad + 1) / 2 ))
	skipped=$(grep -c '^\[  SKIPPED \] [^0-9]' "$log")
	# A crash, a leak or a time-out is a failure that cmocka does not count.
	[ "$status" = 0 ] || [ "$bad" -gt 0 ] || bad=1
	# A program that ran nothing proves nothing.
	[ "$ok" -gt 0 ] || [ "$bad" -gt 0 ] || bad=1
	passed=$((passed + ok))
	failed=$((failed + bad))
	if [ "$bad" = 0 ]; then
		printf 'ok      %-28s %4d cases%s\n' "$name" "$ok" \
			"$([ "$skipped" = 0 ] || echo ", $((skipped / 2)) skipped")"
	else
		printf 'FAILED  %-28s %4d of %d cases (status %d)\n' "$name" "$bad" $((ok + bad)) "$status"
		grep -v -e '^\[ RUN      \]' -e '^\[       OK \]' "$log" | tail -n 60
	fi
	cost_end "$name"
done

[ $# -gt 0 ] || { echo "FAILED  there are no unit tests"; failed=1; }
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
