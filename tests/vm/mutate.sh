#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Break the kernel series, one check at a time, build it, and expect the VM tests
# to notice: mutate.sh [LIST]
#
# Works in a scratch copy with a kernel build of its own, which the first run makes.
# Ends with "N passed, N failed": passed is a mutation that was caught. RESUME=1 leaves out what
# was caught on the files as they are (tests/stamp.sh), and counts it.
set -uo pipefail
. "$(dirname "$0")/lab.sh"

list=${1:-$HERE/mutations.list}
copy=$BUILD/mutate-kernel
mkdir -p "$copy"
exec 9>"$copy.lock"
flock -n 9 || die "another one runs in this tree"
copy=$(realpath "$copy")

# The base by hard links, keys and payload as they are; nothing is fetched again
prepare() {
	rsync -a --delete --exclude=/build --exclude=/.git "$ROOT/" "$copy/"
	# Times are those of the originals: objects of an older copy would look newer
	rm -rf "$copy/build/vm"
	mkdir -p "$copy/build"
	[ -d "$copy/build/linux-base" ] || cp -al "$BUILD/linux-base" "$copy/build/linux-base"
	cp -a "$BUILD/base.id" "$copy/build/"
	rsync -a "$BUILD/download" "$BUILD/keys" "$BUILD/payload" "$BUILD/obj" \
		"$BUILD/caretaker" "$BUILD/libcaretaker.a" "$BUILD/sources.list" "$copy/build/"
	cp -a "$BUILD"/.packages-* "$copy/build/" 2>/dev/null
	touch "$copy/build/linux-base/.unpacked"
}

in_copy() {
	(cd "$copy" && exec env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u BUILD -u KERNEL_BUILD -u KERNEL -u RESUME -u SLOTS "$@") \
		</dev/null 9>&-
}

# apply FILE OLD NEW: the text must be there exactly once
apply() {
	python3 - "$copy/$1" "$2" "$3" <<-'PY'
	import sys
	path, old, new = sys.argv[1:]
	plain = lambda s: s.replace(r"\n", "\n").replace(r"\t", "\t").replace(r"\p", "|")
	text = open(path).read()
	if text.count(plain(old)) != 1:
	    sys.exit(f"the text occurs {text.count(plain(old))} times")
	open(path, "w").write(text.replace(plain(old), plain(new)))
	PY
}

prepare
echo "mutations of the kernel: the kernel without any" >&2
in_copy make kernel lab-modules >"$copy.log" 2>&1 || { tail -n 5 "$copy.log"; echo "0 passed, 1 failed"; exit 1; }

# Sets, for the group of a mutation, what has to be built and what is to notice.
# judge/MODE/TEST is a test of KVM's own (judge.sh), on the kernel with more options.
plan() {
	local mode test

	targets=(payload kernel lab-modules)
	notice=(tests/vm/run.sh check "$1")
	case $1 in
	judge/*)
		IFS=/ read -r _ mode test <<<"$1"
		targets=(payload kernel-wide kernel-selftests)
		notice=(tests/vm/judge.sh --tests "^$test\$" "$mode") ;;
	esac
}

passed=0 failed=0
while IFS='|' read -r -u 8 file old new group proves; do
	begun=$SECONDS
	piece="kernel mutations/$(sha256sum <<<"$file|$old|$new|$group" | cut -c 1-16)"
	if [ -n "${RESUME:-}" ] && "$ROOT/tests/stamp.sh" passed "$piece" >/dev/null; then
		echo "ok      $proves: caught before, on the same files"
		passed=$((passed + 1))
		continue
	fi
	log=$copy.$((passed + failed + 1)).log
	plan "$group"
	if ! why=$(apply "$file" "$old" "$new" 2>&1); then
		verdict="FAILED  $proves: does not apply to $file: $why"
	elif ! in_copy make "${targets[@]}" >"$log" 2>&1; then
		verdict="FAILED  $proves: does not build"
	elif in_copy "${notice[@]}" >"$log" 2>&1; then
		verdict="FAILED  $proves: survived $group"
	elif ! by=$(grep -m 1 '^not ok' "$log"); then
		verdict="FAILED  $proves: $group broke without a verdict"
	else
		verdict=$(printf 'ok      %-60s caught by: %s (%d s)' "$proves" \
			"$(cut -c 8-70 <<<"$by")" $((SECONDS - begun)))
	fi
	echo "$verdict"
	if [[ $verdict == ok* ]]; then
		passed=$((passed + 1))
		[ -z "${RESUME:-}" ] || "$ROOT/tests/stamp.sh" ended "$piece" "1 passed, 0 failed"
	else
		failed=$((failed + 1))
	fi
	rsync -a "$ROOT/$file" "$copy/$file"
	touch "$copy/$file"
done 8< <(grep -hEv '^[[:space:]]*(#|$)' "$list")

echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
