#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What of the long checks has passed already, so that they go on where they were stopped:
#
#   stamp.sh passed NAME                  prints the result, if NAME passed on the files as they are
#   stamp.sh ended NAME RESULT [COST]     keeps the result and what it was of
#
# A stamp is build/long/NAME: a hash of the files that the piece depends on, the result
# ("N passed, N failed"), the day and the cost, a line each. tests/long_page.py makes a page of them.
# NAME up to the first "/" or "," says what it depends on; what is not known depends on all. A
# mutation of the kernel, "kernel mutations/FILE/HASH OF THE LINE", depends on FILE and the VM tests.
# Exit status of "passed": 0 nothing to do, 1 to be done.
set -uo pipefail

cd "$(dirname "$0")/.." || exit 3
folder=build/long
mkdir -p "$folder"
stamp=$folder/$(tr -cs 'a-zA-Z0-9\n' '-' <<< "$2")

depends() {
	local file tools="signing keys policy attest kernel/tree/include kernel/tree/arch/x86/include kernel/tree/virt/caretaker Makefile"
	local newer="tests/openssl35.sh tests/debian13.sh tests/archive.sh"
	local vm="$tools payload kernel tests/vm tests/packages.sh $newer"

	if [[ $1 == "kernel mutations/"*/* ]]; then
		file=${1#*/}
		echo "${file%/*} tests/vm :!tests/vm/mutations.list"
		return
	fi
	case ${1%%[/,]*} in
	proofs)		echo "$tools tests/proof tests/proof.sh" ;;
	unit|vectors)	echo "$tools payload policy tests/unit tests/unit.sh tests/vectors tests/tests.mk docs $newer" ;;
	fuzz)		echo "$tools tests/fuzz tests/fuzz.sh tests/tests.mk $newer" ;;
	vm|trace|soak|judge|"linux guest"|"kernel mutations")	echo "$vm" ;;
	kconfig)	echo "$vm tests/kconfig.sh" ;;
	series|static|trampoline|park)	echo "kernel" ;;
	*)		echo "." ;;
	esac
}

# Tracked and new files alike, as they are now
key() {
	# shellcheck disable=SC2046
	git ls-files -zco --exclude-standard -- $(depends "$1") ':!docs/evidence' ':!CHANGELOG.md' |
		sort -z | xargs -0 sha256sum 2> /dev/null | sha256sum | cut -d' ' -f1
}

case ${1:-} in
passed)
	[ -r "$stamp" ] && [ "$(head -n 1 "$stamp")" = "$(key "$2")" ] || exit 1
	sed -n 2p "$stamp" | grep ', 0 failed$' ;;
ended)
	printf '%s\n%s\n%s\n%s\n%s\n' "$(key "$2")" "$3" "$(date -u +%F)" "${4:-}" "$2" > "$stamp.new"
	mv "$stamp.new" "$stamp" ;;
*)	sed -n 's/^#   //p' "$0"; exit 2 ;;
esac
