#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's own code that cuts a command line, to compile on its own:
# kernel_words.sh SOURCE OUT
set -euo pipefail
source=$1
out=$2

# function FILE NAME: its definition, which must be there
function_of() {
	local text

	text=$(sed -n "/^[a-z].*[ *]$2(.*)\$/,/^}/p" "$source/$1")
	[ -n "$text" ] || { echo "kernel_words.sh: no $2() in $1" >&2; exit 1; }
	printf '%s\n\n' "$text"
}

{
	echo "/* Made by tests/fuzz/kernel_words.sh from the kernel's source */"
	sed -n 's/^#define _\([A-Z]*\)\t/#define _\1\t/p; /^#define __ismask/p; /^#define isspace/p' \
		"$source/include/linux/ctype.h"
	sed -n '/^const unsigned char _ctype/,/^[^"]*};/p' "$source/lib/ctype.c" |
		sed 's/^const/static const/'
	echo
	function_of lib/string_helpers.c skip_spaces
	function_of kernel/params.c dash2underscore
	function_of kernel/params.c parameqn
	function_of lib/cmdline.c next_arg
} > "$out.new"
grep -q '^#define isspace' "$out.new" && grep -q 'static const unsigned char _ctype' "$out.new" ||
	{ echo "kernel_words.sh: no isspace()" >&2; exit 1; }
mv "$out.new" "$out"
