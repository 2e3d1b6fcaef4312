#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The folders of the tools, and that none includes from one above it.
#
#	rooms.sh list	the folders, lowest first
#	rooms.sh	checks each #include "..." in them
set -uo pipefail
cd "$(dirname "$0")/.." || exit 3

# What a folder needs stands before it.
rooms=(signing/bytes signing/cli signing keys policy
	attest/evidence attest/log attest/tpm attest/claims attest/verdict attest)
# Where an include is looked for, as in the Makefile; the kernel's are below all.
paths=(signing/bytes signing/cli signing keys policy attest)
below=(kernel/tree/include/uapi kernel/tree/virt/caretaker)

if [ "${1:-}" = list ]; then
	echo "${rooms[@]}"
	exit 0
fi

declare -A height
for i in "${!rooms[@]}"; do
	height[${rooms[i]}]=$i
done

# find_header ROOM NAME: the room that it is in, "kernel", or nothing
find_header() {
	local folder

	for folder in "$1" "${paths[@]}"; do
		if [ -f "$folder/$2" ]; then
			dirname "$folder/$2"
			return
		fi
	done
	for folder in "${below[@]}"; do
		[ -f "$folder/$2" ] && { echo kernel; return; }
	done
}

passed=0
failed=0
for room in "${rooms[@]}"; do
	wrong=0
	while IFS=: read -r file line text; do
		name=${text#*\"}
		name=${name%\"*}
		from=$(find_header "$room" "$name")
		[ "$from" = kernel ] && continue
		if [ -z "$from" ] || [ -z "${height[$from]:-}" ]; then
			echo "FAILED  $file:$line: $name is in no room"
		elif [ "${height[$from]}" -gt "${height[$room]}" ]; then
			echo "FAILED  $file:$line: $room is below $from, and includes $name"
		else
			continue
		fi
		wrong=$((wrong + 1))
	done < <(grep -n '^#include "' "$room"/*.[ch])
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
