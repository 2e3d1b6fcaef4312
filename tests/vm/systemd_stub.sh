#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# systemd-stub and systemd-boot of a release of Debian: systemd_stub.sh 12|13
#
# Fetches the package systemd-boot-efi once and prints the folder that has linuxx64.efi.stub
# and systemd-bootx64.efi. Which PCR has what differs between versions, so they are pinned.
set -euo pipefail
. "$(dirname "$0")/lab.sh"
. "$ROOT/tests/archive.sh"

package=systemd-boot-efi
# version=sha256 of the package, newest first: the first one that the archive still has is taken
case ${1:-} in
12)	suite=bookworm
	versions="252.39-1~deb12u2=8f2b81bdcfafc466882a0cae460272dbf10d8d97c6a3c1c6ea33038c155a2f5e" ;;
13)	suite=trixie
	versions="257.13-1~deb13u1=390ecdcef9bbb753f51bb6d8f696bdae2f1dbedde7239c49ccb2512f137a8933" ;;
*)	echo "usage: systemd_stub.sh 12|13" >&2; exit 2 ;;
esac
deb=$BUILD/download/$package-$1.deb
folder=$LAB/systemd-$1
work=$BUILD/download/apt-$package-$1

# pinned FILE: the version that it is, if it is one of ours
pinned() {
	local sum pin

	[ -r "$1" ] || return 1
	sum=$(sha256sum "$1")
	for pin in $versions; do
		[ "${pin#*=}" != "${sum%% *}" ] || { echo "${pin%%=*}"; return; }
	done
	return 1
}

fetch() {
	local archive offered pin version

	archive_open "$work" "$suite" >"$work.log" 2>&1 || die "$(tail -n 1 "$work.log")"
	mapfile -t offered < <(apt-cache "${archive[@]}" madison "$package" | awk '{ print $3 }' | sort -u)
	for pin in $versions; do
		version=${pin%%=*}
		printf '%s\n' "${offered[@]}" | grep -Fxq -- "$version" || continue
		(cd "$work" && rm -f ./*.deb && apt-get "${archive[@]}" download "$package=$version") >>"$work.log" 2>&1 ||
			die "$package $version cannot be fetched, see $work.log"
		mv "$work"/*.deb "$deb.new"
		pinned "$deb.new" >/dev/null || {
			rm "$deb.new"
			die "$package $version has another checksum than tests/vm/systemd_stub.sh says (${pin#*=})"
		}
		mv "$deb.new" "$deb"
		return
	done
	cat >&2 <<-END
	systemd_stub.sh: the archive has no $package of $suite that the tests were written for any more.
	  tested:  $(printf '%s ' $versions | sed 's/=[0-9a-f]*//g')
	  offered: ${offered[*]:-nothing of that name}
	What to do, one of:
	  put the .deb of a tested version at build/download/${deb##*/} (a snapshot of Debian's archive has it)
	  name an offered version and its sha256 in tests/vm/systemd_stub.sh, and see what the tests say of it
	END
	exit 3
}

mkdir -p "$BUILD/download"
exec 9>"$folder.lock"
flock 9
version=$(pinned "$deb") || { fetch; version=$(pinned "$deb"); }
if [ "$(cat "$folder/version" 2>/dev/null)" != "$version" ]; then
	rm -rf "$folder" "$folder.new"
	dpkg-deb -x "$deb" "$folder.new"
	mv "$folder.new/usr/lib/systemd/boot/efi" "$folder"
	rm -rf "$folder.new"
	echo "$version" >"$folder/version"
fi
echo "$folder"
