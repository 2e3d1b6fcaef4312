#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Run a program of CBMC: cbmc.sh FOLDER cbmc|goto-cc|goto-instrument [ARGUMENT...]
#
# Debian 12 has no CBMC. Where none is installed, that of Debian 13 is fetched to
# FOLDER with the libraries that it wants, and run from there: tests/debian13.sh.
set -euo pipefail

folder=$1
program=$2
shift 2

if command -v cbmc >/dev/null; then
	exec "$program" "$@"
fi
exec "$(dirname "$0")/../debian13.sh" "$folder" "cbmc minisat libc6 libgcc-s1 libstdc++6" -- "$program" "$@"
