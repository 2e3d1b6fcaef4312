#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The folders of the tools, and that none includes from one above it.
#
#	rooms.sh list	the folders, lowest first
#	rooms.sh	checks each #include in them
set -uo pipefail
cd "$(dirname "$0")/.." || exit 3

# What a folder needs stands before it.
rooms=(signing/bytes signing/cli signing keys policy policy/release
	attest/evidence attest/log attest/tpm attest/claims attest/verdict attest)
# Where an include is looked for, as in the Makefile; the kernel's are below all.
paths=(signing/bytes signing/cli signing keys policy attest)
below=(kernel/tree/include kernel/tree/arch/x86/include kernel/tree/virt/caretaker)

if [ "${1:-}" = list ]; then
	echo "${rooms[@]}"
	exit 0
fi

declare -A height
for i in "${!rooms[@]}"; do
	height[${rooms[i]}]=$i
done

# find_header FORM ROOM NAME: sets from to the room that it is in, "kernel", or nothing; the form <> looks
# into no folder of its own
find_header() {
	local folder folders=("${paths[@]}")

	[ "$1" = '<' ] || folders=("$2" "${paths[@]}")
	for folder in "${folders[@]}"; do
		if [ -f "$folder/$3" ]; then
			from=$folder/$3
			from=${from%/*}
			return
		fi
	done
	from=
	for folder in "${below[@]}"; do
		[ -f "$folder/$3" ] && from=kernel
	done
}

# wrong_include ROOM TEXT: sets said to what is wrong with a line that includes, or nothing
wrong_include() {
	local room=$1 text=$2 form name from

	said=
	text=${text#*include}
	text=${text#"${text%%[![:space:]]*}"}
	form=${text:0:1}
	name=${text:1}
	case $form in
	'"') name=${name%%\"*} ;;
	'<') name=${name%%>*} ;;
	*) said="what $text is does not show"; return ;;
	esac
	find_header "$form" "$room" "$name"
	if [ "$from" = kernel ] || [ "$form$from" = '<' ]; then
		:	# the kernel's, the system's
	elif [ -z "$from" ] || [ -z "${height[$from]:-}" ]; then
		said="$name is in no room"
	elif [ "${height[$from]}" -gt "${height[$room]}" ]; then
		said="$room is below $from, and includes $name"
	fi
}

# includes ROOM: FILE:LINE:TEXT of each
includes() {
	grep -nE '^[[:space:]]*#[[:space:]]*include' "$1"/*.[ch] /dev/null
}

# --- The check can fail: what stands in a file of attest/claims, and what is said -------------------

passed=0
failed=0
try() {
	local said="no include" text

	printf '%s\n' "$1" >attest/claims/tried.c
	while IFS=: read -r _ _ text; do
		wrong_include attest/claims "$text"
	done < <(includes attest/claims)
	if [ "$said" = "$2" ]; then
		passed=$((passed + 1))
	else
		echo "FAILED  $1: said \"$said\", not \"$2\""
		failed=$((failed + 1))
	fi
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
top=$PWD
cd "$scratch" || exit 3
mkdir -p "${rooms[@]}" "${below[@]}" attest/odd
touch attest/verdict/verdict.h attest/claims/ima.h attest/claims/own.h policy/pcr.h attest/odd/odd.h \
	kernel/tree/virt/caretaker/elf.h
try '#include "verdict/verdict.h"' 'attest/claims is below attest/verdict, and includes verdict/verdict.h'
try '#include <verdict/verdict.h>' 'attest/claims is below attest/verdict, and includes verdict/verdict.h'
try '# include "verdict/verdict.h"' 'attest/claims is below attest/verdict, and includes verdict/verdict.h'
try '	#	include	<verdict/verdict.h> /* "x" */' 'attest/claims is below attest/verdict, and includes verdict/verdict.h'
try '#include"verdict/verdict.h"' 'attest/claims is below attest/verdict, and includes verdict/verdict.h'
try '#include "../verdict/verdict.h"' '../verdict/verdict.h is in no room'
try '#include "odd/odd.h"' 'odd/odd.h is in no room'
try '#include "missing.h"' 'missing.h is in no room'
try '#include HEADER' 'what HEADER is does not show'
try '#include "claims/ima.h"' ''
try '#include "own.h"' ''
try '#include <pcr.h>' ''
try '#include "elf.h"' ''
try '#include <stdio.h>' ''
cd "$top" || exit 3

# --- The folders ------------------------------------------------------------------------------------

for room in "${rooms[@]}"; do
	wrong=0
	while IFS=: read -r file line text; do
		wrong_include "$room" "$text"
		[ -z "$said" ] && continue
		echo "FAILED  $file:$line: $said"
		wrong=$((wrong + 1))
	done < <(includes "$room")
	if [ "$wrong" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + wrong))
	fi
done
# A folder that is in no list is built by nobody
while read -r folder; do
	[ -n "${height[$folder]:-}" ] && continue
	echo "FAILED  $folder: in no list of rooms"
	failed=$((failed + 1))
done < <(find signing keys policy attest -name '*.c' -printf '%h\n' | sort -u)
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
