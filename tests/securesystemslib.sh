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

fetch() {
	local work=$folder/apt archive

	archive_open "$work" trixie || return
	work=$(realpath "$work")
	(cd "$work" && rm -f ./*.deb && apt-get "${archive[@]}" download python3-securesystemslib)
	rm -rf "$folder/root.new" "$folder/root"
	dpkg-deb -x "$work"/python3-securesystemslib_*.deb "$folder/root.new"
	rm -rf "$work"
	mv "$folder/root.new" "$folder/root"
}

mkdir -p "$folder"
exec 9> "$folder/.lock"
flock 9
[ -d "$folder/root" ] || fetch > "$folder/fetch.log" 2>&1 || {
	echo "securesystemslib.sh: could not fetch Debian 13's python3-securesystemslib, see $folder/fetch.log" >&2
	exit 3
}
echo "$(realpath "$folder")/root/usr/lib/python3/dist-packages"
