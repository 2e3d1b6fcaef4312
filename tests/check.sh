#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Everything, in order: check.sh [long]
#
# A suite's output goes to build/logs; here are a line a suite, what failed, and
# the sum. A failed suite does not stop the others, so that one run tells all.
set -uo pipefail

cd "$(dirname "$0")/.." || exit 3
long=${1:-}
make=${MAKE:-make}
logs=${LOGS:-build/logs}
export LOGS=$logs STEP_LINES=60
start=$SECONDS
passed=0
failed=0
broken=()
table=()

# build NAME TARGET...: prints its own steps; counts only when it fails
build() {
	local name=$1

	shift
	"$make" --no-print-directory "$@" < /dev/null && return
	failed=$((failed + 1))
	broken+=("$name: make $* did not work")
	return 1
}

# suite NAME TARGET...: ends with "N passed, N failed"
suite() {
	local name=$1 log status begun=$SECONDS count good=0 bad=0

	shift
	log=$logs/$(tr -cs 'a-zA-Z0-9\n' '-' <<< "check: $name").log
	V=0 tests/step.sh "check: $name" "$make" --no-print-directory "$@"
	status=$?
	count=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1)
	if [ -n "$count" ]; then
		good=${count%% *}
		bad=${count#*, }
		bad=${bad%% *}
	fi
	# No count, or a good count and a bad end: the suite itself broke.
	if [ -z "$count" ] || { [ "$status" != 0 ] && [ "$bad" = 0 ]; }; then
		bad=$((bad + 1))
		broken+=("$name: ended with status $status, see $log")
	fi
	[ $((good + bad)) -gt 0 ] || { bad=1; broken+=("$name: tested nothing"); }
	while read -r line; do
		broken+=("$name: $line")
	done < <(sed -n 's/^FAILED  *//p; s/^not ok  *//p' "$log")
	passed=$((passed + good))
	failed=$((failed + bad))
	table+=("$(printf '  %-16s %5d passed %4d failed %6d s' "$name" "$good" "$bad" $((SECONDS - begun)))")
}

# Not enough to go on with
if ! tests/packages.sh install tools unit vectors fuzz prove kernel static vm bochs ${long:+fresh}; then
	echo "0 passed, 1 failed"
	exit 1
fi

build "tools and payload" all
suite unit unit
suite rooms rooms
suite vectors vectors
suite payload payload-check
# Ten targets, two at a time: two minutes with what it takes to build them
suite fuzz fuzz T="${FUZZ_SECONDS:-20}"
suite proofs prove
# A third of them, another one with each commit; all of them take a quarter of an hour
suite mutations mutate MUTATION_SAMPLE="$([ -n "$long" ] && echo 1 || echo 3)"
build kernel kernel
suite series series-check
suite static kernel-static
suite trampoline kernel-trampoline
suite vm vm-check
if [ -n "$long" ]; then
	build "kernel, wide" kernel-wide
	suite "static, wide" kernel-static-wide
	suite trace vm-trace
	suite judge judge
	suite "linux guest" vm-linux
	suite soak vm-soak
	suite "vm, long" vm-check-long
	suite "kconfig" check-kconfig
	build "kernel, debug" kernel-debug
	suite "vm, debug" vm-check-debug
	build "kernel, kcsan" kernel-kcsan
	suite "vm, kcsan" vm-check-kcsan
	suite "kernel mutations" vm-mutate
	suite "series, each step" series-check-each
	suite "fresh machine" fresh-machine
fi

echo
printf '%s\n' "${table[@]}"
if [ ${#broken[@]} -gt 0 ]; then
	echo
	echo "What failed:"
	printf '  %s\n' "${broken[@]}"
fi
echo
echo "check took $((SECONDS - start)) s"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
