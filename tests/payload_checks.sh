#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# payload_checks.sh [CHECK]...: what must hold of the payload's bytes.
#
#   shape  program headers, no relocations, accepted by the kernel's parser
#   code   payload/lint.py: which instructions there are, in which order; stack
#   ordinary  what compilers make of ordinary C passes the lint
#   same   the same bytes from any folder, time zone, language, umask and date
#
# Each for two toolchains: gcc with GNU ld, and clang with lld.  One line a rule,
# "ok" or "FAILED"; ends with "N passed, N failed".  The unit tests of the payload's
# C code are tests/unit/test_payload_*.c.
set -u
export LC_ALL=C

toolchains="gcc:ld clang:ld.lld"
# Under tests/mutate.sh one is enough to notice.
[ -z "${MUTATION:-}" ] || toolchains=gcc:ld

top=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/payload.XXXXXX") || exit 3
trap 'rm -rf "$work"' EXIT

# rule TEXT COMMAND...: the command's output is shown if it fails
rule()
{
	local text=$1 output
	shift
	if output=$("$@" 2>&1); then
		echo "ok      $text"
	else
		echo "FAILED  $text"
		[ -z "$output" ] || sed 's/^/        /' <<<"$output"
	fi
}

# build SOURCES OUTPUT CC LD
build()
{
	make --no-print-directory -C "$1/payload" O="$2" CC="$3" LD="$4" >"$2.log" 2>&1 && return
	echo "FAILED  $3: the build, with $4"
	sed 's/^/        /' "$2.log"
	return 1
}

# --- shape -------------------------------------------------------------------

check_shape()		# CC
{
	local cc=$1 elf=$work/$1/caretaker.elf

	make_parser
	rule "$cc: program headers: three segments, note, CCB" \
		headers_are "$elf" LOAD LOAD LOAD NOTE LOOS+0xb636362
	rule "$cc: no relocations" says "There are no relocations" readelf -rW "$elf"
	rule "$cc: no dynamic section" says "There is no dynamic section" readelf -dW "$elf"
	rule "$cc: no undefined symbols" has_no_output nm -u "$elf"
	rule "$cc: the control block is zero in the file" ccb_is_zero "$elf"
	rule "$cc: accepted by the kernel's parser" "$work/parse" "$elf"
	rule "$cc: the note has VERSION, SVN and the build id" note_is_ours "$elf"
}

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

ccb_is_zero()		# ELF
{
	# The tables behind it begin at 0x800: payload.h
	objcopy -O binary -j .ccb "$1" "$work/ccb" && cmp -n 2048 "$work/ccb" <(head -c 2048 /dev/zero)
}

# Offsets are those of struct caretaker_note, behind 24 bytes of header and owner.
note_is_ours()		# ELF
{
	local note=$work/note id

	objcopy -O binary -j .note.caretaker "$1" "$note" || return 1
	[ "$(od -An -tu4 -j$((24 + 8)) -N4 "$note" | xargs)" = "$(cat "$top/payload/SVN")" ] ||
		{ echo "another SVN"; return 1; }
	[ "$(tail -c +$((24 + 80 + 1)) "$note" | head -c 32 | tr -d '\0')" = \
		"$(cat "$top/payload/VERSION")" ] || { echo "another version"; return 1; }
	id=$("$top/payload/build_id" "$top/kernel/tree/arch/x86/include/asm/caretaker_payload.h") || return 1
	[ "$(od -An -tx1 -v -j$((24 + 112)) -N32 "$note" | tr -d ' \n')" = "$id" ] ||
		{ echo "another build id than $id"; return 1; }
}

# The parser that the kernel compiles, and around it what reads a file
make_parser()
{
	[ ! -x "$work/parse" ] || return 0
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
	gcc -I"$top/kernel/tree/include" -I"$top/kernel/tree/arch/x86/include" \
		-I"$top/kernel/tree/virt/caretaker" \
		"$work/parse.c" "$top/kernel/tree/virt/caretaker/elf.c" -o "$work/parse"
}

# --- code --------------------------------------------------------------------

