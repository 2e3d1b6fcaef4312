#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Where Python finds securesystemslib with DSSE: securesystemslib.sh
#
# That of Debian 12 (0.26) knows no DSSE.  That of Debian 13 is Python alone and runs with Debian
# 12's; it is fetched once, from the archive that this machine uses (archive.sh), to
# $SECURESYSTEMSLIB_FOLDER or build/securesystemslib.  Prints the folder for PYTHONPATH; empty where
# this machine's own will do.  Status 3, with the reason, if it cannot be had.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/archive.sh"
folder=${SECURESYSTEMSLIB_FOLDER:-${BUILD:-$here/../build}/securesystemslib}

if python3 -c 'import securesystemslib.dsse' 2>/dev/null; then
	echo
	exit
fi

archive_unpack "$folder" trixie python3-securesystemslib || exit
echo "$(realpath "$folder")/root/usr/lib/python3/dist-packages"
