#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs the guides: run.sh [PAGE...]; all of docs/guides without one; run.sh --runner: tries the runner alone
#
# The shell blocks of a page are run in order, in one shell and a new folder, and the first line that fails ends it,
# with its place. The blocks see caretaker in PATH, and a payload, unsigned, as PAYLOAD; GUIDE_IMAGE is an EFI image to
# sign, RULES the default rules of verdicts. What needs a kernel ("sh host") or its console ("console") is run in the VM: group guide-PAGE of tests/vm/run.sh, which must be there.
# For each page it is said which blocks ran, by the number of their first line, and which are left to the VM; a page of which
# one did not run to its end is a failure. KEEP=FOLDER: what the blocks made stays, in FOLDER/PAGE, for the VM; what is
# in there already (keys) the blocks find.
# Ends with "N passed, N failed".
set -uo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/cost.sh"
build=${BUILD:-$root/build}
groups=$root/tests/vm/run.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# An EFI application of one instruction: what is signed need not be a kernel
image() {
	echo '.globl _start; _start: ret' | as -o "$work/image.o" &&
		ld -m i386pep --subsystem 10 -e _start -o "$work/image.efi" "$work/image.o"
}

# numbers FILE WHERE: of the blocks of a place, on a line
numbers() {
	sed -n "s/^\([0-9]*\) $2\$/\1/p" "$1" | paste -sd' '
}

# every_block PAGE FOLDER: each block of here has run, once and in its turn, and a group of the VM has the others
every_block() {
	local page=$1 folder=$2 here host ran name

	name=$(basename "$page" .md)
	here=$(numbers "$folder.list" -)
	host=$(numbers "$folder.list" '\(host\|console\)')
	ran=$(paste -sd' ' "$folder.ran")
	if [ "$here" != "$ran" ]; then
		echo "FAILED  ${page##*/}: the blocks that begin in lines $here must run; to their end ran: ${ran:-none}"
		return 1
	fi
	if [ -n "$host" ] && ! grep -q "^	\"guide-$name " "$groups"; then
		echo "FAILED  ${page##*/}: no group guide-$name in the VM runs the blocks for a host (lines $host)"
		return 1
	fi
	echo "        ran: the blocks of lines $ran${host:+; for a host, in the VM, group guide-$name: $host}"
}

# run PAGE FOLDER: what it says is in FOLDER.log
run() {
	local page=$1 folder=$2

	rm -f "$folder.log"
	mkdir -p "$folder" && "$root/tests/guides/blocks.py" --list "$page" >"$folder.list" &&
		"$root/tests/guides/blocks.py" "$page" >"$folder.blocks" || return
	# No shell ends at a "!" that goes wrong
	! grep -n '^ *! ' "$folder.blocks" >&2 || return
	{
		echo "set -Eeuo pipefail; trap 'echo \"FAILED  \${0##*/}: line \$LINENO: \$BASH_COMMAND\" >&2' ERR"
		tail -n +2 "$folder.blocks"
	} >"$folder.sh"
	: >"$folder.ran"
	(cd "$folder" && env PATH="$build:$PATH" PAYLOAD="$build/payload/caretaker.elf" GUIDE_IMAGE="$work/image.efi" \
		SIGN_KERNEL="$root/kernel/sign.sh" RULES="$root/policy/rules.json" GUIDE_RAN="$folder.ran" \
		timeout "${GUIDE_SECONDS:-120}" bash -c '. "$1"' "$(basename "$page")" "$folder.sh") \
		>"$folder.log" 2>&1 </dev/null || {
		echo "status $?; blocks that ran to their end: $(paste -sd' ' "$folder.ran")" >>"$folder.log"
		return 1
	}
	every_block "$page" "$folder" >>"$folder.log"
}

# A page whose first, middle or last line fails, or of which a part is left out, must fail, or all below is worth nothing
check_runner() {
	local page=$work/broken.md line

	for line in 'false' 'true; false' '! true' 'false | true' 'echo $nothing_is_called_so' 'exit 0' 'return 0'; do
		printf 'Text\n\n```sh\ntrue\n```\n\n   ```sh\n   %s\n   true\n   ```\n' "$line" >"$page"
		! run "$page" "$work/broken" 2>"$work/said" || { echo "FAILED  the runner: \"$line\" is taken for good"; return 1; }
	done
	for line in 'Text' '```' '```bash' '```sh elsewhere' '```sh host' '```console' '```console host'; do
		printf '```sh\ntrue\n```\n\n%s\ntrue\n%s\n' "$line" "${line:+\`\`\`}" >"$page"
		[ "$line" != Text ] || printf 'Text without a block\n' >"$page"
		! run "$page" "$work/broken" 2>"$work/said" || { echo "FAILED  the runner: \"$line\", which nobody runs, is taken for good"; return 1; }
	done
	printf '```sh\necho one >file\n```\n```sh host\nfalse\n```\n```sh\ntest "$(cat file)" = one\n```\n' >"$work/good.md"
	printf '\t"guide-good a.sh - -"\n' >"$work/groups"
	groups=$work/groups run "$work/good.md" "$work/good" || { echo "FAILED  the runner: a good page fails"; return 1; }
	grep -q 'lines 1 7; .*guide-good: 4$' "$work/good.log" || { echo "FAILED  the runner: it does not say what ran"; return 1; }
	echo "ok      the runner"
}

image || { echo "FAILED  no EFI image"; echo "0 passed, 1 failed"; exit 1; }
if check_runner; then
	passed=1
else
	failed=1
fi
[ $# -gt 0 ] || set -- "$root"/docs/guides/*.md
[ "$1" != --runner ] || shift
for page; do
	name=$(basename "$page" .md)
	cost_begin
	if run "$page" "${KEEP:-$work}/$name"; then
		echo "ok      $name"
		tail -n 1 "${KEEP:-$work}/$name.log"
		passed=$((passed + 1))
	else
		grep '^FAILED' "${KEEP:-$work}/$name.log" || echo "FAILED  $name"
		tail -n 12 "${KEEP:-$work}/$name.log" 2>/dev/null
		failed=$((failed + 1))
	fi
	cost_end "$name"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