check_code()		# CC
{
	local status

	"$top/payload/lint.py" "$work/$1" >"$work/lint" 2>&1
	status=$?
	sed -E "s/^(ok|FAILED)( +)/\1\2$1: /" "$work/lint"
	[ $status -le 1 ] || echo "FAILED  $1: lint.py ended with status $status"
}

# --- ordinary ----------------------------------------------------------------

# What compilers make of C must not be in the way of who writes a payload.
check_ordinary()	# CC LD
{
	local level

	make --no-print-directory -s -C "$top" sdk PREFIX="$work/sdk-$1" >"$work/sdk.log" 2>&1 ||
		{ echo "FAILED  $1: make sdk"; return; }
	for level in -O1 -O2 -O3 -Os; do
		rule "$1: ordinary C passes the lint, $level" ordinary_is_clean "$1" "$2" "$level"
	done
}

ordinary_is_clean()	# CC LD LEVEL
{
	local sdk=$work/sdk-$1/example

	make --no-print-directory -s -B -C "$sdk" CC="$1" LD="$2" first.o &&
		"$1" -std=gnu11 "$3" -Wall -Wextra -Werror -ffreestanding -fpie -fvisibility=hidden \
			-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none \
			-fno-jump-tables -m64 -mno-red-zone -mgeneral-regs-only \
			-c -o "$sdk/ordinary.o" "$top/tests/payload/ordinary.c" &&
		"$2" -pie --no-dynamic-linker -z text -z norelro -z noexecstack -z defs \
			-z max-page-size=4096 -z separate-code --build-id=none --orphan-handling=error \
			-T "$work/sdk-$1/caretaker.lds" -o "$sdk/ordinary.elf" "$sdk/first.o" "$sdk/ordinary.o" &&
		"${CARETAKER:-$top/build/caretaker}" inspect --lint "$sdk/ordinary.elf"
}

# --- same --------------------------------------------------------------------

check_same()		# CC LD
{
	local one=$work/one two="$work/another place/with a space"
	local out_one=$work/out-$1 out_two=$work/longer-path-$1/$1 language

	language=$(locale -a 2>/dev/null | grep -m1 -vE '^(C|POSIX|C\..*)$' || echo C.UTF-8)
	copy_to "$one" 2001-02-03
	copy_to "$two" 2024-05-06
	mkdir -p "${out_two%/*}"
	(umask 022; export TZ=UTC; build "$one" "$out_one" "$1" "$2") || return
	(umask 077; export TZ=Asia/Tokyo LANG=$language LC_ALL=$language USER=somebody \
		CFLAGS=-g LDFLAGS=-s SOURCE_DATE_EPOCH=1
	 build "$two" "$out_two" "$1" "$2") || return
	rule "$1: the same bytes from two folders, zones, languages, umasks and dates" \
		cmp "$out_one/caretaker.elf" "$out_two/caretaker.elf"
}

# The sources under another path, with other time stamps
copy_to()		# FOLDER DATE
{
	[ ! -e "$1" ] || return 0
	mkdir -p "$1/kernel/tree/arch/x86/include" &&
		cp -R "$top/payload" "$1/" &&
		cp -R "$top/kernel/tree/arch/x86/include/asm" "$1/kernel/tree/arch/x86/include/" &&
		find "$1" -exec touch -d "$2" {} +
}

# -----------------------------------------------------------------------------

[ $# -gt 0 ] || set -- shape code ordinary same
for check; do
	case $check in
	shape | code | ordinary | same) ;;
	*)	echo "usage: payload_checks.sh [shape|code|ordinary|same]..." >&2
		exit 2 ;;
	esac
done

for check; do
	for pair in $toolchains; do
		cc=${pair%:*} ld=${pair#*:}
		[[ $check == @(same|ordinary) ]] || build "$top" "$work/$cc" "$cc" "$ld" || continue
		"check_$check" "$cc" "$ld"
	done
done | tee "$work/result"

passed=$(grep -c '^ok ' "$work/result")
failed=$(grep -c '^FAILED ' "$work/result")
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
