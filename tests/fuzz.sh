#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Run fuzz targets: fuzz.sh SECONDS PROGRAM...
#
# Seeds come from tests/fuzz/seed_NAME.py (called with a folder), the corpus is
# kept in build/fuzz/corpus, an input that breaks a parser in build/fuzz/found.
# Two targets run at a time. Ends with "N passed, N failed".
set -uo pipefail

seconds=$1
shift
fuzz=build/fuzz
mkdir -p "$fuzz/found"

run_one() {
	local program=$1 name corpus seed log

	name=$(basename "$program")
	name=${name#fuzz_}
	corpus=$fuzz/corpus/$name
	log=$fuzz/$name.log
	mkdir -p "$corpus"
	for seed in tests/fuzz/seed_"$name".py tests/fuzz/seed_"$name"_*.py; do
		[ ! -f "$seed" ] || python3 "$seed" "$corpus" > "$log" 2>&1 || {
			echo "FAILED  $name: $seed: $(tail -n 1 "$log")"
			return
		}
	done
	if timeout $((seconds + 120)) "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
		-max_len=65536 -print_final_stats=1 -verbosity=0 \
		-artifact_prefix="$fuzz/found/$name-" "$corpus" > "$log" 2>&1 < /dev/null; then
		printf 'ok      %-20s %9s runs in %d s, %d inputs kept\n' "$name" \
			"$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" "$seconds" \
			"$(find "$corpus" -type f | wc -l)"
	else
		echo "FAILED  $name: see $log"
		grep -E 'ERROR:|SUMMARY:|Test unit written' "$log"
	fi
}

results=$(mktemp)
trap 'rm -f "$results"' EXIT
for program; do
	while [ "$(jobs -rp | wc -l)" -ge "${JOBS:-2}" ]; do
		wait -n
	done
	run_one "$program" >> "$results" &
done
wait
cat "$results"
passed=$(grep -c '^ok ' "$results")
failed=$(($# - passed))
[ $# -gt 0 ] || { echo "FAILED  there are no fuzz targets"; failed=1; }
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
