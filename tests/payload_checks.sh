#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# payload_checks.sh [CHECK]...: what must hold of the payload's bytes.
#
#   shape  program headers, no relocations, accepted by the kernel's parser
#   code   payload/lint.py: which instructions there are, in which order; stack
#   same   the same bytes from any folder, time zone, language and umask
#   unit   the unit tests of its C code (not run unless named: make unit does)
#
# shape and code look at two builds: gcc with GNU ld, and clang with lld.  One
# line a rule.  Exit status 0 if all hold, 1 if one is broken, 3 if a check could
# not be made.
set -u
export LC_ALL=C

top=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/payload.XXXXXX") || exit 3
trap 'rm -rf "$work"' EXIT
broken=0

# rule TEXT COMMAND...: the command's output is shown if it fails
rule()
{
	local text=$1 output
	shift
	if output=$("$@" 2>&1); then
		echo "ok    $text"
	else
		echo "FAIL  $text"
		[ -z "$output" ] || sed 's/^/        /' <<<"$output"
		broken=1
	fi
}

# build SOURCES OUTPUT CC LD
build()
{
	make --no-print-directory -C "$1/payload" O="$2" CC="$3" LD="$4" >"$work/log" 2>&1 && return
	echo "payload_checks.sh: $3 and $4 do not build it:" >&2
	cat "$work/log" >&2
	exit 1
}

# --- shape -------------------------------------------------------------------

headers_are()		# ELF TYPE...
{
	local elf=$1 got
	shift
	got=$(readelf -lW "$elf" | awk '$2 ~ /^0x/ && NF >= 7 { print $1 }' | xargs)
	[ "$got" = "$*" ] || { echo "they are: $got"; return 1; }
}

says()			# TEXT COMMAND...
{
	local text=$1
	shift
	"$@" | grep -q "$text"
}

has_no_output()		# COMMAND...
{
	local output
	output=$("$@") && [ -z "$output" ] || { echo "$output"; return 1; }
}

# The parser that the kernel compiles, and around it what reads a file
make_parser()
{
	cat >"$work/parse.c" <<-'END'
	#include <stdio.h>
	#include "elf.h"
	static unsigned char data[CARETAKER_MAX_FILE + 1];
	int main(int argc, char **argv)
	{
		struct caretaker_image image;
		struct caretaker_broken broken;
		FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
		size_t size = file ? fread(data, 1, sizeof(data), file) : 0;

		if (!caretaker_elf_parse(data, size, &image, &broken))
			return 0;
		printf("%s (header %d, offset %llu)\n", caretaker_rule_text(broken.rule),
		       (int)broken.index, (unsigned long long)broken.offset);
		return 1;
	}
	END
	gcc -I"$top/kernel/tree/include/uapi" -I"$top/kernel/tree/virt/caretaker" \
		"$work/parse.c" "$top/kernel/tree/virt/caretaker/elf.c" -o "$work/parse" || exit 3
}

check_shape()		# OUTPUT
{
	local elf=$1/caretaker.elf

	rule "program headers: three segments, note, CCB" \
		headers_are "$elf" LOAD LOAD LOAD NOTE LOOS+0xb636362
	rule "no relocations" says "There are no relocations" readelf -rW "$elf"
	rule "no dynamic section" says "There is no dynamic section" readelf -dW "$elf"
	rule "no undefined symbols" has_no_output nm -u "$elf"
	rule "the control block is zero in the file" \
		cmp <(objcopy -O binary -j .ccb "$elf" /dev/stdout) <(head -c 4096 /dev/zero)
	rule "accepted by the kernel's parser" "$work/parse" "$elf"
	rule "names its version, SVN and build id" identity "$elf"
}

# The note's words against the files that they are made of; offsets from struct
# caretaker_note behind 24 bytes of note header and owner
identity()		# ELF
{
	local note=$work/note
	objcopy -O binary -j .note.caretaker "$1" "$note" || return 1
	[ "$(od -An -tu4 -j$((24 + 8)) -N4 "$note" | xargs)" = "$(cat "$top/payload/SVN")" ] ||
		{ echo "SVN"; return 1; }
	[ "$(dd if="$note" bs=1 skip=$((24 + 80)) count=32 2>/dev/null | tr -d '\0')" = \
		"$(cat "$top/payload/VERSION")" ] || { echo "version"; return 1; }
	[ "$(od -An -tx1 -j$((24 + 112)) -N32 "$note" | tr -d ' \n')" = \
		"$("$top/payload/build_id" "$top/kernel/tree/include/uapi/linux/caretaker.h")" ] ||
		{ echo "build id"; return 1; }
}

# --- same --------------------------------------------------------------------

# copy NAME: the payload's sources under another path, with other time stamps
copy()
{
	mkdir -p "$work/$1/kernel/tree/include/uapi" &&
		cp -R "$top/payload" "$work/$1/" &&
		cp -R "$top/kernel/tree/include/uapi/linux" "$work/$1/kernel/tree/include/uapi/" &&
		find "$work/$1" -exec touch -d "$2" {} + || exit 3
}

check_same()
{
	local cc ld other

	other=$(locale -a 2>/dev/null | grep -m1 -vE '^(C|POSIX|C\.)' || echo C.UTF-8)
	copy one 2001-02-03
	copy "another place/with a space" 2024-05-06
	for pair in gcc:ld clang:ld.lld; do
		cc=${pair%:*} ld=${pair#*:}
		(umask 022; TZ=UTC LANG=C build "$work/one" "$work/one/out-$cc" "$cc" "$ld") || exit
		(umask 077; TZ=Asia/Tokyo LANG=$other LC_ALL=$other USER=somebody CFLAGS=-g LDFLAGS=-s \
			SOURCE_DATE_EPOCH=1 \
			build "$work/another place/with a space" "$work/a/much/longer/path/$cc" "$cc" "$ld") || exit
		rule "$cc: the same bytes from two folders, zones, languages and umasks" \
			cmp "$work/one/out-$cc/caretaker.elf" \
			"$work/a/much/longer/path/$cc/caretaker.elf"
	done
}

# --- unit --------------------------------------------------------------------

check_unit()
{
	local test

	for test in "$top"/tests/unit/test_payload_*.c; do
		rule "$(basename "$test" .c) builds" gcc -std=gnu11 -g -O1 -Wall -Wextra -Werror \
			-fsanitize=address,undefined -fno-sanitize-recover=all \
			-I"$top/kernel/tree/include/uapi" "$test" -lcmocka -o "$work/unit"
		rule "$(basename "$test" .c)" "$work/unit"
	done
}

for check in "${@:-shape code same}"; do
	for check in $check; do
		case $check in
		shape | code)
			[ $check = code ] || make_parser
			for pair in gcc:ld clang:ld.lld; do
				echo "-- $check, ${pair/:/ and }"
				build "$top" "$work/${pair%:*}" "${pair%:*}" "${pair#*:}"
				if [ $check = shape ]; then
					check_shape "$work/${pair%:*}"
				else
					"$top/payload/lint.py" "$work/${pair%:*}"
					case $? in 0) ;; 1) broken=1 ;; *) exit 3 ;; esac
				fi
			done ;;
		same | unit)
			echo "-- $check"
			check_$check ;;
		*)
			echo "usage: payload_checks.sh [shape|code|same|unit]..." >&2
			exit 2 ;;
		esac
	done
done
exit $broken
