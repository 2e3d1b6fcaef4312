#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Break each security check, one at a time, and expect a test to notice:
# mutate.sh [LIST...]
#
# tests/mutations.d/*.list hold a mutation a line:
#   file|exact text to replace|replacement|command that must fail|what it proves
# The text must occur exactly once in the file; \n and \t in it stand for a new
# line and a tab, \p for a bar. The command runs in a scratch copy with the
# compiled objects of this tree, so only what the mutation touches is built.
# Ends with "N passed, N failed": passed is a mutation that was caught.
# MUTATION_SAMPLE=N takes one of N lines, which ones depends on the tree: another
# commit, another sample. A line that does not fit is in each.
set -uo pipefail

cd "$(dirname "$0")/.." || exit 3
. tests/cost.sh
limit=${MUTATION_SECONDS:-300}
workers=${MUTATION_JOBS:-2}
scratch=build/mutate
# What is of ML-DSA needs it, and no copy is to fetch it again.
export OPENSSL35_FOLDER=${OPENSSL35_FOLDER:-$PWD/build/openssl}
# What would "catch" anything: compiler, linker, make or shell giving up, and what cannot be fetched.
# (cmocka has no column: FILE:LINE: error: Failure!)
unbuilt=':[0-9]+:[0-9]+: (fatal )?error: |undefined reference|\*\*\* No rule|(command )?not found$|syntax error|debian13\.sh: '
[ $# -gt 0 ] || set -- tests/mutations.d/*.list
[ -f "${1:-}" ] || { echo "FAILED  there are no mutations"; echo "0 passed, 1 failed"; exit 1; }

mkdir -p "$scratch"
exec 9> "$scratch/.lock"
flock -n 9 || { echo "mutate.sh: another one runs in this tree" >&2; exit 3; }
scratch=$(realpath "$scratch")
grep -hEv '^[[:space:]]*(#|$)' "$@" > "$scratch/list"
# sample TREE N < LIST: one of N lines, and each that does not fit its file any more
sample() {
	python3 -c '
import hashlib, sys
tree, n = sys.argv[1:]

def fits(line):
    path, old = (line + "|").split("|")[:2]
    old = old.replace(r"\p", "|")
    try:
        text = open(path).read()
    except OSError:
        return False
    return 1 in (text.count(old), text.count(old.replace(r"\n", "\n").replace(r"\t", "\t")))

for line in sys.stdin:
    if int(hashlib.sha256((tree + line).encode()).hexdigest(), 16) % int(n) == 0 or not fits(line):
        sys.stdout.write(line)
' "$@"
}

if [ "${MUTATION_SAMPLE:-1}" -gt 1 ]; then
	sample "$(git rev-parse 'HEAD^{tree}' 2>/dev/null)" "$MUTATION_SAMPLE" < "$scratch/list" > "$scratch/sample"
	mv "$scratch/sample" "$scratch/list"
fi
total=$(wc -l < "$scratch/list")

# What a check keeps a program of root's from doing to /dev/null it does once that check is broken.
# So it has devices of its own, where that can be.
apart=()
own_devices() {
	local bind='for d in null full; do mount --bind "$0/$d" "/dev/$d" || exit 1; done; exec "$@"'

	mkdir -p "$scratch/dev" && rm -f "$scratch/dev"/* && mknod -m 666 "$scratch/dev/null" c 1 3 &&
		mknod -m 666 "$scratch/dev/full" c 1 7 &&
		unshare -m bash -c "$bind" "$scratch/dev" bash -c ': > /dev/null' &&
		apart=(unshare -m bash -c "$bind" "$scratch/dev")
} 2>/dev/null
own_devices

# Times are kept, so that make sees nothing to do before the mutation.
fresh_copy() {
	local copy=$1

	mkdir -p "$copy/build"
	rsync -a --delete --exclude=/build --exclude=/.git ./ "$copy/"
	for part in obj unit payload caretaker libcaretaker.a sources.list kernel-files.list base.id; do
		[ -e "build/$part" ] && rsync -a --delete "build/$part" "$copy/build/"
	done
	cp -a build/.packages-* "$copy/build/" 2>/dev/null
	return 0
}

# Applies mutation LINE in COPY; says why not on standard output
mutate() {
	python3 - "$1" "$2" <<-'PY'
	import sys
	copy, line = sys.argv[1:]
	unescape = lambda s: s.replace(r"\n", "\n").replace(r"\t", "\t").replace(r"\p", "|")
	fields = line.split("|")
	if len(fields) != 5:
	    sys.exit(print(f"{len(fields)} fields, 5 are wanted (write a bar as \\p)") or 1)
	path, old, new = fields[0], unescape(fields[1]), unescape(fields[2])
	try:
	    text = open(f"{copy}/{path}").read()
	except OSError as error:
	    sys.exit(print(f"{path}: {error.strerror}") or 1)
	if text.count(old) != 1:
	    # A C string may hold \n itself.
	    old, new = fields[1].replace(r"\p", "|"), fields[2].replace(r"\p", "|")
	if text.count(old) != 1:
	    sys.exit(print(f"the text occurs {text.count(old)} times in {path}, not once") or 1)
	open(f"{copy}/{path}", "w").write(text.replace(old, new))
	PY
}

# The test that noticed, or the compiler
caught_by() {
	local log=$1 by

	by=$(grep -m 1 -oE '^\[  FAILED  \] [^0-9].*' "$log" | sed 's/^\[  FAILED  \] //')
	[ -n "$by" ] || by=$(grep -m 1 -oE '^FAILED  *.*' "$log" | sed 's/^FAILED  *//' | tr -s ' ')
	[ -n "$by" ] || by=$(grep -m 1 -oE 'ERROR: [A-Za-z]*Sanitizer: [a-z-]*|runtime error: .*' "$log")
	[ -n "$by" ] || by=$(tail -n 1 "$log")
	cut -c 1-60 <<< "$by"
}

# run_one NUMBER COPY LINE: leaves a line of the table in scratch/result.NUMBER
run_one() {
	local number=$1 copy=$2 line=$3 file command proves why status
	local log=$scratch/log.$number result=$scratch/result.$number

	IFS='|' read -r file _ _ command proves <<< "$line"
	if ! why=$(mutate "$copy" "$line"); then
		echo "FAILED  $file: does not apply: $why" > "$result"
		return
	fi
	(cd "$copy" && exec "${apart[@]}" env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS JOBS=1 V=0 MUTATION=1 \
		timeout --kill-after=10 "$limit" bash -c "$command") > "$log" 2>&1 < /dev/null 9>&-
	status=$?
	if [ "$status" = 0 ]; then
		echo "FAILED  $file: survived: $proves ($command)" > "$result"
	elif grep -qE "$unbuilt" "$log"; then
		# That would "catch" anything.
		echo "FAILED  $file: does not build: $proves: $(grep -m 1 -E "$unbuilt" "$log" | cut -c 1-100)" > "$result"
	elif [ "$status" = 124 ]; then
		# A busy machine must not pass for a test that noticed; a test that hangs
		# ends by the limit of tests/unit.sh, which is far lower.
		echo "FAILED  $file: no verdict in $limit s: $proves ($command)" > "$result"
	else
		printf 'ok      %-48s caught by: %s\n' "$proves" "$(caught_by "$log")" > "$result"
	fi
	# Undo, with the time stamp that make last saw; what was built from the
	# mutation is newer, so it must go too.
	restore "$copy" "$file"
}

restore() {
	local copy=$1 file=$2

	rsync -a --delete --exclude=/build --exclude=/.git ./ "$copy/"
	for part in obj unit payload caretaker libcaretaker.a; do
		[ -e "build/$part" ] && rsync -a --delete "build/$part" "$copy/build/"
	done
}

worker() {
	local me=$1 number=0 copy=$scratch/copy.$1 line

	fresh_copy "$copy"
	while IFS= read -r line; do
		number=$((number + 1))
		[ $((number % workers)) = $((me % workers)) ] || continue
		cost_begin
		run_one "$number" "$copy" "$line"
		cost_end "mutation $number" >> "$scratch/result.$number"
		echo "mutation $number of $total: $(head -n 1 "$scratch/result.$number" | cut -c 1-80)" >&2
	done < "$scratch/list"
}

rm -f "$scratch"/result.* "$scratch"/log.*
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
[ "$failed" = 0 ]
