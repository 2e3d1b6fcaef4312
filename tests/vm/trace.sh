#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What a CPU executes between an exit and the next entry, instruction by instruction, on
# both vendors: trace.sh
#
# Bochs' debugger stops at the first instruction of the payload in the first slot, and
# writes down what follows; trace.py holds it against what docs/payload.md promises
# ("Speculation"). Ends with `N passed, N failed`.
set -euo pipefail
. "$(dirname "$0")/lab.sh"

# CARETAKER_WINDOW, slot 1 (without KASLR the first), CARETAKER_IMAGE, the payload's entry points
declare -A entry=([amd]=0xfffffe8000301000 [intel]=0xfffffe8000301100)
instructions=60000

# trace VENDOR COMMAND-LINE [verw]
trace() {
	local run=$LAB/trace-$1 share=$LAB/trace-$1/share log=$LAB/trace-$1.log

	rm -rf "$run"
	mkdir -p "$share"
	cp "$LAB/trace-payload" "$share/good"
	printf '%s\n' "lb ${entry[$1]}" c "d 1" "trace on" "s $instructions" "trace off" >"$run.debugger"
	"$HERE/bochs.sh" --cpu "$1" --debugger "$run.debugger" --take good --quiet --share "$share" \
		--run "$run" --append "caretaker=nonglobal nokaslr $2" -- \
		"vmm --payload /share/good --mode long --count 200 --next-rip --local 10" 2>"$log" ||
		{ cat "$log"; echo "not ok guest: it did not end well"; }
	"$HERE/trace.py" "$1" "$run/bochs.out" ${3:+"$3"} || true
}

# notices NAME VENDOR [verw] INSTRUCTION: a trace in which one of the slot is missing is not taken
notices() {
	local changed=$LAB/trace-changed

	awk -v what="): ${*: -1}" '!gone && n > 2000 && /:fffffe80/ && index($0, what) { gone = 1; next } { n++; print } END { exit !gone }' \
		"$LAB/trace-$2/bochs.out" >"$changed" || { echo "not ok notices-$1: there is none"; return; }
	# A traceback notices nothing
	if grep -q '^not ok' <<<"$("$HERE/trace.py" "$2" "$changed" ${4:+"$3"})"; then
		echo "ok notices-$1"
	else
		echo "not ok notices-$1"
	fi
}

"$ROOT/tests/packages.sh" install bochs
"$HERE/keys.sh"
make -s -C "$HERE" O="$PROGRAMS"
"$BUILD/caretaker" sign --key "$KEYS/release.key" --cert "$KEYS/release.pem" \
	"$BUILD/payload/caretaker.elf" "$LAB/trace-payload"
{
	# This CPU has MDS and no microcode: asked by name, the kernel clears buffers all the same
	{
		trace intel mds=full verw
		notices "a-missing-verw" intel verw "verw"
		notices "a-register-not-cleared" intel verw "xor r12d, r12d"
		notices "a-missing-lidt" intel verw "lidt"
	} | sed 's,ok ,ok trace/intel/,'
	{
		trace amd ""
		notices "a-register-not-cleared" amd "xor r12d, r12d"
		notices "a-missing-popf" amd "popf"
		notices "another-way-to-the-kernel" amd "iret"
	} | sed 's,ok ,ok trace/amd/,'
} | tee "$LAB/trace.results"
passed=$(grep -c '^ok ' "$LAB/trace.results" || true)
failed=$(grep -c '^not ok ' "$LAB/trace.results" || true)
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
