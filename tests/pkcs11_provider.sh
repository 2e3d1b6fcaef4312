#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# OpenSSL's provider for tokens: pkcs11_provider.sh; prints the folder with its pkcs11.so.
#
# That of this machine, or else Debian's package: 12 has it among the backports only, so it is
# fetched to build/pkcs11-provider once, from the archive that this machine uses (archive.sh),
# and nothing is installed.  Exit status 3, with the reason, if it cannot be had.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/archive.sh"
folder=${PKCS11_PROVIDER_FOLDER:-${BUILD:-$here/../build}/pkcs11-provider}

own=$(openssl version -m 2>/dev/null | sed -n 's/^MODULESDIR: "\(.*\)"$/\1/p')
if [ -e "$own/pkcs11.so" ]; then
	echo "$own"
	exit
fi

fetch() {
	local work=$folder/apt archive codename

	# shellcheck source=/dev/null
	codename=$(. /etc/os-release; echo "${VERSION_CODENAME:-}")
	archive_open "$work" "$codename-backports" || return
	work=$(realpath "$work")
	(cd "$work" && rm -f ./*.deb && apt-get "${archive[@]}" download pkcs11-provider)
	rm -rf "$folder/root.new" "$folder/root"
	dpkg-deb -x "$work"/pkcs11-provider_*.deb "$folder/root.new"
	rm -rf "$work"
	mv "$folder/root.new" "$folder/root"
}

mkdir -p "$folder"
exec 9> "$folder/.lock"
flock 9
[ -d "$folder/root" ] || fetch > "$folder/fetch.log" 2>&1 || {
	echo "pkcs11_provider.sh: could not fetch Debian's pkcs11-provider, see $folder/fetch.log" >&2
	exit 3
}
dirname "$(realpath "$(find "$folder/root" -name pkcs11.so)")"
