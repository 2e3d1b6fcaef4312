#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs the guides: run.sh [PAGE...]; all of docs/guides without one
#
# The shell blocks of a page are run in order, in one shell and a new folder, and the first line that fails ends it,
# with its place. The blocks see caretaker in PATH, and a payload, unsigned, as PAYLOAD; GUIDE_IMAGE is an EFI image to
# sign. What needs a kernel is marked ("sh host") and run in the VM: groups guide-... of tests/vm/run.sh.
# Ends with "N passed, N failed".
set -uo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/cost.sh"
build=${BUILD:-$root/build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# An EFI application of one instruction: what is signed need not be a kernel
image() {
	echo '.globl _start; _start: ret' | as -o "$work/image.o" &&
		ld -m i386pep --subsystem 10 -e _start -o "$work/image.efi" "$work/image.o"
}

# run PAGE FOLDER: what it says is in FOLDER.log
run() {
	local page=$1 folder=$2

	mkdir -p "$folder" && "$root/tests/guides/blocks.py" "$page" >"$folder.blocks" || return
	# No shell ends at a "!" that goes wrong
	! grep -n '^ *! ' "$folder.blocks" || return
	{
		echo "set -Eeuo pipefail; trap 'echo \"FAILED  \${0##*/}: line \$LINENO: \$BASH_COMMAND\" >&2' ERR"
		tail -n +2 "$folder.blocks"
	} >"$folder.sh"
	(cd "$folder" && env PATH="$build:$PATH" PAYLOAD="$build/payload/caretaker.elf" GUIDE_IMAGE="$work/image.efi" \
		SIGN_KERNEL="$root/kernel/sign.sh" timeout "${GUIDE_SECONDS:-120}" bash -c '. "$1"' "$(basename "$page")" "$folder.sh") \
		>"$folder.log" 2>&1 </dev/null
}

# A page whose first, middle or last line fails must fail, or all below is worth nothing
check_runner() {
	local page line

	for line in 'false' 'true; false' '! true' 'false | true' 'echo $nothing_is_called_so'; do
		page=$work/broken.md
		printf 'Text\n\n```sh\ntrue\n```\n\n   ```sh\n   %s\n   true\n   ```\n' "$line" >"$page"
		! run "$page" "$work/broken" || { echo "FAILED  the runner: \"$line\" is taken for good"; return 1; }
	done
	printf 'Text without a block\n\n```\nfalse\n```\n' >"$page"
	! run "$page" "$work/empty" || { echo "FAILED  the runner: a page without a block is taken for good"; return 1; }
	printf '```sh\necho one >file\n```\n```sh host\nfalse\n```\n```sh\ntest "$(cat file)" = one\n```\n' >"$page"
	run "$page" "$work/good" || { echo "FAILED  the runner: a good page fails"; return 1; }
	echo "ok      the runner"
}

image || { echo "FAILED  no EFI image"; echo "0 passed, 1 failed"; exit 1; }
if check_runner; then
	passed=1
else
	failed=1
fi
[ $# -gt 0 ] || set -- "$root"/docs/guides/*.md
for page; do
	name=$(basename "$page" .md)
	cost_begin
	if run "$page" "$work/$name"; then
		echo "ok      $name"
		passed=$((passed + 1))
	else
		grep '^FAILED' "$work/$name.log" || echo "FAILED  $name"
		tail -n 12 "$work/$name.log" 2>/dev/null
		failed=$((failed + 1))
	fi
	cost_end "$name"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
