#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Run fuzz targets: fuzz.sh SECONDS PROGRAM...
#
# Each target gets SECONDS; two run at a time. First it is given its seeds, which
# tests/fuzz/seed_NAME.py makes, and what broke it before: tests/fuzz/regressions/
# NAME-*.hex. Then it is fuzzed, from these and from the corpus of former runs
# (build/fuzz/corpus). An input that breaks a parser goes to build/fuzz/found, and
# beside it as the text that belongs into tests/fuzz/regressions.
# At the end tests/fuzz/coverage.py says what was reached, and fails if it is not
# all of the loader's parser. Ends with "N passed, N failed".
set -uo pipefail

. "$(dirname "$0")/cost.sh"
seconds=$1
shift
fuzz=build/fuzz
rm -rf "$fuzz/cover"
mkdir -p "$fuzz/found" "$fuzz/cover"

# Text of an input: hexadecimal digits, and lines of explanation that begin with "#"
to_hex() { od -An -v -tx1 "$1" | tr -d ' '; }
from_hex() { python3 -c 'import sys
sys.stdout.buffer.write(bytes.fromhex("".join(l for l in sys.stdin if l[0] != "#")))' < "$1"; }

make_seeds() {
	local name=$1 seeds=$2 file

	rm -rf "$seeds"
	mkdir -p "$seeds"
	[ -f "tests/fuzz/seed_$name.py" ] || { echo "there is no tests/fuzz/seed_$name.py"; return 1; }
	python3 "tests/fuzz/seed_$name.py" "$seeds" || return
	for file in tests/fuzz/regressions/"$name"-*.hex; do
		[ ! -f "$file" ] || from_hex "$file" > "$seeds/$(basename "$file" .hex)" || return
	done
}

# broke NAME LOG: what happened, and where the input is
broke() {
	local name=$1 log=$2 input

	grep -E 'ERROR:|SUMMARY:' "$log"
	input=$(sed -n 's/.*Test unit written to //p' "$log")
	[ -f "$input" ] || return
	to_hex "$input" > "$input.hex"
	echo "input: $input.hex, to keep in tests/fuzz/regressions"
}

run_one() {
	local program=$1 name corpus seeds log options

	name=$(basename "$program")
	name=${name#fuzz_}
	corpus=$fuzz/corpus/$name
	seeds=$fuzz/seeds/$name
	log=$fuzz/$name.log
	# What is of ML-DSA needs a newer OpenSSL than the machine may have.
	case $name in
	oracle|signature) program=(tests/openssl35.sh --run "$1") ;;
	*) program=("$1") ;;
	esac
	options=(-timeout=10 -rss_limit_mb=2048 "-artifact_prefix=$fuzz/found/$name-")
	mkdir -p "$corpus"
	if ! make_seeds "$name" "$seeds" > "$log" 2>&1; then
		echo "FAILED  $name: no seeds: $(tail -n 1 "$log")"
		return
	fi
	if ! FUZZ_RULES=$fuzz/cover/$name.rules LLVM_PROFILE_FILE=$fuzz/cover/$name.seeds.profraw \
		timeout 120 "${program[@]}" "${options[@]}" "$seeds"/* > "$log" 2>&1 < /dev/null; then
		echo "FAILED  $name: $(sed -n 's/^Running: //p' "$log" | tail -n 1) breaks it, see $log"
		broke "$name" "$log"
		return
	fi
	if ! LLVM_PROFILE_FILE=$fuzz/cover/$name.fuzz.profraw timeout $((seconds + 120)) "${program[@]}" \
		"${options[@]}" -max_total_time="$seconds" -max_len=65536 -print_final_stats=1 \
		-verbosity=0 "$corpus" "$seeds" > "$log" 2>&1 < /dev/null; then
		echo "FAILED  $name: see $log"
		broke "$name" "$log"
		return
	fi
	printf 'ok      %-14s %9s runs in %d s from %d seeds, %d inputs kept\n' "$name" \
		"$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" "$seconds" \
		"$(find "$seeds" -type f | wc -l)" "$(find "$corpus" -type f | wc -l)"
}

results=$(mktemp)
trap 'rm -f "$results"' EXIT
for program; do
	while [ "$(jobs -rp | wc -l)" -ge "${JOBS:-2}" ]; do
		wait -n
	done
	{
		cost_begin
		run_one "$program"
		cost_end "fuzz ${program##*/fuzz_}"
	} >> "$results" &
done
wait
[ $# -gt 0 ] || echo "FAILED  there are no fuzz targets" >> "$results"
[ "$(grep -cE '^(ok|FAILED) ' "$results")" -ge $# ] ||
	echo "FAILED  a target gave no result" >> "$results"
python3 tests/fuzz/coverage.py "$fuzz" >> "$results" 2>&1
[ $? -lt 2 ] || echo "FAILED  coverage: not known" >> "$results"
cat "$results"
passed=$(grep -c '^ok ' "$results")
failed=$(grep -c '^FAILED ' "$results")
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
