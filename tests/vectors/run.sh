#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# All that tests/vectors has, against one binary: run.sh [CARETAKER]
#
# Shows what failed, and a line a script. Ends with "N passed, N failed".
# Needs python3 python3-cryptography python3-jsonschema openssl swtpm tpm2-tools ima-evm-utils.
set -uo pipefail

here=$(dirname "$0")
. "$here/../cost.sh"
caretaker=${1:-$here/../../build/caretaker}
passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

for script in run_ima.py run_uefi.py run_quote.py run_release.py cross_check.py quote_swtpm.sh enrol_swtpm.sh repeatable.sh; do
	cost_begin
	case $script in
	*.py) python3 "$here/$script" "$caretaker" > "$log" 2>&1 ;;
	*.sh) "$here/$script" "$caretaker" > "$log" 2>&1 ;;
	esac
	status=$?
	ok=$(grep -c '^ok ' "$log")
	bad=$(grep -c '^FAILED ' "$log")
	# A script that died, or that did nothing, counts as a failure.
	[ "$status" = 0 ] || [ "$bad" -gt 0 ] || bad=1
	[ "$ok" -gt 0 ] || [ "$bad" -gt 0 ] || bad=1
	if [ "$bad" = 0 ]; then
		printf 'ok      %-16s %4d cases\n' "$script" "$ok"
	else
		grep '^FAILED ' "$log" || { echo "FAILED  $script: status $status"; tail -n 5 "$log"; }
	fi
	passed=$((passed + ok))
	failed=$((failed + bad))
	cost_end "$script"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
