#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Our replays against those of evmctl, tpm2_eventlog and swtpm: cross_check.sh [CARETAKER]
#
# Ends with "N passed, N failed". Needs python3 openssl ima-evm-utils tpm2-tools swtpm.
set -euo pipefail

here=$(dirname "$0")
for tool in evmctl tpm2_eventlog swtpm openssl python3; do
	command -v "$tool" > /dev/null || { echo "FAILED  $tool is not installed"; exit 3; }
done
exec python3 "$here/cross_check.py" "${1:-$here/../../build/caretaker}"
