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

# shellcheck source=/dev/null
codename=$(. /etc/os-release; echo "${VERSION_CODENAME:-}")
archive_unpack "$folder" "$codename-backports" pkcs11-provider || exit
dirname "$(realpath "$(find "$folder/root" -name pkcs11.so)")"
