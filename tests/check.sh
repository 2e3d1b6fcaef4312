#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Everything: check.sh [long]
#
# A suite's output goes to build/logs; here are a line a suite, what failed, what it cost
# (build/costs has each piece), and the sum. A failed suite does not stop the others, so that
# one run tells all.
#
# Two lanes: what needs no kernel runs beside the build of the kernel and the VM tests. Two
# slots (tests/slots.sh): when the first lane is through, the VM tests get its slot.
# "long" does the whole of what is sampled otherwise, and more; a piece that passed on the
# same files is not done again (tests/stamp.sh), so it goes on where it was stopped. ONLY has names
# of suites with bars between them ("trace|vm, debug"): the others are left out.
set -uo pipefail

cd "$(dirname "$0")/.." || exit 3
. tests/cost.sh
. tests/slots.sh
long=${1:-}
make=${MAKE:-make}
logs=${LOGS:-build/logs}
export LOGS=$logs STEP_LINES=60 ${long:+RESUME=1}
start=$SECONDS
results=build/check
rm -rf "$results"
mkdir -p "$results"
export SLOTS=$PWD/build/slots
mkdir -p "$SLOTS"
touch "$SLOTS/1" "$SLOTS/2"
failed=0

# result NAME: where NAME's pieces go; counted, so that the table has the order of the start
result() {
	echo "$results/$(printf %03d "$(find "$results" -name '*.table' | wc -l)")-$(tr -cs 'a-zA-Z0-9\n' '-' <<< "$1")"
}

# seconds LINE: without the name, of a line of cost_end
seconds() {
	[[ $1 =~ ([0-9]+)\ s,\ +([0-9]+)\ s\ of\ CPU$ ]] &&
		printf '%6d s, %6d s of CPU' "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
}

# build NAME TARGET...: prints its own steps; counts only when it fails
build() {
	local name=$1 to cost

	to=$(result "$1")
	shift
	: > "$to.table"
	cost_begin
	"$make" --no-print-directory "$@" < /dev/null || {
		echo 0 1 > "$to.count"
		echo "$name: make $* did not work" > "$to.broken"
	}
	cost=$(cost_end "$name")
	echo "$cost" > "$to.cost"
	printf '  %-18s %25s %s\n' "$name" "" "$(seconds "$cost")" > "$to.table"
	[ ! -e "$to.count" ]
}

# suite NAME TARGET...: ends with "N passed, N failed"
suite() {
	local name=$1 log status count good=0 bad=0 to cost

	[[ -z ${ONLY:-} || "|$ONLY|" == *"|$name|"* ]] || return 0
	to=$(result "$1")
	shift
	: > "$to.table"
	log=$logs/$(tr -cs 'a-zA-Z0-9\n' '-' <<< "check: $name").log
	if [ -n "$long" ] && tests/stamp.sh passed "$name" > "$to.table"; then
		echo "check: $name: passed on these files: $(cat "$to.table")"
		cut -d' ' -f1,3 < "$to.table" > "$to.count"
		sed -i "s/^/$(printf '  %-18s ' "$name")/" "$to.table"
		return
	fi
	cost_begin
	V=0 tests/step.sh "check: $name" "$make" --no-print-directory "$@"
	status=$?
	cost=$(cost_end "$name")
	count=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1)
	if [ -n "$count" ]; then
		good=${count%% *}
		bad=${count#*, }
		bad=${bad%% *}
	fi
	# No count, or a good count and a bad end: the suite itself broke.
	if [ -z "$count" ] || { [ "$status" != 0 ] && [ "$bad" = 0 ]; }; then
		bad=$((bad + 1))
		echo "$name: ended with status $status, see $log" >> "$to.broken"
	fi
	[ $((good + bad)) -gt 0 ] || { bad=1; echo "$name: tested nothing" >> "$to.broken"; }
	sed -n "s/^FAILED  */$name: /p; s/^not ok  */$name: /p" "$log" >> "$to.broken"
	echo "$good $bad" > "$to.count"
	{ echo "$cost"; grep -E '^# .* s of CPU$' "$log"; } > "$to.cost"
	printf '  %-18s %5d passed %4d failed %s\n' "$name" "$good" "$bad" \
		"$(seconds "$cost")" > "$to.table"
	[ -z "$long" ] || tests/stamp.sh ended "$name" "$good passed, $bad failed" "$cost"
}

# Not enough to go on with
if ! tests/packages.sh install tools unit install deb vectors guides fuzz prove kernel static vm bochs ${long:+fresh}; then
	echo "0 passed, 1 failed"
	exit 1
fi

# of N: one of how many is taken, others with each commit; "long" takes all
of() {
	[ -n "$long" ] && echo 1 || echo "$1"
}

# The first lane, one thing at a time while the second has a slot too
without_kernel() {
	export JOBS=1 MUTATION_JOBS=1 MAKEFLAGS=

	slot_take
	PROOF_SAMPLE=$(of 3) suite proofs prove
	suite unit unit
	suite oracle oracle
	suite rooms rooms
	suite install install-check
	[ -z "$long" ] || suite capstone capstone
	# Its longest list has so many records
	LIST_RECORDS=$([ -n "$long" ] && echo 10000000 || echo 1000000) suite vectors vectors
	suite guides guides
	suite payload payload-check
	# Sixteen targets
	suite fuzz fuzz T="${FUZZ_SECONDS:-$([ -n "$long" ] && echo 60 || echo 5)}"
	suite mutations mutate MUTATION_SAMPLE="$(of 64)"
}

with_kernel() {
	{
		local slot

		slot_take
		build kernel kernel kernel-selftest lab-modules
		suite series series-check
		suite static kernel-static
		suite trampoline kernel-trampoline
		suite park kernel-park
		exec {slot}>&-
	}
	VM_SAMPLE=$(of 6) suite vm vm-check
	[ -n "$long" ] || return 0
	suite "vm, long" vm-check-long
	suite "linux guest" vm-linux
	suite trace vm-trace
	suite soak vm-soak
	suite judge judge
	suite "static, wide" kernel-static-wide
	suite "vm, wide" vm-check-wide
	suite kconfig check-kconfig
	suite "vm, debug" vm-check-debug
	suite "vm, kcsan" vm-check-kcsan
	suite "series, each step" series-check-each
	suite "kernel mutations" vm-mutate
	suite "fresh machine" fresh-machine
}

# Both lanes want these, and two makes must not build one file
build "tools, base" all kernel-src
without_kernel &
with_kernel &
wait

passed=0
while read -r good bad; do
	passed=$((passed + good))
	failed=$((failed + bad))
done < <(cat "$results"/*.count)
cat "$results"/*.cost > build/costs
[ -z "$long" ] || tests/long_page.py build/long build/long-checks.md
echo
cat "$results"/*.table
echo
echo "What cost most of it, in seconds by the clock and of CPU (build/costs has all):"
grep -hE '^# .* s of CPU$' "$results"/*.cost | sed 's/^#/ /' |
	sed -E 's/^(.*[, ])([0-9]+) s of CPU$/\2 &/' | sort -rn | head -n 24 | cut -d' ' -f2-
if ls "$results"/*.broken > /dev/null 2>&1 && [ -n "$(cat "$results"/*.broken)" ]; then
	echo
	echo "What failed:"
	sed 's/^/  /' "$results"/*.broken
fi
echo
echo "check took $((SECONDS - start)) s"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
