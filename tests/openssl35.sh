#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# An openssl that signs with ML-DSA: openssl35.sh [ARGUMENT...]
# A program of ours with its libraries: openssl35.sh --run PROGRAM [ARGUMENT...]
#
# That of this machine if it can, which takes 3.5, or else Debian 13's, fetched once
# to build/openssl.  What was built against an older one must do as the newer one can.
# Exit status 3, with the reason, if there is none to be had.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
folder=${OPENSSL35_FOLDER:-${BUILD:-$here/../build}/openssl}

# What was fetched is there because this machine's could not.
if [ ! -d "$folder/root" ] && openssl list -signature-algorithms 2>/dev/null | grep -q 'ML-DSA-44'; then
	[ "${1:-}" != --run ] || { shift; exec "$@"; }
	exec openssl "$@"
fi
program=openssl
if [ "${1:-}" = --run ]; then
	program=$(realpath "$2")
	shift 2
fi
exec "$here/debian13.sh" "$folder" "openssl libssl3t64 libc6 zlib1g libzstd1" -- "$program" "$@"
