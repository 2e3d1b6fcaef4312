#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sparse and W=1 on our files: static.sh BASE SRC BUILT OBJ [FILE...]
#
# FILEs need not be compiled by this configuration: another one does, and is
# checked without them (make kernel-static-wide).
#
# BUILT is the finished build, which tells how each source is compiled; OBJ is
# a second object folder, so that the flags of W=1 do not make the next build
# start anew. Any warning in a new file is a failure; in a file that the kernel
# already had, one on a line that the series adds. Ends with "N passed, N failed".
set -uo pipefail

base=$(realpath "$1")
src=$(realpath "$2")
built=$(realpath "$3")
mkdir -p "$4"
obj=$(realpath "$4")
shift 4
elsewhere=" $* "
log=$obj/static.log

passed=0
failed=0
pass() { passed=$((passed + 1)); echo "ok      $*"; }
fail() { failed=$((failed + 1)); echo "FAILED  $*"; }

cmp -s "$built/.config" "$obj/.config" || cp "$built/.config" "$obj/.config"
kmake() {
	make -C "$src" O="$obj" CC="${CCACHE:-} gcc" HOSTCC="${CCACHE:-} gcc" LOCALVERSION= -j"${JOBS:-2}" "$@"
}
kmake prepare > "$log" 2>&1 || { tail -n 20 "$log"; echo "0 passed, 1 failed"; exit 1; }

# Our sources, and as which object the build compiled each: a single object as
# a target, or the folder where kbuild reaches it from another one by "..".
# (asm-offsets make no object; tools/ is user space.)
mapfile -t ours < <(grep '\.c$' "$src/.overlay" | grep -Ev '^tools/|asm-offsets\.c$')
declare -A objects=()
# A compiler cache may have made the path of the source relative.
while IFS='|' read -r object file; do
	objects[$file]=$object
done < <(find "$built" -name '.*.o.cmd' -print0 |
	xargs -0 sed -nE "s,^source_([^ ]*) := .*/${src##*/}/(.*)$,\1|\2,p")

targets=()
compiled=()
for file in "${ours[@]}"; do
	object=${objects[$file]:-}
	if [ -z "$object" ] && [[ $elsewhere = *" $file "* ]]; then
		echo "        $file: left to a wider configuration"
		continue
	fi
	if [ -z "$object" ]; then
		fail "$file: not compiled by this configuration, so not checked"
		continue
	fi
	compiled+=("$file")
	case $object in
	*/../*)	targets+=("${object%%/../*}/") ;;
	*)	targets+=("$object") ;;
	esac
done

if [ ${#targets[@]} -gt 0 ]; then
	mapfile -t targets < <(printf '%s\n' "${targets[@]}" | sort -u)
	for target in "${targets[@]}"; do	# checked each time, compiled or not
		[[ $target = */ ]] || rm -f "$obj/$target"
	done
	# Warnings of the kernel itself are not ours to stop at. Sparse 0.6.4 has no
	# typeof_unqual, without which kbuild would silently leave it out.
	kmake W=1 C=2 CHECK="sparse -D__typeof_unqual__=__typeof__" KCFLAGS=-Wno-error -k \
		"${targets[@]}" >> "$log" 2>&1 ||
		fail "make W=1 C=2: see $log: $(grep -m 1 -E 'error:|Error ' "$log")"
fi

for file in "${compiled[@]}"; do
	grep -Eq "^ +CHECK +([^ ]*/)?$file$" "$log" || fail "$file: sparse did not look at it, see $log"
done
mapfile -t headers < <(grep '\.h$' "$src/.overlay")
for file in "${compiled[@]}" "${headers[@]}"; do
	# The lines that are ours: all of a new file, else those a diff adds.
	if [ -e "$base/$file" ]; then
		diff -U0 "$base/$file" "$src/$file" |
			sed -nE 's/^@@ -[0-9,]+ \+([0-9]+),?([0-9]*) @@.*/\1 \2/p' > "$obj/.lines"
	else
		echo "1 1000000" > "$obj/.lines"
	fi
	found=$(grep -F "$file:" "$log" | sort -u | awk -v file="$file" '
		NR == FNR { first[NR] = $1; last[NR] = $1 + ($2 == "" ? 1 : $2) - 1; ranges = NR; next }
		{
			at = index($0, file ":")
			if ((at > 1 && substr($0, at - 1, 1) != "/") || !/ (warning|error): |^Warning: /)
				next
			number = substr($0, at + length(file) + 1) + 0
			for (i = 1; i <= ranges; i++)
				if (number >= first[i] && number <= last[i]) {
					print substr($0, at)
					break
				}
		}' "$obj/.lines" -)
	# Sparse calls the length check inside MODULE_*() and module_param() no constant, in every module.
	found=$(while IFS= read -r line; do
		number=${line#*:}
		[[ $line = *"bad constant expression"* ]] &&
			sed -n "${number%%:*}p" "$src/$file" | grep -qE '^(MODULE_|module_param\()' || echo "$line"
	done <<< "$found")
	if [ -z "$found" ]; then
		pass "sparse, W=1: $file"
	else
		fail "sparse, W=1: $file"
		echo "$found"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
