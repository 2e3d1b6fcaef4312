#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Verdicts on hosts of all kinds, honest and lying, against their schema: those that unit tests give.
set -uo pipefail

cd "$(dirname "$0")/../.." || exit 3
verdicts=$(mktemp)
trap 'rm -f "$verdicts"' EXIT
mapfile -t programs < <(grep -l '"attested_lie.h"' tests/unit/test_*.c | sed 's,.*/,build/unit/,; s/\.c$//')
env -u MAKEFLAGS make --no-print-directory -s "${programs[@]}" || exit 3
for program in "${programs[@]}"; do
	VERDICTS=$verdicts "$program" > /dev/null 2>&1 || { echo "FAILED  $program"; exit 1; }
done
python3 tests/install/verdicts.py "$verdicts"
