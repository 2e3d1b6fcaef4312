#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# An openssl that signs with ML-DSA: openssl35.sh [ARGUMENT...]
#
# That of this machine if it can, which takes 3.5, or else Debian 13's, fetched once
# to build/openssl.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
folder=${OPENSSL35_FOLDER:-${BUILD:-$here/../build}/openssl}

if openssl list -signature-algorithms 2>/dev/null | grep -q 'ML-DSA-44'; then
	exec openssl "$@"
fi
exec "$here/debian13.sh" "$folder" "openssl libssl3t64 libc6 zlib1g libzstd1" -- openssl "$@"
