#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Break the kernel series, one check at a time, build it, and expect the VM tests
# to notice: mutate.sh [LIST]
#
# MUTATION_JOBS workers (2), each in a scratch copy with a kernel build of its own, which the
# first run makes. Ends with "N passed, N failed": passed is a mutation that was caught.
# RESUME=1 leaves out what was caught on the same file by the same tests (tests/stamp.sh), and
# counts it.
set -uo pipefail
. "$(dirname "$0")/lab.sh"

list=${1:-$HERE/mutations.list}
workers=${MUTATION_JOBS:-2}
scratch=$BUILD/mutate-kernel
mkdir -p "$scratch"
exec 9>"$scratch/.lock"
flock -n 9 || die "another one runs in this tree"
scratch=$(realpath "$scratch")
rm -f "$scratch"/log.* "$scratch"/result.*
grep -hEv '^[[:space:]]*(#|$)' "$list" >"$scratch/list"
total=$(wc -l <"$scratch/list")
echo 0 >"$scratch/taken"

# prepare COPY: the base by a link, keys and payload as they are; nothing is fetched again
prepare() {
	local copy=$1

	mkdir -p "$copy/build"
	rsync -a --delete --exclude=/build --exclude=/.git "$ROOT/" "$copy/"
	# Times are those of the originals: objects of an older copy would look newer
	rm -rf "$copy/build/vm"
	# Nothing writes there: what is built is linux-src, and of a base that is out of date unpack.sh
	# takes away the link
	rm -rf "$copy/build/linux-base"
	ln -s "$(realpath "$BUILD/linux-base")" "$copy/build/linux-base"
	cp -a "$BUILD/base.id" "$copy/build/"
	rsync -a "$BUILD/download" "$BUILD/keys" "$BUILD/payload" "$BUILD/obj" \
		"$BUILD/caretaker" "$BUILD/libcaretaker.a" "$BUILD/sources.list" "$copy/build/"
	cp -a "$BUILD"/.packages-* "$copy/build/" 2>/dev/null
	# A run that was ended may have left a mutation in linux-src: overlay.sh looks at each file
	touch "$copy/build/kernel-files.list"
}

# in_copy COPY COMMAND...
in_copy() {
	(cd "$1" && shift && exec env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u BUILD -u KERNEL_BUILD \
		-u KERNEL -u RESUME -u SLOTS "$@") </dev/null 9>&-
}

# apply FILE OLD NEW: the text must be there exactly once
apply() {
	python3 - "$1" "$2" "$3" <<-'PY'
	import sys
	path, old, new = sys.argv[1:]
	plain = lambda s: s.replace(r"\n", "\n").replace(r"\t", "\t").replace(r"\p", "|")
	text = open(path).read()
	if text.count(plain(old)) != 1:
	    sys.exit(f"the text occurs {text.count(plain(old))} times")
	open(path, "w").write(text.replace(plain(old), plain(new)))
	PY
}

# Sets, for the group of a mutation, what has to be built and what is to notice.
# judge/MODE/TEST is a test of KVM's own (judge.sh), on the kernel with more options.
plan() {
	local mode test

	targets=(payload kernel lab-modules)
	notice=(tests/vm/run.sh check "$1")
	case $1 in
	traced)
		targets=(payload kernel-wide lab-modules-wide)
		notice=(tests/vm/run.sh check-wide "$1") ;;
	judge/*)
		IFS=/ read -r _ mode test <<<"$1"
		targets=(payload kernel-wide kernel-selftests)
		notice=(tests/vm/judge.sh --tests "^$test\$" "$mode") ;;
	esac
}

# verdict COPY LOG LINE
verdict() {
	local copy=$1 log=$2 file old new group proves begun=$SECONDS why by

	IFS='|' read -r file old new group proves <<<"$3"
	plan "$group"
	if ! why=$(apply "$copy/$file" "$old" "$new" 2>&1); then
		echo "FAILED  $proves: does not apply to $file: $why"
	elif ! in_copy "$copy" make "${targets[@]}" >"$log" 2>&1; then
		echo "FAILED  $proves: does not build"
	elif in_copy "$copy" "${notice[@]}" >"$log" 2>&1; then
		echo "FAILED  $proves: survived $group"
	elif ! by=$(grep -m 1 '^not ok' "$log"); then
		echo "FAILED  $proves: $group broke without a verdict"
	else
		printf 'ok      %-60s caught by: %s (%d s)\n' "$proves" \
			"$(cut -c 8-70 <<<"$by")" $((SECONDS - begun))
	fi
	rsync -a "$ROOT/$file" "$copy/$file"
	touch "$copy/$file"
}

# take: sets number, to that of the next line; fails behind the last
take() {
	{
		flock 7
		number=$(($(<"$scratch/taken") + 1))
		echo "$number" >"$scratch/taken"
	} 7>"$scratch/taken.lock"
	[ "$number" -le "$total" ]
}

# worker N: its kernel is built when it meets a line that is not done already
worker() {
	local copy=$scratch/copy.$1 built='' number line piece result

	while take; do
		line=$(sed -n "${number}p" "$scratch/list")
		result=$scratch/result.$number
		piece="kernel mutations/${line%%|*}/$(sha256sum <<<"${line%|*}" | cut -c 1-16)"
		if [ -n "${RESUME:-}" ] && "$ROOT/tests/stamp.sh" passed "$piece" >/dev/null; then
			echo "ok      ${line##*|}: caught before, on the same file" >"$result"
			continue
		fi
		if [ -z "$built" ]; then
			echo "mutations of the kernel: the kernel of worker $1 without any" >&2
			prepare "$copy"
			in_copy "$copy" make kernel lab-modules >"$scratch/log.worker.$1" 2>&1 || {
				echo "FAILED  ${line##*|}: the kernel without it does not build" >"$result"
				return
			}
			built=1
		fi
		verdict "$copy" "$scratch/log.$number" "$line" >"$result"
		[ -z "${RESUME:-}" ] || ! grep -q '^ok' "$result" ||
			"$ROOT/tests/stamp.sh" ended "$piece" "1 passed, 0 failed"
		echo "mutation $number of $total: $(head -n 1 "$result")" >&2
	done
}

for me in $(seq "$workers"); do
	worker "$me" &
done
wait
for number in $(seq "$total"); do
	cat "$scratch/result.$number" 2>/dev/null || echo "FAILED  mutation $number gave no result"
done | tee "$scratch/table"
passed=$(grep -c '^ok ' "$scratch/table")
failed=$((total - passed))
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
