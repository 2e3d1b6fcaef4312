#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The lint must say the same with the Capstone of Debian 12 (4) as with that of Debian 13 (5):
# releases.sh
#
# Its tests run with the release that this machine has not got, fetched once from the archive
# that this machine uses (tests/archive.sh) to $CAPSTONE_FOLDER, or build/capstone; and each
# encoding of encodings.c is looked at with both. Wants `make tools`. Ends with "N passed, N failed";
# status 3, with the reason, if that release cannot be fetched or nothing be compiled.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 3
. tests/archive.sh

folder=${CAPSTONE_FOLDER:-build/capstone}
work=build/capstone-test
passed=0 failed=0

die() { echo "releases.sh: $*" >&2; exit 3; }

case $(pkg-config --modversion capstone) in
4.*) suite=trixie packages="libcapstone5 libcapstone-dev" ;;
5.*) suite=bookworm packages="libcapstone4 libcapstone-dev" ;;
*) die "this machine has neither Capstone 4 nor 5" ;;
esac

fetch() {
	local apt=$folder/apt archive deb

	archive_open "$apt" "$suite" || return
	apt=$(realpath "$apt")
	# shellcheck disable=SC2086
	(cd "$apt" && rm -f ./*.deb && apt-get "${archive[@]}" download $packages) || return
	rm -rf "$folder/root.new"
	for deb in "$apt"/*.deb; do
		dpkg-deb -x "$deb" "$folder/root.new" || return
	done
	rm -rf "$apt" && mv "$folder/root.new" "$folder/root"
}

if [ ! -d "$folder/root" ]; then
	mkdir -p "$folder"
	exec 9> "$folder/.lock"
	flock 9
	[ -d "$folder/root" ] || fetch > "$folder/fetch.log" 2>&1 ||
		die "could not fetch Capstone of $suite, see $folder/fetch.log"
	exec 9>&-
fi
other=$(realpath "$folder")/root/usr
library=$(find "$other/lib" -name 'libcapstone.a' | head -n 1)
[ -n "$library" ] || die "no libcapstone.a in $folder"

# compile OUTPUT SOURCE... -- FLAG...: the lint's own sources anew, the rest of the library as it is
compile() {
	local output=$1 sources=()
	shift
	while [ "$1" != -- ]; do
		sources+=("$1")
		shift
	done
	shift
	gcc -std=gnu11 -O1 -g -Wall -Wextra -D_GNU_SOURCE= -Isigning/bytes -Isigning/cli -Isigning \
		-Ikernel/tree/include -Ikernel/tree/arch/x86/include -Ikernel/tree/virt/caretaker \
		"$@" -o "$output" "${sources[@]}" signing/lint*.c build/libcaretaker.a \
		"${link[@]}" -lcmocka -ljansson -lcrypto ||
		die "could not compile ${sources[0]}"
}

result() {	# NAME STATUS
	if [ "$2" = 0 ]; then
		echo "ok      $1"
		passed=$((passed + 1))
	else
		echo "FAILED  $1"
		failed=$((failed + 1))
	fi
}

mkdir -p "$work"
for test in test_lint test_lint_opcode; do
	link=("$library")
	compile "$work/$test" "tests/unit/$test.c" tests/unit/lint_text.c tests/unit/payload_image.c -- -I"$other/include"
	"$work/$test" > "$work/$test.log" 2>&1
	status=$?
	[ "$status" = 0 ] || grep -A2 -E '^(ERROR|\[  (ERROR|FAILED))' "$work/$test.log"
	result "$test with the Capstone of $suite" "$status"
done

compile "$work/encodings-other" tests/capstone/encodings.c -- -I"$other/include"
link=(-l:libcapstone.a)
compile "$work/encodings-own" tests/capstone/encodings.c --
"$work/encodings-other" > "$work/other.txt" &
"$work/encodings-own" > "$work/own.txt" || die "encodings-own ended with status $?"
wait $! || die "encodings-other ended with status $?"
[ "$(wc -l < "$work/own.txt")" -gt 10000 ] || die "too few encodings"
diff "$work/own.txt" "$work/other.txt" > "$work/differences"
status=$?
head -n 40 "$work/differences"
result "$(wc -l < "$work/own.txt") opcodes with both" "$status"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
