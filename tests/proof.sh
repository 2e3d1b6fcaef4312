#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Prove parsers free of run-time errors: proof.sh [NAME...]
#
# tests/proof/NAME.c is a harness: any input, and what must hold of the result.
# CBMC's are proved twice: nothing that must hold can fail, no check for a run-time
# error, no loop beyond its bound; and each way out of the harness is reached.
# Frama-C/Eva's (NAME_eva.c) must end without alarm, warning or open property.
# docs/proofs.md says what that means. PROOF_SAMPLE=N takes one of N (tests/sample.sh).
# Ends with "N passed, N failed".
set -uo pipefail

cd "$(dirname "$0")/.." || exit 3
. tests/cost.sh
. tests/sample.sh
out=build/proof
limit=${PROOF_SECONDS:-600}
kernel=kernel/tree/virt/caretaker
include=(-D_GNU_SOURCE= -Ikernel/tree/include -Ikernel/tree/arch/x86/include "-I$kernel" -Isigning/bytes -Ipolicy -Iattest -Itests/proof)
# What stands for what a parser of attest/ calls, see docs/proofs.md
beside="tests/proof/proved.c tests/proof/outside.c"
checks=(--bounds-check --pointer-check --pointer-overflow-check --signed-overflow-check
	--undefined-shift-check --div-by-zero-check --unwinding-assertions --no-standard-checks)
# With CBMC's own MiniSat the order of the formula decides whether it ends. It asks once only of this one
solver=(--external-sat-solver cadical)
mkdir -p "$out"

# What each CBMC harness is linked with, and the options that it needs.
# A bound that is too low fails the proof; none is ever assumed.
declare -A with=(
	[view]=""
	[trailer]="$kernel/trailer.c $kernel/elf.c"
	[reader]="signing/bytes/reader.c"
	[error]="attest/log/parse_error.c tests/proof/outside.c"
	[ustar]="attest/evidence/ustar.c"
	[ima_field]="attest/log/ima_hash.c $beside"
	[ima_log]="policy/pcr.c tests/proof/contexts.c $beside"
	[ima_sig]="$beside"
	[uefi_event]="attest/log/uefi_event.c policy/pcr.c tests/proof/contexts.c $beside"
	[quote]="policy/pcr.c tests/proof/contexts.c $beside"
)
declare -A options=(
	[view]="--unwind 1"
	[trailer]="--unwind 5"
	[reader]="--unwind 9 --unwindset view_is_filled.0:65"
	[error]="--unwind 1"
	[ustar]="--unwind 101 --unwindset ustar_header.1:513,ustar_check.0:513"
	[ima_field]="--unwind 25"
	[ima_log]="--unwind 17 --object-bits 12"
	[ima_sig]="--unwind 25"
	[uefi_event]="--unwind 17 --object-bits 10"
	[quote]="--unwind 6 --object-bits 10"
	[elf_eva]=""
	[rules_eva]="-eva-slevel 1000"
)
order=(view trailer reader error ustar ima_field ima_log ima_sig uefi_event quote elf_eva rules_eva)

cbmc_folder=${CBMC_FOLDER:-build/cbmc}
tool() { tests/proof/cbmc.sh "$cbmc_folder" "$@"; }

# compile NAME OUTPUT [FLAG]
compile() {
	local name=$1 output=$2 source parts=()

	shift 2
	for source in tests/proof/"$name".c tests/proof/memory.c ${with[$name]}; do
		parts+=("$output.${#parts[@]}.o")
		tool goto-cc -std=gnu11 -Wall "${include[@]}" "$@" -c -o "${parts[-1]}" "$source" || return
	done
	tool goto-cc -o "$output" "${parts[@]}"
}

# In a compiler's words, so that tests/mutate.sh does not take it for a refuted proof
unbuilt() {
	echo "does not build:"
	echo "tests/proof/$1.c:1:1: error: $(grep -m 1 -iE 'error' "$2")"
}

