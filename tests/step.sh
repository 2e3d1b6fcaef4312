#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Run one step: step.sh "area: what" COMMAND [ARGUMENT...]
#
# Prints a line with the step's name and the seconds that it took, and a sign
# of life every 30 s. The output goes to build/logs; a failure shows its end.
# V=1 shows it all.
set -uo pipefail

name=$1
shift
logs=${LOGS:-build/logs}
log=$logs/$(tr -cs "a-zA-Z0-9\n" "-" <<< "$name").log
mkdir -p "$logs"
start=$SECONDS

if [ "${V:-0}" = 1 ]; then
	"$@" 2>&1 | tee "$log"
	status=${PIPESTATUS[0]}
else
	"$@" > "$log" 2>&1 < /dev/null &
	pid=$!
	trap 'kill "$pid" 2>/dev/null' INT TERM
	while :; do
		sleep 30 &
		timer=$!
		wait -n -p ended "$pid" "$timer"
		status=$?
		if [ "${ended:-$pid}" = "$pid" ]; then
			kill "$timer" 2>/dev/null
			wait "$timer" 2>/dev/null
			break
		fi
		printf '%-44s %5d s  ... %s\n' "$name" $((SECONDS - start)) \
			"$(tail -n 1 "$log" | tr -d '\r' | cut -c 1-60)"
	done
fi

if [ "$status" = 0 ]; then
	printf '%-44s %5d s\n' "$name" $((SECONDS - start))
else
	printf '%-44s %5d s  FAILED (status %d)\n' "$name" $((SECONDS - start)) "$status"
	if [ "${V:-0}" != 1 ]; then
		echo "--- the end of $log:"
		tail -n "${STEP_LINES:-40}" "$log"
		echo "---"
	fi >&2
fi
exit "$status"