# Says what was proved, or why not
prove_cbmc() {
	local name=$1 log=$out/$1.log ends=$out/$1.ends.log wanted reached sum

	{ compile "$name" "$out/$name.goto" && compile "$name" "$out/$name.ends" -DPROOF_END; } \
		> "$log" 2>&1 || { unbuilt "$name" "$log"; return 1; }
	# shellcheck disable=SC2086
	timeout "$limit" tests/proof/cbmc.sh "$cbmc_folder" cbmc "$out/$name.goto" "${checks[@]}" \
		--stop-on-fail "${solver[@]}" ${options[$name]} > "$log" 2>&1
	sum=$(grep -E '^\*\* [0-9]+ of [0-9]+ failed' "$log")
	if ! grep -qx 'VERIFICATION SUCCESSFUL' "$log" || ! [[ $sum =~ ^\*\*\ 0\ of\ ([1-9][0-9]*)\  ]]; then
		grep -A 3 '^Violated property' "$log" | tr -s ' \n' ' ' | grep . ||
			echo "did not end: $(tail -n 1 "$log")"
		return 1
	fi
	sum=${BASH_REMATCH[1]}
	# shellcheck disable=SC2086
	timeout "$limit" tests/proof/cbmc.sh "$cbmc_folder" cbmc "$out/$name.ends" --no-standard-checks \
		${options[$name]} --no-unwinding-assertions > "$ends" 2>&1
	wanted=$(grep -cE '\bEND\("' "tests/proof/$name.c")
	reached=$(grep -cE 'end: .*: FAILURE$' "$ends")
	if [ "$wanted" = 0 ] || [ "$wanted" != "$reached" ]; then
		echo "$reached of $wanted ends of the harness are reached"
		return 1
	fi
	echo "$sum properties hold, $wanted ends reached"
}

# Kernel headers come from where the compiler of the tools finds them; what Frama-C
# has itself (string.h, errno.h) comes from there.
system_headers() {
	local folder=$out/include name

	mkdir -p "$folder"
	for name in linux asm asm-generic; do
		ln -sfn "$(dirname "$(echo "#include <$name/types.h>" | gcc -E -x c - |
			sed -n "s|^# 1 \"\(/.*/$name/types.h\)\".*|\1|p" | head -n 1)")" "$folder/$name"
	done
	echo "$folder"
}

prove_eva() {
	local name=$1 log=$out/$1.log wanted reached open headers status

	command -v frama-c >/dev/null || { echo "frama-c is missing (Debian: frama-c-base)"; return 1; }
	headers=$(system_headers)
	# shellcheck disable=SC2086
	timeout "$limit" frama-c -c11 -machdep gcc_x86_64 \
		-cpp-extra-args="-std=gnu11 ${include[*]} -I$headers" \
		-eva -eva-precision 5 ${options[$name]} -warn-signed-overflow \
		-main main "tests/proof/$name.c" \
		> "$log" 2>&1
	status=$?
	if [ "$status" != 0 ]; then
		grep -q 'invalid user input' "$log" && unbuilt "$name" "$log" && return 1
		echo "did not end (status $status): $(grep -v '^ *$' "$log" | tail -n 1)"
		return 1
	fi
	open=$(grep -cE 'Warning|alarm:|unknown\.|status: [^v]' "$log")
	if ! grep -qx '  0 alarms generated by the analysis\.' "$log" ||
	   ! grep -qx '  No errors or warnings raised during the analysis\.' "$log" ||
	   grep -qE '(Assertions|Preconditions) .*([1-9][0-9]* (unknown|invalid))' "$log" ||
	   [ "$open" != 0 ]; then
		echo "$open alarms or open properties, the first: $(grep -m 1 -A 1 -E 'Warning|alarm:' "$log" |
			tr -s ' \n' ' ')"
		return 1
	fi
	wanted=$(grep -cE 'Frama_C_show_each_end' "tests/proof/$name.c")
	reached=$(grep -oE 'Frama_C_show_each_end[a-z_]*' "$log" | sort -u | wc -l)
	if [ "$wanted" = 0 ] || [ "$wanted" != "$reached" ]; then
		echo "$reached of $wanted ends of the harness are reached"
		return 1
	fi
	echo "0 alarms, $(sed -n 's/^    \(Assertions\|Preconditions\) *\([0-9]*\) valid.*/\2 \1/p' "$log" |
		tr '\n' ' ' | tr '[:upper:]' '[:lower:]')hold, $wanted ends reached"
}

passed=0
failed=0
# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(printf '%s\n' "${order[@]}" | sample_names "${PROOF_SAMPLE:-1}")
for name; do
	cost_begin
	case $name in
	*_eva)	how=prove_eva ;;
	*)	how=prove_cbmc ;;
	esac
	if [ ! -f "tests/proof/$name.c" ]; then
		echo "FAILED  $name: there is no tests/proof/$name.c"
		failed=$((failed + 1))
	elif said=$($how "$name"); then
		printf 'ok      %-12s %s\n' "$name" "$said"
		passed=$((passed + 1))
	else
		echo "FAILED  $name: $said (see $out/$name.log)"
		failed=$((failed + 1))
	fi
	cost_end "proof $name"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
